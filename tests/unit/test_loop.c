/* The event loop: deadline, signals, wakeups, and sockets that survive errors. */
#include "support.h"

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/loop.h"

#define SOON     5     /* ms */
#define TOO_LONG 20000 /* ms; only a test that fails waits so long */

/* Counts what the loop tells; each test says which event ends it. */
struct seen {
	struct loop *loop;
	unsigned deadlines, turns, reloads, stops, wakes;
	uint64_t at;
};

static void on_deadline(void *ctx, const struct nbt_env *env)
{
	struct seen *seen = ctx;

	seen->deadlines++;
	seen->at = env->now_ms;
	loop_stop(seen->loop);
}

static void on_turn(void *ctx, const struct nbt_env *env)
{
	struct seen *seen = ctx;

	(void)env;
	seen->turns++;
}

static void on_reload(void *ctx, const struct nbt_env *env)
{
	struct seen *seen = ctx;

	(void)env;
	seen->reloads++;
	loop_stop(seen->loop);
}

static const struct loop_events all_events = { .deadline = on_deadline,
					       .turn = on_turn,
					       .reload = on_reload };

static struct seen seen_new(void)
{
	return (struct seen){ .loop = NULL };
}

static void open_loop(struct seen *seen)
{
	assert_int_equal(loop_create(&seen->loop, &all_events, seen), 0);
}

static void deadline_comes_once_and_not_early(void **state)
{
	struct seen seen = seen_new();
	uint64_t deadline;

	(void)state;
	open_loop(&seen);
	deadline = loop_env(seen.loop).now_ms + SOON;
	loop_set_deadline(seen.loop, deadline);
	assert_int_equal(loop_run(seen.loop), 0);
	assert_int_equal(seen.deadlines, 1);
	assert_true(seen.at >= deadline);

	loop_set_deadline(seen.loop, deadline); /* the same again, now in the past */
	loop_run(seen.loop);
	assert_int_equal(seen.deadlines, 2);
	loop_destroy(seen.loop);
}

static void deadline_can_be_replaced(void **state)
{
	struct seen seen = seen_new();
	uint64_t now;

	(void)state;
	open_loop(&seen);
	now = loop_env(seen.loop).now_ms;
	loop_set_deadline(seen.loop, now + TOO_LONG);
	loop_set_deadline(seen.loop, NBT_NEVER);
	loop_set_deadline(seen.loop, now + SOON);
	loop_run(seen.loop);
	assert_int_equal(seen.deadlines, 1);
	assert_true(seen.at < now + TOO_LONG);
	loop_destroy(seen.loop);
}

static void deadline_can_be_taken_back(void **state)
{
	struct seen seen = seen_new();

	(void)state;
	open_loop(&seen);
	loop_set_deadline(seen.loop, 0);
	loop_set_deadline(seen.loop, NBT_NEVER);
	raise(SIGTERM);
	loop_run(seen.loop);
	assert_int_equal(seen.deadlines, 0);
	loop_destroy(seen.loop);
}

static void stop_before_run_ends_it_at_once(void **state)
{
	struct seen seen = seen_new();

	(void)state;
	open_loop(&seen);
	loop_stop(seen.loop);
	assert_int_equal(loop_run(seen.loop), 0);
	loop_destroy(seen.loop);
	loop_destroy(NULL);
}

static void signals_stop_and_reload(void **state)
{
	struct seen seen = seen_new();

	(void)state;
	open_loop(&seen);
	loop_set_deadline(seen.loop, loop_env(seen.loop).now_ms + TOO_LONG);
	raise(SIGHUP);
	loop_run(seen.loop);
	assert_int_equal(seen.reloads, 1);
	raise(SIGTERM);
	loop_run(seen.loop);
	raise(SIGINT);
	loop_run(seen.loop);
	assert_int_equal(seen.deadlines, 0);
	loop_destroy(seen.loop);
}

static void on_stop(void *ctx, const struct nbt_env *env)
{
	struct seen *seen = ctx;

	(void)env;
	seen->stops++;
	raise(SIGTERM); /* the second one does not wait for anybody */
}

