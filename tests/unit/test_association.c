/* Associations: state x message, lengths and times. */
#include "support.h"

#include <nbt/env.h>

#include "nbnsd/partners/association.h"

#define OURS 7

static void messages_have_events(void **state)
{
	static const struct {
		const char *what;
		uint32_t destination, type;
		uint8_t opcode;
		enum association_event event;
	} rows[] = {
		{ "a start has no handle of ours", 0, 0, 0, MESSAGE_START },
		{ "nor does a wrong one matter", 99, 0, 0, MESSAGE_START },
		{ "a response", OURS, 1, 0, MESSAGE_RESPONSE },
		{ "a response to another one", 8, 1, 0, MESSAGE_WRONG_HANDLE },
		{ "a stop", OURS, 2, 0, MESSAGE_STOP },
		{ "a stop of another one", 6, 2, 0, MESSAGE_WRONG_HANDLE },
		{ "map request", OURS, 3, 0, MESSAGE_REQUEST },
		{ "map", OURS, 3, 1, MESSAGE_MAP },
		{ "records request", OURS, 3, 2, MESSAGE_REQUEST },
		{ "records", OURS, 3, 3, MESSAGE_RECORDS },
		{ "update", OURS, 3, 4, MESSAGE_UPDATE },
		{ "update, pass on", OURS, 3, 5, MESSAGE_UPDATE },
		{ "no such opcode", OURS, 3, 6, MESSAGE_NO_OPCODE },
		{ "no such opcode", OURS, 3, 7, MESSAGE_NO_OPCODE },
		{ "update that stays", OURS, 3, 8, MESSAGE_UPDATE_STAYS },
		{ "update that stays, pass on", OURS, 3, 9, MESSAGE_UPDATE_STAYS },
		{ "no such opcode", OURS, 3, 255, MESSAGE_NO_OPCODE },
		{ "an opcode for another one", 0, 3, 0, MESSAGE_WRONG_HANDLE },
		{ "no such type", OURS, 4, 0, MESSAGE_NO_TYPE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct nbt_replication message = { .destination = rows[i].destination,
							 .type = rows[i].type,
							 .opcode = rows[i].opcode };

		if (association_event(&message, OURS) != rows[i].event)
			fail_msg("%s", rows[i].what);
	}
}

static void what_messages_lead_to(void **state)
{
	static const struct {
		const char *what;
		enum association_state state;
		enum association_event event;
		enum association_action action;
	} rows[] = {
		{ "the start", ASSOCIATION_ACCEPTED, MESSAGE_START, ASSOCIATION_RESPOND },
		{ "another start", ASSOCIATION_OPEN, MESSAGE_START, ASSOCIATION_RESPOND },
		{ "nothing is asked before", ASSOCIATION_ACCEPTED, MESSAGE_REQUEST,
		  ASSOCIATION_STRIKE },
		{ "nothing is ended before", ASSOCIATION_ACCEPTED, MESSAGE_STOP,
		  ASSOCIATION_STRIKE },
		{ "the response", ASSOCIATION_STARTING, MESSAGE_RESPONSE, ASSOCIATION_BEGIN },
		{ "anything else is no answer to a start", ASSOCIATION_STARTING, MESSAGE_START,
		  ASSOCIATION_CLOSE },
		{ "nor is a stop", ASSOCIATION_STARTING, MESSAGE_STOP, ASSOCIATION_CLOSE },
		{ "a response nobody waits for", ASSOCIATION_OPEN, MESSAGE_RESPONSE,
		  ASSOCIATION_IGNORE },
		{ "a map nobody asked for", ASSOCIATION_OPEN, MESSAGE_MAP, ASSOCIATION_IGNORE },
		{ "records nobody asked for", ASSOCIATION_WANT_MAP, MESSAGE_RECORDS,
		  ASSOCIATION_IGNORE },
		{ "a map", ASSOCIATION_WANT_MAP, MESSAGE_MAP, ASSOCIATION_TAKE_MAP },
		{ "records", ASSOCIATION_WANT_RECORDS, MESSAGE_RECORDS, ASSOCIATION_TAKE_RECORDS },
		{ "a wrong handle", ASSOCIATION_OPEN, MESSAGE_WRONG_HANDLE, ASSOCIATION_STRIKE },
		{ "an opcode that is none", ASSOCIATION_OPEN, MESSAGE_NO_OPCODE,
		  ASSOCIATION_STRIKE },
		{ "a type that is none", ASSOCIATION_OPEN, MESSAGE_NO_TYPE, ASSOCIATION_IGNORE },
		{ "we pull here", ASSOCIATION_OPEN, MESSAGE_UPDATE, ASSOCIATION_PULL_HERE },
		{ "we pull elsewhere", ASSOCIATION_OPEN, MESSAGE_UPDATE_STAYS, ASSOCIATION_PULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (association_action(rows[i].state, rows[i].event) != rows[i].action)
			fail_msg("%s", rows[i].what);
}

static void lengths_have_limits(void **state)
{
	(void)state;
	assert_int_equal(association_limit(ASSOCIATION_ACCEPTED, true), NBT_REPL_LENGTH_START);
	assert_int_equal(association_limit(ASSOCIATION_STARTING, true), NBT_REPL_LENGTH_START);
	assert_int_equal(association_limit(ASSOCIATION_OPEN, false), NBT_REPL_LENGTH_SHORT);
	assert_int_equal(association_limit(ASSOCIATION_OPEN, true), NBT_REPL_LENGTH_OWNERS);
	assert_int_equal(association_limit(ASSOCIATION_WANT_MAP, true), NBT_REPL_LENGTH_OWNERS);
	assert_int_equal(association_limit(ASSOCIATION_WANT_RECORDS, true),
			 NBT_REPL_LENGTH_RECORDS);
}

static void everything_has_its_time(void **state)
{
	static const struct replication_settings settings = { .request_timeout_s = 60,
							      .start_timeout_s = 30,
							      .message_timeout_s = 50,
							      .idle_timeout_s = 120 };
	static const struct {
		const char *what;
		enum association_state state;
		struct association_times times;
		uint64_t deadline_ms;
	} rows[] = {
		{ "a start", ASSOCIATION_ACCEPTED, { 1000, NBT_NEVER, false, false }, 31000 },
		{ "a connection", ASSOCIATION_DIALING, { 1000, NBT_NEVER, false, false }, 61000 },
		{ "an answer", ASSOCIATION_WANT_MAP, { 1000, NBT_NEVER, false, true }, 61000 },
		{ "nothing to do", ASSOCIATION_OPEN, { 1000, NBT_NEVER, false, false }, 121000 },
		{ "one that stays", ASSOCIATION_OPEN, { 1000, NBT_NEVER, false, true }, NBT_NEVER },
		{ "half a message", ASSOCIATION_OPEN, { 9000, 2000, false, true }, 52000 },
		{ "half an answer", ASSOCIATION_WANT_RECORDS, { 9000, 2000, false, true }, 52000 },
		{ "who does not read", ASSOCIATION_OPEN, { 1000, NBT_NEVER, true, true }, 61000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (association_deadline(rows[i].state, &rows[i].times, &settings) !=
		    rows[i].deadline_ms)
			fail_msg("%s", rows[i].what);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_have_events),
		cmocka_unit_test(what_messages_lead_to),
		cmocka_unit_test(lengths_have_limits),
		cmocka_unit_test(everything_has_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
