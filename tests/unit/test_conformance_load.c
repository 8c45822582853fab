/* Conformance cases 70 and 71 of name-service.md 18: load, and DNS. */
#include "nbns.h"

#include <arpa/inet.h>

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

/*
 * DNS, of which the test is the server.
 */

static struct nbns *nbns_with_dns(void)
{
	struct nbns *ns = nbns_new();

	ns->settings.dns = (struct dns_limits){ .names = 100,
						.queries = 10,
						.timeout_ms = 4000,
						.positive_ms = 7200000,
						.negative_ms = 60000 };
	nbns_start(ns);
	return ns;
}

static uint32_t expect_lookup(struct nbns *ns, const char *name)
{
	char got[DNS_NAME_SIZE];
	uint32_t number = service_take_lookup(ns->service, got);

	assert_int_not_equal(number, DNS_NONE);
	assert_string_equal(got, name);
	return number;
}

static void expect_no_lookup(struct nbns *ns)
{
	char got[DNS_NAME_SIZE];

	assert_int_equal(service_take_lookup(ns->service, got), DNS_NONE);
}

/* NULL: it says that there is no such name. */
static void dns_says(struct nbns *ns, uint32_t number, const char *address)
{
	struct dns_addresses found = { .count = 0 };

	if (address != NULL)
		found = (struct dns_addresses){ 1, { { inet_addr(address) } } };
	service_looked_up(ns->service, number, &found, 600, false, &ns->env);
	nbns_pass_ms(ns, 1);
}

static void case_71_dns_knows_the_name(void **state)
{
	struct nbns *ns = nbns_with_dns();
	uint32_t number;

	(void)state;
	query(ns, &ns->a, 0x0100, "FOO<20>");
	expect_silence(ns); /* until DNS has answered */
	number = expect_lookup(ns, "FOO");
	send_again(ns, &ns->a); /* it asks again, but gets one answer */
	expect_no_lookup(ns);

	/* Others are served meanwhile. */
	claim(ns, &ns->b, REGISTER, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->b);
	query(ns, &ns->c, 0x0100, "FRED<20>");
	expect_addresses(ns, &ns->c, NBT_NB_H, "10.0.0.2");

	dns_says(ns, number, "10.9.0.1");
	expect_addresses(ns, &ns->a, 0, "10.9.0.1");
	expect_silence(ns);
	query(ns, &ns->c, 0x0100, "FOO<00>"); /* it is known now */
	expect_addresses(ns, &ns->c, 0, "10.9.0.1");
	expect_no_lookup(ns);
	nbns_free(ns);
}

static void case_71_other_suffixes_are_not_looked_up(void **state)
{
	struct nbns *ns = nbns_with_dns();

	(void)state;
	query(ns, &ns->a, 0x0100, "FOO<03>");
	expect_negative(ns, &ns->a);
	query(ns, &ns->a, 0x0000, "FOO<20>"); /* is it yours? */
	expect_negative(ns, &ns->a);
	expect_no_lookup(ns);
	nbns_free(ns);
}

static void case_71_dns_fails(void **state)
{
	static const struct dns_addresses none = { .count = 0 };
	struct nbns *ns = nbns_with_dns();

	(void)state;
	query(ns, &ns->a, 0x0100, "FOO<20>"); /* there is no such name */
	dns_says(ns, expect_lookup(ns, "FOO"), NULL);
	expect_negative(ns, &ns->a);

	query(ns, &ns->a, 0x0100, "BAR<20>"); /* it cannot be asked */
	service_looked_up(ns->service, expect_lookup(ns, "BAR"), &none, 0, true, &ns->env);
	nbns_pass_ms(ns, 1);
	expect_negative(ns, &ns->a);

	query(ns, &ns->a, 0x0100, "BAZ<20>"); /* it does not answer */
	nbns_pass_ms(ns, 3999);
	expect_silence(ns);
	nbns_pass_ms(ns, 1);
	expect_negative(ns, &ns->a);

	query(ns, &ns->a, 0x0100, "QUX<20>"); /* nonsense */
	expect_lookup(ns, "BAZ");
	dns_says(ns, expect_lookup(ns, "QUX"), "255.255.255.255");
	expect_negative(ns, &ns->a);
	query(ns, &ns->a, 0x0100, "SELF<20>");
	dns_says(ns, expect_lookup(ns, "SELF"), "127.0.0.1");
	expect_negative(ns, &ns->a);
	nbns_free(ns);
}

/* Section 10: without a challenge, also when it comes while DNS is being asked. */
static void case_71_registration_goes_first(void **state)
{
	struct nbns *ns = nbns_with_dns();
	uint32_t number;

	(void)state;
	query(ns, &ns->a, 0x0100, "FOO<20>");
	number = expect_lookup(ns, "FOO");
	claim(ns, &ns->b, REGISTER, "FOO<20>", UNIQUE);
	expect_positive(ns, &ns->b);
	dns_says(ns, number, "10.9.0.1");
	expect_addresses(ns, &ns->a, NBT_NB_H, "10.0.0.2");
	query(ns, &ns->a, 0x0100, "FOO<20>");
	expect_addresses(ns, &ns->a, NBT_NB_H, "10.0.0.2");

	claim(ns, &ns->b, RELEASE, "FOO<20>", UNIQUE); /* it has said goodbye */
	expect_positive(ns, &ns->b);
	query(ns, &ns->a, 0x0100, "FOO<20>");
	expect_negative(ns, &ns->a);
	nbns_free(ns);
}

static void case_71_dns_is_off(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	query(ns, &ns->a, 0x0100, "FOO<20>");
	expect_negative(ns, &ns->a);
	expect_no_lookup(ns);
	nbns_free(ns);
}

/* More wait for the same name than one outbox holds. */
static void case_71_many_clients_wait(void **state)
{
	struct nbns *ns = nbns_with_dns();
	const char *names[] = { "AA<20>", "BB<20>", "CC<20>", "DD<20>", "EE<20>" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (int k = 0; k < 32; k++)
			query(ns, &ns->a, 0x0100, names[i]);
	expect_silence(ns);
	nbns_pass_ms(ns, 4000);
	assert_int_equal(ns->arrived, 160);
	assert_int_equal(stat_value(ns, "query.dns-negative"), 160);
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_70_burst_handling),
		cmocka_unit_test(case_70_ttl_of_long_bursts),
		cmocka_unit_test(case_71_dns_knows_the_name),
		cmocka_unit_test(case_71_other_suffixes_are_not_looked_up),
		cmocka_unit_test(case_71_dns_fails),
		cmocka_unit_test(case_71_registration_goes_first),
		cmocka_unit_test(case_71_dns_is_off),
		cmocka_unit_test(case_71_many_clients_wait),
	};

	return cmocka_run_group_tests_name("conformance: load and DNS", tests, NULL, NULL);
}
