/* Nodes on a simulated network: conformance cases 72 to 80, and stories of several hosts. */
#include "sim.h"
#include "seeds.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#define REQUEST    0x2910 /* registration by broadcast */
#define DEMAND     0x2810
#define RELEASE    0x3010
#define REGISTER   0x2900 /* at an NBNS */
#define MULTIHOMED 0x7900
#define REFRESH    0x4000
#define GRANTED    0xAD80
#define REFUSED    0xAD86
#define CONFLICT   0xAD87
#define WACK       0xBC00
#define UNIQUE     NBT_NB_H
#define GROUP      (NBT_NB_GROUP | NBT_NB_H)

#define MINUTE     60
#define HOUR       3600
#define DAY        86400

static bool is_about(const struct sim_seen *seen, const char *name)
{
	const struct nbt_name wanted = name_of(name);

	return nbt_name_equal(&seen->packet.question[0].name, &wanted);
}

/* The next one about this name, or NULL. */
static const struct sim_seen *next_about(const struct sim_host *tap, size_t *next, uint16_t flags,
					 const char *name)
{
	const struct sim_seen *seen = sim_next(tap, next, flags);

	while (seen != NULL && !is_about(seen, name))
		seen = sim_next(tap, next, flags);
	return seen;
}

static size_t count_about(const struct sim_host *tap, uint16_t flags, const char *name)
{
	size_t next = 0, count = 0;

	while (next_about(tap, &next, flags, name) != NULL)
		count++;
	return count;
}

/* Answers all registrations and refreshes that a tap sees while time passes, as an NBNS. */
static void serve(struct sim_host *tap, uint64_t seconds, uint16_t answer, uint32_t ttl)
{
	size_t next = tap->seen_count;

	for (uint64_t i = 0; i < seconds * 10; i++) {
		sim_pass_ms(tap->sim, 100);
		for (; next < tap->seen_count; next++) {
			const struct sim_seen *seen = &tap->seen[next];
			uint16_t word = nbt_packet_flags_word(&seen->packet);

			if (word == REGISTER || word == MULTIHOMED || word == REFRESH)
				sim_respond(tap, seen, answer, ttl, UNIQUE, "10.0.1.5");
		}
	}
}

/* A flag of the name's entry in the host's node status; fails if it is not there. */
static uint16_t status_flags(struct sim_host *tap, const char *host, const char *name)
{
	const struct nbt_name wanted = name_of(name);
	struct nbt_node_status status;
	size_t next = tap->seen_count;
	const struct sim_seen *seen;

	sim_query(tap, host, 0, "*", NBT_TYPE_NBSTAT);
	sim_pass_ms(tap->sim, 100);
	seen = sim_expect(tap, &next, 0x8400);
	assert_int_equal(nbt_node_status_decode(&status, seen->packet.record[0].rdata,
						seen->packet.record[0].rdata_len),
			 NBT_OK);
	for (size_t i = 0; i < status.count; i++)
		if (nbt_name_equal(&status.names[i].name, &wanted))
			return status.names[i].flags;
	fail_msg("%s is not in the node status", name);
	return 0;
}

/*
 * Conformance.
 */

static void case_72_a_b_node_claims(void **state)
{
	struct sim *sim = sim_new(72);
	struct sim_host *x = sim_node(sim, "X", NODE_B, "10.0.1.5", NULL);
	struct sim_host *tap = sim_tap(sim, "10.0.1.9");
	const struct sim_seen *first, *seen;
	size_t next = 0;

	(void)state;
	sim_on(x);
	sim_pass_ms(sim, 100);
	assert_false(sim_holds(x, "X<20>"));
	sim_pass(sim, 2);
	first = next_about(tap, &next, REQUEST, "X<20>");
	assert_non_null(first);
	assert_true(first->to_broadcast);
	for (uint64_t i = 1; i < 3; i++) {
		seen = next_about(tap, &next, REQUEST, "X<20>");
		assert_non_null(seen);
		assert_int_equal(seen->at_ms - first->at_ms, i * 250);
	}
	seen = next_about(tap, &next, DEMAND, "X<20>");
	assert_non_null(seen);
	assert_int_equal(seen->at_ms - first->at_ms, 750);
	assert_int_equal(count_about(tap, REQUEST, "X<20>"), 3);
	assert_int_equal(count_about(tap, DEMAND, "X<20>"), 1);
	assert_true(sim_holds(x, "X<20>"));
	sim_free(sim);
}

