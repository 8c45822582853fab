/* Look-ups of this host in the orders of all node types, with a made-up network and clock. */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "exchange.h"
#include "nbnsd/node/resolver.h"
#include "nbnsd/service/service.h"

/*
 * A host with two interfaces and two name servers, and what everybody there would say.
 */

enum says { SILENT, NO, YES };

static struct {
	enum says primary, secondary; /* 10.1.0.5, 10.2.0.5 */
	const char *subnet[2];        /* who answers a broadcast; NULL: nobody */
	bool subnet_is_group;
	bool own, own_is_group, database, lmhosts, preloaded;
	uint32_t ttl;
} net;

static struct resolver *resolver;
static char asked[256]; /* "N1 N2 B1 B2": who was */
static unsigned sent, demands;

static struct in_addr at(const char *text)
{
	struct in_addr address;

	assert_int_equal(inet_pton(AF_INET, text, &address), 1);
	return address;
}

static size_t one(struct nbt_address *list, uint16_t flags, const char *address)
{
	list[0] = (struct nbt_address){ flags, at(address) };
	return 1;
}

static size_t own(void *ctx, struct in_addr interface, const struct nbt_name *name,
		  const struct nbt_scope *scope, struct nbt_address *list, size_t limit)
{
	(void)ctx, (void)interface, (void)name, (void)scope, (void)limit;
	return net.own ? one(list, net.own_is_group ? NBT_NB_GROUP : 0, "10.1.0.1") : 0;
}

static size_t database(void *ctx, const struct nbt_name *name, const struct nbt_scope *scope,
		       struct nbt_address *list, size_t limit, const struct nbt_env *env)
{
	(void)ctx, (void)name, (void)scope, (void)limit, (void)env;
	return net.database ? one(list, 0, "10.9.0.1") : 0;
}

static size_t lmhosts(void *ctx, bool preloaded, const struct nbt_name *name,
		      struct nbt_address *list, size_t limit)
{
	(void)ctx, (void)name, (void)limit;
	return (preloaded ? net.preloaded : net.lmhosts) ? one(list, 0, "10.8.0.1") : 0;
}

static uint32_t next_random(void *ctx, uint32_t below)
{
	static uint32_t state = 1;

	(void)ctx;
	state = state * 1664525 + 1013904223;
	return state / 7 % below;
}

static void build(enum node_type type, bool is_server)
{
	static struct served_socket table[4]; /* the first one has gone */
	static struct in_addr servers[2];
	const struct resolver_settings settings = {
		.type = type,
		.servers = servers,
		.server_count = 2,
		.conflict_ms = 1000,
		.server_retry_ms = 30000,
		.cache_ms = 600000,
		.negative_cache_ms = 5000,
		.ids = RESOLVER_IDS_PROXY,
		.sources = { own, is_server ? database : NULL, lmhosts, NULL },
	};

	servers[0] = at("10.1.0.5");
	servers[1] = at("10.2.0.5");
	table[1] = (struct served_socket){ .address = at("10.1.0.1"),
					   .netmask = at("255.255.255.0"),
					   .broadcast = at("10.1.0.255") };
	table[2] = (struct served_socket){ .address = at("10.2.0.1"),
					   .netmask = at("255.255.255.0"),
					   .broadcast = at("10.2.0.255") };
	table[3] = (struct served_socket){ .address = at("127.0.0.1") };
	now.now_ms = 1000;
	now.random = next_random;
	resolver = resolver_create(&settings, &now);
	assert_non_null(resolver);
	resolver_set_sockets(resolver, table, ARRAY_SIZE(table));
	asked[0] = '\0';
	sent = demands = 0;
}

static int set_up(void **state)
{
	(void)state;
	memset(&net, 0, sizeof(net));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	resolver_destroy(resolver);
	resolver = NULL;
	return 0;
}

