/*
 * What becomes of a record that another WINS server replicates to us: existing record x replica ->
 * verdict. Pure. The record that follows from a verdict is made in outcome.h.
 *
 * The tables in replica.c are those of the project's digest of the documents (wins-replication.md),
 * row by row: section 4 conflicts, 2.7 ageing and verification. Addresses of owners are as the
 * registry has them: this server is OWNER_SELF, in records and for each of their members.
 */
#ifndef NBNSD_REPLICATION_REPLICA_H
#define NBNSD_REPLICATION_REPLICA_H

#include <stddef.h>

#include <nbt/packet.h>

#include "nbnsd/registry/record.h"

/*
 * Checks of a replica by itself (4.2 rule 0, 4.7, 5.2, 5.3).
 */
enum replica_check {
	REPLICA_PASSED,
	REPLICA_UNWANTED, /* an owner or a version that was not asked for */
	REPLICA_REFUSED,  /* its owner's records are not taken */
	REPLICA_PROXY_NAME,
	REPLICA_MALFORMED /* no such kind, state, version or address */
};

/* What was asked for. */
struct replica_question {
	struct in_addr owner;
	uint64_t min, max; /* versions; max 0: no bound */
	bool owner_is_refused;
	bool allow_proxy_names; /* as struct registrar_rules */
};

enum replica_check replica_check(const struct record *replica,
				 const struct replica_question *question);

/* One more address of a replica, as it is read from a message: the first 25 count, each once. */
void replica_add_address(struct record *replica, struct in_addr address, struct in_addr owner);

/*
 * Conflicts (4.2 to 4.5).
 */
enum replica_verdict {
	REPLICA_IGNORE,     /* the record stays as it is */
	REPLICA_INSIST,     /* so it does, with a new version, to overrule the replica elsewhere */
	REPLICA_TAKE,       /* the replica is the record now */
	REPLICA_EVICT,      /* as TAKE; every old address gets a release demand */
	REPLICA_MERGE,      /* special group: members of both, under the replica's version */
	REPLICA_MERGE_OURS, /* the same, ours with a new version */
	REPLICA_JOIN,       /* one machine has the addresses of both: multihomed */
	REPLICA_DEMAND,     /* as IGNORE; every address in the client's answer gets a demand */
	REPLICA_CHALLENGE   /* ask the old addresses, then replica_settle() */
};

struct replica_rules {
	bool migrate;      /* static unique and multihomed records give way to dynamic ones */
	bool is_verifying; /* the owner was asked what it has now, be it older than what we have */
};

/* existing: of the same name and scope, NULL: none. */
enum replica_verdict replica_decide(const struct record *existing, const struct record *replica,
				    const struct replica_rules *rules);

/* What the client said to a challenge. */
struct replica_testimony {
	uint64_t version;                /* of our record, as it was when the challenge began */
	bool is_held;                    /* false: no, or nothing from any address */
	bool is_denied;                  /* no */
	const struct nbt_address *named; /* in a positive answer: addresses that the client has */
	size_t named_count;
};

/* existing: as it is now, NULL: gone. If it is another one than the client was asked about, the
 * answer does not count, and the verdict, perhaps REPLICA_CHALLENGE, is about what is there. */
enum replica_verdict replica_settle(const struct record *existing, const struct record *replica,
				    const struct replica_testimony *testimony,
				    const struct replica_rules *rules);

/* Whether the record becomes another one: outcome_of(). */
bool replica_is_change(enum replica_verdict verdict);

/*
 * Ageing of other servers' records (2.7); for ours see registrar_age().
 */
enum replica_ageing {
	REPLICA_LASTS,
	REPLICA_VERIFY, /* its owner is to be asked whether it is still there */
	REPLICA_BURY,   /* outcome_bury() */
	REPLICA_DELETE
};
/* may_delete: the server has been up long enough for its partners to have taken tombstones. */
enum replica_ageing replica_age(uint8_t state, lease_time expiry, lease_time now, bool may_delete);

/*
 * Verification (2.7): an owner's records up to a version were asked for, and this one was not in
 * the answer. Whether it is to be deleted.
 */
struct replica_roll {
	struct in_addr owner;
	uint64_t highest; /* version that was asked for */
	bool is_whole;    /* the answer came to its end, well-formed */
	bool is_empty;
	bool is_by_owner; /* it was the owner who answered */
};
bool replica_is_withdrawn(const struct record *existing, const struct replica_roll *roll);

#endif
