/* Looking at what is there. */
#include <errno.h>
#include <stdlib.h>

#include "nbnsd/store/committer.h"
#include "nbnsd/store/store_inner.h"

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
	found->is_sound = store_read_record(row, &found->record);
}

static void find_count(struct reading *reading, sqlite3_stmt *row)
{
	struct store_row *found = row_of(reading, row);

	if (found != NULL)
		found->members = (size_t)sqlite3_column_int64(row, 1);
}

static int read_range(struct reading *reading, enum store_statement which,
		      void (*find)(struct reading *reading, sqlite3_stmt *row))
{
	sqlite3_stmt *row = reading->store->statement[which];
	int code;

	store_bind_range(row, reading->first, reading->last);
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
		(void)store_fail(error, -EIO, reading->store->path, "cannot be read",
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
