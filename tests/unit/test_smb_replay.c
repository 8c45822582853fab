/*
 * What clients said to smbd, said to our session, and to our server by TCP: every answer must say
 * the same to a client, but for the fields of the table "differences", each with its reason.
 * Captures are those in tests/data/smb, and the ones of smbclient and of hand-made requests in
 * $CORPUS where that is set. The lists that smbd had are read from its answers.
 *
 * Speaks TAP by itself: two tests per capture.
 */
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "libnbt/wire/wire.h"
#include "smb/rap.h"
#include "smb/smb1_trans.h"
#include "smb_describe.h"
#include "smb_host.h"
#include "smb_tcp.h"

#define ARRAY_SIZE(a)   (sizeof(a) / sizeof((a)[0]))
#define ANSWERS_MAX     32
#define CONNECTIONS_MAX 64
#define TEXT_SIZE       (1 << 18)

/* Fields that may differ. capture: in its name, NULL: in all; frame: of the request, 0: any; of: a
 * line that the description of smbd's answer has, NULL: any; field "*": the whole answer. */
static const struct difference {
	const char *capture;
	unsigned frame;
	const char *of, *field, *reason;
} differences[] = {
	{ NULL, 0, NULL, "capabilities", "we offer what we have: no files, no large transfers" },
	{ NULL, 0, NULL, "session-key", "the process of smbd; nobody has a use for it" },
	{ NULL, 0, NULL, "guid", "each server has its own" },
	{ NULL, 0, "command=72", "mode", "smbd says NTSTATUS where there is no error" },
	{ NULL, 0, "smb2=0", "max-transfer", "what goes through our pipes is small" },
	{ NULL, 0, "smb2=0", "dialect", "SMB 2.1 is our newest" },
	{ NULL, 0, NULL, "ntlmssp-target", "the group: clients ask for the list of it" },
	{ NULL, 0, "rpc=2", "rpc-len", "smbd had disks in its list of shares" },
	{ "smb3", 0, "smb2=11", "credits", "smbd gave them with an interim answer" },
	{ "core-refused", 0, "index=65535", "index", "we do speak the core dialect" },
	{ "probe-dialects", 8, NULL, "index", "we do speak the core dialect" },
	{ "anon-spnego", 0, "command=75", "block", "signatures are spoken of, but not used" },
	{ "server-max", 0, "status=c000020c", "*", "the lab's smbd had no srvsvc" },
	{ "probe-rap", 18, NULL, "*", "an empty domain is our own group" },
	{ "probe-rap", 56, NULL, "*", "smbd had disks in its list of shares" },
	{ "probe-rap", 58, NULL, "*", "smbd had disks in its list of shares" },
	{ "probe-rap", 60, NULL, "*", "smbd had disks in its list of shares" },
	{ "probe-rap", 78, NULL, "*", "we have NetShareGetInfo" },
	{ "probe-rap", 80, NULL, "*", "we have NetShareGetInfo" },
	{ "probe-rap", 82, "record91=", "record91", "another time" },
};

/* A connection being replayed. */
struct connection {
	uint8_t client[4];
	uint16_t port;
	struct smb_session session;
	int fd; /* by TCP, instead of the session */
	struct smb_ids theirs, ours;
	struct frame request, answers[ANSWERS_MAX]; /* smbd's */
	size_t count;
	unsigned frame;
	bool closed;
};

struct replay {
	const char *name;
	struct smb_host_test *test;
	struct smb_tcp *tcp; /* NULL: not by TCP */
	struct connection connections[CONNECTIONS_MAX];
	size_t count;
	unsigned compared, failed, excused;
};

static void *copy(const void *bytes, size_t len)
{
	void *copied = malloc(len > 0 ? len : 1);

	if (copied == NULL)
		abort();
	return memcpy(copied, bytes, len);
}

static bool is_from_server(const struct capture_packet *packet)
{
	return packet->source_port == 139 || packet->source_port == 445;
}

static struct connection *find(struct replay *r, const struct capture_packet *packet)
{
	bool back = is_from_server(packet);
	const uint8_t *client = packet->addresses + (back ? 4 : 0);
	uint16_t port = back ? packet->destination_port : packet->source_port;
	struct connection *c;

	for (size_t i = 0; i < r->count; i++) {
		c = &r->connections[i];
		if (memcmp(c->client, client, 4) == 0 && c->port == port)
			return c;
	}
	if (r->count == CONNECTIONS_MAX)
		abort();
	c = &r->connections[r->count++];
	memcpy(c->client, client, 4);
	c->port = port;
	if (r->tcp != NULL)
		c->fd = smb_tcp_connect(r->tcp,
					back ? packet->source_port : packet->destination_port);
	else
		smb_session_init(&c->session, SMB_MAY_SMB1 | SMB_MAY_SMB2 | SMB_MAY_SPNEGO,
				 &r->test->env);
	return c;
}