static void case_72_a_defender_stops_it(void **state)
{
	struct sim *sim = sim_new(72);
	struct sim_host *x = sim_node(sim, "X", NODE_B, "10.0.1.5", NULL);
	struct sim_host *tap = sim_tap(sim, "10.0.1.9");
	size_t next = 0;

	(void)state;
	sim_on(x);
	sim_pass_ms(sim, 300);
	sim_respond(tap, next_about(tap, &next, REQUEST, "X<20>"), REFUSED, 0, 0, "10.0.1.9");
	sim_pass(sim, 5);
	assert_int_equal(count_about(tap, REQUEST, "X<20>"), 2);
	assert_int_equal(count_about(tap, DEMAND, "X<20>"), 0);
	assert_false(sim_holds(x, "X<20>"));
	assert_true(sim_holds(x, "X<00>"));
	assert_int_equal(x->refused, 1);

	sim_pass(sim, 11 * MINUTE); /* the other has gone meanwhile */
	assert_true(sim_holds(x, "X<20>"));
	assert_int_equal(x->refused, 1);
	sim_free(sim);
}

static void case_73_names_are_defended(void **state)
{
	struct sim *sim = sim_new(73);
	struct sim_host *x = sim_node(sim, "X", NODE_B, "10.0.1.5", NULL);
	struct sim_host *tap = sim_tap(sim, "10.0.1.9");
	const struct sim_seen *seen;
	size_t next = 0;

	(void)state;
	sim_on(x);
	sim_pass(sim, 2);
	sim_claim(tap, "10.0.1.255", REQUEST, "X<20>", UNIQUE);
	sim_pass(sim, 1);
	seen = sim_expect(tap, &next, REFUSED);
	assert_false(seen->to_broadcast);

	next = tap->seen_count;
	sim_claim(tap, "10.0.1.255", REQUEST, "WORK<00>", GROUP);
	sim_pass(sim, 1);
	assert_null(sim_next(tap, &next, REFUSED));
	sim_claim(tap, "10.0.1.255", REQUEST, "WORK<00>", UNIQUE);
	sim_pass(sim, 1);
	sim_expect(tap, &next, REFUSED);
	sim_free(sim);
}

static void case_74_queries(void **state)
{
	struct sim *sim = sim_new(74);
	struct sim_host *x = sim_node(sim, "X", NODE_B, "10.0.1.5", NULL);
	struct sim_host *tap = sim_tap(sim, "10.0.1.9");
	size_t next;

	(void)state;
	sim_on(x);
	sim_pass(sim, 2);
	next = tap->seen_count;
	sim_query(tap, "10.0.1.255", 0x0110, "Y<20>", NBT_TYPE_NB);
	sim_pass(sim, 1);
	assert_int_equal(tap->seen_count, next);
	sim_query(tap, "10.0.1.5", 0x0100, "Y<20>", NBT_TYPE_NB);
	sim_pass(sim, 1);
	sim_expect(tap, &next, 0x8583);
	sim_query(tap, "10.0.1.255", 0x0110, "X<20>", NBT_TYPE_NB);
	sim_pass(sim, 1);
	sim_expect(tap, &next, 0x8500);
	sim_free(sim);
}

static void case_75_a_p_node_is_deaf(void **state)
{
	struct sim *sim = sim_new(75);
	struct sim_host *ns = sim_server(sim, "NS", "10.0.1.1");
	struct sim_host *x = sim_node(sim, "X", NODE_P, "10.0.1.5", "10.0.1.1");
	struct sim_host *tap = sim_tap(sim, "10.0.1.9");
	size_t next;

	(void)state;
	sim_on(ns);
	sim_on(x);
	sim_pass(sim, 2);
	assert_true(sim_holds(x, "X<20>"));
	assert_int_equal(x->broadcasts, 0);
	sim_crash(ns);
	next = tap->seen_count;
	sim_query(tap, "10.0.1.255", 0x0110, "X<20>", NBT_TYPE_NB);
	sim_query(tap, "10.0.1.255", 0x0010, "*", NBT_TYPE_NBSTAT);
	sim_claim(tap, "10.0.1.255", REQUEST, "X<20>", UNIQUE);
	sim_pass(sim, 1);
	assert_int_equal(tap->seen_count, next);
	sim_query(tap, "10.0.1.5", 0x0100, "X<20>", NBT_TYPE_NB);
	sim_pass(sim, 1);
	sim_expect(tap, &next, 0x8500);
	sim_free(sim);
}

