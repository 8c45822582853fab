/*
 * A copy in the place of the database: names.db.restore is made, checked and loaded for a try, then
 * renamed. At every moment names.db is the old database or the new one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/array.h"
#include "nbnsd/store/schema.h"
#include "nbnsd/store/store_audit.h"
#include "nbnsd/store/store_backup.h"
#include "nbnsd/store/store_inner.h"
#include "nbnsd/store/versions.h"

#define SPACE   (PATH_MAX + 32)
#define DAMAGED "is damaged, or no copy by nbtctl backup: nothing is restored"

static void beside(char out[SPACE], const char *path, const char *suffix)
{
	snprintf(out, SPACE, "%.*s%s", PATH_MAX, path, suffix);
}

static bool is_there(const char *path, const char *suffix)
{
	char file[SPACE];

	beside(file, path, suffix);
	return access(file, F_OK) == 0;
}

static void remove_beside(const char *path, const char *suffix)
{
	char file[SPACE];

	beside(file, path, suffix);
	(void)unlink(file);
}

/*
 * The copy.
 */

/* "file:" and the path, with what is special in such a name as %XX. Immutable: nothing is written
 * beside it, not even a lock; it may be where we have no right to. */
static void make_uri(char out[3 * PATH_MAX + 32], const char *path)
{
	size_t len = (size_t)sprintf(out, "file:");

	for (; *path != '\0' && len < 3 * PATH_MAX; path++) {
		if (strchr("?#%", *path) != NULL)
			len += (size_t)sprintf(out + len, "%%%02x", (unsigned)*path);
		else
			out[len++] = *path;
	}
	snprintf(out + len, 32, "?mode=ro&immutable=1");
}

static int check_cancel(void *ctx)
{
	const struct store_staging *staging = ctx;

	return staging->is_cancelled(staging->ctx);
}

static void watch_cancel(const struct store_staging *staging, sqlite3 *db)
{
	if (staging->is_cancelled != NULL)
		sqlite3_progress_handler(db, 100000, check_cancel, (void *)(uintptr_t)staging);
}

/* Then SQLite must not even open it: closing it would drop the lock that we have on it. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat of_a, of_b;

	return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
	       of_a.st_ino == of_b.st_ino;
}

/* To open a pipe would take until somebody writes to it, and the end of nbnsd as long. */
static bool is_other_than_file(const char *path)
{
	struct stat there;

	return stat(path, &there) == 0 && !S_ISREG(there.st_mode);
}

