/* All connections of the session service: who is let in, how long, and who makes room. */
#include "common/session_streams.h"

#include <errno.h>
#include <stdlib.h>

#include "common/listener.h"
#include "common/loop.h"
#include "common/session_streams_inner.h"

#define BACKLOG 128
#define TICK_MS 1000 /* between looks for who takes too long */

static const char *const stat_names[] = { SESSION_STATS(STATS_NAME) };

struct session_listener {
	struct session_streams *streams;
	struct session_listener *next, **link;
	uint16_t number;
	struct listener *listener;
};

/*
 * Lists.
 */

void session_list_append(struct session_list *list, struct session_stream *stream)
{
	stream->next = NULL;
	stream->link = list->end;
	*list->end = stream;
	list->end = &stream->next;
}

void session_list_remove(struct session_list *list, struct session_stream *stream)
{
	*stream->link = stream->next;
	if (stream->next != NULL)
		stream->next->link = stream->link;
	else
		list->end = stream->link;
}

/*
 * Time.
 */

static void look_at(struct session_list *list, uint64_t now_ms)
{
	struct session_stream *next;

	for (struct session_stream *s = list->first; s != NULL; s = next) {
		next = s->next;
		if (session_stream_is_overdue(s, now_ms))
			session_stream_close_because(s, SESSION_TIMEOUT);
	}
}

static void tick(void *ctx, const struct nbt_env *env)
{
	struct session_streams *streams = ctx;

	look_at(&streams->others, env->now_ms);
	look_at(&streams->settled, env->now_ms);
	streams->is_ticking = streams->count > 0;
	if (!streams->is_ticking)
		loop_timer_set(streams->tick, NBT_NEVER, 0);
}

static void start_ticking(struct session_streams *streams)
{
	uint64_t settle_ms = streams->options.limits.settle_ms;
	/* A lab's time goes faster. */
	uint64_t tick_ms = settle_ms < 4 * TICK_MS ? settle_ms / 4 + 1 : TICK_MS;

	if (!streams->is_ticking)
		loop_timer_set(streams->tick, loop_env(streams->loop).now_ms + tick_ms, tick_ms);
	streams->is_ticking = true;
}

/*
 * Who comes in.
 */

static bool make_room(struct session_streams *streams)
{
	if (streams->count < streams->options.limits.connections)
		return true;
	if (streams->others.first == NULL)
		return false;
	session_stream_close_because(streams->others.first, SESSION_MADE_ROOM);
	return true;
}

static bool has_enough(const struct session_streams *streams, struct in_addr source)
{
	return source_counts_get(&streams->sources, source) >= streams->options.limits.per_source;
}

static void admit(void *ctx, int fd, const struct sockaddr_in *peer)
{
	struct session_listener *listener = ctx;
	struct session_streams *streams = listener->streams;
	enum session_stat outcome = SESSION_ACCEPTED;

	if (!streams->events->may_connect(streams->ctx, peer->sin_addr))
		outcome = SESSION_REFUSED;
	else if (has_enough(streams, peer->sin_addr) || !make_room(streams))
		outcome = SESSION_TOO_MANY;
	else if (session_stream_open(listener, streams, fd, peer) < 0)
		outcome = SESSION_FAILED;
	session_count(streams, outcome);
	if (outcome == SESSION_ACCEPTED)
		start_ticking(streams);
	else
		listener_turn_away(fd);
}

/*
 * Listeners.
 */

int session_listen(struct session_listener **out, struct session_streams *streams,
		   const struct sockaddr_in *local, uint16_t number)
{
	struct session_listener *listener = calloc(1, sizeof(*listener));
	int ret;

	*out = NULL;
	if (listener == NULL)
		return -ENOMEM;
	listener->streams = streams;
	listener->number = number;
	ret = listener_open(&listener->listener, streams->loop, local, BACKLOG, admit, listener);
	if (ret < 0) {
		free(listener);
		return ret;
	}
	listener->next = streams->listeners;
	listener->link = &streams->listeners;
	if (listener->next != NULL)
		listener->next->link = &listener->next;
	streams->listeners = listener;
	*out = listener;
	return 0;
}

struct sockaddr_in session_listener_address(const struct session_listener *listener)
{
	return listener_address(listener->listener);
}

uint16_t session_stream_number(const struct session_stream *stream)
{
	return stream->listener->number;
}

static void close_those_of(struct session_list *list, const struct session_listener *listener)
{
	struct session_stream *next;

	for (struct session_stream *s = list->first; s != NULL; s = next) {
		next = s->next;
		if (s->listener == listener)
			session_stream_close(s);
	}
}

void session_listener_close(struct session_listener *listener)
{
	if (listener == NULL)
		return;
	close_those_of(&listener->streams->settled, listener);
	close_those_of(&listener->streams->others, listener);
	*listener->link = listener->next;
	if (listener->next != NULL)
		listener->next->link = listener->link;
	listener_close(listener->listener);
	free(listener);
}

/*
 * All of them.
 */

int session_streams_create(struct session_streams **out, struct loop *loop,
			   const struct session_options *options,
			   const struct session_events *events, void *ctx)
{
	struct session_streams *streams = calloc(1, sizeof(*streams));

	*out = NULL;
	if (streams == NULL)
		return -ENOMEM;
	streams->loop = loop;
	streams->options = *options;
	streams->events = events;
	streams->ctx = ctx;
	streams->settled.end = &streams->settled.first;
	streams->others.end = &streams->others.first;
	streams->stats = (struct stats){ stat_names, streams->counters, SESSION_STAT_COUNT };
	streams->room = malloc(options->frame_max);
	if (streams->room == NULL || loop_timer_open(&streams->tick, loop, tick, streams) < 0) {
		session_streams_destroy(streams);
		return -ENOMEM;
	}
	*out = streams;
	return 0;
}

void session_streams_set_limits(struct session_streams *streams,
				const struct session_limits *limits)
{
	streams->options.limits = *limits;
}

void session_streams_destroy(struct session_streams *streams)
{
	if (streams == NULL)
		return;
	while (streams->listeners != NULL)
		session_listener_close(streams->listeners);
	loop_timer_close(streams->tick);
	source_counts_free(&streams->sources);
	free(streams->room);
	free(streams);
}

size_t session_streams_count(const struct session_streams *streams)
{
	return streams->count;
}

size_t session_streams_memory(const struct session_streams *streams)
{
	return sizeof(*streams) + streams->options.frame_max +
	       streams->count * (sizeof(struct session_stream) + streams->options.state_size) +
	       streams->sources.size * sizeof(*streams->sources.slots) + streams->kept;
}

struct stats *session_streams_stats(struct session_streams *streams)
{
	return &streams->stats;
}
