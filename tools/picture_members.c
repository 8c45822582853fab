/* The servers of the lists that are no masters. */
#include <string.h>
#include <strings.h>

#include "smb/rap.h"
#include "tools/doctor_inner.h"
#include "tools/picture_inner.h"

/* Where others say it is, and where somebody says to be it. */
static void addresses_of_member(const struct doctor_facts *f, const char *server, struct hosts *out)
{
	char text[DOCTOR_NAME_SIZE];
	struct nbt_name name;

	addresses_of_server(f, server, out);
	for (size_t i = 0; i < f->status_count; i++) {
		if (!doctor_host_name(&f->statuses[i]->node, &name))
			continue;
		doctor_text(text, &name);
		if (strcasecmp(text, server) == 0)
			hosts_add(out, f->statuses[i]->address);
	}
}

static bool is_a_host(const struct picture *p, const struct hosts *addresses)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (picture_find_host(p, addresses->items[i]) != PICTURE_NONE)
			return true;
	return false;
}

/* At none of its addresses is anybody. */
static bool is_silent(const struct doctor_facts *f, const struct hosts *addresses)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (life_of(f, addresses->items[i]) != LIFE_DEAD)
			return false;
	return addresses->count > 0;
}

/* In the order of their subnets, and there of their names. */
static size_t place_for(const struct picture *p, const struct picture_member *member)
{
	size_t at = p->member_count;

	for (; at > 0; at--) {
		const struct picture_member *before = &p->members[at - 1];

		if (before->subnet < member->subnet ||
		    (before->subnet == member->subnet && strcmp(before->name, member->name) <= 0))
			break;
	}
	return at;
}

static void add_member(struct picture *p, const struct doctor_facts *f,
		       const struct doctor_entry *entry)
{
	struct picture_member member = { .is_silent = false };
	struct hosts addresses = { .count = 0 };
	size_t at;

	addresses_of_member(f, entry->name, &addresses);
	if (is_a_host(p, &addresses))
		return;
	member.is_silent = is_silent(f, &addresses);
	member.subnet = addresses.count > 0 ? picture_place_subnet(p, f, addresses.items[0])
					    : picture_place_nowhere(p);
	if (member.subnet == PICTURE_NONE || p->member_count == PICTURE_MEMBERS) {
		p->is_cut = true;
		return;
	}
	snprintf(member.name, sizeof(member.name), "%s", text_words(entry->name).text);
	at = place_for(p, &member);
	memmove(&p->members[at + 1], &p->members[at],
		(p->member_count - at) * sizeof(p->members[0]));
	p->members[at] = member;
	p->member_count++;
}

void picture_add_members(struct picture *p, const struct doctor_facts *f)
{
	for (size_t i = 0; i < f->entry_count; i++)
		if (f->entries[i].is_first && (f->entries[i].type & RAP_TYPE_DOMAIN_ENUM) == 0)
			add_member(p, f, &f->entries[i]);
}
