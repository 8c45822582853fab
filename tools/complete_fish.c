/* fish: a line for each option and argument; a function says which command the cursor is behind. */
#include "config.h"

#include "tools/complete.h"

#include <string.h>

static void print_quoted(const char *text, FILE *to)
{
	fputc('\'', to);
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			fputc('\\', to);
		fputc(*text == '\n' ? ' ' : *text, to);
	}
	fputc('\'', to);
}

static void print_takers(const struct complete *c, FILE *to)
{
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; k < c->commands[i].option_count; k++) {
			const struct complete_option *o = &c->commands[i].options[k];

			if (o->argument == NULL)
				continue;
			fprintf(to, " '%s --%s'", c->commands[i].name, o->name);
			if (o->letter != 0)
				fprintf(to, " '%s -%c'", c->commands[i].name, o->letter);
		}
}

/* "-eq 1" says, too, how many arguments stand between the command and the cursor. */
static void print_function(const struct complete *c, FILE *to)
{
	fprintf(to,
		"function __%s_is_at -a at compare number\n"
		"\tset -l command\n"
		"\tset -l count 0\n"
		"\tset -l skip 0\n"
		"\tfor word in (commandline -opc)[2..]\n"
		"\t\tif test $skip = 1\n"
		"\t\t\tset skip 0\n"
		"\t\t\tcontinue\n"
		"\t\tend\n"
		"\t\tswitch \"$command $word\"\n",
		c->tool->name);
	fputs("\t\tcase ''", to);
	print_takers(c, to);
	fputs("\n\t\t\tset skip 1\n\t\tcase '* -*'\n\t\tcase ''", to);
	for (size_t i = 1; i < c->count; i++)
		fprintf(to, " '%s%s'", strchr(c->commands[i].name, ' ') == NULL ? " " : "",
			c->commands[i].name);
	fputs("\n\t\t\tset command (string trim \"$command $word\")\n"
	      "\t\t\tset count 0\n"
	      "\t\tcase '*'\n"
	      "\t\t\tset count (math $count + 1)\n"
	      "\t\tend\n"
	      "\tend\n"
	      "\ttest \"$command\" = \"$at\"; or return\n"
	      "\ttest -z \"$compare\"; or test $count $compare $number\n"
	      "end\n\n",
	      to);
}

static void print_begin(const struct complete *c, const struct complete_command *command, FILE *to)
{
	fprintf(to, "complete -c %s -n \"__%s_is_at '%s'", c->tool->name, c->tool->name,
		command->name);
}

/* What can stand there, files if nothing is said. */
static void print_argument(const struct complete *c, const char *argument, FILE *to)
{
	const struct complete_kind *kind = complete_kind(argument);
	char words[COMPLETE_WORDS_MAX];

	if (kind != NULL)
		fprintf(to, " %s", kind->fish);
	else if (*complete_words(c, argument, words) != '\0')
		fprintf(to, " -f -a '%s'", words);
	else
		fputs(" -f", to);
}

static void print_option(const struct complete *c, const struct complete_command *command,
			 const struct complete_option *o, FILE *to)
{
	print_begin(c, command, to);
	fputc('"', to);
	if (o->letter != 0)
		fprintf(to, " -s '%c'", o->letter);
	fprintf(to, " -l %s", o->name);
	if (o->argument != NULL) {
		fputs(" -r", to);
		print_argument(c, o->argument, to);
	}
	if (o->help != NULL) {
		fputs(" -d ", to);
		print_quoted(o->help, to);
	}
	fputc('\n', to);
}

static bool print_below(const struct complete *c, const struct complete_command *of, FILE *to)
{
	bool is_any = false;

	for (size_t i = 1; i < c->count; i++) {
		const char *word = complete_below(&c->commands[i], of);

		if (word == NULL)
			continue;
		is_any = true;
		print_begin(c, of, to);
		fprintf(to, " -eq 0\" -a %s", word);
		if (c->commands[i].help != NULL) {
			fputs(" -d ", to);
			print_quoted(c->commands[i].help, to);
		}
		fputc('\n', to);
	}
	return is_any;
}

static void print_arguments(const struct complete *c, const struct complete_command *command,
			    FILE *to)
{
	char words[COMPLETE_WORDS_MAX];

	for (size_t k = 0; k < command->argument_count; k++) {
		const char *argument = command->arguments[k];

		if (complete_kind(argument) == NULL && *complete_words(c, argument, words) == '\0')
			continue;
		print_begin(c, command, to);
		fprintf(to, " %s %zu\"",
			k + 1 == command->argument_count && command->repeats ? "-ge" : "-eq", k);
		print_argument(c, argument, to);
		fputc('\n', to);
	}
}

void complete_print_fish(const struct complete *c, FILE *to)
{
	fprintf(to, "# fish completion for %s, made from its table of options.\n\n", c->tool->name);
	print_function(c, to);
	fprintf(to, "complete -c %s -f\n", c->tool->name);
	for (size_t i = 0; i < c->count; i++) {
		for (size_t k = 0; k < c->commands[i].option_count; k++)
			print_option(c, &c->commands[i], &c->commands[i].options[k], to);
		if (!print_below(c, &c->commands[i], to))
			print_arguments(c, &c->commands[i], to);
	}
}
