#include "nbnsd/replication/replica.h"

#include <assert.h>

#include "common/array.h"
#include "nbnsd/registry/proxy_name.h"
#include "nbnsd/replication/merge.h"

static bool is_same(struct in_addr a, struct in_addr b)
{
	return a.s_addr == b.s_addr;
}

/*
 * Checks of a replica by itself.
 */

static bool is_no_host(struct in_addr address)
{
	uint32_t number = ntohl(address.s_addr);

	return number == INADDR_ANY || number == INADDR_BROADCAST || IN_MULTICAST(number);
}

/* This server is OWNER_SELF, which on the wire would be none. */
static bool is_no_owner(struct in_addr owner)
{
	return !is_same(owner, OWNER_SELF) && is_no_host(owner);
}

/* Tombstones may have anything: nobody is told their addresses. */
static bool has_bad_address(const struct record *replica)
{
	for (size_t i = 0; i < replica->address_count; i++)
		if (is_no_owner(replica->address[i].owner) ||
		    (replica->state == RECORD_ACTIVE && is_no_host(replica->address[i].address)))
			return true;
	return false;
}

static bool is_malformed(const struct record *replica)
{
	return replica->kind >= RECORD_KINDS || replica->state >= RECORD_STATES ||
	       replica->version > INT64_MAX || replica->address_count > RECORD_MAX_ADDRESSES ||
	       is_no_owner(replica->owner) || has_bad_address(replica);
}

static bool is_asked_for(const struct record *replica, const struct replica_question *question)
{
	return is_same(replica->owner, question->owner) && replica->version >= question->min &&
	       (question->max == 0 || replica->version <= question->max);
}

enum replica_check replica_check(const struct record *replica,
				 const struct replica_question *question)
{
	if (is_malformed(replica))
		return REPLICA_MALFORMED;
	if (!is_asked_for(replica, question))
		return REPLICA_UNWANTED;
	if (question->owner_is_refused)
		return REPLICA_REFUSED;
	if (!question->allow_proxy_names && is_proxy_name(&replica->name))
		return REPLICA_PROXY_NAME;
	return REPLICA_PASSED;
}

void replica_add_address(struct record *replica, struct in_addr address, struct in_addr owner)
{
	if (replica->address_count < RECORD_MAX_ADDRESSES &&
	    merge_find(replica->address, replica->address_count, address) == NULL)
		replica->address[replica->address_count++] =
			(struct record_address){ .address = address, .owner = owner };
}

/*
 * What the rows of the table are about, as sets.
 */
enum {
	KIND_U = 1 << RECORD_UNIQUE,
	KIND_G = 1 << RECORD_GROUP,
	KIND_S = 1 << RECORD_SPECIAL_GROUP,
	KIND_M = 1 << RECORD_MULTIHOMED,

	ACTIVE = 1 << RECORD_ACTIVE,
	RELEASED = 1 << RECORD_RELEASED,
	TOMBSTONE = 1 << RECORD_TOMBSTONE,
	GONE = RELEASED | TOMBSTONE,

	OWNED = 1 << 0,
	REPLICA = 1 << 1,
	ANY_OWNER = OWNED | REPLICA
};

/* A kind each; active, and not. */
enum column { UA, UT, GA, GT, SA, ST, MA, MT, COLUMNS };

/* In cells only. */
enum {
	BY_ADDRESS = REPLICA_CHALLENGE + 1, /* a challenge, unless the replica has all addresses */
	BY_MEMBERS,                         /* merge_special() says */
	BY_OWNERS                           /* of the members */
};

#define IGNORE REPLICA_IGNORE
#define INSIST REPLICA_INSIST
#define TAKE   REPLICA_TAKE
#define EVICT  REPLICA_EVICT

/*
 * Section 4, tables A, B and C: what is here, by kind, state and owner, beside a replica of another
 * server. Beside a replica nobody is asked: of two the last one that is active counts.
 */
