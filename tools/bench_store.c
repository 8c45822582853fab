/* The limit of a store: SQLite alone on the reference table of doc/performance.md. */
#include "tools/bench.h"
#include "tools/clock.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char setup[] =
	"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	"CREATE TABLE names (name BLOB, scope BLOB, flags INTEGER, owner INTEGER, version INTEGER,"
	" expiry INTEGER, addresses BLOB, PRIMARY KEY (name, scope)) WITHOUT ROWID;";

/* A permutation of 0 .. 2^32 - 1, so that new names come in random order. */
static uint32_t scatter(uint32_t i, uint32_t seed)
{
	i = (i ^ seed) * UINT32_C(0x9E3779B1);
	i = (i ^ i >> 15) * UINT32_C(0x85EBCA77);
	return i ^ i >> 13;
}

static int insert(sqlite3_stmt *statement, uint32_t number)
{
	char name[17];
	uint32_t address = number;

	snprintf(name, sizeof(name), "N%010u    ", number);
	sqlite3_bind_blob(statement, 1, name, 16, SQLITE_STATIC);
	sqlite3_bind_blob(statement, 2, "", 0, SQLITE_STATIC);
	sqlite3_bind_int(statement, 3, 0x6000);
	sqlite3_bind_int(statement, 4, 0);
	sqlite3_bind_int64(statement, 5, number);
	sqlite3_bind_int64(statement, 6, 518400);
	sqlite3_bind_blob(statement, 7, &address, sizeof(address), SQLITE_STATIC);
	if (sqlite3_step(statement) != SQLITE_DONE)
		return -EIO;
	return sqlite3_reset(statement) == SQLITE_OK ? 0 : -EIO;
}

static int insert_all(sqlite3 *db, uint32_t names, uint32_t batch, uint32_t seed)
{
	sqlite3_stmt *statement;
	int ret = 0;

	if (sqlite3_prepare_v2(db, "INSERT INTO names VALUES (?, ?, ?, ?, ?, ?, ?)", -1, &statement,
			       NULL) != SQLITE_OK)
		return -EIO;
	for (uint32_t i = 0; ret == 0 && i < names; i++) {
		if (i % batch == 0 && sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
			ret = -EIO;
		if (ret == 0)
			ret = insert(statement, scatter(i, seed));
		if (ret == 0 && (i % batch == batch - 1 || i == names - 1) &&
		    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
			ret = -EIO;
	}
	sqlite3_finalize(statement);
	return ret;
}

static void remove_files(const char *file)
{
	static const char *const endings[] = { "", "-wal", "-shm" };
	char path[4096];

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", file, endings[i]);
		unlink(path);
	}
}

double bench_store_reference(const char *file, uint32_t names, uint32_t batch, uint32_t seed)
{
	sqlite3 *db = NULL;
	double started = 0, ended = 0;
	int ret = -EIO;

	remove_files(file);
	if (sqlite3_open(file, &db) == SQLITE_OK &&
	    sqlite3_exec(db, setup, NULL, NULL, NULL) == SQLITE_OK) {
		started = (double)clock_ns() / 1e9;
		ret = insert_all(db, names, batch, seed);
		ended = (double)clock_ns() / 1e9;
	}
	sqlite3_close(db);
	remove_files(file);
	return ret < 0 ? ret : names / (ended - started);
}
