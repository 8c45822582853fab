#include "nbnsd/service/statics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/charset.h"

/* One name and address of one line; when finished, one of a record. */
struct mapping {
	struct nbt_name name;
	struct in_addr address; /* of a normal group: none */
	uint32_t file, line;
	uint8_t kind;
};

/* A record: those of its mappings, from first on. */
struct item {
	uint32_t first;
	uint8_t kind, count;
};

struct statics {
	struct mapping *mappings;
	size_t mapping_count, space;
	struct item *items;
	size_t count;
	char **files;
	size_t file_count;
};

struct statics *statics_create(void)
{
	return calloc(1, sizeof(struct statics));
}

void statics_destroy(struct statics *statics)
{
	if (statics == NULL)
		return;
	for (size_t i = 0; i < statics->file_count; i++)
		free(statics->files[i]);
	free(statics->files);
	free(statics->mappings);
	free(statics->items);
	free(statics);
}

/*
 * Entries.
 */

/* The number of this path. It is mostly that of the line before. -ENOMEM. */
static int number_file(struct statics *statics, const char *path, uint32_t *number)
{
	char **files;

	for (size_t i = statics->file_count; i > 0; i--) {
		*number = (uint32_t)i - 1;
		if (strcmp(statics->files[*number], path) == 0)
			return 0;
	}
	files = realloc(statics->files, (statics->file_count + 1) * sizeof(*files));
	if (files == NULL)
		return -ENOMEM;
	statics->files = files;
	files[statics->file_count] = strdup(path);
	if (files[statics->file_count] == NULL)
		return -ENOMEM;
	*number = (uint32_t)statics->file_count++;
	return 0;
}

static int append(struct statics *statics, const struct mapping *mapping)
{
	if (statics->mapping_count == UINT32_MAX)
		return -ENOMEM;
	if (statics->mapping_count == statics->space) {
		size_t space = statics->space > 0 ? 2 * statics->space : 64;
		struct mapping *mappings =
			realloc(statics->mappings, space * sizeof(*statics->mappings));

		if (mappings == NULL)
			return -ENOMEM;
		statics->mappings = mappings;
		statics->space = space;
	}
	statics->mappings[statics->mapping_count++] = *mapping;
	return 0;
}

/* The computer itself, its messenger, its files: what the WINS console makes of a unique name. */
static int add_host(struct statics *statics, struct mapping *mapping)
{
	static const uint8_t suffixes[] = { NBT_SUFFIX_WORKSTATION, NBT_SUFFIX_MESSENGER,
					    NBT_SUFFIX_SERVER };
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(suffixes) && ret == 0; i++) {
		mapping->name.bytes[NBT_NAME_LEN - 1] = suffixes[i];
		ret = append(statics, mapping);
	}
	return ret;
}

/* Where it does not fit, why not, and what is allowed. */
static const char *misfit(const struct lmhosts_entry *entry)
{
	uint32_t address = ntohl(entry->address.s_addr);

	if (entry->name.bytes[0] == '*')
		return "is asked for as a wildcard; allowed: names that do not begin with *";
	if (entry->is_group)
		return NULL; /* its address is not kept */
	if (address == INADDR_ANY || address == INADDR_BROADCAST || IN_MULTICAST(address))
		return "has an address of no host; allowed: the address of one host";
	if (!entry->is_host || entry->any_suffix)
		return NULL;
	if (nbt_name_suffix(&entry->name) == NBT_SUFFIX_LMB)
		return "is a name of one subnet; allowed: other suffixes than <1D>";
	if (nbt_name_suffix(&entry->name) == NBT_SUFFIX_ELECTION)
		return "is the name of a group; allowed: a line with #NG";
	return NULL;
}

static int fail(const struct statics *statics, const struct mapping *at, const char *why,
		char error[LMHOSTS_ERROR_MAX])
{
	char name[CHARSET_PRINT_MAX];

	snprintf(error, LMHOSTS_ERROR_MAX, "%s:%u: \"%s\" %s", statics->files[at->file], at->line,
		 charset_print_name(&at->name, name), why);
	return -EINVAL;
}

static int add_name(struct statics *statics, struct mapping *mapping,
		    const struct lmhosts_entry *entry)
{
	mapping->name = entry->name;
	mapping->kind = entry->is_multihomed ? RECORD_MULTIHOMED : RECORD_UNIQUE;
	if (entry->any_suffix)
		return add_host(statics, mapping);
	if (nbt_name_suffix(&entry->name) == NBT_SUFFIX_DC)
		mapping->kind = RECORD_SPECIAL_GROUP;
	return append(statics, mapping);
}

/* The console's suffix of groups (MS-NBTE footnote 3), unless another one is given. */
static int add_group(struct statics *statics, struct mapping *mapping,
		     const struct lmhosts_entry *entry)
{
	mapping->name = entry->name;
	mapping->kind = RECORD_GROUP;
	mapping->address.s_addr = INADDR_ANY;
	if (entry->any_suffix)
		mapping->name.bytes[NBT_NAME_LEN - 1] = NBT_SUFFIX_ELECTION;
	return append(statics, mapping);
}

static int add_member(struct statics *statics, struct mapping *mapping,
		      const struct nbt_name *group)
{
	mapping->name = *group;
	mapping->kind = RECORD_SPECIAL_GROUP;
	return append(statics, mapping);
}

