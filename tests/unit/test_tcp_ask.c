/* Questions by TCP to name servers that answer, in pieces or wrongly or not at all. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/loop.h"
#include "common/tcp_ask.h"

#define TOO_LONG 20000 /* ms; only a test that fails waits so long */
#define SOON     50    /* ms */
#define LONGEST  65535
#define QUESTION "who?"
#define TOKEN    7

struct fixture {
	struct loop *loop;
	struct loop_timer *look; /* in each turn the server does one thing */
	struct tcp_ask *ask;
	int listener, server;
	const struct server_case *does;
	size_t said;    /* of what it does */
	uint8_t *asked; /* what it has read */
	size_t asked_len, wanted;
	bool is_gone; /* it has seen the end */
	size_t told;
	bool is_answered, late;
	uint8_t answer[LONGEST];
	size_t len;
};

/* What a server says, by pieces, and what that is an answer of. */
struct server_case {
	const char *what;
	const char *bytes;
	size_t len, piece;
	bool closes;
	const char *answer; /* NULL: none */
	size_t answer_len;
};

#define SAYS(literal) literal, sizeof(literal) - 1

static const struct server_case cases[] = {
	{ "an answer", SAYS("\0\3abc"), 9, false, SAYS("abc") },
	{ "a byte at a time", SAYS("\0\3abc"), 1, false, SAYS("abc") },
	{ "an answer, and it closes", SAYS("\0\3abc"), 9, true, SAYS("abc") },
	{ "an empty one", SAYS("\0\0"), 9, false, SAYS("") },
	{ "of two the first counts", SAYS("\0\1a\0\1b"), 9, false, SAYS("a") },
	{ "more than was announced", SAYS("\0\1abc"), 9, false, SAYS("a") },
	{ "it closes without a word", SAYS(""), 1, true, NULL, 0 },
	{ "it closes in the length", SAYS("\0"), 1, true, NULL, 0 },
	{ "it closes in the answer", SAYS("\0\3ab"), 9, true, NULL, 0 },
	{ "it announces the longest and closes", SAYS("\377\377abc"), 9, true, NULL, 0 },
};

/*
 * The server.
 */

static void accept_one(struct fixture *f)
{
	f->server = accept(f->listener, NULL, NULL);
	if (f->server >= 0)
		assert_int_equal(fcntl(f->server, F_SETFL, O_NONBLOCK), 0);
}

static void hear(struct fixture *f)
{
	ssize_t got = recv(f->server, f->asked + f->asked_len, LONGEST + 2 - f->asked_len, 0);

	if (got > 0)
		f->asked_len += (size_t)got;
	f->is_gone |= got == 0 && f->asked_len < LONGEST + 2;
}

static void say(struct fixture *f)
{
	const struct server_case *does = f->does;
	size_t piece = does->len - f->said < does->piece ? does->len - f->said : does->piece;

	if (piece > 0)
		(void)send(f->server, does->bytes + f->said, piece, MSG_NOSIGNAL);
	f->said += piece;
	if (f->said == does->len && does->closes)
		(void)shutdown(f->server, SHUT_WR);
}

static void on_look(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	if (f->server < 0)
		accept_one(f);
	else
		hear(f);
	if (f->server >= 0 && f->does != NULL && f->asked_len >= f->wanted)
		say(f);
	if (f->told > 0 || f->is_gone || (f->does == NULL && f->asked_len == f->wanted))
		loop_stop(f->loop);
}

/*
 * Who asks.
 */

static void told(void *ctx, uint32_t token, const uint8_t *bytes, size_t len,
		 const struct nbt_env *env)
{
	struct fixture *f = ctx;

	assert_int_equal(token, TOKEN);
	assert_true(env->now_ms > 0);
	f->told++;
	f->ask = NULL;
	f->is_answered = bytes != NULL;
	f->len = len;
	if (len > 0)
		memcpy(f->answer, bytes, len);
}

static int ask(struct fixture *f, const void *question, size_t len, uint64_t timeout_ms)
{
	struct tcp_ask_options options = { .bytes = question,
					   .len = len,
					   .timeout_ms = timeout_ms,
					   .told = told,
					   .ctx = f,
					   .token = TOKEN };
	socklen_t size = sizeof(options.to);

	assert_int_equal(getsockname(f->listener, (struct sockaddr *)&options.to, &size), 0);
	f->wanted = len + 2;
	return tcp_ask(&f->ask, f->loop, &options);
}

static void run(struct fixture *f)
{
	loop_timer_set(f->look, 0, 1);
	assert_int_equal(loop_run(f->loop), 0);
	assert_false(f->late);
}

static void on_deadline(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	f->late = true;
	loop_stop(f->loop);
}

