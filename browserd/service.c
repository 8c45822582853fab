#include "browserd/service_inner.h"

#include <stdlib.h>

#include "browserd/domain.h"
#include "browserd/neighbours.h"
#include "browserd/role.h"
#include "browserd/text.h"

static const char *const stat_names[] = { BROWSER_STATS(STATS_NAME) };

/*
 * Create and destroy.
 */

static uint64_t random_key(const struct nbt_env *env)
{
	uint64_t key = env->random(env->random_ctx, 1U << 31);

	return key << 31 | env->random(env->random_ctx, 1U << 31);
}

static bool make_domains(struct browser_service *service)
{
	const struct browser_settings *settings = service->settings;

	service->domains = calloc(settings->workgroup_count + 1, sizeof(*service->domains));
	for (size_t i = 0; service->domains != NULL && i < settings->workgroup_count; i++)
		domain_init(&service->domains[i], service, settings->workgroups[i]);
	service->neighbours = calloc(1, sizeof(*service->neighbours));
	if (service->neighbours != NULL)
		neighbours_init(service->neighbours, service);
	return service->domains != NULL && service->neighbours != NULL;
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
	if (!make_domains(service) || service->lists == NULL || service->names == NULL ||
	    service->backup_answers == NULL) {
		browser_destroy(service);
		return NULL;
	}
	browser_be_known(service, env);
	browser_claim_own(service);
	return service;
}

void browser_destroy(struct browser_service *service)
{
	if (service == NULL)
		return;
	for (size_t i = 0; service->domains != NULL && i < service->settings->workgroup_count; i++)
		domain_free(&service->domains[i]);
	free(service->domains);
	free(service->neighbours);
	free(service->roles);
	names_destroy(service->names);
	ratelimit_destroy(service->backup_answers);
	lists_destroy(service->lists);
	free(service);
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
	    browser_has_names(service, role->workgroup))
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

/* All subnets are one in a virtual LAN, so there is one role of a workgroup: on the interface that
 * has it, or the first. */
static const struct browser_interface *choose_one(const struct browser_service *service,
						  const struct browser_interface *items,
						  size_t count)
{
	for (size_t i = 0; i < count && service->role_count > 0; i++)
		if (items[i].address.s_addr == service->roles[0].interface.address.s_addr)
			return &items[i];
	return items;
}

