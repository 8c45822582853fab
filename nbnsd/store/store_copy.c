/* Copies of the database, while it is in use. */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/array.h"
#include "nbnsd/store/committer.h"
#include "nbnsd/store/store_backup.h"
#include "nbnsd/store/store_inner.h"

struct copying {
	struct committer_task task;
	struct store *store;
	struct store_copy copy;
	struct backup *backup;
	bool has_begun, is_wanted;
	char path[PATH_MAX];
};

static bool slice_of_copy(void *ctx)
{
	struct copying *c = ctx;

	if (!c->has_begun) {
		c->has_begun = true;
		c->is_wanted = c->copy.begin == NULL || c->copy.begin(c->copy.ctx);
		return c->is_wanted;
	}
	if (backup_slice(c->backup))
		return true;
	if (backup_is_whole(c->backup) && c->copy.made != NULL)
		c->copy.made(c->copy.ctx);
	return false;
}

static void end_copy(void *ctx, bool is_whole)
{
	struct copying *c = ctx;
	int result = backup_end(c->backup);
	bool failed = result != 0 && (c->is_wanted || !is_whole);
	char error[STORE_ERROR_MAX];

	if (result == -EEXIST)
		(void)store_fail(error, result, c->path, "is there already: --replace", NULL);
	else if (result == -ECANCELED)
		(void)store_fail(error, result, c->path, "is not written: the service stops", NULL);
	else if (failed)
		(void)store_fail(error, result, c->path, "cannot be written",
				 result < 0 ? strerror(-result) : sqlite3_errstr(result));
	c->copy.done(c->copy.ctx, failed ? error : NULL);
	free(c);
}

int store_backup(struct store *store, const struct store_copy *copy)
{
	struct copying *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	c->store = store;
	c->copy = *copy;
	c->backup = backup_begin(store->db, copy->path, copy->replace);
	if (c->backup == NULL) {
		free(c);
		return -ENOMEM;
	}
	snprintf(c->path, sizeof(c->path), "%s", copy->path);
	c->task = (struct committer_task){ .slice = slice_of_copy, .done = end_copy, .ctx = c };
	committer_add(store->committer, &c->task);
	return 0;
}

static bool same_directory(const char *a, const char *b)
{
	char copy_a[PATH_MAX], copy_b[PATH_MAX];
	struct stat of_a, of_b;

	snprintf(copy_a, sizeof(copy_a), "%s", a);
	snprintf(copy_b, sizeof(copy_b), "%s", b);
	return stat(dirname(copy_a), &of_a) == 0 && stat(dirname(copy_b), &of_b) == 0 &&
	       of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

bool store_is_file_of(const char *path, const char *file)
{
	static const char *const suffixes[] = {
		"",     "-wal",     "-shm",         "-journal", ".version",
		".old", ".restore", ".restore-wal", ".new",     ".version.new",
	};
	const char *own = last_part(path), *name = last_part(file);
	size_t len = strlen(own);

	if (strncmp(name, own, len) != 0 || !same_directory(path, file))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (strcmp(name + len, suffixes[i]) == 0)
			return true;
	return false;
}
