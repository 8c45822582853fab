/* A record and its row in the table of names. */
#include <arpa/inet.h>
#include <string.h>

#include "nbnsd/store/store_inner.h"

/* Of the column static. */
enum {
	STATIC_NOT,
	STATIC_ENTERED,
	STATIC_OF_FILE,
	NOT_BUT_CHANGED,
	NOT_BUT_UNTOLD,
	NOT_BUT_BOTH /* of the two above */
};

/* What a row must be to be ours; of blobs it is the length that is limited. */
static const struct column_rule column_rules[COLUMNS] = {
	[ID] = { SQLITE_INTEGER, 0, UINT32_MAX },
	[NAME] = { SQLITE_BLOB, NBT_NAME_LEN, NBT_NAME_LEN },
	[SCOPE] = { SQLITE_BLOB, 0, NBT_SCOPE_SPACE },
	[KIND] = { SQLITE_INTEGER, 0, RECORD_MULTIHOMED },
	[STATE] = { SQLITE_INTEGER, 0, RECORD_TOMBSTONE },
	[NODE_TYPE] = { SQLITE_INTEGER, 0, 3 },
	[STATIC] = { SQLITE_INTEGER, 0, NOT_BUT_BOTH },
	[OWNER] = { SQLITE_INTEGER, 0, UINT32_MAX },
	[VERSION] = { SQLITE_INTEGER, INT64_MIN, INT64_MAX },
	[EXPIRY] = { SQLITE_INTEGER, 0, UINT32_MAX },
	[REGISTERED_BY] = { SQLITE_INTEGER, 0, UINT32_MAX },
	[ADDRESSES] = { SQLITE_BLOB, 0, ADDRESSES_LEN },
};

bool store_row_is_valid(sqlite3_stmt *row, const struct column_rule *rules, int columns)
{
	for (int i = 0; i < columns; i++) {
		const struct column_rule *rule = &rules[i];
		int64_t value;

		if (sqlite3_column_type(row, i) != rule->type)
			return false;
		value = rule->type == SQLITE_BLOB ? sqlite3_column_bytes(row, i)
						  : sqlite3_column_int64(row, i);
		if (value < rule->min || value > rule->max)
			return false;
	}
	return true;
}

struct in_addr store_read_address(sqlite3_stmt *row, int column)
{
	return (struct in_addr){ htonl((uint32_t)sqlite3_column_int64(row, column)) };
}

static uint8_t read_byte(sqlite3_stmt *row, int column)
{
	return (uint8_t)sqlite3_column_int(row, column);
}

static void read_addresses(sqlite3_stmt *row, struct record *record)
{
	const uint8_t *p = sqlite3_column_blob(row, ADDRESSES);

	record->address_count = (uint8_t)(sqlite3_column_bytes(row, ADDRESSES) / ADDRESS_LEN);
	for (size_t i = 0; i < record->address_count; i++, p += ADDRESS_LEN) {
		struct record_address *address = &record->address[i];
		uint32_t expiry;

		memcpy(&address->address, p, 4);
		memcpy(&address->owner, p + 4, 4);
		memcpy(&expiry, p + 8, 4);
		address->expiry = ntohl(expiry);
	}
}

static void read_static(sqlite3_stmt *row, struct record *record)
{
	uint8_t value = read_byte(row, STATIC);

	record->is_static = value == STATIC_ENTERED || value == STATIC_OF_FILE;
	record->is_of_file = value == STATIC_OF_FILE;
	record->changed_hands = value == NOT_BUT_CHANGED || value == NOT_BUT_BOTH;
	record->is_untold = value == NOT_BUT_UNTOLD || value == NOT_BUT_BOTH;
}

bool store_read_record(sqlite3_stmt *row, struct record *record)
{
	if (!store_row_is_valid(row, column_rules, COLUMNS))
		return false;
	memcpy(record->name.bytes, sqlite3_column_blob(row, NAME), NBT_NAME_LEN);
	record->scope.len = (uint8_t)sqlite3_column_bytes(row, SCOPE);
	if (record->scope.len > 0)
		memcpy(record->scope.labels, sqlite3_column_blob(row, SCOPE), record->scope.len);
	record->kind = read_byte(row, KIND);
	record->state = read_byte(row, STATE);
	record->node_type = read_byte(row, NODE_TYPE);
	read_static(row, record);
	record->owner = store_read_address(row, OWNER);
	record->version = (uint64_t)sqlite3_column_int64(row, VERSION);
	record->expiry = (lease_time)sqlite3_column_int64(row, EXPIRY);
	record->registered_by = store_read_address(row, REGISTERED_BY);
	read_addresses(row, record);
	return sqlite3_column_bytes(row, ADDRESSES) % ADDRESS_LEN == 0 &&
	       (record->kind != RECORD_GROUP || record->address_count == 0);
}

void store_bind_range(sqlite3_stmt *statement, uint32_t first, uint32_t last)
{
	sqlite3_bind_int64(statement, 1, first);
	sqlite3_bind_int64(statement, 2, last);
}

static uint32_t number_of(struct in_addr address)
{
	return ntohl(address.s_addr);
}

/* Of bytes that stay until the statement has run. The pointer counts: NULL would be no blob. */
static void bind_bytes(sqlite3_stmt *statement, int column, const void *bytes, int len)
{
	sqlite3_bind_blob(statement, column + 1, bytes, len, SQLITE_STATIC);
}

static int write_addresses(uint8_t bytes[ADDRESSES_LEN], const struct record *record)
{
	uint8_t *p = bytes;

	for (size_t i = 0; i < record->address_count; i++, p += ADDRESS_LEN) {
		uint32_t expiry = htonl(record->address[i].expiry);

		memcpy(p, &record->address[i].address, 4);
		memcpy(p + 4, &record->address[i].owner, 4);
		memcpy(p + 8, &expiry, 4);
	}
	return (int)(p - bytes);
}

static int static_column(const struct record *record)
{
	if (record->is_static)
		return record->is_of_file ? STATIC_OF_FILE : STATIC_ENTERED;
	if (record->is_untold)
		return record->changed_hands ? NOT_BUT_BOTH : NOT_BUT_UNTOLD;
	return record->changed_hands ? NOT_BUT_CHANGED : STATIC_NOT;
}

void store_bind_record(sqlite3_stmt *put, uint32_t id, const struct record *record,
		       uint8_t addresses[ADDRESSES_LEN])
{
	const int64_t numbers[COLUMNS] = {
		[ID] = id,
		[KIND] = record->kind,
		[STATE] = record->state,
		[NODE_TYPE] = record->node_type,
		[STATIC] = static_column(record),
		[OWNER] = number_of(record->owner),
		[VERSION] = (int64_t)record->version,
		[EXPIRY] = record->expiry,
		[REGISTERED_BY] = number_of(record->registered_by),
	};

	for (int i = 0; i < COLUMNS; i++) {
		if (column_rules[i].type == SQLITE_INTEGER)
			sqlite3_bind_int64(put, i + 1, numbers[i]);
	}
	bind_bytes(put, NAME, record->name.bytes, NBT_NAME_LEN);
	bind_bytes(put, SCOPE, record->scope.labels, record->scope.len);
	bind_bytes(put, ADDRESSES, addresses, write_addresses(addresses, record));
}
