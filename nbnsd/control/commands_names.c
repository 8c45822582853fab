/* Control commands: the names that the name server has. */
#include "nbnsd/control/commands.h"

#include <stdlib.h>
#include <string.h>

#include "common/ctl_args.h"
#include "common/loop.h"
#include "nbnsd/control/command_rows.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/registry/name_filter.h"

/* Per turn: rows are dear, looking at what does not fit is cheap. */
#define SLICE      400
#define ROW_COST   100
#define SHOWN_MAX  25 /* members of a group, by names show */
#define SUFFIX_END 256

static lease_time lease_now(const struct nbnsd *nbnsd)
{
	const struct nbt_env env = loop_env(nbnsd->loop);

	return service_lease_now(nbnsd->service, &env);
}

/*
 * Rows.
 */

static json_t *count_of_members(const struct nbnsd *nbnsd, uint32_t id, const struct record *record)
{
	if (record->kind != RECORD_GROUP)
		return json_null();
	return json_integer((json_int_t)registry_member_count(nbnsd->registry, id));
}

/* What every row about a record has. */
static json_t *record_row(const struct nbnsd *nbnsd, uint32_t id, const struct record *record)
{
	json_t *row = command_name_row(&record->name, &record->scope);

	command_set(row, "kind", json_string_nocheck(command_kinds[record->kind]));
	command_set(row, "state", json_string_nocheck(command_states[record->state]));
	command_set(row, "static", json_boolean(record->is_static));
	command_set(row, "own", json_boolean(command_is_own(nbnsd, record)));
	command_set(row, "node_type", json_string_nocheck(command_node_types[record->node_type]));
	command_set(row, "owner", command_owner(record->owner));
	command_set(row, "version", json_integer((json_int_t)record->version));
	command_set(row, "expires_in", command_lease(record->expiry, lease_now(nbnsd)));
	command_set(row, "members", count_of_members(nbnsd, id, record));
	return row;
}

/*
 * names list
 */

struct listing {
	const struct nbnsd *nbnsd;
	struct name_filter filter;
	char pattern[COMMAND_PATTERN_MAX]; /* of the filter */
	uint32_t id;                       /* the next to look at */
	uint64_t left;                     /* rows */
};

/* Whether there was a row. */
static bool list_record(struct listing *listing, struct ctl_request *rq)
{
	const struct nbnsd *nbnsd = listing->nbnsd;
	enum name_origin origin = listing->filter.origin;
	bool looks_at_own = origin == ORIGIN_SELF || origin == ORIGIN_DYNAMIC;
	struct record record;
	json_t *row;

	if (!registry_has(nbnsd->registry, listing->id))
		return false;
	registry_get(nbnsd->registry, listing->id, &record);
	if (!name_filter_passes(&listing->filter, &record,
				looks_at_own && command_is_own(nbnsd, &record)))
		return false;
	row = record_row(nbnsd, listing->id, &record);
	command_set(row, "addresses", command_addresses(&record));
	ctl_row(rq, row);
	listing->left--;
	return true;
}

static bool list_more(void *ctx, struct ctl_request *rq)
{
	struct listing *listing = ctx;

	for (int budget = SLICE; budget > 0; listing->id++) {
		if (listing->left == 0 || listing->id >= registry_bound(listing->nbnsd->registry))
			return false;
		budget -= list_record(listing, rq) ? ROW_COST : 1;
	}
	ctl_wake_stream(rq);
	return true;
}

struct list_words {
	const char *pattern, *suffix, *kind, *state, *owner, *address, *origin, *scope, *limit;
};

static bool read_kind(struct ctl_request *rq, const char *word, int *kind)
{
	if (strcmp(word, "domain") == 0)
		*kind = RECORD_SPECIAL_GROUP;
	else
		*kind = ctl_read_name(rq, "a kind", word, command_kinds);
	return *kind >= 0;
}

static bool read_origin(struct ctl_request *rq, const char *word, enum name_origin *origin)
{
	static const char *const origins[] = {
		"any", "self", "replica", "static", "dynamic", NULL
	};
	int found = ctl_read_name(rq, "an origin", word, origins);

	if (found < 0)
		return false;
	*origin = (enum name_origin)found;
	return true;
}

static bool read_owner(struct ctl_request *rq, const char *word, struct name_filter *filter)
{
	filter->has_owner = true;
	filter->owner = OWNER_SELF;
	return strcmp(word, "self") == 0 || command_read_address(rq, word, &filter->owner);
}

static bool read_choices(struct ctl_request *rq, const struct list_words *w,
			 struct name_filter *filter)
{
	if (w->kind != NULL && !read_kind(rq, w->kind, &filter->kind))
		return false;
	if (w->state != NULL) {
		filter->state = ctl_read_name(rq, "a state", w->state, command_states);
		if (filter->state < 0)
			return false;
	}
	return w->origin == NULL || read_origin(rq, w->origin, &filter->origin);
}

