#include "nbnsd/partners/association.h"

#include <nbt/env.h>

static enum association_event event_of_opcode(uint8_t opcode)
{
	switch (opcode) {
	case NBT_REPL_MAP_REQUEST:
	case NBT_REPL_RECORDS_REQUEST:
		return MESSAGE_REQUEST;
	case NBT_REPL_MAP_RESPONSE:
		return MESSAGE_MAP;
	case NBT_REPL_RECORDS_RESPONSE:
		return MESSAGE_RECORDS;
	case NBT_REPL_UPDATE:
	case NBT_REPL_UPDATE_PROPAGATE:
		return MESSAGE_UPDATE;
	case NBT_REPL_UPDATE_PERSISTENT:
	case NBT_REPL_UPDATE_PERSISTENT_PROPAGATE:
		return MESSAGE_UPDATE_STAYS;
	default:
		return MESSAGE_NO_OPCODE;
	}
}

/* A start has no handle of ours yet. */
enum association_event association_event(const struct nbt_replication *message, uint32_t handle)
{
	bool is_ours = message->destination == handle;

	switch (message->type) {
	case NBT_REPL_START_REQUEST:
		return MESSAGE_START;
	case NBT_REPL_START_RESPONSE:
		return is_ours ? MESSAGE_RESPONSE : MESSAGE_WRONG_HANDLE;
	case NBT_REPL_STOP:
		return is_ours ? MESSAGE_STOP : MESSAGE_WRONG_HANDLE;
	case NBT_REPL_MESSAGE:
		return is_ours ? event_of_opcode(message->opcode) : MESSAGE_WRONG_HANDLE;
	default:
		return MESSAGE_NO_TYPE;
	}
}

/* clang-format off */
#define IGNORE       ASSOCIATION_IGNORE
#define STRIKE       ASSOCIATION_STRIKE
#define CLOSE        ASSOCIATION_CLOSE
#define RESPOND      ASSOCIATION_RESPOND
#define SERVE        ASSOCIATION_SERVE
#define TAKE_MAP     ASSOCIATION_TAKE_MAP
#define TAKE_RECORDS ASSOCIATION_TAKE_RECORDS

static const uint8_t actions[MESSAGE_KINDS][ASSOCIATION_STATES] = {
	/*                        DIALING ACCEPTED STARTING           OPEN                   WANT_MAP          WANT_RECORDS */
	[MESSAGE_START] =        { CLOSE, RESPOND, CLOSE,             RESPOND,               RESPOND,          RESPOND },
	[MESSAGE_RESPONSE] =     { CLOSE, STRIKE,  ASSOCIATION_BEGIN, IGNORE,                IGNORE,           IGNORE },
	[MESSAGE_STOP] =         { CLOSE, STRIKE,  CLOSE,             CLOSE,                 CLOSE,            CLOSE },
	[MESSAGE_REQUEST] =      { CLOSE, STRIKE,  CLOSE,             SERVE,                 STRIKE,           STRIKE },
	[MESSAGE_MAP] =          { CLOSE, STRIKE,  CLOSE,             IGNORE,                TAKE_MAP,         IGNORE },
	[MESSAGE_RECORDS] =      { CLOSE, STRIKE,  CLOSE,             IGNORE,                IGNORE,           TAKE_RECORDS },
	[MESSAGE_UPDATE] =       { CLOSE, STRIKE,  CLOSE,             ASSOCIATION_PULL_HERE, STRIKE,           STRIKE },
	[MESSAGE_UPDATE_STAYS] = { CLOSE, STRIKE,  CLOSE,             ASSOCIATION_PULL,      ASSOCIATION_PULL, ASSOCIATION_PULL },
	[MESSAGE_NO_OPCODE] =    { CLOSE, STRIKE,  CLOSE,             STRIKE,                STRIKE,           STRIKE },
	[MESSAGE_NO_TYPE] =      { CLOSE, STRIKE,  CLOSE,             IGNORE,                IGNORE,           IGNORE },
	[MESSAGE_WRONG_HANDLE] = { CLOSE, STRIKE,  CLOSE,             STRIKE,                STRIKE,           STRIKE },
};
/* clang-format on */

enum association_action association_action(enum association_state state,
					   enum association_event event)
{
	return (enum association_action)actions[event][state];
}

size_t association_limit(enum association_state state, bool may_notify)
{
	switch (state) {
	case ASSOCIATION_OPEN:
		return may_notify ? NBT_REPL_LENGTH_OWNERS : NBT_REPL_LENGTH_SHORT;
	case ASSOCIATION_WANT_MAP:
		return NBT_REPL_LENGTH_OWNERS;
	case ASSOCIATION_WANT_RECORDS:
		return NBT_REPL_LENGTH_RECORDS;
	default:
		return NBT_REPL_LENGTH_START;
	}
}

static uint64_t after(uint64_t since_ms, uint32_t seconds)
{
	return since_ms + (uint64_t)seconds * 1000;
}

static uint64_t deadline_of_state(enum association_state state, uint64_t since_ms, bool stays,
				  const struct replication_settings *settings)
{
	switch (state) {
	case ASSOCIATION_ACCEPTED:
		return after(since_ms, settings->start_timeout_s);
	case ASSOCIATION_OPEN:
		return stays ? NBT_NEVER : after(since_ms, settings->idle_timeout_s);
	default:
		return after(since_ms, settings->request_timeout_s);
	}
}

uint64_t association_deadline(enum association_state state, const struct association_times *times,
			      const struct replication_settings *settings)
{
	if (times->is_working)
		return after(times->since_ms, settings->request_timeout_s);
	if (times->began_ms != NBT_NEVER)
		return after(times->began_ms, settings->message_timeout_s);
	return deadline_of_state(state, times->since_ms, times->stays, settings);
}
