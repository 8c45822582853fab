/* Replicas as the service takes them: what is decided, by the numbered cases of the digest
 * (wins-replication.md section 8), and what is asked, told and offered. */
#include "replicating.h"

#include <errno.h>
#include <stdio.h>

#include "nbnsd/audit/conflicts.h"
#include "nbnsd/registry/owners.h"
#include "nbnsd/replication/translate.h"

#define FRED    "FRED<20>"
#define RENEWAL 518400
#define VERIFY  2073600
#define DAY     86400

/*
 * Conflicts that need nobody's word: what is here, what comes, what is here then. Members are
 * written with their owners.
 */
struct row {
	const char *existing; /* NULL: nothing */
	const char *comes[3];
	const char *then;
};

static void play(const struct row *row)
{
	struct nbns *ns = replicating_new();

	nbns_start_at(ns, 11, 100000);
	if (row->existing != NULL)
		plant_text(ns, FRED, row->existing);
	for (size_t i = 0; i < 3 && row->comes[i] != NULL; i++)
		assert_int_equal(arrive(ns, FRED, row->comes[i]), REPLICA_PASSED);
	expect_record(ns, FRED, row->then);
	expect_silence(ns);
	nbns_free(ns);
}

static void play_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		play(&rows[i]);
}

static void case_18_to_22_unique_replicas(void **state)
{
	static const struct row rows[] = {
		/* 18 */ { NULL, { "A:5 U active a1", "B:9 U active b1" }, "B:9 U active b1" },
		/* 19 */ { NULL, { "A:5 U active a1", "B:9 U tombstone b1" }, "A:5 U active a1" },
		/* 20 */
		{ NULL,
		  { "A:5 U active a1", "A:6 U released a1", "B:9 U tombstone b1" },
		  "B:9 U tombstone b1" },
		/* 21 */ { NULL, { "A:5 U active a1", "B:9 G active" }, "B:9 G active" },
		/* 22 */ { NULL, { "A:5 U active a1", "B:9 S active b1" }, "A:5 U active a1" },
	};

	(void)state;
	play_all(rows, ARRAY_SIZE(rows));
}

static void case_23_to_30_groups_and_multihomed_replicas(void **state)
{
	static const struct row rows[] = {
		/* 23 */ { NULL, { "A:5 G active", "B:9 G active" }, "A:5 G active" },
		/* 24 */ { NULL, { "A:5 G tombstone", "B:9 U active b1" }, "A:5 G tombstone" },
		/* 25 */ { NULL, { "A:5 G tombstone", "B:9 M active b1" }, "B:9 M active b1" },
		/* 26 */ { NULL, { "A:5 G released", "B:9 M active b1" }, "A:5 G released" },
		/* 27 */
		{ NULL,
		  { "A:5 S active a1", "B:9 U active b1", "B:10 G active" },
		  "A:5 S active a1" },
		{ NULL, { "A:5 S active a1", "B:9 M active b1" }, "A:5 S active a1" },
		/* 28 */ { NULL, { "A:5 S active a3 a4", "B:9 S tombstone" }, "B:9 S tombstone" },
		/* 29 */ { NULL, { "A:5 M active a1", "B:9 U active b1" }, "B:9 U active b1" },
		{ NULL, { "A:5 M active a1", "B:9 M tombstone b1" }, "A:5 M active a1" },
		/* 30 */
		{ NULL,
		  { "A:5 U active a1", "A:6 S tombstone", "A:7 M active a1 a2" },
		  "A:7 M active a1 a2" },
	};

	(void)state;
	play_all(rows, ARRAY_SIZE(rows));
}

static void case_31_to_37_lists_of_members(void **state)
{
	static const struct row rows[] = {
		/* 31 */
		{ NULL,
		  { "A:5 S active a3 a4", "B:9 S active b3 b4" },
		  "C:11 S active a3(A) a4(A) b3(B) b4(B)" },
		/* 32 */
		{ NULL,
		  { "A:5 S active b3(B) b4(B) x3(X) x4(X)", "B:9 S active a3(A) a4(A)" },
		  "B:9 S active a3(A) a4(A) x3(X) x4(X)" },
		/* 33 */
		{ NULL, { "A:5 S active a3 b3(B)", "B:9 S active" }, "B:9 S active a3(A)" },
		/* 34 */ { NULL, { "A:5 S active a3", "B:9 S active" }, "A:5 S active a3" },
		/* 35 */
		{ NULL,
		  { "A:5 S active a3 a4 x3(X)", "B:9 S active a3(A)" },
		  "A:5 S active a3 a4 x3(X)" },
		/* 37 */
		{ NULL,
		  { "A:5 S active a3", "A:6 S active", "B:9 S active b1" },
		  "B:9 S active b1" },
	};

	(void)state;
	play_all(rows, ARRAY_SIZE(rows));
}

static void case_36_a_list_has_25_members(void **state)
{
	struct nbns *ns = replicating_run();
	struct nbt_replica replica = { .name = name_of(FRED), .version = 3, .member_count = 27 };
	const struct replica_question question = { .owner = server_of('B') };

	(void)state;
	replica.type = NBT_REPLICA_SPECIAL;
	for (size_t i = 0; i < 27; i++)
		replica.member[i] =
			(struct nbt_replica_member){ server_of('B'),
						     { htonl(0x0A020001U + (uint32_t)i) } };
	assert_int_equal(service_replica(ns->service, &replica, &question, &ns->env),
			 REPLICA_PASSED);
	assert_int_equal(record_named(ns, FRED).address_count, 25);
	nbns_free(ns);
}

static void case_38_39_our_released_record(void **state)
{
	static const struct row rows[] = {
		/* 38 */ { "C U released c1", { "B:9 G active" }, "B:9 G active" },
		{ "C S released c1", { "B:9 U tombstone b1" }, "B:9 U tombstone b1" },
		{ "C M released c1", { "B:9 S active b1" }, "B:9 S active b1" },
		/* 39 */ { "C G released", { "B:9 U active b1" }, "C G released" },
		{ "C G released", { "B:9 S active b1", "B:10 M active b1" }, "C G released" },
		{ "C G released", { "B:9 G active" }, "B:9 G active" },
	};

	(void)state;
	play_all(rows, ARRAY_SIZE(rows));
}

