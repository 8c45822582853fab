/* The IPC$ client: against our own server, and against servers that lie. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#include <nbt/session.h>

#include "ipc_pull.h"
#include "smb/rap.h"
#include "smb/smb1.h"
#include "smb/smb1_trans.h"
#include "smb/text.h"

#define TRANS_AT (4 + SMB1_HEADER_LEN + 1) /* the words of a transaction's reply */

static const struct ipc_request both[] = {
	{ .types = RAP_TYPE_ALL, .domain = "" },
	{ .types = RAP_TYPE_DOMAIN_ENUM, .domain = "" },
};

static const struct ipc_task task = {
	.server = "ALPHA",
	.has_session_service = true,
	.requests = both,
	.request_count = 2,
	.reply_ms = 10000,
	.whole_ms = 60000,
};

static int create(void **state)
{
	struct pull *p = pull_create(&task, SMB_MAY_SMB1 | SMB_MAY_SPNEGO);

	if (p == NULL)
		return -1;
	p->task.called = name_of("ALPHA<20>");
	p->task.calling = name_of("CLI<00>");
	listing_add(&p->test->servers, "ALPHA", 0x00059A03, "ALPHA test host");
	listing_add(&p->test->servers, "BRAVO", 0x00019A03, "BRAVO test host");
	listing_add(&p->test->groups, "TESTGRP", 0x80001000, "ALPHA");
	*state = p;
	return 0;
}

static int destroy(void **state)
{
	pull_destroy(*state);
	return 0;
}

static void lists_are_pulled(void **state)
{
	struct pull *p = *state;

	pull_start(p);
	pull_run(p);
	assert_int_equal(p->state, IPC_DONE);
	assert_int_equal(p->ends, 2);
	assert_int_equal(p->end[0], IPC_WHOLE);
	assert_int_equal(p->entries[0], 2);
	assert_string_equal(p->first_name, "ALPHA");
	assert_string_equal(p->first_comment, "ALPHA test host");
	assert_int_equal(p->first.type, 0x00059A03);
	assert_int_equal(p->end[1], IPC_WHOLE);
	assert_int_equal(p->entries[1], 1);
	assert_string_equal(p->name, "TESTGRP");
	assert_int_equal(ipc_client_deadline(p->client), NBT_NEVER);
	assert_int_equal(ipc_client_closed(p->client), IPC_DONE);
	assert_int_equal(ipc_client_connected(p->client, &p->test->env), IPC_DONE);
	assert_string_equal(ipc_client_domain(p->client), "TESTGRP");
	assert_int_equal(p->exchange, 7);
}

/* 445 has no session request; bytes come one by one, with keepalives between. */
static void bytes_come_as_they_will(void **state)
{
	struct pull *p = *state;

	p->task.has_session_service = false;
	p->piece = 1;
	pull_start(p);
	pull_give(p, (const uint8_t *)"\x85\0\0\0", 4);
	pull_run(p);
	assert_int_equal(p->state, IPC_DONE);
	assert_int_equal(p->entries[0], 2);
	assert_int_equal(p->exchange, 6);
}

static void shares_are_pulled(void **state)
{
	static const struct ipc_request shares = { .shares = true, .domain = "" };
	struct pull *p = *state;

	p->task.requests = &shares;
	p->task.request_count = 1;
	pull_start(p);
	pull_run(p);
	assert_int_equal(p->state, IPC_DONE);
	assert_int_equal(p->entries[0], 1);
	assert_string_equal(p->first_name, "IPC$");
	assert_int_equal(p->first.type, RAP_SHARE_TYPE_IPC);
	assert_string_equal(p->first_comment, "IPC Service (ALPHA test host)");
	assert_int_equal(p->exchange, 6);
}

static void fill(struct pull *p, unsigned count)
{
	char name[16];

	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "HOST%05u", i);
		listing_add(&p->test->servers, name, 3, "the comment of a host, forty bytes long.");
	}
}

static void always_more(struct pull *p, uint8_t *frame, size_t *len);

