/*
 * A client of the SMB server: a byte that says what the connection may do, then frames with their
 * session headers, as they come by TCP. The server's ids are 1, 2, 3 and so on. Every answer is a
 * frame that a client can read, and no request is answered with more than it may be.
 */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include <nbt/session.h>

#include "common/charset.h"
#include "smb/smb1.h"
#include "smb/smb2.h"
#include "tests/unit/smb_host.h"

#define ANSWER_MAX (0x10000 * 5)

static uint32_t nought(void *ctx, uint32_t below)
{
	(void)ctx;
	(void)below;
	return 0;
}

static uint8_t decide_called(void *ctx, const struct nbt_name *called,
			     struct smb_elsewhere *elsewhere)
{
	(void)ctx;
	elsewhere->port = 139;
	return called->bytes[0] == 'A' || called->bytes[0] == '*' ? SMB_CALLED_HERE
								  : called->bytes[15];
}

static struct smb_host_test *host_of_fuzz(void)
{
	static struct smb_host_test *test;
	char name[16];

	if (test != NULL)
		return test;
	test = smb_host_create();
	must(test != NULL);
	test->env.random = nought;
	test->host.called = decide_called;
	must(charset_choose("UTF-8"));
	test->host.comment = "caf\xC3\xA9 \xF0\x9F\x98\x80";
	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "HOST%02d", i);
		listing_add(&test->servers, name, 3u | (uint32_t)(i % 2) << 30,
			    "a comment of forty-two characters or so...");
	}
	listing_add(&test->servers, "ALPHA", 0x400D9A03, "ALPHA test host");
	listing_add(&test->groups, "TESTGRP", 0xC0001000, "ALPHA");
	listing_add(&test->groups, "OTHERGRP", 0x80001000, "DELTA");
	return test;
}

static void check_smb1(struct nbt_reader r)
{
	struct smb1_header header;
	struct smb1_block block;

	smb1_read_header(&r, &header);
	block = smb1_read_block(&r);
	must(block.words.err == NBT_OK && block.bytes.err == NBT_OK);
	must(header.flags & SMB1_FLAG_REPLY);
}

static void check_smb2(struct nbt_reader r)
{
	struct smb2_header header;

	smb2_read_header(&r, &header);
	must(r.err == NBT_OK && header.flags & SMB2_FLAG_REPLY && header.credits > 0);
	must(nbt_read_left(&r) >= 4);
}

static void check_answers(const struct smb_host_test *test)
{
	struct nbt_session packet;

	must(test->used <= ANSWER_MAX);
	for (size_t i = 0; i < test->frame_count; i++) {
		must(nbt_session_decode(&packet, test->frames[i].bytes, test->frames[i].len) ==
		     NBT_OK);
		if (packet.type != NBT_SES_MESSAGE)
			continue;
		must(packet.length > 4);
		if (packet.data[0] == 0xFF)
			check_smb1(nbt_reader_of(packet.data, packet.length));
		else
			check_smb2(nbt_reader_of(packet.data, packet.length));
	}
}

/* Into memory of just that size, so that its end is seen. */
static enum smb_after give(struct smb_host_test *test, struct smb_session *session,
			   const uint8_t *frame, size_t len)
{
	uint8_t *exact = malloc(len);
	enum smb_after after;

	must(exact != NULL);
	memcpy(exact, frame, len);
	smb_host_forget(test);
	after = smb_host_receive(test, session, exact, len);
	check_answers(test);
	free(exact);
	return after;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smb_host_test *test = host_of_fuzz();
	struct smb_session session;
	bool settled = false;
	size_t len;

	if (size == 0)
		return 0;
	smb_session_init(&session, data[0], &test->env);
	data++, size--;
	while (size >= NBT_SESSION_HEADER_LEN && nbt_session_frame(data, size, &len) == NBT_OK &&
	       len <= size && len <= SMB_FRAME_MAX) {
		if (give(test, &session, data, len) == SMB_CLOSE)
			break;
		if (smb_session_is_settled(&session))
			settled = true;
		data += len;
		size -= len;
	}
	must(!settled || session.last_id > 0);
	return 0;
}
