#include "nbddd/shares.h"

#include <stdlib.h>

/* A source of which something waits. */
struct entry {
	struct entry *next; /* in its bucket, or free */
	uint32_t source;
	struct share share;
};

struct shares {
	uint64_t secret;
	size_t bucket_count; /* a power of two */
	struct entry **buckets, *free;
	struct entry entries[];
};

struct shares *shares_create(size_t max, uint64_t secret)
{
	struct shares *shares = calloc(1, sizeof(*shares) + max * sizeof(shares->entries[0]));

	if (shares == NULL)
		return NULL;
	shares->secret = secret;
	shares->bucket_count = 1;
	while (shares->bucket_count < max)
		shares->bucket_count *= 2;
	shares->buckets = calloc(shares->bucket_count, sizeof(shares->buckets[0]));
	if (shares->buckets == NULL) {
		free(shares);
		return NULL;
	}
	for (size_t i = 0; i < max; i++) {
		shares->entries[i].next = shares->free;
		shares->free = &shares->entries[i];
	}
	return shares;
}

void shares_destroy(struct shares *shares)
{
	if (shares == NULL)
		return;
	free(shares->buckets);
	free(shares);
}

static struct entry **bucket_of(const struct shares *shares, uint32_t source)
{
	uint64_t value = (source ^ shares->secret) * UINT64_C(0x9E3779B97F4A7C15);

	value = (value ^ value >> 32) * UINT64_C(0x9E3779B97F4A7C15);
	return &shares->buckets[(value >> 32) & (shares->bucket_count - 1)];
}

/* The link to the entry of this source; to NULL: it has none. */
static struct entry **find(const struct shares *shares, uint32_t source)
{
	struct entry **link = bucket_of(shares, source);

	while (*link != NULL && (*link)->source != source)
		link = &(*link)->next;
	return link;
}

struct share shares_of(const struct shares *shares, uint32_t source)
{
	struct entry *const *link = find(shares, source);

	return *link != NULL ? (*link)->share : (struct share){ 0 };
}

void shares_add(struct shares *shares, uint32_t source, size_t bytes)
{
	struct entry **link = find(shares, source), *entry = *link;

	if (entry == NULL) {
		entry = shares->free;
		shares->free = entry->next;
		*entry = (struct entry){ .source = source };
		*link = entry;
	}
	entry->share.count++;
	entry->share.bytes += bytes;
}

void shares_remove(struct shares *shares, uint32_t source, size_t bytes)
{
	struct entry **link = find(shares, source), *entry = *link;

	entry->share.bytes -= bytes;
	if (--entry->share.count > 0)
		return;
	*link = entry->next;
	entry->next = shares->free;
	shares->free = entry;
}
