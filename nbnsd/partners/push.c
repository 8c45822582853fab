/*
 * Notifications to partners (wins-replication.md 2.5): when, which, and over which connection. Who
 * was notified by opcode 4 or 5 pulls over that connection: it is served by serving.c until the
 * peer ends it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nbnsd/partners/partners_inner.h"

void push_init(struct partner *partner, const struct partners *all)
{
	partner->push.told_versions = all->news.versions;
	partner->push.told_changes = all->news.address_changes;
	partner->push.last_ms = NEVER;
}

/*
 * Wishes.
 */

static bool has_wish(const struct partner *partner)
{
	return partner->push.wants || partner->push.pass_on_count > 0;
}

static void wish(struct partner *partner, bool propagate)
{
	partner->push.wants = true;
	partner->push.wants_propagation |= propagate;
}

static bool waits_for(const struct pushing *push, struct in_addr initiator)
{
	for (uint8_t i = 0; i < push->pass_on_count; i++)
		if (push->pass_on[i].s_addr == initiator.s_addr)
			return true;
	return false;
}

/* Of too many one says it all, though it is not passed on further. */
static void wish_to_pass_on(struct partner *partner, struct in_addr initiator)
{
	struct pushing *push = &partner->push;

	if (waits_for(push, initiator))
		return;
	if (push->pass_on_count < PASS_ON_MAX)
		push->pass_on[push->pass_on_count++] = initiator;
	else
		wish(partner, false);
}

void push_pass_on(struct partners *all, struct in_addr initiator, struct in_addr from)
{
	if (!all->settings->propagate || initiator.s_addr == all->settings->address.s_addr)
		return;
	for (size_t i = 0; i < all->partner_count; i++) {
		struct partner *partner = all->partner[i];
		struct in_addr address = partner->settings.address;

		if (partner->settings.push && address.s_addr != from.s_addr &&
		    address.s_addr != initiator.s_addr)
			wish_to_pass_on(partner, initiator);
	}
}

static void look_at_news(const struct partners *all, struct partner *partner)
{
	const struct partner_settings *s = &partner->settings;
	const struct pushing *push = &partner->push;

	if (!s->push)
		return;
	if (s->push_on_address_change && all->news.address_changes > push->told_changes)
		wish(partner, true);
	if (s->update_count > 0 && all->news.versions - push->told_versions >= s->update_count)
		wish(partner, false);
}

/* News are news when the store has them: nothing else is offered. */
static void gather_news(struct partners *all)
{
	struct service_news now = service_news(all->service);

	if (!all->news_wait && (now.versions != all->news.versions ||
				now.address_changes != all->news.address_changes)) {
		all->coming = now;
		all->news_batch = service_batch(all->service);
		all->news_wait = true;
	}
	if (!all->news_wait || !service_is_committed(all->service, all->news_batch))
		return;
	all->news_wait = false;
	all->news = all->coming;
	for (size_t i = 0; i < all->partner_count; i++)
		look_at_news(all, all->partner[i]);
}

/*
 * The end of one.
 */

static void succeed(struct partners *all, struct partner *partner, const struct nbt_env *env)
{
	struct pushing *push = &partner->push;

	push->is_busy = false;
	push->last_ms = env->now_ms;
	memset(push->failed_ms, 0, sizeof(push->failed_ms));
	partners_count_one(all, PARTNERS_PUSHES);
}

/* What was to be said waits; after three failures in five minutes for a while. */
static void fail(struct partners *all, struct partner *partner, const char *why,
		 const struct nbt_env *env)
{
	struct pushing *push = &partner->push;

	push->is_busy = false;
	push->is_by_hand = false;
	memmove(push->failed_ms, push->failed_ms + 1,
		sizeof(push->failed_ms) - sizeof(push->failed_ms[0]));
	push->failed_ms[PUSH_FAILURES - 1] = env->now_ms;
	push->not_before_ms = env->now_ms + (uint64_t)all->settings->retry_s * 1000;
	if (push->failed_ms[0] > 0 && push->failed_ms[0] + PUSH_PAUSE_MS > push->not_before_ms)
		push->not_before_ms = push->failed_ms[0] + PUSH_PAUSE_MS;
	partners_count_one(all, PARTNERS_PUSHES_FAILED);
	partner_set_error(partner, why, env);
}

void push_partner_lives(struct partner *partner)
{
	struct pushing *push = &partner->push;

	push->not_before_ms =
		nbt_earlier(push->not_before_ms, push->failed_ms[PUSH_FAILURES - 1] + LIVES_MS);
}

/* It broke: who knows whether the latest was heard. Over a connection that does not stay whoever
 * has heard it asks for records. */
static bool may_be_lost(const struct association *a)
{
	return a->is_told && a->is_broken && !(a->partner->push.is_busy && a->was_asked);
}

static void say_again(const struct partners *all, struct partner *partner,
		      const struct nbt_env *env)
{
	wish(partner, false);
	partner->push.not_before_ms = env->now_ms + (uint64_t)all->settings->retry_s * 1000;
}

