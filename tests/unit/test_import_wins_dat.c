/* Samba's wins.dat. */
#include "support.h"

#include <errno.h>
#include <stdlib.h>

#include "imports.h"
#include "tools/import/file.h"

#define HEAD   "VERSION 1 0\n"
#define LAYOUT " is not understood; a line of wins.dat is \"NAME#XX\" TIME ADDRESS... FLAGSR\n"

static const struct row {
	const char *what, *text, *want;
	bool expired;
} rows[] = {
	{ "a unique name of an H node", HEAD "\"FRED#20\" 2000 10.0.0.1 64R\n",
	  "2: FRED<20> unique H 2000 10.0.0.1\n", false },
	{ "of a B, a P and an M node",
	  HEAD
	  "\"A#00\" 2000 10.0.0.1  4R\n\"B#00\" 2000 10.0.0.1 24R\n\"C#00\" 2000 10.0.0.1 44R\n",
	  "2: A<00> unique B 2000 10.0.0.1\n3: B<00> unique P 2000 10.0.0.1\n"
	  "4: C<00> unique M 2000 10.0.0.1\n",
	  false },
	{ "several addresses", HEAD "\"FRED#20\" 2000 10.0.0.1 10.0.0.2 10.0.0.1 64R\n",
	  "2: FRED<20> multihomed H 2000 10.0.0.1 10.0.0.2\n", false },
	{ "a group has no members there", HEAD "\"OFFICE#1e\" 2000 0.0.0.0 e4R\n",
	  "2: OFFICE<1E> group H 2000\n", false },
	{ "nor in a broadcast address", HEAD "\"OFFICE#00\" 2000 255.255.255.255 e4R\n",
	  "2: OFFICE<00> group H 2000\n", false },
	{ "domain controllers", HEAD "\"OFFICE#1c\" 2000 10.0.0.1 10.0.0.2 e4R\n",
	  "2: OFFICE<1C> internet H 2000 10.0.0.1 10.0.0.2\n", false },
	{ "no domain controller", HEAD "\"OFFICE#1c\" 2000 0.0.0.0 e4R\n",
	  "2 OFFICE<1C>: it has no address of a host\n", false },
	{ "time 0 is for ever", HEAD "\"FRED#20\" 0 10.0.0.1 66R\n",
	  "2: FRED<20> unique H static 10.0.0.1\n", false },
	{ "a lease that has ended", HEAD "\"FRED#20\" 1000 10.0.0.1 64R\n",
	  "2 FRED<20>: its lease has ended (--expired takes it all the same)\n", false },
	{ "that is wanted all the same", HEAD "\"FRED#20\" 1000 10.0.0.1 64R\n",
	  "2: FRED<20> unique H 1000 10.0.0.1\n", true },
	{ "characters that others use for themselves",
	  HEAD "\"A#1#20\" 2000 10.0.0.1 64R\n\"B \"C\"#20\" 2000 10.0.0.1 64R\n",
	  "2: A#1<20> unique H 2000 10.0.0.1\n3: B \"C\"<20> unique H 2000 10.0.0.1\n", false },
	{ "UTF-8", HEAD "\"M\xc3\x9cLLER#20\" 2000 10.0.0.1 64R\n",
	  "2: M<9A>LLER<20> unique H 2000 10.0.0.1\n", false },
	{ "15 characters that are 16 bytes",
	  HEAD "\"M\xc3\x9cLLERBCDEFGHIJ#20\" 2000 10.0.0.1 64R\n",
	  "2: M<9A>LLERBCDEFGHIJ<20> unique H 2000 10.0.0.1\n", false },
	{ "the browsers' group", HEAD "\"__MSBROWSE__#01\" 2000 0.0.0.0 e4R\n",
	  "2: <01><02>__MSBROWSE__<02><01> group H 2000\n", false },
	{ "a local master browser", HEAD "\"OFFICE#1d\" 2000 10.0.0.1 64R\n",
	  "2 OFFICE<1D>: local master browsers are found by broadcast: no server keeps <1D>\n",
	  false },
	{ "empty lines, comments, line ends of DOS",
	  "\n# made by hand\n" HEAD "\r\n\"FRED#20\" 2000 10.0.0.1 64R\r\n",
	  "5: FRED<20> unique H 2000 10.0.0.1\n", false },
	{ "the last line without its end", HEAD "\"FRED#20\" 2000 10.0.0.1 64R",
	  "2: FRED<20> unique H 2000 10.0.0.1\n", false },
	{ "cut off in the flags", HEAD "\"FRED#20\" 2000 10.0.0.1 64",
	  "2 \"FRED#20\" 2000 10.0.0.1 64:" LAYOUT, false },
	{ "cut off in the time", HEAD "\"FRED#20\" 20", "2 \"FRED#20\" 20:" LAYOUT, false },
	{ "cut off in the name", HEAD "\"FRE", "2 \"FRE:" LAYOUT, false },
	{ "no suffix", HEAD "\"FRED\" 2000 10.0.0.1 64R\n", "2 \"FRED\" 2000 10.0.0.1 64R:" LAYOUT,
	  false },
	{ "no name", HEAD "\"#20\" 2000 10.0.0.1 64R\n", "2 \"#20\" 2000 10.0.0.1 64R:" LAYOUT,
	  false },
	{ "words behind the flags", HEAD "\"FRED#20\" 2000 10.0.0.1 64R x\n",
	  "2 \"FRED#20\" 2000 10.0.0.1 64R x:" LAYOUT, false },
	{ "16 characters", HEAD "\"ABCDEFGHIJKLMNOP#20\" 2000 10.0.0.1 64R\n",
	  "2 \"ABCDEFGHIJKLMNOP#20\" 2000 10.0.0.1 64R:" LAYOUT, false },
	{ "a time beyond 64 bits", HEAD "\"FRED#20\" 99999999999999999999 10.0.0.1 64R\n",
	  "2 \"FRED#20\" 99999999999999999999 10.0.0.1 64R:" LAYOUT, false },
	{ "an empty file", "", "this is no wins.dat: it does not begin with VERSION 1\n", false },
	{ "another file", "FRED 10.0.0.1\nJIM 10.0.0.2\n",
	  "this is no wins.dat: it does not begin with VERSION 1\n", false },
	{ "another version", "VERSION 2 0\n\"FRED#20\" 2000 10.0.0.1 64R\n",
	  "this is no wins.dat: it does not begin with VERSION 1\n", false },
	{ "nothing in it", HEAD, "", false },
};

