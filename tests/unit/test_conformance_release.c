/* Conformance cases 61 to 67 and 69 of name-service.md 18: release and ageing; 68 is in
 * test_nbnsd_conf.c. */
#include "nbns.h"

#define FRED "FRED<20>"

static void case_61_release(void **state)
{
	struct nbns *ns = nbns_run();
	uint64_t version;

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	version = version_of(ns, FRED);
	for (int i = 0; i < 2; i++) {
		claim(ns, &ns->a, RELEASE, FRED, UNIQUE);
		expect_positive(ns, &ns->a);
		assert_int_equal(record_named(ns, FRED).state, RECORD_RELEASED);
		assert_int_equal(version_of(ns, FRED), version);
	}
	nbns_free(ns);
}

static void case_62_release_by_a_stranger(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	claim_for(ns, &ns->b, RELEASE, FRED, UNIQUE, "10.0.0.1");
	expect_positive(ns, &ns->b);
	claim(ns, &ns->b, RELEASE, FRED, UNIQUE);
	expect_positive(ns, &ns->b);
	assert_int_equal(record_named(ns, FRED).state, RECORD_ACTIVE);
	expect_lists(ns, FRED, "10.0.0.1");
	nbns_free(ns);
}

static void case_63_release_of_an_unknown_name(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, RELEASE, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	assert_false(has_record(ns, FRED));
	nbns_free(ns);
}

static void register_multihomed(struct nbns *ns)
{
	uint16_t id;

	claim(ns, &ns->a, MULTIHOMED, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, MULTIHOMED, FRED, UNIQUE);
	expect_wack(ns, &ns->b, 9);
	id = expect_question(ns, &ns->a);
	say_mine(ns, &ns->a, id, FRED, "10.0.0.1 10.0.0.2");
	expect_positive(ns, &ns->b);
	expect_lists(ns, FRED, "10.0.0.1 10.0.0.2");
}

static void case_64_release_of_one_address(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	register_multihomed(ns);
	claim(ns, &ns->a, RELEASE, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	expect_lists(ns, FRED, "10.0.0.2");
	assert_int_equal(record_named(ns, FRED).state, RECORD_ACTIVE);
	claim(ns, &ns->b, RELEASE, FRED, UNIQUE);
	expect_positive(ns, &ns->b);
	assert_int_equal(record_named(ns, FRED).state, RECORD_RELEASED);

	register_multihomed(ns);
	claim_for(ns, &ns->a, RELEASE, FRED, UNIQUE, "10.0.0.2");
	expect_positive(ns, &ns->a);
	expect_lists(ns, FRED, "10.0.0.1");
	assert_int_equal(record_named(ns, FRED).state, RECORD_ACTIVE);
	nbns_free(ns);
}

static void case_65_release_of_a_replica(void **state)
{
	struct nbns *ns = nbns_run();
	struct record record = replica_of(ns, FRED, RECORD_UNIQUE, "10.0.0.1");

	(void)state;
	plant(ns, &record);
	claim(ns, &ns->a, RELEASE, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	record = record_named(ns, FRED);
	assert_int_equal(record.state, RECORD_TOMBSTONE);
	assert_true(record_is_owned(&record));
	assert_int_equal(record.version, 1);
	assert_int_equal(record.expiry, service_lease_now(ns->service, &ns->env) + 345600 + 518400);
	nbns_free(ns);
}

static void case_66_release_of_static_records(void **state)
{
	struct nbns *ns = nbns_run();
	uint64_t version;

	(void)state;
	put_static(ns, "FARM<20>", RECORD_SPECIAL_GROUP, "10.0.0.1 10.0.0.2");
	version = version_of(ns, "FARM<20>");
	claim(ns, &ns->a, RELEASE, "FARM<20>", GROUP);
	expect_conflict(ns, &ns->a);
	expect_lists(ns, "FARM<20>", "10.0.0.1 10.0.0.2");
	assert_int_equal(version_of(ns, "FARM<20>"), version);

	put_static(ns, FRED, RECORD_UNIQUE, "10.0.0.1");
	version = version_of(ns, FRED);
	claim(ns, &ns->a, RELEASE, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	assert_int_equal(record_named(ns, FRED).state, RECORD_ACTIVE);
	assert_int_equal(version_of(ns, FRED), version);
	nbns_free(ns);
}

static void case_67_records_age(void **state)
{
	struct nbns *ns = nbns_run();
	const uint64_t sweep = 518400 / 16; /* by then it has come round */
	uint64_t version;

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	version = version_of(ns, FRED);

	nbns_pass(ns, 518399);
	assert_int_equal(record_named(ns, FRED).state, RECORD_ACTIVE);
	nbns_pass(ns, 1 + sweep);
	assert_int_equal(record_named(ns, FRED).state, RECORD_RELEASED);
	assert_int_equal(version_of(ns, FRED), version);

	nbns_pass(ns, 345599 - sweep); /* it was released at any time of the sweep */
	assert_int_equal(record_named(ns, FRED).state, RECORD_RELEASED);
	nbns_pass(ns, 1 + 2 * sweep);
	assert_int_equal(record_named(ns, FRED).state, RECORD_TOMBSTONE);
	assert_true(version_of(ns, FRED) > version);

	nbns_restart(ns);
	nbns_pass(ns, 518399 - 2 * sweep);
	assert_int_equal(record_named(ns, FRED).state, RECORD_TOMBSTONE);
	nbns_pass(ns, 1 + 3 * sweep);
	assert_false(has_record(ns, FRED));
	nbns_free(ns);
}

static void case_67_tombstones_outlast_a_restart(void **state)
{
	struct nbns *ns = nbns_run();
	struct record record = record_of(ns, FRED, RECORD_UNIQUE, "10.0.0.1");

	(void)state;
	record.state = RECORD_TOMBSTONE;
	record.expiry = service_lease_now(ns->service, &ns->env);
	plant(ns, &record);
	nbns_pass(ns, 259199);
	assert_true(has_record(ns, FRED));
	nbns_pass(ns, 1 + 518400 / 16);
	assert_false(has_record(ns, FRED));
	nbns_free(ns);
}

static void case_69_versions_grow_over_a_restart(void **state)
{
	struct nbns *ns = nbns_run();
	uint64_t highest;

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, "WILMA<20>", UNIQUE);
	expect_positive(ns, &ns->b);
	highest = version_of(ns, "WILMA<20>");
	assert_true(highest > version_of(ns, FRED));

	nbns_restart(ns);
	claim(ns, &ns->c, REGISTER, "BARNEY<20>", UNIQUE);
	expect_positive(ns, &ns->c);
	assert_true(version_of(ns, "BARNEY<20>") > highest);
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_61_release),
		cmocka_unit_test(case_62_release_by_a_stranger),
		cmocka_unit_test(case_63_release_of_an_unknown_name),
		cmocka_unit_test(case_64_release_of_one_address),
		cmocka_unit_test(case_65_release_of_a_replica),
		cmocka_unit_test(case_66_release_of_static_records),
		cmocka_unit_test(case_67_records_age),
		cmocka_unit_test(case_67_tombstones_outlast_a_restart),
		cmocka_unit_test(case_69_versions_grow_over_a_restart),
	};

	return cmocka_run_group_tests_name("conformance: release and ageing", tests, NULL, NULL);
}
