/* The store on a real file: what was committed is there, and what is wrong is said. */
#include "nbnsd/store.h"

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
#include "nbnsd/registry.h"
#include "records.h"
#include "support.h"

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
	int troubles, recoveries, backups;
	char trouble[STORE_ERROR_MAX];
};

/*
 * Opening, writing, loading.
 */

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

/* Opens and loads into a new registry. */
static int try_open(struct fixture *f)
{
	const struct store_options options = { f->path, !f->normal, WALL_S };
	const struct store_loader loader = { load_record, load_member, f };
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

static void run_store(struct fixture *f)
{
	const struct store_events events = { committed, trouble, f };

	assert_int_equal(store_run(f->store, f->loop, &events), 0);
}

static void open_store(struct fixture *f)
{
	if (try_open(f) < 0)
		fail_msg("%s", f->error);
	run_store(f);
}

static void close_store(struct fixture *f, lease_time lease_now)
{
	store_close(f->store, lease_now);
	f->store = NULL;
}

/* Submits a batch and waits until it is committed. */
static void write_batch(struct fixture *f, struct changes *changes)
{
	store_submit(f->store, changes, 0);
	f->wanted = f->committed + (int)store_pending(f->store);
	loop_run(f->loop);
	assert_int_equal(f->committed, f->wanted);
}

static void open_loop(struct fixture *f)
{
	static const struct loop_events no_events = { .turn = NULL };

	assert_int_equal(loop_create(&f->loop, &no_events, NULL), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->dir, "/tmp/test_store.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/names.db", f->dir);
	f->lots.state = 4711;
	open_loop(f);
	*state = f;
	return 0;
}

static void remove_file(const struct fixture *f, const char *suffix)
{
	char path[96];

	snprintf(path, sizeof(path), "%s%s", f->path, suffix);
	remove(path);
}

static void remove_database(const struct fixture *f)
{
	remove_file(f, "");
	remove_file(f, "-wal");
	remove_file(f, "-journal");
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int ret;

	store_close(f->store, 0);
	registry_destroy(f->registry);
	loop_destroy(f->loop);
	remove_database(f);
	remove_file(f, ".version");
	remove_file(f, ".version.new");
	ret = rmdir(f->dir); /* nothing else is left lying about */
	free(f);
	return ret;
}

/* Changes the database behind the store's back; the faulty VFS can do without shared memory only
 * then. */
static void sql(const struct fixture *f, const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	sqlite3_close(db);
}

/*
 * What is written is there.
 */

static void draw_record(struct fixture *f, struct record *record, uint32_t number)
{
	record_set_name(record, number);
	record_draw(record, &f->lots);
	if (record_is_owned(record))
		record->version >>= 2; /* as those that we give out */
}

static void put(struct changes *changes, uint32_t id, const struct record *record)
{
	assert_true(changes_put(changes, id, record));
}

static void assert_loaded(struct fixture *f, uint32_t id, const struct record *want)
{
	struct record got;

	assert_true(registry_has(f->registry, id));
	registry_get(f->registry, id, &got);
	assert_record("loaded", &got, want);
}

static void records_of_every_kind_come_back(void **state)
{
	struct fixture *f = *state;
	struct record *records = calloc(NAMES, sizeof(*records));
	struct changes *changes = changes_create();

	open_store(f);
	for (uint32_t i = 0; i < NAMES; i++) {
		draw_record(f, &records[i], i);
		put(changes, i * 3, &records[i]);
	}
	for (uint32_t i = 0; i < NAMES; i += 5) {
		draw_record(f, &records[i], i); /* replaced in the same batch */
		put(changes, i * 3, &records[i]);
	}
	write_batch(f, changes);
	changes = changes_create();
	for (uint32_t i = 1; i < NAMES; i += 5)
		changes_delete(changes, i * 3);
	write_batch(f, changes);
	close_store(f, 0);

	open_store(f);
	for (uint32_t i = 0; i < NAMES; i++) {
		if (i % 5 == 1)
			assert_false(registry_has(f->registry, i * 3));
		else
			assert_loaded(f, i * 3, &records[i]);
	}
	assert_int_equal(registry_count(f->registry), NAMES - NAMES / 5);
	free(records);
}

static struct in_addr member_of(uint32_t i)
{
	return (struct in_addr){ htonl(0x0a010000 + i) };
}

static void assert_members(struct fixture *f, uint32_t group, size_t want)
{
	struct in_addr address;
	lease_time expiry;
	uint32_t cursor = 0;

	assert_int_equal(registry_member_count(f->registry, group), want);
	while (registry_member_next(f->registry, group, &cursor, &address, &expiry))
		assert_int_equal(ntohl(address.s_addr) - 0x0a010000, expiry - 100 * group);
}

static void members_come_back(void **state)
{
	struct fixture *f = *state;
	struct changes *changes = changes_create();
	struct record record = { .kind = RECORD_GROUP };

	open_store(f);
	for (uint32_t group = 1; group <= 4; group++) {
		record_set_name(&record, group);
		put(changes, group, &record);
		for (uint32_t i = 0; i < 50; i++)
			changes_member_put(changes, group, member_of(i), 7);
		for (uint32_t i = 0; i < 50; i++)
			changes_member_put(changes, group, member_of(i), 100 * group + i);
	}
	write_batch(f, changes);

	/* 1 loses ten, 2 goes, 3 becomes a unique name and a group again, 4 is put as it is. */
	changes = changes_create();
	for (uint32_t i = 0; i < 10; i++)
		changes_member_delete(changes, 1, member_of(i));
	changes_delete(changes, 2);
	record_set_name(&record, 3);
	record.kind = RECORD_UNIQUE;
	put(changes, 3, &record);
	record.kind = RECORD_GROUP;
	put(changes, 3, &record);
	record_set_name(&record, 4);
	put(changes, 4, &record);
	write_batch(f, changes);
	close_store(f, 0);

	open_store(f);
	assert_members(f, 1, 40);
	assert_false(registry_has(f->registry, 2));
	assert_members(f, 3, 0);
	assert_members(f, 4, 50);

	/* After a start, too, a group that goes takes its members along. */
	changes = changes_create();
	changes_delete(changes, 4);
	put(changes, 4, &record);
	write_batch(f, changes);
	close_store(f, 0);
	open_store(f);
	assert_members(f, 4, 0);
}

static void submit_own(struct fixture *f, uint32_t id, uint64_t version)
{
	struct changes *changes = changes_create();
	struct record record = { .version = version };

	record_set_name(&record, id);
	put(changes, id, &record);
	store_submit(f->store, changes, 5000 + id);
}

/* Everything that is waiting when the store is closed is written and reported. */
static void closing_writes_what_is_queued(void **state)
{
	struct fixture *f = *state;

	open_store(f);
	for (uint32_t i = 0; i < 100; i++)
		submit_own(f, i, i + 1);
	assert_true(store_pending(f->store) > 0);
	close_store(f, 0);
	assert_int_equal(f->committed, 100);
	open_store(f);
	assert_int_equal(registry_count(f->registry), 100);
}

/*
 * What a start knows of the last run.
 */

/* A run that ends without store_close(): in a child that is killed once everything is committed. */
static void run_and_die(struct fixture *f, uint32_t first, uint32_t count)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct fixture child = *f;

		child.committed = 0;
		open_loop(&child);
		open_store(&child);
		for (uint32_t i = first; i < first + count; i++)
			submit_own(&child, i, child.start.next_version++);
		child.wanted = (int)count;
		loop_run(child.loop);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void the_lease_clock_and_the_clean_mark_are_kept(void **state)
{
	struct fixture *f = *state;

	open_store(f);
	assert_true(f->start.clean); /* new */
	assert_int_equal(f->start.lease_now, 0);
	close_store(f, 777);

	open_store(f);
	assert_true(f->start.clean);
	assert_int_equal(f->start.lease_now, 777);
	close_store(f, 778);

	run_and_die(f, 0, 3);
	assert_int_equal(try_open(f), 0);
	assert_false(f->start.clean);
	assert_int_equal(f->start.lease_now, 5002);
	close_store(f, 999); /* never ran: nothing is marked */
	assert_int_equal(try_open(f), 0);
	assert_false(f->start.clean);
	assert_int_equal(f->start.lease_now, 5002);
	run_store(f);
	close_store(f, 6000);
	open_store(f);
	assert_true(f->start.clean);
	assert_int_equal(f->start.lease_now, 6000);
}

static const struct loss_case {
	const char *what;
	bool database, file;
} loss_cases[] = {
	{ "nothing", false, false },           { "the database", true, false },
	{ "the file", false, true },           { "nothing, after the file", false, false },
	{ "the database again", true, false }, { "both", true, true },
	{ "the file, then", false, true },
};

static void versions_never_repeat(void **state)
{
	struct fixture *f = *state;
	uint64_t last = 0;

	for (size_t i = 0; i < ARRAY_SIZE(loss_cases); i++) {
		const struct loss_case *c = &loss_cases[i];

		if (c->database)
			remove_database(f);
		if (c->file)
			remove_file(f, ".version");
		open_store(f);
		if (i == 0 || (c->database && c->file))
			assert_true(f->start.next_version == (uint64_t)WALL_S << 20);
		else if (f->start.next_version <= last)
			fail_msg("lost: %s: %llu after %llu", c->what,
				 (unsigned long long)f->start.next_version,
				 (unsigned long long)last);
		last = f->start.next_version + 5000000 * (i % 2); /* past what was reserved */
		submit_own(f, 1, last);
		close_store(f, 0);
	}
}

/* Versions of removed records count, those of other servers do not. */
static void versions_are_those_given_out(void **state)
{
	struct fixture *f = *state;
	struct changes *changes = changes_create();
	struct record record = { .owner.s_addr = 1, .version = UINT64_MAX };

	open_store(f);
	submit_own(f, 1, 1000);
	write_batch(f, changes_create());
	record_set_name(&record, 2);
	put(changes, 2, &record);
	changes_delete(changes, 1);
	write_batch(f, changes);
	close_store(f, 0);
	remove_file(f, ".version");
	open_store(f);
	assert_true(f->start.next_version == (uint64_t)WALL_S << 20);
	assert_loaded(f, 2, &record);
}

/* Without the order to, SQLite syncs only now and then; with it at every commit. */
static void commits_are_synced(void **state)
{
	struct fixture *f = *state;

	for (int normal = 0; normal <= 1; normal++) {
		int before;

		f->normal = normal == 1;
		open_store(f);
		submit_own(f, 0, 10); /* with the first commit come files to sync */
		write_batch(f, changes_create());
		before = faulty_count(FAULTY_SYNC);
		for (uint32_t i = 0; i < 10; i++) {
			submit_own(f, i, i);
			write_batch(f, changes_create());
		}
		if (f->normal)
			assert_int_equal(faulty_count(FAULTY_SYNC), before);
		else
			assert_true(faulty_count(FAULTY_SYNC) >= before + 10);
		close_store(f, 0);
	}
}

/* Whenever the process is killed: what was reported as committed is there, in order. */
static void killed_runs_keep_what_was_committed(void **state)
{
	struct fixture *f = *state;

	for (int round = 0; round < 5; round++) {
		uint32_t acknowledged = 0, id;
		int pipes[2];
		pid_t pid;

		assert_int_equal(pipe(pipes), 0);
		pid = fork();
		if (pid == 0) {
			struct fixture child = *f;

			open_loop(&child);
			open_store(&child);
			for (id = 0;; id++) {
				submit_own(&child, id, child.start.next_version++);
				child.wanted = child.committed + 1;
				loop_run(child.loop);
				if (write(pipes[1], &id, sizeof(id)) != sizeof(id))
					_exit(1);
			}
		}
		close(pipes[1]);
		while (acknowledged < 20 + 10 * (uint32_t)round &&
		       read(pipes[0], &id, sizeof(id)) == sizeof(id))
			acknowledged = id + 1;
		kill(pid, SIGKILL);
		while (read(pipes[0], &id, sizeof(id)) == sizeof(id))
			acknowledged = id + 1;
		close(pipes[0]);
		waitpid(pid, NULL, 0);

		if (try_open(f) < 0)
			fail_msg("%s", f->error);
		assert_true(acknowledged >= 20);
		for (id = 0; id < acknowledged; id++)
			assert_true(registry_has(f->registry, id));
		assert_false(f->start.clean);
		close_store(f, 0);
		remove_database(f);
	}
}

/*
 * Faults while it runs.
 */

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

	open_store(f);
	for (size_t i = 0; i < ARRAY_SIZE(fault_cases); i++) {
		const struct fault_case *c = &fault_cases[i];

		f->wanted = f->committed = f->troubles = f->recoveries = 0;
		write_batch(f, changes_create());
		faulty_fail(c->call, c->times, c->code, c->error);
		for (int n = 0; n < 10; n++, id++)
			submit_own(f, id, id + 1);
		f->wanted = f->committed + 10;
		loop_run(f->loop);
		if (f->troubles != 1 || f->recoveries != 1 || f->committed != 11)
			fail_msg("%s: %d troubles, %d ended", c->what, f->troubles, f->recoveries);
		if (strstr(f->trouble, c->want) == NULL || strstr(f->trouble, f->path) == NULL)
			fail_msg("%s: \"%s\"", c->what, f->trouble);
	}
	close_store(f, 0);
	open_store(f);
	assert_int_equal(registry_count(f->registry), id);
}

