/* What misspelt words were meant to be. */
#include "common/nearest.h"

#include "support.h"

/* A word among these, and what it is taken for; NULL: nothing. */
static const char *const words[] = { "json",      "csv",       "names list", "names delete",
				     "conflicts", "broadcast", "browse" };
static const struct {
	const char *word, *meant;
} cases[] = {
	{ "json", "json" },            /* itself */
	{ "jsno", "json" },            /* neighbours changed */
	{ "jsn", "json" },             /* left out */
	{ "jsonn", "json" },           /* put in */
	{ "jsox", "json" },            /* replaced */
	{ "vsc", NULL },               /* two mistakes in three letters */
	{ "nmaes lst", "names list" }, /* two in nine */
	{ "brwose", "browse" },
	{ "conflict", "conflicts" },
	{ "audit", NULL },
	{ "", NULL },
	{ "x", NULL },
	{ "a-word-that-is-longer-than-any-that-could-ever-be-meant", NULL },
};

static void the_nearest_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nearest n;

		nearest_begin(&n, cases[i].word);
		for (size_t j = 0; j < ARRAY_SIZE(words); j++)
			nearest_take(&n, words[j]);
		if (cases[i].meant == NULL)
			assert_null(n.found);
		else
			assert_string_equal(n.found, cases[i].meant);
	}
}

static void among_equals_the_first_holds(void **state)
{
	struct nearest n;

	(void)state;
	nearest_begin(&n, "namex");
	nearest_take(&n, "name1");
	nearest_take(&n, "name2");
	assert_string_equal(n.found, "name1");
	nearest_take(&n, "namex");
	assert_string_equal(n.found, "namex");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_is_found),
		cmocka_unit_test(among_equals_the_first_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
