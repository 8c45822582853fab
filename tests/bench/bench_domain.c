/*
 * One workgroup of very many subnets, simulated: bench_domain [SUBNETS [HOSTS]]; 1,000 with 100
 * hosts each. The real browsers, a network that loses 2 % of the datagrams, virtual time. Printed
 * are the times until all lists are whole, until a change is everywhere and until a domain master
 * is replaced, and what goes over the wire of a subnet. Of the lists that local masters fetch only
 * those of a few are kept: all would be 20 GB.
 */
#include "tests/unit/lan.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define KEEPERS 10 /* subnets whose masters keep what they fetch */

static struct lan *lan;
static size_t subnets, hosts; /* of each */
static size_t living;

static struct lan_host *host_of(size_t s, size_t n)
{
	return lan->hosts[s * hosts + n];
}

static bool keeps(const struct lan_host *host)
{
	return host->role == BROWSER_ROLE_MASTER &&
	       host->subnet->hosts[0]->due.number < KEEPERS * hosts;
}

static struct lan_host *domain_master(void)
{
	for (size_t i = 0; i < lan->host_count; i++)
		if (lan->hosts[i]->is_on && browser_is_domain_master(lan->hosts[i]->service, "LAB"))
			return lan->hosts[i];
	return NULL;
}

static struct lan_host *master_of(size_t s)
{
	for (size_t n = 0; n < hosts; n++)
		if (host_of(s, n)->role == BROWSER_ROLE_MASTER)
			return host_of(s, n);
	return NULL;
}

/*
 * Times.
 */

static uint64_t times_ms[1 << 16];
static size_t time_count;

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void print_times(const char *what, size_t of)
{
	qsort(times_ms, time_count, sizeof(times_ms[0]), compare);
	printf("%s: ", what);
	if (time_count > 0)
		printf("half of them after %.1f s, 99 %% after %.1f s, the last after %.1f s; ",
		       (double)times_ms[time_count / 2] / 1000,
		       (double)times_ms[time_count * 99 / 100] / 1000,
		       (double)times_ms[time_count - 1] / 1000);
	printf("%zu of %zu\n", time_count, of);
	fflush(stdout);
	time_count = 0;
}

/* Asks once in a second of every subnet that has not said yes yet. */
static void await(const char *what, size_t count, bool (*is_so)(size_t s), uint64_t most_ms)
{
	bool *is_done = calloc(count, sizeof(*is_done));
	uint64_t start = lan->env.now_ms;

	while (time_count < count && lan->env.now_ms < start + most_ms) {
		lan_pass_ms(lan, SECOND);
		for (size_t s = 0; s < count; s++) {
			if (is_done[s] || !is_so(s))
				continue;
			is_done[s] = true;
			times_ms[time_count++] = lan->env.now_ms - start;
		}
	}
	free(is_done);
	print_times(what, count);
}

static bool has_master(size_t s)
{
	return master_of(s) != NULL;
}

static size_t servers_of(const struct lan_host *host)
{
	return lists_count(browser_lists(host->service), LISTS_SERVERS);
}

/* But for one in a thousand: who has just been switched on is forgotten when two of his
 * announcements are lost. */
static bool is_enough(uint64_t servers)
{
	return servers >= living - living / 1000;
}

static bool is_whole(size_t s)
{
	const struct lan_host *master = master_of(s);

	if (master == NULL)
		return false;
	return is_enough(servers_of(master)) || is_enough(master->unkept);
}

static bool is_domain_whole(size_t s)
{
	const struct lan_host *master = domain_master();

	(void)s;
	return master != NULL && is_enough(servers_of(master));
}

static const struct lan_host *visitor;

static bool knows_visitor(size_t s)
{
	return master_of(s) != NULL &&
	       lan_lists(master_of(s), "LAB", visitor->name) == visitor->is_on;
}

/*
 * Traffic.
 */

static void clear_traffic(void)
{
	for (size_t s = 0; s < subnets; s++)
		host_of(s, 0)->subnet->traffic = (struct lan_traffic){ .frames = 0 };
}

