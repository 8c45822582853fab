/* Name queries and node status (name-service.md 6 C4 and C5, 8). The first is what a server does
 * most: it copies and clears nothing that it can do without. */
#include <string.h>

#include "nbnsd/service/service_inner.h"

#include "nbnsd/service/answer.h"
#include "nbnsd/service/reply.h"

static struct outgoing *post_answer(struct context *ctx, const struct incoming *in)
{
	return service_post(ctx, in->socket, in->from.sin_addr, in->from.sin_port);
}

static void answer_positive(struct context *ctx, const struct incoming *in,
			    const struct nbt_packet *packet, const struct nbt_address *list,
			    size_t list_count)
{
	count(ctx, STAT_QUERY_POSITIVE);
	reply_positive(post_answer(ctx, in), packet, recursion_flag(ctx->service), list,
		       list_count);
}

static void answer_negative(struct context *ctx, const struct incoming *in,
			    const struct nbt_packet *packet)
{
	count(ctx, STAT_QUERY_NEGATIVE);
	reply_negative(post_answer(ctx, in), packet);
}

static void answer_own(struct context *ctx, const struct incoming *in,
		       const struct nbt_packet *packet)
{
	const struct nbt_question *question = &packet->question[0];
	struct nbt_address list[RECORD_MAX_ADDRESSES];
	size_t list_count = node_addresses(ctx->service->node, in->socket, &question->name,
					   &question->scope, list, RECORD_MAX_ADDRESSES);

	answer_positive(ctx, in, packet, list, list_count);
}

/*
 * The database.
 */

static enum answer decide(const struct context *ctx, const struct registry_brief *brief,
			  uint8_t suffix)
{
	return answer_decide(brief, suffix, ctx->service->settings.keep_master_names, ctx->now);
}

/* A domain master that answers; its first address. */
static bool find_master(const struct context *ctx, uint32_t id, const struct nbt_scope *scope,
			struct nbt_address *out)
{
	const struct registry *registry = ctx->service->registry;
	struct nbt_address list[RECORD_MAX_ADDRESSES];
	struct registry_brief brief;
	struct record record;

	if (id == REGISTRY_NONE)
		return false;
	registry_peek(registry, id, &brief);
	if (decide(ctx, &brief, NBT_SUFFIX_DMB) != ANSWER_ADDRESSES)
		return false;
	registry_get(registry, id, &record);
	if (!nbt_scope_equal(&record.scope, scope) ||
	    answer_addresses(&record, ctx->now, list) == 0)
		return false;
	*out = list[0];
	return true;
}

static size_t all_masters(const struct context *ctx, const struct nbt_scope *scope,
			  struct nbt_address list[RECORD_MAX_ADDRESSES])
{
	const struct masters *masters = &ctx->service->masters;
	size_t list_count = 0;

	for (uint32_t id = masters_next(masters, 0);
	     id != MASTERS_NONE && list_count < RECORD_MAX_ADDRESSES;
	     id = masters_next(masters, id + 1))
		if (find_master(ctx, id, scope, &list[list_count]))
			list_count++;
	return list_count;
}

/* Of the same domain, for the head of the list of its controllers. */
static size_t lead_with_master(const struct context *ctx, const struct record *record,
			       struct nbt_address list[RECORD_MAX_ADDRESSES], size_t list_count)
{
	struct nbt_name name = record->name;
	struct nbt_address master;

	name.bytes[NBT_NAME_LEN - 1] = NBT_SUFFIX_DMB;
	if (!find_master(ctx, registry_find(ctx->service->registry, &name, &record->scope),
			 &record->scope, &master))
		return list_count;
	return answer_lead(list, list_count, RECORD_MAX_ADDRESSES, master.address);
}

static size_t several_addresses(const struct context *ctx, uint32_t id,
				struct nbt_address list[RECORD_MAX_ADDRESSES])
{
	struct record record;
	size_t list_count;

