/*
 * A text being written into the caller's buffer. What does not fit is only counted, so that the
 * whole length is known at the end, as with snprintf().
 */
#ifndef LIBNBT_WIRE_TEXT_H
#define LIBNBT_WIRE_TEXT_H

#include <stddef.h>

struct nbt_text {
	char *buf; /* always terminated, unless size is 0 */
	size_t size;
	size_t len; /* of the whole text; beyond size - 1 it was cut */
};

static inline struct nbt_text nbt_text_of(char *buf, size_t size)
{
	if (size > 0)
		buf[0] = '\0';
	return (struct nbt_text){ .buf = buf, .size = size, .len = 0 };
}

void nbt_text_char(struct nbt_text *text, char c);
void nbt_text_format(struct nbt_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
