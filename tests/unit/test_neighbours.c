/* The domain masters of other workgroups: browser.md section 8, last paragraph. */
#include "browser_bench.h"

#include "browserd/text.h"

#define SHOP "10.3.0.9"
#define MILL "10.4.0.9"

/*
 * Steps.
 */

/* Domain master, with a name server; or not. */
static void start(struct bench *bench, bool has_nbns)
{
	bench->settings.domain_master = BROWSER_DOMAIN_YES;
	bench_start(bench);
	bench_answer_node(bench, has_nbns);
	bench_pass_ms(bench, 5 * SECOND);
	assert_true(browser_is_domain_master(bench->service, "LAB"));
}

static size_t count_asked(const struct bench *bench, size_t at)
{
	size_t n = 0;

	for (; at < bench->count; at++)
		n += bench->acts[at].deed == LOOKED &&
		     bench->acts[at].lookup == BROWSER_LOOKUP_MASTERS;
	return n;
}

static size_t count_pulls(const struct bench *bench, size_t at)
{
	size_t n = 0;

	for (; at < bench->count; at++)
		n += bench->acts[at].deed == PULLED;
	return n;
}

/* second: NULL, or another one. */
static void say_masters(struct bench *bench, const char *first, const char *second)
{
	struct browser_found found = { .is_there = true, .count = 1 };

	found.addresses[0] = address_of(first);
	if (second != NULL)
		found.addresses[found.count++] = address_of(second);
	bench_answer_masters(bench, &found);
	bench_pass_ms(bench, 0);
}

static void say_who(struct bench *bench, const char *name, const char *workgroup)
{
	struct browser_found found = { .is_there = true, .mastered_count = 1 };

	text_copy(found.server, sizeof(found.server), name);
	text_copy(found.mastered[0], sizeof(found.mastered[0]), workgroup);
	bench_answer(bench, &found);
	bench_pass_ms(bench, 0);
}

static void know_shop(struct bench *bench)
{
	start(bench, true);
	say_masters(bench, SHOP, NULL);
	say_who(bench, "BOSS", "SHOP");
}

/* Its master; NULL: it is not listed. */
static const char *master_of(const struct bench *bench, const char *workgroup)
{
	static struct lists_view view;

	return lists_find(browser_lists(bench->service), LISTS_WORKGROUPS, workgroup, workgroup,
			  &view)
		       ? view.record->comment
		       : NULL;
}

static struct browser_sync_view neighbour;
static size_t neighbours;

static void note_sync(void *ctx, const struct browser_sync_view *view)
{
	(void)ctx;
	if (!view->is_neighbour)
		return;
	neighbour = *view;
	neighbours++;
}

static size_t count_neighbours(const struct bench *bench)
{
	neighbours = 0;
	browser_each_sync(bench->service, note_sync, NULL);
	return neighbours;
}

/*
 * Who asks.
 */

/* At once, and every minute. */
static void case_08_a_domain_master_asks_for_the_others(void **state)
{
	struct bench *bench = *state;
	const struct nbt_name everyone = { "*\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x1B" };
	size_t at;

	start(bench, true);
	assert_int_equal(count_asked(bench, 0), 1);
	for (at = 0; bench->acts[at].lookup != BROWSER_LOOKUP_MASTERS; at++)
		;
	assert_true(nbt_name_equal(&bench->acts[at].name, &everyone));
	say_masters(bench, HOME, NULL);
	at = bench->count;
	bench_pass_ms(bench, MINUTE - 6 * SECOND);
	assert_int_equal(count_asked(bench, at), 0);
	bench_pass_ms(bench, 6 * SECOND);
	assert_int_equal(count_asked(bench, at), 1);
	assert_int_equal(count_pulls(bench, 0), 0); /* it is we */
}

static void who_is_none_does_not(void **state)
{
	struct bench *bench = *state;

	bench->settings.domain_master = BROWSER_DOMAIN_NO;
	bench_start(bench);
	bench_answer_node(bench, true);
	bench_pass_ms(bench, HOUR);
	assert_int_equal(bench_role(bench), BROWSER_ROLE_MASTER);
	assert_int_equal(count_asked(bench, 0), 0);
}

static void nor_without_a_name_server(void **state)
{
	start(*state, false);
	bench_pass_ms(*state, HOUR);
	assert_int_equal(count_asked(*state, 0), 0);
}

static void nor_who_is_not_to(void **state)
{
	struct bench *bench = *state;

	bench->settings.enhanced = false;
	start(bench, true);
	bench_pass_ms(bench, HOUR);
	assert_int_equal(count_asked(bench, 0), 0);
}

/*
 * What comes of it.
 */

