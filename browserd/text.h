/* Names as text: compared without case, in no locale. */
#ifndef BROWSERD_TEXT_H
#define BROWSERD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline int text_upper(char c)
{
	return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : (unsigned char)c;
}

/* As strcasecmp(). */
static inline int text_compare(const char *a, const char *b)
{
	while (*a != '\0' && text_upper(*a) == text_upper(*b)) {
		a++;
		b++;
	}
	return text_upper(*a) - text_upper(*b);
}

static inline bool text_equal(const char *a, const char *b)
{
	return text_compare(a, b) == 0;
}

/* Copies, cuts what is too long, and fills up with NULs. */
static inline void text_copy(char *out, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len > size - 1)
		len = size - 1;
	memcpy(out, text, len);
	memset(out + len, 0, size - len);
}

#endif
