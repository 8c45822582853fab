#include "nbnsd/service/service_inner.h"

#include <stdlib.h>
#include <string.h>

#include "common/access.h"
#include "nbnsd/registry/owners.h"
#include "nbnsd/service/replicas_inner.h"
#include "nbnsd/service/reply.h"

static const char *const stat_names[] = { SERVICE_STATS(STATS_NAME) };

/*
 * Create and destroy.
 */

static uint64_t random_word(const struct nbt_env *env)
{
	uint64_t word = 0;

	for (int i = 0; i < 4; i++)
		word = word << 16 | nbt_env_random(env, 1u << 16);
	return word;
}

/* What was loaded from the store. */
static bool index_masters(struct service *service)
{
	struct record record;

	for (uint32_t id = 0; id < registry_bound(service->registry); id++) {
		if (!registry_has(service->registry, id))
			continue;
		registry_get(service->registry, id, &record);
		if (!masters_set(&service->masters, id, is_active_master(&record)))
			return false;
	}
	return true;
}

static struct node_settings node_settings_of(const struct service_settings *settings)
{
	struct node_settings own = settings->node;

	own.type = (enum node_type)settings->node_type;
	own.scope = settings->scope;
	own.netbios_name = settings->netbios_name;
	own.workgroup = settings->workgroup;
	own.aliases = settings->aliases;
	return own;
}

static bool create_node(struct service *service, const struct nbt_env *env)
{
	const struct node_settings own = node_settings_of(&service->settings);

	service->node = node_create(&own, env);
	return service->node != NULL;
}

static bool create_parts(struct service *service, const struct nbt_env *env)
{
	const struct service_settings *settings = &service->settings;
	const struct hash_key key = { random_word(env), random_word(env) };

	service->dns_key = (struct hash_key){ random_word(env), random_word(env) };
	service_set_dns(service, &settings->dns);
	service->waiting = waiting_create(settings->max_waiting, &key);
	service->rate_limit = ratelimit_create(settings->rate_limit, random_word(env));
	service->collecting = changes_create();
	service->datagram = roster_create(NBT_UDP_PAYLOAD_MAX / NBT_ADDRESS_LEN);
	return service->waiting != NULL && service->rate_limit != NULL &&
	       service->collecting != NULL && service->datagram != NULL &&
	       (service->dns != NULL || settings->dns.names == 0) &&
	       challenges_init(&service->challenges, settings->challenge_retry_ms,
			       settings->challenge_tries, settings->max_challenges) &&
	       create_node(service, env) && lookups_create(service, env) && index_masters(service);
}

struct service *service_create(const struct service_settings *settings, struct registry *registry,
			       uint64_t next_version, lease_time lease_now,
			       const struct nbt_env *env)
{
	struct service *service = calloc(1, sizeof(*service));

	if (service == NULL)
		return NULL;
	service->settings = *settings;
	service->registry = registry;
	service->next_version = next_version;
	service->lease_start = lease_now;
	service->start_ms = env->now_ms;
	service->batch = 1;
	service->storing = true;
	service->stats = (struct stats){ stat_names, service->counters, STAT_COUNT };
	if (!create_parts(service, env) || !replicas_create(service, env) ||
	    !auditing_start(service, env)) {
		service_destroy(service);
		return NULL;
	}
	sweep_start(service, env->now_ms);
	return service;
}

void service_destroy(struct service *service)
{
	if (service == NULL)
		return;
	waiting_destroy(service->waiting);
	ratelimit_destroy(service->rate_limit);
	changes_destroy(service->collecting);
	changes_destroy(service->spare);
	roster_destroy(service->datagram);
	audit_destroy(service->audit);
	conflicts_destroy(service->conflicts);
	challenges_free(&service->challenges);
	replicas_destroy(service);
	lookups_destroy(service);
	node_destroy(service->node);
	masters_free(&service->masters);
	dns_cache_destroy(service->dns);
	free(service->sockets);
	free(service);
}

bool service_set_settings(struct service *service, const struct service_settings *settings,
			  const struct nbt_env *env)
{
	const struct node_settings own = node_settings_of(settings);
	bool done;

	service->settings = *settings;
	waiting_set_max(service->waiting, settings->max_waiting);
	done = ratelimit_set_rate(service->rate_limit, settings->rate_limit);
	done &= challenges_set(&service->challenges, settings->challenge_retry_ms,
			       settings->challenge_tries, settings->max_challenges);
	done &= replicas_set_settings(service);
	done &= node_set_settings(service->node, &own, env);
	done &= lookups_set_settings(service, env);
	done &= auditing_set_settings(service);
	sweep_set_settings(service);
	return done;
}

