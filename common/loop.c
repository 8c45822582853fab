/* The event loop, over libuv. The only reader of the clock in the daemons. */
#include "common/loop.h"

#include <assert.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <uv.h>

#define POOL_SIZE                                                                                  \
	64 /* random numbers fetched at once: 256 bytes, which getrandom() gives whole             \
	    */

struct loop {
	uv_loop_t uv;
	uv_timer_t timer;
	uv_prepare_t turn;
	uv_signal_t terminate, interrupt, reload;
	bool running, stopping;
	bool in_timers;          /* one of them is being called */
	struct loop_timer *soon; /* set by one that was, to come next turn */
	uint64_t deadline;
	const struct loop_events *events;
	void *ctx;
	uint32_t pool[POOL_SIZE];
	size_t pool_left;
};

struct loop_poll {
	uv_poll_t handle;
	int fd;
	unsigned wanted;
	int error; /* that came last, a negative errno */
	loop_poll_fn *ready;
	void (*errors)(void *ctx); /* NULL: nobody reads them */
	void *ctx;
};

struct loop_timer {
	uv_timer_t handle;
	struct loop *loop;
	struct loop_timer *next,
		**link; /* among those that come next turn; link NULL: it does not */
	uint64_t repeat_ms;
	loop_timer_fn *due;
	void *ctx;
};

struct loop_wakeup {
	uv_async_t handle;
	void (*wake)(void *ctx);
	void *ctx;
};

static uint32_t pool_next(struct loop *loop)
{
	if (loop->pool_left == 0) {
		ssize_t got = getrandom(loop->pool, sizeof(loop->pool), 0);

		if (got != (ssize_t)sizeof(loop->pool))
			abort(); /* since Linux 3.17 this cannot be, and guessable ids are no answer
				  */
		loop->pool_left = POOL_SIZE;
	}
	return loop->pool[--loop->pool_left];
}

/* Evenly, by Lemire's method: a draw that would favour small numbers is drawn again. */
static uint32_t loop_random(void *ctx, uint32_t below)
{
	uint64_t product = (uint64_t)pool_next(ctx) * below;
	uint32_t unfair = (0U - below) % below;

	while ((uint32_t)product < unfair)
		product = (uint64_t)pool_next(ctx) * below;
	return (uint32_t)(product >> 32);
}

struct nbt_env loop_env(struct loop *loop)
{
	struct timespec wall;

	if (!loop->running)
		uv_update_time(&loop->uv);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct nbt_env){
		.now_ms = uv_now(&loop->uv),
		.wall_s = wall.tv_sec,
		.random = loop_random,
		.random_ctx = loop,
	};
}

static void loop_tell(struct loop *loop, void (*event)(void *ctx, const struct nbt_env *env))
{
	struct nbt_env env = loop_env(loop);

	event(loop->ctx, &env);
}

static void on_timer(uv_timer_t *timer)
{
	struct loop *loop = timer->data;

	loop->deadline = NBT_NEVER;
	loop->in_timers = true;
	loop_tell(loop, loop->events->deadline);
	loop->in_timers = false;
}

static void start_soon(struct loop *loop);

static void on_turn(uv_prepare_t *turn)
{
	struct loop *loop = turn->data;

	start_soon(loop);
	if (loop->events->turn != NULL)
		loop_tell(loop, loop->events->turn);
}

static void on_stop_signal(uv_signal_t *handle, int signum)
{
	struct loop *loop = handle->data;

	(void)signum;
	if (loop->events->stop == NULL || loop->stopping) {
		loop_stop(loop);
		return;
	}
	loop->stopping = true;
	loop_tell(loop, loop->events->stop);
}

static void on_reload_signal(uv_signal_t *handle, int signum)
{
	struct loop *loop = handle->data;

	(void)signum;
	if (loop->events->reload != NULL)
		loop_tell(loop, loop->events->reload);
	else
		loop_stop(loop); /* the terminal is gone */
}

static void loop_init_handles(struct loop *loop)
{
	uv_timer_init(&loop->uv, &loop->timer);
	uv_prepare_init(&loop->uv, &loop->turn);
	uv_signal_init(&loop->uv, &loop->terminate);
	uv_signal_init(&loop->uv, &loop->interrupt);
	uv_signal_init(&loop->uv, &loop->reload);
	loop->timer.data = loop;
	loop->turn.data = loop;
	loop->terminate.data = loop;
	loop->interrupt.data = loop;
	loop->reload.data = loop;
}

