/* nbtdump: shows the NetBIOS packets of a network or of a capture file. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/array.h"
#include "common/priv.h"
#include "tools/nbtdump_capture.h"
#include "tools/nbtdump_filter.h"
#include "tools/nbtdump_say.h"
#include "tools/nbtdump_summary.h"
#include "tools/report.h"
#include "tools/tool.h"

#define EXPRESSION_MAX 4096
#define NUMBER_MAX     1000000000
#define OUTPUT_BYTES   (1 << 16)

struct options {
	struct capture_request capture;
	const char *name, *workgroup, *kind, *host;
	unsigned number, timeout; /* 0: no end */
	bool tree, json, summary;
};

#define OPT(member) offsetof(struct options, member)

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

/* The way from a frame to what is said of it. */
struct dump {
	const struct options *options;
	struct dump_filter filter;
	struct capture *capture;
	struct dump_link link;
	struct dump_streams *streams;
	struct dump_calls calls;
	struct dump_packet packet;
	struct dump_text text;
	struct dump_summary *summary;
	struct dump_mark mark; /* of the frame at hand */
	uint64_t count;        /* packets that were wanted */
	struct timespec end;
};

static struct capture *interrupted;

static void on_signal(int number)
{
	(void)number;
	capture_stop(interrupted);
}

static void print_packet(struct dump *d)
{
	enum dump_form form = d->options->json   ? DUMP_JSON
			      : d->options->tree ? DUMP_TREE
						 : DUMP_LINE;
	size_t len = dump_say(&d->text, form, &d->packet);

	fwrite(d->text.bytes, 1, len, stdout);
	putchar('\n');
}

static bool is_enough(const struct dump *d)
{
	return d->options->number != 0 && d->count >= d->options->number;
}

/* Whether it was wanted, and is to be written. */
static bool take_packet(struct dump *d)
{
	if (is_enough(d) || !dump_filter_wants(&d->filter, &d->packet))
		return false;
	d->count++;
	if (d->options->capture.output != NULL)
		return true;
	if (d->summary != NULL)
		dump_summary_add(d->summary, &d->packet);
	else
		print_packet(d);
	return false;
}

static void take_found(void *ctx, const struct dump_mark *mark,
		       const struct dump_stream_found *found)
{
	struct dump *d = ctx;

	dump_packet_of_stream(&d->packet, &d->calls, mark, found);
	if (!take_packet(d) || found->event == DUMP_STREAM_MISSING)
		return;
	for (const struct dump_kept *k = found->kept; k != NULL; k = k->next)
		capture_write(d->capture, &k->mark, k->bytes);
	capture_write(d->capture, found->last, found->last->bytes);
}

static void take_payload(void *ctx, const struct dump_payload *payload)
{
	struct dump *d = ctx;

	if (payload->is_tcp && !payload->is_quoted) {
		dump_streams_add(d->streams, &d->mark, payload);
	} else if (!payload->is_tcp) {
		dump_packet_of_payload(&d->packet, &d->mark, payload);
		if (take_packet(d))
			capture_write(d->capture, &d->mark, d->mark.bytes);
	}
}

/* Frames are written whole; what is in them need not be looked at. */
static void want_payload(void *ctx, const struct dump_payload *payload)
{
	struct dump *d = ctx;

	(void)payload;
	capture_write(d->capture, &d->mark, d->mark.bytes);
}

static bool take_frame(void *ctx, const struct dump_mark *mark, const uint8_t *bytes)
{
	struct dump *d = ctx;

	d->mark = *mark;
	d->mark.bytes = d->options->capture.output != NULL ? bytes : NULL;
	dump_link_walk(&d->link, bytes, mark->cap_len);
	return !is_enough(d);
}

static bool is_late(const struct timespec *end)
{
	struct timespec now;

	if (end->tv_sec == 0)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > end->tv_sec ||
	       (now.tv_sec == end->tv_sec && now.tv_nsec >= end->tv_nsec);
}

static bool take_pause(void *ctx)
{
	struct dump *d = ctx;

	return fflush(stdout) == 0 && !is_late(&d->end);
}

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