/* For shares there is no function to go on with. */
static void more_shares_are_not_asked_for(void **state)
{
	static const struct ipc_request shares = { .shares = true, .domain = "" };
	struct pull *p = *state;

	p->task.requests = &shares;
	p->task.request_count = 1;
	p->lie = always_more;
	pull_start(p);
	pull_run(p);
	assert_int_equal(p->state, IPC_DONE);
	assert_int_equal(p->end[0], IPC_PARTIAL);
	assert_int_equal(p->exchange, 6);
}

static void long_lists_go_on(void **state)
{
	struct pull *p = *state;

	fill(p, 1500);
	pull_start(p);
	pull_run(p);
	assert_int_equal(p->state, IPC_DONE);
	assert_int_equal(p->end[0], IPC_WHOLE);
	assert_int_equal(p->entries[0], 1502);
}

/* An old server: it has more, and knows no NetServerEnum3. */
static void deny_later_rounds(struct pull *p, uint8_t *frame, size_t *len)
{
	(void)len;
	if (p->sent_len > 100 && memmem(p->sent, p->sent_len, "WrLehDzz", 8) != NULL)
		nbt_put_u16(frame + 4 + 56, 0x3200); /* the status of RAP */
}

static void a_partial_list_is_kept(void **state)
{
	struct pull *p = *state;

	fill(p, 1500);
	p->lie = deny_later_rounds;
	pull_start(p);
	pull_run(p);
	assert_int_equal(p->state, IPC_DONE);
	assert_int_equal(p->end[0], IPC_PARTIAL);
	assert_true(p->entries[0] > 900 && p->entries[0] < 1500);
	assert_int_equal(p->end[1], IPC_WHOLE);
}

/* 234 for ever, with the same entries. */
static void always_more(struct pull *p, uint8_t *frame, size_t *len)
{
	(void)p;
	if (*len > 64 && frame[8] == SMB1_TRANSACTION)
		frame[4 + 56] = RAP_MORE_DATA;
}

static void a_server_that_never_ends_is_left(void **state)
{
	struct pull *p = *state;

	p->lie = always_more;
	pull_start(p);
	pull_run(p);
	assert_int_equal(p->state, IPC_DONE);
	assert_int_equal(p->end[0], IPC_PARTIAL);
	assert_int_equal(p->entries[0], 2);
	assert_int_equal(p->end[1], IPC_PARTIAL);
	assert_true(p->exchange < 12);
}

/* New entries for ever: every name is another one. */
static void always_new(struct pull *p, uint8_t *frame, size_t *len)
{
	static unsigned count;
	struct nbt_reader r = nbt_reader_of(frame + 4, *len - 4);
	struct smb1_header header;
	struct smb1_block block;
	struct smb1_trans_reply part;

	always_more(p, frame, len);
	smb1_read_header(&r, &header);
	block = smb1_read_block(&r);
	if (header.command != SMB1_TRANSACTION || smb1_read_trans_reply(&block, &part) != NBT_OK)
		return;
	for (size_t i = 0; i < 900 && (i + 1) * 26 < part.data_count; i++)
		snprintf((char *)(uintptr_t)part.data + i * 26, 16, "0%08u", count++);
}

static void a_list_has_an_end(void **state)
{
	struct pull *p = *state;

	fill(p, 900);
	p->lie = always_new;
	pull_start(p);
	pull_run(p);
	assert_int_equal(p->state, IPC_DONE);
	assert_int_equal(p->end[0], IPC_PARTIAL);
	assert_true(p->entries[0] > 2000 && p->entries[0] < 20000);
}

static void refuse_login(struct pull *p, uint8_t *frame, size_t *len)
{
	(void)p;
	if (frame[8] == SMB1_SESSION_SETUP) {
		memcpy(frame + 9, "\x6D\0\0\xC0", 4);
		memset(frame + 4 + SMB1_HEADER_LEN, 0, 3);
		*len = 4 + SMB1_HEADER_LEN + 3;
		frame[3] = SMB1_HEADER_LEN + 3;
	}
}

