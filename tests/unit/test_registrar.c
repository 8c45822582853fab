/* The registrar's tables, each row of the digest in its order: checks, 7.1, 7.3, 9, 5.3. */
#include "support.h"

#include <arpa/inet.h>

#include "nbnsd/service/registrar.h"

#define GROUP_FLAGS (NBT_NB_GROUP | NBT_NB_H)

static struct claim claim_of(uint8_t opcode, const char *name, uint16_t nb_flags)
{
	struct claim claim = { .name = name_of(name), .opcode = opcode, .nb_flags = nb_flags };

	claim.address.s_addr = inet_addr("10.0.0.1");
	return claim;
}

/*
 * Section 6.
 */
static const struct {
	const char *what, *name;
	uint16_t nb_flags;
	enum registrar_check registration, release;
} checks[] = {
	{ "an ordinary name", "FRED<20>", NBT_NB_H, CHECK_PASSED, CHECK_PASSED },
	{ "C6 <1D> unique", "LAB<1D>", NBT_NB_H, CHECK_CONFIRM, CHECK_CONFIRM },
	{ "C7 <1D> group", "LAB<1D>", GROUP_FLAGS, CHECK_PASSED, CHECK_CONFIRM },
	{ "C8 <1B> group", "LAB<1B>", GROUP_FLAGS, CHECK_REFUSE, CHECK_PASSED },
	{ "<1B> unique", "LAB<1B>", NBT_NB_H, CHECK_PASSED, CHECK_PASSED },
	{ "C9 <1C> unique", "LAB<1C>", NBT_NB_H, CHECK_REFUSE, CHECK_PASSED },
	{ "<1C> group", "LAB<1C>", GROUP_FLAGS, CHECK_PASSED, CHECK_PASSED },
	{ "C10 <1E> unique", "LAB<1E>", NBT_NB_H, CHECK_REFUSE, CHECK_PASSED },
	{ "<1E> group", "LAB<1E>", GROUP_FLAGS, CHECK_PASSED, CHECK_PASSED },
	{ "WPAD", "WPAD<00>", NBT_NB_H, CHECK_REFUSE, CHECK_PASSED },
	{ "ISATAP", "ISATAP<20>", NBT_NB_H, CHECK_REFUSE, CHECK_PASSED },
	{ "WPAD is not WPAD2", "WPAD2<00>", NBT_NB_H, CHECK_PASSED, CHECK_PASSED },
};

static const struct registrar_rules usual, proxies = { .allow_proxy_names = true };

static void check_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		struct claim claim =
			claim_of(NBT_OP_REGISTRATION, checks[i].name, checks[i].nb_flags);

		if (registrar_check(&claim, &usual) != checks[i].registration)
			fail_msg("%s: registration", checks[i].what);
		claim.opcode = NBT_OP_RELEASE;
		if (registrar_check(&claim, &usual) != checks[i].release)
			fail_msg("%s: release", checks[i].what);
	}
}

