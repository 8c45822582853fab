/*
 * Runs a program once for each job, one after the other, in a thread of its own, so that nothing
 * that the program does can hold the loop. Never by a shell.
 *
 * The program gets its arguments, an environment of PATH only, /dev/null for its three streams, no
 * other descriptor, no capability, and a session of its own, which is killed when it takes too
 * long. Only a regular file that may be executed is run.
 */
#ifndef COMMON_RUNNER_H
#define COMMON_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>

struct loop;
struct runner;

#define RUNNER_ERROR_MAX 512

struct runner_options {
	const char *const *command; /* program and first arguments, NULL-terminated; copied */
	size_t queue_max;           /* jobs that may wait */
	uint64_t timeout_ms;
	/* In the loop's thread, soon after a run that failed: how many have since the last call,
	 * and which program was the last of them and what was wrong with it. */
	void (*failed)(void *ctx, uint64_t count, const char *error);
	void *ctx;
};

/* Whether it could be run, as far as one can see: 0 or a negative errno. */
int runner_check(const char *program) NBT_MUSTCHECK;

/* 0 or a negative errno. */
int runner_start(struct runner **out, struct loop *loop,
		 const struct runner_options *options) NBT_MUSTCHECK;

/* Another command and timeout, for what waits and what comes; the run under way ends as it began.
 * An empty command drops what waits, and takes no more. 0 or -ENOMEM, and nothing changes. */
int runner_change(struct runner *runner, const char *const *command,
		  uint64_t timeout_ms) NBT_MUSTCHECK;

/* Queues a run with these further arguments, NULL-terminated, which are copied. false: the queue is
 * full, out of memory, or there is no command; the job is lost. */
bool runner_submit(struct runner *runner, const char *const *arguments);

/* Jobs that wait, without the one that runs. */
size_t runner_waiting(struct runner *runner);

/* Runs that have ended well, and others. */
void runner_counts(struct runner *runner, uint64_t *done, uint64_t *failed);

/* Drops what waits, gives the run under way a second, and kills it then. Returns how many were
 * dropped. NULL is fine. */
size_t runner_stop(struct runner *runner);

#endif
