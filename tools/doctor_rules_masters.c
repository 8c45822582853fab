/* The doctor's rules about local masters, and the lists that masters give. */
#include <string.h>
#include <strings.h>

#include "common/array.h"
#include "tools/doctor_inner.h"

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

/* P nodes that say they are it, wherever they are. */
static void p_node_masters(const struct doctor_facts *f, const struct nbt_name *name,
			   struct hosts *out)
{
	for (size_t i = 0; i < f->status_count; i++)
		if (is_p_node(&f->statuses[i]->node) &&
		    doctor_holds(&f->statuses[i]->node, name, false))
			hosts_add_machine(f, out, f->statuses[i]->address);
}

/* To P nodes all subnets are one. */
static void find_rivals_of_all(const struct doctor_facts *f, const struct nbt_name *name,
			       struct doctor_report *report)
{
	struct hosts masters = { .count = 0 };
	struct doctor_finding *finding;

	p_node_masters(f, name, &masters);
	if (masters.count < 2)
		return;
	finding = find(
		report, "rival-masters", DOCTOR_ERROR,
		"They are P nodes and do not hear each other. See that all have the same name "
		"server and the same NBDD (nbdd-servers), and that UDP 137 and 138 pass between "
		"them and it. If a line was cut until now, wait a quarter of an hour, or begin "
		"an election with \"nbtctl browse elect\".");
	WHAT(finding, "%zu masters of %s in the virtual LAN", masters.count, name_words(name).text);
	EVIDENCE(finding, "the name is held by ");
	evidence_hosts(finding, f, &masters);
}

void rule_rival_masters(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->workgroup_count; i++) {
		const struct nbt_name name = doctor_name(f->workgroups[i], NBT_SUFFIX_LMB);
		size_t before = report->count;

		for (size_t j = 0; j < f->subnet_count; j++)
			find_rivals(f, &f->subnets[j], &name, report);
		if (report->count == before)
			find_rivals_of_all(f, &name, report);
	}
}

/*
 * The virtual LAN (doc/virtual-lan.md): the one master of all P nodes, by its name at the name
 * server.
 */

static void find_dead_master(const struct doctor_facts *f, const struct doctor_answer *answer,
			     struct doctor_report *report)
{
	enum life life = life_of(f, answer->address);
	bool is_none = life == LIFE_NAMES &&
		       !doctor_holds(doctor_status_of(f, answer->address), &answer->name, false);
	struct doctor_finding *finding;

	if (!is_none && (life != LIFE_DEAD || is_beyond_reach(f, answer->address)))
		return;
	finding = find(
		report, "dead-master", DOCTOR_ERROR,
		"Within a minute another host should be it: ask again then. Else let one that is "
		"always on take part in elections (local-master of browserd), with the same NBDD "
		"(nbdd-servers) as the others, or start that host's browserd again.");
	WHAT(finding, "the master of the virtual LAN, %s, is %s",
	     address_words(answer->address).text, is_none ? "not one" : "dead");
	EVIDENCE(finding, "the name server %s says that %s is at %s, %s",
		 address_words(answer->at).text, name_words(&answer->name).text,
		 address_words(answer->address).text,
		 is_none ? "but the host there does not have the name"
			 : "where neither UDP 137 nor TCP 139 and 445 answer");
}

void rule_dead_master(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->answer_count; i++)
		if (f->answers[i].kind == DOCTOR_SERVER &&
		    nbt_name_suffix(&f->answers[i].name) == NBT_SUFFIX_LMB &&
		    doctor_is_host(f->answers[i].address))
			find_dead_master(f, &f->answers[i], report);
}

/* No name server has it, and at least one says so. */
static bool is_kept_nowhere(const struct doctor_facts *f, const struct nbt_name *name)
{
	size_t denied = 0;

	for (size_t i = 0; i < f->server_count; i++) {
		enum doctor_outcome outcome =
			doctor_outcome_of(f, DOCTOR_SERVER, name, f->servers[i], 0);

		if (outcome == DOCTOR_ANSWERED)
			return false;
		denied += outcome == DOCTOR_DENIED;
	}
	return denied > 0;
}

void rule_master_not_kept(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->workgroup_count; i++) {
		const struct nbt_name name = doctor_name(f->workgroups[i], NBT_SUFFIX_LMB);
		struct hosts masters = { .count = 0 };
		struct doctor_finding *finding;

		p_node_masters(f, &name, &masters);
		if (masters.count == 0 || !is_kept_nowhere(f, &name))
			continue;
		finding = find(
			report, "master-not-kept", DOCTOR_ERROR,
			"P nodes find their master by its name at the name server: set "
			"keep-master-names of nbnsd there to true (WINS and Samba cannot). In a "
			"network with a domain master give the hosts another node-type.");
		WHAT(finding, "the name server does not know the master of %s, which is a P node",
		     text_words(f->workgroups[i]).text);
		EVIDENCE(finding, "%s is not known there, and is held by ", name_words(&name).text);
		evidence_hosts(finding, f, &masters);
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

static void find_no_master(const struct doctor_facts *f, const struct doctor_subnet *subnet,
			   const char *workgroup, struct doctor_report *report)
{
	const struct nbt_name master = doctor_name(workgroup, NBT_SUFFIX_LMB),
			      election = doctor_name(workgroup, NBT_SUFFIX_ELECTION),
			      group = doctor_name(workgroup, NBT_SUFFIX_WORKSTATION);
	struct hosts masters = { .count = 0 }, members = { .count = 0 }, electable = { .count = 0 };
	bool is_virtual = has_virtual_lan(f, &master);
	struct doctor_finding *finding;

	holders_in(f, subnet, &master, &masters);
	members_in(f, subnet, &group, &members);
	members_in(f, subnet, &election, &electable);
	if (masters.count > 0 || electable.count + (is_virtual ? 0 : members.count) == 0 ||
	    !is_heard(f, subnet) ||
	    doctor_outcome_of(f, DOCTOR_SUBNET, &master, subnet->address, 0) != DOCTOR_SILENT)
		return;
	finding = find(
		report, "no-master", DOCTOR_ERROR,
		is_virtual
			? "Hosts that are no P nodes need a master in their subnet, and those of Windows are not "
			  "if the name server refuses them its name: set keep-master-names of nbnsd there to false, "
			  "or let all hosts be P nodes (doc/virtual-lan.md)."
			: "Begin an election with \"nbtctl browse elect\" where browserd runs, or restart a "
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
	if (is_virtual)
		EVIDENCE(finding, "; the name server keeps %s for one host",
			 name_words(&master).text);
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
