#include "common/local_server.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/local_room.h"
#include "common/loop.h"

#define ACCEPT_MAX 16   /* in one turn of the loop */
#define READ_MAX   16   /* messages of one client in one turn */
#define REST_MS    1000 /* when there are no descriptors */
#define GROUPS_MAX 1024 /* of a client; who is in more is a stranger */

enum local_server_stat { LOCAL_SERVER_STATS(STATS_ENUM) LOCAL_SERVER_STAT_COUNT };
static const char *const stat_names[] = { LOCAL_SERVER_STATS(STATS_NAME) };

struct waiting_message {
	struct waiting_message *next;
	size_t len;
	uint8_t bytes[];
};

struct local_client {
	struct local_server *server;
	struct local_client *next;
	uint32_t number;
	int fd;
	struct loop_poll *poll;
	bool is_over; /* to be freed when its turn is over */
	bool is_deaf; /* it has gone; what it said before is still heard */
	uid_t user;
	enum local_rank rank;
	struct waiting_message *first, **last;
	size_t waiting; /* bytes */
};

struct local_server {
	struct loop *loop;
	struct local_server_options options;
	char *directory, *name; /* of the file */
	const struct local_server_events *events;
	void *ctx;
	int fd;
	struct loop_poll *poll;
	struct loop_timer *timer; /* for those who are over, and for the rest */
	bool is_resting;
	bool is_held; /* clients are not read */
	gid_t group;  /* -1: there is no such group */
	uid_t owner;  /* -1: no other than we are */
	struct local_client *clients;
	struct local_room room;
	uint32_t last_number;
	struct stats stats;
	uint64_t counters[LOCAL_SERVER_STAT_COUNT];
	uint8_t in[LOCAL_SERVER_MESSAGE_MAX + 1]; /* one more: longer ones are seen */
};

static void count(struct local_server *server, enum local_server_stat counter)
{
	stats_count(&server->stats, counter);
}

/*
 * Clients.
 */

static struct local_client *find(const struct local_server *server, uint32_t number)
{
	struct local_client *client = server->clients;

	while (client != NULL && client->number != number)
		client = client->next;
	return client;
}

static void drop_waiting(struct local_client *client)
{
	struct waiting_message *message;

	while ((message = client->first) != NULL) {
		client->first = message->next;
		free(message);
	}
	client->last = &client->first;
	client->waiting = 0;
}

static void client_free(struct local_client *client)
{
	loop_poll_close(client->poll);
	close(client->fd);
	drop_waiting(client);
	free(client);
}

/* Its end is told, and it is freed, from the loop: not below the caller's feet. */
static void end(struct local_client *client, enum local_server_stat why)
{
	struct local_server *server = client->server;

	if (client->is_over)
		return;
	client->is_over = true;
	if (why != LOCAL_SERVER_STAT_COUNT)
		count(server, why);
	drop_waiting(client);
	(void)shutdown(client->fd, SHUT_RDWR);
	(void)loop_poll_want(client->poll, 0);
	loop_timer_set(server->timer, 0, 0);
}

static void want(struct local_client *client)
{
	unsigned events = client->server->is_held ? 0 : LOOP_READABLE;

	if (client->first != NULL)
		events |= LOOP_WRITABLE;
	if (!client->is_over)
		(void)loop_poll_want(client->poll, events);
}

/*
 * Sending.
 */

