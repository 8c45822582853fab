/* nbtbench ratio: a load by turns on the server and on its limit. */
#include "tools/nbtbench.h"

#include <errno.h>
#include <stdio.h>

#include "tools/report.h"
#include "tools/tool.h"

/*
 * Answers from memory: against a bare responder.
 */

/* CPU time of one request in microseconds, or a negative errno. */
static double cpu_per_request(const struct bench_load *load, pid_t pid, struct bench_result *result)
{
	uint64_t before = bench_cpu_ns(pid);
	int ret = bench_load_run(load, result);

	if (ret < 0)
		return ret;
	if (result->answered == 0)
		return -ETIMEDOUT;
	return (double)(bench_cpu_ns(pid) - before) / 1000 / (double)result->answered;
}

static double bare_cpu_per_request(struct bench_load load, pid_t beside,
				   struct bench_result *result)
{
	pid_t pid;
	double cpu;
	int ret;

	/* Beside the server, so that the same addresses and routes are used. */
	load.unchecked = true;
	load.server.sin_port = htons((in_port_t)(ntohs(load.server.sin_port) + 1000));
	ret = bench_bare_start(&load.server, load.kind->reply_len, beside, &pid);
	if (ret < 0)
		return ret;
	cpu = cpu_per_request(&load, pid, result);
	bench_bare_stop(pid);
	return cpu;
}

static int run_with_responder(struct bench_load *load, const struct bench_options *o,
			      struct nbtbench_turns *turns)
{
	static struct bench_result result;

	for (size_t i = 0; i < o->pairs; i++) {
		double bare, server;

		bare = bare_cpu_per_request(*load, (pid_t)o->pid, &result);
		if (bare < 0)
			return (int)bare;
		server = cpu_per_request(load, (pid_t)o->pid, &result);
		if (server < 0)
			return (int)server;
		nbtbench_add_pair(turns, bare, server);
		turns->bad += result.wrong + result.lost;
	}
	return 0;
}

/*
 * Registrations: against SQLite alone. Each turn has names of its own, that are new.
 */

static int run_with_store(struct bench_load *load, const struct bench_options *o,
			  struct nbtbench_turns *turns)
{
	static struct bench_result result;

	for (size_t i = 0; i < o->pairs; i++) {
		double store = bench_store_reference(o->file, o->names, o->batch, o->seed);
		int ret;

		if (store < 0)
			return (int)store;
		ret = bench_load_run(load, &result);
		if (ret < 0)
			return ret;
		if (result.answered == 0)
			return -ETIMEDOUT;
		nbtbench_add_pair(turns, store, (double)result.answered / result.seconds);
		turns->bad += result.wrong + result.lost;
		load->first += load->names;
	}
	return 0;
}

int nbtbench_ratio(const struct bench_options *o, const struct bench_kind *kind)
{
	static struct nbtbench_turns turns;
	bool is_store = kind == &bench_register;
	struct bench_load load;
	int ret;

	if (!nbtbench_make_load(o, kind, &load))
		return TOOL_MISUSE;
	if ((o->pid == 0 && !is_store) || o->pairs == 0 || o->batch == 0) {
		fputs("nbtbench: ratio needs the server's --pid, a pair and a --batch at least\n",
		      stderr);
		return TOOL_MISUSE;
	}
	turns = (struct nbtbench_turns){
		.title = "A name server",
		.kind = kind->name,
		.limit = is_store ? "SQLite alone" : "bare responder",
		.measured = "server",
		.unit = is_store ? "new names per second" : "us of CPU per request",
		.in_per_second = is_store,
	};
	ret = is_store ? run_with_store(&load, o, &turns) : run_with_responder(&load, o, &turns);
	if (ret < 0)
		return nbtbench_fail("ratio", ret);
	return nbtbench_say_turns(o, &turns, NULL);
}

int nbtbench_store(const struct bench_options *o)
{
	struct bench_bars bars = { .what = "store",
				   .server = "SQLite",
				   .unit = "new rows per second" };
	double rate;

	if (o->names == 0 || o->batch == 0) {
		fputs("nbtbench: --names and --batch must be above 0\n", stderr);
		return TOOL_MISUSE;
	}
	rate = bench_store_reference(o->file, o->names, o->batch, o->seed);
	if (rate < 0)
		return nbtbench_fail(o->file, (int)rate);
	bars.server_value = rate;
	o->chart->title = "The limit of registrations";
	bench_chart_add(o->chart, &bars);
	if (o->json)
		report_print(json_pack("{s:s, s:I, s:f}", "kind", "store", "rows",
				       (json_int_t)o->names, "per_second", rate));
	else
		printf("store: %u new rows in batches of %u: %.0f/s\n", o->names, o->batch, rate);
	return TOOL_OK;
}
