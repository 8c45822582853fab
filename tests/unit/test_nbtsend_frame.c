/* Browser frames from the command line. */
#include "support.h"

#include "tools/nbtsend_frame.h"

static struct nbt_browse frame_of(const char *kind)
{
	struct nbt_browse frame;

	assert_non_null(frame_kind_find(kind));
	frame_defaults(&frame, frame_kind_find(kind), "BETA", "LAB");
	return frame;
}

static void frames_are_those_of_a_usual_host(void **state)
{
	struct nbt_browse f = frame_of("host");

	(void)state;
	assert_int_equal(f.opcode, NBT_BROWSE_HOST_ANNOUNCEMENT);
	assert_string_equal(f.name, "BETA");
	assert_int_equal(f.server_type, 0x1003);
	assert_int_equal(f.period_ms, 720000);
	assert_int_equal(f.signature, NBT_BROWSE_SIGNATURE);
	f = frame_of("local-master");
	assert_int_equal(f.server_type, 0x51003);
	f = frame_of("domain");
	assert_string_equal(f.name, "LAB");
	assert_string_equal(f.comment, "BETA");
	assert_int_equal(f.server_type, 0x80001000);
	f = frame_of("election");
	assert_string_equal(f.name, "");
	assert_int_equal(f.election_version, 0);
	f = frame_of("backup-request");
	assert_int_equal(f.count, 4);
	f = frame_of("reset");
	assert_int_equal(f.reset, NBT_RESET_STOP_MASTER);
	assert_null(frame_kind_find("hosts"));
}

static const struct assignment {
	const char *kind, *text, *error; /* error NULL: it is done */
} assignments[] = {
	{ "host", "comment=B\xc3\xbcro", NULL },
	{ "host", "name=beta2", NULL },
	{ "host", "server_type=0xffffffff", NULL },
	{ "host", "os_major=255", NULL },
	{ "host", "browser_version=65535", NULL },
	{ "backup-list", "backup=A,B,C", NULL },
	{ "backup-list", "backup=", NULL },
	{ "host", "comment", "comment: KEY=VALUE is wanted" },
	{ "host", "colour=red", "colour: a frame of kind host has no such member" },
	{ "host", "commen=x", "commen: a frame of kind host has no such member" },
	{ "host", "criteria=1", "criteria: a frame of kind host has no such member" },
	{ "host", "backup=A", "backup: a frame of kind host has no such member" },
	{ "election", "comment=x", "comment: a frame of kind election has no such member" },
	{ "host", "os_major=256", "os_major=256: the value is not possible" },
	{ "host", "browser_version=65536", "browser_version=65536: the value is not possible" },
	{ "host", "period=4294967296", "period=4294967296: the value is not possible" },
	{ "host", "period=-1", "period=-1: the value is not possible" },
	{ "host", "period=1x", "period=1x: the value is not possible" },
	{ "host", "period=", "period=: the value is not possible" },
	{ "host", "name=ABCDEFGHIJKLMNOP", "name=ABCDEFGHIJKLMNOP: the value is not possible" },
	{ "host", "name=\xe6\x97\xa5", "name=\xe6\x97\xa5: the value is not possible" },
	{ "host", "comment=1234567890123456789012345678901234567890123456789",
	  "comment=1234567890123456789012345678901234567890123456789: the value is not possible" },
	{ "backup-list", "backup=A,ABCDEFGHIJKLMNOP",
	  "backup=A,ABCDEFGHIJKLMNOP: the value is not possible" },
};

static void members_are_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(assignments); i++) {
		const struct assignment *a = &assignments[i];
		struct nbt_browse frame = frame_of(a->kind);
		char error[256] = "";

		assert_int_equal(
			frame_set(&frame, frame_kind_find(a->kind), a->text, error, sizeof(error)),
			a->error == NULL);
		assert_string_equal(error, a->error != NULL ? a->error : "");
	}
}

static void set(struct nbt_browse *frame, const char *kind, const char *text)
{
	char error[256];

	assert_true(frame_set(frame, frame_kind_find(kind), text, error, sizeof(error)));
}

/* In the wire's character set, names in upper case. */
static void values_arrive_where_they_belong(void **state)
{
	struct nbt_browse f = frame_of("host");

	(void)state;
	set(&f, "host", "comment=B\xc3\xbcro");
	assert_string_equal(f.comment, "B\x81ro");
	set(&f, "host", "name=b\xc3\xbcro");
	assert_string_equal(f.name, "B\x9aRO");
	set(&f, "host", "server_type=0x12345678");
	assert_int_equal(f.server_type, 0x12345678);
	set(&f, "host", "os_minor=7");
	assert_int_equal(f.os_minor, 7);
	assert_int_equal(f.os_major, 6);
	f = frame_of("backup-list");
	set(&f, "backup-list", "backup=a,b,c");
	assert_int_equal(f.count, 3);
	assert_string_equal(f.backup[2], "C");
	set(&f, "backup-list", "backup=d");
	assert_int_equal(f.count, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_those_of_a_usual_host),
		cmocka_unit_test(members_are_set),
		cmocka_unit_test(values_arrive_where_they_belong),
	};

	return cmocka_run_group_tests_name("nbtsend_frame", tests, NULL, NULL);
}