static void case_76_a_wack_is_waited_for(void **state)
{
	struct sim *sim = sim_new(76);
	struct sim_host *x = sim_node(sim, "X", NODE_P, "10.0.1.5", "10.0.1.9");
	struct sim_host *tap = sim_tap(sim, "10.0.1.9");
	const struct sim_seen *request;
	size_t next = 0;

	(void)state;
	sim_on(x);
	sim_pass_ms(sim, 50);
	request = next_about(tap, &next, REGISTER, "X<20>");
	assert_non_null(request);
	sim_respond(tap, request, WACK, 9, UNIQUE, "10.0.1.5");
	sim_pass(sim, 7);
	assert_int_equal(count_about(tap, REGISTER, "X<20>"), 1);
	sim_respond(tap, request, GRANTED, 518400, UNIQUE, "10.0.1.5");
	sim_pass(sim, 1);
	assert_true(sim_holds(x, "X<20>"));
	assert_int_equal(count_about(tap, REGISTER, "X<20>"), 1);
	sim_free(sim);
}

static void case_77_the_second_answer_gets_a_demand(void **state)
{
	struct sim *sim = sim_new(77);
	struct sim_host *asker = sim_node(sim, "ASKER", NODE_B, "10.0.1.5", NULL);
	struct sim_host *one = sim_tap(sim, "10.0.1.8"), *two = sim_tap(sim, "10.0.1.9");
	const struct nbt_query_request request = {
		.to = { .id = 7,
			.name = name_of("FRED<20>"),
			.servers = &(struct sockaddr_in){ .sin_family = AF_INET,
							  .sin_port = htons(NBT_NAME_PORT),
							  .sin_addr = asker->sockets[0].broadcast },
			.server_count = 1,
			.broadcast = true },
		.conflict_ms = NBT_CONFLICT_TIMER_MS,
	};
	size_t next = 0;

	(void)state;
	sim_begin_query(asker, &request);
	sim_pass_ms(sim, 50);
	sim_respond(one, sim_expect(one, &next, 0x0010), 0x8500, 0, UNIQUE, "10.0.1.8");
	sim_pass_ms(sim, 900);
	next = 0;
	sim_respond(two, sim_expect(two, &next, 0x0010), 0x8500, 0, UNIQUE, "10.0.1.9");
	sim_pass(sim, 2);
	sim_expect(two, &next, CONFLICT);
	next = 0;
	assert_null(sim_next(one, &next, CONFLICT));
	assert_false(asker->is_asking);
	sim_free(sim);
}