/* clang-format off */
static const struct {
	uint8_t kinds, states, owners;
	uint8_t cell[COLUMNS];
} table[] = {
/* existing record                         UA          UT      GA      GT      SA          ST      MA          MT */
{ KIND_U | KIND_M, ACTIVE, REPLICA,      { TAKE,       IGNORE, TAKE,   IGNORE, IGNORE,     IGNORE, TAKE,       IGNORE } },
{ KIND_U | KIND_M, ACTIVE, OWNED,        { BY_ADDRESS, INSIST, EVICT,  INSIST, EVICT,      INSIST, BY_ADDRESS, INSIST } },
{ KIND_G, ACTIVE, REPLICA,               { IGNORE,     IGNORE, IGNORE, IGNORE, IGNORE,     IGNORE, IGNORE,     IGNORE } },
{ KIND_G, ACTIVE, OWNED,                 { IGNORE,     IGNORE, TAKE,   INSIST, IGNORE,     IGNORE, IGNORE,     IGNORE } },
{ KIND_G, RELEASED, ANY_OWNER,           { IGNORE,     IGNORE, TAKE,   TAKE,   IGNORE,     IGNORE, IGNORE,     IGNORE } },
{ KIND_G, TOMBSTONE, ANY_OWNER,          { IGNORE,     IGNORE, TAKE,   TAKE,   TAKE,       TAKE,   TAKE,       TAKE } },
{ KIND_S, ACTIVE, REPLICA,               { IGNORE,     IGNORE, IGNORE, IGNORE, BY_MEMBERS, TAKE,   IGNORE,     IGNORE } },
{ KIND_S, ACTIVE, OWNED,                 { IGNORE,     IGNORE, IGNORE, IGNORE, BY_MEMBERS, BY_OWNERS, IGNORE,  IGNORE } },
{ KIND_U | KIND_S | KIND_M, GONE, ANY_OWNER, { TAKE,   TAKE,   TAKE,   TAKE,   TAKE,       TAKE,   TAKE,       TAKE } },
};
/* clang-format on */

/* A record that nobody can be told about: an active list with nobody in it counts as released. */
static bool is_empty(const struct record *record)
{
	return record->kind != RECORD_GROUP && record->address_count == 0;
}

static uint8_t state_of(const struct record *record)
{
	return record->state == RECORD_ACTIVE && is_empty(record) ? RECORD_RELEASED : record->state;
}

static const uint8_t *find_cells(const struct record *existing)
{
	unsigned kind = 1U << existing->kind, state = 1U << state_of(existing);
	unsigned owner = record_is_owned(existing) ? OWNED : REPLICA;
	size_t i = 0;

	while ((table[i].kinds & kind) == 0 || (table[i].states & state) == 0 ||
	       (table[i].owners & owner) == 0) {
		i++;
		assert(i < ARRAY_SIZE(table)); /* together the rows cover everything */
	}
	return table[i].cell;
}

/* From an active list with nobody in it other lists learn that its server has no members. */
static enum column column_of(const struct record *existing, const struct record *replica)
{
	static const enum column columns[][2] = {
		[RECORD_UNIQUE] = { UT, UA },
		[RECORD_GROUP] = { GT, GA },
		[RECORD_SPECIAL_GROUP] = { ST, SA },
		[RECORD_MULTIHOMED] = { MT, MA },
	};
	bool are_lists =
		existing->kind == RECORD_SPECIAL_GROUP && replica->kind == RECORD_SPECIAL_GROUP;
	uint8_t state = are_lists ? replica->state : state_of(replica);

	return columns[replica->kind][state == RECORD_ACTIVE];
}

/*
 * Section 4.3. A static record that is not active is one that the administrator has taken back.
 */
static bool is_fixed(const struct record *record)
{
	return record->is_static && record->state == RECORD_ACTIVE;
}

static bool gives_way(const struct record *existing, const struct record *replica,
		      const struct replica_rules *rules)
{
	static const struct {
		uint8_t existing, replica;
	} pairs[] = { { KIND_U | KIND_M, KIND_U }, { KIND_M, KIND_M } };

	if (!rules->migrate || is_fixed(replica))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if ((pairs[i].existing & 1 << existing->kind) != 0 &&
		    (pairs[i].replica & 1 << replica->kind) != 0)
			return true;
	return false;
}

/* That one of ours was deleted elsewhere is news to whoever made it, and would stay so. */
static enum replica_verdict beside_fixed(const struct record *existing,
					 const struct record *replica)
{
	return record_is_owned(existing) && replica->state == RECORD_TOMBSTONE ? REPLICA_INSIST
									       : REPLICA_IGNORE;
}

static bool has_all_addresses(const struct record *record, const struct record *of)
{
	for (size_t i = 0; i < of->address_count; i++)
		if (merge_find(record->address, record->address_count, of->address[i].address) ==
		    NULL)
			return false;
	return true;
}

static enum replica_verdict decide_by_members(const struct record *existing,
					      const struct record *replica)
{
	static const enum replica_verdict verdicts[] = {
		[MERGE_KEEP] = REPLICA_IGNORE,
		[MERGE_REPLACE] = REPLICA_TAKE,
		[MERGE_THEIRS] = REPLICA_MERGE,
		[MERGE_OURS] = REPLICA_MERGE_OURS,
	};
	const struct merge_leases no_matter = { 0, 0 };
	struct merge_list list;

	return verdicts[merge_special(existing, replica, &no_matter, &list)];
}

