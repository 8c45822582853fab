/* nbtbench browse: a browser's list of servers, fetched again and again as SMB clients do it,
 * against a bare process that sends as many bytes. */
#include "tools/nbtbench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "smb/ipc_client.h"
#include "smb/rap.h"
#include "tools/bench_talk.h"
#include "tools/clock.h"
#include "tools/tool.h"

#define SESSION_PORT 139
#define DIRECT_PORT  445
#define LISTS        1000
#define REPLY_MS     10000
#define BATCH        (64 * 1024)

struct browse {
	struct sockaddr_in server;
	uint32_t lists;
	struct ipc_task task;
	struct bench_talk talk; /* of the last list */
	int fd, error;

	/* Of the list that is being fetched, and of the first one: the names, in any order. */
	uint64_t entries, sum, first_entries, first_sum;
	bool is_whole;
	uint64_t bad;
};

static struct nbt_env env_now(void)
{
	return (struct nbt_env){ .now_ms = clock_ms() };
}

/*
 * One list.
 */

static void send_bytes(void *ctx, const uint8_t *bytes, size_t len)
{
	struct browse *b = ctx;
	ssize_t n = bench_talk_send(&b->talk, b->fd, bytes, len);

	if (n < 0)
		b->error = (int)n;
}

static uint64_t hash_of(const char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(1099511628211);
	return hash;
}

static void take_entry(void *ctx, size_t request, const struct smb_listed *entry)
{
	struct browse *b = ctx;

	(void)request;
	b->entries++;
	b->sum += hash_of(entry->name);
}

static void end_list(void *ctx, size_t request, enum ipc_end end, uint32_t code)
{
	struct browse *b = ctx;

	(void)request;
	(void)code;
	b->is_whole = end == IPC_WHOLE;
}

static enum ipc_state converse(struct browse *b, struct ipc_client *client)
{
	static uint8_t bytes[BATCH];
	struct nbt_env env = env_now();
	enum ipc_state state = ipc_client_connected(client, &env);

	while (state == IPC_WORKING && b->error == 0) {
		ssize_t n = bench_talk_receive(&b->talk, b->fd, bytes, sizeof(bytes));

		env = env_now();
		if (n < 0)
			b->error = (int)n;
		else if (n == 0)
			state = ipc_client_closed(client);
		else
			state = ipc_client_receive(client, bytes, (size_t)n, &env);
	}
	return state;
}

/* 0, or a negative errno: there was no list. */
static int fetch_list(struct browse *b)
{
	const struct ipc_sinks sinks = { send_bytes, take_entry, end_list, b };
	struct ipc_client *client = ipc_client_create(&b->task, &sinks);
	enum ipc_state state = IPC_FAILED;

	b->entries = b->sum = 0;
	b->is_whole = false;
	b->error = client == NULL ? -ENOMEM : 0;
	memset(&b->talk, 0, sizeof(b->talk));
	b->fd = client != NULL ? bench_talk_connect(&b->server, (struct in_addr){ 0 }) : -1;
	if (b->fd >= 0) {
		state = converse(b, client);
		close(b->fd);
	} else if (b->error == 0) {
		b->error = b->fd;
	}
	ipc_client_destroy(client);
	if (b->error < 0)
		return b->error;
	return state == IPC_DONE && b->entries > 0 ? 0 : -ENODATA;
}

static bool is_as_the_first(struct browse *b)
{
	if (b->first_entries == 0) {
		b->first_entries = b->entries;
		b->first_sum = b->sum;
	}
	return b->is_whole && b->entries == b->first_entries && b->sum == b->first_sum;
}

/*
 * Turns.
 */

static double cpu_per_list(uint64_t before_ns, pid_t pid, const struct browse *b)
{
	return (double)(bench_cpu_ns(pid) - before_ns) / 1000 / (double)b->lists;
}

