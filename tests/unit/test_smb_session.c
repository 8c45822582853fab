/* The server's session beyond what captures have (those are in test_smb_replay.c): chains, limits,
 * parts, pipes, what may be switched off, and what closes a connection. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#include <nbt/session.h>

#include "smb/ntlmssp.h"
#include "smb/rap.h"
#include "smb/smb1_negotiate.h"
#include "smb/smb1_setup.h"
#include "smb/smb1_trans.h"
#include "smb/smb2.h"
#include "smb/text.h"
#include "smb_host.h"

#define ALL (SMB_MAY_SMB1 | SMB_MAY_SMB2 | SMB_MAY_SPNEGO)

/* A client that keeps its ids. */
struct talk {
	struct smb_host_test *test;
	struct smb_session session;
	uint16_t tid, uid, flags2;
	uint32_t tree;
	uint64_t session_id, message_id;
	uint16_t credits;
	uint8_t frame[70000];
	struct nbt_writer w;
	enum smb_after after;
	struct smb1_header header; /* of the last answer read */
};

static int create(void **state)
{
	struct talk *t = calloc(1, sizeof(*t));

	if (t == NULL || (t->test = smb_host_create()) == NULL)
		return -1;
	*state = t;
	return 0;
}

static int destroy(void **state)
{
	struct talk *t = *state;

	smb_host_destroy(t->test);
	free(t);
	return 0;
}

static void connect_with(struct talk *t, unsigned may)
{
	smb_session_init(&t->session, may, &t->test->env);
	t->tid = t->uid = 0;
	t->flags2 = SMB1_NTSTATUS;
	t->session_id = t->message_id = t->tree = 0;
}

static void send_raw(struct talk *t, const void *frame, size_t len)
{
	smb_host_forget(t->test);
	t->after = smb_host_receive(t->test, &t->session, frame, len);
}

static void begin(struct talk *t, uint8_t command)
{
	const struct smb1_header header = {
		.command = command, .flags2 = t->flags2, .tid = t->tid, .uid = t->uid, .mid = 7
	};

	t->w = nbt_writer_of(t->frame + 4, sizeof(t->frame) - 4);
	smb1_write_header(&t->w, &header);
}

static void send_begun(struct talk *t)
{
	assert_int_equal(t->w.err, NBT_OK);
	t->frame[0] = 0;
	t->frame[1] = (uint8_t)(t->w.pos >> 16);
	nbt_put_u16(t->frame + 2, (uint16_t)t->w.pos);
	send_raw(t, t->frame, t->w.pos + 4);
}

/* Block i of answer n, along the chain. */
static struct smb1_block answer_block(struct talk *t, size_t n, unsigned i)
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

static uint32_t status_of(struct talk *t)
{
	answer_block(t, 0, 0);
	return t->header.status;
}

static void negotiate(struct talk *t)
{
	begin(t, SMB1_NEGOTIATE);
	smb1_write_offer(&t->w);
	send_begun(t);
	assert_int_equal(status_of(t), 0);
}

static void log_in(struct talk *t, uint16_t max_buffer)
{
	const struct smb1_setup setup = { .form = SMB1_SETUP_NT, .max_buffer = max_buffer };

	begin(t, SMB1_SESSION_SETUP);
	smb1_write_setup(&t->w, &setup);
	send_begun(t);
	assert_int_equal(status_of(t), 0);
	t->uid = t->header.uid;
}

static void tree_connect(struct talk *t)
{
	begin(t, SMB1_TREE_CONNECT_ANDX);
	smb1_write_tree_andx(&t->w,
			     &(struct smb1_tree){ .path = "\\\\ANY\\IPC$", .service = "IPC" });
	send_begun(t);
}

/* As far as a tree, with an own buffer of so many bytes. */
static void reach_ipc(struct talk *t, uint16_t max_buffer)
{
	connect_with(t, ALL);
	negotiate(t);
	log_in(t, max_buffer);
	tree_connect(t);
	assert_int_equal(status_of(t), 0);
	t->tid = t->header.tid;
}

static void ask_rap(struct talk *t, const struct rap_request *rap, uint16_t max_data)
{
	uint8_t params[128];
	struct nbt_writer w = nbt_writer_of(params, sizeof(params));

	rap_write_request(&w, rap);
	begin(t, SMB1_TRANSACTION);
	smb1_write_trans(&t->w, &(struct smb1_trans){ .name = "\\PIPE\\LANMAN",
						      .max_params = 8,
						      .max_data = max_data,
						      .params = params,
						      .param_count = (uint16_t)w.pos });
	send_begun(t);
}

