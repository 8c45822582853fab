/*
 * Elements of one size in chunks: growing copies nothing, pointers stay good, and an element is
 * known by a number that the next one may have when it is gone. Pure.
 */
#ifndef NBNSD_REGISTRY_SLAB_H
#define NBNSD_REGISTRY_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLAB_NONE      UINT32_MAX
#define SLAB_CHUNK_LOG 15                     /* of elements of 64 bytes: a huge page */
#define SLAB_CHUNK     (1U << SLAB_CHUNK_LOG) /* elements */

struct slab {
	uint8_t **chunk;
	size_t size; /* of an element: a multiple of 4 */
	uint32_t chunks, chunk_space;
	uint32_t bound; /* elements ever used: numbers are below */
	uint32_t free;  /* first of a list through the first word of the elements not in use */
	uint32_t count; /* elements in use */
};

/* Nothing is allocated yet. */
void slab_init(struct slab *slab, size_t size);
void slab_free(struct slab *slab);

/* An element, zeroed, or SLAB_NONE: out of memory. */
uint32_t slab_take(struct slab *slab);

/* The element with this number, which is not below the bound; those in between become free, and
 * are zero behind their first word. false: out of memory. */
bool slab_take_at(struct slab *slab, uint32_t index);

/* The element's memory except its first word stays as it is until it is taken again. */
void slab_give(struct slab *slab, uint32_t index);

size_t slab_memory(const struct slab *slab); /* bytes */

static inline void *slab_at(const struct slab *slab, uint32_t index)
{
	return slab->chunk[index >> SLAB_CHUNK_LOG] + (index & (SLAB_CHUNK - 1)) * slab->size;
}

#endif
