/*
 * What becomes of a replica: each cell of section 4's tables, the rules around them, challenges,
 * and the numbered cases about conflicts. C is this server, A, B and X are others.
 */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "nbnsd/replication/outcome.h"
#include "replica_text.h"

static const struct replica_rules usual = { 0 };
static const struct replica_rules migrating = { .migrate = true };
static const struct replica_rules verifying = { .is_verifying = true };

static const struct outcome_terms terms = { .now = 1000,
					    .renewal_s = 600,
					    .verify_s = 2400,
					    .extinction_s = 400,
					    .extinction_timeout_s = 500,
					    .version = 77 };

static const char *const verdicts[] = {
	[REPLICA_IGNORE] = "ignore",       [REPLICA_INSIST] = "insist",
	[REPLICA_TAKE] = "take",           [REPLICA_EVICT] = "evict",
	[REPLICA_MERGE] = "merge",         [REPLICA_MERGE_OURS] = "merge, ours",
	[REPLICA_JOIN] = "join",           [REPLICA_DEMAND] = "demand",
	[REPLICA_CHALLENGE] = "challenge",
};

static void assert_verdict(const char *what, enum replica_verdict got, enum replica_verdict want)
{
	if (got != want)
		fail_msg("%s: %s, wanted %s", what, verdicts[got], verdicts[want]);
}

/*
 * Tables A, B and C, as the digest has them: R take, K ignore, KP insist, RD evict; "a" by the
 * addresses, "SM" by the members.
 */
static const char *const columns[] = { "U active", "U tombstone", "G active", "G tombstone",
				       "S active", "S tombstone", "M active", "M tombstone" };

static const struct {
	const char *existing;
	const char *cell[8];
} table_a[] = {
	{ "U active", { "R", "K", "R", "K", "K", "K", "R", "K" } },
	{ "U released", { "R", "R", "R", "R", "R", "R", "R", "R" } },
	{ "U tombstone", { "R", "R", "R", "R", "R", "R", "R", "R" } },
	{ "G active", { "K", "K", "K", "K", "K", "K", "K", "K" } },
	{ "G released", { "K", "K", "R", "R", "K", "K", "K", "K" } },
	{ "G tombstone", { "K", "K", "R", "R", "R", "R", "R", "R" } },
	{ "S active", { "K", "K", "K", "K", "SM", "R", "K", "K" } },
	{ "S released", { "R", "R", "R", "R", "R", "R", "R", "R" } },
	{ "S tombstone", { "R", "R", "R", "R", "R", "R", "R", "R" } },
	{ "M active", { "R", "K", "R", "K", "K", "K", "R", "K" } },
	{ "M released", { "R", "R", "R", "R", "R", "R", "R", "R" } },
	{ "M tombstone", { "R", "R", "R", "R", "R", "R", "R", "R" } },
}, table_b_and_c[] = {
	{ "U active", { "a", "KP", "RD", "KP", "RD", "KP", "a", "KP" } },
	{ "G active", { "K", "K", "R", "KP", "K", "K", "K", "K" } },
	{ "S active", { "K", "K", "K", "K", "SM", "KP", "K", "K" } },
	{ "M active", { "a", "KP", "RD", "KP", "RD", "KP", "a", "KP" } },
	{ "U released", { "R", "R", "R", "R", "R", "R", "R", "R" } },
	{ "G released", { "K", "K", "R", "R", "K", "K", "K", "K" } },
	{ "S released", { "R", "R", "R", "R", "R", "R", "R", "R" } },
	{ "M released", { "R", "R", "R", "R", "R", "R", "R", "R" } },
	{ "U tombstone", { "R", "R", "R", "R", "R", "R", "R", "R" } },
	{ "S tombstone", { "R", "R", "R", "R", "R", "R", "R", "R" } },
	{ "M tombstone", { "R", "R", "R", "R", "R", "R", "R", "R" } },
	{ "G tombstone", { "K", "K", "R", "R", "R", "R", "R", "R" } },
};

/* Addresses of the replica, beside c1, or c1 and c2. */
enum relation { SAME, MORE, FEWER, OTHER, RELATIONS };

/* Fewer than one is another one. */
static const char *addresses_of(char kind, enum relation relation, bool of_replica)
{
	static const char *const lists[RELATIONS] = { "c1(B) c2(B)", "c1(B) c2(B) c3(B)", "c1(B)",
						      "b1(B) b2(B)" };
	static const char *const singles[RELATIONS] = { "c1(B)", "c1(B)", "c2(B)", "b1(B)" };
	bool is_list = kind == 'S' || kind == 'M';

	if (kind == 'G')
		return "";
	if (!of_replica)
		return is_list ? "c1 c2" : "c1";
	return is_list ? lists[relation] : singles[relation];
}

static bool has_all(const struct record *record, const struct record *of)
{
	size_t found = 0;

	for (size_t i = 0; i < of->address_count; i++)
		for (size_t j = 0; j < record->address_count; j++)
			found += record->address[j].address.s_addr == of->address[i].address.s_addr;
	return found == of->address_count;
}

static enum replica_verdict cell_verdict(const char *cell, const struct record *existing,
					 const struct record *replica)
{
	if (strcmp(cell, "K") == 0)
		return REPLICA_IGNORE;
	if (strcmp(cell, "R") == 0)
		return REPLICA_TAKE;
	if (strcmp(cell, "KP") == 0)
		return REPLICA_INSIST;
	if (strcmp(cell, "RD") == 0)
		return REPLICA_EVICT;
	if (strcmp(cell, "a") == 0)
		return has_all(replica, existing) ? REPLICA_TAKE : REPLICA_CHALLENGE;
	/* SM: with members of B that A's record has otherwise; ours, or those named by C's. */
	if (record_is_owned(existing))
		return REPLICA_MERGE_OURS;
	if (replica->address_count == existing->address_count && has_all(replica, existing))
		return REPLICA_TAKE;
	return has_all(existing, replica) || has_all(replica, existing) ? REPLICA_MERGE
									: REPLICA_MERGE_OURS;
}

