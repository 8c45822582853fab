/* The service beyond the conformance cases: when answers go out, who gets one, what is bounded. */
#include "nbns.h"

#include <errno.h>
#include <stdio.h>

#include "common/access.h"
#include "nbnsd/service/challenge.h"

#define FRED "FRED<20>"
#define LAB  "LAB<1E>"

static size_t member_count(const struct nbns *ns, const char *name)
{
	const struct nbt_scope scope = { 0 };
	struct nbt_name bytes = name_of(name);

	return registry_member_count(ns->registry, registry_find(ns->registry, &bytes, &scope));
}

/*
 * Answers wait for the store.
 */

static void answers_wait_for_their_commit(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	ns->stalled = true;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	claim(ns, &ns->b, REGISTER, "WILMA<20>", UNIQUE);
	expect_silence(ns);
	query(ns, &ns->c, 0x0100, FRED); /* uncommitted changes can be seen */
	expect_addresses(ns, &ns->c, NBT_NB_H, "10.0.0.1");
	nbns_commit(ns);
	expect_positive(ns, &ns->a);
	expect_positive(ns, &ns->b);
	expect_silence(ns);
	nbns_free(ns);
}

static void retransmissions_wait_with_their_request(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	ns->stalled = true;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	send_again(ns, &ns->a);
	send_again(ns, &ns->a);
	nbns_commit(ns);
	expect_positive(ns, &ns->a);
	expect_silence(ns);
	send_again(ns, &ns->a); /* the answer was lost */
	expect_positive(ns, &ns->a);
	nbns_free(ns);
}

/* What is acknowledged survives a crash: the first registration is not on disk yet. */
static void refresh_of_an_uncommitted_name_waits(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	ns->stalled = true;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	claim(ns, &ns->a, REFRESH, FRED, UNIQUE);
	claim(ns, &ns->a, RELEASE, "WILMA<20>", UNIQUE);
	expect_positive(ns, &ns->a); /* of what is not there */
	expect_silence(ns);
	nbns_commit(ns);
	assert_int_equal(ns->arrived, 2);
	nbns_free(ns);
}

static void refresh_needs_no_commit(void **state)
{
	struct nbns *ns = nbns_run();
	lease_time expiry;

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	expiry = record_named(ns, FRED).expiry;
	ns->stalled = true;
	nbns_pass(ns, 100);
	claim(ns, &ns->a, REFRESH, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	assert_false(nbns_has_changes(ns));
	assert_int_equal(record_named(ns, FRED).expiry, expiry + 100);
	nbns_free(ns);
}

static void refresh_of_one_of_several_addresses_needs_no_commit(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "LAB<1C>", GROUP);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, "LAB<1C>", GROUP);
	expect_positive(ns, &ns->b);
	ns->stalled = true;
	nbns_pass(ns, 100);
	claim(ns, &ns->a, REFRESH, "LAB<1C>", GROUP);
	expect_positive(ns, &ns->a);
	assert_false(nbns_has_changes(ns));
	assert_int_equal(record_named(ns, "LAB<1C>").address[0].expiry, 100100 + 518400);
	assert_int_equal(record_named(ns, "LAB<1C>").address[1].expiry, 100000 + 518400);
	nbns_free(ns);
}

static void changes_are_dropped_while_the_store_is_in_trouble(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	service_set_storing(ns->service, false);
	claim(ns, &ns->b, REGISTER, "WILMA<20>", UNIQUE);
	claim(ns, &ns->b, REGISTER, FRED, UNIQUE);
	claim(ns, &ns->a, RELEASE, FRED, UNIQUE);
	claim(ns, &ns->b, REGISTER, LAB, GROUP);
	expect_silence(ns);
	assert_int_equal(stat_value(ns, "dropped.store"), 4);
	assert_int_equal(registry_count(ns->registry), 1);
	assert_int_equal(record_named(ns, FRED).state, RECORD_ACTIVE);

	query(ns, &ns->c, 0x0100, FRED);
	expect_addresses(ns, &ns->c, NBT_NB_H, "10.0.0.1");
	claim(ns, &ns->a, REFRESH, FRED, UNIQUE);
	expect_positive(ns, &ns->a);

	service_set_storing(ns->service, true);
	send_again(ns, &ns->b);
	expect_positive(ns, &ns->b);
	service_set_storing(ns->service, false);
	claim(ns, &ns->c, REGISTER, LAB, GROUP);
	claim(ns, &ns->b, RELEASE, LAB, GROUP);
	expect_silence(ns);
	assert_int_equal(member_count(ns, LAB), 1);
	nbns_free(ns);
}

