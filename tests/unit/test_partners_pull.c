/* Pulls: by the clock, in slices, from several partners, and by notifications (cases 11 to 13). */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/stats.h"
#include "replication_bench.h"

#define PARTNER "10.0.0.2"
#define SECOND  "10.0.0.3"
#define OWNER   "10.0.0.7"

static struct bench *begin(void)
{
	struct bench *b = bench_create();

	bench_partner(b, PARTNER)->pull_interval_s = 1800;
	return b;
}

static struct partner_view view(const struct bench *b, size_t i)
{
	struct partner_view out;

	partners_view(b->all, i, &out);
	return out;
}

/* Up to its map. */
static int show_map(struct bench *b, const char *partner, const char *owners)
{
	int wire = bench_answer_dial(b, partner, 5);

	bench_expect_map_request(b, wire);
	bench_say_owners(b, wire, NBT_REPL_MAP_RESPONSE, owners, NULL);
	return wire;
}

static void a_pull_from_the_start_to_the_stop(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->partner[0].pull_at_start = true;
	bench_start(b, false);
	assert_int_equal(view(b, 0).state, PARTNER_CONNECTING);
	wire = show_map(b, PARTNER, "10.0.0.2=30 10.0.0.7=5");
	assert_int_equal(view(b, 0).state, PARTNER_PULLING);
	bench_expect_request(b, wire, PARTNER, 1, 30);
	bench_say_records(b, wire, "3 4 30");
	bench_expect_request(b, wire, OWNER, 1, 5);
	bench_say_records(b, wire, "");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(fake_count(&b->service, ip(PARTNER)), 3);
	assert_int_equal(service_version_of(&b->service, ip(PARTNER)), 30);
	assert_int_equal(service_version_of(&b->service, ip(OWNER)), 5);
	assert_int_equal(view(b, 0).pulled_records, 3);
	assert_int_equal(view(b, 0).state, PARTNER_IDLE);
	assert_int_equal(partners_shown(b->all, 0, ip(OWNER)), 5);
	bench_destroy(b);
}

static void the_interval_begins_when_a_pull_has_ended(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_start(b, false);
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	bench_pass(b, 1800000);
	wire = bench_answer_dial(b, PARTNER, 5);
	bench_expect_map_request(b, wire);
	bench_pass(b, 50000);
	bench_say_owners(b, wire, NBT_REPL_MAP_RESPONSE, "10.0.0.2=0", NULL);
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(view(b, 0).next_pull_ms, b->env.now_ms + 1800000);
	bench_destroy(b);
}

static void nothing_is_asked_for_when_nothing_is_new(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	fake_add(&b->service, ip(PARTNER), "OLD", 30);
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.2=30 10.0.0.1=0");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	bench_destroy(b);
}

/* Who passes records on may have one of its own in the place of one. */
static void records_of_a_partner_come_from_itself(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_partner(b, SECOND)->pull_interval_s = 1800;
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.2=3 10.0.0.3=9");
	bench_expect_request(b, wire, PARTNER, 1, 3);
	bench_say_records(b, wire, "3");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);

	/* While it fails, they come from whoever has them. */
	assert_int_equal(partners_pull(b->all, ip(SECOND), &b->env), 0);
	bench_hang_up(b, bench_dialed(b, SECOND), -ECONNREFUSED);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.2=3 10.0.0.3=9");
	bench_expect_request(b, wire, SECOND, 1, 9);
	bench_destroy(b);
}

static void many_versions_are_asked_for_in_slices(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->settings.slice = 4;
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.2=10");
	bench_expect_request(b, wire, PARTNER, 1, 4);
	bench_say_records(b, wire, "1 2 3 4");
	assert_int_equal(service_version_of(&b->service, ip(PARTNER)), 4);
	bench_expect_request(b, wire, PARTNER, 5, 8);
	bench_say_records(b, wire, "5 8");
	bench_expect_request(b, wire, PARTNER, 9, 10);
	bench_say_records(b, wire, "10");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	bench_destroy(b);
}