static void the_first_signal_asks_and_the_second_stops(void **state)
{
	static const struct loop_events events = { .stop = on_stop };
	struct seen seen = seen_new();

	(void)state;
	assert_int_equal(loop_create(&seen.loop, &events, &seen), 0);
	raise(SIGINT);
	assert_int_equal(loop_run(seen.loop), 0);
	assert_int_equal(seen.stops, 1);
	loop_destroy(seen.loop);
}

static void hangup_stops_where_nothing_can_be_reloaded(void **state)
{
	static const struct loop_events no_events = { .turn = NULL };
	struct loop *loop;

	(void)state;
	assert_int_equal(loop_create(&loop, &no_events, NULL), 0);
	raise(SIGHUP);
	assert_int_equal(loop_run(loop), 0);
	loop_destroy(loop);
}

static void turn_comes_before_waiting(void **state)
{
	struct seen seen = seen_new();

	(void)state;
	open_loop(&seen);
	loop_set_deadline(seen.loop, loop_env(seen.loop).now_ms + SOON);
	loop_run(seen.loop);
	assert_true(seen.turns >= 1);
	loop_destroy(seen.loop);
}

static void env_has_clocks_and_chance(void **state)
{
	struct seen seen = seen_new();
	struct nbt_env env;
	unsigned hits[3] = { 0 };

	(void)state;
	open_loop(&seen);
	env = loop_env(seen.loop);
	assert_true(env.wall_s >= time(NULL) - 1 && env.wall_s <= time(NULL));
	for (unsigned i = 0; i < 3000; i++)
		hits[nbt_env_random(&env, 3)]++;
	for (unsigned i = 0; i < 3; i++)
		assert_in_range(hits[i], 800, 1200); /* 1000, and 7 standard deviations */
	assert_int_equal(nbt_env_random(&env, 1), 0);
	loop_destroy(seen.loop);
}

/*
 * Polling.
 */
struct watched {
	struct loop *loop;
	struct loop_poll *poll;
	int fd, other;
	unsigned errors, reads, writes;
	struct sockaddr_in address;
};

static void on_byte(void *ctx, unsigned events)
{
	struct watched *w = ctx;
	char byte;

	if (events & LOOP_WRITABLE) {
		w->writes++;
		loop_poll_want(w->poll, LOOP_READABLE);
		assert_int_equal(send(w->other, "x", 1, 0), 1);
	}
	if (events & LOOP_READABLE) {
		w->reads++;
		assert_int_equal(recv(w->fd, &byte, 1, MSG_DONTWAIT), 1);
		loop_poll_close(w->poll); /* in its own callback */
		loop_stop(w->loop);
	}
}

static void poll_tells_readable_and_writable(void **state)
{
	struct seen seen = seen_new();
	struct watched w = { .reads = 0 };
	int pair[2];

	(void)state;
	open_loop(&seen);
	loop_set_deadline(seen.loop, loop_env(seen.loop).now_ms + TOO_LONG);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	w.loop = seen.loop;
	w.fd = pair[0];
	w.other = pair[1];
	assert_int_equal(loop_poll_open(&w.poll, seen.loop, w.fd, LOOP_WRITABLE, on_byte, &w), 0);
	loop_run(seen.loop);
	assert_int_equal(w.writes, 1);
	assert_int_equal(w.reads, 1);
	assert_int_equal(seen.deadlines, 0);
	close(pair[0]);
	close(pair[1]);
	loop_destroy(seen.loop);
}

static int loopback_socket(struct sockaddr_in *address)
{
	socklen_t len = sizeof(*address);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	*address = (struct sockaddr_in){ .sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_int_equal(bind(fd, (struct sockaddr *)address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)address, &len), 0);
	return fd;
}

/* After the error somebody sends to the socket: it must hear that. */
static void on_udp(void *ctx, unsigned events)
{
	struct watched *w = ctx;
	char byte;

	if (events & LOOP_ERROR) {
		w->errors++;
		assert_int_equal(sendto(w->other, "x", 1, 0, (struct sockaddr *)&w->address,
					sizeof(w->address)),
				 1);
	}
	if ((events & LOOP_READABLE) && recv(w->fd, &byte, 1, MSG_DONTWAIT) == 1) {
		w->reads++;
		loop_stop(w->loop);
	}
}

/* Sends from w->fd to a port that was closed a moment ago, three times in a row, and once more
 * after the first error has been survived. */
