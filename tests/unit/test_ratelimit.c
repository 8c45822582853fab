/* Token buckets, with a clock of our own. */
#include "support.h"

#include <arpa/inet.h>
#include <stdbool.h>

#include "common/ratelimit.h"

static struct in_addr source(uint32_t host)
{
	return (struct in_addr){ htonl(host) };
}

/* How many tokens there are at this moment. */
static unsigned take_all(struct ratelimit *limit, uint32_t host, uint64_t now_ms)
{
	unsigned taken = 0;

	while (taken < 100000 && ratelimit_take(limit, source(host), now_ms))
		taken++;
	return taken;
}

static void bucket_gives_its_burst_and_fills_again(void **state)
{
	static const struct ratelimit_rate rate = { .burst = 5,
						    .per_second = 500 }; /* one in 2 s */
	static const struct {
		uint64_t now_ms;
		bool given;
	} cases[] = {
		{ 1000, true },  { 1000, true },  { 1000, true },  { 1000, true },
		{ 1000, true },  { 1000, false }, { 2999, false }, { 3000, true },
		{ 3000, false }, { 4999, false }, { 5000, true },  { 9000, true },
		{ 9000, true },  { 9000, false }, { 99000, true }, { 99000, true },
		{ 99000, true }, { 99000, true }, { 99000, true }, { 99000, false },
	};
	struct ratelimit_bucket bucket = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (ratelimit_bucket_take(&bucket, &rate, cases[i].now_ms) != cases[i].given)
			fail_msg("token %zu at %u", i, (unsigned)cases[i].now_ms);
}

static void asking_in_vain_costs_nothing(void **state)
{
	static const struct ratelimit_rate rate = { .burst = 1, .per_second = 1000 };
	struct ratelimit_bucket bucket = { 0 };

	(void)state;
	assert_true(ratelimit_bucket_take(&bucket, &rate, 5000));
	for (uint64_t now = 5001; now < 6000; now++)
		assert_false(ratelimit_bucket_take(&bucket, &rate, now));
	assert_true(ratelimit_bucket_take(&bucket, &rate, 6000));
}

static void low_bits_of_the_clock_may_turn_over(void **state)
{
	static const struct ratelimit_rate rate = { .burst = 1, .per_second = 1000 };
	struct ratelimit_bucket bucket = { 0 };

	(void)state;
	assert_true(ratelimit_bucket_take(&bucket, &rate, UINT32_MAX));
	assert_false(ratelimit_bucket_take(&bucket, &rate, UINT32_MAX + 999ULL));
	assert_true(ratelimit_bucket_take(&bucket, &rate, UINT32_MAX + 1000ULL));
}

static void every_source_has_its_own_share(void **state)
{
	struct ratelimit *limit = ratelimit_create(10, 42);

	(void)state;
	assert_int_equal(take_all(limit, 1, 0), 10);
	assert_int_equal(take_all(limit, 2, 0), 10);
	assert_int_equal(take_all(limit, 1, 99), 0);
	assert_int_equal(take_all(limit, 1, 100), 1);
	assert_int_equal(take_all(limit, 1, 600), 5);
	assert_int_equal(take_all(limit, 1, 60000), 10);
	ratelimit_destroy(limit);
	ratelimit_destroy(NULL);
}

static void highest_rate_works(void **state)
{
	struct ratelimit *limit = ratelimit_create(1000000, 42);

	(void)state;
	for (unsigned i = 0; i < 1000000; i++)
		assert_true(ratelimit_take(limit, source(1), 7));
	assert_false(ratelimit_take(limit, source(1), 7));
	assert_true(ratelimit_take(limit, source(1), 8));
	ratelimit_destroy(limit);
}

static void zero_is_no_limit(void **state)
{
	struct ratelimit *limit = ratelimit_create(0, 42);

	(void)state;
	assert_int_equal(take_all(limit, 1, 0), 100000);
	ratelimit_destroy(limit);
}

/* A flood of other sources must not free the one that is being limited, and none of them is
 * refused its first token. */
static void limited_source_is_not_forgotten(void **state)
{
	struct ratelimit *limit = ratelimit_create(10, 42);

	(void)state;
	assert_int_equal(take_all(limit, 0xC0000201, 0), 10);
	for (uint32_t i = 0; i < 1000000; i++)
		assert_true(ratelimit_take(limit, source(0x0A000000 + i), 0));
	assert_int_equal(take_all(limit, 0xC0000201, 0), 0);
	ratelimit_destroy(limit);
}

/* The sources that a site has fit in the table, however their addresses follow each other. */
static void thousands_of_sources_are_kept_apart(void **state)
{
	static const uint32_t steps[] = { 1, 256, 65536 };

	(void)state;
	for (size_t s = 0; s < ARRAY_SIZE(steps); s++) {
		struct ratelimit *limit = ratelimit_create(1, 0x0123456789ABCDEF);
		unsigned again = 0;

		for (uint32_t i = 0; i < 4000; i++)
			assert_true(ratelimit_take(limit, source(0x0A000000 + i * steps[s]), 0));
		for (uint32_t i = 0; i < 4000; i++)
			again += ratelimit_take(limit, source(0x0A000000 + i * steps[s]), 0);
		assert_true(again < 40);
		ratelimit_destroy(limit);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bucket_gives_its_burst_and_fills_again),
		cmocka_unit_test(asking_in_vain_costs_nothing),
		cmocka_unit_test(low_bits_of_the_clock_may_turn_over),
		cmocka_unit_test(every_source_has_its_own_share),
		cmocka_unit_test(highest_rate_works),
		cmocka_unit_test(zero_is_no_limit),
		cmocka_unit_test(limited_source_is_not_forgotten),
		cmocka_unit_test(thousands_of_sources_are_kept_apart),
	};

	return cmocka_run_group_tests_name("ratelimit", tests, NULL, NULL);
}
