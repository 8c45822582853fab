/* Copies of a database, by SQLite's online backup. For the store only, like SQLite. */
#ifndef NBNSD_STORE_STORE_BACKUP_H
#define NBNSD_STORE_STORE_BACKUP_H

#include <sqlite3.h>
#include <stdbool.h>

#include <nbt/error.h>

struct backup;

/*
 * Begins a copy of from, which stays in use, into a file of this path, which appears when it is
 * whole and on the disk; one that is there is replaced, or, without replace, an error (EEXIST).
 * NULL: out of memory.
 */
struct backup *backup_begin(sqlite3 *from, const char *path, bool replace);

/* Copies some pages, in from's thread; whether there are more. */
bool backup_slice(struct backup *backup);

/* The directory of this file is on the disk as it is now. 0 or a negative errno. */
int backup_sync_directory_of(const char *path) NBT_MUSTCHECK;

/* After the last slice. */
bool backup_is_whole(const struct backup *backup);

/* Frees it; a copy that is not whole is removed. 0, or a negative errno or positive code of
 * SQLite. */
int backup_end(struct backup *backup);

#endif
