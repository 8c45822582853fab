/* What two browserds say to each other, as local and domain master, beyond the protocol. To the
 * millisecond. */
#include "domain_steps.h"

#include <stdio.h>

#include "browserd/text.h"

/*
 * Between browserds.
 */

/* It is told half a second after a change, and what it says is marked. */
static void a_quick_master_is_told_of_changes(void **state)
{
	struct bench *bench = *state;
	size_t at;
	const struct act *act;

	know_the_quick_master(bench);
	assert_true(count_syncs(bench) == 1 && synced.is_quick);
	at = bench->count;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, 499);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 0);
	bench_pass_ms(bench, 1);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT);
	assert_true(act->is_quick);
	assert_int_equal(count_acts(bench, at, PULLED), 0);
	/* The same again is no change. */
	bench_pass_ms(bench, 9 * SECOND);
	at = bench->count;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, 5 * SECOND);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 0);
}

/* A datagram may be lost: the same is said again two and eight seconds later, unless there is more
 * to say. The protocol's own announcement says it, too, and only once. */
static void changes_are_told_again(void **state)
{
	static const uint64_t times_ms[] = { 500, 1500, 3500, 9500 };
	struct bench *bench = *state;
	uint32_t first = 0, version = 0;
	uint64_t start_ms;
	size_t at;

	know_the_quick_master(bench);
	at = bench->count;
	start_ms = bench->env.now_ms;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, SECOND);
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEWER", 0x1003);
	bench_pass_ms(bench, 10 * SECOND);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 4);
	for (size_t i = 0; i < 4; i++) {
		const struct act *act =
			bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT);

		assert_true(act->at_ms == start_ms + times_ms[i]);
		if (i == 0)
			first = act->version;
		else if (i == 1)
			version = act->version;
		else
			assert_int_equal(act->version, version);
	}
	assert_true(first != 0 && version != 0 && first != version);
	at = bench->count;
	bench_pass_ms(bench, 12 * MINUTE);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 1);
	assert_int_equal(bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT)->version,
			 version);
}

/* One that has begun anew knows nothing of us: it is reminded at every third probe. And one that
 * missed a probe may have missed more, and has perhaps said what we have missed. */
static void a_quick_master_is_reminded(void **state)
{
	struct bench *bench = *state;
	size_t at;

	know_the_quick_master(bench);
	at = bench->count;
	for (size_t i = 0; i < 6; i++) {
		bench_pass_ms(bench, 10 * SECOND);
		say_here(bench);
	}
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 2);
	assert_int_equal(count_acts(bench, at, PULLED), 0);
	bench_pass_ms(bench, 10 * SECOND);
	say_nothing(bench);
	bench_pass_ms(bench, 10 * SECOND);
	at = bench->count;
	say_here(bench);
	bench_pass_ms(bench, SECOND);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 1);
	assert_int_equal(count_acts(bench, at, PULLED), 1);
}

static void another_master_is_not(void **state)
{
	struct bench *bench = *state;
	size_t at;

	know_the_master(bench);
	bench_pass_ms(bench, 9 * SECOND);
	at = bench->count;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, MINUTE);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 0);
}

/* The domain master has news: they are fetched at once. A stranger's are not. */
static void a_quick_master_tells_of_changes(void **state)
{
	struct bench *bench = *state;
	size_t at;

	know_the_master(bench);
	bench_pass_ms(bench, 5 * SECOND);
	bench->is_quick = true;
	at = bench->count;
	hear_master(bench, LMB, "STRANGER", "US<00>");
	bench_pass_ms(bench, 100);
	assert_int_equal(count_acts(bench, at, PULLED), 0);
	hear_master(bench, DMB, "BOSS", "US<00>");
	bench_pass_ms(bench, 1);
	assert_string_equal(bench_next(bench, &at, PULLED, 0)->peer, "BOSS");
}

static size_t pulls_after(struct bench *bench, const char *address, const char *name,
			  uint32_t version)
{
	size_t at = bench->count;

	bench->is_quick = true;
	bench->version = version;
	hear_master(bench, address, name, "US<00>");
	bench_pass_ms(bench, 2 * SECOND);
	return count_acts(bench, at, PULLED);
}

