/* What a daemon wants of a local socket, with a clock of our own. */
#include "support.h"

#include <arpa/inet.h>

#include "common/local_core.h"

#define CLAIMS  4
#define QUERIES 3

static const struct local_settings settings = { .claims = CLAIMS,
						.queries = QUERIES,
						.reconnect_min_ms = 100,
						.reconnect_max_ms = 5000,
						.query_ms = 30000 };

static struct local_core *core;
static struct nbt_env env;

/* The request taken last, and the event. */
static struct nbt_local_message sent;
static uint8_t sent_bytes[LOCAL_CORE_REQUEST_MAX];
static struct local_event event;

static int set_up(void **state)
{
	(void)state;
	env = (struct nbt_env){ .now_ms = 1000 };
	core = local_core_create(&settings);
	return core == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	local_core_destroy(core);
	return 0;
}

static struct nbt_local_claim claim_of(const char *name)
{
	return (struct nbt_local_claim){ .name = name_of(name) };
}

static void claim(const char *name, uint32_t token)
{
	const struct nbt_local_claim wanted = claim_of(name);

	assert_true(local_core_claim(core, &wanted, token));
}

static bool release(const char *name)
{
	const struct nbt_local_claim wanted = claim_of(name);

	return local_core_release(core, &wanted);
}

static void query(const char *name, uint32_t token)
{
	const struct nbt_local_query wanted = { .name = name_of(name) };

	assert_true(local_core_query(core, &wanted, token, &env));
}

static bool take_request(void)
{
	size_t len = local_core_output(core, sent_bytes);

	if (len == 0)
		return false;
	assert_error("a request", nbt_local_decode(&sent.envelope, &sent.packet, sent_bytes, len),
		     NBT_OK);
	return true;
}

#define expect_request(opcode, name) expect_request_at((opcode), (name), __LINE__)

static void expect_request_at(enum nbt_opcode opcode, const char *name, int line)
{
	struct nbt_name wanted = name_of(name);

	if (!take_request())
		fail_msg("line %d: no request", line);
	if (sent.packet.opcode != opcode || !nbt_name_equal(&sent.packet.question[0].name, &wanted))
		fail_msg("line %d: another request", line);
}

static void expect_no_request(void)
{
	assert_false(take_request());
}

#define expect_event(type, token) expect_event_at((type), (token), __LINE__)

static void expect_event_at(enum local_event_type type, uint32_t token, int line)
{
	if (!local_core_next_event(core, &event))
		fail_msg("line %d: no event", line);
	if (event.type != type || event.token != token)
		fail_msg("line %d: event %d with token %u", line, event.type, event.token);
}

static void expect_no_event(void)
{
	assert_false(local_core_next_event(core, &event));
}

/* A response about the request taken last. */
static void answer_as(uint16_t id, enum nbt_opcode opcode, enum nbt_rcode rcode)
{
	const struct nbt_question *q = &sent.packet.question[0];
	struct nbt_envelope envelope = { .interface = sent.envelope.interface,
					 .peer.s_addr = inet_addr("10.1.0.9") };
	struct nbt_packet packet;
	uint8_t bytes[LOCAL_CORE_REQUEST_MAX];
	size_t len;

	nbt_make_response(&packet, opcode, id, 0, rcode, &q->name, &q->scope, NBT_TYPE_NB, 0,
			  (const uint8_t *)"\0\0\0\0\0\0", 6);
	assert_error("an answer", nbt_local_encode(&envelope, &packet, bytes, sizeof(bytes), &len),
		     NBT_OK);
	local_core_receive(core, bytes, len);
}

static void answer(enum nbt_rcode rcode)
{
	answer_as(sent.packet.id, (enum nbt_opcode)sent.packet.opcode, rcode);
}

static void demand(void)
{
	answer_as(0, NBT_OP_REGISTRATION, NBT_RCODE_CFT_ERR);
}

static void connect_now(void)
{
	assert_true(local_core_wants_connection(core, &env));
	local_core_connected(core, &env);
	expect_event(LOCAL_UP, 0);
}

static void disconnect_now(void)
{
	local_core_disconnected(core, &env);
	expect_event(LOCAL_DOWN, 0);
}

