/* The picture of a fixed neighbourhood: what is in it, and the forms in which it is written. */
#include "tools/picture.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "doctored.h"
#include "support.h"
#include "tools/picture_layout.h"

/* This host, A, is master and domain master; D is the master of another subnet, which does not have
 * A in its list; E's name would end a string, an element, or a line. */
#define NEIGHBOURHOOD                                                                              \
	"net eth0 10.0.1.11/24\n"                                                                  \
	"own LAB\n"                                                                                \
	"wins 10.0.1.10\n"                                                                         \
	"cast LAB#1b 10.0.1.11\n"                                                                  \
	"cast LAB#1d 10.0.1.11\n"                                                                  \
	"host 10.0.1.11 H A#00 A#20 LAB#00g LAB#1b LAB#1d\n"                                       \
	"lists 10.0.1.11 LAB ok\n"                                                                 \
	"entry 10.0.1.11 LAB A\n"                                                                  \
	"entry 10.0.1.11 LAB D\n"                                                                  \
	"host 10.0.2.11 H D#00 D#20 LAB#00g LAB#1d\n"                                              \
	"lists 10.0.2.11 LAB ok\n"                                                                 \
	"entry 10.0.2.11 LAB D\n"                                                                  \
	"host 10.0.3.11 H \"<E&\\#20 LAB#00g LAB#1d\n"

static struct picture picture;

static void make(const char *text)
{
	struct doctor_facts facts = { .subnet_count = 0 };

	doctored(&facts, text);
	picture_make(&facts, "seen from A", &picture);
	doctor_facts_free(&facts);
}

static char *written(void (*write)(const struct picture *, FILE *))
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	assert_non_null(memory);
	write(&picture, memory);
	fclose(memory);
	return text;
}

static void masters_and_subnets_are_in_it(void **state)
{
	(void)state;
	make(NEIGHBOURHOOD);
	assert_int_equal(picture.subnet_count, 3);
	assert_string_equal(picture.subnets[0].text, "eth0 (10.0.1.0/24)");
	assert_string_equal(picture.subnets[1].text, "elsewhere (10.0.2.*)");
	assert_int_equal(picture.host_count, 4);
	assert_string_equal(picture.hosts[0].name, "10.0.1.10");
	assert_string_equal(picture.hosts[0].roles[0].text, "name server");
	assert_string_equal(picture.hosts[1].name, "A");
	assert_int_equal(picture.hosts[1].role_count, 1);
	assert_string_equal(picture.hosts[1].roles[0].text,
			    "LAB: domain master, master, 2 servers");
	assert_string_equal(picture.hosts[2].roles[0].text, "LAB: master, 1 server");
	assert_false(picture.is_cut);
}

/* Whoever was found first. */
static void all_is_in_the_order_of_addresses(void **state)
{
	(void)state;
	make("net eth0 10.0.9.11/24\nown LAB\nwins 10.0.9.10\n"
	     "host 10.0.9.11 H A#20 LAB#1d\n"
	     "host 10.0.9.7 H B#20 LAB#1d\n"
	     "host 10.0.3.11 H C#20 LAB#1d\n"
	     "lists 10.0.9.11 LAB ok\n"
	     "entry 10.0.9.11 LAB Z\nentry 10.0.9.11 LAB Y\nentry 10.0.9.11 LAB X\n"
	     "server 10.0.9.10 Z#20 10.0.9.20\nserver 10.0.9.10 Y#20 10.0.9.21\n"
	     "server 10.0.9.10 X#20 10.0.1.20\n");
	assert_string_equal(picture.subnets[0].text, "elsewhere (10.0.1.*)");
	assert_string_equal(picture.subnets[1].text, "elsewhere (10.0.3.*)");
	assert_string_equal(picture.subnets[2].text, "eth0 (10.0.9.0/24)");
	assert_string_equal(picture.hosts[0].name, "C");
	assert_int_equal(picture.hosts[0].subnet, 1);
	assert_string_equal(picture.hosts[1].name, "B");
	assert_string_equal(picture.hosts[3].name, "A");
	assert_int_equal(picture.hosts[3].subnet, 2);
	assert_string_equal(picture.members[0].name, "X");
	assert_int_equal(picture.members[0].subnet, 0);
	assert_string_equal(picture.members[1].name, "Y");
	assert_string_equal(picture.members[2].name, "Z");
	assert_int_equal(picture.members[2].subnet, 2);
}

