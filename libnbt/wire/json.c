/* The JSON writer. */
#include "libnbt/wire/json.h"

static void begin_value(struct nbt_json *json, const char *key)
{
	if (json->comma)
		nbt_text_char(&json->text, ',');
	if (key != NULL) {
		nbt_text_char(&json->text, '"');
		nbt_text_string(&json->text, key);
		nbt_text_string(&json->text, "\":");
	}
	json->comma = true;
}

void nbt_json_begin(struct nbt_json *json, const char *key, char bracket)
{
	begin_value(json, key);
	nbt_text_char(&json->text, bracket);
	json->comma = false;
}

void nbt_json_end(struct nbt_json *json, char bracket)
{
	nbt_text_char(&json->text, bracket);
	json->comma = true;
}

void nbt_json_number(struct nbt_json *json, const char *key, unsigned long value)
{
	begin_value(json, key);
	nbt_text_number(&json->text, value);
}

static void add_character(struct nbt_json *json, char c)
{
	if (c == '"' || c == '\\')
		nbt_text_char(&json->text, '\\');
	nbt_text_char(&json->text, c);
}

void nbt_json_string(struct nbt_json *json, const char *key, const char *value)
{
	begin_value(json, key);
	nbt_text_char(&json->text, '"');
	for (; *value != '\0'; value++)
		add_character(json, *value);
	nbt_text_char(&json->text, '"');
}

void nbt_json_bytes(struct nbt_json *json, const char *key, const char *bytes)
{
	begin_value(json, key);
	nbt_text_char(&json->text, '"');
	for (; *bytes != '\0'; bytes++) {
		if (*bytes >= ' ' && *bytes <= '~' && *bytes != '<')
			add_character(json, *bytes);
		else
			nbt_text_format(&json->text, "<%02x>", (unsigned char)*bytes);
	}
	nbt_text_char(&json->text, '"');
}

void nbt_json_address(struct nbt_json *json, const char *key, struct in_addr address)
{
	begin_value(json, key);
	nbt_text_char(&json->text, '"');
	nbt_text_address(&json->text, address);
	nbt_text_char(&json->text, '"');
}

void nbt_json_hex(struct nbt_json *json, const char *key, const uint8_t *bytes, size_t len)
{
	begin_value(json, key);
	nbt_text_char(&json->text, '"');
	nbt_text_hex(&json->text, bytes, len);
	nbt_text_char(&json->text, '"');
}

void nbt_json_ethernet(struct nbt_json *json, const char *key, const uint8_t address[6])
{
	begin_value(json, key);
	nbt_text_char(&json->text, '"');
	nbt_text_ethernet(&json->text, address);
	nbt_text_char(&json->text, '"');
}
