/* Browsers of several subnets among themselves: who becomes the domain master, and when a host is
 * in the lists of all. */
#include "lan.h"

#include <stdio.h>
#include <stdlib.h>

#define SUBNETS 3
#define QUICK   (15 * SECOND) /* a change is everywhere */
#define WHOLE   (60 * SECOND) /* after whatever has happened */

/* Host n of subnet s, "A1"; the first of each subnet has the higher level. */
static struct lan_host *host_of(struct lan *lan, size_t s, size_t n)
{
	char name[16], address[16];
	struct lan_host *host;

	snprintf(name, sizeof(name), "%c%zu", (char)('A' + s), n);
	snprintf(address, sizeof(address), "10.1.%zu.%zu", s + 1, n);
	host = lan_host(lan, name, "LAB", address);
	host->settings.os_level = n == 1 ? 33 : 20;
	host->settings.preferred_master = n == 1;
	return host;
}

static struct lan *three_subnets(uint64_t seed, size_t hosts)
{
	struct lan *lan = lan_new(seed);

	lan->has_nbns = true;
	lan->delay_ms = 20;
	for (size_t s = 0; s < SUBNETS; s++)
		for (size_t n = 1; n <= hosts; n++)
			lan_on(host_of(lan, s, n));
	return lan;
}

static struct lan_host *named(const struct lan *lan, const char *name)
{
	for (size_t i = 0; i < lan->host_count; i++)
		if (strcmp(lan->hosts[i]->name, name) == 0)
			return lan->hosts[i];
	fail_msg("there is no %s", name);
	return NULL;
}

static bool is_master(const struct lan_host *host)
{
	return host->is_on && host->role == BROWSER_ROLE_MASTER;
}

/* The one domain master; NULL: none, or several. */
static struct lan_host *domain_master(const struct lan *lan)
{
	struct lan_host *found = NULL;

	for (size_t i = 0; i < lan->host_count; i++) {
		struct lan_host *host = lan->hosts[i];

		if (!host->is_on || !browser_is_domain_master(host->service, "LAB"))
			continue;
		if (found != NULL)
			return NULL;
		found = host;
	}
	return found;
}

/* Whether all masters list the host, or none does. */
static bool is_everywhere(const struct lan *lan, const char *name, bool is_listed)
{
	for (size_t i = 0; i < lan->host_count; i++)
		if (is_master(lan->hosts[i]) && lan_lists(lan->hosts[i], "LAB", name) != is_listed)
			return false;
	return true;
}

static bool is_heard(const struct lan_host *host)
{
	for (size_t i = 0; i < host->subnet->count; i++)
		if (is_master(host->subnet->hosts[i]) &&
		    lan_lists(host->subnet->hosts[i], "LAB", host->name))
			return true;
	return false;
}

static bool is_whole(const struct lan *lan)
{
	struct lan_host *first;

	if (lan_masters(lan, "LAB", 0, &first) < SUBNETS || domain_master(lan) == NULL)
		return false;
	for (size_t i = 0; i < lan->host_count; i++)
		if (lan->hosts[i]->is_on && lan->hosts[i]->side == 0 &&
		    !is_everywhere(lan, lan->hosts[i]->name, true))
			return false;
	return true;
}

static void expect_whole(struct lan *lan, uint64_t within_ms)
{
	uint64_t until = lan->env.now_ms + within_ms;

	while (!is_whole(lan)) {
		if (lan->env.now_ms >= until)
			fail_msg("seed %llu: not whole, domain master %s",
				 (unsigned long long)lan->seed,
				 domain_master(lan) != NULL ? domain_master(lan)->name : "none");
		lan_pass_ms(lan, 100);
	}
}

