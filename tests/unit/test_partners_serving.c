/* Associations that others make, and what they are served (cases 1 to 10). */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/stats.h"
#include "replication_bench.h"

#define PARTNER "10.0.0.2"
#define SECOND  "10.0.0.8"
#define THIRD   "10.0.0.9"
#define OTHER   "10.0.9.9"

static struct bench *begin(void)
{
	struct bench *b = bench_create();

	bench_partner(b, PARTNER);
	return b;
}

static void start_with_records(struct bench *b)
{
	fake_add(&b->service, ip(BENCH_US), "ONE", 1);
	fake_add(&b->service, ip(BENCH_US), "TWO", 2);
	fake_add(&b->service, ip(BENCH_US), "FIVE", 5);
	fake_add(&b->service, ip("10.0.0.3"), "THREE", 33);
	bench_start(b, false);
}

static struct bench *begin_with_records(void)
{
	struct bench *b = begin();

	start_with_records(b);
	return b;
}

static void case_01_a_start_is_answered(void **state)
{
	struct bench *b = begin();
	struct bench_wire *wire;
	uint32_t handles[2];
	int number;

	(void)state;
	bench_start(b, false);
	for (int i = 0; i < 2; i++) {
		number = bench_associate(b, PARTNER);
		wire = &b->wire[number];
		handles[i] = wire->handle;
		assert_int_equal(wire->out_len, 45);
		for (size_t at = 24; at < 45; at++)
			assert_int_equal(wire->out[at], 0);
		assert_int_not_equal(wire->handle, 0);
	}
	assert_true(handles[1] - handles[0] > 16 && handles[0] - handles[1] > 16);
	bench_destroy(b);
}

static void case_02_the_handle_stays_the_same(void **state)
{
	struct bench *b = begin();
	struct nbt_replication again = { .handle = 77, .major = 2, .minor = 5 }, response;
	int wire;

	(void)state;
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	again.handle = BENCH_HANDLE;
	for (int i = 0; i < 2; i++) {
		bench_say(b, wire, &again);
		assert_true(bench_hear(b, wire, &response));
		assert_int_equal(response.type, NBT_REPL_START_RESPONSE);
		assert_int_equal(response.handle, b->wire[wire].handle);
	}
	bench_destroy(b);
}

static void case_03_other_versions(void **state)
{
	struct bench *b = begin();
	struct nbt_replication start = { .handle = BENCH_HANDLE, .major = 3, .minor = 5 }, response;
	int wire;

	(void)state;
	bench_start(b, false);
	wire = bench_accept(b, PARTNER);
	bench_say(b, wire, &start);
	bench_expect_nothing(b, wire);
	start.major = 2;
	start.minor = 9;
	bench_say(b, wire, &start);
	assert_true(bench_hear(b, wire, &response));
	assert_int_equal(response.minor, 5);
	bench_destroy(b);
}

static void say_map_request_to(struct bench *b, int wire, uint32_t handle)
{
	const struct nbt_replication request = { .destination = handle,
						 .type = NBT_REPL_MESSAGE,
						 .opcode = NBT_REPL_MAP_REQUEST };

	bench_say(b, wire, &request);
}

static void case_04_wrong_handles_are_ignored(void **state)
{
	struct bench *b = begin_with_records();
	int wire = bench_associate(b, PARTNER);

	(void)state;
	say_map_request_to(b, wire, b->wire[wire].handle + 1);
	bench_expect_nothing(b, wire);
	bench_ask_map(b, wire);
	bench_expect_owners(b, wire, NBT_REPL_MAP_RESPONSE, "10.0.0.1=5 10.0.0.3=33", NULL);
	say_map_request_to(b, wire, 0);
	assert_true(b->wire[wire].is_open);
	say_map_request_to(b, wire, 0xffffffff); /* the third one */
	assert_false(b->wire[wire].is_open);
	bench_destroy(b);
}

static void case_05_handles_of_other_connections_are_wrong(void **state)
{
	struct bench *b = begin_with_records();
	int one = bench_associate(b, PARTNER), two = bench_associate(b, PARTNER);

	(void)state;
	say_map_request_to(b, two, b->wire[one].handle);
	bench_expect_nothing(b, one);
	bench_expect_nothing(b, two);
	bench_destroy(b);
}