static void case_40_47_48_our_active_record(void **state)
{
	static const struct row rows[] = {
		/* 40 */ { "C U active c1", { "B:9 U active c1" }, "B:9 U active c1(B)" },
		/* 46 */ { "C U active c1", { "B:9 U tombstone b1" }, "C:11 U active c1" },
		{ "C M active c1 c2", { "B:9 G tombstone" }, "C:11 M active c1 c2" },
		/* 47 */ { "C G active", { "B:9 G active" }, "B:9 G active" },
		{ "C G active", { "B:9 U active b1", "B:10 S active b1" }, "C G active" },
		/* 48 */
		{ "C S active c1 c2", { "B:9 S active c1" }, "C:11 S active c1(B) c2(C)" },
		{ "C S active c1 c2", { "B:9 S tombstone" }, "C:11 S active c1 c2" },
		/* 49 */
		{ "C M active c1 c2", { "B:9 M active c1 c2 c3" }, "B:9 M active c1 c2 c3" },
	};

	(void)state;
	play_all(rows, ARRAY_SIZE(rows));
}

static void case_51_static_records(void **state)
{
	static const struct row rows[] = {
		{ NULL, { "A:5 U active static a1", "B:9 U active b1" }, "A:5 U active static a1" },
		{ "C U active c1", { "B:9 U active static b1" }, "B:9 U active static b1" },
	};
	struct nbns *ns = replicating_new();

	(void)state;
	play_all(rows, ARRAY_SIZE(rows));
	ns->settings.migrate = true;
	nbns_start(ns);
	arrive(ns, FRED, "A:5 U active static a1");
	arrive(ns, FRED, "B:9 U active b1");
	expect_record(ns, FRED, "B:9 U active b1");
	nbns_free(ns);
}

static void case_52_two_static_records_stay(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	put_static(ns, FRED, RECORD_UNIQUE, "10.3.0.1");
	nbns_commit(ns);
	expect_record(ns, FRED, "C:1 U active static c1");
	for (int i = 0; i < 10; i++) {
		char text[64];

		snprintf(text, sizeof(text), "B:%d U active static b1", 20 + i);
		arrive(ns, FRED, text);
	}
	expect_record(ns, FRED, "C:1 U active static c1");
	nbns_free(ns);
}

/*
 * Hosts are asked.
 */

/* Our c1, or a list, beside b1 or what else comes. */
static struct nbns *contest(const char *ours, const char *comes)
{
	struct nbns *ns = replicating_new();

	nbns_start_at(ns, 11, 100000);
	plant_text(ns, FRED, ours);
	arrive(ns, FRED, comes);
	return ns;
}

static void case_41_the_client_is_there(void **state)
{
	struct nbns *ns = contest("C U active c1", "B:9 U active b1");
	struct client c1 = client_of("c1");

	(void)state;
	say_mine(ns, &c1, expect_question(ns, &c1), FRED, "10.3.0.1");
	expect_record(ns, FRED, "C U active c1");
	nbns_pass(ns, 60);
	expect_silence(ns);
	assert_int_equal(stat_value(ns, "replica.kept"), 1);
	nbns_free(ns);
}

static void case_42_the_client_is_silent(void **state)
{
	struct nbns *ns = contest("C U active c1", "B:9 U active b1");
	struct client c1 = client_of("c1");

	(void)state;
	nbns_pass_ms(ns, 1400);
	for (int i = 0; i < 3; i++)
		expect_question(ns, &c1);
	expect_record(ns, FRED, "C U active c1");
	nbns_pass_ms(ns, 1600);
	expect_record(ns, FRED, "B:9 U active b1");
	expect_demand(ns, &c1, FRED);
	expect_silence(ns);
	nbns_free(ns);
}

static void case_42_the_client_says_no(void **state)
{
	struct nbns *ns = contest("C U active c1", "B:9 M active b1 b2");
	struct client c1 = client_of("c1");

	(void)state;
	say_not_mine(ns, &c1, expect_question(ns, &c1), FRED);
	nbns_pass_ms(ns, 0);
	expect_record(ns, FRED, "B:9 M active b1 b2");
	expect_silence(ns); /* there is nothing to be given up */
	nbns_free(ns);
}

/* Its other addresses need not be asked. */
static void case_42_the_first_no_is_enough(void **state)
{
	struct nbns *ns = contest("C M active c2 c1", "B:9 M active c2");
	struct client c2 = client_of("c2");

	(void)state;
	say_not_mine(ns, &c2, expect_question(ns, &c2), FRED);
	expect_record(ns, FRED, "B:9 M active c2(B)");
	nbns_free(ns);
}

static void case_43_one_machine(void **state)
{
	struct nbns *ns = contest("C U active c1", "B:9 U active c2");
	struct client c1 = client_of("c1");

	(void)state;
	say_mine(ns, &c1, expect_question(ns, &c1), FRED, "10.3.0.1 10.3.0.2 10.3.0.3");
	expect_record(ns, FRED, "B:9 M active c2(B) c1(C)");
	expect_silence(ns);
	nbns_free(ns);
}

/* B knows of c2 only, and has its own version: we tell it, after a pause. */
static void check_what_partners_cannot_know_is_told(void **state)
{
	struct nbns *ns = contest("C U active c1", "B:9 U active c2");
	struct client c1 = client_of("c1");

	(void)state;
	say_mine(ns, &c1, expect_question(ns, &c1), FRED, "10.3.0.1 10.3.0.2");
	nbns_pass(ns, 14);
	expect_record(ns, FRED, "B:9 M active c2(B) c1(C)");
	nbns_pass(ns, 40);
	expect_record(ns, FRED, "C:11 M active c2(B) c1(C)");
	nbns_free(ns);
}

/* The same over a restart. */
static void check_a_restart_while_partners_are_to_be_told(void **state)
{
	struct nbns *ns = contest("C U active c1", "B:9 U active c2");
	struct client c1 = client_of("c1");

	(void)state;
	say_mine(ns, &c1, expect_question(ns, &c1), FRED, "10.3.0.1 10.3.0.2");
	nbns_restart(ns);
	nbns_pass(ns, 60);
	assert_true(record_is_owned(&(struct record){ .owner = record_named(ns, FRED).owner }));
	nbns_free(ns);
}

/* A third server may get our old record after the one that has won, and that not again. */
static void check_who_has_lost_tells_who_has_won(void **state)
{
	struct nbns *ns = contest("C U active c1", "B:9 S active b1 b2");

	(void)state;
	expect_record(ns, FRED, "B:9 S active b1 b2");
	nbns_pass(ns, 60);
	expect_record(ns, FRED, "C:11 S active b1(B) b2(B)");
	nbns_free(ns);
}

static void check_what_partners_know_by_then_is_not_told(void **state)
{
	struct nbns *ns = contest("C U active c1", "B:9 U active c2");
	struct client c1 = client_of("c1");

	(void)state;
	say_mine(ns, &c1, expect_question(ns, &c1), FRED, "10.3.0.1 10.3.0.2");
	arrive(ns, FRED, "B:12 M active c1 c2");
	nbns_pass(ns, 60);
	expect_record(ns, FRED, "B:12 M active c1 c2");
	nbns_free(ns);
}

