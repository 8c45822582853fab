/* The name service by TCP on loopback: who is answered, where it listens, and peers that go. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/stats.h"
#include "nbns.h"
#include "nbnsd/service/whole.h"
#include "nbnsd/streams.h"

#define TOO_LONG 20000 /* ms; only a test that fails waits so long */
#define MEMBERS  3000
#define OTHERS   60000 /* unique names, through which a question for "*" has to go */
#define PEERS    4

struct fixture {
	struct loop *loop;
	struct loop_timer *look;
	bool (*done)(struct fixture *f); /* what the test waits for */
	bool late;
	unsigned looks;
	struct nbns *ns;
	struct streams *streams;
	struct served_socket table[2];
	uint16_t port;
	int peers[PEERS];
	uint8_t got[PEERS][WHOLE_MAX + 2];
	size_t got_len[PEERS];
	bool ended[PEERS];
};

static void on_deadline(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	f->late = true;
	loop_stop(f->loop);
}

/* Each turn, so that work which takes several can be caught at it. */
static void on_turn(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	if (f->done != NULL && f->done(f))
		loop_stop(f->loop);
}

static void have_a_turn(void *ctx, const struct nbt_env *env)
{
	(void)ctx;
	(void)env;
}

static const struct loop_events events = { .deadline = on_deadline, .turn = on_turn };

/* A port of 127.0.0.1 that nobody else has; the socket that has it. */
static int take_port(uint16_t *port)
{
	struct sockaddr_in local = { .sin_family = AF_INET,
				     .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(local);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)&local, sizeof(local)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&local, &len), 0);
	*port = ntohs(local.sin_port);
	return fd;
}

