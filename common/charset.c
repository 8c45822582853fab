/* The character set of the wire, by iconv. */
#include "config.h"

#include "common/charset.h"

#include <ctype.h>
#include <iconv.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <wctype.h>

#define TEXT_LEN      (NBT_NAME_LEN - 1)
#define CHARACTER_MAX 4 /* bytes of one on the wire: UTF-8 and GB18030 have as many */

/* Set before there are threads. */
static char wire_charset[CHARSET_NAME_MAX] = "CP850";
static bool is_chosen;

bool charset_choose(const char *charset)
{
	if (!is_chosen)
		snprintf(wire_charset, sizeof(wire_charset), "%s", charset);
	is_chosen = true;
	return strcmp(wire_charset, charset) == 0;
}

const char *charset_chosen(void)
{
	return wire_charset;
}

/* Converts as much as it can; false: that was not all. *len: bytes written. */
static bool convert(const char *to, const char *from, const void *in, size_t in_len, void *out,
		    size_t out_size, size_t *len)
{
	iconv_t converter = iconv_open(to, from);
	char *in_at = (char *)(uintptr_t)in, *out_at = out;
	size_t left = out_size;
	bool done;

	*len = 0;
	if (converter == (iconv_t)-1)
		return false;
	done = iconv(converter, &in_at, &in_len, &out_at, &left) == 0;
	iconv_close(converter);
	*len = out_size - left;
	return done;
}

/* In upper case where the character set has it: CP850 knows a small, but no capital y with
 * diaeresis. The locale is that of any UTF-8, not the user's: a name has the same bytes everywhere.
 */
static bool wire_character(wchar_t character, locale_t utf8, char *out, size_t size, size_t *len)
{
	wchar_t upper =
		utf8 != (locale_t)0 ? (wchar_t)towupper_l((wint_t)character, utf8) : character;

	if (character < 0x80 && size > 0) {
		*out = (char)character; /* nbt_name_make() does the rest */
		*len = 1;
		return true;
	}
	return convert(wire_charset, "WCHAR_T", &upper, sizeof(upper), out, size, len) ||
	       convert(wire_charset, "WCHAR_T", &character, sizeof(character), out, size, len);
}

static bool wire_text(const wchar_t *text, size_t count, char out[TEXT_LEN + 1])
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	size_t pos = 0, len = 0;
	bool done = true;

	for (size_t i = 0; i < count && done; i++, pos += len)
		done = wire_character(text[i], utf8, out + pos, TEXT_LEN - pos, &len);
	out[done ? pos : 0] = '\0';
	if (utf8 != (locale_t)0)
		freelocale(utf8);
	return done;
}

static bool is_ascii(const char *text)
{
	while (*text != '\0' && (unsigned char)*text < 0x80)
		text++;
	return *text == '\0';
}

bool charset_make_name(struct nbt_name *name, const char *text, uint8_t suffix)
{
	wchar_t wide[TEXT_LEN];
	char wire[TEXT_LEN + 1];
	size_t len;

	if (is_ascii(text)) /* also where iconv lacks the character set */
		return nbt_name_make(name, text, suffix) == NBT_OK;
	return convert("WCHAR_T", "UTF-8", text, strlen(text), wide, sizeof(wide), &len) &&
	       wire_text(wide, len / sizeof(wchar_t), wire) &&
	       nbt_name_make(name, wire, suffix) == NBT_OK;
}

/* The next character of the name as UTF-8, which may be several bytes there, too; 0: it has none.
 * *used: bytes of the name. */
static size_t show_character(const uint8_t *bytes, size_t count, char out[4], size_t *used)
{
	size_t len;

	*used = 1;
	if (bytes[0] < 0x80) {
		out[0] = (char)bytes[0];
		return 1;
	}
	for (; *used <= CHARACTER_MAX && *used <= count; ++*used)
		if (convert("UTF-8", wire_charset, bytes, *used, out, 4, &len) && len > 0)
			return len;
	*used = 1;
	return 0;
}

/* Length of "<20>" or "#20" at the end of the text; 0: there is none. */
static size_t suffix_length(const char *text, int *suffix)
{
	size_t len = strlen(text), closing = len > 0 && text[len - 1] == '>';
	const char *digits = text + len - closing - 2;
	unsigned value;

	if (len < 3 + closing || digits[-1] != (closing ? '<' : '#') ||
	    !isxdigit((unsigned char)digits[0]) || !isxdigit((unsigned char)digits[1]))
		return 0;
	(void)sscanf(digits, "%2x", &value);
	*suffix = (int)value;
	return 3 + closing;
}

bool charset_read_name(struct nbt_name *name, const char *text, int *suffix)
{
	size_t len = strlen(text) - suffix_length(text, suffix);
	char bare[NBT_NAME_TEXT_MAX + 4];

	if (len == 0 || len >= NBT_NAME_TEXT_MAX)
		return false;
	memcpy(bare, text, len);
	bare[len] = '\0';
	if (strchr(bare, '<') == NULL)
		return charset_make_name(name, bare, (uint8_t)*suffix);
	/* With the suffix, or the last byte would be taken for it. */
	snprintf(bare + len, 5, "<%02x>", (unsigned)*suffix & 0xff);
	return nbt_name_from_text(name, bare, 0) == NBT_OK;
}

