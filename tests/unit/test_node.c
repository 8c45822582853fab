/* The node and its clients: whose names are whose, what is told to whom, and when. */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "nbnsd/node/node.h"
#include "nbnsd/service/service.h"

static const struct served_socket sockets[] = {
	{ .address = { 0x0500000A }, .netmask = { 0x00FFFFFF }, .broadcast = { 0xFF00000A } },
	{ .address = { 0x0501000A }, .netmask = { 0x00FFFFFF }, .broadcast = { 0xFF01000A } },
	{ .address = { 0x0100007F } },
};

#define FIRST  inet_addr("10.0.0.5")
#define SECOND inet_addr("10.0.1.5")
#define LO     inet_addr("127.0.0.1")
#define EVERY  INADDR_ANY

struct fixture {
	struct node_settings settings;
	struct node *node;
	struct nbt_env env;
	uint32_t lots;
	size_t sent;              /* packets, since they were counted last */
	struct nbt_outgoing last; /* of them */
	uint16_t last_socket;
};

static uint32_t draw(void *ctx, uint32_t below)
{
	struct fixture *f = ctx;

	return ++f->lots % below;
}

static void start(struct fixture *f, enum node_type type)
{
	*f = (struct fixture){ .settings = { .type = type } };
	f->env = (struct nbt_env){ .now_ms = 1000, .random = draw, .random_ctx = f };
	f->node = node_create(&f->settings, &f->env);
	assert_non_null(f->node);
	node_set_sockets(f->node, sockets, ARRAY_SIZE(sockets), &f->env);
}

static void step(struct fixture *f)
{
	struct node_step step;

	while (node_step(f->node, &step, &f->env) == NODE_SEND) {
		f->sent++;
		f->last = *step.packet;
		f->last_socket = step.socket;
	}
}

static void pass(struct fixture *f, uint64_t ms)
{
	uint64_t end = f->env.now_ms + ms;

	while (node_deadline(f->node) <= end) {
		if (node_deadline(f->node) > f->env.now_ms)
			f->env.now_ms = node_deadline(f->node);
		step(f);
	}
	f->env.now_ms = end;
}

static struct node_claim claim_of(uint32_t client, const char *name, in_addr_t interface)
{
	return (struct node_claim){ .client = client,
				    .token = 100 + client,
				    .interface = { interface },
				    .name = name_of(name) };
}

static enum nbt_rcode claim(struct fixture *f, uint32_t client, const char *name,
			    in_addr_t interface)
{
	const struct node_claim wanted = claim_of(client, name, interface);

	return node_claim(f->node, &wanted, &f->env);
}

static enum nbt_rcode join(struct fixture *f, uint32_t client, const char *name)
{
	struct node_claim wanted = claim_of(client, name, EVERY);

	wanted.is_group = true;
	return node_claim(f->node, &wanted, &f->env);
}

static bool release(struct fixture *f, uint32_t client, const char *text, in_addr_t interface)
{
	const struct nbt_name name = name_of(text);
	const struct nbt_scope scope = { 0 };

	return node_release(f->node, client, (struct in_addr){ interface }, &name, &scope, &f->env);
}

static bool holds(const struct fixture *f, const char *text, in_addr_t interface)
{
	const struct nbt_name name = name_of(text);
	const struct nbt_scope scope = { 0 };

	return node_holds(f->node, (struct in_addr){ interface }, &name, &scope);
}

#define expect_event(f, type, client, rcode)                                                       \
	expect_event_at((f), (type), (client), (rcode), __LINE__)

static void expect_event_at(struct fixture *f, enum node_event_type type, uint32_t client,
			    uint8_t rcode, int line)
{
	struct node_event event;

	if (!node_next_event(f->node, &event))
		fail_msg("line %d: no event", line);
	if (event.type != type || event.claim.client != client || event.rcode != rcode ||
	    event.claim.token != 100 + client)
		fail_msg("line %d: event %d for client %u with rcode %u", line, event.type,
			 event.claim.client, event.rcode);
}