static void login_is_tried_twice(void **state)
{
	struct pull *p = *state;
	uint32_t status;

	p->lie = refuse_login;
	p->lie_at = 3; /* the first one */
	pull_start(p);
	while (p->exchange < 3)
		pull_answer(p);
	assert_int_equal(p->sent[4 + SMB1_HEADER_LEN + 15], 0); /* its password has no byte */
	assert_int_equal(p->sent[4 + SMB1_HEADER_LEN + 9], 1);  /* 0 would end other connections */
	pull_answer(p);
	assert_int_equal(p->sent[8], SMB1_SESSION_SETUP);
	assert_int_equal(p->sent[4 + SMB1_HEADER_LEN + 15], 1);
	pull_run(p);
	assert_int_equal(p->state, IPC_DONE);
	p->lie_at = 0;
	pull_start(p);
	pull_run(p);
	assert_int_equal(p->state, IPC_FAILED);
	assert_string_equal(ipc_client_failure(p->client, &status),
			    "the server lets nobody in without a password");
	assert_int_equal(status, 0xC000006D);
	assert_int_equal(p->ends, 2);
	assert_int_equal(p->end[1], IPC_BROKEN);
}

static void unknown_names_are_called_otherwise(void **state)
{
	struct pull *p = *state;
	struct in_addr address;
	uint16_t port;
	struct nbt_session request;

	pull_start(p);
	pull_give(p, (const uint8_t *)"\x83\0\0\1\x80", 5);
	assert_int_equal(p->state, IPC_RECONNECT);
	pull_start(p);
	pull_give(p, (const uint8_t *)"\x83\0\0\1\x82", 5);
	assert_int_equal(p->state, IPC_RECONNECT);
	assert_false(ipc_client_target(p->client, &address, &port));
	p->test->env.now_ms += 5000; /* for the new connection; all must be done as before */
	assert_int_equal(ipc_client_deadline(p->client), 61000);
	p->state = ipc_client_connected(p->client, &p->test->env);
	assert_int_equal(nbt_session_decode(&request, p->sent, p->sent_len), NBT_OK);
	assert_memory_equal(request.called.bytes, "*SMBSERVER      ", 15);
	assert_int_equal(request.called.bytes[15], 0x20);
	assert_int_equal(ipc_client_deadline(p->client), 16000);
	p->test->env.now_ms = 55000;
	pull_give(p, (const uint8_t *)"\x82\0\0\0", 4);
	assert_int_equal(ipc_client_deadline(p->client), 61000);
	p->test->env.now_ms += 50000;
	assert_int_equal(ipc_client_wake(p->client, &p->test->env), IPC_FAILED);
	pull_start(p);
	pull_give(p, (const uint8_t *)"\x83\0\0\1\x82", 5);
	p->state = ipc_client_connected(p->client, &p->test->env);
	pull_give(p, (const uint8_t *)"\x83\0\0\1\x82", 5);
	assert_int_equal(p->state, IPC_FAILED);
}

static void retargets_are_followed_once(void **state)
{
	static const struct {
		const char *what;
		const uint8_t *frame;
		size_t len;
		enum ipc_state want;
	} cases[] = {
		{ "somewhere", BYTES("\x84\0\0\6\x0A\1\2\3\x04\x73"), IPC_RECONNECT },
		{ "no port", BYTES("\x84\0\0\6\x0A\1\2\3\0\0"), IPC_FAILED },
		{ "ourselves", BYTES("\x84\0\0\6\x7F\0\0\1\0\x8B"), IPC_FAILED },
		{ "nowhere", BYTES("\x84\0\0\6\0\0\0\0\0\x8B"), IPC_FAILED },
		{ "many", BYTES("\x84\0\0\6\xE0\0\0\1\0\x8B"), IPC_FAILED },
		{ "everybody", BYTES("\x84\0\0\6\xFF\xFF\xFF\xFF\0\x8B"), IPC_FAILED },
		{ "another error", BYTES("\x83\0\0\1\x8F"), IPC_FAILED },
		{ "cut off", BYTES("\x84\0\0\2\x0A\1"), IPC_FAILED },
	};
	struct pull *p = *state;
	struct in_addr address;
	uint16_t port;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		pull_start(p);
		pull_give(p, cases[i].frame, cases[i].len);
		if (p->state != cases[i].want)
			fail_msg("%s: another state", cases[i].what);
		if (i > 0)
			continue;
		assert_true(ipc_client_target(p->client, &address, &port));
		assert_int_equal(address.s_addr, 0x0302010A);
		assert_int_equal(port, 1139);
		p->state = ipc_client_connected(p->client, &p->test->env);
		pull_give(p, cases[i].frame, cases[i].len);
		assert_int_equal(p->state, IPC_FAILED);
	}
}

