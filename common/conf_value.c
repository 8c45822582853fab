/* One row per type of setting: how it is read, printed and freed. */
#include "common/conf_value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"

/*
 * Lists of strings.
 */
int conf_strings_add(struct conf_strings *strings, const char *text, size_t len)
{
	char **items = realloc(strings->items, (strings->count + 2) * sizeof(*items));

	if (items == NULL)
		return -ENOMEM;
	strings->items = items;
	items[strings->count] = strndup(text, len);
	if (items[strings->count] == NULL)
		return -ENOMEM;
	items[++strings->count] = NULL;
	return 0;
}

void conf_strings_free(struct conf_strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->items[i]);
	free(strings->items);
	*strings = (struct conf_strings){ NULL, 0 };
}

int conf_strings_split(struct conf_strings *out, const char *text)
{
	*out = (struct conf_strings){ NULL, 0 };
	for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
		size_t len = strcspn(text, " ");

		if (conf_strings_add(out, text, len) < 0) {
			conf_strings_free(out);
			return -ENOMEM;
		}
		text += len;
	}
	return 0;
}

/*
 * Reading scalars: text in, value out; -EINVAL or -ENOMEM.
 */
static bool is_in_range(const struct conf_item *item, int64_t value)
{
	if (item->min == 0 && item->max == 0)
		return value >= 0;
	return item->min <= value && value <= item->max;
}

static int read_bool(const struct conf_item *item, void *slot, const char *text)
{
	(void)item;
	*(bool *)slot = strcmp(text, "true") == 0;
	return *(bool *)slot || strcmp(text, "false") == 0 ? 0 : -EINVAL;
}

/* A whole number, and in *rest what follows it. */
static int read_number(const char *text, int64_t *value, const char **rest)
{
	char *end;

	if (text[0] != '-' && (text[0] < '0' || text[0] > '9'))
		return -EINVAL;
	errno = 0;
	*value = strtoll(text, &end, 10);
	*rest = end;
	return end == text || errno != 0 ? -EINVAL : 0;
}

static int read_int(const struct conf_item *item, void *slot, const char *text)
{
	const char *rest;
	int64_t value;

	if (read_number(text, &value, &rest) < 0 || *rest != '\0' || !is_in_range(item, value))
		return -EINVAL;
	*(int64_t *)slot = value;
	return 0;
}

/* From the largest; a number alone is seconds. */
static const struct unit {
	const char *name;
	int64_t ms;
} units[] = {
	{ "d", 86400000 }, { "h", 3600000 }, { "m", 60000 },
	{ "s", 1000 },     { "ms", 1 },      { "", 1000 },
};

static int read_duration(const struct conf_item *item, void *slot, const char *text)
{
	const char *rest;
	int64_t value;

	if (read_number(text, &value, &rest) < 0 || value < 0)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(rest, units[i].name) != 0)
			continue;
		if (value > INT64_MAX / units[i].ms || !is_in_range(item, value * units[i].ms))
			return -EINVAL;
		*(uint64_t *)slot = (uint64_t)(value * units[i].ms);
		return 0;
	}
	return -EINVAL;
}

static bool is_accepted(const struct conf_item *item, const char *text)
{
	return item->check == NULL || item->check(text) == NULL;
}

static int read_string(const struct conf_item *item, void *slot, const char *text)
{
	char *copy;

	if (item->derive != NULL && *text == '\0') {
		copy = item->derive();
	} else {
		if (!is_accepted(item, text))
			return -EINVAL;
		copy = strdup(text);
	}
	if (copy == NULL)
		return -ENOMEM;
	*(char **)slot = copy;
	return 0;
}

static int read_word(const struct conf_item *item, void *slot, const char *text)
{
	for (int i = 0; item->words[i] != NULL; i++) {
		if (strcmp(item->words[i], text) == 0) {
			*(int *)slot = i;
			return 0;
		}
	}
	return -EINVAL;
}

