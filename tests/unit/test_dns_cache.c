/* What is known from DNS, and who waits for it. */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>

#include <nbt/env.h>

#include "nbnsd/dns/dns_cache.h"

static const struct dns_limits limits = {
	.names = 8, .queries = 4, .timeout_ms = 4000, .positive_ms = 7200000, .negative_ms = 60000
};
static const struct hash_key key = { 1, 2 };
static const struct dns_addresses nothing = { .count = 0 };

static struct dns_addresses found(const char *address)
{
	return (struct dns_addresses){ 1, { { inet_addr(address) } } };
}

static struct dns_waiter client(uint16_t id)
{
	return (struct dns_waiter){ .id = id };
}

static enum dns_verdict ask(struct dns_cache *cache, const char *name, uint16_t id, uint64_t now_ms)
{
	const struct dns_waiter waiter = client(id);
	struct dns_addresses known;

	return dns_cache_ask(cache, name, &waiter, now_ms, &known);
}

static void expect_known(struct dns_cache *cache, const char *name, uint64_t now_ms,
			 const char *address)
{
	const struct dns_waiter waiter = client(99);
	struct dns_addresses known;

	assert_int_equal(dns_cache_ask(cache, name, &waiter, now_ms, &known), DNS_KNOWN);
	assert_int_equal(known.count, address != NULL ? 1 : 0);
	if (address != NULL)
		assert_int_equal(known.address[0].s_addr, inet_addr(address));
}

static uint32_t expect_query(struct dns_cache *cache, const char *name)
{
	char got[DNS_NAME_SIZE];
	uint32_t number = dns_cache_take_query(cache, got);

	assert_int_not_equal(number, DNS_NONE);
	assert_string_equal(got, name);
	return number;
}

static void expect_no_query(struct dns_cache *cache)
{
	char got[DNS_NAME_SIZE];

	assert_int_equal(dns_cache_take_query(cache, got), DNS_NONE);
}

static void expect_due(struct dns_cache *cache, uint64_t now_ms, uint16_t id, const char *address)
{
	struct dns_waiter waiter;
	struct dns_addresses out;

	assert_true(dns_cache_take_due(cache, now_ms, &waiter, &out));
	assert_int_equal(waiter.id, id);
	assert_int_equal(out.count, address != NULL ? 1 : 0);
	if (address != NULL)
		assert_int_equal(out.address[0].s_addr, inet_addr(address));
}

static void expect_none_due(struct dns_cache *cache, uint64_t now_ms)
{
	struct dns_waiter waiter;
	struct dns_addresses out;

	assert_false(dns_cache_take_due(cache, now_ms, &waiter, &out));
}

static void result(struct dns_cache *cache, uint32_t number, const char *address, uint32_t ttl_s,
		   uint64_t now_ms)
{
	struct dns_addresses addresses = found(address);

	dns_cache_result(cache, number, &addresses, ttl_s, false, now_ms);
}

static int setup(void **state)
{
	*state = dns_cache_create(&limits, &key);
	return *state != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	dns_cache_destroy(*state);
	dns_cache_destroy(NULL);
	return 0;
}

static void names_that_dns_may_know(void **state)
{
	static const struct {
		const char *name, *wanted; /* NULL: not for DNS */
	} cases[] = {
		{ "FOO<20>", "FOO" },
		{ "FOO<00>", "FOO" },
		{ "FOO<03>", NULL },
		{ "FOO<1B>", NULL },
		{ "FOO<1C>", NULL },
		{ "FIFTEEN-LETTERS<20>", "FIFTEEN-LETTERS" },
		{ "FOO.BAR<20>", "FOO.BAR" },
		{ "A_B-C.1<20>", "A_B-C.1" },
		{ "A B<20>", NULL },
		{ "FOO!<20>", NULL },
		{ "<00>FOO<20>", NULL },
		{ "FOO<00><20>", NULL },
		{ "F<FF>O<20>", NULL },
		{ "10.1.2.3<20>", NULL }, /* an address, which is no name */
		{ "1234<20>", NULL },
		{ ".FOO<20>", NULL },
	};
	static const struct nbt_name blank = { "               \x20" }, wildcard = { "*" };
	char out[DNS_NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_name name = name_of(cases[i].name);
		bool is_one = dns_name(&name, out);

		if (is_one != (cases[i].wanted != NULL))
			fail_msg("%s: %s", cases[i].name, is_one ? out : "not for DNS");
		if (is_one)
			assert_string_equal(out, cases[i].wanted);
	}
	assert_false(dns_name(&blank, out));
	assert_false(dns_name(&wildcard, out));
}

