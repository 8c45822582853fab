/* One browser and the domain master: browser.md section 8, steps 1 to 7, the side of the local
 * master. To the millisecond. */
#include "domain_steps.h"

/*
 * The local master's side: section 8, steps 1 to 7.
 */

static void case_08_steps_of_a_local_master(void **state)
{
	struct bench *bench = *state;
	size_t at = 0;
	const struct act *act;

	be_local_master(bench);
	act = next_lookup(bench, &at, BROWSER_LOOKUP_NAME);
	assert_name(act, "LAB<1B>");
	say_address(bench, DMB);
	act = next_lookup(bench, &at, BROWSER_LOOKUP_STATUS);
	assert_name(act, "LAB<1B>");
	assert_true(act->address.s_addr == address_of(DMB).s_addr);
	say_name(bench, "BOSS");
	act = bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT);
	assert_name(act, "BOSS<00>");
	assert_int_equal(act->type, NBT_DGM_DIRECT_UNIQUE);
	assert_true(act->envelope.peer.s_addr == address_of(DMB).s_addr);
	assert_string_equal(act->frame.name, "US");
	bench_pass_ms(bench, 1);
	act = bench_next(bench, &at, PULLED, 0);
	assert_string_equal(act->peer, "BOSS");
	assert_true(act->address.s_addr == address_of(DMB).s_addr);
	assert_false(act->is_local);
}

/* One that cannot be made now is made later. */
static void a_look_up_that_is_too_many(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench->lookups_fail = true;
	bench_start(bench);
	bench_pass_ms(bench, MINUTE);
	assert_int_equal(count_acts(bench, 0, LOOKED), 0);
	bench->lookups_fail = false;
	at = bench->count;
	bench_pass_ms(bench, 10 * SECOND);
	assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_NAME), "LAB<1B>");
}

/* As soon as it is one, not before. */
static void case_08_who_looks(void **state)
{
	struct bench *bench = *state;
	size_t at = 0;
	uint64_t master_ms;

	be_local_master(bench);
	bench_next(bench, &at, SENT, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT);
	master_ms = bench->acts[at - 1].at_ms;
	at = 0;
	assert_true(next_lookup(bench, &at, BROWSER_LOOKUP_NAME)->at_ms == master_ms);
}

static void case_08_a_potential_browser_does_not_look(void **state)
{
	struct bench *bench = *state;

	bench_be_potential(bench);
	bench_pass_ms(bench, 4 * MINUTE);
	for (size_t i = 0; i < bench->count; i++)
		assert_false(bench->acts[i].deed == LOOKED &&
			     bench->acts[i].lookup == BROWSER_LOOKUP_NAME);
}

static void case_08_no_domain_master(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench->settings.domain_master = BROWSER_DOMAIN_NO;
	be_local_master(bench);
	say_nobody(bench);
	at = bench->count;
	bench_pass_ms(bench, 10 * SECOND);
	assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_NAME), "LAB<1B>");
	assert_int_equal(bench_count_sent(bench, 0, NBT_BROWSE_MASTER_ANNOUNCEMENT), 0);
	assert_int_equal(count_acts(bench, 0, PULLED), 0);
}

/* Without probes it is asked for in the protocol's time. */
static void case_08_no_domain_master_without_probes(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench->settings.times.probe = 0;
	be_local_master(bench);
	say_nothing(bench);
	at = bench->count;
	bench_pass_ms(bench, 11 * MINUTE);
	assert_int_equal(count_acts(bench, at, LOOKED), 0);
	bench_pass_ms(bench, MINUTE);
	assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_NAME), "LAB<1B>");
}

/* Its second address, when the first does not answer. */
static void case_08_several_addresses(void **state)
{
	struct bench *bench = *state;
	const struct browser_found found = { .is_there = true,
					     .addresses = { address_of(HOME), address_of(LMB),
							    address_of(DMB) },
					     .count = 3 };
	size_t at = 0;

	be_local_master(bench);
	bench_answer(bench, &found);
	assert_true(next_lookup(bench, &at, BROWSER_LOOKUP_STATUS)->address.s_addr ==
		    address_of(LMB).s_addr);
	say_nothing(bench);
	assert_true(next_lookup(bench, &at, BROWSER_LOOKUP_STATUS)->address.s_addr ==
		    address_of(DMB).s_addr);
	say_name(bench, "BOSS");
	assert_int_equal(count_syncs(bench), 1);
	assert_true(synced.is_domain_master);
	assert_string_equal(synced.name, "BOSS");
}

