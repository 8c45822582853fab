#include "nbnsd/dns/dns_cache.h"

#include <stdlib.h>
#include <string.h>

#include <nbt/env.h>

#include "nbnsd/registry/table.h"

#define WAITERS          1024
#define WAITERS_PER_NAME 32
#define FAILED_MS        5000 /* DNS is given so long to recover before it is asked again */
#define MIN_MS           1000 /* kept at least */

struct entry {
	char name[DNS_NAME_SIZE];
	uint32_t hash;
	bool is_asked;     /* the edge owes us a result */
	bool is_waiting;   /* clients wait for it; else what it says is known */
	uint64_t until_ms; /* they wait, or it is good, so long */
	struct dns_addresses known;
	uint32_t waiter_count; /* also those that are due; such an entry stays */
	uint32_t first_waiter;
	uint32_t older, newer; /* in the order of age; free ones are linked by newer */
};

struct waiting {
	struct dns_waiter waiter;
	uint32_t entry;
	uint32_t next;
};

/* Numbers of entries, the oldest first. */
struct fifo {
	uint32_t *items;
	size_t count;
};

struct dns_cache {
	struct dns_limits limits;
	struct hash_key key;
	struct table table;
	struct entry *entries;
	uint32_t free_entry, oldest, newest;
	struct waiting *waiters;
	uint32_t free_waiter, first_due, last_due;
	struct fifo to_ask;  /* not taken by the edge yet */
	struct fifo waiting; /* all wait equally long, so the first is the first to time out */
	uint32_t asked;      /* queries under way */
};