static void case_78_a_demand_is_obeyed(void **state)
{
	struct sim *sim = sim_new(78);
	struct sim_host *x = sim_node(sim, "X", NODE_B, "10.0.1.5", NULL);
	struct sim_host *tap = sim_tap(sim, "10.0.1.9"), *far = sim_tap(sim, "10.0.2.9");
	size_t next = 0;

	(void)state;
	sim_on(x);
	sim_pass(sim, 2);
	sim_query(tap, "10.0.1.5", 0x0100, "X<20>", NBT_TYPE_NB);
	sim_query(far, "10.0.1.5", 0x0100, "X<20>", NBT_TYPE_NB);
	sim_pass(sim, 1);
	sim_demand(far, "10.0.1.5", "X<20>"); /* neither of the subnet nor our name server */
	sim_pass(sim, 1);
	assert_int_equal(status_flags(tap, "10.0.1.5", "X<20>"), NBT_STATUS_ACTIVE);

	sim_demand(tap, "10.0.1.5", "X<20>");
	sim_pass(sim, 1);
	assert_int_equal(x->lost, 1);
	assert_int_equal(status_flags(tap, "10.0.1.5", "X<20>"),
			 NBT_STATUS_ACTIVE | NBT_STATUS_CONFLICT);
	next = tap->seen_count;
	sim_claim(tap, "10.0.1.255", REQUEST, "X<20>", UNIQUE);
	sim_query(tap, "10.0.1.255", 0x0110, "X<20>", NBT_TYPE_NB);
	sim_pass(sim, 1);
	assert_int_equal(tap->seen_count, next);
	sim_query(tap, "10.0.1.5", 0x0100, "X<20>", NBT_TYPE_NB);
	sim_pass(sim, 1);
	sim_expect(tap, &next, 0x8583);

	sim_pass(sim, 11 * MINUTE); /* and claimed again, for nobody seems to have it */
	assert_int_equal(status_flags(tap, "10.0.1.5", "X<20>"), NBT_STATUS_ACTIVE);
	sim_free(sim);
}

static void case_79_short_leases(void **state)
{
	struct sim *sim = sim_new(79);
	struct sim_host *x = sim_node(sim, "X", NODE_P, "10.0.1.5", "10.0.1.9");
	struct sim_host *tap = sim_tap(sim, "10.0.1.9");
	const struct sim_seen *granted, *refresh;
	size_t next = 0;

	(void)state;
	sim_on(x);
	serve(tap, 200, GRANTED, 60);
	granted = next_about(tap, &next, REGISTER, "X<20>");
	refresh = next_about(tap, &next, REFRESH, "X<20>");
	assert_true(granted != NULL && refresh != NULL);
	assert_in_range(refresh->at_ms - granted->at_ms, 150000, 150200);
	sim_free(sim);
}

static void case_80_an_h_node_without_its_server(void **state)
{
	struct sim *sim = sim_new(80);
	struct sim_host *x = sim_node(sim, "X", NODE_H, "10.0.1.5", "10.0.2.9");
	struct sim_host *near = sim_tap(sim, "10.0.1.9"), *ns = sim_tap(sim, "10.0.2.9");

	(void)state;
	sim_on(x);
	sim_pass(sim, 6);
	assert_int_equal(count_about(ns, REGISTER, "X<20>"), 3);
	assert_int_equal(count_about(near, REQUEST, "X<20>"), 3);
	assert_true(sim_holds(x, "X<20>"));
	serve(ns, 11 * MINUTE, GRANTED, 518400);
	assert_int_equal(count_about(ns, REGISTER, "X<20>"), 4); /* it was asked again */
	sim_free(sim);
}

static void case_80_a_refusal_is_not_broadcast(void **state)
{
	struct sim *sim = sim_new(80);
	struct sim_host *x = sim_node(sim, "X", NODE_H, "10.0.1.5", "10.0.2.9");
	struct sim_host *near = sim_tap(sim, "10.0.1.9"), *ns = sim_tap(sim, "10.0.2.9");

	(void)state;
	sim_on(x);
	serve(ns, 10, REFUSED, 0);
	assert_int_equal(count_about(ns, REGISTER, "X<20>"), 1);
	assert_int_equal(near->seen_count, 0);
	assert_false(sim_holds(x, "X<20>"));
	sim_free(sim);
}

/*
 * Stories.
 */

/* Refreshes that found nobody: every ten minutes, an hour for each server. */
static void servers_take_turns(void **state)
{
	struct sim *sim = sim_new(1);
	struct sim_host *x = sim_node(sim, "X", NODE_P, "10.0.1.5", "10.0.2.8 10.0.2.9");
	struct sim_host *one = sim_tap(sim, "10.0.2.8"), *two = sim_tap(sim, "10.0.2.9");

	(void)state;
	sim_on(x);
	serve(one, 10, GRANTED, 6 * DAY);
	assert_int_equal(two->seen_count, 0);
	one->seen_count = 0;
	sim_pass(sim, 3 * DAY - 60);
	assert_int_equal(one->seen_count, 0);
	sim_pass(sim, 60 + 59 * MINUTE);
	assert_int_equal(count_about(one, REFRESH, "X<20>"), 6 * 3);
	assert_int_equal(two->seen_count, 0);
	sim_pass(sim, HOUR);
	assert_int_equal(count_about(one, REFRESH, "X<20>"), 6 * 3);
	assert_int_equal(count_about(two, REFRESH, "X<20>"), 6 * 3);
	one->seen_count = 0;
	serve(one, 20 * MINUTE, GRANTED, 6 * DAY); /* the first one is back, and has its turn */
	assert_int_equal(count_about(one, REFRESH, "X<20>"), 1);
	sim_free(sim);
}

