/* What is in doubt is asked of partners; what others told, and what was lost, is asked for again.
 */
#include "support.h"

#include <errno.h>

#include "replication_bench.h"

#define PARTNER "10.0.0.2"
#define SECOND  "10.0.0.3"
#define OWNER   "10.0.0.7"

static struct bench *begin(void)
{
	struct bench *b = bench_create();

	bench_partner(b, PARTNER);
	bench_partner(b, SECOND);
	return b;
}

static void doubt(struct bench *b, const char *owner, uint64_t version)
{
	b->service.doubt[b->service.doubt_count++] =
		(struct nbt_owner_versions){ ip(owner), version, version };
	b->service.doubts_due_ms = b->env.now_ms;
}

static int show_map(struct bench *b, const char *partner, const char *owners)
{
	int wire = bench_answer_dial(b, partner, 5);

	bench_expect_map_request(b, wire);
	bench_say_owners(b, wire, NBT_REPL_MAP_RESPONSE, owners, NULL);
	return wire;
}

/* One partner after the other, each for its own. */
static void owners_are_asked(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_start(b, false);
	doubt(b, PARTNER, 7);
	doubt(b, SECOND, 8);
	doubt(b, PARTNER, 9);
	bench_turn(b);
	wire = show_map(b, PARTNER, "10.0.0.2=20 10.0.0.3=8");
	bench_expect_request(b, wire, PARTNER, 7, 7);
	bench_say_records(b, wire, "7");
	bench_expect_request(b, wire, PARTNER, 9, 9);
	bench_say_records(b, wire, "");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_string_equal(b->service.doubts,
			    "10.0.0.2:7 there 10.0.0.2:7 answered 10.0.0.2:9 answered ");
	wire = show_map(b, SECOND, "10.0.0.3=8");
	bench_expect_request(b, wire, SECOND, 8, 8);
	bench_destroy(b);
}

/* It has lost its database, and does not know yet what it had. */
static void who_has_not_seen_the_version_does_not_count(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_start(b, false);
	doubt(b, PARTNER, 7);
	bench_turn(b);
	wire = show_map(b, PARTNER, "10.0.0.2=6");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_string_equal(b->service.doubts, "10.0.0.2:7 later ");
	bench_destroy(b);
}

static void who_breaks_off_is_asked_later(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_start(b, false);
	doubt(b, PARTNER, 7);
	bench_turn(b);
	wire = show_map(b, PARTNER, "10.0.0.2=7");
	bench_expect_request(b, wire, PARTNER, 7, 7);
	bench_hang_up(b, wire, -ECONNRESET);
	assert_string_equal(b->service.doubts, "10.0.0.2:7 later ");
	bench_pass(b, 10000);
	wire = show_map(b, PARTNER, "10.0.0.2=7");
	bench_expect_request(b, wire, PARTNER, 7, 7);
	bench_destroy(b);
}

/* Of an owner who is no partner whoever has its records can tell. */
static void others_stand_for_an_owner_that_is_no_partner(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_start(b, false);
	doubt(b, OWNER, 7);
	bench_turn(b);
	assert_string_equal(b->service.doubts, "10.0.0.7:7 later ");
	assert_int_equal(partners_pull(b->all, ip(SECOND), &b->env), 0);
	wire = show_map(b, SECOND, "10.0.0.7=7");
	bench_expect_request(b, wire, OWNER, 1, 7);
	bench_say_records(b, wire, "");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	bench_pass(b, 10000);
	wire = show_map(b, SECOND, "10.0.0.7=7");
	bench_expect_request(b, wire, OWNER, 7, 7);
	bench_say_records(b, wire, "");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_string_equal(b->service.doubts, "10.0.0.7:7 later 10.0.0.7:7 answered ");
	bench_destroy(b);
}

