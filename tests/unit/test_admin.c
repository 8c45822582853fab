/* What an administrator does to the records: added, deleted, tombstoned, aged at once. */
#include "nbns.h"

#include <errno.h>

#include "nbnsd/service/service_inner.h"

#define FRED "FRED<20>"
#define LAB  "LAB<1E>"
#define DCS  "LAB<1C>"

static int delete (struct nbns *ns, const char *text)
{
	struct record record = record_named(ns, text);

	return service_delete(ns->service, &record.name, &record.scope);
}

static int tombstone(struct nbns *ns, const char *text)
{
	struct record record = record_named(ns, text);

	return service_tombstone(ns->service, &record.name, &record.scope, &ns->env);
}

static void a_static_name_has_a_new_version_and_no_end(void **state)
{
	struct nbns *ns = nbns_run();
	struct record record;
	uint64_t next = service_next_version(ns->service);

	(void)state;
	put_static(ns, FRED, RECORD_UNIQUE, "10.0.0.9");
	record = record_named(ns, FRED);
	assert_int_equal(record.version, next);
	assert_int_equal(record.expiry, LEASE_FOREVER);
	assert_int_equal(service_next_version(ns->service), next + 1);
	nbns_free(ns);
}

static void a_deleted_name_is_gone_and_can_be_had_again(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	assert_int_equal(delete (ns, FRED), 0);
	assert_false(has_record(ns, FRED));
	nbns_commit(ns);
	claim(ns, &ns->b, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->b);
	nbns_restart(ns); /* the store has it as we do */
	expect_lists(ns, FRED, "10.0.0.2");
	nbns_free(ns);
}

static void what_is_not_there_cannot_be_taken_away(void **state)
{
	struct nbns *ns = nbns_run();
	struct nbt_name name;
	const struct nbt_scope scope = { 0 };

	(void)state;
	assert_int_equal(nbt_name_make(&name, "FRED", 0x20), NBT_OK);
	assert_int_equal(service_delete(ns->service, &name, &scope), -ENOENT);
	assert_int_equal(service_tombstone(ns->service, &name, &scope, &ns->env), -ENOENT);
	nbns_free(ns);
}

static void a_deleted_domain_master_is_listed_no_more(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "LAB<1B>", UNIQUE);
	expect_positive(ns, &ns->a);
	assert_int_equal(masters_next(&ns->service->masters, 0), 0);
	assert_int_equal(delete (ns, "LAB<1B>"), 0);
	assert_int_equal(masters_next(&ns->service->masters, 0), MASTERS_NONE);
	nbns_free(ns);
}

static void a_tombstone_is_ours_and_goes_by_and_by(void **state)
{
	struct nbns *ns = nbns_run();
	struct record record;

	(void)state;
	put_static(ns, FRED, RECORD_UNIQUE, "10.0.0.9");
	assert_int_equal(tombstone(ns, FRED), 0);
	nbns_commit(ns);
	record = record_named(ns, FRED);
	assert_int_equal(record.state, RECORD_TOMBSTONE);
	assert_false(record.is_static);
	assert_int_equal(record.version + 1, service_next_version(ns->service));
	assert_int_not_equal(record.expiry, LEASE_FOREVER);
	query(ns, &ns->b, NBT_FLAG_RD, FRED);
	expect_negative(ns, &ns->b);
	nbns_pass(ns, 3 * 518400);
	assert_false(has_record(ns, FRED));
	nbns_free(ns);
}

static void a_tombstone_of_a_replica_is_ours(void **state)
{
	struct nbns *ns = nbns_run();
	struct record record;

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	record = record_named(ns, FRED);
	record.owner.s_addr = htonl(0x0a000063);
	plant(ns, &record);
	assert_int_equal(tombstone(ns, FRED), 0);
	assert_true(record_is_owned(&(struct record){ .owner = record_named(ns, FRED).owner }));
	nbns_free(ns);
}

static void a_tombstoned_group_has_no_members(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, LAB, GROUP);
	expect_positive(ns, &ns->a);
	assert_int_equal(registry_member_total(ns->registry), 1);
	assert_int_equal(tombstone(ns, LAB), 0);
	assert_int_equal(registry_member_total(ns->registry), 0);
	assert_int_equal(record_named(ns, LAB).state, RECORD_TOMBSTONE);
	nbns_commit(ns);
	nbns_restart(ns);
	assert_int_equal(registry_member_total(ns->registry), 0);
	nbns_free(ns);
}

