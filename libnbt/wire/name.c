/* Names and scopes. No other file may know that the letters A to P stand for half-bytes. */
#include <nbt/name.h>

#include <string.h>

#include "libnbt/wire/text.h"
#include "libnbt/wire/wire.h"

#define FIRST_LABEL_LEN 32
#define LABEL_MAX       63
#define PLAIN_LEN       (1 + FIRST_LABEL_LEN + 1) /* a name without scope */
#define POINTER         0xC0
#define MAX_JUMPS       5
#define WILDCARD        '*'

static uint8_t upper(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

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

static bool scope_is_valid(const struct nbt_scope *scope)
{
	size_t at = 0;

	while (at < scope->len) {
		if (scope->labels[at] == 0 || scope->labels[at] > LABEL_MAX)
			return false;
		at += 1u + scope->labels[at];
	}
	return at == scope->len;
}

void nbt_write_name(struct nbt_writer *w, const struct nbt_name *name,
		    const struct nbt_scope *scope)
{
	uint8_t *p;

	if (!scope_is_valid(scope))
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

size_t nbt_scope_length(const struct nbt_scope *scope)
{
	return scope->len > 0 ? scope->len - 1u : 0;
}

static enum nbt_error make_name(struct nbt_name *name, const uint8_t *bytes, size_t len,
				uint8_t suffix)
{
	bool wildcard = len == 1 && bytes[0] == WILDCARD;

	if (len >= NBT_NAME_LEN)
		return NBT_ETEXT;
	memcpy(name->bytes, bytes, len);
	memset(name->bytes + len, wildcard ? 0 : ' ', NBT_NAME_LEN - 1 - len);
	name->bytes[NBT_NAME_LEN - 1] = suffix;
	return NBT_OK;
}

enum nbt_error nbt_name_make_exact(struct nbt_name *name, const char *text, uint8_t suffix)
{
	return make_name(name, (const uint8_t *)text, strlen(text), suffix);
}

enum nbt_error nbt_name_make(struct nbt_name *name, const char *text, uint8_t suffix)
{
	uint8_t bytes[NBT_NAME_LEN];
	size_t len = strlen(text);

	if (len >= NBT_NAME_LEN)
		return NBT_ETEXT;
	for (size_t i = 0; i < len; i++)
		bytes[i] = upper((uint8_t)text[i]);
	return make_name(name, bytes, len, suffix);
}

/* The value of a digit in either case, or 16. */
static unsigned hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found =
		c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

	return found != NULL ? (unsigned)(found - digits) : 16;
}

/* Reads "<xx>" at text. */
static bool read_escape(const char *text, uint8_t *byte)
{
	unsigned high, low;

	if (text[0] != '<' || (high = hex_digit(text[1])) > 15 || (low = hex_digit(text[2])) > 15 ||
	    text[3] != '>')
		return false;
	*byte = (uint8_t)(high << 4 | low);
	return true;
}

/* Reads the suffix at the end of text, "#20", "#3" or "<20>", and returns where it begins. */
static size_t cut_suffix(const char *text, uint8_t *suffix)
{
	size_t len = strlen(text);
	const char *mark = strrchr(text, '#');
	unsigned value = 0;
	size_t digits = 0;

	if (len >= 4 && read_escape(text + len - 4, suffix))
		return len - 4;
	if (mark == NULL)
		return len;
	while (hex_digit(mark[1 + digits]) <= 15)
		value = value << 4 | hex_digit(mark[1 + digits++]);
	if (digits < 1 || digits > 2 || mark[1 + digits] != '\0')
		return len;
	*suffix = (uint8_t)value;
	return (size_t)(mark - text);
}

enum nbt_error nbt_name_from_text(struct nbt_name *name, const char *text, uint8_t suffix)
{
	uint8_t bytes[NBT_NAME_LEN];
	size_t end = cut_suffix(text, &suffix);
	size_t len = 0;

	for (size_t at = 0; at < end; len++) {
		if (len == NBT_NAME_LEN)
			return NBT_ETEXT;
		if (end - at >= 4 && read_escape(text + at, &bytes[len]))
			at += 4;
		else
			bytes[len] = upper((uint8_t)text[at++]);
	}
	return make_name(name, bytes, len, suffix);
}

/* How many of the 15 bytes are no padding: what nbt_name_from_text() needs to make them again. */
static size_t unpadded_len(const struct nbt_name *name)
{
	static const uint8_t wildcard[NBT_NAME_LEN - 1] = { WILDCARD };
	size_t len = NBT_NAME_LEN - 1;

	if (memcmp(name->bytes, wildcard, sizeof(wildcard)) == 0)
		return 1;
	while (len > 0 && name->bytes[len - 1] == ' ')
		len--;
	/* One space tells "*" with spaces from the wildcard. */
	return len == 1 && name->bytes[0] == WILDCARD ? 2 : len;
}

static bool is_printable(uint8_t byte)
{
	return byte >= ' ' && byte <= '~';
}

char *nbt_name_print(const struct nbt_name *name, char *buf, size_t size)
{
	struct nbt_text text = nbt_text_of(buf, size);
	size_t len = unpadded_len(name);

	for (size_t i = 0; i < len; i++) {
		uint8_t byte = name->bytes[i];

		if (is_printable(byte) && byte != '<')
			nbt_text_char(&text, (char)byte);
		else
			nbt_text_format(&text, "<%02X>", byte);
	}
	nbt_text_format(&text, "<%02X>", nbt_name_suffix(name));
	return buf;
}

/* Reads one character or "\ddd" at *text and moves behind it. */
static bool read_scope_byte(const char **text, uint8_t *byte)
{
	unsigned value = 0;

	if (**text != '\\') {
		*byte = upper((uint8_t) * (*text)++);
		return true;
	}
	for (size_t i = 1; i <= 3; i++) {
		if ((*text)[i] < '0' || (*text)[i] > '9')
			return false;
		value = value * 10 + (unsigned)((*text)[i] - '0');
	}
	*text += 4;
	*byte = (uint8_t)value;
	return value <= UINT8_MAX;
}

/* Reads up to a dot or the end of the text as the next label of the scope. */
static bool read_scope_label(const char **text, struct nbt_scope *scope)
{
	size_t start = scope->len;
	size_t end = start + 1;

	while (**text != '\0' && **text != '.') {
		if (end == NBT_SCOPE_SPACE || !read_scope_byte(text, &scope->labels[end]))
			return false;
		end++;
	}
	if (end - start - 1 < 1 || end - start - 1 > LABEL_MAX)
		return false;
	scope->labels[start] = (uint8_t)(end - start - 1);
	scope->len = (uint8_t)end;
	return true;
}

enum nbt_error nbt_scope_from_text(struct nbt_scope *scope, const char *text)
{
	scope->len = 0;
	if (*text == '\0')
		return NBT_OK;

	while (read_scope_label(&text, scope)) {
		if (*text == '\0')
			return NBT_OK;
		text++; /* the dot */
	}
	return NBT_ETEXT;
}

char *nbt_scope_print(const struct nbt_scope *scope, char *buf, size_t size)
{
	struct nbt_text text = nbt_text_of(buf, size);
	size_t label_end = 0;

	for (size_t i = 0; i < scope->len; i++) {
		uint8_t byte = scope->labels[i];

		if (i == label_end) {
			label_end = i + 1u + byte;
			if (i > 0)
				nbt_text_char(&text, '.');
		} else if (is_printable(byte) && byte != '.' && byte != '\\') {
			nbt_text_char(&text, (char)byte);
		} else {
			nbt_text_format(&text, "\\%03u", byte);
		}
	}
	return buf;
}
