#include "nbnsd/node/resolver_inner.h"

#include <stdlib.h>
#include <string.h>

static const char *const stat_names[] = { RESOLVER_STATS(STATS_NAME) };

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

void resolver_set_settings(struct resolver *resolver, const struct resolver_settings *settings)
{
	resolver->settings = *settings;
	if (resolver->settings.server_count > RESOLVER_SERVERS_MAX)
		resolver->settings.server_count = RESOLVER_SERVERS_MAX;
	if (resolver->settings.port == 0)
		resolver->settings.port = NBT_NAME_PORT;
	for (size_t i = 0; i < resolver->settings.server_count; i++)
		resolver->servers[i] = settings->servers[i];
	resolver->settings.servers = resolver->servers;
	memset(resolver->silent_until, 0, sizeof(resolver->silent_until));
}

struct resolver *resolver_create(const struct resolver_settings *settings,
				 const struct nbt_env *env)
{
	const struct hash_key key = { random_word(env), random_word(env) };
	struct resolver *resolver = calloc(1, sizeof(*resolver));

	if (resolver == NULL)
		return NULL;
	resolver->cache = name_cache_create(&key);
	if (resolver->cache == NULL) {
		resolver_destroy(resolver);
		return NULL;
	}
	resolver_set_settings(resolver, settings);
	for (size_t i = 0; i < ASKERS; i++)
		resolver->askers[i].next = i + 1 < ASKERS ? &resolver->askers[i + 1] : NULL;
	resolver->free_askers = resolver->askers;
	resolver->stats = (struct stats){ stat_names, resolver->counters, RESOLVER_STAT_COUNT };
	return resolver;
}

void resolver_destroy(struct resolver *resolver)
{
	if (resolver == NULL)
		return;
	name_cache_destroy(resolver->cache);
	free(resolver);
}

void resolver_set_sockets(struct resolver *resolver, const struct served_socket *sockets,
			  size_t count)
{
	resolver->sockets = sockets;
	resolver->socket_count = count;
}

bool resolver_has_address(const struct resolver *resolver, struct in_addr address)
{
	for (size_t i = 0; i < resolver->socket_count; i++)
		if (resolver->sockets[i].address.s_addr == address.s_addr)
			return address.s_addr != INADDR_ANY;
	return false;
}

struct stats *resolver_stats(struct resolver *resolver)
{
	return &resolver->stats;
}

/*
 * Look-ups.
 */

void lookup_add(struct lookup *lookup, const struct nbt_address *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t place = 0;

		while (place < lookup->count &&
		       lookup->list[place].address.s_addr != list[i].address.s_addr)
			place++;
		if (place == lookup->count && place < RESOLVER_ADDRESSES_MAX)
			lookup->list[lookup->count++] = list[i];
	}
}

/* What is said for one interface may be wrong for the others. The master of a browse domain may be
 * another host a moment later, and no P node hears of it. */
static bool is_for_cache(const struct lookup *lookup)
{
	return (lookup->question.way == RESOLVE_AS_NODE || lookup->question.way == RESOLVE_NBNS) &&
	       nbt_name_suffix(&lookup->question.name) != NBT_SUFFIX_LMB &&
	       lookup->question.interface.s_addr == INADDR_ANY && lookup->was_asked &&
	       !lookup->in_conflict && lookup->rcode != NBT_RCODE_SRV_ERR &&
	       (lookup->flags & NBT_FLAG_TC) == 0 && lookup->count <= NAME_CACHE_ADDRESSES;
}

static void remember(struct resolver *resolver, const struct lookup *lookup,
		     const struct nbt_env *env)
{
	const struct resolver_settings *settings = &resolver->settings;
	uint64_t most = lookup->count > 0 ? settings->cache_ms : settings->negative_cache_ms;
	struct name_cache_entry entry = {
		.name = lookup->question.name,
		.scope = lookup->question.scope,
		.way = (uint8_t)lookup->question.way,
		.count = (uint8_t)lookup->count,
		.until_ms = env->now_ms + nbt_earlier(most, lookup->believe_ms),
		.from = lookup->from,
	};

	memcpy(entry.list, lookup->list, lookup->count * sizeof(*lookup->list));
	name_cache_put(resolver->cache, &entry, env->now_ms);
}

