#include "nbnsd/replication/doubt.h"

#include "nbnsd/replication/merge.h"

static bool is_list(const struct record *record)
{
	return record->kind == RECORD_SPECIAL_GROUP;
}

static bool has_all(const struct record *record, const struct record *of)
{
	for (size_t i = 0; i < of->address_count; i++) {
		const struct record_address *entry =
			merge_find(record->address, record->address_count, of->address[i].address);

		if (entry == NULL || entry->owner.s_addr != of->address[i].owner.s_addr)
			return false;
	}
	return true;
}

/* Lists of members become one, whoever owns them (merge.h); if there is nothing to merge, one of
 * them may be of the past. */
static bool agree(enum replica_verdict verdict, const struct record *existing,
		  const struct record *replica)
{
	if (!is_list(existing) || !is_list(replica) || existing->state != RECORD_ACTIVE ||
	    replica->state != RECORD_ACTIVE)
		return false;
	return (verdict != REPLICA_IGNORE && verdict != REPLICA_TAKE) || has_all(replica, existing);
}

bool doubt_follows(enum replica_verdict verdict, const struct record *existing,
		   const struct record *replica)
{
	bool is_told = existing != NULL && existing->state != RECORD_RELEASED;

	if (!is_told || existing->owner.s_addr == replica->owner.s_addr || existing->is_static ||
	    replica->is_static || agree(verdict, existing, replica) ||
	    (existing->state != RECORD_ACTIVE && replica->state != RECORD_ACTIVE))
		return false;
	/* Ours is what a host has told us. If it yields, so may the other one to it. */
	if (!record_is_owned(existing))
		return true;
	return existing->state == RECORD_ACTIVE &&
	       (verdict == REPLICA_TAKE || verdict == REPLICA_EVICT || verdict == REPLICA_JOIN);
}

enum doubt_outcome doubt_settle(const struct doubt_facts *facts)
{
	bool is_active = facts->exists && facts->is_active;

	if (!is_active)
		return facts->has_live_rival ? DOUBT_DECIDE : DOUBT_OVER;
	if (facts->is_there && facts->has_rival && !facts->is_old)
		return DOUBT_STAYS;
	if (facts->is_there)
		return facts->has_rival && !facts->are_groups ? DOUBT_INSIST : DOUBT_OVER;
	return facts->has_rival ? DOUBT_YIELD : DOUBT_WITHDRAW;
}
