/*
 * Which records are active domain masters (<1B>): the few that a query for all of them must find
 * without a walk through the whole registry. A bit per record id. Pure.
 */
#ifndef NBNSD_SERVICE_MASTERS_H
#define NBNSD_SERVICE_MASTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed: empty. */
struct masters {
	uint64_t *words;
	size_t count; /* of words */
};

#define MASTERS_NONE UINT32_MAX

void masters_free(struct masters *masters);

/* false: out of memory; only when it is one. */
bool masters_set(struct masters *masters, uint32_t id, bool is_master);

/* The first one whose id is at least this, or MASTERS_NONE. */
uint32_t masters_next(const struct masters *masters, uint32_t id);

#endif
