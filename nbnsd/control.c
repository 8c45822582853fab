#include "nbnsd/control.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "nbnsd/commands.h"
#include "nbnsd/control_wait.h"
#include "nbnsd/nbnsd.h"

#define SOCKET_NAME "nbnsd.ctl"

static const struct ctl_command *const tables[] = {
	commands_names,  /* names list, show, members */
	commands_change, /* names add, delete, tombstone */
	commands_intake, /* names import */
	commands_owners, /* owners */
	commands_sweep,  /* scavenge */
	commands_check,  /* check */
	commands_node,   /* own, cache */
	commands_audit,  /* audit, audit clients, names, missing */
	commands_events, /* events, conflicts */
	commands_stats,  /* stats */
	commands_reload, /* reload */
	NULL,
};

const char *control_later_user(const struct nbnsd *nbnsd)
{
	const char *user = nbnsd->settings.global.user;

	if (*user == '\0')
		return NULL;
	return strcmp(user, "auto") == 0 ? "nbnsd" : user;
}

/* Names are served without it, too: not being able to be asked is no reason not to start. */
int control_open(void *ctx)
{
	struct nbnsd *nbnsd = ctx;
	const struct ctl_options options = {
		.directory = nbnsd->settings.global.run_directory,
		.name = SOCKET_NAME,
		.owner = control_later_user(nbnsd),
		.tables = tables,
		.daemon = nbnsd,
	};
	int ret = ctl_open(&nbnsd->ctl, nbnsd->loop, &options);

	if (ret == -EMFILE || ret == -ENFILE)
		return ret; /* nothing else would go well, either */
	if (ret < 0)
		log_warning("%s/%s: %s: nbtctl cannot be used", options.directory, options.name,
			    ret == -EADDRINUSE ? "another nbnsd listens there" : strerror(-ret));
	return 0;
}

void control_close(void *ctx)
{
	struct nbnsd *nbnsd = ctx;

	control_wait_stop(nbnsd);
	ctl_close(nbnsd->ctl);
	nbnsd->ctl = NULL;
}
