/*
 * A scripted hour of traffic through the whole service, with a real database, a restart in the
 * middle and a crash at the end: audit, conflicts and counters must agree with the script exactly.
 * Chance decides what is done; NBT_SEEDS=N plays N hours (seeds.h).
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger.h"
#include "records.h"
#include "stored.h"
#include "seeds.h"

#define HOSTS     250 /* may query and register; each has a name of its own */
#define READERS   50  /* may query */
#define STRANGERS 10  /* may do nothing */
#define LOUD      6   /* ask more at once than they are answered */
#define EXEMPT    2   /* are answered all the same */
#define ACTORS    (HOSTS + READERS + STRANGERS + LOUD + EXEMPT)
#define TEAMS     10
#define GHOSTS    40
#define NONE      SIZE_MAX

#define RATE      30   /* answers per second and source, and at once */
#define BURST     45   /* queries of the loud at once */
#define HISTORY   100  /* conflicts remembered: fewer than there are */
#define SAVE_S    300  /* between saves of the audit */
#define CHALLENGE 3500 /* ms, until nobody has answered: 500 + 1000 + 2000 */

struct story {
	struct stored stored;
	struct nbns *ns; /* of stored */
	struct ledger ledger;
	struct lots lots;
	struct client actor[ACTORS];
	int64_t burst_s[ACTORS];
	size_t host_name[HOSTS], team[TEAMS], ghost[GHOSTS], own, fixed, proxy; /* names */
	size_t holder[HOSTS], second[HOSTS]; /* who has the name of a host; or NONE */
	bool in_team[HOSTS];
};

/*
 * What the actors do, and what they must be told.
 */

static uint32_t draw(struct story *story, size_t below)
{
	return lots_draw(&story->lots, (uint32_t)below);
}

static int64_t now(const struct story *story)
{
	return story->ns->env.wall_s;
}

static void add(struct story *story, const char *counter)
{
	ledger_count(&story->ledger, counter, 1);
}

static const char *text_of(const struct story *story, size_t name)
{
	static char text[NBT_NAME_TEXT_MAX];

	return nbt_name_print(&story->ledger.name[name].name, text, sizeof(text));
}

static uint16_t node_bits(size_t who)
{
	return (uint16_t)(who % 4 << 13);
}

static const char *kind_of(uint16_t flags)
{
	switch (flags) {
	case REGISTER:
		return "registration.received";
	case MULTIHOMED:
		return "multihomed.received";
	case RELEASE:
		return "release.received";
	default:
		return "refresh.received";
	}
}

/* Sends it, and writes down that it came. */
static struct client *ask_for(struct story *story, size_t who, uint16_t flags, size_t name,
			      uint16_t nb_flags)
{
	claim(story->ns, &story->actor[who], flags, text_of(story, name),
	      nb_flags | node_bits(who));
	add(story, kind_of(flags));
	if (flags != RELEASE)
		ledger_claim(&story->ledger, who, (uint8_t)(who % 4), now(story));
	return &story->actor[who];
}

static void granted(struct story *story, size_t who, size_t name)
{
	stored_commit(&story->stored);
	expect_positive(story->ns, &story->actor[who]);
	add(story, "claim.positive");
	ledger_registered(&story->ledger, who, name);
}

static void conflict(struct story *story, size_t who, enum conflict_outcome outcome, size_t name,
		     const char *holder)
{
	ledger_conflict(&story->ledger, outcome, name, story->actor[who].address,
			(struct in_addr){ inet_addr(holder) }, now(story));
}

static void wishes(size_t who, const struct story *story, size_t out[4])
{
	out[0] = story->host_name[who * 7 % HOSTS];
	out[1] = story->team[who % TEAMS];
	out[2] = story->ghost[who % GHOSTS];
	out[3] = story->own;
}

static bool is_there(const struct story *story, size_t who, size_t name)
{
	if (name == story->host_name[who * 7 % HOSTS])
		return story->holder[who * 7 % HOSTS] != NONE;
	return name != story->ghost[who % GHOSTS];
}

/* Whether it was answered. */
static bool one_query(struct story *story, size_t who, bool is_limited)
{
	struct nbns *ns = story->ns;
	struct nbt_packet answer;
	size_t names[4], name;
	bool found;

	wishes(who, story, names);
	name = names[draw(story, 4)];
	found = is_there(story, who, name);
	query(ns, &story->actor[who], 0x0100, text_of(story, name));
	add(story, "query.received");
	if (is_limited) {
		expect_silence(ns);
		add(story, "dropped.rate");
		return false;
	}
	next_packet(ns, &answer, __LINE__);
	assert_int_equal(answer.rcode, found ? NBT_RCODE_OK : NBT_RCODE_NAM_ERR);
	add(story, found ? "query.positive" : "query.negative");
	ledger_query(&story->ledger, who, name, found, now(story));
	return true;
}

