/* The address of this server in replication, among those that the host has. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>

#include "nbnsd/conf.h"
#include "nbnsd/owner_address.h"

#define LIST_MAX 4

static const struct owner_case {
	const char *what;
	const char *served[LIST_MAX], *sources[LIST_MAX];
	enum owner_finding finding;
	const char *found;
} owner_cases[] = {
	{ "one address is it", { "10.1.0.5" }, { "10.1.0.5" }, OWNER_FOUND, "10.1.0.5" },
	{ "also if the partners are not reached",
	  { "10.1.0.5" },
	  { "0.0.0.0" },
	  OWNER_FOUND,
	  "10.1.0.5" },
	{ "also if they are reached from another, which is not served",
	  { "10.1.0.5" },
	  { "192.0.2.1" },
	  OWNER_FOUND,
	  "10.1.0.5" },
	{ "of several the one from which partners are reached",
	  { "10.1.0.5", "10.2.0.5" },
	  { "10.2.0.5", "0.0.0.0", "10.2.0.5" },
	  OWNER_FOUND,
	  "10.2.0.5" },
	{ "but not if there are two",
	  { "10.1.0.5", "10.2.0.5" },
	  { "10.2.0.5", "10.1.0.5" },
	  OWNER_UNCLEAR,
	  NULL },
	{ "nor if there is none", { "10.1.0.5", "10.2.0.5" }, { "0.0.0.0" }, OWNER_UNCLEAR, NULL },
	{ "nor without partners", { "10.1.0.5", "10.2.0.5" }, { NULL }, OWNER_UNCLEAR, NULL },
	{ "one address on two interfaces is one",
	  { "10.1.0.5", "10.1.0.5" },
	  { NULL },
	  OWNER_FOUND,
	  "10.1.0.5" },
	{ "an interface may come later", { NULL }, { "0.0.0.0" }, OWNER_NOT_YET, NULL },
};

static size_t addresses(const char *const *texts, struct in_addr out[LIST_MAX])
{
	size_t count = 0;

	for (; count < LIST_MAX && texts[count] != NULL; count++)
		out[count].s_addr = inet_addr(texts[count]);
	return count;
}

static void the_address_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(owner_cases); i++) {
		const struct owner_case *c = &owner_cases[i];
		struct in_addr served[LIST_MAX], sources[LIST_MAX], got = { 0 };
		const struct owner_facts facts = { served, addresses(c->served, served), sources,
						   addresses(c->sources, sources) };

		if (owner_find(&facts, &got) != c->finding ||
		    (c->found != NULL && got.s_addr != inet_addr(c->found)))
			fail_msg("%s: %s", c->what, inet_ntoa(got));
	}
}

static const struct settings_case {
	const char *what, *text;
	const char *found; /* NULL: an error */
	const char *error;
} settings_cases[] = {
	{ "without partners there is none", "", "0.0.0.0", "" },
	{ "what is configured is it, whatever the host has",
	  "nbnsd = { replication-address = \"10.9.9.9\"; partners = ( { address = \"10.9.9.8\"; } ); };",
	  "10.9.9.9", "" },
	{ "a partner that is this host",
	  "nbnsd = { replication-address = \"10.9.9.9\"; partners = ( { address = \"127.0.0.1\"; } ); };",
	  NULL, "the partner 127.0.0.1 is this host; allowed: other servers" },
};

static void settings_and_interfaces_are_looked_at(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(settings_cases); i++) {
		const struct settings_case *c = &settings_cases[i];
		struct nbnsd_settings settings;
		char error[CONF_ERROR_MAX] = "";
		struct in_addr got;
		int ret;

		assert_int_equal(conf_parse(&settings, &nbnsd_schema, c->text, "test", error), 0);
		ret = owner_address(&settings, &got, error);
		if (ret != (c->found != NULL ? 0 : -EINVAL) || strcmp(error, c->error) != 0 ||
		    (c->found != NULL && got.s_addr != inet_addr(c->found)))
			fail_msg("%s: %d %s %s", c->what, ret, inet_ntoa(got), error);
		conf_free(&settings, &nbnsd_schema);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_address_is_found),
		cmocka_unit_test(settings_and_interfaces_are_looked_at),
	};

	return cmocka_run_group_tests_name("nbnsd/owner_address", tests, NULL, NULL);
}
