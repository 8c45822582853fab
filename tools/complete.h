/*
 * What shells complete, from a tool's table of options: the tool and its commands, each with its
 * options and arguments; and the scripts for bash, zsh and fish that are printed from that.
 */
#ifndef TOOLS_COMPLETE_H
#define TOOLS_COMPLETE_H

#include <stdio.h>

#include "tools/tool.h"

#define COMPLETE_WORDS_MAX 512

struct complete_option {
	char letter;          /* 0: none */
	const char *name;     /* "kind" */
	const char *argument; /* NULL: it takes none */
	const char *help;     /* NULL: nothing is said about it */
};

/* The tool itself is the first one; its name is "". */
struct complete_command {
	char *name; /* "names list"; "names", which is no command, is there too */
	char *help; /* NULL: as above */
	struct complete_option *options;
	size_t option_count;
	const char **arguments;
	size_t argument_count;
	bool repeats; /* the last argument */
	char *text;   /* where names are */
};

struct complete {
	const struct tool *tool;
	struct complete_command *commands;
	size_t count;
};

/* false: there is no such shell. */
bool complete_print(const struct tool *tool, const char *shell, FILE *to);

/*
 * For tool.commands(). A name that is there already stays as it is. Out of memory ends the process:
 * this runs when the suite is built.
 */

/* arguments: as in "[--suffix XX] NAME[<XX>] [ADDRESS]...". */
void complete_add(struct complete *c, const char *name, const char *arguments, const char *help);
/* One that has a table of its own. */
void complete_add_tool(struct complete *c, const char *name, const struct tool *tool,
		       const char *help);

/*
 * For the scripts.
 */

/* What a shell has for an argument of this name, as its own words for it. */
struct complete_kind {
	const char *argument;
	const char *bash; /* options of compgen */
	const char *zsh;  /* an action of _arguments */
	const char *fish; /* options of complete */
};

const struct complete_kind *complete_kind(const char *argument); /* NULL: nothing */

/* The values that it can have, with a space between them; "" if they cannot be told. */
const char *complete_words(const struct complete *c, const char *argument,
			   char words[COMPLETE_WORDS_MAX]);

/* The last word of the name if this is a command below of that one: "list" of "names list" below
 * "names". NULL: it is not. */
const char *complete_below(const struct complete_command *below, const struct complete_command *of);

void complete_print_bash(const struct complete *c, FILE *to);
void complete_print_zsh(const struct complete *c, FILE *to);
void complete_print_fish(const struct complete *c, FILE *to);

#endif
