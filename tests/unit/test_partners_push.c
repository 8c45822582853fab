/* Notifications to partners; recovery; verification. */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "replication_bench.h"

#define PARTNER "10.0.0.2"
#define SECOND  "10.0.0.3"
#define OWNER   "10.0.0.7"

static struct bench *begin(void)
{
	struct bench *b = bench_create();

	bench_partner(b, PARTNER);
	fake_add(&b->service, ip(BENCH_US), "ONE", 1);
	fake_add(&b->service, ip(OWNER), "SEVEN", 7);
	return b;
}

static struct partner_view view(const struct bench *b, size_t i)
{
	struct partner_view out;

	partners_view(b->all, i, &out);
	return out;
}

static void by_hand_all_owners_are_shown(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_start(b, false);
	assert_int_equal(partners_push(b->all, ip("10.5.5.5"), false), -ENOENT);
	assert_int_equal(partners_push(b->all, ip(PARTNER), false), 0);
	bench_turn(b);
	wire = bench_answer_dial(b, PARTNER, 5);
	bench_expect_owners(b, wire, NBT_REPL_UPDATE, "10.0.0.1=1 10.0.0.7=7", BENCH_US);
	assert_int_equal(view(b, 0).state, PARTNER_PUSHING);
	/* Now it is served. */
	bench_ask_records(b, wire, OWNER, 1, 7);
	bench_expect_records(b, wire, "7");
	bench_say_stop(b, wire);
	assert_false(b->wire[wire].is_open);
	assert_int_equal(view(b, 0).state, PARTNER_IDLE);
	assert_int_equal(view(b, 0).last_push_ms, b->env.now_ms);
	bench_destroy(b);
}

static void with_propagation_only_we_are_shown(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_start(b, false);
	assert_int_equal(partners_push(b->all, ip("0.0.0.0"), true), 0);
	bench_turn(b);
	wire = bench_answer_dial(b, PARTNER, 5);
	bench_expect_owners(b, wire, NBT_REPL_UPDATE_PROPAGATE, "10.0.0.1=1", BENCH_US);
	bench_destroy(b);
}

static void over_connections_that_stay(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->partner[0].persistent = true;
	bench_start(b, false);
	partners_push(b->all, ip(PARTNER), false);
	bench_turn(b);
	wire = bench_answer_dial(b, PARTNER, 5);
	bench_expect_owners(b, wire, NBT_REPL_UPDATE_PERSISTENT, "10.0.0.1=1 10.0.0.7=7", BENCH_US);
	partners_push(b->all, ip(PARTNER), true);
	bench_expect_owners(b, wire, NBT_REPL_UPDATE_PERSISTENT_PROPAGATE, "10.0.0.1=1", BENCH_US);
	/* It may be used for questions, too. */
	bench_ask_map(b, wire);
	bench_expect_owners(b, wire, NBT_REPL_MAP_RESPONSE, "10.0.0.1=1 10.0.0.7=7", NULL);
	bench_hang_up(b, wire, 0);
	assert_string_equal(view(b, 0).last_error, "");
	bench_pass(b, 100000);
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	partners_push(b->all, ip(PARTNER), false);
	bench_turn(b);
	/* NT 4 knows none. */
	wire = bench_answer_dial(b, PARTNER, 1);
	bench_expect_owners(b, wire, NBT_REPL_UPDATE, "10.0.0.1=1 10.0.0.7=7", BENCH_US);
	bench_destroy(b);
}

/* Over a connection that does not stay: who asked for something has heard it. */
static void what_broke_before_it_was_heard_is_said_again(void **state)
{
	(void)state;
	for (int is_heard = 0; is_heard < 2; is_heard++) {
		struct bench *b = begin();
		int wire;

		bench_start(b, false);
		partners_push(b->all, ip(PARTNER), false);
		bench_turn(b);
		wire = bench_answer_dial(b, PARTNER, 5);
		bench_expect_owners(b, wire, NBT_REPL_UPDATE, "10.0.0.1=1 10.0.0.7=7", BENCH_US);
		if (is_heard)
			bench_ask_records(b, wire, BENCH_US, 1, 1);
		bench_hang_up(b, wire, -ECONNRESET);
		bench_pass(b, 30000);
		assert_int_equal(bench_dialed(b, PARTNER) >= 0, !is_heard);
		bench_destroy(b);
	}
}

