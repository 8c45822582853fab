#include "tools/import/lmhosts.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"

/* One name and address of one line. */
struct mapping {
	struct nbt_name name;
	struct in_addr address; /* 0.0.0.0: none */
	unsigned line;
	enum import_kind kind;
};

struct mappings {
	struct mapping *items;
	size_t count, space;
	size_t wrong; /* lines */
	bool is_out_of_memory;
};

static void append(struct mappings *all, const struct mapping *mapping)
{
	if (all->count == all->space) {
		size_t space = all->space > 0 ? 2 * all->space : 64;
		struct mapping *items = realloc(all->items, space * sizeof(*items));

		if (items == NULL) {
			all->is_out_of_memory = true;
			return;
		}
		all->items = items;
		all->space = space;
	}
	all->items[all->count++] = *mapping;
}

static void append_as(struct mappings *all, struct mapping mapping, const struct nbt_name *name,
		      enum import_kind kind)
{
	mapping.name = *name;
	mapping.kind = kind;
	append(all, &mapping);
}

/* The computer, its messenger, its files: as the console of WINS does. */
static void append_host(struct mappings *all, const struct mapping *mapping,
			const struct lmhosts_entry *entry)
{
	static const uint8_t suffixes[] = { NBT_SUFFIX_WORKSTATION, NBT_SUFFIX_MESSENGER,
					    NBT_SUFFIX_SERVER };
	enum import_kind kind = entry->is_multihomed ? IMPORT_MULTIHOMED : IMPORT_UNIQUE;
	struct nbt_name name = entry->name;

	if (!entry->any_suffix) {
		append_as(all, *mapping, &name,
			  nbt_name_suffix(&name) == NBT_SUFFIX_DC ? IMPORT_INTERNET : kind);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		name.bytes[NBT_NAME_LEN - 1] = suffixes[i];
		append_as(all, *mapping, &name, kind);
	}
}

static void append_entry(struct mappings *all, const struct lmhosts_entry *entry)
{
	struct mapping mapping = { .address = entry->address, .line = entry->line };
	struct nbt_name name = entry->name;

	if (entry->has_domain)
		append_as(all, mapping, &entry->domain, IMPORT_INTERNET);
	if (entry->has_group)
		append_as(all, mapping, &entry->internet_group, IMPORT_INTERNET);
	if (entry->is_host)
		append_host(all, &mapping, entry);
	if (!entry->is_group)
		return;
	mapping.address.s_addr = INADDR_ANY;
	if (entry->any_suffix)
		name.bytes[NBT_NAME_LEN - 1] = NBT_SUFFIX_ELECTION;
	append_as(all, mapping, &name, IMPORT_GROUP);
}

/* By name, and then as they stood in the files. */
static int compare(const void *a, const void *b)
{
	const struct mapping *x = a, *y = b;
	int order = memcmp(x->name.bytes, y->name.bytes, NBT_NAME_LEN);

	return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static bool is_host_address(struct in_addr address)
{
	uint32_t host = ntohl(address.s_addr);

	return host != INADDR_ANY && host != INADDR_BROADCAST && !IN_MULTICAST(host);
}

static bool has_address(const struct import_record *record, struct in_addr address)
{
	for (size_t i = 0; i < record->address_count; i++)
		if (record->addresses[i].s_addr == address.s_addr)
			return true;
	return false;
}

/* NULL, or why the line adds nothing to the record. */
static const char *add(struct import_record *record, const struct mapping *mapping)
{
	if (record->kind == IMPORT_GROUP && mapping->kind == IMPORT_GROUP)
		return NULL;
	if (!is_host_address(mapping->address))
		return "has an address of no host";
	if (record->address_count == 0)
		record->kind = mapping->kind; /* the first that is of use */
	if (record->kind != mapping->kind)
		return "an earlier line makes it something else";
	if (has_address(record, mapping->address))
		return NULL;
	if (record->kind == IMPORT_UNIQUE && record->address_count == 1)
		return "an earlier line has another address (#MH in both lines makes them one)";
	if (record->address_count == IMPORT_ADDRESSES_MAX)
		return "has one address too many: 25 are kept";
	record->addresses[record->address_count++] = mapping->address;
	return NULL;
}

static void skip(const struct import_sink *sink, const struct mapping *mapping, const char *why)
{
	char text[NBT_NAME_TEXT_MAX];

	sink->skipped(sink->ctx, mapping->line, nbt_name_print(&mapping->name, text, sizeof(text)),
		      why);
}

/* The record of the mappings from *at on that have one name. */
static void give_record(const struct mappings *all, size_t *at, const struct import_sink *sink)
{
	const struct mapping *first = &all->items[*at];
	struct import_record record = { .line = first->line,
					.name = first->name,
					.kind = first->kind,
					.node_type = 1,
					.is_static = true };

	if (nbt_name_suffix(&first->name) == NBT_SUFFIX_LMB) {
		skip(sink, first,
		     "local master browsers are found by broadcast: no server keeps <1D>");
		++*at;
		return;
	}
	for (; *at < all->count && nbt_name_equal(&all->items[*at].name, &first->name); ++*at) {
		const char *why = add(&record, &all->items[*at]);

		if (why != NULL)
			skip(sink, &all->items[*at], why);
	}
	if (record.address_count > 0 || record.kind == IMPORT_GROUP)
		sink->record(sink->ctx, &record);
}

/* NULL, or what ended it. */
static const char *read_entries(struct mappings *all, struct lmhosts_reader *reader,
				const struct import_sink *sink, char error[LMHOSTS_ERROR_MAX])
{
	struct lmhosts_entry entry;

	while (!all->is_out_of_memory) {
		switch (lmhosts_next(reader, &entry, error)) {
		case LMHOSTS_ENTRY:
			append_entry(all, &entry);
			break;
		case LMHOSTS_WRONG:
			sink->skipped(sink->ctx, 0, "", error); /* file and line are in it */
			all->wrong++;
			break;
		case LMHOSTS_BROKEN:
			return error;
		case LMHOSTS_END:
			return all->count == 0 && all->wrong > 0 ? "this is no LMHOSTS file" : NULL;
		}
	}
	return "out of memory";
}

const char *import_lmhosts(const struct lmhosts_source *source, const char *path,
			   const struct import_sink *sink, char error[LMHOSTS_ERROR_MAX])
{
	struct lmhosts_reader *reader = malloc(sizeof(*reader));
	struct mappings all = { .items = NULL };
	const char *why = "out of memory";

	if (reader == NULL)
		return why;
	lmhosts_open(reader, source, path);
	why = read_entries(&all, reader, sink, error);
	lmhosts_close(reader);
	free(reader);
	if (why == NULL && all.count > 0) {
		qsort(all.items, all.count, sizeof(all.items[0]), compare);
		for (size_t at = 0; at < all.count;)
			give_record(&all, &at, sink);
	}
	free(all.items);
	return why;
}
