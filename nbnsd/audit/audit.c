#include "nbnsd/audit/audit_inner.h"

#include <stdlib.h>
#include <string.h>

#include "nbnsd/audit/askers.h"
#include "nbnsd/registry/pages.h"

/*
 * Create and destroy.
 */

static void free_clients(struct audit *audit)
{
	table_free(&audit->by_address);
	pages_free(audit->clients, audit->max * sizeof(struct client));
	pages_free(audit->more, audit->max * sizeof(struct more));
}

/* No client is there yet. false: out of memory. */
static bool make_room(struct audit *audit, uint32_t clients)
{
	audit->max = clients;
	audit->count = 0;
	audit->newest = audit->oldest = AUDIT_NONE;
	table_init(&audit->by_address);
	audit->clients = pages_get(clients * sizeof(struct client));
	audit->more = pages_get(clients * sizeof(struct more));
	return audit->clients != NULL && audit->more != NULL;
}

struct audit *audit_create(uint32_t clients, const uint8_t key[AUDIT_KEY_LEN],
			   const struct registry *registry)
{
	struct audit *audit = calloc(1, sizeof(*audit));
	struct hash_key hash_key;

	if (audit == NULL)
		return NULL;
	memcpy(&hash_key, key, sizeof(hash_key));
	memcpy(audit->key, key, sizeof(audit->key));
	audit->registry = registry;
	audit->missing = missing_create(&hash_key);
	if (audit->missing == NULL || !make_room(audit, clients)) {
		audit_destroy(audit);
		return NULL;
	}
	return audit;
}

void audit_destroy(struct audit *audit)
{
	if (audit == NULL)
		return;
	free_clients(audit);
	free(audit->orphans);
	asked_free(&audit->names);
	missing_destroy(audit->missing);
	free(audit);
}

/*
 * Clients in the order in which they were seen.
 */

static void unlink_client(struct audit *audit, uint32_t number)
{
	const struct more *more = &audit->more[number];

	if (more->newer != AUDIT_NONE)
		audit->more[more->newer].older = more->older;
	else
		audit->newest = more->older;
	if (more->older != AUDIT_NONE)
		audit->more[more->older].newer = more->newer;
	else
		audit->oldest = more->newer;
}

static void link_newest(struct audit *audit, uint32_t number)
{
	struct more *more = &audit->more[number];

	more->newer = AUDIT_NONE;
	more->older = audit->newest;
	if (audit->newest != AUDIT_NONE)
		audit->more[audit->newest].newer = number;
	else
		audit->oldest = number;
	audit->newest = number;
}

static void seen(struct audit *audit, uint32_t number)
{
	if (audit->newest == number)
		return;
	unlink_client(audit, number);
	link_newest(audit, number);
}

/*
 * Finding and making.
 */

static uint32_t hash_of(const struct audit *audit, struct in_addr address)
{
	uint64_t mixed = (address.s_addr ^ audit->key[0]) * 0x9E3779B97F4A7C15U;

	mixed = (mixed ^ mixed >> 32 ^ audit->key[1]) * 0xD6E8FEB86659FD93U;
	return (uint32_t)(mixed >> 32);
}

uint32_t audit_client_find(const struct audit *audit, struct in_addr address)
{
	uint32_t hash = hash_of(audit, address);
	struct table_walk walk;
	uint32_t number = table_first(&audit->by_address, hash, &walk);

	while (number != TABLE_NONE && audit->clients[number].address.s_addr != address.s_addr)
		number = table_next(&audit->by_address, hash, &walk);
	return number;
}
_Static_assert(AUDIT_NONE == TABLE_NONE, "see audit_client_find()");

/* A number for one more: of the client that was not seen for the longest time, if it must be. */
static uint32_t take_number(struct audit *audit)
{
	uint32_t number;

	if (audit->count < audit->max)
		return audit->count++;
	number = audit->oldest;
	unlink_client(audit, number);
	table_remove(&audit->by_address, hash_of(audit, audit->clients[number].address), number);
	audit->forgotten++;
	return number;
}

