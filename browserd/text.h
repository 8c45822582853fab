/* Names as text: compared without case, in no locale. */
#ifndef BROWSERD_TEXT_H
#define BROWSERD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <nbt/name.h>

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

/* A name without suffix and padding; bytes behind it are NULs. */
static inline void text_of_name(char out[NBT_NAME_LEN], const struct nbt_name *name)
{
	size_t len = NBT_NAME_LEN - 1;

	while (len > 0 && (name->bytes[len - 1] == ' ' || name->bytes[len - 1] == '\0'))
		len--;
	memcpy(out, name->bytes, len);
	memset(out + len, 0, NBT_NAME_LEN - len);
}

#endif
