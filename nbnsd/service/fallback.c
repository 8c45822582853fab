/* DNS for names that the database does not have (name-service.md 10). What has been registered
 * goes first, also when that was while DNS was being asked. */
#include "nbnsd/service/service_inner.h"

#include <string.h>

#include "nbnsd/service/reply.h"

static bool is_registered(const struct service *service, const struct nbt_question *question)
{
	return registry_find(service->registry, &question->name, &question->scope) != REGISTRY_NONE;
}

static void answer(struct context *ctx, const struct dns_waiter *to,
		   const struct dns_addresses *known)
{
	const struct nbt_packet query = { .id = to->id,
					  .question_count = 1,
					  .question = { to->question } };
	struct nbt_address list[RECORD_MAX_ADDRESSES];
	struct outgoing *out = service_post(ctx, to->socket, to->from.sin_addr, to->from.sin_port);

	auditing_query(ctx, to->from.sin_addr, &to->question, REGISTRY_NONE, known->count > 0);
	for (size_t i = 0; i < known->count; i++)
		list[i] = (struct nbt_address){ 0, known->address[i] };
	count(ctx, known->count > 0 ? STAT_DNS_POSITIVE : STAT_DNS_NEGATIVE);
	if (known->count > 0)
		reply_positive(out, &query, NBT_FLAG_RA, list, known->count);
	else
		reply_negative(out, &query);
}

static void ask(struct context *ctx, const struct incoming *in, const struct nbt_packet *packet,
		const char *name)
{
	const struct dns_waiter waiter = { .from = in->from,
					   .socket = in->socket,
					   .id = packet->id,
					   .question = packet->question[0] };
	struct dns_addresses known = { .count = 0 };

	switch (dns_cache_ask(ctx->service->dns, name, &waiter, ctx->env->now_ms, &known)) {
	case DNS_KNOWN:
		answer(ctx, &waiter, &known);
		break;
	case DNS_BUSY:
		count(ctx, STAT_DNS_BUSY);
		answer(ctx, &waiter, &known);
		break;
	case DNS_WAIT:
		break;
	case DNS_REPEATED:
		count(ctx, STAT_DROP_REPEATED);
		break;
	}
}

bool fallback_answer(struct context *ctx, const struct incoming *in,
		     const struct nbt_packet *packet)
{
	const struct service *service = ctx->service;
	const struct nbt_question *question = &packet->question[0];
	char name[DNS_NAME_SIZE];

	if (service->dns == NULL || ctx->is_whole || !dns_name(&question->name, name) ||
	    is_registered(service, question))
		return false;
	ask(ctx, in, packet, name);
	return true;
}

/* The question once more, to the database only. */
static void answer_from_database(struct context *ctx, const struct dns_waiter *to)
{
	const struct incoming in = { .from = to->from, .socket = to->socket };
	const struct nbt_packet query = { .id = to->id,
					  .flags = NBT_FLAG_RD,
					  .question_count = 1,
					  .question = { to->question } };

	queries_from_database(ctx, &in, &query);
}

bool fallback_carry_on(struct context *ctx)
{
	struct service *service = ctx->service;
	struct dns_addresses known;
	struct dns_waiter waiter;

	while (service->dns != NULL && ctx->out->count <= OUTBOX_SIZE - OUTBOX_PER_PACKET) {
		if (!dns_cache_take_due(service->dns, ctx->env->now_ms, &waiter, &known))
			return false;
		if (is_registered(service, &waiter.question))
			answer_from_database(ctx, &waiter);
		else
			answer(ctx, &waiter, &known);
	}
	return service->dns != NULL;
}

uint64_t fallback_deadline(const struct service *service)
{
	return service->dns != NULL ? dns_cache_deadline(service->dns) : NBT_NEVER;
}

/*
 * For the edge.
 */

uint32_t service_take_lookup(struct service *service, char name[DNS_NAME_SIZE])
{
	return service->dns != NULL ? dns_cache_take_query(service->dns, name) : DNS_NONE;
}

/* What could not be a host's address is no answer: on loopback the client would find itself. */
static bool is_host(struct in_addr address)
{
	uint32_t host = ntohl(address.s_addr);

	return host != INADDR_ANY && host != INADDR_BROADCAST && !IN_MULTICAST(host) &&
	       host >> 24 != IN_LOOPBACKNET;
}

void service_looked_up(struct service *service, uint32_t number, const struct dns_addresses *found,
		       uint32_t ttl_s, bool failed, const struct nbt_env *env)
{
	struct dns_addresses hosts = { .count = 0 };

	for (size_t i = 0; i < found->count; i++)
		if (is_host(found->address[i]))
			hosts.address[hosts.count++] = found->address[i];
	stats_count(&service->stats, failed ? STAT_DNS_FAILED : STAT_DNS_ASKED);
	dns_cache_result(service->dns, number, &hosts, ttl_s, failed, env->now_ms);
}

void service_set_dns(struct service *service, const struct dns_limits *limits)
{
	dns_cache_destroy(service->dns);
	service->dns = limits->names > 0 ? dns_cache_create(limits, &service->dns_key) : NULL;
}
