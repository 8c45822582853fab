/* The files store*.c alone know SQLite. Opening and loading are done in the caller's thread,
 * everything after store_run() in the committer's. */
#include "nbnsd/store.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/array.h"
#include "nbnsd/committer.h"
#include "nbnsd/id_set.h"
#include "nbnsd/schema.h"
#include "nbnsd/store_backup.h"
#include "nbnsd/store_audit.h"
#include "nbnsd/versions.h"

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

#define LOG_PAGES                                                                                  \
	8000 /* after which it is moved: this takes some 20 ms, which the next commit waits */

enum statement {
	BEGIN,
	COMMIT,
	ROLLBACK,
	PUT,
	DELETE,
	MEMBER_PUT,
	MEMBER_DELETE,
	MEMBERS_DELETE,
	SERVICE_GET,
	SERVICE_PUT,
	SERVICE_END,
	NAMES_GET,
	MEMBERS_GET,
	MEMBERS_COUNT,
	STATEMENTS
};

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
		"SELECT group_id, count(*) FROM members WHERE group_id >= ?1 AND group_id <= ?2"
		" GROUP BY group_id",
};

/* The columns of names in their order; SQLite numbers results from 0, parameters from 1. */
enum column {
	ID,
	NAME,
	SCOPE,
	KIND,
	STATE,
	NODE_TYPE,
	STATIC,
	OWNER,
	VERSION,
	EXPIRY,
	REGISTERED_BY,
	ADDRESSES,
	COLUMNS
};

/* Of the column static. */
enum { STATIC_NOT, STATIC_ENTERED, STATIC_OF_FILE };

#define ADDRESS_LEN   12 /* address, owner, expiry: four bytes each, the highest first */
#define ADDRESSES_LEN (ADDRESS_LEN * RECORD_MAX_ADDRESSES)

/* What a row must be to be ours; of blobs it is the length that is limited. */
static const struct column_rule {
	int type;
	int64_t min, max;
} column_rules[COLUMNS] = {
	[ID] = { SQLITE_INTEGER, 0, UINT32_MAX },
	[NAME] = { SQLITE_BLOB, NBT_NAME_LEN, NBT_NAME_LEN },
	[SCOPE] = { SQLITE_BLOB, 0, NBT_SCOPE_SPACE },
	[KIND] = { SQLITE_INTEGER, 0, RECORD_MULTIHOMED },
	[STATE] = { SQLITE_INTEGER, 0, RECORD_TOMBSTONE },
	[NODE_TYPE] = { SQLITE_INTEGER, 0, 3 },
	[STATIC] = { SQLITE_INTEGER, 0, STATIC_OF_FILE },
	[OWNER] = { SQLITE_INTEGER, 0, UINT32_MAX },
	[VERSION] = { SQLITE_INTEGER, INT64_MIN, INT64_MAX },
	[EXPIRY] = { SQLITE_INTEGER, 0, UINT32_MAX },
	[REGISTERED_BY] = { SQLITE_INTEGER, 0, UINT32_MAX },
	[ADDRESSES] = { SQLITE_BLOB, 0, ADDRESSES_LEN },
};

struct store {
	char path[PATH_MAX], versions_path[PATH_MAX];
	int64_t wall_s;
	sqlite3 *db;
	sqlite3_stmt *statement[STATEMENTS];
	struct store_audit *audit;
	struct committer *committer;
	lease_time lease_now; /* where the last run ended */
	uint64_t reserved;    /* versions in the file beside the database */
	int log_pages;        /* in the write-ahead log */
	int run_errno;        /* of the last statement run; SQLite does not keep that of COMMIT */

	/* The copy that is being made. */
	struct committer_task backup_task;
	struct backup *backup; /* NULL: none */
	char backup_path[PATH_MAX];
	store_backup_fn *backup_done;
	void *backup_ctx;

	/* Records that may be groups with members: others are spared a DELETE. */
	struct id_set groups;
};