/* The answer's parts, put together. */
static size_t put_together(struct talk *t, uint8_t *data, size_t size, const char *params,
			   struct rap_reply *reply)
{
	size_t got = 0, total = 0;

	for (size_t i = 0; i < t->test->frame_count; i++) {
		struct smb1_block block = answer_block(t, i, 0);
		struct smb1_trans_reply part;

		assert_int_equal(t->header.status, 0);
		assert_int_equal(smb1_read_trans_reply(&block, &part), NBT_OK);
		if (part.param_count > 0)
			assert_int_equal(
				rap_read_reply(part.params, part.param_count, params, reply),
				NBT_OK);
		assert_true((size_t)part.data_at + part.data_count <= size);
		memcpy(data + part.data_at, part.data, part.data_count);
		got += part.data_count;
		total = part.total_data;
	}
	assert_int_equal(got, total);
	return total;
}

static void fill(struct talk *t, unsigned count)
{
	char name[16], comment[64];

	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "HOST%05u", i);
		snprintf(comment, sizeof(comment), "the server with the number %u", i);
		listing_add(&t->test->servers, name, 3, comment);
	}
}

static void session_requests(void **state)
{
	struct talk *t = *state;
	const struct nbt_session request = { .type = NBT_SES_REQUEST,
					     .called = name_of("ALPHA<20>"),
					     .calling = name_of("CLI<00>") };
	uint8_t frame[80];
	size_t len;

	assert_int_equal(nbt_session_encode(&request, frame, sizeof(frame), &len), NBT_OK);
	connect_with(t, ALL);
	send_raw(t, frame, len);
	assert_int_equal(t->after, SMB_GO_ON);
	assert_int_equal(t->test->frame_count, 1);
	assert_memory_equal(t->test->frames[0].bytes, "\x82\0\0\0", 4);
	send_raw(t, "\x85\0\0\0", 4);
	assert_int_equal(t->after, SMB_GO_ON);
	assert_int_equal(t->test->frame_count, 0);
	negotiate(t);
	send_raw(t, frame, len); /* within a session */
	assert_int_equal(t->after, SMB_CLOSE);
}

static uint8_t decide_called(void *ctx, const struct nbt_name *called,
			     struct smb_elsewhere *elsewhere)
{
	(void)ctx;
	elsewhere->address = (struct in_addr){ 0x0100007F };
	elsewhere->port = 1139;
	return called->bytes[0] == 'M' ? SMB_CALLED_ELSEWHERE : NBT_SES_ERR_CALLED_NOT_PRESENT;
}

static void called_names_are_the_hosts_affair(void **state)
{
	struct talk *t = *state;
	struct nbt_session request = { .type = NBT_SES_REQUEST,
				       .called = name_of("MOVED<20>"),
				       .calling = name_of("CLI<00>") };
	uint8_t frame[80];
	size_t len;

	t->test->host.called = decide_called;
	assert_int_equal(nbt_session_encode(&request, frame, sizeof(frame), &len), NBT_OK);
	connect_with(t, ALL);
	send_raw(t, frame, len);
	assert_int_equal(t->after, SMB_CLOSE);
	assert_int_equal(t->test->frames[0].len, 10);
	assert_memory_equal(t->test->frames[0].bytes, "\x84\0\0\6\x7F\0\0\1\x04\x73", 10);

	request.called = name_of("NOSUCH<20>");
	assert_int_equal(nbt_session_encode(&request, frame, sizeof(frame), &len), NBT_OK);
	connect_with(t, ALL);
	send_raw(t, frame, len);
	assert_int_equal(t->after, SMB_CLOSE);
	assert_memory_equal(t->test->frames[0].bytes, "\x83\0\0\1\x82", 5);
}

static void what_closes_a_connection(void **state)
{
	struct talk *t = *state;
	static const struct {
		const char *what;
		const uint8_t *frame;
		size_t len;
	} cases[] = {
		{ "a positive response", BYTES("\x82\0\0\0") },
		{ "an unknown type", BYTES("\x01\0\0\0") },
		{ "nothing in it", BYTES("\0\0\0\0") },
		{ "no SMB", BYTES("\0\0\0\4GET ") },
		{ "half a header", BYTES("\0\0\0\6\xFFSMBr\0") },
		{ "half a header of SMB2", BYTES("\0\0\0\6\xFESMB\x40\0") },
		{ "less than told", BYTES("\0\0\0\x09\xFFSMBr\0") },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		connect_with(t, ALL);
		send_raw(t, cases[i].frame, cases[i].len);
		if (t->after != SMB_CLOSE || t->test->frame_count != 0)
			fail_msg("%s: the connection goes on", cases[i].what);
	}
}

