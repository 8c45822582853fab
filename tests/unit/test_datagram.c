/* Datagram service packets. */
#include "support.h"

#include <arpa/inet.h>

#include <nbt/datagram.h>

#define FRED                                                                                       \
	" 20 45 47 46 43 45 46 45 45 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41"  \
	" 43 41 43 41 00 "
#define LAB_1E                                                                                     \
	" 20 45 4d 45 42 45 43 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41"  \
	" 43 41 42 4f 00 "
#define FRED_X                                                                                     \
	" 20 45 47 46 43 45 46 45 45 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41"  \
	" 43 41 43 41 01 58 00 "
#define HEADER " 12 34 0a 00 00 05 00 8a "

static const struct packet_case {
	const char *what, *hex;
	struct {
		uint8_t type, flags;
		uint16_t length, offset;
		const char *source, *source_scope, *destination;
		const char *data;
		uint8_t error_code;
	} want;
} packets[] = {
	{ "a datagram to a name",
	  "10 02" HEADER "00 48 00 00" FRED LAB_1E "64 61 74 61",
	  { NBT_DGM_DIRECT_UNIQUE, 0x02, 72, 0, "FRED<20>", "", "LAB<1E>", "data", 0 } },
	{ "a datagram to a group, no data, H node",
	  "11 0e" HEADER "00 44 00 00" FRED LAB_1E,
	  { NBT_DGM_DIRECT_GROUP, 0x0E, 68, 0, "FRED<20>", "", "LAB<1E>", "", 0 } },
	{ "a broadcast datagram with a scope, reserved bit set",
	  "12 1a" HEADER "00 47 00 00" FRED_X LAB_1E "78",
	  { NBT_DGM_BROADCAST, 0x1A, 71, 0, "FRED<20>", "X", "LAB<1E>", "x", 0 } },
	{ "the second fragment of a datagram: the names are in the first",
	  "11 08" HEADER "00 02 01 f0"
	  "68 69",
	  { NBT_DGM_DIRECT_GROUP, 0x08, 2, 0x1F0, NULL, NULL, NULL, "hi", 0 } },
	{ "a datagram error",
	  "13 02" HEADER "82",
	  { NBT_DGM_ERROR, 0x02, 0, 0, NULL, NULL, NULL, "", NBT_DGM_ERR_DESTINATION } },
	{ "a query",
	  "14 02" HEADER LAB_1E,
	  { NBT_DGM_QUERY_REQUEST, 0x02, 0, 0, NULL, NULL, "LAB<1E>", "", 0 } },
	{ "a positive response",
	  "15 02" HEADER LAB_1E,
	  { NBT_DGM_POSITIVE_RESPONSE, 0x02, 0, 0, NULL, NULL, "LAB<1E>", "", 0 } },
	{ "a negative response",
	  "16 02" HEADER LAB_1E,
	  { NBT_DGM_NEGATIVE_RESPONSE, 0x02, 0, 0, NULL, NULL, "LAB<1E>", "", 0 } },
};

static void fill_wanted(struct nbt_datagram *d, const struct packet_case *c)
{
	*d = (struct nbt_datagram){
		.type = c->want.type,
		.flags = c->want.flags,
		.id = 0x1234,
		.source_port = NBT_DATAGRAM_PORT,
		.length = c->want.length,
		.offset = c->want.offset,
		.data = (const uint8_t *)c->want.data,
		.data_len = strlen(c->want.data),
		.error_code = c->want.error_code,
	};
	d->source_address.s_addr = inet_addr("10.0.0.5");
	if (c->want.source != NULL) {
		d->source = name_of(c->want.source);
		d->source_scope = scope_of(c->want.source_scope);
	}
	if (c->want.destination != NULL)
		d->destination = name_of(c->want.destination);
}

static void packets_are_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
		struct nbt_datagram want, got;
		uint8_t wire[256];
		size_t len = unhex(wire, sizeof(wire), packets[i].hex);

		fill_wanted(&want, &packets[i]);
		memset(&got, 0xEE, sizeof(got));
		assert_error(packets[i].what, nbt_datagram_decode(&got, wire, len), NBT_OK);
		if (!nbt_datagram_equal(&want, &got) || got.length != want.length)
			fail_msg("%s: decoded to something else", packets[i].what);
	}
}

static void members_without_meaning_are_zero(void **state)
{
	static const struct nbt_datagram zero;
	struct nbt_datagram got;
	uint8_t wire[256];
	size_t len = unhex(wire, sizeof(wire), "13 02" HEADER "82");

	(void)state;
	memset(&got, 0xEE, sizeof(got));
	assert_error("error", nbt_datagram_decode(&got, wire, len), NBT_OK);
	assert_int_equal(got.length, 0);
	assert_null(got.data);
	assert_int_equal(got.data_len, 0);
	assert_memory_equal(&got.source, &zero.source, sizeof(zero.source));
	assert_memory_equal(&got.destination, &zero.destination, sizeof(zero.destination));
	assert_int_equal(got.source_scope.len, 0);
}

static void packets_are_encoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
		struct nbt_datagram d;
		uint8_t want[256], got[256];
		size_t want_len = unhex(want, sizeof(want), packets[i].hex), len;

		fill_wanted(&d, &packets[i]);
		for (size_t size = 0; size < want_len; size++) {
			memset(got, 0xEE, sizeof(got));
			assert_error(packets[i].what, nbt_datagram_encode(&d, got, size, &len),
				     NBT_ESPACE);
			for (size_t at = size; at < sizeof(got); at++)
				assert_int_equal(got[at], 0xEE);
		}
		assert_error(packets[i].what, nbt_datagram_encode(&d, got, want_len, &len), NBT_OK);
		assert_int_equal(len, want_len);
		assert_memory_equal(got, want, len);
	}
}