/*
 * Names.
 */

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool may_stand(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool dns_name(const struct nbt_name *name, char out[DNS_NAME_SIZE])
{
	uint8_t suffix = nbt_name_suffix(name);
	size_t len = NBT_NAME_LEN - 1;
	bool has_letter = false;

	if (suffix != NBT_SUFFIX_WORKSTATION && suffix != NBT_SUFFIX_SERVER)
		return false;
	while (len > 0 && name->bytes[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < len; i++) {
		out[i] = (char)name->bytes[i];
		if (!may_stand(out[i]))
			return false;
		has_letter = has_letter || is_letter(out[i]);
	}
	out[len] = '\0';
	return has_letter && out[0] != '.';
}

/*
 * Create and destroy.
 */

static void link_free(struct dns_cache *cache)
{
	for (uint32_t i = 0; i < cache->limits.names; i++)
		cache->entries[i].newer = i + 1 < cache->limits.names ? i + 1 : DNS_NONE;
	for (uint32_t i = 0; i < WAITERS; i++)
		cache->waiters[i].next = i + 1 < WAITERS ? i + 1 : DNS_NONE;
}

struct dns_cache *dns_cache_create(const struct dns_limits *limits, const struct hash_key *key)
{
	struct dns_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return NULL;
	cache->limits = *limits;
	cache->key = *key;
	table_init(&cache->table);
	cache->oldest = cache->newest = cache->first_due = cache->last_due = DNS_NONE;
	cache->entries = calloc(limits->names, sizeof(*cache->entries));
	cache->waiters = calloc(WAITERS, sizeof(*cache->waiters));
	cache->to_ask.items = calloc(limits->queries, sizeof(uint32_t));
	cache->waiting.items = calloc(limits->queries, sizeof(uint32_t));
	if (cache->entries == NULL || cache->waiters == NULL || cache->to_ask.items == NULL ||
	    cache->waiting.items == NULL) {
		dns_cache_destroy(cache);
		return NULL;
	}
	link_free(cache);
	return cache;
}

void dns_cache_destroy(struct dns_cache *cache)
{
	if (cache == NULL)
		return;
	table_free(&cache->table);
	free(cache->entries);
	free(cache->waiters);
	free(cache->to_ask.items);
	free(cache->waiting.items);
	free(cache);
}

static void fifo_remove(struct fifo *fifo, uint32_t number)
{
	size_t place = 0;

	while (place < fifo->count && fifo->items[place] != number)
		place++;
	if (place == fifo->count)
		return;
	fifo->count--;
	memmove(&fifo->items[place], &fifo->items[place + 1],
		(fifo->count - place) * sizeof(*fifo->items));
}

static void fifo_add(struct fifo *fifo, uint32_t number)
{
	fifo->items[fifo->count++] = number;
}

/*
 * Entries.
 */

static uint32_t find(const struct dns_cache *cache, const char *name, uint32_t hash)
{
	struct table_walk walk;
	uint32_t number = table_first(&cache->table, hash, &walk);

	for (; number != TABLE_NONE; number = table_next(&cache->table, hash, &walk))
		if (strcmp(cache->entries[number].name, name) == 0)
			return number;
	return DNS_NONE;
}

static void link_newest(struct dns_cache *cache, uint32_t number)
{
	struct entry *entry = &cache->entries[number];

	entry->older = cache->newest;
	entry->newer = DNS_NONE;
	if (cache->newest != DNS_NONE)
		cache->entries[cache->newest].newer = number;
	else
		cache->oldest = number;
	cache->newest = number;
}

static void unlink_entry(struct dns_cache *cache, const struct entry *entry)
{
	if (entry->older != DNS_NONE)
		cache->entries[entry->older].newer = entry->newer;
	else
		cache->oldest = entry->newer;
	if (entry->newer != DNS_NONE)
		cache->entries[entry->newer].older = entry->older;
	else
		cache->newest = entry->older;
}

/* The oldest that nobody needs makes room; those that are needed are few. */
static uint32_t take_place(struct dns_cache *cache)
{
	uint32_t number = cache->free_entry;
	struct entry *entry;

	if (number != DNS_NONE) {
		cache->free_entry = cache->entries[number].newer;
		return number;
	}
	for (number = cache->oldest; number != DNS_NONE; number = entry->newer) {
		entry = &cache->entries[number];
		if (entry->is_asked || entry->waiter_count > 0)
			continue;
		unlink_entry(cache, entry);
		table_remove(&cache->table, entry->hash, number);
		return number;
	}
	return DNS_NONE;
}

static uint32_t add(struct dns_cache *cache, const char *name, uint32_t hash)
{
	uint32_t number = take_place(cache);
	struct entry *entry;

	if (number == DNS_NONE)
		return DNS_NONE;
	entry = &cache->entries[number];
	if (!table_insert(&cache->table, hash, number)) {
		entry->newer = cache->free_entry;
		cache->free_entry = number;
		return DNS_NONE;
	}
	*entry = (struct entry){ .hash = hash, .first_waiter = DNS_NONE };
	strcpy(entry->name, name);
	link_newest(cache, number);
	return number;
}

/*
 * Who waits.
 */

static bool is_same_request(const struct dns_waiter *a, const struct dns_waiter *b)
{
	return a->id == b->id && a->socket == b->socket &&
	       a->from.sin_addr.s_addr == b->from.sin_addr.s_addr &&
	       a->from.sin_port == b->from.sin_port;
}

static enum dns_verdict wait_for(struct dns_cache *cache, uint32_t number,
				 const struct dns_waiter *waiter)
{
	struct entry *entry = &cache->entries[number];
	uint32_t place = cache->free_waiter;

	for (uint32_t i = entry->first_waiter; i != DNS_NONE; i = cache->waiters[i].next)
		if (is_same_request(&cache->waiters[i].waiter, waiter))
			return DNS_REPEATED;
	if (place == DNS_NONE || entry->waiter_count >= WAITERS_PER_NAME)
		return DNS_BUSY;
	cache->free_waiter = cache->waiters[place].next;
	cache->waiters[place] = (struct waiting){ *waiter, number, entry->first_waiter };
	entry->first_waiter = place;
	entry->waiter_count++;
	return DNS_WAIT;
}

static void append_due(struct dns_cache *cache, uint32_t place)
{
	cache->waiters[place].next = DNS_NONE;
	if (cache->last_due != DNS_NONE)
		cache->waiters[cache->last_due].next = place;
	else
		cache->first_due = place;
	cache->last_due = place;
}

/* It is known now, or will not be known in time: whoever waits is due. */
static void settle(struct dns_cache *cache, uint32_t number, const struct dns_addresses *known,
		   uint64_t until_ms)
{
	struct entry *entry = &cache->entries[number];
	uint32_t place = entry->first_waiter, next;

	if (entry->is_waiting)
		fifo_remove(&cache->waiting, number);
	entry->is_waiting = false;
	entry->until_ms = until_ms;
	entry->known = *known;
	entry->first_waiter = DNS_NONE;
	for (; place != DNS_NONE; place = next) {
		next = cache->waiters[place].next;
		append_due(cache, place);
	}
}

/*
 * Questions and results.
 */

/* Has it asked, unless that is under way still. false: too many are. */
static bool begin(struct dns_cache *cache, uint32_t number, uint64_t now_ms)
{
	struct entry *entry = &cache->entries[number];

	if (!entry->is_asked && cache->asked >= cache->limits.queries)
		return false;
	if (!entry->is_asked) {
		entry->is_asked = true;
		cache->asked++;
		fifo_add(&cache->to_ask, number);
	}
	entry->is_waiting = true;
	entry->until_ms = now_ms + cache->limits.timeout_ms;
	fifo_add(&cache->waiting, number);
	return true;
}

enum dns_verdict dns_cache_ask(struct dns_cache *cache, const char *name,
			       const struct dns_waiter *waiter, uint64_t now_ms,
			       struct dns_addresses *out)
{
	uint32_t hash = (uint32_t)hash_bytes(&cache->key, name, strlen(name));
	uint32_t number = find(cache, name, hash);

	if (number != DNS_NONE && !cache->entries[number].is_waiting &&
	    cache->entries[number].until_ms > now_ms) {
		*out = cache->entries[number].known;
		return DNS_KNOWN;
	}
	if (cache->free_waiter == DNS_NONE)
		return DNS_BUSY;
	/* Looked at before a name that is known makes room for it. */
	if (number == DNS_NONE && cache->asked >= cache->limits.queries)
		return DNS_BUSY;
	if (number == DNS_NONE)
		number = add(cache, name, hash);
	if (number == DNS_NONE)
		return DNS_BUSY;
	if (!cache->entries[number].is_waiting && !begin(cache, number, now_ms))
		return DNS_BUSY;
	return wait_for(cache, number, waiter);
}

uint32_t dns_cache_take_query(struct dns_cache *cache, char name[DNS_NAME_SIZE])
{
	uint32_t number;

	if (cache->to_ask.count == 0)
		return DNS_NONE;
	number = cache->to_ask.items[0];
	fifo_remove(&cache->to_ask, number);
	strcpy(name, cache->entries[number].name);
	return number;
}

static uint64_t clamp(uint64_t value, uint64_t most)
{
	value = value < most ? value : most;
	return value > MIN_MS ? value : MIN_MS;
}

void dns_cache_result(struct dns_cache *cache, uint32_t number, const struct dns_addresses *found,
		      uint32_t ttl_s, bool failed, uint64_t now_ms)
{
	uint64_t keep_ms = clamp(cache->limits.negative_ms, failed ? FAILED_MS : UINT64_MAX);

	if (found->count > 0)
		keep_ms = clamp(ttl_s * UINT64_C(1000), cache->limits.positive_ms);
	cache->entries[number].is_asked = false;
	cache->asked--;
	settle(cache, number, found, now_ms + keep_ms);
}

uint64_t dns_cache_deadline(const struct dns_cache *cache)
{
	if (cache->first_due != DNS_NONE)
		return 0;
	return cache->waiting.count > 0 ? cache->entries[cache->waiting.items[0]].until_ms
					: NBT_NEVER;
}

static void time_out(struct dns_cache *cache, uint64_t now_ms)
{
	const struct dns_addresses none = { .count = 0 };

	while (cache->waiting.count > 0 &&
	       cache->entries[cache->waiting.items[0]].until_ms <= now_ms)
		settle(cache, cache->waiting.items[0], &none,
		       now_ms + clamp(cache->limits.negative_ms, FAILED_MS));
}

bool dns_cache_take_due(struct dns_cache *cache, uint64_t now_ms, struct dns_waiter *waiter,
			struct dns_addresses *out)
{
	uint32_t place;
	struct waiting *waiting;

	time_out(cache, now_ms);
	place = cache->first_due;
	if (place == DNS_NONE)
		return false;
	waiting = &cache->waiters[place];
	*waiter = waiting->waiter;
	*out = cache->entries[waiting->entry].known;
	cache->entries[waiting->entry].waiter_count--;
	cache->first_due = waiting->next;
	if (cache->first_due == DNS_NONE)
		cache->last_due = DNS_NONE;
	waiting->next = cache->free_waiter;
	cache->free_waiter = place;
	return true;
}