static enum smb_after ask(struct replay *r, struct connection *c)
{
	return r->tcp != NULL
		       ? smb_tcp_ask(r->tcp, c->fd, c->request.bytes, c->request.len)
		       : smb_host_receive(r->test, &c->session, c->request.bytes, c->request.len);
}

static bool has_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	return at != NULL && (at == text || at[-1] == '\n');
}

static bool is_of(const struct difference *d, const struct replay *r, unsigned frame,
		  const char *theirs)
{
	return (d->capture == NULL || strstr(r->name, d->capture) != NULL) &&
	       (d->frame == 0 || d->frame == frame) && (d->of == NULL || has_line(theirs, d->of));
}

static bool is_excused(const struct replay *r, unsigned frame, const char *theirs, const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(differences); i++) {
		const struct difference *d = &differences[i];
		size_t len = strlen(d->field);

		if (is_of(d, r, frame, theirs) && strncmp(line, d->field, len) == 0 &&
		    line[len] == '=')
			return true;
	}
	return false;
}

static bool is_excused_wholly(const struct replay *r, unsigned frame, const char *theirs)
{
	for (size_t i = 0; i < ARRAY_SIZE(differences); i++)
		if (strcmp(differences[i].field, "*") == 0 &&
		    is_of(&differences[i], r, frame, theirs))
			return true;
	return false;
}

/* The next line, cut off at its end; NULL: there is none. */
static char *next_line(char **rest)
{
	char *line = *rest, *end = line != NULL ? strchr(line, '\n') : NULL;

	if (end == NULL)
		return NULL;
	*end = '\0';
	*rest = end + 1;
	return line;
}

static void compare(struct replay *r, const struct connection *c, const char *theirs, char *ours)
{
	static char copied[TEXT_SIZE];
	char *rest = copied, *want, *got;

	r->compared++;
	if (is_excused_wholly(r, c->frame, theirs)) {
		r->excused++;
		return;
	}
	strcpy(copied, theirs);
	do {
		want = next_line(&rest);
		got = next_line(&ours);
		if (want == got || (want != NULL && got != NULL && strcmp(want, got) == 0))
			continue;
		if (want != NULL && got != NULL && is_excused(r, c->frame, theirs, want)) {
			r->excused++;
			continue;
		}
		r->failed++;
		printf("# %s, frame %u: %s, smbd said %s\n", r->name, c->frame,
		       got != NULL ? got : "nothing", want != NULL ? want : "nothing");
		return;
	} while (want != NULL && got != NULL);
}

static void finish_request(struct replay *r, struct connection *c)
{
	static char theirs[TEXT_SIZE], ours[TEXT_SIZE];
	struct frame answers[SMB_HOST_FRAMES_MAX];
	struct smb_host_test *test = r->test;

	if (c->request.bytes == NULL || c->closed)
		return;
	smb_host_forget(test);
	smb_ids_replace((uint8_t *)(uintptr_t)c->request.bytes, c->request.len, &c->theirs,
			&c->ours);
	c->closed = ask(r, c) == SMB_CLOSE;
	for (size_t i = 0; i < test->frame_count; i++)
		answers[i] = (struct frame){ test->frames[i].bytes, test->frames[i].len };
	smb_describe(&c->request, c->answers, c->count, theirs, sizeof(theirs));
	smb_describe(&c->request, answers, test->frame_count, ours, sizeof(ours));
	compare(r, c, theirs, ours);
	if (c->count > 0 && test->frame_count > 0) {
		smb_ids_of(&c->answers[c->count - 1], &c->theirs);
		smb_ids_of(&answers[test->frame_count - 1], &c->ours);
	}
}

static void forget_request(struct connection *c)
{
	free((void *)(uintptr_t)c->request.bytes);
	for (size_t i = 0; i < c->count; i++)
		free((void *)(uintptr_t)c->answers[i].bytes);
	c->request.bytes = NULL;
	c->count = 0;
}

static void take(void *ctx, const struct capture_packet *packet)
{
	struct replay *r = ctx;
	struct connection *c;

	if (packet->protocol != CAPTURE_SESSION)
		return;
	c = find(r, packet);
	if (is_from_server(packet)) {
		if (c->request.bytes != NULL && c->count < ANSWERS_MAX)
			c->answers[c->count++] =
				(struct frame){ copy(packet->bytes, packet->len), packet->len };
		return;
	}
	finish_request(r, c);
	forget_request(c);
	c->request = (struct frame){ copy(packet->bytes, packet->len), packet->len };
	c->frame = packet->frame;
}

/* What a transaction of smbd lists; its parts are put together first. */
struct lesson {
	struct smb_host_test *test;
	bool groups, listing;
	struct rap_reply reply;
	size_t data_len;
	uint8_t data[0x10000];
};

