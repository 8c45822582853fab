/* Session packets put together from TCP segments, each direction of each connection by itself. */
#ifndef TESTS_SEGMENTS_H
#define TESTS_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct segments;

struct segment {
	uint8_t addresses[8]; /* source, destination */
	uint16_t source_port, destination_port;
	uint32_t sequence; /* of the first byte */
	bool is_first;     /* the connection begins (SYN) */
	const uint8_t *bytes;
	size_t len;

	/* Called for every session packet that this segment completes, and for four bytes that are
	 * no header of one. */
	void (*each)(void *ctx, const uint8_t *bytes, size_t len);
	void *ctx;
};

struct segments *segments_create(void);
void segments_destroy(struct segments *segments);

/*
 * A packet begins where the one before it ended, or with a segment that belongs to no packet begun:
 * captures begin within connections and have gaps. The rest of a segment is left where no header
 * stands. What was handed over is not handed over again.
 */
void segments_add(struct segments *segments, const struct segment *segment);

#endif
