/* The IPC$ client's way to the pipe by SMB2, and back: each step a request and its answer. */
#include "smb/ipc_inner.h"

#include <string.h>

#include <nbt/session.h>

#include "smb/ntlmssp.h"
#include "smb/rpc.h"
#include "smb/status.h"

#define REQUEST_MAX    2048
#define BLOB_MAX       256
#define CREDITS        8
#define STATUS_PENDING 0x00000103

struct answer {
	struct smb2_header header;
	struct nbt_reader body;
};

struct row {
	uint16_t command;
	void (*write)(struct ipc_client *c, struct nbt_writer *w);
	void (*take)(struct ipc_client *c, const struct answer *answer, const struct nbt_env *env);
};

static bool is_status(const struct answer *answer, enum smb_status status)
{
	return answer->header.status == smb_status_code(status, true);
}

static void no_sense(struct ipc_client *c)
{
	ipc_fail(c, "the server's answer makes no sense", 0);
}

/* What is refused, in words for whoever has no name and for guests. Both have no key to sign with
 * (MS-SMB2 section 3.2.5.3.1). */
struct refusal {
	const char *nobody, *guest;
};

static const struct refusal no_login = { "the server lets nobody in without a name",
					 "the server does not let this user in as a guest" };
static const struct refusal no_tree = { "the server refuses IPC$ to whoever has no name",
					"the server refuses IPC$ to guests" };
static const struct refusal no_pipe = {
	"the server does not say what it shares to whoever has no name",
	"the server does not say what it shares to guests"
};

static void refuse(struct ipc_client *c, const struct answer *answer, const struct refusal *what)
{
	const char *why = *ipc_user(c) == '\0' ? what->nobody : what->guest;

	if (is_status(answer, SMB_ACCESS_DENIED) && c->demands_signing)
		why = "access is denied, and the server demands signatures, which take a password";
	ipc_fail(c, why, answer->header.status);
}

/*
 * Negotiation.
 */

/* Of each connection anew. */
void ipc_begin_smb2(struct ipc_client *c, const struct nbt_env *env)
{
	c->message_id = c->session_id = 0;
	c->tree_id = 0;
	c->demands_signing = false;
	for (size_t i = 0; i < sizeof(c->guid); i++)
		c->guid[i] = (uint8_t)nbt_env_random(env, 256);
}

static void write_negotiate(struct ipc_client *c, struct nbt_writer *w)
{
	smb2_write_negotiate(w, c->guid);
}

static bool is_offered(uint16_t dialect)
{
	return dialect == SMB2_DIALECT_202 || dialect == SMB2_DIALECT_210 ||
	       dialect == SMB2_DIALECT_300 || dialect == SMB2_DIALECT_302 ||
	       dialect == SMB2_DIALECT_311;
}

/* The wildcard means: ask again, in SMB2. */
static void take_negotiate(struct ipc_client *c, const struct answer *answer,
			   const struct nbt_env *env)
{
	struct smb2_answer_negotiated got;

	if (!is_status(answer, SMB_OK)) {
		ipc_fail(c, "the server speaks no dialect of SMB2 that we know",
			 answer->header.status);
		return;
	}
	if (smb2_read_negotiated(answer->body, &got) != NBT_OK) {
		no_sense(c);
		return;
	}
	c->demands_signing = got.security_mode & SMB2_SIGNING_REQUIRED;
	if (got.dialect == SMB2_DIALECT_WILDCARD && c->step == IPC_STEP_NEGOTIATE)
		ipc_enter(c, IPC_STEP_NEGOTIATE2, env);
	else if (is_offered(got.dialect))
		ipc_enter(c, IPC_STEP_CHALLENGE, env);
	else
		ipc_fail(c, "the server speaks no dialect of SMB2 that we know", 0);
}

/*
 * Logging in, as nobody or as a guest.
 */

static void write_blob(struct nbt_writer *w, const struct nbt_writer *blob)
{
	if (blob->err != NBT_OK)
		nbt_writer_fail(w, blob->err);
	smb2_write_session_setup(w, &(struct smb2_blob){ blob->base, (uint32_t)blob->pos });
}

