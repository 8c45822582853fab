/* Replicas in doubt, as the service has them: what it asks, and what it makes of the answers. */
#include "replicating.h"

#include <stdio.h>

#include "nbnsd/replication/translate.h"
#include "nbnsd/service/doubts.h"

#define FRED   "FRED<20>"
#define DOM    "DOM<1C>"
#define LATEST 40000 /* after so many ms the first question is due */

/* "A:5 B:9", what is asked now. */
static void expect_questions(struct nbns *ns, const char *want)
{
	struct nbt_owner_versions rows[16];
	size_t count, at = 0;
	char text[128] = "";

	count = service_doubts(ns->service, rows, ARRAY_SIZE(rows), &ns->env);
	for (size_t i = 0; i < count; i++)
		for (char letter = 'A'; letter <= 'X'; letter++)
			if (rows[i].owner.s_addr == server_outside(letter).s_addr)
				at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%c:%llu",
						       at > 0 ? " " : "", letter,
						       (unsigned long long)rows[i].max);
	assert_string_equal(text, want);
}

static struct nbt_owner_versions question_of(char server, uint64_t version)
{
	return (struct nbt_owner_versions){ server_outside(server), version, version };
}

/* Its answer has this record, and ends. */
static void is_there(struct nbns *ns, const char *name, const char *text)
{
	struct record record = record_read(text);
	const struct nbt_owner_versions question = question_of(text[0], record.version);
	struct nbt_replica replica;

	record.name = name_of(name);
	translate_out(&replica, &record, server_outside('C'));
	assert_int_equal(service_doubt_replica(ns->service, &replica, &question), REPLICA_PASSED);
	service_doubt_answered(ns->service, &question, &ns->env);
	nbns_commit(ns);
}

static void is_gone(struct nbns *ns, char server, uint64_t version)
{
	const struct nbt_owner_versions question = question_of(server, version);

	service_doubt_answered(ns->service, &question, &ns->env);
	nbns_commit(ns);
}

/* Two servers' records of a host: the second is here. */
static struct nbns *two_records(void)
{
	struct nbns *ns = replicating_run();

	assert_int_equal(arrive(ns, FRED, "A:5 U active a1"), REPLICA_PASSED);
	assert_int_equal(arrive(ns, FRED, "B:9 U active b1"), REPLICA_PASSED);
	assert_true(set_version(ns, 'A', 5));
	assert_true(set_version(ns, 'B', 9));
	nbns_commit(ns);
	return ns;
}

static void both_owners_are_asked_after_a_pause(void **state)
{
	struct nbns *ns = two_records();

	(void)state;
	assert_true(service_doubts_deadline(ns->service) > ns->env.now_ms + 10000);
	expect_questions(ns, "");
	nbns_pass_ms(ns, LATEST);
	expect_questions(ns, "B:9 A:5");
	nbns_free(ns);
}

static void what_is_here_stays_if_the_other_one_has_gone(void **state)
{
	struct nbns *ns = two_records();

	(void)state;
	nbns_pass_ms(ns, LATEST);
	expect_questions(ns, "B:9 A:5");
	is_there(ns, FRED, "B:9 U active b1");
	expect_questions(ns, "A:5");
	is_gone(ns, 'A', 5);
	expect_record(ns, FRED, "B:9 U active b1");
	assert_int_equal(service_doubts_deadline(ns->service), NBT_NEVER);
	nbns_free(ns);
}

/* And is told as ours, for those who have heard the other one from us. */
static void what_its_owner_does_not_have_yields(void **state)
{
	struct nbns *ns = two_records();

	(void)state;
	nbns_pass_ms(ns, LATEST);
	expect_questions(ns, "B:9 A:5");
	is_there(ns, FRED, "A:5 U active a1");
	is_gone(ns, 'B', 9);
	expect_record(ns, FRED, "A:5 U active a1");
	nbns_pass_ms(ns, 50000);
	nbns_commit(ns);
	assert_int_equal(record_named(ns, FRED).owner.s_addr, OWNER_SELF.s_addr);
	nbns_free(ns);
}

static void what_nobody_has_goes_and_all_is_asked_for_again(void **state)
{
	struct nbns *ns = two_records();

	(void)state;
	nbns_pass_ms(ns, LATEST);
	expect_questions(ns, "B:9 A:5");
	is_gone(ns, 'A', 5);
	is_gone(ns, 'B', 9);
	expect_record(ns, FRED, NULL);
	assert_int_equal(service_version_of(ns->service, server_outside('A')), 0);
	assert_int_equal(service_version_of(ns->service, server_outside('B')), 0);
	nbns_free(ns);
}

/* Who has it by us may hear of its end from nobody else: its server can lose its database. */
static void its_end_is_told_to_those_behind_us(void **state)
{
	struct nbns *ns = replicating_new();

	(void)state;
	ns->settings.is_between_partners = true;
	nbns_start(ns);
	assert_int_equal(arrive(ns, FRED, "A:5 U active a1"), REPLICA_PASSED);
	assert_int_equal(arrive(ns, FRED, "B:9 U active b1"), REPLICA_PASSED);
	assert_true(set_version(ns, 'B', 9));
	nbns_commit(ns);
	nbns_pass_ms(ns, LATEST);
	expect_questions(ns, "B:9 A:5");
	is_gone(ns, 'A', 5);
	is_gone(ns, 'B', 9);
	assert_int_equal(record_named(ns, FRED).state, RECORD_TOMBSTONE);
	assert_int_equal(record_named(ns, FRED).owner.s_addr, OWNER_SELF.s_addr);
	nbns_free(ns);
}

