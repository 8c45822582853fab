/* One browser alone on its wires: what it does, to the millisecond and in its order, with every
 * address; and hosts of several interfaces and workgroups. browser.md sections 2, 5 and 6. */
#include <arpa/inet.h>
#include <stdlib.h>

#include <nbt/mailslot.h>

#include "browserd/service.h"
#include "browserd/text.h"
#include "support.h"

#define SECOND   UINT64_C(1000)
#define MINUTE   (60 * SECOND)
#define HOUR     (60 * MINUTE)
#define MSBROWSE "\x01\x02__MSBROWSE__\x02<01>"
#define HOME     "10.1.0.1"
#define AWAY     "10.2.0.1"
#define PEER     "10.1.0.7"

enum deed { SENT, CLAIMED, RELEASED, PULLED };

struct act {
	enum deed deed;
	uint64_t at_ms;
	struct nbt_name name; /* SENT: its destination */
	struct in_addr interface;
	struct nbt_envelope envelope;
	struct nbt_browse frame;
	uint8_t type;
};

struct bench {
	struct nbt_env env;
	bool is_late; /* chance is at its highest, not at its lowest */
	uint64_t started_ms;
	const char *workgroups[2], *aliases[1];
	struct browser_settings settings;
	struct browser_service *service;
	const char *refused; /* a name that another has, or NULL */
	struct nbt_local_claim pending[16];
	uint64_t pending_ms;
	size_t pending_count, pull_records; /* servers that a pull brings */
	uint32_t pulling;
	struct act acts[1024];
	size_t count;
};

/*
 * The bench.
 */

static uint32_t draw(void *ctx, uint32_t below)
{
	const struct bench *bench = ctx;

	return bench->is_late ? below - 1 : 0;
}

static struct in_addr address_of(const char *text)
{
	struct in_addr address;

	assert_int_equal(inet_pton(AF_INET, text, &address), 1);
	return address;
}

static struct act *note(struct bench *bench, enum deed deed)
{
	struct act *act = &bench->acts[bench->count];

	assert_true(bench->count < ARRAY_SIZE(bench->acts));
	bench->count++;
	*act = (struct act){ .deed = deed, .at_ms = bench->env.now_ms };
	return act;
}

static void on_send(void *ctx, const struct nbt_envelope *envelope,
		    const struct nbt_datagram *datagram)
{
	struct act *act = note(ctx, SENT);
	struct nbt_mailslot mailslot;
	enum nbt_error err;

	act->name = datagram->destination;
	act->type = datagram->type;
	act->envelope = *envelope;
	act->interface = envelope->interface;
	assert_error("mailslot", nbt_mailslot_decode(&mailslot, datagram->data, datagram->data_len),
		     NBT_OK);
	err = nbt_mailslot_is(&mailslot, NBT_MAILSLOT_LANMAN)
		      ? nbt_lanman_decode(&act->frame, mailslot.data, mailslot.data_len)
		      : nbt_browse_decode(&act->frame, mailslot.data, mailslot.data_len);
	assert_error("frame", err, NBT_OK);
}

static bool on_claim(void *ctx, const struct nbt_local_claim *claim)
{
	struct bench *bench = ctx;
	struct act *act = note(bench, CLAIMED);

	act->name = claim->name;
	act->interface = claim->interface;
	assert_true(bench->pending_count < ARRAY_SIZE(bench->pending));
	bench->pending[bench->pending_count++] = *claim;
	bench->pending_ms = bench->env.now_ms + 750;
	return true;
}

static void on_release(void *ctx, const struct nbt_local_claim *claim)
{
	struct act *act = note(ctx, RELEASED);

	act->name = claim->name;
	act->interface = claim->interface;
}

static void on_pull(void *ctx, const struct browser_pull *pull)
{
	struct bench *bench = ctx;

	note(bench, PULLED)->interface = pull->interface;
	bench->pulling = pull->token;
}

static void on_news(void *ctx, const struct browser_news *news)
{
	(void)ctx;
	(void)news;
}

static void decide_names(struct bench *bench)
{
	struct nbt_local_claim pending[ARRAY_SIZE(bench->pending)];
	size_t count = bench->pending_count;

	memcpy(pending, bench->pending, sizeof(pending));
	bench->pending_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct local_event event = { .type = LOCAL_CLAIMED, .claim = &pending[i] };
		struct nbt_name refused =
			name_of(bench->refused != NULL ? bench->refused : "NOBODY<00>");

		if (nbt_name_equal(&refused, &pending[i].name))
			event.type = LOCAL_REFUSED;
		browser_event(bench->service, &event, &bench->env);
	}
}

