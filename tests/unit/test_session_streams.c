/* The session service on loopback: clients that behave, and clients that don't. */
#include "waiting.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/session_streams.h"

#define TOO_LONG  60000 /* ms; no test takes it */
#define FRAME_MAX 70000
#define BIG       60000 /* of an answer; more than one of them does not fit into small buffers */
#define BIGS      100
#define STATE     560
#define CLIENTS   8
#define MEMORY    (1 << 24)

struct client {
	int fd;
	uint8_t *got;
	size_t len, size;
	bool is_over, is_reset;
};

struct fixture {
	struct waiting waiting;
	struct session_streams *streams;
	struct session_listener *listener;
	bool refuse;
	size_t frames, opened, wanted, looks;
	struct client clients[CLIENTS];
};

/*
 * The server: what the first byte of a frame says.
 */

struct owned {
	bool is_settled;
	uint8_t rest[STATE - 1];
};

static bool may_connect(void *ctx, struct in_addr source)
{
	const struct fixture *f = ctx;

	assert_int_equal(ntohl(source.s_addr) >> 24, IN_LOOPBACKNET);
	return !f->refuse;
}

static void opened(void *ctx, struct session_stream *stream, const struct nbt_env *env)
{
	static const uint8_t zero[STATE];
	struct fixture *f = ctx;

	assert_true(env->now_ms > 0);
	assert_memory_equal(session_stream_state(stream), zero, STATE);
	assert_int_equal(session_stream_number(stream), 7);
	assert_int_equal(ntohl(session_stream_peer(stream).sin_addr.s_addr) >> 24, IN_LOOPBACKNET);
	f->opened++;
}

static void send_big(struct session_stream *stream, uint8_t mark)
{
	uint8_t bytes[4 + BIG] = { 0, 0, BIG >> 8, BIG & 0xff };

	memset(bytes + 4, mark, BIG);
	session_stream_send(stream, bytes, sizeof(bytes));
}

static bool frame(void *ctx, struct session_stream *stream, const uint8_t *bytes, size_t len,
		  const struct nbt_env *env)
{
	struct fixture *f = ctx;
	struct owned *owned = session_stream_state(stream);
	uint8_t what = len > 4 ? bytes[4] : 0;

	(void)env;
	f->frames++;
	if (what == 's')
		owned->is_settled = true;
	if (what == 'b')
		for (uint8_t i = 0; i < BIGS; i++)
			send_big(stream, i);
	else if (what != 'n')
		session_stream_send(stream, bytes, len);
	if (what == '2')
		session_stream_send(stream, bytes, len);
	return len == 4 || bytes[len - 1] != '.';
}

static bool is_settled(void *ctx, const struct session_stream *stream)
{
	const struct owned *owned = session_stream_state_of(stream);

	(void)ctx;
	return owned->is_settled;
}

static const struct session_events session_events = { may_connect, opened, frame, is_settled };

static void start(struct fixture *f, const struct session_limits *limits)
{
	const struct session_options options = { .frame_max = FRAME_MAX,
						 .state_size = STATE,
						 .limits = *limits };
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_addr = { htonl(INADDR_LOOPBACK) } };

	assert_int_equal(
		session_streams_create(&f->streams, f->waiting.loop, &options, &session_events, f),
		0);
	assert_int_equal(session_listen(&f->listener, f->streams, &local, 7), 0);
}

static void start_patient(struct fixture *f)
{
	start(f, &(struct session_limits){ 100, 100, TOO_LONG, TOO_LONG, MEMORY });
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	waiting_open(&f->waiting, f);
	for (size_t i = 0; i < CLIENTS; i++)
		f->clients[i].fd = -1;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int ret;

	session_streams_destroy(f->streams);
	session_streams_destroy(NULL);
	session_listener_close(NULL);
	waiting_close(&f->waiting);
	for (size_t i = 0; i < CLIENTS; i++) {
		if (f->clients[i].fd >= 0)
			close(f->clients[i].fd);
		free(f->clients[i].got);
	}
	ret = f->waiting.is_late ? -1 : 0;
	free(f);
	return ret;
}

static uint64_t counter(const struct fixture *f, const char *name)
{
	const struct stats *stats = session_streams_stats(f->streams);

	for (size_t i = 0; i < stats->count; i++)
		if (strcmp(stats->names[i], name) == 0)
			return stats->values[i];
	fail_msg("no counter %s", name);
	return 0;
}

