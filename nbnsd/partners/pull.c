/*
 * Pulls over connections of ours (wins-replication.md 2.3): by the clock, at the start, by hand,
 * and when a notification asks for one. Each partner is asked for its map; those that are asked at
 * the same time wait a moment for each other, so that an owner's records come from one of them.
 */
#include <errno.h>
#include <string.h>

#include "nbnsd/partners/partners_inner.h"

#define RETRY_MAX_S 3600 /* of a partner without an interval */

static uint64_t round_wait_ms(const struct partners *all)
{
	return (uint64_t)all->settings->round_wait_s * 1000;
}

static bool is_asking(const struct partners *all, const struct partner *partner,
		      const struct nbt_env *env)
{
	uint64_t end_ms = partner->pull.began_ms + round_wait_ms(all);

	return partner->pull.state == PULL_ASKING && env->now_ms < end_ms;
}

/*
 * The end of one.
 */

static uint64_t retry_s(const struct partners *all, const struct partner *partner)
{
	uint64_t max = partner->settings.pull_interval_s, retry = all->settings->retry_s;
	uint32_t doublings = partner->pull.failures - 1;

	if (max == 0)
		max = RETRY_MAX_S;
	retry = retry << (doublings < 16 ? doublings : 16);
	return retry < max ? retry : max;
}

void pull_forget(struct partner *partner)
{
	partner->pull.due_ms = NEVER;
	partner->pull.again = false;
	partner->pull.failures = 0;
}

static void plan_next(const struct partners *all, struct partner *partner,
		      const struct nbt_env *env)
{
	struct pulling *pull = &partner->pull;
	uint64_t seconds = partner->settings.pull_interval_s;

	if (pull->failures > 0)
		seconds = retry_s(all, partner);
	pull->due_ms = seconds > 0 ? env->now_ms + seconds * 1000 : NEVER;
	if (pull->again && pull->failures == 0)
		pull->due_ms = env->now_ms;
	pull->again = false;
	pull->was_asked = true;
	if (!partner->settings.pull)
		pull_forget(partner); /* it lost the role meanwhile */
}

static void fail(struct partners *all, struct partner *partner, const char *why,
		 const struct nbt_env *env)
{
	struct pulling *pull = &partner->pull;

	pull->state = PULL_NONE;
	pull->on = NULL;
	pull->failed_ms = env->now_ms;
	if (pull->failures < UINT32_MAX)
		pull->failures++;
	partners_count_one(all, PARTNERS_PULLS_FAILED);
	partner_set_error(partner, why, env);
	plan_next(all, partner, env);
}

void pull_partner_lives(struct partner *partner)
{
	struct pulling *pull = &partner->pull;

	if (pull->failures > 0 && pull->state == PULL_NONE)
		pull->due_ms = nbt_earlier(pull->due_ms, pull->failed_ms + LIVES_MS);
}

/* A connection that stays and goes while nothing is asked over it is no failure; what it was told
 * of (again) is asked for by the next. */
void pull_ended(struct association *a, const char *why, const struct nbt_env *env)
{
	struct partner *partner = a->partner;

	if (partner == NULL || partner->pull.on != a)
		return;
	if (partner->pull.state == PULL_NONE)
		partner->pull.on = NULL;
	else
		fail(a->all, partner, why != NULL ? why : "it ended the association", env);
}

void pull_pass_on(struct partner *partner, struct in_addr initiator)
{
	struct pulling *pull = &partner->pull;

	for (uint8_t i = 0; i < pull->pass_on_count; i++)
		if (pull->pass_on[i].s_addr == initiator.s_addr)
			return;
	if (pull->pass_on_count < PASS_ON_MAX)
		pull->pass_on[pull->pass_on_count++] = initiator;
}

/* Who has asked while it ran may mean what the next one brings, too. */
static void pass_on(struct association *a, uint64_t records)
{
	struct pulling *pull = &a->partner->pull;

	for (uint8_t i = 0; i < pull->pass_on_count && records > 0; i++)
		push_pass_on(a->all, pull->pass_on[i], a->peer);
	if (!pull->again)
		pull->pass_on_count = 0;
}

void pull_fetched(struct association *a, const struct nbt_env *env)
{
	struct partner *partner = a->partner;
	struct pulling *pull = &partner->pull;
	uint64_t records = a->fetch->records;

	fetch_free(a);
	pull->state = PULL_NONE;
	pull->failures = 0;
	pull->records += records;
	pull->last_ms = env->now_ms;
	pull->width = 0;
	partners_count_one(a->all, PARTNERS_PULLS);
	pass_on(a, records);
	plan_next(a->all, partner, env);
	if (association_stays(a))
		return;
	pull->on = NULL;
	association_stop(a, NBT_REPL_REASON_NORMAL, env);
}

/*
 * The map.
 */

static void ask_for_map(struct association *a, const struct nbt_env *env)
{
	const struct nbt_replication request = { .destination = a->theirs,
						 .type = NBT_REPL_MESSAGE,
						 .opcode = NBT_REPL_MAP_REQUEST };

	a->state = ASSOCIATION_WANT_MAP;
	association_send(a, &request, env);
}

