/* How far we are behind partners, by what they have shown. */
#include "support.h"

#include "nbnsd/control/lag.h"
#include "replication_bench.h"

#define PARTNER "10.0.0.2"
#define SECOND  "10.0.0.3"
#define OWNER   "10.0.0.7"
#define REFUSED "10.0.0.8"

/* Up to its map. */
static int show_map(struct bench *b, const char *partner, const char *owners)
{
	int wire = bench_answer_dial(b, partner, 5);

	bench_expect_map_request(b, wire);
	bench_say_owners(b, wire, NBT_REPL_MAP_RESPONSE, owners, NULL);
	return wire;
}

static struct lag lag(const struct bench *b, const char *owner)
{
	return lag_of_owner(b->all, ip(owner), service_version_of(&b->service, ip(owner)));
}

static void nothing_is_behind_without_partners(void **state)
{
	(void)state;
	assert_int_equal(lag_of_owner(NULL, ip(OWNER), 5).behind, 0);
	assert_true(lag_of_owner(NULL, ip(OWNER), 5).asked_ms == NBT_NEVER);
}

static void what_a_map_shows_is_missing_until_it_has_come(void **state)
{
	const struct in_addr refused = ip(REFUSED);
	struct bench *b = bench_create();
	int wire;

	(void)state;
	bench_partner(b, PARTNER);
	b->settings.refused_owners = &refused;
	b->settings.refused_owner_count = 1;
	fake_add(&b->service, ip(PARTNER), "OLD", 20);
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.1=0 10.0.0.2=30 10.0.0.7=5 10.0.0.8=100");
	assert_int_equal(lag(b, PARTNER).behind, 10);
	assert_int_equal(lag(b, OWNER).behind, 5);
	assert_true(lag(b, OWNER).asked_ms == NBT_NEVER);
	assert_int_equal(lag(b, "10.0.0.9").behind, 0);
	assert_int_equal(partners_behind(b->all, 0), 15);

	bench_expect_request(b, wire, PARTNER, 21, 30);
	bench_say_records(b, wire, "22");
	assert_int_equal(lag(b, PARTNER).behind, 0);
	assert_int_equal(partners_behind(b->all, 0), 5);
	bench_expect_request(b, wire, OWNER, 1, 5);
	bench_say_records(b, wire, "");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(partners_behind(b->all, 0), 0);
	assert_int_equal(lag(b, OWNER).behind, 0);
	assert_int_equal(lag(b, OWNER).asked_ms, b->env.now_ms);
	bench_destroy(b);
}

static void the_partner_that_has_most_counts_and_the_latest_pull(void **state)
{
	struct bench *b = bench_create();
	uint64_t then_ms;
	int wire;

	(void)state;
	bench_partner(b, PARTNER);
	bench_partner(b, SECOND);
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.7=5");
	bench_expect_request(b, wire, OWNER, 1, 5);
	bench_say_records(b, wire, "5");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	then_ms = b->env.now_ms;
	bench_pass(b, 1000);
	assert_int_equal(partners_pull(b->all, ip(SECOND), &b->env), 0);
	wire = show_map(b, SECOND, "10.0.0.7=8");
	assert_int_equal(lag(b, OWNER).behind, 3);
	assert_int_equal(lag(b, OWNER).asked_ms, then_ms);
	assert_int_equal(partners_behind(b->all, 0), 0);
	assert_int_equal(partners_behind(b->all, 1), 3);
	bench_destroy(b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_behind_without_partners),
		cmocka_unit_test(what_a_map_shows_is_missing_until_it_has_come),
		cmocka_unit_test(the_partner_that_has_most_counts_and_the_latest_pull),
	};

	return cmocka_run_group_tests_name("nbnsd/control/lag", tests, NULL, NULL);
}
