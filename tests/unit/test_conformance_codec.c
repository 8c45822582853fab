/* Conformance cases 1 to 10 of the name service: the codec. */
#include "support.h"

#include <nbt/packet.h>

#include "vectors.h"

#define QUESTION_AT NBT_HEADER_LEN
#define PLAIN_LEN   34

static const struct nbt_scope no_scope;

static void case_01_plain_name(void **state)
{
	struct nbt_name name = name_of("FRED<20>");
	struct nbt_scope scope;
	uint8_t v5[VECTOR_LEN_MAX], wire[PLAIN_LEN];
	size_t len;

	(void)state;
	unhex(v5, sizeof(v5), vectors[5].hex);
	assert_error("encode", nbt_name_encode(&name, &no_scope, wire, sizeof(wire), &len), NBT_OK);
	assert_int_equal(len, PLAIN_LEN);
	assert_memory_equal(wire, v5 + QUESTION_AT, PLAIN_LEN);

	memset(&name, 0xEE, sizeof(name));
	assert_error("decode", nbt_name_decode(&name, &scope, wire, len, &len), NBT_OK);
	assert_memory_equal(name.bytes, "FRED           \x20", NBT_NAME_LEN);
	assert_int_equal(nbt_name_suffix(&name), 0x20);
	assert_int_equal(scope.len, 0);
}

static void case_02_scoped_name(void **state)
{
	struct nbt_name name;
	struct nbt_scope scope;
	uint8_t v12[VECTOR_LEN_MAX], wire[VECTOR_LEN_MAX];
	char text[NBT_SCOPE_TEXT_MAX];
	size_t v12_len = unhex(v12, sizeof(v12), vectors[12].hex), len;

	(void)state;
	assert_error("decode", nbt_name_decode(&name, &scope, v12, v12_len, &len), NBT_OK);
	assert_int_equal(len, v12_len);
	assert_string_equal(nbt_scope_print(&scope, text, sizeof(text)), "NETBIOS.COM");
	assert_error("encode", nbt_name_encode(&name, &scope, wire, sizeof(wire), &len), NBT_OK);
	assert_int_equal(len, v12_len);
	assert_memory_equal(wire, v12, v12_len);
}

static void case_03_pointer_to_the_question(void **state)
{
	struct nbt_packet p;
	uint8_t v1[VECTOR_LEN_MAX];
	size_t len = unhex(v1, sizeof(v1), vectors[1].hex);

	(void)state;
	assert_int_equal(v1[50], 0xC0);
	assert_error("decode", nbt_packet_decode(&p, v1, len), NBT_OK);
	assert_true(nbt_name_equal(&p.record[0].of.name, &p.question[0].name));
	assert_true(nbt_scope_equal(&p.record[0].of.scope, &p.question[0].scope));
}

static void case_04_pointer_loops(void **state)
{
	struct nbt_packet p;
	uint8_t v1[VECTOR_LEN_MAX];
	size_t len = unhex(v1, sizeof(v1), vectors[1].hex);

	(void)state;
	v1[51] = 50; /* to itself */
	assert_error("itself", nbt_packet_decode(&p, v1, len), NBT_EPOINTER);

	/* The question's scope points to the record's name, which points back. */
	unhex(v1 + 45, 2, "c0 32");
	v1[51] = 45;
	assert_error("loop of two", nbt_packet_decode(&p, v1, len), NBT_EPOINTER);
}

static void case_05_first_label_length(void **state)
{
	static const uint8_t lengths[] = { 0x1F, 0x21, 0x60, 0x80 };
	struct nbt_packet p;
	uint8_t v5[VECTOR_LEN_MAX];
	size_t len = unhex(v5, sizeof(v5), vectors[5].hex);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		v5[QUESTION_AT] = lengths[i];
		assert_error("first label", nbt_packet_decode(&p, v5, len), NBT_ELABEL);
	}
}

static void case_06_letters(void **state)
{
	static const char letters[] = { 'Q', 'e' };
	struct nbt_packet p;
	uint8_t v5[VECTOR_LEN_MAX];
	size_t len = unhex(v5, sizeof(v5), vectors[5].hex);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		for (size_t at = QUESTION_AT + 1; at < QUESTION_AT + 33; at++) {
			uint8_t kept = v5[at];

			v5[at] = (uint8_t)letters[i];
			assert_error("letter", nbt_packet_decode(&p, v5, len), NBT_ELABEL);
			v5[at] = kept;
		}
}