static void case_06_strangers_get_nothing(void **state)
{
	struct bench *b = begin_with_records();
	int wire = bench_associate(b, OTHER);

	(void)state;
	bench_ask_map(b, wire);
	bench_expect_stop(b, wire, NBT_REPL_REASON_ERROR);
	wire = bench_associate(b, OTHER);
	bench_ask_records(b, wire, BENCH_US, 1, 0);
	bench_expect_stop(b, wire, NBT_REPL_REASON_ERROR);
	wire = bench_associate(b, OTHER);
	bench_say_owners(b, wire, NBT_REPL_UPDATE, "10.0.9.9=99", OTHER);
	bench_expect_stop(b, wire, NBT_REPL_REASON_ERROR);
	assert_int_equal(bench_dialed(b, OTHER), -1);
	bench_destroy(b);
}

static void a_partner_that_may_not_pull_gets_nothing(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->partner[0].push = false;
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	bench_ask_map(b, wire);
	bench_expect_stop(b, wire, NBT_REPL_REASON_ERROR);
	bench_destroy(b);
}

static void a_partner_that_we_do_not_pull_from_tells_us_nothing(void **state)
{
	static const uint8_t opcodes[] = { 4, 5, 8, 9 };
	struct bench *b = begin();

	(void)state;
	b->partner[0].pull = false;
	bench_start(b, false);
	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		int wire = bench_associate(b, PARTNER);

		bench_say_owners(b, wire, opcodes[i], "10.0.0.2=9", PARTNER);
		bench_expect_stop(b, wire, NBT_REPL_REASON_ERROR);
	}
	bench_destroy(b);
}

static void case_07_an_empty_database_has_one_owner(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	bench_ask_map(b, wire);
	bench_expect_owners(b, wire, NBT_REPL_MAP_RESPONSE, "10.0.0.1=0", NULL);
	bench_destroy(b);
}

static void case_08_all_records_by_version(void **state)
{
	struct bench *b = begin_with_records();
	int wire = bench_associate(b, PARTNER);

	(void)state;
	bench_ask_records(b, wire, BENCH_US, 1, 0);
	bench_expect_records(b, wire, "1 2 5");
	bench_ask_records(b, wire, BENCH_US, 2, 4);
	bench_expect_records(b, wire, "2");
	assert_true(b->wire[wire].is_open);
	bench_destroy(b);
}

static void case_09_what_is_not_there_is_an_empty_answer(void **state)
{
	struct bench *b = begin_with_records();
	int wire = bench_associate(b, PARTNER);

	(void)state;
	bench_ask_records(b, wire, BENCH_US, 5, 2);
	bench_expect_records(b, wire, "");
	bench_ask_records(b, wire, "10.77.0.1", 1, 100);
	bench_expect_records(b, wire, "");
	bench_destroy(b);
}

static void case_10_strangers_that_may_get_dynamic_records(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	fake_add(&b->service, ip(BENCH_US), "ONE", 1);
	fake_add(&b->service, ip(BENCH_US), "TWO", 2);
	b->service.record[0].replica.is_static = true;
	b->settings.to_others = TO_OTHERS_DYNAMIC;
	bench_start(b, false);
	wire = bench_associate(b, OTHER);
	bench_ask_map(b, wire);
	bench_expect_owners(b, wire, NBT_REPL_MAP_RESPONSE, "10.0.0.1=2", NULL);
	bench_ask_records(b, wire, BENCH_US, 1, 0);
	bench_expect_records(b, wire, "2");
	b->settings.to_others = TO_OTHERS_ALL;
	bench_ask_records(b, wire, BENCH_US, 1, 0);
	bench_expect_records(b, wire, "1 2");
	bench_destroy(b);
}

/* Samba's server does not get over one. */
static void a_partner_that_cannot_take_static_records(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	fake_add(&b->service, ip(BENCH_US), "ONE", 1);
	fake_add(&b->service, ip(BENCH_US), "TWO", 2);
	b->service.record[0].replica.is_static = true;
	b->partner[0].dynamic_only = true;
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	bench_ask_records(b, wire, BENCH_US, 1, 0);
	bench_expect_records(b, wire, "2");
	bench_destroy(b);
}

/*
 * Many of them.
 */

static const char *const partners[] = { PARTNER, SECOND, THIRD };

