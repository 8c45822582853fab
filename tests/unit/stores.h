/* A store on a real file, for tests: opened, written, closed, loaded. */
#ifndef TESTS_STORES_H
#define TESTS_STORES_H

#include <stddef.h>

#include "nbnsd/store/store.h"
#include "records.h"

struct loop;
struct registry;

#define NAMES  400
#define WALL_S 1789500000 /* in 2026 */

struct fixture {
	char dir[40], path[64];
	bool normal; /* durability */
	struct loop *loop;
	struct store *store;
	struct registry *registry; /* what was loaded */
	struct store_start start;
	char error[STORE_ERROR_MAX];
	struct lots lots;
	int committed, wanted; /* batches */
	int troubles, recoveries, backups, made;
	char trouble[STORE_ERROR_MAX];
};

/* Of every test. */
int stores_setup(void **state);
int stores_teardown(void **state);
#define STORES_TEST(name) cmocka_unit_test_setup_teardown(name, stores_setup, stores_teardown)

/* Opens and loads into a new registry; then the store runs. */
int stores_try_open(struct fixture *f);
void stores_run(struct fixture *f);
void stores_open(struct fixture *f);
void stores_open_loop(struct fixture *f);
void stores_close(struct fixture *f, lease_time lease_now);

/* Removes the database, or a file whose name is longer by the suffix. */
void stores_remove(const struct fixture *f);
void stores_remove_file(const struct fixture *f, const char *suffix);

/* Changes the database behind the store's back. */
void stores_sql(const struct fixture *f, const char *text);

/* Records, the same for the same state of the lots. */
void stores_draw(struct fixture *f, struct record *record, uint32_t number);
void stores_put(struct changes *changes, uint32_t id, const struct record *record);
void stores_assert_loaded(struct fixture *f, uint32_t id, const struct record *want);

/* Submits a batch and waits until it is committed; submits a batch of one record. */
void stores_write(struct fixture *f, struct changes *changes);
void stores_submit(struct fixture *f, uint32_t id, uint64_t version);

/* A database with 2,000 records, closed. */
void stores_fill(struct fixture *f);

/* f->error is one sentence, and begins with the path and then this text. */
void stores_assert_sentence(const struct fixture *f, const char *what, const char *text);

#endif
