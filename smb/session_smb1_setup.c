/* SMB1: dialect, logins and trees. */
#include "smb/session_inner.h"

#include <string.h>

#include "smb/ntlmssp.h"
#include "smb/smb1_negotiate.h"
#include "smb/smb1_setup.h"
#include "smb/smb2.h"
#include "smb/text.h"

#define MAX_BUFFER    16644 /* as smbd */
#define MAX_MPX       50
#define BUFFER_LEAST  512
#define CAPABILITIES  (SMB1_CAP_UNICODE | SMB1_CAP_NT_SMBS | SMB1_CAP_RPC | SMB1_CAP_NTSTATUS)
#define NATIVE_OS     "Windows 6.1" /* clients take hints from it, and know this one */
#define NATIVE_LANMAN "nbtsuite"
#define ANY_SERVICE   "\?\?\?\?\?"

static bool may_choose(const struct smb_session *session, enum smb1_dialect dialect)
{
	unsigned needs = dialect >= SMB1_DIALECT_SMB2_FIRST ? SMB_MAY_SMB2 : SMB_MAY_SMB1;

	return session->may & needs;
}

static enum smb1_dialect choose(const struct smb_session *session, struct nbt_reader *bytes,
				uint16_t *index)
{
	struct smb1_offered offered, best = { .dialect = SMB1_DIALECT_NONE };

	*index = SMB1_NO_DIALECT;
	for (uint16_t i = 0; smb1_next_dialect(bytes, &offered); i++)
		if (offered.rank > best.rank && may_choose(session, offered.dialect)) {
			best = offered;
			*index = i;
		}
	return best.dialect;
}

static void draw_challenge(struct smb_session *session, const struct nbt_env *env)
{
	for (size_t i = 0; i < sizeof(session->challenge); i++)
		session->challenge[i] = (uint8_t)nbt_env_random(env, 256);
}

static void write_negotiated(struct smb1_call *call, uint16_t index)
{
	struct smb_session *session = call->x->session;
	const struct smb_host *host = call->x->host;
	struct smb1_negotiated reply = {
		.index = index,
		.dialect = (enum smb1_dialect)session->dialect,
		.security_mode = SMB1_SECURITY_USER | SMB1_SECURITY_CHALLENGE,
		.max_mpx = MAX_MPX,
		.max_vcs = 1,
		.max_buffer = MAX_BUFFER,
		.capabilities = CAPABILITIES | (session->extended ? SMB1_CAP_EXT_SECURITY : 0),
		.wall_s = call->x->env->wall_s,
		.challenge_len = SMB1_CHALLENGE_LEN,
		.challenge = session->challenge,
		.domain = host->workgroup, /* clients ask for the list of this */
		.server = host->name,
		.guid = host->guid,
		.blob = spnego_hint,
		.blob_len = SPNEGO_HINT_LEN
	};

	smb1_write_negotiated(&call->w, &reply);
}

enum smb_status smb1_do_negotiate(struct smb1_call *call)
{
	struct smb_session *session = call->x->session;
	struct nbt_reader bytes = call->block.bytes;
	uint16_t index;
	enum smb1_dialect dialect = choose(session, &bytes, &index);

	if (bytes.err != NBT_OK) {
		call->x->close = true;
		return SMB_INVALID_PARAMETER;
	}
	draw_challenge(session, call->x->env);
	if (dialect >= SMB1_DIALECT_SMB2_FIRST) {
		call->silent = true;
		smb2_answer_negotiate(call->x, dialect == SMB1_DIALECT_SMB2_WILDCARD
						       ? SMB2_DIALECT_WILDCARD
						       : SMB2_DIALECT_202);
		return SMB_OK;
	}
	session->dialect = (uint8_t)dialect;
	session->stage = dialect != SMB1_DIALECT_NONE ? SMB_STAGE_SMB1 : SMB_STAGE_LOST;
	session->extended = dialect == SMB1_DIALECT_NT && session->may & SMB_MAY_SPNEGO &&
			    call->header.flags2 & SMB1_EXT_SECURITY;
	write_negotiated(call, index);
	return SMB_OK;
}

/* No name and no password, or what Windows has for none: one NUL. */
static bool is_anonymous(const struct smb1_setup *setup)
{
	return setup->account[0] == '\0' && setup->lm_len <= 1 && setup->nt_len <= 1;
}

static void write_setup_reply(struct smb1_call *call, const struct smb_login *login,
			      const struct smb1_setup *setup, const struct nbt_writer *blob)
{
	const struct smb1_setup_reply reply = {
		.extended = setup->form == SMB1_SETUP_EXTENDED,
		.action = login->state == SMB_LOGIN_GUEST ? SMB1_ACTION_GUEST : 0,
		.blob = blob->base,
		.blob_len = (uint16_t)blob->pos,
		.silent = call->x->session->dialect < SMB1_DIALECT_NT,
		.native_os = NATIVE_OS,
		.native_lanman = NATIVE_LANMAN,
		.domain = call->x->host->workgroup
	};

	call->header.uid = login->id;
	smb1_write_setup_reply(&call->w, call->unicode, &reply);
}

