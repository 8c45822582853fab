#include "ipc_pull.h"

#include <stdio.h>
#include <stdlib.h>

#include "support.h"

static void take_sent(void *ctx, const uint8_t *bytes, size_t len)
{
	struct pull *p = ctx;

	assert_true(len <= sizeof(p->sent));
	memcpy(p->sent, bytes, len);
	p->sent_len = len;
	p->exchange++;
}

static void take_entry(void *ctx, size_t request, const struct smb_listed *entry)
{
	struct pull *p = ctx;

	assert_true(request < ARRAY_SIZE(p->entries));
	assert_true(strlen(entry->name) > 0 && strlen(entry->name) < sizeof(p->name));
	strcpy(p->name, entry->name);
	snprintf(p->comment, sizeof(p->comment), "%s", entry->comment);
	p->type = entry->type;
	if (strlen(entry->comment) > p->longest_comment)
		p->longest_comment = strlen(entry->comment);
	if (p->entries[request]++ == 0 && request == 0) {
		p->first = *entry;
		strcpy(p->first_name, p->name);
		strcpy(p->first_comment, p->comment);
	}
}

static void take_end(void *ctx, size_t request, enum ipc_end end, uint32_t code)
{
	struct pull *p = ctx;

	assert_true(request < ARRAY_SIZE(p->end));
	assert_int_equal(request, p->ends++);
	p->end[request] = end;
	p->code[request] = code;
}

struct pull *pull_create(const struct ipc_task *task, uint8_t may)
{
	struct pull *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->test = smb_host_create();
	if (p->test == NULL) {
		free(p);
		return NULL;
	}
	p->task = *task;
	p->may = may;
	p->piece = SIZE_MAX;
	p->sinks = (struct ipc_sinks){
		.send = take_sent, .entry = take_entry, .end = take_end, .ctx = p
	};
	return p;
}

void pull_destroy(struct pull *p)
{
	ipc_client_destroy(p->client);
	smb_host_destroy(p->test);
	free(p);
}

void pull_give(struct pull *p, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		size_t take = len < p->piece ? len : p->piece;

		p->state = ipc_client_receive(p->client, bytes, take, &p->test->env);
		bytes += take;
		len -= take;
	}
}

void pull_connect(struct pull *p)
{
	smb_session_init(&p->session, p->may, &p->test->env);
	p->connections++;
	p->state = ipc_client_connected(p->client, &p->test->env);
}

void pull_start(struct pull *p)
{
	ipc_client_destroy(p->client);
	p->exchange = p->connections = p->ends = 0;
	memset(p->entries, 0, sizeof(p->entries));
	p->client = ipc_client_create(&p->task, &p->sinks);
	assert_non_null(p->client);
	pull_connect(p);
}

void pull_answer(struct pull *p)
{
	static uint8_t frame[PULL_FRAME_MAX];
	unsigned exchange = p->exchange;
	enum smb_after after;
	struct smb_host_test *test = p->test;

	smb_host_forget(test);
	after = smb_host_receive(test, &p->session, p->sent, p->sent_len);
	for (size_t i = 0; i < test->frame_count && p->state == IPC_WORKING; i++) {
		size_t len = test->frames[i].len;

		memcpy(frame, test->frames[i].bytes, len);
		if (p->lie != NULL && (p->lie_at == 0 || p->lie_at == exchange))
			p->lie(p, frame, &len);
		pull_give(p, frame, len);
	}
	if (after == SMB_CLOSE && p->state == IPC_WORKING)
		p->state = ipc_client_closed(p->client);
}

void pull_run(struct pull *p)
{
	for (unsigned last = 0; p->exchange != last;) {
		last = p->exchange;
		if (p->state == IPC_WORKING)
			pull_answer(p);
		if (p->state == IPC_RECONNECT)
			pull_connect(p);
	}
}
