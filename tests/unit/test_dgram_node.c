/* Where the datagrams of programs go, for each type of node. */
#include "dgram.h"

#include <arpa/inet.h>
#include <stdio.h>

static const char *const one_host[] = { "10.1.0.9" };
static const char *const far_and_near[] = { "192.168.7.7", "10.2.0.9" };
static const char *const wins_group[] = { "255.255.255.255" };
static const char *const three_members[] = { "10.1.0.9", OUR_LAN1, "10.9.0.1" };

static const struct in_addr nbdds[] = { { 0 }, { 0 } };

#define UNIQUE(to_)                                                                                \
	(&(struct program_send){ .client = 1,                                                      \
				 .type = NBT_DGM_DIRECT_UNIQUE,                                    \
				 .from = "ME<00>",                                                 \
				 .to = (to_),                                                      \
				 .id = 7,                                                          \
				 .data = "hello" })
#define GROUP(to_)                                                                                 \
	(&(struct program_send){ .client = 1,                                                      \
				 .type = NBT_DGM_DIRECT_GROUP,                                     \
				 .from = "ME<00>",                                                 \
				 .to = (to_),                                                      \
				 .id = 7,                                                          \
				 .data = "hello" })

static void expect_sent(const struct dgram_fixture *f, size_t i, const char *to, uint16_t socket,
			uint8_t type)
{
	struct nbt_datagram d = dgram_sent(f, i);
	char address[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &f->sent[i].to.sin_addr, address, sizeof(address));
	assert_string_equal(address, to);
	assert_int_equal(ntohs(f->sent[i].to.sin_port), 138);
	assert_int_equal(f->sent[i].socket, socket);
	assert_int_equal(d.type, type);
	assert_int_equal(d.source_address.s_addr, f->sockets[socket].address.s_addr);
	assert_int_equal(d.source_port, 138);
}

static void expect_error(const struct dgram_fixture *f, size_t i, const char *who)
{
	assert_true(i < f->told_count && f->told[i].is_datagram);
	assert_int_equal(f->told[i].client, 1);
	assert_int_equal(f->told[i].datagram.type, NBT_DGM_ERROR);
	assert_int_equal(f->told[i].datagram.id, 7);
	assert_int_equal(f->told[i].datagram.error_code, NBT_DGM_ERR_DESTINATION);
	assert_int_equal(f->told[i].envelope.peer.s_addr, ip(who).s_addr);
}

static void start_with(struct dgram_fixture *f, enum dgram_node_type type,
		       const struct in_addr *servers, size_t count)
{
	f->settings.node_type = type;
	f->settings.node.nbdds = (struct dgram_addresses){ servers, count };
	dgram_start(f);
}

/*
 * Unique names.
 */

static void a_unique_name_is_looked_up_once(void **state)
{
	struct dgram_fixture *f = *state;

	assert_true(dgram_send(f, UNIQUE("FRED<20>")));
	assert_true(dgram_send(f, UNIQUE("FRED<20>")));
	assert_int_equal(f->asked_count, 1);
	assert_int_equal(f->sent_count, 0);
	dgram_answer(f, 0, NBT_RCODE_OK, one_host, 1, false);
	assert_int_equal(f->sent_count, 2);
	expect_sent(f, 0, "10.1.0.9", SOCKET_LAN1, NBT_DGM_DIRECT_UNIQUE);
	assert_false(f->sent[0].is_broadcast);
	assert_int_equal(dgram_sent(f, 1).id, (uint16_t)(dgram_sent(f, 0).id + 1));
	dgram_send(f, UNIQUE("FRED<20>"));
	assert_int_equal(f->sent_count, 3);
	assert_int_equal(f->asked_count, 1);
}

static void a_route_ends(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_send(f, UNIQUE("FRED<20>"));
	dgram_answer(f, 0, NBT_RCODE_OK, one_host, 1, false);
	dgram_pass(f, 30001);
	dgram_send(f, UNIQUE("FRED<20>"));
	assert_int_equal(f->asked_count, 2);
}

/* Another host may be it a moment later, and nobody tells a P node. */
static void the_way_to_a_master_is_not_remembered(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_send(f, UNIQUE("LAB<1D>"));
	dgram_answer(f, 0, NBT_RCODE_OK, one_host, 1, false);
	expect_sent(f, 0, "10.1.0.9", SOCKET_LAN1, NBT_DGM_DIRECT_UNIQUE);
	dgram_send(f, UNIQUE("LAB<1D>"));
	assert_int_equal(f->asked_count, 2);
}

