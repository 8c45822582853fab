/* What registry.c and owners.c share: how a record is kept. For them only. */
#ifndef NBNSD_REGISTRY_REGISTRY_INNER_H
#define NBNSD_REGISTRY_REGISTRY_INNER_H

#include "nbnsd/registry/hash.h"
#include "nbnsd/registry/members.h"
#include "nbnsd/registry/registry.h"
#include "nbnsd/registry/scopes.h"
#include "nbnsd/registry/slab.h"
#include "nbnsd/registry/table.h"

#define ENTRY_USED    1U
#define ENTRY_STATIC  2U
#define ENTRY_UNSAVED 4U /* renewed since it was last written to the store */
#define ENTRY_OF_FILE 8U
#define ENTRY_CHANGED 32U
#define ENTRY_UNTOLD  64U
#define ENTRY_STRAY   16U /* not in the order of versions yet */

/* A record as it is kept: one cache line, which is all that a query for a name with one address
 * touches beside its slot in the table. */
struct entry {
	struct nbt_name name;
	uint64_t version;
	uint32_t next, previous; /* of its owner, by version: ids, or REGISTRY_NONE */
	struct in_addr registered_by;
	lease_time expiry;
	uint32_t scope;
	union {
		struct record_address address; /* if there is one */
		uint32_t block;                /* if there are several */
		struct member_list members;    /* of a normal group, which has no address */
	} of;
	uint8_t flags, kind, state, node_type, address_count;
	uint16_t owner; /* number */
};

_Static_assert(sizeof(struct entry) == 64, "a record is a cache line");

/* Several addresses go into a block beside the record, of the smallest class that has the space. */
#define BLOCK_CLASSES 3

/* A server whose records are here, or were: its records in the order of their versions, and behind
 * them, in any order, strays, whose place would have been far to find. Ids, or REGISTRY_NONE. */
struct owner {
	struct in_addr address;
	bool is_used;
	uint64_t highest, offered;
	uint32_t first, last;
	uint32_t finger; /* the last one looked up: the next is near */
	uint32_t stray;  /* the first */
	uint32_t count, stray_count;
};

/* The first one is this server. */
struct owners {
	struct owner *owner;
	uint32_t bound, space;
	struct table by_address;
	uint32_t patience; /* steps that are made to find the place of a record */
};

struct registry {
	struct hash_key key;
	struct slab entries;
	struct slab blocks[BLOCK_CLASSES];
	struct table by_name;
	struct scopes scopes;
	struct members members;
	struct owners owners;
	size_t counts[RECORD_KINDS][RECORD_STATES];
};

static inline struct entry *registry_entry(const struct registry *registry, uint32_t id)
{
	return slab_at(&registry->entries, id);
}

/* owners.c */
bool owners_init(struct registry *registry); /* false: out of memory */
void owners_free(struct registry *registry);

/* The number of an owner, who is known from now on. OWNER_NONE: too many, or out of memory. */
uint32_t owners_take(struct registry *registry, struct in_addr address);

/* A record with owner and version set, and one that goes, with those that it had. */
void owners_enter(struct registry *registry, uint32_t id);
void owners_leave(struct registry *registry, uint32_t id);

bool owners_agree(const struct registry *registry);
size_t owners_memory(const struct registry *registry);

#endif
