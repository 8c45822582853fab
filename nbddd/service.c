#include "nbddd/service.h"

#include <stdlib.h>
#include <string.h>

#include "common/access.h"
#include "common/fragments.h"
#include "common/ratelimit.h"
#include "nbddd/copies.h"
#include "nbddd/distributor.h"
#include "nbddd/node.h"
#include "nbddd/relay.h"
#include "nbddd/service_inner.h"
#include "nbddd/subscribers.h"

#define SUBSCRIPTIONS_PER_NAME 4 /* on average, at most */

static const char *const stat_names[] = { DGRAM_STATS(STATS_NAME) };

/*
 * Create and destroy.
 */

static bool create_parts(struct dgram_service *s, const struct nbt_env *env)
{
	const struct dgram_settings *settings = &s->settings;
	uint64_t key =
		(uint64_t)nbt_env_random(env, UINT32_MAX) << 32 | nbt_env_random(env, UINT32_MAX);

	s->reassembly = reassembly_create(&settings->reassembly);
	s->subscribers =
		subscribers_create(settings->names, settings->names * SUBSCRIPTIONS_PER_NAME);
	s->node = node_create(s, key);
	s->members = members_create(s);
	s->copies = copies_create(s, key);
	s->distributor = distributor_create(s, key);
	if (settings->relay)
		s->relay = relay_create(s, key);
	s->errors = ratelimit_create(settings->error_limit, key);
	return s->reassembly != NULL && s->subscribers != NULL && s->node != NULL &&
	       s->members != NULL && s->copies != NULL && s->distributor != NULL &&
	       (s->relay != NULL || !settings->relay) && s->errors != NULL;
}

struct dgram_service *dgram_create(const struct dgram_settings *settings,
				   const struct dgram_sinks *sinks, void *ctx,
				   const struct nbt_env *env)
{
	struct dgram_service *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->settings = *settings;
	s->sinks = *sinks;
	s->ctx = ctx;
	s->last_id = (uint16_t)nbt_env_random(env, UINT16_MAX + 1);
	s->stats = (struct stats){ stat_names, s->counters, DGRAM_STAT_COUNT };
	if (create_parts(s, env))
		return s;
	dgram_destroy(s);
	return NULL;
}

void dgram_destroy(struct dgram_service *s)
{
	if (s == NULL)
		return;
	reassembly_destroy(s->reassembly);
	subscribers_destroy(s->subscribers);
	node_destroy(s->node);
	members_destroy(s->members);
	distributor_destroy(s->distributor);
	copies_destroy(s->copies);
	relay_destroy(s->relay);
	ratelimit_destroy(s->errors);
	free(s);
}

/* Roles and bounds stay. */
void dgram_set_settings(struct dgram_service *s, const struct dgram_settings *settings)
{
	const struct dgram_settings old = s->settings;

	s->settings = *settings;
	s->settings.server = old.server;
	s->settings.relay = old.relay;
	s->settings.names = old.names;
	s->settings.clients = old.clients;
	s->settings.node.waiting = old.node.waiting;
	s->settings.reassembly = old.reassembly;
	s->settings.members.groups = old.members.groups;
	s->settings.distribution.waiting = old.distribution.waiting;
	s->settings.distribution.bytes = old.distribution.bytes;
	s->settings.relaying.datagrams = old.relaying.datagrams;
	s->settings.relaying.originators = old.relaying.originators;
	reassembly_set_timeout(s->reassembly, settings->reassembly.timeout_ms);
	distributor_set_limit(s->distributor);
	(void)ratelimit_set_rate(s->errors, settings->error_limit);
}

void dgram_set_sockets(struct dgram_service *s, const struct served_socket *sockets, size_t count)
{
	s->sockets = sockets;
	s->socket_count = count;
}

void dgram_set_access(struct dgram_service *s, const struct access_list *access)
{
	s->settings.access = access;
}

void dgram_each_stats(struct dgram_service *s, void (*each)(void *ctx, const struct stats *stats),
		      void *ctx)
{
	each(ctx, &s->stats);
	each(ctx, node_stats(s->node));
	each(ctx, distributor_stats(s->distributor));
	each(ctx, copies_stats(s->copies));
	each(ctx, members_stats(s->members));
	if (s->relay != NULL)
		each(ctx, relay_stats(s->relay));
	each(ctx, reassembly_stats(s->reassembly));
}

void dgram_each_group(const struct dgram_service *s, members_group_fn *each, void *ctx)
{
	members_each(s->members, each, ctx);
}

void dgram_each_peer(const struct dgram_service *s, relay_peer_fn *each, void *ctx)
{
	if (s->relay != NULL)
		relay_each_peer(s->relay, each, ctx);
}

void dgram_each_flow(const struct dgram_service *s, const struct nbt_env *env, originators_fn *each,
		     void *ctx)
{
	if (s->relay != NULL)
		relay_each_flow(s->relay, env->now_ms, each, ctx);
}

