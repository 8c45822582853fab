/* Browse lists: what is known of whom, and for how long. */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "browserd/browse_dat.h"
#include "browserd/host.h"
#include "smb/rap.h"
#include "smb/session_inner.h"

#define MINUTE 60000u
#define LAN1   address("10.1.0.5")
#define LAN2   address("10.2.0.5")
#define SENDER address("10.1.0.9")
#define PEER   address("10.1.0.7")

static struct in_addr address(const char *text)
{
	struct in_addr out;

	assert_int_equal(inet_pton(AF_INET, text, &out), 1);
	return out;
}

struct fixture {
	struct lists *lists;
	struct nbt_env env;
};

static const struct lists_settings defaults = { .servers = 8,
						.workgroups = 4,
						.per_source = 3,
						.period_ms = 12 * MINUTE,
						.period_max_ms = 60 * MINUTE };

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->env.now_ms = 1000;
	f->lists = lists_create(&defaults);
	*state = f;
	return f->lists != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	lists_destroy(f->lists);
	free(f);
	return 0;
}

static struct lists_record server(const char *workgroup, const char *name, uint32_t type,
				  const char *comment)
{
	struct lists_record record = { .type = type, .os_major = 6, .os_minor = 1 };

	snprintf(record.name, sizeof(record.name), "%s", name);
	snprintf(record.workgroup, sizeof(record.workgroup), "%s", workgroup);
	snprintf(record.comment, sizeof(record.comment), "%s", comment);
	return record;
}

static enum lists_verdict hear(struct fixture *f, const char *workgroup, const char *name)
{
	struct lists_record record = server(workgroup, name, NBT_SV_SERVER, "heard");

	return lists_hear(f->lists, LISTS_SERVERS, &record, LAN1, SENDER, 0, &f->env);
}

/* The same from somebody else each time. */
static enum lists_verdict hear_from(struct fixture *f, const char *name, uint32_t sender)
{
	struct lists_record record = server("LAB", name, NBT_SV_SERVER, "heard");

	return lists_hear(f->lists, LISTS_SERVERS, &record, LAN1, (struct in_addr){ sender }, 0,
			  &f->env);
}

static void hear_group(struct fixture *f, const char *name, const char *master)
{
	struct lists_record record = server("", name, 0x80001000, master);

	assert_int_equal(lists_hear(f->lists, LISTS_WORKGROUPS, &record, LAN1, SENDER, 0, &f->env),
			 LISTS_OK);
}

static void pull(struct fixture *f, struct in_addr peer, const char *workgroup,
		 const char *const *names)
{
	struct lists_pull pull =
		lists_pull_begin(f->lists, LISTS_SERVERS, peer, workgroup, 36 * MINUTE);

	for (; *names != NULL; names++) {
		struct lists_record record = server("", *names, NBT_SV_SERVER, "pulled");

		assert_int_equal(lists_pull_add(f->lists, &pull, &record, &f->env), LISTS_OK);
	}
	lists_pull_end(f->lists, &pull);
}

static void pass(struct fixture *f, uint64_t ms)
{
	uint64_t until = f->env.now_ms + ms;

	while (lists_deadline(f->lists) <= until) {
		if (lists_deadline(f->lists) > f->env.now_ms)
			f->env.now_ms = lists_deadline(f->lists);
		lists_wake(f->lists, &f->env);
	}
	f->env.now_ms = until;
}

static bool is_known(struct fixture *f, const char *workgroup, const char *name)
{
	struct lists_view view;

	return lists_find(f->lists, LISTS_SERVERS, workgroup, name, &view);
}

static const char *comment_of(struct fixture *f, const char *name)
{
	static struct lists_view view;

	assert_true(lists_find(f->lists, LISTS_SERVERS, "LAB", name, &view));
	return view.record->comment;
}

/*
 * Ageing.
 */

