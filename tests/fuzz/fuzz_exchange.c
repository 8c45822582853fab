/*
 * An exchange as a whole: the input says what kind it is, which packets arrive, and how time goes
 * by. Whatever comes, it ends, sends packets that can be read, and is quiet when it is over.
 */
#include <string.h>

#include <nbt/exchange.h>

#include "fuzz.h"

#define SENDERS           4 /* 10.0.0.0 to 10.0.0.3; the first two are asked */
/* Two servers and three redirects, each with three tries; a broadcast claim and its demand. */
#define TRANSMISSIONS_MAX 18

enum event { EV_WAKE, EV_LATE, EV_UNSENT, EV_RAW, EV_REPLY, EV_REDIRECT, EVENTS };

/* What is left of the input; zeros when nothing is. */
struct input {
	const uint8_t *bytes;
	size_t len;
};

static union {
	struct nbt_exchange exchange; /* the first member of all */
	struct nbt_query query;
	struct nbt_claim claim;
	struct nbt_status status;
} machine;

static struct nbt_env now;
static unsigned transmissions;

static uint8_t take_u8(struct input *in)
{
	if (in->len == 0)
		return 0;
	in->len--;
	return *in->bytes++;
}

static uint16_t take_u16(struct input *in)
{
	uint16_t high = take_u8(in);

	return (uint16_t)(high << 8 | take_u8(in));
}

static const uint8_t *take_bytes(struct input *in, size_t *len)
{
	const uint8_t *bytes = in->bytes;

	*len = *len < in->len ? *len : in->len;
	in->bytes += *len;
	in->len -= *len;
	return bytes;
}

static struct sockaddr_in sender_at(unsigned index)
{
	struct sockaddr_in host = { .sin_family = AF_INET };
	uint8_t address[4] = { 10, 0, 0, (uint8_t)(index % SENDERS) };

	memcpy(&host.sin_addr, address, sizeof(address));
	return host;
}

static void check(unsigned todo)
{
	struct nbt_packet sent;
	bool is_over = nbt_exchange_deadline(&machine.exchange) == NBT_NEVER;

	must(((todo & NBT_TODO_DONE) == 0) || is_over);
	must(is_over || nbt_exchange_deadline(&machine.exchange) <= now.now_ms + 5 * 60 * 1000);
	if ((todo & NBT_TODO_SEND) == 0)
		return;
	must(nbt_packet_decode(&sent, machine.exchange.out.bytes, machine.exchange.out.len) ==
	     NBT_OK);
	if ((sent.flags & NBT_FLAG_R) == 0)
		must(++transmissions <= TRANSMISSIONS_MAX);
}

/* Whatever is in the input: the encoder tells what is a scope. */
static struct nbt_scope take_scope(struct input *in)
{
	struct nbt_scope scope = { .len = take_u8(in) };
	size_t len = scope.len;
	const uint8_t *labels = take_bytes(in, &len);

	memcpy(scope.labels, labels, len);
	return scope;
}

static unsigned start(struct input *in)
{
	static struct sockaddr_in servers[2];
	static const enum nbt_opcode opcodes[4] = { NBT_OP_REGISTRATION, NBT_OP_MULTIHOMED,
						    NBT_OP_REFRESH, NBT_OP_RELEASE };
	uint8_t choice = take_u8(in);
	struct nbt_request to = { .id = 1,
				  .name = { "FRED           " },
				  .servers = servers,
				  .server_count = choice % 3,
				  .broadcast = choice & 4 };
	struct nbt_query_request query = { .recursion = choice & 8,
					   .until_unique = choice & 16,
					   .conflict_ms = choice & 32 ? 1000 : 0 };
	struct nbt_claim_request claim = { .opcode = opcodes[choice >> 3 & 3] };

	if (take_u8(in) & 1)
		to.scope = take_scope(in);
	servers[0] = sender_at(0);
	servers[1] = sender_at(1);
	query.to = claim.to = to;
	switch (choice >> 6) {
	case 0:
		return nbt_status_start(&machine.status, &to, &now);
	case 1:
		return nbt_claim_start(&machine.claim, &claim, &now);
	default:
		return nbt_query_start(&machine.query, &query, &now);
	}
}

