/* The doctor's facts: each once, found again, and bounded. */
#include "tools/doctor_facts.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "doctored.h"
#include "support.h"

static void a_question_is_there_once(void **state)
{
	struct doctor_facts facts = { .subnet_count = 0 };
	const struct nbt_name name = doctor_name("A", NBT_SUFFIX_SERVER);
	struct in_addr at = { htonl(0x0A000101) }, other = { htonl(0x0A000102) };

	(void)state;
	assert_null(doctor_asked(&facts, DOCTOR_STATUS, NULL, at, 0));
	assert_non_null(doctor_want(&facts, DOCTOR_STATUS, NULL, at, 0));
	assert_null(doctor_want(&facts, DOCTOR_STATUS, NULL, at, 0));
	assert_non_null(doctor_want(&facts, DOCTOR_STATUS, NULL, other, 0));
	assert_non_null(doctor_want(&facts, DOCTOR_PORT, NULL, at, 139));
	assert_non_null(doctor_want(&facts, DOCTOR_PORT, NULL, at, 445));
	assert_non_null(doctor_want(&facts, DOCTOR_SUBNET, &name, at, 0));
	assert_non_null(doctor_want(&facts, DOCTOR_LIMITED, &name, at, 0));
	assert_int_equal(facts.question_count, 6);
	doctor_facts_free(&facts);
	doctor_facts_free(&facts);
}

static void strangers_do_not_fill_the_memory(void **state)
{
	struct doctor_facts facts = { .subnet_count = 0 };
	const struct nbt_node_status node = { .count = 0 };
	struct in_addr at;

	(void)state;
	for (uint32_t i = 1; i <= DOCTOR_QUESTIONS + 5; i++) {
		at.s_addr = htonl(i);
		(void)doctor_want(&facts, DOCTOR_PORT, NULL, at, 139);
	}
	assert_int_equal(facts.question_count, DOCTOR_QUESTIONS);
	assert_true(facts.is_cut);
	for (uint32_t i = 1; i <= DOCTOR_QUESTIONS; i += 77) {
		at.s_addr = htonl(i);
		assert_non_null(doctor_asked(&facts, DOCTOR_PORT, NULL, at, 139));
		assert_false(doctor_add_status(&facts, at, &node)); /* no question is left for it */
	}
	doctor_facts_free(&facts);
	for (uint32_t i = 1; i <= DOCTOR_STATUSES + 5; i++) {
		at.s_addr = htonl(i);
		assert_int_equal(doctor_add_status(&facts, at, &node), i <= DOCTOR_STATUSES);
	}
	doctor_facts_free(&facts);
	for (unsigned i = 0; i < DOCTOR_WORKGROUPS + 5; i++) {
		char name[8];

		snprintf(name, sizeof(name), "W%u", i);
		assert_int_equal(doctor_add_workgroup(&facts, name), i < DOCTOR_WORKGROUPS);
	}
	doctor_facts_free(&facts);
}

static void a_server_of_two_lists_is_first_once(void **state)
{
	struct doctor_facts facts = { .subnet_count = 0 };

	(void)state;
	doctored(&facts,
		 "entry 10.0.0.1 LAB A\nentry 10.0.0.2 LAB a\nentry 10.0.0.2 LAB A group\n");
	assert_true(facts.entries[0].is_first);
	assert_false(facts.entries[1].is_first);
	assert_true(facts.entries[2].is_first);
	doctor_facts_free(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_there_once),
		cmocka_unit_test(strangers_do_not_fill_the_memory),
		cmocka_unit_test(a_server_of_two_lists_is_first_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
