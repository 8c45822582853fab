/* What RAP is answered, beyond what captures have: lists that are long, and that are not wanted
 * whole; records; buffers that are just large enough. smb-ipc.md section 7. */
#include "smb_talk.h"

#include "smb/smb1_trans.h"
#include "smb/text.h"

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

	talk_fill_list(t, 1000);
	for (size_t i = 0; i < ARRAY_SIZE(buffers); i++) {
		uint16_t limit = buffers[i] > 512 ? buffers[i] : 512;

		talk_reach_ipc(t, buffers[i]);
		talk_ask_rap(t, &ask, 0xFFFF);
		for (size_t n = 0; n < t->test->frame_count; n++)
			assert_true(t->test->frames[n].len - 4 <= limit);
		for (size_t n = 0; n + 1 < t->test->frame_count; n++)
			assert_true(t->test->frames[n].len - 4 >= limit - 3u);
		len = talk_put_together(t, data, sizeof(data), ask.params, &reply);
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

	talk_fill_list(t, 1500);
	talk_reach_ipc(t, 4356);
	do {
		talk_ask_rap(t, &ask, 0xFFFF);
		len = talk_put_together(t, data, sizeof(data), ask.params, &reply);
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
		{ "just room for shares",
		  { RAP_SHARE_ENUM, "WrLeh", "B13BWz", { 1, 50, 0, 0, { 0 } } },
		  4096,
		  { 0, 0, 1, 1, 0 } },
		{ "no room in both for shares",
		  { RAP_SHARE_ENUM, "WrLeh", "B13BWz", { 1, 49, 0, 0, { 0 } } },
		  49,
		  { RAP_MORE_DATA, 0, 0, 1, 0 } },
		{ "no room in the message for shares",
		  { RAP_SHARE_ENUM, "WrLeh", "B13BWz", { 1, 4096, 0, 0, { 0 } } },
		  49,
		  { RAP_BUFFER_TOO_SMALL, 0, 0, 0, 0 } },
		{ "no room in the buffer for shares",
		  { RAP_SHARE_ENUM, "WrLeh", "B13BWz", { 1, 49, 0, 0, { 0 } } },
		  4096,
		  { RAP_MORE_DATA, 0, 0, 1, 0 } },
	};

	talk_reach_ipc(t, 4356);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t data[512];
		struct rap_reply got = { 0 };

		talk_ask_rap(t, &cases[i].ask, cases[i].max_data);
		talk_put_together(t, data, sizeof(data), cases[i].ask.params, &got);
		if (memcmp(&got, &cases[i].want, sizeof(got)) != 0)
			fail_msg("%s: status %u, %u of %u, %u bytes", cases[i].what, got.status,
				 got.returned, got.available, got.total);
	}
}

static void transactions_in_parts_are_refused(void **state)
{
	struct talk *t = *state;

	talk_reach_ipc(t, 4356);
	talk_begin(t, SMB1_TRANSACTION);
	smb1_write_trans(&t->w, &(struct smb1_trans){ .name = "\\PIPE\\LANMAN" });
	t->w.base[SMB1_HEADER_LEN + 1] = 9; /* parameters in all */
	talk_send(t);
	assert_int_equal(talk_status(t), 0xC00000BB);
	assert_int_equal(t->after, SMB_GO_ON);
}

/* A list of servers, asked for by type and with a buffer; their names, each with a blank behind. */
static struct rap_reply list(struct talk *t, uint32_t types, uint16_t buffer, char *names)
{
	const struct rap_request ask = {
		.number = RAP_SERVER_ENUM2,
		.params = "WrLehDO",
		.record = "B16BBDz",
		.arguments = { .level = 1, .buffer = buffer, .types = types, .text_count = 1 }
	};
	static uint8_t data[0x10000];
	struct rap_value values[RAP_VALUES_MAX];
	struct rap_reply reply = { 0 };
	size_t len;

	talk_ask_rap(t, &ask, 0xFFFF);
	len = talk_put_together(t, data, sizeof(data), ask.params, &reply);
	*names = '\0';
	for (size_t i = 0; i < reply.returned; i++) {
		assert_int_equal(rap_read_record(ask.record, data, len, i, 0, values), NBT_OK);
		strcat(strcat(names, values[0].text), " ");
		assert_int_equal(values[3].number & RAP_TYPE_LOCAL_LIST, 0);
	}
	return reply;
}

