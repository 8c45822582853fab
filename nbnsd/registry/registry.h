/*
 * The whole name table in memory: one hash look-up per query. Pure: no clock, no I/O.
 *
 * A record is known by its id, a small number that stays the same while the record lives and that
 * is also its row id in the store. Ids of removed records are given out again.
 */
#ifndef NBNSD_REGISTRY_REGISTRY_H
#define NBNSD_REGISTRY_REGISTRY_H

#include <stddef.h>

#include "nbnsd/registry/record.h"

struct registry;

#define REGISTRY_NONE UINT32_MAX
#define REGISTRY_MAX  (1U << 26) /* records; more count as out of memory */

/* key: secret of the hash, so that nobody can choose names that collide. NULL: out of memory. */
struct registry *registry_create(const uint8_t key[16]);
void registry_destroy(struct registry *registry);

/* The record of this name and scope, or REGISTRY_NONE. */
uint32_t registry_find(const struct registry *registry, const struct nbt_name *name,
		       const struct nbt_scope *scope);

/* Brings the records of these names, without scope, into the processor's cache. ids: whose they
 * most likely are, or REGISTRY_NONE. Look-ups get faster: a table that is growing goes on with it.
 */
#define REGISTRY_EXPECT_MAX 64
void registry_expect(struct registry *registry, const struct nbt_name *names, uint32_t *ids,
		     size_t count);

/* What a decision looks at, without the cost of the flat form. */
struct registry_brief {
	uint8_t kind, state, node_type, address_count;
	bool is_static, is_of_file, is_untold, is_owned;
	struct in_addr address; /* of the only address; undefined when there are several or none */
	lease_time expiry;
	uint64_t version;
};
void registry_peek(const struct registry *registry, uint32_t id, struct registry_brief *out);

/* The flat form of a record. Members of *out beyond its counts are left as they were. */
void registry_get(const struct registry *registry, uint32_t id, struct record *out);

/* Adds a record whose name is not there yet; returns its id, or REGISTRY_NONE: out of memory. */
uint32_t registry_add(struct registry *registry, const struct record *record);

/*
 * Adds a record under a given id, at start; ids come in ascending order. -EEXIST: the name is
 * there, or an id as high; -EINVAL: an id out of range; -ENOMEM.
 */
int registry_load(struct registry *registry, uint32_t id, const struct record *record);

/* After the last one. false: out of memory; what is missing is done when it is needed. */
bool registry_settle(struct registry *registry);

/* Replaces everything but name and scope; a record that is no normal group any more loses its
 * members. false: out of memory, nothing changed. */
bool registry_replace(struct registry *registry, uint32_t id, const struct record *record);

/* Sets expiry and node type of a record with one address; marks it unsaved. */
void registry_renew(struct registry *registry, uint32_t id, uint8_t node_type, lease_time expiry);

/* Removes a record and its members. */
void registry_remove(struct registry *registry, uint32_t id);

/* Records whose renewal has not been written to the store yet. */
bool registry_is_unsaved(const struct registry *registry, uint32_t id);
void registry_set_unsaved(struct registry *registry, uint32_t id);
void registry_set_saved(struct registry *registry, uint32_t id);

/* Records there are; ids in use are below registry_bound(). */
size_t registry_count(const struct registry *registry);
size_t registry_count_of(const struct registry *registry, uint8_t kind, uint8_t state);
size_t registry_member_total(const struct registry *registry);
/* Counts all anew, in a few nanoseconds for each: whether the numbers above, and those of the
 * owners with their lists (owners.h), are right. */
bool registry_counts_agree(const struct registry *registry);
uint32_t registry_bound(const struct registry *registry);
bool registry_has(const struct registry *registry, uint32_t id);

/*
 * Members of normal groups, each with its own lease.
 */
enum registry_member_change { MEMBER_ADDED, MEMBER_RENEWED, MEMBER_NO_MEMORY };
enum registry_member_change registry_member_put(struct registry *registry, uint32_t group,
						struct in_addr address, lease_time expiry);

/* Adds a member at start. -ENOENT: there is no such normal group; -EEXIST: it is there; -ENOMEM. */
int registry_member_load(struct registry *registry, uint32_t group, struct in_addr address,
			 lease_time expiry);

/* Whether it was a member. */
bool registry_member_remove(struct registry *registry, uint32_t group, struct in_addr address);
bool registry_member_has(const struct registry *registry, uint32_t group, struct in_addr address);
size_t registry_member_count(const struct registry *registry, uint32_t group);

/* The end of a member's lease; 0: it is none. */
lease_time registry_member_lease(const struct registry *registry, uint32_t group,
				 struct in_addr address);

/*
 * Walks the members of a group: start with *cursor 0; false at the end. Members may come and go
 * meanwhile, also between one call and the next: then the walk may end early, or see some twice.
 */
bool registry_member_next(const struct registry *registry, uint32_t group, uint32_t *cursor,
			  struct in_addr *address, lease_time *expiry);

/* Bytes held, for statistics. */
size_t registry_memory(const struct registry *registry);

#endif
