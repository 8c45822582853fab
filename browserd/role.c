#include "browserd/domain.h"
#include "browserd/role_inner.h"

/*
 * Helpers.
 */

void role_init(struct role *role, struct browser_service *service, const char *workgroup,
	       const struct browser_interface *interface)
{
	*role = (struct role){ .service = service,
			       .workgroup = workgroup,
			       .interface = *interface,
			       .state = BROWSER_ROLE_OFF };
	for (size_t i = 0; i < ROLE_TIMERS; i++)
		role->due_ms[i] = NBT_NEVER;
}

void role_news(struct role *role, enum browser_news_type type, const char *other, const char *text)
{
	const struct browser_news news = { .type = type,
					   .workgroup = role->workgroup,
					   .interface = role->interface.address,
					   .role = role->state,
					   .other = other,
					   .text = text,
					   .address = role->master_address };

	role->service->sinks.news(role->service->ctx, &news);
}

/* Timers that a state has; others stop when it begins. */
#define TIMER(event) (1u << (ROLE_##event - ROLE_FIRST_TIMER))
static const unsigned state_timers[BROWSER_ROLES] = {
	[BROWSER_ROLE_NON] = TIMER(ANNOUNCE_DUE) | TIMER(LANMAN_DUE),
	[BROWSER_ROLE_POTENTIAL] = TIMER(ANNOUNCE_DUE) | TIMER(LANMAN_DUE) | TIMER(FIND_DUE) |
				   TIMER(CHECK_DUE) | TIMER(PULL_DUE) | TIMER(PROBE_DUE),
	[BROWSER_ROLE_BACKUP] = TIMER(ANNOUNCE_DUE) | TIMER(LANMAN_DUE) | TIMER(FIND_DUE) |
				TIMER(CHECK_DUE) | TIMER(PULL_DUE) | TIMER(PROBE_DUE),
	[BROWSER_ROLE_CLAIMING] = TIMER(ANNOUNCE_DUE) | TIMER(LANMAN_DUE),
	[BROWSER_ROLE_MASTER] = TIMER(MASTER_ANNOUNCE_DUE) | TIMER(DOMAIN_ANNOUNCE_DUE) |
				TIMER(LANMAN_DUE) | TIMER(BACKUPS_DUE),
};

void role_become(struct role *role, enum browser_role state, const struct nbt_env *env)
{
	for (size_t i = 0; i < ROLE_TIMERS; i++)
		if ((state_timers[state] & 1u << i) == 0)
			role->due_ms[i] = NBT_NEVER;
	role->state = state;
	role->since_ms = env->now_ms;
	if (state != BROWSER_ROLE_BACKUP) {
		role->token = 0;
		role->is_promoting = false;
		set_timer(role, ROLE_PULL_DUE, NBT_NEVER);
	}
	role->probe = 0;
	browser_update_self(role->service, role->workgroup, env);
	role_news(role, BROWSER_NEWS_ROLE, NULL, NULL);
	domain_roles_changed(browser_domain_of(role->service, role->workgroup), env);
}

void role_stand(struct role *role, uint64_t delay_ms, const char *why, const struct nbt_env *env)
{
	const struct election_criteria own = role_criteria(role, env);

	if (role->election.is_running)
		return;
	browser_count(role->service, BROWSER_ELECTIONS);
	role_news(role, BROWSER_NEWS_ELECTION, NULL, why);
	set_timer(role, ROLE_FIND_DUE, NBT_NEVER);
	election_start(&role->election, &role->service->settings->election, &own, delay_ms, env);
}

/*
 * All states.
 */

static void ignore(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	(void)event;
	(void)env;
	browser_count(role->service, BROWSER_UNEXPECTED);
}

/* What comes too late. */
static void nothing(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	(void)role;
	(void)event;
	(void)env;
}

static void cut(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	(void)event;
	election_stop(&role->election);
	role_unclaim(role);
	role_become(role, BROWSER_ROLE_OFF, env);
}

