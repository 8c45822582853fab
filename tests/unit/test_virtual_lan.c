/* The virtual LAN of RFC 1001: P nodes in several subnets are one browse domain with one master. */
#include "lan.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "browserd/text.h"

#define SUBNETS 3
#define HOSTS   4 /* in each */
#define SEEDS   50

static struct lan_host *p_host(struct lan *lan, const char *name, const char *workgroup,
			       const char *address)
{
	struct lan_host *host = lan_host(lan, name, workgroup, address);

	host->settings.virtual_lan = true;
	return host;
}

/* All of them on, within 10 s. */
static struct lan *three_sites(uint64_t seed)
{
	struct lan *lan = lan_new(seed);
	char name[16], address[16];

	lan->has_nbns = true;
	for (int subnet = 1; subnet <= SUBNETS; subnet++)
		for (int i = 1; i <= HOSTS; i++) {
			snprintf(name, sizeof(name), "H%d%d", subnet, i);
			snprintf(address, sizeof(address), "10.%d.0.%d", subnet, i);
			p_host(lan, name, "LAB", address);
		}
	for (size_t i = 0; i < lan->host_count; i++) {
		lan_on(lan->hosts[i]);
		lan_pass_ms(lan, lan_random(lan, 10000 / SUBNETS / HOSTS));
	}
	return lan;
}

/* The one master, whose list has all that are on; and nobody joins what is one. */
static struct lan_host *expect_whole(struct lan *lan)
{
	struct lan_host *master = lan_master(lan, "LAB");

	for (size_t i = 0; i < lan->host_count; i++)
		assert_false(lan->hosts[i]->is_on &&
			     browser_is_domain_master(lan->hosts[i]->service, "LAB"));
	for (size_t i = 0; i < lan->host_count; i++)
		if (lan->hosts[i]->is_on && !lan_lists(master, "LAB", lan->hosts[i]->name))
			fail_msg("seed %llu: %s is not in the list of %s",
				 (unsigned long long)lan->seed, lan->hosts[i]->name, master->name);
	return master;
}

static size_t elections(const struct lan *lan)
{
	size_t sum = 0;

	for (size_t i = 0; i < lan->host_count; i++)
		sum += lan->hosts[i]->sent[NBT_BROWSE_ELECTION];
	return sum;
}

/* Each with its default timers. */
static void one_master_over_all_subnets(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct lan *lan = three_sites(seed);
		struct lan_host *master;
		size_t before;

		lan_pass_ms(lan, 50 * SECOND);
		master = expect_whole(lan);
		before = elections(lan);
		lan_pass_ms(lan, HOUR);
		assert_ptr_equal(expect_whole(lan), master);
		assert_int_equal(elections(lan), before);
		lan_free(lan);
	}
}

/* Also when the potential browsers have no list of their own yet. */
static void another_within_a_minute(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct lan *lan = three_sites(seed);

		lan_pass_ms(lan, seed % 2 == 0 ? MINUTE : HOUR);
		lan_crash(lan_master(lan, "LAB"));
		lan_pass_ms(lan, MINUTE);
		(void)expect_whole(lan);
		lan_free(lan);
	}
}

static void a_goodbye_is_heard_everywhere(void **state)
{
	struct lan *lan = three_sites(1);
	struct lan_host *master, *leaves;

	(void)state;
	lan_pass_ms(lan, MINUTE);
	master = lan_master(lan, "LAB");
	leaves = lan->hosts[lan->hosts[0] == master ? 5 : 0];
	lan_stop(leaves);
	lan_pass_ms(lan, SECOND);
	assert_false(lan_lists(master, "LAB", leaves->name));
	lan_stop(master);
	lan_pass_ms(lan, 45 * SECOND);
	(void)expect_whole(lan);
	lan_free(lan);
}