static void where_versions_are_far_apart_more_are_asked_for(void **state)
{
	struct bench *b = begin();
	struct nbt_replication message;
	int wire, requests = 0;

	(void)state;
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.2=1883958000000007");
	while (bench_hear(b, wire, &message) && message.type == NBT_REPL_MESSAGE) {
		assert_true(++requests < 40);
		bench_say_records(b, wire,
				  message.range.max == 1883958000000007 ? "1883958000000007" : "");
	}
	assert_int_equal(fake_count(&b->service, ip(PARTNER)), 1);
	assert_int_equal(service_version_of(&b->service, ip(PARTNER)), 1883958000000007);
	bench_destroy(b);
}

static void a_version_without_a_record_does_not_block_an_owner(void **state)
{
	struct bench *b = begin();
	struct nbt_replication message;
	int wire;

	(void)state;
	fake_add(&b->service, ip(PARTNER), "OLD", 30);
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.2=18446744073709551615");
	while (bench_hear(b, wire, &message) && message.type == NBT_REPL_MESSAGE)
		bench_say_records(b, wire, message.range.min <= 33 ? "33" : "");
	assert_true(service_version_of(&b->service, ip(PARTNER)) < 33 + ((uint64_t)1 << 32));
	bench_destroy(b);
}

static void nothing_counts_before_it_is_committed(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->settings.slice = 4;
	b->service.is_slow = true;
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.2=8");
	bench_expect_request(b, wire, PARTNER, 1, 4);
	bench_say_records(b, wire, "1");
	bench_expect_request(b, wire, PARTNER, 5, 8); /* this one may come meanwhile */
	bench_say_records(b, wire, "5");
	assert_int_equal(fake_count(&b->service, ip(PARTNER)), 1);
	fake_commit(&b->service);
	bench_turn(b);
	assert_int_equal(fake_count(&b->service, ip(PARTNER)), 2);
	bench_expect_nothing(b, wire);
	fake_commit(&b->service);
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	bench_destroy(b);
}

static void a_large_answer_is_applied_in_several_turns(void **state)
{
	struct bench *b = begin();
	char versions[8192] = "";
	int wire;

	(void)state;
	for (int i = 1; i <= 100; i++)
		(void)snprintf(versions + strlen(versions), sizeof(versions) - strlen(versions),
			       "%d ", i);
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.2=100");
	bench_expect_request(b, wire, PARTNER, 1, 100);
	bench_say_records(b, wire, versions);
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(fake_count(&b->service, ip(PARTNER)), 100);
	bench_destroy(b);
}

/*
 * Whose records.
 */

static void how_far_behind_we_are_has_a_bound(void **state)
{
	struct bench *b = begin();

	(void)state;
	bench_start(b, false);
	partners_pull(b->all, ip(PARTNER), &b->env);
	(void)show_map(b, PARTNER,
		       "10.0.0.1=9 10.0.0.7=18446744073709551615 10.0.0.8=18446744073709551615");
	assert_int_equal(partners_behind(b->all, 0), INT64_MAX);
	bench_destroy(b);
}

static void owners_that_are_not_wanted(void **state)
{
	struct bench *b = begin();
	const struct in_addr refused = ip("10.0.0.8"), accepted = ip(OWNER);
	int wire;

	(void)state;
	b->settings.refused_owners = &refused;
	b->settings.refused_owner_count = 1;
	bench_start(b, false);
	partners_pull(b->all, ip(PARTNER), &b->env);
	wire = show_map(b, PARTNER, "10.0.0.7=5 10.0.0.8=5 10.0.0.9=5");
	bench_expect_request(b, wire, OWNER, 1, 5);
	bench_say_records(b, wire, "1");
	bench_expect_request(b, wire, "10.0.0.9", 1, 5);
	bench_say_records(b, wire, "1");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	b->settings.accepted_owners = &accepted;
	b->settings.accepted_owner_count = 1;
	partners_pull(b->all, ip(PARTNER), &b->env);
	bench_turn(b);
	wire = show_map(b, PARTNER, "10.0.0.7=6 10.0.0.8=6 10.0.0.9=6");
	bench_expect_request(b, wire, OWNER, 6, 6);
	bench_say_records(b, wire, "6");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	bench_destroy(b);
}

