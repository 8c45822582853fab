/* Copies of the database, and one in its place. */
#include "nbnsd/store/store.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/loop.h"
#include "faulty_vfs.h"
#include "nbnsd/registry/registry.h"
#include "stores.h"
#include "support.h"

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

static void start_backup(struct fixture *f, const char *path, bool replace)
{
	const struct store_copy copy = {
		.path = path, .replace = replace, .done = note_backup, .ctx = f
	};

	assert_int_equal(store_backup(f->store, &copy), 0);
}

static void back_up(struct fixture *f, const char *path)
{
	f->backups = 0;
	start_backup(f, path, true);
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
			stores_draw(f, &record, i);
			stores_put(changes, i, &record);
		}
		store_submit(f->store, changes, 0);
	}
}

static void copy_path(const struct fixture *f, char path[96])
{
	snprintf(path, 96, "%s.copy", f->path);
}

static void assert_no_half_file(const char *path)
{
	char half[128];

	snprintf(half, sizeof(half), "%s.new", path);
	assert_int_equal(access(half, F_OK), -1);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void a_copy_that_cannot_be_written_is_said(void **state)
{
	struct fixture *f = *state;
	char path[96];

	snprintf(path, sizeof(path), "%.40s/none/copy", f->dir);
	stores_open(f);
	back_up(f, path);
	assert_non_null(strstr(f->error, "/none/copy: cannot be written (No such file"));
	back_up(f, f->dir);
	assert_non_null(strstr(f->error, ": cannot be written (Is a directory)"));
	assert_no_half_file(f->dir);
	stores_write(f, changes_create()); /* it goes on */
}

static void a_file_that_is_there_is_replaced_if_that_is_said(void **state)
{
	struct fixture *f = *state;
	struct stat there;
	char copy[96];

	copy_path(f, copy);
	stores_fill(f);
	stores_open(f);
	write_text(copy, "something else");
	f->backups = 0;
	start_backup(f, copy, false);
	while (f->backups == 0)
		loop_run(f->loop);
	stores_assert_sentence(f, "it is there", ".copy: is there already: --replace");
	assert_int_equal(stat(copy, &there), 0);
	assert_int_equal(there.st_size, strlen("something else"));
	assert_no_half_file(copy);

	f->backups = 0;
	start_backup(f, copy, true);
	start_backup(f, copy, false); /* one after the other */
	while (f->backups < 1)
		loop_run(f->loop);
	while (f->backups < 2)
		loop_run(f->loop);
	stores_assert_sentence(f, "it is there", ".copy: is there already: --replace");
	assert_int_equal(stat(copy, &there), 0);
	assert_true(there.st_size > 10000);
	assert_int_equal(there.st_mode & 0777, 0600);
	remove(copy);
}

/* By somebody who may write to the directory: what is behind it stays as it is. */
static void what_is_planted_in_the_place_is_not_followed(void **state)
{
	struct fixture *f = *state;
	char copy[96], half[128], mine[128];
	struct stat there;

	copy_path(f, copy);
	snprintf(half, sizeof(half), "%s.new", copy);
	snprintf(mine, sizeof(mine), "%s.mine", copy);
	stores_fill(f);
	stores_open(f);
	for (int i = 0; i < 4; i++) {
		write_text(mine, "mine");
		if (i == 0)
			assert_int_equal(symlink(mine, half), 0);
		else if (i == 1)
			assert_int_equal(link(mine, half), 0);
		else if (i == 2)
			assert_int_equal(mkfifo(half, 0600), 0);
		else
			assert_int_equal(symlink(mine, copy), 0);
		back_up(f, copy);
		assert_string_equal(f->error, "");
		assert_no_half_file(copy);
		assert_int_equal(lstat(copy, &there), 0);
		assert_true(S_ISREG(there.st_mode) && there.st_size > 10000);
		assert_int_equal(stat(mine, &there), 0);
		assert_int_equal(there.st_size, strlen("mine"));
		remove(copy);
	}
	remove(mine);
}

static void a_copy_is_dropped_at_the_end(void **state)
{
	struct fixture *f = *state;
	char copy[96];

	copy_path(f, copy);
	stores_fill(f);
	stores_open(f);
	f->backups = 0;
	start_backup(f, copy, true);
	stores_close(f, 0);
	assert_int_equal(f->backups, 1);
	if (*f->error == '\0') /* it was small, and quick */
		assert_int_equal(remove(copy), 0);
	assert_no_half_file(copy);
}

/* What fills the disk may be the copy: it has to go although no commit succeeds. */
static void a_copy_ends_although_commits_fail(void **state)
{
	struct fixture *f = *state;
	char copy[96];

	copy_path(f, copy);
	stores_fill(f);
	stores_open(f);
	stores_write(f, changes_create());
	f->wanted = f->backups = 0;
	faulty_fail(FAULTY_WRITE, 100000, SQLITE_FULL, ENOSPC);
	stores_submit(f, 1, 1);
	while (f->troubles == 0)
		loop_run(f->loop);
	start_backup(f, copy, true);
	while (f->backups == 0)
		loop_run(f->loop);
	stores_assert_sentence(f, "a full disk", ".copy: cannot be written");
	assert_int_equal(access(copy, F_OK), -1);
	assert_no_half_file(copy);
	faulty_fail(FAULTY_WRITE, 0, SQLITE_OK, 0);
	while (f->recoveries == 0) {
		f->wanted = f->committed + 1;
		loop_run(f->loop);
	}
}

static bool refuse(void *ctx)
{
	(void)ctx;
	return false;
}

static void count_made(void *ctx)
{
	struct fixture *f = ctx;

	f->made++;
}

static void who_wants_it_is_asked_before_and_told_after(void **state)
{
	struct fixture *f = *state;
	char copy[96];
	struct store_copy wanted = { .path = copy, .made = count_made, .done = note_backup };

	copy_path(f, copy);
	wanted.ctx = f;
	stores_open(f);
	assert_int_equal(store_backup(f->store, &wanted), 0);
	while (f->backups == 0)
		loop_run(f->loop);
	assert_int_equal(f->made, 1);
	assert_int_equal(remove(copy), 0);

	wanted.begin = refuse;
	assert_int_equal(store_backup(f->store, &wanted), 0);
	while (f->backups == 1)
		loop_run(f->loop);
	assert_string_equal(f->error, "");
	assert_int_equal(f->made, 1);
	assert_int_equal(access(copy, F_OK), -1);
}

static const struct belongs_case {
	const char *file;
	bool want;
} belongs_cases[] = {
	{ "/tmp/names.db", true },          { "/tmp/./names.db", true },
	{ "/tmp/names.db-wal", true },      { "/tmp/names.db.version", true },
	{ "/tmp/names.db.old", true },      { "/tmp/names.db.restore", true },
	{ "/tmp/names.db.backup", false },  { "/tmp/names.dbs", false },
	{ "/var/names.db", false },         { "/tmp/names", false },
	{ "/tmp/nowhere/names.db", false },
};

static void files_of_the_database_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(belongs_cases); i++)
		if (store_is_file_of("/tmp/names.db", belongs_cases[i].file) !=
		    belongs_cases[i].want)
			fail_msg("%s", belongs_cases[i].file);
}

