/* Link layers, VLANs, tunnels, IPv4, UDP and TCP. */
#include "config.h"

#include "tools/nbtdump_link.h"

#include "common/array.h"
#include "libnbt/wire/wire.h"

#define ETHERTYPE_IPV4 0x0800
#define ICMP           1
#define TCP            6
#define UDP            17
#define GRE            47
#define IP_HEADER_LEN  20
#define TCP_HEADER_LEN 20
#define UDP_HEADER_LEN 8u
#define TUNNELS_MAX    4 /* one within the other: an answer to what was made to take long */

/* A frame on its way down. */
struct walk {
	const struct dump_link *link;
	unsigned tunnels;
	size_t cut; /* of the IP packet */
	struct dump_payload payload;
};

static void walk_ip(struct walk *walk, struct nbt_reader r);
static void walk_ethernet(struct walk *walk, struct nbt_reader r);

static const struct {
	uint16_t port;
	enum dump_service udp, tcp;
} ports[] = {
	{ 137, DUMP_NAMES, DUMP_NAMES },          { 138, DUMP_DATAGRAMS, DUMP_NO_SERVICE },
	{ 139, DUMP_NO_SERVICE, DUMP_SESSIONS },  { 445, DUMP_NO_SERVICE, DUMP_SESSIONS },
	{ 42, DUMP_DISCOVERY, DUMP_REPLICATION },
};

static enum dump_service service_of(const struct dump_payload *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		enum dump_service service = p->is_tcp ? ports[i].tcp : ports[i].udp;

		if ((p->source.port == ports[i].port || p->destination.port == ports[i].port) &&
		    service != DUMP_NO_SERVICE)
			return service;
	}
	return DUMP_NO_SERVICE;
}

/* What is left, up to len bytes of it, is what is carried. */
static void hand_over(struct walk *walk, const struct nbt_reader *r, size_t len)
{
	struct dump_payload *p = &walk->payload;
	size_t left = nbt_read_left(r);

	p->bytes = r->base + r->pos;
	p->len = left < len ? left : len;
	p->cut = len > left ? len - left : 0;
	walk->link->each(walk->link->ctx, p);
}

static bool read_ports(struct walk *walk, struct nbt_reader *r, bool is_tcp)
{
	struct dump_payload *p = &walk->payload;

	p->is_tcp = is_tcp;
	p->source.port = nbt_read_u16(r);
	p->destination.port = nbt_read_u16(r);
	p->service = service_of(p);
	return r->err == NBT_OK && p->service != DUMP_NO_SERVICE;
}

static void walk_udp(struct walk *walk, struct nbt_reader r)
{
	uint16_t len;

	if (!read_ports(walk, &r, false))
		return;
	len = nbt_read_u16(&r);
	nbt_read_u16(&r);
	if (r.err == NBT_OK)
		hand_over(walk, &r, len >= UDP_HEADER_LEN ? len - UDP_HEADER_LEN : 0);
}

static void walk_tcp(struct walk *walk, struct nbt_reader r)
{
	struct dump_payload *p = &walk->payload;
	size_t start = r.pos, header_len;

	if (!read_ports(walk, &r, true))
		return;
	p->sequence = nbt_read_u32(&r);
	p->acknowledged = nbt_read_u32(&r);
	header_len = (size_t)(nbt_read_u8(&r) >> 4) * 4;
	p->flags = nbt_read_u8(&r);
	r.pos = start;
	if (header_len >= TCP_HEADER_LEN && nbt_read_bytes(&r, header_len) != NULL)
		hand_over(walk, &r, nbt_read_left(&r) + walk->cut);
}

/* Errors quote the packet that they are about. */
static void walk_icmp(struct walk *walk, struct nbt_reader r)
{
	uint8_t type = nbt_read_u8(&r);

	if (((type >= 3 && type <= 5) || type == 11 || type == 12) &&
	    nbt_read_bytes(&r, 7) != NULL) {
		walk->payload.is_quoted = true;
		walk_ip(walk, r);
	}
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
	if (type == ETHERTYPE_IPV4)
		walk_ip(walk, r);
	else
		walk_ethernet(walk, r);
}

