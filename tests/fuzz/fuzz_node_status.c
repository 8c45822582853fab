/* The rdata of a node status response. */
#include "fuzz.h"

#include <string.h>

static bool same_status(const struct nbt_node_status *a, const struct nbt_node_status *b)
{
	return a->count == b->count &&
	       memcmp(a->names, b->names, a->count * sizeof(a->names[0])) == 0 &&
	       memcmp(a->unit_id, b->unit_id, sizeof(a->unit_id)) == 0 &&
	       memcmp(a->statistics, b->statistics, sizeof(a->statistics)) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nbt_node_status status, again;
	uint8_t wire[1 + 18 * NBT_STATUS_MAX_NAMES + NBT_STATUS_STATS_LEN];
	size_t len;

	if (nbt_node_status_decode(&status, data, size) != NBT_OK)
		return 0;
	must(nbt_node_status_encode(&status, wire, sizeof(wire), &len) == NBT_OK);
	must(len == 1 + 18 * (size_t)status.count + NBT_STATUS_STATS_LEN);
	must(nbt_node_status_decode(&again, wire, len) == NBT_OK);
	must(same_status(&status, &again));
	must(nbt_node_status_encode(&status, wire, len - 1, &len) == NBT_ESPACE);
	return 0;
}
