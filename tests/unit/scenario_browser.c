/* Browsers of a subnet among themselves: who becomes master, and what the lists hold. */
#include "lan.h"
#include "seeds.h"

#include <stdio.h>
#include <stdlib.h>

static struct lan_host *level(struct lan *lan, const char *name, const char *address, uint8_t level)
{
	struct lan_host *host = lan_host(lan, name, "LAB", address);

	host->settings.os_level = level;
	return host;
}

/*
 * Stories.
 */

static void alone(void **state)
{
	struct lan *lan = lan_new(1);
	struct lan_host *a = level(lan, "A", "10.1.0.1", 20);

	(void)state;
	lan_on(a);
	lan_pass_ms(lan, 30 * SECOND);
	assert_ptr_equal(lan_master(lan, "LAB"), a);
	lan_pass_ms(lan, DAY);
	assert_ptr_equal(lan_master(lan, "LAB"), a);
	assert_int_equal(a->sent[NBT_BROWSE_ELECTION], 4);
	lan_free(lan);
}

static void the_higher_level_wins(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct lan *lan = lan_new(seed);
		struct lan_host *weak = level(lan, "A", "10.1.0.1", 20);
		struct lan_host *strong = level(lan, "B", "10.1.0.2", 65);

		lan->loss = 20;
		lan->delay_ms = 30;
		strong->settings.preferred_master = true;
		lan_on(weak);
		lan_pass_ms(lan, 10 * MINUTE);
		assert_ptr_equal(lan_master(lan, "LAB"), weak);
		lan_on(strong);
		lan_pass_ms(lan, MINUTE);
		if (lan_master(lan, "LAB") != strong)
			fail_msg("seed %llu", (unsigned long long)seed);
		lan_pass_ms(lan, HOUR);
		assert_ptr_equal(lan_master(lan, "LAB"), strong);
		assert_true(lan_lists(strong, "LAB", "A"));
		lan_free(lan);
	}
}

/* A running master is not disturbed by one that is stronger but not preferred. */
static void a_potential_one_waits(void **state)
{
	struct lan *lan = lan_new(3);
	struct lan_host *weak = level(lan, "A", "10.1.0.1", 20);
	struct lan_host *strong = level(lan, "B", "10.1.0.2", 65);

	(void)state;
	lan_on(weak);
	lan_pass_ms(lan, 10 * MINUTE);
	lan_on(strong);
	lan_pass_ms(lan, 3 * HOUR);
	assert_ptr_equal(lan_master(lan, "LAB"), weak);
	assert_int_equal(strong->sent[NBT_BROWSE_ELECTION], 0);
	lan_free(lan);
}

/* The same level and the same uptime: the name decides, or whose claim it is. */
static void exact_ties(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 100; seed++) {
		static const char *const names[] = { "C", "A", "E", "B", "D" };
		struct lan *lan = lan_new(seed);

		lan->loss = seed % 2 ? 20 : 0;
		lan->delay_ms = (uint32_t)(seed % 40 + 1);
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			char address[16];
			struct lan_host *host;

			snprintf(address, sizeof(address), "10.1.0.%zu", 1 + (i + seed) % 5);
			host = level(lan, names[i], address, 20);
			host->settings.preferred_master = seed % 3 == 0;
			lan_on(host);
		}
		lan_pass_ms(lan, MINUTE);
		lan_master(lan, "LAB");
		lan_pass_ms(lan, HOUR);
		lan_master(lan, "LAB");
		lan_free(lan);
	}
}

/* A master that dies without a word is missed within 5 1/2 minutes; one that stops, at once. */
static void the_master_goes(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct lan *lan = lan_new(seed);
		struct lan_host *a = level(lan, "A", "10.1.0.1", 65);
		struct lan_host *b = level(lan, "B", "10.1.0.2", 20);
		struct lan_host *c = level(lan, "C", "10.1.0.3", 33), *first;

		a->settings.preferred_master = true;
		lan_on(a);
		lan_on(b);
		lan_on(c);
		lan_pass_ms(lan, HOUR);
		assert_ptr_equal(lan_master(lan, "LAB"), a);
		lan_stop(a);
		lan_pass_ms(lan, 10 * SECOND);
		assert_ptr_equal(lan_master(lan, "LAB"), c);
		assert_false(lan_lists(c, "LAB", "A"));
		lan_pass_ms(lan, HOUR);
		lan_crash(c);
		lan_pass_ms(lan, 5 * MINUTE + 45 * SECOND);
		assert_ptr_equal(lan_master(lan, "LAB"), b);
		lan_on(a);
		lan_pass_ms(lan, MINUTE);
		assert_ptr_equal(lan_master(lan, "LAB"), a);
		assert_int_equal(lan_masters(lan, "LAB", 1, &first), 0);
		lan_free(lan);
	}
}

