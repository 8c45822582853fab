/* What programs say on name.sock, and what they are told: a real service behind it. */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include <nbt/local.h>

#include "common/stats.h"
#include "nbns.h"
#include "nbnsd/clients.h"

#define MESSAGES 64

struct heard {
	uint32_t client;
	size_t len;
	uint8_t *bytes;
};

struct fixture {
	struct nbns *ns;
	struct clients *clients;
	struct heard heard[MESSAGES];
	size_t count, seen;
};

/* The last one that was looked at; rdata is in the bytes heard. */
static struct nbt_local_message got;

static void hear(void *ctx, uint32_t client, const uint8_t *bytes, size_t len)
{
	struct fixture *f = ctx;
	struct heard *heard = &f->heard[f->count++];

	assert_true(f->count < MESSAGES);
	assert_true(len <= NBT_LOCAL_MESSAGE_MAX);
	*heard = (struct heard){ client, len, malloc(len) };
	assert_non_null(heard->bytes);
	memcpy(heard->bytes, bytes, len);
}

static struct fixture *start(bool is_server, size_t server_count)
{
	static const struct in_addr servers[] = { { 0x0800010A } };
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->ns = nbns_new();
	f->ns->settings.server = is_server;
	f->ns->settings.node.is_server = is_server;
	f->ns->settings.node.servers = servers;
	f->ns->settings.node.server_count = server_count;
	f->ns->settings.resolver.cache_ms = 600000;
	nbns_start(f->ns);
	f->clients = clients_create(f->ns->service, hear, f);
	assert_non_null(f->clients);
	return f;
}

static int set_up(void **state)
{
	*state = start(true, 0);
	return 0;
}

static int set_up_node_only(void **state)
{
	*state = start(false, 0);
	return 0;
}

/* One that says nothing. */
static int set_up_with_a_name_server(void **state)
{
	*state = start(true, 1);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	clients_destroy(f->clients);
	nbns_free(f->ns);
	for (size_t i = 0; i < f->count; i++)
		free(f->heard[i].bytes);
	free(f);
	return 0;
}

/* What the edge does in its turns; packets to the network are dropped. */
static void pass(struct fixture *f, uint64_t ms)
{
	struct node_event event;

	nbns_pass_ms(f->ns, ms);
	f->ns->arrived = f->ns->seen = 0;
	while (node_next_event(service_node(f->ns->service), &event))
		if (event.claim.client != NODE_CONFIGURATION)
			clients_event(f->clients, &event);
	clients_answer(f->clients);
	while (clients_work(f->clients, &f->ns->env))
		continue;
}

static bool say(struct fixture *f, uint32_t client, const struct nbt_envelope *envelope,
		const struct nbt_packet *packet)
{
	uint8_t bytes[2048];
	size_t len;

	assert_int_equal(nbt_local_encode(envelope, packet, bytes, sizeof(bytes), &len), NBT_OK);
	return clients_message(f->clients, client, bytes, len, &f->ns->env);
}

static void say_claim(struct fixture *f, uint32_t client, enum nbt_opcode opcode, uint16_t id,
		      const char *name, bool is_group)
{
	const struct nbt_local_claim claim = { .name = name_of(name), .is_group = is_group };
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_envelope envelope;
	struct nbt_packet packet;

	nbt_local_make_claim(&envelope, &packet, opcode, id, &claim, rdata);
	assert_true(say(f, client, &envelope, &packet));
	pass(f, 0);
}

static void say_query(struct fixture *f, uint32_t client, uint16_t id,
		      const struct nbt_local_query *query)
{
	struct nbt_envelope envelope;
	struct nbt_packet packet;

	nbt_local_make_query(&envelope, &packet, id, query);
	assert_true(say(f, client, &envelope, &packet));
	pass(f, 0);
}

static void ask(struct fixture *f, uint32_t client, uint16_t id, const char *name, bool is_local)
{
	const struct nbt_local_query query = { .name = name_of(name), .is_local = is_local };

	say_query(f, client, id, &query);
}

