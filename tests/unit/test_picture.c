/* The picture of a fixed neighbourhood: what is in it, and the forms in which it is written. */
#include "tools/picture.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "doctored.h"
#include "support.h"

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
	picture_make(&facts, &picture);
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
	assert_string_equal(picture.subnets[0], "eth0 (10.0.1.0/24)");
	assert_string_equal(picture.subnets[1], "elsewhere (10.0.2.*)");
	assert_int_equal(picture.host_count, 3);
	assert_string_equal(picture.hosts[0].name, "A");
	assert_int_equal(picture.hosts[0].role_count, 1);
	assert_string_equal(picture.hosts[0].roles[0].text,
			    "LAB: domain master, master, 2 servers");
	assert_string_equal(picture.hosts[1].roles[0].text, "LAB: master, 1 server");
	assert_false(picture.is_cut);
}

static void arrows_are_what_lists_say(void **state)
{
	(void)state;
	make(NEIGHBOURHOOD);
	assert_int_equal(picture.arrow_count, 2);
	assert_int_equal(picture.arrows[0].to, 1);
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
	assert_int_equal(picture.arrows[0].from, 1);
	assert_int_equal(picture.arrows[0].to, 0);
	assert_int_equal(picture.arrows[0].state, PICTURE_SYNCED);
	assert_string_equal(picture.arrows[0].label, "3 min ago");
	assert_int_equal(picture.arrows[1].state, PICTURE_FAILED);
	assert_string_equal(picture.arrows[1].label, "3 h ago, 2 failures");
	assert_int_equal(picture.arrows[2].state, PICTURE_UNKNOWN);
	assert_string_equal(picture.arrows[2].label, "never");
	assert_string_equal(picture.hosts[3].name, "F");
}

static void dot_is_written(void **state)
{
	char *text;

	(void)state;
	make(NEIGHBOURHOOD "sync LAB D 10.0.2.11 3 0\n");
	text = written(picture_dot);
	assert_string_equal(
		text, "digraph neighbourhood {\n"
		      "\tgraph [fontname=\"sans-serif\"];\n"
		      "\tnode [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
		      "\tedge [fontname=\"sans-serif\", fontsize=10];\n"
		      "\tsubgraph cluster_0 {\n"
		      "\t\tlabel=\"eth0 (10.0.1.0/24)\";\n"
		      "\t\th0 [label=\"A\\n10.0.1.11\\nLAB: domain master, master, 2 servers\", "
		      "penwidth=2];\n"
		      "\t}\n"
		      "\tsubgraph cluster_1 {\n"
		      "\t\tlabel=\"elsewhere (10.0.2.*)\";\n"
		      "\t\th1 [label=\"D\\n10.0.2.11\\nLAB: master, 1 server\"];\n"
		      "\t}\n"
		      "\tsubgraph cluster_2 {\n"
		      "\t\tlabel=\"elsewhere (10.0.3.*)\";\n"
		      "\t\th2 [label=\"\\\"<3c>E&\\\\\\n10.0.3.11\\nLAB: master\"];\n"
		      "\t}\n"
		      "\th1 -> h0 [color=\"#1f7a4d\", label=\"3 min ago\"];\n"
		      "\th0 -> h2 [color=\"#c0392b\", style=dashed, dir=both];\n"
		      "}\n");
	free(text);
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
		cmocka_unit_test(arrows_are_what_lists_say),
		cmocka_unit_test(arrows_have_the_age_that_our_browser_says),
		cmocka_unit_test(dot_is_written),
		cmocka_unit_test(svg_is_well_formed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
