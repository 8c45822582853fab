/* The bounded text writer. */
#include "libnbt/wire/text.h"

#include <stdarg.h>
#include <stdio.h>

void nbt_text_char(struct nbt_text *text, char c)
{
	if (text->len + 1 < text->size) {
		text->buf[text->len] = c;
		text->buf[text->len + 1] = '\0';
	}
	text->len++;
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
