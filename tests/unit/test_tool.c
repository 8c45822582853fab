/* Options read from a table, and the help printed from it. */
#include "config.h"

#include "support.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/tool.h"

#define WORDS_MAX 8

struct options {
	bool quiet, loud;
	unsigned port, much;
	const char *scope;
	struct tool_choice host;
};

static bool is_yes(const char *word)
{
	return strcmp(word, "yes") == 0;
}

#define OPT(member) offsetof(struct options, member)

static const struct tool_option options[] = {
	{ 'q', "quiet", NULL, "say less", TOOL_FLAG, OPT(quiet), 0, NULL },
	{ 'l', "loud", NULL, "say more", TOOL_FLAG, OPT(loud), 0, is_yes },
	{ 'p', "port", "PORT", "the port", TOOL_NUMBER, OPT(port), 65535, NULL },
	{ 0, "scope", "SCOPE", "a scope, and an argument that is longer than the column",
	  TOOL_STRING, OPT(scope), 0, NULL },
	{ 'B', "broadcast", "ADDRESS", "by broadcast", TOOL_CHOICE, OPT(host), 0, NULL },
	{ 'U', "unicast-to-a-single-host", "ADDRESS", "by unicast", TOOL_CHOICE, OPT(host), 0,
	  NULL },
	{ 'm', "much", NULL, NULL, TOOL_COUNT, OPT(much), 0, NULL },
	{ 'O', "old", "WORD", NULL, TOOL_IGNORED, 0, 0, NULL },
};

static const struct tool_example examples[] = {
	{ "what it does not do", "tool -q FRED" },
	{ "by unicast", "tool -U 10.0.0.1 FRED" },
};

static const struct tool tool = {
	.name = "tool",
	.arguments = "NAME...",
	.help = "Does nothing.",
	.examples = examples,
	.example_count = ARRAY_SIZE(examples),
	.misuse = TOOL_MISUSE,
	.options = options,
	.option_count = ARRAY_SIZE(options),
};

