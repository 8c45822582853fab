/* The rows of browser.md sections 5, 6 and 12, and 2.8, on a simulated subnet with the real codec.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nbt/mailslot.h>

#include "browserd/text.h"
#include "lan.h"

/* One host of each role in LAB, and a tap that only forges, in a workgroup of its own. */
struct fixture {
	struct lan *lan;
	struct lan_host *tap, *master, *backup, *potential, *non;
	size_t mark[5]; /* frames that each had sent, see mark() */
};

static void elect(struct fixture *f, uint8_t version, uint32_t criteria)
{
	struct nbt_browse frame = { .opcode = NBT_BROWSE_ELECTION,
				    .election_version = version,
				    .criteria = criteria };

	lan_forge(f->tap, "LAB<1E>", &frame);
}

static struct nbt_browse announcement(unsigned opcode, const char *name, uint32_t type)
{
	struct nbt_browse frame = { .opcode = opcode,
				    .period_ms = 12 * MINUTE,
				    .server_type = type,
				    .browser_version = NBT_BROWSER_VERSION,
				    .signature = NBT_BROWSE_SIGNATURE };

	text_copy(frame.name, sizeof(frame.name), name);
	return frame;
}

static void promote(struct fixture *f, const char *name)
{
	struct nbt_browse frame = { .opcode = NBT_BROWSE_BECOME_BACKUP };

	text_copy(frame.name, sizeof(frame.name), name);
	lan_forge(f->tap, "LAB<1E>", &frame);
}

static int set_up_alone(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	*state = f;
	f->lan = lan_new(3);
	f->tap = lan_host(f->lan, "TAP", "NOWHERE", "10.1.0.9");
	f->tap->settings.local_master = false;
	lan_on(f->tap);
	return 0;
}

static int set_up(void **state)
{
	struct fixture *f;

	if (set_up_alone(state) != 0)
		return -1;
	f = *state;
	f->master = lan_host(f->lan, "MASTER", "LAB", "10.1.0.1");
	f->backup = lan_host(f->lan, "BACKUP", "LAB", "10.1.0.2");
	f->potential = lan_host(f->lan, "POTENTIAL", "LAB", "10.1.0.3");
	f->non = lan_host(f->lan, "NON", "LAB", "10.1.0.4");
	f->master->settings.os_level = 65;
	f->non->settings.local_master = false;
	lan_on(f->master);
	lan_pass_ms(f->lan, MINUTE);
	lan_on(f->backup);
	lan_on(f->potential);
	lan_on(f->non);
	lan_pass_ms(f->lan, MINUTE);
	promote(f, "BACKUP");
	lan_pass_ms(f->lan, 15 * SECOND);
	assert_int_equal(f->master->role, BROWSER_ROLE_MASTER);
	assert_int_equal(f->backup->role, BROWSER_ROLE_BACKUP);
	assert_int_equal(f->potential->role, BROWSER_ROLE_POTENTIAL);
	assert_int_equal(f->non->role, BROWSER_ROLE_NON);
	/* Its promotion was a rival's doing to the master: that contest is over. */
	lan_pass_ms(f->lan, 40 * SECOND);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	lan_free(f->lan);
	free(f);
	return 0;
}

static bool is_to(const struct lan_frame *sent, const char *name)
{
	struct nbt_name want;

	return sent != NULL && nbt_name_from_text(&want, name, 0) == NBT_OK &&
	       memcmp(sent->to.bytes, want.bytes, NBT_NAME_LEN) == 0;
}

/*
 * Section 5: elections.
 */

