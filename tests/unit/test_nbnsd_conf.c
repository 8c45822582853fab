/* nbnsd's settings: what is read, and what is in effect. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#include "nbnsd/conf.h"

#define D(days) ((days)*86400U)

static void read_settings(struct nbnsd_settings *out, const char *text)
{
	char error[CONF_ERROR_MAX];

	if (conf_parse(out, &nbnsd_schema, text, "test", error) < 0)
		fail_msg("%s", error);
	conf_scale(out, &nbnsd_schema);
}

/* Conformance case 68 is the second row. */
static const struct interval_case {
	const char *what, *text;
	uint32_t renewal, extinction, timeout, verify;
} interval_cases[] = {
	{ "defaults", "", D(6), D(4), D(6), D(24) },
	{ "case 68: renewal 600, extinction interval 1, extinction timeout 1",
	  "nbnsd = { renewal-interval = 600; extinction-interval = 1; extinction-timeout = 1; }",
	  2400, 2400, 2400, D(24) },
	{ "the extinction interval is raised to 4 days where that is less than the renewal interval",
	  "nbnsd = { renewal-interval = \"10d\"; extinction-interval = 1; }", D(10), D(4), D(10),
	  D(24) },
	{ "what is longer than the rules want stays",
	  "nbnsd = { renewal-interval = 2401; extinction-interval = \"5d\"; "
	  "extinction-timeout = \"7d\"; verify-interval = \"25d\"; }",
	  2401, D(5), D(7), D(25) },
	{ "the verify interval is 24 days at least", "nbnsd = { verify-interval = \"1d\"; }", D(6),
	  D(4), D(6), D(24) },
	{ "time-scale divides the limits too",
	  "time-scale = 1000; nbnsd = { renewal-interval = 600; }", 2, 345, 518, 2073 },
};

static void case_68_effective_intervals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(interval_cases); i++) {
		const struct interval_case *c = &interval_cases[i];
		struct nbnsd_settings settings;
		struct service_settings got;

		read_settings(&settings, c->text);
		nbnsd_settings_apply(&settings, NULL, &got);
		if (got.renewal_s != c->renewal || got.extinction_s != c->extinction ||
		    got.extinction_timeout_s != c->timeout || got.verify_s != c->verify)
			fail_msg("%s: %u %u %u %u", c->what, got.renewal_s, got.extinction_s,
				 got.extinction_timeout_s, got.verify_s);
		conf_free(&settings, &nbnsd_schema);
	}
}

/* WACK: 5 s, and 4 s for each address asked. */
static const struct challenge_case {
	const char *text;
	uint32_t tries;
} challenge_cases[] = {
	{ "", 3 },                                                                 /* 3.5 s */
	{ "nbnsd = { challenge-tries = 1; }", 1 },                                 /* 0.5 s */
	{ "nbnsd = { challenge-tries = 4; }", 3 },                                 /* not 7.5 s */
	{ "nbnsd = { challenge-interval = \"1s\"; }", 2 },                         /* 3 s, not 7 */
	{ "nbnsd = { challenge-interval = \"1400ms\"; }", 1 },                     /* not 4.2 s */
	{ "nbnsd = { challenge-interval = \"4s\"; }", 1 },                         /* 4 s */
	{ "nbnsd = { challenge-interval = \"100ms\"; challenge-tries = 5; }", 5 }, /* 3.1 s */
};

static void a_challenge_ends_before_its_wack(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(challenge_cases); i++) {
		struct nbnsd_settings settings;
		struct service_settings got;

		read_settings(&settings, challenge_cases[i].text);
		nbnsd_settings_apply(&settings, NULL, &got);
		if (got.challenge_tries != challenge_cases[i].tries)
			fail_msg("%s: %u tries", challenge_cases[i].text, got.challenge_tries);
		conf_free(&settings, &nbnsd_schema);
	}
}

static const struct node_case {
	const char *text;
	uint8_t node_type;
} node_cases[] = {
	{ "", 3 },
	{ "nbnsd = { server = false; }", 0 },
	{ "wins-servers = [\"10.0.0.1\"]; nbnsd = { server = false; }", 3 },
	{ "node-type = \"p\"; nbnsd = { server = false; }", 1 },
	{ "node-type = \"b\"", 0 },
	{ "node-type = \"m\"", 2 },
};

static void node_type_of_the_own_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(node_cases); i++) {
		struct nbnsd_settings settings;
		struct service_settings got;

		read_settings(&settings, node_cases[i].text);
		nbnsd_settings_apply(&settings, NULL, &got);
		if (got.node_type != node_cases[i].node_type)
			fail_msg("%s: %u", node_cases[i].text, got.node_type);
		conf_free(&settings, &nbnsd_schema);
	}
}