/*
 * What went wrong, in a sentence for the administrator.
 */

#define PATH_SHOWN (STORE_ERROR_MAX / 2) /* so that the rest has space, however long the path */

static int fail(char error[STORE_ERROR_MAX], int ret, const char *path, const char *text,
		const char *detail)
{
	if (detail != NULL)
		snprintf(error, STORE_ERROR_MAX, "%.*s: %s (%s)", PATH_SHOWN, path, text, detail);
	else
		snprintf(error, STORE_ERROR_MAX, "%.*s: %s", PATH_SHOWN, path, text);
	return ret;
}

#define DAMAGED                                                                                    \
	"is damaged; put back a copy of it, or move it (and its -wal) away to begin without names"
#define NOT_OURS "cannot be opened: it and its directory must be writable for the user of nbnsd"
#define NOT_NOW  "cannot be opened"

static const struct explanation {
	int code, ret;
	const char *text;
} explanations[] = {
	{ SQLITE_BUSY, -EBUSY, "is in use by another process; end that, or name another database" },
	{ SQLITE_CORRUPT, -EBADMSG, DAMAGED },
	{ SQLITE_NOTADB, -EBADMSG, DAMAGED },
	{ SQLITE_ERROR, -EBADMSG, DAMAGED }, /* a table is not what the schema says */
	{ SQLITE_CANTOPEN, -EACCES, NOT_OURS },
	{ SQLITE_PERM, -EACCES, NOT_OURS },
	{ SQLITE_READONLY, -EROFS, NOT_OURS },
	{ SQLITE_FULL, -ENOSPC, "cannot be written" },
	{ SQLITE_NOMEM, -ENOMEM, "cannot be used" },
	{ SQLITE_IOERR, -EIO, "cannot be read or written" },
};

