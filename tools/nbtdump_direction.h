/* One direction of a TCP connection, as nbtdump_stream.c keeps it: bytes in, messages out. */
#ifndef TOOLS_NBTDUMP_DIRECTION_H
#define TOOLS_NBTDUMP_DIRECTION_H

#include "tools/nbtdump_stream.h"

/* A segment that came before its turn. */
struct dump_early {
	struct dump_early *next; /* with the next higher number */
	struct dump_mark mark;
	uint32_t sequence;
	size_t len, cut;
	uint8_t bytes[]; /* and behind them the frame, if it is to be had later */
};

/* What all directions have together. */
struct dump_budget {
	size_t used, max; /* bytes */
	uint64_t given_up;
};

struct dump_direction {
	enum dump_service service;
	struct dump_end source, destination;
	bool is_known;         /* next is */
	uint32_t next;         /* the number of the next byte */
	bool is_acknowledged;  /* the peer has sent acknowledged */
	uint32_t acknowledged; /* all before it has reached the peer */
	uint8_t *message;      /* half a message; NULL: none */
	size_t have, room;
	size_t skip;            /* bytes of a message that lacks others */
	struct dump_kept *kept; /* frames of the half message */
	struct dump_early *early;
	size_t early_count;
};

struct dump_sink {
	dump_stream_fn *each;
	void *ctx;
	struct dump_budget *budget;
	size_t early_max;
	const struct dump_mark *holder; /* of the frame that the bytes are from */
};

/* A segment, in any order (nbtdump_early.c). */
void dump_direction_add(struct dump_direction *d, struct dump_sink *sink,
			const struct dump_mark *mark, const struct dump_payload *p);

/* What is before this number will not be sent again. */
void dump_direction_acknowledge(struct dump_direction *d, struct dump_sink *sink,
				uint32_t sequence);

/* Nothing that is missing will come. */
void dump_direction_finish(struct dump_direction *d, struct dump_sink *sink);

/* All that waits is given up. */
void dump_direction_forget(struct dump_direction *d, struct dump_budget *budget);

/* Bytes in their turn; cut: so many more there were on the wire behind them. */
void dump_direction_take(struct dump_direction *d, const struct dump_sink *sink,
			 const struct dump_mark *mark, const uint8_t *bytes, size_t len,
			 size_t cut);

/* What is before this number will not come any more. */
void dump_direction_skip_to(struct dump_direction *d, const struct dump_sink *sink,
			    const struct dump_mark *mark, uint32_t sequence);

/* The half message is given up, and the rest of it passed over when it comes. */
void dump_direction_drop(struct dump_direction *d, struct dump_budget *budget);

#endif
