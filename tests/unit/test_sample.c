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

/* The part of nbt.conf(5) that lists what takes a restart. */
static void read_restart_list(char text[4096])
{
	const char *tree = getenv("top_srcdir");
	static char manual[1 << 17];
	char path[4096], *begin, *end;
	FILE *file;

	snprintf(path, sizeof(path), "%s/doc/man/nbt.conf.5", tree != NULL ? tree : ".");
	file = fopen(path, "r");
	assert_non_null(file);
	manual[fread(manual, 1, sizeof(manual) - 1, file)] = '\0';
	fclose(file);
	begin = strstr(manual, "These settings take a restart");
	end = begin != NULL ? strstr(begin, "A reload that would change them") : NULL;
	assert_true(end != NULL && end - begin < 4096);
	memcpy(text, begin, (size_t)(end - begin));
	text[end - begin] = '\0';
}

static void what_takes_a_restart_is_in_the_manual(void **state)
{
	char list[4096], entry[80];
	struct conf_group groups[GROUPS_MAX];
	size_t count = all_groups(groups), listed = 0, wanted = 0;

	(void)state;
	read_restart_list(list);
	for (const char *at = list; (at = strstr(at, ".Ic ")) != NULL; at += 4)
		listed++;
	for (size_t i = 0; i < count; i++)
		for (const struct conf_item *item = groups[i].items; item->name != NULL; item++) {
			if (!item->at_start || item->help == NULL)
				continue;
			wanted++;
			snprintf(entry, sizeof(entry), "\n.Ic %s", item->name);
			if (strstr(list, entry) == NULL)
				fail_msg("%s is not in the list of nbt.conf(5)", item->name);
		}
	assert_int_equal(listed, wanted);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample_file_is_that_of_the_tables),
		cmocka_unit_test(sample_file_is_read),
		cmocka_unit_test(what_takes_a_restart_is_in_the_manual),
	};

	return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
