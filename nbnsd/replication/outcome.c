#include "nbnsd/replication/outcome.h"

#include <assert.h>
#include <string.h>

#include "nbnsd/replication/merge.h"

static bool is_ours(struct in_addr owner)
{
	return owner.s_addr == OWNER_SELF.s_addr;
}

/* How long a state lasts that another server gave the record. */
static lease_time end_of(const struct record *record, const struct outcome_terms *terms)
{
	const uint32_t spans[] = {
		[RECORD_ACTIVE] = terms->verify_s,
		[RECORD_RELEASED] = terms->extinction_s,
		[RECORD_TOMBSTONE] = terms->extinction_timeout_s,
	};

	if (record->is_static)
		return LEASE_FOREVER;
	return terms->now + spans[record->state];
}

/* Members of this server refresh here; of others only their server knows whether they are there. */
static lease_time member_end(const struct record *record, struct in_addr owner,
			     const struct outcome_terms *terms)
{
	if (record->is_static)
		return LEASE_FOREVER;
	return terms->now + (is_ours(owner) ? terms->renewal_s : terms->verify_s);
}

/* After any store, 4.8. A static record that has gone is free for everybody, as one of ours is. */
static void make_consistent(struct record *record)
{
	if (record->kind == RECORD_GROUP)
		record->address_count = 0;
	if (record->kind == RECORD_UNIQUE && record->address_count > 1)
		record->kind = RECORD_MULTIHOMED;
	if (record->kind != RECORD_GROUP && record->address_count == 0 &&
	    record->state == RECORD_ACTIVE)
		record->state = RECORD_RELEASED;
	if (record->state != RECORD_ACTIVE)
		record->is_static = false;
}

static void make_ours(struct record *record, const struct outcome_terms *terms)
{
	record->changed_hands =
		record->kind == RECORD_GROUP && (!record_is_owned(record) || record->changed_hands);
	record->is_untold = false;
	record->owner = OWNER_SELF;
	record->version = terms->version;
	/* Messages don't say whose the address of a unique name is. */
	if (record->kind == RECORD_UNIQUE && record->address_count > 0)
		record->address[0].owner = OWNER_SELF;
}

static struct in_addr first_address(const struct record *record)
{
	return record->address_count > 0 ? record->address[0].address : (struct in_addr){ 0 };
}

/* Third servers may have it as ours. */
static bool was_ours(const struct record *record)
{
	return record_is_owned(record) ? record->state == RECORD_ACTIVE : record->changed_hands;
}

/* A member that was registered here keeps its lease. */
static lease_time lease_of(const struct record *record, const struct record_address *member,
			   const struct record *existing, const struct outcome_terms *terms)
{
	const struct record_address *known = NULL;

	if (existing != NULL && is_ours(member->owner) && !record->is_static)
		known = merge_find(existing->address, existing->address_count, member->address);
	if (known != NULL && is_ours(known->owner) && known->expiry != LEASE_FOREVER)
		return known->expiry;
	return member_end(record, member->owner, terms);
}

static void take(struct record *out, const struct record *existing, const struct record *replica,
		 const struct outcome_terms *terms)
{
	/* What a file says it says still, when the record comes back from a partner. */
	bool is_of_file = existing != NULL && existing->is_of_file && is_ours(replica->owner);

	*out = *replica;
	make_consistent(out);
	out->is_of_file = is_of_file && out->is_static;
	out->expiry = end_of(out, terms);
	/* One of ours that comes back is refreshed here, or not at all. */
	if (is_ours(out->owner) && out->state == RECORD_ACTIVE && !out->is_static)
		out->expiry = terms->now + terms->renewal_s;
	if (out->kind != RECORD_GROUP) /* which has the one of the message */
		out->registered_by = first_address(out);
	out->changed_hands =
		existing != NULL && was_ours(existing) && !is_ours(out->owner) && !out->is_static;
	for (size_t i = 0; i < out->address_count; i++)
		out->address[i].expiry = lease_of(out, &out->address[i], existing, terms);
}

static void set_list(struct record *record, const struct merge_list *list)
{
	record->address_count = list->count;
	memcpy(record->address, list->address, list->count * sizeof(*list->address));
}

