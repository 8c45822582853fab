/* nbtbench replication: all records of a WINS server, fetched as its partner, by turns with a bare
 * process that sends as many bytes. */
#include "tools/nbtbench.h"

#include <arpa/inet.h>
#include <stdio.h>

#include <nbt/replication.h>

#include "tools/bench_fetch.h"
#include "tools/tool.h"

struct replication {
	struct bench_load load; /* whose names must be there */
	struct in_addr partner; /* our address */
	pid_t server;
	struct bench_fetched fetched;
	double per_second[NBTBENCH_PAIRS_MAX];
};

static double cpu_per_record(uint64_t before_ns, pid_t pid, const struct bench_fetched *f)
{
	return (double)(bench_cpu_ns(pid) - before_ns) / 1000 / (double)f->records;
}

/* Of the last fetch. */
static int play_bare(const struct replication *r, double *cpu_us)
{
	struct sockaddr_in at = r->load.server;
	uint64_t before;
	pid_t pid;
	int ret;

	at.sin_port = htons((in_port_t)(ntohs(at.sin_port) + 1000));
	ret = bench_talk_bare_start(&r->fetched.talk, &at, r->server, &pid);
	if (ret < 0)
		return ret;
	before = bench_cpu_ns(pid);
	ret = bench_talk_play(&r->fetched.talk, &at, r->partner);
	*cpu_us = cpu_per_record(before, pid, &r->fetched);
	bench_bare_stop(pid);
	return ret;
}

static int run_turns(const struct bench_options *o, struct replication *r,
		     struct nbtbench_turns *turns)
{
	for (size_t i = 0; i < o->pairs; i++) {
		uint64_t before = bench_cpu_ns(r->server);
		double bare, server;
		int ret = bench_fetch(&r->load, r->partner, &r->fetched);

		if (ret < 0)
			return ret;
		server = cpu_per_record(before, r->server, &r->fetched);
		ret = play_bare(r, &bare);
		if (ret < 0)
			return ret;
		nbtbench_add_pair(turns, bare, server);
		r->per_second[i] = (double)r->fetched.records / r->fetched.seconds;
		turns->bad += r->fetched.wrong + r->fetched.missing;
	}
	return 0;
}

static bool prepare(const struct bench_options *o, struct replication *r)
{
	if (!nbtbench_make_load(o, &bench_register, &r->load))
		return false;
	if (o->pid == 0 || o->pairs == 0) {
		fputs("nbtbench: replication needs the server's --pid and at least one pair\n",
		      stderr);
		return false;
	}
	if (inet_pton(AF_INET, o->partner, &r->partner) != 1) {
		fputs("nbtbench: --partner takes an IPv4 address\n", stderr);
		return false;
	}
	r->load.server.sin_port = htons(nbtbench_port(o, NBT_REPLICATION_PORT));
	r->server = (pid_t)o->pid;
	return true;
}

int nbtbench_replication(const struct bench_options *o)
{
	static struct nbtbench_turns turns = { .title = "WINS replication",
					       .kind = "replication",
					       .limit = "bare sender",
					       .measured = "server",
					       .unit = "us of CPU per record" };
	static struct replication r;
	int ret;

	if (!prepare(o, &r))
		return TOOL_MISUSE;
	ret = run_turns(o, &r, &turns);
	if (ret < 0)
		return nbtbench_fail("replication", ret);
	return nbtbench_say_turns(o, &turns,
				  json_pack("{s:I, s:f}", "records", (json_int_t)r.fetched.records,
					    "per_second", nbtbench_median(r.per_second, o->pairs)));
}
