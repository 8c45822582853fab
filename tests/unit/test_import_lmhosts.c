/* LMHOSTS files as static names. */
#include "support.h"

#include <errno.h>
#include <stdlib.h>

#include "imports.h"
#include "tools/import/lmhosts.h"

static const struct row {
	const char *what, *text, *want;
} rows[] = {
	{ "a host is three names", "10.0.0.1 fred\n",
	  "1: FRED<00> unique P static 10.0.0.1\n1: FRED<03> unique P static 10.0.0.1\n"
	  "1: FRED<20> unique P static 10.0.0.1\n" },
	{ "one name", "10.0.0.1 fred#20\n", "1: FRED<20> unique P static 10.0.0.1\n" },
	{ "a multihomed host", "10.0.0.2 fred#20 #MH\n10.0.0.9 jim#20\n10.0.0.1 fred#20 #MH\n",
	  "1: FRED<20> multihomed P static 10.0.0.2 10.0.0.1\n"
	  "2: JIM<20> unique P static 10.0.0.9\n" },
	{ "a domain controller", "10.0.0.1 dc#20 #PRE #DOM:office\n10.0.0.2 dc2#20 #DOM:office\n",
	  "1: DC<20> unique P static 10.0.0.1\n2: DC2<20> unique P static 10.0.0.2\n"
	  "1: OFFICE<1C> internet P static 10.0.0.1 10.0.0.2\n" },
	{ "an Internet group", "10.0.0.1 a#20 #SG:printers\n10.0.0.2 printers #SG\n",
	  "1: A<20> unique P static 10.0.0.1\n"
	  "1: PRINTERS<20> internet P static 10.0.0.1 10.0.0.2\n" },
	{ "a normal group", "10.0.0.1 office #NG\n", "1: OFFICE<1E> group P static\n" },
	{ "the first address is the one", "10.0.0.1 fred#20\n10.0.0.2 fred#20\n",
	  "2 FRED<20>: an earlier line has another address (#MH in both lines makes them one)\n"
	  "1: FRED<20> unique P static 10.0.0.1\n" },
	{ "the same line twice", "10.0.0.1 fred#20\n10.0.0.1 fred#20\n",
	  "1: FRED<20> unique P static 10.0.0.1\n" },
	{ "two things", "10.0.0.1 fred#20\n10.0.0.2 fred #SG\n",
	  "2 FRED<20>: an earlier line makes it something else\n"
	  "1: FRED<20> unique P static 10.0.0.1\n" },
	{ "no host", "0.0.0.0 fred#20\n", "1 FRED<20>: has an address of no host\n" },
	{ "a local master browser", "10.0.0.1 fred#1d\n",
	  "1 FRED<1D>: local master browsers are found by broadcast: no server keeps <1D>\n" },
	{ "a line that is none", "10.0.0 fred\n10.0.0.1 jim#20\n",
	  "0 : lmhosts:1: \"10.0.0\" is no address; allowed: ADDRESS NAME [TAG]..., such as 10.1.0.5 "
	  "FRED\n2: JIM<20> unique P static 10.0.0.1\n" },
	{ "another file", "VERSION 1 0\n",
	  "0 : lmhosts:1: \"VERSION\" is no address; allowed: ADDRESS NAME [TAG]..., such as 10.1.0.5 "
	  "FRED\nthis is no LMHOSTS file\n" },
	{ "an empty file", "", "" },
};

static int read_text(void *ctx, const char *path, const char **text, size_t *len)
{
	if (strcmp(path, "lmhosts") != 0)
		return -ENOENT;
	*text = ctx;
	*len = strlen(ctx);
	return 0;
}

static char *as_text(const char *path, const char *lmhosts)
{
	const struct lmhosts_source source = { .read = read_text,
					       .ctx = (char *)(uintptr_t)lmhosts,
					       .extended = true };
	char error[LMHOSTS_ERROR_MAX], *text = NULL;
	struct import_sink sink;
	const char *why;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	sink = import_text_sink(out);
	why = import_lmhosts(&source, path, &sink, error);
	if (why != NULL)
		fprintf(out, "%s\n", why);
	fclose(out);
	return text;
}

static void lines_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = as_text("lmhosts", rows[i].text);

		if (strcmp(text, rows[i].want) != 0)
			fail_msg("%s:\n%swanted\n%s", rows[i].what, text, rows[i].want);
		free(text);
	}
}

static void a_file_that_is_not_there(void **state)
{
	char *text = as_text("elsewhere", "");

	(void)state;
	assert_non_null(strstr(text, "elsewhere"));
	free(text);
}

static void more_addresses_than_fit(void **state)
{
	char text[2048] = "", *at = text, *got;

	(void)state;
	for (int i = 1; i <= IMPORT_ADDRESSES_MAX + 1; i++)
		at += sprintf(at, "10.0.0.%d fred#20 #MH\n", i);
	got = as_text("lmhosts", text);
	assert_memory_equal(got, "26 FRED<20>: has one address too many", 36);
	free(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(a_file_that_is_not_there),
		cmocka_unit_test(more_addresses_than_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