/* Two halves with a master each come together: the better one stays. */
static void split_and_healed(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct lan *lan = lan_new(seed);
		struct lan_host *a = level(lan, "A", "10.1.0.1", 20);
		struct lan_host *b = level(lan, "B", "10.1.0.2", 33);

		lan_move(b, 1);
		lan_on(a);
		lan_on(b);
		lan_pass_ms(lan, HOUR + lan_random(lan, 600000));
		assert_int_equal(a->role, BROWSER_ROLE_MASTER);
		assert_int_equal(b->role, BROWSER_ROLE_MASTER);
		lan_move(b, 0);
		lan_pass_ms(lan, 12 * MINUTE + 30 * SECOND);
		assert_ptr_equal(lan_master(lan, "LAB"), b);
		lan_free(lan);
	}
}

/* A second host is made a backup, and serves the master's lists. */
static void a_backup_is_made(void **state)
{
	struct lan *lan = lan_new(7);
	struct lan_host *a = level(lan, "A", "10.1.0.1", 65);
	struct lan_host *b = level(lan, "B", "10.1.0.2", 20);
	struct lan_host *c = lan_host(lan, "C", "LAB", "10.1.0.3");

	(void)state;
	c->settings.local_master = false;
	lan_on(a);
	lan_pass_ms(lan, 30 * SECOND);
	lan_on(b);
	lan_on(c);
	lan_pass_ms(lan, 14 * MINUTE);
	assert_int_equal(b->role, BROWSER_ROLE_POTENTIAL);
	lan_pass_ms(lan, 3 * MINUTE);
	assert_int_equal(b->role, BROWSER_ROLE_BACKUP);
	assert_int_equal(c->role, BROWSER_ROLE_NON);
	assert_true(lan_lists(b, "LAB", "A") && lan_lists(b, "LAB", "C"));
	assert_int_equal(a->sent[NBT_BROWSE_BECOME_BACKUP], 1);
	lan_stop(c);
	lan_pass_ms(lan, 12 * MINUTE + SECOND);
	assert_false(lan_lists(b, "LAB", "C"));
	lan_free(lan);
}

/* MS-BRWS <51>: 1 backup for 2 to 31, 2 for 32 to 63. */
static void as_many_backups_as_it_takes(void **state)
{
	struct lan *lan = lan_new(9);
	size_t backups = 0;

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		char name[16], address[16];

		snprintf(name, sizeof(name), "H%zu", i);
		snprintf(address, sizeof(address), "10.1.0.%zu", i + 1);
		lan_on(level(lan, name, address, 20));
	}
	lan_pass_ms(lan, HOUR);
	lan_master(lan, "LAB");
	for (size_t i = 0; i < lan->host_count; i++)
		backups += lan->hosts[i]->role == BROWSER_ROLE_BACKUP;
	assert_int_equal(backups, 2);
	for (size_t i = 0; i < 30; i++)
		if (lan->hosts[i]->role == BROWSER_ROLE_POTENTIAL)
			lan_stop(lan->hosts[i]);
	lan_pass_ms(lan, 10 * MINUTE);
	lan_master(lan, "LAB");
	backups = 0;
	for (size_t i = 0; i < lan->host_count; i++)
		backups += lan->hosts[i]->role == BROWSER_ROLE_BACKUP;
	assert_int_equal(backups, 1);
	lan_free(lan);
}

/* Twice nothing: the backup elects, and the master that is there wins. */
static void a_master_that_gives_no_list(void **state)
{
	struct lan *lan = lan_new(11);
	struct lan_host *a = level(lan, "A", "10.1.0.1", 65);
	struct lan_host *b = level(lan, "B", "10.1.0.2", 20);

	(void)state;
	lan_on(a);
	lan_pass_ms(lan, 30 * SECOND);
	lan_on(b);
	lan_pass_ms(lan, 20 * MINUTE);
	assert_int_equal(b->role, BROWSER_ROLE_BACKUP);
	a->is_deaf_to_pulls = true;
	memset(b->sent, 0, sizeof(b->sent));
	lan_pass_ms(lan, 14 * MINUTE);
	assert_true(b->sent[NBT_BROWSE_ELECTION] > 0);
	assert_ptr_equal(lan_master(lan, "LAB"), a);
	lan_free(lan);
}