/*
 * The clients.
 */

/* buffer: of what it receives; 0: as the system has it. */
static void connect_with(struct fixture *f, size_t number, const char *source, int buffer)
{
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_addr = { inet_addr(source) } };
	const struct sockaddr_in server = session_listener_address(f->listener);
	struct client *client = &f->clients[number];

	client->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (buffer > 0)
		assert_int_equal(
			setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer)), 0);
	assert_int_equal(bind(client->fd, (const struct sockaddr *)&local, sizeof(local)), 0);
	assert_int_equal(connect(client->fd, (const struct sockaddr *)&server, sizeof(server)), 0);
	assert_int_equal(fcntl(client->fd, F_SETFL, O_NONBLOCK), 0);
}

static void connect_from(struct fixture *f, size_t number, const char *source)
{
	connect_with(f, number, source, 0);
}

static void say(struct fixture *f, size_t number, const char *bytes, size_t len)
{
	assert_int_equal(send(f->clients[number].fd, bytes, len, MSG_NOSIGNAL), len);
}

#define SAY(f, number, literal) say(f, number, literal, sizeof(literal) - 1)

/* Takes what has come. */
static void take(struct fixture *f, size_t number)
{
	struct client *client = &f->clients[number];
	ssize_t got;

	if (client->fd < 0 || client->is_over)
		return;
	if (client->size - client->len < 65536) {
		client->size += 1 << 20;
		client->got = realloc(client->got, client->size);
		assert_non_null(client->got);
	}
	got = recv(client->fd, client->got + client->len, client->size - client->len, 0);
	if (got > 0)
		client->len += (size_t)got;
	client->is_over = got == 0 || (got < 0 && errno != EAGAIN);
	client->is_reset = got < 0 && errno != EAGAIN;
}

static bool first_has_enough(void *ctx)
{
	struct fixture *f = ctx;
	take(f, 0);
	return f->clients[0].len >= f->wanted;
}

static void expect(struct fixture *f, const char *bytes, size_t len)
{
	f->wanted = len;
	wait_until(&f->waiting, first_has_enough);
	assert_int_equal(f->clients[0].len, len);
	assert_memory_equal(f->clients[0].got, bytes, len);
	f->clients[0].len = 0;
}

#define EXPECT(f, literal) expect(f, literal, sizeof(literal) - 1)

static bool first_is_over(void *ctx)
{
	struct fixture *f = ctx;
	take(f, 0);
	return f->clients[0].is_over;
}

static bool second_is_over(void *ctx)
{
	struct fixture *f = ctx;
	take(f, 1);
	return f->clients[1].is_over;
}

static bool all_are_open(void *ctx)
{
	struct fixture *f = ctx;
	return f->opened >= f->wanted;
}

static bool all_are_gone(void *ctx)
{
	struct fixture *f = ctx;
	return session_streams_count(f->streams) == 0;
}

static bool frames_have_come(void *ctx)
{
	struct fixture *f = ctx;
	return f->frames >= f->wanted;
}

static bool one_has_timed_out(void *ctx)
{
	struct fixture *f = ctx;
	return counter(f, "smb.timeout") == 1;
}

/* Settles, as a client does that has got as far as a tree. */
static void settle(struct fixture *f, size_t number)
{
	f->wanted = f->frames + 1;
	SAY(f, number, "\0\0\0\1s");
	wait_until(&f->waiting, frames_have_come);
}

static void open_to(struct fixture *f, size_t number, const char *source)
{
	f->wanted = f->opened + 1;
	connect_from(f, number, source);
	wait_until(&f->waiting, all_are_open);
}

static bool is_open(struct fixture *f, size_t number)
{
	take(f, number);
	return !f->clients[number].is_over;
}

static bool memory_is_so(void *ctx)
{
	struct fixture *f = ctx;
	return session_streams_memory(f->streams) == f->wanted;
}

static void have_turns_until_memory_is(struct fixture *f, size_t memory)
{
	f->wanted = memory;
	wait_until(&f->waiting, memory_is_so);
}

static bool two_are_left(void *ctx)
{
	struct fixture *f = ctx;
	return session_streams_count(f->streams) == 2;
}

/*
 * Frames.
 */

