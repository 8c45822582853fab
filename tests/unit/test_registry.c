/* The registry against a plain list that does the same slowly. */
#include "nbnsd/registry/registry.h"

#include <errno.h>
#include <stdlib.h>

#include "records.h"
#include "support.h"

static const uint8_t key[16] = "a key of a test";

#define NAMES      2000
#define MEMBERS    24 /* addresses that are members now and then */
#define OPERATIONS 150000

struct model_name {
	bool present, unsaved;
	uint32_t id;
	struct record record;
	lease_time member[MEMBERS]; /* 0: none */
};

struct model {
	struct registry *registry;
	struct lots lots;
	size_t count;
	struct model_name name[NAMES];
};

static struct in_addr member_address(uint32_t number)
{
	return (struct in_addr){ 0x0a000001 + number };
}

static void check_members(const struct model *m, const struct model_name *n)
{
	uint32_t cursor = 0;
	size_t want = 0, walked = 0;
	struct in_addr address;
	lease_time expiry;

	for (uint32_t i = 0; i < MEMBERS; i++) {
		assert_int_equal(registry_member_has(m->registry, n->id, member_address(i)),
				 n->member[i] != 0);
		want += n->member[i] != 0;
	}
	assert_int_equal(registry_member_count(m->registry, n->id), want);
	while (registry_member_next(m->registry, n->id, &cursor, &address, &expiry)) {
		uint32_t number = address.s_addr - member_address(0).s_addr;

		assert_true(number < MEMBERS);
		assert_int_equal(expiry, n->member[number]);
		walked++;
	}
	assert_int_equal(walked, want);
}

static void check_peek(const struct model *m, const struct model_name *n)
{
	struct registry_brief brief;

	registry_peek(m->registry, n->id, &brief);
	assert_int_equal(brief.kind, n->record.kind);
	assert_int_equal(brief.state, n->record.state);
	assert_int_equal(brief.node_type, n->record.node_type);
	assert_int_equal(brief.address_count, n->record.address_count);
	assert_int_equal(brief.is_static, n->record.is_static);
	assert_int_equal(brief.is_of_file, n->record.is_of_file);
	assert_int_equal(brief.is_owned, record_is_owned(&n->record));
	assert_int_equal(brief.expiry, n->record.expiry);
	assert_true(brief.version == n->record.version);
	if (brief.address_count == 1)
		assert_int_equal(brief.address.s_addr, n->record.address[0].address.s_addr);
}

static void check_name(const struct model *m, const struct model_name *n)
{
	uint32_t id = registry_find(m->registry, &n->record.name, &n->record.scope);
	struct record got;

	if (!n->present) {
		assert_int_equal(id, REGISTRY_NONE);
		return;
	}
	assert_int_equal(id, n->id);
	assert_true(registry_has(m->registry, id));
	assert_true(id < registry_bound(m->registry));
	assert_int_equal(registry_is_unsaved(m->registry, id), n->unsaved);
	registry_get(m->registry, id, &got);
	assert_record("after a change", &got, &n->record);
	check_peek(m, n);
	if (n->record.kind == RECORD_GROUP)
		check_members(m, n);
}

/* Operations: each changes model and registry alike. */

static void add_or_replace(struct model *m, struct model_name *n)
{
	uint8_t kind = n->record.kind;

	record_draw(&n->record, &m->lots);
	n->unsaved = false;
	if (!n->present || kind != RECORD_GROUP || n->record.kind != RECORD_GROUP)
		memset(n->member, 0, sizeof(n->member));
	if (n->present) {
		assert_true(registry_replace(m->registry, n->id, &n->record));
		return;
	}
	n->id = registry_add(m->registry, &n->record);
	assert_int_not_equal(n->id, REGISTRY_NONE);
	n->present = true;
	m->count++;
}

static void drop(struct model *m, struct model_name *n)
{
	if (!n->present)
		return;
	registry_remove(m->registry, n->id);
	assert_false(registry_has(m->registry, n->id));
	n->present = false;
	m->count--;
}