static struct merge_list list_of(const struct record *record)
{
	struct merge_list list = { .count = record->address_count };

	memcpy(list.address, record->address, list.count * sizeof(*list.address));
	return list;
}

/* The latest lease among our members; without any, as other servers' records. */
static lease_time list_end(const struct record *record, const struct outcome_terms *terms)
{
	lease_time end = 0;

	for (size_t i = 0; i < record->address_count; i++)
		if (is_ours(record->address[i].owner) && record->address[i].expiry > end)
			end = record->address[i].expiry;
	return end != 0 ? end : end_of(record, terms);
}

static void merge(struct record *out, const struct record *existing, const struct record *replica,
		  bool is_to_be_ours, const struct outcome_terms *terms)
{
	const struct merge_leases leases = { .ours = terms->now + terms->renewal_s,
					     .others = terms->now + terms->verify_s };
	struct record said = *replica;
	enum merge_verdict verdict;
	struct merge_list list;

	if (said.state != RECORD_ACTIVE) /* its server has no members */
		said.address_count = 0;
	verdict = merge_special(existing, &said, &leases, &list);
	if (verdict == MERGE_KEEP ||
	    verdict == MERGE_REPLACE) /* whatever was decided, one has all */
		list = list_of(verdict == MERGE_KEEP ? existing : &said);
	*out = *existing;
	out->node_type = replica->node_type;
	set_list(out, &list);
	make_consistent(out);
	if (is_to_be_ours) {
		make_ours(out, terms);
		out->expiry = list_end(out, terms);
	} else {
		out->owner = replica->owner;
		out->version = replica->version;
		out->expiry = end_of(out, terms);
	}
}

/* The addresses that only we knew stay ours. */
static void join(struct record *out, const struct record *existing, const struct record *replica,
		 const struct outcome_terms *terms)
{
	struct record joined;
	struct merge_list list = { .count = 0 };

	for (size_t i = 0; i < existing->address_count; i++)
		if (merge_find(replica->address, replica->address_count,
			       existing->address[i].address) == NULL) {
			list.address[list.count] = existing->address[i];
			list.address[list.count++].owner = OWNER_SELF;
		}
	take(&joined, existing, replica, terms);
	for (size_t i = 0; i < joined.address_count; i++)
		merge_add(&list, &joined.address[i]);
	set_list(&joined, &list);
	joined.kind = RECORD_MULTIHOMED;
	*out = joined;
}

bool outcome_of(struct record *out, enum replica_verdict verdict, const struct record *existing,
		const struct record *replica, const struct outcome_terms *terms)
{
	const struct record before = existing != NULL ? *existing : *replica;
	const struct record *old = existing != NULL ? &before : NULL;

	switch (verdict) {
	case REPLICA_INSIST:
		*out = before;
		/* If it lives it is refreshed somewhere, and is not ours any more then. */
		if (!record_is_owned(&before) && out->state == RECORD_ACTIVE && !out->is_static)
			out->expiry = terms->now + terms->renewal_s;
		make_ours(out, terms);
		return true;
	case REPLICA_TAKE:
	case REPLICA_EVICT:
		take(out, old, replica, terms);
		return false;
	case REPLICA_MERGE:
	case REPLICA_MERGE_OURS:
		merge(out, &before, replica, verdict == REPLICA_MERGE_OURS, terms);
		return verdict == REPLICA_MERGE_OURS;
	case REPLICA_JOIN:
		join(out, &before, replica, terms);
		return false;
	case REPLICA_IGNORE:
	case REPLICA_DEMAND:
	case REPLICA_CHALLENGE:
		break;
	}
	assert(false); /* they change nothing */
	return false;
}

bool outcome_says_more(const struct record *record, const struct record *replica)
{
	for (size_t i = 0; i < record->address_count; i++)
		if (merge_find(replica->address, replica->address_count,
			       record->address[i].address) == NULL)
			return true;
	return false;
}

void outcome_bury(struct record *record, const struct outcome_terms *terms)
{
	record->state = RECORD_TOMBSTONE;
	record->expiry = end_of(record, terms);
}
