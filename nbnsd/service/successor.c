#include "nbnsd/service/successor.h"

#include <string.h>

static lease_time renewal_end(const struct terms *terms)
{
	return terms->now + terms->renewal_s;
}

static struct record_address *find_address(struct record *record, struct in_addr address)
{
	for (size_t i = 0; i < record->address_count; i++)
		if (record->address[i].address.s_addr == address.s_addr)
			return &record->address[i];
	return NULL;
}

static void remove_address(struct record *record, struct record_address *entry)
{
	size_t behind = (size_t)(record->address + record->address_count - (entry + 1));

	memmove(entry, entry + 1, behind * sizeof(*entry));
	record->address_count--;
}

/* The oldest address of ours, or of others. */
static struct record_address *oldest(struct record *record, bool ours)
{
	struct record_address *found = NULL;

	for (size_t i = 0; i < record->address_count; i++) {
		struct record_address *entry = &record->address[i];

		if ((entry->owner.s_addr == OWNER_SELF.s_addr) == ours &&
		    (found == NULL || entry->expiry < found->expiry))
			found = entry;
	}
	return found;
}

/* Section 7.4. Nothing is pushed out of an administrator's list. */
static bool add_address(struct record *record, struct in_addr address, lease_time expiry)
{
	struct record_address *victim;

	if (record->address_count == RECORD_MAX_ADDRESSES) {
		if (record->is_static)
			return false;
		victim = oldest(record, false);
		remove_address(record, victim != NULL ? victim : oldest(record, true));
	}
	record->address[record->address_count++] = (struct record_address){ .address = address,
									    .owner = OWNER_SELF,
									    .expiry = expiry };
	return true;
}

/* With migrate on: what the administrator entered goes on as if it had been registered. */
static void make_dynamic(struct record *record, lease_time expiry)
{
	record->is_static = record->is_of_file = false;
	for (size_t i = 0; i < record->address_count; i++)
		if (record->address[i].expiry == LEASE_FOREVER)
			record->address[i].expiry = expiry;
}

static void make_new_version(struct record *record, const struct terms *terms)
{
	record->changed_hands =
		record->kind == RECORD_GROUP && (!record_is_owned(record) || record->changed_hands);
	record->is_untold = false;
	record->owner = OWNER_SELF;
	record->version = terms->version;
}

bool successor_new(struct record *out, const struct claim *claim, enum record_kind kind,
		   const struct terms *terms)
{
	out->name = claim->name;
	out->scope = claim->scope;
	out->owner = OWNER_SELF;
	out->kind = (uint8_t)kind;
	out->state = RECORD_ACTIVE;
	out->node_type = claim_node_type(claim);
	out->is_static = out->is_of_file = out->changed_hands = false;
	out->expiry = renewal_end(terms);
	out->registered_by = claim->address;
	out->address_count = 0;
	if (kind != RECORD_GROUP)
		add_address(out, claim->address, out->expiry);
	make_new_version(out, terms);
	return true;
}

bool successor_renew(struct record *record, const struct claim *claim, const struct terms *terms)
{
	struct record_address *entry = find_address(record, claim->address);
	bool is_change = !record_is_owned(record) || record->is_static;
	lease_time expiry = renewal_end(terms);

	record->node_type = claim_node_type(claim);
	record->expiry = expiry;
	if (entry != NULL) {
		is_change |= entry->owner.s_addr != OWNER_SELF.s_addr;
		entry->owner = OWNER_SELF;
		entry->expiry = expiry;
	}
	if (is_change) {
		record->registered_by = claim->address;
		make_dynamic(record, expiry);
		make_new_version(record, terms);
	}
	return is_change;
}

/* Members of other servers are for those to miss. */
static size_t drop_expired(struct record *record, lease_time now)
{
	size_t before = record->address_count;

	for (size_t i = record->address_count; i > 0; i--) {
		const struct record_address *entry = &record->address[i - 1];

		if (entry->owner.s_addr == OWNER_SELF.s_addr && entry->expiry != LEASE_FOREVER &&
		    entry->expiry <= now)
			remove_address(record, &record->address[i - 1]);
	}
	return before - record->address_count;
}