static enum resolver_stat stat_of(enum nbt_rcode rcode)
{
	if (rcode == NBT_RCODE_OK)
		return RESOLVER_POSITIVE;
	return rcode == NBT_RCODE_SRV_ERR ? RESOLVER_SILENT : RESOLVER_NEGATIVE;
}

void lookup_decide(struct resolver *resolver, struct lookup *lookup, enum nbt_rcode rcode,
		   const struct nbt_env *env)
{
	lookup->is_decided = true;
	lookup->decide_ms = NBT_NEVER;
	lookup->rcode = (uint8_t)rcode;
	resolver_count(resolver, stat_of(rcode));
	if (lookup->source != SOURCE_END)
		resolver_count(resolver, resolver_source_stat(lookup->source));
	if (is_for_cache(lookup))
		remember(resolver, lookup, env);
	lookup_settle(resolver, lookup);
}

void lookup_settle(struct resolver *resolver, struct lookup *lookup)
{
	if (lookup->order == NULL || !lookup->is_decided || lookup->askers != NULL ||
	    lookup->running > 0)
		return;
	if (lookup->told != NULL)
		exchange_free(resolver, lookup->told);
	lookup->order = NULL;
	resolver->lookups_used--;
}

/*
 * Questions.
 */

static bool is_same(const struct resolver_question *a, const struct resolver_question *b)
{
	return a->way == b->way && nbt_name_equal(&a->name, &b->name) &&
	       nbt_scope_equal(&a->scope, &b->scope) &&
	       a->interface.s_addr == b->interface.s_addr && a->peer.s_addr == b->peer.s_addr &&
	       a->peer_port == b->peer_port && a->recursion == b->recursion;
}

/* One that is not decided; or a free one. */
static struct lookup *find_lookup(struct resolver *resolver,
				  const struct resolver_question *question)
{
	struct lookup *vacant = NULL;

	for (size_t i = 0; i < LOOKUPS; i++) {
		struct lookup *lookup = &resolver->lookups[i];

		if (lookup->order == NULL)
			vacant = lookup;
		else if (!lookup->is_decided && is_same(&lookup->question, question))
			return lookup;
	}
	return vacant;
}

static bool has_its_share(const struct resolver *resolver, uint32_t client)
{
	size_t asks = 0;

	if (resolver->settings.per_client == 0)
		return false;
	for (size_t i = 0; i < LOOKUPS; i++) {
		const struct lookup *lookup = &resolver->lookups[i];
		const struct asker *asker = lookup->order != NULL ? lookup->askers : NULL;

		for (; asker != NULL; asker = asker->next)
			asks += asker->client == client;
	}
	return asks >= resolver->settings.per_client;
}

static bool add_asker(struct resolver *resolver, struct lookup *lookup, uint32_t client,
		      uint32_t token)
{
	struct asker *asker = resolver->free_askers;

	if (asker == NULL)
		return false;
	resolver->free_askers = asker->next;
	*asker = (struct asker){ lookup->askers, client, token };
	lookup->askers = asker;
	return true;
}

static void begin(struct resolver *resolver, struct lookup *lookup,
		  const struct resolver_question *question, const struct nbt_env *env)
{
	lookup->question = *question;
	lookup->order = resolver_order(resolver, question);
	lookup->source = SOURCE_END;
	lookup->is_decided = lookup->was_asked = lookup->in_conflict = lookup->is_silent = false;
	lookup->decide_ms = lookup->believe_ms = NBT_NEVER;
	lookup->running = lookup->count = 0;
	lookup->told = NULL;
	lookup->flags = 0;
	lookup->from.s_addr = INADDR_ANY;
	resolver->lookups_used++;
	lookup_advance(resolver, lookup, env);
}

