#include "nbnsd/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "nbnsd/conf.h"
#include "nbnsd/statics_file.h"

static void complain(void *ctx, const char *error)
{
	(void)ctx;
	log_warning("%s", error);
}

int files_load_lmhosts(struct lmhosts_entries *out, const char *path)
{
	int ret;

	*out = (struct lmhosts_entries){ .count = 0 };
	ret = *path != '\0' ? lmhosts_entries_load(out, path, complain, NULL) : 0;
	if (ret < 0 && ret != -ENOENT)
		log_warning("%s: %s: it is not used", path,
			    ret == -EINVAL ? "broken" : strerror(-ret));
	return ret;
}

int files_load(struct files **out, const struct nbnsd_settings *settings,
	       char error[CONF_ERROR_MAX])
{
	struct files *files = calloc(1, sizeof(*files));
	int ret;

	*out = files;
	if (files == NULL)
		return -ENOMEM;
	ret = statics_load(&files->statics, &settings->nbnsd.static_mappings, error);
	if (ret < 0) {
		free(files);
		*out = NULL;
		return ret;
	}
	ret = files_load_lmhosts(&files->lmhosts, settings->nbnsd.lmhosts);
	files->lmhosts_failed = ret < 0 && ret != -ENOENT;
	return 0;
}

void files_free(struct files *files)
{
	if (files == NULL)
		return;
	statics_destroy(files->statics);
	lmhosts_entries_free(&files->lmhosts);
	free(files);
}
