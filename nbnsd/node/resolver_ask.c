/* The resolver's exchanges begin: whom to ask, and by which socket. */
#include "nbnsd/node/resolver_inner.h"

static bool is_loopback(struct in_addr address)
{
	return ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
}

/*
 * Slots.
 */

static bool has_id(const struct resolver *resolver, uint16_t id)
{
	for (size_t i = 0; i < EXCHANGES; i++)
		if (resolver->exchanges[i].lookup != NULL &&
		    resolver->exchanges[i].of.x.request.id == id)
			return true;
	return false;
}

static uint16_t fresh_id(const struct resolver *resolver, const struct nbt_env *env)
{
	uint16_t id;

	do {
		id = (uint16_t)((nbt_env_random(env, UINT16_MAX + 1u) &
				 ~(uint32_t)RESOLVER_IDS_MASK) |
				resolver->settings.ids);
	} while (has_id(resolver, id));
	return id;
}

/* Without one somebody is left unasked, and it cannot be said that nobody has the name. */
static struct exchange *take_slot(struct resolver *resolver, struct lookup *lookup, uint16_t socket)
{
	for (size_t i = 0; i < EXCHANGES; i++) {
		struct exchange *exchange = &resolver->exchanges[i];

		if (exchange->lookup != NULL)
			continue;
		exchange->lookup = lookup;
		exchange->socket = socket;
		exchange->is_over = exchange->has_packet = false;
		exchange->silent = 0;
		resolver->exchanges_used++;
		lookup->running++;
		return exchange;
	}
	lookup->is_silent = true;
	return NULL;
}

void exchange_free(struct resolver *resolver, struct exchange *exchange)
{
	exchange->lookup = NULL;
	resolver->exchanges_used--;
}

/*
 * Questions.
 */

static bool is_on_subnet(const struct served_socket *socket, struct in_addr address)
{
	return socket->netmask.s_addr != 0 &&
	       ((socket->address.s_addr ^ address.s_addr) & socket->netmask.s_addr) == 0;
}

/* The interface asked for, else the one on the same subnet, else the first that is no loopback.
 * false: there is none. */
static bool choose_socket(const struct resolver *resolver, struct in_addr interface,
			  struct in_addr to, uint16_t *out)
{
	bool is_found = false;

	for (size_t i = 0; i < resolver->socket_count; i++) {
		const struct served_socket *socket = &resolver->sockets[i];

		if (socket->address.s_addr == INADDR_ANY ||
		    (interface.s_addr != INADDR_ANY &&
		     interface.s_addr != socket->address.s_addr) ||
		    is_loopback(socket->address) != is_loopback(to))
			continue;
		if (!is_found || is_on_subnet(socket, to))
			*out = (uint16_t)i;
		if (is_on_subnet(socket, to))
			return true;
		is_found = true;
	}
	return is_found;
}

static struct sockaddr_in node_at(const struct resolver *resolver, struct in_addr address,
				  uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port != 0 ? port : resolver->settings.port),
				     .sin_addr = address };
}

static struct nbt_request request_of(const struct resolver *resolver,
				     const struct exchange *exchange, size_t server_count,
				     const struct nbt_env *env)
{
	const struct lookup *lookup = exchange->lookup;
	bool broadcast = lookup->source == SOURCE_BROADCAST;

	return (struct nbt_request){
		.id = fresh_id(resolver, env),
		.name = lookup->question.name,
		.scope = lookup->question.scope,
		.servers = exchange->servers,
		.server_count = server_count,
		.broadcast = broadcast,
		.timers = broadcast ? resolver->settings.broadcast : resolver->settings.unicast,
	};
}

/* One that cannot start is over at the next step. */
static void start(struct exchange *exchange, unsigned todo)
{
	exchange->has_packet = (todo & NBT_TODO_SEND) != 0;
}

static void start_query(struct resolver *resolver, struct exchange *exchange, size_t server_count,
			bool recursion, const struct nbt_env *env)
{
	const struct nbt_query_request request = {
		.to = request_of(resolver, exchange, server_count, env),
		.recursion = recursion,
		.conflict_ms = resolver->settings.conflict_ms,
	};

	start(exchange, nbt_query_start(&exchange->of.query, &request, env));
}

/* Those that were silent lately are asked last. */
static size_t list_servers(const struct resolver *resolver, struct exchange *exchange,
			   uint64_t now_ms)
{
	const struct resolver_settings *settings = &resolver->settings;
	size_t count = 0;

	for (int last = 0; last <= 1; last++)
		for (size_t i = 0; i < settings->server_count; i++) {
			if ((now_ms < resolver->silent_until[i]) != (last == 1) ||
			    resolver_has_address(resolver, settings->servers[i]))
				continue;
			exchange->servers[count] = node_at(resolver, settings->servers[i], 0);
			exchange->number[count++] = (uint8_t)i;
		}
	return count;
}

bool exchange_nbns(struct resolver *resolver, struct lookup *lookup, const struct nbt_env *env)
{
	struct exchange *exchange = take_slot(resolver, lookup, 0);
	size_t count;

	if (exchange == NULL)
		return false;
	count = list_servers(resolver, exchange, env->now_ms);
	if (count > 0 && choose_socket(resolver, lookup->question.interface,
				       exchange->servers[0].sin_addr, &exchange->socket)) {
		start_query(resolver, exchange, count, true, env);
		return true;
	}
	lookup->is_silent |= count > 0;
	lookup->running--;
	exchange_free(resolver, exchange);
	return false;
}

/* Two addresses on a subnet would ask the same nodes. */
static bool is_first_on_subnet(const struct resolver *resolver, const struct lookup *lookup,
			       size_t number)
{
	const struct served_socket *socket = &resolver->sockets[number];

	if (socket->address.s_addr == INADDR_ANY || socket->broadcast.s_addr == INADDR_ANY)
		return false;
	if (lookup->question.interface.s_addr != INADDR_ANY)
		return lookup->question.interface.s_addr == socket->address.s_addr;
	for (size_t i = 0; i < number; i++)
		if (resolver->sockets[i].address.s_addr != INADDR_ANY &&
		    resolver->sockets[i].broadcast.s_addr == socket->broadcast.s_addr)
			return false;
	return true;
}

bool exchange_broadcast(struct resolver *resolver, struct lookup *lookup, const struct nbt_env *env)
{
	for (size_t i = 0; i < resolver->socket_count; i++) {
		struct exchange *exchange;

		if (!is_first_on_subnet(resolver, lookup, i))
			continue;
		exchange = take_slot(resolver, lookup, (uint16_t)i);
		if (exchange == NULL)
			break;
		exchange->servers[0] = node_at(resolver, resolver->sockets[i].broadcast, 0);
		start_query(resolver, exchange, 1, true, env);
	}
	return lookup->running > 0;
}

bool exchange_peer(struct resolver *resolver, struct lookup *lookup, const struct nbt_env *env)
{
	const struct resolver_question *question = &lookup->question;
	struct exchange *exchange;
	struct nbt_request request;
	uint16_t socket;

	if (!choose_socket(resolver, question->interface, question->peer, &socket))
		return false;
	exchange = take_slot(resolver, lookup, socket);
	if (exchange == NULL)
		return false;
	exchange->servers[0] = node_at(resolver, question->peer, question->peer_port);
	if (question->way == RESOLVE_PEER) {
		start_query(resolver, exchange, 1, question->recursion, env);
		return true;
	}
	request = request_of(resolver, exchange, 1, env);
	start(exchange, nbt_status_start(&exchange->of.status, &request, env));
	return true;
}
