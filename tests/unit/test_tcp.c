/* Framed TCP on loopback: peers that behave, and peers that don't. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/loop.h"
#include "common/tcp.h"

#define TOO_LONG 20000 /* ms; only a test that fails waits so long */
#define BIG      65000

struct fixture {
	struct loop *loop;
	struct tcp *tcp;
	struct tcp_listener *listener;
	struct loop_timer *look; /* at what the test waits for */
	bool (*done)(struct fixture *f);
	bool refuse, late, keep; /* keep: a message is not answered at once */
	struct tcp_connection *kept;
	size_t answer_len; /* 0: what was asked */
	size_t messages, closed, number, looks;
	uint8_t answer[BIG];
	int peers[16];
	char got[BIG + 16]; /* by the first peer */
	size_t got_len;
};

static bool may_connect(void *ctx, struct in_addr source)
{
	const struct fixture *f = ctx;

	assert_int_equal(ntohl(source.s_addr) >> 24, IN_LOOPBACKNET);
	return !f->refuse;
}

static void on_message(void *ctx, struct tcp_connection *connection, const uint8_t *bytes,
		       size_t len, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	assert_true(env->now_ms > 0);
	f->messages++;
	f->number = tcp_number(connection);
	if (len > 0 && bytes[0] == '!')
		tcp_close(connection);
	else if (f->keep)
		f->kept = connection;
	else if (f->answer_len > 0)
		tcp_send(connection, f->answer, f->answer_len);
	else
		tcp_send(connection, bytes, len);
}

static void on_closed(void *ctx, struct tcp_connection *connection)
{
	struct fixture *f = ctx;

	f->closed++;
	if (f->kept == connection)
		f->kept = NULL;
}

static const struct tcp_events tcp_events = { may_connect, on_message, on_closed };

static void on_deadline(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	f->late = true;
	loop_stop(f->loop);
}

static void on_look(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	if (f->done(f))
		loop_stop(f->loop);
}

static const struct loop_events events = { .deadline = on_deadline };

static void start(struct fixture *f, uint64_t idle_ms)
{
	const struct tcp_options options = { .prefix = 2,
					     .message_max = 100,
					     .connections = 6,
					     .per_source = 3,
					     .idle_ms = idle_ms };
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_addr = { htonl(INADDR_LOOPBACK) } };

	assert_int_equal(tcp_create(&f->tcp, f->loop, &options, &tcp_events, f), 0);
	assert_int_equal(tcp_listen(&f->listener, f->tcp, &local, 7), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	assert_int_equal(loop_create(&f->loop, &events, f), 0);
	assert_int_equal(loop_timer_open(&f->look, f->loop, on_look, f), 0);
	loop_set_deadline(f->loop, loop_env(f->loop).now_ms + TOO_LONG);
	for (size_t i = 0; i < ARRAY_SIZE(f->peers); i++)
		f->peers[i] = -1;
	memset(f->answer, 'x', sizeof(f->answer));
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int ret;

	tcp_destroy(f->tcp);
	tcp_destroy(NULL);
	tcp_listener_close(NULL);
	loop_timer_close(f->look);
	loop_destroy(f->loop);
	for (size_t i = 0; i < ARRAY_SIZE(f->peers); i++)
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
	assert_false(f->late);
}

static void connect_from(struct fixture *f, size_t peer, const char *source)
{
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_addr = { inet_addr(source) } };
	const struct sockaddr_in server = tcp_listener_address(f->listener);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)&local, sizeof(local)), 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&server, sizeof(server)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	f->peers[peer] = fd;
}

static void say(struct fixture *f, size_t peer, const char *bytes, size_t len)
{
	assert_int_equal(send(f->peers[peer], bytes, len, MSG_NOSIGNAL), len);
}

#define SAY(f, peer, literal) say(f, peer, literal, sizeof(literal) - 1)

/* Takes what has come for the first peer. */
static void take(struct fixture *f)
{
	ssize_t got = recv(f->peers[0], f->got + f->got_len, sizeof(f->got) - f->got_len, 0);

	if (got > 0)
		f->got_len += (size_t)got;
}

static bool seven_bytes(struct fixture *f)
{
	take(f);
	return f->got_len >= 7;
}

static bool all_of_it(struct fixture *f)
{
	take(f);
	return f->got_len >= f->answer_len + 2;
}

static bool one_message(struct fixture *f)
{
	return f->messages >= 1;
}

