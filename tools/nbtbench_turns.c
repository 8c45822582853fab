/* A bare process and the server by turns: what comes of it, as medians of all pairs. */
#include "tools/nbtbench.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/report.h"
#include "tools/tool.h"

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double nbtbench_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare_doubles);
	return values[count / 2];
}

void nbtbench_add_pair(struct nbtbench_turns *turns, double bare, double server)
{
	turns->bare[turns->count] = bare;
	turns->server[turns->count] = server;
	turns->ratio[turns->count++] = turns->in_per_second ? server / bare : bare / server;
}

static void draw(const struct bench_options *o, const struct nbtbench_turns *turns, double bare,
		 double server)
{
	const struct bench_bars bars = { turns->kind, turns->limit, turns->measured,
					 turns->unit, bare,         server };

	o->chart->title = turns->title;
	bench_chart_add(o->chart, &bars);
}

int nbtbench_say_turns(const struct bench_options *o, struct nbtbench_turns *turns, json_t *more)
{
	double bare = nbtbench_median(turns->bare, turns->count);
	double server = nbtbench_median(turns->server, turns->count);
	double ratio = nbtbench_median(turns->ratio, turns->count);
	const char *bare_key = turns->in_per_second ? "bare_per_second" : "bare_us";
	const char *server_key = turns->in_per_second ? "server_per_second" : "server_us";

	draw(o, turns, bare, server);
	if (o->json) {
		json_t *result =
			json_pack("{s:s, s:I, s:f, s:f, s:f, s:I}", "kind", turns->kind, "pairs",
				  (json_int_t)turns->count, bare_key, bare, server_key, server,
				  "ratio", ratio, "bad", (json_int_t)turns->bad);

		if (more != NULL)
			(void)json_object_update(result, more);
		report_print(result);
	} else {
		printf("%s: %s %.3f, %s %.3f %s; median ratio of %zu pairs %.3f; "
		       "%llu wrong or lost\n",
		       turns->kind, turns->limit, bare, turns->measured, server, turns->unit,
		       turns->count, ratio, (unsigned long long)turns->bad);
	}
	json_decref(more);
	return turns->bad == 0 ? TOOL_OK : TOOL_NOT_FOUND;
}