uint32_t audit_client_make(struct audit *audit, struct in_addr address)
{
	uint32_t number = audit_client_find(audit, address);

	if (number != AUDIT_NONE)
		return number;
	/* First what can fail, under the number that will be its own. */
	number = audit->count < audit->max ? audit->count : audit->oldest;
	if (!table_insert(&audit->by_address, hash_of(audit, address), number))
		return AUDIT_NONE;
	number = take_number(audit);
	audit->clients[number] = (struct client){ .address = address };
	audit->more[number] = (struct more){ .node_type = AUDIT_NODE_UNKNOWN,
					     .saved = audit->more[number].saved };
	link_newest(audit, number);
	return number;
}

/*
 * Another number of clients.
 */

/* From the oldest that stays; those that are older have no place. */
static uint32_t first_that_stays(const struct audit *audit, uint32_t clients)
{
	uint32_t number = audit->oldest;

	for (uint32_t i = clients; i < audit->count; i++)
		number = audit->more[number].newer;
	return number;
}

static bool copy_clients(struct audit *to, const struct audit *from)
{
	uint32_t number = first_that_stays(from, to->max);

	for (; number != AUDIT_NONE; number = from->more[number].newer) {
		const struct client *client = &from->clients[number];

		if (!table_insert(&to->by_address, hash_of(to, client->address), to->count))
			return false;
		to->clients[to->count] = *client;
		to->more[to->count] = from->more[number];
		link_newest(to, to->count++);
	}
	return true;
}

/* Rows of those that go are taken out of the store one by one, with rows that are saved. */
static bool note_orphans(struct audit *audit, uint32_t clients)
{
	size_t count = audit->orphan_count + (audit->count > clients ? audit->count - clients : 0);
	uint32_t end = first_that_stays(audit, clients), number = audit->oldest;
	struct in_addr *orphans = realloc(audit->orphans, (count + 1) * sizeof(*orphans));

	if (orphans == NULL)
		return false;
	audit->orphans = orphans;
	for (; number != end; number = audit->more[number].newer)
		if (audit->more[number].saved.s_addr != 0)
			orphans[audit->orphan_count++] = audit->more[number].saved;
	return true;
}

bool audit_set_clients(struct audit *audit, uint32_t clients)
{
	struct audit fresh = *audit;

	if (clients == audit->max)
		return true;
	if (!make_room(&fresh, clients) || !copy_clients(&fresh, audit) ||
	    !note_orphans(audit, clients)) {
		free_clients(&fresh);
		return false;
	}
	if (audit->count > clients)
		fresh.forgotten += audit->count - clients;
	fresh.orphans = audit->orphans;
	fresh.orphan_count = audit->orphan_count;
	free_clients(audit);
	*audit = fresh;
	return true;
}

/*
 * References to names.
 */

static uint32_t generation_of(const struct audit *audit, uint32_t id)
{
	const struct asked_name *name = asked_find(&audit->names, id);

	return name != NULL ? name->generation & REF_GENERATIONS : 0;
}

uint32_t audit_ref_to_record(const struct audit *audit, uint32_t id)
{
	return REF_RECORD | generation_of(audit, id) << REF_ID_BITS | id;
}

uint32_t audit_ref_to_missing(const struct audit *audit, uint32_t place)
{
	uint32_t generation = missing_at(audit->missing, place)->generation & REF_GENERATION_M;

	return generation << REF_PLACE_BITS | place;
}

/*
 * Queries.
 */

/* The least frequent makes room, and its successor inherits its rank, as in missing.h. */
static void note_top(struct top top[AUDIT_TOP], uint32_t ref)
{
	size_t least = 0;

	for (size_t i = 0; i < AUDIT_TOP; i++) {
		if (top[i].ref == ref) {
			least = i;
			break;
		}
		if (top[i].queries < top[least].queries)
			least = i;
	}
	top[least].ref = ref;
	if (top[least].queries != UINT32_MAX)
		top[least].queries++;
}

