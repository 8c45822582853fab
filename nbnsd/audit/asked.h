/*
 * How often each record of the registry has been asked for, when last, and by whom; by record id.
 * Costs memory only where a record has been asked for. Pure.
 */
#ifndef NBNSD_AUDIT_ASKED_H
#define NBNSD_AUDIT_ASKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASKED_CLIENTS 4

/* Two share a cache line. */
struct asked_name {
	uint32_t last_s;    /* when last; seconds since 1970 */
	uint8_t generation; /* of the id: one more for each record that has had it */
	bool is_unsaved;
	uint64_t queries;
	uint32_t clients[ASKED_CLIENTS]; /* the last that asked, the latest first; 0: none */
};

#define ASKED_CHUNK_LOG 16 /* names; a huge page */
#define ASKED_CHUNKS    1024

/* Zeroed: empty. */
struct asked {
	struct asked_name *chunk[ASKED_CHUNKS];
};

void asked_free(struct asked *asked);

/* Ids are below asked_bound(); names that were never asked for are zero. */
uint32_t asked_bound(const struct asked *asked);

/* NULL: nothing is known of it, and nothing of the thousands around it. */
static inline struct asked_name *asked_find(const struct asked *asked, uint32_t id)
{
	struct asked_name *chunk = asked->chunk[id >> ASKED_CHUNK_LOG];

	return chunk != NULL ? &chunk[id & ((1U << ASKED_CHUNK_LOG) - 1)] : NULL;
}

/* Makes it if need be. NULL: out of memory. */
struct asked_name *asked_get(struct asked *asked, uint32_t id);

size_t asked_memory(const struct asked *asked); /* bytes */

#endif
