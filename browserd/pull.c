#include "browserd/pull.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "browserd/text.h"
#include "common/dial.h"
#include "common/loop.h"
#include "smb/ipc_client.h"

#define SESSION_PORT 139
#define DIRECT_PORT  445
#define QUEUE_MAX    65536
#define FAILURE_MAX  160

struct pull {
	struct pulls *pulls;
	struct pull *next;
	uint32_t token;
	struct in_addr interface;
	struct sockaddr_in to;
	char workgroup[NBT_NAME_LEN], name[NBT_NAME_LEN];
	uint32_t reply_ms;

	struct loop_timer *timer; /* NULL: it waits for its turn */
	struct dial *dial;
	bool is_connected;
	uint64_t connect_ms; /* when it is too late for that */
	struct ipc_request requests[LISTS_KINDS];
	struct ipc_task task;
	struct ipc_sinks sinks;
	struct ipc_client *client;
	char failure[FAILURE_MAX]; /* the first thing that went wrong */
};

struct pulls {
	struct loop *loop;
	struct pulls_settings settings;
	char name[NBT_NAME_LEN];
	const struct pulls_events *events;
	void *ctx;
	struct pull *first; /* the oldest */
	size_t count, running;
};

static void start_more(struct pulls *pulls);

static void free_pull(struct pull *pull)
{
	ipc_client_destroy(pull->client);
	dial_close(pull->dial);
	loop_timer_close(pull->timer);
	free(pull);
}

static void unlink_pull(struct pull *pull)
{
	struct pull **at = &pull->pulls->first;

	while (*at != pull)
		at = &(*at)->next;
	*at = pull->next;
	pull->pulls->count--;
	if (pull->timer != NULL)
		pull->pulls->running--;
}

/* Its end is told when it is one of the pulls no more: another may be begun at once. */
static void finish(struct pull *pull)
{
	struct pulls *pulls = pull->pulls;

	unlink_pull(pull);
	pulls->events->end(pulls->ctx, pull->token,
			   pull->failure[0] != '\0' ? pull->failure : NULL);
	free_pull(pull);
	start_more(pulls);
}

static void __attribute__((format(printf, 2, 3))) note(struct pull *pull, const char *format, ...)
{
	va_list args;

	if (pull->failure[0] != '\0')
		return;
	va_start(args, format);
	vsnprintf(pull->failure, sizeof(pull->failure), format, args);
	va_end(args);
}

/*
 * What the IPC$ client has to say.
 */

static void client_send(void *ctx, const uint8_t *bytes, size_t len)
{
	const struct pull *pull = ctx;

	if (pull->dial != NULL)
		dial_send(pull->dial, bytes, len);
}

static void client_entry(void *ctx, size_t request, const struct smb_listed *entry)
{
	const struct pull *pull = ctx;
	struct lists_record record = { .type = entry->type & ~NBT_SV_LOCAL_LIST_ONLY,
				       .os_major = entry->major,
				       .os_minor = entry->minor };

	text_copy(record.name, sizeof(record.name), entry->name);
	text_copy(record.comment, sizeof(record.comment), entry->comment);
	pull->pulls->events->record(pull->pulls->ctx, pull->token, (enum lists_kind)request,
				    &record);
}

/* A list of which the server does not give the rest is the best that there is. */
static void client_end(void *ctx, size_t request, enum ipc_end end, uint32_t code)
{
	struct pull *pull = ctx;
	const char *what = request == LISTS_SERVERS ? "servers" : "workgroups";

	if (end == IPC_REFUSED)
		note(pull, "its list of %s is refused with status %u", what, (unsigned)code);
	else if (end == IPC_BROKEN)
		note(pull, "its list of %s makes no sense, or never came", what);
}

static void arm(const struct pull *pull)
{
	uint64_t due = pull->is_connected ? ipc_client_deadline(pull->client) : pull->connect_ms;

	loop_timer_set(pull->timer, due, 0);
}

