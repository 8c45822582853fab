/*
 * The owners of records: the WINS servers that took the registrations. Each one's records are a
 * list in the order of their versions, so that what a partner has not seen of them is a walk. Pure.
 *
 * An owner has a number, which stays while anything is known of him. This server is the first one.
 */
#ifndef NBNSD_REGISTRY_OWNERS_H
#define NBNSD_REGISTRY_OWNERS_H

#include "nbnsd/registry/changes.h"
#include "nbnsd/registry/registry.h"

#define OWNERS_MAX        10000
#define OWNER_NONE        UINT32_MAX
#define OWNER_NUMBER_SELF 0

struct registry_owner {
	struct in_addr address; /* OWNER_SELF: this server */
	uint64_t highest;       /* version that was seen; 0: none */
	uint64_t offered;       /* the same, as far as it is committed: partners may know of it */
	uint32_t records;
};

/* Numbers are below; some are nobody's. */
uint32_t registry_owner_bound(const struct registry *registry);

/* The number of an owner, or OWNER_NONE. */
uint32_t registry_owner_find(const struct registry *registry, struct in_addr address);
bool registry_owner_get(const struct registry *registry, uint32_t number,
			struct registry_owner *out); /* false: nobody's */

/* Each of the versions goes up or stays. An owner who was not known is from now on. false: too many
 * owners, or out of memory. */
bool registry_owner_see(struct registry *registry, struct in_addr address, uint64_t highest);
bool registry_owner_offer(struct registry *registry, struct in_addr address, uint64_t offered);
bool registry_owner_load(struct registry *registry, const struct owner_row *row); /* both */

/* Nothing was seen; what is offered stays. */
void registry_owner_rewind(struct registry *registry, struct in_addr address);

/* Both versions are 0 again; without records he is not known any more. */
void registry_owner_forget(struct registry *registry, struct in_addr address);

/*
 * An owner's records by ascending version: the first one from this version on, the following one;
 * and the last one, the one before. REGISTRY_NONE: there is none. registry_version_from() also puts
 * those in order whose place had been far; false: out of memory.
 */
bool registry_version_from(struct registry *registry, uint32_t number, uint64_t version,
			   uint32_t *id);
uint32_t registry_version_next(const struct registry *registry, uint32_t id);
bool registry_version_last(struct registry *registry, uint32_t number, uint32_t *id);
uint32_t registry_version_before(const struct registry *registry, uint32_t id);

#endif