void pull_opened(struct association *a, const struct nbt_env *env)
{
	ask_for_map(a, env);
}

void pull_start(struct partner *partner, struct partners *all, const struct nbt_env *env)
{
	struct pulling *pull = &partner->pull;
	int error;

	if (pull->state != PULL_NONE) {
		pull->again = true;
		return;
	}
	pull->due_ms = NEVER;
	pull->began_ms = env->now_ms;
	pull->state = PULL_ASKING;
	if (!service_is_storing(all->service)) {
		fail(all, partner, "the database cannot be written", env);
	} else if (pull->on != NULL) {
		ask_for_map(pull->on, env);
	} else {
		pull->on =
			association_dial(all, partner->settings.address, FOR_A_PULL, &error, env);
		if (pull->on == NULL)
			fail(all, partner, error != 0 ? strerror(-error) : "out of memory", env);
	}
}

void pull_take_map(struct association *a, const struct nbt_replication *map,
		   const struct nbt_env *env)
{
	struct pulling *pull = &a->partner->pull;

	if (a->purpose == FOR_DOUBTS) {
		doubting_take_map(a, map, env);
		return;
	}
	a->state = ASSOCIATION_OPEN;
	if (!owner_map_read(&pull->map, map->list)) {
		association_end(a, "out of memory", env);
		return;
	}
	pull->state = PULL_MERGING;
	pull->was_asked = true;
	recovery_take_map(a->all, pull);
}

/*
 * All who wait for each other.
 */

static bool is_round_complete(const struct partners *all, const struct nbt_env *env)
{
	size_t merging = 0;

	for (size_t i = 0; i < all->partner_count; i++) {
		if (is_asking(all, all->partner[i], env))
			return false;
		merging += all->partner[i]->pull.state == PULL_MERGING;
	}
	return merging > 0;
}

static size_t sources_of(const struct partners *all, struct owner_source *sources,
			 struct partner **of)
{
	size_t count = 0;

	for (size_t i = 0; i < all->partner_count; i++) {
		struct partner *partner = all->partner[i];

		if (partner->pull.state != PULL_MERGING)
			continue;
		of[count] = partner;
		sources[count++] =
			(struct owner_source){ partner->settings.address, &partner->pull.map };
	}
	return count;
}

static uint64_t shown_of_us(const struct partners *all, const struct owner_source *sources,
			    size_t count)
{
	uint64_t highest = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t max = owner_map_max(sources[i].map, all->settings->address);

		if (max > highest)
			highest = max;
	}
	return highest;
}

/* What each of them is asked for is decided before the first is: marks rise meanwhile. */
static void merge(struct partners *all, const struct nbt_env *env)
{
	struct owner_source sources[PARTNERS_MAX + PARTNERS_DISCOVERED_MAX];
	struct partner *of[PARTNERS_MAX + PARTNERS_DISCOVERED_MAX];
	size_t count = sources_of(all, sources, of), todo_count;

	recovery_seen(all, shown_of_us(all, sources, count));
	for (size_t i = 0; i < count; i++) {
		struct association *on = of[i]->pull.on;
		struct nbt_owner_versions *todo = plan_of(all, sources, count, i, &todo_count);

		of[i]->pull.state = PULL_FETCHING;
		if (todo == NULL || !fetch_begin(on, todo, todo_count, NULL, env))
			association_end(on, "out of memory", env);
	}
}

void pull_turn(struct partners *all, const struct nbt_env *env)
{
	for (size_t i = 0; i < all->partner_count; i++)
		if (all->partner[i]->pull.due_ms <= env->now_ms)
			pull_start(all->partner[i], all, env);
	if (is_round_complete(all, env))
		merge(all, env);
}

/* When nobody waits for others any more: the last one has had its time. */
static uint64_t round_deadline(const struct partners *all)
{
	uint64_t last_ms = 0;
	bool is_merging = false;

	for (size_t i = 0; i < all->partner_count; i++) {
		const struct pulling *pull = &all->partner[i]->pull;

		is_merging |= pull->state == PULL_MERGING;
		if (pull->state == PULL_ASKING && pull->began_ms > last_ms)
			last_ms = pull->began_ms;
	}
	return is_merging ? last_ms + round_wait_ms(all) : NEVER;
}

uint64_t pull_deadline(const struct partners *all)
{
	uint64_t due_ms = round_deadline(all);

	for (size_t i = 0; i < all->partner_count; i++)
		due_ms = nbt_earlier(due_ms, all->partner[i]->pull.due_ms);
	return due_ms;
}

int partners_pull(struct partners *all, struct in_addr partner, const struct nbt_env *env)
{
	bool is_any = partner.s_addr == INADDR_ANY, found = false;

	for (size_t i = 0; i < all->partner_count; i++) {
		struct partner *p = all->partner[i];

		if (!p->settings.pull || (!is_any && p->settings.address.s_addr != partner.s_addr))
			continue;
		found = true;
		pull_start(p, all, env);
	}
	return found ? 0 : -ENOENT;
}
