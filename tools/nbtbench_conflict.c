/* nbtbench conflict: names that others have are claimed, and queries go on beside that. */
#include "tools/nbtbench.h"

#include <errno.h>
#include <stdio.h>

#include "tools/bench_conflict.h"
#include "tools/report.h"
#include "tools/tool.h"

#define DEFAULT_RATE  10000 /* of claims */
#define CLAIMS_WINDOW 60000 /* most of them wait for silent owners */
#define QUERY_RATE    10000
#define QUERY_NAMES   10000
#define ALONE_SECONDS 2

struct conflict {
	struct bench_load load, queries;
	struct bench_ends ends;
	struct bench_result claims, settled, alone, beside;
	uint64_t asked[BENCH_OWNERS];
	atomic_bool stop_queries;
};

static uint64_t bad(const struct bench_result *result)
{
	return result->wrong + result->lost;
}

static uint64_t bad_in_all(const struct conflict *c)
{
	return bad(&c->claims) + bad(&c->settled) + bad(&c->alone) + bad(&c->beside);
}

/* All names have owners, those that are only asked for too; and the queries by themselves. */
static int prepare(struct conflict *c)
{
	struct bench_load load = c->load, queries = c->queries;
	int ret;

	load.kind = &bench_own;
	load.rate = 0;
	ret = bench_load_run(&load, &c->claims);
	queries.kind = &bench_register;
	queries.again = true;
	queries.rate = 0;
	queries.requests = queries.names;
	if (ret == 0)
		ret = bench_load_run(&queries, &c->alone);
	if (ret == 0 && bad(&c->claims) + bad(&c->alone) > 0)
		ret = -EEXIST; /* the database must be new */
	queries = c->queries;
	queries.requests = QUERY_RATE * ALONE_SECONDS;
	return ret == 0 ? bench_load_run(&queries, &c->alone) : ret;
}

static int run_claims(struct conflict *c)
{
	struct bench_load claims = c->load;
	struct bench_owners *owners;
	struct bench_beside beside;
	int ret, beside_ret;

	claims.kind = &bench_claim;
	claims.ctx = &c->ends;
	claims.window = CLAIMS_WINDOW;
	ret = bench_owners_start(&owners, &claims);
	if (ret < 0)
		return ret;
	c->queries.stop = &c->stop_queries;
	ret = bench_beside_start(&beside, &c->queries, &c->beside);
	if (ret == 0) {
		ret = bench_load_run(&claims, &c->claims);
		atomic_store(&c->stop_queries, true);
		beside_ret = bench_beside_wait(&beside);
		ret = ret == 0 ? beside_ret : ret;
	}
	bench_owners_stop(owners, c->asked);
	return ret;
}

static int check_settled(struct conflict *c)
{
	struct bench_load load = c->load;

	load.kind = &bench_settled;
	load.rate = 0;
	return bench_load_run(&load, &c->settled);
}

static double milliseconds(const struct bench_latency *latency, double part)
{
	return (double)bench_latency_at(latency, part) / 1e6;
}

static double per_second(const struct bench_result *claims)
{
	return claims->sending_seconds > 0 ? (double)claims->sent / claims->sending_seconds : 0;
}

static void print_queries(const char *text, const struct bench_result *r)
{
	printf("queries %s: %llu answered, %llu wrong or lost; median %.3f ms, p99 %.3f ms, "
	       "p99.9 %.3f ms\n",
	       text, (unsigned long long)r->answered, (unsigned long long)bad(r),
	       milliseconds(&r->latency, 0.5), milliseconds(&r->latency, 0.99),
	       milliseconds(&r->latency, 0.999));
}

