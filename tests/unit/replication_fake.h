/* A service for the machine of partners: who owns which versions, and when it is committed. It
 * takes the place of the functions of nbnsd/service/replicas.h in a test's program. */
#ifndef TESTS_REPLICATION_FAKE_H
#define TESTS_REPLICATION_FAKE_H

#include <nbt/replication.h>

#include "nbnsd/service/replicas.h"
#include "nbnsd/service/service.h"

#define FAKE_RECORDS_MAX 400
#define FAKE_OWNERS_MAX  64

struct fake_record {
	struct in_addr owner;
	struct nbt_replica replica;
};

struct service {
	struct in_addr own;
	uint64_t next_version;
	struct fake_record record[FAKE_RECORDS_MAX];
	size_t record_count;
	struct nbt_owner_versions mark[FAKE_OWNERS_MAX];
	size_t mark_count;
	uint64_t batch, committed;
	bool is_slow; /* nothing is committed by itself */
	bool is_in_trouble;
	struct service_news news;
	size_t readings;        /* that are open */
	size_t slice;           /* records in a step of a reading */
	size_t marks_at_commit; /* marks that are committed */

	uint64_t lost_below;                 /* as service_note_lost() has it */
	uint64_t told_again;                 /* the highest version of ours that was */
	struct nbt_owner_versions by_others; /* the latest such range */
	struct nbt_owner_versions told;      /* max 0: nothing was told by others only */

	/* Doubts. */
	struct nbt_owner_versions doubt[8]; /* to be asked */
	size_t doubt_count;
	uint64_t doubts_due_ms;
	char doubts[256]; /* "10.0.0.2:7 there ", "... answered ", "... later " */

	/* Verification. */
	struct in_addr to_verify; /* 0.0.0.0: none */
	size_t verified, verify_ends;
	bool was_whole, was_by_owner;
};

void fake_create(struct service *service, struct in_addr own);

/* A record in the database; a version that is one's own makes the next one higher. */
void fake_add(struct service *service, struct in_addr owner, const char *name, uint64_t version);

/* Everything so far is in the database. */
void fake_commit(struct service *service);

/* Records of an owner. */
size_t fake_count(const struct service *service, struct in_addr owner);

/* A record that could come from a partner. */
struct nbt_replica fake_replica(const char *name, uint64_t version);

#endif
