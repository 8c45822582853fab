/* The doctor's rules about domain masters, and whether subnets have each other's lists. */
#include <string.h>
#include <strings.h>

#include "smb/rap.h"
#include "tools/doctor_inner.h"

#define MINUTE_MS     60000
#define SYNC_FAILURES 2 /* running: one may be chance, or a browser that starts */

/*
 * Domain masters.
 */

/* By what everybody answers for <1B>, and by what hosts say of themselves. */
static void domain_masters(const struct doctor_facts *f, const char *workgroup, struct hosts *out)
{
	const struct nbt_name name = doctor_name(workgroup, NBT_SUFFIX_DMB);

	for (size_t i = 0; i < f->answer_count; i++)
		if (nbt_name_equal(&f->answers[i].name, &name))
			hosts_add_machine(f, out, f->answers[i].address);
	for (size_t i = 0; i < f->status_count; i++)
		if (doctor_holds(&f->statuses[i]->node, &name, false))
			hosts_add_machine(f, out, f->statuses[i]->address);
}

/* Who says that this host has the name. */
static void evidence_source(struct doctor_finding *finding, const struct doctor_facts *f,
			    const struct nbt_name *name, struct in_addr address)
{
	for (size_t i = 0; i < f->answer_count; i++) {
		const struct doctor_answer *answer = &f->answers[i];

		if (answer->address.s_addr != address.s_addr ||
		    !nbt_name_equal(&answer->name, name))
			continue;
		EVIDENCE(finding, "%s %s says that %s is at %s",
			 answer->kind == DOCTOR_SERVER ? "the name server" : "",
			 address_words(answer->from).text, name_words(name).text,
			 address_words(address).text);
		return;
	}
}

static void find_dead(const struct doctor_facts *f, const char *workgroup, struct in_addr address,
		      struct doctor_report *report)
{
	const struct nbt_name name = doctor_name(workgroup, NBT_SUFFIX_DMB);
	enum life life = life_of(f, address);
	bool is_stale =
		life == LIFE_NAMES && !doctor_holds(doctor_status_of(f, address), &name, false);
	struct doctor_finding *finding;

	if (!is_stale && (life != LIFE_DEAD || is_beyond_reach(f, address)))
		return;
	finding = find(
		report, "dead-domain-master", DOCTOR_ERROR,
		"Start that host's browser again. If it is gone for good, let another become "
		"the domain master (domain-master of browserd, \"domain master\" of Samba), and "
		"delete the old name on the name server: nbtctl names delete, or in the "
		"console of WINS. Until then no list comes from one subnet into another.");
	WHAT(finding, "the domain master of %s at %s is %s", text_words(workgroup).text,
	     address_words(address).text, is_stale ? "not one" : "dead");
	evidence_source(finding, f, &name, address);
	EVIDENCE(finding, is_stale ? ", but the host there does not have the name"
				   : ", but neither UDP 137 nor TCP 139 and 445 answer there");
}

void rule_dead_domain_master(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->workgroup_count; i++) {
		struct hosts hosts = { .count = 0 };

		domain_masters(f, f->workgroups[i], &hosts);
		for (size_t j = 0; j < hosts.count; j++)
			find_dead(f, f->workgroups[i], hosts.items[j], report);
	}
}

void rule_rival_domain_masters(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->workgroup_count; i++) {
		struct hosts all = { .count = 0 }, alive = { .count = 0 };
		const struct nbt_name name = doctor_name(f->workgroups[i], NBT_SUFFIX_DMB);
		struct doctor_finding *finding;

		domain_masters(f, f->workgroups[i], &all);
		for (size_t j = 0; j < all.count; j++)
			if (doctor_holds(doctor_status_of(f, all.items[j]), &name, false))
				hosts_add_machine(f, &alive, all.items[j]);
		if (alive.count < 2)
			continue;
		finding = find(
			report, "rival-domain-masters", DOCTOR_ERROR,
			"Every subnet gives its list to one of them only. Give all of them the "
			"same name servers, or such as replicate with each other; and let one "
			"host be the domain master (domain-master of browserd, \"domain "
			"master\" of Samba).");
		WHAT(finding, "%zu domain masters of %s", alive.count,
		     text_words(f->workgroups[i]).text);
		EVIDENCE(finding, "%s is held by ", name_words(&name).text);
		evidence_hosts(finding, f, &alive);
	}
}

/* One host of each network that is known to have servers of the workgroup. */
static void networks_of(const struct doctor_facts *f, const char *workgroup, struct hosts *out)
{
	for (size_t i = 0; i < f->entry_count; i++) {
		const struct doctor_entry *entry = &f->entries[i];
		struct hosts addresses = { .count = 0 };
		bool is_new = true;

		if ((entry->type & RAP_TYPE_DOMAIN_ENUM) != 0 ||
		    strcasecmp(entry->workgroup, workgroup) != 0)
			continue;
		addresses_of_server(f, entry->name, &addresses);
		if (addresses.count != 1) /* of a host with several none can be told */
			continue;
		for (size_t j = 0; j < out->count; j++)
			is_new &= !is_same_network(f, out->items[j], addresses.items[0]);
		if (is_new)
			hosts_add(out, addresses.items[0]);
	}
}

