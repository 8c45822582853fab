#include "common/holder.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The columns of /proc/net/udp and udp6: address and port in front, the inode behind. */
#define UDP_LINE " %*d: %32[0-9A-F]:%x %*s %*s %*s %*s %*s %*s %*s %lu"

/* Whether a socket on local keeps others from the address: it is on the same, or on all. */
static bool covers(const char *local, struct in_addr address)
{
	char ours[9];

	snprintf(ours, sizeof(ours), "%08X", (unsigned)address.s_addr);
	return strcmp(local, ours) == 0 || strspn(local, "0") == strlen(local);
}

/* The inode of the socket, or 0. */
static unsigned long find_inode(const char *table, struct in_addr address, uint16_t port)
{
	FILE *file = fopen(table, "r");
	unsigned long inode = 0, found = 0;
	char line[512], local[33];
	unsigned local_port;

	if (file == NULL)
		return 0;
	while (found == 0 && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, UDP_LINE, local, &local_port, &inode) == 3 && local_port == port &&
		    covers(local, address))
			found = inode;
	fclose(file);
	return found;
}

static bool process_has(const char *pid, unsigned long inode)
{
	char path[PATH_MAX], link[64], wanted[64];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	dir = opendir(path);
	while (dir != NULL && !found && (entry = readdir(dir)) != NULL) {
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);

		if (len < 0)
			continue;
		link[len] = '\0';
		found = strcmp(link, wanted) == 0;
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

/* "nmbd (process 1234)" */
static bool describe(const char *pid, char buf[HOLDER_MAX])
{
	char path[64], name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	if (fgets(name, sizeof(name), file) != NULL)
		name[strcspn(name, "\n")] = '\0';
	fclose(file);
	snprintf(buf, HOLDER_MAX, "%s (process %.20s)", name, pid);
	return name[0] != '\0';
}

char *holder_of_port(struct in_addr address, uint16_t port, char buf[HOLDER_MAX])
{
	unsigned long inode = find_inode("/proc/net/udp", address, port);
	struct dirent *entry;
	bool found = false;
	DIR *proc;

	if (inode == 0)
		inode = find_inode("/proc/net/udp6", address, port);
	proc = inode != 0 ? opendir("/proc") : NULL;
	while (proc != NULL && !found && (entry = readdir(proc)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			found = process_has(entry->d_name, inode) && describe(entry->d_name, buf);
	if (proc != NULL)
		closedir(proc);
	if (!found)
		snprintf(buf, HOLDER_MAX, "another program");
	return buf;
}
