/* Encoded, and read as nbtdump reads. */
#include "nbtdump_packets.h"

#include <arpa/inet.h>

#include "support.h"

static struct dump_packet packet;
static uint8_t wire[1024]; /* the packet borrows from it */

struct in_addr host_address(uint8_t n)
{
	return (struct in_addr){ .s_addr = htonl(0x0A000000 + n) };
}

static const struct dump_packet *read_payload(enum dump_service service, size_t len, uint8_t from,
					      uint8_t to, int64_t time_us)
{
	const struct dump_mark mark = { .frame = 1, .time_us = time_us };
	const struct dump_payload payload = {
		.service = service,
		.source = { .address = host_address(from), .port = 137 },
		.destination = { .address = host_address(to), .port = 137 },
		.bytes = wire,
		.len = len,
	};

	dump_packet_of_payload(&packet, &mark, &payload);
	assert_int_equal(packet.err, NBT_OK);
	return &packet;
}

const struct dump_packet *packet_of_name(const struct nbt_packet *p, uint8_t from, uint8_t to,
					 int64_t time_us)
{
	size_t len;

	assert_int_equal(nbt_packet_encode(p, wire, sizeof(wire), &len), NBT_OK);
	return read_payload(DUMP_NAMES, len, from, to, time_us);
}

const struct dump_packet *packet_of_frame(const struct nbt_browse *f, const char *source,
					  const char *destination, uint8_t from, uint8_t to,
					  int64_t time_us)
{
	static uint8_t frame[NBT_BROWSE_FRAME_MAX], message[NBT_MAILSLOT_MAX * 2];
	struct nbt_mailslot mailslot = { .name = nbt_browse_mailslot(f->opcode),
					 .klass = NBT_MAILSLOT_CLASS_UNRELIABLE,
					 .data = frame };
	struct nbt_datagram datagram = { .type = NBT_DGM_DIRECT_GROUP,
					 .flags = NBT_DGM_FLAG_FIRST,
					 .source_address = host_address(from),
					 .source_port = 138,
					 .source = name_of(source),
					 .destination = name_of(destination),
					 .data = message };
	size_t len;

	assert_int_equal(nbt_browse_encode(f, frame, sizeof(frame), &mailslot.data_len), NBT_OK);
	assert_int_equal(
		nbt_mailslot_encode(&mailslot, message, sizeof(message), &datagram.data_len),
		NBT_OK);
	assert_int_equal(nbt_datagram_encode(&datagram, wire, sizeof(wire), &len), NBT_OK);
	return read_payload(DUMP_DATAGRAMS, len, from, to, time_us);
}
