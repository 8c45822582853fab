/* nbtctl: asks a daemon of the suite over its control socket, and prints what it says. Commands are
 * the daemon's, but for those that read or write files. */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/array.h"
#include "common/ctl.h"
#include "common/nearest.h"
#include "tools/complete.h"
#include "tools/nbtctl.h"
#include "tools/tool.h"

#define RUN_DIRECTORY "/run/nbt"

struct options {
	const char *daemon, *socket, *directory;
	bool json, csv;
};

#define OPT(member) offsetof(struct options, member)

static const struct tool_option options[] = {
	{ 'd', "daemon", "nbnsd|nbddd|browserd", "ask this daemon (whose command it is)",
	  TOOL_STRING, OPT(daemon), 0, NULL },
	{ 'r', "run-directory", "DIRECTORY", "where the sockets are (" RUN_DIRECTORY ")",
	  TOOL_STRING, OPT(directory), 0, NULL },
	{ 's', "socket", "FILE", "the control socket itself", TOOL_STRING, OPT(socket), 0, NULL },
	{ 'j', "json", NULL, "print a JSON array of objects", TOOL_FLAG, OPT(json), 0, NULL },
	{ 0, "csv", NULL, "print comma-separated values with a head", TOOL_FLAG, OPT(csv), 0,
	  NULL },
};

static const struct tool_example examples[] = {
	{ "the names of a host", "nbtctl names list --address 10.1.0.9" },
	{ "who still asks this server", "nbtctl audit clients --since 30d" },
	{ "the names of an nmbd, first to see what would happen",
	  "nbtctl import --dry-run wins.dat /var/lib/samba/wins.dat" },
	{ "what this host is in the neighbourhood", "nbtctl browse roles" },
};

/* For completion. The daemons' commands come from standard input: what each of them prints with
 * --print-commands. */
static void add_commands(struct complete *c)
{
	char line[2048], arguments[sizeof(line) + 32];

	complete_add_tool(c, "import", &nbtctl_import_tool, "names of another name server");
	complete_add_tool(c, "export", &nbtctl_export_tool, "the names for other programs");
	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *rest = line;
		const char *name = strsep(&rest, "\t"), *words = strsep(&rest, "\t");
		const char *help = strsep(&rest, "\n");

		if (help == NULL)
			continue;
		snprintf(arguments, sizeof(arguments), "%s [--json] [--csv]", words);
		complete_add(c, name, arguments, help);
	}
}

static const struct tool nbtctl = {
	.name = "nbtctl",
	.arguments = "COMMAND [ARGUMENT]...",
	.help = "Asks and steers a daemon. \"nbtctl help\" lists the commands of the daemon.\nBesides: "
		"import (names of other name servers), export; each with --help.",
	.examples = examples,
	.example_count = ARRAY_SIZE(examples),
	.misuse = TOOL_MISUSE,
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.stops_at_argument = true, /* what follows is the command's */
	.commands = add_commands,
};

/* How to print may be said behind the command, too. The new number of words. */
static int take_forms(struct options *o, int argc, char **argv)
{
	int count = 0;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			o->json = true;
		else if (strcmp(argv[i], "--csv") == 0)
			o->csv = true;
		else
			argv[count++] = argv[i];
	}
	return count;
}

static int add_row(void *ctx, json_t *row)
{
	rows_add(ctx, row);
	return 0;
}

int nbtctl_say(const char *what, const char *why, int status)
{
	fprintf(stderr, "nbtctl: %s%s%s\n", what, *what != '\0' ? ": " : "", why);
	return status;
}

int nbtctl_say_unreachable(const struct nbtctl *ctl, int error)
{
	char why[CTL_CLIENT_ERROR_MAX];

	return nbtctl_say(ctl->socket, ctl_client_explain(error, ctl->socket, why),
			  TOOL_UNREACHABLE);
}

/* Subjects of other daemons, and what nbtctl does itself: the daemon that was asked knows none of
 * these. */
static void hint_at(const char *word)
{
	static const char *const others[] = { "browse", "datagrams", "import", "export" };
	struct nearest nearest;

	nearest_begin(&nearest, word);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		nearest_take(&nearest, others[i]);
	if (nearest.found != NULL && nearest.distance > 0)
		fprintf(stderr, "nbtctl: do you mean \"%s\"?\n", nearest.found);
}