static int explain(const struct store *store, int code, char error[STORE_ERROR_MAX])
{
	int system = store->run_errno;
	const char *detail = sqlite3_errstr(code);

	if (system == 0 && store->db != NULL)
		system = sqlite3_system_errno(store->db);
	if ((code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_IOERR)
		detail = system != 0 ? strerror(system) : detail;
	else if (store->db != NULL && sqlite3_errcode(store->db) == code)
		detail = sqlite3_errmsg(store->db);
	if ((code & 0xff) == SQLITE_CANTOPEN && (system == EMFILE || system == ENFILE))
		return fail(error, -system, store->path, NOT_NOW, detail);
	for (size_t i = 0; i < ARRAY_SIZE(explanations); i++) {
		const struct explanation *e = &explanations[i];

		if (e->code == (code & 0xff))
			return fail(error, e->ret, store->path, e->text, detail);
	}
	return fail(error, -EIO, store->path, "cannot be used", detail);
}

/*
 * Opening.
 */

static int execute(const struct store *store, const char *text)
{
	return sqlite3_exec(store->db, text, NULL, NULL, NULL);
}

static int query_number(const struct store *store, const char *text, int64_t *out)
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

/* The schema that is there, and whether the file is ours at all; 0 as version: an empty file. */
static int identify(const struct store *store, int64_t *version, char error[STORE_ERROR_MAX])
{
	int64_t application, tables;
	int code = query_number(store, "PRAGMA application_id", &application);

	if (code == SQLITE_OK)
		code = query_number(store, "PRAGMA user_version", version);
	if (code == SQLITE_OK)
		code = query_number(store, "SELECT count(*) FROM sqlite_schema", &tables);
	if (code != SQLITE_OK)
		return explain(store, code, error);

	if (application == 0 && *version == 0 && tables == 0)
		return 0;
	if (application != SCHEMA_APPLICATION_ID)
		return fail(error, -EEXIST, store->path,
			    "is a database of another program; name another one", NULL);
	if (*version > schema_version)
		return fail(error, -EPROTO, store->path,
			    "was written by a newer nbnsd; use that, or name another database",
			    NULL);
	return 0;
}

static int migrate(const struct store *store, int64_t version)
{
	int code = execute(store, "BEGIN EXCLUSIVE");

	for (int64_t i = version; code == SQLITE_OK && i < schema_version; i++)
		code = execute(store, schema_migrations[i]);
	if (code == SQLITE_OK)
		code = execute(store, "COMMIT");
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
		code = execute(store, "PRAGMA locking_mode = EXCLUSIVE");
	if (code != SQLITE_OK)
		return explain(store, code, error);
	ret = identify(store, &version, error);
	if (ret < 0)
		return ret;
	code = execute(store, settings);
	if (code == SQLITE_OK)
		code = execute(store,
			       full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
	if (code == SQLITE_OK)
		code = migrate(store, version);
	if (code == SQLITE_OK)
		code = prepare(store);
	if (code != SQLITE_OK)
		return explain(store, code, error);
	sqlite3_wal_hook(store->db, count_log_pages, store);
	return 0;
}

static int open_versions(struct store *store, char error[STORE_ERROR_MAX])
{
	int ret = versions_read(store->versions_path, &store->reserved);

	if (ret == -EINVAL)
		return fail(error, ret, store->versions_path,
			    "is damaged: it must hold one number; if the database beside it is "
			    "sound, remove this file",
			    NULL);
	if (ret < 0)
		return fail(error, ret, store->versions_path,
			    ret == -EMFILE || ret == -ENFILE ? NOT_NOW : NOT_OURS, strerror(-ret));
	return 0;
}

int store_open(struct store **out, const struct store_options *options, char error[STORE_ERROR_MAX])
{
	const size_t path_max = PATH_MAX - sizeof(".version.new");
	struct store *store = calloc(1, sizeof(*store));
	int ret;

	*out = NULL;
	if (store == NULL)
		return fail(error, -ENOMEM, options->path, "cannot be used", strerror(ENOMEM));
	if (strlen(options->path) > path_max) {
		ret = fail(error, -ENAMETOOLONG, options->path, strerror(ENAMETOOLONG), NULL);
		goto failed;
	}
	snprintf(store->path, sizeof(store->path), "%s", options->path);
	snprintf(store->versions_path, sizeof(store->versions_path), "%.*s.version", (int)path_max,
		 options->path);
	store->wall_s = options->wall_s;
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
 * Loading.
 */

static bool row_is_valid(sqlite3_stmt *row, const struct column_rule *rules, int columns)
{
	for (int i = 0; i < columns; i++) {
		const struct column_rule *rule = &rules[i];
		int64_t value;

		if (sqlite3_column_type(row, i) != rule->type)
			return false;
		value = rule->type == SQLITE_BLOB ? sqlite3_column_bytes(row, i)
						  : sqlite3_column_int64(row, i);
		if (value < rule->min || value > rule->max)
			return false;
	}
	return true;
}

static struct in_addr read_address(sqlite3_stmt *row, int column)
{
	return (struct in_addr){ htonl((uint32_t)sqlite3_column_int64(row, column)) };
}

static uint8_t read_byte(sqlite3_stmt *row, int column)
{
	return (uint8_t)sqlite3_column_int(row, column);
}

static void read_addresses(sqlite3_stmt *row, struct record *record)
{
	const uint8_t *p = sqlite3_column_blob(row, ADDRESSES);

	record->address_count = (uint8_t)(sqlite3_column_bytes(row, ADDRESSES) / ADDRESS_LEN);
	for (size_t i = 0; i < record->address_count; i++, p += ADDRESS_LEN) {
		struct record_address *address = &record->address[i];
		uint32_t expiry;

		memcpy(&address->address, p, 4);
		memcpy(&address->owner, p + 4, 4);
		memcpy(&expiry, p + 8, 4);
		address->expiry = ntohl(expiry);
	}
}

/* false: the row is not ours. */
static bool read_record(sqlite3_stmt *row, struct record *record)
{
	if (!row_is_valid(row, column_rules, COLUMNS))
		return false;
	memcpy(record->name.bytes, sqlite3_column_blob(row, NAME), NBT_NAME_LEN);
	record->scope.len = (uint8_t)sqlite3_column_bytes(row, SCOPE);
	if (record->scope.len > 0)
		memcpy(record->scope.labels, sqlite3_column_blob(row, SCOPE), record->scope.len);
	record->kind = read_byte(row, KIND);
	record->state = read_byte(row, STATE);
	record->node_type = read_byte(row, NODE_TYPE);
	record->is_static = read_byte(row, STATIC) != STATIC_NOT;
	record->is_of_file = read_byte(row, STATIC) == STATIC_OF_FILE;
	record->owner = read_address(row, OWNER);
	record->version = (uint64_t)sqlite3_column_int64(row, VERSION);
	record->expiry = (lease_time)sqlite3_column_int64(row, EXPIRY);
	record->registered_by = read_address(row, REGISTERED_BY);
	read_addresses(row, record);
	return sqlite3_column_bytes(row, ADDRESSES) % ADDRESS_LEN == 0 &&
	       (record->kind != RECORD_GROUP || record->address_count == 0);
}

static int refused(const struct store *store, int ret, char error[STORE_ERROR_MAX])
{
	if (ret == -ENOMEM)
		return explain(store, SQLITE_NOMEM, error);
	return fail(error, ret, store->path, DAMAGED, "its records contradict each other");
}

static void bind_range(sqlite3_stmt *statement, uint32_t first, uint32_t last)
{
	sqlite3_bind_int64(statement, 1, first);
	sqlite3_bind_int64(statement, 2, last);
}

static int load_names(struct store *store, const struct store_loader *loader, uint64_t *highest,
		      char error[STORE_ERROR_MAX])
{
	sqlite3_stmt *row = store->statement[NAMES_GET];
	struct record record;
	int code, ret = 0;

	bind_range(row, 0, UINT32_MAX);
	while ((code = sqlite3_step(row)) == SQLITE_ROW) {
		if (!read_record(row, &record))
			ret = -EBADMSG;
		else
			ret = loader->record(loader->ctx, (uint32_t)sqlite3_column_int64(row, ID),
					     &record);
		if (ret < 0)
			return refused(store, ret, error);
		if (record_is_owned(&record) && record.version > *highest)
			*highest = record.version;
	}
	return code == SQLITE_DONE ? 0 : explain(store, code, error);
}

static int load_members(struct store *store, const struct store_loader *loader,
			char error[STORE_ERROR_MAX])
{
	static const struct column_rule rule = { SQLITE_INTEGER, 0, UINT32_MAX };
	const struct column_rule rules[] = { rule, rule, rule };
	sqlite3_stmt *row = store->statement[MEMBERS_GET];
	int code, ret = 0;

	while ((code = sqlite3_step(row)) == SQLITE_ROW) {
		uint32_t group = (uint32_t)sqlite3_column_int64(row, 0);

		if (!row_is_valid(row, rules, ARRAY_SIZE(rules)))
			ret = -EBADMSG;
		else if (!id_set_add(&store->groups, group))
			ret = -ENOMEM;
		else
			ret = loader->member(loader->ctx, group, read_address(row, 1),
					     (lease_time)sqlite3_column_int64(row, 2));
		if (ret < 0)
			return refused(store, ret, error);
	}
	return code == SQLITE_DONE ? 0 : explain(store, code, error);
}

int store_load(struct store *store, const struct store_loader *loader, struct store_start *start,
	       char error[STORE_ERROR_MAX])
{
	sqlite3_stmt *service = store->statement[SERVICE_GET];
	uint64_t seen, highest = 0;
	int ret, code = sqlite3_step(service);

	if (code != SQLITE_ROW)
		return code == SQLITE_DONE ? refused(store, -EBADMSG, error)
					   : explain(store, code, error);
	store->lease_now = (lease_time)sqlite3_column_int64(service, 0);
	seen = (uint64_t)sqlite3_column_int64(service, 1);
	start->clean = sqlite3_column_int(service, 2) == 1;

	code = store_audit_read_key(store->audit, start->audit_key);
	if (code != SQLITE_OK)
		return explain(store, code, error);
	ret = load_names(store, loader, &highest, error);
	if (ret == 0)
		ret = load_members(store, loader, error);
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_reset(store->statement[i]);
	sqlite3_db_release_memory(store->db);

	start->lease_now = store->lease_now;
	start->next_version =
		versions_first(store->reserved, seen > highest ? seen : highest, store->wall_s);
	return ret;
}

int store_load_audit(struct store *store, const struct store_audit_loader *loader,
		     char error[STORE_ERROR_MAX])
{
	int code = store_audit_load(store->audit, loader);

	return code == SQLITE_OK ? 0 : explain(store, code, error);
}

/*
 * Committing, in the committer's thread.
 */

/* Runs a statement that gives no rows, with what has been bound. */
static int run(struct store *store, enum statement which)
{
	sqlite3_stmt *statement = store->statement[which];
	int code;

	errno = 0;
	code = sqlite3_step(statement);
	store->run_errno = errno;
	sqlite3_reset(statement);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static uint32_t number_of(struct in_addr address)
{
	return ntohl(address.s_addr);
}

/* Of bytes that stay until the statement has run. The pointer counts: NULL would be no blob. */
static void bind_bytes(sqlite3_stmt *statement, int column, const void *bytes, int len)
{
	sqlite3_bind_blob(statement, column + 1, bytes, len, SQLITE_STATIC);
}

static int write_addresses(uint8_t bytes[ADDRESSES_LEN], const struct record *record)
{
	uint8_t *p = bytes;

	for (size_t i = 0; i < record->address_count; i++, p += ADDRESS_LEN) {
		uint32_t expiry = htonl(record->address[i].expiry);

		memcpy(p, &record->address[i].address, 4);
		memcpy(p + 4, &record->address[i].owner, 4);
		memcpy(p + 8, &expiry, 4);
	}
	return (int)(p - bytes);
}

static int drop_members(struct store *store, uint32_t id)
{
	if (!id_set_has(&store->groups, id))
		return SQLITE_OK;
	sqlite3_bind_int64(store->statement[MEMBERS_DELETE], 1, id);
	return run(store, MEMBERS_DELETE);
}

static int static_column(const struct record *record)
{
	if (!record->is_static)
		return STATIC_NOT;
	return record->is_of_file ? STATIC_OF_FILE : STATIC_ENTERED;
}

static int put(struct store *store, const struct change *change, const struct record *record)
{
	const int64_t numbers[COLUMNS] = {
		[ID] = change->id,
		[KIND] = record->kind,
		[STATE] = record->state,
		[NODE_TYPE] = record->node_type,
		[STATIC] = static_column(record),
		[OWNER] = number_of(record->owner),
		[VERSION] = (int64_t)record->version,
		[EXPIRY] = record->expiry,
		[REGISTERED_BY] = number_of(record->registered_by),
	};
	sqlite3_stmt *statement = store->statement[PUT];
	uint8_t addresses[ADDRESSES_LEN];
	int code;

	for (int i = 0; i < COLUMNS; i++) {
		if (column_rules[i].type == SQLITE_INTEGER)
			sqlite3_bind_int64(statement, i + 1, numbers[i]);
	}
	bind_bytes(statement, NAME, record->name.bytes, NBT_NAME_LEN);
	bind_bytes(statement, SCOPE, record->scope.labels, record->scope.len);
	bind_bytes(statement, ADDRESSES, addresses, write_addresses(addresses, record));
	code = run(store, PUT);
	if (code == SQLITE_OK && record->kind != RECORD_GROUP)
		code = drop_members(store, change->id);
	return code;
}

static int delete_record(struct store *store, const struct change *change,
			 const struct record *record)
{
	int code;

	(void)record;
	sqlite3_bind_int64(store->statement[DELETE], 1, change->id);
	code = run(store, DELETE);
	if (code == SQLITE_OK)
		code = store_audit_forget(store->audit, change->id);
	return code == SQLITE_OK ? drop_members(store, change->id) : code;
}

static int put_member(struct store *store, const struct change *change, const struct record *record)
{
	sqlite3_stmt *statement = store->statement[MEMBER_PUT];

	(void)record;
	if (!id_set_add(&store->groups, change->id))
		return SQLITE_NOMEM;
	sqlite3_bind_int64(statement, 1, change->id);
	sqlite3_bind_int64(statement, 2, number_of(change->member));
	sqlite3_bind_int64(statement, 3, change->member_expiry);
	return run(store, MEMBER_PUT);
}

static int delete_member(struct store *store, const struct change *change,
			 const struct record *record)
{
	sqlite3_stmt *statement = store->statement[MEMBER_DELETE];

	(void)record;
	sqlite3_bind_int64(statement, 1, change->id);
	sqlite3_bind_int64(statement, 2, number_of(change->member));
	return run(store, MEMBER_DELETE);
}

static int pass_over(struct store *store, const struct change *change, const struct record *record)
{
	(void)store, (void)change, (void)record;
	return SQLITE_OK;
}

static int put_note(struct store *store, const struct change *change, const struct record *record)
{
	(void)record;
	return store_audit_write(store->audit, change);
}

static int write_batch(struct store *store, const struct changes *changes)
{
	static int (*const write[])(struct store * store, const struct change *change,
				    const struct record *record) = {
		[CHANGE_PUT] = put,
		[CHANGE_DELETE] = delete_record,
		[CHANGE_MEMBER_PUT] = put_member,
		[CHANGE_MEMBER_DELETE] = delete_member,
		[CHANGE_AUDIT] = put_note,
		[CHANGE_CONFLICT] = put_note,
		[CHANGE_EVENT] = pass_over,
	};
	struct change change;
	struct record record;
	size_t cursor = 0;
	int code = SQLITE_OK;

	while (code == SQLITE_OK && changes_next(changes, &cursor, &change, &record))
		code = write[change.type](store, &change, &record);
	return code;
}

static int write_transaction(struct store *store, const struct changes *first, uint64_t highest,
			     lease_time lease_now)
{
	sqlite3_stmt *service = store->statement[SERVICE_PUT];
	int code = run(store, BEGIN);

	for (; code == SQLITE_OK && first != NULL; first = changes_following(first))
		code = write_batch(store, first);
	sqlite3_bind_int64(service, 1, lease_now);
	sqlite3_bind_int64(service, 2, (int64_t)highest);
	if (code == SQLITE_OK)
		code = run(store, SERVICE_PUT);
	if (code == SQLITE_OK)
		code = run(store, COMMIT);
	return code;
}

/* Versions are reserved before they can be seen by anybody. */
static int reserve_versions(struct store *store, uint64_t highest, char error[STORE_ERROR_MAX])
{
	uint64_t end = highest + VERSIONS_RESERVE;
	int ret;

	if (highest <= store->reserved)
		return 0;
	ret = versions_write(store->versions_path, end);
	if (ret < 0)
		return fail(error, ret, store->versions_path, "cannot be written", strerror(-ret));
	store->reserved = end;
	return 0;
}

/* An open file outlives its name, and SQLite goes on writing to it. */
static int check_place(const struct store *store, char error[STORE_ERROR_MAX])
{
	int has_moved = 0;

	sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
	if (has_moved)
		return fail(error, -ENOENT, store->path,
			    "has been moved or removed; put it back, or restart nbnsd", NULL);
	return 0;
}

static int commit_batches(void *ctx, const struct changes *first, lease_time lease_now,
			  char error[STORE_ERROR_MAX])
{
	struct store *store = ctx;
	uint64_t highest = 0;
	int code, ret;

	for (const struct changes *c = first; c != NULL; c = changes_following(c)) {
		if (changes_highest_version(c) > highest)
			highest = changes_highest_version(c);
	}
	ret = check_place(store, error);
	if (ret == 0)
		ret = reserve_versions(store, highest, error);
	if (ret < 0)
		return ret;
	code = write_transaction(store, first, highest, lease_now);
	if (code == SQLITE_OK)
		return 0;
	ret = explain(store, code, error);
	if (!sqlite3_get_autocommit(store->db))
		run(store, ROLLBACK);
	return ret;
}

/* Fails like a commit when the disk does; the next one tries again. */
static void move_log(void *ctx)
{
	struct store *store = ctx;

	if (store->log_pages < LOG_PAGES)
		return;
	if (sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) ==
	    SQLITE_OK)
		store->log_pages = 0;
}

/*
 * What the loop's thread calls.
 */

int store_run(struct store *store, struct loop *loop, const struct store_events *events)
{
	const struct committer_work work = { commit_batches, move_log, store };

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

/*
 * Looking at what is there.
 */

struct reading {
	struct committer_task task;
	struct store *store;
	uint32_t first, last;
	struct store_found found;
	int code; /* of SQLite */
	store_read_fn *done;
	void *ctx;
};

static struct store_row *row_of(struct reading *reading, sqlite3_stmt *row)
{
	uint32_t id = (uint32_t)sqlite3_column_int64(row, 0);

	if (id - reading->first < STORE_READ_MAX)
		return &reading->found.row[id - reading->first];
	reading->found.beyond++;
	return NULL;
}

static void find_record(struct reading *reading, sqlite3_stmt *row)
{
	struct store_row *found = row_of(reading, row);

	if (found == NULL)
		return;
	found->exists = true;
	found->is_sound = read_record(row, &found->record);
}

static void find_count(struct reading *reading, sqlite3_stmt *row)
{
	struct store_row *found = row_of(reading, row);

	if (found != NULL)
		found->members = (size_t)sqlite3_column_int64(row, 1);
}

static int read_range(struct reading *reading, enum statement which,
		      void (*find)(struct reading *reading, sqlite3_stmt *row))
{
	sqlite3_stmt *row = reading->store->statement[which];
	int code;

	bind_range(row, reading->first, reading->last);
	while ((code = sqlite3_step(row)) == SQLITE_ROW && reading->found.beyond < STORE_READ_MAX)
		find(reading, row);
	sqlite3_reset(row);
	return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

static bool slice_of_reading(void *ctx)
{
	struct reading *reading = ctx;

	reading->code = read_range(reading, NAMES_GET, find_record);
	if (reading->code == SQLITE_OK)
		reading->code = read_range(reading, MEMBERS_COUNT, find_count);
	return false;
}

static void end_reading(void *ctx, bool is_whole)
{
	struct reading *reading = ctx;
	char error[STORE_ERROR_MAX] = "nbnsd stops";

	if (is_whole && reading->code != SQLITE_OK)
		(void)fail(error, -EIO, reading->store->path, "cannot be read",
			   sqlite3_errstr(reading->code)); /* the handle is the thread's */
	if (is_whole && reading->code == SQLITE_OK)
		reading->done(reading->ctx, &reading->found, NULL);
	else
		reading->done(reading->ctx, NULL, error);
	free(reading);
}

int store_read(struct store *store, uint32_t first, uint32_t last, store_read_fn *done, void *ctx)
{
	struct reading *reading = calloc(1, sizeof(*reading));

	if (reading == NULL)
		return -ENOMEM;
	reading->store = store;
	reading->first = first;
	reading->last = last;
	reading->done = done;
	reading->ctx = ctx;
	reading->task = (struct committer_task){ .slice = slice_of_reading,
						 .done = end_reading,
						 .ctx = reading };
	committer_add(store->committer, &reading->task);
	return 0;
}

/*
 * Copies.
 */

static bool slice_of_backup(void *ctx)
{
	struct store *store = ctx;

	return backup_slice(store->backup);
}

static void end_backup(void *ctx, bool is_whole)
{
	struct store *store = ctx;
	int result = backup_end(store->backup);
	char error[STORE_ERROR_MAX];

	(void)is_whole;
	store->backup = NULL;
	if (result != 0)
		(void)fail(error, result, store->backup_path, "cannot be written",
			   result < 0 ? strerror(-result) : sqlite3_errstr(result));
	store->backup_done(store->backup_ctx, result != 0 ? error : NULL);
}

int store_backup(struct store *store, const char *path, store_backup_fn *done, void *ctx)
{
	if (store->backup != NULL)
		return -EBUSY;
	store->backup = backup_begin(store->db, path);
	if (store->backup == NULL)
		return -ENOMEM;
	snprintf(store->backup_path, sizeof(store->backup_path), "%s", path);
	store->backup_done = done;
	store->backup_ctx = ctx;
	store->backup_task = (struct committer_task){ .slice = slice_of_backup,
						      .done = end_backup,
						      .ctx = store };
	committer_add(store->committer, &store->backup_task);
	return 0;
}

/* Every page of it is read. */
static int check_copy(const struct store *copy, char error[STORE_ERROR_MAX])
{
	int64_t version, problems;
	int ret = identify(copy, &version, error), code;

	if (ret == 0 && version == 0)
		ret = fail(error, -EBADMSG, copy->path, "is no copy of a database of nbnsd", NULL);
	if (ret < 0)
		return ret;
	code = query_number(copy,
			    "SELECT count(*) FROM pragma_quick_check WHERE quick_check <> 'ok'",
			    &problems);
	if (code != SQLITE_OK)
		return explain(copy, code, error);
	return problems == 0 ? 0 : fail(error, -EBADMSG, copy->path, "is damaged", NULL);
}

static int put_in_place(const struct store *copy, const char *path, char error[STORE_ERROR_MAX])
{
	struct backup *backup = backup_begin(copy->db, path);
	int result;

	if (backup == NULL)
		return fail(error, -ENOMEM, path, "cannot be written", strerror(ENOMEM));
	while (backup_slice(backup))
		continue;
	result = backup_end(backup);
	if (result == 0)
		return 0;
	return fail(error, result < 0 ? result : -EIO, path, "cannot be written",
		    result < 0 ? strerror(-result) : sqlite3_errstr(result));
}

int store_restore(const char *path, const char *copy_path, char error[STORE_ERROR_MAX])
{
	struct store copy = { .db = NULL };
	char log_path[PATH_MAX + sizeof("-wal")];
	int code, ret;

	/* Its changes would be put into the copy. */
	snprintf(log_path, sizeof(log_path), "%s-wal", path);
	if (access(log_path, F_OK) == 0)
		return fail(error, -EBUSY, path, "is in use, or its last run did not end in order",
			    NULL);
	snprintf(copy.path, sizeof(copy.path), "%s", copy_path);
	code = sqlite3_open_v2(copy_path, &copy.db, SQLITE_OPEN_READONLY, NULL);
	if (code != SQLITE_OK)
		ret = fail(error, -ENOENT, copy_path, "cannot be opened",
			   strerror(sqlite3_system_errno(copy.db)));
	else
		ret = check_copy(&copy, error);
	if (ret == 0)
		ret = put_in_place(&copy, path, error);
	sqlite3_close(copy.db);
	return ret;
}

void store_close(struct store *store, lease_time lease_now)
{
	if (store == NULL)
		return;
	if (store->committer != NULL && committer_stop(store->committer)) {
		sqlite3_bind_int64(store->statement[SERVICE_END], 1, lease_now);
		run(store, SERVICE_END);
	}
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(store->statement[i]);
	store_audit_finish(store->audit);
	sqlite3_close(store->db);
	id_set_free(&store->groups);
	free(store);
}
