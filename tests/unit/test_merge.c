/* Special groups that are replicated: the rows of section 4.4, and what is left of full lists. */
#include "support.h"

#include <stdio.h>

#include "nbnsd/replication/merge.h"
#include "replica_text.h"

static const struct merge_leases leases = { .ours = 600, .others = 900 };

#define KEEP    MERGE_KEEP
#define REPLACE MERGE_REPLACE
#define THEIRS  MERGE_THEIRS
#define OURS    MERGE_OURS

/* As measured; the record is of A unless it is ours, the replica is of B. */
static const struct {
	const char *what, *existing, *replica;
	enum merge_verdict want;
	const char *list; /* the members of THEIRS and OURS */
} rows[] = {
	{ "1 the same of the same server", "A S active a3 a4", "B S active a3(A) a4(A)", KEEP, "" },
	{ "2 nobody, and nobody of B was known", "A S active a3 a4", "B S active", KEEP, "" },
	{ "3 fewer, and none of those left out is of B", "A S active a3 a4 x3(X) x4(X)",
	  "B S active a3(A) a4(A)", KEEP, "" },
	{ "4 all of B have gone, all of A are new", "A S active b3(B) b4(B)",
	  "B S active a3(A) a4(A)", THEIRS, "a3(A) a4(A)" },
	{ "5 the same, of B now", "A S active a3 a4", "B S active a3 a4", REPLACE, "" },
	{ "6 the same, of A now", "A S active a3(B) a4(B)", "B S active a3(A) a4(A)", REPLACE, "" },
	{ "7 only new ones", "A S active a3 a4", "B S active b3 b4", OURS,
	  "a3(A) a4(A) b3(B) b4(B)" },
	{ "8 those of B have gone, X's stay", "A S active b3(B) b4(B) x3(X) x4(X)",
	  "B S active a3(A) a4(A)", THEIRS, "a3(A) a4(A) x3(X) x4(X)" },
	{ "9 only new ones, of a third server", "A S active x3(X) x4(X)", "B S active a3(A) a4(A)",
	  OURS, "x3(X) x4(X) a3(A) a4(A)" },
	{ "10 two are another server's now", "A S active a3 a4 x3(X) x4(X)", "B S active a3 a4",
	  THEIRS, "a3(B) a4(B) x3(X) x4(X)" },
	{ "11 two known, two new", "A S active b3(B) b4(B) x3(X) x4(X)",
	  "B S active b3 b4 x1(X) x2(X)", OURS, "b3(B) b4(B) x1(X) x2(X) x3(X) x4(X)" },
	{ "12 nobody: those of B have gone", "A S active a3 a4 b3(B) b4(B)", "B S active", THEIRS,
	  "a3(A) a4(A)" },
	{ "13 nobody: those of B have gone, X's stay", "A S active b3(B) b4(B) x3(X) x4(X)",
	  "B S active", THEIRS, "x3(X) x4(X)" },
	{ "18 ours and theirs", "C S active c1 c2", "B S active b3 b4", OURS,
	  "c1(C) c2(C) b3(B) b4(B)" },
	{ "19 ours are theirs now", "C S active c1 c2", "B S active c1 c2", OURS, "c1(B) c2(B)" },
	{ "20 ours are theirs now, and more", "C S active c1 c2", "B S active c1 c2 c3 b4", OURS,
	  "c1(B) c2(B) c3(B) b4(B)" },
	{ "21 one of ours is theirs now", "C S active c1 c2", "B S active c1", OURS,
	  "c1(B) c2(C)" },

	/* What the suite's cleaning up shows. */
	{ "nobody: those of B leave our list", "C S active c1 b1(B)", "B S active", OURS, "c1(C)" },
	{ "nobody: and nobody is left in it", "C S active b1(B)", "B S active", OURS, "" },

	/* What follows from the rules, and is in no row. */
	{ "ours, the same: keep", "C S active c1 b1(B)", "B S active c1(C) b1", KEEP, "" },
	{ "ours, fewer: B must hear of the rest", "C S active c1 b1(B)", "B S active b1", OURS,
	  "c1(C) b1(B)" },
	{ "ours, nobody, and nobody of B was known", "C S active c1", "B S active", OURS, "c1(C)" },
	{ "a replica, and its last member goes", "A S active b1(B)", "B S active", OURS, "" },
	{ "B names one of two of its own, and nothing else: one has gone", "A S active b1(B) b2(B)",
	  "B S active b1", THEIRS, "b1(B)" },
	{ "B withdraws one from ours, and says the rest as we do", "C S active c1 b1(B) b2(B)",
	  "B S active b1 c1(C)", REPLACE, "" },
	{ "the same, but ours is another's there", "C S active c1 b1(B) b2(B)",
	  "B S active b1 c1(B)", OURS, "b1(B) c1(B)" },
	{ "the same, but one of ours is missing", "C S active c1 c2 b1(B) b2(B)",
	  "B S active b1 c1(C)", OURS, "c1(C) c2(C) b1(B)" },
	{ "one more, and one less", "A S active b1(B) b2(B) a1", "B S active b1 b3", THEIRS,
	  "a1(A) b1(B) b3(B)" },
	{ "one of ours that we don't know comes by way of B", "C S active c1",
	  "B S active b1 c9(C)", OURS, "c1(C) b1(B) c9(C)" },
};

