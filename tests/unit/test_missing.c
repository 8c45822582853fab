/* Names asked for in vain: what is asked for often stays. */
#include "nbnsd/audit/missing.h"

#include <stdio.h>

#include "support.h"

static const struct hash_key key = { 1, 2 };

static struct nbt_name numbered(uint32_t number)
{
	char text[16];
	struct nbt_name name;

	snprintf(text, sizeof(text), "N%u", number);
	assert_int_equal(nbt_name_make(&name, text, 0), NBT_OK);
	return name;
}

static const struct missing_name *find(const struct missing *missing, uint32_t number)
{
	const struct nbt_name name = numbered(number);
	uint32_t place = missing_find(missing, &name);

	return place != MISSING_NONE ? missing_at(missing, place) : NULL;
}

static void note(struct missing *missing, uint32_t number, uint32_t client, uint32_t now_s)
{
	const struct nbt_name name = numbered(number);
	uint32_t place;

	missing_expect(missing, (const struct nbt_name *const[]){ &name }, 1);
	place = missing_note(missing, &name, client, now_s);
	assert_int_equal(place, missing_find(missing, &name));
}

static void queries_are_counted(void **state)
{
	struct missing *missing = missing_create(&key);
	const struct missing_name *got;

	(void)state;
	assert_null(find(missing, 1));
	note(missing, 1, 10, 1000);
	note(missing, 1, 11, 1001);
	note(missing, 1, 10, 1002);
	note(missing, 2, 12, 1003);
	got = find(missing, 1);
	assert_int_equal(got->queries, 3);
	assert_int_equal(got->first_s, 1000);
	assert_int_equal(got->last_s, 1002);
	assert_int_equal(got->clients[0], 10);
	assert_int_equal(got->clients[1], 11);
	assert_int_equal(got->clients[2], 0);
	assert_int_equal(missing_forgotten(missing), 0);
	missing_destroy(missing);
}

/* Ten names asked for now and then, among a million that are asked for once. */
static void the_frequent_stay(void **state)
{
	struct missing *missing = missing_create(&key);

	(void)state;
	for (uint32_t i = 0; i < 1000000; i++) {
		note(missing, 1000 + i, 1, i);
		if (i % 50 == 0)
			note(missing, i / 50 % 10, 2, i);
	}
	for (uint32_t i = 0; i < 10; i++)
		assert_non_null(find(missing, i));
	assert_true(missing_forgotten(missing) > 900000);
	missing_destroy(missing);
}

static void what_was_saved_has_its_place_again(void **state)
{
	struct missing *missing = missing_create(&key), *again = missing_create(&key);

	(void)state;
	for (uint32_t i = 0; i < 20000; i++)
		note(missing, i % 9000, 1, i);
	for (uint32_t place = 0; place < MISSING_MAX; place++) {
		const struct missing_name *name = missing_at(missing, place);
		uint32_t wrong = (place + MISSING_WAYS) % MISSING_MAX;

		if (name->queries == 0)
			continue;
		assert_false(missing_load(again, wrong, name));
		assert_true(missing_load(again, place, name));
		assert_false(missing_load(again, place, name));
	}
	for (uint32_t i = 0; i < 9000; i++) {
		const struct missing_name *was = find(missing, i), *is = find(again, i);

		assert_true((was == NULL) == (is == NULL));
		if (was != NULL)
			assert_int_equal(was->queries, is->queries);
	}
	missing_destroy(missing);
	missing_destroy(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queries_are_counted),
		cmocka_unit_test(the_frequent_stay),
		cmocka_unit_test(what_was_saved_has_its_place_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
