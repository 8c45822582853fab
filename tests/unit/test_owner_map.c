/* Maps of owners, and from whom to pull. */
#include "support.h"

#include <arpa/inet.h>

#include "nbnsd/partners/owner_map.h"

struct row {
	uint32_t owner;
	uint64_t max;
};

static void read_map(struct owner_map *map, const struct row *rows, size_t count)
{
	const struct nbt_replication head = { .type = NBT_REPL_MESSAGE,
					      .opcode = NBT_REPL_MAP_RESPONSE };
	struct nbt_replication_writer w;
	struct nbt_replication message;
	uint8_t buf[1024];
	size_t len;

	assert_int_equal(nbt_replication_begin(&w, &head, buf, sizeof(buf)), NBT_OK);
	for (size_t i = 0; i < count; i++) {
		const struct nbt_owner_versions row = { .owner.s_addr = htonl(rows[i].owner),
							.max = rows[i].max,
							.min = 1 };

		assert_int_equal(nbt_replication_add_owner(&w, &row), NBT_OK);
	}
	assert_int_equal(nbt_replication_end(&w, &len), NBT_OK);
	assert_int_equal(nbt_replication_decode(&message, buf, len), NBT_OK);
	assert_true(owner_map_read(map, message.list));
}

static struct in_addr owner(uint32_t address)
{
	return (struct in_addr){ htonl(address) };
}

static void what_can_be_no_owner_is_left_out(void **state)
{
	static const struct row rows[] = {
		{ 0, 1 },
		{ 0xffffffff, 2 },
		{ 0xe0000118, 3 },
		{ 0x7f414101, 4 }, /* Samba's test has owners in 127/8 */
	};
	struct owner_map map = { 0 };

	(void)state;
	read_map(&map, rows, ARRAY_SIZE(rows));
	assert_int_equal(map.count, 1);
	assert_int_equal(owner_map_max(&map, owner(0x7f414101)), 4);
	assert_int_equal(owner_map_max(&map, owner(0)), 0);
	owner_map_free(&map);
	assert_int_equal(owner_map_max(&map, owner(0x7f414101)), 0);
}

static void the_highest_version_of_an_owner_counts(void **state)
{
	static const struct row rows[] = {
		{ 0x0a000003, 9 }, { 0x0a000002, 5 },          { 0x0a000003, 7 },
		{ 0x0a000002, 8 }, { 0x0a000004, UINT64_MAX },
	};
	struct owner_map map = { 0 };

	(void)state;
	read_map(&map, rows, ARRAY_SIZE(rows));
	assert_int_equal(map.count, 3);
	assert_int_equal(owner_map_max(&map, owner(0x0a000002)), 8);
	assert_int_equal(owner_map_max(&map, owner(0x0a000003)), 9);
	assert_int_equal(owner_map_max(&map, owner(0x0a000004)), INT64_MAX);
	owner_map_free(&map);
}

/* MS-WINSRA section 4.1. */
static void the_documents_own_example(void **state)
{
	enum { A = 0x0a000001, B, C, D, E };
	static const struct row rows_b[] = { { A, 764 }, { B, 900 }, { C, 326 }, { D, 958 } };
	static const struct row rows_c[] = { { A, 679 }, { B, 745 }, { C, 1329 }, { E, 453 } };
	struct owner_map map_b = { 0 }, map_c = { 0 };
	const struct owner_source sources[] = { { owner(B), &map_b }, { owner(C), &map_c } };

	(void)state;
	read_map(&map_b, rows_b, ARRAY_SIZE(rows_b));
	read_map(&map_c, rows_c, ARRAY_SIZE(rows_c));
	assert_int_equal(owner_map_best(sources, 2, owner(B)), 0);
	assert_int_equal(owner_map_best(sources, 2, owner(C)), 1);
	assert_int_equal(owner_map_best(sources, 2, owner(D)), 0);
	assert_int_equal(owner_map_best(sources, 2, owner(E)), 1);
	owner_map_free(&map_b);
	owner_map_free(&map_c);
}

static void of_several_the_owner_itself_is_asked(void **state)
{
	static const struct row rows[] = { { 0x0a000003, 5 }, { 0x0a000009, 5 } };
	struct owner_map map = { 0 };
	const struct owner_source sources[] = { { owner(0x0a000002), &map },
						{ owner(0x0a000003), &map } };

	(void)state;
	read_map(&map, rows, ARRAY_SIZE(rows));
	assert_int_equal(owner_map_best(sources, 2, owner(0x0a000003)), 1);
	assert_int_equal(owner_map_best(sources, 2, owner(0x0a000009)), 0);
	owner_map_free(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_be_no_owner_is_left_out),
		cmocka_unit_test(the_highest_version_of_an_owner_counts),
		cmocka_unit_test(the_documents_own_example),
		cmocka_unit_test(of_several_the_owner_itself_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