static void what_was_said_to_a_host_that_died_is_said_again(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->partner[0].persistent = true;
	bench_start(b, false);
	partners_push(b->all, ip(PARTNER), false);
	bench_turn(b);
	wire = bench_answer_dial(b, PARTNER, 5);
	bench_expect_owners(b, wire, NBT_REPL_UPDATE_PERSISTENT, "10.0.0.1=1 10.0.0.7=7", BENCH_US);
	bench_hang_up(b, wire, -ETIMEDOUT);
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	bench_pass(b, 30000);
	wire = bench_answer_dial(b, PARTNER, 5);
	bench_expect_owners(b, wire, NBT_REPL_UPDATE_PERSISTENT, "10.0.0.1=1 10.0.0.7=7", BENCH_US);
	bench_destroy(b);
}

static void after_so_many_versions(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->partner[0].update_count = 3;
	bench_start(b, false);
	b->service.news.versions = 2;
	bench_turn(b);
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	b->service.is_slow = true;
	b->service.news.versions = 3;
	b->service.batch++;
	bench_turn(b);
	assert_int_equal(bench_dialed(b, PARTNER), -1); /* not committed yet */
	fake_commit(&b->service);
	bench_turn(b);
	wire = bench_answer_dial(b, PARTNER, 5);
	bench_expect_owners(b, wire, NBT_REPL_UPDATE, "10.0.0.1=1 10.0.0.7=7", BENCH_US);
	bench_say_stop(b, wire);
	b->service.news.versions = 5;
	bench_turn(b);
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	b->service.news.versions = 6;
	bench_turn(b);
	assert_true(bench_dialed(b, PARTNER) >= 0);
	bench_destroy(b);
}

static void when_an_address_changes(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->partner[0].push_on_address_change = true;
	bench_start(b, false);
	b->service.news.versions = 1;
	bench_turn(b);
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	b->service.news.address_changes = 1;
	bench_turn(b);
	wire = bench_answer_dial(b, PARTNER, 5);
	bench_expect_owners(b, wire, NBT_REPL_UPDATE_PROPAGATE, "10.0.0.1=1", BENCH_US);
	/* Another one meanwhile is told of afterwards. */
	b->service.news.address_changes = 2;
	bench_turn(b);
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	bench_say_stop(b, wire);
	assert_true(bench_dialed(b, PARTNER) >= 0);
	bench_destroy(b);
}

static void after_three_failures_a_partner_is_left_alone(void **state)
{
	struct bench *b = begin();
	uint64_t began_ms;

	(void)state;
	bench_start(b, false);
	began_ms = b->env.now_ms;
	partners_push(b->all, ip(PARTNER), false);
	bench_turn(b);
	for (int i = 0; i < 3; i++) {
		bench_hang_up(b, bench_dialed(b, PARTNER), -EHOSTUNREACH);
		assert_string_equal(view(b, 0).last_error, "No route to host");
		if (i < 2)
			bench_pass(b, 30000);
	}
	bench_pass(b, began_ms + 299999 - b->env.now_ms);
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	bench_pass(b, 1);
	assert_true(bench_dialed(b, PARTNER) >= 0);
	/* But an administrator is heard. */
	bench_destroy(b);
}

static void a_partner_that_refuses_our_notification(void **state)
{
	struct bench *b = begin();
	const struct nbt_replication stop = { .type = NBT_REPL_STOP,
					      .reason = NBT_REPL_REASON_ERROR };
	struct nbt_replication refusal = stop;
	int wire;

	(void)state;
	bench_start(b, false);
	partners_push(b->all, ip(PARTNER), false);
	bench_turn(b);
	wire = bench_answer_dial(b, PARTNER, 5);
	refusal.destination = b->wire[wire].handle;
	bench_say(b, wire, &refusal);
	assert_string_equal(view(b, 0).last_error,
			    "it refused, as to a server that is not its partner");
	bench_destroy(b);
}

