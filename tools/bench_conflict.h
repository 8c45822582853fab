/*
 * Names in conflict: each has an owner, who behaves in one of the ways below when he is asked
 * whether it is still his, and each is claimed by a client. Name n has an owner of the kind n %
 * BENCH_OWNERS, at the address 127.2.0.1 plus that.
 */
#ifndef TOOLS_BENCH_CONFLICT_H
#define TOOLS_BENCH_CONFLICT_H

#include "tools/bench.h"

enum bench_owner {
	OWNER_LIVE,          /* says that it is his */
	OWNER_JOINED,        /* says so, and that the claimant's address is his too */
	OWNER_DENYING,       /* says that it is not */
	OWNER_DEAD,          /* says nothing */
	OWNER_OTHER_NAME,    /* these lie, which is as good as silence: about another name, */
	OWNER_OTHER_ADDRESS, /* from another address, */
	OWNER_OTHER_ID,      /* with another transaction id, */
	OWNER_CUT,           /* with a packet that ends too early */
	BENCH_OWNERS
};

extern const char *const bench_owner_names[BENCH_OWNERS];

static inline struct in_addr bench_owner_address(enum bench_owner owner)
{
	return (struct in_addr){ htonl(0x7F020001 + (uint32_t)owner) };
}

/* What became of the claims; the ctx of the loads. */
struct bench_ends {
	uint64_t right[BENCH_OWNERS], wrong[BENCH_OWNERS];
	struct bench_latency latency[BENCH_OWNERS];
};

/* First the owners get their names, then the clients claim them, then all are asked for: they must
 * be whose the rules say. */
extern const struct bench_kind bench_own, bench_claim, bench_settled;

/* The owners, in a thread, on port 137 of their addresses. claims is borrowed: it says who claims
 * what. 0 or a negative errno. */
struct bench_owners;
int bench_owners_start(struct bench_owners **out, const struct bench_load *claims);
void bench_owners_stop(struct bench_owners *owners, uint64_t asked[BENCH_OWNERS]);

#endif
