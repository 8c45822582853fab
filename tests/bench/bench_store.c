/*
 * The store against SQLite alone on the reference table: the name as key, the same names in the
 * same order, the same batches, every commit synced. Not run by make check: bench_store DIR [NAMES]
 */
#include <arpa/inet.h>
#include <sqlite3.h>
#include <stddef.h>
#include <stdlib.h>

#include "bench.h"
#include "common/loop.h"
#include "nbnsd/registry/registry.h"
#include "nbnsd/store/store.h"

#define BATCH 256

static uint32_t names = 1000000;
static uint64_t longest;

/* Numbers 0 to names - 1 in an order that is not theirs. */
static uint32_t shuffled(uint32_t i)
{
	return (uint32_t)((uint64_t)i * 7368787 % names); /* a prime */
}

static void say(const char *what, uint32_t rows, uint64_t begin)
{
	double s = (double)(bench_now() - begin) / 1e9;

	printf("  %-36s %8.0f rows/s, longest commit %.1f ms\n", what, rows / s,
	       (double)longest / 1e6);
	fflush(stdout);
	longest = 0;
}

static void note(uint64_t begin)
{
	uint64_t took = bench_now() - begin;

	longest = took > longest ? took : longest;
}

/*
 * SQLite alone.
 */

static sqlite3 *db;
static sqlite3_stmt *upsert;

static void must(int code)
{
	if (code != SQLITE_OK && code != SQLITE_DONE) {
		fprintf(stderr, "SQLite: %s\n", sqlite3_errmsg(db));
		exit(1);
	}
}

static void reference_open(const char *path)
{
	must(sqlite3_open(path, &db));
	must(sqlite3_exec(db,
			  "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
			  "CREATE TABLE names (name BLOB, scope BLOB, flags INTEGER, owner INTEGER,"
			  " version INTEGER, expiry INTEGER, addresses BLOB,"
			  " PRIMARY KEY (name, scope)) WITHOUT ROWID",
			  NULL, NULL, NULL));
	must(sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?, ?, ?, ?)", -1,
				&upsert, NULL));
}

static void reference_put(const struct record *record)
{
	sqlite3_bind_blob(upsert, 1, record->name.bytes, NBT_NAME_LEN, SQLITE_STATIC);
	sqlite3_bind_blob(upsert, 2, record->scope.labels, 0, SQLITE_STATIC);
	sqlite3_bind_int(upsert, 3, record->kind | record->state << 2);
	sqlite3_bind_int64(upsert, 4, 0);
	sqlite3_bind_int64(upsert, 5, (sqlite3_int64)record->version);
	sqlite3_bind_int64(upsert, 6, record->expiry);
	sqlite3_bind_blob(upsert, 7, record->address, 12, SQLITE_STATIC);
	must(sqlite3_step(upsert));
	sqlite3_reset(upsert);
}

static void reference_write(const char *what, uint32_t rows, uint32_t (*number)(uint32_t i))
{
	uint64_t start = bench_now();
	struct record record;

	for (uint32_t i = 0; i < rows;) {
		uint64_t begin = bench_now();

		must(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL));
		for (uint32_t n = 0; n < BATCH && i < rows; n++, i++) {
			bench_record(&record, number(i));
			record.version += i;
			reference_put(&record);
		}
		must(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
		note(begin);
	}
	say(what, rows, start);
}

static double reference_read(const char *path, const char *table)
{
	uint64_t begin = bench_now();
	char text[64];
	sqlite3_stmt *row;

	must(sqlite3_open(path, &db));
	snprintf(text, sizeof(text), "SELECT * FROM %s", table);
	must(sqlite3_prepare_v2(db, text, -1, &row, NULL));
	while (sqlite3_step(row) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(row); i++)
			(void)sqlite3_column_int64(row, i);
	}
	must(sqlite3_finalize(row));
	sqlite3_close(db);
	return (double)(bench_now() - begin) / 1e9;
}

static uint32_t in_order(uint32_t i)
{
	return i;
}

/*
 * The store.
 */

