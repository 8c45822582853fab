/* The doctor's rules about what is below: netmasks, firewalls, ports. */
#include <strings.h>

#include "smb/rap.h"
#include "tools/doctor_inner.h"

/*
 * Broadcasts that do not reach a host, or whose answers do not reach us.
 */

enum hearing {
	HEARS_UNKNOWN,
	HEARS,         /* it has answered a broadcast */
	HEARS_LIMITED, /* only one to 255.255.255.255 */
	HEARS_NOTHING  /* although it answers when asked alone */
};

static bool has_answered(const struct doctor_facts *f, enum doctor_kind kind, struct in_addr host)
{
	for (size_t i = 0; i < f->answer_count; i++)
		if (f->answers[i].kind == kind && f->answers[i].from.s_addr == host.s_addr)
			return true;
	return false;
}

/* By the name that it alone has, so that nothing but a lost packet could hide its answer, and that
 * three times. */
static enum hearing hearing_of(const struct doctor_facts *f, const struct doctor_status *status)
{
	const struct doctor_subnet *subnet = doctor_subnet_of(f, status->address);
	struct nbt_name name;

	if (subnet == NULL || doctor_is_own(f, status->address) || is_p_node(&status->node) ||
	    !doctor_host_name(&status->node, &name))
		return HEARS_UNKNOWN;
	if (has_answered(f, DOCTOR_SUBNET, status->address))
		return HEARS;
	if (doctor_outcome_of(f, DOCTOR_SUBNET, &name, subnet->address, 0) != DOCTOR_SILENT)
		return HEARS_UNKNOWN;
	if (has_answered(f, DOCTOR_LIMITED, status->address))
		return HEARS_LIMITED;
	return doctor_outcome_of(f, DOCTOR_LIMITED, &name, subnet->address, 0) == DOCTOR_SILENT
		       ? HEARS_NOTHING
		       : HEARS_UNKNOWN;
}

static void hosts_that(const struct doctor_facts *f, const struct doctor_subnet *subnet,
		       enum hearing hearing, struct hosts *out)
{
	for (size_t i = 0; i < f->status_count; i++)
		if (doctor_subnet_of(f, f->statuses[i]->address) == subnet &&
		    hearing_of(f, f->statuses[i]) == hearing)
			hosts_add(out, f->statuses[i]->address);
}

static void find_wrong_mask(const struct doctor_facts *f, const struct doctor_subnet *subnet,
			    struct doctor_report *report)
{
	const struct in_addr broadcast = { subnet->address.s_addr | ~subnet->netmask.s_addr };
	struct hosts deaf = { .count = 0 }, others = { .count = 0 };
	struct doctor_finding *finding;
	bool is_ours;

	hosts_that(f, subnet, HEARS_LIMITED, &deaf);
	hosts_that(f, subnet, HEARS, &others);
	if (deaf.count == 0)
		return;
	is_ours = others.count == 0 && deaf.count > 1;
	finding = find(
		report, "wrong-mask", DOCTOR_ERROR,
		is_ours ? "Correct the netmask of this host's interface (DHCP, or its "
			  "configuration), and restart its NetBIOS services."
			: "Give all hosts of the subnet the same netmask (DHCP, or the "
			  "configuration of the host), and restart the host's NetBIOS services.");
	if (is_ours)
		WHAT(finding, "this host's netmask on %s is not that of the others",
		     subnet_words(subnet).text);
	else
		WHAT(finding, "%zu host%s on %s %s another netmask%s", deaf.count,
		     deaf.count > 1 ? "s" : "", subnet_words(subnet).text,
		     deaf.count > 1 ? "have" : "has",
		     others.count == 0 ? " than this one, or this one has a wrong one" : "");
	evidence_hosts(finding, f, &deaf);
	EVIDENCE(finding,
		 " answer%s to 255.255.255.255, but not to %s, the broadcast address of this "
		 "host's netmask",
		 deaf.count > 1 ? "" : "s", address_words(broadcast).text);
	if (others.count > 0)
		EVIDENCE(finding, ", to which %zu other%s", others.count,
			 others.count > 1 ? "s do" : " does");
}

void rule_wrong_mask(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->subnet_count; i++)
		find_wrong_mask(f, &f->subnets[i], report);
}

/* Whoever hears us by our broadcast is on our wire. */
void rule_other_network(const struct doctor_facts *f, struct doctor_report *report)
{
	struct hosts strangers = { .count = 0 };
	struct doctor_finding *finding;

	for (size_t i = 0; i < f->answer_count; i++)
		if (f->answers[i].kind != DOCTOR_SERVER &&
		    doctor_subnet_of(f, f->answers[i].from) == NULL)
			hosts_add(&strangers, f->answers[i].from);
	if (strangers.count == 0)
		return;
	finding = find(
		report, "other-network", DOCTOR_WARNING,
		"Either a netmask is wrong, here or there, or two networks share one wire. Browsers "
		"of both hear each other's elections then, and take each other's names.");
	WHAT(finding, "hosts of another network are on the same wire");
	evidence_hosts(finding, f, &strangers);
	EVIDENCE(finding, " answered a broadcast, but %s in no network of this host's interfaces",
		 strangers.count > 1 ? "are" : "is");
}

