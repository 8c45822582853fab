/* Who is remembered as an originator, and who is forgotten first. */
#include "support.h"

#include <arpa/inet.h>

#include "nbddd/originators.h"

static void add(struct originators *all, const char *name, const char *address, uint64_t at_ms)
{
	struct originator one = { .name = name_of(name), .at_ms = at_ms };

	assert_int_equal(inet_pton(AF_INET, address, &one.address.sin_addr), 1);
	originators_add(all, &one);
}

static const char *found(const struct originators *all, const char *name, uint64_t since_ms)
{
	static char text[INET_ADDRSTRLEN];
	const struct nbt_scope scope = { 0 };
	const struct nbt_name bytes = name_of(name);
	const struct originator *one = originators_find(all, &bytes, &scope, since_ms);

	return one == NULL ? "nobody"
			   : inet_ntop(AF_INET, &one->address.sin_addr, text, sizeof(text));
}

static void a_name_has_its_last_address(void **state)
{
	struct originators *all = originators_create(4);

	(void)state;
	assert_non_null(all);
	assert_string_equal(found(all, "A<00>", 0), "nobody");
	add(all, "A<00>", "10.0.0.1", 10);
	add(all, "A<00>", "10.0.0.2", 20);
	assert_string_equal(found(all, "A<00>", 20), "10.0.0.2");
	assert_string_equal(found(all, "A<00>", 21), "nobody");
	assert_string_equal(found(all, "A<20>", 0), "nobody");
	originators_destroy(all);
}

static void the_oldest_is_forgotten(void **state)
{
	struct originators *all = originators_create(3);

	(void)state;
	assert_non_null(all);
	add(all, "A<00>", "10.0.0.1", 1);
	add(all, "B<00>", "10.0.0.2", 2);
	add(all, "C<00>", "10.0.0.3", 3);
	add(all, "A<00>", "10.0.0.1", 4);
	add(all, "D<00>", "10.0.0.4", 5);
	assert_string_equal(found(all, "A<00>", 0), "10.0.0.1");
	assert_string_equal(found(all, "B<00>", 0), "nobody");
	assert_string_equal(found(all, "C<00>", 0), "10.0.0.3");
	assert_string_equal(found(all, "D<00>", 0), "10.0.0.4");
	originators_destroy(all);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_has_its_last_address),
		cmocka_unit_test(the_oldest_is_forgotten),
	};

	return cmocka_run_group_tests_name("originators", tests, NULL, NULL);
}
