/* All associations: who comes in, messages out of bytes, and how long it all may take. */
#include <stdlib.h>
#include <string.h>

#include "nbnsd/partners/partners_inner.h"

#define ACCEPTED_MAX     200
#define PER_PARTNER_MAX  16
#define PER_STRANGER_MAX 2

/*
 * The beginning.
 */

static bool is_handle_used(const struct partners *all, uint32_t handle)
{
	for (uint32_t i = 0; i < all->association_end; i++)
		if (all->association[i] != NULL && all->association[i]->ours == handle)
			return true;
	return false;
}

/* By lot, so that nobody can guess those of others (MS04-045). */
static uint32_t new_handle(const struct partners *all, const struct nbt_env *env)
{
	uint32_t handle;

	do
		handle = nbt_env_random(env, 0x10000) << 16 | nbt_env_random(env, 0x10000);
	while (handle == 0 || is_handle_used(all, handle));
	return handle;
}

static uint32_t free_number(const struct partners *all)
{
	uint32_t number = 0;

	while (number < PARTNERS_CONNECTIONS_MAX && all->association[number] != NULL)
		number++;
	return number;
}

static struct association *association_new(struct partners *all, struct in_addr peer,
					   const struct nbt_env *env)
{
	uint32_t number = free_number(all);
	struct association *a = NULL;

	if (number < PARTNERS_CONNECTIONS_MAX)
		a = calloc(1, sizeof(*a));
	if (a == NULL) {
		partners_count_one(all, PARTNERS_NO_MEMORY);
		return NULL;
	}
	a->all = all;
	a->number = number;
	a->peer = peer;
	a->partner = partners_find(all, peer);
	a->ours = new_handle(all, env);
	a->since_ms = env->now_ms;
	a->began_ms = NEVER;
	a->in.in_use = &all->inbox_memory;
	all->association[number] = a;
	if (number >= all->association_end)
		all->association_end = number + 1;
	return a;
}

/*
 * Who comes in.
 */

/* The oldest that has not started, or else that is a stranger's. */
static struct association *find_dispensable(const struct partners *all)
{
	struct association *found = NULL;

	for (uint32_t i = 0; i < all->association_end; i++) {
		struct association *a = all->association[i];

		if (a == NULL || a->purpose != FOR_THE_PEER || a->partner != NULL)
			continue;
		if (found == NULL || a->state < found->state ||
		    (a->state == found->state && a->since_ms < found->since_ms))
			found = a;
	}
	return found;
}

static void count_accepted(const struct partners *all, struct in_addr source, size_t *of_source,
			   size_t *of_all)
{
	for (uint32_t i = 0; i < all->association_end; i++) {
		const struct association *a = all->association[i];

		if (a == NULL || a->purpose != FOR_THE_PEER)
			continue;
		*of_source += a->peer.s_addr == source.s_addr;
		*of_all += 1;
	}
}

static bool make_room(struct partners *all, struct in_addr source)
{
	bool is_partner = partners_find(all, source) != NULL;
	size_t of_source = 0, of_all = 0;
	struct association *other;

	count_accepted(all, source, &of_source, &of_all);
	if (of_source >= (is_partner ? PER_PARTNER_MAX : PER_STRANGER_MAX))
		return false;
	if (of_all < ACCEPTED_MAX)
		return true;
	other = find_dispensable(all);
	if (other == NULL)
		return false;
	partners_count_one(all, PARTNERS_MADE_ROOM);
	association_close(other);
	return true;
}

int partners_accept(struct partners *all, struct in_addr source, const struct nbt_env *env)
{
	struct association *a = NULL;

	if (make_room(all, source))
		a = association_new(all, source, env);
	partners_count_one(all, a != NULL ? PARTNERS_ACCEPTED : PARTNERS_TOO_MANY);
	if (a == NULL)
		return -1;
	a->state = ASSOCIATION_ACCEPTED;
	return (int)a->number;
}

/*
 * Ours.
 */

struct association *association_dial(struct partners *all, struct in_addr to,
				     enum association_purpose purpose, int *error,
				     const struct nbt_env *env)
{
	struct association *a = association_new(all, to, env);

	*error = 0;
	if (a == NULL)
		return NULL;
	a->purpose = purpose;
	a->state = ASSOCIATION_DIALING;
	*error = all->sinks.dial(all->sinks.ctx, a->number, to);
	if (*error == 0) {
		partners_count_one(all, PARTNERS_DIALED);
		return a;
	}
	a->is_gone = true;
	association_close(a);
	return NULL;
}

void partners_connected(struct partners *all, uint32_t connection, const struct nbt_env *env)
{
	struct association *a = all->association[connection];

	if (a == NULL || a->state != ASSOCIATION_DIALING)
		return;
	a->state = ASSOCIATION_STARTING;
	a->since_ms = env->now_ms;
	association_send_start(a, NBT_REPL_START_REQUEST, env);
}

/*
 * The end.
 */

void association_close(struct association *a)
{
	struct partners *all = a->all;

	if (a->is_closed)
		return;
	a->is_closed = true;
	if (!a->is_gone)
		all->sinks.close(all->sinks.ctx, a->number);
	all->association[a->number] = NULL;
	serving_end(a);
	fetch_free(a);
	inbox_free(&a->in);
	a->next_dead = all->dead;
	all->dead = a;
}

