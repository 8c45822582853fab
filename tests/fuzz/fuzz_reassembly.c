/*
 * Fragments: the bytes are a story of what several senders send. Each datagram has bytes that
 * follow from its sender, its id and their place; so what is put together can be seen to be
 * garbled.
 */
#include "fuzz.h"

#include <string.h>

#include "nbddd/reassembly.h"

#define HEADER    14
#define DATAGRAMS 8
#define MEMORY    (256 * 1024)
#define PACKET    1472

static uint8_t byte_at(uint8_t sender, uint8_t id, size_t place)
{
	return (uint8_t)(sender * 31u + id * 7u + place);
}

static void look_at(const struct reassembly *r, const uint8_t *whole, size_t len)
{
	uint8_t sender = whole[7], id = whole[3];

	must(len > HEADER && len <= REASSEMBLY_BYTES_MAX);
	must((whole[1] & NBT_DGM_FLAG_FIRST) != 0 && (whole[1] & NBT_DGM_FLAG_MORE) == 0);
	must((size_t)(whole[10] << 8 | whole[11]) == len - HEADER);
	must(whole[12] == 0 && whole[13] == 0);
	if (sender < 4)
		for (size_t i = 0; i < len - HEADER; i++)
			must(whole[HEADER + i] == byte_at(sender, id, i));
	must(reassembly_count(r) <= DATAGRAMS && reassembly_bytes(r) <= MEMORY);
}

/* Names are not looked at here; a first fragment without them is one all the same. */
static void receive(struct reassembly *r, uint8_t sender, const uint8_t *bytes, size_t len,
		    const struct nbt_env *env)
{
	const struct sockaddr_in from = { .sin_family = AF_INET,
					  .sin_port = htons(138),
					  .sin_addr = { htonl(0x0A000000u + sender) } };
	const struct nbt_datagram packet = {
		.type = bytes[0],
		.flags = bytes[1],
		.id = (uint16_t)(bytes[2] << 8 | bytes[3]),
		.source_address = { htonl(bytes[7]) },
		.source_port = 138,
		.length = (uint16_t)(bytes[10] << 8 | bytes[11]),
		.offset = (uint16_t)(bytes[12] << 8 | bytes[13]),
	};
	const uint8_t *whole;
	size_t whole_len;

	if (reassembly_is_fragment(&packet) &&
	    reassembly_add(r, &from, &packet, bytes, len, env, &whole, &whole_len))
		look_at(r, whole, whole_len);
	must(reassembly_count(r) <= DATAGRAMS && reassembly_bytes(r) <= MEMORY);
}

/* Exactly so many bytes, so that reading beyond them is seen. */
static void step_fragment(struct reassembly *r, struct fuzz_input *in, const struct nbt_env *env)
{
	static const uint16_t units[] = { 1, 100, 512, 1458 };
	uint8_t how = fuzz_take(in), sender = how & 3, id = how >> 2 & 3;
	uint16_t unit = units[how >> 4 & 3];
	size_t offset = (size_t)(fuzz_take(in) * unit) & 0xffff, len = unit;
	uint8_t flags = fuzz_take(in);
	uint8_t *bytes;

	if (flags & 0x80)
		len = fuzz_take(in) * 5u;
	bytes = malloc(HEADER + len);
	must(bytes != NULL);
	memset(bytes, 0, HEADER);
	bytes[0] = NBT_DGM_DIRECT_GROUP;
	bytes[1] = offset == 0 ? NBT_DGM_FLAG_FIRST | NBT_DGM_FLAG_MORE : flags & NBT_DGM_FLAG_MORE;
	bytes[3] = id;
	bytes[7] = sender;
	bytes[10] = bytes[11] = 0xff;
	bytes[12] = (uint8_t)(offset >> 8);
	bytes[13] = (uint8_t)offset;
	for (size_t i = 0; i < len; i++)
		bytes[HEADER + i] = byte_at(sender, id, offset + i);
	receive(r, sender, bytes, HEADER + len, env);
	free(bytes);
}

static void step_raw(struct reassembly *r, struct fuzz_input *in, const struct nbt_env *env)
{
	size_t len = HEADER + fuzz_take(in);
	uint8_t *bytes;

	if (len > in->left)
		return;
	bytes = malloc(len);
	must(bytes != NULL);
	memcpy(bytes, in->bytes, len);
	in->bytes += len;
	in->left -= len;
	bytes[0] = NBT_DGM_DIRECT_UNIQUE;
	bytes[7] |= 4; /* its bytes are no others' */
	receive(r, 4, bytes, len, env);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct reassembly_settings settings = { DATAGRAMS, MEMORY, 2000 };
	struct reassembly *r = reassembly_create(&settings);
	struct fuzz_input in = { data, size };
	struct nbt_env env = { .now_ms = 1000 };

	must(r != NULL);
	while (in.left > 0) {
		uint8_t what = fuzz_take(&in);

		if (what < 200)
			step_fragment(r, &in, &env);
		else if (what < 240)
			step_raw(r, &in, &env);
		else
			env.now_ms += (what - 239) * 200u;
	}
	reassembly_destroy(r);
	return 0;
}
