#include "browserd/lists.h"

#include <stdlib.h>
#include <string.h>

#include "browserd/text.h"

/* Expiries are looked for at most so often. */
#define WAKE_MS 1000

/* A domain master fetches a few servers each of very many masters: where those of one are sought,
 * not all servers are looked at. And so many are taken out of the table one by one. */
#define BUCKETS 128
#define FEW     16

/* What one source says. */
struct sighting {
	struct sighting *next;                   /* of the entry: the best first */
	struct sighting *next_told, **told_from; /* in by_address */
	struct lists_source source;
	struct lists_record record;
	uint64_t since_ms, expires_ms;
	uint32_t mark; /* PULLED: the last pull that had it */
};

struct entry {
	struct sighting *best;
};

/* In the order of workgroup and name. */
struct table {
	struct entry **items;
	size_t count, space;
	struct sighting *by_address[BUCKETS]; /* of who says so */
};

struct lists {
	struct lists_settings settings;
	struct table tables[LISTS_KINDS];
	uint64_t due_ms; /* nothing expires before */
	uint64_t changes, local_changes;
	uint32_t last_mark;
};

/*
 * Create and destroy.
 */

struct lists *lists_create(const struct lists_settings *settings)
{
	struct lists *lists = calloc(1, sizeof(*lists));

	if (lists == NULL)
		return NULL;
	lists->settings = *settings;
	lists->due_ms = NBT_NEVER;
	return lists;
}

/* By who says so. */

static struct sighting **bucket_of(struct table *table, struct in_addr address)
{
	uint32_t mixed = address.s_addr * UINT32_C(0x9E3779B1);

	return &table->by_address[mixed >> 16 & (BUCKETS - 1)];
}

static void link_told(struct table *table, struct sighting *sighting)
{
	struct sighting **first = bucket_of(table, sighting->source.address);

	sighting->next_told = *first;
	sighting->told_from = first;
	if (*first != NULL)
		(*first)->told_from = &sighting->next_told;
	*first = sighting;
}

static void unlink_told(struct sighting *sighting)
{
	*sighting->told_from = sighting->next_told;
	if (sighting->next_told != NULL)
		sighting->next_told->told_from = sighting->told_from;
}

static void free_sighting(struct sighting *sighting)
{
	unlink_told(sighting);
	free(sighting);
}

static void free_entry(struct entry *entry)
{
	while (entry->best != NULL) {
		struct sighting *sighting = entry->best;

		entry->best = sighting->next;
		free_sighting(sighting);
	}
	free(entry);
}

void lists_destroy(struct lists *lists)
{
	if (lists == NULL)
		return;
	for (size_t kind = 0; kind < LISTS_KINDS; kind++) {
		struct table *table = &lists->tables[kind];

		for (size_t i = 0; i < table->count; i++)
			free_entry(table->items[i]);
		free(table->items);
	}
	free(lists);
}

void lists_set_settings(struct lists *lists, const struct lists_settings *settings)
{
	lists->settings = *settings;
}

/*
 * Names.
 */

static bool is_good_name(const char *name)
{
	if (*name == '\0' || *name == '*')
		return false;
	for (; *name != '\0'; name++)
		if ((unsigned char)*name < 0x20 || *name == 0x7F)
			return false;
	return true;
}

static void make_upper(char *name)
{
	for (; *name != '\0'; name++)
		*name = (char)text_upper(*name);
}

/*
 * Tables.
 */

/* The first place that is not before this name of this workgroup; name NULL: any. */
static size_t find_place(const struct table *table, const char *workgroup, const char *name)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct lists_record *record = &table->items[middle]->best->record;
		int order = text_compare(record->workgroup, workgroup);

		if (order == 0 && name != NULL)
			order = text_compare(record->name, name);
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct table *table, size_t place, const char *workgroup, const char *name)
{
	const struct lists_record *record;

	if (place >= table->count)
		return false;
	record = &table->items[place]->best->record;
	return text_compare(record->workgroup, workgroup) == 0 &&
	       text_compare(record->name, name) == 0;
}

static bool grow(struct table *table)
{
	size_t space = table->space > 0 ? 2 * table->space : 64;
	struct entry **items;

	if (table->count < table->space)
		return true;
	items = realloc(table->items, space * sizeof(struct entry *));
	if (items == NULL)
		return false;
	table->items = items;
	table->space = space;
	return true;
}

