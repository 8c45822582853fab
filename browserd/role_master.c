/* The local master: claiming its names, keeping the lists of its subnet, and its backups. */
#include "browserd/role_inner.h"

#define BACKUPS_TOLD_MAX 16 /* names in an answer: the datagram stays short */

/*
 * Its names.
 */

static struct nbt_local_claim master_claim(const struct role *role)
{
	return (struct nbt_local_claim){ .interface = role->interface.address,
					 .name = browser_name(role->workgroup, NBT_SUFFIX_LMB),
					 .scope = role->service->settings->scope,
					 .broadcast_only = !role->service->settings->virtual_lan };
}

static struct nbt_local_claim msbrowse_claim(const struct role *role)
{
	return (struct nbt_local_claim){ .interface = role->interface.address,
					 .name = browser_msbrowse(),
					 .scope = role->service->settings->scope,
					 .is_group = true,
					 .broadcast_only = !role->service->settings->virtual_lan };
}

/* <1D> first, so that the next master need not wait for it. */
void role_unclaim(struct role *role)
{
	const struct nbt_local_claim master = master_claim(role);
	const struct nbt_local_claim msbrowse = msbrowse_claim(role);

	if (role->has_master_name)
		names_release(role->service->names, &master);
	if (role->has_msbrowse)
		names_release(role->service->names, &msbrowse);
	role->has_master_name = role->has_msbrowse = false;
}

/* What its predecessor knew is of use until all have announced themselves, and not longer: backups
 * will pull it from us, and must not keep the dead alive among themselves. */
static void limit_inheritance(struct role *role, const struct nbt_env *env)
{
	const struct lists_match inherited = { .origin = LISTS_PULLED,
					       .address = &role->pulled_from };

	for (size_t kind = 0; kind < LISTS_KINDS; kind++)
		lists_limit(role->service->lists, (enum lists_kind)kind, &inherited,
			    env->now_ms + 2 * times_of(role)->announce_max);
}

static void be_master(struct role *role, const struct nbt_env *env)
{
	struct browser_service *service = role->service;

	role->refusals = 0;
	role->asked[0] = '\0';
	role->master_announced = role->domain_announced = 0;
	text_copy(role->master, sizeof(role->master), service->settings->name);
	role->master_address = role->interface.address;
	role_become(role, BROWSER_ROLE_MASTER, env);
	browser_count(service, BROWSER_WON);
	limit_inheritance(role, env);
	if (lists_count(service->lists, LISTS_SERVERS) < service->settings->few_servers)
		role_request_announcements(role, NBT_SUFFIX_WORKSTATION);
	role_request_announcements(role, NBT_SUFFIX_BROWSE);
	role_announce_master(role, env);
	role_announce_domain(role, env);
	set_timer(role, ROLE_BACKUPS_DUE, env->now_ms + times_of(role)->backups_first);
}

/* Somebody has the name, and may or may not be a master: asked, and fought for, ever more seldom.
 */
static void refused(struct role *role, const struct nbt_env *env)
{
	const struct browser_times *times = times_of(role);
	unsigned doublings = role->refusals < 16 ? role->refusals : 16;
	uint64_t wait = nbt_earlier(times->claim_retry << doublings, times->master_check);

	role_unclaim(role);
	role->refusals++;
	role->master[0] = '\0';
	role_become(role, BROWSER_ROLE_POTENTIAL, env);
	role_announce_soon(role, times->request_delay, env);
	set_timer(role, ROLE_CHECK_DUE, env->now_ms + wait + random_ms(env, times->claim_retry));
}

static void claim_master_name(struct role *role, const struct nbt_env *env)
{
	const struct nbt_local_claim claim = master_claim(role);

	role->has_master_name = true;
	switch (names_claim(role->service->names, &claim)) {
	case NAMES_GONE:
		refused(role, env);
		break;
	case NAMES_HELD:
		be_master(role, env);
		break;
	case NAMES_WANTED:
		break;
	}
}

