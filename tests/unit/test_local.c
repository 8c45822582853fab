/* Messages of the local sockets. */
#include "support.h"

#include <arpa/inet.h>

#include <nbt/local.h>

static const struct envelope_case {
	const char *what, *hex;
	uint8_t flags;
	const char *interface, *peer;
	uint16_t peer_port;
} envelopes[] = {
	{ "nothing in particular", "01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", 0, "0.0.0.0",
	  "0.0.0.0", 0 },
	{ "an interface", "01 00 00 00 0a 01 00 05 00 00 00 00 00 00 00 00", 0, "10.1.0.5",
	  "0.0.0.0", 0 },
	{ "a broadcast from a peer", "01 02 00 00 0a 01 00 05 0a 01 00 07 00 89 00 00",
	  NBT_LOCAL_BROADCAST, "10.1.0.5", "10.1.0.7", 137 },
	{ "all members", "01 01 00 00 00 00 00 00 ff ff ff ff ff ff 00 00", NBT_LOCAL_ALL_MEMBERS,
	  "0.0.0.0", "255.255.255.255", 65535 },
};

static void envelopes_are_read_and_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(envelopes); i++) {
		const struct envelope_case *c = &envelopes[i];
		struct nbt_envelope got;
		uint8_t wire[NBT_ENVELOPE_LEN], again[NBT_ENVELOPE_LEN + 1] = { 0 };

		assert_int_equal(unhex(wire, sizeof(wire), c->hex), NBT_ENVELOPE_LEN);
		assert_error(c->what, nbt_envelope_decode(&got, wire, sizeof(wire)), NBT_OK);
		assert_int_equal(got.flags, c->flags);
		assert_int_equal(got.interface.s_addr, inet_addr(c->interface));
		assert_int_equal(got.peer.s_addr, inet_addr(c->peer));
		assert_int_equal(got.peer_port, c->peer_port);
		again[NBT_ENVELOPE_LEN] = 0xEE;
		assert_error(c->what, nbt_envelope_encode(&got, again, sizeof(again)), NBT_OK);
		assert_memory_equal(again, wire, sizeof(wire));
		assert_int_equal(again[NBT_ENVELOPE_LEN], 0xEE);
		for (size_t len = 0; len < NBT_ENVELOPE_LEN; len++) {
			assert_error(c->what, nbt_envelope_encode(&got, again, len), NBT_ESPACE);
			assert_error(c->what, nbt_envelope_decode(&got, wire, len), NBT_ETRUNC);
		}
	}
}

static const struct {
	const char *what, *hex;
} bad[] = {
	{ "version 0", "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00" },
	{ "version 2", "02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00" },
	{ "an unknown flag", "01 08 00 00 00 00 00 00 00 00 00 00 00 00 00 00" },
	{ "not zero before the addresses", "01 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00" },
	{ "not zero behind the port", "01 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00" },
};

static void what_is_not_known_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct nbt_envelope got;
		uint8_t wire[NBT_ENVELOPE_LEN];

		unhex(wire, sizeof(wire), bad[i].hex);
		assert_error(bad[i].what, nbt_envelope_decode(&got, wire, sizeof(wire)),
			     NBT_EVALUE);
	}
	assert_error("a flag that there is not",
		     nbt_envelope_encode(&(struct nbt_envelope){ .flags = 0x80 },
					 (uint8_t[NBT_ENVELOPE_LEN]){ 0 }, NBT_ENVELOPE_LEN),
		     NBT_EVALUE);
}

static struct nbt_packet claim_of(const char *text, uint8_t rdata[NBT_ADDRESS_LEN])
{
	const struct nbt_address address = { .flags = NBT_NB_GROUP };
	struct nbt_name name = name_of(text);
	struct nbt_scope scope = scope_of("NETBIOS.COM");
	struct nbt_packet p;

	nbt_make_claim(&p, NBT_OP_REGISTRATION, 7, NBT_FLAG_RD, &name, &scope, 0, &address, rdata);
	return p;
}

static void messages_are_read_and_written(void **state)
{
	const struct nbt_envelope envelope = { .interface.s_addr = inet_addr("10.1.0.5") };
	uint8_t rdata[NBT_ADDRESS_LEN], wire[200];
	struct nbt_packet packet = claim_of("LAB<1E>", rdata), got;
	struct nbt_envelope got_envelope;
	size_t whole, len;

	(void)state;
	assert_error("a claim", nbt_local_encode(&envelope, &packet, wire, sizeof(wire), &whole),
		     NBT_OK);
	assert_error("a claim", nbt_local_decode(&got_envelope, &got, wire, whole), NBT_OK);
	assert_true(nbt_packet_equal(&packet, &got));
	assert_int_equal(got_envelope.interface.s_addr, envelope.interface.s_addr);
	for (size_t size = 0; size < whole; size++) {
		assert_error("cut", nbt_local_encode(&envelope, &packet, wire, size, &len),
			     NBT_ESPACE);
		assert_int_not_equal(nbt_local_decode(&got_envelope, &got, wire, size), NBT_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(envelopes_are_read_and_written),
		cmocka_unit_test(what_is_not_known_is_refused),
		cmocka_unit_test(messages_are_read_and_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
