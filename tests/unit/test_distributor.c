/* The NBDD: what goes to whom, RFC 1001 section 17.3 and RFC 1002 section 5.3.4. */
#include "dgram.h"

#include <arpa/inet.h>

#define SENDER "10.1.0.20"
#define P_NODE (NBT_DGM_FLAG_FIRST | 0x04)
#define M_NODE (NBT_DGM_FLAG_FIRST | 0x08)
#define H_NODE (NBT_DGM_FLAG_FIRST | 0x0C)

static const char *const members[] = { SENDER, "10.1.0.21", OUR_LAN1, "10.9.0.1" };
#define MEMBERS ARRAY_SIZE(members)

static void start(struct dgram_fixture *f)
{
	f->settings.server = true;
	dgram_start(f);
}

static struct network_packet group(uint16_t id)
{
	return (struct network_packet){ .type = NBT_DGM_DIRECT_GROUP,
					.flags = P_NODE,
					.id = id,
					.from = SENDER,
					.source_name = "ANNE<00>",
					.to_name = "LAB<1E>",
					.data = "hello" };
}

static void expect_to(const struct dgram_fixture *f, size_t i, const char *to)
{
	assert_true(i < f->sent_count);
	assert_int_equal(f->sent[i].to.sin_addr.s_addr, ip(to).s_addr);
	assert_int_equal(ntohs(f->sent[i].to.sin_port), 138);
	assert_false(f->sent[i].is_broadcast);
}

/* RFC 1002 section 5.3.4: the same header as if the source had sent it there. */
static void each_member_but_the_sender_gets_it_as_it_came(void **state)
{
	struct dgram_fixture *f = *state;
	const struct network_packet packet = group(77);
	struct nbt_datagram d;

	start(f);
	dgram_hold(f, 1, "LAB<1E>", true);
	dgram_packet(f, &packet);
	assert_int_equal(f->told_count, 1); /* the program of this host, once */
	assert_int_equal(f->asked_count, 1);
	assert_true(f->asked[0].query.all_members);
	dgram_answer(f, 0, NBT_RCODE_OK, members, MEMBERS, true);
	assert_int_equal(f->sent_count, 2);
	expect_to(f, 0, "10.1.0.21");
	expect_to(f, 1, "10.9.0.1");
	for (size_t i = 0; i < 2; i++) {
		d = dgram_sent(f, i);
		assert_int_equal(d.type, NBT_DGM_DIRECT_GROUP);
		assert_int_equal(d.flags, P_NODE);
		assert_int_equal(d.id, 77);
		assert_int_equal(d.source_address.s_addr, ip(SENDER).s_addr);
		assert_int_equal(d.source_port, 138);
		assert_int_equal(d.data_len, 5);
	}
	assert_int_equal(f->told_count, 1);
	assert_int_equal(dgram_counter(f, "distribution.copies"), 2);
}

/* An address that was a host's when the members were asked for. */
static void a_member_that_is_a_subnet_of_ours_by_now_gets_none(void **state)
{
	static const char *const far[] = { "10.3.0.255" };
	static const struct served_socket now[] = {
		{ .address = { 0 } },
		[SOCKET_LAN1] = { .address = { 0x0500010A }, .netmask = { 0x0000FFFF } },
		{ .address = { 0x0100030A },
		  .netmask = { 0x00FFFFFF },
		  .broadcast = { 0xFF00030A } },
	};
	struct dgram_fixture *f = *state;
	struct network_packet packet = group(1);

	start(f);
	dgram_packet(f, &packet);
	dgram_answer(f, 0, NBT_RCODE_OK, far, 1, true);
	assert_int_equal(f->sent_count, 1);
	dgram_set_sockets(f->service, now, ARRAY_SIZE(now));
	packet.id = 2;
	dgram_packet(f, &packet);
	assert_int_equal(f->sent_count, 1);
}

/*
 * For whom.
 */

