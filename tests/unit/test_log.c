/* Log lines as they come out of stderr. */
#include "support.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"

/* Stands in for stderr while a test logs. */
static FILE *capture;
static int real_stderr;
static char captured[8192];

static int begin(void **state)
{
	(void)state;
	capture = tmpfile();
	real_stderr = dup(STDERR_FILENO);
	log_open("nbtest", LOG_TO_STDERR);
	log_set_level(LOG_LEVEL_INFO);
	return capture == NULL || dup2(fileno(capture), STDERR_FILENO) < 0;
}

static int end(void **state)
{
	(void)state;
	log_close();
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	return fclose(capture);
}

/* All that was logged since the last call. */
static const char *logged(void)
{
	size_t len;

	rewind(capture);
	len = fread(captured, 1, sizeof(captured) - 1, capture);
	captured[len] = '\0';
	assert_int_equal(ftruncate(fileno(capture), 0), 0);
	rewind(capture);
	return captured;
}

static void log_all(void)
{
	log_error("e %d", 1);
	log_warning("w %s", "two");
	log_info("i");
	log_debug("d");
}

static void lines_name_program_and_level(void **state)
{
	(void)state;
	log_all();
	assert_string_equal(logged(),
			    "nbtest: error: e 1\nnbtest: warning: w two\nnbtest: info: i\n");
}

static void level_chooses_the_lines(void **state)
{
	static const struct {
		enum log_level level;
		unsigned lines;
	} cases[] = {
		{ LOG_LEVEL_ERROR, 1 },
		{ LOG_LEVEL_WARNING, 2 },
		{ LOG_LEVEL_INFO, 3 },
		{ LOG_LEVEL_DEBUG, 4 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned lines = 0;

		log_set_level(cases[i].level);
		assert_true(log_wants(cases[i].level));
		assert_true(log_wants(LOG_LEVEL_ERROR));
		log_all();
		for (const char *c = logged(); *c != '\0'; c++)
			lines += *c == '\n';
		assert_int_equal(lines, cases[i].lines);
	}
	log_set_level(LOG_LEVEL_INFO);
	assert_false(log_wants(LOG_LEVEL_DEBUG));
}

static void long_lines_are_cut(void **state)
{
	static char text[5000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	log_error("%s", text);
	assert_in_range(strlen(logged()), 1000, 1100);
}

static void log_packet(struct log_limit *limit, uint64_t now_ms, int number)
{
	struct nbt_env env = { .now_ms = now_ms };
	struct sockaddr_in peer = { .sin_family = AF_INET,
				    .sin_port = htons(137),
				    .sin_addr.s_addr = htonl(0x0A010203) };

	log_packet_limited(limit, &env, &peer, "bad packet %d", number);
}

static void lines_about_packets_are_limited(void **state)
{
	struct log_limit limit = { .left_out = 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		log_packet(&limit, 1000, i);
	assert_string_equal(logged(), "nbtest: warning: 10.1.2.3:137: bad packet 0\n"
				      "nbtest: warning: 10.1.2.3:137: bad packet 1\n"
				      "nbtest: warning: 10.1.2.3:137: bad packet 2\n"
				      "nbtest: warning: 10.1.2.3:137: bad packet 3\n"
				      "nbtest: warning: 10.1.2.3:137: bad packet 4\n");
	log_packet(&limit, 12000, 100);
	assert_string_equal(logged(), "");
	log_packet(&limit, 14000, 101);
	assert_string_equal(logged(), "nbtest: warning: 10.1.2.3:137: bad packet 101 (96 more)\n");
	log_packet(&limit, 28000, 102);
	assert_string_equal(logged(), "nbtest: warning: 10.1.2.3:137: bad packet 102\n");
}

static void limit_does_not_count_what_is_off(void **state)
{
	struct log_limit limit = { .left_out = 0 };
	struct nbt_env env = { .now_ms = 1000 };

	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	for (int i = 0; i < 100; i++)
		log_packet(&limit, 1000, i);
	log_set_level(LOG_LEVEL_INFO);
	log_packet_limited(&limit, &env, NULL, "without peer");
	assert_string_equal(logged(), "nbtest: warning: without peer\n");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
	static const struct CMUnitTest tests[] = {
		TEST(lines_name_program_and_level),
		TEST(level_chooses_the_lines),
		TEST(long_lines_are_cut),
		TEST(lines_about_packets_are_limited),
		TEST(limit_does_not_count_what_is_off),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