static void news_of_too_many_become_one(void **state)
{
	struct bench *b = begin();
	char initiator[16], owners[32];
	int wire;

	(void)state;
	bench_partner(b, SECOND);
	bench_start(b, false);
	for (int i = 1; i <= 12; i++) {
		(void)snprintf(initiator, sizeof(initiator), "10.0.8.%d", i);
		(void)snprintf(owners, sizeof(owners), "10.0.8.%d=%d", i, i);
		wire = bench_associate(b, PARTNER);
		bench_say_owners(b, wire, NBT_REPL_UPDATE_PROPAGATE, owners, initiator);
		(void)snprintf(owners, sizeof(owners), "%d", i);
		bench_say_records(b, wire, owners);
		assert_false(b->wire[wire].is_open);
	}
	wire = bench_answer_dial(b, SECOND, 5);
	{
		struct nbt_replication first;

		assert_true(bench_hear(b, wire, &first));
		assert_int_equal(first.opcode, NBT_REPL_UPDATE); /* all owners */
		assert_int_equal(first.list.count, 14);
	}
	bench_destroy(b);
}

/*
 * Recovery.
 */

static int show_map(struct bench *b, const char *partner, const char *owners)
{
	int wire = bench_answer_dial(b, partner, 5);

	bench_expect_map_request(b, wire);
	bench_say_owners(b, wire, NBT_REPL_MAP_RESPONSE, owners, NULL);
	return wire;
}

static struct bench *begin_empty(void)
{
	struct bench *b = bench_create();

	bench_partner(b, PARTNER);
	bench_partner(b, SECOND);
	return b;
}

static void case_55_a_lost_database_comes_back(void **state)
{
	struct bench *b = begin_empty();
	int one, two;

	(void)state;
	bench_start(b, true);
	assert_true(partners_is_recovering(b->all));
	one = show_map(b, PARTNER, "10.0.0.1=400 10.0.0.2=2");
	two = show_map(b, SECOND, "10.0.0.1=500 10.0.0.2=2");
	assert_int_equal(b->service.next_version, 1501);
	bench_expect_request(b, two, BENCH_US, 1, 500);
	bench_expect_request(b, one, BENCH_US, 1, 400); /* each may have what the other has not */
	assert_true(partners_is_recovering(b->all));
	bench_say_records(b, one, "9");
	bench_expect_request(b, one, PARTNER, 1, 2);
	assert_true(partners_is_recovering(b->all));
	bench_say_records(b, one, "2");
	bench_expect_stop(b, one, NBT_REPL_REASON_NORMAL);
	assert_true(partners_is_recovering(b->all));
	bench_say_records(b, two, "3 500");
	bench_expect_stop(b, two, NBT_REPL_REASON_NORMAL);
	assert_false(partners_is_recovering(b->all));
	assert_int_equal(fake_count(&b->service, ip(BENCH_US)), 3);
	assert_int_equal(b->service.next_version, 1501);
	/* Once: the next pull asks for nothing of ours. */
	partners_pull(b->all, ip(SECOND), &b->env);
	two = show_map(b, SECOND, "10.0.0.1=500");
	bench_expect_stop(b, two, NBT_REPL_REASON_NORMAL);
	bench_destroy(b);
}

static void the_file_of_versions_is_believed_too(void **state)
{
	struct bench *b = begin_empty();
	int wire;

	(void)state;
	b->service.next_version = 9001;
	b->settings.partner_count = 1;
	bench_start(b, true);
	wire = show_map(b, PARTNER, "10.0.0.1=500");
	bench_expect_request(b, wire, BENCH_US, 1, 500);
	assert_int_equal(b->service.next_version, 9001);
	bench_destroy(b);
}

static void when_nobody_answers_the_number_is_raised_all_the_same(void **state)
{
	struct bench *b = begin_empty();

	(void)state;
	bench_start(b, true);
	bench_pass(b, 29999);
	assert_true(partners_is_recovering(b->all));
	bench_pass(b, 1);
	assert_false(partners_is_recovering(b->all));
	assert_true(b->service.next_version > (uint64_t)1800000000 << 20);
	bench_destroy(b);
}

