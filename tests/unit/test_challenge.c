/* Challenges with a clock of the test's own: whom they ask when, and whose answer counts. */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "nbnsd/service/challenge.h"

#define CLAIM_ID 7

struct room {
	struct challenges challenges;
	struct nbt_env env;
	uint32_t lots; /* drawn so far */
};

/* The claim's id comes first, then each number twice: what is taken must be skipped. */
static uint32_t draw(void *ctx, uint32_t below)
{
	struct room *room = ctx;

	return (CLAIM_ID + room->lots++ / 2) % below;
}

static void room_open(struct room *room, uint32_t max)
{
	memset(room, 0, sizeof(*room));
	room->env = (struct nbt_env){ .now_ms = 1000, .random = draw, .random_ctx = room };
	assert_true(challenges_init(&room->challenges, 500, 3, max));
}

static void room_close(struct room *room)
{
	challenges_free(&room->challenges);
}

/* 10.0.0.n */
static struct in_addr address_of(unsigned n)
{
	return (struct in_addr){ htonl(0x0A000000u + n) };
}

static struct record record_with(uint8_t count)
{
	struct record record = { .name = name_of("FRED<20>"),
				 .version = 5,
				 .address_count = count };

	for (uint8_t i = 0; i < count; i++)
		record.address[i].address = address_of(i + 1u);
	return record;
}

static uint32_t begin(struct room *room, uint32_t id, uint8_t addresses)
{
	const struct record record = record_with(addresses);

	return challenges_begin(&room->challenges, id, &record, 0, CLAIM_ID, &room->env);
}

static struct challenge *at(struct room *room, uint32_t number)
{
	return challenges_at(&room->challenges, number);
}

/* Fails unless the next thing is this, at this time, for this challenge. */
static void expect_step(struct room *room, uint64_t when, enum challenge_step want, uint32_t whose)
{
	uint32_t number = CHALLENGE_NONE;

	assert_int_equal(challenges_deadline(&room->challenges), when);
	room->env.now_ms = when - 1;
	assert_int_equal(challenges_step(&room->challenges, &room->env, &number), CHALLENGE_WAIT);
	room->env.now_ms = when;
	assert_int_equal(challenges_step(&room->challenges, &room->env, &number), want);
	assert_int_equal(number, whose);
}

static void expect_ask(struct room *room, uint64_t when, uint32_t whose, unsigned asked)
{
	struct challenge *challenge = at(room, whose);

	expect_step(room, when, CHALLENGE_ASK, whose);
	assert_int_equal(challenge->address[challenge->asked].s_addr, address_of(asked).s_addr);
}

static void each_address_is_asked_three_times(void **state)
{
	struct room room;
	uint32_t number;
	uint16_t first;

	(void)state;
	room_open(&room, 10);
	assert_int_equal(challenges_deadline(&room.challenges), NBT_NEVER);
	number = begin(&room, 0, 2);
	expect_ask(&room, 1000, number, 1);
	first = at(&room, number)->id;
	expect_ask(&room, 1500, number, 1);
	expect_ask(&room, 2500, number, 1);
	assert_int_equal(at(&room, number)->id, first);
	expect_ask(&room, 4500, number, 2);
	assert_int_not_equal(at(&room, number)->id, first);
	expect_ask(&room, 5000, number, 2);
	expect_ask(&room, 6000, number, 2);
	expect_step(&room, 8000, CHALLENGE_LOST, number);
	challenges_end(&room.challenges, number);
	assert_int_equal(challenges_deadline(&room.challenges), NBT_NEVER);
	room_close(&room);
}

static void ids_are_fresh(void **state)
{
	struct room room;
	uint32_t one, two;

	(void)state;
	room_open(&room, 10);
	one = begin(&room, 0, 1);
	two = begin(&room, 1, 1);
	assert_int_not_equal(at(&room, one)->id, CLAIM_ID);
	assert_int_not_equal(at(&room, two)->id, CLAIM_ID);
	assert_int_not_equal(at(&room, one)->id, at(&room, two)->id);
	room_close(&room);
}

