/* Where a name is looked for, in which order, and what each source has to say. */
#include "nbnsd/node/resolver_inner.h"

/*
 * The orders (name-service.md 4.1). The database comes before the cache where it is asked first: it
 * costs nothing and is never old. A group that we are in is asked for as any other, and counts when
 * nobody else knows it.
 */

#define FIRST SOURCE_OWN_NAME, SOURCE_PRELOADED
#define NBNS  SOURCE_NBNS
#define LAST  SOURCE_LMHOSTS, SOURCE_OWN, SOURCE_END

static const uint8_t as_node[][10] = {
	[NODE_B] = { FIRST, SOURCE_CACHE, SOURCE_BROADCAST, LAST },
	[NODE_P] = { FIRST, SOURCE_DATABASE, SOURCE_CACHE, SOURCE_NBNS, LAST },
	[NODE_M] = { FIRST, SOURCE_CACHE, SOURCE_BROADCAST, SOURCE_DATABASE, SOURCE_NBNS, LAST },
	[NODE_H] = { FIRST, SOURCE_DATABASE, SOURCE_CACHE, SOURCE_NBNS, SOURCE_BROADCAST, LAST },
};

static const uint8_t other_ways[RESOLVER_WAYS][4] = {
	[RESOLVE_LOCAL] = { SOURCE_OWN, SOURCE_END },
	[RESOLVE_BROADCAST] = { SOURCE_OWN_NAME, SOURCE_BROADCAST, SOURCE_OWN, SOURCE_END },
	[RESOLVE_NBNS] = { SOURCE_DATABASE, SOURCE_CACHE, SOURCE_NBNS, SOURCE_END },
	[RESOLVE_PEER] = { SOURCE_PEER, SOURCE_END },
	[RESOLVE_STATUS] = { SOURCE_STATUS, SOURCE_END },
};

/* Nothing is sent to ourselves: what would be answered is looked up. */
static const uint8_t ourselves[] = { SOURCE_OWN, SOURCE_END };
static const uint8_t our_database[] = { SOURCE_OWN_NAME, SOURCE_DATABASE, SOURCE_END };

const uint8_t *resolver_order(const struct resolver *resolver,
			      const struct resolver_question *question)
{
	if (question->way == RESOLVE_AS_NODE)
		return as_node[resolver->settings.type];
	if (question->way == RESOLVE_PEER && resolver_has_address(resolver, question->peer))
		return question->recursion && resolver->settings.sources.database != NULL
			       ? our_database
			       : ourselves;
	return other_ways[question->way];
}

/*
 * Sources.
 */

enum found { MISS, FOUND, ASKED };
typedef enum found look_fn(struct resolver *resolver, struct lookup *lookup,
			   const struct nbt_env *env);

static enum found found(struct lookup *lookup, size_t count)
{
	lookup->count = count;
	return count > 0 ? FOUND : MISS;
}

static enum found look_at_own(struct resolver *resolver, struct lookup *lookup,
			      const struct nbt_env *env)
{
	const struct resolver_sources *sources = &resolver->settings.sources;
	const struct resolver_question *question = &lookup->question;
	struct in_addr interface =
		question->way == RESOLVE_PEER ? question->peer : question->interface;

	(void)env;
	return found(lookup, sources->own(sources->ctx, interface, &question->name,
					  &question->scope, lookup->list, RESOLVER_ADDRESSES_MAX));
}

static enum found look_at_own_name(struct resolver *resolver, struct lookup *lookup,
				   const struct nbt_env *env)
{
	if (look_at_own(resolver, lookup, env) == MISS)
		return MISS;
	return found(lookup, lookup->list[0].flags & NBT_NB_GROUP ? 0 : lookup->count);
}

static enum found look_at_lmhosts(struct resolver *resolver, struct lookup *lookup, bool preloaded)
{
	const struct resolver_sources *sources = &resolver->settings.sources;

	if (sources->lmhosts == NULL || lookup->question.scope.len > 0)
		return MISS; /* the file knows no scopes */
	return found(lookup, sources->lmhosts(sources->ctx, preloaded, &lookup->question.name,
					      lookup->list, RESOLVER_ADDRESSES_MAX));
}