static bool insert(struct table *table, size_t place, struct sighting *first)
{
	struct entry *entry;

	if (!grow(table))
		return false;
	entry = calloc(1, sizeof(*entry));
	if (entry == NULL)
		return false;
	entry->best = first;
	memmove(&table->items[place + 1], &table->items[place],
		(table->count - place) * sizeof(struct entry *));
	table->items[place] = entry;
	table->count++;
	return true;
}

/*
 * Sightings.
 */

static bool is_same_source(const struct lists_source *a, const struct lists_source *b)
{
	if (a->origin != b->origin)
		return false;
	switch (a->origin) {
	case LISTS_SELF:
		break;
	case LISTS_HEARD:
		return a->interface.s_addr == b->interface.s_addr;
	case LISTS_PULLED:
		return a->address.s_addr == b->address.s_addr;
	}
	return true;
}

static struct sighting *find_sighting(const struct entry *entry, const struct lists_source *source)
{
	struct sighting *sighting = entry->best;

	while (sighting != NULL && !is_same_source(&sighting->source, source))
		sighting = sighting->next;
	return sighting;
}

/* The smaller the better. */
static unsigned rank_of(const struct lists_source *source)
{
	return 2 * (unsigned)source->origin + (source->is_first_hand ? 0 : 1);
}

/* Of two of one rank the one known for longer is better: lists don't flap between two subnets. */
static void link_sighting(struct entry *entry, struct sighting *sighting)
{
	struct sighting **at = &entry->best;

	while (*at != NULL && rank_of(&(*at)->source) <= rank_of(&sighting->source))
		at = &(*at)->next;
	sighting->next = *at;
	*at = sighting;
}

static void unlink_sighting(struct entry *entry, struct sighting *sighting)
{
	struct sighting **at = &entry->best;

	while (*at != sighting)
		at = &(*at)->next;
	*at = sighting->next;
}

static size_t count_heard(struct table *table, struct in_addr sender)
{
	size_t count = 0;

	for (const struct sighting *s = *bucket_of(table, sender); s != NULL; s = s->next_told)
		count += s->source.origin == LISTS_HEARD &&
			 s->source.address.s_addr == sender.s_addr;
	return count;
}

static enum lists_verdict may_add(struct lists *lists, enum lists_kind kind, bool is_new_name,
				  const struct lists_source *source)
{
	struct table *table = &lists->tables[kind];
	size_t max = kind == LISTS_SERVERS ? lists->settings.servers : lists->settings.workgroups;

	if (source->origin == LISTS_SELF)
		return LISTS_OK;
	if (is_new_name && table->count >= max)
		return LISTS_FULL;
	if (source->origin == LISTS_HEARD &&
	    count_heard(table, source->address) >= lists->settings.per_source)
		return LISTS_SOURCE_FULL;
	return LISTS_OK;
}

static bool is_same_record(const struct lists_record *a, const struct lists_record *b)
{
	return a->type == b->type && a->os_major == b->os_major && a->os_minor == b->os_minor &&
	       a->browser_version == b->browser_version && strcmp(a->comment, b->comment) == 0;
}

static void note_change(struct lists *lists, const struct lists_source *source)
{
	lists->changes++;
	if (source->origin != LISTS_PULLED)
		lists->local_changes++;
}

static void update(struct lists *lists, struct table *table, size_t place,
		   struct sighting *sighting, const struct sighting *news)
{
	bool is_moved = rank_of(&sighting->source) != rank_of(&news->source);

	if (is_moved || !is_same_record(&sighting->record, &news->record))
		note_change(lists, &news->source);
	unlink_told(sighting);
	if (is_moved)
		unlink_sighting(table->items[place], sighting);
	sighting->record = news->record;
	sighting->source = news->source;
	if (is_moved)
		link_sighting(table->items[place], sighting);
	link_told(table, sighting);
	sighting->expires_ms = news->expires_ms;
	sighting->mark = news->mark;
}

