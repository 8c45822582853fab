/* Clients, and what joins them to names. */
#include "nbnsd/audit.h"

#include <stdlib.h>
#include <string.h>

#include "nbnsd/askers.h"
#include "nbnsd/pages.h"
#include "nbnsd/table.h"

/*
 * A name that a client asked for or registered, in a word: the number of its record, or its place
 * among the missing, with the generation of that, so that it is not taken for a later one. 0: none.
 */
#define REF_RECORD       0x80000000U
#define REF_ID_BITS      26
#define REF_PLACE_BITS   13
#define REF_GENERATIONS  0x1fU /* of a record's, the bits that fit */
#define REF_GENERATION_M 0x3ffffU

_Static_assert(REGISTRY_MAX == 1U << REF_ID_BITS, "an id fits");
_Static_assert(MISSING_MAX == 1U << REF_PLACE_BITS, "a place fits");

struct top {
	uint32_t ref, queries;
};

/* What a query touches of its client: a cache line. */
struct client {
	struct in_addr address;
	uint32_t first_query_s, last_query_s;
	uint32_t is_unsaved;
	uint64_t queries;
	struct top asked[AUDIT_TOP]; /* in no order; zeros at the end */
};

/* The rest. Clients are in a list by the minute in which they were last seen. */
struct more {
	uint32_t newer, older; /* AUDIT_NONE at the ends */
	uint32_t first_registration_s, last_registration_s;
	uint64_t registrations;
	uint32_t registered[AUDIT_REGISTERED]; /* the latest first */
	struct in_addr saved;                  /* whose row was saved under this number */
	uint8_t node_type;
};

_Static_assert(sizeof(struct client) == 64, "a cache line");

struct audit {
	uint64_t key[2];
	const struct registry *registry;
	uint32_t max, count;
	uint64_t forgotten;
	struct table by_address;
	struct client *clients;
	struct more *more;
	uint32_t newest, oldest;
	struct asked names;
	struct missing *missing;
};

/*
 * Create and destroy.
 */

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
	audit->max = clients;
	audit->newest = audit->oldest = AUDIT_NONE;
	table_init(&audit->by_address);
	audit->clients = pages_get(clients * sizeof(struct client));
	audit->more = pages_get(clients * sizeof(struct more));
	audit->missing = missing_create(&hash_key);
	if (audit->clients == NULL || audit->more == NULL || audit->missing == NULL) {
		audit_destroy(audit);
		return NULL;
	}
	return audit;
}