static void frames_are_answered_once_or_more_often_or_not_at_all(void **state)
{
	struct fixture *f = *state;

	start_patient(f);
	connect_from(f, 0, "127.0.0.1");
	SAY(f, 0,
	    "\0\0\0\3abc\x85\0\0\0\0\0\0\1n\0\0\0\2"
	    "2x\0\0\0\1z");
	EXPECT(f, "\0\0\0\3abc\x85\0\0\0\0\0\0\2"
		  "2x\0\0\0\2"
		  "2x\0\0\0\1z");
	assert_int_equal(counter(f, "smb.accepted"), 1);
	assert_int_equal(counter(f, "smb.received"), 5);
	assert_int_equal(counter(f, "smb.sent"), 5);
}

static void frames_may_come_byte_by_byte(void **state)
{
	static const char frame_of_ten[] = "\0\0\0\6abcdef";
	struct fixture *f = *state;
	size_t empty;

	start_patient(f);
	open_to(f, 0, "127.0.0.1");
	empty = session_streams_memory(f->streams);
	for (size_t i = 0; i < 9; i++) {
		say(f, 0, frame_of_ten + i, 1);
		have_turns_until_memory_is(f, empty + i + 1);
	}
	assert_int_equal(f->frames, 0);
	assert_int_equal(session_streams_memory(f->streams), empty + 9);
	say(f, 0, frame_of_ten + 9, 1);
	expect(f, frame_of_ten, 10);
	assert_int_equal(session_streams_memory(f->streams), empty);
}

static void the_longest_frame_is_taken(void **state)
{
	static char longest[FRAME_MAX] = { 0, 1, (FRAME_MAX - 4) >> 8 & 0xff,
					   (FRAME_MAX - 4) & 0xff };
	struct fixture *f = *state;

	memset(longest + 4, 'x', sizeof(longest) - 4);
	start_patient(f);
	connect_from(f, 0, "127.0.0.1");
	say(f, 0, longest, sizeof(longest));
	expect(f, longest, sizeof(longest));
}

static void a_longer_one_ends_the_connection(void **state)
{
	struct fixture *f = *state;

	start_patient(f);
	connect_from(f, 0, "127.0.0.1");
	SAY(f, 0, "\0\1\x11\x6d"); /* one byte more */
	wait_until(&f->waiting, first_is_over);
	assert_int_equal(f->frames, 0);
	assert_int_equal(counter(f, "smb.too-long"), 1);
}

/*
 * Ends.
 */

static bool are_bigs(const uint8_t *got)
{
	for (size_t i = 0; i < BIGS; i++) {
		const uint8_t *one = got + i * (4 + BIG);

		if (one[4] != i || one[3 + BIG] != i)
			return false;
	}
	return true;
}

/* It has sent more than was read: a reset would take the answers away. */
static void the_end_comes_after_the_answers(void **state)
{
	struct fixture *f = *state;

	start_patient(f);
	connect_with(f, 0, "127.0.0.1", 4096);
	SAY(f, 0, "\0\0\0\2b.\0\0\0\3not\0\0\0\4read");
	wait_until(&f->waiting, first_is_over);
	assert_false(f->clients[0].is_reset);
	assert_int_equal(f->clients[0].len, BIGS * (4 + BIG));
	assert_true(are_bigs(f->clients[0].got));
	assert_int_equal(f->frames, 1);
	assert_int_equal(counter(f, "smb.ended"), 1);
	close(f->clients[0].fd);
	f->clients[0].fd = -1;
	wait_until(&f->waiting, all_are_gone);
}

static void who_does_not_leave_after_the_end_is_left(void **state)
{
	struct fixture *f = *state;

	start(f, &(struct session_limits){ 100, 100, 200, TOO_LONG, MEMORY });
	open_to(f, 0, "127.0.0.1");
	SAY(f, 0, "\0\0\0\2s.");
	open_to(f, 1, "127.0.0.1"); /* who had settled has no more time for that */
	settle(f, 1);
	SAY(f, 1, "\0\0\0\2a.");
	wait_until(&f->waiting, all_are_gone);
	assert_int_equal(counter(f, "smb.timeout"), 2);
}

static void what_comes_after_the_end_is_not_read(void **state)
{
	struct fixture *f = *state;

	start_patient(f);
	connect_from(f, 0, "127.0.0.1");
	SAY(f, 0, "\0\0\0\2a.\0\0\0\3not\0\0\0\4read");
	wait_until(&f->waiting, first_is_over);
	assert_int_equal(f->clients[0].len, 6);
	assert_int_equal(f->frames, 1);
}

