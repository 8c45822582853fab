/*
 * Doubts about replicas. Two servers' records of one name have come by here, and which of them
 * stays depends on which came first; their owners decide it among themselves, perhaps otherwise. So
 * after a pause both owners are asked whether they still have what they told, until only one has.
 * Pure.
 */
#ifndef NBNSD_REPLICATION_DOUBT_H
#define NBNSD_REPLICATION_DOUBT_H

#include "nbnsd/replication/replica.h"

/* Whether the verdict about a replica leaves a doubt; existing: what was there, NULL: nothing. */
bool doubt_follows(enum replica_verdict verdict, const struct record *existing,
		   const struct record *replica);

/* What is known when all have answered. */
struct doubt_facts {
	bool exists; /* the record of the name, here */
	bool is_active;
	bool is_there;       /* where it comes from; ours is */
	bool has_rival;      /* one of those that lost against it is still there */
	bool has_live_rival; /* and active */
	bool are_groups;     /* normal ones, all: whose they are matters to nobody */
	bool is_old;         /* the owners had time to hear of each other */
};

enum doubt_outcome {
	DOUBT_OVER,
	DOUBT_STAYS,   /* two servers have a record each: they are asked again */
	DOUBT_INSIST,  /* they don't hear each other but by us: the record is told as ours */
	DOUBT_DECIDE,  /* the rivals are replicas that have just come */
	DOUBT_YIELD,   /* as DECIDE; the first of them takes the place of the record */
	DOUBT_WITHDRAW /* its owner does not have it, and nobody else is known */
};
enum doubt_outcome doubt_settle(const struct doubt_facts *facts);

#endif
