/* One browser alone on its wires: what it does, to the millisecond and in its order, with every
 * address; and hosts of several interfaces and workgroups. browser.md sections 2, 5 and 6. */
#include "browser_bench.h"

#include <nbt/session.h>

#include "browserd/host.h"
#include "smb/rap.h"
#include "smb/session_inner.h"

/*
 * Section 5.
 */

typedef void become_fn(struct bench *bench);

/* 5.3: the delay by role has these bounds, and reaches them; 5.1: criteria, and milliseconds since
 * the start. */
static void case_05_delays_and_criteria(void **state)
{
	static const struct {
		become_fn *become;
		uint64_t soonest, latest;
		uint32_t criteria;
	} cases[] = {
		{ bench_be_master, 100, 100, 0x14010F07 },
		{ bench_be_backup, 200, 600, 0x14010F03 },
		{ bench_be_potential, 800, 3000, 0x14010F02 },
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		struct bench *bench = bench_create();
		const struct act *act;
		uint64_t heard_ms;
		size_t at;

		cases[i / 2].become(bench);
		bench->is_late = i % 2 == 1;
		heard_ms = bench->env.now_ms;
		at = bench->count;
		bench_elect(bench, 0, 0);
		bench_pass_ms(bench, 4 * SECOND);
		act = bench_next(bench, &at, SENT, NBT_BROWSE_ELECTION);
		assert_int_equal(act->at_ms - heard_ms,
				 i % 2 == 1 ? cases[i / 2].latest : cases[i / 2].soonest);
		assert_int_equal(act->frame.criteria, cases[i / 2].criteria);
		assert_in_range(act->frame.uptime_ms, heard_ms - bench->started_ms,
				heard_ms - bench->started_ms + 1);
		bench_tear_down((void **)&bench);
	}
}

/* 5.2: the echo is who has our name and our address; another with our name is a rival. */
static void case_05_another_with_our_name(void **state)
{
	const struct nbt_browse frame = { .opcode = NBT_BROWSE_ELECTION,
					  .election_version = 1,
					  .criteria = 0xFF010F02,
					  .name = "US" };
	struct bench *bench = *state;

	bench_be_master(bench);
	bench_hear_from(bench, HOME, HOME, "US<00>", "LAB<1E>", &frame);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_MASTER);
	bench_hear_from(bench, HOME, PEER, "US<00>", "LAB<1E>", &frame);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_POTENTIAL);
}

/* 5.3: who has sent thirty frames and still has no peace has lost. */
static void case_05_storms_end(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench_be_master(bench);
	at = bench->count;
	for (int i = 0; i < 12 && bench_role(bench) == BROWSER_ROLE_MASTER; i++) {
		bench_elect(bench, 1, 0x01010F02);
		bench_pass_ms(bench, 5 * SECOND);
	}
	assert_int_not_equal(bench_role(bench), BROWSER_ROLE_MASTER);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_ELECTION), 30);
}

/* 5.3: the better one may say so until a second after our fourth frame. */
static void case_05_an_objection_in_time(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench_be_potential(bench);
	at = bench->count;
	bench_elect(bench, 0, 0);
	while (bench_count_sent(bench, at, NBT_BROWSE_ELECTION) < 4)
		bench_pass_ms(bench, 1);
	bench_pass_ms(bench, 998);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_POTENTIAL);
	bench_elect(bench, 1, 0xFF010F02);
	bench_pass_ms(bench, 5 * SECOND);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_POTENTIAL);
}

/* 5.3: a master of which nothing is heard for five minutes is asked whether it is there. */
static void case_05_silence_is_noticed(void **state)
{
	struct bench *bench = *state;
	const struct act *act;
	size_t at;
	uint64_t heard_ms;

	bench_be_potential(bench);
	at = bench->count;
	heard_ms = bench->env.now_ms - 1;
	bench_pass_ms(bench, 5 * MINUTE + 30 * SECOND);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_ANNOUNCEMENT_REQUEST);
	assert_name(act, "LAB<1D>");
	assert_int_equal(act->at_ms - heard_ms, 5 * MINUTE);
	bench_pass_ms(bench, MINUTE);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_MASTER);
}