/* A byte of an answer that is another. */
static size_t lie_offset;
static uint8_t lie_value;

static void change_byte(struct pull *p, uint8_t *frame, size_t *len)
{
	(void)p;
	if (lie_offset < *len)
		frame[lie_offset] = lie_value;
}

static void lies_are_found_out(void **state)
{
	static const struct {
		const char *what;
		unsigned exchange; /* 2 negotiate, 3 setup, 4 tree, 5 list */
		size_t offset;
		uint8_t value;
		enum ipc_state want;
		enum ipc_end end;
	} cases[] = {
		{ "no SMB", 2, 5, 'X', IPC_FAILED, IPC_BROKEN },
		{ "SMB2", 2, 4, 0xFE, IPC_FAILED, IPC_BROKEN },
		{ "another command", 2, 8, SMB1_ECHO, IPC_FAILED, IPC_BROKEN },
		{ "a request", 2, 13, 0, IPC_FAILED, IPC_BROKEN },
		{ "an answer to something else", 2, 34, 9, IPC_FAILED, IPC_BROKEN },
		{ "no negotiation", 2, 9, 1, IPC_FAILED, IPC_BROKEN },
		{ "a dialect not offered", 2, 37, 4, IPC_FAILED, IPC_BROKEN },
		{ "a dialect of another form", 2, 37, 1, IPC_FAILED, IPC_BROKEN },
		{ "the form of the core dialect", 2, 36, 1, IPC_FAILED, IPC_BROKEN },
		{ "extended security", 2, 37 + 22, 0x80, IPC_FAILED, IPC_BROKEN },
		{ "words of no form", 2, 36, 16, IPC_FAILED, IPC_BROKEN },
		{ "no tree", 4, 9, 1, IPC_FAILED, IPC_BROKEN },
		{ "no transaction", 5, 9, 1, IPC_DONE, IPC_REFUSED },
		{ "no RAP", 5, 60, 50, IPC_DONE, IPC_REFUSED },
		{ "parameters before the frame", 5, TRANS_AT + 8, 4, IPC_FAILED, IPC_BROKEN },
		{ "parameters beyond the frame", 5, TRANS_AT + 9, 0x80, IPC_FAILED, IPC_BROKEN },
		{ "data beyond the frame", 5, TRANS_AT + 15, 0x80, IPC_FAILED, IPC_BROKEN },
		{ "more parameters than room", 5, TRANS_AT + 1, 0x80, IPC_FAILED, IPC_BROKEN },
		{ "fewer parameters than read", 5, TRANS_AT, 3, IPC_DONE, IPC_BROKEN },
		{ "more entries than data", 5, 64, 200, IPC_DONE, IPC_WHOLE },
		{ "a converter", 5, 62, 8, IPC_DONE, IPC_WHOLE },
		{ "data shorter than told", 5, TRANS_AT + 2, 30, IPC_DONE, IPC_WHOLE },
		{ "a name of control characters", 5, 4 + 64, 7, IPC_DONE, IPC_WHOLE },
		{ "a name of sixteen bytes", 5, 4 + 64 + 15, 'X', IPC_DONE, IPC_WHOLE },
	};
	struct pull *p = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		p->lie = change_byte;
		p->lie_at = cases[i].exchange;
		lie_offset = cases[i].offset;
		lie_value = cases[i].value;
		pull_start(p);
		pull_run(p);
		if (p->state != cases[i].want || p->end[0] != cases[i].end || p->ends != 2)
			fail_msg("%s: state %d, end %d", cases[i].what, p->state, p->end[0]);
		assert_true(p->entries[0] <= 2);
	}
}

static void too_long_frames_are_not_read(void **state)
{
	static const uint8_t longest[4 + 0xFFFF] = { 0, 0, 0xFF, 0xFF };
	struct pull *p = *state;
	uint32_t status;

	p->task.has_session_service = false;
	pull_start(p);
	pull_give(p, (const uint8_t *)"\0\1\0\0", 4);
	assert_int_equal(p->state, IPC_FAILED);
	assert_string_equal(ipc_client_failure(p->client, &status),
			    "the server sends more than was asked for");
	pull_start(p);
	pull_give(p, longest, sizeof(longest));
	assert_string_equal(ipc_client_failure(p->client, &status),
			    "the server answers something else");
}

