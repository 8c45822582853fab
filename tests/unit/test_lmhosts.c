/* LMHOSTS files: entries, includes, look-ups. Files are texts in a table here. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "common/lmhosts.h"

struct text_file {
	const char *path, *text;
};

#define FILES_MAX 12
static const struct text_file *files; /* ends with path NULL */
static size_t reads, releases;

static int read_file(void *ctx, const char *path, const char **text, size_t *len)
{
	(void)ctx;
	for (const struct text_file *file = files; file->path != NULL; file++) {
		if (strcmp(file->path, path) != 0)
			continue;
		*text = file->text;
		*len = strlen(file->text);
		reads++;
		return 0;
	}
	return -ENOENT;
}

static void release_file(void *ctx, const char *text)
{
	(void)ctx, (void)text;
	releases++;
}

static const struct lmhosts_source source = { .read = read_file, .release = release_file };
static const struct lmhosts_source extended = { .read = read_file,
						.release = release_file,
						.extended = true };

/* "10.0.0.1 FRED<00>any host pre mh dom=CORP<1C> sg=ALL<20> ng" */
static void describe(const struct lmhosts_entry *entry, char *out, size_t size)
{
	char address[INET_ADDRSTRLEN], name[NBT_NAME_TEXT_MAX],
		domain[NBT_NAME_TEXT_MAX + 8] = "", group[NBT_NAME_TEXT_MAX + 8] = "";
	char text[NBT_NAME_TEXT_MAX];

	inet_ntop(AF_INET, &entry->address, address, sizeof(address));
	nbt_name_print(&entry->name, name, sizeof(name));
	if (entry->has_domain)
		snprintf(domain, sizeof(domain), " dom=%s",
			 nbt_name_print(&entry->domain, text, sizeof(text)));
	if (entry->has_group)
		snprintf(group, sizeof(group), " sg=%s",
			 nbt_name_print(&entry->internet_group, text, sizeof(text)));
	snprintf(out, size, "%s %s%s%s%s%s%s%s%s", address, name, entry->any_suffix ? "any" : "",
		 entry->is_host ? " host" : "", entry->is_preloaded ? " pre" : "",
		 entry->is_multihomed ? " mh" : "", domain, group, entry->is_group ? " ng" : "");
}

/* What all lines of /f come to, one behind the other. */
static char *read_all(const struct lmhosts_source *from, char *out, size_t size)
{
	struct lmhosts_reader reader;
	struct lmhosts_entry entry;
	enum lmhosts_result result;
	char error[LMHOSTS_ERROR_MAX], text[512];
	size_t len = 0;

	reads = releases = 0;
	out[0] = '\0';
	lmhosts_open(&reader, from, "/f");
	while ((result = lmhosts_next(&reader, &entry, error)) != LMHOSTS_END) {
		if (result == LMHOSTS_ENTRY)
			describe(&entry, text, sizeof(text));
		len += (size_t)snprintf(out + len, size - len, "%s%s", len > 0 ? "; " : "",
					result == LMHOSTS_ENTRY   ? text
					: result == LMHOSTS_WRONG ? error
								  : "broken");
		assert_true(len < size);
	}
	assert_int_equal(lmhosts_next(&reader, &entry, error), LMHOSTS_END);
	lmhosts_close(&reader);
	assert_int_equal(reads, releases);
	return out;
}