/* 5.3: <1D> is refused: __MSBROWSE__ is given up, and another election comes, later and later. */
static void case_05_a_name_refused(void **state)
{
	struct bench *bench = *state;
	uint64_t last_ms = 0, gap_ms = 0;
	size_t at = 0;

	bench->refused = "LAB<1D>";
	bench_start(bench);
	bench_pass_ms(bench, 2 * MINUTE);
	for (int i = 0; i < 4; i++) {
		const struct act *act = bench_next(bench, &at, RELEASED, 0);

		assert_name(act, MSBROWSE);
		if (last_ms != 0) {
			assert_true(act->at_ms - last_ms > gap_ms);
			gap_ms = act->at_ms - last_ms;
		}
		last_ms = act->at_ms;
		bench_next(bench, &at, SENT, NBT_BROWSE_ELECTION);
	}
	assert_int_equal(bench_role(bench), BROWSER_ROLE_POTENTIAL);
	bench->refused = NULL;
	bench_pass_ms(bench, 6 * MINUTE);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_MASTER);
}

/*
 * Section 6.
 */

/* A request waits from 0 to 30 s, but for who asks for the master. */
static void case_06_delay_of_answers(void **state)
{
	static const struct {
		become_fn *become;
		const char *to;
		unsigned opcode;
		uint64_t latest;
	} cases[] = {
		{ bench_be_potential, "LAB<00>", NBT_BROWSE_HOST_ANNOUNCEMENT, 29999 },
		{ bench_be_potential, "LAB<1E>", NBT_BROWSE_HOST_ANNOUNCEMENT, 29999 },
		{ bench_be_master, "LAB<00>", NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, 29999 },
		{ bench_be_master, "LAB<1D>", NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, 0 },
		{ bench_be_master, MSBROWSE, NBT_BROWSE_DOMAIN_ANNOUNCEMENT, 0 },
	};
	const struct nbt_browse request = { .opcode = NBT_BROWSE_ANNOUNCEMENT_REQUEST };

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		struct bench *bench = bench_create();
		uint64_t now_ms;
		size_t at;

		cases[i / 2].become(bench);
		if (cases[i / 2].become == bench_be_master)
			bench_pass_ms(bench, HOUR + 10 * SECOND); /* schedules are slow by now */
		bench->is_late = i % 2 == 1;
		now_ms = bench->env.now_ms;
		at = bench->count;
		bench_hear(bench, cases[i / 2].to, &request);
		bench_pass_ms(bench, 31 * SECOND);
		assert_int_equal(bench_next(bench, &at, SENT, cases[i / 2].opcode)->at_ms - now_ms,
				 i % 2 == 1 ? cases[i / 2].latest : 0);
		bench_tear_down((void **)&bench);
	}
}

/* 6.1: none of the browser's bits, and no name <1E>. */
static void case_06_what_a_non_browser_is(void **state)
{
	struct bench *bench = *state;
	const struct act *act;
	size_t at = 0;

	bench->settings.local_master = false;
	bench_start(bench);
	bench_pass_ms(bench, MINUTE);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_HOST_ANNOUNCEMENT);
	assert_name(act, "LAB<1D>");
	assert_int_equal(act->frame.server_type, 0x00009A03);
	for (size_t i = 0; i < bench->count; i++)
		assert_false(bench->acts[i].deed == CLAIMED &&
			     bench->acts[i].name.bytes[15] == 0x1E);
}

/* What NetServerEnum2 gets. */
static uint16_t ask_for_list(struct bench *bench, const char *params, uint16_t len,
			     struct rap_reply *reply)
{
	static const uint8_t guid[16] = "any";
	static struct smb_workspace work;
	const struct smb_io io = { .work = &work };
	const struct smb1_trans request = { .max_params = 8,
					    .max_data = 0xFFFF,
					    .params = (const uint8_t *)params,
					    .param_count = len };
	struct smb_exchange exchange = { .io = &io, .env = &bench->env };
	struct smb_rap_answer answer;
	struct host host;

