#include "nbddd/control.h"

#include "common/ctl.h"
#include "common/starting.h"
#include "nbddd/commands.h"
#include "nbddd/nbddd.h"

#define SOCKET_NAME "nbddd.ctl"

const struct ctl_command *const control_commands[] = {
	commands_stats,  /* stats */
	commands_groups, /* datagrams groups */
	commands_relay,  /* datagrams peers, datagrams flows */
	commands_reload, /* reload */
	NULL,
};

int control_open(void *ctx)
{
	struct nbddd *nbddd = ctx;
	const struct ctl_options options = {
		.directory = nbddd->settings.global.run_directory,
		.name = SOCKET_NAME,
		.owner = starting_later_user(&nbddd->settings.global, NBDDD_USER),
		.tables = control_commands,
		.daemon = nbddd,
	};

	return starting_control(&nbddd->ctl, nbddd->loop, &options, "nbddd");
}

void control_close(void *ctx)
{
	struct nbddd *nbddd = ctx;

	ctl_close(nbddd->ctl);
	nbddd->ctl = NULL;
}