static int fetch_lists(struct browse *b, pid_t pid, double *cpu_us)
{
	uint64_t before = bench_cpu_ns(pid);

	for (uint32_t i = 0; i < b->lists; i++) {
		int ret = fetch_list(b);

		if (ret < 0)
			return ret;
		b->bad += !is_as_the_first(b);
	}
	*cpu_us = cpu_per_list(before, pid, b);
	return 0;
}

static int play_bare(const struct browse *b, pid_t beside, double *cpu_us)
{
	struct sockaddr_in at = b->server;
	uint64_t before;
	pid_t pid;
	int ret;

	at.sin_port = htons((in_port_t)(ntohs(at.sin_port) + 1000));
	ret = bench_talk_bare_start(&b->talk, &at, beside, &pid);
	if (ret < 0)
		return ret;
	before = bench_cpu_ns(pid);
	for (uint32_t i = 0; ret == 0 && i < b->lists; i++)
		ret = bench_talk_play(&b->talk, &at, (struct in_addr){ 0 });
	*cpu_us = cpu_per_list(before, pid, b);
	bench_bare_stop(pid);
	return ret;
}

static int run_turns(const struct bench_options *o, struct browse *b, struct nbtbench_turns *turns,
		     double per_second[NBTBENCH_PAIRS_MAX])
{
	for (size_t i = 0; i < o->pairs; i++) {
		uint64_t began_ms = env_now().now_ms;
		double bare = 0, server = 0;
		int ret = fetch_lists(b, (pid_t)o->pid, &server);

		per_second[i] = b->lists * 1000.0 / (double)(env_now().now_ms - began_ms + 1);
		if (ret == 0)
			ret = play_bare(b, (pid_t)o->pid, &bare);
		if (ret < 0)
			return ret;
		nbtbench_add_pair(turns, bare, server);
	}
	turns->bad = b->bad;
	return 0;
}

/* All servers, as nbtbrowse asks for them. */
static bool prepare(const struct bench_options *o, struct browse *b)
{
	static const struct ipc_request servers = {
		.types = RAP_TYPE_ALL & ~(RAP_TYPE_DOMAIN_ENUM | RAP_TYPE_LOCAL_LIST),
		.domain = "",
	};
	in_port_t port = nbtbench_port(o, SESSION_PORT);

	b->server = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
	b->lists = o->requests != 0 ? o->requests : LISTS;
	b->task = (struct ipc_task){
		.server = o->server,
		.has_session_service = port != DIRECT_PORT,
		.requests = &servers,
		.request_count = 1,
		.reply_ms = REPLY_MS,
		.whole_ms = REPLY_MS,
	};
	if (o->pid == 0 || o->pairs == 0) {
		fputs("nbtbench: browse needs the browser's --pid and at least one pair\n", stderr);
		return false;
	}
	if (inet_pton(AF_INET, o->server, &b->server.sin_addr) == 1 &&
	    nbt_name_make(&b->task.called, "*SMBSERVER", NBT_SUFFIX_SERVER) == NBT_OK &&
	    nbt_name_make(&b->task.calling, "NBTBENCH", NBT_SUFFIX_WORKSTATION) == NBT_OK)
		return true;
	fputs("nbtbench: --server takes an IPv4 address\n", stderr);
	return false;
}

int nbtbench_browse(const struct bench_options *o)
{
	static struct nbtbench_turns turns = { .title = "Browse lists",
					       .kind = "browse",
					       .limit = "bare sender",
					       .measured = "browser",
					       .unit = "us of CPU per list" };
	static struct browse b;
	double per_second[NBTBENCH_PAIRS_MAX];
	int ret;

	if (!prepare(o, &b))
		return TOOL_MISUSE;
	ret = run_turns(o, &b, &turns, per_second);
	if (ret < 0)
		return nbtbench_fail("browse", ret);
	return nbtbench_say_turns(o, &turns,
				  json_pack("{s:I, s:I, s:f}", "entries",
					    (json_int_t)b.first_entries, "lists",
					    (json_int_t)b.lists, "per_second",
					    nbtbench_median(per_second, o->pairs)));
}