bool browser_set_interfaces(struct browser_service *service, const struct browser_interface *items,
			    size_t count, const struct nbt_env *env)
{
	const struct browser_settings *settings = service->settings;
	struct role *roles;
	size_t role_count;

	if (settings->virtual_lan && count > 1) {
		items = choose_one(service, items, count);
		count = 1;
	}
	role_count = count * settings->workgroup_count;
	roles = calloc(role_count + 1, sizeof(*roles));
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
	browser_be_known(service, env);
	for (size_t i = 0; i < settings->workgroup_count; i++)
		domain_roles_changed(&service->domains[i], env);
	return true;
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

/* Whether our nbnsd uses an NBNS, by which it may be known who the domain master is. */
static void ask_node(struct browser_service *service)
{
	const struct browser_lookup lookup = { .type = BROWSER_LOOKUP_NODE,
					       .name = browser_name(service->settings->name,
								    NBT_SUFFIX_WORKSTATION) };

	if (service->has_nbns || service->node_lookup != 0 || service->is_stopped)
		return;
	service->node_lookup = browser_ask(service, &lookup);
}

static void start_roles(struct browser_service *service, const struct nbt_env *env)
{
	for (size_t i = 0; i < service->role_count; i++)
		start_if_possible(service, &service->roles[i], env);
	for (size_t i = 0; i < service->settings->workgroup_count; i++)
		if (service->is_connected && !service->is_stopped &&
		    browser_has_names(service, service->settings->workgroups[i]))
			domain_start(&service->domains[i], env);
	if (service->remote_ms == NBT_NEVER &&
	    service->settings->remote_count + service->settings->sync_count > 0)
		service->remote_ms = env->now_ms;
	ask_node(service);
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
static void on_own_name(struct browser_service *service, enum names_state state,
			const struct nbt_env *env)
{
	if (state == NAMES_GONE)
		service->retry_ms = env->now_ms + service->settings->times.name_retry;
	start_roles(service, env);
}

static void on_master_name(struct browser_service *service, struct in_addr interface,
			   const struct nbt_env *env)
{
	for (size_t i = 0; i < service->role_count; i++)
		if (service->roles[i].interface.address.s_addr == interface.s_addr)
			role_simple_event(&service->roles[i], ROLE_NAMES_CHANGED, env);
}

static void on_domain_name(struct browser_service *service, const struct local_event *event,
			   const struct nbt_env *env)
{
	char workgroup[NBT_NAME_LEN];

	text_of_name(workgroup, &event->claim->name);
	if (browser_domain_of(service, workgroup) != NULL)
		domain_name_decided(browser_domain_of(service, workgroup), event->who, env);
}

static void on_name(struct browser_service *service, const struct local_event *event,
		    enum names_state state, const struct nbt_env *env)
{
	bool is_domain = nbt_name_suffix(&event->claim->name) == NBT_SUFFIX_DMB;

	if (!names_decide(service->names, event->claim, state))
		return;
	if (state == NAMES_GONE &&
	    (!is_domain || service->settings->domain_master == BROWSER_DOMAIN_YES))
		tell_refused(service, event);
	if (is_domain)
		on_domain_name(service, event, env);
	else if (event->claim->interface.s_addr == INADDR_ANY)
		on_own_name(service, state, env);
	else
		on_master_name(service, event->claim->interface, env);
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

static void notice_changes(struct browser_service *service, const struct nbt_env *env)
{
	for (size_t i = 0; !service->is_stopped && i < service->settings->workgroup_count; i++)
		domain_notice(&service->domains[i], env);
	neighbours_notice(service->neighbours, env);
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
	notice_changes(service, env);
}

/*
 * Pulls and look-ups.
 */

static struct role *find_pull(struct browser_service *service, uint32_t token)
{
	for (size_t i = 0; token != 0 && i < service->role_count; i++)
		if (service->roles[i].token == token)
			return &service->roles[i];
	return NULL;
}

static struct domain_peer *find_domain_pull(struct browser_service *service, uint32_t token,
					    struct domain **domain)
{
	for (size_t i = 0; i < service->settings->workgroup_count; i++) {
		struct domain_peer *peer = domain_find_pull(&service->domains[i], token);

		*domain = &service->domains[i];
		if (peer != NULL)
			return peer;
	}
	return NULL;
}

/* What a browser says of ourselves we know better. */
void browser_pull_record(struct browser_service *service, uint32_t token, enum lists_kind kind,
			 const struct lists_record *record, const struct nbt_env *env)
{
	struct role *role = find_pull(service, token);
	struct neighbour *neighbour = neighbours_find_pull(service->neighbours, token);
	struct domain *domain;
	struct domain_peer *peer = find_domain_pull(service, token, &domain);

	if (role != NULL)
		browser_note(service,
			     lists_pull_add(service->lists, &role->pulls[kind], record, env));
	else if (peer != NULL)
		domain_pull_record(domain, peer, kind, record, env);
	else if (neighbour != NULL && kind == LISTS_WORKGROUPS)
		neighbours_pull_record(service->neighbours, neighbour, record, env);
}

void browser_pull_end(struct browser_service *service, uint32_t token, bool is_whole,
		      const struct nbt_env *env)
{
	struct role *role = find_pull(service, token);
	struct neighbour *neighbour = neighbours_find_pull(service->neighbours, token);
	struct domain *domain;
	struct domain_peer *peer = find_domain_pull(service, token, &domain);

	if (role != NULL)
		role_simple_event(role, is_whole ? ROLE_PULLED : ROLE_PULL_FAILED, env);
	else if (peer != NULL)
		domain_pulled(domain, peer, is_whole, env);
	else if (neighbour != NULL)
		neighbours_pulled(service->neighbours, neighbour, is_whole, env);
	notice_changes(service, env);
}

uint32_t browser_ask(struct browser_service *service, const struct browser_lookup *lookup)
{
	struct browser_lookup asked = *lookup;

	asked.token = browser_new_token(service);
	browser_count(service, BROWSER_LOOKUPS);
	return service->sinks.lookup(service->ctx, &asked) ? asked.token : 0;
}

static void probe_end(struct role *role, const struct browser_found *found,
		      const struct nbt_env *env)
{
	role->probe = 0;
	role_simple_event(role, found->is_there ? ROLE_PROBED : ROLE_MISSED, env);
}

static bool found_by_domains(struct browser_service *service, uint32_t token,
			     const struct browser_found *found, const struct nbt_env *env)
{
	for (size_t i = 0; i < service->settings->workgroup_count; i++)
		if (domain_found(&service->domains[i], token, found, env))
			return true;
	return false;
}

void browser_lookup_end(struct browser_service *service, uint32_t token,
			const struct browser_found *found, const struct nbt_env *env)
{
	if (service->is_stopped)
		return;
	if (token == service->node_lookup) {
		service->node_lookup = 0;
		service->has_nbns = found->is_there;
		neighbours_notice(service->neighbours, env);
		return;
	}
	for (size_t i = 0; i < service->role_count; i++)
		if (service->roles[i].probe == token) {
			probe_end(&service->roles[i], found, env);
			return;
		}
	if (!found_by_domains(service, token, found, env))
		(void)neighbours_found(service->neighbours, token, found, env);
	neighbours_notice(service->neighbours, env);
}

bool browser_is_told_by(const struct browser_service *service, const void *except,
			struct in_addr address)
{
	for (size_t i = 0; i < service->settings->workgroup_count; i++)
		if (&service->domains[i] != except && domain_knows(&service->domains[i], address))
			return true;
	return service->neighbours != except && neighbours_know(service->neighbours, address);
}

struct domain *browser_domain_of(const struct browser_service *service, const char *workgroup)
{
	for (size_t i = 0; i < service->settings->workgroup_count; i++)
		if (text_equal(service->domains[i].workgroup, workgroup))
			return &service->domains[i];
	return NULL;
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
	for (size_t i = 0; order == BROWSER_PULL && i < service->settings->workgroup_count; i++)
		if ((workgroup == NULL || text_equal(service->domains[i].workgroup, workgroup)) &&
		    domain_pull_now(&service->domains[i], env))
			count++;
	return count;
}

static void stop_domains(struct browser_service *service, const struct nbt_env *env)
{
	for (size_t i = 0; i < service->settings->workgroup_count; i++)
		domain_stop(&service->domains[i], env);
	neighbours_stop(service->neighbours, env);
}

void browser_stop(struct browser_service *service, const struct nbt_env *env)
{
	if (service->is_stopped)
		return;
	stop_domains(service, env);
	tell_roles(service, ROLE_STOP, env);
	browser_release_own(service);
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
	for (size_t i = 0; i < service->settings->workgroup_count; i++)
		due = nbt_earlier(due, domain_deadline(&service->domains[i]));
	return nbt_earlier(due, neighbours_deadline(service->neighbours));
}

void browser_wake(struct browser_service *service, const struct nbt_env *env)
{
	if (service->is_stopped)
		return;
	lists_wake(service->lists, env);
	if (env->now_ms >= service->keep_ms) {
		service->keep_ms = NBT_NEVER;
		stop_domains(service, env);
		tell_roles(service, ROLE_CUT, env);
	}
	if (env->now_ms >= service->retry_ms) {
		service->retry_ms = NBT_NEVER;
		browser_retry_own(service);
	}
	if (env->now_ms >= service->remote_ms)
		browser_announce_remotely(service, env);
	for (size_t i = 0; i < service->role_count; i++)
		role_wake(&service->roles[i], env);
	for (size_t i = 0; i < service->settings->workgroup_count; i++)
		domain_wake(&service->domains[i], env);
	neighbours_wake(service->neighbours, env);
	notice_changes(service, env);
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

static void view_sync(const struct domain *domain, const struct domain_peer *peer,
		      browser_sync_fn *each, void *ctx)
{
	const struct browser_sync_view view = { .workgroup = domain->workgroup,
						.name = peer->name,
						.address = peer->address,
						.is_domain_master = peer == &domain->master,
						.is_quick = peer->is_quick,
						.since_ms = peer->since_ms,
						.heard_ms = peer->heard_ms,
						.whole_ms = peer->whole_ms,
						.due_ms = peer->due_ms,
						.failures = peer->failures };

	each(ctx, &view);
}

/* Those that have not said yet who they are are left out. */
static void view_neighbours(const struct neighbours *neighbours, browser_sync_fn *each, void *ctx)
{
	for (size_t i = 0; i < neighbours->count; i++) {
		const struct neighbour *neighbour = &neighbours->items[i];
		const struct browser_sync_view view = { .workgroup = neighbour->workgroups[0],
							.name = neighbour->name,
							.address = neighbour->address,
							.is_neighbour = true,
							.since_ms = neighbour->since_ms,
							.whole_ms = neighbour->whole_ms,
							.due_ms = neighbour->due_ms,
							.failures = neighbour->failures };

		if (neighbour->name[0] != '\0')
			each(ctx, &view);
	}
}

void browser_each_sync(const struct browser_service *service, browser_sync_fn *each, void *ctx)
{
	for (size_t i = 0; i < service->settings->workgroup_count; i++) {
		const struct domain *domain = &service->domains[i];

		if (domain->master.address.s_addr != INADDR_ANY)
			view_sync(domain, &domain->master, each, ctx);
		for (size_t j = 0; j < domain->peer_count; j++)
			view_sync(domain, &domain->peers[j], each, ctx);
	}
	view_neighbours(service->neighbours, each, ctx);
}

bool browser_is_domain_master(const struct browser_service *service, const char *workgroup)
{
	const struct domain *domain = browser_domain_of(service, workgroup);

	return domain != NULL && domain->state == DOMAIN_MASTER;
}

bool browser_is_local_master(const struct browser_service *service, const char *workgroup)
{
	for (size_t i = 0; i < service->role_count; i++)
		if (service->roles[i].state == BROWSER_ROLE_MASTER &&
		    text_equal(service->roles[i].workgroup, workgroup))
			return true;
	return false;
}

bool browser_gives_lists(const struct browser_service *service)
{
	for (size_t i = 0; i < service->role_count; i++)
		if (service->roles[i].state >= BROWSER_ROLE_BACKUP)
			return true;
	for (size_t i = 0; i < service->settings->workgroup_count; i++)
		if (service->domains[i].state == DOMAIN_MASTER)
			return true;
	return false;
}

const struct stats *browser_stats(const struct browser_service *service)
{
	return &service->stats;
}
