/* Commands of SMB1: what each needs, what it gets where there is no file to be had, chains of them,
 * and dialects. smb-ipc.md sections 2 to 6. */
#include "smb_talk.h"

#include "smb/smb1_negotiate.h"
#include "smb/smb1_trans.h"

#define BAD_TID           0x00050002
#define BAD_UID           0x005B0002
#define BAD_COMMAND       0x00160002
#define DENIED            0xC0000022
#define BAD_HANDLE        0xC0000008
#define BAD_WORDS         0xC000000D
#define NOT_SUPPORTED     0xC00000BB

/* A list of dialects, its last NUL included. */
#define DIALECTS(literal) (literal), sizeof(literal)
#define ALL               "\2NT LM 0.12\0\2LANMAN1.0\0\2SMB 2.002\0\2SMB 2.\?\?\?\0\2XENIX CORE"
#define SECOND            "\2NT LM 0.12\0\2SMB 2.002\0\2PC NETWORK PROGRAM 1.0"

static uint32_t send_command(struct talk *t, uint8_t command)
{
	talk_begin(t, command);
	smb1_write_empty(&t->w);
	talk_send(t);
	assert_int_equal(t->after, SMB_GO_ON);
	return talk_status(t);
}

/* Section 6: every byte that is a command, as smbd answers it on IPC$. */
static void what_commands_get(void **state)
{
	static const struct {
		uint32_t want;
		const char *commands;
		size_t count;
	} cases[] = {
		{ DENIED, "\x00\x01\x02\x03\x06\x07\x08\x09\x0E\x0F\x10\x32\x33\x80\xC0", 15 },
		{ BAD_HANDLE, "\x05\x0A\x0B\x12\x22\x23", 6 },
		{ NOT_SUPPORTED, "\x0C\x0D\x24\x26\x27\x34\x81\x82\x83\x84\xA0\xA1", 12 },
		{ BAD_WORDS, "\x04\x25\x2B\x2D\x2E\x2F\x70\x73\x74\x75\xA2", 11 },
		{ 0, "\x11", 1 },
	};
	struct talk *t = *state;
	uint32_t want[256];

	for (size_t i = 0; i < 256; i++)
		want[i] = BAD_COMMAND;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t n = 0; n < cases[i].count; n++)
			want[(uint8_t)cases[i].commands[n]] = cases[i].want;
	talk_reach_ipc(t, 4356);
	for (unsigned i = 0; i < 256; i++) {
		if (i == SMB1_NEGOTIATE || i == SMB1_TREE_DISCONNECT || i == SMB1_NT_CANCEL)
			continue; /* closes, leaves, says nothing */
		if (send_command(t, (uint8_t)i) != want[i])
			fail_msg("%02X: %08x", i, t->header.status);
		assert_int_equal(t->header.flags, 0x88);
		assert_int_equal(t->header.flags2 & SMB1_NTSTATUS,
				 want[i] >> 28 == 0xC || want[i] == 0 ? SMB1_NTSTATUS : 0);
	}
	talk_begin(t, SMB1_NT_CANCEL);
	smb1_write_empty(&t->w);
	talk_send(t);
	assert_int_equal(t->after, SMB_GO_ON);
	assert_int_equal(t->test->frame_count, 0);
}

