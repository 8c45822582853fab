/* nbtscan -d: a node status response, field by field (RFC 1002 section 4.2.18). */
#include "config.h"

#include "tools/nbtscan.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "common/array.h"

static void say_number(const char *what, unsigned long value, int digits)
{
	printf("%s: 0x%0*lx (%lu)\n", what, digits, value, value);
}

static void say_header(const struct nbt_packet *packet)
{
	say_number("Transaction ID", packet->id, 4);
	say_number("Flags", nbt_packet_flags_word(packet), 4);
	say_number("Question count", packet->question_count, 4);
	say_number("Answer count", packet->answer_count, 4);
	say_number("Name service count", packet->authority_count, 4);
	say_number("Additional record count", packet->additional_count, 4);
}

/* Of the answer, whose name nbtscan calls that of the question. */
static void say_record(const struct nbt_record *record)
{
	static const struct nbt_scope none;
	uint8_t wire[NBT_NAME_WIRE_MAX];
	size_t len;

	if (nbt_name_encode(&record->of.name, &none, wire, sizeof(wire), &len) == NBT_OK)
		printf("Question name:  %.*s\n", 2 * NBT_NAME_LEN, (const char *)wire + 1);
	say_number("Question type", record->of.type, 4);
	say_number("Question class", record->of.klass, 4);
	say_number("Time to live", record->ttl, 8);
	say_number("Rdata length", record->rdata_len, 4);
}

static void say_names(const struct nbtscan_options *options, const struct nbt_node_status *node)
{
	char text[NBTSCAN_NAME_MAX];

	say_number("Number of names", node->count, 2);
	printf("Names received:\n");
	for (size_t i = 0; i < node->count; i++)
		printf("%-15s   Service: 0x%02x Flags: 0x%04x\n",
		       nbtscan_name(options, &node->names[i].name, text),
		       nbt_name_suffix(&node->names[i].name), node->names[i].flags);
}

/* The statistics behind the adapter's address, in their order. nbtscan has two fields more, which
 * are on no wire. */
static const struct field {
	const char *what;
	size_t bytes;
} fields[] = {
	{ "Jumpers", 1 },
	{ "Test result", 1 },
	{ "Version number", 2 },
	{ "Period of statistics", 2 },
	{ "Number of CRCs", 2 },
	{ "Number of alignment errors", 2 },
	{ "Number of collisions", 2 },
	{ "Number of send aborts", 2 },
	{ "Number of good sends", 4 },
	{ "Number of good receives", 4 },
	{ "Number of retransmits", 2 },
	{ "Number of no resource conditions", 2 },
	{ "Number of free command blocks", 2 },
	{ "Total number of command blocks", 2 },
	{ "Max total number of command blocks", 2 },
	{ "Number of pending sessions", 2 },
	{ "Max number of pending sessions", 2 },
	{ "Max total sessions possible", 2 },
	{ "Session data packet size", 2 },
};

static void say_statistics(const struct nbt_node_status *node)
{
	const uint8_t *id = node->unit_id, *at = node->statistics;

	printf("Adapter address: %02x:%02x:%02x:%02x:%02x:%02x\n", id[0], id[1], id[2], id[3],
	       id[4], id[5]);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		unsigned long value = 0;

		for (size_t byte = 0; byte < fields[i].bytes; byte++)
			value = value << 8 | *at++;
		say_number(fields[i].what, value, (int)(2 * fields[i].bytes));
	}
}

void say_dump(const struct nbtscan_options *options, const struct found *found)
{
	char text[INET_ADDRSTRLEN];

	printf("\nPacket dump for Host %s:\n\n",
	       inet_ntop(AF_INET, &found->address, text, sizeof(text)));
	say_header(found->packet);
	say_record(&found->packet->record[0]);
	say_names(options, found->node);
	if (found->has_mac)
		say_statistics(found->node);
}