static void ask(struct story *story)
{
	one_query(story, draw(story, HOSTS + READERS), false);
}

/* All of it at one moment: the first are answered. */
static void be_loud(struct story *story)
{
	size_t who = HOSTS + READERS + STRANGERS + draw(story, LOUD + EXEMPT);
	bool is_exempt = who >= ACTORS - EXEMPT;

	if (now(story) - story->burst_s[who] < 3)
		return;
	story->burst_s[who] = now(story);
	for (size_t i = 0; i < BURST; i++)
		one_query(story, who, !is_exempt && i >= RATE);
}

static void claim_own(struct story *story)
{
	static const uint16_t again[] = { REFRESH, REFRESH, 0x4800, REGISTER };
	size_t who = draw(story, HOSTS), *holder = &story->holder[who];
	uint16_t flags = who % 5 == 0 ? MULTIHOMED : REGISTER;

	if (*holder == who && draw(story, 5) > 0)
		flags = again[draw(story, ARRAY_SIZE(again))];
	if (*holder != who && *holder != NONE)
		return;
	ask_for(story, who, flags, story->host_name[who], 0);
	granted(story, who, story->host_name[who]);
	*holder = who;
}

/* Also of what is another's, or nobody's: that is confirmed, and has no effect. */
static void release(struct story *story)
{
	size_t who = draw(story, HOSTS), host = draw(story, 3) ? who : draw(story, HOSTS);
	struct client *client = ask_for(story, who, RELEASE, story->host_name[host], 0);

	stored_commit(&story->stored);
	expect_positive(story->ns, client);
	add(story, "release.positive");
	if (story->holder[host] == who)
		story->holder[host] = story->second[host];
	else if (story->second[host] != who)
		return;
	story->second[host] = NONE;
}

/* The first hosts are in their teams for ever. */
static void join_or_leave(struct story *story)
{
	size_t who = draw(story, HOSTS), team = story->team[who % TEAMS];

	if (who < TEAMS || !story->in_team[who] || draw(story, 3) > 0) {
		ask_for(story, who, REGISTER, team, NBT_NB_GROUP);
		granted(story, who, team);
		story->in_team[who] = true;
		return;
	}
	ask_for(story, who, RELEASE, team, NBT_NB_GROUP);
	stored_commit(&story->stored);
	expect_positive(story->ns, &story->actor[who]);
	add(story, "release.positive");
	story->in_team[who] = false;
}

/*
 * Two want one name.
 */

static void lose(struct story *story, size_t who, size_t host, struct client *holder)
{
	nbns_pass_ms(story->ns, CHALLENGE);
	expect_question(story->ns, holder);
	expect_question(story->ns, holder);
	add(story, "challenge.lost");
	conflict(story, who, CONFLICT_LOST, story->host_name[host], inet_ntoa(holder->address));
	granted(story, who, story->host_name[host]);
	story->holder[host] = who;
}

static void hold(struct story *story, size_t who, size_t host, struct client *holder, uint16_t id)
{
	say_mine(story->ns, holder, id, text_of(story, story->host_name[host]),
		 inet_ntoa(holder->address));
	add(story, "response.received");
	add(story, "challenge.held");
	add(story, "claim.conflict");
	conflict(story, who, CONFLICT_HELD, story->host_name[host], inet_ntoa(holder->address));
	expect_conflict(story->ns, &story->actor[who]);
}

/* One machine with two addresses. */
static void merge(struct story *story, size_t who, size_t host, struct client *holder, uint16_t id)
{
	char both[2 * INET_ADDRSTRLEN];

	snprintf(both, sizeof(both), "%s ", inet_ntoa(holder->address));
	strcat(both, inet_ntoa(story->actor[who].address));
	say_mine(story->ns, holder, id, text_of(story, story->host_name[host]), both);
	add(story, "response.received");
	add(story, "challenge.joined");
	conflict(story, who, CONFLICT_JOINED, story->host_name[host], inet_ntoa(holder->address));
	granted(story, who, story->host_name[host]);
	story->second[host] = who;
}

