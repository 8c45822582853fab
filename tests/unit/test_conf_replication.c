/* Settings of replication: what is wrong, what is hardly meant, what they come to. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "nbnsd/conf.h"

static int parse(struct nbnsd_settings *out, const char *text, char error[CONF_ERROR_MAX])
{
	int ret = conf_parse(out, &nbnsd_schema, text, "test", error);

	if (ret == 0)
		conf_scale(out, &nbnsd_schema);
	return ret;
}

static void read_settings(struct nbnsd_settings *out, const char *text)
{
	char error[CONF_ERROR_MAX];

	if (parse(out, text, error) < 0)
		fail_msg("%s", error);
}

static struct in_addr address(const char *text)
{
	return (struct in_addr){ inet_addr(text) };
}

static const struct check_case {
	const char *what, *text, *error; /* NULL: good */
} check_cases[] = {
	{ "nobody to replicate with", "", NULL },
	{ "one line is enough", "nbnsd = { partners = ( { address = \"10.1.0.2\"; } ); };", NULL },
	{ "a partner without an address", "nbnsd = { partners = ( { pull = true; } ); };",
	  "test:1: a group of \"partners\" is without \"address\"; allowed: each with one" },
	{ "the same partner twice",
	  "nbnsd = { partners = ( { address = \"10.1.0.2\"; }, { address = \"10.1.0.2\"; } ); };",
	  "test:1: two groups of \"partners\" have the same \"address\"; allowed: each once" },
	{ "a partner that is no host", "nbnsd = { partners = ( { address = \"224.0.1.24\"; } ); };",
	  "test:1: \"address\" is \"224.0.1.24\"; allowed: an address of one host" },
	{ "a partner that is everybody", "nbnsd = { partners = ( { address = \"0.0.0.0\"; } ); };",
	  "test:1: \"address\" is \"0.0.0.0\"; allowed: an address of one host" },
	{ "a partner that is no address", "nbnsd = { partners = ( { address = \"office\"; } ); };",
	  "test:1: \"address\" is \"office\"; allowed: an address such as \"10.1.0.5\"" },
	{ "a partner that is we",
	  "nbnsd = { replication-address = \"10.1.0.2\"; partners = ( { address = \"10.1.0.2\"; } ); };",
	  "the partner 10.1.0.2 is this server itself, by \"replication-address\"; allowed: other "
	  "servers" },
	{ "a partner for nothing",
	  "nbnsd = { partners = ( { address = \"10.1.0.2\"; pull = false; push = false; } ); };",
	  "the partner 10.1.0.2 has neither \"pull\" nor \"push\"; allowed: at least one" },
	{ "an address of ours that is none of a host",
	  "nbnsd = { replication-address = \"0.0.0.0\"; };",
	  "test:1: \"replication-address\" is \"0.0.0.0\"; allowed: an address of one host" },
	{ "partners without a server",
	  "nbnsd = { server = false; partners = ( { address = \"10.1.0.2\"; } ); };",
	  "\"server\" is false, and there is replication; allowed: \"partners\" with \"server = "
	  "true\"" },
	{ "an owner both accepted and refused",
	  "nbnsd = { partners = ( { address = \"10.1.0.2\"; } ); replication = { accepted-owners = "
	  "[\"10.1.0.2\", \"10.1.0.3\"]; refused-owners = [\"10.1.0.4\", \"10.1.0.3\"]; }; };",
	  "\"refused-owners\" has 10.1.0.3, which is in \"accepted-owners\", too; allowed: other "
	  "servers" },
	{ "ourselves refused",
	  "nbnsd = { replication-address = \"10.1.0.1\"; partners = ( { address = \"10.1.0.2\"; } ); "
	  "replication = { refused-owners = [\"10.1.0.1\"]; }; };",
	  "\"refused-owners\" has 10.1.0.1, which is this server, by \"replication-address\"; allowed: "
	  "other servers" },
	{ "pulled too seldom for tombstones",
	  "nbnsd = { partners = ( { address = \"10.1.0.2\"; }, { address = \"10.1.0.3\"; pull-interval "
	  "= \"6d\"; } ); };",
	  "a \"pull-interval\" is 6d, and tombstones are deleted after 518400 s "
	  "(\"extinction-timeout\"): deleted names would come back; allowed: a shorter pull-interval" },
	{ "unless nothing is pulled there",
	  "nbnsd = { partners = ( { address = \"10.1.0.3\"; pull = false; pull-interval = \"6d\"; } "
	  "); };",
	  NULL },
	{ "or tombstones last longer",
	  "nbnsd = { extinction-timeout = \"7d\"; partners = ( { address = \"10.1.0.3\"; pull-interval "
	  "= \"6d\"; } ); };",
	  NULL },
	{ "nor may those be pulled too seldom that are found",
	  "nbnsd = { replication = { discovery = true; discovery-pull-interval = \"8d\"; }; };",
	  "a \"pull-interval\" is 8d, and tombstones are deleted after 518400 s "
	  "(\"extinction-timeout\"): deleted names would come back; allowed: a shorter pull-interval" },
};

