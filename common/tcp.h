/*
 * A server of length-framed messages by TCP: question, answer, question, answer. Connections are
 * bounded in number, overall and by source, in what they may send, and in how long they may take.
 *
 * A connection has one question at work: more are not read before its answer has gone, so a peer
 * that does not read its answers holds up nobody but itself.
 */
#ifndef COMMON_TCP_H
#define COMMON_TCP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/env.h>
#include <nbt/error.h>

#include "common/stats.h"

struct loop;
struct tcp;
struct tcp_listener;
struct tcp_connection;

struct tcp_options {
	unsigned prefix;    /* bytes of the length in front of a message, see common/frames.h */
	size_t message_max; /* longer ones end the connection */
	size_t connections, per_source;
	uint64_t idle_ms; /* for a question to come whole, and for an answer to be taken */
};

struct tcp_events {
	/* Whether this source may connect at all. */
	bool (*may_connect)(void *ctx, struct in_addr source);
	/* A message, valid during the call. The next one comes after tcp_send(). */
	void (*message)(void *ctx, struct tcp_connection *connection, const uint8_t *bytes,
			size_t len, const struct nbt_env *env);
	/* The connection is gone. */
	void (*closed)(void *ctx, struct tcp_connection *connection);
};

/* events is borrowed. -ENOMEM. */
int tcp_create(struct tcp **out, struct loop *loop, const struct tcp_options *options,
	       const struct tcp_events *events, void *ctx) NBT_MUSTCHECK;

/* Other limits, for what comes from now on; the form of messages stays. */
void tcp_set_limits(struct tcp *tcp, size_t connections, size_t per_source, uint64_t idle_ms);

/* Closes what is open; each connection is reported as closed. NULL is fine. */
void tcp_destroy(struct tcp *tcp);

/* local: address and port; port 0: any free one. number is for the caller, see tcp_number().
 * -EADDRINUSE, -EADDRNOTAVAIL, -EACCES as for UDP. */
int tcp_listen(struct tcp_listener **out, struct tcp *tcp, const struct sockaddr_in *local,
	       uint16_t number) NBT_MUSTCHECK;
struct sockaddr_in tcp_listener_address(const struct tcp_listener *listener);

/* Its connections go with it. NULL is fine. */
void tcp_listener_close(struct tcp_listener *listener);

/* Of the listener that it came in by. */
uint16_t tcp_number(const struct tcp_connection *connection);
struct sockaddr_in tcp_peer(const struct tcp_connection *connection);

/* The answer to the last message; the bytes are copied. Out of memory the connection is closed. */
void tcp_send(struct tcp_connection *connection, const uint8_t *bytes, size_t len);

/* Allowed in its own callbacks, and reported as closed. */
void tcp_close(struct tcp_connection *connection);

#define TCP_STATS(X)                                                                               \
	X(TCP_ACCEPTED, "tcp.accepted")                                                            \
	X(TCP_REFUSED, "tcp.refused")   /* may not connect */                                      \
	X(TCP_TOO_MANY, "tcp.too-many") /* overall, or of one source */                            \
	X(TCP_RECEIVED, "tcp.received") /* messages */                                             \
	X(TCP_SENT, "tcp.sent")                                                                    \
	X(TCP_TOO_LONG, "tcp.too-long")                                                            \
	X(TCP_TIMEOUT, "tcp.timeout")                                                              \
	X(TCP_FAILED, "tcp.failed") /* by an error */

struct stats *tcp_stats(struct tcp *tcp);

#endif
