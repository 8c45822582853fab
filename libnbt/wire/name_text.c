/* Names and scopes made from text, and printed. */
#include <nbt/name.h>

#include <string.h>

#include "libnbt/wire/text.h"

#define LABEL_MAX 63
#define WILDCARD  '*'

static uint8_t upper(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
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
	static const char digits[] = "0123456789ABCDEF";
	struct nbt_text text = nbt_text_of(buf, size);
	size_t len = unpadded_len(name);

	for (size_t i = 0; i < len; i++) {
		uint8_t byte = name->bytes[i];

		if (is_printable(byte) && byte != '<')
			nbt_text_char(&text, (char)byte);
		else
			nbt_text_format(&text, "<%02X>", byte);
	}
	nbt_text_char(&text, '<');
	nbt_text_char(&text, digits[nbt_name_suffix(name) >> 4]);
	nbt_text_char(&text, digits[nbt_name_suffix(name) & 15]);
	nbt_text_char(&text, '>');
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
		if (end >= NBT_SCOPE_SPACE || !read_scope_byte(text, &scope->labels[end]))
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