/* As far as the first list; the answer to that, which is held back, in parts. */
struct parts {
	struct smb1_header header;
	struct smb1_trans_reply whole;
};

static void reach_list(struct pull *p, struct parts *parts)
{
	struct nbt_reader r;
	struct smb1_block block;

	p->task.has_session_service = false;
	pull_start(p);
	while (p->exchange < 4)
		pull_answer(p);
	smb_host_forget(p->test);
	smb_host_receive(p->test, &p->session, p->sent, p->sent_len);
	r = nbt_reader_of(p->test->frames[0].bytes + 4, p->test->frames[0].len - 4);
	smb1_read_header(&r, &parts->header);
	block = smb1_read_block(&r);
	assert_int_equal(smb1_read_trans_reply(&block, &parts->whole), NBT_OK);
}

static void give_part(struct pull *p, const struct parts *parts,
		      const struct smb1_trans_reply *part)
{
	uint8_t frame[400];
	struct nbt_writer w = nbt_writer_of(frame + 4, sizeof(frame) - 4);

	smb1_write_header(&w, &parts->header);
	smb1_write_trans_reply(&w, part);
	assert_int_equal(w.err, NBT_OK);
	nbt_put_u16(frame, 0);
	nbt_put_u16(frame + 2, (uint16_t)w.pos);
	pull_give(p, frame, w.pos + 4);
}

/* The first thirty bytes of the data, with the parameters; the rest without. */
static void cut_in_two(const struct parts *parts, struct smb1_trans_reply cut[2])
{
	cut[0] = cut[1] = parts->whole;
	cut[0].data_count = 30;
	cut[1].data += 30;
	cut[1].data_at = 30;
	cut[1].data_count = (uint16_t)(cut[1].data_count - 30);
	cut[1].param_count = 0;
}

/* In either order, and the first may say that there will be more. */
static void parts_come_in_any_order(void **state)
{
	struct pull *p = *state;
	struct smb1_trans_reply cut[2];
	struct parts parts;

	for (int first = 0; first <= 1; first++) {
		p->test->env.now_ms = 1000;
		reach_list(p, &parts);
		cut_in_two(&parts, cut);
		cut[first].total_data = 500;
		p->test->env.now_ms = 5000;
		give_part(p, &parts, &cut[first]);
		assert_int_equal(p->ends, 0);
		assert_int_equal(ipc_client_deadline(p->client), 15000); /* each has its time */
		give_part(p, &parts, &cut[1 - first]);
		assert_int_equal(p->ends, 1);
		assert_int_equal(p->end[0], IPC_WHOLE);
		assert_int_equal(p->entries[0], 2);
	}
}

static void parts_that_cannot_be(void **state)
{
	struct pull *p = *state;
	struct smb1_trans_reply cut[2], nothing;
	struct parts parts;

	reach_list(p, &parts);
	cut_in_two(&parts, cut);
	nothing = cut[1];
	nothing.data_count = 0;
	give_part(p, &parts, &cut[0]);
	give_part(p, &parts, &nothing); /* for ever */
	assert_int_equal(p->state, IPC_FAILED);

	reach_list(p, &parts);
	cut_in_two(&parts, cut);
	cut[0].data_at = 0xFFFF - 29;
	give_part(p, &parts, &cut[0]);
	assert_int_equal(p->state, IPC_FAILED);

	reach_list(p, &parts);
	cut_in_two(&parts, cut);
	cut[0].param_at = 57;
	give_part(p, &parts, &cut[0]);
	assert_int_equal(p->state, IPC_FAILED);
}

/* Windows is asked for its own group without a name; others by theirs. */
static void what_is_asked(void **state)
{
	static const struct ipc_request ours = { .types = 3, .domain = "" },
					other = { .types = 3, .domain = "OTHER" };
	static const uint8_t want_ours[] = "\x68\0WrLehDO\0B16BBDz\0\1\0\xFF\xFF\3\0\0",
			     want_other[] = "\x68\0WrLehDz\0B16BBDz\0\1\0\xFF\xFF\3\0\0\0OTHER";
	struct pull *p = *state;
	struct parts parts;

	p->task.request_count = 1;
	p->task.requests = &ours;
	reach_list(p, &parts);
	assert_non_null(memmem(p->sent, p->sent_len, want_ours, sizeof(want_ours)));
	p->task.requests = &other;
	reach_list(p, &parts);
	assert_non_null(memmem(p->sent, p->sent_len, want_other, sizeof(want_other)));
}