/* 5.1: the criteria word, bit by bit; the uptime is in milliseconds. */
static void case_05_criteria_word(void **state)
{
	static const struct {
		const char *what;
		uint8_t os_level;
		bool preferred, wins;
		uint32_t standing, as_master;
	} cases[] = {
		{ "a plain one", 20, false, false, 0x14010F02, 0x14010F07 },
		{ "level 0", 0, false, false, 0x00010F02, 0x00010F07 },
		{ "level 255", 255, false, false, 0xFF010F02, 0xFF010F07 },
		{ "preferred master", 65, true, false, 0x41010F0A, 0x41010F0F },
		{ "WINS client", 16, false, true, 0x10010F22, 0x10010F27 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture f = { .lan = lan_new(i + 1) };
		struct lan_host *us = lan_host(f.lan, "US", "LAB", "10.1.0.1");
		const struct lan_frame *sent;
		uint64_t on_ms = f.lan->env.now_ms;

		f.tap = lan_host(f.lan, "TAP", "NOWHERE", "10.1.0.9");
		f.tap->settings.local_master = false;
		us->settings.os_level = cases[i].os_level;
		us->settings.preferred_master = cases[i].preferred;
		us->settings.wins_client = cases[i].wins;
		lan_on(f.tap);
		lan_on(us);
		lan_pass_ms(f.lan, 7 * SECOND);
		assert_true(lan_sent_since(us, 0, NBT_BROWSE_ELECTION, &sent) > 0);
		assert_int_equal(sent->frame.election_version, 1);
		if (sent->frame.criteria != cases[i].standing)
			fail_msg("%s: 0x%08x", cases[i].what, sent->frame.criteria);
		assert_in_range(sent->frame.uptime_ms, 1, sent->at_ms - on_ms);
		lan_pass_ms(f.lan, MINUTE);
		assert_int_equal(us->role, BROWSER_ROLE_MASTER);
		elect(&f, 0, 0);
		lan_pass_ms(f.lan, SECOND);
		lan_sent_since(us, 0, NBT_BROWSE_ELECTION, &sent);
		if (sent->frame.criteria != cases[i].as_master)
			fail_msg("%s, master: 0x%08x", cases[i].what, sent->frame.criteria);
		lan_free(f.lan);
	}
}

/* 5.3: the first frame by role: 100 ms; 200 to 600; 800 to 3000. */
static void case_05_first_frames(void **state)
{
	struct fixture *f = *state;
	struct lan_host *const hosts[] = { f->master, f->backup, f->potential };
	static const uint64_t from_ms[] = { 100, 200, 800 }, to_ms[] = { 101, 601, 3001 };
	const struct lan_frame *sent;

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		size_t mark = hosts[i]->log_count;
		uint64_t now_ms = f->lan->env.now_ms + 1; /* it travels for a millisecond */

		elect(f, 0, 0);
		while (lan_sent_since(hosts[i], mark, NBT_BROWSE_ELECTION, &sent) == 0)
			lan_pass_ms(f->lan, 1);
		assert_in_range(sent->at_ms - now_ms, from_ms[i], to_ms[i]);
		lan_crash(hosts[i]); /* the next one by role */
	}
}

/* 5.3: four frames, a second apart, all with the uptime of the first. */
static void case_05_four_frames(void **state)
{
	struct fixture *f = *state;
	const struct lan_frame *sent;
	uint64_t last_ms = 0;
	uint32_t uptime_ms = 0;
	size_t count = 0, mark = f->master->log_count;

	elect(f, 0, 0);
	for (int i = 0; i < 20000; i++) {
		lan_pass_ms(f->lan, 1);
		if (lan_sent_since(f->master, mark, NBT_BROWSE_ELECTION, &sent) == count)
			continue;
		count++;
		if (last_ms != 0) {
			assert_int_equal(sent->at_ms - last_ms, 1000);
			assert_int_equal(sent->frame.uptime_ms, uptime_ms);
		}
		last_ms = sent->at_ms;
		uptime_ms = sent->frame.uptime_ms;
		assert_true(is_to(sent, "LAB<1E>"));
	}
	assert_int_equal(count, 4);
}

/* 5.3: a potential browser looks for the master first, three times, 1.5 s apart. */
static void case_05_a_plain_start(void **state)
{
	struct fixture *f = *state;
	struct lan_host *us = lan_host(f->lan, "US", "LAB", "10.1.0.1");
	const struct lan_frame *asked, *stood;
	uint64_t on_ms = f->lan->env.now_ms;

	lan_on(us);
	lan_pass_ms(f->lan, 5400);
	assert_int_equal(lan_sent_since(us, 0, NBT_BROWSE_ELECTION, &stood), 1);
	assert_int_equal(lan_sent_since(us, 0, NBT_BROWSE_ANNOUNCEMENT_REQUEST, &asked), 3);
	assert_true(is_to(asked, "LAB<1D>"));
	assert_int_equal(stood->at_ms - asked->at_ms, 1500);
	assert_in_range(asked->at_ms - on_ms, 3000, 3000 + 800); /* after its names stood */
}

