/* Answers of SMB servers as lines. */
#include "smb_describe.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "libnbt/wire/wire.h"
#include "smb/rap.h"
#include "smb/rpc.h"
#include "smb/smb1.h"
#include "smb/smb1_negotiate.h"
#include "smb/smb1_setup.h"
#include "smb/smb1_trans.h"
#include "smb/smb2.h"
#include "smb/text.h"

#define FRAME_HEADER 4
#define COMMAND_AT   (FRAME_HEADER + 4)
#define TID_AT       (FRAME_HEADER + 24)
#define UID_AT       (FRAME_HEADER + 28)
#define WORDS_AT     (FRAME_HEADER + SMB1_HEADER_LEN + 1)
#define ASYNC        2
#define BODY2_AT     (FRAME_HEADER + SMB2_HEADER_LEN)

struct lines {
	char *text;
	size_t size, len;
};

static void add(struct lines *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct lines *l, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(l->text + l->len, l->size - l->len, format, args);
	va_end(args);
	if (len > 0)
		l->len += (size_t)len < l->size - l->len ? (size_t)len : l->size - l->len - 1;
}

static void add_hex(struct lines *l, const char *field, const uint8_t *bytes, size_t len)
{
	add(l, "%s=", field);
	for (size_t i = 0; i < len; i++)
		add(l, "%02x", bytes[i]);
	add(l, "\n");
}

static bool is_smb(const struct frame *f, uint8_t first)
{
	return f->len > FRAME_HEADER + 4 && f->bytes[0] == 0 && f->bytes[4] == first;
}

static void describe_negotiated(struct lines *l, const struct smb1_block *block)
{
	struct smb1_negotiated n;

	if (smb1_read_negotiated(block, &n) != NBT_OK) {
		add(l, "negotiate=unreadable\n");
		return;
	}
	add(l, "index=%u\nsecurity=%u\nmax-buffer=%u\nmax-mpx=%u\nchallenge-len=%u\ndomain=%s\n",
	    n.index, n.security_mode, n.max_buffer, n.max_mpx, n.challenge_len, n.their_domain);
	add(l, "capabilities=%08x\nsession-key=%u\n", n.capabilities, n.session_key);
	add_hex(l, "hint", n.blob, n.blob_len);
	if (n.guid != NULL)
		add_hex(l, "guid", n.guid, SMB_GUID_LEN);
}

/* A challenge of NTLMSSP, wherever in the blob it is; else the blob. */
static void describe_blob(struct lines *l, const uint8_t *blob, size_t len)
{
	const uint8_t *message = len > 0 ? memmem(blob, len, "NTLMSSP", 8) : NULL;
	struct nbt_reader r, target;
	uint16_t target_len;
	char name[64];

	if (message == NULL) {
		add_hex(l, "blob", blob, len);
		return;
	}
	r = nbt_reader_of(message, len - (size_t)(message - blob));
	target = r;
	nbt_read_bytes(&r, 12);
	target_len = nbt_read_le16(&r);
	nbt_read_le16(&r);
	nbt_read_bytes(&target, nbt_read_le32(&r));
	smb_read_utf16(&target, target_len, name, sizeof(name));
	add(l, "ntlmssp-flags=%08x\nntlmssp-target=%s\n", nbt_read_le32(&r), name);
}

static void describe_setup(struct lines *l, const struct smb1_block *block, bool unicode)
{
	struct smb1_setup_reply s;

	if (smb1_read_setup_reply(block, unicode, &s) != NBT_OK) {
		add(l, "setup=unreadable\n");
		return;
	}
	add(l, "action=%u\nprimary-domain=%s\n", s.action, s.their_domain);
	if (s.extended)
		describe_blob(l, s.blob, s.blob_len);
}

/* Call id, type and what an answer of srvsvc says. */
static void describe_rpc(struct lines *l, const uint8_t *pdu, size_t len)
{
	struct nbt_reader r = nbt_reader_of(pdu, len);
	uint8_t type;

	nbt_read_bytes(&r, 2);
	type = nbt_read_u8(&r);
	nbt_read_bytes(&r, 9);
	add(l, "rpc=%u\ncall=%u\n", type, nbt_read_le32(&r));
	if (type == RPC_BIND_ACK) {
		nbt_read_bytes(&r, 8);
		add_hex(l, "bind", r.base + r.pos, nbt_read_left(&r));
		return;
	}
	nbt_read_bytes(&r, 8);
	add(l, "level=%u\n", nbt_read_le32(&r));
	add(l, "ipc=%d\n", memmem(pdu, len, "I\0P\0C\0$\0\0", 10) != NULL);
	add(l, "remark=%d\n",
	    memmem(pdu, len, "(\0A\0L\0P\0H\0A\0 \0t\0e\0s\0t\0 \0h\0o\0s\0t\0)\0\0", 36) != NULL);
	if (len >= 4)
		add_hex(l, "error", pdu + len - 4, 4);
	add(l, "rpc-len=%zu\n", len);
}

