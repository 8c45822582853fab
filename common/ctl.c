/* The control socket: connections, lines, answers. */
#include "common/ctl.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ctl_inner.h"
#include "common/local_room.h"
#include "common/local_socket.h"
#include "common/log.h"
#include "common/loop.h"

#define CONNECTIONS_MAX 128
#define LINE_MAX_LEN    65536
#define STREAM_AHEAD    32768 /* bytes of a stream that may wait to be taken */
#define LINE_USUAL      1024  /* bytes of a row, mostly */
#define SOCKET_GROUP    "nbt-admin"
#define REST_MS         500 /* when there are no descriptors */

struct connection {
	struct ctl *ctl;
	struct connection *next;
	int fd;
	struct loop_poll *poll;
	struct ucred peer;
	enum local_rank rank;
	struct ctl_request *request; /* being answered, or NULL */
	bool at_end;                 /* nothing more will be asked */

	char in[LINE_MAX_LEN];
	size_t in_len;
	char *out;
	size_t out_len, out_space, out_sent;
};

struct ctl {
	struct ctl_options options;
	const struct ctl_command **tables; /* those of the options, and the common ones */
	struct local_socket_options socket;
	struct loop *loop;
	int fd;
	struct loop_poll *poll;
	struct loop_timer *rest; /* until it is tried again to take somebody */
	struct connection *connections;
	struct local_room room;
	bool is_stopped; /* nothing is taken */
};

struct ctl_request {
	struct connection *connection; /* NULL: it is gone */
	struct ctl_stream stream;      /* without more(): none */
	bool is_idle;                  /* the stream had nothing to say */
	bool is_woken;                 /* but wants to be asked again */
	bool has_failed;               /* a row could not be made */
	bool is_running;               /* run() is on the stack: it is looked at afterwards */
};

/*
 * Output.
 */

static size_t unsent(const struct connection *c)
{
	return c->out_len - c->out_sent;
}

static bool make_room(struct connection *c, size_t len)
{
	size_t space = c->out_space;
	char *out;

	if (c->out_sent > 0 && c->out_space - c->out_len < len) {
		memmove(c->out, c->out + c->out_sent, unsent(c));
		c->out_len -= c->out_sent;
		c->out_sent = 0;
	}
	if (space - c->out_len >= len)
		return true;
	while (space - c->out_len < len)
		space = space == 0 ? 4096 : 2 * space;
	out = realloc(c->out, space);
	if (out == NULL)
		return false;
	c->out = out;
	c->out_space = space;
	return true;
}

/* Length of the object as text, at the end of the output if there is room for it and a line's end;
 * 0: it is none. */
static size_t write_object(struct connection *c, json_t *object)
{
	return json_dumpb(object, c->out + c->out_len, c->out_space - c->out_len,
			  JSON_COMPACT | JSON_PRESERVE_ORDER);
}

/* Takes the object; false: it could not be written. */
static bool put_line(struct connection *c, json_t *object)
{
	size_t len = object != NULL && make_room(c, LINE_USUAL) ? write_object(c, object) : 0;
	bool done = len > 0;

	if (done && len >= c->out_space - c->out_len)
		done = make_room(c, len + 1) && write_object(c, object) == len;
	if (done) {
		c->out[c->out_len + len] = '\n';
		c->out_len += len + 1;
	}
	json_decref(object);
	return done;
}

/* false: the connection is of no use any more. */
static bool send_some(struct connection *c)
{
	ssize_t sent;

	if (unsent(c) == 0)
		return true;
	sent = send(c->fd, c->out + c->out_sent, unsent(c), MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0)
		return errno == EAGAIN || errno == EINTR;
	c->out_sent += (size_t)sent;
	if (unsent(c) == 0)
		c->out_len = c->out_sent = 0;
	return true;
}

/*
 * Connections.
 */

static void look_at(struct connection *c);

static void release_stream(struct ctl_request *rq)
{
	if (rq->stream.release != NULL)
		rq->stream.release(rq->stream.ctx);
	rq->stream = (struct ctl_stream){ .more = NULL };
}

/* Whoever answers the request keeps it until then; a stream is ours. */
static void leave_request(struct ctl_request *rq)
{
	rq->connection = NULL;
	if (rq->stream.more == NULL)
		return;
	release_stream(rq);
	free(rq);
}

static void close_connection(struct connection *c)
{
	struct connection **at = &c->ctl->connections;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->ctl->room.taken[c->rank]--;
	if (c->request != NULL)
		leave_request(c->request);
	loop_poll_close(c->poll);
	close(c->fd);
	free(c->out);
	free(c);
}

