/*
 * A server of the IPC$ client: a byte for the port, and whether SMB2 will do, one for the size of
 * pieces, then what the server says, as it comes by TCP. What the client sends are frames; what it
 * hands on are names; every request ends once.
 */
#include "fuzz.h"

#include <string.h>

#include <nbt/session.h>

#include "smb/ipc_client.h"
#include "smb/rap.h"

#define SENT_MAX    400
#define ENTRIES_MAX 40000

static const struct ipc_request requests[] = {
	{ .types = RAP_TYPE_ALL, .domain = "" },
	{ .types = RAP_TYPE_DOMAIN_ENUM, .domain = "TESTGRP" },
	{ .shares = true, .domain = "" },
};

static const struct ipc_request shares[] = { { .shares = true, .domain = "" } };

struct seen {
	size_t entries, ends, sent, name_max;
};

static uint32_t nought(void *ctx, uint32_t below)
{
	(void)ctx;
	(void)below;
	return 0;
}

static void take_sent(void *ctx, const uint8_t *bytes, size_t len)
{
	struct seen *seen = ctx;
	struct nbt_session packet;

	must(nbt_session_decode(&packet, bytes, len) == NBT_OK);
	must(++seen->sent <= SENT_MAX);
}

static void take_entry(void *ctx, size_t request, const struct smb_listed *entry)
{
	struct seen *seen = ctx;

	must(request == seen->ends);
	must(strlen(entry->name) > 0 && strlen(entry->name) < seen->name_max);
	must(strlen(entry->comment) < 256);
	must(++seen->entries <= ENTRIES_MAX);
}

static void take_end(void *ctx, size_t request, enum ipc_end end, uint32_t code)
{
	struct seen *seen = ctx;

	(void)code;
	must(request == seen->ends++);
	must(end <= IPC_BROKEN);
}

static enum ipc_state give(struct ipc_client *client, const uint8_t *bytes, size_t len,
			   const struct nbt_env *env)
{
	uint8_t *exact = malloc(len);
	enum ipc_state state;

	must(exact != NULL);
	memcpy(exact, bytes, len);
	state = ipc_client_receive(client, exact, len, env);
	free(exact);
	return state;
}

static enum ipc_state talk(struct ipc_client *client, const uint8_t *data, size_t size,
			   size_t piece, const struct nbt_env *env)
{
	enum ipc_state state = ipc_client_connected(client, env);

	while (size > 0 && (state == IPC_WORKING || state == IPC_RECONNECT)) {
		size_t take = size < piece ? size : piece;

		state = state == IPC_WORKING ? give(client, data, take, env)
					     : ipc_client_connected(client, env);
		data += take;
		size -= take;
	}
	return state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = { 0 };
	struct ipc_task task = { .server = "ALPHA",
				 .requests = requests,
				 .request_count = sizeof(requests) / sizeof(requests[0]),
				 .reply_ms = 10,
				 .whole_ms = 20 };
	const struct ipc_sinks sinks = { take_sent, take_entry, take_end, &seen };
	struct nbt_env env = { .now_ms = 1, .random = nought };
	struct ipc_client *client;
	enum ipc_state state;
	struct in_addr address;
	uint16_t port;
	uint32_t status;

	if (size < 2)
		return 0;
	task.has_session_service = data[0] & 1;
	task.by_smb2 = data[0] & 4;
	task.user = data[0] & 8 ? "guest" : NULL;
	if (task.by_smb2 && !(data[0] & 16)) { /* else lists, too, which are not to be had */
		task.requests = shares;
		task.request_count = 1;
	}
	seen.name_max = task.by_smb2 ? 257 : 16;
	client = ipc_client_create(&task, &sinks);
	must(client != NULL);
	state = talk(client, data + 2, size - 2, data[1] + 1u, &env);
	for (int i = 0; i < 4 && (state == IPC_WORKING || state == IPC_RECONNECT); i++) {
		if (state == IPC_RECONNECT)
			ipc_client_connected(client, &env);
		env.now_ms = ipc_client_deadline(client);
		state = data[0] & 2 ? ipc_client_wake(client, &env) : ipc_client_closed(client);
	}
	must(state == IPC_DONE || state == IPC_FAILED);
	must(seen.ends == task.request_count);
	must((state == IPC_FAILED) == (ipc_client_failure(client, &status)[0] != '\0'));
	must(!ipc_client_target(client, &address, &port) || port != 0);
	must(ipc_client_deadline(client) == NBT_NEVER);
	must(strlen(ipc_client_domain(client)) < 64);
	ipc_client_destroy(client);
	return 0;
}