/* While a partner fails, others tell of it; when it answers, it is asked for the same again. */
static void what_others_told_a_partner_is_asked_for_again(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip(SECOND), &b->env), 0);
	bench_hang_up(b, bench_dialed(b, SECOND), -ECONNREFUSED);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.3=9");
	bench_expect_request(b, wire, SECOND, 1, 9);
	bench_say_records(b, wire, "9");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(b->service.by_others.owner.s_addr, ip(SECOND).s_addr);
	assert_int_equal(b->service.by_others.min, 1);

	b->service.told = (struct nbt_owner_versions){ ip(SECOND), 9, 1 };
	assert_int_equal(partners_pull(b->all, ip(SECOND), &b->env), 0);
	wire = show_map(b, SECOND, "10.0.0.3=9");
	bench_expect_request(b, wire, SECOND, 1, 9);
	bench_say_records(b, wire, "8 9");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(b->service.told.max, 0);
	bench_destroy(b);
}

/* The database was lost in an earlier run, when nobody could be asked. */
static void what_was_lost_is_owed_by_all_partners(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->service.lost_below = 9000;
	b->service.next_version = 9500;
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.1=9400");
	bench_expect_request(b, wire, BENCH_US, 1, 8999);
	bench_say_records(b, wire, "77");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(b->service.lost_below, 9000);
	assert_int_equal(partners_pull(b->all, ip(SECOND), &b->env), 0);
	wire = show_map(b, SECOND, "10.0.0.1=0");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(b->service.lost_below, 0);
	bench_destroy(b);
}

/* Some of ours came back before the recovery was cut off: the next version is not theirs. */
static void after_a_loss_no_version_is_given_below_what_was_lost(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->service.lost_below = 9000;
	b->service.next_version = 1001;
	bench_start(b, false);
	assert_true(b->service.next_version >= 9000);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.1=2000");
	bench_expect_request(b, wire, BENCH_US, 1, 2000);
	bench_destroy(b);
}

/* What is known of a loss outlasts a recovery that is cut off, and no other. */
static void a_recovery_is_noted_until_it_is_over(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->settings.partner_count = 1;
	b->service.next_version = 77;
	bench_start(b, true);
	assert_int_equal(b->service.lost_below, 77);
	wire = show_map(b, PARTNER, "10.0.0.2=0");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_false(partners_is_recovering(b->all));
	assert_int_equal(b->service.lost_below, 0);
	bench_destroy(b);
}

static void who_cannot_be_asked_at_the_start_owes(void **state)
{
	struct bench *b = begin();

	(void)state;
	b->service.next_version = 77;
	bench_start(b, true);
	bench_hang_up(b, bench_dialed(b, PARTNER), -ECONNREFUSED);
	bench_hang_up(b, bench_dialed(b, SECOND), -ECONNREFUSED);
	assert_false(partners_is_recovering(b->all));
	assert_int_equal(b->service.lost_below, 1078);
	bench_destroy(b);
}

static uint64_t first_of_a_start_with_nothing(uint32_t lots)
{
	struct bench *b = begin();
	uint64_t first;

	b->lots = lots;
	b->settings.partner_count = 1;
	bench_start(b, true);
	bench_hang_up(b, bench_dialed(b, PARTNER), -ECONNREFUSED);
	assert_false(partners_is_recovering(b->all));
	first = b->service.next_version;
	assert_true(first > (uint64_t)b->env.wall_s << 20);
	bench_destroy(b);
	return first;
}

/* A clock that nobody sets says the same at each start. */
static void two_starts_with_nothing_give_other_versions(void **state)
{
	uint64_t one = first_of_a_start_with_nothing(1), two = first_of_a_start_with_nothing(2);

	(void)state;
	assert_true(one > two ? one - two > 100000 : two - one > 100000);
}

/* The clock was wrong: what partners show is far above the versions of this run. */
static void what_partners_show_of_a_loss_is_noted(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->service.next_version = 77;
	bench_start(b, true);
	wire = show_map(b, PARTNER, "10.0.0.1=9000");
	bench_hang_up(b, bench_dialed(b, SECOND), -ECONNREFUSED);
	bench_expect_request(b, wire, BENCH_US, 1, 9000);
	assert_true(b->service.lost_below > 9000);
	bench_destroy(b);
}