/* "" is no address, where that is the default. */
static int read_address(const struct conf_item *item, void *slot, const char *text)
{
	struct in_addr *address = slot;

	address->s_addr = 0;
	if (*text == '\0' && *item->fallback == '\0')
		return 0;
	return is_accepted(item, text) && inet_pton(AF_INET, text, address) == 1 ? 0 : -EINVAL;
}

/* Entries of lists. */
static int read_entry_string(const struct conf_item *item, void *slot, const char *text)
{
	if (*text == '\0')
		return -EINVAL;
	return read_string(item, slot, text);
}

static int read_entry_address(const struct conf_item *item, void *slot, const char *text)
{
	return is_accepted(item, text) && inet_pton(AF_INET, text, slot) == 1 ? 0 : -EINVAL;
}

static int read_entry_network(const struct conf_item *item, void *slot, const char *text)
{
	(void)item;
	return access_network_parse(slot, text);
}

/* Groups are no words. */
static int read_entry_group(const struct conf_item *item, void *slot, const char *text)
{
	(void)item;
	(void)slot;
	(void)text;
	return -EINVAL;
}

/*
 * Printing.
 */
static void print_quoted(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7F)
			fprintf(out, "\\x%02x", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

static void print_bool(FILE *out, const struct conf_item *item, const void *slot)
{
	(void)item;
	fputs(*(const bool *)slot ? "true" : "false", out);
}

static void print_int(FILE *out, const struct conf_item *item, const void *slot)
{
	int64_t value = *(const int64_t *)slot;

	(void)item;
	/* The grammar wants an L behind what has more than 32 bits. */
	fprintf(out, "%" PRId64 "%s", value, value < INT32_MIN || value > INT32_MAX ? "L" : "");
}

char *conf_duration_print(uint64_t ms, char buf[CONF_DURATION_MAX])
{
	const struct unit *unit = units;

	if (ms == 0)
		return strcpy(buf, "0s");
	while (ms % (uint64_t)unit->ms != 0)
		unit++;
	snprintf(buf, CONF_DURATION_MAX, "%" PRIu64 "%s", ms / (uint64_t)unit->ms, unit->name);
	return buf;
}

static void print_duration(FILE *out, const struct conf_item *item, const void *slot)
{
	char text[CONF_DURATION_MAX];

	(void)item;
	print_quoted(out, conf_duration_print(*(const uint64_t *)slot, text));
}

static void print_string(FILE *out, const struct conf_item *item, const void *slot)
{
	(void)item;
	print_quoted(out, *(char *const *)slot);
}

static void print_word(FILE *out, const struct conf_item *item, const void *slot)
{
	print_quoted(out, item->words[*(const int *)slot]);
}

static void print_address(FILE *out, const struct conf_item *item, const void *slot)
{
	const struct in_addr *address = slot;
	char text[INET_ADDRSTRLEN] = "";

	if (address->s_addr != 0 || *item->fallback != '\0')
		inet_ntop(AF_INET, address, text, sizeof(text));
	print_quoted(out, text);
}

static void print_entry_address(FILE *out, const struct conf_item *item, const void *slot)
{
	char text[INET_ADDRSTRLEN];

	(void)item;
	print_quoted(out, inet_ntop(AF_INET, slot, text, sizeof(text)));
}

static void print_entry_network(FILE *out, const struct conf_item *item, const void *slot)
{
	char text[ACCESS_TEXT_MAX];

	(void)item;
	print_quoted(out, access_network_print(slot, text));
}

static const void *member_at(const void *entry, const struct conf_item *member)
{
	return (const char *)entry + member->offset;
}

void conf_value_print_entry(FILE *out, const struct conf_item *item, const void *slot)
{
	fputs("{ ", out);
	for (const struct conf_item *member = item->entry->items; member->name != NULL; member++) {
		fprintf(out, "%s = ", member->name);
		conf_value_print(out, member, member_at(slot, member));
		fputs("; ", out);
	}
	fputs("}", out);
}

/*
 * The types.
 */
struct value_type {
	bool is_list;        /* then the rest is about an entry, and slot is a struct list */
	bool is_allocated;   /* the value is a pointer that it owns */
	size_t size;         /* 0: the row has it */
	const char *allowed; /* NULL: made from the row */
	int (*read)(const struct conf_item *item, void *slot, const char *text);
	void (*print)(FILE *out, const struct conf_item *item, const void *slot);
};

static const struct value_type types[CONF_TYPES] = {
	[CONF_BOOL] = { false, false, sizeof(bool), "true or false", read_bool, print_bool },
	[CONF_INT] = { false, false, sizeof(int64_t), "a whole number", read_int, print_int },
	[CONF_DURATION] = { false, false, sizeof(uint64_t), "a duration", read_duration,
			    print_duration },
	[CONF_STRING] = { false, true, sizeof(char *), "a string", read_string, print_string },
	[CONF_WORD] = { false, false, sizeof(int), NULL, read_word, print_word },
	[CONF_ADDRESS] = { false, false, sizeof(struct in_addr), "an address such as \"10.1.0.5\"",
			   read_address, print_address },
	[CONF_STRINGS] = { true, true, sizeof(char *), "a list of strings, [\"a\", \"b\"]",
			   read_entry_string, print_string },
	[CONF_ADDRESSES] = { true, false, sizeof(struct in_addr),
			     "a list of addresses such as [\"10.1.0.5\"]", read_entry_address,
			     print_entry_address },
	[CONF_NETWORKS] = { true, false, sizeof(struct access_network),
			    "a list of networks, addresses or \"private\" such as "
			    "[\"10.0.0.0/8\", \"10.1.0.5\"]",
			    read_entry_network, print_entry_network },
	[CONF_GROUPS] = { true, false, 0, NULL, read_entry_group, conf_value_print_entry },
};

/* What the kinds of lists have in common. */
struct list {
	void *items;
	size_t count;
};
_Static_assert(sizeof(struct conf_strings) == sizeof(struct list) &&
		       sizeof(struct conf_addresses) == sizeof(struct list) &&
		       sizeof(struct conf_networks) == sizeof(struct list) &&
		       sizeof(struct conf_groups) == sizeof(struct list),
	       "lists are read and freed as struct list");

size_t conf_value_size(enum conf_type type)
{
	return types[type].is_list ? sizeof(struct list) : types[type].size;
}

bool conf_value_is_list(enum conf_type type)
{
	return types[type].is_list;
}

static size_t entry_size(const struct conf_item *item)
{
	return types[item->type].size != 0 ? types[item->type].size : item->entry->size;
}

static void *list_entry(const struct conf_item *item, const struct list *list, size_t i)
{
	return (char *)list->items + i * entry_size(item);
}

static void free_entry(const struct conf_item *item, void *slot)
{
	if (types[item->type].is_allocated)
		free(*(char **)slot);
	if (item->type != CONF_GROUPS)
		return;
	for (const struct conf_item *member = item->entry->items; member->name != NULL; member++)
		conf_value_free(member, (char *)slot + member->offset);
}

void conf_value_free(const struct conf_item *item, void *slot)
{
	struct list *list = slot;

	if (!types[item->type].is_list) {
		free_entry(item, slot);
		return;
	}
	for (size_t i = 0; i < list->count; i++)
		free_entry(item, list_entry(item, list, i));
	free(list->items);
	*list = (struct list){ NULL, 0 };
}

static int read_list(const struct conf_item *item, struct list *list,
		     const struct conf_strings *words)
{
	const struct value_type *type = &types[item->type];

	/* One more that stays zero: the NULL behind strings. */
	list->items = calloc(words->count + 1, entry_size(item));
	if (list->items == NULL)
		return -ENOMEM;
	for (; list->count < words->count; list->count++) {
		int ret = type->read(item, list_entry(item, list, list->count),
				     words->items[list->count]);

		if (ret < 0)
			return ret;
	}
	return 0;
}

int conf_value_set(const struct conf_item *item, void *slot, const struct conf_strings *words,
		   size_t *bad)
{
	const struct value_type *type = &types[item->type];
	union {
		struct list list;
		char scalar[sizeof(struct list)];
	} fresh = { .list = { NULL, 0 } };
	int ret;

	if (type->is_list)
		ret = read_list(item, &fresh.list, words);
	else
		ret = type->read(item, &fresh, words->items[0]);
	*bad = type->is_list ? fresh.list.count : 0;
	if (ret < 0) {
		if (type->is_list)
			conf_value_free(item, &fresh);
		return ret;
	}

	conf_value_free(item, slot);
	memcpy(slot, &fresh, type->is_list ? sizeof(struct list) : type->size);
	return 0;
}

/* Groups are in parentheses: that is libconfig's grammar. */
static void print_list(FILE *out, const struct conf_item *item, const struct list *list)
{
	bool groups = item->type == CONF_GROUPS;

	fputs(groups ? "(" : "[", out);
	for (size_t i = 0; i < list->count; i++) {
		fputs(i == 0 ? "" : ", ", out);
		types[item->type].print(out, item, list_entry(item, list, i));
	}
	fputs(groups ? ")" : "]", out);
}

void conf_value_print(FILE *out, const struct conf_item *item, const void *slot)
{
	if (types[item->type].is_list)
		print_list(out, item, slot);
	else
		types[item->type].print(out, item, slot);
}

/* As the file would have it; NULL: out of memory. */
static char *printed(const struct conf_item *item, const void *slot)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	conf_value_print(out, item, slot);
	fclose(out);
	return text;
}

