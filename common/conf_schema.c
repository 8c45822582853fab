/* Walks over a schema: look-up, defaults, the time scale, printing, the end. */
#include "common/conf_schema.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf_value.h"

#define HELP_WIDTH 90

static const char introduction[] =
	"# Settings of the NetBIOS daemons nbnsd, nbddd and browserd, each with its default. Take the #\n"
	"# in front of a setting away to change it. Times are strings such as \"250ms\", \"90s\", \"30m\",\n"
	"# \"12h\" and \"6d\", or seconds. A daemon says with --check-config what it thinks of this file.\n"
	"\n";

const struct conf_item *conf_find_item(const struct conf_group *group, const char *name)
{
	for (const struct conf_item *item = group->items; item->name != NULL; item++)
		if (strcmp(item->name, name) == 0)
			return item;
	return NULL;
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

const struct conf_group *conf_find_group(const struct conf_schema *schema, const char *inside,
					 const char *name)
{
	for (size_t i = 0; i < schema->count; i++)
		if (is_same(schema->groups[i].inside, inside) &&
		    is_same(schema->groups[i].name, name))
			return &schema->groups[i];
	return NULL;
}

void *conf_slot(void *settings, const struct conf_group *group, const struct conf_item *item)
{
	return (char *)settings + group->offset + item->offset;
}

static const void *value_at(const void *settings, const struct conf_group *group,
			    const struct conf_item *item)
{
	return (const char *)settings + group->offset + item->offset;
}

/* Calls each() for every row of the schema with the place of its value. */
static int for_each_item(const struct conf_schema *schema, void *settings,
			 int (*each)(const struct conf_item *item, void *slot, void *ctx),
			 void *ctx)
{
	for (size_t i = 0; i < schema->count; i++) {
		const struct conf_group *group = &schema->groups[i];

		for (const struct conf_item *item = group->items; item->name != NULL; item++) {
			int ret = each(item, conf_slot(settings, group, item), ctx);

			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

static int set_default(const struct conf_item *item, void *slot, void *ctx)
{
	struct conf_strings words = { NULL, 0 };
	size_t bad;
	int ret;

	(void)ctx;
	if (conf_value_is_list(item->type))
		ret = conf_strings_split(&words, item->fallback);
	else
		ret = conf_strings_add(&words, item->fallback, strlen(item->fallback));
	if (ret == 0)
		ret = conf_value_set(item, slot, &words, &bad);
	assert(ret != -EINVAL); /* the table contradicts itself */
	conf_strings_free(&words);
	return ret;
}

int conf_set_entry_defaults(const struct conf_entry *entry, void *slot)
{
	int ret = 0;

	for (const struct conf_item *item = entry->items; item->name != NULL && ret == 0; item++)
		ret = set_default(item, (char *)slot + item->offset, NULL);
	return ret;
}

static uint64_t time_scale(const struct conf_schema *schema, const void *settings)
{
	const struct conf_group *top = conf_find_group(schema, NULL, NULL);
	const struct conf_item *item = conf_find_item(top, "time-scale");

	return item != NULL ? *(const uint64_t *)value_at(settings, top, item) : 1;
}

static int scale_duration(const struct conf_item *item, void *slot, void *ctx);

static void scale_entries(const struct conf_entry *entry, const struct conf_groups *groups,
			  void *ctx)
{
	for (size_t i = 0; i < groups->count; i++)
		for (const struct conf_item *item = entry->items; item->name != NULL; item++)
			(void)scale_duration(
				item, (char *)groups->items + i * entry->size + item->offset, ctx);
}

static int scale_duration(const struct conf_item *item, void *slot, void *ctx)
{
	uint64_t scale = *(uint64_t *)ctx, *value = slot;

	if (item->type == CONF_GROUPS)
		scale_entries(item->entry, slot, ctx);
	else if (item->type == CONF_DURATION && *value > 0)
		*value = *value > scale ? *value / scale : 1; /* 0 would be "off" */
	return 0;
}

int conf_set_defaults(void *settings, const struct conf_schema *schema)
{
	return for_each_item(schema, settings, set_default, NULL);
}

void conf_scale(void *settings, const struct conf_schema *schema)
{
	uint64_t scale = time_scale(schema, settings);

	(void)for_each_item(schema, settings, scale_duration, &scale);
}

static int free_value(const struct conf_item *item, void *slot, void *ctx)
{
	(void)ctx;
	conf_value_free(item, slot);
	return 0;
}

void conf_free(void *settings, const struct conf_schema *schema)
{
	(void)for_each_item(schema, settings, free_value, NULL);
	memset(settings, 0, schema->size);
}

/*
 * Reloads.
 */

static void swap(char *a, char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char byte = a[i];

		a[i] = b[i];
		b[i] = byte;
	}
}

void conf_keep(void *fresh, void *now, const struct conf_schema *schema, char *names, size_t size)
{
	names[0] = '\0';
	for (size_t i = 0; i < schema->count; i++) {
		const struct conf_group *group = &schema->groups[i];

		for (const struct conf_item *item = group->items; item->name != NULL; item++) {
			void *a = conf_slot(fresh, group, item), *b = conf_slot(now, group, item);
			size_t len = strlen(names);

			if (!item->at_start)
				continue;
			if (!conf_value_is_same(item, a, b))
				snprintf(names + len, size - len, "%s%s", len > 0 ? ", " : "",
					 item->name);
			swap(a, b, conf_value_size(item->type));
		}
	}
}

bool conf_group_is_same(const void *a, const void *b, const struct conf_schema *schema,
			const char *name)
{
	for (size_t i = 0; i < schema->count; i++) {
		const struct conf_group *group = &schema->groups[i];

		if (!is_same(group->name, name))
			continue;
		for (const struct conf_item *item = group->items; item->name != NULL; item++)
			if (!item->at_start && !conf_value_is_same(item, value_at(a, group, item),
								   value_at(b, group, item)))
				return false;
	}
	return true;
}

/*
 * Printing.
 */
static const char *indent(const struct conf_group *group)
{
	if (group->name == NULL)
		return "";
	return group->inside == NULL ? "\t" : "\t\t";
}

static void open_group(FILE *out, const struct conf_group *group)
{
	if (group->inside != NULL)
		fprintf(out, "\t%s = {\n", group->name);
	else if (group->name != NULL)
		fprintf(out, "\n%s = {\n", group->name);
}

static void close_group(FILE *out, const struct conf_group *group)
{
	if (group->name != NULL)
		fprintf(out, "%s};\n", indent(group) + 1);
}

typedef void print_group_fn(FILE *out, const struct conf_schema *schema,
			    const struct conf_group *group, const void *settings);

/* The groups that are in this one; NULL: those at the top. */
static void print_groups(FILE *out, const struct conf_schema *schema, const char *inside,
			 const void *settings, print_group_fn *print)
{
	for (size_t i = 0; i < schema->count; i++)
		if (is_same(schema->groups[i].inside, inside))
			print(out, schema, &schema->groups[i], settings);
}

/* Each on a line of its own. */
static void print_entries(FILE *out, const struct conf_group *group, const struct conf_item *item,
			  const struct conf_groups *groups)
{
	fputs("(", out);
	for (size_t i = 0; i < groups->count; i++) {
		fprintf(out, "%s\n%s\t", i > 0 ? "," : "", indent(group));
		conf_value_print_entry(out, item,
				       (const char *)groups->items + i * item->entry->size);
	}
	fprintf(out, "\n%s)", indent(group));
}

static void print_setting(FILE *out, const struct conf_group *group, const struct conf_item *item,
			  const void *slot)
{
	const struct conf_groups *groups = slot;

	fprintf(out, "%s%s = ", indent(group), item->name);
	if (item->type == CONF_GROUPS && groups->count > 0)
		print_entries(out, group, item, groups);
	else
		conf_value_print(out, item, slot);
	fputs(";\n", out);
}

static void print_group(FILE *out, const struct conf_schema *schema, const struct conf_group *group,
			const void *settings)
{
	open_group(out, group);
	for (const struct conf_item *item = group->items; item->name != NULL; item++)
		print_setting(out, group, item, value_at(settings, group, item));
	if (group->name != NULL)
		print_groups(out, schema, group->name, settings, print_group);
	close_group(out, group);
}

void conf_print(FILE *out, const struct conf_schema *schema, const void *settings)
{
	print_groups(out, schema, NULL, settings, print_group);
}

/* A comment of several lines, broken at blanks. */
static void print_help(FILE *out, const struct conf_group *group, const char *help)
{
	while (*help != '\0') {
		size_t len = strlen(help);

		if (len > HELP_WIDTH) {
			const char *blank = memrchr(help, ' ', HELP_WIDTH);

			len = blank != NULL ? (size_t)(blank - help) : len;
		}
		fprintf(out, "%s# %.*s\n", indent(group), (int)len, help);
		help += len;
		help += strspn(help, " ");
	}
}

/* What is in each group of a list, with its default. */
static void print_sample_entry(FILE *out, const struct conf_group *group,
			       const struct conf_entry *entry)
{
	for (const struct conf_item *item = entry->items; item->name != NULL; item++) {
		fprintf(out, "%s#   %s", indent(group), item->name);
		if (!is_same(item->name, entry->key)) {
			fputs(" = ", out);
			conf_value_print_default(out, item);
		}
		fprintf(out, ": %s\n", item->help);
	}
}

static void print_sample_group(FILE *out, const struct conf_schema *schema,
			       const struct conf_group *group, const void *settings)
{
	open_group(out, group);
	for (const struct conf_item *item = group->items; item->name != NULL; item++) {
		if (item->help == NULL)
			continue;
		print_help(out, group, item->help);
		if (item->type == CONF_GROUPS)
			print_sample_entry(out, group, item->entry);
		fprintf(out, "%s#%s = ", indent(group), item->name);
		conf_value_print_default(out, item);
		fputs(";\n", out);
	}
	if (group->name != NULL)
		print_groups(out, schema, group->name, settings, print_sample_group);
	close_group(out, group);
}

void conf_print_sample(FILE *out, const struct conf_group *groups, size_t count)
{
	const struct conf_schema schema = { groups, count, 0 };

	fputs(introduction, out);
	print_groups(out, &schema, NULL, NULL, print_sample_group);
}