static void describe_record(struct lines *l, const char *record, const struct rap_value *values)
{
	for (; *record != '\0'; record++) {
		if (*record >= '0' && *record <= '9')
			continue;
		if (values->text != NULL && values->text[0] != '\0')
			add(l, " %s", values->text);
		else
			add(l, " %x", values->number);
		values++;
	}
	add(l, "\n");
}

/* The whole of a transaction's answer, and what was asked. */
struct whole {
	uint8_t params[64], data[0x10000];
	size_t param_len, data_len;
};

static void describe_rap(struct lines *l, const struct smb1_trans *request, const struct whole *w)
{
	struct rap_request asked;
	struct rap_reply reply;
	size_t count;

	if (rap_read_request(request->params, request->param_count, &asked) != NBT_OK)
		asked.params = asked.record = "";
	if (rap_read_reply(w->params, w->param_len, asked.params, &reply) != NBT_OK) {
		add(l, "rap=unreadable\n");
		return;
	}
	add(l, "rap=%u\nreturned=%u\navailable=%u\ntotal=%u\nparam-len=%zu\n", reply.status,
	    reply.returned, reply.available, reply.total, w->param_len);
	count = strchr(asked.params, 'e') != NULL ? reply.returned : w->data_len > 0;
	for (size_t i = 0; i < count; i++) {
		struct rap_value values[64];

		if (strlen(asked.record) > 32 ||
		    rap_read_record(asked.record, w->data, w->data_len, i, reply.converter,
				    values) != NBT_OK) {
			add(l, "record=unreadable\n");
			return;
		}
		add(l, "record%u=", asked.number);
		describe_record(l, asked.record, values);
	}
}

static struct smb1_block block_of(const struct frame *f, struct smb1_header *header)
{
	struct nbt_reader r = nbt_reader_of(f->bytes + FRAME_HEADER, f->len - FRAME_HEADER);

	smb1_read_header(&r, header);
	return smb1_read_block(&r);
}

/* Parts may come in any order. */
static void put_together(const struct frame *answers, size_t count, struct whole *whole)
{
	for (size_t i = 0; i < count; i++) {
		struct smb1_header header;
		struct smb1_block block = block_of(&answers[i], &header);
		struct smb1_trans_reply part;

		if (smb1_read_trans_reply(&block, &part) != NBT_OK ||
		    (size_t)part.param_at + part.param_count > sizeof(whole->params) ||
		    (size_t)part.data_at + part.data_count > sizeof(whole->data))
			continue;
		memcpy(whole->params + part.param_at, part.params, part.param_count);
		memcpy(whole->data + part.data_at, part.data, part.data_count);
		whole->param_len = part.total_params;
		whole->data_len = part.total_data;
	}
}

static void describe_trans(struct lines *l, const struct frame *request,
			   const struct frame *answers, size_t count)
{
	static struct whole whole;
	struct smb1_header header;
	struct smb1_block block = block_of(request, &header);
	struct smb1_trans asked;

	memset(&whole, 0, sizeof(whole));
	put_together(answers, count, &whole);
	if (smb1_read_trans(&block, header.flags2 & SMB1_UNICODE, &asked) != NBT_OK)
		return;
	if (asked.setup_count == 0)
		describe_rap(l, &asked, &whole);
	else
		describe_rpc(l, whole.data, whole.data_len);
}

/* Blocks that are the same of all servers, but for FIDs. */
static void describe_block(struct lines *l, uint8_t command, const struct smb1_block *block)
{
	uint8_t bytes[512];
	size_t words = smb1_word_count(block) * 2, len = nbt_read_left(&block->bytes);
	size_t fid_at = command == SMB1_NT_CREATE ? 5 : command == SMB1_OPEN_ANDX ? 4 : words;

	add(l, "words=%zu\n", words / 2);
	if (words + len > sizeof(bytes))
		return;
	memcpy(bytes, block->words.base + block->words.pos, words);
	if (fid_at + 2 <= words)
		bytes[fid_at] = bytes[fid_at + 1] = 0;
	memcpy(bytes + words, block->bytes.base + block->bytes.pos, len);
	add_hex(l, "block", bytes, words + len);
}