/* 5.3: a preferred master elects at the start, even where there is a master. */
static void case_05_a_preferred_start(void **state)
{
	struct fixture *f = *state;
	struct lan_host *us = lan_host(f->lan, "US", "LAB", "10.1.0.5");
	const struct lan_frame *sent;

	us->settings.preferred_master = true;
	us->settings.os_level = 65;
	lan_on(us);
	lan_pass_ms(f->lan, 5 * SECOND);
	assert_true(lan_sent_since(us, 0, NBT_BROWSE_ELECTION, &sent) > 0);
	lan_pass_ms(f->lan, 30 * SECOND);
	/* The running master's bits are lower than that of the preferred one. */
	assert_int_equal(us->role, BROWSER_ROLE_MASTER);
	assert_int_equal(f->master->role, BROWSER_ROLE_POTENTIAL);
}

/* 5.2: our own frame heard again is no rival. */
static void case_05_our_own_echo(void **state)
{
	struct fixture *f = *state;
	const struct lan_frame *sent;

	elect(f, 0, 0);
	lan_pass_ms(f->lan, 30 * SECOND);
	assert_int_equal(f->master->role, BROWSER_ROLE_MASTER);
	assert_int_equal(lan_sent_since(f->master, 0, NBT_BROWSE_ELECTION, &sent) % 4, 0);
	assert_true(browser_stats(f->master->service)->values[BROWSER_OWN] >= 4);
}

/*
 * Section 6: times.
 */

static void expect_schedule(struct fixture *f, struct lan_host *host, unsigned opcode,
			    const unsigned *minutes, size_t count)
{
	const struct lan_frame *sent;
	uint64_t last_ms;

	assert_true(lan_sent_since(host, 0, opcode, &sent) > 0);
	last_ms = sent->at_ms;
	for (size_t i = 0; i < count; i++) {
		size_t mark = host->log_count;

		assert_int_equal(sent->frame.period_ms, minutes[i] * MINUTE);
		while (lan_sent_since(host, mark, opcode, &sent) == 0)
			lan_pass_ms(f->lan, SECOND);
		assert_int_equal(sent->at_ms - last_ms, minutes[i] * MINUTE);
		last_ms = sent->at_ms;
	}
}

static void case_06_host_announcements(void **state)
{
	static const unsigned minutes[] = { 1, 1, 2, 4, 8, 12, 12 };
	struct fixture *f = *state;
	struct lan_host *us = lan_host(f->lan, "US", "LAB", "10.1.0.1");

	us->settings.local_master = false;
	lan_on(us);
	lan_pass_ms(f->lan, SECOND);
	expect_schedule(f, us, NBT_BROWSE_HOST_ANNOUNCEMENT, minutes, ARRAY_SIZE(minutes));
}

static void run_to_master(struct fixture *f, struct lan_host *us)
{
	lan_on(us);
	while (us->role != BROWSER_ROLE_MASTER)
		lan_pass_ms(f->lan, 10);
}

/* The first is of two minutes, as section 12 has it. */
static void case_06_master_announcements(void **state)
{
	static const unsigned minutes[] = { 2, 2, 4, 8, 12, 12 };
	struct fixture *f = *state;
	struct lan_host *us = lan_host(f->lan, "US", "LAB", "10.1.0.1");

	run_to_master(f, us);
	expect_schedule(f, us, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, minutes, ARRAY_SIZE(minutes));
}

static void case_06_domain_announcements(void **state)
{
	static const unsigned minutes[] = { 1, 1, 5, 5, 10, 10, 15, 15 };
	struct fixture *f = *state;
	struct lan_host *us = lan_host(f->lan, "US", "LAB", "10.1.0.1");

	run_to_master(f, us);
	expect_schedule(f, us, NBT_BROWSE_DOMAIN_ANNOUNCEMENT, minutes, ARRAY_SIZE(minutes));
}

