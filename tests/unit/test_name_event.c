/* What changes of names mean, and how the hook is called for them. */
#include "nbnsd/service/name_event.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "nbns.h"
#include "nbnsd/registry/changes.h"
#include "nbnsd/registry/registry.h"
#include "support.h"

/* The calls, one behind the other: "add FRED 20 300 10.0.0.1; ". */
static void print_call(char *text, size_t size, const struct name_event *event, uint32_t ttl_s)
{
	size_t len = strlen(text);
	struct hook_call call;

	if (!hook_call_make(&call, event, ttl_s))
		return;
	for (size_t i = 0; call.argument[i] != NULL; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", i > 0 ? " " : "",
					call.argument[i]);
	snprintf(text + len, size - len, ";");
}

static void set_name(struct record *record, const char *bytes, size_t len, uint8_t suffix)
{
	memset(record->name.bytes, ' ', NBT_NAME_LEN);
	memcpy(record->name.bytes, bytes, len);
	record->name.bytes[NBT_NAME_LEN - 1] = suffix;
}

static void the_hook_hears_of_names_as_from_nmbd(void **state)
{
	static const struct {
		const uint8_t *bytes;
		size_t len;
		const char *call;
		const char *what;
	} cases[] = {
		{ BYTES("FRED"), "add FRED 1b 300 10.0.0.1;", "a plain name" },
		{ BYTES("FIFTEENCHARSXYZ"), "add FIFTEENCHARSXYZ 1b 300 10.0.0.1;", "a long one" },
		{ BYTES("a.B-C_D9"), "add a.B-C_D9 1b 300 10.0.0.1;", "every allowed kind" },
		{ BYTES("-"), "add - 1b 300 10.0.0.1;", "one that looks like an option" },
		{ BYTES("NUL\0X"), "add NUL 1b 300 10.0.0.1;", "the name ends at a NUL" },
		{ BYTES("NUL\0\0\0\0"), "add NUL 1b 300 10.0.0.1;", "or is padded with them" },
		{ BYTES(""), "", "no name" },
		{ BYTES("\0"), "", "nothing before the NUL" },
		{ BYTES("A B"), "", "a space inside" },
		{ BYTES(" A"), "", "a space in front" },
		{ BYTES("$(id)"), "", "what a shell would take up" },
		{ BYTES("A\nB"), "", "a line" },
		{ BYTES("UML\x8e"), "", "a letter beyond ASCII" },
		{ BYTES("../X"), "", "a path" },
		{ BYTES("\x01\x02__MSBROWSE__\x02"), "", "control characters" },
	};
	struct name_event event = {
		.operation = NAME_ADD,
		.record = { .state = RECORD_ACTIVE,
			    .address_count = 1,
			    .address = { { { inet_addr("10.0.0.1") }, { 0 }, 0 } } }
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[400] = "";

		set_name(&event.record, (const char *)cases[i].bytes, cases[i].len, 0x1b);
		print_call(text, sizeof(text), &event, 300);
		if (strcmp(text, cases[i].call) != 0)
			fail_msg("%s: \"%s\"", cases[i].what, text);
	}
	set_name(&event.record, "FRED", 4, 0x20);
	event.record.scope = scope_of("A.B");
	print_call((char[400]){ "" }, 400, &event, 300);
	assert_false(hook_call_make(&(struct hook_call){ .text = "" }, &event, 300));
}

/* The longest call that there can be. */
static void all_addresses_are_told(void **state)
{
	struct name_event event = { .operation = NAME_REFRESH,
				    .record = { .kind = RECORD_SPECIAL_GROUP,
						.state = RECORD_ACTIVE,
						.address_count = RECORD_MAX_ADDRESSES } };
	struct hook_call call;

	(void)state;
	set_name(&event.record, "FIFTEENCHARSXYZ", 15, 0x1c);
	for (size_t i = 0; i < RECORD_MAX_ADDRESSES; i++)
		event.record.address[i].address.s_addr = inet_addr("255.255.255.254");
	assert_true(hook_call_make(&call, &event, UINT32_MAX));
	assert_string_equal(call.argument[3], "4294967295");
	assert_string_equal(call.argument[HOOK_ARGUMENTS + RECORD_MAX_ADDRESSES - 1],
			    "255.255.255.254");
	assert_null(call.argument[HOOK_ARGUMENTS + RECORD_MAX_ADDRESSES]);
}

