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

int hostconf_load(struct conf_global *out, const char *path, char error[CONF_ERROR_MAX])
{
	int ret;

	*out = (struct conf_global){ 0 };
	ret = conf_load(out, &schema, path != NULL ? path : NBT_CONF, path != NULL, error);
	if (ret == 0)
		ret = conf_global_check(out, error);
	if (ret < 0)
		hostconf_free(out);
	return ret;
}

void hostconf_free(struct conf_global *conf)
{
	conf_free(conf, &schema);
}
