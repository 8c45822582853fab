/* The doctor's rules about names: held twice, found nowhere, or leading to nobody. */
#include <string.h>
#include <strings.h>

#include "smb/rap.h"
#include "tools/doctor_inner.h"

#define NAMED_MAX 20

/*
 * Names that two hosts have.
 */

/* Both say so themselves, or one has answered for it to a broadcast. */
static bool is_owner(const struct doctor_facts *f, const struct nbt_name *name,
		     struct in_addr address)
{
	if (doctor_status_of(f, address) != NULL)
		return doctor_holds(doctor_status_of(f, address), name, false);
	for (size_t i = 0; i < f->answer_count; i++)
		if (f->answers[i].kind != DOCTOR_SERVER &&
		    f->answers[i].from.s_addr == address.s_addr &&
		    nbt_name_equal(&f->answers[i].name, name))
			return true;
	return false;
}

static bool is_same_table(const struct nbt_node_status *a, const struct nbt_node_status *b)
{
	if (a == NULL || b == NULL || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!doctor_holds(b, &a->names[i].name,
				  (a->names[i].flags & NBT_STATUS_GROUP) != 0))
			return false;
	return true;
}

/* A host with several addresses has the same names at each of them, each in another subnet. */
static bool may_be_one(const struct doctor_facts *f, struct in_addr a, struct in_addr b)
{
	return is_same_machine(f, a, b) ||
	       (!is_same_network(f, a, b) &&
		is_same_table(doctor_status_of(f, a), doctor_status_of(f, b)));
}

static void owners_of(const struct doctor_facts *f, const struct nbt_name *name, struct hosts *out)
{
	struct hosts addresses = { .count = 0 };

	addresses_of(f, name, &addresses);
	for (size_t i = 0; i < f->status_count; i++)
		if (doctor_holds(&f->statuses[i]->node, name, false))
			hosts_add(&addresses, f->statuses[i]->address);
	for (size_t i = 0; i < addresses.count; i++) {
		bool is_new = is_owner(f, name, addresses.items[i]);

		for (size_t j = 0; is_new && j < out->count; j++)
			is_new = !may_be_one(f, out->items[j], addresses.items[i]);
		if (is_new)
			hosts_add(out, addresses.items[i]);
	}
}

static void find_duplicate(const struct doctor_facts *f, const struct nbt_name *name,
			   struct doctor_report *report)
{
	struct hosts owners = { .count = 0 };
	struct doctor_finding *finding;

	owners_of(f, name, &owners);
	if (owners.count < 2)
		return;
	finding = find(
		report, "duplicate-name", DOCTOR_ERROR,
		"Rename all but one of them, and restart those. Clients reach one or the other "
		"by chance.");
	WHAT(finding, "%zu hosts have the name %s", owners.count, name_words(name).text);
	EVIDENCE(finding, "it is held by ");
	evidence_hosts(finding, f, &owners);
}

/* Each name by which a host is called, once. */
void rule_duplicate_name(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->status_count; i++) {
		struct nbt_name name, other;
		bool is_first = doctor_host_name(&f->statuses[i]->node, &name);

		for (size_t j = 0; is_first && j < i; j++)
			is_first = !doctor_host_name(&f->statuses[j]->node, &other) ||
				   !nbt_name_equal(&name, &other);
		if (is_first)
			find_duplicate(f, &name, report);
	}
}

static void find_conflict(const struct doctor_facts *f, const struct doctor_status *status,
			  const struct nbt_name *name, struct doctor_report *report)
{
	struct doctor_finding *finding = find(
		report, "name-in-conflict", DOCTOR_ERROR,
		"Another host has claimed the name, and this one has given it up. Rename one of "
		"the two, and restart this one.");

	WHAT(finding, "%s has lost the name %s in a conflict", host_words(f, status->address).text,
	     name_words(name).text);
	EVIDENCE(finding, "its node status marks the name as in conflict");
}

void rule_conflict(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->status_count; i++)
		for (size_t j = 0; j < f->statuses[i]->node.count; j++) {
			const struct nbt_status_name *entry = &f->statuses[i]->node.names[j];

			if ((entry->flags & NBT_STATUS_CONFLICT) != 0)
				find_conflict(f, f->statuses[i], &entry->name, report);
		}
}