void rule_own_firewall(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->subnet_count; i++) {
		const struct doctor_subnet *subnet = &f->subnets[i];
		struct hosts silent = { .count = 0 };
		struct doctor_finding *finding;

		hosts_that(f, subnet, HEARS_NOTHING, &silent);
		if (silent.count == 0 || is_heard(f, subnet))
			continue;
		finding = find(
			report, "own-firewall", DOCTOR_ERROR,
			"Most likely this host's firewall drops answers to broadcasts, which come "
			"from other addresses than were asked. Let UDP from port 137 of the own "
			"networks in, or load nf_conntrack_netbios_ns and use its helper. Where those "
			"hosts have just been started, ask again in a minute.");
		WHAT(finding, "no answer to a broadcast arrives on %s", subnet_words(subnet).text);
		EVIDENCE(finding, "asked alone, UDP 137 answers at ");
		evidence_hosts(finding, f, &silent);
	}
}

static void find_host_firewall(const struct doctor_facts *f, struct hosts *hosts,
			       const char *evidence, struct doctor_report *report)
{
	struct doctor_finding *finding;

	if (hosts->count == 0)
		return;
	finding = find(
		report, "host-firewall", DOCTOR_WARNING,
		"Let UDP 137 and 138 in there, from hosts of the subnet and by broadcast, too.");
	WHAT(finding, "%zu host%s do%s not answer as %s should: a firewall of %s own", hosts->count,
	     hosts->count > 1 ? "s" : "", hosts->count > 1 ? "" : "es",
	     hosts->count > 1 ? "they" : "it", hosts->count > 1 ? "their" : "its");
	evidence_hosts(finding, f, hosts);
	EVIDENCE(finding, "%s", evidence);
}

/* Whether any host of its network answers on UDP 137. */
static bool has_speaking_neighbour(const struct doctor_facts *f, struct in_addr address)
{
	for (size_t i = 0; i < f->status_count; i++)
		if (is_same_network(f, address, f->statuses[i]->address))
			return true;
	return false;
}

/* In our subnets, or where others of the network answer, it is the host itself. */
static bool is_by_itself(const struct doctor_facts *f, struct in_addr address)
{
	return doctor_subnet_of(f, address) != NULL || has_speaking_neighbour(f, address);
}

/* Every host that was asked for its status: by its address, once. */
static void hosts_with(const struct doctor_facts *f, enum life life, struct hosts *out)
{
	for (size_t i = 0; i < f->question_count; i++)
		if (f->questions[i].kind == DOCTOR_STATUS && life_of(f, f->questions[i].at) == life)
			hosts_add(out, f->questions[i].at);
}

static bool is_name_server(const struct doctor_facts *f, struct in_addr address)
{
	for (size_t i = 0; i < f->server_count; i++)
		if (f->servers[i].s_addr == address.s_addr)
			return true;
	return false;
}

void rule_host_firewall(const struct doctor_facts *f, struct doctor_report *report)
{
	struct hosts deaf = { .count = 0 }, tcp = { .count = 0 }, mute = { .count = 0 };

	for (size_t i = 0; i < f->subnet_count; i++)
		if (is_heard(f, &f->subnets[i]))
			hosts_that(f, &f->subnets[i], HEARS_NOTHING, &deaf);
	hosts_with(f, LIFE_TCP, &tcp);
	for (size_t i = 0; i < tcp.count; i++)
		if (is_by_itself(f, tcp.items[i]) && !is_name_server(f, tcp.items[i]))
			hosts_add(&mute, tcp.items[i]);
	find_host_firewall(
		f, &deaf,
		": UDP 137 answers when asked alone, but to no broadcast, as others here do",
		report);
	find_host_firewall(f, &mute, ": TCP 139 or 445 answers, UDP 137 does not", report);
}

/*
 * Firewalls between subnets.
 */

static void find_between(const struct doctor_facts *f, struct in_addr first,
			 const struct hosts *hosts, bool is_tcp, struct doctor_report *report)
{
	struct hosts network = { .count = 0 };
	struct doctor_finding *finding;

	for (size_t i = 0; i < hosts->count; i++)
		if (is_same_network(f, first, hosts->items[i]))
			hosts_add(&network, hosts->items[i]);
	finding = find(
		report, "firewall", DOCTOR_ERROR,
		"Let UDP 137, UDP 138 and TCP 139 pass between the subnets, in both directions, at "
		"the router and the firewalls on the way.");
	WHAT(finding, "%s between this host and the network of %s",
	     is_tcp ? "a firewall stops UDP 137" : "nothing passes", address_words(first).text);
	EVIDENCE(finding, "no host there answers on UDP 137%s: ",
		 is_tcp ? ", although TCP does" : ", nor on TCP 139 and 445");
	evidence_hosts(finding, f, &network);
}