static void expect_no_event(struct fixture *f)
{
	struct node_event event;

	assert_false(node_next_event(f->node, &event));
}

/* Somebody at .9 of the socket's subnet says this about the packet that was sent last. */
static void answer(struct fixture *f, enum nbt_rcode rcode)
{
	const struct in_addr subnet = sockets[f->last_socket].broadcast;
	const struct sockaddr_in from = { .sin_family = AF_INET,
					  .sin_port = htons(NBT_NAME_PORT),
					  .sin_addr = { (subnet.s_addr & 0x00FFFFFF) |
							0x09000000 } };
	const struct nbt_address nobody = { 0 };
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_packet request, response;

	assert_int_equal(nbt_packet_decode(&request, f->last.bytes, f->last.len), NBT_OK);
	nbt_address_write(rdata, &nobody, 1);
	nbt_make_response(&response,
			  request.opcode == NBT_OP_RELEASE ? NBT_OP_RELEASE : NBT_OP_REGISTRATION,
			  request.id, NBT_FLAG_AA | NBT_FLAG_RD | NBT_FLAG_RA, rcode,
			  &request.question[0].name, &request.question[0].scope, NBT_TYPE_NB, 0,
			  rdata, sizeof(rdata));
	assert_true(node_response(f->node, f->last_socket, &from, &response, &f->env));
}

/*
 * Tests.
 */

static void a_claim_is_decided_once(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, NODE_B);
	assert_int_equal(claim(&f, 1, "FRED<20>", EVERY), NBT_RCODE_OK);
	pass(&f, 100);
	assert_int_equal(f.sent, 2); /* one for each subnet */
	expect_no_event(&f);
	assert_false(holds(&f, "FRED<20>", EVERY));
	pass(&f, 2000);
	expect_event(&f, NODE_DECIDED, 1, NBT_RCODE_OK);
	expect_no_event(&f);
	assert_int_equal(f.sent, 8);
	assert_true(holds(&f, "FRED<20>", FIRST) && holds(&f, "FRED<20>", SECOND));
	assert_true(holds(&f, "FRED<20>", LO));
	assert_int_equal(claim(&f, 1, "FRED<20>", EVERY), NBT_RCODE_OK);
	expect_event(&f, NODE_DECIDED, 1, NBT_RCODE_OK); /* it knows already */
	node_destroy(f.node);
}

static void one_interface_that_refuses_does_not_spoil_it(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, NODE_B);
	claim(&f, 1, "FRED<20>", EVERY);
	pass(&f, 100);
	answer(&f, NBT_RCODE_ACT_ERR);
	pass(&f, 100);
	expect_no_event(&f);
	pass(&f, 2000);
	expect_event(&f, NODE_DECIDED, 1, NBT_RCODE_OK);
	assert_true(holds(&f, "FRED<20>", FIRST));
	assert_false(holds(&f, "FRED<20>", SECOND));
	node_destroy(f.node);
}

static void what_is_refused_everywhere_ends(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, NODE_B);
	claim(&f, 1, "FRED<20>", FIRST);
	pass(&f, 100);
	answer(&f, NBT_RCODE_ACT_ERR);
	expect_event(&f, NODE_DECIDED, 1, NBT_RCODE_ACT_ERR);
	f.sent = 0;
	pass(&f, 3600000);
	assert_int_equal(f.sent, 0);
	assert_int_equal(node_deadline(f.node), NBT_NEVER);
	assert_false(release(&f, 1, "FRED<20>", FIRST));
	assert_int_equal(claim(&f, 2, "FRED<20>", EVERY), NBT_RCODE_OK);
	node_destroy(f.node);
}

