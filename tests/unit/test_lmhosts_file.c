/* LMHOSTS files on the disk: names in UTF-8, includes, and what is no file. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/lmhosts_file.h"

struct fixture {
	char directory[64], path[80], other[80];
	unsigned complaints;
	char last[256];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->directory, "/tmp/nbt-test-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof(f->path), "%s/lmhosts", f->directory);
	snprintf(f->other, sizeof(f->other), "%s/other", f->directory);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->path);
	(void)unlink(f->other);
	assert_int_equal(rmdir(f->directory), 0);
	free(f);
	return 0;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void complain(void *ctx, const char *error)
{
	struct fixture *f = ctx;

	f->complaints++;
	snprintf(f->last, sizeof(f->last), "%s", error);
}

static int load(struct fixture *f, struct lmhosts_entries *entries)
{
	f->complaints = 0;
	return lmhosts_entries_load(entries, f->path, complain, f);
}

static void names_are_those_of_the_wire(void **state)
{
	static const struct {
		const char *line;
		const char *bytes; /* of the name, padded; NULL: the line is wrong */
	} cases[] = {
		{ "10.0.0.1 fred\n", "FRED           " },
		{ "10.0.0.1 m\xC3\xBCller\n", "M\x9ALLER         " },
		{ "10.0.0.1 sixteen.bytes.xx\n", NULL },
		{ "10.0.0.1 \xE6\xBC\xA2\xE5\xAD\x97\n", NULL }, /* not in CP850 */
		{ "10.0.0.1 \xFF\xFE\n", NULL },
		{ "ten fred\n", NULL },
	};
	struct fixture *f = *state;
	struct lmhosts_entries entries;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		write_file(f->path, cases[i].line);
		assert_int_equal(load(f, &entries), 0);
		if (entries.count != (cases[i].bytes != NULL) ||
		    f->complaints != (cases[i].bytes == NULL))
			fail_msg("%s: %zu entries, %u complaints: %s", cases[i].line, entries.count,
				 f->complaints, f->last);
		if (cases[i].bytes != NULL)
			assert_memory_equal(entries.items[0].name.bytes, cases[i].bytes, 15);
		lmhosts_entries_free(&entries);
	}
}

static void files_that_are_included_are_read(void **state)
{
	struct fixture *f = *state;
	struct lmhosts_entries entries;
	char text[256];

	write_file(f->other, "10.0.0.2 barney #PRE\n");
	snprintf(text, sizeof(text), "10.0.0.1 fred\n#INCLUDE %s\n10.0.0.3 wilma", f->other);
	write_file(f->path, text);
	assert_int_equal(load(f, &entries), 0);
	assert_int_equal(entries.count, 3);
	assert_true(entries.items[1].is_preloaded);
	assert_int_equal(entries.items[2].address.s_addr, inet_addr("10.0.0.3"));
	lmhosts_entries_free(&entries);
}

static void circles_break_it(void **state)
{
	struct fixture *f = *state;
	struct lmhosts_entries entries;
	char text[256];

	snprintf(text, sizeof(text), "10.0.0.1 fred\n#INCLUDE %s\n", f->path);
	write_file(f->path, text);
	assert_int_equal(load(f, &entries), -EINVAL);
	assert_int_equal(entries.count, 0);
	assert_int_equal(f->complaints, 1);
}

static void what_is_no_file_is_said(void **state)
{
	struct fixture *f = *state;
	struct lmhosts_entries entries;

	assert_int_equal(load(f, &entries), -ENOENT);
	assert_int_equal(f->complaints, 0);
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_int_equal(load(f, &entries), -EINVAL);
	assert_int_equal(f->complaints, 1);
	assert_int_equal(unlink(f->path), 0);
	write_file(f->path, "");
	assert_int_equal(truncate(f->path, LMHOSTS_FILE_MAX + 1), 0);
	assert_int_equal(load(f, &entries), -EINVAL);
	assert_int_equal(f->complaints, 1);
}

static void entries_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct lmhosts_entries entries;
	FILE *file = fopen(f->path, "w");

	assert_non_null(file);
	for (unsigned i = 0; i < LMHOSTS_ENTRIES_MAX; i++)
		fprintf(file, "10.0.0.1 n%u\n", i);
	fclose(file);
	assert_int_equal(load(f, &entries), 0);
	assert_int_equal(entries.count, LMHOSTS_ENTRIES_MAX);
	lmhosts_entries_free(&entries);
	file = fopen(f->path, "a");
	assert_non_null(file);
	fputs("10.0.0.1 more\n", file);
	fclose(file);
	assert_int_equal(load(f, &entries), -E2BIG);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_those_of_the_wire),
		TEST(files_that_are_included_are_read),
		TEST(circles_break_it),
		TEST(what_is_no_file_is_said),
		TEST(entries_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
