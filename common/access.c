/* Networks and lists of them. */
#include "common/access.h"

#include <arpa/inet.h>
#include <assert.h>
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

/* From this address on, until the next one's first, in host order. */
struct stretch {
	uint32_t first;
	uint32_t rights;
};

struct access_list {
	size_t count;
	struct stretch stretches[]; /* the first begins at 0.0.0.0 */
};

/* Where rights change, while the list is made. */
struct edge {
	uint32_t first;
	uint32_t rule;
	int change; /* one range more or less */
};

struct edges {
	struct edge *items;
	size_t count;
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

static void add_range(struct edges *edges, uint32_t rule, struct range range)
{
	edges->items[edges->count++] = (struct edge){ range.first, rule, 1 };
	if (range.last != UINT32_MAX)
		edges->items[edges->count++] = (struct edge){ range.last + 1, rule, -1 };
}

static void add_private(struct edges *edges, uint32_t rule, const struct access_network *own,
			size_t own_count)
{
	for (size_t i = 0; i < ARRAY_SIZE(private_ranges); i++)
		add_range(edges, rule, private_ranges[i]);
	for (size_t i = 0; i < own_count; i++)
		add_range(edges, rule, network_range(&own[i]));
}

static int compare_edges(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* Goes over the edges, counting for each rule the ranges that hold the place. */
static void fill(struct access_list *list, struct edges *edges)
{
	int held[ACCESS_RULES_MAX] = { 0 };
	uint32_t rights = 0;

	qsort(edges->items, edges->count, sizeof(edges->items[0]), compare_edges);
	list->count = 1;
	list->stretches[0] = (struct stretch){ 0, 0 };
	for (size_t i = 0; i < edges->count; i++) {
		const struct edge *edge = &edges->items[i];
		struct stretch *last = &list->stretches[list->count - 1];
		uint32_t bit = UINT32_C(1) << edge->rule;

		held[edge->rule] += edge->change;
		rights = held[edge->rule] > 0 ? rights | bit : rights & ~bit;
		if (last->first != edge->first)
			last = &list->stretches[list->count++];
		*last = (struct stretch){ edge->first, rights };
	}
}

/* Each network has two edges; "private" has more. */
static size_t edges_at_most(const struct access_rule *rules, size_t count, size_t own_count)
{
	size_t networks = 0;

	for (size_t i = 0; i < count; i++)
		networks += rules[i].count + ARRAY_SIZE(private_ranges) + own_count;
	return 2 * networks;
}

static void add_rule(struct edges *edges, uint32_t number, const struct access_rule *rule,
		     const struct access_network *own, size_t own_count)
{
	bool with_private = false;

	for (size_t i = 0; i < rule->count; i++) {
		if (rule->networks[i].is_private)
			with_private = true;
		else
			add_range(edges, number, network_range(&rule->networks[i]));
	}
	if (with_private)
		add_private(edges, number, own, own_count);
}

struct access_list *access_list_create(const struct access_rule *rules, size_t count,
				       const struct access_network *own, size_t own_count)
{
	size_t most = edges_at_most(rules, count, own_count);
	struct edges edges = { calloc(most + 1, sizeof(*edges.items)), 0 };
	struct access_list *list = malloc(sizeof(*list) + (most + 1) * sizeof(list->stretches[0]));

	assert(count <= ACCESS_RULES_MAX);
	if (edges.items != NULL && list != NULL) {
		for (size_t i = 0; i < count; i++)
			add_rule(&edges, (uint32_t)i, &rules[i], own, own_count);
		fill(list, &edges);
	} else {
		free(list);
		list = NULL;
	}
	free(edges.items);
	return list;
}

void access_list_destroy(struct access_list *list)
{
	free(list);
}

/* The last stretch that begins at or before the address; without a branch that depends on it, which
 * for strangers in no order would be guessed wrong half of the time. */
uint32_t access_rights(const struct access_list *list, struct in_addr address)
{
	uint32_t host = ntohl(address.s_addr);
	const struct stretch *low = list->stretches;

	for (size_t left = list->count; left > 1; left -= left / 2)
		low = low[left / 2].first <= host ? low + left / 2 : low;
	return low->rights;
}