static void expect_everywhere(struct lan *lan, const char *name, bool is_listed, uint64_t within_ms)
{
	uint64_t until = lan->env.now_ms + within_ms;

	while (!is_everywhere(lan, name, is_listed)) {
		if (lan->env.now_ms >= until)
			fail_msg("seed %llu: %s is not %s", (unsigned long long)lan->seed, name,
				 is_listed ? "everywhere" : "gone");
		lan_pass_ms(lan, 100);
	}
}

/*
 * Stories.
 */

/* Nobody is configured to be it: one becomes it, and every list is whole. */
static void one_becomes_it(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct lan *lan = three_subnets(seed, 3);

		expect_whole(lan, WHOLE);
		lan_pass_ms(lan, DAY);
		assert_true(is_whole(lan));
		lan_free(lan);
	}
}

static void without_an_nbns_nobody_does(void **state)
{
	struct lan *lan = three_subnets(1, 2);

	(void)state;
	lan->has_nbns = false;
	lan_pass_ms(lan, HOUR);
	assert_null(domain_master(lan));
	assert_false(lan_lists(named(lan, "A1"), "LAB", "B1"));
	lan_free(lan);
}

/* Who is configured to be it is, and needs no NBNS for that. */
static void who_is_to_be_it(void **state)
{
	struct lan *lan = lan_new(1);
	struct lan_host *a = host_of(lan, 0, 1);

	(void)state;
	a->settings.domain_master = BROWSER_DOMAIN_YES;
	lan_on(a);
	lan_pass_ms(lan, 10 * SECOND);
	assert_ptr_equal(domain_master(lan), a);
	lan_free(lan);
}

static void who_is_not_to_be_it(void **state)
{
	struct lan *lan = lan_new(1);
	struct lan_host *a = host_of(lan, 0, 1);

	(void)state;
	lan->has_nbns = true;
	a->settings.domain_master = BROWSER_DOMAIN_NO;
	lan_on(a);
	lan_pass_ms(lan, HOUR);
	assert_null(domain_master(lan));
	lan_free(lan);
}

/* A host that comes is in all lists at once, and one that goes is in none. */
static void changes_travel_at_once(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct lan *lan = three_subnets(seed, 2);
		struct lan_host *late = host_of(lan, 1, 9);

		expect_whole(lan, WHOLE);
		lan_pass_ms(lan, 5 * MINUTE + lan_random(lan, 600000));
		lan_on(late);
		expect_everywhere(lan, "B9", true, QUICK);
		lan_pass_ms(lan, lan_random(lan, 600000));
		lan_stop(late);
		expect_everywhere(lan, "B9", false, QUICK);
		lan_free(lan);
	}
}

static void the_domain_master_dies(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct lan *lan = three_subnets(seed, 3);
		struct lan_host *dead, *next;

		expect_whole(lan, WHOLE);
		lan_pass_ms(lan, 20 * MINUTE + lan_random(lan, 600000));
		dead = domain_master(lan);
		lan_crash(dead);
		expect_whole(lan, WHOLE);
		next = domain_master(lan);
		assert_ptr_not_equal(next, dead);
		lan_pass_ms(lan, 3 * MINUTE);
		assert_true(is_whole(lan));
		lan_on(dead);
		expect_whole(lan, WHOLE);
		lan_pass_ms(lan, HOUR);
		assert_ptr_equal(domain_master(lan), next);
		assert_true(is_whole(lan));
		lan_free(lan);
	}
}

/* It is back before anybody has missed it, and knows of no local master. */
static void the_domain_master_is_restarted(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct lan *lan = three_subnets(seed, 2);
		struct lan_host *master;

		expect_whole(lan, WHOLE);
		lan_pass_ms(lan, 20 * MINUTE + lan_random(lan, 600000));
		master = domain_master(lan);
		lan_stop(master);
		master->settings.domain_master = BROWSER_DOMAIN_YES;
		lan_on(master);
		lan_pass_ms(lan, 10 * SECOND);
		expect_whole(lan, WHOLE);
		assert_ptr_equal(domain_master(lan), master);
		lan_pass_ms(lan, HOUR);
		assert_true(is_whole(lan));
		lan_free(lan);
	}
}

