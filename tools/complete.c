/* What there is to complete, from tables of options and from the arguments of commands. */
#include "config.h"

#include "tools/complete.h"

#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "tools/tool_inner.h"

static const struct complete_kind kinds[] = {
	{ "FILE", "-f", "_files", "-F" },
	{ "DIRECTORY", "-d", "_files -/", "-f -a '(__fish_complete_directories)'" },
	{ "HOST", "-A hostname", "_hosts", "-f -a '(__fish_print_hostnames)'" },
	{ "INTERFACE", "-W \"$(ls /sys/class/net)\"", "_net_interfaces",
	  "-f -a '(__fish_print_interfaces)'" },
};

const struct complete_kind *complete_kind(const char *argument)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].argument, argument) == 0)
			return &kinds[i];
	return NULL;
}

static void append_word(char words[COMPLETE_WORDS_MAX], const char *word, size_t len)
{
	size_t used = strlen(words);

	snprintf(words + used, COMPLETE_WORDS_MAX - used, "%s%.*s", used > 0 ? " " : "", (int)len,
		 word);
}

/* Of "self|ADDRESS" the second is only the name of an argument. */
static bool is_value(const char *word, size_t len)
{
	return len == 1 || strcspn(word, "abcdefghijklmnopqrstuvwxyz") < len;
}

const char *complete_words(const struct complete *c, const char *argument,
			   char words[COMPLETE_WORDS_MAX])
{
	const char *value;

	words[0] = '\0';
	for (const char *at = argument; strchr(argument, '|') != NULL && *at != '\0';) {
		size_t len = strcspn(at, "|");

		if (is_value(at, len))
			append_word(words, at, len);
		at += len + (at[len] != '\0');
	}
	for (size_t i = 0; c->tool->values != NULL; i++) {
		value = c->tool->values(argument, i);
		if (value == NULL)
			break;
		append_word(words, value, strlen(value));
	}
	return words;
}

const char *complete_below(const struct complete_command *below, const struct complete_command *of)
{
	size_t len = strlen(of->name);
	const char *rest = below->name + len;

	if (strncmp(below->name, of->name, len) != 0 || *rest == '\0')
		return NULL;
	if (len > 0 && *rest++ != ' ')
		return NULL;
	return strchr(rest, ' ') == NULL ? rest : NULL;
}

/*
 * Adding.
 */

static void *need(void *memory)
{
	if (memory == NULL) {
		perror("completion");
		exit(TOOL_FAILED);
	}
	return memory;
}

static void add_option(struct complete_command *command, struct complete_option option)
{
	size_t count = command->option_count + 1;

	command->options = need(realloc(command->options, count * sizeof(*command->options)));
	command->options[command->option_count++] = option;
}

/* "[PATTERN[<XX>]]" is PATTERN, "[ADDRESS]..." is ADDRESS; values may have dots: "hosts|wins.dat".
 */
static void add_argument(struct complete_command *command, char *word)
{
	size_t count = command->argument_count + 1;

	command->repeats = strstr(word, "...") != NULL;
	word += *word == '[';
	word[strcspn(word, strchr(word, '|') != NULL ? "]" : "[]<.")] = '\0';
	command->arguments = need(realloc(command->arguments, count * sizeof(*command->arguments)));
	command->arguments[command->argument_count++] = word;
}

/* What stands behind "[--kind" up to the bracket. */
static void read_option(struct complete_command *command, char *word, char **rest)
{
	bool is_alone = word[strlen(word) - 1] == ']' || *word == '-';
	char *argument = is_alone ? NULL : strtok_r(NULL, " ]", rest);

	word += strspn(word, "[-");
	word[strcspn(word, "]")] = '\0';
	add_option(command, (struct complete_option){ 0, word, argument, NULL });
}

static void read_arguments(struct complete_command *command, char *text)
{
	char *rest;

	for (char *word = strtok_r(text, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		if (strncmp(word, "[--", 3) == 0 || strncmp(word, "--", 2) == 0)
			read_option(command, word, &rest);
		else if (strcmp(word, "|") == 0)
			(void)strtok_r(NULL, " ", &rest); /* another form of the one before */
		else
			add_argument(command, word);
	}
}

static struct complete_command *find(struct complete *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->commands[i].name, name) == 0)
			return &c->commands[i];
	return NULL;
}

static struct complete_command *add(struct complete *c, const char *name, const char *arguments)
{
	struct complete_command *command;
	const char *space = strrchr(name, ' ');
	char above[COMPLETE_WORDS_MAX];

	if (space != NULL) {
		snprintf(above, sizeof(above), "%.*s", (int)(space - name), name);
		if (find(c, above) == NULL)
			(void)add(c, above, "");
	}
	c->commands = need(realloc(c->commands, (c->count + 1) * sizeof(*c->commands)));
	command = &c->commands[c->count++];
	*command = (struct complete_command){ .name = need(strdup(name)),
					      .text = need(strdup(arguments)) };
	read_arguments(command, command->text);
	return command;
}

void complete_add(struct complete *c, const char *name, const char *arguments, const char *help)
{
	if (find(c, name) == NULL)
		add(c, name, arguments)->help = need(strdup(help));
}

void complete_add_tool(struct complete *c, const char *name, const struct tool *tool,
		       const char *help)
{
	const char *arguments = tool->arguments != NULL ? tool->arguments : "";
	struct complete_command *command = add(c, name, arguments);

	command->help = help != NULL ? need(strdup(help)) : NULL;
	for (size_t i = 0; i < tool_option_count(tool); i++) {
		const struct tool_option *o = tool_option_at(tool, i);

		if (o->help != NULL)
			add_option(command, (struct complete_option){ o->letter, o->name,
								      o->argument, o->help });
	}
}

/*
 * Printing.
 */

static const struct {
	const char *name;
	void (*print)(const struct complete *c, FILE *to);
} shells[] = {
	{ "bash", complete_print_bash },
	{ "zsh", complete_print_zsh },
	{ "fish", complete_print_fish },
};

static void discard(struct complete *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->commands[i].name);
		free(c->commands[i].help);
		free(c->commands[i].options);
		free(c->commands[i].arguments);
		free(c->commands[i].text);
	}
	free(c->commands);
}

bool complete_print(const struct tool *tool, const char *shell, FILE *to)
{
	struct complete c = { .tool = tool };
	size_t i = 0;

	while (i < ARRAY_SIZE(shells) && strcmp(shells[i].name, shell) != 0)
		i++;
	if (i == ARRAY_SIZE(shells))
		return false;
	complete_add_tool(&c, "", tool, NULL);
	if (tool->commands != NULL)
		tool->commands(&c);
	shells[i].print(&c, to);
	discard(&c);
	return true;
}