static void renew(struct model *m, struct model_name *n)
{
	lease_time expiry = lots_draw(&m->lots, 1000000);

	if (!n->present || n->record.address_count > 1)
		return;
	registry_renew(m->registry, n->id, 3, expiry);
	n->record.node_type = 3;
	n->record.expiry = expiry;
	n->record.address[0].expiry = expiry;
	n->unsaved = true;
}

static void save(struct model *m, struct model_name *n)
{
	if (!n->present)
		return;
	registry_set_saved(m->registry, n->id);
	n->unsaved = false;
}

static void put_member(struct model *m, struct model_name *n)
{
	uint32_t i = lots_draw(&m->lots, MEMBERS);
	lease_time expiry = 1 + lots_draw(&m->lots, 1000);

	if (!n->present || n->record.kind != RECORD_GROUP)
		return;
	assert_int_equal(registry_member_put(m->registry, n->id, member_address(i), expiry),
			 n->member[i] == 0 ? MEMBER_ADDED : MEMBER_RENEWED);
	n->member[i] = expiry;
}

static void remove_member(struct model *m, struct model_name *n)
{
	uint32_t i = lots_draw(&m->lots, MEMBERS);

	if (!n->present || n->record.kind != RECORD_GROUP)
		return;
	assert_int_equal(registry_member_remove(m->registry, n->id, member_address(i)),
			 n->member[i] != 0);
	n->member[i] = 0;
}

static void operate(struct model *m)
{
	static void (*const operation[])(struct model * m, struct model_name * n) = {
		add_or_replace, add_or_replace, drop,       renew,         save,
		put_member,     put_member,     put_member, remove_member,
	};
	struct model_name *n = &m->name[lots_draw(&m->lots, NAMES)];

	operation[lots_draw(&m->lots, ARRAY_SIZE(operation))](m, n);
	assert_int_equal(registry_count(m->registry), m->count);
	assert_true(registry_counts_agree(m->registry));
	check_name(m, n);
}

static struct model *model_create(void)
{
	struct model *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->registry = registry_create(key);
	assert_non_null(m->registry);
	m->lots.state = 20261104;
	for (uint32_t i = 0; i < NAMES; i++)
		record_set_name(&m->name[i].record, i);
	return m;
}

static void does_what_a_plain_list_does(void **state)
{
	struct model *m = model_create();
	size_t used = 0;

	(void)state;
	for (int i = 0; i < OPERATIONS; i++)
		operate(m);
	for (size_t i = 0; i < NAMES; i++)
		check_name(m, &m->name[i]);
	for (uint32_t id = 0; id < registry_bound(m->registry); id++)
		used += registry_has(m->registry, id);
	assert_int_equal(used, m->count);
	assert_true(registry_bound(m->registry) <= NAMES);

	for (size_t i = 0; i < NAMES; i++)
		drop(m, &m->name[i]);
	assert_int_equal(registry_count(m->registry), 0);
	registry_destroy(m->registry);
	free(m);
}

static void grows_while_ids_stay(void **state)
{
	const uint32_t many = 50000;
	struct registry *registry = registry_create(key);
	struct lots lots = { 7 };
	struct record record;
	size_t empty = registry_memory(registry);

	(void)state;
	for (uint32_t i = 0; i < many; i++) {
		record_set_name(&record, i);
		record_draw(&record, &lots);
		assert_int_equal(registry_add(registry, &record), i);
		record_set_name(&record, i / 2);
		assert_int_equal(registry_find(registry, &record.name, &record.scope), i / 2);
	}
	assert_true(registry_memory(registry) > empty + many * 64);
	registry_destroy(registry);
}

