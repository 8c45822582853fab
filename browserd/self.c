/* This host itself: its names, and what the lists say of it. */
#include "browserd/role.h"

#include <string.h>

#include "browserd/text.h"

/*
 * Names.
 */

struct nbt_name browser_name(const char *text, uint8_t suffix)
{
	struct nbt_name name;
	char cut[NBT_NAME_LEN];

	text_copy(cut, sizeof(cut), text);
	if (nbt_name_make(&name, cut, suffix) != NBT_OK)
		memset(&name, 0, sizeof(name)); /* it is never too long */
	return name;
}

struct nbt_name browser_msbrowse(void)
{
	return browser_name("\x01\x02__MSBROWSE__\x02", NBT_SUFFIX_BROWSE);
}

bool browser_is_own_address(const struct browser_service *service, struct in_addr address)
{
	for (size_t i = 0; i < service->role_count; i++)
		if (service->roles[i].interface.address.s_addr == address.s_addr)
			return true;
	return false;
}

bool browser_is_own(const struct browser_service *service, const char *name)
{
	const struct browser_settings *settings = service->settings;

	if (text_equal(settings->name, name))
		return true;
	for (size_t i = 0; i < settings->alias_count; i++)
		if (text_equal(settings->aliases[i], name))
			return true;
	return false;
}

/*
 * The names of this host and its workgroups, on every interface.
 */

typedef void claim_fn(struct browser_service *service, const struct nbt_local_claim *claim);

static struct nbt_local_claim own_claim(const struct browser_service *service, const char *name,
					uint8_t suffix, bool is_group)
{
	return (struct nbt_local_claim){ .name = browser_name(name, suffix),
					 .scope = service->settings->scope,
					 .is_group = is_group };
}

static void each_own_claim(struct browser_service *service, claim_fn *each)
{
	const struct browser_settings *settings = service->settings;
	struct nbt_local_claim claim =
		own_claim(service, settings->name, NBT_SUFFIX_WORKSTATION, false);

	each(service, &claim);
	for (size_t i = 0; i < settings->alias_count; i++) {
		claim = own_claim(service, settings->aliases[i], NBT_SUFFIX_WORKSTATION, false);
		each(service, &claim);
	}
	for (size_t i = 0; i < settings->workgroup_count; i++) {
		claim = own_claim(service, settings->workgroups[i], NBT_SUFFIX_WORKSTATION, true);
		each(service, &claim);
		if (!settings->local_master)
			continue;
		claim = own_claim(service, settings->workgroups[i], NBT_SUFFIX_ELECTION, true);
		each(service, &claim);
	}
}

static void claim_it(struct browser_service *service, const struct nbt_local_claim *claim)
{
	(void)names_claim(service->names, claim);
}

static void release_it(struct browser_service *service, const struct nbt_local_claim *claim)
{
	names_release(service->names, claim);
}

static void retry_it(struct browser_service *service, const struct nbt_local_claim *claim)
{
	names_retry(service->names, claim);
}

void browser_claim_own(struct browser_service *service)
{
	each_own_claim(service, claim_it);
}

void browser_release_own(struct browser_service *service)
{
	each_own_claim(service, release_it);
}

void browser_retry_own(struct browser_service *service)
{
	each_own_claim(service, retry_it);
}

bool browser_has_names(const struct browser_service *service, const char *workgroup)
{
	const struct browser_settings *settings = service->settings;
	const struct nbt_local_claim host =
		own_claim(service, settings->name, NBT_SUFFIX_WORKSTATION, false);
	const struct nbt_local_claim members =
		own_claim(service, workgroup, NBT_SUFFIX_WORKSTATION, true);
	const struct nbt_local_claim browsers =
		own_claim(service, workgroup, NBT_SUFFIX_ELECTION, true);

	return names_state(service->names, &host) == NAMES_HELD &&
	       names_state(service->names, &members) == NAMES_HELD &&
	       (!settings->local_master || names_state(service->names, &browsers) == NAMES_HELD);
}

/*
 * Ourselves in the lists.
 */

static void be_server(struct browser_service *service, const char *workgroup, const char *name,
		      uint32_t bits, const struct nbt_env *env)
{
	const struct browser_settings *settings = service->settings;
	struct lists_record record = { .type = settings->server_type | bits,
				       .os_major = settings->os_major,
				       .os_minor = settings->os_minor,
				       .browser_version = NBT_BROWSER_VERSION };

	text_copy(record.name, sizeof(record.name), name);
	text_copy(record.workgroup, sizeof(record.workgroup), workgroup);
	text_copy(record.comment, sizeof(record.comment), settings->comment);
	browser_note(service, lists_be(service->lists, LISTS_SERVERS, &record, env));
}

/* The bits of all subnets are united, as nmbd does it. */
void browser_update_self(struct browser_service *service, const char *workgroup,
			 const struct nbt_env *env)
{
	const struct browser_settings *settings = service->settings;
	struct lists_record group = { .type = NBT_SV_DOMAIN_ENUM | NBT_SV_NT };
	const char *master = "";
	uint32_t bits = 0;

	for (size_t i = 0; i < service->role_count; i++) {
		const struct role *role = &service->roles[i];

		if (!text_equal(role->workgroup, workgroup))
			continue;
		bits |= role_bits(role);
		if (*master == '\0' || role->state == BROWSER_ROLE_MASTER)
			master = role->master;
	}
	be_server(service, workgroup, settings->name, bits, env);
	for (size_t i = 0; i < settings->alias_count; i++)
		be_server(service, workgroup, settings->aliases[i], 0, env);
	text_copy(group.name, sizeof(group.name), workgroup);
	text_copy(group.comment, sizeof(group.comment), master);
	browser_note(service, lists_be(service->lists, LISTS_WORKGROUPS, &group, env));
}

void browser_be_known(struct browser_service *service, const struct nbt_env *env)
{
	for (size_t i = 0; i < service->settings->workgroup_count; i++)
		browser_update_self(service, service->settings->workgroups[i], env);
}