static void check_cell(char owner, const char *here, const char *there, const char *cell)
{
	for (enum relation relation = 0; relation < RELATIONS; relation++) {
		char existing_text[64], replica_text[64], what[160];
		struct record existing, replica;

		snprintf(existing_text, sizeof(existing_text), "%c %s %s", owner, here,
			 addresses_of(here[0], relation, false));
		snprintf(replica_text, sizeof(replica_text), "B %s %s", there,
			 addresses_of(there[0], relation, true));
		snprintf(what, sizeof(what), "here %s, replica %s", existing_text, replica_text);
		existing = record_read(existing_text);
		replica = record_read(replica_text);
		assert_verdict(what, replica_decide(&existing, &replica, &usual),
			       cell_verdict(cell, &existing, &replica));
	}
}

static void check_table_a_replicas_of_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table_a); i++)
		for (size_t j = 0; j < ARRAY_SIZE(columns); j++)
			check_cell('A', table_a[i].existing, columns[j], table_a[i].cell[j]);
}

static void check_tables_b_and_c_records_of_ours(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table_b_and_c); i++)
		for (size_t j = 0; j < ARRAY_SIZE(columns); j++)
			check_cell('C', table_b_and_c[i].existing, columns[j],
				   table_b_and_c[i].cell[j]);
}

/*
 * One record beside one replica: the verdict, and the record that follows.
 */
struct row {
	const char *what, *existing, *replica;
	enum replica_verdict want;
	const char *after; /* NULL: as before */
};

static void check_row(const struct row *row, const struct replica_rules *rules)
{
	struct record existing = record_read(row->existing);
	struct record replica = record_read(row->replica);
	enum replica_verdict got = replica_decide(&existing, &replica, rules);

	assert_verdict(row->what, got, row->want);
	if (replica_is_change(got))
		outcome_of(&existing, got, &existing, &replica, &terms);
	assert_replica(row->what, &existing, row->after != NULL ? row->after : row->existing);
}

static void check_rows(const struct row *rows, size_t count, const struct replica_rules *rules)
{
	for (size_t i = 0; i < count; i++)
		check_row(&rows[i], rules);
}

/* The digest's notes, and what they decide. */
static void check_notes(void **state)
{
	static const struct row rows[] = {
		{ "A note 1: a group that is released keeps a special group out", "A G released",
		  "B S active b1", REPLICA_IGNORE, NULL },
		{ "A note 1: one that is released, and a tombstone of it", "A G released",
		  "B G tombstone", REPLICA_TAKE, "B G tombstone" },
		{ "A note 1: a multihomed one that is released", "A M released a1", "B U active b1",
		  REPLICA_TAKE, "B U active b1" },
		{ "A note 2: a list's tombstone ends an active replica, with nobody in it",
		  "A S active a1", "B S tombstone", REPLICA_TAKE, "B S tombstone" },
		{ "B note 3, D17: our group's tombstone gives way to a list", "C G tombstone",
		  "B S active b1", REPLICA_TAKE, "B S active b1" },
		{ "C note 4: a tombstone takes no address out of our record", "C M active c1 c2(B)",
		  "B M tombstone c2", REPLICA_INSIST, "C:77 M active c1 c2(B)" },
		{ "4.7: released is no better than a tombstone", "C U active c1", "B U released b1",
		  REPLICA_INSIST, "C:77 U active c1" },
		{ "4.7: and is stored where a tombstone is", "A U released a1", "B U released b1",
		  REPLICA_TAKE, "B U released b1" },
		{ "D8: a group's tombstone beside a name of ours", "C U active c1", "B G tombstone",
		  REPLICA_INSIST, "C:77 U active c1" },
		{ "D9: nothing but a group moves a group of ours", "C G active", "B S active b1",
		  REPLICA_IGNORE, NULL },
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), &usual);
}

/* Rows 14 to 17 and 22 to 25; 1 to 13 and 18 to 21 are in test_merge.c. */
static void check_tombstones_of_lists(void **state)
{
	static const char *const members[] = { "", " a3(A) a4(A)", " b3 b4", " b3 b4 x3(X) x4(X)" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		char text[64];
		struct row theirs = { "14 to 17: a list's tombstone, whatever it names",
				      "A S active b3(B) b4(B) x3(X) x4(X)", text, REPLICA_TAKE,
				      text };
		struct row ours = { "22 to 25: it is nothing to a list of ours", "C S active c1 c2",
				    text, REPLICA_INSIST, "C:77 S active c1 c2" };

		snprintf(text, sizeof(text), "B S tombstone%s", members[i]);
		check_row(&theirs, &usual);
		check_row(&ours, &usual);
	}
}

/* A list with nobody in it is nobody's claim. */
static void check_empty_lists(void **state)
{
	static const struct row rows[] = {
		{ "takes nothing from a name of ours", "C U active c1", "B S active",
		  REPLICA_INSIST, "C:77 U active c1" },
		{ "nor from another server's", "A U active a1", "B M active", REPLICA_IGNORE,
		  NULL },
		{ "is stored as released in the place of what is gone", "A U tombstone a1",
		  "B S active", REPLICA_TAKE, "B S released" },
		{ "ends the list of its own server", "B:9 S active b1", "B S active", REPLICA_TAKE,
		  "B S released" },
		{ "ours, when the last one leaves it", "C S active b1(B)", "B S active",
		  REPLICA_MERGE_OURS, "C:77 S released" },
		{ "a replica, when the last one leaves it", "A S active b1(B)", "B S active",
		  REPLICA_MERGE_OURS, "C:77 S released" },
	};
	struct record replica = record_read("B S active");

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), &usual);
	assert_verdict("is no record", replica_decide(NULL, &replica, &usual), REPLICA_IGNORE);
}

