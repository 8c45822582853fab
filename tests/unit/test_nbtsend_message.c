/* From the command line to a datagram. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <nbt/browse.h>
#include <nbt/mailslot.h>

#include "tools/nbtsend.h"

static struct send_message m;

/* Words end at NULL. */
static bool make(struct send_options o, char **words)
{
	int count = 0;

	while (words[count] != NULL)
		count++;
	if (o.source == NULL)
		o.source = "BETA";
	m.error[0] = '\0';
	return message_make(&m, &o, words, count);
}

#define WORDS(...)                                                                                 \
	(char *[])                                                                                 \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define OPTIONS(...)                                                                               \
	(struct send_options)                                                                      \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

static void assert_names(const char *source, const char *destination, uint8_t type)
{
	char text[NBT_NAME_TEXT_MAX];

	assert_string_equal(nbt_name_print(&m.datagram.source, text, sizeof(text)), source);
	assert_string_equal(nbt_name_print(&m.datagram.destination, text, sizeof(text)),
			    destination);
	assert_int_equal(m.datagram.type, type);
}

static void text_and_bytes(void **state)
{
	(void)state;
	assert_true(make(OPTIONS(.popup = false), WORDS("alpha", "text")));
	assert_names("BETA<00>", "ALPHA<00>", NBT_DGM_DIRECT_UNIQUE);
	assert_int_equal(m.datagram.data_len, 4);
	assert_memory_equal(m.datagram.data, "text", 4);
	assert_true(make(OPTIONS(.hex = "00ff 7f 1", .source = "me<20>", .scope = "A.B",
				 .type = { 'g', NULL }),
			 WORDS("lab<1e>")));
	assert_names("ME<20>", "LAB<1E>", NBT_DGM_DIRECT_GROUP);
	assert_int_equal(m.datagram.data_len, 4);
	assert_memory_equal(m.datagram.data, "\x00\xff\x7f\x01", 4);
	assert_int_equal(m.datagram.destination_scope.len, 4);
	assert_true(make(OPTIONS(.hex = ""), WORDS("*")));
	assert_int_equal(m.datagram.type, NBT_DGM_BROADCAST);
	assert_int_equal(m.datagram.data_len, 0);
	assert_true(make(OPTIONS(.hex = ""), WORDS("-")));
	assert_names("BETA<00>", "<01><02>__MSBROWSE__<02><01>", NBT_DGM_DIRECT_UNIQUE);
}

static void a_file(void **state)
{
	char path[] = "/tmp/nbtsend.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "a\0b\n", 4), 4);
	assert_true(make(OPTIONS(.file = path), WORDS("ALPHA")));
	assert_int_equal(m.datagram.data_len, 4);
	assert_memory_equal(m.datagram.data, "a\0b\n", 4);
	assert_int_equal(ftruncate(fd, SEND_DATA_MAX), 0);
	assert_true(make(OPTIONS(.file = path), WORDS("ALPHA")));
	assert_int_equal(ftruncate(fd, SEND_DATA_MAX + 1), 0);
	assert_false(make(OPTIONS(.file = path), WORDS("ALPHA")));
	close(fd);
	unlink(path);
	assert_false(make(OPTIONS(.file = path), WORDS("ALPHA")));
}

static struct nbt_mailslot mailslot(void)
{
	struct nbt_mailslot slot;

	assert_error("mailslot", nbt_mailslot_decode(&slot, m.data, m.datagram.data_len), NBT_OK);
	return slot;
}

static void a_mailslot(void **state)
{
	struct nbt_mailslot slot;

	(void)state;
	assert_true(make(OPTIONS(.mailslot = "test\\one"), WORDS("ALPHA", "text")));
	slot = mailslot();
	assert_string_equal(slot.name, "\\MAILSLOT\\test\\one");
	assert_int_equal(slot.klass, NBT_MAILSLOT_CLASS_UNRELIABLE);
	assert_int_equal(slot.data_len, 4);
	assert_true(make(OPTIONS(.mailslot = "\\mailslot\\test"), WORDS("ALPHA", "text")));
	assert_string_equal(mailslot().name, "\\mailslot\\test");
}