static void lines_are_read(void **state)
{
	static const struct {
		const char *what, *text, *want;
		bool extended;
	} cases[] = {
		{ "a plain line", "10.0.0.1 fred\n", "10.0.0.1 FRED<00>any host", false },
		{ "without an end of line", "10.0.0.1 fred", "10.0.0.1 FRED<00>any host", false },
		{ "CRLF, tabs, blank lines, a blank before",
		  "\r\n \t10.0.0.1\t \tFRED \r\n\r\n10.0.0.2 BOB\r\n",
		  "10.0.0.1 FRED<00>any host; 10.0.0.2 BOB<00>any host", false },
		{ "Notepad's mark", "\xEF\xBB\xBF#c\n10.0.0.1 FRED", "10.0.0.1 FRED<00>any host",
		  false },
		{ "comments, also of lower case keywords",
		  "# a\n#include /g\n#pre\n10.0.0.1 FRED # b #PRE\n10.0.0.2 BOB #pre",
		  "10.0.0.1 FRED<00>any host; 10.0.0.2 BOB<00>any host", false },
		{ "tags", "10.0.0.1 FRED #PRE #DOM:corp #MH #NOFNR #all of it #PRE",
		  "10.0.0.1 FRED<00>any host pre mh dom=CORP<1C>", false },
		{ "a keyword with something behind it is a comment", "10.0.0.1 FRED #PREX #MH",
		  "10.0.0.1 FRED<00>any host", false },
		{ "a group, and a host in one", "10.0.0.1 ALL #SG\n10.0.0.2 FRED #SG:all",
		  "10.0.0.1 ALL<00>any sg=ALL<20>; 10.0.0.2 FRED<00>any host sg=ALL<20>", false },
		{ "a group with a suffix", "10.0.0.1 ALL#1E #SG", "10.0.0.1 ALL<1E> sg=ALL<1E>",
		  false },
		{ "#NG is a comment", "10.0.0.1 ALL #NG", "10.0.0.1 ALL<00>any host", false },
		{ "or, where it is wanted, a normal group", "10.0.0.1 ALL #NG",
		  "10.0.0.1 ALL<00>any ng", true },
		{ "Samba's suffix", "10.0.0.1 fred#1b\n10.0.0.2 #X#20",
		  "10.0.0.1 FRED<1B> host; 10.0.0.2 #X<20> host", false },
		{ "what is no suffix is part of the name", "10.0.0.1 fred#1 #PRE\n10.0.0.1 a#PRE",
		  "10.0.0.1 FRED#1<00>any host pre; 10.0.0.1 A#PRE<00>any host", false },
		{ "a quoted name keeps its case", "10.0.0.1 \"Fred           \\0x1b\" #PRE",
		  "10.0.0.1 Fred<1B> host pre", false },
		{ "escapes for any byte", "10.0.0.1 \"\\0x01\\0x02__MSBROWSE__\\0x02\\0x01\"",
		  "10.0.0.1 <01><02>__MSBROWSE__<02><01> host", false },
		{ "quotes for blanks", "10.0.0.1 \"big box\"", "10.0.0.1 BIG BOX<00>any host",
		  false },
		{ "sixteen quoted bytes without an escape", "10.0.0.1 \"0123456789ABCDEf\"",
		  "10.0.0.1 0123456789ABCDE<66> host", false },
		{ "no address", "FRED 10.0.0.1\n10.0.0.2 BOB",
		  "/f:1: \"FRED\" is no address; allowed: ADDRESS NAME [TAG]..., such as 10.1.0.5 "
		  "FRED; 10.0.0.2 BOB<00>any host",
		  false },
		{ "no name", "\n10.0.0.1\n",
		  "/f:2: \"10.0.0.1\" stands alone; allowed: ADDRESS NAME [TAG]...", false },
		{ "an address of 15 characters and more", "10.0.0.1.22.33.44.55.66 FRED",
		  "/f:1: \"10.0.0.1.22.33.44.55.66\" is no address; allowed: ADDRESS NAME [TAG]..., "
		  "such as 10.1.0.5 FRED",
		  false },
		{ "a name of 15", "10.0.0.1 123456789012345",
		  "10.0.0.1 123456789012345<00>any host", false },
		{ "a name of 16", "10.0.0.1 1234567890123456",
		  "/f:1: \"1234567890123456\" is no name; allowed: 1 to 15 characters that the wire "
		  "has",
		  false },
		{ "the wildcard", "10.0.0.1 *",
		  "/f:1: \"*\" is no name; allowed: 1 to 15 characters that the wire has", false },
		{ "a domain of none", "10.0.0.1 FRED #DOM:",
		  "/f:1: \"#DOM:\" is no name; allowed: 1 to 15 characters that the wire has",
		  false },
		{ "not padded", "10.0.0.1 \"FRED \\0x1b\"",
		  "/f:1: \"\"FRED \\0x1b\"\" is no name; allowed: 15 characters, padded with spaces, "
		  "and \\0xNN, in quotes",
		  false },
		{ "no end of quotes", "10.0.0.1 \"FRED",
		  "/f:1: \"\"FRED\" is no name; allowed: 15 characters, padded with spaces, and "
		  "\\0xNN, in quotes",
		  false },
		{ "one escape too many", "10.0.0.1 \"123456789012345\\0x20\\0x20\"",
		  "/f:1: \"\"123456789012345\\0x20\\0x20\"\" is no name; allowed: 15 characters, "
		  "padded with spaces, and \\0xNN, in quotes",
		  false },
		{ "Samba's old third column", "10.0.0.1 FRED G",
		  "/f:1: \"G\" is not understood; allowed: tags and comments, which begin with #",
		  false },
		{ "a control character goes to no log", "10.0.0.1 A\x1b[2J",
		  "/f:1: \"A?[2J\" is no name; allowed: 1 to 15 characters that the wire has",
		  false },
	};
	char got[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct text_file table[] = { { "/f", cases[i].text }, { NULL, NULL } };

		files = table;
		read_all(cases[i].extended ? &extended : &source, got, sizeof(got));
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s:\n%s, wanted\n%s", cases[i].what, got, cases[i].want);
	}
}