/* Node status of "*" at its address; then the list of workgroups, and not that of servers. */
static void case_08_steps_with_another_domain_master(void **state)
{
	struct bench *bench = *state;
	const struct nbt_name anybody = { .bytes = { '*' } };
	struct lists_view view;
	const struct act *act;
	size_t at;

	start(bench, true);
	at = bench->count;
	say_masters(bench, HOME, SHOP);
	act = bench_next(bench, &at, LOOKED, 0);
	assert_int_equal(act->lookup, BROWSER_LOOKUP_STATUS);
	assert_true(nbt_name_equal(&act->name, &anybody));
	assert_true(act->address.s_addr == address_of(SHOP).s_addr);
	bench->pull_records = 1;
	bench->pull_workgroup = "MILL";
	say_who(bench, "BOSS", "SHOP");
	act = bench_next(bench, &at, PULLED, 0);
	assert_true(act->address.s_addr == address_of(SHOP).s_addr);
	assert_string_equal(act->peer, "BOSS");
	assert_true(act->is_local && act->is_workgroups_only);
	assert_string_equal(master_of(bench, "SHOP"), "BOSS");
	assert_string_equal(master_of(bench, "MILL"), "SOMEONE");
	assert_false(bench_lists_it(bench, "P00", &view));
	assert_int_equal(count_neighbours(bench), 1);
	assert_string_equal(neighbour.workgroup, "SHOP");
	assert_string_equal(neighbour.name, "BOSS");
	assert_int_equal(neighbour.failures, 0);
	assert_true(neighbour.whole_ms == bench->env.now_ms);
}

/* Its own list may name another master of its workgroup; and nothing of ours comes from there. */
static void of_its_workgroup_it_is_the_master(void **state)
{
	struct bench *bench = *state;

	bench->pull_workgroup = "SHOP";
	know_shop(bench);
	assert_string_equal(master_of(bench, "SHOP"), "BOSS");
}

/* Another neighbour, known for longer, hears a local master of it, and says so at first; the
 * domain master itself knows better. */
static void who_hears_of_it_knows_less(void **state)
{
	struct bench *bench = *state;

	start(bench, true);
	bench->pull_records = 1;
	bench->pull_workgroup = "MILL";
	say_masters(bench, SHOP, NULL);
	say_who(bench, "BOSS", "SHOP");
	assert_string_equal(master_of(bench, "MILL"), "SOMEONE");
	bench->pull_records = 0;
	bench_pass_ms(bench, MINUTE);
	say_masters(bench, SHOP, MILL);
	say_who(bench, "GRINDER", "MILL");
	assert_string_equal(master_of(bench, "MILL"), "GRINDER");
}

static void of_ours_we_know_better(void **state)
{
	struct bench *bench = *state;

	bench->pull_workgroup = "LAB";
	know_shop(bench);
	bench_pass_ms(bench, MINUTE);
	assert_string_equal(master_of(bench, "LAB"), "US");
}

/* Both again after twelve minutes. */
static void case_08_another_domain_master_is_asked_again(void **state)
{
	struct bench *bench = *state;
	size_t at;

	know_shop(bench);
	at = bench->count;
	for (size_t i = 0; i < 11; i++) {
		bench_pass_ms(bench, MINUTE);
		say_masters(bench, SHOP, NULL);
	}
	assert_int_equal(count_pulls(bench, at), 0);
	bench_pass_ms(bench, MINUTE);
	say_who(bench, "BOSS", "SHOP");
	assert_int_equal(count_pulls(bench, at), 1);
	assert_string_equal(master_of(bench, "SHOP"), "BOSS");
}

/* The name server has it no more: another may be it, and a minute later there is none. */
static void one_that_is_gone(void **state)
{
	struct bench *bench = *state;

	know_shop(bench);
	bench_pass_ms(bench, MINUTE);
	say_masters(bench, HOME, MILL);
	assert_int_equal(count_neighbours(bench), 0);
	bench_pass_ms(bench, 59 * SECOND);
	assert_non_null(master_of(bench, "SHOP"));
	bench_pass_ms(bench, 2 * SECOND);
	assert_null(master_of(bench, "SHOP"));
}

static void nobody_has_any(void **state)
{
	struct bench *bench = *state;
	const struct browser_found none = { .is_definite = true };

	know_shop(bench);
	bench_pass_ms(bench, MINUTE);
	bench_answer_masters(bench, &none);
	assert_int_equal(count_neighbours(bench), 0);
}

/* The name server is away. */
static void silence_says_nothing(void **state)
{
	struct bench *bench = *state;
	const struct browser_found silence = { .is_there = false };

	know_shop(bench);
	bench_pass_ms(bench, MINUTE);
	bench_answer_masters(bench, &silence);
	assert_int_equal(count_neighbours(bench), 1);
	bench_pass_ms(bench, 2 * MINUTE);
	assert_non_null(master_of(bench, "SHOP"));
}

