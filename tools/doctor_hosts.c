/* The doctor's judgements about hosts. */
#include <string.h>

#include "tools/doctor_inner.h"

/*
 * Life.
 */

static bool has_port(const struct doctor_facts *f, struct in_addr address, uint16_t port)
{
	enum doctor_outcome outcome = doctor_outcome_of(f, DOCTOR_PORT, NULL, address, port);

	return outcome == DOCTOR_ANSWERED || outcome == DOCTOR_DENIED;
}

enum life life_of(const struct doctor_facts *f, struct in_addr address)
{
	if (doctor_status_of(f, address) != NULL)
		return LIFE_NAMES;
	if (doctor_is_own(f, address) ||
	    doctor_outcome_of(f, DOCTOR_STATUS, NULL, address, 0) != DOCTOR_SILENT)
		return LIFE_UNKNOWN;
	if (has_port(f, address, SESSION_PORT) || has_port(f, address, DIRECT_PORT))
		return LIFE_TCP;
	return doctor_outcome_of(f, DOCTOR_PORT, NULL, address, SESSION_PORT) == DOCTOR_SILENT &&
			       doctor_outcome_of(f, DOCTOR_PORT, NULL, address, DIRECT_PORT) ==
				       DOCTOR_SILENT
		       ? LIFE_DEAD
		       : LIFE_UNKNOWN;
}

static bool has_same_mac(const struct doctor_facts *f, struct in_addr a, struct in_addr b)
{
	static const uint8_t none[6];
	const struct nbt_node_status *first = doctor_status_of(f, a),
				     *second = doctor_status_of(f, b);

	return first != NULL && second != NULL && memcmp(first->unit_id, none, sizeof(none)) != 0 &&
	       memcmp(first->unit_id, second->unit_id, sizeof(none)) == 0;
}

static bool is_one_answer(const struct doctor_answer *a, const struct doctor_answer *b)
{
	return a->kind == b->kind && a->at.s_addr == b->at.s_addr &&
	       a->from.s_addr == b->from.s_addr && nbt_name_equal(&a->name, &b->name) &&
	       ((a->flags | b->flags) & NBT_NB_GROUP) == 0;
}

/* Somebody has given both for one unique name: a host with two addresses. */
static bool is_multihomed(const struct doctor_facts *f, struct in_addr a, struct in_addr b)
{
	for (size_t i = 0; i < f->answer_count; i++) {
		if (f->answers[i].address.s_addr != a.s_addr)
			continue;
		for (size_t j = 0; j < f->answer_count; j++)
			if (f->answers[j].address.s_addr == b.s_addr &&
			    is_one_answer(&f->answers[i], &f->answers[j]))
				return true;
	}
	return false;
}

bool is_same_machine(const struct doctor_facts *f, struct in_addr a, struct in_addr b)
{
	return a.s_addr == b.s_addr || (doctor_is_own(f, a) && doctor_is_own(f, b)) ||
	       has_same_mac(f, a, b) || is_multihomed(f, a, b);
}

bool is_p_node(const struct nbt_node_status *node)
{
	return doctor_node_type(node) == NBT_NB_P;
}

/*
 * Sets of hosts.
 */

void hosts_add(struct hosts *hosts, struct in_addr address)
{
	for (size_t i = 0; i < hosts->count; i++)
		if (hosts->items[i].s_addr == address.s_addr)
			return;
	if (hosts->count < DOCTOR_STATUSES && doctor_is_host(address))
		hosts->items[hosts->count++] = address;
}

void hosts_add_machine(const struct doctor_facts *f, struct hosts *hosts, struct in_addr address)
{
	for (size_t i = 0; i < hosts->count; i++)
		if (is_same_machine(f, hosts->items[i], address))
			return;
	hosts_add(hosts, address);
}

void holders_in(const struct doctor_facts *f, const struct doctor_subnet *subnet,
		const struct nbt_name *name, struct hosts *out)
{
	for (size_t i = 0; i < f->answer_count; i++) {
		const struct doctor_answer *answer = &f->answers[i];

		if (answer->kind != DOCTOR_SERVER && answer->at.s_addr == subnet->address.s_addr &&
		    nbt_name_equal(&answer->name, name))
			hosts_add_machine(f, out, answer->address);
	}
	for (size_t i = 0; i < f->status_count; i++)
		if (doctor_subnet_of(f, f->statuses[i]->address) == subnet &&
		    doctor_holds(&f->statuses[i]->node, name, false))
			hosts_add_machine(f, out, f->statuses[i]->address);
}

void addresses_of(const struct doctor_facts *f, const struct nbt_name *name, struct hosts *out)
{
	for (size_t i = 0; i < f->answer_count; i++)
		if (nbt_name_equal(&f->answers[i].name, name))
			hosts_add(out, f->answers[i].address);
}

void addresses_of_server(const struct doctor_facts *f, const char *server, struct hosts *out)
{
	struct nbt_name name = doctor_name(server, NBT_SUFFIX_SERVER);

	addresses_of(f, &name, out);
	if (out->count > 0)
		return;
	name = doctor_name(server, NBT_SUFFIX_WORKSTATION);
	addresses_of(f, &name, out);
}

/*
 * Networks.
 */

bool is_same_network(const struct doctor_facts *f, struct in_addr a, struct in_addr b)
{
	const struct doctor_subnet *subnet = doctor_subnet_of(f, a);
	in_addr_t mask = htonl(0xFFFFFF00);

	if (subnet != NULL)
		mask = subnet->netmask.s_addr;
	else if (f->subnet_count > 0)
		mask = f->subnets[0].netmask.s_addr;
	return ((a.s_addr ^ b.s_addr) & mask) == 0;
}

bool is_beyond_reach(const struct doctor_facts *f, struct in_addr address)
{
	size_t dead = 0;

	if (doctor_subnet_of(f, address) != NULL)
		return false;
	for (size_t i = 0; i < f->question_count; i++) {
		struct in_addr other = f->questions[i].at;

		if (f->questions[i].kind != DOCTOR_STATUS || !is_same_network(f, address, other))
			continue;
		if (life_of(f, other) > LIFE_DEAD)
			return false;
		dead += life_of(f, other) == LIFE_DEAD;
	}
	return dead > 1;
}

bool is_heard(const struct doctor_facts *f, const struct doctor_subnet *subnet)
{
	for (size_t i = 0; i < f->answer_count; i++)
		if (f->answers[i].kind != DOCTOR_SERVER &&
		    f->answers[i].at.s_addr == subnet->address.s_addr &&
		    !doctor_is_own(f, f->answers[i].from))
			return true;
	return false;
}

bool has_virtual_lan(const struct doctor_facts *f, const struct nbt_name *master)
{
	for (size_t i = 0; i < f->answer_count; i++)
		if (f->answers[i].kind == DOCTOR_SERVER &&
		    nbt_name_equal(&f->answers[i].name, master))
			return true;
	return false;
}
