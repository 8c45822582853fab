/* What each source has of what waits, against a plain list of all that does. */
#include "support.h"

#include <stdlib.h>

#include "nbddd/shares.h"

#define MAX   100
#define STEPS 20000

struct thing {
	uint32_t source;
	size_t bytes;
};

static struct share expected(const struct thing *things, size_t count, uint32_t source)
{
	struct share share = { 0 };

	for (size_t i = 0; i < count; i++)
		if (things[i].source == source) {
			share.count++;
			share.bytes += things[i].bytes;
		}
	return share;
}

/* Sources that come and go, more often than there are places; all places are used at times. */
static void shares_are_what_a_walk_would_count(void **state)
{
	struct shares *shares = shares_create(MAX, UINT64_C(0x0123456789abcdef));
	struct thing things[MAX];
	size_t count = 0, most = 0;
	uint32_t random = 1;

	(void)state;
	assert_non_null(shares);
	for (size_t step = 0; step < STEPS; step++) {
		uint32_t source;
		struct share want, got;

		random = random * 1664525 + 1013904223;
		source = 0x0A000000 + (random >> 16) % 300;
		if (count == 0 || (count < MAX && (random >> 26) % 8 < 5)) {
			things[count] = (struct thing){ source, (random >> 8) % 1000 };
			shares_add(shares, source, things[count].bytes);
			count++;
		} else {
			size_t i = (random >> 9) % count;

			shares_remove(shares, things[i].source, things[i].bytes);
			source = things[i].source;
			things[i] = things[--count];
		}
		most = count > most ? count : most;
		want = expected(things, count, source);
		got = shares_of(shares, source);
		assert_int_equal(got.count, want.count);
		assert_int_equal(got.bytes, want.bytes);
	}
	assert_int_equal(most, MAX);
	shares_destroy(shares);
}

static void a_single_place_can_be_used_again(void **state)
{
	const uint32_t a = 1, b = 2;
	struct shares *shares = shares_create(1, 0);

	(void)state;
	shares_add(shares, a, 5);
	assert_int_equal(shares_of(shares, b).count, 0);
	shares_remove(shares, a, 5);
	shares_add(shares, b, 0);
	assert_int_equal(shares_of(shares, a).count, 0);
	assert_int_equal(shares_of(shares, b).count, 1);
	shares_destroy(shares);
	shares_destroy(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_are_what_a_walk_would_count),
		cmocka_unit_test(a_single_place_can_be_used_again),
	};

	return cmocka_run_group_tests_name("shares", tests, NULL, NULL);
}
