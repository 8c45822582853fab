#include "nbddd/reconfigure.h"

#include "common/array.h"
#include "common/log.h"
#include "common/reload.h"
#include "nbddd/metrics.h"
#include "nbddd/nbddd.h"
#include "nbddd/server.h"

int reconfigure_prepare(const void *ctx, void **out, char error[CONF_ERROR_MAX])
{
	const struct nbddd_settings *settings = ctx;

	*out = NULL;
	return conf_global_check(&settings->global, error);
}

static int apply_log_level(void *ctx)
{
	const struct nbddd *nbddd = ctx;

	log_set_level((enum log_level)nbddd->settings.global.log_level);
	return 0;
}

/* In this order; whoever has settings of its own adds a row. */
static const struct reload_part parts[] = {
	{ "log level", apply_log_level, NULL },
	{ "sockets", server_apply_sockets, NULL },
	{ "service", server_apply_service, NULL },
	{ "metrics", metrics_apply, NULL },
};

int reconfigure_open(void *ctx)
{
	struct nbddd *nbddd = ctx;
	const struct reload_options options = {
		.program = nbddd->program,
		.options = &nbddd->options,
		.settings = &nbddd->settings,
		.parts = parts,
		.part_count = ARRAY_SIZE(parts),
		.daemon = nbddd,
	};

	return reload_open(&nbddd->reload, nbddd->loop, &options);
}

void reconfigure_close(void *ctx)
{
	struct nbddd *nbddd = ctx;

	reload_close(nbddd->reload);
	nbddd->reload = NULL;
}

void reconfigure_signal(void *ctx, const struct nbt_env *env)
{
	const struct nbddd *nbddd = ctx;

	(void)env;
	reload_start(nbddd->reload, NULL, NULL);
}