static void from_primary_to_secondary_and_back(void **state)
{
	struct sim *sim = sim_new(2);
	struct sim_host *one = sim_server(sim, "NS1", "10.0.2.1");
	struct sim_host *two = sim_server(sim, "NS2", "10.0.3.1");
	struct sim_host *x = sim_node(sim, "X", NODE_H, "10.0.1.5", "10.0.2.1 10.0.3.1");
	struct sim_host *asker = sim_node(sim, "ASKER", NODE_P, "10.0.1.6", NULL);
	struct in_addr who;

	(void)state;
	sim_on(two);
	sim_on(x);
	sim_pass(sim, 20);
	assert_true(sim_ask(asker, "10.0.3.1", "X<20>", &who));
	sim_on(one);
	sim_pass(sim, 3 * DAY + HOUR); /* the next refresh tries the primary first */
	assert_true(sim_ask(asker, "10.0.2.1", "X<20>", &who));
	assert_int_equal(who.s_addr, inet_addr("10.0.1.5"));
	assert_true(sim_holds(x, "X<20>"));
	assert_int_equal(x->lost + x->refused, 0);
	sim_free(sim);
}

static void a_server_down_up_down(void **state)
{
	struct sim *sim = sim_new(3);
	struct sim_host *ns = sim_server(sim, "NS", "10.0.2.1");
	struct sim_host *x = sim_node(sim, "X", NODE_H, "10.0.1.5", "10.0.2.1");
	struct sim_host *near = sim_node(sim, "NEAR", NODE_B, "10.0.1.6", NULL);
	struct in_addr who;

	(void)state;
	sim_on(x);
	sim_pass(sim, 10);
	assert_true(sim_ask(near, "10.0.1.255", "X<20>", &who));
	sim_on(ns);
	sim_pass(sim, 11 * MINUTE);
	assert_true(sim_ask(near, "10.0.2.1", "X<20>", &who));
	assert_true(sim_ask(near, "10.0.1.255", "X<20>", &who));
	sim_crash(ns);
	sim_pass(sim, 4 * DAY);
	assert_true(sim_ask(near, "10.0.1.255", "X<20>", &who));
	sim_on(ns);
	sim_pass(sim, HOUR);
	assert_true(sim_ask(near, "10.0.2.1", "X<20>", &who));
	assert_int_equal(x->lost + x->refused, 0);
	sim_stop(x);
	assert_false(sim_ask(near, "10.0.2.1", "X<20>", &who));
	sim_free(sim);
}

static void a_crash_and_the_same_again(void **state)
{
	struct sim *sim = sim_new(4);
	struct sim_host *ns = sim_server(sim, "NS", "10.0.2.1");
	struct sim_host *x = sim_node(sim, "X", NODE_H, "10.0.1.5", "10.0.2.1");

	(void)state;
	sim_on(ns);
	sim_on(x);
	sim_pass(sim, 5);
	sim_crash(x);
	sim_pass(sim, MINUTE);
	sim_on(x);
	sim_pass_ms(sim, 100); /* no challenge: it is a refresh from the same address */
	assert_true(sim_holds(x, "X<20>"));
	assert_int_equal(x->refused, 0);
	sim_free(sim);
}