struct sender_case {
	const char *what;
	struct network_packet packet;
	const char *counter; /* NULL: distributed */
};

#define PACKET(...)                                                                                \
	{                                                                                          \
		.type = NBT_DGM_DIRECT_GROUP, .flags = P_NODE, .id = 1, .from = SENDER,            \
		.source_name = "ANNE<00>", .to_name = "LAB<1E>", .data = "x", __VA_ARGS__          \
	}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static const struct sender_case sender_cases[] = {
	{ "a P node", PACKET(.id = 1), NULL },
	{ "an M node", PACKET(.flags = M_NODE), NULL },
	{ "a B node sends to this host alone", PACKET(.flags = NBT_DGM_FLAG_FIRST),
	  "distribution.of-bnode" },
	{ "an H node that has not asked", PACKET(.flags = H_NODE), "distribution.not-asked" },
	{ "another NBDD has done it", PACKET(.source = "10.1.0.30"), "distribution.of-nbdd" },
	{ "our own datagram comes back", PACKET(.source = OUR_LAN2), "distribution.came-back" },
	{ "a BROADCAST datagram to a name", PACKET(.type = NBT_DGM_BROADCAST),
	  "distribution.bad-name" },
	{ "a name that begins with *", PACKET(.to_name = "*SMBSERVER<20>"),
	  "distribution.bad-name" },
};
#pragma GCC diagnostic pop

static void who_has_datagrams_distributed(void **state)
{
	struct dgram_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(sender_cases); i++) {
		const struct sender_case *c = &sender_cases[i];

		start(f);
		dgram_packet(f, &c->packet);
		if (f->asked_count != (c->counter == NULL))
			fail_msg("%s", c->what);
		if (c->counter != NULL && dgram_counter(f, c->counter) != 1)
			fail_msg("%s: %s", c->what, c->counter);
	}
}

static void not_by_a_host_that_is_no_server(void **state)
{
	struct dgram_fixture *f = *state;
	const struct network_packet packet = group(1);

	dgram_packet(f, &packet);
	assert_int_equal(f->asked_count, 0);
}

static void not_what_came_by_broadcast(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = group(1);

	packet.to_broadcast = true;
	start(f);
	dgram_packet(f, &packet);
	assert_int_equal(f->asked_count, 0);
}

static void not_for_who_is_not_allowed(void **state)
{
	struct dgram_fixture *f = *state;
	const struct network_packet packet = group(1);
	struct access_network network;
	const struct access_rule rules[DGRAM_RULES] = { [MAY_SEND] = { &network, 1 } };
	struct access_list *list;

	assert_int_equal(access_network_parse(&network, "10.0.0.0/8"), 0);
	list = access_list_create(rules, DGRAM_RULES, NULL, 0);
	assert_non_null(list);
	start(f);
	dgram_set_access(f->service, list);
	dgram_packet(f, &packet);
	assert_int_equal(f->asked_count, 0);
	assert_int_equal(dgram_counter(f, "distribution.not-allowed"), 1);
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_QUERY_REQUEST,
						  .from = SENDER,
						  .id = 3,
						  .to_name = "LAB<1E>" });
	assert_int_equal(f->asked_count, 0);
	assert_int_equal(dgram_sent(f, 0).type, NBT_DGM_NEGATIVE_RESPONSE);
	dgram_destroy(f->service);
	f->service = NULL;
	access_list_destroy(list);
}

/*
 * "*" and scopes.
 */

