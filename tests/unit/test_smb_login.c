/* Logins and trees of a session: who has none, how many there may be, and what goes with them. */
#include "smb_talk.h"

#include "smb/ntlmssp.h"
#include "smb/smb1_negotiate.h"
#include "smb/text.h"

static void logins_and_trees_are_bounded(void **state)
{
	struct talk *t = *state;

	talk_connect(t, TALK_ALL);
	talk_negotiate(t);
	for (int i = 0; i < SMB_LOGINS_MAX; i++)
		talk_log_in(t, 4000);
	talk_begin(t, SMB1_SESSION_SETUP);
	smb1_write_setup(&t->w, &(struct smb1_setup){ .form = SMB1_SETUP_NT });
	talk_send(t);
	assert_int_equal(talk_status(t), 0xC0000205);
	for (int i = 0; i < SMB_TREES_MAX; i++) {
		talk_tree_connect(t);
		assert_int_equal(talk_status(t), 0);
	}
	talk_tree_connect(t);
	assert_int_equal(talk_status(t), 0xC0000205);
	/* A logoff takes its trees along. */
	talk_begin(t, SMB1_LOGOFF);
	nbt_write_bytes(&t->w, "\2\xFF\0\0\0\0\0", 7);
	talk_send(t);
	assert_int_equal(talk_status(t), 0);
	assert_false(smb_session_is_settled(&t->session));
	talk_log_in(t, 4000);
	talk_tree_connect(t);
	assert_int_equal(talk_status(t), 0);
}

static uint32_t log_off(struct talk *t)
{
	talk_begin(t, SMB1_LOGOFF);
	nbt_write_bytes(&t->w, "\2\xFF\0\0\0\0\0", 7);
	talk_send(t);
	return talk_status(t);
}

static uint32_t leave_tree(struct talk *t)
{
	talk_begin(t, SMB1_TREE_DISCONNECT);
	smb1_write_empty(&t->w);
	talk_send(t);
	return talk_status(t);
}

static void a_logoff_takes_its_own_trees(void **state)
{
	struct talk *t = *state;
	uint16_t tid, uid;

	talk_reach_ipc(t, 4000);
	tid = t->tid;
	uid = t->uid;
	talk_log_in(t, 4000);
	assert_int_not_equal(t->uid, uid);
	talk_tree_connect(t);
	assert_int_equal(talk_status(t), 0);
	t->tid = t->header.tid;
	assert_int_not_equal(t->tid, tid);
	assert_int_equal(log_off(t), 0);
	assert_int_equal(log_off(t), 0x005B0002);
	assert_int_equal(leave_tree(t), 0x00050002);
	t->tid = tid;
	assert_int_equal(leave_tree(t), 0);
	assert_int_equal(leave_tree(t), 0x00050002);
}

static void with_a_tree_its_pipes_are_closed(void **state)
{
	struct talk *t = *state;
	uint8_t got[64];
	uint16_t fid;

	talk_reach_ipc(t, 4000);
	fid = talk_open_pipe(t);
	for (int i = 1; i < SMB_PIPES_MAX; i++)
		assert_int_not_equal(talk_open_pipe(t), 0);
	assert_int_equal(leave_tree(t), 0);
	talk_tree_connect(t);
	assert_int_equal(talk_status(t), 0);
	t->tid = t->header.tid;
	assert_int_equal(talk_read_pipe(t, fid, 50, got), 0);
	assert_int_equal(t->header.status, 0xC0000008);
	assert_int_not_equal(talk_open_pipe(t), 0);
}

/* Nobody has number 0 or 65535, and none is given to two. */
static void numbers_are_not_given_twice(void **state)
{
	struct talk *t = *state;
	uint16_t fid, uid;

	talk_reach_ipc(t, 4000);
	fid = talk_open_pipe(t);
	uid = t->uid;
	t->session.last_id = (uint16_t)(t->tid - 1);
	talk_log_in(t, 4000);
	assert_int_not_equal(t->uid, t->tid);
	t->session.last_id = (uint16_t)(fid - 1);
	talk_log_in(t, 4000);
	assert_int_not_equal(t->uid, fid);
	t->session.last_id = (uint16_t)(uid - 1);
	talk_log_in(t, 4000);
	assert_int_not_equal(t->uid, uid);
	t->session.last_id = 0xFFFE;
	talk_log_in(t, 4000);
	assert_in_range(t->uid, 1, 100);
}

/* What is free has number 0: it is nobody's. */
static void number_0_is_no_login_and_no_tree(void **state)
{
	struct talk *t = *state;
	struct nbt_reader body;
	uint64_t id;

	talk_reach_ipc(t, 4000);
	t->tid = 0;
	assert_int_equal(leave_tree(t), 0x00050002);
	t->uid = 0;
	talk_tree_connect(t);
	assert_int_equal(talk_status(t), 0x005B0002);

	talk_reach_ipc2(t);
	id = t->session_id;
	t->session_id = 0;
	talk_tree_connect2(t, "\\\\A\\IPC$");
	assert_int_equal(talk_answer2(t, 0, &body).status, 0xC0000203);
	t->session_id = id + 0x10000;
	talk_tree_connect2(t, "\\\\A\\IPC$");
	assert_int_equal(talk_answer2(t, 0, &body).status, 0xC0000203);
	talk_log_in2(t, (const uint8_t *)"NTLMSSP\0\1\0\0\0\0\0\0\0", 16);
	assert_int_equal(talk_answer2(t, 0, &body).status, 0xC0000203);
}

