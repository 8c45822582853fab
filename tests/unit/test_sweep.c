/* The sweep: what ages when, what it writes, and that it takes its time. */
#include "nbns.h"

#include <stdio.h>

#define FRED   "FRED<20>"
#define LAB    "LAB<1E>"
#define DCS    "LAB<1C>"
#define PERIOD (518400 / 16)

static void renewals_are_written_within_a_sixteenth(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	nbns_pass(ns, 2 * PERIOD);
	assert_int_equal(stat_value(ns, "sweep.written"), 0);
	for (int i = 0; i < 5; i++) {
		claim(ns, &ns->a, REFRESH, FRED, UNIQUE);
		expect_positive(ns, &ns->a);
	}
	nbns_pass(ns, PERIOD + 1);
	assert_int_equal(stat_value(ns, "sweep.written"), 1);
	nbns_pass(ns, 2 * PERIOD);
	assert_int_equal(stat_value(ns, "sweep.written"), 1);
	nbns_free(ns);
}

static void renewals_of_one_of_several_addresses_are_written(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, DCS, GROUP);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, DCS, GROUP);
	expect_positive(ns, &ns->b);
	nbns_pass(ns, 1000);
	claim(ns, &ns->a, REFRESH, DCS, GROUP);
	expect_positive(ns, &ns->a);
	nbns_pass(ns, PERIOD + 1);
	assert_int_equal(stat_value(ns, "sweep.written"), 1);
	nbns_free(ns);
}

static void renewals_are_written_before_the_end(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	ns->stalled = true;
	service_save_renewals(ns->service);
	assert_false(nbns_has_changes(ns));
	claim(ns, &ns->a, REFRESH, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	service_save_renewals(ns->service);
	assert_true(nbns_has_changes(ns));
	nbns_free(ns);
}

static void single_addresses_expire(void **state)
{
	struct nbns *ns = nbns_run();
	uint64_t version;

	(void)state;
	claim(ns, &ns->a, REGISTER, DCS, GROUP);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, DCS, GROUP);
	expect_positive(ns, &ns->b);
	version = version_of(ns, DCS);
	nbns_pass(ns, 259200);
	claim(ns, &ns->b, REFRESH, DCS, GROUP);
	expect_positive(ns, &ns->b);
	nbns_pass(ns, 259200 + PERIOD);
	expect_lists(ns, DCS, "10.0.0.2");
	assert_int_equal(version_of(ns, DCS), version);
	nbns_pass(ns, 259200);
	assert_int_equal(record_named(ns, DCS).state, RECORD_RELEASED);
	assert_int_equal(version_of(ns, DCS), version);
	nbns_free(ns);
}

static void static_groups_lose_dynamic_members_only(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	put_static(ns, DCS, RECORD_SPECIAL_GROUP, "10.0.0.9");
	claim(ns, &ns->a, REGISTER, DCS, GROUP);
	expect_positive(ns, &ns->a);
	expect_lists(ns, DCS, "10.0.0.9 10.0.0.1");
	nbns_pass(ns, 518400 + PERIOD);
	expect_lists(ns, DCS, "10.0.0.9");
	assert_int_equal(record_named(ns, DCS).state, RECORD_ACTIVE);
	nbns_free(ns);
}

static size_t member_count(const struct nbns *ns)
{
	const struct nbt_scope scope = { 0 };
	const struct nbt_name name = name_of(LAB);

	return registry_member_count(ns->registry, registry_find(ns->registry, &name, &scope));
}

static void members_expire(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, LAB, GROUP);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, LAB, GROUP);
	expect_positive(ns, &ns->b);
	nbns_pass(ns, 259200);
	claim(ns, &ns->b, REFRESH, LAB, GROUP);
	expect_positive(ns, &ns->b);
	nbns_pass(ns, 259200 + 2 * PERIOD);
	assert_int_equal(member_count(ns), 1);
	assert_int_equal(record_named(ns, LAB).state, RECORD_ACTIVE);
	nbns_pass(ns, 259200 + PERIOD);
	assert_int_equal(member_count(ns), 0);
	assert_int_equal(record_named(ns, LAB).state, RECORD_RELEASED);
	nbns_free(ns);
}

