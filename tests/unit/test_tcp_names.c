/* Answers of name servers by TCP: which ones are to our question. */
#include "support.h"

#include <nbt/packet.h>

#include "nbddd/tcp_names.h"

#define ID 0x0102

static const struct answer_case {
	const char *what;
	uint16_t id, flags; /* of what comes */
	size_t cut;         /* bytes that are missing at its end */
	bool is_ours;
} cases[] = {
	{ "an answer", ID, NBT_FLAG_AA, 0, true },
	{ "another id", ID + 1, NBT_FLAG_AA, 0, false },
	{ "a byte is missing", ID, NBT_FLAG_AA, 1, false },
	{ "most is missing", ID, NBT_FLAG_AA, 40, false },
};

static void only_an_answer_to_the_question_is_taken(void **state)
{
	static const uint8_t rdata[12] = { 0x80, 0, 10, 0, 0, 1, 0x80, 0, 10, 0, 0, 2 };
	const struct nbt_scope scope = { 0 };
	struct nbt_name name;

	(void)state;
	assert_int_equal(nbt_name_from_text(&name, "LAB<1E>", 0), NBT_OK);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct answer_case *c = &cases[i];
		struct nbt_packet packet, got;
		uint8_t bytes[600];
		size_t len;

		nbt_make_response(&packet, NBT_OP_QUERY, c->id, c->flags, NBT_RCODE_OK, &name,
				  &scope, NBT_TYPE_NB, 300, rdata, sizeof(rdata));
		assert_int_equal(nbt_packet_encode(&packet, bytes, sizeof(bytes), &len), NBT_OK);
		if (tcp_names_decode(&got, bytes, len - c->cut, ID) != c->is_ours)
			fail_msg("%s", c->what);
	}
}

static void a_question_is_no_answer(void **state)
{
	const struct nbt_scope scope = { 0 };
	struct nbt_packet packet, got;
	struct nbt_name name;
	uint8_t bytes[600];
	size_t len;

	(void)state;
	assert_int_equal(nbt_name_from_text(&name, "LAB<1E>", 0), NBT_OK);
	nbt_make_query(&packet, ID, NBT_FLAG_RD, &name, &scope, NBT_TYPE_NB);
	assert_int_equal(nbt_packet_encode(&packet, bytes, sizeof(bytes), &len), NBT_OK);
	assert_false(tcp_names_decode(&got, bytes, len, ID));
}

static void nothing_is_no_answer(void **state)
{
	struct nbt_packet got;

	(void)state;
	assert_false(tcp_names_decode(&got, NULL, 0, ID));
	assert_false(tcp_names_decode(&got, (const uint8_t *)"", 0, ID));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_an_answer_to_the_question_is_taken),
		cmocka_unit_test(a_question_is_no_answer),
		cmocka_unit_test(nothing_is_no_answer),
	};

	return cmocka_run_group_tests_name("tcp_names", tests, NULL, NULL);
}
