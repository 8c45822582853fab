/* Settings from files: the only file that knows libconfig. */
#include "common/conf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/array.h"
#include "common/conf_schema.h"
#include "common/conf_value.h"

#define FILE_MAX    (1 << 20)
#define INCLUDE_MAX 10 /* depth; libconfig's own */
#define UTF8_MARK   "\xef\xbb\xbf"

/* Groups of the file that some daemon of the suite reads. */
static const char *const daemon_groups[] = { "nbnsd", "nbddd", "browserd" };

struct reading {
	const struct conf_schema *schema;
	char *settings;        /* the new ones */
	const char *name;      /* of the file */
	const char *directory; /* that it is in */
	char *error;
};

/*
 * Errors.
 */
__attribute__((format(printf, 4, 5))) static int fail_at(const struct reading *reading,
							 const char *file, int line,
							 const char *format, ...)
{
	int len = snprintf(reading->error, CONF_ERROR_MAX,
			   "%s:%d: ", file != NULL ? file : reading->name, line);
	va_list args;

	if (len >= 0 && len < CONF_ERROR_MAX) {
		va_start(args, format);
		vsnprintf(reading->error + len, CONF_ERROR_MAX - (size_t)len, format, args);
		va_end(args);
	}
	for (char *c = reading->error; *c != '\0'; c++)
		if ((unsigned char)*c < ' ')
			*c = '?'; /* it goes to the log */
	return -EINVAL;
}

#define FAIL(reading, setting, ...)                                                                \
	fail_at(reading, config_setting_source_file(setting),                                      \
		(int)config_setting_source_line(setting), __VA_ARGS__)

/* Why read_text() failed. */
static const char *text_error(int ret)
{
	return ret == -EINVAL ? "not a text file" : strerror(-ret);
}

/*
 * One setting.
 */
#define TYPE_BIT(type) (1U << (type))
#define NUMBER         (TYPE_BIT(CONFIG_TYPE_INT) | TYPE_BIT(CONFIG_TYPE_INT64))
#define STRING         TYPE_BIT(CONFIG_TYPE_STRING)
#define LIST           (TYPE_BIT(CONFIG_TYPE_ARRAY) | TYPE_BIT(CONFIG_TYPE_LIST))

/* What the file may have for each type. */
static const unsigned file_types[CONF_TYPES] = {
	[CONF_BOOL] = TYPE_BIT(CONFIG_TYPE_BOOL),
	[CONF_INT] = NUMBER,
	[CONF_DURATION] = NUMBER | STRING,
	[CONF_STRING] = STRING,
	[CONF_WORD] = STRING,
	[CONF_ADDRESS] = STRING,
	[CONF_STRINGS] = LIST | STRING, /* a string: a list of one */
	[CONF_ADDRESSES] = LIST,
	[CONF_NETWORKS] = LIST,
	[CONF_GROUPS] = LIST,
};

static const char *const file_type_names[] = {
	[CONFIG_TYPE_NONE] = "nothing",       [CONFIG_TYPE_GROUP] = "a group",
	[CONFIG_TYPE_INT] = "a number",       [CONFIG_TYPE_INT64] = "a number",
	[CONFIG_TYPE_FLOAT] = "a decimal",    [CONFIG_TYPE_STRING] = "a string",
	[CONFIG_TYPE_BOOL] = "true or false", [CONFIG_TYPE_ARRAY] = "a list",
	[CONFIG_TYPE_LIST] = "a list",
};

static const char *type_name(const config_setting_t *setting)
{
	return file_type_names[config_setting_type(setting)];
}

/* A scalar as text. */
static int add_word(struct conf_strings *words, const config_setting_t *setting)
{
	char number[24];
	const char *text = number;

	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_BOOL:
		text = config_setting_get_bool(setting) ? "true" : "false";
		break;
	case CONFIG_TYPE_STRING:
		text = config_setting_get_string(setting);
		break;
	default:
		snprintf(number, sizeof(number), "%lld", config_setting_get_int64(setting));
	}
	return conf_strings_add(words, text, strlen(text));
}

/* The type has been looked at; entries of lists are looked at here. */
static int setting_words(const struct reading *reading, const config_setting_t *setting,
			 struct conf_strings *words)
{
	if (!config_setting_is_aggregate(setting))
		return add_word(words, setting);

