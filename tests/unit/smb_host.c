/* A server of browse lists for tests. */
#include "smb_host.h"

#include <stdlib.h>
#include <string.h>

#include "smb/text.h"

static uint32_t draw(void *ctx, uint32_t below)
{
	uint32_t *lots = ctx;

	return (*lots)++ * 2654435761u % below;
}

static void send_frame(void *ctx, const uint8_t *frame, size_t len)
{
	struct smb_host_test *test = ctx;

	if (test->frame_count == SMB_HOST_FRAMES_MAX || len > sizeof(test->sent) - test->used)
		abort();
	if (len < 4 || len - 4 != ((size_t)(frame[1] & 1) << 16 | (size_t)frame[2] << 8 | frame[3]))
		abort(); /* its length is not what it says */
	test->frames[test->frame_count].bytes = memcpy(test->sent + test->used, frame, len);
	test->frames[test->frame_count++].len = len;
	test->used += len;
}

static void walk(const struct listing *listing, smb_each_fn *each, void *each_ctx)
{
	for (size_t i = 0; i < listing->count; i++) {
		const struct listed *l = &listing->entries[i];
		const struct smb_listed entry = { .name = l->name,
						  .type = l->type,
						  .comment = l->comment };

		if (!each(each_ctx, &entry))
			return;
	}
}

static void servers(void *ctx, const char *domain, smb_each_fn *each, void *each_ctx)
{
	const struct smb_host_test *test = ctx;

	if (smb_compare(domain, test->host.workgroup) == 0)
		walk(&test->servers, each, each_ctx);
}

static void groups(void *ctx, smb_each_fn *each, void *each_ctx)
{
	const struct smb_host_test *test = ctx;

	walk(&test->groups, each, each_ctx);
}

struct smb_host_test *smb_host_create(void)
{
	struct smb_host_test *test = calloc(1, sizeof(*test));

	if (test == NULL)
		return NULL;
	test->host = (struct smb_host){ .name = "ALPHA",
					.workgroup = "TESTGRP",
					.comment = "ALPHA test host",
					.type = 0x00009A03,
					.major = 6,
					.minor = 1,
					.guid = "alpha",
					.servers = servers,
					.groups = groups,
					.ctx = test };
	test->io = (struct smb_io){ .work = &test->work, .send = send_frame, .ctx = test };
	test->env = (struct nbt_env){
		.now_ms = 1000, .wall_s = 1795000000, .random = draw, .random_ctx = &test->lots
	};
	return test;
}

void smb_host_destroy(struct smb_host_test *test)
{
	free(test);
}

void listing_add(struct listing *listing, const char *name, uint32_t type, const char *comment)
{
	size_t at = 0;
	struct listed *entry;

	while (at < listing->count && smb_compare(listing->entries[at].name, name) < 0)
		at++;
	entry = &listing->entries[at];
	if (at == listing->count || smb_compare(entry->name, name) != 0) {
		if (listing->count == SMB_HOST_LISTED_MAX)
			abort();
		memmove(entry + 1, entry, (listing->count - at) * sizeof(*entry));
		listing->count++;
	}
	memset(entry, 0, sizeof(*entry));
	strncpy(entry->name, name, sizeof(entry->name) - 1);
	strncpy(entry->comment, comment, sizeof(entry->comment) - 1);
	entry->type = type;
}

void smb_host_forget(struct smb_host_test *test)
{
	test->frame_count = 0;
	test->used = 0;
}

enum smb_after smb_host_receive(struct smb_host_test *test, struct smb_session *session,
				const uint8_t *frame, size_t len)
{
	return smb_session_receive(session, &test->host, &test->io, frame, len, &test->env);
}
