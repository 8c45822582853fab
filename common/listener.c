#include "common/listener.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/loop.h"

#define ACCEPT_MAX 16   /* in one turn of the loop */
#define REST_MS    1000 /* without descriptors */

struct listener {
	struct loop *loop;
	int fd;
	struct loop_poll *poll;
	struct loop_timer *rest;
	listener_fn *accepted;
	void *ctx;
};

void listener_turn_away(int fd)
{
	const struct linger reset = { .l_onoff = 1 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
}

static bool is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void take_rest(struct listener *listener)
{
	(void)loop_poll_want(listener->poll, 0);
	loop_timer_set(listener->rest, loop_env(listener->loop).now_ms + REST_MS, 0);
}

static void end_rest(void *ctx, const struct nbt_env *env)
{
	struct listener *listener = ctx;

	(void)env;
	(void)loop_poll_want(listener->poll, LOOP_READABLE);
}

static void ready(void *ctx, unsigned events)
{
	struct listener *listener = ctx;

	if (!(events & LOOP_READABLE))
		return;
	for (int i = 0; i < ACCEPT_MAX; i++) {
		struct sockaddr_in peer;
		socklen_t len = sizeof(peer);
		int fd = accept4(listener->fd, (struct sockaddr *)&peer, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			listener->accepted(listener->ctx, fd, &peer);
		} else if (is_shortage(errno)) {
			take_rest(listener);
			return;
		} else if (errno == EAGAIN) {
			return;
		}
	}
}

static int open_socket(const struct sockaddr_in *local, int backlog)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int ret, on = 1;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    bind(fd, (const struct sockaddr *)local, sizeof(*local)) == 0 &&
	    listen(fd, backlog) == 0)
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

int listener_open(struct listener **out, struct loop *loop, const struct sockaddr_in *local,
		  int backlog, listener_fn *accepted, void *ctx)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	int ret;

	*out = NULL;
	if (listener == NULL)
		return -ENOMEM;
	listener->loop = loop;
	listener->accepted = accepted;
	listener->ctx = ctx;
	ret = listener->fd = open_socket(local, backlog);
	if (ret >= 0)
		ret = loop_timer_open(&listener->rest, loop, end_rest, listener);
	if (ret >= 0)
		ret = loop_poll_open(&listener->poll, loop, listener->fd, LOOP_READABLE, ready,
				     listener);
	if (ret < 0) {
		listener_close(listener);
		return ret;
	}
	*out = listener;
	return 0;
}

void listener_close(struct listener *listener)
{
	if (listener == NULL)
		return;
	loop_poll_close(listener->poll);
	loop_timer_close(listener->rest);
	if (listener->fd >= 0)
		close(listener->fd);
	free(listener);
}

struct sockaddr_in listener_address(const struct listener *listener)
{
	struct sockaddr_in local = { .sin_family = AF_INET };
	socklen_t len = sizeof(local);

	(void)getsockname(listener->fd, (struct sockaddr *)&local, &len);
	return local;
}