/* Without a login, and without a tree. */
static void what_commands_need(void **state)
{
	static const struct {
		const char *commands;
		size_t count;
		uint32_t no_login, no_tree;
	} cases[] = {
		{ "\x74\x75", 2, BAD_UID, BAD_WORDS },
		{ "\x70", 1, BAD_UID, BAD_WORDS },
		{ "\x25\xA2\x2D\x04\x2E\x2F", 6, BAD_UID, BAD_TID },
		{ "\x00\x10\x32\x05\x0A\x0C\x26\x81\xA0\xC0", 10, 0, BAD_TID },
		{ "\x71", 1, 0, BAD_TID },
		{ "\x73", 1, BAD_WORDS, BAD_WORDS },
	};
	struct talk *t = *state;

	talk_reach_ipc(t, 4356);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t n = 0; n < cases[i].count; n++) {
			uint8_t command = (uint8_t)cases[i].commands[n];

			t->tid++;
			if (send_command(t, command) != cases[i].no_tree)
				fail_msg("%02X without a tree: %08x", command, t->header.status);
			t->tid--;
			if (cases[i].no_login == 0)
				continue;
			t->uid++;
			if (send_command(t, command) != cases[i].no_login)
				fail_msg("%02X without a login: %08x", command, t->header.status);
			t->uid--;
		}
}

/* Those of LANMAN log in, too. */
static void lanman_needs_a_login(void **state)
{
	static const char dialect[] = "\2LANMAN1.0";
	struct talk *t = *state;
	struct smb1_block block;

	talk_connect(t, TALK_ALL);
	t->flags2 = SMB1_NTSTATUS | SMB1_UNICODE; /* which none of its texts are */
	talk_offer(t, dialect, sizeof(dialect));
	talk_tree_connect(t);
	assert_int_equal(talk_status(t), BAD_UID);
	assert_int_equal(t->header.flags2 & SMB1_UNICODE, 0);
	talk_setup(t, &(struct smb1_setup){ .form = SMB1_SETUP_LANMAN, .max_buffer = 4000 });
	block = talk_block(t, 0, 0);
	assert_int_equal(t->header.status, 0);
	assert_int_equal(nbt_read_left(&block.bytes), 0);
	t->uid = t->header.uid;
	talk_tree_connect(t);
	block = talk_block(t, 0, 0);
	assert_int_equal(t->header.status, 0);
	assert_int_equal(smb1_word_count(&block), 2);
}

/* Who never said how much he takes gets messages of 1,024 bytes. */
static void core_clients_get_short_messages(void **state)
{
	static const char dialect[] = "\2PC NETWORK PROGRAM 1.0";
	static const uint8_t tree[] = "\0\x15\0\4\\\\ALPHA\\IPC$\0\4\0\4IPC";
	static const struct rap_request ask = { .number = RAP_SERVER_ENUM2,
						.params = "WrLehDO",
						.record = "B16BBDz",
						.arguments = { .level = 1,
							       .buffer = 0xFFFF,
							       .types = RAP_TYPE_ALL,
							       .text_count = 1 } };
	static uint8_t data[0x10000];
	struct rap_reply reply = { 0 };
	struct talk *t = *state;

	talk_fill_list(t, 100);
	talk_connect(t, TALK_ALL);
	talk_offer(t, dialect, sizeof(dialect));
	talk_begin(t, SMB1_TREE_CONNECT);
	nbt_write_bytes(&t->w, tree, sizeof(tree));
	t->w.base[SMB1_HEADER_LEN + 1] = sizeof(tree) - 3;
	talk_send(t);
	talk_block(t, 0, 0);
	t->tid = t->header.tid;
	talk_ask_rap(t, &ask, 0xFFFF);
	for (size_t i = 0; i < t->test->frame_count; i++)
		assert_true(t->test->frames[i].len - 4 <= 1024);
	talk_put_together(t, data, sizeof(data), ask.params, &reply);
	assert_int_equal(reply.returned, 100);
}

