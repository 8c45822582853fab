/* Options from a table. */
#include "config.h"

#include "tools/tool.h"

#include <assert.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 48
#define LONG_VALUE  256 /* what getopt_long() gives for options[0] in its long form, and so on */
#define HELP_COLUMN 32
#define LINE_WIDTH  80

enum tool_common { COMMON_HELP, COMMON_USAGE, COMMON_VERSION, COMMON_COUNT };

static const struct tool_option common[COMMON_COUNT] = {
	[COMMON_HELP] = { '?', "help", NULL, "show this help", TOOL_IGNORED, 0, 0, NULL },
	[COMMON_USAGE] = { 0, "usage", NULL, "show the options in brief", TOOL_IGNORED, 0, 0,
			   NULL },
	[COMMON_VERSION] = { 'V', "version", NULL, "show the version", TOOL_IGNORED, 0, 0, NULL },
};

/* The table as getopt_long() wants it; the common options come last. */
struct getopt_tables {
	char letters[2 * OPTIONS_MAX + 3];
	struct option longs[OPTIONS_MAX + 1];
};

static size_t option_count(const struct tool *tool)
{
	return tool->option_count + COMMON_COUNT;
}

static const struct tool_option *option_at(const struct tool *tool, size_t i)
{
	return i < tool->option_count ? &tool->options[i] : &common[i - tool->option_count];
}

static void make_tables(const struct tool *tool, struct getopt_tables *t)
{
	char *letter = t->letters;

	assert(option_count(tool) <= OPTIONS_MAX);
	memset(t, 0, sizeof(*t));
	if (tool->stops_at_argument)
		*letter++ = '+';
	*letter++ = ':'; /* a missing argument gives ':' */
	for (size_t i = 0; i < option_count(tool); i++) {
		const struct tool_option *o = option_at(tool, i);

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
		return option_at(tool, (size_t)(value - LONG_VALUE));
	if (value == '?' && optopt != '?')
		return NULL;
	for (size_t i = 0; i < option_count(tool); i++)
		if (option_at(tool, i)->letter == value)
			return option_at(tool, i);
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

static bool say_common(const struct tool *tool, const struct tool_option *o)
{
	if (o == &common[COMMON_HELP])
		tool_print_help(tool, stdout);
	else if (o == &common[COMMON_USAGE])
		tool_print_usage(tool, stdout);
	else if (o == &common[COMMON_VERSION])
		printf("%s (%s)\n", tool->name, PACKAGE_STRING);
	else
		return false;
	return true;
}

static int misuse(const struct tool *tool, const char *word, const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", tool->name, word, what);
	tool_print_usage(tool, stderr);
	return tool->misuse;
}

/* false: end with *status. */
static bool take_option(const struct tool *tool, int value, char **argv, void *target, int *status)
{
	const struct tool_option *o = find_option(tool, value);
	const char *word = argv[optind - 1];

	if (value == ':')
		*status = misuse(tool, word, "an argument is missing");
	else if (o == NULL)
		*status = misuse(tool, word, "no such option");
	else if (say_common(tool, o))
		return false;
	else if (!store(o, argument_of(o, value), target))
		*status = misuse(tool, word, "no such number");
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

/* "--name" or "--name=ARGUMENT". */
static const char *long_form(const struct tool_option *o, char *text, size_t size)
{
	snprintf(text, size, "--%s%s%s", o->name, o->argument != NULL ? "=" : "",
		 o->argument != NULL ? o->argument : "");
	return text;
}

/* Words between margins. */
static void print_word(FILE *to, const char *word, int margin, int *column)
{
	int width = (int)strlen(word) + 1;

	if (*column + width > LINE_WIDTH) {
		fprintf(to, "\n%*s", margin, "");
		*column = margin;
	}
	fprintf(to, " %s", word);
	*column += width;
}

void tool_print_usage(const struct tool *tool, FILE *to)
{
	int margin = fprintf(to, "Usage: %s", tool->name);
	int column = margin;

	for (size_t i = 0; i < option_count(tool); i++) {
		const struct tool_option *o = option_at(tool, i);
		char form[LINE_WIDTH], word[LINE_WIDTH + 8];

		if (o->help == NULL)
			continue;
		long_form(o, form, sizeof(form));
		if (o->letter != 0)
			snprintf(word, sizeof(word), "[-%c|%s]", o->letter, form);
		else
			snprintf(word, sizeof(word), "[%s]", form);
		print_word(to, word, margin, &column);
	}
	if (tool->arguments != NULL)
		print_word(to, tool->arguments, margin, &column);
	fputc('\n', to);
}

static void print_option(const struct tool_option *o, FILE *to)
{
	char form[LINE_WIDTH], letter[] = "    ";
	int width;

	if (o->letter != 0)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	width = fprintf(to, "  %s%s", letter, long_form(o, form, sizeof(form)));
	if (width >= HELP_COLUMN) {
		fputc('\n', to);
		width = 0;
	}
	fprintf(to, "%*s%s\n", HELP_COLUMN - width, "", o->help);
}

void tool_print_help(const struct tool *tool, FILE *to)
{
	fprintf(to, "Usage: %s [OPTION]...%s%s\n%s\n\n", tool->name,
		tool->arguments != NULL ? " " : "", tool->arguments != NULL ? tool->arguments : "",
		tool->help);
	for (size_t i = 0; i < option_count(tool); i++)
		if (option_at(tool, i)->help != NULL)
			print_option(option_at(tool, i), to);
}
