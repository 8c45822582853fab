/* Rows of names as lines for other programs. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/export.h"

#define NAME(name, suffix, raw)                                                                    \
	"\"name\":\"" name "\",\"suffix\":\"" suffix "\",\"raw\":\"" raw "\","
#define FRED_RAW "46524544202020202020202020202020"
#define FRED     NAME("FRED", "20", FRED_RAW) "\"scope\":\"\",\"node_type\":\"H\",\"expires_in\":60,"
#define ONE      "\"addresses\":[\"10.0.0.1\"]"
#define TWO      "\"addresses\":[\"10.0.0.1\",\"10.0.0.2\"]"
#define NONE     "\"addresses\":[]"

static const struct row {
	const char *format, *domain, *json, *want; /* NULL: it has no form there */
} rows[] = {
	{ "hosts", NULL, FRED "\"kind\":\"unique\"," ONE, "10.0.0.1\tfred\n" },
	{ "hosts", "example.org", FRED "\"kind\":\"multihomed\"," TWO,
	  "10.0.0.1\tfred.example.org fred\n10.0.0.2\tfred.example.org fred\n" },
	{ "hosts", NULL, FRED "\"kind\":\"group\"," NONE, NULL },
	{ "hosts", NULL, NAME("A B", "20", FRED_RAW) "\"kind\":\"unique\"," ONE, NULL },
	{ "hosts", NULL, NAME("A_B", "20", FRED_RAW) "\"kind\":\"unique\"," ONE,
	  "10.0.0.1\ta_b\n" },
	{ "hosts", NULL, NAME("-A", "20", FRED_RAW) "\"kind\":\"unique\"," ONE, NULL },
	{ "hosts", NULL, NAME("\xc3\x9c", "20", FRED_RAW) "\"kind\":\"unique\"," ONE, NULL },
	{ "hosts", NULL, NAME("A", "20", FRED_RAW) "\"scope\":\"S\",\"kind\":\"unique\"," ONE,
	  NULL },
	{ "zone", NULL, FRED "\"kind\":\"unique\"," ONE, "fred\t3600\tIN\tA\t10.0.0.1\n" },
	{ "zone", NULL, NAME("A_B", "20", FRED_RAW) "\"kind\":\"unique\"," ONE, NULL },
	{ "lmhosts", NULL, FRED "\"kind\":\"unique\"," ONE, "10.0.0.1\tFRED#20\n" },
	{ "lmhosts", NULL, FRED "\"kind\":\"multihomed\"," TWO,
	  "10.0.0.1\tFRED#20\t#MH\n10.0.0.2\tFRED#20\t#MH\n" },
	{ "lmhosts", NULL, FRED "\"kind\":\"internet\"," ONE, "10.0.0.1\tFRED#20\t#SG\n" },
	{ "lmhosts", NULL,
	  NAME("LAB", "1C", "4c41422020202020202020202020201c") "\"kind\":\"internet\"," ONE,
	  "10.0.0.1\tLAB#1c\n" },
	{ "lmhosts", NULL, FRED "\"kind\":\"group\"," NONE, "0.0.0.0\tFRED#20\t#NG\n" },
	{ "lmhosts", NULL,
	  NAME("A B", "20", "41204222209a20202020202020200120") "\"kind\":\"unique\"," ONE,
	  "10.0.0.1\t\"A B\\0x22 \\0x9a        \\0x01\\0x20\"\n" },
	{ "lmhosts", NULL, NAME("A", "20", "41") "\"kind\":\"unique\"," ONE, NULL },
	{ "wins.dat", NULL, FRED "\"kind\":\"unique\"," ONE, "\"FRED#20\" 1060 10.0.0.1 64R\n" },
	{ "wins.dat", NULL,
	  NAME("FRED", "20",
	       FRED_RAW) "\"node_type\":\"B\",\"expires_in\":null,\"kind\":\"unique\"," ONE,
	  "\"FRED#20\" 0 10.0.0.1  4R\n" },
	{ "wins.dat", NULL, FRED "\"kind\":\"group\"," NONE, "\"FRED#20\" 1060 0.0.0.0 e4R\n" },
	{ "wins.dat", NULL, FRED "\"kind\":\"internet\"," TWO,
	  "\"FRED#20\" 1060 10.0.0.1 10.0.0.2 e4R\n" },
	{ "wins.dat", NULL, NAME("\\u0001A", "01", FRED_RAW) "\"kind\":\"unique\"," ONE, NULL },
	{ "wins.dat", NULL,
	  NAME("\\u0001\\u0002__MSBROWSE__\\u0002", "01",
	       FRED_RAW) "\"expires_in\":60,\"kind\":\"group\"," NONE,
	  "\"__MSBROWSE__#01\" 1060 0.0.0.0 84R\n" },
	{ "wins.dat", NULL, NAME("\\u0001", "01", FRED_RAW) "\"kind\":\"unique\"," ONE, NULL },
};