static void a_fault_to_the_end_leaves_what_was_committed(void **state)
{
	struct fixture *f = *state;

	open_store(f);
	submit_own(f, 1, 1);
	f->wanted = 1;
	loop_run(f->loop);
	faulty_fail(FAULTY_WRITE, 1000, SQLITE_FULL, ENOSPC);
	f->wanted = 0;
	submit_own(f, 2, 2);
	loop_run(f->loop);
	assert_int_equal(f->troubles, 1);
	submit_own(f, 3, 3);
	close_store(f, 9999);
	assert_int_equal(f->committed, 1);
	faulty_fail(FAULTY_WRITE, 0, SQLITE_OK, 0);
	assert_int_equal(try_open(f), 0);
	assert_int_equal(registry_count(f->registry), 1);
	assert_false(f->start.clean);
}

/* What is written to a file that nobody finds again is lost. */
static void a_database_that_is_gone_holds_the_commit(void **state)
{
	struct fixture *f = *state;
	char elsewhere[96];

	open_store(f);
	submit_own(f, 1, 1);
	f->wanted = 1;
	loop_run(f->loop);
	snprintf(elsewhere, sizeof(elsewhere), "%s.away", f->path);
	assert_int_equal(rename(f->path, elsewhere), 0);
	f->wanted = 0;
	submit_own(f, 2, 2);
	loop_run(f->loop);
	assert_int_equal(f->troubles, 1);
	assert_non_null(strstr(f->trouble, ": has been moved or removed"));
	assert_int_equal(f->committed, 1);

	assert_int_equal(rename(elsewhere, f->path), 0);
	f->wanted = 2;
	loop_run(f->loop);
	assert_int_equal(f->recoveries, 1);
	close_store(f, 0);
	open_store(f);
	assert_int_equal(registry_count(f->registry), 2);
}

