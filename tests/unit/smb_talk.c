/* A client of the server's session. */
#include "smb_talk.h"

#include <stdio.h>
#include <stdlib.h>

#include "smb/smb1_negotiate.h"
#include "smb/smb1_trans.h"
#include "smb/text.h"

int talk_create(void **state)
{
	struct talk *t = calloc(1, sizeof(*t));

	if (t == NULL || (t->test = smb_host_create()) == NULL)
		return -1;
	*state = t;
	return 0;
}

int talk_destroy(void **state)
{
	struct talk *t = *state;

	smb_host_destroy(t->test);
	free(t);
	return 0;
}

void talk_connect(struct talk *t, unsigned may)
{
	smb_session_init(&t->session, may, &t->test->env);
	t->tid = t->uid = 0;
	t->flags2 = SMB1_NTSTATUS;
	t->session_id = t->message_id = t->tree = 0;
}

void talk_send_raw(struct talk *t, const void *frame, size_t len)
{
	smb_host_forget(t->test);
	t->after = smb_host_receive(t->test, &t->session, frame, len);
}

void talk_begin(struct talk *t, uint8_t command)
{
	const struct smb1_header header = {
		.command = command, .flags2 = t->flags2, .tid = t->tid, .uid = t->uid, .mid = 7
	};

	t->w = nbt_writer_of(t->frame + 4, sizeof(t->frame) - 4);
	smb1_write_header(&t->w, &header);
}

void talk_send(struct talk *t)
{
	assert_int_equal(t->w.err, NBT_OK);
	t->frame[0] = 0;
	t->frame[1] = (uint8_t)(t->w.pos >> 16);
	nbt_put_u16(t->frame + 2, (uint16_t)t->w.pos);
	talk_send_raw(t, t->frame, t->w.pos + 4);
}

struct smb1_block talk_block(struct talk *t, size_t n, unsigned i)
{
	struct nbt_reader r;
	struct smb1_block block;

	assert_true(n < t->test->frame_count);
	r = nbt_reader_of(t->test->frames[n].bytes + 4, t->test->frames[n].len - 4);
	smb1_read_header(&r, &t->header);
	for (block = smb1_read_block(&r); i > 0; i--) {
		struct nbt_reader words = block.words;
		struct smb1_andx andx = smb1_read_andx(&words);

		assert_true(andx.offset >= r.pos);
		r.pos = andx.offset;
		block = smb1_read_block(&r);
	}
	assert_int_equal(block.bytes.err, NBT_OK);
	return block;
}

uint32_t talk_status(struct talk *t)
{
	talk_block(t, 0, 0);
	return t->header.status;
}

void talk_negotiate(struct talk *t)
{
	talk_begin(t, SMB1_NEGOTIATE);
	smb1_write_offer(&t->w, false);
	talk_send(t);
	assert_int_equal(talk_status(t), 0);
}

void talk_offer(struct talk *t, const char *dialects, size_t len)
{
	size_t at;

	talk_begin(t, SMB1_NEGOTIATE);
	nbt_write_u8(&t->w, 0);
	at = smb1_begin_bytes(&t->w);
	nbt_write_bytes(&t->w, dialects, len);
	smb1_end_bytes(&t->w, at);
	talk_send(t);
}

void talk_setup(struct talk *t, const struct smb1_setup *setup)
{
	talk_begin(t, SMB1_SESSION_SETUP);
	smb1_write_setup(&t->w, setup);
	talk_send(t);
}

void talk_log_in(struct talk *t, uint16_t max_buffer)
{
	talk_setup(t, &(struct smb1_setup){ .form = SMB1_SETUP_NT, .max_buffer = max_buffer });
	assert_int_equal(talk_status(t), 0);
	t->uid = t->header.uid;
}

void talk_tree_connect(struct talk *t)
{
	talk_begin(t, SMB1_TREE_CONNECT_ANDX);
	smb1_write_tree_andx(&t->w,
			     &(struct smb1_tree){ .path = "\\\\ANY\\IPC$", .service = "IPC" });
	talk_send(t);
}

