/* The set of domain masters. */
#include "support.h"

#include "nbnsd/service/masters.h"

/* Against the plainest set there is. */
static void masters_are_found_in_order(void **state)
{
	enum { IDS = 5000 };
	static bool want[IDS];
	struct masters masters = { 0 };

	(void)state;
	assert_int_equal(masters_next(&masters, 0), MASTERS_NONE);
	assert_true(masters_set(&masters, 77, false));
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t id = i * 2654435761u % IDS;
		bool is_master = i % 7 < 3;

		want[id] = is_master;
		assert_true(masters_set(&masters, id, is_master));
	}
	for (uint32_t id = 0, next = 0; id < IDS; id++) {
		if (!want[id])
			continue;
		assert_int_equal(masters_next(&masters, next), id);
		next = id + 1;
	}
	masters_free(&masters);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masters_are_found_in_order),
	};

	return cmocka_run_group_tests_name("masters", tests, NULL, NULL);
}
