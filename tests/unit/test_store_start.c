/* Databases that do not start, and what is said. */
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
	stores_sql(f, "UPDATE names SET kind = 4 WHERE id = 7");
}

static void have_a_short_name(const struct fixture *f)
{
	stores_sql(f, "UPDATE names SET name = x'41' WHERE id = 7");
}

static void have_a_name_in_text(const struct fixture *f)
{
	stores_sql(f, "UPDATE names SET name = 'ABCDEFGHIJKLMNOP' WHERE id = 7");
}

static void have_half_an_address(const struct fixture *f)
{
	stores_sql(f, "UPDATE names SET addresses = x'0a0000' WHERE id = 7");
}

static void have_26_addresses(const struct fixture *f)
{
	stores_sql(f, "UPDATE names SET kind = 2, addresses = zeroblob(312) WHERE id = 7");
}

static void have_a_group_with_an_address(const struct fixture *f)
{
	stores_sql(f, "UPDATE names SET kind = 1, addresses = zeroblob(12) WHERE id = 7");
}

static void have_a_record_twice(const struct fixture *f)
{
	stores_sql(f,
		   "INSERT INTO names SELECT 100000, name, scope, kind, state, node_type, static, "
		   "owner, version, expiry, registered_by, addresses FROM names WHERE id = 7");
}

static void have_a_number_out_of_range(const struct fixture *f)
{
	stores_sql(f, "UPDATE names SET id = 4294967295 WHERE id = 7");
}

static void have_a_member_of_nothing(const struct fixture *f)
{
	stores_sql(f, "INSERT INTO members VALUES (100000, 1, 1)");
}

static void have_a_member_of_a_unique_name(const struct fixture *f)
{
	stores_sql(f, "INSERT INTO members SELECT max(id), 1, 1 FROM names WHERE kind = 0");
}

static void have_no_service(const struct fixture *f)
{
	stores_sql(f, "DELETE FROM service");
}

static void lack_a_table(const struct fixture *f)
{
	stores_sql(f, "DROP TABLE members");
}

static void be_newer(const struct fixture *f)
{
	stores_sql(f, "PRAGMA user_version = 1000");
}

static void be_somebody_elses(const struct fixture *f)
{
	stores_sql(f, "PRAGMA application_id = 77");
}

static void be_anybodys(const struct fixture *f)
{
	stores_remove(f);
	stores_sql(f, "CREATE TABLE recipes (name TEXT)");
}

static void be_a_directory(const struct fixture *f)
{
	stores_remove(f);
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

static void what_is_wrong_is_said_in_a_sentence(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(start_cases); i++) {
		const struct start_case *c = &start_cases[i];
		int ret;

		stores_fill(f);
		c->prepare(f);
		ret = stores_try_open(f);
		if (ret != c->want)
			fail_msg("%s: %d, wanted %d: %s", c->what, ret, c->want, f->error);
		stores_assert_sentence(f, c->what, c->text);
		stores_close(f, 0);
		stores_remove(f);
		stores_remove_file(f, ".version");
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
	_exit(read(pipe, &byte, 1) == 1 && stores_try_open(&second) == -EBUSY &&
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
	stores_open(f);
	assert_int_equal(write(pipes[1], "", 1), 1);
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);

	/* The first goes on, and when it has ended the next may start. */
	stores_submit(f, 1, 1);
	f->wanted = 1;
	loop_run(f->loop);
	stores_close(f, 0);
	stores_open(f);
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
		ret = stores_try_open(other);
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
	stores_fill(f);
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
		stores_assert_sentence(f, c->what, c->text);
	}
}

static void a_missing_directory_is_said(void **state)
{
	struct fixture *f = *state;
	char path[64];

	memcpy(path, f->path, sizeof(path));
	snprintf(f->path, sizeof(f->path), "%.40s/none/names.db", f->dir);
	assert_int_equal(stores_try_open(f), -EACCES);
	stores_assert_sentence(f, "a missing directory", ": cannot be opened");
	assert_non_null(strstr(f->error, "No such file or directory"));
	memcpy(f->path, path, sizeof(path));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		STORES_TEST(what_is_wrong_is_said_in_a_sentence),
		STORES_TEST(a_second_one_is_refused),
		STORES_TEST(what_may_not_be_written_is_said),
		STORES_TEST(a_missing_directory_is_said),
	};

	faulty_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
