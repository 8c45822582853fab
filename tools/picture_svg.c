/* The picture as SVG. */
#include "config.h"

#include "common/array.h"
#include "tools/picture_layout.h"

static void print_escaped(const char *text, FILE *to)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", to);
			break;
		case '<':
			fputs("&lt;", to);
			break;
		case '>':
			fputs("&gt;", to);
			break;
		default:
			fputc(*text, to);
		}
}

static void print_text(int x, int y, const char *class, const char *text, FILE *to)
{
	fprintf(to, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, class);
	print_escaped(text, to);
	fputs("</text>\n", to);
}

static void print_box(const struct picture_box *box, const char *class, FILE *to)
{
	fprintf(to, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" class=\"%s\"/>\n",
		box->x, box->y, box->width, box->height, class);
}

/*
 * Hosts and members.
 */

/* Returns where the next line begins. */
static int print_address(const struct picture_host *host, int x, int y, FILE *to)
{
	char text[PICTURE_TEXT_SIZE];

	picture_say_address(host, text);
	if (text[0] == '\0')
		return y;
	print_text(x, y, host->is_silent ? "bad" : "soft", text, to);
	return y + PICTURE_LINE;
}

static void print_host(const struct picture_host *host, const struct picture_box *box, FILE *to)
{
	int x = box->x + PICTURE_PADDING, y = box->y + PICTURE_LINE;

	print_box(box,
		  host->is_silent          ? "host dead"
		  : host->is_domain_master ? "host above"
					   : "host",
		  to);
	print_text(x, y, "name", host->name, to);
	y = print_address(host, x, y + PICTURE_LINE, to);
	for (size_t i = 0; i < host->role_count; i++)
		print_text(x, y + (int)i * PICTURE_LINE,
			   host->roles[i].fault == PICTURE_RIGHT ? "role" : "bad",
			   host->roles[i].text, to);
}

static void print_subnet(const struct picture *p, size_t subnet, const struct picture_layout *l,
			 FILE *to)
{
	const struct picture_box *box = &l->subnets[subnet].box;
	size_t at = 0;

	print_text(box->x + PICTURE_PADDING, box->y + PICTURE_LINE, "subnet-name",
		   p->subnets[subnet].text, to);
	for (size_t i = 0; i < p->member_count; i++)
		if (p->members[i].subnet == subnet) {
			struct picture_point point = picture_member_at(l, subnet, at++);

			print_text(point.x, point.y, p->members[i].is_silent ? "gone" : "member",
				   p->members[i].name, to);
		}
}

/*
 * Arrows.
 */

static const struct {
	const char *class, *meaning;
} states[] = {
	[PICTURE_SYNCED] = { "synced", "lists come" },
	[PICTURE_FAILED] = { "failed", "lists do not come" },
	[PICTURE_UNKNOWN] = { "unknown", "not known" },
};

static void print_arrow(const struct picture *p, size_t arrow, const struct picture_layout *l,
			FILE *to)
{
	const char *class = states[p->arrows[arrow].state].class;
	struct picture_route route;

	picture_route(p, l, arrow, &route);
	for (size_t i = 0; i < route.count; i++)
		fprintf(to, "%s%d %d", i == 0 ? "<path d=\"M" : "L", route.corners[i].x,
			route.corners[i].y);
	fprintf(to, "\" class=\"arrow %s\" marker-end=\"url(#%s)\"", class, class);
	if (p->arrows[arrow].both_ways)
		fprintf(to, " marker-start=\"url(#%s)\"", class);
	fputs("/>\n", to);
}

static void print_label(const struct picture *p, size_t arrow, const struct picture_layout *l,
			FILE *to)
{
	struct picture_route route;

	picture_route(p, l, arrow, &route);
	if (p->arrows[arrow].label[0] != '\0')
		print_text(route.label.x, route.label.y, "label", p->arrows[arrow].label, to);
}

/*
 * What is around.
 */

/* Without variables, which printers' and converters' CSS does not know; for white paper, and dark
 * where the reader's screen is. The marks at hosts and arrows are no colours alone. */