static void contend(struct story *story)
{
	size_t who = draw(story, HOSTS), host = draw(story, HOSTS);
	struct client *claimant, *holder;
	uint16_t id;

	if (story->holder[host] == NONE || story->holder[host] == who ||
	    story->second[host] != NONE)
		return;
	holder = &story->actor[story->holder[host]];
	claimant = ask_for(story, who, REGISTER, story->host_name[host], 0);
	expect_wack(story->ns, claimant, 9);
	id = expect_question(story->ns, holder);
	add(story, "wack.sent");
	add(story, "challenge.begun");
	if (draw(story, 3) == 0) { /* it is impatient */
		send_again(story->ns, claimant);
		add(story, "registration.received");
		add(story, "dropped.repeated");
		ledger_claim(&story->ledger, who, (uint8_t)(who % 4), now(story));
	}
	switch (draw(story, 3)) {
	case 0:
		lose(story, who, host, holder);
		break;
	case 1:
		hold(story, who, host, holder, id);
		break;
	default:
		merge(story, who, host, holder, id);
	}
}

/* Names that nobody is asked about. */
static void want_what_cannot_be_had(struct story *story)
{
	const struct {
		size_t name;
		enum conflict_outcome outcome;
		const char *holder;
	} names[] = {
		{ story->team[draw(story, TEAMS)], CONFLICT_GROUP, "0.0.0.0" },
		{ story->fixed, CONFLICT_STATIC, "10.1.9.9" },
		{ story->own, CONFLICT_OWN, "0.0.0.0" },
	};
	size_t which = draw(story, ARRAY_SIZE(names)), who = draw(story, 4);

	ask_for(story, who, REGISTER, names[which].name, 0);
	expect_conflict(story->ns, &story->actor[who]);
	add(story, "claim.conflict");
	conflict(story, who, names[which].outcome, names[which].name, names[which].holder);
}

static void one_without_rights(struct story *story)
{
	size_t who = HOSTS + draw(story, READERS + STRANGERS);
	bool may_query = who < HOSTS + READERS;

	if (!may_query && draw(story, 2)) {
		query(story->ns, &story->actor[who], 0x0100, text_of(story, story->own));
		expect_silence(story->ns);
		add(story, "refused.query");
		return;
	}
	ask_for(story, who, draw(story, 2) ? REGISTER : REFRESH, story->ghost[0], 0);
	expect_refused(story->ns, &story->actor[who], NBT_RCODE_RFS_ERR);
	add(story, "refused.register");
	add(story, "claim.refused");
}

static void something_odd(struct story *story)
{
	struct nbns *ns = story->ns;
	size_t who = draw(story, HOSTS);
	struct client *client = &story->actor[who];
	struct nbt_packet answer;

	switch (draw(story, 5)) {
	case 0:
		send_hex(ns, client, "00 01 01 00 00 01");
		add(story, "dropped.malformed");
		break;
	case 1:
		send_hex(ns, client, "00 01 18 00 00 00 00 00 00 00 00 00");
		add(story, "dropped.opcode");
		break;
	case 2:
		say_not_mine(ns, client, 0x7777, "HOST1<20>");
		add(story, "response.received");
		add(story, "dropped.response");
		break;
	case 3:
		node_status(ns, client, 0, "*");
		next_packet(ns, &answer, __LINE__);
		add(story, "status.received");
		add(story, "status.answered");
		break;
	default:
		ask_for(story, who, REGISTER, story->proxy, 0);
		expect_refused(ns, client, NBT_RCODE_RFS_ERR);
		add(story, "claim.refused");
	}
	expect_silence(ns);
}

/*
 * The hour.
 */

static void act(struct story *story)
{
	static const struct {
		uint32_t lots;
		void (*act)(struct story *story);
	} acts[] = {
		{ 40, ask },
		{ 20, claim_own },
		{ 6, release },
		{ 6, join_or_leave },
		{ 6, contend },
		{ 2, want_what_cannot_be_had },
		{ 4, one_without_rights },
		{ 4, something_odd },
		{ 2, be_loud },
	};
	uint32_t lot = draw(story, 90);
	size_t i = 0;

	for (; lot >= acts[i].lots; i++)
		lot -= acts[i].lots;
	acts[i].act(story);
	stored_commit(&story->stored);
	expect_silence(story->ns);
}

static void play(struct story *story, unsigned seconds)
{
	uint64_t end_ms = story->ns->env.now_ms + seconds * UINT64_C(1000);

	while (story->ns->env.now_ms < end_ms) {
		nbns_pass_ms(story->ns, 1000);
		for (uint32_t n = draw(story, 4); n > 0; n--)
			act(story);
		stored_commit(&story->stored);
	}
}

