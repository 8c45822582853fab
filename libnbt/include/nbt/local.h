/*
 * The local sockets, name.sock and datagram.sock, by which programs use this host's name and
 * datagram service: nbt-local(7). A message is an envelope and a packet of RFC 1002 behind it.
 */
#ifndef NBT_LOCAL_H
#define NBT_LOCAL_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>
#include <nbt/packet.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NBT_LOCAL_VERSION     1

/* The bytes of an envelope; and of the longest message, envelope and packet together. Who has more
 * to say than fits says what fits, and sets TC. */
#define NBT_ENVELOPE_LEN      16
#define NBT_LOCAL_MESSAGE_MAX 65535

/* A query: all members of a group, not the 255.255.255.255 that WINS answers with. */
#define NBT_LOCAL_ALL_MEMBERS 0x01
/* From the daemon: the packet came in by broadcast. */
#define NBT_LOCAL_BROADCAST   0x02

struct nbt_envelope {
	uint8_t flags;            /* NBT_LOCAL_* */
	struct in_addr interface; /* our own address; 0.0.0.0: every interface */
	struct in_addr peer;      /* the other host; 0.0.0.0: none in particular */
	uint16_t peer_port;       /* 0: the service's own */
};

/*
 * Reads the envelope of a message; the packet is what stands behind NBT_ENVELOPE_LEN. NBT_EVALUE:
 * another version, a flag that we don't know, or something where there should be zeros.
 */
NBT_PUBLIC enum nbt_error nbt_envelope_decode(struct nbt_envelope *out, const uint8_t *buf,
					      size_t len) NBT_MUSTCHECK;

/* Writes NBT_ENVELOPE_LEN bytes. NBT_EVALUE: a flag that there is not. */
NBT_PUBLIC enum nbt_error nbt_envelope_encode(const struct nbt_envelope *in, uint8_t *buf,
					      size_t size) NBT_MUSTCHECK;

/*
 * A whole message of name.sock: envelope and name service packet. Rdata is borrowed from buf.
 * Errors are those of the envelope and of nbt_packet_decode().
 */
NBT_PUBLIC enum nbt_error nbt_local_decode(struct nbt_envelope *envelope, struct nbt_packet *packet,
					   const uint8_t *buf, size_t len) NBT_MUSTCHECK;
NBT_PUBLIC enum nbt_error nbt_local_encode(const struct nbt_envelope *envelope,
					   const struct nbt_packet *packet, uint8_t *buf,
					   size_t size, size_t *len) NBT_MUSTCHECK;

#ifdef __cplusplus
}
#endif
#endif