struct dgram_gauges dgram_gauges(const struct dgram_service *s)
{
	return (struct dgram_gauges){
		.incomplete = reassembly_count(s->reassembly),
		.incomplete_bytes = reassembly_bytes(s->reassembly),
		.names = subscribers_names(s->subscribers),
		.subscriptions = subscribers_count(s->subscribers),
		.routes = node_routes(s->node),
		.waiting = node_waiting(s->node),
		.waiting_bytes = node_waiting_bytes(s->node),
		.distributing = distributor_waiting(s->distributor) + copies_waiting(s->copies),
		.distributing_bytes = distributor_bytes(s->distributor) + copies_bytes(s->copies),
	};
}

/*
 * Sockets.
 */

bool dgram_find_socket(const struct dgram_service *s, struct in_addr address, uint16_t *socket)
{
	for (size_t i = 0; i < s->socket_count && address.s_addr != INADDR_ANY; i++)
		if (s->sockets[i].address.s_addr == address.s_addr) {
			*socket = (uint16_t)i;
			return true;
		}
	return false;
}

static bool is_in_subnet(const struct served_socket *socket, struct in_addr address)
{
	return socket->address.s_addr != INADDR_ANY &&
	       ((socket->address.s_addr ^ address.s_addr) & socket->netmask.s_addr) == 0;
}

bool dgram_socket_towards(const struct dgram_service *s, struct in_addr to, uint16_t *socket)
{
	for (size_t i = 0; i < s->socket_count; i++)
		if (is_in_subnet(&s->sockets[i], to)) {
			*socket = (uint16_t)i;
			return true;
		}
	for (size_t i = 0; i < s->socket_count; i++)
		if (s->sockets[i].broadcast.s_addr != INADDR_ANY) {
			*socket = (uint16_t)i;
			return true;
		}
	return false;
}

bool dgram_is_broadcast(const struct dgram_service *s, struct in_addr address)
{
	for (size_t i = 0; i < s->socket_count && address.s_addr != INADDR_ANY; i++)
		if (s->sockets[i].broadcast.s_addr == address.s_addr)
			return true;
	return address.s_addr == htonl(INADDR_BROADCAST);
}

/*
 * Sending.
 */

struct sockaddr_in dgram_peer(const struct dgram_service *s, struct in_addr address)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(s->settings.port),
				     .sin_addr = address };
}

/* Addresses come and go: what was a host's when it was found may be ours, or a subnet's, by now. */
static bool is_of_a_host(const struct dgram_service *s, struct in_addr address)
{
	uint16_t socket;

	return !dgram_is_broadcast(s, address) && !dgram_find_socket(s, address, &socket);
}

static void send_packet(struct dgram_service *s, uint16_t socket, const struct sockaddr_in *to,
			bool is_broadcast, const uint8_t *bytes, size_t len)
{
	if (!is_broadcast && !is_of_a_host(s, to->sin_addr))
		return;
	dgram_count(s, DGRAM_PACKETS);
	s->sinks.send(s->ctx, socket, to, is_broadcast, bytes, len);
}

void dgram_transmit(struct dgram_service *s, uint16_t socket, const struct sockaddr_in *to,
		    bool is_broadcast, const uint8_t *whole, size_t len)
{
	uint8_t packet[OUTGOING_MAX];
	struct fragments fragments;
	size_t part;

	if (len <= s->settings.packet_max) {
		send_packet(s, socket, to, is_broadcast, whole, len);
		return;
	}
	fragments_begin(&fragments, whole, len, s->settings.packet_max);
	while ((part = fragments_next(&fragments, packet)) > 0)
		send_packet(s, socket, to, is_broadcast, packet, part);
}

void dgram_send_packet(struct dgram_service *s, uint16_t socket, const struct sockaddr_in *to,
		       const struct nbt_datagram *packet)
{
	uint8_t bytes[OUTGOING_MAX];
	size_t len;

	if (nbt_datagram_encode(packet, bytes, sizeof(bytes), &len) != NBT_OK)
		return;
	send_packet(s, socket, to, false, bytes, len);
}

uint16_t dgram_next_id(struct dgram_service *s)
{
	return ++s->last_id;
}

/*
 * Look-ups.
 */

typedef bool ask_fn(void *ctx, const struct nbt_local_query *query, uint32_t token);

static bool look_up(struct dgram_service *s, ask_fn *ask, const struct nbt_local_query *query,
		    const struct look_up *look_up)
{
	uint32_t slot = 0;

	while (slot < LOOK_UPS_MAX && s->look_ups[slot].told != NULL)
		slot++;
	if (slot == LOOK_UPS_MAX || !ask(s->ctx, query, slot)) {
		dgram_count(s, DGRAM_LOOK_UPS_FULL);
		return false;
	}
	dgram_count(s, DGRAM_LOOK_UPS);
	s->look_ups[slot] = *look_up;
	return true;
}

bool dgram_look_up(struct dgram_service *s, const struct nbt_local_query *query, look_up_fn *told,
		   void *ctx, uint32_t token)
{
	return look_up(s, s->sinks.look_up, query, &(struct look_up){ told, ctx, token });
}