static int set_up(void **state)
{
	static const struct loop_events events = { .deadline = on_deadline };
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	f->server = -1;
	f->asked = calloc(1, LONGEST + 2);
	f->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(f->listener, (const struct sockaddr *)&local, sizeof(local)), 0);
	assert_int_equal(listen(f->listener, 1), 0);
	assert_int_equal(loop_create(&f->loop, &events, f), 0);
	assert_int_equal(loop_timer_open(&f->look, f->loop, on_look, f), 0);
	loop_set_deadline(f->loop, loop_env(f->loop).now_ms + TOO_LONG);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	tcp_ask_cancel(f->ask);
	tcp_ask_cancel(NULL);
	loop_timer_close(f->look);
	loop_destroy(f->loop);
	if (f->server >= 0)
		close(f->server);
	close(f->listener);
	free(f->asked);
	free(f);
	return 0;
}

static bool is_as_expected(const struct fixture *f, const struct server_case *c)
{
	if (c->answer == NULL)
		return !f->is_answered;
	return f->is_answered && f->len == c->answer_len &&
	       memcmp(f->answer, c->answer, f->len) == 0;
}

static void one_answer_is_taken(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct server_case *c = &cases[i];
		struct fixture *f;

		tear_down(state);
		set_up(state);
		f = *state;
		f->does = c;
		assert_int_equal(ask(f, QUESTION, 4, TOO_LONG), 0);
		run(f);
		assert_memory_equal(f->asked, "\0\4" QUESTION, 6);
		if (f->told != 1 || !is_as_expected(f, c))
			fail_msg("%s", c->what);
	}
}

/* Both lengths are the largest that there are; the answer is the question. */
static void the_longest_goes_and_comes(void **state)
{
	static char bytes[LONGEST + 2];
	const struct server_case echo = { "", bytes, sizeof(bytes), 9999, false, NULL, 0 };
	struct fixture *f = *state;

	memset(bytes, 'x', sizeof(bytes));
	bytes[0] = bytes[1] = '\377';
	f->does = &echo;
	assert_int_equal(ask(f, bytes + 2, LONGEST, TOO_LONG), 0);
	run(f);
	assert_int_equal(f->asked_len, sizeof(bytes));
	assert_memory_equal(f->asked, bytes, sizeof(bytes));
	assert_true(f->is_answered);
	assert_int_equal(f->len, LONGEST);
	assert_memory_equal(f->answer, bytes + 2, LONGEST);
}

static void a_longer_question_is_refused(void **state)
{
	static const uint8_t bytes[LONGEST + 1];

	assert_int_equal(ask(*state, bytes, sizeof(bytes), TOO_LONG), -EMSGSIZE);
	assert_null(((struct fixture *)*state)->ask);
}

static void a_silent_server_is_given_up(void **state)
{
	const struct server_case nothing = { "", "", 0, 1, false, NULL, 0 };
	struct fixture *f = *state;

	f->does = &nothing;
	assert_int_equal(ask(f, QUESTION, 4, SOON), 0);
	run(f);
	assert_int_equal(f->told, 1);
	assert_false(f->is_answered);
}

/* ... and one that has begun to answer. */
static void half_an_answer_is_none(void **state)
{
	const struct server_case half = { "", SAYS("\0\3ab"), 9, false, NULL, 0 };
	struct fixture *f = *state;

	f->does = &half;
	assert_int_equal(ask(f, QUESTION, 4, SOON), 0);
	run(f);
	assert_int_equal(f->told, 1);
	assert_false(f->is_answered);
}

/* The system says so at once, or in the next turn. */
static void nobody_listens(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in local;
	socklen_t size = sizeof(local);
	int closed = f->listener;

	assert_int_equal(getsockname(closed, (struct sockaddr *)&local, &size), 0);
	close(closed);
	f->listener =
		socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); /* has it, without listening */
	assert_int_equal(bind(f->listener, (const struct sockaddr *)&local, size), 0);
	if (ask(f, QUESTION, 4, TOO_LONG) < 0) {
		assert_null(f->ask);
		return;
	}
	run(f);
	assert_int_equal(f->told, 1);
	assert_false(f->is_answered);
}

static void a_question_that_is_cancelled_is_not_told(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask(f, QUESTION, 4, TOO_LONG), 0);
	run(f); /* it is asked */
	tcp_ask_cancel(f->ask);
	f->ask = NULL;
	f->wanted = SIZE_MAX;
	run(f); /* the server sees the end */
	assert_true(f->is_gone);
	assert_int_equal(f->told, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(one_answer_is_taken),
		TEST(the_longest_goes_and_comes),
		TEST(a_longer_question_is_refused),
		TEST(a_silent_server_is_given_up),
		TEST(half_an_answer_is_none),
		TEST(nobody_listens),
		TEST(a_question_that_is_cancelled_is_not_told),
	};

	return cmocka_run_group_tests_name("tcp_ask", tests, NULL, NULL);
}
