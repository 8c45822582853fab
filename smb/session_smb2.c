/* SMB2 frames: requests, alone or compounded, each answered by a frame of its own. */
#include "smb/session_inner.h"

#include "smb/ntlmssp.h"
#include "smb/smb2.h"
#include "smb/text.h"

#define CREDITS_MAX   32
#define THE_SAME_FILE UINT64_MAX /* in a compound: the one opened before */

/* A request being answered. */
struct smb2_call {
	struct smb_exchange *x;
	struct smb2_header header; /* of the request; ids change as they are given */
	struct nbt_reader body;
	struct nbt_writer w; /* the reply, from its header on */
	uint16_t file;       /* the last one opened in this frame */
	bool silent;
};

/* What a command needs before it is looked at. */
#define NEEDS_LOGIN 1
#define NEEDS_TREE  2

static void write_negotiated(struct smb2_call *call, uint16_t dialect)
{
	const struct smb_exchange *x = call->x;
	const struct smb2_negotiated reply = { .dialect = dialect,
					       .guid = x->host->guid,
					       .blob = spnego_hint,
					       .blob_len = SPNEGO_HINT_LEN,
					       .filetime = smb_filetime(x->env->wall_s) };

	smb2_write_negotiated(&call->w, &reply);
}

static enum smb_status do_negotiate(struct smb2_call *call)
{
	struct smb2_negotiate asked;

	if (smb2_read_negotiate(call->body, &asked) != NBT_OK)
		return SMB_INVALID_PARAMETER;
	if (asked.best == 0)
		return SMB_NOT_SUPPORTED;
	for (size_t i = 0; i < sizeof(call->x->session->challenge); i++)
		call->x->session->challenge[i] = (uint8_t)nbt_env_random(call->x->env, 256);
	call->x->session->stage = SMB_STAGE_SMB2;
	write_negotiated(call, asked.best);
	return SMB_OK;
}

static enum smb_status do_setup(struct smb2_call *call)
{
	struct smb_session *session = call->x->session;
	struct smb_login *login = smb_find_login(session, call->header.session_id);
	uint8_t buf[SMB_BLOB_MAX];
	struct nbt_writer blob = nbt_writer_of(buf, sizeof(buf));
	struct smb2_setup asked;
	enum smb_status status;

	if (smb2_read_setup(call->body, &asked) != NBT_OK)
		return SMB_INVALID_PARAMETER;
	if (login == NULL && call->header.session_id != 0)
		return SMB_SESSION_GONE;
	if (login == NULL)
		login = smb_new_login(session);
	if (login == NULL)
		return SMB_NO_RESOURCES;
	call->header.session_id = login->id;
	status = smb_authenticate(call->x, login, asked.blob, asked.blob_len, &blob);
	if (status != SMB_OK && status != SMB_MORE_PROCESSING)
		smb_logoff(session, login);
	else
		smb2_write_setup(&call->w, login->state == SMB_LOGIN_GUEST ? SMB2_SESSION_GUEST : 0,
				 buf, (uint16_t)blob.pos);
	return status;
}

static enum smb_status do_logoff(struct smb2_call *call)
{
	struct smb_session *session = call->x->session;

	smb_logoff(session, smb_find_login(session, call->header.session_id));
	smb2_write_empty(&call->w);
	return SMB_OK;
}

static enum smb_status do_tree_connect(struct smb2_call *call)
{
	struct smb2_tree_connect asked;
	struct smb_tree *tree;

	if (smb2_read_tree_connect(call->body, &asked) != NBT_OK)
		return SMB_INVALID_PARAMETER;
	if (!smb_is_ipc_path(asked.path))
		return SMB_NO_SUCH_SHARE;
	tree = smb_new_tree(call->x->session, call->header.session_id);
	if (tree == NULL)
		return SMB_NO_RESOURCES;
	call->header.tree_id = tree->id;
	smb2_write_tree(&call->w);
	return SMB_OK;
}

static enum smb_status do_tree_disconnect(struct smb2_call *call)
{
	struct smb_session *session = call->x->session;

	smb_leave_tree(session, smb_find_tree(session, call->header.tree_id));
	smb2_write_empty(&call->w);
	return SMB_OK;
}

static enum smb_status do_create(struct smb2_call *call)
{
	struct smb2_create asked;
	struct smb_pipe *pipe;
	enum smb_status status;

	call->file = SMB_NO_ID;
	if (smb2_read_create(call->body, &asked) != NBT_OK)
		return SMB_INVALID_PARAMETER;
	status = smb_open_pipe(call->x->session, asked.name, call->header.tree_id, &pipe);
	if (status != SMB_OK)
		return status;
	call->file = pipe->id;
	smb2_write_created(&call->w,
			   &(struct smb2_file_id){ .persistent = pipe->id, .transient = pipe->id },
			   smb_filetime(0));
	return SMB_OK;
}

