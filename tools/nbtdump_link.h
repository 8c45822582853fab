/*
 * From a captured frame down to what UDP and TCP carry for NetBIOS: link layers, VLANs, tunnels,
 * IPv4. Pure, and every byte is read through the reader.
 */
#ifndef TOOLS_NBTDUMP_LINK_H
#define TOOLS_NBTDUMP_LINK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/nbtdump_fragments.h"

/* Link types, numbered as libpcap does (DLT_*). */
enum dump_link_type {
	DUMP_LINK_NULL = 0,
	DUMP_LINK_ETHERNET = 1,
	DUMP_LINK_RAW = 12,
	DUMP_LINK_RAW_BSD = 14,
	DUMP_LINK_RAW_FILE = 101,
	DUMP_LINK_LOOP = 108,
	DUMP_LINK_COOKED = 113,
	DUMP_LINK_IPV4 = 228,
	DUMP_LINK_COOKED_2 = 276
};

/* What a port is for. */
enum dump_service {
	DUMP_NO_SERVICE,
	DUMP_NAMES,
	DUMP_DATAGRAMS,
	DUMP_SESSIONS,
	DUMP_REPLICATION, /* TCP 42 */
	DUMP_DISCOVERY,   /* UDP 42 */
	DUMP_SERVICES
};

#define DUMP_TCP_FIN 0x01
#define DUMP_TCP_SYN 0x02
#define DUMP_TCP_RST 0x04
#define DUMP_TCP_ACK 0x10

/* One of the two ends. */
struct dump_end {
	struct in_addr address;
	uint16_t port;
};

/* What a UDP packet or a TCP segment carries. */
struct dump_payload {
	enum dump_service service; /* never DUMP_NO_SERVICE */
	bool is_tcp;
	bool is_quoted; /* in an ICMP error, which is about it */
	struct dump_end source, destination;
	const uint8_t *bytes; /* lent for the call */
	size_t len;
	size_t cut; /* so many bytes more were on the wire: the capture has short frames */

	uint32_t sequence, acknowledged; /* TCP */
	uint8_t flags;                   /* TCP: DUMP_TCP_* */
};

struct dump_link {
	int type;                         /* enum dump_link_type */
	struct dump_fragments *fragments; /* NULL: fragments of IP packets are left out */
	void (*each)(void *ctx, const struct dump_payload *payload);
	/* Of a fragment of UDP or TCP, whatever the port; NULL: nobody wants to know. Ends are
	 * without ports, and there are no bytes. */
	void (*fragment)(void *ctx, const struct dump_payload *payload);
	void *ctx;
};

bool dump_link_is_known(int type);

/* Calls each for the payload that the frame holds, or completes, if it is for one of the services.
 * For no frame more than once. */
void dump_link_walk(const struct dump_link *link, const uint8_t *bytes, size_t len);

#endif
