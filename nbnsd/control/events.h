/*
 * The last events, for readers that follow at their own pace: who is too slow loses some, and is
 * told how many. Pure.
 */
#ifndef NBNSD_CONTROL_EVENTS_H
#define NBNSD_CONTROL_EVENTS_H

#include "nbnsd/audit/conflicts.h"
#include "nbnsd/service/name_event.h"

struct event {
	int64_t wall_s; /* when it was heard of; seconds since 1970 */
	bool is_conflict;
	uint32_t ttl_s; /* of a name: what is left of its lease; HOOK_TTL_FOREVER: no end */
	union {
		struct name_event name;
		struct conflict conflict;
	} of;
};

struct events;

/* max: how many are kept, from 1. NULL: out of memory. */
struct events *events_create(size_t max);
void events_destroy(struct events *events); /* NULL is fine */

/* Adds one, for the caller to fill in at once. */
struct event *events_add(struct events *events);

/* Where a reader begins who wants to hear of what comes. */
uint64_t events_end(const struct events *events);

/* The next event of a reader, whose cursor goes on; NULL: nothing new. *lost: how many there were
 * before it that are not kept any more. */
const struct event *events_next(const struct events *events, uint64_t *cursor, uint64_t *lost);

#endif
