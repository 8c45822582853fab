/*
 * Records asked for and applied (wins-replication.md 2.3 step 4 and 5): an owner's versions slice
 * by slice, one owner after the other. The mark of an owner goes up with the records, in the same
 * transaction, and only what is committed counts as done.
 */
#include <stdlib.h>

#include "nbnsd/partners/partners_inner.h"
#include "nbnsd/service/doubts.h"

#define APPLY_MAX 500                 /* records in one turn of the loop */
#define LEAP_MAX  ((uint64_t)1 << 32) /* versions a mark goes up without a record (5.2) */
#define WIDTH_MAX ((uint64_t)1 << 62)
#define GROW      4

static void ask(struct association *a, const struct nbt_env *env);

void fetch_free(struct association *a)
{
	struct fetch *fetch = a->fetch;

	if (fetch == NULL)
		return;
	a->fetch = NULL;
	free(fetch->todo);
	free(fetch);
}

static uint64_t first_width(const struct association *a)
{
	uint64_t width = a->all->settings->slice;

	if (a->partner != NULL && a->partner->pull.width > 0 && a->partner->pull.width < width)
		width = a->partner->pull.width;
	return width > 0 ? width : 1;
}

bool fetch_begin(struct association *a, struct nbt_owner_versions *todo, size_t count,
		 struct service_verification *verification, const struct nbt_env *env)
{
	struct fetch *fetch = calloc(1, sizeof(*fetch));

	if (fetch == NULL) {
		partners_count_one(a->all, PARTNERS_NO_MEMORY);
		free(todo);
		return false;
	}
	fetch->todo = todo;
	fetch->count = count;
	fetch->verification = verification;
	fetch->width = first_width(a);
	a->fetch = fetch;
	ask(a, env);
	return true;
}

/*
 * The end.
 */

static bool is_a_pull(const struct association *a)
{
	return a->fetch->verification == NULL && a->purpose != FOR_DOUBTS;
}

static void tell_of_own(const struct association *a, const struct nbt_env *env)
{
	const struct fetch *fetch = a->fetch;

	for (size_t i = 0; i < fetch->count && is_a_pull(a); i++)
		if (fetch->todo[i].owner.s_addr == a->all->settings->address.s_addr)
			recovery_fetched(a->all, fetch->todo[i].max, env);
}

static void tell(struct association *a, const struct nbt_env *env)
{
	static void (*const done[])(struct association *, const struct nbt_env *) = {
		[FOR_THE_PEER] = notified_fetched,
		[FOR_A_PULL] = pull_fetched,
		[FOR_A_VERIFICATION] = verify_fetched,
		[FOR_DOUBTS] = doubting_fetched,
	};

	tell_of_own(a, env);
	a->fetch->is_settling = false;
	done[a->purpose](a, env);
	association_go_on(a, env); /* one that stays is read again */
}

/* Nobody is told before the store has everything. */
static void settle(struct association *a, const struct nbt_env *env)
{
	a->state = ASSOCIATION_OPEN;
	a->since_ms = env->now_ms;
	a->fetch->is_settling = true;
	if (service_is_committed(a->all->service, a->fetch->batch))
		tell(a, env);
}

/*
 * Asking.
 */

static void begin_owner(struct fetch *fetch)
{
	const struct nbt_owner_versions *range = &fetch->todo[fetch->at];

	fetch->next = range->min;
	fetch->highest = range->min - 1;
}

static bool find_slice(struct fetch *fetch)
{
	for (; fetch->at < fetch->count; fetch->at++, fetch->next = 0) {
		uint64_t max = fetch->todo[fetch->at].max;

		if (fetch->next == 0)
			begin_owner(fetch);
		if (fetch->next > max)
			continue;
		fetch->top =
			max - fetch->next < fetch->width ? max : fetch->next + fetch->width - 1;
		return true;
	}
	return false;
}

static void ask(struct association *a, const struct nbt_env *env)
{
	struct fetch *fetch = a->fetch;
	struct nbt_replication request = { .destination = a->theirs,
					   .type = NBT_REPL_MESSAGE,
					   .opcode = NBT_REPL_RECORDS_REQUEST };

	if (!find_slice(fetch)) {
		settle(a, env);
		return;
	}
	request.range = (struct nbt_owner_versions){ .owner = fetch->todo[fetch->at].owner,
						     .max = fetch->top,
						     .min = fetch->next };
	a->state = ASSOCIATION_WANT_RECORDS;
	association_send(a, &request, env);
}

/*
 * Applying.
 */