static void open_streams(struct fixture *f, size_t connections)
{
	const struct streams_options options = { .port = f->port,
						 .connections = connections,
						 .idle_ms = TOO_LONG };

	assert_int_equal(streams_open(&f->streams, f->loop, &options, f->ns->service), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	assert_int_equal(loop_create(&f->loop, &events, f), 0);
	assert_int_equal(loop_timer_open(&f->look, f->loop, have_a_turn, f), 0);
	loop_set_deadline(f->loop, loop_env(f->loop).now_ms + TOO_LONG);
	f->ns = nbns_run();
	nbns_allow(f->ns, MAY_HAVE_MEMBERS, "127.0.0.1");
	f->table[0].address.s_addr = inet_addr("127.0.0.1");
	f->table[1].address.s_addr = inet_addr("127.0.0.2");
	for (size_t i = 0; i < PEERS; i++)
		f->peers[i] = -1;
	close(take_port(&f->port));
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int ret;

	streams_close(f->streams);
	streams_close(NULL);
	nbns_free(f->ns);
	loop_timer_close(f->look);
	loop_destroy(f->loop);
	for (size_t i = 0; i < PEERS; i++)
		if (f->peers[i] >= 0)
			close(f->peers[i]);
	ret = f->late ? -1 : 0;
	free(f);
	return ret;
}

/* Runs the loop until it is so. */
static void wait_for(struct fixture *f, bool (*done)(struct fixture *f))
{
	f->done = done;
	loop_timer_set(f->look, 0, 1);
	assert_int_equal(loop_run(f->loop), 0);
	loop_timer_set(f->look, NBT_NEVER, 0);
	f->done = NULL;
	assert_false(f->late);
}

static bool connects(struct fixture *f, size_t peer, const char *to, const char *from)
{
	const struct sockaddr_in local = { .sin_family = AF_INET, .sin_addr = { inet_addr(from) } };
	const struct sockaddr_in server = { .sin_family = AF_INET,
					    .sin_port = htons(f->port),
					    .sin_addr = { inet_addr(to) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (f->peers[peer] >= 0)
		close(f->peers[peer]);
	f->peers[peer] = fd;
	f->got_len[peer] = 0;
	f->ended[peer] = false;
	assert_int_equal(bind(fd, (const struct sockaddr *)&local, sizeof(local)), 0);
	if (connect(fd, (const struct sockaddr *)&server, sizeof(server)) < 0)
		return false;
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return true;
}

/* A query with its length in front. */
static void ask(struct fixture *f, size_t peer, const char *name)
{
	const struct nbt_scope scope = { .len = 0 };
	struct nbt_name bytes = { "*" };
	struct nbt_packet packet;
	uint8_t message[NBT_UDP_PAYLOAD_MAX + 2] = { 0 };
	size_t len;

	if (strcmp(name, "*") != 0)
		bytes = name_of(name);
	nbt_make_query(&packet, (uint16_t)(peer + 1), 0x0100, &bytes, &scope, NBT_TYPE_NB);
	assert_int_equal(nbt_packet_encode(&packet, message + 2, sizeof(message) - 2, &len),
			 NBT_OK);
	message[1] = (uint8_t)len;
	assert_int_equal(send(f->peers[peer], message, len + 2, MSG_NOSIGNAL), len + 2);
}

/* Takes what has come for the peer; whether it is a whole answer. */
static bool is_answered(struct fixture *f, size_t peer)
{
	uint8_t *got = f->got[peer];
	size_t *len = &f->got_len[peer];
	ssize_t more = recv(f->peers[peer], got + *len, sizeof(f->got[peer]) - *len, MSG_DONTWAIT);

	if (more > 0)
		*len += (size_t)more;
	else if (more == 0 || errno != EAGAIN)
		f->ended[peer] = true;
	return *len >= 2 && *len == 2U + (size_t)(got[0] << 8 | got[1]);
}

static bool first_is_answered(struct fixture *f)
{
	return is_answered(f, 0);
}

static bool two_are_answered(struct fixture *f)
{
	bool first = is_answered(f, 0); /* both are read */

	return is_answered(f, 1) && first;
}

static bool first_has_ended(struct fixture *f)
{
	return is_answered(f, 0) || f->ended[0];
}

static void expect_members(struct fixture *f, size_t peer, size_t count)
{
	struct nbt_packet answer;

	assert_int_equal(nbt_packet_decode(&answer, f->got[peer] + 2, f->got_len[peer] - 2),
			 NBT_OK);
	assert_int_equal(answer.id, peer + 1);
	assert_int_equal(nbt_packet_flags_word(&answer), 0x8580);
	assert_int_equal(nbt_record_address_count(&answer.record[0]), count);
}

/* A group, and so many names beside it that a question about all takes several steps. */
static void fill(struct fixture *f)
{
	for (uint32_t i = 0; i < MEMBERS; i++) {
		struct client member = { .address = { htonl(0x0A010000 + i) },
					 .port = NBT_NAME_PORT };

		claim(f->ns, &member, REGISTER, "LAB<00>", GROUP);
		f->ns->arrived = f->ns->seen = 0;
	}
	nbns_commit(f->ns);
	for (uint32_t i = 0; i < OTHERS; i++) {
		struct record record = record_of(f->ns, "OTHER<20>", RECORD_UNIQUE, "10.1.0.1");

		record.name.bytes[8] = (uint8_t)('A' + i % 16);
		record.name.bytes[9] = (uint8_t)('A' + i / 16 % 16);
		record.name.bytes[10] = (uint8_t)('A' + i / 256);
		plant(f->ns, &record);
	}
}

static uint64_t counter(struct fixture *f, const char *name)
{
	const struct stats *stats = streams_stats(f->streams);

	for (size_t i = 0; i < stats->count; i++)
		if (strcmp(stats->names[i], name) == 0)
			return stats->values[i];
	fail_msg("no counter %s", name);
	return 0;
}

static void all_members_are_told(void **state)
{
	struct fixture *f = *state;

	fill(f);
	open_streams(f, 8);
	assert_true(streams_update(f->streams, f->table, 1));
	assert_true(connects(f, 0, "127.0.0.1", "127.0.0.1"));
	ask(f, 0, "LAB<00>");
	wait_for(f, first_is_answered);
	expect_members(f, 0, MEMBERS);
	assert_int_equal(counter(f, "tcp.accepted"), 1);
	assert_int_equal(counter(f, "tcp.received"), 1);
	assert_int_equal(counter(f, "tcp.sent"), 1);
}

/* Whose answer takes steps holds up nobody, and gets his as well. */
static void answers_are_put_together_side_by_side(void **state)
{
	struct fixture *f = *state;

	fill(f);
	open_streams(f, 8);
	assert_true(streams_update(f->streams, f->table, 1));
	for (size_t i = 0; i < 2; i++) {
		assert_true(connects(f, i, "127.0.0.1", "127.0.0.1"));
		ask(f, i, "*");
	}
	wait_for(f, two_are_answered);
	expect_members(f, 0, MEMBERS);
	expect_members(f, 1, MEMBERS);
}

static bool all_questions_have_come(struct fixture *f)
{
	return counter(f, "tcp.received") == 3;
}

static bool two_have_been_sent(struct fixture *f)
{
	return is_answered(f, 1) && is_answered(f, 2);
}

/* Which is seen when the answer cannot be sent; the others get theirs. */
static void whoever_goes_is_forgotten(void **state)
{
	struct fixture *f = *state;
	const struct linger reset = { .l_onoff = 1 };

	fill(f);
	open_streams(f, 12);
	assert_true(streams_update(f->streams, f->table, 1));
	for (size_t i = 0; i < 3; i++) {
		assert_true(connects(f, i, "127.0.0.1", "127.0.0.1"));
		ask(f, i, "*");
	}
	wait_for(f, all_questions_have_come);
	setsockopt(f->peers[0], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(f->peers[0]);
	f->peers[0] = -1;
	wait_for(f, two_have_been_sent);
	expect_members(f, 1, MEMBERS);
}

static bool some_turns_later(struct fixture *f)
{
	return ++f->looks > 500;
}

static void address_that_goes_takes_its_work_along(void **state)
{
	struct fixture *f = *state;

	fill(f);
	open_streams(f, 12);
	assert_true(streams_update(f->streams, f->table, 1));
	for (size_t i = 0; i < 3; i++) {
		assert_true(connects(f, i, "127.0.0.1", "127.0.0.1"));
		ask(f, i, "*");
	}
	wait_for(f, all_questions_have_come);
	assert_int_equal(counter(f, "tcp.sent"), 0); /* or there are too few names */
	assert_true(streams_update(f->streams, f->table, 0));
	wait_for(f, some_turns_later);
	assert_int_equal(counter(f, "tcp.sent"), 0);
	assert_true(streams_update(f->streams, f->table, 1));
	assert_true(connects(f, 0, "127.0.0.1", "127.0.0.1"));
	ask(f, 0, "LAB<00>");
	wait_for(f, first_is_answered);
	expect_members(f, 0, MEMBERS);
}

/* The end comes while answers are being put together. */
static void end_drops_the_work(void **state)
{
	struct fixture *f = *state;

	fill(f);
	open_streams(f, 12);
	assert_true(streams_update(f->streams, f->table, 1));
	for (size_t i = 0; i < 3; i++) {
		assert_true(connects(f, i, "127.0.0.1", "127.0.0.1"));
		ask(f, i, "*");
	}
	wait_for(f, all_questions_have_come);
}

static void others_are_turned_away(void **state)
{
	struct fixture *f = *state;

	open_streams(f, 8);
	assert_true(streams_update(f->streams, f->table, 1));
	assert_true(connects(f, 0, "127.0.0.1", "127.0.0.3"));
	wait_for(f, first_has_ended);
	assert_int_equal(f->got_len[0], 0);
	assert_int_equal(counter(f, "tcp.refused"), 1);
}

/* A message that is no packet, and one that has no answer by TCP. */
static void what_is_no_question_ends_the_connection(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const uint8_t *bytes;
		size_t len;
	} cases[] = {
		{ BYTES("\0\3abc") },
		{ BYTES("\0\14\0\1\x29\0\0\1\0\0\0\0\0\1") }, /* a registration of nothing */
		{ BYTES("\xff\xff") },                        /* longer than any */
	};

	open_streams(f, 8);
	assert_true(streams_update(f->streams, f->table, 1));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(connects(f, 0, "127.0.0.1", "127.0.0.1"));
		assert_int_equal(send(f->peers[0], cases[i].bytes, cases[i].len, MSG_NOSIGNAL),
				 cases[i].len);
		wait_for(f, first_has_ended);
		assert_int_equal(f->got_len[0], 0);
	}
}

static void it_listens_where_packets_are_served(void **state)
{
	struct fixture *f = *state;

	open_streams(f, 8);
	assert_true(streams_update(f->streams, f->table, 2));
	assert_true(connects(f, 0, "127.0.0.1", "127.0.0.1"));
	assert_true(connects(f, 1, "127.0.0.2", "127.0.0.1"));
	f->table[0].address.s_addr = INADDR_ANY; /* it has gone */
	assert_true(streams_update(f->streams, f->table, 2));
	assert_false(connects(f, 0, "127.0.0.1", "127.0.0.1"));
	assert_true(connects(f, 1, "127.0.0.2", "127.0.0.1"));
	f->table[0].address.s_addr = inet_addr("127.0.0.4");
	assert_true(streams_update(f->streams, f->table, 2));
	assert_true(connects(f, 0, "127.0.0.4", "127.0.0.1"));
	assert_true(streams_update(f->streams, f->table, 1));
	assert_false(connects(f, 1, "127.0.0.2", "127.0.0.1"));
}

static void port_that_is_taken_is_tried_again(void **state)
{
	struct fixture *f = *state;
	int holder = take_port(&f->port);

	open_streams(f, 8);
	assert_false(streams_update(f->streams, f->table, 2));
	assert_true(connects(f, 1, "127.0.0.2", "127.0.0.1"));
	assert_false(streams_update(f->streams, f->table, 2));
	close(holder);
	assert_true(streams_update(f->streams, f->table, 2));
	assert_true(connects(f, 0, "127.0.0.1", "127.0.0.1"));
}

static void limits_may_be_changed(void **state)
{
	struct fixture *f = *state;

	open_streams(f, 0);
	assert_true(streams_update(f->streams, f->table, 1));
	assert_false(connects(f, 0, "127.0.0.1", "127.0.0.1"));
	streams_set_limits(f->streams, 4, TOO_LONG); /* one for each source */
	assert_true(streams_update(f->streams, f->table, 1));
	assert_true(connects(f, 1, "127.0.0.1", "127.0.0.1"));
	assert_true(connects(f, 0, "127.0.0.1", "127.0.0.1"));
	wait_for(f, first_has_ended);
	assert_int_equal(counter(f, "tcp.too-many"), 1);
	streams_set_limits(f->streams, 0, TOO_LONG);
	assert_true(streams_update(f->streams, f->table, 1));
	assert_false(connects(f, 0, "127.0.0.1", "127.0.0.1"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(all_members_are_told),
		TEST(answers_are_put_together_side_by_side),
		TEST(whoever_goes_is_forgotten),
		TEST(address_that_goes_takes_its_work_along),
		TEST(end_drops_the_work),
		TEST(others_are_turned_away),
		TEST(what_is_no_question_ends_the_connection),
		TEST(it_listens_where_packets_are_served),
		TEST(port_that_is_taken_is_tried_again),
		TEST(limits_may_be_changed),
	};

	log_open("test", LOG_TO_STDERR);
	return cmocka_run_group_tests_name("streams", tests, NULL, NULL);
}