/* Rules 1 and 2. */
static void check_new_names_and_same_owners(void **state)
{
	static const char *const all[] = { "B U active b1",        "B U released b1",
					   "B U tombstone b1",     "B G active",
					   "B G released",         "B G tombstone",
					   "B S active b1",        "B S released b1",
					   "B S tombstone",        "B M active b1",
					   "B M released b1",      "B M tombstone b1",
					   "B U active static b1", "B S active static b1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct record replica = record_read(all[i]);

		assert_verdict(all[i], replica_decide(NULL, &replica, &usual), REPLICA_TAKE);
		for (size_t j = 0; j < ARRAY_SIZE(all); j++) {
			struct record existing = record_read(all[j]);
			char what[80];

			snprintf(what, sizeof(what), "%s after %s", all[i], all[j]);
			replica.version = existing.version + 1;
			assert_verdict(what, replica_decide(&existing, &replica, &usual),
				       REPLICA_TAKE);
			assert_verdict(what, replica_decide(&replica, &existing, &usual),
				       REPLICA_IGNORE);
			assert_verdict(what, replica_decide(&replica, &existing, &verifying),
				       REPLICA_TAKE);
		}
	}
}

static void check_same_owner_versions(void **state)
{
	static const struct row rows[] = {
		{ "the same again", "B:7 U active b1", "B:7 U active b1", REPLICA_IGNORE, NULL },
		{ "the same again does not undo a merge", "B:7 S active b1 a1(A)",
		  "B:7 S active b1", REPLICA_IGNORE, NULL },
		{ "an older one, by way of another partner", "B:7 U active b1",
		  "B:6 U tombstone b1", REPLICA_IGNORE, NULL },
		{ "ours come back after the database was lost", "C:7 U active c1",
		  "C:900 U active c2", REPLICA_TAKE, "C:900 U active c2" },
		{ "an older one of ours comes back", "C:900 U active c2", "C:7 U active c1",
		  REPLICA_IGNORE, NULL },
	}, rows_verifying[] = {
		{ "an owner that has begun anew is believed", "B:900 U active b1",
		  "B:7 U active b2", REPLICA_TAKE, "B:7 U active b2" },
		{ "it says nothing about others' records", "A:900 U active a1", "B:7 S active b2",
		  REPLICA_IGNORE, NULL },
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), &usual);
	check_rows(rows_verifying, ARRAY_SIZE(rows_verifying), &verifying);
}

/* Section 4.3. */
static void check_static_records(void **state)
{
	static const char *const statics[] = { "A U active static a1", "A M active static a1 a2",
					       "A G active static",    "A S active static a1",
					       "C U active static c1", "C M active static c1 c2",
					       "C G active static",    "C S active static c1" };
	static const char *const replicas[] = { "B U active b1",       "B U tombstone b1",
						"B G active",          "B G tombstone",
						"B S active b1",       "B S active",
						"B S tombstone b1",    "B M active b1 c1 c2",
						"B M tombstone b1",    "B U active static b1",
						"B G active static",   "B S active static b1",
						"B M active static b1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(statics); i++)
		for (size_t j = 0; j < ARRAY_SIZE(replicas); j++) {
			struct row row = { "a static record stays", statics[i], replicas[j],
					   REPLICA_IGNORE, NULL };
			char insisting[64];

			if (statics[i][0] == 'C' && strstr(replicas[j], "tombstone") != NULL) {
				snprintf(insisting, sizeof(insisting), "C:77%s", statics[i] + 1);
				row.want = REPLICA_INSIST;
				row.after = insisting;
			}
			check_row(&row, &usual);
		}
}

static void check_static_records_that_migrate(void **state)
{
	static const struct row rows[] = {
		{ "U gives way to U", "A U active static a1", "B U active b1", REPLICA_TAKE,
		  "B U active b1" },
		{ "M gives way to U", "A M active static a1", "B U active b1", REPLICA_TAKE,
		  "B U active b1" },
		{ "M gives way to M", "A M active static a1", "B M active b1 b2", REPLICA_TAKE,
		  "B M active b1 b2" },
		{ "U does not give way to M", "A U active static a1", "B M active b1",
		  REPLICA_IGNORE, NULL },
		{ "ours has the same address", "C U active static c1", "B U active c1",
		  REPLICA_TAKE, "B U active c1" },
		{ "ours is asked", "C U active static c1", "B U active b1", REPLICA_CHALLENGE,
		  NULL },
		{ "a tombstone is overruled", "C U active static c1", "B U tombstone c1",
		  REPLICA_INSIST, "C:77 U active static c1" },
		{ "groups do not take its place", "C U active static c1", "B G active",
		  REPLICA_IGNORE, NULL },
		{ "nor lists", "C U active static c1", "B S active b1", REPLICA_IGNORE, NULL },
		{ "a group stays", "C G active static", "B G active", REPLICA_IGNORE, NULL },
		{ "a list stays, and takes nobody in", "C S active static c1", "B S active b1",
		  REPLICA_IGNORE, NULL },
		{ "a list stays beside a name", "A S active static a1", "B U active b1",
		  REPLICA_IGNORE, NULL },
		{ "of two static ones the first stays", "A U active static a1",
		  "B U active static b1", REPLICA_IGNORE, NULL },
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), &migrating);
}

static void check_static_replicas(void **state)
{
	static const struct row rows[] = {
		{ "take the place of what is registered here, without a challenge", "C U active c1",
		  "B U active static b1", REPLICA_TAKE, "B U active static b1" },
		{ "of a group of ours", "C G active", "B U active static b1", REPLICA_TAKE,
		  "B U active static b1" },
		{ "of a list of ours: there is no merge", "C S active c1", "B S active static b1",
		  REPLICA_TAKE, "B S active static b1" },
		{ "of another server's group", "A G active", "B M active static b1 b2",
		  REPLICA_TAKE, "B M active static b1 b2" },
		{ "taken back, they are tombstones like any", "C U active c1",
		  "B U tombstone static b1", REPLICA_INSIST, "C:77 U active c1" },
		{ "and the name is free", "B:9 U active static b1", "B U tombstone static b1",
		  REPLICA_TAKE, "B U tombstone b1" },
		{ "for replicas, too", "A U tombstone static a1", "B U active b1", REPLICA_TAKE,
		  "B U active b1" },
		{ "a dynamic one of the same owner", "B:9 S active static b1", "B S active b2",
		  REPLICA_TAKE, "B S active b2" },
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), &usual);
}

/*
 * Section 4.5: challenges. The client says no, or nothing: NULL.
 */