/* Masters of two workgroups hear of each other. */
static void workgroups(void **state)
{
	struct lan *lan = lan_new(13);
	struct lan_host *a = level(lan, "A", "10.1.0.1", 20);
	struct lan_host *b = lan_host(lan, "B", "SHOP", "10.1.0.2");
	struct lists_view view;

	(void)state;
	lan_on(a);
	lan_on(b);
	lan_pass_ms(lan, 2 * MINUTE);
	assert_ptr_equal(lan_master(lan, "LAB"), a);
	assert_ptr_equal(lan_master(lan, "SHOP"), b);
	assert_true(lists_find(browser_lists(a->service), LISTS_WORKGROUPS, "SHOP", "SHOP", &view));
	assert_string_equal(view.record->comment, "B");
	assert_true(lists_find(browser_lists(b->service), LISTS_WORKGROUPS, "LAB", "LAB", &view));
	assert_string_equal(view.record->comment, "A");
	lan_crash(b);
	lan_pass_ms(lan, 46 * MINUTE);
	assert_false(
		lists_find(browser_lists(a->service), LISTS_WORKGROUPS, "SHOP", "SHOP", &view));
	lan_free(lan);
}

/* One host in two workgroups is the master of both, with one __MSBROWSE__. */
static void one_host_in_two(void **state)
{
	struct lan *lan = lan_new(15);
	struct lan_host *a = level(lan, "A", "10.1.0.1", 20);

	(void)state;
	a->workgroups[1] = "SHOP";
	a->settings.workgroup_count = 2;
	lan_on(a);
	lan_pass_ms(lan, MINUTE);
	assert_int_equal(a->name_count, 1 + 2 * 2 + 3);
	lan_stop(a);
	lan_free(lan);
}

/* Without nbddd for less than 10 s a master stays one; for longer it begins anew. */
static void without_a_datagram_service(void **state)
{
	struct lan *lan = lan_new(17);
	struct lan_host *a = level(lan, "A", "10.1.0.1", 20);

	(void)state;
	lan_on(a);
	lan_pass_ms(lan, MINUTE);
	lan_disconnect(a);
	lan_pass_ms(lan, 9 * SECOND);
	lan_reconnect(a);
	lan_pass_ms(lan, MINUTE);
	assert_int_equal(a->role, BROWSER_ROLE_MASTER);
	assert_int_equal(a->sent[NBT_BROWSE_ELECTION], 4);
	lan_disconnect(a);
	lan_pass_ms(lan, 9999);
	assert_int_equal(a->role, BROWSER_ROLE_MASTER);
	lan_pass_ms(lan, 1);
	assert_int_equal(a->role, BROWSER_ROLE_OFF);
	lan_pass_ms(lan, HOUR);
	lan_reconnect(a);
	lan_pass_ms(lan, MINUTE);
	assert_int_equal(a->role, BROWSER_ROLE_MASTER);
	lan_free(lan);
}

/* nmbd's remote announce: a host is listed in another subnet. */
static void announced_far_away(void **state)
{
	struct lan *lan = lan_new(19);
	struct lan_host *a = level(lan, "A", "10.1.0.1", 20);
	struct lan_host *b = level(lan, "B", "10.2.0.1", 20);
	struct browser_remote remote = { .workgroup = NULL };

	(void)state;
	remote.address.s_addr = b->address.s_addr | htonl(255);
	a->settings.remotes = &remote;
	a->settings.remote_count = 1;
	lan_on(b);
	lan_on(a);
	lan_pass_ms(lan, 4 * MINUTE);
	assert_int_equal(a->role, BROWSER_ROLE_MASTER);
	assert_int_equal(b->role, BROWSER_ROLE_MASTER);
	assert_true(lan_lists(b, "LAB", "A"));
	assert_false(lan_lists(a, "LAB", "B"));
	lan_crash(a);
	lan_pass_ms(lan, 9 * MINUTE);
	assert_false(lan_lists(b, "LAB", "A"));
	lan_free(lan);
}

/*
 * A week: fifty hosts in two workgroups that come, go, die, are split and healed, and 2 % loss.
 */

#define QUIET_MS  (30 * SECOND)
#define NOTICE_MS (36 * MINUTE) /* two announcements of a rival may be lost */
#define GAP_MS    (9 * MINUTE)  /* a check may be lost, too, and so may an election */
#define LOST_MS   (36 * MINUTE) /* announcements */
#define LIFE_MS   (36 * MINUTE + 2 * SECOND)

static const char *const groups[] = { "LAB", "SHOP" };

