/* Where frames end, byte by byte. */
#include "common/session_frames.h"

#include "support.h"

static const struct row {
	const char *what;
	uint8_t bytes[6];
	size_t len, max, missing;
} rows[] = {
	{ "nothing has come", { 0 }, 0, 100, 4 },
	{ "a part of the header", { 0, 0, 0 }, 3, 100, 1 },
	{ "a keepalive is its header", { 0x85, 0, 0, 0 }, 4, 100, 0 },
	{ "a message of two bytes", { 0, 0, 0, 2 }, 4, 100, 2 },
	{ "half of it", { 0, 0, 0, 2, 'x' }, 5, 100, 1 },
	{ "all of it", { 0, 0, 0, 2, 'x', 'y' }, 6, 100, 0 },
	{ "lengths have their high byte first", { 0, 0, 1, 2 }, 4, 1000, 0x102 },
	{ "the 17th bit is one of the length", { 0, 1, 0, 0 }, 4, 70000, 0x10000 },
	{ "as long as may be", { 0, 0, 0, 96 }, 4, 100, 96 },
	{ "one more", { 0, 0, 0, 97 }, 4, 100, SESSION_FRAME_LONG },
	{ "bits that port 139 has not", { 0, 2, 0, 0 }, 4, 70000, SESSION_FRAME_LONG },
	{ "as long as can be said", { 0, 0xff, 0xff, 0xff }, 4, 70000, SESSION_FRAME_LONG },
};

static void ends_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		size_t missing = session_frame_missing(row->bytes, row->len, row->max);

		if (missing != row->missing)
			fail_msg("%s: %zu, not %zu", row->what, missing, row->missing);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(ends_are_known) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
