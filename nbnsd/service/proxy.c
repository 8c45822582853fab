/*
 * The proxy (RFC 1001 section 9, RFC 1002 section 5.1.1.5; nmbd's "wins proxy"): answers the
 * broadcast queries of B nodes for names that only the NBNS knows, and whose owner is on another
 * subnet. A no is never told, nor a normal group; a claim by broadcast is left alone.
 */
#include "nbnsd/service/service_inner.h"

#include <stdlib.h>

#include "nbnsd/service/reply.h"

#define QUESTIONS 256 /* that may wait for the NBNS */
#define CLIENT    1   /* of its resolver, which has no other */

struct question {
	bool is_used;
	uint16_t socket, id, flags;
	struct sockaddr_in from;
};

struct proxy {
	struct resolver *resolver;
	struct question questions[QUESTIONS];
};

static struct resolver_settings settings_of(const struct resolver_settings *settings)
{
	struct resolver_settings own = *settings;

	own.ids = RESOLVER_IDS_PROXY;
	own.per_client = 0;
	return own;
}

/* It has look-ups of its own, so that a subnet full of questions takes nothing from the programs of
 * this host. */
struct proxy *proxy_create(const struct resolver_settings *settings, const struct nbt_env *env)
{
	struct proxy *proxy = calloc(1, sizeof(*proxy));
	struct resolver_settings own = settings_of(settings);

	if (proxy == NULL)
		return NULL;
	proxy->resolver = resolver_create(&own, env);
	if (proxy->resolver != NULL)
		return proxy;
	free(proxy);
	return NULL;
}

void proxy_set_settings(struct proxy *proxy, const struct resolver_settings *settings)
{
	const struct resolver_settings own = settings_of(settings);

	resolver_set_settings(proxy->resolver, &own);
	resolver_flush(proxy->resolver);
}

void proxy_destroy(struct proxy *proxy)
{
	if (proxy == NULL)
		return;
	resolver_destroy(proxy->resolver);
	free(proxy);
}

struct resolver *proxy_resolver(struct proxy *proxy)
{
	return proxy->resolver;
}

static bool is_retransmission(const struct question *question, const struct incoming *in,
			      uint16_t id)
{
	return question->is_used && question->id == id &&
	       question->from.sin_addr.s_addr == in->from.sin_addr.s_addr &&
	       question->from.sin_port == in->from.sin_port;
}

/* A free place; NULL: none, or it is being asked for already. */
static struct question *find_place(struct proxy *proxy, const struct incoming *in, uint16_t id)
{
	struct question *vacant = NULL;

	for (size_t i = 0; i < QUESTIONS; i++) {
		struct question *question = &proxy->questions[i];

		if (is_retransmission(question, in, id))
			return NULL;
		if (!question->is_used)
			vacant = question;
	}
	return vacant;
}

void proxy_query(struct context *ctx, const struct incoming *in, const struct nbt_packet *packet)
{
	struct proxy *proxy = ctx->service->proxy;
	struct question *place = find_place(proxy, in, packet->id);
	const struct resolver_question question = {
		.way = RESOLVE_NBNS,
		.name = packet->question[0].name,
		.scope = packet->question[0].scope,
	};

	if (place == NULL || question.name.bytes[0] == '*') {
		count(ctx, STAT_DROP_REPEATED);
		return;
	}
	if (!service_take_answer(ctx, in))
		return;
	count(ctx, STAT_PROXY_ASKED);
	*place = (struct question){ true, in->socket, packet->id, packet->flags, in->from };
	if (resolver_ask(proxy->resolver, &question, CLIENT, (uint32_t)(place - proxy->questions),
			 ctx->env) != NBT_RCODE_OK)
		place->is_used = false;
}

/* Owners on that subnet answer for themselves. */
static bool is_to_be_told(const struct served_socket *subnet, const struct resolver_answer *answer)
{
	if (answer->rcode != NBT_RCODE_OK || subnet->address.s_addr == INADDR_ANY)
		return false;
	for (size_t i = 0; i < answer->count; i++) {
		in_addr_t address = answer->list[i].address.s_addr;

		if (address == INADDR_BROADCAST ||
		    ((address ^ subnet->address.s_addr) & subnet->netmask.s_addr) == 0)
			return false;
	}
	return answer->count > 0;
}

static void tell(struct context *ctx, const struct question *to,
		 const struct resolver_answer *answer)
{
	const struct resolver_question *about = answer->question;
	size_t most = answer->count < RECORD_MAX_ADDRESSES ? answer->count : RECORD_MAX_ADDRESSES;
	struct nbt_packet query;

	nbt_make_query(&query, to->id, to->flags, &about->name, &about->scope, NBT_TYPE_NB);
	count(ctx, STAT_PROXY_ANSWERED);
	reply_positive(service_post(ctx, to->socket, to->from.sin_addr, to->from.sin_port), &query,
		       recursion_flag(ctx->service), answer->list, most);
}

bool proxy_carry_on(struct context *ctx)
{
	struct service *service = ctx->service;
	struct proxy *proxy = service->proxy;
	struct resolver_answer answer;

	if (lookups_send(ctx, proxy->resolver))
		return true;
	while (ctx->out->count < OUTBOX_SIZE && resolver_next_answer(proxy->resolver, &answer)) {
		struct question *question = &proxy->questions[answer.token];

		question->is_used = false;
		if (is_to_be_told(&service->sockets[question->socket], &answer))
			tell(ctx, question, &answer);
	}
	return ctx->out->count >= OUTBOX_SIZE;
}
