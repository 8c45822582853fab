/* bash: the words before the cursor are walked through once; what was found says what is offered.
 * Words end at "=", too, as readline has it. */
#include "config.h"

#include "tools/complete.h"

/* 'COMMAND --option' | 'COMMAND -o' */
static void print_pattern(const struct complete_command *command, const struct complete_option *o,
			  FILE *to)
{
	fprintf(to, "'%s --%s'", command->name, o->name);
	if (o->letter != 0)
		fprintf(to, " | '%s -%c'", command->name, o->letter);
}

static void print_takers(const struct complete *c, FILE *to)
{
	const char *before = "";

	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; k < c->commands[i].option_count; k++)
			if (c->commands[i].options[k].argument != NULL) {
				fputs(before, to);
				print_pattern(&c->commands[i], &c->commands[i].options[k], to);
				before = " | \\\n\t\t\t";
			}
	fputs(*before == '\0' ? "''" : "", to);
}

static void print_commands(const struct complete *c, FILE *to)
{
	for (size_t i = 1; i < c->count; i++)
		fprintf(to, "%s'%s'", i > 1 ? " | " : "", c->commands[i].name);
	fputs(c->count == 1 ? "''" : "", to);
}

static void print_walk(const struct complete *c, FILE *to)
{
	fputs("\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tword=${COMP_WORDS[i]}\n"
	      "\t\tif [[ $word == = ]]; then\n"
	      "\t\t\tcontinue\n"
	      "\t\telif [[ -n $option ]]; then\n"
	      "\t\t\toption=\n"
	      "\t\t\tcontinue\n"
	      "\t\tfi\n"
	      "\t\tcase \"$command $word\" in\n\t\t",
	      to);
	print_takers(c, to);
	fputs(") option=$word ;;\n\t\t*' -'*) ;;\n\t\t*)\n"
	      "\t\t\tcase \"${command:+$command }$word\" in\n\t\t\t",
	      to);
	print_commands(c, to);
	fputs(") command=${command:+$command }$word count=0 ;;\n"
	      "\t\t\t*) ((count++)) ;;\n"
	      "\t\t\tesac ;;\n"
	      "\t\tesac\n"
	      "\tdone\n",
	      to);
}

/* What an argument of this name can be; nothing is printed where nothing is known. */
static bool print_how(const struct complete *c, const char *argument, FILE *to)
{
	const struct complete_kind *kind = complete_kind(argument);
	char words[COMPLETE_WORDS_MAX];

	if (kind != NULL)
		fprintf(to, "how=(%s) ;;\n", kind->bash);
	else if (*complete_words(c, argument, words) != '\0')
		fprintf(to, "how=(-W '%s') ;;\n", words);
	else
		return false;
	return true;
}

static void print_option_arguments(const struct complete *c, FILE *to)
{
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; k < c->commands[i].option_count; k++) {
			const struct complete_option *o = &c->commands[i].options[k];

			if (o->argument == NULL)
				continue;
			fputs("\t\t", to);
			print_pattern(&c->commands[i], o, to);
			fputs(") ", to);
			if (!print_how(c, o->argument, to))
				fputs(";;\n", to);
		}
}

static void print_options(const struct complete *c, FILE *to)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct complete_command *command = &c->commands[i];

		fprintf(to, "\t\t'%s') how=(-W '", command->name);
		for (size_t k = 0; k < command->option_count; k++) {
			const struct complete_option *o = &command->options[k];

			if (o->letter != 0)
				fprintf(to, "-%c ", o->letter);
			fprintf(to, "--%s%s ", o->name, o->argument != NULL ? "=" : "");
		}
		fputs("') ;;\n", to);
	}
}

static bool print_below(const struct complete *c, const struct complete_command *of, FILE *to)
{
	bool is_first = true;

	for (size_t i = 1; i < c->count; i++) {
		const char *word = complete_below(&c->commands[i], of);

		if (word != NULL && is_first)
			fprintf(to, "\t\t'%s '0) how=(-W '", of->name);
		if (word != NULL)
			fprintf(to, "%s%s", is_first ? "" : " ", word);
		is_first = is_first && word == NULL;
	}
	fputs(is_first ? "" : "') ;;\n", to);
	return !is_first;
}

static void print_arguments(const struct complete *c, const struct complete_command *command,
			    FILE *to)
{
	for (size_t k = 0; k < command->argument_count; k++) {
		bool is_last = k + 1 == command->argument_count && command->repeats;

		fprintf(to, "\t\t'%s '", command->name);
		if (is_last)
			fputs("*) ", to);
		else
			fprintf(to, "%zu) ", k);
		if (!print_how(c, command->arguments[k], to))
			fputs(";;\n", to);
	}
}

void complete_print_bash(const struct complete *c, FILE *to)
{
	const char *name = c->tool->name;

	fprintf(to,
		"# bash completion for %s, made from its table of options.\n\n"
		"_%s()\n{\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} command= option= count=0 how=() word i\n\n"
		"\tCOMPREPLY=()\n"
		"\t[[ $cur == = ]] && cur=\n",
		name, name);
	print_walk(c, to);
	fputs("\tif [[ -n $option ]]; then\n\t\tcase \"$command $option\" in\n", to);
	print_option_arguments(c, to);
	fputs("\t\tesac\n\telif [[ $cur == -* ]]; then\n\t\tcase $command in\n", to);
	print_options(c, to);
	fputs("\t\tesac\n\telse\n\t\tcase \"$command $count\" in\n", to);
	for (size_t i = 0; i < c->count; i++)
		if (!print_below(c, &c->commands[i], to))
			print_arguments(c, &c->commands[i], to);
	fprintf(to,
		"\t\tesac\n\tfi\n"
		"\t[[ ${#how[@]} -gt 0 ]] || return 0\n"
		"\tmapfile -t COMPREPLY < <(compgen \"${how[@]}\" -- \"$cur\")\n"
		"\t[[ ${how[0]} != -[fd] ]] || compopt -o filenames\n"
		"\t[[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace\n"
		"}\n"
		"complete -F _%s %s\n",
		name, name);
}
