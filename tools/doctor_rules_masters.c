/* The doctor's rules about masters: who there should be, and whether they have each other's lists.
 */
#include <string.h>
#include <strings.h>

#include "common/array.h"
#include "smb/rap.h"
#include "tools/doctor_inner.h"

#define MINUTE_MS 60000

/*
 * Local masters.
 */

static void find_rivals(const struct doctor_facts *f, const struct doctor_subnet *subnet,
			const struct nbt_name *name, struct doctor_report *report)
{
	struct hosts masters = { .count = 0 };
	struct doctor_finding *finding;

	holders_in(f, subnet, name, &masters);
	if (masters.count < 2)
		return;
	finding =
		find(report, "rival-masters", DOCTOR_ERROR,
		     "They do not hear each other. See that broadcasts to UDP 137 and 138 pass "
		     "between them (firewalls of the hosts, switches, VLANs, netmasks); then begin "
		     "an election with \"nbtctl browse elect\", or restart one of them. Where a "
		     "host must never be master, set local-master (browserd) or \"local master\" "
		     "(Samba) to no.");
	WHAT(finding, "%zu masters of %s in one subnet", masters.count, name_words(name).text);
	EVIDENCE(finding, "on %s the name is held by ", subnet_words(subnet).text);
	evidence_hosts(finding, f, &masters);
}

void rule_rival_masters(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->workgroup_count; i++) {
		const struct nbt_name name = doctor_name(f->workgroups[i], NBT_SUFFIX_LMB);

		for (size_t j = 0; j < f->subnet_count; j++)
			find_rivals(f, &f->subnets[j], &name, report);
	}
}

/* Those who have the group name in this subnet, P nodes left out: their master may be elsewhere. */
static void members_in(const struct doctor_facts *f, const struct doctor_subnet *subnet,
		       const struct nbt_name *group, struct hosts *out)
{
	for (size_t i = 0; i < f->answer_count; i++) {
		const struct doctor_answer *answer = &f->answers[i];

		if (answer->kind != DOCTOR_SERVER && answer->at.s_addr == subnet->address.s_addr &&
		    nbt_name_equal(&answer->name, group))
			hosts_add_machine(f, out, answer->from);
	}
	for (size_t i = 0; i < f->status_count; i++)
		if (doctor_subnet_of(f, f->statuses[i]->address) == subnet &&
		    doctor_holds(&f->statuses[i]->node, group, true) &&
		    !is_p_node(&f->statuses[i]->node))
			hosts_add_machine(f, out, f->statuses[i]->address);
}

/* A name server that keeps <1D> has the one master of all subnets (RFC 1001). */
static bool has_virtual_lan(const struct doctor_facts *f, const struct nbt_name *master)
{
	for (size_t i = 0; i < f->answer_count; i++)
		if (f->answers[i].kind == DOCTOR_SERVER &&
		    nbt_name_equal(&f->answers[i].name, master))
			return true;
	return false;
}

static void find_no_master(const struct doctor_facts *f, const struct doctor_subnet *subnet,
			   const char *workgroup, struct doctor_report *report)
{
	const struct nbt_name master = doctor_name(workgroup, NBT_SUFFIX_LMB),
			      election = doctor_name(workgroup, NBT_SUFFIX_ELECTION),
			      group = doctor_name(workgroup, NBT_SUFFIX_WORKSTATION);
	struct hosts masters = { .count = 0 }, members = { .count = 0 }, electable = { .count = 0 };
	struct doctor_finding *finding;

	holders_in(f, subnet, &master, &masters);
	members_in(f, subnet, &group, &members);
	members_in(f, subnet, &election, &electable);
	if (masters.count > 0 || members.count + electable.count == 0 ||
	    has_virtual_lan(f, &master) || !is_heard(f, subnet) ||
	    doctor_outcome_of(f, DOCTOR_SUBNET, &master, subnet->address, 0) != DOCTOR_SILENT)
		return;
	finding = find(
		report, "no-master", DOCTOR_ERROR,
		"Begin an election with \"nbtctl browse elect\" where browserd runs, or restart a "
		"browser, and look in its log why it does not become master. If no host may be "
		"it, let one that is always on: browserd, Samba's nmbd with \"local master = "
		"yes\", on Windows the service Computer Browser.");
	WHAT(finding, "%s has no master browser on %s", text_words(workgroup).text,
	     subnet_words(subnet).text);
	EVIDENCE(finding, "nobody there answers for %s; members are ", name_words(&master).text);
	evidence_hosts(finding, f, electable.count > 0 ? &electable : &members);
	if (electable.count == 0)
		EVIDENCE(finding, ", of whom none takes part in elections (%s)",
			 name_words(&election).text);
}