	host_init(&host, browser_lists(bench->service), bench->service, &bench->settings, true,
		  guid);
	exchange.host = &host.smb;
	smb_answer_rap(&exchange, &request, &answer);
	assert_error("reply", rap_read_reply(answer.params, answer.param_len, "WrLehDz", reply),
		     NBT_OK);
	return answer.data_len;
}

static void be_no_browser(struct bench *bench)
{
	bench->settings.local_master = false;
	bench_start(bench);
}

/* 6.2, MS-BRWS sections 3.3.4.2 and 3.3.5.6: only masters and backups give lists. Who was a master
 * has one that grows old, and who fetches it would lose what it had. */
static void case_06_who_gives_lists(void **state)
{
	static const struct {
		become_fn *become;
		uint16_t status;
	} cases[] = {
		{ be_no_browser, RAP_NOT_ACCEPTED },
		{ bench_be_potential, RAP_NOT_ACCEPTED },
		{ bench_be_backup, RAP_OK },
		{ bench_be_master, RAP_OK },
	};
	static const char servers[] = "\x68\0WrLehDz\0B16BBDz\0\1\0\0\x20\xFF\xFF\xFF\xFF";
	static const char groups[] = "\x68\0WrLehDO\0B16BBDz\0\1\0\0\x20\0\0\0\x80";
	static const char later[] = "\xD7\0WrLehDzz\0B16BBDz\0\1\0\0\x20\xFF\xFF\xFF\xFF\0A";
	struct rap_reply reply;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const bool gives = cases[i].status == RAP_OK;
		struct bench *bench = bench_create();

		cases[i].become(bench);
		assert_int_equal(ask_for_list(bench, servers, sizeof(servers), &reply) > 0, gives);
		assert_int_equal(reply.status, cases[i].status);
		assert_int_equal(reply.returned > 0, gives);
		assert_int_equal(reply.available > 0, gives);
		ask_for_list(bench, groups, sizeof(groups), &reply);
		assert_int_equal(reply.status, cases[i].status);
		ask_for_list(bench, later, sizeof(later), &reply);
		assert_int_equal(reply.status, cases[i].status);
		bench_tear_down((void **)&bench);
	}
}