static struct smb_pipe *find_pipe(const struct smb2_call *call, const struct smb2_file_id *file)
{
	bool same = file->persistent == THE_SAME_FILE && file->transient == THE_SAME_FILE;
	uint64_t id = same ? call->file : file->transient;
	struct smb_pipe *pipe = smb_find_pipe(call->x->session, id);

	return pipe != NULL && pipe->tree == call->header.tree_id ? pipe : NULL;
}

static enum smb_status do_close(struct smb2_call *call)
{
	struct smb2_file_id file;
	struct smb_pipe *pipe;

	if (smb2_read_close(call->body, &file) != NBT_OK)
		return SMB_INVALID_PARAMETER;
	pipe = find_pipe(call, &file);
	if (pipe == NULL)
		return SMB_FILE_CLOSED;
	smb_close_pipe(pipe);
	smb2_write_closed(&call->w);
	return SMB_OK;
}

static enum smb_status do_empty(struct smb2_call *call)
{
	smb2_write_empty(&call->w);
	return SMB_OK;
}

static enum smb_status do_read(struct smb2_call *call)
{
	struct smb2_transfer asked;
	const uint8_t *data = NULL;
	struct smb_pipe *pipe;
	enum smb_status status;
	uint32_t len = 0;

	if (smb2_read_read(call->body, &asked) != NBT_OK)
		return SMB_INVALID_PARAMETER;
	pipe = find_pipe(call, &asked.file);
	if (pipe == NULL)
		return SMB_FILE_CLOSED;
	status = smb_read_pipe(call->x, pipe, asked.len, &data, &len);
	if (status == SMB_OK || status == SMB_BUFFER_OVERFLOW)
		smb2_write_data(&call->w, data, len);
	return status;
}

static enum smb_status do_write(struct smb2_call *call)
{
	struct smb2_transfer asked;
	struct smb_pipe *pipe;
	enum smb_status status;

	if (smb2_read_write(call->body, &asked) != NBT_OK)
		return SMB_INVALID_PARAMETER;
	pipe = find_pipe(call, &asked.file);
	if (pipe == NULL)
		return SMB_FILE_CLOSED;
	status = smb_write_pipe(pipe, asked.data, asked.len);
	if (status == SMB_OK)
		smb2_write_written(&call->w, asked.len);
	return status;
}

static enum smb_status transceive(struct smb2_call *call, const struct smb2_ioctl *asked)
{
	struct smb_pipe *pipe = find_pipe(call, &asked->file);
	struct smb2_ioctl answered = *asked;
	const uint8_t *data = NULL;
	enum smb_status status;
	uint32_t len = 0;

	if (pipe == NULL)
		return SMB_FILE_CLOSED;
	answered.file = (struct smb2_file_id){ .persistent = pipe->id, .transient = pipe->id };
	status = smb_write_pipe(pipe, asked->input, asked->input_len);
	if (status != SMB_OK)
		return status;
	status = smb_read_pipe(call->x, pipe, asked->max_output, &data, &len);
	if (status == SMB_OK || status == SMB_BUFFER_OVERFLOW)
		smb2_write_ioctl(&call->w, &answered, data, len);
	return status;
}

static enum smb_status do_ioctl(struct smb2_call *call)
{
	struct smb2_ioctl asked;

	if (smb2_read_ioctl(call->body, &asked) != NBT_OK)
		return SMB_INVALID_PARAMETER;
	switch (asked.code) {
	case SMB2_PIPE_TRANSCEIVE:
		return transceive(call, &asked);
	case SMB2_DFS_REFERRALS:
	case SMB2_DFS_REFERRALS_EX:
		return SMB_NO_REFERRAL;
	default:
		return SMB_INVALID_DEVICE_REQUEST;
	}
}

/* MS-SMB2 section 2.2.30: it has no answer, and nothing here waits. */
static enum smb_status do_cancel(struct smb2_call *call)
{
	call->silent = true;
	return SMB_OK;
}

static const struct {
	uint8_t needs;
	enum smb_status (*answer)(struct smb2_call *call); /* NULL: not supported */
} operations[SMB2_COMMANDS] = {
	[SMB2_NEGOTIATE] = { 0, do_negotiate },
	[SMB2_SESSION_SETUP] = { 0, do_setup },
	[SMB2_LOGOFF] = { NEEDS_LOGIN, do_logoff },
	[SMB2_TREE_CONNECT] = { NEEDS_LOGIN, do_tree_connect },
	[SMB2_TREE_DISCONNECT] = { NEEDS_LOGIN | NEEDS_TREE, do_tree_disconnect },
	[SMB2_CREATE] = { NEEDS_LOGIN | NEEDS_TREE, do_create },
	[SMB2_CLOSE] = { NEEDS_LOGIN | NEEDS_TREE, do_close },
	[SMB2_FLUSH] = { NEEDS_LOGIN | NEEDS_TREE, do_empty },
	[SMB2_READ] = { NEEDS_LOGIN | NEEDS_TREE, do_read },
	[SMB2_WRITE] = { NEEDS_LOGIN | NEEDS_TREE, do_write },
	[SMB2_IOCTL] = { NEEDS_LOGIN | NEEDS_TREE, do_ioctl },
	[SMB2_CANCEL] = { 0, do_cancel },
	[SMB2_ECHO] = { 0, do_empty },
};