/* 6.4: the entry of a master: its names, who is here, and who it is; 12 has the type of section 12.
 */
static void case_06_a_new_master(void **state)
{
	struct fixture *f = *state;
	struct lan_host *us = lan_host(f->lan, "US", "LAB", "10.1.0.1");
	const struct lan_frame *sent;
	size_t requests;

	run_to_master(f, us);
	assert_int_equal(lan_sent_since(us, 0, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, &sent), 1);
	assert_true(is_to(sent, "LAB<1E>"));
	assert_int_equal(sent->frame.server_type, 0x00059A03);
	assert_int_equal(sent->frame.update_count, 0);
	assert_int_equal(lan_sent_since(us, 0, NBT_BROWSE_DOMAIN_ANNOUNCEMENT, &sent), 1);
	assert_int_equal(sent->frame.server_type, 0x80001000);
	assert_string_equal(sent->frame.name, "LAB");
	assert_string_equal(sent->frame.comment, "US");
	requests = lan_sent_since(us, 0, NBT_BROWSE_ANNOUNCEMENT_REQUEST, &sent);
	assert_int_equal(requests, 3 + 2); /* FindMaster, then all hosts and all masters */
	assert_int_equal(us->name_count, 5);
}

/*
 * Section 6: the table of events by role. What is sent within 31 seconds.
 */

enum who { MASTER, BACKUP, POTENTIAL, NON, ROLES };

static struct lan_host *host_of(const struct fixture *f, enum who who)
{
	struct lan_host *const hosts[ROLES] = { f->master, f->backup, f->potential, f->non };

	return hosts[who];
}

static void mark(struct fixture *f)
{
	for (size_t i = 0; i < ROLES; i++)
		f->mark[i] = host_of(f, (enum who)i)->log_count;
}

static size_t said(const struct fixture *f, enum who who, unsigned opcode)
{
	const struct lan_frame *last;

	return lan_sent_since(host_of(f, who), f->mark[who], opcode, &last);
}

static void case_06_who_answers_requests(void **state)
{
	static const struct {
		const char *to;
		bool hosts, master; /* who announce themselves */
	} cases[] = {
		{ "LAB<00>", true, true },
		{ "LAB<1E>", true, true }, /* as nmbd sends it: section 12 */
		{ "LAB<1D>", false, true },
	};
	const struct nbt_browse request = { .opcode = NBT_BROWSE_ANNOUNCEMENT_REQUEST };
	struct fixture *f = *state;

	lan_pass_ms(f->lan, HOUR); /* schedules are slow by now */
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool browsers = cases[i].hosts;

		mark(f);
		lan_forge(f->tap, cases[i].to, &request);
		lan_pass_ms(f->lan, 31 * SECOND);
		assert_int_equal(said(f, MASTER, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT) >= 1,
				 cases[i].master);
		assert_int_equal(said(f, MASTER, NBT_BROWSE_DOMAIN_ANNOUNCEMENT) >= 1,
				 cases[i].master);
		assert_int_equal(said(f, BACKUP, NBT_BROWSE_HOST_ANNOUNCEMENT), browsers);
		assert_int_equal(said(f, POTENTIAL, NBT_BROWSE_HOST_ANNOUNCEMENT), browsers);
		/* It is no browser, and has not the name <1E>. */
		assert_int_equal(said(f, NON, NBT_BROWSE_HOST_ANNOUNCEMENT),
				 strcmp(cases[i].to, "LAB<00>") == 0);
		lan_pass_ms(f->lan, 5 * MINUTE);
	}
}

static void case_06_who_stands(void **state)
{
	struct fixture *f = *state;

	mark(f);
	lan_crash(f->master);
	elect(f, 0, 0);
	lan_pass_ms(f->lan, 31 * SECOND);
	assert_true(said(f, BACKUP, NBT_BROWSE_ELECTION) > 0);
	assert_int_equal(said(f, NON, NBT_BROWSE_ELECTION), 0);
	assert_int_equal(lan_master(f->lan, "LAB")->role, BROWSER_ROLE_MASTER);
}