static void fail(struct pull *pull)
{
	uint32_t status;
	const char *why = ipc_client_failure(pull->client, &status);

	if (status != 0)
		snprintf(pull->failure, sizeof(pull->failure), "%s (status 0x%08x)", why,
			 (unsigned)status);
	else
		snprintf(pull->failure, sizeof(pull->failure), "%s", why);
	finish(pull);
}

static void connect_again(struct pull *pull);

/* After whatever the client was told. The pull may be gone. */
static void go_on(struct pull *pull, enum ipc_state state)
{
	switch (state) {
	case IPC_WORKING:
		arm(pull);
		break;
	case IPC_RECONNECT:
		connect_again(pull);
		break;
	case IPC_DONE:
		finish(pull);
		break;
	case IPC_FAILED:
		fail(pull);
		break;
	}
}

/*
 * The connection.
 */

static uint16_t session_port(const struct pull *pull)
{
	uint16_t port = pull->pulls->settings.session_port;

	return port != 0 ? port : SESSION_PORT;
}

static uint16_t direct_port(const struct pull *pull)
{
	uint16_t port = pull->pulls->settings.direct_port;

	return port != 0 ? port : DIRECT_PORT;
}

static void on_connected(void *ctx)
{
	struct pull *pull = ctx;
	const struct nbt_env env = loop_env(pull->pulls->loop);

	pull->is_connected = true;
	go_on(pull, ipc_client_connected(pull->client, &env));
}

static void on_received(void *ctx, const uint8_t *bytes, size_t len)
{
	struct pull *pull = ctx;
	const struct nbt_env env = loop_env(pull->pulls->loop);

	go_on(pull, ipc_client_receive(pull->client, bytes, len, &env));
}

static int dial_now(struct pull *pull);

/* Without a session service there may be the other port. */
static bool tries_other_port(struct pull *pull)
{
	if (pull->is_connected || !pull->task.has_session_service ||
	    pull->to.sin_port != htons(session_port(pull)))
		return false;
	pull->task.has_session_service = false;
	pull->to.sin_port = htons(direct_port(pull));
	return dial_now(pull) == 0;
}

static void not_connected(struct pull *pull, int error)
{
	if (tries_other_port(pull))
		return;
	note(pull, "no connection: %s", strerror(-error));
	finish(pull);
}

static void on_ended(void *ctx, int error)
{
	struct pull *pull = ctx;

	dial_close(pull->dial);
	pull->dial = NULL;
	if (pull->is_connected)
		go_on(pull, ipc_client_closed(pull->client));
	else
		not_connected(pull, error);
}

static const struct dial_events dial_events = { on_connected, on_received, on_ended };

static int dial_now(struct pull *pull)
{
	const struct dial_options options = { .to = pull->to,
					      .from = pull->interface,
					      .queue_max = QUEUE_MAX,
					      .events = &dial_events,
					      .ctx = pull };
	int ret;

	dial_close(pull->dial);
	pull->is_connected = false;
	ret = dial(&pull->dial, pull->pulls->loop, &options);
	if (ret < 0)
		return ret;
	pull->connect_ms = loop_env(pull->pulls->loop).now_ms + pull->reply_ms;
	arm(pull);
	return 0;
}

/* The server has sent us elsewhere, or wants to begin again. */
static void connect_again(struct pull *pull)
{
	struct in_addr address;
	uint16_t port;
	int ret;

	if (ipc_client_target(pull->client, &address, &port)) {
		pull->to.sin_addr = address;
		pull->to.sin_port = htons(port);
	}
	ret = dial_now(pull);
	if (ret == 0)
		return;
	note(pull, "no connection: %s", strerror(-ret));
	finish(pull);
}

/*
 * Beginning, and time.
 */

static void timer_due(void *ctx, const struct nbt_env *env)
{
	struct pull *pull = ctx;

	if (pull->failure[0] != '\0')
		finish(pull); /* it could not even begin */
	else if (pull->is_connected)
		go_on(pull, ipc_client_wake(pull->client, env));
	else if (env->now_ms >= pull->connect_ms)
		not_connected(pull, -ETIMEDOUT);
	else
		arm(pull);
}

static struct nbt_name name_of(const char *text, uint8_t suffix)
{
	struct nbt_name name;