bool successor_merge(struct record *record, const struct claim *claim, const struct terms *terms)
{
	struct record_address *entry;
	bool has_lost, is_change;

	has_lost = record_is_owned(record) && drop_expired(record, terms->now) > 0 &&
		   terms->tells_who_left;
	if (has_lost)
		make_new_version(record, terms);
	entry = find_address(record, claim->address);
	if (entry != NULL && !record->is_static)
		return successor_renew(record, claim, terms) || has_lost;
	if (entry != NULL) {
		if (entry->expiry != LEASE_FOREVER)
			entry->expiry = renewal_end(terms);
		return has_lost;
	}

	is_change = add_address(record, claim->address, renewal_end(terms));
	if (is_change) {
		record->registered_by = claim->address;
		make_new_version(record, terms);
		if (!record->is_static)
			record->expiry = renewal_end(terms);
	}
	return is_change || has_lost;
}

static bool is_named(struct in_addr address, const struct nbt_address *named, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (named[i].address.s_addr == address.s_addr)
			return true;
	return false;
}

bool successor_adopt(struct record *record, const struct claim *claim, enum record_kind kind,
		     const struct nbt_address *named, size_t named_count, const struct terms *terms)
{
	for (size_t i = record->address_count; i > 0; i--)
		if (!is_named(record->address[i - 1].address, named, named_count))
			remove_address(record, &record->address[i - 1]);
	make_dynamic(record, renewal_end(terms));
	add_address(record, claim->address, renewal_end(terms));
	record->state = RECORD_ACTIVE; /* it may have been released while it was asked */
	record->kind = record->address_count > 1 ? RECORD_MULTIHOMED : (uint8_t)kind;
	record->node_type = claim_node_type(claim);
	record->expiry = renewal_end(terms);
	record->registered_by = claim->address;
	make_new_version(record, terms);
	return true;
}

/* A released record is never replicated, so its version stays. A replica becomes a tombstone at
 * once: the partner that owns it must hear of it. */
bool successor_release(struct record *record, const struct terms *terms)
{
	bool is_change = !record_is_owned(record);

	record->state = is_change ? RECORD_TOMBSTONE : RECORD_RELEASED;
	record->expiry = terms->now + terms->extinction_s;
	if (is_change) {
		record->expiry += terms->extinction_timeout_s;
		make_new_version(record, terms);
	}
	return is_change;
}

bool successor_release_address(struct record *record, struct in_addr address,
			       const struct terms *terms)
{
	struct record_address *entry = find_address(record, address);
	bool is_change = !record_is_owned(record) || (terms->tells_who_left && entry != NULL);

	if (entry != NULL)
		remove_address(record, entry);
	if (record->address_count == 0)
		return successor_release(record, terms);
	record->expiry = renewal_end(terms);
	if (is_change)
		make_new_version(record, terms);
	return is_change;
}

bool successor_tombstone(struct record *record, const struct terms *terms)
{
	record->state = RECORD_TOMBSTONE;
	record->expiry = terms->now + terms->extinction_timeout_s;
	make_new_version(record, terms);
	return true;
}

static bool has_ours(const struct record *record)
{
	for (size_t i = 0; i < record->address_count; i++)
		if (record->address[i].owner.s_addr == OWNER_SELF.s_addr)
			return true;
	return false;
}

/* Another server's list is told anew, as ours: what it said of the member counts no more. Those who
 * are left have time to refresh at their server, whose the record is then. */
size_t successor_drop_expired(struct record *record, const struct terms *terms)
{
	size_t dropped = drop_expired(record, terms->now);

	if (dropped == 0 || record->address_count == 0)
		return dropped;
	if (!has_ours(record) && !record->is_static)
		record->expiry = renewal_end(terms);
	if (terms->tells_who_left || !record_is_owned(record))
		make_new_version(record, terms);
	return dropped;
}