/* Each batch that is handed over costs, and trouble may last for days. */
static void nothing_is_handed_to_a_store_in_trouble(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, LAB, GROUP);
	expect_positive(ns, &ns->a);
	ns->stalled = true;
	service_set_storing(ns->service, false);
	nbns_pass(ns, 518400 / 16);
	claim(ns, &ns->a, REFRESH, LAB, GROUP);
	expect_positive(ns, &ns->a);
	assert_false(nbns_has_changes(ns));
	service_set_storing(ns->service, true);
	assert_true(nbns_has_changes(ns));
	nbns_free(ns);
}

static void what_waits_is_bounded(void **state)
{
	struct nbns *ns = nbns_new();
	char name[32];

	(void)state;
	ns->settings.max_waiting = 10;
	nbns_start(ns);
	ns->stalled = true;
	for (int i = 0; i < 15; i++) {
		snprintf(name, sizeof(name), "HOST%d<20>", i);
		claim(ns, &ns->a, REGISTER, name, UNIQUE);
	}
	expect_silence(ns);
	assert_int_equal(registry_count(ns->registry), 10);
	assert_int_equal(stat_value(ns, "dropped.busy"), 5);
	nbns_commit(ns);
	assert_int_equal(ns->arrived, 10);
	nbns_free(ns);
}

/* More answers become due than one outbox takes. */
static void the_outbox_is_emptied_and_filled(void **state)
{
	struct nbns *ns = nbns_run();
	char name[32];

	(void)state;
	ns->stalled = true;
	for (int i = 0; i < 3 * OUTBOX_SIZE; i++) {
		snprintf(name, sizeof(name), "HOST%d<20>", i);
		claim(ns, &ns->a, REGISTER, name, UNIQUE);
	}
	expect_silence(ns);
	nbns_commit(ns);
	assert_int_equal(ns->arrived, 3 * OUTBOX_SIZE);
	nbns_free(ns);
}

/* Two batches are with the store, it has committed one. */
static void batches_are_committed_one_by_one(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	ns->stalled = true;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	assert_true(nbns_has_changes(ns));
	claim(ns, &ns->b, REGISTER, "WILMA<20>", UNIQUE);
	assert_true(nbns_has_changes(ns));
	assert_int_equal(ns->batch_count, 2);

	service_committed(ns->service, ns->batches[0]);
	ns->batches[0] = ns->batches[--ns->batch_count];
	assert_false(service_answers(ns->service, &ns->out, &ns->env));
	assert_int_equal(ns->out.count, 1);
	nbns_commit(ns);
	expect_positive(ns, &ns->a);
	expect_positive(ns, &ns->b);
	expect_silence(ns);
	nbns_free(ns);
}

/*
 * Who gets an answer.
 */

static void who_may_register(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	nbns_allow(ns, MAY_REGISTER, "10.0.0.1");
	claim(ns, &ns->b, REGISTER, FRED, UNIQUE);
	expect_refused(ns, &ns->b, NBT_RCODE_RFS_ERR);
	claim(ns, &ns->b, REFRESH, FRED, UNIQUE);
	expect_refused(ns, &ns->b, NBT_RCODE_RFS_ERR);
	assert_false(has_record(ns, FRED));
	assert_int_equal(stat_value(ns, "refused.register"), 2);
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	query(ns, &ns->b, 0x0100, FRED); /* anybody may ask */
	expect_addresses(ns, &ns->b, NBT_NB_H, "10.0.0.1");

	service_set_access(ns->service, NULL);
	claim(ns, &ns->a, REGISTER, "WILMA<20>", UNIQUE);
	expect_refused(ns, &ns->a, NBT_RCODE_RFS_ERR);
	nbns_free(ns);
}

