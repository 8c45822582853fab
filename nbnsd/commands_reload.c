/* Control commands: reload. */
#include "nbnsd/commands.h"

#include "common/reload.h"
#include "nbnsd/nbnsd.h"

static void done(void *ctx, const struct reload_result *result)
{
	struct ctl_request *rq = ctx;

	if (result->error != NULL) {
		ctl_fail(rq, CTL_FAILED, "%s; the configuration in force stays", result->error);
		return;
	}
	if (*result->kept != '\0')
		ctl_row(rq, json_pack("{s:s}", "restart_needed", result->kept));
	ctl_end(rq);
}

static void run_reload(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbnsd *nbnsd = daemon;

	(void)argv;
	if (argc > 0)
		ctl_fail(rq, CTL_MISUSE, "reload takes no arguments");
	else if (nbnsd->reload == NULL)
		ctl_fail(rq, CTL_FAILED, "nbnsd is starting or stopping");
	else
		reload_start(nbnsd->reload, done, rq);
}

const struct ctl_command commands_reload[] = {
	{ "reload", "", "reads the configuration again; a wrong one changes nothing", true,
	  run_reload },
	{ .name = NULL },
};
