/* Who has the SMB clients: our ports, smbd by its file, or nobody; by TCP on loopback, with another
 * program on the ports now and then. */
#include "browserd/exporting.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "browserd/effect.h"
#include "common/metrics.h"
#include "smb/smb1_negotiate.h"
#include "smb/smb1_setup.h"
#include "smb/smb2.h"
#include "waiting.h"

#define FOR_OTHER                                                                                  \
	"\x81\0\0\x44\x20"                                                                         \
	"EPFEEIEFFCCACACACACACACACACACACA\0\x20"                                                   \
	"ENEFCACACACACACACACACACACACACAAA\0"

struct fixture {
	struct waiting waiting;
	struct browserd_settings conf;
	struct effect effect;
	struct lists *lists;
	struct exporting_settings settings;
	struct exporting *exporting;
	char directory[32], path[64], other_path[PATH_MAX + 64];
	uint16_t session_port, smb_port;
	const char *wanted_state;
	int fds[4]; /* connections that stay */
	size_t count;
	int fd; /* the one that is looked at */
	uint8_t answer[128];
	size_t turns; /* of the loop, to wait for */
};

/* Settings as a file has them. */
static void configure(struct fixture *f, const char *text)
{
	char error[CONF_ERROR_MAX];

	conf_free(&f->conf, &browserd_schema);
	memset(&f->conf, 0, sizeof(f->conf));
	if (conf_parse(&f->conf, &browserd_schema, text, "test", error) < 0)
		fail_msg("%s", error);
	f->conf.browserd.session_port = f->session_port;
	f->conf.browserd.smb_port = f->smb_port;
	f->conf.browserd.smb_port_retry = 10;
	f->conf.browserd.browse_dat_interval = 1;
}

static struct iface loopback(const char *name, const char *address)
{
	struct iface iface = { .is_up = true, .is_loopback = true };

	snprintf(iface.name, sizeof(iface.name), "%s", name);
	iface.address.s_addr = inet_addr(address);
	iface.netmask.s_addr = inet_addr("255.255.255.255");
	return iface;
}

static void set_interfaces(struct fixture *f, const char *const *wanted)
{
	struct iface items[] = { loopback("lo", "127.0.0.1"), loopback("lo2", "127.0.0.2") };
	const struct iface_list all = { items, ARRAY_SIZE(items) };

	assert_true(exporting_set_interfaces(f->exporting, &all, wanted));
}

static void begin(struct fixture *f, const char *text)
{
	configure(f, text);
	assert_int_equal(exporting_open(&f->exporting, f->waiting.loop, &f->settings), 0);
	set_interfaces(f, NULL);
}

static void change(struct fixture *f, const char *text)
{
	configure(f, text);
	assert_int_equal(exporting_set(f->exporting, &f->settings), 0);
}

