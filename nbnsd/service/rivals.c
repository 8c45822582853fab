/*
 * Replicas of names that a host of ours has: they wait here while it is asked whether the name is
 * still its own (digest 4.5). One for each name, the newest; so many hosts are asked at once, and
 * none too often.
 */
#include <stdlib.h>
#include <string.h>

#include "nbnsd/service/replicas_inner.h"
#include "nbnsd/service/reply.h"

#define AT_ONCE     64
#define WAITING_MAX 10000
#define PER_SECOND  4 /* to one address, challenges and demands */

/* A host that has just answered is given time before it is told to give up what it said: Samba's
 * tests are not ready for that at once. */
#define LATE_MS     1500

/* Known by name and scope of the replica: the record may go and come again. */
struct rival {
	struct record *replica;
	struct record *next; /* came while the challenge went on, or NULL */
	uint32_t behind;     /* in the queue, or SLAB_NONE */
	bool is_asked;
};

static struct rival *rival_at(const struct rivals *rivals, uint32_t number)
{
	return slab_at(&rivals->slab, number);
}

bool rivals_create(struct service *service, const struct nbt_env *env)
{
	const struct service_settings *settings = &service->settings;
	struct rivals *rivals = &service->replication.rivals;
	uint64_t random[3] = { 0, 0, 0 };

	for (size_t i = 0; i < 12; i++)
		random[i / 4] = random[i / 4] << 16 | nbt_env_random(env, 1u << 16);
	memcpy(&rivals->key, random, sizeof(rivals->key));
	rivals->first = rivals->last = SLAB_NONE;
	slab_init(&rivals->slab, sizeof(struct rival));
	table_init(&rivals->by_name);
	rivals->per_address = ratelimit_create(PER_SECOND, random[2]);
	if (rivals->per_address == NULL ||
	    !challenges_init(&rivals->challenges, settings->challenge_retry_ms,
			     settings->challenge_tries, AT_ONCE))
		return false;
	rivals->challenges.is_steady = true;
	return true;
}

bool rivals_set_settings(struct service *service)
{
	const struct service_settings *settings = &service->settings;

	return challenges_set(&service->replication.rivals.challenges, settings->challenge_retry_ms,
			      settings->challenge_tries, AT_ONCE);
}

bool rivals_may_send_to(struct context *ctx, struct in_addr address)
{
	return ratelimit_take(ctx->service->replication.rivals.per_address, address,
			      ctx->env->now_ms);
}

/*
 * Found by name.
 */

static uint32_t hash_of(const struct rivals *rivals, const struct nbt_name *name)
{
	return (uint32_t)hash_bytes(&rivals->key, name, sizeof(*name));
}

static uint32_t find(const struct rivals *rivals, const struct nbt_name *name,
		     const struct nbt_scope *scope)
{
	uint32_t hash = hash_of(rivals, name), number;
	struct table_walk walk;

	if (rivals->slab.count == 0)
		return TABLE_NONE;
	number = table_first(&rivals->by_name, hash, &walk);
	for (; number != TABLE_NONE; number = table_next(&rivals->by_name, hash, &walk)) {
		const struct record *replica = rival_at(rivals, number)->replica;

		if (nbt_name_equal(&replica->name, name) && nbt_scope_equal(&replica->scope, scope))
			break;
	}
	return number;
}

static void free_rival(struct rivals *rivals, uint32_t number)
{
	struct rival *rival = rival_at(rivals, number);

	table_remove(&rivals->by_name, hash_of(rivals, &rival->replica->name), number);
	free(rival->replica);
	free(rival->next);
	rival->replica = rival->next = NULL;
	slab_give(&rivals->slab, number);
}

void rivals_destroy(struct service *service)
{
	struct rivals *rivals = &service->replication.rivals;
	uint32_t number;

	while ((number = rivals->first) != SLAB_NONE && rivals->slab.bound > 0) {
		rivals->first = rival_at(rivals, number)->behind;
		free_rival(rivals, number);
	}
	for (uint32_t i = 0; i < rivals->challenges.slab.count; i++) {
		const struct challenge *challenge =
			challenges_at(&rivals->challenges, rivals->challenges.heap[i]);

		free_rival(rivals, find(rivals, &challenge->name, &challenge->scope));
	}
	slab_free(&rivals->slab);
	table_free(&rivals->by_name);
	challenges_free(&rivals->challenges);
	ratelimit_destroy(rivals->per_address);
}

/*
 * The queue.
 */

static struct record *copy_of(const struct record *record)
{
	size_t size = offsetof(struct record, address) +
		      record->address_count * sizeof(record->address[0]);
	struct record *copy = malloc(size);

	if (copy != NULL)
		memcpy(copy, record, size);
	return copy;
}

static void get_record(struct record *out, const struct record *copy)
{
	memcpy(out, copy,
	       offsetof(struct record, address) + copy->address_count * sizeof(copy->address[0]));
}