enum nbt_rcode resolver_ask(struct resolver *resolver, const struct resolver_question *question,
			    uint32_t client, uint32_t token, const struct nbt_env *env)
{
	struct lookup *lookup = find_lookup(resolver, question);
	bool is_new = lookup != NULL && lookup->order == NULL;

	resolver_count(resolver, RESOLVER_QUESTIONS);
	if (question->interface.s_addr != INADDR_ANY &&
	    !resolver_has_address(resolver, question->interface))
		return NBT_RCODE_SRV_ERR;
	if (is_new)
		lookup->askers = NULL;
	if (lookup == NULL || has_its_share(resolver, client) ||
	    (is_new && LOOKUPS - resolver->lookups_used <= question->leave_free) ||
	    !add_asker(resolver, lookup, client, token)) {
		resolver_count(resolver, RESOLVER_BUSY);
		return NBT_RCODE_SRV_ERR;
	}
	if (is_new)
		begin(resolver, lookup, question, env);
	else
		resolver_count(resolver, RESOLVER_SHARED);
	return NBT_RCODE_OK;
}

static void free_asker(struct resolver *resolver, struct asker **link)
{
	struct asker *asker = *link;

	*link = asker->next;
	asker->next = resolver->free_askers;
	resolver->free_askers = asker;
}

static void remove_askers(struct resolver *resolver, struct lookup *lookup, uint32_t client)
{
	struct asker **link = &lookup->askers;

	while (*link != NULL)
		if ((*link)->client == client)
			free_asker(resolver, link);
		else
			link = &(*link)->next;
	lookup_settle(resolver, lookup);
}

void resolver_client_gone(struct resolver *resolver, uint32_t client)
{
	for (size_t i = 0; i < LOOKUPS; i++)
		if (resolver->lookups[i].order != NULL)
			remove_askers(resolver, &resolver->lookups[i], client);
}

static void give(struct resolver *resolver, struct lookup *lookup, struct resolver_answer *answer)
{
	*answer = (struct resolver_answer){
		.client = lookup->askers->client,
		.token = lookup->askers->token,
		.question = &lookup->question,
		.rcode = lookup->rcode,
		.flags = lookup->flags,
		.from = lookup->from,
		.count = lookup->count,
		.list = lookup->list,
		.status = lookup->told != NULL ? &lookup->told->of.status.node : NULL,
	};
	free_asker(resolver, &lookup->askers);
	lookup_settle(resolver, lookup); /* the slot is not given out before the next question */
}

/* NULL: none. */
static const struct lookup *find_answer(const struct resolver *resolver)
{
	for (size_t i = 0, left = resolver->lookups_used; left > 0; i++) {
		const struct lookup *lookup = &resolver->lookups[i];

		if (lookup->order == NULL)
			continue;
		left--;
		if (lookup->is_decided && lookup->askers != NULL)
			return lookup;
	}
	return NULL;
}

bool resolver_next_answer(struct resolver *resolver, struct resolver_answer *answer)
{
	const struct lookup *lookup = find_answer(resolver);

	if (lookup == NULL)
		return false;
	give(resolver, &resolver->lookups[lookup - resolver->lookups], answer);
	return true;
}

bool resolver_has_answer(const struct resolver *resolver)
{
	return find_answer(resolver) != NULL;
}

/*
 * The name cache.
 */

void resolver_forget(struct resolver *resolver, const struct nbt_name *name,
		     const struct nbt_scope *scope)
{
	name_cache_forget(resolver->cache, name, scope);
}

void resolver_flush(struct resolver *resolver)
{
	name_cache_flush(resolver->cache);
}

const struct name_cache_entry *resolver_cache_next(const struct resolver *resolver, size_t *cursor,
						   uint64_t now_ms)
{
	return name_cache_next(resolver->cache, cursor, now_ms);
}