/* Section 3: the best of what both may; 65535: none. */
static void the_best_dialect(void **state)
{
	static const struct {
		const char *what, *dialects;
		size_t len;
		unsigned may;
		uint16_t index;
		uint16_t smb2; /* its dialect, instead */
	} cases[] = {
		{ "both", DIALECTS(ALL), TALK_ALL, 0, SMB2_DIALECT_WILDCARD },
		{ "SMB2 alone", DIALECTS(ALL), SMB_MAY_SMB2, 0, SMB2_DIALECT_WILDCARD },
		{ "SMB1 alone", DIALECTS(ALL), SMB_MAY_SMB1, 0, 0 },
		{ "the first SMB2", DIALECTS(SECOND), TALK_ALL, 0, SMB2_DIALECT_202 },
		{ "SMB1, the best first", DIALECTS(SECOND), SMB_MAY_SMB1, 0, 0 },
		{ "none", DIALECTS("\2XENIX CORE"), TALK_ALL, 0xFFFF, 0 },
		{ "none of SMB1's", DIALECTS("\2SMB 2.002"), SMB_MAY_SMB1, 0xFFFF, 0 },
		{ "the best last", DIALECTS("\2PCLAN1.0\0\2LM1.2X002\0\2Samba"), TALK_ALL, 2, 0 },
	};
	struct talk *t = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nbt_reader body;

		talk_connect(t, cases[i].may);
		talk_offer(t, cases[i].dialects, cases[i].len);
		assert_int_equal(t->after, SMB_GO_ON);
		assert_int_equal(t->test->frame_count, 1);
		if (cases[i].smb2 != 0) {
			assert_int_equal(talk_answer2(t, 0, &body).command, SMB2_NEGOTIATE);
			nbt_read_bytes(&body, 4);
			assert_int_equal(nbt_read_le16(&body), cases[i].smb2);
			continue;
		}
		body = talk_block(t, 0, 0).words;
		if (nbt_read_le16(&body) != cases[i].index)
			fail_msg("%s: another index", cases[i].what);
	}
	talk_connect(t, TALK_ALL);
	talk_offer(t, "\1NT LM 0.12", 12);
	assert_int_equal(t->after, SMB_CLOSE);
}

/* Section 3.1: extended security if both want it. */
static void extended_security(void **state)
{
	static const struct {
		const char *what;
		unsigned may;
		uint16_t flags2;
		bool is_extended;
	} cases[] = {
		{ "both want it", TALK_ALL, SMB1_NTSTATUS | SMB1_EXT_SECURITY, true },
		{ "the client does not", TALK_ALL, SMB1_NTSTATUS, false },
		{ "we do not", SMB_MAY_SMB1, SMB1_NTSTATUS | SMB1_EXT_SECURITY, false },
	};
	struct talk *t = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct smb1_negotiated got;
		struct smb1_block block;

		talk_connect(t, cases[i].may);
		t->flags2 = cases[i].flags2;
		talk_negotiate(t);
		block = talk_block(t, 0, 0);
		assert_int_equal(smb1_read_negotiated(&block, &got), NBT_OK);
		if ((got.capabilities >> 31 != 0) != cases[i].is_extended ||
		    (t->header.flags2 & SMB1_EXT_SECURITY) !=
			    (cases[i].is_extended ? SMB1_EXT_SECURITY : 0))
			fail_msg("%s: another answer", cases[i].what);
	}
}

/* A login with a blob that says nothing is refused, and none is left of it. */
static void broken_logins_leave_nothing(void **state)
{
	struct talk *t = *state;

	for (int extended = 0; extended <= 1; extended++) {
		talk_connect(t, TALK_ALL);
		if (extended)
			t->flags2 |= SMB1_EXT_SECURITY;
		talk_negotiate(t);
		for (int i = 0; i < 2 * SMB_LOGINS_MAX; i++) {
			talk_begin(t, SMB1_SESSION_SETUP);
			nbt_write_u8(&t->w, 12);
			smb1_write_no_andx(&t->w);
			nbt_write_zeros(&t->w, 10);
			nbt_write_le16(&t->w, 64);
			nbt_write_zeros(&t->w, 8);
			nbt_write_le16(&t->w, 64);
			nbt_write_bytes(&t->w, extended ? "NTLMSSP\0\7" : "NTLMSSP\0\3", 9);
			nbt_write_zeros(&t->w, 55);
			talk_send(t);
			assert_int_equal(talk_status(t), BAD_WORDS);
		}
	}
}

