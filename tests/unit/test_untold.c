/* Records that partners have passed by: they are told as ours after a pause, whatever happens until
 * then. */
#include "replicating.h"

#include <stdio.h>
#include <string.h>

#include "nbnsd/registry/changes.h"
#include "nbnsd/registry/registry.h"

#define FRED "FRED<20>"
#define LAN  "LAN<00>"
#define MANY 20000

static bool is_ours(const struct nbns *ns, const char *name)
{
	return record_named(ns, name).owner.s_addr == OWNER_SELF.s_addr;
}

static bool becomes_ours(struct nbns *ns, const char *name)
{
	assert_false(is_ours(ns, name));
	nbns_pass(ns, 60);
	return is_ours(ns, name);
}

/* Nor is it told twice. */
static void a_restart_does_not_forget_it(void **state)
{
	struct nbns *ns = replicating_run();
	uint64_t version;

	(void)state;
	arrive(ns, FRED, "C:5 U active c1");
	arrive(ns, FRED, "B:9 U active c1");
	assert_true(record_named(ns, FRED).is_untold);
	nbns_restart(ns);
	assert_true(becomes_ours(ns, FRED));
	assert_false(record_named(ns, FRED).is_untold);
	version = version_of(ns, FRED);
	nbns_restart(ns);
	nbns_pass(ns, 60);
	assert_int_equal(version_of(ns, FRED), version);
	nbns_free(ns);
}

static void what_is_registered_here_meanwhile_is_told_by_that(void **state)
{
	struct nbns *ns = replicating_run();
	struct client c1 = client_of("c1");
	uint64_t version;

	(void)state;
	arrive(ns, FRED, "C:5 U active c1");
	arrive(ns, FRED, "B:9 U active c1");
	claim(ns, &c1, REFRESH, FRED, UNIQUE);
	nbns_commit(ns);
	assert_true(is_ours(ns, FRED));
	version = version_of(ns, FRED);
	nbns_restart(ns);
	nbns_pass(ns, 60);
	assert_int_equal(version_of(ns, FRED), version);
	nbns_free(ns);
}

/* Whom we had told of it may have passed by what takes its place. */
static void what_follows_on_a_record_that_came_back_is_told(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	arrive(ns, FRED, "C:5 U active c1");
	expect_record(ns, FRED, "C:5 U active c1");
	arrive(ns, FRED, "B:9 U active c1");
	assert_true(becomes_ours(ns, FRED));
	nbns_free(ns);
}

static void what_follows_on_one_that_was_registered_here_is_not(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	plant_text(ns, FRED, "C:5 U active c1");
	arrive(ns, FRED, "B:9 U active c1");
	assert_false(becomes_ours(ns, FRED));
	nbns_free(ns);
}

/* Our group has ended; one of B comes, whose version was offered while ours was in its place. */
static struct nbns *late_group(bool is_between_partners)
{
	struct nbns *ns = replicating_new();

	ns->settings.is_between_partners = is_between_partners;
	nbns_start(ns);
	claim(ns, &ns->a, REGISTER, LAN, GROUP);
	nbns_commit(ns);
	claim(ns, &ns->a, RELEASE, LAN, GROUP);
	nbns_commit(ns);
	assert_true(set_version(ns, 'B', 9));
	nbns_commit(ns);
	arrive(ns, LAN, "B:7 G active");
	expect_record(ns, LAN, "B:7 G active");
	return ns;
}

static void a_group_that_ours_had_hidden_is_told(void **state)
{
	struct nbns *ns = late_group(true);

	(void)state;
	assert_true(becomes_ours(ns, LAN));
	nbns_free(ns);
}

/* It would be told for ever: at the end of a star nobody else has it to tell. */
static void with_one_partner_it_is_not(void **state)
{
	struct nbns *ns = late_group(false);

	(void)state;
	assert_false(becomes_ours(ns, LAN));
	nbns_free(ns);
}

/* Whatever his server says of it is taken here; as ours it would hide all that follows. */
static void a_static_record_stays_its_servers(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	nbns_commit(ns);
	arrive(ns, FRED, "B:9 U active static b1");
	assert_false(becomes_ours(ns, FRED));
	arrive(ns, FRED, "B:12 U active static b2");
	expect_record(ns, FRED, "B:12 U active static b2");
	nbns_free(ns);
}

static void nor_is_it_ours_where_one_had_come_back(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	arrive(ns, FRED, "C:5 U active c1");
	arrive(ns, FRED, "B:9 U active static b1");
	assert_false(becomes_ours(ns, FRED));
	nbns_free(ns);
}

