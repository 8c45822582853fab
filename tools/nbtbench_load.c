/* nbtbench query, register and their like: one load, until its end, or until a signal says stop. */
#include "tools/nbtbench.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/report.h"
#include "tools/tool.h"

static atomic_bool stopped;

static void stop(int signum)
{
	(void)signum;
	atomic_store(&stopped, true);
}

/* load->right is to be closed and *only to be freed afterwards. */
static int open_files(const struct bench_options *o, struct bench_load *load, uint32_t **only)
{
	int ret;

	if (o->only != NULL) {
		ret = bench_numbers_read(o->only, only, &load->names);
		if (ret < 0)
			return nbtbench_fail(o->only, ret);
		load->only = *only;
		load->requests = o->requests != 0 ? o->requests : load->names;
	}
	if (o->right != NULL) {
		load->right = fopen(o->right, "we");
		if (load->right == NULL)
			return nbtbench_fail(o->right, -errno);
	}
	return TOOL_OK;
}

static double microseconds(const struct bench_result *r, double part)
{
	return (double)bench_latency_at(&r->latency, part) / 1000;
}

static void print_result(const struct bench_options *o, const char *kind,
			 const struct bench_result *r, double cpu_us)
{
	double rate = r->seconds > 0 ? (double)r->answered / r->seconds : 0;

	if (o->json) {
		report_print(json_pack(
			"{s:s, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "kind", kind,
			"sent", (json_int_t)r->sent, "answered", (json_int_t)r->answered, "wrong",
			(json_int_t)r->wrong, "lost", (json_int_t)r->lost, "seconds", r->seconds,
			"per_second", rate, "cpu_us", cpu_us, "p50_us", microseconds(r, 0.5),
			"p99_us", microseconds(r, 0.99), "p999_us", microseconds(r, 0.999)));
		return;
	}
	printf("%s: %llu sent, %llu answered in %.2f s (%.0f/s), %llu wrong, %llu lost\n", kind,
	       (unsigned long long)r->sent, (unsigned long long)r->answered, r->seconds, rate,
	       (unsigned long long)r->wrong, (unsigned long long)r->lost);
	printf("latency: median %.0f us, p99 %.0f us, p99.9 %.0f us", microseconds(r, 0.5),
	       microseconds(r, 0.99), microseconds(r, 0.999));
	if (o->pid != 0)
		printf("; server CPU %.3f us per request", cpu_us);
	putchar('\n');
	if (r->wrong > 0)
		printf("first wrong answer: %s\n", r->first_wrong);
}

static void draw_result(const struct bench_options *o, const char *kind,
			const struct bench_result *r)
{
	const struct bench_bars latency = { .server = "server",
					    .unit = "us, as the client sees it" };
	struct bench_bars median = latency, p99 = latency, p999 = latency;

	o->chart->title = kind;
	median.what = "latency, median";
	median.server_value = microseconds(r, 0.5);
	bench_chart_add(o->chart, &median);
	p99.what = "latency, p99";
	p99.server_value = microseconds(r, 0.99);
	bench_chart_add(o->chart, &p99);
	p999.what = "latency, p99.9";
	p999.server_value = microseconds(r, 0.999);
	bench_chart_add(o->chart, &p999);
}

static int measure_load(const struct bench_options *o, const struct bench_load *load)
{
	static struct bench_result result;
	uint64_t cpu = 0;
	int ret;

	if (o->pid != 0)
		cpu = bench_cpu_ns((pid_t)o->pid);
	ret = bench_load_run(load, &result);
	if (ret < 0)
		return nbtbench_fail("load", ret);
	if (o->pid != 0)
		cpu = bench_cpu_ns((pid_t)o->pid) - cpu;
	draw_result(o, load->kind->name, &result);
	print_result(o, load->kind->name, &result,
		     result.answered > 0 ? (double)cpu / 1000 / (double)result.answered : 0);
	return result.wrong == 0 && result.lost == 0 ? TOOL_OK : TOOL_NOT_FOUND;
}

int nbtbench_load(const struct bench_options *o, const struct bench_kind *kind)
{
	const struct sigaction stopping = { .sa_handler = stop };
	struct bench_load load;
	uint32_t *only = NULL;
	int status;

	if (!nbtbench_make_load(o, kind, &load))
		return TOOL_MISUSE;
	load.stop = &stopped;
	sigaction(SIGTERM, &stopping, NULL);
	sigaction(SIGINT, &stopping, NULL);
	status = open_files(o, &load, &only);
	if (status == TOOL_OK)
		status = measure_load(o, &load);
	if (load.right != NULL && fclose(load.right) != 0)
		status = nbtbench_fail(o->right, -errno);
	free(only);
	return status;
}