static int setup(void **state)
{
	static const char text[] = "netbios-name = \"box\"; workgroup = \"office\";";
	struct fixture *f = calloc(1, sizeof(*f));
	char error[CONF_ERROR_MAX];

	*state = f;
	f->fd = -1;
	strcpy(f->directory, "export-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof(f->path), "%s/browse.dat", f->directory);
	waiting_open(&f->waiting, f);
	close(take_port(&f->session_port));
	close(take_port(&f->smb_port));
	if (conf_parse(&f->conf, &browserd_schema, text, "test", error) < 0 ||
	    effect_make(&f->effect, &f->conf, error) < 0)
		fail_msg("%s", error);
	f->lists = lists_create(&f->effect.settings.lists);
	assert_non_null(f->lists);
	f->settings = (struct exporting_settings){ &f->conf.browserd, f->directory,
						   &f->effect.settings, f->lists, NULL };
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int ret;

	exporting_close(f->exporting);
	exporting_close(NULL);
	for (size_t i = 0; i < f->count; i++)
		close(f->fds[i]);
	lists_destroy(f->lists);
	effect_free(&f->effect);
	conf_free(&f->conf, &browserd_schema);
	assert_int_not_equal(access(f->path, F_OK), 0);
	assert_int_equal(rmdir(f->directory), 0);
	waiting_close(&f->waiting);
	ret = f->waiting.is_late ? -1 : 0;
	free(f);
	return ret;
}

static bool is_in_state(void *ctx)
{
	const struct fixture *f = ctx;

	return strcmp(exporting_state(f->exporting), f->wanted_state) == 0;
}

static void wait_for_state(struct fixture *f, const char *wanted)
{
	f->wanted_state = wanted;
	wait_until(&f->waiting, is_in_state);
}

static bool has_answered(void *ctx)
{
	const struct fixture *f = ctx;
	char byte;

	return recv(f->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) >= 0 || errno != EAGAIN;
}

/* Another program on a port. */
static int occupy(uint16_t port)
{
	const struct sockaddr_in here = { .sin_family = AF_INET,
					  .sin_port = htons(port),
					  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

#define REFUSED 0x100 /* no byte has this value */
#define CLOSED  0x101

/* The first byte that answers. The connection stays. */
static int say(struct fixture *f, const char *address, uint16_t port, const void *bytes, size_t len)
{
	const struct sockaddr_in there = { .sin_family = AF_INET,
					   .sin_port = htons(port),
					   .sin_addr = { inet_addr(address) } };

	f->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(f->count < ARRAY_SIZE(f->fds));
	f->fds[f->count++] = f->fd;
	if (connect(f->fd, (const struct sockaddr *)&there, sizeof(there)) < 0)
		return REFUSED;
	(void)send(f->fd, bytes, len, MSG_NOSIGNAL);
	wait_until(&f->waiting, has_answered);
	return recv(f->fd, f->answer, sizeof(f->answer), MSG_DONTWAIT) > 0 ? f->answer[0] : CLOSED;
}

/* A request of SMB1 that may come first. */
static int ask(struct fixture *f, const char *address, uint16_t port, uint8_t command)
{
	uint8_t frame[128] = { 0 };
	struct nbt_writer w = nbt_writer_of(frame + 4, sizeof(frame) - 4);

	smb1_write_header(&w, &(struct smb1_header){ .command = command });
	if (command == SMB1_NEGOTIATE)
		smb1_write_offer(&w, false);
	else
		nbt_write_bytes(&w, "\1\1\0\0\0", 5); /* echo once */
	nbt_put_u16(frame + 2, (uint16_t)w.pos);
	return say(f, address, port, frame, w.pos + 4);
}

static int ask_echo(struct fixture *f, const char *address)
{
	return ask(f, address, f->smb_port, SMB1_ECHO);
}

/*
 * Who has the clients.
 */

static void by_itself_the_ports_are_ours(void **state)
{
	struct fixture *f = *state;

	configure(f, "");
	assert_int_equal(exporting_open(&f->exporting, f->waiting.loop, &f->settings), 0);
	assert_string_equal(exporting_state(f->exporting), "off"); /* there is no address yet */
	set_interfaces(f, NULL);
	assert_string_equal(exporting_state(f->exporting), "own");
	assert_int_not_equal(access(f->path, F_OK), 0);
	assert_int_equal(ask_echo(f, "127.0.0.1"), 0);
	assert_int_equal(ask(f, "127.0.0.1", f->session_port, SMB1_ECHO), 0);
}

static void where_another_has_them_it_gets_the_file(void **state)
{
	struct fixture *f = *state;
	int other = occupy(f->smb_port);

	begin(f, "");
	assert_string_equal(exporting_state(f->exporting), "browse.dat");
	assert_int_equal(access(f->path, F_OK), 0);
	close(other);
	wait_for_state(f, "own");
	assert_int_not_equal(access(f->path, F_OK), 0);
	assert_int_equal(ask_echo(f, "127.0.0.1"), 0);
}

static void who_wants_the_ports_writes_no_file(void **state)
{
	struct fixture *f = *state;
	int other = occupy(f->smb_port);

	begin(f, "browserd: { smb-export = \"own\"; };");
	assert_string_equal(exporting_state(f->exporting), "off");
	assert_int_not_equal(access(f->path, F_OK), 0);
	close(other);
	wait_for_state(f, "own");
}

static void each_wish_in_its_turn(void **state)
{
	static const struct {
		const char *text, *state;
		bool has_port, has_file;
	} cases[] = {
		{ "browserd: { smb-export = \"browse.dat\"; };", "browse.dat", false, true },
		{ "browserd: { smb-export = \"own\"; };", "own", true, false },
		{ "browserd: { smb-export = \"off\"; };", "off", false, false },
		{ "browserd: { smb-export = \"auto\"; };", "own", true, false },
	};
	struct fixture *f = *state;

	begin(f, "browserd: { smb-export = \"off\"; };");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		change(f, cases[i].text);
		assert_string_equal(exporting_state(f->exporting), cases[i].state);
		assert_int_equal(access(f->path, F_OK), cases[i].has_file ? 0 : -1);
		assert_int_equal(ask_echo(f, "127.0.0.1"), cases[i].has_port ? 0 : REFUSED);
	}
}

static void the_file_is_where_it_is_wanted(void **state)
{
	struct fixture *f = *state;
	char text[PATH_MAX + 200], line[64] = "";
	FILE *file;

	assert_non_null(getcwd(f->other_path, PATH_MAX));
	snprintf(f->other_path + strlen(f->other_path), 64, "/%s/other.dat", f->directory);
	snprintf(text, sizeof(text),
		 "browserd: { smb-export = \"browse.dat\"; browse-dat = \"%s\"; };", f->other_path);
	begin(f, "browserd: { smb-export = \"browse.dat\"; };");
	assert_int_equal(access(f->path, F_OK), 0);
	change(f, text);
	assert_int_not_equal(access(f->path, F_OK), 0);
	file = fopen(f->other_path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	assert_memory_equal(line, "\"OFFICE\"", 8); /* the first workgroup */
}

/*
 * What the settings say of the ports.
 */

static void ports_are_on_the_interfaces_wanted(void **state)
{
	static const char *const wanted[] = { "lo2", NULL };
	struct fixture *f = *state;

	begin(f, "");
	assert_int_equal(ask_echo(f, "127.0.0.2"), REFUSED);
	set_interfaces(f, wanted);
	assert_int_equal(ask_echo(f, "127.0.0.2"), 0);
	assert_int_equal(ask_echo(f, "127.0.0.1"), 0);
	set_interfaces(f, NULL);
	assert_int_equal(ask_echo(f, "127.0.0.2"), REFUSED);
}

static void who_may_connect(void **state)
{
	struct fixture *f = *state;

	begin(f, "browserd: { allow-smb = [\"10.0.0.0/8\"]; };");
	assert_int_equal(ask_echo(f, "127.0.0.1"), CLOSED);
	change(f, "browserd: { allow-smb = [\"127.0.0.0/8\"]; };");
	assert_int_equal(ask_echo(f, "127.0.0.1"), 0);
}

/* The index of the dialect that is chosen of our client's; 65535: none. */
static unsigned dialect_of(struct fixture *f)
{
	assert_int_equal(ask(f, "127.0.0.1", f->smb_port, SMB1_NEGOTIATE), 0);
	return (unsigned)(f->answer[37] | f->answer[38] << 8);
}

static void who_may_speak_smb1(void **state)
{
	struct fixture *f = *state;

	begin(f, "browserd: { allow-smb1 = [\"10.0.0.0/8\"]; };");
	assert_int_equal(dialect_of(f), SMB1_NO_DIALECT);
	change(f, "");
	assert_int_equal(dialect_of(f), 3);
}

static void names_that_are_not_ours(void **state)
{
	struct fixture *f = *state;

	begin(f, "");
	assert_int_equal(say(f, "127.0.0.1", f->session_port, FOR_OTHER, sizeof(FOR_OTHER) - 1),
			 0x82);
	change(f, "browserd: { strict-called-names = true; };");
	assert_int_equal(say(f, "127.0.0.1", f->session_port, FOR_OTHER, sizeof(FOR_OTHER) - 1),
			 0x83);
}

static void limits_are_those_of_the_settings(void **state)
{
	struct fixture *f = *state;

	begin(f, "browserd: { smb-connections-per-source = 1; };");
	assert_int_equal(ask_echo(f, "127.0.0.1"), 0);
	assert_int_equal(ask_echo(f, "127.0.0.1"), CLOSED);
	change(f, "browserd: { smb-connections = 2; smb-connections-per-source = 5; };");
	assert_int_equal(ask_echo(f, "127.0.0.1"), 0);
	f->fd = f->fds[0];
	assert_false(has_answered(f));
	assert_int_equal(ask_echo(f, "127.0.0.1"), 0); /* the oldest makes room */
	f->fd = f->fds[0];
	wait_until(&f->waiting, has_answered);
}

/* Each run of ours is another server. */
static void servers_have_numbers_of_their_own(void **state)
{
	static const uint8_t zeros[16] = { 0 };
	struct fixture *f = *state;
	uint8_t frame[256] = { 0 }, first[16];
	struct nbt_writer w = nbt_writer_of(frame + 4, sizeof(frame) - 4);

	smb2_write_header(&w, &(struct smb2_header){ .command = SMB2_NEGOTIATE });
	nbt_write_le16(&w, 36);
	nbt_write_le16(&w, 1);
	nbt_write_zeros(&w, 32);
	nbt_write_le16(&w, SMB2_DIALECT_210);
	nbt_put_u16(frame + 2, (uint16_t)w.pos);
	begin(f, "");
	assert_int_equal(say(f, "127.0.0.1", f->smb_port, frame, w.pos + 4), 0);
	memcpy(first, f->answer + 4 + SMB2_HEADER_LEN + 8, sizeof(first));
	assert_memory_not_equal(first, zeros, sizeof(first));
	exporting_close(f->exporting);
	begin(f, "");
	assert_int_equal(say(f, "127.0.0.1", f->smb_port, frame, w.pos + 4), 0);
	assert_memory_not_equal(f->answer + 4 + SMB2_HEADER_LEN + 8, first, sizeof(first));
}

/* More of the connection that is looked at; the first byte that answers. */
static int say_more(struct fixture *f, const void *bytes, size_t len)
{
	assert_int_equal(send(f->fd, bytes, len, MSG_NOSIGNAL), len);
	wait_until(&f->waiting, has_answered);
	return recv(f->fd, f->answer, sizeof(f->answer), MSG_DONTWAIT) > 0 ? f->answer[0] : CLOSED;
}

static bool has_turned(void *ctx)
{
	const struct fixture *f = ctx;

	return f->waiting.turns > f->turns;
}

/* Half a frame is kept until the rest comes. */
static void halves_are_kept(void **state)
{
	static const char keepalive[] = "\x85\0\0", rest[] = "\0\0\0\0\4GET ";
	struct fixture *f = *state;

	begin(f, "");
	assert_int_equal(ask_echo(f, "127.0.0.1"), 0);
	assert_int_equal(send(f->fd, keepalive, 3, MSG_NOSIGNAL), 3);
	f->turns = f->waiting.turns + 3;
	wait_until(&f->waiting, has_turned);
	assert_false(has_answered(f));
	assert_int_equal(say_more(f, rest, sizeof(rest) - 1), CLOSED);
}

/* As far as a tree. */
static void settle(struct fixture *f)
{
	static const struct smb1_setup nobody = { .form = SMB1_SETUP_NT, .max_buffer = 4356 };
	static const struct smb1_tree ipc = { .path = "IPC$", .service = "IPC" };
	struct smb1_header header = { .command = SMB1_SESSION_SETUP };
	uint8_t frame[256] = { 0 };
	struct nbt_writer w = nbt_writer_of(frame + 4, sizeof(frame) - 4);

	assert_int_equal(ask(f, "127.0.0.1", f->smb_port, SMB1_NEGOTIATE), 0);
	smb1_write_header(&w, &header);
	smb1_write_setup(&w, &nobody);
	nbt_put_u16(frame + 2, (uint16_t)w.pos);
	assert_int_equal(say_more(f, frame, w.pos + 4), 0);
	header.command = SMB1_TREE_CONNECT_ANDX;
	header.uid = (uint16_t)(f->answer[32] | f->answer[33] << 8);
	w = nbt_writer_of(frame + 4, sizeof(frame) - 4);
	smb1_write_header(&w, &header);
	smb1_write_tree_andx(&w, &ipc);
	nbt_put_u16(frame + 2, (uint16_t)w.pos);
	assert_int_equal(say_more(f, frame, w.pos + 4), 0);
}

/* Who gets nowhere has one time, who has a tree another. */
static void patience_has_an_end(void **state)
{
	struct fixture *f = *state;

	begin(f, "browserd: { smb-settle-timeout = \"10ms\"; smb-idle-timeout = \"1h\"; };");
	assert_int_equal(ask_echo(f, "127.0.0.1"), 0);
	wait_until(&f->waiting, has_answered);
	assert_int_equal(recv(f->fd, f->answer, 1, MSG_DONTWAIT), 0);
	change(f, "browserd: { smb-settle-timeout = \"1h\"; smb-idle-timeout = \"10ms\"; };");
	settle(f);
	wait_until(&f->waiting, has_answered);
	assert_int_equal(recv(f->fd, f->answer, 1, MSG_DONTWAIT), 0);
}

/* As many descriptors as clients, and some more; not above what is allowed. */
static void descriptors_are_raised(void **state)
{
	static const struct {
		const char *text;
		rlim_t max, want;
	} cases[] = {
		{ "browserd: { smb-export = \"off\"; smb-connections = 100; };", 1000, 300 },
		{ "browserd: { smb-connections = 10; };", 1000, 300 },
		{ "browserd: { smb-connections = 100; };", 1000, 356 },
		{ "browserd: { smb-connections = 10000; };", 1000, 1000 },
	};
	struct fixture *f = *state;
	struct rlimit before, limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	begin(f, "browserd: { smb-export = \"off\"; };");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		limit = (struct rlimit){ .rlim_cur = 300, .rlim_max = cases[i].max };
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			skip(); /* as in valgrind, which keeps some for itself */
		change(f, cases[i].text);
		assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
		assert_int_equal(limit.rlim_cur, cases[i].want);
	}
	(void)setrlimit(RLIMIT_NOFILE, &before);
}

/*
 * What is measured.
 */

static void see(void *ctx, const struct metric *metric)
{
	char *text = ctx;
	size_t len = strlen(text);

	if ((metric->is_gauge && strcmp(metric->name, "smb.memory.bytes") != 0) ||
	    strcmp(metric->name, "smb.accepted") == 0)
		snprintf(text + len, 200 - len, "%s %u, ", metric->name, (unsigned)metric->value);
}

static void what_is_measured(void **state)
{
	struct fixture *f = *state;
	char text[200] = "";
	const struct metrics_visitor visitor = { see, text };

	begin(f, "");
	assert_int_equal(ask_echo(f, "127.0.0.1"), 0);
	exporting_metrics(f->exporting, &visitor);
	assert_string_equal(text, "smb.connections 1, smb.browse-dat 0, smb.accepted 1, ");
	change(f, "browserd: { smb-export = \"browse.dat\"; };");
	*text = '\0';
	exporting_metrics(f->exporting, &visitor);
	assert_string_equal(text, "smb.connections 0, smb.browse-dat 1, smb.accepted 1, ");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(by_itself_the_ports_are_ours),
		TEST(where_another_has_them_it_gets_the_file),
		TEST(who_wants_the_ports_writes_no_file),
		TEST(each_wish_in_its_turn),
		TEST(the_file_is_where_it_is_wanted),
		TEST(ports_are_on_the_interfaces_wanted),
		TEST(who_may_connect),
		TEST(who_may_speak_smb1),
		TEST(names_that_are_not_ours),
		TEST(limits_are_those_of_the_settings),
		TEST(servers_have_numbers_of_their_own),
		TEST(halves_are_kept),
		TEST(patience_has_an_end),
		TEST(what_is_measured),
		TEST(descriptors_are_raised), /* last: who is not root cannot go back */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
