/* nbtbench replication: all records of a WINS server, fetched as its partner, against a bare
 * process that sends as many bytes. */
#include "tools/nbtbench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <nbt/replication.h>

#include "tools/bench_talk.h"
#include "tools/tool.h"

#define OUR_HANDLE  1
#define MESSAGE_MAX (4 + NBT_REPL_LENGTH_RECORDS)
#define REQUEST_MAX 512
#define OWNERS_MAX  256

/* A fetch, from connecting to the last record. */
struct fetch {
	const struct bench_load *load; /* whose names must be there */
	struct in_addr partner;        /* our address */
	struct bench_talk talk;
	int fd;
	uint32_t handle; /* the server's */
	size_t len;      /* received of what is in bytes */
	uint8_t *bytes;
	uint8_t *seen; /* of the names of the load */
	uint64_t records, right, wrong;
	double seconds;
};

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/*
 * Messages.
 */

static int send_message(struct fetch *f, const struct nbt_replication *message)
{
	uint8_t bytes[REQUEST_MAX];
	ssize_t n;
	size_t len;

	if (nbt_replication_encode(message, bytes, sizeof(bytes), &len) != NBT_OK)
		return -EINVAL;
	n = bench_talk_send(&f->talk, f->fd, bytes, len);
	return n < 0 ? (int)n : 0;
}

/* 0: more bytes are needed. */
static int frame_length(const struct fetch *f, size_t *len)
{
	enum nbt_error err = nbt_replication_frame(f->bytes, f->len, NBT_REPL_LENGTH_RECORDS, len);

	if (err == NBT_ETRUNC || (err == NBT_OK && *len > f->len))
		return 0;
	return err == NBT_OK ? 1 : -EBADMSG;
}

/* The next message, which stays in f->bytes until take_off(). */
static int receive_message(struct fetch *f, struct nbt_replication *message, size_t *len)
{
	int is_whole;

	while ((is_whole = frame_length(f, len)) == 0) {
		ssize_t n = bench_talk_receive(&f->talk, f->fd, f->bytes + f->len,
					       MESSAGE_MAX - f->len);

		if (n <= 0)
			return n < 0 ? (int)n : -ECONNRESET;
		f->len += (size_t)n;
	}
	if (is_whole < 0)
		return is_whole;
	return nbt_replication_decode(message, f->bytes, *len) == NBT_OK ? 0 : -EBADMSG;
}

static void take_off(struct fetch *f, size_t len)
{
	memmove(f->bytes, f->bytes + len, f->len - len);
	f->len -= len;
}

/* The answer to a message of this opcode; notifications that come between are not ours. */
static int await(struct fetch *f, uint8_t opcode, struct nbt_replication *message, size_t *len)
{
	for (;;) {
		int ret = receive_message(f, message, len);

		if (ret < 0)
			return ret;
		if (message->type == NBT_REPL_MESSAGE && message->opcode == opcode)
			return 0;
		if (message->type == NBT_REPL_STOP)
			return -ECONNREFUSED;
		take_off(f, *len);
	}
}

/*
 * The conversation (MS-WINSRA section 3.3).
 */

static int associate(struct fetch *f)
{
	const struct nbt_replication start = {
		.type = NBT_REPL_START_REQUEST, .handle = OUR_HANDLE, .major = 2, .minor = 5
	};
	struct nbt_replication answer;
	size_t len;
	int ret = send_message(f, &start);

	if (ret == 0)
		ret = receive_message(f, &answer, &len);
	if (ret < 0)
		return ret;
	if (answer.type != NBT_REPL_START_RESPONSE)
		return -ECONNREFUSED;
	f->handle = answer.handle;
	take_off(f, len);
	return 0;
}

static int ask_owners(struct fetch *f, struct nbt_owner_versions owners[OWNERS_MAX], size_t *count)
{
	const struct nbt_replication ask = { .destination = f->handle,
					     .type = NBT_REPL_MESSAGE,
					     .opcode = NBT_REPL_MAP_REQUEST };
	struct nbt_replication answer;
	size_t len;
	int ret = send_message(f, &ask);

	*count = 0;
	if (ret == 0)
		ret = await(f, NBT_REPL_MAP_RESPONSE, &answer, &len);
	if (ret < 0)
		return ret;
	while (*count < OWNERS_MAX && nbt_replication_next_owner(&answer.list, &owners[*count]))
		++*count;
	take_off(f, len);
	return 0;
}

/* "N0000000042<20>", as bench_name() makes it; false: it is none of the load's. */
static bool number_of(const struct bench_load *load, const struct nbt_name *name, uint32_t *number)
{
	char digits[NBT_NAME_LEN] = "";
	struct nbt_name same;

	memcpy(digits, name->bytes + 1, 10);
	*number = (uint32_t)strtoul(digits, NULL, 10);
	bench_name(&same, *number);
	return nbt_name_equal(&same, name) && *number - load->first < load->names;
}

static void take_record(struct fetch *f, const struct nbt_replica *record)
{
	uint32_t number;

	f->records++;
	if (!number_of(f->load, &record->name, &number))
		return;
	if (f->seen[number - f->load->first] || record->state != NBT_REPLICA_ACTIVE ||
	    record->member_count != 1 ||
	    record->member[0].address.s_addr != bench_client(f->load, number).s_addr)
		f->wrong++;
	else
		f->right++;
	f->seen[number - f->load->first] = 1;
}