static void a_broadcast_datagram_goes_to_every_node_of_the_scope(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = group(1);

	packet.type = NBT_DGM_BROADCAST;
	packet.to_name = "*";
	packet.scope = "LAB.ORG";
	start(f);
	dgram_packet(f, &packet);
	assert_int_equal(f->asked_count, 1);
	assert_int_equal(f->asked[0].query.name.bytes[0], '*');
	assert_int_equal(f->asked[0].query.name.bytes[15], 0);
	assert_true(nbt_scope_equal(&f->asked[0].query.scope,
				    &(struct nbt_scope[]){ scope_of("LAB.ORG") }[0]));
	dgram_answer(f, 0, NBT_RCODE_OK, members, MEMBERS, false);
	assert_int_equal(f->sent_count, 2);
	assert_int_equal(dgram_sent(f, 0).type, NBT_DGM_BROADCAST);
}

/* What is known of a group says nothing about the one in another scope. */
static void members_of_another_scope_get_nothing(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = group(1);

	start(f);
	dgram_packet(f, &packet);
	dgram_answer(f, 0, NBT_RCODE_OK, members, MEMBERS, true);
	dgram_clear(f);
	packet.id = 2;
	packet.scope = "OTHER";
	dgram_packet(f, &packet);
	assert_int_equal(f->sent_count, 0);
	assert_int_equal(f->asked_count, 1);
	dgram_answer(f, 0, NBT_RCODE_NAM_ERR, NULL, 0, false);
	assert_int_equal(f->sent_count, 0);
	assert_int_equal(dgram_counter(f, "distribution.no-members"), 1);
}

/* Nor does it go to those of the scope that its sender is not in. */
static void a_sender_of_another_scope_has_no_members(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = group(1);

	start(f);
	packet.scope = "LAB.ORG";
	packet.source_scope = "OTHER";
	dgram_packet(f, &packet);
	assert_int_equal(f->asked_count, 0);
	assert_int_equal(f->sent_count, 0);
	assert_int_equal(dgram_counter(f, "distribution.other-scope"), 1);
}

/*
 * Again.
 */

static void the_same_datagram_passes_once(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = group(5);

	start(f);
	dgram_hold(f, 1, "LAB<1E>", true);
	dgram_packet(f, &packet);
	dgram_answer(f, 0, NBT_RCODE_OK, members, MEMBERS, true);
	assert_int_equal(f->told_count, 1);
	dgram_packet(f, &packet);
	packet.from = "10.1.0.30"; /* by another NBDD */
	packet.source = SENDER;
	dgram_packet(f, &packet);
	assert_int_equal(f->told_count, 1);
	assert_int_equal(f->sent_count, 2);
	assert_int_equal(dgram_counter(f, "distribution.again"), 2);
	packet.id = 6;
	dgram_packet(f, &packet);
	assert_int_equal(f->told_count, 2);
	dgram_pass(f, 5000);
	packet.id = 5;
	dgram_packet(f, &packet);
	assert_int_equal(f->told_count, 3);
}

/* Members that are NBDDs, too, must not distribute it again: it says that it is of one. */
static void programs_of_this_host_have_an_nbdd_here(void **state)
{
	struct dgram_fixture *f = *state;

	f->settings.node_type = DGRAM_NODE_P;
	start(f);
	dgram_send(f, &(struct program_send){ .client = 1,
					      .type = NBT_DGM_DIRECT_GROUP,
					      .from = "ME<00>",
					      .to = "LAB<1E>",
					      .data = "hello" });
	assert_int_equal(f->asked_count, 1);
	dgram_answer(f, 0, NBT_RCODE_OK, members, MEMBERS, true);
	assert_int_equal(f->sent_count, 3);
	assert_int_equal(dgram_sent(f, 0).flags, H_NODE);
}

/*
 * Queries.
 */

struct query_case {
	const char *what;
	enum nbt_rcode rcode;
	size_t count;
	uint8_t type;
};

static const struct query_case query_cases[] = {
	{ "there are members", NBT_RCODE_OK, MEMBERS, NBT_DGM_POSITIVE_RESPONSE },
	{ "there is no such group", NBT_RCODE_NAM_ERR, 0, NBT_DGM_NEGATIVE_RESPONSE },
	{ "no name server answers", NBT_RCODE_SRV_ERR, 0, NBT_DGM_NEGATIVE_RESPONSE },
};