void role_drop(struct role *role)
{
	const struct lists_match heard = { .origin = LISTS_HEARD,
					   .interface = &role->interface.address };

	role_unclaim(role);
	for (size_t kind = 0; kind < LISTS_KINDS; kind++)
		lists_forget(role->service->lists, (enum lists_kind)kind, &heard);
}

static void stop(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	bool is_master = role->state == BROWSER_ROLE_MASTER;

	(void)event;
	election_stop(&role->election);
	role_unclaim(role);
	role_goodbye(role, is_master);
	role_become(role, BROWSER_ROLE_OFF, env);
}

static void announce(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	(void)event;
	role_announce(role, env);
}

static void announce_lanman(struct role *role, const struct role_event *event,
			    const struct nbt_env *env)
{
	(void)event;
	role_announce_lanman(role, env);
}

/* MS-BRWS section 3.2.5.1. Who wants the master does not want us. */
static void announcement_requested(struct role *role, const struct role_event *event,
				   const struct nbt_env *env)
{
	if (event->to == TO_MEMBERS || event->to == TO_BROWSERS)
		role_announce_soon(role, times_of(role)->request_delay, env);
}

void role_say_lanman(struct role *role, const struct nbt_env *env)
{
	if (role->says_lanman)
		return;
	role->says_lanman = true;
	if (role->state != BROWSER_ROLE_OFF)
		set_timer(role, ROLE_LANMAN_DUE, env->now_ms);
}

static void start(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	const struct browser_settings *settings = role->service->settings;

	(void)event;
	role->announced = 0;
	role_become(role, settings->local_master ? BROWSER_ROLE_POTENTIAL : BROWSER_ROLE_NON, env);
	role_announce(role, env);
	if (role->says_lanman)
		role_announce_lanman(role, env);
	if (!settings->local_master)
		return;
	role_watch_master(role, env);
	if (settings->preferred_master)
		role_stand(role, random_ms(env, times_of(role)->election_potential_min),
			   "this is the preferred master", env);
	else
		role_find_master(role, env);
}

/*
 * Elections.
 */

/* Before our first frame. */
static uint64_t election_delay(const struct role *role, const struct nbt_env *env)
{
	const struct browser_times *t = times_of(role);

	switch (role->state) {
	case BROWSER_ROLE_MASTER:
		return t->election_master;
	case BROWSER_ROLE_BACKUP:
		return t->election_backup_min +
		       random_ms(env, t->election_backup_max - t->election_backup_min + 1);
	default:
		return t->election_potential_min +
		       random_ms(env, t->election_potential_max - t->election_potential_min + 1);
	}
}

/* The winner says so within lost_check; else he is looked for. Who did not stand has not lost. */
static void lose(struct role *role, const char *to, bool has_stood, const struct nbt_env *env)
{
	if (has_stood || role->state == BROWSER_ROLE_MASTER ||
	    role->state == BROWSER_ROLE_CLAIMING) {
		browser_count(role->service, BROWSER_LOST);
		role_news(role, BROWSER_NEWS_LOST, to, NULL);
	}
	set_timer(role, ROLE_FIND_DUE, NBT_NEVER);
	if (role->state == BROWSER_ROLE_MASTER || role->state == BROWSER_ROLE_CLAIMING)
		role_step_down(role, env);
	else
		role_check_later(role, times_of(role)->lost_check, env);
}

static void win(struct role *role, const struct nbt_env *env)
{
	switch (role->state) {
	case BROWSER_ROLE_POTENTIAL:
	case BROWSER_ROLE_BACKUP:
		role_become(role, BROWSER_ROLE_CLAIMING, env);
		role_claim(role, env);
		break;
	case BROWSER_ROLE_MASTER: /* it stays so, and says it, to those who wondered */
		role_announce_master(role, env);
		break;
	default:
		break;
	}
}