/* What is told of a host: its name must be one, its comment is made one. */
static void hosts_as_they_are_told(void **state)
{
	static const struct {
		const char *what;
		size_t at; /* in the data */
		uint8_t value;
		unsigned entries;
		const char *first, *comment;
		uint8_t major, minor;
	} cases[] = {
		{ "no name", 0, 0, 1, "BRAVO", "BRAVO test host", 0, 0 },
		{ "a control character", 0, 0x1F, 1, "BRAVO", "BRAVO test host", 0, 0 },
		{ "DEL", 0, 0x7F, 1, "BRAVO", "BRAVO test host", 0, 0 },
		{ "a letter of the OEM set", 0, 0x80, 2, "\x80LPHA", "ALPHA test host", 0, 0 },
		{ "a control character in a comment", 52, 7, 2, "ALPHA", "?LPHA test host", 0, 0 },
		{ "DEL in a comment", 53, 0x7F, 2, "ALPHA", "A?PHA test host", 0, 0 },
		{ "a comment that is inside its record", 26 + 22, 30, 1, "ALPHA", "ALPHA test host",
		  0, 0 },
		{ "a version", 16, 5, 2, "ALPHA", "ALPHA test host", 5, 0 },
		{ "a lower version", 17, 2, 2, "ALPHA", "ALPHA test host", 0, 2 },
	};
	struct pull *p = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct smb1_trans_reply part;
		struct parts parts;
		uint8_t data[200];

		reach_list(p, &parts);
		part = parts.whole;
		memcpy(data, part.data, part.data_count);
		data[cases[i].at] = cases[i].value;
		part.data = data;
		give_part(p, &parts, &part);
		if (p->entries[0] != cases[i].entries)
			fail_msg("%s: %u", cases[i].what, p->entries[0]);
		assert_string_equal(p->first_name, cases[i].first);
		assert_string_equal(p->first_comment, cases[i].comment);
		assert_int_equal(p->first.major, cases[i].major);
		assert_int_equal(p->first.minor, cases[i].minor);
	}
}

/* Rounds of a list as a server may give them: names, each a letter. */
static void give_round(struct pull *p, const struct parts *parts, uint16_t status,
		       const char *names, uint16_t param_count)
{
	uint8_t params[8], data[200];
	struct nbt_writer w = nbt_writer_of(params, sizeof(params));
	size_t count = strlen(names);
	struct rap_records records = rap_begin_records("B16BBDz", count, data, sizeof(data));
	struct parts now = *parts;
	struct smb1_trans_reply part = { .params = params, .data = data };
	enum nbt_error err;

	for (size_t i = 0; i < count; i++) {
		const char name[2] = { names[i], 0 };
		const struct rap_value values[] = { { .text = name },
						    { .number = 0 },
						    { .number = 0 },
						    { .number = 3 },
						    { .text = "" } };

		rap_add_record(&records, values);
	}
	part.total_data = part.data_count = (uint16_t)rap_end_records(&records, &err);
	rap_write_reply(&w, "WrLeh",
			&(struct rap_reply){
				.status = status, .returned = (uint16_t)count, .available = 9 });
	part.total_params = part.param_count = param_count;
	now.header.mid = (uint16_t)p->exchange;
	give_part(p, &now, &part);
}

/* 7.4: a round that brings nothing new is the last, whatever else it says; and what there is stays.
 */