static struct bench *begin_with_partners(void)
{
	struct bench *b = bench_create();

	for (size_t i = 0; i < ARRAY_SIZE(partners); i++)
		bench_partner(b, partners[i]);
	start_with_records(b);
	return b;
}

static void a_reading_is_made_in_slices_and_few_at_once(void **state)
{
	struct bench *b = begin_with_partners();
	int wire[6];

	(void)state;
	b->service.slice = 1;
	for (size_t i = 0; i < ARRAY_SIZE(wire); i++) {
		wire[i] = bench_associate(b, partners[i / 2]);
		b->wire[wire[i]].is_stuck = true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(wire); i++)
		bench_ask_records(b, wire[i], BENCH_US, 1, 0);
	assert_int_equal(b->service.readings, 4); /* they are made, and not taken yet */
	bench_pass(b, 50000);
	for (size_t i = 0; i < 4; i++) {
		bench_drain(b, wire[i]);
		bench_expect_records(b, wire[i], "1 2 5");
	}
	for (size_t i = 4; i < 6; i++) {
		bench_drain(b, wire[i]);
		bench_expect_records(b, wire[i], "1 2 5");
	}
	assert_int_equal(b->service.readings, 0);
	bench_destroy(b);
}

/* However slowly he takes what he asks for by all his connections, others have theirs. */
static void one_partner_does_not_hold_the_others_up(void **state)
{
	struct bench *b = begin_with_partners();
	int slow[4], other;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(slow); i++) {
		slow[i] = bench_associate(b, PARTNER);
		b->wire[slow[i]].is_stuck = true;
		bench_ask_records(b, slow[i], BENCH_US, 1, 0);
	}
	assert_int_equal(b->service.readings, 2);
	other = bench_associate(b, SECOND);
	bench_ask_records(b, other, BENCH_US, 1, 0);
	bench_expect_records(b, other, "1 2 5");
	for (size_t i = 0; i < ARRAY_SIZE(slow); i++) {
		bench_drain(b, slow[i]);
		bench_expect_records(b, slow[i], "1 2 5");
	}
	bench_destroy(b);
}

static void who_takes_nothing_is_given_up(void **state)
{
	struct bench *b = begin_with_records();
	int wire = bench_associate(b, PARTNER);

	(void)state;
	b->wire[wire].is_stuck = true;
	bench_ask_records(b, wire, BENCH_US, 1, 0);
	bench_ask_records(b, wire, BENCH_US, 1, 0);
	assert_true(b->wire[wire].is_paused);
	bench_pass(b, 59999);
	assert_true(b->wire[wire].is_open);
	bench_pass(b, 1);
	assert_false(b->wire[wire].is_open);
	assert_int_equal(b->service.readings, 0);
	bench_destroy(b);
}

static void who_says_nothing_is_closed(void **state)
{
	struct bench *b = begin();
	int silent, idle, half;

	(void)state;
	bench_start(b, false);
	silent = bench_accept(b, PARTNER);
	idle = bench_associate(b, PARTNER);
	half = bench_associate(b, PARTNER);
	bench_say_bytes(b, half, (const uint8_t *)"\0\0\0\x10", 4);
	bench_pass(b, 29999);
	assert_true(b->wire[silent].is_open);
	bench_pass(b, 1);
	assert_false(b->wire[silent].is_open);
	bench_pass(b, 30000);
	assert_false(b->wire[half].is_open);
	assert_true(b->wire[idle].is_open);
	bench_pass(b, 60000);
	assert_false(b->wire[idle].is_open);
	bench_destroy(b);
}

static void a_partners_connection_that_stays_stays(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->partner[0].persistent = true;
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	bench_pass(b, 100000000);
	assert_true(b->wire[wire].is_open);
	bench_destroy(b);
}

static void connections_of_a_source_are_bounded(void **state)
{
	struct bench *b = begin();
	char address[32];

	(void)state;
	bench_start(b, false);
	for (int i = 0; i < 16; i++)
		assert_true(bench_accept(b, PARTNER) >= 0);
	assert_int_equal(bench_accept(b, PARTNER), -1);
	for (int i = 0; i < 2; i++)
		assert_true(bench_accept(b, OTHER) >= 0);
	assert_int_equal(bench_accept(b, OTHER), -1);
	/* Others make room for others, and never a partner. */
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(address, sizeof(address), "10.1.%d.%d", i / 250, i % 250 + 1);
		assert_true(bench_accept(b, address) >= 0);
	}
	assert_int_equal(partners_stats(b->all)->values[2], 1000 - (200 - 18));
	for (int i = 0; i < 16; i++)
		assert_true(b->wire[i].is_open);
	bench_destroy(b);
}

