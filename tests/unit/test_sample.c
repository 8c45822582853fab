/* etc/nbt.conf is what the tables of all daemons make it. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#include "browserd/conf.h"
#include "common/conf.h"
#include "nbddd/conf.h"
#include "nbnsd/conf.h"

#define SAMPLE_MAX 65536

/* Written where it differs, to be copied over the old one. */
#define EXPECTED   "nbt.conf.expected"

#define GROUPS_MAX 16

/* The settings of all daemons are those of each; its own groups follow. */
static size_t all_groups(struct conf_group groups[GROUPS_MAX])
{
	const struct conf_schema *const schemas[] = { &nbnsd_schema, &nbddd_schema,
						      &browserd_schema };
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(schemas); i++)
		for (size_t j = 0; j < schemas[i]->count; j++)
			if (i == 0 || schemas[i]->groups[j].name != NULL)
				groups[count++] = schemas[i]->groups[j];
	return count;
}

static char *made_sample(void)
{
	struct conf_group groups[GROUPS_MAX];
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	conf_print_sample(out, groups, all_groups(groups));
	fclose(out);
	return text;
}

static void read_sample(char text[SAMPLE_MAX])
{
	const char *tree = getenv("top_srcdir");
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/etc/nbt.conf", tree != NULL ? tree : ".");
	file = fopen(path, "r");
	assert_non_null(file);
	text[fread(text, 1, SAMPLE_MAX - 1, file)] = '\0';
	fclose(file);
}

static void sample_file_is_that_of_the_tables(void **state)
{
	static char text[SAMPLE_MAX];
	char *wanted = made_sample();

	(void)state;
	read_sample(text);
	if (strcmp(text, wanted) != 0) {
		FILE *out = fopen(EXPECTED, "w");

		assert_non_null(out);
		fputs(wanted, out);
		fclose(out);
		fail_msg("etc/nbt.conf differs from the tables: copy %s over it", EXPECTED);
	}
	free(wanted);
}

static void sample_file_is_read(void **state)
{
	static char text[SAMPLE_MAX];
	char error[CONF_ERROR_MAX];
	struct nbnsd_settings nbnsd;
	struct nbddd_settings nbddd;
	struct browserd_settings browserd;

	(void)state;
	read_sample(text);
	if (conf_parse(&nbnsd, &nbnsd_schema, text, "nbt.conf", error) < 0 ||
	    conf_parse(&nbddd, &nbddd_schema, text, "nbt.conf", error) < 0 ||
	    conf_parse(&browserd, &browserd_schema, text, "nbt.conf", error) < 0)
		fail_msg("%s", error);
	conf_free(&nbnsd, &nbnsd_schema);
	conf_free(&nbddd, &nbddd_schema);
	conf_free(&browserd, &browserd_schema);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample_file_is_that_of_the_tables),
		cmocka_unit_test(sample_file_is_read),
	};

	return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
