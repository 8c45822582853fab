/* nbtctl: asks a daemon of the suite over its control socket, and prints what it says. Commands are
 * the daemon's: nbtctl knows none of them. */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/array.h"
#include "common/ctl_client.h"
#include "tools/rows.h"
#include "tools/tool.h"

#define RUN_DIRECTORY "/run/nbt"
#define UNREACHABLE   3 /* the exit status when the daemon can't be asked */

struct options {
	const char *daemon, *socket, *directory;
	bool json, csv;
};

#define OPT(member) offsetof(struct options, member)

static const struct tool_option options[] = {
	{ 'd', "daemon", "NAME", "ask nbnsd, nbddd or browserd (nbnsd)", TOOL_STRING, OPT(daemon),
	  0, NULL },
	{ 'r', "run-directory", "DIR", "where the sockets are (" RUN_DIRECTORY ")", TOOL_STRING,
	  OPT(directory), 0, NULL },
	{ 's', "socket", "PATH", "the control socket itself", TOOL_STRING, OPT(socket), 0, NULL },
	{ 'j', "json", NULL, "print a JSON array of objects", TOOL_FLAG, OPT(json), 0, NULL },
	{ 0, "csv", NULL, "print comma-separated values with a head", TOOL_FLAG, OPT(csv), 0,
	  NULL },
};

static const struct tool nbtctl = {
	.name = "nbtctl",
	.arguments = "COMMAND [ARGUMENT]...",
	.help = "Asks and steers a daemon. \"nbtctl help\" lists the commands of the daemon.",
	.misuse = TOOL_MISUSE,
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.stops_at_argument = true, /* what follows is the command's */
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

static int say(const char *what, const char *why, int status)
{
	fprintf(stderr, "nbtctl: %s%s%s\n", what, *what != '\0' ? ": " : "", why);
	return status;
}

static int ask(struct ctl_client *client, enum rows_form form, int argc, char **argv)
{
	struct rows *rows = rows_begin(form);
	char error[CTL_CLIENT_ERROR_MAX];
	int ret;

	if (rows == NULL)
		return say("", strerror(ENOMEM), TOOL_NOT_FOUND);
	ret = ctl_client_send(client, argc, (const char *const *)argv);
	if (ret == 0)
		ret = ctl_client_receive(client, add_row, rows, error);
	if (!rows_end(rows))
		return say("standard output", strerror(errno), TOOL_NOT_FOUND);
	if (ret == -EILSEQ)
		return say("", "arguments must be UTF-8", TOOL_MISUSE);
	if (ret < 0)
		return say("the daemon's answer", strerror(-ret), UNREACHABLE);
	return ret > 0 ? say("", error, ret) : TOOL_OK;
}

static const char *explain(int error)
{
	switch (error) {
	case -ENOENT:
	case -ECONNREFUSED:
		return "the daemon does not run";
	case -EACCES:
		return "only root and the group nbt-admin may use it";
	default:
		return strerror(-error);
	}
}

int main(int argc, char **argv)
{
	struct options o = { .daemon = "nbnsd", .directory = RUN_DIRECTORY };
	struct ctl_client *client;
	char path[4096];
	int first, status, ret;

	if (!tool_read_options(&nbtctl, argc, argv, &o, &first, &status))
		return status;
	argc = first + take_forms(&o, argc - first, argv + first);
	if (first == argc) {
		tool_print_usage(&nbtctl, stderr);
		return TOOL_MISUSE;
	}
	snprintf(path, sizeof(path), "%s/%s.ctl", o.directory, o.daemon);
	ret = ctl_client_open(&client, o.socket != NULL ? o.socket : path);
	if (ret < 0)
		return say(o.socket != NULL ? o.socket : path, explain(ret), UNREACHABLE);
	status = ask(client,
		     o.json  ? ROWS_JSON
		     : o.csv ? ROWS_CSV
			     : ROWS_TABLE,
		     argc - first, argv + first);
	ctl_client_close(client);
	return status;
}
