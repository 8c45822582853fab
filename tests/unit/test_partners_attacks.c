/* Messages that broke other servers, and others that are meant to (wins-replication.md 5.1). */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/stats.h"
#include "replication_bench.h"

#define PARTNER "10.0.0.2"
#define OWNER   "10.0.0.7"

static struct bench *begin(void)
{
	struct bench *b = bench_create();

	bench_partner(b, PARTNER);
	fake_add(&b->service, ip(BENCH_US), "ONE", 1);
	bench_start(b, false);
	return b;
}

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* A head of 16 bytes. */
static void put_head(uint8_t *at, uint32_t len, uint32_t reserved, uint32_t handle, uint32_t type)
{
	put32(at, len);
	put32(at + 4, reserved);
	put32(at + 8, handle);
	put32(at + 12, type);
}

static void expect_good_partner(struct bench *b)
{
	int wire = bench_associate(b, PARTNER);

	bench_ask_records(b, wire, BENCH_US, 1, 0);
	bench_expect_records(b, wire, "1");
	bench_say_stop(b, wire);
	assert_false(b->wire[wire].is_open);
}

static void attack_s1_handles_of_others(void **state)
{
	struct bench *b = begin();
	int other = bench_associate(b, PARTNER);

	(void)state;
	for (int i = 0; i < 6; i++) {
		int wire = bench_associate(b, PARTNER);
		const uint32_t handles[] = { 0x05391f40,
					     0,
					     0xffffffff,
					     b->wire[wire].handle + 1,
					     b->wire[wire].handle - 1,
					     b->wire[other].handle };
		uint8_t bytes[20] = { 0 };

		put_head(bytes, 16, 0x7800, handles[i], NBT_REPL_MESSAGE);
		bench_say_bytes(b, wire, bytes, sizeof(bytes));
		bench_expect_nothing(b, wire);
		bench_expect_nothing(b, other);
		assert_true(b->wire[wire].is_open);
	}
	expect_good_partner(b);
	bench_destroy(b);
}

static void attack_s2_the_public_exploit(void **state)
{
	struct bench *b = begin();
	uint8_t bytes[9204];

	(void)state;
	for (int is_started = 0; is_started < 2; is_started++) { /* without: S3 */
		int wire = is_started ? bench_associate(b, PARTNER) : bench_accept(b, PARTNER);

		memset(bytes, 0x41, sizeof(bytes));
		put_head(bytes, sizeof(bytes) - 4, 0xffffffff, 0x05391f40, 0x41414141);
		bench_say_bytes(b, wire, bytes, sizeof(bytes));
		bench_expect_nothing(b, wire);
	}
	expect_good_partner(b);
	bench_destroy(b);
}

static void attack_s3_without_a_start(void **state)
{
	struct bench *b = begin();
	int wire = bench_accept(b, PARTNER);
	uint8_t bytes[20] = { 0 };

	(void)state;
	put_head(bytes, 16, 0x7800, 0, NBT_REPL_MESSAGE);
	for (int i = 0; i < 3; i++) {
		assert_true(b->wire[wire].is_open);
		bench_say_bytes(b, wire, bytes, sizeof(bytes));
		bench_expect_nothing(b, wire);
	}
	assert_false(b->wire[wire].is_open);
	bench_destroy(b);
}

