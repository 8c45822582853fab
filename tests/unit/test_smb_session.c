/* The server's session beyond what captures have (those are in test_smb_replay.c): chains, limits,
 * parts, pipes, what may be switched off, and what closes a connection. */
#include "smb_talk.h"

#include <nbt/session.h>

#include "smb/smb1_negotiate.h"
#include "smb/text.h"

static void session_requests(void **state)
{
	struct talk *t = *state;
	const struct nbt_session request = { .type = NBT_SES_REQUEST,
					     .called = name_of("ALPHA<20>"),
					     .calling = name_of("CLI<00>") };
	uint8_t frame[80];
	size_t len;

	assert_int_equal(nbt_session_encode(&request, frame, sizeof(frame), &len), NBT_OK);
	talk_connect(t, TALK_ALL);
	talk_send_raw(t, frame, len);
	assert_int_equal(t->after, SMB_GO_ON);
	assert_int_equal(t->test->frame_count, 1);
	assert_memory_equal(t->test->frames[0].bytes, "\x82\0\0\0", 4);
	talk_send_raw(t, "\x85\0\0\0", 4);
	assert_int_equal(t->after, SMB_GO_ON);
	assert_int_equal(t->test->frame_count, 0);
	talk_negotiate(t);
	talk_send_raw(t, frame, len); /* within a session */
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
	talk_connect(t, TALK_ALL);
	talk_send_raw(t, frame, len);
	assert_int_equal(t->after, SMB_CLOSE);
	assert_int_equal(t->test->frames[0].len, 10);
	assert_memory_equal(t->test->frames[0].bytes, "\x84\0\0\6\x7F\0\0\1\x04\x73", 10);

	request.called = name_of("NOSUCH<20>");
	assert_int_equal(nbt_session_encode(&request, frame, sizeof(frame), &len), NBT_OK);
	talk_connect(t, TALK_ALL);
	talk_send_raw(t, frame, len);
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
		talk_connect(t, TALK_ALL);
		talk_send_raw(t, cases[i].frame, cases[i].len);
		if (t->after != SMB_CLOSE || t->test->frame_count != 0)
			fail_msg("%s: the connection goes on", cases[i].what);
	}
}

static void nothing_comes_before_the_dialect(void **state)
{
	struct talk *t = *state;

	talk_connect(t, TALK_ALL);
	talk_begin(t, SMB1_SESSION_SETUP);
	smb1_write_setup(&t->w, &(struct smb1_setup){ .form = SMB1_SETUP_NT });
	talk_send(t);
	assert_int_equal(t->after, SMB_CLOSE);
	assert_int_equal(t->test->frame_count, 0);
	/* Twice is once too often. */
	talk_connect(t, TALK_ALL);
	talk_negotiate(t);
	talk_begin(t, SMB1_NEGOTIATE);
	smb1_write_offer(&t->w, false);
	talk_send(t);
	assert_int_equal(t->after, SMB_CLOSE);
}

