/* The picture as SVG. */
#include "config.h"

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

static void print_host(const struct picture_host *host, const struct picture_box *box, FILE *to)
{
	int x = box->x + PICTURE_PADDING, y = box->y + PICTURE_LINE;
	uint32_t bytes = ntohl(host->address.s_addr);
	char address[INET_ADDRSTRLEN];

	snprintf(address, sizeof(address), "%u.%u.%u.%u", bytes >> 24, bytes >> 16 & 0xff,
		 bytes >> 8 & 0xff, bytes & 0xff);
	print_box(box, host->is_domain_master ? "host above" : "host", to);
	print_text(x, y, "name", host->name, to);
	print_text(x, y + PICTURE_LINE, "soft", address, to);
	for (size_t i = 0; i < host->role_count; i++)
		print_text(x, y + (int)(2 + i) * PICTURE_LINE, "role", host->roles[i].text, to);
}

static const char *const states[] = {
	[PICTURE_SYNCED] = "synced",
	[PICTURE_FAILED] = "failed",
	[PICTURE_UNKNOWN] = "unknown",
};

static void print_arrow(const struct picture_arrow *arrow, const struct picture_layout *l, FILE *to)
{
	const struct picture_curve c = picture_curve(l, arrow);

	fprintf(to, "<path d=\"M%d %d Q%d %d %d %d\" class=\"arrow %s\" marker-end=\"url(#%s)\"",
		c.begin.x, c.begin.y, c.bend.x, c.bend.y, c.end.x, c.end.y, states[arrow->state],
		states[arrow->state]);
	if (arrow->both_ways)
		fprintf(to, " marker-start=\"url(#%s)\"", states[arrow->state]);
	fputs("/>\n", to);
}

static void print_label(const struct picture_arrow *arrow, const struct picture_layout *l, FILE *to)
{
	const struct picture_curve curve = picture_curve(l, arrow);
	struct picture_point middle = picture_curve_middle(&curve);

	if (arrow->label[0] != '\0')
		print_text(middle.x, middle.y, "label", arrow->label, to);
}

/* Readable on white and on black paper, as the reader has it. */
static const char style[] =
	"<style>\n"
	"svg { --ink: #1b2430; --soft: #5a6675; --paper: #ffffff; --box: #f1f4f8; --edge: #b8c2cf;"
	" --good: #1f7a4d; --bad: #c0392b; background: var(--paper); font: 13px sans-serif }\n"
	"@media (prefers-color-scheme: dark) {\n"
	"svg { --ink: #e6ebf2; --soft: #9aa7b8; --paper: #12161c; --box: #1d242e; --edge: #4a5666;"
	" --good: #5cc98f; --bad: #ff7b6b }\n"
	"}\n"
	"text { fill: var(--ink) }\n"
	".soft, .subnet-name { fill: var(--soft) }\n"
	".name { font-weight: bold }\n"
	".label { text-anchor: middle; font-size: 12px; stroke: var(--paper); stroke-width: 4;"
	" paint-order: stroke }\n"
	".subnet { fill: var(--box); stroke: none }\n"
	".host { fill: var(--paper); stroke: var(--edge) }\n"
	".above { stroke: var(--ink); stroke-width: 2 }\n"
	".arrow { fill: none; stroke-width: 1.5 }\n"
	".synced { stroke: var(--good) }\n"
	".failed { stroke: var(--bad); stroke-dasharray: 7 4 }\n"
	".unknown { stroke: var(--soft); stroke-dasharray: 2 4 }\n"
	"marker .synced { fill: var(--good) }\n"
	"marker .failed { fill: var(--bad) }\n"
	"marker .unknown { fill: var(--soft) }\n"
	"</style>\n";

static void print_markers(FILE *to)
{
	fputs("<defs>\n", to);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		fprintf(to,
			"<marker id=\"%s\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" "
			"markerWidth=\"8\" markerHeight=\"8\" orient=\"auto-start-reverse\">"
			"<path d=\"M0 0L8 4L0 8z\" class=\"%s\"/></marker>\n",
			states[i], states[i]);
	fputs("</defs>\n", to);
}

static void print_legend(const struct picture *p, const struct picture_layout *l, FILE *to)
{
	static const char *const meanings[] = {
		[PICTURE_SYNCED] = "lists come",
		[PICTURE_FAILED] = "they do not",
		[PICTURE_UNKNOWN] = "not known",
	};
	int x = 4 * PICTURE_PADDING, y = l->height - PICTURE_LINE;

	if (p->host_count == 0)
		print_text(x, y, "soft", "No master browser has answered.", to);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]) && p->arrow_count > 0; i++) {
		fprintf(to, "<path d=\"M%d %dh36\" class=\"arrow %s\"/>\n", x, y - 4, states[i]);
		print_text(x + 44, y, "soft", meanings[i], to);
		x += 44 + picture_width_of(meanings[i]) + 2 * PICTURE_PADDING;
	}
	if (p->is_cut)
		print_text(x, y, "soft", "There is more than is shown.", to);
}

void picture_svg(const struct picture *picture, FILE *to)
{
	static struct picture_layout l;

	picture_lay_out(picture, &l);
	fprintf(to,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\">\n<title>Network neighbourhood</title>\n%s",
		l.width, l.height, l.width, l.height, style);
	print_markers(to);
	for (size_t i = 0; i < picture->subnet_count; i++) {
		print_box(&l.subnets[i], "subnet", to);
		print_text(l.subnets[i].x + PICTURE_PADDING, l.subnets[i].y + PICTURE_LINE,
			   "subnet-name", picture->subnets[i], to);
	}
	for (size_t i = 0; i < picture->arrow_count; i++)
		print_arrow(&picture->arrows[i], &l, to);
	for (size_t i = 0; i < picture->host_count; i++)
		print_host(&picture->hosts[i], &l.hosts[i], to);
	for (size_t i = 0; i < picture->arrow_count; i++)
		print_label(&picture->arrows[i], &l, to);
	print_legend(picture, &l, to);
	fputs("</svg>\n", to);
}
