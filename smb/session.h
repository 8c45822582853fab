/*
 * The server's side of a connection to port 139 or 445, as a machine: a frame in, frames out. It
 * serves one share, IPC$, and in that browse lists and what a server says of itself, to anybody.
 * There are no accounts and no files: nothing here could open one.
 */
#ifndef SMB_SESSION_H
#define SMB_SESSION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/env.h>
#include <nbt/name.h>

#include "smb/listed.h"

#define SMB_LOGINS_MAX 8
#define SMB_TREES_MAX  16
#define SMB_PIPES_MAX  16 /* rpcclient keeps one open for every command of a line */

/* The longest frame that a client may send: 64 KiB of data and what is before them in SMB2. Longer
 * ones are to close the connection. */
#define SMB_FRAME_MAX  (4 + 0x10000 + 512)

/* Takes an entry. false: no more are wanted. */
typedef bool smb_each_fn(void *ctx, const struct smb_listed *entry);

#define SMB_CALLED_HERE      0
#define SMB_CALLED_ELSEWHERE 1

/* Where a called name is to be found instead. */
struct smb_elsewhere {
	struct in_addr address;
	uint16_t port;
};

/* Whom the sessions serve; browserd's. Texts in the OEM character set. */
struct smb_host {
	const char *name, *workgroup, *comment;
	uint32_t type; /* of the server itself, without the bits of its browser roles */
	uint8_t major, minor;
	uint8_t guid[16];

	/* Give every entry in the order of smb_compare(), each name once; RAP_TYPE_LOCAL_LIST in
	 * its type: heard in this subnet; groups have RAP_TYPE_DOMAIN_ENUM. domain: as it was asked
	 * for, never empty. The same call must give the same entries twice in a row. */
	void (*servers)(void *ctx, const char *domain, smb_each_fn *each, void *each_ctx);
	void (*groups)(void *ctx, smb_each_fn *each, void *each_ctx);

	/* Whether it gives those lists now: to a mere potential browser nobody should turn. NULL:
	 * always. */
	bool (*is_browser)(void *ctx);

	/* What a session request gets: SMB_CALLED_HERE, SMB_CALLED_ELSEWHERE with *elsewhere, or
	 * the error code of a negative response. NULL: every name is ours. */
	uint8_t (*called)(void *ctx, const struct nbt_name *called,
			  struct smb_elsewhere *elsewhere);
	void *ctx;
};

/* Room to work in; all sessions of a thread share one. */
struct smb_workspace {
	uint8_t frame[SMB_FRAME_MAX];
	uint8_t data[0x10000];
};

/* How answers get out: each is a whole frame, borrowed for the call. */
struct smb_io {
	struct smb_workspace *work;
	void (*send)(void *ctx, const uint8_t *frame, size_t len);
	void *ctx;
};

/* What a connection may do. */
#define SMB_MAY_SMB1   0x01
#define SMB_MAY_SMB2   0x02
#define SMB_MAY_SPNEGO 0x04 /* extended security in SMB1 */

struct smb_login {
	uint16_t id;   /* 0: free */
	uint8_t state; /* enum smb_login_state */
	bool raw;      /* NTLMSSP without SPNEGO */
};

struct smb_tree {
	uint16_t id, login;
};

/* An answer is not kept but made again when it is read: what it says is as small as this. */
struct smb_pipe {
	uint16_t id, tree;
	uint8_t answer; /* enum smb_answer */
	bool bound;
	uint8_t bind_type, context_count, accepted;
	bool resumes, is_ipc;
	uint16_t opnum, taken; /* bytes of the answer read already */
	uint32_t call_id, level, fault;
};

/* State of a connection. Only smb_session_* look inside. */
struct smb_session {
	uint8_t may, stage, dialect;
	bool extended; /* security: SPNEGO was agreed on */
	uint16_t max_buffer, last_id;
	uint8_t challenge[8];
	struct smb_login logins[SMB_LOGINS_MAX];
	struct smb_tree trees[SMB_TREES_MAX];
	struct smb_pipe pipes[SMB_PIPES_MAX];
};

void smb_session_init(struct smb_session *session, unsigned may, const struct nbt_env *env);

enum smb_after { SMB_GO_ON, SMB_CLOSE };

/*
 * Takes one whole frame with its four bytes of session header. Both ports understand all of it: a
 * session request may come or not (captured from smbd). SMB_CLOSE: the connection is to be closed
 * when what was sent is out. The host's texts must stay the same for the time of the call.
 */
enum smb_after smb_session_receive(struct smb_session *session, const struct smb_host *host,
				   const struct smb_io *io, const uint8_t *frame, size_t len,
				   const struct nbt_env *env);

/* Whether a client has got as far as a tree: until then it gets little patience. */
bool smb_session_is_settled(const struct smb_session *session);

#endif
