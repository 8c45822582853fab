/* A connection by TCP that we make, or have accepted: bytes out, bytes in. What they mean, and how
 * long anything may take, is the caller's business. */
#ifndef COMMON_DIAL_H
#define COMMON_DIAL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>

struct loop;
struct dial;

/* From the loop only. dial_close() is allowed in all of them. */
struct dial_events {
	void (*connected)(void *ctx);
	void (*received)(void *ctx, const uint8_t *bytes, size_t len); /* borrowed for the call */
	/* It could not be made, or it has ended: a negative errno; 0: the peer has closed it. */
	void (*ended)(void *ctx, int error);
	/* All that waited has left. May be NULL. */
	void (*drained)(void *ctx);
};

struct dial_options {
	struct sockaddr_in to;
	struct in_addr from;              /* our address; 0.0.0.0: as the routes have it */
	size_t queue_max;                 /* bytes that wait while the peer does not read */
	unsigned keepalive_s;             /* whether a silent peer is still there; 0: not asked */
	const struct dial_events *events; /* borrowed */
	void *ctx;
};

/* 0 or a negative errno: nothing is told then. */
int dial(struct dial **out, struct loop *loop, const struct dial_options *options) NBT_MUSTCHECK;

/* The same with a connection that there is already: fd does not block, and is the callee's if this
 * returns 0. to and from have no meaning. */
int dial_take(struct dial **out, struct loop *loop, int fd,
	      const struct dial_options *options) NBT_MUSTCHECK;

/* The bytes are copied, and leave when there is a connection. More than may wait end it, which is
 * told from the loop. */
void dial_send(struct dial *dial, const uint8_t *bytes, size_t len);

/* Bytes that have not left yet. */
size_t dial_waiting(const struct dial *dial);

/* Whether it is read at all; at first it is. What comes meanwhile is in the kernel. */
void dial_read(struct dial *dial, bool on);

/* Ends it when all has left, and the peer has heard it: then ended() follows, in the end also if
 * the peer does nothing. What still comes is thrown away. */
void dial_finish(struct dial *dial);

/* Ends it without a word. NULL is fine. */
void dial_close(struct dial *dial);

#endif