static void write_challenge(struct ipc_client *c, struct nbt_writer *w)
{
	uint8_t bytes[BLOB_MAX];
	struct nbt_writer blob = nbt_writer_of(bytes, sizeof(bytes));

	(void)c;
	ntlmssp_write_negotiate(&blob);
	write_blob(w, &blob);
}

/* The blob may come in SPNEGO, though ours did not. */
static bool read_challenge(struct ipc_client *c, const struct answer *answer)
{
	struct smb2_blob blob;
	struct spnego_token token;

	return smb2_read_session(answer->body, &blob) == NBT_OK && blob.len > 0 &&
	       spnego_read(blob.bytes, blob.len, &token) == NBT_OK &&
	       ntlmssp_read_challenge(token.mech, &c->ntlmssp_flags) == NBT_OK;
}

static void take_challenge(struct ipc_client *c, const struct answer *answer,
			   const struct nbt_env *env)
{
	if (!is_status(answer, SMB_MORE_PROCESSING)) {
		refuse(c, answer, &no_login);
	} else if (!read_challenge(c, answer)) {
		no_sense(c);
	} else {
		c->session_id = answer->header.session_id;
		ipc_enter(c, IPC_STEP_AUTHENTICATE, env);
	}
}

static void write_authenticate(struct ipc_client *c, struct nbt_writer *w)
{
	uint8_t bytes[BLOB_MAX + 4 * SMB1_NAME_MAX];
	struct nbt_writer blob = nbt_writer_of(bytes, sizeof(bytes));

	ntlmssp_write_authenticate(&blob, ipc_user(c), c->ntlmssp_flags);
	write_blob(w, &blob);
}

static void take_authenticate(struct ipc_client *c, const struct answer *answer,
			      const struct nbt_env *env)
{
	if (is_status(answer, SMB_OK))
		ipc_enter(c, IPC_STEP_TREE2, env);
	else
		refuse(c, answer, &no_login);
}

/*
 * The tree, and the pipe in it.
 */

static void write_tree(struct ipc_client *c, struct nbt_writer *w)
{
	char path[SMB2_PATH_MAX] = "\\\\";

	if (strlen(c->task->server) > sizeof(path) - 16) {
		nbt_writer_fail(w, NBT_ESPACE);
		return;
	}
	strcat(path, c->task->server);
	strcat(path, "\\IPC$");
	smb2_write_tree_connect(w, path);
}

static void take_tree(struct ipc_client *c, const struct answer *answer, const struct nbt_env *env)
{
	if (!is_status(answer, SMB_OK)) {
		refuse(c, answer, &no_tree);
		return;
	}
	c->tree_id = answer->header.tree_id;
	ipc_enter(c, IPC_STEP_PIPE, env);
}

static void write_pipe(struct ipc_client *c, struct nbt_writer *w)
{
	(void)c;
	smb2_write_create(w, "srvsvc");
}

static void take_pipe(struct ipc_client *c, const struct answer *answer, const struct nbt_env *env)
{
	if (!is_status(answer, SMB_OK))
		refuse(c, answer, &no_pipe);
	else if (smb2_read_created(answer->body, &c->file) != NBT_OK)
		no_sense(c);
	else
		ipc_begin_shares(c, env);
}

/*
 * Bytes by the pipe. What there was no room for is had by reading.
 */

static bool has_bytes(const struct answer *answer)
{
	return is_status(answer, SMB_OK) || is_status(answer, SMB_BUFFER_OVERFLOW);
}

static void take_transceived(struct ipc_client *c, const struct answer *answer,
			     const struct nbt_env *env)
{
	struct smb2_blob bytes;

	if (!has_bytes(answer))
		refuse(c, answer, &no_pipe);
	else if (smb2_read_transceived(answer->body, &bytes) != NBT_OK)
		no_sense(c);
	else
		ipc_take_pipe(c, &bytes, env);
}

static void write_read(struct ipc_client *c, struct nbt_writer *w)
{
	smb2_write_read(w, &c->file, RPC_FRAGMENT_MAX);
}

