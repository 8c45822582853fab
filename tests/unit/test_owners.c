/* Owners and their records by version, against a plain list that is searched from end to end. */
#include "nbnsd/registry/owners.h"

#include <stdlib.h>

#include "records.h"
#include "support.h"

static const uint8_t key[16] = "a key of a test";

#define NAMES      300
#define OWNERS     4
#define VERSIONS   2000 /* so few that some are equal */
#define OPERATIONS 60000

struct model {
	struct registry *registry;
	struct lots lots;
	uint32_t id[NAMES]; /* or REGISTRY_NONE */
	struct record record[NAMES];
	uint64_t next; /* version, of those that come in order */
};

static struct in_addr owner_number(uint32_t number)
{
	return number == 0 ? OWNER_SELF : (struct in_addr){ htonl(0x0A010000 + number) };
}

static void put(struct model *m, uint32_t i)
{
	struct record *record = &m->record[i];

	record_set_name(record, i);
	record_draw(record, &m->lots);
	record->owner = owner_number(lots_draw(&m->lots, OWNERS));
	record->version =
		lots_draw(&m->lots, 3) == 0 ? lots_draw(&m->lots, VERSIONS) : VERSIONS + m->next++;
	if (m->id[i] != REGISTRY_NONE) {
		assert_true(registry_replace(m->registry, m->id[i], record));
		return;
	}
	m->id[i] = registry_add(m->registry, record);
	assert_int_not_equal(m->id[i], REGISTRY_NONE);
}

static void drop(struct model *m, uint32_t i)
{
	if (m->id[i] == REGISTRY_NONE)
		return;
	registry_remove(m->registry, m->id[i]);
	m->id[i] = REGISTRY_NONE;
}

/* How many there are of the owner from this version on, and the lowest version of them. */
static size_t count_from(const struct model *m, struct in_addr owner, uint64_t version,
			 uint64_t *lowest)
{
	size_t count = 0;

	*lowest = UINT64_MAX;
	for (uint32_t i = 0; i < NAMES; i++) {
		const struct record *record = &m->record[i];

		if (m->id[i] == REGISTRY_NONE || record->owner.s_addr != owner.s_addr ||
		    record->version < version)
			continue;
		count++;
		if (record->version < *lowest)
			*lowest = record->version;
	}
	return count;
}

static uint64_t version_of(const struct model *m, uint32_t id)
{
	struct registry_brief brief;

	registry_peek(m->registry, id, &brief);
	return brief.version;
}

static void walk(struct model *m)
{
	struct in_addr owner = owner_number(lots_draw(&m->lots, OWNERS));
	uint32_t number = registry_owner_find(m->registry, owner), id;
	uint64_t from = lots_draw(&m->lots, 2 * VERSIONS), lowest;
	size_t want = count_from(m, owner, from, &lowest);

	if (number == OWNER_NONE) {
		assert_int_equal(want, 0);
		return;
	}
	assert_true(registry_version_from(m->registry, number, from, &id));
	if (want > 0)
		assert_true(version_of(m, id) == lowest);
	for (; id != REGISTRY_NONE; want--) {
		uint64_t before = version_of(m, id);

		id = registry_version_next(m->registry, id);
		if (id != REGISTRY_NONE)
			assert_true(version_of(m, id) >= before);
	}
	assert_int_equal(want, 0);
}

static void walk_back(struct model *m)
{
	uint32_t id, count = 0;
	struct registry_owner self;

	assert_true(registry_version_last(m->registry, OWNER_NUMBER_SELF, &id));
	for (; id != REGISTRY_NONE; id = registry_version_before(m->registry, id))
		count++;
	assert_true(registry_owner_get(m->registry, OWNER_NUMBER_SELF, &self));
	assert_int_equal(self.records, count);
}

static void check_lists_by_lot(void **state)
{
	struct model *m = calloc(1, sizeof(*m));

	(void)state;
	m->registry = registry_create(key);
	for (size_t i = 0; i < NAMES; i++)
		m->id[i] = REGISTRY_NONE;
	for (int i = 0; i < OPERATIONS; i++) {
		uint32_t name = lots_draw(&m->lots, NAMES);

		switch (lots_draw(&m->lots, 8)) {
		case 0:
			drop(m, name);
			break;
		case 1:
			walk(m);
			break;
		case 2:
			walk_back(m);
			break;
		default:
			put(m, name);
		}
		if (i % 64 == 0)
			assert_true(registry_counts_agree(m->registry));
	}
	registry_destroy(m->registry);
	free(m);
}