static int compare(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

static void attack_s4_nothing_is_told_by_a_start(void **state)
{
	struct bench *b = begin();
	uint32_t handles[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(handles); i++) {
		int wire = bench_associate(b, PARTNER);

		handles[i] = b->wire[wire].handle;
		for (size_t at = 24; at < 45; at++)
			assert_int_equal(b->wire[wire].out[at], 0);
		bench_say_stop(b, wire);
	}
	for (size_t i = 1; i < ARRAY_SIZE(handles); i++) /* not one after the other */
		assert_true(handles[i] - handles[i - 1] > 4096 ||
			    handles[i - 1] - handles[i] > 4096);
	qsort(handles, ARRAY_SIZE(handles), sizeof(*handles), compare);
	for (size_t i = 1; i < ARRAY_SIZE(handles); i++)
		assert_int_not_equal(handles[i], handles[i - 1]);
	bench_destroy(b);
}

static void attack_s5_a_length_of_15(void **state)
{
	struct bench *b = begin();
	int wire = bench_associate(b, PARTNER);
	uint8_t bytes[20] = { 0 };

	(void)state;
	put_head(bytes, 15, 0x7800, b->wire[wire].handle, NBT_REPL_MESSAGE);
	bench_say_bytes(b, wire, bytes, sizeof(bytes));
	bench_expect_nothing(b, wire);
	assert_false(b->wire[wire].is_open);
	bench_destroy(b);
}

/* A partner that was asked for records: who says nonsense then is no danger either. */
static int ask_partner(struct bench *b, uint64_t max)
{
	char owners[64];
	int wire = bench_associate(b, PARTNER);

	(void)snprintf(owners, sizeof(owners), OWNER "=%llu", (unsigned long long)max);
	bench_say_owners(b, wire, NBT_REPL_UPDATE, owners, "0.0.0.0");
	return wire;
}

/* Records as they are in the message, with one of a name of 17 bytes. */
static size_t put_records(const struct bench *b, int wire, uint8_t *out, uint32_t count,
			  uint64_t version)
{
	const struct nbt_replica replica = fake_replica("FRED", version);
	size_t len;

	assert_int_equal(nbt_replica_encode(&replica, out + 24, 128, &len), NBT_OK);
	put_head(out, (uint32_t)(20 + len), 0x7800, b->wire[wire].handle, NBT_REPL_MESSAGE);
	put32(out + 16, NBT_REPL_RECORDS_RESPONSE);
	put32(out + 20, count);
	return 24 + len;
}

static void attack_s6_lengths_of_names(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 255, 256, 0x7fffffff, 0xffffffff };
	struct bench *b = begin();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		int wire = ask_partner(b, 100 + i);
		uint8_t bytes[256];
		size_t len = put_records(b, wire, bytes, 1, 100 + i);

		put32(bytes + 24, lengths[i]);
		bench_say_bytes(b, wire, bytes, len);
		assert_false(b->wire[wire].is_open);
		assert_int_equal(fake_count(&b->service, ip(OWNER)), 0);
		assert_int_equal(service_version_of(&b->service, ip(OWNER)), 0);
	}
	expect_good_partner(b);
	bench_destroy(b);
}

static void attack_s7_messages_that_are_cut(void **state)
{
	struct bench *b = begin();

	(void)state;
	for (size_t cut = 0; cut < 72; cut++)
		for (int is_adjusted = 0; is_adjusted < 2; is_adjusted++) {
			int wire = ask_partner(b, 100);
			uint8_t bytes[256];

			(void)put_records(b, wire, bytes, 1, 100);
			if (is_adjusted && cut >= 4)
				put32(bytes, (uint32_t)cut - 4);
			bench_say_bytes(b, wire, bytes, cut);
			bench_pass(b, 60000);
			assert_false(b->wire[wire].is_open);
			assert_int_equal(service_version_of(&b->service, ip(OWNER)), 0);
		}
	expect_good_partner(b);
	bench_destroy(b);
}

static void attack_s7_lengths_of_messages(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 11, 65, 0x7fffffff, 0x80000000, 0xffffffff };
	struct bench *b = begin();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		int wire = bench_accept(b, PARTNER);
		uint8_t bytes[16] = { 0 };

		put_head(bytes, lengths[i], 0x7800, 0, NBT_REPL_START_REQUEST);
		bench_say_bytes(b, wire, bytes, sizeof(bytes));
		assert_false(b->wire[wire].is_open);
	}
	expect_good_partner(b);
	bench_destroy(b);
}

static void attack_s8_counts_that_are_wrong(void **state)
{
	static const uint32_t counts[] = { 0, 2, 3, 1000 };
	struct bench *b = begin();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		int wire = ask_partner(b, 100);
		uint8_t bytes[256];
		size_t len = put_records(b, wire, bytes, counts[i], 100);

		bench_say_bytes(b, wire, bytes, len);
		assert_false(b->wire[wire].is_open);
		assert_int_equal(service_version_of(&b->service, ip(OWNER)), 0);
	}
	expect_good_partner(b);
	bench_destroy(b);
}

