/* Framed TCP over the loop's polled sockets. */
#include "common/tcp.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/frames.h"
#include "common/listener.h"
#include "common/loop.h"

#define BACKLOG 16
#define TICK_MS 1000 /* between looks for who takes too long */

enum tcp_stat { TCP_STATS(STATS_ENUM) TCP_STAT_COUNT };
static const char *const stat_names[] = { TCP_STATS(STATS_NAME) };

struct tcp_connection {
	struct tcp *tcp;
	struct tcp_listener *listener;
	struct tcp_connection *next, **link;
	struct sockaddr_in peer;
	int fd;
	struct loop_poll *poll;

	bool in_callback, is_closed; /* freed when the callback is over */
	bool at_work;                /* a message was handed out, its answer has not left yet */
	uint64_t since_ms;           /* it waits for the peer since then */

	struct frames in;
	uint8_t *out; /* NULL: nothing to send */
	size_t out_len, out_sent;
};

struct tcp_listener {
	struct tcp *tcp;
	struct tcp_listener *next, **link;
	uint16_t number;
	struct listener *listener;
};

struct tcp {
	struct loop *loop;
	struct tcp_options options;
	const struct tcp_events *events;
	void *ctx;
	struct loop_timer *tick; /* goes while there is something to look at */
	bool is_ticking;
	struct tcp_listener *listeners;
	struct tcp_connection *connections;
	struct stats stats;
	uint64_t counters[TCP_STAT_COUNT];
};

/*
 * Connections.
 */

static void count(struct tcp *tcp, enum tcp_stat counter)
{
	stats_count(&tcp->stats, counter);
}

static void connection_free(struct tcp_connection *connection)
{
	loop_poll_close(connection->poll);
	close(connection->fd);
	frames_free(&connection->in);
	free(connection->out);
	free(connection);
}

void tcp_close(struct tcp_connection *connection)
{
	struct tcp *tcp = connection->tcp;

	if (connection->is_closed)
		return;
	connection->is_closed = true;
	*connection->link = connection->next;
	if (connection->next != NULL)
		connection->next->link = connection->link;
	tcp->events->closed(tcp->ctx, connection);
	if (!connection->in_callback)
		connection_free(connection);
}

static void close_because(struct tcp_connection *connection, enum tcp_stat why)
{
	count(connection->tcp, why);
	tcp_close(connection);
}

static void want(struct tcp_connection *connection)
{
	unsigned events = 0;

	if (connection->out != NULL)
		events = LOOP_WRITABLE;
	else if (!connection->at_work)
		events = LOOP_READABLE;
	(void)loop_poll_want(connection->poll, events);
}

/* Hands out the next message, if it has come whole. */
static void hand_out(struct tcp_connection *connection, const struct nbt_env *env)
{
	struct tcp *tcp = connection->tcp;
	const uint8_t *message;
	size_t len;

	switch (frames_next(&connection->in, &message, &len)) {
	case FRAMES_INCOMPLETE:
		break;
	case FRAMES_TOO_LONG:
		close_because(connection, TCP_TOO_LONG);
		break;
	case FRAMES_MESSAGE:
		count(tcp, TCP_RECEIVED);
		connection->at_work = true;
		tcp->events->message(tcp->ctx, connection, message, len, env);
		break;
	}
}

static void receive(struct tcp_connection *connection, const struct nbt_env *env)
{
	size_t room;
	uint8_t *place = frames_room(&connection->in, &room);
	ssize_t got = recv(connection->fd, place, room, MSG_DONTWAIT);

	if (got > 0) {
		frames_add(&connection->in, (size_t)got);
		hand_out(connection, env);
	} else if (got == 0) {
		tcp_close(connection);
	} else if (errno != EAGAIN && errno != EINTR) {
		close_because(connection, TCP_FAILED);
	}
}

static void answer_has_left(struct tcp_connection *connection, const struct nbt_env *env)
{
	count(connection->tcp, TCP_SENT);
	free(connection->out);
	connection->out = NULL;
	connection->at_work = false;
	connection->since_ms = env->now_ms;
	hand_out(connection, env); /* more may have come with the last one */
}

