/* Messages of an association: ours, and what those of the peer lead to. */
#include <stdlib.h>

#include "nbnsd/partners/partners_inner.h"

/*
 * Out.
 */

void association_send_bytes(struct association *a, const uint8_t *bytes, size_t len,
			    const struct nbt_env *env)
{
	struct partners *all = a->all;

	if (a->is_closed)
		return;
	if (!all->sinks.send(all->sinks.ctx, a->number, bytes, len))
		a->is_sending = true;
	a->since_ms = env->now_ms;
}

void association_send(struct association *a, const struct nbt_replication *message,
		      const struct nbt_env *env)
{
	uint8_t buf[128];
	size_t len;

	if (nbt_replication_encode(message, buf, sizeof(buf), &len) != NBT_OK)
		return;
	partners_count_one(a->all, PARTNERS_SENT);
	association_send_bytes(a, buf, len, env);
}

bool association_send_owners(struct association *a, const struct nbt_replication *head,
			     const struct nbt_owner_versions *rows, size_t count,
			     const struct nbt_env *env)
{
	size_t size = 64 + count * 24, len = 0;
	uint8_t *buf = malloc(size);
	struct nbt_replication_writer w;
	bool is_whole;

	if (buf == NULL)
		return false;
	is_whole = nbt_replication_begin(&w, head, buf, size) == NBT_OK;
	for (size_t i = 0; i < count && is_whole; i++)
		is_whole = nbt_replication_add_owner(&w, &rows[i]) == NBT_OK;
	if (is_whole && nbt_replication_end(&w, &len) == NBT_OK) {
		partners_count_one(a->all, PARTNERS_SENT);
		association_send_bytes(a, buf, len, env);
	}
	free(buf);
	return is_whole;
}

void association_stop(struct association *a, uint32_t reason, const struct nbt_env *env)
{
	const struct nbt_replication stop = { .destination = a->theirs,
					      .type = NBT_REPL_STOP,
					      .reason = reason };

	association_send(a, &stop, env);
	association_end(a, NULL, env);
}

void association_send_start(struct association *a, uint32_t type, const struct nbt_env *env)
{
	const struct nbt_replication start = {
		.destination = type == NBT_REPL_START_REQUEST ? 0 : a->theirs,
		.type = type,
		.handle = a->ours,
		.major = 2,
		.minor = 5,
	};

	association_send(a, &start, env);
}

/*
 * What messages lead to.
 */

static void ignore(struct association *a, const struct nbt_replication *message,
		   const struct nbt_env *env)
{
	(void)message;
	(void)env;
	partners_count_one(a->all, PARTNERS_IGNORED);
}

static void strike(struct association *a, const struct nbt_replication *message,
		   const struct nbt_env *env)
{
	partners_count_one(a->all, message->type != NBT_REPL_START_REQUEST &&
						   message->destination != a->ours
					   ? PARTNERS_WRONG_HANDLE
					   : PARTNERS_IGNORED);
	if (++a->strikes >= ASSOCIATION_STRIKES)
		association_end(a, "it sends what does not belong there", env);
}

static void end(struct association *a, const struct nbt_replication *message,
		const struct nbt_env *env)
{
	const char *why = "it sends what does not belong there";

	a->is_refused = message->reason == NBT_REPL_REASON_ERROR;
	if (message->type == NBT_REPL_STOP)
		why = a->is_refused ? "it refused, as to a server that is not its partner"
				    : "it ended the association";
	association_end(a, why, env);
}

static void respond(struct association *a, const struct nbt_replication *start,
		    const struct nbt_env *env)
{
	uint16_t minor = nbt_replication_minor(start);

	if (minor == 0) {
		ignore(a, start, env);
		return;
	}
	a->theirs = start->handle;
	a->minor = minor;
	if (a->state == ASSOCIATION_ACCEPTED)
		a->state = ASSOCIATION_OPEN;
	if (a->partner != NULL) {
		pull_partner_lives(a->partner);
		push_partner_lives(a->partner);
	}
	association_send_start(a, NBT_REPL_START_RESPONSE, env);
}

static void begin(struct association *a, const struct nbt_replication *response,
		  const struct nbt_env *env)
{
	static void (*const opened[])(struct association *, const struct nbt_env *) = {
		[FOR_A_PULL] = pull_opened,
		[FOR_A_PUSH] = push_opened,
		[FOR_A_VERIFICATION] = verify_opened,
		[FOR_DOUBTS] = doubting_opened,
	};

	a->minor = nbt_replication_minor(response);
	a->theirs = response->handle;
	if (a->minor == 0) {
		association_end(a, "it speaks another version of the protocol", env);
		return;
	}
	a->state = ASSOCIATION_OPEN;
	opened[a->purpose](a, env);
}

static void take_records(struct association *a, const struct nbt_replication *answer,
			 const struct nbt_env *env)
{
	const uint8_t *bytes;
	size_t len;

	(void)env;
	if (inbox_next(&a->in, NBT_REPL_LENGTH_RECORDS, &bytes, &len) == INBOX_MESSAGE)
		fetch_take(a, answer, len);
}

typedef void action_fn(struct association *a, const struct nbt_replication *message,
		       const struct nbt_env *env);

static action_fn *const actions[ASSOCIATION_ACTIONS] = {
	[ASSOCIATION_IGNORE] = ignore,
	[ASSOCIATION_STRIKE] = strike,
	[ASSOCIATION_CLOSE] = end,
	[ASSOCIATION_RESPOND] = respond,
	[ASSOCIATION_BEGIN] = begin,
	[ASSOCIATION_SERVE] = serving_ask,
	[ASSOCIATION_TAKE_MAP] = pull_take_map,
	[ASSOCIATION_TAKE_RECORDS] = take_records,
	[ASSOCIATION_PULL_HERE] = notified_here,
	[ASSOCIATION_PULL] = notified_elsewhere,
};

/* A message that is worked on in steps, or has to wait, stays where it is. */
bool association_keeps_message(const struct association *a)
{
	return a->is_held || (a->fetch != NULL && a->fetch->is_applying);
}

void association_take_message(struct association *a, const uint8_t *bytes, size_t len,
			      const struct nbt_env *env)
{
	struct nbt_replication message;

	if (nbt_replication_decode(&message, bytes, len) != NBT_OK) {
		partners_count_one(a->all, PARTNERS_MALFORMED);
		association_end(a, "it sent a malformed message", env);
		return;
	}
	partners_count_one(a->all, PARTNERS_RECEIVED);
	actions[association_action(a->state, association_event(&message, a->ours))](a, &message,
										    env);
	if (!a->is_closed && !association_keeps_message(a))
		inbox_drop(&a->in, len);
}
