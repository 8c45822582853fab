/* The IPC$ client: frames, time, and connecting again. */
#include "smb/ipc_inner.h"

#include <stdlib.h>
#include <string.h>

#include <nbt/session.h>

#define REQUEST_MAX 1024
#define ANY_SERVER  "*SMBSERVER      "

struct ipc_client *ipc_client_create(const struct ipc_task *task, const struct ipc_sinks *sinks)
{
	struct ipc_client *c = calloc(1, sizeof(*c));

	if (c != NULL && task->by_smb2)
		c->pipe = calloc(1, sizeof(*c->pipe));
	if (c == NULL || (task->by_smb2 && c->pipe == NULL)) {
		free(c);
		return NULL;
	}
	c->way = task->by_smb2 ? IPC_BY_EITHER : IPC_BY_SMB1;
	c->task = task;
	c->sinks = sinks;
	c->reply_by = c->whole_by = NBT_NEVER;
	return c;
}

void ipc_client_destroy(struct ipc_client *client)
{
	if (client != NULL)
		free(client->pipe);
	free(client);
}

/* What has had no end yet has it now. */
static void end_requests(struct ipc_client *c, enum ipc_end end)
{
	for (; c->request < c->task->request_count; c->request++)
		c->sinks->end(c->sinks->ctx, c->request, end, 0);
}

/* Half a frame of the old connection is worth nothing. */
static void reconnect(struct ipc_client *c)
{
	c->state = IPC_RECONNECT;
	c->step = IPC_STEP_CONNECTION;
	c->in_len = 0;
}

/* A server that has no ear for the mixed offer may have one for SMB2 alone; one that refuses us by
 * SMB2 may let us in by SMB1. false: there is no other way. */
static bool tries_another_way(struct ipc_client *c, const char *why, uint32_t status)
{
	if (c->way != IPC_BY_EITHER || c->request > 0)
		return false;
	if (c->step == IPC_STEP_NEGOTIATE)
		c->way = IPC_BY_SMB2;
	else if (c->step >= IPC_STEP_SMB1_END)
		c->way = IPC_BY_SMB1;
	else
		return false;
	c->first_failure = why;
	c->first_status = status;
	reconnect(c);
	return true;
}

/* What SMB2 had to say is more than that there is no SMB1. */
static void choose_failure(struct ipc_client *c, const char *why, uint32_t status)
{
	bool first = c->first_failure != NULL && c->way == IPC_BY_SMB1;

	c->failure = first ? c->first_failure : why;
	c->failure_status = first ? c->first_status : status;
}

void ipc_fail(struct ipc_client *c, const char *why, uint32_t status)
{
	if (c->state == IPC_FAILED || c->state == IPC_DONE || tries_another_way(c, why, status))
		return;
	c->state = IPC_FAILED;
	c->step = IPC_STEP_END;
	choose_failure(c, why, status);
	end_requests(c, IPC_BROKEN);
}

static void wait_for_answer(struct ipc_client *c, const struct nbt_env *env)
{
	c->reply_by = env->now_ms + c->task->reply_ms;
}

static void send_session_request(struct ipc_client *c)
{
	struct nbt_session request = { .type = NBT_SES_REQUEST,
				       .called = c->task->called,
				       .calling = c->task->calling,
				       .called_scope = c->task->scope,
				       .calling_scope = c->task->scope };
	uint8_t frame[REQUEST_MAX];
	size_t len;

	if (c->asked_any) {
		memcpy(request.called.bytes, ANY_SERVER, NBT_NAME_LEN - 1);
		request.called.bytes[NBT_NAME_LEN - 1] = 0x20;
	}
	if (nbt_session_encode(&request, frame, sizeof(frame), &len) == NBT_OK)
		c->sinks->send(c->sinks->ctx, frame, len);
	else
		ipc_fail(c, "the names don't fit into a session request", 0);
}

/* The SMB is in the frame behind the header. */
void ipc_send_smb(const struct ipc_client *c, uint8_t *frame, size_t smb_len)
{
	frame[0] = NBT_SES_MESSAGE;
	frame[1] = 0;
	nbt_put_u16(frame + 2, (uint16_t)smb_len);
	c->sinks->send(c->sinks->ctx, frame, NBT_SESSION_HEADER_LEN + smb_len);
}

