/* How far this server is behind its partners with the names of an owner, as their last maps have
 * it. */
#ifndef NBNSD_CONTROL_LAG_H
#define NBNSD_CONTROL_LAG_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

struct partners;

struct lag {
	uint64_t behind;   /* versions of the owner that a partner has, and we don't */
	uint64_t asked_ms; /* when a partner that has names of the owner was last pulled from, as
			    * env->now_ms; NBT_NEVER: never */
};

/* partners: NULL: there is no replication. highest: the version that we have of the owner. */
struct lag lag_of_owner(const struct partners *partners, struct in_addr owner, uint64_t highest);

#endif
