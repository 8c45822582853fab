/*
 * The server role: the NBDD of RFC 1001 sections 9.3 and 17.3, RFC 1002 section 5.3.4. Datagrams
 * that other nodes, or programs of this host, have for a group go to each member but the sender,
 * with the header that they came with. Pure.
 *
 * A datagram comes to us for one of three reasons, and the packet does not say which. The decision
 * is a table in distributor.c; what it cannot tell, the stage "recognise" ends: no datagram passes
 * twice.
 */
#ifndef NBDDD_DISTRIBUTOR_H
#define NBDDD_DISTRIBUTOR_H

#include "common/stats.h"
#include "nbddd/service.h"
#include "nbddd/stages.h"

struct dgram_packet;
struct distributor;

/* service is borrowed; secret: of its hash tables. NULL: out of memory. */
struct distributor *distributor_create(struct dgram_service *service, uint64_t secret);
void distributor_destroy(struct distributor *distributor); /* NULL is fine */

/* The service has another limit. */
void distributor_set_limit(struct distributor *distributor);

/* The stages. Datagrams to groups that came before end in the first one. */
enum stage_verdict recognise_stage(struct dgram_service *service,
				   const struct dgram_arrival *arrival, const struct nbt_env *env);
enum stage_verdict distribute_stage(struct dgram_service *service,
				    const struct dgram_arrival *arrival, const struct nbt_env *env);

/* A broadcast that the relay role has heard goes to the members that no relay is near to. */
void distributor_take_heard(struct distributor *distributor, const struct dgram_arrival *arrival,
			    const struct nbt_env *env);

/* DATAGRAM QUERY REQUEST. */
void distributor_receive_query(struct dgram_service *service, const struct dgram_packet *packet,
			       const struct nbt_env *env);

size_t distributor_waiting(const struct distributor *distributor);
size_t distributor_bytes(const struct distributor *distributor);

#define DISTRIBUTOR_STATS(X)                                                                       \
	X(DIST_AGAIN, "distribution.again")         /* came before, and ended here */              \
	X(DIST_CAME_BACK, "distribution.came-back") /* our own */                                  \
	X(DIST_TAKEN, "distribution.datagrams")     /* distributed */                              \
	X(DIST_OF_NBDD, "distribution.of-nbdd")     /* by another NBDD already */                  \
	X(DIST_OF_B_NODE, "distribution.of-bnode")  /* meant for this host alone */                \
	X(DIST_NOT_ASKED, "distribution.not-asked") /* of an NBDD or H node, the same */           \
	X(DIST_NOT_ALLOWED, "distribution.not-allowed")                                            \
	X(DIST_LIMITED, "distribution.limited")                                                    \
	X(DIST_NAME, "distribution.bad-name")            /* no name that can have members */       \
	X(DIST_SCOPE, "distribution.other-scope")        /* source and destination differ */       \
	X(DIST_FULL, "distribution.too-many")            /* that wait, of all */                   \
	X(DIST_SHARE, "distribution.share")              /* that wait, of one source */            \
	X(DIST_NO_MEMBERS, "distribution.no-members")    /* datagrams to such groups */            \
	X(DIST_NOT_KNOWN, "distribution.no-name-server") /* datagrams, none answered */            \
	X(DIST_QUERIES, "distribution.queries")                                                    \
	X(DIST_POSITIVE, "distribution.positive")                                                  \
	X(DIST_NEGATIVE, "distribution.negative")

struct stats *distributor_stats(struct distributor *distributor);

#endif
