#include "nbnsd/statics_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/lmhosts_file.h"

static int add_all(struct statics *statics, struct lmhosts_reader *reader,
		   char error[LMHOSTS_ERROR_MAX])
{
	struct lmhosts_entry entry;
	int ret = 0;

	while (ret == 0) {
		switch (lmhosts_next(reader, &entry, error)) {
		case LMHOSTS_ENTRY:
			ret = statics_add(statics, &entry, error);
			break;
		case LMHOSTS_WRONG:
		case LMHOSTS_BROKEN:
			ret = -EINVAL;
			break;
		case LMHOSTS_END:
			return 0;
		}
	}
	return ret;
}

static int load(struct statics *statics, const struct conf_strings *paths,
		char error[LMHOSTS_ERROR_MAX])
{
	struct lmhosts_source source = lmhosts_file_source();
	struct lmhosts_reader *reader = malloc(sizeof(*reader));
	int ret = reader != NULL ? 0 : -ENOMEM;

	source.extended = true;
	for (size_t i = 0; i < paths->count && ret == 0; i++) {
		lmhosts_open(reader, &source, paths->items[i]);
		ret = add_all(statics, reader, error);
		lmhosts_close(reader);
	}
	free(reader);
	return ret < 0 ? ret : statics_finish(statics, error);
}

int statics_load(struct statics **out, const struct conf_strings *paths, char error[CONF_ERROR_MAX])
{
	struct statics *statics = statics_create();
	char text[LMHOSTS_ERROR_MAX] = "";
	int ret = statics != NULL ? load(statics, paths, text) : -ENOMEM;

	*out = statics;
	if (ret == 0)
		return 0;
	statics_destroy(statics);
	*out = NULL;
	/* A path as long as the text may be is cut. */
	(void)snprintf(error, CONF_ERROR_MAX, "%.*s", CONF_ERROR_MAX - 1,
		       ret == -ENOMEM ? "static mappings: out of memory" : text);
	return ret;
}