static void smb1_can_be_switched_off(void **state)
{
	struct talk *t = *state;
	struct smb1_negotiated got;
	struct smb1_block block;

	talk_connect(t, SMB_MAY_SMB2);
	talk_negotiate(t);
	block = talk_block(t, 0, 0);
	assert_int_equal(smb1_read_negotiated(&block, &got), NBT_OK);
	assert_int_equal(got.index, SMB1_NO_DIALECT);
	talk_begin(t, SMB1_NEGOTIATE); /* nor is there a second try */
	smb1_write_offer(&t->w, true);
	talk_send(t);
	assert_int_equal(t->after, SMB_CLOSE);
	assert_int_equal(t->test->frame_count, 0);
	talk_connect(t, SMB_MAY_SMB2);
	talk_negotiate(t);
	talk_begin(t, SMB1_SESSION_SETUP);
	smb1_write_setup(&t->w, &(struct smb1_setup){ .form = SMB1_SETUP_NT });
	talk_send(t);
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

	talk_connect(t, TALK_ALL);
	talk_negotiate(t);
	talk_begin(t, SMB1_SESSION_SETUP);
	at = t->w.pos;
	smb1_write_setup(&t->w, &(struct smb1_setup){ .form = SMB1_SETUP_NT, .max_buffer = 4000 });
	t->w.base[at + 1] = SMB1_TREE_CONNECT_ANDX;
	nbt_write_le16_at(&t->w, at + 3, (uint16_t)t->w.pos);
	smb1_write_tree_andx(&t->w, &tree);
	talk_send(t);
	block = talk_block(t, 0, 0);
	assert_int_equal(t->header.status, 0);
	assert_int_not_equal(t->header.uid, 0);
	assert_int_not_equal(t->header.tid, 0);
	assert_int_equal(smb1_word_count(&block), 3);
	block = talk_block(t, 0, 1);
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

	talk_connect(t, TALK_ALL);
	talk_negotiate(t);
	talk_begin(t, SMB1_SESSION_SETUP);
	at = t->w.pos;
	smb1_write_setup(&t->w, &(struct smb1_setup){ .form = SMB1_SETUP_NT, .max_buffer = 4000 });
	t->w.base[at + 1] = SMB1_TREE_CONNECT_ANDX;
	nbt_write_le16_at(&t->w, at + 3, (uint16_t)t->w.pos);
	smb1_write_tree_andx(&t->w, &tree);
	talk_send(t);
	block = talk_block(t, 0, 1);
	assert_int_equal(t->header.status, 0xC00000CC);
	assert_int_not_equal(t->header.uid, 0);
	assert_int_equal(smb1_word_count(&block), 0);
	/* A block that points back would never end. */
	talk_connect(t, TALK_ALL);
	talk_negotiate(t);
	talk_begin(t, SMB1_SESSION_SETUP);
	smb1_write_setup(&t->w, &(struct smb1_setup){ .form = SMB1_SETUP_NT, .max_buffer = 4000 });
	t->w.base[at + 1] = SMB1_SESSION_SETUP;
	nbt_write_le16_at(&t->w, at + 3, SMB1_HEADER_LEN);
	talk_send(t);
	assert_int_equal(t->after, SMB_CLOSE);
}

static void core_clients_have_a_tree_without_login(void **state)
{
	static const uint8_t dialect[] = "\0\x18\0\2PC NETWORK PROGRAM 1.0",
			     tree[] = "\0\x15\0\4\\\\ALPHA\\IPC$\0\4\0\4IPC";
	struct talk *t = *state;
	struct smb1_block block;
	struct nbt_reader words;

	talk_connect(t, TALK_ALL);
	t->flags2 = 0;
	talk_begin(t, SMB1_NEGOTIATE);
	nbt_write_bytes(&t->w, dialect, sizeof(dialect));
	talk_send(t);
	block = talk_block(t, 0, 0);
	assert_int_equal(smb1_word_count(&block), 1);
	words = block.words;
	assert_int_equal(nbt_read_le16(&words), 0);
	talk_begin(t, SMB1_TREE_CONNECT);
	nbt_write_bytes(&t->w, tree, sizeof(tree));
	t->w.base[SMB1_HEADER_LEN + 1] = sizeof(tree) - 3;
	talk_send(t);
	block = talk_block(t, 0, 0);
	assert_int_equal(t->header.status, 0);
	words = block.words;
	assert_int_equal(nbt_read_le16(&words), 16644);
	assert_int_equal(nbt_read_le16(&words), t->header.tid);
}

static void echoes_are_no_amplifier(void **state)
{
	static const struct {
		size_t len, answers;
	} cases[] = { { 5, 16 }, { 20000, 4 }, { 65535, 1 } };
	static uint8_t data[65535];
	struct talk *t = *state;
	size_t at;

	talk_reach_ipc(t, 4356);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		talk_begin(t, SMB1_ECHO);
		nbt_write_bytes(&t->w, "\1\xFF\xFF", 3);
		at = smb1_begin_bytes(&t->w);
		nbt_write_bytes(&t->w, data, cases[i].len);
		smb1_end_bytes(&t->w, at);
		talk_send(t);
		assert_int_equal(t->test->frame_count, cases[i].answers);
	}
	talk_begin(t, SMB1_ECHO);
	nbt_write_bytes(&t->w, "\1\0\0\0\0", 5);
	talk_send(t);
	assert_int_equal(t->test->frame_count, 0);
	assert_int_equal(t->after, SMB_GO_ON);
}

static void an_idle_connection_is_cheap(void **state)
{
	(void)state;
	assert_true(sizeof(struct smb_session) <= 1024);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, talk_create, talk_destroy)

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
		TEST(echoes_are_no_amplifier),
		TEST(an_idle_connection_is_cheap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
