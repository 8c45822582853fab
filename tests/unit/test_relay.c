/* What a relay does with each datagram: to which subnets, peers and members it goes, and where it
 * ends. */
#include "dgram.h"

#include <arpa/inet.h>
#include <stdio.h>

#define LOWER_PEER  "10.2.0.4" /* in our second subnet */
#define HIGHER_PEER "10.2.0.6"
#define FAR_PEER    "10.9.0.5"
#define STRANGER    "10.9.0.7"
#define HOST1       "10.1.0.9"
#define HOST2       "10.2.0.9"
#define FAR_HOST    "10.9.0.9"

#define MARK        0x80 /* of what is handed from relay to relay */
#define MARKED      .flags = NBT_DGM_FLAG_FIRST | MARK
#define TEXT_MAX    1024

static struct in_addr peers[4];

/* peers: by blanks; NULL: none. All suffixes but <1D> are relayed. */
static void start(struct dgram_fixture *f, const char *them)
{
	char text[TEXT_MAX], *rest = text;
	size_t count = 0;

	snprintf(text, sizeof(text), "%s", them != NULL ? them : "");
	for (char *one = strtok_r(rest, " ", &rest); one != NULL; one = strtok_r(NULL, " ", &rest))
		peers[count++] = ip(one);
	f->settings.relay = true;
	f->settings.peers = (struct dgram_addresses){ peers, count };
	f->settings.relaying = (struct dgram_relay_settings){
		.memory_ms = 10000, .reply_ms = 60000, .datagrams = 256, .originators = 4
	};
	memset(f->settings.relaying.suffixes, true, sizeof(f->settings.relaying.suffixes));
	f->settings.relaying.suffixes[0x1D] = false;
	dgram_start(f);
}

/* Where packets went, in order: addresses by blanks; a broadcast with "!", with the mark of relays
 * "+". */
static const char *went(struct dgram_fixture *f)
{
	static char text[TEXT_MAX];
	char address[INET_ADDRSTRLEN];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < f->sent_count; i++) {
		inet_ntop(AF_INET, &f->sent[i].to.sin_addr, address, sizeof(address));
		assert_int_equal(ntohs(f->sent[i].to.sin_port), 138);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s%s%s",
					len > 0 ? " " : "", address,
					f->sent[i].is_broadcast ? "!" : "",
					(f->sent[i].bytes[1] & MARK) != 0 ? "+" : "");
	}
	dgram_clear(f);
	return text;
}

/* A group broadcast of a host in our first subnet; others change what is different. */
static struct network_packet heard(void)
{
	return (struct network_packet){ .type = NBT_DGM_DIRECT_GROUP,
					.id = 77,
					.from = HOST1,
					.source_name = "HOST<00>",
					.to_name = "LAB<00>",
					.socket = SOCKET_LAN1,
					.to_broadcast = true,
					.data = "hello" };
}

static struct network_packet handed(const char *by)
{
	struct network_packet packet = heard();

	packet.from = by;
	packet.source = FAR_HOST;
	packet.to_broadcast = false;
	packet.flags = NBT_DGM_FLAG_FIRST | MARK;
	return packet;
}

/*
 * One datagram.
 */

struct one {
	const char *text;
	const char *peers;
	struct network_packet packet;
	const char *went;
	const char *counter; /* that is 1 */
};

#define PACKET(type_, to_, ...)                                                                    \
	{                                                                                          \
		.type = (type_), .id = 77, .source_name = "HOST<00>", .to_name = (to_),            \
		.data = "hello", __VA_ARGS__                                                       \
	}
#define GROUP(...) PACKET(NBT_DGM_DIRECT_GROUP, "LAB<00>", __VA_ARGS__)
#define LMB(...)   PACKET(NBT_DGM_DIRECT_GROUP, "LAB<1D>", __VA_ARGS__)
#define HEARD      .from = HOST1, .socket = SOCKET_LAN1, .to_broadcast = true

