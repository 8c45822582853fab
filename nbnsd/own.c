#include "nbnsd/own.h"

#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "nbnsd/answer.h"

static const uint8_t host_suffixes[] = { NBT_SUFFIX_WORKSTATION, NBT_SUFFIX_MESSENGER,
					 NBT_SUFFIX_SERVER };
static const uint8_t workgroup_suffixes[] = { NBT_SUFFIX_WORKSTATION, NBT_SUFFIX_ELECTION };

/* A name that is there already stays what it is. */
static void add(struct own_names *own, const char *text, uint8_t suffix, bool is_group)
{
	struct own_name *name = &own->names[own->count];

	if (nbt_name_make(&name->name, text, suffix) != NBT_OK ||
	    own_find(own, &name->name, &own->scope) != NULL)
		return;
	name->is_group = is_group;
	own->count++;
}

static void add_host(struct own_names *own, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(host_suffixes); i++)
		add(own, text, host_suffixes[i], false);
}

static size_t count_of(const char *const *texts)
{
	size_t count = 0;

	while (texts[count] != NULL)
		count++;
	return count;
}

bool own_names_init(struct own_names *own, const char *netbios_name, const char *const *aliases,
		    const char *workgroup, const struct nbt_scope *scope, uint8_t node_type)
{
	size_t most = (1 + count_of(aliases)) * ARRAY_SIZE(host_suffixes) +
		      ARRAY_SIZE(workgroup_suffixes);

	*own = (struct own_names){ .scope = *scope, .node_type = node_type };
	own->names = calloc(most, sizeof(*own->names));
	if (own->names == NULL)
		return false;
	add_host(own, netbios_name);
	for (size_t i = 0; aliases[i] != NULL; i++)
		add_host(own, aliases[i]);
	for (size_t i = 0; i < ARRAY_SIZE(workgroup_suffixes); i++)
		add(own, workgroup, workgroup_suffixes[i], true);
	return true;
}

void own_names_free(struct own_names *own)
{
	free(own->names);
}

const struct own_name *own_find(const struct own_names *own, const struct nbt_name *name,
				const struct nbt_scope *scope)
{
	for (size_t i = 0; i < own->count; i++)
		if (memcmp(own->names[i].name.bytes, name->bytes, NBT_NAME_LEN) == 0)
			return nbt_scope_equal(&own->scope, scope) ? &own->names[i] : NULL;
	return NULL;
}

/* A P node has no part in broadcasts (RFC 1002 section 5.1.2.5). */
static bool is_deaf(const struct own_names *own, enum own_sent sent)
{
	return own->node_type == 1 && sent == SENT_BROADCAST;
}

/*
 * Claims, name-service.md 4.2. Groups are shared: whether one more joins is for the database.
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

static enum own_claim look_up(const struct own_name *name, const struct claim *claim,
			      enum own_sent sent)
{
	for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
		if (claims[i].request == request_of(claim) &&
		    claims[i].for_group == claim_is_group(claim) &&
		    claims[i].is_group == name->is_group)
			return claims[i].by_sent[sent];
	return OWN_CLAIM_IGNORE;
}

enum own_claim own_decide_claim(const struct own_names *own, const struct own_name *name,
				const struct claim *claim, enum own_sent sent, bool for_us)
{
	enum own_claim decision;

	if (is_deaf(own, sent))
		return OWN_CLAIM_IGNORE;
	if (name == NULL)
		return sent == SENT_UNICAST ? OWN_CLAIM_NOT_OURS : OWN_CLAIM_IGNORE;
	decision = look_up(name, claim, sent);
	if (decision == OWN_CLAIM_DEFEND && for_us) /* else it is our own echo */
		return sent == SENT_UNICAST ? OWN_CLAIM_CONFIRM : OWN_CLAIM_IGNORE;
	return decision;
}

/*
 * Queries: checks C1 and C5, 4.2. A broadcast is never answered in the negative.
 */
enum own_query own_decide_query(const struct own_names *own, const struct own_name *name,
				bool recursion_desired, enum own_sent sent, bool server)
{
	bool to_database = server && recursion_desired && sent == SENT_UNICAST;

	if (is_deaf(own, sent))
		return OWN_QUERY_IGNORE;
	if (name != NULL && !(name->is_group && to_database))
		return OWN_QUERY_POSITIVE;
	if (to_database)
		return OWN_QUERY_NOT_OURS;
	return sent == SENT_UNICAST ? OWN_QUERY_NEGATIVE : OWN_QUERY_IGNORE;
}

uint16_t own_nb_flags(const struct own_names *own, const struct own_name *name)
{
	return (uint16_t)((name->is_group ? NBT_NB_GROUP : 0) | own->node_type << 13);
}

/*
 * Node status.
 */

bool own_status(const struct own_names *own, const struct nbt_question *question,
		const uint8_t mac[6], size_t limit, struct nbt_node_status *out)
{
	if (!nbt_scope_equal(&own->scope, &question->scope) ||
	    (!answer_is_everybody(&question->name) &&
	     own_find(own, &question->name, &question->scope) == NULL))
		return false;

	out->count = 0;
	for (size_t i = 0; i < own->count && out->count < limit; i++)
		out->names[out->count++] = (struct nbt_status_name){
			.name = own->names[i].name,
			.flags = own_nb_flags(own, &own->names[i]) | NBT_STATUS_ACTIVE,
		};
	memcpy(out->unit_id, mac, sizeof(out->unit_id));
	memset(out->statistics, 0, sizeof(out->statistics));
	return true;
}