static void nothing_comes_before_the_dialect(void **state)
{
	struct talk *t = *state;

	connect_with(t, ALL);
	begin(t, SMB1_SESSION_SETUP);
	smb1_write_setup(&t->w, &(struct smb1_setup){ .form = SMB1_SETUP_NT });
	send_begun(t);
	assert_int_equal(t->after, SMB_CLOSE);
	assert_int_equal(t->test->frame_count, 0);
	/* Twice is once too often. */
	connect_with(t, ALL);
	negotiate(t);
	begin(t, SMB1_NEGOTIATE);
	smb1_write_offer(&t->w);
	send_begun(t);
	assert_int_equal(t->after, SMB_CLOSE);
}

static void smb1_can_be_switched_off(void **state)
{
	struct talk *t = *state;
	struct smb1_negotiated got;
	struct smb1_block block;

	connect_with(t, SMB_MAY_SMB2);
	negotiate(t);
	block = answer_block(t, 0, 0);
	assert_int_equal(smb1_read_negotiated(&block, &got), NBT_OK);
	assert_int_equal(got.index, SMB1_NO_DIALECT);
	begin(t, SMB1_SESSION_SETUP);
	smb1_write_setup(&t->w, &(struct smb1_setup){ .form = SMB1_SETUP_NT });
	send_begun(t);
	assert_int_equal(t->after, SMB_CLOSE);
	assert_int_equal(t->test->frame_count, 0);
}

/* XP and Windows 9x log in and connect in one frame. */
static void chains_are_answered_as_chains(void **state)
{
	struct talk *t = *state;
	const struct smb1_tree tree = { .path = "IPC$", .service = "IPC" };
	struct smb1_block block;
	size_t at;

	connect_with(t, ALL);
	negotiate(t);
	begin(t, SMB1_SESSION_SETUP);
	at = t->w.pos;
	smb1_write_setup(&t->w, &(struct smb1_setup){ .form = SMB1_SETUP_NT, .max_buffer = 4000 });
	t->w.base[at + 1] = SMB1_TREE_CONNECT_ANDX;
	nbt_write_le16_at(&t->w, at + 3, (uint16_t)t->w.pos);
	smb1_write_tree_andx(&t->w, &tree);
	send_begun(t);
	block = answer_block(t, 0, 0);
	assert_int_equal(t->header.status, 0);
	assert_int_not_equal(t->header.uid, 0);
	assert_int_not_equal(t->header.tid, 0);
	assert_int_equal(smb1_word_count(&block), 3);
	block = answer_block(t, 0, 1);
	assert_int_equal(smb1_word_count(&block), 3);
	assert_memory_equal(block.bytes.base + block.bytes.pos, "IPC", 4);
	assert_true(smb_session_is_settled(&t->session));
}

static void chains_end_at_the_first_error(void **state)
{
	struct talk *t = *state;
	const struct smb1_tree tree = { .path = "\\\\ALPHA\\C$", .service = "A:" };
	struct smb1_block block;
	size_t at;

	connect_with(t, ALL);
	negotiate(t);
	begin(t, SMB1_SESSION_SETUP);
	at = t->w.pos;
	smb1_write_setup(&t->w, &(struct smb1_setup){ .form = SMB1_SETUP_NT, .max_buffer = 4000 });
	t->w.base[at + 1] = SMB1_TREE_CONNECT_ANDX;
	nbt_write_le16_at(&t->w, at + 3, (uint16_t)t->w.pos);
	smb1_write_tree_andx(&t->w, &tree);
	send_begun(t);
	block = answer_block(t, 0, 1);
	assert_int_equal(t->header.status, 0xC00000CC);
	assert_int_not_equal(t->header.uid, 0);
	assert_int_equal(smb1_word_count(&block), 0);
	/* A block that points back would never end. */
	connect_with(t, ALL);
	negotiate(t);
	begin(t, SMB1_SESSION_SETUP);
	smb1_write_setup(&t->w, &(struct smb1_setup){ .form = SMB1_SETUP_NT, .max_buffer = 4000 });
	t->w.base[at + 1] = SMB1_SESSION_SETUP;
	nbt_write_le16_at(&t->w, at + 3, SMB1_HEADER_LEN);
	send_begun(t);
	assert_int_equal(t->after, SMB_CLOSE);
}