static const struct one ones[] = {
	{ "a host's broadcast goes to the other subnet and to peers", FAR_PEER, GROUP(HEARD),
	  LAN2_ALL "! " FAR_PEER "+", "relay.heard" },
	{ "without peers, to the other subnet", NULL, GROUP(HEARD), LAN2_ALL "!", "relay.heard" },
	{ "so does one to everybody", FAR_PEER, PACKET(NBT_DGM_BROADCAST, "*", HEARD),
	  LAN2_ALL "! " FAR_PEER "+", "relay.heard" },
	{ "a datagram to a unique name stays", FAR_PEER,
	  PACKET(NBT_DGM_DIRECT_UNIQUE, "LAB<00>", HEARD), "", NULL },
	{ "a suffix that is not configured stays", FAR_PEER, LMB(HEARD), "",
	  "relay.not-configured" },
	{ "a peer in the other subnet with a lower address broadcasts there", LOWER_PEER,
	  GROUP(HEARD), LOWER_PEER "+", "relay.handed" },
	{ "of a higher one we do", HIGHER_PEER, GROUP(HEARD), LAN2_ALL "! " HIGHER_PEER "+",
	  "relay.broadcast" },
	{ "a peer in the subnet where it was heard has heard it", "10.1.0.4", GROUP(HEARD),
	  LAN2_ALL "!", "relay.heard" },
	{ "a broadcast whose source is another is a relay's", FAR_PEER,
	  GROUP(HEARD, .source = FAR_HOST), "", "relay.of-relay" },
	{ "what a peer broadcasts is its own affair", "10.1.0.9 " FAR_PEER, GROUP(HEARD), "",
	  "relay.of-relay" },
	{ "a broadcast from outside of the subnet is not heard here alone", FAR_PEER,
	  GROUP(.from = FAR_HOST, .socket = SOCKET_LAN1, .to_broadcast = true), "",
	  "relay.not-local" },
	{ "what a peer hands us goes to all our subnets, and to no peer", FAR_PEER " 10.8.0.5",
	  GROUP(MARKED, .from = FAR_PEER, .source = FAR_HOST), LAN1_ALL "! " LAN2_ALL "!",
	  "relay.taken" },
	{ "but not to where the originator is", FAR_PEER,
	  GROUP(MARKED, .from = FAR_PEER, .source = HOST1), LAN2_ALL "!", "relay.taken" },
	{ "a peer hands us a suffix that is not configured", FAR_PEER,
	  LMB(MARKED, .from = FAR_PEER, .source = FAR_HOST), "", "relay.not-configured" },
	{ "of others nothing is taken", FAR_PEER,
	  GROUP(MARKED, .from = STRANGER, .source = FAR_HOST), "", "relay.not-a-peer" },
	{ "a peer is an NBDD and has sent a copy to a member here", FAR_PEER,
	  GROUP(.from = FAR_PEER, .source = FAR_HOST), "", NULL },
	{ "our own address may be among the peers, as in a list for all", OUR_LAN2 " " FAR_PEER,
	  GROUP(HEARD), LAN2_ALL "! " FAR_PEER "+", "relay.handed" },
	{ "a node that takes us for its NBDD is none of our business", FAR_PEER,
	  GROUP(.from = FAR_HOST), "", NULL },
};

static void one_datagram(void **state)
{
	struct dgram_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(ones); i++) {
		const char *got;

		start(f, ones[i].peers);
		dgram_packet(f, &ones[i].packet);
		got = went(f);
		if (strcmp(got, ones[i].went) != 0)
			fail_msg("%s: it went to \"%s\"", ones[i].text, got);
		if (ones[i].counter != NULL && dgram_counter(f, ones[i].counter) != 1)
			fail_msg("%s: %s is not 1", ones[i].text, ones[i].counter);
	}
}

static void nothing_is_relayed_without_the_role(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = heard();

	start(f, FAR_PEER);
	f->settings.relay = false;
	dgram_start(f);
	dgram_packet(f, &packet);
	packet = handed(FAR_PEER);
	dgram_packet(f, &packet);
	assert_string_equal(went(f), "");
}

