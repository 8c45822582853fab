/* Conformance cases 24 to 31 of name-service.md 18: special names. */
#include "nbns.h"

#define MSBROWSE "<01><02>__MSBROWSE__<02><01>"

static void case_24_local_master_unique(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "LAB<1D>", UNIQUE);
	expect_positive(ns, &ns->a);
	query(ns, &ns->c, 0x0100, "LAB<1D>");
	expect_negative(ns, &ns->c);
	assert_false(has_record(ns, "LAB<1D>"));
	claim(ns, &ns->a, RELEASE, "LAB<1D>", UNIQUE);
	expect_positive(ns, &ns->a);
	nbns_free(ns);
}

static void case_25_local_master_group(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "LAB<1D>", GROUP);
	expect_positive(ns, &ns->a);
	query(ns, &ns->c, 0x0100, "LAB<1D>");
	expect_negative(ns, &ns->c);
	nbns_free(ns);
}

/* The setting by which there is one master for all subnets: RFC 1001 knows no names of subnets. */
static void case_24_kept_master_name(void **state)
{
	struct nbns *ns = nbns_new();

	(void)state;
	ns->settings.keep_master_names = true;
	nbns_start(ns);
	claim(ns, &ns->a, REGISTER, "LAB<1D>", UNIQUE);
	expect_positive(ns, &ns->a);
	query(ns, &ns->c, 0x0100, "LAB<1D>");
	expect_addresses(ns, &ns->c, NBT_NB_H, "10.0.0.1");
	nbns_restart(ns);
	query(ns, &ns->c, 0x0100, "LAB<1D>");
	expect_addresses(ns, &ns->c, NBT_NB_H, "10.0.0.1");

	claim(ns, &ns->b, REGISTER, "LAB<1D>", UNIQUE);
	expect_wack(ns, &ns->b, 9);
	say_mine(ns, &ns->a, expect_question(ns, &ns->a), "LAB<1D>", "10.0.0.1");
	expect_conflict(ns, &ns->b);

	claim(ns, &ns->a, RELEASE, "LAB<1D>", UNIQUE);
	expect_positive(ns, &ns->a);
	query(ns, &ns->c, 0x0100, "LAB<1D>");
	expect_negative(ns, &ns->c);
	claim(ns, &ns->b, REGISTER, "LAB<1D>", UNIQUE);
	expect_positive(ns, &ns->b);
	claim(ns, &ns->a, REGISTER, "LAB<1D>", GROUP);
	expect_refused(ns, &ns->a, NBT_RCODE_RFS_ERR);
	nbns_free(ns);
}

static void case_26_wrong_kinds_are_refused(void **state)
{
	static const struct {
		const char *name;
		uint16_t nb_flags;
	} rows[] = { { "LAB<1B>", GROUP }, { "LAB<1C>", UNIQUE }, { "LAB<1E>", UNIQUE } };
	static const uint16_t flags[] = { REGISTER, MULTIHOMED, REFRESH, 0x4800 };
	struct nbns *ns = nbns_run();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t j = 0; j < ARRAY_SIZE(flags); j++) {
			claim(ns, &ns->a, flags[j], rows[i].name, rows[i].nb_flags);
			expect_refused(ns, &ns->a, NBT_RCODE_RFS_ERR);
		}
	assert_int_equal(registry_count(ns->registry), 0);
	nbns_free(ns);
}

static void case_27_domain_master(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "LAB<1B>", UNIQUE);
	expect_positive(ns, &ns->a);
	query(ns, &ns->c, 0x0100, "LAB<1B>");
	expect_addresses(ns, &ns->c, NBT_NB_H, "10.0.0.1");
	nbns_free(ns);
}

static void expect_normal_group(const char *name)
{
	struct nbns *ns = nbns_run();

	claim(ns, &ns->a, REGISTER, name, GROUP);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, name, GROUP);
	expect_positive(ns, &ns->b);
	claim(ns, &ns->c, MULTIHOMED, name, GROUP);
	expect_positive(ns, &ns->c);
	query(ns, &ns->c, 0x0100, name);
	expect_addresses(ns, &ns->c, NBT_NB_GROUP, "255.255.255.255");
	assert_int_equal(record_named(ns, name).kind, RECORD_GROUP);
	nbns_free(ns);
}

static void case_28_normal_group(void **state)
{
	(void)state;
	expect_normal_group("LAB<1E>");
}

static void case_29_msbrowse(void **state)
{
	(void)state;
	expect_normal_group(MSBROWSE);
}

/* A scope of so many characters in labels of at most 63. */
static void set_scope(struct client *client, size_t characters)
{
	struct nbt_scope scope = { 0 };

	while (characters > 0) {
		uint8_t label = (uint8_t)(characters > 63 ? 60 : characters);

		scope.labels[scope.len] = label;
		memset(&scope.labels[scope.len + 1], 'X', label);
		scope.len = (uint8_t)(scope.len + 1 + label);
		characters -= label;
		characters -= characters > 0; /* the dot */
	}
	client->sent.question[0].scope = client->sent.record[0].of.scope = scope;
	client->sent.id++;
}

