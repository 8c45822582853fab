/* Twenty subnets with ten hosts each, two workgroups, an NBNS, 2 % loss. Hosts come, go and die,
 * routers are cut and mended, and there are hours of peace: what must hold then, in all of it and
 * in the end. */
#include "lan.h"
#include "seeds.h"

#include <stdio.h>
#include <stdlib.h>

#define SUBNETS          20
#define HOSTS            10 /* of a subnet */
#define GROUPS           2  /* the second has two hosts in every other subnet */

/*
 * The bounds, and why. They are times of the protocol, each with one loss more than two in a row.
 */

#define STEP_MS          (5 * SECOND) /* how often is looked */
#define QUIET_MS         (30 * SECOND)
/* Two announcements of a rival may be lost. */
#define TWINS_MS         (36 * MINUTE + STEP_MS)
/* Who is there in place of a dead local master: a check may be lost, too, and so may an election.
 */
#define GAP_MS           (9 * MINUTE)
/* A host is forgotten by its master after three announcements that did not come. */
#define LIFE_MS          (36 * MINUTE + 2 * SECOND)
/* A list is fetched every 12 minutes, and again a minute after it could not be. */
#define SYNC_MS          (13 * MINUTE + STEP_MS)
/* What a local master knows all others do: the domain master fetches it, and they from there. */
#define EVERYWHERE_MS    (2 * SYNC_MS)
/* The same among browserds: half a second's wait and a second's gap on both ways. */
#define AT_ONCE_MS       MINUTE
/* Who died just before his record was given away, and was given away just before that could not be
 * fetched again: at the local master, the domain master, another local one and its backup. */
#define DEAD_MS          (4 * LIFE_MS)
/* The same where each fetches in time. */
#define DEAD_IN_PEACE_MS (LIFE_MS + 2 * SYNC_MS + SYNC_MS)
/* The same of a workgroup's master, who is announced every 15 minutes. */
#define GROUP_MS         (45 * MINUTE + 3 * SYNC_MS)

struct group {
	const char *name;
	struct lan_host *masters[SUBNETS]; /* the only one on side 0, or NULL */
	struct lan_host *domain_master;    /* the same */
	/* Since when it is so; 0: it is not. */
	uint64_t masterless_ms[SUBNETS], twins_ms[SUBNETS], domainless_ms, domain_twins_ms;
};

static struct week {
	struct group groups[GROUPS];
	uint64_t disturbed_ms[SUBNETS], any_ms; /* when somebody came, went or moved */
	uint64_t moved_ms;                      /* when somebody moved, with what he knew */
	uint64_t missing_ms[SUBNETS * HOSTS]
			   [SUBNETS]; /* since when a master does not list a host */
	bool is_probing, has_slow;
} week;

/* Times from a host's beginning or end until all local masters know. */
static struct times {
	uint64_t ms[1 << 16];
	size_t count, late;
} come, gone, begun;

static struct lan_traffic total; /* of all subnets */
static double hours;

static size_t subnet_of(const struct lan_host *host)
{
	return ((const uint8_t *)&host->address.s_addr)[2] - 1U;
}

static struct group *group_of(const struct lan_host *host)
{
	return &week.groups[strcmp(host->workgroups[0], week.groups[0].name) != 0];
}

static bool lists_it(const struct lan_host *of, const struct lan_host *host)
{
	return lan_lists(of, host->workgroups[0], host->name);
}

static uint64_t since(uint64_t *mark, bool is_so, uint64_t now)
{
	if (!is_so)
		*mark = 0;
	else if (*mark == 0)
		*mark = now;
	return *mark == 0 ? 0 : now - *mark;
}

static bool is_here(const struct lan_host *host)
{
	return host->is_on && host->side == 0;
}

static void complain(const struct lan *lan, const char *what, const char *who, const char *of)
{
	fail_msg("seed %llu at %.1f: %s %s %s", (unsigned long long)lan->seed,
		 (double)lan->env.now_ms / 1000, who, what, of);
}

