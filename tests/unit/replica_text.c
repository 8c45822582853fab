#include "support.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "replica_text.h"

static const char *const states[] = { "active", "released", "tombstone" };
static const char kinds[] = "UGSM";

struct in_addr server_of(char letter)
{
	return letter == 'C'
		       ? OWNER_SELF
		       : (struct in_addr){ htonl(0xC0A80000U + (uint32_t)(letter - 'A' + 1)) };
}

struct in_addr address_read(const char *text)
{
	uint32_t number = (uint32_t)strtoul(text + 1, NULL, 10);

	assert_true(islower((unsigned char)text[0]) && number > 0);
	return (struct in_addr){ htonl(0x0A000000U + ((uint32_t)(text[0] - 'a' + 1) << 16) +
				       number) };
}

static const char *next_word(const char **text, char word[32])
{
	size_t len = strcspn(*text, " ");

	assert_true(len < 32);
	memcpy(word, *text, len);
	word[len] = 0;
	*text += len;
	while (**text == ' ')
		++*text;
	return len > 0 ? word : NULL;
}

static uint8_t state_read(const char *word)
{
	for (uint8_t i = 0; i < ARRAY_SIZE(states); i++)
		if (word != NULL && strcmp(word, states[i]) == 0)
			return i;
	fail_msg("no state: %s", word != NULL ? word : "nothing");
	return 0;
}

static void member_read(struct record *record, const char *word)
{
	const char *owner = strchr(word, '(');

	assert_true(record->address_count < RECORD_MAX_ADDRESSES);
	record->address[record->address_count++] = (struct record_address){
		.address = address_read(word),
		.owner = owner != NULL ? server_of(owner[1]) : record->owner,
	};
}

struct record record_read(const char *text)
{
	struct record record = { .name = name_of("DOM<1C>"), .node_type = 3 };
	char word[32];

	next_word(&text, word);
	record.owner = server_of(word[0]);
	record.version =
		word[1] == ':' ? strtoull(word + 2, NULL, 10) : (uint64_t)REPLICA_TEXT_VERSION;
	next_word(&text, word);
	assert_non_null(strchr(kinds, word[0]));
	record.kind = (uint8_t)(strchr(kinds, word[0]) - kinds);
	record.state = state_read(next_word(&text, word));
	while (next_word(&text, word) != NULL)
		if (strcmp(word, "static") == 0)
			record.is_static = true;
		else
			member_read(&record, word);
	return record;
}

static char letter_of(struct in_addr owner)
{
	return owner.s_addr == OWNER_SELF.s_addr ? 'C'
						 : (char)('A' + (ntohl(owner.s_addr) & 0xFF) - 1);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = ntohl(((const struct record_address *)a)->address.s_addr);
	uint32_t y = ntohl(((const struct record_address *)b)->address.s_addr);

	return x < y ? -1 : x > y;
}

const char *record_write(const struct record *record, char out[REPLICA_TEXT_MAX])
{
	struct record sorted = *record;
	int at = snprintf(out, REPLICA_TEXT_MAX, "%c:%llu %c %s%s", letter_of(record->owner),
			  (unsigned long long)record->version, kinds[record->kind],
			  states[record->state], record->is_static ? " static" : "");

	qsort(sorted.address, sorted.address_count, sizeof(sorted.address[0]), compare);
	for (size_t i = 0; i < sorted.address_count; i++) {
		uint32_t address = ntohl(sorted.address[i].address.s_addr);

		at += snprintf(out + at, REPLICA_TEXT_MAX - (size_t)at, " %c%u(%c)",
			       (char)('a' + (address >> 16 & 0xFF) - 1), address & 0xFFFF,
			       letter_of(sorted.address[i].owner));
	}
	return out;
}

void assert_replica(const char *what, const struct record *record, const char *text)
{
	char got[REPLICA_TEXT_MAX], want[REPLICA_TEXT_MAX];
	struct record wanted = record_read(text);

	record_write(record, got);
	record_write(&wanted, want);
	if (strcmp(got, want) != 0)
		fail_msg("%s: %s, wanted %s", what, got, want);
}
