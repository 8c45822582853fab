/* Capture files down to the payloads: the way that nbtdump goes. */
#include "capture.h"

#include <string.h>

#include <pcap/pcap.h>

#include "tools/nbtdump_stream.h"

struct walk {
	struct dump_mark mark;
	capture_fn *each;
	void *ctx;
	struct dump_streams *streams;
};

static void hand_over_found(void *ctx, const struct dump_mark *mark,
			    const struct dump_stream_found *found)
{
	const struct walk *walk = ctx;
	struct capture_packet packet = {
		.protocol = CAPTURE_SESSION,
		.frame = (unsigned)mark->frame,
		.bytes = found->bytes,
		.len = found->len,
		.source_port = found->source.port,
		.destination_port = found->destination.port,
	};

	if (found->service != DUMP_SESSIONS || found->event == DUMP_STREAM_MISSING)
		return;
	memcpy(packet.addresses, &found->source.address, 4);
	memcpy(packet.addresses + 4, &found->destination.address, 4);
	walk->each(walk->ctx, &packet);
}

static void hand_over(void *ctx, const struct dump_payload *payload)
{
	const struct walk *walk = ctx;
	struct capture_packet packet = {
		.protocol = payload->service == DUMP_NAMES ? CAPTURE_NAME : CAPTURE_DATAGRAM,
		.frame = (unsigned)walk->mark.frame,
		.bytes = payload->bytes,
		.len = payload->len,
	};

	if (payload->is_tcp)
		dump_streams_add(walk->streams, &walk->mark, payload);
	else if (payload->service == DUMP_NAMES || payload->service == DUMP_DATAGRAMS)
		walk->each(walk->ctx, &packet);
}

static void walk_frames(struct walk *walk, pcap_t *pcap)
{
	const struct dump_link link = { .type = pcap_datalink(pcap),
					.each = hand_over,
					.ctx = walk };
	struct pcap_pkthdr *header;
	const uint8_t *bytes;

	while (pcap_next_ex(pcap, &header, &bytes) == 1) {
		walk->mark.frame++;
		dump_link_walk(&link, bytes, header->caplen);
	}
	dump_streams_finish(walk->streams);
}

const char *capture_read(const char *path, capture_fn *each, void *ctx)
{
	static char error[PCAP_ERRBUF_SIZE];
	const struct dump_stream_limits limits = DUMP_STREAM_LIMITS;
	pcap_t *pcap = pcap_open_offline(path, error);
	struct walk walk = { .each = each, .ctx = ctx };

	if (pcap == NULL)
		return error;
	if (!dump_link_is_known(pcap_datalink(pcap))) {
		pcap_close(pcap);
		return "unknown link type";
	}
	walk.streams = dump_streams_create(&limits, hand_over_found, &walk);
	if (walk.streams != NULL)
		walk_frames(&walk, pcap);
	pcap_close(pcap);
	if (walk.streams == NULL)
		return "no memory";
	dump_streams_destroy(walk.streams);
	return NULL;
}
