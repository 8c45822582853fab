/* Fragments of IPv4 packets (RFC 791 section 3.2). */
#include "config.h"

#include "tools/nbtdump_fragments.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define UNIT      8 /* offsets count in these */
#define WHOLE_MAX 65535
#define UNITS     (WHOLE_MAX / UNIT + 1)

struct packet {
	uint64_t turn; /* of the last fragment; 0: free */
	uint8_t key[11];
	size_t len;  /* 0: the last fragment has not come */
	size_t have; /* bytes */
	uint8_t *bytes;
	bool present[UNITS];
};

struct dump_fragments {
	uint64_t turn;
	struct packet packets[DUMP_FRAGMENTS_MAX];
};

struct dump_fragments *dump_fragments_create(void)
{
	return calloc(1, sizeof(struct dump_fragments));
}

void dump_fragments_destroy(struct dump_fragments *fragments)
{
	if (fragments == NULL)
		return;
	for (size_t i = 0; i < DUMP_FRAGMENTS_MAX; i++)
		free(fragments->packets[i].bytes);
	free(fragments);
}

/* Source, destination, protocol, identification. */
static void make_key(uint8_t key[11], const uint8_t *ip)
{
	memcpy(key, ip + 12, 8);
	key[8] = ip[9];
	memcpy(key + 9, ip + 4, 2);
}

static void begin(struct packet *p, const uint8_t key[11])
{
	memcpy(p->key, key, sizeof(p->key));
	p->len = p->have = 0;
	memset(p->present, 0, sizeof(p->present));
}

/* The packet with this key, or a new one in the place of the oldest. NULL: no memory. */
static struct packet *find(struct dump_fragments *f, const uint8_t key[11])
{
	struct packet *oldest = &f->packets[0];

	for (size_t i = 0; i < DUMP_FRAGMENTS_MAX; i++) {
		struct packet *p = &f->packets[i];

		if (p->turn != 0 && memcmp(p->key, key, sizeof(p->key)) == 0)
			return p;
		if (p->turn < oldest->turn)
			oldest = p;
	}
	if (oldest->bytes == NULL)
		oldest->bytes = malloc(UNITS * UNIT);
	if (oldest->bytes == NULL)
		return NULL;
	begin(oldest, key);
	return oldest;
}

/* A unit of the last fragment may be short. */
static void fill(struct packet *p, size_t offset, const uint8_t *bytes, size_t len)
{
	for (size_t at = 0; at < len; at += UNIT) {
		size_t unit = (offset + at) / UNIT, part = len - at < UNIT ? len - at : UNIT;

		if (p->present[unit])
			continue;
		p->present[unit] = true;
		memcpy(p->bytes + unit * UNIT, bytes + at, part);
		p->have += part;
	}
}

const uint8_t *dump_fragments_add(struct dump_fragments *f, const uint8_t *ip, const uint8_t *bytes,
				  size_t len, size_t *whole_len)
{
	size_t offset = (size_t)((ip[6] & 0x1F) << 8 | ip[7]) * UNIT;
	bool is_last = (ip[6] & 0x20) == 0;
	uint8_t key[11];
	struct packet *p;

	if (len == 0 || offset + len > WHOLE_MAX || (!is_last && len % UNIT != 0))
		return NULL;
	make_key(key, ip);
	p = find(f, key);
	if (p == NULL)
		return NULL;
	p->turn = ++f->turn;
	fill(p, offset, bytes, len);
	if (is_last)
		p->len = offset + len;
	if (p->len == 0 || p->have != p->len)
		return NULL;
	p->turn = 0;
	*whole_len = p->len;
	return p->bytes;
}
