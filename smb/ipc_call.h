/*
 * A task of ipc_client.h by TCP: connects, to port 445 where there is nothing on 139 (and the other
 * way round by SMB2), goes where the server sends it, and keeps the times.
 */
#ifndef SMB_IPC_CALL_H
#define SMB_IPC_CALL_H

#include <netinet/in.h>

#include <nbt/error.h>

#include "smb/ipc_client.h"

struct loop;
struct ipc_call;

/* Why a call has come to nothing. */
struct ipc_failure {
	const char *what;
	int error;       /* a negative errno, or 0 */
	uint32_t status; /* of SMB, or 0 */
};

/* From the loop only. ipc_call_close() is allowed in done(), and not in the others. */
struct ipc_call_events {
	/* As in struct ipc_sinks. */
	void (*entry)(void *ctx, size_t request, const struct smb_listed *entry);
	void (*end)(void *ctx, size_t request, enum ipc_end end, uint32_t code);
	/* It is over. failure: NULL: every list has had its end; else borrowed for the call. */
	void (*done)(void *ctx, const struct ipc_failure *failure);
};

struct ipc_call_options {
	struct ipc_task task; /* what it points at is borrowed; the session service is seen to */
	struct in_addr to;
	struct in_addr from;                  /* our address; 0.0.0.0: as the routes have it */
	uint16_t session_port, direct_port;   /* 0: 139 and 445 */
	const struct ipc_call_events *events; /* borrowed */
	void *ctx;
};

/* 0; -ENOMEM. That there is no connection is told from the loop. */
int ipc_call(struct ipc_call **out, struct loop *loop,
	     const struct ipc_call_options *options) NBT_MUSTCHECK;

/* As ipc_client_domain(). */
const char *ipc_call_domain(const struct ipc_call *call);

/* Ends it without a word. NULL is fine. */
void ipc_call_close(struct ipc_call *call);

#endif