bool dgram_look_up_by_tcp(struct dgram_service *s, const struct nbt_local_query *query,
			  look_up_fn *told, void *ctx, uint32_t token)
{
	return look_up(s, s->sinks.look_up_by_tcp, query, &(struct look_up){ told, ctx, token });
}

static void look_up_answered(struct dgram_service *s, const struct local_event *event,
			     const struct nbt_env *env)
{
	const struct look_up_answer answer = { event->rcode, event->packet };
	struct look_up look_up;

	if (event->token >= LOOK_UPS_MAX || s->look_ups[event->token].told == NULL)
		return;
	look_up = s->look_ups[event->token];
	s->look_ups[event->token].told = NULL;
	look_up.told(look_up.ctx, look_up.token, &answer, env);
}

/* What is held while there is no nbnsd stays so: it is claimed again, and the answer tells. */
void dgram_names_event(struct dgram_service *s, const struct local_event *event,
		       const struct nbt_env *env)
{
	switch (event->type) {
	case LOCAL_ANSWER:
		look_up_answered(s, event, env);
		break;
	case LOCAL_CLAIMED:
	case LOCAL_REFUSED:
	case LOCAL_LOST:
		dgram_claim_event(s, event);
		break;
	case LOCAL_UP:
	case LOCAL_DOWN:
	case LOCAL_DATAGRAM:
		break;
	}
}

/*
 * Receiving.
 */

static void run_stages(struct dgram_service *s, const struct incoming *in,
		       const struct nbt_datagram *datagram, const uint8_t *bytes, size_t len,
		       const struct nbt_env *env)
{
	const struct dgram_arrival arrival = { .datagram = datagram,
					       .bytes = bytes,
					       .len = len,
					       .from = in->from,
					       .socket = in->socket,
					       .to_broadcast = in->to_broadcast,
					       .for_members = !in->to_broadcast };

	stages_run(s, &arrival, env);
}

static void receive_datagram(struct dgram_service *s, const struct dgram_packet *packet,
			     const struct nbt_env *env)
{
	const struct incoming *in = packet->in;
	struct nbt_datagram whole;
	const uint8_t *bytes;
	size_t len;

	if (!reassembly_is_fragment(packet->datagram)) {
		run_stages(s, in, packet->datagram, in->bytes, in->len, env);
		return;
	}
	if (!reassembly_add(s->reassembly, &in->from, packet->datagram, in->bytes, in->len, env,
			    &bytes, &len))
		return;
	if (nbt_datagram_decode(&whole, bytes, len) == NBT_OK)
		run_stages(s, in, &whole, bytes, len, env);
	else
		dgram_count(s, DGRAM_MALFORMED);
}

typedef void receiver_fn(struct dgram_service *service, const struct dgram_packet *packet,
			 const struct nbt_env *env);

static receiver_fn *const receivers[] = {
	[NBT_DGM_DIRECT_UNIQUE] = receive_datagram,
	[NBT_DGM_DIRECT_GROUP] = receive_datagram,
	[NBT_DGM_BROADCAST] = receive_datagram,
	[NBT_DGM_ERROR] = node_receive_error,
	[NBT_DGM_QUERY_REQUEST] = distributor_receive_query,
	[NBT_DGM_POSITIVE_RESPONSE] = node_receive_response,
	[NBT_DGM_NEGATIVE_RESPONSE] = node_receive_response,
};

static bool is_allowed(const struct dgram_service *s, struct in_addr source)
{
	return s->settings.access != NULL &&
	       (access_rights(s->settings.access, source) & 1U << MAY_SEND) != 0;
}

void dgram_receive(struct dgram_service *s, const struct incoming *in, const struct nbt_env *env)
{
	struct nbt_datagram datagram;
	const struct dgram_packet packet = { &datagram, in };

	dgram_count(s, DGRAM_RECEIVED);
	if (!is_allowed(s, in->from.sin_addr))
		dgram_count(s, DGRAM_NOT_ALLOWED);
	else if (nbt_datagram_decode(&datagram, in->bytes, in->len) != NBT_OK)
		dgram_count(s, DGRAM_MALFORMED);
	else
		receivers[datagram.type](s, &packet, env);
}

void dgram_unreachable(struct dgram_service *s, struct in_addr address, const struct nbt_env *env)
{
	node_unreachable(s->node, address);
	copies_unreachable(s->copies, address, env);
	if (s->relay != NULL)
		relay_unreachable(s->relay, address);
}

/*
 * Time.
 */

bool dgram_is_busy(const struct dgram_service *s)
{
	return copies_waiting(s->copies) > 0;
}

uint64_t dgram_deadline(const struct dgram_service *s)
{
	return nbt_earlier(copies_deadline(s->copies),
			   nbt_earlier(node_deadline(s->node), members_deadline(s->members)));
}

void dgram_wake(struct dgram_service *s, const struct nbt_env *env)
{
	copies_wake(s->copies, env);
	node_wake(s->node, env);
	members_wake(s->members, env);
}
