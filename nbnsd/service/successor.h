/*
 * The record that follows from the registrar's verdict. Pure.
 *
 * Each function returns whether the record is a new version, with terms->version, which is used up
 * then. If not, its partners need not hear of it.
 */
#ifndef NBNSD_SERVICE_SUCCESSOR_H
#define NBNSD_SERVICE_SUCCESSOR_H

#include <stddef.h>

#include "nbnsd/registry/claim.h"
#include "nbnsd/registry/record.h"

/* What the server grants. */
struct terms {
	lease_time now;
	uint32_t renewal_s, extinction_s, extinction_timeout_s;
	uint64_t version;
	bool tells_who_left; /* an address that goes is a new version: other servers hear of it */
};

/* Everything but the kind is the claimant's. */
bool successor_new(struct record *out, const struct claim *claim, enum record_kind kind,
		   const struct terms *terms);

/* A later expiry; what was a replica or static becomes dynamic and ours. */
bool successor_renew(struct record *record, const struct claim *claim, const struct terms *terms);

/* One more address in the list of a special group, or a later expiry for it. */
bool successor_merge(struct record *record, const struct claim *claim, const struct terms *terms);

/* The same machine at one more address: addresses that it does not name any more are dropped.
 * kind: with one address only. */
bool successor_adopt(struct record *record, const struct claim *claim, enum record_kind kind,
		     const struct nbt_address *named, size_t named_count,
		     const struct terms *terms);

/*
 * The name is given up: released, and the version stays, since released records are never
 * replicated. A replica becomes a tombstone at once: its owner must hear of it.
 */
bool successor_release(struct record *record, const struct terms *terms);

/* One address is given up; with the last one the name. */
bool successor_release_address(struct record *record, struct in_addr address,
			       const struct terms *terms);

bool successor_tombstone(struct record *record, const struct terms *terms);

/* Drops the addresses of this server whose lease is over; returns how many. Unlike with the other
 * functions the record is a new version if it has it afterwards. */
size_t successor_drop_expired(struct record *record, const struct terms *terms);

#endif
