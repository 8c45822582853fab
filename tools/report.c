/* Names and node status as JSON. */
#include "config.h"

#include "tools/report.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/charset.h"

#define ONT_SHIFT 13

json_t *report_name(const struct nbt_name *name)
{
	char text[CHARSET_TEXT_MAX], raw[2 * NBT_NAME_LEN + 1];

	charset_name_text(name, text);
	for (size_t i = 0; i < NBT_NAME_LEN; i++)
		snprintf(raw + 2 * i, 3, "%02x", name->bytes[i]);
	return json_pack("{s:s, s:i, s:s}", "name", text, "suffix", nbt_name_suffix(name), "raw",
			 raw);
}

bool report_read_name(json_t *object, struct nbt_name *name)
{
	const char *raw = json_string_value(json_object_get(object, "raw"));

	if (raw == NULL || strlen(raw) != 2 * NBT_NAME_LEN)
		return false;
	for (size_t i = 0; i < NBT_NAME_LEN; i++) {
		const char digits[3] = { raw[2 * i], raw[2 * i + 1], '\0' };

		name->bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return true;
}

json_t *report_address(struct in_addr address)
{
	char text[INET_ADDRSTRLEN];

	return json_string(inet_ntop(AF_INET, &address, text, sizeof(text)));
}

const char *report_node_type(uint16_t flags)
{
	static const char *const types[] = { "B", "P", "M", "H" };

	return types[flags >> ONT_SHIFT & 3];
}

static json_t *report_status_name(const struct nbt_status_name *entry)
{
	json_t *object = report_name(&entry->name);

	json_object_set_new(object, "group", json_boolean(entry->flags & NBT_STATUS_GROUP));
	json_object_set_new(object, "node_type", json_string(report_node_type(entry->flags)));
	json_object_set_new(object, "active", json_boolean(entry->flags & NBT_STATUS_ACTIVE));
	json_object_set_new(object, "conflict", json_boolean(entry->flags & NBT_STATUS_CONFLICT));
	json_object_set_new(object, "deregistering",
			    json_boolean(entry->flags & NBT_STATUS_DEREGISTERING));
	json_object_set_new(object, "permanent", json_boolean(entry->flags & NBT_STATUS_PERMANENT));
	return object;
}

json_t *report_status(const struct nbt_node_status *node)
{
	const uint8_t *id = node->unit_id;
	json_t *names = json_array();
	char mac[sizeof("00:11:22:33:44:55")];

	for (size_t i = 0; i < node->count; i++)
		json_array_append_new(names, report_status_name(&node->names[i]));
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", id[0], id[1], id[2], id[3],
		 id[4], id[5]);
	return json_pack("{s:o, s:s}", "names", names, "mac", mac);
}

void report_print(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	putchar('\n');
	fflush(stdout);
	json_decref(object);
}