/* 0, -EAGAIN, or it does not hear any more. */
static int send_now(struct local_client *client, const uint8_t *bytes, size_t len)
{
	if (client->is_deaf)
		return -EPIPE;
	if (send(client->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
		count(client->server, LOCAL_SERVER_SENT);
		return 0;
	}
	if (errno == EAGAIN || errno == EINTR)
		return -EAGAIN;
	if (errno == EPIPE || errno == ECONNRESET) {
		client->is_deaf = true;
		drop_waiting(client);
	} else {
		end(client, LOCAL_SERVER_FAILED);
	}
	return -EPIPE;
}

static void send_waiting(struct local_client *client)
{
	while (client->first != NULL) {
		struct waiting_message *message = client->first;

		if (send_now(client, message->bytes, message->len) < 0)
			return;
		client->first = message->next;
		if (client->first == NULL)
			client->last = &client->first;
		client->waiting -= message->len;
		free(message);
	}
}

static bool keep(struct local_client *client, const uint8_t *bytes, size_t len)
{
	struct waiting_message *message = malloc(sizeof(*message) + len);

	if (message == NULL)
		return false;
	message->next = NULL;
	message->len = len;
	memcpy(message->bytes, bytes, len);
	*client->last = message;
	client->last = &message->next;
	client->waiting += len;
	want(client);
	return true;
}

/* Now, or it has to wait. */
static bool is_sent(struct local_client *client, const uint8_t *bytes, size_t len)
{
	return client->first == NULL && send_now(client, bytes, len) != -EAGAIN;
}

void local_server_send(struct local_server *server, uint32_t number, const uint8_t *bytes,
		       size_t len)
{
	struct local_client *client = find(server, number);

	if (client == NULL || client->is_over || is_sent(client, bytes, len))
		return;
	if (client->waiting + len > server->options.queue_max)
		end(client, LOCAL_SERVER_SLOW);
	else if (!keep(client, bytes, len))
		end(client, LOCAL_SERVER_FAILED);
}

bool local_server_offer(struct local_server *server, uint32_t number, const uint8_t *bytes,
			size_t len)
{
	struct local_client *client = find(server, number);

	if (client == NULL || client->is_over)
		return false;
	if (is_sent(client, bytes, len))
		return !client->is_over && !client->is_deaf;
	if (client->waiting + len <= server->options.offer_max && keep(client, bytes, len))
		return true;
	count(server, LOCAL_SERVER_LOST);
	return false;
}

/*
 * Receiving.
 */

/* Whether there may be more. */
static bool receive(struct local_client *client, const struct nbt_env *env)
{
	struct local_server *server = client->server;
	ssize_t got = recv(client->fd, server->in, sizeof(server->in), MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got < 0 && errno == ECONNRESET)
		return true; /* once: it has left without reading its answers */
	if (got < 0)
		end(client, LOCAL_SERVER_FAILED);
	else if (got == 0)
		end(client, LOCAL_SERVER_STAT_COUNT);
	else if ((size_t)got > LOCAL_SERVER_MESSAGE_MAX)
		end(client, LOCAL_SERVER_TOO_LONG);
	if (client->is_over)
		return false;
	count(server, LOCAL_SERVER_RECEIVED);
	if (!server->events->message(server->ctx, client->number, server->in, (size_t)got, env))
		end(client, LOCAL_SERVER_REFUSED);
	return !client->is_over;
}

static void client_ready(void *ctx, unsigned events)
{
	struct local_client *client = ctx;
	const struct nbt_env env = loop_env(client->server->loop);

	if (events & LOOP_WRITABLE)
		send_waiting(client);
	for (unsigned i = 0; i < READ_MAX && !client->is_over && !client->server->is_held &&
			     (events & ~LOOP_WRITABLE);
	     i++)
		if (!receive(client, &env))
			break;
	want(client);
}

void local_server_hold(struct local_server *server, bool hold)
{
	if (server->is_held == hold)
		return;
	server->is_held = hold;
	for (struct local_client *client = server->clients; client != NULL; client = client->next)
		want(client);
}

/*
 * Connecting.
 */

static bool has_group(int fd, gid_t own, gid_t wanted)
{
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(groups);

	if (own == wanted)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof(groups[0]); i++)
		if (groups[i] == wanted)
			return true;
	return false;
}

static enum local_rank rank_of(const struct local_server *server, int fd, const struct ucred *peer)
{
	if (peer->uid == 0 || peer->uid == geteuid() ||
	    (server->owner != (uid_t)-1 && peer->uid == server->owner))
		return LOCAL_OWNER;
	return server->group != (gid_t)-1 && has_group(fd, peer->gid, server->group)
		       ? LOCAL_MEMBER
		       : LOCAL_STRANGER;
}

static bool has_room(const struct local_server *server, enum local_rank rank, uid_t user)
{
	size_t of_user = 0;

	for (const struct local_client *client = server->clients; client != NULL;
	     client = client->next)
		of_user += client->user == user;
	return local_room_has(&server->room, rank, of_user);
}

static int add_client(struct local_server *server, int fd, enum local_rank rank, uid_t user)
{
	struct local_client *client = calloc(1, sizeof(*client));
	int ret;

	if (client == NULL)
		return -ENOMEM;
	client->server = server;
	client->fd = fd;
	client->last = &client->first;
	ret = loop_poll_open(&client->poll, server->loop, fd, LOOP_READABLE, client_ready, client);
	if (ret < 0) {
		free(client);
		return ret;
	}
	client->user = user;
	client->rank = rank;
	server->room.taken[rank]++;
	client->number = ++server->last_number;
	client->next = server->clients;
	server->clients = client;
	return 0;
}

/* 0, or why there is nobody more to take. */
static int accept_one(struct local_server *server)
{
	int fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct ucred peer = { .uid = (uid_t)-1, .gid = (gid_t)-1 };
	socklen_t len = sizeof(peer);
	enum local_rank rank;

	if (fd < 0)
		return errno == EINTR || errno == ECONNABORTED ? 0 : -errno;
	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
	rank = rank_of(server, fd, &peer);
	if (!has_room(server, rank, peer.uid)) {
		count(server, LOCAL_SERVER_TOO_MANY);
		close(fd);
		return 0;
	}
	if (add_client(server, fd, rank, peer.uid) < 0) {
		count(server, LOCAL_SERVER_FAILED);
		close(fd);
		return 0;
	}
	count(server, LOCAL_SERVER_ACCEPTED);
	return 0;
}

