/* Events for readers at their own pace. */
#include "nbnsd/control/events.h"

#include "support.h"

static void add(struct events *events, uint32_t number)
{
	*events_add(events) = (struct event){ .wall_s = number };
}

static void a_reader_gets_what_comes(void **state)
{
	struct events *events = events_create(4);
	uint64_t cursor, lost;

	(void)state;
	add(events, 1);
	cursor = events_end(events);
	assert_null(events_next(events, &cursor, &lost));
	add(events, 2);
	add(events, 3);
	assert_int_equal(events_next(events, &cursor, &lost)->wall_s, 2);
	assert_int_equal(events_next(events, &cursor, &lost)->wall_s, 3);
	assert_int_equal(lost, 0);
	assert_null(events_next(events, &cursor, &lost));
	events_destroy(events);
}

static void a_slow_one_is_told_what_it_lost(void **state)
{
	struct events *events = events_create(4);
	uint64_t slow = events_end(events), quick = slow, lost;

	(void)state;
	for (uint32_t i = 1; i <= 10; i++) {
		add(events, i);
		assert_int_equal(events_next(events, &quick, &lost)->wall_s, i);
		assert_int_equal(lost, 0);
	}
	assert_int_equal(events_next(events, &slow, &lost)->wall_s, 7);
	assert_int_equal(lost, 6);
	assert_int_equal(events_next(events, &slow, &lost)->wall_s, 8);
	assert_int_equal(lost, 0);
	events_destroy(events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_gets_what_comes),
		cmocka_unit_test(a_slow_one_is_told_what_it_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