/*
 * Servers of lists.
 */

/* Everybody who could know it was asked, and nobody does: broadcasts were silent, and where there
 * are name servers, at least one said no. */
static bool is_known_nowhere(const struct doctor_facts *f, const char *server)
{
	const struct nbt_name name = doctor_name(server, NBT_SUFFIX_SERVER),
			      other = doctor_name(server, NBT_SUFFIX_WORKSTATION);
	size_t silent = 0, denied = 0;

	for (size_t i = 0; i < f->question_count; i++) {
		const struct doctor_question *q = &f->questions[i];

		if (!nbt_name_equal(&q->name, &name) && !nbt_name_equal(&q->name, &other))
			continue;
		if (q->outcome == DOCTOR_OPEN || q->outcome == DOCTOR_ANSWERED)
			return false;
		silent += q->kind == DOCTOR_SUBNET;
		denied += q->outcome == DOCTOR_DENIED;
	}
	return denied > 0 || (silent > 0 && f->server_count == 0);
}

/* Whether somebody could have answered: hosts here, or in a virtual LAN, whose hosts are known to
 * the name server only. */
static bool is_heard_anywhere(const struct doctor_facts *f)
{
	for (size_t i = 0; i < f->workgroup_count; i++) {
		const struct nbt_name master = doctor_name(f->workgroups[i], NBT_SUFFIX_LMB);

		if (has_virtual_lan(f, &master))
			return true;
	}
	for (size_t i = 0; i < f->subnet_count; i++)
		if (is_heard(f, &f->subnets[i]))
			return true;
	return false;
}

static bool is_server(const struct doctor_entry *entry)
{
	return entry->is_first && (entry->type & RAP_TYPE_DOMAIN_ENUM) == 0;
}

static bool are_all_dead(const struct doctor_facts *f, const struct hosts *addresses)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (life_of(f, addresses->items[i]) != LIFE_DEAD ||
		    is_beyond_reach(f, addresses->items[i]))
			return false;
	return addresses->count > 0;
}

static bool is_dead(const struct doctor_facts *f, const char *server)
{
	struct hosts addresses = { .count = 0 };

	addresses_of_server(f, server, &addresses);
	return are_all_dead(f, &addresses);
}

/* Servers with the same fault are one finding: there may be hundreds. */
struct servers {
	const struct doctor_entry *items[NAMED_MAX]; /* the first ones */
	size_t count;
	bool is_one_list; /* all are in the list of one master */
};

static void servers_that(const struct doctor_facts *f,
			 bool (*is_it)(const struct doctor_facts *f, const char *server),
			 struct servers *out)
{
	*out = (struct servers){ .is_one_list = true };
	for (size_t i = 0; i < f->entry_count; i++) {
		const struct doctor_entry *entry = &f->entries[i];

		if (!is_server(entry) || !is_it(f, entry->name))
			continue;
		if (out->count < NAMED_MAX)
			out->items[out->count] = entry;
		out->is_one_list &= out->items[0]->from.s_addr == entry->from.s_addr;
		out->count++;
	}
}

static void evidence_server(struct doctor_finding *finding, const struct doctor_facts *f,
			    const struct doctor_entry *entry)
{
	struct hosts addresses = { .count = 0 };

	EVIDENCE(finding, "%s", text_words(entry->name).text);
	addresses_of_server(f, entry->name, &addresses);
	for (size_t i = 0; i < addresses.count && i < 3; i++)
		EVIDENCE(finding, "%s%s", i == 0 ? " (" : ", ",
			 address_words(addresses.items[i]).text);
	EVIDENCE(finding, "%s", addresses.count > 0 ? ")" : "");
}