/* Both again after twelve minutes. Only at first it is said three times, since it may be a browserd
 * that has not heard it. */
static void case_08_times_of_a_local_master(void **state)
{
	struct bench *bench = *state;
	size_t at;

	know_the_master(bench);
	bench_pass_ms(bench, 1);
	at = bench->count;
	bench_pass_ms(bench, 8 * SECOND);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 2);
	at = bench->count;
	bench_pass_ms(bench, 12 * MINUTE - 8 * SECOND - 2);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 0);
	assert_int_equal(count_acts(bench, at, PULLED), 0);
	bench_pass_ms(bench, 2);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 1);
	assert_int_equal(count_acts(bench, at, PULLED), 1);
}

/* The lists that it had are kept, and tried again after a minute. */
static void case_08_a_list_that_cannot_be_had(void **state)
{
	struct bench *bench = *state;
	struct lists_view view;
	size_t at;

	bench->pull_records = 1;
	know_the_master(bench);
	bench_pass_ms(bench, 1);
	assert_true(bench_lists_it(bench, "P00", &view));
	bench->pulls_fail = true;
	bench->pull_records = 0;
	bench_pass_ms(bench, 12 * MINUTE);
	at = bench->count;
	assert_true(bench_lists_it(bench, "P00", &view));
	bench_pass_ms(bench, MINUTE);
	assert_int_equal(count_acts(bench, at, PULLED), 1);
	assert_true(bench_lists_it(bench, "P00", &view));
	/* Three intervals after they came they are not believed any more. */
	bench_pass_ms(bench, 24 * MINUTE);
	assert_false(bench_lists_it(bench, "P00", &view));
}

/* What it has from there it has no more when it is no master any more. */
static void case_08_a_local_master_that_was(void **state)
{
	struct bench *bench = *state;
	struct lists_view view;

	bench->pull_records = 1;
	know_the_master(bench);
	bench_pass_ms(bench, 1);
	bench_elect(bench, 1, 0xFF000000);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_POTENTIAL);
	assert_int_equal(count_syncs(bench), 0);
	assert_true(bench_lists_it(bench, "P00", &view));
	bench_pass_ms(bench, MINUTE + SECOND);
	assert_false(bench_lists_it(bench, "P00", &view));
}

/* Two probes without an answer, and another is looked for. */
static void a_master_that_is_silent(void **state)
{
	struct bench *bench = *state;
	size_t at;

	know_the_master(bench);
	for (size_t miss = 0; miss < 2; miss++) {
		assert_int_equal(count_syncs(bench), 1);
		at = bench->count;
		bench_pass_ms(bench, 10 * SECOND);
		assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_PROBE), "LAB<1B>");
		at = bench->count;
		say_nothing(bench);
	}
	assert_int_equal(count_syncs(bench), 0);
	assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_NAME), "LAB<1B>");
}

/* Without probes it is asked in the protocol's time. */
static void a_master_that_is_silent_without_probes(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench->settings.times.probe = 0;
	know_the_master(bench);
	for (size_t miss = 0; miss < 2; miss++) {
		assert_int_equal(count_syncs(bench), 1);
		at = bench->count;
		bench_pass_ms(bench, 12 * MINUTE);
		assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_PROBE), "LAB<1B>");
		at = bench->count;
		say_nothing(bench);
	}
	assert_int_equal(count_syncs(bench), 0);
	assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_NAME), "LAB<1B>");
}

static void a_master_that_says_it_is_none(void **state)
{
	struct bench *bench = *state;

	know_the_master(bench);
	bench_pass_ms(bench, 10 * SECOND);
	say_nobody(bench);
	assert_int_equal(count_syncs(bench), 0);
}

/* A master that answers no probe until the name server is asked whether it still is it. */
static void miss_it_from_the_first(struct bench *bench)
{
	size_t at;

	say_nothing(bench);
	bench_pass_ms(bench, 10 * SECOND);
	at = bench->count;
	say_nothing(bench);
	assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_NAME), "LAB<1B>");
	assert_int_equal(count_syncs(bench), 1);
}

/* It may be another program, which answers no such question. */
static void a_master_that_never_answered_is_kept(void **state)
{
	struct bench *bench = *state;

	be_local_master(bench);
	say_address(bench, DMB);
	say_name(bench, "BOSS");
	for (size_t i = 0; i < 10; i++) {
		miss_it_from_the_first(bench);
		if (i % 2 == 0)
			say_address(bench, DMB);
		else
			say_nothing(bench); /* nor does the name server */
		assert_int_equal(count_syncs(bench), 1);
		bench_pass_ms(bench, 10 * SECOND);
	}
}