static void of_several_addresses_the_nearest_is_taken(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_send(f, UNIQUE("FRED<20>"));
	dgram_answer(f, 0, NBT_RCODE_OK, far_and_near, 2, false);
	expect_sent(f, 0, "10.2.0.9", SOCKET_LAN2, NBT_DGM_DIRECT_UNIQUE);
}

static void a_name_that_nobody_has_is_an_error(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_send(f, UNIQUE("FRED<20>"));
	dgram_answer(f, 0, NBT_RCODE_NAM_ERR, NULL, 0, false);
	assert_int_equal(f->sent_count, 0);
	expect_error(f, 0, "0.0.0.0");
	dgram_send(f, UNIQUE("FRED<20>")); /* it may be there now */
	assert_int_equal(f->asked_count, 2);
}

static void without_nbnsd_it_is_an_error(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_send(f, UNIQUE("FRED<20>"));
	dgram_answer(f, 0, NBT_RCODE_SRV_ERR, NULL, 0, false);
	expect_error(f, 0, "0.0.0.0");
}

static void a_unique_name_that_is_a_group_is_one(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_send(f, UNIQUE("LAB<1E>"));
	dgram_answer(f, 0, NBT_RCODE_OK, wins_group, 1, true);
	assert_int_equal(f->sent_count, 2);
	expect_sent(f, 0, LAN1_ALL, SOCKET_LAN1, NBT_DGM_DIRECT_GROUP);
	expect_sent(f, 1, LAN2_ALL, SOCKET_LAN2, NBT_DGM_DIRECT_GROUP);
}

static void a_name_of_this_host_needs_no_network(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_hold(f, 2, "FRED<20>", false);
	dgram_send(f, UNIQUE("FRED<20>"));
	assert_int_equal(f->asked_count, 0);
	assert_int_equal(f->sent_count, 0);
	assert_int_equal(f->told_count, 1);
	assert_int_equal(f->told[0].client, 2);
	assert_memory_equal(f->told[0].datagram.data, "hello", 5);
	assert_int_equal(f->told[0].datagram.source_address.s_addr, ip(OUR_LAN1).s_addr);
}

static void a_group_is_not_here_alone(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_hold(f, 2, "LAB<1E>", true);
	dgram_send(f, UNIQUE("LAB<1E>"));
	assert_int_equal(f->asked_count, 1);
	dgram_answer(f, 0, NBT_RCODE_OK, wins_group, 1, true);
	assert_int_equal(f->sent_count, 2);
	assert_int_equal(f->told_count, 1);
	assert_int_equal(f->told[0].datagram.type, NBT_DGM_DIRECT_GROUP);
}

/* On a host without a network. */
static void without_an_interface_it_is_localhost(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_set_sockets(f->service, f->sockets, 1);
	dgram_hold(f, 2, "FRED<20>", false);
	dgram_send(f, UNIQUE("FRED<20>"));
	assert_int_equal(f->told_count, 1);
	assert_int_equal(f->told[0].datagram.source_address.s_addr, ip("127.0.0.1").s_addr);
	dgram_set_sockets(f->service, f->sockets, 0);
	dgram_send(f, UNIQUE("FRED<20>"));
	dgram_send(f, GROUP("LAB<1E>"));
	assert_int_equal(f->told_count, 1);
	assert_int_equal(dgram_counter(f, "node.no-way"), 2);
}

/* nbnsd says that the name is ours, and no program wants its datagrams. */
static void to_ourselves_nothing_is_sent(void **state)
{
	static const char *const ours[] = { OUR_LAN1 };
	struct dgram_fixture *f = *state;

	dgram_send(f, UNIQUE("ME<20>"));
	dgram_answer(f, 0, NBT_RCODE_OK, ours, 1, false);
	assert_int_equal(f->sent_count, 0);
	assert_int_equal(dgram_counter(f, "node.here"), 1);
}

/*
 * Errors.
 */

