#include "common/local_socket.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG         64
#define DIRECTORY_GROUP "nbt"

static int make_address(struct sockaddr_un *address, const struct local_socket_options *o)
{
	int len = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s", o->directory,
			   o->name);

	address->sun_family = AF_UNIX;
	return len < 0 || (size_t)len >= sizeof(address->sun_path) ? -ENAMETOOLONG : 0;
}

/* The three daemons are different users: all may make sockets there, none may remove another's. */
static int make_directory(const char *path)
{
	const struct group *group;

	if (mkdir(path, 0755) < 0)
		return errno == EEXIST ? 0 : -errno;
	group = getgrnam(DIRECTORY_GROUP);
	if (geteuid() == 0 && group != NULL &&
	    (chown(path, 0, group->gr_gid) < 0 || chmod(path, 01775) < 0))
		return -errno;
	return 0;
}

static bool is_alive(const struct sockaddr_un *address, int type)
{
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool alive;

	if (fd < 0)
		return true;
	alive = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
		errno == EAGAIN;
	close(fd);
	return alive;
}

static int bind_anew(int fd, const struct sockaddr_un *address, int type)
{
	const struct sockaddr *at = (const struct sockaddr *)address;

	if (bind(fd, at, sizeof(*address)) == 0)
		return 0;
	if (errno != EADDRINUSE || is_alive(address, type))
		return -errno;
	if (unlink(address->sun_path) < 0 || bind(fd, at, sizeof(*address)) < 0)
		return -errno;
	return 0;
}

/* Without the right to give it away it stays ours. */
static int give_away(const char *path, const struct local_socket_options *o)
{
	const struct passwd *user = o->owner != NULL ? getpwnam(o->owner) : NULL;
	uid_t uid = user != NULL && geteuid() == 0 ? user->pw_uid : (uid_t)-1;
	const struct group *group = getgrnam(o->group);

	if (group != NULL && chown(path, uid, group->gr_gid) == 0)
		return chmod(path, 0660) < 0 ? -errno : 0;
	if (uid != (uid_t)-1 && chown(path, uid, (gid_t)-1) < 0)
		return -errno;
	return 0;
}

static int give(const char *path, const struct local_socket_options *o)
{
	int ret = give_away(path, o);

	if (ret == 0 && o->everybody && chmod(path, 0666) < 0)
		ret = -errno;
	return ret;
}

static int listen_at(int fd, const struct sockaddr_un *address,
		     const struct local_socket_options *o)
{
	mode_t before = umask(0177);
	int ret = bind_anew(fd, address, o->type);

	umask(before);
	if (ret == 0)
		ret = give(address->sun_path, o);
	if (ret == 0 && listen(fd, BACKLOG) < 0)
		ret = -errno;
	return ret;
}

int local_socket_listen(const struct local_socket_options *o)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, ret = make_address(&address, o);

	if (ret == 0)
		ret = make_directory(o->directory);
	if (ret < 0)
		return ret;
	fd = socket(AF_UNIX, o->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	ret = listen_at(fd, &address, o);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	return fd;
}

void local_socket_remove(const struct local_socket_options *o)
{
	struct sockaddr_un address;

	if (make_address(&address, o) == 0)
		(void)unlink(address.sun_path);
}