/* browser.md 6: a record expires after 3 x its period, 12 minutes if it does not say. */
static void three_periods(void **state)
{
	static const struct {
		const char *what;
		uint32_t period_ms;
		uint64_t life_ms;
	} cases[] = {
		{ "a minute", MINUTE, 3 * MINUTE },
		{ "12 minutes", 12 * MINUTE, 36 * MINUTE },
		{ "not said", 0, 36 * MINUTE },
		{ "49 days, which nobody means", UINT32_MAX, 180 * MINUTE },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct lists_record record = server("LAB", "ANNE", NBT_SV_SERVER, "");

		assert_int_equal(lists_hear(f->lists, LISTS_SERVERS, &record, LAN1, SENDER,
					    cases[i].period_ms, &f->env),
				 LISTS_OK);
		pass(f, cases[i].life_ms - 1);
		if (!is_known(f, "LAB", "ANNE"))
			fail_msg("%s: gone too early", cases[i].what);
		pass(f, 1);
		if (is_known(f, "LAB", "ANNE"))
			fail_msg("%s: still there", cases[i].what);
		assert_true(lists_deadline(f->lists) == NBT_NEVER || cases[i].life_ms > 0);
	}
}

static void an_announcement_keeps_it(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 10; i++) {
		assert_int_equal(hear(f, "LAB", "ANNE"), LISTS_OK);
		pass(f, 35 * MINUTE);
		assert_true(is_known(f, "LAB", "ANNE"));
	}
	pass(f, 2 * MINUTE);
	assert_false(is_known(f, "LAB", "ANNE"));
	assert_int_equal(lists_count(f->lists, LISTS_SERVERS), 0);
}

static void ourselves_for_ever(void **state)
{
	struct fixture *f = *state;
	struct lists_record self = server("LAB", "SELF", NBT_SV_SERVER, "us");

	assert_int_equal(lists_be(f->lists, LISTS_SERVERS, &self, &f->env), LISTS_OK);
	assert_true(lists_deadline(f->lists) == NBT_NEVER);
	f->env.now_ms += UINT64_C(1) << 50;
	lists_wake(f->lists, &f->env);
	assert_true(is_known(f, "LAB", "self"));
}

/* A host says goodbye; nobody else can for it. */
static void goodbye(void **state)
{
	struct fixture *f = *state;

	hear(f, "LAB", "ANNE");
	assert_false(lists_hear_end(f->lists, "LAB", "ANNE", LAN1, address("10.1.0.66")));
	assert_false(lists_hear_end(f->lists, "LAB", "ANNE", LAN2, SENDER));
	assert_false(lists_hear_end(f->lists, "OTHER", "ANNE", LAN1, SENDER));
	assert_true(is_known(f, "LAB", "ANNE"));
	assert_true(lists_hear_end(f->lists, "lab", "anne", LAN1, SENDER));
	assert_false(is_known(f, "LAB", "ANNE"));
}

/*
 * Sources.
 */

/* browser.md 7: heard beats pulled; when the heard one expires the pulled one may show. */
static void heard_beats_pulled(void **state)
{
	static const char *const names[] = { "ANNE", "BOB", NULL };
	struct fixture *f = *state;

	hear(f, "LAB", "ANNE");
	pass(f, 20 * MINUTE);
	pull(f, PEER, "LAB", names);
	assert_string_equal(comment_of(f, "ANNE"), "heard");
	assert_string_equal(comment_of(f, "BOB"), "pulled");
	pass(f, 16 * MINUTE);
	assert_string_equal(comment_of(f, "ANNE"), "pulled");
	hear(f, "LAB", "BOB");
	assert_string_equal(comment_of(f, "BOB"), "heard");
	pass(f, 20 * MINUTE);
	assert_false(is_known(f, "LAB", "ANNE"));
	assert_true(is_known(f, "LAB", "BOB"));
}