/* It has no effect but time: the sanitizers see that it looks at nothing that isn't there. */
static void expects_names_that_are_there_and_others(void **state)
{
	struct registry *registry = registry_create(key);
	struct nbt_name names[REGISTRY_EXPECT_MAX];
	uint32_t ids[REGISTRY_EXPECT_MAX];
	struct record record = { .kind = RECORD_UNIQUE, .state = RECORD_ACTIVE };

	(void)state;
	for (size_t i = 0; i < REGISTRY_EXPECT_MAX; i++)
		names[i] = (struct nbt_name){ { (uint8_t)i } };
	registry_expect(registry, names, ids, REGISTRY_EXPECT_MAX);
	for (size_t i = 0; i < REGISTRY_EXPECT_MAX / 2; i++) {
		record.name = names[i];
		assert_int_not_equal(registry_add(registry, &record), REGISTRY_NONE);
		registry_expect(registry, names, ids, REGISTRY_EXPECT_MAX);
	}
	registry_expect(registry, names, ids, REGISTRY_EXPECT_MAX);
	for (size_t i = 0; i < REGISTRY_EXPECT_MAX; i++)
		assert_int_equal(ids[i], i < REGISTRY_EXPECT_MAX / 2 ? i : REGISTRY_NONE);
	registry_expect(registry, names, ids, 0);
	assert_int_equal(registry_count(registry), REGISTRY_EXPECT_MAX / 2);
	registry_destroy(registry);
}

/* Queries alone get a table out of its growth. */
static void growth_ends_while_names_are_expected(void **state)
{
	struct registry *registry = registry_create(key);
	struct record record = { .kind = RECORD_UNIQUE, .address_count = 1 };
	uint32_t id, count = 12289; /* the first that finds 3/4 of 16,384 slots taken */
	size_t growing;

	(void)state;
	for (uint32_t i = 0; i < count; i++) {
		memcpy(record.name.bytes, &i, sizeof(i));
		assert_int_equal(registry_add(registry, &record), i);
	}
	growing = registry_memory(registry);
	for (uint32_t i = 0; i < count; i++) {
		memcpy(record.name.bytes, &i, sizeof(i));
		registry_expect(registry, &record.name, &id, 1);
		assert_int_equal(id, i);
		assert_int_equal(registry_find(registry, &record.name, &record.scope), i);
	}
	assert_true(registry_memory(registry) < growing);
	registry_destroy(registry);
}

static void ids_are_given_out_again(void **state)
{
	struct registry *registry = registry_create(key);
	struct record record = { .kind = RECORD_UNIQUE, .address_count = 1 };

	(void)state;
	for (uint32_t i = 0; i < 10; i++) {
		record_set_name(&record, i);
		registry_add(registry, &record);
	}
	registry_remove(registry, 4);
	record_set_name(&record, 100);
	assert_int_equal(registry_add(registry, &record), 4);
	assert_int_equal(registry_bound(registry), 10);
	registry_destroy(registry);
}

/* Names differ in every byte, their scope is part of them, and letters are bytes. */
static void tells_names_apart(void **state)
{
	struct registry *registry = registry_create(key);
	struct record record = { .name = name_of("FRED<20>"), .kind = RECORD_UNIQUE };
	const struct nbt_scope none = { 0 }, scope = scope_of("FRED");
	uint32_t plain, scoped;

	(void)state;
	record.scope.len = 0;
	plain = registry_add(registry, &record);
	assert_int_equal(registry_find(registry, &record.name, &scope), REGISTRY_NONE);
	record.scope = scope;
	scoped = registry_add(registry, &record);
	assert_int_not_equal(plain, scoped);
	for (size_t i = 0; i < NBT_NAME_LEN; i++) {
		struct nbt_name other = record.name;

		other.bytes[i] ^= 0x20;
		assert_int_equal(registry_find(registry, &other, &none), REGISTRY_NONE);
		assert_int_equal(registry_find(registry, &other, &scope), REGISTRY_NONE);
	}
	registry_remove(registry, scoped);
	assert_int_equal(registry_find(registry, &record.name, &scope), REGISTRY_NONE);
	assert_int_equal(registry_find(registry, &record.name, &none), plain);
	registry_destroy(registry);
}

static const struct load_case {
	const char *what;
	uint32_t id, name;
	int want;
} load_cases[] = {
	{ "the first", 3, 1, 0 },
	{ "a gap", 9000, 2, 0 },
	{ "the same id", 9000, 3, -EEXIST },
	{ "an id below", 17, 3, -EEXIST },
	{ "the same name", 9001, 1, -EEXIST },
	{ "the next", 9001, 3, 0 },
	{ "an id out of range", REGISTRY_MAX, 4, -EINVAL },
	{ "the greatest number there is", UINT32_MAX, 4, -EINVAL },
};