void push_ended(struct association *a, const char *why, const struct nbt_env *env)
{
	struct partner *partner = a->partner;

	if (partner == NULL || partner->push.on != a)
		return;
	partner->push.on = NULL;
	if (may_be_lost(a))
		say_again(a->all, partner, env);
	if (partner->push.is_busy && a->is_told && !a->is_refused && !may_be_lost(a))
		succeed(a->all, partner, env);
	else if (partner->push.is_busy)
		fail(a->all, partner, why != NULL ? why : "it ended the association", env);
}

/*
 * One notification.
 */

/* All owners: NULL owner; rows are to be freed. */
static struct nbt_owner_versions *rows_of(const struct partners *all, const struct in_addr *owner,
					  size_t *count)
{
	size_t total = service_versions(all->service, NULL, 0), kept = 0;
	struct nbt_owner_versions *rows = calloc(total + 1, sizeof(*rows));

	*count = 0;
	if (rows == NULL)
		return NULL;
	service_versions(all->service, rows, total);
	for (size_t i = 0; i < total; i++)
		if (owner == NULL || rows[i].owner.s_addr == owner->s_addr)
			rows[kept++] = rows[i];
	*count = kept;
	return rows;
}

static uint8_t opcode_of(bool propagate, bool persistent)
{
	if (persistent)
		return propagate ? NBT_REPL_UPDATE_PERSISTENT_PROPAGATE
				 : NBT_REPL_UPDATE_PERSISTENT;
	return propagate ? NBT_REPL_UPDATE_PROPAGATE : NBT_REPL_UPDATE;
}

struct notification {
	bool propagate;
	struct in_addr initiator;
	const struct in_addr *only; /* NULL: all owners */
};

static struct notification next_notification(const struct partners *all, struct partner *partner)
{
	const struct in_addr *self = &all->settings->address;
	struct pushing *push = &partner->push;
	struct notification out;

	if (push->wants)
		return (struct notification){ push->wants_propagation, *self,
					      push->wants_propagation ? self : NULL };
	out = (struct notification){ true, push->pass_on[push->pass_on_count - 1], NULL };
	out.only = &push->pass_on[push->pass_on_count - 1];
	return out;
}

/* It is said now. */
static void forget_wish(const struct partners *all, struct partner *partner)
{
	struct pushing *push = &partner->push;

	if (push->wants) {
		push->wants = push->wants_propagation = push->is_by_hand = false;
		push->told_versions = all->news.versions;
		push->told_changes = all->news.address_changes;
	} else {
		push->pass_on_count--;
	}
}

static bool notify(struct association *a, const struct notification *n, const struct nbt_env *env)
{
	const struct nbt_replication head = {
		.destination = a->theirs,
		.type = NBT_REPL_MESSAGE,
		.opcode = opcode_of(n->propagate, association_stays(a)),
		.initiator = n->initiator,
	};
	size_t count;
	struct nbt_owner_versions *rows = rows_of(a->all, n->only, &count);
	bool is_sent = rows != NULL && association_send_owners(a, &head, rows, count, env);

	free(rows);
	return is_sent;
}

void push_opened(struct association *a, const struct nbt_env *env)
{
	struct partner *partner = a->partner;
	struct notification n = next_notification(a->all, partner);

	if (!notify(a, &n, env)) {
		association_end(a, "out of memory", env);
		return;
	}
	forget_wish(a->all, partner);
	a->is_told = true;
	if (association_stays(a))
		succeed(a->all, partner, env); /* it is never answered */
}

static void start(struct partners *all, struct partner *partner, const struct nbt_env *env)
{
	struct pushing *push = &partner->push;
	int error;

	push->is_busy = true;
	if (push->on != NULL) {
		push_opened(push->on, env);
		return;
	}
	push->on = association_dial(all, partner->settings.address, FOR_A_PUSH, &error, env);
	if (push->on == NULL)
		fail(all, partner, error != 0 ? strerror(-error) : "out of memory", env);
}

/* NEVER: not before something else happens. */
static uint64_t may_start_ms(const struct partner *partner)
{
	const struct pushing *push = &partner->push;

	if (!has_wish(partner) || push->is_busy ||
	    (push->on != NULL && association_is_busy(push->on)))
		return NEVER;
	return push->is_by_hand ? 0 : push->not_before_ms;
}

void push_turn(struct partners *all, const struct nbt_env *env)
{
	gather_news(all);
	for (size_t i = 0; i < all->partner_count; i++)
		if (may_start_ms(all->partner[i]) <= env->now_ms)
			start(all, all->partner[i], env);
}

uint64_t push_deadline(const struct partners *all)
{
	uint64_t due_ms = NEVER;

	for (size_t i = 0; i < all->partner_count; i++)
		due_ms = nbt_earlier(due_ms, may_start_ms(all->partner[i]));
	return due_ms;
}

int partners_push(struct partners *all, struct in_addr partner, bool propagate)
{
	bool is_any = partner.s_addr == INADDR_ANY, found = false;

	for (size_t i = 0; i < all->partner_count; i++) {
		struct partner *p = all->partner[i];

		if (!p->settings.push || (!is_any && p->settings.address.s_addr != partner.s_addr))
			continue;
		found = true;
		wish(p, propagate);
		p->push.is_by_hand = true;
	}
	return found ? 0 : -ENOENT;
}
