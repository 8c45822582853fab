/* WPAD and ISATAP: names by which a stranger could become everybody's proxy or router. Pure. */
#ifndef NBNSD_REGISTRY_PROXY_NAME_H
#define NBNSD_REGISTRY_PROXY_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <nbt/name.h>

/* Whatever the suffix. */
static inline bool is_proxy_name(const struct nbt_name *name)
{
	static const char names[2][NBT_NAME_LEN] = { "WPAD           ", "ISATAP         " };

	for (size_t i = 0; i < 2; i++)
		if (memcmp(name->bytes, names[i], NBT_NAME_LEN - 1) == 0)
			return true;
	return false;
}

#endif