/* Section 4: no name and no password, or one NUL for it, is nobody; all others are guests. */
static void who_is_a_guest(void **state)
{
	static const uint8_t word[24] = { 'x' };
	static const struct {
		const char *what;
		struct smb1_setup setup;
		uint16_t action;
	} cases[] = {
		{ "nobody", { .lm_len = 0 }, 0 },
		{ "nobody with a NUL", { .lm_len = 1, .nt_len = 1 }, 0 },
		{ "a name", { .account = "ANNE" }, SMB1_ACTION_GUEST },
		{ "a password of Windows 9x", { .lm_len = 24 }, SMB1_ACTION_GUEST },
		{ "a password", { .nt_len = 24 }, SMB1_ACTION_GUEST },
		{ "both", { .account = "ANNE", .lm_len = 24, .nt_len = 24 }, SMB1_ACTION_GUEST },
	};
	struct talk *t = *state;

	talk_connect(t, TALK_ALL);
	talk_negotiate(t);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct smb1_setup setup = cases[i].setup;
		struct smb1_block block;
		struct smb1_setup_reply got;

		setup.form = SMB1_SETUP_NT;
		setup.lm = setup.nt = word;
		talk_setup(t, &setup);
		block = talk_block(t, 0, 0);
		assert_int_equal(t->header.status, 0);
		assert_int_equal(smb1_read_setup_reply(&block, false, &got), NBT_OK);
		if (got.action != cases[i].action)
			fail_msg("%s: action %u", cases[i].what, got.action);
		assert_string_equal(got.their_domain, "TESTGRP");
		t->uid = t->header.uid;
		assert_int_equal(log_off(t), 0);
	}
}

/* Section 10: clients ask for the list of the target that they are told of, so it is the group. */
static void the_target_is_the_workgroup(void **state)
{
	static const uint8_t message[16] = "NTLMSSP\0\1\0\0\0\1\x82\x08";
	struct talk *t = *state;
	struct nbt_reader r;
	char name[32];

	talk_connect(t, TALK_ALL);
	talk_negotiate2(t, SMB2_DIALECT_210);
	talk_log_in2(t, message, sizeof(message));
	talk_answer2(t, 0, &r);
	r = nbt_reader_of(r.base + 72, r.end - 72);
	nbt_read_bytes(&r, 56);
	smb_read_utf16(&r, 14, name, sizeof(name));
	assert_string_equal(name, "TESTGRP");
}

/* Section 4.1: libsmbclient begins anew; until it has come to an end there is no login. */
static void a_login_may_begin_anew(void **state)
{
	static const uint8_t message[16] = "NTLMSSP\0\1\0\0\0\1\x82\x08", last[64] = "NTLMSSP\0\3";
	struct talk *t = *state;
	struct nbt_reader body;

	talk_reach_ipc2(t);
	talk_log_in2(t, message, sizeof(message));
	assert_int_equal(talk_answer2(t, 0, &body).status, 0xC0000016);
	talk_tree_connect2(t, "\\\\A\\IPC$");
	assert_int_equal(talk_answer2(t, 0, &body).status, 0xC0000203);
	talk_log_in2(t, last, sizeof(last));
	assert_int_equal(talk_answer2(t, 0, &body).status, 0);
	talk_tree_connect2(t, "\\\\A\\IPC$");
	assert_int_equal(talk_answer2(t, 0, &body).status, 0);
}

/* Who tries Kerberos first is told that it is NTLMSSP here; without SPNEGO that is an error, and
 * the login is gone. */
static void other_mechanisms_are_answered_with_ours(void **state)
{
	uint8_t token[64];
	size_t len =
		unhex(token, sizeof(token),
		      "602106062b0601050502a0173015a00d300b06092a864886f712010202a20404024142");
	struct talk *t = *state;
	struct smb2_header header;
	struct nbt_reader body;

	talk_connect(t, TALK_ALL);
	talk_negotiate2(t, SMB2_DIALECT_210);
	talk_log_in2(t, token, len);
	header = talk_answer2(t, 0, &body);
	assert_int_equal(header.status, 0xC0000016);
	assert_non_null(memmem(body.base, body.end, "\x2B\6\1\4\1\x82\x37\2\2\x0A", 10));
	t->session_id = header.session_id;
	talk_log_in2(t, (const uint8_t *)"NTLMSSP\0\2\0\0\0\0\0\0\0", 16);
	assert_int_equal(talk_answer2(t, 0, &body).status, 0xC000000D);
	talk_log_in2(t, token, len);
	assert_int_equal(talk_answer2(t, 0, &body).status, 0xC0000203);
}

/* Each connection has another challenge. */
static void challenges_are_by_chance(void **state)
{
	static const uint8_t zeros[8] = { 0 };
	struct talk *t = *state;
	uint8_t first[8];

	talk_connect(t, TALK_ALL);
	talk_negotiate(t);
	memcpy(first, t->session.challenge, sizeof(first));
	assert_memory_not_equal(first, zeros, sizeof(first));
	talk_connect(t, TALK_ALL);
	talk_negotiate(t);
	assert_memory_not_equal(t->session.challenge, first, sizeof(first));
	talk_connect(t, TALK_ALL);
	talk_negotiate2(t, SMB2_DIALECT_210);
	assert_memory_not_equal(t->session.challenge, first, sizeof(first));
	assert_memory_not_equal(t->session.challenge, zeros, sizeof(first));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, talk_create, talk_destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(logins_and_trees_are_bounded),
		TEST(a_logoff_takes_its_own_trees),
		TEST(with_a_tree_its_pipes_are_closed),
		TEST(numbers_are_not_given_twice),
		TEST(number_0_is_no_login_and_no_tree),
		TEST(who_is_a_guest),
		TEST(the_target_is_the_workgroup),
		TEST(a_login_may_begin_anew),
		TEST(other_mechanisms_are_answered_with_ours),
		TEST(challenges_are_by_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
