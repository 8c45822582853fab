/* SMB2 requests and replies. */
#include "smb/smb2.h"

#include <string.h>

#include "smb/text.h"

#define SIGNATURE_LEN      16
#define SHARE_IS_PIPE      2
#define PIPE_ACCESS        0x001F00A9 /* of IPC$, as smbd grants it */
#define ATTRIBUTE_NORMAL   0x80
#define ACTION_OPENED      1

/* Where what follows a reply's fixed body is. */
#define NEGOTIATED_BLOB_AT 128
#define SETUP_BLOB_AT      72
#define READ_DATA_AT       80
#define IOCTL_OUTPUT_AT    112

static const uint8_t protocol[4] = { SMB2_FIRST_BYTE, 'S', 'M', 'B' };

void smb2_read_header(struct nbt_reader *r, struct smb2_header *header)
{
	const uint8_t *p = nbt_read_bytes(r, sizeof(protocol));

	if (p != NULL && memcmp(p, protocol, sizeof(protocol)) != 0)
		nbt_reader_fail(r, NBT_EVALUE);
	if (nbt_read_le16(r) != SMB2_HEADER_LEN)
		nbt_reader_fail(r, NBT_EVALUE);
	header->credit_charge = nbt_read_le16(r);
	header->status = nbt_read_le32(r);
	header->command = nbt_read_le16(r);
	header->credits = nbt_read_le16(r);
	header->flags = nbt_read_le32(r);
	header->next = nbt_read_le32(r);
	header->message_id = nbt_read_le64(r);
	nbt_read_le32(r);
	header->tree_id = nbt_read_le32(r);
	header->session_id = nbt_read_le64(r);
	nbt_read_bytes(r, SIGNATURE_LEN);
}

void smb2_write_header(struct nbt_writer *w, const struct smb2_header *header)
{
	nbt_write_bytes(w, protocol, sizeof(protocol));
	nbt_write_le16(w, SMB2_HEADER_LEN);
	nbt_write_le16(w, header->credit_charge);
	nbt_write_le32(w, header->status);
	nbt_write_le16(w, header->command);
	nbt_write_le16(w, header->credits);
	nbt_write_le32(w, header->flags);
	nbt_write_le32(w, header->next);
	nbt_write_le64(w, header->message_id);
	nbt_write_le32(w, 0);
	nbt_write_le32(w, header->tree_id);
	nbt_write_le64(w, header->session_id);
	nbt_write_zeros(w, SIGNATURE_LEN);
}

/* The size that every body begins with; its lowest bit says that something variable follows. */
void smb2_read_size(struct nbt_reader *r, uint16_t size)
{
	if (nbt_read_le16(r) != size)
		nbt_reader_fail(r, NBT_EVALUE);
}

/* What a body points at, which is after it. */
struct nbt_reader smb2_pointed(const struct nbt_reader *r, size_t offset, size_t len)
{
	struct nbt_reader window = *r;

	if (len == 0) {
		window.end = window.pos;
		return window;
	}
	window.pos = 0;
	nbt_read_bytes(&window, offset);
	if (offset < SMB2_HEADER_LEN)
		nbt_reader_fail(&window, NBT_EVALUE);
	return nbt_read_window(&window, len);
}

void smb2_read_file_id(struct nbt_reader *r, struct smb2_file_id *file)
{
	file->persistent = nbt_read_le64(r);
	file->transient = nbt_read_le64(r);
}

enum nbt_error smb2_read_negotiate(struct nbt_reader r, struct smb2_negotiate *out)
{
	uint16_t count;

	memset(out, 0, sizeof(*out));
	smb2_read_size(&r, 36);
	count = nbt_read_le16(&r);
	nbt_read_bytes(&r, 32);
	for (uint16_t i = 0; i < count && r.err == NBT_OK; i++) {
		uint16_t dialect = nbt_read_le16(&r);

		if ((dialect == SMB2_DIALECT_202 || dialect == SMB2_DIALECT_210) &&
		    dialect > out->best)
			out->best = dialect;
	}
	return r.err;
}