/* Out of memory, what there was stays. */
void service_set_sockets(struct service *service, const struct served_socket *sockets,
			 size_t socket_count)
{
	static const struct nbt_env at_once = { .now_ms = 0 }; /* what follows is due */
	struct served_socket *copy = calloc(socket_count + 1, sizeof(*copy));

	if (copy == NULL)
		return;
	if (socket_count > 0)
		memcpy(copy, sockets, socket_count * sizeof(*copy));
	node_set_sockets(service->node, copy, socket_count, &at_once);
	free(service->sockets);
	service->sockets = copy;
	service->socket_count = socket_count;
	lookups_set_sockets(service);
}

void service_set_access(struct service *service, const struct access_list *access)
{
	service->settings.access = access;
}

static uint32_t rights_of(const struct service *service, struct in_addr source)
{
	const struct access_list *access = service->settings.access;

	return access != NULL ? access_rights(access, source) : 0;
}

bool service_may(const struct service *service, struct in_addr source, enum service_rule rule)
{
	return (rights_of(service, source) >> rule & 1) != 0;
}

#define NEWS_MS (3600 * UINT64_C(1000))

void service_refuse(struct context *ctx, struct in_addr source, enum service_rule rule,
		    enum service_stat counter)
{
	struct refusal *refusal = &ctx->service->refusals[rule];
	uint64_t now_ms = ctx->env->now_ms;

	count(ctx, counter);
	if (refusal->told_ms != 0 && now_ms - refusal->told_ms < NEWS_MS)
		return;
	*refusal = (struct refusal){ source, true, now_ms > 0 ? now_ms : 1 };
	ctx->service->has_refused = true;
}

bool service_next_refusal(struct service *service, struct in_addr *source, enum service_rule *rule)
{
	for (int i = 0; service->has_refused && i < SERVICE_RULES; i++) {
		if (!service->refusals[i].is_news)
			continue;
		service->refusals[i].is_news = false;
		*source = service->refusals[i].source;
		*rule = (enum service_rule)i;
		return true;
	}
	service->has_refused = false;
	return false;
}

/*
 * What its parts have in common.
 */

lease_time service_lease_now(const struct service *service, const struct nbt_env *env)
{
	return service->lease_start + (lease_time)((env->now_ms - service->start_ms) / 1000);
}

struct context service_context(struct service *service, struct outbox *out,
			       const struct nbt_env *env)
{
	return (struct context){
		.service = service, .out = out, .env = env, .now = service_lease_now(service, env)
	};
}

struct outgoing *service_post(struct context *ctx, uint16_t socket, struct in_addr address,
			      in_port_t port)
{
	struct outgoing *packet = &ctx->out->packet[ctx->out->count++];

	packet->socket = socket;
	packet->is_broadcast = false;
	packet->to.sin_family = AF_INET;
	packet->to.sin_port = port;
	packet->to.sin_addr = address;
	memset(packet->to.sin_zero, 0, sizeof(packet->to.sin_zero));
	return packet;
}

bool service_take_answer(struct context *ctx, const struct incoming *in)
{
	if (may(ctx, MAY_ASK_ON) ||
	    ratelimit_take(ctx->service->rate_limit, in->from.sin_addr, ctx->env->now_ms))
		return true;
	count(ctx, STAT_DROP_RATE);
	return false;
}

struct terms service_terms(const struct context *ctx)
{
	const struct service_settings *settings = &ctx->service->settings;

	return (struct terms){ .now = ctx->now,
			       .renewal_s = settings->renewal_s,
			       .extinction_s = settings->extinction_s,
			       .extinction_timeout_s = settings->extinction_timeout_s,
			       .version = ctx->service->next_version,
			       .tells_who_left = service_replicates(ctx->service) };
}

static uint32_t add(struct service *service, const struct record *record)
{
	uint32_t id = registry_add(service->registry, record);

	if (id == REGISTRY_NONE)
		return REGISTRY_NONE;
	if (masters_set(&service->masters, id, is_active_master(record)) &&
	    changes_put(service->collecting, id, record)) {
		if (service->watched)
			telling_change(service, NULL, record);
		return id;
	}
	masters_set(&service->masters, id, false);
	registry_remove(service->registry, id);
	return REGISTRY_NONE;
}

static bool lists_all(const struct record *record, const struct record *of)
{
	for (size_t i = 0; i < of->address_count; i++) {
		size_t j = 0;

		while (j < record->address_count &&
		       record->address[j].address.s_addr != of->address[i].address.s_addr)
			j++;
		if (j == record->address_count)
			return false;
	}
	return true;
}