static int loop_start_handles(struct loop *loop)
{
	int ret = uv_signal_start(&loop->terminate, on_stop_signal, SIGTERM);

	if (ret == 0)
		ret = uv_signal_start(&loop->interrupt, on_stop_signal, SIGINT);
	if (ret == 0)
		ret = uv_signal_start(&loop->reload, on_reload_signal, SIGHUP);
	if (ret == 0)
		ret = uv_prepare_start(&loop->turn, on_turn);
	return ret;
}

int loop_create(struct loop **out, const struct loop_events *events, void *ctx)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int ret;

	*out = NULL;
	if (loop == NULL)
		return UV_ENOMEM;
	ret = uv_loop_init(&loop->uv);
	if (ret < 0) {
		free(loop);
		return ret;
	}

	loop->events = events;
	loop->ctx = ctx;
	loop->deadline = NBT_NEVER;
	loop_init_handles(loop);
	ret = loop_start_handles(loop);
	if (ret < 0) {
		loop_destroy(loop);
		return ret;
	}
	*out = loop;
	return 0;
}

int loop_run(struct loop *loop)
{
	int ret;

	loop->running = true;
	ret = uv_run(&loop->uv, UV_RUN_DEFAULT);
	loop->running = false;
	return ret < 0 ? ret : 0;
}

void loop_stop(struct loop *loop)
{
	uv_stop(&loop->uv);
}

static void assert_closing(uv_handle_t *handle, void *arg)
{
	(void)handle;
	(void)arg;
	assert(uv_is_closing(handle)); /* somebody left something open on this loop */
}

void loop_destroy(struct loop *loop)
{
	int ret;

	if (loop == NULL)
		return;

	uv_close((uv_handle_t *)&loop->timer, NULL);
	uv_close((uv_handle_t *)&loop->turn, NULL);
	uv_close((uv_handle_t *)&loop->terminate, NULL);
	uv_close((uv_handle_t *)&loop->interrupt, NULL);
	uv_close((uv_handle_t *)&loop->reload, NULL);
	uv_walk(&loop->uv, assert_closing, NULL);

	/* Closing ends in callbacks; a stop that nobody waited for must not cut them short. */
	do {
		uv_run(&loop->uv, UV_RUN_DEFAULT);
		ret = uv_loop_close(&loop->uv);
	} while (ret == UV_EBUSY);
	free(loop);
}

void loop_set_deadline(struct loop *loop, uint64_t now_ms)
{
	uint64_t now = uv_now(&loop->uv);

	if (now_ms == loop->deadline)
		return;

	assert(loop->events->deadline != NULL);
	loop->deadline = now_ms;
	if (now_ms == NBT_NEVER)
		uv_timer_stop(&loop->timer);
	else
		uv_timer_start(&loop->timer, on_timer, now_ms > now ? now_ms - now : 0, 0);
}

static void on_poll(uv_poll_t *handle, int status, int events);

static int poll_start(struct loop_poll *poll)
{
	int events = 0;

	if (poll->wanted & LOOP_READABLE)
		events |= UV_READABLE;
	if (poll->wanted & LOOP_WRITABLE)
		events |= UV_WRITABLE;
	return uv_poll_start(&poll->handle, events, on_poll);
}

/* Takes the pending error and the messages of the error queue (IP_RECVERR) off the socket: as long
 * as either is there, every poll reports an error. A local socket has no such queue: asked for it,
 * it gives away what was sent to it, and at its end nothing, for ever. Returns the pending error. */
