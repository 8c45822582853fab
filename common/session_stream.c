/* A connection of the session service: reads and writes frames. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/loop.h"
#include "common/session_frames.h"
#include "common/session_streams_inner.h"

#define FRAMES_MAX 8 /* in one turn of the loop */

static struct session_list *list_of(struct session_stream *stream)
{
	struct session_streams *streams = stream->streams;

	return stream->is_settled ? &streams->settled : &streams->others;
}

/* Who has not settled has one time for everything. */
static void waits_since(struct session_stream *stream, uint64_t now_ms)
{
	if (stream->is_settled)
		stream->since_ms = now_ms;
}

bool session_stream_is_overdue(const struct session_stream *stream, uint64_t now_ms)
{
	const struct session_limits *limits = &stream->streams->options.limits;
	bool is_idle = stream->is_settled && stream->kept == NULL && stream->out == NULL;

	return now_ms - stream->since_ms >= (is_idle ? limits->idle_ms : limits->settle_ms);
}

/*
 * The end.
 */

static void drop_kept(struct session_stream *stream)
{
	stream->streams->kept -= stream->kept_len;
	free(stream->kept);
	stream->kept = NULL;
	stream->kept_len = 0;
}

static void drop_out(struct session_stream *stream)
{
	stream->streams->kept -= stream->out_len;
	free(stream->out);
	stream->out = NULL;
	stream->out_len = stream->out_sent = 0;
}

static void stream_free(struct session_stream *stream)
{
	loop_poll_close(stream->poll);
	close(stream->fd);
	free(stream);
}

void session_stream_close(struct session_stream *stream)
{
	struct session_streams *streams = stream->streams;

	if (stream->is_closed)
		return;
	stream->is_closed = true;
	session_list_remove(list_of(stream), stream);
	source_counts_drop(&streams->sources, stream->peer.sin_addr);
	streams->count--;
	drop_kept(stream);
	drop_out(stream);
	if (!stream->in_callback)
		stream_free(stream);
}

void session_stream_close_because(struct session_stream *stream, enum session_stat why)
{
	if (stream->is_closed)
		return;
	session_count(stream->streams, why);
	session_stream_close(stream);
}

/* Goes back to those that make room, with time for the goodbye. */
static void begin_end(struct session_stream *stream, uint64_t now_ms)
{
	session_count(stream->streams, SESSION_ENDED);
	session_list_remove(list_of(stream), stream);
	stream->is_settled = false;
	session_list_append(list_of(stream), stream);
	stream->since_ms = now_ms;
	stream->stage = STREAM_ENDING;
}

/* Other people's connections go on: what comes whole and is taken at once needs no room. */
static bool may_keep(const struct session_streams *streams, size_t more)
{
	size_t max = streams->options.limits.memory;

	return streams->kept <= max && more <= max - streams->kept;
}

/*
 * Out.
 */

static bool keep_out(struct session_stream *stream, const uint8_t *bytes, size_t len)
{
	uint8_t *out = NULL;

	if (may_keep(stream->streams, len))
		out = realloc(stream->out, stream->out_len + len);
	if (out == NULL)
		return false;
	memcpy(out + stream->out_len, bytes, len);
	stream->out = out;
	stream->out_len += len;
	stream->streams->kept += len;
	return true;
}

/* What has left; -1: the connection is closed. */
static ssize_t transmit(struct session_stream *stream, const uint8_t *bytes, size_t len)
{
	ssize_t sent = send(stream->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent >= 0)
		return sent;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	session_stream_close_because(stream, SESSION_FAILED);
	return -1;
}

void session_stream_send(struct session_stream *stream, const uint8_t *bytes, size_t len)
{
	ssize_t sent = 0;

	if (stream->is_closed)
		return;
	session_count(stream->streams, SESSION_SENT);
	if (stream->out == NULL)
		sent = transmit(stream, bytes, len);
	if (sent < 0 || (size_t)sent == len)
		return;
	if (stream->out == NULL)
		waits_since(stream, loop_env(stream->streams->loop).now_ms);
	if (!keep_out(stream, bytes + sent, len - (size_t)sent))
		session_stream_close_because(stream, SESSION_NO_MEMORY);
}

static void send_kept(struct session_stream *stream, const struct nbt_env *env)
{
	ssize_t sent = transmit(stream, stream->out + stream->out_sent,
				stream->out_len - stream->out_sent);

	if (sent < 0)
		return;
	stream->out_sent += (size_t)sent;
	if (sent > 0)
		waits_since(stream, env->now_ms);
	if (stream->out_sent == stream->out_len)
		drop_out(stream);
}

/*
 * In.
 */

static void hand_out(struct session_stream *stream, size_t len, const struct nbt_env *env)
{
	struct session_streams *streams = stream->streams;

	session_count(streams, SESSION_RECEIVED);
	waits_since(stream, env->now_ms);
	if (!streams->events->frame(streams->ctx, stream, streams->room, len, env)) {
		if (!stream->is_closed)
			begin_end(stream, env->now_ms);
	} else if (!stream->is_closed && !stream->is_settled &&
		   streams->events->is_settled(streams->ctx, stream)) {
		session_list_remove(list_of(stream), stream);
		stream->is_settled = true;
		session_list_append(list_of(stream), stream);
		stream->since_ms = env->now_ms;
	}
}