static void take_read(struct ipc_client *c, const struct answer *answer, const struct nbt_env *env)
{
	struct smb2_blob bytes;

	if (!has_bytes(answer) || smb2_read_data(answer->body, &bytes) != NBT_OK)
		no_sense(c);
	else
		ipc_take_pipe(c, &bytes, env);
}

/*
 * The end, whatever the server says to it.
 */

static void write_close(struct ipc_client *c, struct nbt_writer *w)
{
	smb2_write_close(w, &c->file);
}

static void take_close(struct ipc_client *c, const struct answer *answer, const struct nbt_env *env)
{
	(void)answer;
	ipc_enter(c, IPC_STEP_LOGOFF, env);
}

static void write_logoff(struct ipc_client *c, struct nbt_writer *w)
{
	(void)c;
	smb2_write_empty(w);
}

static void take_logoff(struct ipc_client *c, const struct answer *answer,
			const struct nbt_env *env)
{
	(void)answer;
	(void)env;
	c->step = IPC_STEP_END;
	c->state = IPC_DONE;
}

static const struct row rows[IPC_STEPS] = {
	[IPC_STEP_NEGOTIATE] = { SMB2_NEGOTIATE, NULL, take_negotiate }, /* asked in SMB1 */
	[IPC_STEP_NEGOTIATE2] = { SMB2_NEGOTIATE, write_negotiate, take_negotiate },
	[IPC_STEP_CHALLENGE] = { SMB2_SESSION_SETUP, write_challenge, take_challenge },
	[IPC_STEP_AUTHENTICATE] = { SMB2_SESSION_SETUP, write_authenticate, take_authenticate },
	[IPC_STEP_TREE2] = { SMB2_TREE_CONNECT, write_tree, take_tree },
	[IPC_STEP_PIPE] = { SMB2_CREATE, write_pipe, take_pipe },
	[IPC_STEP_BIND] = { SMB2_IOCTL, ipc_write_bind, take_transceived },
	[IPC_STEP_SHARES] = { SMB2_IOCTL, ipc_write_shares, take_transceived },
	[IPC_STEP_READ] = { SMB2_READ, write_read, take_read },
	[IPC_STEP_CLOSE] = { SMB2_CLOSE, write_close, take_close },
	[IPC_STEP_LOGOFF] = { SMB2_LOGOFF, write_logoff, take_logoff },
};

/*
 * Frames.
 */

/* The answer to an offer in SMB1 has used up the first number. */
void ipc_send_smb2(struct ipc_client *c)
{
	const struct smb2_header header = { .command = rows[c->step].command,
					    .credits = CREDITS,
					    .message_id = c->message_id,
					    .session_id = c->session_id,
					    .tree_id = c->tree_id };
	uint8_t frame[REQUEST_MAX];
	struct nbt_writer w = nbt_writer_of(frame + NBT_SESSION_HEADER_LEN,
					    sizeof(frame) - NBT_SESSION_HEADER_LEN);

	smb2_write_header(&w, &header);
	rows[c->step].write(c, &w);
	if (w.err != NBT_OK)
		ipc_fail(c, "the names don't fit into a request", 0);
	else
		ipc_send_smb(c, frame, w.pos);
}

static bool is_answer(const struct ipc_client *c, const struct answer *answer)
{
	return answer->body.err == NBT_OK && answer->header.flags & SMB2_FLAG_REPLY &&
	       answer->header.command == rows[c->step].command &&
	       answer->header.message_id == c->message_id;
}

void ipc_take_smb2(struct ipc_client *c, const uint8_t *smb, size_t len, const struct nbt_env *env)
{
	struct answer answer = { .body = nbt_reader_of(smb, len) };

	smb2_read_header(&answer.body, &answer.header);
	if (!is_answer(c, &answer)) {
		ipc_fail(c, "the server answers something else", 0);
		return;
	}
	if (answer.header.flags & SMB2_FLAG_ASYNC && answer.header.status == STATUS_PENDING)
		return; /* it is still to come */
	c->message_id++;
	rows[c->step].take(c, &answer, env);
}
