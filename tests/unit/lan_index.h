/* Things by an address: a hash table that only grows. */
#ifndef TESTS_LAN_INDEX_H
#define TESTS_LAN_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct lan_index {
	struct lan_index_item {
		uint32_t key;
		void *thing; /* NULL: the place is free */
	} * items;
	size_t count, space; /* space: a power of two */
};

void *lan_index_find(const struct lan_index *index, uint32_t key); /* or NULL */
void lan_index_add(struct lan_index *index, uint32_t key, void *thing);
void lan_index_free(struct lan_index *index);

#endif