/*
 * Always: one local master of each subnet, and one domain master, on the NBNS's side.
 */

/* Each of two masters that has heard of the other has been it for no longer than this. */
static void check_met(const struct lan *lan, const struct lan_host *host)
{
	uint64_t now = lan->env.now_ms;

	if (host->met_ms != 0 && now > host->met_ms + QUIET_MS + STEP_MS &&
	    now > week.disturbed_ms[subnet_of(host)] + QUIET_MS + STEP_MS)
		complain(lan, "is a second master after quiet", host->name, "");
}

static void look_at_masters(struct lan *lan, struct group *group, size_t *counts, size_t *electable)
{
	memset(group->masters, 0, sizeof(group->masters));
	for (size_t i = 0; i < lan->host_count; i++) {
		struct lan_host *host = lan->hosts[i];
		size_t s = subnet_of(host);

		if (!is_here(host) || group_of(host) != group)
			continue;
		electable[s] += host->settings.local_master;
		if (host->role != BROWSER_ROLE_MASTER)
			continue;
		group->masters[s] = counts[s]++ == 0 ? host : NULL;
	}
}

static void check_subnet(const struct lan *lan, struct group *group, size_t s, size_t masters,
			 size_t electable)
{
	char name[] = { 'N', 'e', 't', ' ', (char)('A' + s), '\0' };
	uint64_t now = lan->env.now_ms;

	if (since(&group->twins_ms[s], masters > 1, now) > TWINS_MS)
		complain(lan, "has several masters for long", name, group->name);
	if (since(&group->masterless_ms[s], masters == 0 && electable > 0, now) > GAP_MS &&
	    now - week.disturbed_ms[s] > GAP_MS)
		complain(lan, "has no master", name, group->name);
}

static void check_masters(struct lan *lan, struct group *group)
{
	size_t counts[SUBNETS] = { 0 }, electable[SUBNETS] = { 0 };

	look_at_masters(lan, group, counts, electable);
	for (size_t i = 0; i < lan->host_count; i++) {
		struct lan_host *host = lan->hosts[i];

		if (group_of(host) != group)
			continue;
		if (!is_here(host) || counts[subnet_of(host)] < 2)
			host->met_ms = 0;
		else if (host->role == BROWSER_ROLE_MASTER)
			check_met(lan, host);
	}
	for (size_t s = 0; s < SUBNETS; s++)
		check_subnet(lan, group, s, counts[s], electable[s]);
}

/* One that was cut off asks the NBNS every 10 s, or where nothing but the protocol's times is
 * wanted every 12 minutes, whether it still is. */
static uint64_t domain_twins_max(void)
{
	return week.is_probing ? 20 * SECOND : SYNC_MS;
}

/* A local master must miss it twice, and so must everybody who would be it. */
static uint64_t domainless_max(void)
{
	return week.is_probing ? MINUTE : 3 * SYNC_MS;
}

static void check_domain(struct lan *lan, struct group *group)
{
	uint64_t now = lan->env.now_ms;
	bool is_wanted = false;
	size_t count = 0;

	group->domain_master = NULL;
	for (size_t i = 0; i < lan->host_count; i++) {
		struct lan_host *host = lan->hosts[i];

		if (!is_here(host) || group_of(host) != group)
			continue;
		is_wanted |= host->role == BROWSER_ROLE_MASTER &&
			     now > host->role_ms + domainless_max() &&
			     host->settings.domain_master != BROWSER_DOMAIN_NO;
		if (browser_is_domain_master(host->service, group->name))
			group->domain_master = count++ == 0 ? host : NULL;
	}
	if (since(&group->domain_twins_ms, count > 1, now) > domain_twins_max())
		complain(lan, "has several domain masters", group->name, "");
	if (since(&group->domainless_ms, count == 0 && is_wanted, now) > domainless_max() &&
	    now > week.any_ms + domainless_max())
		complain(lan, "has no domain master", group->name, "");
}

