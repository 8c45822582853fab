/* The IPC$ client by SMB2: against our own server, and against servers that lie. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#include <nbt/session.h>

#include "ipc_pull.h"
#include "smb/rpc.h"
#include "smb/session_inner.h"
#include "smb/smb1.h"
#include "smb/smb2.h"
#include "smb/srvsvc.h"
#include "smb/status.h"

#define IOCTL_DATA_AT (4 + 112) /* in a frame */

/* The exchanges of a client that is let choose. */
enum { NEGOTIATE1 = 1, NEGOTIATE2, SETUP1, SETUP2, TREE, PIPE, BIND, SHARES, CLOSE, LOGOFF };

static const struct ipc_request shares[] = { { .shares = true, .domain = "" } };

static const struct ipc_task task = {
	.server = "ALPHA",
	.requests = shares,
	.request_count = 1,
	.by_smb2 = true,
	.reply_ms = 10000,
	.whole_ms = 60000,
};

static int create(void **state)
{
	*state = pull_create(&task, SMB_MAY_SMB1 | SMB_MAY_SMB2 | SMB_MAY_SPNEGO);
	return *state == NULL ? -1 : 0;
}

static int destroy(void **state)
{
	pull_destroy(*state);
	return 0;
}

static void assert_failure(const struct pull *p, const char *why, uint32_t want)
{
	uint32_t status;

	assert_int_equal(p->state, IPC_FAILED);
	assert_string_equal(ipc_client_failure(p->client, &status), why);
	assert_int_equal(status, want);
	assert_int_equal(p->ends, 1);
	assert_int_equal(p->end[0], IPC_BROKEN);
	assert_int_equal(ipc_client_deadline(p->client), NBT_NEVER);
}

static void assert_share(const struct pull *p)
{
	assert_int_equal(p->state, IPC_DONE);
	assert_int_equal(p->ends, 1);
	assert_int_equal(p->end[0], IPC_WHOLE);
	assert_int_equal(p->entries[0], 1);
	assert_string_equal(p->name, "IPC$");
	assert_string_equal(p->comment, "IPC Service (ALPHA test host)");
}

static void shares_are_pulled(void **state)
{
	struct pull *p = *state;

	pull_start(p);
	pull_run(p);
	assert_share(p);
	assert_int_equal(p->type, 0x80000003);
	assert_int_equal(p->exchange, LOGOFF);
	assert_int_equal(p->connections, 1);
	assert_int_equal(ipc_client_deadline(p->client), NBT_NEVER);
}

static void bytes_come_as_they_will(void **state)
{
	struct pull *p = *state;

	p->task.has_session_service = true;
	p->task.called = name_of("ALPHA<20>");
	p->task.calling = name_of("CLI<00>");
	p->piece = 1;
	pull_start(p);
	pull_run(p);
	assert_share(p);
	assert_int_equal(p->exchange, LOGOFF + 1);
}

/* It was offered SMB2, and knows nothing of it. */
static void old_servers_answer_by_smb1(void **state)
{
	struct pull *p = *state;

	p->may = SMB_MAY_SMB1;
	pull_start(p);
	pull_run(p);
	assert_share(p);
	assert_int_equal(p->type, 3);
	assert_int_equal(p->connections, 1);
}

static void close_at_negotiate(struct pull *p, uint8_t *frame, size_t *len)
{
	(void)frame;
	*len = 0;
	p->state = ipc_client_closed(p->client);
}

/* Who has no ear for SMB1 at all is spoken to in SMB2. */
static void new_servers_are_asked_again(void **state)
{
	struct pull *p = *state;

	p->lie = close_at_negotiate;
	p->lie_at = NEGOTIATE1;
	pull_start(p);
	pull_run(p);
	assert_share(p);
	assert_int_equal(p->connections, 2);

	/* Or it says nothing. */
	p->lie = NULL;
	pull_start(p);
	p->test->env.now_ms += 10000;
	p->state = ipc_client_wake(p->client, &p->test->env);
	assert_int_equal(p->state, IPC_RECONNECT);
	pull_connect(p);
	assert_int_equal(p->sent[4], SMB2_FIRST_BYTE);
	pull_run(p);
	assert_share(p);

	/* Twice is enough. */
	pull_start(p);
	assert_int_equal(ipc_client_closed(p->client), IPC_RECONNECT);
	pull_connect(p);
	p->state = ipc_client_closed(p->client);
	assert_failure(p, "the server closed the connection", 0);
}