#define expect(f, client, id, opcode, rcode)                                                       \
	expect_at((f), (client), (id), (opcode), (rcode), __LINE__)

static void expect_at(struct fixture *f, uint32_t client, uint16_t id, enum nbt_opcode opcode,
		      enum nbt_rcode rcode, int line)
{
	const struct heard *heard = &f->heard[f->seen];

	if (f->seen == f->count)
		fail_msg("line %d: nothing was said", line);
	f->seen++;
	assert_int_equal(nbt_local_decode(&got.envelope, &got.packet, heard->bytes, heard->len),
			 NBT_OK);
	if (heard->client != client || got.packet.id != id || got.packet.opcode != opcode ||
	    got.packet.rcode != rcode || (got.packet.flags & NBT_FLAG_R) == 0)
		fail_msg("line %d: client %u: id %u, opcode %u, rcode %u", line, heard->client,
			 got.packet.id, got.packet.opcode, got.packet.rcode);
}

static void expect_nothing(struct fixture *f)
{
	assert_int_equal(f->seen, f->count);
}

/* Of the answer that was looked at. */
static const char *first_address(void)
{
	assert_true(nbt_record_address_count(&got.packet.record[0]) > 0);
	return inet_ntoa(nbt_record_address(&got.packet.record[0], 0).address);
}

/*
 * Claims.
 */

static void a_name_is_claimed_found_and_released(void **state)
{
	struct fixture *f = *state;

	say_claim(f, 1, NBT_OP_REGISTRATION, 10, "PRINTER<20>", false);
	expect(f, 1, 10, NBT_OP_REGISTRATION, NBT_RCODE_OK);
	assert_true(has_record(f->ns, "PRINTER<20>"));
	ask(f, 2, 11, "PRINTER<20>", false);
	expect(f, 2, 11, NBT_OP_QUERY, NBT_RCODE_OK);
	assert_string_equal(first_address(), NS_ADDRESS);
	ask(f, 2, 12, "PRINTER<20>", true);
	expect(f, 2, 12, NBT_OP_QUERY, NBT_RCODE_OK);

	say_claim(f, 2, NBT_OP_RELEASE, 13, "PRINTER<20>", false);
	expect(f, 2, 13, NBT_OP_RELEASE, NBT_RCODE_NAM_ERR); /* not his */
	say_claim(f, 1, NBT_OP_RELEASE, 14, "PRINTER<20>", false);
	expect(f, 1, 14, NBT_OP_RELEASE, NBT_RCODE_OK);
	pass(f, 5000);
	ask(f, 2, 15, "PRINTER<20>", true);
	expect(f, 2, 15, NBT_OP_QUERY, NBT_RCODE_NAM_ERR);
}

static void a_name_goes_with_its_connection(void **state)
{
	struct fixture *f = *state;

	say_claim(f, 1, NBT_OP_REGISTRATION, 10, "PRINTER<20>", false);
	expect(f, 1, 10, NBT_OP_REGISTRATION, NBT_RCODE_OK);
	clients_gone(f->clients, 1, &f->ns->env);
	pass(f, 5000);
	ask(f, 2, 11, "PRINTER<20>", true);
	expect(f, 2, 11, NBT_OP_QUERY, NBT_RCODE_NAM_ERR);
	assert_int_equal(record_named(f->ns, "PRINTER<20>").state, RECORD_RELEASED);
}

static void who_else_may_have_a_name(void **state)
{
	static const struct {
		const char *what, *name;
		bool first_is_group, is_group;
		enum nbt_rcode rcode;
	} cases[] = {
		{ "a unique name of another", "ONE<20>", false, false, NBT_RCODE_ACT_ERR },
		{ "a group of another", "TWO<00>", true, true, NBT_RCODE_OK },
		{ "a unique name, as a group", "THREE<00>", false, true, NBT_RCODE_ACT_ERR },
		{ "a name of the configuration", "OFFICE1<20>", false, false, NBT_RCODE_OK },
		{ "its group", "WORK<00>", true, true, NBT_RCODE_OK },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		say_claim(f, 1, NBT_OP_REGISTRATION, 1, cases[i].name, cases[i].first_is_group);
		expect(f, 1, 1, NBT_OP_REGISTRATION, NBT_RCODE_OK);
		say_claim(f, 2, NBT_OP_REGISTRATION, 2, cases[i].name, cases[i].is_group);
		expect(f, 2, 2, NBT_OP_REGISTRATION, cases[i].rcode);
	}
}

