/* Browser protocol: cases of browser.md sections 5, 6, 12 and 13, one host among forged frames. */
#include "lan.h"

#include <stdio.h>
#include <stdlib.h>

#include "browserd/text.h"

/*
 * Section 5.2: the first difference decides.
 */
static void case_05_who_wins(void **state)
{
	static const struct {
		const char *what;
		struct election_criteria a, b;
		int want;
	} cases[] = {
		{ "the version comes first", { 1, 0, 0, "B" }, { 0, 0xFFFFFFFF, 9, "A" }, 1 },
		{ "who forces one always loses", { 0, 0, 0, "" }, { 1, 0, 0, "Z" }, -1 },
		{ "criteria", { 1, 0x14010F02, 0, "B" }, { 1, 0x10010F20, 9, "A" }, 1 },
		{ "are unsigned", { 1, 0xFF010F02, 0, "B" }, { 1, 0x14010F8F, 9, "A" }, 1 },
		{ "a running master beats its like",
		  { 1, 0x14010F07, 1, "B" },
		  { 1, 0x14010F02, 9, "A" },
		  1 },
		{ "uptime", { 1, 1, 10, "B" }, { 1, 1, 9, "A" }, 1 },
		{ "of 32 bits", { 1, 1, 0x80000000, "B" }, { 1, 1, 1, "A" }, 1 },
		{ "the smaller name", { 1, 1, 9, "ANNE" }, { 1, 1, 9, "BOB" }, 1 },
		{ "without case", { 1, 1, 9, "anne" }, { 1, 1, 9, "ANNE" }, 0 },
		{ "a shorter one is smaller", { 1, 1, 9, "AB" }, { 1, 1, 9, "ABC" }, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int got = election_compare(&cases[i].a, &cases[i].b);
		int back = election_compare(&cases[i].b, &cases[i].a);

		got = (got > 0) - (got < 0);
		back = (back > 0) - (back < 0);
		if (got != cases[i].want || back != -cases[i].want)
			fail_msg("%s: %d and %d", cases[i].what, got, back);
	}
}

/*
 * Sections 5.2 and 5.3: the older one wins, whoever stood first. Our frames have the uptime of the
 * beginning of the contest, as those of Windows; nmbd's has that of the moment.
 */
static void case_05_the_older_one_wins(void **state)
{
	static const struct {
		const char *what;
		uint32_t ours, later; /* uptime at the beginning, and time since then */
		uint32_t theirs;
		enum election_verdict want;
		uint32_t sent; /* if we stand */
	} cases[] = {
		{ "it is younger", 4005, 0, 3001, ELECTION_NOTHING, 4005 },
		{ "it is older", 4005, 0, 9001, ELECTION_LOST, 0 },
		{ "it was older in the beginning", 4005, 5000, 6001, ELECTION_LOST, 0 },
		{ "what we have said is enough", 4005, 5000, 4001, ELECTION_NOTHING, 4005 },
		{ "what we say is no uptime of nmbd", 4000, 5000, 3999, ELECTION_NOTHING, 4001 },
		{ "it is as old as can be", 4005, 5000, UINT32_MAX, ELECTION_LOST, 0 },
		{ "nmbd is younger", 4005, 5000, 8000, ELECTION_NOTHING, 9005 },
		{ "nmbd is of the same second: the name", 4005, 5000, 9000, ELECTION_NOTHING,
		  9005 },
		{ "nmbd is older", 4005, 5000, 10000, ELECTION_LOST, 0 },
	};
	const struct browser_settings defaults = BROWSER_SETTINGS_DEFAULT;
	const struct election_settings *settings = &defaults.election;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct election_criteria own = { 1, 0x14010F02, cases[i].ours, "ANNE" };
		const struct election_criteria peer = { 1, 0x14010F02, cases[i].theirs, "BOB" };
		struct nbt_env env = { .now_ms = HOUR };
		struct election election = { .is_running = false };
		enum election_verdict got;

		election_start(&election, settings, &own, 0, &env);
		env.now_ms += cases[i].later;
		own.uptime_ms += cases[i].later;
		got = election_hear(&election, settings, &peer, &own, 0, &env);
		if (got != cases[i].want ||
		    (got == ELECTION_NOTHING && election.own.uptime_ms != cases[i].sent))
			fail_msg("%s: %u, %u", cases[i].what, got, election.own.uptime_ms);
	}
}

