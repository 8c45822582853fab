#include "browserd/service_inner.h"

#include <stdlib.h>
#include <string.h>

#include <nbt/mailslot.h>

#include "browserd/role.h"
#include "browserd/text.h"

static const char *const stat_names[] = { BROWSER_STATS(STATS_NAME) };

/*
 * Names.
 */

struct nbt_name browser_name(const char *text, uint8_t suffix)
{
	struct nbt_name name;
	char cut[NBT_NAME_LEN];

	text_copy(cut, sizeof(cut), text);
	if (nbt_name_make(&name, cut, suffix) != NBT_OK)
		memset(&name, 0, sizeof(name)); /* it is never too long */
	return name;
}

struct nbt_name browser_msbrowse(void)
{
	return browser_name("\x01\x02__MSBROWSE__\x02", NBT_SUFFIX_BROWSE);
}

bool browser_is_own(const struct browser_service *service, const char *name)
{
	const struct browser_settings *settings = service->settings;

	if (text_equal(settings->name, name))
		return true;
	for (size_t i = 0; i < settings->alias_count; i++)
		if (text_equal(settings->aliases[i], name))
			return true;
	return false;
}

/*
 * The names of this host and its workgroups, on every interface.
 */

typedef void claim_fn(struct browser_service *service, const struct nbt_local_claim *claim);

static struct nbt_local_claim own_claim(const struct browser_service *service, const char *name,
					uint8_t suffix, bool is_group)
{
	return (struct nbt_local_claim){ .name = browser_name(name, suffix),
					 .scope = service->settings->scope,
					 .is_group = is_group };
}

static void each_own_claim(struct browser_service *service, claim_fn *each)
{
	const struct browser_settings *settings = service->settings;
	struct nbt_local_claim claim =
		own_claim(service, settings->name, NBT_SUFFIX_WORKSTATION, false);

	each(service, &claim);
	for (size_t i = 0; i < settings->alias_count; i++) {
		claim = own_claim(service, settings->aliases[i], NBT_SUFFIX_WORKSTATION, false);
		each(service, &claim);
	}
	for (size_t i = 0; i < settings->workgroup_count; i++) {
		claim = own_claim(service, settings->workgroups[i], NBT_SUFFIX_WORKSTATION, true);
		each(service, &claim);
		if (!settings->local_master)
			continue;
		claim = own_claim(service, settings->workgroups[i], NBT_SUFFIX_ELECTION, true);
		each(service, &claim);
	}
}

static void claim_it(struct browser_service *service, const struct nbt_local_claim *claim)
{
	(void)names_claim(service->names, claim);
}

static void release_it(struct browser_service *service, const struct nbt_local_claim *claim)
{
	names_release(service->names, claim);
}

static void retry_it(struct browser_service *service, const struct nbt_local_claim *claim)
{
	names_retry(service->names, claim);
}

/* Whether roles of the workgroup can begin. Without an alias they can. */
static bool has_names(const struct browser_service *service, const char *workgroup)
{
	const struct browser_settings *settings = service->settings;
	const struct nbt_local_claim host =
		own_claim(service, settings->name, NBT_SUFFIX_WORKSTATION, false);
	const struct nbt_local_claim members =
		own_claim(service, workgroup, NBT_SUFFIX_WORKSTATION, true);
	const struct nbt_local_claim browsers =
		own_claim(service, workgroup, NBT_SUFFIX_ELECTION, true);

	return names_state(service->names, &host) == NAMES_HELD &&
	       names_state(service->names, &members) == NAMES_HELD &&
	       (!settings->local_master || names_state(service->names, &browsers) == NAMES_HELD);
}

/*
 * Create and destroy.
 */

static void be_known(struct browser_service *service, const struct nbt_env *env)
{
	for (size_t i = 0; i < service->settings->workgroup_count; i++)
		browser_update_self(service, service->settings->workgroups[i], env);
}

static uint64_t random_key(const struct nbt_env *env)
{
	uint64_t key = env->random(env->random_ctx, 1U << 31);

	return key << 31 | env->random(env->random_ctx, 1U << 31);
}

