/* Messages out of a stream. */
#include "support.h"

#include <stdlib.h>

#include <nbt/replication.h>

#include "nbnsd/partners/inbox.h"

static const uint8_t stop[] = { 0, 0, 0, 16, 0, 0, 0x78, 0, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0, 0 };

static void messages_come_in_pieces(void **state)
{
	size_t in_use = 0, len;
	struct inbox inbox = { .in_use = &in_use };
	const uint8_t *bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(stop); i++) {
		assert_int_equal(inbox_next(&inbox, NBT_REPL_LENGTH_START, &bytes, &len),
				 INBOX_MORE);
		assert_true(inbox_add(&inbox, stop + i, 1));
	}
	assert_true(in_use > 0);
	assert_int_equal(inbox_next(&inbox, NBT_REPL_LENGTH_START, &bytes, &len), INBOX_MESSAGE);
	assert_int_equal(len, sizeof(stop));
	assert_memory_equal(bytes, stop, sizeof(stop));
	inbox_drop(&inbox, len);
	assert_true(inbox_is_empty(&inbox));
	assert_int_equal(in_use, 0);
}

static void several_come_at_once_and_stay_until_they_are_read(void **state)
{
	size_t in_use = 0, len;
	struct inbox inbox = { .in_use = &in_use };
	const uint8_t *bytes;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(inbox_add(&inbox, stop, sizeof(stop)));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(inbox_next(&inbox, NBT_REPL_LENGTH_START, &bytes, &len),
				 INBOX_MESSAGE);
		assert_int_equal(inbox_next(&inbox, NBT_REPL_LENGTH_START, &bytes, &len),
				 INBOX_MESSAGE);
		inbox_drop(&inbox, len);
		if (i == 0)
			assert_true(inbox_add(&inbox, stop, 4));
	}
	assert_int_equal(inbox_next(&inbox, NBT_REPL_LENGTH_START, &bytes, &len), INBOX_MORE);
	inbox_free(&inbox);
	assert_int_equal(in_use, 0);
}

static void long_messages_are_seen_before_they_come(void **state)
{
	static const uint8_t words[][4] = {
		{ 0, 0, 0, 0 },
		{ 0, 0, 0, 11 },
		{ 0x7f, 0xff, 0xff, 0xff },
		{ 0x80, 0, 0, 0 },
		{ 0xff, 0xff, 0xff, 0xff },
		{ 0, 0, 0, 65 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t in_use = 0, len;
		struct inbox inbox = { .in_use = &in_use };
		const uint8_t *bytes;

		assert_true(inbox_add(&inbox, words[i], 4));
		assert_int_equal(inbox_next(&inbox, NBT_REPL_LENGTH_START, &bytes, &len),
				 INBOX_BROKEN);
		inbox_free(&inbox);
	}
}

static void all_together_have_a_bound(void **state)
{
	size_t in_use = INBOX_MEMORY_MAX - 300, len = 256;
	struct inbox inbox = { .in_use = &in_use };
	uint8_t bytes[256] = { 0 };

	(void)state;
	assert_true(inbox_add(&inbox, bytes, len));
	assert_false(inbox_add(&inbox, bytes, len));
	inbox_free(&inbox);
	assert_int_equal(in_use, INBOX_MEMORY_MAX - 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_in_pieces),
		cmocka_unit_test(several_come_at_once_and_stay_until_they_are_read),
		cmocka_unit_test(long_messages_are_seen_before_they_come),
		cmocka_unit_test(all_together_have_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
