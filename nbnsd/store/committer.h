/*
 * The thread that commits batches, in order, and says so in the loop's thread. Batches that arrived
 * while one commit ran, and for a moment after it, are the next commit. A commit that fails is
 * tried again, after 0.1 s and then twice as long each time up to 5 s.
 */
#ifndef NBNSD_STORE_COMMITTER_H
#define NBNSD_STORE_COMMITTER_H

#include "nbnsd/registry/changes.h"
#include "nbnsd/store/store.h"

#define COMMITTER_GATHER_MS 1 /* between two commits, at least */

struct committer;

/* Called in the thread. */
struct committer_work {
	/* Writes the batches, first and those following, as one transaction; first may be NULL,
	 * then it is lease_now that is to be stored. 0, or a negative errno and a sentence in
	 * error. */
	int (*commit)(void *ctx, const struct changes *first, lease_time lease_now,
		      char error[STORE_ERROR_MAX]);
	/* After a commit that has been reported: what may take long without delaying its answers.
	 */
	void (*tidy)(void *ctx);
	void *ctx;
};

/*
 * Begins with a commit without batches, for which nobody waits. work and events are copied; the
 * events are those of the store. 0 or a negative errno.
 */
int committer_start(struct committer **out, struct loop *loop, const struct committer_work *work,
		    const struct store_events *events, lease_time lease_now) NBT_MUSTCHECK;

/*
 * Work of the thread's beside the commits, in slices: between two of them what waits is committed,
 * so that a slice delays it by its own length at most. Linked through itself: the caller keeps it
 * until done() has been called, in the loop's thread; a stop of the committer ends it early.
 */
struct committer_task {
	bool (*slice)(void *ctx); /* in the thread; whether there is more */
	void (*done)(void *ctx, bool is_whole);
	void *ctx;
	bool is_whole; /* the committer's */
	struct committer_task *next;
};
void committer_add(struct committer *committer, struct committer_task *task);

void committer_submit(struct committer *committer, struct changes *changes, lease_time lease_now);
size_t committer_pending(const struct committer *committer);
struct store_counters committer_counters(struct committer *committer);

/* Commits what is queued, trying once, and ends the thread; reports what was committed before it
 * returns. Whether everything was. */
bool committer_stop(struct committer *committer);

#endif