static void an_error_is_for_who_sent(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_send(f, UNIQUE("FRED<20>"));
	dgram_answer(f, 0, NBT_RCODE_OK, one_host, 1, false);
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_ERROR,
						  .from = "10.1.0.9",
						  .id = dgram_sent(f, 0).id,
						  .error_code = NBT_DGM_ERR_DESTINATION });
	expect_error(f, 0, "10.1.0.9");
	dgram_send(f, UNIQUE("FRED<20>")); /* where it is must be found out anew */
	assert_int_equal(f->asked_count, 2);
}

static void an_error_of_somebody_else_is_none(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_send(f, UNIQUE("FRED<20>"));
	dgram_answer(f, 0, NBT_RCODE_OK, one_host, 1, false);
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_ERROR,
						  .from = "10.1.0.66",
						  .id = dgram_sent(f, 0).id,
						  .error_code = NBT_DGM_ERR_DESTINATION });
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_ERROR,
						  .from = "10.1.0.9",
						  .id = (uint16_t)(dgram_sent(f, 0).id + 1),
						  .error_code = NBT_DGM_ERR_DESTINATION });
	assert_int_equal(f->told_count, 0);
}

/*
 * Groups.
 */

static void a_b_node_broadcasts_on_each_subnet(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_send(f, GROUP("LAB<1E>"));
	assert_int_equal(f->asked_count, 0);
	assert_int_equal(f->sent_count, 2);
	expect_sent(f, 0, LAN1_ALL, SOCKET_LAN1, NBT_DGM_DIRECT_GROUP);
	expect_sent(f, 1, LAN2_ALL, SOCKET_LAN2, NBT_DGM_DIRECT_GROUP);
	assert_true(f->sent[0].is_broadcast && f->sent[1].is_broadcast);
	assert_int_equal(dgram_sent(f, 0).flags, NBT_DGM_FLAG_FIRST);
}

static void on_one_interface_if_it_is_wanted(void **state)
{
	struct dgram_fixture *f = *state;
	struct program_send send = *GROUP("LAB<1E>");

	send.interface = OUR_LAN2;
	dgram_send(f, &send);
	assert_int_equal(f->sent_count, 1);
	expect_sent(f, 0, LAN2_ALL, SOCKET_LAN2, NBT_DGM_DIRECT_GROUP);
}

static void members_here_get_it_but_not_the_sender(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_hold(f, 1, "LAB<1E>", true);
	dgram_hold(f, 2, "LAB<1E>", true);
	dgram_send(f, GROUP("LAB<1E>"));
	assert_int_equal(f->told_count, 1);
	assert_int_equal(f->told[0].client, 2);
	assert_int_equal(f->told[0].envelope.flags, NBT_LOCAL_DATAGRAM | NBT_LOCAL_BROADCAST);
}

static void a_broadcast_datagram_goes_to_all(void **state)
{
	struct dgram_fixture *f = *state;
	struct program_send send = *GROUP("*");

	send.type = NBT_DGM_BROADCAST;
	dgram_send(f, &send);
	assert_int_equal(f->sent_count, 2);
	expect_sent(f, 0, LAN1_ALL, SOCKET_LAN1, NBT_DGM_BROADCAST);
}

static void a_peer_is_sent_to_whatever_the_name(void **state)
{
	struct dgram_fixture *f = *state;
	struct program_send send = *GROUP("LAB<1D>");

	send.peer = "10.7.0.1";
	dgram_send(f, &send);
	assert_int_equal(f->sent_count, 1);
	expect_sent(f, 0, "10.7.0.1", SOCKET_LAN1, NBT_DGM_DIRECT_GROUP);
	send.peer = LAN2_ALL;
	dgram_send(f, &send);
	assert_int_equal(f->sent_count, 2);
	expect_sent(f, 1, LAN2_ALL, SOCKET_LAN2, NBT_DGM_DIRECT_GROUP);
	assert_true(f->sent[1].is_broadcast);
}

/*
 * P nodes.
 */

