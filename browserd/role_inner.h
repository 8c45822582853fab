/* What the files role*.c share. */
#ifndef BROWSERD_ROLE_INNER_H
#define BROWSERD_ROLE_INNER_H

#include "browserd/role.h"
#include "browserd/text.h"

static inline const struct browser_times *times_of(const struct role *role)
{
	return &role->service->settings->times;
}

static inline void set_timer(struct role *role, enum role_event_type timer, uint64_t at_ms)
{
	role->due_ms[timer - ROLE_FIRST_TIMER] = at_ms;
}

static inline uint64_t timer_of(const struct role *role, enum role_event_type timer)
{
	return role->due_ms[timer - ROLE_FIRST_TIMER];
}

/* 0 to below max. */
static inline uint64_t random_ms(const struct nbt_env *env, uint64_t max)
{
	if (max == 0)
		return 0;
	return nbt_env_random(env, max > UINT32_MAX ? UINT32_MAX : (uint32_t)max);
}

/* role.c */
void role_become(struct role *role, enum browser_role state, const struct nbt_env *env);
void role_news(struct role *role, enum browser_news_type type, const char *other, const char *text);
void role_stand(struct role *role, uint64_t delay_ms, const char *why, const struct nbt_env *env);

/* role_announce.c: frames of ours. */
void role_announce(struct role *role, const struct nbt_env *env);
void role_announce_soon(struct role *role, uint64_t within_ms, const struct nbt_env *env);
void role_announce_lanman(struct role *role, const struct nbt_env *env);
void role_announce_master(struct role *role, const struct nbt_env *env);
void role_announce_domain(struct role *role, const struct nbt_env *env);
void role_goodbye(struct role *role, bool is_master);
void role_send_election(struct role *role, const struct election_criteria *criteria);
void role_request_announcements(struct role *role, uint8_t suffix);
void role_send_to_name(struct role *role, const struct nbt_name *to, bool is_group,
		       const struct nbt_browse *frame);
struct election_criteria role_criteria(const struct role *role, const struct nbt_env *env);

/* role_browser.c: finding the master, being its backup. */
void role_find_master(struct role *role, const struct nbt_env *env);
void role_check_later(struct role *role, uint64_t after_ms, const struct nbt_env *env);
void role_watch_master(struct role *role, const struct nbt_env *env);
void role_hear_answer(struct role *role, const struct role_event *event, const struct nbt_env *env);
void role_learn_master(struct role *role, const struct role_event *event,
		       const struct nbt_env *env);
void role_find_again(struct role *role, const struct role_event *event, const struct nbt_env *env);
void role_check_master(struct role *role, const struct role_event *event,
		       const struct nbt_env *env);
void role_probe(struct role *role, const struct role_event *event, const struct nbt_env *env);
void role_probed(struct role *role, const struct role_event *event, const struct nbt_env *env);
void role_missed(struct role *role, const struct role_event *event, const struct nbt_env *env);
void role_promote(struct role *role, const struct role_event *event, const struct nbt_env *env);
void role_pull(struct role *role, const struct role_event *event, const struct nbt_env *env);
void role_pulled(struct role *role, const struct role_event *event, const struct nbt_env *env);
void role_pull_failed(struct role *role, const struct role_event *event, const struct nbt_env *env);
void role_reset_browser(struct role *role, const struct role_event *event,
			const struct nbt_env *env);

/* role_master.c: becoming the master, being it, and ceasing to be it. */
void role_claim(struct role *role, const struct nbt_env *env);
void role_unclaim(struct role *role);
void role_names_changed(struct role *role, const struct role_event *event,
			const struct nbt_env *env);
void role_step_down(struct role *role, const struct nbt_env *env);
void role_hear_host(struct role *role, const struct role_event *event, const struct nbt_env *env);
void role_hear_workgroup(struct role *role, const struct role_event *event,
			 const struct nbt_env *env);
void role_hear_promotion(struct role *role, const struct role_event *event,
			 const struct nbt_env *env);
void role_answer_backups(struct role *role, const struct role_event *event,
			 const struct nbt_env *env);
void role_scan_backups(struct role *role, const struct role_event *event,
		       const struct nbt_env *env);
void role_master_requested(struct role *role, const struct role_event *event,
			   const struct nbt_env *env);
void role_reset_master(struct role *role, const struct role_event *event,
		       const struct nbt_env *env);

#endif
