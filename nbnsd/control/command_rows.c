#include "nbnsd/control/command_rows.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/charset.h"
#include "nbnsd/nbnsd.h"

const char *const command_kinds[] = {
	[RECORD_UNIQUE] = "unique",
	[RECORD_GROUP] = "group",
	[RECORD_SPECIAL_GROUP] = "internet",
	[RECORD_MULTIHOMED] = "multihomed",
	[RECORD_KINDS] = NULL,
};

const char *const command_states[] = {
	[RECORD_ACTIVE] = "active",
	[RECORD_RELEASED] = "released",
	[RECORD_TOMBSTONE] = "tombstone",
	[RECORD_STATES] = NULL,
};

const char *const command_node_types[] = { "B", "P", "M", "H", NULL };

/*
 * Rows.
 */

json_t *command_name_row(const struct nbt_name *name, const struct nbt_scope *scope)
{
	static const char digits[] = "0123456789abcdef";
	char text[CHARSET_TEXT_MAX], raw[2 * NBT_NAME_LEN], suffix[3];
	char scope_text[NBT_SCOPE_TEXT_MAX];
	json_t *row = json_object();

	for (size_t i = 0; i < NBT_NAME_LEN; i++) {
		raw[2 * i] = digits[name->bytes[i] >> 4];
		raw[2 * i + 1] = digits[name->bytes[i] & 15];
	}
	snprintf(suffix, sizeof(suffix), "%02X", nbt_name_suffix(name));
	command_set(row, "name", json_string(charset_name_text(name, text)));
	command_set(row, "suffix", json_string_nocheck(suffix));
	command_set(row, "raw", json_stringn_nocheck(raw, sizeof(raw)));
	command_set(row, "scope",
		    json_string(nbt_scope_print(scope, scope_text, sizeof(scope_text))));
	return row;
}

/* Without a row, or a value, the request fails anyway: see ctl_row(). */
void command_set(json_t *row, const char *key, json_t *value)
{
	(void)json_object_set_new_nocheck(row, key, value);
}

json_t *command_address(struct in_addr address)
{
	char text[INET_ADDRSTRLEN];

	return json_string_nocheck(inet_ntop(AF_INET, &address, text, sizeof(text)));
}

json_t *command_owner(struct in_addr owner)
{
	return owner.s_addr == OWNER_SELF.s_addr ? json_string("self") : command_address(owner);
}

json_t *command_asker(struct in_addr address)
{
	return address.s_addr != INADDR_ANY ? command_address(address) : json_null();
}

json_t *command_addresses(const struct record *record)
{
	json_t *list = json_array();

	for (size_t i = 0; i < record->address_count; i++)
		(void)json_array_append_new(list, command_address(record->address[i].address));
	return list;
}

json_t *command_lease(lease_time expiry, lease_time now)
{
	if (expiry == LEASE_FOREVER)
		return json_null();
	return json_integer(expiry > now ? expiry - now : 0);
}

json_t *command_since(uint64_t then_ms, const struct nbt_env *env)
{
	uint64_t ms = then_ms < env->now_ms ? env->now_ms - then_ms : 0;

	return then_ms == NBT_NEVER ? json_null() : json_integer((json_int_t)(ms / 1000));
}

json_t *command_until(uint64_t then_ms, const struct nbt_env *env)
{
	uint64_t ms = then_ms > env->now_ms ? then_ms - env->now_ms : 0;

	return then_ms == NBT_NEVER ? json_null() : json_integer((json_int_t)(ms / 1000));
}

bool command_is_own(const struct nbnsd *nbnsd, const struct record *record)
{
	return node_holds(service_node(nbnsd->service), (struct in_addr){ INADDR_ANY },
			  &record->name, &record->scope);
}

/*
 * Words.
 */

bool command_read_name(struct ctl_request *rq, const char *text, struct nbt_name *name, int *suffix)
{
	int found = *suffix;

	if (charset_read_name(name, text, &found)) {
		*suffix = found;
		return true;
	}
	ctl_fail(rq, CTL_MISUSE,
		 "\"%s\" is no name: 1 to 15 characters, and a suffix as in FRED<20> or FRED#20",
		 text);
	return false;
}

bool command_read_pattern(struct ctl_request *rq, const char *text, char out[COMMAND_PATTERN_MAX],
			  int *suffix)
{
	if (charset_read_pattern(text, out, COMMAND_PATTERN_MAX, suffix))
		return true;
	ctl_fail(rq, CTL_MISUSE, "\"%s\" is too long for a pattern", text);
	return false;
}

bool command_read_scope(struct ctl_request *rq, const char *text, struct nbt_scope *scope)
{
	scope->len = 0;
	if (text == NULL || nbt_scope_from_text(scope, text) == NBT_OK)
		return true;
	ctl_fail(rq, CTL_MISUSE, "\"%s\" is no scope: labels of 1 to 63 characters, with dots",
		 text);
	return false;
}

/* Of a host: neither 0.0.0.0 nor a multicast or the limited broadcast address. */
bool command_read_address(struct ctl_request *rq, const char *text, struct in_addr *address)
{
	if (inet_pton(AF_INET, text, address) == 1 && address->s_addr != INADDR_ANY &&
	    ntohl(address->s_addr) >> 28 < 14)
		return true;
	ctl_fail(rq, CTL_MISUSE, "\"%s\" is no IPv4 address of a host", text);
	return false;
}

bool command_read_number(struct ctl_request *rq, const char *what, const char *text, uint64_t max,
			 uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *number <= max)
		return true;
	ctl_fail(rq, CTL_MISUSE, "%s is a number up to %llu, not \"%s\"", what,
		 (unsigned long long)max, text);
	return false;
}

bool command_read_suffix(struct ctl_request *rq, const char *text, uint8_t *suffix)
{
	size_t digits = strspn(text, "0123456789abcdefABCDEF");

	if (digits >= 1 && digits <= 2 && text[digits] == '\0') {
		*suffix = (uint8_t)strtoul(text, NULL, 16);
		return true;
	}
	ctl_fail(rq, CTL_MISUSE, "a suffix is 00 to FF, not \"%s\"", text);
	return false;
}
