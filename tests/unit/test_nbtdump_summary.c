/* What a capture comes to. */
#include "nbtdump_packets.h"
#include "support.h"

#include "tools/nbtdump_summary.h"

#define SECOND    1000000
#define BROADCAST 255

static const struct nbt_scope no_scope;
static struct dump_summary *summary;
static json_t *result;

static int setup(void **state)
{
	(void)state;
	summary = dump_summary_create();
	return summary == NULL;
}

static int teardown(void **state)
{
	(void)state;
	json_decref(result);
	result = NULL;
	dump_summary_destroy(summary);
	return 0;
}

static const json_t *rows(const char *key)
{
	json_decref(result);
	result = dump_summary_json(summary);
	return json_object_get(result, key);
}

static const char *text_of(const json_t *rows, size_t i, const char *key)
{
	return json_string_value(json_object_get(json_array_get(rows, i), key));
}

static json_int_t number_of(const json_t *rows, size_t i, const char *key)
{
	return json_integer_value(json_object_get(json_array_get(rows, i), key));
}

static void ask(const char *text, uint8_t from)
{
	const struct nbt_name name = name_of(text);
	struct nbt_packet p;

	nbt_make_query(&p, 1, NBT_FLAG_RD | NBT_FLAG_B, &name, &no_scope, NBT_TYPE_NB);
	dump_summary_add(summary, packet_of_name(&p, from, BROADCAST, SECOND));
}

/* With an address, or rcode. */
static void answer(enum nbt_opcode opcode, const char *text, uint8_t from, uint8_t to,
		   enum nbt_rcode rcode)
{
	static const struct nbt_address address = { .flags = NBT_NB_H };
	const struct nbt_name name = name_of(text);
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_packet p;

	nbt_address_write(rdata, &address, 1);
	nbt_make_response(&p, opcode, 1, NBT_FLAG_AA, rcode, &name, &no_scope, NBT_TYPE_NB, 0,
			  rdata, sizeof(rdata));
	dump_summary_add(summary, packet_of_name(&p, from, to, SECOND));
}

static void browse(unsigned opcode, const char *host, const char *workgroup, uint8_t from,
		   unsigned second)
{
	struct nbt_browse f = { .opcode = opcode,
				.server_type = NBT_SV_MASTER_BROWSER,
				.election_version = 1,
				.criteria = 0x20010F00u + from };
	char source[32], destination[32];

	snprintf(f.name, sizeof(f.name), "%s", host);
	snprintf(source, sizeof(source), "%s<00>", host);
	snprintf(destination, sizeof(destination), "%s<1E>", workgroup);
	dump_summary_add(summary, packet_of_frame(&f, source, destination, from, BROADCAST,
						  (int64_t)second * SECOND));
}

static void elect(const char *host, uint8_t from, unsigned second)
{
	browse(NBT_BROWSE_ELECTION, host, "OFFICE", from, second);
}

static void announce(const char *host, uint8_t from, unsigned second)
{
	browse(NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, host, "OFFICE", from, second);
}

static void test_who_talks_to_whom(void **state)
{
	const json_t *pairs;

	(void)state;
	ask("FRED<20>", 1);
	announce("BOSS", 2, 1);
	announce("BOSS", 2, 2);
	pairs = rows("pairs");
	assert_int_equal(json_array_size(pairs), 2);
	assert_int_equal(number_of(pairs, 0, "packets"), 2);
	assert_string_equal(json_string_value(json_object_get(
				    json_object_get(json_array_get(pairs, 0), "from"), "name")),
			    "BOSS<00>");
}