static void clients_share_a_query(void **state)
{
	struct dns_cache *cache = *state;
	uint32_t number;

	assert_int_equal(dns_cache_deadline(cache), NBT_NEVER);
	assert_int_equal(ask(cache, "FOO", 1, 1000), DNS_WAIT);
	assert_int_equal(ask(cache, "FOO", 1, 1500), DNS_REPEATED);
	assert_int_equal(ask(cache, "FOO", 2, 2000), DNS_WAIT);
	assert_int_equal(ask(cache, "BAR", 3, 2000), DNS_WAIT);
	number = expect_query(cache, "FOO");
	expect_query(cache, "BAR");
	expect_no_query(cache);
	assert_int_equal(dns_cache_deadline(cache), 5000);

	result(cache, number, "10.0.0.1", 600, 3000);
	assert_int_equal(dns_cache_deadline(cache), 0);
	expect_due(cache, 3000, 2, "10.0.0.1");
	expect_due(cache, 3000, 1, "10.0.0.1");
	expect_none_due(cache, 3000);
	expect_known(cache, "FOO", 3000, "10.0.0.1");
	assert_int_equal(dns_cache_deadline(cache), 6000);
}

static void what_is_known_grows_old(void **state)
{
	static const struct {
		const char *what;
		uint32_t ttl_s;
		bool failed, has_address;
		uint64_t kept_ms;
	} cases[] = {
		{ "its TTL", 600, false, true, 600000 },
		{ "no longer than the limit", 86400, false, true, 7200000 },
		{ "at least a second", 0, false, true, 1000 },
		{ "what is not there", 0, false, false, 60000 },
		{ "what could not be asked", 0, true, false, 5000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct dns_cache *cache = dns_cache_create(&limits, &key);
		struct dns_addresses one = found("10.0.0.1");
		const char *address = cases[i].has_address ? "10.0.0.1" : NULL;

		assert_int_equal(ask(cache, "FOO", 1, 0), DNS_WAIT);
		dns_cache_result(cache, expect_query(cache, "FOO"),
				 address != NULL ? &one : &nothing, cases[i].ttl_s, cases[i].failed,
				 100);
		expect_due(cache, 100, 1, address);
		expect_known(cache, "FOO", 100 + cases[i].kept_ms - 1, address);
		if (ask(cache, "FOO", 2, 100 + cases[i].kept_ms) != DNS_WAIT)
			fail_msg("%s: kept longer", cases[i].what);
		expect_query(cache, "FOO");
		dns_cache_destroy(cache);
	}
	(void)state;
}

/* The client gets its answer in time; what DNS says later is for the next one. */
static void late_result_is_kept(void **state)
{
	struct dns_cache *cache = *state;
	uint32_t number;

	assert_int_equal(ask(cache, "FOO", 1, 1000), DNS_WAIT);
	number = expect_query(cache, "FOO");
	expect_none_due(cache, 4999);
	expect_due(cache, 5000, 1, NULL);
	expect_known(cache, "FOO", 6000, NULL);
	assert_int_equal(ask(cache, "FOO", 2, 10000), DNS_WAIT); /* the same query goes on */
	expect_no_query(cache);
	result(cache, number, "10.0.0.1", 600, 11000);
	expect_due(cache, 11000, 2, "10.0.0.1");
	expect_known(cache, "FOO", 12000, "10.0.0.1");
}

/* What is known stays so when nobody can be asked about another name. */
static void without_queries_no_name_is_forgotten(void **state)
{
	static const char *const asked[] = { "A", "B", "C", "D" };
	struct dns_cache *cache = *state;
	char name[] = "K0";

	for (uint16_t i = 0; i < 4; i++) {
		name[1] = (char)('0' + i);
		assert_int_equal(ask(cache, name, i, 0), DNS_WAIT);
		result(cache, expect_query(cache, name), "10.0.0.1", 600, 0);
		expect_due(cache, 0, i, "10.0.0.1");
	}
	for (uint16_t i = 0; i < 4; i++)
		assert_int_equal(ask(cache, asked[i], (uint16_t)(10 + i), 1), DNS_WAIT);
	assert_int_equal(ask(cache, "E", 20, 1), DNS_BUSY);
	expect_known(cache, "K0", 2, "10.0.0.1");
}

static void queries_are_bounded(void **state)
{
	struct dns_cache *cache = *state;
	uint32_t number;

	assert_int_equal(ask(cache, "A", 1, 0), DNS_WAIT);
	assert_int_equal(ask(cache, "B", 2, 0), DNS_WAIT);
	assert_int_equal(ask(cache, "C", 3, 0), DNS_WAIT);
	assert_int_equal(ask(cache, "D", 4, 0), DNS_WAIT);
	assert_int_equal(ask(cache, "E", 5, 0), DNS_BUSY);
	assert_int_equal(ask(cache, "A", 6, 0), DNS_WAIT); /* it costs no query */
	number = expect_query(cache, "A");
	result(cache, number, "10.0.0.1", 600, 10);
	assert_int_equal(ask(cache, "E", 7, 10), DNS_WAIT);
	/* Timed out is not over: DNS still owes the results. */
	expect_due(cache, 4000, 6, "10.0.0.1");
	expect_due(cache, 4000, 1, "10.0.0.1");
	expect_due(cache, 4000, 2, NULL);
	expect_due(cache, 4000, 3, NULL);
	expect_due(cache, 4000, 4, NULL);
	expect_none_due(cache, 4000);
	assert_int_equal(ask(cache, "F", 8, 4000), DNS_BUSY);
}

static void clients_are_bounded(void **state)
{
	struct dns_cache *cache = *state;
	unsigned waiting = 0;

	for (uint16_t id = 0; id < 2000; id++)
		waiting += ask(cache, "FOO", id, 0) == DNS_WAIT;
	assert_int_equal(waiting, 32);
	for (uint16_t id = 0; id < 2000; id++)
		waiting += ask(cache, id % 2 ? "BAR" : "BAZ", id, 0) == DNS_WAIT;
	assert_int_equal(waiting, 96);
}

/* The oldest goes, but none that is being asked for. */
static void names_are_bounded(void **state)
{
	struct dns_cache *cache = *state;
	char name[8];

	assert_int_equal(ask(cache, "SLOW", 1, 0), DNS_WAIT);
	expect_query(cache, "SLOW");
	for (uint16_t i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "N%u", i);
		assert_int_equal(ask(cache, name, i, 0), DNS_WAIT);
		result(cache, expect_query(cache, name), "10.0.0.1", 600, 0);
		expect_due(cache, 0, i, "10.0.0.1");
	}
	expect_known(cache, "N99", 1, "10.0.0.1");
	expect_known(cache, "N93", 1, "10.0.0.1");
	assert_int_equal(ask(cache, "N92", 1, 1), DNS_WAIT);
	assert_int_equal(ask(cache, "SLOW", 2, 1), DNS_WAIT);
	expect_query(cache, "N92");
	expect_no_query(cache);
}