/*
 * Restore.
 */

#define FIRST_VERSION ((uint64_t)WALL_S << 22) /* above what follows from the clock */

static struct registry *trial;

static int try_record(void *ctx, uint32_t id, const struct record *record)
{
	(void)ctx;
	return registry_load(trial, id, record);
}

static int try_member(void *ctx, uint32_t group, struct in_addr member, lease_time expiry)
{
	(void)ctx;
	return registry_member_load(trial, group, member, expiry);
}

static int stage(struct fixture *f, const char *copy, bool foreign, uint64_t *last)
{
	const struct store_loader loader = { try_record, try_member, NULL, NULL };
	const struct store_staging staging = {
		.path = f->path,
		.copy = copy,
		.first_version = FIRST_VERSION,
		.audit_key = f->start.audit_key,
		.foreign = foreign,
		.loader = &loader,
	};
	int ret;

	trial = registry_create((const uint8_t *)"a key of a test.");
	ret = store_stage(&staging, last, f->error);
	registry_destroy(trial);
	return ret;
}

static void assert_restored(struct fixture *f, uint32_t id, uint64_t last)
{
	struct record want, got;

	f->lots.state = id;
	stores_draw(f, &want, id);
	assert_true(registry_has(f->registry, id));
	registry_get(f->registry, id, &got);
	if (record_is_owned(&got)) {
		assert_true(got.version >= FIRST_VERSION && got.version <= last);
		assert_true(f->start.next_version > got.version);
		got.version = want.version;
	}
	assert_record("restored", &got, &want);
}

