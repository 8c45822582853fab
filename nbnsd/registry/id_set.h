/* A set of ids of the registry: a bit each. Zero: empty. Pure. */
#ifndef NBNSD_REGISTRY_ID_SET_H
#define NBNSD_REGISTRY_ID_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct id_set {
	uint8_t *bits;
	size_t len;
};

/* false: out of memory, nothing changed. */
static inline bool id_set_add(struct id_set *set, uint32_t id)
{
	size_t need = (size_t)id / 8 + 1;

	if (need > set->len) {
		size_t len = need > 2 * set->len ? need : 2 * set->len;
		uint8_t *bits = realloc(set->bits, len);

		if (bits == NULL)
			return false;
		memset(bits + set->len, 0, len - set->len);
		*set = (struct id_set){ bits, len };
	}
	set->bits[id / 8] |= (uint8_t)(1U << id % 8);
	return true;
}

static inline bool id_set_has(const struct id_set *set, uint32_t id)
{
	return id / 8 < set->len && (set->bits[id / 8] >> id % 8 & 1) != 0;
}

static inline void id_set_free(struct id_set *set)
{
	free(set->bits);
	*set = (struct id_set){ NULL, 0 };
}

#endif
