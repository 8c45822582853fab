#include "tools/scan_targets.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/*
 * From text.
 */

static bool read_address(const char *text, uint32_t *out)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1)
		return false;
	*out = ntohl(address.s_addr);
	return true;
}

/* Digits only, and nothing behind them. */
static bool read_number(const char *text, uint32_t max, uint32_t *out)
{
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len > 3 || text[len] != '\0')
		return false;
	*out = (uint32_t)strtoul(text, NULL, 10);
	return *out <= max;
}

static bool read_network(const char *bits_text, struct target_range *range)
{
	uint32_t bits, host;

	if (!read_number(bits_text, 32, &bits))
		return false;
	host = bits == 0 ? UINT32_MAX : (uint32_t)((UINT64_C(1) << (32 - bits)) - 1);
	range->first &= ~host;
	range->last = range->first | host;
	return true;
}

/* The end is a whole address, or the last number of one. */
static bool read_end(const char *text, struct target_range *range)
{
	uint32_t number;

	if (read_number(text, 255, &number))
		range->last = (range->first & ~UINT32_C(255)) | number;
	else if (!read_address(text, &range->last))
		return false;
	return range->first <= range->last;
}

static bool read_range(const char *text, struct target_range *range)
{
	char first[INET_ADDRSTRLEN];
	size_t len = strcspn(text, "/-");

	if (len >= sizeof(first))
		return false;
	memcpy(first, text, len);
	first[len] = '\0';
	if (!read_address(first, &range->first))
		return false;
	range->last = range->first;
	if (text[len] == '\0')
		return true;
	return text[len] == '/' ? read_network(text + len + 1, range)
				: read_end(text + len + 1, range);
}

static uint32_t span_of(const struct target_range *range)
{
	return range->last - range->first; /* one less than there are: all are no uint32_t */
}

static bool make_room(struct targets *targets)
{
	size_t room = targets->room > 0 ? 2 * targets->room : 16;
	struct target_range *ranges;

	if (targets->range_count < targets->room)
		return true;
	ranges = realloc(targets->ranges, room * sizeof(*ranges));
	if (ranges == NULL)
		return false;
	targets->ranges = ranges;
	targets->room = room;
	return true;
}

enum targets_error targets_add(struct targets *targets, const char *text)
{
	struct target_range range = { 0 };

	if (!read_range(text, &range))
		return TARGETS_NO_ADDRESS;
	if (span_of(&range) >= TARGETS_MAX)
		return TARGETS_TOO_MANY;
	if (!make_room(targets))
		return TARGETS_NO_MEMORY;
	targets->ranges[targets->range_count++] = range;
	return TARGETS_OK;
}

/*
 * In order.
 */

static int compare(const void *a, const void *b)
{
	const struct target_range *first = a, *second = b;

	return (first->first > second->first) - (first->first < second->first);
}

/* Of ranges in order: those that touch become one. */
static void unite(struct targets *targets)
{
	size_t kept = 0;

	for (size_t i = 0; i < targets->range_count; i++) {
		const struct target_range *range = &targets->ranges[i];
		struct target_range *last = kept > 0 ? &targets->ranges[kept - 1] : NULL;

		if (last == NULL || (uint64_t)range->first > (uint64_t)last->last + 1)
			targets->ranges[kept++] = *range;
		else if (range->last > last->last)
			last->last = range->last;
	}
	targets->range_count = kept;
}

bool targets_settle(struct targets *targets)
{
	uint64_t count = 0;

	if (targets->range_count > 1)
		qsort(targets->ranges, targets->range_count, sizeof(targets->ranges[0]), compare);
	unite(targets);
	for (size_t i = 0; i < targets->range_count; i++) {
		targets->ranges[i].before = (uint32_t)count;
		count += (uint64_t)span_of(&targets->ranges[i]) + 1;
		if (count > TARGETS_MAX)
			return false;
	}
	targets->count = (uint32_t)count;
	return true;
}

/* The last range that fits: is_address: begins at or before the address, else the index. */
static const struct target_range *range_of(const struct targets *targets, uint32_t value,
					   bool is_address)
{
	size_t low = 0, high = targets->range_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct target_range *range = &targets->ranges[middle];

		if ((is_address ? range->first : range->before) <= value)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? &targets->ranges[low - 1] : NULL;
}

struct in_addr targets_at(const struct targets *targets, uint32_t index)
{
	const struct target_range *range = range_of(targets, index, false);

	return (struct in_addr){ htonl(range->first + (index - range->before)) };
}

bool targets_find(const struct targets *targets, struct in_addr address, uint32_t *index)
{
	uint32_t value = ntohl(address.s_addr);
	const struct target_range *range = range_of(targets, value, true);

	if (range == NULL || value > range->last)
		return false;
	*index = range->before + (value - range->first);
	return true;
}

void targets_free(struct targets *targets)
{
	free(targets->ranges);
	*targets = (struct targets){ 0 };
}
