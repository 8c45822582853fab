/*
 * Two special groups of one name become one (wins-replication.md 4.4): members that were registered
 * at different servers come together, and what a server does not name any more goes. Pure.
 */
#ifndef NBNSD_REPLICATION_MERGE_H
#define NBNSD_REPLICATION_MERGE_H

#include "nbnsd/registry/record.h"

enum merge_verdict {
	MERGE_KEEP,    /* the record has it all */
	MERGE_REPLACE, /* the replica, as it is */
	MERGE_THEIRS,  /* the list, as the replica's owner and version */
	MERGE_OURS     /* the list, ours with a new version; released, if nobody is in it */
};

struct merge_list {
	uint8_t count;
	struct record_address address[RECORD_MAX_ADDRESSES]; /* the oldest first */
};

/* Ends of leases of members that come with the replica; those who stay keep theirs. */
struct merge_leases {
	lease_time ours, others; /* ours: registered here once, as the replica's server believes */
};

/* Both are active, and of different owners. The list is for MERGE_THEIRS and MERGE_OURS. */
enum merge_verdict merge_special(const struct record *existing, const struct record *replica,
				 const struct merge_leases *leases, struct merge_list *list);

/* One more member at the end of the list; false: it is full, and nobody makes room for those who
 * come by way of a partner. */
bool merge_add(struct merge_list *list, const struct record_address *member);

/* The entry of this address, or NULL. */
const struct record_address *merge_find(const struct record_address *list, size_t count,
					struct in_addr address);

#endif
