/*
 * Verification (wins-replication.md 2.7): all that is here of an owner is compared with what the
 * owner has, or else another partner. Regularly, for owners whose records were not confirmed for
 * long, so many records in a run; and by hand. One owner at a time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nbnsd/partners/partners_inner.h"

#define RETRY_PART 24 /* of the period, after a run that failed */

static void plan_next(struct partners *all, bool went_well, const struct nbt_env *env)
{
	uint64_t seconds = all->settings->verify_period_s;

	if (!went_well)
		seconds /= RETRY_PART;
	if (!all->verify.is_by_hand)
		all->verify.due_ms = all->settings->verify
					     ? env->now_ms + (seconds > 0 ? seconds : 1) * 1000
					     : NEVER;
}

static void end_run(struct partners *all, bool went_well, const struct nbt_env *env)
{
	struct verifying *v = &all->verify;

	plan_next(all, went_well, env);
	free(v->todo);
	*v = (struct verifying){ .due_ms = v->due_ms };
}

/* By hand one that fails does not end it. */
static void fail(struct partners *all, const struct nbt_env *env)
{
	partners_count_one(all, PARTNERS_VERIFY_FAILED);
	all->verify.on = NULL;
	if (!all->verify.is_by_hand)
		end_run(all, false, env);
}

/*
 * Whom to ask.
 */

static bool may_ask(const struct partner *partner)
{
	return partner->settings.pull && partner->pull.failures == 0;
}

static struct partner *any_partner(const struct partners *all, const struct nbt_env *env)
{
	size_t count = 0, which;

	for (size_t i = 0; i < all->partner_count; i++)
		count += may_ask(all->partner[i]);
	if (count == 0)
		return NULL;
	which = nbt_env_random(env, (uint32_t)count);
	for (size_t i = 0; i < all->partner_count; i++)
		if (may_ask(all->partner[i]) && which-- == 0)
			return all->partner[i];
	return NULL;
}

static struct partner *source_of(const struct partners *all, struct in_addr owner,
				 const struct nbt_env *env)
{
	struct partner *partner = partners_find(all, owner);

	return partner != NULL && partner->settings.pull ? partner : any_partner(all, env);
}

/*
 * One owner.
 */

void verify_opened(struct association *a, const struct nbt_env *env)
{
	struct partners *all = a->all;
	struct nbt_owner_versions *todo = calloc(1, sizeof(*todo));
	struct service_verification *verification = NULL;

	if (todo != NULL) {
		*todo = (struct nbt_owner_versions){
			.owner = all->verify.owner,
			.max = service_verify_highest(all->service, all->verify.owner),
			.min = 1,
		};
		verification = service_verify(all->service, todo->owner, todo->max);
	}
	all->verify.verification = verification;
	if (verification == NULL) {
		free(todo);
		association_end(a, "out of memory", env);
	} else if (!fetch_begin(a, todo, 1, verification, env)) {
		association_end(a, "out of memory", env);
	}
}

static void end_verification(struct partners *all, bool is_whole)
{
	struct verifying *v = &all->verify;

	if (v->verification != NULL)
		service_verify_end(v->verification, is_whole, v->is_by_owner);
	v->verification = NULL;
}

void verify_fetched(struct association *a, const struct nbt_env *env)
{
	struct partners *all = a->all;

	all->verify.records += a->fetch->records;
	fetch_free(a);
	end_verification(all, true);
	partners_count_one(all, PARTNERS_VERIFIED);
	all->verify.on = NULL;
	association_stop(a, NBT_REPL_REASON_NORMAL, env);
}

void verify_ended(struct association *a, const char *why, const struct nbt_env *env)
{
	struct partners *all = a->all;

	if (all->verify.on != a)
		return;
	end_verification(all, false);
	if (a->partner != NULL)
		partner_set_error(a->partner, why != NULL ? why : "it ended the association", env);
	fail(all, env);
}

void verify_abandon(struct partners *all)
{
	end_verification(all, false);
	all->verify.on = NULL;
}

static void verify_owner(struct partners *all, struct in_addr owner, const struct nbt_env *env)
{
	struct partner *source = source_of(all, owner, env);
	int error;

	all->verify.owner = owner;
	if (source != NULL) {
		all->verify.is_by_owner = source->settings.address.s_addr == owner.s_addr;
		all->verify.on = association_dial(all, source->settings.address, FOR_A_VERIFICATION,
						  &error, env);
	}
	if (all->verify.on == NULL)
		fail(all, env);
}

/*
 * Runs.
 */

static bool next_by_hand(struct verifying *v, struct in_addr *owner)
{
	if (v->todo_at >= v->todo_count)
		return false;
	*owner = v->todo[v->todo_at++];
	return true;
}

static bool next_owner(struct partners *all, struct in_addr *owner)
{
	if (all->verify.is_by_hand)
		return next_by_hand(&all->verify, owner);
	return all->verify.records < all->settings->verify_records &&
	       service_owner_to_verify(all->service, owner);
}

void verify_turn(struct partners *all, const struct nbt_env *env)
{
	struct verifying *v = &all->verify;
	struct in_addr owner;

	if (!v->is_running && v->due_ms <= env->now_ms)
		v->is_running = true;
	if (!v->is_running || v->on != NULL)
		return;
	if (!next_owner(all, &owner))
		end_run(all, true, env);
	else if (service_verify_highest(all->service, owner) > 0)
		verify_owner(all, owner, env);
}

uint64_t verify_deadline(const struct partners *all)
{
	if (all->verify.is_running)
		return all->verify.on == NULL ? 0 : NEVER;
	return all->verify.due_ms;
}

void verify_plan(struct partners *all, const struct nbt_env *env)
{
	if (all->verify.is_running)
		return;
	all->verify.is_by_hand = false;
	plan_next(all, true, env);
}

static bool list_owners(struct partners *all, struct in_addr owner)
{
	struct verifying *v = &all->verify;
	size_t total = service_versions(all->service, NULL, 0);
	struct nbt_owner_versions *rows = calloc(total + 1, sizeof(*rows));

	free(v->todo);
	v->todo = calloc(total + 1, sizeof(*v->todo));
	v->todo_count = v->todo_at = 0;
	if (rows != NULL)
		service_versions(all->service, rows, total);
	for (size_t i = 0; rows != NULL && v->todo != NULL && i < total; i++)
		if (rows[i].owner.s_addr != all->settings->address.s_addr &&
		    (owner.s_addr == INADDR_ANY || rows[i].owner.s_addr == owner.s_addr))
			v->todo[v->todo_count++] = rows[i].owner;
	free(rows);
	return v->todo != NULL;
}

int partners_verify(struct partners *all, struct in_addr owner, const struct nbt_env *env)
{
	struct verifying *v = &all->verify;
	bool has_one = false;

	if (v->is_running)
		return -EBUSY;
	if (!list_owners(all, owner))
		return -ENOMEM;
	for (size_t i = 0; i < v->todo_count; i++)
		has_one |= service_verify_highest(all->service, v->todo[i]) > 0;
	if (!has_one)
		return -ENOENT;
	if (source_of(all, owner, env) == NULL)
		return -EHOSTUNREACH;
	v->is_running = v->is_by_hand = true;
	return 0;
}
