/* Makers of name service packets: RFC 1002 sections 4.2.2 to 4.2.18. */
#include <nbt/packet.h>

#include <string.h>

static void set_header(struct nbt_packet *p, enum nbt_opcode opcode, uint16_t id, uint16_t flags,
		       enum nbt_rcode rcode)
{
	p->id = id;
	p->flags = flags;
	p->opcode = (uint8_t)opcode;
	p->rcode = (uint8_t)rcode;
	p->question_count = p->answer_count = p->authority_count = p->additional_count = 0;
}

/* Without the bytes of the scope that are not used: 255 of them per packet. */
static void set_question(struct nbt_question *q, const struct nbt_name *name,
			 const struct nbt_scope *scope, uint16_t type)
{
	q->name = *name;
	q->scope.len = scope->len;
	memcpy(q->scope.labels, scope->labels, scope->len);
	q->type = type;
	q->klass = NBT_CLASS_IN;
}

static void set_record(struct nbt_record *record, uint32_t ttl, const uint8_t *rdata, uint16_t len)
{
	record->ttl = ttl;
	record->rdata = rdata;
	record->rdata_len = len;
}

void nbt_make_query(struct nbt_packet *p, uint16_t id, uint16_t flags, const struct nbt_name *name,
		    const struct nbt_scope *scope, uint16_t type)
{
	set_header(p, NBT_OP_QUERY, id, flags, NBT_RCODE_OK);
	p->question_count = 1;
	set_question(&p->question[0], name, scope, type);
}

void nbt_make_claim(struct nbt_packet *p, enum nbt_opcode opcode, uint16_t id, uint16_t flags,
		    const struct nbt_name *name, const struct nbt_scope *scope, uint32_t ttl,
		    const struct nbt_address *address, uint8_t rdata[NBT_ADDRESS_LEN])
{
	set_header(p, opcode, id, flags, NBT_RCODE_OK);
	p->question_count = p->additional_count = 1;
	set_question(&p->question[0], name, scope, NBT_TYPE_NB);
	set_question(&p->record[0].of, name, scope, NBT_TYPE_NB);
	nbt_address_write(rdata, address, 1);
	set_record(&p->record[0], ttl, rdata, NBT_ADDRESS_LEN);
}

void nbt_make_response(struct nbt_packet *p, enum nbt_opcode opcode, uint16_t id, uint16_t flags,
		       enum nbt_rcode rcode, const struct nbt_name *name,
		       const struct nbt_scope *scope, uint16_t type, uint32_t ttl,
		       const uint8_t *rdata, uint16_t rdata_len)
{
	set_header(p, opcode, id, flags | NBT_FLAG_R, rcode);
	p->answer_count = 1;
	set_question(&p->record[0].of, name, scope, type);
	set_record(&p->record[0], ttl, rdata, rdata_len);
}
