/* Packets as lines, as JSON, as trees. Whatever came from the network is printed escaped. */
#ifndef TOOLS_NBTDUMP_SAY_H
#define TOOLS_NBTDUMP_SAY_H

#include "libnbt/wire/text.h"
#include "tools/nbtdump_packet.h"

enum dump_form { DUMP_LINE, DUMP_TREE, DUMP_JSON };

/* Room for a packet in either form; it grows with the largest one seen. */
struct dump_text {
	char *bytes; /* NULL at first */
	size_t size;
};

/*
 * The packet in text->bytes, terminated, without a line feed at the end; valid until the next call.
 * Times of lines are local. Returns its length; 0: no memory. dump_line() is without the time and
 * the ends.
 */
size_t dump_say(struct dump_text *text, enum dump_form form, const struct dump_packet *packet);
void dump_text_free(struct dump_text *text);

/* Written by dump_say(), as far as there is room. */
void dump_line(const struct dump_packet *packet, struct nbt_text *text);
void dump_json(const struct dump_packet *packet, struct nbt_text *text);

/* Turns an object, as dump_json() writes it, into lines that are indented. NULL: no memory. To be
 * freed. */
char *dump_tree(const char *json);

/* "name", "session" and so on. */
const char *dump_service_word(enum dump_service service);

#endif