static int ask(struct ctl_client *client, enum rows_form form, int argc, char **argv)
{
	struct rows *rows = rows_begin(form);
	char error[CTL_CLIENT_ERROR_MAX];
	int ret;

	if (rows == NULL)
		return nbtctl_say("", strerror(ENOMEM), TOOL_FAILED);
	ret = ctl_client_send(client, argc, (const char *const *)argv);
	if (ret == 0)
		ret = ctl_client_receive(client, add_row, rows, error);
	if (!rows_end(rows))
		return nbtctl_say("standard output", strerror(errno), TOOL_FAILED);
	if (ret == -EILSEQ)
		return nbtctl_say("", "arguments must be UTF-8", TOOL_MISUSE);
	if (ret < 0)
		return nbtctl_say("the daemon's answer", strerror(-ret), TOOL_UNREACHABLE);
	if (ret == CTL_MISUSE)
		hint_at(argv[0]);
	return ret > 0 ? nbtctl_say("", error, ret) : TOOL_OK;
}

static int ask_daemon(const struct nbtctl *ctl, int argc, char **argv)
{
	struct ctl_client *client;
	int ret = ctl_client_open(&client, ctl->socket), status;

	if (ret < 0)
		return nbtctl_say_unreachable(ctl, ret);
	status = ask(client, ctl->form, argc, argv);
	ctl_client_close(client);
	return status;
}

/* A path is the asker's; the daemon has another directory. */
static int ask_about_file(const struct nbtctl *ctl, int argc, char **argv)
{
	char directory[4096], path[2 * 4096];

	for (int i = 1; i < argc; i++) {
		if (*argv[i] == '-' || *argv[i] == '/' || *argv[i] == '\0')
			continue;
		if (getcwd(directory, sizeof(directory)) == NULL)
			return nbtctl_say("this directory", strerror(errno), TOOL_FAILED);
		if (snprintf(path, sizeof(path), "%s/%s", directory, argv[i]) >= (int)sizeof(path))
			return nbtctl_say(argv[i], strerror(ENAMETOOLONG), TOOL_FAILED);
		argv[i] = path;
		break; /* there is one */
	}
	return ask_daemon(ctl, argc, argv);
}

/* Commands that nbtctl itself has. */
static const struct {
	const char *name;
	int (*run)(const struct nbtctl *ctl, int argc, char **argv);
} commands[] = {
	{ "import", nbtctl_import },
	{ "export", nbtctl_export },
	{ "backup", ask_about_file },
	{ "restore", ask_about_file },
};

/* The last word, which is taken away. */
static bool take_watch(int *argc, char **argv)
{
	if (*argc < 2 || strcmp(argv[*argc - 1], "--watch") != 0 ||
	    strcmp(argv[*argc - 2], "stats") != 0)
		return false;
	--*argc;
	return true;
}

static int run(const struct nbtctl *ctl, int argc, char **argv)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(argv[0], commands[i].name) == 0)
			return commands[i].run(ctl, argc, argv);
	if (take_watch(&argc, argv))
		return nbtctl_watch(ctl, argc, argv);
	return ask_daemon(ctl, argc, argv);
}

/* Whom a command is for, if it is not said: its first word is a subject of one of them. */
static const char *daemon_of(const char *subject)
{
	if (strcmp(subject, "browse") == 0)
		return "browserd";
	return strcmp(subject, "datagrams") == 0 ? "nbddd" : "nbnsd";
}

static bool is_daemon(const char *name)
{
	static const char *const daemons[] = { "nbnsd", "nbddd", "browserd" };

	for (size_t i = 0; i < ARRAY_SIZE(daemons); i++)
		if (strcmp(name, daemons[i]) == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	struct options o = { .directory = RUN_DIRECTORY };
	char path[4096];
	int first, status;

	if (!tool_read_options(&nbtctl, argc, argv, &o, &first, &status))
		return status;
	argc = first + take_forms(&o, argc - first, argv + first);
	if (first == argc)
		return tool_misuse(&nbtctl, NULL,
				   "which COMMAND? \"nbtctl help\" shows those of the daemon;");
	if (o.daemon == NULL)
		o.daemon = daemon_of(argv[first]);
	if (!is_daemon(o.daemon))
		return nbtctl_say(o.daemon, "a daemon is nbnsd, nbddd or browserd", TOOL_MISUSE);
	snprintf(path, sizeof(path), "%s/%s.ctl", o.directory, o.daemon);
	return run(&(struct nbtctl){ o.socket != NULL ? o.socket : path, o.json  ? ROWS_JSON
									 : o.csv ? ROWS_CSV
										 : ROWS_TABLE },
		   argc - first, argv + first);
}