static struct loop *loop;
static struct store *store;
static struct registry *registry;
static struct changes *batch;
static uint32_t next, rows_wanted;
static uint32_t (*number_of)(uint32_t i);
static uint64_t batch_begin;

static void submit_next(void)
{
	struct record record;

	batch_begin = bench_now();
	changes_clear(batch);
	for (uint32_t n = 0; n < BATCH && next < rows_wanted; n++, next++) {
		bench_record(&record, number_of(next));
		record.version += next;
		changes_put(batch, number_of(next), &record);
	}
	store_submit(store, batch, 1);
}

static void committed(void *ctx, struct changes *changes)
{
	(void)ctx;
	batch = changes;
	note(batch_begin);
	if (next < rows_wanted)
		submit_next();
	else
		loop_stop(loop);
}

static void trouble(void *ctx, const char *error)
{
	(void)ctx;
	fprintf(stderr, "%s\n", error != NULL ? error : "goes on");
}

static int load_record(void *ctx, uint32_t id, const struct record *record)
{
	(void)ctx;
	return registry_load(registry, id, record);
}

static int load_member(void *ctx, uint32_t group, struct in_addr member, lease_time expiry)
{
	(void)ctx;
	return registry_member_put(registry, group, member, expiry) == MEMBER_ADDED ? 0 : -1;
}

static void store_start_up(const char *path)
{
	static const struct store_events events = { committed, trouble, NULL };
	const struct store_options options = { path, true, 1789500000, NULL };
	const struct store_loader loader = { load_record, load_member, NULL, NULL };
	struct store_start start;
	char error[STORE_ERROR_MAX];

	registry = registry_create((const uint8_t *)"a key of a bench");
	if (store_open(&store, &options, error) < 0 ||
	    store_load(store, &loader, &start, error) < 0) {
		fprintf(stderr, "%s\n", error);
		exit(1);
	}
	if (store_run(store, loop, &events) < 0)
		exit(1);
}

static void store_write(const char *what, uint32_t rows, uint32_t (*number)(uint32_t i))
{
	uint64_t start = bench_now();

	next = 0;
	rows_wanted = rows;
	number_of = number;
	submit_next();
	loop_run(loop);
	say(what, rows, start);
}

int main(int argc, char **argv)
{
	static const struct loop_events no_events = { .turn = NULL };
	char path[512], reference[512];
	size_t rss;
	uint64_t begin;
	double ours, theirs;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: bench_store DIR [NAMES]\n");
		return 2;
	}
	if (argc == 3)
		names = (uint32_t)strtoul(argv[2], NULL, 10);
	snprintf(path, sizeof(path), "%s/names.db", argv[1]);
	snprintf(reference, sizeof(reference), "%s/reference.db", argv[1]);
	if (loop_create(&loop, &no_events, NULL) < 0)
		return 1;
	batch = changes_create();
	rss = bench_rss();

	printf("%u names, batches of %d, every commit synced\n", names, BATCH);
	store_start_up(path);
	store_write("store, new", names, in_order);
	store_write("store, existing in random order", names / 4, shuffled);
	printf("  store: %.1f bytes of RSS per name without a registry\n",
	       (double)(bench_rss() - rss) / names);
	store_close(store, 1);
	registry_destroy(registry);

	reference_open(reference);
	reference_write("reference, new", names, in_order);
	reference_write("reference, existing in random order", names / 4, shuffled);
	sqlite3_finalize(upsert);
	sqlite3_close(db);

	theirs = reference_read(path, "names");
	begin = bench_now();
	store_start_up(path);
	ours = (double)(bench_now() - begin) / 1e9;
	printf("  start %.3f s, SQLite alone reads the table in %.3f s: factor %.2f\n", ours,
	       theirs, ours / theirs);
	printf("  %.1f bytes of RSS per name, loaded\n", (double)(bench_rss() - rss) / names);
	store_close(store, 1);
	registry_destroy(registry);
	changes_destroy(batch);
	loop_destroy(loop);
	return 0;
}
