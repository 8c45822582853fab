/* The exchange of lists between a local master and the domain master: browser.md section 8, steps 4
 * to 11, of both sides. */
#include "browserd/domain_inner.h"

#include <stdlib.h>

#define NOTHING UINT64_MAX /* told: it knows of no change */

/*
 * One peer.
 */

struct domain_peer domain_peer_at(struct in_addr address, uint64_t now_ms)
{
	return (struct domain_peer){ .address = address,
				     .since_ms = now_ms,
				     .due_ms = NBT_NEVER,
				     .told = NOTHING,
				     .again_ms = NBT_NEVER,
				     .turn_ms = NBT_NEVER };
}

/* What it says of its lists. false: that was fetched, or is being fetched. */
static bool note_version(struct domain_peer *peer, uint32_t version)
{
	peer->version = version;
	if (version == 0 || peer->failures > 0)
		return true;
	return version != (peer->token != 0 ? peer->pulling : peer->fetched);
}

/* Its lists are wanted: now, or when the last time is some while ago, or behind those under way. */
void domain_peer_want(struct domain *domain, struct domain_peer *peer, const struct nbt_env *env)
{
	uint64_t soonest = peer->begun_ms + domain_times(domain)->change_gap;

	if (peer->token != 0)
		peer->is_wanted = true;
	else
		peer->due_ms = peer->begun_ms == 0 || soonest < env->now_ms ? env->now_ms : soonest;
}

static void pull(struct domain *domain, struct domain_peer *peer, const struct nbt_env *env)
{
	struct browser_service *service = domain->service;
	const struct browser_pull wanted = { .token = browser_new_token(service),
					     .address = peer->address,
					     .workgroup = domain->workgroup,
					     .name = peer->name,
					     .is_local = domain->state == DOMAIN_MASTER,
					     .is_strange = domain->state == DOMAIN_MASTER &&
							   peer->whole_ms == 0 };
	uint64_t life = LISTS_PERIODS * domain_times(domain)->sync;

	peer->token = wanted.token;
	peer->is_wanted = false;
	peer->pulling = peer->version;
	peer->begun_ms = env->now_ms;
	peer->servers = 0;
	peer->due_ms = env->now_ms + domain_times(domain)->sync;
	for (size_t kind = 0; kind < LISTS_KINDS; kind++)
		peer->pulls[kind] = lists_pull_begin(service->lists, (enum lists_kind)kind,
						     peer->address, domain->workgroup, life);
	browser_count(service, BROWSER_PULLS);
	service->sinks.pull(service->ctx, &wanted);
}

/* Who has just been found has not been told yet that we are quick, which a local master wants to
 * know, and who is configured to take our place. What others tell goes to all in its time. */
static void greet(struct domain *domain, struct domain_peer *peer, const struct nbt_env *env)
{
	if (domain->state == DOMAIN_MASTER && peer->is_quick && peer->told == NOTHING)
		domain_peer_tell(domain, peer, domain_times(domain)->change_delay, env);
}

/* Whose list has never come may be made up: who is a local master says so again. */
static bool is_doubtful(const struct domain *domain, const struct domain_peer *peer)
{
	return domain->state == DOMAIN_MASTER && peer->whole_ms == 0 && peer->failures > 0;
}

static void failed(struct domain *domain, struct domain_peer *peer, const struct nbt_env *env)
{
	struct browser_service *service = domain->service;

	peer->token = 0;
	peer->failures++;
	peer->due_ms =
		is_doubtful(domain, peer) && peer->failures >= service->settings->pull_failures
			? NBT_NEVER
			: env->now_ms + domain_times(domain)->pull_retry;
	browser_count(service, BROWSER_PULLS_FAILED);
	domain_news(domain, BROWSER_NEWS_SYNC_FAILED, peer->name, peer->address);
	/* One that will tell us when it is back need not be waited for. */
	if (peer->is_quick && peer->failures == service->settings->pull_failures)
		domain_limit(domain, peer->address, env);
	greet(domain, peer, env);
}

static void wake_peer(struct domain *domain, struct domain_peer *peer, const struct nbt_env *env)
{
	domain_wake_tells(domain, peer, env);
	if (env->now_ms < peer->due_ms)
		return;
	if (peer->token != 0) /* it has not ended until the next is due */
		failed(domain, peer, env);
	else
		pull(domain, peer, env);
}

