/* DCE RPC and srvsvc. The bytes are those of smbclient and smbd. */
#include "support.h"

#include "smb/rpc.h"
#include "smb/srvsvc.h"

#define BIND                                                                                       \
	"05000b03100000004800000001000000b810b810000000000100000000000100c84f324b7016d30112785a47" \
	"bf6ee18803000000045d888aeb1cc9119fe808002b10486002000000"
#define ENUM                                                                                         \
	"050000031000000054000000020000003c00000000000f00"                                           \
	"0000020006000000000000000600000041004c0050004800410000000100000001000000040002000000000000" \
	"000000ffffffff0800020000000000"

static const struct srvsvc_host host = { .name = "ALPHA",
					 .comment = "ALPHA test host",
					 .ipc_remark = "IPC Service (ALPHA test host)",
					 .major = 6,
					 .minor = 1,
					 .type = 0x9A03,
					 .wall_s = 1784000000,
					 .now_ms = 4711 };

static void bind_is_acknowledged(void **state)
{
	uint8_t in[128], want[128], out[128];
	struct nbt_writer w = nbt_writer_of(out, sizeof(out));
	struct rpc_call call;
	size_t len = unhex(want, sizeof(want),
			   "05000c03100000004400000001000000b810b810c6d700000d005c706970655c737276"
			   "73766300000100000000000000045d888aeb1cc9119fe808002b10486002000000");

	(void)state;
	assert_int_equal(rpc_read_call(in, unhex(in, sizeof(in), BIND), &call), NBT_OK);
	assert_int_equal(call.type, RPC_BIND);
	assert_true(call.whole);
	assert_int_equal(call.context_count, 1);
	assert_int_equal(call.accepted, 1);
	rpc_write_bind_ack(&w, &call, 0xD7C6);
	assert_int_equal(w.pos, len);
	assert_memory_equal(out, want, len);
}

/* Windows offers NDR64 and its features in contexts of their own. */
static void other_contexts_are_rejected(void **state)
{
	uint8_t in[256], out[256];
	size_t len = unhex(in, sizeof(in), BIND);
	struct nbt_writer w = nbt_writer_of(out, sizeof(out));
	struct rpc_call call;

	(void)state;
	memcpy(in + len, in + 28, 44);
	in[len + 24] ^= 1; /* another syntax */
	memcpy(in + len + 44, in + 28, 44);
	in[len + 48] ^= 1; /* another interface */
	in[24] = 3;
	in[8] = (uint8_t)(len + 88);
	assert_int_equal(rpc_read_call(in, len + 88, &call), NBT_OK);
	assert_int_equal(call.context_count, 3);
	assert_int_equal(call.accepted, 1);
	rpc_write_bind_ack(&w, &call, 1);
	assert_int_equal(w.pos, 68 + 48);
	assert_memory_equal(out + 68, "\2\0\2\0\0\0", 6);
}

static void broken_calls(void **state)
{
	static const struct {
		const char *what;
		size_t at;
		uint8_t value;
		enum nbt_error want;
	} cases[] = {
		{ "version", 0, 4, NBT_EVALUE },
		{ "big-endian", 4, 0, NBT_EVALUE },
		{ "type of a server", 2, RPC_BIND_ACK, NBT_EVALUE },
		{ "fragment longer than it is", 8, 0x49, NBT_ETRUNC },
		{ "fragment shorter than its header", 8, 15, NBT_ETRUNC },
		{ "more contexts than there are", 24, 2, NBT_ETRUNC },
		{ "more contexts than anybody has", 24, 9, NBT_ECOUNT },
		{ "more syntaxes than there are", 30, 200, NBT_ETRUNC },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t in[128];
		size_t len = unhex(in, sizeof(in), BIND);
		struct rpc_call call;

		in[cases[i].at] = cases[i].value;
		assert_error(cases[i].what, rpc_read_call(in, len, &call), cases[i].want);
	}
}