static void core_clients_have_a_tree_without_login(void **state)
{
	static const uint8_t dialect[] = "\0\x18\0\2PC NETWORK PROGRAM 1.0",
			     tree[] = "\0\x15\0\4\\\\ALPHA\\IPC$\0\4\0\4IPC";
	struct talk *t = *state;
	struct smb1_block block;
	struct nbt_reader words;

	connect_with(t, ALL);
	t->flags2 = 0;
	begin(t, SMB1_NEGOTIATE);
	nbt_write_bytes(&t->w, dialect, sizeof(dialect));
	send_begun(t);
	block = answer_block(t, 0, 0);
	assert_int_equal(smb1_word_count(&block), 1);
	words = block.words;
	assert_int_equal(nbt_read_le16(&words), 0);
	begin(t, SMB1_TREE_CONNECT);
	nbt_write_bytes(&t->w, tree, sizeof(tree));
	t->w.base[SMB1_HEADER_LEN + 1] = sizeof(tree) - 3;
	send_begun(t);
	block = answer_block(t, 0, 0);
	assert_int_equal(t->header.status, 0);
	words = block.words;
	assert_int_equal(nbt_read_le16(&words), 16644);
	assert_int_equal(nbt_read_le16(&words), t->header.tid);
}

static void logins_and_trees_are_bounded(void **state)
{
	struct talk *t = *state;

	connect_with(t, ALL);
	negotiate(t);
	for (int i = 0; i < SMB_LOGINS_MAX; i++)
		log_in(t, 4000);
	begin(t, SMB1_SESSION_SETUP);
	smb1_write_setup(&t->w, &(struct smb1_setup){ .form = SMB1_SETUP_NT });
	send_begun(t);
	assert_int_equal(status_of(t), 0xC0000205);
	for (int i = 0; i < SMB_TREES_MAX; i++) {
		tree_connect(t);
		assert_int_equal(status_of(t), 0);
	}
	tree_connect(t);
	assert_int_equal(status_of(t), 0xC0000205);
	/* A logoff takes its trees along. */
	begin(t, SMB1_LOGOFF);
	nbt_write_bytes(&t->w, "\2\xFF\0\0\0\0\0", 7);
	send_begun(t);
	assert_int_equal(status_of(t), 0);
	assert_false(smb_session_is_settled(&t->session));
	log_in(t, 4000);
	tree_connect(t);
	assert_int_equal(status_of(t), 0);
}

static void long_lists_come_in_parts(void **state)
{
	struct talk *t = *state;
	static const struct rap_request ask = { .number = RAP_SERVER_ENUM2,
						.params = "WrLehDO",
						.record = "B16BBDz",
						.arguments = { .level = 1,
							       .buffer = 0xFFFF,
							       .types = RAP_TYPE_ALL,
							       .text_count = 1 } };
	static const uint16_t buffers[] = { 0, 512, 1024, 4356, 16644, 65535 };
	static uint8_t data[0x10000], first[0x10000];
	struct rap_reply reply = { 0 };
	struct rap_value values[RAP_VALUES_MAX];
	size_t len;

	fill(t, 1000);
	for (size_t i = 0; i < ARRAY_SIZE(buffers); i++) {
		uint16_t limit = buffers[i] > 512 ? buffers[i] : 512;

		reach_ipc(t, buffers[i]);
		ask_rap(t, &ask, 0xFFFF);
		for (size_t n = 0; n < t->test->frame_count; n++)
			assert_true(t->test->frames[n].len - 4 <= limit);
		len = put_together(t, data, sizeof(data), ask.params, &reply);
		assert_int_equal(reply.status, 0);
		assert_int_equal(reply.returned, 1000);
		assert_int_equal(reply.available, 1000);
		assert_int_equal(rap_read_record(ask.record, data, len, 999, 0, values), NBT_OK);
		assert_string_equal(values[0].text, "HOST00999");
		assert_string_equal(values[4].text, "the server with the number 999");
		if (i == 0)
			memcpy(first, data, len);
		assert_memory_equal(data, first, len);
	}
}

/* The bar of 1,500 servers. */
static void all_servers_are_walked(void **state)
{
	struct talk *t = *state;
	struct rap_request ask = { .number = RAP_SERVER_ENUM2,
				   .params = "WrLehDz",
				   .record = "B16BBDz",
				   .arguments = { .level = 1,
						  .buffer = 0xFFFF,
						  .types = RAP_TYPE_ALL,
						  .text_count = 1,
						  .text = { "TESTGRP" } } };
	static uint8_t data[0x10000];
	struct rap_reply reply = { 0 };
	struct rap_value values[RAP_VALUES_MAX];
	char last[16] = "";
	size_t len, seen = 0;
	unsigned rounds = 0;

	fill(t, 1500);
	reach_ipc(t, 4356);
	do {
		ask_rap(t, &ask, 0xFFFF);
		len = put_together(t, data, sizeof(data), ask.params, &reply);
		for (size_t i = 0; i < reply.returned; i++) {
			assert_int_equal(rap_read_record(ask.record, data, len, i, 0, values),
					 NBT_OK);
			seen += smb_compare(values[0].text, last) > 0;
			strcpy(last, values[0].text);
		}
		ask.number = RAP_SERVER_ENUM3;
		ask.params = "WrLehDzz";
		ask.arguments.text_count = 2;
		ask.arguments.text[1] = last;
	} while (reply.status == RAP_MORE_DATA && ++rounds < 5);
	assert_int_equal(reply.status, 0);
	assert_int_equal(seen, 1500);
	assert_int_equal(rounds, 1);
}