static void election_heard(struct role *role, const struct role_event *event,
			   const struct nbt_env *env)
{
	const struct nbt_browse *frame = event->frame;
	struct election_criteria own = role_criteria(role, env);
	struct election_criteria peer = { .version = frame->election_version,
					  .criteria = frame->criteria,
					  .uptime_ms = frame->uptime_ms };
	bool was_running = role->election.is_running;
	enum election_verdict verdict;

	text_copy(peer.name, sizeof(peer.name), frame->name);
	verdict = election_hear(&role->election, &role->service->settings->election, &peer, &own,
				election_delay(role, env), env);
	if (verdict == ELECTION_LOST)
		lose(role, event->sender, was_running, env);
	else if (!was_running) {
		browser_count(role->service, BROWSER_ELECTIONS);
		set_timer(role, ROLE_FIND_DUE, NBT_NEVER);
		role_news(role, BROWSER_NEWS_ELECTION, event->sender, "another has begun one");
	}
}

static void election_due(struct role *role, const struct nbt_env *env)
{
	switch (election_wake(&role->election, &role->service->settings->election, env)) {
	case ELECTION_SEND:
		role_send_election(role, &role->election.own);
		break;
	case ELECTION_WON:
		win(role, env);
		break;
	case ELECTION_LOST:
		lose(role, NULL, true, env);
		break;
	case ELECTION_NOTHING:
		break;
	}
}

/*
 * Timers of masters.
 */

static void announce_master(struct role *role, const struct role_event *event,
			    const struct nbt_env *env)
{
	(void)event;
	role_announce_master(role, env);
}

static void announce_domain(struct role *role, const struct role_event *event,
			    const struct nbt_env *env)
{
	(void)event;
	role_announce_domain(role, env);
}

/*
 * What is done in which state: the table of browser.md section 6, and its timers. Names of ours
 * come before the start; a pull's end may come when nobody waits for it any more.
 */

typedef void step_fn(struct role *role, const struct role_event *event, const struct nbt_env *env);

#define ANY_STATE [ROLE_STOP] = stop, [ROLE_CUT] = cut
#define ANNOUNCES                                                                                  \
	ANY_STATE, [ROLE_ANNOUNCEMENT_REQUESTED] = announcement_requested,                         \
		   [ROLE_ANNOUNCE_DUE] = announce, [ROLE_LANMAN_DUE] = announce_lanman