static void apply_one(struct association *a, const struct nbt_replica *replica,
		      const struct nbt_env *env)
{
	struct fetch *fetch = a->fetch;
	const struct replica_question question = { .owner = fetch->todo[fetch->at].owner,
						   .min = fetch->next,
						   .max = fetch->top };
	enum replica_check check;

	if (a->purpose == FOR_DOUBTS)
		check = service_doubt_replica(a->all->service, replica, &fetch->todo[fetch->at]);
	else if (fetch->verification != NULL)
		check = service_verify_record(fetch->verification, replica, env);
	else
		check = service_replica(a->all->service, replica, &question, env);
	if (replica->version >= fetch->next && replica->version <= fetch->top &&
	    replica->version > fetch->highest)
		fetch->highest = replica->version;
	partners_count_one(a->all, check == REPLICA_PASSED ? PARTNERS_PULLED : PARTNERS_REJECTED);
	if (check == REPLICA_PASSED)
		fetch->records++;
}

static bool is_pulled(const struct partners *all, struct in_addr owner)
{
	const struct partner *partner = partners_find(all, owner);

	return partner != NULL && partner->settings.pull;
}

/* What was asked for has come, even if it was nothing; but nobody's word alone blocks an owner for
 * ever (5.2). */
static bool raise_mark(struct association *a)
{
	const struct fetch *fetch = a->fetch;
	struct service *service = a->all->service;
	struct nbt_owner_versions range = fetch->todo[fetch->at];
	bool is_by_owner = range.owner.s_addr == a->peer.s_addr;

	range.max = fetch->top - fetch->highest < LEAP_MAX ? fetch->top : fetch->highest;
	if (!is_a_pull(a) || range.owner.s_addr == a->all->settings->address.s_addr)
		return true;
	if (!is_by_owner && range.max > service_version_of(service, range.owner) &&
	    is_pulled(a->all, range.owner) && !service_told_by_others(service, &range))
		return false;
	if (!service_set_version(service, &range))
		return false;
	if (is_by_owner)
		service_told_by_owner(service, &range);
	return true;
}

/* Out of memory, or there are too many owners: others may be here already. */
static void give_up_owner(struct association *a)
{
	partners_count_one(a->all, PARTNERS_NO_MEMORY);
	a->fetch->at++;
	a->fetch->next = 0;
}

/* Versions may be far apart: who finds few in a slice asks for more with the next. */
static void adapt_width(struct fetch *fetch, uint32_t count, uint32_t slice)
{
	if (count < slice / GROW && fetch->width < WIDTH_MAX)
		fetch->width *= GROW;
	else if (count > slice && fetch->width > slice)
		fetch->width = slice;
}

static void finish_slice(struct association *a, uint32_t count, const struct nbt_env *env)
{
	struct fetch *fetch = a->fetch;

	fetch->is_applying = false;
	inbox_drop(&a->in, fetch->message_len);
	if (raise_mark(a))
		fetch->next = fetch->top + 1;
	else
		give_up_owner(a);
	fetch->batch = service_batch(a->all->service);
	adapt_width(fetch, count, a->all->settings->slice);
	ask(a, env);
	association_go_on(a, env);
}

static void apply(struct association *a, const struct nbt_env *env)
{
	struct fetch *fetch = a->fetch;
	struct nbt_replication_list list;
	struct nbt_replica replica;
	uint32_t taken = 0;

	list.bytes = a->in.bytes + a->in.at + fetch->applied; /* it was decoded when it came */
	list.len = fetch->message_len - fetch->applied;
	list.count = fetch->left;
	while (taken < APPLY_MAX && nbt_replication_next_record(&list, &replica)) {
		apply_one(a, &replica, env);
		taken++;
	}
	fetch->left = list.count;
	fetch->applied = fetch->message_len - list.len;
	a->since_ms = env->now_ms;
}

static void go_on(struct association *a, const struct nbt_env *env)
{
	struct fetch *fetch = a->fetch;

	apply(a, env);
	if (fetch->left == 0)
		finish_slice(a, fetch->message_count, env);
}

/* One answer in the store, the next one in the inbox: more is not kept. */
static bool may_apply(const struct association *a)
{
	return a->fetch->is_applying && (a->fetch->applied > NBT_REPL_RECORDS_HEAD ||
					 service_is_committed(a->all->service, a->fetch->batch));
}

/* It is applied in the turn. */
void fetch_take(struct association *a, const struct nbt_replication *answer, size_t message_len)
{
	struct fetch *fetch = a->fetch;

	a->state = ASSOCIATION_OPEN;
	fetch->is_applying = true;
	fetch->message_len = message_len;
	fetch->applied = NBT_REPL_RECORDS_HEAD;
	fetch->left = fetch->message_count = answer->list.count;
}

bool fetch_has_work(const struct association *a)
{
	return a->fetch != NULL && may_apply(a);
}

void fetch_turn(struct partners *all, const struct nbt_env *env)
{
	for (uint32_t i = 0; i < all->association_end; i++) {
		struct association *a = all->association[i];

		if (a == NULL || a->fetch == NULL)
			continue;
		if (may_apply(a))
			go_on(a, env);
		else if (a->fetch->is_settling &&
			 service_is_committed(all->service, a->fetch->batch))
			tell(a, env);
	}
}
