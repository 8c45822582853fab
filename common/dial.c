#include "common/dial.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/loop.h"

#define READ_MAX 16384

struct dial {
	struct loop_poll *poll;
	const struct dial_events *events;
	void *ctx;
	int fd;
	bool is_connected, is_over; /* over: too much waits */
	size_t queue_max, len;
	uint8_t *queue;
};

void dial_close(struct dial *dial)
{
	if (dial == NULL)
		return;
	loop_poll_close(dial->poll);
	if (dial->fd >= 0)
		close(dial->fd);
	free(dial->queue);
	free(dial);
}

/* Until there is a connection, and while something waits, it is of interest that we can write. */
static void want(struct dial *dial)
{
	bool writes = !dial->is_connected || dial->len > 0 || dial->is_over;

	(void)loop_poll_want(dial->poll, (writes ? LOOP_WRITABLE : 0) |
						 (dial->is_connected ? LOOP_READABLE : 0));
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
	(void)loop_poll_want(dial->poll, 0);
	dial->events->ended(dial->ctx, error);
}

static void receive(struct dial *dial)
{
	uint8_t bytes[READ_MAX];
	ssize_t got = recv(dial->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

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

static void ready(void *ctx, unsigned events)
{
	struct dial *dial = ctx;
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
	if (events & (LOOP_READABLE | LOOP_ERROR))
		receive(dial);
}

static int begin(struct dial *dial, struct loop *loop, const struct dial_options *options)
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
	return loop_poll_open(&dial->poll, loop, dial->fd, LOOP_WRITABLE, ready, dial);
}

int dial(struct dial **out, struct loop *loop, const struct dial_options *options)
{
	struct dial *dial = calloc(1, sizeof(*dial));
	int ret = -ENOMEM;

	*out = NULL;
	if (dial == NULL)
		return ret;
	dial->fd = -1;
	dial->events = options->events;
	dial->ctx = options->ctx;
	dial->queue_max = options->queue_max;
	dial->queue = malloc(options->queue_max);
	if (dial->queue != NULL)
		ret = begin(dial, loop, options);
	if (ret < 0) {
		dial_close(dial);
		return ret;
	}
	*out = dial;
	return 0;
}

void dial_send(struct dial *dial, const uint8_t *bytes, size_t len)
{
	if (len > dial->queue_max - dial->len) {
		dial->is_over = true;
	} else if (len > 0) {
		memcpy(dial->queue + dial->len, bytes, len);
		dial->len += len;
		/* An error is seen again by the loop. */
		if (dial->is_connected && !dial->is_over)
			(void)flush(dial);
	}
	want(dial);
}