static void rap_that_captures_lack(void **state)
{
	struct talk *t = *state;
	static const struct {
		const char *what;
		struct rap_request ask;
		uint16_t max_data;
		struct rap_reply want;
	} cases[] = {
		{ "sessions",
		  { RAP_SESSION_ENUM, "WrLeh", "zzWWWDDDz", { 2, 4096, 0, 0, { 0 } } },
		  4096,
		  { 0, 0, 0, 0, 0 } },
		{ "the share",
		  { RAP_SHARE_GET_INFO, "zWrLh", "B13BWz", { 1, 4096, 0, 1, { "ipc$" } } },
		  4096,
		  { 0, 0, 0, 0, 50 } },
		{ "all of the share",
		  { RAP_SHARE_GET_INFO, "zWrLh", "B13BWzWWWzB9B", { 2, 4096, 0, 1, { "IPC$" } } },
		  4096,
		  { 0, 0, 0, 0, 71 } },
		{ "another share",
		  { RAP_SHARE_GET_INFO, "zWrLh", "B13BWz", { 1, 4096, 0, 1, { "C$" } } },
		  4096,
		  { RAP_NO_SUCH_SHARE, 0, 0, 0, 0 } },
		{ "no room for the server",
		  { RAP_SERVER_GET_INFO, "WrLh", "B16BBDz", { 1, 4096, 0, 0, { 0 } } },
		  41,
		  { RAP_BUFFER_TOO_SMALL, 0, 0, 0, 0 } },
		{ "just room",
		  { RAP_SERVER_GET_INFO, "WrLh", "B16BBDz", { 1, 4096, 0, 0, { 0 } } },
		  42,
		  { 0, 0, 0, 0, 42 } },
		{ "no room in the message for shares",
		  { RAP_SHARE_ENUM, "WrLeh", "B13BWz", { 1, 4096, 0, 0, { 0 } } },
		  49,
		  { RAP_BUFFER_TOO_SMALL, 0, 0, 0, 0 } },
		{ "no room in the buffer for shares",
		  { RAP_SHARE_ENUM, "WrLeh", "B13BWz", { 1, 49, 0, 0, { 0 } } },
		  4096,
		  { RAP_MORE_DATA, 0, 0, 1, 0 } },
	};

	reach_ipc(t, 4356);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t data[512];
		struct rap_reply got = { 0 };

		ask_rap(t, &cases[i].ask, cases[i].max_data);
		put_together(t, data, sizeof(data), cases[i].ask.params, &got);
		if (memcmp(&got, &cases[i].want, sizeof(got)) != 0)
			fail_msg("%s: status %u, %u of %u, %u bytes", cases[i].what, got.status,
				 got.returned, got.available, got.total);
	}
}

static void transactions_in_parts_are_refused(void **state)
{
	struct talk *t = *state;

	reach_ipc(t, 4356);
	begin(t, SMB1_TRANSACTION);
	smb1_write_trans(&t->w, &(struct smb1_trans){ .name = "\\PIPE\\LANMAN" });
	t->w.base[SMB1_HEADER_LEN + 1] = 9; /* parameters in all */
	send_begun(t);
	assert_int_equal(status_of(t), 0xC00000BB);
	assert_int_equal(t->after, SMB_GO_ON);
}

static void echoes_are_no_amplifier(void **state)
{
	static uint8_t data[20000];
	struct talk *t = *state;
	size_t at;

	reach_ipc(t, 4356);
	for (int big = 0; big <= 1; big++) {
		begin(t, SMB1_ECHO);
		nbt_write_bytes(&t->w, "\1\xFF\xFF", 3);
		at = smb1_begin_bytes(&t->w);
		nbt_write_bytes(&t->w, data, big ? sizeof(data) : 5);
		smb1_end_bytes(&t->w, at);
		send_begun(t);
		assert_int_equal(t->test->frame_count, big ? 4 : 16);
	}
	begin(t, SMB1_ECHO);
	nbt_write_bytes(&t->w, "\1\0\0\0\0", 5);
	send_begun(t);
	assert_int_equal(t->test->frame_count, 0);
	assert_int_equal(t->after, SMB_GO_ON);
}

