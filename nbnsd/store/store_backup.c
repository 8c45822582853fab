#include "nbnsd/store/store_backup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SLICE_PAGES      512 /* some milliseconds */

/* New files are nobody else's until they have their name. */
#define SUFFIX           ".new"

#define SIZE_OF_DATABASE "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"

struct backup {
	sqlite3 *from, *to;
	sqlite3_backup *copy;
	int result; /* a code of SQLite, or a negative errno */
	bool replace, is_whole;
	char path[PATH_MAX], new_path[PATH_MAX];
};

struct backup *backup_begin(sqlite3 *from, const char *path, bool replace)
{
	struct backup *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->from = from;
	b->replace = replace;
	if (strlen(path) + sizeof(SUFFIX) > sizeof(b->path)) {
		b->result = -ENAMETOOLONG;
		return b;
	}
	snprintf(b->path, sizeof(b->path), "%s", path);
	snprintf(b->new_path, sizeof(b->new_path), "%.*s" SUFFIX,
		 (int)(sizeof(b->new_path) - sizeof(SUFFIX)), path);
	return b;
}

/* What is there was left half made, or is a link or a pipe that somebody planted: it is never
 * opened. The names are not for everybody's eyes. */
static int make_file(const char *path)
{
	int fd;

	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : close(fd);
}

/* It is synced once, at the end, and nobody else looks at it. */
static const char copy_settings[] = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF";

static int check_place(const struct backup *b)
{
	struct stat there;

	if (lstat(b->path, &there) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(there.st_mode))
		return -EISDIR;
	return b->replace ? 0 : -EEXIST;
}

/* Known before the disk is full. */
static int check_room(const struct backup *b)
{
	struct statvfs disk;
	sqlite3_int64 size = 0;
	sqlite3_stmt *row;

	if (sqlite3_prepare_v2(b->from, SIZE_OF_DATABASE, -1, &row, NULL) == SQLITE_OK &&
	    sqlite3_step(row) == SQLITE_ROW)
		size = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	if (statvfs(b->new_path, &disk) < 0)
		return -errno;
	return (sqlite3_int64)(disk.f_bavail * disk.f_frsize) < size ? -ENOSPC : 0;
}

static int begin_copy(struct backup *b)
{
	int code = check_place(b);

	if (code == 0)
		code = make_file(b->new_path);
	if (code == 0)
		code = check_room(b);
	if (code == 0)
		code = sqlite3_open_v2(b->new_path, &b->to,
				       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code == 0)
		code = sqlite3_exec(b->to, copy_settings, NULL, NULL, NULL);
	if (code != 0)
		return code;
	b->copy = sqlite3_backup_init(b->to, "main", b->from, "main");
	return b->copy != NULL ? 0 : sqlite3_errcode(b->to);
}

static int sync_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int backup_sync_directory_of(const char *path)
{
	char directory[PATH_MAX];
	char *slash;

	snprintf(directory, sizeof(directory), "%s", path);
	slash = strrchr(directory, '/');
	if (slash == NULL)
		return sync_path(".", O_RDONLY | O_DIRECTORY);
	slash[slash == directory] = '\0'; /* of "/file" the slash stays */
	return sync_path(directory, O_RDONLY | O_DIRECTORY);
}

/* A copy is one file: it has no log beside it. */
static int close_copy(struct backup *b)
{
	int code = sqlite3_backup_finish(b->copy);

	b->copy = NULL;
	if (code == 0)
		code = sqlite3_exec(b->to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	sqlite3_close(b->to);
	b->to = NULL;
	return code;
}

static int finish(struct backup *b)
{
	int code = close_copy(b);

	if (code == 0)
		code = sync_path(b->new_path, O_RDWR);
	if (code == 0)
		code = check_place(b); /* it took a while */
	if (code == 0 && rename(b->new_path, b->path) < 0)
		code = -errno;
	if (code == 0)
		code = backup_sync_directory_of(b->path);
	return code;
}

bool backup_slice(struct backup *b)
{
	int code = b->result;

	if (code == 0 && b->copy == NULL)
		code = begin_copy(b);
	if (code == 0)
		code = sqlite3_backup_step(b->copy, SLICE_PAGES);
	if (code == SQLITE_OK)
		return true;
	b->result = code == SQLITE_DONE ? finish(b) : code;
	b->is_whole = b->result == 0;
	return false;
}

bool backup_is_whole(const struct backup *b)
{
	return b->is_whole;
}

int backup_end(struct backup *b)
{
	int result = b->result;

	sqlite3_backup_finish(b->copy);
	sqlite3_close(b->to);
	if (!b->is_whole) {
		if (b->new_path[0] != '\0')
			(void)unlink(b->new_path);
		result = result != 0 ? result : -ECANCELED;
	}
	free(b);
	return result;
}