static void test_names_in_vain(void **state)
{
	const json_t *names;

	(void)state;
	ask("FOUND<20>", 1);
	answer(NBT_OP_QUERY, "FOUND<20>", 2, 1, NBT_RCODE_OK);
	ask("ONCE<20>", 1);
	for (int i = 0; i < 3; i++)
		ask("NOBODY<20>", i < 2 ? 1 : 3);
	ask("DENIED<20>", 1);
	ask("DENIED<20>", 1);
	answer(NBT_OP_QUERY, "DENIED<20>", 2, 1, NBT_RCODE_NAM_ERR);
	names = rows("in_vain");
	assert_int_equal(json_array_size(names), 3);
	assert_string_equal(text_of(names, 0, "name"), "NOBODY<20>");
	assert_int_equal(number_of(names, 0, "asked"), 3);
	assert_true(json_is_true(json_object_get(json_array_get(names, 0), "by_others")));
	assert_string_equal(text_of(names, 1, "name"), "DENIED<20>");
	assert_int_equal(number_of(names, 1, "denied"), 1);
	assert_string_equal(text_of(names, 2, "name"), "ONCE<20>");
}

static void test_elections(void **state)
{
	const json_t *elections;

	(void)state;
	announce("OLD", 9, 1);
	elect("WEAK", 1, 10);
	elect("STRONG", 2, 11);
	elect("STRONG", 2, 12);
	announce("STRONG", 2, 14);
	announce("STRONG", 2, 74);
	elect("LATE", 3, 80);
	elect("MUCH LATER", 3, 800); /* nobody spoke for long: another one */
	elections = rows("elections");
	assert_int_equal(json_array_size(elections), 3);
	assert_string_equal(text_of(elections, 0, "workgroup"), "OFFICE");
	assert_string_equal(text_of(elections, 0, "master"), "STRONG");
	assert_int_equal(number_of(elections, 0, "frames"), 3);
	assert_int_equal(json_array_size(json_object_get(json_array_get(elections, 0), "stood")),
			 2);
	assert_true(json_is_null(json_object_get(json_array_get(elections, 1), "master")));
	assert_int_equal(number_of(elections, 2, "frames"), 1);
}

static bool is_rival(const json_t *masters, size_t i)
{
	return json_is_true(json_object_get(json_array_get(masters, i), "rival"));
}

static void test_rivals(void **state)
{
	const json_t *masters;

	(void)state;
	announce("FIRST", 1, 10);
	announce("FIRST", 1, 20);
	announce("SECOND", 2, 30); /* it took over */
	announce("SECOND", 2, 40);
	browse(NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, "OTHER", "ELSEWHERE", 3, 35);
	masters = rows("masters");
	assert_int_equal(json_array_size(masters), 3);
	for (size_t i = 0; i < 3; i++)
		assert_false(is_rival(masters, i));
	announce("FIRST", 1, 50); /* it did not */
	masters = rows("masters");
	assert_true(is_rival(masters, 0));
	assert_true(is_rival(masters, 1));
	assert_false(is_rival(masters, 2));
}

static void test_conflicts(void **state)
{
	const json_t *conflicts;

	(void)state;
	answer(NBT_OP_REGISTRATION, "FRED<20>", 2, 1, NBT_RCODE_OK);
	answer(NBT_OP_REGISTRATION, "FRED<20>", 2, 1, NBT_RCODE_ACT_ERR);
	answer(NBT_OP_REGISTRATION, "FRED<20>", 2, 1, NBT_RCODE_ACT_ERR);
	answer(NBT_OP_REGISTRATION, "FRED<20>", 2, 1, NBT_RCODE_CFT_ERR);
	conflicts = rows("conflicts");
	assert_int_equal(json_array_size(conflicts), 2);
	assert_int_equal(number_of(conflicts, 0, "times"), 2);
	assert_int_equal(number_of(conflicts, 1, "rcode"), NBT_RCODE_CFT_ERR);
}

/* Tables are full one day; what came before is still there. */
static void test_what_finds_no_room(void **state)
{
	char name[16];

	(void)state;
	ask("FIRST<20>", 1);
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "N%u<20>", i);
		ask(name, 1);
	}
	ask("FIRST<20>", 1);
	assert_string_equal(text_of(rows("in_vain"), 0, "name"), "FIRST<20>");
	assert_int_equal(json_array_size(rows("in_vain")), 16384);
	assert_int_equal(json_integer_value(rows("lost")), 20001 - 16384);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_who_talks_to_whom, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names_in_vain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_elections, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rivals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_conflicts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_finds_no_room, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