static void loads_under_given_ids(void **state)
{
	struct registry *registry = registry_create(key);
	struct lots lots = { 1 };
	struct record record, got;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(load_cases); i++) {
		const struct load_case *c = &load_cases[i];
		int ret;

		record_set_name(&record, c->name);
		record_draw(&record, &lots);
		ret = registry_load(registry, c->id, &record);
		if (ret != c->want)
			fail_msg("%s: %d, wanted %d", c->what, ret, c->want);
		if (ret < 0)
			continue;
		registry_get(registry, c->id, &got);
		assert_record(c->what, &got, &record);
	}
	assert_int_equal(registry_count(registry), 3);
	assert_int_equal(registry_bound(registry), 9002);
	for (uint32_t id = 0; id < 9002; id++)
		assert_int_equal(registry_has(registry, id), id == 3 || id == 9000 || id == 9001);

	/* Ids between those loaded are given out, each once. */
	for (uint32_t i = 0; i < 8999; i++) {
		record_set_name(&record, 100 + i);
		assert_true(registry_add(registry, &record) < 9000);
	}
	assert_int_equal(registry_count(registry), 9002);
	assert_int_equal(registry_bound(registry), 9002);
	registry_destroy(registry);
}

static void members_may_go_while_they_are_walked(void **state)
{
	struct registry *registry = registry_create(key);
	struct record record = { .kind = RECORD_GROUP };
	struct in_addr address;
	lease_time expiry;
	uint32_t cursor = 0, group, other;
	size_t seen = 0;

	(void)state;
	record_set_name(&record, 1);
	group = registry_add(registry, &record);
	record_set_name(&record, 2);
	other = registry_add(registry, &record);
	for (uint32_t i = 0; i < 1000; i++) {
		registry_member_put(registry, group, member_address(i), i);
		registry_member_put(registry, other, member_address(i), i);
	}
	while (registry_member_next(registry, group, &cursor, &address, &expiry)) {
		seen++;
		if (expiry % 3 != 0)
			assert_true(registry_member_remove(registry, group, address));
	}
	assert_int_equal(seen, 1000);
	assert_int_equal(registry_member_count(registry, group), 334);
	assert_false(registry_member_has(registry, group, member_address(1)));
	assert_int_equal(registry_member_lease(registry, group, member_address(1)), 0);
	assert_true(registry_member_has(registry, group, member_address(999)));
	assert_int_equal(registry_member_lease(registry, group, member_address(999)), 999);
	registry_remove(registry, group);
	assert_int_equal(registry_member_count(registry, other), 1000);
	registry_destroy(registry);
}

/* What a walk had before it has gone, or is another group's now. */
static void walks_outlast_their_place(void **state)
{
	struct registry *registry = registry_create(key);
	struct record record = { .kind = RECORD_GROUP };
	struct in_addr address;
	lease_time expiry;
	uint32_t group, other, cursor, gone;

	(void)state;
	record_set_name(&record, 1);
	group = registry_add(registry, &record);
	record_set_name(&record, 2);
	other = registry_add(registry, &record);
	for (uint32_t i = 0; i < 3; i++)
		registry_member_put(registry, group, member_address(i), 1);

	cursor = 0;
	assert_true(registry_member_next(registry, group, &cursor, &address, &expiry));
	gone = cursor;
	assert_true(registry_member_next(registry, group, &cursor, &address, &expiry));
	assert_true(registry_member_remove(registry, group, address));
	cursor = gone;
	assert_false(registry_member_next(registry, group, &cursor, &address, &expiry));

	registry_member_put(registry, other, address, 1); /* takes the place */
	cursor = gone;
	assert_false(registry_member_next(registry, group, &cursor, &address, &expiry));
	registry_destroy(registry);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(does_what_a_plain_list_does),
		cmocka_unit_test(grows_while_ids_stay),
		cmocka_unit_test(expects_names_that_are_there_and_others),
		cmocka_unit_test(growth_ends_while_names_are_expected),
		cmocka_unit_test(ids_are_given_out_again),
		cmocka_unit_test(tells_names_apart),
		cmocka_unit_test(loads_under_given_ids),
		cmocka_unit_test(members_may_go_while_they_are_walked),
		cmocka_unit_test(walks_outlast_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
