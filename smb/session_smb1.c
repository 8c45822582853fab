/* SMB1 frames: chains of commands, and what is true of all of them. */
#include "smb/session_inner.h"

#include "smb/smb1_negotiate.h"

#define ECHOES_MAX     16
#define ECHO_BYTES_MAX 0x10000 /* of all answers to one echo: nobody is to be an amplifier */
#define FLAGS2_OURS    (SMB1_LONG_NAMES | SMB1_EAS)
#define FLAGS2_ECHOED  (SMB1_UNICODE | SMB1_NTSTATUS | SMB1_EXT_SECURITY)

/* What a command needs before it is looked at. */
#define NEEDS_LOGIN    0x01
#define NEEDS_TREE     0x02
#define IS_ANDX        0x04
#define FIRST          0x08 /* may come before the dialect is settled */
#define ALONE          0x10 /* settles what others are read by, or has answers of its own, or none */

struct operation {
	uint8_t command, needs;
	uint8_t words; /* at least */
	enum smb_status (*answer)(struct smb1_call *call);
	enum smb_status refusal; /* without answer: what it gets on IPC$ */
};

static enum smb_status do_echo(struct smb1_call *call);
static enum smb_status do_cancel(struct smb1_call *call);
static enum smb_status do_exit(struct smb1_call *call);

/* Of commands that are refused there are three kinds: those that want files, as smbd answers them
 * on IPC$; those that nothing here could serve; and all other bytes. */
static const struct operation operations[] = {
	{ SMB1_NEGOTIATE, FIRST | ALONE, 0, smb1_do_negotiate, SMB_OK },
	{ SMB1_ECHO, FIRST | ALONE, 1, do_echo, SMB_OK },
	{ SMB1_NT_CANCEL, ALONE, 0, do_cancel, SMB_OK },
	{ 0x11, 0, 0, do_exit, SMB_OK },
	{ SMB1_SESSION_SETUP, IS_ANDX, 10, smb1_do_setup, SMB_OK },
	{ SMB1_LOGOFF, IS_ANDX | NEEDS_LOGIN, 2, smb1_do_logoff, SMB_OK },
	{ SMB1_TREE_CONNECT, NEEDS_LOGIN, 0, smb1_do_tree_connect, SMB_OK },
	{ SMB1_TREE_CONNECT_ANDX, IS_ANDX | NEEDS_LOGIN, 4, smb1_do_tree_connect_andx, SMB_OK },
	{ SMB1_TREE_DISCONNECT, NEEDS_TREE, 0, smb1_do_tree_disconnect, SMB_OK },
	{ SMB1_TRANSACTION, NEEDS_LOGIN | NEEDS_TREE, 14, smb1_do_transaction, SMB_OK },
	{ SMB1_NT_CREATE, IS_ANDX | NEEDS_LOGIN | NEEDS_TREE, 24, smb1_do_create, SMB_OK },
	{ SMB1_OPEN_ANDX, IS_ANDX | NEEDS_LOGIN | NEEDS_TREE, 15, smb1_do_open, SMB_OK },
	{ SMB1_CLOSE, NEEDS_LOGIN | NEEDS_TREE, 3, smb1_do_close, SMB_OK },
	{ SMB1_READ_ANDX, IS_ANDX | NEEDS_LOGIN | NEEDS_TREE, 10, smb1_do_read, SMB_OK },
	{ SMB1_WRITE_ANDX, IS_ANDX | NEEDS_LOGIN | NEEDS_TREE, 12, smb1_do_write, SMB_OK },

	{ 0x00, NEEDS_TREE, 0, NULL, SMB_ACCESS_DENIED },  /* create directory */
	{ 0x01, NEEDS_TREE, 0, NULL, SMB_ACCESS_DENIED },  /* delete directory */
	{ 0x02, NEEDS_TREE, 0, NULL, SMB_ACCESS_DENIED },  /* open */
	{ 0x03, NEEDS_TREE, 0, NULL, SMB_ACCESS_DENIED },  /* create */
	{ 0x06, NEEDS_TREE, 0, NULL, SMB_ACCESS_DENIED },  /* delete */
	{ 0x07, NEEDS_TREE, 0, NULL, SMB_ACCESS_DENIED },  /* rename */
	{ 0x08, NEEDS_TREE, 0, NULL, SMB_ACCESS_DENIED },  /* query information */
	{ 0x09, NEEDS_TREE, 0, NULL, SMB_ACCESS_DENIED },  /* set information */
	{ 0x0E, NEEDS_TREE, 0, NULL, SMB_ACCESS_DENIED },  /* create temporary */
	{ 0x0F, NEEDS_TREE, 0, NULL, SMB_ACCESS_DENIED },  /* create new */
	{ 0x10, NEEDS_TREE, 0, NULL, SMB_ACCESS_DENIED },  /* check directory */
	{ 0x32, NEEDS_TREE, 0, NULL, SMB_ACCESS_DENIED },  /* transaction 2 */
	{ 0x33, NEEDS_TREE, 0, NULL, SMB_ACCESS_DENIED },  /* its later parts */
	{ 0x80, NEEDS_TREE, 0, NULL, SMB_ACCESS_DENIED },  /* query disk */
	{ 0x05, NEEDS_TREE, 0, NULL, SMB_INVALID_HANDLE }, /* flush */
	{ 0x0A, NEEDS_TREE, 0, NULL, SMB_INVALID_HANDLE }, /* read */
	{ 0x0B, NEEDS_TREE, 0, NULL, SMB_INVALID_HANDLE }, /* write */
	{ 0x12, NEEDS_TREE, 0, NULL, SMB_INVALID_HANDLE }, /* seek */
	{ 0x22, NEEDS_TREE, 0, NULL, SMB_INVALID_HANDLE }, /* set information 2 */
	{ 0x23, NEEDS_TREE, 0, NULL, SMB_INVALID_HANDLE }, /* query information 2 */
	{ 0x0C, NEEDS_TREE, 0, NULL, SMB_NOT_SUPPORTED },  /* lock */
	{ 0x0D, NEEDS_TREE, 0, NULL, SMB_NOT_SUPPORTED },  /* unlock */
	{ 0x24, NEEDS_TREE, 0, NULL, SMB_NOT_SUPPORTED },  /* locking */
	{ 0x26, NEEDS_TREE, 0, NULL, SMB_NOT_SUPPORTED },  /* later parts of a transaction */
	{ 0x27, NEEDS_TREE, 0, NULL, SMB_NOT_SUPPORTED },  /* ioctl */
	{ 0x34, NEEDS_TREE, 0, NULL, SMB_NOT_SUPPORTED },  /* end of search */
	{ 0x81, NEEDS_TREE, 0, NULL, SMB_NOT_SUPPORTED },  /* search */
	{ 0x82, NEEDS_TREE, 0, NULL, SMB_NOT_SUPPORTED },  /* find */
	{ 0x83, NEEDS_TREE, 0, NULL, SMB_NOT_SUPPORTED },  /* find unique */
	{ 0x84, NEEDS_TREE, 0, NULL, SMB_NOT_SUPPORTED },  /* end of find */
	{ 0xA0, NEEDS_TREE, 0, NULL, SMB_NOT_SUPPORTED },  /* NT transaction */
	{ 0xA1, NEEDS_TREE, 0, NULL, SMB_NOT_SUPPORTED },  /* its later parts */
	{ 0xC0, NEEDS_TREE, 0, NULL, SMB_ACCESS_DENIED },  /* print */
};

