/*
 * The names that clients ask for in vain: the most frequent of them, in a table of fixed size. When
 * a set of it is full the least frequent makes room, and its successor inherits its rank
 * ("space-saving"; Metwally, Agrawal and El Abbadi, 2005): so what is asked for often stays,
 * however many other names come along. Pure.
 */
#ifndef NBNSD_AUDIT_MISSING_H
#define NBNSD_AUDIT_MISSING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/name.h>

#include "nbnsd/registry/hash.h"

#define MISSING_SETS    1024
#define MISSING_WAYS    8
#define MISSING_MAX     (MISSING_SETS * MISSING_WAYS)
#define MISSING_NONE    UINT32_MAX
#define MISSING_CLIENTS 6

/* A cache line. */
struct missing_name {
	struct nbt_name name; /* whatever its scope */
	uint64_t queries;     /* since first_s; 0: this place is free */
	uint32_t first_s, last_s;
	uint32_t generation : 24; /* of the place: one more for each name that has had it */
	uint32_t is_unsaved : 8;
	uint32_t clients[MISSING_CLIENTS]; /* the last that asked, the latest first; 0: none */
	uint32_t reserved;
};

struct missing;

/* key: secret, so that nobody can choose names that share a set. NULL: out of memory. */
struct missing *missing_create(const struct hash_key *key);
void missing_destroy(struct missing *missing); /* NULL is fine */

/* Brings the places of these names, or those that they will take, into the processor's cache. */
#define MISSING_EXPECT_MAX 64
void missing_expect(const struct missing *missing, const struct nbt_name *const *names,
		    size_t count);

/* One more query. Returns the place of the name. */
uint32_t missing_note(struct missing *missing, const struct nbt_name *name, uint32_t client,
		      uint32_t now_s);

/* Good until the next note. */
struct missing_name *missing_at(const struct missing *missing, uint32_t place);

/* The place of this name, or MISSING_NONE. */
uint32_t missing_find(const struct missing *missing, const struct nbt_name *name);

/* Puts back what was saved of a place; false: under this key the name does not belong there. */
bool missing_load(struct missing *missing, uint32_t place, const struct missing_name *saved);

/* Names that have made room. */
uint64_t missing_forgotten(const struct missing *missing);

size_t missing_memory(void); /* bytes */

#endif