static void bring(struct bench *bench)
{
	uint32_t token = bench->pulling;

	bench->pulling = 0;
	for (size_t i = 0; i < bench->pull_records; i++) {
		struct lists_record record = { .name = "P00", .type = 0x1003 };

		record.name[1] = (char)('0' + i / 10);
		record.name[2] = (char)('0' + i % 10);
		browser_pull_record(bench->service, token, LISTS_SERVERS, &record, &bench->env);
	}
	browser_pull_end(bench->service, token, true, &bench->env);
}

static void pass_ms(struct bench *bench, uint64_t ms)
{
	uint64_t until = bench->env.now_ms + ms;

	for (;;) {
		uint64_t due = browser_deadline(bench->service);
		uint64_t names = bench->pending_count > 0 ? bench->pending_ms : NBT_NEVER;

		if (bench->pulling != 0) {
			bring(bench);
			continue;
		}
		if (nbt_earlier(due, names) > until)
			break;
		if (nbt_earlier(due, names) > bench->env.now_ms)
			bench->env.now_ms = nbt_earlier(due, names);
		if (names <= due)
			decide_names(bench);
		else
			browser_wake(bench->service, &bench->env);
	}
	bench->env.now_ms = until;
}

static void set_interfaces(struct bench *bench, const char *first, const char *second)
{
	const struct browser_interface items[] = {
		{ address_of(first), address_of("255.255.255.0") },
		{ address_of(second != NULL ? second : first), address_of("255.255.255.0") },
	};

	assert_true(
		browser_set_interfaces(bench->service, items, second != NULL ? 2 : 1, &bench->env));
}

static void start(struct bench *bench)
{
	static const struct browser_sinks sinks = { on_send, on_claim, on_release, on_pull,
						    on_news };
	const struct local_event up = { .type = LOCAL_UP };

	bench->service = browser_create(&bench->settings, &sinks, bench, &bench->env);
	assert_non_null(bench->service);
	browser_event(bench->service, &up, &bench->env);
	set_interfaces(bench, HOME, NULL);
	pass_ms(bench, 760);
}

static void hear_from(struct bench *bench, const char *interface, const char *address,
		      const char *from, const char *to, const struct nbt_browse *frame)
{
	uint8_t bytes[NBT_BROWSE_FRAME_MAX], data[700], wire[900];
	struct nbt_mailslot mailslot = { .name = nbt_browse_mailslot(frame->opcode),
					 .klass = NBT_MAILSLOT_CLASS_UNRELIABLE,
					 .data = bytes };
	struct nbt_datagram datagram = { .type = NBT_DGM_DIRECT_GROUP,
					 .flags = NBT_DGM_FLAG_FIRST,
					 .source_address = address_of(address),
					 .source_port = 1138,
					 .source = name_of(from),
					 .destination = name_of(to),
					 .data = data };
	const struct nbt_envelope envelope = { .flags = NBT_LOCAL_DATAGRAM,
					       .interface = address_of(interface),
					       .peer = datagram.source_address };
	struct local_event event = { .type = LOCAL_DATAGRAM,
				     .envelope = &envelope,
				     .datagram = wire };

	assert_error("frame", nbt_browse_encode(frame, bytes, sizeof(bytes), &mailslot.data_len),
		     NBT_OK);
	assert_error("mailslot",
		     nbt_mailslot_encode(&mailslot, data, sizeof(data), &datagram.data_len),
		     NBT_OK);
	assert_error("datagram",
		     nbt_datagram_encode(&datagram, wire, sizeof(wire), &event.datagram_len),
		     NBT_OK);
	browser_event(bench->service, &event, &bench->env);
}

static void hear(struct bench *bench, const char *to, const struct nbt_browse *frame)
{
	hear_from(bench, HOME, PEER, "PEER<00>", to, frame);
}

static void elect(struct bench *bench, uint8_t version, uint32_t criteria)
{
	const struct nbt_browse frame = { .opcode = NBT_BROWSE_ELECTION,
					  .election_version = version,
					  .criteria = criteria,
					  .uptime_ms = version };

	hear(bench, "LAB<1E>", &frame);
}