static void a_client_may_go_at_any_time(void **state)
{
	struct fixture *f = *state;

	start_patient(f);
	connect_from(f, 0, "127.0.0.1");
	connect_with(f, 1, "127.0.0.1", 4096);
	SAY(f, 0, "\0\0\0\3ab");
	f->wanted = 1;
	SAY(f, 1, "\0\0\0\1b");
	wait_until(&f->waiting, frames_have_come);
	close(f->clients[0].fd);
	close(f->clients[1].fd); /* with a reset: it has not read all */
	f->clients[0].fd = f->clients[1].fd = -1;
	wait_until(&f->waiting, all_are_gone);
}

static void connections_end_with_their_listener(void **state)
{
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct session_listener *first, *again;
	struct sockaddr_in address;
	struct fixture *f = *state;

	start_patient(f);
	open_to(f, 0, "127.0.0.1");
	first = f->listener;
	address = session_listener_address(first);
	assert_int_equal(session_listen(&again, f->streams, &address, 7), -EADDRINUSE);
	assert_null(again);
	assert_int_equal(session_listen(&f->listener, f->streams, &local, 7), 0);
	open_to(f, 1, "127.0.0.1");
	session_listener_close(first);
	wait_until(&f->waiting, first_is_over);
	assert_true(is_open(f, 1));
	assert_int_equal(session_streams_count(f->streams), 1);
}

/*
 * Patience.
 */

/* Whatever it says meanwhile. */
static bool first_is_over_though_it_speaks(void *ctx)
{
	struct fixture *f = ctx;
	(void)send(f->clients[0].fd, "\0\0\0\1n", 5, MSG_NOSIGNAL);
	return first_is_over(f);
}

static uint64_t now_ms(const struct fixture *f)
{
	return loop_env(f->waiting.loop).now_ms;
}

static void who_does_not_settle_is_closed(void **state)
{
	struct fixture *f = *state;
	uint64_t before_ms;

	start(f, &(struct session_limits){ 100, 100, 200, TOO_LONG, MEMORY });
	open_to(f, 1, "127.0.0.1");
	settle(f, 1);
	before_ms = now_ms(f);
	connect_from(f, 0, "127.0.0.1");
	wait_until(&f->waiting, first_is_over_though_it_speaks);
	assert_true(now_ms(f) >= before_ms + 200);
	assert_true(f->frames > 2);
	assert_int_equal(counter(f, "smb.timeout"), 1);
	assert_true(is_open(f, 1));
}

static void half_a_frame_is_not_waited_for(void **state)
{
	struct fixture *f = *state;

	start(f, &(struct session_limits){ 100, 100, 200, TOO_LONG, MEMORY });
	open_to(f, 0, "127.0.0.1");
	open_to(f, 1, "127.0.0.1");
	settle(f, 0);
	settle(f, 1);
	SAY(f, 0, "\0\0\0\3ab");
	wait_until(&f->waiting, first_is_over);
	assert_true(is_open(f, 1));
}

static bool it_is_time(void *ctx)
{
	const struct fixture *f = ctx;

	return now_ms(f) >= f->wanted;
}

/* However long it had been idle before. */
static void half_a_frame_has_its_time(void **state)
{
	struct fixture *f = *state;
	uint64_t before_ms;

	start(f, &(struct session_limits){ 100, 100, 200, TOO_LONG, MEMORY });
	open_to(f, 0, "127.0.0.1");
	settle(f, 0);
	f->wanted = now_ms(f) + 250;
	wait_until(&f->waiting, it_is_time);
	before_ms = now_ms(f);
	SAY(f, 0, "\0\0\0\3ab");
	wait_until(&f->waiting, first_is_over);
	assert_true(now_ms(f) >= before_ms + 200);
}

static void who_is_idle_for_long_is_closed(void **state)
{
	struct fixture *f = *state;

	start(f, &(struct session_limits){ 100, 100, 100, 300, MEMORY });
	open_to(f, 0, "127.0.0.1");
	settle(f, 0);
	wait_until(&f->waiting, first_is_over);
	assert_int_equal(counter(f, "smb.timeout"), 1);
}