/* bind, and NetrServerGetInfo at level 101 without a server name. */
static const char bind_hex[] =
	"05000b03100000004800000001000000b810b810000000000100000000000100c84f324b7016d30112785a47"
	"bf6ee18803000000045d888aeb1cc9119fe808002b10486002000000";
static const char info_hex[] = "05000003100000002000000002000000080000000000150000000000 65000000";

static uint16_t open_pipe(struct talk *t)
{
	struct smb1_block block;

	begin(t, SMB1_OPEN_ANDX);
	nbt_write_u8(&t->w, 15);
	smb1_write_no_andx(&t->w);
	nbt_write_zeros(&t->w, 26);
	nbt_write_le16(&t->w, 13);
	nbt_write_bytes(&t->w, "\\PIPE\\srvsvc", 13);
	send_begun(t);
	block = answer_block(t, 0, 0);
	if (t->header.status != 0)
		return 0;
	nbt_read_bytes(&block.words, 4);
	return nbt_read_le16(&block.words);
}

static void write_pipe(struct talk *t, uint16_t fid, const char *hex)
{
	uint8_t pdu[256];
	size_t len = unhex(pdu, sizeof(pdu), hex), offset_at;

	begin(t, SMB1_WRITE_ANDX);
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
	send_begun(t);
}

/* Returns the bytes read, or 0. */
static size_t read_pipe(struct talk *t, uint16_t fid, uint16_t max, uint8_t *out)
{
	struct smb1_block block;
	uint16_t len, offset;

	begin(t, SMB1_READ_ANDX);
	nbt_write_u8(&t->w, 10);
	smb1_write_no_andx(&t->w);
	nbt_write_le16(&t->w, fid);
	nbt_write_le32(&t->w, 0);
	nbt_write_le16(&t->w, max);
	nbt_write_zeros(&t->w, 8);
	nbt_write_le16(&t->w, 0);
	send_begun(t);
	block = answer_block(t, 0, 0);
	if (smb1_word_count(&block) == 0)
		return 0;
	nbt_read_bytes(&block.words, 10);
	len = nbt_read_le16(&block.words);
	offset = nbt_read_le16(&block.words);
	assert_true((size_t)offset + len <= block.bytes.end);
	memcpy(out, block.words.base + offset, len);
	return len;
}

static void pipes_are_files_in_smb1(void **state)
{
	struct talk *t = *state;
	uint8_t got[512];
	size_t len = 0, piece;
	uint16_t fid;

	reach_ipc(t, 4356);
	fid = open_pipe(t);
	assert_int_not_equal(fid, 0);
	assert_int_equal(read_pipe(t, fid, 100, got), 0);
	assert_int_equal(t->header.status, 0xC0000011);
	write_pipe(t, fid, info_hex); /* not bound yet */
	assert_int_equal(status_of(t), 0);
	assert_int_equal(read_pipe(t, fid, 100, got), 32);
	assert_int_equal(got[2], 3);
	write_pipe(t, fid, bind_hex);
	assert_int_equal(status_of(t), 0);
	assert_int_equal(read_pipe(t, fid, 1024, got), 68);
	write_pipe(t, fid, info_hex);
	while ((piece = read_pipe(t, fid, 50, got + len)) > 0) {
		len += piece;
		if (t->header.status == 0)
			break;
		assert_int_equal(t->header.status, 0x80000005);
	}
	assert_int_equal(got[2], 2);
	assert_int_equal(got[8] | got[9] << 8, len);
	assert_non_null(memmem(got, len, "A\0L\0P\0H\0A\0\0", 12));
	write_pipe(t, fid, "0500");
	assert_int_equal(status_of(t), 0xC000000D);
	begin(t, SMB1_CLOSE);
	nbt_write_u8(&t->w, 3);
	nbt_write_le16(&t->w, fid);
	nbt_write_zeros(&t->w, 6);
	send_begun(t);
	assert_int_equal(status_of(t), 0);
	assert_int_equal(read_pipe(t, fid, 50, got), 0);
	assert_int_equal(t->header.status, 0xC0000008);
	for (int i = 0; i < SMB_PIPES_MAX; i++)
		assert_int_not_equal(open_pipe(t), 0);
	assert_int_equal(open_pipe(t), 0);
	assert_int_equal(t->header.status, 0xC0000205);
}