static void what_takes_the_place_of_what(void **state)
{
	static const struct {
		int before, now; /* states; -1: no record */
		enum name_operation want;
	} cases[] = {
		{ -1, RECORD_ACTIVE, NAME_ADD },
		{ RECORD_ACTIVE, RECORD_ACTIVE, NAME_REFRESH },
		{ RECORD_RELEASED, RECORD_ACTIVE, NAME_ADD },
		{ RECORD_TOMBSTONE, RECORD_ACTIVE, NAME_ADD },
		{ RECORD_ACTIVE, RECORD_RELEASED, NAME_RELEASE },
		{ RECORD_RELEASED, RECORD_TOMBSTONE, NAME_TOMBSTONE },
		{ RECORD_ACTIVE, RECORD_TOMBSTONE, NAME_TOMBSTONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct record before = { .state = (uint8_t)cases[i].before };
		const struct record now = { .state = (uint8_t)cases[i].now };

		assert_string_equal(name_operation_text(name_operation_of(
					    cases[i].before < 0 ? NULL : &before, &now)),
				    name_operation_text(cases[i].want));
	}
}

/*
 * Through the service.
 */

/* Commits, and what those who watch hear of it: "add FRED; ". */
static void expect_told(struct nbns *ns, const char *want, const char *want_calls)
{
	char told[400] = "", calls[400] = "", name[NBT_NAME_TEXT_MAX];
	struct name_event event;
	struct change change;
	struct record record;

	(void)nbns_has_changes(ns);
	for (size_t i = 0; i < ns->batch_count; i++) {
		size_t cursor = 0, len;

		while (changes_next(ns->batches[i], &cursor, &change, &record)) {
			if (change.type != CHANGE_EVENT)
				continue;
			memcpy(&event, change.note, change.note_len);
			assert_int_equal(change.note_len, name_event_size(&event));
			len = strlen(told);
			snprintf(told + len, sizeof(told) - len, "%s %s;",
				 name_operation_text((enum name_operation)event.operation),
				 nbt_name_print(&event.record.name, name, sizeof(name)));
			print_call(calls, sizeof(calls), &event, 300);
		}
	}
	nbns_commit(ns);
	assert_string_equal(told, want);
	assert_string_equal(calls, want_calls);
	ns->arrived = ns->seen = 0;
}

static struct nbns *run(void)
{
	struct nbns *ns = nbns_run();

	service_set_watched(ns->service, true);
	ns->stalled = true;
	(void)nbns_has_changes(ns);
	nbns_commit(ns);
	return ns;
}

static void the_life_of_a_name(void **state)
{
	struct nbns *ns = run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_told(ns, "add FRED<20>;", "add FRED 20 300 10.0.0.1;");
	claim(ns, &ns->a, REFRESH, "FRED<20>", UNIQUE);
	expect_told(ns, "", ""); /* it is not written yet */
	claim(ns, &ns->a, RELEASE, "FRED<20>", UNIQUE);
	expect_told(ns, "release FRED<20>;", "delete FRED 20 0 10.0.0.1;");
	claim(ns, &ns->b, REGISTER, "FRED<20>", UNIQUE);
	expect_told(ns, "add FRED<20>;", "add FRED 20 300 10.0.0.2;");
	nbns_free(ns);
}

static void a_group_and_its_members(void **state)
{
	struct nbns *ns = run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "TEAM<00>", GROUP);
	expect_told(ns, "add TEAM<00>;", "add TEAM 00 300 0.0.0.0;");
	claim(ns, &ns->b, REGISTER, "TEAM<00>", GROUP);
	expect_told(ns, "join TEAM<00>;", "refresh TEAM 00 300 0.0.0.0;");
	claim(ns, &ns->b, REGISTER, "TEAM<00>", GROUP);
	expect_told(ns, "", "");
	claim(ns, &ns->b, RELEASE, "TEAM<00>", GROUP);
	expect_told(ns, "leave TEAM<00>;", "");
	claim(ns, &ns->a, RELEASE, "TEAM<00>", GROUP);
	expect_told(ns, "leave TEAM<00>;release TEAM<00>;", "delete TEAM 00 0 0.0.0.0;");
	nbns_free(ns);
}

static void a_domain_group_loses_an_address(void **state)
{
	struct nbns *ns = run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "DOM<1C>", GROUP);
	claim(ns, &ns->b, REGISTER, "DOM<1C>", GROUP);
	expect_told(ns, "add DOM<1C>;refresh DOM<1C>;",
		    "add DOM 1c 300 10.0.0.1;refresh DOM 1c 300 10.0.0.1 10.0.0.2;");
	claim(ns, &ns->a, RELEASE, "DOM<1C>", GROUP);
	expect_told(ns, "refresh DOM<1C>;", "refresh DOM 1c 300 10.0.0.2;");
	claim(ns, &ns->b, RELEASE, "DOM<1C>", GROUP);
	expect_told(ns, "release DOM<1C>;", "delete DOM 1c 0 10.0.0.2;");
	nbns_free(ns);
}

/* Renewals as they are written; the end of the lease; the tombstone is nothing new to a hook. */
static void a_name_ages(void **state)
{
	struct nbns *ns = run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_told(ns, "add FRED<20>;", "add FRED 20 300 10.0.0.1;");
	nbns_pass(ns, 100000);
	(void)nbns_has_changes(ns);
	nbns_commit(ns);
	claim(ns, &ns->a, REFRESH, "FRED<20>", UNIQUE);
	nbns_pass(ns, 40000);
	expect_told(ns, "refresh FRED<20>;", "refresh FRED 20 300 10.0.0.1;");
	for (int i = 0; i < 16; i++) {
		nbns_pass(ns, 40000);
		if (nbns_has_changes(ns))
			break;
	}
	expect_told(ns, "release FRED<20>;", "delete FRED 20 0 10.0.0.1;");
	nbns_free(ns);
}

static void nothing_is_told_when_nobody_watches(void **state)
{
	struct nbns *ns = run();

	(void)state;
	service_set_watched(ns->service, false);
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_told(ns, "", "");
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hook_hears_of_names_as_from_nmbd),
		cmocka_unit_test(all_addresses_are_told),
		cmocka_unit_test(what_takes_the_place_of_what),
		cmocka_unit_test(the_life_of_a_name),
		cmocka_unit_test(a_group_and_its_members),
		cmocka_unit_test(a_domain_group_loses_an_address),
		cmocka_unit_test(a_name_ages),
		cmocka_unit_test(nothing_is_told_when_nobody_watches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
