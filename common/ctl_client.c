#include "common/ctl_client.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct ctl_client {
	int fd;
	FILE *answers;
	char *line;
	size_t line_space;
};

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

int ctl_client_open(struct ctl_client **out, const char *path)
{
	struct ctl_client *client = calloc(1, sizeof(*client));
	int ret;

	*out = NULL;
	if (client == NULL)
		return -ENOMEM;
	ret = client->fd = connect_to(path);
	if (ret < 0) {
		free(client);
		return ret;
	}
	client->answers = fdopen(client->fd, "r");
	if (client->answers == NULL) {
		close(client->fd);
		free(client);
		return -ENOMEM;
	}
	*out = client;
	return 0;
}

/* "nbnsd", of "/run/nbt/nbnsd.ctl"; its length. */
static int daemon_of(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');

	*name = slash != NULL ? slash + 1 : path;
	return (int)strcspn(*name, ".");
}

const char *ctl_client_explain(int error, const char *path, char text[CTL_CLIENT_ERROR_MAX])
{
	const char *name;
	int len = daemon_of(path, &name);

	switch (error) {
	case -ENOENT:
	case -ECONNREFUSED:
		snprintf(text, CTL_CLIENT_ERROR_MAX,
			 "%.*s does not run, or has its socket in another directory; to start it: "
			 "systemctl start %.*s",
			 len, name, len, name);
		break;
	case -EACCES:
		snprintf(text, CTL_CLIENT_ERROR_MAX,
			 "only root and the group nbt-admin may use it; try it with sudo");
		break;
	default:
		snprintf(text, CTL_CLIENT_ERROR_MAX, "%s", strerror(-error));
	}
	return text;
}

void ctl_client_close(struct ctl_client *client)
{
	if (client == NULL)
		return;
	fclose(client->answers);
	free(client->line);
	free(client);
}

static int send_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
			return 0; /* it may have said why it closed: the answer is read first */
		if (sent < 0)
			return -errno;
		bytes += sent;
		len -= (size_t)sent;
	}
	return 0;
}

int ctl_client_send(struct ctl_client *client, int argc, const char *const *argv)
{
	json_t *words = json_array();
	char *text;
	size_t len;
	int ret;

	for (int i = 0; i < argc; i++)
		if (json_array_append_new(words, json_string(argv[i])) < 0) {
			json_decref(words);
			return -EILSEQ; /* it is no UTF-8 */
		}
	text = json_dumps(words, JSON_COMPACT);
	json_decref(words);
	if (text == NULL)
		return -ENOMEM;
	len = strlen(text);
	text[len] = '\n'; /* in place of the NUL */
	ret = send_all(client->fd, text, len + 1);
	free(text);
	return ret;
}

/* The status if it is the end of an answer that failed, with its sentence; else 0. */
static int judge(const json_t *object, char error[CTL_CLIENT_ERROR_MAX])
{
	const char *sentence = json_string_value(json_object_get(object, "error"));
	const json_t *status = json_object_get(object, "status");

	if (sentence == NULL || !json_is_integer(status) || json_object_size(object) != 2)
		return 0;
	snprintf(error, CTL_CLIENT_ERROR_MAX, "%s", sentence);
	return (int)json_integer_value(status);
}

static bool is_ok(const json_t *object)
{
	return json_object_size(object) == 1 && json_is_true(json_object_get(object, "ok"));
}

static json_t *next_object(struct ctl_client *client, int *error)
{
	ssize_t len = getline(&client->line, &client->line_space, client->answers);
	json_t *object;

	if (len < 0) {
		*error = -ECONNRESET;
		return NULL;
	}
	object = json_loadb(client->line, (size_t)len, 0, NULL);
	*error = -EBADMSG;
	if (json_is_object(object))
		return object;
	json_decref(object);
	return NULL;
}

int ctl_client_receive(struct ctl_client *client, ctl_client_row_fn *row, void *ctx,
		       char error[CTL_CLIENT_ERROR_MAX])
{
	int ret = 0;

	*error = '\0';
	for (;;) {
		json_t *object = next_object(client, &ret);
		int status;

		if (object == NULL)
			return ret;
		status = judge(object, error);
		if (is_ok(object) || status != 0) {
			json_decref(object);
			return status;
		}
		ret = row(ctx, object);
		json_decref(object);
		if (ret != 0)
			return ret;
	}
}
