/* Memory for tables: zeroed, aligned, all of it there. */
#include "support.h"

#include <string.h>

#include "nbnsd/registry/pages.h"

#define MIB ((size_t)1 << 20)

static void memory_of_every_size_is_whole(void **state)
{
	static const size_t sizes[] = {
		1, 64, 100, MIB, 2 * MIB - 1, 2 * MIB, 2 * MIB + 1, 5 * MIB
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint8_t *memory = pages_get(sizes[i]);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % 64, 0);
		for (size_t at = 0; at < sizes[i]; at++)
			if (memory[at] != 0)
				fail_msg("size %zu: byte %zu is not zero", sizes[i], at);
		memset(memory, 0xFF, sizes[i]);
		pages_free(memory, sizes[i]);
	}
	pages_free(NULL, 1);
	pages_free(NULL, 4 * MIB);
}

static void too_much_is_told(void **state)
{
	(void)state;
	assert_null(pages_get((size_t)1 << 55));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_of_every_size_is_whole),
		cmocka_unit_test(too_much_is_told),
	};

	return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