/* Who calls a master's name is refused where there is none, if so configured. */
static void masters_names_are_called_at_masters(void **state)
{
	static const uint8_t guid[16] = "any";
	static const struct {
		become_fn *become;
		const char *name;
		uint8_t suffix, want;
	} cases[] = {
		{ bench_be_potential, "LAB", 0x1D, NBT_SES_ERR_CALLED_NOT_PRESENT },
		{ bench_be_backup, "LAB", 0x1D, NBT_SES_ERR_CALLED_NOT_PRESENT },
		{ bench_be_master, "LAB", 0x1D, SMB_CALLED_HERE },
		{ bench_be_master, "lab", 0x1D, SMB_CALLED_HERE },
		{ bench_be_master, "SHOP", 0x1D, NBT_SES_ERR_CALLED_NOT_PRESENT },
		{ bench_be_master, "LAB", 0x1B, NBT_SES_ERR_CALLED_NOT_PRESENT },
		{ bench_be_potential, "US", 0x20, SMB_CALLED_HERE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench *bench = bench_create();
		struct smb_elsewhere elsewhere;
		struct nbt_name name;
		struct host host;

		cases[i].become(bench);
		host_init(&host, browser_lists(bench->service), bench->service, &bench->settings,
			  true, guid);
		memset(name.bytes, ' ', sizeof(name.bytes));
		memcpy(name.bytes, cases[i].name, strlen(cases[i].name));
		name.bytes[NBT_NAME_LEN - 1] = cases[i].suffix;
		if (host.smb.called(host.smb.ctx, &name, &elsewhere) != cases[i].want)
			fail_msg("case %zu", i);
		bench_tear_down((void **)&bench);
	}
}

/* 6.2, 12: BecomeBackup may come to <1E> and to the host. */
static void case_12_where_backups_are_made(void **state)
{
	struct bench *bench = *state;

	bench_be_potential(bench);
	bench_promote(bench, "US<00>");
	assert_int_equal(bench_role(bench), BROWSER_ROLE_BACKUP);
}

/* 6.3: pulls come each twelve minutes, and one master after the other is believed. */
static void case_06_pulls(void **state)
{
	struct bench *bench = *state;
	size_t at = 0;
	uint64_t last_ms;

	bench_be_backup(bench);
	last_ms = bench_next(bench, &at, PULLED, 0)->at_ms;
	for (int i = 0; i < 3; i++) {
		const struct act *act;

		for (int minute = 0; minute < 12; minute++) {
			bench_announce(bench, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, "LAB<1E>",
				       "PEER", 0x00051003);
			bench_pass_ms(bench, MINUTE);
		}
		act = bench_next(bench, &at, PULLED, 0);
		assert_int_equal(act->at_ms - last_ms, 12 * MINUTE);
		last_ms = act->at_ms;
	}
}

/* 2.7, 6.3: CLEAR_ALL: nothing of what was learnt stays. */
static void case_06_a_reset_forgets(void **state)
{
	struct bench *bench = *state;
	struct lists_view view;

	bench->pull_records = 12;
	bench_be_backup(bench);
	assert_true(bench_lists_it(bench, "P11", &view));
	bench_reset(bench, PEER, "US<00>", NBT_RESET_CLEAR_ALL);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_POTENTIAL);
	assert_false(bench_lists_it(bench, "P11", &view));
	assert_true(bench_lists_it(bench, "US", &view));
}