static bool is_move(const struct record *before, const struct record *now)
{
	return now->state == RECORD_ACTIVE && record_is_owned(now) &&
	       before->state == RECORD_ACTIVE && record_is_owned(before) && !lists_all(before, now);
}

/* A group that was another server's ends here; that one may have it still. */
static bool ends_here_only(const struct record *before, const struct record *now)
{
	return before->kind == RECORD_GROUP && before->state == RECORD_ACTIVE &&
	       record_is_owned(now) && now->state == RECORD_RELEASED && now->changed_hands;
}

/* If only the registry has no room, the store knows more than we do: nobody was told. */
static uint32_t replace(struct service *service, uint32_t id, const struct record *record)
{
	bool is_looked_at = service->watched || service_replicates(service);
	struct record before;

	if (is_looked_at)
		registry_get(service->registry, id, &before);
	if (!masters_set(&service->masters, id, is_active_master(record)) ||
	    !changes_put(service->collecting, id, record) ||
	    !registry_replace(service->registry, id, record))
		return REGISTRY_NONE;
	if (service->watched)
		telling_change(service, &before, record);
	if (is_looked_at)
		service->replication.news.address_changes += is_move(&before, record);
	if (service_replicates(service) && ends_here_only(&before, record))
		replicas_ask_others(service, OWNER_SELF);
	return id;
}

static void note_version(struct service *service, uint64_t version)
{
	registry_owner_see(service->registry, OWNER_SELF, version);
	if (version < service->next_version)
		return;
	service->next_version = version + 1;
	service->replication.news.versions++;
}

uint32_t service_keep(struct service *service, uint32_t id, const struct record *record)
{
	if (record_is_owned(record))
		note_version(service, record->version);
	return id == REGISTRY_NONE ? add(service, record) : replace(service, id, record);
}

void service_note_conflict(struct context *ctx, const struct claim *claim,
			   enum conflict_outcome outcome, const struct record *record)
{
	struct conflict conflict = {
		.name = claim->name,
		.scope = claim->scope,
		.outcome = (uint8_t)outcome,
		.is_group = claim_is_group(claim),
		.claimant = claim->address,
		.last_s = ctx->env->wall_s,
	};

	if (record != NULL)
		conflict.holder_count = record->address_count;
	for (size_t i = 0; i < conflict.holder_count && i < CONFLICT_HOLDERS; i++)
		conflict.holder[i] = record->address[i].address;
	(void)conflicts_note(ctx->service->conflicts, &conflict);
}

/*
 * Packets in, packets out.
 */

typedef void receive_fn(struct context *ctx, const struct incoming *in,
			const struct nbt_packet *packet);

/* Requests; whatever else there may be is dropped. Queries are counted by their kinds. */
static const struct {
	receive_fn *receive;
	enum service_stat received; /* STAT_COUNT: not here */
} operations[NBT_OPCODE_COUNT] = {
	[NBT_OP_QUERY] = { queries_answer, STAT_COUNT },
	[NBT_OP_REGISTRATION] = { claims_receive, STAT_REGISTRATION },
	[NBT_OP_RELEASE] = { claims_receive, STAT_RELEASE },
	[NBT_OP_REFRESH] = { claims_receive, STAT_REFRESH },
	[NBT_OP_REFRESH_ALT] = { claims_receive, STAT_REFRESH },
	[NBT_OP_MULTIHOMED] = { claims_receive, STAT_MULTIHOMED },
};

/* Queries are the name server's, who asks those that are registered; the rest is for our names. */
static void receive_response(struct context *ctx, const struct incoming *in,
			     const struct nbt_packet *packet)
{
	if (packet->opcode == NBT_OP_QUERY) {
		if (!lookups_response(ctx, in, packet))
			contests_receive(ctx, in, packet);
		return;
	}
	count(ctx, STAT_OWN_RESPONSE);
	if (!node_response(ctx->service->node, in->socket, &in->from, packet, ctx->env))
		count(ctx, STAT_DROP_RESPONSE);
}

/* Who could be answered: 0.0.0.0 would be ourselves. */
static bool has_sender(const struct incoming *in)
{
	return in->from.sin_addr.s_addr != INADDR_ANY && in->from.sin_port != 0;
}