/* A full pull drops what is absent, of that browser and that workgroup only. */
static void a_pull_replaces(void **state)
{
	static const char *const before[] = { "ANNE", "BOB", NULL };
	static const char *const after[] = { "BOB", NULL };
	static const char *const none[] = { NULL };
	struct fixture *f = *state;

	pull(f, PEER, "LAB", before);
	pull(f, PEER, "SHOP", before);
	pull(f, address("10.9.0.1"), "LAB", (const char *const[]){ "ANNE", NULL });
	pull(f, PEER, "LAB", after);
	assert_true(is_known(f, "LAB", "BOB"));
	assert_true(is_known(f, "SHOP", "ANNE"));
	assert_true(is_known(f, "LAB", "ANNE")); /* the other browser has it */
	pull(f, address("10.9.0.1"), "LAB", none);
	assert_false(is_known(f, "LAB", "ANNE"));
}

#define BROWSERS 300
#define NAMES    60

/* Of a browser's list, by chance: few of the names, or most of them, or what it had but for one. */
static void pull_by_chance(struct fixture *f, uint32_t browser, bool had[NAMES], uint32_t *chance)
{
	struct lists_pull pull = lists_pull_begin(
		f->lists, LISTS_SERVERS, (struct in_addr){ htonl(browser) }, "LAB", 60 * MINUTE);
	uint32_t kind = (*chance = *chance * 1664525 + 1013904223) >> 30;

	for (unsigned i = 0; i < NAMES; i++) {
		struct lists_record record = server("", "", NBT_SV_SERVER, "pulled");

		*chance = *chance * 1664525 + 1013904223;
		if (kind != 0)
			had[i] = *chance >> 24 < (kind == 1 ? 10 : 240);
		else if (*chance >> 24 < 4)
			had[i] = !had[i];
		snprintf(record.name, sizeof(record.name), "S%u", i);
		if (had[i])
			assert_int_equal(lists_pull_add(f->lists, &pull, &record, &f->env),
					 LISTS_OK);
	}
	lists_pull_end(f->lists, &pull);
}

static void expect_the_union(struct fixture *f, bool (*had)[NAMES])
{
	size_t count = 0;

	for (unsigned i = 0; i < NAMES; i++) {
		char name[8];
		bool is_had = false;

		for (size_t browser = 0; browser < BROWSERS; browser++)
			is_had |= had[browser][i];
		snprintf(name, sizeof(name), "S%u", i);
		assert_true(is_known(f, "LAB", name) == is_had);
		count += is_had;
	}
	assert_int_equal(lists_count(f->lists, LISTS_SERVERS), count);
}

/* Many browsers' lists, many times: known is what any of them had the last time. */
static void many_browsers(void **state)
{
	static bool had[BROWSERS][NAMES];
	struct fixture *f = *state;
	struct lists_settings settings = defaults;
	uint32_t chance = 1;

	settings.servers = NAMES;
	lists_set_settings(f->lists, &settings);
	memset(had, 0, sizeof(had));
	for (unsigned round = 0; round < 3000; round++) {
		uint32_t browser = (chance >> 8) % (round < 1500 ? 3 : BROWSERS);

		pull_by_chance(f, browser, had[browser], &chance);
		expect_the_union(f, had);
	}
	for (uint32_t browser = 0; browser < BROWSERS; browser++) {
		const struct in_addr address = { htonl(browser) };
		const struct lists_match match = { .origin = LISTS_PULLED, .address = &address };

		lists_forget(f->lists, LISTS_SERVERS, &match);
		memset(had[browser], 0, sizeof(had[browser]));
		if (browser % 50 == 49)
			expect_the_union(f, had);
	}
	assert_int_equal(lists_count(f->lists, LISTS_SERVERS), 0);
}

static void a_pull_that_breaks_off_drops_nothing(void **state)
{
	static const char *const before[] = { "ANNE", "BOB", NULL };
	struct fixture *f = *state;
	struct lists_record record = server("", "CARL", 1, "");
	struct lists_pull half;

	pull(f, PEER, "LAB", before);
	half = lists_pull_begin(f->lists, LISTS_SERVERS, PEER, "LAB", 36 * MINUTE);
	assert_int_equal(lists_pull_add(f->lists, &half, &record, &f->env), LISTS_OK);
	assert_true(is_known(f, "LAB", "ANNE") && is_known(f, "LAB", "CARL"));
	pass(f, 36 * MINUTE);
	assert_int_equal(lists_count(f->lists, LISTS_SERVERS), 0);
}

