/* Autodiscovery of WINS servers: MS-WINSRA section 2.2.1. */
#include <nbt/replication.h>

#include "libnbt/wire/wire.h"

#define SIGNATURE      0xABCD
#define SIGNATURE_LAST 0xABCF

enum nbt_error nbt_discovery_decode(struct nbt_discovery *out, const uint8_t *buf, size_t len)
{
	struct nbt_reader r = nbt_reader_of(buf, len);
	uint32_t signature;

	memset(out, 0, sizeof(*out));
	signature = nbt_read_le32(&r);
	out->down = nbt_read_le32(&r) != 0;
	if (r.err == NBT_OK && (signature < SIGNATURE || signature > SIGNATURE_LAST))
		return NBT_EVALUE;

	/* An incomplete address at the end is ignored. */
	while (out->count < NBT_DISCOVERY_ADDRESSES_MAX && nbt_read_left(&r) >= 4) {
		uint32_t address = nbt_read_in_addr(&r);

		if (address == INADDR_ANY)
			break;
		out->address[out->count++].s_addr = address;
	}
	return r.err;
}

enum nbt_error nbt_discovery_encode(const struct nbt_discovery *in, uint8_t *buf, size_t size,
				    size_t *len)
{
	struct nbt_writer w = nbt_writer_of(buf, size);

	if (in->count > NBT_DISCOVERY_ADDRESSES_MAX)
		return NBT_EVALUE;
	nbt_write_le32(&w, SIGNATURE);
	nbt_write_le32(&w, in->down);
	for (size_t i = 0; i < in->count; i++) {
		if (in->address[i].s_addr == INADDR_ANY)
			nbt_writer_fail(&w, NBT_EVALUE);
		nbt_write_bytes(&w, &in->address[i].s_addr, sizeof(in->address[i].s_addr));
	}
	nbt_write_zeros(&w, 4);
	*len = w.pos;
	return w.err;
}