static void case_06_who_tells_backups(void **state)
{
	const struct nbt_browse request = { .opcode = NBT_BROWSE_GET_BACKUP_LIST_REQUEST,
					    .count = 4,
					    .token = 0x01020304 };
	struct fixture *f = *state;
	const struct lan_frame *sent;

	mark(f);
	lan_forge(f->tap, "LAB<1D>", &request);
	lan_pass_ms(f->lan, SECOND);
	for (size_t i = 0; i < ROLES; i++)
		assert_int_equal(said(f, (enum who)i, NBT_BROWSE_GET_BACKUP_LIST_RESPONSE),
				 i == MASTER);
	lan_sent_since(f->master, 0, NBT_BROWSE_GET_BACKUP_LIST_RESPONSE, &sent);
	assert_int_equal(sent->frame.token, 0x01020304);
	assert_int_equal(sent->frame.count, 2);
	assert_string_equal(sent->frame.backup[0], "BACKUP");
	assert_string_equal(sent->frame.backup[1], "MASTER");
}

/* 6.2: finds the master, pulls, and says at once what it is. */
static void case_06_becoming_a_backup(void **state)
{
	struct fixture *f = *state;
	const struct lan_frame *sent;
	size_t before;

	mark(f);
	promote(f, "NON");
	promote(f, "MASTER");
	lan_pass_ms(f->lan, SECOND);
	assert_int_equal(f->non->role, BROWSER_ROLE_NON);
	assert_int_equal(f->master->role, BROWSER_ROLE_MASTER);
	before = f->potential->log_count;
	promote(f, "POTENTIAL");
	while (f->potential->role != BROWSER_ROLE_BACKUP)
		lan_pass_ms(f->lan, 1);
	assert_int_equal(lan_sent_since(f->potential, before, NBT_BROWSE_HOST_ANNOUNCEMENT, &sent),
			 1);
	assert_int_equal(sent->frame.server_type, 0x00039A03);
	assert_true(lan_lists(f->potential, "LAB", "NON"));
}

static void case_06_who_learns_workgroups(void **state)
{
	struct nbt_browse frame = announcement(NBT_BROWSE_DOMAIN_ANNOUNCEMENT, "SHOP", 0x80001000);
	struct fixture *f = *state;
	struct lists_view view;

	text_copy(frame.comment, sizeof(frame.comment), "SAMBA");
	lan_forge(f->tap, "\x01\x02__MSBROWSE__\x02<01>", &frame);
	lan_pass_ms(f->lan, SECOND);
	assert_true(lists_find(browser_lists(f->master->service), LISTS_WORKGROUPS, "SHOP", "SHOP",
			       &view));
	assert_string_equal(view.record->comment, "SAMBA");
	assert_false(lists_find(browser_lists(f->potential->service), LISTS_WORKGROUPS, "SHOP",
				"SHOP", &view));
}

/* 6.3: CLEAR_ALL makes a backup a potential browser; others have nothing to drop. */
static void case_06_resets(void **state)
{
	static const char *const names[ROLES] = { "MASTER<00>", "BACKUP<00>", "POTENTIAL<00>",
						  "NON<00>" };
	static const enum browser_role roles[ROLES] = {
		BROWSER_ROLE_POTENTIAL,
		BROWSER_ROLE_POTENTIAL,
		BROWSER_ROLE_POTENTIAL,
		BROWSER_ROLE_NON,
	};
	const struct nbt_browse frame = { .opcode = NBT_BROWSE_RESET_STATE,
					  .reset = NBT_RESET_CLEAR_ALL };
	struct fixture *f = *state;

	for (size_t i = 0; i < ROLES; i++) {
		lan_forge(f->tap, names[i], &frame);
		lan_pass_ms(f->lan, 2);
		assert_int_equal(host_of(f, (enum who)i)->role, roles[i]);
	}
}