	for (unsigned i = 0; i < (unsigned)config_setting_length(setting); i++) {
		const config_setting_t *entry = config_setting_get_elem(setting, i);
		int ret;

		if (config_setting_type(entry) != CONFIG_TYPE_STRING)
			return FAIL(reading, entry,
				    "\"%s\" has an entry that is %s; allowed: strings",
				    config_setting_name(setting), type_name(entry));
		ret = add_word(words, entry);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int fail_value(const struct reading *reading, const config_setting_t *setting,
		      const struct conf_item *item, const char *word)
{
	char allowed[CONF_ERROR_MAX / 2];
	const char *better = item->check != NULL ? item->check(word) : NULL;

	conf_value_allowed(item, allowed, sizeof(allowed));
	return FAIL(reading, setting, "\"%s\" %s \"%.80s\"; allowed: %s", item->name,
		    conf_value_is_list(item->type) ? "has the entry" : "is", word,
		    better != NULL ? better : allowed);
}

static int fail_type(const struct reading *reading, const config_setting_t *setting,
		     const struct conf_item *item)
{
	char allowed[CONF_ERROR_MAX / 2];

	conf_value_allowed(item, allowed, sizeof(allowed));
	return FAIL(reading, setting, "\"%s\" is %s; allowed: %s", item->name, type_name(setting),
		    allowed);
}

static int read_group(const struct reading *reading, const config_setting_t *settings,
		      const struct conf_group *group);

static int check_key(const struct reading *reading, const config_setting_t *setting,
		     const struct conf_item *item, const struct conf_groups *before,
		     const char *slot)
{
	const struct conf_entry *entry = item->entry;
	const struct conf_group group = { NULL, entry->items, 0, NULL };
	const struct conf_item *key = conf_find_item(&group, entry->key);

	if (config_setting_get_member(setting, key->name) == NULL)
		return FAIL(reading, setting,
			    "a group of \"%s\" is without \"%s\"; allowed: each with one",
			    item->name, key->name);
	for (size_t i = 0; i < before->count; i++)
		if (conf_value_is_same(key, slot + key->offset,
				       (const char *)before->items + i * entry->size + key->offset))
			return FAIL(reading, setting,
				    "two groups of \"%s\" have the same \"%s\"; allowed: each once",
				    item->name, key->name);
	return 0;
}

/* A group of a list is read like any, but there are none inside. */
static int read_entry(const struct reading *reading, const config_setting_t *setting,
		      const struct conf_item *item, struct conf_groups *groups)
{
	static const struct conf_schema no_groups = { NULL, 0, 0 };
	const struct conf_group group = { item->name, item->entry->items, 0, NULL };
	char *slot = (char *)groups->items + groups->count * item->entry->size;
	const struct conf_groups before = *groups;
	struct reading inner = *reading;
	int ret;

	if (!config_setting_is_group(setting))
		return FAIL(reading, setting,
			    "\"%s\" has an entry that is %s; allowed: groups, { %s = ... }",
			    item->name, type_name(setting), item->entry->items[0].name);
	groups->count++; /* it has to be freed */
	inner.schema = &no_groups;
	inner.settings = slot;
	ret = conf_set_entry_defaults(item->entry, slot);
	if (ret == 0)
		ret = read_group(&inner, setting, &group);
	if (ret == 0 && item->entry->key != NULL)
		ret = check_key(reading, setting, item, &before, slot);
	return ret;
}

static int read_entries(const struct reading *reading, const config_setting_t *setting,
			const struct conf_item *item, struct conf_groups *out)
{
	unsigned count = (unsigned)config_setting_length(setting);
	struct conf_groups groups = { NULL, 0 };
	int ret = 0;

	if (count > CONF_ENTRIES_MAX)
		return FAIL(reading, setting, "\"%s\" has %u groups; allowed: %d at most",
			    item->name, count, CONF_ENTRIES_MAX);
	groups.items = calloc(count + 1, item->entry->size);
	if (groups.items == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < count && ret == 0; i++)
		ret = read_entry(reading, config_setting_get_elem(setting, i), item, &groups);
	if (ret < 0) {
		conf_value_free(item, &groups);
		return ret;
	}
	conf_value_free(item, out);
	*out = groups;
	return 0;
}

static int read_setting(const struct reading *reading, const config_setting_t *setting,
			const struct conf_group *group, const struct conf_item *item)
{
	void *slot = conf_slot(reading->settings, group, item);
	struct conf_strings words = { NULL, 0 };
	size_t bad;
	int ret;

	if (!(file_types[item->type] & TYPE_BIT(config_setting_type(setting))))
		return fail_type(reading, setting, item);
	if (item->type == CONF_GROUPS)
		return read_entries(reading, setting, item, slot);

	ret = setting_words(reading, setting, &words);
	if (ret == 0) {
		ret = conf_value_set(item, slot, &words, &bad);
		if (ret == -EINVAL)
			ret = fail_value(reading, setting, item, words.items[bad]);
	}
	conf_strings_free(&words);
	return ret;
}

/*
 * Groups.
 */
static bool is_daemon_group(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(daemon_groups); i++)
		if (strcmp(daemon_groups[i], name) == 0)
			return true;
	return false;
}

static bool is_inside(const struct conf_group *inner, const struct conf_group *group)
{
	return inner->inside != NULL && strcmp(inner->inside, group->name) == 0;
}

static void add_name(char *names, size_t size, const char *name)
{
	size_t len = strlen(names);

	snprintf(names + len, size - len, "%s%s", len > 0 ? ", " : "", name);
}

static int fail_unknown(const struct reading *reading, const config_setting_t *setting,
			const struct conf_group *group)
{
	const struct conf_schema *schema = reading->schema;
	char names[CONF_ERROR_MAX] = "";

	for (const struct conf_item *item = group->items; item->name != NULL; item++)
		if (item->help != NULL)
			add_name(names, sizeof(names), item->name);
	for (size_t i = 0; group->name != NULL && i < schema->count; i++)
		if (is_inside(&schema->groups[i], group))
			add_name(names, sizeof(names), schema->groups[i].name);
	for (size_t i = 0; group->name == NULL && i < ARRAY_SIZE(daemon_groups); i++)
		add_name(names, sizeof(names), daemon_groups[i]);
	return FAIL(reading, setting, "unknown setting \"%.80s\"; allowed: %s",
		    config_setting_name(setting), names);
}

static int read_member(const struct reading *reading, const config_setting_t *setting,
		       const struct conf_group *group)
{
	const char *name = config_setting_name(setting);
	const struct conf_item *item = conf_find_item(group, name);
	const struct conf_group *inner = conf_find_group(reading->schema, group->name, name);

	if (item != NULL)
		return read_setting(reading, setting, group, item);
	if (inner == NULL && (group->name != NULL || !is_daemon_group(name)))
		return fail_unknown(reading, setting, group);
	if (!config_setting_is_group(setting))
		return FAIL(reading, setting, "\"%s\" is %s; allowed: a group, %s = { ... }", name,
			    type_name(setting), name);
	return inner != NULL ? read_group(reading, setting, inner) : 0;
}

static int read_group(const struct reading *reading, const config_setting_t *settings,
		      const struct conf_group *group)
{
	for (unsigned i = 0; i < (unsigned)config_setting_length(settings); i++) {
		int ret = read_member(reading, config_setting_get_elem(settings, i), group);

		if (ret < 0)
			return ret;
	}
	return 0;
}

/*
 * Files.
 */

static int read_all(FILE *file, char **out)
{
	char *text = calloc(1, FILE_MAX + 1);
	size_t len;

	if (text == NULL)
		return -ENOMEM;
	len = fread(text, 1, FILE_MAX, file);
	if (ferror(file) || strlen(text) != len) {
		free(text);
		return -EINVAL;
	}
	*out = text;
	return 0;
}

/* The text of a file, to be freed. A pipe, a directory, or a NUL byte inside is no text. */
static int read_text(const char *path, char **out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
	struct stat status;
	int ret;

	if (file == NULL)
		return -errno;
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		ret = -EINVAL;
	else if (status.st_size > FILE_MAX)
		ret = -EFBIG;
	else
		ret = read_all(file, out);
	fclose(file);
	return ret;
}

/* Windows' editors put it before a text; libconfig knows no such thing. */
static bool has_mark(const char *text)
{
	return strncmp(text, UTF8_MARK, strlen(UTF8_MARK)) == 0;
}

/* Whether the line includes a file, and its path; one that is too long is cut, and not found. */
static bool is_include(const char *line, const char *directory, char path[PATH_MAX])
{
	int start = 0;

	line += strspn(line, " \t");
	(void)sscanf(line, "@include%*[ \t]\"%n", &start);
	if (start == 0)
		return false;
	line += start;
	(void)snprintf(path, PATH_MAX, "%s/%.*s", directory, (int)strcspn(line, "\"\n"), line);
	return true;
}

/*
 * Looks at included files before libconfig does: it ends the program when one can be opened but not
 * read, such as a directory.
 */
static int check_includes(const struct reading *reading, const char *file, const char *text,
			  unsigned depth)
{
	char path[PATH_MAX], *included;
	int ret = 0;

	if (has_mark(text))
		return fail_at(reading, file, 1,
			       "begins with a byte order mark; allowed: included files without "
			       "one");
	for (int number = 1; *text != '\0' && ret == 0; number++) {
		if (is_include(text, reading->directory, path)) {
			ret = depth == 0 ? -ELOOP : read_text(path, &included);
			if (ret < 0)
				return fail_at(reading, file, number,
					       "cannot include \"%s\": %s; allowed: a file in %s",
					       path, text_error(ret), reading->directory);
			ret = check_includes(reading, path, included, depth - 1);
			free(included);
		}
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return ret;
}

static const struct {
	const char *error, *allowed;
} grammar[] = {
	{ "syntax error", "NAME = VALUE; and NAME = { ... };" },
	{ "duplicate setting name", "each setting once" },
	{ "mismatched element type in array", "a list of values of one type" },
};

static int fail_grammar(const struct reading *reading, const config_t *config)
{
	const char *error = config_error_text(config), *allowed = "libconfig's grammar";

	for (size_t i = 0; i < ARRAY_SIZE(grammar); i++)
		if (strcmp(grammar[i].error, error) == 0)
			allowed = grammar[i].allowed;
	return fail_at(reading, config_error_file(config), config_error_line(config),
		       "%s; allowed: %s", error, allowed);
}

static int read_config(const struct reading *reading, config_t *config, const char *text)
{
	const struct conf_group *top = conf_find_group(reading->schema, NULL, NULL);
	int ret = conf_set_defaults(reading->settings, reading->schema);

	if (has_mark(text))
		text += strlen(UTF8_MARK);
	if (ret == 0)
		ret = check_includes(reading, reading->name, text, INCLUDE_MAX);
	if (ret < 0)
		return ret;

	config_set_include_dir(config, reading->directory);
	if (config_read_string(config, text) != CONFIG_TRUE)
		return fail_grammar(reading, config);
	return read_group(reading, config_root_setting(config), top);
}

int conf_parse(void *settings, const struct conf_schema *schema, const char *text, const char *name,
	       char error[CONF_ERROR_MAX])
{
	char *directory = strdup(name);
	struct reading reading = { schema, calloc(1, schema->size), name, NULL, error };
	config_t config;
	int ret = -ENOMEM;

	error[0] = '\0';
	config_init(&config);
	if (directory != NULL && reading.settings != NULL) {
		reading.directory = dirname(directory);
		ret = read_config(&reading, &config, text);
	}
	if (ret == 0)
		memcpy(settings, reading.settings, schema->size);
	else if (reading.settings != NULL)
		conf_free(reading.settings, schema);
	if (ret < 0 && error[0] == '\0')
		snprintf(error, CONF_ERROR_MAX, "%s: %s", name, strerror(-ret));
	config_destroy(&config);
	free(reading.settings);
	free(directory);
	return ret;
}

int conf_load(void *settings, const struct conf_schema *schema, const char *path, bool must_exist,
	      char error[CONF_ERROR_MAX])
{
	char *text = NULL;
	int ret = read_text(path, &text);

	if (ret == -ENOENT && !must_exist)
		return conf_parse(settings, schema, "", path, error);
	if (ret < 0) {
		snprintf(error, CONF_ERROR_MAX, "%s: %s", path, text_error(ret));
		return ret;
	}
	ret = conf_parse(settings, schema, text, path, error);
	free(text);
	return ret;
}

/* list: may be NULL. */
static size_t take_addresses(const config_setting_t *list, struct in_addr *out, size_t max)
{
	size_t count = 0;

	for (int i = 0; list != NULL && i < config_setting_length(list) && count < max; i++) {
		const char *text = config_setting_get_string_elem(list, i);

		count += text != NULL && inet_pton(AF_INET, text, &out[count]) == 1;
	}
	return count;
}

size_t conf_peek_addresses(const char *path, const char *setting, struct in_addr *out, size_t max)
{
	char *text = NULL, *directory = strdup(path);
	size_t count = 0;
	config_t config;

	config_init(&config);
	if (directory != NULL && read_text(path, &text) == 0) {
		config_set_include_dir(&config, dirname(directory));
		(void)config_read_string(&config, text + (has_mark(text) ? strlen(UTF8_MARK) : 0));
		count = take_addresses(config_lookup(&config, setting), out, max);
	}
	config_destroy(&config);
	free(text);
	free(directory);
	return count;
}
