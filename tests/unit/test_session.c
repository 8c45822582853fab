/* Session service packets. */
#include "support.h"

#include <arpa/inet.h>

#include <nbt/session.h>

#define SMBSERVER                                                                                  \
	" 20 43 4b 46 44 45 4e 45 43 46 44 45 46 46 43 46 47 45 46 46 43 43 41 43 41 43 41 43 41"  \
	" 43 41 43 41 00 "
#define FRED                                                                                       \
	" 20 45 47 46 43 45 46 45 45 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41"  \
	" 43 41 43 41 00 "

static const struct packet_case {
	const char *what, *hex;
	struct {
		uint8_t type, flags;
		uint32_t length;
		const char *called, *calling;
		uint8_t error_code;
		const char *retarget_address;
		uint16_t retarget_port;
		const char *data;
	} want;
} packets[] = {
	{ "a request",
	  "81 00 00 44" SMBSERVER FRED,
	  { NBT_SES_REQUEST, 0, 68, "*SMBSERVER<20>", "FRED<20>", 0, NULL, 0, NULL } },
	{ "a positive response",
	  "82 00 00 00",
	  { NBT_SES_POSITIVE, 0, 0, NULL, NULL, 0, NULL, 0, NULL } },
	{ "a negative response",
	  "83 00 00 01 8f",
	  { NBT_SES_NEGATIVE, 0, 1, NULL, NULL, NBT_SES_ERR_UNSPECIFIED, NULL, 0, NULL } },
	{ "a retarget response",
	  "84 00 00 06 0a 00 00 07 01 bd",
	  { NBT_SES_RETARGET, 0, 6, NULL, NULL, 0, "10.0.0.7", 445, NULL } },
	{ "a message",
	  "00 00 00 04 64 61 74 61",
	  { NBT_SES_MESSAGE, 0, 4, NULL, NULL, 0, NULL, 0, "data" } },
	{ "an empty message",
	  "00 00 00 00",
	  { NBT_SES_MESSAGE, 0, 0, NULL, NULL, 0, NULL, 0, "" } },
	{ "a message with reserved flags",
	  "00 fe 00 01 78",
	  { NBT_SES_MESSAGE, 0xFE, 1, NULL, NULL, 0, NULL, 0, "x" } },
	{ "a keep alive",
	  "85 00 00 00",
	  { NBT_SES_KEEPALIVE, 0, 0, NULL, NULL, 0, NULL, 0, NULL } },
};

static void fill_wanted(struct nbt_session *s, const struct packet_case *c)
{
	*s = (struct nbt_session){
		.type = c->want.type,
		.flags = c->want.flags,
		.length = c->want.length,
		.error_code = c->want.error_code,
		.retarget_port = c->want.retarget_port,
		.data = (const uint8_t *)c->want.data,
	};
	if (c->want.called != NULL) {
		s->called = name_of(c->want.called);
		s->calling = name_of(c->want.calling);
	}
	if (c->want.retarget_address != NULL)
		s->retarget_address.s_addr = inet_addr(c->want.retarget_address);
}

static void packets_are_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
		struct nbt_session want, got;
		uint8_t wire[128];
		size_t len = unhex(wire, sizeof(wire), packets[i].hex), frame_len;

		fill_wanted(&want, &packets[i]);
		memset(&got, 0xEE, sizeof(got));
		assert_error(packets[i].what, nbt_session_frame(wire, len, &frame_len), NBT_OK);
		assert_int_equal(frame_len, len);
		assert_error(packets[i].what, nbt_session_decode(&got, wire, len), NBT_OK);
		if (!nbt_session_equal(&want, &got) || got.length != want.length)
			fail_msg("%s: decoded to something else", packets[i].what);
	}
}

static void packets_are_encoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
		struct nbt_session s;
		uint8_t want[128], got[128];
		size_t want_len = unhex(want, sizeof(want), packets[i].hex), len;

		fill_wanted(&s, &packets[i]);
		for (size_t size = 0; size < want_len; size++) {
			memset(got, 0xEE, sizeof(got));
			assert_error(packets[i].what, nbt_session_encode(&s, got, size, &len),
				     NBT_ESPACE);
			for (size_t at = size; at < sizeof(got); at++)
				assert_int_equal(got[at], 0xEE);
		}
		assert_error(packets[i].what, nbt_session_encode(&s, got, want_len, &len), NBT_OK);
		assert_int_equal(len, want_len);
		assert_memory_equal(got, want, len);
	}
}

static void cut_and_longer_packets_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
		struct nbt_session s;
		uint8_t wire[129] = { 0 };
		size_t len = unhex(wire, sizeof(wire) - 1, packets[i].hex), frame_len;

		for (size_t cut = 0; cut < len; cut++)
			assert_error(packets[i].what, nbt_session_decode(&s, wire, cut),
				     NBT_ETRUNC);
		for (size_t cut = 0; cut < NBT_SESSION_HEADER_LEN; cut++)
			assert_error(packets[i].what, nbt_session_frame(wire, cut, &frame_len),
				     NBT_ETRUNC);
		assert_error(packets[i].what, nbt_session_decode(&s, wire, len + 1), NBT_ETRAILING);
	}
}

