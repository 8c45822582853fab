/* Conformance cases 11 to 23 of name-service.md 18: basic service. */
#include "nbns.h"

#include "vectors.h"

static void case_11_registration_of_a_new_name(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	send_hex(ns, &ns->a, vectors[1].hex);
	expect_hex(ns, &ns->a, vectors[2].hex);
	expect_silence(ns);
	nbns_free(ns);
}

static void case_12_query_of_a_unique_name(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim_for(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE, "10.0.0.5");
	expect_positive(ns, &ns->a);
	send_hex(ns, &ns->c, vectors[5].hex);
	expect_hex(ns, &ns->c, vectors[6].hex);
	nbns_free(ns);
}

static void case_13_query_of_an_unknown_name(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	send_hex(ns, &ns->c, vectors[5].hex);
	expect_hex(ns, &ns->c, vectors[7].hex);
	nbns_free(ns);
}

static void case_14_names_are_case_sensitive(void **state)
{
	struct nbns *ns = nbns_run();
	const struct nbt_scope scope = { 0 };
	struct nbt_name name;

	(void)state;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	assert_int_equal(nbt_name_make_exact(&name, "fred", 0x20), NBT_OK);
	nbt_make_query(&ns->c.sent, 1, NBT_FLAG_RD, &name, &scope, NBT_TYPE_NB);
	send_again(ns, &ns->c);
	expect_negative(ns, &ns->c);
	nbns_free(ns);
}

static void case_15_the_scope_is_part_of_the_name(void **state)
{
	struct nbns *ns = nbns_run();
	const struct nbt_scope scope = scope_of("X");
	const struct nbt_name name = name_of("FRED<20>");

	(void)state;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	nbt_make_query(&ns->c.sent, 1, NBT_FLAG_RD, &name, &scope, NBT_TYPE_NB);
	send_again(ns, &ns->c);
	expect_negative(ns, &ns->c);
	nbns_free(ns);
}

static void case_16_broadcast_requests_are_not_for_us(void **state)
{
	static const uint16_t claims[] = { 0x2910, 0x2810, 0x7910, 0x4010, 0x4810, 0x3010 };
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	for (size_t i = 0; i < ARRAY_SIZE(claims); i++) {
		claim(ns, &ns->b, claims[i], "FRED<20>", UNIQUE);
		claim(ns, &ns->b, claims[i], "WILMA<20>", UNIQUE);
		send_packet(ns, &ns->b, &ns->b.sent, true);
	}
	query(ns, &ns->b, 0x0110, "FRED<20>");
	send_packet(ns, &ns->b, &ns->b.sent, true);
	query(ns, &ns->b, 0x0110, "WILMA<20>");
	expect_silence(ns);
	expect_lists(ns, "FRED<20>", "10.0.0.1");
	assert_false(has_record(ns, "WILMA<20>"));
	nbns_free(ns);
}

static void case_17_stray_responses_are_dropped(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	say_mine(ns, &ns->a, 0x4711, "FRED<20>", "10.0.0.1");
	send_hex(ns, &ns->a, vectors[2].hex);
	send_hex(ns, &ns->a, vectors[4].hex);
	expect_silence(ns);
	assert_int_equal(stat_value(ns, "dropped.response"), 3);
	nbns_free(ns);
}

static void case_18_unknown_opcodes_are_dropped(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	for (uint16_t opcode = 0; opcode < NBT_OPCODE_COUNT; opcode++) {
		if (opcode == 0 || opcode == 5 || opcode == 6 || opcode == 8 || opcode == 9 ||
		    opcode == 15)
			continue;
		claim(ns, &ns->a, (uint16_t)(opcode << NBT_OPCODE_SHIFT), "FRED<20>", UNIQUE);
	}
	expect_silence(ns);
	assert_int_equal(registry_count(ns->registry), 0);
	nbns_free(ns);
}

static void send_with_rdata(struct nbns *ns, uint16_t len)
{
	static const uint8_t rdata[12] = { 0x60, 0, 10, 0, 0, 1 };

	ns->a.sent.record[0].rdata = rdata;
	ns->a.sent.record[0].rdata_len = len;
	send_again(ns, &ns->a);
}