/* Without descriptors the socket would wake us all the time. */
static void rest(struct local_server *server)
{
	server->is_resting = true;
	(void)loop_poll_want(server->poll, 0);
	loop_timer_set(server->timer, loop_env(server->loop).now_ms + REST_MS, 0);
}

static void listener_ready(void *ctx, unsigned events)
{
	struct local_server *server = ctx;
	int ret = 0;

	(void)events;
	for (unsigned i = 0; i < ACCEPT_MAX && ret == 0; i++)
		ret = accept_one(server);
	if (ret < 0 && ret != -EAGAIN)
		rest(server);
}

/* Takes out all who are over before any is told: what is told may end others. */
static void free_those_over(struct local_server *server)
{
	const struct nbt_env env = loop_env(server->loop);
	struct local_client **at = &server->clients, *over = NULL, *client;

	while ((client = *at) != NULL) {
		if (!client->is_over) {
			at = &client->next;
			continue;
		}
		*at = client->next;
		client->next = over;
		over = client;
		server->room.taken[client->rank]--;
	}
	while ((client = over) != NULL) {
		over = client->next;
		server->events->closed(server->ctx, client->number, &env);
		client_free(client);
	}
}

static void timer_due(void *ctx, const struct nbt_env *env)
{
	struct local_server *server = ctx;

	(void)env;
	free_those_over(server);
	if (server->is_resting) {
		server->is_resting = false;
		(void)loop_poll_want(server->poll, LOOP_READABLE);
	}
}

void local_server_end_all(struct local_server *server)
{
	for (struct local_client *client = server->clients; client != NULL; client = client->next)
		end(client, LOCAL_SERVER_STAT_COUNT);
}

/*
 * Open and close.
 */

static void know_members(struct local_server *server, const struct local_socket_options *o)
{
	const struct group *group = getgrnam(o->group);
	const struct passwd *owner = o->owner != NULL ? getpwnam(o->owner) : NULL;

	server->group = group != NULL ? group->gr_gid : (gid_t)-1;
	server->owner = owner != NULL ? owner->pw_uid : (uid_t)-1;
}

static int listen_on(struct local_server *server, const struct local_server_options *options)
{
	struct local_socket_options *socket = &server->options.socket;

	server->directory = strdup(options->socket.directory);
	server->name = strdup(options->socket.name);
	if (server->directory == NULL || server->name == NULL)
		return -ENOMEM;
	socket->directory = server->directory;
	socket->name = server->name;
	socket->type = SOCK_SEQPACKET;
	know_members(server, socket);
	server->fd = local_socket_listen(socket);
	socket->owner = socket->group = NULL; /* borrowed for that call only */
	return server->fd < 0 ? server->fd : 0;
}

int local_server_open(struct local_server **out, struct loop *loop,
		      const struct local_server_options *options,
		      const struct local_server_events *events, void *ctx)
{
	struct local_server *server = calloc(1, sizeof(*server));
	int ret;

	*out = NULL;
	if (server == NULL)
		return -ENOMEM;
	server->loop = loop;
	server->options = *options;
	server->room.connections = options->connections;
	server->events = events;
	server->ctx = ctx;
	server->fd = -1;
	server->stats = (struct stats){ stat_names, server->counters, LOCAL_SERVER_STAT_COUNT };
	ret = loop_timer_open(&server->timer, loop, timer_due, server);
	if (ret == 0)
		ret = listen_on(server, options);
	if (ret == 0)
		ret = loop_poll_open(&server->poll, loop, server->fd, LOOP_READABLE, listener_ready,
				     server);
	if (ret < 0)
		local_server_close(server);
	else
		*out = server;
	return ret;
}

void local_server_close(struct local_server *server)
{
	struct local_client *client;

	if (server == NULL)
		return;
	/* First: clients who see that they are alone connect again at once. */
	loop_poll_close(server->poll);
	if (server->fd >= 0) {
		local_socket_remove(&server->options.socket);
		close(server->fd);
	}
	while ((client = server->clients) != NULL) {
		server->clients = client->next;
		client_free(client);
	}
	loop_timer_close(server->timer);
	free(server->directory);
	free(server->name);
	free(server);
}

bool local_server_peer(const struct local_server *server, uint32_t number,
		       struct local_server_peer *out)
{
	const struct local_client *client = find(server, number);
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (client == NULL || getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	*out = (struct local_server_peer){ .pid = peer.pid, .uid = peer.uid };
	return true;
}

bool local_server_is_member(const struct local_server *server, uint32_t number)
{
	const struct local_client *client = find(server, number);

	return client != NULL && client->rank != LOCAL_STRANGER;
}

struct stats *local_server_stats(struct local_server *server)
{
	return &server->stats;
}
