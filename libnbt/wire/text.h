/*
 * A text being written into the caller's buffer. What does not fit is only counted, so that the
 * whole length is known at the end, as with snprintf().
 */
#ifndef LIBNBT_WIRE_TEXT_H
#define LIBNBT_WIRE_TEXT_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

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

/* Most of what is written; faster than by a format. */
void nbt_text_string(struct nbt_text *text, const char *string);
void nbt_text_number(struct nbt_text *text, unsigned long number);

void nbt_text_format(struct nbt_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void nbt_text_address(struct nbt_text *text, struct in_addr address); /* 10.0.0.5 */
void nbt_text_bytes(struct nbt_text *text, const char *bytes); /* "FR<82>D": not ASCII as <xx> */
void nbt_text_hex(struct nbt_text *text, const uint8_t *bytes, size_t len); /* 0a000005 */
void nbt_text_ethernet(struct nbt_text *text, const uint8_t address[6]);    /* 00:11:22:33:44:55 */

#endif
