/*
 * Frames of a capture, as they could come from anywhere: the first byte is the link type, and
 * whether there is a summary and whether fragments are put together, which take time; then
 * follow frames, each behind its length (2 bytes). All of them go nbtdump's whole way. Lines are
 * printable, objects are JSON, a message has the length that was told, and a summary can be made.
 */
#include "fuzz.h"

#include <jansson.h>
#include <string.h>

#include "tools/nbtdump_filter.h"
#include "tools/nbtdump_say.h"
#include "tools/nbtdump_summary.h"

static const int types[] = { DUMP_LINK_ETHERNET, DUMP_LINK_RAW,  DUMP_LINK_COOKED,
			     DUMP_LINK_COOKED_2, DUMP_LINK_NULL, DUMP_LINK_IPV4 };

struct run {
	struct dump_mark mark;
	struct dump_streams *streams;
	struct dump_summary *summary;
	struct dump_filter filter;
	struct dump_calls calls;
	struct dump_packet packet;
	struct dump_text text;
};

static void check_line(struct run *run, enum dump_form form)
{
	size_t len = dump_say(&run->text, form, &run->packet);

	must(len > 0 && strlen(run->text.bytes) == len);
	for (size_t i = 0; i < len; i++)
		must((run->text.bytes[i] >= ' ' && run->text.bytes[i] <= '~') ||
		     (form == DUMP_TREE && run->text.bytes[i] == '\n'));
}

static void check_object(struct run *run)
{
	json_t *object;

	check_line(run, DUMP_JSON);
	object = json_loads(run->text.bytes, JSON_REJECT_DUPLICATES, NULL);
	must(json_is_object(object) && json_is_string(json_object_get(object, "proto")));
	json_decref(object);
}

static void check_packet(struct run *run)
{
	must(run->packet.kinds != 0);
	must((run->packet.err != NBT_OK) == (run->packet.kinds == DUMP_KIND_MALFORMED));
	check_line(run, DUMP_LINE);
	check_line(run, DUMP_TREE);
	check_object(run);
	dump_filter_wants(&run->filter, &run->packet);
	if (run->summary != NULL)
		dump_summary_add(run->summary, &run->packet);
}

static void take_found(void *ctx, const struct dump_mark *mark,
		       const struct dump_stream_found *found)
{
	struct run *run = ctx;

	must(found->len > 0 && mark->frame > 0 && mark->frame <= run->mark.frame);
	for (const struct dump_kept *k = found->kept; k != NULL; k = k->next)
		must(k->mark.bytes == k->bytes && k->mark.cap_len > 0);
	dump_packet_of_stream(&run->packet, &run->calls, mark, found);
	check_packet(run);
}

static void take_payload(void *ctx, const struct dump_payload *payload)
{
	struct run *run = ctx;

	if (payload->is_tcp && !payload->is_quoted) {
		dump_streams_add(run->streams, &run->mark, payload);
	} else if (!payload->is_tcp) {
		dump_packet_of_payload(&run->packet, &run->mark, payload);
		check_packet(run);
	}
}

/* Into memory of just its size, so that its end is seen. */
static void take_frame(struct run *run, const struct dump_link *link, const uint8_t *bytes,
		       size_t len)
{
	uint8_t *exact = malloc(len + 1);

	must(exact != NULL);
	memcpy(exact, bytes, len);
	run->mark = (struct dump_mark){ .frame = run->mark.frame + 1,
					.time_us = (int64_t)run->mark.frame * 1000000,
					.len = len,
					.cap_len = len,
					.bytes = exact };
	dump_link_walk(link, exact, len);
	free(exact);
}

static void check_summary(struct run *run)
{
	json_t *object = dump_summary_json(run->summary);
	FILE *nowhere = fopen("/dev/null", "w");

	must(json_is_object(object) && nowhere != NULL);
	dump_summary_print(run->summary, nowhere);
	fclose(nowhere);
	json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Small, so that they are reached. */
	const struct dump_stream_limits limits = { .directions = 8, .bytes = 8192, .early = 4 };
	static struct run run;
	struct dump_link link = { .each = take_payload, .ctx = &run };
	size_t at = 1, len;

	if (size == 0)
		return 0;
	run = (struct run){ .streams = dump_streams_create(&limits, take_found, &run),
			    .summary = data[0] & 0x80 ? dump_summary_create() : NULL };
	link.type = types[(data[0] & 0x3F) % (sizeof(types) / sizeof(types[0]))];
	link.fragments = data[0] & 0x40 ? dump_fragments_create() : NULL;
	must(run.streams != NULL);
	must(dump_filter_name(&run.filter, "F*<20>") &&
	     dump_filter_workgroup(&run.filter, "TESTGRP"));
	for (; size - at >= 2; at += 2 + len) {
		len = (size_t)(data[at] << 8 | data[at + 1]);
		len = len < size - at - 2 ? len : size - at - 2;
		take_frame(&run, &link, data + at + 2, len);
	}
	dump_streams_finish(run.streams);
	if (run.summary != NULL)
		check_summary(&run);
	dump_streams_destroy(run.streams);
	dump_summary_destroy(run.summary);
	dump_fragments_destroy(link.fragments);
	dump_text_free(&run.text);
	return 0;
}
