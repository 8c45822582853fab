/* nbtbrowse: look-ups and node status by UDP, several at once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nbt/exchange.h>

#include "common/array.h"
#include "common/udp.h"
#include "tools/nbtbrowse.h"

#define FOUND_MAX 256

static const struct nbt_timers broadcast_timers = { .timeout_ms = 250, .tries = 2 };
static const struct nbt_timers unicast_timers = { .timeout_ms = 1000, .tries = 2 };

/* A look-up: an exchange with each subnet or name server, at the same time. */
struct lookup {
	struct lookup *next;
	size_t id;
	bool is_broadcast, is_over;
	bool is_answered; /* yes or no */
	struct in_addr found[FOUND_MAX];
	size_t found_count;
	struct nbt_status *status; /* NULL: a query */
	size_t query_count;
	struct sockaddr_in to[NETIF_MAX];
	struct nbt_query queries[];
};

struct finder {
	struct udp *udp;
	struct lookup *first;
	uint16_t next_id;
};

static struct sockaddr_in port_at(struct in_addr address)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(NBT_NAME_PORT),
				     .sin_addr = address };
}

/*
 * What exchanges want done.
 */

static bool send_out(const struct browse *b, const struct lookup *lookup,
		     const struct nbt_outgoing *out)
{
	const struct udp_packet packet = { .bytes = out->bytes, .len = out->len, .peer = out->to };

	if (lookup->is_broadcast)
		return udp_send_broadcast(b->finder->udp, &packet) == 0;
	return udp_send(b->finder->udp, &out->to, out->bytes, out->len) == 0;
}

static void add_found(struct lookup *lookup, struct in_addr address)
{
	for (size_t i = 0; i < lookup->found_count; i++)
		if (lookup->found[i].s_addr == address.s_addr)
			return;
	if (lookup->found_count < FOUND_MAX)
		lookup->found[lookup->found_count++] = address;
}

/* packet: the one that led to this, NULL if none did. */
static void carry_out(const struct browse *b, struct lookup *lookup, struct nbt_exchange *x,
		      unsigned todo, const struct nbt_packet *packet)
{
	const struct nbt_env env = loop_env(b->loop);

	while ((todo & NBT_TODO_SEND) != 0 && !send_out(b, lookup, &x->out))
		todo = nbt_exchange_unsent(x, &env) | (todo & ~(unsigned)NBT_TODO_SEND);
	if ((todo & NBT_TODO_ANSWER) != 0)
		for (size_t i = 0; i < nbt_record_address_count(&packet->record[0]); i++)
			add_found(lookup, nbt_record_address(&packet->record[0], i).address);
	if ((todo & NBT_TODO_DONE) != 0 && x->result != NBT_ETIMEOUT && x->result != NBT_ESYSTEM)
		lookup->is_answered = true;
	/* Done by an answer, although there could have been more: it was what we were looking for.
	 */
	if ((todo & NBT_TODO_ANSWER) != 0 && (todo & NBT_TODO_DONE) != 0)
		lookup->is_over = true;
}

static size_t exchange_count(const struct lookup *lookup)
{
	return lookup->status != NULL ? 1 : lookup->query_count;
}

static struct nbt_exchange *exchange_of(struct lookup *lookup, size_t i)
{
	return lookup->status != NULL ? &lookup->status->exchange : &lookup->queries[i].exchange;
}

static uint64_t deadline_of(const struct lookup *lookup)
{
	uint64_t deadline = NBT_NEVER;

	if (lookup->is_over)
		return NBT_NEVER;
	if (lookup->status != NULL)
		return nbt_exchange_deadline(&lookup->status->exchange);
	for (size_t i = 0; i < lookup->query_count; i++)
		deadline =
			nbt_earlier(deadline, nbt_exchange_deadline(&lookup->queries[i].exchange));
	return deadline;
}

/*
 * The end.
 */

static void lookup_free(struct lookup *lookup)
{
	free(lookup->status);
	free(lookup);
}

static const struct netif *nets; /* of the present sort */
static size_t net_count;

static int compare_closeness(const void *a, const void *b)
{
	unsigned left = netif_closeness(nets, net_count, *(const struct in_addr *)a);
	unsigned right = netif_closeness(nets, net_count, *(const struct in_addr *)b);

	return left < right ? 1 : left > right ? -1 : 0;
}

static void tell(const struct browse *b, struct lookup *lookup)
{
	if (lookup->status != NULL) {
		walk_node(b->walk, lookup->id,
			  lookup->status->exchange.result == NBT_OK ? &lookup->status->node : NULL);
		return;
	}
	nets = b->places.interfaces;
	net_count = b->places.interface_count;
	if (lookup->found_count > 1)
		qsort(lookup->found, lookup->found_count, sizeof(lookup->found[0]),
		      compare_closeness);
	walk_addresses(b->walk, lookup->id, lookup->found, lookup->found_count,
		       !lookup->is_answered && lookup->found_count == 0);
}

bool find_settle(const struct browse *b)
{
	struct lookup **at = &b->finder->first;
	bool some = false;

	while (*at != NULL) {
		struct lookup *lookup = *at;

		if (deadline_of(lookup) != NBT_NEVER) {
			at = &lookup->next;
			continue;
		}
		*at = lookup->next;
		tell(b, lookup);
		lookup_free(lookup);
		some = true;
	}
	return some;
}

static void take_packet(const struct browse *b, const struct udp_packet *received,
			const struct nbt_env *env)
{
	struct nbt_packet packet;

	if (nbt_packet_decode(&packet, received->bytes, received->len) != NBT_OK)
		return;
	for (struct lookup *lookup = b->finder->first; lookup != NULL; lookup = lookup->next)
		for (size_t i = 0; i < exchange_count(lookup) && !lookup->is_over; i++) {
			struct nbt_exchange *x = exchange_of(lookup, i);

			carry_out(b, lookup, x,
				  nbt_exchange_packet(x, &packet, &received->peer, env), &packet);
		}
}

