#include "common/tcp_ask.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/frames.h"
#include "common/loop.h"

#define PREFIX      2
#define MESSAGE_MAX UINT16_MAX

struct tcp_ask {
	struct loop *loop;
	tcp_answer_fn *told;
	void *ctx;
	uint32_t token;
	int fd;
	struct loop_poll *poll;
	struct loop_timer *timer;
	struct frames in;
	size_t len, sent;
	uint8_t out[]; /* with the prefix */
};

void tcp_ask_cancel(struct tcp_ask *ask)
{
	if (ask == NULL)
		return;
	loop_poll_close(ask->poll);
	loop_timer_close(ask->timer);
	if (ask->fd >= 0)
		close(ask->fd);
	frames_free(&ask->in);
	free(ask);
}

/* It has ended before whoever asked hears of it; the answer lives as long as he does. */
static void finish(struct tcp_ask *ask, const uint8_t *bytes, size_t len)
{
	const struct nbt_env env = loop_env(ask->loop);

	(void)loop_poll_want(ask->poll, 0);
	loop_timer_set(ask->timer, NBT_NEVER, 0);
	ask->told(ask->ctx, ask->token, bytes, len, &env);
	tcp_ask_cancel(ask);
}

/* Whether it goes on. */
static bool transmit(struct tcp_ask *ask)
{
	ssize_t sent = send(ask->fd, ask->out + ask->sent, ask->len - ask->sent,
			    MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0)
		return errno == EAGAIN || errno == EINTR;
	ask->sent += (size_t)sent;
	if (ask->sent == ask->len)
		(void)loop_poll_want(ask->poll, LOOP_READABLE);
	return true;
}

static void receive(struct tcp_ask *ask)
{
	size_t room, len;
	uint8_t *place = frames_room(&ask->in, &room);
	ssize_t got = recv(ask->fd, place, room, MSG_DONTWAIT);
	const uint8_t *message;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		finish(ask, NULL, 0);
		return;
	}
	frames_add(&ask->in, (size_t)got);
	if (frames_next(&ask->in, &message, &len) == FRAMES_MESSAGE)
		finish(ask, message, len);
}

/* An error is that of connect(), too. */
static void ready(void *ctx, unsigned events)
{
	struct tcp_ask *ask = ctx;

	if (events & LOOP_ERROR)
		finish(ask, NULL, 0);
	else if (ask->sent == ask->len)
		receive(ask);
	else if (!transmit(ask))
		finish(ask, NULL, 0);
}

static void too_late(void *ctx, const struct nbt_env *env)
{
	(void)env;
	finish(ctx, NULL, 0);
}

static int begin(struct tcp_ask *ask, const struct tcp_ask_options *options)
{
	int ret = frames_init(&ask->in, PREFIX, MESSAGE_MAX);

	if (ret < 0)
		return ret;
	ask->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (ask->fd < 0)
		return -errno;
	if (connect(ask->fd, (const struct sockaddr *)&options->to, sizeof(options->to)) < 0 &&
	    errno != EINPROGRESS)
		return -errno;
	ret = loop_timer_open(&ask->timer, ask->loop, too_late, ask);
	if (ret == 0)
		ret = loop_poll_open(&ask->poll, ask->loop, ask->fd, LOOP_WRITABLE, ready, ask);
	if (ret == 0)
		loop_timer_set(ask->timer, loop_env(ask->loop).now_ms + options->timeout_ms, 0);
	return ret;
}

int tcp_ask(struct tcp_ask **out, struct loop *loop, const struct tcp_ask_options *options)
{
	struct tcp_ask *ask;
	int ret;

	*out = NULL;
	if (options->len > MESSAGE_MAX)
		return -EMSGSIZE;
	ask = calloc(1, sizeof(*ask) + PREFIX + options->len);
	if (ask == NULL)
		return -ENOMEM;
	ask->loop = loop;
	ask->told = options->told;
	ask->ctx = options->ctx;
	ask->token = options->token;
	ask->fd = -1;
	ask->len = PREFIX + options->len;
	frames_write_prefix(ask->out, PREFIX, options->len);
	memcpy(ask->out + PREFIX, options->bytes, options->len);
	ret = begin(ask, options);
	if (ret < 0) {
		tcp_ask_cancel(ask);
		return ret;
	}
	*out = ask;
	return 0;
}