/* Whoever may not gets nothing, not even a refusal: it might be sent to somebody else. */
static void who_may_query(void **state)
{
	struct nbns *ns = nbns_run();
	struct in_addr source;
	enum service_rule rule;

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	nbns_allow(ns, MAY_QUERY, "10.0.0.3");
	query(ns, &ns->b, 0x0100, FRED);
	query(ns, &ns->b, 0x0100, "BARNEY<20>");
	query(ns, &ns->b, 0x0000, "OFFICE1<20>");
	node_status(ns, &ns->b, 0, "*");
	expect_silence(ns);
	assert_int_equal(stat_value(ns, "refused.query"), 4);
	query(ns, &ns->c, 0x0100, FRED);
	expect_addresses(ns, &ns->c, NBT_NB_H, "10.0.0.1");

	/* The administrator is told of the first one in an hour. */
	assert_true(service_next_refusal(ns->service, &source, &rule));
	assert_int_equal(source.s_addr, ns->b.address.s_addr);
	assert_int_equal(rule, MAY_QUERY);
	assert_false(service_next_refusal(ns->service, &source, &rule));
	nbns_pass(ns, 3599);
	query(ns, &ns->b, 0x0100, FRED);
	assert_false(service_next_refusal(ns->service, &source, &rule));
	nbns_pass(ns, 1);
	query(ns, &ns->b, 0x0100, FRED);
	assert_true(service_next_refusal(ns->service, &source, &rule));
	assert_false(service_next_refusal(ns->service, &source, &rule));

	nbns_allow(ns, MAY_HAVE_MEMBERS, "10.0.0.2"); /* these may ask, too */
	query(ns, &ns->b, 0x0100, FRED);
	expect_addresses(ns, &ns->b, NBT_NB_H, "10.0.0.1");
	nbns_free(ns);
}

static void answers_per_source_are_limited(void **state)
{
	struct nbns *ns = nbns_new();

	(void)state;
	ns->settings.rate_limit = 5;
	nbns_start(ns);
	for (int i = 0; i < 20; i++)
		query(ns, &ns->a, 0x0100, FRED);
	assert_int_equal(ns->arrived, 5);
	assert_int_equal(stat_value(ns, "dropped.rate"), 15);
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	node_status(ns, &ns->a, 0, "*");
	assert_int_equal(ns->arrived, 5);
	assert_false(has_record(ns, FRED));
	query(ns, &ns->b, 0x0100, FRED);
	assert_int_equal(ns->arrived, 6);
	nbns_pass(ns, 1);
	query(ns, &ns->a, 0x0100, FRED);
	assert_int_equal(ns->arrived, 7);
	nbns_free(ns);
}

static void proxy_names_are_refused(void **state)
{
	struct nbns *ns = nbns_new();

	(void)state;
	nbns_start(ns);
	claim(ns, &ns->a, REGISTER, "WPAD<00>", UNIQUE);
	expect_refused(ns, &ns->a, NBT_RCODE_RFS_ERR);
	claim(ns, &ns->a, REGISTER, "ISATAP<00>", UNIQUE);
	expect_refused(ns, &ns->a, NBT_RCODE_RFS_ERR);
	ns->settings.allow_proxy_names = true;
	nbns_restart(ns);
	claim(ns, &ns->a, REGISTER, "WPAD<00>", UNIQUE);
	expect_positive(ns, &ns->a);
	nbns_free(ns);
}

static void addresses_of_no_host_are_refused(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim_for(ns, &ns->a, REGISTER, FRED, UNIQUE, "0.0.0.0");
	expect_refused(ns, &ns->a, NBT_RCODE_RFS_ERR);
	claim_for(ns, &ns->a, REGISTER, FRED, UNIQUE, "255.255.255.255");
	expect_refused(ns, &ns->a, NBT_RCODE_RFS_ERR);
	claim_for(ns, &ns->a, REGISTER, FRED, UNIQUE, "127.64.64.1");
	expect_positive(ns, &ns->a);
	nbns_free(ns);
}

/* 0.0.0.0 gets through the kernel when it comes to 255.255.255.255; an answer would go to
 * ourselves. */
