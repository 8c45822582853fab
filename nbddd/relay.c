#include "nbddd/relay.h"

#include <stdlib.h>
#include <string.h>

#include "nbddd/distributor.h"
#include "nbddd/seen.h"
#include "nbddd/service_inner.h"

/* In FLAGS, between relays: handed over to be broadcast. Without it, a datagram of a peer would
 * look the same that it sends as an NBDD to a member on our host. No other program is known to set
 * this reserved bit. */
#define MARK     0x80
#define FLAGS_AT 1

enum relay_stat { RELAY_STATS(STATS_ENUM) RELAY_STAT_COUNT };
static const char *const stat_names[] = { RELAY_STATS(STATS_NAME) };

struct relay {
	struct dgram_service *service;
	struct seen *seen;
	struct originators *originators;
	struct peers *peers;
	struct stats stats;
	uint64_t counters[RELAY_STAT_COUNT];
	uint8_t bytes[NBT_LOCAL_MESSAGE_MAX]; /* of a datagram with MARK, or without it */
};

/*
 * Create and destroy.
 */

struct relay *relay_create(struct dgram_service *service, uint64_t secret)
{
	const struct dgram_relay_settings *settings = &service->settings.relaying;
	struct relay *relay = calloc(1, sizeof(*relay));

	if (relay == NULL)
		return NULL;
	relay->service = service;
	relay->stats = (struct stats){ stat_names, relay->counters, RELAY_STAT_COUNT };
	relay->seen = seen_create(settings->datagrams, secret);
	relay->originators = originators_create(settings->originators);
	relay->peers = peers_create(service);
	if (relay->seen != NULL && relay->originators != NULL && relay->peers != NULL)
		return relay;
	relay_destroy(relay);
	return NULL;
}

void relay_destroy(struct relay *relay)
{
	if (relay == NULL)
		return;
	seen_destroy(relay->seen);
	originators_destroy(relay->originators);
	peers_destroy(relay->peers);
	free(relay);
}

struct stats *relay_stats(struct relay *relay)
{
	return &relay->stats;
}

static void count(struct relay *relay, enum relay_stat counter)
{
	stats_count(&relay->stats, counter);
}

/*
 * Peers.
 */

static bool is_peer(const struct relay *relay, struct in_addr address)
{
	return peers_have(relay->peers, address);
}

void relay_each_peer(const struct relay *relay, relay_peer_fn *each, void *ctx)
{
	peers_each(relay->peers, each, ctx);
}

void relay_unreachable(struct relay *relay, struct in_addr address)
{
	if (!is_peer(relay, address))
		return;
	count(relay, RELAY_UNREACHABLE);
	peers_unreachable(relay->peers, address);
}

bool relay_reaches(const struct relay *relay, uint16_t socket, struct in_addr address)
{
	return peers_near(relay->peers, socket, address);
}

/*
 * Where a datagram has been.
 */

static const struct in_addr here, elsewhere = { UINT32_MAX };

/* Everything that is the same in each copy: not flags and length, which fragments may change, nor
 * the source address, of which a host with several interfaces has one in each subnet. */
static uint64_t key_of(const struct relay *relay, const struct dgram_arrival *arrival)
{
	uint64_t key = seen_key(relay->seen, 0, arrival->bytes, 1);

	key = seen_key(relay->seen, key, arrival->bytes + 2, 2); /* DGM_ID */
	return seen_key(relay->seen, key, arrival->bytes + NBT_DATAGRAM_HEADER_LEN + 4,
			arrival->len - NBT_DATAGRAM_HEADER_LEN - 4);
}

/* Whether it has been there; now it has. where: the broadcast address of a subnet, or one of the
 * two above. */
static bool was_at(struct relay *relay, uint64_t key, struct in_addr where,
		   const struct nbt_env *env)
{
	uint64_t place = seen_key(relay->seen, key, &where, sizeof(where));
	bool was = seen_has(relay->seen, place, env->now_ms,
			    relay->service->settings.relaying.memory_ms);

	seen_add(relay->seen, place, env->now_ms);
	return was;
}

/*
 * Sending.
 */

static void broadcast(struct relay *relay, const struct dgram_arrival *arrival, uint64_t key,
		      const struct nbt_env *env)
{
	struct dgram_service *s = relay->service;

	for (size_t i = 0; i < s->socket_count; i++) {
		const struct served_socket *socket = &s->sockets[i];
		const struct sockaddr_in to = dgram_peer(s, socket->broadcast);

		if (!peers_can_broadcast(socket) || !peers_on_duty(relay->peers, socket) ||
		    peers_in_subnet(socket, arrival->datagram->source_address) ||
		    was_at(relay, key, socket->broadcast, env))
			continue;
		count(relay, RELAY_BROADCAST);
		dgram_transmit(s, (uint16_t)i, &to, true, arrival->bytes, arrival->len);
	}
}

