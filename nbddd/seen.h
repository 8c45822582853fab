/* What was seen lately, as keys of 64 bits, in a table of fixed size: the oldest are forgotten
 * first. Pure. */
#ifndef NBDDD_SEEN_H
#define NBDDD_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seen;

/* count: of keys that it holds, about. secret: so that nobody can choose keys that collide. NULL:
 * out of memory. */
struct seen *seen_create(size_t count, uint64_t secret);
void seen_destroy(struct seen *seen); /* NULL is fine */

/* A key that begins with 0, or goes on with one more piece of what it is made of. */
uint64_t seen_key(const struct seen *seen, uint64_t key, const void *bytes, size_t len);

/* Whether the key was added within the last keep_ms. */
bool seen_has(const struct seen *seen, uint64_t key, uint64_t now_ms, uint64_t keep_ms);

/* Adds it, or makes it as new. */
void seen_add(struct seen *seen, uint64_t key, uint64_t now_ms);

#endif