static void cut_packets_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
		struct nbt_datagram d;
		uint8_t wire[256];
		size_t len =
			unhex(wire, sizeof(wire), packets[i].hex) - strlen(packets[i].want.data);

		for (size_t cut = 1; cut < len; cut++)
			assert_error(packets[i].what, nbt_datagram_decode(&d, wire, cut),
				     NBT_ETRUNC);
	}
}

static void malformed_packets_are_refused(void **state)
{
	static const struct {
		const char *what, *hex;
		enum nbt_error want;
	} cases[] = {
		{ "type 0", "00 02" HEADER "00 44 00 00" FRED LAB_1E, NBT_EVALUE },
		{ "type below the first", "0f 02" HEADER "00 44 00 00" FRED LAB_1E, NBT_EVALUE },
		{ "type behind the last", "17 02" HEADER LAB_1E, NBT_EVALUE },
		{ "type 255", "ff 02" HEADER LAB_1E, NBT_EVALUE },
		{ "length that ends in the second name",
		  "10 02" HEADER "00 43 00 00" FRED LAB_1E "00", NBT_ETRUNC },
		{ "a pointer as second name", "10 02" HEADER "00 24 00 00" FRED "c0 0e",
		  NBT_EPOINTER },
		{ "a pointer as name of a query", "14 02" HEADER "c0 00", NBT_EPOINTER },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_datagram d;
		uint8_t wire[256];
		size_t len = unhex(wire, sizeof(wire), cases[i].hex);

		assert_error(cases[i].what, nbt_datagram_decode(&d, wire, len), cases[i].want);
	}
}

static void bytes_behind_the_length_are_no_data(void **state)
{
	struct nbt_datagram d;
	uint8_t wire[256];
	size_t len =
		unhex(wire, sizeof(wire), "10 02" HEADER "00 46 00 00" FRED LAB_1E "68 69 00 00");

	(void)state;
	assert_error("padded", nbt_datagram_decode(&d, wire, len), NBT_OK);
	assert_int_equal(d.data_len, 2);
	assert_memory_equal(d.data, "hi", 2);
}

/* As in fragments, where it is of the whole, and from senders that count the header. */
static void the_length_may_be_beyond_the_packet(void **state)
{
	struct nbt_datagram d;
	uint8_t wire[256];
	size_t len = unhex(wire, sizeof(wire), "10 03" HEADER "02 00 00 00" FRED LAB_1E "68 69");

	(void)state;
	assert_error("first fragment", nbt_datagram_decode(&d, wire, len), NBT_OK);
	assert_int_equal(d.length, 0x200);
	assert_int_equal(d.data_len, 2);
	assert_memory_equal(d.data, "hi", 2);
}

static void impossible_packets_are_not_encoded(void **state)
{
	static uint8_t wire[70000], data[UINT16_MAX];
	struct nbt_datagram d;
	size_t len;

	(void)state;
	fill_wanted(&d, &packets[0]);
	d.type = 0x17;
	assert_error("type", nbt_datagram_encode(&d, wire, sizeof(wire), &len), NBT_EVALUE);
	d.type = NBT_DGM_BROADCAST;
	d.data = data;
	d.data_len = UINT16_MAX - 68;
	assert_error("longest", nbt_datagram_encode(&d, wire, sizeof(wire), &len), NBT_OK);
	d.data_len++;
	assert_error("too long", nbt_datagram_encode(&d, wire, sizeof(wire), &len), NBT_EVALUE);
}

static void a_difference_in_any_field_is_seen(void **state)
{
	struct nbt_datagram a, b, error, query;

	(void)state;
	fill_wanted(&a, &packets[0]);
	fill_wanted(&error, &packets[4]);
	fill_wanted(&query, &packets[5]);
#define DIFFERS(from, change)                                                                      \
	do {                                                                                       \
		b = (from);                                                                        \
		change;                                                                            \
		if (nbt_datagram_equal(&(from), &b))                                               \
			fail_msg("not seen: %s", #change);                                         \
	} while (0)
	DIFFERS(a, b.type++);
	DIFFERS(a, b.flags++);
	DIFFERS(a, b.id++);
	DIFFERS(a, b.source_address.s_addr++);
	DIFFERS(a, b.source_port++);
	DIFFERS(a, b.offset++);
	DIFFERS(a, b.source.bytes[0]++);
	DIFFERS(a, b.source_scope = scope_of("X"));
	DIFFERS(a, b.destination.bytes[0]++);
	DIFFERS(a, b.destination_scope = scope_of("X"));
	DIFFERS(a, b.data = (const uint8_t *)"Data");
	DIFFERS(a, b.data_len--);
	DIFFERS(error, b.error_code++);
	DIFFERS(query, b.destination.bytes[15]++);
#undef DIFFERS
	assert_true(nbt_datagram_equal(&a, &a));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_decoded),
		cmocka_unit_test(members_without_meaning_are_zero),
		cmocka_unit_test(packets_are_encoded),
		cmocka_unit_test(cut_packets_are_refused),
		cmocka_unit_test(malformed_packets_are_refused),
		cmocka_unit_test(bytes_behind_the_length_are_no_data),
		cmocka_unit_test(the_length_may_be_beyond_the_packet),
		cmocka_unit_test(impossible_packets_are_not_encoded),
		cmocka_unit_test(a_difference_in_any_field_is_seen),
	};

	return cmocka_run_group_tests_name("datagram", tests, NULL, NULL);
}