void audit_destroy(struct audit *audit)
{
	if (audit == NULL)
		return;
	table_free(&audit->by_address);
	pages_free(audit->clients, audit->max * sizeof(struct client));
	pages_free(audit->more, audit->max * sizeof(struct more));
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

/* The client's number; AUDIT_NONE: out of memory. */
static uint32_t client_of(struct audit *audit, struct in_addr address)
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
 * References to names.
 */

static uint32_t generation_of(const struct audit *audit, uint32_t id)
{
	const struct asked_name *name = asked_find(&audit->names, id);

	return name != NULL ? name->generation & REF_GENERATIONS : 0;
}

static uint32_t ref_to_record(const struct audit *audit, uint32_t id)
{
	return REF_RECORD | generation_of(audit, id) << REF_ID_BITS | id;
}

static uint32_t ref_to_missing(const struct audit *audit, uint32_t place)
{
	uint32_t generation = missing_at(audit->missing, place)->generation & REF_GENERATION_M;

	return generation << REF_PLACE_BITS | place;
}

static bool read_record_ref(const struct audit *audit, uint32_t ref, struct audit_ref *out)
{
	uint32_t id = ref & (REGISTRY_MAX - 1);
	struct record record;

	if (ref != ref_to_record(audit, id) || !registry_has(audit->registry, id))
		return false;
	registry_get(audit->registry, id, &record);
	out->name = record.name;
	out->has_scope = record.scope.len > 0;
	return true;
}

static bool read_missing_ref(const struct audit *audit, uint32_t ref, struct audit_ref *out)
{
	uint32_t place = ref & (MISSING_MAX - 1);

	if (ref != ref_to_missing(audit, place))
		return false;
	out->name = missing_at(audit->missing, place)->name;
	out->is_missing = true;
	return true;
}

/* false: none, or what it meant has gone. */
static bool read_ref(const struct audit *audit, uint32_t ref, struct audit_ref *out)
{
	*out = (struct audit_ref){ .queries = 0 };
	if (ref == 0)
		return false;
	return ref & REF_RECORD ? read_record_ref(audit, ref, out)
				: read_missing_ref(audit, ref, out);
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
	uint32_t number = client_of(audit, address);
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
	note_top(client->asked, ref_to_record(audit, id));
}

void audit_missed(struct audit *audit, struct in_addr address, const struct nbt_name *name,
		  int64_t wall_s)
{
	struct client *client = note_query(audit, address, (uint32_t)wall_s);
	uint32_t place;

	if (client == NULL)
		return;
	place = missing_note(audit->missing, name, address.s_addr, (uint32_t)wall_s);
	note_top(client->asked, ref_to_missing(audit, place));
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
	uint32_t number = client_of(audit, address);
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

	if (number != AUDIT_NONE)
		askers_note(audit->more[number].registered, AUDIT_REGISTERED,
			    ref_to_record(audit, id));
}

void audit_forget(struct audit *audit, uint32_t id)
{
	struct asked_name *name = asked_get(&audit->names, id);

	if (name != NULL)
		*name = (struct asked_name){ .generation = (uint8_t)(name->generation + 1) };
}

/*
 * Reading.
 */

uint32_t audit_client_bound(const struct audit *audit)
{
	return audit->count;
}

/* Insertion by frequency; a name that was missing and is there now, or the reverse, comes twice. */
static void read_top(const struct audit *audit, const struct top top[AUDIT_TOP],
		     struct audit_client *out)
{
	struct audit_ref ref;

	for (size_t i = 0; i < AUDIT_TOP; i++) {
		size_t place = out->asked_count;

		if (!read_ref(audit, top[i].ref, &ref))
			continue;
		ref.queries = top[i].queries;
		for (; place > 0 && out->asked[place - 1].queries < ref.queries; place--)
			out->asked[place] = out->asked[place - 1];
		out->asked[place] = ref;
		out->asked_count++;
	}
}

void audit_client_get(const struct audit *audit, uint32_t number, struct audit_client *out)
{
	const struct client *client = &audit->clients[number];
	const struct more *more = &audit->more[number];

	*out = (struct audit_client){
		.address = client->address,
		.node_type = more->node_type,
		.queries = client->queries,
		.registrations = more->registrations,
		.first_query_s = client->first_query_s,
		.last_query_s = client->last_query_s,
		.first_registration_s = more->first_registration_s,
		.last_registration_s = more->last_registration_s,
	};
	read_top(audit, client->asked, out);
	for (size_t i = 0; i < AUDIT_REGISTERED; i++)
		if (read_ref(audit, more->registered[i], &out->registered[out->registered_count]))
			out->registered_count++;
}

uint32_t audit_clients_max(const struct audit *audit)
{
	return audit->max;
}

uint64_t audit_clients_forgotten(const struct audit *audit)
{
	return audit->forgotten;
}

const struct asked *audit_names(const struct audit *audit)
{
	return &audit->names;
}

const struct missing *audit_missing(const struct audit *audit)
{
	return audit->missing;
}

/*
 * Saving.
 */

static bool take_client(struct audit *audit, uint32_t number, struct audit_row *out)
{
	struct client *client = &audit->clients[number];
	struct in_addr *saved = &audit->more[number].saved;

	if (!client->is_unsaved)
		return false;
	client->is_unsaved = false;
	audit_client_get(audit, number, &out->of.client);
	/* Its predecessor's row goes, unless that one has come back. */
	if (saved->s_addr != client->address.s_addr &&
	    audit_client_find(audit, *saved) == AUDIT_NONE)
		out->of.client.replaces = *saved;
	*saved = client->address;
	return true;
}

static bool take_name(struct audit *audit, uint32_t number, struct audit_row *out)
{
	struct asked_name *name = asked_find(&audit->names, number);

	if (name == NULL || !name->is_unsaved)
		return false;
	name->is_unsaved = false;
	out->of.name = *name;
	return true;
}

static bool take_missing(struct audit *audit, uint32_t number, struct audit_row *out)
{
	struct missing_name *name = missing_at(audit->missing, number);

	if (!name->is_unsaved)
		return false;
	name->is_unsaved = false;
	out->of.missing = *name;
	return true;
}

static uint32_t bound_of(const struct audit *audit, uint32_t table)
{
	switch (table) {
	case AUDIT_CLIENTS:
		return audit->count;
	case AUDIT_NAMES:
		return asked_bound(&audit->names);
	default:
		return MISSING_MAX;
	}
}

bool audit_next_unsaved(struct audit *audit, struct audit_cursor *cursor, size_t *budget,
			struct audit_row *out)
{
	static bool (*const take[AUDIT_TABLES])(struct audit * audit, uint32_t number,
						struct audit_row * out) = {
		[AUDIT_CLIENTS] = take_client,
		[AUDIT_NAMES] = take_name,
		[AUDIT_MISSING] = take_missing,
	};

	for (; cursor->table < AUDIT_TABLES; cursor->table++, cursor->number = 0) {
		uint32_t bound = bound_of(audit, cursor->table);

		while (cursor->number < bound) {
			uint32_t number = cursor->number;

			if (*budget == 0)
				return false;
			--*budget;
			cursor->number++;
			out->table = (enum audit_table)cursor->table;
			out->number = number;
			if (take[cursor->table](audit, number, out))
				return true;
		}
	}
	return false;
}

/*
 * Loading.
 */

static uint32_t find_ref(const struct audit *audit, const struct audit_ref *ref)
{
	static const struct nbt_scope no_scope = { 0 };
	uint32_t number = ref->is_missing ? missing_find(audit->missing, &ref->name)
					  : registry_find(audit->registry, &ref->name, &no_scope);

	if (number == AUDIT_NONE)
		return 0;
	return ref->is_missing ? ref_to_missing(audit, number) : ref_to_record(audit, number);
}
_Static_assert(AUDIT_NONE == REGISTRY_NONE && AUDIT_NONE == MISSING_NONE, "see find_ref()");

static void load_refs(const struct audit *audit, const struct audit_client *saved,
		      struct client *client, struct more *more)
{
	for (size_t i = 0, n = 0; i < saved->asked_count; i++) {
		uint32_t ref = find_ref(audit, &saved->asked[i]);

		if (ref != 0)
			client->asked[n++] = (struct top){ ref, saved->asked[i].queries };
	}
	for (size_t i = 0, n = 0; i < saved->registered_count; i++) {
		uint32_t ref = find_ref(audit, &saved->registered[i]);

		if (ref != 0)
			more->registered[n++] = ref;
	}
}

static bool load_client(struct audit *audit, const struct audit_row *row)
{
	const struct audit_client *saved = &row->of.client;
	struct client *client;
	struct more *more;
	uint32_t number;

	if (audit_client_find(audit, saved->address) != AUDIT_NONE)
		return false;
	number = client_of(audit, saved->address);
	if (number == AUDIT_NONE)
		return false;
	client = &audit->clients[number];
	client->queries = saved->queries;
	client->first_query_s = saved->first_query_s;
	client->last_query_s = saved->last_query_s;
	more = &audit->more[number];
	more->registrations = saved->registrations;
	more->first_registration_s = saved->first_registration_s;
	more->last_registration_s = saved->last_registration_s;
	more->node_type = saved->node_type;
	more->saved = saved->address;
	load_refs(audit, saved, client, more);
	return true;
}

static bool load_name(struct audit *audit, const struct audit_row *row)
{
	struct asked_name *name;

	if (!registry_has(audit->registry, row->number))
		return false;
	name = asked_get(&audit->names, row->number);
	if (name == NULL)
		return false;
	*name = row->of.name;
	name->generation = 0;
	name->is_unsaved = false;
	return true;
}

bool audit_load(struct audit *audit, const struct audit_row *row)
{
	switch (row->table) {
	case AUDIT_MISSING:
		return row->number < MISSING_MAX &&
		       missing_load(audit->missing, row->number, &row->of.missing);
	case AUDIT_NAMES:
		return load_name(audit, row);
	case AUDIT_CLIENTS:
		return load_client(audit, row);
	case AUDIT_TABLES:
		break;
	}
	return false;
}

size_t audit_memory(const struct audit *audit)
{
	return sizeof(*audit) + table_memory(&audit->by_address) +
	       audit->count * (sizeof(struct client) + sizeof(struct more)) +
	       asked_memory(&audit->names) + missing_memory();
}
