/* libpcap. */
#include "config.h"

#include "tools/nbtdump_capture.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#define SNAPSHOT_MAX   262144
#define BUFFER_BYTES   (8 << 20) /* of the kernel, for bursts */
#define READ_BYTES     (1 << 18) /* of a file at a time */
#define TIMEOUT_MS     100
#define EXPRESSION_MAX 8192
#define WRITTEN_MAX    256

/* What the kernel lets through. Fragments but the first have no ports; errors and tunnels may hold
 * packets of ours. */
#define OURS                                                                                       \
	"(udp port 137 or udp port 138 or udp port 42 or tcp port 137 or tcp port 139 or "         \
	"tcp port 445 or tcp port 42 or icmp or ip proto 47 or ip[6:2] & 0x1fff != 0)"
#define OURS_AND_VLANS "(" OURS " or (vlan and (" OURS " or (vlan and " OURS "))))"

struct capture {
	pcap_t *pcap;
	pcap_dumper_t *output;
	char *read_buffer;
	volatile sig_atomic_t stopped;

	capture_fn *each;
	void *ctx;
	uint64_t frames;
	uint64_t written[WRITTEN_MAX]; /* frames that were written lately */
};

static void say(const char *what, const char *why)
{
	fprintf(stderr, "nbtdump: %s: %s\n", what, why);
}

static pcap_t *open_file(struct capture *c, const char *path)
{
	char error[PCAP_ERRBUF_SIZE];
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	pcap_t *pcap;

	if (file == NULL) {
		fprintf(stderr, "nbtdump: %s: %s%s\n", path, strerror(errno),
			errno == EACCES ? "; try it with sudo, or change who may read it" : "");
		return NULL;
	}
	c->read_buffer = malloc(READ_BYTES);
	if (c->read_buffer != NULL)
		setvbuf(file, c->read_buffer, _IOFBF, READ_BYTES);
	pcap = pcap_fopen_offline(file, error);
	if (pcap == NULL) {
		fprintf(stderr, "nbtdump: %s: %s; a pcap or pcapng file is wanted\n", path, error);
		if (file != stdin)
			fclose(file);
	}
	return pcap;
}

static void say_live(pcap_t *pcap, const char *interface, int ret)
{
	const char *why = *pcap_geterr(pcap) != '\0' ? pcap_geterr(pcap) : pcap_statustostr(ret);

	if (ret == PCAP_ERROR_PERM_DENIED)
		why = "to capture takes root, or CAP_NET_RAW; try it with sudo";
	else if (ret == PCAP_ERROR_NO_SUCH_DEVICE)
		why = "there is no such interface; \"ip link\" shows those that there are";
	say(interface, why);
}

static pcap_t *open_live(const struct capture_request *request)
{
	const char *interface = request->interface != NULL ? request->interface : "any";
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_create(interface, error);
	int ret;

	if (pcap == NULL) {
		say(interface, error);
		return NULL;
	}
	pcap_set_snaplen(pcap, SNAPSHOT_MAX);
	pcap_set_promisc(pcap, !request->is_quiet && request->interface != NULL);
	pcap_set_timeout(pcap, TIMEOUT_MS);
	pcap_set_buffer_size(pcap, BUFFER_BYTES);
	ret = pcap_activate(pcap);
	if (ret == 0 && pcap_setnonblock(pcap, 1, error) == 0)
		return pcap;
	say_live(pcap, interface, ret);
	if (ret < 0) {
		pcap_close(pcap);
		return NULL;
	}
	return pcap; /* a warning */
}

/* 1: it is in force; 0: this link type has no such thing, or it is no filter. */
static int try_filter(struct capture *c, const char *expression, const char *ours)
{
	struct bpf_program program;
	char text[EXPRESSION_MAX];
	int ret;

	if (ours == NULL)
		snprintf(text, sizeof(text), "%s", expression);
	else if (expression == NULL)
		snprintf(text, sizeof(text), "%s", ours);
	else if (snprintf(text, sizeof(text), "(%s) and %s", expression, ours) >= (int)sizeof(text))
		return 0;
	if (pcap_compile(c->pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) < 0)
		return 0;
	ret = pcap_setfilter(c->pcap, &program);
	pcap_freecode(&program);
	return ret == 0;
}