/* Section 5: a tree may take the place of the one before. */
static void trees_may_be_changed(void **state)
{
	static const struct smb1_tree tree = { .path = "IPC$",
					       .service = "\?\?\?\?\?",
					       .flags = SMB1_TREE_DROP_TID };
	struct talk *t = *state;

	talk_reach_ipc(t, 4356);
	for (int i = 0; i < 2 * SMB_TREES_MAX; i++) {
		talk_begin(t, SMB1_TREE_CONNECT_ANDX);
		smb1_write_tree_andx(&t->w, &tree);
		talk_send(t);
		assert_int_equal(talk_status(t), 0);
		assert_int_not_equal(t->header.tid, t->tid);
		t->tid = t->header.tid;
	}
	/* Or go with the transaction that is said to be the last. */
	talk_begin(t, SMB1_TRANSACTION);
	smb1_write_trans(&t->w, &(struct smb1_trans){ .name = "\\MAILSLOT\\X",
						      .setup_count = 1,
						      .setup = { SMB1_PIPE_TRANSACT },
						      .flags = SMB1_TRANS_DISCONNECT });
	talk_send(t);
	assert_int_equal(talk_status(t), NOT_SUPPORTED);
	assert_int_equal(send_command(t, SMB1_TREE_DISCONNECT), BAD_TID);
}

/* A tree and a transaction in it, in one frame: what it is answered fits, or is refused. */
static void answers_in_chains_must_fit(void **state)
{
	static const uint8_t ask[] = "\x68\0WrLehDO\0B16BBDz\0\1\0\0\x20\xFF\xFF\xFF\xFF";
	struct talk *t = *state;
	unsigned whole = 0, refused = 0;

	talk_fill_list(t, 10);
	for (uint16_t buffer = 600; buffer < 750; buffer++) {
		size_t at;

		talk_connect(t, TALK_ALL);
		talk_negotiate(t);
		talk_log_in(t, buffer);
		talk_begin(t, SMB1_TREE_CONNECT_ANDX);
		at = t->w.pos;
		smb1_write_tree_andx(&t->w,
				     &(struct smb1_tree){ .path = "IPC$", .service = "IPC" });
		t->w.base[at + 1] = SMB1_TRANSACTION;
		nbt_write_le16_at(&t->w, at + 3, (uint16_t)t->w.pos);
		smb1_write_trans(&t->w, &(struct smb1_trans){ .name = "\\PIPE\\LANMAN",
							      .max_params = 8,
							      .max_data = 8192,
							      .params = ask,
							      .param_count = sizeof(ask) - 1 });
		talk_send(t);
		assert_int_equal(t->test->frame_count, 1);
		assert_true(t->test->frames[0].len - 4 <= buffer);
		if (talk_status(t) == 0)
			whole++;
		else
			refused += t->header.status == 0xC0000205;
		assert_int_equal(
			smb1_word_count(&(struct smb1_block){ talk_block(t, 0, 0).words, { 0 } }),
			3);
	}
	assert_true(whole > 0 && refused > 0);
	assert_int_equal(whole + refused, 150);
}

static void chains_point_into_the_frame(void **state)
{
	static const uint16_t offsets[] = { 0, SMB1_HEADER_LEN + 1, 0x1000, 0xFFFF };
	struct talk *t = *state;

	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		talk_connect(t, TALK_ALL);
		talk_negotiate(t);
		talk_begin(t, SMB1_SESSION_SETUP);
		smb1_write_setup(&t->w, &(struct smb1_setup){ .form = SMB1_SETUP_NT });
		t->w.base[SMB1_HEADER_LEN + 1] = SMB1_TREE_CONNECT_ANDX;
		nbt_write_le16_at(&t->w, SMB1_HEADER_LEN + 3, offsets[i]);
		talk_send(t);
		assert_int_equal(t->after, SMB_CLOSE);
		assert_int_equal(t->test->frame_count, 0);
	}
}

