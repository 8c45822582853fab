/* The resolver's exchanges under way: their packets, their answers, their end. */
#include "nbnsd/node/resolver_inner.h"

/*
 * Answers.
 */

static bool is_unique(const struct nbt_address *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if ((list[i].flags & NBT_NB_GROUP) == 0)
			return true;
	return false;
}

static void take_addresses(struct lookup *lookup, const struct nbt_record *record)
{
	for (size_t i = 0; i < nbt_record_address_count(record); i++) {
		const struct nbt_address entry = nbt_record_address(record, i);

		lookup_add(lookup, &entry, 1);
	}
}

/* TTL 0 does not say how long: servers and Windows send it. */
static void take_answer(struct resolver *resolver, struct exchange *exchange,
			const struct nbt_packet *packet, const struct sockaddr_in *from,
			const struct nbt_env *env)
{
	struct lookup *lookup = exchange->lookup;
	const struct nbt_record *record = &packet->record[0];

	if (lookup->is_decided)
		return;
	if (lookup->count == 0)
		lookup->from = from->sin_addr;
	take_addresses(lookup, record);
	lookup->flags |= packet->flags & (NBT_FLAG_AA | NBT_FLAG_TC | NBT_FLAG_RA);
	if (record->ttl != 0)
		lookup->believe_ms = nbt_earlier(lookup->believe_ms, (uint64_t)record->ttl * 1000);
	if (lookup->source != SOURCE_BROADCAST)
		return;
	/* Members of a group answer one by one. */
	if (is_unique(lookup->list, lookup->count))
		lookup_decide(resolver, lookup, NBT_RCODE_OK, env);
	else if (lookup->decide_ms == NBT_NEVER)
		lookup->decide_ms = env->now_ms + exchange->of.x.request.timers.timeout_ms;
}

/* Servers that were passed over; the last one, too, if nobody answered. */
static void note_silence(struct resolver *resolver, struct exchange *exchange,
			 const struct nbt_env *env)
{
	const struct nbt_exchange *x = &exchange->of.x;
	bool all = exchange->is_over && x->result != NBT_OK && x->result != NBT_ENEGATIVE;
	size_t silent = all ? x->request.server_count : x->server;

	if (exchange->lookup->source != SOURCE_NBNS)
		return;
	for (; exchange->silent < silent; exchange->silent++)
		resolver->silent_until[exchange->number[exchange->silent]] =
			env->now_ms + resolver->settings.server_retry_ms;
	if (exchange->is_over && !all)
		resolver->silent_until[exchange->number[x->server]] = 0;
}

static void broadcast_is_over(struct resolver *resolver, struct exchange *exchange,
			      const struct nbt_env *env)
{
	struct lookup *lookup = exchange->lookup;

	if (exchange->of.query.conflict) {
		lookup->in_conflict = true;
		resolver_count(resolver, RESOLVER_CONFLICT);
		resolver_forget(resolver, &lookup->question.name, &lookup->question.scope);
	}
	if (lookup->is_decided || lookup->running > 0)
		return;
	if (lookup->count > 0)
		lookup_decide(resolver, lookup, NBT_RCODE_OK, env);
	else
		lookup_advance(resolver, lookup, env);
}

static void nbns_is_over(struct resolver *resolver, struct exchange *exchange,
			 const struct nbt_env *env)
{
	struct lookup *lookup = exchange->lookup;

	if (lookup->count > 0) {
		lookup_decide(resolver, lookup, NBT_RCODE_OK, env);
		return;
	}
	if (exchange->of.x.result != NBT_ENEGATIVE)
		lookup->is_silent = true;
	lookup_advance(resolver, lookup, env);
}

static void peer_is_over(struct resolver *resolver, struct exchange *exchange,
			 const struct nbt_env *env)
{
	const struct nbt_exchange *x = &exchange->of.x;
	enum nbt_rcode rcode = NBT_RCODE_SRV_ERR;

	if (x->result == NBT_OK)
		rcode = NBT_RCODE_OK;
	else if (x->result == NBT_ENEGATIVE)
		rcode = (enum nbt_rcode)x->rcode;
	exchange->lookup->from = x->asked.sin_addr;
	lookup_decide(resolver, exchange->lookup, rcode, env);
}

typedef void over_fn(struct resolver *resolver, struct exchange *exchange,
		     const struct nbt_env *env);

