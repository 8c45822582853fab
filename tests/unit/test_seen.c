/* What is remembered of what was seen. */
#include "support.h"

#include "nbddd/seen.h"

static void a_key_is_kept_for_its_time(void **state)
{
	struct seen *seen = seen_create(64, 1);

	(void)state;
	assert_non_null(seen);
	assert_false(seen_has(seen, 7, 1000, 50));
	seen_add(seen, 7, 1000);
	assert_true(seen_has(seen, 7, 1000, 50));
	assert_true(seen_has(seen, 7, 1049, 50));
	assert_false(seen_has(seen, 7, 1050, 50));
	seen_add(seen, 7, 1050);
	assert_true(seen_has(seen, 7, 1099, 50));
	assert_false(seen_has(seen, 8, 1099, 50));
	seen_destroy(seen);
}

/* The table does not grow: the oldest of a set makes room. */
static void the_oldest_are_forgotten_first(void **state)
{
	struct seen *seen = seen_create(8, 1);

	(void)state;
	for (uint64_t key = 1; key <= 9; key++)
		seen_add(seen, key, 100 + key);
	assert_false(seen_has(seen, 1, 110, 1000));
	for (uint64_t key = 2; key <= 9; key++)
		assert_true(seen_has(seen, key, 110, 1000));
	seen_destroy(seen);
}

static void a_key_tells_bytes_lengths_and_secrets_apart(void **state)
{
	struct seen *one = seen_create(8, 1), *other = seen_create(8, 2);
	const uint8_t bytes[16] = { 0 };

	(void)state;
	for (size_t len = 1; len <= sizeof(bytes); len++) {
		uint8_t changed[16] = { 0 };

		changed[len - 1] = 1;
		assert_true(seen_key(one, 0, bytes, len) == seen_key(one, 0, bytes, len));
		assert_true(seen_key(one, 0, bytes, len) != seen_key(one, 0, bytes, len - 1));
		assert_true(seen_key(one, 0, bytes, len) != seen_key(one, 0, changed, len));
		assert_true(seen_key(one, 0, bytes, len) != seen_key(other, 0, bytes, len));
	}
	seen_destroy(one);
	seen_destroy(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_kept_for_its_time),
		cmocka_unit_test(the_oldest_are_forgotten_first),
		cmocka_unit_test(a_key_tells_bytes_lengths_and_secrets_apart),
	};

	return cmocka_run_group_tests_name("seen", tests, NULL, NULL);
}
