/*
 * A server of the session service by TCP: frames in, frames out, on ports 139 and 445. A connection
 * that is idle costs little more than the state that its owner keeps of it: what is read goes into
 * room that all share, and only what of a frame has come, or of an answer has not left, is kept.
 *
 * Nothing is read from a peer who does not take what he was sent. When there are too many
 * connections the oldest that has not settled, i.e. has done nothing useful yet, makes room.
 */
#ifndef COMMON_SESSION_STREAMS_H
#define COMMON_SESSION_STREAMS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/env.h>
#include <nbt/error.h>

#include "common/stats.h"

struct loop;
struct session_streams;
struct session_listener;
struct session_stream; /* a connection */

struct session_limits {
	size_t connections, per_source;
	uint64_t
		settle_ms; /* to settle; for a frame to come whole, and for an answer to be taken */
	uint64_t idle_ms;  /* of who has settled, without a frame */
	size_t memory;     /* bytes of half frames and of answers not taken yet, of all */
};

struct session_events {
	/* Whether this source may connect at all. */
	bool (*may_connect)(void *ctx, struct in_addr source);
	/* There is a new one, with state_size zeroed bytes for its owner. */
	void (*opened)(void *ctx, struct session_stream *stream, const struct nbt_env *env);
	/* A whole frame with its header, valid during the call. false: the connection ends when
	 * all has left. */
	bool (*frame)(void *ctx, struct session_stream *stream, const uint8_t *bytes, size_t len,
		      const struct nbt_env *env);
	/* Asked after each frame, until it is so. */
	bool (*is_settled)(void *ctx, const struct session_stream *stream);
};

struct session_options {
	size_t frame_max;  /* with the header; longer ones end the connection */
	size_t state_size; /* what its owner keeps of each */
	struct session_limits limits;
};

/* events is borrowed. -ENOMEM. */
int session_streams_create(struct session_streams **out, struct loop *loop,
			   const struct session_options *options,
			   const struct session_events *events, void *ctx) NBT_MUSTCHECK;

/* Closes what is open. NULL is fine. */
void session_streams_destroy(struct session_streams *streams);

/* For what comes from now on. */
void session_streams_set_limits(struct session_streams *streams,
				const struct session_limits *limits);

/* number is for the owner, see session_stream_number(). Errors as of listener_open(). */
int session_listen(struct session_listener **out, struct session_streams *streams,
		   const struct sockaddr_in *local, uint16_t number) NBT_MUSTCHECK;
struct sockaddr_in session_listener_address(const struct session_listener *listener);

/* Its connections go with it. NULL is fine. */
void session_listener_close(struct session_listener *listener);

void *session_stream_state(struct session_stream *stream);
const void *session_stream_state_of(const struct session_stream *stream);
struct sockaddr_in session_stream_peer(const struct session_stream *stream);
uint16_t session_stream_number(const struct session_stream *stream); /* of its listener */

/* Sends a frame, or several one after the other; within frame() only. Out of memory, or of what the
 * limits allow, the connection ends. */
void session_stream_send(struct session_stream *stream, const uint8_t *bytes, size_t len);

/* Connections there are, and memory of all in bytes, without the kernel's. */
size_t session_streams_count(const struct session_streams *streams);
size_t session_streams_memory(const struct session_streams *streams);

#define SESSION_STATS(X)                                                                           \
	X(SESSION_ACCEPTED, "smb.accepted")                                                        \
	X(SESSION_REFUSED, "smb.refused")     /* may not connect */                                \
	X(SESSION_TOO_MANY, "smb.too-many")   /* of one source, or all have settled */             \
	X(SESSION_MADE_ROOM, "smb.made-room") /* closed for another one */                         \
	X(SESSION_RECEIVED, "smb.received")   /* frames */                                         \
	X(SESSION_SENT, "smb.sent")                                                                \
	X(SESSION_NO_MEMORY, "smb.no-memory") /* closed: no room for its frame or answer */        \
	X(SESSION_TOO_LONG, "smb.too-long")                                                        \
	X(SESSION_ENDED, "smb.ended") /* by us, after a frame */                                   \
	X(SESSION_TIMEOUT, "smb.timeout")                                                          \
	X(SESSION_FAILED, "smb.failed") /* by an error */

struct stats *session_streams_stats(struct session_streams *streams);

#endif
