/* What the files domain*.c share. */
#ifndef BROWSERD_DOMAIN_INNER_H
#define BROWSERD_DOMAIN_INNER_H

#include "browserd/domain.h"
#include "browserd/role.h"
#include "browserd/text.h"

static inline const struct browser_times *domain_times(const struct domain *domain)
{
	return &domain->service->settings->times;
}

static inline bool domain_is_same(struct in_addr a, struct in_addr b)
{
	return a.s_addr == b.s_addr;
}

static inline bool domain_is_known(const struct domain_peer *peer)
{
	return peer->address.s_addr != INADDR_ANY;
}

/* domain.c */
void domain_news(struct domain *domain, enum browser_news_type type, const char *other,
		 struct in_addr address);

/* domain_claim.c: being the domain master, or not. */
bool domain_may_claim(const struct domain *domain);
void domain_claim(struct domain *domain, const struct nbt_env *env);
void domain_claim_again(struct domain *domain, const struct nbt_env *env);
void domain_be_refused(struct domain *domain, struct in_addr who, const struct nbt_env *env);
void domain_leave(struct domain *domain, const struct nbt_env *env); /* and look for another */
void domain_resign(struct domain *domain, const struct nbt_env *env);
void domain_contest(struct domain *domain, const struct nbt_env *env);

/* domain_find.c: who it is. */
void domain_look(struct domain *domain, const struct nbt_env *env);
void domain_leave_master(struct domain *domain, const struct nbt_env *env);

/* domain_sync.c: both sides of the exchange of lists. */
struct domain_peer domain_peer_at(struct in_addr address, uint64_t now_ms);
void domain_peer_want(struct domain *domain, struct domain_peer *peer, const struct nbt_env *env);
void domain_peers_clear(struct domain *domain, const struct nbt_env *env);
void domain_limit(struct domain *domain, struct in_addr address, const struct nbt_env *env);
void domain_announce(struct domain *domain, const struct nbt_env *env);
void domain_wake_peers(struct domain *domain, const struct nbt_env *env);
uint64_t domain_peer_deadline(const struct domain_peer *peer);

/* domain_tell.c: what two browserds tell each other. */
uint64_t domain_changes(const struct domain *domain);
void domain_new_versions(struct domain *domain, const struct nbt_env *env);
void domain_peer_tell(struct domain *domain, struct domain_peer *peer, uint64_t after_ms,
		      const struct nbt_env *env);
void domain_peer_remind(struct domain *domain, const struct domain_peer *peer);
void domain_wake_tells(struct domain *domain, struct domain_peer *peer, const struct nbt_env *env);
void domain_tell(struct domain *domain, const struct nbt_env *env);
void domain_say_goodbye(struct domain *domain);

#endif