static void case_44_another_address_only(void **state)
{
	struct nbns *ns = contest("C U active c1", "B:9 U active c2");
	struct client c1 = client_of("c1"), c2 = client_of("c2");

	(void)state;
	say_mine(ns, &c1, expect_question(ns, &c1), FRED, "10.3.0.2");
	nbns_pass_ms(ns, 0);
	expect_record(ns, FRED, "C U active c1");
	expect_silence(ns);
	nbns_pass_ms(ns, 2000);
	expect_demand(ns, &c2, FRED);
	nbns_free(ns);
}

static void case_45_groups_beat_hosts(void **state)
{
	static const char *const comes[] = { "B:9 G active", "B:9 S active b1", "B:9 S active c1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(comes); i++) {
		struct nbns *ns = contest("C U active c1", comes[i]);
		struct client c1 = client_of("c1");

		expect_record(ns, FRED, comes[i]);
		expect_demand(ns, &c1, FRED);
		expect_silence(ns);
		nbns_free(ns);
	}
}

static void case_49_a_part_of_the_addresses(void **state)
{
	struct nbns *ns = contest("C M active c1 c2", "B:9 M active c1");
	struct client c1 = client_of("c1");

	(void)state;
	say_mine(ns, &c1, expect_question(ns, &c1), FRED, "10.3.0.1 10.3.0.2");
	expect_record(ns, FRED, "B:9 M active c1(B) c2(C)");
	nbns_free(ns);
}

/* c2 is first, and silent. */
static void case_50_the_next_address_is_asked(void **state)
{
	struct nbns *ns = contest("C M active c2 c1", "B:9 M active c1");
	struct client c1 = client_of("c1"), c2 = client_of("c2");

	(void)state;
	nbns_pass_ms(ns, 2000);
	for (int i = 0; i < 3; i++)
		expect_question(ns, &c2);
	say_mine(ns, &c1, expect_question(ns, &c1), FRED, "10.3.0.1");
	expect_record(ns, FRED, "C M active c1 c2");
	nbns_free(ns);
}

static void case_60_a_late_answer_is_about_another_record(void **state)
{
	struct nbns *ns = contest("C U active c1", "B:9 U active b1");
	struct client c1 = client_of("c1");
	uint16_t id = expect_question(ns, &c1);
	struct record record = record_named(ns, FRED);

	(void)state;
	service_put(ns->service, &record); /* has a new version */
	nbns_commit(ns);
	say_not_mine(ns, &c1, id, FRED);
	nbns_pass_ms(ns, 0);
	expect_record(ns, FRED, "C:11 U active c1");
	/* Once more, about that one. */
	say_mine(ns, &c1, expect_question(ns, &c1), FRED, "10.3.0.1");
	expect_record(ns, FRED, "C:11 U active c1");
	nbns_pass(ns, 60);
	expect_silence(ns);
	nbns_free(ns);
}

static void check_the_record_is_gone_meanwhile(void **state)
{
	struct nbns *ns = contest("C U active c1", "B:9 U active b1");
	const struct nbt_name name = name_of(FRED);
	const struct nbt_scope scope = { 0 };
	struct client c1 = client_of("c1");

	(void)state;
	expect_question(ns, &c1);
	assert_int_equal(service_delete(ns->service, &name, &scope), 0);
	nbns_pass(ns, 3);
	expect_record(ns, FRED, "B:9 U active b1");
	nbns_free(ns);
}

static void check_the_newest_waits(void **state)
{
	struct nbns *ns = contest("C U active c1", "B:9 U active b1");
	struct client c1 = client_of("c1");
	uint16_t id = expect_question(ns, &c1);

	(void)state;
	arrive(ns, FRED, "A:20 U active a1");
	arrive(ns, FRED, "B:10 U active b2");
	expect_silence(ns); /* one challenge for a name */
	say_mine(ns, &c1, id, FRED, "10.3.0.1");
	nbns_pass_ms(ns, 600);
	say_not_mine(ns, &c1, expect_question(ns, &c1), FRED);
	nbns_pass_ms(ns, 2000);
	expect_record(ns, FRED, "B:10 U active b2");
	nbns_free(ns);
}

/* The same host has 12 names that are contested. */
static void check_a_host_is_not_flooded(void **state)
{
	struct nbns *ns = replicating_run();
	char name[40];

	(void)state;
	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "NAME%d<20>", i);
		plant_text(ns, name, "C U active c1");
		bring(ns, name, "B:9 U active b1");
	}
	nbns_pass_ms(ns, 0);
	assert_int_equal(ns->arrived, 4);
	nbns_pass(ns, 14);
	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "NAME%d<20>", i);
		expect_record(ns, name, "B:9 U active b1");
	}
	assert_int_equal(stat_value(ns, "demand.sent"), 12);
	nbns_free(ns);
}

static void check_so_many_at_once(void **state)
{
	struct nbns *ns = replicating_run();
	char name[40], text[64];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "NAME%d<20>", i);
		snprintf(text, sizeof(text), "C U active c%d", i + 1);
		plant_text(ns, name, text);
		bring(ns, name, "B:9 U active b1");
	}
	nbns_pass_ms(ns, 0);
	assert_int_equal(ns->arrived, 64);
	nbns_pass(ns, 10);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "NAME%d<20>", i);
		expect_record(ns, name, "B:9 U active b1");
	}
	nbns_free(ns);
}

static void check_the_end_while_many_wait(void **state)
{
	struct nbns *ns = replicating_run();
	char name[40];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "NAME%d<20>", i);
		plant_text(ns, name, "C U active c1");
		bring(ns, name, "B:9 U active b1");
		if (i == 50)
			nbns_pass_ms(ns, 0);
		bring(ns, name, "B:10 U active b1");
	}
	nbns_free(ns);
}

