#include "nbnsd/reconfigure.h"

#include <string.h>

#include "common/array.h"
#include "common/log.h"
#include "common/reload.h"
#include "common/runner.h"
#include "nbnsd/backups.h"
#include "nbnsd/control/watching.h"
#include "nbnsd/dns_edge.h"
#include "nbnsd/files.h"
#include "nbnsd/metrics.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/owner_address.h"
#include "nbnsd/partners_edge.h"
#include "nbnsd/server.h"

/* It may come later; but better said now than at the first change of a name. */
static void look_at_hook(const struct conf_strings *hook)
{
	int ret = hook->count > 0 ? runner_check(hook->items[0]) : 0;

	if (ret < 0)
		log_warning("hook: %s cannot be run: %s", hook->items[0], strerror(-ret));
}

/* What can be said about replication without beginning it. */
static int look_at_replication(const struct nbnsd_settings *settings, char error[CONF_ERROR_MAX])
{
	char doubt[CONF_ERROR_MAX];
	struct in_addr own;
	int ret = owner_address(settings, &own, error);

	if (ret == 0 && conf_replication_doubt(settings, doubt))
		log_warning("%s", doubt);
	return ret;
}

int reconfigure_prepare(const void *ctx, void **out, char error[CONF_ERROR_MAX])
{
	const struct nbnsd_settings *settings = ctx;
	struct files *files = NULL;
	int ret = nbnsd_settings_check(settings, error);

	if (ret == 0)
		ret = look_at_replication(settings, error);
	if (ret == 0)
		ret = files_load(&files, settings, error);
	if (ret == 0)
		look_at_hook(&settings->nbnsd.hook);
	*out = files;
	return ret;
}

void reconfigure_discard(void *prepared)
{
	files_free(prepared);
}

void reconfigure_use_files(const struct nbnsd *nbnsd)
{
	const struct files *files = nbnsd->files;

	service_set_lmhosts(nbnsd->service, files->lmhosts.items, files->lmhosts.count);
	if (nbnsd->settings.nbnsd.server)
		service_set_statics(nbnsd->service, files->statics);
}

/* What was read before is better than nothing, as for "cache flush". */
static void keep_lmhosts(struct files *fresh, struct files *old)
{
	const struct lmhosts_entries none = fresh->lmhosts;

	fresh->lmhosts = old->lmhosts;
	old->lmhosts = none;
	log_warning("LMHOSTS: the %zu entries that were read before stay in use",
		    fresh->lmhosts.count);
}

/* Static mappings are looked at also when they are the same: they may be missing in the database.
 */
static void adopt(void *ctx, void *prepared)
{
	struct nbnsd *nbnsd = ctx;
	struct files *old = nbnsd->files;

	nbnsd->files = prepared;
	if (nbnsd->files->lmhosts_failed)
		keep_lmhosts(nbnsd->files, old);
	reconfigure_use_files(nbnsd);
	files_free(old);
}

static int apply_log_level(void *ctx)
{
	const struct nbnsd *nbnsd = ctx;

	log_set_level((enum log_level)nbnsd->settings.global.log_level);
	return 0;
}

static int apply_hook(void *ctx)
{
	return watching_reload(ctx);
}

static int apply_backups(void *ctx)
{
	return backups_apply(ctx);
}

static int apply_dns(void *ctx)
{
	return dns_edge_reload(ctx);
}

/* In this order; whoever has settings of its own adds a row. */
/* clang-format off */
static const struct reload_part parts[] = {
	{ "log level", apply_log_level, NULL },
	{ "sockets", server_apply_sockets, NULL },
	{ "service", server_apply_service, NULL },
	{ "replication", partners_edge_apply, NULL },
	{ "hook", apply_hook, NULL },
	{ "backup", apply_backups, NULL },
	{ "metrics", metrics_apply, NULL },
	{ "DNS", apply_dns, "dns-fallback" },
};
/* clang-format on */

int reconfigure_open(void *ctx)
{
	struct nbnsd *nbnsd = ctx;
	const struct reload_options options = {
		.program = nbnsd->program,
		.options = &nbnsd->options,
		.settings = &nbnsd->settings,
		.adopt = adopt,
		.parts = parts,
		.part_count = ARRAY_SIZE(parts),
		.daemon = nbnsd,
	};

	return reload_open(&nbnsd->reload, nbnsd->loop, &options);
}

void reconfigure_close(void *ctx)
{
	struct nbnsd *nbnsd = ctx;

	reload_close(nbnsd->reload);
	nbnsd->reload = NULL;
}

void reconfigure_signal(void *ctx, const struct nbt_env *env)
{
	const struct nbnsd *nbnsd = ctx;

	(void)env;
	reload_start(nbnsd->reload, NULL, NULL);
}
