/* What the parts of the IPC$ client share: ipc_client.c (frames, time), ipc_steps.c (the way to the
 * tree), ipc_list.c (what is asked there); by SMB2 ipc_smb2.c and ipc_shares.c. */
#ifndef SMB_IPC_INNER_H
#define SMB_IPC_INNER_H

#include "smb/ipc_client.h"
#include "smb/rap.h"
#include "smb/smb1.h"
#include "smb/smb1_negotiate.h"
#include "smb/smb2.h"

#define IPC_FRAME_MAX  (4 + 0xFFFF)
#define IPC_LIST_MAX   (256 * 1024) /* bytes of one list, over all its rounds */
#define IPC_PARAMS_MAX 64
#define IPC_NAME_SIZE  16
#define IPC_STUB_MAX   (256 * 1024) /* bytes of an answer of srvsvc */
#define IPC_PDU_MAX    (2 * 0x10000)

/* What is waited for. */
enum ipc_step {
	IPC_STEP_CONNECTION,
	IPC_STEP_SESSION, /* the answer to a session request */
	IPC_STEP_NEGOTIATE,
	IPC_STEP_SETUP,
	IPC_STEP_TREE,
	IPC_STEP_LIST,
	IPC_STEP_LEAVE,
	IPC_STEP_SMB1_END, /* from here on by SMB2 */
	IPC_STEP_NEGOTIATE2 = IPC_STEP_SMB1_END,
	IPC_STEP_CHALLENGE, /* the session setup, first and second half */
	IPC_STEP_AUTHENTICATE,
	IPC_STEP_TREE2,
	IPC_STEP_PIPE,
	IPC_STEP_BIND,
	IPC_STEP_SHARES,
	IPC_STEP_READ, /* the rest of the answer to one of these two */
	IPC_STEP_CLOSE,
	IPC_STEP_LOGOFF,
	IPC_STEP_END,
	IPC_STEPS
};

/* Which SMB a connection begins with. */
enum ipc_way {
	IPC_BY_SMB1,
	IPC_BY_EITHER, /* the server chooses */
	IPC_BY_SMB2
};

/* A transaction whose answer is put together. */
struct ipc_answer {
	bool begun;
	size_t total_params, total_data, got_params, got_data;
	uint8_t params[IPC_PARAMS_MAX];
	uint8_t data[RAP_DATA_MAX];
};

/* What comes by the pipe: PDUs, and the stub in their fragments. */
struct ipc_pipe {
	bool is_bound;
	size_t pdu_len, stub_len;
	uint8_t pdu[IPC_PDU_MAX];
	uint8_t stub[IPC_STUB_MAX];
};

struct ipc_client {
	const struct ipc_task *task;
	const struct ipc_sinks *sinks;
	enum ipc_state state;
	enum ipc_step step;
	const char *failure;
	uint32_t failure_status;
	uint64_t reply_by, whole_by;

	/* Connecting again. */
	bool asked_any;  /* for *SMBSERVER */
	bool retargeted; /* once only */
	struct in_addr address;
	uint16_t port;
	enum ipc_way way;
	const char *first_failure; /* of the way that was tried before; NULL: there was none */
	uint32_t first_status;

	/* The session. */
	enum smb1_dialect dialect;
	bool with_nul; /* logging in: the empty password as one NUL */
	char domain[SMB1_NAME_MAX];
	uint32_t session_key;
	uint16_t tid, uid, mid;

	/* The list. */
	size_t request;           /* the present one */
	char last[IPC_NAME_SIZE]; /* name to go on from, or "" */
	size_t listed;            /* bytes so far */
	struct rap_request rap;   /* what was asked */
	struct ipc_answer answer;

	/* SMB2. */
	bool demands_signing;
	uint64_t message_id, session_id;
	uint32_t tree_id, ntlmssp_flags, call_id;
	uint8_t guid[SMB2_GUID_LEN];
	struct smb2_file_id file;
	struct ipc_pipe *pipe; /* NULL: by SMB1 only */

	size_t in_len;
	uint8_t in[IPC_FRAME_MAX];
};

/* An answer with a header that is right. */
struct ipc_reply {
	struct smb1_header header;
	struct smb1_block block;
};

/* As whom; "": nobody. */
static inline const char *ipc_user(const struct ipc_client *c)
{
	return c->task->user != NULL ? c->task->user : "";
}

/* ipc_client.c */
void ipc_send_smb(const struct ipc_client *c, uint8_t *frame, size_t smb_len);
void ipc_fail(struct ipc_client *c, const char *why, uint32_t status);

/* Goes to a step whose request is sent now. */
void ipc_enter(struct ipc_client *c, enum ipc_step step, const struct nbt_env *env);

/* ipc_smb2.c: sends a step's request; takes an answer, of which there may be several to one. */
void ipc_begin_smb2(struct ipc_client *c, const struct nbt_env *env);
void ipc_send_smb2(struct ipc_client *c);
void ipc_take_smb2(struct ipc_client *c, const uint8_t *smb, size_t len, const struct nbt_env *env);

/* ipc_shares.c: with the pipe open: all requests, and bytes that come by it. */
void ipc_begin_shares(struct ipc_client *c, const struct nbt_env *env);
void ipc_write_bind(struct ipc_client *c, struct nbt_writer *w);
void ipc_write_shares(struct ipc_client *c, struct nbt_writer *w);
void ipc_take_pipe(struct ipc_client *c, const struct smb2_blob *bytes, const struct nbt_env *env);

/* ipc_steps.c: a step's request, and its answer. */
struct ipc_step_row {
	uint8_t command;
	void (*write)(struct ipc_client *c, struct nbt_writer *w);
	void (*take)(struct ipc_client *c, const struct ipc_reply *reply,
		     const struct nbt_env *env);
};

extern const struct ipc_step_row ipc_steps[IPC_STEP_SMB1_END];

/* ipc_list.c */
void ipc_begin_lists(struct ipc_client *c, const struct nbt_env *env);
void ipc_write_list(struct ipc_client *c, struct nbt_writer *w);
bool ipc_is_name(const char *name, size_t size);
void ipc_clean(char *out, size_t size, const char *text); /* for a terminal */
void ipc_take_list(struct ipc_client *c, const struct ipc_reply *reply, const struct nbt_env *env);

#endif