struct contest {
	const char *what, *existing, *replica, *client;
	enum replica_verdict want;
	const char *after; /* NULL: as before */
};

static size_t named_read(const char *text, struct nbt_address *named)
{
	char record_text[160];
	struct record record;

	snprintf(record_text, sizeof(record_text), "C S active %s", text);
	record = record_read(record_text);
	for (size_t i = 0; i < record.address_count; i++)
		named[i] = (struct nbt_address){ .address = record.address[i].address };
	return record.address_count;
}

static void check_contest(const struct contest *contest)
{
	struct record existing = record_read(contest->existing);
	struct record replica = record_read(contest->replica);
	struct nbt_address named[RECORD_MAX_ADDRESSES];
	struct replica_testimony testimony = { .version = existing.version, .named = named };
	enum replica_verdict verdict = replica_decide(&existing, &replica, &usual);

	assert_verdict(contest->what, verdict, REPLICA_CHALLENGE);
	if (contest->client != NULL) {
		testimony.is_held = true;
		testimony.named_count = named_read(contest->client, named);
	}
	verdict = replica_settle(&existing, &replica, &testimony, &usual);
	assert_verdict(contest->what, verdict, contest->want);
	if (replica_is_change(verdict))
		assert_false(outcome_of(&existing, verdict, &existing, &replica, &terms));
	assert_replica(contest->what, &existing,
		       contest->after != NULL ? contest->after : contest->existing);
}

static const struct contest contests[] = {
	{ "U c1, U elsewhere: the client is there", "C U active c1", "B U active b1", "c1",
	  REPLICA_IGNORE, NULL },
	{ "U c1, M elsewhere: the client is there", "C U active c1", "B M active b3 b4", "c1",
	  REPLICA_IGNORE, NULL },
	{ "U c1, U elsewhere: it has other addresses", "C U active c1", "B U active b1", "a3 a4",
	  REPLICA_IGNORE, NULL },
	{ "U c1, M elsewhere: it has other addresses", "C U active c1", "B M active b3 b4", "a3 a4",
	  REPLICA_IGNORE, NULL },
	{ "U c1, U elsewhere: nobody", "C U active c1", "B U active b1", NULL, REPLICA_EVICT,
	  "B U active b1" },
	{ "U c1, M elsewhere: nobody", "C U active c1", "B M active b3 b4", NULL, REPLICA_EVICT,
	  "B M active b3 b4" },
	{ "U c1, U c2: the client has moved there", "C U active c1", "B U active c2", "c2",
	  REPLICA_DEMAND, NULL },
	{ "U c1, U c2: the client has both, and more", "C U active c1", "B U active c2", "c1 c2 c3",
	  REPLICA_JOIN, "B M active c1(C) c2(B)" },
	{ "U c1, M c2: the client has both, and more", "C U active c1", "B M active c2", "c1 c2 c3",
	  REPLICA_JOIN, "B M active c1(C) c2(B)" },
	{ "M c1, U elsewhere: the client is there", "C M active c1", "B U active b1", "c1",
	  REPLICA_IGNORE, NULL },
	{ "M c1, M elsewhere: nobody", "C M active c1", "B M active b3 b4", NULL, REPLICA_EVICT,
	  "B M active b3 b4" },
	{ "M c1, U c2: the client has moved there", "C M active c1", "B U active c2", "c2",
	  REPLICA_DEMAND, NULL },
	{ "M c1, M c2: the client has both, and more", "C M active c1", "B M active c2", "c1 c2 c3",
	  REPLICA_JOIN, "B M active c1(C) c2(B)" },
	{ "M c1 c2, M c1: the client has both", "C M active c1 c2", "B M active c1", "c1 c2",
	  REPLICA_JOIN, "B M active c1(B) c2(C)" },
	{ "M c1 c2, M c1: the client has more", "C M active c1 c2", "B M active c1", "c1 c2 c3",
	  REPLICA_JOIN, "B M active c1(B) c2(C)" },
	{ "M c1 c2, M c1: the client has lost c2", "C M active c1 c2", "B M active c1", "c1",
	  REPLICA_DEMAND, NULL },
	{ "M c1 c2, M c1: it has other addresses", "C M active c1 c2", "B M active c1", "b3 b4",
	  REPLICA_IGNORE, NULL },
	{ "M c1 c2, M c1: nobody", "C M active c1 c2", "B M active c1", NULL, REPLICA_EVICT,
	  "B M active c1" },
	{ "M c1 c2, U c1: the client has both", "C M active c1 c2", "B U active c1", "c1 c2",
	  REPLICA_JOIN, "B M active c1(B) c2(C)" },
	{ "all members count, whoever owns them", "C M active c1 x2(X)", "B M active c1", "c1",
	  REPLICA_DEMAND, NULL },
	{ "what X registered was found here: it is ours", "C M active c1 x2(X)", "B M active c1",
	  "c1 x2", REPLICA_JOIN, "B M active c1(B) x2(C)" },
	{ "a client that names no address", "C U active c1", "B U active b1", "", REPLICA_IGNORE,
	  NULL },
};

static void check_challenges(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(contests); i++)
		check_contest(&contests[i]);
}

/* The rows of 4.5 in which nobody is asked. */
static void check_replicas_with_all_addresses(void **state)
{
	static const struct row rows[] = {
		{ "U c1, U c1", "C U active c1", "B U active c1", REPLICA_TAKE, "B U active c1" },
		{ "U c1, M c1", "C U active c1", "B M active c1", REPLICA_TAKE, "B M active c1" },
		{ "U c1, M c1 c2 c3", "C U active c1", "B M active c1 c2 c3", REPLICA_TAKE,
		  "B M active c1 c2 c3" },
		{ "M c1 c2, M c1 c2 c3", "C M active c1 c2", "B M active c1 c2 c3", REPLICA_TAKE,
		  "B M active c1 c2 c3" },
		{ "M c1 c2, M c1 c2", "C M active c1 c2", "B M active c1 c2", REPLICA_TAKE,
		  "B M active c1 c2" },
		{ "whoever owns them", "C M active c1(X) c2", "B M active c1(A) c2(X)",
		  REPLICA_TAKE, "B M active c1(A) c2(X)" },
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), &usual);
}

