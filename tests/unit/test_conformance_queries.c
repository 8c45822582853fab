/* Conformance cases 53 to 60 of name-service.md 18: query details. */
#include "nbns.h"

#include <stdio.h>

#define MASTER      "LAB<1B>"
#define CONTROLLERS "LAB<1C>"

static void controllers(struct nbns *ns, struct client *p)
{
	claim(ns, &ns->a, REGISTER, CONTROLLERS, GROUP);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, CONTROLLERS, GROUP);
	expect_positive(ns, &ns->b);
	claim(ns, p, REGISTER, CONTROLLERS, GROUP);
	expect_positive(ns, p);
}

static void case_53_the_domain_master_leads(void **state)
{
	struct nbns *ns = nbns_run();
	struct client p = client_at("10.0.0.7");

	(void)state;
	claim(ns, &p, REGISTER, MASTER, UNIQUE);
	expect_positive(ns, &p);
	controllers(ns, &p);
	query(ns, &ns->c, 0x0100, CONTROLLERS);
	expect_addresses(ns, &ns->c, NBT_NB_GROUP, "10.0.0.7 10.0.0.1 10.0.0.2");

	ns->settings.prepend_1b = false;
	nbns_restart(ns);
	query(ns, &ns->c, 0x0100, CONTROLLERS);
	expect_addresses(ns, &ns->c, NBT_NB_GROUP, "10.0.0.1 10.0.0.2 10.0.0.7");
	nbns_free(ns);
}

static void case_53_of_a_single_controller(void **state)
{
	struct nbns *ns = nbns_run();
	struct client p = client_at("10.0.0.7");

	(void)state;
	claim(ns, &p, REGISTER, MASTER, UNIQUE);
	expect_positive(ns, &p);
	claim(ns, &ns->a, REGISTER, CONTROLLERS, GROUP);
	expect_positive(ns, &ns->a);
	query(ns, &ns->c, 0x0100, CONTROLLERS);
	expect_addresses(ns, &ns->c, NBT_NB_GROUP, "10.0.0.7 10.0.0.1");

	claim(ns, &p, RELEASE, MASTER, UNIQUE); /* it leads only while it is active */
	expect_positive(ns, &p);
	query(ns, &ns->c, 0x0100, CONTROLLERS);
	expect_addresses(ns, &ns->c, NBT_NB_GROUP, "10.0.0.1");
	nbns_free(ns);
}

static void case_54_the_domain_master_leads_a_full_list(void **state)
{
	struct nbns *ns = nbns_run();
	struct nbt_packet answer;
	char address[16];

	(void)state;
	claim_for(ns, &ns->a, REGISTER, MASTER, UNIQUE, "10.0.0.7");
	expect_positive(ns, &ns->a);
	for (int i = 1; i <= 25; i++) {
		snprintf(address, sizeof(address), "10.0.1.%d", i);
		claim_for(ns, &ns->a, REGISTER, CONTROLLERS, GROUP, address);
		expect_positive(ns, &ns->a);
	}
	query(ns, &ns->c, 0x0100, CONTROLLERS);
	next_packet(ns, &answer, __LINE__);
	assert_int_equal(nbt_packet_flags_word(&answer), 0x8580);
	assert_int_equal(nbt_record_address_count(&answer.record[0]), 25);
	assert_int_equal(nbt_record_address(&answer.record[0], 0).address.s_addr,
			 client_at("10.0.0.7").address.s_addr);
	for (size_t i = 1; i < 25; i++)
		assert_int_not_equal(nbt_record_address(&answer.record[0], i).address.s_addr,
				     client_at("10.0.0.7").address.s_addr);
	nbns_free(ns);
}

static void case_55_a_domain_master_alone_is_no_group(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, MASTER, UNIQUE);
	expect_positive(ns, &ns->a);
	query(ns, &ns->c, 0x0100, CONTROLLERS);
	expect_negative(ns, &ns->c);
	nbns_free(ns);
}

