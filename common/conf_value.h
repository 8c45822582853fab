/* Values of settings: from words, to text, and back to nothing. For conf.c. */
#ifndef COMMON_CONF_VALUE_H
#define COMMON_CONF_VALUE_H

#include "common/conf.h"

bool conf_value_is_list(enum conf_type type);

/* Bytes at the slot. */
size_t conf_value_size(enum conf_type type);

/*
 * Replaces the value at slot by what the words say: one word, or any number for a list. -EINVAL:
 * not allowed, and *bad is the word; -ENOMEM. Then the value is as it was. CONF_GROUPS: no words
 * only, and the list is empty.
 */
int conf_value_set(const struct conf_item *item, void *slot, const struct conf_strings *words,
		   size_t *bad) NBT_MUSTCHECK;

/* Frees what the value owns. */
void conf_value_free(const struct conf_item *item, void *slot);

/* Writes the value as the file has it, on one line. */
void conf_value_print(FILE *out, const struct conf_item *item, const void *slot);

/* One group of CONF_GROUPS, which is at slot. */
void conf_value_print_entry(FILE *out, const struct conf_item *item, const void *slot);

/* Whether both print the same; without memory they do not. */
bool conf_value_is_same(const struct conf_item *item, const void *a, const void *b);

/* Writes the default as the file would have it. */
void conf_value_print_default(FILE *out, const struct conf_item *item);

/* Writes what is allowed, "a whole number from 0 to 65535". */
void conf_value_allowed(const struct conf_item *item, char *buf, size_t size);

/* Splits text at spaces. -ENOMEM. */
int conf_strings_split(struct conf_strings *out, const char *text) NBT_MUSTCHECK;

/* Appends a copy. -ENOMEM. */
int conf_strings_add(struct conf_strings *strings, const char *text, size_t len) NBT_MUSTCHECK;
void conf_strings_free(struct conf_strings *strings);

#endif
