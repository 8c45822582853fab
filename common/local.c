#include "common/local.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/loop.h"

#define READ_MAX 16 /* messages in one turn of the loop */

struct local {
	struct loop *loop;
	struct loop_timer *timer;
	struct sockaddr_un address;
	local_event_fn *event;
	void *ctx;
	struct local_core *core;
	int fd; /* -1: not connected */
	struct loop_poll *poll;
	uint8_t out[LOCAL_CORE_REQUEST_MAX]; /* did not go out yet */
	size_t out_len;
	uint8_t in[NBT_LOCAL_MESSAGE_MAX];
	uint8_t datagram[NBT_LOCAL_MESSAGE_MAX];
};

/* The next thing to do is the core's to name; soon: there is something to do now. */
static void arm(struct local *local, bool soon)
{
	loop_timer_set(local->timer, soon ? 0 : local_core_deadline(local->core), 0);
}

static void hang_up(struct local *local)
{
	loop_poll_close(local->poll);
	local->poll = NULL;
	if (local->fd >= 0)
		close(local->fd);
	local->fd = -1;
	local->out_len = 0;
}

static void disconnect(struct local *local)
{
	const struct nbt_env env = loop_env(local->loop);

	hang_up(local);
	local_core_disconnected(local->core, &env);
}

/* 0, -EAGAIN, or the connection is broken. */
static int send_bytes(const struct local *local, const uint8_t *bytes, size_t len)
{
	if (send(local->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	return errno == EINTR || errno == ENOBUFS ? -EAGAIN : -errno;
}

/* Sends what there is, as far as the socket takes it. That the connection has ended is left to the
 * loop to see. */
static void flush(struct local *local)
{
	int ret = 0;

	while (local->fd >= 0 && ret == 0) {
		if (local->out_len == 0)
			local->out_len = local_core_output(local->core, local->out);
		if (local->out_len == 0)
			break;
		ret = send_bytes(local, local->out, local->out_len);
		if (ret == 0)
			local->out_len = 0;
	}
	if (local->fd >= 0)
		(void)loop_poll_want(local->poll, local->out_len > 0 ? LOOP_READABLE | LOOP_WRITABLE
								     : LOOP_READABLE);
}

static void tell(struct local *local)
{
	struct local_event event;

	while (local_core_next_event(local->core, &event))
		local->event(local->ctx, &event);
}

/* Whether there may be more. */
static bool receive(struct local *local)
{
	ssize_t got = recv(local->fd, local->in, sizeof(local->in), MSG_DONTWAIT);

	if (got > 0) {
		local_core_receive(local->core, local->in, (size_t)got);
		tell(local);
		return true;
	}
	if (got == 0 || (errno != EAGAIN && errno != EINTR))
		disconnect(local);
	return false;
}

/* After whatever happened: tell of it, send what it led to, wait for the next. */
static void settle(struct local *local)
{
	tell(local);
	flush(local);
	arm(local, false);
}

static void ready(void *ctx, unsigned events)
{
	struct local *local = ctx;

	for (unsigned i = 0; i < READ_MAX && (events & ~LOOP_WRITABLE) && receive(local); i++)
		continue;
	settle(local);
}

static int connect_now(struct local *local)
{
	int ret = 0;

	local->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (local->fd < 0 || connect(local->fd, (const struct sockaddr *)&local->address,
				     sizeof(local->address)) < 0)
		ret = -errno;
	if (ret == 0)
		ret = loop_poll_open(&local->poll, local->loop, local->fd, LOOP_READABLE, ready,
				     local);
	return ret;
}

static void timer_due(void *ctx, const struct nbt_env *env)
{
	struct local *local = ctx;

	local_core_wake(local->core, env);
	if (local_core_wants_connection(local->core, env)) {
		if (connect_now(local) == 0)
			local_core_connected(local->core, env);
		else
			disconnect(local);
	}
	settle(local);
}

int local_open(struct local **out, struct loop *loop, const char *path,
	       const struct local_settings *settings, local_event_fn *event, void *ctx)
{
	struct local *local = calloc(1, sizeof(*local));
	int ret;

	*out = NULL;
	if (local == NULL)
		return -ENOMEM;
	local->loop = loop;
	local->fd = -1;
	local->event = event;
	local->ctx = ctx;
	local->address.sun_family = AF_UNIX;
	ret = strlen(path) < sizeof(local->address.sun_path) ? 0 : -ENAMETOOLONG;
	if (ret == 0) {
		strcpy(local->address.sun_path, path);
		local->core = local_core_create(settings);
		ret = local->core != NULL ? 0 : -ENOMEM;
	}
	if (ret == 0)
		ret = loop_timer_open(&local->timer, loop, timer_due, local);
	if (ret < 0) {
		local_close(local);
		return ret;
	}
	arm(local, true);
	*out = local;
	return 0;
}

void local_close(struct local *local)
{
	if (local == NULL)
		return;
	hang_up(local);
	loop_timer_close(local->timer);
	local_core_destroy(local->core);
	free(local);
}

bool local_claim(struct local *local, const struct nbt_local_claim *claim, uint32_t token)
{
	bool taken = local_core_claim(local->core, claim, token);

	flush(local);
	return taken;
}

bool local_release(struct local *local, const struct nbt_local_claim *claim)
{
	bool was_there = local_core_release(local->core, claim);

	flush(local);
	return was_there;
}

bool local_query(struct local *local, const struct nbt_local_query *query, uint32_t token)
{
	const struct nbt_env env = loop_env(local->loop);
	bool taken = local_core_query(local->core, query, token, &env);

	flush(local);
	arm(local, false);
	return taken;
}

int local_send_datagram(struct local *local, const struct nbt_envelope *envelope,
			const uint8_t *bytes, size_t len)
{
	struct nbt_envelope marked = *envelope;

	if (local->fd < 0)
		return -ENOTCONN;
	if (len > sizeof(local->datagram) - NBT_ENVELOPE_LEN)
		return -EMSGSIZE;
	marked.flags |= NBT_LOCAL_DATAGRAM;
	if (nbt_envelope_encode(&marked, local->datagram, NBT_ENVELOPE_LEN) != NBT_OK)
		return -EINVAL;
	if (local->out_len > 0)
		return -EAGAIN; /* not before what was to be sent before it */
	memcpy(local->datagram + NBT_ENVELOPE_LEN, bytes, len);
	return send_bytes(local, local->datagram, NBT_ENVELOPE_LEN + len);
}