static const struct operation *find_operation(uint8_t command)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (operations[i].command == command)
			return &operations[i];
	return NULL;
}

/* A client of the core dialect has no login: its password comes with the tree. */
static bool may_run(const struct smb1_call *call, uint8_t needs, enum smb_status *status)
{
	struct smb_session *session = call->x->session;

	*status = SMB_OK;
	if (needs & NEEDS_LOGIN && session->dialect != SMB1_DIALECT_CORE &&
	    !smb_is_logged_in(session, call->header.uid))
		*status = SMB_BAD_UID;
	else if (needs & NEEDS_TREE && smb_find_tree(session, call->header.tid) == NULL)
		*status = SMB_BAD_TID;
	return *status == SMB_OK;
}

static enum smb_status run(struct smb1_call *call, const struct operation *op)
{
	enum smb_status status;

	if (op == NULL)
		return SMB_BAD_COMMAND;
	if (!may_run(call, op->needs, &status))
		return status;
	if (op->answer == NULL)
		return op->refusal;
	if (smb1_word_count(&call->block) < op->words)
		return SMB_INVALID_PARAMETER;
	return op->answer(call);
}

static bool has_body(enum smb_status status)
{
	return status == SMB_OK || status == SMB_MORE_PROCESSING || status == SMB_BUFFER_OVERFLOW;
}

/* The header as it is known so far; the status may come later. */
static void write_header(const struct smb1_call *call, struct nbt_writer *w, enum smb_status status)
{
	const struct smb_session *session = call->x->session;
	struct smb1_header header = call->header;
	uint16_t echoed = FLAGS2_ECHOED;

	if (!session->extended)
		echoed = (uint16_t)(echoed & ~SMB1_EXT_SECURITY);
	if (session->dialect < SMB1_DIALECT_NT && session->stage == SMB_STAGE_SMB1)
		echoed = (uint16_t)(echoed & ~SMB1_UNICODE);
	if (!smb_status_is_nt(status))
		echoed = (uint16_t)(echoed & ~SMB1_NTSTATUS);
	header.status = smb_status_code(status, header.flags2 & SMB1_NTSTATUS);
	header.flags = SMB1_FLAG_REPLY | SMB1_FLAG_CASE;
	header.flags2 = (uint16_t)(FLAGS2_OURS | (header.flags2 & echoed));
	smb1_write_header(w, &header);
}

void smb1_begin_apart(const struct smb1_call *call, struct nbt_writer *w)
{
	*w = smb_begin_reply(call->x);
	write_header(call, w, SMB_OK);
}

void smb1_send_apart(const struct smb1_call *call, struct nbt_writer *w)
{
	smb_send_reply(call->x, w);
}

