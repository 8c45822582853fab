/* DCE RPC over pipes, as much as srvsvc needs (C706 chapter 12, MS-RPCE section 2.2.2), in
 * little-endian: whole PDUs of callers and answers to them, and the caller's side. */
#ifndef SMB_RPC_H
#define SMB_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libnbt/wire/wire.h"

#define RPC_HEADER_LEN   16
#define RPC_FRAGMENT_MAX 4280
#define RPC_CONTEXTS_MAX 8

enum rpc_type {
	RPC_REQUEST = 0,
	RPC_RESPONSE = 2,
	RPC_FAULT = 3,
	RPC_BIND = 11,
	RPC_BIND_ACK = 12,
	RPC_BIND_NAK = 13,
	RPC_ALTER = 14,
	RPC_ALTER_ACK = 15
};

#define RPC_FAULT_OPNUM     0x1C010002
#define RPC_FAULT_PROTOCOL  0x1C01000B
#define RPC_FAULT_NDR       0x000006F7
#define RPC_FAULT_INTERFACE 0x1C010003

/* What a caller sends. */
struct rpc_call {
	enum rpc_type type;
	uint32_t call_id;
	bool whole; /* not a fragment of something longer */

	/* Bind and alter: a bit for each context that asks for srvsvc in NDR. */
	uint8_t context_count, accepted;

	/* Request. */
	uint16_t context, opnum;
	struct nbt_reader stub; /* its base is the stub's first byte */
};

/* NBT_EVALUE: no RPC, or of a big-endian caller, or a type that no caller sends. NBT_ECOUNT: too
 * many contexts. */
enum nbt_error rpc_read_call(const uint8_t *pdu, size_t len, struct rpc_call *out) NBT_MUSTCHECK;

/* Answers. The writer has nothing before them. */
void rpc_write_bind_ack(struct nbt_writer *w, const struct rpc_call *call, uint32_t group);
void rpc_write_bind_nak(struct nbt_writer *w, uint32_t call_id);
void rpc_write_fault(struct nbt_writer *w, uint32_t call_id, uint32_t status);

/* A response: the stub is written between the two. */
void rpc_begin_response(struct nbt_writer *w, uint32_t call_id);
void rpc_end_response(struct nbt_writer *w);

/*
 * The caller's side. The writer has nothing before what is written; the stub of a request is
 * written between the two.
 */
void rpc_write_bind(struct nbt_writer *w, uint32_t call_id);
void rpc_begin_request(struct nbt_writer *w, uint32_t call_id, uint16_t opnum);
void rpc_end_request(struct nbt_writer *w);

/* How many bytes the PDU has that begins here; 0: too few are there to say. */
size_t rpc_length(const uint8_t *bytes, size_t len);

/* What comes back. */
struct rpc_answer {
	enum rpc_type type; /* response, fault, bind_ack or bind_nak */
	uint32_t call_id;
	bool first, last;       /* of the fragments of a response */
	bool accepted;          /* bind_ack: our context is */
	uint32_t fault;         /* its status */
	struct nbt_reader stub; /* response */
};

/* NBT_EVALUE: no RPC, or nothing that is an answer. */
enum nbt_error rpc_read_answer(const uint8_t *pdu, size_t len,
			       struct rpc_answer *out) NBT_MUSTCHECK;

#endif
