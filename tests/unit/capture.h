/* What a capture file holds for libnbt: payloads of UDP 137 and 138, packets of TCP 139 and 445. */
#ifndef TESTS_CAPTURE_H
#define TESTS_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

enum capture_protocol { CAPTURE_NAME, CAPTURE_DATAGRAM, CAPTURE_SESSION };

struct capture_packet {
	enum capture_protocol protocol;
	unsigned frame; /* from 1; of a session packet: the frame in which it ends */
	const uint8_t *bytes;
	size_t len;

	/* Of a session packet. */
	uint8_t addresses[8]; /* source, destination */
	uint16_t source_port, destination_port;
};

/* The packet is lent for the time of the call. */
typedef void capture_fn(void *ctx, const struct capture_packet *packet);

/*
 * Calls each for every packet of a pcap file, in order. Knows Ethernet with VLANs, Linux cooked,
 * raw and loopback captures, GRE with ERSPAN, and packets that an ICMP error quotes. A session's
 * packets are put together from TCP segments in any order. Returns NULL, or what is wrong with the
 * file.
 */
const char *capture_read(const char *path, capture_fn *each, void *ctx);

#endif
