#include "nbnsd/backup_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATTERN "nbnsd-%Y%m%dT%H%M%SZ.db"
#define HALF    ".new" /* behind the name while it is being made, see store_backup.c */

void backup_file_name(char name[BACKUP_FILE_MAX], int64_t wall_s)
{
	time_t seconds = (time_t)wall_s;
	struct tm utc;

	if (gmtime_r(&seconds, &utc) == NULL || strftime(name, BACKUP_FILE_MAX, PATTERN, &utc) == 0)
		snprintf(name, BACKUP_FILE_MAX, "nbnsd-19700101T000000Z.db");
}

/* strptime() takes more than was written: what is read must give the same name again. */
bool backup_file_time(const char *name, int64_t *wall_s)
{
	char again[BACKUP_FILE_MAX];
	struct tm utc = { .tm_isdst = 0 };
	const char *end = strptime(name, PATTERN, &utc);

	if (end == NULL || *end != '\0')
		return false;
	*wall_s = timegm(&utc);
	backup_file_name(again, *wall_s);
	return strcmp(name, again) == 0;
}

/*
 * The directory.
 */

typedef int each_fn(void *ctx, int directory, const char *name);

/* Calls each() for all regular files until it fails. */
static int walk(const char *path, each_fn *each, void *ctx)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	struct stat file;
	int ret = 0;

	if (directory == NULL)
		return -errno;
	while (ret == 0 && (entry = readdir(directory)) != NULL) {
		if (fstatat(dirfd(directory), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(file.st_mode))
			ret = each(ctx, dirfd(directory), entry->d_name);
	}
	closedir(directory);
	return ret;
}

struct search {
	int64_t now_s, newest_s;
};

static int look_for_newest(void *ctx, int directory, const char *name)
{
	struct search *search = ctx;
	int64_t wall_s;

	(void)directory;
	if (backup_file_time(name, &wall_s) && wall_s <= search->now_s && wall_s > search->newest_s)
		search->newest_s = wall_s;
	return 0;
}

int backup_files_newest(const char *directory, int64_t now_s, int64_t *newest_s)
{
	struct search search = { now_s, 0 };
	int ret;

	*newest_s = 0;
	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return -errno;
	ret = walk(directory, look_for_newest, &search);
	*newest_s = search.newest_s;
	return ret;
}

/*
 * Rotation.
 */

struct rotation {
	int64_t now_s;
	int64_t *times; /* of all; those of the future are below 0 */
	size_t count, space;
};

static int remove_half(int directory, const char *name)
{
	char whole[BACKUP_FILE_MAX];
	size_t len = strlen(name), tail = strlen(HALF);
	int64_t wall_s;

	if (len <= tail || len - tail >= sizeof(whole) || strcmp(name + len - tail, HALF) != 0)
		return 0;
	memcpy(whole, name, len - tail);
	whole[len - tail] = '\0';
	if (backup_file_time(whole, &wall_s) && unlinkat(directory, name, 0) < 0)
		return -errno;
	return 0;
}

static int add_time(void *ctx, int directory, const char *name)
{
	struct rotation *rotation = ctx;
	int64_t *more, wall_s;

	if (!backup_file_time(name, &wall_s))
		return remove_half(directory, name);
	if (rotation->count == rotation->space) {
		rotation->space = 2 * rotation->space + 16;
		more = reallocarray(rotation->times, rotation->space, sizeof(*more));
		if (more == NULL)
			return -ENOMEM;
		rotation->times = more;
	}
	rotation->times[rotation->count++] = wall_s > rotation->now_s ? -wall_s : wall_s;
	return 0;
}

static int newest_first(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? 1 : *x > *y ? -1 : 0;
}

static int remove_file(const char *directory, int64_t time)
{
	char name[BACKUP_FILE_MAX], path[PATH_MAX + BACKUP_FILE_MAX + 2];

	backup_file_name(name, time < 0 ? -time : time);
	snprintf(path, sizeof(path), "%.*s/%s", PATH_MAX, directory, name);
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

int backup_files_rotate(const char *directory, int64_t now_s, size_t keep)
{
	struct rotation rotation = { .now_s = now_s };
	int ret = walk(directory, add_time, &rotation);

	if (rotation.count > 0)
		qsort(rotation.times, rotation.count, sizeof(*rotation.times), newest_first);
	for (size_t i = keep; ret == 0 && i < rotation.count; i++)
		ret = remove_file(directory, rotation.times[i]);
	free(rotation.times);
	return ret;
}
