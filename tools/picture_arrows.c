/* The ways that lists go: as the browser of this host says, and as the lists of others show. */
#include <string.h>
#include <strings.h>

#include "tools/doctor_inner.h"
#include "tools/picture_inner.h"

static void add_arrow(struct picture *p, const struct picture_arrow *arrow)
{
	if (p->arrow_count == PICTURE_ARROWS)
		p->is_cut = true;
	else
		p->arrows[p->arrow_count++] = *arrow;
}

/*
 * To this host.
 */

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
	size_t own = PICTURE_NONE;

	for (size_t i = 0; i < p->host_count; i++)
		if (doctor_is_own(f, p->hosts[i].address) &&
		    (own == PICTURE_NONE ||
		     (p->hosts[i].is_domain_master && !p->hosts[own].is_domain_master)))
			own = i;
	return own;
}

static void add_sync(struct picture *p, const struct doctor_sync *sync, size_t own)
{
	struct picture_arrow arrow = { .to = own, .state = PICTURE_SYNCED };

	arrow.from = picture_find_host(p, sync->address);
	if (arrow.from == PICTURE_NONE || arrow.from == own)
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

/*
 * Between two others, which is seen by their lists alone.
 */

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
		if (picture_is_listed(&f->entries[i], workgroup, one->address) &&
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

/* A domain master and all other masters of its workgroup. */
static void join_all(struct picture *p, const struct doctor_facts *f, const char *workgroup,
		     size_t domain_master)
{
	for (size_t i = 0; i < p->host_count; i++)
		if (i != domain_master &&
		    picture_role_in(&p->hosts[i], workgroup) < p->hosts[i].role_count)
			join(p, f, workgroup, domain_master, i);
}

void picture_add_arrows(struct picture *p, const struct doctor_facts *f)
{
	size_t own = own_host(p, f);

	for (size_t i = 0; i < f->sync_count && own != PICTURE_NONE; i++)
		add_sync(p, &f->syncs[i], own);
	for (size_t i = 0; i < p->host_count; i++)
		for (size_t k = 0; k < p->hosts[i].role_count; k++)
			if (p->hosts[i].roles[k].is_domain_master)
				join_all(p, f, p->hosts[i].roles[k].workgroup, i);
}
