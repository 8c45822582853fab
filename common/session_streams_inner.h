/* What session_stream.c and session_streams.c share: a connection and all of them. */
#ifndef COMMON_SESSION_STREAMS_INNER_H
#define COMMON_SESSION_STREAMS_INNER_H

#include <stddef.h>

#include "common/session_streams.h"
#include "common/source_counts.h"

enum session_stat { SESSION_STATS(STATS_ENUM) SESSION_STAT_COUNT };

enum session_stream_stage {
	STREAM_OPEN,
	STREAM_ENDING, /* takes no more frames; what it is sent has not left yet */
	STREAM_ENDED   /* we have closed our side: waits for the peer to close his, or a reset would
			  take away from him what he has not read yet */
};

struct session_stream {
	struct session_streams *streams;
	struct session_listener *listener;
	struct session_stream *next, **link;
	struct sockaddr_in peer;
	int fd;
	struct loop_poll *poll;
	uint64_t since_ms; /* it waits for the peer since then */
	uint8_t stage;     /* enum session_stream_stage */
	bool is_settled, in_callback, is_closed;

	uint8_t *kept; /* the beginning of a frame; NULL: nothing has come of the next one */
	size_t kept_len;
	uint8_t *out; /* NULL: nothing is to be sent */
	size_t out_len, out_sent;

	_Alignas(max_align_t) uint8_t state[]; /* of its owner */
};

/* In the order in which they came to be there. */
struct session_list {
	struct session_stream *first, **end;
};

struct session_streams {
	struct loop *loop;
	struct session_options options;
	const struct session_events *events;
	void *ctx;
	struct loop_timer *tick; /* goes while there are connections */
	bool is_ticking;
	struct session_listener *listeners;
	struct session_list settled, others;
	struct source_counts sources;
	size_t count;
	size_t kept;   /* bytes, of all */
	uint8_t *room; /* where frames are put together */
	struct stats stats;
	uint64_t counters[SESSION_STAT_COUNT];
};

static inline void session_count(struct session_streams *streams, enum session_stat counter)
{
	stats_count(&streams->stats, counter);
}

void session_list_append(struct session_list *list, struct session_stream *stream);
void session_list_remove(struct session_list *list, struct session_stream *stream);

/* fd is its own from now on, unless it fails: -ENOMEM. */
int session_stream_open(struct session_listener *listener, struct session_streams *streams, int fd,
			const struct sockaddr_in *peer) NBT_MUSTCHECK;

/* At once. Allowed in its own callbacks. */
void session_stream_close(struct session_stream *stream);
void session_stream_close_because(struct session_stream *stream, enum session_stat why);

/* Whether the peer has let us wait for too long. */
bool session_stream_is_overdue(const struct session_stream *stream, uint64_t now_ms);

#endif