static void subnets_are_apart(void **state)
{
	struct fixture *f = *state;
	struct lists_record one = server("LAB", "ANNE", NBT_SV_SERVER, "in the first");
	struct lists_record two = server("LAB", "ANNE", NBT_SV_SERVER, "in the second");
	const struct in_addr first = LAN1;
	const struct lists_match match = { .origin = LISTS_HEARD, .interface = &first };

	lists_hear(f->lists, LISTS_SERVERS, &one, LAN1, SENDER, 0, &f->env);
	lists_hear(f->lists, LISTS_SERVERS, &two, LAN2, SENDER, 0, &f->env);
	assert_int_equal(lists_count(f->lists, LISTS_SERVERS), 1);
	assert_string_equal(comment_of(f, "ANNE"), "in the first");
	lists_forget(f->lists, LISTS_SERVERS, &match);
	assert_string_equal(comment_of(f, "ANNE"), "in the second");
}

static bool count_view(void *ctx, const struct lists_view *view)
{
	size_t *count = ctx;

	assert_int_equal(view->source.origin, LISTS_HEARD);
	(*count)++;
	return true;
}

static void what_a_subnet_says(void **state)
{
	static const char *const names[] = { "BOB", "CARL", NULL };
	struct lists_record self = server("LAB", "ANNE", NBT_SV_SERVER, "us");
	struct fixture *f = *state;
	size_t count = 0;

	lists_be(f->lists, LISTS_SERVERS, &self, &f->env);
	hear(f, "LAB", "ANNE");
	hear(f, "LAB", "BOB");
	hear(f, "SHOP", "DORA");
	pull(f, PEER, "LAB", names);
	lists_each_heard(f->lists, LISTS_SERVERS, "LAB", LAN1, count_view, &count);
	assert_int_equal(count, 2);
	lists_each_heard(f->lists, LISTS_SERVERS, "LAB", LAN2, count_view, &count);
	assert_int_equal(count, 2);
}

/*
 * Bounds and names.
 */

static void bounds(void **state)
{
	struct fixture *f = *state;
	struct lists_record self = server("LAB", "SELF", NBT_SV_SERVER, "us");
	char name[16];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "A%d", i);
		assert_int_equal(hear(f, "LAB", name), LISTS_OK);
	}
	assert_int_equal(hear(f, "LAB", "A3"), LISTS_SOURCE_FULL);
	assert_int_equal(hear(f, "LAB", "A2"), LISTS_OK);
	for (uint32_t i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "B%u", (unsigned)i);
		assert_int_equal(hear_from(f, name, 1 + i), LISTS_OK);
	}
	assert_int_equal(hear_from(f, "C", 99), LISTS_FULL);
	assert_int_equal(lists_be(f->lists, LISTS_SERVERS, &self, &f->env), LISTS_OK);
	assert_true(is_known(f, "LAB", "SELF"));
	assert_false(is_known(f, "LAB", "C"));
	pass(f, 36 * MINUTE);
	assert_int_equal(hear_from(f, "C", 99), LISTS_OK);
}