struct browser_service *browser_create(const struct browser_settings *settings,
				       const struct browser_sinks *sinks, void *ctx,
				       const struct nbt_env *env)
{
	struct browser_service *service = calloc(1, sizeof(*service));

	if (service == NULL)
		return NULL;
	service->settings = settings;
	service->sinks = *sinks;
	service->ctx = ctx;
	service->started_ms = env->now_ms;
	service->keep_ms = service->retry_ms = NBT_NEVER;
	service->remote_ms = NBT_NEVER;
	service->stats = (struct stats){ stat_names, service->counters, BROWSER_STAT_COUNT };
	service->lists = lists_create(&settings->lists);
	service->names = names_create(&(struct names_sinks){ sinks->claim, sinks->release }, ctx);
	service->backup_answers = ratelimit_create(settings->backup_answers, random_key(env));
	if (service->lists == NULL || service->names == NULL || service->backup_answers == NULL) {
		browser_destroy(service);
		return NULL;
	}
	be_known(service, env);
	each_own_claim(service, claim_it);
	return service;
}

void browser_destroy(struct browser_service *service)
{
	if (service == NULL)
		return;
	free(service->roles);
	names_destroy(service->names);
	ratelimit_destroy(service->backup_answers);
	lists_destroy(service->lists);
	free(service);
}

/*
 * Ourselves in the lists.
 */

static void be_server(struct browser_service *service, const char *workgroup, const char *name,
		      uint32_t bits, const struct nbt_env *env)
{
	const struct browser_settings *settings = service->settings;
	struct lists_record record = { .type = settings->server_type | bits,
				       .os_major = settings->os_major,
				       .os_minor = settings->os_minor,
				       .browser_version = NBT_BROWSER_VERSION };

	text_copy(record.name, sizeof(record.name), name);
	text_copy(record.workgroup, sizeof(record.workgroup), workgroup);
	text_copy(record.comment, sizeof(record.comment), settings->comment);
	browser_note(service, lists_be(service->lists, LISTS_SERVERS, &record, env));
}

/* The bits of all subnets are united, as nmbd does it. */
void browser_update_self(struct browser_service *service, const char *workgroup,
			 const struct nbt_env *env)
{
	const struct browser_settings *settings = service->settings;
	struct lists_record group = { .type = NBT_SV_DOMAIN_ENUM | NBT_SV_NT };
	const char *master = "";
	uint32_t bits = 0;

	for (size_t i = 0; i < service->role_count; i++) {
		const struct role *role = &service->roles[i];

		if (!text_equal(role->workgroup, workgroup))
			continue;
		bits |= role_bits(role);
		if (*master == '\0' || role->state == BROWSER_ROLE_MASTER)
			master = role->master;
	}
	be_server(service, workgroup, settings->name, bits, env);
	for (size_t i = 0; i < settings->alias_count; i++)
		be_server(service, workgroup, settings->aliases[i], 0, env);
	text_copy(group.name, sizeof(group.name), workgroup);
	text_copy(group.comment, sizeof(group.comment), master);
	browser_note(service, lists_be(service->lists, LISTS_WORKGROUPS, &group, env));
}

void browser_note(struct browser_service *service, enum lists_verdict verdict)
{
	static const enum browser_stat counters[] = {
		[LISTS_BAD_NAME] = BROWSER_LIST_BAD,
		[LISTS_FULL] = BROWSER_LIST_FULL,
		[LISTS_SOURCE_FULL] = BROWSER_LIST_SOURCE,
		[LISTS_NO_MEMORY] = BROWSER_LIST_FULL,
	};

	if (verdict != LISTS_OK)
		browser_count(service, counters[verdict]);
}

/*
 * Interfaces.
 */

static struct role *find_role(struct browser_service *service, const char *workgroup,
			      struct in_addr interface)
{
	for (size_t i = 0; i < service->role_count; i++) {
		struct role *role = &service->roles[i];

		if (role->interface.address.s_addr == interface.s_addr &&
		    text_equal(role->workgroup, workgroup))
			return role;
	}
	return NULL;
}