static void strangers_make_room_for_a_partner(void **state)
{
	struct bench *b = begin();
	char address[32];
	int wire;

	(void)state;
	bench_start(b, false);
	for (int i = 0; i < 200; i++) {
		(void)snprintf(address, sizeof(address), "10.1.0.%d", i + 1);
		assert_true(bench_accept(b, address) >= 0);
	}
	wire = bench_associate(b, PARTNER);
	bench_ask_map(b, wire);
	bench_expect_owners(b, wire, NBT_REPL_MAP_RESPONSE, "10.0.0.1=0", NULL);
	bench_destroy(b);
}

static void a_partner_that_goes_takes_its_connections_along(void **state)
{
	struct bench *b = begin();
	struct replication_settings none;
	int wire;

	(void)state;
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	none = b->settings;
	none.partner_count = 0;
	assert_true(partners_set_settings(b->all, &none, &b->env));
	assert_false(b->wire[wire].is_open);
	assert_int_equal(partners_count(b->all), 0);
	wire = bench_associate(b, PARTNER);
	bench_ask_map(b, wire);
	bench_expect_stop(b, wire, NBT_REPL_REASON_ERROR);
	/* One that is a partner from now on needs no other connection. */
	wire = bench_associate(b, PARTNER);
	assert_true(partners_set_settings(b->all, &b->settings, &b->env));
	bench_ask_map(b, wire);
	bench_expect_owners(b, wire, NBT_REPL_MAP_RESPONSE, "10.0.0.1=0", NULL);
	bench_destroy(b);
}

static void opcodes_that_are_none_are_ignored_twice(void **state)
{
	struct bench *b = begin();
	uint8_t bytes[20] = { 0, 0, 0, 16, 0, 0, 0x78, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 6 };
	int wire;

	(void)state;
	bench_start(b, false);
	wire = bench_associate(b, PARTNER);
	for (int i = 0; i < 4; i++)
		bytes[8 + i] = (uint8_t)(b->wire[wire].handle >> (24 - 8 * i));
	for (int i = 0; i < 3; i++) {
		assert_true(b->wire[wire].is_open);
		bench_say_bytes(b, wire, bytes, sizeof(bytes));
	}
	assert_false(b->wire[wire].is_open);
	bench_destroy(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_01_a_start_is_answered),
		cmocka_unit_test(case_02_the_handle_stays_the_same),
		cmocka_unit_test(case_03_other_versions),
		cmocka_unit_test(case_04_wrong_handles_are_ignored),
		cmocka_unit_test(case_05_handles_of_other_connections_are_wrong),
		cmocka_unit_test(case_06_strangers_get_nothing),
		cmocka_unit_test(a_partner_that_may_not_pull_gets_nothing),
		cmocka_unit_test(a_partner_that_we_do_not_pull_from_tells_us_nothing),
		cmocka_unit_test(case_07_an_empty_database_has_one_owner),
		cmocka_unit_test(case_08_all_records_by_version),
		cmocka_unit_test(case_09_what_is_not_there_is_an_empty_answer),
		cmocka_unit_test(case_10_strangers_that_may_get_dynamic_records),
		cmocka_unit_test(a_partner_that_cannot_take_static_records),
		cmocka_unit_test(a_reading_is_made_in_slices_and_few_at_once),
		cmocka_unit_test(one_partner_does_not_hold_the_others_up),
		cmocka_unit_test(who_takes_nothing_is_given_up),
		cmocka_unit_test(who_says_nothing_is_closed),
		cmocka_unit_test(a_partners_connection_that_stays_stays),
		cmocka_unit_test(connections_of_a_source_are_bounded),
		cmocka_unit_test(strangers_make_room_for_a_partner),
		cmocka_unit_test(a_partner_that_goes_takes_its_connections_along),
		cmocka_unit_test(opcodes_that_are_none_are_ignored_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
