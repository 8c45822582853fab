#include "nbnsd/registry/slab.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "nbnsd/registry/pages.h"

void slab_init(struct slab *slab, size_t size)
{
	assert(size >= sizeof(uint32_t) && size % sizeof(uint32_t) == 0);
	*slab = (struct slab){ .size = size, .free = SLAB_NONE };
}

void slab_free(struct slab *slab)
{
	for (uint32_t i = 0; i < slab->chunks; i++)
		pages_free(slab->chunk[i], SLAB_CHUNK * slab->size);
	free(slab->chunk);
	slab_init(slab, slab->size);
}

static bool add_chunk(struct slab *slab)
{
	if (slab->chunks == slab->chunk_space) {
		uint32_t space = slab->chunk_space == 0 ? 4 : slab->chunk_space * 2;
		uint8_t **chunk = realloc(slab->chunk, space * sizeof(*chunk));

		if (chunk == NULL)
			return false;
		slab->chunk = chunk;
		slab->chunk_space = space;
	}
	slab->chunk[slab->chunks] = pages_get(SLAB_CHUNK * slab->size);
	if (slab->chunk[slab->chunks] == NULL)
		return false;
	slab->chunks++;
	return true;
}

static void put_on_free_list(struct slab *slab, uint32_t index)
{
	memcpy(slab_at(slab, index), &slab->free, sizeof(slab->free));
	slab->free = index;
}

static uint32_t take_from_free_list(struct slab *slab)
{
	uint32_t index = slab->free;

	memcpy(&slab->free, slab_at(slab, index), sizeof(slab->free));
	return index;
}

/* Makes bound elements known; those that were not before are nobody's yet. */
static bool extend(struct slab *slab, uint32_t bound)
{
	while (bound > (uint64_t)slab->chunks << SLAB_CHUNK_LOG) {
		if (!add_chunk(slab))
			return false;
	}
	return true;
}

uint32_t slab_take(struct slab *slab)
{
	uint32_t index;

	if (slab->free != SLAB_NONE)
		index = take_from_free_list(slab);
	else if (slab->bound < SLAB_NONE && extend(slab, slab->bound + 1))
		index = slab->bound++;
	else
		return SLAB_NONE;

	memset(slab_at(slab, index), 0, slab->size);
	slab->count++;
	return index;
}

bool slab_take_at(struct slab *slab, uint32_t index)
{
	assert(index >= slab->bound && index < SLAB_NONE);
	if (!extend(slab, index + 1))
		return false;

	for (; slab->bound < index; slab->bound++) {
		memset(slab_at(slab, slab->bound), 0, slab->size);
		put_on_free_list(slab, slab->bound);
	}
	slab->bound++;
	memset(slab_at(slab, index), 0, slab->size);
	slab->count++;
	return true;
}

void slab_give(struct slab *slab, uint32_t index)
{
	put_on_free_list(slab, index);
	slab->count--;
}

size_t slab_memory(const struct slab *slab)
{
	return slab->chunks * SLAB_CHUNK * slab->size + slab->chunk_space * sizeof(*slab->chunk);
}
