/* Batches of changes come out as they went in. */
#include "nbnsd/registry/changes.h"

#include "records.h"
#include "support.h"

#define COUNT 2000

static struct in_addr member_of(uint32_t i)
{
	return (struct in_addr){ i * 7 + 1 };
}

static void append(struct changes *changes, struct lots *lots, uint32_t i)
{
	struct record record;

	switch (i % 4) {
	case 0:
		record_set_name(&record, i);
		record_draw(&record, lots);
		assert_true(changes_put(changes, i, &record));
		break;
	case 1:
		assert_true(changes_delete(changes, i));
		break;
	case 2:
		assert_true(changes_member_put(changes, i, member_of(i), i + 1));
		break;
	default:
		assert_true(changes_member_delete(changes, i, member_of(i)));
		break;
	}
}

static void expect(const struct change *change, const struct record *got, struct lots *lots,
		   uint32_t i)
{
	struct record want;

	assert_int_equal(change->id, i);
	assert_int_equal(change->type, i % 4);
	if (change->type == CHANGE_PUT) {
		record_set_name(&want, i);
		record_draw(&want, lots);
		assert_record("in a batch", got, &want);
	}
	if (change->type == CHANGE_MEMBER_PUT)
		assert_int_equal(change->member_expiry, i + 1);
	if (change->type == CHANGE_MEMBER_PUT || change->type == CHANGE_MEMBER_DELETE)
		assert_int_equal(change->member.s_addr, member_of(i).s_addr);
}

/* Twice through the same memory; every second record of the lot differs in its first turn. */
static void come_out_in_order(void **state)
{
	struct changes *changes = changes_create();

	(void)state;
	for (uint64_t turn = 1; turn <= 2; turn++) {
		struct lots in = { turn }, out = { turn };
		struct change change;
		struct record record;
		size_t cursor = 0;
		uint32_t i = 0;

		for (i = 0; i < COUNT; i++)
			append(changes, &in, i);
		assert_int_equal(changes_count(changes), COUNT);
		for (i = 0; changes_next(changes, &cursor, &change, &record); i++)
			expect(&change, &record, &out, i);
		assert_int_equal(i, COUNT);
		changes_clear(changes);
		assert_int_equal(changes_count(changes), 0);
	}
	changes_destroy(changes);
}

static const struct version_case {
	const char *what;
	uint64_t version, want; /* the highest of this and of those before */
	uint32_t owner;
} version_cases[] = {
	{ "a first own record", 5, 5, 0 },
	{ "a higher one", UINT64_C(1) << 40, UINT64_C(1) << 40, 0 },
	{ "a lower one", 7, UINT64_C(1) << 40, 0 },
	{ "a replica's version is not ours", UINT64_MAX, UINT64_C(1) << 40, 1 },
};

static void know_their_highest_own_version(void **state)
{
	struct changes *changes = changes_create();

	(void)state;
	assert_true(changes_highest_version(changes) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(version_cases); i++) {
		const struct version_case *c = &version_cases[i];
		struct record record = { .owner.s_addr = c->owner, .version = c->version };

		assert_true(changes_put(changes, 1, &record));
		if (changes_highest_version(changes) != c->want)
			fail_msg("%s", c->what);
	}
	changes_clear(changes);
	assert_true(changes_highest_version(changes) == 0);
	changes_destroy(changes);
	changes_destroy(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(come_out_in_order),
		cmocka_unit_test(know_their_highest_own_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