static void names(void **state)
{
	static const struct {
		const char *workgroup, *name;
		enum lists_verdict want;
	} cases[] = {
		{ "LAB", "ANNE", LISTS_OK },        { "LAB", "anne", LISTS_OK },
		{ "LAB", "", LISTS_BAD_NAME },      { "LAB", "*", LISTS_BAD_NAME },
		{ "LAB", "*X", LISTS_BAD_NAME },    { "LAB", "A\x01", LISTS_BAD_NAME },
		{ "LAB", "A\x7f", LISTS_BAD_NAME }, { "LAB", "\x99", LISTS_OK },
		{ "", "ANNE", LISTS_BAD_NAME },     { "lab", "A-B_C.D!", LISTS_OK },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (hear(f, cases[i].workgroup, cases[i].name) != cases[i].want)
			fail_msg("case %zu: %s", i, cases[i].name);
	assert_int_equal(lists_count(f->lists, LISTS_SERVERS), 3);
}

/* Bits that are not a host's are taken off. */
static void bits(void **state)
{
	struct fixture *f = *state;
	struct lists_record record = server("LAB", "ANNE", 0xC0019A03, "");
	struct lists_view view;

	lists_hear(f->lists, LISTS_SERVERS, &record, LAN1, SENDER, 0, &f->env);
	assert_true(lists_find(f->lists, LISTS_SERVERS, "LAB", "ANNE", &view));
	assert_int_equal(view.record->type, 0x00019A03);
	record = server("", "SHOP", 0x40001000, "CARL");
	lists_hear(f->lists, LISTS_WORKGROUPS, &record, LAN1, SENDER, 0, &f->env);
	assert_true(lists_find(f->lists, LISTS_WORKGROUPS, "SHOP", "SHOP", &view));
	assert_int_equal(view.record->type, 0x80001000);
}

static void changes_are_counted(void **state)
{
	struct fixture *f = *state;
	uint64_t before;

	hear(f, "LAB", "ANNE");
	before = lists_changes(f->lists);
	hear(f, "LAB", "ANNE");
	assert_true(lists_changes(f->lists) == before);
	hear(f, "LAB", "BOB");
	assert_true(lists_changes(f->lists) > before);
	before = lists_changes(f->lists);
	pass(f, 36 * MINUTE);
	assert_true(lists_changes(f->lists) > before);
}

/*
 * What clients are shown. smb-ipc.md 7.4 and browser.md 10.
 */

struct shown {
	char text[256];
};

static struct rap_request question(uint32_t types, const char *workgroup, const char *first)
{
	struct rap_request rap = { .number = RAP_SERVER_ENUM2,
				   .params = "WrLehDz",
				   .record = "B16BBDz",
				   .arguments = { .level = 1,
						  .buffer = 0xFFFF,
						  .types = types,
						  .text_count = first != NULL ? 2 : 1,
						  .text = { workgroup, first } } };

	if (workgroup == NULL)
		rap.params = "WrLehDO";
	if (first != NULL) {
		rap.number = RAP_SERVER_ENUM3;
		rap.params = "WrLehDzz";
	}
	return rap;
}

/* What NetServerEnum says to a client of LAB's. */
static void show(struct fixture *f, const struct rap_request *asked, struct shown *shown)
{
	static const char *const workgroups[] = { "LAB" };
	static const uint8_t guid[16];
	static struct smb_workspace work;
	struct browser_settings settings = BROWSER_SETTINGS_DEFAULT;
	const struct smb_io io = { .work = &work };
	struct smb_exchange exchange = { .io = &io, .env = &f->env };
	uint8_t params[128];
	struct nbt_writer w = nbt_writer_of(params, sizeof(params));
	struct smb1_trans request = { .max_params = 8, .max_data = 0xFFFF, .params = params };
	struct smb_rap_answer answer;
	struct rap_reply reply;
	struct host host;

	settings.workgroups = workgroups;
	host_init(&host, f->lists, NULL, &settings, true, guid);
	exchange.host = &host.smb;
	rap_write_request(&w, asked);
	request.param_count = (uint16_t)w.pos;
	smb_answer_rap(&exchange, &request, &answer);
	assert_int_equal(rap_read_reply(answer.params, answer.param_len, asked->params, &reply),
			 NBT_OK);
	assert_int_equal(reply.status, RAP_OK);
	*shown = (struct shown){ .text = "" };
	for (size_t i = 0; i < reply.returned; i++) {
		struct rap_value values[RAP_VALUES_MAX];
		size_t len = strlen(shown->text);

		assert_int_equal(rap_read_record(asked->record, work.data, answer.data_len, i,
						 reply.converter, values),
				 NBT_OK);
		assert_int_equal(values[3].number & NBT_SV_LOCAL_LIST_ONLY, 0);
		snprintf(shown->text + len, sizeof(shown->text) - len, "%s ", values[0].text);
	}
}

static void fill(struct fixture *f)
{
	static const char *const pulled[] = { "FAR", NULL };
	struct lists_record self = server("LAB", "SELF", 0x00059A03, "the master");
	struct lists_record other = server("LAB", "ANNE", 0x00020003, "a \"quoted\" comment");
	struct lists_record group = server("", "LAB", 0x80001000, "SELF");

	lists_be(f->lists, LISTS_SERVERS, &self, &f->env);
	lists_be(f->lists, LISTS_WORKGROUPS, &group, &f->env);
	lists_hear(f->lists, LISTS_SERVERS, &other, LAN1, SENDER, 0, &f->env);
	hear(f, "SHOP", "TILL");
	hear_group(f, "SHOP", "TILL");
	hear_group(f, "ATTIC", "BAT");
	pull(f, PEER, "LAB", pulled);
}

static void net_server_enum(void **state)
{
	static const struct {
		const char *what;
		uint32_t types;
		const char *workgroup, *first, *want;
	} cases[] = {
		{ "ALL: the servers, no groups", 0xFFFFFFFF, "LAB", NULL, "ANNE FAR SELF " },
		{ "no workgroup is our own", 0xFFFFFFFF, NULL, NULL, "ANNE FAR SELF " },
		{ "an empty one, too", 0xFFFFFFFF, "", NULL, "ANNE FAR SELF " },
		{ "in any case", 0xFFFFFFFF, "lab", NULL, "ANNE FAR SELF " },
		{ "another one that is served", 0xFFFFFFFF, "SHOP", NULL, "TILL " },
		{ "an unknown one", 0xFFFFFFFF, "NOWHERE", NULL, "" },
		{ "masters", 0x00040000, "LAB", NULL, "SELF " },
		{ "any of some bits", 0x00060000, "LAB", NULL, "ANNE SELF " },
		{ "smbtree's 0xFFFE", 0x0000FFFE, "LAB", NULL, "ANNE FAR SELF " },
		{ "a bit that nobody has", 0x00000008, "LAB", NULL, "" },
		{ "nothing", 0, "LAB", NULL, "" },
		{ "groups, of whatever workgroup", 0x80000000, "SHOP", NULL, "ATTIC LAB SHOP " },
		{ "groups and others: groups", 0x80000003, "LAB", NULL, "ATTIC LAB SHOP " },
		{ "local servers, whatever their bits", 0x40000000, "LAB", NULL, "ANNE SELF " },
		{ "LOCAL and others: the same", 0x40000008, "LAB", NULL, "ANNE SELF " },
		{ "local groups", 0xC0000000, "LAB", NULL, "ATTIC LAB SHOP " },
		{ "from a name", 0xFFFFFFFF, "LAB", "FAR", "FAR SELF " },
		{ "that need not exist", 0xFFFFFFFF, "LAB", "bzzz", "FAR SELF " },
		{ "beyond the last", 0xFFFFFFFF, "LAB", "ZZZ", "" },
		{ "groups from a name", 0x80000000, "LAB", "B", "LAB SHOP " },
	};
	struct fixture *f = *state;

	fill(f);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct rap_request asked =
			question(cases[i].types, cases[i].workgroup, cases[i].first);
		struct shown shown;

		show(f, &asked, &shown);
		if (strcmp(shown.text, cases[i].want) != 0)
			fail_msg("%s: %s, wanted %s", cases[i].what, shown.text, cases[i].want);
	}
}

