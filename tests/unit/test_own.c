/* The server host's own names: which they are, and what becomes of packets about them. */
#include "support.h"

#include "nbnsd/own.h"

static const char *const aliases[] = { "FILES", "OFFICE1", NULL };

static struct own_names own_of(uint8_t node_type, const char *scope)
{
	const struct nbt_scope labels = scope_of(scope);
	struct own_names own;

	assert_true(own_names_init(&own, "OFFICE1", aliases, "WORK", &labels, node_type));
	return own;
}

static void names_of_this_host(void **state)
{
	static const struct {
		const char *name;
		bool is_group;
	} want[] = {
		{ "OFFICE1<00>", false }, { "OFFICE1<03>", false }, { "OFFICE1<20>", false },
		{ "FILES<00>", false },   { "FILES<03>", false },   { "FILES<20>", false },
		{ "WORK<00>", true },     { "WORK<1E>", true },
	};
	struct own_names own = own_of(3, "");
	const struct nbt_scope none = { 0 }, other = scope_of("X");

	(void)state;
	assert_int_equal(own.count, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		struct nbt_name name = name_of(want[i].name);
		const struct own_name *found = own_find(&own, &name, &none);

		if (found == NULL || found->is_group != want[i].is_group)
			fail_msg("%s", want[i].name);
		assert_null(own_find(&own, &name, &other));
	}
	own_names_free(&own);
}

/* A workgroup called like the host must not make the host's name a group. */
static void the_host_comes_first(void **state)
{
	static const char *const no_aliases[] = { NULL };
	const struct nbt_name name = name_of("SAME<00>");
	const struct nbt_scope none = { 0 };
	struct own_names own;

	(void)state;
	assert_true(own_names_init(&own, "SAME", no_aliases, "SAME", &none, 3));
	assert_int_equal(own.count, 4);
	assert_false(own_find(&own, &name, &none)->is_group);
	own_names_free(&own);
}

#define NOT_OURS OWN_CLAIM_NOT_OURS
#define DEFEND   OWN_CLAIM_DEFEND
#define CONFIRM  OWN_CLAIM_CONFIRM
#define IGNORE   OWN_CLAIM_IGNORE
#define GROUP    NBT_NB_GROUP

/* clang-format off */
static const struct {
	const char *what, *name;
	uint8_t opcode;
	uint16_t nb_flags;
	bool for_us;
	enum own_claim want[3]; /* unicast; unicast with B=1; broadcast */
} claims[] = {
{ "registration of a strange name", "FRED<20>", 5, 0, false, { NOT_OURS, IGNORE, IGNORE } },
{ "registration", "OFFICE1<20>", 5, 0, false, { DEFEND, DEFEND, DEFEND } },
{ "multihomed registration", "OFFICE1<20>", 15, 0, false, { DEFEND, DEFEND, DEFEND } },
{ "unique against our group", "WORK<00>", 5, 0, false, { DEFEND, DEFEND, DEFEND } },
{ "group against our name", "OFFICE1<20>", 5, GROUP, false, { DEFEND, DEFEND, DEFEND } },
{ "another member", "WORK<1E>", 5, GROUP, false, { NOT_OURS, IGNORE, IGNORE } },
{ "refresh", "OFFICE1<20>", 8, 0, false, { DEFEND, DEFEND, IGNORE } },
{ "refresh, opcode 9", "FILES<03>", 9, 0, false, { DEFEND, DEFEND, IGNORE } },
{ "refresh of our group as unique", "WORK<00>", 8, 0, false, { DEFEND, DEFEND, IGNORE } },
{ "refresh of our name as group", "OFFICE1<20>", 8, GROUP, false, { DEFEND, DEFEND, IGNORE } },
{ "a member refreshes", "WORK<1E>", 9, GROUP, false, { NOT_OURS, IGNORE, IGNORE } },
{ "release", "OFFICE1<20>", 6, 0, false, { NOT_OURS, DEFEND, DEFEND } },
{ "a member leaves", "WORK<1E>", 6, GROUP, false, { NOT_OURS, IGNORE, IGNORE } },
{ "our own address", "OFFICE1<20>", 5, 0, true, { CONFIRM, IGNORE, IGNORE } },
{ "our own refresh", "OFFICE1<20>", 8, 0, true, { CONFIRM, IGNORE, IGNORE } },
{ "our own release", "OFFICE1<20>", 6, 0, true, { NOT_OURS, IGNORE, IGNORE } },
};
/* clang-format on */

static void claim_rows(void **state)
{
	struct own_names own = own_of(3, "");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(claims); i++) {
		const struct claim claim = { .name = name_of(claims[i].name),
					     .opcode = claims[i].opcode,
					     .nb_flags = claims[i].nb_flags };
		const struct own_name *name = own_find(&own, &claim.name, &claim.scope);

		for (size_t sent = 0; sent < 3; sent++)
			if (own_decide_claim(&own, name, &claim, (enum own_sent)sent,
					     claims[i].for_us) != claims[i].want[sent])
				fail_msg("%s, sent %zu", claims[i].what, sent);
	}
	own_names_free(&own);
}