/* Copied while 400 more are being written; then all of it goes. */
static void make_copy_and_lose(struct fixture *f, const char *copy)
{
	stores_open(f);
	submit_some(f, 0, NAMES);
	f->wanted = NAMES / 10;
	loop_run(f->loop);
	submit_some(f, NAMES, 2 * NAMES); /* beside the copy */
	back_up(f, copy);
	assert_string_equal(f->error, "");
	stores_close(f, 77);
	stores_sql(f, "DELETE FROM names");
	assert_no_half_file(copy);
}

static void a_copy_made_under_way_can_be_put_in_place(void **state)
{
	struct fixture *f = *state;
	uint64_t last, before;
	char copy[96];

	snprintf(copy, sizeof(copy), "%s.co?y #1 50%%",
		 f->path); /* which mean something in a URI */
	make_copy_and_lose(f, copy);
	before = f->start.next_version;
	assert_int_equal(stage(f, copy, false, &last), 0);
	assert_int_equal(store_take_staged(f->path, last, f->error), 0);
	stores_open(f);
	assert_false(f->start.clean); /* it ran when it was copied */
	assert_true(f->start.next_version > last && f->start.next_version > before);
	for (uint32_t i = 0; i < NAMES; i++)
		assert_restored(f, i, last);
	stores_close(f, 78);
	remove(copy);

	/* What was there is kept, and is a copy, too. */
	snprintf(copy, sizeof(copy), "%s.old", f->path);
	assert_int_equal(stage(f, copy, false, &last), 0);
	assert_int_equal(store_take_staged(f->path, last, f->error), 0);
	stores_open(f);
	assert_int_equal(registry_count(f->registry), 0);
	stores_remove_file(f, ".old");
}

static void versions_are_reserved_before_they_are_seen(void **state)
{
	struct fixture *f = *state;
	uint64_t last;
	char copy[96];

	copy_path(f, copy);
	make_copy_and_lose(f, copy);
	assert_int_equal(stage(f, copy, false, &last), 0);
	stores_remove_file(f, ".version"); /* what was drawn is above */
	assert_int_equal(store_take_staged(f->path, last, f->error), 0);
	stores_remove(f); /* the database is lost again, before it was used */
	stores_open(f);
	assert_true(f->start.next_version > last);
	stores_remove_file(f, ".old");
	remove(copy);
}

static void the_database_of_before_takes_its_place_back(void **state)
{
	struct fixture *f = *state;
	uint64_t last;
	char copy[96];

	copy_path(f, copy);
	make_copy_and_lose(f, copy);
	assert_int_equal(stage(f, copy, false, &last), 0);
	assert_int_equal(store_take_staged(f->path, last, f->error), 0);
	assert_int_equal(store_take_back(f->path, f->error), 0);
	stores_open(f);
	assert_int_equal(registry_count(f->registry), 0);
	assert_int_equal(store_take_back(f->path, f->error), -ENOENT);
	remove(copy);
}