/* The file of versions belongs to a commit as the database does. */
static void versions_that_cannot_be_reserved_hold_the_commit(void **state)
{
	struct fixture *f = *state;
	char path[96];

	open_store(f);
	snprintf(path, sizeof(path), "%s.version.new", f->path);
	assert_int_equal(mkdir(path, 0755), 0);
	submit_own(f, 1, 1);
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
	open_store(f);
	for (uint32_t round = 0; round < 5; round++) {
		struct changes *changes = changes_create();

		for (uint32_t i = 0; i < 40000; i++) {
			record_set_name(&record, i);
			record.expiry = round;
			put(changes, i, &record);
		}
		write_batch(f, changes);
	}
	snprintf(path, sizeof(path), "%s-wal", f->path);
	assert_int_equal(stat(path, &log), 0);
	assert_int_equal(stat(f->path, &database), 0);
	assert_true(database.st_size > 40000 * 50);
	assert_true(log.st_size < 4 * database.st_size);
}

/*
 * What does not start, and what is said.
 */

static void overwrite(const struct fixture *f, const char *suffix, long offset, int byte,
		      size_t len)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", f->path, suffix);
	file = fopen(path, "r+");
	if (file == NULL)
		file = fopen(path, "w");
	assert_non_null(file);
	fseek(file, offset, SEEK_SET);
	while (len-- > 0)
		fputc(byte, file);
	fclose(file);
}