static void a_p_node_asks_the_nbdd_first(void **state)
{
	const struct in_addr servers[] = { ip("10.3.0.1"), ip("10.3.0.2") };
	struct dgram_fixture *f = *state;

	start_with(f, DGRAM_NODE_P, servers, 2);
	dgram_send(f, GROUP("LAB<1C>"));
	assert_int_equal(f->sent_count, 1);
	expect_sent(f, 0, "10.3.0.1", SOCKET_LAN1, NBT_DGM_QUERY_REQUEST);
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_POSITIVE_RESPONSE,
						  .from = "10.3.0.1",
						  .id = dgram_sent(f, 0).id,
						  .to_name = "LAB<1C>" });
	assert_int_equal(f->sent_count, 2);
	expect_sent(f, 1, "10.3.0.1", SOCKET_LAN1, NBT_DGM_DIRECT_GROUP);
	assert_int_equal(dgram_sent(f, 1).flags, NBT_DGM_FLAG_FIRST | 0x04);
	dgram_send(f, GROUP("LAB<1C>")); /* it is remembered */
	expect_sent(f, 2, "10.3.0.1", SOCKET_LAN1, NBT_DGM_DIRECT_GROUP);
}

/* Nobody listens there any more: the next one is found at once, not when the route ends. */
static void an_nbdd_that_cannot_be_reached_is_forgotten(void **state)
{
	const struct in_addr servers[] = { ip("10.3.0.1"), ip("10.3.0.2") };
	struct dgram_fixture *f = *state;

	start_with(f, DGRAM_NODE_P, servers, 2);
	dgram_send(f, GROUP("LAB<1C>"));
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_POSITIVE_RESPONSE,
						  .from = "10.3.0.1",
						  .id = dgram_sent(f, 0).id,
						  .to_name = "LAB<1C>" });
	dgram_unreachable(f->service, ip("10.3.0.2"), &f->env); /* another one */
	dgram_send(f, GROUP("LAB<1C>"));
	expect_sent(f, 2, "10.3.0.1", SOCKET_LAN1, NBT_DGM_DIRECT_GROUP);
	dgram_unreachable(f->service, ip("10.3.0.1"), &f->env);
	dgram_send(f, GROUP("LAB<1C>"));
	expect_sent(f, 3, "10.3.0.1", SOCKET_LAN1, NBT_DGM_QUERY_REQUEST);
	dgram_pass(f, 3 * 1500);
	expect_sent(f, 6, "10.3.0.2", SOCKET_LAN1, NBT_DGM_QUERY_REQUEST);
}

/* A host may have another address by now. */
static void an_owner_that_cannot_be_reached_is_looked_up_anew(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_send(f, UNIQUE("FRED<20>"));
	dgram_answer(f, 0, NBT_RCODE_OK, one_host, 1, false);
	dgram_unreachable(f->service, ip(one_host[0]), &f->env);
	dgram_send(f, UNIQUE("FRED<20>"));
	assert_int_equal(f->asked_count, 2);
}

/* Neither by its address, its id, its name nor its scope. */
static void an_answer_to_another_query_is_none(void **state)
{
	const struct in_addr servers[] = { ip("10.3.0.1") };
	struct dgram_fixture *f = *state;
	uint16_t id;

	start_with(f, DGRAM_NODE_P, servers, 1);
	dgram_send(f, GROUP("LAB<1C>"));
	id = dgram_sent(f, 0).id;
	const struct network_packet strangers[] = {
		{ .from = "10.3.0.2", .id = id, .to_name = "LAB<1C>" },
		{ .from = "10.3.0.1", .id = (uint16_t)(id + 1), .to_name = "LAB<1C>" },
		{ .from = "10.3.0.1", .id = id, .to_name = "LAB<1E>" },
		{ .from = "10.3.0.1", .id = id, .to_name = "LAB<1C>", .scope = "X" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(strangers); i++) {
		struct network_packet packet = strangers[i];

		packet.type = NBT_DGM_POSITIVE_RESPONSE;
		dgram_packet(f, &packet);
		assert_int_equal(dgram_counter(f, "responses.unexpected"), i + 1);
	}
	assert_int_equal(f->sent_count, 1);
}

static void a_silent_nbdd_is_passed_over(void **state)
{
	const struct in_addr servers[] = { ip("10.3.0.1"), ip("10.3.0.2") };
	struct dgram_fixture *f = *state;

	start_with(f, DGRAM_NODE_P, servers, 2);
	dgram_send(f, GROUP("LAB<1C>"));
	dgram_pass(f, 3 * 1500);
	assert_int_equal(f->sent_count, 4);
	expect_sent(f, 2, "10.3.0.1", SOCKET_LAN1, NBT_DGM_QUERY_REQUEST);
	expect_sent(f, 3, "10.3.0.2", SOCKET_LAN1, NBT_DGM_QUERY_REQUEST);
	/* The first one's answer comes too late. */
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_POSITIVE_RESPONSE,
						  .from = "10.3.0.1",
						  .id = dgram_sent(f, 0).id,
						  .to_name = "LAB<1C>" });
	assert_int_equal(f->sent_count, 4);
	assert_int_equal(dgram_counter(f, "responses.unexpected"), 1);
}

