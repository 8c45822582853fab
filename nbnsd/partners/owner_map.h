/* Which versions of whose records there are at a partner, and from which partner those of an owner
 * are to be had (wins-replication.md 2.3). Pure. */
#ifndef NBNSD_PARTNERS_OWNER_MAP_H
#define NBNSD_PARTNERS_OWNER_MAP_H

#include <nbt/replication.h>

/* Zeroed: empty. */
struct owner_map {
	struct nbt_owner_versions *rows; /* by address, each owner once; min is 0 */
	size_t count;
};

/* Whether an address may be an owner. */
bool owner_is_valid(struct in_addr owner);

/* Replaces the map by what a message says. Owners that can't be are left out, versions from 2^63 on
 * are taken for the one before. false: out of memory, and it is as it was. */
bool owner_map_read(struct owner_map *map, struct nbt_replication_list list);
void owner_map_free(struct owner_map *map);

/* The highest version of an owner; 0: none. */
uint64_t owner_map_max(const struct owner_map *map, struct in_addr owner);

struct owner_source {
	struct in_addr address;
	const struct owner_map *map;
};

/* Where to pull an owner's records: the source that has the highest version, of several the owner
 * itself, else the first. sources: in the configured order, one of them has some. */
size_t owner_map_best(const struct owner_source *sources, size_t count, struct in_addr owner);

#endif