/* 2.7: a reset is obeyed only if so configured, and only from the own subnet; by an alias, too. */
static void case_02_whose_resets(void **state)
{
	static const struct {
		bool is_obeyed;
		const char *from, *to;
		enum browser_role want;
	} cases[] = {
		{ false, PEER, "US<00>", BROWSER_ROLE_MASTER },
		{ true, "10.9.0.1", "US<00>", BROWSER_ROLE_MASTER },
		{ true, PEER, "PEER<00>", BROWSER_ROLE_MASTER },
		{ true, PEER, "US<00>", BROWSER_ROLE_POTENTIAL },
		{ true, PEER, "OLDBOX<00>", BROWSER_ROLE_POTENTIAL },
		{ true, PEER, "LAB<1D>", BROWSER_ROLE_POTENTIAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench *bench = bench_create();

		bench->settings.obey_reset = cases[i].is_obeyed;
		bench->settings.alias_count = 1;
		bench_be_master(bench);
		bench_reset(bench, cases[i].from, cases[i].to, NBT_RESET_STOP_MASTER);
		if (bench_role(bench) != cases[i].want)
			fail_msg("%s to %s: %s", cases[i].from, cases[i].to,
				 browser_role_name(bench_role(bench)));
		bench_tear_down((void **)&bench);
	}
}

/* 6.4: __MSBROWSE__, and when that stands <1D>; a master is it only then. Who knows of ten servers
 * asks nobody to announce himself. */
static void case_06_the_way_in(void **state)
{
	static const struct {
		size_t servers; /* with this host */
		bool asks;
	} cases[] = { { 9, true }, { 10, false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench *bench = bench_create();
		const struct act *msbrowse, *master, *said, *act;
		size_t at;

		bench->pull_records = cases[i].servers - 1;
		bench_be_backup(bench);
		at = bench->count;
		bench_elect(bench, 0, 0);
		bench_pass_ms(bench, 20 * SECOND);
		msbrowse = bench_next(bench, &at, CLAIMED, 0);
		master = bench_next(bench, &at, CLAIMED, 0);
		assert_name(msbrowse, MSBROWSE);
		assert_name(master, "LAB<1D>");
		assert_int_equal(master->at_ms - msbrowse->at_ms, 750);
		act = bench_next(bench, &at, SENT, NBT_BROWSE_ANNOUNCEMENT_REQUEST);
		if (cases[i].asks) {
			assert_name(act, "LAB<00>");
			act = bench_next(bench, &at, SENT, NBT_BROWSE_ANNOUNCEMENT_REQUEST);
		}
		assert_name(act, MSBROWSE);
		said = bench_next(bench, &at, SENT, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT);
		assert_name(said, "LAB<1E>");
		assert_int_equal(said->at_ms - master->at_ms, 750);
		assert_name(bench_next(bench, &at, SENT, NBT_BROWSE_DOMAIN_ANNOUNCEMENT), MSBROWSE);
		bench_tear_down((void **)&bench);
	}
}

/* 6.4: the names first, <1D> before __MSBROWSE__; 15 and 1 with type and period 0; then an election
 * of version 0. */
static void case_06_the_way_out(void **state)
{
	struct bench *bench = *state;
	const struct act *act;
	size_t at;

	bench_be_master(bench);
	at = bench->count;
	browser_stop(bench->service, &bench->env);
	assert_name(bench_next(bench, &at, RELEASED, 0), "LAB<1D>");
	assert_name(bench_next(bench, &at, RELEASED, 0), MSBROWSE);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT);
	assert_name(act, "LAB<1E>");
	assert_int_equal(act->frame.server_type, 0);
	assert_int_equal(act->frame.period_ms, 0);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_HOST_ANNOUNCEMENT);
	assert_name(act, "LAB<1D>");
	assert_int_equal(act->frame.server_type, 0);
	assert_int_equal(act->frame.period_ms, 0);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_ELECTION);
	assert_int_equal(act->frame.election_version, 0);
	assert_int_equal(act->frame.criteria, 0);
	assert_string_equal(act->frame.name, "");
	for (int i = 0; i < 3; i++) /* US<00>, LAB<00>, LAB<1E> */
		bench_next(bench, &at, RELEASED, 0);
}

/* 6.4: a better one: <1D> is free in the moment. */
static void case_06_names_of_a_loser(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench_be_master(bench);
	at = bench->count;
	bench_elect(bench, 1, 0xFF010F02);
	assert_int_equal(bench->acts[at].deed, RELEASED);
	assert_name(&bench->acts[at], "LAB<1D>");
	assert_name(&bench->acts[at + 1], MSBROWSE);
}

