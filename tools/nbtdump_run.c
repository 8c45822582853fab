/* The way from a frame to what is said of it. */
#include "config.h"

#include "tools/nbtdump_run.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/priv.h"
#include "tools/nbtdump_say.h"
#include "tools/nbtdump_summary.h"
#include "tools/report.h"
#include "tools/tool.h"

#define OUTPUT_BYTES (1 << 16)

struct dump {
	const struct dump_options *options;
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
	if (is_enough(d) || !dump_filter_wants(&d->options->filter, &d->packet))
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
	bool whole_frames = d->options->capture.output != NULL &&
			    dump_filter_is_open(&d->options->filter) && d->options->number == 0;

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
	int status = TOOL_FAILED;

	d->capture = capture_open(&d->options->capture);
	if (d->capture == NULL || !drop_root() || !begin(d))
		return TOOL_FAILED;
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
		status = TOOL_FAILED;
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

int dump_run(const struct dump_options *options)
{
	static struct dump dump;
	int status;

	dump.options = options;
	status = run(&dump);
	end(&dump);
	return status;
}
