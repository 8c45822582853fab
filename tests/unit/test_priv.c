/* Giving up root, each time in a process of its own. */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/priv.h"

#define LOW_PORT 983 /* not in any list of services */

static bool can_bind_low_port(void)
{
	struct sockaddr_in local = { .sin_family = AF_INET,
				     .sin_port = htons(LOW_PORT),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool can = bind(fd, (struct sockaddr *)&local, sizeof(local)) == 0;

	close(fd);
	return can;
}

static bool is_nobody(void)
{
	const struct passwd *nobody = getpwnam("nobody");

	return geteuid() == nobody->pw_uid && getuid() == nobody->pw_uid &&
	       getegid() == nobody->pw_gid && setuid(0) < 0 && getgroups(0, NULL) == 0;
}

static int drop(const char *user, const char *own_user, bool keep_net_bind)
{
	struct priv_request request = { user, own_user, "nbt-no-such-group", keep_net_bind };

	return priv_drop(&request);
}

/* Each says 0 when all is as it should be, else the number of the line. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return __LINE__;                                                           \
	} while (0)

static int drops_and_keeps_the_ports(void)
{
	CHECK(drop("nobody", "nbt-no-such-user", true) == 0);
	CHECK(is_nobody());
	CHECK(can_bind_low_port());
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	return 0;
}

static int drops_all(void)
{
	CHECK(drop("auto", "nobody", false) == 0);
	CHECK(is_nobody());
	CHECK(!can_bind_low_port());
	return 0;
}

static int stays_where_told_to(void)
{
	CHECK(drop("", "nobody", false) == 0);
	CHECK(geteuid() == 0);
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	return 0;
}

static int stays_without_a_user_of_its_own(void)
{
	CHECK(drop("auto", "nbt-no-such-user", false) == 0);
	CHECK(geteuid() == 0);
	return 0;
}

static int refuses_a_user_that_is_none(void)
{
	CHECK(drop("nbt-no-such-user", "nobody", false) == -ENOENT);
	CHECK(geteuid() == 0);
	return 0;
}

/* Who cannot be looked up may exist: root is no answer to that. */
static int does_not_stay_when_it_cannot_look(void)
{
	struct rlimit none;

	CHECK(getrlimit(RLIMIT_NOFILE, &none) == 0);
	none.rlim_cur = 0;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	CHECK(drop("auto", "nobody", false) == -EMFILE);
	CHECK(drop("nobody", "nobody", false) == -EMFILE);
	return 0;
}

static int knows_that_it_is_that_user(void)
{
	CHECK(drop("nobody", "nobody", false) == 0);
	CHECK(drop("nobody", "nobody", false) == 0);
	CHECK(drop("auto", "root", false) == 0);
	CHECK(drop("root", "nobody", false) == -EPERM);
	return 0;
}

/* The kernel may allow low ports to everybody, which leaves nothing to be seen. */
static bool low_ports_are_free(void)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "r");
	int start = 1024;

	if (file != NULL) {
		(void)!fscanf(file, "%d", &start);
		fclose(file);
	}
	return start <= LOW_PORT;
}

static void in_a_process(int (*body)(void))
{
	int status;
	pid_t child;

	if (geteuid() != 0 || getpwnam("nobody") == NULL || low_ports_are_free())
		skip();
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		gid_t root_group = 0;
		int line = setgroups(1, &root_group) < 0 ? __LINE__ : body();

		if (line != 0)
			fprintf(stderr, "# line %d: %s\n", line, strerror(errno));
		_exit(line != 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

#define IN_A_PROCESS(body)                                                                         \
	static void test_##body(void **state)                                                      \
	{                                                                                          \
		(void)state;                                                                       \
		in_a_process(body);                                                                \
	}
IN_A_PROCESS(drops_and_keeps_the_ports)
IN_A_PROCESS(drops_all)
IN_A_PROCESS(stays_where_told_to)
IN_A_PROCESS(stays_without_a_user_of_its_own)
IN_A_PROCESS(refuses_a_user_that_is_none)
IN_A_PROCESS(does_not_stay_when_it_cannot_look)
IN_A_PROCESS(knows_that_it_is_that_user)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drops_and_keeps_the_ports),
		cmocka_unit_test(test_drops_all),
		cmocka_unit_test(test_stays_where_told_to),
		cmocka_unit_test(test_stays_without_a_user_of_its_own),
		cmocka_unit_test(test_refuses_a_user_that_is_none),
		cmocka_unit_test(test_does_not_stay_when_it_cannot_look),
		cmocka_unit_test(test_knows_that_it_is_that_user),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests_name("priv", tests, NULL, NULL);
}
