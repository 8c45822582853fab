/* Conformance cases 32 to 52 of name-service.md 18: conflicts. */
#include "nbns.h"

#include <stdio.h>

#define FRED "FRED<20>"

/* FRED belongs to A. */
static struct nbns *run_with_fred(void)
{
	struct nbns *ns = nbns_run();

	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	return ns;
}

/* FRED belongs to A and C, who are one machine. */
static struct nbns *run_with_multihomed_fred(void)
{
	struct nbns *ns = run_with_fred();
	uint16_t id;

	claim(ns, &ns->c, MULTIHOMED, FRED, UNIQUE);
	expect_wack(ns, &ns->c, 9);
	id = expect_question(ns, &ns->a);
	say_mine(ns, &ns->a, id, FRED, "10.0.0.1 10.0.0.3");
	expect_positive(ns, &ns->c);
	expect_lists(ns, FRED, "10.0.0.1 10.0.0.3");
	return ns;
}

/* B claims FRED and is told to wait; returns the id of the first question to A. */
static uint16_t contest(struct nbns *ns, uint16_t flags, uint16_t nb_flags)
{
	claim(ns, &ns->b, flags, FRED, nb_flags);
	expect_wack(ns, &ns->b, 9);
	return expect_question(ns, &ns->a);
}

/* Nobody answers: 3 questions at 0, 0.5 and 1.5 s, the next thing at 3.5 s. */
static void expect_unanswered(struct nbns *ns, const struct client *owner, uint16_t id)
{
	nbns_pass_ms(ns, 499);
	expect_silence(ns);
	nbns_pass_ms(ns, 1);
	assert_int_equal(expect_question(ns, owner), id);
	nbns_pass_ms(ns, 999);
	expect_silence(ns);
	nbns_pass_ms(ns, 1);
	assert_int_equal(expect_question(ns, owner), id);
	nbns_pass_ms(ns, 1999);
	expect_silence(ns);
	nbns_pass_ms(ns, 1);
}

static void expect_new_owner(struct nbns *ns, uint64_t old_version)
{
	expect_positive(ns, &ns->b);
	expect_silence(ns);
	expect_lists(ns, FRED, "10.0.0.2");
	assert_true(version_of(ns, FRED) > old_version);
}

static void case_32_same_address_registers_again(void **state)
{
	struct nbns *ns = run_with_fred();
	struct record before = record_named(ns, FRED), after;

	(void)state;
	nbns_pass(ns, 1000);
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	expect_silence(ns);
	after = record_named(ns, FRED);
	assert_int_equal(after.version, before.version);
	assert_int_equal(after.expiry, before.expiry + 1000);
	nbns_free(ns);
}

static void case_33_the_owner_lives(void **state)
{
	struct nbns *ns = run_with_fred();
	uint64_t version = version_of(ns, FRED);
	uint16_t id = contest(ns, REGISTER, UNIQUE);

	(void)state;
	say_mine(ns, &ns->a, id, FRED, "10.0.0.1");
	expect_conflict(ns, &ns->b);
	nbns_pass(ns, 30);
	expect_silence(ns);
	expect_lists(ns, FRED, "10.0.0.1");
	assert_int_equal(version_of(ns, FRED), version);
	nbns_free(ns);
}

static void case_34_the_owner_is_silent(void **state)
{
	struct nbns *ns = run_with_fred();
	uint64_t version = version_of(ns, FRED);
	uint16_t id = contest(ns, REGISTER, UNIQUE);

	(void)state;
	expect_unanswered(ns, &ns->a, id);
	expect_new_owner(ns, version);
	nbns_free(ns);
}

static void case_35_the_owner_says_no(void **state)
{
	struct nbns *ns = run_with_fred();
	uint64_t version = version_of(ns, FRED);
	uint16_t id = contest(ns, REGISTER, UNIQUE);

	(void)state;
	say_not_mine(ns, &ns->a, id, FRED);
	expect_new_owner(ns, version);
	nbns_free(ns);
}

static void case_36_the_owner_is_the_claimant(void **state)
{
	struct nbns *ns = run_with_fred();
	uint64_t version = version_of(ns, FRED);
	uint16_t id = contest(ns, REGISTER, UNIQUE);

	(void)state;
	say_mine(ns, &ns->a, id, FRED, "10.0.0.1 10.0.0.2");
	expect_positive(ns, &ns->b);
	expect_lists(ns, FRED, "10.0.0.1 10.0.0.2");
	assert_int_equal(record_named(ns, FRED).kind, RECORD_MULTIHOMED);
	assert_true(version_of(ns, FRED) > version);
	nbns_free(ns);
}

