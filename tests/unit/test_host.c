/* What SMB clients are told of the browser's lists, and whom they may call. */
#include "browserd/host.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nbt/session.h>

#include "smb/rap.h"
#include "smb/text.h"
#include "support.h"

static const char *const aliases[] = { "OLDBOX" };
static const char *const workgroups[] = { "OFFICE", "PLANT" };
static const uint8_t guid[16] = "guid of the box";

struct fixture {
	struct nbt_env env;
	struct browser_settings settings;
	struct lists *lists;
	struct host host;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	f->env.now_ms = 1000;
	f->settings = (struct browser_settings)BROWSER_SETTINGS_DEFAULT;
	f->settings.name = "BOX";
	f->settings.aliases = aliases;
	f->settings.alias_count = ARRAY_SIZE(aliases);
	f->settings.workgroups = workgroups;
	f->settings.workgroup_count = ARRAY_SIZE(workgroups);
	f->settings.comment = "the box";
	f->lists = lists_create(&f->settings.lists);
	assert_non_null(f->lists);
	host_init(&f->host, f->lists, NULL, &f->settings, true, guid);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	lists_destroy(f->lists);
	free(f);
	return 0;
}

static void put(struct fixture *f, enum lists_kind kind, const char *workgroup, const char *name,
		bool is_local)
{
	const struct in_addr here = { inet_addr("10.1.0.5") }, there = { inet_addr("10.1.0.6") };
	struct lists_record record = {
		.type = 0x1003, .os_major = 5, .os_minor = 2, .comment = "hello"
	};
	struct lists_pull pull;

	snprintf(record.name, sizeof(record.name), "%s", name);
	snprintf(record.workgroup, sizeof(record.workgroup), "%s", workgroup);
	if (is_local) {
		assert_int_equal(lists_hear(f->lists, kind, &record, here, there, 60000, &f->env),
				 LISTS_OK);
		return;
	}
	pull = lists_pull_begin(f->lists, kind, there, workgroup, 1000000);
	assert_int_equal(lists_pull_add(f->lists, &pull, &record, &f->env), LISTS_OK);
}

/*
 * Lists.
 */

struct seen {
	char text[4096];
	char last[16];
	size_t count, most;
};

static bool see(void *ctx, const struct smb_listed *entry)
{
	struct seen *seen = ctx;
	size_t len = strlen(seen->text);

	if (seen->count > 0)
		assert_true(smb_compare(seen->last, entry->name) < 0);
	snprintf(seen->last, sizeof(seen->last), "%s", entry->name);
	snprintf(seen->text + len, sizeof(seen->text) - len, "%s %x %u.%u %s\n", entry->name,
		 entry->type, entry->major, entry->minor, entry->comment);
	return ++seen->count < seen->most;
}

static void servers_of_a_workgroup_are_given(void **state)
{
	struct fixture *f = *state;
	struct seen seen = { .most = 10 }, one = { .most = 1 }, none = { .most = 10 };

	put(f, LISTS_SERVERS, "OFFICE", "NEAR", true);
	put(f, LISTS_SERVERS, "OFFICE", "FAR", false);
	put(f, LISTS_SERVERS, "PLANT", "MILL", true);
	f->host.smb.servers(f->host.smb.ctx, "office", see, &seen);
	assert_string_equal(seen.text, "FAR 1003 5.2 hello\nNEAR 40001003 5.2 hello\n");
	f->host.smb.servers(f->host.smb.ctx, "OFFICE", see, &one);
	assert_string_equal(one.text, "FAR 1003 5.2 hello\n");
	f->host.smb.servers(f->host.smb.ctx, "NOBODY", see, &none);
	assert_string_equal(none.text, "");
}

static void workgroups_are_given_with_their_masters(void **state)
{
	struct fixture *f = *state;
	struct seen seen = { .most = 10 };

	put(f, LISTS_WORKGROUPS, "PLANT", "PLANT", true);
	put(f, LISTS_WORKGROUPS, "LAB", "LAB", false);
	f->host.smb.groups(f->host.smb.ctx, see, &seen);
	assert_string_equal(seen.text, "LAB 80001003 5.2 hello\nPLANT c0001003 5.2 hello\n");
}

/* The session relies on it: who goes on where the last answer ended must not miss any. Bytes above
 * ASCII and all kinds of signs stand in names, too. */
static void the_order_is_that_of_the_session(void **state)
{
	static const char signs[] = "!#$%&'()-.@^_`{}~09AZ\x80\xe1\xff";
	struct fixture *f = *state;
	struct seen seen = { .most = 1000 };
	char name[4] = "";

	f->settings.lists.per_source = 1000;
	lists_set_settings(f->lists, &f->settings.lists);
	for (size_t i = 0; i < sizeof(signs) - 1; i++)
		for (size_t j = 0; j < sizeof(signs) - 1; j++) {
			name[0] = signs[i];
			name[1] = signs[j];
			put(f, LISTS_SERVERS, "OFFICE", name, true);
		}
	f->host.smb.servers(f->host.smb.ctx, "OFFICE", see, &seen);
	assert_int_equal(seen.count, (sizeof(signs) - 1) * (sizeof(signs) - 1));
}

static void the_host_is_as_configured(void **state)
{
	const struct fixture *f = *state;

	assert_string_equal(f->host.smb.name, "BOX");
	assert_string_equal(f->host.smb.workgroup, "OFFICE");
	assert_string_equal(f->host.smb.comment, "the box");
	assert_int_equal(f->host.smb.type, f->settings.server_type);
	assert_int_equal(f->host.smb.major, 6);
	assert_int_equal(f->host.smb.minor, 1);
	assert_memory_equal(f->host.smb.guid, guid, sizeof(guid));
}

/*
 * Called names: specs of SMB section 2.
 */

static const struct call {
	const char *name;
	uint8_t suffix;
	bool is_ours;
} calls[] = {
	{ "BOX", 0x20, true },        { "box", 0x20, true },       { "BOX", 0x00, true },
	{ "BOX", 0x03, true },        { "BOX", 0x1B, false },      { "OLDBOX", 0x20, true },
	{ "*SMBSERVER", 0x20, true }, { "10.77.1.4", 0x20, true }, { "10.77.1.400", 0x20, false },
	{ "OFFICE", 0x1D, false },    { "PLANT", 0x1B, false },    { "OFFICE", 0x20, false },
	{ "BOXER", 0x20, false },     { "NOSUCH", 0x20, false },   { "", 0x20, false },
};

static uint8_t call(struct fixture *f, const struct call *c)
{
	struct smb_elsewhere elsewhere;
	struct nbt_name name;

	memset(name.bytes, ' ', sizeof(name.bytes));
	memcpy(name.bytes, c->name, strlen(c->name));
	name.bytes[NBT_NAME_LEN - 1] = c->suffix;
	return f->host.smb.called(f->host.smb.ctx, &name, &elsewhere);
}

static void who_calls_somebody_else_is_refused_if_so_configured(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (call(f, &calls[i]) !=
		    (calls[i].is_ours ? SMB_CALLED_HERE : NBT_SES_ERR_CALLED_NOT_PRESENT))
			fail_msg("%s<%02X>", calls[i].name, calls[i].suffix);
	host_init(&f->host, f->lists, NULL, &f->settings, false, guid);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		assert_int_equal(call(f, &calls[i]), SMB_CALLED_HERE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(servers_of_a_workgroup_are_given),
		TEST(workgroups_are_given_with_their_masters),
		TEST(the_order_is_that_of_the_session),
		TEST(the_host_is_as_configured),
		TEST(who_calls_somebody_else_is_refused_if_so_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
