/* Giving up root, by the kernel's own calls: what libcap would add is one system call's wrapper. */
#include "common/priv.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/array.h"
#include "common/log.h"

#define NET_BIND (1U << CAP_NET_BIND_SERVICE)

/* Keeps CAP_NET_BIND_SERVICE, if it is wanted and we have it, and nothing else. */
static int limit_capabilities(bool keep_net_bind)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
	struct __user_cap_data_struct wanted[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (syscall(SYS_capget, &header, now) < 0)
		return -errno;
	if (keep_net_bind)
		wanted[0].permitted = wanted[0].effective = now[0].permitted & NET_BIND;
	return syscall(SYS_capset, &header, wanted) < 0 ? -errno : 0;
}

/* Whether every user and group id is the new one, and root cannot be had back. */
static bool is_dropped(uid_t uid, gid_t gid)
{
	uid_t u[3];
	gid_t g[3];

	if (getresuid(&u[0], &u[1], &u[2]) < 0 || getresgid(&g[0], &g[1], &g[2]) < 0)
		return false;
	for (int i = 0; i < 3; i++)
		if (u[i] != uid || g[i] != gid)
			return false;
	return setuid(0) < 0 && seteuid(0) < 0 && (gid == 0 || setgid(0) < 0);
}

static int change_to(uid_t uid, gid_t gid, bool keep_net_bind)
{
	int ret;

	/* Groups before the group, the group before the user: afterwards there is no right to. */
	if (prctl(PR_SET_KEEPCAPS, keep_net_bind) < 0 || setgroups(0, NULL) < 0 ||
	    setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	ret = limit_capabilities(keep_net_bind);
	if (ret < 0)
		return ret;
	return is_dropped(uid, gid) ? 0 : -EPERM;
}

/* getpwnam() and getgrnam() say "there is none" with many values of errno, and with these that they
 * could not look. */
static int lookup_error(void)
{
	static const int errors[] = { EINTR, EIO, EMFILE, ENFILE, ENOMEM, ERANGE };

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errno == errors[i])
			return -errno;
	return 0;
}

/* The user to become. 1: found; 0: stay who we are. */
static int find_user(const struct priv_request *request, struct passwd *out)
{
	bool is_auto = strcmp(request->user, "auto") == 0;
	const struct passwd *user;
	const struct group *group;

	if (*request->user == '\0')
		return 0;
	errno = 0;
	user = getpwnam(is_auto ? request->own_user : request->user);
	if (user == NULL && lookup_error() < 0)
		return lookup_error();
	if (user == NULL)
		return is_auto ? 0 : -ENOENT;
	errno = 0;
	group = getgrnam(request->group);
	if (group == NULL && lookup_error() < 0)
		return lookup_error();
	*out = *user;
	if (group != NULL)
		out->pw_gid = group->gr_gid;
	return 1;
}

static int stay(void)
{
	if (geteuid() == 0)
		log_warning("running as root");
	return 0;
}

static int become(const struct priv_request *request)
{
	struct passwd user;
	int ret = find_user(request, &user);

	if (ret < 0)
		return ret;
	if (ret == 0 || user.pw_uid == geteuid())
		return stay();
	if (geteuid() == 0)
		return change_to(user.pw_uid, user.pw_gid, request->keep_net_bind);

	/* Started without root: by "auto" that is fine. */
	return strcmp(request->user, "auto") == 0 ? 0 : -EPERM;
}

int priv_drop(const struct priv_request *request)
{
	int ret = become(request);

	if (ret < 0)
		return ret;
	/* What systemd lets us have is not for the programs that we run. Old kernels lack it. */
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}
