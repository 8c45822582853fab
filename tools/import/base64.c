#include "tools/import/base64.h"

#include <stdint.h>
#include <string.h>

/* The six bits of a digit, or -1. */
static int bits_of(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c != '\0' ? strchr(digits, c) : NULL;

	return found != NULL ? (int)(found - digits) : -1;
}

static size_t padding(const char *text, size_t len)
{
	size_t count = 0;

	while (count < 2 && count < len && text[len - 1 - count] == '=')
		count++;
	return count;
}

bool base64_decode(char *text, size_t *len)
{
	size_t digits = *len - padding(text, *len), done = 0;
	uint32_t bits = 0;

	if (*len % 4 != 0)
		return false;
	for (size_t i = 0; i < digits; i++) {
		int six = bits_of(text[i]);

		if (six < 0)
			return false;
		bits = bits << 6 | (uint32_t)six;
		if (i % 4 != 0) /* every digit but the first completes a byte */
			text[done++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xff);
	}
	text[done] = '\0';
	*len = done;
	return true;
}
