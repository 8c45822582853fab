/*
 * Who hears of changes of names, after they are safe: readers of "nbtctl events", and the hook
 * program. Part of the edge; ctx is the struct nbnsd.
 */
#ifndef NBNSD_CONTROL_WATCHING_H
#define NBNSD_CONTROL_WATCHING_H

#include <stddef.h>

#include <nbt/env.h>
#include <nbt/error.h>

struct changes;
struct ctl_request;
struct nbnsd;
struct stats;

/* After the service has been created. 0 or a negative errno. */
int watching_start(struct nbnsd *nbnsd) NBT_MUSTCHECK;
void watching_stop(struct nbnsd *nbnsd);

/*
 * Around a change of the database for another: what is saved meanwhile is no news, and readers, who
 * have followed the other one, are ended.
 */
void watching_pause(struct nbnsd *nbnsd);
void watching_resume(struct nbnsd *nbnsd);

/* Other settings are in force: another hook, or none. 0 or a negative errno. */
int watching_reload(struct nbnsd *nbnsd) NBT_MUSTCHECK;

/* A batch that has just been committed. */
void watching_committed(struct nbnsd *nbnsd, const struct changes *changes);

/* After each turn: conflicts, which do not wait for the store. */
void watching_turn(struct nbnsd *nbnsd, const struct nbt_env *env);

/* Makes the request a stream of events. */
void watching_follow(struct nbnsd *nbnsd, struct ctl_request *rq);

/* Counters of the hook; NULL: there is none. */
struct stats *watching_stats(const struct nbnsd *nbnsd);

/* Calls of the hook that have not begun yet. */
size_t watching_waiting(const struct nbnsd *nbnsd);

#endif