static void damage_header(const struct fixture *f)
{
	overwrite(f, "", 0, 'x', 16);
}

static void damage_first_page(const struct fixture *f)
{
	overwrite(f, "", 100, 0xff, 400);
}

static void damage_pages(const struct fixture *f)
{
	overwrite(f, "", 4096, 0xa5, 3 * 4096);
}

static void cut(const struct fixture *f)
{
	assert_int_equal(truncate(f->path, 6 * 4096 + 100), 0);
}

static void cut_to_nothing_but_a_header(const struct fixture *f)
{
	assert_int_equal(truncate(f->path, 100), 0);
}

static void be_no_database(const struct fixture *f)
{
	overwrite(f, "", 0, '\n', 100000);
}

static void have_a_record_of_no_kind(const struct fixture *f)
{
	sql(f, "UPDATE names SET kind = 4 WHERE id = 7");
}

static void have_a_short_name(const struct fixture *f)
{
	sql(f, "UPDATE names SET name = x'41' WHERE id = 7");
}

static void have_a_name_in_text(const struct fixture *f)
{
	sql(f, "UPDATE names SET name = 'ABCDEFGHIJKLMNOP' WHERE id = 7");
}

static void have_half_an_address(const struct fixture *f)
{
	sql(f, "UPDATE names SET addresses = x'0a0000' WHERE id = 7");
}

