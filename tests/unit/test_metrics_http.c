/* Metrics by HTTP: who asks as he should, who doesn't, and who takes his time. */
#include "support.h"

#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/metrics.h"
#include "common/metrics_http.h"

#define TOO_LONG 30000 /* ms; only a test that fails waits so long */
#define PATIENCE 500
#define PEERS    12
#define MANY     60000 /* metrics of the long answer */

struct fixture {
	struct loop *loop;
	struct metrics_http *http;
	struct loop_timer *look; /* at what the test waits for */
	bool (*done)(struct fixture *f);
	bool late, is_away;
	unsigned many, looks;
	uint16_t port;
	int peers[PEERS];
	bool ended[PEERS];
	char *got; /* by the first peer */
	size_t got_len, got_size;
};

static void walk(void *walk_ctx, metrics_each_fn *each, void *ctx)
{
	const struct fixture *f = walk_ctx;
	const struct metrics_visitor to = { each, ctx };

	for (unsigned i = 0; i < f->many && !f->is_away; i++)
		metrics_gauge(&to, "a", "A", i);
}

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

/* A port that nobody has. */
static uint16_t free_port(int *holder)
{
	struct sockaddr_in local = { .sin_family = AF_INET,
				     .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(local);

	*holder = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(*holder, (const struct sockaddr *)&local, sizeof(local)), 0);
	assert_int_equal(getsockname(*holder, (struct sockaddr *)&local, &len), 0);
	return ntohs(local.sin_port);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct metrics metrics = { "testd", walk, f };
	int holder;

	*state = f;
	assert_int_equal(loop_create(&f->loop, &events, f), 0);
	assert_int_equal(loop_timer_open(&f->look, f->loop, on_look, f), 0);
	loop_set_deadline(f->loop, loop_env(f->loop).now_ms + TOO_LONG);
	assert_int_equal(metrics_http_open(&f->http, f->loop, &metrics, PATIENCE), 0);
	for (size_t i = 0; i < PEERS; i++)
		f->peers[i] = -1;
	f->many = 1;
	f->got_size = 1 << 22;
	f->got = calloc(1, f->got_size);
	f->port = free_port(&holder);
	close(holder);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int ret;

	metrics_http_close(f->http);
	metrics_http_close(NULL);
	loop_timer_close(f->look);
	loop_destroy(f->loop);
	for (size_t i = 0; i < PEERS; i++)
		if (f->peers[i] >= 0)
			close(f->peers[i]);
	ret = f->late ? -1 : 0;
	free(f->got);
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

static int try_to_connect(struct fixture *f, size_t peer, int buffer)
{
	const struct sockaddr_in server = { .sin_family = AF_INET,
					    .sin_port = htons(f->port),
					    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (buffer > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	f->peers[peer] = fd;
	if (connect(fd, (const struct sockaddr *)&server, sizeof(server)) < 0)
		return -1;
	return fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void say(struct fixture *f, size_t peer, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);

	assert_int_equal(send(f->peers[peer], text, strlen(text), MSG_NOSIGNAL), len);
}

static void ask(struct fixture *f, size_t peer, const char *text)
{
	assert_int_equal(try_to_connect(f, peer, 0), 0);
	say(f, peer, text);
}

/* Whether the first peer has got everything. */
static bool first_is_served(struct fixture *f)
{
	ssize_t got =
		recv(f->peers[0], f->got + f->got_len, f->got_size - f->got_len - 1, MSG_DONTWAIT);

	if (got > 0)
		f->got_len += (size_t)got;
	return got == 0 || (got < 0 && errno != EAGAIN);
}

/* Whether everybody's connection has ended. */
static bool all_have_ended(struct fixture *f)
{
	bool all = true;
	char bytes[4096];

	for (size_t i = 0; i < PEERS; i++) {
		ssize_t got = f->peers[i] < 0 || f->ended[i]
				      ? 0
				      : recv(f->peers[i], bytes, sizeof(bytes), MSG_DONTWAIT);

		f->ended[i] = got == 0 || (got < 0 && errno != EAGAIN);
		all = all && f->ended[i];
	}
	return all;
}

static bool some_turns_later(struct fixture *f)
{
	return ++f->looks > 30;
}

static const struct request_case {
	const char *what, *request, *answer, *part;
} request_cases[] = {
	{ "metrics", "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ",
	  "# TYPE testd_a gauge\ntestd_a 0\n" },
	{ "their type", "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ",
	  "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n" },
	{ "one request per connection", "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ",
	  "Connection: close\r\n" },
	{ "HTTP 1.0", "GET /metrics HTTP/1.0\r\n\r\n", "HTTP/1.", "testd_a 0\n" },
	{ "a query string", "GET /metrics?a=b HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ",
	  "testd_a 0\n" },
	{ "another page", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 ",
	  "There is only /metrics." },
	{ "another method", "POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
	  "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n" },
	{ "no HTTP", "\x16\x03\x01\r\n\r\n", "", "" },
};

static void requests_are_answered(void **state)
{
	struct fixture *f = *state;

	metrics_http_listen(f->http, f->port);
	for (size_t i = 0; i < ARRAY_SIZE(request_cases); i++) {
		const struct request_case *c = &request_cases[i];

		memset(f->got, 0, f->got_size);
		f->got_len = 0;
		ask(f, 0, c->request);
		wait_for(f, first_is_served);
		close(f->peers[0]);
		f->peers[0] = -1;
		if (strncmp(f->got, c->answer, strlen(c->answer)) != 0 ||
		    strstr(f->got, c->part) == NULL)
			fail_msg("%s: %s", c->what, f->got);
	}
}

static void head_is_answered_without_a_body(void **state)
{
	struct fixture *f = *state;

	metrics_http_listen(f->http, f->port);
	ask(f, 0, "HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
	wait_for(f, first_is_served);
	assert_memory_equal(f->got, "HTTP/1.1 200 ", 13);
	assert_null(strstr(f->got, "testd_a"));
}

static void nothing_to_say_is_said(void **state)
{
	struct fixture *f = *state;

	f->is_away = true;
	metrics_http_listen(f->http, f->port);
	ask(f, 0, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
	wait_for(f, first_is_served);
	assert_memory_equal(f->got, "HTTP/1.1 503 ", 13);
}

static void head_of_a_request_is_bounded(void **state)
{
	struct fixture *f = *state;
	static char line[20000];

	metrics_http_listen(f->http, f->port);
	memset(line, 'a', sizeof(line) - 1);
	ask(f, 0, "GET /metrics HTTP/1.1\r\nX: ");
	say(f, 0, line);
	wait_for(f, all_have_ended);
}

/* One says nothing, one half a request, one does not take the answer; the rest waits for its turn
 * meanwhile. */
static void nobody_may_take_for_ever(void **state)
{
	struct fixture *f = *state;

	f->many = MANY;
	metrics_http_listen(f->http, f->port);
	assert_int_equal(try_to_connect(f, 1, 0), 0);
	ask(f, 2, "GET /metrics HTTP/1.1\r\nHost:");
	for (size_t i = 3; i < 9; i++) {
		assert_int_equal(try_to_connect(f, i, 4096), 0);
		say(f, i, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	wait_for(f, some_turns_later);
	ask(f, 0, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
	wait_for(f, first_is_served);
	assert_non_null(strstr(f->got, "testd_a 59999\n"));
	wait_for(f, all_have_ended);
}

static bool can_connect(struct fixture *f)
{
	close(f->peers[0]);
	return try_to_connect(f, 0, 0) == 0;
}

static void port_is_changed(void **state)
{
	struct fixture *f = *state;
	int holder;

	metrics_http_listen(f->http, f->port);
	assert_int_equal(try_to_connect(f, 0, 0), 0);
	metrics_http_listen(f->http, 0);
	assert_false(can_connect(f));
	f->port = free_port(&holder);
	close(holder);
	metrics_http_listen(f->http, f->port);
	metrics_http_listen(f->http, f->port);
	assert_true(can_connect(f));
}

static void port_that_is_taken_is_tried_again(void **state)
{
	struct fixture *f = *state;
	int holder;

	f->port = free_port(&holder);
	metrics_http_listen(f->http, f->port);
	wait_for(f, some_turns_later);
	assert_false(can_connect(f));
	close(holder);
	wait_for(f, can_connect);
}

/* Without busy waiting: the listener is left alone for a while. */
static void descriptors_may_run_out(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, none;

	if (is_in_valgrind())
		skip();
	metrics_http_listen(f->http, f->port);
	ask(f, 0, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	wait_for(f, some_turns_later);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(f->got_len, 0);
	wait_for(f, first_is_served);
	assert_memory_equal(f->got, "HTTP/1.1 200 ", 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(requests_are_answered, setup, teardown),
		cmocka_unit_test_setup_teardown(head_is_answered_without_a_body, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_to_say_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(head_of_a_request_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_may_take_for_ever, setup, teardown),
		cmocka_unit_test_setup_teardown(port_is_changed, setup, teardown),
		cmocka_unit_test_setup_teardown(port_that_is_taken_is_tried_again, setup, teardown),
		cmocka_unit_test_setup_teardown(descriptors_may_run_out, setup, teardown),
	};

#ifndef HAVE_MICROHTTPD
	puts("1..0 # SKIP built without libmicrohttpd");
	return 0;
#endif
	log_open("test", LOG_TO_STDERR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