static void unique_names_have_one_client(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, NODE_B);
	claim(&f, 1, "FRED<20>", EVERY);
	assert_int_equal(claim(&f, 2, "FRED<20>", EVERY), NBT_RCODE_ACT_ERR);
	assert_int_equal(claim(&f, 2, "FRED<20>", SECOND), NBT_RCODE_ACT_ERR);
	assert_int_equal(join(&f, 2, "FRED<20>"), NBT_RCODE_ACT_ERR);
	assert_int_equal(claim(&f, 2, "FRED<00>", EVERY), NBT_RCODE_OK);
	assert_int_equal(claim(&f, 1, "FRED<03>", inet_addr("10.9.9.9")), NBT_RCODE_SRV_ERR);
	node_destroy(f.node);
}

static void the_configuration_shares_its_names(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, NODE_B);
	claim(&f, NODE_CONFIGURATION, "HOST<20>", EVERY);
	pass(&f, 2000);
	expect_event(&f, NODE_DECIDED, NODE_CONFIGURATION, NBT_RCODE_OK);
	assert_int_equal(claim(&f, 1, "HOST<20>", EVERY), NBT_RCODE_OK);
	assert_int_equal(claim(&f, 2, "HOST<20>", EVERY), NBT_RCODE_OK);
	expect_event(&f, NODE_DECIDED, 1, NBT_RCODE_OK);
	expect_event(&f, NODE_DECIDED, 2, NBT_RCODE_OK);
	node_client_gone(f.node, 1, &f.env);
	assert_true(release(&f, 2, "HOST<20>", EVERY));
	f.sent = 0;
	pass(&f, 2000);
	assert_int_equal(f.sent, 0);
	assert_true(holds(&f, "HOST<20>", EVERY));
	node_destroy(f.node);
}

static void groups_are_counted(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, NODE_B);
	join(&f, 1, "WORK<1E>");
	join(&f, 2, "WORK<1E>");
	assert_int_equal(claim(&f, 3, "WORK<1E>", EVERY), NBT_RCODE_ACT_ERR);
	pass(&f, 2000);
	assert_int_equal(f.sent, 8);
	expect_event(&f, NODE_DECIDED, 2, NBT_RCODE_OK);
	expect_event(&f, NODE_DECIDED, 1, NBT_RCODE_OK);
	node_client_gone(f.node, 1, &f.env);
	pass(&f, 2000);
	assert_int_equal(f.sent, 8);
	assert_true(holds(&f, "WORK<1E>", FIRST));
	node_client_gone(f.node, 2, &f.env);
	assert_false(holds(&f, "WORK<1E>", FIRST)); /* at once */
	pass(&f, 2000);
	assert_int_equal(f.sent, 8 + 6); /* releases */
	assert_int_equal(claim(&f, 3, "WORK<1E>", EVERY), NBT_RCODE_OK);
	node_destroy(f.node);
}

static void who_has_gone_hears_nothing(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, NODE_B);
	claim(&f, 1, "FRED<20>", FIRST);
	claim(&f, 1, "FRED<00>", EVERY);
	claim(&f, 2, "JANE<00>", EVERY);
	pass(&f, 2000);
	node_client_gone(f.node, 1, &f.env);
	expect_event(&f, NODE_DECIDED, 2, NBT_RCODE_OK);
	expect_no_event(&f);
	node_destroy(f.node);
}

static void what_is_lost_is_told(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, NODE_B);
	claim(&f, 1, "FRED<20>", EVERY);
	pass(&f, 2000);
	expect_event(&f, NODE_DECIDED, 1, NBT_RCODE_OK);
	f.last_socket = 0;
	answer(&f, NBT_RCODE_CFT_ERR);
	expect_no_event(&f); /* the other interface has it */
	assert_false(holds(&f, "FRED<20>", FIRST));
	f.last_socket = 1;
	answer(&f, NBT_RCODE_CFT_ERR);
	expect_event(&f, NODE_LOST, 1, NBT_RCODE_CFT_ERR);
	assert_false(holds(&f, "FRED<20>", EVERY));
	assert_true(release(&f, 1, "FRED<20>", EVERY));
	f.sent = 0;
	pass(&f, 2000);
	assert_int_equal(f.sent, 0); /* what is another's is not released */
	node_destroy(f.node);
}