/* As Windows has it: 512 bytes with all around it. */
static void the_longest_mailslot_message(void **state)
{
	char text[512] = "";

	(void)state;
	memset(text, 'x', NBT_MAILSLOT_MAX - NBT_MAILSLOT_HEADER_LEN - sizeof("\\MAILSLOT\\A"));
	assert_true(make(OPTIONS(.mailslot = "A"), WORDS("ALPHA", text)));
	assert_int_equal(m.datagram.data_len, NBT_MAILSLOT_MAX);
	text[strlen(text)] = 'x';
	assert_false(make(OPTIONS(.mailslot = "A"), WORDS("ALPHA", text)));
	assert_non_null(
		strstr(m.error, "432 bytes are too long: a message to \\MAILSLOT\\A has 431"));
}

static void a_popup(void **state)
{
	struct nbt_mailslot slot;

	(void)state;
	assert_true(make(OPTIONS(.popup = true), WORDS("b\xc3\xbcro", "Gr\xc3\xbc\xc3\x9f"
								      "e\nx\r\ny\n")));
	slot = mailslot();
	assert_string_equal(slot.name, NBT_MAILSLOT_MESSNGR);
	assert_int_equal(slot.data_len, 22);
	assert_memory_equal(slot.data,
			    "BETA\0B\x9aRO\0Gr\x81\xe1"
			    "e\r\nx\r\ny",
			    22);
}

static void a_frame(void **state)
{
	struct nbt_browse frame;
	struct nbt_mailslot slot;

	(void)state;
	assert_true(make(OPTIONS(.browse = "host"), WORDS("lab", "comment=x", "period=60000")));
	assert_names("BETA<00>", "LAB<1D>", NBT_DGM_DIRECT_GROUP);
	slot = mailslot();
	assert_string_equal(slot.name, NBT_MAILSLOT_BROWSE);
	assert_error("frame", nbt_browse_decode(&frame, slot.data, slot.data_len), NBT_OK);
	assert_string_equal(frame.name, "BETA");
	assert_string_equal(frame.comment, "x");
	assert_int_equal(frame.period_ms, 60000);
	assert_true(make(OPTIONS(.browse = "domain"), WORDS("lab", "master=ALPHA")));
	assert_names("BETA<00>", "<01><02>__MSBROWSE__<02><01>", NBT_DGM_DIRECT_GROUP);
	assert_true(
		make(OPTIONS(.browse = "backup-request", .type = { 'u', NULL }), WORDS("lab<1B>")));
	assert_names("BETA<00>", "LAB<1B>", NBT_DGM_DIRECT_UNIQUE);
	assert_true(make(OPTIONS(.browse = "lanman"), WORDS("lab")));
	assert_string_equal(mailslot().name, NBT_MAILSLOT_LANMAN);
	assert_true(make(OPTIONS(.browse = "host", .mailslot = "lanman"), WORDS("lab")));
	assert_string_equal(mailslot().name, "\\MAILSLOT\\lanman");
}

