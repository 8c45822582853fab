/* Frames of a connection: the session service, and which SMB it is. */
#include "smb/session_inner.h"

#include <string.h>

#include <nbt/session.h>

#include "libnbt/wire/wire.h"
#include "smb/text.h"

_Static_assert(sizeof(struct smb_session) <= 1024, "an idle connection is to be cheap");

void smb_session_init(struct smb_session *session, unsigned may, const struct nbt_env *env)
{
	memset(session, 0, sizeof(*session));
	session->may = (uint8_t)may;
	session->max_buffer = 1024; /* until it is told: MS-CIFS section 2.2.4.53.1 */
	session->last_id = (uint16_t)nbt_env_random(env, UINT16_MAX);
}

static bool is_in_use(const struct smb_session *s, uint16_t id)
{
	for (size_t i = 0; i < SMB_LOGINS_MAX; i++)
		if (s->logins[i].id == id)
			return true;
	for (size_t i = 0; i < SMB_TREES_MAX; i++)
		if (s->trees[i].id == id)
			return true;
	for (size_t i = 0; i < SMB_PIPES_MAX; i++)
		if (s->pipes[i].id == id)
			return true;
	return false;
}

uint16_t smb_new_id(struct smb_session *session)
{
	do
		session->last_id++;
	while (session->last_id == SMB_NO_ID || session->last_id == UINT16_MAX ||
	       is_in_use(session, session->last_id));
	return session->last_id;
}

static char *append(char *at, const char *end, const char *text)
{
	while (at < end && *text != '\0')
		*at++ = *text++;
	return at;
}

void smb_ipc_remark(const struct smb_host *host, char remark[SMB_REMARK_MAX])
{
	const char *end = remark + SMB_REMARK_MAX - 2;
	char *at = append(remark, end, "IPC Service (");

	at = append(at, end, host->comment);
	*at++ = ')';
	*at = '\0';
}

/* \\ANY\IPC$ in any case, and bare IPC$: clients write whatever name they reached us by. */
bool smb_is_ipc_path(const char *path)
{
	const char *last = strrchr(path, '\\');

	return smb_compare(last != NULL ? last + 1 : path, SMB_IPC_NAME) == 0;
}

struct nbt_writer smb_begin_reply(const struct smb_exchange *x)
{
	struct smb_workspace *work = x->io->work;

	return nbt_writer_of(work->frame + NBT_SESSION_HEADER_LEN,
			     sizeof(work->frame) - NBT_SESSION_HEADER_LEN);
}

void smb_send_reply(const struct smb_exchange *x, const struct nbt_writer *w)
{
	uint8_t *frame = x->io->work->frame;

	frame[0] = NBT_SES_MESSAGE;
	frame[1] = (uint8_t)(w->pos >> 16);
	nbt_put_u16(frame + 2, (uint16_t)w->pos);
	x->io->send(x->io->ctx, frame, NBT_SESSION_HEADER_LEN + w->pos);
}

static void send_packet(struct smb_exchange *x, const struct nbt_session *packet)
{
	uint8_t *frame = x->io->work->frame;
	size_t len;

	if (nbt_session_encode(packet, frame, sizeof(x->io->work->frame), &len) == NBT_OK)
		x->io->send(x->io->ctx, frame, len);
}

static void take_request(struct smb_exchange *x, const struct nbt_session *request)
{
	struct smb_elsewhere elsewhere = { .port = 0 };
	uint8_t code = SMB_CALLED_HERE;
	struct nbt_session answer = { .type = NBT_SES_POSITIVE };

	if (x->host->called != NULL)
		code = x->host->called(x->host->ctx, &request->called, &elsewhere);
	if (code == SMB_CALLED_ELSEWHERE)
		answer.type = NBT_SES_RETARGET;
	else if (code != SMB_CALLED_HERE)
		answer.type = NBT_SES_NEGATIVE;
	answer.error_code = code;
	answer.retarget_address = elsewhere.address;
	answer.retarget_port = elsewhere.port;
	send_packet(x, &answer);
	x->close = code != SMB_CALLED_HERE;
}

/* FF or FE, then "SMB". */
static void take_message(struct smb_exchange *x, const uint8_t *smb, size_t len)
{
	bool is_smb2 = len > 0 && smb[0] == 0xFE;

	if (is_smb2)
		smb2_answer(x, smb, len);
	else
		smb1_answer(x, smb, len);
}

enum smb_after smb_session_receive(struct smb_session *session, const struct smb_host *host,
				   const struct smb_io *io, const uint8_t *frame, size_t len,
				   const struct nbt_env *env)
{
	struct smb_exchange x = { .session = session, .host = host, .io = io, .env = env };
	struct nbt_session packet;

	if (nbt_session_decode(&packet, frame, len) != NBT_OK)
		return SMB_CLOSE;
	switch (packet.type) {
	case NBT_SES_KEEPALIVE:
		break;
	case NBT_SES_REQUEST:
		if (session->stage != SMB_STAGE_FIRST)
			return SMB_CLOSE;
		take_request(&x, &packet);
		break;
	case NBT_SES_MESSAGE:
		take_message(&x, packet.data, packet.length);
		break;
	default: /* what only servers send */
		return SMB_CLOSE;
	}
	return x.close ? SMB_CLOSE : SMB_GO_ON;
}

bool smb_session_is_settled(const struct smb_session *session)
{
	for (size_t i = 0; i < SMB_TREES_MAX; i++)
		if (session->trees[i].id != SMB_NO_ID)
			return true;
	return false;
}