static void case_56_a_special_group_without_live_addresses(void **state)
{
	struct nbns *ns = nbns_run();
	struct record record =
		record_of(ns, CONTROLLERS, RECORD_SPECIAL_GROUP, "10.0.0.1 10.0.0.2");

	(void)state;
	claim(ns, &ns->a, REGISTER, MASTER, UNIQUE);
	expect_positive(ns, &ns->a);
	record.address[0].expiry = record.address[1].expiry =
		service_lease_now(ns->service, &ns->env) - 1;
	plant(ns, &record);
	query(ns, &ns->c, 0x0100, CONTROLLERS);
	expect_negative(ns, &ns->c);
	nbns_free(ns);
}

static void case_57_a_released_normal_group_is_still_found(void **state)
{
	struct nbns *ns = nbns_run();
	struct record record;

	(void)state;
	claim(ns, &ns->a, REGISTER, "LAB<1E>", GROUP);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->a, RELEASE, "LAB<1E>", GROUP);
	expect_positive(ns, &ns->a);
	record = record_named(ns, "LAB<1E>");
	assert_int_equal(record.state, RECORD_RELEASED);
	query(ns, &ns->c, 0x0100, "LAB<1E>");
	expect_addresses(ns, &ns->c, NBT_NB_GROUP, "255.255.255.255");

	record.state = RECORD_TOMBSTONE;
	plant(ns, &record);
	query(ns, &ns->c, 0x0100, "LAB<1E>");
	expect_addresses(ns, &ns->c, NBT_NB_GROUP, "255.255.255.255");
	nbns_free(ns);
}

static void case_58_a_released_unique_name_is_not_found(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->a, RELEASE, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	query(ns, &ns->c, 0x0100, "FRED<20>");
	expect_negative(ns, &ns->c);
	nbns_free(ns);
}

static void case_59_without_recursion_only_own_names(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	query(ns, &ns->c, 0x0000, "FRED<20>");
	expect_negative(ns, &ns->c);
	query(ns, &ns->c, 0x0000, "OFFICE1<20>");
	expect_addresses(ns, &ns->c, NBT_NB_H, NS_ADDRESS);
	query(ns, &ns->c, 0x0100, "OFFICE1<20>");
	expect_addresses(ns, &ns->c, NBT_NB_H, NS_ADDRESS);
	nbns_free(ns);
}

static void case_60_node_status_of_the_server(void **state)
{
	struct nbns *ns = nbns_run();
	struct nbt_node_status status;
	struct nbt_packet answer;

	(void)state;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	node_status(ns, &ns->c, 0x0000, "*");
	next_packet(ns, &answer, __LINE__);
	assert_int_equal(nbt_packet_flags_word(&answer), 0x8400);
	assert_int_equal(answer.record[0].of.type, NBT_TYPE_NBSTAT);
	assert_int_equal(answer.record[0].rdata_len, 47 + 18 * 5);
	assert_int_equal(
		nbt_node_status_decode(&status, answer.record[0].rdata, answer.record[0].rdata_len),
		NBT_OK);
	assert_int_equal(status.count, 5);
	assert_int_equal(status.unit_id[5], 0x55);

	node_status(ns, &ns->c, 0x0000, "FRED<20>");
	node_status(ns, &ns->c, 0x0000, "WILMA<20>");
	expect_silence(ns);
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_53_the_domain_master_leads),
		cmocka_unit_test(case_53_of_a_single_controller),
		cmocka_unit_test(case_54_the_domain_master_leads_a_full_list),
		cmocka_unit_test(case_55_a_domain_master_alone_is_no_group),
		cmocka_unit_test(case_56_a_special_group_without_live_addresses),
		cmocka_unit_test(case_57_a_released_normal_group_is_still_found),
		cmocka_unit_test(case_58_a_released_unique_name_is_not_found),
		cmocka_unit_test(case_59_without_recursion_only_own_names),
		cmocka_unit_test(case_60_node_status_of_the_server),
	};

	return cmocka_run_group_tests_name("conformance: queries", tests, NULL, NULL);
}
