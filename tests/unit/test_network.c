/* Sockets that follow the interfaces, with those of this host: localhost is always there. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/network.h"

#define TOO_LONG 20000 /* ms; only a test that fails waits so long */

struct fixture {
	struct loop *loop;
	struct network *network;
	struct network_options options;
	struct in_addr listen;
	unsigned calls, wanted;
	bool is_content;
};

static void on_packets(void *ctx, const struct incoming *in, size_t count,
		       const struct nbt_env *env)
{
	(void)ctx;
	(void)in;
	(void)count;
	(void)env;
}

static bool on_change(void *ctx, const struct iface_list *ifaces)
{
	struct fixture *f = ctx;

	assert_true(ifaces->count > 0);
	if (++f->calls == f->wanted)
		loop_stop(f->loop);
	return f->is_content;
}

static void on_deadline(void *ctx, const struct nbt_env *env)
{
	struct fixture *f = ctx;

	(void)env;
	loop_stop(f->loop);
}

static int set_up(void **state)
{
	static const struct loop_events events = { .deadline = on_deadline };
	static struct fixture f;

	f = (struct fixture){ .listen = { htonl(INADDR_LOOPBACK) }, .is_content = true };
	f.options = (struct network_options){
		.sockets = { .wish = { .listen = &f.listen, .listen_count = 1 },
			     .port = 20138,
			     .doing = "listening",
			     .receive = on_packets,
			     .ctx = &f },
		.changed = on_change,
		.ctx = &f,
	};
	*state = &f;
	return loop_create(&f.loop, &events, &f);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	network_close(f->network);
	loop_destroy(f->loop);
	return 0;
}

static struct in_addr served(const struct fixture *f, size_t i)
{
	static const struct in_addr none;
	const struct served_socket *table;
	size_t count;

	table = sockets_table(network_sockets(f->network), &count);
	return i < count ? table[i].address : none;
}

static void it_says_what_there_is_and_when_it_is_asked(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(network_open(&f->network, f->loop, &f->options), 0);
	assert_int_equal(f->calls, 0);
	assert_int_equal(network_start(f->network), 0);
	assert_int_equal(f->calls, 1);
	assert_int_equal(served(f, 0).s_addr, htonl(INADDR_LOOPBACK));
	network_update(f->network);
	assert_int_equal(f->calls, 2);
}

static void another_wish_is_fulfilled(void **state)
{
	struct fixture *f = *state;
	const struct in_addr other = { htonl(INADDR_LOOPBACK + 1) };
	const struct served_wish wish = { .listen = &other, .listen_count = 1 };

	assert_int_equal(network_open(&f->network, f->loop, &f->options), 0);
	network_set_wish(f->network, &wish);
	assert_int_equal(served(f, 0).s_addr, INADDR_ANY); /* its number stays its own */
	assert_int_equal(served(f, 1).s_addr, other.s_addr);
}

/* Whoever is not content is called again; five seconds later, which the test waits for. */
static void what_could_not_be_had_is_tried_again(void **state)
{
	struct fixture *f = *state;

	f->wanted = 2;
	f->is_content = false;
	assert_int_equal(network_open(&f->network, f->loop, &f->options), 0);
	assert_int_equal(network_start(f->network), 0);
	loop_set_deadline(f->loop, loop_env(f->loop).now_ms + TOO_LONG);
	loop_run(f->loop);
	assert_int_equal(f->calls, 2);
}

static void a_port_that_is_taken_is_an_error(void **state)
{
	struct fixture *f = *state;
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_port = htons(f->options.sockets.port),
					   .sin_addr = f->listen };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)&local, sizeof(local)), 0);
	assert_int_equal(network_open(&f->network, f->loop, &f->options), -ECANCELED);
	assert_null(f->network);
	close(fd);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(it_says_what_there_is_and_when_it_is_asked),
		TEST(another_wish_is_fulfilled),
		TEST(what_could_not_be_had_is_tried_again),
		TEST(a_port_that_is_taken_is_an_error),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
