/* Logins and trees of a session. There is no account: who has no name is anonymous, everybody else
 * a guest. */
#include "smb/session_inner.h"

#include "smb/ntlmssp.h"
#include "smb/text.h"

struct smb_login *smb_find_login(struct smb_session *session, uint64_t id)
{
	for (size_t i = 0; i < SMB_LOGINS_MAX; i++)
		if (id != SMB_NO_ID && session->logins[i].id == id)
			return &session->logins[i];
	return NULL;
}

bool smb_is_logged_in(struct smb_session *session, uint64_t id)
{
	struct smb_login *login = smb_find_login(session, id);

	return login != NULL && login->state != SMB_LOGIN_PENDING;
}

struct smb_login *smb_new_login(struct smb_session *session)
{
	for (size_t i = 0; i < SMB_LOGINS_MAX; i++)
		if (session->logins[i].id == SMB_NO_ID) {
			session->logins[i] = (struct smb_login){ .id = smb_new_id(session),
								 .state = SMB_LOGIN_PENDING };
			return &session->logins[i];
		}
	return NULL;
}

void smb_leave_tree(struct smb_session *session, struct smb_tree *tree)
{
	for (size_t i = 0; i < SMB_PIPES_MAX; i++)
		if (session->pipes[i].tree == tree->id)
			smb_close_pipe(&session->pipes[i]);
	*tree = (struct smb_tree){ .id = SMB_NO_ID };
}

void smb_logoff(struct smb_session *session, struct smb_login *login)
{
	for (size_t i = 0; i < SMB_TREES_MAX; i++)
		if (session->trees[i].id != SMB_NO_ID && session->trees[i].login == login->id)
			smb_leave_tree(session, &session->trees[i]);
	*login = (struct smb_login){ .id = SMB_NO_ID };
}

struct smb_tree *smb_find_tree(struct smb_session *session, uint64_t id)
{
	for (size_t i = 0; i < SMB_TREES_MAX; i++)
		if (id != SMB_NO_ID && session->trees[i].id == id)
			return &session->trees[i];
	return NULL;
}

struct smb_tree *smb_new_tree(struct smb_session *session, uint64_t login)
{
	for (size_t i = 0; i < SMB_TREES_MAX; i++)
		if (session->trees[i].id == SMB_NO_ID) {
			session->trees[i] = (struct smb_tree){ .id = smb_new_id(session),
							       .login = (uint16_t)login };
			return &session->trees[i];
		}
	return NULL;
}

/* With SPNEGO around it, if the client has that. */
static void write_token(const struct smb_login *login, struct nbt_writer *answer,
			enum spnego_state state, const struct nbt_writer *token)
{
	if (login->raw)
		nbt_write_bytes(answer, token->base, token->pos);
	else
		spnego_write(answer, state, token->base, token->pos);
}

static enum smb_status send_challenge(const struct smb_exchange *x, struct smb_login *login,
				      uint32_t asked, struct nbt_writer *answer)
{
	const struct ntlmssp_challenge challenge = { .asked = asked,
						     .challenge = x->session->challenge,
						     .domain = x->host->workgroup,
						     .computer = x->host->name,
						     .filetime = smb_filetime(x->env->wall_s) };
	uint8_t buf[SMB_BLOB_MAX - 64];
	struct nbt_writer token = nbt_writer_of(buf, sizeof(buf));

	ntlmssp_write_challenge(&token, &challenge);
	if (token.err != NBT_OK)
		return SMB_NO_RESOURCES;
	login->state = SMB_LOGIN_PENDING;
	write_token(login, answer, SPNEGO_INCOMPLETE, &token);
	return SMB_MORE_PROCESSING;
}

/* A mechanism that we don't have was tried first: NTLMSSP is asked for. */
static enum smb_status ask_for_ntlmssp(struct nbt_writer *answer)
{
	spnego_write(answer, SPNEGO_INCOMPLETE, NULL, 0);
	return SMB_MORE_PROCESSING;
}

enum smb_status smb_authenticate(const struct smb_exchange *x, struct smb_login *login,
				 const uint8_t *blob, size_t len, struct nbt_writer *answer)
{
	struct nbt_writer none = nbt_writer_of(NULL, 0);
	struct spnego_token token;
	struct ntlmssp_message message;

	if (spnego_read(blob, len, &token) != NBT_OK)
		return SMB_INVALID_PARAMETER;
	login->raw = token.raw;
	if (ntlmssp_read(token.mech, &message) != NBT_OK)
		return token.raw ? SMB_INVALID_PARAMETER : ask_for_ntlmssp(answer);
	/* libsmbclient begins anew with another name, at any time. */
	if (message.type == NTLMSSP_NEGOTIATE)
		return send_challenge(x, login, message.flags, answer);
	login->state = message.anonymous ? SMB_LOGIN_ANONYMOUS : SMB_LOGIN_GUEST;
	write_token(login, answer, SPNEGO_COMPLETED, &none);
	return SMB_OK;
}
