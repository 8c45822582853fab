#include "common/starting.h"

#include <errno.h>
#include <string.h>

#include "common/confine.h"
#include "common/ctl.h"
#include "common/local_server.h"
#include "common/log.h"
#include "common/priv.h"

#define GROUP "nbt"

const char *starting_later_user(const struct conf_global *global, const char *own_user)
{
	if (*global->user == '\0')
		return NULL;
	return strcmp(global->user, "auto") == 0 ? own_user : global->user;
}

/* Without descriptors nothing else would go well, either. */
static int judge(int ret, const char *directory, const char *name, const char *daemon,
		 const char *loss)
{
	if (ret == -EMFILE || ret == -ENFILE)
		return ret;
	if (ret == -EADDRINUSE)
		log_warning("%s/%s: another %s listens there: %s", directory, name, daemon, loss);
	else if (ret < 0)
		log_warning("%s/%s: %s: %s", directory, name, strerror(-ret), loss);
	return 0;
}

int starting_control(struct ctl **out, struct loop *loop, const struct ctl_options *options,
		     const char *daemon)
{
	int ret = ctl_open(out, loop, options);

	return judge(ret, options->directory, options->name, daemon, "nbtctl cannot be used");
}

int starting_local(struct local_server **out, struct loop *loop,
		   const struct local_server_options *options,
		   const struct local_server_events *events, void *ctx, const char *daemon)
{
	int ret = local_server_open(out, loop, options, events, ctx);

	return judge(ret, options->socket.directory, options->socket.name, daemon,
		     "programs of this host cannot use us");
}

int starting_drop_privileges(const struct conf_global *global, const char *own_user)
{
	const struct priv_request request = {
		.user = global->user,
		.own_user = own_user,
		.group = GROUP,
		.keep_net_bind = true,
	};
	int ret = priv_drop(&request);

	if (ret == 0)
		return 0;
	log_error("cannot change to user \"%s\": %s", request.user,
		  ret == -ENOENT ? "there is none" : strerror(-ret));
	return -ECANCELED;
}

void starting_confine(void)
{
	int ret = confine();

	if (ret < 0)
		log_warning("system calls cannot be confined: %s", strerror(-ret));
}