void rule_no_domain_master(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->workgroup_count; i++) {
		struct hosts masters = { .count = 0 }, networks = { .count = 0 };
		const struct nbt_name local = doctor_name(f->workgroups[i], NBT_SUFFIX_LMB);
		struct doctor_finding *finding;

		domain_masters(f, f->workgroups[i], &masters);
		networks_of(f, f->workgroups[i], &networks);
		if (masters.count > 0 || networks.count < 2 || has_virtual_lan(f, &local))
			continue;
		finding = find(
			report, "no-domain-master", DOCTOR_WARNING,
			"Let one host be the domain master: browserd or nmbd with a WINS server "
			"and \"domain master = yes\". The browsers of all subnets need the same "
			"WINS server, or such as replicate.");
		WHAT(finding, "%s is in several networks and has no domain master",
		     text_words(f->workgroups[i]).text);
		EVIDENCE(finding, "nobody has the name %s<1B>, and hosts are in the networks of ",
			 text_words(f->workgroups[i]).text);
		evidence_hosts(finding, f, &networks);
	}
}

/*
 * Synchronisation.
 */

static bool gave_list(const struct doctor_facts *f, const char *workgroup, struct in_addr address)
{
	const struct nbt_name name = doctor_name(workgroup, NBT_SUFFIX_LMB);

	return doctor_outcome_of(f, DOCTOR_LISTS, &name, address, 0) == DOCTOR_ANSWERED;
}

/* Whether the list of one has the other; also if that has not said its name. */
static bool lists(const struct doctor_facts *f, const char *workgroup, struct in_addr one,
		  struct in_addr other)
{
	struct nbt_name name;
	char server[DOCTOR_NAME_SIZE];

	if (!doctor_host_name(doctor_status_of(f, other), &name))
		return true;
	doctor_text(server, &name);
	for (size_t i = 0; i < f->entry_count; i++)
		if (f->entries[i].from.s_addr == one.s_addr &&
		    strcasecmp(f->entries[i].workgroup, workgroup) == 0 &&
		    strcasecmp(f->entries[i].name, server) == 0)
			return true;
	return false;
}

static void find_gap(const struct doctor_facts *f, const char *workgroup, struct in_addr one,
		     struct in_addr other, bool one_is_domain_master, struct doctor_report *report)
{
	struct in_addr local = one_is_domain_master ? other : one;
	struct doctor_finding *finding;

	if (lists(f, workgroup, one, other))
		return;
	finding = find(
		report, "not-synced", DOCTOR_ERROR,
		"A master that is new may need a quarter of an hour. Else see that both have the "
		"same WINS server, that UDP 137 and 138 and TCP 139 pass between them in both "
		"directions, and that both give lists to strangers; then restart the browser of "
		"the local master.");
	WHAT(finding, "the subnet of %s and the domain master of %s do not exchange lists",
	     host_words(f, local).text, text_words(workgroup).text);
	EVIDENCE(finding, "the list of the %s master %s does not have ",
		 one_is_domain_master ? "domain" : "local", host_words(f, one).text);
	EVIDENCE(finding, "the %s master %s", one_is_domain_master ? "local" : "domain",
		 host_words(f, other).text);
}

static void find_not_synced(const struct doctor_facts *f, const char *workgroup,
			    struct in_addr domain_master, struct doctor_report *report)
{
	const struct nbt_name name = doctor_name(workgroup, NBT_SUFFIX_LMB);

	for (size_t i = 0; i < f->status_count; i++) {
		struct in_addr local = f->statuses[i]->address;

		if (!doctor_holds(&f->statuses[i]->node, &name, false) ||
		    is_same_machine(f, local, domain_master) || !gave_list(f, workgroup, local))
			continue;
		find_gap(f, workgroup, domain_master, local, true, report);
		find_gap(f, workgroup, local, domain_master, false, report);
	}
}

void rule_not_synced(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->workgroup_count && !f->is_cut; i++) {
		struct hosts masters = { .count = 0 };

		domain_masters(f, f->workgroups[i], &masters);
		for (size_t j = 0; j < masters.count; j++)
			if (gave_list(f, f->workgroups[i], masters.items[j]))
				find_not_synced(f, f->workgroups[i], masters.items[j], report);
	}
}

void rule_sync_failing(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->sync_count; i++) {
		const struct doctor_sync *sync = &f->syncs[i];
		unsigned long long minutes = sync->age_ms / MINUTE_MS;
		struct doctor_finding *finding;

		if (sync->failures < SYNC_FAILURES)
			continue;
		finding = find(
			report, "sync-failing", DOCTOR_ERROR,
			"See that the peer's browser runs, and that UDP 137 and 138 and TCP 139 "
			"pass between it and this host in both directions.");
		WHAT(finding, "the browser here gets no lists of %s from %s",
		     text_words(sync->workgroup).text, text_words(sync->peer).text);
		EVIDENCE(finding, "%u attempts in a row have failed at %s; ", sync->failures,
			 address_words(sync->address).text);
		EVIDENCE(finding,
			 sync->is_never ? "no list has come in the %llu minutes that it is known"
					: "the last list came %llu minutes ago",
			 minutes);
	}
}
