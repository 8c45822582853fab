/* What programs say on datagram.sock, and what they are told. */
#include "dgram.h"

#include <stdio.h>

static void expect_answer(const struct dgram_fixture *f, size_t i, uint32_t client, uint16_t id,
			  enum nbt_opcode opcode, enum nbt_rcode rcode)
{
	const struct told_message *told = &f->told[i];

	assert_true(i < f->told_count);
	assert_false(told->is_datagram);
	assert_int_equal(told->client, client);
	assert_int_equal(told->packet.id, id);
	assert_int_equal(told->packet.opcode, opcode);
	assert_int_equal(told->packet.rcode, rcode);
	assert_true((told->packet.flags & NBT_FLAG_R) != 0);
}

static void a_subscription_claims_the_name(void **state)
{
	const struct nbt_name fred = name_of("FRED<20>");
	struct dgram_fixture *f = *state;

	dgram_subscribe(f, 1, 77, "FRED<20>", false);
	assert_int_equal(f->claimed_count, 1);
	assert_true(nbt_name_equal(&f->claimed[0].name, &fred));
	assert_int_equal(f->told_count, 0); /* nbnsd has not said anything */
	dgram_decide(f, LOCAL_CLAIMED, &f->claimed[0], NBT_RCODE_OK);
	assert_int_equal(f->told_count, 1);
	expect_answer(f, 0, 1, 77, NBT_OP_REGISTRATION, NBT_RCODE_OK);
}

static void a_name_is_claimed_once_for_all(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_subscribe(f, 1, 10, "LAB<1E>", true);
	dgram_subscribe(f, 2, 20, "LAB<1E>", true);
	assert_int_equal(f->claimed_count, 1);
	dgram_decide(f, LOCAL_CLAIMED, &f->claimed[0], NBT_RCODE_OK);
	assert_int_equal(f->told_count, 2);
	expect_answer(f, 0, 1, 10, NBT_OP_REGISTRATION, NBT_RCODE_OK);
	expect_answer(f, 1, 2, 20, NBT_OP_REGISTRATION, NBT_RCODE_OK);
	dgram_subscribe(f, 3, 30, "LAB<1E>", true); /* it is held already */
	expect_answer(f, 2, 3, 30, NBT_OP_REGISTRATION, NBT_RCODE_OK);
	dgram_unsubscribe(f, 1, 11, "LAB<1E>");
	dgram_unsubscribe(f, 2, 21, "LAB<1E>");
	assert_int_equal(f->released_count, 0);
	dgram_unsubscribe(f, 3, 31, "LAB<1E>");
	assert_int_equal(f->released_count, 1);
	expect_answer(f, 5, 3, 31, NBT_OP_RELEASE, NBT_RCODE_OK);
	dgram_unsubscribe(f, 3, 32, "LAB<1E>");
	expect_answer(f, 6, 3, 32, NBT_OP_RELEASE, NBT_RCODE_NAM_ERR);
}

static void a_refusal_is_told_as_it_came(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_subscribe(f, 1, 5, "FRED<20>", false);
	dgram_decide(f, LOCAL_REFUSED, &f->claimed[0], NBT_RCODE_ACT_ERR);
	expect_answer(f, 0, 1, 5, NBT_OP_REGISTRATION, NBT_RCODE_ACT_ERR);
	dgram_subscribe(f, 1, 6, "FRED<20>", false);
	assert_int_equal(f->claimed_count, 2); /* it starts anew */
}

static void every_request_is_answered(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_subscribe(f, 1, 5, "FRED<20>", false);
	dgram_subscribe(f, 1, 5, "FRED<20>", false); /* the same request once more */
	assert_int_equal(f->told_count, 0);
	dgram_subscribe(f, 1, 6, "FRED<20>", false); /* another one, before it is decided */
	assert_int_equal(f->told_count, 1);
	expect_answer(f, 0, 1, 5, NBT_OP_REGISTRATION, NBT_RCODE_NAM_ERR);
	dgram_subscribe(f, 1, 7, "FRED<20>", true); /* of the other kind: 6 goes on */
	assert_int_equal(f->told_count, 2);
	expect_answer(f, 1, 1, 7, NBT_OP_REGISTRATION, NBT_RCODE_ACT_ERR);
	dgram_unsubscribe(f, 1, 8, "FRED<20>");
	assert_int_equal(f->told_count, 4);
	expect_answer(f, 2, 1, 6, NBT_OP_REGISTRATION, NBT_RCODE_NAM_ERR);
	expect_answer(f, 3, 1, 8, NBT_OP_RELEASE, NBT_RCODE_OK);
	dgram_unsubscribe(f, 1, 9, "FRED<20>");
	assert_int_equal(f->told_count, 5);
	expect_answer(f, 4, 1, 9, NBT_OP_RELEASE, NBT_RCODE_NAM_ERR);
}

