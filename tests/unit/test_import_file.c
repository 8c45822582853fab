/* Files as lines: ends of lines, and what Windows puts before a text. */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/import/file.h"

static const struct row {
	const char *what, *bytes;
	size_t len; /* 0: up to NUL */
	const char *want;
} rows[] = {
	{ "lines", "a\n\nb\n", 0, "[a][][b]" },
	{ "the last one without its end", "a\nb", 0, "[a][b]" },
	{ "returns are left to the formats", "a\r\nb\r\n", 0, "[a\r][b\r]" },
	{ "nothing", "", 0, "" },
	{ "a single byte", "a", 0, "[a]" },
	{ "UTF-8 with its mark", "\xef\xbb\xbf\xc3\x9c\nb", 0, "[\xc3\x9c][b]" },
	{ "UTF-16 of PowerShell", "\xff\xfe\x41\0\x0d\0\x0a\0\xdc\0\xac\x20\x0a\0", 14,
	  "[A\r][\xc3\x9c\xe2\x82\xac]" },
	{ "UTF-16, the other way", "\xfe\xff\0\x41\0\x0a\0\x42", 8, "[A][B]" },
	{ "UTF-16 without its mark", "A\0\x0a\0\xdc\0", 6, "[A][\xc3\x9c]" },
	{ "the other way without its mark", "\0A\0\x0a\0B", 6, "[A][B]" },
	{ "half a character at the end", "\xff\xfe\x41\0\x42", 5, "[A]" },
	{ "a mark and nothing", "\xff\xfe", 0, "" },
	{ "half a mark", "\xff", 0, "[\xff]" },
};

static bool take_line(void *ctx, const char *line, size_t len)
{
	fprintf(ctx, "[%.*s]", (int)len, line);
	return true;
}

static void files_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t bytes = rows[i].len > 0 ? rows[i].len : strlen(rows[i].bytes), len;
		char path[] = "/tmp/test_import_file.XXXXXX", *text = NULL;
		FILE *out = open_memstream(&text, &len);
		int fd = mkstemp(path);

		assert_true(fd >= 0 && write(fd, rows[i].bytes, bytes) == (ssize_t)bytes);
		close(fd);
		assert_int_equal(import_read_file(path, take_line, out), 0);
		unlink(path);
		fclose(out);
		if (strcmp(text, rows[i].want) != 0)
			fail_msg("%s: %s, wanted %s", rows[i].what, text, rows[i].want);
		free(text);
	}
}

static bool no_more(void *ctx, const char *line, size_t len)
{
	(void)ctx, (void)line, (void)len;
	return false;
}

static void failures_are_said(void **state)
{
	(void)state;
	assert_int_equal(import_read_file("/nonexistent", no_more, NULL), -ENOENT);
	assert_int_equal(import_read_file("/", no_more, NULL), -EISDIR);
	assert_int_equal(import_read_file("/proc/self/status", no_more, NULL), -ECANCELED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(failures_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