static int poll_drain_errors(int fd)
{
	int error = 0, domain = AF_UNIX;
	socklen_t len = sizeof(error);
	struct msghdr nowhere = { .msg_name = NULL };

	(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	len = sizeof(domain);
	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
	while (domain != AF_UNIX && recvmsg(fd, &nowhere, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
		;
	return -error;
}

/* At an error libuv calls back once, with UV_EBADF, and has stopped the handle. */
static void on_poll(uv_poll_t *handle, int status, int events)
{
	struct loop_poll *poll = handle->data;
	unsigned got = 0;

	if (status < 0) {
		if (poll->errors != NULL)
			poll->errors(poll->ctx);
		poll->error = poll_drain_errors(poll->fd);
		poll_start(poll);
		got = LOOP_ERROR;
	}
	if (events & UV_READABLE)
		got |= LOOP_READABLE;
	if (events & UV_WRITABLE)
		got |= LOOP_WRITABLE;
	poll->ready(poll->ctx, got);
}

int loop_poll_open(struct loop_poll **out, struct loop *loop, int fd, unsigned events,
		   loop_poll_fn *ready, void *ctx)
{
	struct loop_poll *poll = calloc(1, sizeof(*poll));
	int ret;

	*out = NULL;
	if (poll == NULL)
		return UV_ENOMEM;
	ret = uv_poll_init(&loop->uv, &poll->handle, fd);
	if (ret < 0) {
		free(poll);
		return ret;
	}

	poll->handle.data = poll;
	poll->fd = fd;
	poll->ready = ready;
	poll->ctx = ctx;
	ret = loop_poll_want(poll, events);
	if (ret < 0) {
		loop_poll_close(poll);
		return ret;
	}
	*out = poll;
	return 0;
}

void loop_poll_watch_errors(struct loop_poll *poll, void (*errors)(void *ctx))
{
	poll->errors = errors;
}

int loop_poll_error(const struct loop_poll *poll)
{
	return poll->error;
}

int loop_poll_want(struct loop_poll *poll, unsigned events)
{
	poll->wanted = events;
	return poll_start(poll);
}

static void free_data(uv_handle_t *handle)
{
	free(handle->data);
}

void loop_poll_close(struct loop_poll *poll)
{
	if (poll != NULL)
		uv_close((uv_handle_t *)&poll->handle, free_data);
}

static void on_due(uv_timer_t *handle)
{
	struct loop_timer *timer = handle->data;
	struct nbt_env env = loop_env(timer->loop);

	timer->loop->in_timers = true;
	timer->due(timer->ctx, &env);
	timer->loop->in_timers = false;
}

/* libuv before 1.45 calls a timer that a timer has set to "at once" in the same pass, and nothing
 * else meanwhile: whoever works in steps would hold the loop until he is done. */
static void put_off(struct loop_timer *timer, uint64_t repeat_ms)
{
	struct loop *loop = timer->loop;

	uv_timer_stop(&timer->handle);
	timer->repeat_ms = repeat_ms;
	timer->next = loop->soon;
	timer->link = &loop->soon;
	if (timer->next != NULL)
		timer->next->link = &timer->next;
	loop->soon = timer;
}

static void put_off_no_more(struct loop_timer *timer)
{
	if (timer->link == NULL)
		return;
	*timer->link = timer->next;
	if (timer->next != NULL)
		timer->next->link = timer->link;
	timer->link = NULL;
}

static void start_soon(struct loop *loop)
{
	struct loop_timer *timer;

	while ((timer = loop->soon) != NULL) {
		put_off_no_more(timer);
		uv_timer_start(&timer->handle, on_due, 0, timer->repeat_ms);
	}
}

int loop_timer_open(struct loop_timer **out, struct loop *loop, loop_timer_fn *due, void *ctx)
{
	struct loop_timer *timer = calloc(1, sizeof(*timer));

	*out = timer;
	if (timer == NULL)
		return UV_ENOMEM;
	uv_timer_init(&loop->uv, &timer->handle);
	timer->handle.data = timer;
	timer->loop = loop;
	timer->due = due;
	timer->ctx = ctx;
	return 0;
}

void loop_timer_set(struct loop_timer *timer, uint64_t now_ms, uint64_t repeat_ms)
{
	uint64_t now = loop_env(timer->loop).now_ms;

	put_off_no_more(timer);
	if (now_ms == NBT_NEVER)
		uv_timer_stop(&timer->handle);
	else if (now_ms <= now && timer->loop->in_timers)
		put_off(timer, repeat_ms);
	else
		uv_timer_start(&timer->handle, on_due, now_ms > now ? now_ms - now : 0, repeat_ms);
}

void loop_timer_close(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	put_off_no_more(timer);
	uv_close((uv_handle_t *)&timer->handle, free_data);
}

static void on_wakeup(uv_async_t *handle)
{
	struct loop_wakeup *wakeup = handle->data;

	wakeup->wake(wakeup->ctx);
}

int loop_wakeup_open(struct loop_wakeup **out, struct loop *loop, void (*wake)(void *ctx),
		     void *ctx)
{
	struct loop_wakeup *wakeup = calloc(1, sizeof(*wakeup));
	int ret;

	*out = NULL;
	if (wakeup == NULL)
		return UV_ENOMEM;
	ret = uv_async_init(&loop->uv, &wakeup->handle, on_wakeup);
	if (ret < 0) {
		free(wakeup);
		return ret;
	}

	wakeup->handle.data = wakeup;
	wakeup->wake = wake;
	wakeup->ctx = ctx;
	*out = wakeup;
	return 0;
}

void loop_wakeup_send(struct loop_wakeup *wakeup)
{
	uv_async_send(&wakeup->handle);
}

void loop_wakeup_close(struct loop_wakeup *wakeup)
{
	if (wakeup != NULL)
		uv_close((uv_handle_t *)&wakeup->handle, free_data);
}