static void without_an_nbdd_the_members_get_it(void **state)
{
	struct dgram_fixture *f = *state;

	start_with(f, DGRAM_NODE_P, nbdds, 0);
	dgram_send(f, GROUP("LAB<1C>"));
	assert_int_equal(f->asked_count, 1);
	assert_true(f->asked[0].query.all_members);
	dgram_send(f, GROUP("LAB<1C>"));
	dgram_answer(f, 0, NBT_RCODE_OK, three_members, 3, true);
	assert_int_equal(f->sent_count, 4); /* not to ourselves */
	expect_sent(f, 0, "10.1.0.9", SOCKET_LAN1, NBT_DGM_DIRECT_GROUP);
	expect_sent(f, 1, "10.9.0.1", SOCKET_LAN1, NBT_DGM_DIRECT_GROUP);
}

static void a_refusal_of_the_nbdd_leads_to_the_members(void **state)
{
	const struct in_addr servers[] = { ip("10.3.0.1") };
	struct dgram_fixture *f = *state;

	start_with(f, DGRAM_NODE_P, servers, 1);
	dgram_send(f, GROUP("LAB<1C>"));
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_NEGATIVE_RESPONSE,
						  .from = "10.3.0.1",
						  .id = dgram_sent(f, 0).id,
						  .to_name = "LAB<1C>" });
	assert_int_equal(f->asked_count, 1);
	dgram_answer(f, 0, NBT_RCODE_OK, one_host, 1, true);
	expect_sent(f, 1, "10.1.0.9", SOCKET_LAN1, NBT_DGM_DIRECT_GROUP);
}

/* Each subnet has the source address that is ours there, as if all had left at once. */
static void a_large_group_is_sent_to_in_turns(void **state)
{
	static const char *const members[] = { "10.1.0.9", "10.1.0.10", "10.2.0.9", "10.9.0.1",
					       "10.2.0.10" };
	struct dgram_fixture *f = *state;
	size_t to_lan2 = 0;

	f->settings.distribution.slice = 2;
	start_with(f, DGRAM_NODE_P, nbdds, 0);
	dgram_send(f, GROUP("LAB<1C>"));
	dgram_answer(f, 0, NBT_RCODE_OK, members, ARRAY_SIZE(members), true);
	assert_int_equal(f->sent_count, 2);
	assert_true(dgram_is_busy(f->service));
	while (dgram_is_busy(f->service)) {
		size_t before = f->sent_count;

		dgram_pass(f, 0);
		assert_true(f->sent_count > before);
	}
	assert_int_equal(f->sent_count, ARRAY_SIZE(members));
	for (size_t i = 0; i < f->sent_count; i++) {
		bool is_lan2 = f->sent[i].socket == SOCKET_LAN2;

		to_lan2 += is_lan2;
		assert_int_equal(dgram_sent(f, i).source_address.s_addr,
				 ip(is_lan2 ? OUR_LAN2 : OUR_LAN1).s_addr);
		assert_int_equal(dgram_sent(f, i).id, dgram_sent(f, 0).id);
	}
	assert_int_equal(to_lan2, 2);
}

/* ... and from the interface that the program wants, if it does. */
static void members_are_sent_to_by_the_interface_that_is_wanted(void **state)
{
	struct dgram_fixture *f = *state;
	struct program_send send = { .client = 1,
				     .type = NBT_DGM_DIRECT_GROUP,
				     .from = "ANNE<00>",
				     .to = "LAB<1C>",
				     .interface = OUR_LAN2,
				     .data = "x" };

	start_with(f, DGRAM_NODE_P, nbdds, 0);
	assert_true(dgram_send(f, &send));
	dgram_answer(f, 0, NBT_RCODE_OK, three_members, 3, true);
	assert_int_equal(f->sent_count, 2);
	expect_sent(f, 0, "10.1.0.9", SOCKET_LAN2, NBT_DGM_DIRECT_GROUP);
	expect_sent(f, 1, "10.9.0.1", SOCKET_LAN2, NBT_DGM_DIRECT_GROUP);
	assert_int_equal(dgram_sent(f, 0).source_address.s_addr, ip(OUR_LAN2).s_addr);
}