/* It asks the master by its name, and is answered alone: nobody else hears of it. */
static void a_new_host_is_listed_at_once(void **state)
{
	struct lan *lan = three_sites(1);
	struct lan_host *fresh = p_host(lan, "FRESH", "LAB", "10.3.0.99");
	struct lan_host *master;
	size_t before, announced;

	(void)state;
	lan_pass_ms(lan, 2 * MINUTE);
	master = lan_master(lan, "LAB");
	before = elections(lan);
	announced = master->sent[NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT];
	lan_on(fresh);
	lan_pass_ms(lan, 2 * SECOND);
	assert_true(lan_lists(master, "LAB", "FRESH"));
	assert_int_equal(master->sent[NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT], announced);
	lan_pass_ms(lan, 10 * SECOND);
	assert_int_equal(elections(lan), before);
	lan_free(lan);
}

/* WINS knows no <1D>: hosts that know the master ask it where it is, and all is quiet. */
static void a_name_server_without_names_of_masters(void **state)
{
	struct lan *lan = lan_new(3);
	struct lan_host *a = p_host(lan, "ANNE", "LAB", "10.1.0.1");
	size_t before;

	(void)state;
	lan->no_master_names = true;
	p_host(lan, "BOB", "LAB", "10.2.0.1");
	p_host(lan, "CARL", "LAB", "10.3.0.1");
	for (size_t i = 0; i < lan->host_count; i++)
		lan_on(lan->hosts[i]);
	lan_pass_ms(lan, MINUTE);
	(void)expect_whole(lan);
	before = elections(lan);
	lan_pass_ms(lan, HOUR);
	(void)expect_whole(lan);
	assert_int_equal(elections(lan), before);
	assert_true(a->is_on);
	lan_free(lan);
}

/* A site is cut off for a while: it has no master, since it cannot have the name; or has another,
 * and the two become one when it is back. */
static void two_parts_become_one(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct lan *lan = three_sites(seed);

		lan_pass_ms(lan, 2 * MINUTE);
		for (size_t i = 0; i < HOSTS; i++)
			lan_move(lan->hosts[i], 1);
		lan_pass_ms(lan, 10 * MINUTE);
		for (size_t i = 0; i < HOSTS; i++)
			lan_move(lan->hosts[i], 0);
		lan_pass_ms(lan, 13 * MINUTE);
		(void)expect_whole(lan);
		lan_free(lan);
	}
}

static bool lists_workgroup(const struct lan_host *host, const char *name)
{
	struct lists_view view;

	return lists_find(browser_lists(host->service), LISTS_WORKGROUPS, name, name, &view);
}

static void masters_of_workgroups_know_each_other(void **state)
{
	struct lan *lan = lan_new(1);
	struct lan_host *a = p_host(lan, "ANNE", "LAB", "10.1.0.1");
	struct lan_host *b = p_host(lan, "BOB", "SHOP", "10.2.0.1");

	(void)state;
	lan_on(a);
	lan_on(b);
	lan_pass_ms(lan, MINUTE);
	assert_int_equal(a->role, BROWSER_ROLE_MASTER);
	assert_int_equal(b->role, BROWSER_ROLE_MASTER);
	assert_true(lists_workgroup(a, "SHOP") && lists_workgroup(b, "LAB"));
	lan_free(lan);
}

/* Becomes one, wherever it is, and leaves that when the master says so. */
static void a_backup_in_another_subnet(void **state)
{
	struct lan *lan = lan_new(1);
	struct lan_host *a = p_host(lan, "ANNE", "LAB", "10.1.0.1");
	struct lan_host *b = p_host(lan, "BOB", "LAB", "10.2.0.1");
	struct lan_host *other = p_host(lan, "OTHER", "SHOP", "10.4.0.1");
	const struct nbt_browse reset = { .opcode = NBT_BROWSE_RESET_STATE,
					  .reset = NBT_RESET_CLEAR_ALL };

	(void)state;
	a->settings.os_level = 30;
	lan_on(a);
	lan_on(b);
	lan_on(other);
	lan_pass_ms(lan, 20 * MINUTE);
	assert_ptr_equal(lan_master(lan, "LAB"), a);
	assert_int_equal(b->role, BROWSER_ROLE_BACKUP);
	assert_true(lan_lists(b, "LAB", "ANNE"));
	lan_forge(other, "BOB<00>", &reset);
	lan_pass_ms(lan, SECOND);
	assert_int_equal(b->role, BROWSER_ROLE_BACKUP);
	lan_forge(a, "BOB<00>", &reset);
	lan_pass_ms(lan, SECOND);
	assert_int_equal(b->role, BROWSER_ROLE_POTENTIAL);
	lan_free(lan);
}