static void transmit(struct tcp_connection *connection, const struct nbt_env *env)
{
	ssize_t sent =
		send(connection->fd, connection->out + connection->out_sent,
		     connection->out_len - connection->out_sent, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent >= 0) {
		connection->out_sent += (size_t)sent;
		if (connection->out_sent == connection->out_len)
			answer_has_left(connection, env);
	} else if (errno != EAGAIN && errno != EINTR) {
		close_because(connection, TCP_FAILED);
	}
}

static void connection_ready(void *ctx, unsigned events)
{
	struct tcp_connection *connection = ctx;
	const struct nbt_env env = loop_env(connection->tcp->loop);

	connection->in_callback = true;
	if (events & LOOP_ERROR)
		close_because(connection, TCP_FAILED);
	else if (events & LOOP_WRITABLE)
		transmit(connection, &env);
	else if (events & LOOP_READABLE)
		receive(connection, &env);
	connection->in_callback = false;
	if (connection->is_closed)
		connection_free(connection);
	else
		want(connection);
}

void tcp_send(struct tcp_connection *connection, const uint8_t *bytes, size_t len)
{
	struct tcp *tcp = connection->tcp;
	unsigned prefix = tcp->options.prefix;

	if (connection->is_closed || connection->out != NULL)
		return;
	connection->out = malloc(prefix + len);
	if (connection->out == NULL) {
		close_because(connection, TCP_FAILED);
		return;
	}
	frames_write_prefix(connection->out, prefix, len);
	memcpy(connection->out + prefix, bytes, len);
	connection->out_len = prefix + len;
	connection->out_sent = 0;
	connection->since_ms = loop_env(tcp->loop).now_ms;
	if (!connection->in_callback)
		want(connection);
}

uint16_t tcp_number(const struct tcp_connection *connection)
{
	return connection->listener->number;
}

struct sockaddr_in tcp_peer(const struct tcp_connection *connection)
{
	return connection->peer;
}

/*
 * Time.
 */

static void start_ticking(struct tcp *tcp)
{
	uint64_t idle_ms = tcp->options.idle_ms;
	/* A lab's time goes faster. */
	uint64_t tick_ms = idle_ms < 4 * TICK_MS ? idle_ms / 4 + 1 : TICK_MS;

	if (!tcp->is_ticking)
		loop_timer_set(tcp->tick, loop_env(tcp->loop).now_ms + tick_ms, tick_ms);
	tcp->is_ticking = true;
}

/* Work on an answer is ours, and bounded; everything else waits for the peer. */
static bool is_overdue(const struct tcp_connection *connection, uint64_t now_ms)
{
	if (connection->at_work && connection->out == NULL)
		return false;
	return now_ms - connection->since_ms >= connection->tcp->options.idle_ms;
}

static void tick(void *ctx, const struct nbt_env *env)
{
	struct tcp *tcp = ctx;
	struct tcp_connection *next;

	for (struct tcp_connection *c = tcp->connections; c != NULL; c = next) {
		next = c->next;
		if (is_overdue(c, env->now_ms))
			close_because(c, TCP_TIMEOUT);
	}
	tcp->is_ticking = tcp->connections != NULL;
	if (!tcp->is_ticking)
		loop_timer_set(tcp->tick, NBT_NEVER, 0);
}

/*
 * Listeners.
 */

static bool is_full(const struct tcp *tcp, struct in_addr source)
{
	size_t all = 0, same = 0;

	for (const struct tcp_connection *c = tcp->connections; c != NULL; c = c->next) {
		all++;
		same += c->peer.sin_addr.s_addr == source.s_addr;
	}
	return all >= tcp->options.connections || same >= tcp->options.per_source;
}