static void describe(struct doctor_finding *finding, const struct doctor_facts *f,
		     const struct servers *servers, const char *one, const char *several)
{
	size_t shown = servers->count < NAMED_MAX ? servers->count : NAMED_MAX;

	if (servers->count == 1)
		WHAT(finding, "%s is in the browse list, but %s",
		     text_words(servers->items[0]->name).text, one);
	else
		WHAT(finding, "%zu servers are in the browse list, but %s", servers->count,
		     several);
	if (servers->is_one_list)
		EVIDENCE(finding,
			 "in the list of %s: ", host_words(f, servers->items[0]->from).text);
	else
		EVIDENCE(finding, "in the lists of several masters: ");
	for (size_t i = 0; i < shown; i++) {
		EVIDENCE(finding, "%s", i > 0 ? ", " : "");
		evidence_server(finding, f, servers->items[i]);
	}
	if (shown < servers->count)
		EVIDENCE(finding, " and %zu more", servers->count - shown);
}

void rule_unresolvable(const struct doctor_facts *f, struct doctor_report *report)
{
	struct doctor_finding *finding;
	struct servers servers;

	if (!is_heard_anywhere(f))
		return;
	servers_that(f, is_known_nowhere, &servers);
	if (servers.count == 0)
		return;
	finding = find(
		report, "unresolvable", DOCTOR_WARNING,
		"If a host is gone, its entry goes by itself within 36 minutes (72 in other subnets). "
		"If it runs, see that it answers on UDP 137, and, if it is in another subnet, that "
		"it has the same WINS server as the hosts here, and this host, too.");
	describe(finding, f, &servers, "its name leads nowhere", "their names lead nowhere");
	EVIDENCE(finding, "; no host here answers for the name to a broadcast, and %s",
		 f->server_count > 0 ? "no name server knows it"
				     : "this host has no name server to ask");
}

void rule_stale_list(const struct doctor_facts *f, struct doctor_report *report)
{
	struct doctor_finding *finding;
	struct servers servers;

	servers_that(f, is_dead, &servers);
	if (servers.count == 0)
		return;
	finding = find(
		report, "stale-list", DOCTOR_WARNING,
		"The host is off, or a firewall lets nothing through to it. If it is gone for good, its "
		"entry goes by itself within 36 minutes (72 in other subnets; nmbd keeps those of "
		"other subnets for days, until it is restarted), and its name on the name server "
		"can be deleted: nbtctl names delete.");
	describe(finding, f, &servers, "does not answer", "do not answer");
	EVIDENCE(finding, ", where neither UDP 137 nor TCP 139 and 445 answer");
}

/*
 * A name server that gives an address at which the name is not.
 */

static bool answers_here(const struct doctor_facts *f, const struct nbt_name *name,
			 struct hosts *out)
{
	for (size_t i = 0; i < f->answer_count; i++)
		if (f->answers[i].kind != DOCTOR_SERVER &&
		    (f->answers[i].flags & NBT_NB_GROUP) == 0 &&
		    nbt_name_equal(&f->answers[i].name, name))
			hosts_add(out, f->answers[i].address);
	return out->count > 0;
}

static void find_differing(const struct doctor_facts *f, const struct doctor_answer *answer,
			   struct doctor_report *report)
{
	struct hosts here = { .count = 0 };
	struct doctor_finding *finding;

	if (!doctor_is_host(answer->address) || (answer->flags & NBT_NB_GROUP) != 0 ||
	    !answers_here(f, &answer->name, &here) || is_owner(f, &answer->name, answer->address))
		return;
	for (size_t i = 0; i < here.count; i++)
		if (is_same_machine(f, here.items[i], answer->address))
			return;
	finding = find(
		report, "stale-name", DOCTOR_WARNING,
		"The name server keeps an address that the host had before. Delete the name there "
		"(nbtctl names delete) and restart the host's name service, or \"nbtstat -RR\" on "
		"Windows. Look for static mappings, too.");
	WHAT(finding, "the name server %s has another address of %s than the host itself",
	     address_words(answer->at).text, name_words(&answer->name).text);
	EVIDENCE(finding, "it says %s, where the name is not; here the name is answered for by ",
		 address_words(answer->address).text);
	evidence_hosts(finding, f, &here);
}

void rule_wins_differs(const struct doctor_facts *f, struct doctor_report *report)
{
	for (size_t i = 0; i < f->answer_count; i++)
		if (f->answers[i].kind == DOCTOR_SERVER &&
		    nbt_name_suffix(&f->answers[i].name) != NBT_SUFFIX_DMB)
			find_differing(f, &f->answers[i], report);
}