static void case_06_who_learns_the_master(void **state)
{
	struct nbt_browse frame =
		announcement(NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, "TAP", 0x00051003);
	struct fixture *f = *state;

	lan_crash(f->master);
	lan_forge(f->tap, "LAB<1E>", &frame);
	lan_pass_ms(f->lan, 2);
	mark(f);
	promote(f, "POTENTIAL"); /* it knows whom to pull from: nobody is asked */
	lan_pass_ms(f->lan, 2);
	assert_int_equal(said(f, POTENTIAL, NBT_BROWSE_ANNOUNCEMENT_REQUEST), 0);
}

/* 6.3: two pulls that fail, and a backup elects. */
static void case_06_a_backup_without_lists(void **state)
{
	struct fixture *f = *state;

	f->master->is_deaf_to_pulls = true;
	mark(f);
	lan_pass_ms(f->lan, 11 * MINUTE + 30 * SECOND);
	assert_int_equal(said(f, BACKUP, NBT_BROWSE_ELECTION), 0);
	lan_pass_ms(f->lan, 2 * MINUTE);
	assert_true(said(f, BACKUP, NBT_BROWSE_ELECTION) > 0);
}

/*
 * Section 6.4: the ratio of backups.
 */

static void fill_subnet(struct fixture *f, size_t servers, size_t backups)
{
	for (size_t i = 1; i < servers; i++) {
		struct nbt_browse frame =
			announcement(NBT_BROWSE_HOST_ANNOUNCEMENT, "",
				     NBT_SV_NT | NBT_SV_POTENTIAL_BROWSER |
					     (i <= backups ? NBT_SV_BACKUP_BROWSER : 0));

		snprintf(frame.name, sizeof(frame.name), "S%03u", (unsigned)i % 1000);
		lan_forge(f->tap, "LAB<1D>", &frame);
	}
}

