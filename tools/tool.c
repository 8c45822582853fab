/* Options from a table. */
#include "config.h"

#include "common/nearest.h"
#include "tools/complete.h"
#include "tools/paint.h"
#include "tools/tool_inner.h"

#include <assert.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS_MAX 48
#define LONG_VALUE  256 /* what getopt_long() gives for options[0] in its long form, and so on */

/* The table as getopt_long() wants it; the common options come last. */
struct getopt_tables {
	char letters[2 * OPTIONS_MAX + 3];
	struct option longs[OPTIONS_MAX + 1];
};

static void make_tables(const struct tool *tool, struct getopt_tables *t)
{
	char *letter = t->letters;

	assert(tool_option_count(tool) <= OPTIONS_MAX);
	memset(t, 0, sizeof(*t));
	if (tool->stops_at_argument)
		*letter++ = '+';
	*letter++ = ':'; /* a missing argument gives ':' */
	for (size_t i = 0; i < tool_option_count(tool); i++) {
		const struct tool_option *o = tool_option_at(tool, i);

		t->longs[i] =
			(struct option){ o->name,
					 o->argument != NULL ? required_argument : no_argument,
					 NULL, LONG_VALUE + (int)i };
		if (o->letter == 0 || o->letter == '?') /* getopt knows no such letter */
			continue;
		*letter++ = o->letter;
		if (o->argument != NULL)
			*letter++ = ':';
	}
}

/* -? is told apart from an unknown option by what getopt() leaves in optopt. */
static const struct tool_option *find_option(const struct tool *tool, int value)
{
	if (value >= LONG_VALUE)
		return tool_option_at(tool, (size_t)(value - LONG_VALUE));
	if (value == '?' && optopt != '?')
		return NULL;
	for (size_t i = 0; i < tool_option_count(tool); i++)
		if (tool_option_at(tool, i)->letter == value)
			return tool_option_at(tool, i);
	return NULL;
}

static bool read_number(const struct tool_option *o, const char *text, unsigned *number)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value > o->max)
		return false;
	*number = (unsigned)value;
	return true;
}

/* What stands behind the letter may begin with '=', as popt has it. */
static const char *argument_of(const struct tool_option *o, int value)
{
	if (o->argument == NULL)
		return NULL;
	return value < LONG_VALUE && *optarg == '=' ? optarg + 1 : optarg;
}

static bool store(const struct tool_option *o, const char *argument, void *target)
{
	void *at = (char *)target + o->offset;

	switch (o->type) {
	case TOOL_FLAG:
		*(bool *)at = true;
		break;
	case TOOL_COUNT:
		++*(unsigned *)at;
		break;
	case TOOL_NUMBER:
		return read_number(o, argument, at);
	case TOOL_STRING:
		*(const char **)at = argument;
		break;
	case TOOL_CHOICE:
		*(struct tool_choice *)at = (struct tool_choice){ o->letter, argument };
		break;
	case TOOL_IGNORED:
		break;
	}
	return true;
}

int tool_misuse(const struct tool *tool, const char *word, const char *what)
{
	char last = what[strlen(what) - 1];

	fprintf(stderr, "%s: %s%s%s%s \"%s --help\" shows how\n", tool->name,
		word != NULL ? word : "", word != NULL ? ": " : "", what,
		last == '?' || last == ';' ? "" : ";", tool->name);
	return tool->misuse;
}

void tool_hint(const struct tool *tool, const char *sentence)
{
	fflush(stdout);
	if (isatty(STDERR_FILENO) == 1)
		fprintf(stderr, "%s: %s\n", tool->name, sentence);
}

/* getopt() leaves a word of letters only behind its last one. */
static const char *unknown_word(char **argv)
{
	const char *word = argv[optind - 1];

	return *word == '-' || argv[optind] == NULL ? word : argv[optind];
}

/* "--jsno" or "-x"; letters may stand together, and a name behind a single "-". */
static int refuse_option(const struct tool *tool, const char *word)
{
	const char *name = word + strspn(word, "-");
	char bare[64], letter[] = { '-', (char)optopt, '\0' }, what[128] = "no such option";
	struct nearest nearest;

	snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(name, "="), name);
	nearest_begin(&nearest, bare);
	for (size_t i = 0; i < tool_option_count(tool); i++)
		if (tool_option_at(tool, i)->help != NULL)
			nearest_take(&nearest, tool_option_at(tool, i)->name);
	if (nearest.found != NULL && nearest.distance == 0 && word[1] == '-')
		snprintf(what, sizeof(what), "this option takes no argument");
	else if (nearest.found != NULL)
		snprintf(what, sizeof(what), "no such option; do you mean --%s?", nearest.found);
	return tool_misuse(tool, nearest.found != NULL || word[1] == '-' ? word : letter, what);
}

static int refuse_number(const struct tool *tool, const struct tool_option *o, const char *word)
{
	char what[64];

	snprintf(what, sizeof(what), "not a number from 0 to %u", o->max);
	return tool_misuse(tool, word, what);
}

/* false: it is none of them. */
static bool say_common(const struct tool *tool, const struct tool_option *o, int *status)
{
	if (o == &tool_common[COMMON_HELP])
		tool_print_help(tool, stdout);
	else if (o == &tool_common[COMMON_USAGE])
		tool_print_usage(tool, stdout);
	else if (o == &tool_common[COMMON_VERSION])
		printf("%s (%s)\n", tool->name, PACKAGE_STRING);
	else if (o != &tool_common[COMMON_COMPLETION])
		return false;
	else if (!complete_print(tool, optarg, stdout))
		*status = tool_misuse(tool, optarg, "no such shell");
	return true;
}

/* false: end with *status. */
static bool take_option(const struct tool *tool, int value, char **argv, void *target, int *status)
{
	const struct tool_option *o = find_option(tool, value);
	const char *word = argv[optind - 1];

	if (value == ':')
		*status = tool_misuse(tool, word, "its argument is missing");
	else if (o == NULL)
		*status = refuse_option(tool, unknown_word(argv));
	else if (say_common(tool, o, status))
		return false;
	else if (o == &tool_common[COMMON_COLOR] && !paint_choose(optarg))
		*status = tool_misuse(tool, optarg, "colours come auto, always or never");
	else if (!store(o, argument_of(o, value), target))
		*status = refuse_number(tool, o, word);
	else if (o->takes != NULL && argv[optind] != NULL && o->takes(argv[optind]))
		optind++;
	return *status == TOOL_OK;
}

bool tool_read_options(const struct tool *tool, int argc, char **argv, void *target, int *first,
		       int *status)
{
	struct getopt_tables tables;
	int value;

	make_tables(tool, &tables);
	*status = TOOL_OK;
	opterr = 0;
	optind = 0; /* glibc: begin anew */
	while ((value = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) != -1)
		if (!take_option(tool, value, argv, target, status))
			return false;
	*first = optind;
	return true;
}