/* What it says again is fetched once; not if it could not be had, or if it does not say what it is.
 */
static void expect_fetched_once(struct bench *bench, const char *address, const char *name)
{
	assert_int_equal(pulls_after(bench, address, name, 7), 1);
	assert_int_equal(pulls_after(bench, address, name, 7), 0);
	assert_int_equal(pulls_after(bench, address, name, 6), 1);
	assert_int_equal(pulls_after(bench, address, name, 0), 1);
	assert_int_equal(pulls_after(bench, address, name, 0), 1);
	bench->pulls_fail = true;
	assert_int_equal(pulls_after(bench, address, name, 8), 1);
	assert_int_equal(pulls_after(bench, address, name, 8), 1);
	bench->pulls_fail = false;
	assert_int_equal(pulls_after(bench, address, name, 8), 1);
	assert_int_equal(pulls_after(bench, address, name, 8), 0);
}

static void a_version_of_the_master_is_fetched_once(void **state)
{
	struct bench *bench = *state;

	know_the_master(bench);
	bench_pass_ms(bench, 10 * SECOND);
	expect_fetched_once(bench, DMB, "BOSS");
}

static void a_version_of_a_local_master_is_fetched_once(void **state)
{
	struct bench *bench = *state;

	be_domain_master(bench);
	expect_fetched_once(bench, LMB, "FAR");
}

/* A new one while the lists are being fetched is fetched behind them; the same is not. */
static void a_version_that_is_being_fetched(void **state)
{
	struct bench *bench = *state;
	size_t at;

	be_domain_master(bench);
	bench->is_quick = true;
	for (uint32_t version = 7; version <= 8; version++) {
		at = bench->count;
		bench->version = version == 7 ? 7 : 9;
		hear_master(bench, LMB, "FAR", "US<00>");
		browser_wake(bench->service, &bench->env);
		bench->version = version;
		hear_master(bench, LMB, "FAR", "US<00>");
		bench_pass_ms(bench, 5 * SECOND);
		assert_int_equal(count_acts(bench, at, PULLED), version == 7 ? 1 : 2);
	}
}

/* What is fetched from it is no news to it; and no other program sends what a browserd does. */
static void its_own_news_are_not_told(void **state)
{
	struct bench *bench = *state;
	size_t at;

	know_the_master(bench);
	bench_pass_ms(bench, 5 * SECOND);
	at = bench->count;
	hear_master(bench, DMB, "BOSS", "US<00>");
	bench_pass_ms(bench, 5 * SECOND);
	assert_int_equal(count_acts(bench, at, PULLED), 0);
	bench->is_quick = true;
	hear_master(bench, DMB, "BOSS", "US<00>");
	bench_pass_ms(bench, 5 * SECOND);
	bench->pull_records = 3;
	at = bench->count;
	hear_master(bench, DMB, "BOSS", "US<00>");
	bench_pass_ms(bench, 5 * SECOND);
	assert_int_equal(count_acts(bench, at, PULLED), 1);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 0);
}

/* It will say so when it is back: what it told is not kept for half an hour. */
static void a_quick_local_master_that_is_gone(void **state)
{
	struct bench *bench = *state;
	struct lists_view view;

	bench->pull_records = 1;
	be_domain_master(bench);
	bench->is_quick = true;
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, SECOND);
	bench->pulls_fail = true;
	bench->pull_records = 0;
	bench_pass_ms(bench, 12 * MINUTE);
	assert_true(bench_lists_it(bench, "P00", &view));
	bench_pass_ms(bench, 2 * MINUTE + 2 * SECOND);
	assert_false(bench_lists_it(bench, "P00", &view));
}

