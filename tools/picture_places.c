/* Where hosts are: subnets, and hosts in them, in the order of their addresses. */
#include <arpa/inet.h>
#include <string.h>

#include "tools/doctor_inner.h"
#include "tools/picture_inner.h"

/* Of a subnet behind a router only addresses are known. */
static struct picture_subnet describe_subnet(const struct doctor_facts *f, struct in_addr address)
{
	const struct doctor_subnet *subnet = doctor_subnet_of(f, address);
	struct picture_subnet out = { .network = ntohl(address.s_addr) & 0xffffff00 };

	if (subnet != NULL) {
		out.network = ntohl(subnet->address.s_addr & subnet->netmask.s_addr);
		snprintf(out.text, sizeof(out.text), "%s", subnet_words(subnet).text);
	} else {
		snprintf(out.text, sizeof(out.text), "elsewhere (%u.%u.%u.*)", out.network >> 24,
			 out.network >> 16 & 0xff, out.network >> 8 & 0xff);
	}
	return out;
}

static void make_room_for_subnet(struct picture *p, size_t at)
{
	memmove(&p->subnets[at + 1], &p->subnets[at],
		(p->subnet_count - at) * sizeof(p->subnets[0]));
	p->subnet_count++;
	for (size_t i = 0; i < p->host_count; i++)
		p->hosts[i].subnet += p->hosts[i].subnet >= at;
	for (size_t i = 0; i < p->member_count; i++)
		p->members[i].subnet += p->members[i].subnet >= at;
}

static size_t place(struct picture *p, const struct picture_subnet *subnet)
{
	size_t at = 0;

	while (at < p->subnet_count && p->subnets[at].network < subnet->network)
		at++;
	for (size_t i = at; i < p->subnet_count && p->subnets[i].network == subnet->network; i++)
		if (strcmp(p->subnets[i].text, subnet->text) == 0)
			return i;
	if (p->subnet_count == PICTURE_SUBNETS) {
		p->is_cut = true;
		return PICTURE_NONE;
	}
	make_room_for_subnet(p, at);
	p->subnets[at] = *subnet;
	return at;
}

size_t picture_place_subnet(struct picture *p, const struct doctor_facts *f, struct in_addr address)
{
	const struct picture_subnet subnet = describe_subnet(f, address);

	return place(p, &subnet);
}

size_t picture_place_nowhere(struct picture *p)
{
	static const struct picture_subnet nowhere = { .text = "address not known",
						       .network = UINT32_MAX };

	return place(p, &nowhere);
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

size_t picture_find_host(const struct picture *p, struct in_addr address)
{
	for (size_t i = 0; i < p->host_count; i++)
		if (p->hosts[i].address.s_addr == address.s_addr)
			return i;
	return PICTURE_NONE;
}

/* Asked by its names, and silent. */
static bool is_silent(const struct doctor_facts *f, struct in_addr address)
{
	enum life life = life_of(f, address);

	return life == LIFE_DEAD || life == LIFE_TCP;
}

size_t picture_place_host(struct picture *p, const struct doctor_facts *f, struct in_addr address,
			  const char *name)
{
	size_t at = picture_find_host(p, address), subnet;

	if (at != PICTURE_NONE)
		return at;
	p->is_cut |= p->host_count == PICTURE_HOSTS;
	subnet = p->host_count < PICTURE_HOSTS ? picture_place_subnet(p, f, address) : PICTURE_NONE;
	if (subnet == PICTURE_NONE)
		return PICTURE_NONE;
	at = p->host_count++;
	for (; at > 0 && ntohl(p->hosts[at - 1].address.s_addr) > ntohl(address.s_addr); at--)
		p->hosts[at] = p->hosts[at - 1];
	p->hosts[at] = (struct picture_host){ .address = address,
					      .subnet = subnet,
					      .is_silent = is_silent(f, address) };
	name_host(f, &p->hosts[at], name);
	return at;
}
