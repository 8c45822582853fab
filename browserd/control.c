#include "browserd/control.h"

#include "common/ctl.h"
#include "common/starting.h"
#include "browserd/commands.h"
#include "browserd/browserd.h"

#define SOCKET_NAME "browserd.ctl"

const struct ctl_command *const control_commands[] = {
	commands_stats,  /* stats */
	commands_roles,  /* browse roles, elect, pull and announce */
	commands_lists,  /* browse servers, browse workgroups */
	commands_reload, /* reload */
	NULL,
};

int control_open(void *ctx)
{
	struct browserd *browserd = ctx;
	const struct ctl_options options = {
		.directory = browserd->settings.global.run_directory,
		.name = SOCKET_NAME,
		.owner = starting_later_user(&browserd->settings.global, BROWSERD_USER),
		.tables = control_commands,
		.daemon = browserd,
	};

	return starting_control(&browserd->ctl, browserd->loop, &options, "browserd");
}

void control_close(void *ctx)
{
	struct browserd *browserd = ctx;

	ctl_close(browserd->ctl);
	browserd->ctl = NULL;
}