static void queries_are_answered(void **state)
{
	struct dgram_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(query_cases); i++) {
		const struct query_case *c = &query_cases[i];
		struct nbt_datagram d;

		start(f);
		dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_QUERY_REQUEST,
							  .from = SENDER,
							  .id = 300,
							  .to_name = "LAB<1E>",
							  .scope = "S" });
		dgram_answer(f, 0, c->rcode, members, c->count, true);
		assert_int_equal(f->sent_count, 1);
		expect_to(f, 0, SENDER);
		d = dgram_sent(f, 0);
		if (d.type != c->type || d.id != 300 ||
		    !nbt_name_equal(&d.destination, &(struct nbt_name[]){ name_of("LAB<1E>") }[0]))
			fail_msg("%s", c->what);
		assert_int_equal(d.flags, NBT_DGM_FLAG_FIRST | NBT_DGM_SNT); /* of an NBDD */
		assert_int_equal(d.source_address.s_addr, ip(OUR_LAN1).s_addr);
	}
}

/* RFC 1002 section 5.3.4: to the UDP port of the request. */
static void an_answer_goes_to_the_port_of_the_query(void **state)
{
	struct dgram_fixture *f = *state;
	const struct nbt_datagram query = { .type = NBT_DGM_QUERY_REQUEST,
					    .flags = NBT_DGM_FLAG_FIRST,
					    .id = 4,
					    .source_address = ip(SENDER),
					    .source_port = 138,
					    .destination = name_of("LAB<1E>") };
	uint8_t bytes[600];
	struct incoming in = {
		.bytes = bytes,
		.from = { .sin_family = AF_INET, .sin_port = htons(5000), .sin_addr = ip(SENDER) },
		.socket = SOCKET_LAN1
	};

	start(f);
	assert_error("query", nbt_datagram_encode(&query, bytes, sizeof(bytes), &in.len), NBT_OK);
	dgram_receive(f->service, &in, &f->env);
	dgram_answer(f, 0, NBT_RCODE_OK, members, MEMBERS, true);
	assert_int_equal(f->sent_count, 1);
	assert_int_equal(f->sent[0].to.sin_addr.s_addr, ip(SENDER).s_addr);
	assert_int_equal(ntohs(f->sent[0].to.sin_port), 5000);
}

static void an_h_node_that_has_asked_is_served(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = group(1);

	start(f);
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_QUERY_REQUEST,
						  .from = SENDER,
						  .id = 3,
						  .to_name = "LAB<1E>" });
	dgram_answer(f, 0, NBT_RCODE_OK, members, MEMBERS, true);
	packet.flags = H_NODE;
	dgram_packet(f, &packet);
	assert_int_equal(f->sent_count, 3);
	packet.to_name = "LAB<1C>"; /* of which it has not */
	dgram_packet(f, &packet);
	assert_int_equal(f->sent_count, 3);
	assert_int_equal(dgram_counter(f, "distribution.not-asked"), 1);
}

/*
 * Bounds.
 */

static void one_source_may_have_a_quarter_of_what_waits(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = group(0);

	start(f);
	for (uint16_t id = 0; id < 10; id++) {
		packet.id = id;
		dgram_packet(f, &packet);
	}
	assert_int_equal(dgram_gauges(f->service).distributing, 4);
	assert_int_equal(dgram_counter(f, "distribution.share"), 6);
	packet.from = "10.1.0.40";
	dgram_packet(f, &packet);
	assert_int_equal(dgram_gauges(f->service).distributing, 5);
	dgram_answer(f, 0, NBT_RCODE_OK, members, MEMBERS, true);
	assert_int_equal(dgram_gauges(f->service).distributing, 0);
	assert_int_equal(dgram_gauges(f->service).distributing_bytes, 0);
	assert_int_equal(f->sent_count, 4 * 2 + 3);
}

