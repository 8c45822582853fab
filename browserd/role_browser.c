/* Potential and backup browsers: who the master is, whether it is there, and a copy of its lists.
 */
#include "browserd/role_inner.h"

/*
 * Finding the master: FindMaster of MS-BRWS section 3.3.5.1.
 */

/* In a virtual LAN the answer to an AnnouncementRequest would go to all hosts of all subnets. That
 * to a question about backups comes to us alone. First the master that we know is asked, then
 * whoever has the name. */
static void ask_master(struct role *role, const struct nbt_env *env)
{
	struct browser_send send = { .to = browser_name(role->workgroup, NBT_SUFFIX_LMB),
				     .interface = role->interface.address };

	if (role->tries == 0)
		role->find_token = 1 + nbt_env_random(env, INT32_MAX);
	if (role->tries == 0 && role->master[0] != '\0')
		send.address = role->master_address;
	browser_send_frame(role->service, &send,
			   &(struct nbt_browse){ .opcode = NBT_BROWSE_GET_BACKUP_LIST_REQUEST,
						 .count = 1,
						 .token = role->find_token });
}

static void ask_for_master(struct role *role, const struct nbt_env *env)
{
	if (role->service->settings->virtual_lan)
		ask_master(role, env);
	else
		role_request_announcements(role, NBT_SUFFIX_LMB);
	role->tries++;
	set_timer(role, ROLE_FIND_DUE, env->now_ms + times_of(role)->find_master);
}

void role_find_master(struct role *role, const struct nbt_env *env)
{
	if (timer_of(role, ROLE_FIND_DUE) != NBT_NEVER || role->election.is_running)
		return;
	role->tries = 0;
	ask_for_master(role, env);
}

void role_find_again(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	(void)event;
	if (role->tries < role->service->settings->find_master_tries) {
		ask_for_master(role, env);
		return;
	}
	role->is_promoting = false;
	if (role->master[0] != '\0')
		role_news(role, BROWSER_NEWS_SILENT, role->master, NULL);
	role->master[0] = '\0';
	browser_update_self(role->service, role->workgroup, env);
	role_stand(role, 0, "no master has answered", env);
}

void role_check_later(struct role *role, uint64_t after_ms, const struct nbt_env *env)
{
	set_timer(role, ROLE_CHECK_DUE,
		  env->now_ms + after_ms + random_ms(env, times_of(role)->check_spread));
}

/* On a subnet it will be heard. In a virtual LAN, where a host may vanish with its whole site, each
 * asks it soon, and costs it no more than an answer. */
void role_watch_master(struct role *role, const struct nbt_env *env)
{
	uint64_t half = times_of(role)->probe / 2;

	if (role->service->settings->virtual_lan && half > 0)
		set_timer(role, ROLE_CHECK_DUE, env->now_ms + half + random_ms(env, half + 1));
	else
		role_check_later(role, times_of(role)->master_check, env);
}

void role_check_master(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	(void)event;
	role_watch_master(role, env);
	role_find_master(role, env);
}

/* A master's goodbye: the election that follows will find another. */
static void lose_master(struct role *role, const struct role_event *event,
			const struct nbt_env *env)
{
	const struct lists_match gone = { .origin = LISTS_PULLED,
					  .workgroup = role->workgroup,
					  .name = event->frame->name };

	if (!text_equal(role->master, event->frame->name) ||
	    role->master_address.s_addr != event->from.sin_addr.s_addr)
		return;
	lists_forget(role->service->lists, LISTS_SERVERS, &gone);
	role->master[0] = '\0';
	browser_update_self(role->service, role->workgroup, env);
}

/*
 * A master that dies without a word would be missed only after minutes: it is asked whether it
 * still has its name. One that has never answered this is looked for by the protocol's means, once:
 * not every program answers.
 */

#define MISSES      2
#define FIRST_PROBE 1000 /* of a new master, up to so much later: all ask it; milliseconds */

static void watch_master(struct role *role, struct in_addr address, const struct nbt_env *env)
{
	if (role->master_address.s_addr != address.s_addr)
		role->is_probed = role->is_doubted = false;
	role->master_address = address;
	role->misses = 0;
	if (times_of(role)->probe != 0 && !role->service->settings->virtual_lan)
		set_timer(role, ROLE_PROBE_DUE,
			  env->now_ms + (role->is_probed ? times_of(role)->probe
							 : random_ms(env, FIRST_PROBE)));
}

void role_probe(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	const struct browser_lookup lookup = { .type = BROWSER_LOOKUP_PROBE,
					       .address = role->master_address,
					       .name = browser_name(role->workgroup,
								    NBT_SUFFIX_LMB) };

	(void)event;
	if (role->master[0] == '\0' || times_of(role)->probe == 0)
		return;
	set_timer(role, ROLE_PROBE_DUE, env->now_ms + times_of(role)->probe);
	if (role->probe != 0)
		return;
	role->probe = browser_ask(role->service, &lookup);
}

void role_probed(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	(void)event;
	(void)env;
	role->is_probed = true;
	role->misses = 0;
}

void role_missed(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	(void)event;
	if (++role->misses < MISSES || (!role->is_probed && role->is_doubted))
		return;
	role->misses = 0;
	role->is_doubted = !role->is_probed;
	role_find_master(role, env);
}

/* In a virtual LAN it may not have heard what we said before. */
static void meet_master(struct role *role, const char *name, const struct nbt_env *env)
{
	text_copy(role->master, sizeof(role->master), name);
	role_news(role, BROWSER_NEWS_MASTER, role->master, NULL);
	browser_update_self(role->service, role->workgroup, env);
	if (role->service->settings->virtual_lan)
		role_announce_soon(role, times_of(role)->request_delay, env);
}

