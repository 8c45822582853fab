/* The backups of a directory that are made by themselves: nbnsd-20261126T031500Z.db, by the time in
 * UTC. Files of other names are nobody's business here. Functions read the disk. */
#ifndef NBNSD_BACKUP_FILES_H
#define NBNSD_BACKUP_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>

#define BACKUP_FILE_MAX 48 /* of a name, with its NUL */

void backup_file_name(char name[BACKUP_FILE_MAX], int64_t wall_s);

/* Whether it is such a name, and of when. */
bool backup_file_time(const char *name, int64_t *wall_s);

/* Makes the directory if it is missing; *newest_s is 0 if there is none that is not of the future,
 * which comes of a clock that was wrong. 0 or a negative errno. */
int backup_files_newest(const char *directory, int64_t now_s, int64_t *newest_s) NBT_MUSTCHECK;

/* Leaves that many of them, the newest; those of the future count as the oldest. Removes what is
 * half made, too. 0 or a negative errno. */
int backup_files_rotate(const char *directory, int64_t now_s, size_t keep) NBT_MUSTCHECK;

#endif
