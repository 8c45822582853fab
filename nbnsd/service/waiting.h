/*
 * Claims whose answer is not due yet: somebody is asked whether the name is still his, or the
 * change is on its way to the store. Bounded. Pure.
 */
#ifndef NBNSD_SERVICE_WAITING_H
#define NBNSD_SERVICE_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nbnsd/registry/claim.h"
#include "nbnsd/registry/hash.h"

struct waiting;

#define WAITING_NONE UINT32_MAX

/* max: claims at once. NULL: out of memory. */
struct waiting *waiting_create(uint32_t max, const struct hash_key *key);

/* Those that wait already stay. */
void waiting_set_max(struct waiting *waiting, uint32_t max);
void waiting_destroy(struct waiting *waiting); /* NULL is fine */

size_t waiting_count(const struct waiting *waiting);
bool waiting_is_full(const struct waiting *waiting);

/* Whether this request waits already: same transaction id, opcode, source address and port. */
bool waiting_has(const struct waiting *waiting, const struct claim *claim);

/* Returns its number, or WAITING_NONE: full, or out of memory. */
uint32_t waiting_add(struct waiting *waiting, const struct claim *claim);
void waiting_remove(struct waiting *waiting, uint32_t number);

/* Good until it is removed. */
const struct claim *waiting_claim(const struct waiting *waiting, uint32_t number);

/* Lists of waiting claims, first in, first out. Zeroed: empty. A claim is on one list at most. */
struct waiting_list {
	uint32_t first, last; /* one more than a number */
	uint32_t count;
};
void waiting_append(struct waiting *waiting, struct waiting_list *list, uint32_t number);
void waiting_join(struct waiting *waiting, struct waiting_list *list, struct waiting_list *behind);
uint32_t waiting_take(struct waiting *waiting, struct waiting_list *list); /* or WAITING_NONE */

/*
 * Claims held until a batch of changes is committed; they become due in the order in which they
 * were held. record: what the change is about. false: out of memory, it is not held.
 */
enum waiting_for {
	WAITING_FOR_POSITIVE, /* its answer, which rests on the change */
	WAITING_FOR_DECISION  /* whoever made the change must have his answer first */
};
bool waiting_hold(struct waiting *waiting, uint32_t number, uint32_t record, uint64_t batch,
		  enum waiting_for what);

/* The latest batch that claims about this record are held for; 0: none are. */
uint64_t waiting_batch_of(const struct waiting *waiting, uint32_t record);

/* The next claim that is due when this batch is committed, or WAITING_NONE. It is not held any
 * more. */
uint32_t waiting_take_due(struct waiting *waiting, uint64_t committed, enum waiting_for *what);

#endif
