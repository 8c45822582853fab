/*
 * Real captures: every name, datagram and session packet of every DIR/X.pcap must decode to what
 * DIR/X.expect.jsonl says (written by tshark; members as in nbt_dump_packet() and so on). DIR is
 * tests/data, and $CORPUS where that is set. So must the mailslot messages and browser frames in
 * them, and be encoded to what they were. A line at which the decoder must differ, because
 * tshark reads it against the RFC, is listed in tests/data/tshark-differences.tsv.
 *
 * Speaks TAP by itself: one test per capture, however many there are.
 */
#include <glob.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nbt/dump.h>

#include "capture.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define FRAMES_MAX    100000
#define PATH_SIZE     4096
#define ENDING        ".pcap"

/* A capture being compared. */
struct comparison {
	char name[128];          /* of the file, without directory and ending */
	json_t *got[FRAMES_MAX]; /* what libnbt made of the frame; NULL: nothing for us in it */
	unsigned differences;
};

/* A row of tshark-differences.tsv. */
struct known {
	char file[128];
	unsigned frame;
	bool met;
};

static struct known known[64];
static size_t known_count;

/* What tshark has of a frame; its criteria and versions are ours, cut into bytes. */
static json_t *browse_as_tshark(const struct nbt_browse *f)
{
	bool domain = f->opcode == NBT_BROWSE_DOMAIN_ANNOUNCEMENT;
	json_t *json = json_pack("{s:i}", "command", (int)f->opcode);
	static const char *const keys[] = {
		[NBT_BROWSE_HOST_ANNOUNCEMENT] = "server",
		[NBT_BROWSE_ANNOUNCEMENT_REQUEST] = "response_computer_name",
		[NBT_BROWSE_ELECTION] = "server",
		[NBT_BROWSE_BECOME_BACKUP] = "browser_to_promote",
		[NBT_BROWSE_DOMAIN_ANNOUNCEMENT] = "server",
		[NBT_BROWSE_MASTER_ANNOUNCEMENT] = "mb_server",
		[NBT_BROWSE_LOCAL_MASTER_ANNOUNCEMENT] = "server",
	};
	const struct {
		const char *key;
		json_int_t value;
	} numbers[] = {
		{ "update_count", f->update_count },
		{ "unused", f->update_count },
		{ "period", f->period_ms },
		{ "os_major", f->os_major },
		{ "os_minor", f->os_minor },
		{ "server_type", f->server_type },
		{ "proto_major", f->opcode == NBT_BROWSE_ELECTION ? f->criteria >> 8 & 0xFF
								  : f->browser_version & 0xFF },
		{ "proto_minor", f->opcode == NBT_BROWSE_ELECTION ? f->criteria >> 16 & 0xFF
								  : f->browser_version >> 8 },
		{ "sig", f->signature },
		{ "mysterious_field",
		  (json_int_t)f->signature << 16 | (json_int_t)f->browser_version },
		{ "election.version", f->election_version },
		{ "election.criteria", f->criteria },
		{ "election.os", f->criteria >> 24 },
		{ "election.desire", f->criteria & 0xFF },
		{ "uptime", f->uptime_ms },
		{ "backup.count", f->count },
		{ "backup.token", f->token },
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		json_object_set_new(json, numbers[i].key, json_integer(numbers[i].value));
	if (f->opcode < ARRAY_SIZE(keys) && keys[f->opcode] != NULL)
		json_object_set_new(json, keys[f->opcode], json_string(f->name));
	json_object_set_new(json, "backup.server", json_string(f->backup[0]));
	json_object_set_new(json, domain ? "mb_server" : "comment", json_string(f->comment));
	return json;
}

/* Whether the frame is again what it was; byte for byte if nmbd sent it. Its announcement request
 * has bytes that nobody reads. */
static bool browse_comes_back(const struct nbt_browse *f, const struct nbt_mailslot *m)
{
	struct nbt_browse again;
	uint8_t wire[NBT_BROWSE_FRAME_MAX];
	size_t len;

	if (nbt_browse_encode(f, wire, sizeof(wire), &len) != NBT_OK)
		return false;
	if (m->timeout_ms == 0 && f->opcode != NBT_BROWSE_ANNOUNCEMENT_REQUEST)
		return len == m->data_len && memcmp(wire, m->data, len) == 0;
	return (f->opcode < 0x100 ? nbt_browse_decode : nbt_lanman_decode)(&again, wire, len) ==
		       NBT_OK &&
	       nbt_browse_equal(f, &again);
}

static void add_browse(json_t *json, const struct nbt_mailslot *m)
{
	struct nbt_browse f;
	enum nbt_error err = NBT_EVALUE;

	if (nbt_mailslot_is(m, NBT_MAILSLOT_BROWSE))
		err = nbt_browse_decode(&f, m->data, m->data_len);
	else if (nbt_mailslot_is(m, NBT_MAILSLOT_LANMAN))
		err = nbt_lanman_decode(&f, m->data, m->data_len);
	if (err != NBT_OK)
		return;
	json_object_set_new(json, "browser", browse_as_tshark(&f));
	if (!browse_comes_back(&f, m))
		json_object_set_new(json, "refused", json_string("frame is encoded otherwise"));
}

/* All senders write the same bytes before the data, but for one that fills in ids. */
static bool mailslot_comes_back(const struct nbt_mailslot *m, const struct nbt_datagram *d)
{
	static const uint8_t zeros[27];
	static uint8_t wire[NBT_MAILSLOT_MAX * 2];
	size_t len;

	return memcmp(d->data + 5, zeros, sizeof(zeros)) != 0 ||
	       (nbt_mailslot_encode(m, wire, sizeof(wire), &len) == NBT_OK && len == d->data_len &&
		memcmp(wire, d->data, len) == 0);
}

static void add_mailslot(json_t *json, const struct nbt_datagram *d)
{
	struct nbt_mailslot m;

	if (d->data == NULL || nbt_mailslot_decode(&m, d->data, d->data_len) != NBT_OK)
		return;
	json_object_set_new(json, "mailslot",
			    json_pack("{s:s, s:i, s:i, s:i}", "name", m.name, "opcode", 1, "class",
				      m.klass, "priority", m.priority));
	if (!mailslot_comes_back(&m, d))
		json_object_set_new(json, "refused", json_string("mailslot is encoded otherwise"));
	add_browse(json, &m);
}

static json_t *decode(const struct capture_packet *packet)
{
	static char text[NBT_DUMP_MAX];
	struct nbt_packet name;
	struct nbt_datagram datagram;
	struct nbt_session session;
	enum nbt_error err = NBT_OK;
	json_t *json;

	switch (packet->protocol) {
	case CAPTURE_NAME:
		err = nbt_packet_decode(&name, packet->bytes, packet->len);
		if (err == NBT_OK)
			nbt_dump_packet(&name, NBT_DUMP_JSON, text, sizeof(text));
		break;
	case CAPTURE_DATAGRAM:
		err = nbt_datagram_decode(&datagram, packet->bytes, packet->len);
		if (err == NBT_OK)
			nbt_dump_datagram(&datagram, NBT_DUMP_JSON, text, sizeof(text));
		break;
	case CAPTURE_SESSION:
		err = nbt_session_decode(&session, packet->bytes, packet->len);
		if (err == NBT_OK)
			nbt_dump_session(&session, NBT_DUMP_JSON, text, sizeof(text));
		break;
	}
	if (err != NBT_OK)
		return json_pack("{s:s}", "refused", nbt_strerror(err));
	json = json_loads(text, 0, NULL);
	if (packet->protocol == CAPTURE_DATAGRAM)
		add_mailslot(json, &datagram);
	return json;
}

static void take_packet(void *ctx, const struct capture_packet *packet)
{
	struct comparison *c = ctx;
	json_t **got = &c->got[packet->frame];

	if (packet->frame >= FRAMES_MAX)
		abort();
	if (packet->protocol != CAPTURE_SESSION) {
		json_decref(*got);
		*got = decode(packet);
		return;
	}
	if (*got == NULL)
		*got = json_pack("{s:[]}", "messages");
	json_array_append_new(json_object_get(*got, "messages"), decode(packet));
}

/* Members that say nothing about the packet's decoding, or go beyond libnbt. */
static bool is_aside(const char *key)
{
	static const char *const asides[] = {
		"frame",
		"layers",
		"len",
		"cap_len",
		"src",
		"dst",
		"sport",
		"dport",
		"l4",
		"proto",
		"embedded_in",
		"netlogon",
		"windows_version",
		"smb_cmd",
		"smb2",
		"tshark_malformed",
		"name", /* a text; the bytes are in nb16 or raw */
	};

	for (size_t i = 0; i < ARRAY_SIZE(asides); i++)
		if (strcmp(key, asides[i]) == 0)
			return true;
	return false;
}

struct mismatch {
	bool found;
	char text[512];
};

static void mismatch(struct mismatch *m, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void mismatch(struct mismatch *m, const char *format, ...)
{
	va_list args;

	if (m->found)
		return;
	m->found = true;
	va_start(args, format);
	vsnprintf(m->text, sizeof(m->text), format, args);
	va_end(args);
}

/* tshark says of a name that was a pointer only where it led to. */
static void compare_pointer(const json_t *want, const json_t *got, const json_t *packet,
			    struct mismatch *m)
{
	const json_t *question = json_array_get(json_object_get(packet, "questions"), 0);

	if (json_integer_value(want) == NBT_HEADER_LEN &&
	    !json_equal(json_object_get(got, "nb16"), json_object_get(question, "nb16")))
		mismatch(m, "the name is not that of the question");
}

static void compare(const char *key, json_t *want, json_t *got, const json_t *packet,
		    struct mismatch *m);

static void compare_members(json_t *want, json_t *got, const json_t *packet, struct mismatch *m)
{
	const char *key;
	json_t *value;

	json_object_foreach(want, key, value)
	{
		if (strcmp(key, "pointer") == 0)
			compare_pointer(value, got, packet, m);
		else if (!is_aside(key))
			compare(key, value, json_object_get(got, key), packet, m);
	}
}

static void compare(const char *key, json_t *want, json_t *got, const json_t *packet,
		    struct mismatch *m)
{
	size_t i;
	json_t *value;

	if (json_is_object(want)) {
		compare_members(want, got, packet, m);
	} else if (json_is_array(want)) {
		if (json_array_size(want) != json_array_size(got))
			mismatch(m, "%s: %zu of them, wanted %zu", key, json_array_size(got),
				 json_array_size(want));
		json_array_foreach(want, i, value)
			compare(key, value, json_array_get(got, i), packet, m);
	} else if (!json_equal(want, got)) {
		char *wanted = json_dumps(want, JSON_ENCODE_ANY),
		     *is = json_dumps(got, JSON_ENCODE_ANY);

		mismatch(m, "%s: %s, wanted %s", key, is != NULL ? is : "missing", wanted);
		free(wanted);
		free(is);
	}
}

/* A name that tshark could not read either. */
static bool lacks_name(const json_t *name)
{
	return json_object_get(name, "nb16") == NULL && json_object_get(name, "pointer") == NULL;
}

static bool any_lacks_name(const json_t *array)
{
	size_t i;
	json_t *value;

	json_array_foreach(array, i, value) if (lacks_name(value)) return true;
	return false;
}

static json_int_t count_of(const json_t *want, const char *key)
{
	return json_integer_value(json_object_get(want, key));
}

/* Whether a name service packet holds less than its header promises, as far as tshark saw. */
static bool is_incomplete(const json_t *want)
{
	const json_t *questions = json_object_get(want, "questions");
	const json_t *records = json_object_get(want, "records");

	return count_of(want, "qd") != (json_int_t)json_array_size(questions) ||
	       count_of(want, "an") + count_of(want, "ns") + count_of(want, "ar") !=
		       (json_int_t)json_array_size(records);
}

static bool is_datagram_without_names(const json_t *want)
{
	json_int_t type = count_of(want, "msg_type");

	if (type <= NBT_DGM_BROADCAST && count_of(want, "first") == 0 &&
	    count_of(want, "offset") > 0)
		return false; /* further fragments have none */
	return (type != NBT_DGM_ERROR && lacks_name(json_object_get(want, "destination"))) ||
	       (type <= NBT_DGM_BROADCAST && lacks_name(json_object_get(want, "source")));
}

/* Whether there is nothing that could be decoded: a libnbt that accepts it would be wrong. */
static bool must_be_refused(const json_t *want)
{
	const char *proto = json_string_value(json_object_get(want, "proto"));

	if (strcmp(proto, "nbns") == 0)
		return is_incomplete(want) || any_lacks_name(json_object_get(want, "questions")) ||
		       any_lacks_name(json_object_get(want, "records"));
	if (strcmp(proto, "nbdgm") == 0)
		return is_datagram_without_names(want);
	return strcmp(proto, "undissected") == 0;
}

static bool is_session_type(json_int_t type)
{
	return type == NBT_SES_MESSAGE || (type >= NBT_SES_REQUEST && type <= NBT_SES_KEEPALIVE);
}

/* Messages that were refused by either side are left out, then both must be the same. */
static void compare_messages(const json_t *want_all, const json_t *got_all, struct mismatch *m)
{
	json_t *want = json_array(), *got = json_array(), *value;
	size_t i;

	json_array_foreach(want_all, i, value) if (json_object_get(value, "type") != NULL &&
						   is_session_type(count_of(value, "type")))
		json_array_append(want, value);
	json_array_foreach(got_all, i, value) if (json_object_get(value, "refused") == NULL)
		json_array_append(got, value);
	compare("messages", want, got, NULL, m);
	json_decref(want);
	json_decref(got);
}

static void compare_packet(json_t *want, json_t *got, struct mismatch *m)
{
	const char *refused = json_string_value(json_object_get(got, "refused"));

	if (got == NULL)
		mismatch(m, "not found in the capture");
	else if (refused == NULL && must_be_refused(want))
		mismatch(m, "decoded, but must be refused");
	else if (refused != NULL && !must_be_refused(want) &&
		 json_object_get(want, "tshark_malformed") == NULL)
		mismatch(m, "refused: %s", refused);
	else if (refused == NULL)
		compare("packet", want, got, got, m);
}

static void compare_line(json_t *want, json_t *got, struct mismatch *m)
{
	/* tshark shows these two bits in responses only. */
	if (count_of(want, "response") == 0) {
		json_object_del(want, "aa");
		json_object_del(want, "ra");
	}
	if (json_object_get(want, "messages") != NULL)
		compare_messages(json_object_get(want, "messages"),
				 json_object_get(got, "messages"), m);
	else
		compare_packet(want, got, m);
}

static struct known *find_known(const char *file, unsigned frame)
{
	for (size_t i = 0; i < known_count; i++)
		if (strcmp(known[i].file, file) == 0 && known[i].frame == frame)
			return &known[i];
	return NULL;
}

static void note_difference(struct comparison *c, unsigned frame, const char *text)
{
	struct known *row = find_known(c->name, frame);

	if (row != NULL) {
		row->met = true;
		return;
	}
	printf("# %s frame %u: %s\n", c->name, frame, text);
	c->differences++;
}

/* Compares the frame of one line, which is done with then. */
static void take_line(struct comparison *c, const char *line)
{
	json_t *want = json_loads(line, 0, NULL);
	json_int_t frame = count_of(want, "frame");
	struct mismatch m = { .found = false };

	if (frame < 1 || frame >= FRAMES_MAX)
		abort();
	compare_line(want, c->got[frame], &m);
	if (m.found)
		note_difference(c, (unsigned)frame, m.text);
	json_decref(want);
	json_decref(c->got[frame]);
	c->got[frame] = NULL;
}

static unsigned take_lines(struct comparison *c, FILE *expect)
{
	char *line = NULL;
	size_t size = 0;
	unsigned lines = 0;

	while (getline(&line, &size, expect) > 0) {
		take_line(c, line);
		lines++;
	}
	free(line);
	return lines;
}

/* Frames without a line must have nothing that decodes. */
static void take_rest(struct comparison *c)
{
	for (unsigned frame = 0; frame < FRAMES_MAX; frame++) {
		struct mismatch m = { .found = false };

		if (c->got[frame] == NULL)
			continue;
		if (json_object_get(c->got[frame], "messages") != NULL)
			compare_messages(NULL, json_object_get(c->got[frame], "messages"), &m);
		else if (json_object_get(c->got[frame], "refused") == NULL)
			mismatch(&m, "decoded, but there is no line");
		if (m.found)
			note_difference(c, frame, m.text);
		json_decref(c->got[frame]);
		c->got[frame] = NULL;
	}
}

static void find_stale_rows(struct comparison *c)
{
	for (size_t i = 0; i < known_count; i++)
		if (strcmp(known[i].file, c->name) == 0 && !known[i].met) {
			printf("# %s frame %u: listed as a difference, but there is none\n",
			       c->name, known[i].frame);
			c->differences++;
		}
}

static void make_path(char path[PATH_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void make_path(char path[PATH_SIZE], const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(path, PATH_SIZE, format, args);
	va_end(args);
	if (len < 0 || len >= PATH_SIZE)
		abort();
}

/* Of a capture without an expect file: all that decodes must be encoded to what it was. */
static unsigned take_mailslots(struct comparison *c)
{
	unsigned mailslots = 0;

	for (unsigned frame = 0; frame < FRAMES_MAX; frame++) {
		json_t **got = &c->got[frame];
		const char *refused = json_string_value(json_object_get(*got, "refused"));

		if (json_object_get(*got, "mailslot") != NULL) {
			mailslots++;
			if (refused != NULL)
				note_difference(c, frame, refused);
		}
		json_decref(*got);
		*got = NULL;
	}
	return mailslots;
}

/* One test of TAP. */
static void test_capture(const char *path, unsigned number)
{
	static struct comparison c;
	char expect_path[PATH_SIZE];
	const char *slash = strrchr(path, '/');
	const char *error;
	unsigned lines;
	FILE *expect;

	c.differences = 0;
	snprintf(c.name, sizeof(c.name), "%.*s", (int)(strlen(slash + 1) - strlen(ENDING)),
		 slash + 1);
	make_path(expect_path, "%.*s/%s.expect.jsonl", (int)(slash - path), path, c.name);
	expect = fopen(expect_path, "r");
	error = capture_read(path, take_packet, &c);
	if (expect != NULL) {
		lines = take_lines(&c, expect);
		take_rest(&c);
		find_stale_rows(&c);
		fclose(expect);
	} else {
		lines = take_mailslots(&c);
	}
	if (error != NULL)
		printf("# %s: %s\n", path, error);
	printf("%sok %u - %s: %u %s\n", error != NULL || c.differences > 0 ? "not " : "", number,
	       c.name, lines, expect != NULL ? "packets" : "mailslot messages");
}

static unsigned test_directory(const char *directory, unsigned number)
{
	char pattern[PATH_SIZE];
	glob_t found;
	unsigned first = number;

	make_path(pattern, "%s/*" ENDING, directory);
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			test_capture(found.gl_pathv[i], number++);
		globfree(&found);
	}
	if (number == first)
		printf("ok %u - captures in %s # SKIP there are none\n", number++, directory);
	return number;
}

/* Rows: file without ending, frame, section of the RFC, reason. */
static void read_known(const char *directory)
{
	char path[PATH_SIZE], line[1024];
	FILE *file;

	make_path(path, "%s/tshark-differences.tsv", directory);
	file = fopen(path, "r");
	if (file == NULL) {
		perror(path);
		exit(99);
	}
	while (fgets(line, sizeof(line), file) != NULL)
		if (line[0] != '#' && known_count < ARRAY_SIZE(known) &&
		    sscanf(line, "%127s %u", known[known_count].file, &known[known_count].frame) ==
			    2)
			known_count++;
	fclose(file);
}

int main(void)
{
	const char *source = getenv("top_srcdir"), *corpus = getenv("CORPUS");
	char own[PATH_SIZE];
	unsigned number;

	make_path(own, "%s/tests/data", source != NULL ? source : ".");
	read_known(own);
	number = test_directory(own, 1);
	if (corpus != NULL && corpus[0] != '\0')
		number = test_directory(corpus, number);
	else
		printf("ok %u - real captures # SKIP CORPUS is not set\n", number++);
	printf("1..%u\n", number - 1);
	return 0;
}