/* A host that is master of LAB alone, and a tap beside it that only forges. */
struct fixture {
	struct lan *lan;
	struct lan_host *us, *tap;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->lan = lan_new(1);
	f->us = lan_host(f->lan, "SELF", "LAB", "10.1.0.1");
	f->tap = lan_host(f->lan, "TAP", "NOWHERE", "10.1.0.2");
	f->tap->settings.local_master = false;
	lan_on(f->tap);
	lan_on(f->us);
	lan_pass_ms(f->lan, MINUTE);
	assert_int_equal(f->us->role, BROWSER_ROLE_MASTER);
	memset(f->us->sent, 0, sizeof(f->us->sent));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	lan_free(f->lan);
	free(f);
	return 0;
}

static void elect(struct fixture *f, uint8_t version, uint32_t criteria, const char *name)
{
	struct nbt_browse frame = { .opcode = NBT_BROWSE_ELECTION,
				    .election_version = version,
				    .criteria = criteria,
				    .uptime_ms = version == 0 ? 0 : 1000 };

	text_copy(frame.name, sizeof(frame.name), name);
	lan_forge(f->tap, "LAB<1E>", &frame);
}

static void announce(struct fixture *f, unsigned opcode, const char *to, const char *name,
		     uint32_t type)
{
	struct nbt_browse frame = { .opcode = opcode,
				    .period_ms = MINUTE,
				    .server_type = type,
				    .browser_version = NBT_BROWSER_VERSION,
				    .signature = NBT_BROWSE_SIGNATURE };

	text_copy(frame.name, sizeof(frame.name), name);
	lan_forge(f->tap, to, &frame);
}

/* Section 5.3, 13.3: a forced election makes the master run; four frames, a second apart. */
static void case_13_a_forced_election(void **state)
{
	struct fixture *f = *state;

	elect(f, 0, 0, "");
	lan_pass_ms(f->lan, 102);
	assert_int_equal(f->us->sent[NBT_BROWSE_ELECTION], 1);
	lan_pass_ms(f->lan, 2998);
	assert_int_equal(f->us->sent[NBT_BROWSE_ELECTION], 3);
	lan_pass_ms(f->lan, 10 * SECOND);
	assert_int_equal(f->us->sent[NBT_BROWSE_ELECTION], 4);
	assert_int_equal(f->us->role, BROWSER_ROLE_MASTER);
}

/* Section 13.4: 255 beats us; the name is free within the moment of the first frame. */
static void case_13_a_better_one(void **state)
{
	struct fixture *f = *state;

	elect(f, 1, 0xFF010F02, "TAP");
	lan_pass_ms(f->lan, 1);
	assert_int_equal(f->us->role, BROWSER_ROLE_POTENTIAL);
	assert_int_equal(f->us->name_count, 3);
	lan_pass_ms(f->lan, 31 * SECOND); /* it must announce itself to our successor */
	assert_true(f->us->sent[NBT_BROWSE_HOST_ANNOUNCEMENT] > 0);
	assert_int_equal(f->us->sent[NBT_BROWSE_ELECTION], 0);
}

/* Section 5.3: a winner who never speaks up is looked for. */
static void case_05_a_winner_that_vanishes(void **state)
{
	struct fixture *f = *state;

	elect(f, 1, 0xFF010F02, "TAP");
	lan_pass_ms(f->lan, MINUTE + 20 * SECOND);
	assert_int_equal(f->us->role, BROWSER_ROLE_MASTER);
}

/* Section 6.4, 13.5: GetBackupList is answered with ourselves when there is no backup; to <1E>
 * never. */
static void case_13_backup_lists(void **state)
{
	struct nbt_browse frame = { .opcode = NBT_BROWSE_GET_BACKUP_LIST_REQUEST, .count = 4 };
	struct fixture *f = *state;

	lan_forge(f->tap, "LAB<1E>", &frame);
	lan_pass_ms(f->lan, SECOND);
	assert_int_equal(f->us->sent[NBT_BROWSE_GET_BACKUP_LIST_RESPONSE], 0);
	for (unsigned count = 0; count < 3; count++) {
		frame.count = (uint8_t)count;
		lan_forge(f->tap, "LAB<1D>", &frame);
		lan_pass_ms(f->lan, SECOND);
		assert_int_equal(f->us->sent[NBT_BROWSE_GET_BACKUP_LIST_RESPONSE], count + 1);
	}
}

