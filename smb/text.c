/* Texts and times of SMB. */
#include "smb/text.h"

#include <string.h>

#include "common/charset.h"

#define TEXT_MAX     512 /* bytes in the OEM character set */
#define DAY_S        86400
#define EPOCH_1601_S INT64_C(11644473600) /* from 1601 to 1970 */
#define DAYS_TO_1970 719468               /* from the first of March of the year 0 */
#define DAYS_OF_400  146097

static void put(char *out, size_t size, size_t *at, char c)
{
	if (*at + 1 < size)
		out[(*at)++] = c;
}

static char to_ascii(uint16_t unit)
{
	return unit < 0x80 ? (char)unit : '?';
}

static void read_units(struct nbt_reader *r, size_t units, bool to_nul, char *out, size_t size)
{
	size_t at = 0;

	while (units > 0 && r->err == NBT_OK) {
		uint16_t unit = nbt_read_le16(r);

		units--;
		if (unit == 0 && to_nul)
			break;
		if (r->err == NBT_OK)
			put(out, size, &at, to_ascii(unit));
	}
	out[at] = '\0';
}

void smb_read_utf16(struct nbt_reader *r, size_t len, char *out, size_t size)
{
	struct nbt_reader window = nbt_read_window(r, len);

	read_units(&window, nbt_read_left(&window) / 2, false, out, size);
}

void smb_read_text(struct nbt_reader *r, bool unicode, char *out, size_t size)
{
	const uint8_t *bytes;
	size_t len;

	if (unicode) {
		if (r->pos % 2 != 0 && nbt_read_left(r) > 0)
			nbt_read_u8(r);
		read_units(r, nbt_read_left(r) / 2, true, out, size);
		return;
	}
	bytes = nbt_read_string(r, &len);
	if (bytes == NULL)
		len = 0;
	if (len >= size)
		len = size - 1;
	if (len > 0)
		memcpy(out, bytes, len);
	out[len] = '\0';
}

/* A code point as UTF-8, with NUL. Half a surrogate pair becomes '?'. */
static void to_utf8(uint32_t c, char out[5])
{
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (c >= 0xD800 && c < 0xE000) {
		c = '?';
		len = 1;
	}
	out[len] = '\0';
	for (size_t i = len - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (c & 0x3F));
		c >>= 6;
	}
	out[0] = (char)(len == 1 ? c : (0xF00u >> len & 0xFF) | c);
}

/* The next code point of a text. */
static uint32_t next_code_point(struct nbt_reader *r)
{
	uint32_t c = nbt_read_le16(r);
	struct nbt_reader ahead = *r;
	uint32_t low;

	if (c < 0xD800 || c >= 0xDC00 || nbt_read_left(r) < 2)
		return c;
	low = nbt_read_le16(&ahead);
	if (low < 0xDC00 || low >= 0xE000)
		return c;
	*r = ahead;
	return 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
}

void smb_read_utf16_oem(struct nbt_reader *r, size_t units, char *out, size_t size)
{
	struct nbt_reader window = nbt_read_window(r, units * 2);
	size_t at = 0;

	while (nbt_read_left(&window) > 0) {
		uint32_t c = next_code_point(&window);
		char utf8[5], oem[5];
		size_t len;

		if (c == 0)
			break;
		to_utf8(c, utf8);
		if (!charset_to_wire(utf8, oem, sizeof(oem), &len)) {
			oem[0] = '?';
			len = 1;
		}
		if (at + len >= size)
			break;
		memcpy(out + at, oem, len);
		at += len;
	}
	out[at] = '\0';
}

/* The next character of valid UTF-8; *text moves past it. */
static uint32_t next_character(const uint8_t **text)
{
	const uint8_t *p = *text;
	size_t more = p[0] >= 0xF0 ? 3 : p[0] >= 0xE0 ? 2 : p[0] >= 0xC0 ? 1 : 0;
	uint32_t c = more == 0 ? p[0] : p[0] & (0x3Fu >> more);

	for (size_t i = 1; i <= more; i++)
		c = c << 6 | (p[i] & 0x3F);
	*text += more + 1;
	return c;
}

/* Longer texts are cut: no client is told any. */
size_t smb_write_utf16(struct nbt_writer *w, const char *text)
{
	char utf8[TEXT_MAX * 4];
	size_t len = strlen(text), start = w->pos;
	const uint8_t *at = (const uint8_t *)utf8, *end;

	end = at + charset_to_utf8(text, len < TEXT_MAX ? len : TEXT_MAX, utf8);
	while (at < end) {
		uint32_t c = next_character(&at);

		if (c >= 0x10000) {
			nbt_write_le16(w, (uint16_t)(0xD800 + ((c - 0x10000) >> 10)));
			c = 0xDC00 + ((c - 0x10000) & 0x3FF);
		}
		nbt_write_le16(w, (uint16_t)c);
	}
	return w->pos - start;
}

void smb_write_text(struct nbt_writer *w, bool unicode, const char *text)
{
	if (!unicode) {
		nbt_write_bytes(w, text, strlen(text) + 1);
		return;
	}
	nbt_write_align(w, 2);
	smb_write_utf16(w, text);
	nbt_write_le16(w, 0);
}

static int upper(char c)
{
	return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : (unsigned char)c;
}

int smb_compare(const char *a, const char *b)
{
	while (*a != '\0' && upper(*a) == upper(*b))
		a++, b++;
	return upper(*a) - upper(*b);
}

uint64_t smb_filetime(int64_t wall_s)
{
	return (uint64_t)(wall_s + EPOCH_1601_S) * 10000000;
}

/* Days since 1970 in parts: years begin in March here, so that a leap day is the last of its year.
 */
struct smb_date smb_date_of(int64_t wall_s)
{
	uint64_t seconds = wall_s > 0 ? (uint64_t)wall_s : 0;
	uint64_t days = seconds / DAY_S + DAYS_TO_1970;
	unsigned second = (unsigned)(seconds % DAY_S);
	unsigned of_era = (unsigned)(days % DAYS_OF_400);
	unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned day = of_era - (365 * year + year / 4 - year / 100);
	unsigned month = (5 * day + 2) / 153;
	struct smb_date date = { .year = (unsigned)(days / DAYS_OF_400) * 400 + year + month / 10,
				 .month = month < 10 ? month + 3 : month - 9,
				 .day = day - (153 * month + 2) / 5 + 1,
				 .weekday = (unsigned)(seconds / DAY_S + 4) % 7,
				 .hour = second / 3600,
				 .minute = second / 60 % 60,
				 .second = second % 60 };

	return date;
}

uint16_t smb_dos_time(const struct smb_date *date)
{
	return (uint16_t)(date->hour << 11 | date->minute << 5 | date->second / 2);
}

uint16_t smb_dos_date(const struct smb_date *date)
{
	unsigned year = date->year >= 1980 ? date->year - 1980 : 0;

	return (uint16_t)((year & 0x7F) << 9 | date->month << 5 | date->day);
}
