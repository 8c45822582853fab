#include "nbddd/members.h"

#include <stdlib.h>
#include <string.h>

#include "nbddd/service_inner.h"

#define ASKERS_MAX  1024
#define MEMBERS_MAX ((NBT_LOCAL_MESSAGE_MAX - NBT_ENVELOPE_LEN) / NBT_ADDRESS_LEN)
#define SERVERS_MAX 32 /* bits of asked; number 0 is nbnsd of this host */

/* Somebody who waits for an answer. */
struct asker {
	members_fn *told;
	void *ctx;
	uint32_t token;
	struct asker *next;
};

/* What name servers say. */
struct known {
	bool is_known, is_whole;
	struct in_addr *items;
	size_t count;
};

struct group {
	bool in_use;
	bool is_asking; /* next is being asked for */
	bool is_new;    /* and no member was known before */
	struct nbt_name name;
	struct nbt_scope scope;
	uint32_t asked;      /* servers that have not answered yet */
	uint32_t by_tcp;     /* of these, those that are asked by TCP: what came by UDP was cut */
	uint64_t due_ms;     /* so long they are waited for */
	uint64_t renew_ms;   /* a use after that asks again */
	uint64_t expires_ms; /* of what is known */
	uint64_t order;      /* of the last use */
	struct known now, next;
	struct asker *first, **last;
};

enum members_stat { MEMBERS_STATS(STATS_ENUM) MEMBERS_STAT_COUNT };
static const char *const stat_names[] = { MEMBERS_STATS(STATS_NAME) };

struct members {
	struct dgram_service *service;
	struct asker askers[ASKERS_MAX], *free_askers;
	uint64_t silent_until_ms[SERVERS_MAX];
	uint64_t last_order;
	size_t new_count; /* groups that are new */
	struct stats stats;
	uint64_t counters[MEMBERS_STAT_COUNT];
	struct in_addr all[2 * MEMBERS_MAX]; /* a list that is being united */
	size_t group_max;
	struct group groups[];
};

struct members *members_create(struct dgram_service *service)
{
	size_t count = service->settings.members.groups > 0 ? service->settings.members.groups : 1;
	struct members *members = calloc(1, sizeof(*members) + count * sizeof(struct group));

	if (members == NULL)
		return NULL;
	members->service = service;
	members->group_max = count;
	members->stats = (struct stats){ stat_names, members->counters, MEMBERS_STAT_COUNT };
	for (size_t i = 0; i < ASKERS_MAX; i++) {
		members->askers[i].next = members->free_askers;
		members->free_askers = &members->askers[i];
	}
	return members;
}

static void forget(struct known *known)
{
	free(known->items);
	*known = (struct known){ 0 };
}

void members_destroy(struct members *members)
{
	if (members == NULL)
		return;
	for (size_t i = 0; i < members->group_max; i++) {
		forget(&members->groups[i].now);
		forget(&members->groups[i].next);
	}
	free(members);
}

struct stats *members_stats(struct members *members)
{
	return &members->stats;
}

static void count(struct members *members, enum members_stat counter)
{
	stats_count(&members->stats, counter);
}

/*
 * The table.
 */

static struct group *find(struct members *members, const struct nbt_name *name,
			  const struct nbt_scope *scope)
{
	for (size_t i = 0; i < members->group_max; i++) {
		struct group *group = &members->groups[i];

		if (group->in_use && nbt_name_equal(&group->name, name) &&
		    nbt_scope_equal(&group->scope, scope))
			return group;
	}
	return NULL;
}

/* Unknown groups make room before those that have members: whoever asks for many names that nobody
 * has only forgets those. */
static bool goes_before(const struct group *a, const struct group *b)
{
	if ((a->now.count == 0) != (b->now.count == 0))
		return a->now.count == 0;
	return a->order < b->order;
}

/* Half of the places, and of the look-ups, are for groups that have members: a flood of names, each
 * of which slow name servers are asked for, has the other half. */
static size_t most_new(const struct members *members)
{
	size_t places = (members->group_max + 1) / 2;
	size_t look_ups =
		LOOK_UPS_MAX / 2 / (1 + members->service->settings.name_servers.count) + 1;

	return places < look_ups ? places : look_ups;
}

static struct group *find_place(struct members *members)
{
	struct group *place = NULL;