static void print_traffic_of(const char *what, const struct lan_traffic *sum, double count)
{
	printf("%s in an hour: %.0f datagrams of %.0f kB, %.0f lists of %.1f MB, %.0f look-ups\n",
	       what, (double)sum->frames / count, (double)sum->bytes / count / 1e3,
	       (double)sum->pulls / count, (double)sum->pulled / count / 1e6,
	       (double)sum->lookups / count);
	fflush(stdout);
}

static void print_traffic(void)
{
	const struct lan_host *master = domain_master();
	struct lan_traffic sum = { .frames = 0 };
	double count = 0;

	for (size_t s = 0; s < subnets; s++) {
		const struct lan_subnet *subnet = host_of(s, 0)->subnet;

		if (master != NULL && subnet == master->subnet)
			continue;
		sum.frames += subnet->traffic.frames;
		sum.bytes += subnet->traffic.bytes;
		sum.pulls += subnet->traffic.pulls;
		sum.pulled += subnet->traffic.pulled;
		sum.lookups += subnet->traffic.lookups;
		count++;
	}
	print_traffic_of("a subnet", &sum, count);
	if (master != NULL)
		print_traffic_of("the domain master's", &master->subnet->traffic, 1);
}

/*
 * The story.
 */

static void make_hosts(void)
{
	for (size_t s = 0; s < subnets; s++)
		for (size_t n = 0; n < hosts; n++) {
			char name[64], address[80];
			struct lan_host *host;

			snprintf(name, sizeof(name), "N%zuH%zu", s, n + 1);
			snprintf(address, sizeof(address), "10.%zu.%zu.%zu", s / 250, s % 250,
				 n + 1);
			host = lan_host(lan, name, "LAB", address);
			host->settings.os_level = n == 0 ? 33 : 20;
			host->settings.lists.servers = 2 * subnets * hosts;
			host->settings.backup_answers = 0; /* a quarter of a megabyte */
		}
}

/* All within ten seconds, but the visitor. */
static void power_on(void)
{
	for (size_t i = 0; i + 1 < lan->host_count; i++) {
		lan_on(lan->hosts[i]);
		if (i % (1 + lan->host_count / 1000) == 0)
			lan_pass_ms(lan, 10);
	}
	living = lan->host_count - 1;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void tell_story(void)
{
	await("masters", subnets, has_master, HOUR);
	await("the domain master's list whole", 1, is_domain_whole, 2 * HOUR);
	await("then all lists whole", subnets, is_whole, 2 * HOUR);
	clear_traffic();
	lan_pass_ms(lan, HOUR);
	print_traffic();
	printf("servers: %zu, listed by the domain master: %zu\n", living,
	       domain_master() != NULL ? servers_of(domain_master()) : 0);
}

static void tell_of_visitor(void)
{
	struct lan_host *host = lan->hosts[lan->host_count - 1];
	size_t kept = subnets < KEEPERS ? subnets : KEEPERS;

	visitor = host;
	lan_on(host);
	await("a host that came is everywhere", kept, knows_visitor, 2 * HOUR);
	lan_pass_ms(lan, 5 * MINUTE);
	lan_stop(host);
	await("a host that left is gone", kept, knows_visitor, 2 * HOUR);
}

static void tell_of_death(void)
{
	struct lan_host *dead = domain_master();

	if (dead == NULL)
		return;
	for (size_t i = 0; i < lan->host_count; i++)
		lan->hosts[i]->unkept = 0;
	lan_crash(dead);
	living--;
	await("the domain master dies: the list of the next is whole", 1, is_domain_whole,
	      2 * HOUR);
	await("then all lists whole", subnets, is_whole, 2 * HOUR);
}

int main(int argc, char **argv)
{
	double start = seconds();

	subnets = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	hosts = argc > 2 ? strtoul(argv[2], NULL, 10) : 100;
	lan = lan_new(1);
	lan->has_nbns = lan->keeps_no_log = true;
	lan->loss = 20;
	lan->delay_ms = 40;
	lan->keeps = keeps;
	make_hosts();
	power_on();
	tell_story();
	tell_of_visitor();
	tell_of_death();
	printf("%.0f s of CPU and waiting\n", seconds() - start);
	lan_free(lan);
	return 0;
}