/* What the week is measured by. */
static struct week {
	uint64_t disturbed_ms;                        /* when somebody came, went or moved */
	uint64_t masterless_ms[2][2], twins_ms[2][2]; /* of a group on a side; 0: it is not so */
} week;

static size_t living(const struct lan *lan, const char *group, uint8_t side)
{
	size_t count = 0;

	for (size_t i = 0; i < lan->host_count; i++)
		count += lan->hosts[i]->is_on && lan->hosts[i]->side == side &&
			 strcmp(lan->hosts[i]->workgroups[0], group) == 0;
	return count;
}

static uint64_t since(uint64_t *mark, bool is_so, uint64_t now)
{
	if (!is_so)
		*mark = 0;
	else if (*mark == 0)
		*mark = now;
	return *mark == 0 ? 0 : now - *mark;
}

/* Each of several masters that has heard of another has been it for no longer than this. */
static void check_met(struct lan *lan, const char *group, uint8_t side)
{
	uint64_t now = lan->env.now_ms;

	for (size_t i = 0; i < lan->host_count; i++) {
		struct lan_host *host = lan->hosts[i];

		if (host->side != side || host->role != BROWSER_ROLE_MASTER || host->met_ms == 0 ||
		    strcmp(host->workgroups[0], group) != 0)
			continue;
		if (now > host->met_ms + QUIET_MS && now > week.disturbed_ms + QUIET_MS)
			fail_msg("seed %llu: two masters of %s after quiet, %s is one",
				 (unsigned long long)lan->seed, group, host->name);
	}
}

/* The masters of a group on a side. */
struct masters {
	size_t count;
	struct lan_host *first;
};

static void check_group(struct lan *lan, size_t g, uint8_t side, const struct masters *masters)
{
	uint64_t now = lan->env.now_ms;
	size_t count = masters->count;

	if (since(&week.twins_ms[g][side], count > 1, now) > NOTICE_MS)
		fail_msg("seed %llu: %zu masters of %s for long", (unsigned long long)lan->seed,
			 count, groups[g]);
	if (since(&week.masterless_ms[g][side], count == 0, now) > GAP_MS &&
	    now - week.disturbed_ms > GAP_MS && living(lan, groups[g], side) > 0)
		fail_msg("seed %llu: no master of %s", (unsigned long long)lan->seed, groups[g]);
	if (count > 1)
		check_met(lan, groups[g], side);
	else if (masters->first != NULL)
		masters->first->met_ms = 0;
}

/* After every event: all of them are counted in one go. */
static void check_masters(struct lan *lan)
{
	struct masters masters[2][2] = { 0 };

	for (size_t i = 0; i < lan->host_count; i++) {
		struct lan_host *host = lan->hosts[i];
		struct masters *of;

		if (host->role != BROWSER_ROLE_MASTER)
			continue;
		of = &masters[strcmp(host->workgroups[0], groups[0]) != 0][host->side];
		if (of->count++ == 0)
			of->first = host;
	}
	for (size_t g = 0; g < 2; g++)
		for (uint8_t side = 0; side < 2; side++)
			check_group(lan, g, side, &masters[g][side]);
}

struct dead_check {
	const struct lan *lan;
	const struct lan_host *of;
};

static bool is_alive_for(const struct lan_host *of, const struct lan_host *host)
{
	return host->is_on && host->side == of->side;
}

static bool check_entry(void *ctx, const struct lists_view *view)
{
	const struct dead_check *check = ctx;
	const struct lan *lan = check->lan;

	for (size_t i = 0; i < lan->host_count; i++) {
		const struct lan_host *host = lan->hosts[i];
		/* Heard by the master, pulled from it at the last moment, and not pulled again. */
		uint64_t life =
			view->source.origin == LISTS_HEARD ? LIFE_MS : 2 * LIFE_MS + 13 * MINUTE;

		if (strcmp(host->name, view->record->name) != 0 || is_alive_for(check->of, host))
			continue;
		/* Of those on the other side somebody who was there may have told. */
		if (host->is_on && view->source.origin != LISTS_HEARD)
			continue;
		if (lan->env.now_ms > host->seen_ms + life &&
		    (!host->is_on || lan->env.now_ms > check->of->seen_ms + life))
			fail_msg("seed %llu: %s lists %s, dead for %llu s",
				 (unsigned long long)lan->seed, check->of->name, host->name,
				 (unsigned long long)(lan->env.now_ms - host->seen_ms) / 1000);
	}
	return true;
}

