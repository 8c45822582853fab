/*
 * Maps and records for those who may have them (wins-replication.md 1.6.3 to 1.6.5, 2.9). An answer
 * with records is a copy, made in slices; few are made at once, the others wait. It leaves as its
 * peer takes it: the format can't say that more follows, so it has no bound.
 */
#include <stdlib.h>

#include "nbnsd/partners/partners_inner.h"

#define READINGS_MAX      4
#define READINGS_PER_PEER 2 /* who takes slowly does not hold others up; strangers are one */
#define PIECE_MAX         65536

enum right { NOTHING, DYNAMIC_RECORDS, EVERYTHING };

static enum right right_of(const struct association *a)
{
	static const enum right others[] = {
		[TO_OTHERS_NOTHING] = NOTHING,
		[TO_OTHERS_DYNAMIC] = DYNAMIC_RECORDS,
		[TO_OTHERS_ALL] = EVERYTHING,
	};

	if (a->partner != NULL && a->partner->settings.push)
		return a->partner->settings.dynamic_only ? DYNAMIC_RECORDS : EVERYTHING;
	return others[a->all->settings->to_others];
}

static bool send_map(struct association *a, const struct nbt_env *env)
{
	const struct nbt_replication head = { .destination = a->theirs,
					      .type = NBT_REPL_MESSAGE,
					      .opcode = NBT_REPL_MAP_RESPONSE };
	size_t count = service_versions(a->all->service, NULL, 0);
	struct nbt_owner_versions *rows = calloc(count + 1, sizeof(*rows));
	bool is_sent = false;

	if (rows != NULL) {
		service_versions(a->all->service, rows, count);
		is_sent = association_send_owners(a, &head, rows, count, env);
	}
	free(rows);
	return is_sent;
}

static void serve_map(struct association *a, const struct nbt_env *env)
{
	if (send_map(a, env)) {
		partners_count_one(a->all, PARTNERS_MAPS_SERVED);
		return;
	}
	partners_count_one(a->all, PARTNERS_NO_MEMORY);
	association_stop(a, NBT_REPL_REASON_ERROR, env);
}

void serving_ask(struct association *a, const struct nbt_replication *request,
		 const struct nbt_env *env)
{
	enum right right = right_of(a);

	a->was_asked = true;
	if (right == NOTHING) {
		partners_count_one(a->all, PARTNERS_REFUSED);
		association_stop(a, NBT_REPL_REASON_ERROR, env);
		return;
	}
	if (request->opcode == NBT_REPL_MAP_REQUEST) {
		serve_map(a, env);
		return;
	}
	a->serving = (struct serving){ .is_active = true,
				       .dynamic_only = right == DYNAMIC_RECORDS,
				       .range = request->range };
	a->since_ms = env->now_ms;
}

/*
 * One answer.
 */

void serving_end(struct association *a)
{
	if (a->serving.reading != NULL) {
		service_read_end(a->serving.reading);
		a->all->readings--;
	}
	a->serving = (struct serving){ 0 };
}

static void run_out_of_memory(struct association *a, const struct nbt_env *env)
{
	partners_count_one(a->all, PARTNERS_NO_MEMORY);
	serving_end(a);
	association_stop(a, NBT_REPL_REASON_ERROR, env);
}

static void begin_reading(struct association *a, const struct nbt_env *env)
{
	struct serving *s = &a->serving;

	s->reading = service_read(a->all->service, &s->range, s->dynamic_only);
	if (s->reading == NULL)
		run_out_of_memory(a, env);
	else
		a->all->readings++;
}

static void finish(struct association *a)
{
	uint64_t count = service_reading_count(a->serving.reading);

	partners_count_one(a->all, PARTNERS_READINGS);
	a->all->counters[PARTNERS_SERVED] += count;
	if (a->partner != NULL)
		a->partner->served += count;
	serving_end(a);
}

static void send_head(struct association *a, size_t len, const struct nbt_env *env)
{
	uint8_t head[NBT_REPL_RECORDS_HEAD];
	size_t count = service_reading_count(a->serving.reading);

	if (count > UINT32_MAX ||
	    nbt_replication_records_head(head, a->theirs, (uint32_t)count, len) != NBT_OK) {
		run_out_of_memory(a, env); /* the peer has to ask for less */
		return;
	}
	partners_count_one(a->all, PARTNERS_SENT);
	a->serving.is_head_sent = true;
	association_send_bytes(a, head, sizeof(head), env);
}

static void send_pieces(struct association *a, const struct nbt_env *env)
{
	struct serving *s = &a->serving;
	size_t len;
	const uint8_t *bytes = service_reading_bytes(s->reading, &len);

	if (!s->is_head_sent)
		send_head(a, len, env);
	while (s->is_active && !a->is_sending && s->sent < len) {
		size_t piece = len - s->sent < PIECE_MAX ? len - s->sent : PIECE_MAX;

		association_send_bytes(a, bytes + s->sent, piece, env);
		s->sent += piece;
	}
	if (s->is_active && s->sent == len) {
		finish(a);
		association_go_on(a, env);
	}
}

void serving_drained(struct association *a, const struct nbt_env *env)
{
	if (a->serving.is_active && a->serving.is_whole)
		send_pieces(a, env);
}

static void read_on(struct association *a, const struct nbt_env *env)
{
	struct serving *s = &a->serving;

	a->since_ms = env->now_ms;
	if (service_read_on(s->reading))
		return;
	if (service_reading_failed(s->reading)) {
		run_out_of_memory(a, env);
		return;
	}
	s->is_whole = true;
	send_pieces(a, env);
}

static uint32_t readings_of(const struct partners *all, const struct partner *partner)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < all->association_end; i++)
		count += all->association[i] != NULL && all->association[i]->partner == partner &&
			 all->association[i]->serving.reading != NULL;
	return count;
}

static bool may_begin(const struct association *a)
{
	return a->serving.reading != NULL || (a->all->readings < READINGS_MAX &&
					      readings_of(a->all, a->partner) < READINGS_PER_PEER);
}

bool serving_has_work(const struct association *a)
{
	return a->serving.is_active && !a->serving.is_whole && may_begin(a);
}

static void step(struct association *a, const struct nbt_env *env)
{
	if (a->serving.reading == NULL)
		begin_reading(a, env);
	if (a->serving.reading != NULL)
		read_on(a, env);
}

/* Whoever waits for others to end has its time from when it begins. */
static void wait_on(struct association *a, const struct nbt_env *env)
{
	if (a->serving.is_active && a->serving.reading == NULL)
		a->since_ms = env->now_ms;
}

/* One slice of one answer in a turn of the loop, so that packets come in between. */
void serving_turn(struct partners *all, const struct nbt_env *env)
{
	uint32_t end = all->association_end, begin = all->turn_at;
	bool is_done = false;

	for (uint32_t i = 0; i < end; i++) {
		struct association *a = all->association[(begin + i) % end];

		if (a == NULL)
			continue;
		if (!is_done && serving_has_work(a)) {
			is_done = true;
			all->turn_at = (begin + i + 1) % end;
			step(a, env);
		} else {
			wait_on(a, env);
		}
	}
	if (all->turn_at >= all->association_end)
		all->turn_at = 0;
}