static void check_conflicts_are_remembered(void **state)
{
	static const struct {
		const char *ours, *comes, *says; /* NULL: no challenge; "": no */
		enum conflict_outcome outcome;
	} rows[] = {
		{ "C U active c1", "B:9 U active b1", "10.3.0.1", CONFLICT_HELD },
		{ "C U active c1", "B:9 U active b1", "", CONFLICT_LOST },
		{ "C U active c1", "B:9 U active c2", "10.3.0.1 10.3.0.2", CONFLICT_JOINED },
		{ "C U active c1", "B:9 G active", NULL, CONFLICT_LOST },
		{ "C G active", "B:9 U active b1", NULL, CONFLICT_GROUP },
		{ "C U active static c1", "B:9 G active", NULL, CONFLICT_STATIC },
	};
	struct client c1 = client_of("c1");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nbns *ns = replicating_new();
		const struct conflict *found;

		ns->settings.conflict_history = 10;
		nbns_start(ns);
		plant_text(ns, FRED, rows[i].ours);
		arrive(ns, FRED, rows[i].comes);
		if (rows[i].says != NULL && rows[i].says[0] != '\0')
			say_mine(ns, &c1, expect_question(ns, &c1), FRED, rows[i].says);
		else if (rows[i].says != NULL)
			nbns_pass(ns, 3);
		found = conflicts_from(service_conflicts(ns->service), 0);
		if (found == NULL || found->outcome != rows[i].outcome)
			fail_msg("%s beside %s", rows[i].comes, rows[i].ours);
		nbns_free(ns);
	}
}

/*
 * What does not come in.
 */

static void check_what_is_not_taken(void **state)
{
	struct nbns *ns = replicating_run();
	struct nbt_replica replica = { .name = name_of(FRED), .version = 50, .member_count = 1 };
	struct replica_question question = { .owner = server_of('B'), .min = 10, .max = 40 };

	(void)state;
	replica.member[0].address = address_read("b1");
	assert_int_equal(service_replica(ns->service, &replica, &question, &ns->env),
			 REPLICA_UNWANTED);
	replica.version = 40;
	question.owner_is_refused = true;
	assert_int_equal(service_replica(ns->service, &replica, &question, &ns->env),
			 REPLICA_REFUSED);
	question.owner_is_refused = false;
	replica.state = 3;
	assert_int_equal(service_replica(ns->service, &replica, &question, &ns->env),
			 REPLICA_MALFORMED);
	assert_int_equal(arrive(ns, "WPAD<00>", "B U active b1"), REPLICA_PROXY_NAME);
	assert_false(has_record(ns, FRED));
	assert_false(has_record(ns, "WPAD<00>"));
	assert_int_equal(stat_value(ns, "replica.refused"), 4);
	assert_int_equal(stat_value(ns, "replica.received"), 0);
	nbns_free(ns);
}

/* Its version is no version of ours. */
static void check_versions_of_others_are_not_ours(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	arrive(ns, FRED, "B:5000000 U active b1");
	assert_int_equal(service_next_version(ns->service), 1);
	claim(ns, &ns->a, REGISTER, "ANNA<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	assert_int_equal(version_of(ns, "ANNA<20>"), 1);
	nbns_free(ns);
}

/*
 * Queries, and clients that come here.
 */

static void check_queries_are_answered(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	arrive(ns, FRED, "B:9 U active b1");
	query(ns, &ns->a, NBT_FLAG_RD, FRED);
	expect_addresses(ns, &ns->a, NBT_NB_H, "10.2.0.1");
	arrive(ns, FRED, "B:10 U released b1");
	query(ns, &ns->a, NBT_FLAG_RD, FRED);
	expect_negative(ns, &ns->a);
	arrive(ns, FRED, "B:11 G active");
	query(ns, &ns->a, NBT_FLAG_RD, FRED);
	expect_addresses(ns, &ns->a, NBT_NB_GROUP, "255.255.255.255");
	nbns_free(ns);
}

/* 2.6 rule 4. */
static void check_a_refresh_makes_it_ours(void **state)
{
	struct nbns *ns = replicating_run();
	struct client b1 = client_of("b1");

	(void)state;
	arrive(ns, FRED, "B:9 U active b1");
	claim(ns, &b1, REFRESH, FRED, UNIQUE);
	expect_positive(ns, &b1);
	expect_record(ns, FRED, "C:1 U active b1");
	arrive(ns, "LAB<1C>", "B:10 S active b1 b2");
	claim(ns, &b1, REFRESH, "LAB<1C>", GROUP);
	expect_positive(ns, &b1);
	expect_record(ns, "LAB<1C>", "C:2 S active b1(C) b2(B)");
	nbns_free(ns);
}

/* Whoever has registered here stays in the list of the group, which B has now. */
static void check_groups_keep_their_members(void **state)
{
	struct nbns *ns = replicating_run();
	const struct nbt_name name = name_of("LAB<00>");
	const struct nbt_scope scope = { 0 };
	uint32_t id;

	(void)state;
	claim(ns, &ns->a, REGISTER, "LAB<00>", GROUP);
	expect_positive(ns, &ns->a);
	arrive(ns, "LAB<00>", "B:9 G active");
	expect_record(ns, "LAB<00>", "B:9 G active");
	id = registry_find(ns->registry, &name, &scope);
	assert_int_equal(registry_member_count(ns->registry, id), 1);

	arrive(ns, "LAB<00>", "B:10 G tombstone");
	id = registry_find(ns->registry, &name, &scope);
	assert_int_equal(registry_member_count(ns->registry, id), 0);
	expect_record(ns, "LAB<00>", "B:10 G tombstone");
	nbns_free(ns);
}

/* A third server may have it as ours for ever. */
static void check_the_end_of_a_group_that_was_ours(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "LAB<00>", GROUP);
	expect_positive(ns, &ns->a);
	arrive(ns, "LAB<00>", "B:9 G active");
	arrive(ns, "LAB<00>", "B:10 G active");
	nbns_restart(ns);
	arrive(ns, "LAB<00>", "B:11 G tombstone");
	expect_record(ns, "LAB<00>", "B:11 G tombstone");
	nbns_pass(ns, 60);
	expect_record(ns, "LAB<00>", "C:1 G tombstone");
	nbns_free(ns);
}

/* B's group: who leaves here may not be the last. */
static void check_another_servers_group_goes_on(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "LAB<00>", GROUP);
	expect_positive(ns, &ns->a);
	arrive(ns, "LAB<00>", "B:9 G active");
	claim(ns, &ns->a, RELEASE, "LAB<00>", GROUP);
	expect_positive(ns, &ns->a);
	expect_record(ns, "LAB<00>", "B:9 G active");
	nbns_free(ns);
}

static void check_who_leaves_is_told_to_partners(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "LAB<1C>", GROUP);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, "LAB<1C>", GROUP);
	expect_positive(ns, &ns->b);
	assert_int_equal(version_of(ns, "LAB<1C>"), 2);
	claim(ns, &ns->a, RELEASE, "LAB<1C>", GROUP);
	expect_positive(ns, &ns->a);
	assert_int_equal(version_of(ns, "LAB<1C>"), 3);
	nbns_free(ns);
}

/*
 * What is offered.
 */