static void announce(struct bench *bench, unsigned opcode, const char *to, const char *name,
		     uint32_t type)
{
	struct nbt_browse frame = { .opcode = opcode,
				    .period_ms = 12 * MINUTE,
				    .server_type = type,
				    .browser_version = NBT_BROWSER_VERSION,
				    .signature = NBT_BROWSE_SIGNATURE };

	text_copy(frame.name, sizeof(frame.name), name);
	hear(bench, to, &frame);
}

static void reset(struct bench *bench, const char *address, const char *to, uint8_t what)
{
	const struct nbt_browse frame = { .opcode = NBT_BROWSE_RESET_STATE, .reset = what };

	hear_from(bench, HOME, address, "ADMIN<00>", to, &frame);
}

static void promote(struct bench *bench, const char *to)
{
	const struct nbt_browse frame = { .opcode = NBT_BROWSE_BECOME_BACKUP, .name = "US" };

	hear(bench, to, &frame);
	pass_ms(bench, 1);
}

/* The next of this deed, and for SENT of this opcode, from *at on; fails if there is none. */
static const struct act *next(const struct bench *bench, size_t *at, enum deed deed,
			      unsigned opcode)
{
	while (*at < bench->count) {
		const struct act *act = &bench->acts[(*at)++];

		if (act->deed == deed && (deed != SENT || act->frame.opcode == opcode))
			return act;
	}
	fail_msg("there is no such deed: %d, opcode %u", (int)deed, opcode);
	return NULL;
}

static size_t count_sent(const struct bench *bench, size_t at, unsigned opcode)
{
	size_t count = 0;

	for (; at < bench->count; at++)
		count += bench->acts[at].deed == SENT && bench->acts[at].frame.opcode == opcode;
	return count;
}

static void assert_name(const struct act *act, const char *want)
{
	const struct nbt_name name = name_of(want);

	if (!nbt_name_equal(&act->name, &name))
		fail_msg("%.15s<%02X>, wanted %s", (const char *)act->name.bytes,
			 act->name.bytes[15], want);
}

struct looking {
	struct in_addr interface;
	const char *workgroup;
	enum browser_role role;
};

static void look(void *ctx, const struct browser_role_view *view)
{
	struct looking *looking = ctx;

	if (view->interface.s_addr == looking->interface.s_addr &&
	    text_equal(view->workgroup, looking->workgroup))
		looking->role = view->role;
}

static enum browser_role role_at(const struct bench *bench, const char *interface,
				 const char *workgroup)
{
	struct looking looking = { address_of(interface), workgroup, BROWSER_ROLE_OFF };

	browser_each_role(bench->service, look, &looking);
	return looking.role;
}

static enum browser_role role(const struct bench *bench)
{
	return role_at(bench, HOME, "LAB");
}

static bool lists_it(const struct bench *bench, const char *name, struct lists_view *view)
{
	return lists_find(browser_lists(bench->service), LISTS_SERVERS, "LAB", name, view);
}

/* A potential browser that has just begun; not before start(), what tests change of its settings.
 */
static struct bench *new_bench(void)
{
	const struct browser_settings defaults = BROWSER_SETTINGS_DEFAULT;
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	bench->env = (struct nbt_env){ .now_ms = HOUR, .random = draw, .random_ctx = bench };
	bench->started_ms = bench->env.now_ms;
	bench->workgroups[0] = "LAB";
	bench->workgroups[1] = "SHOP";
	bench->aliases[0] = "OLDBOX";
	bench->settings = defaults;
	bench->settings.name = "US";
	bench->settings.workgroups = bench->workgroups;
	bench->settings.workgroup_count = 1;
	bench->settings.aliases = bench->aliases;
	return bench;
}

static int set_up(void **state)
{
	*state = new_bench();
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	browser_destroy(bench->service);
	free(bench);
	return 0;
}

static void be_master(struct bench *bench)
{
	start(bench);
	pass_ms(bench, MINUTE);
	assert_int_equal(role(bench), BROWSER_ROLE_MASTER);
}

static void be_potential(struct bench *bench)
{
	start(bench);
	announce(bench, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, "LAB<1E>", "PEER", 0x00051003);
	pass_ms(bench, 1);
	assert_int_equal(role(bench), BROWSER_ROLE_POTENTIAL);
}

