/* A registration, refresh or release: what is claimed, for whom, and what its answer needs. */
#ifndef NBNSD_REGISTRY_CLAIM_H
#define NBNSD_REGISTRY_CLAIM_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <nbt/name.h>
#include <nbt/packet.h>

struct claim {
	struct nbt_name name;
	struct nbt_scope scope;
	uint8_t opcode;         /* enum nbt_opcode */
	uint16_t id;            /* of the transaction */
	uint16_t flags_word;    /* of the request; a WACK repeats it */
	uint16_t nb_flags;      /* NBT_NB_* of the first entry; echoed */
	struct in_addr address; /* NB_ADDRESS of the first entry; echoed */
	struct in_addr source;  /* where the packet came from; need not be the address */
	in_port_t source_port;  /* network order */
	uint16_t socket;        /* that it came in on; the answer leaves by it */
};

/* It is this host's node role that claims: the answer is no packet. */
static inline bool claim_is_own(const struct claim *claim)
{
	return claim->source_port == 0;
}

static inline bool claim_is_group(const struct claim *claim)
{
	return (claim->nb_flags & NBT_NB_GROUP) != 0;
}

/* 0 B, 1 P, 2 M, 3 H */
static inline uint8_t claim_node_type(const struct claim *claim)
{
	return (uint8_t)((claim->nb_flags & NBT_NB_ONT) >> 13);
}

#endif
