/* Control commands: copies of the database, and putting one in its place. */
#include "nbnsd/control/commands.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/ctl_args.h"
#include "nbnsd/control/control_wait.h"
#include "nbnsd/nbnsd.h"
#include "nbnsd/restoring.h"
#include "nbnsd/store/store.h"

/* nbtctl makes paths absolute: they mean the same there and here. */
static bool is_absolute(struct ctl_request *rq, const char *path)
{
	if (*path == '/' && strlen(path) < PATH_MAX)
		return true;
	ctl_fail(rq, CTL_MISUSE, "\"%.200s\" is no absolute path", path);
	return false;
}

struct wanted {
	struct ctl_request *rq;
	char path[];
};

static void done(void *ctx, const char *error)
{
	struct wanted *wanted = ctx;
	struct stat copy;

	if (error != NULL) {
		ctl_fail(wanted->rq, CTL_FAILED, "%s", error);
	} else {
		if (stat(wanted->path, &copy) < 0)
			copy.st_size = 0;
		ctl_row(wanted->rq, json_pack("{s:s, s:I}", "file", wanted->path, "bytes",
					      (json_int_t)copy.st_size));
		ctl_end(wanted->rq);
	}
	free(wanted);
}

static int start_backup(const struct nbnsd *nbnsd, struct ctl_request *rq, const char *path,
			bool replace)
{
	size_t size = strlen(path) + 1;
	struct wanted *wanted = malloc(sizeof(*wanted) + size);
	const struct store_copy copy = {
		.path = path, .replace = replace, .done = done, .ctx = wanted
	};

	if (wanted == NULL)
		return -ENOMEM;
	wanted->rq = rq;
	memcpy(wanted->path, path, size);
	if (store_backup(nbnsd->store, &copy) == 0)
		return 0;
	free(wanted);
	return -ENOMEM;
}

static void run_backup(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	const char *replace = NULL;
	const struct ctl_option options[] = { { "--replace", true, &replace }, { .name = NULL } };
	struct nbnsd *nbnsd = daemon;

	if (!ctl_read_args(rq, options, &argc, argv, 1, 1) || !is_absolute(rq, argv[0]))
		return;
	if (nbnsd->store == NULL)
		ctl_fail(rq, CTL_FAILED, "this is no name server: server = false");
	else if (store_is_file_of(nbnsd->settings.nbnsd.database, argv[0]))
		ctl_fail(rq, CTL_FAILED, "%.200s belongs to the database in use", argv[0]);
	else if (start_backup(nbnsd, rq, argv[0], replace != NULL) < 0)
		ctl_fail(rq, CTL_FAILED, "out of memory");
}

static void run_restore(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	const char *foreign = NULL;
	const struct ctl_option options[] = { { "--foreign", true, &foreign }, { .name = NULL } };
	struct nbnsd *nbnsd = daemon;

	if (!ctl_read_args(rq, options, &argc, argv, 1, 1) || !is_absolute(rq, argv[0]) ||
	    !control_can_change(nbnsd, rq))
		return;
	restoring_start(nbnsd, rq, argv[0], foreign != NULL);
}

const struct ctl_command commands_backup[] = {
	{ "backup", "FILE [--replace]", "copy the database, while it is in use", true, run_backup },
	{ "restore", "FILE [--foreign]", "put a copy in the place of the database", true,
	  run_restore },
	{ .name = NULL },
};