static void mistakes_are_said(void **state)
{
	static char long_text[1200];
	const struct {
		struct send_options options;
		char *words[4];
		const char *error;
	} cases[] = {
		{ { .popup = false }, { "ALPHA" }, "what is to be sent? TEXT, --file or --hex" },
		{ { .hex = "00" }, { "A", "x" }, "only one of TEXT, --file and --hex can be sent" },
		{ { .hex = "0g" }, { "A" }, "0g: not in hex, or too long" },
		{ { .hex = "x" }, { "A" }, "x: not in hex, or too long" },
		{ { .hex = "-1" }, { "A" }, "-1: not in hex, or too long" },
		{ { .hex = "0x12" }, { "A" }, "0x12: not in hex, or too long" },
		{ { .popup = false }, { "A", "x", "y" }, "y: only one TEXT can be sent; quote it" },
		{ { .popup = false },
		  { "ABCDEFGHIJKLMNOP", "x" },
		  "ABCDEFGHIJKLMNOP: not a NetBIOS name of up to 15 characters" },
		{ { .source = "" }, { "A", "x" }, ": not a NetBIOS name of up to 15 characters" },
		{ { .scope = "a..b" }, { "A", "x" }, "a..b: not a scope" },
		{ { .mailslot = "" }, { "A", "x" }, ": not the name of a mailslot" },
		{ { .mailslot = "\\mailslot\\" },
		  { "A", "x" },
		  "\\mailslot\\: not the name of a mailslot" },
		{ { .browse = "hosts" },
		  { "A" },
		  "hosts: no such frame; --browse=help shows them" },
		{ { .browse = "host", .popup = true }, { "A" }, "a frame has no TEXT" },
		{ { .browse = "host" }, { "A", "text" }, "text: KEY=VALUE is wanted" },
		{ { .browse = "lanman" },
		  { "A", "period=65536000" },
		  "period: a LAN Manager announcement has 65535000 ms at most" },
		{ { .popup = true, .mailslot = "x" },
		  { "A", "x" },
		  "a pop-up has its own mailslot" },
		{ { .popup = true },
		  { "A", "\xe6\x97\xa5" },
		  "the text has a character that is not in the character set" },
		{ { .popup = true }, { "A", long_text }, "1199 bytes are too long for a pop-up" },
	};

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (make(cases[i].options, (char **)cases[i].words))
			fail_msg("not seen: %s", cases[i].error);
		assert_string_equal(m.error, cases[i].error);
	}
}

static void the_source_is_this_host(void **state)
{
	const struct send_options o = { .popup = false };

	(void)state;
	assert_true(message_make(&m, &o, WORDS("ALPHA", "x"), 2));
	assert_int_equal(nbt_name_suffix(&m.datagram.source), NBT_SUFFIX_WORKSTATION);
	assert_int_not_equal(m.datagram.source.bytes[0], ' ');
}

static void what_a_listener_wants(void **state)
{
	static const struct {
		const char *want, *scope, *destination;
		uint8_t type;
		bool is_wanted;
	} rows[] = {
		{ "LAB<1E>", NULL, "LAB<1E>", NBT_DGM_DIRECT_GROUP, true },
		{ "lab<1E>", NULL, "LAB<1D>", NBT_DGM_DIRECT_GROUP, false },
		{ "LAB", NULL, "LAB<1D>", NBT_DGM_DIRECT_GROUP, true },
		{ "LAB", NULL, "LAB2<1D>", NBT_DGM_DIRECT_GROUP, false },
		{ "*", NULL, "LAB2<1D>", NBT_DGM_DIRECT_UNIQUE, true },
		{ "*", "A", "LAB2<1D>", NBT_DGM_DIRECT_UNIQUE, false },
		{ "LAB", "A", "LAB<1D>", NBT_DGM_DIRECT_UNIQUE, false },
		{ "*", NULL, "LAB2<1D>", NBT_DGM_ERROR, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct send_options o = { .scope = rows[i].scope };
		struct nbt_datagram d = { .type = rows[i].type,
					  .destination = name_of(rows[i].destination) };

		assert_true(message_make_listener(&m, &o, rows[i].want));
		assert_int_equal(message_is_wanted(&m, &d), rows[i].is_wanted);
	}
	assert_false(message_make_listener(&m, &OPTIONS(.popup = false), ""));
	assert_true(message_make_listener(&m, &OPTIONS(.popup = false), "LAB<1E>"));
	assert_int_equal(m.datagram.type, NBT_DGM_DIRECT_GROUP);
	assert_true(message_make_listener(&m, &OPTIONS(.popup = false), "LAB"));
	assert_int_equal(m.datagram.type, NBT_DGM_DIRECT_UNIQUE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_bytes),
		cmocka_unit_test(a_file),
		cmocka_unit_test(a_mailslot),
		cmocka_unit_test(the_longest_mailslot_message),
		cmocka_unit_test(a_popup),
		cmocka_unit_test(a_frame),
		cmocka_unit_test(mistakes_are_said),
		cmocka_unit_test(the_source_is_this_host),
		cmocka_unit_test(what_a_listener_wants),
	};

	return cmocka_run_group_tests_name("nbtsend_message", tests, NULL, NULL);
}
