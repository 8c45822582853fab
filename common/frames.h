/*
 * Messages out of a stream of bytes, each with its length in front: 2 bytes for names by TCP
 * (RFC 1002 section 4.2.1), 4 for WINS replication; big-endian. Pure.
 */
#ifndef COMMON_FRAMES_H
#define COMMON_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>

#define FRAMES_PREFIX_MAX 4

struct frames {
	unsigned prefix; /* bytes of the length */
	size_t max;      /* of a message */
	size_t filled;   /* of the buffer */
	size_t taken;    /* of these, the message that was handed out last */
	uint8_t *buffer; /* holds one message of the largest size */
};

/* prefix: 1 to FRAMES_PREFIX_MAX. -ENOMEM. */
int frames_init(struct frames *frames, unsigned prefix, size_t max) NBT_MUSTCHECK;
void frames_free(struct frames *frames);

enum frames_result {
	FRAMES_INCOMPLETE, /* more bytes are needed; there is room for them */
	FRAMES_MESSAGE,
	FRAMES_TOO_LONG /* longer than max: nothing sensible can follow */
};

/* The next message, valid until the next call of any function here. */
enum frames_result frames_next(struct frames *frames, const uint8_t **message, size_t *len);

/* Where the next bytes of the stream go, after FRAMES_INCOMPLETE, and how many there is room for;
 * then how many came. */
uint8_t *frames_room(const struct frames *frames, size_t *room);
void frames_add(struct frames *frames, size_t count);

/* Writes the prefix in front of a message. */
void frames_write_prefix(uint8_t *out, unsigned prefix, size_t len);

#endif