	for (size_t i = 0; i < members->group_max; i++) {
		struct group *group = &members->groups[i];

		if (!group->in_use)
			return group;
		if (!group->is_asking && group->asked == 0 &&
		    (place == NULL || goes_before(group, place)))
			place = group;
	}
	return place;
}

/* NULL: there is no room. */
static struct group *find_or_begin(struct members *members, const struct nbt_name *name,
				   const struct nbt_scope *scope)
{
	struct group *group = find(members, name, scope);

	if (group != NULL && (group->is_asking || group->now.count > 0))
		return group;
	if (members->new_count >= most_new(members))
		return NULL;
	if (group == NULL)
		group = find_place(members);
	if (group == NULL)
		return NULL;
	forget(&group->now);
	forget(&group->next);
	*group = (struct group){
		.in_use = true, .asked = group->asked, .name = *name, .scope = *scope
	};
	group->last = &group->first;
	return group;
}

/*
 * Those who ask.
 */

/* There is a free one. */
static void add_asker(struct members *members, struct group *group, members_fn *told, void *ctx,
		      uint32_t token)
{
	struct asker *asker = members->free_askers;

	members->free_askers = asker->next;
	*asker = (struct asker){ told, ctx, token, NULL };
	*group->last = asker;
	group->last = &asker->next;
}

static struct members_list list_of(const struct group *group)
{
	const struct known *now = &group->now;

	return (struct members_list){ .is_known = now->is_known,
				      .is_whole = now->is_known && now->is_whole,
				      .count = now->count,
				      .items = now->items };
}

/* The list stays as it is meanwhile. */
static void tell(struct members *members, struct group *group, const struct nbt_env *env)
{
	const struct members_list list = list_of(group);
	struct asker *taken;

	while ((taken = group->first) != NULL) {
		const struct asker asker = *taken;

		group->first = taken->next;
		if (group->first == NULL)
			group->last = &group->first;
		taken->next = members->free_askers;
		members->free_askers = taken;
		asker.told(asker.ctx, asker.token, &list, env);
	}
	group->is_asking = false;
}

/* What no name server said is not remembered. */
static void replace(struct members *members, struct group *group, const struct nbt_env *env)
{
	const uint64_t remember_ms = members->service->settings.members.remember_ms;

	forget(&group->now);
	group->now = group->next;
	group->next = (struct known){ 0 };
	group->renew_ms = env->now_ms + remember_ms - remember_ms / 4;
	group->expires_ms = group->now.is_known ? env->now_ms + remember_ms : 0;
	if (group->now.is_known && group->now.count == 0)
		count(members, MEMBERS_NONE);
}

/* Asked early and told nothing: what is known serves until its end. */
static void settle(struct members *members, struct group *group, const struct nbt_env *env)
{
	members->new_count -= group->is_new;
	group->is_new = false;
	group->due_ms = NBT_NEVER;
	if (group->next.is_known || group->expires_ms <= env->now_ms)
		replace(members, group, env);
	tell(members, group, env);
}

/*
 * Answers.
 */

static int by_address(const void *a, const void *b)
{
	const struct in_addr *x = a, *y = b;
	uint32_t left = ntohl(x->s_addr), right = ntohl(y->s_addr);

	return left < right ? -1 : left > right;
}

/* Not every address that was registered is of a host. */
static bool is_host(const struct members *members, struct in_addr address)
{
	uint32_t number = ntohl(address.s_addr);

	return number != INADDR_ANY && number >> 24 != 127 && !IN_MULTICAST(number) &&
	       !IN_BADCLASS(number) && !dgram_is_broadcast(members->service, address);
}

static size_t add_addresses(struct members *members, size_t total, const struct nbt_record *record)
{
	size_t more = nbt_record_address_count(record);

	for (size_t i = 0; i < more && total < 2 * MEMBERS_MAX; i++) {
		struct in_addr address = nbt_record_address(record, i).address;

		if (is_host(members, address))
			members->all[total++] = address;
		else
			count(members, MEMBERS_BROADCAST);
	}
	return total;
}

static size_t sort_out(struct members *members, size_t total)
{
	size_t kept = 0;

	qsort(members->all, total, sizeof(members->all[0]), by_address);
	for (size_t i = 0; i < total; i++)
		if (kept == 0 || members->all[kept - 1].s_addr != members->all[i].s_addr)
			members->all[kept++] = members->all[i];
	return kept;
}