/* Where names of masters are kept, as RFC 1001 has it. */
static void check_kept_master_names(void **state)
{
	static const struct registrar_rules kept = { .keep_master_names = true };
	static const struct {
		const char *what, *name;
		uint16_t nb_flags;
		enum registrar_check registration, release;
	} rows[] = {
		{ "<1D> unique", "LAB<1D>", NBT_NB_P, CHECK_PASSED, CHECK_PASSED },
		{ "<1D> group", "LAB<1D>", GROUP_FLAGS, CHECK_REFUSE, CHECK_PASSED },
		{ "<1B> group, as ever", "LAB<1B>", GROUP_FLAGS, CHECK_REFUSE, CHECK_PASSED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct claim claim = claim_of(NBT_OP_REGISTRATION, rows[i].name, rows[i].nb_flags);

		if (registrar_check(&claim, &kept) != rows[i].registration)
			fail_msg("%s: registration", rows[i].what);
		claim.opcode = NBT_OP_RELEASE;
		if (registrar_check(&claim, &kept) != rows[i].release)
			fail_msg("%s: release", rows[i].what);
	}
}

static void check_proxy_names_may_be_allowed(void **state)
{
	struct claim claim = claim_of(NBT_OP_REFRESH, "WPAD<00>", NBT_NB_H);

	(void)state;
	assert_int_equal(registrar_check(&claim, &proxies), CHECK_PASSED);
}

static void set_scope_of(struct claim *claim, size_t characters)
{
	size_t left = characters;

	claim->scope.len = 0;
	while (left > 0) {
		uint8_t label = left > 63 ? 59 : (uint8_t)left;

		claim->scope.labels[claim->scope.len++] = label;
		memset(claim->scope.labels + claim->scope.len, 'A', label);
		claim->scope.len = (uint8_t)(claim->scope.len + label);
		left -= label;
		if (left > 0)
			left--; /* the dot */
	}
	assert_int_equal(nbt_scope_length(&claim->scope), characters);
}

static void check_c11_scopes(void **state)
{
	struct claim claim = claim_of(NBT_OP_REGISTRATION, "FRED<20>", NBT_NB_H);

	(void)state;
	set_scope_of(&claim, 237);
	assert_int_equal(registrar_check(&claim, &usual), CHECK_PASSED);
	set_scope_of(&claim, 238);
	assert_int_equal(registrar_check(&claim, &usual), CHECK_FAIL);
	claim.opcode = NBT_OP_RELEASE;
	assert_int_equal(registrar_check(&claim, &usual), CHECK_CONFIRM);
}

static void check_c13_addresses(void **state)
{
	static const struct {
		const char *address;
		enum registrar_check want;
	} rows[] = {
		{ "0.0.0.0", CHECK_REFUSE },     { "255.255.255.255", CHECK_REFUSE },
		{ "224.0.0.1", CHECK_REFUSE },   { "239.255.255.250", CHECK_REFUSE },
		{ "127.64.64.1", CHECK_PASSED }, { "169.254.1.1", CHECK_PASSED },
	};
	struct claim claim = claim_of(NBT_OP_MULTIHOMED, "FRED<20>", NBT_NB_H);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		claim.address.s_addr = inet_addr(rows[i].address);
		if (registrar_check(&claim, &usual) != rows[i].want)
			fail_msg("%s", rows[i].address);
	}
}

/*
 * Section 7.1.
 */
#define U         RECORD_UNIQUE
#define G         RECORD_GROUP
#define S         RECORD_SPECIAL_GROUP
#define M         RECORD_MULTIHOMED

#define ACTIVE    RECORD_ACTIVE
#define RELEASED  RECORD_RELEASED
#define TOMBSTONE RECORD_TOMBSTONE

#define OWNED     .exists = true, .is_owned = true
#define REPLICA   .exists = true, .is_owned = false
#define STATIC    .is_static = true

#define NEW       VERDICT_NEW
#define RENEW     VERDICT_RENEW
#define TAKE      VERDICT_TAKE
#define MERGE     VERDICT_MERGE
#define KEEP      VERDICT_KEEP
#define CHALLENGE VERDICT_CHALLENGE
#define CONFLICT  VERDICT_CONFLICT

#define ALL(v)                                                                                     \
	{                                                                                          \
		v, v, v, v                                                                         \
	}

