/* Header and blocks of SMB1. */
#include "smb/smb1.h"

#include <string.h>

#define SIGNATURE_AND_RESERVED 10

static const uint8_t protocol[4] = { 0xFF, 'S', 'M', 'B' };

void smb1_read_header(struct nbt_reader *r, struct smb1_header *header)
{
	const uint8_t *p = nbt_read_bytes(r, sizeof(protocol));

	if (p != NULL && memcmp(p, protocol, sizeof(protocol)) != 0)
		nbt_reader_fail(r, NBT_EVALUE);
	header->command = nbt_read_u8(r);
	header->status = nbt_read_le32(r);
	header->flags = nbt_read_u8(r);
	header->flags2 = nbt_read_le16(r);
	header->pid_high = nbt_read_le16(r);
	nbt_read_bytes(r, SIGNATURE_AND_RESERVED);
	header->tid = nbt_read_le16(r);
	header->pid = nbt_read_le16(r);
	header->uid = nbt_read_le16(r);
	header->mid = nbt_read_le16(r);
}

void smb1_write_header(struct nbt_writer *w, const struct smb1_header *header)
{
	nbt_write_bytes(w, protocol, sizeof(protocol));
	nbt_write_u8(w, header->command);
	nbt_write_le32(w, header->status);
	nbt_write_u8(w, header->flags);
	nbt_write_le16(w, header->flags2);
	nbt_write_le16(w, header->pid_high);
	nbt_write_zeros(w, SIGNATURE_AND_RESERVED);
	nbt_write_le16(w, header->tid);
	nbt_write_le16(w, header->pid);
	nbt_write_le16(w, header->uid);
	nbt_write_le16(w, header->mid);
}

struct smb1_block smb1_read_block(struct nbt_reader *r)
{
	struct smb1_block block;
	uint8_t words = nbt_read_u8(r);

	block.words = nbt_read_window(r, (size_t)words * 2);
	block.bytes = nbt_read_window(r, nbt_read_le16(r));
	return block;
}

unsigned smb1_word_count(const struct smb1_block *block)
{
	return (unsigned)nbt_read_left(&block->words) / 2;
}

struct smb1_andx smb1_read_andx(struct nbt_reader *words)
{
	struct smb1_andx andx = { .command = nbt_read_u8(words) };

	nbt_read_u8(words);
	andx.offset = nbt_read_le16(words);
	return andx;
}

void smb1_write_no_andx(struct nbt_writer *w)
{
	nbt_write_u8(w, SMB1_NO_ANDX);
	nbt_write_zeros(w, 3);
}

size_t smb1_begin_bytes(struct nbt_writer *w)
{
	size_t at = w->pos;

	nbt_write_le16(w, 0);
	return at;
}

void smb1_end_bytes(struct nbt_writer *w, size_t at)
{
	size_t len = w->pos - at - 2;

	if (w->err == NBT_OK && len > UINT16_MAX)
		nbt_writer_fail(w, NBT_ESPACE);
	nbt_write_le16_at(w, at, (uint16_t)len);
}

void smb1_write_empty(struct nbt_writer *w)
{
	nbt_write_zeros(w, 3);
}

struct nbt_reader smb1_window(const uint8_t *base, size_t end, size_t offset, size_t len)
{
	struct nbt_reader r = nbt_reader_of(base, end);

	nbt_read_bytes(&r, offset);
	return nbt_read_window(&r, len);
}
