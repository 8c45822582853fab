/* wins.ldb of Samba's AD server as LDIF. */
#include "support.h"

#include <stdlib.h>

#include "imports.h"

/* An entry as ldbsearch prints it, with its end. */
#define ENTRY(more) "# a name\ndn: name=FRED,type=0x20\nobjectClass: winsRecord\n" more "\n"
#define FRED        "name: FRED\ntype: 0x20\nrecordType: 0\nexpireTime: 20261129215035.0Z\n"
#define ADDRESS     "address: 10.0.0.1;winsOwner:10.88.2.11;expireTime:20261129215035.0Z;\n"
#define CUT_OFF     "the file is cut off: \"# returned ... records\" is missing at its end\n"
#define TAKEN       "1795989035"

static const struct row {
	const char *what, *text, *want;
} rows[] = {
	{ "a unique name",
	  ENTRY(FRED ADDRESS "isStatic: 0\nnodeType: 3\nrecordState: 0\nversionID: 7\n"),
	  "2: FRED<20> unique H " TAKEN " 10.0.0.1\n" },
	{ "attributes in another order", ENTRY("nodeType: 1\n" ADDRESS FRED),
	  "2: FRED<20> unique P " TAKEN " 10.0.0.1\n" },
	{ "an address without owner", ENTRY(FRED "address: 10.0.0.1\n"),
	  "2: FRED<20> unique B " TAKEN " 10.0.0.1\n" },
	{ "a static name needs no time",
	  ENTRY("name: FRED\ntype: 0x20\nrecordType: 0\nisStatic: 1\n" ADDRESS),
	  "2: FRED<20> unique B static 10.0.0.1\n" },
	{ "a group with its member",
	  ENTRY("name: OFFICE\ntype: 0x00\nrecordType: 1\nexpireTime: 20261129215035.0Z\n" ADDRESS),
	  "2: OFFICE<00> group B " TAKEN " 10.0.0.1\n" },
	{ "domain controllers",
	  ENTRY("name: OFFICE\ntype: 0x1C\nrecordType: 2\nexpireTime: 20261129215035.0Z\n"
		"address: 10.0.0.1;x\naddress: 10.0.0.2;x\n"),
	  "2: OFFICE<1C> internet B " TAKEN " 10.0.0.1 10.0.0.2\n" },
	{ "a multihomed name that has one address left",
	  ENTRY("name: FRED\ntype: 0x20\nrecordType: 3\nexpireTime: 20261129215035.0Z\n" ADDRESS),
	  "2: FRED<20> multihomed B " TAKEN " 10.0.0.1\n" },
	{ "a scope", ENTRY(FRED ADDRESS "scope: EXAMPLE.ORG\n"),
	  "2: FRED<20>.EXAMPLE.ORG unique B " TAKEN " 10.0.0.1\n" },
	{ "small letters stay",
	  ENTRY("name: small\ntype: 0x20\nrecordType: 0\nexpireTime: 20261129215035.0Z\n" ADDRESS),
	  "2: small<20> unique B " TAKEN " 10.0.0.1\n" },
	{ "Base64",
	  ENTRY("name:: AQJfX01TQlJPV1NFX18C\ntype: 0x01\nrecordType: 1\n"
		"expireTime: 20261129215035.0Z\n"),
	  "2: <01><02>__MSBROWSE__<02><01> group B " TAKEN "\n" },
	{ "suffixes from 80 on, as Samba prints them",
	  ENTRY("name: FRED\ntype: 0xFFFFFFBF\nrecordType: 0\nexpireTime: 20261129215035.0Z\n" ADDRESS),
	  "2: FRED<BF> unique B " TAKEN " 10.0.0.1\n" },
	{ "lines that go on",
	  ENTRY("name: FR\n ED\ntype: 0x20\nrecordType: 0\nexpireTime: 202611292\n 15035.0Z\naddress\n"
		" : 10.0.0.1\n"),
	  "2: FRED<20> unique B " TAKEN " 10.0.0.1\n" },
	{ "a comment that goes on", ENTRY(FRED "# name:\n  JIM\n" ADDRESS),
	  "2: FRED<20> unique B " TAKEN " 10.0.0.1\n" },
	{ "two entries",
	  ENTRY(FRED ADDRESS) "dn: x\nobjectClass: winsRecord\n" FRED ADDRESS "type: 0x03\n",
	  "2: FRED<20> unique B " TAKEN " 10.0.0.1\n10: FRED<03> unique B " TAKEN " 10.0.0.1\n" },
	{ "a released name", ENTRY(FRED ADDRESS "recordState: 1\n"),
	  "2 FRED<20>: its owner has released it\n" },
	{ "a tombstone", ENTRY(FRED ADDRESS "recordState: 2\n"),
	  "2 FRED<20>: a tombstone: the name is gone\n" },
	{ "a lease that has ended",
	  ENTRY("name: FRED\ntype: 0x20\nrecordType: 0\nexpireTime: 19700101000000.0Z\n" ADDRESS),
	  "2 FRED<20>: its lease has ended (--expired takes it all the same)\n" },
	{ "no address", ENTRY(FRED), "2 FRED<20>: it has no address of a host\n" },
	{ "no time", ENTRY("name: FRED\ntype: 0x20\nrecordType: 0\n" ADDRESS),
	  "2 FRED<20>: it lacks name, type, recordType or expireTime\n" },
	{ "a time that is none",
	  ENTRY("name: FRED\ntype: 0x20\nrecordType: 0\nexpireTime: soon\n" ADDRESS),
	  "7 expireTime: a value that is not understood: the record is left out\n" },
	{ "16 characters", ENTRY("name: ABCDEFGHIJKLMNOP\n" FRED),
	  "4 name: a value that is not understood: the record is left out\n" },
	{ "no Base64", ENTRY("name:: *\n" FRED),
	  "4 name: a value that is no Base64: the record is left out\n" },
	{ "an address that is none", ENTRY(FRED "address: 10.0.0\n"),
	  "8 address: a value that is not understood: the record is left out\n" },
	{ "no line of LDIF", ENTRY(FRED "hello\n"),
	  "8 hello: is no line of LDIF; they are ATTRIBUTE: VALUE\n" },
	{ "entries of other kinds",
	  ENTRY(FRED ADDRESS) "dn: CN=VERSION\nobjectClass: winsMaxVersion\n",
	  "2: FRED<20> unique B " TAKEN " 10.0.0.1\n" },
	{ "what ldbsearch prints around them",
	  "# record 1\ndn: x\nobjectClass: winsRecord\n" FRED ADDRESS
	  "\n# returned 1 records\n# 1 entries\n",
	  "2: FRED<20> unique B " TAKEN " 10.0.0.1\n" },
	{ "cut off: the last one may not be whole",
	  "# record 1\ndn: x\nobjectClass: winsRecord\n" FRED ADDRESS
	  "\n# record 2\ndn: x\nobjectClass: winsRecord\n" FRED "address: 10.0.0.1",
	  "2: FRED<20> unique B " TAKEN " 10.0.0.1\n"
	  "11 FRED<20>: the file ends here, before it should\n" CUT_OFF },
	{ "cut off between two",
	  "# record 1\ndn: x\nobjectClass: winsRecord\n" FRED ADDRESS "\n# record 2\n",
	  "2: FRED<20> unique B " TAKEN " 10.0.0.1\n" CUT_OFF },
	{ "another file", "hello\n",
	  "1 hello: is no line of LDIF; they are ATTRIBUTE: VALUE\n"
	  "no winsRecord in it: this is no LDIF of wins.ldb\n" },
	{ "nothing but a record that is cut off",
	  "dn: x\nobjectClass: winsRecord\nname: FRED\nhell",
	  "4 hell: is no line of LDIF; they are ATTRIBUTE: VALUE\n" },
	{ "an empty file", "", "no winsRecord in it: this is no LDIF of wins.ldb\n" },
	{ "the last line without its end",
	  "dn: x\nobjectClass: winsRecord\n" FRED "address: 10.0.0.1",
	  "1: FRED<20> unique B " TAKEN " 10.0.0.1\n" },
};