/* clang-format off */
static const struct {
	const char *what;
	struct registrar_facts facts;
	bool migrate;
	enum registrar_verdict want[4]; /* U or M same address, other address, G, S */
} decisions[] = {
{ "none", { .exists = false }, false, ALL(NEW) },

{ "unique, dynamic, active, owned", { OWNED, U, ACTIVE }, false, { RENEW, CHALLENGE, CHALLENGE, CHALLENGE } },
{ "multihomed, dynamic, active, owned", { OWNED, M, ACTIVE }, false, { RENEW, CHALLENGE, CHALLENGE, CHALLENGE } },
{ "unique, dynamic, active, replica", { REPLICA, U, ACTIVE }, false, { TAKE, CHALLENGE, CHALLENGE, CHALLENGE } },
{ "multihomed, dynamic, active, replica", { REPLICA, M, ACTIVE }, false, { TAKE, CHALLENGE, CHALLENGE, CHALLENGE } },
{ "unique, dynamic, released", { OWNED, U, RELEASED }, false, ALL(NEW) },
{ "multihomed, dynamic, released", { OWNED, M, RELEASED }, false, ALL(NEW) },
{ "unique, dynamic, tombstone", { OWNED, U, TOMBSTONE }, false, ALL(NEW) },
{ "unique, dynamic, tombstone, replica", { REPLICA, U, TOMBSTONE }, false, ALL(NEW) },
{ "multihomed, dynamic, tombstone, replica", { REPLICA, M, TOMBSTONE }, false, ALL(NEW) },
{ "unique, static", { OWNED, U, ACTIVE, STATIC }, false, ALL(CONFLICT) },
{ "multihomed, static", { OWNED, M, ACTIVE, STATIC }, false, ALL(CONFLICT) },
{ "unique, static, replica", { REPLICA, U, ACTIVE, STATIC }, false, ALL(CONFLICT) },
{ "unique, static, migrate on", { OWNED, U, ACTIVE, STATIC }, true, { TAKE, CHALLENGE, CONFLICT, CONFLICT } },
{ "multihomed, static, migrate on", { OWNED, M, ACTIVE, STATIC }, true, { TAKE, CHALLENGE, CONFLICT, CONFLICT } },
{ "unique, dynamic, active, migrate on", { OWNED, U, ACTIVE }, true, { RENEW, CHALLENGE, CHALLENGE, CHALLENGE } },

{ "group, dynamic, active, owned", { OWNED, G, ACTIVE }, false, { CONFLICT, CONFLICT, TAKE, CONFLICT } },
{ "group, dynamic, active, replica", { REPLICA, G, ACTIVE }, false, { CONFLICT, CONFLICT, TAKE, CONFLICT } },
{ "group, dynamic, released", { OWNED, G, RELEASED }, false, { CONFLICT, CONFLICT, NEW, CONFLICT } },
{ "group, dynamic, tombstone", { OWNED, G, TOMBSTONE }, false, { CONFLICT, CONFLICT, NEW, CONFLICT } },
{ "group, dynamic, tombstone, replica", { REPLICA, G, TOMBSTONE }, false, { CONFLICT, CONFLICT, NEW, CONFLICT } },
{ "group, static", { OWNED, G, ACTIVE, STATIC }, false, { CONFLICT, CONFLICT, KEEP, CONFLICT } },
{ "group, static, migrate on", { OWNED, G, ACTIVE, STATIC }, true, { CONFLICT, CONFLICT, KEEP, CONFLICT } },

{ "special group, static", { OWNED, S, ACTIVE, STATIC }, false, { CONFLICT, CONFLICT, MERGE, MERGE } },
{ "special group, static, migrate on", { OWNED, S, ACTIVE, STATIC }, true, { CONFLICT, CONFLICT, MERGE, MERGE } },
{ "special group, dynamic, active, owned", { OWNED, S, ACTIVE }, false, { CONFLICT, CONFLICT, MERGE, MERGE } },
{ "special group, dynamic, active, replica", { REPLICA, S, ACTIVE }, false, { CONFLICT, CONFLICT, MERGE, MERGE } },
{ "special group, dynamic, released", { OWNED, S, RELEASED }, false, ALL(NEW) },
{ "special group, dynamic, tombstone, replica", { REPLICA, S, TOMBSTONE }, false, ALL(NEW) },
};
/* clang-format on */

