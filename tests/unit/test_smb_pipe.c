/* Pipes to srvsvc as files and in transactions of SMB1: what is answered, in which pieces, and by
 * which faults. smb-ipc.md sections 7.6 and 9.3. */
#include "smb_talk.h"

#include "smb/rpc.h"
#include "smb/smb1_trans.h"

#define UNKNOWN                                                                                    \
	"05000b03100000004800000001000000b810b810000000000100000000000100d84f324b7016d30112785a47" \
	"bf6ee18803000000045d888aeb1cc9119fe808002b10486002000000"

static void pipes_are_files_in_smb1(void **state)
{
	struct talk *t = *state;
	uint8_t got[512];
	size_t len = 0, piece;
	uint16_t fid;

	talk_reach_ipc(t, 4356);
	fid = talk_open_pipe(t);
	assert_int_not_equal(fid, 0);
	assert_int_equal(talk_read_pipe(t, fid, 100, got), 0);
	assert_int_equal(t->header.status, 0xC0000011);
	talk_write_pipe(t, fid, TALK_INFO); /* not bound yet */
	assert_int_equal(talk_status(t), 0);
	assert_int_equal(talk_read_pipe(t, fid, 100, got), 32);
	assert_int_equal(got[2], 3);
	talk_write_pipe(t, fid, TALK_BIND);
	assert_int_equal(talk_status(t), 0);
	assert_int_equal(talk_read_pipe(t, fid, 1024, got), 68);
	talk_write_pipe(t, fid, TALK_INFO);
	while ((piece = talk_read_pipe(t, fid, 50, got + len)) > 0) {
		len += piece;
		if (t->header.status == 0)
			break;
		assert_int_equal(t->header.status, 0x80000005);
	}
	assert_int_equal(got[2], 2);
	assert_int_equal(got[8] | got[9] << 8, len);
	assert_non_null(memmem(got, len, "A\0L\0P\0H\0A\0\0", 12));
	talk_write_pipe(t, fid, "0500");
	assert_int_equal(talk_status(t), 0xC000000D);
	talk_begin(t, SMB1_CLOSE);
	nbt_write_u8(&t->w, 3);
	nbt_write_le16(&t->w, fid);
	nbt_write_zeros(&t->w, 6);
	talk_send(t);
	assert_int_equal(talk_status(t), 0);
	assert_int_equal(talk_read_pipe(t, fid, 50, got), 0);
	assert_int_equal(t->header.status, 0xC0000008);
	for (int i = 0; i < SMB_PIPES_MAX; i++)
		assert_int_not_equal(talk_open_pipe(t), 0);
	assert_int_equal(talk_open_pipe(t), 0);
	assert_int_equal(t->header.status, 0xC0000205);
}

/* Writes a call, reads what answers it. */
static size_t call_pipe(struct talk *t, uint16_t fid, const char *hex, uint8_t got[1024])
{
	talk_write_pipe(t, fid, hex);
	assert_int_equal(talk_status(t), 0);
	return talk_read_pipe(t, fid, 1024, got);
}

/* 9.3. */
static void calls_and_their_faults(void **state)
{
	static const struct {
		const char *what, *hex;
		uint8_t type; /* of the answer */
		uint32_t fault;
	} cases[] = {
		{ "a call before any bind", TALK_INFO, 3, RPC_FAULT_INTERFACE },
		{ "a bind to another interface", UNKNOWN, 12, 0 },
		{ "a call after that", TALK_INFO, 3, RPC_FAULT_INTERFACE },
		{ "a bind in fragments",
		  "05000b01100000004800000001000000b810b810000000000100000000000100c84f324b7016d301"
		  "12785a47bf6ee18803000000045d888aeb1cc9119fe808002b10486002000000",
		  13, 0 },
		{ "a call after that", TALK_INFO, 3, RPC_FAULT_INTERFACE },
		{ "a bind", TALK_BIND, 12, 0 },
		{ "a call", TALK_INFO, 2, 0 },
		{ "a call in fragments",
		  "05000001100000002000000002000000080000000000150000000000 65000000", 3,
		  RPC_FAULT_PROTOCOL },
		{ "a number that we don't serve",
		  "05000003100000002000000002000000080000000000160000000000 65000000", 3,
		  RPC_FAULT_OPNUM },
		{ "a call that is cut off",
		  "05000003100000001c000000020000000400000000001500 00000000", 3, RPC_FAULT_NDR },
		{ "another context, to another interface",
		  "05000e03100000004800000001000000b810b810000000000100000000000100d84f324b7016d301"
		  "12785a47bf6ee18803000000045d888aeb1cc9119fe808002b10486002000000",
		  15, 0 },
		{ "the first one is there all the same", TALK_INFO, 2, 0 },
	};
	struct talk *t = *state;
	uint8_t got[1024];
	uint16_t fid;

	talk_reach_ipc(t, 4356);
	fid = talk_open_pipe(t);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t len = call_pipe(t, fid, cases[i].hex, got);
		uint32_t fault = 0;

		assert_int_equal(t->header.status, 0);
		assert_int_equal(got[8] | got[9] << 8, len);
		if (got[2] == 3)
			fault = got[24] | (uint32_t)got[25] << 8 | (uint32_t)got[26] << 16 |
				(uint32_t)got[27] << 24;
		if (got[2] != cases[i].type || fault != cases[i].fault)
			fail_msg("%s: type %u, fault %08x", cases[i].what, got[2], fault);
		assert_int_equal(talk_read_pipe(t, fid, 1024, got), 0); /* only once */
		assert_int_equal(t->header.status, 0xC0000011);
	}
}