static void check_only_what_is_committed_is_offered(void **state)
{
	struct nbns *ns = replicating_run();
	char text[READ_MAX];

	(void)state;
	assert_int_equal(offered(ns, 'C'), 0);
	ns->stalled = true;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	assert_int_equal(offered(ns, 'C'), 0);
	assert_int_equal(service_version_of(ns->service, server_outside('C')), 1);
	assert_string_equal(read_all(ns, 'C', 1, 0, false, text), "");
	bring(ns, "ANNA<20>", "B:9 U active b1");
	assert_true(set_version(ns, 'B', 12));
	assert_int_equal(offered(ns, 'B'), 0);
	assert_int_equal(service_version_of(ns->service, server_of('B')), 12);
	assert_string_equal(read_all(ns, 'B', 1, 0, false, text), "");

	nbns_commit(ns);
	assert_int_equal(offered(ns, 'C'), 1);
	assert_int_equal(offered(ns, 'B'), 12);
	assert_string_equal(read_all(ns, 'C', 1, 0, false, text), "FRED<20>:1");
	assert_string_equal(read_all(ns, 'B', 1, 0, false, text), "ANNA<20>:9");
	nbns_free(ns);
}

static void check_versions_come_back_after_a_restart(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	set_version(ns, 'B', 12);
	nbns_commit(ns);
	nbns_restart(ns);
	assert_int_equal(offered(ns, 'C'), 1);
	assert_int_equal(offered(ns, 'B'), 12);
	nbns_free(ns);
}

/* What was withdrawn may have kept other records out, which are asked for again; what was on its
 * way when that became known does not count as all of it. */
static void check_others_are_asked_again(void **state)
{
	struct nbns *ns = replicating_run();
	struct nbt_owner_versions late = { server_of('A'), 9, 6 };

	(void)state;
	arrive(ns, FRED, "B:5 G active");
	assert_true(set_version(ns, 'B', 5));
	arrive(ns, FRED, "A:5 G active");
	assert_true(set_version(ns, 'A', 5));
	nbns_commit(ns);
	expect_record(ns, FRED, "B:5 G active");
	service_verify_end(service_verify(ns->service, server_of('B'), 5), true, true);
	nbns_pass_ms(ns, 0);
	assert_false(has_record(ns, FRED));
	assert_int_equal(service_version_of(ns->service, server_of('A')), 0);
	assert_int_equal(service_version_of(ns->service, server_of('B')), 5);
	assert_int_equal(offered(ns, 'A'), 5);
	assert_true(service_set_version(ns->service, &late));
	assert_int_equal(service_version_of(ns->service, server_of('A')), 0);
	late.min = 1;
	assert_true(service_set_version(ns->service, &late));
	assert_int_equal(service_version_of(ns->service, server_of('A')), 9);
	nbns_free(ns);
}

static void check_versions_never_go_down(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	set_version(ns, 'B', 12);
	set_version(ns, 'B', 7);
	nbns_commit(ns);
	assert_int_equal(offered(ns, 'B'), 12);
	assert_false(set_version(ns, 'B', UINT64_MAX));
	nbns_free(ns);
}

/* Cases 8, 9 and 10 without the network. */
static void case_08_to_10_what_is_read(void **state)
{
	static const struct {
		char server;
		uint64_t min, max;
		bool dynamic_only;
		const char *want;
	} rows[] = {
		{ 'B', 1, 0, false, "BILL<20>:3 DOM<1B>:5 DOM<1C>:7 ANNA<20>:9 STAT<20>:11" },
		{ 'B', 4, 7, false, "DOM<1B>:5 DOM<1C>:7" },
		{ 'B', 5, 5, false, "DOM<1B>:5" },
		{ 'B', 8, 0, true, "ANNA<20>:9" },
		{ 'B', 9, 4, false, "" },
		{ 'B', 12, 0, false, "" },
		{ 'B', 12, UINT64_MAX, false, "" },
		{ 'X', 1, 0, false, "" },
		{ 'C', 1, 0, false, "OURS<20>:1" },
	};
	struct nbns *ns = replicating_run();
	char text[READ_MAX];

	(void)state;
	claim(ns, &ns->a, REGISTER, "OURS<20>", UNIQUE);
	arrive(ns, "BILL<20>", "B:3 U tombstone b1");
	arrive(ns, "ANNA<20>", "B:9 M active b1 b2");
	arrive(ns, "DOM<1B>", "B:5 U active b1");
	arrive(ns, "GONE<20>", "B:6 U released b1");
	arrive(ns, "DOM<1C>", "B:7 S active b1 c1(C)");
	arrive(ns, "STAT<20>", "B:11 G active static");
	set_version(ns, 'B', 11);
	nbns_commit(ns);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(read_all(ns, rows[i].server, rows[i].min, rows[i].max,
					     rows[i].dynamic_only, text),
				    rows[i].want);
	nbns_free(ns);
}

/* What changes while it is read has a higher version, and is for the next question. */
static void check_a_reading_in_slices(void **state)
{
	enum { RECORDS = 3500 };
	struct nbns *ns = replicating_run();
	const struct nbt_owner_versions range = { server_outside('B'), 0, 1 };
	struct service_reading *reading;
	char name[40], text[64];
	int slices = 1;
	size_t len;

	(void)state;
	for (int i = 1; i <= RECORDS; i++) {
		snprintf(name, sizeof(name), "NAME%d<20>", i);
		snprintf(text, sizeof(text), "B:%d U active b1", i);
		bring(ns, name, text);
	}
	set_version(ns, 'B', RECORDS);
	nbns_commit(ns);
	reading = service_read(ns->service, &range, false);
	for (; service_read_on(reading); slices++) {
		bring(ns, "NAME3500<20>", "B:3501 U active b1");
		bring(ns, "NAME1001<20>", "B:3502 U active b1");
		set_version(ns, 'B', RECORDS + 2);
		nbns_commit(ns);
	}
	assert_int_equal(slices, 4);
	assert_int_equal(service_reading_count(reading), RECORDS - 2);
	service_reading_bytes(reading, &len);
	assert_int_equal(len, (RECORDS - 2) * 48);
	service_read_end(reading);
	nbns_free(ns);
}

static void check_news_are_counted(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	claim(ns, &ns->a, REGISTER, "LAB<1C>", GROUP);
	assert_int_equal(service_news(ns->service).versions, 2);
	assert_int_equal(service_news(ns->service).address_changes, 0);
	claim(ns, &ns->b, REGISTER, "LAB<1C>", GROUP);
	assert_int_equal(service_news(ns->service).versions, 3);
	assert_int_equal(service_news(ns->service).address_changes, 1);
	arrive(ns, "ANNA<20>", "B:9 U active b1");
	arrive(ns, "ANNA<20>", "B:10 U active b2");
	assert_int_equal(service_news(ns->service).versions, 3);
	assert_int_equal(service_news(ns->service).address_changes, 1);
	nbns_free(ns);
}