/* 6.4: whose frames are a rival's. */
static void case_06_rivals(void **state)
{
	static const struct {
		const char *what, *to;
		unsigned opcode;
		const char *name;
		uint32_t type;
		bool is_rival;
	} cases[] = {
		{ "15", "LAB<1E>", NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, "PEER", 0x51003, true },
		{ "1 of a master", "LAB<1D>", NBT_BROWSE_HOST_ANNOUNCEMENT, "PEER", 0x51003, true },
		{ "1 of a host", "LAB<1D>", NBT_BROWSE_HOST_ANNOUNCEMENT, "PEER", 0x11003, false },
		{ "12 of ours", MSBROWSE, NBT_BROWSE_DOMAIN_ANNOUNCEMENT, "LAB", 0x80001000, true },
		{ "12 of others", MSBROWSE, NBT_BROWSE_DOMAIN_ANNOUNCEMENT, "SHOP", 0x80001000,
		  false },
		{ "11", "LAB<1E>", NBT_BROWSE_BECOME_BACKUP, "ANNE", 0, true },
		{ "15 of others", "SHOP<1E>", NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, "PEER", 0x51003,
		  false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench *bench = bench_create();
		size_t at;

		bench_be_master(bench);
		at = bench->count;
		bench_announce(bench, cases[i].opcode, cases[i].to, cases[i].name, cases[i].type);
		bench_pass_ms(bench, 5 * SECOND);
		if (bench_count_sent(bench, at, NBT_BROWSE_ELECTION) != (cases[i].is_rival ? 4 : 0))
			fail_msg("%s: %zu", cases[i].what,
				 bench_count_sent(bench, at, NBT_BROWSE_ELECTION));
		assert_int_equal(bench_role(bench), BROWSER_ROLE_MASTER);
		bench_tear_down((void **)&bench);
	}
}

/* 6.4: of two alike the one that is here for longer is made a backup; of too many the newest goes.
 */
static void case_06_the_oldest_is_the_backup(void **state)
{
	struct bench *bench = *state;
	const struct act *act;
	size_t at;

	bench_be_master(bench);
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "ZOE", 0x00011003);
	bench_pass_ms(bench, SECOND);
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "ANNE", 0x00011003);
	at = bench->count;
	bench_pass_ms(bench, 15 * MINUTE);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_BECOME_BACKUP);
	assert_name(act, "LAB<1E>");
	assert_string_equal(act->frame.name, "ZOE");

	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "MARY", 0x00031003);
	bench_pass_ms(bench, SECOND);
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "BOB", 0x00031003);
	at = bench->count;
	bench_pass_ms(bench, MINUTE);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_RESET_STATE);
	assert_name(act, "BOB<00>");
	assert_int_equal(act->type, NBT_DGM_DIRECT_UNIQUE);
	assert_int_equal(act->envelope.peer.s_addr, address_of(PEER).s_addr);
}

/* 2.4: the answer goes to the name, address and port of who has asked; ourselves come last, and
 * only if there are fewer than wanted. */
static void case_02_answers_about_backups(void **state)
{
	static const struct {
		uint8_t wanted, count;
		const char *first, *last;
	} cases[] = {
		{ 0, 1, "US", "US" },
		{ 1, 1, "ANNE", "ANNE" },
		{ 2, 2, "ANNE", "US" },
		{ 4, 2, "ANNE", "US" },
	};
	struct bench *bench = *state;

	bench_be_master(bench);
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "ANNE", 0x00031003);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct nbt_browse request = { .opcode = NBT_BROWSE_GET_BACKUP_LIST_REQUEST,
						    .count = cases[i].wanted,
						    .token = 7 };
		size_t at = bench->count;
		const struct act *act;

		bench_hear(bench, "LAB<1D>", &request);
		act = bench_next(bench, &at, SENT, NBT_BROWSE_GET_BACKUP_LIST_RESPONSE);
		assert_int_equal(act->type, NBT_DGM_DIRECT_UNIQUE);
		assert_name(act, "PEER<00>");
		assert_int_equal(act->envelope.peer.s_addr, address_of(PEER).s_addr);
		assert_int_equal(act->envelope.peer_port, 1138);
		assert_int_equal(act->envelope.flags & NBT_LOCAL_BROADCAST, 0);
		assert_int_equal(act->frame.token, 7);
		assert_int_equal(act->frame.count, cases[i].count);
		assert_string_equal(act->frame.backup[0], cases[i].first);
		assert_string_equal(act->frame.backup[cases[i].count - 1], cases[i].last);
	}
}

static size_t ask_for_backups(struct bench *bench, const char *from, int times)
{
	const struct nbt_browse request = { .opcode = NBT_BROWSE_GET_BACKUP_LIST_REQUEST,
					    .count = 1 };
	size_t at = bench->count;

	for (int i = 0; i < times; i++)
		bench_hear_from(bench, HOME, from, "PEER<00>", "LAB<1D>", &request);
	return bench_count_sent(bench, at, NBT_BROWSE_GET_BACKUP_LIST_RESPONSE);
}

