/*
 * Backups that are made by themselves, as often as the configuration says, and the last few kept.
 * The store's thread looks into the directory, copies and rotates. ctx is the struct nbnsd.
 */
#ifndef NBNSD_BACKUPS_H
#define NBNSD_BACKUPS_H

#include <stdbool.h>
#include <stdint.h>

#include <nbt/error.h>

struct nbnsd;
struct stats;

/* A stage of the start. */
int backups_open(void *ctx) NBT_MUSTCHECK;
void backups_close(void *ctx);

/* A part of a reload: other settings are in force. */
int backups_apply(void *ctx);

/* NULL: there is nothing to count. *last_s: when the newest was made, 0: never; *trouble: the last
 * try failed. */
struct stats *backups_stats(const struct nbnsd *nbnsd);
void backups_state(const struct nbnsd *nbnsd, int64_t *last_s, bool *trouble);

#endif
