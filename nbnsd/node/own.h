/*
 * What becomes of a packet about a name of this host: answered, defended and reported as an end
 * node does (name-service.md 4.2; RFC 1002 section 5.1.1.5). Tables of decisions. Pure.
 */
#ifndef NBNSD_NODE_OWN_H
#define NBNSD_NODE_OWN_H

#include <stdbool.h>

#include "nbnsd/node/node.h"
#include "nbnsd/registry/claim.h"

/* How a packet was sent. B is what its sender says; it is believed, as is the network. */
enum own_sent { SENT_UNICAST, SENT_UNICAST_AS_BROADCAST, SENT_BROADCAST };

/* Whom a claim comes from. */
enum own_claimant {
	CLAIMANT_OTHER,
	CLAIMANT_US,    /* it is for an address of ours */
	CLAIMANT_SERVER /* an NBNS that we use */
};

/* What to do with a registration, refresh or release; found: what the node has of its name. */
enum own_claim {
	OWN_CLAIM_NOT_OURS, /* the database decides, if the packet was sent to the name server */
	OWN_CLAIM_DEFEND,   /* ACT_ERR */
	OWN_CLAIM_CONFIRM,  /* positive, nothing changes: it is our own address */
	OWN_CLAIM_YIELD,    /* positive; the name is not ours any more */
	OWN_CLAIM_IGNORE
};
enum own_claim own_decide_claim(const struct node_found *found, enum node_type type,
				const struct claim *claim, enum own_sent sent,
				enum own_claimant claimant);

/* What to do with a name query. server: there is a database behind us. */
enum own_query {
	OWN_QUERY_NOT_OURS, /* the database decides */
	OWN_QUERY_POSITIVE, /* our addresses */
	OWN_QUERY_NEGATIVE,
	OWN_QUERY_IGNORE
};
enum own_query own_decide_query(const struct node_found *found, enum node_type type,
				bool recursion_desired, enum own_sent sent, bool server);

/* Whether a node status request gets an answer: "*" asks for whatever names there are (RFC 1002
 * section 5.1.2.5), another name for those of who holds it. */
bool own_answers_status(const struct node_found *found, enum node_type type,
			const struct nbt_name *name, enum own_sent sent);

#endif