static bool is_listed(struct in_addr address, const struct browser_interface *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].address.s_addr == address.s_addr)
			return true;
	return false;
}

static void start_if_possible(struct browser_service *service, struct role *role,
			      const struct nbt_env *env)
{
	if (role->state == BROWSER_ROLE_OFF && service->is_connected && !service->is_stopped &&
	    has_names(service, role->workgroup))
		role_simple_event(role, ROLE_START, env);
}

static void make_role(struct browser_service *service, struct role *role, const char *workgroup,
		      const struct browser_interface *interface)
{
	const struct role *old = find_role(service, workgroup, interface->address);

	if (old != NULL) {
		*role = *old;
		role->interface = *interface;
	} else {
		role_init(role, service, workgroup, interface);
		role->says_lanman = service->settings->lanman == BROWSER_LANMAN_YES;
	}
}

bool browser_set_interfaces(struct browser_service *service, const struct browser_interface *items,
			    size_t count, const struct nbt_env *env)
{
	const struct browser_settings *settings = service->settings;
	size_t role_count = count * settings->workgroup_count;
	struct role *roles = calloc(role_count + 1, sizeof(*roles));

	if (roles == NULL)
		return false;
	for (size_t i = 0; i < role_count; i++)
		make_role(service, &roles[i], settings->workgroups[i % settings->workgroup_count],
			  &items[i / settings->workgroup_count]);
	for (size_t i = 0; i < service->role_count; i++)
		if (!is_listed(service->roles[i].interface.address, items, count))
			role_drop(&service->roles[i]);
	free(service->roles);
	service->roles = roles;
	service->role_count = role_count;
	for (size_t i = 0; i < role_count; i++)
		start_if_possible(service, &roles[i], env);
	be_known(service, env);
	return true;
}

/*
 * Out.
 */

void browser_send_frame(struct browser_service *service, const struct browser_send *send,
			const struct nbt_browse *frame)
{
	const struct browser_settings *settings = service->settings;
	uint8_t bytes[NBT_BROWSE_FRAME_MAX], data[NBT_MAILSLOT_MAX + NBT_BROWSE_FRAME_MAX];
	struct nbt_mailslot mailslot = { .name = nbt_browse_mailslot(frame->opcode),
					 .priority = 1,
					 .klass = NBT_MAILSLOT_CLASS_UNRELIABLE,
					 .data = bytes };
	struct nbt_envelope envelope = { .flags = NBT_LOCAL_DATAGRAM,
					 .interface = send->interface,
					 .peer = send->address,
					 .peer_port = send->port };
	struct nbt_datagram datagram = {
		.type = send->is_group ? NBT_DGM_DIRECT_GROUP : NBT_DGM_DIRECT_UNIQUE,
		.flags = NBT_DGM_FLAG_FIRST,
		.source = browser_name(send->from != NULL ? send->from : settings->name,
				       NBT_SUFFIX_WORKSTATION),
		.destination = send->to,
		.source_scope = settings->scope,
		.destination_scope = settings->scope,
		.data = data
	};

	if (send->address.s_addr == INADDR_ANY)
		envelope.flags |= NBT_LOCAL_BROADCAST;
	if (nbt_browse_encode(frame, bytes, sizeof(bytes), &mailslot.data_len) != NBT_OK ||
	    nbt_mailslot_encode(&mailslot, data, sizeof(data), &datagram.data_len) != NBT_OK)
		return; /* it has room for whatever we send */
	browser_count(service, BROWSER_SENT);
	service->sinks.send(service->ctx, &envelope, &datagram);
}