static struct nbt_writer answer_to(uint16_t opnum, uint32_t level, bool is_ipc, uint8_t *buf,
				   size_t size)
{
	const struct srvsvc_call call = { .opnum = opnum, .level = level, .is_ipc = is_ipc };
	struct nbt_writer w = nbt_writer_of(buf, size);

	srvsvc_write_answer(&w, &call, &host);
	return w;
}

static void shares_are_listed(void **state)
{
	static const char remark[] = "I\0P\0C\0 \0S\0e\0r\0v\0i\0c\0e\0 \0(\0A\0L\0P\0H\0A\0";
	uint8_t in[128], out[512];
	struct nbt_writer w = nbt_writer_of(out, sizeof(out));
	struct nbt_reader r;
	struct rpc_call call;
	struct srvsvc_call asked;

	(void)state;
	assert_int_equal(rpc_read_call(in, unhex(in, sizeof(in), ENUM), &call), NBT_OK);
	assert_int_equal(call.type, RPC_REQUEST);
	assert_int_equal(call.opnum, SRVSVC_SHARE_ENUM);
	assert_int_equal(srvsvc_read_call(call.opnum, call.stub, &asked), NBT_OK);
	assert_int_equal(asked.level, 1);
	assert_true(asked.resumes);
	rpc_begin_response(&w, call.call_id);
	srvsvc_write_answer(&w, &asked, &host);
	rpc_end_response(&w);
	assert_int_equal(w.err, NBT_OK);

	r = nbt_reader_of(out, w.pos);
	nbt_read_bytes(&r, 8);
	assert_int_equal(nbt_read_le16(&r), w.pos);
	nbt_read_le16(&r);
	assert_int_equal(nbt_read_le32(&r), 2);
	assert_int_equal(nbt_read_le32(&r), w.pos - 24);
	nbt_read_le32(&r);
	assert_int_equal(nbt_read_le32(&r), 1); /* level, twice */
	assert_int_equal(nbt_read_le32(&r), 1);
	assert_int_not_equal(nbt_read_le32(&r), 0);
	assert_int_equal(nbt_read_le32(&r), 1);
	assert_int_not_equal(nbt_read_le32(&r), 0);
	assert_int_equal(nbt_read_le32(&r), 1);
	assert_int_not_equal(nbt_read_le32(&r), 0);
	assert_int_equal(nbt_read_le32(&r), 0x80000003);
	assert_int_not_equal(nbt_read_le32(&r), 0);
	assert_int_equal(nbt_read_le32(&r), 5);
	assert_int_equal(nbt_read_le32(&r), 0);
	assert_int_equal(nbt_read_le32(&r), 5);
	assert_memory_equal(nbt_read_bytes(&r, 12), "I\0P\0C\0$\0\0\0\0", 12);
	assert_int_equal(nbt_read_le32(&r), 30);
	assert_int_equal(nbt_read_le32(&r), 0);
	assert_int_equal(nbt_read_le32(&r), 30);
	assert_memory_equal(nbt_read_bytes(&r, 60), remark, sizeof(remark) - 1);
	assert_int_equal(nbt_read_le32(&r), 1);     /* in all */
	assert_int_not_equal(nbt_read_le32(&r), 0); /* resume: from the start */
	assert_int_equal(nbt_read_le32(&r), 0);
	assert_int_equal(nbt_read_le32(&r), 0);
	assert_int_equal(nbt_reader_finish(&r), NBT_OK);
}

