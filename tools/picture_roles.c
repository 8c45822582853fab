/* Who is a master or a name server, and whether that is as it should be. */
#include <string.h>
#include <strings.h>

#include "smb/rap.h"
#include "tools/doctor_inner.h"
#include "tools/picture_inner.h"

bool picture_is_listed(const struct doctor_entry *entry, const char *workgroup,
		       struct in_addr address)
{
	return entry->from.s_addr == address.s_addr && (entry->type & RAP_TYPE_DOMAIN_ENUM) == 0 &&
	       strcasecmp(entry->workgroup, workgroup) == 0;
}

size_t picture_role_in(const struct picture_host *host, const char *workgroup)
{
	size_t i = 0;

	while (i < host->role_count && strcasecmp(host->roles[i].workgroup, workgroup) != 0)
		i++;
	return i;
}

/*
 * Found or added.
 */

/* NULL: there is no room. */
static struct picture_role *role_for(struct picture *p, const struct doctor_facts *f,
				     struct in_addr address, const char *workgroup)
{
	size_t at = picture_place_host(p, f, address, NULL), i;
	struct picture_host *host;

	if (at == PICTURE_NONE)
		return NULL;
	host = &p->hosts[at];
	i = picture_role_in(host, workgroup);
	if (i == PICTURE_ROLES) {
		p->is_cut = true;
		return NULL;
	}
	if (i == host->role_count) {
		snprintf(host->roles[i].workgroup, DOCTOR_NAME_SIZE, "%s", workgroup);
		host->role_count++;
	}
	return &host->roles[i];
}

/* The host is there, and does not have the name that others say it has. */
static bool is_denied(const struct doctor_facts *f, const struct doctor_master *master)
{
	const struct nbt_node_status *node = doctor_status_of(f, master->address);
	const struct nbt_name name = doctor_name(
		master->workgroup, master->is_domain_master ? NBT_SUFFIX_DMB : NBT_SUFFIX_LMB);

	return node != NULL && !doctor_holds(node, &name, false);
}

static void place_masters(struct picture *p, const struct doctor_facts *f)
{
	static struct doctor_master masters[DOCTOR_MASTERS];
	size_t count = doctor_masters(f, masters);

	for (size_t i = 0; i < count; i++) {
		struct picture_role *role =
			role_for(p, f, masters[i].address, masters[i].workgroup);

		if (role == NULL)
			continue;
		if (is_denied(f, &masters[i]))
			role->fault = PICTURE_DENIED;
		role->is_domain_master |= masters[i].is_domain_master;
		role->is_local_master |= !masters[i].is_domain_master;
	}
}

/* A name server that has answered nothing, whatever else the host does. */
static bool is_deaf(const struct doctor_facts *f, struct in_addr server)
{
	bool was_asked = false;

	for (size_t i = 0; i < f->question_count; i++) {
		const struct doctor_question *q = &f->questions[i];

		if (q->kind != DOCTOR_SERVER || q->at.s_addr != server.s_addr ||
		    q->outcome == DOCTOR_OPEN)
			continue;
		if (q->outcome != DOCTOR_SILENT)
			return false;
		was_asked = true;
	}
	return was_asked;
}

static void place_name_servers(struct picture *p, const struct doctor_facts *f)
{
	for (size_t i = 0; i < f->server_count; i++) {
		struct picture_role *role = role_for(p, f, f->servers[i], "");

		if (role != NULL && is_deaf(f, f->servers[i]))
			role->fault = PICTURE_DEAF;
	}
}

/*
 * Rivals: two local masters in one subnet, two domain masters anywhere.
 */

static bool are_rivals(const struct doctor_facts *f, const struct picture_host *a,
		       const struct picture_role *as, const struct picture_host *b,
		       const struct picture_role *bs)
{
	bool is_domain = as->is_domain_master && bs->is_domain_master;
	bool is_local = as->is_local_master && bs->is_local_master && a->subnet == b->subnet;

	return (is_domain || is_local) && as->fault != PICTURE_DENIED &&
	       bs->fault != PICTURE_DENIED && !a->is_silent && !b->is_silent &&
	       !is_same_machine(f, a->address, b->address);
}

static void compare(const struct doctor_facts *f, struct picture_host *a, struct picture_host *b)
{
	for (size_t i = 0; i < a->role_count; i++) {
		struct picture_role *role = &a->roles[i];
		size_t other = picture_role_in(b, role->workgroup);

		if (other < b->role_count && are_rivals(f, a, role, b, &b->roles[other]))
			role->fault = b->roles[other].fault = PICTURE_RIVAL;
	}
}

/*
 * Words.
 */

static size_t count_servers(const struct doctor_facts *f, const char *workgroup,
			    struct in_addr address)
{
	size_t count = 0;

	for (size_t i = 0; i < f->entry_count; i++)
		count += picture_is_listed(&f->entries[i], workgroup, address);
	return count;
}

static void describe(const struct doctor_facts *f, const struct picture_host *host,
		     struct picture_role *role)
{
	static const char *const faults[] = {
		[PICTURE_RIGHT] = "",
		[PICTURE_DENIED] = ", but is none",
		[PICTURE_RIVAL] = ", not the only one",
		[PICTURE_DEAF] = ", silent",
	};
	size_t count = count_servers(f, role->workgroup, host->address);

	if (role->workgroup[0] == '\0')
		snprintf(role->text, PICTURE_TEXT_SIZE, "name server");
	else
		snprintf(role->text, PICTURE_TEXT_SIZE, "%s: %s%s%s",
			 text_words(role->workgroup).text,
			 role->is_domain_master ? "domain master" : "",
			 role->is_domain_master && role->is_local_master ? ", " : "",
			 role->is_local_master ? "master" : "");
	say(role->text, PICTURE_TEXT_SIZE, "%s", faults[role->fault]);
	if (count > 0)
		say(role->text, PICTURE_TEXT_SIZE, ", %zu server%s", count, count == 1 ? "" : "s");
}

void picture_add_roles(struct picture *p, const struct doctor_facts *f)
{
	place_masters(p, f);
	place_name_servers(p, f);
	for (size_t i = 0; i < p->host_count; i++)
		for (size_t k = 0; k < i; k++)
			compare(f, &p->hosts[i], &p->hosts[k]);
	for (size_t i = 0; i < p->host_count; i++) {
		struct picture_host *host = &p->hosts[i];

		for (size_t k = 0; k < host->role_count; k++) {
			describe(f, host, &host->roles[k]);
			host->is_domain_master |= host->roles[k].is_domain_master;
		}
	}
}
