/*
 * Real captures: every name, datagram and session packet of every DIR/X.pcap must decode to what
 * DIR/X.expect.jsonl says (written by tshark; members as in nbt_dump_packet() and so on). DIR is
 * tests/data, and $CORPUS where that is set. So must the mailslot messages and browser frames in
 * them, and be encoded to what they were. A line at which the decoder must differ, because
 * tshark reads it against the RFC, is listed in tests/data/tshark-differences.tsv.
 *
 * Speaks TAP by itself: one test per capture, however many there are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nbt/dump.h>

#include "capture.h"
#include "corpus.h"

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
	json_object_set_new(json, "browser", corpus_browse(&f));
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
	json_t **got = (json_t **)ctx + packet->frame;

	if (packet->frame >= CORPUS_FRAMES_MAX)
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

/* Every capture of tests/data, and of $CORPUS. */
static const char *read_capture(const char *path, json_t **got)
{
	return capture_read(path, take_packet, got);
}

int main(void)
{
	return corpus_run(&(struct corpus){ .read = read_capture });
}