/* MS-CIFS section 2.2.4.39: as many answers as were asked for, numbered. */
static enum smb_status do_echo(struct smb1_call *call)
{
	struct nbt_reader words = call->block.words, bytes = call->block.bytes;
	uint16_t count = nbt_read_le16(&words);
	size_t len = nbt_read_left(&bytes), sent = 0;
	const uint8_t *data = nbt_read_bytes(&bytes, len);

	call->silent = true;
	for (uint16_t i = 1; i <= count && i <= ECHOES_MAX && sent <= ECHO_BYTES_MAX; i++) {
		struct nbt_writer w;
		size_t at;

		smb1_begin_apart(call, &w);
		nbt_write_u8(&w, 1);
		nbt_write_le16(&w, i);
		at = smb1_begin_bytes(&w);
		nbt_write_bytes(&w, data, len);
		smb1_end_bytes(&w, at);
		sent += w.pos;
		if (w.err == NBT_OK)
			smb1_send_apart(call, &w);
	}
	return SMB_OK;
}

/* MS-CIFS section 2.2.4.65: it has no answer, and nothing here waits. */
static enum smb_status do_cancel(struct smb1_call *call)
{
	call->silent = true;
	return SMB_OK;
}

static enum smb_status do_exit(struct smb1_call *call)
{
	smb1_write_empty(&call->w);
	return SMB_OK;
}

/* Goes to the block that an AndX command points at, which is after it. false: there is none. */
static bool next_block(struct smb1_call *call, struct nbt_reader *r, struct smb1_andx *andx)
{
	struct nbt_reader words = call->block.words;

	*andx = smb1_read_andx(&words);
	if (andx->command == SMB1_NO_ANDX)
		return false;
	if (andx->offset < r->pos || andx->offset > r->end) {
		call->x->close = true;
		return false;
	}
	r->pos = andx->offset;
	return true;
}

/* Tells the block before, at block_at, that another follows. false: nothing could point there. */
static bool link_blocks(struct nbt_writer *w, size_t block_at, uint8_t command)
{
	nbt_write_align(w, 2);
	if (w->err != NBT_OK || w->pos > UINT16_MAX)
		return false;
	w->base[block_at + 1] = command;
	nbt_write_le16_at(w, block_at + 3, (uint16_t)w->pos);
	return true;
}

/* NULL: no such command, or none that follows another. */
static const struct operation *find_in_chain(uint8_t command, bool is_first)
{
	const struct operation *op = find_operation(command);

	return is_first || op == NULL || !(op->needs & ALONE) ? op : NULL;
}

/* A chain ends at its first error, or at a command that others don't follow. */
static enum smb_status run_chain(struct smb1_call *call, struct nbt_reader *r)
{
	struct smb1_andx andx = { .command = call->header.command };
	enum smb_status status;

	for (;;) {
		size_t block_at = call->w.pos;
		const struct operation *op =
			find_in_chain(andx.command, block_at == SMB1_HEADER_LEN);

		call->block = smb1_read_block(r);
		if (call->block.words.err != NBT_OK || call->block.bytes.err != NBT_OK) {
			call->x->close = true;
			return SMB_INVALID_PARAMETER;
		}
		status = run(call, op);
		if (!has_body(status) || call->w.err != NBT_OK) {
			call->w.pos = block_at;
			call->w.err = NBT_OK;
			smb1_write_empty(&call->w);
			return status != SMB_OK ? status : SMB_NO_RESOURCES;
		}
		if (status != SMB_OK || !(op->needs & IS_ANDX) || !next_block(call, r, &andx))
			return status;
		if (!link_blocks(&call->w, block_at, andx.command))
			return SMB_NO_RESOURCES;
	}
}

/* Before the dialect is settled there is nothing else to talk about. */
static bool is_in_order(const struct smb_session *session, uint8_t command)
{
	const struct operation *op = find_operation(command);
	bool first = op != NULL && op->needs & FIRST;

	if (session->stage == SMB_STAGE_SMB1)
		return command != SMB1_NEGOTIATE;
	return session->stage == SMB_STAGE_FIRST && first;
}

void smb1_answer(struct smb_exchange *x, const uint8_t *smb, size_t len)
{
	struct nbt_reader r = nbt_reader_of(smb, len);
	struct smb1_call call = { .x = x, .w = smb_begin_reply(x) };
	enum smb_status status;
	struct nbt_writer head;

	smb1_read_header(&r, &call.header);
	if (r.err != NBT_OK || !is_in_order(x->session, call.header.command)) {
		x->close = true;
		return;
	}
	call.unicode =
		(call.header.flags2 & SMB1_UNICODE) && x->session->dialect == SMB1_DIALECT_NT;
	nbt_write_zeros(&call.w, SMB1_HEADER_LEN);
	status = run_chain(&call, &r);
	if (x->close || call.silent)
		return;
	head = nbt_writer_of(call.w.base, SMB1_HEADER_LEN);
	write_header(&call, &head, status);
	smb_send_reply(x, &call.w);
}
