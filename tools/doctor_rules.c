#include "tools/doctor_rules.h"

#include <string.h>

#include "common/array.h"
#include "tools/doctor_inner.h"

/* In the order in which faults are best mended. */
static rule_fn *const rules[] = {
	/* What is below. */
	rule_wrong_mask,
	rule_own_firewall,
	/* Masters of subnets. */
	rule_rival_masters,
	rule_dead_master,
	rule_master_not_kept,
	rule_no_master,
	rule_nobody,
	/* Name servers, and the way to others. */
	rule_wins_silent,
	rule_no_wins,
	rule_wrong_wins,
	rule_nbdd_silent,
	rule_nbdd_ignorant,
	rule_firewall_between,
	rule_blocked_139,
	rule_no_list,
	/* Between subnets. */
	rule_dead_domain_master,
	rule_rival_domain_masters,
	rule_no_domain_master,
	rule_sync_failing,
	rule_not_synced,
	/* Single hosts. */
	rule_duplicate_name,
	rule_conflict,
	rule_other_network,
	rule_host_firewall,
	rule_unresolvable,
	rule_stale_list,
	rule_wins_differs,
	rule_wins_disagree,
};

void doctor_judge(const struct doctor_facts *f, struct doctor_report *out)
{
	out->count = 0;
	out->is_cut = false;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		rules[i](f, out);
}

/*
 * Masters.
 */

static void add_master(struct doctor_master list[DOCTOR_MASTERS], size_t *count,
		       const struct doctor_master *master)
{
	for (size_t i = 0; i < *count; i++)
		if (list[i].address.s_addr == master->address.s_addr &&
		    list[i].is_domain_master == master->is_domain_master &&
		    strcmp(list[i].workgroup, master->workgroup) == 0)
			return;
	if (*count < DOCTOR_MASTERS)
		list[(*count)++] = *master;
}

static void masters_of(const struct doctor_facts *f, const char *workgroup,
		       struct doctor_master list[DOCTOR_MASTERS], size_t *count)
{
	static const uint8_t suffixes[] = { NBT_SUFFIX_DMB, NBT_SUFFIX_LMB };
	struct hosts hosts;

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		const struct nbt_name name = doctor_name(workgroup, suffixes[i]);
		struct doctor_master master = { .is_domain_master = suffixes[i] == NBT_SUFFIX_DMB };

		hosts.count = 0;
		memcpy(master.workgroup, workgroup, strlen(workgroup) + 1);
		addresses_of(f, &name, &hosts);
		for (size_t j = 0; j < f->status_count; j++)
			if (doctor_holds(&f->statuses[j]->node, &name, false))
				hosts_add(&hosts, f->statuses[j]->address);
		for (size_t j = 0; j < hosts.count; j++) {
			master.address = hosts.items[j];
			master.subnet = doctor_subnet_of(f, master.address);
			add_master(list, count, &master);
		}
	}
}

size_t doctor_masters(const struct doctor_facts *f, struct doctor_master list[DOCTOR_MASTERS])
{
	size_t count = 0;

	for (size_t i = 0; i < f->workgroup_count; i++)
		masters_of(f, f->workgroups[i], list, &count);
	return count;
}
