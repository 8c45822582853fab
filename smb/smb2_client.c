/* SMB2: requests of a client, and the replies to them. */
#include "smb/smb2.h"

#include "smb/text.h"

#define IMPERSONATION     2
#define PIPE_READWRITE    0x0012019F
#define SHARE_ALL         7
#define DISPOSE_OPEN      1
#define IS_FSCTL          1
#define PREAUTH_INTEGRITY 1
#define SHA_512           1
#define READ_PADDING      0x50 /* where we would like the data: behind the reply's fixed part */

/* Where what follows a request's fixed body is. */
#define SETUP_BLOB_AT     88
#define TREE_PATH_AT      72
#define CREATE_NAME_AT    120
#define IOCTL_INPUT_AT    120

/* MS-SMB2 section 2.2.3.1.1: 3.1.1 wants to know how all that is said before the login will be
 * hashed. Only keys depend on it. */
static void write_contexts(struct nbt_writer *w, const uint8_t salt[SMB2_GUID_LEN])
{
	nbt_write_le16(w, PREAUTH_INTEGRITY);
	nbt_write_le16(w, 6 + SMB2_GUID_LEN);
	nbt_write_le32(w, 0);
	nbt_write_le16(w, 1);
	nbt_write_le16(w, SMB2_GUID_LEN);
	nbt_write_le16(w, SHA_512);
	nbt_write_bytes(w, salt, SMB2_GUID_LEN);
}

/* MS-SMB2 section 2.2.3. */
void smb2_write_negotiate(struct nbt_writer *w, const uint8_t guid[SMB2_GUID_LEN])
{
	static const uint16_t dialects[] = { SMB2_DIALECT_202, SMB2_DIALECT_210, SMB2_DIALECT_300,
					     SMB2_DIALECT_302, SMB2_DIALECT_311 };
	const size_t count = sizeof(dialects) / sizeof(dialects[0]);
	size_t contexts_at;

	nbt_write_le16(w, 36);
	nbt_write_le16(w, (uint16_t)count);
	nbt_write_le16(w, SMB2_SIGNING_ENABLED);
	nbt_write_le16(w, 0);
	nbt_write_le32(w, 0);
	nbt_write_bytes(w, guid, SMB2_GUID_LEN);
	contexts_at = w->pos;
	nbt_write_le32(w, 0);
	nbt_write_le16(w, 1);
	nbt_write_le16(w, 0);
	for (size_t i = 0; i < count; i++)
		nbt_write_le16(w, dialects[i]);
	nbt_write_align(w, 8);
	nbt_write_le32_at(w, contexts_at, (uint32_t)w->pos);
	write_contexts(w, guid);
}

void smb2_write_session_setup(struct nbt_writer *w, const struct smb2_blob *blob)
{
	nbt_write_le16(w, 25);
	nbt_write_u8(w, 0);
	nbt_write_u8(w, SMB2_SIGNING_ENABLED);
	nbt_write_le32(w, 0);
	nbt_write_le32(w, 0);
	nbt_write_le16(w, SETUP_BLOB_AT);
	nbt_write_le16(w, (uint16_t)blob->len);
	nbt_write_le64(w, 0);
	nbt_write_bytes(w, blob->bytes, blob->len);
}

void smb2_write_tree_connect(struct nbt_writer *w, const char *path)
{
	size_t len_at;

	nbt_write_le16(w, 9);
	nbt_write_le16(w, 0);
	nbt_write_le16(w, TREE_PATH_AT);
	len_at = w->pos;
	nbt_write_le16(w, 0);
	nbt_write_le16_at(w, len_at, (uint16_t)smb_write_utf16(w, path));
}

/* MS-SMB2 section 2.2.13. */
void smb2_write_create(struct nbt_writer *w, const char *pipe)
{
	size_t len_at;

	nbt_write_le16(w, 57);
	nbt_write_le16(w, 0);
	nbt_write_le32(w, IMPERSONATION);
	nbt_write_zeros(w, 16);
	nbt_write_le32(w, PIPE_READWRITE);
	nbt_write_le32(w, 0);
	nbt_write_le32(w, SHARE_ALL);
	nbt_write_le32(w, DISPOSE_OPEN);
	nbt_write_le32(w, 0);
	nbt_write_le16(w, CREATE_NAME_AT);
	len_at = w->pos;
	nbt_write_le16(w, 0);
	nbt_write_zeros(w, 8);
	nbt_write_le16_at(w, len_at, (uint16_t)smb_write_utf16(w, pipe));
}