static void servers_of_the_lists_are_members(void **state)
{
	(void)state;
	make(NEIGHBOURHOOD "entry 10.0.1.11 LAB OFF\nentry 10.0.1.11 LAB LOST\n"
			   "server 10.0.1.10 A#20 10.0.1.11\nserver 10.0.1.10 D#20 10.0.2.11\n"
			   "server 10.0.1.10 OFF#20 10.0.2.20\nserver 10.0.1.10 LOST#20 -\n"
			   "host 10.0.2.20 ?\nport 10.0.2.20 139 silent\n"
			   "port 10.0.2.20 445 silent\n");
	assert_int_equal(picture.member_count, 2); /* A and D are masters */
	assert_string_equal(picture.members[0].name, "OFF");
	assert_true(picture.members[0].is_silent);
	assert_string_equal(picture.subnets[picture.members[0].subnet].text,
			    "elsewhere (10.0.2.*)");
	assert_string_equal(picture.members[1].name, "LOST");
	assert_false(picture.members[1].is_silent);
	assert_string_equal(picture.subnets[picture.members[1].subnet].text, "address not known");
}

static void faults_of_masters_are_seen(void **state)
{
	(void)state;
	make("net eth0 10.0.1.11/24\nown LAB\nwins 10.0.1.10\nserver 10.0.1.10 LAB#1d ?\n"
	     "server 10.0.1.10 LAB#1b ?\n"
	     "cast LAB#1b 10.0.1.14\n"
	     "host 10.0.1.11 H A#20 LAB#1d\nhost 10.0.1.12 H B#20 LAB#1d\n"
	     "host 10.0.1.13 H C#20 LAB#1d\nhost 10.0.1.14 H D#20\n"
	     "host 10.0.2.11 H E#20 LAB#1d\n"
	     "sync LAB F 10.0.2.12 3 0\nhost 10.0.2.12 ?\n"
	     "port 10.0.2.12 139 silent\nport 10.0.2.12 445 silent\n");
	assert_int_equal(picture.host_count, 7);
	assert_string_equal(picture.hosts[0].roles[0].text, "name server, silent");
	for (size_t i = 1; i < 4; i++)
		assert_string_equal(picture.hosts[i].roles[0].text,
				    "LAB: master, not the only one");
	assert_string_equal(picture.hosts[4].roles[0].text, "LAB: domain master, but is none");
	assert_string_equal(picture.hosts[5].roles[0].text, "LAB: master");
	assert_string_equal(picture.hosts[6].name, "F");
	assert_true(picture.hosts[6].is_silent);
	assert_false(picture.hosts[5].is_silent);
}

static void arrows_are_what_lists_say(void **state)
{
	(void)state;
	make(NEIGHBOURHOOD);
	assert_int_equal(picture.arrow_count, 2);
	assert_int_equal(picture.arrows[0].to, 2);
	assert_true(picture.arrows[0].both_ways);
	assert_int_equal(picture.arrows[0].state, PICTURE_FAILED);
	make(NEIGHBOURHOOD "entry 10.0.2.11 LAB A\n");
	assert_int_equal(picture.arrows[0].state, PICTURE_SYNCED);
	assert_int_equal(picture.arrows[1].state, PICTURE_FAILED); /* A does not list E */
}

static void arrows_have_the_age_that_our_browser_says(void **state)
{
	(void)state;
	make(NEIGHBOURHOOD "sync LAB D 10.0.2.11 3 0\n"
			   "sync LAB E 10.0.3.11 200 2\n"
			   "sync WORK F 10.0.4.11 -7 0\n");
	assert_int_equal(picture.arrow_count, 3);
	assert_int_equal(picture.arrows[0].from, 2);
	assert_int_equal(picture.arrows[0].to, 1);
	assert_int_equal(picture.arrows[0].state, PICTURE_SYNCED);
	assert_string_equal(picture.arrows[0].label, "3 min ago");
	assert_int_equal(picture.arrows[1].state, PICTURE_FAILED);
	assert_string_equal(picture.arrows[1].label, "3 h ago, 2 failures");
	assert_int_equal(picture.arrows[2].state, PICTURE_UNKNOWN);
	assert_string_equal(picture.arrows[2].label, "never");
	assert_string_equal(picture.hosts[4].name, "F");
}