/* What was asked about is no longer what is there: the answer does not count. */
static void check_late_answers(void **state)
{
	static const struct {
		const char *what, *now; /* NULL: the record is gone */
		enum replica_verdict want;
	} rows[] = {
		{ "unchanged", "C:10 U active c1", REPLICA_JOIN },
		{ "a new version", "C:11 U active c3", REPLICA_CHALLENGE },
		{ "a new version, of another server", "A:10 U active c1", REPLICA_TAKE },
		{ "a new version, which the replica has whole", "C:11 U active c2", REPLICA_TAKE },
		{ "released meanwhile, which is no new version", "C:10 U released c1",
		  REPLICA_TAKE },
		{ "a group by now", "C:11 G active", REPLICA_IGNORE },
		{ "gone", NULL, REPLICA_TAKE },
	};
	struct record replica = record_read("B U active c2");
	struct nbt_address named[RECORD_MAX_ADDRESSES];
	struct replica_testimony testimony = { .version = 10, .is_held = true, .named = named };

	(void)state;
	testimony.named_count = named_read("c1 c2 c3", named);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct record now = record_read(rows[i].now != NULL ? rows[i].now : "C G active");

		assert_verdict(rows[i].what,
			       replica_settle(rows[i].now != NULL ? &now : NULL, &replica,
					      &testimony, &usual),
			       rows[i].want);
	}
}

/*
 * Checks of a replica by itself.
 */
static const struct {
	const char *what, *replica;
	enum replica_check want;
} checks[] = {
	{ "what was asked for", "B:10 U active b1", REPLICA_PASSED },
	{ "the lowest version", "B:5 U active b1", REPLICA_PASSED },
	{ "the highest version", "B:20 U active b1", REPLICA_PASSED },
	{ "below", "B:4 U active b1", REPLICA_UNWANTED },
	{ "above", "B:21 U active b1", REPLICA_UNWANTED },
	{ "of another owner", "A:10 U active a1", REPLICA_UNWANTED },
	{ "of ours", "C:10 U active c1", REPLICA_UNWANTED },
	{ "released ones are taken", "B:10 U released b1", REPLICA_PASSED },
	{ "with members of anybody, us too", "B:10 S active b1 a1(A) c1(C)", REPLICA_PASSED },
	{ "with nobody", "B:10 S active", REPLICA_PASSED },
};

static struct replica_question question_of(char owner)
{
	return (struct replica_question){ .owner = server_of(owner), .min = 5, .max = 20 };
}

static void check_what_was_asked_for(void **state)
{
	struct replica_question question = question_of('B');
	struct record replica;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		replica = record_read(checks[i].replica);
		if (replica_check(&replica, &question) != checks[i].want)
			fail_msg("%s", checks[i].what);
	}
	replica = record_read("B:21 U active b1");
	question.max = 0;
	assert_int_equal(replica_check(&replica, &question), REPLICA_PASSED);
	question = question_of('C');
	replica = record_read("C:10 U active c1");
	assert_int_equal(replica_check(&replica, &question), REPLICA_PASSED);
}

/* S12 */
static void check_proxy_names(void **state)
{
	static const char *const names[] = { "WPAD<00>", "WPAD<20>", "ISATAP<00>" };
	struct replica_question question = question_of('B');
	struct record replica = record_read("B:10 U active static b1");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		replica.name = name_of(names[i]);
		question.allow_proxy_names = false;
		assert_int_equal(replica_check(&replica, &question), REPLICA_PROXY_NAME);
		question.allow_proxy_names = true;
		assert_int_equal(replica_check(&replica, &question), REPLICA_PASSED);
	}
}

static enum replica_check check_with(struct record replica)
{
	struct replica_question question = { .owner = replica.owner, .min = 1 };

	return replica_check(&replica, &question);
}

static struct record with_address(const char *address, uint8_t state)
{
	struct record replica = record_read("B S active b1 b2");

	replica.state = state;
	replica.address[1].address.s_addr = inet_addr(address);
	return replica;
}

static void check_malformed(void **state)
{
	static const char *const bad[] = { "0.0.0.0", "255.255.255.255", "224.0.0.1", "239.1.2.3" };
	struct record replica = record_read("B S active b1 b2");

	(void)state;
	assert_int_equal(check_with(replica), REPLICA_PASSED);
	assert_int_equal(check_with(with_address("127.65.65.1", RECORD_ACTIVE)), REPLICA_PASSED);
	replica.state = 3;
	assert_int_equal(check_with(replica), REPLICA_MALFORMED);
	replica = record_read("B S active b1 b2");
	replica.kind = 4;
	assert_int_equal(check_with(replica), REPLICA_MALFORMED);
	replica = record_read("B S active b1 b2");
	replica.version = UINT64_C(1) << 63;
	assert_int_equal(check_with(replica), REPLICA_MALFORMED);
	replica.version--;
	assert_int_equal(check_with(replica), REPLICA_PASSED);
	replica.address_count = RECORD_MAX_ADDRESSES + 1;
	assert_int_equal(check_with(replica), REPLICA_MALFORMED);

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(check_with(with_address(bad[i], RECORD_ACTIVE)),
				 REPLICA_MALFORMED);
		assert_int_equal(check_with(with_address(bad[i], RECORD_TOMBSTONE)),
				 REPLICA_PASSED);
	}
	for (size_t i = 1; i < ARRAY_SIZE(bad); i++) {
		replica = record_read("B S active b1 b2");
		replica.address[1].owner.s_addr = inet_addr(bad[i]);
		assert_int_equal(check_with(replica), REPLICA_MALFORMED);
		replica = record_read("B S active b1 b2");
		replica.owner.s_addr = inet_addr(bad[i]);
		assert_int_equal(check_with(replica), REPLICA_MALFORMED);
	}
	replica = record_read("B S active b1 b2(C)");
	assert_int_equal(check_with(replica), REPLICA_PASSED);
}