static void learn_asked(struct lesson *lesson, const struct smb1_block *block, bool unicode)
{
	struct smb1_trans asked;
	struct rap_request rap;

	if (smb1_read_trans(block, unicode, &asked) != NBT_OK ||
	    rap_read_request(asked.params, asked.param_count, &rap) != NBT_OK)
		return;
	lesson->groups =
		rap.arguments.types != RAP_TYPE_ALL && rap.arguments.types & RAP_TYPE_DOMAIN_ENUM;
	lesson->listing = strcmp(rap.record, "B16BBDz") == 0 &&
			  (rap.number == RAP_SERVER_ENUM2 || rap.number == RAP_SERVER_ENUM3);
}

static void learn_list(const struct lesson *lesson)
{
	struct smb_host_test *test = lesson->test;
	struct rap_value values[RAP_VALUES_MAX];

	for (size_t i = 0; i < lesson->reply.returned; i++)
		if (rap_read_record("B16BBDz", lesson->data, lesson->data_len, i,
				    lesson->reply.converter, values) == NBT_OK)
			listing_add(lesson->groups ? &test->groups : &test->servers, values[0].text,
				    values[3].number | RAP_TYPE_LOCAL_LIST, values[4].text);
}

static void learn_part(struct lesson *lesson, const struct smb1_block *block)
{
	struct smb1_trans_reply part;

	if (smb1_read_trans_reply(block, &part) != NBT_OK ||
	    (size_t)part.data_at + part.data_count > sizeof(lesson->data))
		return;
	if (part.param_count == 8 &&
	    rap_read_reply(part.params, part.param_count, "WrLeh", &lesson->reply) == NBT_OK)
		lesson->data_len = 0;
	memcpy(lesson->data + part.data_at, part.data, part.data_count);
	lesson->data_len += part.data_count;
	if (lesson->data_len == part.total_data)
		learn_list(lesson);
}

static void learn(void *ctx, const struct capture_packet *packet)
{
	struct lesson *lesson = ctx;
	struct nbt_reader r;
	struct smb1_header header;
	struct smb1_block block;

	if (packet->protocol != CAPTURE_SESSION || packet->len < 4)
		return;
	r = nbt_reader_of(packet->bytes + 4, packet->len - 4);
	smb1_read_header(&r, &header);
	block = smb1_read_block(&r);
	if (r.err != NBT_OK || header.command != SMB1_TRANSACTION)
		return;
	if (!is_from_server(packet))
		learn_asked(lesson, &block, header.flags2 & SMB1_UNICODE);
	else if (lesson->listing)
		learn_part(lesson, &block);
}

static void replay(const char *path, bool by_tcp, unsigned number)
{
	struct replay *r = calloc(1, sizeof(*r));
	static struct lesson lesson;
	const char *slash = strrchr(path, '/'), *error;

	memset(&lesson, 0, sizeof(lesson));
	lesson.test = smb_host_create();
	if (r == NULL || lesson.test == NULL)
		abort();
	r->name = slash != NULL ? slash + 1 : path;
	r->test = lesson.test;
	error = capture_read(path, learn, &lesson);
	if (by_tcp)
		r->tcp = smb_tcp_create(r->test);
	if (error == NULL)
		error = capture_read(path, take, r);
	for (size_t i = 0; i < r->count; i++) {
		finish_request(r, &r->connections[i]);
		forget_request(&r->connections[i]);
		if (by_tcp)
			close(r->connections[i].fd);
	}
	if (by_tcp)
		smb_tcp_destroy(r->tcp);
	if (error != NULL)
		printf("# %s\n", error);
	printf("%s %u - %s%s: %u answers, %u fields differ with a reason\n",
	       error == NULL && r->failed == 0 && r->compared > 0 ? "ok" : "not ok", number,
	       r->name, by_tcp ? " by TCP" : "", r->compared, r->excused);
	smb_host_destroy(r->test);
	free(r);
}

static unsigned replay_all(const char *directory, const char *pattern, unsigned number)
{
	char path[4096];
	glob_t found;

	snprintf(path, sizeof(path), "%s/%s", directory, pattern);
	if (glob(path, 0, NULL, &found) != 0)
		return number;
	for (size_t i = 0; i < found.gl_pathc; i++)
		for (int by_tcp = 0; by_tcp < 2; by_tcp++)
			replay(found.gl_pathv[i], by_tcp, ++number);
	globfree(&found);
	return number;
}

int main(void)
{
	const char *source = getenv("top_srcdir"), *corpus = getenv("CORPUS");
	char data[4096];
	unsigned count;

	snprintf(data, sizeof(data), "%s/tests/data/smb", source != NULL ? source : ".");
	count = replay_all(data, "*.pcap", 0);
	if (corpus != NULL && corpus[0] != '\0') {
		count = replay_all(corpus, "samba-smbclient-*.pcap", count);
		count = replay_all(corpus, "samba-probe-*.pcap", count);
		count = replay_all(corpus, "samba-netserverenum3-*.pcap", count);
	}
	printf("1..%u\n", count);
	return count > 0 ? 0 : 1;
}