/* Section 6.4: a rival keeps us on our names; an election with the running master's bit decides. */
static void case_06_a_rival(void **state)
{
	static const struct {
		unsigned opcode;
		const char *to;
	} cases[] = {
		{ NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, "LAB<1E>" },
		{ NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		announce(f, cases[i].opcode, cases[i].to, "TAP", 0x00051003);
		lan_pass_ms(f->lan, 20 * SECOND);
		assert_int_equal(f->us->sent[NBT_BROWSE_ELECTION], 4 * (i + 1));
		assert_int_equal(f->us->role, BROWSER_ROLE_MASTER);
	}
}

/* Section 2.2: who asks <1D> is answered at once, but not more often than once a second. */
static void case_06_announcement_requests(void **state)
{
	const struct nbt_browse frame = { .opcode = NBT_BROWSE_ANNOUNCEMENT_REQUEST };
	struct fixture *f = *state;

	for (int i = 0; i < 100; i++)
		lan_forge(f->tap, "LAB<1D>", &frame);
	lan_pass_ms(f->lan, 999);
	assert_int_equal(f->us->sent[NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT], 1);
	assert_int_equal(f->us->sent[NBT_BROWSE_DOMAIN_ANNOUNCEMENT], 1);
	lan_pass_ms(f->lan, 5 * SECOND);
	assert_int_equal(f->us->sent[NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT], 2);
}

/* Section 2.7: 1 ends the role, and begins an election; 4 does nothing. */
static void case_06_reset_state(void **state)
{
	struct nbt_browse frame = { .opcode = NBT_BROWSE_RESET_STATE, .reset = 4 };
	struct fixture *f = *state;

	lan_forge(f->tap, "SELF<00>", &frame);
	lan_pass_ms(f->lan, 1);
	assert_int_equal(f->us->role, BROWSER_ROLE_MASTER);
	frame.reset = 1;
	lan_forge(f->tap, "SELF<00>", &frame);
	lan_pass_ms(f->lan, 1);
	assert_int_equal(f->us->role, BROWSER_ROLE_POTENTIAL);
	assert_int_equal(f->us->name_count, 3);
	lan_pass_ms(f->lan, 20 * SECOND);
	assert_int_equal(f->us->role, BROWSER_ROLE_MASTER);
}

/* Section 6.4: the goodbye is 15 and 1 with type 0, and an election of nobody. */
static void case_06_shutdown(void **state)
{
	struct fixture *f = *state;

	lan_stop(f->us);
	assert_int_equal(f->us->sent[NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT], 1);
	assert_int_equal(f->us->sent[NBT_BROWSE_HOST_ANNOUNCEMENT], 1);
	assert_int_equal(f->us->sent[NBT_BROWSE_ELECTION], 1);
}

/* Section 2.1: type 0 removes the host. */
static void case_06_hosts_come_and_go(void **state)
{
	struct fixture *f = *state;

	announce(f, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "ANNE", 0x00009A03);
	lan_pass_ms(f->lan, 1);
	assert_true(lan_lists(f->us, "LAB", "ANNE"));
	announce(f, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "ANNE", 0);
	lan_pass_ms(f->lan, 1);
	assert_false(lan_lists(f->us, "LAB", "ANNE"));
}

/* Section 6.1: a non-browser never stands. */
static void case_06_a_non_browser(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->tap->role, BROWSER_ROLE_NON);
	elect(f, 0, 0, "");
	lan_pass_ms(f->lan, HOUR);
	assert_int_equal(f->tap->sent[NBT_BROWSE_ELECTION], 1); /* the forged one */
}

/* Section 2.5: nmbd never becomes a backup, however often it is told. */
static void case_02_who_does_not_obey_is_passed_over(void **state)
{
	struct fixture *f = *state;
	struct lan_host *windows = lan_host(f->lan, "MINNA", "LAB", "10.1.0.3");

	for (unsigned minutes = 0; minutes < 20; minutes++) {
		announce(f, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "ANNE",
			 NBT_SV_NT | NBT_SV_POTENTIAL_BROWSER);
		announce(f, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "ZOE",
			 NBT_SV_NT | NBT_SV_POTENTIAL_BROWSER);
		if (minutes == 1)
			lan_on(windows);
		lan_pass_ms(f->lan, MINUTE);
	}
	assert_int_equal(windows->role, BROWSER_ROLE_BACKUP);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_05_the_older_one_wins),
		cmocka_unit_test(case_05_who_wins),
		WITH(case_05_a_winner_that_vanishes),
		WITH(case_06_a_non_browser),
		WITH(case_06_a_rival),
		WITH(case_06_announcement_requests),
		WITH(case_06_hosts_come_and_go),
		WITH(case_06_reset_state),
		WITH(case_06_shutdown),
		WITH(case_13_a_better_one),
		WITH(case_02_who_does_not_obey_is_passed_over),
		WITH(case_13_a_forced_election),
		WITH(case_13_backup_lists),
	};

	return cmocka_run_group_tests_name("browser", tests, NULL, NULL);
}