/* Who finds no room in the queue is found by the mark. */
static void all_are_told_however_many_there_are(void **state)
{
	struct nbns *ns = replicating_run();
	struct registry_brief brief;
	char name[32], text[64];
	size_t untold = 0;

	(void)state;
	assert_true(set_version(ns, 'B', MANY));
	nbns_commit(ns);
	for (int i = 1; i <= MANY; i++) {
		snprintf(name, sizeof(name), "HOST%d<20>", i);
		snprintf(text, sizeof(text), "B:%d U active b1", i);
		assert_int_equal(bring(ns, name, text), REPLICA_PASSED);
	}
	nbns_pass(ns, 180);
	for (uint32_t id = 0; id < registry_bound(ns->registry); id++) {
		if (!registry_has(ns->registry, id))
			continue;
		registry_peek(ns->registry, id, &brief);
		untold += brief.is_untold || !brief.is_owned;
	}
	assert_int_equal(untold, 0);
	nbns_free(ns);
}

/* The row of the server that is to be written next. */
static struct owner_row next_row(struct nbns *ns, char server)
{
	struct owner_row row, found = { .highest = 0 };
	struct change change;
	struct record record;
	size_t cursor = 0;

	assert_true(nbns_has_changes(ns));
	while (changes_next(ns->batches[ns->batch_count - 1], &cursor, &change, &record)) {
		if (change.type != CHANGE_OWNER)
			continue;
		memcpy(&row, change.note, sizeof(row));
		if (row.owner.s_addr == server_outside(server).s_addr)
			found = row;
	}
	return found;
}

/* A restart while a server's records are asked for again finds what was offered of them before. */
static void what_was_offered_stays_known_while_all_is_asked_for_again(void **state)
{
	struct nbns *ns = replicating_run();
	struct owner_row row;

	(void)state;
	arrive(ns, FRED, "D:5 U active d1");
	assert_true(set_version(ns, 'B', 100));
	nbns_commit(ns);
	assert_int_equal(service_forget_owner(ns->service, server_outside('D')), 0);
	nbns_pass(ns, 1);
	assert_int_equal(service_version_of(ns->service, server_outside('B')), 0);
	assert_int_equal(service_version_known(ns->service, server_outside('B')), 100);
	ns->stalled = true;
	assert_true(set_version(ns, 'B', 50));
	row = next_row(ns, 'B');
	assert_int_equal(row.highest, 50);
	assert_int_equal(row.offered, 100);
	nbns_free(ns);
}

/* The clock was wrong: partners have seen a version of ours that is higher than all that we gave.
 */
static void ours_that_partners_have_passed_by_get_new_versions(void **state)
{
	struct nbns *ns = replicating_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	claim(ns, &ns->a, REGISTER, LAN, GROUP);
	nbns_commit(ns);
	arrive(ns, "MARY<20>", "B:9 U active b1");
	service_raise_version(ns->service, 5000);
	service_tell_again(ns->service, 5000, &ns->env);
	nbns_commit(ns);
	assert_true(version_of(ns, FRED) > 5000);
	assert_true(version_of(ns, LAN) > 5000);
	assert_int_not_equal(version_of(ns, FRED), version_of(ns, LAN));
	assert_int_equal(version_of(ns, "MARY<20>"), 9);
	nbns_free(ns);
}

/* After a loss one partner was asked before the other could be, and has heard of newer ones. */
static void a_group_of_ours_that_comes_back_late_is_told(void **state)
{
	struct nbns *ns = replicating_run();
	uint64_t version;

	(void)state;
	service_raise_version(ns->service, 100);
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	nbns_commit(ns);
	arrive(ns, LAN, "C:50 G active");
	expect_record(ns, LAN, "C:50 G active");
	version = version_of(ns, FRED);
	nbns_pass(ns, 60);
	assert_true(version_of(ns, LAN) > version);
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_restart_does_not_forget_it),
		cmocka_unit_test(what_is_registered_here_meanwhile_is_told_by_that),
		cmocka_unit_test(what_follows_on_a_record_that_came_back_is_told),
		cmocka_unit_test(what_follows_on_one_that_was_registered_here_is_not),
		cmocka_unit_test(a_group_that_ours_had_hidden_is_told),
		cmocka_unit_test(with_one_partner_it_is_not),
		cmocka_unit_test(a_group_of_ours_that_comes_back_late_is_told),
		cmocka_unit_test(a_static_record_stays_its_servers),
		cmocka_unit_test(nor_is_it_ours_where_one_had_come_back),
		cmocka_unit_test(all_are_told_however_many_there_are),
		cmocka_unit_test(ours_that_partners_have_passed_by_get_new_versions),
		cmocka_unit_test(what_was_offered_stays_known_while_all_is_asked_for_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