static void malformed_packets_are_refused(void **state)
{
	static const struct {
		const char *what, *hex;
		enum nbt_error want;
	} cases[] = {
		{ "type 01", "01 00 00 00", NBT_EVALUE },
		{ "type 80", "80 00 00 00", NBT_EVALUE },
		{ "type 86", "86 00 00 00", NBT_EVALUE },
		{ "type FF", "ff 00 00 00", NBT_EVALUE },
		{ "a request without names", "81 00 00 00", NBT_ETRUNC },
		{ "a request with more than names", "81 00 00 45" SMBSERVER FRED "00",
		  NBT_ETRAILING },
		{ "a request with a pointer", "81 00 00 24" SMBSERVER "c0 04", NBT_EPOINTER },
		{ "a positive response with a trailer", "82 00 00 01 00", NBT_ETRAILING },
		{ "a negative response without code", "83 00 00 00", NBT_ETRUNC },
		{ "a retarget response without port", "84 00 00 04 0a 00 00 07", NBT_ETRUNC },
		{ "a keep alive with a trailer", "85 00 00 01 00", NBT_ETRAILING },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_session s;
		uint8_t wire[128];
		size_t len = unhex(wire, sizeof(wire), cases[i].hex);

		assert_error(cases[i].what, nbt_session_decode(&s, wire, len), cases[i].want);
	}
}

static void the_length_has_seventeen_bits(void **state)
{
	static uint8_t data[NBT_SESSION_LENGTH_MAX + 1],
		wire[sizeof(data) + NBT_SESSION_HEADER_LEN];
	static const struct {
		uint32_t length;
		uint8_t header[NBT_SESSION_HEADER_LEN];
	} cases[] = {
		{ 0xFFFF, { 0, 0, 0xFF, 0xFF } },
		{ 0x10000, { 0, 1, 0x00, 0x00 } },
		{ 0x1FFFF, { 0, 1, 0xFF, 0xFF } },
	};
	struct nbt_session in = { .type = NBT_SES_MESSAGE, .data = data }, out;
	size_t len, frame_len;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		in.length = cases[i].length;
		in.flags ^= NBT_SES_FLAG_EXTENSION; /* the length decides, not this */
		assert_error("encode", nbt_session_encode(&in, wire, sizeof(wire), &len), NBT_OK);
		assert_memory_equal(wire, cases[i].header, NBT_SESSION_HEADER_LEN);
		assert_error("frame", nbt_session_frame(wire, 4, &frame_len), NBT_OK);
		assert_int_equal(frame_len, len);
		assert_error("decode", nbt_session_decode(&out, wire, len), NBT_OK);
		assert_int_equal(out.length, in.length);
		assert_true(nbt_session_equal(&in, &out));
	}
	in.length = NBT_SESSION_LENGTH_MAX + 1;
	assert_error("too long", nbt_session_encode(&in, wire, sizeof(wire), &len), NBT_EVALUE);
	in.type = 0x86;
	assert_error("type", nbt_session_encode(&in, wire, sizeof(wire), &len), NBT_EVALUE);
}

static void a_difference_in_any_field_is_seen(void **state)
{
	struct nbt_session request, negative, retarget, message, b;

	(void)state;
	fill_wanted(&request, &packets[0]);
	fill_wanted(&negative, &packets[2]);
	fill_wanted(&retarget, &packets[3]);
	fill_wanted(&message, &packets[4]);
#define DIFFERS(from, change)                                                                      \
	do {                                                                                       \
		b = (from);                                                                        \
		change;                                                                            \
		if (nbt_session_equal(&(from), &b))                                                \
			fail_msg("not seen: %s", #change);                                         \
	} while (0)
	DIFFERS(request, b.type++);
	DIFFERS(request, b.flags = 2);
	DIFFERS(request, b.called.bytes[0]++);
	DIFFERS(request, b.called_scope = scope_of("X"));
	DIFFERS(request, b.calling.bytes[0]++);
	DIFFERS(request, b.calling_scope = scope_of("X"));
	DIFFERS(negative, b.error_code++);
	DIFFERS(retarget, b.retarget_address.s_addr++);
	DIFFERS(retarget, b.retarget_port++);
	DIFFERS(message, b.length--);
	DIFFERS(message, b.data = (const uint8_t *)"Data");
#undef DIFFERS
	assert_true(nbt_session_equal(&request, &request));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_decoded),
		cmocka_unit_test(packets_are_encoded),
		cmocka_unit_test(cut_and_longer_packets_are_refused),
		cmocka_unit_test(malformed_packets_are_refused),
		cmocka_unit_test(the_length_has_seventeen_bits),
		cmocka_unit_test(a_difference_in_any_field_is_seen),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
