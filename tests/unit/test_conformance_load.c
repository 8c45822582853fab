/* Conformance case 70 of name-service.md 18: load. */
#include "nbns.h"

#include <stdio.h>

static void register_number(struct nbns *ns, uint16_t flags, int number)
{
	char name[32];

	snprintf(name, sizeof(name), "HOST%d<20>", number);
	claim(ns, &ns->a, flags, name, UNIQUE);
}

static void case_70_burst_handling(void **state)
{
	struct nbns *ns = nbns_new();
	struct nbt_packet answer;

	(void)state;
	ns->settings.burst_limit = 50;
	nbns_start(ns);
	ns->stalled = true;
	for (int i = 1; i <= 50; i++) {
		register_number(ns, REGISTER, i);
		expect_silence(ns);
	}
	for (int i = 51; i <= 150; i++) {
		register_number(ns, REGISTER, i);
		expect_ttl(ns, &ns->a, 300);
	}
	for (int i = 151; i <= 160; i++) {
		register_number(ns, REGISTER, i);
		expect_ttl(ns, &ns->a, 600);
	}
	expect_silence(ns);
	assert_int_equal(registry_count(ns->registry), 50);

	/* Queries and releases go on. */
	query(ns, &ns->c, 0x0100, "HOST7<20>");
	expect_addresses(ns, &ns->c, NBT_NB_H, "10.0.0.1");
	claim(ns, &ns->b, RELEASE, "HOST160<20>", UNIQUE);
	expect_positive(ns, &ns->b);

	/* The store is back: the first 50 get what they waited for, in their order. */
	ns->stalled = false;
	nbns_commit(ns);
	for (int i = 1; i <= 50; i++) {
		next_packet(ns, &answer, __LINE__);
		assert_int_equal(nbt_packet_flags_word(&answer), 0xAD80);
		assert_int_equal(answer.record[0].ttl, 518400);
		assert_int_equal(answer.id, 0x1000 + i - 1);
	}
	expect_silence(ns);

	/* Who was put off comes back. */
	for (int i = 51; i <= 160; i++) {
		register_number(ns, REFRESH, i);
		expect_positive(ns, &ns->a);
	}
	assert_int_equal(registry_count(ns->registry), 160);
	nbns_free(ns);
}

/* After 50 minutes it starts over. */
static void case_70_ttl_of_long_bursts(void **state)
{
	struct nbns *ns = nbns_new();

	(void)state;
	ns->settings.burst_limit = 1;
	nbns_start(ns);
	ns->stalled = true;
	register_number(ns, REGISTER, 0);
	for (int i = 0; i < 1100; i++) {
		register_number(ns, REGISTER, 1 + i);
		expect_ttl(ns, &ns->a, 300u * ((uint32_t)(i / 100) % 10 + 1));
		expect_silence(ns);
	}
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_70_burst_handling),
		cmocka_unit_test(case_70_ttl_of_long_bursts),
	};

	return cmocka_run_group_tests_name("conformance: load", tests, NULL, NULL);
}
