/* Opening and closing, and what the loop's thread calls; after store_run() everything else is done
 * in the committer's. */
#include "nbnsd/store/store.h"

#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nbnsd/store/committer.h"
#include "nbnsd/store/schema.h"
#include "nbnsd/store/store_audit.h"
#include "nbnsd/store/store_inner.h"
#include "nbnsd/store/versions.h"

/*
 * How SQLite is to work. Small pages, because changes are single rows all over the table: they
 * double the commits of such (against 4096). The log is moved into the database by ourselves, after
 * a commit has been answered, and by then it holds many changes of the same pages.
 */
static const char settings[] = "PRAGMA page_size = 1024;"
			       "PRAGMA journal_mode = WAL;"
			       "PRAGMA wal_autocheckpoint = 0;"
			       "PRAGMA cache_size = -8000;" /* kibibytes */
			       "PRAGMA secure_delete = OFF;";

static const char *const statement_text[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[PUT] = "INSERT OR REPLACE INTO names VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	[DELETE] = "DELETE FROM names WHERE id = ?1",
	[MEMBER_PUT] = "INSERT OR REPLACE INTO members VALUES (?1, ?2, ?3)",
	[MEMBER_DELETE] = "DELETE FROM members WHERE group_id = ?1 AND address = ?2",
	[MEMBERS_DELETE] = "DELETE FROM members WHERE group_id = ?1",
	[SERVICE_GET] = "SELECT lease_clock, version, clean FROM service",
	[SERVICE_PUT] =
		"UPDATE service SET lease_clock = ?1, version = max(version, ?2), clean = 0",
	[SERVICE_END] = "UPDATE service SET lease_clock = ?1, clean = 1",
	[NAMES_GET] = "SELECT * FROM names WHERE id >= ?1 AND id <= ?2 ORDER BY id",
	[MEMBERS_GET] = "SELECT * FROM members",
	[MEMBERS_COUNT] =
		("SELECT group_id, count(*) FROM members WHERE group_id >= ?1 AND group_id <= ?2"
		 " GROUP BY group_id"),
	[OWNER_PUT] = "INSERT OR REPLACE INTO owners VALUES (?1, ?2, ?3)",
	[OWNER_DELETE] = "DELETE FROM owners WHERE address = ?1",
	[OWNERS_GET] = "SELECT * FROM owners",
};

int store_execute(const struct store *store, const char *text)
{
	return sqlite3_exec(store->db, text, NULL, NULL, NULL);
}

int store_query_number(const struct store *store, const char *text, int64_t *out)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(store->db, text, -1, &statement, NULL);

	if (code != SQLITE_OK)
		return code;
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*out = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return code == SQLITE_ROW ? SQLITE_OK : code;
}

int store_identify(const struct store *store, int64_t *version, char error[STORE_ERROR_MAX])
{
	int64_t application, tables;
	int code = store_query_number(store, "PRAGMA application_id", &application);

	if (code == SQLITE_OK)
		code = store_query_number(store, "PRAGMA user_version", version);
	if (code == SQLITE_OK)
		code = store_query_number(store, "SELECT count(*) FROM sqlite_schema", &tables);
	if (code != SQLITE_OK)
		return store_explain(store, code, error);

	if (application == 0 && *version == 0 && tables == 0)
		return 0;
	if (application != SCHEMA_APPLICATION_ID)
		return store_fail(error, -EEXIST, store->path,
				  "is a database of another program; name another one", NULL);
	if (*version > schema_version)
		return store_fail(
			error, -EPROTO, store->path,
			"was written by a newer nbnsd; use that, or name another database", NULL);
	return 0;
}

static int migrate(const struct store *store, int64_t version)
{
	int code = store_execute(store, "BEGIN EXCLUSIVE");

	for (int64_t i = version; code == SQLITE_OK && i < schema_version; i++)
		code = store_execute(store, schema_migrations[i]);
	if (code == SQLITE_OK)
		code = store_execute(store, "COMMIT");
	return code;
}

static int prepare(struct store *store)
{
	for (size_t i = 0; i < STATEMENTS; i++) {
		int code =
			sqlite3_prepare_v3(store->db, statement_text[i], -1,
					   SQLITE_PREPARE_PERSISTENT, &store->statement[i], NULL);

		if (code != SQLITE_OK)
			return code;
	}
	return store_audit_prepare(&store->audit, store->db);
}