/* As far as the core wants to wait. */
static void wait_for_retry(void)
{
	env.now_ms = local_core_deadline(core);
	local_core_wake(core, &env);
}

static void a_name_is_claimed_again_by_itself(void **state)
{
	(void)state;
	claim("APP<20>", 7);
	expect_no_request();
	expect_no_event();
	connect_now();
	expect_request(NBT_OP_REGISTRATION, "APP<20>");
	expect_no_request();
	answer(NBT_RCODE_OK);
	expect_event(LOCAL_CLAIMED, 7);
	assert_true(nbt_name_equal(&event.claim->name, &sent.packet.question[0].name));

	disconnect_now();
	expect_no_request();
	wait_for_retry();
	connect_now();
	expect_request(NBT_OP_REGISTRATION, "APP<20>");
	answer(NBT_RCODE_OK);
	expect_event(LOCAL_CLAIMED, 7);
	expect_no_event();
}

static void a_claim_under_way_is_made_again(void **state)
{
	(void)state;
	connect_now();
	claim("APP<20>", 7);
	expect_request(NBT_OP_REGISTRATION, "APP<20>");
	disconnect_now();
	wait_for_retry();
	connect_now();
	expect_request(NBT_OP_REGISTRATION, "APP<20>");
}

static void what_is_refused_has_ended(void **state)
{
	(void)state;
	connect_now();
	claim("APP<20>", 7);
	expect_request(NBT_OP_REGISTRATION, "APP<20>");
	answer(NBT_RCODE_ACT_ERR);
	expect_event(LOCAL_REFUSED, 7);
	assert_int_equal(event.rcode, NBT_RCODE_ACT_ERR);
	assert_int_equal(event.who.s_addr, inet_addr("10.1.0.9"));
	disconnect_now();
	wait_for_retry();
	connect_now();
	expect_no_request();
	assert_false(release("APP<20>"));
}

/* CFT_ERR with the id of a claim under way refuses it; else the name was held and is lost. */
static void what_is_lost_is_not_claimed_again(void **state)
{
	(void)state;
	connect_now();
	claim("APP<20>", 7);
	expect_request(NBT_OP_REGISTRATION, "APP<20>");
	demand();
	expect_no_event(); /* not held yet: the answer will tell */
	answer(NBT_RCODE_OK);
	expect_event(LOCAL_CLAIMED, 7);
	demand();
	expect_event(LOCAL_LOST, 7);
	assert_int_equal(event.who.s_addr, inet_addr("10.1.0.9"));
	demand();
	expect_no_event(); /* told once */
	disconnect_now();
	wait_for_retry();
	connect_now();
	expect_no_request();

	claim("APP<20>", 8);
	expect_request(NBT_OP_REGISTRATION, "APP<20>");
	answer(NBT_RCODE_CFT_ERR);
	expect_event(LOCAL_REFUSED, 8);
}

static void interfaces_are_claims_of_their_own(void **state)
{
	struct nbt_local_claim here = claim_of("LAB<1D>"), there = here;

	(void)state;
	here.interface.s_addr = inet_addr("10.1.0.5");
	there.interface.s_addr = inet_addr("10.2.0.5");
	connect_now();
	assert_true(local_core_claim(core, &here, 1));
	assert_true(local_core_claim(core, &there, 2));
	expect_request(NBT_OP_REGISTRATION, "LAB<1D>");
	answer(NBT_RCODE_OK);
	expect_event(LOCAL_CLAIMED, 1);
	expect_request(NBT_OP_REGISTRATION, "LAB<1D>");
	answer(NBT_RCODE_OK);
	expect_event(LOCAL_CLAIMED, 2);
	demand(); /* of the second */
	expect_event(LOCAL_LOST, 2);
	assert_true(local_core_release(core, &here));
	expect_request(NBT_OP_RELEASE, "LAB<1D>");
	assert_int_equal(sent.envelope.interface.s_addr, here.interface.s_addr);
}

static void requests_keep_their_order(void **state)
{
	(void)state;
	connect_now();
	claim("ONE<20>", 1);
	query("TWO<20>", 2);
	assert_true(release("ONE<20>"));
	claim("ONE<20>", 3);
	expect_request(NBT_OP_QUERY, "TWO<20>");
	expect_request(NBT_OP_RELEASE, "ONE<20>");
	expect_request(NBT_OP_REGISTRATION, "ONE<20>");
	answer(NBT_RCODE_OK);
	expect_event(LOCAL_CLAIMED, 3);
}

