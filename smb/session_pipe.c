/* Pipes to srvsvc: a call goes in, its answer comes out, in pieces if it is read so. */
#include "smb/session_inner.h"

#include <string.h>

#include "smb/rpc.h"
#include "smb/srvsvc.h"
#include "smb/text.h"

enum smb_answer { ANSWER_NONE, ANSWER_BIND_ACK, ANSWER_BIND_NAK, ANSWER_FAULT, ANSWER_RESPONSE };

#define ASSOCIATION_GROUP 0x1067 /* any, but 0 */

/* "srvsvc", "\srvsvc" and "\PIPE\srvsvc". */
static bool is_srvsvc(const char *name)
{
	const char *last = strrchr(name, '\\');

	return smb_compare(last != NULL ? last + 1 : name, "srvsvc") == 0;
}

enum smb_status smb_open_pipe(struct smb_session *session, const char *name, uint64_t tree,
			      struct smb_pipe **pipe)
{
	if (!is_srvsvc(name))
		return SMB_NO_SUCH_PIPE;
	for (size_t i = 0; i < SMB_PIPES_MAX; i++)
		if (session->pipes[i].id == SMB_NO_ID) {
			*pipe = &session->pipes[i];
			**pipe = (struct smb_pipe){ .id = smb_new_id(session),
						    .tree = (uint16_t)tree };
			return SMB_OK;
		}
	return SMB_NO_RESOURCES;
}

struct smb_pipe *smb_find_pipe(struct smb_session *session, uint64_t id)
{
	for (size_t i = 0; i < SMB_PIPES_MAX; i++)
		if (id != SMB_NO_ID && session->pipes[i].id == id)
			return &session->pipes[i];
	return NULL;
}

void smb_close_pipe(struct smb_pipe *pipe)
{
	*pipe = (struct smb_pipe){ .id = SMB_NO_ID };
}

static void set_fault(struct smb_pipe *pipe, uint32_t fault)
{
	pipe->answer = ANSWER_FAULT;
	pipe->fault = fault;
}

static void take_bind(struct smb_pipe *pipe, const struct rpc_call *call)
{
	pipe->answer = ANSWER_BIND_ACK;
	pipe->bind_type = (uint8_t)call->type;
	pipe->context_count = call->context_count;
	pipe->accepted = call->accepted;
	pipe->bound |= call->accepted != 0;
}

static void take_request(struct smb_pipe *pipe, const struct rpc_call *call)
{
	struct srvsvc_call asked;

	if (!pipe->bound) {
		set_fault(pipe, RPC_FAULT_INTERFACE);
		return;
	}
	if (!srvsvc_has(call->opnum)) {
		set_fault(pipe, RPC_FAULT_OPNUM);
		return;
	}
	if (srvsvc_read_call(call->opnum, call->stub, &asked) != NBT_OK) {
		set_fault(pipe, RPC_FAULT_NDR);
		return;
	}
	pipe->answer = ANSWER_RESPONSE;
	pipe->opnum = asked.opnum;
	pipe->resumes = asked.resumes;
	pipe->is_ipc = asked.is_ipc;
	pipe->level = asked.level;
}

/* What is not whole, or authenticated, nobody sends for what is served here. */
enum smb_status smb_write_pipe(struct smb_pipe *pipe, const uint8_t *data, size_t len)
{
	struct rpc_call call;

	if (rpc_read_call(data, len, &call) != NBT_OK)
		return SMB_INVALID_PARAMETER;
	pipe->call_id = call.call_id;
	pipe->taken = 0;
	if (call.type == RPC_REQUEST && !call.whole)
		set_fault(pipe, RPC_FAULT_PROTOCOL);
	else if (call.type == RPC_REQUEST)
		take_request(pipe, &call);
	else if (call.whole)
		take_bind(pipe, &call);
	else
		pipe->answer = ANSWER_BIND_NAK;
	return SMB_OK;
}

static void write_response(const struct smb_exchange *x, const struct smb_pipe *pipe,
			   struct nbt_writer *w)
{
	char remark[SMB_REMARK_MAX];
	const struct smb_host *host = x->host;
	const struct srvsvc_call call = { .opnum = pipe->opnum,
					  .resumes = pipe->resumes,
					  .is_ipc = pipe->is_ipc,
					  .level = pipe->level };
	const struct srvsvc_host who = { .name = host->name,
					 .comment = host->comment,
					 .ipc_remark = remark,
					 .major = host->major,
					 .minor = host->minor,
					 .type = host->type,
					 .wall_s = x->env->wall_s,
					 .now_ms = x->env->now_ms };

	smb_ipc_remark(host, remark);
	rpc_begin_response(w, pipe->call_id);
	srvsvc_write_answer(w, &call, &who);
	rpc_end_response(w);
}

static void write_answer(const struct smb_exchange *x, const struct smb_pipe *pipe,
			 struct nbt_writer *w)
{
	const struct rpc_call bind = { .type = (enum rpc_type)pipe->bind_type,
				       .call_id = pipe->call_id,
				       .context_count = pipe->context_count,
				       .accepted = pipe->accepted };

	switch ((enum smb_answer)pipe->answer) {
	case ANSWER_BIND_ACK:
		rpc_write_bind_ack(w, &bind, ASSOCIATION_GROUP);
		break;
	case ANSWER_BIND_NAK:
		rpc_write_bind_nak(w, pipe->call_id);
		break;
	case ANSWER_FAULT:
		rpc_write_fault(w, pipe->call_id, pipe->fault);
		break;
	case ANSWER_RESPONSE:
		write_response(x, pipe, w);
		break;
	case ANSWER_NONE:
		break;
	}
}

enum smb_status smb_read_pipe(const struct smb_exchange *x, struct smb_pipe *pipe, size_t max,
			      const uint8_t **data, uint32_t *len)
{
	struct smb_workspace *work = x->io->work;
	struct nbt_writer w = nbt_writer_of(work->data, sizeof(work->data));
	size_t left;

	write_answer(x, pipe, &w);
	if (w.pos <= pipe->taken) /* all of it, or the comment became shorter meanwhile */
		return SMB_END_OF_FILE;
	left = w.pos - pipe->taken;
	*data = work->data + pipe->taken;
	*len = (uint32_t)(left < max ? left : max);
	pipe->taken = (uint16_t)(pipe->taken + *len);
	if (*len < left)
		return SMB_BUFFER_OVERFLOW;
	pipe->answer = ANSWER_NONE;
	pipe->taken = 0;
	return SMB_OK;
}
