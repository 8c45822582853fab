/*
 * What all tools have in common: a table of options, from which the command line is read, the help
 * is printed, and what shells complete is generated.
 */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Exit statuses of all tools; but nbtlookup has 1 for all that goes wrong, as nmblookup has. */
enum tool_exit {
	TOOL_OK = 0,
	TOOL_NOT_FOUND = 1, /* nothing was found, or the answer is no */
	TOOL_MISUSE = 2,
	TOOL_FAILED = 2,     /* nor can be: a file, a port, a right is missing */
	TOOL_UNREACHABLE = 3 /* the daemon of this host cannot be asked */
};

enum tool_type {
	TOOL_FLAG,   /* bool */
	TOOL_COUNT,  /* unsigned: how often it was given */
	TOOL_NUMBER, /* unsigned, up to max */
	TOOL_STRING, /* const char *, borrowed from argv */
	TOOL_CHOICE, /* struct tool_choice: of such options with one target the last one holds */
	TOOL_IGNORED /* for those who are used to it */
};

struct complete;

struct tool_choice {
	char letter; /* 0: none of them was given */
	const char *argument;
};

/*
 * What an argument is called says what shells offer for it: FILE, DIRECTORY, HOST,
 * INTERFACE, "one|of|these"; see complete.c. The tool has values for a name of its own.
 */
struct tool_option {
	char letter;          /* 0: it has a long name only */
	const char *name;     /* of the long form */
	const char *argument; /* NULL: it takes none */
	const char *help;     /* NULL: not shown */
	enum tool_type type;
	size_t offset; /* into the tool's struct of options */
	unsigned max;
	/* An option without argument takes the next word nevertheless if this says so. */
	bool (*takes)(const char *word);
};

/* For --help; the manual has the same command. */
struct tool_example {
	const char *what; /* it does, or answers: "the whole neighbourhood" */
	const char *command;
};

struct tool {
	const char *name;
	const char *arguments; /* NULL: it takes none */
	const char *help;
	const struct tool_example *examples; /* 2 to 4 */
	size_t example_count;
	int misuse;                        /* the exit status */
	const struct tool_option *options; /* --color, --help, --usage, --version come with it */
	size_t option_count;
	bool stops_at_argument; /* what begins with "-" behind the first is not looked at */
	/* For completion; both may be NULL. The ith value that an argument of this name may have,
	 * where the name does not say it itself; NULL: there are no more. */
	const char *(*values)(const char *argument, size_t i);
	void (*commands)(struct complete *c); /* adds them: complete_add() */
};

/*
 * Reads the options into the struct at target; argv[*first] is the first argument then, the
 * arguments having been moved behind the options. false: that was all, end with *status; what had
 * to be said was said, help to stdout and mistakes to stderr.
 */
bool tool_read_options(const struct tool *tool, int argc, char **argv, void *target, int *first,
		       int *status);

/* Says on stderr what is wrong with this word of the command line, and where help is. Returns the
 * exit status. word NULL: something is missing altogether. */
int tool_misuse(const struct tool *tool, const char *word, const char *what);

/* What to do next, on stderr if that is a terminal: for tools whose output others than people read,
 * and compare with that of the tool that they stand for. */
void tool_hint(const struct tool *tool, const char *sentence);

void tool_print_help(const struct tool *tool, FILE *to);
void tool_print_usage(const struct tool *tool, FILE *to);

#endif