static void each_owner_comes_from_one_partner(void **state)
{
	struct bench *b = begin();
	int one, two;

	(void)state;
	bench_partner(b, SECOND);
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip("0.0.0.0"), &b->env), 0);
	one = show_map(b, PARTNER, "10.0.0.2=9 10.0.0.3=5 10.0.0.7=5 10.0.0.8=8");
	bench_expect_nothing(b, one); /* the other's map may be better */
	two = show_map(b, SECOND, "10.0.0.2=4 10.0.0.3=5 10.0.0.7=5 10.0.0.8=9");
	bench_expect_request(b, one, PARTNER, 1, 9);
	bench_expect_request(b, two, SECOND, 1, 5);
	bench_say_records(b, one, "9");
	bench_expect_request(b, one, OWNER, 1, 5);
	bench_say_records(b, two, "5");
	bench_expect_request(b, two, "10.0.0.8", 1, 9);
	bench_destroy(b);
}

static void a_partner_that_is_slow_is_waited_for_a_moment(void **state)
{
	struct bench *b = begin();
	int one, two;

	(void)state;
	bench_partner(b, SECOND);
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip("0.0.0.0"), &b->env), 0);
	two = bench_answer_dial(b, SECOND, 5);
	one = show_map(b, PARTNER, "10.0.0.7=5");
	bench_expect_nothing(b, one);
	bench_pass(b, 5000);
	bench_expect_request(b, one, OWNER, 1, 5);
	bench_say_records(b, one, "5");
	bench_expect_stop(b, one, NBT_REPL_REASON_NORMAL);
	bench_expect_map_request(b, two);
	bench_say_owners(b, two, NBT_REPL_MAP_RESPONSE, "10.0.0.7=6", NULL);
	bench_expect_request(b, two, OWNER, 6, 6);
	bench_destroy(b);
}

/* Nor is the loop busy until then: found by the fuzzer. */
static void who_is_late_does_not_make_the_loop_spin(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_partner(b, SECOND);
	bench_partner(b, "10.0.0.4");
	bench_start(b, false);
	partners_pull(b->all, ip(SECOND), &b->env);
	bench_pass(b, 10000);
	partners_pull(b->all, ip("10.0.0.4"), &b->env);
	partners_pull(b->all, ip(PARTNER), &b->env);
	wire = show_map(b, PARTNER, "10.0.0.7=5");
	assert_int_equal(partners_deadline(b->all), b->env.now_ms + 5000);
	bench_expect_nothing(b, wire);
	bench_pass(b, 5000);
	bench_expect_request(b, wire, OWNER, 1, 5);
	bench_destroy(b);
}

/*
 * What goes wrong.
 */

static void retries_come_later_and_later(void **state)
{
	static const uint64_t waits_s[] = { 30, 60, 120, 240, 480, 960, 1800, 1800 };
	struct bench *b = begin();

	(void)state;
	bench_start(b, false);
	partners_pull(b->all, ip(PARTNER), &b->env);
	for (size_t i = 0; i < ARRAY_SIZE(waits_s); i++) {
		bench_hang_up(b, bench_dialed(b, PARTNER), -ECONNREFUSED);
		assert_int_equal(view(b, 0).failures, i + 1);
		assert_int_equal(view(b, 0).state, PARTNER_FAILING);
		assert_string_equal(view(b, 0).last_error, "Connection refused");
		bench_pass(b, waits_s[i] * 1000 - 1);
		assert_int_equal(bench_dialed(b, PARTNER), -1);
		bench_pass(b, 1);
	}
	bench_answer_dial(b, PARTNER, 5);
	bench_destroy(b);
}

static void a_partner_that_talks_to_us_is_tried_again(void **state)
{
	struct bench *b = begin();

	(void)state;
	bench_start(b, false);
	partners_pull(b->all, ip(PARTNER), &b->env);
	for (int i = 0; i < 4; i++) {
		bench_hang_up(b, bench_dialed(b, PARTNER), -ECONNREFUSED);
		bench_pass(b, i < 3 ? 30000ULL << i : 60000);
	}
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	(void)bench_associate(b, PARTNER);
	assert_true(bench_dialed(b, PARTNER) >= 0);
	bench_destroy(b);
}

