/* The name cache: what it forgets, and when. Its use is in test_resolver.c. */
#include "support.h"

#include "nbnsd/node/name_cache.h"

static const struct hash_key key = { 1, 2 };

static struct name_cache_entry entry_of(unsigned number, uint64_t until_ms)
{
	struct name_cache_entry entry = { .name = { "NAME" }, .until_ms = until_ms, .count = 1 };

	memcpy(entry.name.bytes + 8, &number, sizeof(number));
	entry.list[0].address.s_addr = number;
	return entry;
}

static const struct name_cache_entry *find(const struct name_cache *cache, unsigned number,
					   uint64_t now_ms)
{
	const struct name_cache_entry entry = entry_of(number, 0);

	return name_cache_find(cache, 0, &entry.name, &entry.scope, now_ms);
}

static size_t count(const struct name_cache *cache, uint64_t now_ms)
{
	size_t cursor = 0, found = 0;

	while (name_cache_next(cache, &cursor, now_ms) != NULL)
		found++;
	return found;
}

static void an_entry_ends(void **state)
{
	struct name_cache *cache = name_cache_create(&key);
	struct name_cache_entry entry = entry_of(1, 100);

	(void)state;
	name_cache_put(cache, &entry, 50);
	assert_non_null(find(cache, 1, 99));
	assert_null(find(cache, 1, 100));
	assert_int_equal(count(cache, 100), 0);
	name_cache_put(cache, &entry, 100); /* it has ended already */
	assert_int_equal(count(cache, 99), 1);
	name_cache_destroy(cache);
}

static void a_new_entry_replaces_the_one_about_the_same(void **state)
{
	struct name_cache *cache = name_cache_create(&key);
	struct name_cache_entry entry = entry_of(1, 100);

	(void)state;
	name_cache_put(cache, &entry, 0);
	entry.list[0].address.s_addr = 7;
	name_cache_put(cache, &entry, 0);
	assert_int_equal(count(cache, 0), 1);
	assert_int_equal(find(cache, 1, 0)->list[0].address.s_addr, 7);

	entry.way = 1;
	name_cache_put(cache, &entry, 0);
	entry.scope = scope_of("X");
	name_cache_put(cache, &entry, 0);
	assert_int_equal(count(cache, 0), 3);
	assert_non_null(find(cache, 1, 0));
	name_cache_forget(cache, &entry.name, &entry.scope);
	assert_int_equal(count(cache, 0), 2);
	entry.scope.len = 0;
	name_cache_forget(cache, &entry.name, &entry.scope); /* however it was asked for */
	assert_int_equal(count(cache, 0), 0);
	name_cache_destroy(cache);
}

/* Of 10,000 names those that end last stay, as far as there is room in their sets. */
static void it_is_bounded(void **state)
{
	struct name_cache *cache = name_cache_create(&key);

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		struct name_cache_entry entry = entry_of(i, 1000 + i);

		name_cache_put(cache, &entry, 0);
		assert_non_null(find(cache, i, 0)); /* the new one always is there */
	}
	assert_int_equal(count(cache, 0), NAME_CACHE_ENTRIES);
	for (unsigned i = 0; i < 1000; i++)
		assert_null(find(cache, i, 0));
	name_cache_flush(cache);
	assert_int_equal(count(cache, 0), 0);
	name_cache_destroy(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_ends),
		cmocka_unit_test(a_new_entry_replaces_the_one_about_the_same),
		cmocka_unit_test(it_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
