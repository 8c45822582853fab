/* The latencies of nbtbench: buckets keep a sixteenth of the value. */
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_value_comes_back_within_a_sixteenth),
		cmocka_unit_test(percentiles_of_a_ramp),
		cmocka_unit_test(nothing_measured_is_zero),
	};

	return cmocka_run_group_tests_name("bench", tests, NULL, NULL);
}