#define POSITIVE OWN_QUERY_POSITIVE
#define NEGATIVE OWN_QUERY_NEGATIVE
#define DATABASE OWN_QUERY_NOT_OURS
#define SILENCE  OWN_QUERY_IGNORE

/* clang-format off */
static const struct {
	const char *what, *name;
	bool recursion, server;
	enum own_query want[3];
} queries[] = {
{ "C5: our name, RD=0", "OFFICE1<20>", false, true, { POSITIVE, POSITIVE, POSITIVE } },
{ "C5: our group, RD=0", "WORK<00>", false, true, { POSITIVE, POSITIVE, POSITIVE } },
{ "C5: strange name, RD=0", "FRED<20>", false, true, { NEGATIVE, SILENCE, SILENCE } },
{ "C5: our name, RD=1", "OFFICE1<20>", true, true, { POSITIVE, POSITIVE, POSITIVE } },
{ "C5: our group, RD=1", "WORK<00>", true, true, { DATABASE, POSITIVE, POSITIVE } },
{ "strange name, RD=1", "FRED<20>", true, true, { DATABASE, SILENCE, SILENCE } },
{ "no server: our name", "OFFICE1<20>", true, false, { POSITIVE, POSITIVE, POSITIVE } },
{ "no server: our group", "WORK<1E>", true, false, { POSITIVE, POSITIVE, POSITIVE } },
{ "no server: strange name", "FRED<20>", true, false, { NEGATIVE, SILENCE, SILENCE } },
};
/* clang-format on */

static void query_rows(void **state)
{
	struct own_names own = own_of(3, "");
	const struct nbt_scope none = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(queries); i++) {
		const struct nbt_name name = name_of(queries[i].name);

		for (size_t sent = 0; sent < 3; sent++)
			if (own_decide_query(&own, own_find(&own, &name, &none),
					     queries[i].recursion, (enum own_sent)sent,
					     queries[i].server) != queries[i].want[sent])
				fail_msg("%s, sent %zu", queries[i].what, sent);
	}
	own_names_free(&own);
}

static void a_p_node_hears_no_broadcast(void **state)
{
	struct own_names own = own_of(1, "");
	const struct claim claim = { .name = name_of("OFFICE1<20>"),
				     .opcode = NBT_OP_REGISTRATION };
	const struct own_name *name = own_find(&own, &claim.name, &claim.scope);

	(void)state;
	assert_int_equal(own_decide_claim(&own, name, &claim, SENT_BROADCAST, false), IGNORE);
	assert_int_equal(own_decide_claim(&own, name, &claim, SENT_UNICAST, false), DEFEND);
	assert_int_equal(own_decide_query(&own, name, true, SENT_BROADCAST, true), SILENCE);
	own_names_free(&own);
}

static void flags_of_names(void **state)
{
	struct own_names own = own_of(2, "");
	const struct own_name unique = { .is_group = false }, group = { .is_group = true };

	(void)state;
	assert_int_equal(own_nb_flags(&own, &unique), 0x4000);
	assert_int_equal(own_nb_flags(&own, &group), 0xC000);
	own_names_free(&own);
}

static void node_status(void **state)
{
	static const struct {
		const char *what, *name, *scope;
		bool want;
	} rows[] = {
		{ "everything", "*", "LAB", true },
		{ "one of ours", "FILES<20>", "LAB", true },
		{ "a strange name", "FRED<20>", "LAB", false },
		{ "another scope", "*", "", false },
		{ "another scope, one of ours", "FILES<20>", "X", false },
	};
	static const uint8_t mac[6] = { 1, 2, 3, 4, 5, 6 };
	struct own_names own = own_of(3, "LAB");
	struct nbt_node_status status;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nbt_question question = { .name = { "*" },
						 .scope = scope_of(rows[i].scope) };

		if (strcmp(rows[i].name, "*") != 0)
			question.name = name_of(rows[i].name);
		if (own_status(&own, &question, mac, 255, &status) != rows[i].want)
			fail_msg("%s", rows[i].what);
		if (!rows[i].want)
			continue;
		assert_int_equal(status.count, 8);
		assert_memory_equal(status.unit_id, mac, 6);
		assert_int_equal(status.names[0].flags, 0x6400);
		assert_int_equal(status.names[7].flags, 0xE400);
		assert_true(own_status(&own, &question, mac, 5, &status));
		assert_int_equal(status.count, 5);
	}
	own_names_free(&own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_this_host),
		cmocka_unit_test(the_host_comes_first),
		cmocka_unit_test(claim_rows),
		cmocka_unit_test(query_rows),
		cmocka_unit_test(a_p_node_hears_no_broadcast),
		cmocka_unit_test(flags_of_names),
		cmocka_unit_test(node_status),
	};

	return cmocka_run_group_tests_name("own", tests, NULL, NULL);
}
