/* What the machines of an exchange share. */
#include "libnbt/exchange/machine.h"

/* A WACK's time is believed up to here, from the first one on; further ones are ignored. */
#define WACK_MAX      3
#define WACK_LIMIT_MS (5 * 60 * 1000)

static uint32_t either(uint32_t value, uint32_t fallback)
{
	return value != 0 ? value : fallback;
}

static bool is_over(const struct nbt_exchange *x)
{
	return x->deadline == NBT_NEVER;
}

unsigned machine_finish(struct nbt_exchange *x, enum nbt_error result)
{
	x->deadline = NBT_NEVER;
	x->result = result;
	return NBT_TODO_DONE;
}

unsigned machine_refused(struct nbt_exchange *x, uint8_t rcode)
{
	x->rcode = rcode;
	return machine_finish(x, NBT_ENEGATIVE);
}

unsigned machine_send(struct nbt_exchange *x, const struct nbt_packet *p,
		      const struct sockaddr_in *to)
{
	enum nbt_error err = nbt_packet_encode(p, x->out.bytes, sizeof(x->out.bytes), &x->out.len);

	if (err != NBT_OK)
		return machine_finish(x, err);
	x->out.to = *to;
	return NBT_TODO_SEND;
}

static unsigned transmit(struct nbt_exchange *x, const struct nbt_env *env)
{
	struct nbt_packet p;
	uint8_t rdata[NBT_ADDRESS_LEN];

	x->tries_left--;
	x->deadline = env->now_ms + x->request.timers.timeout_ms;
	x->kind->make(x, &p, rdata);
	return machine_send(x, &p, &x->asked);
}

unsigned machine_ask(struct nbt_exchange *x, const struct sockaddr_in *server,
		     const struct nbt_env *env)
{
	x->asked = *server;
	x->tries_left = x->request.timers.tries;
	x->wacks = 0;
	return transmit(x, env);
}

unsigned machine_next_server(struct nbt_exchange *x, enum nbt_error result,
			     const struct nbt_env *env)
{
	if (x->server + 1 >= x->request.server_count)
		return machine_finish(x, result);
	x->server++;
	return machine_ask(x, &x->request.servers[x->server], env);
}

unsigned machine_silence(struct nbt_exchange *x, const struct nbt_env *env)
{
	return x->answered ? machine_finish(x, NBT_OK) : machine_next_server(x, NBT_ETIMEOUT, env);
}

void machine_answered(struct nbt_exchange *x, uint64_t until)
{
	x->answered = true;
	x->tries_left = 0;
	x->deadline = until;
}

uint16_t machine_flags(const struct nbt_exchange *x, uint16_t flags)
{
	return x->request.broadcast ? flags | NBT_FLAG_B : flags;
}

unsigned machine_start(struct nbt_exchange *x, const struct nbt_exchange_kind *kind,
		       const struct nbt_request *request, const struct nbt_env *env)
{
	struct nbt_timers *timers = &x->request.timers;

	x->kind = kind;
	x->request = *request;
	if (x->request.broadcast && x->request.server_count > 1)
		x->request.server_count = 1;
	timers->tries = either(timers->tries, NBT_TRIES);
	timers->timeout_ms =
		either(timers->timeout_ms,
		       request->broadcast ? NBT_BROADCAST_TIMEOUT_MS : NBT_UNICAST_TIMEOUT_MS);
	x->result = NBT_OK;
	x->rcode = NBT_RCODE_OK;
	x->server = 0;
	x->answered = false;
	if (request->server_count == 0)
		return machine_finish(x, NBT_ETIMEOUT);
	return machine_ask(x, &request->servers[0], env);
}

/* The port does not count: some servers answer from, and to, another one. */
static bool was_asked(const struct nbt_exchange *x, const struct sockaddr_in *from)
{
	return x->request.broadcast || from->sin_addr.s_addr == x->asked.sin_addr.s_addr;
}

/* A negative response may come without any record. */
static bool is_about_our_name(const struct nbt_exchange *x, const struct nbt_packet *p)
{
	const struct nbt_question *of = &p->record[0].of;

	return nbt_packet_record_count(p) == 0 || (nbt_name_equal(&of->name, &x->request.name) &&
						   nbt_scope_equal(&of->scope, &x->request.scope));
}

/*
 * The server asks for patience (RFC 1002 section 4.2.16): nothing is sent until its time is over,
 * then the tries that are left. TTL 0 means that it does not know how long: all our tries.
 */
static unsigned take_wack(struct nbt_exchange *x, const struct nbt_packet *p,
			  const struct nbt_env *env)
{
	const struct nbt_timers *timers = &x->request.timers;
	uint64_t wait = (uint64_t)timers->timeout_ms * timers->tries;

	if (x->request.broadcast || p->answer_count == 0 || x->wacks >= WACK_MAX)
		return 0;
	if (p->record[0].ttl != 0)
		wait = (uint64_t)p->record[0].ttl * 1000;
	if (x->wacks++ == 0)
		x->wack_limit = env->now_ms + WACK_LIMIT_MS;
	x->deadline = nbt_earlier(env->now_ms + wait, x->wack_limit);
	return 0;
}

unsigned nbt_exchange_packet(struct nbt_exchange *x, const struct nbt_packet *packet,
			     const struct sockaddr_in *from, const struct nbt_env *env)
{
	if (is_over(x) || (packet->flags & NBT_FLAG_R) == 0 || packet->id != x->request.id ||
	    !was_asked(x, from) || !is_about_our_name(x, packet))
		return 0;
	if (packet->opcode == NBT_OP_WACK)
		return take_wack(x, packet, env);
	return x->kind->response(x, packet, from, env);
}

unsigned nbt_exchange_wake(struct nbt_exchange *x, const struct nbt_env *env)
{
	if (is_over(x) || env->now_ms < x->deadline)
		return 0;
	if (x->tries_left > 0)
		return transmit(x, env);
	return x->kind->silence(x, env);
}

unsigned nbt_exchange_unsent(struct nbt_exchange *x, const struct nbt_env *env)
{
	if (is_over(x) || x->answered)
		return 0;
	return machine_next_server(x, NBT_ESYSTEM, env);
}

uint64_t nbt_exchange_deadline(const struct nbt_exchange *x)
{
	return x->deadline;
}