/* At a start they come in the order of their ids; a walk through the list for each would be long.
 */
static void check_a_list_that_was_loaded(void **state)
{
	struct registry *registry = registry_create(key);
	struct lots lots = { 5 };
	struct record record;
	uint64_t before = 0;
	uint32_t id, count = 0;

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		record_set_name(&record, i);
		record_draw(&record, &lots);
		record.owner = OWNER_SELF;
		record.version = 1 + lots_draw(&lots, 1000000);
		assert_int_equal(registry_load(registry, i, &record), 0);
	}
	assert_true(registry_counts_agree(registry));
	assert_true(registry_settle(registry));
	assert_true(registry_counts_agree(registry));
	assert_true(registry_version_from(registry, OWNER_NUMBER_SELF, 0, &id));
	for (; id != REGISTRY_NONE; id = registry_version_next(registry, id), count++) {
		struct registry_brief brief;

		registry_peek(registry, id, &brief);
		assert_true(brief.version >= before);
		before = brief.version;
	}
	assert_int_equal(count, 5000);
	registry_destroy(registry);
}

static void check_versions_go_up(void **state)
{
	struct registry *registry = registry_create(key);
	struct in_addr b = owner_number(2);
	struct registry_owner got;
	uint32_t number;

	(void)state;
	assert_int_equal(registry_owner_find(registry, b), OWNER_NONE);
	assert_true(registry_owner_see(registry, b, 50));
	assert_true(registry_owner_offer(registry, b, 40));
	assert_true(registry_owner_see(registry, b, 45));
	assert_true(registry_owner_offer(registry, b, 0));
	number = registry_owner_find(registry, b);
	assert_true(registry_owner_get(registry, number, &got));
	assert_int_equal(got.address.s_addr, b.s_addr);
	assert_int_equal(got.highest, 50);
	assert_int_equal(got.offered, 40);
	assert_int_equal(got.records, 0);

	registry_owner_forget(registry, b);
	assert_int_equal(registry_owner_find(registry, b), OWNER_NONE);
	assert_false(registry_owner_get(registry, number, &got));
	registry_owner_forget(registry, b);
	registry_destroy(registry);
}

static void check_who_has_records_stays(void **state)
{
	struct registry *registry = registry_create(key);
	struct record record = { .owner = owner_number(1), .version = 7 };
	struct registry_owner got;
	uint32_t id;

	(void)state;
	record_set_name(&record, 0);
	id = registry_add(registry, &record);
	assert_true(registry_owner_see(registry, record.owner, 9));
	registry_owner_forget(registry, record.owner);
	assert_true(
		registry_owner_get(registry, registry_owner_find(registry, record.owner), &got));
	assert_int_equal(got.highest, 0);
	assert_int_equal(got.records, 1);
	registry_remove(registry, id);
	registry_owner_forget(registry, record.owner);
	assert_int_equal(registry_owner_find(registry, record.owner), OWNER_NONE);
	registry_destroy(registry);
}

static void check_there_is_a_limit(void **state)
{
	struct registry *registry = registry_create(key);
	struct record record = { .version = 1 };

	(void)state;
	for (uint32_t i = 1; i < OWNERS_MAX; i++)
		assert_true(registry_owner_see(registry, owner_number(i), i));
	assert_false(registry_owner_see(registry, owner_number(OWNERS_MAX), 1));
	record_set_name(&record, 0);
	record.owner = owner_number(OWNERS_MAX);
	assert_int_equal(registry_add(registry, &record), REGISTRY_NONE);
	record.owner = owner_number(5);
	assert_int_not_equal(registry_add(registry, &record), REGISTRY_NONE);
	registry_owner_forget(registry, owner_number(77));
	assert_true(registry_owner_see(registry, owner_number(OWNERS_MAX), 1));
	assert_true(registry_counts_agree(registry));
	registry_destroy(registry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_lists_by_lot),
		cmocka_unit_test(check_a_list_that_was_loaded),
		cmocka_unit_test(check_versions_go_up),
		cmocka_unit_test(check_who_has_records_stays),
		cmocka_unit_test(check_there_is_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
