#include "smb_tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "browserd/smb_server.h"
#include "common/access.h"
#include "common/loop.h"

#define TOO_LONG 20000 /* ms; only a test that fails waits so long */
#define TRIES    100   /* to find ports that nobody has */

struct smb_tcp {
	struct smb_host_test *test;
	struct loop *loop;
	struct loop_timer *look;
	struct access_list *access;
	struct smb_server_settings settings;
	struct smb_server *server;

	/* The frame that is being asked. */
	int fd;
	bool is_over;
	uint64_t wanted, expected; /* frames the server will have received; answers there will be */
	size_t got;
	uint8_t bytes[SMB_FRAME_MAX];
};

static void must(bool is_so, const char *what)
{
	if (is_so)
		return;
	fprintf(stderr, "SMB by TCP: %s: %s\n", what, strerror(errno));
	abort();
}

static void on_deadline(void *ctx, const struct nbt_env *env)
{
	(void)ctx;
	(void)env;
	must(false, "no end of waiting");
}

static const struct loop_events events = { .deadline = on_deadline };

static uint64_t counter(const struct smb_tcp *tcp, const char *name)
{
	const struct stats *stats = smb_server_stats(tcp->server);

	for (size_t i = 0; i < stats->count; i++)
		if (strcmp(stats->names[i], name) == 0)
			return stats->values[i];
	must(false, name);
	return 0;
}

/* Hands on the answers that are whole. */
static void take_answers(struct smb_tcp *tcp)
{
	size_t len;

	while (tcp->got >= 4) {
		len = 4 +
		      ((size_t)tcp->bytes[1] << 16 | (size_t)tcp->bytes[2] << 8 | tcp->bytes[3]);
		must(len <= sizeof(tcp->bytes), "a frame that is too long");
		if (tcp->got < len)
			return;
		tcp->test->io.send(tcp->test->io.ctx, tcp->bytes, len);
		tcp->got -= len;
		memmove(tcp->bytes, tcp->bytes + len, tcp->got);
	}
}

static void read_answers(struct smb_tcp *tcp)
{
	ssize_t got = recv(tcp->fd, tcp->bytes + tcp->got, sizeof(tcp->bytes) - tcp->got, 0);

	if (got > 0)
		tcp->got += (size_t)got;
	else if (got == 0)
		tcp->is_over = true;
	else
		must(errno == EAGAIN, "recv");
	take_answers(tcp);
}

/* The server answers in the turn in which it takes a frame: then it is known how many answers
 * there are to come. */
static void on_look(void *ctx, const struct nbt_env *env)
{
	struct smb_tcp *tcp = ctx;

	(void)env;
	if (counter(tcp, "smb.received") < tcp->wanted)
		return;
	read_answers(tcp);
	if (tcp->test->frame_count == counter(tcp, "smb.sent") - tcp->expected)
		loop_stop(tcp->loop);
}

enum smb_after smb_tcp_ask(struct smb_tcp *tcp, int fd, const uint8_t *frame, size_t len)
{
	uint64_t ended = counter(tcp, "smb.ended");
	size_t half = len / 2;

	tcp->fd = fd;
	tcp->got = 0;
	tcp->is_over = false;
	tcp->wanted = counter(tcp, "smb.received") + 1;
	tcp->expected = counter(tcp, "smb.sent");
	must(send(fd, frame, half, MSG_NOSIGNAL) == (ssize_t)half, "send");
	must(send(fd, frame + half, len - half, MSG_NOSIGNAL) == (ssize_t)(len - half), "send");
	loop_set_deadline(tcp->loop, loop_env(tcp->loop).now_ms + TOO_LONG);
	loop_timer_set(tcp->look, 0, 1);
	must(loop_run(tcp->loop) == 0, "loop");
	loop_timer_set(tcp->look, NBT_NEVER, 0);
	must(tcp->got == 0, "half an answer");
	if (counter(tcp, "smb.ended") == ended)
		return SMB_GO_ON;
	if (!tcp->is_over)
		read_answers(tcp);
	must(tcp->is_over && tcp->got == 0, "the end after the last answer");
	return SMB_CLOSE;
}

int smb_tcp_connect(struct smb_tcp *tcp, in_port_t port)
{
	const struct sockaddr_in server = {
		.sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) },
		.sin_port =
			htons(port == 139 ? tcp->settings.session_port : tcp->settings.smb_port),
	};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && connect(fd, (const struct sockaddr *)&server, sizeof(server)) == 0,
	     "connect");
	must(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/*
 * The server.
 */

static uint16_t free_port(void)
{
	struct sockaddr_in local = { .sin_family = AF_INET,
				     .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(local);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(fd >= 0 && bind(fd, (const struct sockaddr *)&local, sizeof(local)) == 0 &&
		     getsockname(fd, (struct sockaddr *)&local, &len) == 0,
	     "bind");
	close(fd);
	return ntohs(local.sin_port);
}

static void ignore(void *ctx, enum smb_server_state state)
{
	(void)ctx;
	(void)state;
}

static void allow_all(struct smb_tcp *tcp)
{
	struct access_network everybody;
	struct access_rule rules[SMB_SERVER_RULES];

	must(access_network_parse(&everybody, "0.0.0.0/0") == 0, "network");
	for (size_t i = 0; i < SMB_SERVER_RULES; i++)
		rules[i] = (struct access_rule){ &everybody, 1 };
	tcp->access = access_list_create(rules, SMB_SERVER_RULES, NULL, 0);
	must(tcp->access != NULL, "access list");
}

static void listen_somewhere(struct smb_tcp *tcp)
{
	const struct in_addr address = { htonl(INADDR_LOOPBACK) };

	for (int i = 0; i < TRIES && smb_server_state(tcp->server) != SMB_SERVER_OPEN; i++) {
		tcp->settings.session_port = free_port();
		tcp->settings.smb_port = free_port();
		must(smb_server_update(tcp->server, &tcp->settings, &address, 1), "listen");
	}
	must(smb_server_state(tcp->server) == SMB_SERVER_OPEN, "ports");
}

struct smb_tcp *smb_tcp_create(struct smb_host_test *test)
{
	struct smb_tcp *tcp = calloc(1, sizeof(*tcp));

	must(tcp != NULL, "memory");
	tcp->test = test;
	allow_all(tcp);
	tcp->settings.limits =
		(struct session_limits){ 1000, 1000, TOO_LONG, TOO_LONG, 4 * SMB_FRAME_MAX };
	tcp->settings.access = tcp->access;
	tcp->settings.host = &test->host;
	tcp->settings.retry_ms = TOO_LONG;
	must(loop_create(&tcp->loop, &events, tcp) == 0, "loop");
	must(loop_timer_open(&tcp->look, tcp->loop, on_look, tcp) == 0, "timer");
	must(smb_server_create(&tcp->server, tcp->loop, &tcp->settings, ignore, tcp) == 0,
	     "server");
	listen_somewhere(tcp);
	return tcp;
}

void smb_tcp_destroy(struct smb_tcp *tcp)
{
	smb_server_destroy(tcp->server);
	access_list_destroy(tcp->access);
	loop_timer_close(tcp->look);
	loop_destroy(tcp->loop);
	free(tcp);
}
