/* browserd's settings: what is read, and what is in effect. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "browserd/conf.h"
#include "browserd/effect.h"

static void read_settings(struct browserd_settings *out, const char *text)
{
	char error[CONF_ERROR_MAX];

	if (conf_parse(out, &browserd_schema, text, "test", error) < 0)
		fail_msg("%s", error);
	conf_scale(out, &browserd_schema);
}

/* What the text comes to. */
static struct effect effect_of(const char *text)
{
	struct browserd_settings settings;
	struct effect effect;
	char error[CONF_ERROR_MAX];

	read_settings(&settings, text);
	if (effect_make(&effect, &settings, error) < 0)
		fail_msg("%s", error);
	conf_free(&settings, &browserd_schema);
	return effect;
}

static void the_defaults_are_those_of_the_protocol(void **state)
{
	const struct browser_settings wanted = BROWSER_SETTINGS_DEFAULT;
	struct effect effect = effect_of("");
	const struct browser_settings *got = &effect.settings;

	(void)state;
	assert_memory_equal(&got->times, &wanted.times, sizeof(wanted.times));
	assert_memory_equal(&got->lists, &wanted.lists, sizeof(wanted.lists));
	assert_memory_equal(&got->election, &wanted.election, sizeof(wanted.election));
	assert_int_equal(got->server_type, wanted.server_type);
	assert_int_equal(got->os_major, wanted.os_major);
	assert_int_equal(got->os_minor, wanted.os_minor);
	assert_int_equal(got->os_level, wanted.os_level);
	assert_int_equal(got->local_master, wanted.local_master);
	assert_int_equal(got->obey_reset, wanted.obey_reset);
	assert_int_equal(got->lanman, wanted.lanman);
	assert_int_equal(got->find_master_tries, wanted.find_master_tries);
	assert_int_equal(got->pull_failures, wanted.pull_failures);
	assert_int_equal(got->few_servers, wanted.few_servers);
	assert_int_equal(got->backup_answers, wanted.backup_answers);
	assert_false(got->preferred_master);
	assert_false(got->wins_client);
	assert_false(got->virtual_lan);
	assert_string_equal(got->comment, "");
	assert_int_equal(got->alias_count, 0);
	assert_int_equal(got->workgroup_count, 1);
	assert_string_equal(got->workgroups[0], "WORKGROUP");
	assert_int_equal(got->remote_count, 0);
	effect_free(&effect);
}

static void names_are_those_of_the_wire(void **state)
{
	struct effect effect =
		effect_of("netbios-name = \"müller\"; aliases = [\"anne\", \"bob\"];"
			  "workgroup = \"not this\"; scope = \"a.b\";"
			  "browserd = { workgroups = [\"lab\", \"shop\"];"
			  "comment = \"grün\";"
			  "remote-announce = [\"10.1.2.255\", \"10.1.3.4/shop\"]; };");
	const struct browser_settings *got = &effect.settings;
	struct nbt_scope scope;

	(void)state;
	assert_string_equal(got->name, "M\232LLER"); /* CP850 */
	assert_int_equal(got->alias_count, 2);
	assert_string_equal(got->aliases[0], "ANNE");
	assert_string_equal(got->aliases[1], "BOB");
	assert_int_equal(got->workgroup_count, 2);
	assert_string_equal(got->workgroups[0], "LAB");
	assert_string_equal(got->workgroups[1], "SHOP");
	assert_string_equal(got->comment, "gr\201n");
	assert_int_equal(got->remote_count, 2);
	assert_int_equal(got->remotes[0].address.s_addr, inet_addr("10.1.2.255"));
	assert_null(got->remotes[0].workgroup);
	assert_int_equal(got->remotes[1].address.s_addr, inet_addr("10.1.3.4"));
	assert_string_equal(got->remotes[1].workgroup, "SHOP");
	assert_int_equal(nbt_scope_from_text(&scope, "a.b"), NBT_OK);
	assert_true(nbt_scope_equal(&got->scope, &scope));
	effect_free(&effect);
}

