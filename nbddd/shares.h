/*
 * How much each source has of what waits, so that one can be refused while there is room for
 * others. A source is an address or the number of a program. Takes the same time however much
 * waits. Pure.
 */
#ifndef NBDDD_SHARES_H
#define NBDDD_SHARES_H

#include <stddef.h>
#include <stdint.h>

struct shares;

struct share {
	size_t count, bytes;
};

/* max: how many things may wait in all; secret: of the hash table. NULL: out of memory. */
struct shares *shares_create(size_t max, uint64_t secret);
void shares_destroy(struct shares *shares); /* NULL is fine */

/* What this source has. */
struct share shares_of(const struct shares *shares, uint32_t source);

/* Something of the source waits, one of max at most; or no longer, with the same bytes. */
void shares_add(struct shares *shares, uint32_t source, size_t bytes);
void shares_remove(struct shares *shares, uint32_t source, size_t bytes);

#endif
