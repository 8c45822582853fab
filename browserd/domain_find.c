/* Who the domain master is, and whether it is still there. browser.md section 8, steps 1 to 3. */
#include "browserd/domain_inner.h"

#define ABSENCES 2 /* running, before somebody else becomes it */
#define MISSES   2 /* probes */
#define REMINDED 3 /* a browserd is told what it should know at every third probe */

static void ask(struct domain *domain, enum browser_lookup_type type, struct in_addr address)
{
	const struct browser_lookup lookup = { .type = type,
					       .address = address,
					       .name = browser_name(domain->workgroup,
								    NBT_SUFFIX_DMB) };

	domain->lookup = browser_ask(domain->service, &lookup);
	domain->asked = type;
}

static void look_later(struct domain *domain, const struct nbt_env *env)
{
	const struct browser_times *times = domain_times(domain);

	domain->due_ms[DOMAIN_FIND_DUE] =
		env->now_ms + (times->probe != 0 ? times->probe : times->sync);
}

/* A master that is known is asked whether it is there, if seldom without probes; else everybody is
 * asked who it is. And the domain master asks whether it still is, since an NBNS that could not
 * reach it for a while may have given the name to another. */
void domain_look(struct domain *domain, const struct nbt_env *env)
{
	look_later(domain, env);
	if (domain->lookup == 0 && domain->state == DOMAIN_MASTER && domain->service->has_nbns)
		ask(domain, BROWSER_LOOKUP_NBNS, (struct in_addr){ INADDR_ANY });
	if (domain->lookup != 0 || domain->state != DOMAIN_APART || !domain->is_looking)
		return;
	if (!domain_is_known(&domain->master))
		ask(domain, BROWSER_LOOKUP_NAME, (struct in_addr){ INADDR_ANY });
	else
		ask(domain, BROWSER_LOOKUP_PROBE, domain->master.address);
}

/* Its records are of use until the next one has them, and not for long. */
void domain_leave_master(struct domain *domain, const struct nbt_env *env)
{
	struct domain_peer *master = &domain->master;

	if (!domain_is_known(master))
		return;
	domain_limit(domain, master->address, env);
	*master = domain_peer_at((struct in_addr){ INADDR_ANY }, 0);
	domain->due_ms[DOMAIN_ANNOUNCE_DUE] = domain->due_ms[DOMAIN_TELL_DUE] = NBT_NEVER;
	domain->is_probed = false;
	domain->misses = 0;
}

/* Nobody has the name, or who has it says nothing. */
static void be_absent(struct domain *domain, const struct nbt_env *env)
{
	const struct browser_times *times = domain_times(domain);

	domain->candidate_count = 0;
	if (++domain->absences < ABSENCES || !domain_may_claim(domain) ||
	    env->now_ms < domain->insists_ms ||
	    domain->due_ms[DOMAIN_CLAIM_DUE] < env->now_ms + times->stand_in)
		return;
	domain->due_ms[DOMAIN_CLAIM_DUE] =
		env->now_ms +
		(times->stand_in > 0 ? nbt_env_random(env, (uint32_t)times->stand_in) : 0);
}

/* The next address of the name that is not ours. */
static void ask_candidate(struct domain *domain, const struct nbt_env *env)
{
	while (domain->candidate < domain->candidate_count &&
	       browser_is_own_address(domain->service, domain->candidates[domain->candidate]))
		domain->candidate++;
	if (domain->candidate < domain->candidate_count)
		ask(domain, BROWSER_LOOKUP_STATUS, domain->candidates[domain->candidate]);
	else if (domain->is_definite)
		be_absent(domain, env);
}

static void add_candidates(struct domain *domain, const struct in_addr *addresses, size_t count)
{
	for (size_t i = 0; i < count && domain->candidate_count < BROWSER_ADDRESSES_MAX; i++)
		domain->candidates[domain->candidate_count++] = addresses[i];
}

static void miss(struct domain *domain, const struct nbt_env *env)
{
	domain_news(domain, BROWSER_NEWS_DOMAIN_SILENT, domain->master.name,
		    domain->master.address);
	domain_leave_master(domain, env);
}

/* The master, of which nothing but its lists was seen, is the one that the name server or the
 * administrator names; or nobody says anything else. */
static bool is_confirmed(const struct domain *domain, const struct browser_found *found)
{
	const struct browser_settings *settings = domain->service->settings;
	struct in_addr master = domain->master.address;

	return (!found->is_there && !found->is_definite) ||
	       browser_is_among(master, found->addresses, found->count) ||
	       browser_is_among(master, settings->syncs, settings->sync_count);
}