static void be_backup(struct bench *bench)
{
	be_potential(bench);
	promote(bench, "LAB<1E>");
	assert_int_equal(role(bench), BROWSER_ROLE_BACKUP);
}

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
		{ be_master, 100, 100, 0x14010F07 },
		{ be_backup, 200, 600, 0x14010F03 },
		{ be_potential, 800, 3000, 0x14010F02 },
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		struct bench *bench = new_bench();
		const struct act *act;
		uint64_t heard_ms;
		size_t at;

		cases[i / 2].become(bench);
		bench->is_late = i % 2 == 1;
		heard_ms = bench->env.now_ms;
		at = bench->count;
		elect(bench, 0, 0);
		pass_ms(bench, 4 * SECOND);
		act = next(bench, &at, SENT, NBT_BROWSE_ELECTION);
		assert_int_equal(act->at_ms - heard_ms,
				 i % 2 == 1 ? cases[i / 2].latest : cases[i / 2].soonest);
		assert_int_equal(act->frame.criteria, cases[i / 2].criteria);
		assert_in_range(act->frame.uptime_ms, heard_ms - bench->started_ms,
				heard_ms - bench->started_ms + 1);
		tear_down((void **)&bench);
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

	be_master(bench);
	hear_from(bench, HOME, HOME, "US<00>", "LAB<1E>", &frame);
	assert_int_equal(role(bench), BROWSER_ROLE_MASTER);
	hear_from(bench, HOME, PEER, "US<00>", "LAB<1E>", &frame);
	assert_int_equal(role(bench), BROWSER_ROLE_POTENTIAL);
}

/* 5.3: who has sent thirty frames and still has no peace has lost. */
static void case_05_storms_end(void **state)
{
	struct bench *bench = *state;
	size_t at;

	be_master(bench);
	at = bench->count;
	for (int i = 0; i < 12 && role(bench) == BROWSER_ROLE_MASTER; i++) {
		elect(bench, 1, 0x01010F02);
		pass_ms(bench, 5 * SECOND);
	}
	assert_int_not_equal(role(bench), BROWSER_ROLE_MASTER);
	assert_int_equal(count_sent(bench, at, NBT_BROWSE_ELECTION), 30);
}

/* 5.3: the better one may say so until a second after our fourth frame. */
static void case_05_an_objection_in_time(void **state)
{
	struct bench *bench = *state;
	size_t at;

	be_potential(bench);
	at = bench->count;
	elect(bench, 0, 0);
	while (count_sent(bench, at, NBT_BROWSE_ELECTION) < 4)
		pass_ms(bench, 1);
	pass_ms(bench, 998);
	assert_int_equal(role(bench), BROWSER_ROLE_POTENTIAL);
	elect(bench, 1, 0xFF010F02);
	pass_ms(bench, 5 * SECOND);
	assert_int_equal(role(bench), BROWSER_ROLE_POTENTIAL);
}

/* 5.3: a master of which nothing is heard for five minutes is asked whether it is there. */
static void case_05_silence_is_noticed(void **state)
{
	struct bench *bench = *state;
	const struct act *act;
	size_t at;
	uint64_t heard_ms;

	be_potential(bench);
	at = bench->count;
	heard_ms = bench->env.now_ms - 1;
	pass_ms(bench, 5 * MINUTE + 30 * SECOND);
	act = next(bench, &at, SENT, NBT_BROWSE_ANNOUNCEMENT_REQUEST);
	assert_name(act, "LAB<1D>");
	assert_int_equal(act->at_ms - heard_ms, 5 * MINUTE);
	pass_ms(bench, MINUTE);
	assert_int_equal(role(bench), BROWSER_ROLE_MASTER);
}

