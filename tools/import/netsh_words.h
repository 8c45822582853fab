/* The words of a netsh command: "Tag=value", quotes, braces. */
#ifndef TOOLS_IMPORT_NETSH_WORDS_H
#define TOOLS_IMPORT_NETSH_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define NETSH_WORDS_MAX 32

struct netsh_words {
	size_t count;
	struct netsh_word {
		char *tag; /* NULL: none */
		char *text;
	} items[NETSH_WORDS_MAX];
};

/* Cuts the line up; words point into it. false: something is not closed, or too many words. */
bool netsh_split(char *line, struct netsh_words *words);
void netsh_drop(struct netsh_words *words, size_t count);

/*
 * The value for each of the tags, which end with NULL: by tag, which may be cut short as netsh
 * allows it, or, without one, the next in their order. NULL where there is none. false: a tag that
 * is none of them, a value too many, or one twice.
 */
bool netsh_values(const struct netsh_words *words, const char *const *tags, char **values);

#endif