bool conf_value_is_same(const struct conf_item *item, const void *a, const void *b)
{
	char *text_a = printed(item, a), *text_b = printed(item, b);
	bool same = text_a != NULL && text_b != NULL && strcmp(text_a, text_b) == 0;

	free(text_a);
	free(text_b);
	return same;
}

static void print_default_list(FILE *out, const struct conf_item *item)
{
	const char *text = item->fallback;

	fputs("[", out);
	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		fprintf(out, "\"%.*s\"", (int)len, text);
		text += len;
		text += strspn(text, " ");
		fputs(*text != '\0' ? ", " : "", out);
	}
	fputs("]", out);
}

void conf_value_print_default(FILE *out, const struct conf_item *item)
{
	if (item->type == CONF_GROUPS)
		fputs("()", out);
	else if (types[item->type].is_list)
		print_default_list(out, item);
	else if (item->type == CONF_BOOL || item->type == CONF_INT)
		fputs(item->fallback, out);
	else
		print_quoted(out, item->fallback);
}

static void allowed_range(const struct conf_item *item, char *buf, size_t size)
{
	const char *what = types[item->type].allowed;
	char min[CONF_DURATION_MAX], max[CONF_DURATION_MAX];

	if (item->min == 0 && item->max == 0)
		snprintf(buf, size, "%s from 0", what);
	else if (item->type == CONF_INT)
		snprintf(buf, size, "%s from %" PRId64 " to %" PRId64, what, item->min, item->max);
	else
		snprintf(buf, size, "%s from \"%s\" to \"%s\"", what,
			 conf_duration_print((uint64_t)item->min, min),
			 conf_duration_print((uint64_t)item->max, max));
}

static void allowed_words(const struct conf_item *item, char *buf, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; item->words[i] != NULL && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s\"%s\"", i == 0 ? "" : ", ",
					item->words[i]);
}

static void allowed_groups(const struct conf_item *item, char *buf, size_t size)
{
	snprintf(buf, size, "a list of groups, ({ %s = ... }, { ... }), %d at most",
		 item->entry->items[0].name, CONF_ENTRIES_MAX);
}

void conf_value_allowed(const struct conf_item *item, char *buf, size_t size)
{
	const struct value_type *type = &types[item->type];

	if (item->type == CONF_INT || item->type == CONF_DURATION)
		allowed_range(item, buf, size);
	else if (item->type == CONF_WORD)
		allowed_words(item, buf, size);
	else if (item->type == CONF_GROUPS)
		allowed_groups(item, buf, size);
	else
		snprintf(buf, size, "%s", type->allowed);
}
