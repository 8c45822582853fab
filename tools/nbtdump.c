/* nbtdump: shows the NetBIOS packets of a network or of a capture file. */
#include "config.h"

#include <string.h>

#include "common/array.h"
#include "tools/nbtdump_run.h"
#include "tools/tool.h"

#define EXPRESSION_MAX 4096
#define NUMBER_MAX     1000000000

#define OPT(member)    offsetof(struct dump_options, member)

static const struct tool_option nbtdump_options[] = {
	{ 'i', "interface", "INTERFACE", "listen on this interface; default: on all", TOOL_STRING,
	  OPT(capture.interface), 0, NULL },
	{ 'r', "read", "FILE", "read a pcap or pcapng file; -: standard input", TOOL_STRING,
	  OPT(capture.file), 0, NULL },
	{ 'w', "write", "FILE", "write what is wanted as pcap, and print nothing", TOOL_STRING,
	  OPT(capture.output), 0, NULL },
	{ 'v', "verbose", NULL, "print every field of a packet, as a tree", TOOL_FLAG, OPT(tree), 0,
	  NULL },
	{ 0, "json", NULL, "print a JSON object for each packet", TOOL_FLAG, OPT(json), 0, NULL },
	{ 's', "summary", NULL, "print at the end what it all comes to, and no packets", TOOL_FLAG,
	  OPT(summary), 0, NULL },
	{ 'n', "name", "NAME", "about this NetBIOS name; NAME#20, and wildcards", TOOL_STRING,
	  OPT(name), 0, NULL },
	{ 'g', "workgroup", "WORKGROUP", "about this workgroup or domain", TOOL_STRING,
	  OPT(workgroup), 0, NULL },
	{ 'k', "kind", "KIND,...", "of these kinds; help: which there are", TOOL_STRING, OPT(kind),
	  0, NULL },
	{ 'h', "host", "ADDRESS", "from or to this address or network", TOOL_STRING, OPT(host), 0,
	  NULL },
	{ 'c', "count", "N", "end after so many packets", TOOL_NUMBER, OPT(number), NUMBER_MAX,
	  NULL },
	{ 't', "timeout", "SECONDS", "end after this time", TOOL_NUMBER, OPT(timeout), NUMBER_MAX,
	  NULL },
	{ 'p', "no-promiscuous", NULL, "only what comes to this host anyway", TOOL_FLAG,
	  OPT(capture.is_quiet), 0, NULL },
};

static const struct tool_example nbtdump_examples[] = {
	{ "ten minutes of a network in brief",
	  "sudo nbtdump --interface=eth0 --timeout=600 --summary" },
	{ "who asks for a file server, and who answers",
	  "sudo nbtdump --name=OFFICE1#20 --kind=query" },
	{ "all elections of a workgroup in a file",
	  "nbtdump --read=capture.pcapng --workgroup=OFFICE --kind=election" },
	{ "only what is about NetBIOS, from a large file",
	  "nbtdump -r large.pcap -w netbios.pcap" },
};

static const char *value_of(const char *argument, size_t i)
{
	return strcmp(argument, "KIND,...") == 0 && i < DUMP_KINDS
		       ? dump_kind_word((enum dump_kind_number)i)
		       : NULL;
}

static const struct tool nbtdump = {
	.name = "nbtdump",
	.arguments = "[EXPRESSION...]",
	.help = "Show the NetBIOS packets of a network, or of a capture file.",
	.examples = nbtdump_examples,
	.example_count = ARRAY_SIZE(nbtdump_examples),
	.misuse = TOOL_MISUSE,
	.options = nbtdump_options,
	.option_count = ARRAY_SIZE(nbtdump_options),
	.values = value_of,
};

static int misuse(const char *word, const char *what)
{
	fprintf(stderr, "nbtdump: %s: %s\n", word, what);
	return TOOL_MISUSE;
}

static int print_kinds(void)
{
	for (int i = 0; i < DUMP_KINDS; i++)
		printf("%s\n", dump_kind_word((enum dump_kind_number)i));
	return TOOL_OK;
}

static int read_filter(struct dump_options *o)
{
	if (o->kind != NULL && !dump_filter_kinds(&o->filter, o->kind))
		return misuse(o->kind, "no such kind; --kind=help shows which there are");
	if (o->host != NULL && !dump_filter_host(&o->filter, o->host))
		return misuse(o->host, "no address, and no network as 10.1.0.0/16");
	if (o->name != NULL && !dump_filter_name(&o->filter, o->name))
		return misuse(o->name, "no NetBIOS name");
	if (o->workgroup != NULL && !dump_filter_workgroup(&o->filter, o->workgroup))
		return misuse(o->workgroup, "no name of a workgroup");
	return TOOL_OK;
}

/* The arguments, as tcpdump has it, are one expression. */
static bool join(char *text, size_t size, char **words, int count)
{
	size_t len = 0;

	for (int i = 0; i < count; i++) {
		int more = snprintf(text + len, size - len, i > 0 ? " %s" : "%s", words[i]);

		if (more < 0 || (size_t)more >= size - len)
			return false;
		len += (size_t)more;
	}
	return true;
}

int main(int argc, char **argv)
{
	static char expression[EXPRESSION_MAX];
	struct dump_options options = { .number = 0 };
	int first, status;

	if (!tool_read_options(&nbtdump, argc, argv, &options, &first, &status))
		return status;
	if (options.kind != NULL && strcmp(options.kind, "help") == 0)
		return print_kinds();
	if (options.capture.file != NULL && options.capture.interface != NULL)
		return misuse("--interface", "goes without --read");
	if (!join(expression, sizeof(expression), argv + first, argc - first))
		return misuse("EXPRESSION", "too long");
	options.capture.expression = first < argc ? expression : NULL;
	status = read_filter(&options);
	return status == TOOL_OK ? dump_run(&options) : status;
}
