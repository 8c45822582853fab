/* Control commands: reload. */
#include "nbnsd/control/commands.h"

#include "common/reload.h"
#include "nbnsd/nbnsd.h"

static void run_reload(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbnsd *nbnsd = daemon;

	(void)argv;
	reload_command(nbnsd->reload, nbnsd->program->name, rq, argc);
}

const struct ctl_command commands_reload[] = {
	{ "reload", "", "reads the configuration again; a wrong one changes nothing", true,
	  run_reload },
	{ .name = NULL },
};
