/* Captures, and what they must decode to. */
#include "corpus.h"

#include <glob.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nbt/dump.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PATH_SIZE     4096
#define ENDING        ".pcap"

/* A capture being compared. */
struct comparison {
	const struct corpus *corpus;
	char name[128]; /* of the file, without directory and ending */
	json_t *got[CORPUS_FRAMES_MAX];
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

json_t *corpus_browse(const struct nbt_browse *f)
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

/* What the frame says, and how far libnbt does not look. */
static const char *const frame_members[] = { "frame", "len",         "cap_len", "src",
					     "dst",   "sport",       "dport",   "l4",
					     "smb2",  "embedded_in", "smb_cmd" };

/* Members that say nothing about the packet's decoding, or go beyond libnbt. */
static bool is_in(const char *key, const char *const *keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

static bool is_aside(const char *key)
{
	static const char *const asides[] = {
		"layers",           "proto", "netlogon", "windows_version",
		"tshark_malformed", "name", /* a text; the bytes are in nb16 or raw */
	};

	return is_in(key, asides, ARRAY_SIZE(asides)) ||
	       is_in(key, frame_members, ARRAY_SIZE(frame_members));
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

/* A line is of one frame, whatever is in it; of what was refused no command is known. */
static void compare_frame(const json_t *want, const json_t *got, struct mismatch *m)
{
	bool refused = json_object_get(got, "refused") != NULL;

	for (size_t i = 0; got != NULL && i < ARRAY_SIZE(frame_members); i++) {
		const char *key = frame_members[i];
		json_t *value = json_object_get(want, key);

		if (value != NULL && !(refused && strcmp(key, "smb_cmd") == 0))
			compare(key, value, json_object_get(got, key), NULL, m);
	}
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

static void compare_line(const struct corpus *corpus, json_t *want, json_t *got, struct mismatch *m)
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
	if (corpus->has_frames)
		compare_frame(want, got, m);
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

	if (frame < 1 || frame >= CORPUS_FRAMES_MAX)
		abort();
	compare_line(c->corpus, want, c->got[frame], &m);
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
	for (unsigned frame = 0; frame < CORPUS_FRAMES_MAX; frame++) {
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

	for (unsigned frame = 0; frame < CORPUS_FRAMES_MAX; frame++) {
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
static void test_capture(const struct corpus *corpus, const char *path, unsigned number)
{
	static struct comparison c;
	char expect_path[PATH_SIZE];
	const char *slash = strrchr(path, '/');
	const char *error;
	unsigned lines;
	FILE *expect;

	c.corpus = corpus;
	c.differences = 0;
	snprintf(c.name, sizeof(c.name), "%.*s", (int)(strlen(slash + 1) - strlen(ENDING)),
		 slash + 1);
	make_path(expect_path, "%.*s/%s.expect.jsonl", (int)(slash - path), path, c.name);
	expect = fopen(expect_path, "r");
	error = corpus->read(path, c.got);
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

static unsigned test_directory(const struct corpus *corpus, const char *directory, unsigned number)
{
	char pattern[PATH_SIZE];
	glob_t found;
	unsigned first = number;

	make_path(pattern, "%s/*" ENDING, directory);
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			test_capture(corpus, found.gl_pathv[i], number++);
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

int corpus_run(const struct corpus *corpus)
{
	const char *source = getenv("top_srcdir"), *directory = getenv("CORPUS");
	char own[PATH_SIZE];
	unsigned number;

	make_path(own, "%s/tests/data", source != NULL ? source : ".");
	read_known(own);
	number = test_directory(corpus, own, 1);
	if (directory != NULL && directory[0] != '\0')
		number = test_directory(corpus, directory, number);
	else
		printf("ok %u - real captures # SKIP CORPUS is not set\n", number++);
	printf("1..%u\n", number - 1);
	return 0;
}
