/*
 * An association with another WINS server (wins-replication.md 2.1, 2.2): state x message -> what
 * is done, and what may come when. Pure, and tables.
 */
#ifndef NBNSD_PARTNERS_ASSOCIATION_H
#define NBNSD_PARTNERS_ASSOCIATION_H

#include <nbt/replication.h>

#include "nbnsd/partners/settings.h"

enum association_state {
	ASSOCIATION_DIALING,  /* there is no connection yet */
	ASSOCIATION_ACCEPTED, /* no start request yet */
	ASSOCIATION_STARTING, /* ours has left */
	ASSOCIATION_OPEN,
	ASSOCIATION_WANT_MAP, /* as OPEN; an answer of theirs is due */
	ASSOCIATION_WANT_RECORDS,
	ASSOCIATION_STATES
};

enum association_event {
	MESSAGE_START,
	MESSAGE_RESPONSE,
	MESSAGE_STOP,
	MESSAGE_REQUEST, /* of a map or of records */
	MESSAGE_MAP,
	MESSAGE_RECORDS,
	MESSAGE_UPDATE,       /* we are to pull over this connection */
	MESSAGE_UPDATE_STAYS, /* over one of ours */
	MESSAGE_NO_OPCODE,
	MESSAGE_NO_TYPE,
	MESSAGE_WRONG_HANDLE, /* not for this association */
	MESSAGE_KINDS
};

enum association_action {
	ASSOCIATION_IGNORE,
	ASSOCIATION_STRIKE,  /* ignore, and close at the third one */
	ASSOCIATION_CLOSE,   /* it is over, or was never one */
	ASSOCIATION_RESPOND, /* to the start */
	ASSOCIATION_BEGIN,   /* the start was answered */
	ASSOCIATION_SERVE,
	ASSOCIATION_TAKE_MAP,
	ASSOCIATION_TAKE_RECORDS,
	ASSOCIATION_PULL_HERE,
	ASSOCIATION_PULL,
	ASSOCIATION_ACTIONS
};

#define ASSOCIATION_STRIKES 3

/* handle: ours, of this connection. */
enum association_event association_event(const struct nbt_replication *message, uint32_t handle);

enum association_action association_action(enum association_state state,
					   enum association_event event);

/* What the length word of the next message may be (5.3). may_notify: a partner that we pull from.
 */
size_t association_limit(enum association_state state, bool may_notify);

/* What its time depends on; env->now_ms. */
struct association_times {
	uint64_t since_ms; /* the last that happened on it */
	uint64_t began_ms; /* when a message that is not whole yet did; NBT_NEVER: there is none */
	bool is_working;   /* we are: an answer is made or sent, or records are stored */
	bool stays;        /* as long as both want */
};

/* When its time is up, or NBT_NEVER. */
uint64_t association_deadline(enum association_state state, const struct association_times *times,
			      const struct replication_settings *settings);

#endif
