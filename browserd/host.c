#include "browserd/host.h"

#include <arpa/inet.h>
#include <string.h>

#include <nbt/session.h>

#include "browserd/text.h"
#include "smb/rap.h"

#define ANY_SERVER "*SMBSERVER"

struct giving {
	smb_each_fn *each;
	void *ctx;
};

static bool give(void *ctx, const struct lists_view *view)
{
	const struct giving *giving = ctx;
	const struct lists_record *record = view->record;
	const struct smb_listed entry = {
		.name = record->name,
		.type = record->type | (view->is_local ? RAP_TYPE_LOCAL_LIST : 0),
		.major = record->os_major,
		.minor = record->os_minor,
		.comment = record->comment,
	};

	return giving->each(giving->ctx, &entry);
}

static void servers(void *ctx, const char *domain, smb_each_fn *each, void *each_ctx)
{
	const struct host *host = ctx;
	struct giving giving = { each, each_ctx };

	lists_each(host->lists, LISTS_SERVERS, domain, NULL, give, &giving);
}

static void groups(void *ctx, smb_each_fn *each, void *each_ctx)
{
	const struct host *host = ctx;
	struct giving giving = { each, each_ctx };

	lists_each(host->lists, LISTS_WORKGROUPS, NULL, NULL, give, &giving);
}

static bool is_browser(void *ctx)
{
	const struct host *host = ctx;

	return host->service == NULL || browser_gives_lists(host->service);
}

/*
 * Called names.
 */

static bool is_one_of(const char *name, const char *const *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(name, items[i]))
			return true;
	return false;
}

/* Some clients call the address. */
static bool is_address(const char *name)
{
	struct in_addr address;

	return inet_pton(AF_INET, name, &address) == 1;
}

/* Names of workgroups are ours as long as we are their master. */
static bool is_ours(const struct host *host, const char *name, uint8_t suffix)
{
	const struct browser_settings *s = host->settings;

	switch (suffix) {
	case 0x00:
	case 0x03:
	case 0x20:
		return text_equal(name, s->name) || text_equal(name, ANY_SERVER) ||
		       is_address(name) || is_one_of(name, s->aliases, s->alias_count);
	case 0x1B:
		return host->service != NULL && browser_is_domain_master(host->service, name);
	case 0x1D:
		return host->service != NULL && browser_is_local_master(host->service, name);
	default:
		return false;
	}
}

static uint8_t called(void *ctx, const struct nbt_name *wanted, struct smb_elsewhere *elsewhere)
{
	const struct host *host = ctx;
	char name[NBT_NAME_LEN];

	(void)elsewhere;
	text_of_name(name, wanted);
	if (!host->is_strict || is_ours(host, name, wanted->bytes[NBT_NAME_LEN - 1]))
		return SMB_CALLED_HERE;
	return NBT_SES_ERR_CALLED_NOT_PRESENT;
}

void host_init(struct host *host, const struct lists *lists, const struct browser_service *service,
	       const struct browser_settings *settings, bool is_strict, const uint8_t guid[16])
{
	*host = (struct host){
		.lists = lists,
		.service = service,
		.settings = settings,
		.is_strict = is_strict,
		.smb = { .name = settings->name,
			 .workgroup = settings->workgroups[0],
			 .comment = settings->comment,
			 .type = settings->server_type,
			 .major = settings->os_major,
			 .minor = settings->os_minor,
			 .servers = servers,
			 .groups = groups,
			 .is_browser = is_browser,
			 .called = called,
			 .ctx = host },
	};
	memcpy(host->smb.guid, guid, sizeof(host->smb.guid));
}