static void releases(void **state)
{
	static const struct {
		enum node_type type;
		bool served, broadcast;
	} rows[] = {
		{ NODE_B, true, true },   { NODE_P, true, false }, { NODE_M, true, true },
		{ NODE_M, false, false }, { NODE_H, true, false }, { NODE_H, false, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sim *sim = sim_new(5);
		struct sim_host *ns = sim_server(sim, "NS", "10.0.2.1");
		struct sim_host *x = sim_node(sim, "X", rows[i].type, "10.0.1.5", "10.0.2.1");
		struct sim_host *tap = sim_tap(sim, "10.0.1.9");
		size_t next = 0;

		sim_on(ns);
		sim_on(x);
		sim_pass(sim, 5);
		if (!rows[i].served)
			sim_crash(ns);
		sim_stop(x);
		sim_pass(sim, 1);
		if ((next_about(tap, &next, RELEASE, "X<20>") != NULL) != rows[i].broadcast)
			fail_msg("row %zu", i);
		sim_free(sim);
	}
}

static void several_addresses(void **state)
{
	struct sim *sim = sim_new(6);
	struct sim_host *ns = sim_server(sim, "NS", "10.0.9.1");
	struct sim_host *x = sim_node(sim, "X", NODE_H, "10.0.1.5 10.0.2.5", "10.0.9.1");
	struct sim_host *tap = sim_tap(sim, "10.0.1.9");
	const struct sim_seen *seen;
	size_t next = 0;

	(void)state;
	sim_on(ns);
	sim_on(x);
	sim_pass(sim, 5);
	assert_int_equal(x->refused + x->lost, 0);
	sim_query(tap, "10.0.9.1", 0x0100, "X<20>", NBT_TYPE_NB);
	sim_query(tap, "10.0.1.5", 0x0100, "X<20>", NBT_TYPE_NB);
	sim_pass(sim, 1);
	seen = sim_expect(tap, &next, 0x8580);
	assert_int_equal(nbt_record_address_count(&seen->packet.record[0]), 2);
	next = 0;
	seen = sim_expect(tap, &next, 0x8500);
	assert_int_equal(nbt_record_address_count(&seen->packet.record[0]), 2);
	sim_free(sim);
}

/* The NBNS itself has two addresses, and nobody challenges himself out of a name. */
static void a_server_with_several_addresses(void **state)
{
	struct sim *sim = sim_new(7);
	struct sim_host *ns = sim_server(sim, "NS", "10.0.1.1 10.0.2.1");

	(void)state;
	for (int run = 0; run < 2; run++) { /* the second time they are in the database */
		const struct nbt_name name = name_of("NS<20>");
		const struct nbt_scope scope = { 0 };
		struct record record;

		sim_on(ns);
		sim_pass(sim, 10);
		registry_get(ns->registry, registry_find(ns->registry, &name, &scope), &record);
		assert_int_equal(record.state, RECORD_ACTIVE);
		assert_int_equal(record.address_count, 2);
		assert_int_equal(ns->refused + ns->lost, 0);
		sim_pass(sim, 7 * DAY); /* no lease of ours ends while we hold it */
		registry_get(ns->registry, registry_find(ns->registry, &name, &scope), &record);
		assert_int_equal(record.state, RECORD_ACTIVE);
		assert_int_equal(record.address_count, 2);
		sim_stop(ns);
		registry_get(ns->registry, registry_find(ns->registry, &name, &scope), &record);
		assert_int_equal(record.state, RECORD_ACTIVE);
	}
	sim_free(sim);
}

/* A name that another host has registered: told once, and taken when it is free. */
static void a_server_whose_name_is_taken(void **state)
{
	struct sim *sim = sim_new(8);
	struct sim_host *ns = sim_server(sim, "NS", "10.0.1.1");
	struct sim_host *thief = sim_node(sim, "THIEF", NODE_P, "10.0.1.5", "10.0.1.1");
	static const char *const aliases[] = { "NS", NULL };

	(void)state;
	ns->settings.netbios_name = "OTHER";
	thief->settings.aliases = aliases;
	sim_on(ns);
	sim_on(thief);
	sim_pass(sim, 5);
	assert_true(sim_holds(thief, "NS<20>"));
	sim_crash(ns);
	ns->settings.netbios_name = "NS";
	sim_on(ns);
	sim_pass(sim, HOUR);
	assert_false(sim_holds(ns, "NS<20>"));
	assert_int_equal(ns->refused, 3);
	sim_stop(thief);
	sim_pass(sim, 11 * MINUTE);
	assert_true(sim_holds(ns, "NS<20>"));
	assert_int_equal(ns->refused, 3);
	sim_free(sim);
}

/* How many hold the name that all of them want. */
static void expect_one(struct sim *sim, const char *what)
{
	size_t count = sim_holders(sim, "SAME<20>");

	if (count != 1)
		fail_msg("seed %llu: %s: %zu hosts have it", (unsigned long long)sim->seed, what,
			 count);
}

static const char *const same[] = { "SAME", NULL };

static struct sim_host *rival(struct sim *sim, const char *name, enum node_type type,
			      const char *address, const char *servers)
{
	struct sim_host *host = sim_node(sim, name, type, address, servers);

	host->settings.aliases = same;
	return host;
}

static void two_at_once(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 200; seed++) {
		struct sim *sim = sim_new(seed);
		struct sim_host *a = rival(sim, "A", NODE_B, "10.0.1.5", NULL);
		struct sim_host *b = rival(sim, "B", NODE_B, "10.0.1.6", NULL);

		sim_on(seed % 2 ? a : b);
		sim_pass_ms(sim, nbt_env_random(&sim->env, 900));
		sim_on(seed % 2 ? b : a);
		sim_pass(sim, 5);
		expect_one(sim, "claimed at once");
		sim_free(sim);
	}
}