/* They don't hear each other but by us. */
static void two_that_stay_are_told_as_ours_in_the_end(void **state)
{
	struct nbns *ns = replicating_new();

	(void)state;
	ns->settings.longest_pull_s = 60;
	nbns_start(ns);
	assert_int_equal(arrive(ns, FRED, "A:5 U active a1"), REPLICA_PASSED);
	assert_int_equal(arrive(ns, FRED, "B:9 U active b1"), REPLICA_PASSED);
	for (int i = 0; i < 4 && record_named(ns, FRED).owner.s_addr != OWNER_SELF.s_addr; i++) {
		nbns_pass_ms(ns, 200000);
		expect_questions(ns, "B:9 A:5");
		is_there(ns, FRED, "B:9 U active b1");
		is_there(ns, FRED, "A:5 U active a1");
	}
	assert_int_equal(record_named(ns, FRED).owner.s_addr, OWNER_SELF.s_addr);
	assert_int_equal(record_named(ns, FRED).address[0].address.s_addr,
			 address_read("b1").s_addr);
	nbns_free(ns);
}

static void a_record_that_has_changed_is_asked_for_anew(void **state)
{
	struct nbns *ns = two_records();

	(void)state;
	nbns_pass_ms(ns, LATEST);
	expect_questions(ns, "B:9 A:5");
	assert_int_equal(arrive(ns, FRED, "B:10 U active b2"), REPLICA_PASSED);
	is_there(ns, FRED, "A:5 U active a1");
	is_gone(ns, 'B', 9);
	expect_record(ns, FRED, "B:10 U active b2");
	nbns_pass_ms(ns, 2L * LATEST);
	expect_questions(ns, "B:10 A:5");
	nbns_free(ns);
}

static void without_an_answer_it_is_asked_again(void **state)
{
	struct nbns *ns = two_records();
	const struct nbt_owner_versions question = question_of('A', 5);

	(void)state;
	nbns_pass_ms(ns, LATEST);
	expect_questions(ns, "B:9 A:5");
	service_doubt_unanswered(ns->service, &question, &ns->env);
	expect_questions(ns, "");
	nbns_pass_ms(ns, 10000);
	expect_questions(ns, "B:9 A:5");
	nbns_free(ns);
}

/* A host releases at us the name of which another server has the record: it may never hear. */
static void an_end_that_was_not_heard_is_taken_back(void **state)
{
	struct nbns *ns = replicating_run();
	struct client c1 = client_of("c1");

	(void)state;
	assert_int_equal(arrive(ns, FRED, "B:9 U active c1"), REPLICA_PASSED);
	claim(ns, &c1, RELEASE, FRED, UNIQUE);
	nbns_commit(ns);
	assert_int_equal(record_named(ns, FRED).state, RECORD_TOMBSTONE);
	nbns_pass_ms(ns, LATEST);
	expect_questions(ns, "B:9");
	is_there(ns, FRED, "B:9 U active c1");
	expect_record(ns, FRED, "B:9 U active c1");
	nbns_free(ns);
}

/* Members that registered here outlast a list that its owner does not have. */
static void our_members_outlast_a_list_that_is_gone(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	assert_int_equal(arrive(ns, DOM, "A:5 S active a1 c1(C)"), REPLICA_PASSED);
	assert_int_equal(arrive(ns, DOM, "B:9 S active c1(C)"), REPLICA_PASSED);
	expect_record(ns, DOM, "A:5 S active a1 c1(C)");
	nbns_pass_ms(ns, LATEST);
	expect_questions(ns, "A:5 B:9");
	is_gone(ns, 'A', 5);
	is_gone(ns, 'B', 9);
	assert_int_equal(record_named(ns, DOM).owner.s_addr, OWNER_SELF.s_addr);
	assert_int_equal(record_named(ns, DOM).address_count, 1);
	nbns_free(ns);
}

/* What others told of an owner is asked for again when it answers itself. */
static void what_others_told_is_remembered(void **state)
{
	struct nbns *ns = replicating_run();
	struct nbt_owner_versions range = { server_outside('A'), 5, 3 };

	(void)state;
	assert_int_equal(service_told_from(ns->service, range.owner), 0);
	assert_true(set_version(ns, 'A', 2));
	assert_true(service_told_by_others(ns->service, &range));
	assert_true(service_set_version(ns->service, &range));
	assert_int_equal(service_told_from(ns->service, range.owner), 3);
	assert_int_equal(service_version_of(ns->service, range.owner), 5);
	range.max = 4;
	service_told_by_owner(ns->service, &range);
	assert_int_equal(service_told_from(ns->service, range.owner), 5);
	range.max = range.min = 5;
	service_told_by_owner(ns->service, &range);
	assert_int_equal(service_told_from(ns->service, range.owner), 0);
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_owners_are_asked_after_a_pause),
		cmocka_unit_test(what_is_here_stays_if_the_other_one_has_gone),
		cmocka_unit_test(what_its_owner_does_not_have_yields),
		cmocka_unit_test(what_nobody_has_goes_and_all_is_asked_for_again),
		cmocka_unit_test(its_end_is_told_to_those_behind_us),
		cmocka_unit_test(two_that_stay_are_told_as_ours_in_the_end),
		cmocka_unit_test(a_record_that_has_changed_is_asked_for_anew),
		cmocka_unit_test(without_an_answer_it_is_asked_again),
		cmocka_unit_test(an_end_that_was_not_heard_is_taken_back),
		cmocka_unit_test(our_members_outlast_a_list_that_is_gone),
		cmocka_unit_test(what_others_told_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
