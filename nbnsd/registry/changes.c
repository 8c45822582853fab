#include "nbnsd/registry/changes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SPACE 4096

/* Changes one behind the other, each as long as it needs: a head, for CHANGE_PUT a body, the
 * labels of the scope and the addresses. */
struct changes {
	uint8_t *bytes;
	size_t len, space;
	size_t count;
	uint64_t highest_version;
	struct changes *next; /* in a queue */
};

struct body {
	struct nbt_name name;
	uint64_t version;
	struct in_addr owner, registered_by;
	lease_time expiry;
	uint8_t kind, state, node_type, address_count, scope_len;
	bool is_static, is_of_file, changed_hands, is_untold;
};

struct changes *changes_create(void)
{
	return calloc(1, sizeof(struct changes));
}

void changes_destroy(struct changes *changes)
{
	if (changes == NULL)
		return;
	free(changes->bytes);
	free(changes);
}

void changes_clear(struct changes *changes)
{
	changes->len = 0;
	changes->count = 0;
	changes->highest_version = 0;
}

static bool reserve(struct changes *changes, size_t len)
{
	size_t space = changes->space == 0 ? FIRST_SPACE : changes->space;
	uint8_t *bytes;

	if (len <= changes->space - changes->len)
		return true;
	while (space - changes->len < len)
		space *= 2;
	bytes = realloc(changes->bytes, space);
	if (bytes == NULL)
		return false;
	changes->bytes = bytes;
	changes->space = space;
	return true;
}

/* Room has been reserved. */
static void append(struct changes *changes, const void *bytes, size_t len)
{
	memcpy(changes->bytes + changes->len, bytes, len);
	changes->len += len;
}

bool changes_put(struct changes *changes, uint32_t id, const struct record *record)
{
	const struct change head = { .type = CHANGE_PUT, .id = id };
	const struct body body = {
		.name = record->name,
		.version = record->version,
		.owner = record->owner,
		.registered_by = record->registered_by,
		.expiry = record->expiry,
		.kind = record->kind,
		.state = record->state,
		.node_type = record->node_type,
		.address_count = record->address_count,
		.scope_len = record->scope.len,
		.is_static = record->is_static,
		.is_of_file = record->is_of_file,
		.changed_hands = record->changed_hands,
		.is_untold = record->is_untold,
	};
	size_t addresses_len = record->address_count * sizeof(record->address[0]);

	assert(record->address_count <= RECORD_MAX_ADDRESSES);
	if (!reserve(changes, sizeof(head) + sizeof(body) + record->scope.len + addresses_len))
		return false;
	append(changes, &head, sizeof(head));
	append(changes, &body, sizeof(body));
	append(changes, record->scope.labels, record->scope.len);
	append(changes, record->address, addresses_len);
	changes->count++;
	if (record_is_owned(record) && record->version > changes->highest_version)
		changes->highest_version = record->version;
	return true;
}

static bool put_head(struct changes *changes, const struct change *head)
{
	if (!reserve(changes, sizeof(*head)))
		return false;
	append(changes, head, sizeof(*head));
	changes->count++;
	return true;
}

bool changes_delete(struct changes *changes, uint32_t id)
{
	return put_head(changes, &(struct change){ .type = CHANGE_DELETE, .id = id });
}

bool changes_member_put(struct changes *changes, uint32_t group, struct in_addr member,
			lease_time expiry)
{
	return put_head(changes, &(struct change){ .type = CHANGE_MEMBER_PUT,
						   .id = group,
						   .member = member,
						   .member_expiry = expiry });
}

bool changes_member_delete(struct changes *changes, uint32_t group, struct in_addr member)
{
	return put_head(
		changes,
		&(struct change){ .type = CHANGE_MEMBER_DELETE, .id = group, .member = member });
}

bool changes_note(struct changes *changes, enum change_type type, const void *note, size_t len)
{
	const struct change head = { .type = type, .note_len = len };

	if (!reserve(changes, sizeof(head) + len))
		return false;
	append(changes, &head, sizeof(head));
	append(changes, note, len);
	changes->count++;
	return true;
}

size_t changes_count(const struct changes *changes)
{
	return changes->count;
}

uint64_t changes_highest_version(const struct changes *changes)
{
	return changes->highest_version;
}

static void take(const struct changes *changes, size_t *cursor, void *to, size_t len)
{
	assert(len <= changes->len - *cursor);
	memcpy(to, changes->bytes + *cursor, len);
	*cursor += len;
}

static void take_record(const struct changes *changes, size_t *cursor, struct record *record)
{
	struct body body;

	take(changes, cursor, &body, sizeof(body));
	record->name = body.name;
	record->version = body.version;
	record->owner = body.owner;
	record->registered_by = body.registered_by;
	record->expiry = body.expiry;
	record->kind = body.kind;
	record->state = body.state;
	record->node_type = body.node_type;
	record->is_static = body.is_static;
	record->changed_hands = body.changed_hands;
	record->is_untold = body.is_untold;
	record->is_of_file = body.is_of_file;
	record->scope.len = body.scope_len;
	record->address_count = body.address_count;
	take(changes, cursor, record->scope.labels, body.scope_len);
	take(changes, cursor, record->address, body.address_count * sizeof(record->address[0]));
}

bool changes_next(const struct changes *changes, size_t *cursor, struct change *change,
		  struct record *record)
{
	if (*cursor == changes->len)
		return false;
	take(changes, cursor, change, sizeof(*change));
	change->note = changes->bytes + *cursor;
	*cursor += change->note_len;
	if (change->type == CHANGE_PUT)
		take_record(changes, cursor, record);
	return true;
}

void changes_queue_put(struct changes_queue *queue, struct changes *changes)
{
	changes->next = NULL;
	changes_queue_move(queue, &(struct changes_queue){ changes, changes });
}

struct changes *changes_queue_take(struct changes_queue *queue)
{
	struct changes *changes = queue->first;

	if (changes != NULL)
		queue->first = changes->next;
	return changes;
}

struct changes *changes_following(const struct changes *changes)
{
	return changes->next;
}

void changes_queue_move(struct changes_queue *to, struct changes_queue *from)
{
	if (from->first == NULL)
		return;
	if (to->first == NULL)
		to->first = from->first;
	else
		to->last->next = from->first;
	to->last = from->last;
	from->first = NULL;
}