static void begin2(struct talk *t, uint16_t command, uint32_t flags)
{
	const struct smb2_header header = { .command = command,
					    .credits = t->credits,
					    .flags = flags,
					    .message_id = t->message_id++,
					    .tree_id = t->tree,
					    .session_id = t->session_id };

	smb2_write_header(&t->w, &header);
}

static void start2(struct talk *t, uint16_t command)
{
	t->w = nbt_writer_of(t->frame + 4, sizeof(t->frame) - 4);
	begin2(t, command, 0);
}

static struct smb2_header answer2(struct talk *t, size_t n, struct nbt_reader *body)
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

static void negotiate2(struct talk *t, uint16_t dialect)
{
	start2(t, SMB2_NEGOTIATE);
	nbt_write_le16(&t->w, 36);
	nbt_write_le16(&t->w, 1);
	nbt_write_zeros(&t->w, 32);
	nbt_write_le16(&t->w, dialect);
	send_begun(t);
}

static void log_in2(struct talk *t, const uint8_t *message, size_t len)
{
	start2(t, SMB2_SESSION_SETUP);
	nbt_write_le16(&t->w, 25);
	nbt_write_zeros(&t->w, 10);
	nbt_write_le16(&t->w, 88);
	nbt_write_le16(&t->w, (uint16_t)len);
	nbt_write_zeros(&t->w, 8);
	nbt_write_bytes(&t->w, message, len);
	send_begun(t);
}

static void tree_connect2(struct talk *t, const char *path)
{
	size_t at;

	start2(t, SMB2_TREE_CONNECT);
	nbt_write_le16(&t->w, 9);
	nbt_write_le16(&t->w, 0);
	nbt_write_le16(&t->w, 72);
	at = t->w.pos;
	nbt_write_le16(&t->w, 0);
	nbt_write_le16_at(&t->w, at, (uint16_t)smb_write_utf16(&t->w, path));
	send_begun(t);
}

/* NTLMSSP without SPNEGO is answered so; another mechanism is answered with ours. */
static void reach_ipc2(struct talk *t)
{
	static const uint8_t negotiate_message[16] = "NTLMSSP\0\1\0\0\0\1\x82\x08",
			     authenticate_message[64] = "NTLMSSP\0\3";
	struct nbt_reader body;
	struct smb2_header header;

	connect_with(t, ALL);
	t->credits = 100;
	negotiate2(t, SMB2_DIALECT_210);
	header = answer2(t, 0, &body);
	assert_int_equal(header.status, 0);
	log_in2(t, negotiate_message, sizeof(negotiate_message));
	header = answer2(t, 0, &body);
	assert_int_equal(header.status, 0xC0000016);
	assert_memory_equal(body.base + 72, "NTLMSSP\0\2", 9);
	t->session_id = header.session_id;
	tree_connect2(t, "\\\\A\\IPC$"); /* not logged in yet */
	assert_int_equal(answer2(t, 0, &body).status, 0xC0000203);
	log_in2(t, authenticate_message, sizeof(authenticate_message));
	header = answer2(t, 0, &body);
	assert_int_equal(header.status, 0);
	assert_int_equal(header.credits, 32);
	tree_connect2(t, "\\\\A\\IPC$");
	header = answer2(t, 0, &body);
	assert_int_equal(header.status, 0);
	t->tree = header.tree_id;
}

static void smb2_refuses_what_it_should(void **state)
{
	static const struct {
		const char *what;
		uint16_t command;
		uint32_t want;
	} cases[] = {
		{ "query directory", SMB2_QUERY_DIRECTORY, 0xC00000BB },
		{ "query information", SMB2_QUERY_INFO, 0xC00000BB },
		{ "lock", SMB2_LOCK, 0xC00000BB },
		{ "no command", 99, 0xC000000D },
		{ "create cut off", SMB2_CREATE, 0xC000000D },
	};
	struct talk *t = *state;
	struct nbt_reader body;

	reach_ipc2(t);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		start2(t, cases[i].command);
		nbt_write_zeros(&t->w, 2);
		send_begun(t);
		if (answer2(t, 0, &body).status != cases[i].want)
			fail_msg("%s: %08x", cases[i].what, answer2(t, 0, &body).status);
		assert_int_equal(nbt_read_left(&body), 9);
	}
	tree_connect2(t, "\\\\A\\C$");
	assert_int_equal(answer2(t, 0, &body).status, 0xC00000CC);
	t->tree++;
	start2(t, SMB2_TREE_DISCONNECT);
	nbt_write_le32(&t->w, 4);
	send_begun(t);
	assert_int_equal(answer2(t, 0, &body).status, 0xC00000C9);
	start2(t, SMB2_CANCEL);
	nbt_write_le32(&t->w, 4);
	send_begun(t);
	assert_int_equal(t->test->frame_count, 0);
	assert_int_equal(t->after, SMB_GO_ON);
	negotiate2(t, SMB2_DIALECT_210);
	assert_int_equal(t->after, SMB_CLOSE);
	connect_with(t, SMB_MAY_SMB1);
	negotiate2(t, SMB2_DIALECT_210);
	assert_int_equal(t->after, SMB_CLOSE);
	connect_with(t, ALL);
	negotiate2(t, 0x0311);
	assert_int_equal(answer2(t, 0, &body).status, 0xC00000BB);
}