static void when_all_refuse_nobody_is_waited_for(void **state)
{
	struct bench *b = begin_empty();

	(void)state;
	b->service.next_version = 77;
	bench_start(b, true);
	bench_hang_up(b, bench_dialed(b, PARTNER), -ECONNREFUSED);
	bench_hang_up(b, bench_dialed(b, SECOND), -ECONNREFUSED);
	assert_false(partners_is_recovering(b->all));
	assert_int_equal(b->service.next_version, 1078);
	bench_destroy(b);
}

/* The one that is silent may be the one that has ours. */
static void one_who_knows_nothing_does_not_speak_for_all(void **state)
{
	struct bench *b = begin_empty();
	int wire;

	(void)state;
	bench_start(b, true);
	bench_hang_up(b, bench_dialed(b, SECOND), -ECONNREFUSED);
	bench_expect_stop(b, show_map(b, PARTNER, "10.0.0.2=0"), NBT_REPL_REASON_NORMAL);
	assert_false(partners_is_recovering(b->all));
	assert_true(b->service.next_version > (uint64_t)1800000000 << 20);
	b->service.next_version += 5;
	assert_int_equal(partners_pull(b->all, ip(SECOND), &b->env), 0);
	wire = show_map(b, SECOND, "10.0.0.1=500");
	bench_expect_request(b, wire, BENCH_US, 1, 500);
	bench_destroy(b);
}

/* He was not there when it was asked for, and has newer ones of ours by now. */
static void what_was_lost_comes_back_late(void **state)
{
	struct bench *b = begin_empty();
	int wire;

	(void)state;
	b->settings.partner_count = 1;
	b->service.next_version = 9001;
	bench_start(b, true);
	bench_hang_up(b, bench_dialed(b, PARTNER), -ECONNREFUSED);
	assert_false(partners_is_recovering(b->all));
	b->service.next_version = 10100; /* some were given since */
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.1=500");
	bench_expect_request(b, wire, BENCH_US, 1, 500);
	bench_hang_up(b, wire, -ECONNRESET);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.1=10050");
	bench_expect_request(b, wire, BENCH_US, 1, 500);
	bench_say_records(b, wire, "3 500");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	bench_expect_stop(b, show_map(b, PARTNER, "10.0.0.1=10050"), NBT_REPL_REASON_NORMAL);
	assert_int_equal(b->service.next_version, 10100);
	bench_destroy(b);
}

static void a_new_server_begins_with_one(void **state)
{
	struct bench *b = begin_empty();
	int wire;

	(void)state;
	b->settings.partner_count = 1;
	bench_start(b, true);
	wire = show_map(b, PARTNER, "10.0.0.2=0");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_false(partners_is_recovering(b->all));
	assert_int_equal(b->service.next_version, 1);
	bench_destroy(b);
}

static void an_old_copy_of_the_database_is_caught_up(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_start(b, false);
	partners_pull(b->all, ip(PARTNER), &b->env);
	wire = show_map(b, PARTNER, "10.0.0.1=20");
	assert_int_equal(b->service.next_version, 1021);
	bench_expect_request(b, wire, BENCH_US, 2, 20);
	bench_hang_up(b, wire, -ECONNRESET);
	bench_pass(b, 30000);
	wire = show_map(b, PARTNER, "10.0.0.1=20");
	bench_expect_request(b, wire, BENCH_US, 2, 20);
	bench_say_records(b, wire, "20");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(b->service.next_version, 1021);
	bench_destroy(b);
}

static void versions_that_cannot_be_are_not_believed(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_start(b, false);
	partners_pull(b->all, ip(PARTNER), &b->env);
	wire = show_map(b, PARTNER, "10.0.0.1=18446744073709551615");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(b->service.next_version, 2);
	/* Nor those after which there would be hardly any left: 2^62. */
	partners_pull(b->all, ip(PARTNER), &b->env);
	wire = show_map(b, PARTNER, "10.0.0.1=4611686018427387904");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(b->service.next_version, 2);
	bench_destroy(b);
}

/*
 * Verification.
 */

