/* Datagram service packets. */
#include "fuzz.h"

static void check_round_trip(const struct nbt_datagram *datagram)
{
	static uint8_t wire[1 << 17];
	static struct nbt_datagram again;
	uint8_t *exact;
	size_t len, unused;

	must(nbt_datagram_encode(datagram, wire, sizeof(wire), &len) == NBT_OK);
	must(nbt_datagram_decode(&again, wire, len) == NBT_OK);
	must(nbt_datagram_equal(datagram, &again));

	exact = malloc(len - 1);
	must(exact != NULL);
	must(nbt_datagram_encode(datagram, exact, len - 1, &unused) == NBT_ESPACE);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nbt_datagram datagram;

	if (nbt_datagram_decode(&datagram, data, size) != NBT_OK)
		return 0;
	must(datagram.data_len <= datagram.length);
	check_round_trip(&datagram);
	FUZZ_DUMP(nbt_dump_datagram, &datagram);
	return 0;
}
