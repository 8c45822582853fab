/* nbtbench latency: what registrations beside them cost queries, within the server. */
#include "tools/nbtbench.h"

#include <errno.h>
#include <stdio.h>

#include "tools/report.h"
#include "tools/tool.h"

#define DEFAULT_RATE    50000
#define DEFAULT_SECONDS 10

/* One round. */
struct round {
	double p50_us, p99_us, p999_us;
	uint64_t answered, bad;
	uint64_t seen, missed; /* queries seen both ways; packets that were not captured */
	double registered;     /* per second */
};

struct rounds {
	const struct bench_options *o;
	struct bench_load queries, registrations;
	struct round without[NBTBENCH_PAIRS_MAX], with[NBTBENCH_PAIRS_MAX];
};

static double microseconds(const struct bench_latency *latency, double part)
{
	return (double)bench_latency_at(latency, part) / 1000;
}

static int run_loads(struct rounds *rounds, bool with, struct round *round)
{
	static struct bench_result queries, registrations;
	struct bench_beside beside;
	int ret = 0, beside_ret = 0;

	with = with && rounds->o->registrations > 0;
	if (with)
		ret = bench_beside_start(&beside, &rounds->registrations, &registrations);
	if (ret < 0)
		return ret;
	ret = bench_load_run(&rounds->queries, &queries);
	round->answered = queries.answered;
	round->bad = queries.wrong + queries.lost;
	if (!with)
		return ret;

	beside_ret = bench_beside_wait(&beside);
	rounds->registrations.first += rounds->registrations.names;
	round->bad += registrations.wrong + registrations.lost;
	round->registered = (double)registrations.answered / registrations.seconds;
	return ret < 0 ? ret : beside_ret;
}

static int run_round(struct rounds *rounds, bool with, struct round *round)
{
	static struct bench_latency latency;
	struct bench_tap *tap;
	int ret = bench_tap_start(&tap, rounds->queries.server.sin_port);

	if (ret < 0)
		return ret;
	ret = run_loads(rounds, with, round);
	bench_tap_stop(tap, &latency, &round->missed);
	round->seen = latency.count;
	round->p50_us = microseconds(&latency, 0.5);
	round->p99_us = microseconds(&latency, 0.99);
	round->p999_us = microseconds(&latency, 0.999);
	/* Without answers there is nothing to compare. */
	return ret == 0 && latency.count == 0 ? -ETIMEDOUT : ret;
}

/* New names follow those that are asked for. */
static bool prepare(struct rounds *rounds, const struct bench_options *o)
{
	struct bench_load *queries = &rounds->queries, *registrations = &rounds->registrations;

	if (!nbtbench_make_load(o, &bench_query, queries))
		return false;
	if (o->pairs == 0) {
		fputs("nbtbench: --pairs must be above 0\n", stderr);
		return false;
	}
	rounds->o = o;
	if (queries->rate == 0)
		queries->rate = DEFAULT_RATE;
	queries->requests = o->requests;
	if (o->requests == 0)
		queries->requests = (uint64_t)queries->rate * DEFAULT_SECONDS;

	*registrations = *queries;
	registrations->kind = &bench_register;
	registrations->first = o->first + o->names;
	registrations->rate = o->registrations;
	registrations->requests = queries->requests * o->registrations / queries->rate;
	registrations->requests += registrations->requests == 0;
	registrations->names = (uint32_t)registrations->requests;
	return true;
}

static double median_of(const struct rounds *rounds, double (*value)(const struct rounds *, size_t))
{
	double values[NBTBENCH_PAIRS_MAX];

	for (size_t i = 0; i < rounds->o->pairs; i++)
		values[i] = value(rounds, i);
	return nbtbench_median(values, rounds->o->pairs);
}

static double ratio(const struct rounds *rounds, size_t pair)
{
	return rounds->with[pair].p50_us / rounds->without[pair].p50_us;
}

