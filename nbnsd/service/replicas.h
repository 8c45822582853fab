/*
 * The name service as a partner in replication: records of other servers come in, and what is here
 * goes out. Part of the service (service.h); pure. The conversation with partners is elsewhere
 * (nbnsd/replication/).
 *
 * Servers are known by the addresses that they have as owners, ours is replication_address of the
 * settings. Only what is committed is offered: versions of batches that the store has not written
 * yet are not in service_versions(), nor in what a reading finds.
 */
#ifndef NBNSD_SERVICE_REPLICAS_H
#define NBNSD_SERVICE_REPLICAS_H

#include <nbt/replication.h>

#include "nbnsd/replication/replica.h"
#include "nbnsd/service/service.h"

/*
 * What there is.
 */

/* The owners of whom something can be had, ourselves first (also with max 0). Returns how many
 * there are; rows takes the first size of them. min is 1, or 0 if there is nothing. */
size_t service_versions(const struct service *service, struct nbt_owner_versions *rows,
			size_t size);

/* The highest version of this owner that was seen, committed or not; 0: none. Ours: that was given
 * out; of a database that was lost it is 0 until the first one is. */
uint64_t service_version_of(const struct service *service, struct in_addr owner);

/* The same of another server, also where all of it is asked for again. */
uint64_t service_version_known(const struct service *service, struct in_addr owner);

/* What partners may want to hear of, counted since the start. */
struct service_news {
	uint64_t versions;        /* of ours that were given out */
	uint64_t address_changes; /* active records of ours that got another address */
};
struct service_news service_news(const struct service *service);

/*
 * Records for a partner: active ones and tombstones of an owner in a range of versions (max 0: no
 * bound), in their order, as they are sent. Made in slices, because they may be many; a copy, so
 * what changes meanwhile gets a higher version and is for the next question.
 */
struct service_reading;

/* dynamic_only: without static ones. NULL: out of memory. */
struct service_reading *service_read(struct service *service,
				     const struct nbt_owner_versions *range, bool dynamic_only);
bool service_read_on(struct service_reading *reading); /* one slice; false: that was the last */
bool service_reading_failed(const struct service_reading *reading); /* out of memory */
size_t service_reading_count(const struct service_reading *reading);

/* Of records by nbt_replica_encode(), one behind the other; good until the next call. */
const uint8_t *service_reading_bytes(const struct service_reading *reading, size_t *len);
void service_read_end(struct service_reading *reading); /* NULL is fine */

/*
 * Records from a partner.
 */

/*
 * One record of an answer to *question. Conflicts are decided at once, or after a challenge in the
 * background. All that come in one turn of the loop are in one batch (service_batch()), which is
 * one transaction. That the name may be WPAD is for the service's settings to say.
 */
enum replica_check service_replica(struct service *service, const struct nbt_replica *replica,
				   const struct replica_question *question,
				   const struct nbt_env *env);

/* The owner's records of this range have come (digest 2.3 step 5), so that the version of the owner
 * is its max now, in the same batch: if it was min - 1 at least, else some are to be asked for once
 * more meanwhile. Never goes down. false: out of memory, or too many owners. */
bool service_set_version(struct service *service, const struct nbt_owner_versions *range);

/* Whether a range of an owner came from itself or from others. What others told of an owner whom we
 * ask ourselves, while it did not answer, it is asked for again: they may have other records in the
 * place of some. service_told_from(): the first such version, 0: none. false: out of memory. */
bool service_told_by_others(struct service *service, const struct nbt_owner_versions *range);
void service_told_by_owner(struct service *service, const struct nbt_owner_versions *range);
uint64_t service_told_from(const struct service *service, struct in_addr owner);

/*
 * Verification (digest 2.7): the owner's records up to a version are asked for again, and what does
 * not come is deleted.
 */

/* The highest version of the owner that is to be asked for again: what was seen, since a record
 * that is not here may have been lost on its way. 0: nothing to verify. */
uint64_t service_verify_highest(struct service *service, struct in_addr owner);

/* An owner with records that have not been verified for the verify interval; each is told once in a
 * pass of the sweep. false: none. */
bool service_owner_to_verify(struct service *service, struct in_addr *owner);

/* Begins; for records up to this version. NULL: out of memory, or no such owner. */
struct service_verification;
struct service_verification *service_verify(struct service *service, struct in_addr owner,
					    uint64_t highest);
enum replica_check service_verify_record(struct service_verification *verification,
					 const struct nbt_replica *replica,
					 const struct nbt_env *env);

/* The answer is over, and so is *verification for the caller. What did not come is deleted in
 * slices by service_wake(): if the answer is whole, and by the owner or not empty. */
void service_verify_end(struct service_verification *verification, bool is_whole, bool is_by_owner);

/*
 * For the administrator, both in slices by service_wake().
 */

/* Removes an owner here: its records, its members in the lists of others, and what was seen of it,
 * so that a pull brings all of it again. -ENOENT; -EINVAL: ourselves; -ENOMEM. */
int service_forget_owner(struct service *service, struct in_addr owner);

/* Puts tombstones of ours in the place of the owner's records, which go to all partners (digest
 * 2.8). The same errors. */
int service_bury_owner(struct service *service, struct in_addr owner);

/* Whether either is still at work. */
bool service_is_at_owners(const struct service *service);

/*
 * Recovery (digest 2.8): partners hold records of ours up to this version, so the next one is
 * higher. false: refused, from 2^63 on. Our records that are pulled back come by service_replica()
 * with our address as the owner.
 */
bool service_raise_version(struct service *service, uint64_t seen);

/* Until further notice records of ours below this version may be missing here; 0: none. It is kept
 * in the database, for partners_create(). */
void service_note_lost(struct service *service, uint64_t below);

/* Partners have passed by our records up to this version: they get new ones. */
void service_tell_again(struct service *service, uint64_t highest, const struct nbt_env *env);

#endif