/* The list in the record's place. */
static void set_list(struct record *record, const struct merge_list *list)
{
	record->address_count = list->count;
	memcpy(record->address, list->address, sizeof(list->address));
}

static void check_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct record existing = record_read(rows[i].existing);
		struct record replica = record_read(rows[i].replica);
		struct merge_list list = { 0 };
		char want[REPLICA_TEXT_MAX];
		enum merge_verdict got = merge_special(&existing, &replica, &leases, &list);

		if (got != rows[i].want)
			fail_msg("%s: verdict %d, wanted %d", rows[i].what, got, rows[i].want);
		if (got == KEEP || got == REPLACE)
			continue;
		snprintf(want, sizeof(want), "%s%s", "C S active ", rows[i].list);
		existing.owner = OWNER_SELF;
		set_list(&existing, &list);
		assert_replica(rows[i].what, &existing, want);
	}
}

static lease_time lease_of(const struct merge_list *list, const char *address)
{
	const struct record_address *entry =
		merge_find(list->address, list->count, address_read(address));

	assert_non_null(entry);
	return entry->expiry;
}

static void check_leases(void **state)
{
	struct record existing = record_read("C S active c1 b1(B) c2");
	struct record replica = record_read("B S active b1 c2 b3 c9(C)");
	struct merge_list list;

	(void)state;
	for (uint8_t i = 0; i < existing.address_count; i++)
		existing.address[i].expiry = 100U + i;
	assert_int_equal(merge_special(&existing, &replica, &leases, &list), MERGE_OURS);

	assert_int_equal(lease_of(&list, "c1"), 100); /* one that stays keeps its lease */
	assert_int_equal(lease_of(&list, "b1"), 101); /* so does one that B names again */
	assert_int_equal(lease_of(&list, "c2"), 900); /* of B now */
	assert_int_equal(lease_of(&list, "b3"), 900); /* new */
	assert_int_equal(lease_of(&list, "c9"), 600); /* ours: it has to refresh here */

	/* The oldest first. */
	assert_int_equal(list.address[0].address.s_addr, address_read("c1").s_addr);
	assert_int_equal(list.address[1].address.s_addr, address_read("b1").s_addr);
}

/* A list of members <letter>1, <letter>2 ..., the last one the oldest. */
static void fill(struct record *record, char letter, uint8_t count)
{
	for (uint8_t i = 0; i < count; i++) {
		char address[8];

		snprintf(address, sizeof(address), "%c%d", letter, i + 1);
		record->address[record->address_count++] = (struct record_address){
			.address = address_read(address),
			.owner = server_of((char)(letter - 'a' + 'A')),
			.expiry = 500U - i,
		};
	}
}

static bool has(const struct merge_list *list, const char *address)
{
	return merge_find(list->address, list->count, address_read(address)) != NULL;
}

/* Those who are in it stay. */
static void check_full_lists(void **state)
{
	struct record existing = record_read("C S active");
	struct record replica = record_read("B S active b1 b2");
	struct merge_list list;

	(void)state;
	fill(&existing, 'c', 20);
	fill(&existing, 'x', 4);
	assert_int_equal(merge_special(&existing, &replica, &leases, &list), MERGE_OURS);
	assert_int_equal(list.count, RECORD_MAX_ADDRESSES);
	assert_true(has(&list, "b1") && has(&list, "x4") && !has(&list, "b2"));

	fill(&existing, 'a', 1);
	assert_int_equal(merge_special(&existing, &replica, &leases, &list), MERGE_KEEP);
	existing.owner = server_of('A');
	assert_int_equal(merge_special(&existing, &replica, &leases, &list), MERGE_KEEP);

	/* Who leaves makes room. */
	existing.address[3] = (struct record_address){ address_read("b9"), server_of('B'), 1 };
	assert_int_equal(merge_special(&existing, &replica, &leases, &list), MERGE_THEIRS);
	assert_int_equal(list.count, RECORD_MAX_ADDRESSES);
	assert_true(has(&list, "b1") && !has(&list, "b9") && !has(&list, "b2"));
}

/* Each full of its own members and a few of the other's: neither can take all, so neither gives the
 * other a new version to take. */
static void check_full_lists_leave_each_other_alone(void **state)
{
	struct record existing = record_read("C S active"), replica = record_read("B S active");
	struct merge_list list;

	(void)state;
	fill(&existing, 'c', 20);
	fill(&existing, 'b', 5);
	fill(&replica, 'b', 20);
	fill(&replica, 'c', 5);
	assert_int_equal(merge_special(&existing, &replica, &leases, &list), MERGE_KEEP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_rows),
		cmocka_unit_test(check_leases),
		cmocka_unit_test(check_full_lists),
		cmocka_unit_test(check_full_lists_leave_each_other_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