static void one_per_record_is_found(void **state)
{
	struct room room;
	uint32_t one, two;

	(void)state;
	room_open(&room, 10);
	assert_int_equal(challenges_find(&room.challenges, 4), CHALLENGE_NONE);
	one = begin(&room, 4, 1);
	two = begin(&room, 5, 1);
	assert_int_equal(challenges_find(&room.challenges, 4), one);
	assert_int_equal(challenges_find(&room.challenges, 5), two);
	assert_int_equal(challenges_find(&room.challenges, 6), CHALLENGE_NONE);
	challenges_end(&room.challenges, one);
	assert_int_equal(challenges_find(&room.challenges, 4), CHALLENGE_NONE);
	assert_int_equal(challenges_find(&room.challenges, 5), two);
	room_close(&room);
}

static void their_number_is_bounded(void **state)
{
	struct room room;
	uint32_t first;

	(void)state;
	room_open(&room, 2);
	first = begin(&room, 0, 1);
	assert_int_not_equal(begin(&room, 1, 1), CHALLENGE_NONE);
	assert_int_equal(begin(&room, 2, 1), CHALLENGE_NONE);
	challenges_end(&room.challenges, first);
	assert_int_not_equal(begin(&room, 2, 1), CHALLENGE_NONE);
	room_close(&room);
}

/* Deadlines come in their order, whatever comes and goes between. */
static void many_at_once(void **state)
{
	enum { MANY = 300 };
	struct room room;
	uint32_t number[MANY], got;
	uint64_t before = 0;
	size_t lost = 0;

	(void)state;
	room_open(&room, MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		room.env.now_ms = 1000 + i * 37 % 211;
		number[i] = begin(&room, i, 1);
		assert_int_not_equal(number[i], CHALLENGE_NONE);
	}
	for (uint32_t i = 0; i < MANY; i += 3)
		challenges_end(&room.challenges, number[i]);
	while (challenges_deadline(&room.challenges) != NBT_NEVER) {
		assert_true(challenges_deadline(&room.challenges) >= before);
		before = room.env.now_ms = challenges_deadline(&room.challenges);
		if (challenges_step(&room.challenges, &room.env, &got) == CHALLENGE_LOST) {
			assert_int_not_equal(at(&room, got)->record % 3, 0);
			challenges_end(&room.challenges, got);
			lost++;
		}
	}
	assert_int_equal(lost, 200);
	room_close(&room);
}

/*
 * Answers.
 */

enum { RIGHT_ID = 1, RIGHT_NAME = 2, RIGHT_SCOPE = 4, RIGHT_PEER = 8, ALL_RIGHT = 15 };

static const struct answer_case {
	const char *what;
	unsigned right;
	uint8_t opcode, rcode;
	uint16_t type;
	bool record; /* there is one */
	uint16_t len;
	enum challenge_answer want;
} answers[] = {
	{ "positive", ALL_RIGHT, 0, 0, NBT_TYPE_NB, true, 6, CHALLENGE_POSITIVE },
	{ "another id", ALL_RIGHT & ~RIGHT_ID, 0, 0, NBT_TYPE_NB, true, 6, CHALLENGE_STRAY },
	{ "another name", ALL_RIGHT & ~RIGHT_NAME, 0, 0, NBT_TYPE_NB, true, 6, CHALLENGE_STRAY },
	{ "another scope", ALL_RIGHT & ~RIGHT_SCOPE, 0, 0, NBT_TYPE_NB, true, 6, CHALLENGE_STRAY },
	{ "another peer", ALL_RIGHT & ~RIGHT_PEER, 0, 0, NBT_TYPE_NB, true, 6, CHALLENGE_STRAY },
	{ "another opcode", ALL_RIGHT, 5, 0, NBT_TYPE_NB, true, 6, CHALLENGE_STRAY },
	{ "positive without an address", ALL_RIGHT, 0, 0, NBT_TYPE_NB, true, 0, CHALLENGE_STRAY },
	{ "positive without a record", ALL_RIGHT, 0, 0, NBT_TYPE_NB, false, 0, CHALLENGE_STRAY },
	{ "positive of another type", ALL_RIGHT, 0, 0, NBT_TYPE_NBSTAT, true, 6, CHALLENGE_STRAY },
	{ "negative, NULL record", ALL_RIGHT, 0, 3, NBT_TYPE_NULL, true, 0, CHALLENGE_NEGATIVE },
	{ "negative, NB record", ALL_RIGHT, 0, 3, NBT_TYPE_NB, true, 0, CHALLENGE_NEGATIVE },
	{ "negative without a record", ALL_RIGHT, 0, 3, NBT_TYPE_NB, false, 0, CHALLENGE_NEGATIVE },
	{ "negative, another peer", ALL_RIGHT & ~RIGHT_PEER, 0, 3, NBT_TYPE_NB, false, 0,
	  CHALLENGE_STRAY },
	{ "negative, another name", ALL_RIGHT & ~RIGHT_NAME, 0, 3, NBT_TYPE_NULL, true, 0,
	  CHALLENGE_STRAY },
};

