#include "nbnsd/names.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/loop.h"
#include "nbnsd/audit/conflicts.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/registry/owners.h"
#include "nbnsd/store/store.h"

static int load_record(void *ctx, uint32_t id, const struct record *record)
{
	return registry_load(ctx, id, record);
}

static int load_member(void *ctx, uint32_t group, struct in_addr member, lease_time expiry)
{
	return registry_member_load(ctx, group, member, expiry);
}

static int load_owner(void *ctx, const struct owner_row *owner)
{
	return registry_owner_load(ctx, owner) ? 0 : -ENOMEM;
}

static struct registry *create_registry(struct loop *loop)
{
	const struct nbt_env env = loop_env(loop);
	uint8_t key[16];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)nbt_env_random(&env, 256);
	return registry_create(key);
}

/*
 * After an unclean stop the last renewals are missing. Setting the lease clock back by the longest
 * time for which a renewal may have been unwritten makes up for it in every lease at once.
 */
static lease_time lease_start(const struct nbnsd *nbnsd, const struct store_start *start)
{
	struct service_settings effective;
	lease_time unwritten;

	nbnsd_settings_apply(&nbnsd->settings, NULL, &effective);
	unwritten = effective.renewal_s / SERVICE_STAMP_PART;
	if (start->clean)
		return start->lease_now;
	return start->lease_now > unwritten ? start->lease_now - unwritten : 0;
}

static int load(struct nbnsd *nbnsd, char error[STORE_ERROR_MAX])
{
	const struct store_loader loader = { load_record, load_member, load_owner,
					     nbnsd->registry };
	struct store_start start;
	int ret = store_load(nbnsd->store, &loader, &start, error);

	if (ret < 0)
		return ret;
	(void)registry_settle(nbnsd->registry);
	nbnsd->next_version = start.next_version;
	nbnsd->seen_version = start.seen_version;
	nbnsd->has_reserved = start.has_reserved;
	nbnsd->lost_below = start.lost_below;
	nbnsd->lease_start = lease_start(nbnsd, &start);
	memcpy(nbnsd->audit_key, start.audit_key, sizeof(start.audit_key));
	log_info("%zu names from %s%s", registry_count(nbnsd->registry),
		 nbnsd->settings.nbnsd.database,
		 start.clean ? "" : ", whose last run did not end in order");
	return 0;
}

int names_open(void *ctx)
{
	struct nbnsd *nbnsd = ctx;
	const struct conf_nbnsd *conf = &nbnsd->settings.nbnsd;
	const struct store_options options = {
		.path = conf->database,
		.full = conf->durability == DURABILITY_FULL,
		.wall_s = loop_env(nbnsd->loop).wall_s,
	};
	char error[STORE_ERROR_MAX];
	int ret;

	nbnsd->registry = create_registry(nbnsd->loop);
	if (nbnsd->registry == NULL)
		return -ENOMEM;
	nbnsd->next_version = 1;
	if (!conf->server)
		return 0;              /* the own names need no database */
	store_unstage(conf->database); /* of a restore that was killed */
	ret = store_open(&nbnsd->store, &options, error);
	if (ret == 0)
		ret = load(nbnsd, error);
	if (ret < 0) {
		log_error("%s", error);
		names_close(nbnsd);
		return -ECANCELED;
	}
	return 0;
}

static bool load_row(void *ctx, const struct audit_row *row)
{
	struct audit *audit = service_audit(ctx);

	return audit != NULL && audit_load(audit, row);
}

static void load_conflict(void *ctx, const struct conflict *conflict)
{
	conflicts_load(service_conflicts(ctx), conflict);
}

int names_load_history(struct nbnsd *nbnsd)
{
	const struct store_audit_loader loader = { load_row, load_conflict, nbnsd->service };
	char error[STORE_ERROR_MAX];

	if (nbnsd->store == NULL || store_load_audit(nbnsd->store, &loader, error) == 0)
		return 0;
	log_error("%s", error);
	return -ECANCELED;
}

void names_close(void *ctx)
{
	struct nbnsd *nbnsd = ctx;

	store_close(nbnsd->store, nbnsd->lease_start);
	nbnsd->store = NULL;
	registry_destroy(nbnsd->registry);
	nbnsd->registry = NULL;
}