static void who_prefers_to_be_master(void **state)
{
	static const struct {
		const char *text;
		bool is_preferred;
	} cases[] = {
		{ "browserd = { preferred-master = \"yes\"; };", true },
		{ "browserd = { domain-master = \"yes\"; };", true },
		{ "browserd = { domain-master = \"yes\"; preferred-master = \"no\"; };", false },
		{ "browserd = { domain-master = \"no\"; preferred-master = \"auto\"; };", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct effect effect = effect_of(cases[i].text);

		if (effect.settings.preferred_master != cases[i].is_preferred)
			fail_msg("%s", cases[i].text);
		effect_free(&effect);
	}
}

static void what_this_host_is(void **state)
{
	struct effect effect = effect_of("wins-servers = [\"10.1.0.5\"]; browserd = {"
					 "server-type = [\"workstation\", \"time\", \"dfs\"];"
					 "os-version = \"255.0\"; os-level = 255; };");

	(void)state;
	assert_int_equal(effect.settings.server_type, 0x00800021);
	assert_int_equal(effect.settings.os_major, 255);
	assert_int_equal(effect.settings.os_minor, 0);
	assert_int_equal(effect.settings.os_level, 255);
	assert_true(effect.settings.wins_client);
	effect_free(&effect);
}

static void node_types(void **state)
{
	static const struct {
		const char *text;
		bool virtual_lan, wins_client;
	} cases[] = {
		{ "node-type = \"b\";", false, false },
		{ "node-type = \"p\";", true, true },
		{ "node-type = \"p\"; wins-servers = [\"10.1.0.5\"];", true, true },
		{ "node-type = \"m\"; wins-servers = [\"10.1.0.5\"];", false, true },
		{ "node-type = \"h\"; wins-servers = [\"10.1.0.5\"];", false, true },
		{ "wins-servers = [\"10.1.0.5\"];", false, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct effect effect = effect_of(cases[i].text);

		if (effect.settings.virtual_lan != cases[i].virtual_lan ||
		    effect.settings.wins_client != cases[i].wins_client)
			fail_msg("%s", cases[i].text);
		effect_free(&effect);
	}
}

static void no_time_is_none(void **state)
{
	struct effect effect = effect_of("time-scale = 1000000;");

	(void)state;
	assert_int_equal(effect.settings.times.pull, 1);
	assert_int_equal(effect.settings.times.find_master, 1);
	assert_int_equal(effect.settings.election.repeat_ms, 1);
	effect_free(&effect);
}

static void a_span_that_is_turned_round_is_a_moment(void **state)
{
	struct effect effect = effect_of("browserd = { election-delay-backup-min = \"5s\"; };");

	(void)state;
	assert_int_equal(effect.settings.times.election_backup_min, 5000);
	assert_int_equal(effect.settings.times.election_backup_max, 5000);
	effect_free(&effect);
}

static void what_keeps_roles(void **state)
{
	static const struct {
		const char *text;
		bool keeps;
	} cases[] = {
		{ "netbios-name = \"a\"; browserd = { os-level = 3; comment = \"x\"; };", true },
		{ "netbios-name = \"A\"; browserd = { workgroups = [\"workgroup\"]; };", true },
		{ "netbios-name = \"b\";", false },
		{ "netbios-name = \"a\"; aliases = [\"c\"];", false },
		{ "netbios-name = \"a\"; workgroup = \"LAB\";", false },
		{ "netbios-name = \"a\"; scope = \"x\";", false },
		{ "netbios-name = \"a\"; browserd = { local-master = false; };", false },
		{ "netbios-name = \"a\"; node-type = \"p\";", false },
		{ "netbios-name = \"a\"; node-type = \"b\";", true },
	};
	struct effect before = effect_of("netbios-name = \"a\";");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct effect effect = effect_of(cases[i].text);

		if (effect_keeps_roles(&before, &effect) != cases[i].keeps)
			fail_msg("%s", cases[i].text);
		effect_free(&effect);
	}
	effect_free(&before);
}

/* The file's reader sees these. */
static const char *const wrong[] = {
	"browserd = { workgroups = [\"\"]; }",
	"browserd = { workgroups = [\"SIXTEENCHARACTER\"]; }",
	"browserd = { workgroups = [\"*\"]; }",
	"browserd = { comment = \"two\\nlines\"; }",
	"browserd = { server-type = [\"master\"]; }",
	"browserd = { server-type = [\"\"]; }",
	"browserd = { os-version = \"6\"; }",
	"browserd = { os-version = \"6.\"; }",
	"browserd = { os-version = \"6.1.1\"; }",
	"browserd = { os-version = \"256.1\"; }",
	"browserd = { os-version = \"6.1x\"; }",
	"browserd = { os-version = \" 6.1\"; }",
	"browserd = { os-level = 256; }",
	"browserd = { preferred-master = \"maybe\"; }",
	"browserd = { preferred-master = true; }",
	"browserd = { remote-announce = [\"10.1.2\"]; }",
	"browserd = { remote-announce = [\"10.1.2.255/\"]; }",
	"browserd = { remote-announce = [\"10.1.2.255/SIXTEENCHARACTER\"]; }",
	"browserd = { remote-announce = [\"/LAB\"]; }",
	"browserd = { remote-announce = [\"0.0.0.0\"]; }",
	"browserd = { smb-export = \"both\"; }",
	"browserd = { browse-dat = \"browse.dat\"; }",
	"browserd = { election-frames = 0; }",
	"browserd = { max-pulls = 0; }",
	"browserd = { server = true; }",
};

static void what_is_wrong_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct browserd_settings settings;
		char error[CONF_ERROR_MAX];

		if (conf_parse(&settings, &browserd_schema, wrong[i], "test", error) == 0)
			fail_msg("%s", wrong[i]);
	}
}