static void decision_row(size_t row, uint8_t opcode)
{
	const struct {
		const char *name;
		uint16_t nb_flags;
		bool lists_address;
	} columns[] = {
		{ "FRED<20>", NBT_NB_H, true },
		{ "FRED<20>", NBT_NB_H, false },
		{ "FRED<20>", GROUP_FLAGS, true },
		{ "FRED<1C>", GROUP_FLAGS, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		struct registrar_facts facts = decisions[row].facts;
		struct claim claim = claim_of(opcode, columns[i].name, columns[i].nb_flags);
		enum registrar_verdict got;

		facts.lists_address = columns[i].lists_address;
		got = registrar_decide(&facts, &claim, decisions[row].migrate);
		if (got != decisions[row].want[i])
			fail_msg("%s, opcode %u, column %zu: verdict %d", decisions[row].what,
				 opcode, i, got);
	}
}

/* Refreshes and multihomed registrations run through the same table. */
static void decision_rows(void **state)
{
	static const uint8_t opcodes[] = { NBT_OP_REGISTRATION, NBT_OP_REFRESH, NBT_OP_REFRESH_ALT,
					   NBT_OP_MULTIHOMED };

	(void)state;
	for (size_t row = 0; row < ARRAY_SIZE(decisions); row++)
		for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++)
			decision_row(row, opcodes[i]);
}

static void kinds_of_new_records(void **state)
{
	static const struct {
		const char *what, *name;
		uint8_t opcode;
		uint16_t nb_flags;
		struct registrar_facts facts;
		enum record_kind want;
	} rows[] = {
		{ "unique", "FRED<20>", NBT_OP_REGISTRATION, NBT_NB_H, { 0 }, U },
		{ "by refresh", "FRED<20>", NBT_OP_REFRESH, NBT_NB_H, { 0 }, U },
		{ "multihomed", "FRED<20>", NBT_OP_MULTIHOMED, NBT_NB_H, { 0 }, M },
		{ "group", "LAB<1E>", NBT_OP_REGISTRATION, GROUP_FLAGS, { 0 }, G },
		{ "group by 15", "LAB<1E>", NBT_OP_MULTIHOMED, GROUP_FLAGS, { 0 }, G },
		{ "domain group", "LAB<1C>", NBT_OP_REGISTRATION, GROUP_FLAGS, { 0 }, S },
		{ "domain group by 15", "LAB<1C>", NBT_OP_MULTIHOMED, GROUP_FLAGS, { 0 }, S },
		{ "Internet group",
		  "FARM<20>",
		  NBT_OP_REGISTRATION,
		  GROUP_FLAGS,
		  { OWNED, S, RELEASED },
		  S },
		{ "after a unique record",
		  "FRED<20>",
		  NBT_OP_REGISTRATION,
		  GROUP_FLAGS,
		  { OWNED, U, RELEASED },
		  G },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct claim claim = claim_of(rows[i].opcode, rows[i].name, rows[i].nb_flags);

		if (registrar_kind(&rows[i].facts, &claim) != rows[i].want)
			fail_msg("%s", rows[i].what);
	}
}

/* Section 7.3. */
static void settlements(void **state)
{
	static const struct {
		const char *what;
		enum registrar_testimony testimony;
		enum registrar_verdict unique, group;
	} rows[] = {
		{ "all silent or negative", TESTIMONY_NONE, NEW, NEW },
		{ "positive, claimant listed", TESTIMONY_JOINED, VERDICT_ADOPT, CONFLICT },
		{ "positive otherwise", TESTIMONY_HELD, CONFLICT, CONFLICT },
	};
	struct claim unique = claim_of(NBT_OP_REGISTRATION, "FRED<20>", NBT_NB_H);
	struct claim group = claim_of(NBT_OP_REGISTRATION, "FRED<20>", GROUP_FLAGS);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (registrar_settle(rows[i].testimony, &unique) != rows[i].unique)
			fail_msg("%s: U", rows[i].what);
		if (registrar_settle(rows[i].testimony, &group) != rows[i].group)
			fail_msg("%s: G", rows[i].what);
	}
}

/*
 * Section 9.
 */
#define LISTED .lists_address = true, .lists_source = true

