#include "tools/import/netsh_words.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The end of what a quote or brace opens, or NULL. */
static char *closing(char *at)
{
	if (*at == '"')
		return strchr(at + 1, '"');
	return *at == '{' ? strchr(at, '}') : at;
}

/* Where the word ends, or NULL; *equals is its first "=" outside of quotes. */
static char *word_end(char *at, char **equals)
{
	*equals = NULL;
	for (; *at != '\0' && !is_blank(*at); at++) {
		if (*at == '=' && *equals == NULL)
			*equals = at;
		at = closing(at);
		if (at == NULL)
			return NULL;
	}
	return at;
}

/* Without quotes around it, and without a comma behind it. */
static char *bare(char *text)
{
	size_t len = strlen(text);

	if (len > 0 && text[len - 1] == ',')
		text[--len] = '\0';
	if (len < 2 || text[0] != '"' || text[len - 1] != '"')
		return text;
	text[len - 1] = '\0';
	return text + 1;
}

bool netsh_split(char *line, struct netsh_words *words)
{
	words->count = 0;
	for (;;) {
		char *end, *equals;
		bool is_last;

		while (is_blank(*line))
			line++;
		if (*line == '\0' || *line == '#')
			return true;
		end = word_end(line, &equals);
		if (end == NULL || words->count == NETSH_WORDS_MAX)
			return false;
		is_last = *end == '\0';
		*end = '\0';
		if (equals != NULL)
			*equals = '\0';
		words->items[words->count].tag = equals != NULL ? line : NULL;
		words->items[words->count++].text = bare(equals != NULL ? equals + 1 : line);
		if (is_last)
			return true;
		line = end + 1;
	}
}

void netsh_drop(struct netsh_words *words, size_t count)
{
	words->count -= count;
	memmove(words->items, words->items + count, words->count * sizeof(words->items[0]));
}

/* Node and NodeType, Verif and Verification: the shorter one decides. */
static bool is_tag(const char *word, const char *tag)
{
	size_t len = strlen(word), wanted = strlen(tag);

	return len > 0 && strncasecmp(word, tag, len < wanted ? len : wanted) == 0;
}

/* The exact one first: N is Name, Node is Node. */
static size_t find_tag(const char *word, const char *const *tags)
{
	size_t i;

	for (i = 0; tags[i] != NULL; i++)
		if (strcasecmp(word, tags[i]) == 0)
			return i;
	for (i = 0; tags[i] != NULL; i++)
		if (is_tag(word, tags[i]))
			return i;
	return i;
}

bool netsh_values(const struct netsh_words *words, const char *const *tags, char **values)
{
	size_t next = 0;

	for (size_t i = 0; tags[i] != NULL; i++)
		values[i] = NULL;
	for (size_t i = 0; i < words->count; i++) {
		const struct netsh_word *word = &words->items[i];
		size_t at = word->tag != NULL ? find_tag(word->tag, tags) : next;

		if (tags[at] == NULL || values[at] != NULL)
			return false;
		values[at] = word->text;
		next = at + 1;
	}
	return true;
}
