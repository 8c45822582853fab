/* The control socket: words, the table of commands, and those that every daemon has. */
#include "config.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/charset.h"
#include "common/ctl_inner.h"
#include "common/log.h"
#include "common/nearest.h"

int ctl_words(const char *line, size_t len, json_t **words, char *argv[CTL_WORDS_MAX])
{
	size_t count;

	*words = json_loadb(line, len, 0, NULL);
	count = json_is_array(*words) ? json_array_size(*words) : 0;
	if (count > CTL_WORDS_MAX)
		return 0;
	for (size_t i = 0; i < count; i++) {
		const char *word = json_string_value(json_array_get(*words, i));

		if (word == NULL)
			return 0;
		argv[i] = (char *)(uintptr_t)word;
	}
	return (int)count;
}

/* Words of the name if the request begins with them; 0: it does not. */
static int match(const char *name, int argc, char **argv)
{
	int used = 0;

	while (*name != '\0') {
		size_t len = strcspn(name, " ");

		if (used == argc || strlen(argv[used]) != len || memcmp(argv[used], name, len) != 0)
			return 0;
		used++;
		name += len + (name[len] == ' ');
	}
	return used;
}

const struct ctl_command *ctl_find(const struct ctl_command *const *tables, int argc, char **argv,
				   int *used)
{
	const struct ctl_command *found = NULL;

	*used = 0;
	for (; *tables != NULL; tables++)
		for (const struct ctl_command *command = *tables; command->name != NULL;
		     command++) {
			int words = match(command->name, argc, argv);

			if (words > *used) {
				*used = words;
				found = command;
			}
		}
	return found;
}

/* Two words at most make a command. */
void ctl_say_unknown(const struct ctl_command *const *tables, const char *daemon, int argc,
		     char **argv, char error[CTL_UNKNOWN_MAX])
{
	char words[64], meant[80] = "";
	struct nearest one, two;
	const char *found;

	snprintf(words, sizeof(words), "%.30s%s%.30s", argv[0], argc > 1 ? " " : "",
		 argc > 1 ? argv[1] : "");
	nearest_begin(&one, argv[0]);
	nearest_begin(&two, words);
	for (; *tables != NULL; tables++)
		for (const struct ctl_command *command = *tables; command->name != NULL;
		     command++) {
			nearest_take(&one, command->name);
			nearest_take(&two, command->name);
		}
	found = two.found != NULL ? two.found : one.found;
	if (found != NULL)
		snprintf(meant, sizeof(meant), "; do you mean \"%.40s\"?", found);
	snprintf(error, CTL_UNKNOWN_MAX, "there is no command \"%s\"%s \"nbtctl -d %s help\" %s",
		 words, found != NULL ? meant : ";", daemon, "shows all");
}

static void run_help(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	(void)daemon;
	(void)argc;
	(void)argv;
	for (const struct ctl_command *const *table = ctl_tables(rq); *table != NULL; table++)
		for (const struct ctl_command *command = *table; command->name != NULL; command++)
			ctl_row(rq,
				json_pack("{s:s, s:s, s:s}", "command", command->name, "arguments",
					  command->arguments, "help", command->help));
	ctl_end(rq);
}

static void run_version(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	(void)daemon;
	(void)argc;
	(void)argv;
	ctl_row(rq,
		json_pack("{s:s, s:s, s:i, s:s}", "program", PACKAGE_NAME, "version",
			  PACKAGE_VERSION, "pid", (int)getpid(), "dos_charset", charset_chosen()));
	ctl_end(rq);
}

static void run_log(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	static const char *const levels[] = { "error", "warning", "info", "debug" };

	(void)daemon;
	for (size_t i = 0; argc == 1 && i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(argv[0], levels[i]) == 0) {
			log_set_level((enum log_level)i);
			ctl_end(rq);
			return;
		}
	ctl_fail(rq, CTL_MISUSE, "log takes one of error, warning, info, debug");
}

/* As any administrator would: what is under way is brought to its end. */
static void run_stop(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	(void)daemon;
	(void)argc;
	(void)argv;
	ctl_end(rq);
	(void)raise(SIGTERM);
}

const struct ctl_command ctl_common_commands[] = {
	{ "help", "", "all commands", false, run_help },
	{ "version", "", "program, version, process, and the character set of names", false,
	  run_version },
	{ "log", "error|warning|info|debug", "how much is logged, until the next start or reload",
	  true, run_log },
	{ "stop", "", "end the daemon in order", true, run_stop },
	{ .name = NULL },
};

static void print_table(FILE *to, const struct ctl_command *table)
{
	for (; table->name != NULL; table++)
		fprintf(to, "%s\t%s\t%s\n", table->name, table->arguments, table->help);
}

void ctl_print_commands(FILE *to, const struct ctl_command *const *tables)
{
	for (; tables != NULL && *tables != NULL; tables++)
		print_table(to, *tables);
	print_table(to, ctl_common_commands);
}
