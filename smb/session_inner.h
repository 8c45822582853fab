/* What the parts of a session share: session.c (frames), session_login.c, session_pipe.c,
 * session_rap.c, session_smb1*.c, session_smb2.c. */
#ifndef SMB_SESSION_INNER_H
#define SMB_SESSION_INNER_H

#include "smb/session.h"
#include "smb/smb1.h"
#include "smb/smb1_trans.h"
#include "smb/status.h"

enum smb_stage { SMB_STAGE_FIRST, SMB_STAGE_AGAIN, SMB_STAGE_SMB1, SMB_STAGE_SMB2, SMB_STAGE_LOST };

enum smb_login_state { SMB_LOGIN_PENDING, SMB_LOGIN_ANONYMOUS, SMB_LOGIN_GUEST };

#define SMB_IPC_NAME   "IPC$"
#define SMB_REMARK_MAX 300
#define SMB_NO_ID      0
#define SMB_BLOB_MAX   1024

/* A frame being answered. */
struct smb_exchange {
	struct smb_session *session;
	const struct smb_host *host;
	const struct smb_io *io;
	const struct nbt_env *env;
	bool close; /* the connection */
};

/* session.c: the reply begins at the returned writer's first byte, and goes out with send. */
struct nbt_writer smb_begin_reply(const struct smb_exchange *x);
void smb_send_reply(const struct smb_exchange *x, const struct nbt_writer *w);

/* A number that is not in use: not 0, not 0xFFFF. */
uint16_t smb_new_id(struct smb_session *session);

/* "IPC Service (COMMENT)", as smbd has it. */
void smb_ipc_remark(const struct smb_host *host, char remark[SMB_REMARK_MAX]);

/* Whether a path ends in IPC$. */
bool smb_is_ipc_path(const char *path);

/* session_login.c. NULL: there is none with that id, or no room. */
struct smb_login *smb_find_login(struct smb_session *session, uint64_t id);
struct smb_login *smb_new_login(struct smb_session *session);
bool smb_is_logged_in(struct smb_session *session, uint64_t id);

/* Ends a login with its trees, and a tree with its pipes. */
void smb_logoff(struct smb_session *session, struct smb_login *login);
void smb_leave_tree(struct smb_session *session, struct smb_tree *tree);

struct smb_tree *smb_find_tree(struct smb_session *session, uint64_t id);
struct smb_tree *smb_new_tree(struct smb_session *session, uint64_t login);

/* Takes a security blob; what answers it goes to answer. SMB_OK: *login is anonymous or guest now.
 */
enum smb_status smb_authenticate(const struct smb_exchange *x, struct smb_login *login,
				 const uint8_t *blob, size_t len, struct nbt_writer *answer);

/* session_pipe.c: pipes to srvsvc. */
enum smb_status smb_open_pipe(struct smb_session *session, const char *name, uint64_t tree,
			      struct smb_pipe **pipe);
struct smb_pipe *smb_find_pipe(struct smb_session *session, uint64_t id);
void smb_close_pipe(struct smb_pipe *pipe);

/* Takes a call, and gives as much of its answer as max: SMB_BUFFER_OVERFLOW leaves the rest. *data
 * is in the workspace. */
enum smb_status smb_write_pipe(struct smb_pipe *pipe, const uint8_t *data, size_t len);
enum smb_status smb_read_pipe(const struct smb_exchange *x, struct smb_pipe *pipe, size_t max,
			      const uint8_t **data, uint32_t *len);

/* session_rap.c: answers the parameters of a transaction. The data are in the workspace. */
struct smb_rap_answer {
	uint8_t params[8];
	uint16_t param_len, data_len;
};

void smb_answer_rap(const struct smb_exchange *x, const struct smb1_trans *request,
		    struct smb_rap_answer *answer);

/* session_smb1.c and session_smb2.c: a frame without its session header. */
void smb1_answer(struct smb_exchange *x, const uint8_t *smb, size_t len);
void smb2_answer(struct smb_exchange *x, const uint8_t *smb, size_t len);

/* The answer to an SMB1 client that speaks SMB2 as well. */
void smb2_answer_negotiate(struct smb_exchange *x, uint16_t dialect);

/* A command of SMB1 being answered; a frame may have several, chained. */
struct smb1_call {
	struct smb_exchange *x;
	struct smb1_header header; /* of the request; tid and uid change along the chain */
	struct smb1_block block;
	struct nbt_writer w;  /* the reply, from its header on */
	bool unicode, silent; /* silent: answered already, or not at all */
};

/* session_smb1_setup.c, session_smb1_pipe.c: commands. What they write is dropped if they return
 * an error, but SMB_MORE_PROCESSING and SMB_BUFFER_OVERFLOW. */
enum smb_status smb1_do_negotiate(struct smb1_call *call);
enum smb_status smb1_do_setup(struct smb1_call *call);
enum smb_status smb1_do_logoff(struct smb1_call *call);
enum smb_status smb1_do_tree_connect(struct smb1_call *call);
enum smb_status smb1_do_tree_connect_andx(struct smb1_call *call);
enum smb_status smb1_do_tree_disconnect(struct smb1_call *call);
enum smb_status smb1_do_transaction(struct smb1_call *call);
enum smb_status smb1_do_open(struct smb1_call *call);
enum smb_status smb1_do_create(struct smb1_call *call);
enum smb_status smb1_do_close(struct smb1_call *call);
enum smb_status smb1_do_read(struct smb1_call *call);
enum smb_status smb1_do_write(struct smb1_call *call);

/* Sends a reply of its own, beside the one that is being written. */
void smb1_send_apart(const struct smb1_call *call, struct nbt_writer *w);
void smb1_begin_apart(const struct smb1_call *call, struct nbt_writer *w);

#endif
