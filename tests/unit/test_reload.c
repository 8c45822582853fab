/* Reload: whole or not at all, one after the other, and those who wait are told. */
#include "support.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/conf_global.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/reload.h"

#define CONF "reload-test.conf"

struct settings {
	struct conf_global global;
	struct extra {
		char *fixed;
		int64_t number;
	} extra;
};

static const struct conf_item extra_items[] = {
	{ "fixed", CONF_STRING, offsetof(struct extra, fixed), "a", .at_start = true },
	{ "number", CONF_INT, offsetof(struct extra, number), "1", .min = 0 },
	{ .name = NULL },
};

static const struct conf_group groups[] = {
	{ NULL, conf_global_items, offsetof(struct settings, global), NULL },
	{ "nbnsd", extra_items, offsetof(struct settings, extra), NULL },
};

static const struct conf_schema schema = { groups, ARRAY_SIZE(groups), sizeof(struct settings) };

/* What was called, in letters: p prepare, d discard, a adopt, 1 2 the parts, e an ended reload with
 * an error, o one without. */
struct fake {
	struct loop *loop;
	struct reload *reload;
	struct settings settings;
	char trace[64];
	int64_t seen;        /* number, when the first part was called */
	const char *borrows; /* of the settings, as a part would */
	unsigned awaited;
	char error[CONF_ERROR_MAX], kept[128];
};

static struct fake fake;
static int prepared_count;

static void note(char what)
{
	fake.trace[strlen(fake.trace)] = what;
}

static int prepare(const void *settings, void **out, char error[CONF_ERROR_MAX])
{
	const struct settings *fresh = settings;

	if (fresh->extra.number == 13) {
		snprintf(error, CONF_ERROR_MAX, "the file behind 13 is wrong");
		return -EINVAL;
	}
	*out = malloc(1);
	prepared_count++;
	return *out != NULL ? 0 : -ENOMEM;
}

static void discard(void *prepared)
{
	if (prepared != NULL)
		prepared_count--;
	free(prepared);
}

static void adopt(void *daemon, void *prepared)
{
	(void)daemon;
	note('a');
	discard(prepared);
}

static int apply_first(void *daemon)
{
	(void)daemon;
	note('1');
	fake.seen = fake.settings.extra.number;
	fake.borrows = fake.settings.extra.fixed;
	return -ENOMEM; /* the others are called all the same */
}

static int apply_second(void *daemon)
{
	(void)daemon;
	note('2');
	return 0;
}

static const struct reload_part parts[] = {
	{ "first", apply_first, NULL },
	{ "second", apply_second, "nbnsd" },
};

static const struct daemon_program program = {
	.name = "nbtestd",
	.schema = &schema,
	.prepare = prepare,
	.discard = discard,
};

static const struct daemon_options options = { .conf_path = CONF, .conf_is_named = true };

static void write_conf(const char *text)
{
	FILE *out = fopen(CONF, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void done(void *ctx, const struct reload_result *result)
{
	assert_ptr_equal(ctx, &fake);
	note(result->error != NULL ? 'e' : 'o');
	snprintf(fake.error, sizeof(fake.error), "%s", result->error != NULL ? result->error : "");
	snprintf(fake.kept, sizeof(fake.kept), "%s", result->kept);
	if (--fake.awaited == 0)
		loop_stop(fake.loop);
}

/* Asks so often, waits for all, and says what was called. */
static const char *reload(unsigned times)
{
	memset(fake.trace, 0, sizeof(fake.trace));
	fake.awaited = times;
	while (times-- > 0)
		reload_start(fake.reload, done, &fake);
	assert_int_equal(loop_run(fake.loop), 0);
	return fake.trace;
}

static const struct loop_events events = { .turn = NULL };

static int set_up(void **state)
{
	const struct reload_options reload_options = {
		.program = &program,
		.options = &options,
		.settings = &fake.settings,
		.adopt = adopt,
		.parts = parts,
		.part_count = ARRAY_SIZE(parts),
		.daemon = &fake,
	};
	void *prepared;

	(void)state;
	memset(&fake, 0, sizeof(fake));
	log_set_level(LOG_LEVEL_ERROR);
	write_conf("nbnsd = { number = 2; fixed = \"b\"; }");
	if (loop_create(&fake.loop, &events, &fake) < 0 ||
	    daemon_load_conf(&program, &options, &fake.settings, &prepared) < 0)
		return -1;
	discard(prepared);
	return reload_open(&fake.reload, fake.loop, &reload_options);
}

static int tear_down(void **state)
{
	(void)state;
	reload_close(fake.reload);
	conf_free(&fake.settings, &schema);
	loop_destroy(fake.loop);
	unlink(CONF);
	return prepared_count;
}

static void a_right_one_is_in_force(void **state)
{
	(void)state;
	write_conf("nbnsd = { number = 3; fixed = \"b\"; }");
	assert_string_equal(reload(1), "a12o");
	assert_int_equal(fake.seen, 3);
	assert_string_equal(fake.kept, "");
}

static void parts_whose_group_stays_are_left_alone(void **state)
{
	(void)state;
	write_conf("workgroup = \"X\"; nbnsd = { number = 2; fixed = \"b\"; }");
	assert_string_equal(reload(1), "a1o");
	assert_string_equal(fake.settings.global.workgroup, "X");
}

static void a_wrong_one_changes_nothing(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "nbnsd = { number = 3; ", CONF ":1: syntax error; allowed: NAME = VALUE; and "
						 "NAME = { ... };" },
		{ "nbnsd = { number = -3; }",
		  CONF ":1: \"number\" is \"-3\"; allowed: a whole number from 0" },
		{ "nbnsd = { number = 13; }", "the file behind 13 is wrong" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		write_conf(cases[i].text);
		assert_string_equal(reload(1), "e");
		assert_string_equal(fake.error, cases[i].error);
		assert_int_equal(fake.settings.extra.number, 2);
	}
	unlink(CONF);
	assert_string_equal(reload(1), "e");
	assert_int_equal(fake.settings.extra.number, 2);
}

static void what_takes_a_restart_is_kept_where_it_is(void **state)
{
	const char *fixed = fake.settings.extra.fixed;

	(void)state;
	write_conf("user = \"nobody\"; nbnsd = { number = 4; fixed = \"c\"; }");
	assert_string_equal(reload(1), "a12o");
	assert_string_equal(fake.kept, "user, fixed");
	assert_ptr_equal(fake.borrows, fixed);
	assert_string_equal(fake.settings.extra.fixed, "b");
	assert_int_equal(fake.settings.extra.number, 4);
	assert_string_equal(reload(1), "a1o"); /* said each time: it has not been restarted */
	assert_string_equal(fake.kept, "user, fixed");
}

static void those_that_come_meanwhile_are_another_reload(void **state)
{
	(void)state;
	write_conf("nbnsd = { number = 5; fixed = \"b\"; }");
	assert_string_equal(reload(3), "a12oa1oo");
}

static void the_end_may_come_while_it_is_read(void **state)
{
	(void)state;
	fake.awaited = 1;
	reload_start(fake.reload, done, &fake);
	reload_start(fake.reload, done, &fake);
	reload_close(fake.reload);
	fake.reload = NULL;
	assert_string_equal(fake.trace, "");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_right_one_is_in_force),
		CASE(parts_whose_group_stays_are_left_alone),
		CASE(a_wrong_one_changes_nothing),
		CASE(what_takes_a_restart_is_kept_where_it_is),
		CASE(those_that_come_meanwhile_are_another_reload),
		CASE(the_end_may_come_while_it_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