static void put_status(struct pull *p, uint8_t *frame, uint32_t status)
{
	(void)p;
	for (int i = 0; i < 4; i++)
		frame[4 + 8 + i] = (uint8_t)(status >> 8 * i);
}

static void deny(struct pull *p, uint8_t *frame, size_t *len)
{
	(void)len;
	if (frame[4] == SMB2_FIRST_BYTE)
		put_status(p, frame, smb_status_code(SMB_ACCESS_DENIED, true));
}

/* As one that has signatures in its mode. */
static void demand_signatures(struct pull *p, uint8_t *frame, size_t *len)
{
	if (p->exchange == NEGOTIATE1 || p->exchange == NEGOTIATE2)
		frame[4 + 64 + 2] |= SMB2_SIGNING_REQUIRED;
	if (p->exchange == TREE)
		deny(p, frame, len);
}

static void refusals_are_told_apart(void **state)
{
	static const struct {
		unsigned exchange;
		const char *nobody, *guest;
	} cases[] = {
		{ SETUP1, "the server lets nobody in without a name",
		  "the server does not let this user in as a guest" },
		{ SETUP2, "the server lets nobody in without a name",
		  "the server does not let this user in as a guest" },
		{ TREE, "the server refuses IPC$ to whoever has no name",
		  "the server refuses IPC$ to guests" },
		{ PIPE, "the server does not say what it shares to whoever has no name",
		  "the server does not say what it shares to guests" },
		{ SHARES, "the server does not say what it shares to whoever has no name",
		  "the server does not say what it shares to guests" },
	};
	const uint32_t denied = smb_status_code(SMB_ACCESS_DENIED, true);
	struct pull *p = *state;

	/* There is no way by SMB1. */
	p->may = SMB_MAY_SMB2;
	p->lie = deny;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		p->lie_at = cases[i].exchange;
		p->task.user = NULL;
		pull_start(p);
		pull_run(p);
		assert_failure(p, cases[i].nobody, denied);
		assert_int_equal(p->connections, 2);
		p->task.user = "guest";
		pull_start(p);
		pull_run(p);
		assert_failure(p, cases[i].guest, denied);
	}
	p->task.user = "";
	p->lie = demand_signatures;
	p->lie_at = 0;
	pull_start(p);
	pull_run(p);
	assert_failure(p,
		       "access is denied, and the server demands signatures, which take a password",
		       denied);

	/* There is one. */
	p->may = SMB_MAY_SMB1 | SMB_MAY_SMB2;
	p->lie = deny;
	p->lie_at = SETUP2;
	pull_start(p);
	pull_run(p);
	assert_share(p);
	assert_int_equal(p->connections, 2);
}

static void guests_have_a_name(void **state)
{
	struct pull *p = *state;

	p->task.user = "guest";
	pull_start(p);
	while (p->exchange < SETUP2)
		pull_answer(p);
	assert_non_null(memmem(p->sent, p->sent_len, "g\0u\0e\0s\0t\0", 10));
	pull_answer(p);
	assert_int_equal(p->session.logins[0].state, SMB_LOGIN_GUEST);
	pull_run(p);
	assert_share(p);
}

static void pending(struct pull *p, uint8_t *frame, size_t *len)
{
	uint8_t interim[4 + 64 + 9];

	(void)len;
	memcpy(interim, frame, sizeof(interim));
	interim[2] = 0;
	interim[3] = sizeof(interim) - 4;
	put_status(p, interim, 0x103);
	interim[4 + 16] |= SMB2_FLAG_ASYNC;
	pull_give(p, interim, sizeof(interim));
}

static void answers_may_take_their_time(void **state)
{
	struct pull *p = *state;

	p->lie = pending;
	p->lie_at = SHARES;
	pull_start(p);
	pull_run(p);
	assert_share(p);
}

/*
 * Fragments.
 */