/* Nor is it kept for a minute if it says goodbye; what it told is, until its successor has. */
static void a_quick_local_master_says_goodbye(void **state)
{
	struct nbt_browse frame = { .opcode = NBT_BROWSE_HOST_ANNOUNCEMENT };
	struct bench *bench = *state;
	struct lists_view view;

	bench->pull_records = 2;
	be_domain_master(bench);
	bench->is_quick = true;
	hear_master(bench, LMB, "P00", "US<00>");
	bench_pass_ms(bench, SECOND);
	text_copy(frame.name, sizeof(frame.name), "P00");
	bench_hear_from(bench, HOME, "10.2.0.6", "P00<00>", "US<00>", &frame);
	text_copy(frame.name, sizeof(frame.name), "P01");
	bench_hear_from(bench, HOME, LMB, "P01<00>", "US<00>", &frame);
	bench->is_quick = false;
	text_copy(frame.name, sizeof(frame.name), "P00");
	bench_hear_from(bench, HOME, LMB, "P00<00>", "US<00>", &frame);
	assert_true(bench_lists_it(bench, "P00", &view) && count_syncs(bench) == 1);
	bench->is_quick = true;
	bench_hear_from(bench, HOME, LMB, "P00<00>", "US<00>", &frame);
	assert_false(bench_lists_it(bench, "P00", &view));
	assert_int_equal(count_syncs(bench), 0);
	bench_pass_ms(bench, MINUTE - SECOND);
	assert_true(bench_lists_it(bench, "P01", &view));
	bench_pass_ms(bench, 2 * SECOND);
	assert_false(bench_lists_it(bench, "P01", &view));
}

static void stop_with_master(struct bench *bench, bool is_quick, unsigned goodbyes)
{
	size_t at, count = 0;

	know_the_master(bench);
	bench->is_quick = is_quick;
	hear_master(bench, DMB, "BOSS", "US<00>");
	bench_pass_ms(bench, 9 * SECOND);
	at = bench->count;
	browser_stop(bench->service, &bench->env);
	for (; at < bench->count; at++) {
		const struct act *act = &bench->acts[at];

		if (act->deed != SENT || act->envelope.peer.s_addr != address_of(DMB).s_addr)
			continue;
		assert_name(act, "BOSS<00>");
		assert_int_equal(act->frame.opcode, NBT_BROWSE_HOST_ANNOUNCEMENT);
		assert_int_equal(act->frame.server_type, 0);
		assert_true(act->is_quick);
		count++;
	}
	assert_int_equal(count, goodbyes);
}

static void goodbye_to_a_quick_master(void **state)
{
	stop_with_master(*state, true, 1);
}

static void no_goodbye_to_another(void **state)
{
	stop_with_master(*state, false, 0);
}

/* The domain master tells the browserds among its local masters, and only them. */
static void local_masters_are_told_of_changes(void **state)
{
	struct bench *bench = *state;
	size_t at;
	const struct act *act;

	be_domain_master(bench);
	hear_master(bench, "10.4.0.5", "NMBD", "US<00>");
	bench_pass_ms(bench, 1);
	bench->is_quick = true;
	hear_master(bench, LMB, "FAR", "US<00>");
	bench_pass_ms(bench, 10 * SECOND);
	bench->is_quick = false;
	at = bench->count;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, SECOND);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 1);
	bench_pass_ms(bench, 8 * SECOND);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 3);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT);
	assert_name(act, "FAR<00>");
	assert_true(act->is_quick && act->envelope.peer.s_addr == address_of(LMB).s_addr);
}

/* Whatever a browserd says, it is told in turn which lists it should know. */
static void a_local_master_is_answered(void **state)
{
	struct bench *bench = *state;
	uint32_t version;
	size_t at;

	be_domain_master(bench);
	(void)pulls_after(bench, LMB, "FAR", 7);
	bench_pass_ms(bench, 10 * SECOND);
	at = bench->count;
	(void)pulls_after(bench, LMB, "FAR", 7);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_MASTER_ANNOUNCEMENT), 1);
	version = bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT)->version;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, 10 * SECOND);
	at = bench->count;
	(void)pulls_after(bench, LMB, "FAR", 7);
	assert_int_not_equal(bench_next(bench, &at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT)->version,
			     version);
}

static void hear_eight_local_masters(struct bench *bench)
{
	for (unsigned i = 1; i <= 8; i++) {
		char address[16], name[16];

		snprintf(address, sizeof(address), "10.2.%u.5", i);
		snprintf(name, sizeof(name), "FAR%u", i);
		hear_master(bench, address, name, "US<00>");
	}
}