/* Each network once, by the first of its hosts. */
static bool is_first_of_network(const struct doctor_facts *f, const struct hosts *hosts, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (is_same_network(f, hosts->items[j], hosts->items[i]))
			return false;
	return true;
}

void rule_firewall_between(const struct doctor_facts *f, struct doctor_report *report)
{
	struct hosts tcp = { .count = 0 }, dead = { .count = 0 };

	hosts_with(f, LIFE_TCP, &tcp);
	hosts_with(f, LIFE_DEAD, &dead);
	for (size_t i = 0; i < tcp.count; i++)
		if (is_first_of_network(f, &tcp, i) && !is_by_itself(f, tcp.items[i]))
			find_between(f, tcp.items[i], &tcp, true, report);
	for (size_t i = 0; i < dead.count; i++)
		if (is_first_of_network(f, &dead, i) && is_beyond_reach(f, dead.items[i]))
			find_between(f, dead.items[i], &dead, false, report);
}

/*
 * The port of the session service.
 */

/* Browsers give lists by it, servers files. */
static bool is_master(const struct nbt_node_status *node)
{
	for (size_t i = 0; i < node->count; i++) {
		uint8_t suffix = nbt_name_suffix(&node->names[i].name);

		if ((node->names[i].flags & NBT_STATUS_GROUP) == 0 &&
		    (suffix == NBT_SUFFIX_LMB || suffix == NBT_SUFFIX_DMB))
			return true;
	}
	return false;
}

/* Whether anybody is told of its server. */
static bool is_listed(const struct doctor_facts *f, const struct nbt_node_status *node)
{
	char server[DOCTOR_NAME_SIZE];
	struct nbt_name name;

	if (!doctor_host_name(node, &name))
		return false;
	doctor_text(server, &name);
	for (size_t i = 0; i < f->entry_count; i++)
		if ((f->entries[i].type & RAP_TYPE_DOMAIN_ENUM) == 0 &&
		    strcasecmp(f->entries[i].name, server) == 0)
			return true;
	return false;
}

static size_t count_direct(const struct doctor_facts *f, const struct hosts *hosts)
{
	size_t count = 0;

	for (size_t i = 0; i < hosts->count; i++)
		count += doctor_outcome_of(f, DOCTOR_PORT, NULL, hosts->items[i], DIRECT_PORT) ==
			 DOCTOR_ANSWERED;
	return count;
}

static void find_blocked(const struct doctor_facts *f, bool masters, enum doctor_outcome outcome,
			 struct doctor_report *report)
{
	struct hosts hosts = { .count = 0 };
	struct doctor_finding *finding;

	for (size_t i = 0; i < f->status_count; i++) {
		const struct nbt_node_status *node = &f->statuses[i]->node;
		struct in_addr address = f->statuses[i]->address;

		if (is_master(node) == masters && (masters || is_listed(f, node)) &&
		    doctor_outcome_of(f, DOCTOR_PORT, NULL, address, SESSION_PORT) == outcome)
			hosts_add_machine(f, &hosts, address);
	}
	if (hosts.count == 0)
		return;
	finding = find(
		report, "blocked-139", masters ? DOCTOR_ERROR : DOCTOR_WARNING,
		outcome == DOCTOR_DENIED
			? "Start the server's program for files there (smbd, \"smb ports = 445 "
			  "139\"; the service Server of Windows), or smb-export of browserd; or take "
			  "the host out of the browse list."
			: "Let TCP 139 in at the firewall of the host, or on the way to it.");
	WHAT(finding, "TCP 139 is %s at %zu %s%s", outcome == DOCTOR_DENIED ? "closed" : "blocked",
	     hosts.count, masters ? "master browser" : "server", hosts.count > 1 ? "s" : "");
	evidence_hosts(finding, f, &hosts);
	EVIDENCE(finding, ": UDP 137 answers, TCP 139 %s%s",
		 outcome == DOCTOR_DENIED ? "refuses the connection: nobody listens"
					  : "is silent: a firewall drops it",
		 masters ? ", so that nobody gets its browse list" : "");
	if (!masters && count_direct(f, &hosts) > 0)
		EVIDENCE(finding, "; TCP 445, which newer clients use, answers at %zu",
			 count_direct(f, &hosts));
}

void rule_blocked_139(const struct doctor_facts *f, struct doctor_report *report)
{
	find_blocked(f, true, DOCTOR_SILENT, report);
	find_blocked(f, true, DOCTOR_DENIED, report);
	find_blocked(f, false, DOCTOR_SILENT, report);
	find_blocked(f, false, DOCTOR_DENIED, report);
}
