#include "nbnsd/store/store_audit.h"

#include <arpa/inet.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "nbnsd/audit/conflicts.h"

enum statement {
	CLIENT_PUT,
	CLIENT_DELETE,
	NAME_PUT,
	NAME_DELETE,
	MISSING_PUT,
	CONFLICT_PUT,
	KEY_GET,
	CLIENTS_GET,
	NAMES_GET,
	MISSING_GET,
	CONFLICTS_GET,
	STATEMENTS
};

static const char *const statement_text[STATEMENTS] = {
	[CLIENT_PUT] =
		"INSERT OR REPLACE INTO audit_clients VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[CLIENT_DELETE] = "DELETE FROM audit_clients WHERE address = ?1",
	[NAME_PUT] = "INSERT OR REPLACE INTO audit_names VALUES (?1, ?2, ?3, ?4)",
	[NAME_DELETE] = "DELETE FROM audit_names WHERE id = ?1",
	[MISSING_PUT] = "INSERT OR REPLACE INTO audit_missing VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[CONFLICT_PUT] =
		("INSERT OR REPLACE INTO conflicts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
		 "?9, ?10, ?11, ?12)"),
	[KEY_GET] = "SELECT key FROM audit",
	[CLIENTS_GET] = "SELECT * FROM audit_clients ORDER BY max(last_query, last_registration)",
	[NAMES_GET] = "SELECT * FROM audit_names",
	[MISSING_GET] = "SELECT * FROM audit_missing",
	[CONFLICTS_GET] = "SELECT * FROM conflicts ORDER BY number",
};

struct store_audit {
	sqlite3_stmt *statement[STATEMENTS];
};

int store_audit_prepare(struct store_audit **out, struct sqlite3 *db)
{
	struct store_audit *audit = calloc(1, sizeof(*audit));

	*out = audit;
	if (audit == NULL)
		return SQLITE_NOMEM;
	for (size_t i = 0; i < STATEMENTS; i++) {
		int code = sqlite3_prepare_v3(db, statement_text[i], -1, SQLITE_PREPARE_PERSISTENT,
					      &audit->statement[i], NULL);

		if (code != SQLITE_OK)
			return code;
	}
	return SQLITE_OK;
}

