/* zsh: _arguments has the same table in its own form; commands have one of theirs each. */
#include "config.h"

#include "tools/complete.h"

#include <string.h>

/* Inside of 'a specification'. */
static void print_escaped(const char *text, const char *special, FILE *to)
{
	for (; *text != '\0'; text++)
		if (*text == '\'')
			fputs("'\\''", to);
		else if (strchr(special, *text) != NULL)
			fprintf(to, "\\%c", *text);
		else
			fputc(*text == '\n' ? ' ' : *text, to);
}

/* ":NAME:what can stand there" */
static void print_argument(const struct complete *c, const char *argument, FILE *to)
{
	const struct complete_kind *kind = complete_kind(argument);
	char words[COMPLETE_WORDS_MAX];

	fputc(':', to);
	print_escaped(argument, ":", to);
	if (kind != NULL)
		fprintf(to, ":%s", kind->zsh);
	else if (*complete_words(c, argument, words) != '\0')
		fprintf(to, ":(%s)", words);
	else
		fputs(": ", to);
}

static void print_option(const struct complete *c, const struct complete_option *o, FILE *to)
{
	const char *equals = o->argument != NULL ? "=" : "";

	fputs(" \\\n\t\t", to);
	if (o->letter != 0)
		fprintf(to, "'(-%c --%s)'{'-%c%s',--%s%s}'", o->letter, o->name, o->letter,
			o->argument != NULL ? "+" : "", o->name, equals);
	else
		fprintf(to, "'--%s%s", o->name, equals);
	if (o->help != NULL) {
		fputc('[', to);
		print_escaped(o->help, "[]:\\", to);
		fputc(']', to);
	}
	if (o->argument != NULL)
		print_argument(c, o->argument, to);
	fputc('\'', to);
}

/* A command's first line. */
static void print_help(const struct complete_command *command, FILE *to)
{
	if (command->help == NULL)
		return;
	fputs("\\:\"", to);
	print_escaped(command->help, ":\"\\$`", to);
	fputc('"', to);
}

static bool print_below(const struct complete *c, const struct complete_command *of, FILE *to)
{
	bool is_first = true;

	for (size_t i = 1; i < c->count; i++) {
		const char *word = complete_below(&c->commands[i], of);

		if (word == NULL)
			continue;
		fprintf(to, "%s%s", is_first ? " \\\n\t\t'1:command:((" : "\n\t\t\t", word);
		print_help(&c->commands[i], to);
		is_first = false;
	}
	fputs(is_first ? "" : "))'", to);
	return !is_first;
}

static void print_arguments(const struct complete *c, const struct complete_command *command,
			    FILE *to)
{
	for (size_t k = 0; k < command->argument_count; k++) {
		if (k + 1 == command->argument_count && command->repeats)
			fputs(" \\\n\t\t'*", to);
		else
			fprintf(to, " \\\n\t\t'%zu", k + 1);
		print_argument(c, command->arguments[k], to);
		fputc('\'', to);
	}
}

static void print_command(const struct complete *c, const struct complete_command *command,
			  FILE *to)
{
	fputs("\t_arguments -s -S :", to);
	for (size_t k = 0; k < command->option_count; k++)
		print_option(c, &command->options[k], to);
	if (!print_below(c, command, to))
		print_arguments(c, command, to);
	if (command == c->commands && c->count > 1)
		fputs(" \\\n\t\t'*:: :->command'", to);
	fputc('\n', to);
}

/* The words of the command give way, one after the other, to the tool's own. */
static void print_dispatch(const struct complete *c, FILE *to)
{
	fputs("\t[[ $state == command ]] || return\n"
	      "\twhile ((CURRENT > 1)); do\n"
	      "\t\tcase ${command:+$command }$words[1] in\n\t\t",
	      to);
	for (size_t i = 1; i < c->count; i++)
		fprintf(to, "%s'%s'", i > 1 ? " | " : "", c->commands[i].name);
	fputs(") command=${command:+$command }$words[1] ;;\n"
	      "\t\t*) break ;;\n"
	      "\t\tesac\n"
	      "\t\tshift words\n"
	      "\t\t((CURRENT--))\n"
	      "\tdone\n"
	      "\twords=(\"$service\" \"$words[@]\")\n"
	      "\t((CURRENT++))\n"
	      "\tcase $command in\n",
	      to);
	for (size_t i = 1; i < c->count; i++) {
		fprintf(to, "\t'%s')\n", c->commands[i].name);
		print_command(c, &c->commands[i], to);
		fputs("\t\t;;\n", to);
	}
	fputs("\tesac\n", to);
}

void complete_print_zsh(const struct complete *c, FILE *to)
{
	const char *name = c->tool->name;

	fprintf(to,
		"#compdef %s\n"
		"# zsh completion for %s, made from its table of options.\n\n"
		"_%s() {\n"
		"\tlocal curcontext=$curcontext state state_descr line command\n"
		"\tlocal -A opt_args\n\n",
		name, name, name);
	print_command(c, &c->commands[0], to);
	if (c->count > 1)
		print_dispatch(c, to);
	fprintf(to, "}\n\n_%s \"$@\"\n", name);
}
