/* DCE RPC PDUs. */
#include "smb/rpc.h"

#include <string.h>

#define VERSION          5
#define FLAG_FIRST       0x01
#define FLAG_LAST        0x02
#define LITTLE_ENDIAN    0x10
#define UUID_LEN         16
#define FRAGMENT_LEN_AT  8
#define HINT_AT          16
#define REJECTED         2 /* provider rejection; the reasons follow */
#define BY_SYNTAX        2
#define NAK_UNKNOWN_AUTH 8
#define PIPE_NAME        "\\pipe\\srvsvc"

/* Interface and version, as a bind has them: srvsvc 3.0, NDR 2. */
static const uint8_t srvsvc[UUID_LEN + 4] = { 0xC8, 0x4F, 0x32, 0x4B, 0x70, 0x16, 0xD3,
					      0x01, 0x12, 0x78, 0x5A, 0x47, 0xBF, 0x6E,
					      0xE1, 0x88, 3,    0,    0,    0 };
static const uint8_t ndr[UUID_LEN + 4] = { 0x04, 0x5D, 0x88, 0x8A, 0xEB, 0x1C, 0xC9,
					   0x11, 0x9F, 0xE8, 0x08, 0x00, 0x2B, 0x10,
					   0x48, 0x60, 2,    0,    0,    0 };

static bool is_syntax(const uint8_t *p, const uint8_t syntax[UUID_LEN + 4])
{
	return p != NULL && memcmp(p, syntax, UUID_LEN + 4) == 0;
}

/* A context: an interface, and the syntaxes that it may be spoken in. */
static bool read_context(struct nbt_reader *r)
{
	uint8_t count;
	bool is_ours, has_ndr = false;

	nbt_read_le16(r); /* its id */
	count = nbt_read_u8(r);
	nbt_read_u8(r);
	is_ours = is_syntax(nbt_read_bytes(r, UUID_LEN + 4), srvsvc);
	for (uint8_t i = 0; i < count && r->err == NBT_OK; i++)
		has_ndr |= is_syntax(nbt_read_bytes(r, UUID_LEN + 4), ndr);
	return is_ours && has_ndr;
}

static void read_bind(struct nbt_reader *r, struct rpc_call *out)
{
	nbt_read_bytes(r, 8); /* fragment sizes, association group */
	out->context_count = nbt_read_u8(r);
	nbt_read_bytes(r, 3);
	if (out->context_count > RPC_CONTEXTS_MAX)
		nbt_reader_fail(r, NBT_ECOUNT);
	for (unsigned i = 0; i < out->context_count && r->err == NBT_OK; i++)
		if (read_context(r))
			out->accepted |= (uint8_t)(1u << i);
}

static void read_request(struct nbt_reader *r, struct rpc_call *out)
{
	nbt_read_le32(r); /* hint */
	out->context = nbt_read_le16(r);
	out->opnum = nbt_read_le16(r);
	if (r->err == NBT_OK)
		out->stub = nbt_reader_of(r->base + r->pos, nbt_read_left(r));
}

/* What every PDU begins with. */
struct header {
	enum rpc_type type;
	uint8_t flags;
	uint16_t auth_len;
	uint32_t call_id;
};

/* r ends where the PDU does, then. */
static void read_header(struct nbt_reader *r, struct header *out)
{
	uint8_t version = nbt_read_u8(r);
	uint16_t fragment_len;

	nbt_read_u8(r);
	out->type = (enum rpc_type)nbt_read_u8(r);
	out->flags = nbt_read_u8(r);
	if (version != VERSION || nbt_read_le32(r) != LITTLE_ENDIAN)
		nbt_reader_fail(r, NBT_EVALUE);
	fragment_len = nbt_read_le16(r);
	out->auth_len = nbt_read_le16(r);
	out->call_id = nbt_read_le32(r);
	if (fragment_len < RPC_HEADER_LEN || fragment_len > r->end)
		nbt_reader_fail(r, NBT_ETRUNC);
	if (r->err == NBT_OK)
		r->end = fragment_len;
}

enum nbt_error rpc_read_call(const uint8_t *pdu, size_t len, struct rpc_call *out)
{
	struct nbt_reader r = nbt_reader_of(pdu, len);
	struct header header;

	memset(out, 0, sizeof(*out));
	read_header(&r, &header);
	out->type = header.type;
	out->call_id = header.call_id;
	if (r.err != NBT_OK)
		return r.err;
	out->whole =
		(header.flags & FLAG_FIRST) && (header.flags & FLAG_LAST) && header.auth_len == 0;
	if (out->type == RPC_BIND || out->type == RPC_ALTER)
		read_bind(&r, out);
	else if (out->type == RPC_REQUEST)
		read_request(&r, out);
	else
		return NBT_EVALUE;
	return r.err;
}

static void begin(struct nbt_writer *w, enum rpc_type type, uint32_t call_id)
{
	nbt_write_u8(w, VERSION);
	nbt_write_u8(w, 0);
	nbt_write_u8(w, (uint8_t)type);
	nbt_write_u8(w, FLAG_FIRST | FLAG_LAST);
	nbt_write_le32(w, LITTLE_ENDIAN);
	nbt_write_le32(w, 0); /* fragment length, no authentication */
	nbt_write_le32(w, call_id);
}

static void end(struct nbt_writer *w)
{
	nbt_write_le16_at(w, FRAGMENT_LEN_AT, (uint16_t)w->pos);
}

