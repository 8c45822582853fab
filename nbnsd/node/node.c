/* The names of this host: a table of them, the interfaces they are on, and what is due. Who claims
 * them is in node_claims.c, what an interface has of them in node_place.c. */
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/charset.h"
#include "nbnsd/node/node_inner.h"

#define MINUTE       UINT64_C(60000)
#define PROPOSED_TTL 300000 /* seconds; as Windows has it */

/*
 * Finding names.
 */

/* Only what local programs claim is in the table: nobody else can choose what collides. */
static unsigned bucket_of(const struct nbt_name *name)
{
	uint64_t words[2];

	memcpy(words, name->bytes, sizeof(words));
	return (unsigned)((words[0] ^ words[1] * 0x9e3779b97f4a7c15U) * 0xff51afd7ed558ccdU >> 54);
}
_Static_assert(NODE_BUCKETS == 1 << (64 - 54), "see bucket_of()");

struct own_name *node_find_name(const struct node *node, const struct nbt_name *name,
				const struct nbt_scope *scope)
{
	struct own_name *own = node->bucket[bucket_of(name)];

	while (own != NULL &&
	       !(nbt_name_equal(&own->name, name) && nbt_scope_equal(&own->scope, scope)))
		own = own->next;
	return own;
}

struct own_name *node_add_name(struct node *node, const struct node_claim *claim)
{
	struct own_name **bucket = &node->bucket[bucket_of(&claim->name)];
	struct own_name *name;

	if (node->count == NODE_NAMES_MAX)
		return NULL;
	if (node->count == node->space) {
		uint32_t space = node->space > 0 ? 2 * node->space : 16;
		struct own_name **names = realloc(node->names, space * sizeof(*names));

		if (names == NULL)
			return NULL;
		node->names = names;
		node->space = space;
	}
	name = calloc(1, sizeof(*name));
	if (name == NULL)
		return NULL;
	name->name = claim->name;
	name->scope = claim->scope;
	name->is_group = claim->is_group;
	name->next = *bucket;
	name->index = node->count;
	*bucket = name;
	node->names[node->count++] = name;
	return name;
}

static void remove_name(struct node *node, struct own_name *name)
{
	struct own_name **link = &node->bucket[bucket_of(&name->name)];

	while (*link != name)
		link = &(*link)->next;
	*link = name->next;
	node->names[name->index] = node->names[--node->count];
	node->names[name->index]->index = name->index;
	free(name);
}

struct place *node_find_place(const struct own_name *name, uint16_t socket)
{
	struct place *place = name->places;

	while (place != NULL && place->socket != socket)
		place = place->next;
	return place;
}

static void remove_places_over(struct own_name *name)
{
	struct place **link = &name->places;

	while (*link != NULL) {
		struct place *place = *link;

		if (place->state == PLACE_OVER) {
			*link = place->next;
			place_destroy(place);
		} else {
			link = &place->next;
		}
	}
}

/*
 * Create, destroy, interfaces.
 */

static bool claim_text(struct node *node, const char *text, uint8_t suffix, bool is_group,
		       const struct nbt_env *env)
{
	struct node_claim claim = { .client = NODE_CONFIGURATION,
				    .token = node->generation,
				    .scope = node->settings.scope,
				    .is_group = is_group };

	if (!charset_make_name(&claim.name, text, suffix))
		return true; /* the settings allow none such */
	return node_claim(node, &claim, env) != NBT_RCODE_SRV_ERR;
}

static bool claim_host(struct node *node, const char *text, const struct nbt_env *env)
{
	static const uint8_t suffixes[] = { NBT_SUFFIX_WORKSTATION, NBT_SUFFIX_MESSENGER,
					    NBT_SUFFIX_SERVER };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (!claim_text(node, text, suffixes[i], false, env))
			return false;
	return true;
}

/* The host's names first: a workgroup called like the host does not make them a group. */
static bool claim_configuration(struct node *node, const struct nbt_env *env)
{
	const struct node_settings *settings = &node->settings;

	if (settings->netbios_name != NULL && !claim_host(node, settings->netbios_name, env))
		return false;
	for (size_t i = 0; settings->aliases != NULL && settings->aliases[i] != NULL; i++)
		if (!claim_host(node, settings->aliases[i], env))
			return false;
	if (settings->workgroup == NULL)
		return true;
	return claim_text(node, settings->workgroup, NBT_SUFFIX_WORKSTATION, true, env) &&
	       claim_text(node, settings->workgroup, NBT_SUFFIX_ELECTION, true, env);
}

/* NULL: out of memory. */
static struct sockaddr_in *address_servers(const struct node_settings *settings)
{
	struct sockaddr_in *servers = calloc(settings->server_count + 1, sizeof(*servers));

	for (size_t i = 0; servers != NULL && i < settings->server_count; i++)
		servers[i] = (struct sockaddr_in){ .sin_family = AF_INET,
						   .sin_port = htons(settings->port),
						   .sin_addr = settings->servers[i] };
	return servers;
}