static void know_eight_local_masters(struct bench *bench)
{
	bench->settings.times.change_delay = 1;
	bench->settings.times.change_gap = 10;
	bench->pull_records = 100;
	be_domain_master(bench);
	bench->is_quick = true;
	bench->version = 7;
	hear_eight_local_masters(bench);
	bench_pass_ms(bench, 5 * SECOND);
}

/* Sixteen, four milliseconds apart. */
static void announce_many(struct bench *bench)
{
	for (unsigned i = 0; i < 16; i++) {
		char name[16];

		snprintf(name, sizeof(name), "NEW%u", i);
		bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", name, 0x1003);
		bench_pass_ms(bench, 4);
	}
}

/* The next time that it is told of a version that it was not told of before. */
static uint64_t told_ms(const struct bench *bench, size_t *at, unsigned n, uint32_t *version)
{
	char name[16];

	snprintf(name, sizeof(name), "FAR%u<00>", n);
	for (;;) {
		const struct act *act = bench_next(bench, at, SENT, NBT_BROWSE_MASTER_ANNOUNCEMENT);
		const struct nbt_name to = name_of(name);

		if (!nbt_name_equal(&act->name, &to) || act->version == *version)
			continue;
		*version = act->version;
		return act->at_ms;
	}
}

/* A hundred servers are 5 ms of a megabyte per second: so far apart the eight are told, and none of
 * them again before 40 ms have passed, whatever happens. */
static void many_local_masters_are_told_one_by_one(void **state)
{
	struct bench *bench = *state;
	size_t start;
	uint64_t at_ms;

	know_eight_local_masters(bench);
	start = bench->count;
	at_ms = bench->env.now_ms + 1;
	announce_many(bench);
	bench_pass_ms(bench, SECOND);
	for (unsigned i = 0; i < 8; i++) {
		size_t at = start;
		uint32_t version = 0;

		assert_true(told_ms(bench, &at, i + 1, &version) == at_ms + 5 * i);
		assert_true(told_ms(bench, &at, i + 1, &version) == at_ms + 40 + 5 * i);
	}
}

static bool is_told_at(const struct bench *bench, const char *name, uint64_t at_ms)
{
	const struct nbt_name to = name_of(name);

	for (size_t i = 0; i < bench->count; i++) {
		const struct act *act = &bench->acts[i];

		if (act->deed == SENT && act->at_ms == at_ms && nbt_name_equal(&act->name, &to))
			return true;
	}
	return false;
}

/* One that has come does not wait for its turn among them to learn that there is a browserd. */
static void one_among_many_that_has_just_come(void **state)
{
	struct bench *bench = *state;
	uint64_t at_ms;

	know_eight_local_masters(bench);
	bench->settings.times.change_delay = 20;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, 10);
	at_ms = bench->env.now_ms;
	hear_master(bench, "10.2.9.5", "FAR9", "US<00>");
	bench_pass_ms(bench, SECOND);
	assert_true(is_told_at(bench, "FAR9<00>", at_ms + 20));
}

/* What is said again is said, though there is more to say when its turn comes. */
static void one_among_many_is_told_again(void **state)
{
	struct bench *bench = *state;
	uint64_t at_ms;

	know_eight_local_masters(bench);
	at_ms = bench->env.now_ms + 1;
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEW", 0x1003);
	bench_pass_ms(bench, 1 + 36);
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEWER", 0x1003);
	bench_pass_ms(bench, SECOND);
	assert_true(is_told_at(bench, "FAR8<00>", at_ms + 35));
	assert_true(is_told_at(bench, "FAR8<00>", at_ms + 35 + 20));
	assert_true(is_told_at(bench, "FAR8<00>", at_ms + 40 + 35));
}

/* Many with long lists take no longer than the protocol's time. */
static void so_many_that_it_would_take_too_long(void **state)
{
	struct bench *bench = *state;
	size_t start;
	uint64_t at_ms;

	know_eight_local_masters(bench);
	bench->settings.times.sync = 16;
	hear_eight_local_masters(bench); /* else they are none any more */
	start = bench->count;
	at_ms = bench->env.now_ms + 1;
	announce_many(bench);
	for (unsigned i = 0; i < 8; i++) {
		size_t at = start;
		uint32_t version = 0;

		assert_true(told_ms(bench, &at, i + 1, &version) == at_ms + 2 * i);
		assert_true(told_ms(bench, &at, i + 1, &version) == at_ms + 16 + 2 * i);
	}
}