enum nbt_error smb2_read_setup(struct nbt_reader r, struct smb2_setup *out)
{
	struct nbt_reader blob;
	uint16_t offset;

	memset(out, 0, sizeof(*out));
	smb2_read_size(&r, 25);
	nbt_read_bytes(&r, 10); /* flags, security mode, capabilities, channel */
	offset = nbt_read_le16(&r);
	out->blob_len = nbt_read_le16(&r);
	nbt_read_bytes(&r, 8); /* previous session */
	if (r.err != NBT_OK)
		return r.err;
	blob = smb2_pointed(&r, offset, out->blob_len);
	out->blob = blob.base + blob.pos;
	return blob.err;
}

/* A path or a name: a text without NUL. */
static enum nbt_error read_text(const struct nbt_reader *r, uint16_t offset, uint16_t len,
				char *out, size_t size)
{
	struct nbt_reader text = smb2_pointed(r, offset, len);

	smb_read_utf16(&text, nbt_read_left(&text), out, size);
	return r->err != NBT_OK ? r->err : text.err;
}

enum nbt_error smb2_read_tree_connect(struct nbt_reader r, struct smb2_tree_connect *out)
{
	uint16_t offset;

	memset(out, 0, sizeof(*out));
	smb2_read_size(&r, 9);
	nbt_read_le16(&r);
	offset = nbt_read_le16(&r);
	return read_text(&r, offset, nbt_read_le16(&r), out->path, sizeof(out->path));
}

enum nbt_error smb2_read_create(struct nbt_reader r, struct smb2_create *out)
{
	uint16_t offset, len;

	memset(out, 0, sizeof(*out));
	smb2_read_size(&r, 57);
	nbt_read_bytes(&r, 42); /* how it is to be opened: nothing to choose here */
	offset = nbt_read_le16(&r);
	len = nbt_read_le16(&r);
	nbt_read_bytes(&r, 8); /* contexts */
	return read_text(&r, offset, len, out->name, sizeof(out->name));
}

enum nbt_error smb2_read_close(struct nbt_reader r, struct smb2_file_id *out)
{
	smb2_read_size(&r, 24);
	nbt_read_bytes(&r, 6);
	smb2_read_file_id(&r, out);
	return r.err;
}

enum nbt_error smb2_read_read(struct nbt_reader r, struct smb2_transfer *out)
{
	memset(out, 0, sizeof(*out));
	smb2_read_size(&r, 49);
	nbt_read_le16(&r);
	out->len = nbt_read_le32(&r);
	nbt_read_le64(&r); /* a pipe has no offset */
	smb2_read_file_id(&r, &out->file);
	return r.err;
}

enum nbt_error smb2_read_write(struct nbt_reader r, struct smb2_transfer *out)
{
	struct nbt_reader data;
	uint16_t offset;

	memset(out, 0, sizeof(*out));
	smb2_read_size(&r, 49);
	offset = nbt_read_le16(&r);
	out->len = nbt_read_le32(&r);
	nbt_read_le64(&r);
	smb2_read_file_id(&r, &out->file);
	if (r.err != NBT_OK)
		return r.err;
	data = smb2_pointed(&r, offset, out->len);
	out->data = data.base + data.pos;
	return data.err;
}

enum nbt_error smb2_read_ioctl(struct nbt_reader r, struct smb2_ioctl *out)
{
	struct nbt_reader input;
	uint32_t offset;

	memset(out, 0, sizeof(*out));
	smb2_read_size(&r, 57);
	nbt_read_le16(&r);
	out->code = nbt_read_le32(&r);
	smb2_read_file_id(&r, &out->file);
	offset = nbt_read_le32(&r);
	out->input_len = nbt_read_le32(&r);
	nbt_read_bytes(&r, 12); /* of an answer */
	out->max_output = nbt_read_le32(&r);
	nbt_read_bytes(&r, 8);
	if (r.err != NBT_OK)
		return r.err;
	input = smb2_pointed(&r, offset, out->input_len);
	out->input = input.base + input.pos;
	return input.err;
}

