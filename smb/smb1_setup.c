/* Logging in and connecting to a tree. */
#include "smb/smb1_setup.h"

#include <string.h>

#include "smb/text.h"

#define OPTIONAL_SUPPORT 0x0001 /* SMB_SUPPORT_SEARCH_BITS; nobody minds on IPC$ */
#define MAXIMAL_ACCESS   0x000001FF
#define TEXT_FORMAT      0x04

static void read_common(struct nbt_reader *words, struct smb1_setup *out)
{
	smb1_read_andx(words);
	out->max_buffer = nbt_read_le16(words);
	out->max_mpx = nbt_read_le16(words);
	out->vc = nbt_read_le16(words);
	out->session_key = nbt_read_le32(words);
}

enum nbt_error smb1_read_setup(const struct smb1_block *block, bool unicode, struct smb1_setup *out)
{
	struct nbt_reader words = block->words, bytes = block->bytes;

	memset(out, 0, sizeof(*out));
	out->form = (enum smb1_setup_form)smb1_word_count(block);
	read_common(&words, out);
	switch (out->form) {
	case SMB1_SETUP_LANMAN:
		out->lm_len = nbt_read_le16(&words);
		break;
	case SMB1_SETUP_EXTENDED:
		out->blob_len = nbt_read_le16(&words);
		nbt_read_le32(&words);
		out->capabilities = nbt_read_le32(&words);
		break;
	case SMB1_SETUP_NT:
		out->lm_len = nbt_read_le16(&words);
		out->nt_len = nbt_read_le16(&words);
		nbt_read_le32(&words);
		out->capabilities = nbt_read_le32(&words);
		break;
	default:
		return NBT_EVALUE;
	}
	out->blob = nbt_read_bytes(&bytes, out->blob_len);
	out->lm = nbt_read_bytes(&bytes, out->lm_len);
	out->nt = nbt_read_bytes(&bytes, out->nt_len);
	if (out->form != SMB1_SETUP_EXTENDED)
		smb_read_text(&bytes, unicode && out->form == SMB1_SETUP_NT, out->account,
			      sizeof(out->account));
	return words.err != NBT_OK ? words.err : bytes.err;
}

void smb1_write_setup(struct nbt_writer *w, const struct smb1_setup *in)
{
	bool nt = in->form == SMB1_SETUP_NT;
	size_t at;

	nbt_write_u8(w, (uint8_t)in->form);
	smb1_write_no_andx(w);
	nbt_write_le16(w, in->max_buffer);
	nbt_write_le16(w, in->max_mpx);
	nbt_write_le16(w, in->vc);
	nbt_write_le32(w, in->session_key);
	nbt_write_le16(w, in->lm_len);
	if (nt)
		nbt_write_le16(w, in->nt_len);
	nbt_write_le32(w, 0);
	if (nt)
		nbt_write_le32(w, in->capabilities);
	at = smb1_begin_bytes(w);
	nbt_write_bytes(w, in->lm, in->lm_len);
	nbt_write_bytes(w, in->nt, nt ? in->nt_len : 0);
	smb_write_text(w, false, in->account);
	nbt_write_zeros(w, 3); /* domain, system, LAN manager */
	smb1_end_bytes(w, at);
}

void smb1_write_setup_reply(struct nbt_writer *w, bool unicode, const struct smb1_setup_reply *in)
{
	size_t at;

	nbt_write_u8(w, in->extended ? 4 : 3);
	smb1_write_no_andx(w);
	nbt_write_le16(w, in->action);
	if (in->extended)
		nbt_write_le16(w, in->blob_len);
	at = smb1_begin_bytes(w);
	if (in->extended)
		nbt_write_bytes(w, in->blob, in->blob_len);
	if (!in->silent) {
		smb_write_text(w, unicode, in->native_os);
		smb_write_text(w, unicode, in->native_lanman);
		smb_write_text(w, unicode, in->domain);
	}
	smb1_end_bytes(w, at);
}

enum nbt_error smb1_read_setup_reply(const struct smb1_block *block, bool unicode,
				     struct smb1_setup_reply *out)
{
	struct nbt_reader words = block->words, bytes = block->bytes;
	char skipped[2];

	memset(out, 0, sizeof(*out));
	out->extended = smb1_word_count(block) == 4;
	smb1_read_andx(&words);
	out->action = nbt_read_le16(&words);
	if (out->extended)
		out->blob_len = nbt_read_le16(&words);
	out->blob = nbt_read_bytes(&bytes, out->blob_len);
	smb_read_text(&bytes, unicode, skipped, sizeof(skipped));
	smb_read_text(&bytes, unicode, skipped, sizeof(skipped));
	smb_read_text(&bytes, unicode, out->their_domain, sizeof(out->their_domain));
	return words.err != NBT_OK ? words.err : bytes.err;
}

enum nbt_error smb1_read_tree_andx(const struct smb1_block *block, bool unicode,
				   struct smb1_tree *out)
{
	struct nbt_reader words = block->words, bytes = block->bytes;

	memset(out, 0, sizeof(*out));
	smb1_read_andx(&words);
	out->flags = nbt_read_le16(&words);
	nbt_read_bytes(&bytes, nbt_read_le16(&words));
	smb_read_text(&bytes, unicode, out->path, sizeof(out->path));
	smb_read_text(&bytes, false, out->service, sizeof(out->service));
	return words.err != NBT_OK ? words.err : bytes.err;
}

/* MS-CIFS section 2.2.4.50: three texts, each after a byte 04. */
enum nbt_error smb1_read_tree(const struct smb1_block *block, struct smb1_tree *out)
{
	struct nbt_reader bytes = block->bytes;
	char password[2];

	memset(out, 0, sizeof(*out));
	if (nbt_read_u8(&bytes) != TEXT_FORMAT)
		nbt_reader_fail(&bytes, NBT_EVALUE);
	smb_read_text(&bytes, false, out->path, sizeof(out->path));
	if (nbt_read_u8(&bytes) != TEXT_FORMAT)
		nbt_reader_fail(&bytes, NBT_EVALUE);
	smb_read_text(&bytes, false, password, sizeof(password));
	if (nbt_read_u8(&bytes) != TEXT_FORMAT)
		nbt_reader_fail(&bytes, NBT_EVALUE);
	smb_read_text(&bytes, false, out->service, sizeof(out->service));
	return bytes.err;
}

void smb1_write_tree_andx(struct nbt_writer *w, const struct smb1_tree *in)
{
	size_t at;

	nbt_write_u8(w, 4);
	smb1_write_no_andx(w);
	nbt_write_le16(w, in->flags);
	nbt_write_le16(w, 1);
	at = smb1_begin_bytes(w);
	nbt_write_u8(w, 0);
	smb_write_text(w, false, in->path);
	smb_write_text(w, false, in->service);
	smb1_end_bytes(w, at);
}

void smb1_write_tree_reply(struct nbt_writer *w, bool unicode, enum smb1_tree_form form)
{
	size_t at;

	nbt_write_u8(w, (uint8_t)form);
	smb1_write_no_andx(w);
	if (form >= SMB1_TREE_NT)
		nbt_write_le16(w, OPTIONAL_SUPPORT);
	if (form == SMB1_TREE_LONG) {
		nbt_write_le32(w, MAXIMAL_ACCESS);
		nbt_write_le32(w, MAXIMAL_ACCESS);
	}
	at = smb1_begin_bytes(w);
	smb_write_text(w, false, "IPC");
	if (form >= SMB1_TREE_NT)
		smb_write_text(w, unicode, ""); /* the file system */
	smb1_end_bytes(w, at);
}