static void everything_arrives(void **state)
{
	struct nbnsd_settings settings;
	struct service_settings got;

	(void)state;
	read_settings(
		&settings,
		"netbios-name = \"office1\"; workgroup = \"lab\"; aliases = [\"files\"];"
		"scope = \"NETBIOS.COM\";"
		"nbnsd = { migrate = true; prepend-1b = false; wildcard-1b = false; keep-master-names = true;"
		"challenge-interval = \"250ms\"; max-challenges = 7; max-waiting = 8;"
		"burst-limit = 500; rate-limit = 9; allow-proxy-names = true;"
		"scavenge-interval = 60; deletion-uptime = 61; }");
	nbnsd_settings_apply(&settings, (const struct access_list *)&settings, &got);
	assert_string_equal(got.netbios_name, "office1");
	assert_string_equal(got.workgroup, "lab");
	assert_string_equal(got.aliases[0], "files");
	assert_null(got.aliases[1]);
	assert_int_equal(nbt_scope_length(&got.scope), 11);
	assert_true(got.server && got.migrate && !got.prepend_1b && !got.wildcard_1b &&
		    got.keep_master_names);
	assert_int_equal(got.challenge_retry_ms, 250);
	assert_int_equal(got.max_challenges, 7);
	assert_int_equal(got.max_waiting, 8);
	assert_int_equal(got.burst_limit, 500);
	assert_int_equal(got.rate_limit, 9);
	assert_true(got.allow_proxy_names);
	assert_int_equal(got.scavenge_s, 60);
	assert_int_equal(got.deletion_uptime_s, 61);
	assert_ptr_equal(got.access, &settings);
	conf_free(&settings, &nbnsd_schema);
}

static const struct check_case {
	const char *text, *error; /* NULL: good */
} check_cases[] = {
	{ "", NULL },
	{ "nbnsd = { hook = \"/bin/hook\"; };", NULL },
	{ "nbnsd = { hook = [\"/bin/hook\", \"argument\"]; };", NULL },
	{ "nbnsd = { hook = [\"bin/hook\", \"/x\"]; };",
	  "the program of \"hook\" is \"bin/hook\"; allowed: a path that begins with \"/\"" },
	{ "nbnsd = { metrics-port = 9137; };", NULL },
	{ "nbnsd = { port = 0; metrics-port = 0; };", NULL },
	{ "nbnsd = { port = 1137; metrics-port = 1137; };",
	  "\"metrics-port\" is 1137, the port of the name service; allowed: another one, or 0" },
};

static void what_no_row_knows_is_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(check_cases); i++) {
		const struct check_case *c = &check_cases[i];
		struct nbnsd_settings settings;
		char error[CONF_ERROR_MAX] = "";
		int ret;

		read_settings(&settings, c->text);
		ret = nbnsd_settings_check(&settings, error);
		assert_int_equal(ret < 0, c->error != NULL);
		assert_string_equal(error, c->error != NULL ? c->error : "");
		conf_free(&settings, &nbnsd_schema);
	}
}

/*
 * Reload. Every setting is here: it takes effect by a row in parts of nbnsd/reconfigure.c, or has
 * .at_start and a word in nbt.conf(5). tests/lab/reload.sh sees that it does.
 */
enum how { RESTART, LOG_LEVEL, SOCKETS, SERVICE, HOOK, DNS, BACKUP, METRICS, FILES, REPLICATION };