static void check(struct story *story)
{
	/* How the audit is saved and what the server does for itself is not in the script. */
	static const char *const but[] = { "audit.saved", "own.sent", "own.decided",
					   "sweep.written", NULL };

	ledger_check(&story->ledger, story->ns->service, story->ns->registry, HISTORY, but);
}

static size_t numbered(struct story *story, const char *what, size_t number, unsigned suffix)
{
	char text[NBT_NAME_TEXT_MAX];

	snprintf(text, sizeof(text), "%s%zu<%02X>", what, number, suffix);
	return ledger_add_name(&story->ledger, text);
}

static void cast(struct story *story)
{
	static const struct {
		size_t count;
		const char *network;
	} groups[] = { { HOSTS, "10.1.0." },
		       { READERS, "10.2.0." },
		       { STRANGERS, "10.9.0." },
		       { LOUD, "10.2.1." },
		       { EXEMPT, "10.2.2." } };
	size_t who = 0;

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		for (size_t k = 1; k <= groups[i].count; k++, who++) {
			char address[INET_ADDRSTRLEN];

			snprintf(address, sizeof(address), "%s%zu", groups[i].network, k);
			story->actor[who] = client_at(address);
			story->ledger.client[who].address = story->actor[who].address;
		}
	for (size_t i = 0; i < HOSTS; i++) {
		story->host_name[i] = numbered(story, "HOST", i, 0x20);
		story->holder[i] = story->second[i] = NONE;
	}
	for (size_t i = 0; i < TEAMS; i++)
		story->team[i] = numbered(story, "TEAM", i, 0);
	for (size_t i = 0; i < GHOSTS; i++)
		story->ghost[i] = numbered(story, "GHOST", i, 0x20);
	story->own = ledger_add_name(&story->ledger, "OFFICE1<20>");
	story->fixed = ledger_add_name(&story->ledger, "FIXED<20>");
	story->proxy = ledger_add_name(&story->ledger, "WPAD<00>");
}

static struct story *begin(uint64_t seed)
{
	struct story *story = calloc(1, sizeof(*story));

	assert_non_null(story);
	story->lots = (struct lots){ seed };
	stored_begin(&story->stored);
	story->ns = story->stored.ns;
	cast(story);
	nbns_allow(story->ns, MAY_QUERY, "10.0.0.0/14");
	nbns_allow(story->ns, MAY_REGISTER, "10.0.0.0/15");
	nbns_allow(story->ns, MAY_ASK_ON, "10.2.2.0/24");
	story->ns->settings.node.is_server = true; /* its own names are in its database */
	story->ns->settings.rate_limit = RATE;
	story->ns->settings.audit_clients = ACTORS;
	story->ns->settings.audit_save_s = SAVE_S;
	story->ns->settings.conflict_history = HISTORY;
	stored_start(&story->stored);
	put_static(story->ns, "FIXED<20>", RECORD_UNIQUE, "10.1.9.9");
	for (size_t i = 0; i < TEAMS; i++) {
		ask_for(story, i, REGISTER, story->team[i], NBT_NB_GROUP);
		granted(story, i, story->team[i]);
	}
	return story;
}

static void restart(struct story *story, bool in_order)
{
	ledger_new_run(&story->ledger);
	stored_restart(&story->stored, in_order);
	check(story);
}

/* Killed, it has what it saved by itself: all of it, when nothing happened lately. */
static void rest_and_crash(struct story *story)
{
	for (unsigned i = 0; i < 2 * SAVE_S; i++) {
		nbns_pass(story->ns, 1);
		stored_commit(&story->stored);
	}
	restart(story, false);
}

static void an_hour_with(uint64_t seed)
{
	struct story *story = begin(seed);

	play(story, 1800);
	check(story);
	restart(story, true);
	play(story, 1800);
	check(story);
	assert_true(story->ledger.conflict_count > HISTORY);
	rest_and_crash(story);
	stored_end(&story->stored);
	free(story);
}

static void audit_and_statistics_agree_with_the_script(void **state)
{
	struct seeds seeds = seeds_wanted(1);

	(void)state;
	for (uint64_t seed = seeds.first; seed <= seeds.last; seed++) {
		if (seeds.last > seeds.first)
			print_message("seed %llu\n", (unsigned long long)seed);
		an_hour_with(seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(audit_and_statistics_agree_with_the_script),
	};

	return cmocka_run_group_tests_name("scenario_audit", tests, NULL, NULL);
}
