/* What becomes of packets about names of this host. */
#include "support.h"

#include "nbnsd/node/own.h"

#define NOT_OURS OWN_CLAIM_NOT_OURS
#define DEFEND   OWN_CLAIM_DEFEND
#define CONFIRM  OWN_CLAIM_CONFIRM
#define YIELD    OWN_CLAIM_YIELD
#define IGNORE   OWN_CLAIM_IGNORE
#define GROUP    NBT_NB_GROUP

#define OTHER    CLAIMANT_OTHER
#define US       CLAIMANT_US
#define SERVER   CLAIMANT_SERVER

static const struct node_found strange, held = { .hold = NODE_HELD },
					group = { .hold = NODE_HELD, .is_group = true },
					claiming = { .hold = NODE_CLAIMING },
					lost = { .hold = NODE_IN_CONFLICT, .in_conflict = true },
					elsewhere = { .hold = NODE_HELD, .in_conflict = true };

/* clang-format off */
static const struct {
	const char *what;
	const struct node_found *found;
	uint8_t opcode;
	uint16_t nb_flags;
	enum own_claimant from;
	enum own_claim want[3]; /* unicast; unicast with B=1; broadcast */
} claims[] = {
{ "registration of a strange name", &strange, 5, 0, OTHER, { NOT_OURS, IGNORE, IGNORE } },
{ "registration", &held, 5, 0, OTHER, { DEFEND, DEFEND, DEFEND } },
{ "multihomed registration", &held, 15, 0, OTHER, { DEFEND, DEFEND, DEFEND } },
{ "unique against our group", &group, 5, 0, OTHER, { DEFEND, DEFEND, DEFEND } },
{ "group against our name", &held, 5, GROUP, OTHER, { DEFEND, DEFEND, DEFEND } },
{ "another member", &group, 5, GROUP, OTHER, { NOT_OURS, IGNORE, IGNORE } },
{ "refresh", &held, 8, 0, OTHER, { DEFEND, DEFEND, IGNORE } },
{ "refresh, opcode 9", &held, 9, 0, OTHER, { DEFEND, DEFEND, IGNORE } },
{ "refresh of our group as unique", &group, 8, 0, OTHER, { DEFEND, DEFEND, IGNORE } },
{ "refresh of our name as group", &held, 8, GROUP, OTHER, { DEFEND, DEFEND, IGNORE } },
{ "a member refreshes", &group, 9, GROUP, OTHER, { NOT_OURS, IGNORE, IGNORE } },
{ "release", &held, 6, 0, OTHER, { NOT_OURS, DEFEND, DEFEND } },
{ "a member leaves", &group, 6, GROUP, OTHER, { NOT_OURS, IGNORE, IGNORE } },
{ "our own address", &held, 5, 0, US, { CONFIRM, IGNORE, IGNORE } },
{ "our own refresh", &held, 8, 0, US, { CONFIRM, IGNORE, IGNORE } },
{ "our own release", &held, 6, 0, US, { NOT_OURS, IGNORE, IGNORE } },
{ "the NBNS registers", &held, 5, 0, SERVER, { DEFEND, DEFEND, DEFEND } },
{ "the NBNS revokes", &held, 6, 0, SERVER, { YIELD, DEFEND, DEFEND } },
{ "the NBNS revokes a group", &group, 6, GROUP, SERVER, { NOT_OURS, IGNORE, IGNORE } },
{ "the NBNS revokes our group as unique", &group, 6, 0, SERVER, { NOT_OURS, IGNORE, IGNORE } },
{ "not ours yet", &claiming, 5, 0, OTHER, { NOT_OURS, IGNORE, IGNORE } },
{ "in conflict", &lost, 5, 0, OTHER, { NOT_OURS, IGNORE, IGNORE } },
{ "in conflict on another interface", &elsewhere, 5, 0, OTHER, { NOT_OURS, IGNORE, IGNORE } },
{ "the NBNS revokes what is in conflict", &lost, 6, 0, SERVER, { NOT_OURS, IGNORE, IGNORE } },
};
/* clang-format on */

static struct claim claim_of(uint8_t opcode, uint16_t nb_flags)
{
	return (struct claim){ .name = name_of("OFFICE1<20>"),
			       .opcode = opcode,
			       .nb_flags = nb_flags };
}