/* 5.3: <1D> is refused: __MSBROWSE__ is given up, and another election comes, later and later. */
static void case_05_a_name_refused(void **state)
{
	struct bench *bench = *state;
	uint64_t last_ms = 0, gap_ms = 0;
	size_t at = 0;

	bench->refused = "LAB<1D>";
	start(bench);
	pass_ms(bench, 2 * MINUTE);
	for (int i = 0; i < 4; i++) {
		const struct act *act = next(bench, &at, RELEASED, 0);

		assert_name(act, MSBROWSE);
		if (last_ms != 0) {
			assert_true(act->at_ms - last_ms > gap_ms);
			gap_ms = act->at_ms - last_ms;
		}
		last_ms = act->at_ms;
		next(bench, &at, SENT, NBT_BROWSE_ELECTION);
	}
	assert_int_equal(role(bench), BROWSER_ROLE_POTENTIAL);
	bench->refused = NULL;
	pass_ms(bench, 6 * MINUTE);
	assert_int_equal(role(bench), BROWSER_ROLE_MASTER);
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
		{ be_potential, "LAB<00>", NBT_BROWSE_HOST_ANNOUNCEMENT, 29999 },
		{ be_potential, "LAB<1E>", NBT_BROWSE_HOST_ANNOUNCEMENT, 29999 },
		{ be_master, "LAB<00>", NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, 29999 },
		{ be_master, "LAB<1D>", NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, 0 },
		{ be_master, MSBROWSE, NBT_BROWSE_DOMAIN_ANNOUNCEMENT, 0 },
	};
	const struct nbt_browse request = { .opcode = NBT_BROWSE_ANNOUNCEMENT_REQUEST };

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		struct bench *bench = new_bench();
		uint64_t now_ms;
		size_t at;

		cases[i / 2].become(bench);
		if (cases[i / 2].become == be_master)
			pass_ms(bench, HOUR + 10 * SECOND); /* schedules are slow by now */
		bench->is_late = i % 2 == 1;
		now_ms = bench->env.now_ms;
		at = bench->count;
		hear(bench, cases[i / 2].to, &request);
		pass_ms(bench, 31 * SECOND);
		assert_int_equal(next(bench, &at, SENT, cases[i / 2].opcode)->at_ms - now_ms,
				 i % 2 == 1 ? cases[i / 2].latest : 0);
		tear_down((void **)&bench);
	}
}

/* 6.1: none of the browser's bits, and no name <1E>. */
static void case_06_what_a_non_browser_is(void **state)
{
	struct bench *bench = *state;
	const struct act *act;
	size_t at = 0;

	bench->settings.local_master = false;
	start(bench);
	pass_ms(bench, MINUTE);
	act = next(bench, &at, SENT, NBT_BROWSE_HOST_ANNOUNCEMENT);
	assert_name(act, "LAB<1D>");
	assert_int_equal(act->frame.server_type, 0x00009A03);
	for (size_t i = 0; i < bench->count; i++)
		assert_false(bench->acts[i].deed == CLAIMED &&
			     bench->acts[i].name.bytes[15] == 0x1E);
}

/* 6.2, 12: BecomeBackup may come to <1E> and to the host. */
static void case_12_where_backups_are_made(void **state)
{
	struct bench *bench = *state;

	be_potential(bench);
	promote(bench, "US<00>");
	assert_int_equal(role(bench), BROWSER_ROLE_BACKUP);
}

/* 6.3: pulls come each twelve minutes, and one master after the other is believed. */
static void case_06_pulls(void **state)
{
	struct bench *bench = *state;
	size_t at = 0;
	uint64_t last_ms;

	be_backup(bench);
	last_ms = next(bench, &at, PULLED, 0)->at_ms;
	for (int i = 0; i < 3; i++) {
		const struct act *act;

		for (int minute = 0; minute < 12; minute++) {
			announce(bench, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT, "LAB<1E>", "PEER",
				 0x00051003);
			pass_ms(bench, MINUTE);
		}
		act = next(bench, &at, PULLED, 0);
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
	be_backup(bench);
	assert_true(lists_it(bench, "P11", &view));
	reset(bench, PEER, "US<00>", NBT_RESET_CLEAR_ALL);
	assert_int_equal(role(bench), BROWSER_ROLE_POTENTIAL);
	assert_false(lists_it(bench, "P11", &view));
	assert_true(lists_it(bench, "US", &view));
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
		struct bench *bench = new_bench();

		bench->settings.obey_reset = cases[i].is_obeyed;
		bench->settings.alias_count = 1;
		be_master(bench);
		reset(bench, cases[i].from, cases[i].to, NBT_RESET_STOP_MASTER);
		if (role(bench) != cases[i].want)
			fail_msg("%s to %s: %s", cases[i].from, cases[i].to,
				 browser_role_name(role(bench)));
		tear_down((void **)&bench);
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
		struct bench *bench = new_bench();
		const struct act *msbrowse, *master, *said, *act;
		size_t at;

		bench->pull_records = cases[i].servers - 1;
		be_backup(bench);
		at = bench->count;
		elect(bench, 0, 0);
		pass_ms(bench, 20 * SECOND);
		msbrowse = next(bench, &at, CLAIMED, 0);
		master = next(bench, &at, CLAIMED, 0);
		assert_name(msbrowse, MSBROWSE);
		assert_name(master, "LAB<1D>");
		assert_int_equal(master->at_ms - msbrowse->at_ms, 750);
		act = next(bench, &at, SENT, NBT_BROWSE_ANNOUNCEMENT_REQUEST);
		if (cases[i].asks) {
			assert_name(act, "LAB<00>");
			act = next(bench, &at, SENT, NBT_BROWSE_ANNOUNCEMENT_REQUEST);
		}
		assert_name(act, MSBROWSE);
		said = next(bench, &at, SENT, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT);
		assert_name(said, "LAB<1E>");
		assert_int_equal(said->at_ms - master->at_ms, 750);
		assert_name(next(bench, &at, SENT, NBT_BROWSE_DOMAIN_ANNOUNCEMENT), MSBROWSE);
		tear_down((void **)&bench);
	}
}