int statics_add(struct statics *statics, const struct lmhosts_entry *entry,
		char error[LMHOSTS_ERROR_MAX])
{
	struct mapping mapping = { .name = entry->name,
				   .address = entry->address,
				   .line = entry->line };
	const char *why = misfit(entry);
	int ret = number_file(statics, entry->file, &mapping.file);

	if (ret == 0 && why != NULL)
		return fail(statics, &mapping, why, error);
	if (ret == 0 && entry->has_domain)
		ret = add_member(statics, &mapping, &entry->domain);
	if (ret == 0 && entry->has_group)
		ret = add_member(statics, &mapping, &entry->internet_group);
	if (ret == 0 && entry->is_host)
		ret = add_name(statics, &mapping, entry);
	if (ret == 0 && entry->is_group)
		ret = add_group(statics, &mapping, entry);
	return ret;
}

/*
 * Records.
 */

/* By name, and then as they stand in the files. */
static int compare(const void *a, const void *b)
{
	const struct mapping *x = a, *y = b;
	int order = memcmp(x->name.bytes, y->name.bytes, NBT_NAME_LEN);

	if (order == 0)
		order = (x->file > y->file) - (x->file < y->file);
	if (order == 0)
		order = (x->line > y->line) - (x->line < y->line);
	return order;
}

static bool is_host(uint8_t kind)
{
	return kind == RECORD_UNIQUE || kind == RECORD_MULTIHOMED;
}

/* One more line of this name: whether it can go with those before. The addresses of the record stay
 * together at the place of the first. */
static int merge(struct statics *statics, struct item *item, const struct mapping *mapping,
		 char error[LMHOSTS_ERROR_MAX])
{
	struct mapping *mappings = &statics->mappings[item->first];

	if (is_host(item->kind) != is_host(mapping->kind) ||
	    (!is_host(item->kind) && item->kind != mapping->kind))
		return fail(
			statics, mapping,
			"is also something else; allowed: a name as a host or as one kind of group",
			error);
	if (mapping->kind == RECORD_MULTIHOMED)
		item->kind = RECORD_MULTIHOMED;
	for (size_t i = 0; i < item->count; i++)
		if (mappings[i].address.s_addr == mapping->address.s_addr)
			return 0;
	if (item->count == RECORD_MAX_ADDRESSES)
		return fail(statics, mapping, "has one address too many; allowed: 25", error);
	mappings[item->count++] = *mapping;
	return 0;
}

static int finish_item(const struct statics *statics, const struct item *item,
		       char error[LMHOSTS_ERROR_MAX])
{
	if (item->kind != RECORD_UNIQUE || item->count == 1)
		return 0;
	return fail(statics, &statics->mappings[item->first + 1],
		    "has another address before; allowed: one, or #MH in its lines", error);
}

static int collect(struct statics *statics, char error[LMHOSTS_ERROR_MAX])
{
	for (size_t i = 0; i < statics->mapping_count;) {
		struct item *item = &statics->items[statics->count++];
		const struct nbt_name name = statics->mappings[i].name;
		int ret = 0;

		*item = (struct item){ .first = (uint32_t)i, .kind = statics->mappings[i].kind };
		for (; i < statics->mapping_count && ret == 0 &&
		       nbt_name_equal(&statics->mappings[i].name, &name);
		     i++) {
			const struct mapping mapping = statics->mappings[i]; /* it may be moved */

			ret = merge(statics, item, &mapping, error);
		}
		if (ret == 0)
			ret = finish_item(statics, item, error);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int statics_finish(struct statics *statics, char error[LMHOSTS_ERROR_MAX])
{
	free(statics->items);
	statics->count = 0;
	statics->items = calloc(statics->mapping_count + 1, sizeof(*statics->items));
	if (statics->items == NULL)
		return -ENOMEM;
	if (statics->mapping_count > 0)
		qsort(statics->mappings, statics->mapping_count, sizeof(*statics->mappings),
		      compare);
	return collect(statics, error);
}

size_t statics_count(const struct statics *statics)
{
	return statics->count;
}

static const struct nbt_name *name_at(const struct statics *statics, size_t i)
{
	return &statics->mappings[statics->items[i].first].name;
}

bool statics_has(const struct statics *statics, const struct nbt_name *name)
{
	size_t from = 0, to = statics->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = memcmp(name_at(statics, middle)->bytes, name->bytes, NBT_NAME_LEN);

		if (order == 0)
			return true;
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return false;
}

void statics_get(const struct statics *statics, size_t i, struct record *out)
{
	const struct item *item = &statics->items[i];
	const struct mapping *mappings = &statics->mappings[item->first];

	out->name = mappings[0].name;
	out->scope.len = 0;
	out->kind = item->kind;
	out->state = RECORD_ACTIVE;
	out->node_type = 0;
	out->is_static = true;
	out->is_of_file = true;
	out->changed_hands = out->is_untold = false;
	out->expiry = LEASE_FOREVER;
	out->registered_by = mappings[0].address;
	out->address_count = item->kind == RECORD_GROUP ? 0 : item->count;
	for (size_t j = 0; j < out->address_count; j++)
		out->address[j] = (struct record_address){ .address = mappings[j].address,
							   .owner = OWNER_SELF,
							   .expiry = LEASE_FOREVER };
}