/* Into relay->bytes. */
static bool copy(struct relay *relay, const struct dgram_arrival *arrival, bool is_marked)
{
	if (arrival->len > sizeof(relay->bytes))
		return false;
	memcpy(relay->bytes, arrival->bytes, arrival->len);
	relay->bytes[FLAGS_AT] &= (uint8_t)~MARK;
	if (is_marked)
		relay->bytes[FLAGS_AT] |= MARK;
	return true;
}

/* What is in relay->bytes. */
static void hand_to(struct relay *relay, struct in_addr address,
		    const struct dgram_arrival *arrival)
{
	struct dgram_service *s = relay->service;
	const struct sockaddr_in to = dgram_peer(s, address);
	uint16_t socket;

	if (dgram_find_socket(s, address, &socket) || !dgram_socket_towards(s, address, &socket))
		return;
	count(relay, RELAY_HANDED);
	peers_handed(relay->peers, address);
	dgram_transmit(s, socket, &to, false, relay->bytes, arrival->len);
}

/* A peer in the subnet where it was heard has heard it, too. */
static void hand_to_peers(struct relay *relay, const struct dgram_arrival *arrival)
{
	const struct dgram_service *s = relay->service;
	const struct dgram_addresses *peers = &s->settings.peers;

	if (!copy(relay, arrival, true))
		return;
	for (size_t i = 0; i < peers->count; i++)
		if (arrival->from_client != 0 ||
		    !peers_in_subnet(&s->sockets[arrival->socket], peers->items[i]))
			hand_to(relay, peers->items[i], arrival);
}

/* Answers to the name will go there. */
static void remember_originator(struct relay *relay, const struct nbt_datagram *datagram,
				const struct nbt_env *env)
{
	const struct originator originator = {
		.name = datagram->source,
		.scope = datagram->source_scope,
		.destination = datagram->destination,
		.address = { .sin_family = AF_INET,
			     .sin_port = htons(datagram->source_port),
			     .sin_addr = datagram->source_address },
		.at_ms = env->now_ms,
	};

	originators_add(relay->originators, &originator);
}

/*
 * What is to be done with a datagram, by how it came.
 */

enum kind {
	OTHER,    /* nothing of ours */
	ORIGINAL, /* a host of our subnet has broadcast it */
	OWN,      /* a program of this host has */
	RELAYED,  /* a relay has */
	HANDED    /* a peer has handed it to us */
};

static enum kind kind_of_broadcast(struct relay *relay, const struct dgram_arrival *arrival)
{
	const struct in_addr from = arrival->from.sin_addr;

	if (is_peer(relay, from) || from.s_addr != arrival->datagram->source_address.s_addr) {
		count(relay, RELAY_OF_RELAY);
		return RELAYED;
	}
	if (peers_in_subnet(&relay->service->sockets[arrival->socket], from))
		return ORIGINAL;
	count(relay, RELAY_NOT_LOCAL);
	return OTHER;
}

static enum kind kind_of(struct relay *relay, const struct dgram_arrival *arrival)
{
	const struct in_addr from = arrival->from.sin_addr;

	if (arrival->datagram->type == NBT_DGM_DIRECT_UNIQUE)
		return OTHER;
	if (arrival->from_client != 0)
		return arrival->to_broadcast ? OWN : OTHER;
	if (arrival->to_broadcast)
		return kind_of_broadcast(relay, arrival);
	if ((arrival->datagram->flags & MARK) == 0)
		return OTHER;
	if (is_peer(relay, from))
		return HANDED;
	count(relay, RELAY_STRANGER);
	return OTHER;
}

/* Names of groups stand without suffix in the settings. */
static bool is_configured(const struct relay *relay, const struct nbt_name *name)
{
	const struct dgram_relay_settings *settings = &relay->service->settings.relaying;
	const uint8_t suffix = nbt_name_suffix(name);
	struct nbt_name group;

	if (!settings->suffixes[suffix])
		return false;
	for (size_t i = 0; i < settings->group_count; i++)
		if (nbt_name_from_text(&group, settings->groups[i], suffix) == NBT_OK &&
		    memcmp(group.bytes, name->bytes, NBT_NAME_LEN - 1) == 0)
			return true;
	return settings->group_count == 0;
}

/* Of the relays of a subnet, which have all heard it, one sees to the members. What a program of
 * this host broadcasts is ours alone: see kind_of_broadcast(). */
static bool sees_to_members(const struct relay *relay, const struct dgram_arrival *arrival)
{
	const struct dgram_service *s = relay->service;

	return arrival->from_client != 0 ||
	       peers_on_duty(relay->peers, &s->sockets[arrival->socket]);
}

/* From this host or its subnet: to all others. "*" is everybody; whoever is not near a relay would
 * be asked for at every name server. */