static void walk_protocol(struct walk *walk, uint8_t protocol, struct nbt_reader r)
{
	switch (protocol) {
	case ICMP:
		walk_icmp(walk, r);
		break;
	case TCP:
		walk_tcp(walk, r);
		break;
	case UDP:
		walk_udp(walk, r);
		break;
	case GRE:
		walk_gre(walk, r);
		break;
	default:
		break;
	}
}

/* A quoted fragment is a piece, and no other will come. */
static void walk_fragment(struct walk *walk, const uint8_t *ip, struct nbt_reader r)
{
	size_t len;
	const uint8_t *whole;

	if (walk->link->fragment != NULL && (ip[9] == UDP || ip[9] == TCP))
		walk->link->fragment(walk->link->ctx, &walk->payload);
	if (walk->link->fragments == NULL || walk->payload.is_quoted || walk->cut != 0)
		return;
	whole = dump_fragments_add(walk->link->fragments, ip, r.base + r.pos, nbt_read_left(&r),
				   &len);
	if (whole != NULL)
		walk_protocol(walk, ip[9], nbt_reader_of(whole, len));
}

static void walk_ip(struct walk *walk, struct nbt_reader r)
{
	const uint8_t *ip = nbt_read_bytes(&r, IP_HEADER_LEN);
	size_t header_len, len, left;

	if (ip == NULL || ip[0] >> 4 != 4 || walk->tunnels++ == TUNNELS_MAX)
		return;
	header_len = (size_t)(ip[0] & 15) * 4;
	len = (size_t)(ip[2] << 8 | ip[3]);
	if (header_len < IP_HEADER_LEN || (len != 0 && len < header_len) ||
	    nbt_read_bytes(&r, header_len - IP_HEADER_LEN) == NULL)
		return;
	left = nbt_read_left(&r);
	walk->cut = 0;
	if (len != 0 && len - header_len > left) /* 0 where the network card cuts the segments */
		walk->cut = len - header_len - left;
	else if (len != 0)
		r.end = r.pos + len - header_len;
	memcpy(&walk->payload.source.address, ip + 12, 4);
	memcpy(&walk->payload.destination.address, ip + 16, 4);
	if ((ip[6] & 0x3F) != 0 || ip[7] != 0)
		walk_fragment(walk, ip, r);
	else
		walk_protocol(walk, ip[9], r);
}

static void walk_ethertype(struct walk *walk, struct nbt_reader r)
{
	uint16_t type = nbt_read_u16(&r);

	while (type == 0x8100 || type == 0x88A8 || type == 0x9100) {
		nbt_read_u16(&r);
		type = nbt_read_u16(&r);
	}
	if (type == ETHERTYPE_IPV4)
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

/* The type stands in front here; with a VLAN the tag follows the header. */
static void walk_cooked_2(struct walk *walk, struct nbt_reader r)
{
	uint16_t type = nbt_read_u16(&r);

	nbt_read_bytes(&r, 18);
	if (type == 0x8100 || type == 0x88A8 || type == 0x9100) {
		nbt_read_u16(&r);
		walk_ethertype(walk, r);
	} else if (type == ETHERTYPE_IPV4) {
		walk_ip(walk, r);
	}
}

static void walk_loopback(struct walk *walk, struct nbt_reader r)
{
	nbt_read_bytes(&r, 4);
	walk_ip(walk, r);
}

static const struct {
	int type;
	void (*walk)(struct walk *walk, struct nbt_reader r);
} links[] = {
	{ DUMP_LINK_ETHERNET, walk_ethernet }, { DUMP_LINK_COOKED, walk_cooked },
	{ DUMP_LINK_COOKED_2, walk_cooked_2 }, { DUMP_LINK_RAW, walk_ip },
	{ DUMP_LINK_RAW_BSD, walk_ip },        { DUMP_LINK_RAW_FILE, walk_ip },
	{ DUMP_LINK_IPV4, walk_ip },           { DUMP_LINK_NULL, walk_loopback },
	{ DUMP_LINK_LOOP, walk_loopback },
};

bool dump_link_is_known(int type)
{
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (links[i].type == type)
			return true;
	return false;
}

void dump_link_walk(const struct dump_link *link, const uint8_t *bytes, size_t len)
{
	struct walk walk = { .link = link };

	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (links[i].type == link->type) {
			links[i].walk(&walk, nbt_reader_of(bytes, len));
			return;
		}
}
