#include "waiting.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#define TOO_LONG 20000 /* ms; only a test that fails waits so long */

static void on_deadline(void *ctx, const struct nbt_env *env)
{
	struct waiting *waiting = ctx;

	(void)env;
	waiting->is_late = true;
	loop_stop(waiting->loop);
}

static void on_look(void *ctx, const struct nbt_env *env)
{
	struct waiting *waiting = ctx;

	(void)env;
	if (waiting->is_so(waiting->ctx))
		loop_stop(waiting->loop);
}

static void on_turn(void *ctx, const struct nbt_env *env)
{
	struct waiting *waiting = ctx;

	(void)env;
	waiting->turns++;
}

static const struct loop_events events = { .deadline = on_deadline, .turn = on_turn };

void waiting_open(struct waiting *waiting, void *ctx)
{
	*waiting = (struct waiting){ .ctx = ctx };
	assert_int_equal(loop_create(&waiting->loop, &events, waiting), 0);
	assert_int_equal(loop_timer_open(&waiting->look, waiting->loop, on_look, waiting), 0);
	loop_set_deadline(waiting->loop, loop_env(waiting->loop).now_ms + TOO_LONG);
}

void waiting_close(struct waiting *waiting)
{
	loop_timer_close(waiting->look);
	loop_destroy(waiting->loop);
}

void wait_until(struct waiting *waiting, bool (*is_so)(void *ctx))
{
	waiting->is_so = is_so;
	loop_timer_set(waiting->look, 0, 1);
	assert_int_equal(loop_run(waiting->loop), 0);
	loop_timer_set(waiting->look, NBT_NEVER, 0);
	assert_false(waiting->is_late);
}

int take_port(uint16_t *port)
{
	struct sockaddr_in local = { .sin_family = AF_INET,
				     .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(local);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)&local, sizeof(local)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&local, &len), 0);
	*port = ntohs(local.sin_port);
	return fd;
}
