#include "tools/doctor_plan.h"

#include <string.h>
#include <strings.h>

#include "common/array.h"
#include "smb/rap.h"

/* In all subnets of this host. */
static void ask_subnets(struct doctor_facts *f, enum doctor_kind kind, const struct nbt_name *name)
{
	for (size_t i = 0; i < f->subnet_count; i++)
		(void)doctor_want(f, kind, name, f->subnets[i].address, 0);
}

/* One that has never said anything is not asked any more. */
static bool is_silent(const struct doctor_facts *f, struct in_addr server)
{
	bool was_asked = false;

	for (size_t i = 0; i < f->question_count; i++) {
		const struct doctor_question *q = &f->questions[i];

		if (q->kind != DOCTOR_SERVER || q->at.s_addr != server.s_addr)
			continue;
		if (q->outcome != DOCTOR_SILENT)
			return false;
		was_asked = true;
	}
	return was_asked;
}

static void ask_servers(struct doctor_facts *f, const struct nbt_name *name)
{
	for (size_t i = 0; i < f->server_count; i++)
		if (!is_silent(f, f->servers[i]))
			(void)doctor_want(f, DOCTOR_SERVER, name, f->servers[i], 0);
}

/* Masters, and who could be one; by 255.255.255.255 also those hear it whose mask is another. */
static void ask_for_workgroup(struct doctor_facts *f, const char *workgroup)
{
	static const uint8_t suffixes[] = { NBT_SUFFIX_LMB, NBT_SUFFIX_DMB, NBT_SUFFIX_ELECTION,
					    NBT_SUFFIX_WORKSTATION };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		const struct nbt_name name = doctor_name(workgroup, suffixes[i]);

		ask_subnets(f, DOCTOR_SUBNET, &name);
		if (suffixes[i] != NBT_SUFFIX_DMB)
			ask_subnets(f, DOCTOR_LIMITED, &name);
		if (suffixes[i] == NBT_SUFFIX_LMB || suffixes[i] == NBT_SUFFIX_DMB)
			ask_servers(f, &name);
	}
}

static void ask_ports(struct doctor_facts *f, struct in_addr address)
{
	(void)doctor_want(f, DOCTOR_PORT, NULL, address, SESSION_PORT);
	(void)doctor_want(f, DOCTOR_PORT, NULL, address, DIRECT_PORT);
}

/*
 * Hosts.
 */

/* A host that did not say who it is may be there all the same. */
static void ask_host(struct doctor_facts *f, struct in_addr address)
{
	(void)doctor_want(f, DOCTOR_STATUS, NULL, address, 0);
	if (doctor_outcome_of(f, DOCTOR_STATUS, NULL, address, 0) == DOCTOR_SILENT)
		ask_ports(f, address);
}

/* Its lists, of each workgroup that it is the master of. */
static void ask_master(struct doctor_facts *f, const struct doctor_status *status)
{
	const struct nbt_node_status *node = &status->node;

	for (size_t i = 0; i < node->count; i++) {
		uint8_t suffix = nbt_name_suffix(&node->names[i].name);
		char workgroup[DOCTOR_NAME_SIZE];
		struct nbt_name name;

		if ((node->names[i].flags & NBT_STATUS_GROUP) != 0 ||
		    (suffix != NBT_SUFFIX_LMB && suffix != NBT_SUFFIX_DMB))
			continue;
		doctor_text(workgroup, &node->names[i].name);
		if (!doctor_add_workgroup(f, workgroup))
			continue;
		name = doctor_name(workgroup, NBT_SUFFIX_LMB);
		(void)doctor_want(f, DOCTOR_LISTS, &name, status->address, 0);
	}
}

/* Whether the host itself has answered for a name, asked there. */
static bool has_answered(const struct doctor_facts *f, enum doctor_kind kind,
			 const struct nbt_name *name, struct in_addr host)
{
	for (size_t i = 0; i < f->answer_count; i++)
		if (f->answers[i].kind == kind && f->answers[i].from.s_addr == host.s_addr &&
		    nbt_name_equal(&f->answers[i].name, name))
			return true;
	return false;
}

/* Its name, as all have to find it; and in another way if it does not answer. */
static void ask_for_name(struct doctor_facts *f, const struct doctor_status *status)
{
	const struct doctor_subnet *subnet = doctor_subnet_of(f, status->address);
	struct nbt_name name;

	if (!doctor_host_name(&status->node, &name))
		return;
	ask_servers(f, &name);
	if (subnet == NULL)
		return;
	(void)doctor_want(f, DOCTOR_SUBNET, &name, subnet->address, 0);
	if (doctor_outcome_of(f, DOCTOR_SUBNET, &name, subnet->address, 0) > DOCTOR_OPEN &&
	    !has_answered(f, DOCTOR_SUBNET, &name, status->address))
		(void)doctor_want(f, DOCTOR_LIMITED, &name, subnet->address, 0);
}

static bool is_browser(const struct nbt_node_status *node)
{
	for (size_t i = 0; i < node->count; i++)
		if (nbt_name_suffix(&node->names[i].name) == NBT_SUFFIX_SERVER ||
		    nbt_name_suffix(&node->names[i].name) == NBT_SUFFIX_LMB)
			return true;
	return false;
}

/* The workgroup of a master is one to look at. */
static void learn_workgroup(struct doctor_facts *f, const struct doctor_status *status)
{
	const struct nbt_name everybody = doctor_everybody();
	char workgroup[DOCTOR_NAME_SIZE];

	if (!doctor_holds(&status->node, &everybody, true) && !doctor_is_own(f, status->address))
		return;
	for (size_t i = 0; i < status->node.count; i++) {
		const struct nbt_status_name *entry = &status->node.names[i];

		if ((entry->flags & NBT_STATUS_GROUP) == 0 ||
		    nbt_name_suffix(&entry->name) != NBT_SUFFIX_WORKSTATION)
			continue;
		doctor_text(workgroup, &entry->name);
		(void)doctor_add_workgroup(f, workgroup);
	}
}