void talk_reach_ipc(struct talk *t, uint16_t max_buffer)
{
	talk_connect(t, TALK_ALL);
	talk_negotiate(t);
	talk_log_in(t, max_buffer);
	talk_tree_connect(t);
	assert_int_equal(talk_status(t), 0);
	t->tid = t->header.tid;
}

void talk_ask_rap(struct talk *t, const struct rap_request *rap, uint16_t max_data)
{
	uint8_t params[128];
	struct nbt_writer w = nbt_writer_of(params, sizeof(params));

	rap_write_request(&w, rap);
	talk_begin(t, SMB1_TRANSACTION);
	smb1_write_trans(&t->w, &(struct smb1_trans){ .name = "\\PIPE\\LANMAN",
						      .max_params = 8,
						      .max_data = max_data,
						      .params = params,
						      .param_count = (uint16_t)w.pos });
	talk_send(t);
}

size_t talk_put_together(struct talk *t, uint8_t *data, size_t size, const char *params,
			 struct rap_reply *reply)
{
	size_t got = 0, total = 0;

	for (size_t i = 0; i < t->test->frame_count; i++) {
		struct smb1_block block = talk_block(t, i, 0);
		struct smb1_trans_reply part;

		assert_int_equal(t->header.status, 0);
		assert_int_equal(smb1_read_trans_reply(&block, &part), NBT_OK);
		if (part.param_count > 0)
			assert_int_equal(
				rap_read_reply(part.params, part.param_count, params, reply),
				NBT_OK);
		assert_int_equal(part.param_at, i == 0 ? 0 : part.total_params);
		assert_true((size_t)part.data_at + part.data_count <= size);
		memcpy(data + part.data_at, part.data, part.data_count);
		got += part.data_count;
		total = part.total_data;
	}
	assert_int_equal(got, total);
	return total;
}

void talk_fill_list(struct talk *t, unsigned count)
{
	char name[16], comment[64];

	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "HOST%05u", i);
		snprintf(comment, sizeof(comment), "the server with the number %u", i);
		listing_add(&t->test->servers, name, 3, comment);
	}
}

uint16_t talk_open_pipe(struct talk *t)
{
	struct smb1_block block;

	talk_begin(t, SMB1_OPEN_ANDX);
	nbt_write_u8(&t->w, 15);
	smb1_write_no_andx(&t->w);
	nbt_write_zeros(&t->w, 26);
	nbt_write_le16(&t->w, 13);
	nbt_write_bytes(&t->w, "\\PIPE\\srvsvc", 13);
	talk_send(t);
	block = talk_block(t, 0, 0);
	if (t->header.status != 0)
		return 0;
	nbt_read_bytes(&block.words, 4);
	return nbt_read_le16(&block.words);
}

void talk_write_pipe(struct talk *t, uint16_t fid, const char *hex)
{
	uint8_t pdu[256];
	size_t len = unhex(pdu, sizeof(pdu), hex), offset_at;

	talk_begin(t, SMB1_WRITE_ANDX);
	nbt_write_u8(&t->w, 12);
	smb1_write_no_andx(&t->w);
	nbt_write_le16(&t->w, fid);
	nbt_write_zeros(&t->w, 14);
	nbt_write_le16(&t->w, (uint16_t)len);
	offset_at = t->w.pos;
	nbt_write_le16(&t->w, 0);
	nbt_write_le16(&t->w, (uint16_t)len);
	nbt_write_le16_at(&t->w, offset_at, (uint16_t)t->w.pos);
	nbt_write_bytes(&t->w, pdu, len);
	talk_send(t);
}

size_t talk_read_pipe(struct talk *t, uint16_t fid, uint16_t max, uint8_t *out)
{
	struct smb1_block block;
	uint16_t len, offset;

	talk_begin(t, SMB1_READ_ANDX);
	nbt_write_u8(&t->w, 10);
	smb1_write_no_andx(&t->w);
	nbt_write_le16(&t->w, fid);
	nbt_write_le32(&t->w, 0);
	nbt_write_le16(&t->w, max);
	nbt_write_zeros(&t->w, 8);
	nbt_write_le16(&t->w, 0);
	talk_send(t);
	block = talk_block(t, 0, 0);
	if (smb1_word_count(&block) == 0)
		return 0;
	nbt_read_bytes(&block.words, 10);
	len = nbt_read_le16(&block.words);
	offset = nbt_read_le16(&block.words);
	assert_true((size_t)offset + len <= block.bytes.end);
	memcpy(out, block.words.base + offset, len);
	return len;
}