/* A server that buries a list says that it has no members. Those of its members that are in a list
 * of ours nobody else can miss; if there are no others, the list has ended. */
static enum replica_verdict beside_burial(const struct record *list, const struct record *replica)
{
	size_t count = 0;

	for (size_t i = 0; i < list->address_count; i++)
		count += is_same(list->address[i].owner, replica->owner);
	if (count == 0)
		return REPLICA_INSIST;
	return count == list->address_count ? REPLICA_TAKE : REPLICA_MERGE_OURS;
}

static enum replica_verdict decide_by_table(const struct record *existing,
					    const struct record *replica)
{
	uint8_t cell = find_cells(existing)[column_of(existing, replica)];

	switch (cell) {
	case BY_ADDRESS:
		return has_all_addresses(replica, existing) ? REPLICA_TAKE : REPLICA_CHALLENGE;
	case BY_MEMBERS:
		return decide_by_members(existing, replica);
	case BY_OWNERS:
		return beside_burial(existing, replica);
	default:
		return (enum replica_verdict)cell;
	}
}

/* Section 4.2, in its order. A version that is not newer than what its owner has told already comes
 * late, by way of another partner; what was merged with it since is not undone. */
enum replica_verdict replica_decide(const struct record *existing, const struct record *replica,
				    const struct replica_rules *rules)
{
	if (existing == NULL)
		return replica->state == RECORD_ACTIVE && is_empty(replica) ? REPLICA_IGNORE
									    : REPLICA_TAKE;
	if (is_same(existing->owner, replica->owner))
		return rules->is_verifying || replica->version > existing->version ? REPLICA_TAKE
										   : REPLICA_IGNORE;
	if (is_fixed(existing) && !gives_way(existing, replica, rules))
		return beside_fixed(existing, replica);
	if (is_fixed(replica))
		return REPLICA_TAKE;
	return decide_by_table(existing, replica);
}

/*
 * Section 4.5: what follows from a challenge.
 */
static bool names_all(const struct replica_testimony *testimony, const struct record *of)
{
	size_t found = 0;

	for (size_t i = 0; i < of->address_count; i++)
		for (size_t j = 0; j < testimony->named_count; j++)
			if (is_same(testimony->named[j].address, of->address[i].address)) {
				found++;
				break;
			}
	return found == of->address_count;
}

enum replica_verdict replica_settle(const struct record *existing, const struct record *replica,
				    const struct replica_testimony *testimony,
				    const struct replica_rules *rules)
{
	static const enum replica_verdict outcomes[2][2] = {
		/* the client has    not all of the record  all of it */
		/* not all of the replica */ { REPLICA_IGNORE, REPLICA_IGNORE },
		/* all of it              */ { REPLICA_DEMAND, REPLICA_JOIN },
	};
	enum replica_verdict verdict = replica_decide(existing, replica, rules);

	if (verdict != REPLICA_CHALLENGE || existing->version != testimony->version)
		return verdict;
	if (!testimony->is_held) /* who says that it is not his has nothing to give up */
		return testimony->is_denied ? REPLICA_TAKE : REPLICA_EVICT;
	return outcomes[names_all(testimony, replica)][names_all(testimony, existing)];
}

bool replica_is_change(enum replica_verdict verdict)
{
	return verdict != REPLICA_IGNORE && verdict != REPLICA_DEMAND &&
	       verdict != REPLICA_CHALLENGE;
}

/*
 * Section 2.7: ageing and verification. Static records have no end. Partners should not send
 * released records; those that did have no owner who makes tombstones of them.
 */
enum replica_ageing replica_age(uint8_t state, lease_time expiry, lease_time now, bool may_delete)
{
	static const enum replica_ageing ageings[] = {
		[RECORD_ACTIVE] = REPLICA_VERIFY,
		[RECORD_RELEASED] = REPLICA_BURY,
		[RECORD_TOMBSTONE] = REPLICA_DELETE,
	};

	if (expiry == LEASE_FOREVER || expiry > now)
		return REPLICA_LASTS;
	return ageings[state] == REPLICA_DELETE && !may_delete ? REPLICA_LASTS : ageings[state];
}

/* An answer that is cut off, or empty and from somebody else, says nothing. */
bool replica_is_withdrawn(const struct record *existing, const struct replica_roll *roll)
{
	if (!roll->is_whole || (roll->is_empty && !roll->is_by_owner))
		return false;
	return is_same(existing->owner, roll->owner) && existing->state == RECORD_ACTIVE &&
	       existing->version <= roll->highest;
}