static bool only_client_2(void *ctx, uint32_t client)
{
	(void)ctx;
	return client == 2;
}

static void not_everybody_may_claim(void **state)
{
	struct fixture *f = *state;

	clients_set_rights(f->clients, only_client_2);
	say_claim(f, 1, NBT_OP_REGISTRATION, 10, "PRINTER<20>", false);
	expect(f, 1, 10, NBT_OP_REGISTRATION, NBT_RCODE_RFS_ERR);
	say_claim(f, 2, NBT_OP_REGISTRATION, 11, "PRINTER<20>", false);
	expect(f, 2, 11, NBT_OP_REGISTRATION, NBT_RCODE_OK);
	ask(f, 1, 12, "PRINTER<20>", false);
	expect(f, 1, 12, NBT_OP_QUERY, NBT_RCODE_OK);
}

/* What would leave by port 137 of this host, and what the network is told by group-members-to. */
static void expect_no_refusal(struct fixture *f, const char *what)
{
	for (; f->seen < f->count; f->seen++) {
		const struct heard *heard = &f->heard[f->seen];

		assert_int_equal(
			nbt_local_decode(&got.envelope, &got.packet, heard->bytes, heard->len),
			NBT_OK);
		if (got.packet.rcode == NBT_RCODE_RFS_ERR)
			fail_msg("%s: refused", what);
	}
}

static void not_everybody_may_ask_everything(void **state)
{
	static const struct {
		const char *what;
		struct nbt_local_query query;
		const char *name;
		bool is_refused; /* to a stranger */
	} cases[] = {
		{ "a look-up", { .is_local = false }, "NOBODY<20>", false },
		{ "a name of ours", { .is_local = true }, "NOBODY<20>", false },
		{ "of a host", { .peer = { 0x0900010A } }, "NOBODY<20>", true },
		{ "all members", { .all_members = true }, "WORK<00>", true },
		{ "everybody", { .is_local = false }, "*", true },
		{ "status of a host", { .peer = { 0x0900010A }, .is_status = true }, "*", true },
		{ "status of this host", { .is_status = true }, "*", false },
	};
	struct fixture *f = *state;

	clients_set_rights(f->clients, only_client_2);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_local_query query = cases[i].query;

		query.name = name_of(cases[i].name);
		f->seen = f->count;
		say_query(f, 1, 10, &query);
		if (cases[i].is_refused)
			expect(f, 1, 10, NBT_OP_QUERY, NBT_RCODE_RFS_ERR);
		expect_no_refusal(f, cases[i].what);
		say_query(f, 2, 11, &query);
		expect_no_refusal(f, cases[i].what);
	}
}

/* However many strangers ask. */
static void some_look_ups_are_left_to_members(void **state)
{
	struct fixture *f = *state;
	struct nbt_local_query query = { .is_local = false };
	uint16_t asked = 0;

	clients_set_rights(f->clients, only_client_2);
	for (uint16_t i = 0; f->seen == f->count; i++) {
		char text[16];

		assert_true(i < 200);
		snprintf(text, sizeof(text), "N%u<20>", i);
		query.name = name_of(text);
		say_query(f, 10U + i, i, &query);
		asked = i;
	}
	assert_in_range(asked, 64, 127);
	expect(f, 10U + asked, asked, NBT_OP_QUERY, NBT_RCODE_SRV_ERR);
	query.name = name_of("LAST<20>");
	say_query(f, 2, 11, &query);
	expect_nothing(f); /* it is being looked for */
}

