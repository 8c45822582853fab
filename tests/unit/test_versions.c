/* The file of reserved versions, and where a run begins. */
#include "nbnsd/store/versions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

static char dir[] = "/tmp/test_versions.XXXXXX";
static char path[64];

static int setup(void **state)
{
	(void)state;
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/v", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	remove(path);
	return rmdir(dir);
}

static const struct text_case {
	const char *what, *text; /* NULL: no file */
	int want;
	uint64_t end;
} text_cases[] = {
	{ "no file", NULL, 0, 0 },
	{ "a number", "1048576\n", 0, 1048576 },
	{ "a great number", "9223372036854775790\n", 0, 9223372036854775790U },
	{ "a number too great for the database", "9223372036854775808\n", -EINVAL, 0 },
	{ "more digits than any", "99999999999999999999999\n", -EINVAL, 0 },
	{ "an empty file", "", -EINVAL, 0 },
	{ "zero", "0\n", -EINVAL, 0 },
	{ "a number cut off", "1048", -EINVAL, 0 },
	{ "something behind it", "1048576\n\n", -EINVAL, 0 },
	{ "no number", "-5\n", -EINVAL, 0 },
	{ "words", "versions\n", -EINVAL, 0 },
};

static void files_are_read_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(text_cases); i++) {
		const struct text_case *c = &text_cases[i];
		uint64_t end;
		int ret;

		remove(path);
		if (c->text != NULL) {
			FILE *file = fopen(path, "w");

			assert_non_null(file);
			fputs(c->text, file);
			fclose(file);
		}
		ret = versions_read(path, &end);
		if (ret != c->want || (ret == 0 && end != c->end))
			fail_msg("%s: %d, wanted %d", c->what, ret, c->want);
	}
}

static void what_is_written_is_read(void **state)
{
	static const uint64_t ends[] = { 1, 9, 10, 1048577, UINT64_C(1789500000) << 20 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		uint64_t end;

		assert_int_equal(versions_write(path, ends[i]), 0);
		assert_int_equal(versions_read(path, &end), 0);
		assert_true(end == ends[i]);
	}
}

/* A new file takes the old one's place: who has the old one open still reads the old number. */
static void the_file_is_replaced_whole(void **state)
{
	struct stat before, after;
	char temporary[80];

	(void)state;
	assert_int_equal(versions_write(path, 7), 0);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(versions_write(path, 8), 0);
	assert_int_equal(stat(path, &after), 0);
	assert_true(before.st_ino != after.st_ino);
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	assert_int_equal(access(temporary, F_OK), -1);
}

static void failures_are_reported(void **state)
{
	char bad[96];
	uint64_t end;

	(void)state;
	snprintf(bad, sizeof(bad), "%s/none/v", dir);
	assert_int_equal(versions_write(bad, 7), -ENOENT);
	assert_int_equal(versions_read(dir, &end), -EISDIR);
}

static const struct first_case {
	const char *what;
	uint64_t reserved, seen;
	int64_t wall_s;
	uint64_t want;
} first_cases[] = {
	{ "both there", 2000, 1000, 5, 2001 },
	{ "both lost, and a clock that begins in 1970", 0, 0, 0, 1 },
	{ "the file is older, as after putting back a backup of it", 1000, 2000, 5, 2001 },
	{ "the database was lost", 2000, 0, 5, 2001 },
	{ "the file was lost, and the clock is behind", 0, UINT64_C(9) << 20, 5,
	  (UINT64_C(9) << 20) + 1 },
	{ "the file was lost: the database may be an old copy", 0, 1000, 5, UINT64_C(5) << 20 },
	{ "neither", 0, 0, 1789500000, UINT64_C(1789500000) << 20 },
};

static void runs_begin_above_all_that_was(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(first_cases); i++) {
		const struct first_case *c = &first_cases[i];

		if (versions_first(c->reserved, c->seen, c->wall_s) != c->want)
			fail_msg("%s", c->what);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_are_read_strictly, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_written_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(the_file_is_replaced_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(failures_are_reported, setup, teardown),
		cmocka_unit_test(runs_begin_above_all_that_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
