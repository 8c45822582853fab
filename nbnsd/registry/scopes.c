#include "nbnsd/registry/scopes.h"

/* Kept under its number less one. */
struct scope_entry {
	uint32_t users;
	struct nbt_scope scope;
};

void scopes_init(struct scopes *scopes, const struct hash_key *key)
{
	scopes->key = *key;
	slab_init(&scopes->slab, sizeof(struct scope_entry));
	table_init(&scopes->table);
}

void scopes_free(struct scopes *scopes)
{
	slab_free(&scopes->slab);
	table_free(&scopes->table);
}

static struct scope_entry *entry_at(const struct scopes *scopes, uint32_t number)
{
	return slab_at(&scopes->slab, number - 1);
}

static uint32_t hash_of(const struct scopes *scopes, const struct nbt_scope *scope)
{
	return (uint32_t)hash_bytes(&scopes->key, scope->labels, scope->len);
}

static uint32_t look_up(const struct scopes *scopes, uint32_t hash, const struct nbt_scope *scope)
{
	struct table_walk walk;
	uint32_t index = table_first(&scopes->table, hash, &walk);

	for (; index != TABLE_NONE; index = table_next(&scopes->table, hash, &walk)) {
		if (nbt_scope_equal(&entry_at(scopes, index + 1)->scope, scope))
			return index + 1;
	}
	return SCOPES_UNKNOWN;
}

uint32_t scopes_find(const struct scopes *scopes, const struct nbt_scope *scope)
{
	return scope->len == 0 ? 0 : look_up(scopes, hash_of(scopes, scope), scope);
}

static uint32_t add(struct scopes *scopes, uint32_t hash, const struct nbt_scope *scope)
{
	uint32_t index = slab_take(&scopes->slab);

	if (index == SLAB_NONE)
		return SCOPES_UNKNOWN;
	if (!table_insert(&scopes->table, hash, index)) {
		slab_give(&scopes->slab, index);
		return SCOPES_UNKNOWN;
	}
	entry_at(scopes, index + 1)->scope.len = scope->len;
	memcpy(entry_at(scopes, index + 1)->scope.labels, scope->labels, scope->len);
	return index + 1;
}

uint32_t scopes_take(struct scopes *scopes, const struct nbt_scope *scope)
{
	uint32_t hash, number;

	if (scope->len == 0)
		return 0;
	hash = hash_of(scopes, scope);
	number = look_up(scopes, hash, scope);
	if (number == SCOPES_UNKNOWN)
		number = add(scopes, hash, scope);
	if (number != SCOPES_UNKNOWN)
		entry_at(scopes, number)->users++;
	return number;
}

void scopes_give(struct scopes *scopes, uint32_t number)
{
	struct scope_entry *entry;

	if (number == 0)
		return;
	entry = entry_at(scopes, number);
	if (--entry->users > 0)
		return;
	table_remove(&scopes->table, hash_of(scopes, &entry->scope), number - 1);
	slab_give(&scopes->slab, number - 1);
}

void scopes_get(const struct scopes *scopes, uint32_t number, struct nbt_scope *out)
{
	const struct nbt_scope *scope;

	out->len = 0;
	if (number == 0)
		return;
	scope = &entry_at(scopes, number)->scope;
	out->len = scope->len;
	memcpy(out->labels, scope->labels, scope->len);
}

size_t scopes_memory(const struct scopes *scopes)
{
	return slab_memory(&scopes->slab) + table_memory(&scopes->table);
}
