/* Words and commands, for ctl.c. */
#ifndef COMMON_CTL_INNER_H
#define COMMON_CTL_INNER_H

#include "common/ctl.h"

#define CTL_WORDS_MAX 64

/* Reads a request; the words are those of *words, which the caller frees. Their number, or 0: it is
 * none. */
int ctl_words(const char *line, size_t len, json_t **words, char *argv[CTL_WORDS_MAX]);

/* NULL: there is none of this name. *used: words of the name. */
const struct ctl_command *ctl_find(const struct ctl_command *const *tables, int argc, char **argv,
				   int *used);

/* Why there is none, and what to do; of this daemon, as nbtctl --daemon has it. */
#define CTL_UNKNOWN_MAX 256
void ctl_say_unknown(const struct ctl_command *const *tables, const char *daemon, int argc,
		     char **argv, char error[CTL_UNKNOWN_MAX]);

/* Those that every daemon has. */
extern const struct ctl_command ctl_common_commands[];

/* ctl.c: all tables there are, NULL-terminated. */
const struct ctl_command *const *ctl_tables(const struct ctl_request *rq);

#endif
