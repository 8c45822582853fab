/* What is counted, as text for Prometheus. */
#include "support.h"

#include <stdio.h>

#include "common/metrics.h"
#include "common/stats.h"

static char text[4096];

static void gather(void *ctx, const char *line)
{
	size_t len = strlen(text);

	(void)ctx;
	snprintf(text + len, sizeof(text) - len, "%s\n", line);
}

static void walk(void *walk_ctx, metrics_each_fn *each, void *ctx)
{
	const struct metrics_visitor to = { each, ctx };
	struct metric metric = { .name = "names",
				 .help = "Names, by kind",
				 .is_gauge = true,
				 .label = { "kind", "state" },
				 .label_value = { "unique", "active" },
				 .value = 3 };
	static const char *const names[] = { "tcp.too-many" };
	uint64_t values[] = { UINT64_MAX };
	const struct stats stats = { names, values, 1 };

	assert_string_equal(walk_ctx, "walk");
	metrics_gauge(&to, "uptime.seconds", "Seconds since the start", 7);
	each(ctx, &metric);
	metric.label_value[0] = "group";
	each(ctx, &metric);
	metrics_counter(&to, "commits", "Transactions", 1);
	metrics_stats(&to, &stats);
}

static void text_has_each_head_once(void **state)
{
	static char ctx[] = "walk";
	const struct metrics metrics = { "testd", walk, ctx };

	(void)state;
	metrics_text(&metrics, gather, NULL);
	assert_string_equal(text,
			    "# HELP testd_uptime_seconds Seconds since the start.\n"
			    "# TYPE testd_uptime_seconds gauge\n"
			    "testd_uptime_seconds 7\n"
			    "# HELP testd_names Names, by kind.\n"
			    "# TYPE testd_names gauge\n"
			    "testd_names{kind=\"unique\",state=\"active\"} 3\n"
			    "testd_names{kind=\"group\",state=\"active\"} 3\n"
			    "# HELP testd_commits_total Transactions.\n"
			    "# TYPE testd_commits_total counter\n"
			    "testd_commits_total 1\n"
			    "# HELP testd_tcp_too_many_total Events of this kind: tcp.too-many.\n"
			    "# TYPE testd_tcp_too_many_total counter\n"
			    "testd_tcp_too_many_total 18446744073709551615\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_has_each_head_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