/* 7.4: what the type bits ask for. */
static void types_that_are_asked_for(void **state)
{
	static const struct {
		uint32_t types;
		const char *want;
	} cases[] = {
		{ RAP_TYPE_ALL, "A B C " },
		{ 0x00000001, "A B " },
		{ 0x00000003, "A B C " },
		{ 0x00000800, "" },
		{ RAP_TYPE_LOCAL_LIST, "B C " },
		{ RAP_TYPE_LOCAL_LIST | 0x00000001, "B C " },
		{ RAP_TYPE_DOMAIN_ENUM, "FARGRP TESTGRP " },
		{ RAP_TYPE_DOMAIN_ENUM | 0x00000800, "FARGRP TESTGRP " },
		{ RAP_TYPE_DOMAIN_ENUM | RAP_TYPE_LOCAL_LIST, "TESTGRP " },
	};
	struct talk *t = *state;

	listing_add(&t->test->servers, "A", 0x00000001, "");
	listing_add(&t->test->servers, "B", RAP_TYPE_LOCAL_LIST | 0x00000001, "");
	listing_add(&t->test->servers, "C", RAP_TYPE_LOCAL_LIST | 0x00000002, "");
	listing_add(&t->test->groups, "TESTGRP", RAP_TYPE_LOCAL_LIST | 0x80001000, "A");
	listing_add(&t->test->groups, "FARGRP", 0x80001000, "Z");
	talk_reach_ipc(t, 4356);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char names[64];

		list(t, cases[i].types, 0xFFFF, names);
		if (strcmp(names, cases[i].want) != 0)
			fail_msg("%08x: %s", cases[i].types, names);
	}
}

/* 7.4: a list ends at the first entry that has no room, whatever comes behind it. */
static void lists_end_where_the_buffer_does(void **state)
{
	static const struct {
		uint16_t buffer, status;
		const char *want;
	} cases[] = {
		{ 26 + 6 + 26 + 20 + 26 + 1, 0, "A B C " },
		{ 26 + 6 + 26 + 20 + 26 + 0, RAP_MORE_DATA, "A B " },
		{ 26 + 6 + 26 + 19, RAP_MORE_DATA, "A " },
		{ 26 + 6, RAP_MORE_DATA, "A " },
		{ 26 + 5, RAP_MORE_DATA, "" },
		{ 0, RAP_MORE_DATA, "" },
	};
	struct talk *t = *state;

	listing_add(&t->test->servers, "A", 1, "first");
	listing_add(&t->test->servers, "B", 1, "a rather long text.");
	listing_add(&t->test->servers, "C", 1, "");
	talk_reach_ipc(t, 4356);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char names[64];
		struct rap_reply got = list(t, RAP_TYPE_ALL, cases[i].buffer, names);

		assert_int_equal(got.available, 3);
		if (got.status != cases[i].status || strcmp(names, cases[i].want) != 0)
			fail_msg("%u: status %u, %s", cases[i].buffer, got.status, names);
	}
}

/* More servers than the count of them can say. */
struct crowd {
	unsigned walks, given;
};

static void give_crowd(void *ctx, const char *domain, smb_each_fn *each, void *each_ctx)
{
	const struct smb_listed one = { .name = "A", .type = 1, .comment = "" };
	struct crowd *crowd = ctx;

	(void)domain;
	crowd->walks++;
	for (crowd->given = 0; crowd->given < 0x10002; crowd->given++)
		if (!each(each_ctx, &one))
			return;
}

static void no_list_is_too_long(void **state)
{
	struct talk *t = *state;
	struct crowd crowd = { .walks = 0 };
	char names[64];
	struct rap_reply got;

	t->test->host.servers = give_crowd;
	t->test->host.ctx = &crowd;
	talk_reach_ipc(t, 4356);
	got = list(t, RAP_TYPE_ALL, 100, names);
	assert_int_equal(got.status, RAP_MORE_DATA);
	assert_int_equal(got.returned, 3);
	assert_int_equal(got.available, 0xFFFF);
	assert_int_equal(crowd.walks, 2);
	assert_int_equal(crowd.given, 3); /* who has what fits wants no more */
}

/* The one record of a function. */
static size_t ask_record(struct talk *t, const struct rap_request *ask, uint16_t max_data,
			 struct rap_value *values)
{
	static uint8_t data[4096];
	struct rap_reply reply = { 0 };
	size_t len;

	talk_ask_rap(t, ask, max_data);
	len = talk_put_together(t, data, sizeof(data), ask->params, &reply);
	assert_int_equal(reply.status, 0);
	assert_int_equal(rap_read_record(ask->record, data, len, 0, 0, values), NBT_OK);
	return len;
}

/* MS-RAP section 2.5.9.2.1. */
static void the_time_of_day(void **state)
{
	static const struct rap_request ask = { .number = RAP_REMOTE_TOD,
						.params = "rL",
						.record = "DDBBBBWWBBWB",
						.arguments = { .buffer = 21 } };
	static const uint32_t want[] = {
		1795000000, 1000, 11, 6, 40, 0, 0, 10000, 18, 11, 2026, 3
	};
	struct talk *t = *state;
	struct rap_value values[RAP_VALUES_MAX];

	talk_reach_ipc(t, 4356);
	assert_int_equal(ask_record(t, &ask, 21, values), 21);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		assert_int_equal(values[i].number, want[i]);
}