static void a_partner_that_cannot_be_dialed(void **state)
{
	struct bench *b = begin();

	(void)state;
	b->dial_error = -ENETUNREACH;
	bench_start(b, false);
	partners_pull(b->all, ip(PARTNER), &b->env);
	assert_int_equal(view(b, 0).failures, 1);
	assert_string_equal(view(b, 0).last_error, "Network is unreachable");
	b->dial_error = 0;
	bench_pass(b, 30000);
	assert_true(bench_dialed(b, PARTNER) >= 0);
	bench_destroy(b);
}

static void a_partner_that_does_not_answer(void **state)
{
	static const char *const errors[] = { "no connection in time", "no answer in time" };
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_start(b, false);
	for (size_t i = 0; i < 2; i++) {
		partners_pull(b->all, ip(PARTNER), &b->env);
		wire = i == 0 ? bench_dialed(b, PARTNER) : bench_answer_dial(b, PARTNER, 5);
		bench_pass(b, 60000);
		assert_false(b->wire[wire].is_open);
		assert_string_equal(view(b, 0).last_error, errors[i]);
		bench_pass(b, 10);
	}
	bench_destroy(b);
}

static void a_connection_lost_half_way_keeps_what_has_come(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->settings.slice = 4;
	bench_start(b, false);
	partners_pull(b->all, ip(PARTNER), &b->env);
	wire = show_map(b, PARTNER, "10.0.0.2=10");
	bench_say_records(b, wire, "1 2 3 4");
	bench_hang_up(b, wire, -ECONNRESET);
	assert_int_equal(view(b, 0).failures, 1);
	bench_pass(b, 30000);
	wire = show_map(b, PARTNER, "10.0.0.2=10");
	bench_expect_request(b, wire, PARTNER, 5, 8);
	bench_destroy(b);
}

static void a_map_of_another_kind_fails(void **state)
{
	struct bench *b = begin();
	uint8_t bytes[] = { 0, 0, 0, 24, 0, 0, 0x78, 0, 0, 0, 0, 0, 0, 0,
			    0, 3, 0, 0,  0, 1, 0,    0, 0, 9, 0, 0, 0, 0 };
	int wire;

	(void)state;
	bench_start(b, false);
	partners_pull(b->all, ip(PARTNER), &b->env);
	wire = bench_answer_dial(b, PARTNER, 5);
	bench_say_bytes(b, wire, bytes, sizeof(bytes)); /* nine owners, and none of them there */
	assert_false(b->wire[wire].is_open);
	assert_int_equal(view(b, 0).failures, 1);
	bench_destroy(b);
}

/* The administrator takes the role away while a pull runs, or after one that failed. */
static void who_is_no_source_any_more_is_left_alone(void **state)
{
	(void)state;
	for (int fails = 0; fails < 2; fails++) {
		struct bench *b = begin();
		int wire;

		bench_start(b, false);
		partners_pull(b->all, ip(PARTNER), &b->env);
		wire = show_map(b, PARTNER, "10.0.0.2=3");
		b->partner[0].pull = false;
		assert_true(partners_set_settings(b->all, &b->settings, &b->env));
		if (fails)
			bench_hang_up(b, wire, -ECONNRESET);
		else
			bench_say_records(b, wire, "3");
		assert_int_equal(view(b, 0).next_pull_ms, NBT_NEVER);
		assert_int_equal(view(b, 0).state, PARTNER_IDLE);
		(void)bench_associate(b, PARTNER);
		bench_pass(b, 86400000);
		assert_int_equal(bench_dialed(b, PARTNER), -1);
		bench_destroy(b);
	}
}

