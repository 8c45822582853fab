#include "nbnsd/service/challenge.h"

#include <assert.h>
#include <stdlib.h>

bool challenges_init(struct challenges *challenges, uint32_t retry_ms, uint32_t tries, uint32_t max)
{
	*challenges = (struct challenges){ .heap = NULL };
	slab_init(&challenges->slab, sizeof(struct challenge));
	table_init(&challenges->by_id);
	table_init(&challenges->by_record);
	return challenges_set(challenges, retry_ms, tries, max);
}

bool challenges_set(struct challenges *challenges, uint32_t retry_ms, uint32_t tries, uint32_t max)
{
	uint32_t *heap;

	assert(max <= CHALLENGES_MAX && tries > 0);
	if (max + 1 > challenges->space) {
		heap = realloc(challenges->heap, (max + 1) * sizeof(*heap));
		if (heap == NULL)
			return false;
		challenges->heap = heap;
		challenges->space = max + 1;
	}
	challenges->retry_ms = retry_ms;
	challenges->tries = tries;
	challenges->max = max;
	return true;
}

void challenges_free(struct challenges *challenges)
{
	slab_free(&challenges->slab);
	table_free(&challenges->by_id);
	table_free(&challenges->by_record);
	free(challenges->heap);
}

/*
 * The heap of deadlines. Its size is the number of challenges.
 */

static uint64_t deadline_at(const struct challenges *challenges, uint32_t place)
{
	return challenges_at(challenges, challenges->heap[place])->deadline;
}

static void put_at(struct challenges *challenges, uint32_t place, uint32_t number)
{
	challenges->heap[place] = number;
	challenges_at(challenges, number)->heap_place = place;
}

static void exchange(struct challenges *challenges, uint32_t a, uint32_t b)
{
	uint32_t number = challenges->heap[a];

	put_at(challenges, a, challenges->heap[b]);
	put_at(challenges, b, number);
}

/* Puts the one at this place, whose deadline has changed, where it belongs. */
static void sort_in(struct challenges *challenges, uint32_t place, uint32_t size)
{
	while (place > 0 &&
	       deadline_at(challenges, place) < deadline_at(challenges, (place - 1) / 2)) {
		exchange(challenges, place, (place - 1) / 2);
		place = (place - 1) / 2;
	}
	for (;;) {
		uint32_t child = 2 * place + 1;

		if (child + 1 < size &&
		    deadline_at(challenges, child + 1) < deadline_at(challenges, child))
			child++;
		if (child >= size ||
		    deadline_at(challenges, child) >= deadline_at(challenges, place))
			return;
		exchange(challenges, place, child);
		place = child;
	}
}

static void set_deadline(struct challenges *challenges, struct challenge *challenge,
			 uint64_t deadline)
{
	challenge->deadline = deadline;
	sort_in(challenges, challenge->heap_place, challenges->slab.count);
}

static void remove_from_heap(struct challenges *challenges, uint32_t place)
{
	uint32_t last = challenges->slab.count - 1;

	if (place == last)
		return;
	put_at(challenges, place, challenges->heap[last]);
	sort_in(challenges, place, last);
}

uint64_t challenges_deadline(const struct challenges *challenges)
{
	return challenges->slab.count > 0 ? deadline_at(challenges, 0) : NBT_NEVER;
}

/*
 * Found by record and by transaction id.
 */

static uint32_t hash_of(uint32_t value)
{
	return value * 2654435761u; /* Knuth's; neither can be chosen by a stranger */
}

uint32_t challenges_find(const struct challenges *challenges, uint32_t record)
{
	struct table_walk walk;
	uint32_t number;

	if (challenges->slab.count == 0)
		return CHALLENGE_NONE;
	number = table_first(&challenges->by_record, hash_of(record), &walk);
	while (number != TABLE_NONE && challenges_at(challenges, number)->record != record)
		number = table_next(&challenges->by_record, hash_of(record), &walk);
	return number;
}

static uint32_t find_id(const struct challenges *challenges, uint16_t id)
{
	struct table_walk walk;
	uint32_t number = table_first(&challenges->by_id, hash_of(id), &walk);

	while (number != TABLE_NONE && challenges_at(challenges, number)->id != id)
		number = table_next(&challenges->by_id, hash_of(id), &walk);
	return number;
}

/* Not the claim's: what goes to the old owner must not look like what came from the new one. Even:
 * the odd ones are the resolver's. */
static uint16_t fresh_id(const struct challenges *challenges, uint16_t claim_id,
			 const struct nbt_env *env)
{
	uint16_t id;

	do {
		id = (uint16_t)(nbt_env_random(env, UINT16_MAX + 1u) & ~1u);
	} while (id == claim_id || find_id(challenges, id) != TABLE_NONE);
	return id;
}

static void fill(struct challenge *challenge, const struct record *record)
{
	challenge->version = record->version;
	challenge->owner = record->owner;
	challenge->name = record->name;
	challenge->scope = record->scope;
	challenge->address_count = record->address_count;
	for (size_t i = 0; i < record->address_count; i++)
		challenge->address[i] = record->address[i].address;
}

