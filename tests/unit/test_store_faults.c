/* Faults while the store runs: nothing is reported as committed that is not. */
#include "nbnsd/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/loop.h"
#include "faulty_vfs.h"
#include "nbnsd/registry/registry.h"
#include "stores.h"
#include "support.h"

static const struct fault_case {
	const char *what;
	enum faulty_call call;
	int times, code, error;
	const char *want; /* in the sentence */
} fault_cases[] = {
	{ "the disk is full", FAULTY_WRITE, 2, SQLITE_FULL, ENOSPC, "disk is full" },
	{ "writing fails", FAULTY_WRITE, 2, SQLITE_IOERR_WRITE, EIO,
	  "cannot be read or written (Input/output error)" },
	{ "the file system became read-only", FAULTY_WRITE, 1, SQLITE_IOERR_WRITE, EROFS,
	  "(Read-only file system)" },
	{ "syncing fails", FAULTY_SYNC, 2, SQLITE_IOERR_FSYNC, EDQUOT, "(Disk quota exceeded)" },
};

static void faults_are_survived(void **state)
{
	struct fixture *f = *state;
	uint32_t id = 0;

	stores_open(f);
	for (size_t i = 0; i < ARRAY_SIZE(fault_cases); i++) {
		const struct fault_case *c = &fault_cases[i];

		f->wanted = f->committed = f->troubles = f->recoveries = 0;
		stores_write(f, changes_create());
		faulty_fail(c->call, c->times, c->code, c->error);
		for (int n = 0; n < 10; n++, id++)
			stores_submit(f, id, id + 1);
		f->wanted = f->committed + 10;
		loop_run(f->loop);
		if (f->troubles != 1 || f->recoveries != 1 || f->committed != 11)
			fail_msg("%s: %d troubles, %d ended", c->what, f->troubles, f->recoveries);
		if (strstr(f->trouble, c->want) == NULL || strstr(f->trouble, f->path) == NULL)
			fail_msg("%s: \"%s\"", c->what, f->trouble);
	}
	stores_close(f, 0);
	stores_open(f);
	assert_int_equal(registry_count(f->registry), id);
}

static void a_fault_to_the_end_leaves_what_was_committed(void **state)
{
	struct fixture *f = *state;

	stores_open(f);
	stores_submit(f, 1, 1);
	f->wanted = 1;
	loop_run(f->loop);
	faulty_fail(FAULTY_WRITE, 1000, SQLITE_FULL, ENOSPC);
	f->wanted = 0;
	stores_submit(f, 2, 2);
	loop_run(f->loop);
	assert_int_equal(f->troubles, 1);
	stores_submit(f, 3, 3);
	stores_close(f, 9999);
	assert_int_equal(f->committed, 1);
	faulty_fail(FAULTY_WRITE, 0, SQLITE_OK, 0);
	assert_int_equal(stores_try_open(f), 0);
	assert_int_equal(registry_count(f->registry), 1);
	assert_false(f->start.clean);
}

/* What is written to a file that nobody finds again is lost. */
static void a_database_that_is_gone_holds_the_commit(void **state)
{
	struct fixture *f = *state;
	char elsewhere[96];

	stores_open(f);
	stores_submit(f, 1, 1);
	f->wanted = 1;
	loop_run(f->loop);
	snprintf(elsewhere, sizeof(elsewhere), "%s.away", f->path);
	assert_int_equal(rename(f->path, elsewhere), 0);
	f->wanted = 0;
	stores_submit(f, 2, 2);
	loop_run(f->loop);
	assert_int_equal(f->troubles, 1);
	assert_non_null(strstr(f->trouble, ": has been moved or removed"));
	assert_int_equal(f->committed, 1);

	assert_int_equal(rename(elsewhere, f->path), 0);
	f->wanted = 2;
	loop_run(f->loop);
	assert_int_equal(f->recoveries, 1);
	stores_close(f, 0);
	stores_open(f);
	assert_int_equal(registry_count(f->registry), 2);
}

/* The file of versions belongs to a commit as the database does. */
static void versions_that_cannot_be_reserved_hold_the_commit(void **state)
{
	struct fixture *f = *state;
	char path[96];

	stores_open(f);
	snprintf(path, sizeof(path), "%s.version.new", f->path);
	assert_int_equal(mkdir(path, 0755), 0);
	stores_submit(f, 1, 1);
	loop_run(f->loop);
	assert_int_equal(f->troubles, 1);
	assert_non_null(strstr(f->trouble, ".version: cannot be written"));
	assert_int_equal(rmdir(path), 0);
	f->wanted = 1;
	loop_run(f->loop);
	assert_int_equal(f->recoveries, 1);
	assert_int_equal(access(path, F_OK), -1);
}

/* Written five times over, the log would be five times the database. */
static void the_log_is_moved_now_and_then(void **state)
{
	struct fixture *f = *state;
	struct record record = { .kind = RECORD_UNIQUE, .address_count = 1 };
	struct stat log, database;
	char path[96];

	f->normal = true;
	stores_open(f);
	for (uint32_t round = 0; round < 5; round++) {
		struct changes *changes = changes_create();

		for (uint32_t i = 0; i < 40000; i++) {
			record_set_name(&record, i);
			record.expiry = round;
			stores_put(changes, i, &record);
		}
		stores_write(f, changes);
	}
	snprintf(path, sizeof(path), "%s-wal", f->path);
	assert_int_equal(stat(path, &log), 0);
	assert_int_equal(stat(f->path, &database), 0);
	assert_true(database.st_size > 40000 * 50);
	assert_true(log.st_size < 4 * database.st_size);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		STORES_TEST(faults_are_survived),
		STORES_TEST(a_fault_to_the_end_leaves_what_was_committed),
		STORES_TEST(a_database_that_is_gone_holds_the_commit),
		STORES_TEST(versions_that_cannot_be_reserved_hold_the_commit),
		STORES_TEST(the_log_is_moved_now_and_then),
	};

	faulty_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