void rule_no_master(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->workgroup_count; i++)
		for (size_t j = 0; j < f->subnet_count; j++)
			find_no_master(f, &f->subnets[j], f->workgroups[i], report);
}

/* Whether anybody but this host is known by any of the workgroup's names. */
static bool is_there(const struct doctor_facts *f, const char *workgroup)
{
	static const uint8_t suffixes[] = { NBT_SUFFIX_LMB, NBT_SUFFIX_DMB, NBT_SUFFIX_ELECTION,
					    NBT_SUFFIX_WORKSTATION };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		const struct nbt_name name = doctor_name(workgroup, suffixes[i]);

		for (size_t j = 0; j < f->answer_count; j++)
			if (nbt_name_equal(&f->answers[j].name, &name))
				return true;
		for (size_t j = 0; j < f->status_count; j++)
			if (doctor_holds(&f->statuses[j]->node, &name, false) ||
			    doctor_holds(&f->statuses[j]->node, &name, true))
				return true;
	}
	return false;
}

static void find_nobody(const char *workgroup, bool has_server, struct doctor_report *report)
{
	struct doctor_finding *finding =
		find(report, "nobody", DOCTOR_ERROR,
		     "Start browserd or another master browser, or look whether the workgroup is "
		     "written as the hosts have it. If hosts are there, see that this host's "
		     "firewall lets answers from UDP 137 in.");

	if (workgroup == NULL && has_server)
		finding->cure =
			"Name a workgroup: a name server knows them by name only. If there "
			"are hosts in this subnet, see that this host's firewall lets answers "
			"from UDP 137 in.";
	if (workgroup != NULL)
		WHAT(finding, "nothing is seen of workgroup %s", text_words(workgroup).text);
	else
		WHAT(finding, "no browser and no workgroup is seen at all");
	EVIDENCE(finding, "no host answers for any of its names%s",
		 has_server ? ", and no name server knows them" : "");
}

void rule_nobody(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->workgroup_count; i++)
		if ((i < f->wanted_count || strcasecmp(f->workgroups[i], f->own) == 0) &&
		    !is_there(f, f->workgroups[i]))
			find_nobody(f->workgroups[i], f->server_count > 0, report);
	if (f->workgroup_count == 0)
		find_nobody(NULL, f->server_count > 0, report);
}

/*
 * Lists.
 */

static bool has_connection(const struct doctor_facts *f, struct in_addr address)
{
	return doctor_outcome_of(f, DOCTOR_PORT, NULL, address, SESSION_PORT) == DOCTOR_ANSWERED;
}

void rule_no_list(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->question_count; i++) {
		const struct doctor_question *q = &f->questions[i];
		struct doctor_finding *finding;
		char workgroup[DOCTOR_NAME_SIZE];

		if (q->kind != DOCTOR_LISTS || q->outcome != DOCTOR_FAILED ||
		    !has_connection(f, q->at))
			continue;
		finding = find(
			report, "no-list", DOCTOR_ERROR,
			"Clients fetch browse lists by SMB1 and without a password. Allow both "
			"there (Samba: \"server min protocol = NT1\", \"restrict anonymous = "
			"0\"), or let another host be the master, such as browserd.");
		doctor_text(workgroup, &q->name);
		WHAT(finding, "the master %s of %s does not give its browse list",
		     host_words(f, q->at).text, text_words(workgroup).text);
		EVIDENCE(finding, "TCP 139 answers, but: %s", q->why);
	}
}

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

/* One may be chance, or a browser that starts. */
#define SYNC_FAILURES 2

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