/* 6.4: the names first, <1D> before __MSBROWSE__; 15 and 1 with type and period 0; then an election
 * of version 0. */
static void case_06_the_way_out(void **state)
{
	struct bench *bench = *state;
	const struct act *act;
	size_t at;

	be_master(bench);
	at = bench->count;
	browser_stop(bench->service, &bench->env);
	assert_name(next(bench, &at, RELEASED, 0), "LAB<1D>");
	assert_name(next(bench, &at, RELEASED, 0), MSBROWSE);
	act = next(bench, &at, SENT, NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT);
	assert_name(act, "LAB<1E>");
	assert_int_equal(act->frame.server_type, 0);
	assert_int_equal(act->frame.period_ms, 0);
	act = next(bench, &at, SENT, NBT_BROWSE_HOST_ANNOUNCEMENT);
	assert_name(act, "LAB<1D>");
	assert_int_equal(act->frame.server_type, 0);
	assert_int_equal(act->frame.period_ms, 0);
	act = next(bench, &at, SENT, NBT_BROWSE_ELECTION);
	assert_int_equal(act->frame.election_version, 0);
	assert_int_equal(act->frame.criteria, 0);
	assert_string_equal(act->frame.name, "");
	for (int i = 0; i < 3; i++) /* US<00>, LAB<00>, LAB<1E> */
		next(bench, &at, RELEASED, 0);
}

/* 6.4: a better one: <1D> is free in the moment. */
static void case_06_names_of_a_loser(void **state)
{
	struct bench *bench = *state;
	size_t at;

	be_master(bench);
	at = bench->count;
	elect(bench, 1, 0xFF010F02);
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
		struct bench *bench = new_bench();
		size_t at;

		be_master(bench);
		at = bench->count;
		announce(bench, cases[i].opcode, cases[i].to, cases[i].name, cases[i].type);
		pass_ms(bench, 5 * SECOND);
		if (count_sent(bench, at, NBT_BROWSE_ELECTION) != (cases[i].is_rival ? 4 : 0))
			fail_msg("%s: %zu", cases[i].what,
				 count_sent(bench, at, NBT_BROWSE_ELECTION));
		assert_int_equal(role(bench), BROWSER_ROLE_MASTER);
		tear_down((void **)&bench);
	}
}

/* 6.4: of two alike the one that is here for longer is made a backup; of too many the newest goes.
 */
static void case_06_the_oldest_is_the_backup(void **state)
{
	struct bench *bench = *state;
	const struct act *act;
	size_t at;

	be_master(bench);
	announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "ZOE", 0x00011003);
	pass_ms(bench, SECOND);
	announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "ANNE", 0x00011003);
	at = bench->count;
	pass_ms(bench, 15 * MINUTE);
	act = next(bench, &at, SENT, NBT_BROWSE_BECOME_BACKUP);
	assert_name(act, "LAB<1E>");
	assert_string_equal(act->frame.name, "ZOE");

	announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "MARY", 0x00031003);
	pass_ms(bench, SECOND);
	announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "BOB", 0x00031003);
	at = bench->count;
	pass_ms(bench, MINUTE);
	act = next(bench, &at, SENT, NBT_BROWSE_RESET_STATE);
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

	be_master(bench);
	announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "ANNE", 0x00031003);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct nbt_browse request = { .opcode = NBT_BROWSE_GET_BACKUP_LIST_REQUEST,
						    .count = cases[i].wanted,
						    .token = 7 };
		size_t at = bench->count;
		const struct act *act;

		hear(bench, "LAB<1D>", &request);
		act = next(bench, &at, SENT, NBT_BROWSE_GET_BACKUP_LIST_RESPONSE);
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
		hear_from(bench, HOME, from, "PEER<00>", "LAB<1D>", &request);
	return count_sent(bench, at, NBT_BROWSE_GET_BACKUP_LIST_RESPONSE);
}