/* One flooder takes nothing from others; the limit is that of the settings, also of later ones. */
static void limits_are_for_each_source(void **state)
{
	struct bench *bench = *state;

	bench_be_master(bench);
	assert_int_equal(ask_for_backups(bench, PEER, 100), 10);
	assert_int_equal(ask_for_backups(bench, "10.1.0.8", 1), 1);
	bench->settings.backup_answers = 0;
	browser_set_settings(bench->service, &bench->settings, &bench->env);
	assert_int_equal(ask_for_backups(bench, PEER, 100), 100);
}

/*
 * Section 2.8: LAN Manager.
 */

static void case_02_hosts_of_lan_manager(void **state)
{
	static const struct {
		uint8_t version;
		bool is_listed;
	} cases[] = { { 35, false }, { 36, true }, { 38, true }, { 39, false }, { 6, false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct nbt_browse frame = { .opcode = NBT_BROWSE_LANMAN_ANNOUNCEMENT,
						  .name = "OS2",
						  .os_major = cases[i].version,
						  .period_ms = MINUTE,
						  .server_type = 3 };
		struct bench *bench = bench_create();
		struct lists_view view;

		bench_be_master(bench);
		bench_hear(bench, "LAB<00>", &frame);
		if (bench_lists_it(bench, "OS2", &view) != cases[i].is_listed)
			fail_msg("version %u", cases[i].version);
		bench_tear_down((void **)&bench);
	}
}

/* Its request is answered as ours is; its period is in seconds, whatever ours is. */
static void case_02_requests_of_lan_manager(void **state)
{
	const struct nbt_browse request = { .opcode = NBT_BROWSE_LANMAN_REQUEST, .name = "OS2" };
	struct bench *bench = *state;
	const struct act *act;
	size_t at;

	bench->settings.times.lanman_announce = 61500;
	bench_be_potential(bench);
	bench_pass_ms(bench, 2 * MINUTE + 30 * SECOND);
	at = bench->count;
	bench_hear(bench, "LAB<00>", &request);
	bench_pass_ms(bench, 10);
	assert_int_equal(bench_count_sent(bench, at, NBT_BROWSE_HOST_ANNOUNCEMENT), 1);
	act = bench_next(bench, &at, SENT, NBT_BROWSE_LANMAN_ANNOUNCEMENT);
	assert_name(act, "LAB<00>");
	assert_string_equal(act->frame.name, "US");
	assert_int_equal(act->frame.period_ms, 61000);
}

/*
 * Several interfaces and workgroups.
 */

static void each_interface_has_its_own_role(void **state)
{
	const struct nbt_browse better = { .opcode = NBT_BROWSE_ELECTION,
					   .election_version = 1,
					   .criteria = 0xFF010F02,
					   .uptime_ms = 1 };
	struct bench *bench = *state;
	struct lists_view view;
	size_t at;

	bench_start(bench);
	bench_set_interfaces(bench, HOME, AWAY);
	bench_pass_ms(bench, MINUTE);
	assert_int_equal(bench_role_at(bench, HOME, "LAB"), BROWSER_ROLE_MASTER);
	assert_int_equal(bench_role_at(bench, AWAY, "LAB"), BROWSER_ROLE_MASTER);
	at = bench->count;
	bench_hear_from(bench, AWAY, "10.2.0.7", "PEER<00>", "LAB<1E>", &better);
	assert_int_equal(bench_role_at(bench, HOME, "LAB"), BROWSER_ROLE_MASTER);
	assert_int_equal(bench_role_at(bench, AWAY, "LAB"), BROWSER_ROLE_POTENTIAL);
	assert_int_equal(bench_next(bench, &at, RELEASED, 0)->interface.s_addr,
			 address_of(AWAY).s_addr);
	/* In the list it is what it is anywhere. */
	assert_true(bench_lists_it(bench, "US", &view));
	assert_int_equal(view.record->type, 0x00059A03);
}

static void an_interface_that_goes(void **state)
{
	struct bench *bench = *state;
	struct nbt_browse frame = { .opcode = NBT_BROWSE_HOST_ANNOUNCEMENT,
				    .name = "FAR",
				    .period_ms = 12 * MINUTE,
				    .server_type = 0x1003 };
	struct lists_view view;
	size_t at;

	bench_start(bench);
	bench_set_interfaces(bench, HOME, AWAY);
	bench_pass_ms(bench, MINUTE);
	bench_hear_from(bench, AWAY, "10.2.0.7", "FAR<00>", "LAB<1D>", &frame);
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEAR", 0x1003);
	assert_true(bench_lists_it(bench, "FAR", &view));
	at = bench->count;
	bench_set_interfaces(bench, HOME, NULL);
	assert_int_equal(bench_role_at(bench, HOME, "LAB"), BROWSER_ROLE_MASTER);
	assert_int_equal(bench_role_at(bench, AWAY, "LAB"), BROWSER_ROLE_OFF);
	assert_false(bench_lists_it(bench, "FAR", &view));
	assert_true(bench_lists_it(bench, "NEAR", &view));
	assert_int_equal(bench->count - at, 2); /* without a word, but its two names are free */
	for (; at < bench->count; at++) {
		assert_int_equal(bench->acts[at].deed, RELEASED);
		assert_int_equal(bench->acts[at].interface.s_addr, address_of(AWAY).s_addr);
	}
}

static void each_workgroup_has_its_own_role(void **state)
{
	struct bench *bench = *state;
	struct lists_view view;
	size_t at;

	bench->settings.workgroup_count = 2;
	bench_start(bench);
	bench_pass_ms(bench, MINUTE);
	assert_int_equal(bench_role_at(bench, HOME, "LAB"), BROWSER_ROLE_MASTER);
	assert_int_equal(bench_role_at(bench, HOME, "SHOP"), BROWSER_ROLE_MASTER);
	bench_announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "SHOP<1D>", "TILL", 0x1003);
	assert_false(bench_lists_it(bench, "TILL", &view));
	assert_true(
		lists_find(browser_lists(bench->service), LISTS_SERVERS, "SHOP", "TILL", &view));
	at = bench->count;
	bench_elect(bench, 1, 0xFF010F02);
	assert_int_equal(bench_role_at(bench, HOME, "LAB"), BROWSER_ROLE_POTENTIAL);
	assert_int_equal(bench_role_at(bench, HOME, "SHOP"), BROWSER_ROLE_MASTER);
	assert_name(bench_next(bench, &at, RELEASED, 0), "LAB<1D>");
	assert_int_equal(at, bench->count); /* SHOP still wants __MSBROWSE__ */
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, bench_set_up, bench_tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_05_delays_and_criteria),
		WITH(case_05_another_with_our_name),
		WITH(case_05_storms_end),
		WITH(case_05_an_objection_in_time),
		WITH(case_05_silence_is_noticed),
		WITH(case_05_a_name_refused),
		cmocka_unit_test(case_06_delay_of_answers),
		WITH(case_06_what_a_non_browser_is),
		WITH(case_06_who_gives_lists),
		WITH(masters_names_are_called_at_masters),
		WITH(case_12_where_backups_are_made),
		WITH(case_06_pulls),
		WITH(case_06_a_reset_forgets),
		cmocka_unit_test(case_02_whose_resets),
		cmocka_unit_test(case_06_the_way_in),
		WITH(case_06_the_way_out),
		WITH(case_06_names_of_a_loser),
		cmocka_unit_test(case_06_rivals),
		WITH(case_06_the_oldest_is_the_backup),
		WITH(case_02_answers_about_backups),
		WITH(limits_are_for_each_source),
		cmocka_unit_test(case_02_hosts_of_lan_manager),
		WITH(case_02_requests_of_lan_manager),
		WITH(each_interface_has_its_own_role),
		WITH(an_interface_that_goes),
		WITH(each_workgroup_has_its_own_role),
	};

	return cmocka_run_group_tests_name("browser alone", tests, NULL, NULL);
}
