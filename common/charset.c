/* CP850, by iconv. */
#include "config.h"

#include "common/charset.h"

#include <ctype.h>
#include <iconv.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <wctype.h>

#define OEM_CHARSET "CP850"
#define TEXT_LEN    (NBT_NAME_LEN - 1)

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
static bool oem_character(wchar_t character, locale_t utf8, char *out)
{
	wchar_t upper =
		utf8 != (locale_t)0 ? (wchar_t)towupper_l((wint_t)character, utf8) : character;
	size_t len;

	*out = (char)character;
	if (character < 0x80)
		return true; /* also where iconv lacks CP850; nbt_name_make() does the rest */
	return convert(OEM_CHARSET, "WCHAR_T", &upper, sizeof(upper), out, 1, &len) ||
	       convert(OEM_CHARSET, "WCHAR_T", &character, sizeof(character), out, 1, &len);
}

static bool oem_text(const wchar_t *text, size_t len, char *out)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	bool done = true;

	for (size_t i = 0; i < len && done; i++)
		done = oem_character(text[i], utf8, &out[i]);
	out[len] = '\0';
	if (utf8 != (locale_t)0)
		freelocale(utf8);
	return done;
}

bool charset_make_name(struct nbt_name *name, const char *text, uint8_t suffix)
{
	wchar_t wide[TEXT_LEN];
	char oem[TEXT_LEN + 1];
	size_t len = strlen(text);

	return len <= TEXT_LEN &&
	       convert("WCHAR_T", "UTF-8", text, len, wide, sizeof(wide), &len) &&
	       oem_text(wide, len / sizeof(wchar_t), oem) &&
	       nbt_name_make(name, oem, suffix) == NBT_OK;
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
	char bare[NBT_NAME_TEXT_MAX];

	if (len == 0 || len >= sizeof(bare))
		return false;
	memcpy(bare, text, len);
	bare[len] = '\0';
	if (strchr(bare, '<') == NULL)
		return charset_make_name(name, bare, (uint8_t)*suffix);
	return nbt_name_from_text(name, bare, (uint8_t)*suffix) == NBT_OK;
}

char *charset_name_text(const struct nbt_name *name, char out[CHARSET_TEXT_MAX])
{
	size_t pos = 0, len;

	for (size_t i = 0; i < TEXT_LEN && name->bytes[i] != 0; i++) {
		out[pos] = (char)name->bytes[i];
		len = 1;
		if (name->bytes[i] >= 0x80 &&
		    !convert("UTF-8", OEM_CHARSET, &name->bytes[i], 1, out + pos, 4, &len)) {
			out[pos] = '?';
			len = 1;
		}
		pos += len;
	}
	while (pos > 0 && out[pos - 1] == ' ')
		pos--;
	out[pos] = '\0';
	return out;
}