	registry_get(ctx->service->registry, id, &record);
	list_count = answer_addresses(&record, ctx->now, list);
	if (list_count > 0 && ctx->service->settings.prepend_1b &&
	    record.kind == RECORD_SPECIAL_GROUP && nbt_name_suffix(&record.name) == NBT_SUFFIX_DC)
		list_count = lead_with_master(ctx, &record, list, list_count);
	return list_count;
}

/* Returns the number of entries; 0: a negative answer. id: the record of that name, or
 * REGISTRY_NONE. */
static size_t look_up(const struct context *ctx, const struct nbt_question *question, uint32_t id,
		      struct nbt_address list[RECORD_MAX_ADDRESSES])
{
	const struct registry *registry = ctx->service->registry;
	struct registry_brief brief;

	if (answer_is_all_masters(&question->name) && ctx->service->settings.wildcard_1b)
		return all_masters(ctx, &question->scope, list);
	if (id == REGISTRY_NONE)
		return 0;
	registry_peek(registry, id, &brief);
	switch (decide(ctx, &brief, nbt_name_suffix(&question->name))) {
	case ANSWER_GROUP:
		list[0] = (struct nbt_address){ NBT_NB_GROUP, { INADDR_BROADCAST } };
		return 1;
	case ANSWER_ADDRESSES:
		if (brief.address_count != 1 || brief.kind == RECORD_SPECIAL_GROUP)
			return several_addresses(ctx, id, list);
		list[0].flags = answer_nb_flags(brief.kind, brief.node_type);
		list[0].address = brief.address;
		return 1;
	case ANSWER_NEGATIVE:
		break;
	}
	return 0;
}

size_t queries_look_up(const struct context *ctx, const struct nbt_question *question,
		       struct nbt_address list[RECORD_MAX_ADDRESSES])
{
	return look_up(ctx, question,
		       registry_find(ctx->service->registry, &question->name, &question->scope),
		       list);
}

/*
 * Lists of members.
 */

enum listing queries_listing(const struct context *ctx, const struct nbt_question *question,
			     uint32_t *group)
{
	const struct registry *registry = ctx->service->registry;
	struct registry_brief brief;

	if (answer_is_everybody(&question->name))
		return LISTING_EVERYBODY;
	*group = registry_find(registry, &question->name, &question->scope);
	if (*group == REGISTRY_NONE)
		return LISTING_NONE;
	registry_peek(registry, *group, &brief);
	return decide(ctx, &brief, nbt_name_suffix(&question->name)) == ANSWER_GROUP ? LISTING_GROUP
										     : LISTING_NONE;
}

#define RECORDS_PER_DATAGRAM 2000 /* looked at for one answer */

/* As much as a datagram holds. false: what everybody is told will do. */
static bool answer_with_members(struct context *ctx, const struct incoming *in,
				const struct nbt_packet *packet)
{
	const struct nbt_question *question = &packet->question[0];
	struct service *service = ctx->service;
	struct roster *roster = service->datagram;
	struct outgoing *out;
	uint32_t group;
	bool more = false;

	roster_clear(roster);
	switch (queries_listing(ctx, question, &group)) {
	case LISTING_NONE:
		return false;
	case LISTING_GROUP:
		roster_add_group(roster, service->registry, group, ctx->now);
		break;
	case LISTING_EVERYBODY:
		more = !roster_add_scope(roster, service->registry, &question->scope, ctx->now,
					 RECORDS_PER_DATAGRAM);
		break;
	}
	if (roster_count(roster) == 0 && !more)
		return false;
	count(ctx, STAT_QUERY_MEMBERS);
	out = post_answer(ctx, in);
	out->len = (uint16_t)reply_roster(out->bytes, NBT_UDP_PAYLOAD_MAX, packet,
					  recursion_flag(service), roster, more);
	return true;
}