/* A fifth of all datagrams is lost, for which there are twelve minutes until the next by the
 * protocol. */
static void changes_travel_over_bad_lines(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct lan *lan = three_subnets(seed, 2);
		struct lan_host *late = host_of(lan, 1, 9);

		expect_whole(lan, WHOLE);
		lan_pass_ms(lan, 5 * MINUTE + lan_random(lan, 600000));
		lan_on(late);
		while (!is_heard(late))
			lan_pass_ms(lan, 100);
		lan->loss = 200;
		expect_everywhere(lan, "B9", true, WHOLE);
		lan_free(lan);
	}
}

static void a_local_master_dies(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct lan *lan = three_subnets(seed, 3);

		expect_whole(lan, WHOLE);
		lan_pass_ms(lan, 20 * MINUTE + lan_random(lan, 600000));
		for (size_t i = 0; i < lan->host_count; i++)
			if (is_master(lan->hosts[i]) && lan->hosts[i] != domain_master(lan)) {
				lan_crash(lan->hosts[i]);
				break;
			}
		expect_whole(lan, WHOLE);
		lan_pass_ms(lan, HOUR);
		assert_true(is_whole(lan));
		lan_free(lan);
	}
}

/* A local master that says goodbye is gone as soon as any host. */
static void a_local_master_stops(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct lan *lan = three_subnets(seed, 3);
		struct lan_host *gone = NULL;

		expect_whole(lan, WHOLE);
		lan_pass_ms(lan, 20 * MINUTE + lan_random(lan, 600000));
		for (size_t i = 0; i < lan->host_count; i++)
			if (is_master(lan->hosts[i]) && lan->hosts[i] != domain_master(lan))
				gone = lan->hosts[i];
		assert_non_null(gone);
		lan_stop(gone);
		expect_everywhere(lan, gone->name, false, QUICK);
		expect_whole(lan, WHOLE);
		lan_free(lan);
	}
}

/* The router is down: each side has what it hears; and then all have all. */
static void the_router_is_cut(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct lan *lan = three_subnets(seed, 2);
		bool was_master;

		expect_whole(lan, WHOLE);
		lan_pass_ms(lan, 20 * MINUTE);
		was_master = domain_master(lan) == named(lan, "B1");
		for (size_t n = 0; n < 2; n++)
			lan_move(named(lan, n == 0 ? "B1" : "B2"), 1);
		lan_pass_ms(lan, 5 * MINUTE + lan_random(lan, 600000));
		if (!was_master)
			assert_false(lan_lists(named(lan, "B1"), "LAB", "A1"));
		for (size_t n = 0; n < 2; n++)
			lan_move(named(lan, n == 0 ? "B1" : "B2"), 0);
		expect_whole(lan, WHOLE);
		lan_pass_ms(lan, HOUR);
		assert_true(is_whole(lan));
		lan_free(lan);
	}
}

/* Who is configured to be it takes it from one that stands in, also when it comes back. */
static void the_configured_one_goes_first(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct lan *lan = three_subnets(seed, 2);
		struct lan_host *chosen = named(lan, "C1"), *other;

		expect_whole(lan, WHOLE);
		lan_stop(chosen);
		chosen->settings.domain_master = BROWSER_DOMAIN_YES;
		for (size_t round = 0; round < 2; round++) {
			lan_pass_ms(lan, 2 * MINUTE);
			other = domain_master(lan);
			assert_non_null(other);
			assert_ptr_not_equal(other, chosen);
			lan_on(chosen);
			lan_pass_ms(lan, 30 * SECOND);
			assert_ptr_equal(domain_master(lan), chosen);
			expect_whole(lan, WHOLE);
			lan_pass_ms(lan, HOUR);
			assert_ptr_equal(domain_master(lan), chosen);
			lan_crash(chosen);
		}
		lan_free(lan);
	}
}

