/*
 * A complete list of addresses, for a datagram distribution server (RFC 1001 section 11.2): the
 * members of a group, or all who are active in a scope. Each address is in it once. Pure.
 */
#ifndef NBNSD_SERVICE_ROSTER_H
#define NBNSD_SERVICE_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

#include <nbt/packet.h>

#include "nbnsd/registry/record.h"
#include "nbnsd/registry/registry.h"

#define ROSTER_MAX 10900 /* what one answer by TCP holds (RDLENGTH has 16 bits) */

struct roster;

/* limit: addresses kept, ROSTER_MAX at most. NULL: out of memory. */
struct roster *roster_create(size_t limit);
void roster_destroy(struct roster *roster); /* NULL is fine */
void roster_clear(struct roster *roster);

/* Adds the members of a normal group whose leases last. */
void roster_add_group(struct roster *roster, const struct registry *registry, uint32_t group,
		      lease_time now);

/*
 * Adds everybody who is active in the scope, from the next records on; begins with the first one
 * after roster_clear(). true: it has seen all, or can't take more. The registry may change between
 * one call and the next.
 */
bool roster_add_scope(struct roster *roster, const struct registry *registry,
		      const struct nbt_scope *scope, lease_time now, uint32_t records);

size_t roster_count(const struct roster *roster);

/* Whether there is more than is kept. */
bool roster_is_cut(const struct roster *roster);

/* The list as NB rdata, all entries with the flag of groups; NBT_ADDRESS_LEN each. */
const uint8_t *roster_rdata(const struct roster *roster);

#endif