/* These only show when they are put together, or written on the wire. */
static const struct {
	const char *text, *error;
} together[] = {
	{ "netbios-name = \"LAB\"; workgroup = \"lab\";", "\"LAB\" is there twice" },
	{ "netbios-name = \"A\"; aliases = [\"B\", \"b\"];", "\"B\" is there twice" },
	{ "browserd = { workgroups = [\"X\", \"Y\", \"x\"]; };", "\"X\" is there twice" },
	{ "browserd = { workgroups = [\"€\"]; };", "the name \"€\" cannot be written" },
	{ "browserd = { remote-announce = [\"10.1.2.3/€\"]; };", "the name \"€\"" },
	{ "browserd = { comment = \"€\"; };", "the comment \"€\" cannot be written" },
	{ "browserd = { comment = \"1234567890123456789012345678901234567890123\"; };",
	  "allowed: 42 bytes" },
};

static void what_is_wrong_together_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(together); i++) {
		struct browserd_settings settings;
		struct effect effect;
		char error[CONF_ERROR_MAX];

		read_settings(&settings, together[i].text);
		if (effect_make(&effect, &settings, error) != -EINVAL ||
		    strstr(error, together[i].error) == NULL)
			fail_msg("%s: %s", together[i].text, error);
		conf_free(&settings, &browserd_schema);
	}
}

static void the_longest_comment(void **state)
{
	struct effect effect = effect_of(
		"browserd = { comment = \"123456789012345678901234567890123456789012\"; };");

	(void)state;
	assert_int_equal(strlen(effect.settings.comment), 42);
	effect_free(&effect);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_defaults_are_those_of_the_protocol),
		cmocka_unit_test(names_are_those_of_the_wire),
		cmocka_unit_test(who_prefers_to_be_master),
		cmocka_unit_test(what_this_host_is),
		cmocka_unit_test(node_types),
		cmocka_unit_test(no_time_is_none),
		cmocka_unit_test(a_span_that_is_turned_round_is_a_moment),
		cmocka_unit_test(what_keeps_roles),
		cmocka_unit_test(what_is_wrong_is_refused),
		cmocka_unit_test(what_is_wrong_together_is_refused),
		cmocka_unit_test(the_longest_comment),
	};

	return cmocka_run_group_tests_name("browserd_conf", tests, NULL, NULL);
}
