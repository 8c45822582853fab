/*
 * nbtdump's JSON of every capture in tests/data, and in $CORPUS where that is set, must say what
 * the expect file says: each frame's packets, where it was from and to, how long it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void copy_text(char *out, size_t size, const json_t *text)
{
	if (text != NULL)
		snprintf(out, size, "%s", json_string_value(text));
}

/* The frame of the browser again, from what nbtdump says of it. */
static void read_browse(const json_t *json, struct nbt_browse *f)
{
	const json_t *master = json_object_get(json, "master");

	*f = (struct nbt_browse){
		.opcode = (unsigned)number_of(json, "opcode"),
		.update_count = (uint8_t)number_of(json, "update_count"),
		.period_ms = (uint32_t)number_of(json, "period"),
		.os_major = (uint8_t)number_of(json, "os_major"),
		.os_minor = (uint8_t)number_of(json, "os_minor"),
		.server_type = (uint32_t)number_of(json, "server_type"),
		.browser_version = (uint16_t)number_of(json, "browser_version"),
		.signature = (uint16_t)number_of(json, "signature"),
		.election_version = (uint8_t)number_of(json, "election_version"),
		.criteria = (uint32_t)number_of(json, "criteria"),
		.uptime_ms = (uint32_t)number_of(json, "uptime"),
		.count = (uint8_t)number_of(json, "count"),
		.token = (uint32_t)number_of(json, "token"),
	};
	copy_text(f->name, sizeof(f->name), json_object_get(json, "name"));
	copy_text(f->comment, sizeof(f->comment),
		  master != NULL ? master : json_object_get(json, "comment"));
	copy_text(f->backup[0], sizeof(f->backup[0]),
		  json_array_get(json_object_get(json, "backup"), 0));
}

/* Members by the names that tshark has for them. */
static void rename_members(json_t *packet)
{
	json_t *mailslot = json_object_get(packet, "mailslot"),
	       *browse = json_object_get(packet, "browse"), *smb = json_object_get(packet, "smb");
	struct nbt_browse f;

	if (mailslot != NULL) {
		json_object_set_new(mailslot, "opcode", json_integer(1));
		json_object_set_new(packet, "smb_cmd", json_integer(0x25));
	}
	if (browse != NULL) {
		read_browse(browse, &f);
		json_object_set_new(packet, "browser", corpus_browse(&f));
	}
	if (smb != NULL)
		json_object_set(packet, "smb_cmd", json_object_get(smb, "command"));
	if (json_object_get(packet, "smb2") != NULL)
		json_object_set_new(packet, "smb2", json_integer(1));
	if (json_object_get(packet, "error") != NULL)
		json_object_set(packet, "refused", json_object_get(packet, "error"));
}

/* The session packets of a frame are one line of tshark's: what it says of the frame goes on top.
 */
static void add_message(json_t **got, json_t *packet)
{
	if (*got == NULL) {
		*got = json_deep_copy(packet);
		json_object_set_new(*got, "messages", json_array());
	}
	json_object_update_missing(*got, packet);
	json_array_append(json_object_get(*got, "messages"), packet);
}

static void take_packet(json_t *packet, json_t **got)
{
	json_int_t frame = number_of(packet, "frame");
	const char *proto = json_string_value(json_object_get(packet, "proto"));
	bool is_tcp = strcmp(json_string_value(json_object_get(packet, "l4")), "tcp") == 0;

	if (frame < 1 || frame >= CORPUS_FRAMES_MAX)
		abort();
	if (strcmp(proto, "missing") == 0)
		return;
	rename_members(packet);
	if (is_tcp)
		add_message(&got[frame], packet);
	else
		json_object_update(got[frame] = json_object(), packet);
}

/* Every line must be an object. */
static const char *take_lines(FILE *lines, json_t **got)
{
	static char text[1 << 20];

	while (fgets(text, sizeof(text), lines) != NULL) {
		json_t *packet = json_loads(text, 0, NULL);

		if (packet == NULL)
			return "a line is no JSON";
		take_packet(packet, got);
		json_decref(packet);
	}
	return NULL;
}

static const char *read_capture(const char *path, json_t **got)
{
	const char *build = getenv("top_builddir"), *error;
	char command[8192];
	FILE *lines;

	snprintf(command, sizeof(command), "%s/tools/nbtdump --json --read='%s'",
		 build != NULL ? build : ".", path);
	lines = popen(command, "r");
	if (lines == NULL)
		return "nbtdump cannot be run";
	error = take_lines(lines, got);
	return pclose(lines) != 0 ? "nbtdump has failed" : error;
}

int main(void)
{
	return corpus_run(&(struct corpus){ .read = read_capture, .has_frames = true });
}
