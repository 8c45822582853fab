#include "tools/picture.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "smb/rap.h"
#include "tools/doctor_inner.h"

#define NONE SIZE_MAX

/*
 * Places and hosts.
 */

/* Of a subnet behind a router only addresses are known. */
static void describe_subnet(const struct doctor_facts *f, struct in_addr address, char *out)
{
	const struct doctor_subnet *subnet = doctor_subnet_of(f, address);
	uint32_t bytes = ntohl(address.s_addr);

	if (subnet != NULL)
		snprintf(out, PICTURE_TEXT_SIZE, "%s", subnet_words(subnet).text);
	else
		snprintf(out, PICTURE_TEXT_SIZE, "elsewhere (%u.%u.%u.*)", bytes >> 24,
			 bytes >> 16 & 0xff, bytes >> 8 & 0xff);
}

/* Found or added. */
static size_t place_subnet(struct picture *p, const struct doctor_facts *f, struct in_addr address)
{
	char text[PICTURE_TEXT_SIZE];

	describe_subnet(f, address, text);
	for (size_t i = 0; i < p->subnet_count; i++)
		if (strcmp(p->subnets[i], text) == 0)
			return i;
	if (p->subnet_count == PICTURE_SUBNETS)
		return NONE;
	memcpy(p->subnets[p->subnet_count], text, sizeof(text));
	return p->subnet_count++;
}

static void name_host(const struct doctor_facts *f, struct picture_host *host, const char *name)
{
	char text[DOCTOR_NAME_SIZE];
	struct nbt_name own;

	if (doctor_host_name(doctor_status_of(f, host->address), &own)) {
		doctor_text(text, &own);
		name = text;
	}
	snprintf(host->name, sizeof(host->name), "%s",
		 name != NULL ? text_words(name).text : address_words(host->address).text);
}

/* Found or added; name: in case it has not said it itself; may be NULL. NONE: there is no room. */
static size_t place_host(struct picture *p, const struct doctor_facts *f, struct in_addr address,
			 const char *name)
{
	size_t subnet;

	for (size_t i = 0; i < p->host_count; i++)
		if (p->hosts[i].address.s_addr == address.s_addr)
			return i;
	subnet = p->host_count < PICTURE_HOSTS ? place_subnet(p, f, address) : NONE;
	if (subnet == NONE) {
		p->is_cut = true;
		return NONE;
	}
	p->hosts[p->host_count] = (struct picture_host){ .address = address, .subnet = subnet };
	name_host(f, &p->hosts[p->host_count], name);
	return p->host_count++;
}

/*
 * Roles.
 */

static bool is_in_list_of(const struct doctor_entry *entry, const char *workgroup,
			  struct in_addr address)
{
	return entry->from.s_addr == address.s_addr && (entry->type & RAP_TYPE_DOMAIN_ENUM) == 0 &&
	       strcasecmp(entry->workgroup, workgroup) == 0;
}

static size_t count_servers(const struct doctor_facts *f, const char *workgroup,
			    struct in_addr address)
{
	size_t count = 0;

	for (size_t i = 0; i < f->entry_count; i++)
		count += is_in_list_of(&f->entries[i], workgroup, address);
	return count;
}

static size_t role_in(const struct picture_host *host, const char *workgroup)
{
	size_t i = 0;

	while (i < host->role_count && strcasecmp(host->roles[i].workgroup, workgroup) != 0)
		i++;
	return i;
}

/* Domain masters come before the local masters of their workgroup, so that both can be said. */
static void add_role(struct picture *p, struct picture_host *host,
		     const struct doctor_master *master)
{
	size_t i = role_in(host, master->workgroup);

	if (i == PICTURE_ROLES) {
		p->is_cut = true;
		return;
	}
	host->is_domain_master |= master->is_domain_master;
	if (i < host->role_count) {
		say(host->roles[i].text, PICTURE_TEXT_SIZE, ", master");
		return;
	}
	memcpy(host->roles[i].workgroup, master->workgroup, DOCTOR_NAME_SIZE);
	host->roles[i].is_domain_master = master->is_domain_master;
	snprintf(host->roles[i].text, PICTURE_TEXT_SIZE, "%s: %s",
		 text_words(master->workgroup).text,
		 master->is_domain_master ? "domain master" : "master");
	host->role_count++;
}

static void count_lists(const struct doctor_facts *f, struct picture_host *host)
{
	for (size_t i = 0; i < host->role_count; i++) {
		size_t count = count_servers(f, host->roles[i].workgroup, host->address);

		if (count > 0)
			say(host->roles[i].text, PICTURE_TEXT_SIZE, ", %zu server%s", count,
			    count == 1 ? "" : "s");
	}
}

static void place_masters(struct picture *p, const struct doctor_facts *f)
{
	static struct doctor_master masters[DOCTOR_MASTERS];
	size_t count = doctor_masters(f, masters);

	for (size_t i = 0; i < count; i++) {
		size_t host = place_host(p, f, masters[i].address, NULL);

		if (host != NONE)
			add_role(p, &p->hosts[host], &masters[i]);
	}
	for (size_t i = 0; i < p->host_count; i++)
		count_lists(f, &p->hosts[i]);
}

/*
 * Arrows.
 */