static int count_log_pages(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct store *store = ctx;

	(void)db;
	(void)name;
	store->log_pages = pages;
	return SQLITE_OK;
}

/* The lock comes with the first look into the file and is held until the end, so that no second
 * nbnsd writes beside us; the kernel drops it however we end. It also spares the shared memory that
 * SQLite needs beside a log otherwise. */
static int connect_database(struct store *store, bool full, char error[STORE_ERROR_MAX])
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int64_t version;
	int code, ret;

	code = sqlite3_open_v2(store->path, &store->db, flags, NULL);
	if (code == SQLITE_OK && sqlite3_db_readonly(store->db, "main") == 1)
		code = SQLITE_READONLY; /* it opens for reading what it may not write */
	if (code == SQLITE_OK)
		code = sqlite3_extended_result_codes(store->db, 1);
	if (code == SQLITE_OK)
		code = store_execute(store, "PRAGMA locking_mode = EXCLUSIVE");
	if (code != SQLITE_OK)
		return store_explain(store, code, error);
	ret = store_identify(store, &version, error);
	if (ret < 0)
		return ret;
	code = store_execute(store, settings);
	if (code == SQLITE_OK)
		code = store_execute(store, full ? "PRAGMA synchronous = FULL"
						 : "PRAGMA synchronous = NORMAL");
	if (code == SQLITE_OK)
		code = migrate(store, version);
	if (code == SQLITE_OK)
		code = prepare(store);
	if (code != SQLITE_OK)
		return store_explain(store, code, error);
	sqlite3_wal_hook(store->db, count_log_pages, store);
	return 0;
}

static int open_versions(struct store *store, char error[STORE_ERROR_MAX])
{
	int ret = versions_read(store->versions_path, &store->reserved);

	if (ret == -EINVAL)
		return store_fail(
			error, ret, store->versions_path,
			"is damaged: it must hold one number; if the database beside it is "
			"sound, remove this file",
			NULL);
	if (ret < 0)
		return store_fail(error, ret, store->versions_path,
				  ret == -EMFILE || ret == -ENFILE ? STORE_NOT_NOW : STORE_NOT_OURS,
				  strerror(-ret));
	return 0;
}

int store_open(struct store **out, const struct store_options *options, char error[STORE_ERROR_MAX])
{
	const size_t path_max = PATH_MAX - sizeof(".version.new");
	struct store *store = calloc(1, sizeof(*store));
	int ret;

	*out = NULL;
	if (store == NULL)
		return store_fail(error, -ENOMEM, options->path, "cannot be used",
				  strerror(ENOMEM));
	if (strlen(options->path) > path_max) {
		ret = store_fail(error, -ENAMETOOLONG, options->path, strerror(ENAMETOOLONG), NULL);
		goto failed;
	}
	snprintf(store->path, sizeof(store->path), "%s", options->path);
	snprintf(store->versions_path, sizeof(store->versions_path), "%.*s.version", (int)path_max,
		 options->path);
	store->wall_s = options->wall_s;
	store->damaged = options->damaged;
	ret = connect_database(store, options->full, error);
	if (ret == 0)
		ret = open_versions(store, error);
	if (ret == 0) {
		*out = store;
		return 0;
	}
failed:
	store_close(store, 0);
	return ret;
}
/*
 * What the loop's thread calls.
 */

int store_run(struct store *store, struct loop *loop, const struct store_events *events)
{
	const struct committer_work work = { store_commit, store_move_log, store };

	return committer_start(&store->committer, loop, &work, events, store->lease_now);
}

void store_submit(struct store *store, struct changes *changes, lease_time lease_now)
{
	committer_submit(store->committer, changes, lease_now);
}

size_t store_pending(const struct store *store)
{
	return committer_pending(store->committer);
}

struct store_counters store_counters(const struct store *store)
{
	return committer_counters(store->committer);
}

void store_close(struct store *store, lease_time lease_now)
{
	if (store == NULL)
		return;
	if (store->committer != NULL && committer_stop(store->committer)) {
		sqlite3_bind_int64(store->statement[SERVICE_END], 1, lease_now);
		store_run_statement(store, SERVICE_END);
	}
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(store->statement[i]);
	store_audit_finish(store->audit);
	sqlite3_close(store->db);
	id_set_free(&store->groups);
	free(store);
}