static void pass(struct lan *lan, uint64_t ms)
{
	for (uint64_t step; ms > 0; ms -= step) {
		step = nbt_earlier(ms, STEP_MS);
		lan_pass_ms(lan, step);
		for (size_t g = 0; g < GROUPS; g++) {
			check_masters(lan, &week.groups[g]);
			check_domain(lan, &week.groups[g]);
		}
	}
}

/*
 * In peace: the lists are the truth.
 */

struct dead_check {
	const struct lan *lan;
	const struct lan_host *of;
	struct lan_host *const *by_name; /* of "A1" to "T10": 10 * subnet + number - 1 */
};

static bool is_alive_for(const struct lan_host *of, const struct lan_host *host)
{
	return host->is_on && host->side == of->side;
}

static size_t named_index(const char *name)
{
	return (size_t)(name[0] - 'A') * HOSTS + strtoul(name + 1, NULL, 10) - 1;
}

static struct lan_host *named(const struct lan *lan, const char *name)
{
	return lan->hosts[named_index(name)];
}

static bool check_entry(void *ctx, const struct lists_view *view)
{
	const struct dead_check *check = ctx;
	const struct lan_host *host = named(check->lan, view->record->name), *of = check->of;
	uint64_t now = check->lan->env.now_ms, life = DEAD_MS;

	if (view->source.origin == LISTS_HEARD)
		life = LIFE_MS;
	else if (now > week.any_ms + DEAD_IN_PEACE_MS)
		life = DEAD_IN_PEACE_MS;
	if (is_alive_for(of, host) || now < host->seen_ms + life || now < of->seen_ms + life ||
	    (host->is_on && now < week.moved_ms + life))
		return true;
	complain(check->lan, "lists the dead", of->name, host->name);
	return false;
}

/* Whether its own master should have heard it by now. */
static bool is_heard_for_long(const struct lan *lan, const struct lan_host *host,
			      const struct lan_host *master)
{
	uint64_t now = lan->env.now_ms;

	return (host->lost_ms == 0 || now > host->lost_ms + 26 * MINUTE) &&
	       now > week.disturbed_ms[subnet_of(host)] + LIFE_MS &&
	       now > master->role_ms + LIFE_MS;
}

static void check_own(const struct lan *lan, const struct lan_host *host,
		      const struct lan_host *master)
{
	if (is_heard_for_long(lan, host, master) && !lists_it(master, host))
		complain(lan, "does not list its own", master->name, host->name);
}

static bool is_quick(const struct lan_host *own, const struct lan_host *other)
{
	return !own->is_slow && !other->is_slow && !group_of(own)->domain_master->is_slow;
}

/* Twelve minutes are between two MasterAnnouncements, and with three lost a local master is none to
 * its domain master until the next; but browserds that ask each other speak all the time. */
static uint64_t patience(const struct lan_host *own, const struct lan_host *other)
{
	return is_quick(own, other) && week.is_probing ? 0 : EVERYWHERE_MS;
}

/* What its own master has known for long, another does. */
static void check_others(const struct lan *lan, const struct lan_host *host,
			 const struct lan_host *own, const struct lan_host *other)
{
	uint64_t wait = is_quick(own, other) ? AT_ONCE_MS : EVERYWHERE_MS;
	uint64_t now = lan->env.now_ms;
	uint64_t *missing_ms = &week.missing_ms[named_index(host->name)][subnet_of(other)];
	struct lists_view view;
	bool is_missing = lists_find(browser_lists(own->service), LISTS_SERVERS,
				     host->workgroups[0], host->name, &view) &&
			  view.is_local && now > view.since_ms + wait && !lists_it(other, host);

	(void)since(missing_ms, is_missing, now);
	if (is_missing && now >= *missing_ms + patience(own, other))
		complain(lan, "does not list", other->name, host->name);
}

