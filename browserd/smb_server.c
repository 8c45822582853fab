#include "browserd/smb_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/access.h"
#include "common/log.h"
#include "common/loop.h"

#define PORTS 2

struct listening {
	struct sockaddr_in local; /* port 0: nothing */
	struct session_listener *listener;
	int error; /* why not; it was logged */
};

struct smb_server {
	struct loop *loop;
	struct smb_server_settings settings;
	smb_server_fn *changed;
	void *ctx;
	enum smb_server_state state;
	struct session_streams *streams;
	struct loop_timer *retry;
	struct listening *listening;
	size_t count;
	struct smb_workspace work;
};

/*
 * Sessions.
 */

static bool may_connect(void *ctx, struct in_addr source)
{
	const struct smb_server *server = ctx;

	return (access_rights(server->settings.access, source) & 1U << SMB_SERVER_CLIENTS) != 0;
}

static void opened(void *ctx, struct session_stream *stream, const struct nbt_env *env)
{
	const struct smb_server *server = ctx;
	struct in_addr source = session_stream_peer(stream).sin_addr;
	unsigned may = SMB_MAY_SMB2 | SMB_MAY_SPNEGO;

	if ((access_rights(server->settings.access, source) & 1U << SMB_SERVER_SMB1) != 0)
		may |= SMB_MAY_SMB1;
	smb_session_init(session_stream_state(stream), may, env);
}

static void send_frame(void *ctx, const uint8_t *bytes, size_t len)
{
	session_stream_send(ctx, bytes, len);
}

static bool frame(void *ctx, struct session_stream *stream, const uint8_t *bytes, size_t len,
		  const struct nbt_env *env)
{
	struct smb_server *server = ctx;
	const struct smb_io io = { .work = &server->work, .send = send_frame, .ctx = stream };

	return smb_session_receive(session_stream_state(stream), server->settings.host, &io, bytes,
				   len, env) == SMB_GO_ON;
}

static bool is_settled(void *ctx, const struct session_stream *stream)
{
	(void)ctx;
	return smb_session_is_settled(session_stream_state_of(stream));
}

static const struct session_events events = { may_connect, opened, frame, is_settled };

/*
 * Ports.
 */

static enum smb_server_state look(const struct smb_server *server)
{
	enum smb_server_state state = SMB_SERVER_CLOSED;

	for (size_t i = 0; i < server->count; i++) {
		if (server->listening[i].error == -EADDRINUSE)
			return SMB_SERVER_TAKEN;
		if (server->listening[i].listener != NULL)
			state = SMB_SERVER_OPEN;
	}
	return state;
}

static void log_error_once(struct listening *here, int error)
{
	char address[INET_ADDRSTRLEN];

	if (error != 0 && error != here->error) {
		inet_ntop(AF_INET, &here->local.sin_addr, address, sizeof(address));
		if (error == -EADDRINUSE)
			log_info("TCP port %u of %s belongs to another program",
				 ntohs(here->local.sin_port), address);
		else
			log_warning("TCP port %u of %s cannot be had: %s",
				    ntohs(here->local.sin_port), address, strerror(-error));
	}
	here->error = error;
}

static bool same_place(const struct sockaddr_in *a, const struct sockaddr_in *b)
{
	return a->sin_addr.s_addr == b->sin_addr.s_addr && a->sin_port == b->sin_port;
}

static void try_to_listen(struct smb_server *server, size_t number)
{
	struct listening *here = &server->listening[number];

	if (here->local.sin_port != 0 && here->listener == NULL)
		log_error_once(here, session_listen(&here->listener, server->streams, &here->local,
						    (uint16_t)number));
}

static void want(struct smb_server *server, size_t number, const struct sockaddr_in *local)
{
	struct listening *here = &server->listening[number];

	if (same_place(&here->local, local))
		return;
	session_listener_close(here->listener);
	*here = (struct listening){ .local = *local };
}

/* Says what has become of it, and plans the next try. */
static void note(struct smb_server *server)
{
	enum smb_server_state before = server->state;
	bool is_missing = false;

	for (size_t i = 0; i < server->count; i++)
		is_missing |= server->listening[i].error != 0;
	loop_timer_set(server->retry,
		       is_missing ? loop_env(server->loop).now_ms + server->settings.retry_ms
				  : NBT_NEVER,
		       0);
	server->state = look(server);
	if (server->state != before)
		server->changed(server->ctx, server->state);
}

static void retry(void *ctx, const struct nbt_env *env)
{
	struct smb_server *server = ctx;

	(void)env;
	for (size_t i = 0; i < server->count; i++)
		try_to_listen(server, i);
	note(server);
}

static bool grow(struct smb_server *server, size_t count)
{
	struct listening *more;

	if (count <= server->count)
		return true;
	more = realloc(server->listening, count * sizeof(*more));
	if (more == NULL)
		return false;
	memset(more + server->count, 0, (count - server->count) * sizeof(*more));
	server->listening = more;
	server->count = count;
	return true;
}

bool smb_server_update(struct smb_server *server, const struct smb_server_settings *settings,
		       const struct in_addr *addresses, size_t count)
{
	const uint16_t ports[PORTS] = { settings->session_port, settings->smb_port };

	if (count > UINT16_MAX / PORTS || !grow(server, count * PORTS))
		return false;
	server->settings = *settings;
	session_streams_set_limits(server->streams, &settings->limits);
	for (size_t i = 0; i < server->count; i++) {
		struct sockaddr_in local = { .sin_family = AF_INET };

		if (i / PORTS < count) {
			local.sin_addr = addresses[i / PORTS];
			local.sin_port = htons(ports[i % PORTS]);
		}
		want(server, i, &local);
	}
	for (size_t i = 0; i < server->count; i++)
		try_to_listen(server, i);
	note(server);
	return true;
}

/*
 * All of it.
 */

int smb_server_create(struct smb_server **out, struct loop *loop,
		      const struct smb_server_settings *settings, smb_server_fn *changed, void *ctx)
{
	const struct session_options options = { .frame_max = SMB_FRAME_MAX,
						 .state_size = sizeof(struct smb_session),
						 .limits = settings->limits };
	struct smb_server *server = calloc(1, sizeof(*server));
	int ret;

	*out = NULL;
	if (server == NULL)
		return -ENOMEM;
	server->loop = loop;
	server->settings = *settings;
	server->changed = changed;
	server->ctx = ctx;
	ret = session_streams_create(&server->streams, loop, &options, &events, server);
	if (ret == 0)
		ret = loop_timer_open(&server->retry, loop, retry, server);
	if (ret < 0) {
		smb_server_destroy(server);
		return ret;
	}
	*out = server;
	return 0;
}

void smb_server_destroy(struct smb_server *server)
{
	if (server == NULL)
		return;
	session_streams_destroy(server->streams);
	loop_timer_close(server->retry);
	free(server->listening);
	free(server);
}

enum smb_server_state smb_server_state(const struct smb_server *server)
{
	return server->state;
}

bool smb_server_address(const struct smb_server *server, size_t number, struct sockaddr_in *out)
{
	if (number >= server->count || server->listening[number].listener == NULL)
		return false;
	*out = session_listener_address(server->listening[number].listener);
	return true;
}

struct stats *smb_server_stats(struct smb_server *server)
{
	return session_streams_stats(server->streams);
}

size_t smb_server_connections(const struct smb_server *server)
{
	return session_streams_count(server->streams);
}

size_t smb_server_memory(const struct smb_server *server)
{
	return sizeof(*server) + server->count * sizeof(*server->listening) +
	       session_streams_memory(server->streams);
}
