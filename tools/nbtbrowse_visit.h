/* What the parts of the walk share: nbtbrowse_walk.c decides whom to visit, nbtbrowse_visit.c
 * and nbtbrowse_visit_lists.c carry out visits. A visit is what is done about one host, or to find
 * some. */
#ifndef TOOLS_NBTBROWSE_VISIT_H
#define TOOLS_NBTBROWSE_VISIT_H

#include "tools/nbtbrowse_walk.h"

#define VISIT_ADDRESSES 8 /* of a host, at most */

enum visit_kind {
	VISIT_SCOUT,  /* whoever has the name is a master to visit */
	VISIT_MASTER, /* for its lists */
	VISIT_SERVER, /* for its shares */
	VISIT_HOST    /* for both: nobody else is asked */
};

enum visit_phase {
	VISIT_LOOK_UP,
	VISIT_RESOLVE,
	VISIT_STATUS,
	VISIT_PULL_LISTS,
	VISIT_PULL_SHARES,
	VISIT_ENDED
};

/* Where a name is looked up: the steps of a visit are tried until one brings an address. */
enum step_name { STEP_EVERYBODY, STEP_NAME, STEP_WORKGROUP };

struct step {
	enum step_name whose;
	uint8_t suffix;
	enum walk_place place;
};

struct visit {
	size_t id;
	enum visit_kind kind;
	enum visit_phase phase;
	struct visit *next; /* in a queue */

	const struct step *steps;
	size_t step_count;         /* still to be tried */
	char name[TREE_NAME_SIZE]; /* of the host, or what a scout looks for; "": not known */
	const char *host;          /* for DNS, too; NULL: not there */

	struct in_addr addresses[VISIT_ADDRESSES];
	size_t address_count, address; /* and the present one */
	uint64_t until_ms;             /* further ones are tried; 0: none was yet */

	/* What its node status says; "": it did not. */
	char server_name[TREE_NAME_SIZE], workgroup_name[TREE_NAME_SIZE];
	struct tree_workgroup *workgroup; /* whose list is asked for; NULL: its own */
	struct tree_workgroup *listed;    /* whose servers it has told */
	struct tree_server *server;       /* whose shares; NULL: not wanted */
	char failure[TREE_FAILURE_SIZE];  /* "": all is well so far */
	char no_lists[TREE_FAILURE_SIZE]; /* of the only host: the same, before its shares */
};

/* A visit that waits for its turn is in one of these. */
struct queue {
	struct visit *first, *last;
	size_t running, at_once; /* out of it, and how many may be */
};

struct walk {
	const struct walk_plan *plan;
	struct tree tree;
	uint64_t until_ms; /* names are looked up */
	bool has_master;
	bool skips_servers; /* they have been silent */
	char complaint[TREE_FAILURE_SIZE];

	/* The present stage. */
	size_t stage, round;
	struct visit **visits;
	size_t count, open; /* made, and not ended */
	struct queue looking, pulling;
};

/* A visit of the present stage. name: may be NULL. NULL: out of memory. */
struct visit *visit_new(struct walk *w, enum visit_kind kind, const char *name);

/* Whoever knows an address gives it first. */
void visit_address(struct visit *v, struct in_addr address);

/* The next action of any visit; false: none now. */
bool visit_next(struct walk *w, struct walk_action *out, uint64_t now_ms);

/* Begins it. */
void visit_start(struct walk *w, struct visit *v, const struct step *steps, size_t count);

/* Waits for its turn in this phase. */
void visit_enter(struct walk *w, struct visit *v, enum visit_phase phase);

/* The next in turn. NULL: nobody waits, or all places are taken. */
struct visit *visit_pop(struct queue *queue);

void visit_end(struct walk *w, struct visit *v);

/* What is wrong with the host; the first one counts. */
void visit_note(struct visit *v, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * nbtbrowse_visit_lists.c
 */

bool visit_next_pull(struct walk *w, struct walk_action *out, uint64_t now_ms);

/*
 * nbtbrowse_walk.c
 */

/* A scout has found a host with these addresses. */
void walk_met(struct walk *w, const struct in_addr *addresses, size_t count);

/* The status of a host has come, or not. */
void walk_knows(struct walk *w, struct visit *v);

/* A visit is over, well or not. */
void walk_ended(struct walk *w, struct visit *v);

#endif