/* MS-NBTE section 3.1.4.1 and what Windows 2000 does (name-service.md 3). */
static void set_defaults(struct node_settings *settings)
{
	const struct {
		uint64_t *value, fallback;
	} durations[] = {
		{ &settings->refresh_min, 5 * MINUTE },
		{ &settings->refresh_retry, 10 * MINUTE },
		{ &settings->refresh_share, 60 * MINUTE },
		{ &settings->claim_retry, 10 * MINUTE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(durations); i++)
		if (*durations[i].value == 0)
			*durations[i].value = durations[i].fallback;
	if (settings->port == 0)
		settings->port = NBT_NAME_PORT;
	if (settings->proposed_ttl == 0)
		settings->proposed_ttl = PROPOSED_TTL;
}

struct node *node_create(const struct node_settings *settings, const struct nbt_env *env)
{
	struct node *node = calloc(1, sizeof(*node));

	if (node == NULL)
		return NULL;
	node->settings = *settings;
	set_defaults(&node->settings);
	node->servers = address_servers(&node->settings);
	node->last_event = &node->first_event;
	node->due_ms = node->next_ms = NBT_NEVER;
	if (node->servers == NULL || !claim_configuration(node, env)) {
		node_destroy(node);
		return NULL;
	}
	return node;
}

static bool is_same_way(const struct node *node, const struct node_settings *settings)
{
	if (node->settings.type != settings->type ||
	    node->settings.server_count != settings->server_count)
		return false;
	for (size_t i = 0; i < settings->server_count; i++)
		if (node->servers[i].sin_addr.s_addr != settings->servers[i].s_addr)
			return false;
	return true;
}

static void restart_places(struct node *node, const struct nbt_env *env)
{
	for (uint32_t i = 0; i < node->count; i++)
		for (struct place *place = node->names[i]->places; place != NULL;
		     place = place->next)
			place_restart(node, node->names[i], place, env);
	node_touch(node, env->now_ms);
}

bool node_set_settings(struct node *node, const struct node_settings *settings,
		       const struct nbt_env *env)
{
	struct node_settings fresh = *settings;
	struct sockaddr_in *servers;
	bool is_same;

	set_defaults(&fresh);
	servers = address_servers(&fresh);
	if (servers == NULL)
		return false;
	is_same = is_same_way(node, &fresh);
	node->settings = fresh;
	if (is_same) {
		free(servers);
	} else {
		struct sockaddr_in *old = node->servers;

		node->servers = servers;
		restart_places(node, env); /* exchanges with the old ones end */
		free(old);
	}
	if (node->is_stopping)
		return true;
	node->generation++;
	if (!claim_configuration(node, env))
		return false;
	node_client_renewed(node, NODE_CONFIGURATION, node->generation, env);
	return claim_configuration(node, env); /* what an old name of another kind stood against */
}

static void free_name(struct own_name *name)
{
	for (struct place *place = name->places, *next; place != NULL; place = next) {
		next = place->next;
		place_destroy(place);
	}
	for (struct holder *holder = name->holders, *next; holder != NULL; holder = next) {
		next = holder->next;
		free(holder);
	}
	free(name);
}

void node_destroy(struct node *node)
{
	struct node_event event;

	if (node == NULL)
		return;
	while (node_next_event(node, &event))
		continue;
	for (uint32_t i = 0; i < node->count; i++)
		free_name(node->names[i]);
	free(node->names);
	free(node->servers);
	free(node);
}

void node_set_sockets(struct node *node, const struct served_socket *sockets, size_t count,
		      const struct nbt_env *env)
{
	node->sockets = sockets;
	node->socket_count = count;
	for (uint32_t i = 0; i < node->count; i++) {
		struct own_name *name = node->names[i];

		for (struct place *place = name->places; place != NULL; place = place->next)
			if (place->socket >= count || !node_is_claimed_on(&sockets[place->socket]))
				place->state = PLACE_OVER; /* no packet leaves from there */
		remove_places_over(name);
		node_bring_in_line(node, name, env);
		node_settle(node, name);
	}
	node_touch(node, env->now_ms);
}

void node_stop(struct node *node, const struct nbt_env *env)
{
	node->is_stopping = true;
	for (uint32_t i = 0; i < node->count; i++) {
		struct own_name *name = node->names[i];

		while (name->holders != NULL)
			node_remove_holder(node, name, name->holders);
		node_bring_in_line(node, name, env);
	}
	node_touch(node, env->now_ms);
}

bool node_is_stopped(const struct node *node)
{
	return node->is_stopping && node->count == 0;
}

/*
 * What is due.
 */

void node_touch(struct node *node, uint64_t when_ms)
{
	node->due_ms = nbt_earlier(node->due_ms, when_ms);
	node->next_ms = nbt_earlier(node->next_ms, when_ms);
}

static void tidy(struct node *node, struct own_name *name, const struct nbt_env *env)
{
	if (name->holders == NULL)
		node_bring_in_line(node, name, env);
	remove_places_over(name);
	if (name->holders != NULL || name->places != NULL) {
		node->cursor++;
		return;
	}
	remove_name(node, name);
}

/* The place at the cursor with something to do. */
static enum node_step_type step_name(struct node *node, struct own_name *name,
				     struct node_step *step, const struct nbt_env *env)
{
	for (struct place *place = name->places; place != NULL; place = place->next) {
		enum node_step_type type = place_step(node, name, place, step, env);

		if (type != NODE_WAIT)
			return type;
	}
	return NODE_WAIT;
}

static void note_deadlines(struct node *node, const struct own_name *name)
{
	for (const struct place *place = name->places; place != NULL; place = place->next)
		node->next_ms = nbt_earlier(node->next_ms, place->due_ms);
}

enum node_step_type node_step(struct node *node, struct node_step *step, const struct nbt_env *env)
{
	if (node->due_ms > env->now_ms)
		return NODE_WAIT;
	while (node->cursor < node->count) {
		struct own_name *name = node->names[node->cursor];
		enum node_step_type type = step_name(node, name, step, env);

		if (type != NODE_WAIT)
			return type;
		note_deadlines(node, name);
		tidy(node, name, env);
	}
	node->cursor = 0;
	node->due_ms = node->next_ms;
	node->next_ms = NBT_NEVER;
	return NODE_WAIT;
}

uint64_t node_deadline(const struct node *node)
{
	return node->due_ms;
}
