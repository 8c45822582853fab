#include "common/dial.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/loop.h"

#define READ_MAX  16384
#define QUEUE_MIN 1024
#define LINGER_MS 5000 /* for the peer to take what was sent last */

struct dial {
	struct loop *loop;
	struct loop_poll *poll;
	struct loop_timer *alarm; /* it ends then; NULL: nothing is wrong */
	const struct dial_events *events;
	void *ctx;
	int fd;
	bool is_connected, is_over;            /* over: too much waits */
	bool is_paused, is_finishing, is_shut; /* nothing is read; is kept; nothing more is sent */
	size_t queue_max, size, len;
	uint8_t *queue;
};

void dial_close(struct dial *dial)
{
	if (dial == NULL)
		return;
	loop_poll_close(dial->poll);
	loop_timer_close(dial->alarm);
	if (dial->fd >= 0)
		close(dial->fd);
	free(dial->queue);
	free(dial);
}

/* Until there is a connection, and while something waits, it is of interest that we can write. */
static void want(struct dial *dial)
{
	bool writes = !dial->is_connected || dial->len > 0 || dial->is_over;

	(void)loop_poll_want(dial->poll,
			     (writes ? LOOP_WRITABLE : 0) |
				     (dial->is_connected && !dial->is_paused ? LOOP_READABLE : 0));
}

/* 0, or a negative errno. */
static int flush(struct dial *dial)
{
	ssize_t sent;

	if (dial->len == 0)
		return 0;
	sent = send(dial->fd, dial->queue, dial->len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	dial->len -= (size_t)sent;
	memmove(dial->queue, dial->queue + sent, dial->len);
	return 0;
}

/* Who has nothing to say keeps nothing. */
static void drop_queue(struct dial *dial)
{
	free(dial->queue);
	dial->queue = NULL;
	dial->size = 0;
}

static bool grow(struct dial *dial, size_t needed)
{
	size_t size = dial->size > 0 ? dial->size : QUEUE_MIN;
	uint8_t *queue;

	if (needed <= dial->size)
		return true;
	while (size < needed)
		size *= 2;
	queue = realloc(dial->queue, size);
	if (queue == NULL)
		return false;
	dial->queue = queue;
	dial->size = size;
	return true;
}

static int error_of(const struct dial *dial)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -errno;
	return -error;
}

/* Whoever is told may close it: nothing is done after that. */
static void end(struct dial *dial, int error)
{
	if (dial->alarm != NULL)
		loop_timer_set(dial->alarm, NBT_NEVER, 0);
	(void)loop_poll_want(dial->poll, 0);
	dial->events->ended(dial->ctx, error);
}

