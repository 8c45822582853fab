/* The registry: time per look-up and bytes per name. Not run by make check: bench_registry */
#include <stddef.h>
#include <stdlib.h>

#include "bench.h"
#include "nbnsd/registry/registry.h"

#define LOOK_UPS 4000000
#define BATCH    65536

static struct registry *fill(uint32_t names)
{
	struct registry *registry = registry_create((const uint8_t *)"a key of a bench");
	uint64_t longest = 0;
	struct record record;

	for (uint32_t i = 0; i < names; i++) {
		uint64_t begin, took;

		bench_record(&record, i);
		begin = bench_now();
		if (registry_add(registry, &record) == REGISTRY_NONE)
			abort();
		took = bench_now() - begin;
		longest = took > longest ? took : longest;
	}
	printf("  longest insertion %.0f us\n", (double)longest / 1000);
	return registry;
}

/* Names numbered from first, in random order; nanoseconds each. */
static double look_up(const struct registry *registry, uint32_t first, uint32_t names,
		      size_t *found)
{
	struct nbt_scope none = { .len = 0 };
	struct nbt_name *name = calloc(BATCH, sizeof(*name));
	struct registry_brief brief;
	struct record record;
	uint64_t sum = 0, draw = 0;

	for (uint32_t done = 0; done < LOOK_UPS; done += BATCH) {
		uint64_t begin;

		for (uint32_t i = 0; i < BATCH; i++) {
			bench_record(&record, first + (uint32_t)(bench_mix(~draw++) % names));
			name[i] = record.name;
		}
		begin = bench_now();
		for (uint32_t i = 0; i < BATCH; i++) {
			uint32_t id = registry_find(registry, &name[i], &none);

			if (id == REGISTRY_NONE)
				continue;
			registry_peek(registry, id, &brief);
			*found += brief.address.s_addr != 0;
		}
		sum += bench_now() - begin;
	}
	free(name);
	return (double)sum / (LOOK_UPS / BATCH * BATCH);
}

int main(void)
{
	static const uint32_t sizes[] = { 1000, 100000, 1000000 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t before = bench_rss(), found = 0;
		struct registry *registry;
		double hit, miss;

		printf("%u names\n", sizes[i]);
		registry = fill(sizes[i]);
		printf("  %.1f bytes of RSS per name, %.1f counted\n",
		       (double)(bench_rss() - before) / sizes[i],
		       (double)registry_memory(registry) / sizes[i]);
		hit = look_up(registry, 0, sizes[i], &found);
		miss = look_up(registry, sizes[i], sizes[i], &found);
		printf("  hit %.1f ns, miss %.1f ns (%zu found)\n", hit, miss, found);
		registry_destroy(registry);
	}
	return 0;
}
