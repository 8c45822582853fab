#include "nbnsd/partners/discovery.h"

#include <string.h>

#include <nbt/replication.h>

#define SILENT_INTERVALS 3

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

static size_t find(const struct discovery *discovery, struct in_addr address)
{
	size_t i = 0;

	while (i < discovery->count && discovery->found[i].s_addr != address.s_addr)
		i++;
	return i;
}

static bool take(struct discovery *discovery, struct in_addr address, struct in_addr own,
		 const struct nbt_env *env)
{
	size_t at = find(discovery, address);

	if (address.s_addr == own.s_addr)
		return false;
	if (at < discovery->count) {
		discovery->heard_ms[at] = env->now_ms;
		return false;
	}
	if (!is_private(address)) {
		discovery->counters[DISCOVERY_REFUSED]++;
		return false;
	}
	if (discovery->count == PARTNERS_DISCOVERED_MAX) {
		discovery->counters[DISCOVERY_TOO_MANY]++;
		return false;
	}
	discovery->found[at] = address;
	discovery->heard_ms[at] = env->now_ms;
	discovery->count++;
	return true;
}

static void drop_at(struct discovery *discovery, size_t at)
{
	size_t behind = --discovery->count - at;

	memmove(&discovery->found[at], &discovery->found[at + 1],
		behind * sizeof(discovery->found[0]));
	memmove(&discovery->heard_ms[at], &discovery->heard_ms[at + 1],
		behind * sizeof(discovery->heard_ms[0]));
}

static bool drop(struct discovery *discovery, const struct nbt_discovery *message)
{
	size_t was = discovery->count;

	for (size_t i = was; i-- > 0;)
		if (is_in(message->address, message->count, discovery->found[i]))
			drop_at(discovery, i);
	return discovery->count != was;
}

bool discovery_forget_silent(struct discovery *discovery, uint32_t interval_s,
			     bool (*answers)(void *ctx, struct in_addr server), void *ctx,
			     const struct nbt_env *env)
{
	uint64_t silence_ms = UINT64_C(1000) * interval_s * SILENT_INTERVALS;
	size_t was = discovery->count;

	for (size_t i = was; i-- > 0;)
		if (env->now_ms - discovery->heard_ms[i] >= silence_ms &&
		    !answers(ctx, discovery->found[i]))
			drop_at(discovery, i);
	return discovery->count != was;
}

bool discovery_receive(struct discovery *discovery, const uint8_t *bytes, size_t len,
		       struct in_addr source, struct in_addr own, const struct nbt_env *env)
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
		if (take(discovery, message.address[i], own, env))
			is_changed = true;
	return is_changed;
}

bool discovery_is_due(struct discovery *discovery, uint32_t interval_s, const struct nbt_env *env)
{
	uint64_t interval_ms = UINT64_C(1000) * interval_s;

	if (env->now_ms < discovery->next_ms && discovery->next_ms - env->now_ms <= interval_ms)
		return false;
	discovery->next_ms = env->now_ms + interval_ms;
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
