/* Browser frames, of both mailslots: the first byte says which. */
#include <nbt/browse.h>

#include "fuzz.h"

typedef enum nbt_error decode_fn(struct nbt_browse *out, const uint8_t *buf, size_t len);

static void check_round_trip(const struct nbt_browse *browse, decode_fn *decode)
{
	uint8_t wire[NBT_BROWSE_FRAME_MAX];
	struct nbt_browse again;
	size_t len;

	must(nbt_browse_encode(browse, wire, sizeof(wire), &len) == NBT_OK);
	must(decode(&again, wire, len) == NBT_OK);
	/* What was cut may have brought a signature to where a browser's announcement has it. */
	if (again.opcode != browse->opcode)
		must(decode == nbt_lanman_decode);
	else
		must(nbt_browse_equal(browse, &again));
	must(nbt_browse_encode(browse, wire, len - 1, &len) == NBT_ESPACE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode_fn *decode;
	struct nbt_browse browse;

	if (size == 0)
		return 0;
	decode = data[0] & 1 ? nbt_lanman_decode : nbt_browse_decode;
	if (decode(&browse, data + 1, size - 1) != NBT_OK)
		return 0;
	must(nbt_browse_mailslot(browse.opcode) != NULL);
	check_round_trip(&browse, decode);
	FUZZ_DUMP(nbt_dump_browse, &browse);
	return 0;
}