/* Decided, and lost before anybody asked: one negative answer. */
static void news_that_is_old_is_replaced(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, NODE_B);
	claim(&f, 1, "FRED<20>", FIRST);
	pass(&f, 2000);
	answer(&f, NBT_RCODE_CFT_ERR);
	expect_event(&f, NODE_DECIDED, 1, NBT_RCODE_CFT_ERR);
	expect_no_event(&f);
	node_destroy(f.node);
}

static void expect_answer(struct fixture *f, uint32_t token, uint8_t rcode)
{
	struct node_event event;

	assert_true(node_next_event(f->node, &event));
	assert_int_equal(event.type, NODE_DECIDED);
	assert_int_equal(event.claim.token, token);
	assert_int_equal(event.rcode, rcode);
}

static void each_request_gets_an_answer(void **state)
{
	struct node_claim first = claim_of(1, "FRED<20>", EVERY), second = first;
	struct fixture f;

	(void)state;
	first.token = 7;
	second.token = 8;
	start(&f, NODE_B);
	node_claim(f.node, &first, &f.env);
	node_claim(f.node, &first, &f.env); /* the same request */
	expect_no_event(&f);
	node_claim(f.node, &second, &f.env);
	expect_answer(&f, 7, NBT_RCODE_NAM_ERR);
	assert_true(release(&f, 1, "FRED<20>", EVERY));
	expect_answer(&f, 8, NBT_RCODE_NAM_ERR);
	node_claim(f.node, &first, &f.env);
	pass(&f, 2000); /* decided, but not told yet */
	assert_true(release(&f, 1, "FRED<20>", EVERY));
	expect_answer(&f, 7, NBT_RCODE_NAM_ERR);
	expect_no_event(&f);

	node_claim(f.node, &first, &f.env);
	pass(&f, 2000);
	expect_answer(&f, 7, NBT_RCODE_OK);
	node_claim(f.node, &second, &f.env);
	expect_answer(&f, 8, NBT_RCODE_OK);
	assert_true(release(&f, 1, "FRED<20>", EVERY));
	expect_no_event(&f);
	node_claim(f.node, &first, &f.env);
	node_claim(f.node, &second, &f.env);
	node_client_gone(f.node, 1, &f.env);
	expect_no_event(&f); /* nobody is there to hear it */
	node_destroy(f.node);
}

static void names_that_need_no_packet(void **state)
{
	struct node_claim browser = claim_of(1, "WORK<1D>", EVERY);
	struct fixture f;

	(void)state;
	start(&f, NODE_P); /* with no server */
	claim(&f, 1, "*SMBSERVER<20>", EVERY);
	browser.broadcast_only = true;
	assert_int_equal(node_claim(f.node, &browser, &f.env), NBT_RCODE_OK);
	claim(&f, 1, "FRED<20>", LO);
	claim(&f, 1, "FRED<00>", EVERY);
	pass(&f, 100);
	assert_int_equal(f.sent, 0);
	assert_true(holds(&f, "*SMBSERVER<20>", FIRST) && holds(&f, "WORK<1D>", FIRST));
	assert_true(holds(&f, "FRED<20>", LO));
	assert_false(holds(&f, "FRED<00>", EVERY));
	node_destroy(f.node);
}

static void names_of_the_subnet_are_not_told_to_a_server(void **state)
{
	const struct in_addr server = { inet_addr("10.9.9.9") };
	struct node_claim browser = claim_of(1, "WORK<1D>", EVERY);
	struct fixture f;

	(void)state;
	start(&f, NODE_H);
	node_destroy(f.node);
	f.settings.servers = &server;
	f.settings.server_count = 1;
	f.node = node_create(&f.settings, &f.env);
	node_set_sockets(f.node, sockets, 1, &f.env);
	browser.broadcast_only = true;
	node_claim(f.node, &browser, &f.env);
	pass(&f, 2000);
	assert_int_equal(f.sent, 4);
	assert_int_equal(f.last.to.sin_addr.s_addr, inet_addr("10.0.0.255"));
	pass(&f, 3600000);
	assert_int_equal(f.sent, 4);

	browser.client = 0;
	browser.broadcast_only = false; /* now somebody wants more */
	node_claim(f.node, &browser, &f.env);
	pass(&f, 100);
	assert_int_equal(f.last.to.sin_addr.s_addr, server.s_addr);
	node_destroy(f.node);
}

