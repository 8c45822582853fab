/* Messages of the local sockets. */
#include <string.h>

#include <nbt/local.h>

#include "fuzz.h"

static void check_envelope(const struct nbt_envelope *envelope, const uint8_t *data)
{
	uint8_t again[NBT_ENVELOPE_LEN];

	must(nbt_envelope_encode(envelope, again, sizeof(again)) == NBT_OK);
	must(memcmp(again, data, sizeof(again)) == 0);
}

/* One is for a name service packet, or for a datagram, and has no flags that nobody knows. */
static void check_refusals(struct nbt_envelope envelope, const struct nbt_packet *packet)
{
	uint8_t wire[NBT_ENVELOPE_LEN];
	size_t len;

	envelope.flags |= NBT_LOCAL_DATAGRAM;
	must(nbt_local_encode(&envelope, packet, wire, sizeof(wire), &len) == NBT_EVALUE);
	envelope.flags = 0x80;
	must(nbt_envelope_encode(&envelope, wire, sizeof(wire)) == NBT_EVALUE);
}

static void check_round_trip(const struct nbt_envelope *envelope, const struct nbt_packet *packet)
{
	static uint8_t wire[2 * NBT_LOCAL_MESSAGE_MAX];
	struct nbt_envelope again;
	struct nbt_packet packet_again;
	size_t len;

	must(nbt_local_encode(envelope, packet, wire, sizeof(wire), &len) == NBT_OK);
	must(nbt_local_decode(&again, &packet_again, wire, len) == NBT_OK);
	must(nbt_packet_equal(packet, &packet_again));
	must(nbt_local_encode(envelope, packet, wire, len - 1, &len) == NBT_ESPACE);
	check_refusals(*envelope, packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nbt_envelope envelope;
	struct nbt_packet packet;

	if (size > NBT_LOCAL_MESSAGE_MAX)
		return 0;
	if (nbt_envelope_decode(&envelope, data, size) == NBT_OK)
		check_envelope(&envelope, data);
	if (nbt_local_decode(&envelope, &packet, data, size) == NBT_OK)
		check_round_trip(&envelope, &packet);
	return 0;
}
