#include "smb/ipc_call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nbt/session.h>

#include "common/dial.h"
#include "common/loop.h"

#define DIRECT_PORT 445
#define QUEUE_MAX   65536

struct ipc_call {
	struct loop *loop;
	struct ipc_call_options options;
	struct sockaddr_in to;
	struct ipc_sinks sinks;
	struct ipc_client *client;
	struct loop_timer *timer;
	struct dial *dial;
	bool is_connected;
	bool has_other_port; /* which was not tried */
	uint64_t connect_ms; /* when it is too late for that */
	int error;           /* it could not even begin */
};

static void client_send(void *ctx, const uint8_t *bytes, size_t len)
{
	const struct ipc_call *call = ctx;

	if (call->dial != NULL)
		dial_send(call->dial, bytes, len);
}

static void client_entry(void *ctx, size_t request, const struct smb_listed *entry)
{
	const struct ipc_call *call = ctx;

	call->options.events->entry(call->options.ctx, request, entry);
}

static void client_end(void *ctx, size_t request, enum ipc_end end, uint32_t code)
{
	const struct ipc_call *call = ctx;

	call->options.events->end(call->options.ctx, request, end, code);
}

/*
 * The end.
 */

/* The call may be gone afterwards. */
static void finish(struct ipc_call *call, const struct ipc_failure *failure)
{
	loop_timer_set(call->timer, NBT_NEVER, 0);
	dial_close(call->dial);
	call->dial = NULL;
	call->options.events->done(call->options.ctx, failure);
}

static void fail(struct ipc_call *call)
{
	struct ipc_failure failure = { .error = 0 };

	failure.what = ipc_client_failure(call->client, &failure.status);
	finish(call, &failure);
}

static void fail_to_connect(struct ipc_call *call, int error)
{
	finish(call, &(struct ipc_failure){ .what = "no connection", .error = error });
}

/*
 * The connection.
 */

static uint16_t session_port(const struct ipc_call *call)
{
	return call->options.session_port != 0 ? call->options.session_port : NBT_SESSION_PORT;
}

static uint16_t direct_port(const struct ipc_call *call)
{
	return call->options.direct_port != 0 ? call->options.direct_port : DIRECT_PORT;
}

static void arm(const struct ipc_call *call)
{
	uint64_t due = call->is_connected ? ipc_client_deadline(call->client) : call->connect_ms;

	loop_timer_set(call->timer, due, 0);
}

static void connect_again(struct ipc_call *call);

/* After whatever the client was told. The call may be gone. */
static void go_on(struct ipc_call *call, enum ipc_state state)
{
	switch (state) {
	case IPC_WORKING:
		arm(call);
		break;
	case IPC_RECONNECT:
		connect_again(call);
		break;
	case IPC_DONE:
		finish(call, NULL);
		break;
	case IPC_FAILED:
		fail(call);
		break;
	}
}

static void on_connected(void *ctx)
{
	struct ipc_call *call = ctx;
	const struct nbt_env env = loop_env(call->loop);

	call->is_connected = true;
	call->has_other_port = false;
	go_on(call, ipc_client_connected(call->client, &env));
}

static void on_received(void *ctx, const uint8_t *bytes, size_t len)
{
	struct ipc_call *call = ctx;
	const struct nbt_env env = loop_env(call->loop);

	go_on(call, ipc_client_receive(call->client, bytes, len, &env));
}

static int dial_now(struct ipc_call *call);

static void use_port(struct ipc_call *call, bool session_service)
{
	call->options.task.has_session_service = session_service;
	call->to.sin_port = htons(session_service ? session_port(call) : direct_port(call));
}

/* Where nobody listens there may be the other port. */
static bool tries_other_port(struct ipc_call *call)
{
	if (!call->has_other_port)
		return false;
	call->has_other_port = false;
	use_port(call, !call->options.task.has_session_service);
	return dial_now(call) == 0;
}

static void not_connected(struct ipc_call *call, int error)
{
	if (!tries_other_port(call))
		fail_to_connect(call, error);
}

static void on_ended(void *ctx, int error)
{
	struct ipc_call *call = ctx;

	dial_close(call->dial);
	call->dial = NULL;
	if (call->is_connected)
		go_on(call, ipc_client_closed(call->client));
	else
		not_connected(call, error);
}

static const struct dial_events dial_events = { on_connected, on_received, on_ended, NULL };

static int dial_now(struct ipc_call *call)
{
	const struct dial_options options = { .to = call->to,
					      .from = call->options.from,
					      .queue_max = QUEUE_MAX,
					      .events = &dial_events,
					      .ctx = call };
	int ret;

	dial_close(call->dial);
	call->dial = NULL;
	call->is_connected = false;
	ret = dial(&call->dial, call->loop, &options);
	if (ret < 0)
		return ret;
	call->connect_ms = loop_env(call->loop).now_ms + call->options.task.reply_ms;
	arm(call);
	return 0;
}

/* The server has sent us elsewhere, or wants to begin again. */
static void connect_again(struct ipc_call *call)
{
	struct in_addr address;
	uint16_t port;
	int ret;

	if (ipc_client_target(call->client, &address, &port)) {
		call->to.sin_addr = address;
		call->to.sin_port = htons(port);
	}
	ret = dial_now(call);
	if (ret < 0)
		fail_to_connect(call, ret);
}

/*
 * Beginning, and time.
 */

static void timer_due(void *ctx, const struct nbt_env *env)
{
	struct ipc_call *call = ctx;

	if (call->error != 0)
		not_connected(call, call->error);
	else if (call->is_connected)
		go_on(call, ipc_client_wake(call->client, env));
	else if (env->now_ms >= call->connect_ms)
		not_connected(call, -ETIMEDOUT);
	else
		arm(call);
}

int ipc_call(struct ipc_call **out, struct loop *loop, const struct ipc_call_options *options)
{
	struct ipc_call *call = calloc(1, sizeof(*call));

	*out = NULL;
	if (call == NULL)
		return -ENOMEM;
	call->loop = loop;
	call->options = *options;
	call->to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = options->to };
	call->has_other_port = true;
	use_port(call, !options->task.by_smb2);
	call->sinks = (struct ipc_sinks){ client_send, client_entry, client_end, call };
	call->client = ipc_client_create(&call->options.task, &call->sinks);
	if (call->client == NULL || loop_timer_open(&call->timer, loop, timer_due, call) < 0) {
		ipc_call_close(call);
		return -ENOMEM;
	}
	call->error = dial_now(call);
	if (call->error < 0)
		loop_timer_set(call->timer, 0, 0);
	*out = call;
	return 0;
}

const char *ipc_call_domain(const struct ipc_call *call)
{
	return ipc_client_domain(call->client);
}

void ipc_call_close(struct ipc_call *call)
{
	if (call == NULL)
		return;
	dial_close(call->dial);
	loop_timer_close(call->timer);
	ipc_client_destroy(call->client);
	free(call);
}