/* In a copy at path. */
static void change_copy(const char *path, const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void damage_copy(const char *path, long offset, int byte, size_t len)
{
	FILE *file = fopen(path, "r+");

	assert_non_null(file);
	fseek(file, offset, SEEK_SET);
	while (len-- > 0)
		fputc(byte, file);
	fclose(file);
}

static const struct bad_copy {
	const char *what, *sql;
	long offset; /* of a damage, if there is no sql */
	int byte;
	size_t len;
	bool foreign;
	int want;
	const char *text;
} bad_copies[] = {
	{ "no database", NULL, 0, 'x', 100, false, -EBADMSG,
	  ".copy: is damaged, or no copy by nbtctl backup: nothing is restored" },
	{ "damaged pages", NULL, 20000, 0xa5, 9000, false, -EBADMSG, ".copy: is damaged" },
	{ "a newer schema", "PRAGMA user_version = 1000", 0, 0, 0, false, -EPROTO,
	  ".copy: was written by a newer nbnsd" },
	{ "another program's", "PRAGMA application_id = 77", 0, 0, 0, true, -EEXIST,
	  ".copy: is a database of another" },
	{ "another server's", "UPDATE audit SET key = randomblob(16)", 0, 0, 0, false, -EXDEV,
	  ".copy: is of another database" },
	{ "a missing table", "DROP TABLE members", 0, 0, 0, false, -EBADMSG,
	  ".copy: is damaged, or no copy by nbtctl backup: nothing is restored" },
	{ "an empty table", "DELETE FROM service", 0, 0, 0, false, -EBADMSG, ".copy: is damaged" },
	{ "a record of no kind", "UPDATE names SET kind = 9 WHERE id = 7", 0, 0, 0, false, -EBADMSG,
	  ".copy: is damaged" },
	{ "a name twice",
	  "UPDATE names SET name = (SELECT name FROM names WHERE id = 7), "
	  "scope = (SELECT scope FROM names WHERE id = 7) WHERE id = 8",
	  0, 0, 0, false, -EEXIST, ".copy: is damaged" },
};

static void assert_nothing_has_changed(struct fixture *f, const char *what)
{
	static const char *const suffixes[] = { ".restore", ".restore-wal", ".restore.new",
						".old" };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		char path[96];

		snprintf(path, sizeof(path), "%s%s", f->path, suffixes[i]);
		if (access(path, F_OK) == 0)
			fail_msg("%s leaves %s", what, path);
	}
	stores_write(f, changes_create()); /* it is in use, and goes on */
}

static void a_copy_that_is_not_sound_changes_nothing(void **state)
{
	struct fixture *f = *state;
	uint64_t last;
	char copy[96];

	copy_path(f, copy);
	stores_fill(f);
	stores_open(f);
	for (size_t i = 0; i < ARRAY_SIZE(bad_copies); i++) {
		const struct bad_copy *c = &bad_copies[i];
		int ret;

		back_up(f, copy);
		if (c->sql != NULL)
			change_copy(copy, c->sql);
		else
			damage_copy(copy, c->offset, c->byte, c->len);
		ret = stage(f, copy, c->foreign, &last);
		if (ret != c->want)
			fail_msg("%s: %d, wanted %d: %s", c->what, ret, c->want, f->error);
		stores_assert_sentence(f, c->what, c->text);
		assert_nothing_has_changed(f, c->what);
	}
	remove(copy);
}

static void what_is_no_copy_changes_nothing(void **state)
{
	struct fixture *f = *state;
	char copy[96], other[96];
	uint64_t last;

	copy_path(f, copy);
	snprintf(other, sizeof(other), "%s.link", f->path);
	stores_fill(f);
	stores_open(f);
	stores_write(f, changes_create());
	assert_int_equal(stage(f, copy, false, &last), -ENOENT);
	stores_assert_sentence(f, "no file", ".copy: cannot be opened (No such file or directory)");
	write_text(copy, "");
	assert_int_equal(stage(f, copy, false, &last), -EBADMSG);
	stores_assert_sentence(f, "an empty file", ".copy: is no copy of a database of nbnsd");
	write_text(copy,
		   "names of my own, and more than a header of SQLite has in bytes, which is 100");
	assert_int_equal(stage(f, copy, false, &last), -EBADMSG);
	remove(copy);

	assert_int_equal(stage(f, f->path, false, &last), -EBUSY);
	stores_assert_sentence(f, "in use", ": is a database in use");
	assert_int_equal(symlink(f->path, other), 0);
	assert_int_equal(stage(f, other, false, &last), -EBUSY);
	remove(other);
	assert_int_equal(mkfifo(other, 0600), 0); /* nobody will ever write to it */
	assert_int_equal(stage(f, other, false, &last), -EINVAL);
	stores_assert_sentence(f, "a pipe", ".link: is no file");
	remove(other);
	assert_int_equal(stage(f, f->dir, false, &last), -EINVAL);
	assert_non_null(strstr(f->error, ": is no file"));
	assert_nothing_has_changed(f, "itself");
	assert_int_equal(store_take_staged(f->path, 1, f->error), -EBUSY); /* it is open */
}

