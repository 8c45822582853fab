/* SMB2 beyond what captures have: what is refused, what commands need, compounds, and pipes.
 * smb-ipc.md section 9. */
#include "smb_talk.h"

#include "smb/smb1_negotiate.h"
#include "smb/text.h"

#define SESSION_GONE 0xC0000203
#define TREE_GONE    0xC00000C9
#define FILE_CLOSED  0xC0000128

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
		{ "the first that is none", SMB2_COMMANDS, 0xC000000D },
		{ "create cut off", SMB2_CREATE, 0xC000000D },
	};
	struct talk *t = *state;
	struct nbt_reader body;

	talk_reach_ipc2(t);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		talk_start2(t, cases[i].command);
		nbt_write_zeros(&t->w, 2);
		talk_send(t);
		if (talk_answer2(t, 0, &body).status != cases[i].want)
			fail_msg("%s: %08x", cases[i].what, talk_answer2(t, 0, &body).status);
		assert_int_equal(nbt_read_left(&body), 9);
	}
	talk_tree_connect2(t, "\\\\A\\C$");
	assert_int_equal(talk_answer2(t, 0, &body).status, 0xC00000CC);
	t->tree++;
	talk_start2(t, SMB2_TREE_DISCONNECT);
	nbt_write_le32(&t->w, 4);
	talk_send(t);
	assert_int_equal(talk_answer2(t, 0, &body).status, 0xC00000C9);
	talk_start2(t, SMB2_CANCEL);
	nbt_write_le32(&t->w, 4);
	talk_send(t);
	assert_int_equal(t->test->frame_count, 0);
	assert_int_equal(t->after, SMB_GO_ON);
	talk_negotiate2(t, SMB2_DIALECT_210);
	assert_int_equal(t->after, SMB_CLOSE);
	talk_connect(t, SMB_MAY_SMB1);
	talk_negotiate2(t, SMB2_DIALECT_210);
	assert_int_equal(t->after, SMB_CLOSE);
	talk_connect(t, TALK_ALL);
	talk_negotiate2(t, 0x0311);
	assert_int_equal(talk_answer2(t, 0, &body).status, 0xC00000BB);
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

/* Of the file opened before. */
static void add_close(struct talk *t)
{
	talk_begin2(t, SMB2_CLOSE, SMB2_FLAG_RELATED);
	nbt_write_le16(&t->w, 24);
	nbt_write_zeros(&t->w, 6);
	nbt_write_le64(&t->w, UINT64_MAX);
	nbt_write_le64(&t->w, UINT64_MAX);
}

static void add_open(struct talk *t, const char *name)
{
	nbt_write_le16(&t->w, 57);
	nbt_write_zeros(&t->w, 42);
	nbt_write_le16(&t->w, 120);
	nbt_write_le16(&t->w, (uint16_t)(2 * strlen(name)));
	nbt_write_zeros(&t->w, 8);
	smb_write_utf16(&t->w, name);
}

/* A frame whose first request opens the pipe. */
static void start_with_open(struct talk *t)
{
	talk_start2(t, SMB2_CREATE);
	add_open(t, "srvsvc");
}

/* The one opened before has both halves of its number set, and no other. */
static void half_a_number_is_none(void **state)
{
	struct talk *t = *state;
	struct nbt_reader body;
	size_t start;

	talk_reach_ipc2(t);
	start_with_open(t);
	next_in_compound(t, 0);
	start = t->w.pos;
	talk_begin2(t, SMB2_READ, SMB2_FLAG_RELATED);
	add_transfer(t, SMB2_READ, NULL, 1024);
	nbt_write_le32_at(&t->w, start + SMB2_HEADER_LEN + 16, 1);
	talk_send(t);
	assert_int_equal(t->test->frame_count, 2);
	assert_int_equal(talk_answer2(t, 1, &body).status, FILE_CLOSED);
}

