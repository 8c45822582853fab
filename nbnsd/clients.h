/*
 * What the programs of this host say on name.sock, nbt-local(7), and what they are told: claims and
 * releases for the node, questions for the resolver, lists of members from the database. A client
 * is a connection, known by a number that is never given out again. Pure: knows no sockets.
 */
#ifndef NBNSD_CLIENTS_H
#define NBNSD_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/env.h>

#include "nbnsd/node/node.h"
#include "nbnsd/service/service.h"

struct clients;
struct stats;

/* A message for a client; the bytes are valid during the call. */
typedef void clients_send_fn(void *ctx, uint32_t client, const uint8_t *bytes, size_t len);

/* service is borrowed; send() is called from within the functions below. NULL: out of memory. */
struct clients *clients_create(struct service *service, clients_send_fn *send, void *ctx);
void clients_destroy(struct clients *clients); /* NULL is fine */

/*
 * Whether a client speaks for this host: may claim names, ask a host of its choice, and be given
 * all members of a group. Who does not gets RFS_ERR, and leaves some look-ups to those who do.
 * Without this everybody does.
 */
typedef bool clients_is_member_fn(void *ctx, uint32_t client);
void clients_set_rights(struct clients *clients, clients_is_member_fn *is_member);

/* A message of a client, which is not NODE_CONFIGURATION. false: it cannot be answered, end the
 * connection. */
bool clients_message(struct clients *clients, uint32_t client, const uint8_t *bytes, size_t len,
		     const struct nbt_env *env);

/* The connection has ended: its names are released. */
void clients_gone(struct clients *clients, uint32_t client, const struct nbt_env *env);

/* What the node has to tell a client. */
void clients_event(struct clients *clients, const struct node_event *event);

/* Answers of the resolver; once a turn. */
void clients_answer(struct clients *clients);

/* Goes on with long answers for some hundred microseconds; true: there is more to do. */
bool clients_work(struct clients *clients, const struct nbt_env *env);

#define CLIENTS_STATS(X)                                                                           \
	X(CLIENTS_CLAIM, "clients.claim")                                                          \
	X(CLIENTS_RELEASE, "clients.release")                                                      \
	X(CLIENTS_QUERY, "clients.query")                                                          \
	X(CLIENTS_STATUS, "clients.status")                                                        \
	X(CLIENTS_NOT_ALLOWED, "clients.not-allowed") /* answered with RFS_ERR */                  \
	X(CLIENTS_LOST, "clients.lost")               /* names */                                  \
	X(CLIENTS_MALFORMED, "clients.malformed")     /* answered with FMT_ERR */                  \
	X(CLIENTS_UNKNOWN, "clients.unknown")         /* answered with IMP_ERR */                  \
	X(CLIENTS_HOPELESS, "clients.hopeless")       /* the connection was ended */

struct stats *clients_stats(struct clients *clients);

#endif