static void includes_come_in_place(void **state)
{
	static const struct {
		const char *what;
		struct text_file files[FILES_MAX];
		const char *want;
	} cases[] = {
		{ "absolute, relative, in quotes",
		  { { "/f", "1.0.0.1 A\n#INCLUDE /d/g\n#INCLUDE \"x y\"\n1.0.0.2 B" },
		    { "/d/g", "2.0.0.1 C\n#INCLUDE h" },
		    { "/d/h", "3.0.0.1 D" },
		    { "/x y", "4.0.0.1 E\n" } },
		  "1.0.0.1 A<00>any host; 2.0.0.1 C<00>any host; 3.0.0.1 D<00>any host; "
		  "4.0.0.1 E<00>any host; 1.0.0.2 B<00>any host" },
		{ "a file twice is no circle",
		  { { "/f", "#INCLUDE /g\n#INCLUDE /g" }, { "/g", "1.0.0.1 A" } },
		  "1.0.0.1 A<00>any host; 1.0.0.1 A<00>any host" },
		{ "one that is missing, an unnamed one, another machine's",
		  { { "/f", "#INCLUDE /g\n#INCLUDE\n#INCLUDE \\\\srv\\lmhosts\n1.0.0.1 A" } },
		  "/f:1: \"/g\" is not there; allowed: a file of this host; /f:2: \"\" names no file; "
		  "allowed: #INCLUDE PATH; /f:3: \"\\\\srv\\lmhosts\" is a path of Windows; allowed: "
		  "a path of this host with /; 1.0.0.1 A<00>any host" },
		{ "itself",
		  { { "/f", "1.0.0.1 A\n#INCLUDE /f\n1.0.0.2 B" } },
		  "1.0.0.1 A<00>any host; broken" },
		{ "a larger circle",
		  { { "/f", "#INCLUDE /g" }, { "/g", "#INCLUDE /h" }, { "/h", "#INCLUDE /g" } },
		  "broken" },
		{ "eight in each other",
		  { { "/f", "#INCLUDE /2" },
		    { "/2", "#INCLUDE /3" },
		    { "/3", "#INCLUDE /4" },
		    { "/4", "#INCLUDE /5" },
		    { "/5", "#INCLUDE /6" },
		    { "/6", "#INCLUDE /7" },
		    { "/7", "#INCLUDE /8" },
		    { "/8", "1.0.0.1 A" } },
		  "1.0.0.1 A<00>any host" },
		{ "nine",
		  { { "/f", "#INCLUDE /2" },
		    { "/2", "#INCLUDE /3" },
		    { "/3", "#INCLUDE /4" },
		    { "/4", "#INCLUDE /5" },
		    { "/5", "#INCLUDE /6" },
		    { "/6", "#INCLUDE /7" },
		    { "/7", "#INCLUDE /8" },
		    { "/8", "1.0.0.1 A\n#INCLUDE /9" },
		    { "/9", "1.0.0.2 B" } },
		  "1.0.0.1 A<00>any host; broken" },
		{ "of alternates the first that can be read",
		  { { "/f", "#BEGIN_ALTERNATE\n#INCLUDE /no\n#INCLUDE /g\n#INCLUDE /h\n"
			    "#END_ALTERNATE\n#INCLUDE /h" },
		    { "/g", "1.0.0.1 A" },
		    { "/h", "1.0.0.2 B" } },
		  "1.0.0.1 A<00>any host; 1.0.0.2 B<00>any host" },
		{ "of alternates none",
		  { { "/f", "#BEGIN_ALTERNATE\n#INCLUDE /no\n#END_ALTERNATE\n1.0.0.1 A" } },
		  "/f:3: \"#END_ALTERNATE\" ends a block of which no file could be read; 1.0.0.1 "
		  "A<00>any host" },
		{ "not even the first", { { "/other", "" } }, "broken" },
	};
	char got[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		files = cases[i].files;
		read_all(&source, got, sizeof(got));
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s:\n%s, wanted\n%s", cases[i].what, got, cases[i].want);
	}
}