static void reply(const struct nbt_packet *query, const char *from, enum says says,
		  const char *address, bool is_group)
{
	const struct nbt_address entry = { is_group ? NBT_NB_GROUP : 0, at(address) };
	const struct sockaddr_in sender = host_at(from);
	uint8_t rdata[NBT_ADDRESS_LEN], bytes[NBT_UDP_PAYLOAD_MAX];
	struct nbt_packet packet, received;
	size_t len;

	nbt_address_write(rdata, &entry, 1);
	nbt_make_response(&packet, NBT_OP_QUERY, query->id, NBT_FLAG_AA | NBT_FLAG_RD,
			  says == YES ? NBT_RCODE_OK : NBT_RCODE_NAM_ERR, &query->question[0].name,
			  &query->question[0].scope, says == YES ? NBT_TYPE_NB : NBT_TYPE_NULL,
			  net.ttl, rdata, says == YES ? sizeof(rdata) : 0);
	assert_int_equal(nbt_packet_encode(&packet, bytes, sizeof(bytes), &len), NBT_OK);
	assert_int_equal(nbt_packet_decode(&received, bytes, len), NBT_OK);
	resolver_response(resolver, &sender, &received, &now);
}

/* Retransmissions are left out. */
static void note(const char *whom)
{
	size_t len = strlen(asked);

	if (strstr(asked, whom) == NULL)
		snprintf(asked + len, sizeof(asked) - len, "%s%s", len > 0 ? " " : "", whom);
}

/* Whoever is asked answers at once, if at all. */
static void receive(const struct resolver_packet *sending)
{
	const struct {
		const char *address, *label;
		enum says says;
		unsigned subnet;
	} places[] = {
		{ "10.1.0.5", "N1", net.primary, 0 },
		{ "10.2.0.5", "N2", net.secondary, 0 },
		{ "10.1.0.255", "B1", net.subnet[0] != NULL ? YES : SILENT, 1 },
		{ "10.2.0.255", "B2", net.subnet[1] != NULL ? YES : SILENT, 2 },
	};
	struct nbt_packet packet;

	assert_int_equal(nbt_packet_decode(&packet, sending->packet->bytes, sending->packet->len),
			 NBT_OK);
	assert_int_equal(packet.id & RESOLVER_IDS_MASK, RESOLVER_IDS_PROXY);
	sent++;
	if (packet.flags & NBT_FLAG_R) {
		demands++;
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *from = places[i].address;

		if (sending->packet->to.sin_addr.s_addr != at(from).s_addr)
			continue;
		note(places[i].label);
		assert_int_equal(sending->is_broadcast, places[i].subnet != 0);
		assert_int_equal((packet.flags & NBT_FLAG_B) != 0, places[i].subnet != 0);
		if (places[i].subnet != 0) {
			assert_int_equal(sending->socket, places[i].subnet);
			from = net.subnet[places[i].subnet - 1];
		}
		if (places[i].says != SILENT)
			reply(&packet, from, places[i].says, places[i].subnet ? from : "10.7.0.1",
			      places[i].subnet != 0 && net.subnet_is_group);
	}
}

static void run(uint64_t until_ms)
{
	struct resolver_packet packet;

	for (;;) {
		while (resolver_step(resolver, &packet, &now))
			receive(&packet);
		if (resolver_deadline(resolver) > until_ms)
			break;
		if (resolver_deadline(resolver) > now.now_ms)
			now.now_ms = resolver_deadline(resolver);
	}
}

static struct resolver_question question(enum resolver_way way)
{
	return (struct resolver_question){ .way = way, .name = name_of("FRED<20>") };
}

static void ask(enum resolver_way way, uint32_t client)
{
	const struct resolver_question it = question(way);

	assert_int_equal(resolver_ask(resolver, &it, client, 7, &now), NBT_RCODE_OK);
}

/* The one answer that there must be within 20 s. */
static struct resolver_answer answer_within(uint64_t ms)
{
	struct resolver_answer answer, more;

	run(now.now_ms + ms);
	assert_true(resolver_next_answer(resolver, &answer));
	assert_int_equal(answer.token, 7);
	assert_false(resolver_next_answer(resolver, &more));
	return answer;
}

static void check_answer(const char *what, const struct resolver_answer *answer, uint8_t rcode,
			 const char *address)
{
	if (answer->rcode != rcode)
		fail_msg("%s: rcode %u, wanted %u", what, answer->rcode, rcode);
	if ((address == NULL) != (answer->count == 0))
		fail_msg("%s: %zu addresses", what, answer->count);
	if (address != NULL && answer->list[0].address.s_addr != at(address).s_addr)
		fail_msg("%s: %s, wanted %s", what, inet_ntoa(answer->list[0].address), address);
}

/*
 * Orders.
 */

