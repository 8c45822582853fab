/* What nbtlookup says: byte for byte what nmblookup says, or as JSON. */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "common/charset.h"
#include "tools/nbtlookup.h"
#include "tools/paint.h"
#include "tools/report.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct flag_name {
	uint16_t flag;
	const char *text, *key;
} flag_names[] = {
	{ NBT_FLAG_R, "Response", "response" },
	{ NBT_FLAG_AA, "Authoritative", "authoritative" },
	{ NBT_FLAG_TC, "Truncated", "truncated" },
	{ NBT_FLAG_RD, "Recursion_Desired", "recursion_desired" },
	{ NBT_FLAG_RA, "Recursion_Available", "recursion_available" },
	{ NBT_FLAG_B, "Broadcast", "broadcast" },
};

static void report_error(const struct lookup *l, const struct wanted *w, const char *error)
{
	json_object_update_new(l->json, json_pack("{s:{s:o?}, s:s}", "query", "name",
						  json_string(w->typed), "error", error));
}

void say_too_long(const struct lookup *l, const struct wanted *w)
{
	if (l->json != NULL)
		report_error(l, w, "too long");
	else
		printf("The specified netbios name [%s] is too long!\n", w->typed);
}

void say_no_name(const struct lookup *l, const struct wanted *w)
{
	fprintf(stderr, "nbtlookup: %s: not a name in CP850\n", w->typed);
	if (l->json != NULL)
		report_error(l, w, "not a name in CP850");
	else
		say_failed(l, w);
}

void say_query(const struct lookup *l, const struct wanted *w)
{
	char text[INET_ADDRSTRLEN];

	if (l->json != NULL)
		json_object_update_new(l->json, json_pack("{s:o, s:[]}", "query",
							  report_name(&w->name), "addresses"));
	else if (l->directed)
		printf("%squerying %s on %s%s\n", paint(PAINT_DIM), w->typed,
		       inet_ntop(AF_INET, &l->target, text, sizeof(text)), paint(PAINT_PLAIN));
	fflush(stdout);
}

static void print_flags(uint16_t flags)
{
	printf("Flags: ");
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (flags & flag_names[i].flag)
			printf("%s ", flag_names[i].text);
	putchar('\n');
}

static json_t *report_flags(uint16_t flags)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (flags & flag_names[i].flag)
			json_array_append_new(list, json_string(flag_names[i].key));
	return list;
}

/* nmblookup has flags to show only when it asked one address. */
void say_flags(const struct lookup *l, uint16_t flags)
{
	if (l->json != NULL)
		json_object_set_new(l->json, "flags", report_flags(flags));
	else if (l->options.flags)
		print_flags(l->directed ? flags : 0);
}

json_t *say_address(const struct lookup *l, const struct wanted *w,
		    const struct nbt_address *address, const char *host)
{
	char text[INET_ADDRSTRLEN];
	json_t *json;

	if (l->json == NULL) {
		printf("%s%s%s %s<%02x>\n", host != NULL ? host : "", host != NULL ? ", " : "",
		       inet_ntop(AF_INET, &address->address, text, sizeof(text)), w->typed,
		       w->suffix);
		return NULL;
	}
	json = json_pack("{s:o, s:b, s:s, s:s*}", "address", report_address(address->address),
			 "group", (address->flags & NBT_NB_GROUP) != 0, "node_type",
			 report_node_type(address->flags), "host", host);
	json_array_append_new(json_object_get(l->json, "addresses"), json);
	return json;
}

/* In JSON an empty list of addresses, or a status that is null, says it. */
void say_failed(const struct lookup *l, const struct wanted *w)
{
	if (l->json != NULL)
		return;
	printf("%sname_query failed to find name %s", paint(PAINT_BAD), w->typed);
	if (w->suffix != 0)
		printf("#%02x", w->suffix);
	printf("%s\n", paint(PAINT_PLAIN));
}

static void print_status_name(const struct nbt_status_name *entry)
{
	char text[CHARSET_TEXT_MAX];

	charset_name_text(&entry->name, text);
	for (char *c = text; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '.'; /* one for each byte of UTF-8 */
	printf("\t%-15s <%02x> - %s %s %s%s%s%s\n", text, nbt_name_suffix(&entry->name),
	       entry->flags & NBT_STATUS_GROUP ? "<GROUP>" : "       ",
	       report_node_type(entry->flags),
	       entry->flags & NBT_STATUS_DEREGISTERING ? "<DEREGISTERING> " : "",
	       entry->flags & NBT_STATUS_CONFLICT ? "<CONFLICT> " : "",
	       entry->flags & NBT_STATUS_ACTIVE ? "<ACTIVE> " : "",
	       entry->flags & NBT_STATUS_PERMANENT ? "<PERMANENT> " : "");
}

static void print_status(const struct nbt_node_status *node)
{
	const uint8_t *id = node->unit_id;

	for (size_t i = 0; i < node->count; i++)
		print_status_name(&node->names[i]);
	printf("\n\tMAC Address = %02X-%02X-%02X-%02X-%02X-%02X\n\n", id[0], id[1], id[2], id[3],
	       id[4], id[5]);
}

void say_status_query(json_t *json, struct in_addr address)
{
	char text[INET_ADDRSTRLEN];

	if (json == NULL)
		printf("%sLooking up status of %s%s\n", paint(PAINT_DIM),
		       inet_ntop(AF_INET, &address, text, sizeof(text)), paint(PAINT_PLAIN));
	fflush(stdout);
}

void say_status(json_t *json, struct in_addr address, const struct nbt_node_status *node)
{
	char text[INET_ADDRSTRLEN];

	if (json != NULL)
		json_object_set_new(json, "status",
				    node != NULL ? report_status(node) : json_null());
	else if (node != NULL)
		print_status(node);
	else
		printf("%sNo reply from %s%s\n\n", paint(PAINT_BAD),
		       inet_ntop(AF_INET, &address, text, sizeof(text)), paint(PAINT_PLAIN));
}