static void lines_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = import_as_text("wins.dat", rows[i].text, rows[i].expired);

		if (strcmp(text, rows[i].want) != 0)
			fail_msg("%s:\n%swanted\n%s", rows[i].what, text, rows[i].want);
		free(text);
	}
}

/*
 * What a real nmbd has written.
 */

struct tally {
	struct import_reader reader;
	size_t kinds[4], skipped, addresses;
};

static void tally_record(void *ctx, const struct import_record *record)
{
	struct tally *tally = ctx;

	tally->kinds[record->kind]++;
	tally->addresses += record->address_count;
}

static void tally_skipped(void *ctx, unsigned line, const char *what, const char *why)
{
	(void)line, (void)what, (void)why;
	((struct tally *)ctx)->skipped++;
}

static bool feed(void *ctx, const char *line, size_t len)
{
	import_line(ctx, line, len);
	return true;
}

static void a_real_file_is_read(void **state)
{
	static struct tally tally;
	const struct import_sink sink = { tally_record, tally_skipped, NULL, &tally };
	const struct import_options options = { 1795688000, false };
	char path[4096];

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/data/import/wins.dat", getenv("top_srcdir"));
	import_begin(&tally.reader, import_find_format("wins.dat"), &sink, &options);
	assert_int_equal(import_read_file(path, feed, &tally.reader), 0);
	assert_null(import_end(&tally.reader));
	assert_int_equal(tally.skipped, 0);
	assert_int_equal(tally.kinds[IMPORT_UNIQUE], 995);
	assert_int_equal(tally.kinds[IMPORT_GROUP], 23);
	assert_int_equal(tally.kinds[IMPORT_INTERNET], 10);
	assert_int_equal(tally.addresses, 995 + 3 * 10);
}

static void a_file_that_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(import_read_file("/nonexistent/wins.dat", feed, NULL), -ENOENT);
}

static bool give_up(void *ctx, const char *line, size_t len)
{
	(void)ctx, (void)line, (void)len;
	return false;
}

static void reading_can_be_ended(void **state)
{
	char path[4096];

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/data/import/wins.dat", getenv("top_srcdir"));
	assert_int_equal(import_read_file(path, give_up, NULL), -ECANCELED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(a_real_file_is_read),
		cmocka_unit_test(a_file_that_is_not_there),
		cmocka_unit_test(reading_can_be_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