static void provoke_unreachable(struct watched *w, const struct sockaddr_in *closed)
{
	w->errors = w->reads = 0;
	for (int i = 0; i < 3; i++)
		(void)sendto(w->fd, "x", 1, 0, (const struct sockaddr *)closed, sizeof(*closed));
	loop_run(w->loop);
	assert_true(w->errors >= 1);
	assert_int_equal(w->reads, 1);
}

static void unreachable_port_does_not_end_polling(void **state)
{
	struct seen seen = seen_new();
	struct watched w = { .reads = 0 };
	struct sockaddr_in closed, unused;
	int one = 1, fd = loopback_socket(&closed);

	(void)state;
	close(fd);
	open_loop(&seen);
	loop_set_deadline(seen.loop, loop_env(seen.loop).now_ms + TOO_LONG);
	w.loop = seen.loop;
	w.fd = loopback_socket(&w.address);
	w.other = loopback_socket(&unused);
	/* Without this Linux keeps ICMP errors from a socket that isn't connected. */
	assert_int_equal(setsockopt(w.fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)), 0);
	assert_int_equal(loop_poll_open(&w.poll, seen.loop, w.fd, LOOP_READABLE, on_udp, &w), 0);

	provoke_unreachable(&w, &closed);
	provoke_unreachable(&w, &closed);
	assert_int_equal(seen.deadlines, 0);

	loop_poll_close(w.poll);
	close(w.fd);
	close(w.other);
	loop_destroy(seen.loop);
}

/*
 * Wakeups.
 */
static void on_wake(void *ctx)
{
	struct seen *seen = ctx;

	seen->wakes++;
	loop_stop(seen->loop);
}

static void *send_wakeups(void *wakeup)
{
	for (int i = 0; i < 100; i++)
		loop_wakeup_send(wakeup);
	return NULL;
}

static void another_thread_wakes_the_loop(void **state)
{
	struct seen seen = seen_new();
	struct loop_wakeup *wakeup;
	pthread_t thread;

	(void)state;
	open_loop(&seen);
	loop_set_deadline(seen.loop, loop_env(seen.loop).now_ms + TOO_LONG);
	assert_int_equal(loop_wakeup_open(&wakeup, seen.loop, on_wake, &seen), 0);
	assert_int_equal(pthread_create(&thread, NULL, send_wakeups, wakeup), 0);
	loop_run(seen.loop);
	pthread_join(thread, NULL);
	assert_in_range(seen.wakes, 1, 100);
	assert_int_equal(seen.deadlines, 0);
	loop_wakeup_close(wakeup);
	loop_destroy(seen.loop);
}

static void on_local_error(void *ctx, unsigned events)
{
	struct seen *seen = ctx;

	assert_true(events & LOOP_ERROR);
	loop_stop(seen->loop);
}

/* The error queue of such a socket is its data, and at its end nothing, for ever. */
static void a_local_peer_that_goes_without_reading_does_not_hold_the_loop(void **state)
{
	struct seen seen = seen_new();
	struct loop_poll *poll;
	int ends[2];

	(void)state;
	open_loop(&seen);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
	assert_int_equal(send(ends[0], "unread", 6, 0), 6);
	close(ends[1]);
	assert_int_equal(
		loop_poll_open(&poll, seen.loop, ends[0], LOOP_READABLE, on_local_error, &seen), 0);
	loop_set_deadline(seen.loop, loop_env(seen.loop).now_ms + TOO_LONG);
	loop_run(seen.loop);
	assert_int_equal(seen.deadlines, 0);
	loop_poll_close(poll);
	close(ends[0]);
	loop_destroy(seen.loop);
}

static void on_timer(void *ctx, const struct nbt_env *env)
{
	struct seen *seen = ctx;

	seen->at = env->now_ms;
	if (++seen->wakes == 3)
		loop_stop(seen->loop);
}

