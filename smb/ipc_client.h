/*
 * The client's side: lists pulled from the IPC$ of another server, as a machine. Bytes in, bytes
 * out; whoever runs it connects, and tells when the connection is there or gone. It believes
 * nothing that a server says: what it hands on has been checked, and its memory is bounded.
 */
#ifndef SMB_IPC_CLIENT_H
#define SMB_IPC_CLIENT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/env.h>
#include <nbt/name.h>

#include "smb/listed.h"

/* What is asked for. */
struct ipc_request {
	bool shares;        /* the server's shares, else a browse list */
	uint32_t types;     /* RAP_TYPE_*, or the bits of servers */
	const char *domain; /* ""; the server's own */
};

struct ipc_task {
	const char *server; /* as in \\SERVER\IPC$: its name, or its address */

	/* Port 139: a session request comes first; the scope of both names. */
	bool has_session_service;
	struct nbt_name called, calling;
	struct nbt_scope scope;

	const struct ipc_request *requests;
	size_t request_count;

	/* For shares only: by SMB2 where the server has it, and by SMB1 where that comes to
	 * nothing. Browse lists need SMB1. */
	bool by_smb2;
	const char *user; /* without a password; NULL or "": nobody */

	uint32_t reply_ms, whole_ms; /* for each answer, and for everything */
};

/* How a list ended. Entries of a list that failed were handed on, too: they are for who wants them.
 */
enum ipc_end {
	IPC_WHOLE,
	IPC_PARTIAL, /* there are more, but the server does not give them */
	IPC_REFUSED, /* code: its status, of RAP or of SMB */
	IPC_BROKEN   /* its answer makes no sense, or never came */
};

struct ipc_sinks {
	void (*send)(void *ctx, const uint8_t *bytes, size_t len);
	void (*entry)(void *ctx, size_t request, const struct smb_listed *entry);
	void (*end)(void *ctx, size_t request, enum ipc_end end, uint32_t code);
	void *ctx;
};

enum ipc_state {
	IPC_WORKING,
	IPC_RECONNECT, /* close, connect again as ipc_client_target() says, ipc_client_connected()
			*/
	IPC_DONE,      /* every request has had its end; close */
	IPC_FAILED     /* close; ipc_client_failure() says why. Requests without end are broken */
};

struct ipc_client;

/* task with all it points at, and sinks, must stay until the end. NULL: no memory. */
struct ipc_client *ipc_client_create(const struct ipc_task *task, const struct ipc_sinks *sinks);
void ipc_client_destroy(struct ipc_client *client);

/* The connection is there; any bytes came by it; it is gone, or could not be made. */
enum ipc_state ipc_client_connected(struct ipc_client *client, const struct nbt_env *env);
enum ipc_state ipc_client_receive(struct ipc_client *client, const uint8_t *bytes, size_t len,
				  const struct nbt_env *env);
enum ipc_state ipc_client_closed(struct ipc_client *client);

/* When to be woken; NBT_NEVER before the first connection and at the end. */
uint64_t ipc_client_deadline(const struct ipc_client *client);
enum ipc_state ipc_client_wake(struct ipc_client *client, const struct nbt_env *env);

/* Where to connect again. false: to where it was. */
bool ipc_client_target(const struct ipc_client *client, struct in_addr *address, uint16_t *port);

/* The workgroup or domain that the server counts itself to; "" if it did not say. Not checked: it
 * may hold any bytes but NUL. */
const char *ipc_client_domain(const struct ipc_client *client);

/* Why it failed, for a log; with a status where there is one, else 0. */
const char *ipc_client_failure(const struct ipc_client *client, uint32_t *status);

#endif