static void write_result(struct nbt_writer *w, bool accepted)
{
	nbt_write_le16(w, accepted ? 0 : REJECTED);
	nbt_write_le16(w, accepted ? 0 : BY_SYNTAX);
	if (accepted)
		nbt_write_bytes(w, ndr, sizeof(ndr));
	else
		nbt_write_zeros(w, sizeof(ndr));
}

void rpc_write_bind_ack(struct nbt_writer *w, const struct rpc_call *call, uint32_t group)
{
	bool is_bind = call->type == RPC_BIND;

	begin(w, is_bind ? RPC_BIND_ACK : RPC_ALTER_ACK, call->call_id);
	nbt_write_le16(w, RPC_FRAGMENT_MAX);
	nbt_write_le16(w, RPC_FRAGMENT_MAX);
	nbt_write_le32(w, group);
	nbt_write_le16(w, is_bind ? sizeof(PIPE_NAME) : 0);
	if (is_bind)
		nbt_write_bytes(w, PIPE_NAME, sizeof(PIPE_NAME));
	nbt_write_align(w, 4);
	nbt_write_le32(w, call->context_count);
	for (unsigned i = 0; i < call->context_count; i++)
		write_result(w, call->accepted & 1u << i);
	end(w);
}

void rpc_write_bind_nak(struct nbt_writer *w, uint32_t call_id)
{
	begin(w, RPC_BIND_NAK, call_id);
	nbt_write_le16(w, NAK_UNKNOWN_AUTH);
	nbt_write_zeros(w, 4); /* versions: none told; padding */
	end(w);
}

void rpc_write_fault(struct nbt_writer *w, uint32_t call_id, uint32_t status)
{
	begin(w, RPC_FAULT, call_id);
	nbt_write_zeros(w, 8); /* hint, context, cancels */
	nbt_write_le32(w, status);
	nbt_write_le32(w, 0);
	end(w);
}

void rpc_begin_response(struct nbt_writer *w, uint32_t call_id)
{
	begin(w, RPC_RESPONSE, call_id);
	nbt_write_zeros(w, 8); /* hint, context, cancels */
}

void rpc_end_response(struct nbt_writer *w)
{
	nbt_write_le32_at(w, HINT_AT, (uint32_t)(w->pos - HINT_AT - 8));
	end(w);
}

/*
 * The caller's side.
 */

void rpc_write_bind(struct nbt_writer *w, uint32_t call_id)
{
	begin(w, RPC_BIND, call_id);
	nbt_write_le16(w, RPC_FRAGMENT_MAX);
	nbt_write_le16(w, RPC_FRAGMENT_MAX);
	nbt_write_le32(w, 0); /* a new group */
	nbt_write_le32(w, 1); /* one context */
	nbt_write_le16(w, 0); /* its id */
	nbt_write_le16(w, 1); /* one syntax */
	nbt_write_bytes(w, srvsvc, sizeof(srvsvc));
	nbt_write_bytes(w, ndr, sizeof(ndr));
	end(w);
}

void rpc_begin_request(struct nbt_writer *w, uint32_t call_id, uint16_t opnum)
{
	begin(w, RPC_REQUEST, call_id);
	nbt_write_le32(w, 0); /* hint */
	nbt_write_le16(w, 0); /* context */
	nbt_write_le16(w, opnum);
}

void rpc_end_request(struct nbt_writer *w)
{
	rpc_end_response(w);
}

size_t rpc_length(const uint8_t *bytes, size_t len)
{
	if (len < FRAGMENT_LEN_AT + 2)
		return 0;
	len = (size_t)bytes[FRAGMENT_LEN_AT] | (size_t)bytes[FRAGMENT_LEN_AT + 1] << 8;
	return len < RPC_HEADER_LEN ? RPC_HEADER_LEN : len;
}

static void read_bind_ack(struct nbt_reader *r, struct rpc_answer *out)
{
	uint8_t count;

	nbt_read_bytes(r, 8);
	nbt_read_bytes(r, nbt_read_le16(r)); /* the name of the pipe */
	nbt_read_align(r, 4);
	count = nbt_read_u8(r);
	nbt_read_bytes(r, 3);
	out->accepted = nbt_read_le32(r) == 0 && is_syntax(nbt_read_bytes(r, UUID_LEN + 4), ndr) &&
			count == 1;
}

static void read_response(struct nbt_reader *r, struct rpc_answer *out)
{
	nbt_read_bytes(r, 8); /* hint, context, cancels */
	if (out->type == RPC_FAULT)
		out->fault = nbt_read_le32(r);
	else if (r->err == NBT_OK)
		out->stub = nbt_reader_of(r->base + r->pos, nbt_read_left(r));
}

enum nbt_error rpc_read_answer(const uint8_t *pdu, size_t len, struct rpc_answer *out)
{
	struct nbt_reader r = nbt_reader_of(pdu, len);
	struct header header;

	memset(out, 0, sizeof(*out));
	read_header(&r, &header);
	out->type = header.type;
	out->call_id = header.call_id;
	out->first = header.flags & FLAG_FIRST;
	out->last = header.flags & FLAG_LAST;
	if (r.err == NBT_OK && header.auth_len != 0)
		return NBT_EVALUE;
	if (out->type == RPC_BIND_ACK)
		read_bind_ack(&r, out);
	else if (out->type == RPC_RESPONSE || out->type == RPC_FAULT)
		read_response(&r, out);
	else if (out->type != RPC_BIND_NAK)
		return NBT_EVALUE;
	return r.err;
}