static void nobody_is_not_answered(void **state)
{
	struct nbns *ns = nbns_run();
	struct client nobody = client_at("0.0.0.0");

	(void)state;
	query(ns, &nobody, 0x0110, "OFFICE1<20>");
	send_packet(ns, &nobody, &nobody.sent, true);
	claim_for(ns, &nobody, 0x2910, "OFFICE1<20>", UNIQUE, "10.0.0.1");
	nobody = client_at("10.0.0.9");
	nobody.port = 0;
	query(ns, &nobody, 0x0100, "OFFICE1<20>");
	expect_silence(ns);
	assert_int_equal(stat_value(ns, "dropped.not-ours"), 4);
	nbns_free(ns);
}

/* A node without a server. */
static void a_node_answers_for_itself_only(void **state)
{
	struct nbns *ns = nbns_new();
	struct nbt_packet answer;

	(void)state;
	ns->settings.server = false;
	nbns_start(ns);
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	claim(ns, &ns->a, RELEASE, FRED, UNIQUE);
	expect_silence(ns);
	claim(ns, &ns->a, REGISTER, "OFFICE1<20>", UNIQUE);
	expect_conflict(ns, &ns->a);
	query(ns, &ns->a, 0x0100, FRED);
	next_packet(ns, &answer, __LINE__);
	assert_int_equal(nbt_packet_flags_word(&answer), 0x8583);
	query(ns, &ns->a, 0x0100, "OFFICE1<20>");
	next_packet(ns, &answer, __LINE__);
	assert_int_equal(nbt_packet_flags_word(&answer), 0x8500); /* no name server: RA is 0 */
	expect_silence(ns);
	nbns_free(ns);
}

/* As smbtorture's register_own and refresh_own have it. */
static void own_names_are_defended(void **state)
{
	static const uint16_t flags[] = { 0x2910, 0x2900, 0x2810, 0x7900, 0x4010, 0x4000, 0x4810 };
	struct nbns *ns = nbns_run();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		claim(ns, &ns->a, flags[i], "OFFICE1<20>", UNIQUE);
		expect_conflict(ns, &ns->a);
	}
	claim(ns, &ns->a, 0x2910, "OFFICE1<20>", UNIQUE);
	expect_conflict(ns, &ns->a);
	claim_for(ns, &ns->a, REGISTER, "OFFICE1<20>", UNIQUE, NS_ADDRESS);
	expect_positive(ns, &ns->a); /* it is ours */
	assert_int_equal(registry_count(ns->registry), 0);
	query(ns, &ns->b, 0x0110, "OFFICE1<20>");
	expect_addresses(ns, &ns->b, NBT_NB_H, NS_ADDRESS);
	nbns_free(ns);
}

static void own_addresses(void **state)
{
	static const struct served_socket sockets[] = {
		{ .address = { 0x0100007F } }, /* 127.0.0.1 */
		{ .address = { 0x6400000A } }, /* 10.0.0.100 */
		{ .address = { INADDR_ANY } }, /* not in use */
		{ .address = { 0x6401000A } }, /* 10.0.1.100 */
	};
	struct nbns *ns = nbns_run();

	(void)state;
	service_set_sockets(ns->service, sockets, ARRAY_SIZE(sockets));
	nbns_pass_ms(ns, 0);
	query(ns, &ns->a, 0x0100, "OFFICE1<00>");
	expect_addresses(ns, &ns->a, NBT_NB_H, "10.0.0.100 10.0.1.100");
	service_set_sockets(ns->service, sockets, 1);
	nbns_pass_ms(ns, 0);
	query(ns, &ns->a, 0x0100, "OFFICE1<00>");
	expect_addresses(ns, &ns->a, NBT_NB_H, "127.0.0.1");
	service_set_sockets(ns->service, NULL, 0);
	query(ns, &ns->a, 0x0100, "OFFICE1<00>");
	expect_silence(ns);
	nbns_free(ns);
}

/*
 * Contests.
 */