static void a_p_node_hears_no_broadcast(void **state)
{
	struct dgram_fixture *f = *state;

	start_with(f, DGRAM_NODE_P, nbdds, 0);
	dgram_hold(f, 1, "LAB<1C>", true);
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_DIRECT_GROUP,
						  .from = "10.1.0.9",
						  .source_name = "ANNE<00>",
						  .to_name = "LAB<1C>",
						  .to_broadcast = true,
						  .data = "x" });
	assert_int_equal(f->told_count, 0);
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_DIRECT_GROUP,
						  .from = "10.1.0.9",
						  .source_name = "ANNE<00>",
						  .to_name = "LAB<1C>",
						  .data = "x" });
	assert_int_equal(f->told_count, 1);
}

static void m_and_h_nodes_broadcast_unless_there_is_an_nbdd(void **state)
{
	const struct in_addr servers[] = { ip("10.3.0.1") };
	static const struct {
		enum dgram_node_type type;
		uint8_t flags;
	} types[] = { { DGRAM_NODE_M, 0x08 }, { DGRAM_NODE_H, 0x0C } };
	struct dgram_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		start_with(f, types[i].type, servers, 0);
		dgram_send(f, GROUP("LAB<1C>"));
		expect_sent(f, 0, LAN1_ALL, SOCKET_LAN1, NBT_DGM_DIRECT_GROUP);
		assert_int_equal(dgram_sent(f, 0).flags, NBT_DGM_FLAG_FIRST | types[i].flags);
		start_with(f, types[i].type, servers, 1);
		dgram_send(f, GROUP("LAB<1C>"));
		expect_sent(f, 0, "10.3.0.1", SOCKET_LAN1, NBT_DGM_QUERY_REQUEST);
	}
}

static void what_is_marked_is_broadcast_whatever_the_type(void **state)
{
	struct dgram_fixture *f = *state;
	struct program_send send = *GROUP("LAB<1D>");

	start_with(f, DGRAM_NODE_P, nbdds, 0);
	send.flags = NBT_LOCAL_BROADCAST;
	dgram_send(f, &send);
	assert_int_equal(f->sent_count, 2);
	expect_sent(f, 0, LAN1_ALL, SOCKET_LAN1, NBT_DGM_DIRECT_GROUP);
}

/*
 * Bounds.
 */

/* Of several programs, because none may have them all. */
static void too_many_that_wait_are_counted(void **state)
{
	struct dgram_fixture *f = *state;
	struct program_send send = *UNIQUE("FRED<20>");

	for (unsigned i = 0; i < 9; i++) {
		send.client = 1 + i / 2;
		dgram_send(f, &send);
	}
	assert_int_equal(dgram_counter(f, "node.too-many"), 1);
	dgram_answer(f, 0, NBT_RCODE_OK, one_host, 1, false);
	assert_int_equal(f->sent_count, 8);
	assert_int_equal(dgram_gauges(f->service).waiting, 0);
}

static void a_program_has_a_quarter_of_what_may_wait(void **state)
{
	struct dgram_fixture *f = *state;
	struct program_send other = *UNIQUE("FRED<20>");

	other.client = 2;
	for (unsigned i = 0; i < 100; i++)
		dgram_send(f, UNIQUE("FRED<20>"));
	assert_int_equal(dgram_gauges(f->service).waiting, 2);
	assert_int_equal(dgram_counter(f, "node.share"), 98);
	dgram_send(f, &other);
	assert_int_equal(dgram_gauges(f->service).waiting, 3);
	dgram_answer(f, 0, NBT_RCODE_OK, one_host, 1, false);
	assert_int_equal(f->sent_count, 3);
	assert_int_equal(dgram_counter(f, "node.too-many"), 0);
}

/* Of the memory, too; one datagram may wait however long it is. */
static void a_program_has_a_quarter_of_the_memory(void **state)
{
	static char text[4001];
	struct dgram_fixture *f = *state;
	struct program_send send = *UNIQUE("FRED<20>");

	memset(text, 'x', sizeof(text) - 1);
	send.data = text;
	f->settings.node.waiting_bytes = 12000;
	dgram_start(f);
	dgram_send(f, &send);
	dgram_send(f, &send);
	send.client = 2;
	dgram_send(f, &send);
	assert_int_equal(dgram_gauges(f->service).waiting, 2);
	assert_int_equal(dgram_counter(f, "node.share"), 1);
}