struct domain_peer *domain_find_pull(struct domain *domain, uint32_t token)
{
	if (token == 0)
		return NULL;
	if (domain->master.token == token)
		return &domain->master;
	for (size_t i = 0; i < domain->peer_count; i++)
		if (domain->peers[i].token == token)
			return &domain->peers[i];
	return NULL;
}

void domain_pull_record(struct domain *domain, struct domain_peer *peer, enum lists_kind kind,
			const struct lists_record *record, const struct nbt_env *env)
{
	struct browser_service *service = domain->service;

	if (kind == LISTS_SERVERS)
		peer->servers++;
	browser_note(service, lists_pull_add(service->lists, &peer->pulls[kind], record, env));
}

static void succeeded(struct domain *domain, struct domain_peer *peer, const struct nbt_env *env)
{
	peer->token = 0;
	peer->failures = 0;
	peer->whole_ms = env->now_ms;
	peer->fetched = peer->pulling;
	peer->due_ms = env->now_ms + domain_times(domain)->sync;
	for (size_t kind = 0; kind < LISTS_KINDS; kind++)
		lists_pull_end(domain->service->lists, &peer->pulls[kind]);
	if (peer->is_wanted)
		domain_peer_want(domain, peer, env);
	greet(domain, peer, env);
}

/* What this peer has told is forgotten soon: of this workgroup, and of workgroups what nobody else
 * of us has from it. */
void domain_limit(struct domain *domain, struct in_addr address, const struct nbt_env *env)
{
	const struct lists_match servers = { .origin = LISTS_PULLED,
					     .address = &address,
					     .workgroup = domain->workgroup };
	const struct lists_match workgroups = { .origin = LISTS_PULLED, .address = &address };
	uint64_t until = env->now_ms + domain_times(domain)->overlap;

	lists_limit(domain->service->lists, LISTS_SERVERS, &servers, until);
	if (!browser_is_told_by(domain->service, domain, address))
		lists_limit(domain->service->lists, LISTS_WORKGROUPS, &workgroups, until);
}

/*
 * The local master's side.
 */

void domain_announce(struct domain *domain, const struct nbt_env *env)
{
	struct domain_peer *master = &domain->master;

	if (!domain_is_known(master))
		return;
	domain->seen = lists_local_changes(domain->service->lists);
	/* Whether it is another program is known when a browserd has answered. */
	if (master->told == NOTHING || (master->is_quick && master->told != domain->seen)) {
		domain_peer_tell(domain, master, 0, env);
	} else {
		master->told = domain->seen;
		domain_peer_remind(domain, master);
	}
	domain_peer_want(domain, master, env);
	domain->due_ms[DOMAIN_ANNOUNCE_DUE] = env->now_ms + domain_times(domain)->sync;
}

/* Only the domain master's browserd sends it to a local one. */
static bool is_masters(const struct domain *domain, const struct role_event *event)
{
	return domain_is_known(&domain->master) && event->is_quick &&
	       (domain_is_same(domain->master.address, event->from.sin_addr) ||
		text_equal(domain->master.name, event->sender));
}

/*
 * The domain master's side.
 */

static void forget_peer(struct domain *domain, size_t i, const struct nbt_env *env)
{
	domain_limit(domain, domain->peers[i].address, env);
	domain->peers[i] = domain->peers[--domain->peer_count];
}

void domain_peers_clear(struct domain *domain, const struct nbt_env *env)
{
	while (domain->peer_count > 0)
		forget_peer(domain, domain->peer_count - 1, env);
}

/* A MasterAnnouncement does not say of which workgroup: who has no server of this one is none of
 * its masters. */
static bool is_of_another(const struct domain *domain, const struct domain_peer *peer)
{
	return domain->state == DOMAIN_MASTER && peer->servers == 0 &&
	       domain->service->settings->workgroup_count > 1;
}

void domain_pulled(struct domain *domain, struct domain_peer *peer, bool is_whole,
		   const struct nbt_env *env)
{
	if (!is_whole)
		failed(domain, peer, env);
	else if (is_of_another(domain, peer))
		forget_peer(domain, (size_t)(peer - domain->peers), env);
	else
		succeeded(domain, peer, env);
}

static struct domain_peer *find_peer(struct domain *domain, struct in_addr address)
{
	for (size_t i = 0; i < domain->peer_count; i++)
		if (domain_is_same(domain->peers[i].address, address))
			return &domain->peers[i];
	return NULL;
}