static void on_received(void *ctx, const struct udp_packet *packets, size_t count,
			const struct nbt_env *env)
{
	const struct browse *b = ctx;

	for (size_t i = 0; i < count; i++)
		take_packet(b, &packets[i], env);
}

void find_wake(struct browse *b, const struct nbt_env *env)
{
	for (struct lookup *lookup = b->finder->first; lookup != NULL; lookup = lookup->next)
		for (size_t i = 0; i < exchange_count(lookup) && !lookup->is_over; i++) {
			struct nbt_exchange *x = exchange_of(lookup, i);

			carry_out(b, lookup, x, nbt_exchange_wake(x, env), NULL);
		}
}

uint64_t find_deadline(const struct browse *b)
{
	uint64_t deadline = NBT_NEVER;

	for (const struct lookup *lookup = b->finder->first; lookup != NULL; lookup = lookup->next)
		deadline = nbt_earlier(deadline, deadline_of(lookup));
	return deadline;
}

/*
 * Beginning.
 */

static struct nbt_request request_of(const struct browse *b, const struct lookup *lookup, size_t i)
{
	return (struct nbt_request){ .id = b->finder->next_id++,
				     .scope = b->places.scope,
				     .servers = &lookup->to[i],
				     .server_count = 1,
				     .broadcast = lookup->is_broadcast,
				     .timers = lookup->is_broadcast ? broadcast_timers
								    : unicast_timers };
}

static void start_queries(const struct browse *b, struct lookup *lookup,
			  const struct walk_action *action)
{
	const struct nbt_env env = loop_env(b->loop);

	for (size_t i = 0; i < lookup->query_count && !lookup->is_over; i++) {
		struct nbt_query_request request = { .to = request_of(b, lookup, i),
						     .recursion = true,
						     .until_unique = !action->all };

		request.to.name = action->name;
		carry_out(b, lookup, &lookup->queries[i].exchange,
			  nbt_query_start(&lookup->queries[i], &request, &env), NULL);
	}
}

static void start_status(const struct browse *b, struct lookup *lookup)
{
	const struct nbt_env env = loop_env(b->loop);
	struct nbt_request request = request_of(b, lookup, 0);

	if (nbt_name_make(&request.name, "*", 0) == NBT_OK)
		carry_out(b, lookup, &lookup->status->exchange,
			  nbt_status_start(lookup->status, &request, &env), NULL);
}

/* Whom a look-up asks. */
static size_t targets_of(const struct browse *b, const struct walk_action *action,
			 const struct in_addr **list)
{
	bool in_subnets = action->what == WALK_LOOK_UP && action->place == WALK_SUBNETS;

	if (action->what == WALK_STATUS) {
		*list = &action->address;
		return 1;
	}
	*list = in_subnets ? b->places.subnets : b->places.servers;
	return in_subnets ? b->places.subnet_count : b->places.server_count;
}

static bool start(struct browse *b, const struct walk_action *action)
{
	const struct in_addr *targets;
	size_t count = targets_of(b, action, &targets);
	bool is_query = action->what == WALK_LOOK_UP;
	struct lookup *lookup =
		calloc(1, sizeof(*lookup) + (is_query ? count : 0) * sizeof(struct nbt_query));

	if (lookup == NULL)
		return false;
	lookup->id = action->id;
	lookup->is_broadcast = is_query && action->place == WALK_SUBNETS;
	for (size_t i = 0; i < count; i++)
		lookup->to[i] = port_at(targets[i]);
	lookup->query_count = is_query ? count : 0;
	lookup->status = is_query ? NULL : calloc(1, sizeof(*lookup->status));
	if (!is_query && lookup->status == NULL) {
		lookup_free(lookup);
		return false;
	}
	lookup->next = b->finder->first;
	b->finder->first = lookup;
	if (is_query)
		start_queries(b, lookup, action);
	else
		start_status(b, lookup);
	return true;
}

/* The resolver of the host blocks: it is asked for one host, and nothing else goes on meanwhile. */
static void resolve(const struct browse *b, const struct walk_action *action)
{
	struct in_addr address;
	size_t count = netif_resolve(action->host, &address) ? 1 : 0;

	walk_addresses(b->walk, action->id, &address, count, false);
}

void find_begin(struct browse *b, const struct walk_action *action)
{
	if (action->what == WALK_RESOLVE)
		resolve(b, action);
	else if (start(b, action))
		return;
	else if (action->what == WALK_STATUS)
		walk_node(b->walk, action->id, NULL);
	else
		walk_addresses(b->walk, action->id, NULL, 0, false);
}

int find_open(struct browse *b)
{
	const struct sockaddr_in any = { .sin_family = AF_INET };
	const struct nbt_env env = loop_env(b->loop);

	b->finder = calloc(1, sizeof(*b->finder));
	if (b->finder == NULL)
		return -ENOMEM;
	b->finder->next_id = (uint16_t)nbt_env_random(&env, 0x10000);
	return udp_open_large(&b->finder->udp, b->loop, UDP_ADDRESS, &any, on_received, b);
}

void find_close(struct browse *b)
{
	if (b->finder == NULL)
		return;
	while (b->finder->first != NULL) {
		struct lookup *lookup = b->finder->first;

		b->finder->first = lookup->next;
		lookup_free(lookup);
	}
	udp_close(b->finder->udp);
	free(b->finder);
	b->finder = NULL;
}