static void what_is_known_goes_past_what_waits(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = group(0);

	start(f);
	dgram_packet(f, &packet);
	dgram_answer(f, 0, NBT_RCODE_OK, members, MEMBERS, true);
	for (uint16_t id = 0; id < 4; id++) { /* as many as one source may */
		packet.id = id;
		packet.to_name = "UNKNOWN<1E>";
		dgram_packet(f, &packet);
	}
	dgram_clear(f);
	packet.to_name = "LAB<1E>";
	packet.id = 9;
	dgram_packet(f, &packet);
	assert_int_equal(f->sent_count, 2);
	assert_int_equal(dgram_gauges(f->service).distributing, 4);
}

static void sources_are_limited(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = group(0);

	f->settings.distribution.limit = 2;
	start(f);
	for (uint16_t id = 0; id < 3; id++) {
		packet.id = id;
		dgram_packet(f, &packet);
	}
	assert_int_equal(dgram_counter(f, "distribution.limited"), 1);
	dgram_pass(f, 1000);
	packet.id = 3;
	dgram_packet(f, &packet);
	assert_int_equal(dgram_counter(f, "distribution.limited"), 1);
}

static void a_member_that_cannot_be_reached_backs_off(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = group(1);

	start(f);
	dgram_packet(f, &packet);
	dgram_answer(f, 0, NBT_RCODE_OK, members, MEMBERS, true);
	dgram_unreachable(f->service, ip("10.9.0.1"), &f->env);
	packet.id = 2;
	dgram_packet(f, &packet);
	assert_int_equal(f->sent_count, 3);
	assert_int_equal(dgram_counter(f, "distribution.unreachable-skipped"), 1);
	dgram_pass(f, 30000);
	packet.id = 3;
	dgram_packet(f, &packet);
	dgram_answer(f, 1, NBT_RCODE_OK, members, MEMBERS, true);
	assert_int_equal(f->sent_count, 5);
}

static const char *const many[] = { "10.9.0.1", "10.9.0.2", "10.9.0.3", "10.9.0.4", "10.9.0.5",
				    "10.9.0.6", "10.9.0.7", "10.9.0.8", "10.9.0.9" };

/* So many packets in one turn of the loop, and the rest in the next ones, in order. */
static void a_large_group_is_sent_to_in_slices(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = group(1);

	f->settings.distribution.slice = 4;
	start(f);
	dgram_packet(f, &packet);
	dgram_answer(f, 0, NBT_RCODE_OK, many, ARRAY_SIZE(many), true);
	assert_int_equal(f->sent_count, 4);
	assert_true(dgram_is_busy(f->service));
	packet.id = 2;
	dgram_packet(f, &packet); /* comes after it */
	assert_int_equal(f->sent_count, 4);
	assert_int_equal(dgram_gauges(f->service).distributing, 2);
	assert_true(dgram_deadline(f->service) <= f->env.now_ms);
	dgram_wake(f->service, &f->env);
	assert_int_equal(f->sent_count, 8);
	dgram_pass(f, 0);
	assert_int_equal(f->sent_count, 2 * ARRAY_SIZE(many));
	for (size_t i = 0; i < f->sent_count; i++) {
		expect_to(f, i, many[i % ARRAY_SIZE(many)]);
		assert_int_equal(dgram_sent(f, i).id, 1 + i / ARRAY_SIZE(many));
	}
	assert_false(dgram_is_busy(f->service));
	assert_int_equal(dgram_gauges(f->service).distributing_bytes, 0);
}

static void what_waits_to_leave_is_bounded(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = group(0);

	f->settings.distribution.slice = 1;
	f->settings.distribution.waiting = 8;
	start(f);
	dgram_packet(f, &packet);
	dgram_answer(f, 0, NBT_RCODE_OK, many, ARRAY_SIZE(many), true);
	for (packet.id = 1; packet.id < 10; packet.id++)
		dgram_packet(f, &packet);
	assert_int_equal(dgram_gauges(f->service).distributing, 8);
	assert_int_equal(dgram_counter(f, "distribution.cut-short"), 2);
}

