/* What browserds tell each other of changes: that there are some, of which version, and when. */
#include "browserd/domain_inner.h"

#include "common/array.h"

/* What a browserd is told it is told again, so many gaps between changes later. */
static const unsigned again_gaps[] = { 2, 6 };

/* Who knows versions of ours from before sees that these are others. */
void domain_new_versions(struct domain *domain, const struct nbt_env *env)
{
	domain->service->salt += 1 + nbt_env_random(env, UINT32_MAX);
}

static uint32_t version_of(const struct domain *domain, uint64_t changes)
{
	uint32_t version = domain->service->salt + (uint32_t)changes;

	return version != 0 ? version : 1;
}

/* "Come and fetch my list." Of what it was told before. */
void domain_peer_remind(struct domain *domain, const struct domain_peer *peer)
{
	const struct browser_send send = { .to = browser_name(peer->name, NBT_SUFFIX_WORKSTATION),
					   .address = peer->address,
					   .is_quick = true,
					   .version = version_of(domain, peer->told) };
	struct nbt_browse frame = { .opcode = NBT_BROWSE_MASTER_ANNOUNCEMENT };

	text_copy(frame.name, sizeof(frame.name), domain->service->settings->name);
	browser_send_frame(domain->service, &send, &frame);
}

/* A browserd keeps us for no minute longer. */
void domain_say_goodbye(struct domain *domain)
{
	const struct domain_peer *master = &domain->master;
	const struct browser_send send = { .to = browser_name(master->name, NBT_SUFFIX_WORKSTATION),
					   .address = master->address,
					   .is_quick = true };
	struct nbt_browse frame = { .opcode = NBT_BROWSE_HOST_ANNOUNCEMENT,
				    .browser_version = NBT_BROWSER_VERSION,
				    .signature = NBT_BROWSE_SIGNATURE };

	if (!domain_is_known(master) || !master->is_quick)
		return;
	text_copy(frame.name, sizeof(frame.name), domain->service->settings->name);
	browser_send_frame(domain->service, &send, &frame);
}

static void plan_again(const struct domain *domain, struct domain_peer *peer,
		       const struct nbt_env *env)
{
	uint64_t gap = domain_times(domain)->change_gap;

	peer->again_ms = peer->tells < ARRAY_SIZE(again_gaps)
				 ? env->now_ms + again_gaps[peer->tells] * gap
				 : NBT_NEVER;
	peer->tells++;
}

static void tell_news(struct domain *domain, struct domain_peer *peer, const struct nbt_env *env)
{
	peer->turn_ms = NBT_NEVER;
	peer->told = domain_changes(domain);
	peer->tells = 0;
	domain_peer_remind(domain, peer);
	plan_again(domain, peer, env);
}

static void tell_again(struct domain *domain, struct domain_peer *peer, const struct nbt_env *env)
{
	domain_peer_remind(domain, peer);
	plan_again(domain, peer, env);
}

/* Of changes; if it has its turn before, then. */
void domain_peer_tell(struct domain *domain, struct domain_peer *peer, uint64_t after_ms,
		      const struct nbt_env *env)
{
	peer->turn_ms = nbt_earlier(peer->turn_ms, env->now_ms + after_ms);
	if (after_ms == 0)
		tell_news(domain, peer, env);
}

void domain_wake_tells(struct domain *domain, struct domain_peer *peer, const struct nbt_env *env)
{
	if (env->now_ms >= peer->turn_ms)
		tell_news(domain, peer, env);
	else if (env->now_ms >= peer->again_ms)
		tell_again(domain, peer, env);
}

/*
 * When.
 */

/* The domain master tells of everything; a local one of what it has heard itself. */
uint64_t domain_changes(const struct domain *domain)
{
	const struct lists *lists = domain->service->lists;

	return domain->state == DOMAIN_MASTER ? lists_changes(lists) : lists_local_changes(lists);
}

/* What a domain master tells makes each of the others fetch its lists: one after the other, so that
 * it is about a megabyte in a second, unless so many take longer than the protocol's time. */
static uint64_t list_ms(const struct domain *domain)
{
	uint64_t servers = lists_count(domain->service->lists, LISTS_SERVERS);

	if (domain->state != DOMAIN_MASTER || domain->peer_count == 0)
		return 0;
	return nbt_earlier(servers / 20, domain_times(domain)->sync / domain->peer_count);
}

static uint64_t tell_gap(const struct domain *domain)
{
	uint64_t gap = domain->peer_count * list_ms(domain);
	uint64_t least = domain_times(domain)->change_gap;

	return gap < least ? least : gap;
}

void domain_notice(struct domain *domain, const struct nbt_env *env)
{
	uint64_t changes = domain_changes(domain), soonest = domain->told_ms + tell_gap(domain);
	uint64_t at = env->now_ms + domain_times(domain)->change_delay;
	uint64_t *due = &domain->due_ms[DOMAIN_TELL_DUE];

	if (changes == domain->seen || *due != NBT_NEVER)
		return;
	if (domain->state == DOMAIN_MASTER ? domain->peer_count > 0 : domain->master.is_quick)
		*due = at > soonest || domain->told_ms == 0 ? at : soonest;
}

void domain_tell(struct domain *domain, const struct nbt_env *env)
{
	uint64_t changes = domain_changes(domain), after_ms = 0;

	if (domain->state != DOMAIN_MASTER) {
		if (domain->master.is_quick)
			domain_peer_tell(domain, &domain->master, 0, env);
		return;
	}
	for (size_t i = 0; i < domain->peer_count; i++) {
		struct domain_peer *peer = &domain->peers[i];

		if (!peer->is_quick || peer->told == changes)
			continue;
		domain_peer_tell(domain, peer, after_ms, env);
		after_ms += list_ms(domain);
	}
}
