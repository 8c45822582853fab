/* Registering, refreshing and releasing a name: RFC 1002
 * sections 5.1.1.1, 5.1.1.4, 5.1.2.1, 5.1.2.4 and MS-NBTE 3.1.4. */
#include <assert.h>

#include "libnbt/exchange/machine.h"

/* RD in the request, the opcode of its responses (0: no claim), and whether a broadcast one that
 * nobody objected to ends with an overwrite demand. */
static const struct claim_operation {
	uint16_t flags;
	uint8_t response;
	bool demands;
} operations[NBT_OPCODE_COUNT] = {
	[NBT_OP_REGISTRATION] = { NBT_FLAG_RD, NBT_OP_REGISTRATION, true },
	[NBT_OP_MULTIHOMED] = { NBT_FLAG_RD, NBT_OP_REGISTRATION, true },
	[NBT_OP_REFRESH] = { 0, NBT_OP_REGISTRATION, false },
	[NBT_OP_REFRESH_ALT] = { 0, NBT_OP_REGISTRATION, false },
	[NBT_OP_RELEASE] = { 0, NBT_OP_RELEASE, false },
};

static struct nbt_claim *claim_of(struct nbt_exchange *x)
{
	return (struct nbt_claim *)x; /* its first member */
}

static void make_packet(struct nbt_exchange *x, struct nbt_packet *p, uint16_t flags,
			uint8_t rdata[NBT_ADDRESS_LEN])
{
	const struct nbt_claim *c = claim_of(x);

	nbt_make_claim(p, c->opcode, x->request.id, machine_flags(x, flags), &x->request.name,
		       &x->request.scope, c->ttl, &c->address, rdata);
}

static void make_claim(struct nbt_exchange *x, struct nbt_packet *p, uint8_t rdata[NBT_ADDRESS_LEN])
{
	make_packet(x, p, operations[claim_of(x)->opcode].flags, rdata);
}

/*
 * The end-node challenge of a name server that leaves the challenge to us (RFC 1002 section 4.2.7):
 * RA is 0 and the address is that of the owner it presumes. No server in use sends it; we don't
 * take another's name.
 */
static bool is_end_node_challenge(const struct nbt_claim *c, const struct nbt_packet *p)
{
	return c->opcode != NBT_OP_RELEASE && (p->flags & NBT_FLAG_RA) == 0 &&
	       nbt_record_address_count(&p->record[0]) > 0 &&
	       nbt_record_address(&p->record[0], 0).address.s_addr != c->address.address.s_addr;
}

static unsigned server_response(struct nbt_claim *c, const struct nbt_packet *p)
{
	if (p->answer_count == 0)
		return 0;
	if (is_end_node_challenge(c, p))
		return machine_refused(&c->exchange, NBT_RCODE_ACT_ERR);
	c->granted_ttl = p->record[0].ttl;
	return machine_finish(&c->exchange, NBT_OK);
}

/* Everybody may object to a broadcast claim; nobody's consent decides it. */
static unsigned claim_response(struct nbt_exchange *x, const struct nbt_packet *p,
			       const struct sockaddr_in *from, const struct nbt_env *env)
{
	struct nbt_claim *c = claim_of(x);

	(void)from;
	(void)env;
	if (p->opcode != operations[c->opcode].response)
		return 0;
	if (p->rcode != NBT_RCODE_OK)
		return machine_refused(x, p->rcode);
	return x->request.broadcast ? 0 : server_response(c, p);
}

static unsigned claim_silence(struct nbt_exchange *x, const struct nbt_env *env)
{
	struct nbt_packet demand;
	uint8_t rdata[NBT_ADDRESS_LEN];

	if (!x->request.broadcast)
		return machine_silence(x, env);
	if (!operations[claim_of(x)->opcode].demands)
		return machine_finish(x, NBT_OK);
	make_packet(x, &demand, 0, rdata);
	machine_finish(x, NBT_OK);
	return NBT_TODO_DONE | machine_send(x, &demand, &x->asked);
}

static const struct nbt_exchange_kind claim_kind = { make_claim, claim_response, claim_silence };

unsigned nbt_claim_start(struct nbt_claim *c, const struct nbt_claim_request *request,
			 const struct nbt_env *env)
{
	assert(request->opcode < NBT_OPCODE_COUNT && operations[request->opcode].response != 0);

	c->opcode = request->opcode;
	c->ttl = request->ttl;
	c->address = request->address;
	c->granted_ttl = 0;
	return machine_start(&c->exchange, &claim_kind, &request->to, env);
}
