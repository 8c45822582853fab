/* Who may still connect to a local socket. */
#include "support.h"

#include "common/local_room.h"

static void nobody_keeps_all_others_out(void **state)
{
	static const struct {
		const char *text;
		size_t connections, strangers, members, owners;
		enum local_rank rank;
		size_t of_user;
		bool has;
	} cases[] = {
		{ "the first", 512, 0, 0, 0, LOCAL_STRANGER, 0, true },
		{ "a stranger's last", 512, 127, 0, 0, LOCAL_STRANGER, 127, true },
		{ "one more than a quarter", 512, 128, 0, 0, LOCAL_STRANGER, 128, false },
		{ "another stranger then", 512, 128, 0, 0, LOCAL_STRANGER, 0, true },
		{ "strangers have a half", 512, 256, 0, 0, LOCAL_STRANGER, 0, false },
		{ "a member then", 512, 256, 0, 0, LOCAL_MEMBER, 0, true },
		{ "a member has a quarter, too", 512, 0, 128, 0, LOCAL_MEMBER, 128, false },
		{ "members leave room for owners", 512, 200, 248, 0, LOCAL_MEMBER, 0, false },
		{ "who have it", 512, 200, 248, 0, LOCAL_OWNER, 0, true },
		{ "an owner has more than others", 512, 0, 0, 447, LOCAL_OWNER, 447, true },
		{ "but leaves room", 512, 0, 0, 448, LOCAL_OWNER, 448, false },
		{ "also for strangers", 512, 0, 0, 448, LOCAL_STRANGER, 0, true },
		{ "all are taken", 512, 64, 0, 448, LOCAL_STRANGER, 0, false },
		{ "for everybody", 512, 200, 248, 64, LOCAL_OWNER, 64, false },
		{ "one place is anybody's", 1, 0, 0, 0, LOCAL_STRANGER, 0, true },
		{ "but one", 1, 0, 0, 1, LOCAL_OWNER, 1, false },
		{ "none", 0, 0, 0, 0, LOCAL_OWNER, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct local_room room = { cases[i].connections,
						 { cases[i].strangers, cases[i].members,
						   cases[i].owners } };

		if (local_room_has(&room, cases[i].rank, cases[i].of_user) != cases[i].has)
			fail_msg("%s", cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_keeps_all_others_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