static void have_26_addresses(const struct fixture *f)
{
	sql(f, "UPDATE names SET kind = 2, addresses = zeroblob(312) WHERE id = 7");
}

static void have_a_group_with_an_address(const struct fixture *f)
{
	sql(f, "UPDATE names SET kind = 1, addresses = zeroblob(12) WHERE id = 7");
}

static void have_a_record_twice(const struct fixture *f)
{
	sql(f, "INSERT INTO names SELECT 100000, name, scope, kind, state, node_type, static, "
	       "owner, version, expiry, registered_by, addresses FROM names WHERE id = 7");
}

static void have_a_number_out_of_range(const struct fixture *f)
{
	sql(f, "UPDATE names SET id = 4294967295 WHERE id = 7");
}

static void have_a_member_of_nothing(const struct fixture *f)
{
	sql(f, "INSERT INTO members VALUES (100000, 1, 1)");
}

static void have_a_member_of_a_unique_name(const struct fixture *f)
{
	sql(f, "INSERT INTO members SELECT max(id), 1, 1 FROM names WHERE kind = 0");
}

static void have_no_service(const struct fixture *f)
{
	sql(f, "DELETE FROM service");
}

static void lack_a_table(const struct fixture *f)
{
	sql(f, "DROP TABLE members");
}

static void be_newer(const struct fixture *f)
{
	sql(f, "PRAGMA user_version = 1000");
}

static void be_somebody_elses(const struct fixture *f)
{
	sql(f, "PRAGMA application_id = 77");
}

static void be_anybodys(const struct fixture *f)
{
	remove_database(f);
	sql(f, "CREATE TABLE recipes (name TEXT)");
}

static void be_a_directory(const struct fixture *f)
{
	remove_database(f);
	assert_int_equal(mkdir(f->path, 0755), 0);
}

static void have_a_bad_version_file(const struct fixture *f)
{
	overwrite(f, ".version", 0, '?', 3);
}

