/* What the doctor asks next. */
#include "tools/doctor_plan.h"

#include <arpa/inet.h>

#include "doctored.h"
#include "support.h"

static struct in_addr at(const char *text)
{
	struct in_addr address;

	assert_int_equal(inet_pton(AF_INET, text, &address), 1);
	return address;
}

struct plan_case {
	const char *sentence, *facts;
	enum doctor_kind kind; /* of a question that is due then, */
	const char *name, *at;
	uint16_t port;
	bool is_due; /* or is not */
};

#define NET    "net eth0 10.0.1.5/24\n"
#define STATUS "host 10.0.1.11 H A#20 LAB#00g LAB#1d\n"
#define HERE   "10.0.1.5"

static const struct plan_case cases[] = {
	{ "masters, by broadcast", NET, DOCTOR_SUBNET, "\x01\x02__MSBROWSE__\x02#01", HERE, 0,
	  true },
	{ "by the other broadcast, too", NET, DOCTOR_LIMITED, "\x01\x02__MSBROWSE__\x02#01", HERE,
	  0, true },
	{ "this host's own names", NET, DOCTOR_STATUS, NULL, HERE, 0, true },
	{ "the master of a workgroup", NET "group LAB\n", DOCTOR_SUBNET, "LAB#1d", HERE, 0, true },
	{ "the domain master, of name servers", NET "wins 10.0.1.10\ngroup LAB\n", DOCTOR_SERVER,
	  "LAB#1b", "10.0.1.10", 0, true },
	{ "this host may be one", NET, DOCTOR_SERVER, "-DOCTOR-#00", HERE, 0, true },
	{ "not where there is another", NET "wins 10.0.1.10\n", DOCTOR_SERVER, "-DOCTOR-#00", HERE,
	  0, false },
	{ "if it denies a name, for its own is asked",
	  NET "server 10.0.1.5 -DOCTOR-#00 -\nhost 10.0.1.5 B ME#20\n", DOCTOR_SERVER, "ME#20",
	  HERE, 0, true },
	{ "and if it has that, for others",
	  NET
	  "server 10.0.1.5 -DOCTOR-#00 -\nhost 10.0.1.5 B ME#20\nserver 10.0.1.5 ME#20 10.0.1.5\n"
	  "group LAB\n",
	  DOCTOR_SERVER, "LAB#1b", HERE, 0, true },
	{ "not so of a host without RA",
	  NET
	  "server 10.0.1.5 -DOCTOR-#00 -\nhost 10.0.1.5 B ME#20\nserver 10.0.1.5 ME#20 @10.0.1.5\n"
	  "group LAB\n",
	  DOCTOR_SERVER, "LAB#1b", HERE, 0, false },
	{ "who answers has names", NET "cast LAB#1d 10.0.1.11\n", DOCTOR_STATUS, NULL, "10.0.1.11",
	  0, true },
	{ "a group's broadcast address is nobody", NET "server 10.0.1.10 LAB#1eg 255.255.255.255\n",
	  DOCTOR_STATUS, NULL, "255.255.255.255", 0, false },
	{ "a master has lists", NET STATUS, DOCTOR_LISTS, "LAB#1d", "10.0.1.11", 0, true },
	{ "and a workgroup", NET STATUS, DOCTOR_SUBNET, "LAB#1e", HERE, 0, true },
	{ "its name must be found", NET STATUS, DOCTOR_SUBNET, "A#20", HERE, 0, true },
	{ "and its ports", NET STATUS, DOCTOR_PORT, NULL, "10.0.1.11", 139, true },
	{ "who does not answer to the subnet, maybe to all", NET STATUS "cast A#20 -\n",
	  DOCTOR_LIMITED, "A#20", HERE, 0, true },
	{ "who does is not asked again", NET STATUS "cast A#20 10.0.1.11\n", DOCTOR_LIMITED, "A#20",
	  HERE, 0, false },
	{ "a server of a list", NET "entry 10.0.1.11 LAB B\n", DOCTOR_SUBNET, "B#20", HERE, 0,
	  true },
	{ "by its other name only if it must be", NET "entry 10.0.1.11 LAB B\n", DOCTOR_SUBNET,
	  "B#00", HERE, 0, false },
	{ "which is when nobody has the first", NET "entry 10.0.1.11 LAB B\ncast B#20 -\n",
	  DOCTOR_SUBNET, "B#00", HERE, 0, true },
	{ "a workgroup of a list", NET "entry 10.0.1.11 LAB SHOP group\n", DOCTOR_SUBNET, "SHOP#1d",
	  HERE, 0, true },
	{ "a silent host may be there", NET "host 10.0.1.11 ?\ncast LAB#1d 10.0.1.11\n",
	  DOCTOR_PORT, NULL, "10.0.1.11", 445, true },
	{ "an NBDD distributes to a group", NET "nbdd 10.0.1.10\ngroup LAB\n", DOCTOR_NBDD,
	  "LAB#1e", "10.0.1.10", 0, true },
	{ "which the name server has to know", NET "wins 10.0.1.9\nnbdd 10.0.1.10\ngroup LAB\n",
	  DOCTOR_SERVER, "LAB#1e", "10.0.1.9", 0, true },
	{ "without an NBDD that is not asked", NET "wins 10.0.1.9\ngroup LAB\n", DOCTOR_SERVER,
	  "LAB#1e", "10.0.1.9", 0, false },
	{ "a silent name server, too", NET "wins 10.0.1.10\nserver 10.0.1.10 LAB#1b ?\n",
	  DOCTOR_STATUS, NULL, "10.0.1.10", 0, true },
	{ "but no more names", NET "wins 10.0.1.10\nserver 10.0.1.10 LAB#1b ?\n" STATUS,
	  DOCTOR_SERVER, "A#20", "10.0.1.10", 0, false },
};