static void header_names_and_scope_stay(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = heard();

	packet.scope = "SCOPE.ONE";
	packet.flags = NBT_DGM_FLAG_FIRST | 0x0C;
	start(f, FAR_PEER);
	dgram_packet(f, &packet);
	assert_int_equal(f->sent_count, 2);
	for (size_t i = 0; i < 2; i++) {
		struct nbt_datagram d = dgram_sent(f, i);
		struct nbt_scope scope;

		assert_error("scope", nbt_scope_from_text(&scope, "SCOPE.ONE"), NBT_OK);
		assert_true(nbt_scope_equal(&d.source_scope, &scope));
		assert_true(nbt_scope_equal(&d.destination_scope, &scope));
		assert_int_equal(d.source_address.s_addr, ip(HOST1).s_addr);
		assert_int_equal(d.source_port, 138);
		assert_int_equal(d.id, 77);
		assert_int_equal(d.flags, packet.flags | (i == 1 ? MARK : 0));
	}
	assert_int_equal(f->sent[0].socket, SOCKET_LAN2);
}

static void only_configured_groups(void **state)
{
	static const char *const groups[] = { "lab", "OTHER" };
	struct dgram_fixture *f = *state;
	struct network_packet packet = heard();

	start(f, NULL);
	f->settings.relaying.groups = groups;
	f->settings.relaying.group_count = 2;
	dgram_start(f);
	dgram_packet(f, &packet);
	assert_string_equal(went(f), LAN2_ALL "!");
	packet.to_name = "OTHER<03>";
	dgram_packet(f, &packet);
	assert_string_equal(went(f), LAN2_ALL "!");
	packet.to_name = "LABS<00>";
	dgram_packet(f, &packet);
	assert_string_equal(went(f), "");
}

/* What was put together from fragments is cut for the way that it goes on. */
static void long_datagrams_go_on_in_fragments(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = heard();
	char data[901];

	memset(data, 'x', 900);
	data[900] = '\0';
	packet.data = data;
	start(f, NULL);
	f->settings.packet_max = 548;
	dgram_start(f);
	dgram_packet(f, &packet);
	assert_string_equal(went(f), LAN2_ALL "! " LAN2_ALL "!");
	assert_int_equal(dgram_counter(f, "relay.broadcast"), 1);
}

/*
 * Again.
 */

static void each_datagram_goes_once(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = heard();

	start(f, FAR_PEER);
	dgram_packet(f, &packet);
	assert_string_equal(went(f), LAN2_ALL "! " FAR_PEER "+");
	dgram_packet(f, &packet); /* by a second socket of the subnet */
	assert_string_equal(went(f), "");
	assert_int_equal(dgram_counter(f, "relay.again"), 1);
	packet.id++;
	dgram_packet(f, &packet);
	assert_string_equal(went(f), LAN2_ALL "! " FAR_PEER "+");
	packet.data = "a sender whose id is always the same";
	dgram_packet(f, &packet);
	assert_string_equal(went(f), LAN2_ALL "! " FAR_PEER "+");
	dgram_pass(f, 10001);
	dgram_packet(f, &packet);
	assert_string_equal(went(f), LAN2_ALL "! " FAR_PEER "+");
}

static void two_peers_hand_us_the_same(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = handed(FAR_PEER);

	start(f, FAR_PEER " 10.8.0.5");
	dgram_packet(f, &packet);
	assert_string_equal(went(f), LAN1_ALL "! " LAN2_ALL "!");
	packet.from = "10.8.0.5";
	dgram_packet(f, &packet);
	assert_string_equal(went(f), "");
	assert_int_equal(dgram_counter(f, "distribution.again"), 1);
	packet.source = "10.8.0.9"; /* the sender's address in another subnet */
	dgram_packet(f, &packet);
	assert_string_equal(went(f), "");
	assert_int_equal(dgram_counter(f, "relay.again"), 1);
}

/* Another relay of the subnet was faster. */
static void where_it_was_heard_it_is_not_broadcast(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = heard();

	start(f, FAR_PEER);
	packet.source = FAR_HOST;
	packet.from = "10.1.0.77";
	dgram_packet(f, &packet);
	assert_string_equal(went(f), "");
	packet = handed(FAR_PEER);
	dgram_packet(f, &packet);
	assert_string_equal(went(f), LAN2_ALL "!");
}

