/* One line of an LMHOSTS file: words, names, tags. Used by lmhosts.c only. */
#ifndef COMMON_LMHOSTS_LINE_H
#define COMMON_LMHOSTS_LINE_H

#include "common/lmhosts.h"

/* A piece of the text. */
struct lmhosts_text {
	const char *at;
	size_t len;
};

/* Takes the next word off a line; false: there is none. A word in quotes keeps them. */
bool lmhosts_word(struct lmhosts_text *line, struct lmhosts_text *word);

bool lmhosts_word_is(const struct lmhosts_text *word, const char *keyword);

/*
 * Reads "ADDRESS NAME [TAGS]" into entry; file and line are left to the caller. NULL, or what is
 * wrong and what is allowed, in one sentence; the first word that is not understood is in *bad.
 */
const char *lmhosts_line_read(const struct lmhosts_source *source, struct lmhosts_text line,
			      struct lmhosts_entry *entry, struct lmhosts_text *bad);

#endif
