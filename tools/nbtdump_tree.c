/* JSON, as indented lines: every field of a packet by its name. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/array.h"
#include "tools/nbtdump_say.h"

#define MARGIN 4 /* of the first level, and what each further one adds */

/* A packet being printed. */
struct tree {
	FILE *to;
	bool is_name_service;
};

static void print_value(const struct tree *t, const char *key, json_t *value, int depth);

static void print_members(const struct tree *t, json_t *value, int depth)
{
	const char *key;
	json_t *member;

	json_object_foreach(value, key, member) print_value(t, key, member, depth);
}

/* An array is its key again and again. */
static void print_items(const struct tree *t, const char *key, json_t *array, int depth)
{
	size_t i;
	json_t *item;

	json_array_foreach(array, i, item) print_value(t, key, item, depth);
}

/* Numbers that are sets of bits. */
static bool is_flags(const char *key)
{
	static const char *const keys[] = { "flags",       "nb_flags", "name_flags",
					    "server_type", "criteria", "types" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

static const char *word_of(const char *key, json_int_t value)
{
	if (strcmp(key, "opcode") == 0)
		return nbt_opcode_name((unsigned)value);
	if (strcmp(key, "rcode") == 0)
		return nbt_rcode_name((unsigned)value);
	return NULL;
}

static void print_number(const struct tree *t, const char *key, json_int_t value, int depth)
{
	const char *word = t->is_name_service && depth == 1 ? word_of(key, value) : NULL;

	fprintf(t->to, "%" JSON_INTEGER_FORMAT, value);
	if (is_flags(key))
		fprintf(t->to, " (0x%04llx)", (unsigned long long)value);
	if (word != NULL)
		fprintf(t->to, " (%s)", word);
}

static void print_value(const struct tree *t, const char *key, json_t *value, int depth)
{
	if (json_is_array(value)) {
		print_items(t, key, value, depth);
		return;
	}
	fprintf(t->to, "\n%*s%s:", depth * MARGIN, "", key);
	if (json_is_object(value)) {
		print_members(t, value, depth + 1);
		return;
	}
	fputc(' ', t->to);
	if (json_is_integer(value))
		print_number(t, key, json_integer_value(value), depth);
	else if (json_is_real(value))
		fprintf(t->to, "%.6f", json_real_value(value));
	else
		fputs(json_string_value(value), t->to);
}

char *dump_tree(const char *json)
{
	json_t *object = json_loads(json, 0, NULL);
	const char *proto = json_string_value(json_object_get(object, "proto"));
	struct tree t = { .is_name_service = proto != NULL && strcmp(proto, "nbns") == 0 };
	char *text = NULL;
	size_t size;

	t.to = object != NULL ? open_memstream(&text, &size) : NULL;
	if (t.to != NULL) {
		print_members(&t, object, 1);
		if (fclose(t.to) != 0) {
			free(text);
			text = NULL;
		}
	}
	json_decref(object);
	return text;
}