static void write_file_id(struct nbt_writer *w, const struct smb2_file_id *file)
{
	nbt_write_le64(w, file->persistent);
	nbt_write_le64(w, file->transient);
}

/* MS-SMB2 section 2.2.31. */
void smb2_write_transceive(struct nbt_writer *w, const struct smb2_file_id *file,
			   const struct smb2_blob *input, uint32_t max_output)
{
	nbt_write_le16(w, 57);
	nbt_write_le16(w, 0);
	nbt_write_le32(w, SMB2_PIPE_TRANSCEIVE);
	write_file_id(w, file);
	nbt_write_le32(w, IOCTL_INPUT_AT);
	nbt_write_le32(w, input->len);
	nbt_write_zeros(w, 12);
	nbt_write_le32(w, max_output);
	nbt_write_le32(w, IS_FSCTL);
	nbt_write_le32(w, 0);
	nbt_write_bytes(w, input->bytes, input->len);
}

void smb2_write_read(struct nbt_writer *w, const struct smb2_file_id *file, uint32_t len)
{
	nbt_write_le16(w, 49);
	nbt_write_u8(w, READ_PADDING);
	nbt_write_u8(w, 0);
	nbt_write_le32(w, len);
	nbt_write_le64(w, 0);
	write_file_id(w, file);
	nbt_write_zeros(w, 17);
}

void smb2_write_close(struct nbt_writer *w, const struct smb2_file_id *file)
{
	nbt_write_le16(w, 24);
	nbt_write_zeros(w, 6);
	write_file_id(w, file);
}

/*
 * Replies.
 */

enum nbt_error smb2_read_negotiated(struct nbt_reader r, struct smb2_answer_negotiated *out)
{
	smb2_read_size(&r, 65);
	out->security_mode = nbt_read_le16(&r);
	out->dialect = nbt_read_le16(&r);
	nbt_read_bytes(&r, 58); /* who it is, and its limits: we need little */
	return r.err;
}

static enum nbt_error read_blob(const struct nbt_reader *r, size_t offset, uint32_t len,
				struct smb2_blob *out)
{
	struct nbt_reader blob;

	*out = (struct smb2_blob){ .len = 0 };
	if (r->err != NBT_OK)
		return r->err;
	blob = smb2_pointed(r, offset, len);
	if (blob.err == NBT_OK)
		*out = (struct smb2_blob){ blob.base + blob.pos, len };
	return blob.err;
}

enum nbt_error smb2_read_session(struct nbt_reader r, struct smb2_blob *blob)
{
	uint16_t offset;

	smb2_read_size(&r, 9);
	nbt_read_le16(&r);
	offset = nbt_read_le16(&r);
	return read_blob(&r, offset, nbt_read_le16(&r), blob);
}

enum nbt_error smb2_read_created(struct nbt_reader r, struct smb2_file_id *file)
{
	smb2_read_size(&r, 89);
	nbt_read_bytes(&r, 62);
	smb2_read_file_id(&r, file);
	nbt_read_bytes(&r, 8);
	return r.err;
}

enum nbt_error smb2_read_transceived(struct nbt_reader r, struct smb2_blob *output)
{
	uint32_t offset, len;

	smb2_read_size(&r, 49);
	nbt_read_bytes(&r, 30); /* what was asked */
	offset = nbt_read_le32(&r);
	len = nbt_read_le32(&r);
	nbt_read_bytes(&r, 8);
	return read_blob(&r, offset, len, output);
}

enum nbt_error smb2_read_data(struct nbt_reader r, struct smb2_blob *data)
{
	uint8_t offset;
	uint32_t len;

	smb2_read_size(&r, 17);
	offset = nbt_read_u8(&r);
	nbt_read_u8(&r);
	len = nbt_read_le32(&r);
	nbt_read_bytes(&r, 8);
	return read_blob(&r, offset, len, data);
}