static void claims_for_one_name_come_one_after_the_other(void **state)
{
	struct nbns *ns = nbns_run();
	struct client d = client_at("10.0.0.4");
	uint16_t id;

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, FRED, UNIQUE);
	expect_wack(ns, &ns->b, 9);
	id = expect_question(ns, &ns->a);
	claim(ns, &ns->c, REGISTER, FRED, UNIQUE);
	expect_wack(ns, &ns->c, 18);
	claim(ns, &d, REGISTER, FRED, GROUP);
	expect_wack(ns, &d, 27);
	expect_silence(ns); /* A is asked once */

	say_not_mine(ns, &ns->a, id, FRED);
	expect_positive(ns, &ns->b);
	id = expect_question(ns, &ns->b); /* for C, who is told nothing again */
	expect_silence(ns);
	say_mine(ns, &ns->b, id, FRED, "10.0.0.2");
	expect_conflict(ns, &ns->c);
	id = expect_question(ns, &ns->b); /* for D */
	say_mine(ns, &ns->b, id, FRED, "10.0.0.2");
	expect_conflict(ns, &d);
	expect_silence(ns);
	nbns_free(ns);
}

/* B's registration is not committed, so B does not know yet that the name is his. */
static void nobody_is_asked_before_he_knows(void **state)
{
	struct nbns *ns = nbns_run();
	uint16_t id;

	(void)state;
	ns->stalled = true;
	claim(ns, &ns->b, REGISTER, FRED, UNIQUE);
	claim(ns, &ns->c, REGISTER, FRED, UNIQUE);
	expect_wack(ns, &ns->c, 18);
	send_again(ns, &ns->c);
	nbns_pass(ns, 2);
	expect_silence(ns);
	ns->stalled = false;
	nbns_pass_ms(ns, 0);
	nbns_commit(ns);
	nbns_pass_ms(ns, 0);
	expect_positive(ns, &ns->b);
	id = expect_question(ns, &ns->b);
	say_mine(ns, &ns->b, id, FRED, "10.0.0.2");
	expect_conflict(ns, &ns->c);
	nbns_free(ns);
}

/* The name is given up while its owner is asked: nothing stands against the claimant. */
static void the_owner_releases_meanwhile(void **state)
{
	struct nbns *ns = nbns_run();
	uint16_t id;

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, FRED, UNIQUE);
	expect_wack(ns, &ns->b, 9);
	id = expect_question(ns, &ns->a);
	claim(ns, &ns->a, RELEASE, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	say_not_mine(ns, &ns->a, id, FRED);
	expect_positive(ns, &ns->b);
	expect_lists(ns, FRED, "10.0.0.2");
	nbns_free(ns);
}

/* Which socket the next question to A leaves by. */
static uint16_t question_socket(struct nbns *ns)
{
	uint16_t socket = ns->inbox[ns->seen].socket;

	expect_question(ns, &ns->a);
	return socket;
}

/* Nothing gets from 127.0.0.1 to another host: A would seem to be silent. */
static void the_owner_is_asked_by_a_socket_that_reaches_him(void **state)
{
	struct served_socket sockets[] = {
		{ .address = { 0x0100007F } }, /* 127.0.0.1 */
		{ .address = { INADDR_ANY } }, /* not in use */
		{ .address = { 0x6400000A } }, /* 10.0.0.100 */
		{ .address = { 0x6401000A } }, /* 10.0.1.100 */
	};
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	claim_for(ns, &ns->a, REGISTER, "LOCAL<20>", UNIQUE, "127.0.0.2");
	expect_positive(ns, &ns->a);
	service_set_sockets(ns->service, sockets, ARRAY_SIZE(sockets));
	claim(ns, &ns->b, REGISTER, FRED, UNIQUE);
	assert_int_equal(ns->inbox[ns->seen].socket, 0);
	expect_wack(ns, &ns->b, 9);
	assert_int_equal(question_socket(ns), 2);

	sockets[2].address.s_addr = INADDR_ANY; /* it goes meanwhile */
	service_set_sockets(ns->service, sockets, ARRAY_SIZE(sockets));
	nbns_pass_ms(ns, 500);
	assert_int_equal(question_socket(ns), 3);

	claim(ns, &ns->b, REGISTER, "LOCAL<20>", UNIQUE);
	expect_wack(ns, &ns->b, 9);
	assert_int_equal(ns->inbox[ns->seen].socket, 0);
	nbns_free(ns);
}