static void put_in_queue(struct rivals *rivals, uint32_t number)
{
	rival_at(rivals, number)->behind = SLAB_NONE;
	if (rivals->first == SLAB_NONE)
		rivals->first = number;
	else
		rival_at(rivals, rivals->last)->behind = number;
	rivals->last = number;
}

static uint32_t take_first(struct rivals *rivals)
{
	uint32_t number = rivals->first;

	if (number != SLAB_NONE)
		rivals->first = rival_at(rivals, number)->behind;
	return number;
}

/* false: out of memory. */
static bool add(struct rivals *rivals, struct record *copy)
{
	uint32_t number = slab_take(&rivals->slab);

	if (number == SLAB_NONE)
		return false;
	if (!table_insert(&rivals->by_name, hash_of(rivals, &copy->name), number)) {
		slab_give(&rivals->slab, number);
		return false;
	}
	rival_at(rivals, number)->replica = copy;
	put_in_queue(rivals, number);
	return true;
}

void rivals_add(struct context *ctx, const struct record *replica)
{
	struct rivals *rivals = &ctx->service->replication.rivals;
	uint32_t number = find(rivals, &replica->name, &replica->scope);
	struct record *copy = copy_of(replica), **place;

	if (number != TABLE_NONE && copy != NULL) {
		struct rival *rival = rival_at(rivals, number);

		place = rival->is_asked ? &rival->next : &rival->replica;
		free(*place);
		*place = copy;
		return;
	}
	if (copy != NULL && rivals->slab.count < WAITING_MAX + AT_ONCE && add(rivals, copy))
		return;
	free(copy);
	count(ctx, copy != NULL ? STAT_REPLICA_DROPPED : STAT_DROP_MEMORY);
}

/*
 * Hosts are asked.
 */

static bool is_on_subnet(const struct served_socket *socket, struct in_addr address)
{
	return socket->netmask.s_addr != 0 &&
	       ((socket->address.s_addr ^ address.s_addr) & socket->netmask.s_addr) == 0;
}

/* The client's subnet, else the address by which partners know us; contests.c sees to the rest. */
uint16_t rivals_socket_for(const struct service *service, struct in_addr address)
{
	uint16_t found = 0;

	for (size_t i = 0; i < service->socket_count; i++) {
		const struct served_socket *socket = &service->sockets[i];

		if (is_on_subnet(socket, address))
			return (uint16_t)i;
		if (socket->address.s_addr == service->settings.replication_address.s_addr)
			found = (uint16_t)i;
	}
	return found;
}

enum begun { BEGUN, SETTLED, TOO_EARLY };

/* The first in the queue, decided anew: much may have happened since it came. */
static enum begun begin(struct context *ctx, uint32_t number)
{
	struct service *service = ctx->service;
	struct rivals *rivals = &service->replication.rivals;
	const struct replica_rules rules = { .migrate = service->settings.migrate };
	struct record replica, existing;
	uint32_t id;

	get_record(&replica, rival_at(rivals, number)->replica);
	id = registry_find(service->registry, &replica.name, &replica.scope);
	if (id != REGISTRY_NONE)
		registry_get(service->registry, id, &existing);
	if (id == REGISTRY_NONE ||
	    replica_decide(&existing, &replica, &rules) != REPLICA_CHALLENGE ||
	    !nbt_scope_is_valid(&replica.scope)) {
		free_rival(rivals, number);
		if (id == REGISTRY_NONE || nbt_scope_is_valid(&replica.scope))
			replicas_decide(ctx, &replica, false);
		else
			replicas_carry_out(ctx, id, REPLICA_TAKE, &existing, &replica);
		return SETTLED;
	}
	if (!rivals_may_send_to(ctx, existing.address[0].address))
		return TOO_EARLY;
	if (challenges_begin(&rivals->challenges, id, &existing,
			     rivals_socket_for(service, existing.address[0].address), 0,
			     ctx->env) == CHALLENGE_NONE)
		return TOO_EARLY;
	rival_at(rivals, number)->is_asked = true;
	return BEGUN;
}

static bool can_begin(const struct rivals *rivals)
{
	return rivals->first != SLAB_NONE && rivals->challenges.slab.count < AT_ONCE;
}

/* Those whose hosts have been asked enough for now go to the end. */
static void begin_some(struct context *ctx)
{
	struct rivals *rivals = &ctx->service->replication.rivals;

	if (ctx->env->now_ms < rivals->due_ms)
		return;
	for (uint32_t tries = rivals->slab.count; tries > 0 && can_begin(rivals); tries--) {
		uint32_t number = take_first(rivals);

		if (begin(ctx, number) == TOO_EARLY)
			put_in_queue(rivals, number);
	}
	if (can_begin(rivals))
		rivals->due_ms = ctx->env->now_ms + RIVALS_PAUSE_MS;
}