static char *exported(const struct row *row, bool *has_form)
{
	const struct export_options options = { row->domain, 1000 };
	char json[1024], *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	json_t *object;

	snprintf(json, sizeof(json), "{%s}", row->json);
	object = json_loads(json, 0, NULL);
	assert_non_null(object);
	assert_non_null(out);
	*has_form = export_find(row->format)->row(out, object, &options);
	fclose(out);
	json_decref(object);
	return text;
}

static void rows_are_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool has_form;
		char *text = exported(&rows[i], &has_form);
		const char *want = rows[i].want != NULL ? rows[i].want : "";

		if (has_form != (rows[i].want != NULL) || strcmp(text, want) != 0)
			fail_msg("%s of %s:\n%swanted\n%s", rows[i].format, rows[i].json, text,
				 want);
		free(text);
	}
}

static void what_is_changed_is_known(void **state)
{
	static const struct {
		const char *format, *json;
		bool is_changed;
	} cases[] = {
		{ "wins.dat", "\"suffix\":\"20\",\"kind\":\"internet\"", true },
		{ "wins.dat", "\"suffix\":\"1C\",\"kind\":\"internet\"", false },
		{ "wins.dat", "\"suffix\":\"20\",\"kind\":\"group\"", false },
		{ "wins.dat", "\"suffix\":\"20\",\"kind\":\"multihomed\"", false },
		{ "lmhosts", "\"suffix\":\"20\",\"kind\":\"internet\"", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char json[128];
		json_t *row;

		snprintf(json, sizeof(json), "{%s}", cases[i].json);
		row = json_loads(json, 0, NULL);
		assert_non_null(row);
		if (export_changes(export_find(cases[i].format), row) != cases[i].is_changed)
			fail_msg("%s of %s: changed, or not", cases[i].format, json);
		json_decref(row);
	}
}

static void domains_are_read(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: none */
	} domains[] = {
		{ "example.org", "example.org" },
		{ "example.org.", "example.org" },
		{ "a", "a" },
		{ "_x.a-b", "_x.a-b" },
		{ "", NULL },
		{ ".", NULL },
		{ "a..b", NULL },
		{ ".a", NULL },
		{ "a b", NULL },
		{ "a\nb", NULL },
		{ "\xc3\x9c", NULL },
	};
	char domain[EXPORT_DOMAIN_MAX], text[EXPORT_DOMAIN_MAX + 1] = "";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(domains); i++) {
		if (export_domain(domains[i].text, domain) != (domains[i].want != NULL))
			fail_msg("%s: a domain, or not", domains[i].text);
		if (domains[i].want != NULL)
			assert_string_equal(domain, domains[i].want);
	}
	memset(text, 'a', 64);
	assert_false(export_domain(text, domain));
	for (size_t i = 0; i < EXPORT_DOMAIN_MAX; i++)
		text[i] = i % 2 == 0 ? 'a' : '.';
	assert_false(export_domain(text, domain));
}

static void formats_are_found(void **state)
{
	(void)state;
	assert_non_null(export_find("zone"));
	assert_null(export_find("zones"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_lines),
		cmocka_unit_test(what_is_changed_is_known),
		cmocka_unit_test(domains_are_read),
		cmocka_unit_test(formats_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