static void claim_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(claims); i++) {
		const struct claim claim = claim_of(claims[i].opcode, claims[i].nb_flags);

		for (size_t sent = 0; sent < 3; sent++)
			if (own_decide_claim(claims[i].found, NODE_H, &claim, (enum own_sent)sent,
					     claims[i].from) != claims[i].want[sent])
				fail_msg("%s, sent %zu", claims[i].what, sent);
	}
}

#define POSITIVE OWN_QUERY_POSITIVE
#define NEGATIVE OWN_QUERY_NEGATIVE
#define DATABASE OWN_QUERY_NOT_OURS
#define SILENCE  OWN_QUERY_IGNORE

/* clang-format off */
static const struct {
	const char *what;
	const struct node_found *found;
	bool recursion, server;
	enum own_query want[3];
} queries[] = {
{ "C5: our name, RD=0", &held, false, true, { POSITIVE, POSITIVE, POSITIVE } },
{ "C5: our group, RD=0", &group, false, true, { POSITIVE, POSITIVE, POSITIVE } },
{ "C5: strange name, RD=0", &strange, false, true, { NEGATIVE, SILENCE, SILENCE } },
{ "C5: our name, RD=1", &held, true, true, { POSITIVE, POSITIVE, POSITIVE } },
{ "C5: our group, RD=1", &group, true, true, { DATABASE, POSITIVE, POSITIVE } },
{ "strange name, RD=1", &strange, true, true, { DATABASE, SILENCE, SILENCE } },
{ "no server: our name", &held, true, false, { POSITIVE, POSITIVE, POSITIVE } },
{ "no server: our group", &group, true, false, { POSITIVE, POSITIVE, POSITIVE } },
{ "no server: strange name", &strange, true, false, { NEGATIVE, SILENCE, SILENCE } },
{ "not ours yet", &claiming, false, false, { NEGATIVE, SILENCE, SILENCE } },
{ "not ours yet, with a database", &claiming, true, true, { DATABASE, SILENCE, SILENCE } },
{ "in conflict", &lost, false, false, { NEGATIVE, SILENCE, SILENCE } },
{ "in conflict on another interface", &elsewhere, false, false, { POSITIVE, POSITIVE, POSITIVE } },
};
/* clang-format on */

static void query_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(queries); i++)
		for (size_t sent = 0; sent < 3; sent++)
			if (own_decide_query(queries[i].found, NODE_H, queries[i].recursion,
					     (enum own_sent)sent,
					     queries[i].server) != queries[i].want[sent])
				fail_msg("%s, sent %zu", queries[i].what, sent);
}

static void case_75_a_p_node_hears_no_broadcast(void **state)
{
	static const struct nbt_name wildcard = { "*" };
	const struct claim claim = claim_of(5, 0);

	(void)state;
	assert_int_equal(own_decide_claim(&held, NODE_P, &claim, SENT_BROADCAST, OTHER), IGNORE);
	assert_int_equal(own_decide_claim(&held, NODE_P, &claim, SENT_UNICAST, OTHER), DEFEND);
	assert_int_equal(own_decide_query(&held, NODE_P, true, SENT_BROADCAST, true), SILENCE);
	assert_false(own_answers_status(&held, NODE_P, &wildcard, SENT_BROADCAST));
	assert_true(own_answers_status(&held, NODE_P, &wildcard, SENT_UNICAST));
}

static void node_status_rows(void **state)
{
	static const struct {
		const char *what, *name;
		const struct node_found *found;
		bool want;
	} rows[] = {
		{ "everything", "*", &strange, true },
		{ "one of ours", "FILES<20>", &held, true },
		{ "one in conflict", "FILES<20>", &lost, true },
		{ "one that is not ours yet", "FILES<20>", &claiming, false },
		{ "a strange name", "FRED<20>", &strange, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nbt_name name = { "*" };

		if (strcmp(rows[i].name, "*") != 0)
			name = name_of(rows[i].name);
		if (own_answers_status(rows[i].found, NODE_H, &name, SENT_BROADCAST) !=
		    rows[i].want)
			fail_msg("%s", rows[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claim_rows),
		cmocka_unit_test(query_rows),
		cmocka_unit_test(case_75_a_p_node_hears_no_broadcast),
		cmocka_unit_test(node_status_rows),
	};

	return cmocka_run_group_tests_name("own", tests, NULL, NULL);
}