/* Open, write, read and close in one frame, as related requests. */
static void compounds_are_answered_one_by_one(void **state)
{
	struct talk *t = *state;
	uint8_t bind[128];
	size_t len = unhex(bind, sizeof(bind), TALK_BIND), start;
	struct nbt_reader body;

	talk_reach_ipc2(t);
	start_with_open(t);
	next_in_compound(t, 0);
	start = t->w.pos;
	t->session_id ^= 1; /* is not looked at */
	t->tree ^= 1;
	talk_begin2(t, SMB2_WRITE, SMB2_FLAG_RELATED);
	add_transfer(t, SMB2_WRITE, bind, len);
	next_in_compound(t, start);
	start = t->w.pos;
	talk_begin2(t, SMB2_READ, SMB2_FLAG_RELATED);
	add_transfer(t, SMB2_READ, NULL, 1024);
	next_in_compound(t, start);
	start = t->w.pos;
	add_close(t);
	next_in_compound(t, start);
	add_close(t); /* once too often */
	talk_send(t);
	assert_int_equal(t->after, SMB_GO_ON);
	assert_int_equal(t->test->frame_count, 5);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(talk_answer2(t, i, &body).status, 0);
	assert_int_equal(talk_answer2(t, 4, &body).status, FILE_CLOSED);
	talk_answer2(t, 2, &body);
	assert_memory_equal(body.base + 80, "\5\0\x0C\3", 4);
	/* A next request beyond the frame. */
	t->session_id ^= 1;
	t->tree ^= 1;
	talk_start2(t, SMB2_ECHO);
	nbt_write_le32(&t->w, 4);
	nbt_write_le32_at(&t->w, 20, 4000);
	talk_send(t);
	assert_int_equal(t->after, SMB_CLOSE);
}

static uint32_t status2(struct talk *t)
{
	struct nbt_reader body;

	return talk_answer2(t, 0, &body).status;
}

/* A pipe's number, or 0. */
static uint64_t open_pipe(struct talk *t, const char *name)
{
	struct nbt_reader body;

	talk_start2(t, SMB2_CREATE);
	add_open(t, name);
	talk_send(t);
	if (talk_answer2(t, 0, &body).status != 0)
		return 0;
	nbt_read_bytes(&body, 72);
	return nbt_read_le64(&body);
}

static uint32_t control(struct talk *t, uint32_t code, uint64_t persistent, uint64_t transient,
			const char *hex, uint32_t most)
{
	uint8_t input[256];
	size_t len = unhex(input, sizeof(input), hex);

	talk_start2(t, SMB2_IOCTL);
	nbt_write_le16(&t->w, 57);
	nbt_write_le16(&t->w, 0);
	nbt_write_le32(&t->w, code);
	nbt_write_le64(&t->w, persistent);
	nbt_write_le64(&t->w, transient);
	nbt_write_le32(&t->w, 120);
	nbt_write_le32(&t->w, (uint32_t)len);
	nbt_write_zeros(&t->w, 12);
	nbt_write_le32(&t->w, most);
	nbt_write_zeros(&t->w, 8);
	nbt_write_bytes(&t->w, input, len);
	talk_send(t);
	return status2(t);
}

static uint32_t read_pipe(struct talk *t, uint64_t file, uint32_t most)
{
	talk_start2(t, SMB2_READ);
	nbt_write_le16(&t->w, 49);
	nbt_write_le16(&t->w, 0);
	nbt_write_le32(&t->w, most);
	nbt_write_le64(&t->w, 0);
	nbt_write_le64(&t->w, file);
	nbt_write_le64(&t->w, file);
	nbt_write_zeros(&t->w, 17);
	talk_send(t);
	return status2(t);
}

static void pipes_are_controlled(void **state)
{
	struct talk *t = *state;
	struct nbt_reader body;
	uint64_t file;

	talk_reach_ipc2(t);
	assert_int_equal(open_pipe(t, "browser"), 0);
	assert_int_equal(status2(t), 0xC0000034);
	file = open_pipe(t, "srvsvc");
	assert_int_not_equal(file, 0);
	assert_int_equal(control(t, SMB2_PIPE_TRANSCEIVE, file, file, TALK_BIND, 1024), 0);
	assert_int_equal(control(t, SMB2_PIPE_TRANSCEIVE, file, file, TALK_BIND, 60), 0x80000005);
	talk_answer2(t, 0, &body);
	assert_int_equal(body.end, 112 + 60);
	assert_int_equal(read_pipe(t, file, 5), 0x80000005);
	talk_answer2(t, 0, &body);
	assert_int_equal(body.end, 80 + 5);
	assert_int_equal(read_pipe(t, file, 1024), 0);
	talk_answer2(t, 0, &body);
	assert_int_equal(body.end, 80 + 3);
	assert_int_equal(read_pipe(t, file, 1024), 0xC0000011);
	assert_int_equal(control(t, SMB2_PIPE_TRANSCEIVE, file, file + 1, TALK_BIND, 60),
			 FILE_CLOSED);
	assert_int_equal(control(t, SMB2_PIPE_TRANSCEIVE, file, UINT64_MAX, TALK_BIND, 60),
			 FILE_CLOSED);
	assert_int_equal(control(t, SMB2_PIPE_TRANSCEIVE, file, file, "05", 60), 0xC000000D);
	assert_int_equal(control(t, SMB2_DFS_REFERRALS, UINT64_MAX, UINT64_MAX, "", 60),
			 0xC000019C);
	assert_int_equal(control(t, SMB2_DFS_REFERRALS_EX, UINT64_MAX, UINT64_MAX, "", 60),
			 0xC000019C);
	assert_int_equal(control(t, 0x00140204, UINT64_MAX, UINT64_MAX, "", 60), 0xC0000010);
}

