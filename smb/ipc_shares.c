/* The IPC$ client's shares by SMB2: calls of srvsvc by a pipe, whose answers come in fragments. */
#include "smb/ipc_inner.h"

#include <string.h>

#include "smb/rpc.h"
#include "smb/srvsvc.h"

#define NOT_SUPPORTED 50  /* of Windows */
#define MORE_DATA     234 /* the same */
#define COMMENT_SIZE  256
#define SHARES_MAX    4096

static const struct ipc_request *present(const struct ipc_client *c)
{
	return &c->task->requests[c->request];
}

/* Asks for the next list, or leaves. Only shares can be had here. */
static void ask_next(struct ipc_client *c, const struct nbt_env *env)
{
	while (c->request < c->task->request_count && !present(c)->shares) {
		c->sinks->end(c->sinks->ctx, c->request, IPC_REFUSED, NOT_SUPPORTED);
		c->request++;
	}
	ipc_enter(c, c->request < c->task->request_count ? IPC_STEP_SHARES : IPC_STEP_CLOSE, env);
}

static void end_list(struct ipc_client *c, enum ipc_end end, uint32_t code,
		     const struct nbt_env *env)
{
	c->sinks->end(c->sinks->ctx, c->request, end, code);
	c->request++;
	ask_next(c, env);
}

void ipc_begin_shares(struct ipc_client *c, const struct nbt_env *env)
{
	c->pipe->is_bound = false;
	ipc_enter(c, IPC_STEP_BIND, env);
}

static void transceive(const struct ipc_client *c, struct nbt_writer *w,
		       const struct nbt_writer *pdu)
{
	c->pipe->pdu_len = c->pipe->stub_len = 0;
	if (pdu->err != NBT_OK)
		nbt_writer_fail(w, pdu->err);
	smb2_write_transceive(w, &c->file, &(struct smb2_blob){ pdu->base, (uint32_t)pdu->pos },
			      RPC_FRAGMENT_MAX);
}

void ipc_write_bind(struct ipc_client *c, struct nbt_writer *w)
{
	uint8_t bytes[128];
	struct nbt_writer pdu = nbt_writer_of(bytes, sizeof(bytes));

	rpc_write_bind(&pdu, ++c->call_id);
	transceive(c, w, &pdu);
}

void ipc_write_shares(struct ipc_client *c, struct nbt_writer *w)
{
	uint8_t bytes[1024];
	struct nbt_writer pdu = nbt_writer_of(bytes, sizeof(bytes));

	rpc_begin_request(&pdu, ++c->call_id, SRVSVC_SHARE_ENUM);
	srvsvc_write_share_enum(&pdu, c->task->server);
	rpc_end_request(&pdu);
	transceive(c, w, &pdu);
}

/*
 * Answers.
 */

/* One that can't be right is left out. */
static void hand_on(const struct ipc_client *c, const struct srvsvc_share *share)
{
	char comment[COMMENT_SIZE];
	const struct smb_listed entry = { .name = share->name,
					  .type = share->type,
					  .comment = comment };

	if (!ipc_is_name(share->name, sizeof(share->name)))
		return;
	ipc_clean(comment, sizeof(comment), share->remark);
	c->sinks->entry(c->sinks->ctx, c->request, &entry);
}

static void read_shares(struct ipc_client *c, const struct nbt_env *env)
{
	struct srvsvc_shares shares;
	struct srvsvc_share share;
	unsigned count = 0;

	srvsvc_begin_shares(&shares, nbt_reader_of(c->pipe->stub, c->pipe->stub_len));
	while (count < SHARES_MAX && srvsvc_next_share(&shares, &share)) {
		hand_on(c, &share);
		count++;
	}
	if (shares.texts.err != NBT_OK)
		end_list(c, IPC_BROKEN, 0, env);
	else if (count == SHARES_MAX || shares.error == MORE_DATA)
		end_list(c, IPC_PARTIAL, 0, env);
	else
		end_list(c, shares.error == 0 ? IPC_WHOLE : IPC_REFUSED, shares.error, env);
}

static void take_bind_ack(struct ipc_client *c, const struct rpc_answer *answer,
			  const struct nbt_env *env)
{
	if (answer->type != RPC_BIND_ACK || !answer->accepted) {
		ipc_fail(c, "the server has no service that says what it shares", 0);
		return;
	}
	c->pipe->is_bound = true;
	ask_next(c, env);
}

/* true: there is more to come. */
static bool take_fragment(struct ipc_client *c, const struct rpc_answer *answer,
			  const struct nbt_env *env)
{
	struct ipc_pipe *pipe = c->pipe;
	size_t len = nbt_read_left(&answer->stub);

	if (len > sizeof(pipe->stub) - pipe->stub_len) {
		ipc_fail(c, "the server sends more than was asked for", 0);
		return false;
	}
	if (len > 0)
		memcpy(pipe->stub + pipe->stub_len, answer->stub.base, len);
	pipe->stub_len += len;
	if (answer->last)
		read_shares(c, env);
	return !answer->last;
}

static bool take_pdu(struct ipc_client *c, size_t len, const struct nbt_env *env)
{
	struct rpc_answer answer;
	enum nbt_error err = rpc_read_answer(c->pipe->pdu, len, &answer);

	if (err == NBT_OK && answer.call_id == c->call_id && answer.type == RPC_RESPONSE &&
	    c->pipe->is_bound)
		return take_fragment(c, &answer, env);
	if (err != NBT_OK || answer.call_id != c->call_id || answer.type == RPC_RESPONSE)
		ipc_fail(c, "the server's answer makes no sense", 0);
	else if (!c->pipe->is_bound)
		take_bind_ack(c, &answer, env);
	else if (answer.type == RPC_FAULT)
		end_list(c, IPC_REFUSED, answer.fault, env);
	else
		ipc_fail(c, "the server's answer makes no sense", 0);
	return false;
}

/* A whole PDU at the beginning of what came; 0: not yet. */
static size_t whole_pdu(const struct ipc_pipe *pipe)
{
	size_t len = rpc_length(pipe->pdu, pipe->pdu_len);

	return len <= pipe->pdu_len ? len : 0;
}

/* An answer is one PDU or several, and a PDU comes at once or in pieces. */
void ipc_take_pipe(struct ipc_client *c, const struct smb2_blob *bytes, const struct nbt_env *env)
{
	struct ipc_pipe *pipe = c->pipe;
	size_t len;

	if (bytes->len == 0 || bytes->len > sizeof(pipe->pdu) - pipe->pdu_len) {
		ipc_fail(c, "the server's answer makes no sense", 0);
		return;
	}
	memcpy(pipe->pdu + pipe->pdu_len, bytes->bytes, bytes->len);
	pipe->pdu_len += bytes->len;
	while ((len = whole_pdu(pipe)) > 0) {
		if (!take_pdu(c, len, env))
			return;
		pipe->pdu_len -= len;
		memmove(pipe->pdu, pipe->pdu + len, pipe->pdu_len);
	}
	ipc_enter(c, IPC_STEP_READ, env);
}
