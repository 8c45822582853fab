/* Who took whose name: by itself, and as the service notes it. */
#include "nbnsd/audit/conflicts.h"

#include <arpa/inet.h>

#include "nbns.h"
#include "support.h"

static const struct conflict *note(struct conflicts *conflicts, const char *name, uint32_t claimant)
{
	const struct conflict conflict = { .name = name_of(name),
					   .outcome = CONFLICT_LOST,
					   .claimant = { htonl(claimant) },
					   .last_s = 1000 + claimant };

	return conflicts_note(conflicts, &conflict);
}

static void the_last_ones_are_remembered(void **state)
{
	struct conflicts *conflicts = conflicts_create(3);

	(void)state;
	assert_null(conflicts_from(conflicts, 0));
	for (uint32_t i = 1; i <= 5; i++)
		assert_int_equal(note(conflicts, "NAME", i)->number, i);
	for (uint64_t i = 3; i <= 5; i++) {
		const struct conflict *got = conflicts_from(conflicts, i == 3 ? 0 : i);

		assert_int_equal(got->number, i);
		assert_int_equal(got->claimant.s_addr, htonl((uint32_t)i));
	}
	assert_null(conflicts_from(conflicts, 6));
	conflicts_destroy(conflicts);
}

/* A client that tries and tries fills no list. */
static void the_same_again_is_counted(void **state)
{
	struct conflicts *conflicts = conflicts_create(100);
	const struct conflict *got;

	(void)state;
	note(conflicts, "NAME", 1);
	note(conflicts, "NAME", 2);
	got = note(conflicts, "NAME", 1);
	assert_int_equal(got->number, 1);
	assert_int_equal(got->times, 2);
	for (uint32_t i = 10; i < 30; i++)
		note(conflicts, "OTHER", i);
	assert_int_equal(note(conflicts, "NAME", 1)->times, 1);
	conflicts_destroy(conflicts);
}

static void only_what_changed_is_given_out(void **state)
{
	struct conflicts *conflicts = conflicts_create(3);
	struct conflict_row row;

	(void)state;
	note(conflicts, "A", 1);
	note(conflicts, "B", 1);
	assert_true(conflicts_next_unsaved(conflicts, &row) && row.conflict.number == 1);
	assert_true(conflicts_next_unsaved(conflicts, &row) && row.conflict.number == 2);
	assert_false(conflicts_next_unsaved(conflicts, &row));
	note(conflicts, "A", 1);
	assert_true(conflicts_next_unsaved(conflicts, &row) && row.conflict.number == 1);
	assert_int_equal(row.place, 0);
	assert_false(conflicts_next_unsaved(conflicts, &row));
	for (uint32_t i = 0; i < 5; i++)
		note(conflicts, "C", i);
	for (uint64_t i = 5; i <= 7; i++)
		assert_true(conflicts_next_unsaved(conflicts, &row) && row.conflict.number == i);
	assert_false(conflicts_next_unsaved(conflicts, &row));
	conflicts_destroy(conflicts);
}

/* A reload: the latest stay, and all of them have other places in the store. */
static void another_maximum_keeps_the_latest(void **state)
{
	static const struct {
		uint32_t max;
		uint64_t first, last; /* numbers */
	} cases[] = { { 3, 3, 5 }, { 2, 4, 5 }, { 10, 4, 5 }, { 0, 1, 0 }, { 4, 1, 0 } };
	struct conflicts *conflicts = conflicts_create(4);
	struct conflict_row row;

	(void)state;
	for (uint32_t i = 1; i <= 5; i++)
		note(conflicts, "NAME", i);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		while (conflicts_next_unsaved(conflicts, &row))
			continue;
		assert_true(conflicts_set_max(conflicts, cases[i].max));
		assert_int_equal(conflicts_max(conflicts), cases[i].max);
		for (uint64_t n = cases[i].first; n <= cases[i].last; n++) {
			assert_int_equal(conflicts_from(conflicts, n)->number, n);
			assert_true(conflicts_next_unsaved(conflicts, &row));
			assert_int_equal(row.conflict.number, n);
			assert_int_equal(row.place, (n - 1) % cases[i].max);
		}
		assert_null(conflicts_from(conflicts, cases[i].last + 1));
		assert_false(conflicts_next_unsaved(conflicts, &row));
		assert_true(conflicts_set_max(conflicts, cases[i].max)); /* is no news */
		assert_false(conflicts_next_unsaved(conflicts, &row));
	}
	assert_int_equal(note(conflicts, "NAME", 9)->number, 6);
	conflicts_destroy(conflicts);
}

/* Numbers go on where they were when somebody wants a history again. */
static void without_a_history_nothing_is_kept(void **state)
{
	struct conflicts *conflicts = conflicts_create(0);
	const struct conflict saved = { .number = 7, .times = 1 };
	struct conflict_row row;

	(void)state;
	conflicts_load(conflicts, &saved);
	assert_null(note(conflicts, "NAME", 1));
	assert_null(conflicts_from(conflicts, 0));
	assert_false(conflicts_next_unsaved(conflicts, &row));
	assert_true(conflicts_set_max(conflicts, 2));
	assert_int_equal(note(conflicts, "NAME", 1)->number, 8);
	conflicts_destroy(conflicts);
}