static void mistakes_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(check_cases); i++) {
		const struct check_case *c = &check_cases[i];
		struct nbnsd_settings settings;
		char error[CONF_ERROR_MAX] = "";
		int ret = parse(&settings, c->text, error);

		if (ret == 0) {
			ret = nbnsd_settings_check(&settings, error);
			conf_free(&settings, &nbnsd_schema);
		}
		if ((ret < 0) != (c->error != NULL) ||
		    strcmp(error, c->error != NULL ? c->error : "") != 0)
			fail_msg("%s: %s", c->what, error);
	}
}

static void more_than_64_partners_are_refused(void **state)
{
	char text[8192] = "nbnsd = { partners = ( { address = \"10.2.0.0\"; }",
	     error[CONF_ERROR_MAX];
	struct nbnsd_settings settings;
	size_t len = strlen(text);

	(void)state;
	for (int i = 0; i < PARTNERS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					", { address = \"10.1.0.%d\"; }", i);
	snprintf(text + len, sizeof(text) - len, " ); };");
	read_settings(&settings, text);
	assert_int_equal(nbnsd_settings_check(&settings, error), -EINVAL);
	assert_string_equal(error, "\"partners\" has 65 groups; allowed: 64 at most");
	conf_free(&settings, &nbnsd_schema);
}

static const struct doubt_case {
	const char *text, *doubt; /* NULL: none */
} doubt_cases[] = {
	{ "", NULL },
	{ "nbnsd = { partners = ( { address = \"10.1.0.2\"; } ); };", NULL },
	{ "nbnsd = { partners = ( { address = \"10.1.0.2\"; } ); replication = { refused-owners = "
	  "[\"10.1.0.2\"]; }; };",
	  "the partner 10.1.0.2 is in \"refused-owners\": names that were registered there are not "
	  "taken" },
	{ "nbnsd = { partners = ( { address = \"10.1.0.2\"; pull = false; } ); replication = { "
	  "refused-owners = [\"10.1.0.2\"]; }; };",
	  NULL },
	{ "nbnsd = { partners = ( { address = \"10.1.0.2\"; } ); replication = { accepted-owners = "
	  "[\"10.1.0.3\"]; }; };",
	  "the partner 10.1.0.2 is not in \"accepted-owners\": names that were registered there are "
	  "not taken" },
	{ "nbnsd = { partners = ( { address = \"10.1.0.2\"; pull-interval = \"36h\"; } ); };",
	  NULL },
	{ "nbnsd = { partners = ( { address = \"10.1.0.2\"; pull-interval = \"37h\"; } ); };",
	  "a \"pull-interval\" is 37h, and tombstones are deleted after 518400 s "
	  "(\"extinction-timeout\"): a few pulls that fail bring deleted names back" },
};

static void what_is_hardly_meant_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(doubt_cases); i++) {
		const struct doubt_case *c = &doubt_cases[i];
		struct nbnsd_settings settings;
		char doubt[CONF_ERROR_MAX] = "";

		read_settings(&settings, c->text);
		assert_int_equal(conf_replication_doubt(&settings, doubt), c->doubt != NULL);
		assert_string_equal(doubt, c->doubt != NULL ? c->doubt : "");
		conf_free(&settings, &nbnsd_schema);
	}
}

static void apply(struct nbnsd_settings *settings, const char *text, struct replication_effect *out)
{
	const struct in_addr discovered[] = { address("10.1.0.2"), address("10.1.0.9") };

	read_settings(settings, text);
	conf_replication_apply(settings, address("10.1.0.1"), discovered,
			       settings->replication.discovery ? ARRAY_SIZE(discovered) : 0, out);
}