static void split_and_healed(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 20; seed++) {
		struct sim *sim = sim_new(seed);
		struct sim_host *a = rival(sim, "A", NODE_B, "10.0.1.5", NULL);
		struct sim_host *b = rival(sim, "B", NODE_B, "10.0.1.6", NULL);
		struct sim_host *c = sim_node(sim, "C", NODE_B, "10.0.1.7", NULL);
		struct in_addr who;

		sim->weather.delay_ms = 40;
		b->side = 1;
		sim_on(a);
		sim_on(b);
		sim_on(c);
		sim_pass(sim, 5);
		assert_int_equal(sim_holders(sim, "SAME<20>"), 2);
		b->side = 0;
		assert_true(sim_ask(c, "10.0.1.255", "SAME<20>", &who));
		sim_pass(sim, 2);
		expect_one(sim, "one query after the split");
		sim_pass(sim, HOUR);
		expect_one(sim, "an hour later");
		assert_int_equal(a->lost + b->lost, 1);
		sim_free(sim);
	}
}

/* Fifty hosts for three days: no name is lost, nothing is in conflict, traffic is what refreshes
 * take. */
static void fifty_hosts_for_three_days(void **state)
{
	struct sim *sim = sim_new(50);
	struct sim_host *ns = sim_server(sim, "NS", "10.0.1.1");
	struct sim_host *hosts[50];
	uint64_t sent = 0, broadcasts = 0;

	(void)state;
	ns->settings.renewal_s = 4 * HOUR;
	sim->weather = (struct sim_weather){ .loss = 10, .duplicates = 10, .delay_ms = 30 };
	sim_on(ns);
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		char name[16], address[INET_ADDRSTRLEN];

		snprintf(name, sizeof(name), "HOST%zu", i);
		snprintf(address, sizeof(address), "10.0.%zu.%zu", 1 + i % 3, 10 + i);
		hosts[i] = sim_node(sim, name, (enum node_type)(i % 4), address, "10.0.1.1");
		sim_on(hosts[i]);
		sim_pass_ms(sim, nbt_env_random(&sim->env, 5000));
	}
	sim_pass(sim, 3 * DAY);
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		char name[NBT_NAME_TEXT_MAX];

		snprintf(name, sizeof(name), "HOST%zu<20>", i);
		assert_int_equal(sim_holders(sim, name), 1);
		assert_true(sim_holds(hosts[i], name));
		assert_int_equal(hosts[i]->lost + hosts[i]->refused, 0);
		sent += hosts[i]->sent;
		broadcasts += hosts[i]->broadcasts;
	}
	/* 5 names: 4 broadcasts each at the start; a refresh every two hours, some twice. */
	assert_in_range(broadcasts, 0, 50 * 5 * 4 + 100);
	assert_in_range(sent - broadcasts, 38 * 5 * 30, 38 * 5 * 40);
	sim_free(sim);
}