/* Many names and results in any order; every client that waits is answered once. */
static void every_client_is_answered_once(void **state)
{
	struct dns_cache *cache = *state;
	uint32_t lot = 1, under_way[4], asked = 0, busy = 0, answered = 0, waits = 0;
	struct dns_waiter waiter;
	struct dns_addresses out, one = found("10.0.0.1");
	char name[DNS_NAME_SIZE];

	for (uint32_t step = 0; step < 200000; step++) {
		uint64_t now_ms = step * 7;
		uint32_t number;

		lot = lot * 1664525 + 1013904223;
		snprintf(name, sizeof(name), "N%u", lot >> 24 & 15);
		if ((lot >> 8 & 3) != 0) {
			enum dns_verdict verdict = ask(cache, name, (uint16_t)step, now_ms);

			waits += verdict == DNS_WAIT;
			busy += verdict == DNS_BUSY;
		} else if (asked > 0) {
			uint32_t which = (lot >> 12) % asked;

			dns_cache_result(cache, under_way[which], lot & 1 ? &one : &nothing,
					 lot >> 28, lot >> 30 == 0, now_ms);
			under_way[which] = under_way[--asked];
		}
		while ((number = dns_cache_take_query(cache, name)) != DNS_NONE) {
			assert_true(asked < ARRAY_SIZE(under_way));
			under_way[asked++] = number;
		}
		if (lot >> 31)
			while (dns_cache_take_due(cache, now_ms, &waiter, &out))
				answered++;
		assert_true(answered <= waits);
	}
	while (asked > 0)
		dns_cache_result(cache, under_way[--asked], &nothing, 0, true, 2000000);
	while (dns_cache_take_due(cache, 2000000, &waiter, &out))
		answered++;
	assert_int_equal(answered, waits);
	assert_true(waits > 1000 && busy > 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(names_that_dns_may_know),
		TEST(clients_share_a_query),
		TEST(what_is_known_grows_old),
		TEST(late_result_is_kept),
		TEST(without_queries_no_name_is_forgotten),
		TEST(queries_are_bounded),
		TEST(clients_are_bounded),
		TEST(names_are_bounded),
		TEST(every_client_is_answered_once),
	};

	return cmocka_run_group_tests_name("dns_cache", tests, NULL, NULL);
}