/* Both have long been masters, and the domain master has long been it. */
static bool is_settled(const struct lan *lan, const struct lan_host *master)
{
	uint64_t wait = (week.is_probing ? MINUTE : domainless_max()) + EVERYWHERE_MS;

	return master != NULL && group_of(master)->domain_master != NULL &&
	       lan->env.now_ms > week.any_ms + wait && lan->env.now_ms > master->role_ms + wait;
}

static void check_whole(const struct lan *lan, const struct lan_host *host)
{
	struct lan_host *const *masters = group_of(host)->masters;
	const struct lan_host *own = masters[subnet_of(host)];

	if (!is_here(host) || own == NULL)
		return;
	check_own(lan, host, own);
	for (size_t s = 0; s < SUBNETS; s++)
		if (masters[s] != own && is_settled(lan, own) && is_settled(lan, masters[s]))
			check_others(lan, host, own, masters[s]);
}

/* Whether somebody of this workgroup hears the other's master. */
static bool are_neighbours(const struct group *group, const struct group *other)
{
	for (size_t s = 0; s < SUBNETS; s++)
		if (group->masters[s] != NULL && other->masters[s] != NULL)
			return true;
	return false;
}

/* After so long of peace each knows the other workgroup, with a master that is one: a local one,
 * or, as its own domain master has asked, the domain master. */
static void check_group(const struct lan *lan, const struct lan_host *master,
			const struct group *other)
{
	const struct lan_host *named_one;
	struct lists_view view;

	if (!is_here(master) || !is_settled(lan, master) ||
	    lan->env.now_ms <= week.any_ms + GROUP_MS || !are_neighbours(group_of(master), other))
		return;
	if (!lists_find(browser_lists(master->service), LISTS_WORKGROUPS, other->name, other->name,
			&view)) {
		complain(lan, "does not list the workgroup", master->name, other->name);
		return;
	}
	named_one = named(lan, view.record->comment);
	if (!is_here(named_one) ||
	    (named_one->role != BROWSER_ROLE_MASTER && named_one != other->domain_master))
		complain(lan, "lists a master of the other workgroup that is none", master->name,
			 named_one->name);
}

static void check_groups(const struct lan *lan)
{
	for (size_t g = 0; g < GROUPS; g++)
		for (size_t s = 0; s < SUBNETS; s++)
			if (week.groups[g].masters[s] != NULL)
				check_group(lan, week.groups[g].masters[s],
					    &week.groups[(g + 1) % GROUPS]);
}

static void check_lists(const struct lan *lan)
{
	for (size_t i = 0; i < lan->host_count; i++) {
		struct dead_check check = { .lan = lan, .of = lan->hosts[i] };

		if (!check.of->is_on)
			continue;
		lists_each(browser_lists(check.of->service), LISTS_SERVERS, check.of->workgroups[0],
			   NULL, check_entry, &check);
		check_whole(lan, check.of);
	}
	check_groups(lan);
}

/*
 * Trouble.
 */

static void note_trouble(const struct lan_host *host)
{
	week.any_ms = week.disturbed_ms[subnet_of(host)] = host->lan->env.now_ms;
}

static struct lan_host *any_host(struct lan *lan)
{
	return lan->hosts[lan_random(lan, SUBNETS * HOSTS)];
}

static void move(struct lan_host *host, uint8_t side)
{
	if (host->side == side)
		return;
	note_trouble(host);
	week.moved_ms = week.any_ms;
	lan_move(host, side);
}

static void move_subnet(struct lan *lan)
{
	const struct lan_host *one = any_host(lan);
	uint8_t side = lan_random(lan, 3) == 0;

	for (size_t i = 0; i < HOSTS; i++)
		move(one->subnet->hosts[i], side);
}

