/* Autodiscovery datagrams: a length, a source address and so many bytes each, from one input. */
#include "fuzz.h"

#include <string.h>

#include "nbnsd/partners/discovery.h"

static void check_found(const struct discovery *discovery, struct in_addr own)
{
	must(discovery->count <= PARTNERS_DISCOVERED_MAX);
	for (size_t i = 0; i < discovery->count; i++) {
		must(discovery->found[i].s_addr != own.s_addr);
		for (size_t j = 0; j < i; j++)
			must(discovery->found[i].s_addr != discovery->found[j].s_addr);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct nbt_env env = { .now_ms = 0 };
	const struct in_addr own = { htonl(0x0A010001) };
	struct discovery discovery;

	memset(&discovery, 0, sizeof(discovery));
	discovery_begin(&discovery, &env);
	while (size > 5) {
		struct in_addr source;
		size_t len = data[0] < size - 5 ? data[0] : size - 5, was = discovery.count;
		bool is_changed;

		memcpy(&source.s_addr, data + 1, 4);
		is_changed = discovery_receive(&discovery, data + 5, len, source, own, &env);
		must(is_changed == (discovery.count != was));
		check_found(&discovery, own);
		data += 5 + len;
		size -= 5 + len;
	}
	return 0;
}