/* Long ones fill the memory before there are too many; what has left makes room. */
static void the_memory_of_what_waits_is_bounded(void **state)
{
	static char text[4001];
	struct dgram_fixture *f = *state;

	memset(text, 'x', sizeof(text) - 1);
	f->settings.node.waiting_bytes = 10000;
	dgram_start(f);
	for (unsigned i = 0; i < 4; i++)
		dgram_send(f, &(struct program_send){ .client = 1 + i,
						      .type = NBT_DGM_DIRECT_UNIQUE,
						      .from = "ANNE<00>",
						      .to = "FRED<20>",
						      .data = text });
	assert_int_equal(dgram_gauges(f->service).waiting, 2);
	assert_in_range(dgram_gauges(f->service).waiting_bytes, 8000, 10000);
	assert_int_equal(dgram_counter(f, "node.too-many"), 2);
	dgram_answer(f, 0, NBT_RCODE_OK, one_host, 1, false);
	assert_int_equal(dgram_gauges(f->service).waiting, 0);
	assert_int_equal(dgram_gauges(f->service).waiting_bytes, 0);
}

static void routes_are_bounded(void **state)
{
	struct dgram_fixture *f = *state;
	char name[16];

	f->settings.node.waiting = 10000;
	dgram_start(f);
	for (unsigned i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "N%u<1C>", i);
		f->sent_count = 0;
		dgram_send(f, GROUP(name));
		assert_int_equal(f->sent_count, 2);
	}
	assert_true(dgram_gauges(f->service).routes <= 256);
	f->is_speechless = true;
	dgram_send(f, UNIQUE("FRED<20>"));
	assert_int_equal(dgram_counter(f, "node.too-many"), 1);
}

static void a_long_datagram_leaves_in_fragments(void **state)
{
	static uint8_t data[5000];
	struct dgram_fixture *f = *state;
	struct program_send send = *GROUP("LAB<1E>");
	struct nbt_datagram second;

	memset(data, 'x', sizeof(data));
	send.data = (const char *)data;
	send.len = sizeof(data);
	send.interface = OUR_LAN1;
	dgram_send(f, &send);
	assert_int_equal(f->sent_count, 4);
	assert_int_equal(f->sent[0].len, OUTGOING_MAX);
	assert_int_equal(dgram_sent(f, 0).flags, NBT_DGM_FLAG_FIRST | NBT_DGM_FLAG_MORE);
	second = dgram_sent(f, 1);
	assert_int_equal(second.flags, NBT_DGM_FLAG_MORE);
	assert_int_equal(second.offset, OUTGOING_MAX - 14);
	assert_int_equal(second.length, 5000 + 68);
	assert_int_equal(second.id, dgram_sent(f, 0).id);
	assert_int_equal(dgram_sent(f, 3).flags, 0);
}

/*
 * Datagrams for names that aren't here.
 */

static void stranger(struct dgram_fixture *f, uint8_t type, bool to_broadcast, const char *source)
{
	dgram_packet(f, &(struct network_packet){ .type = type,
						  .from = "10.1.0.9",
						  .source = source,
						  .id = 0x1234,
						  .source_name = "ANNE<00>",
						  .to_name = "NOBODY<20>",
						  .to_broadcast = to_broadcast,
						  .data = "x" });
}

static void a_name_that_is_not_here_is_answered(void **state)
{
	struct dgram_fixture *f = *state;
	struct nbt_datagram error;

	stranger(f, NBT_DGM_DIRECT_UNIQUE, false, "10.4.0.4");
	assert_int_equal(f->asked_count, 1);
	assert_true(f->asked[0].query.is_local);
	dgram_answer(f, 0, NBT_RCODE_NAM_ERR, NULL, 0, false);
	expect_sent(f, 0, "10.4.0.4", SOCKET_LAN1, NBT_DGM_ERROR); /* the source of the header */
	error = dgram_sent(f, 0);
	assert_int_equal(error.id, 0x1234);
	assert_int_equal(error.error_code, NBT_DGM_ERR_DESTINATION);
	assert_int_equal(error.flags & (NBT_DGM_FLAG_FIRST | NBT_DGM_FLAG_MORE), 0);
}