static void a_name_that_is_lost_is_a_conflict(void **state)
{
	struct dgram_fixture *f = *state;
	const struct nbt_local_claim claim = { .name = name_of("FRED<20>") };

	dgram_hold(f, 1, "FRED<20>", false);
	dgram_decide(f, LOCAL_LOST, &claim, NBT_RCODE_CFT_ERR);
	expect_answer(f, 0, 1, 1, NBT_OP_REGISTRATION, NBT_RCODE_CFT_ERR);
	dgram_clear(f);
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_DIRECT_UNIQUE,
						  .from = "10.1.0.9",
						  .source_name = "ANNE<00>",
						  .to_name = "FRED<20>",
						  .data = "hi" });
	assert_int_equal(f->told_count, 0);
}

/* nbnsd was started anew: the claim was made again, and somebody else had been faster. */
static void a_name_refused_after_it_was_held_is_a_conflict(void **state)
{
	struct dgram_fixture *f = *state;
	const struct nbt_local_claim claim = { .name = name_of("FRED<20>") };

	dgram_hold(f, 1, "FRED<20>", false);
	dgram_decide(f, LOCAL_REFUSED, &claim, NBT_RCODE_ACT_ERR);
	expect_answer(f, 0, 1, 1, NBT_OP_REGISTRATION, NBT_RCODE_CFT_ERR);
}

static void a_name_of_the_other_kind_is_refused(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_hold(f, 1, "LAB<1E>", true);
	dgram_subscribe(f, 2, 9, "LAB<1E>", false);
	expect_answer(f, 0, 2, 9, NBT_OP_REGISTRATION, NBT_RCODE_ACT_ERR);
}

static void the_broadcast_name_is_nobodys_claim(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_subscribe(f, 1, 3, "*", true);
	assert_int_equal(f->claimed_count, 0);
	expect_answer(f, 0, 1, 3, NBT_OP_REGISTRATION, NBT_RCODE_OK);
	dgram_client_gone(f->service, 1);
	assert_int_equal(f->released_count, 0);
}

static void who_goes_leaves_his_names(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_hold(f, 1, "FRED<20>", false);
	dgram_hold(f, 1, "LAB<1E>", true);
	dgram_hold(f, 2, "LAB<1E>", true);
	dgram_client_gone(f->service, 1);
	assert_int_equal(f->released_count, 1);
	assert_int_equal(f->released[0].name.bytes[0], 'F');
	dgram_client_gone(f->service, 2);
	assert_int_equal(f->released_count, 2);
}

static void too_many_names_are_refused(void **state)
{
	struct dgram_fixture *f = *state;
	char name[16];

	for (unsigned i = 0; i < 16; i++) {
		snprintf(name, sizeof(name), "N%u<20>", i);
		dgram_subscribe(f, 1, (uint16_t)i, name, false);
	}
	assert_int_equal(f->told_count, 0);
	dgram_subscribe(f, 1, 99, "ONE-MORE<20>", false);
	expect_answer(f, 0, 1, 99, NBT_OP_REGISTRATION, NBT_RCODE_SRV_ERR);
}

static void a_claim_that_cannot_be_made_is_refused(void **state)
{
	struct dgram_fixture *f = *state;

	f->is_speechless = true;
	dgram_subscribe(f, 1, 4, "FRED<20>", false);
	expect_answer(f, 0, 1, 4, NBT_OP_REGISTRATION, NBT_RCODE_SRV_ERR);
	f->is_speechless = false;
	dgram_subscribe(f, 1, 5, "FRED<20>", false);
	assert_int_equal(f->claimed_count, 1);
}

static void deliveries_know_interface_and_sender(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_hold(f, 1, "LAB<1E>", true);
	dgram_hold(f, 2, "LAB<1E>", true);
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_DIRECT_GROUP,
						  .from = "10.2.0.9",
						  .source_name = "ANNE<00>",
						  .to_name = "LAB<1E>",
						  .socket = SOCKET_LAN2,
						  .to_broadcast = true,
						  .data = "hello" });
	assert_int_equal(f->told_count, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct told_message *told = &f->told[i];

		assert_true(told->is_datagram);
		assert_int_equal(told->client, i + 1);
		assert_int_equal(told->envelope.interface.s_addr, ip(OUR_LAN2).s_addr);
		assert_int_equal(told->envelope.peer.s_addr, ip("10.2.0.9").s_addr);
		assert_int_equal(told->envelope.peer_port, 138);
		assert_int_equal(told->envelope.flags, NBT_LOCAL_DATAGRAM | NBT_LOCAL_BROADCAST);
		assert_memory_equal(told->datagram.data, "hello", 5);
	}
	assert_int_equal(dgram_counter(f, "datagrams.delivered"), 2);
}

