#include "lan_queue.h"

#include <stdbool.h>
#include <stdlib.h>

#include "support.h"

static bool is_before(const struct lan_due *a, const struct lan_due *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->number < b->number;
}

static void set(struct lan_queue *queue, size_t i, struct lan_due *due)
{
	queue->items[i] = due;
	due->place = i + 1;
}

static void rise(struct lan_queue *queue, size_t i, struct lan_due *due)
{
	for (; i > 0 && is_before(due, queue->items[(i - 1) / 2]); i = (i - 1) / 2)
		set(queue, i, queue->items[(i - 1) / 2]);
	set(queue, i, due);
}

static void sink(struct lan_queue *queue, size_t i, struct lan_due *due)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < queue->count &&
		    is_before(queue->items[child + 1], queue->items[child]))
			child++;
		if (child >= queue->count || is_before(due, queue->items[child]))
			break;
		set(queue, i, queue->items[child]);
		i = child;
	}
	set(queue, i, due);
}

void lan_queue_put(struct lan_queue *queue, struct lan_due *due)
{
	if (due->place != 0) {
		sink(queue, due->place - 1, due);
		rise(queue, due->place - 1, due);
		return;
	}
	if (queue->count == queue->space) {
		queue->space = queue->space > 0 ? 2 * queue->space : 64;
		queue->items = realloc(queue->items, queue->space * sizeof(struct lan_due *));
		assert_non_null(queue->items);
	}
	rise(queue, queue->count++, due);
}

void lan_queue_take_first(struct lan_queue *queue)
{
	queue->items[0]->place = 0;
	if (--queue->count > 0)
		sink(queue, 0, queue->items[queue->count]);
}

void lan_queue_free(struct lan_queue *queue)
{
	free(queue->items);
}
