/* What the parts of the IPC$ client share: ipc_client.c (frames, time), ipc_steps.c (the way to the
 * tree), ipc_list.c (what is asked there). */
#ifndef SMB_IPC_INNER_H
#define SMB_IPC_INNER_H

#include "smb/ipc_client.h"
#include "smb/rap.h"
#include "smb/smb1.h"
#include "smb/smb1_negotiate.h"

#define IPC_FRAME_MAX  (4 + 0xFFFF)
#define IPC_LIST_MAX   (256 * 1024) /* bytes of one list, over all its rounds */
#define IPC_PARAMS_MAX 64
#define IPC_NAME_SIZE  16

/* What is waited for. */
enum ipc_step {
	IPC_STEP_CONNECTION,
	IPC_STEP_SESSION, /* the answer to a session request */
	IPC_STEP_NEGOTIATE,
	IPC_STEP_SETUP,
	IPC_STEP_TREE,
	IPC_STEP_LIST,
	IPC_STEP_LEAVE,
	IPC_STEP_END,
	IPC_STEPS
};

/* A transaction whose answer is put together. */
struct ipc_answer {
	bool begun;
	size_t total_params, total_data, got_params, got_data;
	uint8_t params[IPC_PARAMS_MAX];
	uint8_t data[RAP_DATA_MAX];
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

	size_t in_len;
	uint8_t in[IPC_FRAME_MAX];
};

/* An answer with a header that is right. */
struct ipc_reply {
	struct smb1_header header;
	struct smb1_block block;
};

/* ipc_client.c */
void ipc_fail(struct ipc_client *c, const char *why, uint32_t status);

/* Goes to a step whose request is sent now. */
void ipc_enter(struct ipc_client *c, enum ipc_step step, const struct nbt_env *env);

/* ipc_steps.c: a step's request, and its answer. */
struct ipc_step_row {
	uint8_t command;
	void (*write)(struct ipc_client *c, struct nbt_writer *w);
	void (*take)(struct ipc_client *c, const struct ipc_reply *reply,
		     const struct nbt_env *env);
};

extern const struct ipc_step_row ipc_steps[IPC_STEPS];

/* ipc_list.c */
void ipc_begin_lists(struct ipc_client *c, const struct nbt_env *env);
void ipc_write_list(struct ipc_client *c, struct nbt_writer *w);
void ipc_take_list(struct ipc_client *c, const struct ipc_reply *reply, const struct nbt_env *env);

#endif
