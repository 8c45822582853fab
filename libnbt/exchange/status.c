/* Asking a node for its names: RFC 1002 sections 4.2.17 and 4.2.18. */
#include "libnbt/exchange/machine.h"

static struct nbt_status *status_of(struct nbt_exchange *x)
{
	return (struct nbt_status *)x; /* its first member */
}

static void make_status(struct nbt_exchange *x, struct nbt_packet *p,
			uint8_t rdata[NBT_ADDRESS_LEN])
{
	(void)rdata;
	nbt_make_query(p, x->request.id, machine_flags(x, 0), &x->request.name, &x->request.scope,
		       NBT_TYPE_NBSTAT);
}

static unsigned status_response(struct nbt_exchange *x, const struct nbt_packet *p,
				const struct sockaddr_in *from, const struct nbt_env *env)
{
	const struct nbt_record *record = &p->record[0];

	(void)from;
	(void)env;
	if (p->opcode != NBT_OP_QUERY)
		return 0;
	if (p->rcode != NBT_RCODE_OK)
		return machine_refused(x, p->rcode);
	if (p->answer_count == 0 || record->of.type != NBT_TYPE_NBSTAT ||
	    nbt_node_status_decode(&status_of(x)->node, record->rdata, record->rdata_len) != NBT_OK)
		return 0;
	return machine_finish(x, NBT_OK);
}

static const struct nbt_exchange_kind status_kind = { make_status, status_response,
						      machine_silence };

unsigned nbt_status_start(struct nbt_status *s, const struct nbt_request *request,
			  const struct nbt_env *env)
{
	s->node.count = 0;
	return machine_start(&s->exchange, &status_kind, request, env);
}
