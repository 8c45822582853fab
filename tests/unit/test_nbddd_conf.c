/* nbddd's settings: what is read, what is in effect, and what a reload changes. */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "nbddd/conf.h"

static void read_settings(struct nbddd_settings *out, const char *text)
{
	char error[CONF_ERROR_MAX];

	if (conf_parse(out, &nbddd_schema, text, "test", error) < 0)
		fail_msg("%s", error);
	conf_scale(out, &nbddd_schema);
}

static void the_defaults(void **state)
{
	struct nbddd_settings settings;
	struct dgram_settings got;

	(void)state;
	read_settings(&settings, "");
	nbddd_settings_apply(&settings, NULL, &got);
	assert_true(got.server);
	assert_false(got.relay);
	assert_int_equal(got.port, 138);
	assert_int_equal(got.packet_max, 1472);
	assert_int_equal(got.node.group_sends, DGRAM_GROUPS_AUTO);
	assert_int_equal(got.node.query_ms, 1500);
	assert_int_equal(got.reassembly.timeout_ms, 2000); /* FRAGMENT_TO */
	assert_true(got.reassembly.datagrams * 64 * 1024 >= got.reassembly.bytes);
	conf_free(&settings, &nbddd_schema);
}

static const struct node_case {
	const char *text;
	enum dgram_node_type node_type;
} node_cases[] = {
	{ "", DGRAM_NODE_B },
	{ "wins-servers = [\"10.0.0.1\"];", DGRAM_NODE_H },
	{ "node-type = \"b\"; wins-servers = [\"10.0.0.1\"];", DGRAM_NODE_B },
	{ "node-type = \"p\";", DGRAM_NODE_P },
	{ "node-type = \"m\";", DGRAM_NODE_M },
	{ "node-type = \"h\";", DGRAM_NODE_H },
};

static void the_node_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(node_cases); i++) {
		struct nbddd_settings settings;
		struct dgram_settings got;

		read_settings(&settings, node_cases[i].text);
		nbddd_settings_apply(&settings, NULL, &got);
		if (got.node_type != node_cases[i].node_type)
			fail_msg("%s: %u", node_cases[i].text, got.node_type);
		conf_free(&settings, &nbddd_schema);
	}
}

static void no_time_is_none(void **state)
{
	struct nbddd_settings settings;
	struct dgram_settings got;

	(void)state;
	read_settings(&settings, "time-scale = 1000000;");
	nbddd_settings_apply(&settings, NULL, &got);
	assert_int_equal(got.node.query_ms, 1);
	assert_int_equal(got.node.route_ms, 1);
	assert_int_equal(got.reassembly.timeout_ms, 1);
	conf_free(&settings, &nbddd_schema);
}

static void who_may_send(void **state)
{
	struct access_network own;
	struct nbddd_settings settings;
	struct access_list *list;
	struct in_addr address;

	(void)state;
	assert_int_equal(access_network_parse(&own, "192.0.2.0/24"), 0);
	read_settings(&settings, "");
	list = nbddd_settings_access(&settings, &own, 1);
	assert_non_null(list);
	inet_pton(AF_INET, "192.0.2.9", &address);
	assert_int_equal(access_rights(list, address), 1U << MAY_SEND | 1U << MAY_DISTRIBUTE);
	inet_pton(AF_INET, "198.51.100.1", &address);
	assert_int_equal(access_rights(list, address), 0);
	access_list_destroy(list);
	conf_free(&settings, &nbddd_schema);
}

struct suffixes {
	const char *text;
	const char *list; /* of relay-suffixes; NULL: the default */
	bool s00, s01, s1D, s1E;
};

static const struct suffixes suffix_cases[] = {
	{ "the browser's own are left out", NULL, true, false, false, false },
	{ "none is left out", "", true, true, true, true },
	{ "only one", "\"1d\"", false, false, true, false },
	{ "all but one", "\"!1d\"", true, true, false, true },
	{ "what is left out stays so", "\"!1D\", \"1D\", \"00\"", true, false, false, false },
};

static void which_suffixes_are_relayed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(suffix_cases); i++) {
		const struct suffixes *c = &suffix_cases[i];
		struct nbddd_settings settings;
		struct dgram_settings got;
		char text[128] = "";
		const bool *is = got.relaying.suffixes;

		if (c->list != NULL)
			snprintf(text, sizeof(text), "nbddd = { relay-suffixes = [%s]; };",
				 c->list);
		read_settings(&settings, text);
		nbddd_settings_apply(&settings, NULL, &got);
		if (is[0x00] != c->s00 || is[0x01] != c->s01 || is[0x1D] != c->s1D ||
		    is[0x1E] != c->s1E)
			fail_msg("%s", c->text);
		conf_free(&settings, &nbddd_schema);
	}
}

static const char *const wrong[] = {
	"nbddd = { relay-suffixes = [\"1\"]; }",
	"nbddd = { relay-suffixes = [\"!\"]; }",
	"nbddd = { relay-suffixes = [\"1G\"]; }",
	"nbddd = { relay-suffixes = [\"!1D0\"]; }",
	"nbddd = { relay-groups = [\"SIXTEENCHARACTER\"]; }",
	"nbddd = { relay-groups = [\"\"]; }",
	"nbddd = { max-datagram-length = 575; }",
	"nbddd = { max-datagram-length = 1501; }",
	"nbddd = { group-sends = \"unicast\"; }",
	"nbddd = { port = 65536; }",
	"nbddd = { peers = [\"somewhere\"]; }",
	"nbddd = { reassembly-memory = 1000; }",
	"nbddd = { max-incomplete = 7; }",
	"nbddd = { database = \"x\"; }",
};

static void what_is_wrong_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct nbddd_settings settings;
		char error[CONF_ERROR_MAX];

		if (conf_parse(&settings, &nbddd_schema, wrong[i], "test", error) == 0)
			fail_msg("%s", wrong[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_defaults),
		cmocka_unit_test(the_node_type),
		cmocka_unit_test(no_time_is_none),
		cmocka_unit_test(who_may_send),
		cmocka_unit_test(which_suffixes_are_relayed),
		cmocka_unit_test(what_is_wrong_is_refused),
	};

	return cmocka_run_group_tests_name("nbddd_conf", tests, NULL, NULL);
}
