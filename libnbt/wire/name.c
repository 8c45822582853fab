/* Names and scopes on the wire. No other file knows that the letters A to P stand for half-bytes.
 */
#include <nbt/name.h>

#include <string.h>

#include "libnbt/wire/wire.h"

#define FIRST_LABEL_LEN 32
#define LABEL_MAX       63
#define PLAIN_LEN       (1 + FIRST_LABEL_LEN + 1) /* a name without scope */
#define POINTER         0xC0
#define MAX_JUMPS       5

/* False when a letter is not one of A to P. Without a branch per letter: this runs per packet. */
static bool decode_letters(const uint8_t *letters, struct nbt_name *name)
{
	uint8_t seen = 0;

	for (size_t i = 0; i < NBT_NAME_LEN; i++) {
		uint8_t high = (uint8_t)(letters[2 * i] - 'A');
		uint8_t low = (uint8_t)(letters[2 * i + 1] - 'A');

		seen |= high | low;
		name->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return seen <= 0x0F;
}

static void encode_letters(const struct nbt_name *name, uint8_t *letters)
{
	for (size_t i = 0; i < NBT_NAME_LEN; i++) {
		letters[2 * i] = (uint8_t)('A' + (name->bytes[i] >> 4));
		letters[2 * i + 1] = (uint8_t)('A' + (name->bytes[i] & 0x0F));
	}
}

/* Where a name is being read, while the packet's reader waits for its end. */
struct name_walk {
	struct nbt_reader at; /* goes along with the pointers */
	size_t part;          /* where the present part of the name began */
	size_t after;         /* what follows the name in the packet, once a pointer was met */
	unsigned jumps, max_jumps;
};

/*
 * A pointer must lead to before the part of the name that it ends, so that no walk comes by the
 * same place twice. Jumps are counted all the same: 16,000 of them would be possible otherwise.
 */
static void follow_pointer(struct name_walk *walk, uint8_t top)
{
	size_t to = (size_t)(top & ~POINTER) << 8 | nbt_read_u8(&walk->at);

	if (walk->jumps == 0)
		walk->after = walk->at.pos;
	if (walk->jumps == walk->max_jumps || to >= walk->part) {
		nbt_reader_fail(&walk->at, NBT_EPOINTER);
		return;
	}
	walk->jumps++;
	walk->part = walk->at.pos = to;
}

/* The next label; *len 0: the end of the name. NULL on error. */
static const uint8_t *next_label(struct name_walk *walk, uint8_t *len)
{
	*len = nbt_read_u8(&walk->at);
	while (*len >= POINTER && walk->at.err == NBT_OK) {
		follow_pointer(walk, *len);
		*len = nbt_read_u8(&walk->at);
	}
	if (*len > LABEL_MAX)
		nbt_reader_fail(&walk->at, NBT_ELABEL);
	return nbt_read_bytes(&walk->at, *len);
}

static void read_scope(struct name_walk *walk, struct nbt_scope *scope)
{
	const uint8_t *label;
	uint8_t len;

	scope->len = 0;
	while ((label = next_label(walk, &len)) != NULL && len > 0) {
		if (scope->len + 1 + len > NBT_SCOPE_SPACE) {
			nbt_reader_fail(&walk->at, NBT_ELABEL);
			return;
		}
		scope->labels[scope->len] = len;
		memcpy(scope->labels + scope->len + 1, label, len);
		scope->len = (uint8_t)(scope->len + 1 + len);
	}
}

static void walk_name(struct nbt_reader *r, struct nbt_name *name, struct nbt_scope *scope,
		      enum nbt_pointers pointers)
{
	struct name_walk walk = { .at = *r,
				  .part = r->pos,
				  .max_jumps = pointers == NBT_POINTERS_ALLOWED ? MAX_JUMPS : 0 };
	uint8_t len;
	const uint8_t *label = next_label(&walk, &len);

	if (label != NULL && (len != FIRST_LABEL_LEN || !decode_letters(label, name)))
		nbt_reader_fail(&walk.at, NBT_ELABEL);
	read_scope(&walk, scope);

	r->err = walk.at.err;
	r->pos = walk.jumps > 0 ? walk.after : walk.at.pos;
}

void nbt_read_name(struct nbt_reader *r, struct nbt_name *name, struct nbt_scope *scope,
		   enum nbt_pointers pointers)
{
	const uint8_t *p = r->base + r->pos;

	/* Nearly every name of every packet looks like this. */
	if (nbt_read_left(r) >= PLAIN_LEN && p[0] == FIRST_LABEL_LEN && p[PLAIN_LEN - 1] == 0 &&
	    decode_letters(p + 1, name)) {
		scope->len = 0;
		r->pos += PLAIN_LEN;
		return;
	}
	walk_name(r, name, scope, pointers);
}

void nbt_write_name(struct nbt_writer *w, const struct nbt_name *name,
		    const struct nbt_scope *scope)
{
	uint8_t *p;

	if (!nbt_scope_is_valid(scope))
		nbt_writer_fail(w, NBT_ELABEL);
	p = nbt_write_space(w, (size_t)PLAIN_LEN + scope->len);
	if (p == NULL)
		return;

	p[0] = FIRST_LABEL_LEN;
	encode_letters(name, p + 1);
	memcpy(p + 1 + FIRST_LABEL_LEN, scope->labels, scope->len);
	p[1 + FIRST_LABEL_LEN + scope->len] = 0;
}

enum nbt_error nbt_name_encode(const struct nbt_name *name, const struct nbt_scope *scope,
			       uint8_t *buf, size_t size, size_t *len)
{
	struct nbt_writer w = nbt_writer_of(buf, size);

	nbt_write_name(&w, name, scope);
	*len = w.pos;
	return w.err;
}

enum nbt_error nbt_name_decode(struct nbt_name *name, struct nbt_scope *scope, const uint8_t *buf,
			       size_t len, size_t *used)
{
	struct nbt_reader r = nbt_reader_of(buf, len);

	nbt_read_name(&r, name, scope, NBT_POINTERS_FORBIDDEN);
	*used = r.pos;
	return r.err;
}

bool nbt_name_equal(const struct nbt_name *a, const struct nbt_name *b)
{
	return memcmp(a->bytes, b->bytes, NBT_NAME_LEN) == 0;
}

bool nbt_scope_equal(const struct nbt_scope *a, const struct nbt_scope *b)
{
	return a->len == b->len && memcmp(a->labels, b->labels, a->len) == 0;
}

bool nbt_scope_is_valid(const struct nbt_scope *scope)
{
	size_t at = 0;

	while (at < scope->len) {
		if (scope->labels[at] == 0 || scope->labels[at] > LABEL_MAX)
			return false;
		at += 1u + scope->labels[at];
	}
	return at == scope->len;
}

size_t nbt_scope_length(const struct nbt_scope *scope)
{
	return scope->len > 0 ? scope->len - 1u : 0;
}
