/* A connection by TCP that we make: bytes out, bytes in. What they mean, and how long anything may
 * take, is the caller's business. */
#ifndef COMMON_DIAL_H
#define COMMON_DIAL_H

#include <netinet/in.h>
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
};

struct dial_options {
	struct sockaddr_in to;
	struct in_addr from;              /* our address; 0.0.0.0: as the routes have it */
	size_t queue_max;                 /* bytes that wait while the peer does not read */
	const struct dial_events *events; /* borrowed */
	void *ctx;
};

/* 0 or a negative errno: nothing is told then. */
int dial(struct dial **out, struct loop *loop, const struct dial_options *options) NBT_MUSTCHECK;

/* The bytes are copied, and leave when there is a connection. More than may wait end it, which is
 * told from the loop. */
void dial_send(struct dial *dial, const uint8_t *bytes, size_t len);

/* Ends it without a word. NULL is fine. */
void dial_close(struct dial *dial);

#endif
