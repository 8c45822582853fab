/* Session service packets: RFC 1002 section 4.3, and the same framing on TCP 445. */
#ifndef NBT_SESSION_H
#define NBT_SESSION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>
#include <nbt/name.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NBT_SESSION_PORT       139
#define NBT_SESSION_HEADER_LEN 4
#define NBT_SESSION_LENGTH_MAX 0x1FFFF /* 17 bits; the 17th is NBT_SES_FLAG_EXTENSION */

enum nbt_session_type {
	NBT_SES_MESSAGE = 0x00,
	NBT_SES_REQUEST = 0x81,
	NBT_SES_POSITIVE = 0x82,
	NBT_SES_NEGATIVE = 0x83,
	NBT_SES_RETARGET = 0x84,
	NBT_SES_KEEPALIVE = 0x85
};

#define NBT_SES_FLAG_EXTENSION            0x01

#define NBT_SES_ERR_NOT_LISTENING_CALLED  0x80
#define NBT_SES_ERR_NOT_LISTENING_CALLING 0x81
#define NBT_SES_ERR_CALLED_NOT_PRESENT    0x82
#define NBT_SES_ERR_RESOURCES             0x83
#define NBT_SES_ERR_UNSPECIFIED           0x8F

struct nbt_session {
	uint8_t type;    /* enum nbt_session_type */
	uint8_t flags;   /* as on the wire */
	uint32_t length; /* of what follows the header, extension bit included */

	struct nbt_name called, calling; /* request */
	struct nbt_scope called_scope, calling_scope;
	uint8_t error_code;              /* negative response */
	struct in_addr retarget_address; /* retarget response */
	uint16_t retarget_port;
	const uint8_t *data; /* message: borrowed from the bytes decoded; length bytes */
};

/*
 * Reads the header alone: how many bytes the whole packet has, header included. NBT_ETRUNC: less
 * than NBT_SESSION_HEADER_LEN bytes given.
 */
NBT_PUBLIC enum nbt_error nbt_session_frame(const uint8_t *buf, size_t len,
					    size_t *frame_len) NBT_MUSTCHECK;

/* Decodes one whole packet and nothing more: NBT_ETRAILING otherwise. Name pointers are not allowed
 * here. NBT_EVALUE: unknown type. */
NBT_PUBLIC enum nbt_error nbt_session_decode(struct nbt_session *out, const uint8_t *buf,
					     size_t len) NBT_MUSTCHECK;

/* The length of a message is taken from *in, that of any other packet is what it has. NBT_EVALUE:
 * unknown type, or longer than NBT_SESSION_LENGTH_MAX. Writes at most size bytes, also on
 * NBT_ESPACE. */
NBT_PUBLIC enum nbt_error nbt_session_encode(const struct nbt_session *in, uint8_t *buf,
					     size_t size, size_t *len) NBT_MUSTCHECK;

/* Equal in every field that goes over the wire. */
NBT_PUBLIC bool nbt_session_equal(const struct nbt_session *a, const struct nbt_session *b);

#ifdef __cplusplus
}
#endif
#endif