static void who_failed_and_is_no_source_any_more_is_well(void **state)
{
	struct bench *b = begin();

	(void)state;
	bench_start(b, false);
	partners_pull(b->all, ip(PARTNER), &b->env);
	bench_hang_up(b, bench_dialed(b, PARTNER), -ECONNREFUSED);
	b->partner[0].pull = false;
	assert_true(partners_set_settings(b->all, &b->settings, &b->env));
	assert_int_equal(view(b, 0).state, PARTNER_IDLE);
	(void)bench_associate(b, PARTNER);
	bench_pass(b, 86400000);
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	bench_destroy(b);
}

static void without_a_database_nothing_is_pulled(void **state)
{
	struct bench *b = begin();

	(void)state;
	b->service.is_in_trouble = true;
	bench_start(b, false);
	partners_pull(b->all, ip(PARTNER), &b->env);
	bench_turn(b);
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	assert_string_equal(view(b, 0).last_error, "the database cannot be written");
	bench_destroy(b);
}

static void connections_that_stay_are_used_again(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->partner[0].persistent = true;
	bench_start(b, false);
	partners_pull(b->all, ip(PARTNER), &b->env);
	wire = show_map(b, PARTNER, "10.0.0.2=1");
	bench_expect_request(b, wire, PARTNER, 1, 1);
	bench_say_records(b, wire, "1");
	bench_expect_nothing(b, wire);
	assert_true(view(b, 0).is_persistent);
	bench_pass(b, 1800000);
	bench_expect_map_request(b, wire);
	bench_say_owners(b, wire, NBT_REPL_MAP_RESPONSE, "10.0.0.2=1", NULL);
	bench_hang_up(b, wire, 0); /* nothing was under way */
	assert_int_equal(view(b, 0).failures, 0);
	assert_false(view(b, 0).is_persistent);
	bench_pass(b, 1800000);
	assert_true(bench_dialed(b, PARTNER) >= 0);
	bench_destroy(b);
}

static void with_nt_4_no_connection_stays(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->partner[0].persistent = true;
	bench_start(b, false);
	partners_pull(b->all, ip(PARTNER), &b->env);
	wire = bench_answer_dial(b, PARTNER, 1);
	bench_expect_map_request(b, wire);
	bench_say_owners(b, wire, NBT_REPL_MAP_RESPONSE, "10.0.0.2=0", NULL);
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	bench_destroy(b);
}

/*
 * Notifications.
 */

/* It is the peer who wants it to stay. */
static void a_connection_with_notifications_is_not_idle(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	for (int i = 0; i < 4; i++) {
		bench_pass(b, 100000);
		assert_true(b->wire[wire].is_open);
		bench_say_owners(b, wire, NBT_REPL_UPDATE_PERSISTENT, "10.0.0.2=0", "0.0.0.0");
	}
	bench_pass(b, 120000);
	assert_false(b->wire[wire].is_open);
	bench_destroy(b);
}

static void case_11_a_notification_is_answered_by_a_pull(void **state)
{
	struct bench *b = begin();
	int wire, other;

	(void)state;
	fake_add(&b->service, ip(OWNER), "OLD", 30);
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	bench_say_owners(b, wire, NBT_REPL_UPDATE, "10.0.0.7=30", "0.0.0.0");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	wire = bench_associate(b, PARTNER);
	bench_say_owners(b, wire, NBT_REPL_UPDATE, "10.0.0.7=33", "0.0.0.0");
	bench_expect_request(b, wire, OWNER, 31, 33);
	bench_say_records(b, wire, "33");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	other = bench_associate(b, PARTNER);
	bench_ask_records(b, other, OWNER, 33, 33);
	bench_expect_records(b, other, "33");
	bench_destroy(b);
}

static void the_stop_comes_when_the_records_are_committed(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->service.is_slow = true;
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	bench_say_owners(b, wire, NBT_REPL_UPDATE, "10.0.0.7=3", "0.0.0.0");
	bench_expect_request(b, wire, OWNER, 1, 3);
	bench_say_records(b, wire, "3");
	bench_expect_nothing(b, wire);
	fake_commit(&b->service);
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	bench_destroy(b);
}

static void a_database_that_hangs_ends_a_pull(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->service.is_slow = true;
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	bench_say_owners(b, wire, NBT_REPL_UPDATE, "10.0.0.7=3", "0.0.0.0");
	bench_say_records(b, wire, "3");
	bench_pass(b, 60000);
	assert_false(b->wire[wire].is_open);
	bench_destroy(b);
}

