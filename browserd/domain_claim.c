/* The name of the domain master: claiming it, being it, and ceasing to be it. */
#include "browserd/domain_inner.h"

#include "browserd/role_inner.h"

#define CONTEST_WAIT 250 /* for who gives way to do so, before others see that; milliseconds */

static struct nbt_local_claim claim_of(const struct domain *domain)
{
	return (struct nbt_local_claim){ .name = browser_name(domain->workgroup, NBT_SUFFIX_DMB),
					 .scope = domain->service->settings->scope };
}

/* By itself only a local master becomes it, and only where an NBNS can tell that there is none. In
 * a virtual LAN there is nothing to join. */
bool domain_may_claim(const struct domain *domain)
{
	const struct browser_settings *settings = domain->service->settings;

	switch (settings->domain_master) {
	case BROWSER_DOMAIN_YES:
		return true;
	case BROWSER_DOMAIN_AUTO:
		return domain->is_lmb && domain->service->has_nbns && !settings->virtual_lan;
	default:
		return false;
	}
}

/* nmbd's remote browse sync comes to "*". */
static struct nbt_local_claim anybody_claim(const struct domain *domain)
{
	return (struct nbt_local_claim){ .name = { .bytes = { '*' } },
					 .scope = domain->service->settings->scope };
}

/* What all browsers of the workgroup should know of us. */
static void show(struct domain *domain, const struct nbt_env *env)
{
	struct browser_service *service = domain->service;

	browser_update_self(service, domain->workgroup, env);
	for (size_t i = 0; i < service->role_count; i++)
		if (text_equal(service->roles[i].workgroup, domain->workgroup))
			(void)role_announce_now(&service->roles[i], env);
}

static void be_master(struct domain *domain, const struct nbt_env *env)
{
	const struct nbt_local_claim anybody = anybody_claim(domain);

	(void)names_claim(domain->service->names, &anybody);
	domain_leave_master(domain, env);
	domain->state = DOMAIN_MASTER;
	domain->due_ms[DOMAIN_CLAIM_DUE] = domain->due_ms[DOMAIN_ANNOUNCE_DUE] = NBT_NEVER;
	domain->lookup = 0;
	domain_new_versions(domain, env);
	domain_news(domain, BROWSER_NEWS_DOMAIN, NULL, (struct in_addr){ INADDR_ANY });
	show(domain, env);
	domain_look(domain, env);
}

static void release(struct domain *domain)
{
	const struct nbt_local_claim claim = claim_of(domain), anybody = anybody_claim(domain);

	names_release(domain->service->names, &claim);
	if (domain->state == DOMAIN_MASTER)
		names_release(domain->service->names, &anybody);
}

void domain_resign(struct domain *domain, const struct nbt_env *env)
{
	if (domain->state == DOMAIN_APART)
		return;
	release(domain);
	domain_peers_clear(domain, env);
	domain->state = DOMAIN_APART;
}

/* Whoever is it now is looked for, and the name claimed again in time. */
void domain_leave(struct domain *domain, const struct nbt_env *env)
{
	bool was_master = domain->state == DOMAIN_MASTER;

	if (domain->state == DOMAIN_APART)
		return;
	domain_resign(domain, env);
	domain->absences = 0;
	domain->due_ms[DOMAIN_TELL_DUE] = NBT_NEVER;
	if (domain_may_claim(domain))
		domain->due_ms[DOMAIN_CLAIM_DUE] = env->now_ms + domain_times(domain)->domain_retry;
	if (was_master)
		show(domain, env);
	domain_look(domain, env);
}

/* Refused, or lost. */
void domain_be_refused(struct domain *domain, struct in_addr who, const struct nbt_env *env)
{
	if (domain->state == DOMAIN_MASTER)
		domain_news(domain, BROWSER_NEWS_DOMAIN_LOST, NULL, who);
	else
		domain->insists_ms = env->now_ms + domain_times(domain)->domain_retry;
	domain_leave(domain, env);
}

