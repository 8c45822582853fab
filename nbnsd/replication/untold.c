#include "nbnsd/replication/untold.h"

#include "nbnsd/replication/outcome.h"

/* Whether a record of ours that was released gives way to what partners don't take: they still have
 * it as active, and would never hear of its end. So they may have one that was ours when
 * another server took it, which ends now. */
static bool hides_an_end(const struct record *before, const struct record *after)
{
	if (!record_is_owned(before) && before->changed_hands && after->state != RECORD_ACTIVE)
		return true;
	return record_is_owned(before) && before->state == RECORD_RELEASED &&
	       (after->kind == RECORD_SPECIAL_GROUP || after->state != RECORD_ACTIVE);
}

static bool is_host(const struct record *record)
{
	return record->state == RECORD_ACTIVE &&
	       (record->kind == RECORD_UNIQUE || record->kind == RECORD_MULTIHOMED);
}

/* A host of ours that has given way to another one. */
static bool has_lost(const struct record *before, const struct record *after)
{
	return record_is_owned(before) && is_host(before) && is_host(after) &&
	       outcome_says_more(before, after);
}

/* What they have, or may yet get, is not what there is: less of it, or our record that has lost or
 * ended; and who has forgotten what it told them does not know whether they have passed it by. */
static bool have_another(enum replica_verdict verdict, const struct record *before,
			 const struct record *after, const struct record *replica,
			 const struct untold_facts *facts)
{
	switch (verdict) {
	case REPLICA_EVICT:
		return true;
	case REPLICA_MERGE:
	case REPLICA_JOIN:
		return outcome_says_more(after, replica);
	case REPLICA_TAKE:
		return before != NULL && (hides_an_end(before, after) || has_lost(before, after) ||
					  facts->was_recovered);
	default:
		return false;
	}
}

static bool is_group_of_ours_that_ended(const struct record *record)
{
	return record != NULL && record_is_owned(record) && record->kind == RECORD_GROUP &&
	       record->state != RECORD_ACTIVE;
}

/* What comes late, and what was not clear for long. Whose a group is matters to nobody, unless it
 * is ours that comes back, or ours, which hid it from other partners, has ended. */
static bool have_passed_by(enum replica_verdict verdict, const struct record *before,
			   const struct record *after, const struct untold_facts *facts)
{
	bool is_living_group = after->kind == RECORD_GROUP && after->state == RECORD_ACTIVE;
	bool was_hidden = facts->is_between && is_group_of_ours_that_ended(before);

	return verdict == REPLICA_TAKE && facts->is_offered &&
	       (!is_living_group || was_hidden || record_is_owned(after));
}

/* A static one would be static as ours, too, and hide from then on what its server makes of it. */
bool untold_follows(enum replica_verdict verdict, const struct record *before,
		    const struct record *after, const struct record *replica,
		    const struct untold_facts *facts)
{
	return !after->is_static && (have_another(verdict, before, after, replica, facts) ||
				     have_passed_by(verdict, before, after, facts));
}