static void includes_do_not_multiply(void **state)
{
	static char many[64000];
	struct lmhosts_reader reader;
	struct lmhosts_entry entry;
	char error[LMHOSTS_ERROR_MAX];

	(void)state;
	for (size_t i = 0; i < 1100; i++)
		strcat(many, "#INCLUDE /e\n");
	files = (const struct text_file[]){ { "/f", many }, { "/e", "\n" }, { NULL, NULL } };
	lmhosts_open(&reader, &source, "/f");
	assert_int_equal(lmhosts_next(&reader, &entry, error), LMHOSTS_BROKEN);
	assert_string_equal(error, "/f:1000: \"/e\" is one too many; allowed: 1000 files in all");
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	struct lmhosts_reader reader;
	struct lmhosts_entry entry;
	char error[LMHOSTS_ERROR_MAX];

	(void)state;
	files = (const struct text_file[]){ { NULL, NULL } };
	lmhosts_open(&reader, &source, "/f");
	assert_int_equal(lmhosts_next(&reader, &entry, error), LMHOSTS_BROKEN);
	assert_string_equal(error, "/f: is not there; allowed: a file of this host");
	assert_int_equal(lmhosts_next(&reader, &entry, error), LMHOSTS_END);
}

/* Every character doubled; 'x' is none that the wire has. */
static int encode_doubled(void *ctx, const char *text, size_t len, bool upper, uint8_t *out,
			  size_t size)
{
	(void)ctx;
	if (memchr(text, 'x', len) != NULL || 2 * len > size)
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		out[2 * i] = out[2 * i + 1] = (uint8_t)(upper ? text[i] : '-');
	return (int)(2 * len);
}

static void names_are_encoded_by_the_caller(void **state)
{
	const struct lmhosts_source encoded = { .read = read_file, .encode = encode_doubled };
	struct lmhosts_reader reader;
	struct lmhosts_entry entry;
	char error[LMHOSTS_ERROR_MAX], text[NBT_NAME_TEXT_MAX];

	(void)state;
	files = (const struct text_file[]){ { "/f", "1.0.0.1 AB#20\n1.0.0.1 Ax\n1.0.0.1 ABCDEFGH\n"
						    "1.0.0.1 \"1234567\\0x41\\0x20\"" },
					    { NULL, NULL } };
	lmhosts_open(&reader, &encoded, "/f");
	assert_int_equal(lmhosts_next(&reader, &entry, error), LMHOSTS_ENTRY);
	assert_string_equal(nbt_name_print(&entry.name, text, sizeof(text)), "AABB<20>");
	assert_int_equal(lmhosts_next(&reader, &entry, error), LMHOSTS_WRONG);
	assert_int_equal(lmhosts_next(&reader, &entry, error), LMHOSTS_WRONG);
	assert_int_equal(lmhosts_next(&reader, &entry, error), LMHOSTS_ENTRY);
	assert_string_equal(nbt_name_print(&entry.name, text, sizeof(text)), "--------------A<20>");
	lmhosts_close(&reader);
}

/* "10.0.0.1 10.0.0.2", "group ..." or "broken" */
static char *look_up(const char *name, char out[512])
{
	const struct lmhosts_addresses *found;
	struct lmhosts_reader reader;
	struct lmhosts_entry entry;
	struct lmhosts_lookup lookup;
	enum lmhosts_result result;
	char error[LMHOSTS_ERROR_MAX];
	const struct nbt_name wanted = name_of(name);
	bool is_group;

	lmhosts_lookup_begin(&lookup, &wanted);
	lmhosts_open(&reader, &source, "/f");
	while ((result = lmhosts_next(&reader, &entry, error)) == LMHOSTS_ENTRY ||
	       result == LMHOSTS_WRONG)
		if (result == LMHOSTS_ENTRY)
			lmhosts_lookup_see(&lookup, &entry);
	if (result == LMHOSTS_BROKEN)
		return strcpy(out, "broken");
	found = lmhosts_lookup_end(&lookup, &is_group);
	strcpy(out, is_group ? "group" : "");
	for (size_t i = 0; i < found->count; i++) {
		char address[INET_ADDRSTRLEN];

		inet_ntop(AF_INET, &found->items[i], address, sizeof(address));
		strcat(strcat(out, *out != '\0' ? " " : ""), address);
	}
	return out;
}

struct lookup_case {
	const char *what, *name, *want;
};