static void a_contested_name_that_is_deleted(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, FRED, UNIQUE);
	expect_wack(ns, &ns->b, 9);
	(void)expect_question(ns, &ns->a);
	assert_int_equal(delete (ns, FRED), 0);
	nbns_commit(ns);
	nbns_pass_ms(ns, 0);
	expect_conflict(ns, &ns->b);
	claim(ns, &ns->b, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->b);
	nbns_free(ns);
}

static void batches_are_committed_in_their_order(void **state)
{
	struct nbns *ns = nbns_run();
	uint64_t batch;

	(void)state;
	ns->stalled = true;
	put_static(ns, FRED, RECORD_UNIQUE, "10.0.0.9");
	batch = service_batch(ns->service);
	assert_false(service_is_committed(ns->service, batch));
	ns->stalled = false;
	nbns_commit(ns);
	assert_true(service_is_committed(ns->service, batch));
	nbns_free(ns);
}

static void a_pass_that_is_wanted_comes_at_once(void **state)
{
	struct nbns *ns = nbns_run();
	uint64_t pass;

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	nbns_pass(ns, 518400 - 1);
	assert_int_equal(record_named(ns, FRED).state, RECORD_ACTIVE);
	ns->env.now_ms += 2000; /* the next pass would be hours later */
	pass = service_scavenge(ns->service, &ns->env);
	assert_true(service_passes(ns->service) < pass);
	nbns_pass_ms(ns, 0);
	assert_true(service_passes(ns->service) >= pass);
	assert_int_equal(record_named(ns, FRED).state, RECORD_RELEASED);
	nbns_free(ns);
}

static void whoever_comes_second_gets_a_pass_of_its_own(void **state)
{
	struct nbns *ns = nbns_run();
	uint64_t first, second;

	(void)state;
	first = service_scavenge(ns->service, &ns->env);
	second = service_scavenge(ns->service, &ns->env);
	assert_int_equal(second, first + 1);
	nbns_pass_ms(ns, 0);
	assert_true(service_passes(ns->service) >= second);
	nbns_free(ns);
}

static void counts_by_kind_and_state(void **state)
{
	struct nbns *ns = nbns_run();
	const struct registry *registry = ns->registry;

	(void)state;
	put_static(ns, FRED, RECORD_UNIQUE, "10.0.0.9");
	put_static(ns, DCS, RECORD_SPECIAL_GROUP, "10.0.0.8 10.0.0.9");
	put_static(ns, LAB, RECORD_GROUP, "");
	assert_int_equal(registry_count_of(registry, RECORD_UNIQUE, RECORD_ACTIVE), 1);
	assert_int_equal(registry_count_of(registry, RECORD_SPECIAL_GROUP, RECORD_ACTIVE), 1);
	assert_int_equal(registry_count_of(registry, RECORD_GROUP, RECORD_ACTIVE), 1);
	put_static(ns, FRED, RECORD_MULTIHOMED, "10.0.0.8 10.0.0.9");
	assert_int_equal(registry_count_of(registry, RECORD_UNIQUE, RECORD_ACTIVE), 0);
	assert_int_equal(registry_count_of(registry, RECORD_MULTIHOMED, RECORD_ACTIVE), 1);
	assert_int_equal(tombstone(ns, FRED), 0);
	assert_int_equal(registry_count_of(registry, RECORD_MULTIHOMED, RECORD_ACTIVE), 0);
	assert_int_equal(registry_count_of(registry, RECORD_MULTIHOMED, RECORD_TOMBSTONE), 1);
	assert_int_equal(delete (ns, DCS), 0);
	assert_int_equal(registry_count_of(registry, RECORD_SPECIAL_GROUP, RECORD_ACTIVE), 0);
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_static_name_has_a_new_version_and_no_end),
		cmocka_unit_test(a_deleted_name_is_gone_and_can_be_had_again),
		cmocka_unit_test(what_is_not_there_cannot_be_taken_away),
		cmocka_unit_test(a_deleted_domain_master_is_listed_no_more),
		cmocka_unit_test(a_tombstone_is_ours_and_goes_by_and_by),
		cmocka_unit_test(a_tombstone_of_a_replica_is_ours),
		cmocka_unit_test(a_tombstoned_group_has_no_members),
		cmocka_unit_test(a_contested_name_that_is_deleted),
		cmocka_unit_test(batches_are_committed_in_their_order),
		cmocka_unit_test(a_pass_that_is_wanted_comes_at_once),
		cmocka_unit_test(whoever_comes_second_gets_a_pass_of_its_own),
		cmocka_unit_test(counts_by_kind_and_state),
	};

	return cmocka_run_group_tests_name("admin", tests, NULL, NULL);
}