/* A whole line, whose turn has come or will once the answers before it are taken. */
static bool has_line(const struct connection *c)
{
	return c->request == NULL && memchr(c->in, '\n', c->in_len) != NULL;
}

static bool stream_is_ready(const struct connection *c)
{
	return c->request != NULL && c->request->stream.more != NULL && !c->request->is_idle;
}

static void want(struct connection *c)
{
	unsigned events = 0;

	if (!c->at_end && c->in_len < sizeof(c->in))
		events |= LOOP_READABLE;
	if (unsent(c) > 0 || stream_is_ready(c) || has_line(c))
		events |= LOOP_WRITABLE;
	(void)loop_poll_want(c->poll, events);
}

static void run_stream(struct connection *c)
{
	struct ctl_request *rq = c->request;
	size_t before = unsent(c);
	bool more;

	if (before >= STREAM_AHEAD)
		return;
	rq->is_running = true;
	rq->is_woken = false;
	more = rq->stream.more(rq->stream.ctx, rq);
	if (!more) {
		release_stream(rq);
		ctl_end(rq);
		return;
	}
	rq->is_running = false;
	rq->is_idle = !rq->is_woken && unsent(c) == before;
}

/*
 * Requests.
 */

/* A sentence that was too long may end within a character, and would be no UTF-8. */
static void end_whole(char *text)
{
	size_t len = strlen(text), lead = len;
	unsigned char first;

	do {
		if (lead == 0)
			return;
		first = (unsigned char)text[--lead];
	} while ((first & 0xc0) == 0x80);
	if (first >= 0xc0 && len - lead < (first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2))
		text[lead] = '\0';
}

static void refuse(struct connection *c, enum ctl_status status, const char *error)
{
	if (!put_line(c, json_pack("{s:s, s:i}", "error", error, "status", (int)status)))
		c->at_end = true;
}

static void log_change(const struct connection *c, const struct ctl_command *command, int argc,
		       char **argv)
{
	char text[256] = "";
	size_t len = 0;

	for (int i = 0; i < argc && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, " %s", argv[i]);
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ')
			*p = '?';
	log_info("user %u: %s%s", (unsigned)c->peer.uid, command->name, text);
}

static void run_command(struct connection *c, const struct ctl_command *command, int argc,
			char **argv)
{
	struct ctl_request *rq = calloc(1, sizeof(*rq));

	if (rq == NULL) {
		refuse(c, CTL_FAILED, "out of memory");
		return;
	}
	rq->connection = c;
	c->request = rq;
	if (command->changes_state)
		log_change(c, command, argc, argv);
	rq->is_running = true;
	command->run(c->ctl->options.daemon, rq, argc, argv);
	if (c->request == rq) /* or it has ended, and is no more */
		rq->is_running = false;
}

static void refuse_command(struct connection *c, int argc, char **argv)
{
	char error[CTL_UNKNOWN_MAX], daemon[32];

	/* The socket is "nbnsd.ctl". */
	snprintf(daemon, sizeof(daemon), "%.*s", (int)strcspn(c->ctl->options.name, "."),
		 c->ctl->options.name);
	ctl_say_unknown(c->ctl->tables, daemon, argc, argv, error);
	end_whole(error);
	refuse(c, CTL_MISUSE, error);
}

static void take_line(struct connection *c, const char *line, size_t len)
{
	char *argv[CTL_WORDS_MAX];
	json_t *words;
	int argc = ctl_words(line, len, &words, argv);
	const struct ctl_command *command;
	int used;

	if (argc <= 0) {
		refuse(c, CTL_MISUSE, "a request is a line with a JSON array of 1 to 64 words");
	} else {
		command = ctl_find(c->ctl->tables, argc, argv, &used);
		if (command != NULL)
			run_command(c, command, argc - used, argv + used);
		else
			refuse_command(c, argc, argv);
	}
	json_decref(words);
}

static bool takes_lines(const struct connection *c)
{
	return c->request == NULL && unsent(c) < STREAM_AHEAD && !c->ctl->is_stopped;
}

/* One at a time: those of others, and packets, are not to wait for many. */
static void take_lines(struct connection *c)
{
	char *end = takes_lines(c) ? memchr(c->in, '\n', c->in_len) : NULL;

	if (end != NULL) {
		size_t len = (size_t)(end - c->in);

		take_line(c, c->in, len);
		c->in_len -= len + 1;
		memmove(c->in, end + 1, c->in_len);
		return;
	}
	if (takes_lines(c) && c->in_len == sizeof(c->in)) {
		refuse(c, CTL_MISUSE, "the line is too long");
		c->in_len = 0;
		c->at_end = true;
	}
}

