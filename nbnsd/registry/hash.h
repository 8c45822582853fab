/*
 * SipHash-1-3 (Aumasson and Bernstein, 2012; one round per word, three at the end): short, and
 * without the key nobody can choose inputs that collide.
 */
#ifndef NBNSD_REGISTRY_HASH_H
#define NBNSD_REGISTRY_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct hash_key {
	uint64_t k0, k1;
};

struct hash_state {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t hash_rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static inline void hash_round(struct hash_state *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = hash_rotate(s->v1, 13) ^ s->v0;
	s->v3 = hash_rotate(s->v3, 16) ^ s->v2;
	s->v0 = hash_rotate(s->v0, 32) + s->v3;
	s->v2 += s->v1;
	s->v3 = hash_rotate(s->v3, 21) ^ s->v0;
	s->v1 = hash_rotate(s->v1, 17) ^ s->v2;
	s->v2 = hash_rotate(s->v2, 32);
}

static inline void hash_word(struct hash_state *s, uint64_t word)
{
	s->v3 ^= word;
	hash_round(s);
	s->v0 ^= word;
}

/* Words are read as this machine has them: hashes stay in memory. */
static inline uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t len)
{
	struct hash_state s = { key->k0 ^ 0x736f6d6570736575U, key->k1 ^ 0x646f72616e646f6dU,
				key->k0 ^ 0x6c7967656e657261U, key->k1 ^ 0x7465646279746573U };
	const uint8_t *p = bytes;
	uint64_t word, last = (uint64_t)len << 56;
	size_t left = len;

	for (; left >= 8; left -= 8, p += 8) {
		memcpy(&word, p, 8);
		hash_word(&s, word);
	}
	for (size_t i = 0; i < left; i++)
		last |= (uint64_t)p[i] << 8 * i;
	hash_word(&s, last);

	s.v2 ^= 0xff;
	for (int i = 0; i < 3; i++)
		hash_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

#endif