static void plan_statuses(struct doctor_facts *f)
{
	for (size_t i = 0; i < f->status_count; i++) {
		const struct doctor_status *status = f->statuses[i];

		learn_workgroup(f, status);
		ask_master(f, status);
		ask_for_name(f, status);
		if (is_browser(&status->node))
			ask_ports(f, status->address);
	}
}

/*
 * Lists.
 */

/* Nobody has it as a server: maybe by its other name. */
static bool is_unknown(const struct doctor_facts *f, const struct nbt_name *name)
{
	for (size_t i = 0; i < f->answer_count; i++)
		if (nbt_name_equal(&f->answers[i].name, name))
			return false;
	for (size_t i = 0; i < f->question_count; i++)
		if (f->questions[i].outcome == DOCTOR_OPEN &&
		    nbt_name_equal(&f->questions[i].name, name))
			return false;
	return true;
}

static void ask_for_server(struct doctor_facts *f, const struct doctor_entry *entry)
{
	struct nbt_name name = doctor_name(entry->name, NBT_SUFFIX_SERVER);

	ask_subnets(f, DOCTOR_SUBNET, &name);
	ask_servers(f, &name);
	if (!is_unknown(f, &name))
		return;
	name = doctor_name(entry->name, NBT_SUFFIX_WORKSTATION);
	ask_subnets(f, DOCTOR_SUBNET, &name);
	ask_servers(f, &name);
}

static void plan_entries(struct doctor_facts *f)
{
	for (size_t i = 0; i < f->entry_count; i++) {
		const struct doctor_entry *entry = &f->entries[i];

		if (!entry->is_first)
			continue;
		if ((entry->type & RAP_TYPE_DOMAIN_ENUM) == 0)
			ask_for_server(f, entry);
		else
			(void)doctor_add_workgroup(f, entry->name);
	}
}

/*
 * All of it.
 */

static void plan_answers(struct doctor_facts *f)
{
	for (size_t i = 0; i < f->answer_count; i++) {
		const struct doctor_answer answer = f->answers[i];

		if (doctor_is_host(answer.address))
			ask_host(f, answer.address);
		if (answer.kind != DOCTOR_SERVER && doctor_subnet_of(f, answer.from) == NULL)
			ask_host(f, answer.from);
	}
}

/* Is the host there, and who is it? */
static void plan_servers(struct doctor_facts *f)
{
	for (size_t i = 0; i < f->server_count; i++)
		ask_host(f, f->servers[i]);
}

/* Who takes part in elections is a group that a name server and an NBDD have to know. */
static void plan_nbdds(struct doctor_facts *f)
{
	for (size_t i = 0; i < f->workgroup_count && f->nbdd_count > 0; i++) {
		const struct nbt_name group = doctor_name(f->workgroups[i], NBT_SUFFIX_ELECTION);

		ask_servers(f, &group);
		for (size_t k = 0; k < f->nbdd_count; k++)
			(void)doctor_want(f, DOCTOR_NBDD, &group, f->nbdds[k], 0);
	}
	for (size_t i = 0; i < f->nbdd_count; i++)
		ask_host(f, f->nbdds[i]);
}

/* With whom the browser of this host exchanges lists. */
static void plan_syncs(struct doctor_facts *f)
{
	for (size_t i = 0; i < f->sync_count; i++)
		ask_host(f, f->syncs[i].address);
}

/* This host may be the name server itself, which its configuration need not say. A node that is
 * none denies a name of nobody, or sets RA with its own ones; only a name server does both. */
static void plan_own_server(struct doctor_facts *f, struct in_addr own)
{
	const struct nbt_name nobody = doctor_name("-DOCTOR-", NBT_SUFFIX_WORKSTATION);
	const struct doctor_question *q;
	struct nbt_name name;

	(void)doctor_want(f, DOCTOR_SERVER, &nobody, own, 0);
	if (doctor_outcome_of(f, DOCTOR_SERVER, &nobody, own, 0) != DOCTOR_DENIED ||
	    !doctor_host_name(doctor_status_of(f, own), &name))
		return;
	(void)doctor_want(f, DOCTOR_SERVER, &name, own, 0);
	q = doctor_asked(f, DOCTOR_SERVER, &name, own, 0);
	if (q != NULL && q->outcome == DOCTOR_ANSWERED && (q->flags & NBT_FLAG_RA) != 0)
		f->servers[f->server_count++] = own;
}

bool doctor_plan(struct doctor_facts *f)
{
	const struct nbt_name everybody = doctor_everybody();
	size_t before = f->question_count;

	ask_subnets(f, DOCTOR_SUBNET, &everybody);
	ask_subnets(f, DOCTOR_LIMITED, &everybody);
	for (size_t i = 0; i < f->subnet_count; i++)
		ask_host(f, f->subnets[i].address);
	plan_answers(f);
	plan_statuses(f);
	plan_entries(f);
	plan_servers(f);
	plan_syncs(f);
	plan_nbdds(f);
	for (size_t i = 0; i < f->subnet_count && f->server_count == 0; i++)
		plan_own_server(f, f->subnets[i].address);
	for (size_t i = 0; i < f->workgroup_count; i++)
		ask_for_workgroup(f, f->workgroups[i]);
	return f->question_count > before;
}
