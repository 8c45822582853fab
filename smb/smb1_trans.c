/* SMB_COM_TRANSACTION. */
#include "smb/smb1_trans.h"

#include <string.h>

#include "smb/text.h"

#define WORDS       14 /* and the setup words */
#define REPLY_WORDS 10

/* What words point at may lie anywhere in the block's bytes, not before them. */
static const uint8_t *pointed(const struct nbt_reader *bytes, size_t offset, size_t len,
			      enum nbt_error *err)
{
	struct nbt_reader window;

	if (len == 0)
		return bytes->base + bytes->pos;
	if (offset < bytes->pos) {
		*err = NBT_EVALUE;
		return NULL;
	}
	window = smb1_window(bytes->base, bytes->end, offset, len);
	if (window.err != NBT_OK)
		*err = window.err;
	return window.err == NBT_OK ? window.base + window.pos : NULL;
}

static void read_setup(struct nbt_reader *words, struct smb1_trans *out)
{
	out->setup_count = nbt_read_u8(words);
	nbt_read_u8(words);
	if (out->setup_count > SMB1_TRANS_SETUP_MAX)
		nbt_reader_fail(words, NBT_ECOUNT);
	for (size_t i = 0; i < out->setup_count && words->err == NBT_OK; i++)
		out->setup[i] = nbt_read_le16(words);
}

enum nbt_error smb1_read_trans(const struct smb1_block *block, bool unicode, struct smb1_trans *out)
{
	struct nbt_reader words = block->words, bytes = block->bytes;
	uint16_t total_params, total_data, param_offset, data_offset;
	enum nbt_error err = NBT_OK;

	memset(out, 0, sizeof(*out));
	total_params = nbt_read_le16(&words);
	total_data = nbt_read_le16(&words);
	out->max_params = nbt_read_le16(&words);
	out->max_data = nbt_read_le16(&words);
	nbt_read_le16(&words); /* setup words of the reply */
	out->flags = nbt_read_le16(&words);
	nbt_read_bytes(&words, 6); /* timeout, reserved */
	out->param_count = nbt_read_le16(&words);
	param_offset = nbt_read_le16(&words);
	out->data_count = nbt_read_le16(&words);
	data_offset = nbt_read_le16(&words);
	read_setup(&words, out);
	if (words.err != NBT_OK)
		return words.err;
	if (out->param_count < total_params || out->data_count < total_data)
		return NBT_ECOUNT;
	out->params = pointed(&bytes, param_offset, out->param_count, &err);
	out->data = pointed(&bytes, data_offset, out->data_count, &err);
	smb_read_text(&bytes, unicode, out->name, sizeof(out->name));
	return err != NBT_OK ? err : bytes.err;
}

/* Where params and data are is written when they are. */
void smb1_write_trans(struct nbt_writer *w, const struct smb1_trans *in)
{
	size_t bytes_at, param_offset_at, data_offset_at;

	nbt_write_u8(w, (uint8_t)(WORDS + in->setup_count));
	nbt_write_le16(w, in->param_count);
	nbt_write_le16(w, in->data_count);
	nbt_write_le16(w, in->max_params);
	nbt_write_le16(w, in->max_data);
	nbt_write_le16(w, 0);
	nbt_write_le16(w, in->flags);
	nbt_write_zeros(w, 6);
	nbt_write_le16(w, in->param_count);
	param_offset_at = w->pos;
	nbt_write_le16(w, 0);
	nbt_write_le16(w, in->data_count);
	data_offset_at = w->pos;
	nbt_write_le16(w, 0);
	nbt_write_le16(w, in->setup_count);
	for (size_t i = 0; i < in->setup_count && i < SMB1_TRANS_SETUP_MAX; i++)
		nbt_write_le16(w, in->setup[i]);
	bytes_at = smb1_begin_bytes(w);
	smb_write_text(w, false, in->name);
	nbt_write_align(w, 4);
	nbt_write_le16_at(w, param_offset_at, (uint16_t)w->pos);
	nbt_write_bytes(w, in->params, in->param_count);
	nbt_write_align(w, 4);
	nbt_write_le16_at(w, data_offset_at, (uint16_t)w->pos);
	nbt_write_bytes(w, in->data, in->data_count);
	smb1_end_bytes(w, bytes_at);
}

void smb1_write_trans_reply(struct nbt_writer *w, const struct smb1_trans_reply *in)
{
	size_t bytes_at, param_offset_at, data_offset_at;

	nbt_write_u8(w, REPLY_WORDS);
	nbt_write_le16(w, in->total_params);
	nbt_write_le16(w, in->total_data);
	nbt_write_le16(w, 0);
	nbt_write_le16(w, in->param_count);
	param_offset_at = w->pos;
	nbt_write_le16(w, 0);
	nbt_write_le16(w, in->param_at);
	nbt_write_le16(w, in->data_count);
	data_offset_at = w->pos;
	nbt_write_le16(w, 0);
	nbt_write_le16(w, in->data_at);
	nbt_write_le16(w, 0); /* no setup words */
	bytes_at = smb1_begin_bytes(w);
	nbt_write_align(w, 4);
	nbt_write_le16_at(w, param_offset_at, (uint16_t)w->pos);
	nbt_write_bytes(w, in->params, in->param_count);
	nbt_write_align(w, 4);
	nbt_write_le16_at(w, data_offset_at, (uint16_t)w->pos);
	nbt_write_bytes(w, in->data, in->data_count);
	smb1_end_bytes(w, bytes_at);
}

enum nbt_error smb1_read_trans_reply(const struct smb1_block *block, struct smb1_trans_reply *out)
{
	struct nbt_reader words = block->words;
	uint16_t param_offset, data_offset;
	enum nbt_error err = NBT_OK;

	memset(out, 0, sizeof(*out));
	out->total_params = nbt_read_le16(&words);
	out->total_data = nbt_read_le16(&words);
	nbt_read_le16(&words);
	out->param_count = nbt_read_le16(&words);
	param_offset = nbt_read_le16(&words);
	out->param_at = nbt_read_le16(&words);
	out->data_count = nbt_read_le16(&words);
	data_offset = nbt_read_le16(&words);
	out->data_at = nbt_read_le16(&words);
	nbt_read_le16(&words);
	if (words.err != NBT_OK)
		return words.err;
	out->params = pointed(&block->bytes, param_offset, out->param_count, &err);
	out->data = pointed(&block->bytes, data_offset, out->data_count, &err);
	return err;
}
