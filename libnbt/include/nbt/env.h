/* The surroundings of a state machine: time and chance come in as values, so that tests own them.
 */
#ifndef NBT_ENV_H
#define NBT_ENV_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A deadline that never comes. */
#define NBT_NEVER UINT64_MAX

struct nbt_env {
	uint64_t now_ms; /* monotonic, milliseconds; for all waiting */
	int64_t wall_s;  /* seconds since 1970; only for what is stored or shown */
	uint32_t (*random)(void *ctx, uint32_t below); /* evenly in 0 .. below - 1; below > 0 */
	void *random_ctx;
};

static inline uint32_t nbt_env_random(const struct nbt_env *env, uint32_t below)
{
	return env->random(env->random_ctx, below);
}

static inline uint64_t nbt_earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

#ifdef __cplusplus
}
#endif
#endif
