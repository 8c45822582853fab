/* Datagram service packets: RFC 1002 section 4.4. */
#include <nbt/datagram.h>

#include <string.h>

#include "libnbt/wire/wire.h"

bool nbt_datagram_is_rest(const struct nbt_datagram *d)
{
	return d->type >= NBT_DGM_DIRECT_UNIQUE && d->type <= NBT_DGM_BROADCAST &&
	       (d->flags & NBT_DGM_FLAG_FIRST) == 0 && d->offset > 0;
}

static void read_names(struct nbt_reader *r, struct nbt_datagram *d)
{
	nbt_read_name(r, &d->source, &d->source_scope, NBT_POINTERS_FORBIDDEN);
	nbt_read_name(r, &d->destination, &d->destination_scope, NBT_POINTERS_FORBIDDEN);
}

/*
 * DGM_LENGTH may be more than the packet has: RFC 1002 section 5.3.1 gives every fragment that of
 * the whole datagram, and Snap servers count the header too.
 */
static void read_message(struct nbt_reader *r, struct nbt_datagram *d)
{
	struct nbt_reader body;
	size_t left;

	d->length = nbt_read_u16(r);
	d->offset = nbt_read_u16(r);
	left = nbt_read_left(r);
	body = nbt_read_window(r, d->length < left ? d->length : left);
	if (!nbt_datagram_is_rest(d))
		read_names(&body, d);
	d->data_len = nbt_read_left(&body);
	d->data = nbt_read_bytes(&body, d->data_len);
	r->err = body.err;
}

static void write_message(struct nbt_writer *w, const struct nbt_datagram *d)
{
	size_t at = w->pos, start, length;

	nbt_write_u16(w, 0);
	nbt_write_u16(w, d->offset);
	start = w->pos;
	if (!nbt_datagram_is_rest(d)) {
		nbt_write_name(w, &d->source, &d->source_scope);
		nbt_write_name(w, &d->destination, &d->destination_scope);
	}
	nbt_write_bytes(w, d->data, d->data_len);

	length = w->pos - start;
	if (length > UINT16_MAX)
		nbt_writer_fail(w, NBT_EVALUE);
	nbt_write_u16_at(w, at, (uint16_t)length);
}

static bool destination_equal(const struct nbt_datagram *a, const struct nbt_datagram *b)
{
	return nbt_name_equal(&a->destination, &b->destination) &&
	       nbt_scope_equal(&a->destination_scope, &b->destination_scope);
}

static bool names_equal(const struct nbt_datagram *a, const struct nbt_datagram *b)
{
	return nbt_name_equal(&a->source, &b->source) &&
	       nbt_scope_equal(&a->source_scope, &b->source_scope) && destination_equal(a, b);
}

static bool message_equal(const struct nbt_datagram *a, const struct nbt_datagram *b)
{
	return a->offset == b->offset && (nbt_datagram_is_rest(a) || names_equal(a, b)) &&
	       a->data_len == b->data_len &&
	       (a->data_len == 0 || memcmp(a->data, b->data, a->data_len) == 0);
}

static void read_error(struct nbt_reader *r, struct nbt_datagram *d)
{
	d->error_code = nbt_read_u8(r);
}

static void write_error(struct nbt_writer *w, const struct nbt_datagram *d)
{
	nbt_write_u8(w, d->error_code);
}

static bool error_equal(const struct nbt_datagram *a, const struct nbt_datagram *b)
{
	return a->error_code == b->error_code;
}

static void read_query(struct nbt_reader *r, struct nbt_datagram *d)
{
	nbt_read_name(r, &d->destination, &d->destination_scope, NBT_POINTERS_FORBIDDEN);
}

static void write_query(struct nbt_writer *w, const struct nbt_datagram *d)
{
	nbt_write_name(w, &d->destination, &d->destination_scope);
}

/* What follows the first ten bytes. */
struct body {
	void (*read)(struct nbt_reader *r, struct nbt_datagram *d);
	void (*write)(struct nbt_writer *w, const struct nbt_datagram *d);
	bool (*equal)(const struct nbt_datagram *a, const struct nbt_datagram *b);
};

static const struct body message = { read_message, write_message, message_equal };
static const struct body error = { read_error, write_error, error_equal };
static const struct body query = { read_query, write_query, destination_equal };

static const struct body *body_of(uint8_t type)
{
	static const struct body *const bodies[] = {
		[NBT_DGM_DIRECT_UNIQUE] = &message,   [NBT_DGM_DIRECT_GROUP] = &message,
		[NBT_DGM_BROADCAST] = &message,       [NBT_DGM_ERROR] = &error,
		[NBT_DGM_QUERY_REQUEST] = &query,     [NBT_DGM_POSITIVE_RESPONSE] = &query,
		[NBT_DGM_NEGATIVE_RESPONSE] = &query,
	};

	return type < sizeof(bodies) / sizeof(bodies[0]) ? bodies[type] : NULL;
}

enum nbt_error nbt_datagram_decode(struct nbt_datagram *out, const uint8_t *buf, size_t len)
{
	struct nbt_reader r = nbt_reader_of(buf, len);
	const struct body *body;

	memset(out, 0, sizeof(*out));
	out->type = nbt_read_u8(&r);
	out->flags = nbt_read_u8(&r);
	out->id = nbt_read_u16(&r);
	out->source_address.s_addr = nbt_read_in_addr(&r);
	out->source_port = nbt_read_u16(&r);

	body = body_of(out->type);
	if (body != NULL)
		body->read(&r, out);
	else
		nbt_reader_fail(&r, NBT_EVALUE);
	return r.err;
}

enum nbt_error nbt_datagram_encode(const struct nbt_datagram *in, uint8_t *buf, size_t size,
				   size_t *len)
{
	struct nbt_writer w = nbt_writer_of(buf, size);
	const struct body *body = body_of(in->type);

	if (body == NULL)
		return NBT_EVALUE;
	nbt_write_u8(&w, in->type);
	nbt_write_u8(&w, in->flags);
	nbt_write_u16(&w, in->id);
	nbt_write_bytes(&w, &in->source_address.s_addr, sizeof(in->source_address.s_addr));
	nbt_write_u16(&w, in->source_port);
	body->write(&w, in);
	*len = w.pos;
	return w.err;
}

static bool header_equal(const struct nbt_datagram *a, const struct nbt_datagram *b)
{
	return a->type == b->type && a->flags == b->flags && a->id == b->id &&
	       a->source_address.s_addr == b->source_address.s_addr &&
	       a->source_port == b->source_port;
}

bool nbt_datagram_equal(const struct nbt_datagram *a, const struct nbt_datagram *b)
{
	const struct body *body = body_of(a->type);

	return header_equal(a, b) && body != NULL && body->equal(a, b);
}