static enum smb_status run(struct smb2_call *call)
{
	struct smb_session *session = call->x->session;
	uint16_t command = call->header.command;
	struct smb_tree *tree;
	uint8_t needs;

	if (command >= SMB2_COMMANDS)
		return SMB_INVALID_PARAMETER;
	needs = operations[command].needs;
	if (needs & NEEDS_LOGIN && !smb_is_logged_in(session, call->header.session_id))
		return SMB_SESSION_GONE;
	tree = smb_find_tree(session, call->header.tree_id);
	if (needs & NEEDS_TREE && (tree == NULL || tree->login != call->header.session_id))
		return SMB_TREE_GONE;
	return operations[command].answer != NULL ? operations[command].answer(call)
						  : SMB_NOT_SUPPORTED;
}

static bool has_body(enum smb_status status)
{
	return status == SMB_OK || status == SMB_MORE_PROCESSING || status == SMB_BUFFER_OVERFLOW;
}

static uint16_t credits_for(uint16_t asked)
{
	return asked == 0 ? 1 : asked < CREDITS_MAX ? asked : CREDITS_MAX;
}

/* The header goes before a body that is written already. */
static void send_reply(struct smb2_call *call, enum smb_status status)
{
	struct nbt_writer head = nbt_writer_of(call->w.base, SMB2_HEADER_LEN);
	struct smb2_header reply = call->header;

	reply.status = smb_status_code(status, true);
	reply.flags = SMB2_FLAG_REPLY;
	reply.next = 0;
	reply.credits = credits_for(call->header.credits);
	smb2_write_header(&head, &reply);
	smb_send_reply(call->x, &call->w);
}

static void begin_reply(struct smb2_call *call)
{
	call->w = smb_begin_reply(call->x);
	nbt_write_zeros(&call->w, SMB2_HEADER_LEN);
}

static void answer_one(struct smb2_call *call)
{
	enum smb_status status;

	begin_reply(call);
	call->silent = false;
	status = run(call);
	if (call->silent)
		return;
	if (!has_body(status) || call->w.err != NBT_OK) {
		begin_reply(call);
		smb2_write_error(&call->w);
		status = has_body(status) ? SMB_NO_RESOURCES : status;
	}
	send_reply(call, status);
}

/* Only a negotiate comes first, and only first, but for a second one after the answer to an SMB1
 * client. */
static bool is_in_order(const struct smb_session *session, uint16_t command)
{
	bool first = session->stage == SMB_STAGE_FIRST || session->stage == SMB_STAGE_AGAIN;

	if (!(session->may & SMB_MAY_SMB2))
		return false;
	return first ? command == SMB2_NEGOTIATE
		     : session->stage == SMB_STAGE_SMB2 && command != SMB2_NEGOTIATE;
}

/* A related request has the ids of the one before it (MS-SMB2 section 3.3.5.2.7.2). */
static void inherit(struct smb2_call *call, const struct smb2_header *before)
{
	if (call->header.flags & SMB2_FLAG_RELATED) {
		call->header.session_id = before->session_id;
		call->header.tree_id = before->tree_id;
	}
}

/* The next request of the frame: false: there is none, or none that can be read. */
static bool next_request(struct smb2_call *call, const uint8_t *smb, size_t len, size_t *at)
{
	struct smb2_header before = call->header;
	size_t size = len - *at;

	call->body = nbt_reader_of(smb + *at, size);
	smb2_read_header(&call->body, &call->header);
	if (call->body.err == NBT_OK && call->header.next != 0) {
		size = call->header.next;
		if (size < SMB2_HEADER_LEN || size % 8 != 0 || size > len - *at)
			nbt_reader_fail(&call->body, NBT_EVALUE);
		else
			call->body.end = size;
	}
	inherit(call, &before);
	*at += size;
	return call->body.err == NBT_OK;
}

void smb2_answer(struct smb_exchange *x, const uint8_t *smb, size_t len)
{
	struct smb2_call call = { .x = x };
	size_t at = 0;

	do {
		if (!next_request(&call, smb, len, &at) ||
		    !is_in_order(x->session, call.header.command)) {
			x->close = true;
			return;
		}
		answer_one(&call);
	} while (at < len);
}

void smb2_answer_negotiate(struct smb_exchange *x, uint16_t dialect)
{
	struct smb2_call call = { .x = x, .header = { .command = SMB2_NEGOTIATE } };

	x->session->stage = dialect == SMB2_DIALECT_WILDCARD ? SMB_STAGE_AGAIN : SMB_STAGE_SMB2;
	begin_reply(&call);
	write_negotiated(&call, dialect);
	send_reply(&call, SMB_OK);
}