static void another_scope_gets_nothing(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_hold(f, 1, "LAB<1E>", true);
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_DIRECT_GROUP,
						  .from = "10.1.0.9",
						  .source_name = "ANNE<00>",
						  .to_name = "LAB<1E>",
						  .scope = "ELSEWHERE",
						  .to_broadcast = true,
						  .data = "hello" });
	assert_int_equal(f->told_count, 0);
	assert_int_equal(dgram_counter(f, "datagrams.not-wanted"), 1);
}

static void who_does_not_read_loses_what_is_counted(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_hold(f, 1, "LAB<1E>", true);
	f->is_deaf = true;
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_DIRECT_GROUP,
						  .from = "10.1.0.9",
						  .source_name = "ANNE<00>",
						  .to_name = "LAB<1E>",
						  .data = "hello" });
	assert_int_equal(dgram_counter(f, "datagrams.lost"), 1);
	assert_int_equal(dgram_counter(f, "datagrams.delivered"), 0);
}

static void strangers_are_not_heard(void **state)
{
	struct dgram_fixture *f = *state;

	dgram_hold(f, 1, "LAB<1E>", true);
	dgram_packet(f, &(struct network_packet){ .type = NBT_DGM_DIRECT_GROUP,
						  .from = "192.0.2.1",
						  .source_name = "ANNE<00>",
						  .to_name = "LAB<1E>",
						  .data = "hello" });
	assert_int_equal(f->told_count, 0);
	assert_int_equal(dgram_counter(f, "datagrams.not-allowed"), 1);
}

static const struct bad_message {
	const char *what;
	const char *hex;
	bool is_answered;
} bad_messages[] = {
	{ "nothing", "", false },
	{ "half an envelope", "01 00 00 00 00 00 00 00", false },
	{ "another version", "02 00 0000 00000000 00000000 0000 0000 0000 0000", false },
	{ "an envelope alone", "01 00 0000 00000000 00000000 0000 0000", false },
	{ "a response", "01 00 0000 00000000 00000000 0000 0000 0001 8500 0000 0000 0000 0000",
	  false },
	{ "a header that promises more",
	  "01 00 0000 00000000 00000000 0000 0000 0001 2900 0001 0000 0000 0001", true },
	{ "a query", "01 00 0000 00000000 00000000 0000 0000 0001 0100 0000 0000 0000 0000", true },
	{ "a datagram that is none", "01 04 0000 00000000 00000000 0000 0000 ff", false },
	{ "a datagram error of a program",
	  "01 04 0000 00000000 00000000 0000 0000 13 02 0001 00000000 0000 82", false },
};

static void bad_messages_are_answered_or_end_the_connection(void **state)
{
	struct dgram_fixture *f = *state;
	uint8_t bytes[256];

	for (size_t i = 0; i < ARRAY_SIZE(bad_messages); i++) {
		const struct bad_message *c = &bad_messages[i];
		size_t len = unhex(bytes, sizeof(bytes), c->hex);

		dgram_clear(f);
		if (dgram_message(f->service, 1, bytes, len, &f->env) != c->is_answered ||
		    f->told_count != c->is_answered)
			fail_msg("%s", c->what);
		if (c->is_answered && f->told[0].packet.rcode == NBT_RCODE_OK)
			fail_msg("%s: no error", c->what);
	}
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, dgram_set_up, dgram_tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(a_subscription_claims_the_name),
		TEST(a_name_is_claimed_once_for_all),
		TEST(a_refusal_is_told_as_it_came),
		TEST(every_request_is_answered),
		TEST(a_name_that_is_lost_is_a_conflict),
		TEST(a_name_refused_after_it_was_held_is_a_conflict),
		TEST(a_name_of_the_other_kind_is_refused),
		TEST(the_broadcast_name_is_nobodys_claim),
		TEST(who_goes_leaves_his_names),
		TEST(too_many_names_are_refused),
		TEST(a_claim_that_cannot_be_made_is_refused),
		TEST(deliveries_know_interface_and_sender),
		TEST(another_scope_gets_nothing),
		TEST(who_does_not_read_loses_what_is_counted),
		TEST(strangers_are_not_heard),
		TEST(bad_messages_are_answered_or_end_the_connection),
	};

	return cmocka_run_group_tests_name("dgram_clients", tests, NULL, NULL);
}