/* Two fragments of a datagram of the sender, as he would send them. */
static void make_fragments(struct dgram_fixture *f, struct sent_packet fragments[2])
{
	struct network_packet packet = group(9);
	char text[801];

	memset(text, 'x', 800);
	text[800] = 0;
	packet.data = text;
	f->settings.packet_max = 548;
	start(f);
	dgram_packet(f, &packet);
	dgram_answer(f, 0, NBT_RCODE_OK, members, MEMBERS, true);
	memcpy(fragments, f->sent, 2 * sizeof(fragments[0]));
	start(f);
	dgram_clear(f);
}

static void come(struct dgram_fixture *f, const struct sent_packet *packet)
{
	dgram_bytes(f, SENDER, SOCKET_LAN1, false, packet->bytes, packet->len);
}

/* A datagram in two fragments is made whole, and cut again for who gets it. */
static void fragments_are_made_anew(void **state)
{
	struct dgram_fixture *f = *state;
	struct sent_packet fragments[2];

	make_fragments(f, fragments);
	come(f, &fragments[0]);
	assert_int_equal(f->asked_count, 0);
	come(f, &fragments[1]);
	assert_int_equal(dgram_counter(f, "fragments.whole"), 1);
	dgram_answer(f, 0, NBT_RCODE_OK, members, MEMBERS, true);
	assert_int_equal(f->sent_count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_true(f->sent[i].len <= 548);
		assert_int_equal(dgram_sent(f, i).id, 9);
		assert_int_equal(dgram_sent(f, i).source_address.s_addr, ip(SENDER).s_addr);
	}
	assert_int_equal(dgram_sent(f, 0).flags, P_NODE | NBT_DGM_FLAG_MORE);
}

/* fragment-timeout is no bound of memory: a reload changes it. */
static void fragments_may_take_longer_after_a_reload(void **state)
{
	struct dgram_fixture *f = *state;
	struct sent_packet fragments[2];

	make_fragments(f, fragments);
	f->settings.reassembly.timeout_ms = 10000;
	dgram_set_settings(f->service, &f->settings);
	come(f, &fragments[0]);
	f->env.now_ms += 9000;
	come(f, &fragments[1]);
	assert_int_equal(dgram_counter(f, "fragments.whole"), 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, dgram_set_up, dgram_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_member_but_the_sender_gets_it_as_it_came),
		TEST(a_member_that_is_a_subnet_of_ours_by_now_gets_none),
		TEST(who_has_datagrams_distributed),
		TEST(not_by_a_host_that_is_no_server),
		TEST(not_what_came_by_broadcast),
		TEST(not_for_who_is_not_allowed),
		TEST(a_broadcast_datagram_goes_to_every_node_of_the_scope),
		TEST(members_of_another_scope_get_nothing),
		TEST(a_sender_of_another_scope_has_no_members),
		TEST(the_same_datagram_passes_once),
		TEST(programs_of_this_host_have_an_nbdd_here),
		TEST(queries_are_answered),
		TEST(an_answer_goes_to_the_port_of_the_query),
		TEST(an_h_node_that_has_asked_is_served),
		TEST(one_source_may_have_a_quarter_of_what_waits),
		TEST(what_is_known_goes_past_what_waits),
		TEST(sources_are_limited),
		TEST(a_member_that_cannot_be_reached_backs_off),
		TEST(a_large_group_is_sent_to_in_slices),
		TEST(what_waits_to_leave_is_bounded),
		TEST(fragments_are_made_anew),
		TEST(fragments_may_take_longer_after_a_reload),
	};

	return cmocka_run_group_tests_name("distributor", tests, NULL, NULL);
}
