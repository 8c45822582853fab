/* Committing, in the committer's thread. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "nbnsd/store/store_audit.h"
#include "nbnsd/store/store_inner.h"
#include "nbnsd/store/versions.h"

#define LOG_PAGES                                                                                  \
	8000 /* after which it is moved: this takes some 20 ms, which the next commit waits */

int store_run_statement(struct store *store, enum store_statement which)
{
	sqlite3_stmt *statement = store->statement[which];
	int code;

	errno = 0;
	code = sqlite3_step(statement);
	store->run_errno = errno;
	sqlite3_reset(statement);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int drop_members(struct store *store, uint32_t id)
{
	if (!id_set_has(&store->groups, id))
		return SQLITE_OK;
	sqlite3_bind_int64(store->statement[MEMBERS_DELETE], 1, id);
	return store_run_statement(store, MEMBERS_DELETE);
}

static int put(struct store *store, const struct change *change, const struct record *record)
{
	uint8_t addresses[ADDRESSES_LEN];
	int code;

	store_bind_record(store->statement[PUT], change->id, record, addresses);
	code = store_run_statement(store, PUT);
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
	code = store_run_statement(store, DELETE);
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
	sqlite3_bind_int64(statement, 2, ntohl(change->member.s_addr));
	sqlite3_bind_int64(statement, 3, change->member_expiry);
	return store_run_statement(store, MEMBER_PUT);
}

static int delete_member(struct store *store, const struct change *change,
			 const struct record *record)
{
	sqlite3_stmt *statement = store->statement[MEMBER_DELETE];

	(void)record;
	sqlite3_bind_int64(statement, 1, change->id);
	sqlite3_bind_int64(statement, 2, ntohl(change->member.s_addr));
	return store_run_statement(store, MEMBER_DELETE);
}

static int pass_over(struct store *store, const struct change *change, const struct record *record)
{
	(void)store, (void)change, (void)record;
	return SQLITE_OK;
}

static int put_owner(struct store *store, const struct change *change, const struct record *record)
{
	enum store_statement which = OWNER_PUT;
	struct owner_row row;

	(void)record;
	memcpy(&row, change->note, sizeof(row));
	if (row.highest == 0 && row.offered == 0)
		which = OWNER_DELETE;
	sqlite3_bind_int64(store->statement[which], 1, ntohl(row.owner.s_addr));
	if (which == OWNER_PUT) {
		sqlite3_bind_int64(store->statement[which], 2, (int64_t)row.highest);
		sqlite3_bind_int64(store->statement[which], 3, (int64_t)row.offered);
	}
	return store_run_statement(store, which);
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
		[CHANGE_OWNER] = put_owner,
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
	int code = store_run_statement(store, BEGIN);

	for (; code == SQLITE_OK && first != NULL; first = changes_following(first))
		code = write_batch(store, first);
	sqlite3_bind_int64(service, 1, lease_now);
	sqlite3_bind_int64(service, 2, (int64_t)highest);
	if (code == SQLITE_OK)
		code = store_run_statement(store, SERVICE_PUT);
	if (code == SQLITE_OK)
		code = store_run_statement(store, COMMIT);
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
		return store_fail(error, ret, store->versions_path, "cannot be written",
				  strerror(-ret));
	store->reserved = end;
	return 0;
}

/* An open file outlives its name, and SQLite goes on writing to it. */
static int check_place(const struct store *store, char error[STORE_ERROR_MAX])
{
	int has_moved = 0;

	sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
	if (has_moved)
		return store_fail(error, -ENOENT, store->path,
				  "has been moved or removed; put it back, or restart nbnsd", NULL);
	return 0;
}

int store_commit(void *ctx, const struct changes *first, lease_time lease_now,
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
	ret = store_explain(store, code, error);
	if (!sqlite3_get_autocommit(store->db))
		store_run_statement(store, ROLLBACK);
	return ret;
}

/* Fails like a commit when the disk does; the next one tries again. */
void store_move_log(void *ctx)
{
	struct store *store = ctx;

	if (store->log_pages < LOG_PAGES)
		return;
	if (sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) ==
	    SQLITE_OK)
		store->log_pages = 0;
}
