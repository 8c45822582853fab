#include "nbnsd/discovery_edge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nbt/replication.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/udp.h"
#include "nbnsd/partners/discovery.h"

#define HOPS           6 /* as Windows has it */
#define INTERFACES_MAX 64

struct discovery_edge {
	struct discovery_edge_options options;
	struct udp *group, *own; /* to hear, to speak */
	unsigned ifindex[INTERFACES_MAX];
	size_t ifindex_count;
	struct discovery discovery;
};

static void receive(void *ctx, const struct udp_packet *packets, size_t count,
		    const struct nbt_env *env)
{
	struct discovery_edge *edge = ctx;
	bool is_changed = false;

	for (size_t i = 0; i < count; i++)
		if (discovery_receive(&edge->discovery, packets[i].bytes, packets[i].len,
				      packets[i].peer.sin_addr, edge->options.own, env))
			is_changed = true;
	if (is_changed)
		edge->options.changed(edge->options.ctx);
}

/* What is sent to us alone is no multicast. */
static void ignore(void *ctx, const struct udp_packet *packets, size_t count,
		   const struct nbt_env *env)
{
	(void)ctx;
	(void)packets;
	(void)count;
	(void)env;
}

static struct sockaddr_in address_of(uint32_t host, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(host) };
}

int discovery_edge_open(struct discovery_edge **out, struct loop *loop,
			const struct discovery_edge_options *options)
{
	struct sockaddr_in group = address_of(NBT_DISCOVERY_GROUP, options->port);
	struct sockaddr_in own = address_of(ntohl(options->own.s_addr), options->port);
	const struct nbt_env env = loop_env(loop);
	struct discovery_edge *edge = calloc(1, sizeof(*edge));
	int ret;

	*out = NULL;
	if (edge == NULL)
		return -ENOMEM;
	edge->options = *options;
	discovery_begin(&edge->discovery, &env);
	ret = udp_open(&edge->group, loop, UDP_GROUP, &group, receive, edge);
	if (ret == 0)
		ret = udp_open(&edge->own, loop, UDP_ADDRESS, &own, ignore, edge);
	if (ret < 0) {
		udp_close(edge->group);
		free(edge);
		return ret;
	}
	*out = edge;
	return 0;
}

static bool has(const unsigned *list, size_t count, unsigned ifindex)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == ifindex)
			return true;
	return false;
}

/* Each interface once, whatever the number of its addresses. */
static size_t select_interfaces(const struct iface_list *ifaces, const char *const *wanted,
				unsigned out[INTERFACES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < ifaces->count && count < INTERFACES_MAX; i++) {
		const struct iface *iface = &ifaces->items[i];

		if (!iface->is_loopback && iface_is_selected(iface, wanted) &&
		    !has(out, count, iface->ifindex))
			out[count++] = iface->ifindex;
	}
	return count;
}

void discovery_edge_set_interfaces(struct discovery_edge *edge, const struct iface_list *ifaces,
				   const char *const *wanted)
{
	unsigned now[INTERFACES_MAX];
	size_t count = select_interfaces(ifaces, wanted, now);

	for (size_t i = 0; i < edge->ifindex_count; i++)
		if (!has(now, count, edge->ifindex[i]))
			(void)udp_leave(edge->group, edge->ifindex[i]); /* it may be gone */
	for (size_t i = 0; i < count; i++) {
		int ret = has(edge->ifindex, edge->ifindex_count, now[i])
				  ? 0
				  : udp_join(edge->group, now[i]);

		if (ret < 0 && ret != -EADDRINUSE)
			log_warning("autodiscovery does not hear on interface %u: %s", now[i],
				    strerror(-ret));
	}
	memcpy(edge->ifindex, now, count * sizeof(*now));
	edge->ifindex_count = count;
}

static void say(struct discovery_edge *edge, bool down)
{
	uint8_t bytes[DISCOVERY_MESSAGE_MAX];
	const struct udp_packet packet = {
		.bytes = bytes,
		.len = discovery_message(&edge->discovery, edge->options.own, down, bytes),
		.peer = address_of(NBT_DISCOVERY_GROUP, edge->options.port),
	};

	for (size_t i = 0; i < edge->ifindex_count; i++) {
		int ret = udp_send_multicast(edge->own, &packet, edge->ifindex[i], HOPS);

		if (ret < 0)
			log_debug("autodiscovery: interface %u: %s", edge->ifindex[i],
				  strerror(-ret));
	}
}

uint64_t discovery_edge_turn(struct discovery_edge *edge, uint32_t interval_s,
			     const struct nbt_env *env)
{
	const struct discovery_edge_options *options = &edge->options;

	if (edge->ifindex_count == 0)
		return NBT_NEVER; /* there is nobody to be told */
	if (!discovery_is_due(&edge->discovery, interval_s, env))
		return edge->discovery.next_ms;
	say(edge, false);
	if (discovery_forget_silent(&edge->discovery, interval_s, options->answers, options->ctx,
				    env))
		options->changed(options->ctx);
	return edge->discovery.next_ms;
}

const struct in_addr *discovery_edge_found(const struct discovery_edge *edge, size_t *count)
{
	*count = edge->discovery.count;
	return edge->discovery.found;
}

struct stats discovery_edge_stats(struct discovery_edge *edge)
{
	return discovery_stats(&edge->discovery);
}

void discovery_edge_close(struct discovery_edge *edge)
{
	if (edge == NULL)
		return;
	say(edge, true);
	udp_close(edge->group);
	udp_close(edge->own);
	free(edge);
}
