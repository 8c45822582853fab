/* What tools take from nbt.conf. */
#include "tools/hostconf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support.h"

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void a_file_is_read_past_the_daemons_groups(void **state)
{
	static const struct {
		const char *text;
		int result;
		const char *workgroup;
	} cases[] = {
		{ "workgroup = \"PLANT\"; wins-servers = [\"10.0.0.5\"]; nbnsd = { server = true; };",
		  0, "PLANT" },
		{ "", 0, "WORKGROUP" },
		{ "workgroup = \"far too long for a name\";", -EINVAL, NULL },
		{ "workgroup = ", -EINVAL, NULL },
	};
	char path[] = "/tmp/test_hostconf.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct conf_global conf;
		char error[CONF_ERROR_MAX] = "";

		write_file(path, cases[i].text);
		assert_int_equal(hostconf_load(&conf, path, error), cases[i].result);
		if (cases[i].workgroup != NULL)
			assert_string_equal(conf.workgroup, cases[i].workgroup);
		else
			assert_string_not_equal(error, "");
		hostconf_free(&conf);
	}
	unlink(path);
}

static void a_named_file_must_be_there(void **state)
{
	struct conf_global conf;
	char error[CONF_ERROR_MAX];

	(void)state;
	assert_int_equal(hostconf_load(&conf, "/nonexistent/nbt.conf", error), -ENOENT);
}

static void without_a_file_there_are_defaults(void **state)
{
	struct conf_global conf;
	char error[CONF_ERROR_MAX];

	(void)state;
	assert_int_equal(hostconf_defaults(&conf, error), 0);
	assert_string_equal(conf.workgroup, "WORKGROUP");
	assert_int_equal(conf.wins_servers.count, 0);
	hostconf_free(&conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_past_the_daemons_groups),
		cmocka_unit_test(a_named_file_must_be_there),
		cmocka_unit_test(without_a_file_there_are_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
