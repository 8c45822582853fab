#include "stores.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/loop.h"
#include "nbnsd/registry/owners.h"
#include "support.h"

static int load_record(void *ctx, uint32_t id, const struct record *record)
{
	struct fixture *f = ctx;

	return registry_load(f->registry, id, record);
}

static int load_member(void *ctx, uint32_t group, struct in_addr member, lease_time expiry)
{
	struct fixture *f = ctx;

	return registry_member_load(f->registry, group, member, expiry);
}

static int load_owner(void *ctx, const struct owner_row *owner)
{
	struct fixture *f = ctx;

	return registry_owner_load(f->registry, owner) ? 0 : -ENOMEM;
}

/* Opens and loads into a new registry. */
int stores_try_open(struct fixture *f)
{
	const struct store_options options = { f->path, !f->normal, WALL_S, NULL };
	const struct store_loader loader = { load_record, load_member, load_owner, f };
	int ret = store_open(&f->store, &options, f->error);

	if (ret < 0)
		return ret;
	registry_destroy(f->registry);
	f->registry = registry_create((const uint8_t *)"a key of a test.");
	return store_load(f->store, &loader, &f->start, f->error);
}

static void committed(void *ctx, struct changes *changes)
{
	struct fixture *f = ctx;

	changes_destroy(changes);
	if (++f->committed == f->wanted)
		loop_stop(f->loop);
}

static void trouble(void *ctx, const char *error)
{
	struct fixture *f = ctx;

	if (error == NULL) {
		f->recoveries++;
		return;
	}
	f->troubles++;
	snprintf(f->trouble, sizeof(f->trouble), "%s", error);
	if (f->wanted == 0)
		loop_stop(f->loop);
}

void stores_run(struct fixture *f)
{
	const struct store_events events = { committed, trouble, f };
	int ret = store_run(f->store, f->loop, &events);

	if (ret < 0)
		fail_msg("the store's thread cannot be had: %s", strerror(-ret));
}

void stores_open(struct fixture *f)
{
	if (stores_try_open(f) < 0)
		fail_msg("%s", f->error);
	stores_run(f);
}

void stores_close(struct fixture *f, lease_time lease_now)
{
	store_close(f->store, lease_now);
	f->store = NULL;
}

/* Submits a batch and waits until it is committed. */
void stores_write(struct fixture *f, struct changes *changes)
{
	store_submit(f->store, changes, 0);
	f->wanted = f->committed + (int)store_pending(f->store);
	loop_run(f->loop);
	assert_int_equal(f->committed, f->wanted);
}

void stores_open_loop(struct fixture *f)
{
	static const struct loop_events no_events = { .turn = NULL };

	assert_int_equal(loop_create(&f->loop, &no_events, NULL), 0);
}

int stores_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->dir, "/tmp/test_store.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/names.db", f->dir);
	f->lots.state = 4711;
	stores_open_loop(f);
	*state = f;
	return 0;
}

void stores_remove_file(const struct fixture *f, const char *suffix)
{
	char path[96];

	snprintf(path, sizeof(path), "%s%s", f->path, suffix);
	remove(path);
}

void stores_remove(const struct fixture *f)
{
	stores_remove_file(f, "");
	stores_remove_file(f, "-wal");
	stores_remove_file(f, "-journal");
}

int stores_teardown(void **state)
{
	struct fixture *f = *state;
	int ret;

	store_close(f->store, 0);
	registry_destroy(f->registry);
	loop_destroy(f->loop);
	stores_remove(f);
	stores_remove_file(f, ".version");
	stores_remove_file(f, ".version.new");
	ret = rmdir(f->dir); /* nothing else is left lying about */
	free(f);
	return ret;
}

/* Changes the database behind the store's back; the faulty VFS can do without shared memory only
 * then. */
void stores_sql(const struct fixture *f, const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	sqlite3_close(db);
}

void stores_draw(struct fixture *f, struct record *record, uint32_t number)
{
	record_set_name(record, number);
	record_draw(record, &f->lots);
	if (record_is_owned(record))
		record->version >>= 2; /* as those that we give out */
}

void stores_put(struct changes *changes, uint32_t id, const struct record *record)
{
	assert_true(changes_put(changes, id, record));
}

void stores_assert_loaded(struct fixture *f, uint32_t id, const struct record *want)
{
	struct record got;

	assert_true(registry_has(f->registry, id));
	registry_get(f->registry, id, &got);
	assert_record("loaded", &got, want);
}

void stores_submit(struct fixture *f, uint32_t id, uint64_t version)
{
	struct changes *changes = changes_create();
	struct record record = { .version = version };

	record_set_name(&record, id);
	stores_put(changes, id, &record);
	store_submit(f->store, changes, 5000 + id);
}

void stores_fill(struct fixture *f)
{
	struct changes *changes = changes_create();
	struct record record;

	stores_open(f);
	for (uint32_t i = 0; i < 2000; i++) {
		stores_draw(f, &record, i);
		stores_put(changes, i, &record);
	}
	stores_write(f, changes);
	stores_close(f, 0);
}

void stores_assert_sentence(const struct fixture *f, const char *what, const char *text)
{
	if (strncmp(f->error, f->path, strlen(f->path)) != 0 ||
	    strncmp(f->error + strlen(f->path), text, strlen(text)) != 0 ||
	    strchr(f->error, '\n') != NULL)
		fail_msg("%s: \"%s\"", what, f->error);
}