static void programs_here_get_it_once(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = handed(FAR_PEER);

	start(f, FAR_PEER " 10.8.0.5");
	dgram_hold(f, 1, "LAB<00>", true);
	dgram_clear(f);
	dgram_packet(f, &packet);
	packet.from = "10.8.0.5";
	dgram_packet(f, &packet);
	packet.from = "10.1.0.77";
	packet.to_broadcast = true;
	dgram_packet(f, &packet);
	assert_int_equal(f->told_count, 1);
	assert_int_equal(f->told[0].datagram.source_address.s_addr, ip(FAR_HOST).s_addr);
	assert_int_equal(f->told[0].datagram.flags, NBT_DGM_FLAG_FIRST);
}

static void what_is_not_configured_is_not_handed_to_programs(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = handed(FAR_PEER);

	start(f, FAR_PEER);
	dgram_hold(f, 1, "LAB<1D>", true);
	packet.to_name = "LAB<1D>";
	dgram_packet(f, &packet);
	assert_int_equal(f->told_count, 0);
	packet = heard();
	packet.to_name = "LAB<1D>";
	dgram_packet(f, &packet);
	assert_int_equal(f->told_count, 1);
}

static void broadcasts_of_our_own_programs_go_to_peers(void **state)
{
	struct dgram_fixture *f = *state;

	start(f, FAR_PEER);
	assert_true(dgram_send(f, (&(struct program_send){ .client = 1,
							   .type = NBT_DGM_DIRECT_GROUP,
							   .from = "ME<00>",
							   .to = "LAB<00>",
							   .id = 7,
							   .data = "hello" })));
	assert_string_equal(went(f), LAN1_ALL "! " LAN2_ALL "! " FAR_PEER "+");
}

static void peers_of_a_subnet_get_those_too(void **state)
{
	struct dgram_fixture *f = *state;

	start(f, "10.1.0.6 " HIGHER_PEER);
	assert_true(dgram_send(f, (&(struct program_send){ .client = 1,
							   .type = NBT_DGM_DIRECT_GROUP,
							   .from = "ME<00>",
							   .to = "LAB<00>",
							   .id = 7,
							   .data = "hello" })));
	assert_string_equal(went(f), LAN1_ALL "! " LAN2_ALL "! 10.1.0.6+ " HIGHER_PEER "+");
}

static void one_of_one_interface_goes_to_the_others_too(void **state)
{
	struct dgram_fixture *f = *state;

	start(f, FAR_PEER);
	assert_true(dgram_send(f, (&(struct program_send){ .client = 1,
							   .type = NBT_DGM_DIRECT_GROUP,
							   .from = "ME<00>",
							   .to = "LAB<00>",
							   .interface = OUR_LAN2,
							   .id = 7,
							   .data = "hello" })));
	assert_string_equal(went(f), LAN2_ALL "! " LAN1_ALL "! " FAR_PEER "+");
}

/*
 * Members.
 */

static void members_that_no_relay_is_near_to_get_it(void **state)
{
	static const char *const members[] = { HOST1,      "10.1.0.10", HOST2,     FAR_HOST,
					       "10.7.0.1", OUR_LAN1,    "10.7.0.2" };
	struct dgram_fixture *f = *state;
	struct network_packet packet = heard();

	start(f, FAR_PEER);
	dgram_packet(f, &packet);
	assert_int_equal(f->asked_count, 1);
	dgram_answer(f, 0, NBT_RCODE_OK, members, ARRAY_SIZE(members), true);
	assert_string_equal(went(f), LAN2_ALL "! " FAR_PEER "+"
					      " 10.7.0.1 10.7.0.2");
	dgram_packet(f, &packet);
	packet.id++;
	packet.type = NBT_DGM_BROADCAST;
	packet.to_name = "*";
	dgram_packet(f, &packet); /* is for subnets alone */
	assert_int_equal(f->asked_count, 0);
	assert_string_equal(went(f), LAN2_ALL "! " FAR_PEER "+");
}

