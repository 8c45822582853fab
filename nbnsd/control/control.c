#include "nbnsd/control/control.h"

#include "common/starting.h"
#include "nbnsd/control/commands.h"
#include "nbnsd/control/control_wait.h"
#include "nbnsd/nbnsd.h"

#define SOCKET_NAME "nbnsd.ctl"

const struct ctl_command *const control_commands[] = {
	commands_names,    /* names list, show, members */
	commands_change,   /* names add, delete, tombstone */
	commands_intake,   /* names import */
	commands_owners,   /* owners, owners delete, tombstone */
	commands_partners, /* partners, replicate, pull, push */
	commands_sweep,    /* scavenge */
	commands_check,    /* check */
	commands_backup,   /* backup, restore */
	commands_node,     /* own, cache */
	commands_audit,    /* audit, audit clients, names, missing */
	commands_events,   /* events, conflicts */
	commands_stats,    /* stats */
	commands_reload,   /* reload */
	NULL,
};

int control_open(void *ctx)
{
	struct nbnsd *nbnsd = ctx;
	const struct ctl_options options = {
		.directory = nbnsd->settings.global.run_directory,
		.name = SOCKET_NAME,
		.owner = starting_later_user(&nbnsd->settings.global, NBNSD_USER),
		.tables = control_commands,
		.daemon = nbnsd,
	};

	return starting_control(&nbnsd->ctl, nbnsd->loop, &options, "nbnsd");
}

void control_close(void *ctx)
{
	struct nbnsd *nbnsd = ctx;

	control_wait_stop(nbnsd);
	ctl_close(nbnsd->ctl);
	nbnsd->ctl = NULL;
}