/* An answer has room for 25: who is not in a full one may be there. */
static void a_full_answer_says_nothing_of_others(void **state)
{
	struct bench *bench = *state;
	struct browser_found full = { .is_there = true, .count = BROWSER_ADDRESSES_MAX };

	know_shop(bench);
	bench_pass_ms(bench, MINUTE);
	for (size_t i = 0; i < full.count; i++)
		full.addresses[i].s_addr = htonl(0x0A050001 + (uint32_t)i);
	bench_answer_masters(bench, &full);
	assert_int_equal(count_neighbours(bench), 1);
}

/* It gives no list, as an smbd without SMB1: its workgroup is known all the same. */
static void one_that_gives_no_list(void **state)
{
	struct bench *bench = *state;
	size_t at;

	bench->pulls_fail = true;
	know_shop(bench);
	assert_string_equal(master_of(bench, "SHOP"), "BOSS");
	assert_int_equal(count_neighbours(bench), 1);
	assert_int_equal(neighbour.failures, 1);
	for (size_t i = 0; i < 3; i++) {
		bench_pass_ms(bench, MINUTE);
		say_masters(bench, SHOP, NULL);
		if (i == 0)
			say_who(bench, "BOSS", "SHOP");
	}
	assert_int_equal(neighbour.failures, 1);
	at = bench->count;
	bench_pass_ms(bench, 8 * MINUTE);
	assert_int_equal(count_pulls(bench, at), 0);
	assert_int_equal(count_neighbours(bench), 1);
	assert_int_equal(neighbour.failures, 2);
	assert_string_equal(master_of(bench, "SHOP"), "BOSS");
}

/* The name of a domain master that died long ago: nothing is known of it. */
static void one_that_does_not_answer(void **state)
{
	struct bench *bench = *state;
	const struct browser_found silence = { .is_there = false };
	size_t at;

	start(bench, true);
	say_masters(bench, SHOP, NULL);
	bench_answer(bench, &silence);
	assert_int_equal(count_neighbours(bench), 0);
	at = bench->count;
	bench_pass_ms(bench, MINUTE + SECOND);
	bench_next(bench, &at, LOOKED, 0);
	assert_int_equal(count_pulls(bench, 0), 0);
}

/* One that has our workgroup's name, too: that is for the name service to settle. */
static void a_rival_is_no_neighbour(void **state)
{
	struct bench *bench = *state;

	start(bench, true);
	say_masters(bench, SHOP, NULL);
	say_who(bench, "BOSS", "LAB");
	assert_int_equal(count_pulls(bench, 0), 0);
	assert_int_equal(count_neighbours(bench), 0);
}

/* We have another address that is no interface of ours: behind a NAT, or in a virtual LAN. */
static void nor_are_we(void **state)
{
	struct bench *bench = *state;

	start(bench, true);
	say_masters(bench, SHOP, NULL);
	say_who(bench, "US", "SHOP");
	assert_int_equal(count_pulls(bench, 0), 0);
}

/* We are it no more: what we had from others the next one has. */
static void one_that_was(void **state)
{
	struct bench *bench = *state;
	struct browser_settings settings;
	size_t at;

	know_shop(bench);
	settings = bench->settings;
	settings.domain_master = BROWSER_DOMAIN_NO;
	browser_set_settings(bench->service, &settings, &bench->env);
	bench_pass_ms(bench, SECOND);
	assert_int_equal(count_neighbours(bench), 0);
	at = bench->count;
	bench_pass_ms(bench, 2 * MINUTE);
	assert_int_equal(count_asked(bench, at), 0);
	assert_null(master_of(bench, "SHOP"));
	bench->settings = settings;
	browser_set_settings(bench->service, &bench->settings, &bench->env);
}

static void without_nbddd(void **state)
{
	struct bench *bench = *state;
	const struct local_event down = { .type = LOCAL_DOWN };

	know_shop(bench);
	browser_event(bench->service, &down, &bench->env);
	bench_pass_ms(bench, 11 * SECOND);
	assert_int_equal(count_neighbours(bench), 0);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, bench_set_up, bench_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(case_08_a_domain_master_asks_for_the_others),
		TEST(who_is_none_does_not),
		TEST(nor_without_a_name_server),
		TEST(nor_who_is_not_to),
		TEST(case_08_steps_with_another_domain_master),
		TEST(of_its_workgroup_it_is_the_master),
		TEST(who_hears_of_it_knows_less),
		TEST(of_ours_we_know_better),
		TEST(case_08_another_domain_master_is_asked_again),
		TEST(one_that_is_gone),
		TEST(nobody_has_any),
		TEST(silence_says_nothing),
		TEST(a_full_answer_says_nothing_of_others),
		TEST(one_that_gives_no_list),
		TEST(one_that_does_not_answer),
		TEST(a_rival_is_no_neighbour),
		TEST(nor_are_we),
		TEST(one_that_was),
		TEST(without_nbddd),
	};

	return cmocka_run_group_tests_name("neighbours", tests, NULL, NULL);
}