/*
 * Chance: hosts of all types that want one name, crash, stop, come back, are split and healed, with
 * packets lost, late and twice. After quiet and a query or two nobody shares it.
 */
static void one_step(struct sim *sim, struct sim_host **hosts, size_t count)
{
	struct sim_host *host = hosts[nbt_env_random(&sim->env, (uint32_t)count)];

	switch (nbt_env_random(&sim->env, 5)) {
	case 0:
	case 1:
		if (host->service == NULL)
			sim_on(host);
		break;
	case 2:
		if (host->service != NULL)
			sim_crash(host);
		break;
	case 3:
		if (host->service != NULL)
			sim_stop(host);
		break;
	default:
		host->side = (uint8_t)nbt_env_random(&sim->env, 2);
	}
	sim_pass_ms(sim, nbt_env_random(&sim->env, nbt_env_random(&sim->env, 2) ? 3000 : 900000));
}

static void chance_with(uint64_t seed)
{
	struct sim *sim = sim_new(seed);
	enum node_type type = (enum node_type)(seed % 2 ? NODE_B : NODE_H);
	struct sim_host *hosts[5];
	struct sim_host *asker = sim_node(sim, "ASKER", NODE_B, "10.0.1.99", NULL);
	struct in_addr who;

	hosts[0] = sim_server(sim, "NS", "10.0.1.1");
	for (size_t i = 1; i < ARRAY_SIZE(hosts); i++) {
		char name[16], address[INET_ADDRSTRLEN];

		snprintf(name, sizeof(name), "HOST%zu", i);
		snprintf(address, sizeof(address), "10.0.1.%zu", 10 + i);
		hosts[i] = rival(sim, name, type, address, "10.0.1.1");
	}
	sim->weather = (struct sim_weather){ .loss = 50, .duplicates = 50, .delay_ms = 60 };
	for (int i = 0; i < 40; i++)
		one_step(sim, hosts, ARRAY_SIZE(hosts));

	sim->weather = (struct sim_weather){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		hosts[i]->side = 0;
		if (hosts[i]->service == NULL)
			sim_on(hosts[i]);
	}
	for (int i = 0; i < 4; i++) { /* as many as there may be holders */
		sim_pass(sim, 30 * MINUTE);
		sim_ask(asker, "10.0.1.255", "SAME<20>", &who);
	}
	sim_pass(sim,
		 4 * DAY); /* those who were granted it by a server that was not heard refresh */
	expect_one(sim, "after all of that");
	sim_free(sim);
}

static void chance(void **state)
{
	struct seeds seeds = seeds_wanted(30);

	(void)state;
	for (uint64_t seed = seeds.first; seed <= seeds.last; seed++)
		chance_with(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_72_a_b_node_claims),
		cmocka_unit_test(case_72_a_defender_stops_it),
		cmocka_unit_test(case_73_names_are_defended),
		cmocka_unit_test(case_74_queries),
		cmocka_unit_test(case_75_a_p_node_is_deaf),
		cmocka_unit_test(case_76_a_wack_is_waited_for),
		cmocka_unit_test(case_77_the_second_answer_gets_a_demand),
		cmocka_unit_test(case_78_a_demand_is_obeyed),
		cmocka_unit_test(case_79_short_leases),
		cmocka_unit_test(case_80_an_h_node_without_its_server),
		cmocka_unit_test(case_80_a_refusal_is_not_broadcast),
		cmocka_unit_test(servers_take_turns),
		cmocka_unit_test(from_primary_to_secondary_and_back),
		cmocka_unit_test(a_server_down_up_down),
		cmocka_unit_test(a_crash_and_the_same_again),
		cmocka_unit_test(releases),
		cmocka_unit_test(several_addresses),
		cmocka_unit_test(a_server_with_several_addresses),
		cmocka_unit_test(a_server_whose_name_is_taken),
		cmocka_unit_test(two_at_once),
		cmocka_unit_test(split_and_healed),
		cmocka_unit_test(fifty_hosts_for_three_days),
		cmocka_unit_test(chance),
	};

	return cmocka_run_group_tests_name("scenario_node", tests, NULL, NULL);
}