static void case_19_malformed_registrations_are_dropped(void **state)
{
	static const uint8_t opcodes[] = { 5, 6, 8, 9, 15 };
	const struct nbt_scope scope = { 0 };
	const struct nbt_name name = name_of("FRED<20>");
	const struct nbt_address entry = { UNIQUE, { 0x0100000A } };
	struct nbns *ns = nbns_run();
	struct nbt_packet *sent = &ns->a.sent;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		nbt_make_claim(sent, (enum nbt_opcode)opcodes[i], 1, NBT_FLAG_RD, &name, &scope, 0,
			       &entry, ns->a.rdata);
		sent->additional_count = 0;
		send_again(ns, &ns->a);
		sent->additional_count = 1;
		send_with_rdata(ns, 5);
		send_with_rdata(ns, 0);
		send_with_rdata(ns, 7);
		sent->record[0].of.type = NBT_TYPE_NULL;
		send_with_rdata(ns, 6);
		sent->record[0].of.type = NBT_TYPE_NB;
		sent->question[0].klass = 3;
		send_with_rdata(ns, 6);
	}
	expect_silence(ns);
	assert_int_equal(registry_count(ns->registry), 0);
	assert_int_equal(stat_value(ns, "dropped.malformed"), 6 * ARRAY_SIZE(opcodes));
	nbns_free(ns);
}

static void case_20_recursion_is_not_asked_for(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, 0x2800, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->a, 0x7800, "WILMA<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	assert_true(has_record(ns, "FRED<20>") && has_record(ns, "WILMA<20>"));
	nbns_free(ns);
}

static void case_21_refresh_of_an_unknown_name(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, 0x4000, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a); /* which has opcode 5 */
	expect_lists(ns, "FRED<20>", "10.0.0.1");
	claim(ns, &ns->a, 0x4800, "WILMA<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	expect_lists(ns, "WILMA<20>", "10.0.0.1");
	nbns_free(ns);
}

static void case_22_the_renewal_interval_is_granted(void **state)
{
	static const uint32_t proposed[] = { 0, 60, 300000, 0xFFFFFFFF };
	static const char *const new_names[] = { "A<20>", "B<20>", "C<20>", "D<20>" };
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	for (size_t i = 0; i < ARRAY_SIZE(proposed); i++) {
		ns->a.sent.id++;
		ns->a.sent.record[0].ttl = proposed[i];
		send_again(ns, &ns->a);
		expect_ttl(ns, &ns->a, 518400);
		ns->a.sent.id++;
		ns->a.sent.question[0].name = ns->a.sent.record[0].of.name = name_of(new_names[i]);
		send_again(ns, &ns->a);
		expect_ttl(ns, &ns->a, 518400);
		assert_int_equal(record_named(ns, new_names[i]).expiry, 100000 + 518400);
	}
	nbns_free(ns);
}

static void case_23_answers_go_to_the_source_port(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	ns->a.port = 40000;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	query(ns, &ns->a, 0x0100, "FRED<20>");
	expect_addresses(ns, &ns->a, NBT_NB_H, "10.0.0.1");
	claim(ns, &ns->a, RELEASE, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_11_registration_of_a_new_name),
		cmocka_unit_test(case_12_query_of_a_unique_name),
		cmocka_unit_test(case_13_query_of_an_unknown_name),
		cmocka_unit_test(case_14_names_are_case_sensitive),
		cmocka_unit_test(case_15_the_scope_is_part_of_the_name),
		cmocka_unit_test(case_16_broadcast_requests_are_not_for_us),
		cmocka_unit_test(case_17_stray_responses_are_dropped),
		cmocka_unit_test(case_18_unknown_opcodes_are_dropped),
		cmocka_unit_test(case_19_malformed_registrations_are_dropped),
		cmocka_unit_test(case_20_recursion_is_not_asked_for),
		cmocka_unit_test(case_21_refresh_of_an_unknown_name),
		cmocka_unit_test(case_22_the_renewal_interval_is_granted),
		cmocka_unit_test(case_23_answers_go_to_the_source_port),
	};

	return cmocka_run_group_tests_name("conformance: basic service", tests, NULL, NULL);
}
