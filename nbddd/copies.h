/*
 * Copies of datagrams on their way to members, those of the NBDD and those of a node without one. A
 * large group, or many datagrams at once, would hold the loop for long: so many packets leave in
 * one turn, and the rest waits for the next ones. Pure.
 *
 * While copies wait dgram_is_busy() says so, and the edge takes nothing new: what comes waits in
 * the buffers of the sockets, where there is more room than here.
 */
#ifndef NBDDD_COPIES_H
#define NBDDD_COPIES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/env.h>

#include "common/stats.h"

struct copies;
struct dgram_service;
struct members_list;

/* service is borrowed; secret: of its hash tables. NULL: out of memory. */
struct copies *copies_create(struct dgram_service *service, uint64_t secret);
void copies_destroy(struct copies *copies); /* NULL is fine */

/* By which socket copies leave. */
enum copies_way {
	COPIES_ANY_WAY,   /* the one towards the member */
	COPIES_TOWARDS,   /* the same, and only members that job.socket is the one of */
	COPIES_BY_SOCKET, /* job.socket, wherever the member is */
};

/* A datagram. Members that get none: its sender, this host, who is backing off, and, of what the
 * relay role has heard, who hears it from a relay. */
struct copies_job {
	const uint8_t *bytes;
	size_t len;
	struct in_addr sender;
	uint16_t socket; /* by which it came, or leaves */
	enum copies_way way;
	bool is_heard; /* by the relay role */
};

/* Now, or soon; what has to wait is copied. false: there is no room for what has to. */
bool copies_send(struct copies *copies, const struct copies_job *job,
		 const struct members_list *list, const struct nbt_env *env);

/* A member that gets nothing for a while. */
void copies_unreachable(struct copies *copies, struct in_addr address, const struct nbt_env *env);

/* Datagrams of which copies wait, and their bytes. */
size_t copies_waiting(const struct copies *copies);
size_t copies_bytes(const struct copies *copies);

/* When the next copies are to leave: at once, or never. */
uint64_t copies_deadline(const struct copies *copies);
void copies_wake(struct copies *copies, const struct nbt_env *env);

#define COPIES_STATS(X)                                                                            \
	X(COPIES_SENT, "distribution.copies")                                                      \
	X(COPIES_DELAYED, "distribution.delayed")             /* datagrams: some copies waited */  \
	X(COPIES_CUT_SHORT, "distribution.cut-short")         /* no room for those that had to */  \
	X(COPIES_BACKOFF, "distribution.unreachable-skipped") /* copies */                         \
	X(COPIES_UNREACHABLE, "distribution.unreachable")     /* ICMP that said so */

struct stats *copies_stats(struct copies *copies);

#endif
