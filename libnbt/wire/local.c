/* Messages of the local sockets: nbt-local(7). */
#include <nbt/local.h>

#include "libnbt/wire/wire.h"

#define FLAGS_KNOWN (NBT_LOCAL_ALL_MEMBERS | NBT_LOCAL_BROADCAST)

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
	return nbt_packet_decode(packet, buf + NBT_ENVELOPE_LEN, len - NBT_ENVELOPE_LEN);
}

enum nbt_error nbt_local_encode(const struct nbt_envelope *envelope,
				const struct nbt_packet *packet, uint8_t *buf, size_t size,
				size_t *len)
{
	enum nbt_error err = nbt_envelope_encode(envelope, buf, size);

	if (err != NBT_OK)
		return err;
	err = nbt_packet_encode(packet, buf + NBT_ENVELOPE_LEN, size - NBT_ENVELOPE_LEN, len);
	*len += NBT_ENVELOPE_LEN;
	return err;
}