/* What was not read of an answer goes with the next call. */
static void a_call_ends_the_answer_before(void **state)
{
	struct talk *t = *state;
	uint8_t first[1024], again[1024];
	uint16_t fid;
	size_t len;

	talk_reach_ipc(t, 4356);
	fid = talk_open_pipe(t);
	call_pipe(t, fid, TALK_BIND, first);
	len = call_pipe(t, fid, TALK_INFO, first);
	talk_write_pipe(t, fid, TALK_INFO);
	assert_int_equal(talk_read_pipe(t, fid, 10, again), 10);
	assert_int_equal(call_pipe(t, fid, TALK_INFO, again), len);
	assert_memory_equal(first, again, len);
}

/* Also if a reload makes the next one longer. */
static void an_answer_is_read_once(void **state)
{
	struct talk *t = *state;
	uint8_t got[1024];
	uint16_t fid;

	talk_reach_ipc(t, 4356);
	fid = talk_open_pipe(t);
	call_pipe(t, fid, TALK_BIND, got);
	assert_true(call_pipe(t, fid, TALK_INFO, got) > 0);
	t->test->host.comment = "which would make it longer than what was read";
	assert_int_equal(talk_read_pipe(t, fid, 1024, got), 0);
	assert_int_equal(t->header.status, 0xC0000011);
}

/* A resume handle is given back to who has one. */
static void resume_handles(void **state)
{
	static const char *const shares[] = {
		"05000003100000003c000000020000002400000000000f00 00000000 0100000001000000"
		"04000200 00000000 00000000 ffffffff 08000200 00000000",
		"050000031000000038000000020000002000000000000f00 00000000 0100000001000000"
		"04000200 00000000 00000000 ffffffff 00000000",
	};
	struct talk *t = *state;
	uint8_t got[1024];
	size_t len[2];
	uint16_t fid;

	talk_reach_ipc(t, 4356);
	fid = talk_open_pipe(t);
	call_pipe(t, fid, TALK_BIND, got);
	for (size_t i = 0; i < ARRAY_SIZE(shares); i++)
		len[i] = call_pipe(t, fid, shares[i], got);
	assert_int_equal(len[0], len[1] + 4);
}

/* A transaction on a pipe; setup words, and how much of the answer is wanted. */
static uint32_t transact(struct talk *t, uint16_t word, uint16_t fid, const char *hex,
			 uint16_t max_data, struct smb1_trans_reply *got)
{
	uint8_t pdu[256];
	struct smb1_trans trans = { .name = "\\PIPE\\",
				    .max_data = max_data,
				    .setup_count = 2,
				    .setup = { word, fid },
				    .data = pdu };
	struct smb1_block block;

	trans.data_count = (uint16_t)unhex(pdu, sizeof(pdu), hex);
	talk_begin(t, SMB1_TRANSACTION);
	smb1_write_trans(&t->w, &trans);
	talk_send(t);
	block = talk_block(t, 0, 0);
	memset(got, 0, sizeof(*got));
	if (smb1_word_count(&block) > 0)
		assert_int_equal(smb1_read_trans_reply(&block, got), NBT_OK);
	return t->header.status;
}

static void transactions_on_pipes(void **state)
{
	struct talk *t = *state;
	struct smb1_trans_reply got;
	uint8_t rest[1024];
	uint16_t fid;

	talk_reach_ipc(t, 4356);
	fid = talk_open_pipe(t);
	assert_int_equal(transact(t, SMB1_PIPE_TRANSACT, fid, TALK_BIND, 1024, &got), 0);
	assert_int_equal(got.data_count, 68);
	assert_int_equal(transact(t, SMB1_PIPE_TRANSACT, fid, TALK_BIND, 60, &got), 0x80000005);
	assert_int_equal(got.data_count, 60);
	assert_int_equal(talk_read_pipe(t, fid, 1024, rest), 8);
	assert_int_equal(transact(t, SMB1_PIPE_TRANSACT, 77, TALK_BIND, 1024, &got), 0xC0000008);
	assert_int_equal(transact(t, SMB1_PIPE_TRANSACT, fid, "05", 1024, &got), 0xC000000D);
	assert_int_equal(transact(t, 0x0001, fid, "", 1024, &got), 0); /* set its state */
	assert_int_equal(transact(t, 0x0053, fid, "", 1024, &got), 0); /* wait for it */
	assert_int_equal(transact(t, 0x0022, fid, "", 1024, &got), 0xC00000BB);
}

