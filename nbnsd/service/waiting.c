#include "nbnsd/service/waiting.h"

#include <stdlib.h>

#include "nbnsd/registry/slab.h"
#include "nbnsd/registry/table.h"

struct waiter {
	uint32_t next;  /* on a list: one more than a number */
	uint32_t hash;  /* of the request */
	uint32_t dirty; /* held: its record, below */
	uint8_t what;   /* held: enum waiting_for */
	uint64_t batch; /* held: that it waits for */
	struct claim claim;
};

/* A record with changes that are not committed, as long as claims are held for them. */
struct dirty {
	uint32_t record;
	uint32_t held;
	uint64_t batch;
};

struct waiting {
	struct hash_key key;
	uint32_t max;
	struct slab waiters, dirties;
	struct table by_request, by_record;
	struct waiting_list held;
};

struct waiting *waiting_create(uint32_t max, const struct hash_key *key)
{
	struct waiting *waiting = calloc(1, sizeof(*waiting));

	if (waiting == NULL)
		return NULL;
	waiting->key = *key;
	waiting->max = max;
	slab_init(&waiting->waiters, sizeof(struct waiter));
	slab_init(&waiting->dirties, sizeof(struct dirty));
	table_init(&waiting->by_request);
	table_init(&waiting->by_record);
	return waiting;
}

void waiting_set_max(struct waiting *waiting, uint32_t max)
{
	waiting->max = max;
}

void waiting_destroy(struct waiting *waiting)
{
	if (waiting == NULL)
		return;
	slab_free(&waiting->waiters);
	slab_free(&waiting->dirties);
	table_free(&waiting->by_request);
	table_free(&waiting->by_record);
	free(waiting);
}

size_t waiting_count(const struct waiting *waiting)
{
	return waiting->waiters.count;
}

bool waiting_is_full(const struct waiting *waiting)
{
	return waiting->waiters.count >= waiting->max;
}

static struct waiter *waiter_at(const struct waiting *waiting, uint32_t number)
{
	return slab_at(&waiting->waiters, number);
}

static uint32_t hash_of(const struct waiting *waiting, const struct claim *claim)
{
	const uint32_t words[3] = { claim->source.s_addr, claim->source_port,
				    (uint32_t)claim->id << 8 | claim->opcode };

	return (uint32_t)hash_bytes(&waiting->key, words, sizeof(words));
}

static bool same_request(const struct claim *a, const struct claim *b)
{
	return a->id == b->id && a->opcode == b->opcode && a->source.s_addr == b->source.s_addr &&
	       a->source_port == b->source_port;
}

bool waiting_has(const struct waiting *waiting, const struct claim *claim)
{
	struct table_walk walk;
	uint32_t hash, number;

	if (waiting->waiters.count == 0)
		return false;
	hash = hash_of(waiting, claim);
	number = table_first(&waiting->by_request, hash, &walk);
	while (number != TABLE_NONE && !same_request(&waiter_at(waiting, number)->claim, claim))
		number = table_next(&waiting->by_request, hash, &walk);
	return number != TABLE_NONE;
}

uint32_t waiting_add(struct waiting *waiting, const struct claim *claim)
{
	uint32_t hash = hash_of(waiting, claim), number;
	struct waiter *waiter;

	if (waiting_is_full(waiting))
		return WAITING_NONE;
	number = slab_take(&waiting->waiters);
	if (number == SLAB_NONE)
		return WAITING_NONE;
	if (!table_insert(&waiting->by_request, hash, number)) {
		slab_give(&waiting->waiters, number);
		return WAITING_NONE;
	}
	waiter = waiter_at(waiting, number);
	waiter->hash = hash;
	waiter->claim = *claim;
	return number;
}

void waiting_remove(struct waiting *waiting, uint32_t number)
{
	table_remove(&waiting->by_request, waiter_at(waiting, number)->hash, number);
	slab_give(&waiting->waiters, number);
}

const struct claim *waiting_claim(const struct waiting *waiting, uint32_t number)
{
	return &waiter_at(waiting, number)->claim;
}

/*
 * Lists.
 */