/* One flooder takes nothing from others; the limit is that of the settings, also of later ones. */
static void limits_are_for_each_source(void **state)
{
	struct bench *bench = *state;

	be_master(bench);
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
		struct bench *bench = new_bench();
		struct lists_view view;

		be_master(bench);
		hear(bench, "LAB<00>", &frame);
		if (lists_it(bench, "OS2", &view) != cases[i].is_listed)
			fail_msg("version %u", cases[i].version);
		tear_down((void **)&bench);
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
	be_potential(bench);
	pass_ms(bench, 2 * MINUTE + 30 * SECOND);
	at = bench->count;
	hear(bench, "LAB<00>", &request);
	pass_ms(bench, 10);
	assert_int_equal(count_sent(bench, at, NBT_BROWSE_HOST_ANNOUNCEMENT), 1);
	act = next(bench, &at, SENT, NBT_BROWSE_LANMAN_ANNOUNCEMENT);
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

	start(bench);
	set_interfaces(bench, HOME, AWAY);
	pass_ms(bench, MINUTE);
	assert_int_equal(role_at(bench, HOME, "LAB"), BROWSER_ROLE_MASTER);
	assert_int_equal(role_at(bench, AWAY, "LAB"), BROWSER_ROLE_MASTER);
	at = bench->count;
	hear_from(bench, AWAY, "10.2.0.7", "PEER<00>", "LAB<1E>", &better);
	assert_int_equal(role_at(bench, HOME, "LAB"), BROWSER_ROLE_MASTER);
	assert_int_equal(role_at(bench, AWAY, "LAB"), BROWSER_ROLE_POTENTIAL);
	assert_int_equal(next(bench, &at, RELEASED, 0)->interface.s_addr, address_of(AWAY).s_addr);
	/* In the list it is what it is anywhere. */
	assert_true(lists_it(bench, "US", &view));
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

	start(bench);
	set_interfaces(bench, HOME, AWAY);
	pass_ms(bench, MINUTE);
	hear_from(bench, AWAY, "10.2.0.7", "FAR<00>", "LAB<1D>", &frame);
	announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "LAB<1D>", "NEAR", 0x1003);
	assert_true(lists_it(bench, "FAR", &view));
	at = bench->count;
	set_interfaces(bench, HOME, NULL);
	assert_int_equal(role_at(bench, HOME, "LAB"), BROWSER_ROLE_MASTER);
	assert_int_equal(role_at(bench, AWAY, "LAB"), BROWSER_ROLE_OFF);
	assert_false(lists_it(bench, "FAR", &view));
	assert_true(lists_it(bench, "NEAR", &view));
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
	start(bench);
	pass_ms(bench, MINUTE);
	assert_int_equal(role_at(bench, HOME, "LAB"), BROWSER_ROLE_MASTER);
	assert_int_equal(role_at(bench, HOME, "SHOP"), BROWSER_ROLE_MASTER);
	announce(bench, NBT_BROWSE_HOST_ANNOUNCEMENT, "SHOP<1D>", "TILL", 0x1003);
	assert_false(lists_it(bench, "TILL", &view));
	assert_true(
		lists_find(browser_lists(bench->service), LISTS_SERVERS, "SHOP", "TILL", &view));
	at = bench->count;
	elect(bench, 1, 0xFF010F02);
	assert_int_equal(role_at(bench, HOME, "LAB"), BROWSER_ROLE_POTENTIAL);
	assert_int_equal(role_at(bench, HOME, "SHOP"), BROWSER_ROLE_MASTER);
	assert_name(next(bench, &at, RELEASED, 0), "LAB<1D>");
	assert_int_equal(at, bench->count); /* SHOP still wants __MSBROWSE__ */
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_05_delays_and_criteria),
		WITH(case_05_another_with_our_name),
		WITH(case_05_storms_end),
		WITH(case_05_an_objection_in_time),
		WITH(case_05_silence_is_noticed),
		WITH(case_05_a_name_refused),
		cmocka_unit_test(case_06_delay_of_answers),
		WITH(case_06_what_a_non_browser_is),
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