static void case_56_an_owner_is_verified(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_start(b, false);
	assert_int_equal(partners_verify(b->all, ip("10.0.0.99"), &b->env), -ENOENT);
	assert_int_equal(partners_verify(b->all, ip(OWNER), &b->env), 0);
	bench_turn(b);
	assert_int_equal(partners_verify(b->all, ip(OWNER), &b->env), -EBUSY);
	wire = bench_answer_dial(b, PARTNER, 5);
	bench_expect_request(b, wire, OWNER, 1, 7);
	bench_say_records(b, wire, "5 7");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(b->service.verified, 2);
	assert_true(b->service.was_whole);
	assert_false(b->service.was_by_owner);
	/* Lost half way: nothing is deleted. */
	assert_int_equal(partners_verify(b->all, ip(OWNER), &b->env), 0);
	bench_turn(b);
	wire = bench_answer_dial(b, PARTNER, 5);
	bench_hang_up(b, wire, -ECONNRESET);
	assert_int_equal(b->service.verify_ends, 2);
	assert_false(b->service.was_whole);
	bench_destroy(b);
}

static void the_owner_itself_is_asked_if_it_can_be(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_partner(b, OWNER);
	bench_start(b, false);
	assert_int_equal(partners_verify(b->all, ip("0.0.0.0"), &b->env), 0);
	bench_turn(b);
	wire = bench_answer_dial(b, OWNER, 5);
	bench_expect_request(b, wire, OWNER, 1, 7);
	bench_say_records(b, wire, "");
	assert_true(b->service.was_by_owner);
	bench_destroy(b);
}

static void verification_comes_with_the_clock(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->settings.verify = true;
	b->service.to_verify = ip(OWNER);
	bench_start(b, false);
	bench_pass(b, 86399999);
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	bench_pass(b, 1);
	bench_hang_up(b, bench_dialed(b, PARTNER), -ECONNREFUSED);
	b->service.to_verify = ip(OWNER); /* the next pass */
	bench_pass(b, 3600000);
	wire = bench_answer_dial(b, PARTNER, 5);
	bench_expect_request(b, wire, OWNER, 1, 7);
	bench_say_records(b, wire, "7");
	assert_int_equal(b->service.verify_ends, 1);
	bench_pass(b, 86399000);
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	bench_destroy(b);
}

static void a_partner_that_goes_takes_a_verification_along(void **state)
{
	struct bench *b = begin();
	struct replication_settings none;

	(void)state;
	bench_start(b, false);
	partners_verify(b->all, ip(OWNER), &b->env);
	bench_turn(b);
	(void)bench_answer_dial(b, PARTNER, 5);
	none = b->settings;
	none.partner_count = 0;
	assert_true(partners_set_settings(b->all, &none, &b->env));
	bench_turn(b);
	assert_int_equal(b->service.verify_ends, 1);
	assert_false(b->service.was_whole);
	bench_destroy(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_hand_all_owners_are_shown),
		cmocka_unit_test(with_propagation_only_we_are_shown),
		cmocka_unit_test(over_connections_that_stay),
		cmocka_unit_test(what_broke_before_it_was_heard_is_said_again),
		cmocka_unit_test(what_was_said_to_a_host_that_died_is_said_again),
		cmocka_unit_test(after_so_many_versions),
		cmocka_unit_test(when_an_address_changes),
		cmocka_unit_test(after_three_failures_a_partner_is_left_alone),
		cmocka_unit_test(a_partner_that_refuses_our_notification),
		cmocka_unit_test(news_of_too_many_become_one),
		cmocka_unit_test(case_55_a_lost_database_comes_back),
		cmocka_unit_test(the_file_of_versions_is_believed_too),
		cmocka_unit_test(when_nobody_answers_the_number_is_raised_all_the_same),
		cmocka_unit_test(when_all_refuse_nobody_is_waited_for),
		cmocka_unit_test(one_who_knows_nothing_does_not_speak_for_all),
		cmocka_unit_test(what_was_lost_comes_back_late),
		cmocka_unit_test(a_new_server_begins_with_one),
		cmocka_unit_test(an_old_copy_of_the_database_is_caught_up),
		cmocka_unit_test(versions_that_cannot_be_are_not_believed),
		cmocka_unit_test(case_56_an_owner_is_verified),
		cmocka_unit_test(the_owner_itself_is_asked_if_it_can_be),
		cmocka_unit_test(verification_comes_with_the_clock),
		cmocka_unit_test(a_partner_that_goes_takes_a_verification_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