static void receive(struct dial *dial)
{
	uint8_t bytes[READ_MAX];
	ssize_t got = recv(dial->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (got > 0 && dial->is_finishing)
		return;
	if (got > 0)
		dial->events->received(dial->ctx, bytes, (size_t)got);
	else if (got == 0)
		end(dial, 0);
	else if (errno != EAGAIN && errno != EINTR)
		end(dial, -errno);
}

/* An error that the loop has seen is taken off the socket already. */
static int connecting_failed(const struct dial *dial, unsigned events)
{
	int error = events & LOOP_ERROR ? loop_poll_error(dial->poll) : error_of(dial);

	return error == 0 && events & LOOP_ERROR ? -ECONNABORTED : error;
}

static void connected(struct dial *dial, unsigned events)
{
	int error = connecting_failed(dial, events);

	if (error < 0) {
		end(dial, error);
		return;
	}
	dial->is_connected = true;
	want(dial);
	dial->events->connected(dial->ctx);
}

/* The peer is told that this is the end, and given time to see it. */
static void shut(struct dial *dial)
{
	if (dial->is_shut || dial->len > 0)
		return;
	dial->is_shut = true;
	(void)shutdown(dial->fd, SHUT_WR);
}

static void drained(struct dial *dial)
{
	drop_queue(dial);
	if (dial->is_finishing)
		shut(dial);
	else if (dial->events->drained != NULL)
		dial->events->drained(dial->ctx);
}

static void ready(void *ctx, unsigned events)
{
	struct dial *dial = ctx;
	size_t waited = dial->len;
	int error;

	if (!dial->is_connected) {
		connected(dial, events);
		return;
	}
	error = dial->is_over ? -ENOBUFS : flush(dial);
	if (error < 0) {
		end(dial, error);
		return;
	}
	want(dial);
	if (waited > 0 && dial->len == 0) {
		drained(dial);
		return; /* it may be closed; what there is to read is still there */
	}
	if (events & (LOOP_READABLE | LOOP_ERROR))
		receive(dial);
}

/* What is said waits for nothing. */
static void set_options(const struct dial *dial, unsigned seconds)
{
	int on = 1, idle = (int)seconds;

	(void)setsockopt(dial->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (seconds == 0)
		return;
	(void)setsockopt(dial->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(dial->fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
}

static int connect_to(struct dial *dial, const struct dial_options *options)
{
	const struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr = options->from };

	dial->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (dial->fd < 0)
		return -errno;
	if (from.sin_addr.s_addr != INADDR_ANY &&
	    bind(dial->fd, (const struct sockaddr *)&from, sizeof(from)) < 0)
		return -errno;
	if (connect(dial->fd, (const struct sockaddr *)&options->to, sizeof(options->to)) < 0 &&
	    errno != EINPROGRESS)
		return -errno;
	return 0;
}

static struct dial *create(struct loop *loop, const struct dial_options *options)
{
	struct dial *dial = calloc(1, sizeof(*dial));

	if (dial == NULL)
		return NULL;
	dial->loop = loop;
	dial->fd = -1;
	dial->events = options->events;
	dial->ctx = options->ctx;
	dial->queue_max = options->queue_max;
	return dial;
}

int dial(struct dial **out, struct loop *loop, const struct dial_options *options)
{
	struct dial *dial = create(loop, options);
	int ret;

	*out = NULL;
	if (dial == NULL)
		return -ENOMEM;
	ret = connect_to(dial, options);
	if (ret == 0)
		ret = loop_poll_open(&dial->poll, loop, dial->fd, LOOP_WRITABLE, ready, dial);
	if (ret < 0) {
		dial_close(dial);
		return ret;
	}
	set_options(dial, options->keepalive_s);
	*out = dial;
	return 0;
}

int dial_take(struct dial **out, struct loop *loop, int fd, const struct dial_options *options)
{
	struct dial *dial = create(loop, options);
	int ret;

	*out = NULL;
	if (dial == NULL)
		return -ENOMEM;
	dial->is_connected = true;
	ret = loop_poll_open(&dial->poll, loop, fd, LOOP_READABLE, ready, dial);
	if (ret < 0) {
		dial_close(dial);
		return ret;
	}
	dial->fd = fd;
	set_options(dial, options->keepalive_s);
	*out = dial;
	return 0;
}

size_t dial_waiting(const struct dial *dial)
{
	return dial->len;
}

void dial_read(struct dial *dial, bool on)
{
	dial->is_paused = !on;
	want(dial);
}

/*
 * The end of a conversation.
 */

static void alarm_due(void *ctx, const struct nbt_env *env)
{
	struct dial *dial = ctx;

	(void)env;
	end(dial, dial->is_over ? -ENOBUFS : -ETIMEDOUT);
}

/* Whoever does not read makes no event by himself. */
static void set_alarm(struct dial *dial, uint64_t in_ms)
{
	if (dial->alarm == NULL && loop_timer_open(&dial->alarm, dial->loop, alarm_due, dial) < 0)
		dial->is_over = true; /* without: the next event is the end */
	else
		loop_timer_set(dial->alarm, loop_env(dial->loop).now_ms + in_ms, 0);
}

void dial_finish(struct dial *dial)
{
	dial->is_finishing = true;
	dial->is_paused = false;
	/* Nobody waits for a connection that is not wanted. */
	set_alarm(dial, dial->is_connected ? LINGER_MS : 0);
	if (dial->is_connected)
		shut(dial);
	want(dial);
}

void dial_send(struct dial *dial, const uint8_t *bytes, size_t len)
{
	if (len > dial->queue_max - dial->len || (len > 0 && !grow(dial, dial->len + len))) {
		dial->is_over = true;
		set_alarm(dial, 0);
	} else if (len > 0) {
		memcpy(dial->queue + dial->len, bytes, len);
		dial->len += len;
		/* An error is seen again by the loop. */
		if (dial->is_connected && !dial->is_over)
			(void)flush(dial);
	}
	want(dial);
}
