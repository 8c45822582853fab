/* Name service packets: RFC 1002 section 4.2 and the additions of WINS. */
#ifndef NBT_PACKET_H
#define NBT_PACKET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>
#include <nbt/name.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NBT_NAME_PORT       137
#define NBT_HEADER_LEN      12

/* MAX_DATAGRAM_LENGTH 576 (RFC 1002 section 6) counts the IP and UDP headers. */
#define NBT_UDP_PAYLOAD_MAX 548

enum nbt_opcode {
	NBT_OP_QUERY = 0, /* also node status: the question's type tells */
	NBT_OP_REGISTRATION = 5,
	NBT_OP_RELEASE = 6,
	NBT_OP_WACK = 7,
	NBT_OP_REFRESH = 8,     /* RFC 1002's table 4.2.1.1 */
	NBT_OP_REFRESH_ALT = 9, /* RFC 1002's diagram 4.2.4 */
	NBT_OP_MULTIHOMED = 15, /* MS-NBTE 2.2.2 */
	NBT_OPCODE_COUNT = 16
};

enum nbt_rcode {
	NBT_RCODE_OK = 0,
	NBT_RCODE_FMT_ERR = 1,
	NBT_RCODE_SRV_ERR = 2,
	NBT_RCODE_NAM_ERR = 3,
	NBT_RCODE_IMP_ERR = 4,
	NBT_RCODE_RFS_ERR = 5,
	NBT_RCODE_ACT_ERR = 6,
	NBT_RCODE_CFT_ERR = 7
};

/* The flags word as on the wire; opcode and rcode have members of their own. */
#define NBT_FLAG_R        0x8000
#define NBT_FLAG_AA       0x0400
#define NBT_FLAG_TC       0x0200
#define NBT_FLAG_RD       0x0100
#define NBT_FLAG_RA       0x0080
#define NBT_FLAG_B        0x0010
#define NBT_FLAGS_MASK    0x87F0 /* the two bits 0x0060, which must be zero, are kept as they came */
#define NBT_OPCODE_SHIFT  11

#define NBT_TYPE_A        0x0001
#define NBT_TYPE_NS       0x0002
#define NBT_TYPE_NULL     0x000A
#define NBT_TYPE_NB       0x0020
#define NBT_TYPE_NBSTAT   0x0021
#define NBT_CLASS_IN      0x0001

/* NB_FLAGS of an address entry. */
#define NBT_NB_GROUP      0x8000
#define NBT_NB_ONT        0x6000 /* owner node type */
#define NBT_NB_B          0x0000
#define NBT_NB_P          0x2000
#define NBT_NB_M          0x4000
#define NBT_NB_H          0x6000

#define NBT_MAX_QUESTIONS 1
#define NBT_MAX_RECORDS   4 /* RFC 1002 has two at most, in a redirect response */

struct nbt_question {
	struct nbt_name name;
	struct nbt_scope scope;
	uint16_t type, klass;
};

struct nbt_record {
	struct nbt_question of; /* name, scope, type, class */
	uint32_t ttl;
	const uint8_t *rdata; /* borrowed: points into the packet decoded, or to the caller's */
	uint16_t rdata_len;
};

struct nbt_packet {
	uint16_t id;
	uint16_t flags; /* NBT_FLAG_* */
	uint8_t opcode; /* enum nbt_opcode, or a value that it lacks */
	uint8_t rcode;  /* enum nbt_rcode, or a value that it lacks */
	uint8_t question_count;
	uint8_t answer_count, authority_count, additional_count; /* records, in this order */
	struct nbt_question question[NBT_MAX_QUESTIONS];
	struct nbt_record record[NBT_MAX_RECORDS];
};

/* One entry of NB rdata, 6 bytes on the wire. */
#define NBT_ADDRESS_LEN 6
struct nbt_address {
	uint16_t flags; /* NBT_NB_* */
	struct in_addr address;
};

/* The flags word of a packet as it stands on the wire. */
static inline uint16_t nbt_packet_flags_word(const struct nbt_packet *p)
{
	return (uint16_t)((p->flags & NBT_FLAGS_MASK) |
			  (uint16_t)((p->opcode & 15u) << NBT_OPCODE_SHIFT) | (p->rcode & 15u));
}

static inline size_t nbt_packet_record_count(const struct nbt_packet *p)
{
	return (size_t)p->answer_count + p->authority_count + p->additional_count;
}

/*
 * Decodes a whole packet. Rdata is borrowed from buf and is not looked into. Members of *out
 * beyond its counts are left as they were. Bytes behind the last record are ignored: Windows XP
 * has some behind its node status. NBT_ECOUNT: more questions or records than fit.
 */