static void a_timer_of_its_own_repeats(void **state)
{
	struct seen seen = seen_new();
	struct loop_timer *timer, *never;
	uint64_t first;

	(void)state;
	open_loop(&seen);
	assert_int_equal(loop_timer_open(&timer, seen.loop, on_timer, &seen), 0);
	assert_int_equal(loop_timer_open(&never, seen.loop, on_timer, &seen), 0);
	first = loop_env(seen.loop).now_ms + SOON;
	loop_timer_set(never, first, 1);
	loop_timer_set(never, NBT_NEVER, 0);
	loop_timer_set(timer, first, 1);
	loop_set_deadline(seen.loop, first + TOO_LONG);
	loop_run(seen.loop);
	assert_int_equal(seen.wakes, 3);
	assert_int_equal(seen.deadlines, 0);
	assert_true(seen.at >= first);
	loop_timer_close(timer);
	loop_timer_close(never);
	loop_destroy(seen.loop);
}

struct steps {
	struct seen *seen;
	struct loop_timer *timers[2]; /* each sets the other */
	unsigned done, most;          /* in one turn */
	unsigned in_turn, turn;
};

static void on_step(void *ctx, const struct nbt_env *env)
{
	struct steps *steps = ctx;

	if (steps->turn != steps->seen->turns)
		steps->in_turn = 0;
	steps->turn = steps->seen->turns;
	if (++steps->in_turn > steps->most)
		steps->most = steps->in_turn;
	if (++steps->done == 20)
		loop_stop(steps->seen->loop);
	else
		loop_timer_set(steps->timers[steps->done % 2], env->now_ms, 0);
}

static void work_in_steps_has_turns_between_them(void **state)
{
	struct seen seen = seen_new();
	struct steps steps = { .seen = &seen };

	(void)state;
	open_loop(&seen);
	assert_int_equal(loop_timer_open(&steps.timers[0], seen.loop, on_step, &steps), 0);
	assert_int_equal(loop_timer_open(&steps.timers[1], seen.loop, on_step, &steps), 0);
	loop_timer_set(steps.timers[0], 0, 0);
	loop_set_deadline(seen.loop, loop_env(seen.loop).now_ms + TOO_LONG);
	loop_run(seen.loop);
	assert_int_equal(steps.done, 20);
	assert_int_equal(steps.most, 1);
	loop_timer_close(steps.timers[0]);
	loop_timer_close(steps.timers[1]);
	loop_destroy(seen.loop);
}

/* Steps that are put off may be taken back, repeat, and end with their timer. */
static void on_taken_back(void *ctx, const struct nbt_env *env)
{
	struct steps *steps = ctx;

	steps->done++;
	loop_timer_set(steps->timers[0], env->now_ms, 0);
	loop_timer_set(steps->timers[1], env->now_ms, 0);
	loop_timer_set(steps->timers[0], NBT_NEVER, 0);
	loop_timer_close(steps->timers[1]);
	loop_set_deadline(steps->seen->loop, env->now_ms + SOON);
}

static void steps_can_be_taken_back(void **state)
{
	struct seen seen = seen_new();
	struct steps steps = { .seen = &seen };

	(void)state;
	open_loop(&seen);
	assert_int_equal(loop_timer_open(&steps.timers[0], seen.loop, on_taken_back, &steps), 0);
	assert_int_equal(loop_timer_open(&steps.timers[1], seen.loop, on_taken_back, &steps), 0);
	loop_timer_set(steps.timers[0], 0, 0);
	loop_run(seen.loop);
	assert_int_equal(steps.done, 1);
	loop_timer_close(steps.timers[0]);
	loop_destroy(seen.loop);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(deadline_comes_once_and_not_early),
		cmocka_unit_test(deadline_can_be_replaced),
		cmocka_unit_test(deadline_can_be_taken_back),
		cmocka_unit_test(stop_before_run_ends_it_at_once),
		cmocka_unit_test(signals_stop_and_reload),
		cmocka_unit_test(the_first_signal_asks_and_the_second_stops),
		cmocka_unit_test(hangup_stops_where_nothing_can_be_reloaded),
		cmocka_unit_test(turn_comes_before_waiting),
		cmocka_unit_test(env_has_clocks_and_chance),
		cmocka_unit_test(poll_tells_readable_and_writable),
		cmocka_unit_test(unreachable_port_does_not_end_polling),
		cmocka_unit_test(another_thread_wakes_the_loop),
		cmocka_unit_test(a_local_peer_that_goes_without_reading_does_not_hold_the_loop),
		cmocka_unit_test(a_timer_of_its_own_repeats),
		cmocka_unit_test(work_in_steps_has_turns_between_them),
		cmocka_unit_test(steps_can_be_taken_back),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