static enum lists_verdict add_new(struct lists *lists, struct table *table, size_t place,
				  bool is_new_name, const struct sighting *news)
{
	struct sighting *sighting = malloc(sizeof(*sighting));

	if (sighting == NULL)
		return LISTS_NO_MEMORY;
	*sighting = *news;
	if (!is_new_name)
		link_sighting(table->items[place], sighting);
	else if (!insert(table, place, sighting)) {
		free(sighting);
		return LISTS_NO_MEMORY;
	}
	link_told(table, sighting);
	note_change(lists, &news->source);
	return LISTS_OK;
}

static void normalize(enum lists_kind kind, struct lists_record *record)
{
	make_upper(record->name);
	if (kind == LISTS_WORKGROUPS)
		memcpy(record->workgroup, record->name, sizeof(record->workgroup));
	make_upper(record->workgroup);
	record->type &= ~NBT_SV_LOCAL_LIST_ONLY;
	if (kind == LISTS_SERVERS)
		record->type &= ~NBT_SV_DOMAIN_ENUM;
	else
		record->type |= NBT_SV_DOMAIN_ENUM;
}

static enum lists_verdict add(struct lists *lists, enum lists_kind kind, struct sighting *news)
{
	struct table *table = &lists->tables[kind];
	struct sighting *known = NULL;
	enum lists_verdict verdict;
	bool is_new_name;
	size_t place;

	normalize(kind, &news->record);
	if (!is_good_name(news->record.name) || !is_good_name(news->record.workgroup))
		return LISTS_BAD_NAME;
	place = find_place(table, news->record.workgroup, news->record.name);
	is_new_name = !is_at(table, place, news->record.workgroup, news->record.name);
	if (!is_new_name)
		known = find_sighting(table->items[place], &news->source);
	lists->due_ms = nbt_earlier(lists->due_ms, news->expires_ms);
	if (known != NULL) {
		update(lists, table, place, known, news);
		return LISTS_OK;
	}
	verdict = may_add(lists, kind, is_new_name, &news->source);
	return verdict == LISTS_OK ? add_new(lists, table, place, is_new_name, news) : verdict;
}

/*
 * What comes to be known.
 */

enum lists_verdict lists_be(struct lists *lists, enum lists_kind kind,
			    const struct lists_record *record, const struct nbt_env *env)
{
	struct sighting news = { .source.origin = LISTS_SELF,
				 .record = *record,
				 .since_ms = env->now_ms,
				 .expires_ms = NBT_NEVER };

	return add(lists, kind, &news);
}

/* How long an announcement counts, whatever a stranger says. */
static uint64_t life_of(const struct lists *lists, uint32_t period_ms)
{
	uint64_t period = period_ms != 0 ? period_ms : lists->settings.period_ms;

	return LISTS_PERIODS * nbt_earlier(period, lists->settings.period_max_ms);
}

enum lists_verdict lists_hear(struct lists *lists, enum lists_kind kind,
			      const struct lists_record *record, struct in_addr interface,
			      struct in_addr sender, uint32_t period_ms, const struct nbt_env *env)
{
	struct sighting news = {
		.source = { .origin = LISTS_HEARD, .interface = interface, .address = sender },
		.record = *record,
		.since_ms = env->now_ms,
		.expires_ms = env->now_ms + life_of(lists, period_ms)
	};

	return add(lists, kind, &news);
}

struct lists_pull lists_pull_begin(struct lists *lists, enum lists_kind kind, struct in_addr peer,
				   const char *workgroup, uint64_t life_ms)
{
	struct lists_pull pull = {
		.kind = kind, .peer = peer, .life_ms = life_ms, .mark = ++lists->last_mark
	};

	if (kind == LISTS_SERVERS)
		text_copy(pull.workgroup, sizeof(pull.workgroup), workgroup);
	return pull;
}

enum lists_verdict lists_pull_add(struct lists *lists, const struct lists_pull *pull,
				  const struct lists_record *record, const struct nbt_env *env)
{
	struct sighting news = { .source = { .origin = LISTS_PULLED,
					     .address = pull->peer,
					     .is_first_hand = pull->is_first_hand },
				 .record = *record,
				 .since_ms = env->now_ms,
				 .expires_ms = env->now_ms + pull->life_ms,
				 .mark = pull->mark };

	if (pull->kind == LISTS_SERVERS)
		memcpy(news.record.workgroup, pull->workgroup, sizeof(news.record.workgroup));
	return add(lists, pull->kind, &news);
}

/*
 * What is forgotten.
 */

