/* Static mappings: what lines of LMHOSTS come to, and which don't go together. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "nbnsd/service/statics.h"

static int read_text(void *ctx, const char *path, const char **text, size_t *len)
{
	(void)path;
	*text = ctx;
	*len = strlen(ctx);
	return 0;
}

/* The lines as statics, or NULL and what is wrong. */
static struct statics *statics_of(const char *text, char error[LMHOSTS_ERROR_MAX])
{
	const struct lmhosts_source source = { .read = read_text,
					       .ctx = (void *)(uintptr_t)text,
					       .extended = true };
	struct statics *statics = statics_create();
	struct lmhosts_reader reader;
	struct lmhosts_entry entry;
	int ret = 0;

	assert_non_null(statics);
	lmhosts_open(&reader, &source, "/s");
	while (ret == 0 && lmhosts_next(&reader, &entry, error) == LMHOSTS_ENTRY)
		ret = statics_add(statics, &entry, error);
	lmhosts_close(&reader);
	if (ret == 0)
		ret = statics_finish(statics, error);
	if (ret == 0)
		return statics;
	assert_int_equal(ret, -EINVAL);
	statics_destroy(statics);
	return NULL;
}

/* "unique FRED<00> 10.0.0.1; ..." */
static void describe(const struct statics *statics, char *out, size_t size)
{
	static const char *const kinds[] = { "unique", "group", "special", "multihomed" };
	char text[NBT_NAME_TEXT_MAX];
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < statics_count(statics); i++) {
		struct record record;

		statics_get(statics, i, &record);
		assert_true(record.is_static && record.is_of_file);
		assert_true(statics_has(statics, &record.name));
		len += (size_t)snprintf(out + len, size - len, "%s%s %s", i > 0 ? "; " : "",
					kinds[record.kind],
					nbt_name_print(&record.name, text, sizeof(text)));
		for (size_t j = 0; j < record.address_count; j++) {
			char address[INET_ADDRSTRLEN];

			inet_ntop(AF_INET, &record.address[j].address, address, sizeof(address));
			assert_int_equal(record.address[j].expiry, LEASE_FOREVER);
			len += (size_t)snprintf(out + len, size - len, " %s", address);
		}
	}
}

static void lines_become_records(void **state)
{
	static const struct {
		const char *what, *text, *want;
	} cases[] = {
		{ "nothing", "# a comment\n", "" },
		{ "a host is three names", "10.0.0.1 fred #PRE",
		  "unique FRED<00> 10.0.0.1; unique FRED<03> 10.0.0.1; unique FRED<20> 10.0.0.1" },
		{ "a name with its suffix is one", "10.0.0.1 corp#1b", "unique CORP<1B> 10.0.0.1" },
		{ "a quoted one, too", "10.0.0.1 \"Corp           \\0x1b\"",
		  "unique Corp<1B> 10.0.0.1" },
		{ "several addresses, in the order of the lines",
		  "10.0.0.2 R#20 #MH\n10.0.0.1 R#20 #MH\n10.0.0.2 R#20 #MH",
		  "multihomed R<20> 10.0.0.2 10.0.0.1" },
		{ "one line with #MH is enough", "10.0.0.2 R#20\n10.0.0.1 R#20 #MH",
		  "multihomed R<20> 10.0.0.2 10.0.0.1" },
		{ "a domain is collected", "10.0.0.1 A#20 #DOM:D\n10.0.0.2 B#20 #DOM:d",
		  "unique A<20> 10.0.0.1; unique B<20> 10.0.0.2; special D<1C> 10.0.0.1 10.0.0.2" },
		{ "also by its own name", "10.0.0.1 D#1C\n10.0.0.2 B#20 #DOM:D",
		  "unique B<20> 10.0.0.2; special D<1C> 10.0.0.1 10.0.0.2" },
		{ "an Internet group", "10.0.0.1 G #SG\n10.0.0.2 B#20 #SG:G",
		  "unique B<20> 10.0.0.2; special G<20> 10.0.0.1 10.0.0.2" },
		{ "a normal group, once", "0.0.0.0 G #NG\n10.0.0.2 G #NG\n10.0.0.2 G#00 #NG",
		  "group G<00>; group G<1E>" },
		{ "the same line twice", "10.0.0.1 A#20\n10.0.0.1 A#20", "unique A<20> 10.0.0.1" },
	};
	char error[LMHOSTS_ERROR_MAX], got[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct statics *statics = statics_of(cases[i].text, error);

		if (statics == NULL)
			fail_msg("%s: %s", cases[i].what, error);
		describe(statics, got, sizeof(got));
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: %s, wanted %s", cases[i].what, got, cases[i].want);
		statics_destroy(statics);
	}
}

static void what_cannot_be_is_told(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "10.0.0.1 A\n0.0.0.0 B",
		  "/s:2: \"B<00>\" has an address of no host; allowed: the "
		  "address of one host" },
		{ "224.0.0.1 B",
		  "/s:1: \"B<00>\" has an address of no host; allowed: the address of "
		  "one host" },
		{ "10.0.0.1 B#1D",
		  "/s:1: \"B<1D>\" is a name of one subnet; allowed: other suffixes "
		  "than <1D>" },
		{ "10.0.0.1 *B",
		  "/s:1: \"*B<00>\" is asked for as a wildcard; allowed: names that do not begin "
		  "with *" },
		{ "10.0.0.1 B#1E",
		  "/s:1: \"B<1E>\" is the name of a group; allowed: a line with #NG" },
		{ "10.0.0.1 B#20\n10.0.0.3 C#20\n10.0.0.2 B#20",
		  "/s:3: \"B<20>\" has another address before; allowed: one, or #MH in its lines" },
		{ "10.0.0.1 B#20\n10.0.0.1 B #SG",
		  "/s:2: \"B<20>\" is also something else; allowed: a name as a host or as one kind "
		  "of group" },
		{ "10.0.0.1 B#20 #NG\n10.0.0.1 B #SG",
		  "/s:2: \"B<20>\" is also something else; allowed: a name as a host or as one kind "
		  "of group" },
	};
	char error[LMHOSTS_ERROR_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (statics_of(cases[i].text, error) != NULL)
			fail_msg("%s", cases[i].text);
		assert_string_equal(error, cases[i].want);
	}
}

static void no_more_than_25_addresses(void **state)
{
	char text[2048] = "", error[LMHOSTS_ERROR_MAX];
	struct statics *statics;
	size_t len = 0;

	(void)state;
	for (int i = 1; i <= 25; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"10.0.0.%d A#20 #DOM:D\n"
					"10.0.0.%d G #SG\n",
					25, i);
	statics = statics_of(text, error);
	assert_non_null(statics);
	statics_destroy(statics);
	strcat(text, "10.0.0.26 G #SG\n");
	assert_null(statics_of(text, error));
	assert_string_equal(error, "/s:51: \"G<20>\" has one address too many; allowed: 25");
}

static void names_that_are_not_there(void **state)
{
	char error[LMHOSTS_ERROR_MAX];
	struct statics *statics = statics_of("10.0.0.1 B#20\n10.0.0.1 D#20\n10.0.0.1 F#20", error);
	static const char *const names[] = { "A<20>", "B<00>", "C<20>", "E<20>", "F<21>", "G<20>" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct nbt_name name = name_of(names[i]);

		assert_false(statics_has(statics, &name));
	}
	statics_destroy(statics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_become_records),
		cmocka_unit_test(what_cannot_be_is_told),
		cmocka_unit_test(no_more_than_25_addresses),
		cmocka_unit_test(names_that_are_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
