#include "browserd/browse_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "browserd/browse_dat.h"
#include "common/charset.h"
#include "common/log.h"
#include "common/loop.h"

#define NEW_SUFFIX ".new"

struct browse_file {
	struct loop_timer *timer;
	struct browse_file_settings settings;
	char *path, *new_path; /* NULL: none */
	uint64_t written;      /* state of the lists that is in it */
	bool is_written;
	int error; /* that was logged */
};

/* smbd takes UTF-8. */
static void write_line(void *ctx, const char *line, size_t len)
{
	char text[4 * BROWSE_DAT_LINE_MAX];

	(void)fwrite(text, 1, charset_to_utf8(line, len, text), ctx);
}

static FILE *create(const char *path)
{
	FILE *file;
	int fd;

	(void)unlink(path); /* of a run that was killed */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return NULL;
	(void)fchmod(fd, 0644); /* it is for others to read, whatever our umask is */
	file = fdopen(fd, "w");
	if (file == NULL)
		close(fd);
	return file;
}

/* smbd must never see half of it. 0 or a negative errno. */
static int replace(const struct browse_file *file)
{
	FILE *out = create(file->new_path);
	int error = 0;

	if (out == NULL)
		return -errno;
	browse_dat_write(file->settings.lists, file->settings.workgroup, write_line, out);
	if (ferror(out) != 0)
		error = -EIO;
	if (fclose(out) != 0 && error == 0)
		error = -errno;
	if (error == 0 && rename(file->new_path, file->path) < 0)
		error = -errno;
	if (error < 0)
		(void)unlink(file->new_path);
	return error;
}

static void write_it(struct browse_file *file)
{
	int error = replace(file);

	if (error != 0 && error != file->error)
		log_warning("%s cannot be written, smbd has no new lists: %s", file->path,
			    strerror(-error));
	else if (error == 0 && file->error != 0)
		log_info("%s is written again", file->path);
	file->error = error;
	if (error != 0)
		return;
	file->is_written = true;
	file->written = lists_changes(file->settings.lists);
}

static void look(void *ctx, const struct nbt_env *env)
{
	struct browse_file *file = ctx;

	(void)env;
	if (!file->is_written || file->written != lists_changes(file->settings.lists))
		write_it(file);
}

static void remove_file(struct browse_file *file)
{
	if (file->is_written)
		(void)unlink(file->path);
	file->is_written = false;
	free(file->path);
	free(file->new_path);
	file->path = file->new_path = NULL;
	file->error = 0;
}

static bool set_path(struct browse_file *file, const char *path)
{
	size_t size = strlen(path) + sizeof(NEW_SUFFIX);
	char *copy = strdup(path), *new_path = malloc(size);

	if (copy == NULL || new_path == NULL) {
		free(copy);
		free(new_path);
		return false;
	}
	snprintf(new_path, size, "%s" NEW_SUFFIX, path);
	remove_file(file);
	file->path = copy;
	file->new_path = new_path;
	return true;
}

int browse_file_set(struct browse_file *file, const struct browse_file_settings *settings)
{
	if (settings->path == NULL)
		remove_file(file);
	else if ((file->path == NULL || strcmp(settings->path, file->path) != 0) &&
		 !set_path(file, settings->path))
		return -ENOMEM;
	file->settings = *settings;
	file->settings.path = NULL;
	if (file->path == NULL) {
		loop_timer_set(file->timer, NBT_NEVER, 0);
		return 0;
	}
	write_it(file);
	loop_timer_set(file->timer, 0, settings->interval_ms);
	return 0;
}

int browse_file_create(struct browse_file **out, struct loop *loop)
{
	struct browse_file *file = calloc(1, sizeof(*file));
	int ret;

	*out = NULL;
	if (file == NULL)
		return -ENOMEM;
	ret = loop_timer_open(&file->timer, loop, look, file);
	if (ret < 0) {
		free(file);
		return ret;
	}
	*out = file;
	return 0;
}

void browse_file_destroy(struct browse_file *file)
{
	if (file == NULL)
		return;
	remove_file(file);
	loop_timer_close(file->timer);
	free(file);
}
