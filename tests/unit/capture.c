/* Capture files down to the payloads. */
#include "capture.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include <nbt/datagram.h>
#include <nbt/packet.h>
#include <nbt/session.h>

#include "libnbt/wire/wire.h"
#include "segments.h"

#define SMB_PORT 445 /* the session framing without the session service */

struct walk {
	unsigned frame;
	capture_fn *each;
	void *ctx;
	struct segments *segments;
	const struct segment *segment; /* the one being walked */
};

static void walk_ip(struct walk *walk, struct nbt_reader r);
static void walk_ethernet(struct walk *walk, struct nbt_reader r);

static void hand_over(struct walk *walk, enum capture_protocol protocol, const uint8_t *bytes,
		      size_t len)
{
	struct capture_packet packet = {
		.protocol = protocol, .frame = walk->frame, .bytes = bytes, .len = len
	};

	if (protocol == CAPTURE_SESSION) {
		memcpy(packet.addresses, walk->segment->addresses, sizeof(packet.addresses));
		packet.source_port = walk->segment->source_port;
		packet.destination_port = walk->segment->destination_port;
	}

	walk->each(walk->ctx, &packet);
}

static void hand_over_session(void *ctx, const uint8_t *bytes, size_t len)
{
	hand_over(ctx, CAPTURE_SESSION, bytes, len);
}

/* As much as there is of len bytes: a capture may have been cut. */
static struct nbt_reader cut_to(struct nbt_reader r, size_t len)
{
	if (len < nbt_read_left(&r))
		r.end = r.pos + len;
	return r;
}

static void walk_udp(struct walk *walk, struct nbt_reader r)
{
	uint16_t source = nbt_read_u16(&r), destination = nbt_read_u16(&r);
	uint16_t len = nbt_read_u16(&r);

	nbt_read_u16(&r);
	if (r.err != NBT_OK)
		return;
	r = cut_to(r, len >= 8 ? len - 8u : 0);
	if (source == NBT_NAME_PORT || destination == NBT_NAME_PORT)
		hand_over(walk, CAPTURE_NAME, r.base + r.pos, nbt_read_left(&r));
	else if (source == NBT_DATAGRAM_PORT || destination == NBT_DATAGRAM_PORT)
		hand_over(walk, CAPTURE_DATAGRAM, r.base + r.pos, nbt_read_left(&r));
}

static bool is_session_port(uint16_t port)
{
	return port == NBT_SESSION_PORT || port == SMB_PORT;
}

static void walk_tcp(struct walk *walk, struct nbt_reader r, const uint8_t addresses[8])
{
	struct segment segment = { .each = hand_over_session, .ctx = walk };
	size_t start = r.pos, header_len;

	memcpy(segment.addresses, addresses, sizeof(segment.addresses));
	segment.source_port = nbt_read_u16(&r);
	segment.destination_port = nbt_read_u16(&r);
	segment.sequence = nbt_read_u32(&r);
	nbt_read_u32(&r);
	header_len = (size_t)(nbt_read_u8(&r) >> 4) * 4;
	segment.is_first = nbt_read_u8(&r) & 0x02;
	r.pos = start;
	if (header_len < 20 || nbt_read_bytes(&r, header_len) == NULL ||
	    !(is_session_port(segment.source_port) || is_session_port(segment.destination_port)))
		return;
	segment.bytes = r.base + r.pos;
	segment.len = nbt_read_left(&r);
	walk->segment = &segment;
	segments_add(walk->segments, &segment);
}

/* Errors quote the packet that they are about. */
static void walk_icmp(struct walk *walk, struct nbt_reader r)
{
	uint8_t type = nbt_read_u8(&r);

	if ((type >= 3 && type <= 5) || type == 11 || type == 12)
		if (nbt_read_bytes(&r, 7) != NULL)
			walk_ip(walk, r);
}

