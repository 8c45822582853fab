/* Packets as nbtdump has them, made from what is sent. */
#ifndef TESTS_NBTDUMP_PACKETS_H
#define TESTS_NBTDUMP_PACKETS_H

#include "tools/nbtdump_packet.h"

/* The hosts are 10.0.0.N. What they return is valid until the next call. */
const struct dump_packet *packet_of_name(const struct nbt_packet *p, uint8_t from, uint8_t to,
					 int64_t time_us);

/* The frame in a datagram from the name to the name. */
const struct dump_packet *packet_of_frame(const struct nbt_browse *f, const char *source,
					  const char *destination, uint8_t from, uint8_t to,
					  int64_t time_us);

struct in_addr host_address(uint8_t n);

#endif