static void check_addresses_are_read_once(void **state)
{
	struct record replica = record_read("B S active");

	(void)state;
	replica_add_address(&replica, address_read("b1"), server_of('B'));
	replica_add_address(&replica, address_read("b1"), server_of('A'));
	replica_add_address(&replica, address_read("a1"), server_of('A'));
	assert_replica("each once", &replica, "B S active b1(B) a1(A)");
}

/*
 * Ageing and verification.
 */
static void check_ageing(void **state)
{
	static const struct {
		const char *what;
		uint8_t state;
		bool may_delete;
		enum replica_ageing want;
	} rows[] = {
		{ "active", RECORD_ACTIVE, false, REPLICA_VERIFY },
		{ "active, up for long", RECORD_ACTIVE, true, REPLICA_VERIFY },
		{ "released", RECORD_RELEASED, false, REPLICA_BURY },
		{ "tombstone, up for an hour", RECORD_TOMBSTONE, false, REPLICA_LASTS },
		{ "tombstone, up for three days", RECORD_TOMBSTONE, true, REPLICA_DELETE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t s = rows[i].state;
		bool may_delete = rows[i].may_delete;

		assert_int_equal(replica_age(s, 100, 99, may_delete), REPLICA_LASTS);
		if (replica_age(s, 100, 100, may_delete) != rows[i].want)
			fail_msg("%s", rows[i].what);
		assert_int_equal(replica_age(s, LEASE_FOREVER, LEASE_FOREVER, may_delete),
				 REPLICA_LASTS);
	}
}

static void check_verification(void **state)
{
	static const struct {
		const char *what, *existing;
		struct replica_roll roll; /* of B */
		bool want;
	} rows[] = {
#define WHOLE .highest = 10, .is_whole = true
		{ "not in the answer", "B:10 U active b1", { WHOLE, .is_by_owner = true }, true },
		{ "nor in another server's", "B:10 U active b1", { WHOLE }, true },
		{ "static ones, too", "B:10 U active static b1", { WHOLE }, true },
		{ "the answer was cut off", "B:10 U active b1", { .highest = 10 }, false },
		{ "empty, and not from the owner",
		  "B:10 U active b1",
		  { WHOLE, .is_empty = true },
		  false },
		{ "empty, from the owner",
		  "B:10 U active b1",
		  { WHOLE, .is_empty = true, .is_by_owner = true },
		  true },
		{ "newer than what was asked for", "B:11 U active b1", { WHOLE }, false },
		{ "of another server", "A:10 U active a1", { WHOLE }, false },
		{ "a tombstone lives out its time", "B:10 U tombstone b1", { WHOLE }, false },
		{ "a released one was never sent", "B:10 U released b1", { WHOLE }, false },
#undef WHOLE
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct record existing = record_read(rows[i].existing);
		struct replica_roll roll = rows[i].roll;

		roll.owner = server_of('B');
		if (replica_is_withdrawn(&existing, &roll) != rows[i].want)
			fail_msg("%s", rows[i].what);
	}
}

/*
 * The numbered cases of section 8 that are about conflicts.
 */
#define CASES(...)                                                                                 \
	do {                                                                                       \
		static const struct row rows[] = { __VA_ARGS__ };                                  \
		(void)state;                                                                       \
		check_rows(rows, ARRAY_SIZE(rows), &usual);                                        \
	} while (0)
#define K REPLICA_IGNORE
#define R REPLICA_TAKE

static void case_18_a_unique_name_of_b_replaces_as(void **state)
{
	CASES({ "18", "A U active a1", "B U active b1", R, "B U active b1" });
}

static void case_19_a_tombstone_does_not(void **state)
{
	CASES({ "19", "A U active a1", "B U tombstone b1", K, NULL });
}

static void case_20_unless_as_is_released(void **state)
{
	CASES({ "A's update", "A:9 U active a1", "A U released a1", R, "A U released a1" },
	      { "20", "A U released a1", "B U tombstone b1", R, "B U tombstone b1" });
}

static void case_21_a_group_replaces_a_unique_name(void **state)
{
	CASES({ "21", "A U active a1", "B G active", R, "B G active" });
}

static void case_22_a_special_group_does_not(void **state)
{
	CASES({ "22", "A U active a1", "B S active b1", K, NULL });
}

static void case_23_a_group_stays_beside_a_group(void **state)
{
	CASES({ "23", "A G active", "B G active", K, NULL });
}

static void case_24_a_groups_tombstone_beside_a_unique_name(void **state)
{
	CASES({ "24", "A G tombstone", "B U active b1", K, NULL });
}

static void case_25_a_groups_tombstone_beside_a_multihomed_name(void **state)
{
	CASES({ "25", "A G tombstone", "B M active b1", R, "B M active b1" });
}

static void case_26_a_released_group_stays(void **state)
{
	CASES({ "26", "A G released", "B M active b1", K, NULL });
}

static void case_27_a_special_group_stays_beside_other_kinds(void **state)
{
	CASES({ "27 U", "A S active a1", "B U active b1", K, NULL },
	      { "27 G", "A S active a1", "B G active", K, NULL },
	      { "27 M", "A S active a1", "B M active b1", K, NULL });
}

static void case_28_a_special_groups_tombstone_without_members(void **state)
{
	CASES({ "28", "A S active a3 a4", "B S tombstone", R, "B S tombstone" });
}

static void case_29_multihomed_names_are_as_unique_ones(void **state)
{
	CASES({ "29", "A M active a1", "B U active b1", R, "B U active b1" },
	      { "29", "A M active a1", "B M tombstone b1", K, NULL });
}

static void case_30_what_its_owner_says_counts(void **state)
{
	CASES({ "30", "A:1 U active a1", "A:2 S tombstone a1", R, "A:2 S tombstone a1" },
	      { "30", "A:2 S tombstone a1", "A:3 M active a1", R, "A:3 M active a1" });
}

static void case_31_two_special_groups_become_ours(void **state)
{
	CASES({ "31", "A S active a3 a4", "B S active b3 b4", REPLICA_MERGE_OURS,
		"C:77 S active a3(A) a4(A) b3(B) b4(B)" });
}

static void case_32_members_of_b_have_gone(void **state)
{
	CASES({ "32", "A S active b3(B) b4(B) x3(X) x4(X)", "B:12 S active a3(A) a4(A)",
		REPLICA_MERGE, "B:12 S active a3(A) a4(A) x3(X) x4(X)" });
}

static void case_33_b_has_no_members_any_more(void **state)
{
	CASES({ "33", "A S active a3 b3(B)", "B:12 S active", REPLICA_MERGE,
		"B:12 S active a3(A)" });
}

static void case_34_b_never_had_any(void **state)
{
	CASES({ "34", "A S active a3", "B S active", K, NULL });
}

static void case_35_b_knows_fewer(void **state)
{
	CASES({ "35", "A S active a3 a4 x3(X)", "B S active a3(A)", K, NULL });
}

static void case_36_of_27_members_25_are_kept(void **state)
{
	struct record replica = record_read("B S active"), out;

	(void)state;
	for (uint32_t i = 1; i <= 27; i++)
		replica_add_address(&replica, (struct in_addr){ htonl(0x0A020000U + i) },
				    server_of('B'));
	assert_verdict("36", replica_decide(NULL, &replica, &usual), R);
	outcome_of(&out, R, NULL, &replica, &terms);
	assert_int_equal(out.address_count, 25);
	assert_int_equal(ntohl(out.address[24].address.s_addr), 0x0A020000U + 25);
}

static void case_37_a_withdrawn_list_gives_way(void **state)
{
	CASES({ "37", "A:1 S active a3", "A:2 S active", R, "A:2 S released" },
	      { "37", "A:2 S released", "B S active b1", R, "B S active b1" });
}

static void case_38_released_here_and_replaced(void **state)
{
	CASES({ "38", "C U released c1", "B G active", R, "B G active" },
	      { "38", "C S released c1", "B U tombstone b1", R, "B U tombstone b1" },
	      { "38", "C M released c1", "B S active b1", R, "B S active b1" });
}

static void case_39_a_released_group_gives_way_to_groups_only(void **state)
{
	CASES({ "39 U", "C G released", "B U active b1", K, NULL },
	      { "39 S", "C G released", "B S active b1", K, NULL },
	      { "39 M", "C G released", "B M active b1", K, NULL },
	      { "39 G", "C G released", "B G active", R, "B G active" });
}

static void case_40_the_same_address_and_no_packet(void **state)
{
	CASES({ "40", "C U active c1", "B U active c1", R, "B U active c1" });
}

static void contest_case(const char *what, const char *existing, const char *replica,
			 const char *client, enum replica_verdict want, const char *after)
{
	const struct contest contest = { what, existing, replica, client, want, after };

	check_contest(&contest);
}

static void case_41_the_client_is_there(void **state)
{
	(void)state;
	contest_case("41", "C U active c1", "B U active b1", "c1", K, NULL);
}

static void case_42_the_client_is_not_there(void **state)
{
	(void)state;
	contest_case("42", "C U active c1", "B U active b1", NULL, REPLICA_EVICT, "B U active b1");
}

static void case_43_the_client_has_both_addresses(void **state)
{
	(void)state;
	contest_case("43", "C U active c1", "B:12 U active c2", "c1 c2 c3", REPLICA_JOIN,
		     "B:12 M active c1(C) c2(B)");
}

static void case_44_the_client_has_only_the_new_address(void **state)
{
	(void)state;
	contest_case("44", "C U active c1", "B U active c2", "c2", REPLICA_DEMAND, NULL);
}

static void case_45_groups_evict_a_live_name(void **state)
{
	CASES({ "45 G", "C U active c1", "B G active", REPLICA_EVICT, "B G active" },
	      { "45 S same", "C U active c1", "B S active c1", REPLICA_EVICT, "B S active c1" },
	      { "45 S", "C U active c1", "B S active b1", REPLICA_EVICT, "B S active b1" });
}

static void case_46_tombstones_are_overruled(void **state)
{
	CASES({ "46 U", "C U active c1", "B U tombstone c1", REPLICA_INSIST, "C:77 U active c1" },
	      { "46 G", "C U active c1", "B G tombstone", REPLICA_INSIST, "C:77 U active c1" },
	      { "46 S", "C U active c1", "B S tombstone c1", REPLICA_INSIST, "C:77 U active c1" },
	      { "46 M", "C U active c1", "B M tombstone c1", REPLICA_INSIST, "C:77 U active c1" });
}

static void case_47_our_group_goes_to_another_servers_group(void **state)
{
	CASES({ "47 G", "C G active", "B G active", R, "B G active" },
	      { "47 U", "C G active", "B U active b1", K, NULL },
	      { "47 S", "C G active", "B S active b1", K, NULL },
	      { "47 M", "C G active", "B M active b1", K, NULL });
}

static void case_48_our_special_group_takes_members_over(void **state)
{
	CASES({ "48", "C S active c1 c2", "B S active c1", REPLICA_MERGE_OURS,
		"C:77 S active c1(B) c2(C)" },
	      { "48", "C S active c1 c2", "B S tombstone c1", REPLICA_INSIST,
		"C:77 S active c1 c2" });
}

static void case_49_multihomed_names(void **state)
{
	CASES({ "49", "C M active c1 c2", "B M active c1 c2 c3", R, "B M active c1 c2 c3" });
	contest_case("49", "C M active c1 c2", "B M active c1", "c1 c2", REPLICA_JOIN,
		     "B M active c1(B) c2(C)");
}

static void case_51_static_names(void **state)
{
	const struct row migrated = { "51, migration on", "A U active static a1", "B U active b1",
				      R, "B U active b1" };

	CASES({ "51", "A U active static a1", "B U active b1", K, NULL },
	      { "51, deleted", "A U active static a1", "B U tombstone b1", K, NULL },
	      { "51, ours was deleted elsewhere", "C U active static c1", "B U tombstone b1",
		REPLICA_INSIST, "C:77 U active static c1" },
	      { "51", "C U active c1", "B U active static b1", R, "B U active static b1" });
	check_row(&migrated, &migrating);
}

static void case_52_two_static_names_play_no_ping_pong(void **state)
{
	struct record ours = record_read("C:7 U active static c1");
	struct record theirs = record_read("B:7 U active static b1");
	struct record back = record_read("A:7 U active static a1"); /* ours, as B sees it */
	struct record there = record_read("C:7 U active static b1");

	(void)state;
	for (int cycle = 0; cycle < 10; cycle++) {
		assert_verdict("52 here", replica_decide(&ours, &theirs, &usual), K);
		assert_verdict("52 there", replica_decide(&there, &back, &usual), K);
	}
}

static void case_54_tombstones_outlive_a_restart(void **state)
{
	(void)state;
	assert_int_equal(replica_age(RECORD_TOMBSTONE, 100, 200, false), REPLICA_LASTS);
	assert_int_equal(replica_age(RECORD_TOMBSTONE, 100, 200, true), REPLICA_DELETE);
}

static void case_56_the_tenth_name_is_gone(void **state)
{
	struct replica_roll roll = { .owner = server_of('B'), .highest = 10, .is_whole = true };
	struct record tenth = record_read("B:10 U active b1");

	(void)state;
	assert_true(replica_is_withdrawn(&tenth, &roll));
	roll.is_whole = false; /* the connection was lost */
	assert_false(replica_is_withdrawn(&tenth, &roll));
}

static void case_57_an_owner_on_the_reject_list(void **state)
{
	struct replica_question question = { .owner = server_of('A'), .owner_is_refused = true };
	struct record replica = record_read("A U active a1");

	(void)state;
	assert_int_equal(replica_check(&replica, &question), REPLICA_REFUSED);
	question.owner_is_refused = false;
	assert_int_equal(replica_check(&replica, &question), REPLICA_PASSED);
}

static void case_60_a_refresh_makes_the_answer_late(void **state)
{
	struct record replica = record_read("B U active c2"), now = record_read("C:11 U active c1");
	struct nbt_address named[RECORD_MAX_ADDRESSES];
	struct replica_testimony testimony = { .version = 10, .is_held = true, .named = named };

	(void)state;
	testimony.named_count = named_read("c1 c2", named);
	assert_verdict("60", replica_settle(&now, &replica, &testimony, &usual), REPLICA_CHALLENGE);
	now.version = 10;
	assert_verdict("60", replica_settle(&now, &replica, &testimony, &usual), REPLICA_JOIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_table_a_replicas_of_others),
		cmocka_unit_test(check_tables_b_and_c_records_of_ours),
		cmocka_unit_test(check_notes),
		cmocka_unit_test(check_tombstones_of_lists),
		cmocka_unit_test(check_empty_lists),
		cmocka_unit_test(check_new_names_and_same_owners),
		cmocka_unit_test(check_same_owner_versions),
		cmocka_unit_test(check_static_records),
		cmocka_unit_test(check_static_records_that_migrate),
		cmocka_unit_test(check_static_replicas),
		cmocka_unit_test(check_challenges),
		cmocka_unit_test(check_replicas_with_all_addresses),
		cmocka_unit_test(check_late_answers),
		cmocka_unit_test(check_what_was_asked_for),
		cmocka_unit_test(check_proxy_names),
		cmocka_unit_test(check_malformed),
		cmocka_unit_test(check_addresses_are_read_once),
		cmocka_unit_test(check_ageing),
		cmocka_unit_test(check_verification),
		cmocka_unit_test(case_18_a_unique_name_of_b_replaces_as),
		cmocka_unit_test(case_19_a_tombstone_does_not),
		cmocka_unit_test(case_20_unless_as_is_released),
		cmocka_unit_test(case_21_a_group_replaces_a_unique_name),
		cmocka_unit_test(case_22_a_special_group_does_not),
		cmocka_unit_test(case_23_a_group_stays_beside_a_group),
		cmocka_unit_test(case_24_a_groups_tombstone_beside_a_unique_name),
		cmocka_unit_test(case_25_a_groups_tombstone_beside_a_multihomed_name),
		cmocka_unit_test(case_26_a_released_group_stays),
		cmocka_unit_test(case_27_a_special_group_stays_beside_other_kinds),
		cmocka_unit_test(case_28_a_special_groups_tombstone_without_members),
		cmocka_unit_test(case_29_multihomed_names_are_as_unique_ones),
		cmocka_unit_test(case_30_what_its_owner_says_counts),
		cmocka_unit_test(case_31_two_special_groups_become_ours),
		cmocka_unit_test(case_32_members_of_b_have_gone),
		cmocka_unit_test(case_33_b_has_no_members_any_more),
		cmocka_unit_test(case_34_b_never_had_any),
		cmocka_unit_test(case_35_b_knows_fewer),
		cmocka_unit_test(case_36_of_27_members_25_are_kept),
		cmocka_unit_test(case_37_a_withdrawn_list_gives_way),
		cmocka_unit_test(case_38_released_here_and_replaced),
		cmocka_unit_test(case_39_a_released_group_gives_way_to_groups_only),
		cmocka_unit_test(case_40_the_same_address_and_no_packet),
		cmocka_unit_test(case_41_the_client_is_there),
		cmocka_unit_test(case_42_the_client_is_not_there),
		cmocka_unit_test(case_43_the_client_has_both_addresses),
		cmocka_unit_test(case_44_the_client_has_only_the_new_address),
		cmocka_unit_test(case_45_groups_evict_a_live_name),
		cmocka_unit_test(case_46_tombstones_are_overruled),
		cmocka_unit_test(case_47_our_group_goes_to_another_servers_group),
		cmocka_unit_test(case_48_our_special_group_takes_members_over),
		cmocka_unit_test(case_49_multihomed_names),
		cmocka_unit_test(case_51_static_names),
		cmocka_unit_test(case_52_two_static_names_play_no_ping_pong),
		cmocka_unit_test(case_54_tombstones_outlive_a_restart),
		cmocka_unit_test(case_56_the_tenth_name_is_gone),
		cmocka_unit_test(case_57_an_owner_on_the_reject_list),
		cmocka_unit_test(case_60_a_refresh_makes_the_answer_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
