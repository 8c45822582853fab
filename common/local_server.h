/*
 * A server of messages on a Unix SOCK_SEQPACKET socket: name.sock, datagram.sock. Connections are
 * bounded in number and in what waits for them: who does not read what he is sent is closed, and
 * holds up nobody.
 */
#ifndef COMMON_LOCAL_SERVER_H
#define COMMON_LOCAL_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/env.h>
#include <nbt/error.h>

#include "common/local_socket.h"
#include "common/stats.h"

struct local_server;
struct loop;

#define LOCAL_SERVER_MESSAGE_MAX 65535

struct local_server_options {
	struct local_socket_options socket; /* its strings are copied; type is SOCK_SEQPACKET */
	size_t connections;                 /* at once, shared as local_room.h says; more
					     * are closed at once */
	size_t queue_max;                   /* bytes that may wait for one of them */
	size_t offer_max; /* the same, for what is only offered; less than queue_max */
};

struct local_server_events {
	/* A message, valid during the call. Clients are numbered from 1; no number comes twice.
	 * false: the connection is to be closed. */
	bool (*message)(void *ctx, uint32_t client, const uint8_t *bytes, size_t len,
			const struct nbt_env *env);
	/* The connection has ended, however it came; not at local_server_close(). */
	void (*closed)(void *ctx, uint32_t client, const struct nbt_env *env);
};

/* Listens; best called while root, as local_socket_listen(), whose errors it returns. events is
 * borrowed; they come when the loop runs. */
int local_server_open(struct local_server **out, struct loop *loop,
		      const struct local_server_options *options,
		      const struct local_server_events *events, void *ctx) NBT_MUSTCHECK;

/* Ends all connections and removes the file. NULL is fine. */
void local_server_close(struct local_server *server);

/* Sends now, or when the client has read what was sent before; out of room, or of memory, it is
 * closed, which is told later. To one who is gone: nothing. */
void local_server_send(struct local_server *server, uint32_t client, const uint8_t *bytes,
		       size_t len);

/* The same, but out of room he loses it, and stays. Whether he has got it, or will. */
bool local_server_offer(struct local_server *server, uint32_t client, const uint8_t *bytes,
			size_t len);

/* No client is read, or all are again: what they say waits in their sockets. */
void local_server_hold(struct local_server *server, bool hold);

/* Ends all connections, which is told later; whoever comes anew is welcome. */
void local_server_end_all(struct local_server *server);

/* Who connected; false: he is gone. */
struct local_server_peer {
	int32_t pid;
	uint32_t uid;
};
bool local_server_peer(const struct local_server *server, uint32_t client,
		       struct local_server_peer *out);

/* Whether who connected is root, or the user that we are or become, or of the socket's group: one
 * whom the socket would be for, were it not for everybody. */
bool local_server_is_member(const struct local_server *server, uint32_t client);

#define LOCAL_SERVER_STATS(X)                                                                      \
	X(LOCAL_SERVER_ACCEPTED, "local.accepted")                                                 \
	X(LOCAL_SERVER_TOO_MANY, "local.too-many")                                                 \
	X(LOCAL_SERVER_RECEIVED, "local.received")                                                 \
	X(LOCAL_SERVER_SENT, "local.sent")                                                         \
	X(LOCAL_SERVER_SLOW, "local.slow")         /* closed: it did not read */                   \
	X(LOCAL_SERVER_LOST, "local.lost")         /* offered: it did not read */                  \
	X(LOCAL_SERVER_TOO_LONG, "local.too-long") /* closed: a message was */                     \
	X(LOCAL_SERVER_REFUSED, "local.refused")   /* closed by message() */                       \
	X(LOCAL_SERVER_FAILED, "local.failed")     /* closed by an error */

struct stats *local_server_stats(struct local_server *server);

#endif
