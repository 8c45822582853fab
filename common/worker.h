/* A thread for work that blocks, with a queue to it and a queue back to the loop. */
#ifndef COMMON_WORKER_H
#define COMMON_WORKER_H

#include <nbt/error.h>

struct loop;
struct worker;

/* First member of a job. The worker owns a job from worker_submit() until it hands it to done(). */
struct worker_job {
	struct worker_job *next;
};

struct worker_calls {
	void (*run)(void *ctx, struct worker_job *job);  /* in the worker's thread */
	void (*done)(void *ctx, struct worker_job *job); /* in the loop's thread */
};

/* calls is borrowed. 0 or a negative errno. */
int worker_start(struct worker **out, struct loop *loop, const struct worker_calls *calls,
		 void *ctx) NBT_MUSTCHECK;

/* Jobs are run, and done, one at a time in the order in which they were submitted. */
void worker_submit(struct worker *worker, struct worker_job *job);

/* Waits until everything submitted has been run, calls done() for it and ends the thread. Jobs
 * that done() submits here are run too. NULL is fine. */
void worker_stop(struct worker *worker);

#endif