static void case_06_backup_ratio(void **state)
{
	static const struct {
		size_t servers, backups; /* the master is a server, too */
		unsigned made, unmade;
	} cases[] = {
		{ 1, 0, 0, 0 },   { 2, 0, 1, 0 },   { 2, 1, 0, 0 },  { 31, 0, 1, 0 },
		{ 31, 1, 0, 0 },  { 31, 2, 0, 1 },  { 32, 1, 1, 0 }, { 32, 2, 0, 0 },
		{ 63, 2, 0, 0 },  { 63, 3, 0, 1 },  { 64, 2, 1, 0 }, { 64, 3, 0, 0 },
		{ 200, 3, 0, 0 }, { 200, 4, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture f = { .lan = lan_new(i + 1) };
		struct lan_host *us = lan_host(f.lan, "US", "LAB", "10.1.0.1");
		const struct lan_frame *last;

		f.tap = lan_host(f.lan, "TAP", "NOWHERE", "10.1.0.9");
		f.tap->settings.local_master = false;
		us->settings.lists.per_source = 1000;
		lan_on(f.tap);
		run_to_master(&f, us);
		lan_pass_ms(f.lan, 14 * MINUTE); /* not in the first quarter of an hour */
		fill_subnet(&f, cases[i].servers, cases[i].backups);
		assert_int_equal(lan_sent_since(us, 0, NBT_BROWSE_BECOME_BACKUP, &last), 0);
		lan_pass_ms(f.lan, MINUTE + SECOND);
		if (lan_sent_since(us, 0, NBT_BROWSE_BECOME_BACKUP, &last) != cases[i].made ||
		    (last != NULL && !is_to(last, "LAB<1E>")))
			fail_msg("%zu servers, %zu backups", cases[i].servers, cases[i].backups);
		if (lan_sent_since(us, 0, NBT_BROWSE_RESET_STATE, &last) != cases[i].unmade)
			fail_msg("%zu servers, %zu backups: reset", cases[i].servers,
				 cases[i].backups);
		lan_free(f.lan);
	}
}

/* Windows NT before others; a backup of an old version is none for long. */
static void case_06_which_backup(void **state)
{
	struct fixture *f = *state;
	struct lan_host *us = lan_host(f->lan, "US", "LAB", "10.1.0.1");
	struct nbt_browse frame = announcement(NBT_BROWSE_HOST_ANNOUNCEMENT, "WFW",
					       NBT_SV_WFW | NBT_SV_POTENTIAL_BROWSER);
	const struct lan_frame *sent;

	run_to_master(f, us);
	lan_forge(f->tap, "LAB<1D>", &frame);
	lan_pass_ms(f->lan, SECOND);
	frame = announcement(NBT_BROWSE_HOST_ANNOUNCEMENT, "NT",
			     NBT_SV_NT | NBT_SV_POTENTIAL_BROWSER);
	lan_forge(f->tap, "LAB<1D>", &frame);
	lan_pass_ms(f->lan, 15 * MINUTE);
	assert_int_equal(lan_sent_since(us, 0, NBT_BROWSE_BECOME_BACKUP, &sent), 1);
	assert_string_equal(sent->frame.name, "NT");

	frame.server_type |= NBT_SV_BACKUP_BROWSER;
	frame.browser_version = 0x010B;
	lan_forge(f->tap, "LAB<1D>", &frame);
	lan_pass_ms(f->lan, MINUTE);
	assert_true(lan_sent_since(us, 0, NBT_BROWSE_RESET_STATE, &sent) >= 1);
	assert_true(is_to(sent, "NT<00>"));
	assert_int_equal(sent->frame.reset, NBT_RESET_CLEAR_ALL);
}

/*
 * Section 12: where a HostAnnouncement may come.
 */

static void case_12_both_mailslots(void **state)
{
	struct nbt_browse frame = announcement(NBT_BROWSE_HOST_ANNOUNCEMENT, "ANNE", 0x00001003);
	struct fixture *f = *state;

	text_copy(frame.comment, sizeof(frame.comment), "by the old mailslot");
	lan_forge_at(f->tap, "LAB<1D>", NBT_MAILSLOT_LANMAN, &frame);
	lan_pass_ms(f->lan, SECOND);
	assert_true(lan_lists(f->master, "LAB", "ANNE"));
}

static void case_12_a_master_is_potential(void **state)
{
	struct fixture *f = *state;
	const struct lan_frame *sent;

	lan_pass_ms(f->lan, HOUR);
	lan_sent_since(f->master, 0, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, &sent);
	assert_int_equal(sent->frame.server_type & NBT_SV_POTENTIAL_BROWSER,
			 NBT_SV_POTENTIAL_BROWSER);
}

/*
 * Section 2.8: LAN Manager; and aliases.
 */

static void case_02_lan_manager(void **state)
{
	static const struct {
		enum browser_lanman lanman;
		bool before, after; /* one of its hosts was heard */
	} cases[] = {
		{ BROWSER_LANMAN_NO, false, false },
		{ BROWSER_LANMAN_AUTO, false, true },
		{ BROWSER_LANMAN_YES, true, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture f = { .lan = lan_new(i + 1) };
		struct lan_host *us = lan_host(f.lan, "US", "LAB", "10.1.0.1");
		struct nbt_browse heard =
			announcement(NBT_BROWSE_LANMAN_ANNOUNCEMENT, "OLD", 0x00000003);
		const struct lan_frame *sent;
		size_t before;

		heard.period_ms = MINUTE;
		heard.os_major = 36; /* of OS/2: others announce themselves otherwise, too */
		f.tap = lan_host(f.lan, "TAP", "NOWHERE", "10.1.0.9");
		f.tap->settings.local_master = false;
		us->settings.lanman = cases[i].lanman;
		lan_on(f.tap);
		lan_on(us);
		lan_pass_ms(f.lan, 5 * MINUTE);
		assert_int_equal(lan_sent_since(us, 0, NBT_BROWSE_LANMAN_ANNOUNCEMENT, &sent) > 0,
				 cases[i].before);
		before = us->log_count;
		lan_forge(f.tap, "LAB<00>", &heard);
		lan_pass_ms(f.lan, 2 * MINUTE + SECOND);
		if ((lan_sent_since(us, before, NBT_BROWSE_LANMAN_ANNOUNCEMENT, &sent) >= 2) !=
		    cases[i].after)
			fail_msg("lm-announce %d", cases[i].lanman);
		assert_true(sent == NULL || (is_to(sent, "LAB<00>") && sent->is_lanman &&
					     strcmp(sent->frame.name, "US") == 0));
		lan_free(f.lan);
	}
}

static void aliases_are_announced_and_listed(void **state)
{
	static const char *const aliases[] = { "OLDBOX" };
	struct fixture *f = *state;
	struct lan_host *us = lan_host(f->lan, "US", "LAB", "10.1.0.5");
	const struct lan_frame *sent;
	size_t before;

	us->settings.aliases = aliases;
	us->settings.alias_count = 1;
	lan_on(us);
	lan_pass_ms(f->lan, 10 * SECOND);
	assert_true(lan_lists(f->master, "LAB", "US"));
	assert_true(lan_lists(f->master, "LAB", "OLDBOX"));
	lan_sent_since(us, 0, NBT_BROWSE_HOST_ANNOUNCEMENT, &sent);
	assert_string_equal(sent->frame.name, "OLDBOX");
	assert_memory_equal(sent->from.bytes, "OLDBOX         ", 15);
	assert_int_equal(sent->frame.server_type & NBT_SV_POTENTIAL_BROWSER, 0);
	before = us->log_count;
	lan_stop(us);
	assert_int_equal(lan_sent_since(us, before, NBT_BROWSE_HOST_ANNOUNCEMENT, &sent), 2);
	lan_pass_ms(f->lan, SECOND);
	assert_false(lan_lists(f->master, "LAB", "OLDBOX"));
	assert_false(lan_lists(f->master, "LAB", "US"));
}

/* Nobody makes the master send more than he could send himself. */
static void answers_about_backups_are_limited(void **state)
{
	const struct nbt_browse request = { .opcode = NBT_BROWSE_GET_BACKUP_LIST_REQUEST,
					    .count = 4 };
	struct fixture *f = *state;
	size_t before = f->master->sent[NBT_BROWSE_GET_BACKUP_LIST_RESPONSE];

	for (int i = 0; i < 1000; i++)
		lan_forge(f->tap, "LAB<1D>", &request);
	lan_pass_ms(f->lan, SECOND);
	assert_in_range(f->master->sent[NBT_BROWSE_GET_BACKUP_LIST_RESPONSE] - before, 3, 30);
	assert_true(browser_stats(f->master->service)->values[BROWSER_LIMITED] >= 970);
	lan_pass_ms(f->lan, 10 * SECOND);
	before = f->master->sent[NBT_BROWSE_GET_BACKUP_LIST_RESPONSE];
	lan_forge(f->tap, "LAB<1D>", &request);
	lan_pass_ms(f->lan, SECOND);
	assert_int_equal(f->master->sent[NBT_BROWSE_GET_BACKUP_LIST_RESPONSE] - before, 1);
}

#define WITH(test)  cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define ALONE(test) cmocka_unit_test_setup_teardown(test, set_up_alone, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_05_criteria_word),
		WITH(case_05_first_frames),
		WITH(case_05_four_frames),
		ALONE(case_05_a_plain_start),
		WITH(case_05_a_preferred_start),
		WITH(case_05_our_own_echo),
		ALONE(case_06_host_announcements),
		ALONE(case_06_master_announcements),
		ALONE(case_06_domain_announcements),
		ALONE(case_06_a_new_master),
		WITH(case_06_who_answers_requests),
		WITH(case_06_who_stands),
		WITH(case_06_who_tells_backups),
		WITH(case_06_becoming_a_backup),
		WITH(case_06_who_learns_workgroups),
		WITH(case_06_resets),
		WITH(case_06_who_learns_the_master),
		WITH(case_06_a_backup_without_lists),
		cmocka_unit_test(case_06_backup_ratio),
		ALONE(case_06_which_backup),
		WITH(case_12_both_mailslots),
		WITH(case_12_a_master_is_potential),
		cmocka_unit_test(case_02_lan_manager),
		WITH(aliases_are_announced_and_listed),
		WITH(answers_about_backups_are_limited),
	};

	return cmocka_run_group_tests_name("browser rows", tests, NULL, NULL);
}