static void rounds_that_lead_nowhere(void **state)
{
	static const struct {
		const char *what;
		uint16_t status;
		const char *names;
		uint16_t param_count;
		enum ipc_end end; /* IPC_BROKEN: none yet */
		unsigned entries;
	} cases[] = {
		{ "the end", RAP_OK, "BC", 8, IPC_WHOLE, 3 },
		{ "more", RAP_MORE_DATA, "BC", 8, IPC_BROKEN, 3 },
		{ "nothing", RAP_MORE_DATA, "", 8, IPC_PARTIAL, 2 },
		{ "the same", RAP_MORE_DATA, "B", 8, IPC_PARTIAL, 2 },
		{ "a new one, and back to the same", RAP_MORE_DATA, "CB", 8, IPC_PARTIAL, 3 },
		{ "an error", RAP_NOT_SUPPORTED, "", 8, IPC_PARTIAL, 2 },
		{ "no status", RAP_OK, "", 3, IPC_PARTIAL, 2 },
	};
	struct pull *p = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct parts parts;

		reach_list(p, &parts);
		give_round(p, &parts, RAP_MORE_DATA, "AB", 8);
		assert_int_equal(p->ends, 0);
		assert_int_equal(p->exchange, 5);
		assert_non_null(memmem(p->sent, p->sent_len, "WrLehDzz", 8));
		give_round(p, &parts, cases[i].status, cases[i].names, cases[i].param_count);
		if (p->ends != (cases[i].end == IPC_BROKEN ? 0 : 1) ||
		    (p->ends == 1 && p->end[0] != cases[i].end) ||
		    p->entries[0] != cases[i].entries)
			fail_msg("%s: %u ends, %u entries", cases[i].what, p->ends, p->entries[0]);
	}
}

/* A server that refuses the function for later rounds. */
static void refuse_later_rounds(struct pull *p, uint8_t *frame, size_t *len)
{
	(void)len;
	if (memmem(p->sent, p->sent_len, "WrLehDzz", 8) != NULL)
		frame[9] = 1;
}

static void a_refusal_leaves_what_there_is(void **state)
{
	struct pull *p = *state;

	fill(p, 1500);
	p->lie = refuse_later_rounds;
	pull_start(p);
	pull_run(p);
	assert_int_equal(p->state, IPC_DONE);
	assert_int_equal(p->end[0], IPC_PARTIAL);
}

/* The last round is said to be whole, but there was no room for it. */
static void new_until_the_end(struct pull *p, uint8_t *frame, size_t *len)
{
	always_new(p, frame, len);
	if (p->entries[0] > 3600 && *len > 10000)
		frame[60] = 0;
}

static void a_list_without_room_is_not_whole(void **state)
{
	struct pull *p = *state;

	fill(p, 900);
	p->lie = new_until_the_end;
	pull_start(p);
	pull_run(p);
	assert_int_equal(p->state, IPC_DONE);
	assert_int_equal(p->end[0], IPC_PARTIAL);
	assert_in_range(p->entries[0], 3601, 4499);
}

/* A name that no request has room for. */
static void too_long_names_are_not_sent(void **state)
{
	struct pull *p = *state;
	char name[1000] = "";
	uint32_t status;

	memset(name, 'x', sizeof(name) - 1);
	p->task.server = name;
	pull_start(p);
	pull_run(p);
	assert_int_equal(p->state, IPC_FAILED);
	assert_string_equal(ipc_client_failure(p->client, &status),
			    "the names don't fit into a request");
}

static void servers_that_wait_are_left(void **state)
{
	struct pull *p = *state;
	uint32_t status;

	pull_start(p);
	assert_int_equal(ipc_client_deadline(p->client), 11000);
	p->test->env.now_ms = 10999;
	assert_int_equal(ipc_client_wake(p->client, &p->test->env), IPC_WORKING);
	pull_answer(p);
	assert_int_equal(ipc_client_deadline(p->client), 20999);
	p->test->env.now_ms = 60000; /* each answer was in time, all together are not */
	pull_answer(p);
	assert_int_equal(ipc_client_deadline(p->client), 61000);
	p->test->env.now_ms = 61000;
	assert_int_equal(ipc_client_wake(p->client, &p->test->env), IPC_FAILED);
	assert_string_equal(ipc_client_failure(p->client, &status),
			    "the server does not answer in time");
	assert_int_equal(p->ends, 2);
}

