/* srvsvc: the shares of another server. */
#include "smb/srvsvc.h"

#include "smb/text.h"

#define LEVEL     1
#define NO_LIMIT  UINT32_MAX
#define SHARE_LEN 12 /* pointer, type, pointer */
#define POINTER   0x00020000

/* A conforming and varying string. */
static void write_server(struct nbt_writer *w, const char *server)
{
	size_t count_at = w->pos;
	uint32_t count;

	nbt_write_zeros(w, 12);
	count = (uint32_t)smb_write_utf16(w, "\\\\") / 2;
	count += (uint32_t)smb_write_utf16(w, server) / 2 + 1;
	nbt_write_le16(w, 0);
	nbt_write_le32_at(w, count_at, count);
	nbt_write_le32_at(w, count_at + 8, count);
}

/* MS-SRVS section 3.1.4.8. */
void srvsvc_write_share_enum(struct nbt_writer *w, const char *server)
{
	nbt_write_le32(w, POINTER);
	write_server(w, server);
	nbt_write_align(w, 4);
	nbt_write_le32(w, LEVEL);
	nbt_write_le32(w, LEVEL);
	nbt_write_le32(w, POINTER + 4); /* a container, which is empty */
	nbt_write_le32(w, 0);
	nbt_write_le32(w, 0);
	nbt_write_le32(w, NO_LIMIT);
	nbt_write_le32(w, POINTER + 8); /* resume: from the start */
	nbt_write_le32(w, 0);
}

/* What all the shares have in fixed size comes first, and then their texts. */
static void find_texts(struct srvsvc_shares *shares)
{
	struct nbt_reader *r = &shares->texts;
	uint32_t room;

	shares->left = nbt_read_le32(r);
	if (nbt_read_le32(r) == 0) {
		shares->left = 0;
		return;
	}
	room = nbt_read_le32(r);
	if (room < shares->left)
		nbt_reader_fail(r, NBT_ECOUNT);
	shares->fixed = nbt_read_window(r, (size_t)shares->left * SHARE_LEN);
}

void srvsvc_begin_shares(struct srvsvc_shares *shares, struct nbt_reader stub)
{
	*shares = (struct srvsvc_shares){ .texts = stub };
	if (nbt_read_le32(&shares->texts) != LEVEL || nbt_read_le32(&shares->texts) != LEVEL)
		nbt_reader_fail(&shares->texts, NBT_EVALUE);
	if (nbt_read_le32(&shares->texts) != 0)
		find_texts(shares);
	if (shares->texts.err != NBT_OK)
		shares->left = 0;
}

static void read_string(struct nbt_reader *r, char out[SRVSVC_TEXT_MAX])
{
	uint32_t count;

	nbt_read_align(r, 4);
	nbt_read_le32(r); /* room */
	if (nbt_read_le32(r) != 0)
		nbt_reader_fail(r, NBT_EVALUE);
	count = nbt_read_le32(r);
	out[0] = '\0';
	if (r->err == NBT_OK)
		smb_read_utf16_oem(r, count, out, SRVSVC_TEXT_MAX);
}

/* How many there are in all, where to go on, and the error. */
static void read_end(struct srvsvc_shares *shares)
{
	struct nbt_reader *r = &shares->texts;

	nbt_read_align(r, 4);
	nbt_read_le32(r);
	if (nbt_read_le32(r) != 0)
		nbt_read_le32(r);
	shares->error = nbt_read_le32(r);
}

bool srvsvc_next_share(struct srvsvc_shares *shares, struct srvsvc_share *out)
{
	bool has_name, has_remark;

	if (shares->left == 0) {
		read_end(shares);
		return false;
	}
	shares->left--;
	has_name = nbt_read_le32(&shares->fixed) != 0;
	out->type = nbt_read_le32(&shares->fixed);
	has_remark = nbt_read_le32(&shares->fixed) != 0;
	out->name[0] = out->remark[0] = '\0';
	if (has_name)
		read_string(&shares->texts, out->name);
	if (has_remark)
		read_string(&shares->texts, out->remark);
	return shares->texts.err == NBT_OK;
}
