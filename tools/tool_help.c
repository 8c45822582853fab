/* Help from the table of options. */
#include "config.h"

#include "tools/tool_inner.h"

#include <string.h>

#define HELP_COLUMN 32
#define LINE_WIDTH  80

const struct tool_option tool_common[COMMON_COUNT] = {
	[COMMON_COLOR] = { 0, "color", "auto|always|never",
			   "colours; auto: on a terminal, if NO_COLOR is not set", TOOL_IGNORED, 0,
			   0, NULL },
	[COMMON_HELP] = { '?', "help", NULL, "show this help", TOOL_IGNORED, 0, 0, NULL },
	[COMMON_USAGE] = { 0, "usage", NULL, "show the options in brief", TOOL_IGNORED, 0, 0,
			   NULL },
	[COMMON_VERSION] = { 'V', "version", NULL, "show the version", TOOL_IGNORED, 0, 0, NULL },
	/* For the build, which installs what it prints. */
	[COMMON_COMPLETION] = { 0, "print-completion", "bash|zsh|fish", NULL, TOOL_IGNORED, 0, 0,
				NULL },
};

size_t tool_option_count(const struct tool *tool)
{
	return tool->option_count + COMMON_COUNT;
}

const struct tool_option *tool_option_at(const struct tool *tool, size_t i)
{
	return i < tool->option_count ? &tool->options[i] : &tool_common[i - tool->option_count];
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

	for (size_t i = 0; i < tool_option_count(tool); i++) {
		const struct tool_option *o = tool_option_at(tool, i);
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

static void print_examples(const struct tool *tool, FILE *to)
{
	if (tool->example_count > 0)
		fputs("\nExamples:\n", to);
	for (size_t i = 0; i < tool->example_count; i++)
		fprintf(to, "  %s:\n      %s\n", tool->examples[i].what, tool->examples[i].command);
}

void tool_print_help(const struct tool *tool, FILE *to)
{
	fprintf(to, "Usage: %s [OPTION]...%s%s\n%s\n\n", tool->name,
		tool->arguments != NULL ? " " : "", tool->arguments != NULL ? tool->arguments : "",
		tool->help);
	for (size_t i = 0; i < tool_option_count(tool); i++)
		if (tool_option_at(tool, i)->help != NULL)
			print_option(tool_option_at(tool, i), to);
	print_examples(tool, to);
}