static void pulled_groups_are_not_local(void **state)
{
	struct fixture *f = *state;
	struct lists_pull pull =
		lists_pull_begin(f->lists, LISTS_WORKGROUPS, PEER, NULL, 36 * MINUTE);
	struct lists_record record = server("", "FARGROUP", 0x80000000, "X");
	const struct rap_request asked = question(0xC0000000, NULL, NULL);
	struct shown shown;

	lists_pull_add(f->lists, &pull, &record, &f->env);
	hear_group(f, "SHOP", "TILL");
	show(f, &asked, &shown);
	assert_string_equal(shown.text, "SHOP ");
}

static void say_group(struct fixture *f, const char *peer, const char *master, bool is_first_hand)
{
	struct lists_pull pull =
		lists_pull_begin(f->lists, LISTS_WORKGROUPS, address(peer), NULL, 36 * MINUTE);
	struct lists_record record = server("", "SHOP", 0x80000000, master);

	pull.is_first_hand = is_first_hand;
	lists_pull_add(f->lists, &pull, &record, &f->env);
	lists_pull_end(f->lists, &pull);
}

/* In whatever order they come, and become it or not. */
static void who_speaks_of_itself_beats_others(void **state)
{
	static const struct {
		const char *peer;
		bool is_first_hand;
		const char *want; /* the best, then; a peer is its own master */
	} steps[] = {
		{ "10.9.0.1", false, "10.9.0.1" }, { "10.9.0.2", true, "10.9.0.2" },
		{ "10.9.0.3", false, "10.9.0.2" }, { "10.9.0.3", true, "10.9.0.2" },
		{ "10.9.0.2", false, "10.9.0.3" }, { "10.9.0.1", true, "10.9.0.3" },
		{ "10.9.0.3", false, "10.9.0.1" }, { "10.9.0.1", false, "10.9.0.2" },
	};
	struct fixture *f = *state;
	struct lists_view view;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		uint64_t before = lists_changes(f->lists);

		say_group(f, steps[i].peer, steps[i].peer, steps[i].is_first_hand);
		assert_true(lists_find(f->lists, LISTS_WORKGROUPS, "SHOP", "SHOP", &view));
		if (strcmp(view.record->comment, steps[i].want) != 0)
			fail_msg("step %zu: %s", i, view.record->comment);
		assert_true(lists_changes(f->lists) > before);
	}
}