/*
 * Life.
 */

static void case_53_tombstones_are_told_releases_are_not(void **state)
{
	struct nbns *ns = replicating_run();
	char text[READ_MAX];

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->a, RELEASE, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	assert_int_equal(version_of(ns, FRED), 1);
	assert_int_equal(offered(ns, 'C'), 1);
	nbns_pass(ns, 4 * DAY + 20 * 3600);
	assert_int_equal(record_named(ns, FRED).state, RECORD_TOMBSTONE);
	assert_int_equal(offered(ns, 'C'), 2);
	assert_string_equal(read_all(ns, 'C', 2, 0, false, text), "FRED<20>:2");
	nbns_free(ns);
}

static void case_54_tombstones_of_others(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	ns->settings.deletion_uptime_s = 3 * DAY;
	arrive(ns, FRED, "B:9 U tombstone b1");
	nbns_pass(ns, RENEWAL - DAY); /* extinction timeout */
	nbns_restart(ns);
	nbns_pass(ns, 2 * DAY); /* it has passed, and we are not up long enough */
	assert_true(has_record(ns, FRED));
	nbns_pass(ns, 2 * DAY);
	assert_false(has_record(ns, FRED));
	nbns_free(ns);
}

static void check_released_replicas_become_tombstones(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	arrive(ns, FRED, "B:9 U released b1");
	nbns_pass(ns, 4 * DAY + 20 * 3600);
	expect_record(ns, FRED, "B:9 U tombstone b1");
	nbns_free(ns);
}

/* Theirs stay; ours that is not refreshed goes, and others hear of it. */
static void check_members_of_others_do_not_expire(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	arrive(ns, "LAB<1C>", "B:9 S active b1");
	claim(ns, &ns->a, REGISTER, "LAB<1C>", GROUP);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, "LAB<1C>", GROUP);
	expect_positive(ns, &ns->b);
	assert_int_equal(version_of(ns, "LAB<1C>"), 2);
	nbns_pass(ns, 5 * DAY);
	claim(ns, &ns->b, REFRESH, "LAB<1C>", GROUP);
	expect_positive(ns, &ns->b);
	nbns_pass(ns, 2 * DAY);
	expect_lists(ns, "LAB<1C>", "10.2.0.1 10.0.0.2");
	assert_int_equal(version_of(ns, "LAB<1C>"), 3);
	nbns_free(ns);
}

static void check_a_list_of_theirs_loses_our_member(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	arrive(ns, "LAB<1C>", "B:9 S active b1 c1(C)");
	nbns_pass(ns, 7 * DAY);
	expect_record(ns, "LAB<1C>", "C:1 S active b1(B)");
	nbns_free(ns);
}

/* A list that was put together here, of others only. */
static void check_lists_of_others_stay(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	arrive(ns, "LAB<1C>", "B:9 S active b1");
	arrive(ns, "LAB<1C>", "A:9 S active a1");
	expect_record(ns, "LAB<1C>", "C:1 S active b1(B) a1(A)");
	nbns_pass(ns, 60 * DAY);
	expect_record(ns, "LAB<1C>", "C:1 S active b1(B) a1(A)");
	nbns_free(ns);
}

static void check_old_replicas_are_to_be_verified(void **state)
{
	struct nbns *ns = replicating_run();
	struct in_addr owner;

	(void)state;
	arrive(ns, FRED, "B:9 U active b1");
	arrive(ns, "STAT<20>", "A:9 U active static a1");
	nbns_pass(ns, VERIFY - DAY);
	assert_false(service_owner_to_verify(ns->service, &owner));
	nbns_pass(ns, 2 * DAY);
	assert_true(service_owner_to_verify(ns->service, &owner));
	assert_int_equal(owner.s_addr, server_of('B').s_addr);
	assert_false(service_owner_to_verify(ns->service, &owner));
	nbns_pass(ns, DAY); /* the next pass of the sweep */
	assert_true(service_owner_to_verify(ns->service, &owner));
	expect_record(ns, FRED, "B:9 U active b1");
	nbns_free(ns);
}

/*
 * Verification, owners that go, recovery.
 */

static void bring_ten(struct nbns *ns)
{
	char name[40], text[64];

	for (int i = 1; i <= 10; i++) {
		snprintf(name, sizeof(name), "NAME%d<20>", i);
		snprintf(text, sizeof(text), "B:%d U active b%d", i, i);
		bring(ns, name, text);
	}
	set_version(ns, 'B', 10);
	arrive(ns, "OTHER<20>", "A:5 U active a1");
	nbns_commit(ns);
}

static enum replica_check verify(struct nbns *ns, struct service_verification *verification,
				 const char *name, const char *text)
{
	struct record record = record_read(text);
	struct nbt_replica replica;

	record.name = name_of(name);
	translate_out(&replica, &record, server_outside('C'));
	return service_verify_record(verification, &replica, &ns->env);
}

static struct service_verification *verify_some(struct nbns *ns, int count)
{
	struct service_verification *verification = service_verify(ns->service, server_of('B'), 10);
	char name[40], text[64];

	assert_non_null(verification);
	for (int i = 1; i <= count; i++) {
		snprintf(name, sizeof(name), "NAME%d<20>", i);
		snprintf(text, sizeof(text), "B:%d U active b%d", i, i);
		assert_int_equal(verify(ns, verification, name, text), REPLICA_PASSED);
	}
	return verification;
}