static void last_word_says_how_it_went(void **state)
{
	static const struct {
		const char *what;
		uint16_t opnum;
		uint32_t level;
		bool is_ipc;
		uint32_t want;
	} cases[] = {
		{ "shares, names alone", SRVSVC_SHARE_ENUM, 0, false, 0 },
		{ "shares in detail", SRVSVC_SHARE_ENUM, 2, false, 0 },
		{ "shares with security descriptors", SRVSVC_SHARE_ENUM, 502, false, 0 },
		{ "shares, an unknown level", SRVSVC_SHARE_ENUM, 3, false, 124 },
		{ "shares, a level of one share", SRVSVC_SHARE_ENUM, 1005, false, 124 },
		{ "the one share", SRVSVC_SHARE_GET_INFO, 1, true, 0 },
		{ "its name alone", SRVSVC_SHARE_GET_INFO, 0, true, 0 },
		{ "its details", SRVSVC_SHARE_GET_INFO, 502, true, 0 },
		{ "its flags", SRVSVC_SHARE_GET_INFO, 1005, true, 0 },
		{ "an unknown level", SRVSVC_SHARE_GET_INFO, 3, true, 124 },
		{ "another share", SRVSVC_SHARE_GET_INFO, 1, false, 2310 },
		{ "the server", SRVSVC_SERVER_GET_INFO, 101, false, 0 },
		{ "the server's name", SRVSVC_SERVER_GET_INFO, 100, false, 0 },
		{ "the server's details", SRVSVC_SERVER_GET_INFO, 102, false, 124 },
		{ "the time", SRVSVC_REMOTE_TOD, 0, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t buf[512];
		struct nbt_writer w = answer_to(cases[i].opnum, cases[i].level, cases[i].is_ipc,
						buf, sizeof(buf));
		struct nbt_reader r = nbt_reader_of(buf, w.pos);

		assert_int_equal(w.err, NBT_OK);
		assert_int_equal(w.pos % 4, 0);
		nbt_read_bytes(&r, w.pos - 4);
		if (nbt_read_le32(&r) != cases[i].want)
			fail_msg("%s: another error", cases[i].what);
	}
}

/* MS-SRVS sections 2.2.4.22 to 2.2.4.27: pointers as "p", and what is not one by its value. */
static void details_of_shares(void **state)
{
	static const struct {
		uint32_t level;
		const char *fields;
	} cases[] = {
		{ 0, "p" },      { 1, "pip" },          { 2, "pip0u1pp" },
		{ 501, "pip0" }, { 502, "pip0u1pp00" }, { 503, "pip0u1ppp00" },
		{ 1005, "0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t buf[512];
		struct nbt_writer w =
			answer_to(SRVSVC_SHARE_GET_INFO, cases[i].level, true, buf, sizeof(buf));
		struct nbt_reader r = nbt_reader_of(buf, w.pos);
		unsigned texts = 0;

		assert_int_equal(nbt_read_le32(&r), cases[i].level);
		assert_int_not_equal(nbt_read_le32(&r), 0);
		for (const char *f = cases[i].fields; *f != '\0'; f++) {
			uint32_t got = nbt_read_le32(&r);
			uint32_t want = *f == 'i' ? 0x80000003 : *f == 'u' ? UINT32_MAX : *f == '1';

			texts += *f == 'p';
			if (*f == 'p' ? got == 0 : got != want)
				fail_msg("level %u, '%c': %u", cases[i].level, *f, got);
		}
		for (; texts > 0; texts--) {
			uint32_t room = nbt_read_le32(&r);

			assert_int_equal(nbt_read_le32(&r), 0);
			assert_int_equal(nbt_read_le32(&r), room);
			nbt_read_bytes(&r, room * 2);
			nbt_read_align(&r, 4);
		}
		assert_int_equal(nbt_read_le32(&r), 0);
		assert_int_equal(nbt_reader_finish(&r), NBT_OK);
	}
}

static void an_unknown_level_lists_nothing(void **state)
{
	static const uint8_t want[] = "\3\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x7C\0\0";
	uint8_t buf[512];
	struct nbt_writer w = answer_to(SRVSVC_SHARE_ENUM, 3, false, buf, sizeof(buf));

	(void)state;
	assert_int_equal(w.pos, sizeof(want));
	assert_memory_equal(buf, want, sizeof(want));
}

/* MS-SRVS section 2.2.4.105. */
static void the_time_of_day(void **state)
{
	static const uint32_t want[] = { 1784000000, 0, 3, 33, 20, 0, 0, 310, 14, 7, 2026, 2, 0 };
	uint8_t buf[512];
	struct nbt_writer w = answer_to(SRVSVC_REMOTE_TOD, 0, false, buf, sizeof(buf));
	struct nbt_reader r = nbt_reader_of(buf, w.pos);

	(void)state;
	assert_int_not_equal(nbt_read_le32(&r), 0);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		assert_int_equal(nbt_read_le32(&r), i == 1 ? host.now_ms : want[i]);
	assert_int_equal(nbt_reader_finish(&r), NBT_OK);
}

static void what_is_served(void **state)
{
	(void)state;
	for (uint16_t opnum = 0; opnum < 64; opnum++)
		assert_int_equal(srvsvc_has(opnum), opnum == 15 || opnum == 16 || opnum == 21 ||
							    opnum == 28 || opnum == 36);
}

/* The container that an answer comes in is empty, and the sticky shares are the same ones. */
static void lists_are_asked_for(void **state)
{
	static const struct {
		const char *what, *hex;
		uint16_t opnum;
		bool resumes;
		enum nbt_error want;
	} cases[] = {
		{ "with a resume handle",
		  "00000000 02000000 02000000 04000200 00000000 00000000 ffffffff 08000200 00000000",
		  15, true, NBT_OK },
		{ "without",
		  "00000000 02000000 02000000 04000200 00000000 00000000 ffffffff 00000000", 15,
		  false, NBT_OK },
		{ "without a container", "00000000 02000000 02000000 00000000 ffffffff 00000000",
		  36, false, NBT_OK },
		{ "something is in it",
		  "00000000 02000000 02000000 04000200 01000000 08000200 ffffffff 00000000", 15,
		  false, NBT_EVALUE },
		{ "cut off", "00000000 02000000 02000000 04000200 00000000 00000000 ffffffff", 36,
		  false, NBT_ETRUNC },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t buf[64];
		struct nbt_reader stub = nbt_reader_of(buf, unhex(buf, sizeof(buf), cases[i].hex));
		struct srvsvc_call got;

		assert_error(cases[i].what, srvsvc_read_call(cases[i].opnum, stub, &got),
			     cases[i].want);
		if (cases[i].want != NBT_OK)
			continue;
		assert_int_equal(got.level, 2);
		assert_int_equal(got.resumes, cases[i].resumes);
	}
}

/* 9.3: a call that is not whole, or is authenticated, is known as such; what is behind it is not
 * its. */
static void calls_that_are_not_whole(void **state)
{
	static const struct {
		const char *what;
		uint8_t flags, auth_len;
		bool is_whole;
	} cases[] = {
		{ "whole", 3, 0, true },           { "its first fragment", 1, 0, false },
		{ "its last", 2, 0, false },       { "one in between", 0, 0, false },
		{ "authenticated", 3, 16, false }, { "with another flag", 0x83, 0, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t in[128];
		size_t len = unhex(in, sizeof(in), ENUM);
		struct rpc_call call;

		in[3] = cases[i].flags;
		in[10] = cases[i].auth_len;
		assert_error(cases[i].what, rpc_read_call(in, len + 8, &call), NBT_OK);
		assert_int_equal(call.whole, cases[i].is_whole);
		assert_int_equal(nbt_read_left(&call.stub), len - 24);
	}
}

static void other_answers(void **state)
{
	const struct rpc_call alter = {
		.type = RPC_ALTER, .call_id = 7, .context_count = 1, .accepted = 1
	};
	uint8_t want[128], out[128];
	struct nbt_writer w = nbt_writer_of(out, sizeof(out));
	size_t len = unhex(want, sizeof(want),
			   "05000f03100000003800000007000000b810b810010000000000000001000000"
			   "00000000045d888aeb1cc9119fe808002b10486002000000");

	(void)state;
	rpc_write_bind_ack(&w, &alter, 1);
	assert_int_equal(w.pos, len);
	assert_memory_equal(out, want, len);

	len = unhex(want, sizeof(want), "05000d03100000001600000007000000 0800 00000000");
	w = nbt_writer_of(out, sizeof(out));
	rpc_write_bind_nak(&w, 7);
	assert_int_equal(w.pos, len);
	assert_memory_equal(out, want, len);

	len = unhex(want, sizeof(want),
		    "05000303100000002000000007000000 0000000000000000 0200011c 00000000");
	w = nbt_writer_of(out, sizeof(out));
	rpc_write_fault(&w, 7, RPC_FAULT_OPNUM);
	assert_int_equal(w.pos, len);
	assert_memory_equal(out, want, len);
}

/* Its name alone has no comment. */
static void the_server_by_its_name(void **state)
{
	uint8_t buf[512];
	struct nbt_writer w = answer_to(SRVSVC_SERVER_GET_INFO, 100, false, buf, sizeof(buf));

	(void)state;
	assert_int_equal(w.pos, 16 + 12 + 12 + 4);
}

static void server_is_described(void **state)
{
	uint8_t buf[512];
	struct nbt_writer w = answer_to(SRVSVC_SERVER_GET_INFO, 101, false, buf, sizeof(buf));
	struct nbt_reader r = nbt_reader_of(buf, w.pos);

	(void)state;
	assert_int_equal(nbt_read_le32(&r), 101);
	nbt_read_le32(&r);
	assert_int_equal(nbt_read_le32(&r), 500);
	nbt_read_le32(&r);
	assert_int_equal(nbt_read_le32(&r), 6);
	assert_int_equal(nbt_read_le32(&r), 1);
	assert_int_equal(nbt_read_le32(&r), 0x9A03);
	nbt_read_le32(&r);
	assert_int_equal(nbt_read_le32(&r), 6);
}

static void share_names_are_read(void **state)
{
	static const struct {
		const char *what, *hex;
		bool is_ipc;
		enum nbt_error want;
	} cases[] = {
		{ "lower case",
		  "00000000 05000000 00000000 05000000 6900700063002400 0000 0000 01000000", true,
		  NBT_OK },
		{ "another", "00000000 02000000 00000000 02000000 4100 0000 01000000", false,
		  NBT_OK },
		{ "longer than it is", "00000000 ffffffff 00000000 ffffffff 4100", false,
		  NBT_ETRUNC },
		{ "half of 2^32 characters",
		  "00000000 00000080 00000000 00000080 4100 0000 01000000 0000000000000000", false,
		  NBT_ETRUNC },
		{ "offset", "00000000 02000000 01000000 02000000 4100 0000 01000000", false,
		  NBT_EVALUE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t buf[64];
		struct nbt_reader stub = nbt_reader_of(buf, unhex(buf, sizeof(buf), cases[i].hex));
		struct srvsvc_call got;

		assert_error(cases[i].what, srvsvc_read_call(SRVSVC_SHARE_GET_INFO, stub, &got),
			     cases[i].want);
		if (cases[i].want == NBT_OK)
			assert_int_equal(got.is_ipc, cases[i].is_ipc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bind_is_acknowledged),
		cmocka_unit_test(other_contexts_are_rejected),
		cmocka_unit_test(broken_calls),
		cmocka_unit_test(shares_are_listed),
		cmocka_unit_test(last_word_says_how_it_went),
		cmocka_unit_test(details_of_shares),
		cmocka_unit_test(an_unknown_level_lists_nothing),
		cmocka_unit_test(the_time_of_day),
		cmocka_unit_test(what_is_served),
		cmocka_unit_test(lists_are_asked_for),
		cmocka_unit_test(calls_that_are_not_whole),
		cmocka_unit_test(other_answers),
		cmocka_unit_test(the_server_by_its_name),
		cmocka_unit_test(server_is_described),
		cmocka_unit_test(share_names_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
