/* JSON being written into the caller's buffer: objects, arrays, numbers and ASCII strings. */
#ifndef LIBNBT_WIRE_JSON_H
#define LIBNBT_WIRE_JSON_H

#include <stdbool.h>

#include "libnbt/wire/text.h"

struct nbt_json {
	struct nbt_text text;
	bool comma; /* the next value stands behind another one */
};

static inline struct nbt_json nbt_json_of(char *buf, size_t size)
{
	return (struct nbt_json){ .text = nbt_text_of(buf, size), .comma = false };
}

/* Keys are written as they are; NULL in arrays and for the outermost value. */
void nbt_json_begin(struct nbt_json *json, const char *key, char bracket);
void nbt_json_end(struct nbt_json *json, char bracket);

void nbt_json_number(struct nbt_json *json, const char *key, unsigned long value);

/* Of value's characters '"' and '\' are escaped; others must be printable ASCII. */
void nbt_json_string(struct nbt_json *json, const char *key, const char *value);

/* A string of any bytes: what is not printable ASCII, and '<', is "<xx>". */
void nbt_json_bytes(struct nbt_json *json, const char *key, const char *bytes);

void nbt_json_address(struct nbt_json *json, const char *key, struct in_addr address);
void nbt_json_hex(struct nbt_json *json, const char *key, const uint8_t *bytes, size_t len);
void nbt_json_ethernet(struct nbt_json *json, const char *key, const uint8_t address[6]);

#endif