static void dot_is_written(void **state)
{
	char *text;

	(void)state;
	make(NEIGHBOURHOOD "sync LAB D 10.0.2.11 3 0\n");
	text = written(picture_dot);
	assert_string_equal(
		text, "digraph neighbourhood {\n"
		      "\tgraph [fontname=\"sans-serif\", rankdir=LR, ranksep=1.2, labelloc=t, "
		      "label=\"Network neighbourhood\\nseen from A\\nthick: domain master; "
		      "green: lists come, dashed: they do not, dotted: not known\\n\"];\n"
		      "\tnode [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
		      "\tedge [fontname=\"sans-serif\", fontsize=11];\n"
		      "\tsubgraph cluster_0 {\n"
		      "\t\tlabel=\"eth0 (10.0.1.0/24)\";\n"
		      "\t\th0 [label=\"10.0.1.10\\nname server\"];\n"
		      "\t\th1 [label=\"A\\n10.0.1.11\\nLAB: domain master, master, 2 servers\", "
		      "penwidth=2.5];\n"
		      "\t}\n"
		      "\tsubgraph cluster_1 {\n"
		      "\t\tlabel=\"elsewhere (10.0.2.*)\";\n"
		      "\t\th2 [label=\"D\\n10.0.2.11\\nLAB: master, 1 server\"];\n"
		      "\t}\n"
		      "\tsubgraph cluster_2 {\n"
		      "\t\tlabel=\"elsewhere (10.0.3.*)\";\n"
		      "\t\th3 [label=\"\\\"<3c>E&\\\\\\n10.0.3.11\\nLAB: master\"];\n"
		      "\t}\n"
		      "\th1 -> h2 [color=\"#1f7a4d\", dir=back, label=\"3 min ago\"];\n"
		      "\th1 -> h3 [color=\"#b3261e\", style=dashed, dir=both];\n"
		      "}\n");
	free(text);
}

/*
 * Where things stand: a large neighbourhood, with long names, in which nothing covers another
 * thing.
 */

/* A domain master here, and the masters of other subnets, of which every seventh fails; members. */
static void make_large(int subnets, int members)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	assert_non_null(memory);
	fputs("net eth0 10.0.0.11/24\nown LAB\ngroup OTHERS\nhost 10.0.0.11 H WWWWWWWWWWWWWWW#20 LAB#1b "
	      "LAB#1d\nlists 10.0.0.11 LAB ok\n",
	      memory);
	for (int i = 1; i < subnets; i++)
		fprintf(memory,
			"host 10.0.%d.11 H MASTER-OF-NR-%02d#20 LAB#1d\n"
			"host 10.0.%d.12 H OTHER-OF-NR-%02d#20 OTHERS#1d\n"
			"sync LAB M 10.0.%d.11 %d %d\n",
			i, i, i, i, i, i * 5, i % 7 == 0 ? 12 : 0);
	for (int i = 0; i < members; i++)
		fprintf(memory,
			"entry 10.0.0.11 LAB MEMBER-%08d\n"
			"cast MEMBER-%08d#20 10.0.%d.%d\n",
			i, i, i % subnets, 20 + i / subnets % 200);
	fclose(memory);
	make(text);
	free(text);
}

static bool do_overlap(const struct picture_box *a, const struct picture_box *b)
{
	return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
	       b->y < a->y + a->height;
}

static bool is_inside(const struct picture_box *a, const struct picture_box *b)
{
	return a->x >= b->x && a->y >= b->y && a->x + a->width <= b->x + b->width &&
	       a->y + a->height <= b->y + b->height;
}

static void assert_boxes_are_apart(const struct picture_layout *l)
{
	const struct picture_box paper = { 0, 0, l->width, l->height };

	for (size_t i = 0; i < picture.subnet_count; i++) {
		assert_true(is_inside(&l->subnets[i].box, &paper));
		for (size_t k = 0; k < i; k++)
			assert_false(do_overlap(&l->subnets[i].box, &l->subnets[k].box));
	}
	for (size_t i = 0; i < picture.host_count; i++) {
		const struct picture_subnet_layout *s = &l->subnets[picture.hosts[i].subnet];

		assert_true(is_inside(&l->hosts[i], &s->box));
		assert_false(s->member_count > 0 && do_overlap(&l->hosts[i], &s->members));
		for (size_t k = 0; k < i; k++)
			assert_false(do_overlap(&l->hosts[i], &l->hosts[k]));
	}
}

/* What a part of an arrow covers, without its ends. */
static struct picture_box part_of(const struct picture_route *route, size_t i)
{
	const struct picture_point a = route->corners[i], b = route->corners[i + 1];
	struct picture_box box = { a.x < b.x ? a.x : b.x, a.y < b.y ? a.y : b.y, abs(a.x - b.x),
				   abs(a.y - b.y) };

	assert_true(box.width == 0 || box.height == 0);
	if (box.width > 0)
		return (struct picture_box){ box.x + 1, box.y, box.width - 2, 1 };
	return (struct picture_box){ box.x, box.y + 1, 1, box.height - 2 };
}