/* As Windows: __MSBROWSE__, and when that stands <1D>; a master is it only then. */
void role_claim(struct role *role, const struct nbt_env *env)
{
	const struct nbt_local_claim claim = msbrowse_claim(role);

	role->has_msbrowse = true;
	if (names_claim(role->service->names, &claim) != NAMES_WANTED)
		claim_master_name(role, env);
}

/* Without __MSBROWSE__, which some fool may hold as his own, a master is better than none. */
static void claiming_names_changed(struct role *role, const struct nbt_env *env)
{
	const struct nbt_local_claim msbrowse = msbrowse_claim(role);
	const struct nbt_local_claim master = master_claim(role);

	if (!role->has_master_name) {
		if (names_state(role->service->names, &msbrowse) != NAMES_WANTED)
			claim_master_name(role, env);
		return;
	}
	switch (names_state(role->service->names, &master)) {
	case NAMES_GONE:
		refused(role, env);
		break;
	case NAMES_HELD:
		be_master(role, env);
		break;
	case NAMES_WANTED:
		break;
	}
}

void role_names_changed(struct role *role, const struct role_event *event,
			const struct nbt_env *env)
{
	const struct nbt_local_claim master = master_claim(role);

	(void)event;
	if (role->state == BROWSER_ROLE_CLAIMING)
		claiming_names_changed(role, env);
	else if (names_state(role->service->names, &master) == NAMES_GONE)
		refused(role, env);
}

void role_step_down(struct role *role, const struct nbt_env *env)
{
	role_unclaim(role);
	role->master[0] = '\0';
	role->announced = 0;
	role_become(role, BROWSER_ROLE_POTENTIAL, env);
	role_announce_soon(role, times_of(role)->request_delay, env);
	role_check_later(role, times_of(role)->lost_check, env);
}

/*
 * What it hears.
 */

static struct lists_record record_of(const struct role *role, const struct nbt_browse *frame)
{
	struct lists_record record = { .type = frame->server_type,
				       .os_major = frame->os_major,
				       .os_minor = frame->os_minor,
				       .browser_version = frame->browser_version };

	text_copy(record.name, sizeof(record.name), frame->name);
	text_copy(record.workgroup, sizeof(record.workgroup), role->workgroup);
	text_copy(record.comment, sizeof(record.comment), frame->comment);
	return record;
}

/* Both are here now: they elect. Neither gives up its names before it has lost. */
static void meet_rival(struct role *role, const char *name, const struct nbt_env *env)
{
	if (role->election.is_running ||
	    (role->rival_ms != 0 && env->now_ms < role->rival_ms + times_of(role)->rival_gap))
		return;
	role->rival_ms = env->now_ms;
	role_news(role, BROWSER_NEWS_RIVAL, name, NULL);
	role_stand(role, times_of(role)->election_master, "there is another master", env);
}

void role_hear_host(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	const struct nbt_browse *frame = event->frame;
	const struct lists_record record = record_of(role, frame);
	struct browser_service *service = role->service;

	if (frame->server_type == 0) {
		lists_hear_end(service->lists, role->workgroup, frame->name,
			       role->interface.address, event->from.sin_addr);
		return;
	}
	browser_note(service,
		     lists_hear(service->lists, LISTS_SERVERS, &record, role->interface.address,
				event->from.sin_addr, frame->period_ms, env));
	if ((frame->server_type & NBT_SV_MASTER_BROWSER) != 0)
		meet_rival(role, frame->name, env);
}

void role_hear_workgroup(struct role *role, const struct role_event *event,
			 const struct nbt_env *env)
{
	const struct nbt_browse *frame = event->frame;
	const struct lists_record record = record_of(role, frame);
	struct browser_service *service = role->service;

	if (text_equal(frame->name, role->workgroup)) {
		meet_rival(role, frame->comment, env);
		return;
	}
	browser_note(service,
		     lists_hear(service->lists, LISTS_WORKGROUPS, &record, role->interface.address,
				event->from.sin_addr, frame->period_ms, env));
}