static enum found look_at_preloaded(struct resolver *resolver, struct lookup *lookup,
				    const struct nbt_env *env)
{
	(void)env;
	return look_at_lmhosts(resolver, lookup, true);
}

static enum found look_at_all_lmhosts(struct resolver *resolver, struct lookup *lookup,
				      const struct nbt_env *env)
{
	(void)env;
	return look_at_lmhosts(resolver, lookup, false);
}

static enum found look_at_database(struct resolver *resolver, struct lookup *lookup,
				   const struct nbt_env *env)
{
	const struct resolver_sources *sources = &resolver->settings.sources;

	if (sources->database == NULL)
		return MISS;
	return found(lookup, sources->database(sources->ctx, &lookup->question.name,
					       &lookup->question.scope, lookup->list,
					       RESOLVER_ADDRESSES_MAX, env));
}

/* A negative entry ends the look-up: nothing was left to ask when it was made. */
static enum found look_at_cache(struct resolver *resolver, struct lookup *lookup,
				const struct nbt_env *env)
{
	const struct resolver_question *question = &lookup->question;
	const struct name_cache_entry *entry;

	if (question->interface.s_addr != INADDR_ANY)
		return MISS;
	entry = name_cache_find(resolver->cache, (uint8_t)question->way, &question->name,
				&question->scope, env->now_ms);
	if (entry == NULL)
		return MISS;
	lookup->from = entry->from;
	lookup_add(lookup, entry->list, entry->count);
	return FOUND;
}

static enum found ask_nbns(struct resolver *resolver, struct lookup *lookup,
			   const struct nbt_env *env)
{
	return exchange_nbns(resolver, lookup, env) ? ASKED : MISS;
}

static enum found ask_subnets(struct resolver *resolver, struct lookup *lookup,
			      const struct nbt_env *env)
{
	return exchange_broadcast(resolver, lookup, env) ? ASKED : MISS;
}

static enum found ask_peer(struct resolver *resolver, struct lookup *lookup,
			   const struct nbt_env *env)
{
	lookup->is_silent = true; /* unless it speaks */
	return exchange_peer(resolver, lookup, env) ? ASKED : MISS;
}

static const struct {
	look_fn *look;
	enum resolver_stat answered;
} sources_of[SOURCES] = {
	[SOURCE_OWN] = { look_at_own, RESOLVER_FROM_OWN },
	[SOURCE_OWN_NAME] = { look_at_own_name, RESOLVER_FROM_OWN },
	[SOURCE_PRELOADED] = { look_at_preloaded, RESOLVER_FROM_LMHOSTS },
	[SOURCE_CACHE] = { look_at_cache, RESOLVER_FROM_CACHE },
	[SOURCE_DATABASE] = { look_at_database, RESOLVER_FROM_DATABASE },
	[SOURCE_NBNS] = { ask_nbns, RESOLVER_FROM_NBNS },
	[SOURCE_BROADCAST] = { ask_subnets, RESOLVER_FROM_BROADCAST },
	[SOURCE_LMHOSTS] = { look_at_all_lmhosts, RESOLVER_FROM_LMHOSTS },
	[SOURCE_PEER] = { ask_peer, RESOLVER_FROM_PEER },
	[SOURCE_STATUS] = { ask_peer, RESOLVER_FROM_PEER },
};

enum resolver_stat resolver_source_stat(enum source source)
{
	return sources_of[source].answered;
}

void lookup_advance(struct resolver *resolver, struct lookup *lookup, const struct nbt_env *env)
{
	while ((lookup->source = *lookup->order) != SOURCE_END) {
		lookup->order++;
		switch (sources_of[lookup->source].look(resolver, lookup, env)) {
		case MISS:
			break;
		case FOUND:
			lookup_decide(resolver, lookup,
				      lookup->count > 0 ? NBT_RCODE_OK : NBT_RCODE_NAM_ERR, env);
			return;
		case ASKED:
			lookup->was_asked = true;
			return;
		}
	}
	lookup_decide(resolver, lookup, lookup->is_silent ? NBT_RCODE_SRV_ERR : NBT_RCODE_NAM_ERR,
		      env);
}
