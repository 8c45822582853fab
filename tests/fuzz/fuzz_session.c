/* Session service packets. */
#include "fuzz.h"

static void check_round_trip(const struct nbt_session *session)
{
	static uint8_t wire[NBT_SESSION_HEADER_LEN + NBT_SESSION_LENGTH_MAX];
	static struct nbt_session again;
	uint8_t *exact;
	size_t len, frame_len;

	must(nbt_session_encode(session, wire, sizeof(wire), &len) == NBT_OK);
	must(nbt_session_frame(wire, len, &frame_len) == NBT_OK && frame_len == len);
	must(nbt_session_decode(&again, wire, len) == NBT_OK);
	must(nbt_session_equal(session, &again));

	exact = malloc(len - 1);
	must(exact != NULL);
	must(nbt_session_encode(session, exact, len - 1, &len) == NBT_ESPACE);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nbt_session session;

	if (nbt_session_decode(&session, data, size) != NBT_OK)
		return 0;
	must(session.length == size - NBT_SESSION_HEADER_LEN);
	check_round_trip(&session);
	FUZZ_DUMP(nbt_dump_session, &session);
	return 0;
}
