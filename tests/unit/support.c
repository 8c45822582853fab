/* What every unit test needs. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

size_t unhex(uint8_t *out, size_t size, const char *hex)
{
	size_t len = 0;
	unsigned byte;
	int used;

	while (sscanf(hex, " %2x%n", &byte, &used) == 1) {
		assert_true(len < size);
		out[len++] = (uint8_t)byte;
		hex += used;
	}
	return len;
}

struct nbt_name name_of(const char *text)
{
	struct nbt_name name;

	assert_error(text, nbt_name_from_text(&name, text, 0), NBT_OK);
	return name;
}

struct nbt_scope scope_of(const char *text)
{
	struct nbt_scope scope;

	assert_error(text, nbt_scope_from_text(&scope, text), NBT_OK);
	return scope;
}

bool is_in_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload != NULL && strstr(preload, "vgpreload") != NULL;
}