/* A group with more members than a slice: each tick looks at some of them. */
static void large_groups_are_swept_in_slices(void **state)
{
	struct nbns *ns = nbns_run();
	const struct nbt_scope scope = { 0 };
	const struct nbt_name name = name_of(LAB);
	uint64_t before = 0;
	uint32_t id;
	int slices = 0;

	(void)state;
	claim(ns, &ns->a, REGISTER, LAB, GROUP);
	expect_positive(ns, &ns->a);
	id = registry_find(ns->registry, &name, &scope);
	for (uint32_t i = 0; i < 5000; i++)
		registry_member_put(ns->registry, id, (struct in_addr){ i }, 1);
	for (; member_count(ns) > 1; slices++) {
		nbns_pass(ns, 1);
		assert_true(stat_value(ns, "sweep.address") - before <= 1000);
		before = stat_value(ns, "sweep.address");
	}
	assert_in_range(slices, 5, 7);
	nbns_free(ns);
}

static void replicas_do_not_age(void **state)
{
	struct nbns *ns = nbns_run();
	struct record active = replica_of(ns, FRED, RECORD_UNIQUE, "10.0.0.1");
	struct record gone = replica_of(ns, "WILMA<20>", RECORD_UNIQUE, "10.0.0.1");

	(void)state;
	gone.state = RECORD_TOMBSTONE;
	plant(ns, &active);
	plant(ns, &gone);
	nbns_pass(ns, 518400 + PERIOD);
	assert_int_equal(record_named(ns, FRED).state, RECORD_ACTIVE);
	assert_false(has_record(ns, "WILMA<20>"));
	nbns_free(ns);
}

/* Every record is seen within the period, in slices that grow if they must. */
static void many_records_are_swept_in_time(void **state)
{
	enum { MANY = 20000 };
	struct nbns *ns = nbns_new();
	char name[32];

	(void)state;
	ns->settings.renewal_s = 160; /* a pass takes 10 s */
	nbns_start(ns);
	for (int i = 0; i < MANY; i++) {
		struct record record;

		snprintf(name, sizeof(name), "HOST%d<20>", i);
		record = record_of(ns, name, RECORD_UNIQUE, "10.0.0.1");
		record.expiry = service_lease_now(ns->service, &ns->env);
		plant(ns, &record);
	}
	nbns_pass(ns, 1);
	assert_in_range(stat_value(ns, "sweep.released"), 2000, 2002);
	nbns_pass(ns, 10);
	assert_int_equal(stat_value(ns, "sweep.released"), MANY);
	nbns_free(ns);
}

static void the_sweep_waits_for_the_store(void **state)
{
	struct nbns *ns = nbns_run();
	char name[32];

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct record record;

		snprintf(name, sizeof(name), "HOST%d<20>", i);
		record = record_of(ns, name, RECORD_UNIQUE, "10.0.0.1");
		record.expiry = service_lease_now(ns->service, &ns->env);
		plant(ns, &record);
	}
	ns->stalled = true;
	nbns_pass(ns, 60);
	assert_int_equal(stat_value(ns, "sweep.released"), 1000);
	nbns_commit(ns);
	nbns_pass(ns, 60);
	assert_int_equal(stat_value(ns, "sweep.released"), 2000);
	ns->stalled = false;
	nbns_commit(ns);
	service_set_storing(ns->service, false);
	nbns_pass(ns, 60);
	assert_int_equal(stat_value(ns, "sweep.released"), 2000);
	service_set_storing(ns->service, true);
	nbns_pass(ns, 60);
	assert_int_equal(stat_value(ns, "sweep.released"), 3000);
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renewals_are_written_within_a_sixteenth),
		cmocka_unit_test(renewals_of_one_of_several_addresses_are_written),
		cmocka_unit_test(renewals_are_written_before_the_end),
		cmocka_unit_test(single_addresses_expire),
		cmocka_unit_test(static_groups_lose_dynamic_members_only),
		cmocka_unit_test(members_expire),
		cmocka_unit_test(large_groups_are_swept_in_slices),
		cmocka_unit_test(replicas_do_not_age),
		cmocka_unit_test(many_records_are_swept_in_time),
		cmocka_unit_test(the_sweep_waits_for_the_store),
	};

	return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