static void one_relay_of_a_subnet_sees_to_members(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = heard();

	start(f, "10.1.0.4");
	dgram_packet(f, &packet);
	assert_int_equal(f->asked_count, 0);
	start(f, "10.1.0.6");
	dgram_packet(f, &packet);
	assert_int_equal(f->asked_count, 1);
	start(f, "10.1.0.4 10.2.0.4"); /* hear our own broadcasts, too, and leave them to us */
	assert_true(dgram_send(f, (&(struct program_send){ .client = 1,
							   .type = NBT_DGM_DIRECT_GROUP,
							   .from = "ME<00>",
							   .to = "LAB<00>",
							   .id = 7,
							   .data = "hello" })));
	assert_int_equal(f->asked_count, 1);
}

static void no_name_server_is_no_hindrance(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = heard();

	start(f, FAR_PEER);
	f->is_speechless = true;
	for (packet.id = 1; packet.id <= 100; packet.id++) {
		dgram_packet(f, &packet);
		assert_string_equal(went(f), LAN2_ALL "! " FAR_PEER "+");
	}
}

/*
 * Answers.
 */

static void answers_go_to_the_originator(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = handed(FAR_PEER);
	struct network_packet reply = { .type = NBT_DGM_DIRECT_UNIQUE,
					.id = 5,
					.from = HOST1,
					.source_name = "MASTER<00>",
					.to_name = "HOST<00>",
					.data = "list" };

	start(f, FAR_PEER);
	dgram_packet(f, &packet);
	(void)went(f);
	dgram_packet(f, &reply);
	assert_int_equal(dgram_sent(f, 0).source_address.s_addr, ip(HOST1).s_addr);
	assert_string_equal(went(f), FAR_HOST);
	reply.to_name = "HOST<20>"; /* another name */
	dgram_packet(f, &reply);
	assert_string_equal(went(f), "");
	reply.to_name = "HOST<00>";
	reply.scope = "OTHER";
	dgram_packet(f, &reply);
	assert_string_equal(went(f), "");
	reply.scope = NULL;
	reply.from = FAR_PEER; /* sent on by another already */
	reply.source = FAR_HOST;
	dgram_packet(f, &reply);
	assert_string_equal(went(f), "");
	reply.from = HOST1;
	reply.source = NULL;
	dgram_pass(f, 60001);
	dgram_packet(f, &reply);
	assert_string_equal(went(f), "");
	assert_int_equal(dgram_counter(f, "relay.replies"), 1);
}

static void answers_from_subnet_to_subnet(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = heard();
	struct network_packet reply = { .type = NBT_DGM_DIRECT_UNIQUE,
					.id = 5,
					.from = HOST2,
					.source_name = "MASTER<00>",
					.to_name = "HOST<00>",
					.socket = SOCKET_LAN2,
					.data = "list" };

	start(f, NULL);
	dgram_packet(f, &packet);
	(void)went(f);
	dgram_packet(f, &reply);
	assert_int_equal(f->sent[0].socket, SOCKET_LAN1);
	assert_string_equal(went(f), HOST1);
}

static void answers_go_to_no_broadcast_address(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = handed(FAR_PEER);
	struct network_packet reply = { .type = NBT_DGM_DIRECT_UNIQUE,
					.from = HOST1,
					.source_name = "MASTER<00>",
					.to_name = "HOST<00>",
					.data = "list" };

	start(f, FAR_PEER);
	packet.source = LAN2_ALL;
	dgram_packet(f, &packet);
	(void)went(f);
	dgram_packet(f, &reply);
	assert_string_equal(went(f), "");
}

/*
 * What nbtctl shows.
 */

static void see_peer(void *ctx, const struct relay_peer *peer)
{
	struct relay_peer **next = ctx;

	*(*next)++ = *peer;
}

