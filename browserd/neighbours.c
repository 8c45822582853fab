#include "browserd/neighbours.h"

#include "browserd/domain.h"
#include "browserd/text.h"

static const struct browser_times *times_of(const struct neighbours *neighbours)
{
	return &neighbours->service->settings->times;
}

void neighbours_init(struct neighbours *neighbours, struct browser_service *service)
{
	*neighbours = (struct neighbours){ .service = service, .ask_ms = NBT_NEVER };
}

/*
 * Who they are.
 */

/* What one that is gone has told may be told by the next one. */
static void forget(struct neighbours *neighbours, size_t i, const struct nbt_env *env)
{
	const struct in_addr address = neighbours->items[i].address;
	const struct lists_match match = { .origin = LISTS_PULLED, .address = &address };

	if (!browser_is_told_by(neighbours->service, neighbours, address))
		lists_limit(neighbours->service->lists, LISTS_WORKGROUPS, &match,
			    env->now_ms + times_of(neighbours)->overlap);
	neighbours->items[i] = neighbours->items[--neighbours->count];
}

bool neighbours_know(const struct neighbours *neighbours, struct in_addr address)
{
	for (size_t i = 0; i < neighbours->count; i++)
		if (neighbours->items[i].address.s_addr == address.s_addr)
			return true;
	return false;
}

static void add(struct neighbours *neighbours, struct in_addr address, const struct nbt_env *env)
{
	if (neighbours->count == BROWSER_ADDRESSES_MAX || neighbours_know(neighbours, address) ||
	    browser_is_own_address(neighbours->service, address))
		return;
	neighbours->items[neighbours->count++] = (struct neighbour){ .address = address,
								     .since_ms = env->now_ms,
								     .due_ms = env->now_ms };
}

/* From an answer that is full some may be missing that are there. */
static void named(struct neighbours *neighbours, const struct browser_found *found,
		  const struct nbt_env *env)
{
	if (!found->is_there && !found->is_definite)
		return;
	for (size_t i = neighbours->count; i-- > 0;)
		if (found->count < BROWSER_ADDRESSES_MAX &&
		    !browser_is_among(neighbours->items[i].address, found->addresses, found->count))
			forget(neighbours, i, env);
	for (size_t i = 0; i < found->count; i++)
		add(neighbours, found->addresses[i], env);
}

static void ask(struct neighbours *neighbours, const struct nbt_env *env)
{
	const struct browser_lookup everyone = {
		.type = BROWSER_LOOKUP_MASTERS,
		.name = { .bytes = { [0] = '*', [NBT_NAME_LEN - 1] = NBT_SUFFIX_DMB } }
	};

	neighbours->ask_ms = env->now_ms + times_of(neighbours)->neighbours;
	if (neighbours->token == 0)
		neighbours->token = browser_ask(neighbours->service, &everyone);
}

/*
 * One of them: what it is called, and then its list.
 */

/* nmbd without an smbd that gives lists stays so: it is not asked for ever more often. */
static void failed(struct neighbours *neighbours, struct neighbour *neighbour,
		   const struct nbt_env *env)
{
	const struct browser_times *times = times_of(neighbours);

	neighbour->token = 0;
	neighbour->failures++;
	neighbour->due_ms =
		env->now_ms + (neighbour->failures < neighbours->service->settings->pull_failures
				       ? times->pull_retry
				       : times->sync);
}

static void look_at(struct neighbours *neighbours, struct neighbour *neighbour,
		    const struct nbt_env *env)
{
	const struct browser_lookup lookup = { .type = BROWSER_LOOKUP_STATUS,
					       .address = neighbour->address,
					       .name = { .bytes = { '*' } } };

	neighbour->token = browser_ask(neighbours->service, &lookup);
	neighbour->due_ms = env->now_ms + times_of(neighbours)->pull_retry;
}

static bool is_ours(const struct neighbours *neighbours, const char *workgroup)
{
	return browser_domain_of(neighbours->service, workgroup) != NULL;
}

/* The workgroup that it is asked for, and said to be of. NULL: all are ours. */
static const char *first_workgroup(const struct neighbours *neighbours,
				   const struct neighbour *neighbour)
{
	for (size_t i = 0; i < neighbour->workgroup_count; i++)
		if (!is_ours(neighbours, neighbour->workgroups[i]))
			return neighbour->workgroups[i];
	return NULL;
}

static void say(const struct neighbours *neighbours, const struct neighbour *neighbour,
		enum browser_news_type type)
{
	const struct browser_news news = { .type = type,
					   .workgroup = first_workgroup(neighbours, neighbour),
					   .other = neighbour->name,
					   .address = neighbour->address };

	neighbours->service->sinks.news(neighbours->service->ctx, &news);
}

/* Its own workgroups are there whether or not it gives a list, and it is their master whoever a
 * neighbour hears of them. */
static void add_its_own(struct neighbours *neighbours, struct neighbour *neighbour,
			const struct nbt_env *env)
{
	struct lists_record record = { .type = NBT_SV_DOMAIN_ENUM | NBT_SV_NT };
	struct lists_pull pull = neighbour->pull;

	pull.is_first_hand = true;
	text_copy(record.comment, sizeof(record.comment), neighbour->name);
	for (size_t i = 0; i < neighbour->workgroup_count; i++) {
		if (is_ours(neighbours, neighbour->workgroups[i]))
			continue;
		text_copy(record.name, sizeof(record.name), neighbour->workgroups[i]);
		browser_note(neighbours->service,
			     lists_pull_add(neighbours->service->lists, &pull, &record, env));
	}
}

/* Only what is heard in its own subnet: of whole lists two domain masters would keep for each other
 * what has long been gone. */
