/*
 * The names of this host itself: held, answered, defended and reported as an end node does
 * (RFC 1002 section 5.1.1.5). Pure.
 */
#ifndef NBNSD_OWN_H
#define NBNSD_OWN_H

#include <stdbool.h>
#include <stddef.h>

#include <nbt/packet.h>

#include "nbnsd/claim.h"

struct own_name {
	struct nbt_name name;
	bool is_group;
};

struct own_names {
	struct nbt_scope scope;
	uint8_t node_type; /* 0 B, 1 P, 2 M, 3 H */
	size_t count;
	struct own_name *names;
};

/*
 * netbios_name and each of the aliases (NULL-terminated) with <00>, <03> and <20>, the workgroup as
 * group <00> and <1E>. Texts are NetBIOS names without suffix. false: out of memory.
 */
bool own_names_init(struct own_names *own, const char *netbios_name, const char *const *aliases,
		    const char *workgroup, const struct nbt_scope *scope, uint8_t node_type);
void own_names_free(struct own_names *own);

/* NULL: not ours. */
const struct own_name *own_find(const struct own_names *own, const struct nbt_name *name,
				const struct nbt_scope *scope);

/* How a packet was sent. B is what its sender says; it is believed, as is the network. */
enum own_sent { SENT_UNICAST, SENT_UNICAST_AS_BROADCAST, SENT_BROADCAST };

/* What to do with a claim; name is what own_find() gave, for_us: the address is one of ours. */
enum own_claim {
	OWN_CLAIM_NOT_OURS, /* the database decides, if the packet was sent to the name server */
	OWN_CLAIM_DEFEND,   /* ACT_ERR */
	OWN_CLAIM_CONFIRM,  /* positive, nothing changes: it is our own address */
	OWN_CLAIM_IGNORE
};
enum own_claim own_decide_claim(const struct own_names *own, const struct own_name *name,
				const struct claim *claim, enum own_sent sent, bool for_us);

/* What to do with a name query. server: there is a database behind us. */
enum own_query {
	OWN_QUERY_NOT_OURS, /* the database decides */
	OWN_QUERY_POSITIVE, /* our addresses */
	OWN_QUERY_NEGATIVE,
	OWN_QUERY_IGNORE
};
enum own_query own_decide_query(const struct own_names *own, const struct own_name *name,
				bool recursion_desired, enum own_sent sent, bool server);

/* NB_FLAGS of the name. */
uint16_t own_nb_flags(const struct own_names *own, const struct own_name *name);

/*
 * Node status. false: the question is for nobody here. "*" asks for whatever names there are
 * (RFC 1002 section 5.1.2.5). limit: names that fit into an answer.
 */
bool own_status(const struct own_names *own, const struct nbt_question *question,
		const uint8_t mac[6], size_t limit, struct nbt_node_status *out);

#endif