/* A character of a pattern, as it would be shown of a name; one that names don't have as it is. */
static size_t pattern_character(wchar_t character, locale_t utf8, char out[4])
{
	char wire[TEXT_LEN];
	size_t len, used, shown = 0;

	if (wire_character(character, utf8, wire, sizeof(wire), &len))
		shown = show_character((const uint8_t *)wire, len, out, &used);
	if (shown == 0)
		(void)convert("UTF-8", "WCHAR_T", &character, sizeof(character), out, 4, &shown);
	return shown;
}

/* "<9a>", as it would be shown; 0: that is not what is there. */
static size_t pattern_byte(const char *text, char out[4])
{
	unsigned value = 0;
	size_t used;
	uint8_t byte;

	if (text[0] != '<' || !isxdigit((unsigned char)text[1]) ||
	    !isxdigit((unsigned char)text[2]) || text[3] != '>')
		return 0;
	(void)sscanf(text + 1, "%2x", &value);
	byte = (uint8_t)value;
	return byte != 0 ? show_character(&byte, 1, out, &used) : 0;
}

static bool pattern_text(const char *text, size_t len, locale_t utf8, char *out, size_t size)
{
	size_t pos = 0, got;

	for (const char *end = text + len; text < end;) {
		wchar_t character;
		size_t used = 1;

		if (pos + 4 >= size)
			return false;
		got = pattern_byte(text, out + pos);
		if (got > 0) {
			text += 4;
			pos += got;
			continue;
		}
		while (((unsigned char)text[used] & 0xc0) == 0x80)
			used++;
		if (!convert("WCHAR_T", "UTF-8", text, used, &character, sizeof(character), &got))
			return false;
		text += used;
		pos += pattern_character(character, utf8, out + pos);
	}
	out[pos] = '\0';
	return true;
}

bool charset_read_pattern(const char *text, char *out, size_t size, int *suffix)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	bool done = pattern_text(text, strlen(text) - suffix_length(text, suffix), utf8, out, size);

	if (utf8 != (locale_t)0)
		freelocale(utf8);
	return done;
}

char *charset_name_text(const struct nbt_name *name, char out[CHARSET_TEXT_MAX])
{
	size_t pos = 0, used;

	for (size_t i = 0; i < TEXT_LEN && name->bytes[i] != 0; i += used) {
		size_t len = show_character(&name->bytes[i], TEXT_LEN - i, out + pos, &used);

		if (len == 0)
			out[pos] = '?';
		pos += len > 0 ? len : 1;
	}
	while (pos > 0 && out[pos - 1] == ' ')
		pos--;
	out[pos] = '\0';
	return out;
}

/* Bytes without the padding. */
static size_t text_length(const struct nbt_name *name)
{
	size_t len = TEXT_LEN;

	while (len > 0 && name->bytes[len - 1] == ' ')
		len--;
	return len;
}

size_t charset_is_control(const char *text)
{
	unsigned first = (unsigned char)text[0], second = first != 0 ? (unsigned char)text[1] : 0;

	if (first == 0xC2 && second >= 0x80 && second < 0xA0)
		return 2;
	return (first != 0 && first < ' ') || first == 0x7F ? 1 : 0;
}

/* What is escaped instead: NUL, control characters, and the escape's own beginning. The character
 * need not be terminated. */
static bool can_be_shown(const char *character, size_t len)
{
	const char text[3] = { character[0], len > 1 ? character[1] : '\0', '\0' };

	return text[0] != '\0' && text[0] != '<' && charset_is_control(text) == 0;
}

char *charset_print_name(const struct nbt_name *name, char out[CHARSET_PRINT_MAX])
{
	size_t pos = 0, used, end = text_length(name);

	for (size_t i = 0; i < end; i += used) {
		size_t len = show_character(&name->bytes[i], end - i, out + pos, &used);

		if (len == 0 || !can_be_shown(out + pos, len))
			len = (size_t)snprintf(out + pos, 5, "<%02x>", name->bytes[i]);
		pos += len;
	}
	snprintf(out + pos, 5, "<%02X>", nbt_name_suffix(name));
	return out;
}

bool charset_to_wire(const char *text, char *out, size_t size, size_t *len)
{
	*len = strlen(text);
	if (!is_ascii(text))
		return convert(wire_charset, "UTF-8", text, *len, out, size, len);
	if (*len > size)
		return false;
	memcpy(out, text, *len);
	return true;
}

/* A line feed and a tab, too. */
static bool can_stand_in_text(const char *character, size_t len)
{
	return *character == '\n' || *character == '\t' || can_be_shown(character, len);
}

char *charset_from_wire(const void *bytes, size_t len, char *out, size_t size)
{
	const uint8_t *at = bytes;
	size_t pos = 0, used, shown;

	for (size_t i = 0; i < len && pos + 5 <= size; i += used) {
		if (at[i] == '\r' && i + 1 < len && at[i + 1] == '\n')
			i++;
		shown = show_character(at + i, len - i, out + pos, &used);
		if (shown == 0 || !can_stand_in_text(out + pos, shown))
			shown = (size_t)snprintf(out + pos, 5, "<%02x>", at[i]);
		pos += shown;
	}
	if (size > 0)
		out[pos] = '\0';
	return out;
}

size_t charset_to_utf8(const void *bytes, size_t len, char *out)
{
	const uint8_t *at = bytes;
	size_t pos = 0, used, shown;

	for (size_t i = 0; i < len; i += used) {
		shown = show_character(at + i, len - i, out + pos, &used);
		if (shown == 0)
			out[pos] = '?';
		pos += shown > 0 ? shown : 1;
	}
	return pos;
}
