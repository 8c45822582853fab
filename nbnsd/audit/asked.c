#include "nbnsd/audit/asked.h"

#include "nbnsd/registry/pages.h"
#include "nbnsd/registry/registry.h"

#define CHUNK_SIZE (sizeof(struct asked_name) << ASKED_CHUNK_LOG)

_Static_assert(sizeof(struct asked_name) == 32, "half a cache line");
_Static_assert((uint64_t)ASKED_CHUNKS << ASKED_CHUNK_LOG == REGISTRY_MAX, "a place for every id");

void asked_free(struct asked *asked)
{
	for (size_t i = 0; i < ASKED_CHUNKS; i++) {
		pages_free(asked->chunk[i], CHUNK_SIZE);
		asked->chunk[i] = NULL;
	}
}

uint32_t asked_bound(const struct asked *asked)
{
	uint32_t chunks = ASKED_CHUNKS;

	while (chunks > 0 && asked->chunk[chunks - 1] == NULL)
		chunks--;
	return chunks << ASKED_CHUNK_LOG;
}

struct asked_name *asked_get(struct asked *asked, uint32_t id)
{
	struct asked_name **chunk = &asked->chunk[id >> ASKED_CHUNK_LOG];

	if (*chunk == NULL)
		*chunk = pages_get(CHUNK_SIZE);
	return asked_find(asked, id);
}

size_t asked_memory(const struct asked *asked)
{
	size_t memory = 0;

	for (size_t i = 0; i < ASKED_CHUNKS; i++)
		if (asked->chunk[i] != NULL)
			memory += CHUNK_SIZE;
	return memory;
}