static void send_step(struct ipc_client *c)
{
	const struct smb1_header header = { .command = ipc_steps[c->step].command,
					    .flags = SMB1_FLAG_CASE,
					    .flags2 = SMB1_LONG_NAMES | SMB1_NTSTATUS,
					    .tid = c->tid,
					    .pid = 1,
					    .uid = c->uid,
					    .mid = ++c->mid };
	uint8_t frame[REQUEST_MAX];
	struct nbt_writer w = nbt_writer_of(frame + NBT_SESSION_HEADER_LEN,
					    sizeof(frame) - NBT_SESSION_HEADER_LEN);

	smb1_write_header(&w, &header);
	ipc_steps[c->step].write(c, &w);
	if (w.err != NBT_OK) {
		ipc_fail(c, "the names don't fit into a request", 0);
		return;
	}
	ipc_send_smb(c, frame, w.pos);
}

void ipc_enter(struct ipc_client *c, enum ipc_step step, const struct nbt_env *env)
{
	c->step = step;
	wait_for_answer(c, env);
	if (step == IPC_STEP_SESSION)
		send_session_request(c);
	else if (step >= IPC_STEP_SMB1_END)
		ipc_send_smb2(c);
	else
		send_step(c);
}

static void negotiate(struct ipc_client *c, const struct nbt_env *env)
{
	if (c->way != IPC_BY_SMB1)
		ipc_begin_smb2(c, env);
	ipc_enter(c, c->way == IPC_BY_SMB2 ? IPC_STEP_NEGOTIATE2 : IPC_STEP_NEGOTIATE, env);
}

enum ipc_state ipc_client_connected(struct ipc_client *client, const struct nbt_env *env)
{
	if (client->step != IPC_STEP_CONNECTION)
		return client->state;
	client->state = IPC_WORKING;
	if (client->whole_by == NBT_NEVER)
		client->whole_by = env->now_ms + client->task->whole_ms;
	if (client->task->has_session_service)
		ipc_enter(client, IPC_STEP_SESSION, env);
	else
		negotiate(client, env);
	return client->state;
}

/* A server may send us anywhere, but only once, and not to ourselves or to many. */
static bool may_follow(const struct ipc_client *c, const struct nbt_session *answer)
{
	uint32_t address = ntohl(answer->retarget_address.s_addr);

	return !c->retargeted && answer->retarget_port != 0 && address >> 24 != 0 &&
	       address >> 24 != 127 && address >> 24 < 224;
}

/* RFC 1002 section 4.3. Windows answers to *SMBSERVER where it has another name than we think. */
static void take_session_answer(struct ipc_client *c, const struct nbt_session *answer,
				const struct nbt_env *env)
{
	bool unknown = answer->type == NBT_SES_NEGATIVE &&
		       (answer->error_code == NBT_SES_ERR_CALLED_NOT_PRESENT ||
			answer->error_code == NBT_SES_ERR_NOT_LISTENING_CALLED);

	if (answer->type == NBT_SES_POSITIVE) {
		negotiate(c, env);
	} else if (unknown && !c->asked_any) {
		c->asked_any = true;
		reconnect(c);
	} else if (answer->type == NBT_SES_RETARGET && may_follow(c, answer)) {
		c->retargeted = true;
		c->address = answer->retarget_address;
		c->port = answer->retarget_port;
		reconnect(c);
	} else {
		ipc_fail(c, "the server refuses the session", answer->error_code);
	}
}

/* An answer to what was asked last, or it is none. */
static bool is_answer(const struct ipc_client *c, const struct ipc_reply *reply)
{
	return reply->block.words.err == NBT_OK && reply->block.bytes.err == NBT_OK &&
	       reply->header.flags & SMB1_FLAG_REPLY && reply->header.mid == c->mid &&
	       reply->header.command == ipc_steps[c->step].command;
}