/* With another program at the other end nothing is said but what the protocol has, at its times. */
static void others_are_not_hurried(void **state)
{
	struct lan *lan = three_subnets(1, 1);
	struct lan_host *late = host_of(lan, 1, 9), *local, *master;
	const struct lan_frame *last;
	size_t logged, pulls;

	(void)state;
	expect_whole(lan, WHOLE);
	master = domain_master(lan);
	local = master == named(lan, "B1") ? named(lan, "A1") : named(lan, "B1");
	lan_free(lan);

	lan = three_subnets(1, 1);
	for (size_t i = 0; i < lan->host_count; i++)
		lan->hosts[i]->is_slow = true;
	late = host_of(lan, 1, 9);
	late->is_slow = true;
	lan_pass_ms(lan, HOUR);
	assert_true(is_whole(lan));
	master = domain_master(lan);
	local = master == named(lan, "B1") ? named(lan, "A1") : named(lan, "B1");
	logged = local->log_count;
	pulls = local->pulls;
	lan_on(late);
	lan_pass_ms(lan, 24 * MINUTE);
	assert_int_equal(local->pulls - pulls, 2);
	assert_int_equal(lan_sent_since(local, logged, NBT_BROWSE_MASTER_ANNOUNCEMENT, &last), 2);
	assert_int_equal(lan_sent_since(master, 0, NBT_BROWSE_MASTER_ANNOUNCEMENT, &last), 0);
	assert_true(is_everywhere(lan, "B9", true));
	lan_free(lan);
}

/* Two workgroups that have no subnet in common: on every subnet the list has both. */
static void workgroups_of_other_subnets(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct lan *lan = three_subnets(seed, 2);
		struct lan_host *shop = lan_host(lan, "S1", "SHOP", "10.1.9.1");
		struct lan_host *local = lan_host(lan, "T1", "SHOP", "10.1.8.1");
		struct lan_host *master;

		expect_whole(lan, WHOLE);
		lan_on(shop);
		lan_on(local);
		lan_pass_ms(lan, 2 * MINUTE);
		master = browser_is_domain_master(shop->service, "SHOP") ? shop : local;
		for (size_t i = 0; i < SUBNETS; i++) {
			const char *names[] = { "A1", "B1", "C1" };
			const char *said = lan_master_of(named(lan, names[i]), "SHOP");

			assert_non_null(said);
			assert_string_equal(said, master->name);
		}
		assert_string_equal(lan_master_of(shop, "LAB"), domain_master(lan)->name);
		assert_string_equal(lan_master_of(local, "LAB"), domain_master(lan)->name);
		lan_pass_ms(lan, DAY);
		assert_non_null(lan_master_of(named(lan, "C1"), "SHOP"));
		lan_stop(shop);
		lan_stop(local);
		lan_pass_ms(lan, 4 * MINUTE);
		assert_null(lan_master_of(named(lan, "C1"), "SHOP"));
		lan_free(lan);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_becomes_it),
		cmocka_unit_test(without_an_nbns_nobody_does),
		cmocka_unit_test(who_is_to_be_it),
		cmocka_unit_test(who_is_not_to_be_it),
		cmocka_unit_test(changes_travel_at_once),
		cmocka_unit_test(the_domain_master_dies),
		cmocka_unit_test(the_domain_master_is_restarted),
		cmocka_unit_test(changes_travel_over_bad_lines),
		cmocka_unit_test(a_local_master_dies),
		cmocka_unit_test(a_local_master_stops),
		cmocka_unit_test(the_router_is_cut),
		cmocka_unit_test(the_configured_one_goes_first),
		cmocka_unit_test(others_are_not_hurried),
		cmocka_unit_test(workgroups_of_other_subnets),
	};

	return cmocka_run_group_tests_name("scenario_domain", tests, NULL, NULL);
}