static void describe_smb1(struct lines *l, const struct frame *f)
{
	struct smb1_header header;
	struct smb1_block block = block_of(f, &header);

	if (block.bytes.err != NBT_OK) {
		add(l, "smb1=unreadable\n");
		return;
	}
	add(l, "command=%02x\nstatus=%08x\nreply=%u\npid=%u\nmid=%u\nmode=%04x\n", header.command,
	    header.status, header.flags >> 7, header.pid, header.mid,
	    header.flags2 & (SMB1_UNICODE | SMB1_NTSTATUS | SMB1_EXT_SECURITY));
	if (smb1_word_count(&block) == 0 && nbt_read_left(&block.bytes) == 0)
		return;
	if (header.command == SMB1_NEGOTIATE)
		describe_negotiated(l, &block);
	else if (header.command == SMB1_SESSION_SETUP)
		describe_setup(l, &block, header.flags2 & SMB1_UNICODE);
	else if (header.command != SMB1_TRANSACTION)
		describe_block(l, header.command, &block);
}

static void describe_smb2_body(struct lines *l, uint16_t command, struct nbt_reader r)
{
	const uint8_t *all = r.base;
	size_t end = r.end;
	uint16_t offset, len;

	nbt_read_le16(&r);
	switch (command) {
	case SMB2_NEGOTIATE:
		add(l, "security=%u\n", nbt_read_le16(&r));
		add(l, "dialect=%04x\n", nbt_read_le16(&r));
		nbt_read_bytes(&r, 18);
		add(l, "capabilities=%08x\n", nbt_read_le32(&r));
		add(l, "max-transfer=%u\n", nbt_read_le32(&r));
		nbt_read_bytes(&r, 24);
		offset = nbt_read_le16(&r);
		len = nbt_read_le16(&r);
		if (offset + len <= end)
			add_hex(l, "hint", all + offset, len);
		break;
	case SMB2_SESSION_SETUP:
		add(l, "session-flags=%u\n", nbt_read_le16(&r));
		offset = nbt_read_le16(&r);
		len = nbt_read_le16(&r);
		if (offset + len <= end)
			describe_blob(l, all + offset, len);
		break;
	case SMB2_IOCTL:
		nbt_read_le16(&r);
		add(l, "fsctl=%08x\n", nbt_read_le32(&r));
		if (end > 112)
			describe_rpc(l, all + 112, end - 112);
		break;
	case SMB2_CREATE:
		add_hex(l, "created", r.base + r.pos, 6);
		add(l, "len=%zu\n", end);
		break;
	default:
		add_hex(l, "body", r.base + r.pos, nbt_read_left(&r));
	}
}

static void describe_smb2(struct lines *l, const struct frame *f)
{
	struct nbt_reader r = nbt_reader_of(f->bytes + FRAME_HEADER, f->len - FRAME_HEADER);
	struct smb2_header header;

	smb2_read_header(&r, &header);
	add(l, "smb2=%u\nstatus=%08x\nreply=%u\nmessage=%llu\ncredits=%d\n", header.command,
	    header.status, header.flags & SMB2_FLAG_REPLY, (unsigned long long)header.message_id,
	    header.credits > 0);
	if (r.err == NBT_OK)
		describe_smb2_body(l, header.command, r);
}

static void describe_one(struct lines *l, const struct frame *f)
{
	if (is_smb(f, 0xFF))
		describe_smb1(l, f);
	else if (is_smb(f, 0xFE))
		describe_smb2(l, f);
	else
		add_hex(l, "session", f->bytes, f->len);
}

/* An interim answer of SMB2, which says only that another follows. */
static bool is_interim(const struct frame *f)
{
	return is_smb(f, 0xFE) && f->len > FRAME_HEADER + 12 &&
	       memcmp(f->bytes + FRAME_HEADER + 8, "\3\1\0\0", 4) == 0;
}