/* A command line, and what is to come of it: goes_on, or the status. */
static const struct line {
	const char *what;
	const char *words[WORDS_MAX]; /* without the tool's name */
	bool goes_on;
	int status;
	struct options want;
	const char *first; /* the first argument */
} lines[] = {
	{ "nothing", { NULL }, true, 0, { 0 }, NULL },
	{ "a flag", { "-q", "A" }, true, 0, { .quiet = true }, "A" },
	{ "a long flag", { "--quiet" }, true, 0, { .quiet = true }, NULL },
	{ "flags together", { "-ql" }, true, 0, { .quiet = true, .loud = true }, NULL },
	{ "a number", { "-p", "137" }, true, 0, { .port = 137 }, NULL },
	{ "a number, joined", { "-p137" }, true, 0, { .port = 137 }, NULL },
	{ "popt's way", { "-p=137" }, true, 0, { .port = 137 }, NULL },
	{ "the highest number", { "--port=65535" }, true, 0, { .port = 65535 }, NULL },
	{ "too high", { "-p", "65536" }, false, TOOL_MISUSE, { 0 }, NULL },
	{ "no number", { "-p", "13x" }, false, TOOL_MISUSE, { 0 }, NULL },
	{ "a sign", { "-p", "-1" }, false, TOOL_MISUSE, { 0 }, NULL },
	{ "an empty number", { "-p", "" }, false, TOOL_MISUSE, { 0 }, NULL },
	{ "a string", { "--scope", "X" }, true, 0, { .scope = "X" }, NULL },
	{ "a string with =", { "--scope==X" }, true, 0, { .scope = "=X" }, NULL },
	{ "a choice", { "-B", "1" }, true, 0, { .host = { 'B', "1" } }, NULL },
	{ "the last choice", { "-B", "1", "-U", "2" }, true, 0, { .host = { 'U', "2" } }, NULL },
	{ "the first once more", { "-U2", "-B1" }, true, 0, { .host = { 'B', "1" } }, NULL },
	{ "once, twice, three times", { "-mm", "--much" }, true, 0, { .much = 3 }, NULL },
	{ "ignored, with its argument", { "-O", "W", "A" }, true, 0, { 0 }, "A" },
	{ "options behind an argument", { "A", "-q" }, true, 0, { .quiet = true }, "A" },
	{ "arguments behind --", { "--", "-q" }, true, 0, { 0 }, "-q" },
	{ "takes a word", { "-l", "yes", "A" }, true, 0, { .loud = true }, "A" },
	{ "takes no word", { "-l", "no", "A" }, true, 0, { .loud = true }, "no" },
	{ "takes one behind arguments", { "A", "-l", "yes", "B" }, true, 0, { .loud = true }, "A" },
	{ "an unknown letter", { "-x" }, false, TOOL_MISUSE, { 0 }, NULL },
	{ "an unknown name", { "--xx" }, false, TOOL_MISUSE, { 0 }, NULL },
	{ "a missing argument", { "-p" }, false, TOOL_MISUSE, { 0 }, NULL },
	{ "an argument too many", { "--quiet=1" }, false, TOOL_MISUSE, { 0 }, NULL },
	{ "an unknown letter among others", { "-xq" }, false, TOOL_MISUSE, { 0 }, NULL },
	{ "the next line begins anew", { "A" }, true, 0, { 0 }, "A" },
	{ "help", { "--help" }, false, TOOL_OK, { 0 }, NULL },
	{ "help in short", { "-?" }, false, TOOL_OK, { 0 }, NULL },
	{ "usage", { "--usage", "--xx" }, false, TOOL_OK, { 0 }, NULL },
	{ "version", { "-V" }, false, TOOL_OK, { 0 }, NULL },
	{ "colours", { "--color=always", "A" }, true, 0, { 0 }, "A" },
	{ "no colours", { "--color", "never", "A" }, true, 0, { 0 }, "A" },
	{ "no such colours", { "--color=red" }, false, TOOL_MISUSE, { 0 }, NULL },
	{ "completion", { "--print-completion=zsh" }, false, TOOL_OK, { 0 }, NULL },
	{ "completion for no shell", { "--print-completion=sh" }, false, TOOL_MISUSE, { 0 }, NULL },
};

/* What the tool says does not belong into the test's own output. */
static int silence(int fd)
{
	int kept = dup(fd), null = open("/dev/null", O_WRONLY);

	fflush(NULL);
	assert_int_equal(dup2(null, fd), fd);
	close(null);
	return kept;
}

static void speak(int fd, int kept)
{
	fflush(NULL);
	assert_int_equal(dup2(kept, fd), fd);
	close(kept);
}

static bool text_equal(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* getopt() moves the words about, but does not write into them. */
static bool read_line(const struct line *line, struct options *got, int *status, const char **first)
{
	const char *words[WORDS_MAX + 2] = { "tool" };
	int count = 1, at = 0;
	int out = silence(STDOUT_FILENO), err = silence(STDERR_FILENO);
	bool goes_on;

	for (size_t i = 0; i < WORDS_MAX && line->words[i] != NULL; i++)
		words[count++] = line->words[i];
	goes_on = tool_read_options(&tool, count, (char **)(uintptr_t)words, got, &at, status);
	speak(STDOUT_FILENO, out);
	speak(STDERR_FILENO, err);
	*first = goes_on ? words[at] : NULL;
	return goes_on;
}

static void command_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const struct line *line = &lines[i];
		struct options got = { 0 };
		const char *first;
		int status;
		bool goes_on = read_line(line, &got, &status, &first);

		if (goes_on != line->goes_on || status != line->status)
			fail_msg("%s: goes on %d, status %d", line->what, goes_on, status);
		if (!goes_on)
			continue;
		if (got.quiet != line->want.quiet || got.much != line->want.much ||
		    got.loud != line->want.loud || got.port != line->want.port ||
		    !text_equal(got.scope, line->want.scope) ||
		    got.host.letter != line->want.host.letter ||
		    !text_equal(got.host.argument, line->want.host.argument) ||
		    !text_equal(first, line->first))
			fail_msg("%s: not what was wanted", line->what);
	}
}