void waiting_append(struct waiting *waiting, struct waiting_list *list, uint32_t number)
{
	waiter_at(waiting, number)->next = 0;
	if (list->first == 0)
		list->first = number + 1;
	else
		waiter_at(waiting, list->last - 1)->next = number + 1;
	list->last = number + 1;
	list->count++;
}

void waiting_join(struct waiting *waiting, struct waiting_list *list, struct waiting_list *behind)
{
	if (behind->first == 0)
		return;
	if (list->first == 0)
		list->first = behind->first;
	else
		waiter_at(waiting, list->last - 1)->next = behind->first;
	list->last = behind->last;
	list->count += behind->count;
	*behind = (struct waiting_list){ 0 };
}

uint32_t waiting_take(struct waiting *waiting, struct waiting_list *list)
{
	uint32_t first = list->first;

	if (first == 0)
		return WAITING_NONE;
	list->first = waiter_at(waiting, first - 1)->next;
	list->count--;
	return first - 1;
}

/*
 * Records with changes that are not committed.
 */

static struct dirty *dirty_at(const struct waiting *waiting, uint32_t number)
{
	return slab_at(&waiting->dirties, number);
}

static uint32_t hash_of_record(const struct waiting *waiting, uint32_t record)
{
	return (uint32_t)hash_bytes(&waiting->key, &record, sizeof(record));
}

static uint32_t find_dirty(const struct waiting *waiting, uint32_t hash, uint32_t record)
{
	struct table_walk walk;
	uint32_t number = table_first(&waiting->by_record, hash, &walk);

	while (number != TABLE_NONE && dirty_at(waiting, number)->record != record)
		number = table_next(&waiting->by_record, hash, &walk);
	return number;
}

/* Returns TABLE_NONE when out of memory. */
static uint32_t take_dirty(struct waiting *waiting, uint32_t record)
{
	uint32_t hash = hash_of_record(waiting, record);
	uint32_t number = find_dirty(waiting, hash, record);

	if (number != TABLE_NONE)
		return number;
	number = slab_take(&waiting->dirties);
	if (number == SLAB_NONE)
		return TABLE_NONE;
	if (!table_insert(&waiting->by_record, hash, number)) {
		slab_give(&waiting->dirties, number);
		return TABLE_NONE;
	}
	dirty_at(waiting, number)->record = record;
	return number;
}

static void leave_dirty(struct waiting *waiting, uint32_t number)
{
	struct dirty *dirty = dirty_at(waiting, number);

	if (--dirty->held > 0)
		return;
	table_remove(&waiting->by_record, hash_of_record(waiting, dirty->record), number);
	slab_give(&waiting->dirties, number);
}

uint64_t waiting_batch_of(const struct waiting *waiting, uint32_t record)
{
	uint32_t number;

	if (waiting->dirties.count == 0)
		return 0;
	number = find_dirty(waiting, hash_of_record(waiting, record), record);
	return number != TABLE_NONE ? dirty_at(waiting, number)->batch : 0;
}

/*
 * Held claims.
 */

bool waiting_hold(struct waiting *waiting, uint32_t number, uint32_t record, uint64_t batch,
		  enum waiting_for what)
{
	struct waiter *waiter = waiter_at(waiting, number);
	struct dirty *dirty;

	waiter->dirty = take_dirty(waiting, record);
	if (waiter->dirty == TABLE_NONE)
		return false;
	dirty = dirty_at(waiting, waiter->dirty);
	dirty->held++;
	dirty->batch = batch;
	waiter->batch = batch;
	waiter->what = (uint8_t)what;
	waiting_append(waiting, &waiting->held, number);
	return true;
}

uint32_t waiting_take_due(struct waiting *waiting, uint64_t committed, enum waiting_for *what)
{
	const struct waiter *waiter;

	if (waiting->held.first == 0)
		return WAITING_NONE;
	waiter = waiter_at(waiting, waiting->held.first - 1);
	if (waiter->batch > committed)
		return WAITING_NONE;
	*what = (enum waiting_for)waiter->what;
	leave_dirty(waiting, waiter->dirty);
	return waiting_take(waiting, &waiting->held);
}