static void each_node_type_asks_in_its_order(void **state)
{
	static const char nbns[] = "10.7.0.1", subnet[] = "10.1.0.77", file[] = "10.8.0.1",
			  base[] = "10.9.0.1";
	static const struct {
		const char *what;
		enum node_type type;
		bool is_server, in_database;
		enum says primary, secondary;
		bool on_subnet, in_lmhosts;
		const char *asked;
		uint8_t rcode;
		const char *address;
	} cases[] = {
		{ "B: by broadcast only", NODE_B, false, false, YES, YES, true, true, "B1 B2", 0,
		  subnet },
		{ "B: then LMHOSTS", NODE_B, false, false, YES, YES, false, true, "B1 B2", 0,
		  file },
		{ "B: else there is no such name", NODE_B, false, false, YES, YES, false, false,
		  "B1 B2", NBT_RCODE_NAM_ERR, NULL },
		{ "P: name servers only", NODE_P, false, false, YES, NO, true, true, "N1", 0,
		  nbns },
		{ "P: a no ends the name servers", NODE_P, false, false, NO, YES, true, true, "N1",
		  0, file },
		{ "P: after silence the next server", NODE_P, false, false, SILENT, YES, true,
		  false, "N1 N2", 0, nbns },
		{ "P: all are silent", NODE_P, false, false, SILENT, SILENT, true, false, "N1 N2",
		  NBT_RCODE_SRV_ERR, NULL },
		{ "P: silent and no", NODE_P, false, false, SILENT, NO, true, false, "N1 N2",
		  NBT_RCODE_NAM_ERR, NULL },
		{ "M: broadcast first", NODE_M, false, false, YES, YES, true, false, "B1 B2", 0,
		  subnet },
		{ "M: then the name server", NODE_M, false, false, YES, NO, false, false,
		  "B1 B2 N1", 0, nbns },
		{ "H: name server first", NODE_H, false, false, YES, NO, true, false, "N1", 0,
		  nbns },
		{ "H: after a no by broadcast", NODE_H, false, false, NO, YES, true, false,
		  "N1 B1 B2", 0, subnet },
		{ "H: after silence by broadcast", NODE_H, false, false, SILENT, SILENT, true,
		  false, "N1 N2 B1 B2", 0, subnet },
		{ "H: nobody", NODE_H, false, false, NO, NO, false, false, "N1 B1 B2",
		  NBT_RCODE_NAM_ERR, NULL },
		{ "H and NBNS: the own database", NODE_H, true, true, YES, YES, true, false, "", 0,
		  base },
		{ "H and NBNS: then other servers", NODE_H, true, false, YES, YES, true, false,
		  "N1", 0, nbns },
		{ "M and NBNS: broadcast, then the database", NODE_M, true, true, YES, YES, false,
		  false, "B1 B2", 0, base },
		{ "B and NBNS: never the database", NODE_B, true, true, YES, YES, false, false,
		  "B1 B2", NBT_RCODE_NAM_ERR, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct resolver_answer answer;

		net.primary = cases[i].primary;
		net.secondary = cases[i].secondary;
		net.subnet[0] = cases[i].on_subnet ? subnet : NULL;
		net.database = cases[i].in_database;
		net.lmhosts = cases[i].in_lmhosts;
		build(cases[i].type, cases[i].is_server);
		ask(RESOLVE_AS_NODE, 1);
		answer = answer_within(20000);
		check_answer(cases[i].what, &answer, cases[i].rcode, cases[i].address);
		if (strcmp(asked, cases[i].asked) != 0)
			fail_msg("%s: asked \"%s\", wanted \"%s\"", cases[i].what, asked,
				 cases[i].asked);
		tear_down(NULL);
	}
}

static void what_is_there_comes_first(void **state)
{
	struct resolver_answer answer;

	(void)state;
	build(NODE_H, false);
	net.primary = YES;
	net.own = true;
	ask(RESOLVE_AS_NODE, 1);
	answer = answer_within(0);
	check_answer("an own name", &answer, 0, "10.1.0.1");

	net.own_is_group = true;
	net.preloaded = true;
	ask(RESOLVE_AS_NODE, 1);
	answer = answer_within(0);
	check_answer("preloaded, before a group that we are in", &answer, 0, "10.8.0.1");

	net.preloaded = false;
	net.primary = NO;
	ask(RESOLVE_AS_NODE, 1);
	answer = answer_within(20000);
	check_answer("a group that nobody else knows", &answer, 0, "10.1.0.1");
}

static void other_ways_ask_less(void **state)
{
	static const struct {
		const char *what;
		enum resolver_way way;
		const char *asked;
		uint8_t rcode;
		const char *address;
	} cases[] = {
		{ "local: nobody", RESOLVE_LOCAL, "", NBT_RCODE_NAM_ERR, NULL },
		{ "broadcast", RESOLVE_BROADCAST, "B1 B2", 0, "10.1.0.77" },
		{ "NBNS", RESOLVE_NBNS, "N1", 0, "10.7.0.1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct resolver_answer answer;

		net.primary = YES;
		net.subnet[0] = "10.1.0.77";
		build(NODE_B, false);
		ask(cases[i].way, 1);
		answer = answer_within(20000);
		check_answer(cases[i].what, &answer, cases[i].rcode, cases[i].address);
		assert_string_equal(asked, cases[i].asked);
		tear_down(NULL);
	}
}

static void one_interface_is_asked_alone(void **state)
{
	struct resolver_question it = question(RESOLVE_AS_NODE);
	struct resolver_answer answer;

	(void)state;
	build(NODE_B, false);
	net.subnet[0] = "10.1.0.77";
	net.subnet[1] = "10.2.0.77";
	it.interface = at("10.2.0.1");
	assert_int_equal(resolver_ask(resolver, &it, 1, 7, &now), NBT_RCODE_OK);
	answer = answer_within(20000);
	check_answer("second subnet", &answer, 0, "10.2.0.77");
	assert_string_equal(asked, "B2");

	it.interface = at("10.3.0.1");
	assert_int_equal(resolver_ask(resolver, &it, 1, 7, &now), NBT_RCODE_SRV_ERR);
}

/*
 * Sharing, bounds.
 */

static void the_same_question_is_asked_once(void **state)
{
	struct resolver_answer answer;
	unsigned answers = 0;

	(void)state;
	build(NODE_P, false);
	net.primary = YES;
	for (uint32_t client = 1; client <= 5; client++)
		ask(RESOLVE_AS_NODE, client);
	resolver_client_gone(resolver, 3);
	run(now.now_ms);
	for (; resolver_next_answer(resolver, &answer); answers++) {
		assert_int_not_equal(answer.client, 3);
		check_answer("shared", &answer, 0, "10.7.0.1");
	}
	assert_int_equal(answers, 4);
	assert_int_equal(sent, 1);
}

static void ask_many(unsigned *refused, unsigned count)
{
	struct resolver_question it = question(RESOLVE_AS_NODE);

	for (unsigned i = 0; i < count; i++) {
		it.name.bytes[0] = (uint8_t)i;
		it.name.bytes[1] = (uint8_t)(i >> 8);
		if (resolver_ask(resolver, &it, 1, 7, &now) != NBT_RCODE_OK)
			(*refused)++;
	}
}

static void too_many_are_refused_and_none_is_forgotten(void **state)
{
	struct resolver_answer answer;
	unsigned refused = 0, answers = 0;

	(void)state;
	for (unsigned type = NODE_B; type <= NODE_H; type++) {
		refused = answers = 0;
		build((enum node_type)type, false);
		ask_many(&refused, 2000);
		assert_true(refused > 0 && refused < 2000);
		run(now.now_ms + 60000);
		while (resolver_next_answer(resolver, &answer))
			answers++;
		assert_int_equal(answers + refused, 2000);

		/* All slots have been given back. */
		refused = 0;
		now.now_ms += 10000;
		ask_many(&refused, 100);
		assert_int_equal(refused, 0);
		tear_down(NULL);
	}
}

/* On a host with many subnets exchanges run out before look-ups do. */
static void who_was_not_asked_is_not_said_to_lack_the_name(void **state)
{
	static struct served_socket many[8];
	struct resolver_answer answer;
	unsigned refused = 0;

	(void)state;
	net.primary = net.secondary = NO;
	for (unsigned i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct served_socket){ .address = { htonl(0x0A010001 + (i << 8)) },
						  .netmask = at("255.255.255.0"),
						  .broadcast = { htonl(0x0A0100FF + (i << 8)) } };
	build(NODE_B, false);
	resolver_set_sockets(resolver, many, ARRAY_SIZE(many));
	ask_many(&refused, 40);
	assert_int_equal(refused, 0);
	/* 32 look-ups have all exchanges. */
	for (unsigned i = 0; i < 8; i++) {
		assert_true(resolver_next_answer(resolver, &answer));
		assert_int_equal(answer.rcode, NBT_RCODE_SRV_ERR);
	}
	assert_false(resolver_next_answer(resolver, &answer));
}

static void a_client_that_has_gone_leaves_nothing_behind(void **state)
{
	unsigned refused = 0;

	(void)state;
	build(NODE_H, false);
	for (unsigned i = 0; i < 100; i++) {
		ask_many(&refused, 100);
		run(now.now_ms + 500);
		resolver_client_gone(resolver, 1);
		run(now.now_ms + 60000);
	}
	assert_int_equal(refused, 0);
	assert_int_equal(resolver_deadline(resolver), NBT_NEVER);
}

/*
 * The cache.
 */

static void answers_are_remembered(void **state)
{
	static const struct {
		const char *what;
		enum says primary;
		uint32_t ttl;
		uint64_t later_ms;
		unsigned sent;
	} cases[] = {
		{ "yes", YES, 0, 599999, 1 },
		{ "yes, 10 minutes at most", YES, 0, 600000, 2 },
		{ "yes, or its TTL if that is shorter", YES, 60, 59999, 1 },
		{ "yes, and then again", YES, 60, 60000, 2 },
		{ "no, for a short time", NO, 0, 4999, 1 },
		{ "no, not for long", NO, 0, 5000, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		net.primary = cases[i].primary;
		net.ttl = cases[i].ttl;
		build(NODE_P, false);
		ask(RESOLVE_AS_NODE, 1);
		(void)answer_within(0);
		now.now_ms += cases[i].later_ms;
		ask(RESOLVE_AS_NODE, 1);
		(void)answer_within(0);
		if (sent != cases[i].sent)
			fail_msg("%s: asked %u times", cases[i].what, sent);
		tear_down(NULL);
	}
}

/* Another host may be the master a moment later, without a word to P nodes. */
static void masters_are_not_remembered(void **state)
{
	const struct resolver_question it = { .way = RESOLVE_AS_NODE, .name = name_of("LAB<1D>") };

	(void)state;
	net.primary = YES;
	build(NODE_P, false);
	for (unsigned i = 1; i <= 2; i++) {
		assert_int_equal(resolver_ask(resolver, &it, 1, 7, &now), NBT_RCODE_OK);
		(void)answer_within(0);
		assert_int_equal(sent, i);
	}
}

static void silence_is_not_remembered(void **state)
{
	struct resolver_answer answer;

	(void)state;
	build(NODE_P, false);
	ask(RESOLVE_AS_NODE, 1);
	answer = answer_within(20000);
	check_answer("silent", &answer, NBT_RCODE_SRV_ERR, NULL);
	net.primary = net.secondary = YES;
	ask(RESOLVE_AS_NODE, 1);
	answer = answer_within(0);
	check_answer("back", &answer, 0, "10.7.0.1");
}

static void a_name_that_changed_is_forgotten(void **state)
{
	const struct nbt_name name = name_of("FRED<20>"), other = name_of("BARNEY<20>");
	const struct nbt_scope scope = scope_of("");
	size_t cursor = 0;

	(void)state;
	build(NODE_P, false);
	net.primary = YES;
	ask(RESOLVE_AS_NODE, 1);
	(void)answer_within(0);
	assert_non_null(resolver_cache_next(resolver, &cursor, now.now_ms));
	resolver_forget(resolver, &other, &scope);
	ask(RESOLVE_AS_NODE, 1);
	(void)answer_within(0);
	assert_int_equal(sent, 1);
	resolver_forget(resolver, &name, &scope);
	ask(RESOLVE_AS_NODE, 1);
	(void)answer_within(0);
	assert_int_equal(sent, 2);
	resolver_flush(resolver);
	cursor = 0;
	assert_null(resolver_cache_next(resolver, &cursor, now.now_ms));
}

static void the_database_is_not_shadowed_by_the_cache(void **state)
{
	struct resolver_answer answer;

	(void)state;
	build(NODE_H, true);
	net.primary = YES;
	ask(RESOLVE_AS_NODE, 1);
	(void)answer_within(0);
	net.database = true;
	ask(RESOLVE_AS_NODE, 1);
	answer = answer_within(0);
	check_answer("registered since", &answer, 0, "10.9.0.1");
}

/* What one learns on its subnet is nothing that the NBNS knows, which the proxy must tell apart. */
static void ways_are_remembered_apart(void **state)
{
	struct resolver_answer answer;

	(void)state;
	build(NODE_M, false);
	net.subnet[0] = "10.1.0.77";
	net.primary = NO;
	ask(RESOLVE_AS_NODE, 1);
	(void)answer_within(5000);
	ask(RESOLVE_NBNS, 1);
	answer = answer_within(5000);
	check_answer("by the name server", &answer, NBT_RCODE_NAM_ERR, NULL);
}

/*
 * Servers.
 */

static void a_silent_server_is_asked_last_for_a_while(void **state)
{
	struct resolver_question it = question(RESOLVE_AS_NODE);

	(void)state;
	build(NODE_P, false);
	net.secondary = YES;
	ask(RESOLVE_AS_NODE, 1);
	(void)answer_within(20000);
	assert_string_equal(asked, "N1 N2");

	asked[0] = '\0';
	it.name = name_of("BARNEY<20>");
	assert_int_equal(resolver_ask(resolver, &it, 1, 7, &now), NBT_RCODE_OK);
	(void)answer_within(0);
	assert_string_equal(asked, "N2");

	now.now_ms += 30000;
	net.primary = YES;
	asked[0] = '\0';
	it.name = name_of("WILMA<20>");
	assert_int_equal(resolver_ask(resolver, &it, 1, 7, &now), NBT_RCODE_OK);
	(void)answer_within(0);
	assert_string_equal(asked, "N1");
}

/*
 * Broadcasts.
 */

/* The last query that was broadcast on this socket is answered. */
static void broadcast_and_keep(struct nbt_packet *query)
{
	struct resolver_packet packet;

	ask(RESOLVE_AS_NODE, 1);
	while (resolver_step(resolver, &packet, &now))
		if (packet.socket == 1)
			assert_int_equal(
				nbt_packet_decode(query, packet.packet->bytes, packet.packet->len),
				NBT_OK);
}

static void case_77_second_owner_gets_a_demand(void **state)
{
	struct resolver_answer answer;
	struct nbt_packet query;

	(void)state;
	build(NODE_B, false);
	broadcast_and_keep(&query);
	reply(&query, "10.1.0.77", YES, "10.1.0.77", false);
	assert_true(resolver_next_answer(resolver, &answer)); /* at once */
	check_answer("the first", &answer, 0, "10.1.0.77");
	run(now.now_ms + 900);
	assert_int_equal(demands, 0);
	reply(&query, "10.1.0.78", YES, "10.1.0.78", false);
	run(now.now_ms + 5000);
	assert_int_equal(demands, 1);

	/* And nothing is remembered of it. */
	sent = 0;
	net.subnet[0] = "10.1.0.77";
	ask(RESOLVE_AS_NODE, 1);
	(void)answer_within(0);
	assert_true(sent > 0);
}

static void members_of_a_group_are_gathered(void **state)
{
	struct resolver_answer answer;
	struct nbt_packet query;

	(void)state;
	build(NODE_B, false);
	broadcast_and_keep(&query);
	reply(&query, "10.1.0.77", YES, "10.1.0.77", true);
	now.now_ms += 100;
	reply(&query, "10.1.0.78", YES, "10.1.0.78", true);
	reply(&query, "10.1.0.78", YES, "10.1.0.78", true);
	assert_false(resolver_next_answer(resolver, &answer));
	answer = answer_within(250);
	assert_int_equal(answer.count, 2);
	assert_int_equal(demands, 0);
}

/*
 * One host.
 */

static void a_peer_is_asked_directly(void **state)
{
	struct resolver_question it = question(RESOLVE_PEER);
	struct resolver_packet packet;
	struct resolver_answer answer;
	struct nbt_packet query;

	(void)state;
	build(NODE_B, false);
	it.peer = at("10.2.0.99");
	it.peer_port = 1137;
	it.recursion = true;
	assert_int_equal(resolver_ask(resolver, &it, 1, 7, &now), NBT_RCODE_OK);
	assert_true(resolver_step(resolver, &packet, &now));
	assert_int_equal(packet.socket, 2);
	assert_int_equal(ntohs(packet.packet->to.sin_port), 1137);
	assert_int_equal(nbt_packet_decode(&query, packet.packet->bytes, packet.packet->len),
			 NBT_OK);
	assert_int_equal(query.flags, NBT_FLAG_RD);
	reply(&query, "10.2.0.98", YES, "10.2.0.98", false); /* nobody asked him */
	assert_false(resolver_next_answer(resolver, &answer));
	reply(&query, "10.2.0.99", NO, "10.2.0.99", false);
	answer = answer_within(0);
	check_answer("a no", &answer, NBT_RCODE_NAM_ERR, NULL);
	assert_int_equal(answer.from.s_addr, it.peer.s_addr);

	assert_int_equal(resolver_ask(resolver, &it, 1, 7, &now), NBT_RCODE_OK);
	answer = answer_within(20000);
	check_answer("silence", &answer, NBT_RCODE_SRV_ERR, NULL);
}

static void we_are_asked_without_a_packet(void **state)
{
	struct resolver_question it = question(RESOLVE_PEER);
	struct resolver_answer answer;

	(void)state;
	build(NODE_H, true);
	net.database = true;
	it.peer = at("10.1.0.1");
	assert_int_equal(resolver_ask(resolver, &it, 1, 7, &now), NBT_RCODE_OK);
	answer = answer_within(0);
	check_answer("own names", &answer, NBT_RCODE_NAM_ERR, NULL);
	it.recursion = true;
	assert_int_equal(resolver_ask(resolver, &it, 1, 7, &now), NBT_RCODE_OK);
	answer = answer_within(0);
	check_answer("the database", &answer, 0, "10.9.0.1");
	assert_int_equal(sent, 0);
}

static void node_status_comes_whole(void **state)
{
	static struct nbt_node_status status = { .count = 200, .unit_id = { 2, 0, 0, 0, 0, 9 } };
	struct resolver_question it = question(RESOLVE_STATUS);
	uint8_t rdata[1 + 18 * 255 + NBT_STATUS_STATS_LEN];
	struct nbt_packet query, response;
	struct resolver_packet packet;
	struct resolver_answer answer;
	struct sockaddr_in from = host_at("10.1.0.99");
	size_t len;

	(void)state;
	build(NODE_B, false);
	it.name = name_of("*");
	it.peer = at("10.1.0.99");
	assert_int_equal(resolver_ask(resolver, &it, 1, 7, &now), NBT_RCODE_OK);
	assert_true(resolver_step(resolver, &packet, &now));
	assert_int_equal(nbt_packet_decode(&query, packet.packet->bytes, packet.packet->len),
			 NBT_OK);
	assert_int_equal(query.question[0].type, NBT_TYPE_NBSTAT);
	assert_int_equal(nbt_node_status_encode(&status, rdata, sizeof(rdata), &len), NBT_OK);
	nbt_make_response(&response, NBT_OP_QUERY, query.id, NBT_FLAG_AA, NBT_RCODE_OK, &it.name,
			  &it.scope, NBT_TYPE_NBSTAT, 0, rdata, (uint16_t)len);
	assert_true(resolver_response(resolver, &from, &response, &now));
	answer = answer_within(0);
	assert_int_equal(answer.rcode, NBT_RCODE_OK);
	assert_non_null(answer.status);
	assert_int_equal(answer.status->count, 200);
	assert_int_equal(answer.status->unit_id[5], 9);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_node_type_asks_in_its_order),
		TEST(what_is_there_comes_first),
		TEST(other_ways_ask_less),
		TEST(one_interface_is_asked_alone),
		TEST(the_same_question_is_asked_once),
		TEST(too_many_are_refused_and_none_is_forgotten),
		TEST(who_was_not_asked_is_not_said_to_lack_the_name),
		TEST(a_client_that_has_gone_leaves_nothing_behind),
		TEST(answers_are_remembered),
		TEST(masters_are_not_remembered),
		TEST(silence_is_not_remembered),
		TEST(a_name_that_changed_is_forgotten),
		TEST(the_database_is_not_shadowed_by_the_cache),
		TEST(ways_are_remembered_apart),
		TEST(a_silent_server_is_asked_last_for_a_while),
		TEST(case_77_second_owner_gets_a_demand),
		TEST(members_of_a_group_are_gathered),
		TEST(a_peer_is_asked_directly),
		TEST(we_are_asked_without_a_packet),
		TEST(node_status_comes_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
