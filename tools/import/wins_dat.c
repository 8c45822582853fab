/*
 * Samba's wins.dat, as nmbd writes it:
 *
 *	VERSION 1 0
 *	"FRED#20" 1795988495 10.77.1.2 64R
 *	"OFFICE#1c" 1795988495 10.77.10.1 10.77.10.2 e4R
 *	"OFFICE#00" 1795988495 0.0.0.0 e4R
 *
 * Name and suffix, end of the lease (0: never), addresses, flags in hexadecimal: 80 a group, 60 the
 * node type. nmbd writes names in UTF-8 and leaves out scopes, unprintable characters, and the
 * members of groups; what has been released looks like what is registered.
 */
#include <string.h>

#include "tools/import/reader.h"

#define FLAG_GROUP     0x80
#define FLAG_NODE_TYPE 0x60

static const char layout[] = "is not understood; a line of wins.dat is "
			     "\"NAME#XX\" TIME ADDRESS... FLAGSR";

static void read_head(struct import_reader *reader, char *line)
{
	char *next, *word = strtok_r(line, " ", &next), *version = strtok_r(NULL, " ", &next);

	if (word == NULL || version == NULL || strcmp(word, "VERSION") != 0 ||
	    strcmp(version, "1") != 0)
		reader->is_wrong = true;
	reader->is_head_seen = true;
}

/* The browsers' group name, of which nmbd has not written the unprintable bytes. */
static const char *whole_name(const char *text, uint64_t suffix)
{
	if (suffix == NBT_SUFFIX_BROWSE && strcmp(text, "__MSBROWSE__") == 0)
		return "\x01\x02__MSBROWSE__\x02";
	return text;
}

/* "NAME#XX", cut up; quotes and # may be part of the name. Returns what follows. */
static char *read_name(struct import_record *record, char *line)
{
	char *end = strrchr(line, '"'), *mark;
	uint64_t suffix;

	if (*line != '"' || end == line)
		return NULL;
	*end = '\0';
	mark = strrchr(line, '#');
	if (mark == NULL || strlen(mark) != 3 || !reader_hex(mark + 1, 0xff, &suffix))
		return NULL;
	*mark = '\0';
	return reader_name(record, whole_name(line + 1, suffix), (uint8_t)suffix) ? end + 1 : NULL;
}

static bool read_flags(struct import_record *record, char *word)
{
	size_t len = strlen(word);
	uint64_t flags;

	if (len < 2 || word[len - 1] != 'R')
		return false;
	word[len - 1] = '\0';
	if (!reader_hex(word, 0xff, &flags))
		return false;
	record->kind = flags & FLAG_GROUP ? IMPORT_GROUP : IMPORT_UNIQUE;
	record->node_type = (uint8_t)((flags & FLAG_NODE_TYPE) >> 5);
	return true;
}

static bool read_time(struct import_record *record, const char *word)
{
	uint64_t expires;

	if (word == NULL || !reader_number(word, INT64_MAX, &expires))
		return false;
	record->expires = (int64_t)expires;
	record->is_static = expires == 0;
	return true;
}

static bool read_record(struct import_record *record, char *line)
{
	char *rest = read_name(record, line), *word, *next;

	if (rest == NULL || !read_time(record, strtok_r(rest, " ", &next)))
		return false;
	while ((word = strtok_r(NULL, " ", &next)) != NULL)
		if (!reader_add_address(record, word))
			return strtok_r(NULL, " ", &next) == NULL && read_flags(record, word);
	return false;
}

static void wins_dat_line(struct import_reader *reader, char *line)
{
	if (*line == '\0' || *line == '#' || reader->is_wrong)
		return;
	if (!reader->is_head_seen) {
		read_head(reader, line);
		return;
	}
	reader_start_record(reader);
	if (read_record(&reader->record, line))
		reader_end_record(reader);
	else
		reader_skip_line(reader, layout);
}

static const char *wins_dat_end(struct import_reader *reader)
{
	return reader->is_head_seen && !reader->is_wrong
		       ? NULL
		       : "this is no wins.dat: it does not begin with VERSION 1";
}

const struct import_format import_wins_dat = {
	.name = "wins.dat",
	.what = "the names of Samba's nmbd",
	.line = wins_dat_line,
	.end = wins_dat_end,
};
