/*
 * Pulls that a partner's notification asks for (wins-replication.md 2.4). With opcodes 4 and 5 the
 * roles change on its connection, which ends with the pull; with 8 and 9 we use one of ours.
 */
#include "nbnsd/partners/partners_inner.h"

static bool is_refused(struct association *a, const struct nbt_env *env)
{
	if (a->partner != NULL && a->partner->settings.pull)
		return false;
	partners_count_one(a->all, PARTNERS_REFUSED);
	association_stop(a, NBT_REPL_REASON_ERROR, env);
	return true;
}

static bool asks_to_pass_on(const struct nbt_replication *update)
{
	return update->opcode == NBT_REPL_UPDATE_PROPAGATE ||
	       update->opcode == NBT_REPL_UPDATE_PERSISTENT_PROPAGATE;
}

static struct in_addr initiator_of(const struct association *a,
				   const struct nbt_replication *update)
{
	return update->initiator.s_addr != INADDR_ANY ? update->initiator : a->peer;
}

void notified_elsewhere(struct association *a, const struct nbt_replication *update,
			const struct nbt_env *env)
{
	struct owner_map map = { 0 };
	bool has_news;

	if (is_refused(a, env))
		return;
	partners_count_one(a->all, PARTNERS_NOTIFIED);
	if (a->state == ASSOCIATION_OPEN)
		a->since_ms = env->now_ms; /* it is not idle */
	has_news = !owner_map_read(&map, update->list) || plan_has_news(a->all, &map);
	owner_map_free(&map);
	if (!has_news)
		return;
	if (asks_to_pass_on(update))
		pull_pass_on(a->partner, initiator_of(a, update));
	pull_start(a->partner, a->all, env);
}

static bool begin(struct association *a, const struct nbt_replication *update,
		  const struct nbt_env *env)
{
	struct owner_map map = { 0 };
	const struct owner_source source = { a->peer, &map };
	struct nbt_owner_versions *todo = NULL;
	size_t count;

	if (owner_map_read(&map, update->list))
		todo = plan_of(a->all, &source, 1, 0, &count);
	owner_map_free(&map);
	return todo != NULL && fetch_begin(a, todo, count, NULL, env);
}

/* One after the other: the next notification waits unread. */
void notified_here(struct association *a, const struct nbt_replication *update,
		   const struct nbt_env *env)
{
	if (is_refused(a, env))
		return;
	if (a->purpose != FOR_THE_PEER) {
		notified_elsewhere(a, update, env);
		return;
	}
	a->is_held = a->partner->notifier != NULL;
	if (a->is_held)
		return;
	partners_count_one(a->all, PARTNERS_NOTIFIED);
	a->partner->notifier = a;
	a->passes_on = asks_to_pass_on(update);
	a->initiator = initiator_of(a, update);
	if (!begin(a, update, env))
		association_end(a, "out of memory", env);
}

static void let_next_in(struct association *a, const struct nbt_env *env)
{
	struct partners *all = a->all;
	struct partner *partner = a->partner;

	partner->notifier = NULL;
	for (uint32_t i = 0; i < all->association_end; i++) {
		struct association *next = all->association[i];

		if (next == NULL || next->partner != partner || !next->is_held)
			continue;
		next->is_held = false;
		next->since_ms = env->now_ms;
		association_go_on(next, env);
		if (partner->notifier != NULL)
			return;
	}
}

void notified_fetched(struct association *a, const struct nbt_env *env)
{
	struct partner *partner = a->partner;
	uint64_t records = a->fetch->records;

	fetch_free(a);
	partner->pull.records += records;
	partner->pull.last_ms = env->now_ms;
	partners_count_one(a->all, PARTNERS_PULLS);
	if (a->passes_on && records > 0)
		push_pass_on(a->all, a->initiator, a->peer);
	association_stop(a, NBT_REPL_REASON_NORMAL, env);
}

/* Of any connection that a peer has made. */
void notified_ended(struct association *a, const char *why, const struct nbt_env *env)
{
	struct partner *partner = a->partner;

	if (partner != NULL && a->is_held)
		pull_start(partner, a->all, env); /* its turn did not come */
	if (partner == NULL || partner->notifier != a)
		return;
	if (why != NULL) {
		partners_count_one(a->all, PARTNERS_PULLS_FAILED);
		partner_set_error(partner, why, env);
	}
	let_next_in(a, env);
}