static void a_release_without_a_daemon_is_no_request(void **state)
{
	(void)state;
	claim("APP<20>", 7);
	assert_true(release("APP<20>"));
	assert_false(release("APP<20>"));
	connect_now();
	expect_no_request();
	claim("APP<20>", 8);
	expect_request(NBT_OP_REGISTRATION, "APP<20>");
	answer(NBT_RCODE_OK);
	expect_event(LOCAL_CLAIMED, 8);
	assert_true(release("APP<20>"));
	disconnect_now();
	wait_for_retry();
	connect_now();
	expect_no_request();
}

static void every_query_has_one_answer(void **state)
{
	(void)state;
	query("FRED<20>", 1);
	expect_event(LOCAL_ANSWER, 1); /* there is no daemon */
	assert_null(event.packet);
	assert_int_equal(event.rcode, NBT_RCODE_SRV_ERR);

	connect_now();
	query("FRED<20>", 2);
	expect_request(NBT_OP_QUERY, "FRED<20>");
	answer(NBT_RCODE_NAM_ERR);
	expect_event(LOCAL_ANSWER, 2);
	assert_non_null(event.packet);
	assert_int_equal(event.rcode, NBT_RCODE_NAM_ERR);
	answer(NBT_RCODE_OK);
	expect_no_event(); /* a second one is none */

	query("FRED<20>", 3);
	expect_request(NBT_OP_QUERY, "FRED<20>");
	query("FRED<20>", 4); /* not sent yet */
	disconnect_now();
	expect_event(LOCAL_ANSWER, 3);
	assert_null(event.packet);
	expect_event(LOCAL_ANSWER, 4);
	expect_no_event();
}

static void a_silent_daemon_is_not_waited_for(void **state)
{
	(void)state;
	connect_now();
	query("FRED<20>", 1);
	expect_request(NBT_OP_QUERY, "FRED<20>");
	assert_int_equal(local_core_deadline(core), env.now_ms + settings.query_ms);
	env.now_ms += settings.query_ms - 1;
	local_core_wake(core, &env);
	expect_no_event();
	env.now_ms++;
	local_core_wake(core, &env);
	expect_event(LOCAL_ANSWER, 1);
	assert_null(event.packet);
	assert_int_equal(local_core_deadline(core), NBT_NEVER);
}

/* After each failure twice as long; anything that is said makes it short again. */
static void the_pauses_between_connections(void **state)
{
	static const uint64_t pauses[] = { 100, 200, 400, 800, 1600, 3200, 5000, 5000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pauses); i++) {
		assert_true(local_core_wants_connection(core, &env));
		local_core_disconnected(core, &env);
		if (i == 0)
			expect_event(LOCAL_DOWN, 0);
		expect_no_event(); /* it is down: that is told once */
		assert_int_equal(local_core_deadline(core), env.now_ms + pauses[i]);
		env.now_ms += pauses[i] - 1;
		assert_false(local_core_wants_connection(core, &env));
		env.now_ms++;
	}
	connect_now();
	disconnect_now(); /* at once, without a word */
	assert_int_equal(local_core_deadline(core), env.now_ms + 5000);
	wait_for_retry();
	connect_now();
	claim("APP<20>", 1);
	expect_request(NBT_OP_REGISTRATION, "APP<20>");
	answer(NBT_RCODE_OK);
	expect_event(LOCAL_CLAIMED, 1);
	disconnect_now();
	assert_int_equal(local_core_deadline(core), env.now_ms + 100);
	wait_for_retry();
	connect_now();
	env.now_ms += 5000; /* it has lasted */
	disconnect_now();
	assert_int_equal(local_core_deadline(core), env.now_ms + 100);
}