/* It asks again and again: one answer is kept for it, and no more is read. */
static void who_does_not_read_is_not_read(void **state)
{
	struct fixture *f = *state;

	start(f, &(struct session_limits){ 100, 100, 300, TOO_LONG, MEMORY });
	connect_with(f, 1, "127.0.0.1", 4096);
	settle(f, 1);
	for (int i = 0; i < 20; i++)
		SAY(f, 1, "\0\0\0\1b");
	f->wanted = 2;
	wait_until(&f->waiting, frames_have_come);
	assert_in_range(session_streams_memory(f->streams), FRAME_MAX,
			FRAME_MAX + BIGS * (4 + BIG) + 8192);
	open_to(f, 0, "127.0.0.1");
	settle(f, 0);
	assert_true(is_open(f, 0));
	wait_until(&f->waiting, one_has_timed_out);
	assert_true(is_open(f, 0));
	assert_int_equal(f->frames, 3);
}

/* Whether it is read in the end, or its client goes. */
static void what_was_kept_of_an_answer_is_given_back(void **state)
{
	struct fixture *f = *state;
	size_t empty;

	start_patient(f);
	connect_with(f, 0, "127.0.0.1", 4096);
	SAY(f, 0, "\0\0\0\1a");
	EXPECT(f, "\0\0\0\1a");
	empty = session_streams_memory(f->streams);
	for (size_t i = 1; i <= 2; i++) {
		f->wanted = f->frames + 1;
		SAY(f, 0, "\0\0\0\1b");
		wait_until(&f->waiting, frames_have_come);
		assert_true(session_streams_memory(f->streams) > empty);
		f->wanted = i * BIGS * (4 + BIG);
		wait_until(&f->waiting, first_has_enough);
		have_turns_until_memory_is(f, empty);
	}
	f->wanted = f->frames + 1;
	SAY(f, 0, "\0\0\0\1b");
	wait_until(&f->waiting, frames_have_come);
	connect_from(f, 1, "127.0.0.1");
	f->wanted = 2;
	wait_until(&f->waiting, all_are_open);
	close(f->clients[0].fd);
	f->clients[0].fd = -1;
	have_turns_until_memory_is(f, empty);
}

/*
 * Limits.
 */

static void strangers_are_refused(void **state)
{
	struct fixture *f = *state;

	start_patient(f);
	f->refuse = true;
	connect_from(f, 0, "127.0.0.1");
	wait_until(&f->waiting, first_is_over);
	assert_true(f->clients[0].is_reset);
	assert_int_equal(counter(f, "smb.refused"), 1);
	assert_int_equal(f->opened, 0);
}

static void one_source_gets_so_many(void **state)
{
	struct fixture *f = *state;

	start(f, &(struct session_limits){ 100, 2, TOO_LONG, TOO_LONG, MEMORY });
	open_to(f, 2, "127.0.0.1");
	open_to(f, 3, "127.0.0.1");
	connect_from(f, 0, "127.0.0.1");
	wait_until(&f->waiting, first_is_over);
	assert_int_equal(counter(f, "smb.too-many"), 1);
	open_to(f, 4, "127.0.0.2");
	close(f->clients[2].fd);
	f->clients[2].fd = -1;
	wait_until(&f->waiting, two_are_left);
	open_to(f, 5, "127.0.0.1");
}

static void the_oldest_that_has_not_settled_makes_room(void **state)
{
	struct fixture *f = *state;

	start(f, &(struct session_limits){ 3, 100, TOO_LONG, TOO_LONG, MEMORY });
	open_to(f, 2, "127.0.0.1");
	settle(f, 2);
	open_to(f, 0, "127.0.0.2");
	open_to(f, 1, "127.0.0.3");
	open_to(f, 3, "127.0.0.4");
	wait_until(&f->waiting, first_is_over);
	assert_true(is_open(f, 1));
	assert_true(is_open(f, 2));
	open_to(f, 4, "127.0.0.4");
	wait_until(&f->waiting, second_is_over);
	assert_int_equal(counter(f, "smb.made-room"), 2);
	assert_int_equal(session_streams_count(f->streams), 3);
}

