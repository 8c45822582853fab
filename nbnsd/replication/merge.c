#include "nbnsd/replication/merge.h"

static bool is_same(struct in_addr a, struct in_addr b)
{
	return a.s_addr == b.s_addr;
}

const struct record_address *merge_find(const struct record_address *list, size_t count,
					struct in_addr address)
{
	for (size_t i = 0; i < count; i++)
		if (is_same(list[i].address, address))
			return &list[i];
	return NULL;
}

static const struct record_address *find(const struct record *record, struct in_addr address)
{
	return merge_find(record->address, record->address_count, address);
}

/* Its address with its owner. */
static bool has_pair(const struct record *record, const struct record_address *pair)
{
	const struct record_address *entry = find(record, pair->address);

	return entry != NULL && is_same(entry->owner, pair->owner);
}

static bool has_all_pairs(const struct record *record, const struct record *of)
{
	for (size_t i = 0; i < of->address_count; i++)
		if (!has_pair(record, &of->address[i]))
			return false;
	return true;
}

static bool has_all_addresses(const struct record *record, const struct record *of)
{
	for (size_t i = 0; i < of->address_count; i++)
		if (find(record, of->address[i].address) == NULL)
			return false;
	return true;
}

/* Whether there are members of the replica's server that it does not name any more. */
static bool has_withdrawn(const struct record *existing, const struct record *replica)
{
	for (size_t i = 0; i < existing->address_count; i++)
		if (is_same(existing->address[i].owner, replica->owner) &&
		    find(replica, existing->address[i].address) == NULL)
			return true;
	return false;
}

/* What needs no list: beside a replica, and beside a record of ours. */
static bool is_known(const struct record *existing, const struct record *replica)
{
	if (record_is_owned(existing))
		return replica->address_count == existing->address_count &&
		       has_all_pairs(existing, replica);
	return has_all_pairs(existing, replica) && !has_withdrawn(existing, replica);
}

static bool is_replacement(const struct record *existing, const struct record *replica)
{
	return !record_is_owned(existing) && replica->address_count == existing->address_count &&
	       has_all_addresses(existing, replica);
}

/* A server knows its own members: those that it does not name are gone. About others only what it
 * says counts, not what it is silent about. */
static bool stays(const struct record_address *member, const struct record *replica)
{
	if (find(replica, member->address) != NULL)
		return has_pair(replica, member);
	return !is_same(member->owner, replica->owner);
}

bool merge_add(struct merge_list *list, const struct record_address *member)
{
	if (list->count == RECORD_MAX_ADDRESSES)
		return false;
	list->address[list->count++] = *member;
	return true;
}

struct changes_made {
	bool lost; /* a member is gone, or another server's */
	bool added;
	bool left_out; /* for lack of room */
};

static struct changes_made unite(const struct record *existing, const struct record *replica,
				 const struct merge_leases *leases, struct merge_list *list)
{
	struct changes_made made = { false, false, false };

	list->count = 0;
	for (size_t i = 0; i < existing->address_count; i++)
		if (stays(&existing->address[i], replica))
			list->address[list->count++] = existing->address[i];
	made.lost = list->count < existing->address_count;

	for (size_t i = 0; i < replica->address_count; i++) {
		struct record_address member = replica->address[i];

		if (merge_find(list->address, list->count, member.address) != NULL)
			continue;
		member.expiry = is_same(member.owner, OWNER_SELF) ? leases->ours : leases->others;
		if (merge_add(list, &member))
			made.added = true;
		else
			made.left_out = true;
	}
	return made;
}

/* A server withdraws members from a list that is ours, and knows all others, ours among them as
 * ours: then the list is as it says, and as it those hear of it who are behind us. */
static bool is_theirs_now(const struct record *existing, const struct record *replica,
			  const struct merge_list *list)
{
	if (list->count != replica->address_count)
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (!has_pair(replica, &list->address[i]))
			return false;
	for (size_t i = 0; i < existing->address_count; i++)
		if (is_same(existing->address[i].owner, OWNER_SELF) &&
		    !has_pair(replica, &existing->address[i]))
			return false;
	return true;
}

enum merge_verdict merge_special(const struct record *existing, const struct record *replica,
				 const struct merge_leases *leases, struct merge_list *list)
{
	struct changes_made made;

	if (is_known(existing, replica))
		return MERGE_KEEP;
	if (is_replacement(existing, replica))
		return MERGE_REPLACE;

	made = unite(existing, replica, leases, list);
	/* Two full lists that do not fit together would else get new versions for ever. */
	if (made.left_out && !made.lost && !made.added)
		return MERGE_KEEP;
	if (record_is_owned(existing) && list->count > 0 && has_withdrawn(existing, replica) &&
	    is_theirs_now(existing, replica, list))
		return MERGE_REPLACE;
	if (record_is_owned(existing) || list->count == 0 || !made.lost)
		return MERGE_OURS;
	return MERGE_THEIRS;
}