static void a_refused_claim_is_told_who_has_it(void **state)
{
	struct fixture *f = *state;

	claim(f->ns, &f->ns->a, REGISTER, "TAKEN<20>", GROUP); /* nobody is asked about a group */
	say_claim(f, 1, NBT_OP_REGISTRATION, 10, "TAKEN<20>", false);
	expect(f, 1, 10, NBT_OP_REGISTRATION, NBT_RCODE_ACT_ERR);
}

static void a_lost_name_is_told(void **state)
{
	static const struct in_addr winner = { 0x0900010A };
	struct node_event lost = {
		.type = NODE_LOST,
		.claim = { .client = 7, .token = 10, .name = name_of("PRINTER<20>") },
		.rcode = NBT_RCODE_CFT_ERR,
		.who = winner
	};
	struct fixture *f = *state;

	clients_event(f->clients, &lost);
	expect(f, 7, 10, NBT_OP_REGISTRATION, NBT_RCODE_CFT_ERR);
	assert_int_equal(nbt_packet_flags_word(&got.packet), 0xAD87);
	assert_int_equal(got.envelope.peer.s_addr, winner.s_addr);
}

static void an_interface_that_is_not_there_is_refused(void **state)
{
	const struct nbt_local_claim claim = { .interface = { inet_addr("10.9.9.9") },
					       .name = name_of("PRINTER<20>") };
	const struct nbt_local_query query = { .interface = { inet_addr("10.9.9.9") },
					       .name = name_of("PRINTER<20>") };
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_envelope envelope;
	struct nbt_packet packet;
	struct fixture *f = *state;

	nbt_local_make_claim(&envelope, &packet, NBT_OP_REGISTRATION, 10, &claim, rdata);
	assert_true(say(f, 1, &envelope, &packet));
	expect(f, 1, 10, NBT_OP_REGISTRATION, NBT_RCODE_SRV_ERR);
	say_query(f, 1, 11, &query);
	expect(f, 1, 11, NBT_OP_QUERY, NBT_RCODE_SRV_ERR);
}

/*
 * Questions.
 */

static void the_database_answers(void **state)
{
	struct fixture *f = *state;

	claim(f->ns, &f->ns->a, REGISTER, "FRED<20>", UNIQUE);
	ask(f, 1, 10, "FRED<20>", false);
	expect(f, 1, 10, NBT_OP_QUERY, NBT_RCODE_OK);
	assert_string_equal(first_address(), "10.0.0.1");
	ask(f, 1, 11, "FRED<20>", true); /* not this host's */
	expect(f, 1, 11, NBT_OP_QUERY, NBT_RCODE_NAM_ERR);
	ask(f, 1, 12, "BARNEY<20>", false);
	expect(f, 1, 12, NBT_OP_QUERY, NBT_RCODE_NAM_ERR);
}

static void all_members_are_listed_if_asked_for(void **state)
{
	struct nbt_local_query query = { .name = name_of("LAB<00>") };
	struct fixture *f = *state;

	for (unsigned i = 0; i < 200; i++) {
		struct client member = { .address = { htonl(0x0A010001 + i) },
					 .port = NBT_NAME_PORT };

		claim(f->ns, &member, REGISTER, "LAB<00>", GROUP);
		f->ns->arrived = f->ns->seen = 0;
	}
	say_query(f, 1, 10, &query);
	expect(f, 1, 10, NBT_OP_QUERY, NBT_RCODE_OK);
	assert_string_equal(first_address(), "255.255.255.255");
	query.all_members = true;
	say_query(f, 1, 11, &query);
	expect(f, 1, 11, NBT_OP_QUERY, NBT_RCODE_OK);
	assert_int_equal(nbt_record_address_count(&got.packet.record[0]), 200);

	/* Everybody: the members, and this host. */
	query = (struct nbt_local_query){ .name = { "*" } };
	say_query(f, 1, 12, &query);
	expect(f, 1, 12, NBT_OP_QUERY, NBT_RCODE_OK);
	assert_int_equal(nbt_record_address_count(&got.packet.record[0]), 201);
}