/* A pipe belongs to the tree it was opened in. */
static void pipes_of_other_trees(void **state)
{
	struct talk *t = *state;
	uint8_t got[64];
	uint16_t fid, tid;

	talk_reach_ipc(t, 4356);
	tid = t->tid;
	fid = talk_open_pipe(t);
	talk_tree_connect(t);
	assert_int_equal(talk_status(t), 0);
	t->tid = t->header.tid;
	assert_int_equal(talk_read_pipe(t, fid, 50, got), 0);
	assert_int_equal(t->header.status, 0xC0000008);
	t->tid = tid;
	assert_int_equal(talk_read_pipe(t, fid, 50, got), 0);
	assert_int_equal(t->header.status, 0xC0000011);
}

/* No message is longer than the client's buffer, whatever it asks for. */
static void pieces_are_as_long_as_the_buffer(void **state)
{
	struct talk *t = *state;
	struct smb1_trans_reply part;
	uint8_t got[1024];
	char comment[301] = "";
	uint16_t fid;
	size_t len;

	memset(comment, 'x', sizeof(comment) - 1);
	t->test->host.comment = comment;
	talk_reach_ipc(t, 512);
	fid = talk_open_pipe(t);
	call_pipe(t, fid, TALK_BIND, got);
	talk_write_pipe(t, fid, TALK_INFO);
	len = talk_read_pipe(t, fid, 0xFFFF, got);
	assert_int_equal(t->header.status, 0x80000005);
	assert_in_range(t->test->frames[0].len - 4, 508, 512);
	len += talk_read_pipe(t, fid, 0xFFFF, got + len);
	assert_int_equal(t->header.status, 0);
	assert_int_equal(got[8] | got[9] << 8, len);
	assert_int_equal(transact(t, SMB1_PIPE_TRANSACT, fid, TALK_INFO, 0xFFFF, &part),
			 0x80000005);
	assert_in_range(t->test->frames[0].len - 4, 508, 512);
}

/* What is to be written is in the frame, behind its words. */
static void writes_point_at_bytes(void **state)
{
	static const struct {
		const char *what;
		uint16_t offset, len;
	} cases[] = {
		{ "in the header", 0, 32 },         { "in the words", 33, 26 },
		{ "in the count of bytes", 57, 2 }, { "at the end", 59, 80 },
		{ "behind it", 0xFFFF, 32 },
	};
	struct talk *t = *state;
	uint16_t fid;

	talk_reach_ipc(t, 4356);
	fid = talk_open_pipe(t);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		talk_begin(t, SMB1_WRITE_ANDX);
		nbt_write_u8(&t->w, 12);
		smb1_write_no_andx(&t->w);
		nbt_write_le16(&t->w, fid);
		nbt_write_zeros(&t->w, 14);
		nbt_write_le16(&t->w, cases[i].len);
		nbt_write_le16(&t->w, cases[i].offset);
		nbt_write_le16(&t->w, 72);
		t->w.pos += unhex(t->w.base + t->w.pos, 72, TALK_BIND);
		talk_send(t);
		if (talk_status(t) != 0xC000000D)
			fail_msg("%s: %08x", cases[i].what, t->header.status);
	}
}

static void other_pipes_are_not_there(void **state)
{
	static const struct {
		const char *name;
		bool is_there;
	} cases[] = {
		{ "\\srvsvc", true },   { "srvsvc", true },     { "\\PIPE\\SRVSVC", true },
		{ "\\browser", false }, { "\\srvsvc2", false }, { "", false },
	};
	struct talk *t = *state;

	talk_reach_ipc(t, 4356);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t at;

		talk_begin(t, SMB1_NT_CREATE);
		nbt_write_u8(&t->w, 24);
		smb1_write_no_andx(&t->w);
		nbt_write_zeros(&t->w, 44);
		at = smb1_begin_bytes(&t->w);
		nbt_write_bytes(&t->w, cases[i].name, strlen(cases[i].name) + 1);
		smb1_end_bytes(&t->w, at);
		talk_send(t);
		if (talk_status(t) != (cases[i].is_there ? 0 : 0xC0000034))
			fail_msg("%s: %08x", cases[i].name, t->header.status);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, talk_create, talk_destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pipes_are_files_in_smb1),
		TEST(calls_and_their_faults),
		TEST(a_call_ends_the_answer_before),
		TEST(an_answer_is_read_once),
		TEST(resume_handles),
		TEST(transactions_on_pipes),
		TEST(pipes_of_other_trees),
		TEST(pieces_are_as_long_as_the_buffer),
		TEST(writes_point_at_bytes),
		TEST(other_pipes_are_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
