/* What the files store*.c share: the open database with its statements. For them only. */
#ifndef NBNSD_STORE_STORE_INNER_H
#define NBNSD_STORE_STORE_INNER_H

#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>

#include "nbnsd/registry/id_set.h"
#include "nbnsd/registry/record.h"
#include "nbnsd/store/store.h"

struct committer;

enum store_statement {
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
	OWNER_PUT,
	OWNER_DELETE,
	OWNERS_GET,
	STATEMENTS
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

/* What a column must be to be ours; of blobs it is the length that is limited. */
struct column_rule {
	int type;
	int64_t min, max;
};

struct store {
	char path[PATH_MAX], versions_path[PATH_MAX];
	const char *damaged; /* what is said and advised then; NULL: STORE_DAMAGED */
	int64_t wall_s;
	sqlite3 *db;
	sqlite3_stmt *statement[STATEMENTS];
	struct store_audit *audit;
	struct committer *committer;
	lease_time lease_now; /* where the last run ended */
	uint64_t reserved;    /* versions in the file beside the database */
	int log_pages;        /* in the write-ahead log */
	int run_errno;        /* of the last statement run; SQLite does not keep that of COMMIT */

	/* Records that may be groups with members: others are spared a DELETE. */
	struct id_set groups;
};

/*
 * Sentences for the administrator, which begin with the path; they return ret, or what the code of
 * SQLite comes to.
 */
int store_fail(char error[STORE_ERROR_MAX], int ret, const char *path, const char *text,
	       const char *detail);
int store_explain(const struct store *store, int code, char error[STORE_ERROR_MAX]);
#define STORE_DAMAGED                                                                              \
	"is damaged; put back a copy of it, or move it (and its -wal) away to begin without names"
const char *store_damaged(const struct store *store);
#define STORE_NOT_OURS                                                                             \
	"cannot be opened: it and its directory must be writable for the user of nbnsd"
#define STORE_NOT_NOW "cannot be opened"

/* These return SQLite's codes. */
int store_execute(const struct store *store, const char *text);
int store_query_number(const struct store *store, const char *text, int64_t *out);

/* Runs a statement that gives no rows, with what has been bound. */
int store_run_statement(struct store *store, enum store_statement which);

/* The schema that is there, and whether the file is ours at all; 0 as version: an empty file. */
int store_identify(const struct store *store, int64_t *version, char error[STORE_ERROR_MAX]);

/*
 * Rows of names.
 */
bool store_row_is_valid(sqlite3_stmt *row, const struct column_rule *rules, int columns);
struct in_addr store_read_address(sqlite3_stmt *row, int column);
bool store_read_record(sqlite3_stmt *row, struct record *record); /* false: the row is not ours */

#define ADDRESS_LEN   12 /* address, owner, expiry: four bytes each, the highest first */
#define ADDRESSES_LEN (ADDRESS_LEN * RECORD_MAX_ADDRESSES)

/* addresses: room that stays until the statement has run, like the record. */
void store_bind_record(sqlite3_stmt *put, uint32_t id, const struct record *record,
		       uint8_t addresses[ADDRESSES_LEN]);
void store_bind_range(sqlite3_stmt *statement, uint32_t first, uint32_t last);

/* The committer's work, in its thread. */
int store_commit(void *ctx, const struct changes *first, lease_time lease_now,
		 char error[STORE_ERROR_MAX]);
void store_move_log(void *ctx);

#endif