/* An answer with these bytes by the pipe, in place of the honest one. */
static void say(struct pull *p, uint8_t *frame, size_t *len, const uint8_t *bytes, size_t count)
{
	struct smb2_header header;
	struct nbt_reader r = nbt_reader_of(p->sent + 4, p->sent_len - 4);
	struct nbt_writer w = nbt_writer_of(frame + 4, PULL_FRAME_MAX - 4);
	const struct smb2_ioctl asked = { .code = SMB2_PIPE_TRANSCEIVE };

	smb2_read_header(&r, &header);
	header.flags |= SMB2_FLAG_REPLY;
	header.status = smb_status_code(SMB_BUFFER_OVERFLOW, true);
	smb2_write_header(&w, &header);
	if (header.command == SMB2_READ)
		smb2_write_data(&w, bytes, (uint32_t)count);
	else
		smb2_write_ioctl(&w, &asked, bytes, (uint32_t)count);
	assert_int_equal(w.err, NBT_OK);
	frame[0] = 0;
	frame[1] = 0;
	nbt_put_u16(frame + 2, (uint16_t)w.pos);
	*len = w.pos + 4;
}

static void keep(struct pull *p, const uint8_t *bytes, size_t len)
{
	assert_true(p->kept_len + len <= sizeof(p->kept));
	memcpy(p->kept + p->kept_len, bytes, len);
	p->kept_len += len;
}

/* The answer in PDUs of a few bytes of stub each, which are handed out by value bytes. */
static void split(struct pull *p, const uint8_t *pdu, size_t len)
{
	size_t at = 24;

	p->kept_len = 0;
	while (at < len) {
		size_t take = len - at < 50 ? len - at : 50;
		uint8_t head[24];

		memcpy(head, pdu, sizeof(head));
		head[3] = (uint8_t)((at == 24 ? 1 : 0) | (at + take == len ? 2 : 0));
		head[8] = (uint8_t)(24 + take);
		head[9] = 0;
		keep(p, head, sizeof(head));
		keep(p, pdu + at, take);
		at += take;
	}
}

static void answer_in_fragments(struct pull *p, uint8_t *frame, size_t *len)
{
	size_t take;

	if (p->exchange < SHARES)
		return;
	if (p->exchange == SHARES)
		split(p, frame + IOCTL_DATA_AT, *len - IOCTL_DATA_AT);
	if (p->kept_len == 0)
		return;
	take = p->kept_len < p->value ? p->kept_len : p->value;
	say(p, frame, len, p->kept, take);
	p->kept_len -= take;
	memmove(p->kept, p->kept + take, p->kept_len);
}

static void answers_come_in_fragments(void **state)
{
	static const uint8_t sizes[] = { 1, 23, 24, 74, 75, 200 };
	struct pull *p = *state;

	p->lie = answer_in_fragments;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		p->value = sizes[i];
		pull_start(p);
		pull_run(p);
		assert_share(p);
		assert_true(p->exchange > LOGOFF);
	}
}

/* Always one more. */
static void never_end(struct pull *p, uint8_t *frame, size_t *len)
{
	static uint8_t pdu[4000];
	struct nbt_writer w = nbt_writer_of(pdu, sizeof(pdu));

	if (p->exchange < SHARES)
		return;
	rpc_begin_response(&w, 2);
	nbt_write_zeros(&w, sizeof(pdu) - w.pos);
	rpc_end_response(&w);
	pdu[3] = 0;
	say(p, frame, len, pdu, sizeof(pdu));
}

static void answers_that_never_end_are_left(void **state)
{
	struct pull *p = *state;

	p->may = SMB_MAY_SMB2;
	p->lie = never_end;
	pull_start(p);
	pull_run(p);
	assert_failure(p, "the server sends more than was asked for", 0);
	assert_true(p->exchange < 200);
}

/* What another server says, as the stub of its answer. */
static void say_stub(struct pull *p, uint8_t *frame, size_t *len)
{
	uint8_t pdu[600];
	struct nbt_writer w = nbt_writer_of(pdu, sizeof(pdu));

	rpc_begin_response(&w, 2);
	nbt_write_bytes(&w, p->kept, p->kept_len);
	rpc_end_response(&w);
	assert_int_equal(w.err, NBT_OK);
	say(p, frame, len, pdu, w.pos);
}

#define ONE_SHARE                                                                                  \
	"\1\0\0\0\1\0\0\0\4\0\2\0\1\0\0\0\x08\0\2\0\1\0\0\0"                                       \
	"\x0C\0\2\0\0\0\0\0\x10\0\2\0\3\0\0\0\0\0\0\0\3\0\0\0\xE4\0\x2F\xFF\0\0\0\0"               \
	"\2\0\0\0\0\0\0\0\2\0\0\0\x1B\0\0\0"

