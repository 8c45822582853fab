#include "browserd/reconfigure.h"

#include "common/array.h"
#include "common/log.h"
#include "common/reload.h"
#include "browserd/metrics.h"
#include "browserd/browserd.h"
#include "browserd/server.h"

int reconfigure_prepare(const void *ctx, void **out, char error[CONF_ERROR_MAX])
{
	struct effect effect;
	int ret = effect_make(&effect, ctx, error);

	*out = NULL;
	if (ret == 0)
		effect_free(&effect);
	return ret;
}

static int apply_log_level(void *ctx)
{
	const struct browserd *browserd = ctx;

	log_set_level((enum log_level)browserd->settings.global.log_level);
	return 0;
}

/* In this order; whoever has settings of its own adds a row. */
static const struct reload_part parts[] = {
	{ "log level", apply_log_level, NULL },
	{ "service", server_apply_service, NULL },
	{ "interfaces", server_apply_interfaces, NULL },
	{ "metrics", metrics_apply, NULL },
};

int reconfigure_open(void *ctx)
{
	struct browserd *browserd = ctx;
	const struct reload_options options = {
		.program = browserd->program,
		.options = &browserd->options,
		.settings = &browserd->settings,
		.parts = parts,
		.part_count = ARRAY_SIZE(parts),
		.daemon = browserd,
	};

	return reload_open(&browserd->reload, browserd->loop, &options);
}

void reconfigure_close(void *ctx)
{
	struct browserd *browserd = ctx;

	reload_close(browserd->reload);
	browserd->reload = NULL;
}

void reconfigure_signal(void *ctx, const struct nbt_env *env)
{
	const struct browserd *browserd = ctx;

	(void)env;
	reload_start(browserd->reload, NULL, NULL);
}
