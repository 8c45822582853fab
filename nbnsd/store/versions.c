#include "nbnsd/store/versions.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 32

/* Reads the digits and the newline that versions_write() wrote, and nothing else. */
static int parse(const char *text, uint64_t *end)
{
	uint64_t number = 0;

	if (*text < '1' || *text > '9')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (number > (VERSIONS_MAX - 9) / 10)
			return -EINVAL;
		number = number * 10 + (uint64_t)(*text - '0');
	}
	if (strcmp(text, "\n") != 0)
		return -EINVAL;
	*end = number;
	return 0;
}

int versions_read(const char *path, uint64_t *end)
{
	char text[TEXT_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	*end = 0;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	len = read(fd, text, sizeof(text) - 1);
	if (len < 0)
		len = -errno;
	close(fd);
	if (len < 0)
		return (int)len;
	text[len] = '\0';
	return parse(text, end);
}

static int write_and_sync(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t len = (ssize_t)strlen(text);
	ssize_t written;
	int ret = 0;

	if (fd < 0)
		return -errno;
	written = write(fd, text, (size_t)len);
	if (written < 0)
		ret = -errno;
	else if (written < len)
		ret = -ENOSPC;
	else if (fsync(fd) < 0)
		ret = -errno;
	if (close(fd) < 0 && ret == 0)
		ret = -errno;
	return ret;
}

/* A rename is on the disk when its directory is. */
static int sync_directory_of(const char *path)
{
	char copy[PATH_MAX];
	int fd, ret;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

int versions_write(const char *path, uint64_t end)
{
	char text[TEXT_MAX], new_path[PATH_MAX];
	int ret;

	if (snprintf(new_path, sizeof(new_path), "%s.new", path) >= (int)sizeof(new_path))
		return -ENAMETOOLONG;
	snprintf(text, sizeof(text), "%" PRIu64 "\n", end);

	ret = write_and_sync(new_path, text);
	if (ret == 0 && rename(new_path, path) < 0)
		ret = -errno;
	if (ret == 0)
		ret = sync_directory_of(path);
	return ret;
}

uint64_t versions_first(uint64_t reserved, uint64_t seen, int64_t wall_s)
{
	uint64_t by_clock = wall_s > 0 ? (uint64_t)wall_s << 20 : 1; /* 0 would be no version */

	if (reserved > 0)
		return (reserved > seen ? reserved : seen) + 1;
	return by_clock > seen ? by_clock : seen + 1;
}
