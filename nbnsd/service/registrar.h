/*
 * What a claim does to a record: existing record x claim x now -> verdict. Pure. The record that
 * follows from a verdict is made in successor.h.
 *
 * The tables in registrar.c are those of the project's digest of the documents (name-service.md),
 * row by row: section 6 checks, 7.1 registration and refresh, 7.3 challenges, 9 release, 5.3
 * ageing.
 */
#ifndef NBNSD_SERVICE_REGISTRAR_H
#define NBNSD_SERVICE_REGISTRAR_H

#include "nbnsd/registry/claim.h"
#include "nbnsd/registry/record.h"

/*
 * Checks of a claim by itself (section 6, C6 to C13).
 */
enum registrar_check {
	CHECK_PASSED,
	CHECK_CONFIRM, /* positive answer, nothing changes */
	CHECK_REFUSE,  /* RFS_ERR */
	CHECK_FAIL     /* SRV_ERR */
};

struct registrar_rules {
	bool allow_proxy_names; /* WPAD and ISATAP, by which a stranger could become everybody's
				 * proxy or router, may be registered */
	bool keep_master_names; /* <1D> is a name like any (RFC 1001), not one of each subnet */
};

enum registrar_check registrar_check(const struct claim *claim,
				     const struct registrar_rules *rules);

/*
 * Registration and refresh (7.1).
 */
enum registrar_verdict {
	VERDICT_NEW,       /* positive: successor_new() in place of what is there */
	VERDICT_RENEW,     /* positive: successor_renew(), later expiry and no more */
	VERDICT_TAKE,      /* positive: as RENEW, and a replica becomes ours with a new version */
	VERDICT_MERGE,     /* positive: successor_merge() */
	VERDICT_ADOPT,     /* positive: successor_adopt() */
	VERDICT_KEEP,      /* positive, unchanged */
	VERDICT_CHALLENGE, /* WACK; ask those who are registered, then registrar_settle() */
	VERDICT_CONFLICT   /* ACT_ERR, unchanged */
};

/* What a decision needs to know of the record. */
struct registrar_facts {
	bool exists, is_owned;
	uint8_t kind, state;
	bool is_static;
	bool lists_address; /* NB_ADDRESS is one of its addresses (releases: or members) */
	bool lists_source;  /* releases only: so is the packet's source */
};

/* migrate: dynamic registrations may replace static unique and multihomed records. */
enum registrar_verdict registrar_decide(const struct registrar_facts *facts,
					const struct claim *claim, bool migrate);

/* The kind of the record that a claim makes. */
enum record_kind registrar_kind(const struct registrar_facts *facts, const struct claim *claim);

/* What those who were registered said to a challenge (7.3). */
enum registrar_testimony {
	TESTIMONY_NONE,  /* nobody answered that the name is his */
	TESTIMONY_HELD,  /* it is, and the claimant is somebody else */
	TESTIMONY_JOINED /* it is, and the claimant's address is one of his too */
};
enum registrar_verdict registrar_settle(enum registrar_testimony testimony,
					const struct claim *claim);

/*
 * Release (9).
 */
enum registrar_release {
	RELEASE_NOTHING, /* positive, no effect */
	RELEASE_REFUSED, /* ACT_ERR */
	RELEASE_RECORD,  /* positive: successor_release() */
	RELEASE_MEMBER,  /* positive: the member goes; with the last one successor_release() */
	RELEASE_ADDRESS  /* positive: successor_release_address() */
};
enum registrar_release registrar_decide_release(const struct registrar_facts *facts);

/*
 * Ageing (5.3).
 */
enum registrar_ageing {
	AGEING_NONE,
	AGEING_RELEASE,   /* successor_release() */
	AGEING_TOMBSTONE, /* successor_tombstone() */
	AGEING_DELETE
};
/* may_delete: the server has been up long enough for its partners to have taken tombstones. */
enum registrar_ageing registrar_age(uint8_t state, bool is_owned, lease_time expiry, lease_time now,
				    bool may_delete);

#endif
