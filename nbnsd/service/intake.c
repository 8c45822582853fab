#include "nbnsd/service/intake.h"

#include <errno.h>

#include "common/array.h"
#include "nbnsd/service/service_inner.h"

/*
 * Decisions.
 */

enum {
	U = 1 << RECORD_UNIQUE,
	G = 1 << RECORD_GROUP,
	S = 1 << RECORD_SPECIAL_GROUP,
	M = 1 << RECORD_MULTIHOMED,
	ANY = U | G | S | M
};
enum { DYNAMIC = 1, STATIC = 2, EITHER = DYNAMIC | STATIC };

/* The first row that fits. What has been released, or is a tombstone, is here no more. */
static const struct {
	uint8_t here, here_how; /* the active record's kinds, and whether it is static */
	uint8_t kind, how;      /* the same of the new one */
	enum intake_verdict verdict, replacing;
} rules[] = {
	{ G, EITHER, G, DYNAMIC, INTAKE_JOIN, INTAKE_JOIN },
	{ G, STATIC, G, STATIC, INTAKE_JOIN, INTAKE_JOIN },
	{ S, DYNAMIC, S, DYNAMIC, INTAKE_MERGE, INTAKE_MERGE },
	{ S, STATIC, S, STATIC, INTAKE_MERGE, INTAKE_MERGE },
	{ ANY, EITHER, ANY, EITHER, INTAKE_KEEP, INTAKE_REPLACE },
};

static uint8_t how(bool is_static)
{
	return is_static ? STATIC : DYNAMIC;
}

/* A name that is here for ever need not be here for a while. */
static bool is_same(const struct intake_facts *here, const struct record *record)
{
	return here->has_it_all && here->kind == record->kind &&
	       (here->is_static || !record->is_static);
}

enum intake_verdict intake_decide(const struct intake_facts *here, const struct record *record,
				  bool replace)
{
	size_t i = 0;

	if (!here->exists)
		return INTAKE_ADD;
	if (here->is_own)
		return INTAKE_OWN;
	if (here->state != RECORD_ACTIVE)
		return INTAKE_REPLACE;
	if (is_same(here, record))
		return INTAKE_SAME;
	while ((rules[i].here & 1 << here->kind) == 0 ||
	       (rules[i].here_how & how(here->is_static)) == 0 ||
	       (rules[i].kind & 1 << record->kind) == 0 ||
	       (rules[i].how & how(record->is_static)) == 0)
		i++; /* the last row fits all */
	return replace ? rules[i].replacing : rules[i].verdict;
}

/*
 * Facts.
 */

static bool lists(const struct record *record, struct in_addr address)
{
	for (size_t i = 0; i < record->address_count; i++)
		if (record->address[i].address.s_addr == address.s_addr)
			return true;
	return false;
}

static bool has_all(const struct registry *registry, uint32_t id, const struct record *here,
		    const struct record *record)
{
	for (size_t i = 0; i < record->address_count; i++) {
		struct in_addr address = record->address[i].address;

		if (here->kind == RECORD_GROUP ? !registry_member_has(registry, id, address)
					       : !lists(here, address))
			return false;
	}
	return true;
}

static struct intake_facts facts_of(const struct service *service, const struct intake *intake,
				    uint32_t id)
{
	struct intake_facts facts = { .exists = id != REGISTRY_NONE, .is_own = intake->is_own };
	struct record here;

	if (!facts.exists)
		return facts;
	registry_get(service->registry, id, &here);
	facts.kind = here.kind;
	facts.state = here.state;
	facts.is_static = here.is_static;
	facts.has_it_all = has_all(service->registry, id, &here, &intake->record);
	return facts;
}

