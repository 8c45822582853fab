#include "nbnsd/node/own.h"

#include <string.h>

#include "common/array.h"

/* A P node has no part in broadcasts (RFC 1002 section 5.1.2.5). */
static bool is_deaf(enum node_type type, enum own_sent sent)
{
	return type == NODE_P && sent == SENT_BROADCAST;
}

/*
 * Claims. Groups are shared: whether one more joins is for the database.
 */
enum request { REGISTRATION, REFRESH, RELEASE };

#define NOT_OURS OWN_CLAIM_NOT_OURS
#define DEFEND   OWN_CLAIM_DEFEND
#define IGNORE   OWN_CLAIM_IGNORE

/* clang-format off */
static const struct {
	enum request request;
	bool for_group, is_group;
	enum own_claim by_sent[3];
} claims[] = {
/* request       group  our group   unicast   unicast, B=1  broadcast */
{ REGISTRATION,  false, false,    { DEFEND,   DEFEND,       DEFEND } },
{ REGISTRATION,  false, true,     { DEFEND,   DEFEND,       DEFEND } },
{ REGISTRATION,  true,  false,    { DEFEND,   DEFEND,       DEFEND } },
{ REGISTRATION,  true,  true,     { NOT_OURS, IGNORE,       IGNORE } },
{ REFRESH,       false, false,    { DEFEND,   DEFEND,       IGNORE } },
{ REFRESH,       false, true,     { DEFEND,   DEFEND,       IGNORE } },
{ REFRESH,       true,  false,    { DEFEND,   DEFEND,       IGNORE } },
{ REFRESH,       true,  true,     { NOT_OURS, IGNORE,       IGNORE } },
{ RELEASE,       false, false,    { NOT_OURS, DEFEND,       DEFEND } },
{ RELEASE,       false, true,     { NOT_OURS, IGNORE,       IGNORE } },
{ RELEASE,       true,  false,    { NOT_OURS, IGNORE,       IGNORE } },
{ RELEASE,       true,  true,     { NOT_OURS, IGNORE,       IGNORE } },
};
/* clang-format on */

static enum request request_of(const struct claim *claim)
{
	switch (claim->opcode) {
	case NBT_OP_RELEASE:
		return RELEASE;
	case NBT_OP_REFRESH:
	case NBT_OP_REFRESH_ALT:
		return REFRESH;
	default:
		return REGISTRATION;
	}
}

static enum own_claim look_up(const struct node_found *found, const struct claim *claim,
			      enum own_sent sent)
{
	for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
		if (claims[i].request == request_of(claim) &&
		    claims[i].for_group == claim_is_group(claim) &&
		    claims[i].is_group == found->is_group)
			return claims[i].by_sent[sent];
	return OWN_CLAIM_IGNORE;
}

/* The name server takes a unique name from us (its administrator did, or it has a better one). */
static bool is_revoked(const struct node_found *found, const struct claim *claim,
		       enum own_sent sent, enum own_claimant claimant)
{
	return claim->opcode == NBT_OP_RELEASE && claimant == CLAIMANT_SERVER &&
	       sent == SENT_UNICAST && !found->is_group && !claim_is_group(claim);
}

/* In conflict on any interface it is defended on none (MS-NBTE section 3.1.5.1). */
static bool is_defended(const struct node_found *found)
{
	return found->hold == NODE_HELD && !found->in_conflict;
}

enum own_claim own_decide_claim(const struct node_found *found, enum node_type type,
				const struct claim *claim, enum own_sent sent,
				enum own_claimant claimant)
{
	enum own_claim decision;

	if (is_deaf(type, sent))
		return OWN_CLAIM_IGNORE;
	if (!is_defended(found))
		return sent == SENT_UNICAST ? OWN_CLAIM_NOT_OURS : OWN_CLAIM_IGNORE;
	if (is_revoked(found, claim, sent, claimant))
		return OWN_CLAIM_YIELD;
	decision = look_up(found, claim, sent);
	if (decision == OWN_CLAIM_DEFEND && claimant == CLAIMANT_US) /* else it is our own echo */
		return sent == SENT_UNICAST ? OWN_CLAIM_CONFIRM : OWN_CLAIM_IGNORE;
	return decision;
}

/*
 * Queries: checks C1 and C5, 4.2. A broadcast is never answered in the negative.
 */
enum own_query own_decide_query(const struct node_found *found, enum node_type type,
				bool recursion_desired, enum own_sent sent, bool server)
{
	bool to_database = server && recursion_desired && sent == SENT_UNICAST;

	if (is_deaf(type, sent))
		return OWN_QUERY_IGNORE;
	if (found->hold == NODE_HELD && !(found->is_group && to_database))
		return OWN_QUERY_POSITIVE;
	if (to_database)
		return OWN_QUERY_NOT_OURS;
	return sent == SENT_UNICAST ? OWN_QUERY_NEGATIVE : OWN_QUERY_IGNORE;
}

/*
 * Node status.
 */

static bool is_wildcard(const struct nbt_name *name)
{
	static const struct nbt_name wildcard = { "*" };

	return memcmp(name->bytes, wildcard.bytes, NBT_NAME_LEN) == 0;
}

bool own_answers_status(const struct node_found *found, enum node_type type,
			const struct nbt_name *name, enum own_sent sent)
{
	return !is_deaf(type, sent) &&
	       (is_wildcard(name) || found->hold == NODE_HELD || found->hold == NODE_IN_CONFLICT);
}