static bool one_closed(struct fixture *f)
{
	return f->closed >= 1;
}

static uint64_t counter(struct fixture *f, const char *name)
{
	const struct stats *stats = tcp_stats(f->tcp);

	for (size_t i = 0; i < stats->count; i++)
		if (strcmp(stats->names[i], name) == 0)
			return stats->values[i];
	fail_msg("no counter %s", name);
	return 0;
}

static void questions_are_answered(void **state)
{
	struct fixture *f = *state;

	start(f, TOO_LONG);
	connect_from(f, 0, "127.0.0.1");
	SAY(f, 0, "\0\3abc\0\0"); /* two at once, the second one empty */
	wait_for(f, seven_bytes);
	assert_memory_equal(f->got, "\0\3abc\0\0", 7);
	assert_int_equal(f->number, 7);
	assert_int_equal(counter(f, "tcp.received"), 2);
	assert_int_equal(counter(f, "tcp.sent"), 2);
	assert_int_equal(counter(f, "tcp.accepted"), 1);
}

/* It has asked and will not speak again; the answer comes all the same. */
static void half_closed_peer_is_answered(void **state)
{
	struct fixture *f = *state;

	start(f, TOO_LONG);
	connect_from(f, 0, "127.0.0.1");
	SAY(f, 0, "\0\5abcde");
	assert_int_equal(shutdown(f->peers[0], SHUT_WR), 0);
	wait_for(f, seven_bytes);
	wait_for(f, one_closed);
}

static void answer_may_come_later(void **state)
{
	struct fixture *f = *state;

	start(f, TOO_LONG);
	f->keep = true;
	connect_from(f, 0, "127.0.0.1");
	SAY(f, 0, "\0\1a\0\1b");
	wait_for(f, one_message);
	assert_int_equal(f->messages, 1); /* the second waits for the first one's answer */
	f->keep = false;
	tcp_send(f->kept, (const uint8_t *)"12345", 5);
	wait_for(f, seven_bytes);
	assert_memory_equal(f->got, "\0\00512345", 7);
}

static void owner_may_close(void **state)
{
	struct fixture *f = *state;

	start(f, TOO_LONG);
	connect_from(f, 0, "127.0.0.1");
	SAY(f, 0, "\0\1!\0\1a");
	wait_for(f, one_closed);
	assert_int_equal(f->messages, 1);
}

