/* The look-ups of this host as the service carries them out: the resolver's packets, and what it
 * finds without asking anybody. */
#include <string.h>

#include "common/lmhosts.h"
#include "nbnsd/service/answer.h"
#include "nbnsd/service/service_inner.h"

#define QUESTIONS_PER_CLIENT 64 /* of the resolver's 128 */

/*
 * Sources.
 */

bool service_find_socket(const struct service *service, struct in_addr address, uint16_t *out)
{
	for (size_t i = 0; i < service->socket_count; i++) {
		struct in_addr own = service->sockets[i].address;

		if (own.s_addr == INADDR_ANY ||
		    (address.s_addr != INADDR_ANY && address.s_addr != own.s_addr))
			continue;
		*out = (uint16_t)i;
		return true;
	}
	return false;
}

static size_t own_names(void *ctx, struct in_addr interface, const struct nbt_name *name,
			const struct nbt_scope *scope, struct nbt_address *list, size_t limit)
{
	const struct service *service = ctx;
	uint16_t socket;

	if (!service_find_socket(service, interface, &socket) ||
	    !node_holds(service->node, interface, name, scope))
		return 0;
	return node_addresses(service->node, socket, name, scope, list, limit);
}

static size_t database(void *ctx, const struct nbt_name *name, const struct nbt_scope *scope,
		       struct nbt_address *list, size_t limit, const struct nbt_env *env)
{
	const struct context context = service_context(ctx, NULL, env);
	const struct nbt_question question = { *name, *scope, NBT_TYPE_NB, NBT_CLASS_IN };
	struct nbt_address found[RECORD_MAX_ADDRESSES];
	size_t found_count = queries_look_up(&context, &question, found);

	if (found_count > limit)
		found_count = limit;
	memcpy(list, found, found_count * sizeof(*list));
	return found_count;
}

static size_t lmhosts(void *ctx, bool preloaded, const struct nbt_name *name,
		      struct nbt_address *list, size_t limit)
{
	const struct service *service = ctx;
	const struct lmhosts_addresses *found;
	struct lmhosts_lookup lookup;
	bool is_group;
	size_t found_count;

	lmhosts_lookup_begin(&lookup, name);
	for (size_t i = 0; i < service->lmhosts_count; i++)
		if (!preloaded || service->lmhosts[i].is_preloaded)
			lmhosts_lookup_see(&lookup, &service->lmhosts[i]);
	found = lmhosts_lookup_end(&lookup, &is_group);
	found_count = found->count < limit ? found->count : limit;
	for (size_t i = 0; i < found_count; i++)
		list[i] = (struct nbt_address){ is_group ? NBT_NB_GROUP : 0, found->items[i] };
	return found_count;
}

void service_set_lmhosts(struct service *service, const struct lmhosts_entry *entries, size_t count)
{
	service->lmhosts = entries;
	service->lmhosts_count = count;
	resolver_flush(service->resolver);
}

bool service_has_listing(struct service *service, const struct nbt_question *question,
			 const struct nbt_env *env)
{
	const struct context ctx = service_context(service, NULL, env);
	uint32_t group;

	return service->settings.server && queries_listing(&ctx, question, &group) != LISTING_NONE;
}

/* On loopback all names are seen. */
static bool status_socket(const struct service *service, struct in_addr interface, uint16_t *out)
{
	const struct in_addr loopback = { htonl(INADDR_LOOPBACK) };

	return (interface.s_addr == INADDR_ANY && service_find_socket(service, loopback, out)) ||
	       service_find_socket(service, interface, out);
}

bool service_own_status(const struct service *service, struct in_addr interface,
			const struct nbt_name *name, const struct nbt_scope *scope,
			struct nbt_node_status *out)
{
	static const uint8_t none[6];
	uint16_t socket;

	memset(out, 0, sizeof(*out));
	if (!status_socket(service, interface, &socket) ||
	    (!answer_is_everybody(name) && !node_holds(service->node, interface, name, scope)))
		return false;
	out->count = (uint8_t)node_status_names(service->node, socket, scope, out->names,
						NBT_STATUS_MAX_NAMES);
	for (size_t i = 0; i < service->socket_count; i++)
		if (memcmp(out->unit_id, none, sizeof(none)) == 0 &&
		    (interface.s_addr == INADDR_ANY ||
		     interface.s_addr == service->sockets[i].address.s_addr))
			memcpy(out->unit_id, service->sockets[i].mac, sizeof(out->unit_id));
	return true;
}