/* All of an owner, in as many answers as the server makes of them. */
static int ask_records(struct fetch *f, struct nbt_owner_versions range)
{
	static struct nbt_replica record;
	struct nbt_replication ask = { .destination = f->handle,
				       .type = NBT_REPL_MESSAGE,
				       .opcode = NBT_REPL_RECORDS_REQUEST };
	struct nbt_replication answer;
	uint64_t last = range.min;
	size_t len;
	int ret;

	for (range.min = 0;; range.min = last + 1) {
		uint32_t count = 0;

		ask.range = range;
		ret = send_message(f, &ask);
		if (ret == 0)
			ret = await(f, NBT_REPL_RECORDS_RESPONSE, &answer, &len);
		if (ret < 0)
			return ret;
		for (; nbt_replication_next_record(&answer.list, &record); count++) {
			take_record(f, &record);
			last = record.version;
		}
		take_off(f, len);
		if (count == 0 || last >= range.max)
			return 0;
	}
}

static int converse(struct fetch *f)
{
	static struct nbt_owner_versions owners[OWNERS_MAX];
	struct nbt_replication stop = { .type = NBT_REPL_STOP, .reason = NBT_REPL_REASON_NORMAL };
	size_t count = 0;
	int ret = associate(f);

	if (ret == 0)
		ret = ask_owners(f, owners, &count);
	for (size_t i = 0; ret == 0 && i < count; i++)
		if (owners[i].max > 0)
			ret = ask_records(f, owners[i]);
	stop.destination = f->handle;
	return ret == 0 ? send_message(f, &stop) : ret;
}

/* 0 or a negative errno. */
static int fetch_all(struct fetch *f, const struct sockaddr_in *server)
{
	double began = seconds_now();
	int ret;

	f->len = 0;
	f->records = f->right = f->wrong = 0;
	f->talk.count = 0;
	memset(&f->talk, 0, sizeof(f->talk));
	memset(f->seen, 0, f->load->names);
	f->fd = bench_talk_connect(server, f->partner);
	if (f->fd < 0)
		return f->fd;
	ret = converse(f);
	close(f->fd);
	f->seconds = seconds_now() - began;
	return ret == 0 && f->records == 0 ? -ENODATA : ret;
}

/*
 * Turns.
 */

static double cpu_per_record(uint64_t before_ns, pid_t pid, const struct fetch *f)
{
	return (double)(bench_cpu_ns(pid) - before_ns) / 1000 / (double)f->records;
}

/* Of the last fetch. */
static int play_bare(const struct fetch *f, struct sockaddr_in at, pid_t beside, double *cpu_us)
{
	uint64_t before;
	pid_t pid;
	int ret;

	at.sin_port = htons((in_port_t)(ntohs(at.sin_port) + 1000));
	ret = bench_talk_bare_start(&f->talk, &at, beside, &pid);
	if (ret < 0)
		return ret;
	before = bench_cpu_ns(pid);
	ret = bench_talk_play(&f->talk, &at, f->partner);
	*cpu_us = cpu_per_record(before, pid, f);
	bench_bare_stop(pid);
	return ret;
}

static int run_turns(const struct bench_options *o, struct fetch *f, struct nbtbench_turns *turns,
		     double per_second[NBTBENCH_PAIRS_MAX])
{
	for (size_t i = 0; i < o->pairs; i++) {
		uint64_t before = bench_cpu_ns((pid_t)o->pid);
		double bare, server;
		int ret = fetch_all(f, &f->load->server);

		if (ret < 0)
			return ret;
		server = cpu_per_record(before, (pid_t)o->pid, f);
		ret = play_bare(f, f->load->server, (pid_t)o->pid, &bare);
		if (ret < 0)
			return ret;
		nbtbench_add_pair(turns, bare, server);
		per_second[i] = (double)f->records / f->seconds;
		turns->bad += f->wrong + (o->names - f->right - f->wrong);
	}
	return 0;
}

static int measure(const struct bench_options *o, struct fetch *f)
{
	static struct nbtbench_turns turns = { .title = "WINS replication",
					       .kind = "replication",
					       .limit = "bare sender",
					       .measured = "server",
					       .unit = "us of CPU per record" };
	double per_second[NBTBENCH_PAIRS_MAX];
	int ret = run_turns(o, f, &turns, per_second);

	if (ret < 0)
		return nbtbench_fail("replication", ret);
	return nbtbench_say_turns(o, &turns,
				  json_pack("{s:I, s:f}", "records", (json_int_t)f->records,
					    "per_second", nbtbench_median(per_second, o->pairs)));
}

int nbtbench_replication(const struct bench_options *o)
{
	static struct fetch f;
	struct bench_load load;
	int status;

	if (!nbtbench_make_load(o, &bench_register, &load))
		return TOOL_MISUSE;
	if (o->pid == 0 || o->pairs == 0) {
		fputs("nbtbench: replication needs the server's --pid and at least one pair\n",
		      stderr);
		return TOOL_MISUSE;
	}
	if (inet_pton(AF_INET, o->partner, &f.partner) != 1) {
		fputs("nbtbench: --partner takes an IPv4 address\n", stderr);
		return TOOL_MISUSE;
	}
	load.server.sin_port = htons(nbtbench_port(o, NBT_REPLICATION_PORT));
	f.load = &load;
	f.bytes = malloc(MESSAGE_MAX);
	f.seen = malloc(load.names);
	status = f.bytes != NULL && f.seen != NULL ? measure(o, &f)
						   : nbtbench_fail("replication", -ENOMEM);
	free(f.bytes);
	free(f.seen);
	return status;
}
