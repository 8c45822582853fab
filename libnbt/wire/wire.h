/*
 * The reader and the writer: every bounds check of every codec is in this file.
 *
 * Both remember their first error; what follows an error does nothing, and reads give zero. So a
 * decoder is a straight line with one check at its end. Two things to mind: a loop over a count
 * taken from a packet must stop on r->err, and a window's error is its own.
 */
#ifndef LIBNBT_WIRE_WIRE_H
#define LIBNBT_WIRE_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <nbt/error.h>
#include <nbt/name.h>

struct nbt_reader {
	const uint8_t *base; /* first byte of the packet; name pointers count from here */
	size_t pos, end;     /* still to be read: base[pos] up to base[end - 1] */
	enum nbt_error err;  /* the first error, kept */
};

static inline struct nbt_reader nbt_reader_of(const uint8_t *buf, size_t len)
{
	return (struct nbt_reader){ .base = buf, .pos = 0, .end = len, .err = NBT_OK };
}

static inline void nbt_reader_fail(struct nbt_reader *r, enum nbt_error err)
{
	if (r->err == NBT_OK)
		r->err = err;
}

/* The next len bytes, or NULL. */
static inline const uint8_t *nbt_read_bytes(struct nbt_reader *r, size_t len)
{
	if (r->err == NBT_OK && len > r->end - r->pos)
		r->err = NBT_ETRUNC;
	if (r->err != NBT_OK)
		return NULL;

	r->pos += len;
	return r->base + r->pos - len;
}

static inline size_t nbt_read_left(const struct nbt_reader *r)
{
	return r->err == NBT_OK ? r->end - r->pos : 0;
}

static inline uint8_t nbt_read_u8(struct nbt_reader *r)
{
	const uint8_t *p = nbt_read_bytes(r, 1);

	return p != NULL ? p[0] : 0;
}