static void disturb(struct lan *lan)
{
	struct lan_host *host = any_host(lan);

	switch (lan_random(lan, 12)) {
	case 0:
		move_subnet(lan);
		return;
	case 1:
		move(host, host->side == 0 && lan_random(lan, 2) == 0);
		return;
	case 2:
		if (group_of(host)->domain_master != NULL)
			host = group_of(host)->domain_master;
		break;
	case 3:
		if (group_of(host)->masters[subnet_of(host)] != NULL)
			host = group_of(host)->masters[subnet_of(host)];
		break;
	}
	note_trouble(host);
	if (!host->is_on)
		lan_on(host);
	else if (lan_random(lan, 2) == 0)
		lan_crash(host);
	else
		lan_stop(host);
}

/*
 * How soon a change is everywhere.
 */

static bool is_everywhere(const struct lan_host *host, bool is_listed)
{
	struct lan_host *const *masters = group_of(host)->masters;

	for (size_t s = 0; s < SUBNETS; s++)
		if (masters[s] != NULL && masters[s]->is_on &&
		    lists_it(masters[s], host) != is_listed)
			return false;
	return true;
}

static void note_time(struct times *times, uint64_t ms)
{
	if (times->count < ARRAY_SIZE(times->ms))
		times->ms[times->count++] = ms;
}

#define MEASURED_MS (2 * MINUTE)

static void measure(struct lan *lan, const struct lan_host *host, bool is_listed,
		    struct times *times)
{
	uint64_t start = lan->env.now_ms;

	while (!is_everywhere(host, is_listed) && lan->env.now_ms < start + MEASURED_MS)
		lan_pass_ms(lan, 100);
	if (is_everywhere(host, is_listed))
		note_time(times, lan->env.now_ms - start);
	else
		times->late++;
}

static void measure_a_visit(struct lan *lan)
{
	struct lan_host *host = any_host(lan);

	for (size_t i = 0; i < 20 && (host->is_on || host->side != 0); i++)
		host = any_host(lan);
	if (host->is_on || host->side != 0)
		return;
	note_trouble(host);
	lan_on(host);
	measure(lan, host, true, &come);
	pass(lan, MINUTE);
	note_trouble(host);
	lan_stop(host);
	measure(lan, host, false, &gone);
}

static bool is_whole(const struct lan *lan)
{
	if (week.groups[0].domain_master == NULL || week.groups[1].domain_master == NULL)
		return false;
	for (size_t i = 0; i < lan->host_count; i++) {
		const struct lan_host *host = lan->hosts[i];

		if (host->is_on && group_of(host)->masters[subnet_of(host)] != NULL &&
		    !is_everywhere(host, true))
			return false;
	}
	return true;
}

/* From power on to lists that are whole: who was not heard is heard a minute later. Where nobody
 * may be a master there is none. */