static const struct {
	const char *what;
	struct registrar_facts facts;
	enum registrar_release want;
} releases[] = {
	{ "unknown name", { .exists = false }, RELEASE_NOTHING },
	{ "released", { OWNED, U, RELEASED, LISTED }, RELEASE_NOTHING },
	{ "tombstone", { REPLICA, S, TOMBSTONE, LISTED }, RELEASE_NOTHING },
	{ "source not listed", { OWNED, U, ACTIVE, .lists_address = true }, RELEASE_NOTHING },
	{ "NB_ADDRESS not listed", { OWNED, M, ACTIVE, .lists_source = true }, RELEASE_NOTHING },
	{ "no member", { OWNED, G, ACTIVE }, RELEASE_NOTHING },
	{ "static unique", { OWNED, U, ACTIVE, STATIC, LISTED }, RELEASE_NOTHING },
	{ "static multihomed", { OWNED, M, ACTIVE, STATIC, LISTED }, RELEASE_NOTHING },
	{ "static group", { OWNED, G, ACTIVE, STATIC }, RELEASE_REFUSED },
	{ "static special group", { OWNED, S, ACTIVE, STATIC, LISTED }, RELEASE_REFUSED },
	{ "unique, owned", { OWNED, U, ACTIVE, LISTED }, RELEASE_RECORD },
	{ "normal group", { OWNED, G, ACTIVE, LISTED }, RELEASE_MEMBER },
	{ "special group", { OWNED, S, ACTIVE, LISTED }, RELEASE_ADDRESS },
	{ "multihomed", { OWNED, M, ACTIVE, LISTED }, RELEASE_ADDRESS },
	{ "unique, replica", { REPLICA, U, ACTIVE, LISTED }, RELEASE_RECORD },
	{ "multihomed, replica", { REPLICA, M, ACTIVE, LISTED }, RELEASE_ADDRESS },
};

static void release_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(releases); i++)
		if (registrar_decide_release(&releases[i].facts) != releases[i].want)
			fail_msg("%s", releases[i].what);
}

/*
 * Section 5.3.
 */
static const struct {
	const char *what;
	uint8_t state;
	bool is_owned, may_delete;
	lease_time expiry;
	enum registrar_ageing want;
} ageings[] = {
	{ "active, owned, not yet", ACTIVE, true, true, 1001, AGEING_NONE },
	{ "active, owned", ACTIVE, true, true, 1000, AGEING_RELEASE },
	{ "active, replica", ACTIVE, false, true, 1000, AGEING_NONE },
	{ "static", ACTIVE, true, true, LEASE_FOREVER, AGEING_NONE },
	{ "released, not yet", RELEASED, true, true, 1001, AGEING_NONE },
	{ "released", RELEASED, true, true, 1000, AGEING_TOMBSTONE },
	{ "released replica", RELEASED, false, true, 1000, AGEING_NONE },
	{ "tombstone, not yet", TOMBSTONE, true, true, 1001, AGEING_NONE },
	{ "tombstone", TOMBSTONE, true, true, 1000, AGEING_DELETE },
	{ "tombstone replica", TOMBSTONE, false, true, 1000, AGEING_DELETE },
	{ "tombstone, up for too short", TOMBSTONE, true, false, 1000, AGEING_NONE },
};

static void ageing_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ageings); i++)
		if (registrar_age(ageings[i].state, ageings[i].is_owned, ageings[i].expiry, 1000,
				  ageings[i].may_delete) != ageings[i].want)
			fail_msg("%s", ageings[i].what);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_rows),
		cmocka_unit_test(check_kept_master_names),
		cmocka_unit_test(check_proxy_names_may_be_allowed),
		cmocka_unit_test(check_c11_scopes),
		cmocka_unit_test(check_c13_addresses),
		cmocka_unit_test(decision_rows),
		cmocka_unit_test(kinds_of_new_records),
		cmocka_unit_test(settlements),
		cmocka_unit_test(release_rows),
		cmocka_unit_test(ageing_rows),
	};

	return cmocka_run_group_tests_name("registrar", tests, NULL, NULL);
}