static struct client *note_query(struct audit *audit, struct in_addr address, uint32_t now_s)
{
	uint32_t number = audit_client_make(audit, address);
	struct client *client;

	if (number == AUDIT_NONE)
		return NULL;
	client = &audit->clients[number];
	if (client->last_query_s / 60 != now_s / 60)
		seen(audit, number);
	if (client->queries++ == 0)
		client->first_query_s = now_s;
	client->last_query_s = now_s;
	client->is_unsaved = true;
	return client;
}

void audit_answered(struct audit *audit, struct in_addr client, int64_t wall_s)
{
	note_query(audit, client, (uint32_t)wall_s);
}

void audit_found(struct audit *audit, struct in_addr address, uint32_t id, int64_t wall_s)
{
	struct client *client = note_query(audit, address, (uint32_t)wall_s);
	struct asked_name *name = asked_get(&audit->names, id);

	if (client == NULL || name == NULL)
		return;
	name->last_s = (uint32_t)wall_s;
	name->queries++;
	name->is_unsaved = true;
	askers_note(name->clients, ASKED_CLIENTS, address.s_addr);
	note_top(client->asked, audit_ref_to_record(audit, id));
}

void audit_missed(struct audit *audit, struct in_addr address, const struct nbt_name *name,
		  int64_t wall_s)
{
	struct client *client = note_query(audit, address, (uint32_t)wall_s);
	uint32_t place;

	if (client == NULL)
		return;
	place = missing_note(audit->missing, name, address.s_addr, (uint32_t)wall_s);
	note_top(client->asked, audit_ref_to_missing(audit, place));
}

#define EXPECT_MAX REGISTRY_EXPECT_MAX
_Static_assert(EXPECT_MAX <= MISSING_EXPECT_MAX, "see audit_expect()");

void audit_expect(const struct audit *audit, const struct in_addr *clients, const uint32_t *ids,
		  const struct nbt_name *names, size_t count)
{
	const struct nbt_name *missing[EXPECT_MAX];
	uint32_t hash[EXPECT_MAX];
	struct table_walk walk;
	size_t missing_count = 0;

	for (size_t i = 0; i < count; i++) {
		hash[i] = hash_of(audit, clients[i]);
		table_prefetch(&audit->by_address, hash[i]);
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t number = table_first(&audit->by_address, hash[i], &walk);
		const struct asked_name *name =
			ids[i] != REGISTRY_NONE ? asked_find(&audit->names, ids[i]) : NULL;

		if (number != TABLE_NONE)
			__builtin_prefetch(&audit->clients[number]);
		if (name != NULL)
			__builtin_prefetch(name);
		if (ids[i] == REGISTRY_NONE)
			missing[missing_count++] = &names[i];
	}
	missing_expect(audit->missing, missing, missing_count);
}

/*
 * Registrations.
 */

void audit_claimed(struct audit *audit, struct in_addr address, uint8_t node_type, int64_t wall_s)
{
	uint32_t number = audit_client_make(audit, address);
	struct more *more;

	if (number == AUDIT_NONE)
		return;
	more = &audit->more[number];
	seen(audit, number);
	if (more->registrations++ == 0)
		more->first_registration_s = (uint32_t)wall_s;
	more->last_registration_s = (uint32_t)wall_s;
	more->node_type = node_type;
	audit->clients[number].is_unsaved = true;
}

void audit_registered(struct audit *audit, struct in_addr address, uint32_t id)
{
	uint32_t number = audit_client_find(audit, address);

	if (number == AUDIT_NONE)
		return;
	askers_note(audit->more[number].registered, AUDIT_REGISTERED,
		    audit_ref_to_record(audit, id));
	audit->clients[number].is_unsaved = true; /* the claim may have been saved long ago */
}

void audit_forget(struct audit *audit, uint32_t id)
{
	struct asked_name *name = asked_get(&audit->names, id);

	if (name != NULL)
		*name = (struct asked_name){ .generation = (uint8_t)(name->generation + 1) };
}
