/*
 * The file beside the database that keeps versions from being given out twice, even when the
 * database is lost. It holds the end of a range that is reserved: every version given out is at
 * most that.
 */
#ifndef NBNSD_STORE_VERSIONS_H
#define NBNSD_STORE_VERSIONS_H

#include <stdint.h>

#include <nbt/error.h>

#define VERSIONS_RESERVE (UINT64_C(1) << 20) /* taken at a time */
#define VERSIONS_MAX     INT64_MAX           /* what the database can hold */

/* *end is 0 when there is no file. -EINVAL: it holds no number; else a negative errno. */
int versions_read(const char *path, uint64_t *end) NBT_MUSTCHECK;

/* Replaces the file, and returns when it is on the disk. 0 or a negative errno. */
int versions_write(const char *path, uint64_t end) NBT_MUSTCHECK;

/* The first version of a run: above what was reserved and what the database has seen. Without the
 * file (0) the database may be an old copy, and seconds since 1970 serve, of which each has room
 * for 2^20 versions. */
uint64_t versions_first(uint64_t reserved, uint64_t seen, int64_t wall_s);

#endif