/* The next descriptor that would be given out. */
static int next_descriptor(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void another_servers_copy_is_taken_when_that_is_said(void **state)
{
	struct fixture *f = *state;
	uint64_t last;
	char copy[96];
	int before;

	copy_path(f, copy);
	make_copy_and_lose(f, copy);
	change_copy(copy, "UPDATE audit SET key = randomblob(16)");
	before = next_descriptor();
	assert_int_equal(stage(f, copy, true, &last), 0);
	assert_int_equal(next_descriptor(), before); /* the copy is closed */
	remove(copy);
	store_unstage(f->path);
}

/* From before there was an audit, with the table of names of today. */
static void a_copy_of_an_older_schema_is_brought_to_the_present_one(void **state)
{
	struct fixture *f = *state;
	uint64_t last;
	char copy[96];

	copy_path(f, copy);
	make_copy_and_lose(f, copy);
	change_copy(copy, "DROP TABLE audit; DROP TABLE audit_clients; DROP TABLE audit_names;"
			  "DROP TABLE audit_missing; DROP TABLE conflicts;"
			  "ALTER TABLE owners DROP COLUMN offered_version;"
			  "PRAGMA user_version = 1");
	assert_int_equal(stage(f, copy, false, &last), 0);
	assert_int_equal(store_take_staged(f->path, last, f->error), 0);
	stores_open(f);
	assert_restored(f, NAMES - 1, last);
	stores_remove_file(f, ".old");
	remove(copy);
}

static void a_full_disk_changes_nothing(void **state)
{
	struct fixture *f = *state;
	uint64_t last;
	char copy[96];

	copy_path(f, copy);
	stores_fill(f);
	stores_open(f);
	back_up(f, copy);
	faulty_fail(FAULTY_WRITE, 100000, SQLITE_FULL, ENOSPC);
	assert_true(stage(f, copy, false, &last) < 0);
	stores_assert_sentence(f, "a full disk", ".restore: cannot be written");
	faulty_fail(FAULTY_WRITE, 0, SQLITE_OK, 0);
	assert_nothing_has_changed(f, "a full disk");
	remove(copy);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		STORES_TEST(a_copy_that_cannot_be_written_is_said),
		STORES_TEST(a_file_that_is_there_is_replaced_if_that_is_said),
		STORES_TEST(what_is_planted_in_the_place_is_not_followed),
		STORES_TEST(a_copy_is_dropped_at_the_end),
		STORES_TEST(a_copy_ends_although_commits_fail),
		STORES_TEST(who_wants_it_is_asked_before_and_told_after),
		STORES_TEST(files_of_the_database_are_known),
		STORES_TEST(a_copy_made_under_way_can_be_put_in_place),
		STORES_TEST(versions_are_reserved_before_they_are_seen),
		STORES_TEST(the_database_of_before_takes_its_place_back),
		STORES_TEST(a_copy_that_is_not_sound_changes_nothing),
		STORES_TEST(what_is_no_copy_changes_nothing),
		STORES_TEST(another_servers_copy_is_taken_when_that_is_said),
		STORES_TEST(a_copy_of_an_older_schema_is_brought_to_the_present_one),
		STORES_TEST(a_full_disk_changes_nothing),
	};

	faulty_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