static void assert_arrow_is_free(const struct picture_layout *l, size_t arrow)
{
	struct picture_route route;

	picture_route(&picture, l, arrow, &route);
	for (size_t i = 0; i + 1 < route.count; i++) {
		const struct picture_box part = part_of(&route, i);

		for (size_t k = 0; k < picture.host_count; k++)
			assert_false(do_overlap(&part, &l->hosts[k]));
		for (size_t k = 0; k < picture.subnet_count; k++)
			assert_false(l->subnets[k].member_count > 0 &&
				     do_overlap(&part, &l->subnets[k].members));
	}
	assert_in_range(route.label.x, 0, l->width - picture_width_of(picture.arrows[arrow].label));
}

static void nothing_covers_another_thing(void **state)
{
	static const int subnets[] = { 1, 2, 3, 8, 30, 60 }, members[] = { 0, 3, 30, 300 };
	static struct picture_layout layout;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(subnets); i++)
		for (size_t k = 0; k < ARRAY_SIZE(members); k++) {
			make_large(subnets[i], members[k]);
			assert_int_equal(picture.subnet_count, subnets[i]);
			assert_int_equal(picture.member_count, members[k]);
			assert_int_equal(picture.arrow_count, subnets[i] - 1);
			picture_lay_out(&picture, &layout);
			assert_boxes_are_apart(&layout);
			for (size_t a = 0; a < picture.arrow_count; a++)
				assert_arrow_is_free(&layout, a);
		}
}

/*
 * Whether a text is well-formed XML, as far as it goes here: elements end in their order,
 * attributes have quotes, "<" and "&" stand for nothing else.
 */

#define DEPTH_MAX 16

static const char *after_name(const char *at)
{
	while (isalnum((unsigned char)*at) || *at == '-' || *at == ':')
		at++;
	return at;
}

static const char *after_attributes(const char *at)
{
	while (*at == ' ') {
		at = after_name(at + 1);
		assert_int_equal(*at++, '=');
		assert_int_equal(*at++, '"');
		at += strcspn(at, "\"<");
		assert_int_equal(*at++, '"');
	}
	return at;
}

/* Behind a tag; the elements that are open are on the stack. */
static const char *after_tag(const char *at, const char *open[DEPTH_MAX], size_t *depth)
{
	const char *name = at + 1 + (at[1] == '/');
	size_t len = (size_t)(after_name(name) - name);

	assert_in_range(len, 1, 32);
	if (at[1] == '/') {
		assert_true(*depth > 0);
		--*depth;
		assert_memory_equal(open[*depth], name, len);
		assert_int_equal(name[len], '>');
		return name + len + 1;
	}
	assert_true(*depth < DEPTH_MAX);
	open[(*depth)++] = name;
	at = after_attributes(name + len);
	if (*at == '/') {
		--*depth;
		at++;
	}
	assert_int_equal(*at, '>');
	return at + 1;
}

static void assert_well_formed(const char *text)
{
	const char *open[DEPTH_MAX];
	size_t depth = 0;

	while (*text != '\0') {
		text += strcspn(text, "<&");
		if (*text == '<')
			text = after_tag(text, open, &depth);
		else if (*text == '&')
			assert_true(strncmp(text, "&lt;", 4) == 0 ||
				    strncmp(text, "&gt;", 4) == 0 ||
				    strncmp(text, "&amp;", 5) == 0);
		text += *text == '&';
	}
	assert_int_equal(depth, 0);
}

static void svg_is_well_formed(void **state)
{
	char *text;

	(void)state;
	make(NEIGHBOURHOOD "sync LAB D 10.0.2.11 3 0\n");
	text = written(picture_svg);
	assert_well_formed(text);
	assert_non_null(strstr(text, ">\"&lt;3c&gt;E&amp;\\</text>"));
	assert_non_null(strstr(text, ">3 min ago</text>"));
	assert_non_null(strstr(text, "prefers-color-scheme: dark"));
	assert_null(strstr(text, "var(")); /* black on black in librsvg and Inkscape */
	free(text);
	make("net eth0 10.0.1.11/24\n");
	text = written(picture_svg);
	assert_well_formed(text);
	assert_non_null(strstr(text, "No master browser"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masters_and_subnets_are_in_it),
		cmocka_unit_test(all_is_in_the_order_of_addresses),
		cmocka_unit_test(servers_of_the_lists_are_members),
		cmocka_unit_test(faults_of_masters_are_seen),
		cmocka_unit_test(arrows_are_what_lists_say),
		cmocka_unit_test(arrows_have_the_age_that_our_browser_says),
		cmocka_unit_test(dot_is_written),
		cmocka_unit_test(nothing_covers_another_thing),
		cmocka_unit_test(svg_is_well_formed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