static void relay_it(struct relay *relay, const struct dgram_arrival *arrival, uint64_t key,
		     const struct nbt_env *env)
{
	if (was_at(relay, key, elsewhere, env))
		return;
	count(relay, RELAY_HEARD);
	hand_to_peers(relay, arrival);
	if (arrival->datagram->type == NBT_DGM_DIRECT_GROUP && sees_to_members(relay, arrival))
		distributor_take_heard(relay->service->distributor, arrival, env);
}

static void act(struct relay *relay, enum kind kind, const struct dgram_arrival *arrival,
		uint64_t key, const struct nbt_env *env)
{
	const struct in_addr subnet = relay->service->sockets[arrival->socket].broadcast;

	if (kind == HANDED) {
		count(relay, RELAY_TAKEN);
		peers_taken(relay->peers, arrival->from.sin_addr, env->now_ms);
	}
	if (kind == ORIGINAL || kind == RELAYED)
		(void)was_at(relay, key, subnet, env);
	if (kind == ORIGINAL || kind == HANDED)
		remember_originator(relay, arrival->datagram, env);
	if (kind == ORIGINAL || kind == HANDED || arrival->by_one_socket)
		broadcast(relay, arrival, key, env);
	if (kind == ORIGINAL || kind == OWN)
		relay_it(relay, arrival, key, env);
}

/* What a peer hands us is for our subnets, and for the programs of this host, but never for an
 * NBDD's members: the relay that heard it has seen to those. */
static enum stage_verdict run(struct relay *relay, enum kind kind,
			      const struct dgram_arrival *arrival, const struct nbt_env *env)
{
	uint64_t key;

	if (!is_configured(relay, &arrival->datagram->destination)) {
		count(relay, RELAY_NOT_WANTED);
		return kind == HANDED ? STAGE_TAKEN : STAGE_PASS;
	}
	key = key_of(relay, arrival);
	act(relay, kind, arrival, key, env);
	if (was_at(relay, key, here, env) && kind != OWN) {
		count(relay, RELAY_AGAIN);
		return STAGE_TAKEN;
	}
	if (kind != HANDED)
		return STAGE_PASS;
	(void)dgram_deliver(relay->service, arrival);
	return STAGE_TAKEN;
}

/* The mark goes no further. */
static enum stage_verdict run_handed(struct relay *relay, const struct dgram_arrival *arrival,
				     const struct nbt_env *env)
{
	struct nbt_datagram datagram = *arrival->datagram;
	struct dgram_arrival unmarked = *arrival;

	if (!copy(relay, arrival, false))
		return STAGE_TAKEN;
	datagram.flags &= (uint8_t)~MARK;
	unmarked.datagram = &datagram;
	unmarked.bytes = relay->bytes;
	return run(relay, HANDED, &unmarked, env);
}

enum stage_verdict relay_stage(struct dgram_service *s, const struct dgram_arrival *arrival,
			       const struct nbt_env *env)
{
	struct relay *relay = s->relay;
	enum kind kind = relay != NULL ? kind_of(relay, arrival) : OTHER;

	if (kind == OTHER)
		return STAGE_PASS;
	return kind == HANDED ? run_handed(relay, arrival, env) : run(relay, kind, arrival, env);
}

/* Only from who answers, himself: two relays that each take the other for the originator would
 * play with it for ever. */
enum stage_verdict relay_reply_stage(struct dgram_service *s, const struct dgram_arrival *arrival,
				     const struct nbt_env *env)
{
	const struct nbt_datagram *datagram = arrival->datagram;
	struct relay *relay = s->relay;
	const struct originator *to;
	uint64_t keep_ms = s->settings.relaying.reply_ms;
	uint16_t socket;

	if (relay == NULL || datagram->type != NBT_DGM_DIRECT_UNIQUE || arrival->to_broadcast ||
	    arrival->from_client != 0 ||
	    arrival->from.sin_addr.s_addr != datagram->source_address.s_addr)
		return STAGE_PASS;
	to = originators_find(relay->originators, &datagram->destination,
			      &datagram->destination_scope,
			      env->now_ms > keep_ms ? env->now_ms - keep_ms : 0);
	if (to == NULL || !dgram_socket_towards(s, to->address.sin_addr, &socket))
		return STAGE_PASS;
	count(relay, RELAY_REPLIES);
	dgram_transmit(s, socket, &to->address, false, arrival->bytes, arrival->len);
	return STAGE_TAKEN;
}

void relay_each_flow(const struct relay *relay, uint64_t now_ms, originators_fn *each, void *ctx)
{
	uint64_t keep_ms = relay->service->settings.relaying.reply_ms;

	originators_each(relay->originators, now_ms > keep_ms ? now_ms - keep_ms : 0, each, ctx);
}
