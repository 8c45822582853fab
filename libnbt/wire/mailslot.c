/*
 * Mailslot messages: an SMB_COM_TRANSACTION (MS-CIFS section 2.2.4.33) with the setup words of
 * MS-MAIL section 2.2.1, and the messages in \MAILSLOT\MESSNGR.
 */
#include <nbt/mailslot.h>

#include <string.h>

#include "libnbt/wire/wire.h"

#define COM_TRANSACTION 0x25
#define WORD_COUNT      17
#define SETUP_COUNT     3
#define OPCODE_WRITE    1
#define HEADER_REST     27 /* status, flags, signature, ids: all zero, and ignored */

static const uint8_t protocol[4] = { 0xFF, 'S', 'M', 'B' };
static const char prefix[] = "\\MAILSLOT\\";

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Whether text begins with start; *rest: where it goes on. */
static bool begins_with(const char *text, const char *start, const char **rest)
{
	while (*start != '\0' && upper(*text) == upper(*start))
		text++, start++;
	*rest = text;
	return *start == '\0';
}

static bool is_mailslot_name(const char *name)
{
	const char *rest;

	return begins_with(name, prefix, &rest) && *rest != '\0';
}

bool nbt_mailslot_is(const struct nbt_mailslot *mailslot, const char *name)
{
	const char *rest;

	return begins_with(mailslot->name, name, &rest) && *rest == '\0';
}

static void must_be(struct nbt_reader *r, bool holds)
{
	if (!holds)
		nbt_reader_fail(r, NBT_EVALUE);
}

static void read_header(struct nbt_reader *r)
{
	const uint8_t *p = nbt_read_bytes(r, sizeof(protocol));

	must_be(r, p != NULL && memcmp(p, protocol, sizeof(protocol)) == 0);
	must_be(r, nbt_read_u8(r) == COM_TRANSACTION);
	nbt_read_bytes(r, HEADER_REST);
}

/* The words up to the name. *count, *offset: where the data are in the whole. */
static void read_words(struct nbt_reader *r, struct nbt_mailslot *m, size_t *count, size_t *offset)
{
	uint8_t words = nbt_read_u8(r);

	must_be(r, words >= WORD_COUNT);
	nbt_read_bytes(r, 12); /* lengths of other things, and flags */
	m->timeout_ms = nbt_read_le32(r);
	nbt_read_bytes(r, 6);
	*count = nbt_read_le16(r);
	*offset = nbt_read_le16(r);
	must_be(r, nbt_read_u8(r) == SETUP_COUNT);
	nbt_read_u8(r);
	must_be(r, nbt_read_le16(r) == OPCODE_WRITE);
	m->priority = nbt_read_le16(r);
	m->klass = nbt_read_le16(r);
	if (r->err == NBT_OK)
		nbt_read_bytes(r, (size_t)(words - WORD_COUNT) * 2);
	nbt_read_le16(r); /* ByteCount; Windows ignores it, too */
}

enum nbt_error nbt_mailslot_decode(struct nbt_mailslot *out, const uint8_t *buf, size_t len)
{
	struct nbt_reader r = nbt_reader_of(buf, len), data = r;
	size_t offset = 0;

	memset(out, 0, sizeof(*out));
	read_header(&r);
	read_words(&r, out, &out->data_len, &offset);
	out->name = nbt_read_cstring(&r);
	must_be(&r, out->name != NULL && is_mailslot_name(out->name));
	nbt_read_bytes(&data, offset);
	out->data = nbt_read_bytes(&data, out->data_len);
	return r.err != NBT_OK ? r.err : data.err;
}

static void write_words(struct nbt_writer *w, const struct nbt_mailslot *m, size_t name_size)
{
	uint16_t count = (uint16_t)m->data_len;

	nbt_write_u8(w, WORD_COUNT);
	nbt_write_le16(w, 0); /* parameters: none */
	nbt_write_le16(w, count);
	nbt_write_zeros(w, 8); /* of an answer; flags */
	nbt_write_le32(w, m->timeout_ms);
	nbt_write_zeros(w, 6);
	nbt_write_le16(w, count);
	nbt_write_le16(w, (uint16_t)(NBT_MAILSLOT_HEADER_LEN + name_size));
	nbt_write_u8(w, SETUP_COUNT);
	nbt_write_u8(w, 0);
	nbt_write_le16(w, OPCODE_WRITE);
	nbt_write_le16(w, m->priority);
	nbt_write_le16(w, m->klass);
	nbt_write_le16(w, (uint16_t)(name_size + m->data_len));
}

enum nbt_error nbt_mailslot_encode(const struct nbt_mailslot *in, uint8_t *buf, size_t size,
				   size_t *len)
{
	struct nbt_writer w = nbt_writer_of(buf, size);
	size_t name_size = strlen(in->name) + 1;

	if (!is_mailslot_name(in->name) ||
	    name_size + in->data_len > UINT16_MAX - NBT_MAILSLOT_HEADER_LEN)
		return NBT_EVALUE;
	nbt_write_bytes(&w, protocol, sizeof(protocol));
	nbt_write_u8(&w, COM_TRANSACTION);
	nbt_write_zeros(&w, HEADER_REST);
	write_words(&w, in, name_size);
	nbt_write_bytes(&w, in->name, name_size);
	nbt_write_bytes(&w, in->data, in->data_len);
	*len = w.pos;
	return w.err;
}

bool nbt_mailslot_equal(const struct nbt_mailslot *a, const struct nbt_mailslot *b)
{
	return strcmp(a->name, b->name) == 0 && a->priority == b->priority &&
	       a->klass == b->klass && a->timeout_ms == b->timeout_ms &&
	       a->data_len == b->data_len &&
	       (a->data_len == 0 || memcmp(a->data, b->data, a->data_len) == 0);
}

enum nbt_error nbt_popup_decode(struct nbt_popup *out, const uint8_t *buf, size_t len)
{
	struct nbt_reader r = nbt_reader_of(buf, len);

	out->from = nbt_read_cstring(&r);
	out->to = nbt_read_cstring(&r);
	out->text = nbt_read_string(&r, &out->text_len);
	return r.err;
}

enum nbt_error nbt_popup_encode(const struct nbt_popup *in, uint8_t *buf, size_t size, size_t *len)
{
	struct nbt_writer w = nbt_writer_of(buf, size);

	if (in->text_len > 0 && memchr(in->text, 0, in->text_len) != NULL)
		return NBT_EVALUE;
	nbt_write_bytes(&w, in->from, strlen(in->from) + 1);
	nbt_write_bytes(&w, in->to, strlen(in->to) + 1);
	nbt_write_bytes(&w, in->text, in->text_len);
	nbt_write_u8(&w, 0);
	*len = w.pos;
	return w.err;
}