static int connection_open(struct tcp_listener *listener, int fd, const struct sockaddr_in *peer)
{
	struct tcp *tcp = listener->tcp;
	struct tcp_connection *connection = calloc(1, sizeof(*connection));
	int ret, on = 1;

	if (connection == NULL)
		return -ENOMEM;
	ret = frames_init(&connection->in, tcp->options.prefix, tcp->options.message_max);
	if (ret == 0)
		ret = loop_poll_open(&connection->poll, tcp->loop, fd, LOOP_READABLE,
				     connection_ready, connection);
	if (ret < 0) {
		frames_free(&connection->in);
		free(connection);
		return ret;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	connection->tcp = tcp;
	connection->listener = listener;
	connection->fd = fd;
	connection->peer = *peer;
	connection->since_ms = loop_env(tcp->loop).now_ms;
	connection->next = tcp->connections;
	connection->link = &tcp->connections;
	if (connection->next != NULL)
		connection->next->link = &connection->next;
	tcp->connections = connection;
	start_ticking(tcp);
	return 0;
}

static void admit(void *ctx, int fd, const struct sockaddr_in *peer)
{
	struct tcp_listener *listener = ctx;
	struct tcp *tcp = listener->tcp;
	enum tcp_stat outcome = TCP_ACCEPTED;

	if (!tcp->events->may_connect(tcp->ctx, peer->sin_addr))
		outcome = TCP_REFUSED;
	else if (is_full(tcp, peer->sin_addr))
		outcome = TCP_TOO_MANY;
	else if (connection_open(listener, fd, peer) < 0)
		outcome = TCP_FAILED;
	count(tcp, outcome);
	if (outcome != TCP_ACCEPTED)
		listener_turn_away(fd);
}

int tcp_listen(struct tcp_listener **out, struct tcp *tcp, const struct sockaddr_in *local,
	       uint16_t number)
{
	struct tcp_listener *listener = calloc(1, sizeof(*listener));
	int ret;

	*out = NULL;
	if (listener == NULL)
		return -ENOMEM;
	listener->tcp = tcp;
	listener->number = number;
	ret = listener_open(&listener->listener, tcp->loop, local, BACKLOG, admit, listener);
	if (ret < 0) {
		free(listener);
		return ret;
	}
	listener->next = tcp->listeners;
	listener->link = &tcp->listeners;
	if (listener->next != NULL)
		listener->next->link = &listener->next;
	tcp->listeners = listener;
	*out = listener;
	return 0;
}

struct sockaddr_in tcp_listener_address(const struct tcp_listener *listener)
{
	return listener_address(listener->listener);
}

void tcp_listener_close(struct tcp_listener *listener)
{
	struct tcp_connection *next;

	if (listener == NULL)
		return;
	for (struct tcp_connection *c = listener->tcp->connections; c != NULL; c = next) {
		next = c->next;
		if (c->listener == listener)
			tcp_close(c);
	}
	*listener->link = listener->next;
	if (listener->next != NULL)
		listener->next->link = listener->link;
	listener_close(listener->listener);
	free(listener);
}

/*
 * All of them.
 */

int tcp_create(struct tcp **out, struct loop *loop, const struct tcp_options *options,
	       const struct tcp_events *events, void *ctx)
{
	struct tcp *tcp = calloc(1, sizeof(*tcp));
	int ret;

	*out = NULL;
	if (tcp == NULL)
		return -ENOMEM;
	tcp->loop = loop;
	tcp->options = *options;
	tcp->events = events;
	tcp->ctx = ctx;
	tcp->stats = (struct stats){ stat_names, tcp->counters, TCP_STAT_COUNT };
	ret = loop_timer_open(&tcp->tick, loop, tick, tcp);
	if (ret < 0) {
		free(tcp);
		return ret;
	}
	*out = tcp;
	return 0;
}

void tcp_set_limits(struct tcp *tcp, size_t connections, size_t per_source, uint64_t idle_ms)
{
	tcp->options.connections = connections;
	tcp->options.per_source = per_source;
	tcp->options.idle_ms = idle_ms;
}

void tcp_destroy(struct tcp *tcp)
{
	if (tcp == NULL)
		return;
	while (tcp->listeners != NULL)
		tcp_listener_close(tcp->listeners);
	while (tcp->connections != NULL)
		tcp_close(tcp->connections);
	loop_timer_close(tcp->tick);
	free(tcp);
}

struct stats *tcp_stats(struct tcp *tcp)
{
	return &tcp->stats;
}