static const struct start_case {
	void (*prepare)(const struct fixture *f);
	const char *what;
	int want;
	const char *text; /* of the sentence, behind the file's name */
} start_cases[] = {
	{ damage_header, "a damaged header", -EBADMSG, ": is damaged; put back" },
	{ damage_first_page, "a damaged first page", -EBADMSG, ": is damaged" },
	{ damage_pages, "damaged pages", -EBADMSG, ": is damaged" },
	{ cut, "a file cut off", -EBADMSG, ": is damaged" },
	{ cut_to_nothing_but_a_header, "a header only", -EBADMSG, ": is damaged" },
	{ be_no_database, "no database", -EBADMSG, ": is damaged" },
	{ have_a_record_of_no_kind, "a kind", -EBADMSG, ": is damaged" },
	{ have_a_short_name, "a short name", -EBADMSG, ": is damaged" },
	{ have_a_name_in_text, "a name in text", -EBADMSG, ": is damaged" },
	{ have_half_an_address, "half an address", -EBADMSG, ": is damaged" },
	{ have_26_addresses, "too many addresses", -EBADMSG, ": is damaged" },
	{ have_a_group_with_an_address, "a group with an address", -EBADMSG, ": is damaged" },
	{ have_a_record_twice, "a name twice", -EEXIST, ": is damaged" },
	{ have_a_number_out_of_range, "an id", -EINVAL, ": is damaged" },
	{ have_a_member_of_nothing, "a member without a group", -ENOENT, ": is damaged" },
	{ have_a_member_of_a_unique_name, "a member of no group", -ENOENT, ": is damaged" },
	{ have_no_service, "an empty table", -EBADMSG, ": is damaged" },
	{ lack_a_table, "a missing table", -EBADMSG, ": is damaged" },
	{ be_newer, "a newer schema", -EPROTO, ": was written by a newer nbnsd" },
	{ be_somebody_elses, "another program's id", -EEXIST, ": is a database of another" },
	{ be_anybodys, "another program's tables", -EEXIST, ": is a database of another" },
	{ be_a_directory, "a directory", -EACCES, ": cannot be opened" },
	{ have_a_bad_version_file, "a bad version file", -EINVAL, ".version: is damaged: it must" },
};

static void fill(struct fixture *f)
{
	struct changes *changes = changes_create();
	struct record record;

	open_store(f);
	for (uint32_t i = 0; i < 2000; i++) {
		draw_record(f, &record, i);
		put(changes, i, &record);
	}
	write_batch(f, changes);
	close_store(f, 0);
}

static void assert_sentence(const struct fixture *f, const char *what, const char *text)
{
	if (strncmp(f->error, f->path, strlen(f->path)) != 0 ||
	    strncmp(f->error + strlen(f->path), text, strlen(text)) != 0 ||
	    strchr(f->error, '\n') != NULL)
		fail_msg("%s: \"%s\"", what, f->error);
}

static void what_is_wrong_is_said_in_a_sentence(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(start_cases); i++) {
		const struct start_case *c = &start_cases[i];
		int ret;

		fill(f);
		c->prepare(f);
		ret = try_open(f);
		if (ret != c->want)
			fail_msg("%s: %d, wanted %d: %s", c->what, ret, c->want, f->error);
		assert_sentence(f, c->what, c->text);
		close_store(f, 0);
		remove_database(f);
		remove_file(f, ".version");
	}
}

/* In a process of its own, because locks are a process's; it begins before the first one has a
 * thread, which might hold a lock of SQLite's. It waits for a byte from the pipe. */
static pid_t start_second(const struct fixture *f, int pipe)
{
	pid_t pid = fork();
	struct fixture second = { .store = NULL };
	char byte;

	if (pid != 0)
		return pid;
	memcpy(second.path, f->path, sizeof(second.path));
	_exit(read(pipe, &byte, 1) == 1 && try_open(&second) == -EBUSY &&
			      strstr(second.error, ": is in use by another process") != NULL
		      ? 0
		      : 1);
}

