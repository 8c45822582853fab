/* Control commands: reload. */
#include "nbddd/commands.h"

#include "common/reload.h"
#include "nbddd/nbddd.h"

static void run_reload(void *daemon, struct ctl_request *rq, int argc, char **argv)
{
	struct nbddd *nbddd = daemon;

	(void)argv;
	reload_command(nbddd->reload, nbddd->program->name, rq, argc);
}

const struct ctl_command commands_reload[] = {
	{ "reload", "", "reads the configuration again; a wrong one changes nothing", true,
	  run_reload },
	{ .name = NULL },
};