static void what_is_known_leads_to_questions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct plan_case *c = &cases[i];
		struct doctor_facts facts = { .subnet_count = 0 };
		struct nbt_name name;
		const struct doctor_question *q;

		doctored(&facts, c->facts);
		(void)doctor_plan(&facts);
		if (c->name != NULL)
			assert_int_equal(nbt_name_from_text(&name, c->name, 0), NBT_OK);
		q = doctor_asked(&facts, c->kind, c->name != NULL ? &name : NULL, at(c->at),
				 c->port);
		if ((q != NULL) != c->is_due)
			fail_msg("%s", c->sentence);
		doctor_facts_free(&facts);
	}
}

/* Everybody is silent: it comes to an end. */
static void a_plan_ends(void **state)
{
	struct doctor_facts facts = { .subnet_count = 0 };
	unsigned rounds = 0;

	(void)state;
	doctored(&facts, NET "wins 10.0.1.10\ngroup LAB\nentry 10.0.1.11 LAB B\n" STATUS);
	while (doctor_plan(&facts) && rounds++ < 10)
		for (size_t i = 0; i < facts.question_count; i++)
			if (facts.questions[i].outcome == DOCTOR_OPEN)
				facts.questions[i].outcome = DOCTOR_SILENT;
	assert_in_range(rounds, 2, 9);
	doctor_facts_free(&facts);
}

/* The user has named a workgroup: others are left alone. */
static void only_what_is_wanted_is_looked_at(void **state)
{
	struct doctor_facts facts = { .subnet_count = 0 };
	const struct nbt_name shop = doctor_name("SHOP", NBT_SUFFIX_LMB),
			      lab = doctor_name("LAB", NBT_SUFFIX_LMB);

	(void)state;
	doctored(&facts, NET "group SHOP\n");
	facts.wanted_count = 1;
	doctored(&facts, STATUS);
	assert_true(doctor_plan(&facts));
	assert_non_null(doctor_asked(&facts, DOCTOR_SUBNET, &shop, at(HERE), 0));
	assert_null(doctor_asked(&facts, DOCTOR_SUBNET, &lab, at(HERE), 0));
	assert_null(doctor_asked(&facts, DOCTOR_LISTS, &lab, at("10.0.1.11"), 0));
	doctor_facts_free(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_leads_to_questions),
		cmocka_unit_test(a_plan_ends),
		cmocka_unit_test(only_what_is_wanted_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