static void a_second_one_is_refused(void **state)
{
	struct fixture *f = *state;
	int pipes[2], status;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = start_second(f, pipes[0]);
	open_store(f);
	assert_int_equal(write(pipes[1], "", 1), 1);
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);

	/* The first goes on, and when it has ended the next may start. */
	submit_own(f, 1, 1);
	f->wanted = 1;
	loop_run(f->loop);
	close_store(f, 0);
	open_store(f);
}

/* Root may write everywhere: somebody else must try. */
static int try_as_nobody(struct fixture *f, char *error)
{
	struct fixture *other = f;
	int pipes[2], status;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		int ret;

		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(99);
		ret = try_open(other);
		if (write(pipes[1], other->error, STORE_ERROR_MAX) != STORE_ERROR_MAX)
			_exit(99);
		_exit(-ret);
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], error, STORE_ERROR_MAX), STORE_ERROR_MAX);
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -99;
}

static const struct access_case {
	const char *what;
	mode_t dir, file, version;
	int want;
	const char *text;
} access_cases[] = {
	{ "a directory that cannot be entered", 0700, 0666, 0666, -EACCES,
	  ": cannot be opened: it and its directory must be writable" },
	{ "a directory that cannot be written", 0755, 0666, 0666, -EROFS, ": cannot be opened" },
	{ "a database that cannot be read", 0777, 0600, 0666, -EACCES, ": cannot be opened" },
	{ "a database that cannot be written", 0777, 0644, 0666, -EROFS, ": cannot be opened" },
	{ "a version file that cannot be read", 0777, 0666, 0600, -EACCES,
	  ".version: cannot be opened" },
};

static void what_may_not_be_written_is_said(void **state)
{
	struct fixture *f = *state;
	char version_path[96];

	if (geteuid() != 0)
		skip();
	fill(f);
	snprintf(version_path, sizeof(version_path), "%s.version", f->path);
	for (size_t i = 0; i < ARRAY_SIZE(access_cases); i++) {
		const struct access_case *c = &access_cases[i];
		int ret;

		chmod(f->dir, c->dir);
		chmod(f->path, c->file);
		chmod(version_path, c->version);
		ret = try_as_nobody(f, f->error);
		if (ret != c->want)
			fail_msg("%s: %d, wanted %d: %s", c->what, ret, c->want, f->error);
		assert_sentence(f, c->what, c->text);
	}
}

static void a_missing_directory_is_said(void **state)
{
	struct fixture *f = *state;
	char path[64];

	memcpy(path, f->path, sizeof(path));
	snprintf(f->path, sizeof(f->path), "%.40s/none/names.db", f->dir);
	assert_int_equal(try_open(f), -EACCES);
	assert_sentence(f, "a missing directory", ": cannot be opened");
	assert_non_null(strstr(f->error, "No such file or directory"));
	memcpy(f->path, path, sizeof(path));
}

/*
 * Copies.
 */

static void note_backup(void *ctx, const char *error)
{
	struct fixture *f = ctx;

	f->backups++;
	snprintf(f->error, sizeof(f->error), "%s", error != NULL ? error : "");
	loop_stop(f->loop);
}

static void back_up(struct fixture *f, const char *path)
{
	f->backups = 0;
	assert_int_equal(store_backup(f->store, path, note_backup, f), 0);
	assert_int_equal(store_backup(f->store, path, note_backup, f), -EBUSY);
	f->wanted = -1;
	while (f->backups == 0)
		loop_run(f->loop);
}

/* Numbers first to end - 1; batches are not waited for. */
static void submit_some(struct fixture *f, uint32_t first, uint32_t end)
{
	struct record record;

	for (; first < end; first += 10) {
		struct changes *changes = changes_create();

		for (uint32_t i = first; i < first + 10; i++) {
			f->lots.state = i;
			draw_record(f, &record, i);
			put(changes, i, &record);
		}
		store_submit(f->store, changes, 0);
	}
}

static void copy_path(const struct fixture *f, char path[96])
{
	snprintf(path, 96, "%s.copy", f->path);
}