static void take_message(struct ipc_client *c, const struct nbt_session *message,
			 const struct nbt_env *env)
{
	struct nbt_reader r = nbt_reader_of(message->data, message->length);
	struct ipc_reply reply;

	/* An offer of both is answered in the one that was chosen. */
	if (c->step >= IPC_STEP_SMB1_END ||
	    (c->step == IPC_STEP_NEGOTIATE && c->way == IPC_BY_EITHER && message->length > 0 &&
	     message->data[0] == SMB2_FIRST_BYTE)) {
		ipc_take_smb2(c, message->data, message->length, env);
		return;
	}
	smb1_read_header(&r, &reply.header);
	reply.block = smb1_read_block(&r);
	if (ipc_steps[c->step].take == NULL || !is_answer(c, &reply)) {
		ipc_fail(c, "the server answers something else", 0);
		return;
	}
	wait_for_answer(c, env);
	ipc_steps[c->step].take(c, &reply, env);
}

static void take_frame(struct ipc_client *c, size_t len, const struct nbt_env *env)
{
	struct nbt_session packet;

	if (nbt_session_decode(&packet, c->in, len) != NBT_OK) {
		ipc_fail(c, "the server speaks no NetBIOS session", 0);
		return;
	}
	if (packet.type == NBT_SES_KEEPALIVE)
		return;
	if (c->step == IPC_STEP_SESSION && packet.type != NBT_SES_MESSAGE)
		take_session_answer(c, &packet, env);
	else if (packet.type == NBT_SES_MESSAGE)
		take_message(c, &packet, env);
	else
		ipc_fail(c, "the server answers something else", 0);
}

/* How many bytes the frame begun needs before something can be done; 0: it is too long. */
static size_t needed(const struct ipc_client *c)
{
	size_t len = NBT_SESSION_HEADER_LEN;

	if (c->in_len >= NBT_SESSION_HEADER_LEN &&
	    nbt_session_frame(c->in, c->in_len, &len) != NBT_OK)
		return 0;
	return len <= IPC_FRAME_MAX ? len : 0;
}

enum ipc_state ipc_client_receive(struct ipc_client *client, const uint8_t *bytes, size_t len,
				  const struct nbt_env *env)
{
	while (client->state == IPC_WORKING) {
		size_t need = needed(client), take;

		if (need == 0) {
			ipc_fail(client, "the server sends more than was asked for", 0);
			break;
		}
		if (client->in_len == need) {
			client->in_len = 0;
			take_frame(client, need, env);
			continue;
		}
		if (len == 0)
			break;
		take = need - client->in_len < len ? need - client->in_len : len;
		memcpy(client->in + client->in_len, bytes, take);
		client->in_len += take;
		bytes += take;
		len -= take;
	}
	return client->state;
}

/* All that we wanted is there. */
static bool is_leaving(const struct ipc_client *c)
{
	return c->step == IPC_STEP_LEAVE || c->step == IPC_STEP_CLOSE || c->step == IPC_STEP_LOGOFF;
}

enum ipc_state ipc_client_closed(struct ipc_client *client)
{
	if (is_leaving(client)) {
		client->step = IPC_STEP_END;
		client->state = IPC_DONE;
	} else {
		ipc_fail(client, "the server closed the connection", 0);
	}
	return client->state;
}

uint64_t ipc_client_deadline(const struct ipc_client *client)
{
	if (client->step == IPC_STEP_END)
		return NBT_NEVER;
	if (client->step == IPC_STEP_CONNECTION)
		return client->whole_by;
	return nbt_earlier(client->reply_by, client->whole_by);
}

enum ipc_state ipc_client_wake(struct ipc_client *client, const struct nbt_env *env)
{
	if (env->now_ms < ipc_client_deadline(client))
		return client->state;
	if (is_leaving(client))
		return ipc_client_closed(client);
	ipc_fail(client, "the server does not answer in time", 0);
	return client->state;
}

bool ipc_client_target(const struct ipc_client *client, struct in_addr *address, uint16_t *port)
{
	*address = client->address;
	*port = client->port;
	return client->retargeted;
}

const char *ipc_client_failure(const struct ipc_client *client, uint32_t *status)
{
	*status = client->failure_status;
	return client->failure != NULL ? client->failure : "";
}

const char *ipc_client_domain(const struct ipc_client *client)
{
	return client->domain;
}