static void case_07_cut_packets(void **state)
{
	static const uint8_t no_terminator[] = "\x20"
					       "EGFCEFEECACACACACACACACACACACACA";
	struct nbt_packet p;
	struct nbt_name name;
	struct nbt_scope scope;
	uint8_t v5[VECTOR_LEN_MAX];
	size_t len = unhex(v5, sizeof(v5), vectors[5].hex), used;

	(void)state;
	assert_error("label beyond the end", nbt_packet_decode(&p, v5, QUESTION_AT + 20),
		     NBT_ETRUNC);
	assert_error("missing terminator", nbt_name_decode(&name, &scope, no_terminator, 33, &used),
		     NBT_ETRUNC);
	assert_error("11 bytes", nbt_packet_decode(&p, v5, 11), NBT_ETRUNC);
	v5[4] = v5[5] = 0xFF;
	assert_error("65535 questions", nbt_packet_decode(&p, v5, len), NBT_ECOUNT);
}

static void case_08_wildcards(void **state)
{
	struct nbt_name name;
	uint8_t wire[PLAIN_LEN];
	size_t len;

	(void)state;
	assert_error("*", nbt_name_make(&name, "*", 0), NBT_OK);
	assert_error("encode", nbt_name_encode(&name, &no_scope, wire, sizeof(wire), &len), NBT_OK);
	assert_memory_equal(wire,
			    "\x20"
			    "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
			    PLAIN_LEN);

	assert_error("*SMBSERVER", nbt_name_make(&name, "*SMBSERVER", 0x20), NBT_OK);
	assert_error("encode", nbt_name_encode(&name, &no_scope, wire, sizeof(wire), &len), NBT_OK);
	assert_memory_equal(wire,
			    "\x20"
			    "CKFDENECFDEFFCFGEFFCCACACACACACA",
			    PLAIN_LEN);
}

static void case_09_node_status_lengths(void **state)
{
	static const uint8_t no_mac[6];
	static struct nbt_node_status status;
	uint8_t rdata[1 + 20 * 18] = { 20 };

	(void)state;
	assert_error("20 names in 100 bytes", nbt_node_status_decode(&status, rdata, 100),
		     NBT_ETRUNC);
	memset(&status, 0xEE, sizeof(status));
	assert_error("no statistics", nbt_node_status_decode(&status, rdata, sizeof(rdata)),
		     NBT_OK);
	assert_int_equal(status.count, 20);
	assert_memory_equal(status.unit_id, no_mac, sizeof(no_mac));
}

static void case_10_long_scopes(void **state)
{
	struct nbt_name name = name_of("FRED<20>");
	struct nbt_scope scope, got;
	char text[237 + 1];
	uint8_t wire[NBT_NAME_WIRE_MAX];
	size_t len;

	(void)state;
	memset(text, 'X', 237);
	text[237] = '\0';
	text[63] = text[127] = text[191] = '.';
	assert_error("237 characters", nbt_scope_from_text(&scope, text), NBT_OK);
	assert_int_equal(nbt_scope_length(&scope), 237);
	assert_error("encode", nbt_name_encode(&name, &scope, wire, sizeof(wire), &len), NBT_OK);
	assert_error("decode", nbt_name_decode(&name, &got, wire, len, &len), NBT_OK);
	assert_true(nbt_scope_equal(&scope, &got));

	text[64] = '\0';
	text[63] = 'X';
	assert_error("64 in a label", nbt_scope_from_text(&scope, text), NBT_ETEXT);
	scope.len = 65;
	memset(scope.labels, 64, 65);
	assert_error("64 in a label", nbt_name_encode(&name, &scope, wire, sizeof(wire), &len),
		     NBT_ELABEL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_01_plain_name),
		cmocka_unit_test(case_02_scoped_name),
		cmocka_unit_test(case_03_pointer_to_the_question),
		cmocka_unit_test(case_04_pointer_loops),
		cmocka_unit_test(case_05_first_label_length),
		cmocka_unit_test(case_06_letters),
		cmocka_unit_test(case_07_cut_packets),
		cmocka_unit_test(case_08_wildcards),
		cmocka_unit_test(case_09_node_status_lengths),
		cmocka_unit_test(case_10_long_scopes),
	};

	return cmocka_run_group_tests_name("conformance: codec", tests, NULL, NULL);
}