static void lists_of_other_servers(void **state)
{
	static const struct {
		const char *what;
		const uint8_t *stub;
		size_t len;
		enum ipc_end end;
		uint32_t code;
		unsigned entries;
	} cases[] = {
		{ "one share", BYTES(ONE_SHARE "\1\0\0\0\0\0\0\0\0\0\0\0"), IPC_WHOLE, 0, 1 },
		{ "with a resume handle", BYTES(ONE_SHARE "\1\0\0\0\4\0\2\0\7\0\0\0\0\0\0\0"),
		  IPC_WHOLE, 0, 1 },
		{ "there are more", BYTES(ONE_SHARE "\2\0\0\0\0\0\0\0\xEA\0\0\0"), IPC_PARTIAL, 0,
		  1 },
		{ "none", BYTES("\1\0\0\0\1\0\0\0\4\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
		  IPC_WHOLE, 0, 0 },
		{ "denied", BYTES("\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\5\0\0\0"), IPC_REFUSED,
		  5, 0 },
		{ "another level", BYTES("\2\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
		  IPC_BROKEN, 0, 0 },
		{ "cut off in the texts", BYTES(ONE_SHARE), IPC_BROKEN, 0, 1 },
		{ "more than there is room for",
		  BYTES("\1\0\0\0\1\0\0\0\4\0\2\0\2\0\0\0\x08\0\2\0\1\0\0\0"
			"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
			"\2\0\0\0\0\0\0\0\0\0\0\0"),
		  IPC_BROKEN, 0, 0 },
		{ "more than there is",
		  BYTES("\1\0\0\0\1\0\0\0\4\0\2\0\xFF\xFF\xFF\xFF\x08\0\2\0\xFF\xFF\xFF\xFF"),
		  IPC_BROKEN, 0, 0 },
		{ "a text longer than all",
		  BYTES("\1\0\0\0\1\0\0\0\4\0\2\0\1\0\0\0\x08\0\2\0\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0"
			"\xFF\xFF\xFF\xFF\0\0\0\0\xFF\xFF\xFF\xFF"
			"a\0b\0"),
		  IPC_BROKEN, 0, 0 },
		{ "a share without a name",
		  BYTES("\1\0\0\0\1\0\0\0\4\0\2\0\1\0\0\0\x08\0\2\0\1\0\0\0"
			"\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0"),
		  IPC_WHOLE, 0, 0 },
		{ "nothing", BYTES(""), IPC_BROKEN, 0, 0 },
	};
	struct pull *p = *state;

	p->lie = say_stub;
	p->lie_at = SHARES;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		p->kept_len = 0;
		keep(p, cases[i].stub, cases[i].len);
		pull_start(p);
		pull_run(p);
		if (p->state != IPC_DONE || p->end[0] != cases[i].end ||
		    p->code[0] != cases[i].code || p->entries[0] != cases[i].entries)
			fail_msg("%s: state %d, end %d, %u entries", cases[i].what, p->state,
				 p->end[0], p->entries[0]);
		assert_int_equal(p->ends, 1);
		if (p->entries[0] > 0) { /* CP850; what it has not; no escape for a terminal */
			assert_string_equal(p->name, "\x84?");
			assert_string_equal(p->comment, "?");
		}
	}
}

/* To another request: its number is not that of ours. */
static void answer_another_request(struct pull *p, uint8_t *frame, size_t *len)
{
	(void)p;
	(void)len;
	frame[4 + 24]++;
}

static void answers_are_to_what_was_asked(void **state)
{
	struct pull *p = *state;

	p->may = SMB_MAY_SMB2;
	p->lie = answer_another_request;
	for (p->lie_at = NEGOTIATE2; p->lie_at <= SHARES; p->lie_at++) {
		pull_start(p);
		pull_run(p);
		assert_failure(p, "the server answers something else", 0);
	}
}

/* Another way would tell again what was told already. */
static void after_the_first_list_there_is_no_other_way(void **state)
{
	static const struct ipc_request both[] = { { .shares = true, .domain = "" },
						   { .shares = true, .domain = "" } };
	struct pull *p = *state;

	p->task.requests = both;
	p->task.request_count = 2;
	p->lie = answer_another_request;
	p->lie_at = SHARES + 1;
	pull_start(p);
	pull_run(p);
	assert_int_equal(p->state, IPC_FAILED);
	assert_int_equal(p->connections, 1);
	assert_int_equal(p->ends, 2);
	assert_int_equal(p->end[0], IPC_WHOLE);
	assert_int_equal(p->end[1], IPC_BROKEN);
	assert_int_equal(p->entries[0], 1);
}

static void fault(struct pull *p, uint8_t *frame, size_t *len)
{
	uint8_t pdu[64];
	struct nbt_writer w = nbt_writer_of(pdu, sizeof(pdu));

	rpc_write_fault(&w, 2, RPC_FAULT_OPNUM);
	say(p, frame, len, pdu, w.pos);
}

static void nak(struct pull *p, uint8_t *frame, size_t *len)
{
	uint8_t pdu[64];
	struct nbt_writer w = nbt_writer_of(pdu, sizeof(pdu));

	rpc_write_bind_nak(&w, 1);
	say(p, frame, len, pdu, w.pos);
}

/* Whole and right, but to a call that was never made. */
static void answer_another_call(struct pull *p, uint8_t *frame, size_t *len)
{
	(void)p;
	(void)len;
	frame[IOCTL_DATA_AT + 12]++;
}

static void answers_are_to_the_call_that_was_made(void **state)
{
	static const unsigned calls[] = { BIND, SHARES };
	struct pull *p = *state;

	p->may = SMB_MAY_SMB2;
	p->lie = answer_another_call;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		p->lie_at = calls[i];
		pull_start(p);
		pull_run(p);
		assert_failure(p, "the server's answer makes no sense", 0);
		assert_int_equal(p->entries[0], 0);
	}
}

