/* What is due, the earliest first; of the same time, the lowest number. A heap of what its owners
 * embed. */
#ifndef TESTS_LAN_QUEUE_H
#define TESTS_LAN_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct lan_due {
	uint64_t at_ms, number;
	size_t place; /* in the queue, from 1 on; 0: it is in none */
};

struct lan_queue {
	struct lan_due **items;
	size_t count, space;
};

/* It has its time, and may have had another before. */
void lan_queue_put(struct lan_queue *queue, struct lan_due *due);
void lan_queue_take_first(struct lan_queue *queue);
void lan_queue_free(struct lan_queue *queue);

#endif
