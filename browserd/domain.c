#include "browserd/domain_inner.h"

#include <stdlib.h>

void domain_init(struct domain *domain, struct browser_service *service, const char *workgroup)
{
	*domain = (struct domain){ .service = service, .workgroup = workgroup };
	domain->master = domain_peer_at((struct in_addr){ INADDR_ANY }, 0);
	for (size_t i = 0; i < DOMAIN_TIMERS; i++)
		domain->due_ms[i] = NBT_NEVER;
}

void domain_free(struct domain *domain)
{
	free(domain->peers);
}

void domain_news(struct domain *domain, enum browser_news_type type, const char *other,
		 struct in_addr address)
{
	const struct browser_news news = {
		.type = type, .workgroup = domain->workgroup, .other = other, .address = address
	};

	domain->service->sinks.news(domain->service->ctx, &news);
}

/*
 * Beginning and end.
 */

void domain_start(struct domain *domain, const struct nbt_env *env)
{
	if (domain->service->settings->domain_master == BROWSER_DOMAIN_YES &&
	    domain->state == DOMAIN_APART && domain->due_ms[DOMAIN_CLAIM_DUE] == NBT_NEVER)
		domain_claim(domain, env);
	domain_roles_changed(domain, env);
}

static bool is_to_be_it(const struct domain *domain)
{
	return domain->service->settings->domain_master == BROWSER_DOMAIN_YES &&
	       domain->service->is_connected &&
	       browser_has_names(domain->service, domain->workgroup);
}

void domain_settings_changed(struct domain *domain, const struct nbt_env *env)
{
	switch (domain->service->settings->domain_master) {
	case BROWSER_DOMAIN_NO:
		domain->due_ms[DOMAIN_CLAIM_DUE] = NBT_NEVER;
		domain_leave(domain, env);
		domain_roles_changed(domain, env);
		break;
	case BROWSER_DOMAIN_YES:
		if (is_to_be_it(domain))
			domain_start(domain, env);
		domain_contest(domain, env);
		break;
	case BROWSER_DOMAIN_AUTO:
		domain_roles_changed(domain, env);
		break;
	}
}

static void stop_looking(struct domain *domain)
{
	domain->due_ms[DOMAIN_FIND_DUE] = domain->due_ms[DOMAIN_ANNOUNCE_DUE] = NBT_NEVER;
	domain->lookup = 0;
	domain->absences = 0;
}

void domain_stop(struct domain *domain, const struct nbt_env *env)
{
	if (domain->service->is_connected)
		domain_say_goodbye(domain);
	domain_leave_master(domain, env);
	domain_resign(domain, env);
	domain->is_lmb = domain->is_looking = false;
	for (size_t i = 0; i < DOMAIN_TIMERS; i++)
		domain->due_ms[i] = NBT_NEVER;
	stop_looking(domain);
}

static bool is_lmb(const struct domain *domain)
{
	const struct browser_service *service = domain->service;

	for (size_t i = 0; i < service->role_count; i++)
		if (service->roles[i].state == BROWSER_ROLE_MASTER &&
		    text_equal(service->roles[i].workgroup, domain->workgroup))
			return true;
	return false;
}

/* A local master looks for the domain master at once, and so does who is to be it. One that is none
 * any more has nothing of it: the next one has. */
void domain_roles_changed(struct domain *domain, const struct nbt_env *env)
{
	bool was_looking = domain->is_looking;

	domain->is_lmb = is_lmb(domain);
	domain->is_looking = domain->is_lmb || is_to_be_it(domain);
	if (domain->is_looking == was_looking || domain->state == DOMAIN_MASTER)
		return;
	if (domain->is_looking) {
		domain_look(domain, env);
		return;
	}
	domain_leave_master(domain, env);
	stop_looking(domain);
}

/*
 * Time.
 */

uint64_t domain_deadline(const struct domain *domain)
{
	uint64_t due = domain_peer_deadline(&domain->master);

	for (size_t i = 0; i < DOMAIN_TIMERS; i++)
		due = nbt_earlier(due, domain->due_ms[i]);
	for (size_t i = 0; i < domain->peer_count; i++)
		due = nbt_earlier(due, domain_peer_deadline(&domain->peers[i]));
	return due;
}

static bool take_due(struct domain *domain, enum domain_timer timer, const struct nbt_env *env)
{
	if (env->now_ms < domain->due_ms[timer])
		return false;
	domain->due_ms[timer] = NBT_NEVER;
	return true;
}

void domain_wake(struct domain *domain, const struct nbt_env *env)
{
	if (take_due(domain, DOMAIN_CLAIM_DUE, env) && domain->state == DOMAIN_APART)
		domain_claim(domain, env);
	if (take_due(domain, DOMAIN_FIND_DUE, env))
		domain_look(domain, env);
	if (take_due(domain, DOMAIN_ANNOUNCE_DUE, env))
		domain_announce(domain, env);
	if (take_due(domain, DOMAIN_TELL_DUE, env)) {
		domain->seen = domain_changes(domain);
		domain->told_ms = env->now_ms;
		domain_tell(domain, env);
	}
	domain_wake_peers(domain, env);
}
