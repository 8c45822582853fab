/*
 * The export of the lists to SMB clients: ports 139 and 445 of the addresses that are served, and a
 * session of smb/session.h on each connection. Where another program has a port, such as an smbd,
 * it says so, and tries again now and then.
 */
#ifndef BROWSERD_SMB_SERVER_H
#define BROWSERD_SMB_SERVER_H

#include "common/session_streams.h"
#include "smb/session.h"

struct access_list;
struct loop;
struct smb_server;

/* The rules of the access list, by number. */
enum smb_server_rule { SMB_SERVER_CLIENTS, SMB_SERVER_SMB1, SMB_SERVER_RULES };

struct smb_server_settings {
	uint16_t session_port, smb_port; /* 139, 445; 0: not served */
	struct session_limits limits;
	const struct access_list *access; /* who may connect, and who may speak SMB1; borrowed */
	const struct smb_host *host;      /* borrowed */
	uint64_t retry_ms;                /* between tries to have a port */
};

/* The ports, as a whole. */
enum smb_server_state {
	SMB_SERVER_CLOSED, /* none was wanted, or could be had */
	SMB_SERVER_OPEN,   /* some are ours */
	SMB_SERVER_TAKEN   /* another program has some: its clients get their lists from it */
};

/* Called when it has become so; not from within smb_server_create(). */
typedef void smb_server_fn(void *ctx, enum smb_server_state state);

/* Listens nowhere yet. -ENOMEM. */
int smb_server_create(struct smb_server **out, struct loop *loop,
		      const struct smb_server_settings *settings, smb_server_fn *changed,
		      void *ctx) NBT_MUSTCHECK;
void smb_server_destroy(struct smb_server *server); /* NULL is fine */

/* Other settings; listens on these addresses, and no others. What cannot be had is logged, once for
 * each reason. false: out of memory, listens where it did. */
bool smb_server_update(struct smb_server *server, const struct smb_server_settings *settings,
		       const struct in_addr *addresses, size_t count);

enum smb_server_state smb_server_state(const struct smb_server *server);

/* Where it listens by this number, for tests: the ports of an address come one after the other. */
bool smb_server_address(const struct smb_server *server, size_t number, struct sockaddr_in *out);

struct stats *smb_server_stats(struct smb_server *server);
size_t smb_server_connections(const struct smb_server *server);
size_t smb_server_memory(const struct smb_server *server);

#endif