static void a_copy_made_under_way_can_be_put_in_place(void **state)
{
	struct fixture *f = *state;
	struct record want;
	char copy[96];

	copy_path(f, copy);
	open_store(f);
	submit_some(f, 0, NAMES);
	f->wanted = NAMES / 10;
	loop_run(f->loop);
	submit_some(f, NAMES, 2 * NAMES); /* beside the copy */
	back_up(f, copy);
	assert_string_equal(f->error, "");
	close_store(f, 77);
	sql(f, "DELETE FROM names");
	remove_file(f, ".copy.new"); /* is not there */

	assert_int_equal(store_restore(f->path, copy, f->error), 0);
	open_store(f);
	assert_false(f->start.clean); /* it ran when it was copied */
	for (uint32_t i = 0; i < NAMES; i++) {
		f->lots.state = i;
		draw_record(f, &want, i);
		assert_loaded(f, i, &want);
	}
	remove(copy);
}

static void a_copy_that_cannot_be_written_is_said(void **state)
{
	struct fixture *f = *state;
	char path[96];

	snprintf(path, sizeof(path), "%.40s/none/copy", f->dir);
	open_store(f);
	back_up(f, path);
	assert_non_null(strstr(f->error, "/none/copy: cannot be written (No such file"));
	back_up(f, f->dir);
	assert_non_null(strstr(f->error, ": cannot be written (Is a directory)"));
	snprintf(path, sizeof(path), "%.40s.new", f->dir);
	assert_int_equal(access(path, F_OK), -1);
	write_batch(f, changes_create()); /* it goes on */
}

static void a_copy_is_dropped_at_the_end(void **state)
{
	struct fixture *f = *state;
	char copy[96];

	copy_path(f, copy);
	fill(f);
	open_store(f);
	f->backups = 0;
	assert_int_equal(store_backup(f->store, copy, note_backup, f), 0);
	close_store(f, 0);
	assert_int_equal(f->backups, 1);
	if (*f->error == '\0') /* it was small, and quick */
		assert_int_equal(remove(copy), 0);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void what_is_no_copy_is_not_put_in_place(void **state)
{
	struct fixture *f = *state;
	char copy[96];

	copy_path(f, copy);
	fill(f);
	assert_int_equal(store_restore(f->path, copy, f->error), -ENOENT);
	assert_sentence(f, "no file", ".copy: cannot be opened (No such file or directory)");
	write_text(copy, "");
	assert_int_equal(store_restore(f->path, copy, f->error), -EBADMSG);
	assert_sentence(f, "an empty file", ".copy: is no copy of a database of nbnsd");
	write_text(copy,
		   "names of my own, and more than a header of SQLite has in bytes, which is 100");
	assert_int_equal(store_restore(f->path, copy, f->error), -EBADMSG);
	write_text(copy, "");
	open_store(f);
	back_up(f, copy);
	assert_int_equal(store_restore(f->path, copy, f->error), -EBUSY);
	close_store(f, 0);
	remove(copy);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(records_of_every_kind_come_back),
		TEST(members_come_back),
		TEST(closing_writes_what_is_queued),
		TEST(the_lease_clock_and_the_clean_mark_are_kept),
		TEST(versions_never_repeat),
		TEST(versions_are_those_given_out),
		TEST(commits_are_synced),
		TEST(killed_runs_keep_what_was_committed),
		TEST(faults_are_survived),
		TEST(a_fault_to_the_end_leaves_what_was_committed),
		TEST(a_database_that_is_gone_holds_the_commit),
		TEST(versions_that_cannot_be_reserved_hold_the_commit),
		TEST(the_log_is_moved_now_and_then),
		TEST(what_is_wrong_is_said_in_a_sentence),
		TEST(a_second_one_is_refused),
		TEST(what_may_not_be_written_is_said),
		TEST(a_missing_directory_is_said),
		TEST(a_copy_made_under_way_can_be_put_in_place),
		TEST(a_copy_that_cannot_be_written_is_said),
		TEST(a_copy_is_dropped_at_the_end),
		TEST(what_is_no_copy_is_not_put_in_place),
	};

	faulty_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
