/* The rdata of a node status response: RFC 1002 section 4.2.18. */
#include <nbt/packet.h>

#include <string.h>

#include "libnbt/wire/wire.h"

static void read_block(struct nbt_reader *r, uint8_t *block, size_t len)
{
	size_t there = nbt_read_left(r) < len ? nbt_read_left(r) : len;
	const uint8_t *bytes = nbt_read_bytes(r, there);

	memset(block, 0, len);
	if (bytes != NULL && there > 0)
		memcpy(block, bytes, there);
}

enum nbt_error nbt_node_status_decode(struct nbt_node_status *out, const uint8_t *rdata, size_t len)
{
	struct nbt_reader r = nbt_reader_of(rdata, len);

	out->count = nbt_read_u8(&r);
	for (size_t i = 0; r.err == NBT_OK && i < out->count; i++) {
		const uint8_t *name = nbt_read_bytes(&r, NBT_NAME_LEN);

		if (name != NULL)
			memcpy(out->names[i].name.bytes, name, NBT_NAME_LEN);
		out->names[i].flags = nbt_read_u16(&r);
	}
	read_block(&r, out->unit_id, sizeof(out->unit_id));
	read_block(&r, out->statistics, sizeof(out->statistics));
	return r.err;
}

enum nbt_error nbt_node_status_encode(const struct nbt_node_status *in, uint8_t *buf, size_t size,
				      size_t *len)
{
	struct nbt_writer w = nbt_writer_of(buf, size);

	nbt_write_u8(&w, in->count);
	for (size_t i = 0; i < in->count; i++) {
		nbt_write_bytes(&w, in->names[i].name.bytes, NBT_NAME_LEN);
		nbt_write_u16(&w, in->names[i].flags);
	}
	nbt_write_bytes(&w, in->unit_id, sizeof(in->unit_id));
	nbt_write_bytes(&w, in->statistics, sizeof(in->statistics));
	*len = w.pos;
	return w.err;
}