bool intake_is_refused(const struct record *record, bool allow_proxy_names)
{
	bool is_group = record->kind == RECORD_GROUP || record->kind == RECORD_SPECIAL_GROUP;
	struct claim claim = {
		.name = record->name,
		.scope = record->scope,
		.opcode = NBT_OP_REGISTRATION,
		.nb_flags = is_group ? NBT_NB_GROUP : 0,
		.address = { htonl(INADDR_LOOPBACK) }, /* a group has one there */
	};
	const struct registrar_rules usual = {
		.allow_proxy_names = record->is_static || allow_proxy_names,
	};

	if (nbt_name_suffix(&record->name) == NBT_SUFFIX_LMB)
		return true;
	for (size_t i = 0; i < record->address_count; i++) {
		claim.address = record->address[i].address;
		if (registrar_check(&claim, &usual) != CHECK_PASSED)
			return true;
	}
	return record->address_count == 0 && registrar_check(&claim, &usual) != CHECK_PASSED;
}

/*
 * Changes.
 */

/* Not less than who registers now would get: its owner refreshes it as the other server said. */
static lease_time lease_of(const struct service *service, const struct intake *intake,
			   const struct nbt_env *env)
{
	uint32_t renewal_s = service->settings.renewal_s;
	uint64_t end = service_lease_now(service, env);

	if (intake->record.is_static)
		return LEASE_FOREVER;
	end += intake->remaining_s > renewal_s ? intake->remaining_s : renewal_s;
	return end < LEASE_FOREVER ? (lease_time)end : LEASE_FOREVER - 1;
}

static void set_leases(struct record *record, lease_time expiry)
{
	record->state = RECORD_ACTIVE;
	record->expiry = expiry;
	for (size_t i = 0; i < record->address_count; i++) {
		record->address[i].owner = OWNER_SELF;
		record->address[i].expiry = expiry;
	}
}

static int put_members(struct service *service, const struct record *group)
{
	uint32_t id = registry_find(service->registry, &group->name, &group->scope);
	struct registry_brief brief;

	for (size_t i = 0; i < group->address_count; i++) {
		struct in_addr member = group->address[i].address;
		lease_time expiry = group->expiry;

		if (registry_member_lease(service->registry, id, member) >= expiry)
			continue;
		if (!changes_member_put(service->collecting, id, member, expiry) ||
		    registry_member_put(service->registry, id, member, expiry) == MEMBER_NO_MEMORY)
			return -ENOMEM;
	}
	registry_peek(service->registry, id, &brief);
	if (!brief.is_static && brief.expiry < group->expiry)
		registry_renew(service->registry, id, brief.node_type, group->expiry);
	return 0;
}

/* In place of what is here. Of a normal group the members come one by one. */
static int put(struct service *service, const struct record *record)
{
	struct record bare = *record;
	int ret;

	if (record->address_count > 0)
		bare.registered_by = record->address[0].address;
	if (record->kind == RECORD_GROUP)
		bare.address_count = 0;
	ret = service_put(service, &bare);
	return ret == 0 && record->kind == RECORD_GROUP ? put_members(service, record) : ret;
}

/* Addresses that don't fit are left out: the list is as full as such lists get. */
static int merge(struct service *service, uint32_t id, const struct record *record)
{
	struct record here;

	registry_get(service->registry, id, &here);
	for (size_t i = 0; i < record->address_count; i++) {
		if (here.address_count == RECORD_MAX_ADDRESSES)
			break;
		if (!lists(&here, record->address[i].address))
			here.address[here.address_count++] = record->address[i];
	}
	if (here.expiry < record->expiry)
		here.expiry = record->expiry;
	return service_put(service, &here);
}

int service_take_in(struct service *service, const struct intake *intake, const struct nbt_env *env,
		    enum intake_verdict *verdict)
{
	uint32_t id = registry_find(service->registry, &intake->record.name, &intake->record.scope);
	const struct intake_facts facts = facts_of(service, intake, id);
	struct record record = intake->record;

	*verdict = intake_is_refused(&record, intake->allow_proxy_names)
			   ? INTAKE_REFUSE
			   : intake_decide(&facts, &record, intake->replace);
	set_leases(&record, lease_of(service, intake, env));
	if (intake->is_trial)
		return 0;
	switch (*verdict) {
	case INTAKE_ADD:
	case INTAKE_REPLACE:
		return put(service, &record);
	case INTAKE_JOIN:
		return put_members(service, &record);
	case INTAKE_MERGE:
		return merge(service, id, &record);
	default:
		return 0;
	}
}
