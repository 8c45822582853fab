#include "config.h"

#include "tools/hostconf.h"

#include <unistd.h>

#include "common/array.h"

static const struct conf_group groups[] = { { NULL, conf_global_items, 0, NULL } };
static const struct conf_schema schema = { groups, ARRAY_SIZE(groups), sizeof(struct conf_global) };

bool hostconf_is_there(const char *path)
{
	return access(path != NULL ? path : NBT_CONF, F_OK) == 0;
}

/* ret: of reading it. */
static int finish(struct conf_global *out, int ret, char error[CONF_ERROR_MAX])
{
	if (ret == 0)
		ret = conf_global_check(out, error);
	if (ret < 0)
		hostconf_free(out);
	return ret;
}

int hostconf_load(struct conf_global *out, const char *path, char error[CONF_ERROR_MAX])
{
	const char *file = path != NULL ? path : NBT_CONF;

	*out = (struct conf_global){ 0 };
	return finish(out, conf_load(out, &schema, file, path != NULL, error), error);
}

size_t hostconf_nbdds(const char *path, struct in_addr *out, size_t max)
{
	return conf_peek_addresses(path != NULL ? path : NBT_CONF, "nbddd.nbdd-servers", out, max);
}

int hostconf_defaults(struct conf_global *out, char error[CONF_ERROR_MAX])
{
	*out = (struct conf_global){ 0 };
	return finish(out, conf_parse(out, &schema, "", "defaults", error), error);
}

void hostconf_free(struct conf_global *conf)
{
	conf_free(conf, &schema);
}
