#include "tools/bench_chart.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WIDTH      720
#define MARGIN     20
#define LABEL      150 /* left of the bars */
#define BARS       (WIDTH - 2 * MARGIN - LABEL)
#define HEAD       50
#define ROW        96
#define BAR_HEIGHT 22
#define BAR_STEP   28

/* Text that grows; what does not fit is counted. */
struct drawing {
	char *out;
	size_t size, len;
};

__attribute__((format(printf, 2, 3))) static void put(struct drawing *d, const char *format, ...)
{
	size_t left = d->len < d->size ? d->size - d->len : 0;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(left > 0 ? d->out + d->len : NULL, left, format, args);
	va_end(args);
	d->len += len > 0 ? (size_t)len : 0;
}

/* As the content of an element. */
static void put_text(struct drawing *d, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '<':
			put(d, "&lt;");
			break;
		case '&':
			put(d, "&amp;");
			break;
		default:
			put(d, "%c", *text);
		}
}

/* Black on nothing, or white where the reader's screen is dark. */
static void put_head(struct drawing *d, const struct bench_chart *chart)
{
	size_t height = HEAD + ROW * chart->count + MARGIN;

	put(d,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%zu\" "
	    "viewBox=\"0 0 %d %zu\" role=\"img\">\n",
	    WIDTH, height, WIDTH, height);
	put(d, "<style>\n"
	       "text { font: 14px sans-serif; fill: #1f2328 }\n"
	       ".title { font-size: 18px; font-weight: bold }\n"
	       ".limit { fill: #8c959f }\n"
	       ".server { fill: #0969da }\n"
	       "@media (prefers-color-scheme: dark) {\n"
	       "text { fill: #e6edf3 }\n"
	       ".limit { fill: #6e7681 }\n"
	       ".server { fill: #1f6feb }\n"
	       "}\n"
	       "</style>\n");
	put(d, "<title>");
	put_text(d, chart->title);
	put(d, "</title>\n<text class=\"title\" x=\"%d\" y=\"32\">", MARGIN);
	put_text(d, chart->title);
	put(d, "</text>\n");
}

/* The value stands in the bar if there is room for it, else behind it. */
static void put_bar(struct drawing *d, const char *kind, const char *label, double value,
		    double most, size_t y)
{
	double width = most > 0 ? value / most * BARS : 0;
	bool is_long = width > BARS / 2.0;

	put(d, "<text x=\"%d\" y=\"%zu\" text-anchor=\"end\">", MARGIN + LABEL - 8, y + 16);
	put_text(d, label);
	put(d, "</text>\n<rect class=\"%s\" x=\"%d\" y=\"%zu\" width=\"%.1f\" height=\"%d\"/>\n",
	    kind, MARGIN + LABEL, y, width, BAR_HEIGHT);
	put(d, "<text x=\"%.1f\" y=\"%zu\"%s>%.*f</text>\n",
	    MARGIN + LABEL + width + (is_long ? -8 : 8), y + 16,
	    is_long ? " text-anchor=\"end\" style=\"fill: #fff\"" : "", value < 100 ? 3 : 0, value);
}

static double longer(const struct bench_bars *row, double than)
{
	double value = row->server_value;

	if (row->limit != NULL && row->limit_value > value)
		value = row->limit_value;
	return value > than ? value : than;
}

/* Of all bars with the unit of this row. */
static double longest(const struct bench_chart *chart, const struct bench_bars *row)
{
	double most = 0;

	for (size_t i = 0; i < chart->count; i++)
		if (strcmp(chart->rows[i].unit, row->unit) == 0)
			most = longer(&chart->rows[i], most);
	return most;
}

static void put_row(struct drawing *d, const struct bench_bars *row, double most, size_t y)
{
	put(d, "<text x=\"%d\" y=\"%zu\">", MARGIN, y + 16);
	put_text(d, row->what);
	put(d, ", ");
	put_text(d, row->unit);
	put(d, "</text>\n");
	y += BAR_STEP;
	if (row->limit != NULL) {
		put_bar(d, "limit", row->limit, row->limit_value, most, y);
		y += BAR_STEP;
	}
	put_bar(d, "server", row->server, row->server_value, most, y);
}

void bench_chart_add(struct bench_chart *chart, const struct bench_bars *bars)
{
	if (chart->count < BENCH_CHART_ROWS)
		chart->rows[chart->count++] = *bars;
}

size_t bench_chart_svg(const struct bench_chart *chart, char *out, size_t size)
{
	struct drawing d = { out, size, 0 };

	put_head(&d, chart);
	for (size_t i = 0; i < chart->count; i++)
		put_row(&d, &chart->rows[i], longest(chart, &chart->rows[i]), HEAD + ROW * i);
	put(&d, "</svg>\n");
	return d.len;
}