static void pull(struct neighbours *neighbours, struct neighbour *neighbour,
		 const struct nbt_env *env)
{
	struct browser_service *service = neighbours->service;
	const struct browser_pull wanted = { .token = browser_new_token(service),
					     .address = neighbour->address,
					     .workgroup = first_workgroup(neighbours, neighbour),
					     .name = neighbour->name,
					     .is_local = true,
					     .is_workgroups_only = true };

	neighbour->token = wanted.token;
	neighbour->due_ms = env->now_ms + times_of(neighbours)->pull_retry;
	neighbour->pull = lists_pull_begin(service->lists, LISTS_WORKGROUPS, neighbour->address, "",
					   LISTS_PERIODS * times_of(neighbours)->sync);
	add_its_own(neighbours, neighbour, env);
	browser_count(service, BROWSER_PULLS);
	service->sinks.pull(service->ctx, &wanted);
}

/* One that is master of our workgroups only is none: the name service will settle that. */
static void described(struct neighbours *neighbours, struct neighbour *neighbour,
		      const struct browser_found *found, const struct nbt_env *env)
{
	bool is_new = neighbour->name[0] == '\0';

	neighbour->token = 0;
	if (!found->is_there || browser_is_own(neighbours->service, found->server)) {
		failed(neighbours, neighbour, env);
		return;
	}
	memcpy(neighbour->workgroups, found->mastered, sizeof(neighbour->workgroups));
	neighbour->workgroup_count = found->mastered_count;
	neighbour->due_ms = env->now_ms + times_of(neighbours)->sync;
	if (first_workgroup(neighbours, neighbour) == NULL)
		return;
	text_copy(neighbour->name, sizeof(neighbour->name), found->server);
	if (is_new)
		say(neighbours, neighbour, BROWSER_NEWS_DOMAIN_MASTER);
	pull(neighbours, neighbour, env);
}

bool neighbours_found(struct neighbours *neighbours, uint32_t token,
		      const struct browser_found *found, const struct nbt_env *env)
{
	struct neighbour *neighbour = neighbours_find_pull(neighbours, token);

	if (token != 0 && token == neighbours->token) {
		neighbours->token = 0;
		named(neighbours, found, env);
		return true;
	}
	if (neighbour != NULL)
		described(neighbours, neighbour, found, env);
	return neighbour != NULL;
}

struct neighbour *neighbours_find_pull(struct neighbours *neighbours, uint32_t token)
{
	for (size_t i = 0; token != 0 && i < neighbours->count; i++)
		if (neighbours->items[i].token == token)
			return &neighbours->items[i];
	return NULL;
}

/* Of its own workgroups it is the master, whoever is it in its subnet. */
void neighbours_pull_record(struct neighbours *neighbours, struct neighbour *neighbour,
			    const struct lists_record *record, const struct nbt_env *env)
{
	for (size_t i = 0; i < neighbour->workgroup_count; i++)
		if (text_equal(neighbour->workgroups[i], record->name))
			return;
	if (!is_ours(neighbours, record->name))
		browser_note(neighbours->service, lists_pull_add(neighbours->service->lists,
								 &neighbour->pull, record, env));
}

void neighbours_pulled(struct neighbours *neighbours, struct neighbour *neighbour, bool is_whole,
		       const struct nbt_env *env)
{
	if (!is_whole) {
		failed(neighbours, neighbour, env);
		browser_count(neighbours->service, BROWSER_PULLS_FAILED);
		if (neighbour->failures == 1)
			say(neighbours, neighbour, BROWSER_NEWS_SYNC_FAILED);
		return;
	}
	neighbour->token = 0;
	neighbour->failures = 0;
	neighbour->whole_ms = env->now_ms;
	neighbour->due_ms = env->now_ms + times_of(neighbours)->sync;
	lists_pull_end(neighbours->service->lists, &neighbour->pull);
}

/*
 * Beginning, end, time.
 */

static bool is_wanted(const struct neighbours *neighbours)
{
	const struct browser_service *service = neighbours->service;

	if (!service->settings->enhanced || !service->has_nbns || service->is_stopped)
		return false;
	for (size_t i = 0; i < service->settings->workgroup_count; i++)
		if (service->domains[i].state == DOMAIN_MASTER)
			return true;
	return false;
}

void neighbours_stop(struct neighbours *neighbours, const struct nbt_env *env)
{
	while (neighbours->count > 0)
		forget(neighbours, neighbours->count - 1, env);
	neighbours->is_active = false;
	neighbours->ask_ms = NBT_NEVER;
	neighbours->token = 0;
}

void neighbours_notice(struct neighbours *neighbours, const struct nbt_env *env)
{
	bool wanted = is_wanted(neighbours);

	if (wanted == neighbours->is_active)
		return;
	if (!wanted) {
		neighbours_stop(neighbours, env);
		return;
	}
	neighbours->is_active = true;
	neighbours->ask_ms = env->now_ms;
}

uint64_t neighbours_deadline(const struct neighbours *neighbours)
{
	uint64_t due = neighbours->ask_ms;

	for (size_t i = 0; i < neighbours->count; i++)
		due = nbt_earlier(due, neighbours->items[i].due_ms);
	return due;
}

/* What has not ended until the next is due has failed. */
static void wake(struct neighbours *neighbours, struct neighbour *neighbour,
		 const struct nbt_env *env)
{
	if (env->now_ms < neighbour->due_ms)
		return;
	if (neighbour->token != 0)
		failed(neighbours, neighbour, env);
	else
		look_at(neighbours, neighbour, env);
}

void neighbours_wake(struct neighbours *neighbours, const struct nbt_env *env)
{
	if (env->now_ms >= neighbours->ask_ms)
		ask(neighbours, env);
	for (size_t i = 0; i < neighbours->count; i++)
		wake(neighbours, &neighbours->items[i], env);
}