static int open_copy(struct store *copy, const struct store_staging *staging,
		     char error[STORE_ERROR_MAX])
{
	char uri[3 * PATH_MAX + 32];
	int code;

	if (strlen(staging->copy) >= PATH_MAX)
		return store_fail(error, -ENAMETOOLONG, staging->copy, strerror(ENAMETOOLONG),
				  NULL);
	snprintf(copy->path, sizeof(copy->path), "%s", staging->copy);
	if (is_there(staging->copy, "-wal") || is_same_file(staging->copy, staging->path))
		return store_fail(error, -EBUSY, staging->copy,
				  "is a database in use, or its last run did not end in order; "
				  "restore wants a copy by nbtctl backup",
				  NULL);
	if (is_other_than_file(staging->copy))
		return store_fail(error, -EINVAL, staging->copy, "is no file", NULL);
	make_uri(uri, staging->copy);
	code = sqlite3_open_v2(uri, &copy->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
	if (code == SQLITE_OK) {
		watch_cancel(staging, copy->db);
		return 0;
	}
	return store_fail(error, code == SQLITE_NOMEM ? -ENOMEM : -ENOENT, staging->copy,
			  "cannot be opened", strerror(sqlite3_system_errno(copy->db)));
}

/* Another server's names would be in the way of those of here. Databases know each other by the key
 * of their audit; copies from before there was one are taken. */
static int check_origin(const struct store *copy, const struct store_staging *staging,
			char error[STORE_ERROR_MAX])
{
	sqlite3_stmt *row;
	bool is_ours = true;

	if (staging->foreign ||
	    sqlite3_prepare_v2(copy->db, "SELECT key FROM audit", -1, &row, NULL) != SQLITE_OK)
		return 0;
	if (sqlite3_step(row) == SQLITE_ROW)
		is_ours =
			sqlite3_column_bytes(row, 0) == AUDIT_KEY_LEN &&
			memcmp(sqlite3_column_blob(row, 0), staging->audit_key, AUDIT_KEY_LEN) == 0;
	sqlite3_finalize(row);
	return is_ours ? 0
		       : store_fail(
				 error, -EXDEV, copy->path,
				 "is of another database than the one in use, perhaps of another "
				 "server; --foreign takes it all the same",
				 NULL);
}

/* Every page of it is read. */
static int check_copy(const struct store *copy, const struct store_staging *staging,
		      char error[STORE_ERROR_MAX])
{
	int64_t version, problems = 0;
	int ret = store_identify(copy, &version, error), code;

	if (ret == 0 && version == 0)
		ret = store_fail(error, -EBADMSG, copy->path, "is no copy of a database of nbnsd",
				 NULL);
	if (ret == 0)
		ret = check_origin(copy, staging, error);
	if (ret < 0)
		return ret;
	code = store_query_number(
		copy, "SELECT count(*) FROM pragma_quick_check WHERE quick_check <> 'ok'",
		&problems);
	if (code != SQLITE_OK || problems > 0)
		return store_fail(error, code == SQLITE_INTERRUPT ? -ECANCELED : -EBADMSG,
				  copy->path, DAMAGED,
				  code != SQLITE_OK ? sqlite3_errstr(code) : NULL);
	return 0;
}

static int put_ready(const struct store *copy, const struct store_staging *staging,
		     const char *ready, char error[STORE_ERROR_MAX])
{
	struct backup *backup = backup_begin(copy->db, ready, true);
	int result;

	if (backup == NULL)
		return store_fail(error, -ENOMEM, ready, "cannot be written", strerror(ENOMEM));
	while (backup_slice(backup) &&
	       (staging->is_cancelled == NULL || !staging->is_cancelled(staging->ctx)))
		continue;
	result = backup_end(backup);
	if (result == 0)
		return 0;
	return store_fail(error, result < 0 ? result : -EIO, ready, "cannot be written",
			  result < 0 ? strerror(-result) : sqlite3_errstr(result));
}

/*
 * What has been put ready.
 */

/* Ids are numbers from 0 on, so they serve. */
static int renew_versions(const struct store *ready, uint64_t first, uint64_t *last)
{
	char text[256];
	int64_t highest = 0;
	int code = store_query_number(ready, "SELECT coalesce(max(id), 0) FROM names", &highest);

	*last = first + (uint64_t)highest;
	snprintf(text, sizeof(text),
		 "BEGIN; UPDATE names SET version = %lld + id WHERE owner = 0;"
		 "UPDATE service SET version = max(version, %lld); COMMIT",
		 (long long)first, (long long)*last);
	return code == SQLITE_OK ? store_execute(ready, text) : code;
}

static int finish_ready(const struct store_staging *staging, const char *path,
			uint64_t *last_version, char error[STORE_ERROR_MAX])
{
	const struct store_options options = { .path = path, .damaged = DAMAGED, .full = true };
	struct store_start start;
	struct store *ready;
	int ret = store_open(&ready, &options, error), code;

	if (ret < 0)
		return ret;
	watch_cancel(staging, ready->db);
	ret = store_load(ready, staging->loader, &start, error);
	if (ret == 0) {
		code = renew_versions(ready, staging->first_version, last_version);
		if (code != SQLITE_OK)
			ret = store_explain(ready, code, error);
	}
	store_close(ready, 0);
	if (ret == 0 && is_there(path, "-wal"))
		ret = store_fail(error, -EIO, path, "cannot be written", NULL);
	return ret;
}

/* A fault of what was put ready is one of the copy. */
static void blame_copy(const char *ready, const char *copy, char error[STORE_ERROR_MAX])
{
	size_t len = strlen(ready);
	char sentence[STORE_ERROR_MAX];

	if (strncmp(error, ready, len) != 0)
		return;
	snprintf(sentence, sizeof(sentence), "%s", error + len);
	snprintf(error, STORE_ERROR_MAX, "%.200s%.300s", copy, sentence);
}

/* While there is a database to go on with. */
static int check_versions(const char *path, char error[STORE_ERROR_MAX])
{
	char versions[SPACE];
	uint64_t reserved;
	int ret;

	beside(versions, path, ".version");
	ret = versions_read(versions, &reserved);
	return ret == 0 ? 0
			: store_fail(error, ret, versions, "cannot be used: nothing is restored",
				     strerror(-ret));
}

int store_stage(const struct store_staging *staging, uint64_t *last_version,
		char error[STORE_ERROR_MAX])
{
	struct store copy = { .db = NULL, .damaged = DAMAGED };
	char ready[SPACE];
	int ret = check_versions(staging->path, error);

	if (ret == 0)
		ret = open_copy(&copy, staging, error);
	beside(ready, staging->path, ".restore");
	if (ret == 0)
		ret = check_copy(&copy, staging, error);
	if (ret == 0)
		ret = put_ready(&copy, staging, ready, error);
	sqlite3_close(copy.db);
	if (ret < 0)
		return ret;
	ret = finish_ready(staging, ready, last_version, error);
	if (ret == -EBADMSG || ret == -EEXIST || ret == -EINVAL || ret == -ENOENT)
		blame_copy(ready, staging->copy, error);
	if (ret < 0)
		store_unstage(staging->path);
	return ret;
}

void store_unstage(const char *path)
{
	static const char *const suffixes[] = { ".restore", ".restore-wal", ".restore.new",
						".restore.new-journal" };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		remove_beside(path, suffixes[i]);
}

/*
 * The change of places.
 */

/* The old one has both names for a moment, so that there is always one in the place. */
static int keep_old(const char *path, const char *old)
{
	if (unlink(old) < 0 && errno != ENOENT)
		return -errno;
	if (link(path, old) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

static int reserve(const char *path, uint64_t last_version)
{
	char versions[SPACE];
	uint64_t reserved;
	int ret;

	beside(versions, path, ".version");
	ret = versions_read(versions, &reserved);
	if (ret == 0 && reserved < last_version + VERSIONS_RESERVE)
		ret = versions_write(versions, last_version + VERSIONS_RESERVE);
	return ret;
}

int store_take_staged(const char *path, uint64_t last_version, char error[STORE_ERROR_MAX])
{
	char ready[SPACE], old[SPACE];
	int ret;

	beside(ready, path, ".restore");
	beside(old, path, ".old");
	if (is_there(path, "-wal")) /* its changes would be put into the other one */
		return store_fail(error, -EBUSY, path, "could not be closed in order", NULL);
	ret = reserve(path, last_version);
	if (ret == 0)
		ret = keep_old(path, old);
	if (ret == 0 && rename(ready, path) < 0)
		ret = -errno;
	if (ret == 0)
		ret = backup_sync_directory_of(path);
	return ret == 0 ? 0 : store_fail(error, ret, path, "cannot be replaced", strerror(-ret));
}

int store_take_back(const char *path, char error[STORE_ERROR_MAX])
{
	char old[SPACE];

	beside(old, path, ".old");
	if (access(old, F_OK) < 0)
		return store_fail(error, -errno, old, "is not there", NULL);
	remove_beside(path, "-wal");
	if (rename(old, path) < 0)
		return store_fail(error, -errno, path, "cannot be put back", strerror(errno));
	return backup_sync_directory_of(path);
}