static const struct reload_case {
	const char *group, *name;
	enum how how;
} reload_cases[] = {
	{ NULL, "netbios-name", SERVICE },
	{ NULL, "workgroup", SERVICE },
	{ NULL, "aliases", SERVICE },
	{ NULL, "scope", SERVICE },
	{ NULL, "node-type", SERVICE },
	{ NULL, "interfaces", SOCKETS },
	{ NULL, "wins-servers", SERVICE },
	{ NULL, "run-directory", RESTART },
	{ NULL, "user", RESTART },
	{ NULL, "dos-charset", RESTART },
	{ NULL, "log-level", LOG_LEVEL },
	{ NULL, "time-scale", RESTART },
	{ "nbnsd", "server", RESTART },
	{ "nbnsd", "listen", SOCKETS },
	{ "nbnsd", "port", RESTART },
	{ "nbnsd", "database", RESTART },
	{ "nbnsd", "durability", RESTART },
	{ "nbnsd", "backup-directory", BACKUP },
	{ "nbnsd", "backup-interval", BACKUP },
	{ "nbnsd", "backup-keep", BACKUP },
	{ "nbnsd", "renewal-interval", SERVICE },
	{ "nbnsd", "extinction-interval", SERVICE },
	{ "nbnsd", "extinction-timeout", SERVICE },
	{ "nbnsd", "verify-interval", SERVICE },
	{ "nbnsd", "scavenge-interval", SERVICE },
	{ "nbnsd", "deletion-uptime", SERVICE },
	{ "nbnsd", "allow-query", SOCKETS },
	{ "nbnsd", "allow-register", SOCKETS },
	{ "nbnsd", "group-members-to", SOCKETS },
	{ "nbnsd", "allow-proxy-names", SERVICE },
	{ "nbnsd", "tcp-connections", SOCKETS },
	{ "nbnsd", "tcp-idle-timeout", SOCKETS },
	{ "nbnsd", "rate-limit", SERVICE },
	{ "nbnsd", "rate-limit-exempt", SOCKETS },
	{ "nbnsd", "burst-limit", SERVICE },
	{ "nbnsd", "static-mappings", FILES },
	{ "nbnsd", "migrate", SERVICE },
	{ "nbnsd", "prepend-1b", SERVICE },
	{ "nbnsd", "wildcard-1b", SERVICE },
	{ "nbnsd", "keep-master-names", SERVICE },
	{ "nbnsd", "challenge-interval", SERVICE },
	{ "nbnsd", "challenge-tries", SERVICE },
	{ "nbnsd", "max-challenges", SERVICE },
	{ "nbnsd", "max-waiting", SERVICE },
	{ "nbnsd", "broadcast-timeout", SERVICE },
	{ "nbnsd", "broadcast-tries", SERVICE },
	{ "nbnsd", "unicast-timeout", SERVICE },
	{ "nbnsd", "unicast-tries", SERVICE },
	{ "nbnsd", "refresh-minimum", SERVICE },
	{ "nbnsd", "refresh-retry", SERVICE },
	{ "nbnsd", "refresh-share", SERVICE },
	{ "nbnsd", "claim-retry", SERVICE },
	{ "nbnsd", "conflict-timer", SERVICE },
	{ "nbnsd", "server-retry", SERVICE },
	{ "nbnsd", "cache-timeout", SERVICE },
	{ "nbnsd", "negative-cache-timeout", SERVICE },
	{ "nbnsd", "lmhosts", FILES },
	{ "nbnsd", "proxy", SERVICE },
	{ "nbnsd", "hook", HOOK },
	{ "nbnsd", "hook-timeout", HOOK },
	{ "nbnsd", "audit", RESTART },
	{ "nbnsd", "audit-clients", SERVICE },
	{ "nbnsd", "audit-interval", SERVICE },
	{ "nbnsd", "conflict-history", SERVICE },
	{ "nbnsd", "metrics-port", METRICS },
	{ "nbnsd", "replication-address", REPLICATION },
	{ "nbnsd", "replication-port", RESTART },
	{ "nbnsd", "partners", REPLICATION },
	{ "dns-fallback", "servers", DNS },
	{ "dns-fallback", "domains", DNS },
	{ "dns-fallback", "timeout", DNS },
	{ "dns-fallback", "positive-ttl", DNS },
	{ "dns-fallback", "negative-ttl", DNS },
	{ "dns-fallback", "max-queries", DNS },
	{ "dns-fallback", "cache-size", DNS },
	{ "replication", "pull-interval", REPLICATION },
	{ "replication", "push-after", REPLICATION },
	{ "replication", "propagate", REPLICATION },
	{ "replication", "to-others", REPLICATION },
	{ "replication", "accepted-owners", REPLICATION },
	{ "replication", "refused-owners", REPLICATION },
	{ "replication", "retry", REPLICATION },
	{ "replication", "request-timeout", REPLICATION },
	{ "replication", "start-timeout", REPLICATION },
	{ "replication", "message-timeout", REPLICATION },
	{ "replication", "idle-timeout", REPLICATION },
	{ "replication", "map-wait", REPLICATION },
	{ "replication", "slice", REPLICATION },
	{ "replication", "consistency-check", REPLICATION },
	{ "replication", "consistency-interval", REPLICATION },
	{ "replication", "consistency-records", REPLICATION },
	{ "replication", "discovery", REPLICATION },
	{ "replication", "discovery-interval", REPLICATION },
	{ "replication", "discovery-pull-interval", REPLICATION },
};

static const struct reload_case *find_reload_case(const char *group, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(reload_cases); i++) {
		const struct reload_case *c = &reload_cases[i];

		if ((c->group == NULL) == (group == NULL) &&
		    (group == NULL || strcmp(c->group, group) == 0) && strcmp(c->name, name) == 0)
			return c;
	}
	return NULL;
}

static void every_setting_is_reloaded_or_takes_a_restart(void **state)
{
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < nbnsd_schema.count; i++) {
		const struct conf_group *group = &nbnsd_schema.groups[i];

		for (const struct conf_item *item = group->items; item->name != NULL; item++) {
			const struct reload_case *c = find_reload_case(group->name, item->name);

			count++;
			if (c == NULL)
				fail_msg("%s: what does a reload do with it?", item->name);
			if (item->at_start != (c->how == RESTART))
				fail_msg("%s: .at_start is wrong", item->name);
		}
	}
	assert_int_equal(count, ARRAY_SIZE(reload_cases));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_68_effective_intervals),
		cmocka_unit_test(a_challenge_ends_before_its_wack),
		cmocka_unit_test(node_type_of_the_own_names),
		cmocka_unit_test(everything_arrives),
		cmocka_unit_test(what_no_row_knows_is_checked),
		cmocka_unit_test(every_setting_is_reloaded_or_takes_a_restart),
	};

	return cmocka_run_group_tests_name("nbnsd/conf", tests, NULL, NULL);
}
