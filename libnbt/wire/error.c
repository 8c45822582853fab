/* Error texts. */
#include <nbt/error.h>

#define NBT_ERROR_TEXT(name, text) [name] = text,
static const char *const texts[NBT_ERROR_COUNT] = { NBT_ERROR_MAP(NBT_ERROR_TEXT) };
#undef NBT_ERROR_TEXT

const char *nbt_strerror(enum nbt_error err)
{
	if ((unsigned)err >= NBT_ERROR_COUNT)
		return "unknown error";
	return texts[err];
}