/* Who makes backups is a master. */
void role_hear_promotion(struct role *role, const struct role_event *event,
			 const struct nbt_env *env)
{
	meet_rival(role, event->sender, env);
}

/* Who asks for the master wants to know now; who asks all may wait. */
void role_master_requested(struct role *role, const struct role_event *event,
			   const struct nbt_env *env)
{
	uint64_t soonest = role->master_announced_ms + times_of(role)->announce_gap;
	uint64_t at = env->now_ms + random_ms(env, times_of(role)->request_delay);

	if (event->to == TO_MASTER || event->to == TO_MASTERS)
		at = soonest > env->now_ms ? soonest : env->now_ms;
	if (event->to != TO_MASTERS)
		set_timer(role, ROLE_MASTER_ANNOUNCE_DUE,
			  nbt_earlier(timer_of(role, ROLE_MASTER_ANNOUNCE_DUE), at));
	set_timer(role, ROLE_DOMAIN_ANNOUNCE_DUE,
		  nbt_earlier(timer_of(role, ROLE_DOMAIN_ANNOUNCE_DUE), at));
	role_wake(role, env);
}

/* Both end the role; nmbd and we elect at once, lest there be no master. */
void role_reset_master(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	if ((event->frame->reset & (NBT_RESET_STOP_MASTER | NBT_RESET_CLEAR_ALL)) == 0)
		return;
	role_news(role, BROWSER_NEWS_RESET, event->sender, NULL);
	role_step_down(role, env);
	role_reset_browser(role, event, env);
	role_stand(role, random_ms(env, times_of(role)->election_potential_max),
		   "the master was reset", env);
}

/*
 * Backups.
 */

static bool is_backup(const struct lists_record *record)
{
	return (record->type & (NBT_SV_BACKUP_BROWSER | NBT_SV_MASTER_BROWSER)) ==
	       NBT_SV_BACKUP_BROWSER;
}

struct telling {
	struct nbt_browse frame;
	size_t wanted;
};

static bool tell_backup(void *ctx, const struct lists_view *view)
{
	struct telling *telling = ctx;
	struct nbt_browse *frame = &telling->frame;

	if (!is_backup(view->record))
		return true;
	if (frame->count == telling->wanted)
		return false;
	text_copy(frame->backup[frame->count++], NBT_BROWSE_NAME_SIZE, view->record->name);
	return true;
}

/* Never an empty list: the client would call an election. */
void role_answer_backups(struct role *role, const struct role_event *event,
			 const struct nbt_env *env)
{
	struct browser_service *service = role->service;
	struct telling telling = { .frame = { .opcode = NBT_BROWSE_GET_BACKUP_LIST_RESPONSE,
					      .token = event->frame->token },
				   .wanted = event->frame->count };
	const struct browser_send send = { .to = browser_name(event->sender,
							      NBT_SUFFIX_WORKSTATION),
					   .interface = role->interface.address,
					   .address = event->from.sin_addr,
					   .port = ntohs(event->from.sin_port) };

	if (!ratelimit_take(service->backup_answers, event->from.sin_addr, env->now_ms)) {
		browser_count(service, BROWSER_LIMITED);
		return;
	}
	if (telling.wanted > BACKUPS_TOLD_MAX)
		telling.wanted = BACKUPS_TOLD_MAX;
	lists_each_heard(service->lists, LISTS_SERVERS, role->workgroup, role->interface.address,
			 tell_backup, &telling);
	if (telling.frame.count < telling.wanted || telling.frame.count == 0)
		text_copy(telling.frame.backup[telling.frame.count++], NBT_BROWSE_NAME_SIZE,
			  service->settings->name);
	browser_send_frame(service, &send, &telling.frame);
}