static void measure_the_beginning(struct lan *lan)
{
	uint64_t start = lan->env.now_ms;

	while (!is_whole(lan) && lan->env.now_ms < start + HOUR)
		pass(lan, SECOND);
	if (is_whole(lan))
		note_time(&begun, lan->env.now_ms - start);
	else
		begun.late++;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void print_times(const char *what, struct times *times, uint64_t most_ms)
{
	qsort(times->ms, times->count, sizeof(times->ms[0]), compare);
	if (times->count > 0)
		printf("# %s: median %.1f s, 99 %% %.1f s, latest %.1f s, of %zu; later than %.0f s: "
		       "%zu\n",
		       what, (double)times->ms[times->count / 2] / 1000,
		       (double)times->ms[times->count * 99 / 100] / 1000,
		       (double)times->ms[times->count - 1] / 1000, times->count,
		       (double)most_ms / 1000, times->late);
}

static void note_traffic(const struct lan *lan, uint64_t ms)
{
	for (size_t s = 0; s < SUBNETS; s++) {
		const struct lan_traffic *traffic = &lan->hosts[s * HOSTS]->subnet->traffic;

		total.frames += traffic->frames;
		total.bytes += traffic->bytes;
		total.pulls += traffic->pulls;
		total.pulled += traffic->pulled;
		total.lookups += traffic->lookups;
	}
	hours += (double)ms / (double)HOUR;
}

static void print_traffic(void)
{
	double each = hours * SUBNETS;

	printf("# in a subnet and hour: %.0f datagrams of %.1f kB, %.0f lists of %.1f kB, %.0f look-ups\n",
	       (double)total.frames / each, (double)total.bytes / each / 1000,
	       (double)total.pulls / each, (double)total.pulled / each / 1000,
	       (double)total.lookups / each);
}

/*
 * The week.
 */

static void make_host(struct lan *lan, size_t s, size_t n)
{
	static const uint8_t levels[] = { 20, 20, 20, 33, 65, 0 };
	char name[16], address[16];
	struct lan_host *host;

	snprintf(name, sizeof(name), "%c%zu", (char)('A' + s), n + 1);
	snprintf(address, sizeof(address), "10.1.%zu.%zu", s + 1, n + 1);
	host = lan_host(lan, name, week.groups[s % 2 == 0 && n >= 8].name, address);
	host->settings.os_level = levels[lan_random(lan, ARRAY_SIZE(levels))];
	host->settings.preferred_master = lan_random(lan, 10) == 0;
	host->settings.local_master = lan_random(lan, 5) != 0;
	host->is_slow = week.has_slow && lan_random(lan, 3) == 0;
	if (lan_random(lan, 10) == 0)
		host->settings.domain_master = BROWSER_DOMAIN_NO;
	if (!week.is_probing)
		host->settings.times.probe = 0;
}

static struct lan *make_lan(uint64_t seed)
{
	struct lan *lan = lan_new(seed);

	week = (struct week){ .groups = { { .name = "LAB" }, { .name = "SHOP" } },
			      .any_ms = lan->env.now_ms,
			      .is_probing = seed % 2 == 0,
			      .has_slow = seed % 4 >= 2 };
	lan->has_nbns = true;
	lan->loss = 20;
	lan->delay_ms = 40;
	for (size_t s = 0; s < SUBNETS; s++)
		for (size_t n = 0; n < HOSTS; n++)
			make_host(lan, s, n);
	if (seed % 3 == 0)
		any_host(lan)->settings.domain_master = BROWSER_DOMAIN_YES;
	for (size_t i = 0; i < lan->host_count; i++)
		if (lan_random(lan, 5) != 0)
			lan_on(lan->hosts[i]);
	return lan;
}

static void peace(struct lan *lan)
{
	memset(week.missing_ms, 0, sizeof(week.missing_ms));
	for (uint32_t i = 12 + lan_random(lan, 12); i > 0; i--) {
		pass(lan, 10 * MINUTE);
		check_lists(lan);
	}
	for (size_t i = 0; i < 5 && !week.has_slow; i++) {
		measure_a_visit(lan);
		pass(lan, MINUTE);
	}
}

static void a_week(uint64_t seed, uint64_t ms)
{
	struct lan *lan = make_lan(seed);
	uint64_t start = lan->env.now_ms;

	if (week.is_probing && !week.has_slow)
		measure_the_beginning(lan);
	while (lan->env.now_ms < start + ms) {
		for (uint32_t i = lan_random(lan, 30); i > 0; i--) {
			disturb(lan);
			pass(lan, lan_random(lan, lan_random(lan, 3) == 0 ? 600000 : 5000));
		}
		peace(lan);
	}
	note_traffic(lan, lan->env.now_ms - start);
	lan_free(lan);
}

static void weeks(void **state)
{
	struct seeds seeds = seeds_wanted(12);

	(void)state;
	for (uint64_t seed = seeds.first; seed <= seeds.last; seed++)
		a_week(seed, DAY);
	print_times("after power on all lists were whole", &begun, HOUR);
	print_times("a host that came was everywhere", &come, MEASURED_MS);
	print_times("a host that left was gone everywhere", &gone, MEASURED_MS);
	print_traffic();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(weeks) };

	return cmocka_run_group_tests_name("scenario_domain_week", tests, NULL, NULL);
}
