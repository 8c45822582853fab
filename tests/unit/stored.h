/*
 * A name server under test, as nbns.h has it, with a real database in a directory of its own.
 */
#ifndef TESTS_STORED_H
#define TESTS_STORED_H

#include "nbns.h"

struct stored {
	struct nbns *ns; /* change settings before stored_start() */
	char dir[48], path[64];
	struct loop *loop;
	struct store *store;
	size_t pending;
};

void stored_begin(struct stored *stored);
void stored_start(struct stored *stored);

/* What waits is on disk, and answered. */
void stored_commit(struct stored *stored);

/* Ends the server and starts it with what its database has. in_order: it is told to stop before. */
void stored_restart(struct stored *stored, bool in_order);

void stored_end(struct stored *stored);

#endif