static void case_37_addresses_not_named_are_dropped(void **state)
{
	struct nbns *ns = run_with_multihomed_fred();
	uint64_t version = version_of(ns, FRED);
	uint16_t id;

	(void)state;
	claim(ns, &ns->b, MULTIHOMED, FRED, UNIQUE);
	expect_wack(ns, &ns->b, 13);
	id = expect_question(ns, &ns->a);
	say_mine(ns, &ns->a, id, FRED, "10.0.0.1 10.0.0.2");
	expect_positive(ns, &ns->b);
	expect_lists(ns, FRED, "10.0.0.1 10.0.0.2");
	assert_true(version_of(ns, FRED) > version);
	nbns_free(ns);
}

static void case_38_retransmissions_are_dropped(void **state)
{
	struct nbns *ns = run_with_fred();
	uint64_t version = version_of(ns, FRED);
	uint16_t id = contest(ns, REGISTER, UNIQUE);

	(void)state;
	send_again(ns, &ns->b);
	expect_silence(ns);
	assert_int_equal(stat_value(ns, "dropped.repeated"), 1);
	expect_unanswered(ns, &ns->a, id);
	expect_new_owner(ns, version);
	nbns_free(ns);
}

static void case_39_the_administrator_was_faster(void **state)
{
	struct nbns *ns = run_with_fred();
	uint16_t id = contest(ns, REGISTER, UNIQUE);

	(void)state;
	put_static(ns, FRED, RECORD_UNIQUE, "10.0.0.9");
	nbns_pass_ms(ns, 0);
	expect_conflict(ns, &ns->b);
	say_mine(ns, &ns->a, id, FRED, "10.0.0.1"); /* too late */
	expect_silence(ns);
	nbns_pass(ns, 10);
	expect_silence(ns);
	assert_int_equal(stat_value(ns, "challenge.lost"), 0);
	expect_lists(ns, FRED, "10.0.0.9");
	nbns_free(ns);
}

/* As chance would have it, the claim's id comes first. */
static uint32_t count_up(void *ctx, uint32_t below)
{
	uint32_t *next = ctx;

	return (*next)++ % below;
}

static void case_40_questions_of_a_challenge(void **state)
{
	struct nbns *ns = run_with_fred();
	struct nbt_packet question;
	uint32_t next = ns->id;

	(void)state;
	ns->env.random = count_up;
	ns->env.random_ctx = &next;
	claim(ns, &ns->b, REGISTER, FRED, UNIQUE);
	expect_wack(ns, &ns->b, 9);
	next_packet(ns, &question, __LINE__);
	assert_int_equal(nbt_packet_flags_word(&question), 0x0000);
	assert_int_equal(question.question[0].type, NBT_TYPE_NB);
	assert_int_not_equal(question.id, ns->b.sent.id);
	nbns_free(ns);
}

static void case_41_several_owners_are_asked(void **state)
{
	struct nbns *ns = run_with_multihomed_fred();
	uint16_t first, second;

	(void)state;
	claim(ns, &ns->b, REGISTER, FRED, UNIQUE);
	expect_wack(ns, &ns->b, 13);
	first = expect_question(ns, &ns->a);
	say_not_mine(ns, &ns->a, first, FRED);
	second = expect_question(ns, &ns->c);
	assert_int_not_equal(first, second);
	say_mine(ns, &ns->c, second, FRED, "10.0.0.1 10.0.0.3");
	expect_conflict(ns, &ns->b);

	claim(ns, &ns->b, REGISTER, FRED, UNIQUE);
	expect_wack(ns, &ns->b, 13);
	first = expect_question(ns, &ns->a);
	expect_unanswered(ns, &ns->a, first);
	second = expect_question(ns, &ns->c);
	expect_unanswered(ns, &ns->c, second);
	expect_positive(ns, &ns->b);
	expect_lists(ns, FRED, "10.0.0.2");
	nbns_free(ns);
}

static void case_42_a_group_against_a_unique_name(void **state)
{
	struct nbns *ns = run_with_fred();
	uint16_t id = contest(ns, REGISTER, GROUP);

	(void)state;
	say_mine(ns, &ns->a, id, FRED, "10.0.0.1");
	expect_conflict(ns, &ns->b);
	id = contest(ns, REGISTER, GROUP);
	expect_unanswered(ns, &ns->a, id);
	expect_positive(ns, &ns->b);
	assert_int_equal(record_named(ns, FRED).kind, RECORD_GROUP);
	nbns_free(ns);
}

