/* Datagram service packets: RFC 1002 section 4.4. */
#ifndef NBT_DATAGRAM_H
#define NBT_DATAGRAM_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>
#include <nbt/name.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NBT_DATAGRAM_PORT       138
#define NBT_DATAGRAM_HEADER_LEN 10

enum nbt_datagram_type {
	NBT_DGM_DIRECT_UNIQUE = 0x10,
	NBT_DGM_DIRECT_GROUP = 0x11,
	NBT_DGM_BROADCAST = 0x12,
	NBT_DGM_ERROR = 0x13,
	NBT_DGM_QUERY_REQUEST = 0x14,
	NBT_DGM_POSITIVE_RESPONSE = 0x15,
	NBT_DGM_NEGATIVE_RESPONSE = 0x16
};

#define NBT_DGM_FLAG_MORE       0x01
#define NBT_DGM_FLAG_FIRST      0x02
#define NBT_DGM_SNT             0x0C /* source node type: B 0x00, P 0x04, M 0x08, NBDD 0x0C */

#define NBT_DGM_ERR_DESTINATION 0x82 /* destination name not present */
#define NBT_DGM_ERR_SOURCE      0x83 /* invalid source name format */
#define NBT_DGM_ERR_NAME        0x84 /* invalid destination name format */

/* Any datagram packet. Which members have meaning depends on the type (RFC 1002 4.4.1 to 4.4.4);
 * the rest are zero after decoding. */
struct nbt_datagram {
	uint8_t type;  /* enum nbt_datagram_type */
	uint8_t flags; /* NBT_DGM_FLAG_*, NBT_DGM_SNT; other bits as they came */
	uint16_t id;
	struct in_addr source_address;
	uint16_t source_port;

	uint16_t length; /* DGM_LENGTH: bytes behind the packet offset field; set by encoding */
	uint16_t offset; /* PACKET_OFFSET: where this fragment's data begin */
	struct nbt_name source, destination; /* queries have a destination only */
	struct nbt_scope source_scope, destination_scope;
	const uint8_t *data; /* borrowed from the packet decoded */
	size_t data_len;
	uint8_t error_code; /* NBT_DGM_ERR_*, type NBT_DGM_ERROR */
};

/* Whether a packet is a further fragment of a datagram (FIRST not set, OFFSET not 0): those have no
 * names, which are in the first one (RFC 1001 section 17.1.2). */
NBT_PUBLIC bool nbt_datagram_is_rest(const struct nbt_datagram *d);

/*
 * Decodes one UDP payload; name pointers are not allowed here. The data end where DGM_LENGTH or
 * the packet does: a DGM_LENGTH beyond it is taken as it came (RFC 1002 section 5.3.1 has it so in
 * fragments, and some senders count the header too), bytes behind it are ignored. NBT_EVALUE:
 * unknown type.
 */
NBT_PUBLIC enum nbt_error nbt_datagram_decode(struct nbt_datagram *out, const uint8_t *buf,
					      size_t len) NBT_MUSTCHECK;

/* NBT_EVALUE: a type that does not exist, or data too long for DGM_LENGTH. Writes at most size
 * bytes, also on NBT_ESPACE. */
NBT_PUBLIC enum nbt_error nbt_datagram_encode(const struct nbt_datagram *in, uint8_t *buf,
					      size_t size, size_t *len) NBT_MUSTCHECK;

/* Equal in every field that goes over the wire. */
NBT_PUBLIC bool nbt_datagram_equal(const struct nbt_datagram *a, const struct nbt_datagram *b);

#ifdef __cplusplus
}
#endif
#endif
