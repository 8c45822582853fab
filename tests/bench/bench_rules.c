/* What rules and rate limit cost per query with 10,000 clients. Not run by make check: bench_rules
 */
#include <arpa/inet.h>
#include <stdlib.h>

#include "bench.h"
#include "common/access.h"
#include "common/ratelimit.h"

#define CLIENTS 10000
#define QUERIES 4000000
#define RULES   4

static struct access_list *make_list(size_t networks_per_rule)
{
	struct access_network networks[RULES][64] = { { { .is_private = true } } };
	struct access_rule rules[RULES];

	for (size_t r = 0; r < RULES; r++) {
		for (size_t i = 1; i < networks_per_rule; i++)
			networks[r][i] = (struct access_network){
				.address = { htonl((uint32_t)(0x0A000000 + r * 512 + i * 1024)) },
				.bits = 24
			};
		networks[r][0].is_private = true;
		rules[r] = (struct access_rule){ networks[r], networks_per_rule };
	}
	return access_list_create(rules, RULES, NULL, 0);
}

static void measure(size_t networks_per_rule, uint32_t rate)
{
	struct access_list *list = make_list(networks_per_rule);
	struct ratelimit *limit = ratelimit_create(rate, 4711);
	uint64_t begin, sum = 0;

	if (list == NULL || limit == NULL)
		abort();
	begin = bench_now();
	for (uint32_t i = 0; i < QUERIES; i++) {
		struct in_addr client = { htonl(0x0A000000 + (uint32_t)(bench_mix(i) % CLIENTS)) };

		sum += access_rights(list, client);
		sum += ratelimit_take(limit, client, i / 200);
	}
	begin = bench_now() - begin;
	printf("%2zu networks per rule, rate limit %4u: %.1f ns per query (%llu)\n",
	       networks_per_rule, rate, (double)begin / QUERIES, (unsigned long long)(sum & 1));
	access_list_destroy(list);
	ratelimit_destroy(limit);
}

int main(void)
{
	measure(1, 0);
	measure(1, 1000);
	measure(10, 1000);
	measure(60, 1000);
	return 0;
}