	if (nbt_name_make(&name, text, suffix) != NBT_OK)
		memset(&name, 0, sizeof(name)); /* it is never too long */
	return name;
}

static void prepare(struct pull *pull)
{
	const struct pulls_settings *settings = &pull->pulls->settings;

	pull->requests[LISTS_SERVERS] =
		(struct ipc_request){ .types = NBT_SV_ALL, .domain = pull->workgroup };
	pull->requests[LISTS_WORKGROUPS] =
		(struct ipc_request){ .types = NBT_SV_DOMAIN_ENUM, .domain = "" };
	pull->task =
		(struct ipc_task){ .server = pull->name,
				   .has_session_service = true,
				   .called = name_of(pull->name, NBT_SUFFIX_SERVER),
				   .calling = name_of(pull->pulls->name, NBT_SUFFIX_WORKSTATION),
				   .scope = settings->scope,
				   .requests = pull->requests,
				   .request_count = LISTS_KINDS,
				   .reply_ms = settings->reply_ms,
				   .whole_ms = settings->whole_ms };
	pull->sinks = (struct ipc_sinks){ client_send, client_entry, client_end, pull };
	pull->reply_ms = settings->reply_ms;
	pull->to.sin_port = htons(session_port(pull));
}

/* false: out of memory. That there is no connection is told from the loop. */
static bool start(struct pull *pull)
{
	int ret;

	prepare(pull);
	pull->client = ipc_client_create(&pull->task, &pull->sinks);
	if (pull->client == NULL ||
	    loop_timer_open(&pull->timer, pull->pulls->loop, timer_due, pull) < 0)
		return false;
	pull->pulls->running++;
	ret = dial_now(pull);
	if (ret < 0) {
		note(pull, "no connection: %s", strerror(-ret));
		loop_timer_set(pull->timer, 0, 0);
	}
	return true;
}

static struct pull *next_waiting(const struct pulls *pulls)
{
	struct pull *pull = pulls->first;

	while (pull != NULL && pull->timer != NULL)
		pull = pull->next;
	return pull;
}

static void start_more(struct pulls *pulls)
{
	struct pull *pull;

	while (pulls->running < pulls->settings.at_once && (pull = next_waiting(pulls)) != NULL)
		if (!start(pull)) {
			unlink_pull(pull);
			free_pull(pull);
		}
}

void pulls_add(struct pulls *pulls, const struct browser_pull *wanted)
{
	struct pull *pull = calloc(1, sizeof(*pull)), **at = &pulls->first;

	if (pull == NULL)
		return;
	pull->pulls = pulls;
	pull->token = wanted->token;
	pull->interface = wanted->interface;
	pull->to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = wanted->address };
	text_copy(pull->workgroup, sizeof(pull->workgroup), wanted->workgroup);
	text_copy(pull->name, sizeof(pull->name), wanted->name);
	while (*at != NULL)
		at = &(*at)->next;
	*at = pull;
	pulls->count++;
	start_more(pulls);
}

/*
 * All of them.
 */

int pulls_open(struct pulls **out, struct loop *loop, const struct pulls_settings *settings,
	       const struct pulls_events *events, void *ctx)
{
	struct pulls *pulls = calloc(1, sizeof(*pulls));

	*out = pulls;
	if (pulls == NULL)
		return -ENOMEM;
	pulls->loop = loop;
	pulls->events = events;
	pulls->ctx = ctx;
	pulls_set_settings(pulls, settings);
	return 0;
}

void pulls_set_settings(struct pulls *pulls, const struct pulls_settings *settings)
{
	pulls->settings = *settings;
	text_copy(pulls->name, sizeof(pulls->name), settings->name);
	pulls->settings.name = pulls->name;
}

void pulls_cancel(struct pulls *pulls)
{
	while (pulls->first != NULL) {
		struct pull *pull = pulls->first;

		unlink_pull(pull);
		free_pull(pull);
	}
}

void pulls_close(struct pulls *pulls)
{
	if (pulls == NULL)
		return;
	pulls_cancel(pulls);
	free(pulls);
}

size_t pulls_count(const struct pulls *pulls)
{
	return pulls->count;
}