#define LAB "LAB<00>"

static void case_43_a_unique_name_against_a_group(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, LAB, GROUP);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, LAB, UNIQUE);
	expect_conflict(ns, &ns->b);
	expect_silence(ns);
	nbns_free(ns);
}

static void case_44_a_unique_name_against_a_group_that_is_gone(void **state)
{
	struct nbns *ns = nbns_run();
	struct record record;

	(void)state;
	claim(ns, &ns->a, REGISTER, LAB, GROUP);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->a, RELEASE, LAB, GROUP);
	expect_positive(ns, &ns->a);
	record = record_named(ns, LAB);
	assert_int_equal(record.state, RECORD_RELEASED);
	claim(ns, &ns->b, REGISTER, LAB, UNIQUE);
	expect_conflict(ns, &ns->b);

	record.state = RECORD_TOMBSTONE;
	plant(ns, &record);
	claim(ns, &ns->b, REGISTER, LAB, UNIQUE);
	expect_conflict(ns, &ns->b);
	nbns_free(ns);
}

static void case_45_a_released_name(void **state)
{
	struct nbns *ns = run_with_fred();
	uint64_t version = version_of(ns, FRED);

	(void)state;
	claim(ns, &ns->a, RELEASE, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, FRED, UNIQUE);
	expect_new_owner(ns, version);
	nbns_free(ns);
}

static void expect_taken_from(struct record *record)
{
	struct nbns *ns = nbns_run();

	record->expiry = record->address[0].expiry =
		service_lease_now(ns->service, &ns->env) + 1000;
	plant(ns, record);
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_positive(ns, &ns->a);
	expect_silence(ns);
	*record = record_named(ns, FRED);
	assert_int_equal(record->state, RECORD_ACTIVE);
	assert_true(record_is_owned(record));
	assert_int_equal(record->address[0].owner.s_addr, OWNER_SELF.s_addr);
	assert_int_equal(record->version, 1);
	nbns_free(ns);
}

static void case_46_a_tombstone(void **state)
{
	struct nbns *ns = nbns_run();
	struct record own = record_of(ns, FRED, RECORD_UNIQUE, "10.0.0.1");
	struct record other = record_of(ns, FRED, RECORD_UNIQUE, "10.0.0.2");
	struct record replica = replica_of(ns, FRED, RECORD_UNIQUE, "10.0.0.1");

	(void)state;
	nbns_free(ns);
	own.state = other.state = replica.state = RECORD_TOMBSTONE;
	own.version = other.version = 0;
	expect_taken_from(&own);
	expect_taken_from(&other);
	expect_taken_from(&replica);
}

static void case_47_a_replica(void **state)
{
	struct nbns *ns = nbns_run();
	struct record replica = replica_of(ns, FRED, RECORD_UNIQUE, "10.0.0.1");

	(void)state;
	nbns_free(ns);
	expect_taken_from(&replica);
}

static void case_48_a_static_name(void **state)
{
	struct nbns *ns = nbns_run();
	uint16_t id;

	(void)state;
	put_static(ns, FRED, RECORD_UNIQUE, "10.0.0.1");
	claim(ns, &ns->a, REGISTER, FRED, UNIQUE);
	expect_conflict(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, FRED, UNIQUE);
	expect_conflict(ns, &ns->b);
	expect_silence(ns);

	ns->settings.migrate = true;
	nbns_restart(ns);
	id = contest(ns, REGISTER, UNIQUE);
	expect_unanswered(ns, &ns->a, id);
	expect_positive(ns, &ns->b);
	assert_false(record_named(ns, FRED).is_static);
	expect_lists(ns, FRED, "10.0.0.2");
	nbns_free(ns);
}

static void case_49_a_static_group(void **state)
{
	struct nbns *ns = nbns_run();
	struct record before, after;

	(void)state;
	put_static(ns, LAB, RECORD_GROUP, "");
	before = record_named(ns, LAB);
	claim(ns, &ns->a, REGISTER, LAB, GROUP);
	expect_positive(ns, &ns->a);
	after = record_named(ns, LAB);
	assert_true(after.is_static);
	assert_int_equal(after.expiry, LEASE_FOREVER);
	assert_int_equal(after.version, before.version);
	nbns_free(ns);
}

