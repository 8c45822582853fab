/*
 * The event loop: one thread, one loop, one deadline. What libuv wants to have kept (handles that
 * do not move and are closed before they are freed) is kept behind this header.
 *
 * Functions return 0 or a negative errno. Everything opened on a loop is closed before the loop is
 * destroyed.
 */
#ifndef COMMON_LOOP_H
#define COMMON_LOOP_H

#include <nbt/env.h>
#include <nbt/error.h>

struct loop;

/* What a loop tells its owner; any may be NULL. */
struct loop_events {
	/* The deadline has come; it is NBT_NEVER again until it is set anew. */
	void (*deadline)(void *ctx, const struct nbt_env *env);
	/* After all events of a turn, before waiting for the next: the place to hand on what has
	 * gathered and to set the deadline. */
	void (*turn)(void *ctx, const struct nbt_env *env);
	/* SIGHUP; without this function it stops the loop. */
	void (*reload)(void *ctx, const struct nbt_env *env);
	/* The first SIGTERM or SIGINT: what must still be done over the network is begun, and ends
	 * with loop_stop(). Without this function it stops the loop, as every further signal does.
	 */
	void (*stop)(void *ctx, const struct nbt_env *env);
};

/* events is borrowed for the life of the loop. */
int loop_create(struct loop **out, const struct loop_events *events, void *ctx) NBT_MUSTCHECK;

/* Waits for events and hands them out until loop_stop(). 0, or a negative errno. */
int loop_run(struct loop *loop);

/* Makes loop_run() return after the present turn; the next one if it is not running. */
void loop_stop(struct loop *loop);

/* NULL is fine. */
void loop_destroy(struct loop *loop);

/* Now, and the loop's random generator. The clock stands still during a turn. */
struct nbt_env loop_env(struct loop *loop);

/* Replaces the deadline; in the past: as soon as possible; NBT_NEVER: none. */
void loop_set_deadline(struct loop *loop, uint64_t now_ms);

/*
 * A timer beside the deadline, for parts of the edge that have no core to name it.
 */
struct loop_timer;

typedef void loop_timer_fn(void *ctx, const struct nbt_env *env);

int loop_timer_open(struct loop_timer **out, struct loop *loop, loop_timer_fn *due,
		    void *ctx) NBT_MUSTCHECK;

/* Calls due() once at that time, and then every repeat_ms (0: not again), or never (NBT_NEVER). At
 * once is next turn, so that whoever works in steps lets others in between. Replaces what was set.
 */
void loop_timer_set(struct loop_timer *timer, uint64_t now_ms, uint64_t repeat_ms);

/* Allowed in its own callback. NULL is fine. */
void loop_timer_close(struct loop_timer *timer);

/*
 * A socket of our own that is watched. It goes on being watched after an error (an ICMP message, an
 * overrun): the error is taken off the socket and reported as LOOP_ERROR.
 */
struct loop_poll;

#define LOOP_READABLE 1U
#define LOOP_WRITABLE 2U
#define LOOP_ERROR    4U /* always wanted */

typedef void loop_poll_fn(void *ctx, unsigned events);

/* fd must not block, and stays the caller's: close it after loop_poll_close(). */
int loop_poll_open(struct loop_poll **out, struct loop *loop, int fd, unsigned events,
		   loop_poll_fn *ready, void *ctx) NBT_MUSTCHECK;

/* Whoever wants to read the error queue (IP_RECVERR) does it in errors(), which is called before it
 * is emptied. It must not close the poll. */
void loop_poll_watch_errors(struct loop_poll *poll, void (*errors)(void *ctx));

/* What it was that came with LOOP_ERROR: a negative errno, or 0 if the system did not say. */
int loop_poll_error(const struct loop_poll *poll);

/* Replaces the events wanted. */
int loop_poll_want(struct loop_poll *poll, unsigned events);

/* Allowed in its own callback, which is not called again. NULL is fine. */
void loop_poll_close(struct loop_poll *poll);

/* Calls from other threads: loop_wakeup_send() makes the loop call wake() soon, once for one or
 * several sends. It is the only function here that another thread may call. */
struct loop_wakeup;

int loop_wakeup_open(struct loop_wakeup **out, struct loop *loop, void (*wake)(void *ctx),
		     void *ctx) NBT_MUSTCHECK;
void loop_wakeup_send(struct loop_wakeup *wakeup);
void loop_wakeup_close(struct loop_wakeup *wakeup); /* NULL is fine */

#endif