static enum challenge_answer answer(struct room *room, uint16_t id, const struct answer_case *c,
				    uint32_t *number)
{
	static const uint8_t rdata[6] = { 0x60, 0, 10, 0, 0, 1 };
	const struct nbt_name name = name_of(c->right & RIGHT_NAME ? "FRED<20>" : "WILMA<20>");
	const struct nbt_scope scope = scope_of(c->right & RIGHT_SCOPE ? "" : "X");
	struct nbt_packet packet;

	nbt_make_response(&packet, (enum nbt_opcode)c->opcode,
			  (uint16_t)(c->right & RIGHT_ID ? id : id + 1), NBT_FLAG_AA,
			  (enum nbt_rcode)c->rcode, &name, &scope, c->type, 0, rdata, c->len);
	packet.answer_count = c->record;
	return challenges_answer(&room->challenges, address_of(c->right & RIGHT_PEER ? 1 : 2),
				 &packet, &room->env, number);
}

static void answers_that_count(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct room room;
		uint32_t number, got;

		room_open(&room, 10);
		number = begin(&room, 0, 2);
		expect_ask(&room, 1000, number, 1);
		if (answer(&room, at(&room, number)->id, &answers[i], &got) != answers[i].want)
			fail_msg("%s", answers[i].what);
		room_close(&room);
	}
}

static void nothing_counts_before_it_is_asked(void **state)
{
	struct room room;
	uint32_t number, got;

	(void)state;
	room_open(&room, 10);
	assert_int_equal(answer(&room, 0, &answers[0], &got), CHALLENGE_STRAY);
	number = begin(&room, 0, 1);
	assert_int_equal(answer(&room, at(&room, number)->id, &answers[0], &got), CHALLENGE_STRAY);
	room_close(&room);
}

static void after_no_the_next_is_asked_at_once(void **state)
{
	const struct answer_case no = { "no",          ALL_RIGHT, 0, 3,
					NBT_TYPE_NULL, true,      0, CHALLENGE_NEGATIVE };
	struct room room;
	uint32_t number, got;
	uint16_t id;

	(void)state;
	room_open(&room, 10);
	number = begin(&room, 0, 2);
	expect_ask(&room, 1000, number, 1);
	id = at(&room, number)->id;
	assert_int_equal(answer(&room, id, &no, &got), CHALLENGE_NEGATIVE);
	expect_ask(&room, 1000, number, 2);

	/* The first one, late or again, has nothing to say any more. */
	assert_int_equal(answer(&room, id, &answers[0], &got), CHALLENGE_STRAY);
	assert_int_equal(answer(&room, at(&room, number)->id, &answers[0], &got), CHALLENGE_STRAY);
	expect_ask(&room, 1500, number, 2);
	room_close(&room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_is_asked_three_times),
		cmocka_unit_test(ids_are_fresh),
		cmocka_unit_test(one_per_record_is_found),
		cmocka_unit_test(their_number_is_bounded),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(answers_that_count),
		cmocka_unit_test(nothing_counts_before_it_is_asked),
		cmocka_unit_test(after_no_the_next_is_asked_at_once),
	};

	return cmocka_run_group_tests_name("challenge", tests, NULL, NULL);
}