/* What a look at the servers of the subnet finds. */
struct scan {
	size_t servers, backups;
	const char *asked;             /* the last one that was told to be one, and is none */
	struct lists_view best;        /* of those who could be one; record NULL: none */
	struct lists_view first, next; /* of those by name, and behind the one asked */
	struct lists_view newest;      /* of those who are */
	struct lists_view old;         /* one with an old version of the protocol */
};

/* Windows NT before others, and of those the one that is there for the longest time. */
static bool is_better(const struct lists_view *a, const struct lists_view *b)
{
	bool a_nt = (a->record->type & NBT_SV_NT) != 0, b_nt;

	if (b->record == NULL)
		return true;
	b_nt = (b->record->type & NBT_SV_NT) != 0;
	return a_nt != b_nt ? a_nt : a->since_ms < b->since_ms;
}

/* They come in the order of their names. */
static void scan_candidate(struct scan *scan, const struct lists_view *view)
{
	if (is_better(view, &scan->best))
		scan->best = *view;
	if (scan->first.record == NULL)
		scan->first = *view;
	if (scan->next.record == NULL && text_compare(view->record->name, scan->asked) > 0)
		scan->next = *view;
}

static bool scan_server(void *ctx, const struct lists_view *view)
{
	const uint32_t type = view->record->type;
	struct scan *scan = ctx;

	scan->servers++;
	if (is_backup(view->record)) {
		scan->backups++;
		if (view->record->browser_version < NBT_BROWSER_VERSION)
			scan->old = *view;
		if (scan->newest.record == NULL || view->since_ms >= scan->newest.since_ms)
			scan->newest = *view;
	} else if ((type & NBT_SV_POTENTIAL_BROWSER) != 0 && (type & NBT_SV_MASTER_BROWSER) == 0) {
		scan_candidate(scan, view);
	}
	return true;
}

/* MS-BRWS <51>: of so many servers, us among them. */
static size_t backups_for(size_t servers)
{
	if (servers < 2)
		return 0;
	if (servers < 32)
		return 1;
	return servers < 64 ? 2 : 3;
}

/* The best one; if it does not obey, as nmbd, one after the other. */
static void make_backup(struct role *role, const struct scan *scan)
{
	const struct lists_view *view = *role->asked == '\0'        ? &scan->best
					: scan->next.record != NULL ? &scan->next
								    : &scan->first;
	const struct nbt_name browsers = browser_name(role->workgroup, NBT_SUFFIX_ELECTION);
	struct nbt_browse frame = { .opcode = NBT_BROWSE_BECOME_BACKUP };

	text_copy(role->asked, sizeof(role->asked), view->record->name);
	text_copy(frame.name, sizeof(frame.name), role->asked);
	role_send_to_name(role, &browsers, true, &frame);
}

static void unmake_backup(struct role *role, const struct lists_view *view)
{
	const struct browser_send send = {
		.to = browser_name(view->record->name, NBT_SUFFIX_WORKSTATION),
		.interface = role->interface.address,
		.address = view->source.address,
	};
	const struct nbt_browse frame = { .opcode = NBT_BROWSE_RESET_STATE,
					  .reset = NBT_RESET_CLEAR_ALL };

	browser_send_frame(role->service, &send, &frame);
}

/* One step at a time: the next look sees what became of it. */
void role_scan_backups(struct role *role, const struct role_event *event, const struct nbt_env *env)
{
	struct scan scan = { .servers = 1, .asked = role->asked };

	(void)event;
	set_timer(role, ROLE_BACKUPS_DUE, env->now_ms + times_of(role)->backups_again);
	lists_each_heard(role->service->lists, LISTS_SERVERS, role->workgroup,
			 role->interface.address, scan_server, &scan);
	if (scan.old.record != NULL)
		unmake_backup(role, &scan.old);
	else if (scan.backups > backups_for(scan.servers))
		unmake_backup(role, &scan.newest);
	else if (scan.backups < backups_for(scan.servers) && scan.best.record != NULL)
		make_backup(role, &scan);
}