static void peers_are_counted(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = heard();
	struct relay_peer seen[2], *next = seen;

	start(f, FAR_PEER " 10.8.0.5");
	dgram_packet(f, &packet);
	packet = handed(FAR_PEER);
	packet.id++;
	dgram_packet(f, &packet);
	dgram_unreachable(f->service, ip("10.8.0.5"), &f->env);
	dgram_unreachable(f->service, ip(HOST1), &f->env);
	dgram_each_peer(f->service, see_peer, &next);
	assert_ptr_equal(next, seen + 2);
	assert_int_equal(seen[0].address.s_addr, ip(FAR_PEER).s_addr);
	assert_int_equal(seen[0].handed, 1);
	assert_int_equal(seen[0].taken, 1);
	assert_int_equal(seen[0].last_ms, f->env.now_ms);
	assert_int_equal(seen[1].handed, 1);
	assert_int_equal(seen[1].taken, 0);
	assert_int_equal(seen[1].unreachable, 1);
	assert_int_equal(seen[1].last_ms, 0);
	assert_int_equal(dgram_counter(f, "relay.unreachable"), 1);
}

static void other_peers_by_a_reload(void **state)
{
	static const struct in_addr none[1];
	struct dgram_fixture *f = *state;
	struct network_packet packet = handed(FAR_PEER);
	struct relay_peer seen[2], *next = seen;

	start(f, FAR_PEER);
	dgram_packet(f, &packet);
	(void)went(f);
	f->settings.peers = (struct dgram_addresses){ none, 0 };
	dgram_set_settings(f->service, &f->settings);
	packet.id++;
	dgram_packet(f, &packet);
	assert_string_equal(went(f), "");
	dgram_unreachable(f->service, ip(FAR_PEER), &f->env);
	assert_int_equal(dgram_counter(f, "relay.unreachable"), 0);
	dgram_each_peer(f->service, see_peer, &next);
	assert_ptr_equal(next, seen);
}

static void see_flow(void *ctx, const struct originator *originator)
{
	struct originator **next = ctx;

	*(*next)++ = *originator;
}

static void flows_are_shown_for_a_while(void **state)
{
	struct dgram_fixture *f = *state;
	struct network_packet packet = handed(FAR_PEER);
	const struct nbt_name name = name_of("HOST<00>"), group = name_of("OTHER<1E>");
	struct originator seen[4], *next = seen;

	start(f, FAR_PEER);
	dgram_packet(f, &packet);
	packet.id++;
	packet.to_name = "OTHER<1E>";
	dgram_packet(f, &packet);
	dgram_each_flow(f->service, &f->env, see_flow, &next);
	assert_ptr_equal(next, seen + 1);
	assert_true(nbt_name_equal(&seen[0].name, &name));
	assert_true(nbt_name_equal(&seen[0].destination, &group));
	assert_int_equal(seen[0].address.sin_addr.s_addr, ip(FAR_HOST).s_addr);
	assert_int_equal(seen[0].datagrams, 2);
	dgram_pass(f, 60001);
	next = seen;
	dgram_each_flow(f->service, &f->env, see_flow, &next);
	assert_ptr_equal(next, seen);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, dgram_set_up, dgram_tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(one_datagram),
		TEST(nothing_is_relayed_without_the_role),
		TEST(header_names_and_scope_stay),
		TEST(only_configured_groups),
		TEST(long_datagrams_go_on_in_fragments),
		TEST(each_datagram_goes_once),
		TEST(two_peers_hand_us_the_same),
		TEST(where_it_was_heard_it_is_not_broadcast),
		TEST(programs_here_get_it_once),
		TEST(what_is_not_configured_is_not_handed_to_programs),
		TEST(broadcasts_of_our_own_programs_go_to_peers),
		TEST(peers_of_a_subnet_get_those_too),
		TEST(one_of_one_interface_goes_to_the_others_too),
		TEST(members_that_no_relay_is_near_to_get_it),
		TEST(one_relay_of_a_subnet_sees_to_members),
		TEST(no_name_server_is_no_hindrance),
		TEST(answers_go_to_the_originator),
		TEST(answers_from_subnet_to_subnet),
		TEST(answers_go_to_no_broadcast_address),
		TEST(peers_are_counted),
		TEST(other_peers_by_a_reload),
		TEST(flows_are_shown_for_a_while),
	};

	return cmocka_run_group_tests_name("relay", tests, NULL, NULL);
}