static double p999_more(const struct rounds *rounds, size_t pair)
{
	return rounds->with[pair].p999_us - rounds->without[pair].p999_us;
}

static double p50_without(const struct rounds *rounds, size_t pair)
{
	return rounds->without[pair].p50_us;
}

static double p50_with(const struct rounds *rounds, size_t pair)
{
	return rounds->with[pair].p50_us;
}

static void draw(const struct rounds *rounds)
{
	const struct bench_bars bars = { "latency of queries, median",
					 "queries alone",
					 "and registrations",
					 "us within the server",
					 median_of(rounds, p50_without),
					 median_of(rounds, p50_with) };

	rounds->o->chart->title = "Queries, and registrations beside them";
	bench_chart_add(rounds->o->chart, &bars);
}

static uint64_t bad_in_all(const struct rounds *rounds)
{
	uint64_t bad = 0;

	for (size_t i = 0; i < rounds->o->pairs; i++)
		bad += rounds->without[i].bad + rounds->with[i].bad;
	return bad;
}

static void print_round(const char *text, const struct round *round)
{
	printf("%s: median %.1f us, p99 %.1f us, p99.9 %.1f us; %llu answered, %llu wrong or lost, "
	       "%llu not captured",
	       text, round->p50_us, round->p99_us, round->p999_us,
	       (unsigned long long)round->answered, (unsigned long long)round->bad,
	       (unsigned long long)round->missed);
	if (round->registered > 0)
		printf("; %.0f registrations/s", round->registered);
	putchar('\n');
}

static void print_text(const struct rounds *rounds)
{
	for (size_t i = 0; i < rounds->o->pairs; i++) {
		print_round("without", &rounds->without[i]);
		print_round("with   ", &rounds->with[i]);
	}
	printf("latency: median ratio of %u pairs %.2f; p99.9 %.1f us more; %llu wrong or lost\n",
	       rounds->o->pairs, median_of(rounds, ratio), median_of(rounds, p999_more),
	       (unsigned long long)bad_in_all(rounds));
}

static json_t *round_as_json(const struct round *round)
{
	return json_pack("{s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:f}", "p50_us", round->p50_us,
			 "p99_us", round->p99_us, "p999_us", round->p999_us, "answered",
			 (json_int_t)round->answered, "bad", (json_int_t)round->bad, "seen",
			 (json_int_t)round->seen, "missed", (json_int_t)round->missed,
			 "registered_per_second", round->registered);
}

static void print_json(const struct rounds *rounds)
{
	json_t *pairs = json_array();

	for (size_t i = 0; i < rounds->o->pairs; i++)
		json_array_append_new(pairs, json_pack("{s:o, s:o}", "without",
						       round_as_json(&rounds->without[i]), "with",
						       round_as_json(&rounds->with[i])));
	report_print(json_pack("{s:s, s:I, s:I, s:o, s:f, s:f, s:I}", "kind", "latency", "rate",
			       (json_int_t)rounds->queries.rate, "registrations",
			       (json_int_t)rounds->o->registrations, "pairs", pairs, "ratio",
			       median_of(rounds, ratio), "p999_more_us",
			       median_of(rounds, p999_more), "bad",
			       (json_int_t)bad_in_all(rounds)));
}

int nbtbench_latency(const struct bench_options *o)
{
	static struct rounds rounds;
	int ret = 0;

	if (!prepare(&rounds, o))
		return TOOL_MISUSE;
	for (size_t i = 0; ret == 0 && i < o->pairs; i++) {
		ret = run_round(&rounds, false, &rounds.without[i]);
		if (ret == 0)
			ret = run_round(&rounds, true, &rounds.with[i]);
	}
	if (ret < 0)
		return nbtbench_fail("latency", ret);
	draw(&rounds);
	if (o->json)
		print_json(&rounds);
	else
		print_text(&rounds);
	return bad_in_all(&rounds) == 0 ? TOOL_OK : TOOL_NOT_FOUND;
}