static void interfaces_come_and_go(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, NODE_B);
	node_set_sockets(f.node, sockets, 1, &f.env);
	claim(&f, 1, "FRED<20>", EVERY);
	claim(&f, 1, "FRED<00>", FIRST);
	pass(&f, 2000);
	expect_event(&f, NODE_DECIDED, 1, NBT_RCODE_OK);
	expect_event(&f, NODE_DECIDED, 1, NBT_RCODE_OK);
	f.sent = 0;
	node_set_sockets(f.node, sockets, 2, &f.env);
	assert_true(holds(&f, "FRED<20>", FIRST));
	pass(&f, 2000);
	assert_int_equal(f.sent, 4); /* what was claimed for every one */
	assert_true(holds(&f, "FRED<20>", SECOND));
	assert_false(holds(&f, "FRED<00>", SECOND));
	node_set_sockets(f.node, sockets + 1, 1, &f.env); /* the first is another one now */
	pass(&f, 2000);
	expect_no_event(&f);
	assert_true(holds(&f, "FRED<20>", SECOND));
	node_set_sockets(f.node, sockets, 0, &f.env);
	expect_no_event(&f);
	node_destroy(f.node);
}

static void node_status_shows_what_is_held(void **state)
{
	const struct nbt_scope none = { 0 }, other = scope_of("X");
	struct nbt_status_name list[8];
	struct fixture f;

	(void)state;
	start(&f, NODE_B);
	claim(&f, 1, "FRED<20>", EVERY);
	assert_int_equal(node_status_names(f.node, 0, &none, list, 8), 0);
	pass(&f, 2000);
	join(&f, 1, "WORK<00>");
	pass(&f, 2000);
	assert_int_equal(node_status_names(f.node, 0, &none, list, 8), 2);
	assert_int_equal(list[0].flags, NBT_STATUS_ACTIVE);
	assert_int_equal(list[1].flags, NBT_STATUS_ACTIVE | NBT_STATUS_GROUP);
	assert_int_equal(node_status_names(f.node, 0, &none, list, 1), 1);
	assert_int_equal(node_status_names(f.node, 0, &other, list, 8), 0);
	node_destroy(f.node);
}

static void hosts_names_of_the_configuration(void **state)
{
	static const char *const aliases[] = { "FILES", "OFFICE", NULL };
	static const char *const unique[] = { "OFFICE<00>", "OFFICE<03>", "OFFICE<20>",
					      "FILES<00>",  "FILES<03>",  "FILES<20>" };
	struct fixture f;

	(void)state;
	start(&f, NODE_B);
	node_destroy(f.node);
	f.settings.netbios_name = f.settings.workgroup = "OFFICE"; /* the host comes first */
	f.settings.aliases = aliases;
	f.node = node_create(&f.settings, &f.env);
	assert_non_null(f.node);
	node_set_sockets(f.node, sockets, ARRAY_SIZE(sockets), &f.env);
	pass(&f, 2000);
	for (size_t i = 0; i < ARRAY_SIZE(unique); i++) {
		const struct nbt_name name = name_of(unique[i]);
		const struct nbt_scope scope = { 0 };
		const struct node_found found = node_find(f.node, 0, &name, &scope);

		assert_int_equal(found.hold, NODE_HELD);
		assert_false(found.is_group);
	}
	assert_true(holds(&f, "OFFICE<1E>", EVERY));
	assert_int_equal(f.sent, 7 * 2 * 4);
	node_destroy(f.node);
}