static void case_56_what_does_not_come_is_deleted(void **state)
{
	static const struct {
		int count;
		bool is_whole, is_by_owner;
		size_t left; /* of ten, and one of A */
	} rows[] = {
		{ 9, true, true, 10 },  { 9, true, false, 10 }, { 5, false, true, 11 },
		{ 0, true, false, 11 }, { 0, true, true, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nbns *ns = replicating_run();

		bring_ten(ns);
		assert_int_equal(service_verify_highest(ns->service, server_of('B')), 10);
		service_verify_end(verify_some(ns, rows[i].count), rows[i].is_whole,
				   rows[i].is_by_owner);
		nbns_pass_ms(ns, 0);
		if (registry_count(ns->registry) != rows[i].left)
			fail_msg("%d came: %zu left", rows[i].count, registry_count(ns->registry));
		assert_true(has_record(ns, "OTHER<20>"));
		nbns_free(ns);
	}
}

static void check_what_a_verification_spares(void **state)
{
	struct nbns *ns = replicating_run();
	struct service_verification *verification;

	(void)state;
	bring_ten(ns);
	verification = verify_some(ns, 7);
	/* Meanwhile 8 gets a newer version, 9 is ours, 10 a tombstone. */
	bring(ns, "NAME8<20>", "B:11 U active b8");
	plant_text(ns, "NAME9<20>", "C:1 U active b9");
	bring(ns, "NAME10<20>", "B:12 U tombstone b10");
	service_verify_end(verification, true, true);
	nbns_pass_ms(ns, 0);
	assert_int_equal(registry_count(ns->registry), 11);
	assert_int_equal(service_verify_highest(ns->service, server_of('B')), 12);
	nbns_free(ns);
}

/* Verified is verified: the time begins anew. */
static void check_a_verification_renews(void **state)
{
	struct nbns *ns = replicating_run();
	struct in_addr owner;

	(void)state;
	bring_ten(ns);
	nbns_pass(ns, VERIFY - DAY);
	service_verify_end(verify_some(ns, 10), true, true);
	nbns_pass(ns, 3 * DAY);
	assert_true(service_owner_to_verify(ns->service, &owner));
	assert_int_equal(owner.s_addr, server_of('A').s_addr);
	assert_false(service_owner_to_verify(ns->service, &owner));
	nbns_free(ns);
}

/* Both took the other's record at once, and none has its own. */
static void check_what_was_ours_is_not_deleted(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "LAB<00>", GROUP);
	expect_positive(ns, &ns->a);
	arrive(ns, "LAB<00>", "B:9 G active");
	set_version(ns, 'B', 9);
	nbns_commit(ns);
	service_verify_end(service_verify(ns->service, server_of('B'), 9), true, true);
	nbns_pass_ms(ns, 0);
	expect_record(ns, "LAB<00>", "C:2 G active");
	nbns_free(ns);
}

/* Who leaves here may not be the last: the other server's record comes back. */
static void check_a_group_that_was_anothers_is_asked_for(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	arrive(ns, "LAB<00>", "B:9 G active");
	set_version(ns, 'B', 9);
	nbns_commit(ns);
	claim(ns, &ns->a, REFRESH, "LAB<00>", GROUP);
	expect_positive(ns, &ns->a);
	expect_record(ns, "LAB<00>", "C:1 G active");
	claim(ns, &ns->a, RELEASE, "LAB<00>", GROUP);
	expect_positive(ns, &ns->a);
	assert_int_equal(service_version_of(ns->service, server_of('B')), 0);
	arrive(ns, "LAB<00>", "B:9 G active");
	expect_record(ns, "LAB<00>", "B:9 G active");
	nbns_free(ns);
}

static void check_nobody_to_verify(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	assert_int_equal(service_verify_highest(ns->service, server_of('B')), 0);
	assert_null(service_verify(ns->service, server_of('B'), 10));
	assert_null(service_verify(ns->service, server_outside('C'), 10));
	nbns_free(ns);
}

static void case_57_an_owner_is_forgotten(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	bring_ten(ns);
	arrive(ns, "LAB<1C>", "A:7 S active a1 b1(B)");
	claim(ns, &ns->a, REGISTER, "LAB<1C>", GROUP);
	arrive(ns, "SOLE<1C>", "A:8 S active b1(B)");
	assert_int_equal(service_forget_owner(ns->service, server_of('B')), 0);
	assert_true(service_is_at_owners(ns->service));
	nbns_pass_ms(ns, 0);
	assert_false(service_is_at_owners(ns->service));
	assert_int_equal(registry_count(ns->registry), 3);
	expect_lists(ns, "LAB<1C>", "10.1.0.1 10.0.0.1");
	assert_int_equal(record_named(ns, "SOLE<1C>").state, RECORD_RELEASED);
	assert_int_equal(offered(ns, 'B'), 0);
	assert_int_equal(service_version_of(ns->service, server_of('B')), 0);
	assert_int_equal(service_forget_owner(ns->service, server_of('B')), -ENOENT);
	assert_int_equal(service_forget_owner(ns->service, server_outside('C')), -EINVAL);

	/* The next pull brings all of it again. */
	bring_ten(ns);
	assert_int_equal(offered(ns, 'B'), 10);
	assert_int_equal(registry_count(ns->registry), 13);
	nbns_free(ns);
}

static void check_an_owner_is_buried(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	bring_ten(ns);
	arrive(ns, "LAB<1E>", "B:11 G active");
	assert_int_equal(service_bury_owner(ns->service, server_of('B')), 0);
	nbns_pass_ms(ns, 0);
	expect_record(ns, "NAME1<20>", "C:1 U tombstone b1(B)");
	expect_record(ns, "NAME10<20>", "C:10 U tombstone b10(B)");
	expect_record(ns, "LAB<1E>", "C:11 G tombstone");
	expect_record(ns, "OTHER<20>", "A:5 U active a1");
	assert_int_equal(offered(ns, 'C'), 11);
	assert_int_equal(service_bury_owner(ns->service, server_of('X')), -ENOENT);
	nbns_free(ns);
}

/* More than a slice, and a store that takes its time. */
static void check_works_wait_for_the_store(void **state)
{
	struct nbns *ns = replicating_run();
	char name[40], text[64];

	(void)state;
	for (int i = 1; i <= 1200; i++) {
		snprintf(name, sizeof(name), "NAME%d<20>", i);
		snprintf(text, sizeof(text), "B:%d U active b1", i);
		bring(ns, name, text);
	}
	nbns_commit(ns);
	ns->stalled = true;
	service_bury_owner(ns->service, server_of('B'));
	nbns_pass_ms(ns, 1);
	assert_int_equal(registry_count_of(ns->registry, RECORD_UNIQUE, RECORD_TOMBSTONE), 500);
	ns->stalled = false;
	nbns_commit(ns);
	nbns_pass_ms(ns, 1);
	assert_int_equal(registry_count_of(ns->registry, RECORD_UNIQUE, RECORD_TOMBSTONE), 1200);
	nbns_free(ns);
}