static void of_two_notifications_the_second_waits(void **state)
{
	struct bench *b = begin();
	int one, two;

	(void)state;
	bench_start(b, false);
	one = bench_associate(b, PARTNER);
	two = bench_associate(b, PARTNER);
	bench_say_owners(b, one, NBT_REPL_UPDATE, "10.0.0.7=3", "0.0.0.0");
	bench_expect_request(b, one, OWNER, 1, 3);
	bench_say_owners(b, two, NBT_REPL_UPDATE, "10.0.0.7=5", "0.0.0.0");
	bench_expect_nothing(b, two);
	bench_say_records(b, one, "3");
	bench_expect_stop(b, one, NBT_REPL_REASON_NORMAL);
	bench_expect_request(b, two, OWNER, 4, 5);
	bench_say_records(b, two, "5");
	bench_expect_stop(b, two, NBT_REPL_REASON_NORMAL);
	bench_destroy(b);
}

static void a_notification_that_has_waited_too_long(void **state)
{
	struct bench *b = begin();
	int one, two, slice = 1;
	char version[16];

	(void)state;
	b->settings.slice = 1;
	bench_start(b, false);
	one = bench_associate(b, PARTNER);
	two = bench_associate(b, PARTNER);
	bench_say_owners(b, one, NBT_REPL_UPDATE, "10.0.0.7=5", "0.0.0.0");
	bench_say_owners(b, two, NBT_REPL_UPDATE, "10.0.0.8=5", "0.0.0.0");
	for (; slice <= 3; slice++) {
		bench_pass(b, 25000);
		(void)snprintf(version, sizeof(version), "%d", slice);
		bench_say_records(b, one, version);
	}
	assert_true(b->wire[one].is_open);
	assert_false(b->wire[two].is_open);
	assert_true(bench_dialed(b, PARTNER) >= 0);
	bench_destroy(b);
}

static void an_owner_too_many_is_left_out(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	for (uint32_t i = 0; i < FAKE_OWNERS_MAX; i++) {
		const struct nbt_owner_versions one = { { 0x0100000b + (i << 24) }, 1, 1 };

		(void)service_set_version(&b->service, &one);
	}
	bench_start(b, false);
	partners_pull(b->all, ip(PARTNER), &b->env);
	wire = show_map(b, PARTNER, "10.0.0.7=5 11.0.0.9=5");
	bench_expect_request(b, wire, OWNER, 1, 5);
	bench_say_records(b, wire, "1");
	bench_expect_request(b, wire, "11.0.0.9", 2, 5);
	bench_say_records(b, wire, "5");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	bench_destroy(b);
}

static void a_notifier_that_goes_lets_the_next_one_in(void **state)
{
	struct bench *b = begin();
	int one, two;

	(void)state;
	bench_start(b, false);
	one = bench_associate(b, PARTNER);
	two = bench_associate(b, PARTNER);
	bench_say_owners(b, one, NBT_REPL_UPDATE, "10.0.0.7=3", "0.0.0.0");
	bench_say_owners(b, two, NBT_REPL_UPDATE, "10.0.0.7=5", "0.0.0.0");
	bench_hang_up(b, one, -ECONNRESET);
	bench_expect_request(b, two, OWNER, 1, 5);
	bench_destroy(b);
}

