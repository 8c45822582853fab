/* The picture as a graph for Graphviz, which places it. */
#include "tools/picture.h"

static const char *const styles[] = {
	[PICTURE_SYNCED] = "color=\"#1f7a4d\"",
	[PICTURE_FAILED] = "color=\"#c0392b\", style=dashed",
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
	uint32_t bytes = ntohl(host->address.s_addr);

	fprintf(to, "\t\th%zu [label=\"", i);
	print_escaped(host->name, to);
	fprintf(to, "\\n%u.%u.%u.%u", bytes >> 24, bytes >> 16 & 0xff, bytes >> 8 & 0xff,
		bytes & 0xff);
	for (size_t k = 0; k < host->role_count; k++) {
		fputs("\\n", to);
		print_escaped(host->roles[k].text, to);
	}
	fprintf(to, "\"%s];\n", host->is_domain_master ? ", penwidth=2" : "");
}

static void print_subnet(const struct picture *p, size_t i, FILE *to)
{
	fprintf(to, "\tsubgraph cluster_%zu {\n\t\tlabel=\"", i);
	print_escaped(p->subnets[i], to);
	fputs("\";\n", to);
	for (size_t k = 0; k < p->host_count; k++)
		if (p->hosts[k].subnet == i)
			print_host(p, k, to);
	fputs("\t}\n", to);
}

static void print_arrow(const struct picture_arrow *arrow, FILE *to)
{
	fprintf(to, "\th%zu -> h%zu [%s%s", arrow->from, arrow->to, styles[arrow->state],
		arrow->both_ways ? ", dir=both" : "");
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
	      "\tgraph [fontname=\"sans-serif\"];\n"
	      "\tnode [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
	      "\tedge [fontname=\"sans-serif\", fontsize=10];\n",
	      to);
	for (size_t i = 0; i < picture->subnet_count; i++)
		print_subnet(picture, i, to);
	for (size_t i = 0; i < picture->arrow_count; i++)
		print_arrow(&picture->arrows[i], to);
	fputs("}\n", to);
}
