/* nbtctl export: the names of nbnsd for other programs. */
#include "tools/nbtctl.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "common/array.h"
#include "tools/export.h"
#include "tools/tool.h"

struct options {
	const char *domain, *suffix;
	bool only_static;
};

#define OPT(member) offsetof(struct options, member)

static const struct tool_option options[] = {
	{ 'D', "domain", "NAME", "hosts, zone: the domain of the hosts", TOOL_STRING, OPT(domain),
	  0, NULL },
	{ 0, "suffix", "XX", "only names with this suffix (hosts and zone: 20)", TOOL_STRING,
	  OPT(suffix), 0, NULL },
	{ 0, "static", NULL, "only static names", TOOL_FLAG, OPT(only_static), 0, NULL },
};

static const struct tool_example examples[] = {
	{ "lines for /etc/hosts", "nbtctl export --domain example.org hosts" },
	{ "static names only, as LMHOSTS", "nbtctl export --static lmhosts" },
};

const struct tool nbtctl_export_tool = {
	.name = "nbtctl export",
	.arguments = "hosts|zone|lmhosts|wins.dat|json",
	.help = "Prints the active names as hosts, zone (DNS), lmhosts, wins.dat (Samba's "
		"nmbd),\nor json, as names list --json does.",
	.examples = examples,
	.example_count = ARRAY_SIZE(examples),
	.misuse = TOOL_MISUSE,
	.options = options,
	.option_count = ARRAY_SIZE(options),
};

struct output {
	const struct export_format *format; /* NULL: json */
	struct export_options options;
	struct rows *rows; /* json */
	size_t left_out, changed;
};

static int take_row(void *ctx, json_t *row)
{
	struct output *output = ctx;

	if (output->format == NULL)
		rows_add(output->rows, row);
	else if (!output->format->row(stdout, row, &output->options))
		output->left_out++;
	else if (export_changes(output->format, row))
		output->changed++;
	return ferror(stdout) ? -EIO : 0;
}

/* 0, a status of the daemon's, or a negative errno. */
static int list(struct ctl_client *client, struct output *output, const struct options *o,
		char error[CTL_CLIENT_ERROR_MAX])
{
	const char *words[8] = { "names", "list", "--state", "active" }, *suffix = o->suffix;
	int count = 4, ret;

	if (suffix == NULL && output->format != NULL && output->format->for_hosts)
		suffix = "20";
	if (suffix != NULL) {
		words[count++] = "--suffix";
		words[count++] = suffix;
	}
	if (o->only_static) {
		words[count++] = "--origin";
		words[count++] = "static";
	}
	ret = ctl_client_send(client, count, words);
	return ret == 0 ? ctl_client_receive(client, take_row, output, error) : ret;
}

static int print(struct ctl_client *client, const struct nbtctl *ctl, struct output *output,
		 const struct options *o)
{
	char error[CTL_CLIENT_ERROR_MAX];
	bool is_written = true;
	int ret;

	(void)ctl;
	if (output->format == NULL)
		output->rows = rows_begin(ROWS_JSON);
	else
		output->format->begin(stdout, &output->options);
	if (output->format == NULL && output->rows == NULL)
		return nbtctl_say("", strerror(ENOMEM), TOOL_FAILED);
	ret = list(client, output, o, error);
	if (output->rows != NULL)
		is_written = rows_end(output->rows);
	if (!is_written || fflush(stdout) != 0 || ferror(stdout))
		return nbtctl_say("standard output", "cannot be written", TOOL_FAILED);
	if (output->left_out > 0)
		fprintf(stderr, "nbtctl: %zu names are left out: it has no %s\n", output->left_out,
			output->format->cannot);
	if (output->changed > 0)
		fprintf(stderr,
			"nbtctl: %zu Internet groups become plain groups: it has those of <1C> "
			"only\n",
			output->changed);
	if (ret < 0)
		return nbtctl_say("the daemon's answer", strerror(-ret), TOOL_UNREACHABLE);
	return ret > 0 ? nbtctl_say("", error, ret) : TOOL_OK;
}

int nbtctl_export(const struct nbtctl *ctl, int argc, char **argv)
{
	struct options o = { .domain = NULL };
	struct output output = { .options = { .now = time(NULL) } };
	char domain[EXPORT_DOMAIN_MAX];
	struct ctl_client *client;
	int first, status, ret;

	if (!tool_read_options(&nbtctl_export_tool, argc, argv, &o, &first, &status))
		return status;
	if (argc - first == 1)
		output.format = export_find(argv[first]);
	if (argc - first != 1 || (output.format == NULL && strcmp(argv[first], "json") != 0))
		return tool_misuse(&nbtctl_export_tool, argc - first == 1 ? argv[first] : NULL,
				   "one of the formats is wanted");
	if (o.domain != NULL && !export_domain(o.domain, domain))
		return nbtctl_say(o.domain, "is no domain", TOOL_MISUSE);
	output.options.domain = o.domain != NULL ? domain : NULL;
	ret = ctl_client_open(&client, ctl->socket);
	if (ret < 0)
		return nbtctl_say_unreachable(ctl, ret);
	status = print(client, ctl, &output, &o);
	ctl_client_close(client);
	return status;
}