static void contest(struct bench *bench, bool is_quick, uint32_t criteria)
{
	const struct nbt_browse frame = { .opcode = NBT_BROWSE_ELECTION,
					  .election_version = 1,
					  .criteria = criteria,
					  .name = "CHOSEN" };

	bench->is_quick = is_quick;
	bench_hear_from(bench, HOME, LMB, "CHOSEN<00>", "US<00>", &frame);
	bench->is_quick = false;
}

static void stand_in(struct bench *bench)
{
	be_local_master(bench);
	say_nobody(bench);
	bench_pass_ms(bench, 10 * SECOND);
	say_nobody(bench);
	bench_pass_ms(bench, 3 * SECOND);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
}

static void who_stands_in_gives_way(void **state)
{
	struct bench *bench = *state;
	size_t at;

	stand_in(bench);
	contest(bench, false, NBT_ELECTION_DMB);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
	contest(bench, true, 0xFF000000);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
	at = bench->count;
	contest(bench, true, NBT_ELECTION_DMB);
	assert_false(browser_is_domain_master(bench->service, "LAB"));
	assert_name(bench_next(bench, &at, RELEASED, 0), "LAB<1B>");
}

static void who_is_told_to_be_it_does_not(void **state)
{
	struct bench *bench = *state;

	be_domain_master(bench);
	contest(bench, true, NBT_ELECTION_DMB);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
}

/* It asks one that stands in, once it knows that it is a browserd, and claims the name then. */
static void who_is_told_to_be_it_asks(void **state)
{
	struct bench *bench = *state;
	size_t at;
	const struct act *act;

	bench->settings.domain_master = BROWSER_DOMAIN_YES;
	bench->refused = "LAB<1B>";
	bench_start(bench);
	bench_answer_node(bench, true);
	bench_pass_ms(bench, 10 * SECOND);
	say_address(bench, DMB);
	say_name(bench, "BOSS");
	bench_pass_ms(bench, 10 * SECOND);
	at = bench->count;
	assert_int_equal(bench_count_sent(bench, 0, NBT_BROWSE_ELECTION), 4); /* of the subnet */
	bench->refused = NULL;
	bench->is_quick = true;
	hear_master(bench, DMB, "BOSS", "US<00>");
	act = bench_next(bench, &at, SENT, NBT_BROWSE_ELECTION);
	assert_name(act, "BOSS<00>");
	assert_int_equal(act->frame.criteria, NBT_ELECTION_DMB);
	assert_true(act->is_quick && act->envelope.peer.s_addr == address_of(DMB).s_addr);
	hear_master(bench, DMB, "BOSS", "US<00>"); /* it is asked once in five minutes */
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_ELECTION), 0);
	bench_pass_ms(bench, 2 * SECOND);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(a_quick_master_is_told_of_changes),
		ALONE(changes_are_told_again),
		ALONE(a_quick_master_is_reminded),
		ALONE(another_master_is_not),
		ALONE(a_quick_master_tells_of_changes),
		ALONE(a_version_of_the_master_is_fetched_once),
		ALONE(a_version_of_a_local_master_is_fetched_once),
		ALONE(a_version_that_is_being_fetched),
		ALONE(its_own_news_are_not_told),
		ALONE(a_quick_local_master_that_is_gone),
		ALONE(a_quick_local_master_says_goodbye),
		ALONE(goodbye_to_a_quick_master),
		ALONE(no_goodbye_to_another),
		ALONE(local_masters_are_told_of_changes),
		ALONE(a_local_master_is_answered),
		ALONE(many_local_masters_are_told_one_by_one),
		ALONE(one_among_many_that_has_just_come),
		ALONE(one_among_many_is_told_again),
		ALONE(so_many_that_it_would_take_too_long),
		ALONE(who_stands_in_gives_way),
		ALONE(who_is_told_to_be_it_does_not),
		ALONE(who_is_told_to_be_it_asks),
	};

	return cmocka_run_group_tests_name("domain quick", tests, NULL, NULL);
}