typedef bool doomed_fn(const void *ctx, const struct sighting *sighting);

/* Whether the entry is empty now. */
static bool weed(struct lists *lists, struct entry *entry, doomed_fn *is_doomed, const void *ctx)
{
	struct sighting **at = &entry->best;

	while (*at != NULL) {
		struct sighting *sighting = *at;

		if (!is_doomed(ctx, sighting)) {
			at = &sighting->next;
			continue;
		}
		*at = sighting->next;
		note_change(lists, &sighting->source);
		free_sighting(sighting);
	}
	return entry->best == NULL;
}

static void forget(struct lists *lists, enum lists_kind kind, doomed_fn *is_doomed, const void *ctx)
{
	struct table *table = &lists->tables[kind];
	size_t kept = 0;

	for (size_t i = 0; i < table->count; i++)
		if (weed(lists, table->items[i], is_doomed, ctx))
			free_entry(table->items[i]);
		else
			table->items[kept++] = table->items[i];
	table->count = kept;
}

static void forget_in(struct lists *lists, struct table *table, size_t place, doomed_fn *is_doomed,
		      const void *ctx)
{
	struct entry *entry = table->items[place];

	if (!weed(lists, entry, is_doomed, ctx))
		return;
	free_entry(entry);
	table->count--;
	memmove(&table->items[place], &table->items[place + 1],
		(table->count - place) * sizeof(struct entry *));
}

static bool is_the_one(const void *ctx, const struct sighting *sighting)
{
	return sighting == ctx;
}

/* Of what this address says. */
static void forget_told(struct lists *lists, enum lists_kind kind, struct in_addr address,
			doomed_fn *is_doomed, const void *ctx)
{
	struct table *table = &lists->tables[kind];
	struct sighting *first = *bucket_of(table, address), *next;
	size_t count = 0;

	for (const struct sighting *s = first; s != NULL; s = s->next_told)
		count += is_doomed(ctx, s);
	if (count > FEW) {
		forget(lists, kind, is_doomed, ctx);
		return;
	}
	for (struct sighting *s = first; s != NULL; s = next) {
		next = s->next_told;
		if (is_doomed(ctx, s))
			forget_in(lists, table,
				  find_place(table, s->record.workgroup, s->record.name),
				  is_the_one, s);
	}
}

/* Another pull from the same browser may have begun since: what that has brought is there. */
static bool is_missed(const void *ctx, const struct sighting *sighting)
{
	const struct lists_pull *pull = ctx;

	return sighting->source.origin == LISTS_PULLED &&
	       sighting->source.address.s_addr == pull->peer.s_addr &&
	       (int32_t)(sighting->mark - pull->mark) < 0 &&
	       (pull->kind != LISTS_SERVERS ||
		text_compare(sighting->record.workgroup, pull->workgroup) == 0);
}

void lists_pull_end(struct lists *lists, const struct lists_pull *pull)
{
	forget_told(lists, pull->kind, pull->peer, is_missed, pull);
}

static bool is_matched(const void *ctx, const struct sighting *sighting)
{
	const struct lists_match *match = ctx;
	const struct lists_source *source = &sighting->source;

	return source->origin == match->origin &&
	       (match->interface == NULL || source->interface.s_addr == match->interface->s_addr) &&
	       (match->address == NULL || source->address.s_addr == match->address->s_addr) &&
	       (match->workgroup == NULL ||
		text_compare(sighting->record.workgroup, match->workgroup) == 0) &&
	       (match->name == NULL || text_compare(sighting->record.name, match->name) == 0);
}

void lists_forget(struct lists *lists, enum lists_kind kind, const struct lists_match *match)
{
	if (match->address != NULL)
		forget_told(lists, kind, *match->address, is_matched, match);
	else
		forget(lists, kind, is_matched, match);
}

static void limit(struct sighting *sighting, const struct lists_match *match, uint64_t expires_ms)
{
	if (is_matched(match, sighting))
		sighting->expires_ms = nbt_earlier(sighting->expires_ms, expires_ms);
}