static void challenges_are_bounded(void **state)
{
	struct nbns *ns = nbns_new();
	char name[32];

	(void)state;
	ns->settings.max_challenges = 2;
	nbns_start(ns);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "HOST%d<20>", i);
		claim(ns, &ns->a, REGISTER, name, UNIQUE);
		expect_positive(ns, &ns->a);
	}
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "HOST%d<20>", i);
		claim(ns, &ns->b, REGISTER, name, UNIQUE);
		if (i == 2)
			break;
		expect_wack(ns, &ns->b, 9);
		expect_question(ns, &ns->a);
	}
	expect_silence(ns);
	assert_int_equal(stat_value(ns, "dropped.busy"), 1);
	nbns_pass(ns, 4);
	assert_int_equal(ns->arrived, 6); /* two more questions and an answer each */
	nbns_free(ns);
}

static void claims_per_challenge_are_bounded(void **state)
{
	struct nbns *ns = nbns_run();
	char address[16];

	(void)state;
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	for (int i = 0; i < 12; i++) {
		struct client client;

		snprintf(address, sizeof(address), "10.0.1.%d", i + 1);
		client = client_at(address);
		claim(ns, &client, REGISTER, FRED, UNIQUE);
	}
	assert_int_equal(stat_value(ns, "wack.sent"), 8);
	assert_int_equal(stat_value(ns, "dropped.busy"), 4);
	nbns_free(ns);
}

/*
 * Members of normal groups.
 */

static void members_are_remembered(void **state)
{
	struct nbns *ns = nbns_run();
	uint64_t version;

	(void)state;
	claim(ns, &ns->a, REGISTER, LAB, GROUP);
	expect_positive(ns, &ns->a);
	version = version_of(ns, LAB);
	claim(ns, &ns->b, MULTIHOMED, LAB, GROUP);
	expect_positive(ns, &ns->b);
	claim(ns, &ns->b, REFRESH, LAB, GROUP);
	expect_positive(ns, &ns->b);
	assert_int_equal(member_count(ns, LAB), 2);
	assert_int_equal(version_of(ns, LAB), version);

	claim(ns, &ns->c, RELEASE, LAB, GROUP); /* no member */
	expect_positive(ns, &ns->c);
	assert_int_equal(member_count(ns, LAB), 2);
	claim(ns, &ns->a, RELEASE, LAB, GROUP);
	expect_positive(ns, &ns->a);
	assert_int_equal(member_count(ns, LAB), 1);
	assert_int_equal(record_named(ns, LAB).state, RECORD_ACTIVE);
	claim(ns, &ns->b, RELEASE, LAB, GROUP);
	expect_positive(ns, &ns->b);
	assert_int_equal(member_count(ns, LAB), 0);
	assert_int_equal(record_named(ns, LAB).state, RECORD_RELEASED);
	nbns_free(ns);
}

static void members_of_static_groups_are_remembered(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	put_static(ns, LAB, RECORD_GROUP, "");
	claim(ns, &ns->a, REGISTER, LAB, GROUP);
	expect_positive(ns, &ns->a);
	assert_int_equal(member_count(ns, LAB), 1);
	claim(ns, &ns->a, RELEASE, LAB, GROUP);
	expect_conflict(ns, &ns->a);
	nbns_free(ns);
}

static void joining_waits_for_its_commit(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, LAB, GROUP);
	expect_positive(ns, &ns->a);
	ns->stalled = true;
	claim(ns, &ns->a, REFRESH, LAB, GROUP);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, LAB, GROUP);
	claim(ns, &ns->b, REFRESH, LAB, GROUP);
	expect_silence(ns);
	nbns_commit(ns);
	assert_int_equal(ns->arrived, 2);
	nbns_free(ns);
}

/* A lease that was granted is kept, and written once per sixteenth of the interval. */
static void leases_of_members(void **state)
{
	const struct nbt_scope scope = { 0 };
	const struct nbt_name name = name_of(LAB);
	struct nbns *ns = nbns_run();
	lease_time promised, got;
	size_t written = 0;
	uint32_t id;

	(void)state;
	ns->stalled = true;
	for (int hour = 0; hour < 6 * 24; hour++) {
		claim(ns, &ns->a, REFRESH, LAB, GROUP);
		written += nbns_has_changes(ns);
		nbns_commit(ns);
		expect_positive(ns, &ns->a);
		promised = service_lease_now(ns->service, &ns->env) + 518400;
		id = registry_find(ns->registry, &name, &scope);
		got = registry_member_lease(ns->registry, id, ns->a.address);
		assert_true(got >= promised && got < promised + 518400 / 16);
		assert_true(record_named(ns, LAB).expiry >= got);
		nbns_commit(ns);
		ns->env.now_ms += 3600 * 1000;
	}
	assert_in_range(written, 16, 34); /* and the sweep writes the record as often */
	nbns_free(ns);
}