/* What is said of a misspelt option, but for where help is. */
static const struct {
	const char *word, *said;
} mistakes[] = {
	{ "--quite", "tool: --quite: no such option; do you mean --quiet?" },
	{ "--prot=1", "tool: --prot=1: no such option; do you mean --port?" },
	{ "--nonsense", "tool: --nonsense: no such option;" },
	{ "-x", "tool: -x: no such option;" },
	{ "-xq", "tool: -x: no such option;" },
	{ "-scope", "tool: -scope: no such option; do you mean --scope?" },
	{ "--quiet=1", "tool: --quiet=1: this option takes no argument;" },
	{ "--port", "tool: --port: its argument is missing;" },
	{ "--port=65536", "tool: --port=65536: not a number from 0 to 65535;" },
};

static void mistakes_are_explained(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		const char *words[] = { "tool", mistakes[i].word, NULL };
		char said[256] = "", want[256];
		struct options got = { 0 };
		FILE *file = tmpfile();
		int kept = dup(STDERR_FILENO), at, status;

		assert_non_null(file);
		assert_int_equal(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
		assert_false(
			tool_read_options(&tool, 2, (char **)(uintptr_t)words, &got, &at, &status));
		speak(STDERR_FILENO, kept);
		rewind(file);
		assert_non_null(fgets(said, sizeof(said), file));
		fclose(file);
		snprintf(want, sizeof(want), "%s \"tool --help\" shows how\n", mistakes[i].said);
		assert_string_equal(said, want);
	}
}

static void assert_printed(void (*print)(const struct tool *, FILE *), const char *want)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	assert_non_null(memory);
	print(&tool, memory);
	fclose(memory);
	assert_string_equal(text, want);
	free(text);
}

static void help_comes_from_the_table(void **state)
{
	(void)state;
	assert_printed(tool_print_help,
		       "Usage: tool [OPTION]... NAME...\n"
		       "Does nothing.\n"
		       "\n"
		       "  -q, --quiet                   say less\n"
		       "  -l, --loud                    say more\n"
		       "  -p, --port=PORT               the port\n"
		       "      --scope=SCOPE             "
		       "a scope, and an argument that is longer than the column\n"
		       "  -B, --broadcast=ADDRESS       by broadcast\n"
		       "  -U, --unicast-to-a-single-host=ADDRESS\n"
		       "                                by unicast\n"
		       "      --color=auto|always|never "
		       "colours; auto: on a terminal, if NO_COLOR is not set\n"
		       "  -?, --help                    show this help\n"
		       "      --usage                   show the options in brief\n"
		       "  -V, --version                 show the version\n"
		       "\n"
		       "Examples:\n"
		       "  what it does not do:\n"
		       "      tool -q FRED\n"
		       "  by unicast:\n"
		       "      tool -U 10.0.0.1 FRED\n");
}

static void usage_is_wrapped(void **state)
{
	(void)state;
	assert_printed(
		tool_print_usage,
		"Usage: tool [-q|--quiet] [-l|--loud] [-p|--port=PORT] [--scope=SCOPE]\n"
		"            [-B|--broadcast=ADDRESS] [-U|--unicast-to-a-single-host=ADDRESS]\n"
		"            [--color=auto|always|never] [-?|--help] [--usage] [-V|--version]\n"
		"            NAME...\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_lines),
		cmocka_unit_test(mistakes_are_explained),
		cmocka_unit_test(help_comes_from_the_table),
		cmocka_unit_test(usage_is_wrapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