static void learn_master(struct role *role, const char *name, struct in_addr address,
			 const struct nbt_env *env)
{
	watch_master(role, address, env);
	if (!text_equal(role->master, name))
		meet_master(role, name, env);
	set_timer(role, ROLE_FIND_DUE, NBT_NEVER);
	role_watch_master(role, env);
	if (role->is_promoting && role->token == 0)
		role_pull(role, NULL, env);
}

void role_learn_master(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	if ((event->frame->server_type & NBT_SV_MASTER_BROWSER) == 0)
		lose_master(role, event, env);
	else
		learn_master(role, event->frame->name, event->from.sin_addr, env);
}

void role_hear_answer(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	if (timer_of(role, ROLE_FIND_DUE) != NBT_NEVER && role->find_token != 0 &&
	    event->frame->token == role->find_token)
		learn_master(role, event->sender, event->from.sin_addr, env);
	else
		browser_count(role->service, BROWSER_UNEXPECTED);
}

/*
 * Being a backup.
 */

void role_promote(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	if (role->is_promoting || !text_equal(event->frame->name, role->service->settings->name))
		return;
	role->is_promoting = true;
	if (role->master[0] != '\0')
		role_pull(role, NULL, env);
	else
		role_find_master(role, env);
}

/* One that has not ended until the next is due has failed. The domain master's lists are with its
 * local master, too, and would come back from there: it takes what that has heard itself. */
void role_pull(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	struct browser_service *service = role->service;
	const struct browser_times *times = times_of(role);
	struct browser_pull pull = { .interface = role->interface.address,
				     .address = role->master_address,
				     .workgroup = role->workgroup,
				     .name = role->master,
				     .is_local =
					     browser_is_domain_master(service, role->workgroup) };

	(void)event;
	if (role->token != 0) {
		role_pull_failed(role, NULL, env);
		return;
	}
	set_timer(role, ROLE_PULL_DUE, env->now_ms + times->pull);
	if (role->master[0] == '\0') {
		role_find_master(role, env);
		return;
	}
	role->token = pull.token = browser_new_token(service);
	for (size_t kind = 0; kind < LISTS_KINDS; kind++)
		role->pulls[kind] =
			lists_pull_begin(service->lists, (enum lists_kind)kind, pull.address,
					 role->workgroup, LISTS_PERIODS * times->pull);
	browser_count(service, BROWSER_PULLS);
	service->sinks.pull(service->ctx, &pull);
}

/* Of the lists of before only those of ourselves and of others' subnets stay. */
static void forget_others(struct role *role)
{
	struct lists *lists = role->service->lists;
	const struct lists_match heard = { .origin = LISTS_HEARD,
					   .interface = &role->interface.address,
					   .workgroup = role->workgroup };
	const struct lists_match pulled = { .origin = LISTS_PULLED, .address = &role->pulled_from };

	lists_forget(lists, LISTS_SERVERS, &heard);
	if (role->pulled_from.s_addr == role->pulls[0].peer.s_addr)
		return;
	for (size_t kind = 0; kind < LISTS_KINDS; kind++)
		lists_forget(lists, (enum lists_kind)kind, &pulled);
	role->pulled_from = role->pulls[0].peer;
}

void role_pulled(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	(void)event;
	role->token = 0;
	role->failures = 0;
	for (size_t kind = 0; kind < LISTS_KINDS; kind++)
		lists_pull_end(role->service->lists, &role->pulls[kind]);
	forget_others(role);
	if (role->state != BROWSER_ROLE_POTENTIAL || !role->is_promoting)
		return;
	role->is_promoting = false;
	role_become(role, BROWSER_ROLE_BACKUP, env);
	set_timer(role, ROLE_PULL_DUE, env->now_ms + times_of(role)->pull);
	role_announce(role, env); /* so that the master lists us */
}

void role_pull_failed(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	(void)event;
	role->token = 0;
	browser_count(role->service, BROWSER_PULLS_FAILED);
	role_news(role, BROWSER_NEWS_PULL_FAILED, role->master, NULL);
	set_timer(role, ROLE_PULL_DUE, env->now_ms + times_of(role)->pull_retry);
	if (++role->failures < role->service->settings->pull_failures)
		return;
	role->failures = 0;
	role->is_promoting = false;
	if (role->state == BROWSER_ROLE_POTENTIAL)
		set_timer(role, ROLE_PULL_DUE, NBT_NEVER);
	role_stand(role, 0, "the master's lists cannot be had", env);
}

/* STOP_MASTER is none of ours; STOP_BROWSER is obeyed by nobody. */
void role_reset_browser(struct role *role, const struct role_event *event,
			const struct nbt_env *env)
{
	const struct lists_match pulled = { .origin = LISTS_PULLED };
	const struct lists_match heard = { .origin = LISTS_HEARD,
					   .interface = &role->interface.address };

	if ((event->frame->reset & NBT_RESET_CLEAR_ALL) == 0)
		return;
	for (size_t kind = 0; kind < LISTS_KINDS; kind++) {
		lists_forget(role->service->lists, (enum lists_kind)kind, &pulled);
		lists_forget(role->service->lists, (enum lists_kind)kind, &heard);
	}
	role->is_promoting = false;
	if (role->state != BROWSER_ROLE_BACKUP)
		return;
	role_news(role, BROWSER_NEWS_RESET, event->sender, NULL);
	role_become(role, BROWSER_ROLE_POTENTIAL, env);
	role_announce(role, env);
}
