/* What a confined process can't do any more, and what it still can; in processes of their own. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/confine.h"

#define UNCONFINED 77 /* built without the library, or the kernel has no filters */

static bool is_refused(long ret)
{
	return ret == -1 && errno == EPERM;
}

static bool refuses(void)
{
	return is_refused(unshare(CLONE_NEWUSER)) &&
	       is_refused(mount("none", "/", "tmpfs", 0, NULL)) &&
	       is_refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL)) && is_refused(sethostname("X", 1));
}

static bool allows(void)
{
	int file = open("/dev/null", O_RDWR), fd = socket(AF_INET, SOCK_DGRAM, 0);

	return file >= 0 && fd >= 0 && close(file) == 0 && close(fd) == 0;
}

/* A program that is started, as the hook is, has the filter too, and runs. */
static bool starts_programs(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", "exit 3", (char *)NULL);
		_exit(1);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 3;
}

static int run_confined(bool (*holds)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int ret;

		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		ret = confine();
		if (ret != 0)
			_exit(ret > 0 ? UNCONFINED : 1);
		_exit(holds() ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void assert_holds(bool (*what)(void))
{
	int status = run_confined(what);

	if (status == UNCONFINED)
		skip();
	assert_int_equal(status, 0);
}

static void what_is_not_needed_is_refused(void **state)
{
	(void)state;
	assert_holds(refuses);
}

static void what_is_needed_is_allowed(void **state)
{
	(void)state;
	assert_holds(allows);
}

static void programs_can_be_started(void **state)
{
	(void)state;
	assert_holds(starts_programs);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_needed_is_refused),
		cmocka_unit_test(what_is_needed_is_allowed),
		cmocka_unit_test(programs_can_be_started),
	};

	return cmocka_run_group_tests_name("confine", tests, NULL, NULL);
}