const char *smb_describe(const struct frame *request, const struct frame *answers, size_t count,
			 char *text, size_t size)
{
	struct lines l = { .text = text, .size = size };
	bool transaction = count > 0 && is_smb(request, 0xFF) && is_smb(answers, 0xFF) &&
			   answers->bytes[COMMAND_AT] == SMB1_TRANSACTION;

	text[0] = '\0';
	if (count == 0)
		add(&l, "answers=0\n");
	for (size_t i = 0; i < (transaction && count > 0 ? 1 : count); i++)
		if (!is_interim(&answers[i]))
			describe_one(&l, &answers[i]);
	if (transaction)
		describe_trans(&l, request, answers, count);
	return text;
}

static bool gives_ids(uint8_t command)
{
	return command == SMB1_SESSION_SETUP || command == SMB1_TREE_CONNECT_ANDX ||
	       command == SMB1_TREE_CONNECT || command == SMB1_NT_CREATE ||
	       command == SMB1_OPEN_ANDX;
}

void smb_ids_of(const struct frame *answer, struct smb_ids *ids)
{
	struct nbt_reader r = nbt_reader_of(answer->bytes, answer->len);
	uint8_t command;

	if (is_smb(answer, 0xFF) && answer->len >= WORDS_AT) {
		command = answer->bytes[COMMAND_AT];
		if (!gives_ids(command))
			return;
		nbt_read_bytes(&r, TID_AT);
		ids->tree = nbt_read_le16(&r);
		nbt_read_le16(&r);
		ids->session = nbt_read_le16(&r);
		nbt_read_bytes(&r, 3 + (command == SMB1_NT_CREATE ? 5u : 4u));
		if (command == SMB1_NT_CREATE || command == SMB1_OPEN_ANDX)
			ids->file[0] = nbt_read_le16(&r);
	} else if (is_smb(answer, 0xFE) && answer->len >= BODY2_AT) {
		nbt_read_bytes(&r, FRAME_HEADER + 12);
		command = (uint8_t)nbt_read_le16(&r);
		nbt_read_bytes(&r, 2);
		if (nbt_read_le32(&r) & ASYNC) /* another number is in the place of the tree's */
			return;
		nbt_read_bytes(&r, 16);
		ids->tree = nbt_read_le32(&r);
		ids->session = nbt_read_le64(&r);
		nbt_read_bytes(&r, 16 + 64);
		if (command == SMB2_CREATE && nbt_read_left(&r) >= 16) {
			ids->file[0] = nbt_read_le64(&r);
			ids->file[1] = nbt_read_le64(&r);
		}
	}
}

static void replace(uint8_t *request, size_t len, size_t at, size_t width, uint64_t from,
		    uint64_t to)
{
	uint64_t value = 0;

	if (at + width > len || from == 0)
		return;
	for (size_t i = width; i > 0; i--)
		value = value << 8 | request[at + i - 1];
	for (size_t i = 0; value == from && i < width; i++)
		request[at + i] = (uint8_t)(to >> 8 * i);
}

/* Where a request of SMB1 has its FID. */
static size_t fid_at(const uint8_t *request)
{
	switch (request[COMMAND_AT]) {
	case SMB1_CLOSE:
		return WORDS_AT;
	case SMB1_READ_ANDX:
	case SMB1_WRITE_ANDX:
		return WORDS_AT + 4;
	case SMB1_TRANSACTION: /* the second setup word */
		return WORDS_AT + 30;
	default:
		return SIZE_MAX / 2;
	}
}

void smb_ids_replace(uint8_t *request, size_t len, const struct smb_ids *from,
		     const struct smb_ids *to)
{
	struct frame f = { request, len };
	size_t at;

	if (is_smb(&f, 0xFF) && len >= WORDS_AT) {
		replace(request, len, TID_AT, 2, from->tree, to->tree);
		replace(request, len, UID_AT, 2, from->session, to->session);
		replace(request, len, fid_at(request), 2, from->file[0], to->file[0]);
	} else if (is_smb(&f, 0xFE) && len >= BODY2_AT) {
		replace(request, len, FRAME_HEADER + 36, 4, from->tree, to->tree);
		replace(request, len, FRAME_HEADER + 40, 8, from->session, to->session);
		at = BODY2_AT + (request[FRAME_HEADER + 12] == SMB2_READ ||
						 request[FRAME_HEADER + 12] == SMB2_WRITE
					 ? 16u
					 : 8u);
		replace(request, len, at, 8, from->file[0], to->file[0]);
		replace(request, len, at + 8, 8, from->file[1], to->file[1]);
	}
}