static void append(void *ctx, const char *line, size_t len)
{
	strncat(ctx, line, len);
}

/* Columns as nmbd has them; no quote but around words; our own group and names first. */
static void browse_dat(void **state)
{
	struct fixture *f = *state;
	char text[1024] = "";

	fill(f);
	browse_dat_write(f->lists, "LAB", append, text);
	assert_string_equal(
		text,
		"\"LAB\"                     c0001000 \"SELF\"                         \"LAB\"\n"
		"\"SELF\"                    40059a03 \"the master\"                   \"LAB\"\n"
		"\"ATTIC\"                   c0001000 \"BAT\"                          \"ATTIC\"\n"
		"\"SHOP\"                    c0001000 \"TILL\"                         \"SHOP\"\n"
		"\"ANNE\"                    40020003 \"a quoted comment\"             \"LAB\"\n"
		"\"FAR\"                     00000002 \"pulled\"                       \"LAB\"\n"
		"\"TILL\"                    40000002 \"heard\"                        \"SHOP\"\n");
}

static void browse_dat_without_a_master(void **state)
{
	struct fixture *f = *state;
	char text[256] = "";

	browse_dat_write(f->lists, "LAB", append, text);
	assert_string_equal(
		text,
		"\"LAB\"                     c0001000 \"\"                             \"LAB\"\n");
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH(three_periods),
		WITH(an_announcement_keeps_it),
		WITH(ourselves_for_ever),
		WITH(goodbye),
		WITH(heard_beats_pulled),
		WITH(a_pull_replaces),
		WITH(many_browsers),
		WITH(a_pull_that_breaks_off_drops_nothing),
		WITH(subnets_are_apart),
		WITH(what_a_subnet_says),
		WITH(bounds),
		WITH(names),
		WITH(bits),
		WITH(changes_are_counted),
		WITH(net_server_enum),
		WITH(pulled_groups_are_not_local),
		WITH(who_speaks_of_itself_beats_others),
		WITH(browse_dat),
		WITH(browse_dat_without_a_master),
	};

	return cmocka_run_group_tests_name("lists", tests, NULL, NULL);
}
