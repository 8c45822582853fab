#include "nbnsd/service/registrar.h"

#include <assert.h>

#include "common/array.h"
#include "nbnsd/registry/proxy_name.h"

/*
 * Section 6: checks of a claim by itself.
 */

static bool is_unique(const struct claim *claim)
{
	return !claim_is_group(claim);
}

/* Windows takes 237 characters of scope and no more (seen with Samba's WINS tests). */
static bool has_long_scope(const struct claim *claim)
{
	return nbt_scope_length(&claim->scope) > NBT_SCOPE_MAX - 1;
}

static bool has_no_host_address(const struct claim *claim)
{
	uint32_t address = ntohl(claim->address.s_addr);

	return address == INADDR_ANY || address == INADDR_BROADCAST || IN_MULTICAST(address);
}

#define SUFFIX_ANY (-1)

/* Where names of masters are kept, a group would keep the master from its name. */
enum { NOT_KEPT = 1 << 0, KEPT = 1 << 1, EITHER = NOT_KEPT | KEPT };

/* In the digest's order; C12, the retransmission, needs memory and is the service's. */
static const struct {
	int suffix;
	uint8_t master_names;
	bool (*applies)(const struct claim *claim);
	enum registrar_check registration, release;
} checks[] = {
	/* C6  */ { NBT_SUFFIX_LMB, NOT_KEPT, is_unique, CHECK_CONFIRM, CHECK_CONFIRM },
	/* C7  */ { NBT_SUFFIX_LMB, NOT_KEPT, claim_is_group, CHECK_PASSED, CHECK_CONFIRM },
	/*     */ { NBT_SUFFIX_LMB, KEPT, claim_is_group, CHECK_REFUSE, CHECK_PASSED },
	/* C8  */ { NBT_SUFFIX_DMB, EITHER, claim_is_group, CHECK_REFUSE, CHECK_PASSED },
	/* C9  */ { NBT_SUFFIX_DC, EITHER, is_unique, CHECK_REFUSE, CHECK_PASSED },
	/* C10 */ { NBT_SUFFIX_ELECTION, EITHER, is_unique, CHECK_REFUSE, CHECK_PASSED },
	/* C11 */ { SUFFIX_ANY, EITHER, has_long_scope, CHECK_FAIL, CHECK_CONFIRM },
	/* C13 */ { SUFFIX_ANY, EITHER, has_no_host_address, CHECK_REFUSE, CHECK_PASSED },
};

enum registrar_check registrar_check(const struct claim *claim, const struct registrar_rules *rules)
{
	bool is_release = claim->opcode == NBT_OP_RELEASE;
	uint8_t suffix = nbt_name_suffix(&claim->name);
	uint8_t master_names = rules->keep_master_names ? KEPT : NOT_KEPT;
	enum registrar_check result = CHECK_PASSED;

	for (size_t i = 0; i < ARRAY_SIZE(checks) && result == CHECK_PASSED; i++)
		if ((checks[i].suffix == SUFFIX_ANY || checks[i].suffix == suffix) &&
		    (checks[i].master_names & master_names) != 0 && checks[i].applies(claim))
			result = is_release ? checks[i].release : checks[i].registration;
	if (result == CHECK_PASSED && !is_release && !rules->allow_proxy_names &&
	    is_proxy_name(&claim->name))
		result = CHECK_REFUSE;
	return result;
}

/*
 * What the rows of the following tables are about, as sets.
 */
enum {
	KIND_U = 1 << RECORD_UNIQUE,
	KIND_G = 1 << RECORD_GROUP,
	KIND_S = 1 << RECORD_SPECIAL_GROUP,
	KIND_M = 1 << RECORD_MULTIHOMED,
	KIND_ANY = KIND_U | KIND_G | KIND_S | KIND_M,
	KIND_NONE = 1 << 4, /* no record */

	ACTIVE = 1 << RECORD_ACTIVE,
	RELEASED = 1 << RECORD_RELEASED,
	TOMBSTONE = 1 << RECORD_TOMBSTONE,
	GONE = RELEASED | TOMBSTONE,
	ANY_STATE = ACTIVE | GONE,

	DYNAMIC = 1 << 0,
	STATIC = 1 << 1,
	MIGRATING = 1 << 2, /* static, with migrate on */

	OWNED = 1 << 0,
	REPLICA = 1 << 1,
	ANY_OWNER = OWNED | REPLICA
};

struct row {
	uint8_t kinds, states, origins, owners;
};

