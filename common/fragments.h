/* A datagram as the packets that carry it: RFC 1001 section 17.1.2. Pure. */
#ifndef COMMON_FRAGMENTS_H
#define COMMON_FRAGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Packets still to be made of a datagram. */
struct fragments {
	const uint8_t *whole; /* the datagram as one packet; borrowed */
	size_t len;
	size_t packet_max; /* bytes of UDP that a packet may have */
	size_t done;       /* bytes behind the header */
};

void fragments_begin(struct fragments *fragments, const uint8_t *whole, size_t len,
		     size_t packet_max);

/* Writes the next packet, packet_max bytes at most; its length, or 0: that was all. All have
 * DGM_LENGTH of the whole. */
size_t fragments_next(struct fragments *fragments, uint8_t *buf);

#endif
