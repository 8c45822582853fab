/* Claims that wait: known again, held until their batch is committed, out in their order. */
#include "support.h"

#include "nbnsd/service/waiting.h"

static const struct hash_key key = { 1, 2 };

static struct claim claim_number(uint16_t id)
{
	return (struct claim){ .id = id,
			       .opcode = NBT_OP_REGISTRATION,
			       .source = { 0x0100000A },
			       .source_port = 137 };
}

static void requests_are_known_again(void **state)
{
	struct waiting *waiting = waiting_create(10, &key);
	const struct claim claim = claim_number(7);
	struct claim other[4] = { claim, claim, claim, claim };
	uint32_t number;

	(void)state;
	assert_false(waiting_has(waiting, &claim));
	number = waiting_add(waiting, &claim);
	assert_true(waiting_has(waiting, &claim));
	other[0].id++;
	other[1].opcode = NBT_OP_REFRESH;
	other[2].source.s_addr++;
	other[3].source_port++;
	for (size_t i = 0; i < ARRAY_SIZE(other); i++)
		assert_false(waiting_has(waiting, &other[i]));
	waiting_remove(waiting, number);
	assert_false(waiting_has(waiting, &claim));
	waiting_destroy(waiting);
}

static void their_number_is_bounded(void **state)
{
	struct waiting *waiting = waiting_create(2, &key);
	const struct claim claims[] = { claim_number(1), claim_number(2), claim_number(3) };
	uint32_t first = waiting_add(waiting, &claims[0]);

	(void)state;
	assert_int_not_equal(waiting_add(waiting, &claims[1]), WAITING_NONE);
	assert_true(waiting_is_full(waiting));
	assert_int_equal(waiting_add(waiting, &claims[2]), WAITING_NONE);
	waiting_remove(waiting, first);
	assert_int_equal(waiting_count(waiting), 1);
	assert_int_not_equal(waiting_add(waiting, &claims[2]), WAITING_NONE);
	waiting_destroy(waiting);
}

static void lists_keep_their_order(void **state)
{
	struct waiting *waiting = waiting_create(10, &key);
	struct waiting_list one = { 0 }, two = { 0 };
	uint32_t number[4];

	(void)state;
	for (uint16_t i = 0; i < 4; i++) {
		const struct claim claim = claim_number(i);

		number[i] = waiting_add(waiting, &claim);
		waiting_append(waiting, i < 2 ? &one : &two, number[i]);
	}
	waiting_join(waiting, &one, &two);
	assert_int_equal(one.count, 4);
	assert_int_equal(two.count, 0);
	assert_int_equal(waiting_take(waiting, &two), WAITING_NONE);
	waiting_join(waiting, &one, &two);
	waiting_join(waiting, &two, &one);
	for (uint16_t i = 0; i < 4; i++) {
		assert_int_equal(waiting_take(waiting, &two), number[i]);
		assert_int_equal(waiting_claim(waiting, number[i])->id, i);
	}
	assert_int_equal(waiting_take(waiting, &two), WAITING_NONE);
	waiting_destroy(waiting);
}

static void held_answers_become_due(void **state)
{
	static const struct {
		uint32_t record;
		uint64_t batch;
	} held[] = { { 5, 1 }, { 6, 1 }, { 5, 2 }, { 5, 1 }, { 7, 3 } };
	struct waiting *waiting = waiting_create(10, &key);
	enum waiting_for what;
	uint16_t next = 0;

	(void)state;
	for (uint16_t i = 0; i < ARRAY_SIZE(held); i++) {
		const struct claim claim = claim_number(i);

		assert_true(waiting_hold(waiting, waiting_add(waiting, &claim), held[i].record,
					 held[i].batch, (enum waiting_for)(i % 2)));
		assert_int_equal(waiting_batch_of(waiting, held[i].record), held[i].batch);
	}
	assert_int_equal(waiting_batch_of(waiting, 8), 0);
	for (uint64_t committed = 0; committed <= 3; committed++) {
		/* The fourth needs batch 1 only, but waits behind the third. */
		static const uint16_t due[] = { 0, 2, 4, 5 };
		uint32_t number;

		while ((number = waiting_take_due(waiting, committed, &what)) != WAITING_NONE) {
			assert_int_equal(waiting_claim(waiting, number)->id, next);
			assert_int_equal(what, next % 2);
			waiting_remove(waiting, number);
			next++;
		}
		assert_int_equal(next, due[committed]);
	}
	assert_int_equal(waiting_batch_of(waiting, 5), 0);
	assert_int_equal(waiting_batch_of(waiting, 7), 0);
	waiting_destroy(waiting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_known_again),
		cmocka_unit_test(their_number_is_bounded),
		cmocka_unit_test(lists_keep_their_order),
		cmocka_unit_test(held_answers_become_due),
	};

	return cmocka_run_group_tests_name("waiting", tests, NULL, NULL);
}