/* An answer of 10,900 members goes to nobody. */
static void whoever_left_gets_no_list(void **state)
{
	const struct nbt_local_query query = { .name = { "*" }, .all_members = true };
	struct nbt_envelope envelope;
	struct nbt_packet packet;
	struct fixture *f = *state;

	claim(f->ns, &f->ns->a, REGISTER, "FRED<20>", UNIQUE);
	nbt_local_make_query(&envelope, &packet, 10, &query);
	for (unsigned i = 0; i < 16; i++)
		assert_true(say(f, 1, &envelope, &packet));
	expect_nothing(f);
	assert_true(say(f, 2, &envelope, &packet)); /* too many at a time */
	expect(f, 2, 10, NBT_OP_QUERY, NBT_RCODE_SRV_ERR);
	clients_gone(f->clients, 1, &f->ns->env);
	pass(f, 0);
	expect_nothing(f);
	assert_true(say(f, 2, &envelope, &packet));
	pass(f, 0);
	expect(f, 2, 10, NBT_OP_QUERY, NBT_RCODE_OK);
}

static void node_status_of_this_host(void **state)
{
	struct nbt_local_query query = { .name = { "*" }, .is_status = true };
	static struct nbt_node_status status;
	struct fixture *f = *state;

	say_claim(f, 1, NBT_OP_REGISTRATION, 10, "PRINTER<20>", false);
	expect(f, 1, 10, NBT_OP_REGISTRATION, NBT_RCODE_OK);
	say_query(f, 2, 11, &query);
	expect(f, 2, 11, NBT_OP_QUERY, NBT_RCODE_OK);
	assert_int_equal(nbt_node_status_decode(&status, got.packet.record[0].rdata,
						got.packet.record[0].rdata_len),
			 NBT_OK);
	assert_int_equal(status.count, 6); /* OFFICE1 three times, WORK twice */
	assert_int_equal(status.unit_id[1], 0x11);

	query.peer.s_addr = inet_addr(NS_ADDRESS); /* the same */
	say_query(f, 2, 12, &query);
	expect(f, 2, 12, NBT_OP_QUERY, NBT_RCODE_OK);
	query.name = name_of("NOBODY<20>");
	say_query(f, 2, 13, &query);
	expect(f, 2, 13, NBT_OP_QUERY, NBT_RCODE_NAM_ERR);
}

static void a_silent_peer_is_told(void **state)
{
	struct nbt_local_query query = { .name = { "*" },
					 .is_status = true,
					 .peer = { inet_addr("10.0.0.9") } };
	struct fixture *f = *state;

	say_query(f, 1, 10, &query);
	expect_nothing(f);
	pass(f, 10000);
	expect(f, 1, 10, NBT_OP_QUERY, NBT_RCODE_SRV_ERR);
	assert_int_equal(got.envelope.peer.s_addr, query.peer.s_addr);
	query.is_status = false;
	query.name = name_of("FRED<20>");
	say_query(f, 1, 11, &query);
	pass(f, 10000);
	expect(f, 1, 11, NBT_OP_QUERY, NBT_RCODE_SRV_ERR);
}

static void one_client_cannot_take_all_lookups(void **state)
{
	const struct nbt_local_query query = { .name = name_of("FRED<20>"),
					       .peer = { inet_addr("10.0.0.9") } };
	struct nbt_envelope envelope;
	struct nbt_packet packet;
	struct fixture *f = *state;

	for (uint16_t id = 0; id < 64; id++) {
		nbt_local_make_query(&envelope, &packet, id, &query);
		packet.question[0].name.bytes[3] = (uint8_t)('A' + id);
		assert_true(say(f, 1, &envelope, &packet));
	}
	expect_nothing(f);
	say_query(f, 1, 100, &query);
	expect(f, 1, 100, NBT_OP_QUERY, NBT_RCODE_SRV_ERR);
	say_query(f, 2, 101, &query);
	expect_nothing(f);
	clients_gone(f->clients, 1, &f->ns->env);
	pass(f, 10000);
	expect(f, 2, 101, NBT_OP_QUERY, NBT_RCODE_SRV_ERR);
	expect_nothing(f);
}