/* What follows an open that fails is not meant for the file that was opened before that. */
static void a_failed_open_leaves_no_file(void **state)
{
	struct talk *t = *state;
	struct nbt_reader body;
	size_t start;
	uint64_t file;

	talk_reach_ipc2(t);
	start_with_open(t);
	next_in_compound(t, 0);
	start = t->w.pos;
	talk_begin2(t, SMB2_CREATE, SMB2_FLAG_RELATED);
	add_open(t, "wkssvc");
	next_in_compound(t, start);
	add_close(t);
	talk_send(t);
	assert_int_equal(t->test->frame_count, 3);
	talk_answer2(t, 0, &body);
	nbt_read_bytes(&body, 64);
	file = nbt_read_le64(&body);
	assert_int_equal(talk_answer2(t, 1, &body).status, 0xC0000034);
	assert_int_equal(talk_answer2(t, 2, &body).status, FILE_CLOSED);
	assert_int_equal(read_pipe(t, file, 100), 0xC0000011); /* it is open still */
}

/* Without a login, without a tree, and with those of others. */
static void what_commands_need(void **state)
{
	static const struct {
		uint16_t command;
		uint16_t size;
		uint32_t no_login, no_tree;
	} cases[] = {
		{ SMB2_ECHO, 4, 0, 0 },
		{ SMB2_LOGOFF, 4, SESSION_GONE, UINT32_MAX },
		{ SMB2_TREE_CONNECT, 8, SESSION_GONE, UINT32_MAX },
		{ SMB2_TREE_DISCONNECT, 4, SESSION_GONE, TREE_GONE },
		{ SMB2_CREATE, 56, SESSION_GONE, TREE_GONE },
		{ SMB2_CLOSE, 24, SESSION_GONE, TREE_GONE },
		{ SMB2_FLUSH, 24, SESSION_GONE, TREE_GONE },
		{ SMB2_READ, 48, SESSION_GONE, TREE_GONE },
		{ SMB2_WRITE, 48, SESSION_GONE, TREE_GONE },
		{ SMB2_IOCTL, 56, SESSION_GONE, TREE_GONE },
	};
	static const uint8_t first[16] = "NTLMSSP\0\1\0\0\0\1\x82\x08", last[64] = "NTLMSSP\0\3";
	struct talk *t = *state;
	struct nbt_reader body;
	uint64_t ours, other;

	talk_reach_ipc2(t);
	ours = t->session_id;
	t->session_id = 0;
	talk_log_in2(t, first, sizeof(first));
	other = t->session_id = talk_answer2(t, 0, &body).session_id;
	talk_log_in2(t, last, sizeof(last));
	assert_int_equal(status2(t), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (int n = 0; n < 3; n++) {
			uint32_t want = n == 0 ? cases[i].no_login : cases[i].no_tree, got;

			if (want == UINT32_MAX)
				continue;
			/* Nobody's login; our tree by another's login; no tree. */
			t->session_id = n == 0 ? ours + 77 : n == 1 ? other : ours;
			t->tree += n == 2;
			talk_start2(t, cases[i].command);
			nbt_write_le16(&t->w,
				       cases[i].size | (cases[i].size > 8 && cases[i].size != 24));
			nbt_write_zeros(&t->w, cases[i].size);
			talk_send(t);
			t->tree -= n == 2;
			got = status2(t);
			if (got != want)
				fail_msg("command %u, %d: %08x", cases[i].command, n, got);
		}
	/* A logoff is one. */
	t->session_id = ours;
	talk_start2(t, SMB2_LOGOFF);
	nbt_write_le32(&t->w, 4);
	talk_send(t);
	assert_int_equal(status2(t), 0);
	talk_tree_connect2(t, "\\\\A\\IPC$");
	assert_int_equal(status2(t), SESSION_GONE);
}

/* A pipe belongs to the tree it was opened in. */
static void pipes_of_other_trees(void **state)
{
	struct talk *t = *state;
	struct nbt_reader body;
	uint64_t file;

	talk_reach_ipc2(t);
	file = open_pipe(t, "srvsvc");
	talk_tree_connect2(t, "\\\\A\\IPC$");
	t->tree = talk_answer2(t, 0, &body).tree_id;
	assert_int_equal(read_pipe(t, file, 100), FILE_CLOSED);
}

/* 9.2: never none, and no more than we have. */
static void credits(void **state)
{
	static const uint16_t cases[][2] = {
		{ 0, 1 }, { 1, 1 }, { 31, 31 }, { 32, 32 }, { 33, 32 }
	};
	struct talk *t = *state;
	struct nbt_reader body;

	talk_reach_ipc2(t);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		t->credits = cases[i][0];
		talk_start2(t, SMB2_ECHO);
		nbt_write_le32(&t->w, 4);
		talk_send(t);
		assert_int_equal(talk_answer2(t, 0, &body).credits, cases[i][1]);
	}
}