/* Files are filtered by who reads the packets, which is faster than a filter's program. */
static bool set_filter(struct capture *c, const struct capture_request *request)
{
	if (request->file != NULL && request->expression == NULL)
		return true;
	if (request->file != NULL ? try_filter(c, request->expression, NULL)
				  : try_filter(c, request->expression, OURS_AND_VLANS) ||
					    try_filter(c, request->expression, OURS))
		return true;
	say(request->expression != NULL ? request->expression : "filter", pcap_geterr(c->pcap));
	return false;
}

static bool open_output(struct capture *c, const char *path)
{
	if (path != NULL)
		c->output = pcap_dump_open(c->pcap, path);
	if (path != NULL && c->output == NULL)
		say(path, pcap_geterr(c->pcap));
	return path == NULL || c->output != NULL;
}

static bool is_known_link(const struct capture *c)
{
	int type = capture_link(c);
	const char *name = pcap_datalink_val_to_name(type);

	if (!dump_link_is_known(type))
		say(name != NULL ? name : "link type", "frames of this kind cannot be read");
	return dump_link_is_known(type);
}

struct capture *capture_open(const struct capture_request *request)
{
	struct capture *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->pcap = request->file != NULL ? open_file(c, request->file) : open_live(request);
	if (c->pcap == NULL || !is_known_link(c) || !set_filter(c, request) ||
	    !open_output(c, request->output)) {
		capture_close(c);
		return NULL;
	}
	return c;
}

void capture_close(struct capture *c)
{
	if (c == NULL)
		return;
	if (c->output != NULL)
		pcap_dump_close(c->output);
	if (c->pcap != NULL)
		pcap_close(c->pcap);
	free(c->read_buffer);
	free(c);
}

int capture_link(const struct capture *c)
{
	return pcap_datalink(c->pcap);
}

static void take_frame(u_char *ctx, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct capture *c = (struct capture *)ctx;
	const struct dump_mark mark = {
		.frame = ++c->frames,
		.time_us = (int64_t)header->ts.tv_sec * 1000000 + header->ts.tv_usec,
		.len = header->len,
		.cap_len = header->caplen,
	};

	if (!c->each(c->ctx, &mark, bytes))
		capture_stop(c);
}

/* What the kernel had no room for. */
static void say_losses(struct capture *c)
{
	struct pcap_stat stat;

	if (pcap_file(c->pcap) == NULL && pcap_stats(c->pcap, &stat) == 0 && stat.ps_drop > 0)
		fprintf(stderr, "nbtdump: %u packets were lost before they could be read\n",
			stat.ps_drop);
}

/* libpcap's own timeout does not end while nothing comes at all. */
static void await_frames(struct capture *c)
{
	struct pollfd fd = { .fd = pcap_get_selectable_fd(c->pcap), .events = POLLIN };

	poll(&fd, 1, TIMEOUT_MS);
}

bool capture_run(struct capture *c, capture_fn *each, bool (*pause)(void *ctx), void *ctx)
{
	bool is_file = pcap_file(c->pcap) != NULL;
	int ret = 1;

	c->each = each;
	c->ctx = ctx;
	while (!c->stopped && ret >= 0 && !(is_file && ret == 0)) {
		if (!is_file)
			await_frames(c);
		ret = pcap_dispatch(c->pcap, -1, take_frame, (u_char *)c);
		if (!pause(ctx))
			break;
	}
	if (ret == PCAP_ERROR)
		say("the capture broke off", pcap_geterr(c->pcap));
	say_losses(c);
	if (c->output != NULL && pcap_dump_flush(c->output) < 0) {
		say("the output cannot be written", pcap_geterr(c->pcap));
		return false;
	}
	return ret != PCAP_ERROR;
}

void capture_stop(struct capture *c)
{
	c->stopped = 1;
	pcap_breakloop(c->pcap);
}

static bool was_written(struct capture *c, uint64_t frame)
{
	uint64_t *place = &c->written[frame % WRITTEN_MAX];
	bool was = *place == frame;

	*place = frame;
	return was;
}

void capture_write(struct capture *c, const struct dump_mark *mark, const uint8_t *bytes)
{
	const struct pcap_pkthdr header = {
		.ts = { .tv_sec = (time_t)(mark->time_us / 1000000),
			.tv_usec = (suseconds_t)(mark->time_us % 1000000) },
		.caplen = (bpf_u_int32)mark->cap_len,
		.len = (bpf_u_int32)mark->len,
	};

	if (!was_written(c, mark->frame))
		pcap_dump((u_char *)c->output, &header, bytes);
}
