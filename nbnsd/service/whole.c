#include "nbnsd/service/whole.h"

#include <stdlib.h>
#include <string.h>

#include "nbnsd/service/reply.h"
#include "nbnsd/service/service_inner.h"

#define RECORDS_PER_STEP 1000

struct whole {
	struct service *service;
	struct nbt_packet query;
	bool about_everybody;
	struct roster *roster; /* NULL: the answer was short, and is there */
	size_t limit;          /* of the answer */
	size_t len;            /* 0: not there yet */
	uint8_t bytes[WHOLE_MAX];
};

static bool is_question(const struct nbt_packet *packet)
{
	return packet->opcode == NBT_OP_QUERY && !(packet->flags & NBT_FLAG_R) &&
	       packet->question_count == 1 && packet->question[0].klass == NBT_CLASS_IN;
}

/* Sent as a name server is asked: others ask for this host's own names. */
static bool is_for_database(const struct whole *whole, const struct incoming *in)
{
	return whole->service->settings.server && whole->query.question[0].type == NBT_TYPE_NB &&
	       whole->query.flags & NBT_FLAG_RD && sent_how(in, &whole->query) == SENT_UNICAST;
}

static void encode(struct whole *whole)
{
	uint16_t recursion = recursion_flag(whole->service);
	struct outgoing none;

	if (roster_count(whole->roster) > 0) {
		whole->len = reply_roster(whole->bytes, whole->limit, &whole->query, recursion,
					  whole->roster, false);
		return;
	}
	reply_negative(&none, &whole->query);
	whole->len = none.len;
	memcpy(whole->bytes, none.bytes, none.len);
}

/* What fits into a datagram anyway. */
static bool answer_shortly(struct whole *whole, struct context *ctx, const struct incoming *in)
{
	struct outbox *out = malloc(sizeof(*out));

	if (out == NULL)
		return false;
	out->count = 0;
	ctx->out = out;
	queries_answer(ctx, in, &whole->query);
	if (out->count > 0) {
		whole->len = out->packet[0].len;
		memcpy(whole->bytes, out->packet[0].bytes, whole->len);
	}
	free(out);
	return whole->len > 0;
}

/* LISTING_NONE also when no member is known. */
static enum listing begin_list(struct whole *whole, const struct context *ctx)
{
	uint32_t group;
	enum listing listing = queries_listing(ctx, &whole->query.question[0], &group);

	if (listing == LISTING_NONE)
		return LISTING_NONE;
	whole->roster = roster_create(ROSTER_MAX);
	if (whole->roster == NULL)
		return LISTING_NONE;
	if (listing == LISTING_EVERYBODY)
		return listing;
	roster_add_group(whole->roster, whole->service->registry, group, ctx->now);
	return roster_count(whole->roster) > 0 ? listing : LISTING_NONE;
}

static bool begin(struct whole *whole, const struct incoming *in, const struct nbt_env *env)
{
	struct context ctx = service_context(whole->service, NULL, env);

	const struct nbt_question *question = &whole->query.question[0];
	enum listing listing = LISTING_NONE;

	ctx.is_whole = true;
	if (in->socket >= whole->service->socket_count ||
	    nbt_packet_decode(&whole->query, in->bytes, in->len) != NBT_OK ||
	    !is_question(&whole->query))
		return false;
	if (is_for_database(whole, in))
		listing = begin_list(whole, &ctx);
	if (listing == LISTING_NONE) {
		ctx.rights = 1U << MAY_QUERY | 1U << MAY_ASK_ON;
		return answer_shortly(whole, &ctx, in);
	}
	count(&ctx, STAT_QUERY);
	count(&ctx, STAT_QUERY_MEMBERS);
	auditing_query(&ctx, in->from.sin_addr, question,
		       registry_find(ctx.service->registry, &question->name, &question->scope),
		       true);
	whole->about_everybody = listing == LISTING_EVERYBODY;
	if (!whole->about_everybody)
		encode(whole);
	return true;
}

struct whole *whole_begin(struct service *service, const struct incoming *in, size_t limit,
			  const struct nbt_env *env)
{
	struct whole *whole = malloc(sizeof(*whole));

	if (whole == NULL)
		return NULL;
	whole->service = service;
	whole->roster = NULL;
	whole->limit = limit;
	whole->len = 0;
	if (begin(whole, in, env))
		return whole;
	whole_destroy(whole);
	return NULL;
}

void whole_destroy(struct whole *whole)
{
	if (whole == NULL)
		return;
	roster_destroy(whole->roster);
	free(whole);
}

bool whole_step(struct whole *whole, const struct nbt_env *env)
{
	const struct service *service = whole->service;

	if (whole->len > 0)
		return true;
	if (!roster_add_scope(whole->roster, service->registry, &whole->query.question[0].scope,
			      service_lease_now(service, env), RECORDS_PER_STEP))
		return false;
	encode(whole);
	return true;
}

const uint8_t *whole_answer(const struct whole *whole, size_t *len)
{
	*len = whole->len;
	return whole->bytes;
}