/* Pads the request begun at start and tells where the next one is. */
static void next_in_compound(struct talk *t, size_t start)
{
	nbt_write_align(&t->w, 8);
	nbt_write_le32_at(&t->w, start + 20, (uint32_t)(t->w.pos - start));
}

static void add_transfer(struct talk *t, uint16_t command, const uint8_t *data, size_t len)
{
	nbt_write_le16(&t->w, 49);
	nbt_write_le16(&t->w, command == SMB2_WRITE ? 112 : 0);
	nbt_write_le32(&t->w, (uint32_t)len);
	nbt_write_le64(&t->w, 0);
	nbt_write_le64(&t->w, UINT64_MAX);
	nbt_write_le64(&t->w, UINT64_MAX);
	nbt_write_zeros(&t->w, 16);
	if (data != NULL)
		nbt_write_bytes(&t->w, data, len);
	else
		nbt_write_u8(&t->w, 0);
}

/* Open, write, read and close in one frame, as related requests. */
static void compounds_are_answered_one_by_one(void **state)
{
	struct talk *t = *state;
	uint8_t bind[128];
	size_t len = unhex(bind, sizeof(bind), bind_hex), start;
	struct nbt_reader body;

	reach_ipc2(t);
	start2(t, SMB2_CREATE);
	nbt_write_le16(&t->w, 57);
	nbt_write_zeros(&t->w, 42);
	nbt_write_le16(&t->w, 120);
	nbt_write_le16(&t->w, 12);
	nbt_write_zeros(&t->w, 8);
	smb_write_utf16(&t->w, "srvsvc");
	next_in_compound(t, 0);
	start = t->w.pos;
	t->session_id ^= 1; /* is not looked at */
	begin2(t, SMB2_WRITE, SMB2_FLAG_RELATED);
	add_transfer(t, SMB2_WRITE, bind, len);
	next_in_compound(t, start);
	start = t->w.pos;
	begin2(t, SMB2_READ, SMB2_FLAG_RELATED);
	add_transfer(t, SMB2_READ, NULL, 1024);
	next_in_compound(t, start);
	start = t->w.pos;
	begin2(t, SMB2_CLOSE, SMB2_FLAG_RELATED);
	nbt_write_le16(&t->w, 24);
	nbt_write_zeros(&t->w, 6);
	nbt_write_le64(&t->w, UINT64_MAX);
	nbt_write_le64(&t->w, UINT64_MAX);
	send_begun(t);
	assert_int_equal(t->after, SMB_GO_ON);
	assert_int_equal(t->test->frame_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(answer2(t, i, &body).status, 0);
	answer2(t, 2, &body);
	assert_memory_equal(body.base + 80, "\5\0\x0C\3", 4);
	/* A next request beyond the frame. */
	t->session_id ^= 1;
	start2(t, SMB2_ECHO);
	nbt_write_le32(&t->w, 4);
	nbt_write_le32_at(&t->w, 20, 4000);
	send_begun(t);
	assert_int_equal(t->after, SMB_CLOSE);
}

static void an_idle_connection_is_cheap(void **state)
{
	(void)state;
	assert_true(sizeof(struct smb_session) <= 1024);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(session_requests),
		TEST(called_names_are_the_hosts_affair),
		TEST(what_closes_a_connection),
		TEST(nothing_comes_before_the_dialect),
		TEST(smb1_can_be_switched_off),
		TEST(chains_are_answered_as_chains),
		TEST(chains_end_at_the_first_error),
		TEST(core_clients_have_a_tree_without_login),
		TEST(logins_and_trees_are_bounded),
		TEST(long_lists_come_in_parts),
		TEST(all_servers_are_walked),
		TEST(rap_that_captures_lack),
		TEST(transactions_in_parts_are_refused),
		TEST(echoes_are_no_amplifier),
		TEST(pipes_are_files_in_smb1),
		TEST(smb2_refuses_what_it_should),
		TEST(compounds_are_answered_one_by_one),
		TEST(an_idle_connection_is_cheap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