/* Blindly: whoever is there takes us for a host of his subnet. */
static void announce_remotely(struct browser_service *service, const struct nbt_env *env)
{
	const struct browser_settings *settings = service->settings;
	uint64_t period = settings->times.remote_announce;
	struct nbt_browse frame = { .opcode = NBT_BROWSE_HOST_ANNOUNCEMENT,
				    .period_ms = (uint32_t)period,
				    .os_major = settings->os_major,
				    .os_minor = settings->os_minor,
				    .server_type =
					    settings->server_type |
					    (settings->local_master ? NBT_SV_POTENTIAL_BROWSER : 0),
				    .browser_version = NBT_BROWSER_VERSION,
				    .signature = NBT_BROWSE_SIGNATURE };

	text_copy(frame.name, sizeof(frame.name), settings->name);
	text_copy(frame.comment, NBT_BROWSE_COMMENT_MAX + 1, settings->comment);
	for (size_t i = 0; i < settings->remote_count; i++) {
		const struct browser_remote *remote = &settings->remotes[i];
		const char *workgroup =
			remote->workgroup != NULL ? remote->workgroup : settings->workgroups[0];
		const struct browser_send send = { .to = browser_name(workgroup, NBT_SUFFIX_LMB),
						   .is_group = true,
						   .address = remote->address };

		browser_send_frame(service, &send, &frame);
	}
	service->remote_ms = env->now_ms + period;
}

/*
 * Other events of datagram.sock.
 */

static void tell_roles(struct browser_service *service, enum role_event_type type,
		       const struct nbt_env *env)
{
	for (size_t i = 0; i < service->role_count; i++)
		role_simple_event(&service->roles[i], type, env);
}

static void start_roles(struct browser_service *service, const struct nbt_env *env)
{
	for (size_t i = 0; i < service->role_count; i++)
		start_if_possible(service, &service->roles[i], env);
	if (service->remote_ms == NBT_NEVER && service->settings->remote_count > 0)
		service->remote_ms = env->now_ms;
}

static void tell_refused(struct browser_service *service, const struct local_event *event)
{
	const struct browser_news news = { .type = BROWSER_NEWS_REFUSED,
					   .workgroup = "",
					   .interface = event->claim->interface,
					   .name = &event->claim->name,
					   .address = event->who };

	service->sinks.news(service->ctx, &news);
}

/* A name of this host that is gone is wanted all the same. */
static void on_name(struct browser_service *service, const struct local_event *event,
		    enum names_state state, const struct nbt_env *env)
{
	if (!names_decide(service->names, event->claim, state))
		return;
	if (state == NAMES_GONE)
		tell_refused(service, event);
	if (event->claim->interface.s_addr == INADDR_ANY && state == NAMES_GONE)
		service->retry_ms = env->now_ms + service->settings->times.name_retry;
	if (event->claim->interface.s_addr == INADDR_ANY) {
		start_roles(service, env);
		return;
	}
	for (size_t i = 0; i < service->role_count; i++)
		if (service->roles[i].interface.address.s_addr == event->claim->interface.s_addr)
			role_simple_event(&service->roles[i], ROLE_NAMES_CHANGED, env);
}

static void on_up(struct browser_service *service)
{
	service->is_connected = true;
	service->keep_ms = NBT_NEVER;
}

static void on_down(struct browser_service *service, const struct nbt_env *env)
{
	if (service->is_connected)
		service->keep_ms = env->now_ms + service->settings->times.keep;
	service->is_connected = false;
	names_disconnected(service->names);
}

void browser_event(struct browser_service *service, const struct local_event *event,
		   const struct nbt_env *env)
{
	switch (event->type) {
	case LOCAL_UP:
		on_up(service);
		break;
	case LOCAL_DOWN:
		on_down(service, env);
		break;
	case LOCAL_CLAIMED:
		on_name(service, event, NAMES_HELD, env);
		break;
	case LOCAL_REFUSED:
	case LOCAL_LOST:
		on_name(service, event, NAMES_GONE, env);
		break;
	case LOCAL_DATAGRAM:
		if (!service->is_stopped)
			browser_receive(service, event, env);
		break;
	case LOCAL_ANSWER:
		break;
	}
}

/*
 * Pulls.
 */

static struct role *find_pull(struct browser_service *service, uint32_t token)
{
	for (size_t i = 0; token != 0 && i < service->role_count; i++)
		if (service->roles[i].token == token)
			return &service->roles[i];
	return NULL;
}

