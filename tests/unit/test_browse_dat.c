/* Lines of browse.dat: smbd reads words, in quotes or without, and lines. The whole file is in
 * test_lists.c. */
#include "support.h"

#include <arpa/inet.h>

#include "browserd/browse_dat.h"

static void append(void *ctx, const char *line, size_t len)
{
	strncat(ctx, line, len);
}

/* Nothing that anybody says of himself begins another line or another word. */
static void texts_stay_in_their_quotes(void **state)
{
	static const struct lists_settings settings = { 100, 100, 100, 60000, 600000 };
	static const struct {
		enum lists_kind kind;
		struct lists_record record;
		const char *want;
	} cases[] = {
		{ LISTS_SERVERS,
		  { .name = "A", .workgroup = "LAB", .type = 3, .comment = "say \"it\"" },
		  "\"A\"                       40000003 \"say it\"                       \"LAB\"\n" },
		{ LISTS_SERVERS,
		  { .name = "A", .workgroup = "LAB", .type = 3, .comment = "one\ntwo" },
		  "\"A\"                       40000003 \"onetwo\"                       \"LAB\"\n" },
		{ LISTS_SERVERS,
		  { .name = "A", .workgroup = "LAB", .type = 3, .comment = "one\rtwo" },
		  "\"A\"                       40000003 \"onetwo\"                       \"LAB\"\n" },
		{ LISTS_WORKGROUPS,
		  { .name = "SHOP", .workgroup = "SHOP", .type = 0x80059A03, .comment = "TILL" },
		  "\"SHOP\"                    c0001000 \"TILL\"                         \"SHOP\"\n" },
	};
	const struct in_addr here = { inet_addr("10.1.0.5") }, there = { inet_addr("10.1.0.6") };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct lists *lists = lists_create(&settings);
		char text[1024] = "";

		assert_non_null(lists);
		assert_int_equal(lists_hear(lists, cases[i].kind, &cases[i].record, here, there,
					    60000, &(struct nbt_env){ .now_ms = 1 }),
				 LISTS_OK);
		browse_dat_write(lists, "LAB", append, text);
		assert_non_null(strchr(text, '\n'));
		assert_string_equal(strchr(text, '\n') + 1, cases[i].want);
		lists_destroy(lists);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(texts_stay_in_their_quotes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
