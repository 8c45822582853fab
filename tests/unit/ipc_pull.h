/* The IPC$ client and our own server, and what lies between them: answers may be changed on their
 * way. */
#ifndef TESTS_UNIT_IPC_PULL_H
#define TESTS_UNIT_IPC_PULL_H

#include "smb/ipc_client.h"
#include "smb_host.h"

#define PULL_FRAME_MAX 0x20000

struct pull {
	struct smb_host_test *test;
	struct smb_session session;
	uint8_t may; /* what the server can do */
	struct ipc_task task;
	struct ipc_sinks sinks;
	struct ipc_client *client;
	enum ipc_state state;

	uint8_t sent[2048]; /* what the client said last */
	size_t sent_len;
	unsigned exchange;    /* how often it has said something */
	unsigned connections; /* that were made */
	size_t piece;         /* bytes that it gets at once */

	/* Changes what the server says; the frame may become longer. NULL: an honest one. */
	void (*lie)(struct pull *p, uint8_t *frame, size_t *len);
	unsigned lie_at; /* the exchange; 0: all */
	size_t offset;   /* of a lie, if it wants these */
	uint8_t value;
	uint8_t kept[0x1000];
	size_t kept_len;

	/* What came, by request. */
	unsigned entries[4], ends;
	enum ipc_end end[4];
	uint32_t code[4];
	struct smb_listed first; /* of the first request */
	char first_name[300], first_comment[300];
	uint32_t type; /* of the last entry */
	char name[300], comment[300];
	size_t longest_comment;
};

/* The requests of the task are borrowed. NULL: out of memory. */
struct pull *pull_create(const struct ipc_task *task, uint8_t may);
void pull_destroy(struct pull *p);

/* A new client is connected. */
void pull_start(struct pull *p);

/* One more connection, to a new session. */
void pull_connect(struct pull *p);

/* What the client said goes to the server, what that answers back. */
void pull_answer(struct pull *p);

/* Until nobody says anything any more. */
void pull_run(struct pull *p);

/* Bytes come to the client in pieces. */
void pull_give(struct pull *p, const uint8_t *bytes, size_t len);

#endif