void lists_limit(struct lists *lists, enum lists_kind kind, const struct lists_match *match,
		 uint64_t expires_ms)
{
	struct table *table = &lists->tables[kind];
	struct sighting *told = match->address != NULL ? *bucket_of(table, *match->address) : NULL;

	for (; told != NULL; told = told->next_told)
		limit(told, match, expires_ms);
	for (size_t i = 0; match->address == NULL && i < table->count; i++)
		for (struct sighting *s = table->items[i]->best; s != NULL; s = s->next)
			limit(s, match, expires_ms);
	lists->due_ms = nbt_earlier(lists->due_ms, expires_ms);
}

bool lists_hear_end(struct lists *lists, const char *workgroup, const char *name,
		    struct in_addr interface, struct in_addr sender)
{
	const struct lists_match match = { LISTS_HEARD, &interface, &sender, workgroup, name };
	uint64_t before = lists->changes;

	lists_forget(lists, LISTS_SERVERS, &match);
	return lists->changes != before;
}

static bool is_expired(const void *ctx, const struct sighting *sighting)
{
	const struct nbt_env *env = ctx;

	return sighting->expires_ms <= env->now_ms;
}

static uint64_t first_expiry(const struct table *table)
{
	uint64_t first = NBT_NEVER;

	for (size_t i = 0; i < table->count; i++)
		for (const struct sighting *s = table->items[i]->best; s != NULL; s = s->next)
			first = nbt_earlier(first, s->expires_ms);
	return first;
}

uint64_t lists_deadline(const struct lists *lists)
{
	return lists->due_ms;
}

void lists_wake(struct lists *lists, const struct nbt_env *env)
{
	if (env->now_ms < lists->due_ms)
		return;
	lists->due_ms = NBT_NEVER;
	for (size_t kind = 0; kind < LISTS_KINDS; kind++) {
		uint64_t first;

		forget(lists, (enum lists_kind)kind, is_expired, env);
		first = first_expiry(&lists->tables[kind]);
		if (first < env->now_ms + WAKE_MS)
			first = env->now_ms + WAKE_MS;
		lists->due_ms = nbt_earlier(lists->due_ms, first);
	}
}

/*
 * What is known.
 */

static struct lists_view view_of(const struct entry *entry, const struct sighting *sighting)
{
	return (struct lists_view){ .record = &sighting->record,
				    .source = sighting->source,
				    .since_ms = sighting->since_ms,
				    .expires_ms = sighting->expires_ms,
				    .is_local = entry->best->source.origin != LISTS_PULLED };
}

void lists_each(const struct lists *lists, enum lists_kind kind, const char *workgroup,
		const char *from, lists_fn *each, void *ctx)
{
	const struct table *table = &lists->tables[kind];
	size_t i = workgroup != NULL ? find_place(table, workgroup, from) : 0;

	for (; i < table->count; i++) {
		struct lists_view view = view_of(table->items[i], table->items[i]->best);

		if (workgroup != NULL && text_compare(view.record->workgroup, workgroup) != 0)
			return;
		if (from != NULL && text_compare(view.record->name, from) < 0)
			continue;
		if (!each(ctx, &view))
			return;
	}
}

void lists_each_heard(const struct lists *lists, enum lists_kind kind, const char *workgroup,
		      struct in_addr interface, lists_fn *each, void *ctx)
{
	const struct lists_source source = { .origin = LISTS_HEARD, .interface = interface };
	const struct table *table = &lists->tables[kind];

	for (size_t i = find_place(table, workgroup, NULL); i < table->count; i++) {
		const struct entry *entry = table->items[i];
		const struct sighting *sighting = find_sighting(entry, &source);
		struct lists_view view;

		if (text_compare(entry->best->record.workgroup, workgroup) != 0)
			return;
		if (sighting == NULL)
			continue;
		view = view_of(entry, sighting);
		if (!each(ctx, &view))
			return;
	}
}

bool lists_find(const struct lists *lists, enum lists_kind kind, const char *workgroup,
		const char *name, struct lists_view *view)
{
	const struct table *table = &lists->tables[kind];
	size_t place = find_place(table, workgroup, name);

	if (!is_at(table, place, workgroup, name))
		return false;
	*view = view_of(table->items[place], table->items[place]->best);
	return true;
}

size_t lists_count(const struct lists *lists, enum lists_kind kind)
{
	return lists->tables[kind].count;
}

uint64_t lists_changes(const struct lists *lists)
{
	return lists->changes;
}

uint64_t lists_local_changes(const struct lists *lists)
{
	return lists->local_changes;
}