/* Each tree drops the one before, so that there is always room for another: only what the answer
 * can point at has an end. */
static void long_chains_have_an_end(void **state)
{
	static const struct smb1_tree tree = { .path = "IPC$",
					       .service = "IPC",
					       .flags = SMB1_TREE_DROP_TID | SMB1_TREE_EXTENDED };
	struct talk *t = *state;
	struct nbt_reader r;
	unsigned blocks = 0;

	talk_reach_ipc(t, 4356);
	talk_begin(t, SMB1_TREE_CONNECT_ANDX);
	while (t->w.pos < 0xFF00) {
		size_t at = t->w.pos;

		smb1_write_tree_andx(&t->w, &tree);
		t->w.base[at + 1] = SMB1_TREE_CONNECT_ANDX;
		nbt_write_le16_at(&t->w, at + 3, (uint16_t)t->w.pos);
	}
	smb1_write_tree_andx(&t->w, &tree);
	talk_send(t);
	assert_int_equal(t->after, SMB_GO_ON);
	assert_int_equal(t->test->frame_count, 1);
	r = nbt_reader_of(t->test->frames[0].bytes + 4, t->test->frames[0].len - 4);
	smb1_read_header(&r, &t->header);
	assert_int_equal(t->header.status, 0xC0000205);
	do {
		struct smb1_block block = smb1_read_block(&r);
		struct smb1_andx andx = smb1_read_andx(&block.words);

		blocks++;
		if (andx.command == SMB1_NO_ANDX)
			break;
		assert_int_equal(andx.command, SMB1_TREE_CONNECT_ANDX);
		assert_true(andx.offset >= r.pos && andx.offset < r.end);
		r.pos = andx.offset;
	} while (r.err == NBT_OK);
	assert_int_equal(r.err, NBT_OK);
	assert_true(r.end - r.pos < 2); /* the last one was aligned to */
	assert_true(blocks > 1000);
}

/* What settles the dialect, or has an answer of its own or none, stands alone: behind another
 * command it would begin the session anew, or take the answer to that away. */
static void some_commands_follow_no_other(void **state)
{
	static const uint8_t alone[] = { SMB1_NEGOTIATE, SMB1_ECHO, SMB1_NT_CANCEL };
	struct talk *t = *state;

	for (size_t i = 0; i < ARRAY_SIZE(alone); i++) {
		size_t at;

		talk_connect(t, TALK_ALL);
		talk_negotiate(t);
		talk_begin(t, SMB1_SESSION_SETUP);
		at = t->w.pos;
		smb1_write_setup(&t->w, &(struct smb1_setup){ .form = SMB1_SETUP_NT });
		t->w.base[at + 1] = alone[i];
		nbt_write_le16_at(&t->w, at + 3, (uint16_t)t->w.pos);
		if (alone[i] == SMB1_ECHO)
			nbt_write_bytes(&t->w, "\1\1\0\0\0", 5);
		else
			smb1_write_offer(&t->w, true);
		talk_send(t);
		assert_int_equal(t->after, SMB_GO_ON);
		assert_int_equal(t->test->frame_count, 1);
		assert_int_equal(talk_status(t), BAD_COMMAND);
		assert_int_equal(t->header.command, SMB1_SESSION_SETUP);
		t->uid = t->header.uid;
		talk_tree_connect(t); /* the login is there, and the dialect is the same */
		assert_int_equal(talk_status(t), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, talk_create, talk_destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_commands_get),
		TEST(what_commands_need),
		TEST(lanman_needs_a_login),
		TEST(core_clients_get_short_messages),
		TEST(the_best_dialect),
		TEST(extended_security),
		TEST(broken_logins_leave_nothing),
		TEST(trees_may_be_changed),
		TEST(answers_in_chains_must_fit),
		TEST(chains_point_into_the_frame),
		TEST(long_chains_have_an_end),
		TEST(some_commands_follow_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