static void without_a_database_members_are_asked_for(void **state)
{
	const struct nbt_local_query query = { .name = name_of("WORK<00>"), .all_members = true };
	struct fixture *f = *state;

	say_query(f, 1, 10, &query);
	pass(f, 5000);
	expect(f, 1, 10, NBT_OP_QUERY, NBT_RCODE_OK); /* we are one of them */
	assert_string_equal(first_address(), NS_ADDRESS);
}

/*
 * Messages that are none.
 */

#define ENVELOPE "01 00 0000 00000000 00000000 0000 0000 "

static void malformed_messages(void **state)
{
	static const struct {
		const char *what, *hex;
		bool goes_on;
		uint8_t rcode;
	} cases[] = {
		{ "nothing", "", false, 0 },
		{ "half an envelope", "01 00 0000 0000", false, 0 },
		{ "an envelope alone", ENVELOPE, false, 0 },
		{ "another version",
		  "02 00 0000 00000000 00000000 0000 0000 "
		  "0007 0100 0000 0000 0000 0000",
		  false, 0 },
		{ "half a header", ENVELOPE "0007 0100 0001", false, 0 },
		{ "a response", ENVELOPE "0007 8500 0000 0000 0000 0000", false, 0 },
		{ "a question that is not there", ENVELOPE "0007 0100 0001 0000 0000 0000", true,
		  NBT_RCODE_FMT_ERR },
		{ "no question", ENVELOPE "0007 0100 0000 0000 0000 0000", true,
		  NBT_RCODE_FMT_ERR },
		{ "a claim without an address", ENVELOPE "0007 2900 0000 0000 0000 0000", true,
		  NBT_RCODE_FMT_ERR },
		{ "a release without a name", ENVELOPE "0007 3000 0000 0000 0000 0000", true,
		  NBT_RCODE_FMT_ERR },
		{ "an opcode that there is not", ENVELOPE "0007 1900 0000 0000 0000 0000", true,
		  NBT_RCODE_IMP_ERR },
		{ "a WACK", ENVELOPE "0007 3C00 0000 0000 0000 0000", true, NBT_RCODE_IMP_ERR },
		{ "a type that there is not",
		  ENVELOPE "0007 0100 0001 0000 0000 0000 20 4547464345464545434143414341434143"
			   "414341434143414341434143414341 00 0001 0001",
		  true, NBT_RCODE_IMP_ERR },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t bytes[256];
		size_t len = unhex(bytes, sizeof(bytes), cases[i].hex);

		if (clients_message(f->clients, 1, bytes, len, &f->ns->env) != cases[i].goes_on)
			fail_msg("%s: the connection does the contrary", cases[i].what);
		if (cases[i].goes_on)
			expect(f, 1, 7, bytes[18] >> 3 & 15, cases[i].rcode);
		expect_nothing(f);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_is_claimed_found_and_released),
		TEST(a_name_goes_with_its_connection),
		TEST(who_else_may_have_a_name),
		TEST(not_everybody_may_claim),
		TEST(not_everybody_may_ask_everything),
		cmocka_unit_test_setup_teardown(some_look_ups_are_left_to_members,
						set_up_with_a_name_server, tear_down),
		TEST(a_refused_claim_is_told_who_has_it),
		TEST(a_lost_name_is_told),
		TEST(an_interface_that_is_not_there_is_refused),
		TEST(the_database_answers),
		TEST(all_members_are_listed_if_asked_for),
		TEST(whoever_left_gets_no_list),
		TEST(node_status_of_this_host),
		TEST(a_silent_peer_is_told),
		TEST(one_client_cannot_take_all_lookups),
		cmocka_unit_test_setup_teardown(without_a_database_members_are_asked_for,
						set_up_node_only, tear_down),
		TEST(malformed_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
