/*
 * WINS replication: the messages of TCP 42, the name records in them, and the datagrams by which
 * servers find each other (MS-WINSRA section 2.2).
 */
#ifndef NBT_REPLICATION_H
#define NBT_REPLICATION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>
#include <nbt/name.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NBT_REPLICATION_PORT    42         /* TCP, and UDP for autodiscovery */
#define NBT_DISCOVERY_GROUP     0xE0000118 /* 224.0.1.24, in host order */

/* What the length word of a message may be: it counts the bytes behind itself. */
#define NBT_REPL_LENGTH_START   64  /* before there is an association */
#define NBT_REPL_LENGTH_SHORT   256 /* of messages that hold no list */
#define NBT_REPL_LENGTH_OWNERS  (24 + 24 * 10000)
#define NBT_REPL_LENGTH_RECORDS (16 << 20)

#define NBT_REPL_FRAME_BYTES    20 /* these say how long any message is */
#define NBT_REPL_RECORDS_HEAD   24 /* what a message of records has before the first of them */

enum nbt_replication_type {
	NBT_REPL_START_REQUEST = 0,
	NBT_REPL_START_RESPONSE = 1,
	NBT_REPL_STOP = 2,
	NBT_REPL_MESSAGE = 3 /* the opcode says what it is */
};

/* Who gets a notification of 5 or 9 passes it on; 8 and 9 come by connections that stay. */
enum nbt_replication_opcode {
	NBT_REPL_MAP_REQUEST = 0,
	NBT_REPL_MAP_RESPONSE = 1,
	NBT_REPL_RECORDS_REQUEST = 2,
	NBT_REPL_RECORDS_RESPONSE = 3,
	NBT_REPL_UPDATE = 4,
	NBT_REPL_UPDATE_PROPAGATE = 5,
	NBT_REPL_UPDATE_PERSISTENT = 8,
	NBT_REPL_UPDATE_PERSISTENT_PROPAGATE = 9
};

#define NBT_REPL_REASON_NORMAL 0
#define NBT_REPL_REASON_ERROR  4

/* Which versions of an owner's records there are, or are wanted. */
struct nbt_owner_versions {
	struct in_addr owner;
	uint64_t max; /* in a request 0: all from min on */
	uint64_t min; /* in maps and notifications of no use */
};

/* Owners or records of a message, not yet read: nbt_replication_next_*() take the first off. */
struct nbt_replication_list {
	const uint8_t *bytes; /* borrowed from the message decoded */
	size_t len;
	uint32_t count;
};

/* Any message. Which members have meaning depends on the type and the opcode; the rest are zero
 * after decoding. */
struct nbt_replication {
	uint32_t destination; /* association handle of the receiver; 0 in a start request */
	uint32_t type;        /* enum nbt_replication_type */
	uint8_t opcode;       /* enum nbt_replication_opcode, of type NBT_REPL_MESSAGE */

	uint32_t handle;       /* start: of the sender */
	uint16_t major, minor; /* start: NT 4 sends 2.1, later ones 2.5 */
	uint32_t reason;       /* stop: NBT_REPL_REASON_* */

	struct nbt_owner_versions range; /* records request */
	struct nbt_replication_list
		list;             /* owners: map response, updates; records: their response */
	struct in_addr initiator; /* update: where the news comes from; 0.0.0.0: the sender */
};

enum nbt_replica_type {
	NBT_REPLICA_UNIQUE = 0,
	NBT_REPLICA_GROUP = 1,
	NBT_REPLICA_SPECIAL =
		2, /* special group: domain controllers and other groups with members */
	NBT_REPLICA_MULTIHOMED = 3
};

enum nbt_replica_state {
	NBT_REPLICA_ACTIVE = 0,
	NBT_REPLICA_RELEASED = 1, /* not to be sent (MS-WINSRA section 3.3.5.2) */
	NBT_REPLICA_TOMBSTONE = 2
	/* 3 is not defined */
};

#define NBT_REPLICA_MEMBERS_MAX 255 /* on the wire; WINS servers keep 25 */

struct nbt_replica_member {
	struct in_addr owner;   /* of unique names and groups 0.0.0.0: the owner of the record */
	struct in_addr address; /* of groups of no use, 255.255.255.255 */
};

/* A name record. Members behind member_count are not defined. */
struct nbt_replica {
	struct nbt_name name;   /* as everywhere else: that <1B> names are swapped ends here */
	struct nbt_scope scope; /* of names that packets can't have too: nbt_scope_is_valid() */
	uint64_t version;
	uint8_t type;  /* enum nbt_replica_type */
	uint8_t state; /* enum nbt_replica_state */
	uint8_t node;  /* 0 B, 1 P, 2 M, 3 H */
	bool is_static;
	uint8_t member_count; /* of unique names and groups 1 */
	struct nbt_replica_member member[NBT_REPLICA_MEMBERS_MAX];
};

/*
 * From the first bytes of a message: how many it has, length word included. *frame_len is set on
 * success only. NBT_ETRUNC: more bytes are needed to tell, NBT_REPL_FRAME_BYTES are always enough.
 * NBT_EVALUE, as soon as it is seen: not of this protocol, or longer than limit or than messages of
 * its kind may be (NBT_REPL_LENGTH_*); what follows it can't be found then.
 */
