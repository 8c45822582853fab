#include "nbnsd/partners/discovery.h"

#include <string.h>

#include <nbt/replication.h>

void discovery_begin(struct discovery *discovery, const struct nbt_env *env)
{
	discovery->count = 0;
	discovery->next_ms = env->now_ms;
}

static bool is_private(struct in_addr address)
{
	uint32_t host = ntohl(address.s_addr);

	return host >> 24 == 10 || host >> 20 == 0xAC1 || host >> 16 == 0xC0A8;
}

static bool is_in(const struct in_addr *list, size_t count, struct in_addr address)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].s_addr == address.s_addr)
			return true;
	return false;
}

static bool take(struct discovery *discovery, struct in_addr address, struct in_addr own)
{
	if (address.s_addr == own.s_addr || is_in(discovery->found, discovery->count, address))
		return false;
	if (!is_private(address)) {
		discovery->counters[DISCOVERY_REFUSED]++;
		return false;
	}
	if (discovery->count == PARTNERS_DISCOVERED_MAX) {
		discovery->counters[DISCOVERY_TOO_MANY]++;
		return false;
	}
	discovery->found[discovery->count++] = address;
	return true;
}

static bool drop(struct discovery *discovery, const struct nbt_discovery *message)
{
	size_t kept = 0, was = discovery->count;

	for (size_t i = 0; i < was; i++)
		if (!is_in(message->address, message->count, discovery->found[i]))
			discovery->found[kept++] = discovery->found[i];
	discovery->count = kept;
	return kept != was;
}

bool discovery_receive(struct discovery *discovery, const uint8_t *bytes, size_t len,
		       struct in_addr source, struct in_addr own)
{
	struct nbt_discovery message;
	bool is_changed = false;

	if (source.s_addr == own.s_addr)
		return false; /* our own */
	discovery->counters[DISCOVERY_HEARD]++;
	if (nbt_discovery_decode(&message, bytes, len) != NBT_OK) {
		discovery->counters[DISCOVERY_MALFORMED]++;
		return false;
	}
	if (!is_in(message.address, message.count, source)) {
		discovery->counters[DISCOVERY_REFUSED]++;
		return false;
	}
	if (message.down)
		return drop(discovery, &message);
	for (size_t i = 0; i < message.count; i++)
		if (take(discovery, message.address[i], own))
			is_changed = true;
	return is_changed;
}

bool discovery_is_due(struct discovery *discovery, uint32_t interval_s, const struct nbt_env *env)
{
	if (env->now_ms < discovery->next_ms)
		return false;
	discovery->next_ms = env->now_ms + UINT64_C(1000) * interval_s;
	return true;
}

size_t discovery_message(struct discovery *discovery, struct in_addr own, bool down,
			 uint8_t message[DISCOVERY_MESSAGE_MAX])
{
	const struct nbt_discovery said = { .down = down, .count = 1, .address = { own } };
	size_t len = 0;

	if (nbt_discovery_encode(&said, message, DISCOVERY_MESSAGE_MAX, &len) != NBT_OK)
		return 0; /* we have no address */
	discovery->counters[DISCOVERY_SAID]++;
	return len;
}

struct stats discovery_stats(struct discovery *discovery)
{
	static const char *const names[] = { DISCOVERY_STATS(STATS_NAME) };

	return (struct stats){ names, discovery->counters, DISCOVERY_STAT_COUNT };
}