static void case_12_a_persistent_one_makes_us_pull_elsewhere(void **state)
{
	struct bench *b = begin();
	int wire, ours;

	(void)state;
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	bench_say_owners(b, wire, NBT_REPL_UPDATE_PERSISTENT, "10.0.0.7=3", "0.0.0.0");
	bench_expect_nothing(b, wire);
	ours = show_map(b, PARTNER, "10.0.0.7=3");
	bench_expect_request(b, ours, OWNER, 1, 3);
	/* More while it runs: once more when it has ended. */
	bench_say_owners(b, wire, NBT_REPL_UPDATE_PERSISTENT, "10.0.0.7=4", "0.0.0.0");
	bench_say_owners(b, wire, NBT_REPL_UPDATE_PERSISTENT, "10.0.0.7=5", "0.0.0.0");
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	bench_say_records(b, ours, "3");
	bench_expect_stop(b, ours, NBT_REPL_REASON_NORMAL);
	ours = show_map(b, PARTNER, "10.0.0.7=5");
	bench_expect_request(b, ours, OWNER, 4, 5);
	bench_say_records(b, ours, "5");
	bench_expect_stop(b, ours, NBT_REPL_REASON_NORMAL);
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	/* Nothing new: nothing is done. */
	bench_say_owners(b, wire, NBT_REPL_UPDATE_PERSISTENT, "10.0.0.7=5", "0.0.0.0");
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	assert_true(b->wire[wire].is_open);
	bench_destroy(b);
}

static void case_13_what_asks_for_it_is_passed_on(void **state)
{
	struct bench *b = begin();
	int wire, pushed;

	(void)state;
	bench_partner(b, SECOND);
	bench_partner(b, "10.0.0.4")->push = false;
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	bench_say_owners(b, wire, NBT_REPL_UPDATE_PROPAGATE, "10.0.0.2=3 10.0.0.7=3", PARTNER);
	bench_expect_request(b, wire, PARTNER, 1, 3);
	bench_say_records(b, wire, "3");
	bench_expect_request(b, wire, OWNER, 1, 3);
	bench_say_records(b, wire, "3");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	pushed = bench_answer_dial(b, SECOND, 5);
	bench_expect_owners(b, pushed, NBT_REPL_UPDATE_PROPAGATE, "10.0.0.2=3", PARTNER);
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	assert_int_equal(bench_dialed(b, "10.0.0.4"), -1);
	bench_destroy(b);
}

/* The same over a connection of ours, from one who has it from another partner. */
static void case_13_neither_who_tells_nor_who_began_is_told(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_partner(b, SECOND);
	bench_partner(b, "10.0.0.4")->pull = false;
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	bench_say_owners(b, wire, NBT_REPL_UPDATE_PERSISTENT_PROPAGATE, "10.0.0.4=3", "10.0.0.4");
	bench_hang_up(b, wire, 0);
	wire = show_map(b, PARTNER, "10.0.0.4=3");
	bench_expect_request(b, wire, "10.0.0.4", 1, 3);
	bench_say_records(b, wire, "3");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	wire = bench_answer_dial(b, SECOND, 5);
	bench_expect_owners(b, wire, NBT_REPL_UPDATE_PROPAGATE, "10.0.0.4=3", "10.0.0.4");
	assert_int_equal(bench_dialed(b, PARTNER), -1);
	assert_int_equal(bench_dialed(b, "10.0.0.4"), -1);
	bench_destroy(b);
}

/* One says so while the pull runs that the other has asked for. */
static void news_of_two_are_both_passed_on(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_partner(b, SECOND)->persistent = true;
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	bench_say_owners(b, wire, NBT_REPL_UPDATE_PERSISTENT_PROPAGATE, "10.0.0.7=3", OWNER);
	bench_say_owners(b, wire, NBT_REPL_UPDATE_PERSISTENT_PROPAGATE, "10.0.0.8=4", "10.0.0.8");
	wire = show_map(b, PARTNER, "10.0.0.7=3 10.0.0.8=4");
	bench_say_records(b, wire, "3");
	bench_say_records(b, wire, "4");
	bench_expect_request(b, wire, OWNER, 1, 3);
	bench_expect_request(b, wire, "10.0.0.8", 1, 4);
	wire = bench_answer_dial(b, SECOND, 5);
	bench_expect_owners(b, wire, NBT_REPL_UPDATE_PERSISTENT_PROPAGATE, "10.0.0.8=4",
			    "10.0.0.8");
	bench_expect_owners(b, wire, NBT_REPL_UPDATE_PERSISTENT_PROPAGATE, "10.0.0.7=3", OWNER);
	bench_destroy(b);
}