/* It gave the name away just after it was found, and goes on giving lists as a local master. */
static void a_master_that_never_answered_is_another(void **state)
{
	struct bench *bench = *state;
	size_t at;

	be_local_master(bench);
	say_address(bench, DMB);
	say_name(bench, "BOSS");
	miss_it_from_the_first(bench);
	at = bench->count;
	say_address(bench, "10.4.0.9");
	assert_int_equal(count_syncs(bench), 0);
	assert_true(next_lookup(bench, &at, BROWSER_LOOKUP_STATUS)->address.s_addr ==
		    address_of("10.4.0.9").s_addr);
	say_name(bench, "CHIEF");
	assert_int_equal(count_syncs(bench), 1);
}

static void a_master_that_never_answered_is_none(void **state)
{
	struct bench *bench = *state;

	be_local_master(bench);
	say_address(bench, DMB);
	say_name(bench, "BOSS");
	miss_it_from_the_first(bench);
	say_nobody(bench);
	assert_int_equal(count_syncs(bench), 0);
}

/* Whom the administrator has named needs no name in a name server. */
static void a_master_that_is_configured_is_kept(void **state)
{
	struct bench *bench = *state;
	struct in_addr named[] = { address_of(DMB) };

	bench->settings.syncs = named;
	bench->settings.sync_count = 1;
	be_local_master(bench);
	say_address(bench, DMB);
	say_name(bench, "BOSS");
	miss_it_from_the_first(bench);
	say_nobody(bench);
	assert_int_equal(count_syncs(bench), 1);
}

/*
 * The master of the own subnet is asked in the same way.
 */

static void probe(struct bench *bench, bool is_answered)
{
	size_t at = bench->count;

	bench_pass_ms(bench, 10 * SECOND);
	assert_name(next_lookup(bench, &at, BROWSER_LOOKUP_PROBE), "LAB<1D>");
	if (is_answered)
		say_here(bench);
	else
		say_nothing(bench);
}

static void a_local_master_that_is_silent(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench_be_potential(bench);
	say_here(bench);
	probe(bench, false);
	probe(bench, true);
	at = bench->count;
	probe(bench, false);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_ANNOUNCEMENT_REQUEST), 0);
	probe(bench, false);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_ANNOUNCEMENT_REQUEST), 1);
}

/* It may be another program: it is asked for by the protocol's means, once, and then believed. */
static void a_local_master_that_never_answered(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench_be_potential(bench);
	say_nothing(bench);
	at = bench->count;
	probe(bench, false);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_ANNOUNCEMENT_REQUEST), 1);
	bench_announce(bench, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, "LAB<1E>", "PEER", 0x00051003);
	at = bench->count;
	for (size_t i = 0; i < 10; i++)
		probe(bench, false);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_ANNOUNCEMENT_REQUEST), 0);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_POTENTIAL);
}

static void a_local_master_that_died_before_it_was_asked(void **state)
{
	struct bench *bench = *state;

	bench_be_potential(bench);
	say_nothing(bench);
	probe(bench, false);
	bench_pass_ms(bench, 20 * SECOND);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_MASTER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(case_08_steps_of_a_local_master),
		ALONE(a_look_up_that_is_too_many),
		ALONE(case_08_who_looks),
		ALONE(case_08_a_potential_browser_does_not_look),
		ALONE(case_08_no_domain_master),
		ALONE(case_08_no_domain_master_without_probes),
		ALONE(case_08_several_addresses),
		ALONE(case_08_times_of_a_local_master),
		ALONE(case_08_a_list_that_cannot_be_had),
		ALONE(case_08_a_local_master_that_was),
		ALONE(a_master_that_is_silent),
		ALONE(a_master_that_is_silent_without_probes),
		ALONE(a_master_that_says_it_is_none),
		ALONE(a_master_that_never_answered_is_kept),
		ALONE(a_master_that_never_answered_is_another),
		ALONE(a_master_that_never_answered_is_none),
		ALONE(a_master_that_is_configured_is_kept),
		ALONE(a_local_master_that_is_silent),
		ALONE(a_local_master_that_never_answered),
		ALONE(a_local_master_that_died_before_it_was_asked),
	};

	return cmocka_run_group_tests_name("domain local", tests, NULL, NULL);
}