static step_fn *const steps[BROWSER_ROLES][ROLE_EVENTS] = {
	[BROWSER_ROLE_OFF] = {
		[ROLE_START] = start,
		[ROLE_STOP] = nothing,
		[ROLE_CUT] = nothing,
		[ROLE_NAMES_CHANGED] = nothing,
	},
	[BROWSER_ROLE_NON] = {
		ANNOUNCES,
		[ROLE_NAMES_CHANGED] = nothing,
	},
	[BROWSER_ROLE_POTENTIAL] = {
		ANNOUNCES,
		[ROLE_ELECTION_HEARD] = election_heard,
		[ROLE_BACKUP_MADE] = role_promote,
		[ROLE_RESET] = role_reset_browser,
		[ROLE_MASTER_ANNOUNCED] = role_learn_master,
		[ROLE_BACKUPS_TOLD] = role_hear_answer,
		[ROLE_NAMES_CHANGED] = nothing,
		[ROLE_PROBED] = role_probed,
		[ROLE_MISSED] = role_missed,
		[ROLE_PULLED] = role_pulled,
		[ROLE_PULL_FAILED] = role_pull_failed,
		[ROLE_FIND_DUE] = role_find_again,
		[ROLE_CHECK_DUE] = role_check_master,
		[ROLE_PULL_DUE] = role_pull,
		[ROLE_PROBE_DUE] = role_probe,
	},
	[BROWSER_ROLE_BACKUP] = {
		ANNOUNCES,
		[ROLE_ELECTION_HEARD] = election_heard,
		[ROLE_BACKUP_MADE] = nothing,
		[ROLE_RESET] = role_reset_browser,
		[ROLE_MASTER_ANNOUNCED] = role_learn_master,
		[ROLE_BACKUPS_TOLD] = role_hear_answer,
		[ROLE_NAMES_CHANGED] = nothing,
		[ROLE_PROBED] = role_probed,
		[ROLE_MISSED] = role_missed,
		[ROLE_PULLED] = role_pulled,
		[ROLE_PULL_FAILED] = role_pull_failed,
		[ROLE_FIND_DUE] = role_find_again,
		[ROLE_CHECK_DUE] = role_check_master,
		[ROLE_PULL_DUE] = role_pull,
		[ROLE_PROBE_DUE] = role_probe,
	},
	[BROWSER_ROLE_CLAIMING] = {
		ANNOUNCES,
		[ROLE_ELECTION_HEARD] = election_heard,
		[ROLE_BACKUP_MADE] = nothing,
		[ROLE_MASTER_ANNOUNCED] = nothing,
		[ROLE_NAMES_CHANGED] = role_names_changed,
	},
	[BROWSER_ROLE_MASTER] = {
		ANY_STATE,
		[ROLE_HOST_ANNOUNCED] = role_hear_host,
		[ROLE_ANNOUNCEMENT_REQUESTED] = role_master_requested,
		[ROLE_ELECTION_HEARD] = election_heard,
		[ROLE_BACKUPS_ASKED] = role_answer_backups,
		[ROLE_BACKUP_MADE] = role_hear_promotion,
		[ROLE_DOMAIN_ANNOUNCED] = role_hear_workgroup,
		[ROLE_RESET] = role_reset_master,
		[ROLE_MASTER_ANNOUNCED] = role_hear_host,
		[ROLE_NAMES_CHANGED] = role_names_changed,
		[ROLE_MASTER_ANNOUNCE_DUE] = announce_master,
		[ROLE_DOMAIN_ANNOUNCE_DUE] = announce_domain,
		[ROLE_LANMAN_DUE] = announce_lanman,
		[ROLE_BACKUPS_DUE] = role_scan_backups,
	},
};

void role_event(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	step_fn *step = steps[role->state][event->type];

	(step != NULL ? step : ignore)(role, event, env);
}

void role_simple_event(struct role *role, enum role_event_type type, const struct nbt_env *env)
{
	const struct role_event event = { .type = type };

	role_event(role, &event, env);
}

/*
 * Orders.
 */

bool role_elect(struct role *role, const char *why, const struct nbt_env *env)
{
	if (steps[role->state][ROLE_ELECTION_HEARD] == NULL)
		return false;
	role_stand(role, 0, why, env);
	return true;
}

bool role_pull_now(struct role *role, const struct nbt_env *env)
{
	if (role->state != BROWSER_ROLE_BACKUP || role->token != 0)
		return false;
	role_pull(role, NULL, env);
	return true;
}

bool role_announce_now(struct role *role, const struct nbt_env *env)
{
	if (role->state == BROWSER_ROLE_OFF)
		return false;
	if (role->state != BROWSER_ROLE_MASTER) {
		role_announce(role, env);
		return true;
	}
	role_announce_master(role, env);
	role_announce_domain(role, env);
	return true;
}

/*
 * Time.
 */

uint64_t role_deadline(const struct role *role)
{
	uint64_t due = election_deadline(&role->election);

	for (size_t i = 0; i < ROLE_TIMERS; i++)
		due = nbt_earlier(due, role->due_ms[i]);
	return due;
}

void role_wake(struct role *role, const struct nbt_env *env)
{
	if (env->now_ms >= election_deadline(&role->election))
		election_due(role, env);
	for (size_t i = 0; i < ROLE_TIMERS; i++) {
		if (env->now_ms < role->due_ms[i])
			continue;
		role->due_ms[i] = NBT_NEVER;
		role_simple_event(role, (enum role_event_type)(ROLE_FIRST_TIMER + i), env);
	}
}
