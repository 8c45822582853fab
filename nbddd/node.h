/*
 * This host as a B, P, M or H node: where the datagrams of its programs go. RFC 1001 section 17.2
 * and 17.3, RFC 1002 sections 5.3.1 and 5.3.2. What is found out about a name is its route, and is
 * remembered for a short time; datagrams wait meanwhile, bounded in number and bytes. Pure.
 */
#ifndef NBDDD_NODE_H
#define NBDDD_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/datagram.h>
#include <nbt/env.h>

#include "common/stats.h"

struct dgram_service;
struct node;

/* service: borrowed; secret: of a hash table. NULL: out of memory. */
struct node *node_create(struct dgram_service *service, uint64_t secret);
void node_destroy(struct node *node); /* NULL is fine */

/* What a program wants sent. */
struct node_send {
	uint32_t client;
	struct in_addr interface; /* 0.0.0.0: each that it can go by */
	struct in_addr peer;      /* to this host, whatever the name; 0.0.0.0: by the name */
	uint16_t peer_port;       /* 0: our own */
	bool by_broadcast;        /* on the subnet, whatever the node type */
	const struct nbt_datagram *datagram; /* whole; source address and port are ours to set;
					      * id: the program's, for errors */
};

/* Sends it now or later, or tells the program why not. */
void node_send(struct node *node, const struct node_send *send, const struct nbt_env *env);

/* ICMP has said so: it is found out anew where datagrams go that would go there. */
void node_unreachable(struct node *node, struct in_addr host);

uint64_t node_deadline(const struct node *node);
void node_wake(struct node *node, const struct nbt_env *env);

size_t node_routes(const struct node *node);
size_t node_waiting(const struct node *node);
size_t node_waiting_bytes(const struct node *node);

#define NODE_STATS(X)                                                                              \
	X(NODE_BROADCAST, "node.broadcast")  /* datagrams sent by broadcast */                     \
	X(NODE_UNICAST, "node.unicast")      /* to the owner of a name */                          \
	X(NODE_NBDD, "node.nbdd")            /* to an NBDD */                                      \
	X(NODE_MEMBERS, "node.members")      /* to each member */                                  \
	X(NODE_HERE, "node.here")            /* to a name of this host */                          \
	X(NODE_NO_NAME, "node.no-name")      /* nobody has the name */                             \
	X(NODE_NO_WAY, "node.no-way")        /* no interface, or no memory */                      \
	X(NODE_TOO_MANY, "node.too-many")    /* that wait, of all */                               \
	X(NODE_SHARE, "node.share")          /* that wait, of one program */                       \
	X(NODE_QUERIES, "node.nbdd-queries") /* DATAGRAM QUERY REQUESTs sent */                    \
	X(NODE_NBDD_SILENT, "node.nbdd-silent")                                                    \
	X(NODE_NBDD_REFUSED, "node.nbdd-refused")

struct stats *node_stats(struct node *node);

#endif