NBT_PUBLIC enum nbt_error nbt_replication_frame(const uint8_t *buf, size_t len, size_t limit,
						size_t *frame_len) NBT_MUSTCHECK;

/*
 * Decodes one whole message, with all that its list holds. Of types and opcodes that don't exist
 * only those are read. Padding and reserved fields are ignored. NBT_EVALUE: not of this protocol,
 * or a name that is too long or too short. NBT_ETRUNC: a list too short for its count, or a
 * message for its length word. NBT_ETRAILING: bytes behind the message or in it behind the list.
 */
NBT_PUBLIC enum nbt_error nbt_replication_decode(struct nbt_replication *out, const uint8_t *buf,
						 size_t len) NBT_MUSTCHECK;

/* Take the next one off the list of a message decoded. False when there is none. */
NBT_PUBLIC bool nbt_replication_next_owner(struct nbt_replication_list *list,
					   struct nbt_owner_versions *out);
NBT_PUBLIC bool nbt_replication_next_record(struct nbt_replication_list *list,
					    struct nbt_replica *out);

/* The minor version that a start request or response counts as: 1, or 5, which knows connections
 * that stay. 0: a major version that is not to be answered (MS-WINSRA section 2.2.3). */
NBT_PUBLIC uint16_t nbt_replication_minor(const struct nbt_replication *start);

/* A whole message, its list written anew. NBT_EVALUE: a type or opcode that does not exist. Writes
 * at most size bytes, also on NBT_ESPACE. */
NBT_PUBLIC enum nbt_error nbt_replication_encode(const struct nbt_replication *in, uint8_t *buf,
						 size_t size, size_t *len) NBT_MUSTCHECK;

/* Equal in every field that goes over the wire. */
NBT_PUBLIC bool nbt_replication_equal(const struct nbt_replication *a,
				      const struct nbt_replication *b);
NBT_PUBLIC bool nbt_replica_equal(const struct nbt_replica *a, const struct nbt_replica *b);

/* A message being written entry by entry into the caller's buffer. */
struct nbt_replication_writer {
	struct nbt_replication head;
	uint8_t *buf; /* these two may be changed for a larger buffer that holds the same bytes */
	size_t size;
	size_t len; /* written so far */
	uint32_t count;
};

/*
 * begin writes what is before the list, add an entry, end what is behind the list, and the length
 * and count that are known then; the list of *head is not looked at. After an error of add or end
 * all is as before: with NBT_ESPACE it can be done again in a larger buffer. NBT_EVALUE: the
 * message can't hold such an entry, or its length word its length. *len: of the whole message.
 */
NBT_PUBLIC enum nbt_error nbt_replication_begin(struct nbt_replication_writer *w,
						const struct nbt_replication *head, uint8_t *buf,
						size_t size) NBT_MUSTCHECK;
NBT_PUBLIC enum nbt_error nbt_replication_add_owner(
	struct nbt_replication_writer *w, const struct nbt_owner_versions *in) NBT_MUSTCHECK;
NBT_PUBLIC enum nbt_error nbt_replication_add_record(struct nbt_replication_writer *w,
						     const struct nbt_replica *in) NBT_MUSTCHECK;
NBT_PUBLIC enum nbt_error nbt_replication_end(struct nbt_replication_writer *w,
					      size_t *len) NBT_MUSTCHECK;

/*
 * For records that are too many for one buffer: writes the first NBT_REPL_RECORDS_HEAD bytes of a
 * response of count records, which have records_len bytes by nbt_replica_size() and follow by
 * nbt_replica_encode(). NBT_EVALUE: more than the length word can say.
 */
NBT_PUBLIC enum nbt_error nbt_replication_records_head(uint8_t head[NBT_REPL_RECORDS_HEAD],
						       uint32_t destination, uint32_t count,
						       uint64_t records_len) NBT_MUSTCHECK;

/* How many bytes a record has on the wire. */
NBT_PUBLIC size_t nbt_replica_size(const struct nbt_replica *in);

/*
 * One record. NBT_EVALUE: a type, state or node that does not exist, or a unique name or group
 * without its one address. NBT_ELABEL: a scope over NBT_SCOPE_MAX, or one that would arrive as
 * another, since it is text here: with a dot or a NUL in a label.
 */
NBT_PUBLIC enum nbt_error nbt_replica_encode(const struct nbt_replica *in, uint8_t *buf,
					     size_t size, size_t *len) NBT_MUSTCHECK;

#define NBT_DISCOVERY_ADDRESSES_MAX 32

/* An autodiscovery datagram: a server and its addresses come or go. */
struct nbt_discovery {
	bool down;
	uint8_t count;
	struct in_addr address[NBT_DISCOVERY_ADDRESSES_MAX];
};

/* Addresses beyond NBT_DISCOVERY_ADDRESSES_MAX are left out. NBT_EVALUE: not such a datagram. */
NBT_PUBLIC enum nbt_error nbt_discovery_decode(struct nbt_discovery *out, const uint8_t *buf,
					       size_t len) NBT_MUSTCHECK;

/* NBT_EVALUE: an address of 0.0.0.0, which is the end of the list, or too many. */
NBT_PUBLIC enum nbt_error nbt_discovery_encode(const struct nbt_discovery *in, uint8_t *buf,
					       size_t size, size_t *len) NBT_MUSTCHECK;

#ifdef __cplusplus
}
#endif
#endif