static void all_names_can_be_walked(void **state)
{
	struct node_own own;
	uint64_t cursor = 0;
	struct fixture f;

	(void)state;
	start(&f, NODE_B);
	claim(&f, 7, "FRED<20>", SECOND);
	claim(&f, 8, "BARNEY<20>", EVERY);
	assert_true(node_own_next(f.node, &cursor, &own));
	assert_int_equal(own.interface.s_addr, SECOND);
	assert_int_equal(own.client, 7);
	assert_int_equal(own.hold, NODE_CLAIMING);
	assert_true(node_own_next(f.node, &cursor, &own));
	assert_true(node_own_next(f.node, &cursor, &own));
	assert_int_equal(own.client, 8);
	assert_false(node_own_next(f.node, &cursor, &own));
	pass(&f, 2000);
	cursor = 0;
	assert_true(node_own_next(f.node, &cursor, &own));
	assert_int_equal(own.hold, NODE_HELD);
	assert_false(own.is_registered);
	node_destroy(f.node);
}

/* nbtstat -RR: a record at the name server that is wrong goes. */
static void names_are_given_back_and_registered_again_when_asked(void **state)
{
	static const struct in_addr server = { 0x0900000A };
	static const uint8_t rcodes[] = { NBT_RCODE_OK, NBT_RCODE_ACT_ERR };
	struct fixture f;

	(void)state;
	f = (struct fixture){ .settings = { .type = NODE_P,
					    .servers = &server,
					    .server_count = 1,
					    .refresh_min = 300000,
					    .refresh_retry = 600000,
					    .refresh_share = 3600000 } };
	f.env = (struct nbt_env){ .now_ms = 1000, .random = draw, .random_ctx = &f };
	f.node = node_create(&f.settings, &f.env);
	assert_non_null(f.node);
	node_set_sockets(f.node, sockets, 1, &f.env);
	claim(&f, 1, "FRED<20>", EVERY);
	pass(&f, 0);
	assert_int_equal(node_refresh(f.node, &f.env), 0); /* it is being claimed */
	answer(&f, NBT_RCODE_OK);
	pass(&f, 1000);
	assert_true(holds(&f, "FRED<20>", FIRST));
	f.sent = 0;
	pass(&f, 1000);
	assert_int_equal(f.sent, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rcodes); i++) { /* to the release: it is all the same */
		f.sent = 0;
		assert_int_equal(node_refresh(f.node, &f.env), 1);
		pass(&f, 0);
		assert_int_equal(f.sent, 1);
		assert_int_equal(f.last.bytes[2] >> 3, NBT_OP_RELEASE);
		assert_true(holds(&f, "FRED<20>", FIRST));
		assert_int_equal(node_refresh(f.node, &f.env), 0); /* it is at work */
		answer(&f, rcodes[i]);
		pass(&f, 0);
		assert_int_equal(f.sent, 2);
		assert_int_equal(f.last.bytes[2] >> 3, NBT_OP_REGISTRATION);
		assert_true(holds(&f, "FRED<20>", FIRST));
		answer(&f, NBT_RCODE_OK);
		pass(&f, 1000);
		assert_true(holds(&f, "FRED<20>", FIRST));
		assert_int_equal(f.sent, 2);
	}

	/* A dead name server takes no name away; one that says no does. */
	node_refresh(f.node, &f.env);
	pass(&f, 60000);
	assert_true(holds(&f, "FRED<20>", FIRST));
	f.sent = 0;
	for (int i = 0; i < 600 && f.sent == 0; i++)
		pass(&f, 1000);
	assert_int_equal(f.last.bytes[2] >> 3, NBT_OP_REGISTRATION);
	answer(&f, NBT_RCODE_OK);
	pass(&f, 0);
	node_refresh(f.node, &f.env);
	pass(&f, 0);
	answer(&f, NBT_RCODE_OK);
	pass(&f, 0);
	answer(&f, NBT_RCODE_ACT_ERR);
	pass(&f, 0);
	assert_false(holds(&f, "FRED<20>", FIRST));
	node_destroy(f.node);
}

