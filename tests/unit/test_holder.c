/* Who has a port, as /proc tells. */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/holder.h"

static int bind_any_port(in_addr_t address, uint16_t *port)
{
	struct sockaddr_in local = { .sin_family = AF_INET, .sin_addr = { htonl(address) } };
	socklen_t len = sizeof(local);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&local, sizeof(local)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&local, &len), 0);
	*port = ntohs(local.sin_port);
	return fd;
}

static const struct holder_case {
	const char *what;
	in_addr_t bound, asked;
	bool is_ours;
} cases[] = {
	{ "the same address", INADDR_LOOPBACK, INADDR_LOOPBACK, true },
	{ "a socket on all addresses has this one too", INADDR_ANY, INADDR_LOOPBACK, true },
	{ "another address", INADDR_LOOPBACK, INADDR_LOOPBACK + 1, false },
};

static void holders_of_our_own_port(void **state)
{
	char ours[HOLDER_MAX], buf[HOLDER_MAX];

	(void)state;
	if (access("/proc/net/udp", R_OK) != 0)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct in_addr asked = { htonl(cases[i].asked) };
		uint16_t port;
		int fd = bind_any_port(cases[i].bound, &port);

		snprintf(ours, sizeof(ours), "(process %d)", (int)getpid());
		if ((strstr(holder_of_port(asked, port, buf), ours) != NULL) != cases[i].is_ours)
			fail_msg("%s: %s", cases[i].what, buf);
		close(fd);
	}
}

static void nobody_is_another_program(void **state)
{
	const struct in_addr loopback = { htonl(INADDR_LOOPBACK) };
	char buf[HOLDER_MAX];
	uint16_t port;

	(void)state;
	close(bind_any_port(INADDR_LOOPBACK, &port));
	assert_string_equal(holder_of_port(loopback, port, buf), "another program");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(holders_of_our_own_port),
		cmocka_unit_test(nobody_is_another_program),
	};

	return cmocka_run_group_tests_name("holder", tests, NULL, NULL);
}
