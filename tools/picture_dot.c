/* The picture as a graph for Graphviz, which places it. */
#include <string.h>

#include "tools/picture.h"

#define LINE_WIDTH 48 /* of members, in bytes */

static const char *const styles[] = {
	[PICTURE_SYNCED] = "color=\"#1f7a4d\"",
	[PICTURE_FAILED] = "color=\"#b3261e\", style=dashed",
	[PICTURE_UNKNOWN] = "color=gray, style=dotted",
};

/* In a string of double quotes. */
static void print_escaped(const char *text, FILE *to)
{
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', to);
		fputc(*text, to);
	}
}

static void print_host(const struct picture *p, size_t i, FILE *to)
{
	const struct picture_host *host = &p->hosts[i];
	char address[PICTURE_TEXT_SIZE];

	picture_say_address(host, address);
	fprintf(to, "\t\th%zu [label=\"", i);
	print_escaped(host->name, to);
	fprintf(to, "%s%s", address[0] != '\0' ? "\\n" : "", address);
	for (size_t k = 0; k < host->role_count; k++) {
		fputs("\\n", to);
		print_escaped(host->roles[k].text, to);
	}
	fprintf(to, "\"%s%s];\n", host->is_domain_master ? ", penwidth=2.5" : "",
		host->is_silent ? ", color=\"#b3261e\", style=\"rounded,dashed\"" : "");
}

/* All in one node; beside a host, if there is one, so that they stay out of its arrows' way. */
static void print_members(const struct picture *p, size_t subnet, FILE *to)
{
	size_t width = 0;

	for (size_t i = 0; i < p->member_count; i++) {
		const struct picture_member *member = &p->members[i];

		if (member->subnet != subnet)
			continue;
		if (width == 0)
			fprintf(to, "\t\tm%zu [shape=plaintext, label=\"", subnet);
		else
			fputs(width > LINE_WIDTH ? ",\\l" : ", ", to);
		width = (width > LINE_WIDTH ? 0 : width) + strlen(member->name) + 2;
		print_escaped(member->name, to);
		fputs(member->is_silent ? " (silent)" : "", to);
	}
	if (width > 0)
		fputs("\\l\"];\n", to);
}

static void print_subnet(const struct picture *p, size_t i, FILE *to)
{
	fprintf(to, "\tsubgraph cluster_%zu {\n\t\tlabel=\"", i);
	print_escaped(p->subnets[i].text, to);
	fputs("\";\n", to);
	for (size_t k = 0; k < p->host_count; k++)
		if (p->hosts[k].subnet == i)
			print_host(p, k, to);
	print_members(p, i, to);
	fputs("\t}\n", to);
}

/* Written from the domain master, wherever its head is: that is the side where Graphviz begins. */
static void print_arrow(const struct picture *p, const struct picture_arrow *arrow, FILE *to)
{
	size_t hub = picture_hub(p, arrow), end = hub == arrow->from ? arrow->to : arrow->from;

	fprintf(to, "\th%zu -> h%zu [%s%s", hub, end, styles[arrow->state],
		arrow->both_ways   ? ", dir=both"
		: hub == arrow->to ? ", dir=back"
				   : "");
	if (arrow->label[0] != '\0') {
		fputs(", label=\"", to);
		print_escaped(arrow->label, to);
		fputc('"', to);
	}
	fputs("];\n", to);
}

void picture_dot(const struct picture *picture, FILE *to)
{
	fputs("digraph neighbourhood {\n"
	      "\tgraph [fontname=\"sans-serif\", rankdir=LR, ranksep=1.2, labelloc=t, label=\""
	      "Network neighbourhood\\n",
	      to);
	print_escaped(picture->seen, to);
	fputs("\\nthick: domain master; green: lists come, dashed: they do not, dotted: not known\\n"
	      "\"];\n"
	      "\tnode [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
	      "\tedge [fontname=\"sans-serif\", fontsize=11];\n",
	      to);
	for (size_t i = 0; i < picture->subnet_count; i++)
		print_subnet(picture, i, to);
	for (size_t i = 0; i < picture->arrow_count; i++)
		print_arrow(picture, &picture->arrows[i], to);
	fputs("}\n", to);
}
