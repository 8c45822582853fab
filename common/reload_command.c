/* The control command "reload". */
#include "common/reload.h"

#include "common/ctl.h"

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

void reload_command(struct reload *reload, const char *daemon, struct ctl_request *rq, int argc)
{
	if (argc > 0)
		ctl_fail(rq, CTL_MISUSE, "reload takes no arguments");
	else if (reload == NULL)
		ctl_fail(rq, CTL_FAILED, "%s is starting or stopping", daemon);
	else
		reload_start(reload, done, rq);
}
