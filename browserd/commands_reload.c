/* Control commands: reload. */
#include "browserd/commands.h"

#include "common/reload.h"
#include "browserd/browserd.h"

static void run_reload(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct browserd *browserd = daemon;

	(void)argv;
	reload_command(browserd->reload, browserd->program->name, rq, argc);
}

const struct ctl_command commands_reload[] = {
	{ "reload", "", "reads the configuration again; a wrong one changes nothing", true,
	  run_reload },
	{ .name = NULL },
};
