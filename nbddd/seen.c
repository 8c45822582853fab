#include "nbddd/seen.h"

#include <stdlib.h>
#include <string.h>

#define WAYS 8 /* places of a key */

struct place {
	uint64_t key;
	uint64_t at_ms;
	bool in_use;
};

struct seen {
	uint64_t secret;
	size_t sets; /* a power of two */
	struct place places[];
};

struct seen *seen_create(size_t count, uint64_t secret)
{
	struct seen *seen;
	size_t sets = 1;

	while (sets * WAYS < count)
		sets *= 2;
	seen = calloc(1, sizeof(*seen) + sets * WAYS * sizeof(seen->places[0]));
	if (seen == NULL)
		return NULL;
	seen->secret = secret;
	seen->sets = sets;
	return seen;
}

void seen_destroy(struct seen *seen)
{
	free(seen);
}

static uint64_t mix(uint64_t value)
{
	value = (value ^ value >> 32) * 0x9E3779B97F4A7C15U;
	value = (value ^ value >> 29) * 0xD6E8FEB86659FD93U;
	return value ^ value >> 32;
}

uint64_t seen_key(const struct seen *seen, uint64_t key, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint64_t word;

	key = mix(key ^ seen->secret ^ len);
	for (; len >= sizeof(word); len -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		key = mix(key ^ word);
	}
	word = 0;
	memcpy(&word, at, len);
	return mix(key ^ word);
}

static const struct place *set_of(const struct seen *seen, uint64_t key)
{
	return &seen->places[(key & (seen->sets - 1)) * WAYS];
}

bool seen_has(const struct seen *seen, uint64_t key, uint64_t now_ms, uint64_t keep_ms)
{
	const struct place *set = set_of(seen, key);

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].in_use && set[i].key == key)
			return now_ms - set[i].at_ms < keep_ms;
	return false;
}

void seen_add(struct seen *seen, uint64_t key, uint64_t now_ms)
{
	struct place *set = &seen->places[(key & (seen->sets - 1)) * WAYS], *place = &set[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].in_use && set[i].key == key) {
			place = &set[i];
			break;
		}
		if (!set[i].in_use || (place->in_use && set[i].at_ms < place->at_ms))
			place = &set[i];
	}
	*place = (struct place){ .key = key, .at_ms = now_ms, .in_use = true };
}