static void receive(struct connection *c)
{
	ssize_t got = recv(c->fd, c->in + c->in_len, sizeof(c->in) - c->in_len, MSG_DONTWAIT);

	if (got > 0)
		c->in_len += (size_t)got;
	else if (got == 0 || (errno != EAGAIN && errno != EINTR))
		c->at_end = true;
}

/* Not only has nothing more to say: a client may have closed its half and wait for the answer. */
static bool has_hung_up(const struct connection *c)
{
	struct pollfd look = { .fd = c->fd };

	return poll(&look, 1, 0) > 0 && (look.revents & (POLLHUP | POLLERR)) != 0;
}

/* Nobody will take more of a stream that waits for something to happen. */
static bool is_over(const struct connection *c)
{
	if (!c->at_end || unsent(c) > 0 || has_line(c))
		return false;
	return c->request == NULL || c->request->is_idle || has_hung_up(c);
}

/* After something has happened: what is to be done next. */
static void look_at(struct connection *c)
{
	take_lines(c);
	if (!send_some(c) || is_over(c))
		close_connection(c);
	else
		want(c);
}

static void on_ready(void *ctx, unsigned events)
{
	struct connection *c = ctx;

	if (events & LOOP_ERROR) { /* the other end is closed for good */
		close_connection(c);
		return;
	}
	if ((events & LOOP_READABLE) && !c->at_end && c->in_len < sizeof(c->in))
		receive(c);
	if ((events & LOOP_WRITABLE) && stream_is_ready(c))
		run_stream(c);
	look_at(c);
}

static enum local_rank rank_of(const struct ucred *peer)
{
	return peer->uid == 0 || peer->uid == geteuid() ? LOCAL_OWNER : LOCAL_MEMBER;
}

static bool has_room(const struct ctl *ctl, const struct ucred *peer)
{
	size_t of_user = 0;

	for (const struct connection *c = ctl->connections; c != NULL; c = c->next)
		of_user += c->peer.uid == peer->uid;
	return local_room_has(&ctl->room, rank_of(peer), of_user);
}

static struct connection *add_connection(struct ctl *ctl, int fd, const struct ucred *peer)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->ctl = ctl;
	c->fd = fd;
	c->peer = *peer;
	c->rank = rank_of(peer);
	if (loop_poll_open(&c->poll, ctl->loop, fd, LOOP_READABLE, on_ready, c) < 0) {
		free(c);
		return NULL;
	}
	c->next = ctl->connections;
	ctl->connections = c;
	ctl->room.taken[c->rank]++;
	return c;
}

/* Without descriptors the socket would wake us all the time. */
static void take_rest(struct ctl *ctl)
{
	(void)loop_poll_want(ctl->poll, 0);
	loop_timer_set(ctl->rest, loop_env(ctl->loop).now_ms + REST_MS, 0);
}

static void on_rested(void *ctx, const struct nbt_env *env)
{
	struct ctl *ctl = ctx;

	(void)env;
	(void)loop_poll_want(ctl->poll, LOOP_READABLE);
}

static void on_connection(void *ctx, unsigned events)
{
	static const char full[] = "{\"error\":\"too many connections\",\"status\":1}\n";
	struct ctl *ctl = ctx;
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int fd = accept4(ctl->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			take_rest(ctl);
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0) {
		if (!has_room(ctl, &peer))
			(void)send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		else if (add_connection(ctl, fd, &peer) != NULL)
			return;
	}
	close(fd);
}