static struct row row_of(const struct registrar_facts *facts, bool migrate)
{
	if (!facts->exists)
		return (struct row){ KIND_NONE, ACTIVE, DYNAMIC, OWNED };
	return (struct row){
		.kinds = (uint8_t)(1 << facts->kind),
		.states = (uint8_t)(1 << facts->state),
		.origins = !facts->is_static ? DYNAMIC
			   : migrate         ? MIGRATING
					     : STATIC,
		.owners = facts->is_owned ? OWNED : REPLICA,
	};
}

static bool row_matches(const struct row *row, const struct row *wanted)
{
	return (row->kinds & wanted->kinds) != 0 && (row->states & wanted->states) != 0 &&
	       (row->origins & wanted->origins) != 0 && (row->owners & wanted->owners) != 0;
}

/*
 * Section 7.1: registration and refresh.
 */
enum column { COLUMN_SAME, COLUMN_OTHER, COLUMN_GROUP, COLUMN_SPECIAL, COLUMNS };

/* In cells only: look again, as if. */
enum {
	AS_DYNAMIC = VERDICT_CONFLICT + 1, /* the record was not static */
	AS_SPECIAL                         /* a special group was asked for */
};

#define NEW       VERDICT_NEW
#define RENEW     VERDICT_RENEW
#define TAKE      VERDICT_TAKE
#define MERGE     VERDICT_MERGE
#define KEEP      VERDICT_KEEP
#define CHALLENGE VERDICT_CHALLENGE
#define CONFLICT  VERDICT_CONFLICT

/* clang-format off */
static const struct {
	struct row row;
	uint8_t cell[COLUMNS];
} table[] = {
/* existing record                                        U or M, same U or M, other G           S */
{ { KIND_NONE, ACTIVE, DYNAMIC, OWNED },                 { NEW,        NEW,        NEW,        NEW } },
{ { KIND_U | KIND_M, ACTIVE, DYNAMIC, OWNED },           { RENEW,      CHALLENGE,  CHALLENGE,  CHALLENGE } },
{ { KIND_U | KIND_M, ACTIVE, DYNAMIC, REPLICA },         { TAKE,       CHALLENGE,  CHALLENGE,  CHALLENGE } },
{ { KIND_U | KIND_M, GONE, DYNAMIC, ANY_OWNER },         { NEW,        NEW,        NEW,        NEW } },
{ { KIND_U | KIND_M, ANY_STATE, STATIC, ANY_OWNER },     { CONFLICT,   CONFLICT,   CONFLICT,   CONFLICT } },
{ { KIND_U | KIND_M, ANY_STATE, MIGRATING, ANY_OWNER },  { AS_DYNAMIC, AS_DYNAMIC, CONFLICT,   CONFLICT } },
{ { KIND_G, ACTIVE, DYNAMIC, ANY_OWNER },                { CONFLICT,   CONFLICT,   TAKE,       CONFLICT } },
{ { KIND_G, GONE, DYNAMIC, ANY_OWNER },                  { CONFLICT,   CONFLICT,   NEW,        CONFLICT } },
{ { KIND_G, ANY_STATE, STATIC | MIGRATING, ANY_OWNER },  { CONFLICT,   CONFLICT,   KEEP,       CONFLICT } },
{ { KIND_S, ANY_STATE, STATIC | MIGRATING, ANY_OWNER },  { CONFLICT,   CONFLICT,   AS_SPECIAL, MERGE } },
{ { KIND_S, ACTIVE, DYNAMIC, ANY_OWNER },                { CONFLICT,   CONFLICT,   AS_SPECIAL, MERGE } },
{ { KIND_S, GONE, DYNAMIC, ANY_OWNER },                  { NEW,        NEW,        AS_SPECIAL, NEW } },
};
/* clang-format on */

static const uint8_t *find_cells(const struct registrar_facts *facts, bool migrate)
{
	const struct row wanted = row_of(facts, migrate);
	size_t i = 0;

	while (!row_matches(&table[i].row, &wanted)) {
		i++;
		assert(i < ARRAY_SIZE(table)); /* together the rows cover everything */
	}
	return table[i].cell;
}

static enum column column_of(const struct registrar_facts *facts, const struct claim *claim)
{
	if (!claim_is_group(claim))
		return facts->exists && facts->lists_address ? COLUMN_SAME : COLUMN_OTHER;
	return nbt_name_suffix(&claim->name) == NBT_SUFFIX_DC ? COLUMN_SPECIAL : COLUMN_GROUP;
}

static enum registrar_verdict as_dynamic(struct registrar_facts facts, enum column column)
{
	uint8_t cell;

	facts.is_static = false;
	cell = find_cells(&facts, false)[column];
	/* It does not stay static: that is a change. */
	return cell == VERDICT_RENEW ? VERDICT_TAKE : (enum registrar_verdict)cell;
}

