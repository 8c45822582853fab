/*
 * The names on disk: the only door to SQLite, which works in a thread behind it.
 *
 * A batch of changes is one transaction. What is reported as committed has been synced (durability
 * "full") and survives a power cut.
 */
#ifndef NBNSD_STORE_STORE_H
#define NBNSD_STORE_STORE_H

#include <stddef.h>

#include <nbt/error.h>

#include "nbnsd/audit/audit.h"
#include "nbnsd/registry/changes.h"
#include "nbnsd/registry/record.h"

struct conflict;
struct loop;
struct store;

struct store_options {
	const char *path;
	bool full;           /* sync at every commit; false: only at checkpoints ("normal") */
	int64_t wall_s;      /* for the version counter of a database that has none */
	const char *damaged; /* what is said of a damaged one; NULL: the advice of the start */
};

/* What a start needs to know of the last run. */
struct store_start {
	uint64_t next_version; /* greater than any ever given out, also if the database was lost */
	uint64_t seen_version; /* the highest of ours that this database has seen; 0: none */
	bool has_reserved;   /* the file of versions is there; else the first one is by the clock */
	uint64_t lost_below; /* the last row of CHANGE_OWNER about this server; 0: none */
	lease_time lease_now; /* where the lease clock stood */
	/* The last run ended in order: every renewal was written. If not, the caller extends the
	 * leases it loaded by what a renewal may have waited to be written: 1/16 of the renewal
	 * interval. */
	bool clean;
	uint8_t audit_key[AUDIT_KEY_LEN]; /* for audit_create() */
};

#define STORE_ERROR_MAX 512

/*
 * Opens or creates the database, takes its lock, checks it and its schema. On failure returns a
 * negative errno, and error holds one sentence for the administrator that names the file.
 */
int store_open(struct store **out, const struct store_options *options,
	       char error[STORE_ERROR_MAX]);

/*
 * Reads every record in ascending order of ids, then every member, then the versions that were
 * seen of each owner, OWNER_SELF among them; *start is known afterwards. The callbacks return 0
 * or a negative errno, which ends the reading and is returned; error says that the database is
 * damaged then (out of memory for -ENOMEM).
 */
struct store_loader {
	int (*record)(void *ctx, uint32_t id, const struct record *record);
	int (*member)(void *ctx, uint32_t group, struct in_addr member, lease_time expiry);
	int (*owner)(void *ctx, const struct owner_row *owner); /* may be NULL */
	void *ctx;
};
int store_load(struct store *store, const struct store_loader *loader, struct store_start *start,
	       char error[STORE_ERROR_MAX]);

/*
 * Reads what is kept of the audit and of conflicts, in the order in which audit_load() wants it. 0
 * or a negative errno, as with store_load(). What the functions have no place for is left out.
 */
struct store_audit_loader {
	bool (*row)(void *ctx, const struct audit_row *row);
	void (*conflict)(void *ctx, const struct conflict *conflict);
	void *ctx;
};
int store_load_audit(struct store *store, const struct store_audit_loader *loader,
		     char error[STORE_ERROR_MAX]);

/* Called in the loop's thread. */
struct store_events {
	/* The batch is on disk; changes go back to the caller. */
	void (*committed)(void *ctx, struct changes *changes);
	/* A commit failed and is being retried (error says why), or works again (error NULL).
	 * Called when this changes, not at each try. */
	void (*trouble)(void *ctx, const char *error);
	void *ctx;
};
int store_run(struct store *store, struct loop *loop, const struct store_events *events);

/*
 * Queues a batch; the store owns it until it is committed. lease_now is stored with it. Batches
 * that wait are committed together, so it does no harm to submit small ones. What cannot be
 * written is tried again until it can, in order.
 */
void store_submit(struct store *store, struct changes *changes, lease_time lease_now);

/*
 * Copies the database into another file while the service goes on. The file appears when it is
 * whole and on the disk. Copies are made one after the other. 0 or -ENOMEM.
 */
struct store_copy {
	const char *path; /* copied */
	bool replace;     /* a file that is there; without this it is an error */
	/* In the store's thread, may be NULL: before, false ends it without a copy; and after one
	 * that was made. */
	bool (*begin)(void *ctx);
	void (*made)(void *ctx);
	/* In the loop's thread: error is NULL, or a sentence. */
	void (*done)(void *ctx, const char *error);
	void *ctx;
};
int store_backup(struct store *store, const struct store_copy *copy) NBT_MUSTCHECK;

/*
 * Putting such a copy in the place of the database takes three steps. First, while the database is
 * in use, in whatever thread, the copy is checked, brought to the present schema, loaded for a try
 * and put ready beside the database. This server's records get new versions, because what partners
 * have of it may be newer than the copy. 0, or a negative errno and a sentence in error.
 */
struct store_staging {
	const char *path; /* of the database */
	const char *copy;
	uint64_t first_version;            /* for the records of this server */
	const uint8_t *audit_key;          /* of the database in use: the copy must be of it */
	bool foreign;                      /* or, with this, need not */
	const struct store_loader *loader; /* takes it for a try */
	bool (*is_cancelled)(void *ctx);   /* looked at now and then */
	void *ctx;                         /* for is_cancelled */
};
int store_stage(const struct store_staging *staging, uint64_t *last_version,
		char error[STORE_ERROR_MAX]) NBT_MUSTCHECK;

/* Then, when the database is closed: the one put ready takes its place, at once; what was there is
 * kept beside it as PATH.old. No version up to last_version is given out again. */
int store_take_staged(const char *path, uint64_t last_version,
		      char error[STORE_ERROR_MAX]) NBT_MUSTCHECK;

/* The one in the place cannot be used, nor is it open: PATH.old takes it back. */
int store_take_back(const char *path, char error[STORE_ERROR_MAX]) NBT_MUSTCHECK;

/* Removes what was put ready, or is half made. */
void store_unstage(const char *path);

/* Whether this file belongs to the database, in use or not. */
bool store_is_file_of(const char *path, const char *file);

/*
 * What the database has under these ids, first to last; of those above first + STORE_READ_MAX it is
 * only told that there are some. Read between two commits: batches submitted before may be in it or
 * not. done() is called in the loop's thread, found is NULL when it could not be read. -ENOMEM.
 */
#define STORE_READ_MAX 64
struct store_row {
	bool exists, is_sound; /* sound: it could be loaded */
	struct record record;
	size_t members; /* also without a record */
};
struct store_found {
	struct store_row row[STORE_READ_MAX];
	size_t beyond;
};
typedef void store_read_fn(void *ctx, const struct store_found *found, const char *error);
int store_read(struct store *store, uint32_t first, uint32_t last, store_read_fn *done,
	       void *ctx) NBT_MUSTCHECK;

/* Since the start. */
struct store_counters {
	uint64_t commits;  /* transactions, each of one batch or more; the first one has none */
	uint64_t batches;  /* committed */
	uint64_t changes;  /* in them */
	uint64_t failures; /* tries of a commit */
};
struct store_counters store_counters(const struct store *store);

/* Batches submitted and not yet committed. */
size_t store_pending(const struct store *store);

/*
 * Writes what is queued and calls committed() for it, marks the run as ended in order, and closes.
 * The caller has submitted every unsaved renewal before. What cannot be written now is given up: it
 * was never acknowledged. NULL is fine.
 */
void store_close(struct store *store, lease_time lease_now);

#endif