static void faults_are_refusals(void **state)
{
	struct pull *p = *state;

	p->lie = fault;
	p->lie_at = SHARES;
	pull_start(p);
	pull_run(p);
	assert_int_equal(p->state, IPC_DONE);
	assert_int_equal(p->end[0], IPC_REFUSED);
	assert_int_equal(p->code[0], RPC_FAULT_OPNUM);

	p->may = SMB_MAY_SMB2;
	p->lie = nak;
	p->lie_at = BIND;
	pull_start(p);
	pull_run(p);
	assert_failure(p, "the server has no service that says what it shares", 0);
}

/* Browse lists are not to be had by SMB2. */
static void other_lists_are_refused(void **state)
{
	static const struct ipc_request both[] = { { .types = 1, .domain = "" },
						   { .shares = true, .domain = "" } };
	struct pull *p = *state;

	p->task.requests = &both[0];
	pull_start(p);
	pull_run(p);
	assert_int_equal(p->state, IPC_DONE);
	assert_int_equal(p->end[0], IPC_REFUSED);
	assert_int_equal(p->code[0], 50);
	assert_int_equal(p->entries[0], 0);
}

static void change_byte(struct pull *p, uint8_t *frame, size_t *len)
{
	if (p->offset < *len)
		frame[p->offset] = p->value;
}

/* Every byte of every answer is another one: there is an end, whatever it is, and only one. */
static void lies_come_to_an_end(void **state)
{
	static const uint8_t values[] = { 0, 1, 0x7F, 0xFF };
	struct pull *p = *state;

	p->may = SMB_MAY_SMB2;
	p->lie = change_byte;
	for (unsigned at = NEGOTIATE1; at <= LOGOFF; at++)
		for (p->offset = 4; p->offset < 4 + 260; p->offset++)
			for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
				p->lie_at = at;
				p->value = values[i];
				pull_start(p);
				pull_run(p);
				if (p->state == IPC_WORKING)
					p->state = ipc_client_closed(p->client);
				if (p->state == IPC_RECONNECT) {
					pull_connect(p);
					p->state = ipc_client_closed(p->client);
				}
				assert_true(p->state == IPC_DONE || p->state == IPC_FAILED);
				assert_int_equal(p->ends, 1);
				assert_true(p->connections <= 3);
			}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(shares_are_pulled),
		TEST(bytes_come_as_they_will),
		TEST(old_servers_answer_by_smb1),
		TEST(new_servers_are_asked_again),
		TEST(refusals_are_told_apart),
		TEST(guests_have_a_name),
		TEST(answers_may_take_their_time),
		TEST(answers_come_in_fragments),
		TEST(answers_that_never_end_are_left),
		TEST(lists_of_other_servers),
		TEST(answers_are_to_what_was_asked),
		TEST(after_the_first_list_there_is_no_other_way),
		TEST(answers_are_to_the_call_that_was_made),
		TEST(faults_are_refusals),
		TEST(other_lists_are_refused),
		TEST(lies_come_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
