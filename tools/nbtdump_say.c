/* Time, ends and line; room for what is said. */
#include "config.h"

#include "tools/nbtdump_say.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/paint.h"

#define ROOM 4096 /* holds nearly every packet */

/* The port is said where it is not the service's own. */
static void add_end(struct nbt_text *text, const struct dump_end *end)
{
	nbt_text_address(text, end->address);
	if (end->port != 137 && end->port != 138 && end->port != 139 && end->port != 42)
		nbt_text_format(text, ":%u", end->port);
}

/* HH:MM:SS; packets come many in a second. */
static void add_time(struct nbt_text *text, int64_t time_us)
{
	static time_t known = -1;
	static char words[16];
	time_t seconds = (time_t)(time_us / 1000000);
	struct tm parts;

	if (seconds != known && localtime_r(&seconds, &parts) != NULL) {
		strftime(words, sizeof(words), "%H:%M:%S", &parts);
		known = seconds;
	}
	nbt_text_format(text, "%s.%06u ", words, (unsigned)(time_us % 1000000));
}

static enum paint meaning_of(const struct dump_packet *p)
{
	if (p->kinds & DUMP_KIND_MALFORMED)
		return PAINT_BAD;
	return p->kinds & (DUMP_KIND_MISSING | DUMP_KIND_CONFLICT) ? PAINT_WARNING : PAINT_HEADING;
}

static void say(struct nbt_text *text, enum dump_form form, const struct dump_packet *p)
{
	if (form == DUMP_JSON) {
		dump_json(p, text);
		return;
	}
	nbt_text_string(text, paint(PAINT_DIM));
	add_time(text, p->mark.time_us);
	nbt_text_string(text, paint(PAINT_PLAIN));
	add_end(text, &p->source);
	nbt_text_string(text, " > ");
	add_end(text, &p->destination);
	nbt_text_char(text, ' ');
	nbt_text_string(text, paint(meaning_of(p)));
	nbt_text_string(text, dump_service_word(p->service));
	nbt_text_string(text, paint(PAINT_PLAIN));
	nbt_text_string(text, ": ");
	dump_line(p, text);
}

/* As many bytes and a NUL. */
static bool make_room(struct dump_text *text, size_t len)
{
	char *bytes;

	if (len < text->size)
		return true;
	bytes = realloc(text->bytes, len + 1);
	if (bytes == NULL)
		return false;
	text->bytes = bytes;
	text->size = len + 1;
	return true;
}

/* Twice at most: the first time says how long it is. */
static size_t say_whole(struct dump_text *text, enum dump_form form, const struct dump_packet *p)
{
	size_t len = ROOM;

	while (make_room(text, len)) {
		struct nbt_text writer = nbt_text_of(text->bytes, text->size);

		say(&writer, form, p);
		if (writer.len < text->size)
			return writer.len;
		len = writer.len;
	}
	return 0;
}

/* The line, and its fields below. */
static size_t say_tree(struct dump_text *text, const struct dump_packet *p)
{
	char *tree = say_whole(text, DUMP_JSON, p) > 0 ? dump_tree(text->bytes) : NULL;
	size_t len = tree != NULL ? say_whole(text, DUMP_LINE, p) : 0, more;

	if (len > 0) {
		more = strlen(tree);
		len = make_room(text, len + more) ? len : 0;
	}
	if (len > 0) {
		memcpy(text->bytes + len, tree, more + 1);
		len += more;
	}
	free(tree);
	return len;
}

size_t dump_say(struct dump_text *text, enum dump_form form, const struct dump_packet *packet)
{
	return form == DUMP_TREE ? say_tree(text, packet) : say_whole(text, form, packet);
}

void dump_text_free(struct dump_text *text)
{
	free(text->bytes);
	*text = (struct dump_text){ .bytes = NULL };
}