static inline uint16_t nbt_read_u16(struct nbt_reader *r)
{
	const uint8_t *p = nbt_read_bytes(r, 2);

	return p != NULL ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t nbt_read_u32(struct nbt_reader *r)
{
	const uint8_t *p = nbt_read_bytes(r, 4);

	return p != NULL ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
			 : 0;
}

static inline uint64_t nbt_read_u64(struct nbt_reader *r)
{
	uint64_t high = nbt_read_u32(r);

	return high << 32 | nbt_read_u32(r);
}

/* SMB's integers have their low byte first. */
static inline uint16_t nbt_read_le16(struct nbt_reader *r)
{
	const uint8_t *p = nbt_read_bytes(r, 2);

	return p != NULL ? (uint16_t)(p[1] << 8 | p[0]) : 0;
}

static inline uint32_t nbt_read_le32(struct nbt_reader *r)
{
	uint32_t low = nbt_read_le16(r);

	return low | (uint32_t)nbt_read_le16(r) << 16;
}

static inline uint64_t nbt_read_le64(struct nbt_reader *r)
{
	uint64_t low = nbt_read_le32(r);

	return low | (uint64_t)nbt_read_le32(r) << 32;
}

/* What is left up to the next NUL, which is skipped, or up to the end. *len: without the NUL. */
static inline const uint8_t *nbt_read_string(struct nbt_reader *r, size_t *len)
{
	const uint8_t *p = r->base + r->pos, *nul;
	size_t left = nbt_read_left(r);

	nul = left > 0 ? memchr(p, 0, left) : NULL;
	*len = nul != NULL ? (size_t)(nul - p) : left;
	return nbt_read_bytes(r, *len + (nul != NULL));
}

/* A string that must end in a NUL, or NULL. */
static inline const char *nbt_read_cstring(struct nbt_reader *r)
{
	size_t start = r->pos, len;
	const uint8_t *p = nbt_read_string(r, &len);

	if (r->err == NBT_OK && r->pos - start == len)
		r->err = NBT_ETRUNC;
	return r->err == NBT_OK ? (const char *)p : NULL;
}

/* Four bytes in network order, as struct in_addr holds them. */
static inline uint32_t nbt_read_in_addr(struct nbt_reader *r)
{
	const uint8_t *p = nbt_read_bytes(r, 4);
	uint32_t addr = 0;

	if (p != NULL)
		memcpy(&addr, p, sizeof(addr));
	return addr;
}

/* A reader for the next len bytes only; r itself moves past them. */
static inline struct nbt_reader nbt_read_window(struct nbt_reader *r, size_t len)
{
	struct nbt_reader window = *r;

	if (nbt_read_bytes(r, len) == NULL)
		window.err = r->err;
	else
		window.end = r->pos;
	return window;
}

/* Skips to a position that unit divides, counted from the first byte. */
static inline void nbt_read_align(struct nbt_reader *r, size_t unit)
{
	nbt_read_bytes(r, (unit - r->pos % unit) % unit);
}

/* The error of a reader that should now be at its end. */
static inline enum nbt_error nbt_reader_finish(const struct nbt_reader *r)
{
	if (r->err == NBT_OK && r->pos != r->end)
		return NBT_ETRAILING;
	return r->err;
}

struct nbt_writer {
	uint8_t *base;
	size_t pos, size;
	enum nbt_error err;
};

static inline struct nbt_writer nbt_writer_of(uint8_t *buf, size_t size)
{
	return (struct nbt_writer){ .base = buf, .pos = 0, .size = size, .err = NBT_OK };
}

static inline void nbt_writer_fail(struct nbt_writer *w, enum nbt_error err)
{
	if (w->err == NBT_OK)
		w->err = err;
}

/* Room for the next len bytes, or NULL. */
static inline uint8_t *nbt_write_space(struct nbt_writer *w, size_t len)
{
	if (w->err == NBT_OK && len > w->size - w->pos)
		w->err = NBT_ESPACE;
	if (w->err != NBT_OK)
		return NULL;

	w->pos += len;
	return w->base + w->pos - len;
}

static inline void nbt_write_bytes(struct nbt_writer *w, const void *bytes, size_t len)
{
	uint8_t *p = nbt_write_space(w, len);

	if (p != NULL && len > 0)
		memcpy(p, bytes, len);
}

static inline void nbt_write_u8(struct nbt_writer *w, uint8_t value)
{
	uint8_t *p = nbt_write_space(w, 1);

	if (p != NULL)
		p[0] = value;
}

static inline void nbt_put_u16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static inline void nbt_write_u16(struct nbt_writer *w, uint16_t value)
{
	uint8_t *p = nbt_write_space(w, 2);

	if (p != NULL)
		nbt_put_u16(p, value);
}

static inline void nbt_put_u32(uint8_t *p, uint32_t value)
{
	nbt_put_u16(p, (uint16_t)(value >> 16));
	nbt_put_u16(p + 2, (uint16_t)value);
}

static inline void nbt_write_u32(struct nbt_writer *w, uint32_t value)
{
	uint8_t *p = nbt_write_space(w, 4);

	if (p != NULL)
		nbt_put_u32(p, value);
}

static inline void nbt_write_u64(struct nbt_writer *w, uint64_t value)
{
	nbt_write_u32(w, (uint32_t)(value >> 32));
	nbt_write_u32(w, (uint32_t)value);
}

static inline void nbt_write_le16(struct nbt_writer *w, uint16_t value)
{
	nbt_write_u16(w, (uint16_t)(value << 8 | value >> 8));
}

static inline void nbt_write_le32(struct nbt_writer *w, uint32_t value)
{
	nbt_write_le16(w, (uint16_t)value);
	nbt_write_le16(w, (uint16_t)(value >> 16));
}

static inline void nbt_write_le64(struct nbt_writer *w, uint64_t value)
{
	nbt_write_le32(w, (uint32_t)value);
	nbt_write_le32(w, (uint32_t)(value >> 32));
}

static inline void nbt_write_zeros(struct nbt_writer *w, size_t len)
{
	uint8_t *p = nbt_write_space(w, len);

	if (p != NULL)
		memset(p, 0, len);
}

/* For lengths that are known only afterwards; at must have been written already. */
static inline void nbt_write_u16_at(struct nbt_writer *w, size_t at, uint16_t value)
{
	if (w->err == NBT_OK && at + 2 <= w->pos)
		nbt_put_u16(w->base + at, value);
}

static inline void nbt_write_le16_at(struct nbt_writer *w, size_t at, uint16_t value)
{
	nbt_write_u16_at(w, at, (uint16_t)(value << 8 | value >> 8));
}

static inline void nbt_write_le32_at(struct nbt_writer *w, size_t at, uint32_t value)
{
	nbt_write_le16_at(w, at, (uint16_t)value);
	nbt_write_le16_at(w, at + 2, (uint16_t)(value >> 16));
}

/* Zeros up to a position that unit divides, counted from the first byte. */
static inline void nbt_write_align(struct nbt_writer *w, size_t unit)
{
	nbt_write_zeros(w, (unit - w->pos % unit) % unit);
}

/* Whether a name of this kind of packet may contain pointers: only in the name service. */
enum nbt_pointers { NBT_POINTERS_FORBIDDEN, NBT_POINTERS_ALLOWED };

/*
 * Reads a name in second-level encoding and leaves the reader behind it, also when the name ended
 * in a pointer. Pointers are followed only backwards and only into the same packet.
 * On error *name and *scope are not to be used.
 */
void nbt_read_name(struct nbt_reader *r, struct nbt_name *name, struct nbt_scope *scope,
		   enum nbt_pointers pointers);

/* Writes a name in second-level encoding, without pointers. */
void nbt_write_name(struct nbt_writer *w, const struct nbt_name *name,
		    const struct nbt_scope *scope);

#endif
