/* Session service packets: RFC 1002 section 4.3. */
#include <nbt/session.h>

#include <string.h>

#include "libnbt/wire/wire.h"

static void read_message(struct nbt_reader *r, struct nbt_session *s)
{
	s->data = nbt_read_bytes(r, s->length);
}

static void write_message(struct nbt_writer *w, const struct nbt_session *s)
{
	nbt_write_bytes(w, s->data, s->length);
}

static bool message_equal(const struct nbt_session *a, const struct nbt_session *b)
{
	return a->length == b->length &&
	       (a->length == 0 || memcmp(a->data, b->data, a->length) == 0);
}

static void read_request(struct nbt_reader *r, struct nbt_session *s)
{
	nbt_read_name(r, &s->called, &s->called_scope, NBT_POINTERS_FORBIDDEN);
	nbt_read_name(r, &s->calling, &s->calling_scope, NBT_POINTERS_FORBIDDEN);
}

static void write_request(struct nbt_writer *w, const struct nbt_session *s)
{
	nbt_write_name(w, &s->called, &s->called_scope);
	nbt_write_name(w, &s->calling, &s->calling_scope);
}

static bool request_equal(const struct nbt_session *a, const struct nbt_session *b)
{
	return nbt_name_equal(&a->called, &b->called) &&
	       nbt_scope_equal(&a->called_scope, &b->called_scope) &&
	       nbt_name_equal(&a->calling, &b->calling) &&
	       nbt_scope_equal(&a->calling_scope, &b->calling_scope);
}

static void read_negative(struct nbt_reader *r, struct nbt_session *s)
{
	s->error_code = nbt_read_u8(r);
}

static void write_negative(struct nbt_writer *w, const struct nbt_session *s)
{
	nbt_write_u8(w, s->error_code);
}

static bool negative_equal(const struct nbt_session *a, const struct nbt_session *b)
{
	return a->error_code == b->error_code;
}

static void read_retarget(struct nbt_reader *r, struct nbt_session *s)
{
	s->retarget_address.s_addr = nbt_read_in_addr(r);
	s->retarget_port = nbt_read_u16(r);
}

static void write_retarget(struct nbt_writer *w, const struct nbt_session *s)
{
	nbt_write_bytes(w, &s->retarget_address.s_addr, sizeof(s->retarget_address.s_addr));
	nbt_write_u16(w, s->retarget_port);
}

static bool retarget_equal(const struct nbt_session *a, const struct nbt_session *b)
{
	return a->retarget_address.s_addr == b->retarget_address.s_addr &&
	       a->retarget_port == b->retarget_port;
}

static void read_nothing(struct nbt_reader *r, struct nbt_session *s)
{
	(void)r;
	(void)s;
}

static void write_nothing(struct nbt_writer *w, const struct nbt_session *s)
{
	(void)w;
	(void)s;
}

static bool nothing_equal(const struct nbt_session *a, const struct nbt_session *b)
{
	return a->type == b->type;
}

/* What RFC 1002 calls the trailer: all that follows the header. */
struct trailer {
	void (*read)(struct nbt_reader *r, struct nbt_session *s);
	void (*write)(struct nbt_writer *w, const struct nbt_session *s);
	bool (*equal)(const struct nbt_session *a, const struct nbt_session *b);
};

static const struct trailer *trailer_of(uint8_t type)
{
	static const struct trailer trailers[] = {
		[NBT_SES_MESSAGE] = { read_message, write_message, message_equal },
		[NBT_SES_REQUEST] = { read_request, write_request, request_equal },
		[NBT_SES_POSITIVE] = { read_nothing, write_nothing, nothing_equal },
		[NBT_SES_NEGATIVE] = { read_negative, write_negative, negative_equal },
		[NBT_SES_RETARGET] = { read_retarget, write_retarget, retarget_equal },
		[NBT_SES_KEEPALIVE] = { read_nothing, write_nothing, nothing_equal },
	};

	if (type >= sizeof(trailers) / sizeof(trailers[0]) || trailers[type].read == NULL)
		return NULL;
	return &trailers[type];
}

static void read_header(struct nbt_reader *r, struct nbt_session *s)
{
	s->type = nbt_read_u8(r);
	s->flags = nbt_read_u8(r);
	s->length = nbt_read_u16(r);
	if (s->flags & NBT_SES_FLAG_EXTENSION)
		s->length |= 0x10000;
}

enum nbt_error nbt_session_frame(const uint8_t *buf, size_t len, size_t *frame_len)
{
	struct nbt_reader r = nbt_reader_of(buf, len);
	struct nbt_session s;

	read_header(&r, &s);
	*frame_len = NBT_SESSION_HEADER_LEN + s.length;
	return r.err;
}

enum nbt_error nbt_session_decode(struct nbt_session *out, const uint8_t *buf, size_t len)
{
	struct nbt_reader r = nbt_reader_of(buf, len), body;
	const struct trailer *trailer;

	memset(out, 0, sizeof(*out));
	read_header(&r, out);
	body = nbt_read_window(&r, out->length);
	if (nbt_reader_finish(&r) != NBT_OK)
		return nbt_reader_finish(&r);

	trailer = trailer_of(out->type);
	if (trailer == NULL)
		return NBT_EVALUE;
	trailer->read(&body, out);
	return nbt_reader_finish(&body);
}

static void write_header(struct nbt_writer *w, const struct nbt_session *s, size_t length)
{
	uint8_t extension = length > UINT16_MAX ? NBT_SES_FLAG_EXTENSION : 0;

	nbt_write_u8(w, s->type);
	nbt_write_u8(w, (s->flags & (uint8_t)~NBT_SES_FLAG_EXTENSION) | extension);
	nbt_write_u16(w, (uint16_t)length);
}

enum nbt_error nbt_session_encode(const struct nbt_session *in, uint8_t *buf, size_t size,
				  size_t *len)
{
	const struct trailer *trailer = trailer_of(in->type);
	struct nbt_writer w = nbt_writer_of(buf, size);

	if (trailer == NULL || (in->type == NBT_SES_MESSAGE && in->length > NBT_SESSION_LENGTH_MAX))
		return NBT_EVALUE;
	write_header(&w, in, in->type == NBT_SES_MESSAGE ? in->length : 0);
	trailer->write(&w, in);
	if (in->type != NBT_SES_MESSAGE)
		nbt_write_u16_at(&w, 2, (uint16_t)(w.pos - NBT_SESSION_HEADER_LEN));
	*len = w.pos;
	return w.err;
}

bool nbt_session_equal(const struct nbt_session *a, const struct nbt_session *b)
{
	const struct trailer *trailer = trailer_of(a->type);

	/* The extension bit belongs to the length. */
	return a->type == b->type && ((a->flags ^ b->flags) & ~NBT_SES_FLAG_EXTENSION) == 0 &&
	       trailer != NULL && trailer->equal(a, b);
}
