/* The bounded text writer. */
#include "libnbt/wire/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void nbt_text_char(struct nbt_text *text, char c)
{
	if (text->len + 1 < text->size) {
		text->buf[text->len] = c;
		text->buf[text->len + 1] = '\0';
	}
	text->len++;
}

static void add_bytes(struct nbt_text *text, const char *bytes, size_t len)
{
	size_t room = text->len + 1 < text->size ? text->size - text->len - 1 : 0;
	size_t part = len < room ? len : room;

	if (room > 0) {
		memcpy(text->buf + text->len, bytes, part);
		text->buf[text->len + part] = '\0';
	}
	text->len += len;
}

void nbt_text_string(struct nbt_text *text, const char *string)
{
	add_bytes(text, string, strlen(string));
}

void nbt_text_number(struct nbt_text *text, unsigned long number)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	add_bytes(text, digits + at, sizeof(digits) - at);
}

void nbt_text_format(struct nbt_text *text, const char *format, ...)
{
	size_t room = text->len < text->size ? text->size - text->len : 0;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(room > 0 ? text->buf + text->len : NULL, room, format, args);
	va_end(args);
	if (len > 0)
		text->len += (size_t)len;
}

void nbt_text_address(struct nbt_text *text, struct in_addr address)
{
	uint8_t b[4];

	memcpy(b, &address.s_addr, sizeof(b));
	for (size_t i = 0; i < sizeof(b); i++) {
		if (i > 0)
			nbt_text_char(text, '.');
		nbt_text_number(text, b[i]);
	}
}

void nbt_text_hex(struct nbt_text *text, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		nbt_text_char(text, digits[bytes[i] >> 4]);
		nbt_text_char(text, digits[bytes[i] & 15]);
	}
}

void nbt_text_ethernet(struct nbt_text *text, const uint8_t address[6])
{
	for (size_t i = 0; i < 6; i++)
		nbt_text_format(text, i > 0 ? ":%02x" : "%02x", address[i]);
}

void nbt_text_bytes(struct nbt_text *text, const char *bytes)
{
	for (; *bytes != '\0'; bytes++) {
		if (*bytes >= ' ' && *bytes <= '~' && *bytes != '<')
			nbt_text_char(text, *bytes);
		else
			nbt_text_format(text, "<%02x>", (unsigned char)*bytes);
	}
}