static void count_role(void *ctx, const struct browser_role_view *view)
{
	struct in_addr *found = ctx;

	assert_int_equal(found->s_addr, 0);
	*found = view->interface;
}

static struct in_addr interface_of(const struct lan_host *host)
{
	struct in_addr found = { 0 };

	browser_each_role(host->service, count_role, &found);
	return found;
}

/* There is one role, whatever the number of interfaces; it stays where it is while it can. */
static void one_role_of_several_interfaces(void **state)
{
	const struct browser_interface one = { { inet_addr("10.9.0.1") }, { htonl(0xFFFFFF00) } };
	struct lan *lan = lan_new(1);
	struct lan_host *a = p_host(lan, "ANNE", "LAB", "10.1.0.1");
	struct browser_interface two[2];

	(void)state;
	lan_on(a);
	two[0] = one;
	two[1] = (struct browser_interface){ a->address, { htonl(0xFFFFFF00) } };
	lan_pass_ms(lan, MINUTE);
	assert_int_equal(a->role, BROWSER_ROLE_MASTER);
	assert_true(browser_set_interfaces(a->service, two, 2, &lan->env));
	assert_int_equal(interface_of(a).s_addr, a->address.s_addr);
	assert_int_equal(a->role, BROWSER_ROLE_MASTER);
	assert_true(browser_set_interfaces(a->service, two, 1, &lan->env));
	assert_int_equal(interface_of(a).s_addr, one.address.s_addr);
	lan_free(lan);
}

/* Whoever sends one unasked is not taken for the master. */
static void answers_that_nobody_asked_for(void **state)
{
	struct lan *lan = lan_new(1);
	struct lan_host *a = p_host(lan, "ANNE", "LAB", "10.1.0.1");
	struct lan_host *b = p_host(lan, "BOB", "LAB", "10.2.0.1");
	struct lan_host *evil = p_host(lan, "EVIL", "SHOP", "10.4.0.1");
	const struct nbt_browse answer = { .opcode = NBT_BROWSE_GET_BACKUP_LIST_RESPONSE,
					   .count = 1,
					   .token = 1,
					   .backup = { "EVIL" } };

	(void)state;
	a->settings.os_level = 30;
	lan_on(a);
	lan_on(b);
	lan_on(evil);
	lan_pass_ms(lan, MINUTE);
	for (int i = 0; i < 100; i++) {
		lan_forge(evil, "BOB<00>", &answer);
		lan_pass_ms(lan, 300);
	}
	assert_ptr_equal(lan_master(lan, "LAB"), a);
	assert_true(browser_stats(b->service)->values[BROWSER_UNEXPECTED] >= 100);
	lan_free(lan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_master_over_all_subnets),
		cmocka_unit_test(another_within_a_minute),
		cmocka_unit_test(a_goodbye_is_heard_everywhere),
		cmocka_unit_test(a_new_host_is_listed_at_once),
		cmocka_unit_test(a_name_server_without_names_of_masters),
		cmocka_unit_test(two_parts_become_one),
		cmocka_unit_test(masters_of_workgroups_know_each_other),
		cmocka_unit_test(a_backup_in_another_subnet),
		cmocka_unit_test(one_role_of_several_interfaces),
		cmocka_unit_test(answers_that_nobody_asked_for),
	};

	return cmocka_run_group_tests_name("virtual LAN", tests, NULL, NULL);
}