static void check_lookups(const struct lookup_case *cases, size_t count)
{
	char got[512];

	for (size_t i = 0; i < count; i++)
		if (strcmp(look_up(cases[i].name, got), cases[i].want) != 0)
			fail_msg("%s: %s, wanted %s", cases[i].what, got, cases[i].want);
}

static void case_83_lmhosts_is_looked_up_as_it_says(void **state)
{
	static const struct text_file good[] = {
		{ "/f", "# the head office\r\n"
			"10.0.0.1 plain\r\n"
			"10.0.0.2 PLAIN\r\n"
			"10.0.0.3 loaded\r\n"
			"10.0.0.4 LOADED #PRE\r\n"
			"10.0.0.5 DC1 #PRE #DOM:CORP # the first\r\n"
			"10.0.0.6 DC2 #DOM:corp\r\n"
			"10.0.0.7 \"CORP           \\0x1b\"\r\n"
			"10.0.1.1 router #MH\r\n"
			"10.0.1.2 router #MH\r\n"
			"10.0.1.3 router\r\n"
			"10.0.1.4 router #MH\r\n"
			"#BEGIN_ALTERNATE\r\n"
			"#INCLUDE /missing\r\n"
			"#INCLUDE /branch\r\n"
			"#INCLUDE /unused\r\n"
			"#END_ALTERNATE\r\n"
			"10.0.2.1 CORP#1C\r\n"
			"10.0.2.2 OTHER#1C\r\n"
			"10.0.3.1 printers #SG\r\n"
			"10.0.3.2 printers #SG\r\n" },
		{ "/branch", "10.9.0.1 branch\n" },
		{ "/unused", "10.9.0.2 unused\n" },
		{ NULL, NULL },
	};
	static const struct text_file circular[] = {
		{ "/f", "10.0.0.1 plain\n#INCLUDE /g\n" },
		{ "/g", "#INCLUDE /f\n" },
		{ NULL, NULL },
	};
	static const struct lookup_case cases[] = {
		{ "without #MH the first ends it", "PLAIN<20>", "10.0.0.1" },
		{ "a plain name matches any suffix", "PLAIN<03>", "10.0.0.1" },
		{ "#PRE goes before what stands above", "LOADED<20>", "10.0.0.4" },
		{ "the #DOM list, with and without #PRE", "CORP<1C>", "group 10.0.0.5 10.0.0.6" },
		{ "hosts of the #DOM list", "DC2<20>", "10.0.0.6" },
		{ "a quoted name", "CORP<1B>", "10.0.0.7" },
		{ "with another suffix it is another name", "CORP<20>", "" },
		{ "#MH reads on, to the first without", "ROUTER<20>",
		  "10.0.1.1 10.0.1.2 10.0.1.3" },
		{ "the alternate that is there", "BRANCH<00>", "10.9.0.1" },
		{ "not those behind it", "UNUSED<00>", "" },
		{ "<1C> without #DOM", "OTHER<1C>", "10.0.2.2" },
		{ "an Internet group", "PRINTERS<20>", "group 10.0.3.1 10.0.3.2" },
		{ "is no host", "PRINTERS<00>", "" },
		{ "nobody", "NOBODY<20>", "" },
	};
	static const struct lookup_case broken[] = {
		{ "a circle ends the query", "PLAIN<20>", "broken" },
	};

	(void)state;
	files = good;
	check_lookups(cases, ARRAY_SIZE(cases));
	files = circular;
	check_lookups(broken, ARRAY_SIZE(broken));
}

static void no_more_than_25_addresses(void **state)
{
	char text[4096] = "", got[512];
	size_t len = 0, words = 1;

	(void)state;
	for (int i = 0; i < 40; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "10.0.0.%d A #MH #DOM:D\n",
					i);
	files = (const struct text_file[]){ { "/f", text }, { NULL, NULL } };
	look_up("A<20>", got);
	for (const char *c = got; *c != '\0'; c++)
		words += *c == ' ';
	assert_int_equal(words, 25);
	look_up("D<1C>", got);
	assert_non_null(strstr(got, "10.0.0.24"));
	assert_null(strstr(got, "10.0.0.25"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(includes_come_in_place),
		cmocka_unit_test(includes_do_not_multiply),
		cmocka_unit_test(a_file_that_cannot_be_read_is_named),
		cmocka_unit_test(names_are_encoded_by_the_caller),
		cmocka_unit_test(case_83_lmhosts_is_looked_up_as_it_says),
		cmocka_unit_test(no_more_than_25_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