static void one_line_has_all_defaults(void **state)
{
	struct nbnsd_settings settings;
	struct replication_effect got;

	(void)state;
	apply(&settings, "nbnsd = { partners = ( { address = \"10.1.0.2\"; } ); };", &got);
	assert_int_equal(got.settings.address.s_addr, inet_addr("10.1.0.1"));
	assert_int_equal(got.settings.port, 42);
	assert_int_equal(got.settings.to_others, TO_OTHERS_NOTHING);
	assert_true(got.settings.propagate && !got.settings.verify && !got.settings.discovery);
	assert_int_equal(got.settings.retry_s, 30);
	assert_int_equal(got.settings.request_timeout_s, 60);
	assert_int_equal(got.settings.start_timeout_s, 30);
	assert_int_equal(got.settings.message_timeout_s, 60);
	assert_int_equal(got.settings.idle_timeout_s, 120);
	assert_int_equal(got.settings.round_wait_s, 5);
	assert_int_equal(got.settings.slice, 10000);
	assert_int_equal(got.settings.verify_period_s, 86400);
	assert_int_equal(got.settings.verify_records, 30000);
	assert_int_equal(got.settings.discovery_interval_s, 2400);
	assert_int_equal(got.settings.accepted_owner_count + got.settings.refused_owner_count, 0);
	assert_int_equal(got.settings.partner_count, 1);
	assert_int_equal(got.settings.partners[0].address.s_addr, inet_addr("10.1.0.2"));
	assert_true(got.settings.partners[0].pull && got.settings.partners[0].push &&
		    got.settings.partners[0].persistent && got.settings.partners[0].pull_at_start &&
		    !got.settings.partners[0].push_on_address_change &&
		    !got.settings.partners[0].dynamic_only &&
		    !got.settings.partners[0].is_discovered);
	assert_int_equal(got.settings.partners[0].pull_interval_s, 1800);
	assert_int_equal(got.settings.partners[0].update_count, 1);
	conf_free(&settings, &nbnsd_schema);
}

static void partners_have_what_the_group_has_or_their_own(void **state)
{
	struct nbnsd_settings settings;
	struct replication_effect got;

	(void)state;
	apply(&settings,
	      "time-scale = 2; nbnsd = { replication-port = 1042; partners = ( { address = "
	      "\"10.1.0.2\"; }, { address = \"10.1.0.3\"; pull = false; pull-interval = \"20s\"; "
	      "push-after = 0; persistent = false; pull-at-start = false; push-on-address-change = "
	      "true; push-static = false; } ); replication = { pull-interval = \"1m\"; push-after = 20; to-others = "
	      "\"dynamic\"; propagate = false; accepted-owners = [\"10.1.0.2\"]; refused-owners = "
	      "[\"10.1.0.9\", \"10.1.0.8\"]; consistency-check = true; }; };",
	      &got);
	assert_int_equal(got.settings.port, 1042);
	assert_int_equal(got.settings.to_others, TO_OTHERS_DYNAMIC);
	assert_true(!got.settings.propagate && got.settings.verify);
	assert_int_equal(got.settings.accepted_owner_count, 1);
	assert_int_equal(got.settings.refused_owner_count, 2);
	assert_int_equal(got.settings.refused_owners[1].s_addr, inet_addr("10.1.0.8"));
	assert_int_equal(got.settings.retry_s, 15);
	assert_int_equal(got.settings.partner_count, 2);
	assert_int_equal(got.settings.partners[0].pull_interval_s, 30);
	assert_int_equal(got.settings.partners[0].update_count, 20);
	assert_int_equal(got.settings.partners[1].pull_interval_s, 10);
	assert_int_equal(got.settings.partners[1].update_count, 0);
	assert_true(!got.settings.partners[1].pull && got.settings.partners[1].push &&
		    !got.settings.partners[1].persistent &&
		    !got.settings.partners[1].pull_at_start &&
		    got.settings.partners[1].dynamic_only &&
		    got.settings.partners[1].push_on_address_change);
	conf_free(&settings, &nbnsd_schema);
}

static void discovered_partners_are_pulled_seldom(void **state)
{
	struct nbnsd_settings settings;
	struct replication_effect got;

	(void)state;
	apply(&settings,
	      "nbnsd = { replication = { discovery = true; }; partners = ( { address = \"10.1.0.2\"; } "
	      "); };",
	      &got);
	assert_int_equal(got.settings.partner_count, 2);
	assert_true(!got.settings.partners[0].is_discovered);
	assert_int_equal(got.settings.partners[0].pull_interval_s, 1800);
	assert_int_equal(got.settings.partners[1].address.s_addr, inet_addr("10.1.0.9"));
	assert_true(got.settings.partners[1].is_discovered && got.settings.partners[1].pull &&
		    got.settings.partners[1].push);
	assert_int_equal(got.settings.partners[1].pull_interval_s, 7200);
	assert_int_equal(got.settings.partners[1].update_count, 1);
	conf_free(&settings, &nbnsd_schema);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(more_than_64_partners_are_refused),
		cmocka_unit_test(what_is_hardly_meant_is_told),
		cmocka_unit_test(one_line_has_all_defaults),
		cmocka_unit_test(partners_have_what_the_group_has_or_their_own),
		cmocka_unit_test(discovered_partners_are_pulled_seldom),
	};

	return cmocka_run_group_tests_name("nbnsd/conf_replication", tests, NULL, NULL);
}