static bool read_filter(struct ctl_request *rq, const struct list_words *w,
			struct name_filter *filter)
{
	uint8_t suffix;

	filter->has_scope = w->scope != NULL;
	filter->has_address = w->address != NULL;
	if (w->suffix != NULL) {
		if (!command_read_suffix(rq, w->suffix, &suffix))
			return false;
		if (filter->suffix != FILTER_ANY && filter->suffix != suffix) {
			ctl_fail(rq, CTL_MISUSE, "two suffixes are said: no name has both");
			return false;
		}
		filter->suffix = suffix;
	}
	if (w->owner != NULL && !read_owner(rq, w->owner, filter))
		return false;
	if (w->address != NULL && !command_read_address(rq, w->address, &filter->address))
		return false;
	return command_read_scope(rq, w->scope, &filter->scope) && read_choices(rq, w, filter);
}

static void start_listing(struct ctl_request *rq, const struct listing *template)
{
	struct listing *listing = malloc(sizeof(*listing));

	if (listing == NULL) {
		ctl_fail(rq, CTL_FAILED, "out of memory");
		return;
	}
	*listing = *template;
	if (listing->filter.pattern != NULL)
		listing->filter.pattern = listing->pattern;
	ctl_start_stream(rq, &(struct ctl_stream){ list_more, free, listing });
}

static bool read_pattern(struct ctl_request *rq, const char *text, struct listing *listing)
{
	int suffix = FILTER_ANY;

	if (text == NULL)
		return true;
	if (!command_read_pattern(rq, text, listing->pattern, &suffix))
		return false;
	listing->filter.suffix = suffix;
	if (*listing->pattern != '\0' || suffix == FILTER_ANY) /* or it was "<20>" */
		listing->filter.pattern = listing->pattern;
	return true;
}

static void run_list(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct list_words w = { .pattern = NULL };
	const struct ctl_option options[] = {
		{ "--pattern", false, &w.pattern }, { "--suffix", false, &w.suffix },
		{ "--kind", false, &w.kind },       { "--state", false, &w.state },
		{ "--owner", false, &w.owner },     { "--address", false, &w.address },
		{ "--origin", false, &w.origin },   { "--scope", false, &w.scope },
		{ "--limit", false, &w.limit },     { .name = NULL },
	};
	struct listing listing = { .nbnsd = daemon, .left = UINT64_MAX };

	if (!ctl_read_args(rq, options, &argc, argv, 0, 1))
		return;
	name_filter_init(&listing.filter);
	if (!read_pattern(rq, argc == 1 ? argv[0] : w.pattern, &listing) ||
	    !read_filter(rq, &w, &listing.filter))
		return;
	if (w.limit != NULL &&
	    !command_read_number(rq, "--limit", w.limit, REGISTRY_MAX, &listing.left))
		return;
	start_listing(rq, &listing);
}

/*
 * names show
 */

static json_t *full_addresses(const struct record *record, lease_time now)
{
	json_t *list = json_array();

	for (size_t i = 0; i < record->address_count; i++) {
		const struct record_address *entry = &record->address[i];
		json_t *part = json_object();

		command_set(part, "address", command_address(entry->address));
		command_set(part, "owner", command_owner(entry->owner));
		command_set(part, "expires_in", command_lease(entry->expiry, now));
		(void)json_array_append_new(list, part);
	}
	return list;
}

static json_t *some_members(const struct nbnsd *nbnsd, uint32_t id, lease_time now)
{
	json_t *list = json_array();
	uint32_t cursor = 0;
	struct in_addr address;
	lease_time expiry;

	for (int i = 0;
	     i < SHOWN_MAX && registry_member_next(nbnsd->registry, id, &cursor, &address, &expiry);
	     i++) {
		json_t *part = json_object();

		command_set(part, "address", command_address(address));
		command_set(part, "expires_in", command_lease(expiry, now));
		(void)json_array_append_new(list, part);
	}
	return list;
}

static json_t *expires_at(const struct nbnsd *nbnsd, lease_time expiry, lease_time now)
{
	const struct nbt_env env = loop_env(nbnsd->loop);

	if (expiry == LEASE_FOREVER)
		return json_null();
	return json_integer((json_int_t)(env.wall_s + ((int64_t)expiry - (int64_t)now)));
}

static void show(const struct nbnsd *nbnsd, struct ctl_request *rq, uint32_t id)
{
	lease_time now = lease_now(nbnsd);
	struct record record;
	json_t *row;

	registry_get(nbnsd->registry, id, &record);
	row = record_row(nbnsd, id, &record);
	command_set(row, "expires_at", expires_at(nbnsd, record.expiry, now));
	command_set(row, "registered_by", command_asker(record.registered_by));
	command_set(row, "addresses", full_addresses(&record, now));
	command_set(row, "member_addresses",
		    record.kind == RECORD_GROUP ? some_members(nbnsd, id, now) : json_array());
	ctl_row(rq, row);
}