static enum smb_status log_in(struct smb1_call *call, struct smb_login *login,
			      const struct smb1_setup *setup)
{
	uint8_t buf[SMB_BLOB_MAX];
	struct nbt_writer blob = nbt_writer_of(buf, sizeof(buf));
	enum smb_status status = SMB_OK;

	if (setup->form == SMB1_SETUP_EXTENDED)
		status = smb_authenticate(call->x, login, setup->blob, setup->blob_len, &blob);
	else
		login->state = is_anonymous(setup) ? SMB_LOGIN_ANONYMOUS : SMB_LOGIN_GUEST;
	if (blob.err != NBT_OK)
		status = SMB_NO_RESOURCES;
	if (status == SMB_OK || status == SMB_MORE_PROCESSING)
		write_setup_reply(call, login, setup, &blob);
	else
		smb_logoff(call->x->session, login);
	return status;
}

enum smb_status smb1_do_setup(struct smb1_call *call)
{
	struct smb_session *session = call->x->session;
	struct smb_login *login = NULL;
	struct smb1_setup setup;

	if (smb1_read_setup(&call->block, call->unicode, &setup) != NBT_OK ||
	    (setup.form == SMB1_SETUP_EXTENDED && !session->extended))
		return SMB_INVALID_PARAMETER;
	session->max_buffer = setup.max_buffer > BUFFER_LEAST ? setup.max_buffer : BUFFER_LEAST;
	if (setup.form == SMB1_SETUP_EXTENDED)
		login = smb_find_login(session, call->header.uid);
	if (login == NULL)
		login = smb_new_login(session);
	return login != NULL ? log_in(call, login, &setup) : SMB_NO_RESOURCES;
}

enum smb_status smb1_do_logoff(struct smb1_call *call)
{
	struct smb_login *login = smb_find_login(call->x->session, call->header.uid);

	if (login != NULL)
		smb_logoff(call->x->session, login);
	nbt_write_u8(&call->w, 2);
	smb1_write_no_andx(&call->w);
	nbt_write_le16(&call->w, 0);
	return SMB_OK;
}

/* IPC$ is all there is, and it is no disk and no printer. */
static enum smb_status connect_tree(struct smb1_call *call, const struct smb1_tree *asked)
{
	struct smb_tree *tree;

	if (!smb_is_ipc_path(asked->path))
		return SMB_NO_SUCH_SHARE;
	if (smb_compare(asked->service, "IPC") != 0 &&
	    smb_compare(asked->service, ANY_SERVICE) != 0)
		return SMB_BAD_SERVICE;
	tree = smb_new_tree(call->x->session, call->header.uid);
	if (tree == NULL)
		return SMB_NO_RESOURCES;
	call->header.tid = tree->id;
	return SMB_OK;
}

enum smb_status smb1_do_tree_connect_andx(struct smb1_call *call)
{
	struct smb_session *session = call->x->session;
	struct smb_tree *old = smb_find_tree(session, call->header.tid);
	struct smb1_tree asked;
	enum smb1_tree_form form = SMB1_TREE_LANMAN;
	enum smb_status status;

	if (smb1_read_tree_andx(&call->block, call->unicode, &asked) != NBT_OK)
		return SMB_INVALID_PARAMETER;
	if (asked.flags & SMB1_TREE_DROP_TID && old != NULL)
		smb_leave_tree(session, old);
	status = connect_tree(call, &asked);
	if (status != SMB_OK)
		return status;
	if (session->dialect >= SMB1_DIALECT_NT)
		form = asked.flags & SMB1_TREE_EXTENDED ? SMB1_TREE_LONG : SMB1_TREE_NT;
	smb1_write_tree_reply(&call->w, call->unicode, form);
	return SMB_OK;
}

enum smb_status smb1_do_tree_connect(struct smb1_call *call)
{
	struct smb1_tree asked;
	enum smb_status status;

	if (smb1_read_tree(&call->block, &asked) != NBT_OK)
		return SMB_INVALID_PARAMETER;
	status = connect_tree(call, &asked);
	if (status != SMB_OK)
		return status;
	nbt_write_u8(&call->w, 2);
	nbt_write_le16(&call->w, MAX_BUFFER);
	nbt_write_le16(&call->w, call->header.tid);
	nbt_write_le16(&call->w, 0);
	return SMB_OK;
}

enum smb_status smb1_do_tree_disconnect(struct smb1_call *call)
{
	struct smb_session *session = call->x->session;

	smb_leave_tree(session, smb_find_tree(session, call->header.tid));
	smb1_write_empty(&call->w);
	return SMB_OK;
}