void queries_from_database(struct context *ctx, const struct incoming *in,
			   const struct nbt_packet *packet)
{
	const struct nbt_question *question = &packet->question[0];
	uint32_t id = registry_find(ctx->service->registry, &question->name, &question->scope);
	struct nbt_address list[RECORD_MAX_ADDRESSES];
	size_t list_count;

	if (may(ctx, MAY_HAVE_MEMBERS) && answer_with_members(ctx, in, packet)) {
		auditing_query(ctx, in->from.sin_addr, question, id, true);
		return;
	}
	list_count = look_up(ctx, question, id, list);
	if (list_count == 0 && fallback_answer(ctx, in, packet))
		return;
	auditing_query(ctx, in->from.sin_addr, question, id, list_count > 0);
	if (list_count > 0)
		answer_positive(ctx, in, packet, list, list_count);
	else
		answer_negative(ctx, in, packet);
}

/*
 * Questions.
 */

static void query(struct context *ctx, const struct incoming *in, const struct nbt_packet *packet)
{
	const struct nbt_question *question = &packet->question[0];
	const struct node *node = ctx->service->node;
	const struct node_found found =
		node_find(node, in->socket, &question->name, &question->scope);
	enum own_query decision =
		own_decide_query(&found, node_type_of(node), packet->flags & NBT_FLAG_RD,
				 sent_how(in, packet), ctx->service->settings.server);

	count(ctx, STAT_QUERY);
	if (decision == OWN_QUERY_IGNORE) {
		if (ctx->service->proxy != NULL && in->to_broadcast && found.hold == NODE_NOT_OURS)
			proxy_query(ctx, in, packet);
		else
			count(ctx, STAT_DROP_NOT_OURS);
		return;
	}
	if (!service_take_answer(ctx, in))
		return;
	if (decision == OWN_QUERY_NOT_OURS) {
		queries_from_database(ctx, in, packet);
		return;
	}
	auditing_query(ctx, in->from.sin_addr, question,
		       registry_find(ctx->service->registry, &question->name, &question->scope),
		       decision == OWN_QUERY_POSITIVE);
	if (decision == OWN_QUERY_POSITIVE)
		answer_own(ctx, in, packet);
	else
		answer_negative(ctx, in, packet);
}

/* Nobody is told that there is nothing, except in the scope of this host. */
static bool make_status(const struct context *ctx, const struct incoming *in,
			const struct nbt_packet *packet, struct nbt_node_status *status)
{
	const struct service *service = ctx->service;
	const struct nbt_question *question = &packet->question[0];
	const struct node_found found =
		node_find(service->node, in->socket, &question->name, &question->scope);

	if (!own_answers_status(&found, node_type_of(service->node), &question->name,
				sent_how(in, packet)))
		return false;
	status->count = (uint8_t)node_status_names(service->node, in->socket, &question->scope,
						   status->names, reply_status_limit(packet));
	memcpy(status->unit_id, service->sockets[in->socket].mac, sizeof(status->unit_id));
	memset(status->statistics, 0, sizeof(status->statistics));
	return status->count > 0 || nbt_scope_equal(&question->scope, &service->settings.scope);
}

static void answer_status(struct context *ctx, const struct incoming *in,
			  const struct nbt_packet *packet)
{
	struct nbt_node_status status;

	count(ctx, STAT_STATUS);
	if (!make_status(ctx, in, packet, &status)) {
		count(ctx, STAT_DROP_NOT_OURS);
		return;
	}
	if (!service_take_answer(ctx, in))
		return;
	count(ctx, STAT_STATUS_ANSWERED);
	reply_status(post_answer(ctx, in), packet, &status);
}

void queries_answer(struct context *ctx, const struct incoming *in, const struct nbt_packet *packet)
{
	if (packet->question_count == 0 || packet->question[0].klass != NBT_CLASS_IN)
		count(ctx, STAT_DROP_MALFORMED);
	else if (!may(ctx, MAY_QUERY) && !may(ctx, MAY_HAVE_MEMBERS))
		service_refuse(ctx, in->from.sin_addr, MAY_QUERY, STAT_REFUSED_QUERY);
	else if (packet->question[0].type == NBT_TYPE_NB)
		query(ctx, in, packet);
	else if (packet->question[0].type == NBT_TYPE_NBSTAT)
		answer_status(ctx, in, packet);
	else
		count(ctx, STAT_DROP_MALFORMED);
}