enum registrar_verdict registrar_decide(const struct registrar_facts *facts,
					const struct claim *claim, bool migrate)
{
	const uint8_t *cell = find_cells(facts, migrate);
	enum column column = column_of(facts, claim);

	switch (cell[column]) {
	case AS_DYNAMIC:
		return as_dynamic(*facts, column);
	case AS_SPECIAL:
		return (enum registrar_verdict)cell[COLUMN_SPECIAL];
	default:
		return (enum registrar_verdict)cell[column];
	}
}

enum record_kind registrar_kind(const struct registrar_facts *facts, const struct claim *claim)
{
	if (!claim_is_group(claim))
		return claim->opcode == NBT_OP_MULTIHOMED ? RECORD_MULTIHOMED : RECORD_UNIQUE;
	if (nbt_name_suffix(&claim->name) == NBT_SUFFIX_DC ||
	    (facts->exists && facts->kind == RECORD_SPECIAL_GROUP))
		return RECORD_SPECIAL_GROUP;
	return RECORD_GROUP;
}

/* Section 7.3: what follows from a challenge. */
enum registrar_verdict registrar_settle(enum registrar_testimony testimony,
					const struct claim *claim)
{
	static const enum registrar_verdict outcomes[][2] = {
		/*                     U or M            G or S */
		[TESTIMONY_NONE] = { VERDICT_NEW, VERDICT_NEW },
		[TESTIMONY_JOINED] = { VERDICT_ADOPT, VERDICT_CONFLICT },
		[TESTIMONY_HELD] = { VERDICT_CONFLICT, VERDICT_CONFLICT },
	};

	return outcomes[testimony][claim_is_group(claim)];
}

/*
 * Section 9: release.
 */
enum { UNLISTED = 1 << 0, LISTED = 1 << 1, ANYONE = UNLISTED | LISTED };

/* clang-format off */
static const struct {
	struct row row;
	/* LISTED: the packet's source and NB_ADDRESS are both among the record's addresses. */
	uint8_t from;
	enum registrar_release release;
} release_table[] = {
{ { KIND_NONE, ACTIVE, DYNAMIC, OWNED },               ANYONE,   RELEASE_NOTHING },
{ { KIND_ANY, GONE, DYNAMIC | STATIC, ANY_OWNER },     ANYONE,   RELEASE_NOTHING },
{ { KIND_ANY, ACTIVE, DYNAMIC, ANY_OWNER },            UNLISTED, RELEASE_NOTHING },
{ { KIND_U | KIND_M, ACTIVE, STATIC, ANY_OWNER },      ANYONE,   RELEASE_NOTHING },
{ { KIND_G | KIND_S, ACTIVE, STATIC, ANY_OWNER },      ANYONE,   RELEASE_REFUSED },
{ { KIND_U, ACTIVE, DYNAMIC, ANY_OWNER },              LISTED,   RELEASE_RECORD },
{ { KIND_G, ACTIVE, DYNAMIC, ANY_OWNER },              LISTED,   RELEASE_MEMBER },
{ { KIND_S | KIND_M, ACTIVE, DYNAMIC, ANY_OWNER },     LISTED,   RELEASE_ADDRESS },
};
/* clang-format on */

enum registrar_release registrar_decide_release(const struct registrar_facts *facts)
{
	const struct row wanted = row_of(facts, false);
	unsigned from = facts->lists_source && facts->lists_address ? LISTED : UNLISTED;
	size_t i = 0;

	while (!row_matches(&release_table[i].row, &wanted) ||
	       (release_table[i].from & from) == 0) {
		i++;
		assert(i < ARRAY_SIZE(release_table));
	}
	return release_table[i].release;
}

/*
 * Section 5.3: ageing. Static records have no end; replicas live as long as their owner says.
 */
static const struct {
	uint8_t states, owners;
	enum registrar_ageing ageing;
} ageing_table[] = {
	{ ACTIVE, OWNED, AGEING_RELEASE },
	{ RELEASED, OWNED, AGEING_TOMBSTONE },
	{ TOMBSTONE, ANY_OWNER, AGEING_DELETE },
};

enum registrar_ageing registrar_age(uint8_t state, bool is_owned, lease_time expiry, lease_time now,
				    bool may_delete)
{
	enum registrar_ageing ageing = AGEING_NONE;

	if (expiry == LEASE_FOREVER || expiry > now)
		return AGEING_NONE;
	for (size_t i = 0; i < ARRAY_SIZE(ageing_table); i++)
		if ((ageing_table[i].states & 1 << state) != 0 &&
		    (ageing_table[i].owners & (is_owned ? OWNED : REPLICA)) != 0)
			ageing = ageing_table[i].ageing;
	return ageing == AGEING_DELETE && !may_delete ? AGEING_NONE : ageing;
}
