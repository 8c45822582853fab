/* Which verdicts about replicas leave a doubt, and what comes of it. */
#include "support.h"

#include "nbnsd/replication/doubt.h"
#include "records.h"
#include "replica_text.h"

static void check_what_is_doubted(void **state)
{
	static const struct {
		const char *existing, *replica;
		enum replica_verdict verdict;
		bool follows;
	} rows[] = {
		/* Which of two replicas stays depends on their order. */
		{ "A:5 U active a1", "B:9 U active b1", REPLICA_TAKE, true },
		{ "A:5 U active a1", "B:9 S active b1", REPLICA_IGNORE, true },
		{ "A:5 G active", "B:9 G active", REPLICA_IGNORE, true },
		{ "A:5 M active a1", "B:9 M tombstone b1", REPLICA_IGNORE, true },
		{ "A:5 S active a1", "B:9 S tombstone", REPLICA_TAKE, true },
		{ "A:5 U tombstone a1", "B:9 U active b1", REPLICA_TAKE, true },
		/* Nobody is told of either. */
		{ "A:5 U tombstone a1", "B:9 U tombstone b1", REPLICA_TAKE, false },
		{ "A:5 U released a1", "B:9 U active b1", REPLICA_TAKE, false },
		/* The owner's own next version. */
		{ "A:5 U active a1", "A:6 U active a2", REPLICA_TAKE, false },
		/* Ours is what a host has told us, unless it gives way. */
		{ "C:5 U active c1", "B:9 U active b1", REPLICA_IGNORE, false },
		{ "C:5 U active c1", "B:9 U tombstone b1", REPLICA_INSIST, false },
		{ "C:5 U active c1", "B:9 U active c1", REPLICA_TAKE, true },
		{ "C:5 U active c1", "B:9 G active", REPLICA_EVICT, true },
		{ "C:5 U active c1", "B:9 M active c2", REPLICA_JOIN, true },
		{ "C:5 U tombstone c1", "B:9 U active b1", REPLICA_TAKE, false },
		/* Lists become one, or one of them is of the past. */
		{ "A:5 S active a1", "B:9 S active a1(A)", REPLICA_IGNORE, false },
		{ "A:5 S active a1 a2", "B:9 S active a1(A)", REPLICA_IGNORE, true },
		{ "A:5 S active a1", "B:9 S active b1", REPLICA_MERGE_OURS, false },
		{ "A:5 S active a1", "B:9 S active a1(B)", REPLICA_TAKE, true },
		/* Administrators have to agree by themselves. */
		{ "A:5 U active static a1", "B:9 U active b1", REPLICA_IGNORE, false },
		{ "A:5 U active a1", "B:9 U active static b1", REPLICA_TAKE, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct record existing = record_read(rows[i].existing);
		const struct record replica = record_read(rows[i].replica);

		if (doubt_follows(rows[i].verdict, &existing, &replica) != rows[i].follows)
			fail_msg("%s beside %s", rows[i].replica, rows[i].existing);
	}
}

static void check_that_a_new_name_is_beyond_doubt(void **state)
{
	const struct record replica = record_read("B:9 U active b1");

	(void)state;
	assert_false(doubt_follows(REPLICA_TAKE, NULL, &replica));
}

static void check_what_follows_from_the_answers(void **state)
{
	static const struct {
		const char *when;
		struct doubt_facts facts;
		enum doubt_outcome outcome;
	} rows[] = {
		{ "the rivals have gone",
		  { .exists = true, .is_active = true, .is_there = true },
		  DOUBT_OVER },
		{ "both are there",
		  { .exists = true, .is_active = true, .is_there = true, .has_rival = true },
		  DOUBT_STAYS },
		{ "both are there still",
		  { .exists = true,
		    .is_active = true,
		    .is_there = true,
		    .has_rival = true,
		    .is_old = true },
		  DOUBT_INSIST },
		{ "two groups",
		  { .exists = true,
		    .is_active = true,
		    .is_there = true,
		    .has_rival = true,
		    .are_groups = true,
		    .is_old = true },
		  DOUBT_OVER },
		{ "its owner has taken the rival",
		  { .exists = true, .is_active = true, .has_rival = true, .has_live_rival = true },
		  DOUBT_YIELD },
		{ "both owners have something else",
		  { .exists = true, .is_active = true },
		  DOUBT_WITHDRAW },
		{ "a tombstone that nobody has heard of",
		  { .exists = true, .is_there = true, .has_rival = true, .has_live_rival = true },
		  DOUBT_DECIDE },
		{ "a tombstone",
		  { .exists = true, .is_there = true, .has_rival = true },
		  DOUBT_OVER },
		{ "the name has gone here", { .has_live_rival = true }, DOUBT_DECIDE },
		{ "it has gone everywhere", { 0 }, DOUBT_OVER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (doubt_settle(&rows[i].facts) != rows[i].outcome)
			fail_msg("%s", rows[i].when);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_what_is_doubted),
		cmocka_unit_test(check_that_a_new_name_is_beyond_doubt),
		cmocka_unit_test(check_what_follows_from_the_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