static void walk_gre(struct walk *walk, struct nbt_reader r)
{
	uint16_t flags = nbt_read_u16(&r), type = nbt_read_u16(&r);
	size_t optional =
		(flags & 0x8000 ? 4u : 0) + (flags & 0x2000 ? 4u : 0) + (flags & 0x1000 ? 4u : 0);

	nbt_read_bytes(&r, optional);
	if (type == 0x88BE && flags & 0x1000) /* ERSPAN II; without a sequence number: I */
		nbt_read_bytes(&r, 8);
	else if (type == 0x22EB) /* ERSPAN III */
		nbt_read_bytes(&r, 12);
	if (type == 0x0800)
		walk_ip(walk, r);
	else
		walk_ethernet(walk, r);
}

static void walk_ip(struct walk *walk, struct nbt_reader r)
{
	const uint8_t *ip = nbt_read_bytes(&r, 20);
	size_t header_len, len;
	bool is_fragment;

	if (ip == NULL || ip[0] >> 4 != 4)
		return;
	header_len = (size_t)(ip[0] & 15) * 4;
	len = (size_t)(ip[2] << 8 | ip[3]);
	is_fragment = (ip[6] & 0x3F) != 0 || ip[7] != 0; /* not put together here */
	if (header_len < 20 || (len != 0 && len < header_len) || is_fragment ||
	    nbt_read_bytes(&r, header_len - 20) == NULL)
		return;
	if (len != 0) /* 0 where the network card cuts the segments */
		r = cut_to(r, len - header_len);

	switch (ip[9]) {
	case 1:
		walk_icmp(walk, r);
		break;
	case 6:
		walk_tcp(walk, r, ip + 12);
		break;
	case 17:
		walk_udp(walk, r);
		break;
	case 47:
		walk_gre(walk, r);
		break;
	default:
		break;
	}
}

static void walk_ethertype(struct walk *walk, struct nbt_reader r)
{
	uint16_t type = nbt_read_u16(&r);

	while (type == 0x8100 || type == 0x88A8 || type == 0x9100) {
		nbt_read_u16(&r);
		type = nbt_read_u16(&r);
	}
	if (type == 0x0800)
		walk_ip(walk, r);
}

static void walk_ethernet(struct walk *walk, struct nbt_reader r)
{
	nbt_read_bytes(&r, 12);
	walk_ethertype(walk, r);
}

static void walk_cooked(struct walk *walk, struct nbt_reader r)
{
	nbt_read_bytes(&r, 14);
	walk_ethertype(walk, r);
}

static void walk_cooked_2(struct walk *walk, struct nbt_reader r)
{
	struct nbt_reader type = r;

	nbt_read_bytes(&r, 20);
	if (nbt_read_u16(&type) == 0x0800)
		walk_ip(walk, r);
}

static void walk_loopback(struct walk *walk, struct nbt_reader r)
{
	nbt_read_bytes(&r, 4);
	walk_ip(walk, r);
}

static const struct link {
	int type;
	void (*walk)(struct walk *walk, struct nbt_reader r);
} links[] = {
	{ DLT_EN10MB, walk_ethernet },
	{ DLT_LINUX_SLL, walk_cooked },
	{ DLT_LINUX_SLL2, walk_cooked_2 },
	{ DLT_RAW, walk_ip },
	{ DLT_IPV4, walk_ip },
	{ DLT_NULL, walk_loopback },
	{ DLT_LOOP, walk_loopback },
};

static const struct link *find_link(int type)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].type == type)
			return &links[i];
	return NULL;
}

const char *capture_read(const char *path, capture_fn *each, void *ctx)
{
	static char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, error);
	const struct link *link = pcap != NULL ? find_link(pcap_datalink(pcap)) : NULL;
	struct walk walk = { .each = each, .ctx = ctx };
	struct pcap_pkthdr *header;
	const uint8_t *bytes;

	if (pcap == NULL)
		return error;
	if (link == NULL) {
		pcap_close(pcap);
		return "unknown link type";
	}
	walk.segments = segments_create();
	while (pcap_next_ex(pcap, &header, &bytes) == 1) {
		walk.frame++;
		link->walk(&walk, nbt_reader_of(bytes, header->caplen));
	}
	segments_destroy(walk.segments);
	pcap_close(pcap);
	return NULL;
}