/*
 * The resolvers.
 */

static struct resolver_settings resolver_settings_of(struct service *service)
{
	const struct service_settings *settings = &service->settings;
	struct resolver_settings own = settings->resolver;

	own.type = (enum node_type)settings->node_type;
	own.servers = settings->node.servers;
	own.server_count = settings->node.server_count;
	own.port = settings->node.port;
	own.broadcast = settings->node.broadcast;
	own.unicast = settings->node.unicast;
	own.ids = RESOLVER_IDS_CLIENTS;
	own.per_client = QUESTIONS_PER_CLIENT;
	own.sources = (struct resolver_sources){
		.own = own_names,
		.database = settings->server ? database : NULL,
		.lmhosts = lmhosts,
		.ctx = service,
	};
	return own;
}

bool lookups_create(struct service *service, const struct nbt_env *env)
{
	const struct resolver_settings own = resolver_settings_of(service);

	service->resolver = resolver_create(&own, env);
	if (service->resolver == NULL)
		return false;
	if (service->settings.proxy)
		service->proxy = proxy_create(&own, env);
	return !service->settings.proxy || service->proxy != NULL;
}

/* Its questions go unanswered when it ends: they are broadcast again. */
static bool switch_proxy(struct service *service, const struct resolver_settings *own,
			 const struct nbt_env *env)
{
	if (service->proxy != NULL && !service->settings.proxy) {
		proxy_destroy(service->proxy);
		service->proxy = NULL;
	} else if (service->proxy != NULL) {
		proxy_set_settings(service->proxy, own);
	} else if (service->settings.proxy) {
		service->proxy = proxy_create(own, env);
		return service->proxy != NULL;
	}
	return true;
}

bool lookups_set_settings(struct service *service, const struct nbt_env *env)
{
	const struct resolver_settings own = resolver_settings_of(service);
	bool done;

	resolver_set_settings(service->resolver, &own);
	resolver_flush(service->resolver); /* others may be asked, in another order */
	done = switch_proxy(service, &own, env);
	lookups_set_sockets(service);
	return done;
}

void lookups_destroy(struct service *service)
{
	resolver_destroy(service->resolver);
	proxy_destroy(service->proxy);
}

void lookups_set_sockets(struct service *service)
{
	resolver_set_sockets(service->resolver, service->sockets, service->socket_count);
	if (service->proxy != NULL)
		resolver_set_sockets(proxy_resolver(service->proxy), service->sockets,
				     service->socket_count);
}

struct resolver *service_resolver(struct service *service)
{
	return service->resolver;
}

bool lookups_send(struct context *ctx, struct resolver *resolver)
{
	struct resolver_packet packet;

	while (ctx->out->count < OUTBOX_SIZE && resolver_step(resolver, &packet, ctx->env)) {
		const struct nbt_outgoing *from = packet.packet;
		struct outgoing *out =
			service_post(ctx, packet.socket, from->to.sin_addr, from->to.sin_port);

		out->is_broadcast = packet.is_broadcast;
		out->len = (uint16_t)from->len;
		memcpy(out->bytes, from->bytes, from->len);
	}
	return ctx->out->count >= OUTBOX_SIZE;
}

bool lookups_carry_on(struct context *ctx)
{
	if (lookups_send(ctx, ctx->service->resolver))
		return true;
	return ctx->service->proxy != NULL && proxy_carry_on(ctx);
}

uint64_t lookups_deadline(const struct service *service)
{
	uint64_t due_ms = resolver_deadline(service->resolver);

	if (service->proxy == NULL)
		return due_ms;
	if (resolver_has_answer(proxy_resolver(service->proxy)))
		return 0;
	return nbt_earlier(due_ms, resolver_deadline(proxy_resolver(service->proxy)));
}

bool lookups_response(struct context *ctx, const struct incoming *in,
		      const struct nbt_packet *packet)
{
	struct service *service = ctx->service;

	if (resolver_response(service->resolver, &in->from, packet, ctx->env))
		return true;
	return service->proxy != NULL &&
	       resolver_response(proxy_resolver(service->proxy), &in->from, packet, ctx->env);
}

void lookups_forget(struct context *ctx, const struct nbt_name *name, const struct nbt_scope *scope)
{
	struct service *service = ctx->service;

	resolver_forget(service->resolver, name, scope);
	if (service->proxy != NULL)
		resolver_forget(proxy_resolver(service->proxy), name, scope);
}
