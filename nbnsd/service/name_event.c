#include "nbnsd/service/name_event.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

const char *name_operation_text(enum name_operation operation)
{
	static const char *const texts[NAME_OPERATIONS] = {
		[NAME_ADD] = "add",         [NAME_REFRESH] = "refresh",
		[NAME_RELEASE] = "release", [NAME_TOMBSTONE] = "tombstone",
		[NAME_DELETE] = "delete",   [NAME_JOIN] = "join",
		[NAME_LEAVE] = "leave",
	};

	return texts[operation];
}

enum name_operation name_operation_of(const struct record *before, const struct record *now)
{
	switch (now->state) {
	case RECORD_RELEASED:
		return NAME_RELEASE;
	case RECORD_TOMBSTONE:
		return NAME_TOMBSTONE;
	default:
		return before != NULL && before->state == RECORD_ACTIVE ? NAME_REFRESH : NAME_ADD;
	}
}

/*
 * The hook.
 */

/* NULL: not to be told. */
static const char *hook_operation(const struct name_event *event)
{
	switch ((enum name_operation)event->operation) {
	case NAME_ADD:
		return "add";
	case NAME_REFRESH:
	case NAME_JOIN:
		return "refresh";
	case NAME_RELEASE:
	case NAME_TOMBSTONE:
	case NAME_DELETE:
		return event->was_active ? "delete" : NULL;
	case NAME_LEAVE:
	case NAME_OPERATIONS:
		break;
	}
	return NULL;
}

static bool is_allowed(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.';
}

/* The length of the name; 0: no hook hears of it. */
static size_t hook_name_len(const struct nbt_name *name)
{
	const uint8_t *end = memchr(name->bytes, '\0', NBT_NAME_LEN - 1);
	size_t len = end != NULL ? (size_t)(end - name->bytes) : NBT_NAME_LEN - 1;

	while (len > 0 && name->bytes[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < len; i++)
		if (!is_allowed(name->bytes[i]))
			return 0;
	return len;
}

struct text {
	char *next;
	size_t left;
};

/* Room is for all that a call has. */
static const char *printed(struct text *text, int len)
{
	const char *start = text->next;

	text->next += len + 1;
	text->left -= (size_t)len + 1;
	return start;
}

static size_t put_addresses(struct hook_call *call, struct text *text, const struct record *record)
{
	char address[INET_ADDRSTRLEN];
	size_t count = 0;

	if (record->kind == RECORD_GROUP) {
		call->argument[HOOK_ARGUMENTS] = "0.0.0.0";
		return 1;
	}
	for (; count < record->address_count; count++) {
		inet_ntop(AF_INET, &record->address[count].address, address, sizeof(address));
		call->argument[HOOK_ARGUMENTS + count] =
			printed(text, snprintf(text->next, text->left, "%s", address));
	}
	return count;
}

bool hook_call_make(struct hook_call *call, const struct name_event *event, uint32_t ttl_s)
{
	const struct record *record = &event->record;
	struct text text = { call->text, sizeof(call->text) };
	size_t name_len = hook_name_len(&record->name);
	bool is_active = record->state == RECORD_ACTIVE;

	call->argument[0] = hook_operation(event);
	if (call->argument[0] == NULL || name_len == 0 || record->scope.len > 0)
		return false;
	if (event->operation == NAME_DELETE)
		is_active = false;
	call->argument[1] = printed(&text, snprintf(text.next, text.left, "%.*s", (int)name_len,
						    (const char *)record->name.bytes));
	call->argument[2] = printed(
		&text, snprintf(text.next, text.left, "%02x", nbt_name_suffix(&record->name)));
	call->argument[3] =
		printed(&text, snprintf(text.next, text.left, "%u", is_active ? ttl_s : 0));
	call->argument[HOOK_ARGUMENTS + put_addresses(call, &text, record)] = NULL;
	return true;
}