static void add_arrow(struct picture *p, const struct picture_arrow *arrow)
{
	if (p->arrow_count == PICTURE_ARROWS)
		p->is_cut = true;
	else
		p->arrows[p->arrow_count++] = *arrow;
}

static void say_age(char *text, uint64_t age_ms)
{
	unsigned long long seconds = age_ms / 1000;

	if (seconds < 120)
		say(text, PICTURE_TEXT_SIZE, "%llu s ago", seconds);
	else if (seconds < 2 * 3600)
		say(text, PICTURE_TEXT_SIZE, "%llu min ago", seconds / 60);
	else
		say(text, PICTURE_TEXT_SIZE, "%llu h ago", seconds / 3600);
}

/* This host, as the master that fetches; the domain master's fetches are of more. */
static size_t own_host(const struct picture *p, const struct doctor_facts *f)
{
	size_t own = NONE;

	for (size_t i = 0; i < p->host_count; i++)
		if (doctor_is_own(f, p->hosts[i].address) &&
		    (own == NONE ||
		     (p->hosts[i].is_domain_master && !p->hosts[own].is_domain_master)))
			own = i;
	return own;
}

static void add_sync(struct picture *p, const struct doctor_facts *f,
		     const struct doctor_sync *sync, size_t own)
{
	struct picture_arrow arrow = { .to = own, .state = PICTURE_SYNCED };

	arrow.from = place_host(p, f, sync->address, sync->peer);
	if (arrow.from == NONE || arrow.from == own)
		return;
	if (sync->is_never)
		say(arrow.label, PICTURE_TEXT_SIZE, "never");
	else
		say_age(arrow.label, sync->age_ms);
	if (sync->failures > 0)
		say(arrow.label, PICTURE_TEXT_SIZE, ", %u failure%s", sync->failures,
		    sync->failures == 1 ? "" : "s");
	if (sync->failures > 0)
		arrow.state = PICTURE_FAILED;
	else if (sync->is_never)
		arrow.state = PICTURE_UNKNOWN; /* its turn has not come */
	add_arrow(p, &arrow);
}

/* Whether the one has the other in its list. */
static enum picture_state state_between(const struct doctor_facts *f, const char *workgroup,
					const struct picture_host *one,
					const struct picture_host *other)
{
	const struct nbt_name list = doctor_name(workgroup, NBT_SUFFIX_LMB);
	struct nbt_name name;
	char text[DOCTOR_NAME_SIZE];

	if (doctor_outcome_of(f, DOCTOR_LISTS, &list, one->address, 0) != DOCTOR_ANSWERED ||
	    !doctor_host_name(doctor_status_of(f, other->address), &name))
		return PICTURE_UNKNOWN;
	doctor_text(text, &name);
	for (size_t i = 0; i < f->entry_count; i++)
		if (is_in_list_of(&f->entries[i], workgroup, one->address) &&
		    strcasecmp(f->entries[i].name, text) == 0)
			return PICTURE_SYNCED;
	return PICTURE_FAILED;
}

static bool is_joined(const struct picture *p, size_t a, size_t b)
{
	for (size_t i = 0; i < p->arrow_count; i++)
		if ((p->arrows[i].from == a && p->arrows[i].to == b) ||
		    (p->arrows[i].from == b && p->arrows[i].to == a))
			return true;
	return false;
}

/* What is between two others is seen by their lists alone. */
static void join(struct picture *p, const struct doctor_facts *f, const char *workgroup,
		 size_t domain_master, size_t local)
{
	const struct picture_host *above = &p->hosts[domain_master], *below = &p->hosts[local];
	struct picture_arrow arrow = { .from = domain_master, .to = local, .both_ways = true };
	enum picture_state up, down;

	if (is_same_machine(f, above->address, below->address) ||
	    is_joined(p, domain_master, local))
		return;
	up = state_between(f, workgroup, above, below);
	down = state_between(f, workgroup, below, above);
	if (up == PICTURE_FAILED || down == PICTURE_FAILED)
		arrow.state = PICTURE_FAILED;
	else
		arrow.state = up == PICTURE_SYNCED && down == PICTURE_SYNCED ? PICTURE_SYNCED
									     : PICTURE_UNKNOWN;
	add_arrow(p, &arrow);
}

static void join_masters(struct picture *p, const struct doctor_facts *f)
{
	for (size_t i = 0; i < p->host_count; i++)
		for (size_t role = 0; role < p->hosts[i].role_count; role++) {
			const char *workgroup = p->hosts[i].roles[role].workgroup;

			if (!p->hosts[i].roles[role].is_domain_master)
				continue;
			for (size_t k = 0; k < p->host_count; k++)
				if (k != i &&
				    role_in(&p->hosts[k], workgroup) < p->hosts[k].role_count)
					join(p, f, workgroup, i, k);
		}
}

void picture_make(const struct doctor_facts *f, struct picture *out)
{
	size_t own;

	memset(out, 0, sizeof(*out));
	out->is_cut = f->is_cut;
	place_masters(out, f);
	own = own_host(out, f);
	for (size_t i = 0; i < f->sync_count && own != NONE; i++)
		add_sync(out, f, &f->syncs[i], own);
	join_masters(out, f);
}