static void there_is_a_limit(void **state)
{
	static const char *const names[CLAIMS] = { "A<20>", "B<20>", "C<20>", "D<20>" };
	const struct nbt_local_claim more = claim_of("E<20>");
	const struct nbt_local_query one_more = { .name = name_of("E<20>") };

	(void)state;
	connect_now();
	for (uint32_t i = 0; i < CLAIMS; i++)
		claim(names[i], i);
	assert_false(local_core_claim(core, &more, 9));
	claim("A<20>", 5); /* that one is there */
	for (uint32_t i = 0; i < QUERIES; i++)
		query("FRED<20>", i);
	assert_false(local_core_query(core, &one_more, 9, &env));
	for (unsigned i = 0; i < CLAIMS + QUERIES; i++)
		assert_true(take_request());
	expect_no_request();
}

static void datagrams_are_handed_on(void **state)
{
	const struct nbt_envelope envelope = { .flags = NBT_LOCAL_DATAGRAM | NBT_LOCAL_BROADCAST,
					       .peer.s_addr = inet_addr("10.1.0.9") };
	uint8_t bytes[NBT_ENVELOPE_LEN + 4] = { 0 };

	(void)state;
	connect_now();
	assert_int_equal(nbt_envelope_encode(&envelope, bytes, sizeof(bytes)), NBT_OK);
	memcpy(bytes + NBT_ENVELOPE_LEN, "data", 4);
	local_core_receive(core, bytes, sizeof(bytes));
	expect_event(LOCAL_DATAGRAM, 0);
	assert_int_equal(event.datagram_len, 4);
	assert_memory_equal(event.datagram, "data", 4);
	assert_int_equal(event.envelope->peer.s_addr, envelope.peer.s_addr);
}

/* A header alone, with the id of a claim under way, is an answer. */
static void nonsense_changes_nothing(void **state)
{
	static const char *const nonsense[] = {
		"",
		"01",
		"02 00 0000 00000000 00000000 0000 0000 0001 a980 0000 0000 0000 0000",
		"01 00 0000 00000000 00000000 0000 0000 0001 a9",
		"01 00 0000 00000000 00000000 0000 0000 7777 a986 0000 0000 0000 0000", /* id */
		"01 00 0000 00000000 00000000 0000 0000 0001 2900 0000 0000 0000 0000", /* request
											 */
		"01 00 0000 00000000 00000000 0000 0000 0001 b480 0000 0000 0000 0000", /* release
											 */
	};

	(void)state;
	connect_now();
	claim("APP<20>", 7);
	expect_request(NBT_OP_REGISTRATION, "APP<20>");
	assert_int_equal(sent.packet.id, 1);
	for (size_t i = 0; i < ARRAY_SIZE(nonsense); i++) {
		uint8_t bytes[64];

		local_core_receive(core, bytes, unhex(bytes, sizeof(bytes), nonsense[i]));
		expect_no_event();
	}
	local_core_receive(core, sent_bytes,
			   unhex(sent_bytes, sizeof(sent_bytes),
				 "01 00 0000 00000000 00000000 0000 0000 "
				 "0001 a981 0000 0000 0000 0000"));
	expect_event(LOCAL_REFUSED, 7);
	assert_int_equal(event.rcode, NBT_RCODE_FMT_ERR);
}

/* More requests than there are ids: one that waits for its answer keeps its own. */
static void ids_are_not_used_twice(void **state)
{
	uint16_t id;

	(void)state;
	connect_now();
	claim("APP<20>", 7);
	expect_request(NBT_OP_REGISTRATION, "APP<20>");
	id = sent.packet.id;
	for (uint32_t i = 0; i < 70000; i++) {
		query("FRED<20>", i);
		expect_request(NBT_OP_QUERY, "FRED<20>");
		assert_int_not_equal(sent.packet.id, id);
		answer(NBT_RCODE_NAM_ERR);
		expect_event(LOCAL_ANSWER, i);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_is_claimed_again_by_itself),
		TEST(a_claim_under_way_is_made_again),
		TEST(what_is_refused_has_ended),
		TEST(what_is_lost_is_not_claimed_again),
		TEST(interfaces_are_claims_of_their_own),
		TEST(requests_keep_their_order),
		TEST(a_release_without_a_daemon_is_no_request),
		TEST(every_query_has_one_answer),
		TEST(a_silent_daemon_is_not_waited_for),
		TEST(the_pauses_between_connections),
		TEST(there_is_a_limit),
		TEST(datagrams_are_handed_on),
		TEST(nonsense_changes_nothing),
		TEST(ids_are_not_used_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
