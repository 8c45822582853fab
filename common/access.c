/* Networks and lists of them. */
#include "common/access.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"

/* Addresses in host order, both included. */
struct range {
	uint32_t first, last;
};

struct access_list {
	size_t count;
	struct range ranges[];
};

/* "private", as ranges. */
static const struct range private_ranges[] = {
	{ 0x0A000000, 0x0AFFFFFF }, /* 10.0.0.0/8, RFC 1918 */
	{ 0x7F000000, 0x7FFFFFFF }, /* 127.0.0.0/8 */
	{ 0xA9FE0000, 0xA9FEFFFF }, /* 169.254.0.0/16, RFC 3927 */
	{ 0xAC100000, 0xAC1FFFFF }, /* 172.16.0.0/12, RFC 1918 */
	{ 0xC0A80000, 0xC0A8FFFF }, /* 192.168.0.0/16, RFC 1918 */
};

/* The bits behind the prefix. */
static uint32_t host_bits(unsigned bits)
{
	return bits == 0 ? UINT32_MAX : (1U << (32 - bits)) - 1;
}

/* One or two digits. */
static int parse_bits(const char *text, unsigned char *bits)
{
	unsigned value = 0;
	size_t len = strlen(text);

	if (len < 1 || len > 2 || strspn(text, "0123456789") != len)
		return -EINVAL;
	for (; *text != '\0'; text++)
		value = value * 10 + (unsigned)(*text - '0');
	if (value > 32)
		return -EINVAL;
	*bits = (unsigned char)value;
	return 0;
}

int access_network_parse(struct access_network *out, const char *text)
{
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char address[INET_ADDRSTRLEN];

	*out = (struct access_network){ .bits = 32 };
	if (strcmp(text, "private") == 0) {
		out->is_private = true;
		return 0;
	}
	if (len >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, len);
	address[len] = '\0';
	if (inet_pton(AF_INET, address, &out->address) != 1)
		return -EINVAL;
	if (slash != NULL && parse_bits(slash + 1, &out->bits) < 0)
		return -EINVAL;
	return (ntohl(out->address.s_addr) & host_bits(out->bits)) == 0 ? 0 : -EINVAL;
}

char *access_network_print(const struct access_network *network, char buf[ACCESS_TEXT_MAX])
{
	char address[INET_ADDRSTRLEN];

	if (network->is_private)
		return strcpy(buf, "private");

	inet_ntop(AF_INET, &network->address, address, sizeof(address));
	if (network->bits == 32)
		return strcpy(buf, address);
	snprintf(buf, ACCESS_TEXT_MAX, "%s/%u", address, network->bits % 100U);
	return buf;
}

static struct range network_range(const struct access_network *network)
{
	uint32_t rest = host_bits(network->bits);
	uint32_t first = ntohl(network->address.s_addr) & ~rest;

	return (struct range){ first, first | rest };
}

static bool range_holds(struct range range, uint32_t address)
{
	return range.first <= address && address <= range.last;
}

bool access_network_holds(const struct access_network *network, struct in_addr address)
{
	uint32_t host = ntohl(address.s_addr);

	if (!network->is_private)
		return range_holds(network_range(network), host);
	for (size_t i = 0; i < ARRAY_SIZE(private_ranges); i++)
		if (range_holds(private_ranges[i], host))
			return true;
	return false;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* Sorts, and makes one of those that overlap or touch. */
static void merge_ranges(struct access_list *list)
{
	size_t kept = 0;

	qsort(list->ranges, list->count, sizeof(list->ranges[0]), compare_ranges);
	for (size_t i = 1; i < list->count; i++) {
		struct range *before = &list->ranges[kept], *range = &list->ranges[i];

		if (range->first == 0 || range->first - 1 <= before->last) {
			if (range->last > before->last)
				before->last = range->last;
		} else {
			list->ranges[++kept] = *range;
		}
	}
	if (list->count > 0)
		list->count = kept + 1;
}

static void add_private(struct access_list *list, const struct access_network *own,
			size_t own_count)
{
	for (size_t i = 0; i < ARRAY_SIZE(private_ranges); i++)
		list->ranges[list->count++] = private_ranges[i];
	for (size_t i = 0; i < own_count; i++)
		list->ranges[list->count++] = network_range(&own[i]);
}

struct access_list *access_list_create(const struct access_network *networks, size_t count,
				       const struct access_network *own, size_t own_count)
{
	size_t room = count + ARRAY_SIZE(private_ranges) + own_count;
	struct access_list *list = malloc(sizeof(*list) + room * sizeof(list->ranges[0]));
	bool with_private = false;

	if (list == NULL)
		return NULL;

	list->count = 0;
	for (size_t i = 0; i < count; i++) {
		if (networks[i].is_private)
			with_private = true;
		else
			list->ranges[list->count++] = network_range(&networks[i]);
	}
	if (with_private)
		add_private(list, own, own_count);
	merge_ranges(list);
	return list;
}

void access_list_destroy(struct access_list *list)
{
	free(list);
}

bool access_allows(const struct access_list *list, struct in_addr address)
{
	uint32_t host = ntohl(address.s_addr);
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (host > list->ranges[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->count && list->ranges[low].first <= host;
}