uint32_t challenges_begin(struct challenges *challenges, uint32_t id, const struct record *record,
			  uint16_t socket, uint16_t claim_id, const struct nbt_env *env)
{
	struct challenge *challenge;
	uint32_t number;

	assert(record->address_count > 0);
	if (challenges->slab.count >= challenges->max)
		return CHALLENGE_NONE;
	number = slab_take(&challenges->slab);
	if (number == SLAB_NONE)
		return CHALLENGE_NONE;

	challenge = challenges_at(challenges, number);
	fill(challenge, record);
	challenge->record = id;
	challenge->socket = socket;
	challenge->claim_id = claim_id;
	challenge->id = fresh_id(challenges, claim_id, env);
	challenge->interval_ms = challenges->retry_ms;
	if (!table_insert(&challenges->by_record, hash_of(id), number))
		goto no_record;
	if (!table_insert(&challenges->by_id, hash_of(challenge->id), number))
		goto no_id;
	put_at(challenges, challenges->slab.count - 1, number);
	set_deadline(challenges, challenge, env->now_ms);
	return number;

no_id:
	table_remove(&challenges->by_record, hash_of(id), number);
no_record:
	slab_give(&challenges->slab, number);
	return CHALLENGE_NONE;
}

void challenges_end(struct challenges *challenges, uint32_t number)
{
	struct challenge *challenge = challenges_at(challenges, number);

	remove_from_heap(challenges, challenge->heap_place);
	table_remove(&challenges->by_record, hash_of(challenge->record), number);
	table_remove(&challenges->by_id, hash_of(challenge->id), number);
	slab_give(&challenges->slab, number);
}

void challenges_give_up(struct challenges *challenges, uint32_t number)
{
	struct challenge *challenge = challenges_at(challenges, number);

	challenge->asked = challenge->address_count;
	challenge->sent = 0; /* and nobody's answer counts */
	set_deadline(challenges, challenge, 0);
}

/* The next address, asked with an id of its own: a late answer of this one must not count. */
static void ask_next(struct challenges *challenges, uint32_t number, const struct nbt_env *env)
{
	struct challenge *challenge = challenges_at(challenges, number);
	uint16_t id = fresh_id(challenges, challenge->claim_id, env);

	challenge->asked++;
	challenge->sent = 0;
	challenge->interval_ms = challenges->retry_ms;
	/* One goes and one comes, so there is room for it. */
	table_remove(&challenges->by_id, hash_of(challenge->id), number);
	challenge->id = id;
	if (!table_insert(&challenges->by_id, hash_of(id), number))
		assert(false && "a table that has lost an element takes another");
}

enum challenge_step challenges_step(struct challenges *challenges, const struct nbt_env *env,
				    uint32_t *number)
{
	struct challenge *challenge;

	if (challenges_deadline(challenges) > env->now_ms)
		return CHALLENGE_WAIT;
	*number = challenges->heap[0];
	challenge = challenges_at(challenges, *number);
	if (challenge->sent == challenges->tries)
		ask_next(challenges, *number, env);
	if (challenge->asked == challenge->address_count)
		return CHALLENGE_LOST;

	challenge->sent++;
	set_deadline(challenges, challenge, env->now_ms + challenge->interval_ms);
	if (!challenges->is_steady)
		challenge->interval_ms *= 2;
	return CHALLENGE_ASK;
}

static bool answers(const struct challenge *challenge, struct in_addr from,
		    const struct nbt_packet *response)
{
	const struct nbt_question *of = &response->record[0].of;

	if (response->opcode != NBT_OP_QUERY || challenge->sent == 0 ||
	    challenge->address[challenge->asked].s_addr != from.s_addr)
		return false;
	/* Some send a negative response without a record (RFC 1002 prints it so). */
	if (response->answer_count == 0)
		return response->rcode != NBT_RCODE_OK;
	return nbt_name_equal(&of->name, &challenge->name) &&
	       nbt_scope_equal(&of->scope, &challenge->scope) &&
	       (response->rcode != NBT_RCODE_OK ||
		(of->type == NBT_TYPE_NB && nbt_record_address_count(&response->record[0]) > 0));
}

enum challenge_answer challenges_answer(struct challenges *challenges, struct in_addr from,
					const struct nbt_packet *response,
					const struct nbt_env *env, uint32_t *number)
{
	struct challenge *challenge;

	if (challenges->slab.count == 0)
		return CHALLENGE_STRAY;
	*number = find_id(challenges, response->id);
	if (*number == TABLE_NONE)
		return CHALLENGE_STRAY;
	challenge = challenges_at(challenges, *number);
	if (!answers(challenge, from, response))
		return CHALLENGE_STRAY;
	if (response->rcode == NBT_RCODE_OK)
		return CHALLENGE_POSITIVE;
	challenge->sent = challenges->tries;
	set_deadline(challenges, challenge, env->now_ms);
	return CHALLENGE_NEGATIVE;
}