/* An old copy is in place of the database; the file of versions is as it was. */
static void what_an_old_copy_has_not_seen_is_asked_for(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->settings.partner_count = 1;
	b->seen_version = 76;
	b->service.next_version = 5000;
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.1=90");
	bench_expect_request(b, wire, BENCH_US, 77, 90);
	assert_int_equal(b->service.lost_below, 5000);
	bench_say_records(b, wire, "80 90");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(b->service.told_again, 0);
	assert_int_equal(b->service.lost_below, 0);
	bench_destroy(b);
}

static void what_the_database_has_seen_is_not(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->seen_version = 76;
	b->service.next_version = 5000;
	bench_start(b, false);
	b->service.next_version = 5003;
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.1=76");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(partners_pull(b->all, ip(SECOND), &b->env), 0);
	wire = show_map(b, SECOND, "10.0.0.1=5002");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(b->service.lost_below, 0);
	bench_destroy(b);
}

/* An old copy is in place, and its file of versions is gone. */
static void what_an_old_copy_lacks_is_noted_until_it_is_here(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->settings.partner_count = 1;
	b->service.next_version = 77;
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.1=9000");
	bench_expect_request(b, wire, BENCH_US, 77, 9000);
	assert_true(b->service.lost_below > 9000);
	bench_say_records(b, wire, "80 9000");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(b->service.told_again,
			 9000); /* who has seen 9000 asks for nothing below */
	assert_int_equal(b->service.lost_below, 0);
	bench_destroy(b);
}

/* Who breaks off owes the rest, also when nobody waits for it any more. */
static void a_recovery_that_ends_without_our_records_leaves_a_debt(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->settings.partner_count = 1;
	b->service.next_version = 77;
	bench_start(b, true);
	wire = show_map(b, PARTNER, "10.0.0.1=60");
	bench_expect_request(b, wire, BENCH_US, 1, 60);
	bench_hang_up(b, wire, -ECONNRESET);
	bench_pass(b, (uint64_t)b->settings.start_timeout_s * 1000 + 1000);
	assert_false(partners_is_recovering(b->all));
	assert_true(b->service.lost_below > 60);
	bench_destroy(b);
}

/* Who owed and is no partner any more owes nothing. */
static void a_partner_that_is_taken_out_owes_nothing(void **state)
{
	struct bench *b = begin();
	int wire;

	(void)state;
	b->service.lost_below = 9000;
	b->service.next_version = 9500;
	bench_start(b, false);
	assert_int_equal(partners_pull(b->all, ip(PARTNER), &b->env), 0);
	wire = show_map(b, PARTNER, "10.0.0.2=0");
	bench_expect_stop(b, wire, NBT_REPL_REASON_NORMAL);
	assert_int_equal(b->service.lost_below, 9000);
	b->settings.partner_count = 1;
	assert_true(partners_set_settings(b->all, &b->settings, &b->env));
	bench_turn(b);
	assert_int_equal(b->service.lost_below, 0);
	bench_destroy(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owners_are_asked),
		cmocka_unit_test(who_has_not_seen_the_version_does_not_count),
		cmocka_unit_test(who_breaks_off_is_asked_later),
		cmocka_unit_test(others_stand_for_an_owner_that_is_no_partner),
		cmocka_unit_test(what_others_told_a_partner_is_asked_for_again),
		cmocka_unit_test(what_was_lost_is_owed_by_all_partners),
		cmocka_unit_test(after_a_loss_no_version_is_given_below_what_was_lost),
		cmocka_unit_test(a_recovery_is_noted_until_it_is_over),
		cmocka_unit_test(who_cannot_be_asked_at_the_start_owes),
		cmocka_unit_test(two_starts_with_nothing_give_other_versions),
		cmocka_unit_test(what_partners_show_of_a_loss_is_noted),
		cmocka_unit_test(what_an_old_copy_has_not_seen_is_asked_for),
		cmocka_unit_test(what_the_database_has_seen_is_not),
		cmocka_unit_test(what_an_old_copy_lacks_is_noted_until_it_is_here),
		cmocka_unit_test(a_recovery_that_ends_without_our_records_leaves_a_debt),
		cmocka_unit_test(a_partner_that_is_taken_out_owes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
