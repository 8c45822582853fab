/* A daemon as a client of a local socket: the connection itself, with the other daemon by hand. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>

#include "common/local.h"
#include "common/loop.h"
#include "scripted.h"

#define TOO_LONG 20000 /* ms; only a test that fails waits so long */
#define HEARD    64

static const struct local_settings settings = { .claims = 8,
						.queries = 600,
						.reconnect_min_ms = 1,
						.reconnect_max_ms = 20,
						.query_ms = TOO_LONG };

static struct scripted server;
static struct loop *loop;
static struct local *local;
static struct nbt_local_message request;

/* What was told, in order. */
static struct {
	enum local_event_type type;
	uint32_t token;
	size_t len; /* of a datagram */
} heard[HEARD];
static size_t heard_count, seen;
static size_t wanted; /* the loop ends when so many were heard */
static bool is_late;
static bool claims_at_once; /* when it is up */

static struct nbt_local_claim claim_of(const char *name)
{
	return (struct nbt_local_claim){ .name = name_of(name) };
}

static void hear(void *ctx, const struct local_event *event)
{
	const struct nbt_local_claim claim = claim_of("FROM-WITHIN<20>");

	assert_ptr_equal(ctx, &server);
	assert_true(heard_count < HEARD);
	heard[heard_count].type = event->type;
	heard[heard_count].token = event->token;
	heard[heard_count++].len = event->datagram_len;
	if (event->type == LOCAL_UP && claims_at_once)
		assert_true(local_claim(local, &claim, 77));
	if (heard_count >= wanted)
		loop_stop(loop);
}

static void on_deadline(void *ctx, const struct nbt_env *env)
{
	(void)ctx;
	(void)env;
	is_late = true;
	loop_stop(loop);
}

static const struct loop_events events = { .deadline = on_deadline };

#define expect(type, token) expect_at((type), (token), __LINE__)

static void expect_at(enum local_event_type type, uint32_t token, int line)
{
	wanted = seen + 1;
	while (heard_count < wanted && !is_late)
		assert_int_equal(loop_run(loop), 0);
	if (is_late || heard[seen].type != type || heard[seen].token != token)
		fail_msg("line %d: %s, event %d with token %u", line, is_late ? "late" : "another",
			 heard[seen].type, heard[seen].token);
	seen++;
}

static int set_up(void **state)
{
	(void)state;
	heard_count = seen = 0;
	is_late = claims_at_once = false;
	scripted_open(&server);
	assert_int_equal(loop_create(&loop, &events, NULL), 0);
	loop_set_deadline(loop, loop_env(loop).now_ms + TOO_LONG);
	assert_int_equal(local_open(&local, loop, server.path, &settings, hear, &server), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	local_close(local);
	loop_destroy(loop);
	scripted_close(&server);
	return 0;
}

static void come_up(void)
{
	expect(LOCAL_UP, 0);
	scripted_accept(&server);
}

static void a_name_comes_back_with_the_daemon(void **state)
{
	struct nbt_local_claim claim = claim_of("APP<20>");

	(void)state;
	assert_true(local_claim(local, &claim, 7));
	come_up();
	assert_true(scripted_receive(&server, &request));
	scripted_answer(&server, &request, NBT_RCODE_OK, 0, NULL, 0);
	expect(LOCAL_CLAIMED, 7);

	scripted_stop(&server);
	expect(LOCAL_DOWN, 0);
	scripted_start(&server);
	come_up();
	assert_true(scripted_receive(&server, &request));
	assert_int_equal(request.packet.opcode, NBT_OP_REGISTRATION);
	scripted_answer(&server, &request, NBT_RCODE_OK, 0, NULL, 0);
	expect(LOCAL_CLAIMED, 7);
	scripted_demand(&server, &request);
	expect(LOCAL_LOST, 7);
	assert_true(local_release(local, &claim));
	assert_true(scripted_receive(&server, &request));
	assert_int_equal(request.packet.opcode, NBT_OP_RELEASE);
}

static void without_a_daemon_it_is_down(void **state)
{
	const struct nbt_local_query query = { .name = name_of("FRED<20>") };

	(void)state;
	scripted_stop(&server);
	expect(LOCAL_DOWN, 0);
	assert_true(local_query(local, &query, 3));
	assert_int_equal(heard_count, seen); /* told by the loop */
	expect(LOCAL_ANSWER, 3);
	assert_int_equal(
		local_send_datagram(local, &(struct nbt_envelope){ 0 }, (const uint8_t *)"x", 1),
		-ENOTCONN);
	scripted_start(&server);
	come_up();
}

static void claims_can_be_made_from_an_event(void **state)
{
	(void)state;
	claims_at_once = true;
	come_up();
	assert_true(scripted_receive(&server, &request));
	scripted_answer(&server, &request, NBT_RCODE_ACT_ERR, 0, NULL, 0);
	expect(LOCAL_REFUSED, 77);
}

static void on_look(void *ctx, const struct nbt_env *env)
{
	(void)ctx;
	(void)env;
	loop_stop(loop);
}

/* More than the socket takes at once: all arrive, in order. */
static void a_daemon_that_reads_slowly(void **state)
{
	struct nbt_local_query query = { .name = name_of("FRED<20>"),
					 .scope = scope_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ.ABCDEFG") };
	struct loop_timer *look;
	uint16_t last = 0;

	(void)state;
	come_up();
	assert_int_equal(loop_timer_open(&look, loop, on_look, NULL), 0);
	for (uint32_t i = 0; i < settings.queries; i++)
		assert_true(local_query(local, &query, i));
	for (uint32_t i = 0; i < settings.queries; i++) {
		assert_true(scripted_receive(&server, &request));
		if (i > 0)
			assert_int_equal(request.packet.id, (uint16_t)(last + 1));
		last = request.packet.id;
		if (i % 16 == 15) { /* let the loop see that there is room */
			loop_timer_set(look, 0, 0);
			assert_int_equal(loop_run(loop), 0);
		}
	}
	loop_timer_close(look);
}

static void datagrams_go_both_ways(void **state)
{
	static uint8_t bytes[NBT_LOCAL_MESSAGE_MAX];
	const struct nbt_envelope envelope = { .interface.s_addr = inet_addr("10.1.0.5") };
	struct nbt_envelope got;

	(void)state;
	come_up();
	assert_int_equal(local_send_datagram(local, &envelope, bytes, sizeof(bytes)), -EMSGSIZE);
	assert_int_equal(
		local_send_datagram(local, &envelope, bytes, sizeof(bytes) - NBT_ENVELOPE_LEN), 0);
	assert_int_equal(scripted_read(&server), sizeof(bytes));
	assert_int_equal(nbt_envelope_decode(&got, server.buf, sizeof(server.buf)), NBT_OK);
	assert_int_equal(got.flags, NBT_LOCAL_DATAGRAM);
	assert_int_equal(got.interface.s_addr, envelope.interface.s_addr);
	scripted_send(&server, server.buf, 100);
	expect(LOCAL_DATAGRAM, 0);
	assert_int_equal(heard[seen - 1].len, 100 - NBT_ENVELOPE_LEN);
}

static void a_path_that_is_too_long(void **state)
{
	struct local *none;
	char path[200];

	(void)state;
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(local_open(&none, loop, path, &settings, hear, NULL), -ENAMETOOLONG);
	assert_null(none);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_comes_back_with_the_daemon),
		TEST(without_a_daemon_it_is_down),
		TEST(claims_can_be_made_from_an_event),
		TEST(a_daemon_that_reads_slowly),
		TEST(datagrams_go_both_ways),
		TEST(a_path_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