static void long_answer_goes_to_a_slow_reader(void **state)
{
	struct fixture *f = *state;
	int size = 4096;

	start(f, TOO_LONG);
	f->answer_len = BIG;
	connect_from(f, 0, "127.0.0.1");
	setsockopt(f->peers[0], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	SAY(f, 0, "\0\1a");
	wait_for(f, one_message);
	wait_for(f, all_of_it);
	assert_memory_equal(f->got, "\xFD\xE8xxx", 5);
	assert_int_equal(f->got[BIG + 1], 'x');
}

static void oversized_message_ends_the_connection(void **state)
{
	struct fixture *f = *state;

	start(f, TOO_LONG);
	connect_from(f, 0, "127.0.0.1");
	SAY(f, 0, "\0\145"); /* 101 */
	wait_for(f, one_closed);
	assert_int_equal(counter(f, "tcp.too-long"), 1);
	assert_int_equal(f->messages, 0);
}

static bool seven_turned_away(struct fixture *f)
{
	return counter(f, "tcp.too-many") == 7;
}

/* Three of one source, six in all. */
static void connections_are_bounded(void **state)
{
	struct fixture *f = *state;

	start(f, TOO_LONG);
	for (size_t i = 0; i < 5; i++)
		connect_from(f, i, "127.0.0.1");
	for (size_t i = 5; i < 9; i++)
		connect_from(f, i, "127.0.0.2");
	for (size_t i = 9; i < 13; i++)
		connect_from(f, i, "127.0.0.3");
	wait_for(f, seven_turned_away);
	assert_int_equal(counter(f, "tcp.accepted"), 6);
	SAY(f, 0, "\0\5abcde"); /* those who are in are served */
	wait_for(f, seven_bytes);
}

static bool one_refused(struct fixture *f)
{
	return counter(f, "tcp.refused") == 1;
}

static void whoever_may_not_is_turned_away(void **state)
{
	struct fixture *f = *state;
	char byte;

	start(f, TOO_LONG);
	f->refuse = true;
	connect_from(f, 0, "127.0.0.1");
	wait_for(f, one_refused);
	assert_int_equal(recv(f->peers[0], &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	assert_int_equal(f->closed, 0);
}

static bool three_closed(struct fixture *f)
{
	return f->closed >= 3;
}

/* One says nothing, one half a question, one does not take the answer. */
static void nobody_may_take_for_ever(void **state)
{
	struct fixture *f = *state;

	start(f, 50);
	f->answer_len = BIG;
	connect_from(f, 0, "127.0.0.1");
	connect_from(f, 1, "127.0.0.1");
	connect_from(f, 2, "127.0.0.1");
	SAY(f, 1, "\0\5ab");
	for (int i = 0; i < 200; i++) /* more answers than any buffer takes */
		SAY(f, 2, "\0\1a");
	wait_for(f, three_closed);
	assert_int_equal(counter(f, "tcp.timeout"), 3);
}

/* The owner's own work on an answer is not the peer's fault. */
static void work_has_no_time_limit(void **state)
{
	struct fixture *f = *state;

	start(f, 50);
	f->keep = true;
	connect_from(f, 0, "127.0.0.1");
	connect_from(f, 1, "127.0.0.2");
	SAY(f, 0, "\0\1a");
	wait_for(f, one_closed); /* the other one */
	assert_non_null(f->kept);
	tcp_send(f->kept, (const uint8_t *)"12345", 5);
	wait_for(f, seven_bytes);
}

/* While it talks, and while it is being answered. */
static void peers_that_vanish_are_forgotten(void **state)
{
	struct fixture *f = *state;
	const struct linger reset = { .l_onoff = 1 };

	start(f, TOO_LONG);
	f->keep = true;
	for (size_t i = 0; i < 3; i++)
		connect_from(f, i, "127.0.0.1");
	SAY(f, 0, "\0\1a");
	wait_for(f, one_message);
	SAY(f, 2, "\0\5ab");
	for (size_t i = 0; i < 3; i++) {
		setsockopt(f->peers[i], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(f->peers[i]);
		f->peers[i] = -1;
	}
	wait_for(f, one_closed);
	if (f->kept != NULL)
		tcp_send(f->kept, f->answer, BIG);
	wait_for(f, three_closed);
	f->keep = false;
	connect_from(f, 0, "127.0.0.1"); /* the listener has survived it */
	SAY(f, 0, "\0\5abcde");
	wait_for(f, seven_bytes);
}

static bool twenty_turns_later(struct fixture *f)
{
	return ++f->looks > 20;
}

static void descriptors_may_run_out(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, none;

	if (is_in_valgrind())
		skip();
	start(f, 200);
	connect_from(f, 0, "127.0.0.1");
	SAY(f, 0, "\0\5abcde");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	wait_for(f, twenty_turns_later);
	assert_int_equal(counter(f, "tcp.accepted"), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	wait_for(f, seven_bytes);
}

static void taken_port_is_told(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in local;
	struct tcp_listener *second;

	start(f, TOO_LONG);
	local = tcp_listener_address(f->listener);
	assert_int_equal(tcp_listen(&second, f->tcp, &local, 8), -EADDRINUSE);
	assert_null(second);
	local.sin_addr.s_addr = inet_addr("192.0.2.1");
	assert_int_equal(tcp_listen(&second, f->tcp, &local, 8), -EADDRNOTAVAIL);
}

static void closing_a_listener_closes_its_connections(void **state)
{
	struct fixture *f = *state;

	start(f, TOO_LONG);
	f->keep = true;
	connect_from(f, 0, "127.0.0.1");
	SAY(f, 0, "\0\1a");
	wait_for(f, one_message);
	tcp_listener_close(f->listener);
	assert_int_equal(f->closed, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(questions_are_answered),
		TEST(half_closed_peer_is_answered),
		TEST(answer_may_come_later),
		TEST(owner_may_close),
		TEST(long_answer_goes_to_a_slow_reader),
		TEST(oversized_message_ends_the_connection),
		TEST(connections_are_bounded),
		TEST(whoever_may_not_is_turned_away),
		TEST(nobody_may_take_for_ever),
		TEST(work_has_no_time_limit),
		TEST(peers_that_vanish_are_forgotten),
		TEST(descriptors_may_run_out),
		TEST(taken_port_is_told),
		TEST(closing_a_listener_closes_its_connections),
	};

	return cmocka_run_group_tests_name("tcp", tests, NULL, NULL);
}