void domain_claim(struct domain *domain, const struct nbt_env *env)
{
	const struct nbt_local_claim claim = claim_of(domain);

	if (!domain_may_claim(domain))
		return;
	domain->state = DOMAIN_CLAIMING;
	domain->due_ms[DOMAIN_CLAIM_DUE] = NBT_NEVER;
	switch (names_claim(domain->service->names, &claim)) {
	case NAMES_GONE:
		domain_be_refused(domain, (struct in_addr){ INADDR_ANY }, env);
		break;
	case NAMES_HELD:
		be_master(domain, env);
		break;
	case NAMES_WANTED:
		break;
	}
}

/* The NBNS does not know its name any more: it may have lost its database. */
void domain_claim_again(struct domain *domain, const struct nbt_env *env)
{
	const struct nbt_local_claim claim = claim_of(domain);

	if (env->now_ms < domain->again_ms)
		return;
	domain->again_ms = env->now_ms + domain_times(domain)->domain_retry;
	names_release(domain->service->names, &claim);
	if (names_claim(domain->service->names, &claim) == NAMES_GONE)
		domain_be_refused(domain, (struct in_addr){ INADDR_ANY }, env);
}

void domain_name_decided(struct domain *domain, struct in_addr who, const struct nbt_env *env)
{
	const struct nbt_local_claim claim = claim_of(domain);

	if (domain->state == DOMAIN_APART)
		return;
	switch (names_state(domain->service->names, &claim)) {
	case NAMES_GONE:
		domain_be_refused(domain, who, env);
		break;
	case NAMES_HELD:
		if (domain->state == DOMAIN_CLAIMING)
			be_master(domain, env);
		break;
	case NAMES_WANTED:
		break;
	}
}

/*
 * Who is configured to be it goes before one that only stands in: a RequestElection from one
 * browserd to the other, with the bit of the domain master.
 */

void domain_contest(struct domain *domain, const struct nbt_env *env)
{
	const struct domain_peer *master = &domain->master;
	const struct browser_send send = { .to = browser_name(master->name, NBT_SUFFIX_WORKSTATION),
					   .address = master->address,
					   .is_quick = true };
	struct nbt_browse frame = { .opcode = NBT_BROWSE_ELECTION,
				    .election_version = 1,
				    .criteria = NBT_ELECTION_DMB };
	uint64_t retry = domain_times(domain)->domain_retry;

	if (domain->service->settings->domain_master != BROWSER_DOMAIN_YES ||
	    domain->state != DOMAIN_APART || !master->is_quick ||
	    (domain_is_same(domain->contested, master->address) &&
	     env->now_ms < domain->contested_ms + retry))
		return;
	domain->contested = master->address;
	domain->contested_ms = env->now_ms;
	text_copy(frame.name, sizeof(frame.name), domain->service->settings->name);
	browser_send_frame(domain->service, &send, &frame);
	domain->due_ms[DOMAIN_CLAIM_DUE] = env->now_ms + nbt_earlier(CONTEST_WAIT, retry);
}

bool domain_hear_contest(struct domain *domain, const struct role_event *event,
			 const struct nbt_env *env)
{
	if (domain->state != DOMAIN_MASTER || !event->is_quick ||
	    (event->frame->criteria & NBT_ELECTION_DMB) == 0 ||
	    domain->service->settings->domain_master == BROWSER_DOMAIN_YES)
		return false;
	domain_news(domain, BROWSER_NEWS_DOMAIN_YIELDED, event->sender, event->from.sin_addr);
	domain_leave(domain, env);
	return true;
}

/* A domain master knows no backups of other subnets: itself, as nmbd does. */
bool domain_answer_backups(struct domain *domain, const struct role_event *event,
			   const struct nbt_env *env)
{
	struct browser_service *service = domain->service;
	struct nbt_browse frame = { .opcode = NBT_BROWSE_GET_BACKUP_LIST_RESPONSE,
				    .token = event->frame->token,
				    .count = 1 };
	const struct browser_send send = { .to = browser_name(event->sender,
							      NBT_SUFFIX_WORKSTATION),
					   .address = event->from.sin_addr,
					   .port = ntohs(event->from.sin_port) };

	if (domain->state != DOMAIN_MASTER)
		return false;
	if (!ratelimit_take(service->backup_answers, event->from.sin_addr, env->now_ms)) {
		browser_count(service, BROWSER_LIMITED);
		return true;
	}
	text_copy(frame.backup[0], NBT_BROWSE_NAME_SIZE, service->settings->name);
	browser_send_frame(service, &send, &frame);
	return true;
}
