/* What partners would not hear of, row by row. */
#include "support.h"

#include "nbnsd/replication/untold.h"
#include "replica_text.h"

#define OFFERED   1U
#define RECOVERED 2U
#define BETWEEN   4U

static void check_what_is_told_as_ours(void **state)
{
	static const struct {
		const char *before, *replica, *after;
		enum replica_verdict verdict;
		unsigned facts;
		bool follows;
	} rows[] = {
		/* The ordinary ways go by the owner's own version. */
		{ NULL, "B:9 U active b1", "B:9 U active b1", REPLICA_TAKE, 0, false },
		{ "A:5 U active a1", "B:9 U active b1", "B:9 U active b1", REPLICA_TAKE, 0, false },
		{ "C:5 U active c1", "B:9 U active c1", "B:9 U active c1", REPLICA_TAKE, 0, false },
		{ "C:5 U released c1", "B:9 U active b1", "B:9 U active b1", REPLICA_TAKE, BETWEEN,
		  false },
		/* A host of ours that has lost; one that is evicted. */
		{ "C:5 U active c1", "B:9 U active c2", "B:9 U active c2", REPLICA_TAKE, 0, true },
		{ "C:5 U active c1", "B:9 G active", "B:9 G active", REPLICA_EVICT, 0, true },
		/* More in it than its owner has told. */
		{ "C:5 U active c1", "B:9 U active c2", "B:9 M active c1 c2", REPLICA_JOIN, 0,
		  true },
		{ "C:5 S active c1", "B:9 S active b1", "B:9 S active b1", REPLICA_MERGE, 0,
		  false },
		/* The end of ours, which partners have as active. */
		{ "C:5 U released c1", "B:9 S active b1", "B:9 S active b1", REPLICA_TAKE, 0,
		  true },
		{ "C:5 U released c1", "B:9 U tombstone b1", "B:9 U tombstone b1", REPLICA_TAKE, 0,
		  true },
		/* They have passed it by. */
		{ "A:5 U active a1", "B:9 U active b1", "B:9 U active b1", REPLICA_TAKE, OFFERED,
		  true },
		{ NULL, "B:9 U tombstone b1", "B:9 U tombstone b1", REPLICA_TAKE, OFFERED, true },
		{ "C:5 U active c1", "B:9 U active c1", "B:9 U active c1", REPLICA_TAKE, RECOVERED,
		  true },
		/* Whose a group is matters to nobody, unless ours hid it from others. */
		{ "A:5 G active", "B:9 G active", "B:9 G active", REPLICA_TAKE, OFFERED | BETWEEN,
		  false },
		{ "C:5 G released", "B:9 G active", "B:9 G active", REPLICA_TAKE, OFFERED | BETWEEN,
		  true },
		{ "C:5 G released", "B:9 G active", "B:9 G active", REPLICA_TAKE, OFFERED, false },
		{ "C:5 G active", "B:9 G active", "B:9 G active", REPLICA_TAKE, OFFERED | BETWEEN,
		  false },
		/* Ours comes back late. */
		{ NULL, "C:9 G active", "C:9 G active", REPLICA_TAKE, OFFERED, true },
		{ NULL, "C:9 G active", "C:9 G active", REPLICA_TAKE, 0, false },
		/* What an administrator has set is its server's. */
		{ "C:5 U active c1", "B:9 U active static c2", "B:9 U active static c2",
		  REPLICA_TAKE, OFFERED | RECOVERED, false },
		/* Nothing has changed by the replica. */
		{ "C:5 U active c1", "B:9 U tombstone b1", "C:6 U active c1", REPLICA_INSIST,
		  OFFERED, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct untold_facts facts = {
			.is_offered = rows[i].facts & OFFERED,
			.was_recovered = rows[i].facts & RECOVERED,
			.is_between = rows[i].facts & BETWEEN,
		};
		const struct record replica = record_read(rows[i].replica),
				    after = record_read(rows[i].after);
		struct record before;

		if (rows[i].before != NULL)
			before = record_read(rows[i].before);
		if (untold_follows(rows[i].verdict, rows[i].before != NULL ? &before : NULL, &after,
				   &replica, &facts) != rows[i].follows)
			fail_msg("row %zu: %s beside %s", i, rows[i].replica, rows[i].before);
	}
}

/* A record that was ours when another server took it: partners may have it as ours. */
static void check_the_end_of_what_changed_hands(void **state)
{
	const struct record replica = record_read("A:9 U tombstone a1");
	const struct untold_facts facts = { .is_offered = false };
	struct record before = record_read("A:5 U active a1");

	(void)state;
	assert_false(untold_follows(REPLICA_TAKE, &before, &replica, &replica, &facts));
	before.changed_hands = true;
	assert_true(untold_follows(REPLICA_TAKE, &before, &replica, &replica, &facts));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_what_is_told_as_ours),
		cmocka_unit_test(check_the_end_of_what_changed_hands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
