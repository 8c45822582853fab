/* Members of normal groups, each with its own lease: found by group and address, listed by group.
 * Pure. */
#ifndef NBNSD_REGISTRY_MEMBERS_H
#define NBNSD_REGISTRY_MEMBERS_H

#include "nbnsd/registry/hash.h"
#include "nbnsd/registry/record.h"
#include "nbnsd/registry/registry.h"
#include "nbnsd/registry/slab.h"
#include "nbnsd/registry/table.h"

struct members {
	struct hash_key key;
	struct slab slab;
	struct table table;
};

/* The members of one group, kept in its record. Zero: none. */
struct member_list {
	uint32_t first; /* one more than the member's number */
	uint32_t count;
};

void members_init(struct members *members, const struct hash_key *key);
void members_free(struct members *members);

bool members_has(const struct members *members, uint32_t group, struct in_addr address);
lease_time members_lease(const struct members *members, uint32_t group, struct in_addr address);
enum registry_member_change members_put(struct members *members, uint32_t group,
					struct member_list *list, struct in_addr address,
					lease_time expiry);
bool members_remove(struct members *members, uint32_t group, struct member_list *list,
		    struct in_addr address);
void members_remove_all(struct members *members, struct member_list *list);

/* As registry_member_next(). */
bool members_next(const struct members *members, uint32_t group, const struct member_list *list,
		  uint32_t *cursor, struct in_addr *address, lease_time *expiry);

size_t members_memory(const struct members *members); /* bytes */

#endif
