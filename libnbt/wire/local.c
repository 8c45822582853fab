/* Messages of the local sockets: nbt-local(7). */
#include <nbt/local.h>

#include "libnbt/wire/wire.h"

#define FLAGS_KNOWN (NBT_LOCAL_ALL_MEMBERS | NBT_LOCAL_BROADCAST | NBT_LOCAL_DATAGRAM)

static struct in_addr read_address(struct nbt_reader *r)
{
	return (struct in_addr){ nbt_read_in_addr(r) };
}

/* What we don't know might change the meaning of the rest, so it is an error. */
static void check_value(struct nbt_reader *r, int is_known)
{
	if (!is_known)
		nbt_reader_fail(r, NBT_EVALUE);
}

enum nbt_error nbt_envelope_decode(struct nbt_envelope *out, const uint8_t *buf, size_t len)
{
	struct nbt_reader r = nbt_reader_of(buf, len);

	check_value(&r, nbt_read_u8(&r) == NBT_LOCAL_VERSION);
	out->flags = nbt_read_u8(&r);
	check_value(&r, (out->flags & ~FLAGS_KNOWN) == 0);
	check_value(&r, nbt_read_u16(&r) == 0);
	out->interface = read_address(&r);
	out->peer = read_address(&r);
	out->peer_port = nbt_read_u16(&r);
	check_value(&r, nbt_read_u16(&r) == 0);
	return r.err;
}

enum nbt_error nbt_envelope_encode(const struct nbt_envelope *in, uint8_t *buf, size_t size)
{
	struct nbt_writer w = nbt_writer_of(buf, size);

	if ((in->flags & ~FLAGS_KNOWN) != 0)
		return NBT_EVALUE;
	nbt_write_u8(&w, NBT_LOCAL_VERSION);
	nbt_write_u8(&w, in->flags);
	nbt_write_u16(&w, 0);
	nbt_write_bytes(&w, &in->interface.s_addr, 4);
	nbt_write_bytes(&w, &in->peer.s_addr, 4);
	nbt_write_u16(&w, in->peer_port);
	nbt_write_u16(&w, 0);
	return w.err;
}

enum nbt_error nbt_local_decode(struct nbt_envelope *envelope, struct nbt_packet *packet,
				const uint8_t *buf, size_t len)
{
	enum nbt_error err = nbt_envelope_decode(envelope, buf, len);

	if (err != NBT_OK)
		return err;
	if ((envelope->flags & NBT_LOCAL_DATAGRAM) != 0)
		return NBT_EVALUE;
	return nbt_packet_decode(packet, buf + NBT_ENVELOPE_LEN, len - NBT_ENVELOPE_LEN);
}

enum nbt_error nbt_local_encode(const struct nbt_envelope *envelope,
				const struct nbt_packet *packet, uint8_t *buf, size_t size,
				size_t *len)
{
	enum nbt_error err = nbt_envelope_encode(envelope, buf, size);

	if (err == NBT_OK && (envelope->flags & NBT_LOCAL_DATAGRAM) != 0)
		err = NBT_EVALUE;
	if (err != NBT_OK)
		return err;
	err = nbt_packet_encode(packet, buf + NBT_ENVELOPE_LEN, size - NBT_ENVELOPE_LEN, len);
	*len += NBT_ENVELOPE_LEN;
	return err;
}

void nbt_local_make_claim(struct nbt_envelope *envelope, struct nbt_packet *packet,
			  enum nbt_opcode opcode, uint16_t id, const struct nbt_local_claim *claim,
			  uint8_t rdata[NBT_ADDRESS_LEN])
{
	/* The daemon puts in the addresses and its node type. */
	const struct nbt_address address = { .flags = claim->is_group ? NBT_NB_GROUP : 0 };
	uint16_t flags = claim->broadcast_only ? NBT_FLAG_B : 0;

	if (opcode == NBT_OP_REGISTRATION)
		flags |= NBT_FLAG_RD;
	*envelope = (struct nbt_envelope){ .interface = claim->interface };
	nbt_make_claim(packet, opcode, id, flags, &claim->name, &claim->scope, 0, &address, rdata);
}

void nbt_local_make_query(struct nbt_envelope *envelope, struct nbt_packet *packet, uint16_t id,
			  const struct nbt_local_query *query)
{
	*envelope = (struct nbt_envelope){
		.flags = query->all_members ? NBT_LOCAL_ALL_MEMBERS : 0,
		.interface = query->interface,
		.peer = query->peer,
		.peer_port = query->peer_port,
	};
	nbt_make_query(packet, id, query->is_local || query->is_status ? 0 : NBT_FLAG_RD,
		       &query->name, &query->scope,
		       query->is_status ? NBT_TYPE_NBSTAT : NBT_TYPE_NB);
}