static void unite(struct members *members, struct known *known, const struct nbt_record *record)
{
	size_t total = known->count, kept;
	struct in_addr *items;

	if (total > 0)
		memcpy(members->all, known->items, total * sizeof(members->all[0]));
	kept = sort_out(members, add_addresses(members, total, record));
	if (kept > MEMBERS_MAX) {
		kept = MEMBERS_MAX;
		known->is_whole = false;
	}
	if (kept == 0)
		return;
	items = realloc(known->items, kept * sizeof(*items));
	if (items == NULL) {
		known->is_whole = false;
		return;
	}
	memcpy(items, members->all, kept * sizeof(*items));
	known->items = items;
	known->count = kept;
}

/* An answer that comes late adds to what is known. */
static struct known *being_told(struct group *group)
{
	return group->is_asking ? &group->next : &group->now;
}

/* The rest is on its way. */
static void keep_cut_answer(struct members *members, struct group *group,
			    const struct look_up_answer *answer)
{
	struct known *known = being_told(group);

	known->is_known = true;
	if (answer->rcode == NBT_RCODE_OK && answer->packet->answer_count > 0)
		unite(members, known, &answer->packet->record[0]);
}

static void take_answer(struct members *members, struct group *group, size_t server,
			const struct look_up_answer *answer, const struct nbt_env *env)
{
	struct known *known = being_told(group);

	if (answer->packet == NULL) {
		count(members, MEMBERS_SILENT);
		if (server > 0)
			members->silent_until_ms[server] =
				env->now_ms + members->service->settings.members.retry_ms;
		return;
	}
	if (answer->rcode != NBT_RCODE_OK && answer->rcode != NBT_RCODE_NAM_ERR)
		return;
	known->is_known = true;
	if (answer->rcode != NBT_RCODE_OK || answer->packet->answer_count == 0)
		return;
	if ((answer->packet->flags & NBT_FLAG_TC) != 0) {
		known->is_whole = false;
		count(members, MEMBERS_CUT);
	}
	unite(members, known, &answer->packet->record[0]);
}

static struct nbt_local_query query_of(const struct group *group, struct in_addr peer)
{
	return (struct nbt_local_query){
		.name = group->name, .scope = group->scope, .all_members = true, .peer = peer
	};
}

static uint32_t token_of(const struct members *members, const struct group *group, size_t server)
{
	return (uint32_t)((size_t)(group - members->groups) * SERVERS_MAX + server);
}

static struct in_addr server_address(const struct members *members, size_t server);
static void answered(void *ctx, uint32_t token, const struct look_up_answer *answer,
		     const struct nbt_env *env);

/* RFC 1002 section 4.2.1.1: what does not fit into a datagram is asked for by TCP. nbnsd of this
 * host has no longer answer. Whether it was asked. */
static bool ask_by_tcp(struct members *members, struct group *group, size_t server,
		       const struct look_up_answer *answer)
{
	const uint32_t bit = UINT32_C(1) << server;
	const struct nbt_local_query query = query_of(group, server_address(members, server));

	if (server == 0 || (group->by_tcp & bit) != 0 || answer->packet == NULL ||
	    (answer->packet->flags & NBT_FLAG_TC) == 0)
		return false;
	if (!dgram_look_up_by_tcp(members->service, &query, answered, members,
				  token_of(members, group, server)))
		return false;
	count(members, MEMBERS_BY_TCP);
	group->by_tcp |= bit;
	return true;
}

/* What UDP brought is not all, but better than nothing when TCP fails. */
static void answered(void *ctx, uint32_t token, const struct look_up_answer *answer,
		     const struct nbt_env *env)
{
	struct members *members = ctx;
	struct group *group = &members->groups[token / SERVERS_MAX];
	size_t server = token % SERVERS_MAX;
	bool was_by_tcp = (group->by_tcp & UINT32_C(1) << server) != 0;

	if (ask_by_tcp(members, group, server, answer)) {
		keep_cut_answer(members, group, answer);
		return;
	}
	group->asked &= ~(UINT32_C(1) << server);
	group->by_tcp &= ~(UINT32_C(1) << server);
	if (was_by_tcp && (answer->packet == NULL || answer->rcode != NBT_RCODE_OK)) {
		being_told(group)->is_whole = false;
		count(members, MEMBERS_CUT);
	} else {
		take_answer(members, group, server, answer, env);
	}
	if (group->is_asking && group->asked == 0)
		settle(members, group, env);
}

