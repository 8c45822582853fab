/* Name service packets. */
#include "fuzz.h"

#include <string.h>

static void check_addresses(const struct nbt_record *record)
{
	for (size_t i = 0; i < nbt_record_address_count(record); i++) {
		struct nbt_address address = nbt_record_address(record, i);
		uint8_t entry[NBT_ADDRESS_LEN];

		nbt_address_write(entry, &address, 1);
		must(memcmp(entry, record->rdata + i * NBT_ADDRESS_LEN, NBT_ADDRESS_LEN) == 0);
	}
}

/* decode(encode(x)) is x; a buffer that is one byte too small is not written beyond its end. */
static void check_round_trip(const struct nbt_packet *packet)
{
	static uint8_t wire[1 << 19]; /* four records of 64 KiB */
	static struct nbt_packet again;
	uint8_t *exact;
	size_t len, unused;

	must(nbt_packet_encode(packet, wire, sizeof(wire), &len) == NBT_OK);
	must(nbt_packet_decode(&again, wire, len) == NBT_OK);
	must(nbt_packet_equal(packet, &again));

	exact = malloc(len - 1);
	must(exact != NULL);
	must(nbt_packet_encode(packet, exact, len - 1, &unused) == NBT_ESPACE);
	free(exact);
}

static void check_differences(const struct nbt_packet *packet)
{
	static struct nbt_packet other;

	other = *packet;
	other.id++;
	must(!nbt_packet_equal(packet, &other));
	other = *packet;
	if (other.question_count > 0) {
		other.question[0].klass++;
		must(!nbt_packet_equal(packet, &other));
	}
	other = *packet;
	if (nbt_packet_record_count(&other) > 0) {
		other.record[0].ttl++;
		must(!nbt_packet_equal(packet, &other));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nbt_packet packet;

	if (nbt_packet_decode(&packet, data, size) != NBT_OK)
		return 0;
	for (size_t i = 0; i < nbt_packet_record_count(&packet); i++)
		check_addresses(&packet.record[i]);
	check_round_trip(&packet);
	check_differences(&packet);
	FUZZ_DUMP(nbt_dump_packet, &packet);
	return 0;
}