static void case_55_a_database_that_was_lost(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	assert_int_equal(service_version_of(ns->service, server_outside('C')), 0);
	assert_int_equal(arrive(ns, FRED, "C:480 U active c1"), REPLICA_PASSED);
	assert_int_equal(arrive(ns, "LAB<1C>", "C:500 S active c1 b1(B)"), REPLICA_PASSED);
	assert_true(set_version(ns, 'C', 500));
	nbns_commit(ns);
	expect_record(ns, FRED, "C:480 U active c1");
	assert_int_equal(offered(ns, 'C'), 500);
	claim(ns, &ns->a, REGISTER, "ANNA<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	assert_true(version_of(ns, "ANNA<20>") > 500);
	assert_true(service_raise_version(ns->service, 400));
	assert_int_equal(service_next_version(ns->service), version_of(ns, "ANNA<20>") + 1);
	assert_true(service_raise_version(ns->service, 5000));
	assert_int_equal(service_next_version(ns->service), 6001); /* with the gap */
	assert_false(service_raise_version(ns->service, UINT64_C(1) << 63));
	/* They are ours to age. */
	nbns_pass(ns, 7 * DAY);
	assert_int_equal(record_named(ns, FRED).state, RECORD_RELEASED);
	nbns_free(ns);
}

static void case_59_what_was_kept_is_not_asked_for_again(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	arrive(ns, FRED, "A:5 U active a1");
	arrive(ns, FRED, "B:9 U tombstone b1");
	assert_true(set_version(ns, 'B', 9));
	assert_int_equal(service_version_of(ns->service, server_of('B')), 9);
	nbns_free(ns);
}

/*
 * The server's own names.
 */

/* Its own database has OFFICE1<20>, registered by itself. */
static struct nbns *run_with_own_names(void)
{
	struct nbns *ns = replicating_new();

	ns->settings.node.is_server = true;
	nbns_start(ns);
	nbns_pass(ns, 1);
	assert_true(has_record(ns, "OFFICE1<20>"));
	expect_silence(ns);
	return ns;
}

static void check_our_own_name_is_ours(void **state)
{
	struct nbns *ns = run_with_own_names();
	struct record before = record_named(ns, "OFFICE1<20>");

	(void)state;
	arrive(ns, "OFFICE1<20>", "B:9 U active b1");
	nbns_pass(ns, 3);
	assert_int_equal(version_of(ns, "OFFICE1<20>"), before.version);
	expect_silence(ns);
	nbns_free(ns);
}

static void check_our_own_name_goes_to_a_group(void **state)
{
	struct nbns *ns = run_with_own_names();
	const struct nbt_name name = name_of("OFFICE1<20>");
	const struct nbt_scope scope = { 0 };

	(void)state;
	arrive(ns, "OFFICE1<20>", "B:9 G active");
	nbns_pass_ms(ns, 1);
	expect_record(ns, "OFFICE1<20>", "B:9 G active");
	assert_false(node_holds(service_node(ns->service), OWNER_SELF, &name, &scope));
	assert_int_equal(stat_value(ns, "demand.sent"), 1);
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_18_to_22_unique_replicas),
		cmocka_unit_test(case_23_to_30_groups_and_multihomed_replicas),
		cmocka_unit_test(case_31_to_37_lists_of_members),
		cmocka_unit_test(case_36_a_list_has_25_members),
		cmocka_unit_test(case_38_39_our_released_record),
		cmocka_unit_test(case_40_47_48_our_active_record),
		cmocka_unit_test(case_51_static_records),
		cmocka_unit_test(case_52_two_static_records_stay),
		cmocka_unit_test(case_41_the_client_is_there),
		cmocka_unit_test(case_42_the_client_is_silent),
		cmocka_unit_test(case_42_the_client_says_no),
		cmocka_unit_test(case_42_the_first_no_is_enough),
		cmocka_unit_test(case_43_one_machine),
		cmocka_unit_test(check_what_partners_cannot_know_is_told),
		cmocka_unit_test(check_a_restart_while_partners_are_to_be_told),
		cmocka_unit_test(check_who_has_lost_tells_who_has_won),
		cmocka_unit_test(check_what_partners_know_by_then_is_not_told),
		cmocka_unit_test(case_44_another_address_only),
		cmocka_unit_test(case_45_groups_beat_hosts),
		cmocka_unit_test(case_49_a_part_of_the_addresses),
		cmocka_unit_test(case_50_the_next_address_is_asked),
		cmocka_unit_test(case_60_a_late_answer_is_about_another_record),
		cmocka_unit_test(check_the_record_is_gone_meanwhile),
		cmocka_unit_test(check_the_newest_waits),
		cmocka_unit_test(check_a_host_is_not_flooded),
		cmocka_unit_test(check_so_many_at_once),
		cmocka_unit_test(check_the_end_while_many_wait),
		cmocka_unit_test(check_conflicts_are_remembered),
		cmocka_unit_test(check_what_is_not_taken),
		cmocka_unit_test(check_versions_of_others_are_not_ours),
		cmocka_unit_test(check_queries_are_answered),
		cmocka_unit_test(check_a_refresh_makes_it_ours),
		cmocka_unit_test(check_groups_keep_their_members),
		cmocka_unit_test(check_the_end_of_a_group_that_was_ours),
		cmocka_unit_test(check_another_servers_group_goes_on),
		cmocka_unit_test(check_who_leaves_is_told_to_partners),
		cmocka_unit_test(check_only_what_is_committed_is_offered),
		cmocka_unit_test(check_versions_come_back_after_a_restart),
		cmocka_unit_test(check_others_are_asked_again),
		cmocka_unit_test(check_versions_never_go_down),
		cmocka_unit_test(case_08_to_10_what_is_read),
		cmocka_unit_test(check_a_reading_in_slices),
		cmocka_unit_test(check_news_are_counted),
		cmocka_unit_test(case_53_tombstones_are_told_releases_are_not),
		cmocka_unit_test(case_54_tombstones_of_others),
		cmocka_unit_test(check_released_replicas_become_tombstones),
		cmocka_unit_test(check_members_of_others_do_not_expire),
		cmocka_unit_test(check_a_list_of_theirs_loses_our_member),
		cmocka_unit_test(check_lists_of_others_stay),
		cmocka_unit_test(check_old_replicas_are_to_be_verified),
		cmocka_unit_test(case_56_what_does_not_come_is_deleted),
		cmocka_unit_test(check_what_a_verification_spares),
		cmocka_unit_test(check_a_verification_renews),
		cmocka_unit_test(check_what_was_ours_is_not_deleted),
		cmocka_unit_test(check_a_group_that_was_anothers_is_asked_for),
		cmocka_unit_test(check_nobody_to_verify),
		cmocka_unit_test(case_57_an_owner_is_forgotten),
		cmocka_unit_test(check_an_owner_is_buried),
		cmocka_unit_test(check_works_wait_for_the_store),
		cmocka_unit_test(case_55_a_database_that_was_lost),
		cmocka_unit_test(case_59_what_was_kept_is_not_asked_for_again),
		cmocka_unit_test(check_our_own_name_is_ours),
		cmocka_unit_test(check_our_own_name_goes_to_a_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