/*
 * What they say.
 */

static enum conflict_outcome outcome_of_verdict(enum replica_verdict verdict)
{
	switch (verdict) {
	case REPLICA_EVICT:
		return CONFLICT_LOST;
	case REPLICA_JOIN:
		return CONFLICT_JOINED;
	case REPLICA_IGNORE:
	case REPLICA_DEMAND:
		return CONFLICT_HELD;
	default:
		return CONFLICT_CHANGED;
	}
}

static void demand_named(struct context *ctx, const struct record *of,
			 const struct replica_testimony *testimony)
{
	for (size_t i = 0; i < testimony->named_count; i++)
		demands_add(ctx, of, testimony->named[i].address, LATE_MS);
}

static void settle(struct context *ctx, const struct record *replica,
		   const struct replica_testimony *testimony)
{
	struct service *service = ctx->service;
	const struct replica_rules rules = { .migrate = service->settings.migrate };
	uint32_t id = registry_find(service->registry, &replica->name, &replica->scope);
	struct record existing;
	enum replica_verdict verdict;
	bool is_same;

	if (id == REGISTRY_NONE) {
		replicas_decide(ctx, replica, false);
		return;
	}
	registry_get(service->registry, id, &existing);
	verdict = replica_settle(&existing, replica, testimony, &rules);
	is_same = record_is_owned(&existing) && existing.version == testimony->version;
	replicas_note_conflict(ctx, replica, &existing,
			       is_same ? outcome_of_verdict(verdict) : CONFLICT_CHANGED);
	if (verdict == REPLICA_CHALLENGE) {
		rivals_add(ctx, replica); /* another record by now: once more */
		return;
	}
	replicas_carry_out(ctx, id, verdict, &existing, replica);
	if (verdict == REPLICA_DEMAND)
		demand_named(ctx, &existing, testimony);
}

/* The challenge is over; named: in a positive answer. */
static void end(struct context *ctx, uint32_t challenge_number, bool is_denied,
		const struct nbt_address *named, size_t named_count)
{
	struct rivals *rivals = &ctx->service->replication.rivals;
	struct challenge *challenge = challenges_at(&rivals->challenges, challenge_number);
	const struct replica_testimony testimony = { .version = challenge->version,
						     .is_held = named_count > 0,
						     .is_denied = is_denied,
						     .named = named,
						     .named_count = named_count };
	uint32_t number = find(rivals, &challenge->name, &challenge->scope);
	struct rival *rival = rival_at(rivals, number);
	bool has_next = rival->next != NULL;
	struct record replica, next;

	get_record(&replica, rival->replica);
	if (has_next)
		get_record(&next, rival->next);
	free_rival(rivals, number);
	challenges_end(&rivals->challenges, challenge_number);
	settle(ctx, &replica, &testimony);
	if (has_next)
		replicas_decide(ctx, &next, false);
}

#define NAMED_MAX (OUTGOING_MAX / NBT_ADDRESS_LEN)

bool rivals_receive(struct context *ctx, const struct incoming *in, const struct nbt_packet *packet)
{
	struct nbt_address named[NAMED_MAX];
	size_t count = 0;
	uint32_t number;

	switch (challenges_answer(&ctx->service->replication.rivals.challenges, in->from.sin_addr,
				  packet, ctx->env, &number)) {
	case CHALLENGE_POSITIVE:
		for (; count < nbt_record_address_count(&packet->record[0]) && count < NAMED_MAX;
		     count++)
			named[count] = nbt_record_address(&packet->record[0], count);
		end(ctx, number, false, named, count);
		return true;
	case CHALLENGE_NEGATIVE: /* the first answer decides, digest 4.5 */
		end(ctx, number, true, NULL, 0);
		return true;
	case CHALLENGE_STRAY:
		break;
	}
	return false;
}

/* One thing that is due; one packet at most. */
static bool carry_on(struct context *ctx)
{
	struct challenges *challenges = &ctx->service->replication.rivals.challenges;
	uint32_t number;

	switch (challenges_step(challenges, ctx->env, &number)) {
	case CHALLENGE_ASK:
		contests_ask(ctx, challenges_at(challenges, number));
		return true;
	case CHALLENGE_LOST:
		end(ctx, number, false, NULL, 0);
		return true;
	case CHALLENGE_WAIT:
		break;
	}
	return false;
}

bool rivals_carry_on(struct context *ctx)
{
	begin_some(ctx);
	while (ctx->out->count < OUTBOX_SIZE)
		if (!carry_on(ctx))
			return false;
	return true;
}

uint64_t rivals_deadline(const struct service *service)
{
	const struct rivals *rivals = &service->replication.rivals;
	uint64_t due_ms = challenges_deadline(&rivals->challenges);

	return can_begin(rivals) ? nbt_earlier(due_ms, rivals->due_ms) : due_ms;
}