static unsigned arrive(const uint8_t *bytes, size_t len, unsigned sender)
{
	static struct nbt_packet packet;
	struct sockaddr_in from = sender_at(sender);

	if (nbt_packet_decode(&packet, bytes, len) != NBT_OK)
		return 0;
	return nbt_exchange_packet(&machine.exchange, &packet, &from, &now);
}

/* Bytes as they come, but with our id. */
static unsigned raw_packet(struct input *in)
{
	uint8_t copy[256];
	unsigned sender = take_u8(in);
	size_t len = take_u8(in);
	const uint8_t *bytes = take_bytes(in, &len);

	memcpy(copy, bytes, len);
	if (len >= 2) {
		copy[0] = 0;
		copy[1] = 1;
	}
	return arrive(copy, len, sender);
}

/* A reply about our name, whatever it says. */
static unsigned reply_packet(struct input *in)
{
	const struct nbt_request *rq = &machine.exchange.request;
	unsigned sender = take_u8(in);
	uint16_t word = take_u16(in), type = take_u16(in), ttl = take_u16(in);
	size_t rdata_len = take_u8(in), len;
	const uint8_t *rdata = take_bytes(in, &rdata_len);
	struct nbt_packet reply;
	uint8_t wire[NBT_UDP_PAYLOAD_MAX];

	nbt_make_response(&reply, (enum nbt_opcode)(word >> NBT_OPCODE_SHIFT & 15), rq->id,
			  word & NBT_FLAGS_MASK, (enum nbt_rcode)(word & 15), &rq->name, &rq->scope,
			  type, ttl, rdata, (uint16_t)rdata_len);
	if (nbt_packet_encode(&reply, wire, sizeof(wire), &len) != NBT_OK)
		return 0; /* too much */
	return arrive(wire, len, sender);
}

/* Both records as they should be, but with types and lengths of the input's choice. */
static unsigned redirect_packet(struct input *in)
{
	const struct nbt_request *rq = &machine.exchange.request;
	struct sockaddr_in from = sender_at(take_u8(in)), target = sender_at(take_u8(in));
	struct nbt_packet p = {
		.id = rq->id, .flags = NBT_FLAG_R, .authority_count = 1, .additional_count = 1
	};

	p.record[0].of.name = rq->name;
	p.record[0].of.scope = rq->scope;
	p.record[1].of.type = NBT_TYPE_A ^ take_u8(in);
	p.record[1].rdata = (const uint8_t *)&target.sin_addr;
	p.record[1].rdata_len = 4 - take_u8(in) % 2;
	return nbt_exchange_packet(&machine.exchange, &p, &from, &now);
}

static unsigned wake_at_deadline(void)
{
	uint64_t deadline = nbt_exchange_deadline(&machine.exchange);
	unsigned todo;

	if (deadline == NBT_NEVER)
		return nbt_exchange_wake(&machine.exchange, &now);
	now.now_ms = deadline;
	todo = nbt_exchange_wake(&machine.exchange, &now);
	must(todo != 0); /* else it would be woken for nothing, without end */
	return todo;
}

static unsigned step(struct input *in)
{
	switch (take_u8(in) % EVENTS) {
	case EV_RAW:
		return raw_packet(in);
	case EV_REPLY:
		return reply_packet(in);
	case EV_REDIRECT:
		return redirect_packet(in);
	case EV_UNSENT:
		return nbt_exchange_unsent(&machine.exchange, &now);
	case EV_LATE:
		now.now_ms += take_u16(in);
		return nbt_exchange_wake(&machine.exchange, &now);
	default:
		return wake_at_deadline();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	bool was_over;

	now.now_ms = 1000;
	transmissions = 0;
	memset(&machine, 0x5a, sizeof(machine));
	check(start(&in));
	while (in.len > 0) {
		unsigned todo;

		was_over = nbt_exchange_deadline(&machine.exchange) == NBT_NEVER;
		todo = step(&in);
		must(!was_over || todo == 0);
		check(todo);
	}
	while (nbt_exchange_deadline(&machine.exchange) != NBT_NEVER)
		check(wake_at_deadline());
	return 0;
}
