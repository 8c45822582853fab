/* The records that follow from verdicts about replicas: leases, owners, versions, full lists. */
#include "support.h"

#include "nbnsd/replication/outcome.h"
#include "replica_text.h"

static const struct outcome_terms terms = { .now = 1000,
					    .renewal_s = 600,
					    .verify_s = 2400,
					    .extinction_s = 400,
					    .extinction_timeout_s = 500,
					    .version = 77 };

static struct record taken(const char *text)
{
	struct record replica = record_read(text), out;

	replica.is_of_file = true; /* what a file says is no partner's to say */
	assert_false(outcome_of(&out, REPLICA_TAKE, NULL, &replica, &terms));
	assert_false(out.is_of_file);
	return out;
}

static void check_leases_by_state(void **state)
{
	static const struct {
		const char *replica;
		lease_time end;
	} rows[] = {
		{ "B U active b1", 1000 + 2400 },
		{ "B U released b1", 1000 + 400 },
		{ "B U tombstone b1", 1000 + 500 },
		{ "B S active", 1000 + 400 }, /* stored as released */
		{ "B G active", 1000 + 2400 },
		{ "B U active static b1", LEASE_FOREVER },
		{ "B U tombstone static b1", 1000 + 500 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (taken(rows[i].replica).expiry != rows[i].end)
			fail_msg("%s", rows[i].replica);
}

static void check_leases_of_members(void **state)
{
	struct record out = taken("B S active b1 a1(A) c1(C)");

	(void)state;
	assert_int_equal(out.address[0].expiry, 1000 + 2400);
	assert_int_equal(out.address[1].expiry, 1000 + 2400);
	assert_int_equal(out.address[2].expiry, 1000 + 600); /* it refreshes here, or not at all */
	assert_int_equal(taken("B M active static b1").address[0].expiry, LEASE_FOREVER);
}

static void check_what_is_taken(void **state)
{
	struct record replica = record_read("B:12 M active b1 a2(A)"), out;

	(void)state;
	replica.node_type = 2;
	outcome_of(&out, REPLICA_TAKE, NULL, &replica, &terms);
	assert_replica("as it is", &out, "B:12 M active b1(B) a2(A)");
	assert_int_equal(out.node_type, 2);
	assert_int_equal(out.registered_by.s_addr, address_read("b1").s_addr);
	assert_memory_equal(&out.name, &replica.name, sizeof(out.name));

	out = taken("B G active b1");
	assert_replica("a group keeps its members elsewhere", &out, "B G active");
	assert_int_equal(out.registered_by.s_addr, 0);
	out = taken("B U active b1 b2");
	assert_replica("two addresses are not unique", &out, "B M active b1 b2");
	out = taken("B M active");
	assert_replica("nobody", &out, "B M released");
	out = taken("B U tombstone static b1");
	assert_replica("what was static is free", &out, "B U tombstone b1");
}

/* Ours, of a file, comes back from a partner. */
static void check_records_of_files(void **state)
{
	struct record existing = record_read("C:7 U active static c1");
	struct record replica = record_read("C:12 U active static c1"), out;

	(void)state;
	existing.is_of_file = true;
	outcome_of(&out, REPLICA_TAKE, &existing, &replica, &terms);
	assert_true(out.is_of_file);
	replica.is_static = false;
	outcome_of(&out, REPLICA_TAKE, &existing, &replica, &terms);
	assert_false(out.is_of_file);
	replica = record_read("B:12 U active static b1");
	outcome_of(&out, REPLICA_TAKE, &existing, &replica, &terms);
	assert_false(out.is_of_file);
}

static void check_insisting(void **state)
{
	struct record existing = record_read("C:7 M active c1 b2(B)"), before;
	struct record replica = record_read("B:12 M tombstone c1");

	(void)state;
	existing.expiry = 1234;
	existing.address[0].expiry = 1234;
	before = existing;
	assert_true(outcome_of(&existing, REPLICA_INSIST, &existing, &replica, &terms));
	assert_int_equal(existing.version, 77);
	existing.version = before.version;
	assert_memory_equal(&existing, &before, sizeof(before)); /* a new version, nothing else */
}

static void check_evicting(void **state)
{
	struct record existing = record_read("C:7 U active c1");
	struct record replica = record_read("B:12 G active");

	(void)state;
	assert_false(outcome_of(&existing, REPLICA_EVICT, &existing, &replica, &terms));
	assert_replica("as taken", &existing, "B:12 G active");
}

static void check_merging(void **state)
{
	struct record existing = record_read("A:7 S active a1 b2(B)");
	struct record replica = record_read("B:12 S active b1");

	(void)state;
	existing.node_type = 1;
	replica.node_type = 2;
	assert_false(outcome_of(&existing, REPLICA_MERGE, &existing, &replica, &terms));
	assert_replica("b2 has gone", &existing, "B:12 S active a1(A) b1(B)");
	assert_int_equal(existing.node_type, 2);
	assert_int_equal(existing.expiry, 1000 + 2400);
}

static void check_merging_to_ours(void **state)
{
	struct record existing = record_read("C:7 S active c1 c2 x1(X)");
	struct record replica = record_read("B:12 S active b1");

	(void)state;
	existing.address[0].expiry = 1300;
	existing.address[1].expiry = 1500;
	existing.address[2].expiry = 2900;
	assert_true(outcome_of(&existing, REPLICA_MERGE_OURS, &existing, &replica, &terms));
	assert_replica("all", &existing, "C:77 S active c1(C) c2(C) x1(X) b1(B)");
	assert_int_equal(existing.expiry, 1500); /* the latest of ours */

	existing = record_read("A:7 S active a1");
	assert_true(outcome_of(&existing, REPLICA_MERGE_OURS, &existing, &replica, &terms));
	assert_replica("all", &existing, "C:77 S active a1(A) b1(B)");
	assert_int_equal(existing.expiry, 1000 + 2400); /* nobody of ours */

	existing = record_read("A:7 S active b1(B)");
	replica = record_read("B:12 S active");
	assert_true(outcome_of(&existing, REPLICA_MERGE_OURS, &existing, &replica, &terms));
	assert_replica("nobody", &existing, "C:77 S released");
	assert_int_equal(existing.expiry, 1000 + 400);

	/* A doubt decides so, whether there is anything to merge or not. */
	existing = record_read("C:7 S active c1 b1(B)");
	replica = record_read("B:12 S active b1 c1(C)");
	assert_true(outcome_of(&existing, REPLICA_MERGE_OURS, &existing, &replica, &terms));
	assert_int_equal(existing.address_count, 2);
	assert_replica("the same", &existing, "C:77 S active c1(C) b1(B)");
}

static void check_joining(void **state)
{
	struct record existing = record_read("C:7 M active c1 c2");
	struct record replica = record_read("B:12 U active c1");

	(void)state;
	existing.address[1].expiry = 1300;
	replica.node_type = 1;
	assert_false(outcome_of(&existing, REPLICA_JOIN, &existing, &replica, &terms));
	assert_replica("both", &existing, "B:12 M active c1(B) c2(C)");
	assert_int_equal(existing.node_type, 1);
	assert_int_equal(existing.expiry, 1000 + 2400);
	assert_int_equal(existing.address[0].expiry, 1300); /* c2, the older one */
	assert_int_equal(existing.address[1].expiry, 1000 + 2400);
}

/* 20 of ours, 20 others: ours stay. */
static void check_joining_to_a_full_list(void **state)
{
	struct record existing = record_read("C:7 M active");
	struct record replica = record_read("B:12 M active");

	(void)state;
	for (uint32_t i = 1; i <= 20; i++) {
		replica_add_address(&existing, (struct in_addr){ htonl(0x0A030000U + i) },
				    server_of('C'));
		replica_add_address(&replica, (struct in_addr){ htonl(0x0A020000U + i) },
				    server_of('B'));
	}
	outcome_of(&existing, REPLICA_JOIN, &existing, &replica, &terms);
	assert_int_equal(existing.address_count, RECORD_MAX_ADDRESSES);
	assert_int_equal(ntohl(existing.address[19].address.s_addr), 0x0A030000U + 20);
	assert_int_equal(ntohl(existing.address[24].address.s_addr), 0x0A020000U + 5);
}

static void check_what_partners_do_not_have(void **state)
{
	struct record replica = record_read("B S active b1 a1(A)");
	struct record same = record_read("B S active a1(A) b1"),
		      fewer = record_read("B S active b1");
	struct record more = record_read("B S active a1(A) b1 x1(X)");

	(void)state;
	assert_false(outcome_says_more(&same, &replica));
	assert_false(outcome_says_more(&fewer, &replica));
	assert_true(outcome_says_more(&more, &replica));
}

static void check_burying(void **state)
{
	struct record record = record_read("B:7 U released b1");

	(void)state;
	outcome_bury(&record, &terms);
	assert_replica("a tombstone of its owner", &record, "B:7 U tombstone b1");
	assert_int_equal(record.expiry, 1000 + 500);
}

/* What becomes ours has the lease of a registration: who lives refreshes somewhere meanwhile. */
static void check_what_is_insisted_on(void **state)
{
	struct record theirs = taken("B U active b1"), ours = record_read("C U active c1"), out;

	(void)state;
	assert_true(outcome_of(&out, REPLICA_INSIST, &theirs, &theirs, &terms));
	assert_replica("of B until now", &out, "C:77 U active b1(C)");
	assert_int_equal(out.expiry, 1000 + 600);
	ours.expiry = 1234;
	assert_true(outcome_of(&out, REPLICA_INSIST, &ours, &ours, &terms));
	assert_int_equal(out.expiry, 1234);
	theirs = taken("B M active b1 c1(C)");
	outcome_of(&out, REPLICA_INSIST, &theirs, &theirs, &terms);
	assert_replica("a list says whose they are", &out, "C:77 M active b1(B) c1(C)");
}

/* A member of ours that comes back in another's list is not refreshed by that. */
static void check_members_keep_their_leases(void **state)
{
	struct record existing = record_read("B:3 S active b1 c1(C)"),
		      replica = record_read("B:9 S active b1 b2 c1(C) c2(C)"), out;

	(void)state;
	existing.address[0].expiry = existing.address[1].expiry = 1234;
	outcome_of(&out, REPLICA_TAKE, &existing, &replica, &terms);
	assert_int_equal(out.address[0].expiry, 1000 + 2400);
	assert_int_equal(out.address[2].expiry, 1234);
	assert_int_equal(out.address[3].expiry, 1000 + 600);
}

static void check_records_that_change_hands(void **state)
{
	static const struct {
		const char *existing, *replica;
		bool changed; /* before */
		bool changes;
	} rows[] = {
		{ "C U active c1", "B U active c1", false, true },
		{ "C G active", "B G active", false, true },
		{ "C U released c1", "B U active b1", false, false },
		{ "B U active b1", "B:11 U active b1", true, true },
		{ "B U active b1", "B:11 U active b1", false, false },
		{ "A U active a1", "B U active b1", true, true },
		{ "C U active c1", "C:11 U active c1", false, false },
		{ "C U active c1", "B U active static c1", false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct record existing = record_read(rows[i].existing),
			      replica = record_read(rows[i].replica), out;

		existing.changed_hands = rows[i].changed;
		outcome_of(&out, REPLICA_TAKE, &existing, &replica, &terms);
		if (out.changed_hands != rows[i].changes)
			fail_msg("%s after %s", rows[i].replica, rows[i].existing);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_what_is_insisted_on),
		cmocka_unit_test(check_members_keep_their_leases),
		cmocka_unit_test(check_records_that_change_hands),
		cmocka_unit_test(check_leases_by_state),
		cmocka_unit_test(check_leases_of_members),
		cmocka_unit_test(check_what_is_taken),
		cmocka_unit_test(check_records_of_files),
		cmocka_unit_test(check_insisting),
		cmocka_unit_test(check_evicting),
		cmocka_unit_test(check_merging),
		cmocka_unit_test(check_merging_to_ours),
		cmocka_unit_test(check_joining),
		cmocka_unit_test(check_joining_to_a_full_list),
		cmocka_unit_test(check_what_partners_do_not_have),
		cmocka_unit_test(check_burying),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
