/* HTTP by libmicrohttpd, which waits for nothing itself: its epoll descriptor is watched by the
 * loop. Connections are accepted here, so that they are bounded and a shortage of descriptors is
 * sat out. */
#include "common/metrics_http.h"

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

#ifndef HAVE_MICROHTTPD

struct metrics_http {
	uint16_t port;
};

int metrics_http_open(struct metrics_http **out, struct loop *loop, const struct metrics *metrics,
		      uint64_t patience_ms)
{
	(void)loop;
	(void)patience_ms;
	(void)metrics;
	*out = calloc(1, sizeof(**out));
	return *out != NULL ? 0 : -ENOMEM;
}

void metrics_http_listen(struct metrics_http *http, uint16_t port)
{
	if (port != 0 && port != http->port)
		log_warning("metrics-port: built without libmicrohttpd, so there are no metrics");
	http->port = port;
}

void metrics_http_close(struct metrics_http *http)
{
	free(http);
}

#else

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/array.h"
#include "common/loop.h"
#include "common/metrics.h"

#define CONNECTIONS 8    /* at once; more wait in the kernel */
#define MEMORY      8192 /* bytes for a request's head */

struct visitor {
	int fd; /* -1: free */
	uint64_t until_ms;
	bool is_over; /* was told to go */
};

struct metrics_http {
	struct loop *loop;
	struct metrics metrics;
	uint64_t patience_ms;

	uint16_t port; /* wished for; 0: none */
	int fd;        /* listens on it; -1: not yet */
	struct loop_poll *listener;
	int error; /* that was logged */
	uint64_t retry_ms;

	struct MHD_Daemon *mhd;
	struct loop_poll *poll;
	struct loop_timer *timer;
	struct visitor visitors[CONNECTIONS];
};

/*
 * Requests.
 */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type,
			      char *text, size_t len)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result;

	if (response == NULL) {
		free(text);
		return MHD_NO;
	}
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer_sentence(struct MHD_Connection *connection, unsigned status,
				       const char *sentence)
{
	char *text = strdup(sentence);

	if (text == NULL)
		return MHD_NO;
	return answer(connection, status, "text/plain; charset=utf-8", text, strlen(text));
}

static void write_line(void *ctx, const char *line)
{
	(void)fprintf(ctx, "%s\n", line);
}

static enum MHD_Result answer_metrics(const struct metrics_http *http,
				      struct MHD_Connection *connection)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return MHD_NO;
	metrics_text(&http->metrics, write_line, out);
	if (fclose(out) != 0) {
		free(text);
		return MHD_NO;
	}
	if (len > 0)
		return answer(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8",
			      text, len);
	free(text);
	return answer_sentence(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "Not now.\n");
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_len, void **request_ctx)
{
	(void)version;
	(void)upload;
	(void)upload_len;
	(void)request_ctx;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_sentence(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
				       "This can only be read.\n");
	if (strcmp(url, "/metrics") != 0)
		return answer_sentence(connection, MHD_HTTP_NOT_FOUND, "There is only /metrics.\n");
	return answer_metrics(ctx, connection);
}

/*
 * Connections and their time.
 */

static struct visitor *free_visitor(struct metrics_http *http)
{
	for (size_t i = 0; i < CONNECTIONS; i++)
		if (http->visitors[i].fd < 0)
			return &http->visitors[i];
	return NULL;
}

static void on_connection(void *ctx, struct MHD_Connection *connection, void **visitor_ctx,
			  enum MHD_ConnectionNotificationCode what)
{
	struct metrics_http *http = ctx;
	struct visitor *visitor = *visitor_ctx;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED && visitor != NULL) {
		visitor->fd = -1;
		return;
	}
	visitor = free_visitor(http);
	if (what != MHD_CONNECTION_NOTIFY_STARTED || visitor == NULL)
		return;
	*visitor = (struct visitor){
		.fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
			      ->connect_fd,
		.until_ms = loop_env(http->loop).now_ms + http->patience_ms,
	};
	*visitor_ctx = visitor;
}

static void end_overdue(struct metrics_http *http, uint64_t now_ms)
{
	for (size_t i = 0; i < CONNECTIONS; i++) {
		struct visitor *visitor = &http->visitors[i];

		if (visitor->fd < 0 || visitor->is_over || now_ms < visitor->until_ms)
			continue;
		(void)shutdown(visitor->fd, SHUT_RDWR); /* which the library sees */
		visitor->is_over = true;
	}
}

static uint64_t next_due(struct metrics_http *http, uint64_t now_ms)
{
	uint64_t due_ms = http->retry_ms;
	MHD_UNSIGNED_LONG_LONG wait_ms;

	for (size_t i = 0; i < CONNECTIONS; i++)
		if (http->visitors[i].fd >= 0 && !http->visitors[i].is_over)
			due_ms = nbt_earlier(due_ms, http->visitors[i].until_ms);
	if (http->mhd != NULL && MHD_get_timeout(http->mhd, &wait_ms) == MHD_YES)
		due_ms = nbt_earlier(due_ms, now_ms + wait_ms);
	return due_ms;
}

