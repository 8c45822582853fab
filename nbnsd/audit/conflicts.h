/*
 * Who took whose name, when, and what came of it: the last so many claims to a name that was
 * somebody else's. Pure.
 */
#ifndef NBNSD_AUDIT_CONFLICTS_H
#define NBNSD_AUDIT_CONFLICTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include <nbt/error.h>
#include <nbt/name.h>

#include "nbnsd/registry/record.h"

enum conflict_outcome {
	CONFLICT_HELD,    /* the holder said that the name is his: refused */
	CONFLICT_LOST,    /* no holder answered: the claimant has the name */
	CONFLICT_JOINED,  /* the holder has the claimant's address too: one machine, merged */
	CONFLICT_CHANGED, /* the record changed while its holder was asked: refused */
	CONFLICT_GROUP,   /* the name is a group's: refused unasked */
	CONFLICT_STATIC,  /* an administrator's record holds the name: refused unasked */
	CONFLICT_REFUSED, /* another reason of the rules of WINS: refused unasked */
	CONFLICT_OWN,     /* the name is this server's: refused unasked */
	CONFLICT_OUTCOMES
};

#define CONFLICT_HOLDERS 4

struct conflict {
	uint64_t number; /* counts up from 1, over restarts too */
	struct nbt_name name;
	struct nbt_scope scope;
	uint8_t outcome;      /* enum conflict_outcome */
	bool is_group;        /* it was claimed as a group */
	uint8_t holder_count; /* addresses that the record had; a normal group shows none */
	struct in_addr holder[CONFLICT_HOLDERS]; /* the first of them */
	struct in_addr claimant;
	int64_t first_s, last_s; /* seconds since 1970 */
	uint32_t times;          /* it happened again before much else did */
};

/* As the store keeps it. */
struct conflict_row {
	uint32_t place; /* later ones take the places of those that are forgotten */
	struct conflict conflict;
};

struct conflicts;

/* max: how many are remembered; 0: none. NULL: out of memory. */
struct conflicts *conflicts_create(uint32_t max);

/* Remembers so many from now on: the latest stay. false: out of memory, it is as it was. */
bool conflicts_set_max(struct conflicts *conflicts, uint32_t max) NBT_MUSTCHECK;
uint32_t conflicts_max(const struct conflicts *conflicts);
void conflicts_destroy(struct conflicts *conflicts); /* NULL is fine */

/*
 * One more. number, times and the first time are filled in; what is the same as one of the last few
 * is counted with that. Returns the conflict as it is remembered, good until the next one; NULL: it
 * is not.
 */
const struct conflict *conflicts_note(struct conflicts *conflicts, const struct conflict *conflict);

/* The one with the lowest number from this on; NULL: there is none. To read all begin with 0, and
 * go on from the number of the last one and 1. */
const struct conflict *conflicts_from(const struct conflicts *conflicts, uint64_t number);

/* What the next new one will have. */
uint64_t conflicts_next_number(const struct conflicts *conflicts);

/* "held", "lost", "joined" ... */
const char *conflict_outcome_name(enum conflict_outcome outcome);

/* What has changed since it was last given out, one after the other; false: nothing more. */
bool conflicts_next_unsaved(struct conflicts *conflicts, struct conflict_row *out);

/* Puts a saved one back, in any order. */
void conflicts_load(struct conflicts *conflicts, const struct conflict *saved);

#endif
