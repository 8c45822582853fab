/* Backups in a directory: their names, and which of them go. */
#include "nbnsd/backup_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

#define NOW_S 1795662900 /* 2026-11-26 03:15:00 */

static const struct name_case {
	const char *name;
	int64_t want; /* -1: it is not ours */
} name_cases[] = {
	{ "nbnsd-20261126T031500Z.db", NOW_S },
	{ "nbnsd-19700101T000001Z.db", 1 },
	{ "nbnsd-20240229T235959Z.db", 1709251199 },
	{ "nbnsd-20230229T000000Z.db", -1 }, /* there is no such day */
	{ "nbnsd-20261126T031500Z.db.new", -1 },
	{ "nbnsd-20261126T031500Z.db~", -1 },
	{ "nbnsd-20261126T031500Z", -1 },
	{ "nbnsd-2026 126T031500Z.db", -1 },
	{ "nbnsd-20261126T0315Z.db", -1 },
	{ "nbnsd-20261126T031560Z.db", -1 },
	{ "nbnsd-.db", -1 },
	{ "names.db", -1 },
	{ "", -1 },
};

static void names_say_when(void **state)
{
	char name[BACKUP_FILE_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(name_cases); i++) {
		const struct name_case *c = &name_cases[i];
		int64_t wall_s = -1;

		if (!backup_file_time(c->name, &wall_s))
			wall_s = -1;
		if (wall_s != c->want)
			fail_msg("\"%s\": %lld", c->name, (long long)wall_s);
		if (c->want == -1)
			continue;
		backup_file_name(name, c->want);
		assert_string_equal(name, c->name);
	}
}

struct fixture {
	char directory[40];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->directory, "/tmp/test_backup.XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	*state = f;
	return 0;
}

static void make(const struct fixture *f, const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", f->directory, name);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static bool is_there(const struct fixture *f, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", f->directory, name);
	return access(path, F_OK) == 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];
	int ret;

	snprintf(command, sizeof(command), "rm -r %s", f->directory);
	ret = system(command);
	free(f);
	return ret;
}

static const struct file_case {
	const char *name;
	bool stays; /* when three are kept */
} file_cases[] = {
	{ "nbnsd-20261126T031500Z.db", true },
	{ "nbnsd-20261125T031500Z.db", true },
	{ "nbnsd-20261124T031500Z.db", true },
	{ "nbnsd-20261123T031500Z.db", false },
	{ "nbnsd-20251224T000000Z.db", false },
	{ "nbnsd-20991231T000000Z.db", false },
	{ "nbnsd-20261122T031500Z.db.new", false }, /* half made */
	{ "names.db", true },
	{ "nbnsd-20261122T031500Z.db.gz", true },
	{ "nbnsd-before-the-move.db", true },
	{ "nbnsd-20261122T031500Z.new", true },
	{ "something.new", true },
	{ ".new", true },
};

static void the_newest_stay_and_what_is_not_ours(void **state)
{
	const struct fixture *f = *state;
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(file_cases); i++)
		make(f, file_cases[i].name);
	snprintf(path, sizeof(path), "%s/nbnsd-20200101T000000Z.db", f->directory);
	assert_int_equal(mkdir(path, 0700), 0); /* whatever that is */

	assert_int_equal(backup_files_rotate(f->directory, NOW_S, 3), 0);
	for (size_t i = 0; i < ARRAY_SIZE(file_cases); i++)
		if (is_there(f, file_cases[i].name) != file_cases[i].stays)
			fail_msg("%s", file_cases[i].name);
	assert_true(is_there(f, "nbnsd-20200101T000000Z.db"));

	assert_int_equal(backup_files_rotate(f->directory, NOW_S, 3), 0);
	assert_int_equal(backup_files_rotate(f->directory, NOW_S, 1), 0);
	assert_true(is_there(f, "nbnsd-20261126T031500Z.db"));
	assert_false(is_there(f, "nbnsd-20261125T031500Z.db"));
}

static void the_newest_is_found(void **state)
{
	const struct fixture *f = *state;
	char path[128];
	int64_t newest_s;

	assert_int_equal(backup_files_newest(f->directory, NOW_S, &newest_s), 0);
	assert_int_equal(newest_s, 0);
	make(f, "nbnsd-20261125T031500Z.db");
	make(f, "nbnsd-20261124T031500Z.db");
	make(f, "nbnsd-20991231T000000Z.db"); /* of a clock that was wrong */
	make(f, "nbnsd-20261126T000000Z.db.new");
	assert_int_equal(backup_files_newest(f->directory, NOW_S, &newest_s), 0);
	assert_int_equal(newest_s, NOW_S - 86400);

	snprintf(path, sizeof(path), "%s/below", f->directory);
	assert_int_equal(backup_files_newest(path, NOW_S, &newest_s), 0); /* is made */
	assert_int_equal(newest_s, 0);
	snprintf(path, sizeof(path), "%s/none/below", f->directory);
	assert_int_equal(backup_files_newest(path, NOW_S, &newest_s), -ENOENT);
	assert_int_equal(backup_files_rotate(path, NOW_S, 1), -ENOENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_say_when),
		cmocka_unit_test_setup_teardown(the_newest_stay_and_what_is_not_ours, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_newest_is_found, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