static void who_has_settled_makes_no_room(void **state)
{
	struct fixture *f = *state;

	start(f, &(struct session_limits){ 2, 100, TOO_LONG, TOO_LONG, MEMORY });
	open_to(f, 2, "127.0.0.1");
	settle(f, 2);
	open_to(f, 3, "127.0.0.1");
	settle(f, 3);
	connect_from(f, 0, "127.0.0.2");
	wait_until(&f->waiting, first_is_over);
	assert_int_equal(counter(f, "smb.too-many"), 1);
	assert_true(is_open(f, 2));
	assert_true(is_open(f, 3));
}

static bool some_looks_later(void *ctx)
{
	struct fixture *f = ctx;
	return ++f->looks >= f->wanted;
}

/* The loop turns for the test's looks only: the listener does not ask again and again. */
static void without_descriptors_it_waits(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, none;
	size_t turns;

	if (is_in_valgrind())
		skip();
	start_patient(f);
	connect_from(f, 0, "127.0.0.1");
	SAY(f, 0, "\0\0\0\1a");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	f->wanted = f->looks + 3;
	wait_until(&f->waiting, some_looks_later);
	turns = f->waiting.turns;
	f->wanted = f->looks + 20;
	wait_until(&f->waiting, some_looks_later);
	turns = f->waiting.turns - turns;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_in_range(turns, 1, 30);
	assert_int_equal(f->opened, 0);
	EXPECT(f, "\0\0\0\1a");
}

/* One asks and does not read, one sends half a frame; who does neither is served. */
static void all_together_get_so_much_memory(void **state)
{
	struct fixture *f = *state;

	start(f, &(struct session_limits){ 100, 100, TOO_LONG, TOO_LONG, 2 });
	open_to(f, 0, "127.0.0.1");
	SAY(f, 0, "\0\0");
	f->wanted = session_streams_memory(f->streams) + 2;
	wait_until(&f->waiting, memory_is_so);
	open_to(f, 1, "127.0.0.1");
	SAY(f, 1, "\0\0");
	wait_until(&f->waiting, second_is_over);
	connect_with(f, 2, "127.0.0.1", 4096);
	f->wanted = f->frames + 1;
	SAY(f, 2, "\0\0\0\1b");
	wait_until(&f->waiting, frames_have_come);
	assert_int_equal(counter(f, "smb.no-memory"), 2);
	assert_int_equal(counter(f, "smb.failed"), 0);
	open_to(f, 3, "127.0.0.1");
	settle(f, 3);
	assert_true(is_open(f, 3));
	assert_true(is_open(f, 0));
	assert_int_equal(session_streams_count(f->streams), 2);
	SAY(f, 0, "\0\1a");
	EXPECT(f, "\0\0\0\1a");
}

static void an_idle_connection_costs_little(void **state)
{
	struct fixture *f = *state;
	size_t none, two, turns;

	start_patient(f);
	open_to(f, 0, "127.0.0.1");
	none = session_streams_memory(f->streams);
	open_to(f, 1, "127.0.0.1");
	two = session_streams_memory(f->streams);
	assert_in_range(two - none, STATE, STATE + 256);
	SAY(f, 0, "\0\0\0\3abc");
	EXPECT(f, "\0\0\0\3abc");
	assert_int_equal(session_streams_memory(f->streams), two);
	f->wanted = f->looks + 20;
	turns = f->waiting.turns;
	wait_until(&f->waiting, some_looks_later);
	assert_in_range(f->waiting.turns - turns, 1, 30);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(frames_are_answered_once_or_more_often_or_not_at_all),
		TEST(frames_may_come_byte_by_byte),
		TEST(the_longest_frame_is_taken),
		TEST(a_longer_one_ends_the_connection),
		TEST(the_end_comes_after_the_answers),
		TEST(who_does_not_leave_after_the_end_is_left),
		TEST(what_comes_after_the_end_is_not_read),
		TEST(a_client_may_go_at_any_time),
		TEST(connections_end_with_their_listener),
		TEST(who_does_not_settle_is_closed),
		TEST(half_a_frame_is_not_waited_for),
		TEST(half_a_frame_has_its_time),
		TEST(who_is_idle_for_long_is_closed),
		TEST(who_does_not_read_is_not_read),
		TEST(what_was_kept_of_an_answer_is_given_back),
		TEST(strangers_are_refused),
		TEST(one_source_gets_so_many),
		TEST(the_oldest_that_has_not_settled_makes_room),
		TEST(who_has_settled_makes_no_room),
		TEST(without_descriptors_it_waits),
		TEST(all_together_get_so_much_memory),
		TEST(an_idle_connection_costs_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