bool domain_knows(const struct domain *domain, struct in_addr address)
{
	if (domain_is_same(domain->master.address, address))
		return true;
	for (size_t i = 0; i < domain->peer_count; i++)
		if (domain_is_same(domain->peers[i].address, address))
			return true;
	return false;
}

/* Takes the place of one that has given nothing; false: there is none. */
static bool make_place(struct domain *domain, const struct nbt_env *env)
{
	for (size_t i = 0; i < domain->peer_count; i++)
		if (is_doubtful(domain, &domain->peers[i])) {
			forget_peer(domain, i, env);
			return true;
		}
	browser_count(domain->service, BROWSER_PEERS_FULL);
	return false;
}

static struct domain_peer *add_peer(struct domain *domain, struct in_addr address,
				    const struct nbt_env *env)
{
	struct domain_peer *peers = domain->peers;
	size_t space = domain->peer_space > 0 ? 2 * domain->peer_space : 8;

	if (domain->peer_count >= domain->service->settings->peers && !make_place(domain, env))
		return NULL;
	if (domain->peer_count == domain->peer_space) {
		peers = realloc(domain->peers, space * sizeof(*peers));
		if (peers == NULL)
			return NULL;
		domain->peers = peers;
		domain->peer_space = space;
	}
	peers[domain->peer_count] = domain_peer_at(address, env->now_ms);
	return &peers[domain->peer_count++];
}

static void hear_peer(struct domain *domain, const struct role_event *event,
		      const struct nbt_env *env)
{
	struct domain_peer *peer;

	if (event->frame->name[0] == '\0')
		return;
	peer = find_peer(domain, event->from.sin_addr);
	if (peer == NULL)
		peer = add_peer(domain, event->from.sin_addr, env);
	if (peer == NULL)
		return;
	text_copy(peer->name, sizeof(peer->name), event->frame->name);
	peer->is_quick = event->is_quick;
	peer->heard_ms = env->now_ms;
	if (note_version(peer, event->version))
		domain_peer_want(domain, peer, env);
	/* It may have begun anew, or have missed what it was told. */
	if (peer->is_quick && peer->told != NOTHING)
		domain_peer_remind(domain, peer);
}

bool domain_hear_master(struct domain *domain, const struct role_event *event,
			const struct nbt_env *env)
{
	if (domain->state == DOMAIN_MASTER) {
		hear_peer(domain, event, env);
		return true;
	}
	if (!is_masters(domain, event))
		return false;
	domain->master.is_quick = true;
	domain->master.heard_ms = env->now_ms;
	if (note_version(&domain->master, event->version))
		domain_peer_want(domain, &domain->master, env);
	domain_contest(domain, env);
	return true;
}

uint64_t domain_peer_deadline(const struct domain_peer *peer)
{
	return nbt_earlier(peer->due_ms, nbt_earlier(peer->again_ms, peer->turn_ms));
}

/* What it has told of others is kept until its successor has told that. */
bool domain_hear_end(struct domain *domain, const struct role_event *event,
		     const struct nbt_env *env)
{
	struct domain_peer *peer = find_peer(domain, event->from.sin_addr);
	const struct lists_match itself = { .origin = LISTS_PULLED,
					    .address = &event->from.sin_addr,
					    .workgroup = domain->workgroup,
					    .name = event->frame->name };

	if (domain->state != DOMAIN_MASTER || peer == NULL || !event->is_quick ||
	    event->frame->server_type != 0 || !text_equal(peer->name, event->frame->name))
		return false;
	lists_forget(domain->service->lists, LISTS_SERVERS, &itself);
	forget_peer(domain, (size_t)(peer - domain->peers), env);
	return true;
}

/* Who has said nothing for three intervals is none any more. */
void domain_wake_peers(struct domain *domain, const struct nbt_env *env)
{
	uint64_t life = LISTS_PERIODS * domain_times(domain)->sync;

	if (domain_is_known(&domain->master))
		wake_peer(domain, &domain->master, env);
	for (size_t i = domain->peer_count; i-- > 0;) {
		if (env->now_ms >= domain->peers[i].heard_ms + life)
			forget_peer(domain, i, env);
		else
			wake_peer(domain, &domain->peers[i], env);
	}
}

bool domain_pull_now(struct domain *domain, const struct nbt_env *env)
{
	if (domain_is_known(&domain->master))
		domain_announce(domain, env);
	for (size_t i = 0; i < domain->peer_count; i++)
		domain_peer_want(domain, &domain->peers[i], env);
	return domain_is_known(&domain->master) || domain->peer_count > 0;
}