static void case_30_long_scopes(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "FRED<20>", UNIQUE);
	expect_positive(ns, &ns->a);
	set_scope(&ns->a, 238);
	send_again(ns, &ns->a);
	expect_refused(ns, &ns->a, NBT_RCODE_SRV_ERR);
	assert_int_equal(registry_count(ns->registry), 1);
	set_scope(&ns->a, 237);
	send_again(ns, &ns->a);
	expect_positive(ns, &ns->a);
	assert_int_equal(registry_count(ns->registry), 2);

	ns->a.sent.opcode = NBT_OP_RELEASE;
	set_scope(&ns->a, 238);
	send_again(ns, &ns->a);
	expect_positive(ns, &ns->a);
	nbns_free(ns);
}

static void ask_for_masters(struct nbns *ns, const char *want)
{
	static const struct nbt_name names[] = { { "*              \x1B" },
						 { "*\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x1B" } };
	const struct nbt_scope scope = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		nbt_make_query(&ns->c.sent, ns->id++, NBT_FLAG_RD, &names[i], &scope, NBT_TYPE_NB);
		send_again(ns, &ns->c);
		if (want != NULL)
			expect_addresses(ns, &ns->c, NBT_NB_H, want);
		else
			expect_negative(ns, &ns->c);
	}
}

static void case_31_all_domain_masters(void **state)
{
	struct nbns *ns = nbns_new();

	(void)state;
	nbns_start(ns);
	ask_for_masters(ns, NULL);
	claim(ns, &ns->a, REGISTER, "LAB<1B>", UNIQUE);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->a, REGISTER, "LAB<1C>", GROUP);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, "SHOP<1B>", UNIQUE);
	expect_positive(ns, &ns->b);
	claim(ns, &ns->c, REGISTER, "GONE<1B>", UNIQUE);
	expect_positive(ns, &ns->c);
	claim(ns, &ns->c, RELEASE, "GONE<1B>", UNIQUE);
	expect_positive(ns, &ns->c);
	ask_for_masters(ns, "10.0.0.1 10.0.0.2");

	nbns_restart(ns); /* they are found among what is loaded */
	ask_for_masters(ns, "10.0.0.1 10.0.0.2");
	claim(ns, &ns->c, REGISTER, "GONE<1B>", UNIQUE);
	expect_positive(ns, &ns->c);
	ask_for_masters(ns, "10.0.0.1 10.0.0.2 10.0.0.3");

	ns->settings.wildcard_1b = false;
	nbns_restart(ns);
	ask_for_masters(ns, NULL);
	nbns_free(ns);
}

/* Scopes are networks of their own. */
static void case_31_domain_masters_of_a_scope(void **state)
{
	struct nbns *ns = nbns_run();
	struct nbt_packet *sent = &ns->b.sent;

	(void)state;
	claim(ns, &ns->a, REGISTER, "LAB<1B>", UNIQUE);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->b, REGISTER, "SHOP<1B>", UNIQUE);
	expect_positive(ns, &ns->b);
	assert_error("scope", nbt_scope_from_text(&sent->question[0].scope, "there"), NBT_OK);
	sent->record[0].of.scope = sent->question[0].scope;
	send_again(ns, &ns->b);
	expect_positive(ns, &ns->b);
	claim(ns, &ns->b, RELEASE, "SHOP<1B>", UNIQUE);
	expect_positive(ns, &ns->b);
	ask_for_masters(ns, "10.0.0.1");
	nbns_free(ns);
}

/* Whoever registers the wildcard as his name does not keep others from their answer. */
static void case_31_the_wildcard_is_nobodys_name(void **state)
{
	struct nbns *ns = nbns_run();

	(void)state;
	claim(ns, &ns->a, REGISTER, "LAB<1B>", UNIQUE);
	expect_positive(ns, &ns->a);
	claim(ns, &ns->c, REGISTER, "*<1B>", UNIQUE);
	expect_positive(ns, &ns->c);
	ask_for_masters(ns, "10.0.0.1 10.0.0.3");
	nbns_free(ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_24_local_master_unique),
		cmocka_unit_test(case_24_kept_master_name),
		cmocka_unit_test(case_25_local_master_group),
		cmocka_unit_test(case_26_wrong_kinds_are_refused),
		cmocka_unit_test(case_27_domain_master),
		cmocka_unit_test(case_28_normal_group),
		cmocka_unit_test(case_29_msbrowse),
		cmocka_unit_test(case_30_long_scopes),
		cmocka_unit_test(case_31_all_domain_masters),
		cmocka_unit_test(case_31_domain_masters_of_a_scope),
		cmocka_unit_test(case_31_the_wildcard_is_nobodys_name),
	};

	return cmocka_run_group_tests_name("conformance: special names", tests, NULL, NULL);
}