/* A frame that has not come whole. */
static void keep(struct session_stream *stream, size_t len, const struct nbt_env *env)
{
	uint8_t *kept = NULL;

	if (len == stream->kept_len)
		return;
	if (may_keep(stream->streams, len - stream->kept_len))
		kept = realloc(stream->kept, len);
	if (kept == NULL) {
		session_stream_close_because(stream, SESSION_NO_MEMORY);
		return;
	}
	if (stream->kept == NULL)
		waits_since(stream, env->now_ms);
	memcpy(kept + stream->kept_len, stream->streams->room + stream->kept_len,
	       len - stream->kept_len);
	stream->streams->kept += len - stream->kept_len;
	stream->kept = kept;
	stream->kept_len = len;
}

/* Bytes for a frame, of which there are len. 0: no more for now; -1: the connection is closed. */
static ssize_t receive(struct session_stream *stream, size_t len, size_t missing)
{
	ssize_t got = recv(stream->fd, stream->streams->room + len, missing, MSG_DONTWAIT);

	if (got > 0)
		return got;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got == 0)
		session_stream_close(stream);
	else
		session_stream_close_because(stream, SESSION_FAILED);
	return -1;
}

/* What is behind a frame stays in the kernel, so there is never more than one. false: no more for
 * now. */
static bool read_frame(struct session_stream *stream, const struct nbt_env *env)
{
	struct session_streams *streams = stream->streams;
	size_t len = stream->kept_len, missing;

	if (len > 0)
		memcpy(streams->room, stream->kept, len);
	while ((missing = session_frame_missing(streams->room, len, streams->options.frame_max)) >
	       0) {
		ssize_t got;

		if (missing == SESSION_FRAME_LONG) {
			session_stream_close_because(stream, SESSION_TOO_LONG);
			return false;
		}
		got = receive(stream, len, missing);
		if (got < 0)
			return false;
		if (got == 0) {
			keep(stream, len, env);
			return false;
		}
		len += (size_t)got;
	}
	drop_kept(stream);
	hand_out(stream, len, env);
	return !stream->is_closed && stream->stage == STREAM_OPEN && stream->out == NULL;
}

static void read_frames(struct session_stream *stream, const struct nbt_env *env)
{
	for (int i = 0; i < FRAMES_MAX && read_frame(stream, env); i++)
		;
}

/* After the end what still comes is thrown away. */
static void read_rest(struct session_stream *stream)
{
	struct session_streams *streams = stream->streams;
	ssize_t got = recv(stream->fd, streams->room, streams->options.frame_max, MSG_DONTWAIT);

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		session_stream_close(stream);
}

/*
 * The loop.
 */

static void finish(struct session_stream *stream)
{
	if (stream->stage == STREAM_ENDING && stream->out == NULL) {
		(void)shutdown(stream->fd, SHUT_WR);
		stream->stage = STREAM_ENDED;
	}
	(void)loop_poll_want(stream->poll, stream->out != NULL ? LOOP_WRITABLE : LOOP_READABLE);
}

static void ready(void *ctx, unsigned events)
{
	struct session_stream *stream = ctx;
	const struct nbt_env env = loop_env(stream->streams->loop);

	stream->in_callback = true;
	if (events & LOOP_ERROR)
		session_stream_close_because(stream, SESSION_FAILED);
	else if (stream->out != NULL)
		send_kept(stream, &env);
	else if (stream->stage == STREAM_OPEN)
		read_frames(stream, &env);
	else
		read_rest(stream);
	stream->in_callback = false;
	if (stream->is_closed)
		stream_free(stream);
	else
		finish(stream);
}

/*
 * The beginning.
 */

int session_stream_open(struct session_listener *listener, struct session_streams *streams, int fd,
			const struct sockaddr_in *peer)
{
	struct session_stream *stream = calloc(1, sizeof(*stream) + streams->options.state_size);
	const struct nbt_env env = loop_env(streams->loop);
	int on = 1;

	if (stream == NULL)
		return -ENOMEM;
	if (loop_poll_open(&stream->poll, streams->loop, fd, LOOP_READABLE, ready, stream) < 0 ||
	    !source_counts_add(&streams->sources, peer->sin_addr)) {
		loop_poll_close(stream->poll);
		free(stream);
		return -ENOMEM;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	stream->streams = streams;
	stream->listener = listener;
	stream->fd = fd;
	stream->peer = *peer;
	stream->since_ms = env.now_ms;
	session_list_append(&streams->others, stream);
	streams->count++;
	streams->events->opened(streams->ctx, stream, &env);
	return 0;
}

void *session_stream_state(struct session_stream *stream)
{
	return stream->state;
}

const void *session_stream_state_of(const struct session_stream *stream)
{
	return stream->state;
}

struct sockaddr_in session_stream_peer(const struct session_stream *stream)
{
	return stream->peer;
}