static void run_show(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	const struct nbnsd *nbnsd = daemon;
	const char *scope_word = NULL;
	const struct ctl_option options[] = { { "--scope", false, &scope_word }, { .name = NULL } };
	int suffix = COMMAND_NO_SUFFIX, first, found = 0;
	struct nbt_name name;
	struct nbt_scope scope;

	if (!ctl_read_args(rq, options, &argc, argv, 1, 1) ||
	    !command_read_name(rq, argv[0], &name, &suffix) ||
	    !command_read_scope(rq, scope_word, &scope))
		return;
	first = suffix == COMMAND_NO_SUFFIX ? 0 : suffix;
	for (int i = first; i < (suffix == COMMAND_NO_SUFFIX ? SUFFIX_END : first + 1); i++) {
		uint32_t id;

		name.bytes[NBT_NAME_LEN - 1] = (uint8_t)i;
		id = registry_find(nbnsd->registry, &name, &scope);
		if (id == REGISTRY_NONE)
			continue;
		show(nbnsd, rq, id);
		found++;
	}
	if (found > 0)
		ctl_end(rq);
	else
		ctl_fail(rq, CTL_FAILED, "%s is not registered", argv[0]);
}

/*
 * names members
 */

struct member_walk {
	const struct nbnsd *nbnsd;
	struct nbt_name name; /* the group may go meanwhile, and another record come under its id */
	struct nbt_scope scope;
	uint32_t cursor;
};

static bool members_more(void *ctx, struct ctl_request *rq)
{
	struct member_walk *walk = ctx;
	const struct registry *registry = walk->nbnsd->registry;
	uint32_t id = registry_find(registry, &walk->name, &walk->scope);
	struct registry_brief brief = { .kind = RECORD_UNIQUE };
	lease_time now = lease_now(walk->nbnsd), expiry;
	struct in_addr address;

	if (id != REGISTRY_NONE)
		registry_peek(registry, id, &brief);
	if (brief.kind != RECORD_GROUP)
		return false;
	for (int budget = SLICE; budget > 0; budget -= ROW_COST / 3) {
		json_t *row;

		if (!registry_member_next(registry, id, &walk->cursor, &address, &expiry))
			return false;
		row = json_object();
		command_set(row, "address", command_address(address));
		command_set(row, "expires_in", command_lease(expiry, now));
		ctl_row(rq, row);
	}
	return true;
}

static void start_members(struct ctl_request *rq, const struct member_walk *template)
{
	struct member_walk *walk = malloc(sizeof(*walk));
	const struct ctl_stream stream = { members_more, free, walk };

	if (walk == NULL) {
		ctl_fail(rq, CTL_FAILED, "out of memory");
		return;
	}
	*walk = *template;
	ctl_start_stream(rq, &stream);
}

static void run_members(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	const char *scope_word = NULL;
	const struct ctl_option options[] = { { "--scope", false, &scope_word }, { .name = NULL } };
	struct member_walk walk = { .nbnsd = daemon };
	struct registry_brief brief;
	int suffix = COMMAND_NO_SUFFIX;
	uint32_t id;

	if (!ctl_read_args(rq, options, &argc, argv, 1, 1) ||
	    !command_read_name(rq, argv[0], &walk.name, &suffix) ||
	    !command_read_scope(rq, scope_word, &walk.scope))
		return;
	if (suffix == COMMAND_NO_SUFFIX) {
		ctl_fail(rq, CTL_MISUSE, "say which group: %s<00>, %s<1E>", argv[0], argv[0]);
		return;
	}
	id = registry_find(walk.nbnsd->registry, &walk.name, &walk.scope);
	if (id == REGISTRY_NONE) {
		ctl_fail(rq, CTL_FAILED, "%s is not registered", argv[0]);
		return;
	}
	registry_peek(walk.nbnsd->registry, id, &brief);
	if (brief.kind != RECORD_GROUP)
		ctl_fail(rq, CTL_FAILED, "%s is no group: names show tells its addresses", argv[0]);
	else
		start_members(rq, &walk);
}

const struct ctl_command commands_names[] = {
	{ "names list",
	  "[PATTERN[<XX>]] [--pattern PATTERN] [--suffix XX] "
	  "[--kind unique|group|internet|multihomed] [--state active|released|tombstone] "
	  "[--owner self|ADDRESS] [--address ADDRESS] [--origin self|replica|static|dynamic] "
	  "[--scope SCOPE] [--limit COUNT]",
	  "names that fit all of these; * and ? in PATTERN", false, run_list },
	{ "names show", "NAME[<XX>] [--scope SCOPE]",
	  "everything about a name; without suffix about all of them", false, run_show },
	{ "names members", "NAME<XX> [--scope SCOPE]", "all members of a group", false,
	  run_members },
	{ .name = NULL },
};
