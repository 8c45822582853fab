/* Counts of addresses, against counts that are simply kept. */
#include "common/source_counts.h"

#include "support.h"

#define SOURCES 500

/* Any number below, always the same ones. */
static uint32_t draw(uint32_t *state, uint32_t below)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 8) % below;
}

static struct in_addr source(uint32_t number)
{
	return (struct in_addr){ htonl(0x0a000000 + number * 3) };
}

static void counts_are_kept_for_each(void **state)
{
	struct source_counts counts = { 0 };
	uint32_t want[SOURCES] = { 0 };
	uint32_t lots = 5;

	(void)state;
	assert_int_equal(source_counts_get(&counts, source(0)), 0);
	for (int i = 0; i < 100000; i++) {
		uint32_t number = draw(&lots, SOURCES);

		/* Now more come than go, now more go. */
		if (want[number] > 0 && draw(&lots, 3) < (i / 10000 % 2 == 0 ? 1U : 2U)) {
			source_counts_drop(&counts, source(number));
			want[number]--;
		} else if (i / 10000 % 2 == 0 || want[number] == 0) {
			assert_true(source_counts_add(&counts, source(number)));
			want[number]++;
		}
		assert_int_equal(source_counts_get(&counts, source(number)), want[number]);
		if (i % 1000 == 0)
			for (uint32_t j = 0; j < SOURCES; j++)
				assert_int_equal(source_counts_get(&counts, source(j)), want[j]);
	}
	source_counts_free(&counts);
}

static void who_has_gone_leaves_nothing(void **state)
{
	struct source_counts counts = { 0 };
	size_t size;

	(void)state;
	for (uint32_t i = 0; i < SOURCES; i++)
		assert_true(source_counts_add(&counts, source(i)));
	assert_int_equal(counts.used, SOURCES);
	size = counts.size;
	for (uint32_t round = 0; round < 100; round++) {
		for (uint32_t i = 0; i < SOURCES; i++)
			source_counts_drop(&counts, source(round * SOURCES + i));
		assert_int_equal(counts.used, 0);
		for (uint32_t i = 0; i < SOURCES; i++)
			assert_true(source_counts_add(&counts, source((round + 1) * SOURCES + i)));
	}
	assert_int_equal(counts.size, size);
	source_counts_free(&counts);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_are_kept_for_each),
		cmocka_unit_test(who_has_gone_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
