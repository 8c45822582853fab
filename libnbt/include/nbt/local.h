/*
 * The local sockets, name.sock and datagram.sock, by which programs use this host's name and
 * datagram service: nbt-local(7). A message is an envelope and a packet of RFC 1002 behind it.
 */
#ifndef NBT_LOCAL_H
#define NBT_LOCAL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/datagram.h>
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
/* From the daemon: the packet came in by broadcast. datagram.sock, to it: send it by broadcast,
 * whatever the node type. */
#define NBT_LOCAL_BROADCAST   0x02
/* datagram.sock: the packet is a datagram (nbt/datagram.h), none of the name service. */
#define NBT_LOCAL_DATAGRAM    0x04

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
 * A whole message with a name service packet. Rdata is borrowed from buf. Errors are those of the
 * envelope and of nbt_packet_decode(); NBT_EVALUE also for NBT_LOCAL_DATAGRAM.
 */
NBT_PUBLIC enum nbt_error nbt_local_decode(struct nbt_envelope *envelope, struct nbt_packet *packet,
					   const uint8_t *buf, size_t len) NBT_MUSTCHECK;
NBT_PUBLIC enum nbt_error nbt_local_encode(const struct nbt_envelope *envelope,
					   const struct nbt_packet *packet, uint8_t *buf,
					   size_t size, size_t *len) NBT_MUSTCHECK;

/*
 * What a program asks of the daemon.
 */

/* A name that it wants, or on datagram.sock: whose datagrams it wants. */
struct nbt_local_claim {
	struct in_addr interface; /* 0.0.0.0: every interface, those that come later too */
	struct nbt_name name;
	struct nbt_scope scope;
	bool is_group;
	bool broadcast_only; /* of this subnet only (<1D>, MSBROWSE): never told to an NBNS */
};

/* A look-up. */
struct nbt_local_query {
	struct in_addr interface; /* 0.0.0.0: as the host's routes have it */
	struct in_addr peer;      /* ask this host; 0.0.0.0: whom the node type wants asked */
	uint16_t peer_port;       /* of a peer; 0: 137 */
	struct nbt_name name;
	struct nbt_scope scope;
	bool is_status;   /* node status; without a peer: of this host */
	bool is_local;    /* only whether this host has the name: nobody is asked */
	bool all_members; /* NBT_LOCAL_ALL_MEMBERS */
};

/*
 * Make envelope and packet: opcode NBT_OP_REGISTRATION to claim, NBT_OP_RELEASE to end a claim.
 * rdata: written, and borrowed by the packet.
 */
NBT_PUBLIC void nbt_local_make_claim(struct nbt_envelope *envelope, struct nbt_packet *packet,
				     enum nbt_opcode opcode, uint16_t id,
				     const struct nbt_local_claim *claim,
				     uint8_t rdata[NBT_ADDRESS_LEN]);
NBT_PUBLIC void nbt_local_make_query(struct nbt_envelope *envelope, struct nbt_packet *packet,
				     uint16_t id, const struct nbt_local_query *query);

/*
 * A small blocking client of name.sock and datagram.sock, for programs without an event loop.
 *
 *	if (nbt_local_open(&local, NULL) == NBT_OK && nbt_local_claim(local, &claim, &id) == NBT_OK)
 *		err = nbt_local_answer(local, id, 10000, &message);
 *
 * A connection is for one thread. Its end releases what was claimed by it.
 */
struct nbt_local;

/* Where the sockets are, unless $NBT_RUN_DIRECTORY names another directory. */
#define NBT_LOCAL_DIRECTORY "/run/nbt"

/*
 * Connects. path: of the socket; NULL: name.sock in the above directory. NBT_ESYSTEM: errno says
 * why: ENOENT, ECONNREFUSED: no daemon; EACCES: the user may not; *out is NULL then.
 */
NBT_PUBLIC enum nbt_error nbt_local_open(struct nbt_local **out, const char *path) NBT_MUSTCHECK;
/* The same for datagram.sock, on which a claim is to have the datagrams of a name, too. */
NBT_PUBLIC enum nbt_error nbt_local_open_datagrams(struct nbt_local **out,
						   const char *path) NBT_MUSTCHECK;
NBT_PUBLIC void nbt_local_close(struct nbt_local *local); /* NULL is fine */

/* The socket, for poll(). */
NBT_PUBLIC int nbt_local_fd(const struct nbt_local *local);

/* Send a request. *id: that of the answer. NBT_ESYSTEM: errno says why; EPIPE: no daemon any more.
 */
NBT_PUBLIC enum nbt_error nbt_local_claim(struct nbt_local *local,
					  const struct nbt_local_claim *claim,
					  uint16_t *id) NBT_MUSTCHECK;
NBT_PUBLIC enum nbt_error nbt_local_release(struct nbt_local *local,
					    const struct nbt_local_claim *claim,
					    uint16_t *id) NBT_MUSTCHECK;
NBT_PUBLIC enum nbt_error nbt_local_query(struct nbt_local *local,
					  const struct nbt_local_query *query,
					  uint16_t *id) NBT_MUSTCHECK;

/*
 * Sends a datagram through datagram.sock; its source address and port are the daemon's. Its id is
 * that of the DATAGRAM ERROR that may come. The envelope says by which interface, to which host
 * whatever the name, or with NBT_LOCAL_BROADCAST by broadcast; NULL: as the name has it.
 */
NBT_PUBLIC enum nbt_error nbt_local_send(struct nbt_local *local,
					 const struct nbt_envelope *envelope,
					 const struct nbt_datagram *datagram) NBT_MUSTCHECK;

/* With NBT_LOCAL_DATAGRAM in the envelope a datagram, and no packet. Rdata and data are borrowed
 * until the next call. */
struct nbt_local_message {
	struct nbt_envelope envelope;
	struct nbt_packet packet;
	struct nbt_datagram datagram;
};

/*
 * Waits for the next message, so long at most (milliseconds; below 0: for ever). NBT_ETIMEOUT: none
 * came; NBT_ESYSTEM: with errno ECONNRESET the daemon has gone. Another error: a message that
 * cannot be read; it is gone.
 */
NBT_PUBLIC enum nbt_error nbt_local_next(struct nbt_local *local, int timeout_ms,
					 struct nbt_local_message *message) NBT_MUSTCHECK;

/* The same for the response with this id; other messages that come meanwhile are dropped.
 * NBT_ENEGATIVE: its rcode says no. */
NBT_PUBLIC enum nbt_error nbt_local_answer(struct nbt_local *local, uint16_t id, int timeout_ms,
					   struct nbt_local_message *message) NBT_MUSTCHECK;

#ifdef __cplusplus
}
#endif
#endif