/* After everything that may have changed something. */
static void plan(struct metrics_http *http)
{
	uint64_t now_ms = loop_env(http->loop).now_ms;
	bool has_room = free_visitor(http) != NULL && http->retry_ms == NBT_NEVER;

	if (http->listener != NULL)
		(void)loop_poll_want(http->listener, has_room ? LOOP_READABLE : 0);
	loop_timer_set(http->timer, next_due(http, now_ms), 0);
}

static void run(struct metrics_http *http)
{
	if (http->mhd != NULL)
		(void)MHD_run(http->mhd);
	plan(http);
}

static void on_ready(void *ctx, unsigned events)
{
	(void)events;
	run(ctx);
}

static void try_later(struct metrics_http *http)
{
	http->retry_ms = loop_env(http->loop).now_ms + http->patience_ms;
}

/* Descriptors that are short would have the listener readable all the time. */
static void on_arrival(void *ctx, unsigned events)
{
	struct metrics_http *http = ctx;

	while ((events & LOOP_READABLE) && free_visitor(http) != NULL) {
		struct sockaddr_in peer;
		socklen_t len = sizeof(peer);
		int fd = accept4(http->fd, (struct sockaddr *)&peer, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0 && errno != EAGAIN)
			try_later(http);
		if (fd < 0 ||
		    MHD_add_connection(http->mhd, fd, (struct sockaddr *)&peer, len) != MHD_YES)
			break;
	}
	run(http);
}

/*
 * The port.
 */

static int open_socket(uint16_t port)
{
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_port = htons(port),
					   .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int ret, on = 1;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    bind(fd, (const struct sockaddr *)&local, sizeof(local)) == 0 &&
	    listen(fd, CONNECTIONS) == 0)
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

/* What cannot be allocated and the like: there is no better word for it. */
static int start_library(struct metrics_http *http)
{
	const union MHD_DaemonInfo *info;

	if (http->mhd != NULL)
		return 0;
	http->mhd = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
				     on_request, http, MHD_OPTION_CONNECTION_LIMIT,
				     (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				     (size_t)MEMORY, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
				     http, MHD_OPTION_END);
	if (http->mhd == NULL)
		return -ENOMEM;
	info = MHD_get_daemon_info(http->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	return loop_poll_open(&http->poll, http->loop, info->epoll_fd, LOOP_READABLE, on_ready,
			      http);
}

static void stop_library(struct metrics_http *http)
{
	loop_poll_close(http->poll);
	http->poll = NULL;
	if (http->mhd != NULL)
		MHD_stop_daemon(http->mhd);
	http->mhd = NULL;
}

static void stop_listening(struct metrics_http *http)
{
	loop_poll_close(http->listener);
	http->listener = NULL;
	if (http->fd >= 0)
		close(http->fd);
	http->fd = -1;
}

static int start_listening(struct metrics_http *http)
{
	int ret = start_library(http);

	if (ret < 0) {
		stop_library(http);
		return ret;
	}
	ret = http->fd = open_socket(http->port);
	if (ret >= 0)
		ret = loop_poll_open(&http->listener, http->loop, http->fd, LOOP_READABLE,
				     on_arrival, http);
	if (ret < 0)
		stop_listening(http);
	return ret;
}

static void log_outcome(struct metrics_http *http, int error)
{
	if (error == 0)
		log_info("metrics at http://127.0.0.1:%u/metrics", http->port);
	else if (error != http->error)
		log_warning(
			"TCP port %u of 127.0.0.1 cannot be had (%s): no metrics until it can; see "
			"metrics-port",
			http->port,
			error == -EADDRINUSE ? "another program has it" : strerror(-error));
	http->error = error;
}

static void try_to_listen(struct metrics_http *http)
{
	int ret;

	http->retry_ms = NBT_NEVER;
	if (http->port == 0 || http->fd >= 0)
		return;
	ret = start_listening(http);
	log_outcome(http, ret < 0 ? ret : 0);
	if (ret < 0)
		try_later(http);
}

static void on_due(void *ctx, const struct nbt_env *env)
{
	struct metrics_http *http = ctx;

	end_overdue(http, env->now_ms);
	if (env->now_ms >= http->retry_ms)
		try_to_listen(http);
	run(http);
}

void metrics_http_listen(struct metrics_http *http, uint16_t port)
{
	if (port == http->port)
		return;
	stop_listening(http);
	http->port = port;
	http->error = 0;
	if (port == 0)
		log_info("metrics are not served any more");
	try_to_listen(http);
	plan(http);
}

int metrics_http_open(struct metrics_http **out, struct loop *loop, const struct metrics *metrics,
		      uint64_t patience_ms)
{
	struct metrics_http *http = calloc(1, sizeof(*http));
	int ret;

	*out = NULL;
	if (http == NULL)
		return -ENOMEM;
	http->loop = loop;
	http->metrics = *metrics;
	http->patience_ms = patience_ms;
	http->fd = -1;
	http->retry_ms = NBT_NEVER;
	for (size_t i = 0; i < ARRAY_SIZE(http->visitors); i++)
		http->visitors[i].fd = -1;
	ret = loop_timer_open(&http->timer, loop, on_due, http);
	if (ret < 0) {
		free(http);
		return ret;
	}
	*out = http;
	return 0;
}

void metrics_http_close(struct metrics_http *http)
{
	if (http == NULL)
		return;
	stop_listening(http);
	stop_library(http);
	loop_timer_close(http->timer);
	free(http);
}

#endif