/* Everything there is to say of the share: one user, of as many as there may be. */
static void the_share_in_detail(void **state)
{
	static const struct rap_request ask = {
		.number = RAP_SHARE_GET_INFO,
		.params = "zWrLh",
		.record = "B13BWzWWWzB9B",
		.arguments = { .level = 2, .buffer = 4096, .text_count = 1, .text = { "IPC$" } }
	};
	struct talk *t = *state;
	struct rap_value values[RAP_VALUES_MAX];

	talk_reach_ipc(t, 4356);
	ask_record(t, &ask, 4096, values);
	assert_string_equal(values[0].text, "IPC$");
	assert_int_equal(values[2].number, RAP_SHARE_TYPE_IPC);
	assert_string_equal(values[3].text, "IPC Service (ALPHA test host)");
	assert_int_equal(values[4].number, 0);
	assert_int_equal(values[5].number, 0xFFFF);
	assert_int_equal(values[6].number, 1);
	assert_string_equal(values[7].text, "");
	assert_string_equal(values[8].text, "");
}

/* A comment may have any length; what there is room for is told, in brackets all the same. */
static void remarks_have_an_end(void **state)
{
	static const struct rap_request ask = { .number = RAP_SHARE_ENUM,
						.params = "WrLeh",
						.record = "B13BWz",
						.arguments = { .level = 1, .buffer = 4096 } };
	struct talk *t = *state;
	struct rap_value values[RAP_VALUES_MAX];
	char comment[400] = "";

	memset(comment, 'x', sizeof(comment) - 1);
	t->test->host.comment = comment;
	talk_reach_ipc(t, 4356);
	ask_record(t, &ask, 4096, values);
	assert_int_equal(strlen(values[3].text), 299);
	assert_string_equal(values[3].text + 296, "xx)");
}

/* 7.4: descriptors that are not the function's own are not guessed at. */
static void descriptors_must_be_right(void **state)
{
	static const struct {
		const char *what;
		struct rap_request ask;
		uint16_t want;
	} cases[] = {
		{ "the time, described otherwise",
		  { RAP_REMOTE_TOD, "rL", "B21", { 0, 21, 0, 0, { 0 } } },
		  0 },
		{ "a record of another level",
		  { RAP_SERVER_GET_INFO, "WrLh", "B16", { 1, 4096, 0, 0, { 0 } } },
		  RAP_NOT_SUPPORTED },
		{ "parameters of another function",
		  { RAP_SERVER_GET_INFO, "WrLeh", "B16", { 0, 4096, 0, 0, { 0 } } },
		  RAP_NOT_SUPPORTED },
		{ "no domain is for NetServerEnum2 alone",
		  { RAP_SERVER_ENUM3, "WrLehDO", "B16", { 0, 4096, RAP_TYPE_ALL, 1, { 0 } } },
		  RAP_NOT_SUPPORTED },
		{ "a level that there is not",
		  { RAP_SERVER_ENUM2, "WrLehDO", "B16", { 2, 4096, RAP_TYPE_ALL, 1, { 0 } } },
		  RAP_NOT_SUPPORTED },
		{ "no such function",
		  { 2469, "WrLh", "B16", { 0, 4096, 0, 0, { 0 } } },
		  RAP_NOT_SUPPORTED },
	};
	struct talk *t = *state;

	talk_reach_ipc(t, 4356);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t data[512];
		struct rap_reply got = { 0 };

		talk_ask_rap(t, &cases[i].ask, 4096);
		talk_put_together(t, data, sizeof(data), "rL", &got);
		if (got.status != cases[i].want)
			fail_msg("%s: status %u", cases[i].what, got.status);
	}
}

/* Without room for parameters there is a status and nothing else. */
static void parameters_need_room(void **state)
{
	static const uint8_t ask[] = "\x68\0WrLehDO\0B16\0\0\0\0\x20\xFF\xFF\xFF\xFF";
	struct talk *t = *state;
	struct smb1_block block;
	struct smb1_trans_reply got;

	talk_fill_list(t, 3);
	talk_reach_ipc(t, 4356);
	for (uint16_t room = 7; room <= 8; room++) {
		talk_begin(t, SMB1_TRANSACTION);
		smb1_write_trans(&t->w, &(struct smb1_trans){ .name = "\\PIPE\\LANMAN",
							      .max_params = room,
							      .max_data = 4096,
							      .params = ask,
							      .param_count = sizeof(ask) - 1 });
		talk_send(t);
		block = talk_block(t, 0, 0);
		assert_int_equal(smb1_read_trans_reply(&block, &got), NBT_OK);
		assert_int_equal(got.param_count, room == 8 ? 8 : 4);
		assert_int_equal(got.data_count, room == 8 ? 48 : 0);
		assert_int_equal(got.params[0] | got.params[1] << 8,
				 room == 8 ? 0 : RAP_BUFFER_TOO_SMALL);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, talk_create, talk_destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(long_lists_come_in_parts),  TEST(all_servers_are_walked),
		TEST(rap_that_captures_lack),    TEST(transactions_in_parts_are_refused),
		TEST(types_that_are_asked_for),  TEST(lists_end_where_the_buffer_does),
		TEST(no_list_is_too_long),       TEST(the_time_of_day),
		TEST(the_share_in_detail),       TEST(remarks_have_an_end),
		TEST(descriptors_must_be_right), TEST(parameters_need_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