static void what_brought_nothing_is_not_passed_on(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_partner(b, SECOND);
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	bench_say_owners(b, wire, NBT_REPL_UPDATE_PROPAGATE, "10.0.0.2=3", PARTNER);
	bench_say_records(b, wire, "");
	assert_int_equal(bench_dialed(b, SECOND), -1);
	b->settings.propagate = false;
	wire = bench_associate(b, PARTNER);
	bench_say_owners(b, wire, NBT_REPL_UPDATE_PROPAGATE, "10.0.0.2=4", PARTNER);
	bench_say_records(b, wire, "4");
	assert_int_equal(bench_dialed(b, SECOND), -1);
	bench_destroy(b);
}

/* What was rejected is not asked for again. */
static void case_59_a_range_is_asked_for_once(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_start(b, false);
	for (int i = 0; i < 2; i++) {
		partners_pull(b->all, ip(PARTNER), &b->env);
		wire = show_map(b, PARTNER, "10.0.0.7=3");
		if (i == 0) {
			bench_expect_request(b, wire, OWNER, 1, 3);
			bench_say_records(b, wire, "77");
		}
		bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	}
	assert_int_equal(fake_count(&b->service, ip(OWNER)), 0);
	bench_destroy(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pull_from_the_start_to_the_stop),
		cmocka_unit_test(the_interval_begins_when_a_pull_has_ended),
		cmocka_unit_test(nothing_is_asked_for_when_nothing_is_new),
		cmocka_unit_test(records_of_a_partner_come_from_itself),
		cmocka_unit_test(many_versions_are_asked_for_in_slices),
		cmocka_unit_test(where_versions_are_far_apart_more_are_asked_for),
		cmocka_unit_test(a_version_without_a_record_does_not_block_an_owner),
		cmocka_unit_test(nothing_counts_before_it_is_committed),
		cmocka_unit_test(a_large_answer_is_applied_in_several_turns),
		cmocka_unit_test(how_far_behind_we_are_has_a_bound),
		cmocka_unit_test(owners_that_are_not_wanted),
		cmocka_unit_test(each_owner_comes_from_one_partner),
		cmocka_unit_test(a_partner_that_is_slow_is_waited_for_a_moment),
		cmocka_unit_test(who_is_late_does_not_make_the_loop_spin),
		cmocka_unit_test(retries_come_later_and_later),
		cmocka_unit_test(a_partner_that_talks_to_us_is_tried_again),
		cmocka_unit_test(a_partner_that_cannot_be_dialed),
		cmocka_unit_test(a_partner_that_does_not_answer),
		cmocka_unit_test(a_connection_lost_half_way_keeps_what_has_come),
		cmocka_unit_test(a_map_of_another_kind_fails),
		cmocka_unit_test(who_is_no_source_any_more_is_left_alone),
		cmocka_unit_test(who_failed_and_is_no_source_any_more_is_well),
		cmocka_unit_test(without_a_database_nothing_is_pulled),
		cmocka_unit_test(connections_that_stay_are_used_again),
		cmocka_unit_test(with_nt_4_no_connection_stays),
		cmocka_unit_test(a_connection_with_notifications_is_not_idle),
		cmocka_unit_test(case_11_a_notification_is_answered_by_a_pull),
		cmocka_unit_test(the_stop_comes_when_the_records_are_committed),
		cmocka_unit_test(a_database_that_hangs_ends_a_pull),
		cmocka_unit_test(of_two_notifications_the_second_waits),
		cmocka_unit_test(a_notification_that_has_waited_too_long),
		cmocka_unit_test(an_owner_too_many_is_left_out),
		cmocka_unit_test(a_notifier_that_goes_lets_the_next_one_in),
		cmocka_unit_test(case_12_a_persistent_one_makes_us_pull_elsewhere),
		cmocka_unit_test(case_13_what_asks_for_it_is_passed_on),
		cmocka_unit_test(case_13_neither_who_tells_nor_who_began_is_told),
		cmocka_unit_test(news_of_two_are_both_passed_on),
		cmocka_unit_test(what_brought_nothing_is_not_passed_on),
		cmocka_unit_test(case_59_a_range_is_asked_for_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