/* Rows of a longer history, in any order: the later of two that have one place stays. */
static void the_later_of_two_is_loaded(void **state)
{
	const struct conflict early = { .number = 1, .times = 9 }, late = { .number = 11 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct conflicts *conflicts = conflicts_create(10);

		conflicts_load(conflicts, i == 0 ? &early : &late);
		conflicts_load(conflicts, i == 0 ? &late : &early);
		assert_int_equal(conflicts_from(conflicts, 0)->number, 11);
		conflicts_destroy(conflicts);
	}
}

static void outcomes_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < CONFLICT_OUTCOMES; i++)
		assert_non_null(conflict_outcome_name((enum conflict_outcome)i));
}

/*
 * In the service.
 */

static struct nbns *run(void)
{
	struct nbns *ns = nbns_new();

	ns->settings.conflict_history = 10;
	nbns_start(ns);
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	return ns;
}

static void expect_only(struct nbns *ns, const char *name, enum conflict_outcome outcome,
			const char *claimant, const char *holder)
{
	const struct conflict *got = conflicts_from(service_conflicts(ns->service), 0);
	const struct nbt_name want = name_of(name);

	assert_non_null(got);
	assert_true(nbt_name_equal(&got->name, &want));
	assert_string_equal(conflict_outcome_name((enum conflict_outcome)got->outcome),
			    conflict_outcome_name(outcome));
	assert_int_equal(got->claimant.s_addr, inet_addr(claimant));
	assert_int_equal(got->holder_count, holder != NULL);
	if (holder != NULL)
		assert_int_equal(got->holder[0].s_addr, inet_addr(holder));
	assert_int_equal(got->first_s, ns->env.wall_s);
	assert_null(conflicts_from(service_conflicts(ns->service), got->number + 1));
	nbns_free(ns);
}

static void a_name_that_is_held(void **state)
{
	struct nbns *ns = run();
	uint16_t id;

	(void)state;
	claim(ns, &ns->b, REGISTER, "FRED<20>", UNIQUE);
	expect_wack(ns, &ns->b, 9);
	id = expect_question(ns, &ns->a);
	say_mine(ns, &ns->a, id, "FRED<20>", "10.0.0.1");
	expect_conflict(ns, &ns->b);
	expect_only(ns, "FRED<20>", CONFLICT_HELD, "10.0.0.2", "10.0.0.1");
}

static void a_name_that_is_lost(void **state)
{
	struct nbns *ns = run();
	uint16_t id;

	(void)state;
	claim(ns, &ns->b, REGISTER, "FRED<20>", UNIQUE);
	expect_wack(ns, &ns->b, 9);
	id = expect_question(ns, &ns->a);
	say_not_mine(ns, &ns->a, id, "FRED<20>");
	expect_positive(ns, &ns->b);
	expect_only(ns, "FRED<20>", CONFLICT_LOST, "10.0.0.2", "10.0.0.1");
}

static void a_machine_with_two_addresses(void **state)
{
	struct nbns *ns = run();
	uint16_t id;

	(void)state;
	claim(ns, &ns->b, MULTIHOMED, "FRED<20>", UNIQUE);
	expect_wack(ns, &ns->b, 9);
	id = expect_question(ns, &ns->a);
	say_mine(ns, &ns->a, id, "FRED<20>", "10.0.0.1 10.0.0.2");
	expect_positive(ns, &ns->b);
	expect_only(ns, "FRED<20>", CONFLICT_JOINED, "10.0.0.2", "10.0.0.1");
}

static void a_static_name(void **state)
{
	struct nbns *ns = run();

	(void)state;
	put_static(ns, "FIXED<20>", RECORD_UNIQUE, "10.0.0.77");
	claim(ns, &ns->b, REGISTER, "FIXED<20>", UNIQUE);
	expect_conflict(ns, &ns->b);
	expect_only(ns, "FIXED<20>", CONFLICT_STATIC, "10.0.0.2", "10.0.0.77");
}

static void a_group_name(void **state)
{
	struct nbns *ns = run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "TEAM<00>", GROUP);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, "TEAM<00>", UNIQUE);
	expect_conflict(ns, &ns->b);
	expect_only(ns, "TEAM<00>", CONFLICT_GROUP, "10.0.0.2", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_ones_are_remembered),
		cmocka_unit_test(the_same_again_is_counted),
		cmocka_unit_test(only_what_changed_is_given_out),
		cmocka_unit_test(another_maximum_keeps_the_latest),
		cmocka_unit_test(without_a_history_nothing_is_kept),
		cmocka_unit_test(the_later_of_two_is_loaded),
		cmocka_unit_test(outcomes_have_names),
		cmocka_unit_test(a_name_that_is_held),
		cmocka_unit_test(a_name_that_is_lost),
		cmocka_unit_test(a_machine_with_two_addresses),
		cmocka_unit_test(a_static_name),
		cmocka_unit_test(a_group_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