static int read_filter(const struct options *o, struct dump_filter *filter)
{
	if (o->kind != NULL && !dump_filter_kinds(filter, o->kind))
		return misuse(o->kind, "no such kind; --kind=help shows which there are");
	if (o->host != NULL && !dump_filter_host(filter, o->host))
		return misuse(o->host, "no address, and no network as 10.1.0.0/16");
	if (o->name != NULL && !dump_filter_name(filter, o->name))
		return misuse(o->name, "no NetBIOS name");
	if (o->workgroup != NULL && !dump_filter_workgroup(filter, o->workgroup))
		return misuse(o->workgroup, "no name of a workgroup");
	return TOOL_OK;
}

/* What reads the packets of strangers does not have to be root. */
static bool drop_root(void)
{
	static const struct priv_request request = { .user = "auto",
						     .own_user = "nobody",
						     .group = "nogroup" };
	int ret = geteuid() == 0 ? priv_drop(&request) : 0;

	if (ret < 0)
		fprintf(stderr, "nbtdump: cannot give up root: %s\n", strerror(-ret));
	return ret == 0;
}

static bool begin(struct dump *d)
{
	const struct dump_stream_limits limits = DUMP_STREAM_LIMITS;
	bool whole_frames = d->options->capture.output != NULL && dump_filter_is_open(&d->filter) &&
			    d->options->number == 0;

	d->link = (struct dump_link){ .type = capture_link(d->capture),
				      .fragments = dump_fragments_create(),
				      .each = whole_frames ? want_payload : take_payload,
				      .fragment = d->options->capture.output != NULL ? want_payload
										     : NULL,
				      .ctx = d };
	d->streams = dump_streams_create(&limits, take_found, d);
	if (d->options->summary)
		d->summary = dump_summary_create();
	clock_gettime(CLOCK_MONOTONIC, &d->end);
	d->end.tv_sec = d->options->timeout > 0 ? d->end.tv_sec + d->options->timeout : 0;
	return d->link.fragments != NULL && d->streams != NULL &&
	       (d->summary != NULL || !d->options->summary);
}

static void print_end(struct dump *d)
{
	uint64_t given_up = dump_streams_given_up(d->streams);

	if (d->summary != NULL && d->options->json)
		report_print(dump_summary_json(d->summary));
	else if (d->summary != NULL)
		dump_summary_print(d->summary, stdout);
	if (given_up > 0)
		fprintf(stderr, "nbtdump: of TCP, %llu times too much was waiting for the rest\n",
			(unsigned long long)given_up);
}

static int run(struct dump *d)
{
	static char output[OUTPUT_BYTES];
	const struct sigaction action = { .sa_handler = on_signal };
	int status = TOOL_NOT_FOUND;

	d->capture = capture_open(&d->options->capture);
	if (d->capture == NULL || !drop_root() || !begin(d))
		return TOOL_NOT_FOUND;
	interrupted = d->capture;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	setvbuf(stdout, output, _IOFBF, sizeof(output));
	if (d->options->capture.file == NULL)
		fprintf(stderr, "nbtdump: listening on %s\n",
			d->options->capture.interface != NULL ? d->options->capture.interface : "all interfaces");
	if (capture_run(d->capture, take_frame, take_pause, d))
		status = TOOL_OK;
	dump_streams_finish(d->streams);
	print_end(d);
	if (fflush(stdout) != 0) {
		perror("nbtdump: standard output");
		status = TOOL_NOT_FOUND;
	}
	return status;
}

static void end(struct dump *d)
{
	dump_streams_destroy(d->streams);
	dump_fragments_destroy(d->link.fragments);
	dump_summary_destroy(d->summary);
	dump_text_free(&d->text);
	capture_close(d->capture);
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
	static struct dump dump;
	static char expression[EXPRESSION_MAX];
	struct options options = { .number = 0 };
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
	status = read_filter(&options, &dump.filter);
	if (status != TOOL_OK)
		return status;
	dump.options = &options;
	status = run(&dump);
	end(&dump);
	return status;
}
