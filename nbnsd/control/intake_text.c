/* Records that are taken in, as lines. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "nbnsd/control/command_rows.h"
#include "nbnsd/service/intake.h"

static bool read_raw(const char *word, struct nbt_name *name)
{
	if (word == NULL || strlen(word) != 2 * NBT_NAME_LEN)
		return false;
	for (size_t i = 0; i < NBT_NAME_LEN; i++) {
		const char digits[3] = { word[2 * i], word[2 * i + 1], '\0' };

		if (strspn(digits, "0123456789abcdefABCDEF") != 2)
			return false;
		name->bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return true;
}

/* The place of the word in the list, which ends with NULL, or -1. */
static int place_of(const char *word, const char *const *list)
{
	for (int i = 0; word != NULL && list[i] != NULL; i++)
		if (strcmp(word, list[i]) == 0)
			return i;
	return -1;
}

static bool read_lease(const char *word, struct intake *intake)
{
	unsigned long seconds;
	char *end;

	if (word == NULL)
		return false;
	intake->record.is_static = strcmp(word, "static") == 0;
	if (intake->record.is_static)
		return true;
	seconds = strtoul(word, &end, 10);
	intake->remaining_s = seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
	return word[0] >= '0' && word[0] <= '9' && *end == '\0';
}

static bool read_addresses(char *word, struct record *record)
{
	char *next, *text;

	if (word == NULL)
		return false;
	record->address_count = 0;
	if (strcmp(word, "-") == 0)
		return true;
	for (text = strtok_r(word, ",", &next); text != NULL; text = strtok_r(NULL, ",", &next)) {
		if (record->address_count == RECORD_MAX_ADDRESSES ||
		    inet_pton(AF_INET, text, &record->address[record->address_count++].address) !=
			    1)
			return false;
	}
	return true;
}

bool intake_read(char *line, struct intake *intake)
{
	struct record *record = &intake->record;
	char *next;
	int kind, node_type;

	if (!read_raw(strtok_r(line, " ", &next), &record->name))
		return false;
	kind = place_of(strtok_r(NULL, " ", &next), command_kinds);
	node_type = place_of(strtok_r(NULL, " ", &next), command_node_types);
	if (kind < 0 || node_type < 0 || !read_lease(strtok_r(NULL, " ", &next), intake) ||
	    !read_addresses(strtok_r(NULL, " ", &next), record))
		return false;
	record->kind = (uint8_t)kind;
	record->node_type = (uint8_t)node_type;
	return nbt_scope_from_text(&record->scope, next != NULL ? next : "") == NBT_OK;
}
