/* The latencies of nbtbench: buckets keep a sixteenth of the value; and the load that mixes all. */
#include "support.h"

#include <string.h>

#include "tools/bench.h"

static void one_value_comes_back_within_a_sixteenth(void **state)
{
	static const uint64_t values[] = {
		1, 15, 16, 17, 31, 32, 1000, 123456789, UINT64_C(1) << 62
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		static struct bench_latency latency;
		uint64_t got;

		memset(&latency, 0, sizeof(latency));
		bench_latency_add(&latency, values[i]);
		got = bench_latency_at(&latency, 0.5);
		assert_true(got >= values[i]);
		assert_true(got - values[i] <= values[i] / 16);
	}
}

static void percentiles_of_a_ramp(void **state)
{
	static struct bench_latency latency;

	(void)state;
	for (uint64_t ns = 1; ns <= 100000; ns++)
		bench_latency_add(&latency, ns);
	assert_int_equal(latency.count, 100000);
	assert_in_range(bench_latency_at(&latency, 0.5), 50000, 53125);
	assert_in_range(bench_latency_at(&latency, 0.99), 99000, 105187);
	assert_in_range(bench_latency_at(&latency, 1), 100000, 106250);
}

static void nothing_measured_is_zero(void **state)
{
	static const struct bench_latency latency;

	(void)state;
	assert_int_equal(bench_latency_at(&latency, 0.99), 0);
}

/*
 * Mixed.
 */

static const struct bench_load lan = { .clients = 3, .client_base = { 0x0100007F } };

static enum nbt_opcode ask(uint32_t number, struct nbt_packet *packet)
{
	static uint8_t rdata[NBT_ADDRESS_LEN];

	bench_mixed.ask(&lan, number, 7, packet, rdata);
	return (enum nbt_opcode)packet->opcode;
}

static void of_twenty_requests_each_has_its_share(void **state)
{
	unsigned count[NBT_OPCODE_COUNT] = { 0 };
	struct nbt_packet packet;

	(void)state;
	for (uint32_t i = 0; i < 2000; i++)
		count[ask(i, &packet)]++;
	assert_int_equal(count[NBT_OP_QUERY], 1400);
	assert_int_equal(count[NBT_OP_REFRESH], 400);
	assert_int_equal(count[NBT_OP_RELEASE], 200);
}

static void some_come_and_go(void **state)
{
	struct nbt_packet packet;
	enum nbt_opcode first = ask(40019, &packet);

	(void)state;
	assert_int_equal(first, NBT_OP_RELEASE);
	assert_int_equal(ask(40019, &packet), NBT_OP_REGISTRATION);
	assert_int_equal(ask(40019, &packet), NBT_OP_RELEASE);
}

/* A no is right for names that nobody has, and wrong for others. */
static void a_no_is_right_for_nobodys_names(void **state)
{
	(void)state;
	for (uint32_t number = 0; number < 20; number++) {
		struct nbt_packet request, answer;
		const struct bench_answer judged = { &answer, number, 1, false };

		if (ask(number, &request) != NBT_OP_QUERY)
			continue;
		nbt_make_response(&answer, NBT_OP_QUERY, request.id, 0, NBT_RCODE_NAM_ERR,
				  &request.question[0].name, &request.question[0].scope,
				  NBT_TYPE_NULL, 0, NULL, 0);
		assert_int_equal(bench_mixed.is_right(&lan, &judged), number >= 10);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_value_comes_back_within_a_sixteenth),
		cmocka_unit_test(percentiles_of_a_ramp),
		cmocka_unit_test(nothing_measured_is_zero),
		cmocka_unit_test(of_twenty_requests_each_has_its_share),
		cmocka_unit_test(some_come_and_go),
		cmocka_unit_test(a_no_is_right_for_nobodys_names),
	};

	return cmocka_run_group_tests_name("bench", tests, NULL, NULL);
}
