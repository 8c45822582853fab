/* The IPC$ client's way to the tree and back: each step a request and its answer. */
#include "smb/ipc_inner.h"

#include <string.h>

#include "smb/smb1_setup.h"

#define MAX_BUFFER      0xFFFF
#define MAX_MPX         2
#define VIRTUAL_CIRCUIT 1 /* 0 would end other connections of this host */
#define CAPABILITIES    (SMB1_CAP_NT_SMBS | SMB1_CAP_NTSTATUS)

static void write_negotiate(struct ipc_client *c, struct nbt_writer *w)
{
	smb1_write_offer(w, c->way == IPC_BY_EITHER);
}

/* The form of the answer must be that of the dialect chosen, and the dialect one of ours. */
static void take_negotiate(struct ipc_client *c, const struct ipc_reply *reply,
			   const struct nbt_env *env)
{
	struct smb1_negotiated got;
	bool nt;

	if (reply->header.status != 0 || smb1_read_negotiated(&reply->block, &got) != NBT_OK) {
		ipc_fail(c, "the server does not negotiate", reply->header.status);
		return;
	}
	c->dialect = smb1_our_dialect(got.index);
	nt = c->dialect == SMB1_DIALECT_NT;
	if (c->dialect == SMB1_DIALECT_NONE || nt != (got.dialect == SMB1_DIALECT_NT) ||
	    got.dialect < SMB1_DIALECT_LANMAN1) {
		ipc_fail(c, "the server speaks no dialect of SMB1 that we know", 0);
		return;
	}
	if (got.capabilities & SMB1_CAP_EXT_SECURITY) {
		ipc_fail(c, "the server insists on extended security", 0);
		return;
	}
	c->session_key = got.session_key;
	strcpy(c->domain, got.their_domain);
	ipc_enter(c, IPC_STEP_SETUP, env);
}

/* Nobody, or a user without a password. */
static void write_setup(struct ipc_client *c, struct nbt_writer *w)
{
	struct smb1_setup setup = { .form = c->dialect == SMB1_DIALECT_NT ? SMB1_SETUP_NT
									  : SMB1_SETUP_LANMAN,
				    .max_buffer = MAX_BUFFER,
				    .max_mpx = MAX_MPX,
				    .vc = VIRTUAL_CIRCUIT,
				    .session_key = c->session_key,
				    .capabilities = CAPABILITIES,
				    .lm = (const uint8_t *)"",
				    .lm_len = c->with_nul ? 1 : 0 };

	strncpy(setup.account, ipc_user(c), sizeof(setup.account) - 1);
	smb1_write_setup(w, &setup);
}

/* The domain is told in one of two places, or in none; "" in both. */
static void note_domain(struct ipc_client *c, const struct ipc_reply *reply)
{
	struct smb1_setup_reply got;

	if (smb1_read_setup_reply(&reply->block, false, &got) == NBT_OK &&
	    got.their_domain[0] != '\0')
		strcpy(c->domain, got.their_domain);
}

static void take_setup(struct ipc_client *c, const struct ipc_reply *reply,
		       const struct nbt_env *env)
{
	if (reply->header.status == 0) {
		note_domain(c, reply);
		c->uid = reply->header.uid;
		ipc_enter(c, IPC_STEP_TREE, env);
	} else if (!c->with_nul) {
		c->with_nul = true;
		ipc_enter(c, IPC_STEP_SETUP, env);
	} else {
		ipc_fail(c, "the server lets nobody in without a password", reply->header.status);
	}
}

static void write_tree(struct ipc_client *c, struct nbt_writer *w)
{
	struct smb1_tree tree = { .path = "\\\\", .service = "IPC" };

	if (strlen(c->task->server) > sizeof(tree.path) - 16) {
		nbt_writer_fail(w, NBT_ESPACE);
		return;
	}
	strcat(tree.path, c->task->server);
	strcat(tree.path, "\\IPC$");
	smb1_write_tree_andx(w, &tree);
}

static void take_tree(struct ipc_client *c, const struct ipc_reply *reply,
		      const struct nbt_env *env)
{
	if (reply->header.status != 0) {
		ipc_fail(c, "the server refuses IPC$", reply->header.status);
		return;
	}
	c->tid = reply->header.tid;
	ipc_begin_lists(c, env);
}

static void write_leave(struct ipc_client *c, struct nbt_writer *w)
{
	(void)c;
	smb1_write_empty(w);
}

/* Whatever it says. */
static void take_leave(struct ipc_client *c, const struct ipc_reply *reply,
		       const struct nbt_env *env)
{
	(void)reply;
	(void)env;
	c->step = IPC_STEP_END;
	c->state = IPC_DONE;
}

const struct ipc_step_row ipc_steps[IPC_STEP_SMB1_END] = {
	[IPC_STEP_NEGOTIATE] = { SMB1_NEGOTIATE, write_negotiate, take_negotiate },
	[IPC_STEP_SETUP] = { SMB1_SESSION_SETUP, write_setup, take_setup },
	[IPC_STEP_TREE] = { SMB1_TREE_CONNECT_ANDX, write_tree, take_tree },
	[IPC_STEP_LIST] = { SMB1_TRANSACTION, ipc_write_list, ipc_take_list },
	[IPC_STEP_LEAVE] = { SMB1_TREE_DISCONNECT, write_leave, take_leave },
};