static void attack_s9_counts_that_wrap(void **state)
{
	static const uint32_t counts[] = { 0x0aaaaaab, 0x05555556, 0x80000000, 0xffffffff };
	static const uint8_t opcodes[] = { 1, 3, 4, 5, 8, 9 };
	struct bench *b = begin();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		for (size_t j = 0; j < ARRAY_SIZE(opcodes); j++) {
			int wire = bench_associate(b, PARTNER);
			uint8_t bytes[76] = { 0 };

			put_head(bytes, sizeof(bytes) - 4, 0x7800, b->wire[wire].handle,
				 NBT_REPL_MESSAGE);
			put32(bytes + 16, opcodes[j]);
			put32(bytes + 20, counts[i]);
			bench_say_bytes(b, wire, bytes, sizeof(bytes));
			assert_false(b->wire[wire].is_open);
		}
	expect_good_partner(b);
	bench_destroy(b);
}

/* 500 times here; over sockets in tests/lab/replication.sh. */
static void attack_s10_a_reset_before_the_answer_is_read(void **state)
{
	struct bench *b = begin();
	int good = bench_associate(b, PARTNER);

	(void)state;
	for (uint64_t i = 2; i < 300; i++)
		fake_add(&b->service, ip(BENCH_US), "MANY", i);
	for (int i = 0; i < 500; i++) {
		int wire = bench_associate(b, PARTNER);

		b->wire[wire].is_stuck = i % 2 == 0;
		bench_ask_records(b, wire, BENCH_US, 1, 0);
		bench_hang_up(b, wire, -ECONNRESET);
		assert_int_equal(b->service.readings, 0);
	}
	bench_ask_map(b, good);
	bench_expect_owners(b, good, NBT_REPL_MAP_RESPONSE, "10.0.0.1=299", NULL);
	bench_destroy(b);
}

/* What is not of the protocol at all. */
static void attack_a_name_packet(void **state)
{
	struct bench *b = begin();
	int wire = bench_associate(b, PARTNER);
	uint8_t bytes[20] = { 0 };

	(void)state;
	put_head(bytes, 16, 0, b->wire[wire].handle, NBT_REPL_MESSAGE);
	bench_say_bytes(b, wire, bytes, sizeof(bytes));
	bench_expect_nothing(b, wire);
	assert_false(b->wire[wire].is_open);
	bench_destroy(b);
}

/* Who sends without an end and reads nothing has a small part of the memory. */
static void attack_many_questions_and_nobody_who_reads(void **state)
{
	struct bench *b = begin();
	int wire = bench_associate(b, PARTNER);

	(void)state;
	b->wire[wire].is_stuck = true;
	for (int i = 0; i < 10; i++)
		bench_ask_map(b, wire);
	assert_true(b->wire[wire].is_paused);
	assert_int_equal(b->wire[wire].out_len, 45 + 52); /* the start, and one answer */
	bench_drain(b, wire);
	assert_int_equal(b->wire[wire].out_len, 45 + 10 * 52);
	assert_false(b->wire[wire].is_paused);
	bench_destroy(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attack_s1_handles_of_others),
		cmocka_unit_test(attack_s2_the_public_exploit),
		cmocka_unit_test(attack_s3_without_a_start),
		cmocka_unit_test(attack_s4_nothing_is_told_by_a_start),
		cmocka_unit_test(attack_s5_a_length_of_15),
		cmocka_unit_test(attack_s6_lengths_of_names),
		cmocka_unit_test(attack_s7_messages_that_are_cut),
		cmocka_unit_test(attack_s7_lengths_of_messages),
		cmocka_unit_test(attack_s8_counts_that_are_wrong),
		cmocka_unit_test(attack_s9_counts_that_wrap),
		cmocka_unit_test(attack_s10_a_reset_before_the_answer_is_read),
		cmocka_unit_test(attack_a_name_packet),
		cmocka_unit_test(attack_many_questions_and_nobody_who_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