/* What it is asked next, and it says yes. */
static void step_to_registrar(struct fixture *f, uint8_t opcode)
{
	static const struct in_addr nobody;
	struct node_step step;

	assert_int_equal(node_step(f->node, &step, &f->env), NODE_REGISTER);
	assert_int_equal(step.claim.opcode, opcode);
	node_registered(f->node, &step.claim, NBT_RCODE_OK, 600, nobody, &f->env);
}

/* The registrar of this process is not told to forget what it knows. */
static void names_of_a_server_are_refreshed_when_asked(void **state)
{
	struct fixture f;

	(void)state;
	f = (struct fixture){ .settings = { .type = NODE_H, .is_server = true } };
	f.env = (struct nbt_env){ .now_ms = 1000, .random = draw, .random_ctx = &f };
	f.node = node_create(&f.settings, &f.env);
	assert_non_null(f.node);
	node_set_sockets(f.node, sockets, 1, &f.env);
	claim(&f, 1, "FRED<20>", EVERY);
	step_to_registrar(&f, NBT_OP_REGISTRATION);
	assert_int_equal(node_refresh(f.node, &f.env), 1);
	step_to_registrar(&f, NBT_OP_REFRESH);
	node_destroy(f.node);
}

static void names_are_bounded(void **state)
{
	struct fixture f;
	char text[NBT_NAME_TEXT_MAX];
	unsigned i = 0;

	(void)state;
	start(&f, NODE_B);
	node_set_sockets(f.node, sockets, 0, &f.env);
	do
		snprintf(text, sizeof(text), "N%u<20>", i++);
	while (claim(&f, 1, text, EVERY) == NBT_RCODE_OK);
	assert_in_range(i, 1000, 10000);
	node_client_gone(f.node, 1, &f.env);
	pass(&f, 1);
	assert_int_equal(claim(&f, 1, text, EVERY), NBT_RCODE_OK);
	node_destroy(f.node);
}

/*
 * Other settings.
 */

static void reconfigure(struct fixture *f)
{
	assert_true(node_set_settings(f->node, &f->settings, &f->env));
}

static void name_the_host(struct fixture *f, enum node_type type, const char *netbios_name,
			  const char *workgroup)
{
	f->settings.type = type;
	f->settings.netbios_name = netbios_name;
	f->settings.workgroup = workgroup;
}

/* A node that holds the names of OFFICE1 in WORK. */
static void start_named(struct fixture *f)
{
	start(f, NODE_B);
	name_the_host(f, NODE_B, "OFFICE1", "WORK");
	reconfigure(f);
	pass(f, 5000);
	f->sent = 0;
}

static void names_that_stay_are_left_alone(void **state)
{
	struct fixture f;

	(void)state;
	start_named(&f);
	reconfigure(&f);
	pass(&f, 5000);
	assert_int_equal(f.sent, 0);
	assert_true(holds(&f, "OFFICE1<20>", EVERY) && holds(&f, "WORK<1E>", EVERY));
	node_destroy(f.node);
}

static void other_names_are_claimed_and_the_old_released(void **state)
{
	static const char *const aliases[] = { "PRINTER", NULL };
	struct fixture f;

	(void)state;
	start_named(&f);
	assert_int_equal(claim(&f, 1, "HERS<20>", EVERY), NBT_RCODE_OK);
	pass(&f, 5000);
	name_the_host(&f, NODE_B, "OFFICE2", "WORK");
	f.settings.aliases = aliases;
	reconfigure(&f);
	assert_false(holds(&f, "OFFICE2<20>", EVERY));
	pass(&f, 5000);
	assert_true(holds(&f, "OFFICE2<20>", EVERY) && holds(&f, "PRINTER<00>", EVERY));
	assert_true(holds(&f, "WORK<1E>", EVERY) && holds(&f, "HERS<20>", EVERY));
	assert_false(holds(&f, "OFFICE1<20>", EVERY));
	node_destroy(f.node);
}