static const char style[] =
	"<style>\n"
	"text { font-family: sans-serif; font-size: 13px; fill: #1b2430 }\n"
	".title { font-size: 20px; font-weight: bold }\n"
	".soft, .subnet-name { fill: #5a6675 }\n"
	".name { font-weight: bold }\n"
	".bad { fill: #b3261e }\n"
	".gone { fill: #b3261e; text-decoration: line-through }\n"
	".label { font-size: 12px }\n"
	".subnet-name { stroke: #eef2f7; stroke-width: 5; paint-order: stroke }\n"
	".paper { fill: #ffffff }\n"
	".subnet { fill: #eef2f7 }\n"
	".host { fill: #ffffff; stroke: #9aa7b8 }\n"
	".above { stroke: #1b2430; stroke-width: 2.5 }\n"
	".dead { stroke: #b3261e; stroke-dasharray: 5 4 }\n"
	".arrow { fill: none; stroke-width: 1.6; stroke-linejoin: round }\n"
	".synced { stroke: #1f7a4d }\n"
	".failed { stroke: #b3261e; stroke-dasharray: 7 4 }\n"
	".unknown { stroke: #5a6675; stroke-dasharray: 2 4 }\n"
	".head { stroke: none }\n"
	".head.synced { fill: #1f7a4d }\n"
	".head.failed { fill: #b3261e }\n"
	".head.unknown { fill: #5a6675 }\n"
	"@media (prefers-color-scheme: dark) {\n"
	"text { fill: #e6ebf2 }\n"
	".soft, .subnet-name { fill: #9aa7b8 }\n"
	".bad, .gone { fill: #ff8a7d }\n"
	".subnet-name { stroke: #1d242e }\n"
	".paper { fill: #12161c }\n"
	".subnet { fill: #1d242e }\n"
	".host { fill: #12161c; stroke: #5a6675 }\n"
	".above { stroke: #e6ebf2 }\n"
	".dead { stroke: #ff8a7d }\n"
	".synced { stroke: #5cc98f }\n"
	".failed { stroke: #ff8a7d }\n"
	".unknown { stroke: #9aa7b8 }\n"
	".head { stroke: none }\n"
	".head.synced { fill: #5cc98f }\n"
	".head.failed { fill: #ff8a7d }\n"
	".head.unknown { fill: #9aa7b8 }\n"
	"}\n"
	"</style>\n";

static void print_head(const struct picture *p, const struct picture_layout *l, FILE *to)
{
	fprintf(to,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\">\n<title>Network neighbourhood</title>\n%s<defs>\n",
		l->width, l->height, l->width, l->height, style);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		fprintf(to,
			"<marker id=\"%s\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" "
			"markerUnits=\"userSpaceOnUse\" markerWidth=\"10\" markerHeight=\"10\" "
			"orient=\"auto-start-reverse\">"
			"<path d=\"M0 0L8 4L0 8z\" class=\"head %s\"/></marker>\n",
			states[i].class, states[i].class);
	fputs("</defs>\n<rect width=\"100%\" height=\"100%\" class=\"paper\"/>\n", to);
	print_text(PICTURE_MARGIN, 36, "title", "Network neighbourhood", to);
	print_text(PICTURE_MARGIN, 36 + PICTURE_LINE + 2, "soft", p->seen, to);
}

/* Returns where the next one begins. */
static int print_example(const char *class, int x, int y, const char *meaning, FILE *to)
{
	const struct picture_box box = { x, y - 12, 30, 15 };

	print_box(&box, class, to);
	print_text(x + 38, y, "soft", meaning, to);
	return x + 38 + picture_width_of(meaning) + PICTURE_PADDING;
}

static void print_legend(const struct picture *p, const struct picture_layout *l, FILE *to)
{
	int x = PICTURE_MARGIN, y = l->height - 44;

	if (p->host_count == 0) {
		print_text(x, y, "soft", "No master browser has answered.", to);
		return;
	}
	x = print_example("host above", x, y, "domain master", to);
	x = print_example("host", x, y, "other master, name server", to);
	x = print_example("host dead", x, y, "does not answer", to);
	print_text(x, y, "member", "NAME", to);
	print_text(x + 52, y, "soft", "other server,", to);
	x += 52 + picture_width_of("other server,");
	print_text(x, y, "gone", "NAME", to);
	print_text(x + 52, y, "soft", "silent", to);
	x = PICTURE_MARGIN;
	y += 26;
	for (size_t i = 0; i < ARRAY_SIZE(states) && p->arrow_count > 0; i++) {
		fprintf(to, "<path d=\"M%d %dh30\" class=\"arrow %s\" marker-end=\"url(#%s)\"/>\n",
			x, y - 4, states[i].class, states[i].class);
		print_text(x + 38, y, "soft", states[i].meaning, to);
		x += 38 + picture_width_of(states[i].meaning) + PICTURE_PADDING;
	}
	if (p->is_cut)
		print_text(x, y, "bad", "There is more than is shown.", to);
}

void picture_svg(const struct picture *picture, FILE *to)
{
	static struct picture_layout l;

	picture_lay_out(picture, &l);
	print_head(picture, &l, to);
	for (size_t i = 0; i < picture->subnet_count; i++)
		print_box(&l.subnets[i].box, "subnet", to);
	for (size_t i = 0; i < picture->arrow_count; i++)
		print_arrow(picture, i, &l, to);
	for (size_t i = 0; i < picture->subnet_count; i++)
		print_subnet(picture, i, &l, to);
	for (size_t i = 0; i < picture->host_count; i++)
		print_host(&picture->hosts[i], &l.hosts[i], to);
	for (size_t i = 0; i < picture->arrow_count; i++)
		print_label(picture, i, &l, to);
	print_legend(picture, &l, to);
	fputs("</svg>\n", to);
}