static void entries_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = import_as_text("ldif", rows[i].text, false);

		if (strcmp(text, rows[i].want) != 0)
			fail_msg("%s:\n%swanted\n%s", rows[i].what, text, rows[i].want);
		free(text);
	}
}

/* One remark, and no overflow. */
static void a_line_without_end(void **state)
{
	const size_t more = 3;
	char *text = calloc(1, more * IMPORT_LINE_MAX + 100), *at = text, *got;

	(void)state;
	assert_non_null(text);
	at = stpcpy(at, "dn: x\nobjectClass: winsRecord\nname: ");
	for (size_t i = 0; i < more * 1000; i++)
		at = stpcpy(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq\n ");
	got = import_as_text("ldif", text, false);
	assert_string_equal(strchr(got, ':'), ": the line is too long: the record is left out\n");
	free(got);
	free(text);
}

static void more_addresses_than_fit(void **state)
{
	char text[4096] =
		"dn: x\nobjectClass: winsRecord\nname: OFFICE\ntype: 0x1C\nrecordType: 2\n"
		"isStatic: 1\n",
	     *at = text + strlen(text), *got;

	(void)state;
	for (int i = 1; i <= IMPORT_ADDRESSES_MAX + 1; i++)
		at += sprintf(at, "address: 10.0.0.%d\n", i);
	got = import_as_text("ldif", text, false);
	assert_non_null(strstr(got, " 10.0.0.25\n1 OFFICE<1C>: addresses beyond the 25 that"));
	free(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_read),
		cmocka_unit_test(a_line_without_end),
		cmocka_unit_test(more_addresses_than_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
