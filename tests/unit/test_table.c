/* The hash table, with hashes that collide as no key would let them. */
#include "nbnsd/registry/table.h"

#include <stdlib.h>

#include "records.h"
#include "support.h"

#define NUMBERS    3000
#define OPERATIONS 100000

static bool has(const struct table *table, uint32_t hash, uint32_t number)
{
	struct table_walk walk;
	uint32_t found = table_first(table, hash, &walk);

	for (; found != TABLE_NONE; found = table_next(table, hash, &walk)) {
		if (found == number)
			return true;
	}
	return false;
}

static const struct hashing {
	const char *what;
	uint32_t factor, mask; /* hash = number * factor & mask */
	uint32_t numbers;
} hashings[] = {
	{ "spread", 2654435761u, UINT32_MAX, NUMBERS },
	{ "one behind the other", 1, UINT32_MAX, NUMBERS },
	{ "eight hashes", 2654435761u, 7, 300 },
	{ "one hash", 0, 0, 200 },
	{ "all at the end of the array", 1, UINT32_MAX << 6 | 60, NUMBERS },
};

static void check_all(const struct table *table, const struct hashing *h, const bool *present)
{
	for (uint32_t i = 0; i < h->numbers; i++) {
		if (has(table, i * h->factor & h->mask, i) != present[i])
			fail_msg("%s: number %u %s", h->what, i,
				 present[i] ? "is lost" : "is there");
	}
}

static void numbers_come_and_go(void **state)
{
	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(hashings); c++) {
		const struct hashing *h = &hashings[c];
		bool present[NUMBERS] = { false };
		struct lots lots = { 99 };
		struct table table;
		uint32_t count = 0;

		table_init(&table);
		for (int i = 0; i < OPERATIONS; i++) {
			uint32_t number = lots_draw(&lots, h->numbers);
			uint32_t hash = number * h->factor & h->mask;

			assert_int_equal(has(&table, hash, number), present[number]);
			if (present[number])
				table_remove(&table, hash, number);
			else
				assert_true(table_insert(&table, hash, number));
			present[number] = !present[number];
			count += present[number] ? 1 : -1u;
			assert_int_equal(table.count, count);
			if (i % 5000 == 0)
				check_all(&table, h, present);
		}
		check_all(&table, h, present);
		table_free(&table);
	}
}

/* Removed and found at every moment of growing, when part has been moved and part has not. */
static void nothing_is_lost_while_it_grows(void **state)
{
	struct table table;

	(void)state;
	table_init(&table);
	for (uint32_t i = 0; i < NUMBERS; i++) {
		assert_true(table_insert(&table, i * 2654435761u, i));
		if (i % 7 == 6)
			table_remove(&table, (i - 4) * 2654435761u, i - 4);
		for (uint32_t j = 0; j <= i; j += 13) {
			bool removed = j % 7 == 2 && j + 4 <= i;

			assert_int_equal(has(&table, j * 2654435761u, j), !removed);
		}
	}
	table_free(&table);
}

/* Who only looks up would else walk two arrays for ever. */
static void growth_ends_without_insertions(void **state)
{
	bool present[NUMBERS] = { false };
	struct table table;
	size_t growing;

	(void)state;
	table_init(&table);
	table_settle(&table);                 /* there is nothing yet */
	for (uint32_t i = 0; i < 1537; i++) { /* the first that finds 3/4 of 2048 slots taken */
		assert_true(table_insert(&table, i * 2654435761u, i));
		present[i] = true;
	}
	growing = table_memory(&table);
	for (int i = 1; i < 2048 / 8; i++) {
		assert_int_equal(table_memory(&table), growing);
		check_all(&table, &hashings[0], present);
		table_settle(&table);
	}
	assert_int_equal(growing - table_memory(&table), 2048 * sizeof(struct table_slot));
	table_settle(&table);
	check_all(&table, &hashings[0], present);
	table_free(&table);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_come_and_go),
		cmocka_unit_test(nothing_is_lost_while_it_grows),
		cmocka_unit_test(growth_ends_without_insertions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
