/*
 * Asking those who are registered whether a name is still theirs, while the claimant waits
 * (RFC 1002 section 5.1.4.1, the secured server). One address after the other, each asked several
 * times; whoever says yes ends it. Pure: says whom to ask and when it wants to be woken.
 */
#ifndef NBNSD_SERVICE_CHALLENGE_H
#define NBNSD_SERVICE_CHALLENGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/env.h>
#include <nbt/packet.h>

#include "nbnsd/registry/record.h"
#include "nbnsd/registry/slab.h"
#include "nbnsd/registry/table.h"
#include "nbnsd/service/waiting.h"

#define CHALLENGE_NONE UINT32_MAX
#define CHALLENGES_MAX 16384 /* each needs a transaction id of its own */

struct challenge {
	/* As the record was seen when the challenge began. */
	uint32_t record;
	uint64_t version;
	struct in_addr owner;
	struct nbt_name name;
	struct nbt_scope scope;
	uint8_t address_count;
	struct in_addr address[RECORD_MAX_ADDRESSES];

	uint16_t socket;            /* that the claim came in on */
	uint16_t id, claim_id;      /* transaction ids: of the question, of the claim */
	uint8_t asked;              /* index of the address being asked */
	uint32_t sent, interval_ms; /* to this address */
	uint64_t deadline;
	uint32_t heap_place;
	struct waiting_list waiting; /* the claim, and further ones for the same name */
};

struct challenges {
	uint32_t retry_ms, tries, max;
	bool is_steady; /* intervals do not double */
	struct slab slab;
	struct table by_id, by_record;
	uint32_t *heap; /* of numbers, the earliest deadline first */
	uint32_t space; /* of the heap */
};

/* retry_ms: the first interval, which doubles; tries: per address; max: at once, CHALLENGES_MAX at
 * most. false: out of memory. */
bool challenges_init(struct challenges *challenges, uint32_t retry_ms, uint32_t tries,
		     uint32_t max);

/* The same for those that begin from now on. false: out of memory, and nothing has changed. */
bool challenges_set(struct challenges *challenges, uint32_t retry_ms, uint32_t tries, uint32_t max);
void challenges_free(struct challenges *challenges);

/* Good until it ends. */
static inline struct challenge *challenges_at(const struct challenges *challenges, uint32_t number)
{
	return slab_at(&challenges->slab, number);
}

/* The challenge about this record, or CHALLENGE_NONE. */
uint32_t challenges_find(const struct challenges *challenges, uint32_t record);

/* Begins one about this record, which must have none and at least one address; the first question
 * is due at once. CHALLENGE_NONE: too many, or out of memory. */
uint32_t challenges_begin(struct challenges *challenges, uint32_t id, const struct record *record,
			  uint16_t socket, uint16_t claim_id, const struct nbt_env *env);
void challenges_end(struct challenges *challenges, uint32_t number);

/* The record is another one now: nobody is asked any more, the next step is CHALLENGE_LOST. */
void challenges_give_up(struct challenges *challenges, uint32_t number);

/* What is due now. */
enum challenge_step {
	CHALLENGE_WAIT, /* nothing */
	CHALLENGE_ASK,  /* send the question with .id to .address[.asked] */
	CHALLENGE_LOST  /* nobody has the name any more: settle, and end it */
};
enum challenge_step challenges_step(struct challenges *challenges, const struct nbt_env *env,
				    uint32_t *number);
uint64_t challenges_deadline(const struct challenges *challenges);

/*
 * A response to a name query. Counts only if it comes from the address that is being asked, with
 * the id and the name of the question. After a negative one the next address is asked.
 */
enum challenge_answer {
	CHALLENGE_STRAY,    /* answers no question of ours */
	CHALLENGE_NEGATIVE, /* go on with challenges_step() */
	CHALLENGE_POSITIVE  /* the name is held: settle, and end it */
};
enum challenge_answer challenges_answer(struct challenges *challenges, struct in_addr from,
					const struct nbt_packet *response,
					const struct nbt_env *env, uint32_t *number);

#endif