static void a_name_may_become_a_group(void **state)
{
	struct fixture f;

	(void)state;
	start_named(&f);
	name_the_host(&f, NODE_B, "OTHER", "OFFICE1");
	reconfigure(&f);
	pass(&f, 5000);
	assert_true(holds(&f, "OFFICE1<00>", EVERY) && holds(&f, "OTHER<00>", EVERY));
	assert_int_equal(node_find(f.node, 0, &(struct nbt_name){ "OFFICE1        " },
				   &(struct nbt_scope){ 0 })
				 .is_group,
			 true);
	node_destroy(f.node);
}

static void another_server_is_told_all_names(void **state)
{
	const struct in_addr first = { inet_addr("10.9.0.1") }, second = { inet_addr("10.9.0.2") };
	struct fixture f;

	(void)state;
	start_named(&f);
	f.settings.type = NODE_H;
	f.settings.servers = &first;
	f.settings.server_count = 1;
	reconfigure(&f);
	step(&f);
	assert_int_equal(f.last.to.sin_addr.s_addr, first.s_addr);
	assert_int_equal(f.sent, 10); /* five names on two interfaces */
	assert_true(holds(&f, "OFFICE1<20>", EVERY));

	/* In the middle of it: nothing may remember the old list. */
	f.settings.servers = &second;
	f.sent = 0;
	reconfigure(&f);
	pass(&f, 60000);
	assert_int_equal(f.last.to.sin_addr.s_addr, second.s_addr);
	assert_true(node_uses_server(f.node, second) && !node_uses_server(f.node, first));
	assert_true(holds(&f, "OFFICE1<20>", EVERY));

	f.settings.server_count = 0;
	f.settings.type = NODE_B;
	reconfigure(&f);
	f.sent = 0;
	pass(&f, 10000000);
	assert_int_equal(f.sent, 0);
	node_destroy(f.node);
}

static void who_stops_is_not_kept_by_other_settings(void **state)
{
	struct fixture f;

	(void)state;
	start_named(&f);
	node_stop(f.node, &f.env);
	name_the_host(&f, NODE_B, "OFFICE2", "WORK");
	reconfigure(&f);
	pass(&f, 5000);
	assert_true(node_is_stopped(f.node));
	assert_false(holds(&f, "OFFICE2<20>", EVERY));
	node_destroy(f.node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_claim_is_decided_once),
		cmocka_unit_test(one_interface_that_refuses_does_not_spoil_it),
		cmocka_unit_test(what_is_refused_everywhere_ends),
		cmocka_unit_test(unique_names_have_one_client),
		cmocka_unit_test(the_configuration_shares_its_names),
		cmocka_unit_test(groups_are_counted),
		cmocka_unit_test(who_has_gone_hears_nothing),
		cmocka_unit_test(what_is_lost_is_told),
		cmocka_unit_test(news_that_is_old_is_replaced),
		cmocka_unit_test(each_request_gets_an_answer),
		cmocka_unit_test(names_that_need_no_packet),
		cmocka_unit_test(names_of_the_subnet_are_not_told_to_a_server),
		cmocka_unit_test(interfaces_come_and_go),
		cmocka_unit_test(node_status_shows_what_is_held),
		cmocka_unit_test(hosts_names_of_the_configuration),
		cmocka_unit_test(all_names_can_be_walked),
		cmocka_unit_test(names_are_given_back_and_registered_again_when_asked),
		cmocka_unit_test(names_of_a_server_are_refreshed_when_asked),
		cmocka_unit_test(names_are_bounded),
		cmocka_unit_test(names_that_stay_are_left_alone),
		cmocka_unit_test(other_names_are_claimed_and_the_old_released),
		cmocka_unit_test(a_name_may_become_a_group),
		cmocka_unit_test(another_server_is_told_all_names),
		cmocka_unit_test(who_stops_is_not_kept_by_other_settings),
	};

	return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