NBT_PUBLIC enum nbt_error nbt_packet_decode(struct nbt_packet *out, const uint8_t *buf,
					    size_t len) NBT_MUSTCHECK;

/*
 * Encodes; a record of the additional section whose name is that of the question is written as
 * the pointer C0 0C (RFC 1002 section 4.2.2). Writes at most size bytes, also on NBT_ESPACE.
 * NBT_ECOUNT, NBT_EVALUE, NBT_ELABEL: counts, opcode, rcode, flags or a scope that no packet has.
 */
NBT_PUBLIC enum nbt_error nbt_packet_encode(const struct nbt_packet *in, uint8_t *buf, size_t size,
					    size_t *len) NBT_MUSTCHECK;

/* Equal in every field that goes over the wire; rdata is compared byte by byte. */
NBT_PUBLIC bool nbt_packet_equal(const struct nbt_packet *a, const struct nbt_packet *b);

/* Entries in NB rdata; 0 when the length is no multiple of 6. */
NBT_PUBLIC size_t nbt_record_address_count(const struct nbt_record *record);

/* The entry at index; index must be below nbt_record_address_count(). */
NBT_PUBLIC struct nbt_address nbt_record_address(const struct nbt_record *record, size_t index);

/* Writes entries as NB rdata into buf, which holds NBT_ADDRESS_LEN * count bytes. */
NBT_PUBLIC void nbt_address_write(uint8_t *buf, const struct nbt_address *addresses, size_t count);

/*
 * Node status (RFC 1002 section 4.2.18).
 */
#define NBT_STATUS_MAX_NAMES     255
#define NBT_STATUS_STATS_LEN     46

#define NBT_STATUS_GROUP         0x8000
#define NBT_STATUS_ONT           0x6000
#define NBT_STATUS_DEREGISTERING 0x1000
#define NBT_STATUS_CONFLICT      0x0800
#define NBT_STATUS_ACTIVE        0x0400
#define NBT_STATUS_PERMANENT     0x0200

struct nbt_status_name {
	struct nbt_name name;
	uint16_t flags; /* NBT_STATUS_* */
};

struct nbt_node_status {
	uint8_t count;
	struct nbt_status_name names[NBT_STATUS_MAX_NAMES];
	uint8_t unit_id[6]; /* MAC address */
	/* The 40 statistics bytes behind UNIT_ID, as on the wire; nobody is known to read them. */
	uint8_t statistics[NBT_STATUS_STATS_LEN - 6];
};

/* Reads NBSTAT rdata. Statistics that are short or missing are zero; names that run past the end
 * are NBT_ETRUNC. */
NBT_PUBLIC enum nbt_error nbt_node_status_decode(struct nbt_node_status *out, const uint8_t *rdata,
						 size_t len) NBT_MUSTCHECK;

/* Writes NBSTAT rdata: 1 + 18 * count + 46 bytes. */
NBT_PUBLIC enum nbt_error nbt_node_status_encode(const struct nbt_node_status *in, uint8_t *buf,
						 size_t size, size_t *len) NBT_MUSTCHECK;

/*
 * Makers of the packets of RFC 1002 section 4.2.2 to 4.2.18. Each sets every member that goes over
 * the wire; rdata is borrowed from the caller, to whom buffers of fixed size are given.
 */

/* Name query (type NB) or node status (type NBSTAT) request; flags: NBT_FLAG_RD, NBT_FLAG_B. */
NBT_PUBLIC void nbt_make_query(struct nbt_packet *p, uint16_t id, uint16_t flags,
			       const struct nbt_name *name, const struct nbt_scope *scope,
			       uint16_t type);

/* Registration, multihomed registration, refresh or release request; rdata: 6 bytes, written. */
NBT_PUBLIC void nbt_make_claim(struct nbt_packet *p, enum nbt_opcode opcode, uint16_t id,
			       uint16_t flags, const struct nbt_name *name,
			       const struct nbt_scope *scope, uint32_t ttl,
			       const struct nbt_address *address, uint8_t rdata[NBT_ADDRESS_LEN]);

/* A response with one answer record; rdata is borrowed. flags: without R, which is set. */
NBT_PUBLIC void nbt_make_response(struct nbt_packet *p, enum nbt_opcode opcode, uint16_t id,
				  uint16_t flags, enum nbt_rcode rcode, const struct nbt_name *name,
				  const struct nbt_scope *scope, uint16_t type, uint32_t ttl,
				  const uint8_t *rdata, uint16_t rdata_len);

#ifdef __cplusplus
}
#endif
#endif