void service_expect(const struct service *service, const struct incoming *in, size_t count)
{
	struct nbt_name names[REGISTRY_EXPECT_MAX];
	struct in_addr sources[REGISTRY_EXPECT_MAX];
	uint32_t ids[REGISTRY_EXPECT_MAX];
	struct nbt_scope scope;
	size_t number = 0, used;

	/* A name that is no plain one is just not expected. */
	for (size_t i = 0; i < count && number < REGISTRY_EXPECT_MAX; i++)
		if (in[i].len > NBT_HEADER_LEN &&
		    nbt_name_decode(&names[number], &scope, in[i].bytes + NBT_HEADER_LEN,
				    in[i].len - NBT_HEADER_LEN, &used) == NBT_OK &&
		    scope.len == 0)
			sources[number++] = in[i].from.sin_addr;
	registry_expect(service->registry, names, ids, number);
	if (service->audit != NULL)
		audit_expect(service->audit, sources, ids, names, number);
	ratelimit_expect(service->rate_limit, sources, number);
}

void service_receive(struct service *service, const struct incoming *in, struct outbox *out,
		     const struct nbt_env *env)
{
	struct context ctx = service_context(service, out, env);
	struct nbt_packet packet;

	ctx.rights = rights_of(service, in->from.sin_addr);
	if (in->socket >= service->socket_count || !has_sender(in)) {
		count(&ctx, STAT_DROP_NOT_OURS); /* its interface has gone, or nobody sent it */
	} else if (nbt_packet_decode(&packet, in->bytes, in->len) != NBT_OK) {
		count(&ctx, STAT_DROP_MALFORMED);
	} else if (packet.flags & NBT_FLAG_R) {
		receive_response(&ctx, in, &packet);
	} else if (operations[packet.opcode].receive != NULL) {
		if (operations[packet.opcode].received != STAT_COUNT)
			count(&ctx, operations[packet.opcode].received);
		operations[packet.opcode].receive(&ctx, in, &packet);
	} else {
		count(&ctx, STAT_DROP_OPCODE);
	}
}

uint64_t service_deadline(const struct service *service)
{
	uint64_t due_ms = nbt_earlier(contests_deadline(service), service->sweep.due_ms);

	due_ms = nbt_earlier(due_ms, service->saving.due_ms);
	due_ms = nbt_earlier(due_ms, mappings_deadline(service));
	due_ms = nbt_earlier(due_ms, replicas_deadline(service));
	due_ms = nbt_earlier(due_ms, lookups_deadline(service));
	due_ms = nbt_earlier(due_ms, fallback_deadline(service));
	return service->recovering ? due_ms : nbt_earlier(due_ms, node_deadline(service->node));
}

bool service_wake(struct service *service, struct outbox *out, const struct nbt_env *env)
{
	struct context ctx = service_context(service, out, env);

	sweep_slice(&ctx);
	mappings_slice(&ctx);
	auditing_slice(&ctx);
	replicas_slice(&ctx);
	return own_claims_carry_on(&ctx) || lookups_carry_on(&ctx) || contests_carry_on(&ctx) ||
	       fallback_carry_on(&ctx) || replicas_carry_on(&ctx);
}

/*
 * The store.
 */

struct changes *service_take_changes(struct service *service)
{
	struct changes *full = service->collecting;

	if (changes_count(full) == 0 || !service->storing)
		return NULL;
	if (service->spare == NULL)
		service->spare = changes_create();
	if (service->spare == NULL)
		return NULL; /* out of memory: it goes on growing */
	service->collecting = service->spare;
	service->spare = NULL;
	service->batch++;
	return full;
}

void service_committed(struct service *service, struct changes *changes)
{
	service->committed++;
	replicas_committed(service, changes);
	changes_clear(changes);
	if (service->spare == NULL)
		service->spare = changes;
	else
		changes_destroy(changes);
}

bool service_answers(struct service *service, struct outbox *out, const struct nbt_env *env)
{
	struct context ctx = service_context(service, out, env);
	enum waiting_for what;

	while (out->count < OUTBOX_SIZE) {
		uint32_t number = waiting_take_due(service->waiting, service->committed, &what);

		if (number == WAITING_NONE)
			return false;
		if (what == WAITING_FOR_DECISION) {
			waiting_append(service->waiting, &service->again, number);
			continue;
		}
		claim_answer(&ctx, waiting_claim(service->waiting, number), NBT_RCODE_OK);
		waiting_remove(service->waiting, number);
	}
	return true;
}

void service_set_storing(struct service *service, bool storing)
{
	service->storing = storing;
}

void service_set_recovering(struct service *service, bool recovering)
{
	service->recovering = recovering;
}

/*
 * Parts.
 */

struct node *service_node(struct service *service)
{
	return service->node;
}

struct stats *service_stats(struct service *service)
{
	return &service->stats;
}