/* Nothing has happened for long: the lists are the truth. */
static void check_whole(const struct lan *lan, const struct lan_host *of)
{
	for (size_t i = 0; i < lan->host_count; i++) {
		const struct lan_host *host = lan->hosts[i];

		if (host->lost_ms != 0 && lan->env.now_ms < host->lost_ms + 26 * MINUTE)
			continue;
		if (is_alive_for(of, host) && strcmp(host->workgroups[0], of->workgroups[0]) == 0 &&
		    !lan_lists(of, of->workgroups[0], host->name))
			fail_msg("seed %llu: %s does not list %s", (unsigned long long)lan->seed,
				 of->name, host->name);
	}
}

static void check_lists(struct lan *lan)
{
	uint64_t now = lan->env.now_ms;

	for (size_t i = 0; i < lan->host_count; i++) {
		const struct lan_host *host = lan->hosts[i];
		struct dead_check check = { lan, host };
		uint64_t wait = host->role == BROWSER_ROLE_BACKUP ? LOST_MS + 26 * MINUTE : LOST_MS;
		struct lan_host *master;

		if (!host->is_on)
			continue;
		lists_each(browser_lists(host->service), LISTS_SERVERS, NULL, NULL, check_entry,
			   &check);
		if ((host->role == BROWSER_ROLE_MASTER || host->role == BROWSER_ROLE_BACKUP) &&
		    now > week.disturbed_ms + wait && now > host->role_ms + wait &&
		    lan_masters(lan, host->workgroups[0], host->side, &master) == 1 &&
		    now > master->role_ms + wait) /* one elected lately knows few */
			check_whole(lan, host);
	}
}

static void disturb(struct lan *lan)
{
	struct lan_host *host = lan->hosts[lan_random(lan, (uint32_t)lan->host_count)];

	week.disturbed_ms = lan->env.now_ms;
	if (lan_random(lan, 4) == 0)
		lan_move(host, host->side == 0 && lan_random(lan, 2) == 0);
	else if (!host->is_on)
		lan_on(host);
	else if (lan_random(lan, 2) == 0)
		lan_crash(host);
	else
		lan_stop(host);
}

static void make_hosts(struct lan *lan, size_t count)
{
	static const uint8_t levels[] = { 20, 20, 20, 33, 65, 0 };

	for (size_t i = 0; i < count; i++) {
		char name[16], address[16];
		struct lan_host *host;

		snprintf(name, sizeof(name), "H%zu", i);
		snprintf(address, sizeof(address), "10.1.0.%zu", i + 1);
		host = lan_host(lan, name, groups[lan_random(lan, 3) == 0], address);
		host->settings.os_level = levels[lan_random(lan, ARRAY_SIZE(levels))];
		host->settings.preferred_master = lan_random(lan, 10) == 0;
		if (lan_random(lan, 2) == 0)
			lan_on(host);
	}
}

/* Spells of trouble, and hours of peace. */
static void a_week(uint64_t seed)
{
	struct lan *lan = lan_new(seed);
	uint64_t end = lan->env.now_ms + 7 * DAY;

	week = (struct week){ .disturbed_ms = lan->env.now_ms };
	lan->loss = 20;
	lan->delay_ms = 40;
	lan->each_step = check_masters;
	make_hosts(lan, 50);
	while (lan->env.now_ms < end) {
		for (uint32_t i = lan_random(lan, 20); i > 0; i--) {
			disturb(lan);
			lan_pass_ms(lan, lan_random(lan, lan_random(lan, 3) == 0 ? 600000 : 5000));
		}
		for (uint32_t i = lan_random(lan, 24); i > 0; i--) {
			lan_pass_ms(lan, 10 * MINUTE);
			check_lists(lan);
		}
	}
	lan_free(lan);
}

static void weeks(void **state)
{
	struct seeds seeds = seeds_wanted(20);

	(void)state;
	for (uint64_t seed = seeds.first; seed <= seeds.last; seed++)
		a_week(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone),
		cmocka_unit_test(the_higher_level_wins),
		cmocka_unit_test(a_potential_one_waits),
		cmocka_unit_test(exact_ties),
		cmocka_unit_test(the_master_goes),
		cmocka_unit_test(split_and_healed),
		cmocka_unit_test(a_backup_is_made),
		cmocka_unit_test(as_many_backups_as_it_takes),
		cmocka_unit_test(a_master_that_gives_no_list),
		cmocka_unit_test(workgroups),
		cmocka_unit_test(one_host_in_two),
		cmocka_unit_test(without_a_datagram_service),
		cmocka_unit_test(announced_far_away),
		cmocka_unit_test(weeks),
	};

	return cmocka_run_group_tests_name("scenario_browser", tests, NULL, NULL);
}