void talk_begin2(struct talk *t, uint16_t command, uint32_t flags)
{
	const struct smb2_header header = { .command = command,
					    .credits = t->credits,
					    .flags = flags,
					    .message_id = t->message_id++,
					    .tree_id = t->tree,
					    .session_id = t->session_id };

	smb2_write_header(&t->w, &header);
}

void talk_start2(struct talk *t, uint16_t command)
{
	t->w = nbt_writer_of(t->frame + 4, sizeof(t->frame) - 4);
	talk_begin2(t, command, 0);
}

struct smb2_header talk_answer2(struct talk *t, size_t n, struct nbt_reader *body)
{
	struct smb2_header header;

	assert_true(n < t->test->frame_count);
	*body = nbt_reader_of(t->test->frames[n].bytes + 4, t->test->frames[n].len - 4);
	smb2_read_header(body, &header);
	assert_int_equal(body->err, NBT_OK);
	assert_int_equal(header.flags, SMB2_FLAG_REPLY);
	assert_true(header.credits > 0);
	return header;
}

void talk_negotiate2(struct talk *t, uint16_t dialect)
{
	talk_start2(t, SMB2_NEGOTIATE);
	nbt_write_le16(&t->w, 36);
	nbt_write_le16(&t->w, 1);
	nbt_write_zeros(&t->w, 32);
	nbt_write_le16(&t->w, dialect);
	talk_send(t);
}

void talk_log_in2(struct talk *t, const uint8_t *message, size_t len)
{
	talk_start2(t, SMB2_SESSION_SETUP);
	nbt_write_le16(&t->w, 25);
	nbt_write_zeros(&t->w, 10);
	nbt_write_le16(&t->w, 88);
	nbt_write_le16(&t->w, (uint16_t)len);
	nbt_write_zeros(&t->w, 8);
	nbt_write_bytes(&t->w, message, len);
	talk_send(t);
}

void talk_tree_connect2(struct talk *t, const char *path)
{
	size_t at;

	talk_start2(t, SMB2_TREE_CONNECT);
	nbt_write_le16(&t->w, 9);
	nbt_write_le16(&t->w, 0);
	nbt_write_le16(&t->w, 72);
	at = t->w.pos;
	nbt_write_le16(&t->w, 0);
	nbt_write_le16_at(&t->w, at, (uint16_t)smb_write_utf16(&t->w, path));
	talk_send(t);
}

/* NTLMSSP without SPNEGO is answered so; another mechanism is answered with ours. */
void talk_reach_ipc2(struct talk *t)
{
	static const uint8_t negotiate_message[16] = "NTLMSSP\0\1\0\0\0\1\x82\x08",
			     authenticate_message[64] = "NTLMSSP\0\3";
	struct nbt_reader body;
	struct smb2_header header;

	talk_connect(t, TALK_ALL);
	t->credits = 100;
	talk_negotiate2(t, SMB2_DIALECT_210);
	header = talk_answer2(t, 0, &body);
	assert_int_equal(header.status, 0);
	talk_log_in2(t, negotiate_message, sizeof(negotiate_message));
	header = talk_answer2(t, 0, &body);
	assert_int_equal(header.status, 0xC0000016);
	assert_memory_equal(body.base + 72, "NTLMSSP\0\2", 9);
	t->session_id = header.session_id;
	talk_tree_connect2(t, "\\\\A\\IPC$"); /* not logged in yet */
	assert_int_equal(talk_answer2(t, 0, &body).status, 0xC0000203);
	talk_log_in2(t, authenticate_message, sizeof(authenticate_message));
	header = talk_answer2(t, 0, &body);
	assert_int_equal(header.status, 0);
	assert_int_equal(header.credits, 32);
	talk_tree_connect2(t, "\\\\A\\IPC$");
	header = talk_answer2(t, 0, &body);
	assert_int_equal(header.status, 0);
	t->tree = header.tree_id;
}
