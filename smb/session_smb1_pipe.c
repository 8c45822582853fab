/* SMB1: transactions, and pipes as files. */
#include "smb/session_inner.h"

#include "smb/text.h"

#define LANMAN           "\\PIPE\\LANMAN"
#define PIPE_SET_STATE   0x0001
#define PIPE_WAIT        0x0053

#define FILE_TYPE_PIPE   2      /* of messages */
#define OPEN_STATE       0xC700 /* device state as smbd gives it: messages, no end of instances */
#define CREATE_STATE     0x05FF
#define ATTRIBUTE_NORMAL 0x80
#define OPENED           1

/* One message with everything in it, at the end of what is written already. */
static enum smb_status give_whole(struct smb1_call *call, const struct smb1_trans_reply *whole)
{
	smb1_write_trans_reply(&call->w, whole);
	return SMB_OK;
}

/* As many messages as it takes: the parameters are in the first (MS-CIFS section 3.3.5.18). */
static void give_parts(struct smb1_call *call, const struct smb1_trans_reply *whole)
{
	size_t room = call->x->session->max_buffer - SMB1_TRANS_REPLY_OVERHEAD;
	struct smb1_trans_reply part = *whole;
	struct nbt_writer w;

	call->silent = true;
	do {
		size_t left = (size_t)whole->data_count - part.data_at, most;

		most = room - part.param_count;
		part.data = whole->data + part.data_at;
		part.data_count = (uint16_t)(left < most ? left : most);
		smb1_begin_apart(call, &w);
		smb1_write_trans_reply(&w, &part);
		smb1_send_apart(call, &w);
		part.data_at = (uint16_t)(part.data_at + part.data_count);
		part.param_at = whole->param_count;
		part.param_count = 0;
	} while (part.data_at < whole->data_count);
}

static enum smb_status give(struct smb1_call *call, const struct smb1_trans_reply *whole)
{
	size_t size = call->w.pos - SMB1_HEADER_LEN + SMB1_TRANS_REPLY_OVERHEAD +
		      whole->param_count + whole->data_count;

	if (size <= call->x->session->max_buffer)
		return give_whole(call, whole);
	if (call->w.pos != SMB1_HEADER_LEN) /* at the end of a chain: nobody does that */
		return SMB_NO_RESOURCES;
	give_parts(call, whole);
	return SMB_OK;
}

static enum smb_status do_rap(struct smb1_call *call, const struct smb1_trans *request)
{
	struct smb_rap_answer answer;
	struct smb1_trans_reply whole;

	smb_answer_rap(call->x, request, &answer);
	whole = (struct smb1_trans_reply){ .total_params = answer.param_len,
					   .total_data = answer.data_len,
					   .params = answer.params,
					   .param_count = answer.param_len,
					   .data = call->x->io->work->data,
					   .data_count = answer.data_len };
	return give(call, &whole);
}

static struct smb_pipe *find_pipe(const struct smb1_call *call, uint16_t fid)
{
	struct smb_pipe *pipe = smb_find_pipe(call->x->session, fid);

	return pipe != NULL && pipe->tree == call->header.tid ? pipe : NULL;
}

/* What is left of the answer is read later. */
static enum smb_status transact(struct smb1_call *call, const struct smb1_trans *request)
{
	struct smb_pipe *pipe = find_pipe(call, request->setup[1]);
	struct smb1_trans_reply reply = { .param_count = 0 };
	size_t most = call->x->session->max_buffer - SMB1_TRANS_REPLY_OVERHEAD;
	enum smb_status status;
	uint32_t len = 0;

	if (pipe == NULL)
		return SMB_INVALID_HANDLE;
	status = smb_write_pipe(pipe, request->data, request->data_count);
	if (status != SMB_OK)
		return status;
	if (request->max_data < most)
		most = request->max_data;
	status = smb_read_pipe(call->x, pipe, most, &reply.data, &len);
	if (status != SMB_OK && status != SMB_BUFFER_OVERFLOW)
		return status;
	reply.data_count = reply.total_data = (uint16_t)len;
	give_whole(call, &reply);
	return status;
}

static enum smb_status do_pipe(struct smb1_call *call, const struct smb1_trans *request)
{
	switch (request->setup[0]) {
	case SMB1_PIPE_TRANSACT:
		return transact(call, request);
	case PIPE_SET_STATE:
	case PIPE_WAIT:
		return give_whole(call, &(struct smb1_trans_reply){ .param_count = 0 });
	default:
		return SMB_NOT_SUPPORTED;
	}
}

enum smb_status smb1_do_transaction(struct smb1_call *call)
{
	struct smb_session *session = call->x->session;
	struct smb1_trans request;
	enum nbt_error err = smb1_read_trans(&call->block, call->unicode, &request);
	enum smb_status status = SMB_NOT_SUPPORTED;

	if (err == NBT_ECOUNT) /* what is served here comes in one piece */
		return SMB_NOT_SUPPORTED;
	if (err != NBT_OK)
		return SMB_INVALID_PARAMETER;
	if (smb_compare(request.name, LANMAN) == 0)
		status = do_rap(call, &request);
	else if (request.setup_count == 2)
		status = do_pipe(call, &request);
	if (request.flags & SMB1_TRANS_DISCONNECT)
		smb_leave_tree(session, smb_find_tree(session, call->header.tid));
	return status;
}