static void is_over(struct resolver *resolver, struct exchange *exchange, const struct nbt_env *env)
{
	static over_fn *const over[SOURCES] = {
		[SOURCE_NBNS] = nbns_is_over,
		[SOURCE_BROADCAST] = broadcast_is_over,
		[SOURCE_PEER] = peer_is_over,
		[SOURCE_STATUS] = peer_is_over,
	};
	struct lookup *lookup = exchange->lookup;
	bool has_status = lookup->source == SOURCE_STATUS && exchange->of.x.result == NBT_OK;

	exchange->is_over = true;
	note_silence(resolver, exchange, env);
	lookup->running--;
	if (has_status)
		lookup->told = exchange; /* until the answer is taken off */
	over[lookup->source](resolver, exchange, env);
	lookup_settle(resolver, lookup);
	if (!has_status)
		exchange_free(resolver, exchange);
}

/* Carries out what a step of the machine wants. */
static void carry_out(struct resolver *resolver, struct exchange *exchange, unsigned todo,
		      const struct nbt_packet *packet, const struct sockaddr_in *from,
		      const struct nbt_env *env)
{
	note_silence(resolver, exchange, env);
	if (todo & NBT_TODO_SEND)
		exchange->has_packet = true;
	if (todo & NBT_TODO_ANSWER)
		take_answer(resolver, exchange, packet, from, env);
	if (todo & NBT_TODO_DONE)
		is_over(resolver, exchange, env);
}

/*
 * Packets.
 */

bool resolver_response(struct resolver *resolver, const struct sockaddr_in *from,
		       const struct nbt_packet *packet, const struct nbt_env *env)
{
	for (size_t i = 0, left = resolver->exchanges_used; left > 0; i++) {
		struct exchange *exchange = &resolver->exchanges[i];

		if (exchange->lookup == NULL)
			continue;
		left--;
		if (exchange->is_over || exchange->of.x.request.id != packet->id)
			continue;
		carry_out(resolver, exchange,
			  nbt_exchange_packet(&exchange->of.x, packet, from, env), packet, from,
			  env);
		return true;
	}
	return false;
}

/* One that could not even start has no deadline any more. */
static uint64_t deadline_of(const struct exchange *exchange)
{
	uint64_t due_ms = nbt_exchange_deadline(&exchange->of.x);

	if (exchange->lookup == NULL || exchange->is_over)
		return NBT_NEVER;
	return due_ms == NBT_NEVER || exchange->has_packet ? 0 : due_ms;
}

static void wake(struct resolver *resolver, struct exchange *exchange, const struct nbt_env *env)
{
	if (deadline_of(exchange) > env->now_ms)
		return;
	if (nbt_exchange_deadline(&exchange->of.x) == NBT_NEVER)
		is_over(resolver, exchange, env);
	else
		carry_out(resolver, exchange, nbt_exchange_wake(&exchange->of.x, env), NULL, NULL,
			  env);
}

static bool take_packet(struct resolver *resolver, struct resolver_packet *packet)
{
	for (size_t i = 0; i < EXCHANGES; i++) {
		struct exchange *exchange = &resolver->exchanges[i];

		if (exchange->lookup == NULL || !exchange->has_packet)
			continue;
		exchange->has_packet = false;
		packet->socket = exchange->socket;
		packet->packet = &exchange->of.x.out;
		packet->is_broadcast =
			exchange->of.x.request.broadcast &&
			packet->packet->to.sin_addr.s_addr == exchange->servers[0].sin_addr.s_addr;
		resolver_count(resolver, RESOLVER_SENT);
		return true;
	}
	return false;
}

bool resolver_step(struct resolver *resolver, struct resolver_packet *packet,
		   const struct nbt_env *env)
{
	if (resolver->lookups_used == 0)
		return false;
	for (size_t i = 0; i < LOOKUPS; i++)
		if (resolver->lookups[i].order != NULL && !resolver->lookups[i].is_decided &&
		    env->now_ms >= resolver->lookups[i].decide_ms)
			lookup_decide(resolver, &resolver->lookups[i], NBT_RCODE_OK, env);
	for (size_t i = 0; i < EXCHANGES; i++)
		wake(resolver, &resolver->exchanges[i], env);
	return take_packet(resolver, packet);
}

uint64_t resolver_deadline(const struct resolver *resolver)
{
	uint64_t due_ms = NBT_NEVER;

	if (resolver->lookups_used == 0)
		return NBT_NEVER;
	for (size_t i = 0; i < LOOKUPS; i++)
		if (resolver->lookups[i].order != NULL)
			due_ms = nbt_earlier(due_ms, resolver->lookups[i].decide_ms);
	for (size_t i = 0; i < EXCHANGES; i++)
		due_ms = nbt_earlier(due_ms, deadline_of(&resolver->exchanges[i]));
	return due_ms;
}