static void print_text(const struct conflict *c)
{
	const struct bench_result *r = &c->claims;

	printf("conflict: %llu claims ended, %llu wrong; %llu sent at %.0f/s in %.1f s, "
	       "%llu of them again; %llu at most told to wait at once\n",
	       (unsigned long long)r->answered, (unsigned long long)r->wrong,
	       (unsigned long long)r->sent, per_second(r), r->sending_seconds,
	       (unsigned long long)r->repeated, (unsigned long long)r->most_told_to_wait);
	for (size_t i = 0; i < BENCH_OWNERS; i++)
		printf("  owner %-13s %8llu right, %llu wrong, median %.3f ms; asked %llu times\n",
		       bench_owner_names[i], (unsigned long long)c->ends.right[i],
		       (unsigned long long)c->ends.wrong[i], milliseconds(&c->ends.latency[i], 0.5),
		       (unsigned long long)c->asked[i]);
	printf("then: %llu names are whose they must be, %llu are not\n",
	       (unsigned long long)(c->settled.answered - c->settled.wrong),
	       (unsigned long long)bad(&c->settled));
	print_queries("alone ", &c->alone);
	print_queries("beside", &c->beside);
	if (r->wrong > 0)
		printf("first wrong end: %s\n", r->first_wrong);
	if (c->settled.wrong > 0)
		printf("first wrong owner: %s\n", c->settled.first_wrong);
}

static json_t *queries_as_json(const struct bench_result *r)
{
	return json_pack("{s:I, s:I, s:f, s:f, s:f}", "answered", (json_int_t)r->answered, "bad",
			 (json_int_t)bad(r), "p50_ms", milliseconds(&r->latency, 0.5), "p99_ms",
			 milliseconds(&r->latency, 0.99), "p999_ms",
			 milliseconds(&r->latency, 0.999));
}

static void print_json(const struct conflict *c)
{
	const struct bench_result *r = &c->claims;
	json_t *owners = json_object();

	for (size_t i = 0; i < BENCH_OWNERS; i++)
		json_object_set_new(owners, bench_owner_names[i],
				    json_pack("{s:I, s:I, s:I, s:f}", "right",
					      (json_int_t)c->ends.right[i], "wrong",
					      (json_int_t)c->ends.wrong[i], "asked",
					      (json_int_t)c->asked[i], "p50_ms",
					      milliseconds(&c->ends.latency[i], 0.5)));
	report_print(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:I, s:o, s:o, s:o}",
			       "kind", "conflict", "ended", (json_int_t)r->answered, "wrong",
			       (json_int_t)r->wrong, "sent", (json_int_t)r->sent, "repeated",
			       (json_int_t)r->repeated, "most_told_to_wait",
			       (json_int_t)r->most_told_to_wait, "sending_seconds",
			       r->sending_seconds, "sent_per_second", per_second(r), "not_settled",
			       (json_int_t)bad(&c->settled), "owners", owners, "alone",
			       queries_as_json(&c->alone), "beside", queries_as_json(&c->beside)));
}

static void draw(const struct conflict *c, struct bench_chart *chart)
{
	const struct bench_bars bars = { "latency of queries, p99",
					 "queries alone",
					 "and conflicts",
					 "ms, as the client sees it",
					 milliseconds(&c->alone.latency, 0.99),
					 milliseconds(&c->beside.latency, 0.99) };

	chart->title = "Queries, and conflicts beside them";
	bench_chart_add(chart, &bars);
}

static bool make_loads(struct conflict *c, const struct bench_options *o)
{
	if (!nbtbench_make_load(o, &bench_claim, &c->load))
		return false;
	c->load.requests = o->names;
	c->load.again = true;
	c->queries = c->load;
	if (c->load.rate == 0)
		c->load.rate = DEFAULT_RATE;
	c->queries.kind = &bench_query;
	c->queries.first = o->first + o->names;
	c->queries.names = QUERY_NAMES;
	c->queries.rate = QUERY_RATE;
	c->queries.requests = UINT64_MAX;
	c->queries.again = false;
	return true;
}

int nbtbench_conflict(const struct bench_options *o)
{
	static struct conflict c;
	int ret;

	if (!make_loads(&c, o))
		return TOOL_MISUSE;
	ret = prepare(&c);
	if (ret == 0)
		ret = run_claims(&c);
	if (ret == 0)
		ret = check_settled(&c);
	if (ret < 0)
		return nbtbench_fail("conflict", ret);
	draw(&c, o->chart);
	if (o->json)
		print_json(&c);
	else
		print_text(&c);
	return bad_in_all(&c) == 0 ? TOOL_OK : TOOL_NOT_FOUND;
}