/* Whom the administrator has named may be it, too. */
static void named(struct domain *domain, const struct browser_found *found,
		  const struct nbt_env *env)
{
	const struct browser_settings *settings = domain->service->settings;

	if (domain_is_known(&domain->master)) {
		if (is_confirmed(domain, found))
			return;
		miss(domain, env);
	}
	domain->is_definite = found->is_there || found->is_definite;
	domain->candidate_count = domain->candidate = 0;
	add_candidates(domain, found->addresses, found->count);
	add_candidates(domain, settings->syncs, settings->sync_count);
	ask_candidate(domain, env);
}

static void be_known(struct domain *domain, const char *name, const struct nbt_env *env)
{
	struct domain_peer *master = &domain->master;

	*master = domain_peer_at(domain->candidates[domain->candidate], env->now_ms);
	text_copy(master->name, sizeof(master->name), name);
	domain->absences = domain->misses = 0;
	domain->insists_ms = 0;
	domain->is_probed = false;
	domain_new_versions(domain, env);
	domain_news(domain, BROWSER_NEWS_DOMAIN_MASTER, master->name, master->address);
	if (domain->service->settings->domain_master != BROWSER_DOMAIN_YES)
		domain->due_ms[DOMAIN_CLAIM_DUE] = NBT_NEVER;
	domain_announce(domain, env);
	domain_look(domain, env); /* whether it answers probes */
}

static bool is_mastered(const struct browser_found *found, const char *workgroup)
{
	for (size_t i = 0; i < found->mastered_count; i++)
		if (text_equal(found->mastered[i], workgroup))
			return true;
	return false;
}

static void described(struct domain *domain, const struct browser_found *found,
		      const struct nbt_env *env)
{
	if (found->is_there && is_mastered(found, domain->workgroup)) {
		be_known(domain, found->server, env);
		return;
	}
	domain->candidate++;
	ask_candidate(domain, env);
}

static void checked(struct domain *domain, const struct browser_found *found,
		    const struct nbt_env *env)
{
	if (domain->state != DOMAIN_MASTER)
		return;
	if (!found->is_there && found->is_definite)
		domain_claim_again(domain, env);
	if (!found->is_there || found->count == 0)
		return;
	for (size_t i = 0; i < found->count; i++)
		if (browser_is_own_address(domain->service, found->addresses[i]))
			return;
	domain_be_refused(domain, found->addresses[0], env);
}

/* It is there; but it may have begun anew since, and know nothing of us. And what was said while
 * it was missed may be lost. */
static void answered(struct domain *domain, const struct nbt_env *env)
{
	bool was_missed = domain->misses > 0;

	domain->is_probed = true;
	domain->misses = 0;
	if (!domain->master.is_quick)
		return;
	if (was_missed)
		domain_announce(domain, env);
	else if (++domain->answers % REMINDED == 0)
		domain_peer_remind(domain, &domain->master);
}

/* One that has never answered a probe is believed to be there while its lists can be fetched, since
 * not every program answers; but whether it still is the domain master only the name server knows.
 */
static void probed(struct domain *domain, const struct browser_found *found,
		   const struct nbt_env *env)
{
	if (found->is_there) {
		answered(domain, env);
		return;
	}
	domain->misses += found->is_definite ? MISSES : 1;
	if (domain->misses < MISSES)
		return;
	if (!domain->is_probed && domain->master.failures == 0) {
		domain->misses = 0;
		ask(domain, BROWSER_LOOKUP_NAME, (struct in_addr){ INADDR_ANY });
		return;
	}
	miss(domain, env);
	domain->absences = ABSENCES - 1;
	domain_look(domain, env);
}

bool domain_found(struct domain *domain, uint32_t token, const struct browser_found *found,
		  const struct nbt_env *env)
{
	if (domain->lookup == 0 || domain->lookup != token)
		return false;
	domain->lookup = 0;
	switch (domain->asked) {
	case BROWSER_LOOKUP_NAME:
		named(domain, found, env);
		break;
	case BROWSER_LOOKUP_NBNS:
		checked(domain, found, env);
		break;
	case BROWSER_LOOKUP_STATUS:
		described(domain, found, env);
		break;
	case BROWSER_LOOKUP_PROBE:
		probed(domain, found, env);
		break;
	case BROWSER_LOOKUP_MASTERS: /* of the neighbours */
	case BROWSER_LOOKUP_NODE:    /* the service's */
		break;
	}
	return true;
}
