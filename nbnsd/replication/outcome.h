/* The record that follows from a verdict about a replica (wins-replication.md 2.7, 4.4, 4.5). Pure.
 */
#ifndef NBNSD_REPLICATION_OUTCOME_H
#define NBNSD_REPLICATION_OUTCOME_H

#include "nbnsd/replication/replica.h"

/* What the server grants. */
struct outcome_terms {
	lease_time now;
	uint32_t renewal_s, verify_s, extinction_s, extinction_timeout_s;
	uint64_t version; /* the next one of ours */
};

/*
 * Makes *out, which may be *existing, from a verdict with replica_is_change(). existing: as given
 * to replica_decide(). Returns whether terms->version is used up.
 */
bool outcome_of(struct record *out, enum replica_verdict verdict, const struct record *existing,
		const struct record *replica, const struct outcome_terms *terms);

/*
 * After REPLICA_MERGE and REPLICA_JOIN: whether the record has an address that the replica has not.
 * It bears the owner and version of the replica, so partners, which have those, don't come for it.
 * After a pause, if it is still the same record, REPLICA_INSIST makes it ours and known to them.
 */
bool outcome_says_more(const struct record *record, const struct record *replica);

/* Another server's record that is released becomes a tombstone here; its version stays. */
void outcome_bury(struct record *record, const struct outcome_terms *terms);

#endif
