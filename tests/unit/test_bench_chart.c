/* Bars of what was measured beside its limit. */
#include "tools/bench_chart.h"

#include <stdio.h>
#include <stdlib.h>

#include "support.h"

#define SVG_MAX 16384

static const struct bench_bars query = { "query", "bare responder",   "nbnsd",
					 "us",    .limit_value = 1.5, .server_value = 2.0 };

static void contains(const char *svg, const char *text)
{
	if (strstr(svg, text) == NULL)
		fail_msg("no %s in %s", text, svg);
}

/* The width of the first bar of a kind. */
static double width_of(const char *svg, const char *kind)
{
	char start[80];
	const char *at;

	snprintf(start, sizeof(start), "<rect class=\"%s\"", kind);
	at = strstr(svg, start);
	assert_non_null(at);
	at = strstr(at, "width=\"");
	return strtod(at + strlen("width=\""), NULL);
}

static void bars_are_as_long_as_their_values(void **state)
{
	struct bench_chart chart = { .title = "Queries" };
	char svg[SVG_MAX];
	double limit, server;

	(void)state;
	bench_chart_add(&chart, &query);
	assert_true(bench_chart_svg(&chart, svg, sizeof(svg)) < sizeof(svg));
	limit = width_of(svg, "limit");
	server = width_of(svg, "server");
	assert_true(server > 100);
	assert_true(limit > server * 0.749 && limit < server * 0.751);
	contains(svg, ">Queries</text>");
	contains(svg, ">query, us</text>");
	contains(svg, ">bare responder</text>");
	contains(svg, ">1.500</text>");
	contains(svg, ">nbnsd</text>");
	contains(svg, ">2.000</text>");
	contains(svg, "prefers-color-scheme: dark");
}

static void each_unit_has_its_own_scale(void **state)
{
	static const struct bench_bars store = { "register", "SQLite alone", "nbnsd",
						 "names/s",  30000,          90000 };
	struct bench_chart one = { .title = "" }, two = { .title = "" };
	char first[SVG_MAX], both[SVG_MAX];

	(void)state;
	bench_chart_add(&one, &query);
	bench_chart_add(&two, &query);
	bench_chart_add(&two, &store);
	bench_chart_svg(&one, first, sizeof(first));
	bench_chart_svg(&two, both, sizeof(both));
	assert_true(width_of(first, "limit") == width_of(both, "limit"));
	contains(both, ">90000</text>");
}

static void rows_with_one_unit_have_one_scale(void **state)
{
	static const struct bench_bars slow = { "miss", "bare responder", "nbnsd",
						"us",   .limit_value = 1, .server_value = 4 };
	struct bench_chart one = { .title = "" }, two = { .title = "" };
	char first[SVG_MAX], both[SVG_MAX];

	(void)state;
	bench_chart_add(&one, &query);
	bench_chart_add(&two, &query);
	bench_chart_add(&two, &slow);
	bench_chart_svg(&one, first, sizeof(first));
	bench_chart_svg(&two, both, sizeof(both));
	assert_true(width_of(both, "server") == width_of(first, "server") / 2);
}

static void without_a_limit_there_is_one_bar(void **state)
{
	static const struct bench_bars alone = {
		.what = "query", .server = "nbnsd", .unit = "us", .server_value = 7
	};
	struct bench_chart chart = { .title = "" };
	char svg[SVG_MAX];

	(void)state;
	bench_chart_add(&chart, &alone);
	bench_chart_svg(&chart, svg, sizeof(svg));
	assert_null(strstr(svg, "<rect class=\"limit\""));
	assert_true(width_of(svg, "server") > 100);
}

static void zeros_are_bars_without_length(void **state)
{
	static const struct bench_bars nothing = { "query", "limit", "server", "us", 0, 0 };
	struct bench_chart chart = { .title = "" };
	char svg[SVG_MAX];

	(void)state;
	bench_chart_add(&chart, &nothing);
	bench_chart_svg(&chart, svg, sizeof(svg));
	assert_true(width_of(svg, "limit") == 0);
	assert_true(width_of(svg, "server") == 0);
}

static void text_is_text(void **state)
{
	struct bench_chart chart = { .title = "a<b & c" };
	char svg[SVG_MAX];

	(void)state;
	bench_chart_svg(&chart, svg, sizeof(svg));
	contains(svg, ">a&lt;b &amp; c</text>");
}

/* As snprintf(): nothing is written beyond the room, and all is counted. */
static void what_does_not_fit_is_counted(void **state)
{
	struct bench_chart chart = { .title = "t" };
	char svg[SVG_MAX], cut[SVG_MAX];
	size_t len;

	(void)state;
	for (int i = 0; i < BENCH_CHART_ROWS + 3; i++)
		bench_chart_add(&chart, &query);
	assert_int_equal(chart.count, BENCH_CHART_ROWS);
	len = bench_chart_svg(&chart, svg, sizeof(svg));
	assert_int_equal(len, strlen(svg));
	for (size_t size = 0; size < len; size += 100) {
		memset(cut, 'x', sizeof(cut));
		assert_int_equal(bench_chart_svg(&chart, cut, size), len);
		assert_int_equal(cut[size], 'x');
		if (size > 0)
			assert_memory_equal(cut, svg, size - 1);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bars_are_as_long_as_their_values),
		cmocka_unit_test(each_unit_has_its_own_scale),
		cmocka_unit_test(rows_with_one_unit_have_one_scale),
		cmocka_unit_test(without_a_limit_there_is_one_bar),
		cmocka_unit_test(zeros_are_bars_without_length),
		cmocka_unit_test(text_is_text),
		cmocka_unit_test(what_does_not_fit_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