void associations_bury(struct partners *all)
{
	struct association *a;

	while ((a = all->dead) != NULL) {
		all->dead = a->next_dead;
		free(a);
	}
}

void association_end(struct association *a, const char *why, const struct nbt_env *env)
{
	static void (*const tell[])(struct association *, const char *, const struct nbt_env *) = {
		[FOR_THE_PEER] = notified_ended, [FOR_A_PULL] = pull_ended,
		[FOR_A_PUSH] = push_ended,       [FOR_A_VERIFICATION] = verify_ended,
		[FOR_DOUBTS] = doubting_ended,
	};

	if (a->is_closed)
		return;
	tell[a->purpose](a, why, env);
	association_close(a);
}

void partners_closed(struct partners *all, uint32_t connection, int error,
		     const struct nbt_env *env)
{
	struct association *a = all->association[connection];

	if (a == NULL)
		return;
	a->is_gone = true;
	a->is_broken = error != 0;
	association_end(a, error == 0 ? "it closed the connection" : strerror(-error), env);
}

/*
 * In.
 */

bool association_is_busy(const struct association *a)
{
	return a->is_sending || association_keeps_message(a) || a->serving.is_active ||
	       (a->fetch != NULL && a->fetch->is_settling);
}

static void set_reading(struct association *a, bool on)
{
	struct partners *all = a->all;

	if (a->is_paused == on)
		all->sinks.read(all->sinks.ctx, a->number, on);
	a->is_paused = !on;
}

static bool may_notify(const struct association *a)
{
	return a->partner != NULL && a->partner->settings.pull;
}

/* Where all messages are read, what is left of one has its own time. */
static enum inbox_state next_message(struct association *a, const uint8_t **bytes, size_t *len,
				     const struct nbt_env *env)
{
	enum inbox_state state =
		inbox_next(&a->in, association_limit(a->state, may_notify(a)), bytes, len);

	if (state == INBOX_MESSAGE || inbox_is_empty(&a->in))
		a->began_ms = NEVER;
	else if (a->began_ms == NEVER)
		a->began_ms = env->now_ms;
	return state;
}

static void refuse_stream(struct association *a, const struct nbt_env *env)
{
	partners_count_one(a->all, PARTNERS_MALFORMED);
	if (a->state == ASSOCIATION_WANT_RECORDS && a->partner != NULL && a->fetch != NULL)
		a->partner->pull.width = a->fetch->width / 16 + 1;
	association_end(a, "it sent a message that is malformed or too long", env);
}

void association_go_on(struct association *a, const struct nbt_env *env)
{
	const uint8_t *bytes;
	size_t len;

	while (!a->is_closed && !association_is_busy(a)) {
		enum inbox_state state = next_message(a, &bytes, &len, env);

		if (state == INBOX_BROKEN)
			refuse_stream(a, env);
		else if (state == INBOX_MESSAGE)
			association_take_message(a, bytes, len, env);
		else
			break;
	}
	if (!a->is_closed)
		set_reading(a, !association_is_busy(a));
}

void partners_received(struct partners *all, uint32_t connection, const uint8_t *bytes, size_t len,
		       const struct nbt_env *env)
{
	struct association *a = all->association[connection];

	if (a == NULL || a->state == ASSOCIATION_DIALING)
		return;
	if (!inbox_add(&a->in, bytes, len)) {
		partners_count_one(all, PARTNERS_NO_MEMORY);
		association_end(a, "out of memory for what it sends", env);
		return;
	}
	association_go_on(a, env);
}

void partners_drained(struct partners *all, uint32_t connection, const struct nbt_env *env)
{
	struct association *a = all->association[connection];

	if (a == NULL)
		return;
	a->is_sending = false;
	a->since_ms = env->now_ms;
	serving_drained(a, env);
	association_go_on(a, env);
}

/*
 * Time.
 */

bool association_stays(const struct association *a)
{
	return a->partner != NULL && a->partner->settings.persistent && a->minor >= 5 &&
	       a->purpose != FOR_A_VERIFICATION && a->purpose != FOR_DOUBTS;
}

static uint64_t deadline_of(const struct association *a)
{
	const struct association_times times = {
		.since_ms = a->since_ms,
		.began_ms = a->began_ms,
		.is_working = association_is_busy(a),
		.stays = association_stays(a),
	};

	return association_deadline(a->state, &times, a->all->settings);
}

void associations_turn(struct partners *all, const struct nbt_env *env)
{
	for (uint32_t i = 0; i < all->association_end; i++) {
		struct association *a = all->association[i];

		if (a == NULL || deadline_of(a) > env->now_ms)
			continue;
		partners_count_one(all, PARTNERS_TIMEOUT);
		association_end(a,
				a->state == ASSOCIATION_DIALING ? "no connection in time"
								: "no answer in time",
				env);
	}
	while (all->association_end > 0 && all->association[all->association_end - 1] == NULL)
		all->association_end--;
}

uint64_t associations_deadline(const struct partners *all)
{
	uint64_t due_ms = NEVER;

	for (uint32_t i = 0; i < all->association_end; i++) {
		const struct association *a = all->association[i];

		if (a == NULL)
			continue;
		if (serving_has_work(a) || fetch_has_work(a))
			return 0;
		due_ms = nbt_earlier(due_ms, deadline_of(a));
	}
	return due_ms;
}
