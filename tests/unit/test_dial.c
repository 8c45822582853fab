/* Connections both ways on loopback: made, taken, paused, and ended. */
#include "waiting.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/dial.h"
#include "common/listener.h"

#define QUEUE_MAX 60000000
#define BIG       40000000 /* more than the kernel takes at once */

/* One end of the connection. */
struct end {
	struct fixture *f;
	struct dial *dial;
	bool is_connected, is_over;
	int error;
	size_t got, drained;
	uint8_t last;
};

struct fixture {
	struct waiting waiting;
	struct listener *listener;
	struct end made, taken;
};

static void on_connected(void *ctx)
{
	struct end *end = ctx;

	end->is_connected = true;
}

static void on_received(void *ctx, const uint8_t *bytes, size_t len)
{
	struct end *end = ctx;

	end->got += len;
	end->last = bytes[len - 1];
}

static void on_ended(void *ctx, int error)
{
	struct end *end = ctx;

	end->is_over = true;
	end->error = error;
	dial_close(end->dial);
	end->dial = NULL;
}

static void on_drained(void *ctx)
{
	struct end *end = ctx;

	end->drained++;
}

static const struct dial_events events = { on_connected, on_received, on_ended, on_drained };

static void on_accepted(void *ctx, int fd, const struct sockaddr_in *peer)
{
	struct fixture *f = ctx;
	const struct dial_options options = {
		.queue_max = QUEUE_MAX, .keepalive_s = 300, .events = &events, .ctx = &f->taken
	};

	assert_int_equal(ntohl(peer->sin_addr.s_addr), 0x7f000003);
	assert_int_equal(dial_take(&f->taken.dial, f->waiting.loop, fd, &options), 0);
	f->taken.is_connected = true;
}

static int begin(void **state)
{
	struct sockaddr_in local = { .sin_family = AF_INET };
	struct dial_options options = { .queue_max = QUEUE_MAX, .events = &events };
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	waiting_open(&f->waiting, f);
	f->made.f = f->taken.f = f;
	local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(listener_open(&f->listener, f->waiting.loop, &local, 8, on_accepted, f),
			 0);
	options.to = listener_address(f->listener);
	options.from.s_addr = htonl(0x7f000003);
	options.ctx = &f->made;
	assert_int_equal(dial(&f->made.dial, f->waiting.loop, &options), 0);
	*state = f;
	return 0;
}

static int finish(void **state)
{
	struct fixture *f = *state;

	dial_close(f->made.dial);
	dial_close(f->taken.dial);
	listener_close(f->listener);
	waiting_close(&f->waiting);
	free(f);
	return 0;
}

static bool are_connected(void *ctx)
{
	const struct fixture *f = ctx;

	return f->made.is_connected && f->taken.is_connected;
}

static void meet(struct fixture *f)
{
	wait_until(&f->waiting, are_connected);
}

static void say_big(struct end *end)
{
	uint8_t *bytes = calloc(1, BIG);

	assert_non_null(bytes);
	bytes[BIG - 1] = 77;
	dial_send(end->dial, bytes, BIG);
	free(bytes);
}

static bool has_big(void *ctx)
{
	const struct fixture *f = ctx;

	return f->made.got == BIG;
}

static bool is_drained(void *ctx)
{
	const struct fixture *f = ctx;

	return f->taken.drained > 0;
}

static bool made_is_over(void *ctx)
{
	const struct fixture *f = ctx;

	return f->made.is_over;
}

static bool taken_is_over(void *ctx)
{
	const struct fixture *f = ctx;

	return f->taken.is_over;
}

static bool has_a_byte(void *ctx)
{
	const struct fixture *f = ctx;

	return f->taken.got > 0;
}

static void bytes_go_both_ways(void **state)
{
	struct fixture *f = *state;

	meet(f);
	dial_send(f->made.dial, (const uint8_t *)"x", 1);
	assert_int_equal(dial_waiting(f->made.dial), 0);
	wait_until(&f->waiting, has_a_byte);
	assert_int_equal(f->taken.last, 'x');
	assert_int_equal(f->made.drained, 0); /* nothing has waited */
}

static void what_waits_has_left_at_last(void **state)
{
	struct fixture *f = *state;

	meet(f);
	dial_read(f->made.dial, false);
	say_big(&f->taken);
	assert_true(dial_waiting(f->taken.dial) > 0);
	dial_send(f->made.dial, (const uint8_t *)"x", 1);
	wait_until(&f->waiting, has_a_byte);
	assert_int_equal(f->made.got, 0); /* paused */
	assert_int_equal(f->taken.drained, 0);
	dial_read(f->made.dial, true);
	wait_until(&f->waiting, has_big);
	wait_until(&f->waiting, is_drained);
	assert_int_equal(f->taken.drained, 1);
	assert_int_equal(f->made.last, 77);
	assert_int_equal(dial_waiting(f->taken.dial), 0);
}

/* Bytes that nobody reads any more don't take away what was said last. */
static void an_end_loses_nothing(void **state)
{
	struct fixture *f = *state;

	meet(f);
	dial_read(f->taken.dial, false);
	dial_send(f->made.dial, (const uint8_t *)"unread", 6);
	say_big(&f->taken);
	dial_finish(f->taken.dial);
	wait_until(&f->waiting, made_is_over);
	assert_int_equal(f->made.error, 0);
	assert_int_equal(f->made.got, BIG);
	assert_int_equal(f->made.last, 77);
	wait_until(&f->waiting, taken_is_over);
	assert_int_equal(f->taken.got, 0);
}

static void an_end_comes_also_if_the_peer_does_nothing(void **state)
{
	struct fixture *f = *state;

	meet(f);
	dial_read(f->made.dial, false);
	dial_finish(f->taken.dial);
	wait_until(&f->waiting, taken_is_over);
	assert_int_equal(f->taken.error, -ETIMEDOUT);
}

static void too_much_ends_it(void **state)
{
	struct fixture *f = *state;

	meet(f);
	dial_read(f->made.dial, false);
	say_big(&f->taken);
	say_big(&f->taken);
	say_big(&f->taken);
	wait_until(&f->waiting, taken_is_over);
	assert_int_equal(f->taken.error, -ENOBUFS);
}

static void an_end_before_there_is_a_connection(void **state)
{
	struct fixture *f = *state;

	dial_finish(f->made.dial);
	wait_until(&f->waiting, made_is_over);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bytes_go_both_ways, begin, finish),
		cmocka_unit_test_setup_teardown(what_waits_has_left_at_last, begin, finish),
		cmocka_unit_test_setup_teardown(an_end_loses_nothing, begin, finish),
		cmocka_unit_test_setup_teardown(an_end_comes_also_if_the_peer_does_nothing, begin,
						finish),
		cmocka_unit_test_setup_teardown(too_much_ends_it, begin, finish),
		cmocka_unit_test_setup_teardown(an_end_before_there_is_a_connection, begin, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
