/*
 * Messages out of TCP segments: each direction of each connection by itself, segments in any order
 * and any number of times, with bounded memory. Pure; what it allocates is within the limits.
 */
#ifndef TOOLS_NBTDUMP_STREAM_H
#define TOOLS_NBTDUMP_STREAM_H

#include "tools/nbtdump_link.h"

/* The frame that something is from. */
struct dump_mark {
	uint64_t frame;       /* from 1 */
	int64_t time_us;      /* since 1970 */
	size_t len;           /* on the wire */
	size_t cap_len;       /* in the capture */
	const uint8_t *bytes; /* cap_len of them, lent; NULL: nobody wants to have them later */
};

/* A frame with the beginning of a message. */
struct dump_kept {
	struct dump_kept *next;
	struct dump_mark mark;
	uint8_t bytes[];
};

struct dump_stream_limits {
	size_t directions; /* followed at a time; the one that was silent longest makes room */
	size_t bytes;      /* of half messages and segments that came early, of all together */
	size_t early;      /* segments of one direction that wait for what was before them */
};

/* Enough for thousands of clients. */
#define DUMP_STREAM_LIMITS                                                                         \
	(struct dump_stream_limits)                                                                \
	{                                                                                          \
		.directions = 16384, .bytes = (size_t)64 << 20, .early = 64                        \
	}

enum dump_stream_event {
	DUMP_STREAM_MESSAGE, /* with its length in front */
	DUMP_STREAM_MISSING, /* len bytes are not in the capture; no bytes are given */
	DUMP_STREAM_STRANGE  /* no message begins here: the rest of the segment */
};

struct dump_stream_found {
	enum dump_stream_event event;
	enum dump_service service;
	struct dump_end source, destination;
	const uint8_t *bytes; /* lent for the call */
	size_t len;

	/* The frames in which it is, if their marks had bytes: those before the last one. */
	const struct dump_kept *kept;
	const struct dump_mark *last;
};

/* mark: of the frame that completed it. */
typedef void dump_stream_fn(void *ctx, const struct dump_mark *mark,
			    const struct dump_stream_found *found);

struct dump_streams;

/* NULL: no memory. */
struct dump_streams *dump_streams_create(const struct dump_stream_limits *limits,
					 dump_stream_fn *each, void *ctx);
void dump_streams_destroy(struct dump_streams *streams);

/*
 * Takes a segment. A message begins where the one before it ended, or with the first segment that
 * was seen: captures begin within connections. Segments that come early wait until what is before
 * them has come, or is known not to come: the peer has acknowledged it, or too many wait.
 */
void dump_streams_add(struct dump_streams *streams, const struct dump_mark *mark,
		      const struct dump_payload *segment);

/* The end: nothing that is missing will come. */
void dump_streams_finish(struct dump_streams *streams);

/* So many times something was given up because there was too much of it. */
uint64_t dump_streams_given_up(const struct dump_streams *streams);

#endif