void smb2_write_error(struct nbt_writer *w)
{
	nbt_write_le16(w, 9);
	nbt_write_zeros(w, 7);
}

void smb2_write_empty(struct nbt_writer *w)
{
	nbt_write_le16(w, 4);
	nbt_write_le16(w, 0);
}

void smb2_write_negotiated(struct nbt_writer *w, const struct smb2_negotiated *in)
{
	nbt_write_le16(w, 65);
	nbt_write_le16(w, SMB2_SIGNING_ENABLED);
	nbt_write_le16(w, in->dialect);
	nbt_write_le16(w, 0);
	nbt_write_bytes(w, in->guid, SMB2_GUID_LEN);
	nbt_write_le32(w, 0);
	nbt_write_le32(w, SMB2_TRANSFER_MAX);
	nbt_write_le32(w, SMB2_TRANSFER_MAX);
	nbt_write_le32(w, SMB2_TRANSFER_MAX);
	nbt_write_le64(w, in->filetime);
	nbt_write_le64(w, 0);
	nbt_write_le16(w, NEGOTIATED_BLOB_AT);
	nbt_write_le16(w, in->blob_len);
	nbt_write_le32(w, 0);
	nbt_write_bytes(w, in->blob, in->blob_len);
}

void smb2_write_setup(struct nbt_writer *w, uint16_t flags, const uint8_t *blob, uint16_t len)
{
	nbt_write_le16(w, 9);
	nbt_write_le16(w, flags);
	nbt_write_le16(w, SETUP_BLOB_AT);
	nbt_write_le16(w, len);
	nbt_write_bytes(w, blob, len);
}

void smb2_write_tree(struct nbt_writer *w)
{
	nbt_write_le16(w, 16);
	nbt_write_u8(w, SHARE_IS_PIPE);
	nbt_write_u8(w, 0);
	nbt_write_le32(w, 0);
	nbt_write_le32(w, 0);
	nbt_write_le32(w, PIPE_ACCESS);
}

void smb2_write_created(struct nbt_writer *w, const struct smb2_file_id *file, uint64_t filetime)
{
	nbt_write_le16(w, 89);
	nbt_write_le16(w, 0);
	nbt_write_le32(w, ACTION_OPENED);
	for (int i = 0; i < 4; i++)
		nbt_write_le64(w, filetime);
	nbt_write_le64(w, 0);
	nbt_write_le64(w, 0);
	nbt_write_le32(w, ATTRIBUTE_NORMAL);
	nbt_write_le32(w, 0);
	nbt_write_le64(w, file->persistent);
	nbt_write_le64(w, file->transient);
	nbt_write_le64(w, 0);
}

void smb2_write_closed(struct nbt_writer *w)
{
	nbt_write_le16(w, 60);
	nbt_write_zeros(w, 58);
}

void smb2_write_data(struct nbt_writer *w, const uint8_t *data, uint32_t len)
{
	nbt_write_le16(w, 17);
	nbt_write_le16(w, READ_DATA_AT);
	nbt_write_le32(w, len);
	nbt_write_le64(w, 0);
	nbt_write_bytes(w, data, len);
}

void smb2_write_written(struct nbt_writer *w, uint32_t len)
{
	nbt_write_le16(w, 17);
	nbt_write_le16(w, 0);
	nbt_write_le32(w, len);
	nbt_write_le64(w, 0);
}

void smb2_write_ioctl(struct nbt_writer *w, const struct smb2_ioctl *request, const uint8_t *data,
		      uint32_t len)
{
	nbt_write_le16(w, 49);
	nbt_write_le16(w, 0);
	nbt_write_le32(w, request->code);
	nbt_write_le64(w, request->file.persistent);
	nbt_write_le64(w, request->file.transient);
	nbt_write_le32(w, IOCTL_OUTPUT_AT);
	nbt_write_le32(w, 0);
	nbt_write_le32(w, IOCTL_OUTPUT_AT);
	nbt_write_le32(w, len);
	nbt_write_le64(w, 0);
	nbt_write_bytes(w, data, len);
}