/* Where the next request of a frame begins is told in eights, behind this one and within the frame.
 */
static void compounds_are_in_eights(void **state)
{
	static const struct {
		uint32_t next;
		enum smb_after want;
		size_t answers;
	} cases[] = {
		{ 72, SMB_GO_ON, 2 }, { 68, SMB_CLOSE, 0 },  { 64, SMB_GO_ON, 0 },
		{ 56, SMB_CLOSE, 0 }, { 144, SMB_CLOSE, 0 }, { 76, SMB_CLOSE, 0 },
	};
	struct talk *t = *state;
	struct nbt_reader body;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		talk_reach_ipc2(t);
		talk_start2(t, SMB2_ECHO);
		nbt_write_le32(&t->w, 4);
		nbt_write_le32(&t->w, 0);
		nbt_write_le32_at(&t->w, 20, cases[i].next);
		talk_begin2(t, SMB2_ECHO, 0);
		nbt_write_le32(&t->w, 4);
		talk_send(t);
		if (cases[i].next == 64) { /* an echo without a body, then none */
			assert_int_equal(t->after, SMB_CLOSE);
			continue;
		}
		if (t->after != cases[i].want || t->test->frame_count != cases[i].answers)
			fail_msg("%u: %zu answers", cases[i].next, t->test->frame_count);
		for (size_t n = 0; n < t->test->frame_count; n++)
			assert_int_equal(talk_answer2(t, n, &body).next, 0);
	}
}

/* A request ends where the next one begins: what it points at is its own. */
static void compounds_do_not_share_bytes(void **state)
{
	struct talk *t = *state;

	talk_reach_ipc2(t);
	talk_start2(t, SMB2_TREE_CONNECT);
	nbt_write_le16(&t->w, 9);
	nbt_write_le16(&t->w, 0);
	nbt_write_le16(&t->w, 80); /* behind its end */
	nbt_write_le16(&t->w, 8);
	next_in_compound(t, 0);
	talk_begin2(t, SMB2_ECHO, 0);
	nbt_write_le32(&t->w, 4);
	talk_send(t);
	assert_int_equal(t->test->frame_count, 2);
	assert_int_equal(status2(t), 0xC000000D);
}

/* 9.1: who began with SMB1 negotiates again after the wildcard, and only then. */
static void the_way_from_smb1(void **state)
{
	static const char any[] = "\2SMB 2.\?\?\?", first[] = "\2SMB 2.002";
	struct talk *t = *state;

	talk_connect(t, TALK_ALL);
	talk_offer(t, any, sizeof(any));
	talk_negotiate2(t, SMB2_DIALECT_210);
	assert_int_equal(t->after, SMB_GO_ON);
	assert_int_equal(status2(t), 0);
	talk_negotiate2(t, SMB2_DIALECT_210);
	assert_int_equal(t->after, SMB_CLOSE);
	talk_connect(t, TALK_ALL);
	talk_offer(t, first, sizeof(first));
	talk_log_in2(t, (const uint8_t *)"NTLMSSP\0\1\0\0\0\0\0\0\0", 16);
	assert_int_equal(status2(t), 0xC0000016);
	talk_connect(t, TALK_ALL);
	talk_offer(t, first, sizeof(first));
	talk_negotiate2(t, SMB2_DIALECT_210);
	assert_int_equal(t->after, SMB_CLOSE);
	talk_connect(t, TALK_ALL);
	talk_offer(t, any, sizeof(any));
	talk_log_in2(t, (const uint8_t *)"NTLMSSP\0\1\0\0\0\0\0\0\0", 16);
	assert_int_equal(t->after, SMB_CLOSE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, talk_create, talk_destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(smb2_refuses_what_it_should),
		TEST(a_failed_open_leaves_no_file),
		TEST(compounds_are_answered_one_by_one),
		TEST(half_a_number_is_none),
		TEST(pipes_are_controlled),
		TEST(what_commands_need),
		TEST(pipes_of_other_trees),
		TEST(credits),
		TEST(compounds_are_in_eights),
		TEST(compounds_do_not_share_bytes),
		TEST(the_way_from_smb1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