/* What a browser says of ourselves we know better. */
void browser_pull_record(struct browser_service *service, uint32_t token, enum lists_kind kind,
			 const struct lists_record *record, const struct nbt_env *env)
{
	struct role *role = find_pull(service, token);

	if (role != NULL)
		browser_note(service,
			     lists_pull_add(service->lists, &role->pulls[kind], record, env));
}

void browser_pull_end(struct browser_service *service, uint32_t token, bool is_whole,
		      const struct nbt_env *env)
{
	struct role *role = find_pull(service, token);

	if (role != NULL)
		role_simple_event(role, is_whole ? ROLE_PULLED : ROLE_PULL_FAILED, env);
}

/*
 * Orders.
 */

static bool order_role(struct role *role, enum browser_order order, const struct nbt_env *env)
{
	switch (order) {
	case BROWSER_ELECT:
		return role_elect(role, "the administrator wants it", env);
	case BROWSER_PULL:
		return role_pull_now(role, env);
	case BROWSER_ANNOUNCE:
		return role_announce_now(role, env);
	}
	return false;
}

size_t browser_order(struct browser_service *service, enum browser_order order,
		     const char *workgroup, const struct nbt_env *env)
{
	size_t count = 0;

	for (size_t i = 0; i < service->role_count; i++) {
		struct role *role = &service->roles[i];

		if ((workgroup == NULL || text_equal(role->workgroup, workgroup)) &&
		    order_role(role, order, env))
			count++;
	}
	return count;
}

void browser_stop(struct browser_service *service, const struct nbt_env *env)
{
	if (service->is_stopped)
		return;
	tell_roles(service, ROLE_STOP, env);
	each_own_claim(service, release_it);
	service->is_stopped = true;
}

/*
 * Time.
 */

uint64_t browser_deadline(const struct browser_service *service)
{
	uint64_t due = nbt_earlier(service->keep_ms, lists_deadline(service->lists));

	if (service->is_stopped)
		return NBT_NEVER;
	due = nbt_earlier(due, nbt_earlier(service->retry_ms, service->remote_ms));
	for (size_t i = 0; i < service->role_count; i++)
		due = nbt_earlier(due, role_deadline(&service->roles[i]));
	return due;
}

void browser_wake(struct browser_service *service, const struct nbt_env *env)
{
	if (service->is_stopped)
		return;
	lists_wake(service->lists, env);
	if (env->now_ms >= service->keep_ms) {
		service->keep_ms = NBT_NEVER;
		tell_roles(service, ROLE_CUT, env);
	}
	if (env->now_ms >= service->retry_ms) {
		service->retry_ms = NBT_NEVER;
		each_own_claim(service, retry_it);
	}
	if (env->now_ms >= service->remote_ms)
		announce_remotely(service, env);
	for (size_t i = 0; i < service->role_count; i++)
		role_wake(&service->roles[i], env);
}

/*
 * What there is.
 */

const struct lists *browser_lists(const struct browser_service *service)
{
	return service->lists;
}

const char *browser_role_name(enum browser_role role)
{
	static const char *const names[BROWSER_ROLES] = {
		[BROWSER_ROLE_OFF] = "none",
		[BROWSER_ROLE_NON] = "no browser",
		[BROWSER_ROLE_POTENTIAL] = "potential",
		[BROWSER_ROLE_BACKUP] = "backup",
		[BROWSER_ROLE_CLAIMING] = "elected",
		[BROWSER_ROLE_MASTER] = "master",
	};

	return names[role];
}

void browser_each_role(const struct browser_service *service, browser_role_fn *each, void *ctx)
{
	for (size_t i = 0; i < service->role_count; i++) {
		const struct role *role = &service->roles[i];
		const struct browser_role_view view = { .workgroup = role->workgroup,
							.interface = role->interface.address,
							.role = role->state,
							.master = role->master,
							.master_address = role->master_address,
							.is_electing = role->election.is_running,
							.since_ms = role->since_ms };

		each(ctx, &view);
	}
}

const struct stats *browser_stats(const struct browser_service *service)
{
	return &service->stats;
}