static void case_50_refresh_of_anothers_name(void **state)
{
	struct nbns *ns = run_with_fred();
	uint64_t version = version_of(ns, FRED);
	uint16_t id = contest(ns, REFRESH, UNIQUE);

	(void)state;
	say_mine(ns, &ns->a, id, FRED, "10.0.0.1");
	expect_conflict(ns, &ns->b);
	id = contest(ns, 0x4800, UNIQUE);
	expect_unanswered(ns, &ns->a, id);
	expect_new_owner(ns, version);
	nbns_free(ns);
}

#define LAB_DC "LAB<1C>"

static void case_51_a_special_group_grows(void **state)
{
	struct nbns *ns = nbns_run();
	uint64_t first, second;

	(void)state;
	claim(ns, &ns->a, REGISTER, LAB_DC, GROUP);
	expect_positive(ns, &ns->a);
	first = version_of(ns, LAB_DC);
	claim(ns, &ns->b, REGISTER, LAB_DC, GROUP);
	expect_positive(ns, &ns->b);
	second = version_of(ns, LAB_DC);
	expect_lists(ns, LAB_DC, "10.0.0.1 10.0.0.2");
	assert_true(second > first);

	nbns_pass(ns, 1000);
	claim(ns, &ns->b, REGISTER, LAB_DC, GROUP);
	expect_positive(ns, &ns->b);
	assert_int_equal(version_of(ns, LAB_DC), second);
	nbns_free(ns);
}

/* 10.0.1.1 to 10.0.1.25 */
static void register_25(struct nbns *ns)
{
	char address[16];

	for (int i = 1; i <= 25; i++) {
		snprintf(address, sizeof(address), "10.0.1.%d", i);
		claim_for(ns, &ns->a, REGISTER, LAB_DC, GROUP, address);
		expect_positive(ns, &ns->a);
		nbns_pass(ns, 1);
	}
	ns->seen = ns->arrived = 0;
}

static bool is_listed(struct nbns *ns, const char *address)
{
	struct client client = client_at(address);
	struct record record = record_named(ns, LAB_DC);

	assert_int_equal(record.address_count, 25);
	for (size_t i = 0; i < record.address_count; i++)
		if (record.address[i].address.s_addr == client.address.s_addr)
			return true;
	return false;
}

static void case_52_a_full_special_group(void **state)
{
	struct nbns *ns = nbns_run();
	struct record record;

	(void)state;
	register_25(ns);
	record = record_named(ns, LAB_DC);
	record.address[20].owner = partner;
	plant(ns, &record);
	claim(ns, &ns->b, REGISTER, LAB_DC, GROUP);
	expect_positive(ns, &ns->b);
	assert_false(is_listed(ns, "10.0.1.21"));
	assert_true(is_listed(ns, "10.0.0.2"));

	claim(ns, &ns->c, REGISTER, LAB_DC, GROUP);
	expect_positive(ns, &ns->c);
	assert_false(is_listed(ns, "10.0.1.1"));
	assert_true(is_listed(ns, "10.0.1.2"));
	assert_true(is_listed(ns, "10.0.0.2"));
	assert_true(is_listed(ns, "10.0.0.3"));
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_32_same_address_registers_again),
		cmocka_unit_test(case_33_the_owner_lives),
		cmocka_unit_test(case_34_the_owner_is_silent),
		cmocka_unit_test(case_35_the_owner_says_no),
		cmocka_unit_test(case_36_the_owner_is_the_claimant),
		cmocka_unit_test(case_37_addresses_not_named_are_dropped),
		cmocka_unit_test(case_38_retransmissions_are_dropped),
		cmocka_unit_test(case_39_the_administrator_was_faster),
		cmocka_unit_test(case_40_questions_of_a_challenge),
		cmocka_unit_test(case_41_several_owners_are_asked),
		cmocka_unit_test(case_42_a_group_against_a_unique_name),
		cmocka_unit_test(case_43_a_unique_name_against_a_group),
		cmocka_unit_test(case_44_a_unique_name_against_a_group_that_is_gone),
		cmocka_unit_test(case_45_a_released_name),
		cmocka_unit_test(case_46_a_tombstone),
		cmocka_unit_test(case_47_a_replica),
		cmocka_unit_test(case_48_a_static_name),
		cmocka_unit_test(case_49_a_static_group),
		cmocka_unit_test(case_50_refresh_of_anothers_name),
		cmocka_unit_test(case_51_a_special_group_grows),
		cmocka_unit_test(case_52_a_full_special_group),
	};

	return cmocka_run_group_tests_name("conformance: conflicts", tests, NULL, NULL);
}