/*
 * Questions.
 */

static const struct in_addr *configured(const struct members *members, size_t i)
{
	const struct dgram_settings *settings = &members->service->settings;

	if (i < settings->name_servers.count)
		return &settings->name_servers.items[i];
	i -= settings->name_servers.count;
	return i < settings->members.servers.count ? &settings->members.servers.items[i] : NULL;
}

/* 0.0.0.0: nbnsd of this host, and what was one before a reload. */
static struct in_addr server_address(const struct members *members, size_t server)
{
	const struct in_addr *address = server > 0 ? configured(members, server - 1) : NULL;

	return address != NULL ? *address : (struct in_addr){ 0 };
}

/* A server of a question before that has not answered that one still may. */
static void ask(struct members *members, struct group *group, size_t server, struct in_addr peer)
{
	const struct nbt_local_query query = query_of(group, peer);

	if ((group->asked & UINT32_C(1) << server) == 0 &&
	    dgram_look_up(members->service, &query, answered, members,
			  token_of(members, group, server)))
		group->asked |= UINT32_C(1) << server;
}

static void ask_all(struct members *members, struct group *group, const struct nbt_env *env)
{
	const struct in_addr *server;
	const struct in_addr nbnsd = { 0 };
	uint16_t socket;

	group->is_new = group->now.count == 0;
	members->new_count += group->is_new;
	group->is_asking = true;
	forget(&group->next);
	group->next.is_whole = true;
	group->due_ms = env->now_ms + members->service->settings.members.wait_ms;
	ask(members, group, 0, nbnsd);
	for (size_t i = 1; i < SERVERS_MAX && (server = configured(members, i - 1)) != NULL; i++)
		if (!dgram_find_socket(members->service, *server, &socket) &&
		    members->silent_until_ms[i] <= env->now_ms)
			ask(members, group, i, *server);
}

/* A group that is in use is asked for before the end of what is known: nobody waits then. */
static void renew(struct members *members, struct group *group, const struct nbt_env *env)
{
	if (group->is_asking || group->now.count == 0 || group->renew_ms > env->now_ms)
		return;
	group->renew_ms = NBT_NEVER;
	ask_all(members, group, env);
	if (group->asked == 0)
		settle(members, group, env);
}

bool members_remembers(struct members *members, const struct nbt_name *name,
		       const struct nbt_scope *scope, struct members_list *list,
		       const struct nbt_env *env)
{
	struct group *group = find(members, name, scope);

	if (group == NULL || group->expires_ms <= env->now_ms)
		return false;
	group->order = ++members->last_order;
	renew(members, group, env);
	*list = list_of(group);
	return true;
}

bool members_ask(struct members *members, const struct nbt_name *name,
		 const struct nbt_scope *scope, members_fn *told, void *ctx, uint32_t token,
		 const struct nbt_env *env)
{
	struct members_list list;
	struct group *group;

	if (members_remembers(members, name, scope, &list, env)) {
		told(ctx, token, &list, env);
		return true;
	}
	group = members->free_askers != NULL ? find_or_begin(members, name, scope) : NULL;
	if (group == NULL) {
		count(members, MEMBERS_TOO_MANY);
		return false;
	}
	group->order = ++members->last_order;
	add_asker(members, group, told, ctx, token);
	if (!group->is_asking)
		ask_all(members, group, env);
	if (group->asked == 0)
		settle(members, group, env);
	return true;
}

/*
 * Time.
 */

uint64_t members_deadline(const struct members *members)
{
	uint64_t due_ms = NBT_NEVER;

	for (size_t i = 0; i < members->group_max; i++)
		if (members->groups[i].is_asking)
			due_ms = nbt_earlier(due_ms, members->groups[i].due_ms);
	return due_ms;
}

void members_wake(struct members *members, const struct nbt_env *env)
{
	for (size_t i = 0; i < members->group_max; i++)
		if (members->groups[i].is_asking && members->groups[i].due_ms <= env->now_ms)
			settle(members, &members->groups[i], env);
}

void members_each(const struct members *members, members_group_fn *each, void *ctx)
{
	for (size_t i = 0; i < members->group_max; i++) {
		const struct group *group = &members->groups[i];
		const struct members_list list = list_of(group);

		if (group->in_use && (!group->is_asking || group->expires_ms > 0))
			each(ctx, &group->name, &group->scope, &list, group->expires_ms);
	}
}