static void a_replicated_group_is_taken(void **state)
{
	struct nbns *ns = nbns_run();
	struct record record = replica_of(ns, LAB, RECORD_GROUP, "");

	(void)state;
	plant(ns, &record);
	claim(ns, &ns->a, REGISTER, LAB, GROUP);
	expect_positive(ns, &ns->a);
	record = record_named(ns, LAB);
	assert_true(record_is_owned(&record));
	assert_int_equal(record.version, 1);
	assert_int_equal(member_count(ns, LAB), 1);

	record = replica_of(ns, "SHOP<1E>", RECORD_GROUP, "");
	record.registered_by = ns->b.address;
	plant(ns, &record);
	claim(ns, &ns->a, RELEASE, "SHOP<1E>", GROUP);
	expect_positive(ns, &ns->a);
	assert_int_equal(record_named(ns, "SHOP<1E>").state, RECORD_ACTIVE);
	claim(ns, &ns->b, RELEASE, "SHOP<1E>", GROUP);
	expect_positive(ns, &ns->b);
	assert_int_equal(record_named(ns, "SHOP<1E>").state, RECORD_TOMBSTONE);
	nbns_free(ns);
}

/*
 * Administration.
 */

static void static_records_get_a_version(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, LAB, GROUP);
	expect_positive(ns, &ns->a);
	put_static(ns, FRED, RECORD_UNIQUE, "10.0.0.9");
	assert_int_equal(version_of(ns, FRED), 2);
	put_static(ns, LAB, RECORD_MULTIHOMED, "10.0.0.8 10.0.0.9"); /* its members are gone */
	assert_int_equal(version_of(ns, LAB), 3);
	query(ns, &ns->c, 0x0100, LAB);
	expect_addresses(ns, &ns->c, NBT_NB_H, "10.0.0.8 10.0.0.9");
	nbns_free(ns);
}

static void static_records_have_fitting_addresses(void **state)
{
	static const struct {
		uint8_t kind, count;
		int want;
	} rows[] = {
		{ RECORD_UNIQUE, 0, -EINVAL },        { RECORD_UNIQUE, 1, 0 },
		{ RECORD_UNIQUE, 2, -EINVAL },        { RECORD_GROUP, 0, 0 },
		{ RECORD_GROUP, 1, -EINVAL },         { RECORD_MULTIHOMED, 0, -EINVAL },
		{ RECORD_MULTIHOMED, 25, 0 },         { RECORD_MULTIHOMED, 26, -EINVAL },
		{ RECORD_SPECIAL_GROUP, 0, -EINVAL }, { RECORD_SPECIAL_GROUP, 25, 0 },
	};
	struct nbns *ns = nbns_run();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct record record = record_of(ns, FRED, RECORD_GROUP, "");

		record.kind = rows[i].kind;
		record.address_count = rows[i].count;
		if (service_put(ns->service, &record) != rows[i].want)
			fail_msg("row %zu", i);
	}
	nbns_free(ns);
}

/* What should not be in a database, but could: a name of nobody's. */
static void a_name_without_addresses_is_free(void **state)
{
	struct nbns *ns = nbns_run();
	struct record record = replica_of(ns, FRED, RECORD_MULTIHOMED, "");

	(void)state;
	plant(ns, &record);
	query(ns, &ns->c, 0x0100, FRED);
	expect_negative(ns, &ns->c);
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	expect_lists(ns, FRED, "10.0.0.1");
	nbns_free(ns);
}

/*
 * Other settings while it runs.
 */

static void reconfigure(struct nbns *ns)
{
	assert_true(service_set_settings(ns->service, &ns->settings, &ns->env));
}