void store_audit_finish(struct store_audit *audit)
{
	if (audit == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(audit->statement[i]);
	free(audit);
}

/*
 * Writing. Parameters are bound one behind the other.
 */

struct binding {
	sqlite3_stmt *statement;
	int count;
};

static void bind_number(struct binding *to, uint64_t number)
{
	sqlite3_bind_int64(to->statement, ++to->count, (int64_t)number);
}

static void bind_address(struct binding *to, struct in_addr address)
{
	bind_number(to, ntohl(address.s_addr));
}

/* Of bytes that stay until the statement has run. The pointer counts: NULL would be no blob. */
static void bind_bytes(struct binding *to, const void *bytes, size_t len)
{
	sqlite3_bind_blob(to->statement, ++to->count, bytes, (int)len, SQLITE_STATIC);
}

static int run(const struct binding *bound)
{
	int code = sqlite3_step(bound->statement);

	sqlite3_reset(bound->statement);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int delete_by_number(struct store_audit *audit, enum statement which, uint32_t number)
{
	struct binding delete = { audit->statement[which], 0 };

	bind_number(&delete, number);
	return run(&delete);
}

#define ASKED_LEN (NBT_NAME_LEN + 1 + 4)

/* Names in a scope are left out: they could not be found again by this. */
static size_t write_asked(uint8_t bytes[AUDIT_TOP * ASKED_LEN], const struct audit_client *client)
{
	uint8_t *p = bytes;

	for (size_t i = 0; i < client->asked_count; i++) {
		const struct audit_ref *ref = &client->asked[i];
		uint32_t queries = htonl(ref->queries);

		if (ref->has_scope)
			continue;
		memcpy(p, ref->name.bytes, NBT_NAME_LEN);
		p[NBT_NAME_LEN] = ref->is_missing;
		memcpy(p + NBT_NAME_LEN + 1, &queries, 4);
		p += ASKED_LEN;
	}
	return (size_t)(p - bytes);
}

static size_t write_registered(uint8_t bytes[AUDIT_REGISTERED * NBT_NAME_LEN],
			       const struct audit_client *client)
{
	uint8_t *p = bytes;

	for (size_t i = 0; i < client->registered_count; i++) {
		if (client->registered[i].has_scope)
			continue;
		memcpy(p, client->registered[i].name.bytes, NBT_NAME_LEN);
		p += NBT_NAME_LEN;
	}
	return (size_t)(p - bytes);
}

static int put_client(struct store_audit *audit, const struct audit_row *row)
{
	const struct audit_client *client = &row->of.client;
	struct binding put = { audit->statement[CLIENT_PUT], 0 };
	uint8_t asked[AUDIT_TOP * ASKED_LEN], registered[AUDIT_REGISTERED * NBT_NAME_LEN];
	int code = SQLITE_OK;

	if (client->replaces.s_addr != 0)
		code = delete_by_number(audit, CLIENT_DELETE, ntohl(client->replaces.s_addr));
	if (code != SQLITE_OK)
		return code;
	bind_address(&put, client->address);
	bind_number(&put, client->node_type);
	bind_number(&put, client->queries);
	bind_number(&put, client->first_query_s);
	bind_number(&put, client->last_query_s);
	bind_number(&put, client->registrations);
	bind_number(&put, client->first_registration_s);
	bind_number(&put, client->last_registration_s);
	bind_bytes(&put, asked, write_asked(asked, client));
	bind_bytes(&put, registered, write_registered(registered, client));
	return run(&put);
}

#define CLIENTS_MAX (MISSING_CLIENTS > ASKED_CLIENTS ? MISSING_CLIENTS : ASKED_CLIENTS)

/* Those that there are; in network order already. */
static size_t clients_len(const uint32_t *clients, size_t max)
{
	size_t count = 0;

	while (count < max && clients[count] != 0)
		count++;
	return count * 4;
}

static int put_name(struct store_audit *audit, const struct audit_row *row)
{
	const struct asked_name *name = &row->of.name;
	struct binding put = { audit->statement[NAME_PUT], 0 };

	bind_number(&put, row->number);
	bind_number(&put, name->queries);
	bind_number(&put, name->last_s);
	bind_bytes(&put, name->clients, clients_len(name->clients, ASKED_CLIENTS));
	return run(&put);
}

static int put_missing(struct store_audit *audit, const struct audit_row *row)
{
	const struct missing_name *name = &row->of.missing;
	struct binding put = { audit->statement[MISSING_PUT], 0 };

	bind_number(&put, row->number);
	bind_bytes(&put, name->name.bytes, NBT_NAME_LEN);
	bind_number(&put, name->queries);
	bind_number(&put, name->first_s);
	bind_number(&put, name->last_s);
	bind_bytes(&put, name->clients, clients_len(name->clients, MISSING_CLIENTS));
	return run(&put);
}

static int put_conflict(struct store_audit *audit, const struct conflict_row *row)
{
	const struct conflict *conflict = &row->conflict;
	struct binding put = { audit->statement[CONFLICT_PUT], 0 };

	bind_number(&put, row->place);
	bind_number(&put, conflict->number);
	bind_bytes(&put, conflict->name.bytes, NBT_NAME_LEN);
	bind_bytes(&put, conflict->scope.labels, conflict->scope.len);
	bind_number(&put, conflict->outcome);
	bind_number(&put, conflict->is_group);
	bind_address(&put, conflict->claimant);
	bind_bytes(&put, conflict->holder,
		   4 * (size_t)(conflict->holder_count < CONFLICT_HOLDERS ? conflict->holder_count
									  : CONFLICT_HOLDERS));
	bind_number(&put, conflict->holder_count);
	bind_number(&put, (uint64_t)conflict->first_s);
	bind_number(&put, (uint64_t)conflict->last_s);
	bind_number(&put, conflict->times);
	return run(&put);
}

int store_audit_write(struct store_audit *audit, const struct change *change)
{
	static int (*const put[AUDIT_TABLES])(struct store_audit * audit,
					      const struct audit_row *row) = {
		[AUDIT_MISSING] = put_missing,
		[AUDIT_NAMES] = put_name,
		[AUDIT_CLIENTS] = put_client,
	};
	struct conflict_row conflict;
	struct audit_row row;

	if (change->type == CHANGE_CONFLICT) {
		memcpy(&conflict, change->note, sizeof(conflict));
		return put_conflict(audit, &conflict);
	}
	memcpy(&row, change->note, sizeof(row));
	return put[row.table](audit, &row);
}

int store_audit_forget(struct store_audit *audit, uint32_t id)
{
	return delete_by_number(audit, NAME_DELETE, id);
}

/*
 * Reading. What has the wrong type is read as 0 or nothing, which no row of ours has.
 */

static uint64_t number_at(sqlite3_stmt *row, int column)
{
	return (uint64_t)sqlite3_column_int64(row, column);
}

static uint32_t time_at(sqlite3_stmt *row, int column)
{
	return (uint32_t)sqlite3_column_int64(row, column);
}

static struct in_addr address_at(sqlite3_stmt *row, int column)
{
	return (struct in_addr){ htonl((uint32_t)sqlite3_column_int64(row, column)) };
}

/* Returns how much of it there is. */
static size_t bytes_at(sqlite3_stmt *row, int column, void *out, size_t max)
{
	const void *bytes = sqlite3_column_blob(row, column);
	size_t len = (size_t)sqlite3_column_bytes(row, column);

	if (len > max)
		len = max;
	if (len > 0)
		memcpy(out, bytes, len);
	return len;
}

static void read_asked(sqlite3_stmt *row, int column, struct audit_client *client)
{
	uint8_t bytes[AUDIT_TOP * ASKED_LEN];
	size_t len = bytes_at(row, column, bytes, sizeof(bytes));
	uint32_t queries;

	for (const uint8_t *p = bytes; p + ASKED_LEN <= bytes + len; p += ASKED_LEN) {
		struct audit_ref *ref = &client->asked[client->asked_count++];

		memcpy(ref->name.bytes, p, NBT_NAME_LEN);
		memcpy(&queries, p + NBT_NAME_LEN + 1, 4);
		ref->is_missing = p[NBT_NAME_LEN] != 0;
		ref->queries = ntohl(queries);
	}
}

static void read_registered(sqlite3_stmt *row, int column, struct audit_client *client)
{
	uint8_t bytes[AUDIT_REGISTERED * NBT_NAME_LEN];
	size_t len = bytes_at(row, column, bytes, sizeof(bytes));

	for (const uint8_t *p = bytes; p + NBT_NAME_LEN <= bytes + len; p += NBT_NAME_LEN)
		memcpy(client->registered[client->registered_count++].name.bytes, p, NBT_NAME_LEN);
}

static bool read_client(sqlite3_stmt *row, const struct store_audit_loader *loader)
{
	struct audit_row out = { .table = AUDIT_CLIENTS };
	struct audit_client *client = &out.of.client;

	*client = (struct audit_client){
		.address = address_at(row, 0),
		.node_type = (uint8_t)number_at(row, 1),
		.queries = number_at(row, 2),
		.first_query_s = time_at(row, 3),
		.last_query_s = time_at(row, 4),
		.registrations = number_at(row, 5),
		.first_registration_s = time_at(row, 6),
		.last_registration_s = time_at(row, 7),
	};
	read_asked(row, 8, client);
	read_registered(row, 9, client);
	return loader->row(loader->ctx, &out);
}

static bool read_name(sqlite3_stmt *row, const struct store_audit_loader *loader)
{
	struct audit_row out = { .table = AUDIT_NAMES, .number = (uint32_t)number_at(row, 0) };

	out.of.name =
		(struct asked_name){ .queries = number_at(row, 1), .last_s = time_at(row, 2) };
	bytes_at(row, 3, out.of.name.clients, sizeof(out.of.name.clients));
	return loader->row(loader->ctx, &out);
}

static bool read_missing(sqlite3_stmt *row, const struct store_audit_loader *loader)
{
	struct audit_row out = { .table = AUDIT_MISSING, .number = (uint32_t)number_at(row, 0) };
	struct missing_name *name = &out.of.missing;

	*name = (struct missing_name){ .queries = number_at(row, 2),
				       .first_s = time_at(row, 3),
				       .last_s = time_at(row, 4) };
	bytes_at(row, 5, name->clients, sizeof(name->clients));
	return bytes_at(row, 1, name->name.bytes, NBT_NAME_LEN) == NBT_NAME_LEN &&
	       loader->row(loader->ctx, &out);
}

static bool read_conflict(sqlite3_stmt *row, const struct store_audit_loader *loader)
{
	struct conflict out = {
		.number = number_at(row, 1),
		.outcome = (uint8_t)number_at(row, 4),
		.is_group = number_at(row, 5) != 0,
		.claimant = address_at(row, 6),
		.holder_count = (uint8_t)number_at(row, 8),
		.first_s = (int64_t)number_at(row, 9),
		.last_s = (int64_t)number_at(row, 10),
		.times = (uint32_t)number_at(row, 11),
	};

	out.scope.len = (uint8_t)bytes_at(row, 3, out.scope.labels, NBT_SCOPE_MAX);
	bytes_at(row, 7, out.holder, sizeof(out.holder));
	if (bytes_at(row, 2, out.name.bytes, NBT_NAME_LEN) != NBT_NAME_LEN ||
	    out.outcome >= CONFLICT_OUTCOMES)
		return false;
	loader->conflict(loader->ctx, &out);
	return true;
}

int store_audit_read_key(struct store_audit *audit, uint8_t key[AUDIT_KEY_LEN])
{
	sqlite3_stmt *row = audit->statement[KEY_GET];
	int code = sqlite3_step(row);

	memset(key, 0, AUDIT_KEY_LEN);
	if (code == SQLITE_ROW)
		bytes_at(row, 0, key, AUDIT_KEY_LEN);
	sqlite3_reset(row);
	return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

int store_audit_load(struct store_audit *audit, const struct store_audit_loader *loader)
{
	static const struct {
		enum statement get;
		bool (*read)(sqlite3_stmt *row, const struct store_audit_loader *loader);
	} tables[] = {
		{ MISSING_GET, read_missing },
		{ NAMES_GET, read_name },
		{ CLIENTS_GET, read_client },
		{ CONFLICTS_GET, read_conflict },
	};
	int code = SQLITE_DONE;

	for (size_t i = 0; i < ARRAY_SIZE(tables) && code == SQLITE_DONE; i++) {
		sqlite3_stmt *row = audit->statement[tables[i].get];

		while ((code = sqlite3_step(row)) == SQLITE_ROW)
			(void)tables[i].read(row, loader);
		sqlite3_reset(row);
	}
	return code == SQLITE_DONE ? SQLITE_OK : code;
}