static void silence_where_no_error_belongs(void **state)
{
	struct dgram_fixture *f = *state;

	stranger(f, NBT_DGM_DIRECT_UNIQUE, true, NULL);
	stranger(f, NBT_DGM_DIRECT_GROUP, false, NULL);
	stranger(f, NBT_DGM_DIRECT_UNIQUE, false, LAN1_ALL);
	stranger(f, NBT_DGM_DIRECT_UNIQUE, false, "224.0.0.1");
	stranger(f, NBT_DGM_DIRECT_UNIQUE, false, "0.0.0.0");
	stranger(f, NBT_DGM_DIRECT_UNIQUE, false, "127.0.0.2");
	stranger(f, NBT_DGM_DIRECT_UNIQUE, false, OUR_LAN2);
	assert_int_equal(f->asked_count, 0);
	/* The name is ours, but no program's; or there is no nbnsd. */
	stranger(f, NBT_DGM_DIRECT_UNIQUE, false, NULL);
	dgram_answer(f, 0, NBT_RCODE_OK, one_host, 1, false);
	stranger(f, NBT_DGM_DIRECT_UNIQUE, false, NULL);
	dgram_answer(f, 1, NBT_RCODE_SRV_ERR, NULL, 0, false);
	assert_int_equal(f->sent_count, 0);
}

static void errors_are_limited(void **state)
{
	struct dgram_fixture *f = *state;

	for (unsigned i = 0; i < 20; i++) {
		stranger(f, NBT_DGM_DIRECT_UNIQUE, false, NULL);
		if (f->asked_count > i)
			dgram_answer(f, i, NBT_RCODE_NAM_ERR, NULL, 0, false);
	}
	assert_int_equal(f->sent_count, 10);
	assert_int_equal(dgram_counter(f, "errors.limited"), 10);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, dgram_set_up, dgram_tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(a_unique_name_is_looked_up_once),
		TEST(a_route_ends),
		TEST(the_way_to_a_master_is_not_remembered),
		TEST(of_several_addresses_the_nearest_is_taken),
		TEST(a_name_that_nobody_has_is_an_error),
		TEST(without_nbnsd_it_is_an_error),
		TEST(a_unique_name_that_is_a_group_is_one),
		TEST(a_name_of_this_host_needs_no_network),
		TEST(a_group_is_not_here_alone),
		TEST(without_an_interface_it_is_localhost),
		TEST(to_ourselves_nothing_is_sent),
		TEST(an_error_is_for_who_sent),
		TEST(an_error_of_somebody_else_is_none),
		TEST(a_b_node_broadcasts_on_each_subnet),
		TEST(on_one_interface_if_it_is_wanted),
		TEST(members_here_get_it_but_not_the_sender),
		TEST(a_broadcast_datagram_goes_to_all),
		TEST(a_peer_is_sent_to_whatever_the_name),
		TEST(a_p_node_asks_the_nbdd_first),
		TEST(an_nbdd_that_cannot_be_reached_is_forgotten),
		TEST(an_owner_that_cannot_be_reached_is_looked_up_anew),
		TEST(an_answer_to_another_query_is_none),
		TEST(a_silent_nbdd_is_passed_over),
		TEST(without_an_nbdd_the_members_get_it),
		TEST(a_refusal_of_the_nbdd_leads_to_the_members),
		TEST(a_large_group_is_sent_to_in_turns),
		TEST(members_are_sent_to_by_the_interface_that_is_wanted),
		TEST(a_p_node_hears_no_broadcast),
		TEST(m_and_h_nodes_broadcast_unless_there_is_an_nbdd),
		TEST(what_is_marked_is_broadcast_whatever_the_type),
		TEST(too_many_that_wait_are_counted),
		TEST(a_program_has_a_quarter_of_what_may_wait),
		TEST(a_program_has_a_quarter_of_the_memory),
		TEST(the_memory_of_what_waits_is_bounded),
		TEST(routes_are_bounded),
		TEST(a_long_datagram_leaves_in_fragments),
		TEST(a_name_that_is_not_here_is_answered),
		TEST(silence_where_no_error_belongs),
		TEST(errors_are_limited),
	};

	return cmocka_run_group_tests_name("dgram_node", tests, NULL, NULL);
}
