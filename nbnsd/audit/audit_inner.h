/* What the files of the audit share: audit.c notes, audit_read.c tells, audit_save.c keeps. */
#ifndef NBNSD_AUDIT_AUDIT_INNER_H
#define NBNSD_AUDIT_AUDIT_INNER_H

#include "nbnsd/audit/audit.h"
#include "nbnsd/registry/table.h"

/*
 * A name that a client asked for or registered, in a word: the number of its record, or its place
 * among the missing, with the generation of that, so that it is not taken for a later one. 0: none.
 */
#define REF_RECORD       0x80000000U
#define REF_ID_BITS      26
#define REF_PLACE_BITS   13
#define REF_GENERATIONS  0x1fU /* of a record's, the bits that fit */
#define REF_GENERATION_M 0x3ffffU

_Static_assert(REGISTRY_MAX == 1U << REF_ID_BITS, "an id fits");
_Static_assert(MISSING_MAX == 1U << REF_PLACE_BITS, "a place fits");

struct top {
	uint32_t ref, queries;
};

/* What a query touches of its client: a cache line. */
struct client {
	struct in_addr address;
	uint32_t first_query_s, last_query_s;
	uint32_t is_unsaved;
	uint64_t queries;
	struct top asked[AUDIT_TOP]; /* in no order; zeros at the end */
};

/* The rest. Clients are in a list by the minute in which they were last seen. */
struct more {
	uint32_t newer, older; /* AUDIT_NONE at the ends */
	uint32_t first_registration_s, last_registration_s;
	uint64_t registrations;
	uint32_t registered[AUDIT_REGISTERED]; /* the latest first */
	struct in_addr saved;                  /* whose row was saved under this number */
	uint8_t node_type;
};

_Static_assert(sizeof(struct client) == 64, "a cache line");

struct audit {
	uint64_t key[2];
	const struct registry *registry;
	uint32_t max, count;
	uint64_t forgotten;
	struct table by_address;
	struct client *clients;
	struct more *more;
	uint32_t newest, oldest;
	struct in_addr *orphans; /* forgotten, but their rows are there */
	size_t orphan_count;
	struct asked names;
	struct missing *missing;
};

/* The client's number, a new one if need be; AUDIT_NONE: out of memory. */
uint32_t audit_client_make(struct audit *audit, struct in_addr address);

uint32_t audit_ref_to_record(const struct audit *audit, uint32_t id);
uint32_t audit_ref_to_missing(const struct audit *audit, uint32_t place);

#endif