static bool join_tables(struct ctl *ctl, const struct ctl_command *const *tables)
{
	size_t count = 0;

	while (tables[count] != NULL)
		count++;
	ctl->tables = calloc(count + 2, sizeof(*ctl->tables));
	if (ctl->tables == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		ctl->tables[i] = tables[i];
	ctl->tables[count] = ctl_common_commands;
	return true;
}

static void free_ctl(struct ctl *ctl)
{
	loop_poll_close(ctl->poll);
	loop_timer_close(ctl->rest);
	if (ctl->fd >= 0)
		close(ctl->fd);
	free(ctl->tables);
	free(ctl);
}

int ctl_open(struct ctl **out, struct loop *loop, const struct ctl_options *options)
{
	struct ctl *ctl = calloc(1, sizeof(*ctl));
	int ret;

	*out = NULL;
	if (ctl == NULL)
		return -ENOMEM;
	ctl->fd = -ENOMEM;
	ctl->options = *options;
	ctl->room.connections = CONNECTIONS_MAX;
	ctl->loop = loop;
	ctl->socket = (struct local_socket_options){ .directory = options->directory,
						     .name = options->name,
						     .type = SOCK_STREAM,
						     .group = SOCKET_GROUP,
						     .owner = options->owner };
	if (join_tables(ctl, options->tables))
		ctl->fd = local_socket_listen(&ctl->socket);
	ret = ctl->fd;
	if (ret >= 0)
		ret = loop_timer_open(&ctl->rest, loop, on_rested, ctl);
	if (ret >= 0)
		ret = loop_poll_open(&ctl->poll, loop, ctl->fd, LOOP_READABLE, on_connection, ctl);
	if (ret < 0) {
		free_ctl(ctl);
		return ret;
	}
	*out = ctl;
	return 0;
}

void ctl_stop_taking(struct ctl *ctl)
{
	if (ctl != NULL)
		ctl->is_stopped = true;
}

void ctl_go_on_taking(struct ctl *ctl)
{
	if (ctl == NULL)
		return;
	ctl->is_stopped = false;
	for (struct connection *c = ctl->connections; c != NULL; c = c->next)
		want(c);
}

static struct ctl_request *some_stream(const struct ctl *ctl)
{
	for (const struct connection *c = ctl->connections; c != NULL; c = c->next)
		if (c->request != NULL && c->request->stream.more != NULL)
			return c->request;
	return NULL;
}

/* Afterwards a connection may be no more, and its neighbours with it. */
void ctl_fail_streams(struct ctl *ctl, const char *error)
{
	struct ctl_request *rq;

	while (ctl != NULL && (rq = some_stream(ctl)) != NULL)
		ctl_fail(rq, CTL_FAILED, "%s", error);
}

void ctl_close(struct ctl *ctl)
{
	if (ctl == NULL)
		return;
	while (ctl->connections != NULL) {
		(void)send_some(ctl->connections);
		close_connection(ctl->connections);
	}
	local_socket_remove(&ctl->socket);
	free_ctl(ctl);
}

const struct ctl_command *const *ctl_tables(const struct ctl_request *rq)
{
	return rq->connection->ctl->tables; /* it is asked while the command begins */
}

/*
 * Answers.
 */

void ctl_row(struct ctl_request *rq, json_t *row)
{
	if (rq->connection == NULL)
		json_decref(row);
	else if (!put_line(rq->connection, row))
		rq->has_failed = true;
}

/* The request is no more; what is next on its connection is looked at, unless that is being done.
 */
static void finish(struct ctl_request *rq, json_t *last)
{
	struct connection *c = rq->connection;
	bool is_running = rq->is_running;

	if (c == NULL) {
		json_decref(last);
	} else {
		c->request = NULL;
		if (!put_line(c, last))
			c->at_end = true;
	}
	release_stream(rq);
	free(rq);
	if (c != NULL && !is_running)
		look_at(c);
}

void ctl_end(struct ctl_request *rq)
{
	if (rq->has_failed)
		ctl_fail(rq, CTL_FAILED, "a row of the answer could not be made");
	else
		finish(rq, json_pack("{s:b}", "ok", 1));
}

void ctl_fail(struct ctl_request *rq, enum ctl_status status, const char *format, ...)
{
	char error[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, sizeof(error), format, arguments);
	va_end(arguments);
	end_whole(error);
	finish(rq, json_pack("{s:s, s:i}", "error", error, "status", (int)status));
}

void ctl_start_stream(struct ctl_request *rq, const struct ctl_stream *stream)
{
	rq->stream = *stream;
	rq->is_idle = false;
	if (rq->connection == NULL)
		leave_request(rq);
	else if (!rq->is_running)
		look_at(rq->connection);
}

void ctl_wake_stream(struct ctl_request *rq)
{
	rq->is_woken = true;
	if (!rq->is_idle)
		return;
	rq->is_idle = false;
	want(rq->connection);
}

pid_t ctl_asker(const struct ctl_request *rq, uid_t *uid)
{
	if (rq->connection == NULL) {
		*uid = (uid_t)-1;
		return -1;
	}
	*uid = rq->connection->peer.uid;
	return rq->connection->peer.pid;
}

bool ctl_is_gone(const struct ctl_request *rq)
{
	return rq->connection == NULL;
}

size_t ctl_waiting(const struct ctl_request *rq)
{
	return rq->connection != NULL ? unsent(rq->connection) : 0;
}