static void other_intervals_are_for_what_comes(void **state)
{
	struct nbns *ns = nbns_run();
	lease_time expiry;

	(void)state;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	expiry = record_named(ns, "FRED<20>").expiry;
	ns->settings.renewal_s = 86400;
	reconfigure(ns);
	assert_int_equal(record_named(ns, "FRED<20>").expiry, expiry);
	claim(ns, &ns->b, REGISTER, "BOB<20>", UNIQUE);
	expect_ttl(ns, &ns->b, 86400);
	nbns_free(ns);
}

static void other_limits_hold_at_once(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	ns->settings.rate_limit = 1;
	reconfigure(ns);
	query(ns, &ns->a, NBT_FLAG_RD, "NOBODY<20>");
	expect_negative(ns, &ns->a);
	query(ns, &ns->a, NBT_FLAG_RD, "NOBODY<20>");
	expect_silence(ns);
	ns->settings.rate_limit = 0;
	ns->settings.max_waiting = 1;
	reconfigure(ns);
	query(ns, &ns->a, NBT_FLAG_RD, "NOBODY<20>");
	expect_negative(ns, &ns->a);
	nbns_commit(ns);
	ns->stalled = true;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	claim(ns, &ns->b, REGISTER, "BOB<20>", UNIQUE); /* dropped */
	ns->stalled = false;
	nbns_commit(ns);
	nbns_pass_ms(ns, 1);
	expect_positive(ns, &ns->a);
	expect_silence(ns);
	nbns_free(ns);
}

static void what_waits_goes_on(void **state)
{
	struct nbns *ns = nbns_run();
	uint16_t id;

	(void)state;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, "FRED<20>", UNIQUE);
	expect_wack(ns, &ns->b, 9);
	id = expect_question(ns, &ns->a);
	ns->settings.max_challenges = CHALLENGES_MAX;
	ns->settings.challenge_tries = 1;
	reconfigure(ns);
	say_mine(ns, &ns->a, id, "FRED<20>", "10.0.0.1");
	expect_conflict(ns, &ns->b);
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_wait_for_their_commit),
		cmocka_unit_test(retransmissions_wait_with_their_request),
		cmocka_unit_test(refresh_of_an_uncommitted_name_waits),
		cmocka_unit_test(refresh_needs_no_commit),
		cmocka_unit_test(refresh_of_one_of_several_addresses_needs_no_commit),
		cmocka_unit_test(changes_are_dropped_while_the_store_is_in_trouble),
		cmocka_unit_test(nothing_is_handed_to_a_store_in_trouble),
		cmocka_unit_test(what_waits_is_bounded),
		cmocka_unit_test(the_outbox_is_emptied_and_filled),
		cmocka_unit_test(batches_are_committed_one_by_one),
		cmocka_unit_test(who_may_register),
		cmocka_unit_test(who_may_query),
		cmocka_unit_test(answers_per_source_are_limited),
		cmocka_unit_test(proxy_names_are_refused),
		cmocka_unit_test(addresses_of_no_host_are_refused),
		cmocka_unit_test(nobody_is_not_answered),
		cmocka_unit_test(a_node_answers_for_itself_only),
		cmocka_unit_test(own_names_are_defended),
		cmocka_unit_test(own_addresses),
		cmocka_unit_test(claims_for_one_name_come_one_after_the_other),
		cmocka_unit_test(nobody_is_asked_before_he_knows),
		cmocka_unit_test(the_owner_releases_meanwhile),
		cmocka_unit_test(the_owner_is_asked_by_a_socket_that_reaches_him),
		cmocka_unit_test(challenges_are_bounded),
		cmocka_unit_test(claims_per_challenge_are_bounded),
		cmocka_unit_test(members_are_remembered),
		cmocka_unit_test(members_of_static_groups_are_remembered),
		cmocka_unit_test(joining_waits_for_its_commit),
		cmocka_unit_test(leases_of_members),
		cmocka_unit_test(a_replicated_group_is_taken),
		cmocka_unit_test(static_records_get_a_version),
		cmocka_unit_test(static_records_have_fitting_addresses),
		cmocka_unit_test(a_name_without_addresses_is_free),
		cmocka_unit_test(other_intervals_are_for_what_comes),
		cmocka_unit_test(other_limits_hold_at_once),
		cmocka_unit_test(what_waits_goes_on),
	};

	return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