static void a_closed_connection_is_a_failure_but_at_the_end(void **state)
{
	struct pull *p = *state;

	pull_start(p);
	assert_int_equal(ipc_client_closed(p->client), IPC_FAILED);
	pull_start(p);
	while (p->ends < 1)
		pull_answer(p);
	assert_int_equal(ipc_client_closed(p->client), IPC_FAILED);
	for (int waits = 0; waits <= 1; waits++) {
		pull_start(p);
		while (p->ends < 2)
			pull_answer(p);
		assert_int_equal(p->state, IPC_WORKING);
		if (waits) { /* nobody needs its last answer */
			p->test->env.now_ms += 10000;
			assert_int_equal(ipc_client_wake(p->client, &p->test->env), IPC_DONE);
		} else {
			assert_int_equal(ipc_client_closed(p->client), IPC_DONE);
		}
	}
}

/* A server of the core dialect has no lists, also if it says that it has chosen ours. */
static void core_servers_are_left(void **state)
{
	static const uint8_t negotiated[] = "\0\0\0\x25\xFFSMBr\0\0\0\0\x88\1\x40\0\0\0\0\0\0\0\0\0"
					    "\0\0\0\0\0\1\0\0\0\1\0\1\0\0\0";
	struct pull *p = *state;
	uint32_t status;

	p->task.has_session_service = false;
	pull_start(p);
	pull_give(p, negotiated, sizeof(negotiated));
	assert_int_equal(p->state, IPC_FAILED);
	assert_string_equal(ipc_client_failure(p->client, &status),
			    "the server speaks no dialect of SMB1 that we know");
}

/* The group is told in one of two answers. */
static void say_nothing(struct pull *p, uint8_t *frame, size_t *len)
{
	(void)p;
	if (frame[8] != SMB1_SESSION_SETUP)
		return;
	frame[4 + SMB1_HEADER_LEN + 7] = frame[4 + SMB1_HEADER_LEN + 8] = 0;
	*len = 4 + SMB1_HEADER_LEN + 9;
	frame[3] = (uint8_t)(*len - 4);
}

static void the_group_is_told_once(void **state)
{
	struct pull *p = *state;

	p->lie = say_nothing;
	pull_start(p);
	pull_run(p);
	assert_int_equal(p->state, IPC_DONE);
	assert_string_equal(ipc_client_domain(p->client), "TESTGRP");
}

/* A server of LANMAN 2.1 is asked in its own form. */
static void lanman_servers_are_spoken_to(void **state)
{
	static const uint8_t negotiated[] = "\0\0\0\x45\xFFSMBr\0\0\0\0\x88\1\x40\0\0\0\0\0\0\0\0\0"
					    "\0\0\0\0\0\1\0\0\0\1\0\x0D\2\0\3\0\x04\x41\x32\0\1\0\3"
					    "\0\x0D\x12\0\0\xE6\x8E\x74\x5D\0\0\x08\0\0\0\x08\0"
					    "12345678";
	struct pull *p = *state;

	p->task.has_session_service = false;
	pull_start(p);
	pull_give(p, negotiated, sizeof(negotiated) - 1);
	assert_int_equal(p->state, IPC_WORKING);
	assert_int_equal(p->exchange, 2);
	assert_int_equal(p->sent[8], SMB1_SESSION_SETUP);
	assert_int_equal(p->sent[36], 10);
	assert_memory_equal(p->sent + 36 + 11, "\x0D\x12\0\0", 4); /* the key of the session */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_are_pulled),
		TEST(bytes_come_as_they_will),
		TEST(shares_are_pulled),
		TEST(more_shares_are_not_asked_for),
		TEST(long_lists_go_on),
		TEST(a_partial_list_is_kept),
		TEST(a_server_that_never_ends_is_left),
		TEST(a_list_has_an_end),
		TEST(login_is_tried_twice),
		TEST(unknown_names_are_called_otherwise),
		TEST(retargets_are_followed_once),
		TEST(lies_are_found_out),
		TEST(too_long_frames_are_not_read),
		TEST(parts_come_in_any_order),
		TEST(parts_that_cannot_be),
		TEST(what_is_asked),
		TEST(hosts_as_they_are_told),
		TEST(rounds_that_lead_nowhere),
		TEST(a_refusal_leaves_what_there_is),
		TEST(a_list_without_room_is_not_whole),
		TEST(too_long_names_are_not_sent),
		TEST(servers_that_wait_are_left),
		TEST(a_closed_connection_is_a_failure_but_at_the_end),
		TEST(core_servers_are_left),
		TEST(the_group_is_told_once),
		TEST(lanman_servers_are_spoken_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