/* MS-CIFS section 2.2.4.41. */
enum smb_status smb1_do_open(struct smb1_call *call)
{
	struct nbt_reader bytes = call->block.bytes;
	char name[SMB1_TRANS_NAME_MAX];
	struct smb_pipe *pipe;
	enum smb_status status;

	smb_read_text(&bytes, call->unicode, name, sizeof(name));
	status = smb_open_pipe(call->x->session, name, call->header.tid, &pipe);
	if (status != SMB_OK)
		return status;
	nbt_write_u8(&call->w, 15);
	smb1_write_no_andx(&call->w);
	nbt_write_le16(&call->w, pipe->id);
	nbt_write_zeros(&call->w, 12); /* attributes, time, size, access */
	nbt_write_le16(&call->w, FILE_TYPE_PIPE);
	nbt_write_le16(&call->w, OPEN_STATE);
	nbt_write_le16(&call->w, OPENED);
	nbt_write_zeros(&call->w, 6);
	nbt_write_le16(&call->w, 0);
	return SMB_OK;
}

/* MS-CIFS section 2.2.4.64. */
enum smb_status smb1_do_create(struct smb1_call *call)
{
	struct nbt_reader bytes = call->block.bytes;
	char name[SMB1_TRANS_NAME_MAX];
	struct smb_pipe *pipe;
	enum smb_status status;

	smb_read_text(&bytes, call->unicode, name, sizeof(name));
	status = smb_open_pipe(call->x->session, name, call->header.tid, &pipe);
	if (status != SMB_OK)
		return status;
	nbt_write_u8(&call->w, 34);
	smb1_write_no_andx(&call->w);
	nbt_write_u8(&call->w, 0); /* oplock */
	nbt_write_le16(&call->w, pipe->id);
	nbt_write_le32(&call->w, OPENED);
	nbt_write_zeros(&call->w, 32); /* times */
	nbt_write_le32(&call->w, ATTRIBUTE_NORMAL);
	nbt_write_zeros(&call->w, 16); /* sizes */
	nbt_write_le16(&call->w, FILE_TYPE_PIPE);
	nbt_write_le16(&call->w, CREATE_STATE);
	nbt_write_u8(&call->w, 0);
	nbt_write_le16(&call->w, 0);
	return SMB_OK;
}

enum smb_status smb1_do_close(struct smb1_call *call)
{
	struct nbt_reader words = call->block.words;
	struct smb_pipe *pipe = find_pipe(call, nbt_read_le16(&words));

	if (pipe == NULL)
		return SMB_INVALID_HANDLE;
	smb_close_pipe(pipe);
	smb1_write_empty(&call->w);
	return SMB_OK;
}

static void write_read_reply(struct nbt_writer *w, const uint8_t *data, uint16_t len)
{
	size_t offset_at, at;

	nbt_write_u8(w, 12);
	smb1_write_no_andx(w);
	nbt_write_le16(w, 0);
	nbt_write_le32(w, 0);
	nbt_write_le16(w, len);
	offset_at = w->pos;
	nbt_write_zeros(w, 12);
	at = smb1_begin_bytes(w);
	nbt_write_align(w, 4);
	nbt_write_le16_at(w, offset_at, (uint16_t)w->pos);
	nbt_write_bytes(w, data, len);
	smb1_end_bytes(w, at);
}

/* MS-CIFS section 2.2.4.42. */
enum smb_status smb1_do_read(struct smb1_call *call)
{
	struct nbt_reader words = call->block.words;
	size_t most = call->x->session->max_buffer - SMB1_TRANS_REPLY_OVERHEAD - 4;
	const uint8_t *data = NULL;
	struct smb_pipe *pipe;
	enum smb_status status;
	uint32_t len = 0;
	uint16_t max;

	smb1_read_andx(&words);
	pipe = find_pipe(call, nbt_read_le16(&words));
	nbt_read_le32(&words);
	max = nbt_read_le16(&words);
	if (pipe == NULL)
		return SMB_INVALID_HANDLE;
	status = smb_read_pipe(call->x, pipe, max < most ? max : most, &data, &len);
	if (status == SMB_OK || status == SMB_BUFFER_OVERFLOW)
		write_read_reply(&call->w, data, (uint16_t)len);
	return status;
}

/* MS-CIFS section 2.2.4.43. */
enum smb_status smb1_do_write(struct smb1_call *call)
{
	struct nbt_reader words = call->block.words, data;
	const struct nbt_reader *bytes = &call->block.bytes;
	struct smb_pipe *pipe;
	enum smb_status status;
	uint16_t len, offset;

	smb1_read_andx(&words);
	pipe = find_pipe(call, nbt_read_le16(&words));
	nbt_read_bytes(&words, 14);
	len = nbt_read_le16(&words);
	offset = nbt_read_le16(&words);
	if (pipe == NULL)
		return SMB_INVALID_HANDLE;
	data = smb1_window(bytes->base, bytes->end, offset, len);
	if (data.err != NBT_OK || offset < bytes->pos)
		return SMB_INVALID_PARAMETER;
	status = smb_write_pipe(pipe, data.base + data.pos, len);
	if (status != SMB_OK)
		return status;
	nbt_write_u8(&call->w, 6);
	smb1_write_no_andx(&call->w);
	nbt_write_le16(&call->w, len);
	nbt_write_zeros(&call->w, 6);
	nbt_write_le16(&call->w, 0);
	return SMB_OK;
}
