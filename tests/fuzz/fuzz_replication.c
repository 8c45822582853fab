/*
 * Messages of WINS replication, and its autodiscovery. What is decoded is written and read again,
 * and dumped; with an input that is no message, its length word is corrected first, since chance
 * would seldom find it.
 */
#include "fuzz.h"

#include <string.h>

#include <nbt/replication.h>

#define INPUT_MAX 8192

/* Something that decoding gives never, or another record. */
static void spoil(struct nbt_replica *r, unsigned how)
{
	switch (how) {
	case 0:
		r->type += 4;
		break;
	case 1:
		r->member_count = 0;
		break;
	case 2:
		r->scope.labels[0]++;
		break;
	case 3:
		r->scope.labels[1] = '.';
		break;
	case 4:
		r->scope.len = 1;
		break;
	default:
		r->member[0].address.s_addr++;
		break;
	}
}

/* What can be written is the same when it is read again; all else is refused. */
static void check_spoiled(const struct nbt_replica *good)
{
	static uint8_t wire[INPUT_MAX];
	struct nbt_replica bad, again;

	for (unsigned how = 0; how < 6; how++) {
		struct nbt_replication m;
		size_t len;

		bad = *good;
		spoil(&bad, how);
		(void)nbt_replica_equal(good, &bad);
		if (nbt_replica_encode(&bad, wire + NBT_REPL_RECORDS_HEAD,
				       sizeof(wire) - NBT_REPL_RECORDS_HEAD, &len) != NBT_OK)
			continue;
		must(nbt_replication_records_head(wire, 0, 1, len) == NBT_OK);
		must(nbt_replication_decode(&m, wire, NBT_REPL_RECORDS_HEAD + len) == NBT_OK);
		must(nbt_replication_next_record(&m.list, &again));
		must(nbt_replica_equal(&bad, &again));
	}
}

/* Written entry by entry with a buffer that grows when it must: as by nbt_replication_encode(). */
static void check_entries(const struct nbt_replication *m, const uint8_t *want, size_t want_len)
{
	static uint8_t wire[2 * INPUT_MAX];
	struct nbt_replication_list list = m->list;
	struct nbt_replication_writer w;
	struct nbt_replica replica;
	size_t len;

	must(nbt_replication_begin(&w, m, wire, NBT_REPL_RECORDS_HEAD) == NBT_OK);
	while (nbt_replication_next_record(&list, &replica)) {
		must(nbt_replication_add_record(&w, &replica) == NBT_ESPACE);
		w.size += nbt_replica_size(&replica);
		must(nbt_replication_add_record(&w, &replica) == NBT_OK);
		must(nbt_replication_add_owner(&w, &m->range) == NBT_EVALUE);
		check_spoiled(&replica);
	}
	must(nbt_replication_end(&w, &len) == NBT_OK);
	must(len == want_len && memcmp(wire, want, len) == 0);
	must(nbt_replication_records_head(wire, m->destination, m->list.count,
					  len - NBT_REPL_RECORDS_HEAD) == NBT_OK);
	must(memcmp(wire, want, NBT_REPL_RECORDS_HEAD) == 0);
	must(nbt_replication_records_head(wire, 0, 1, UINT32_MAX) == NBT_EVALUE);
}

static void check_message(const struct nbt_replication *m)
{
	static uint8_t wire[2 * INPUT_MAX];
	struct nbt_replication again;
	size_t len, frame_len;
	enum nbt_error err = nbt_replication_encode(m, wire, sizeof(wire), &len);

	if (err == NBT_EVALUE)
		must(m->type > NBT_REPL_MESSAGE || m->opcode > NBT_REPL_UPDATE_PROPAGATE);
	if (err != NBT_OK) {
		must(err == NBT_EVALUE);
		return;
	}
	must(nbt_replication_frame(wire, len, NBT_REPL_LENGTH_RECORDS, &frame_len) == NBT_OK);
	must(frame_len == len);
	must(nbt_replication_decode(&again, wire, len) == NBT_OK);
	must(nbt_replication_equal(m, &again));
	must(nbt_replication_minor(m) <= 5);
	if (m->opcode == NBT_REPL_RECORDS_RESPONSE)
		check_entries(&again, wire, len);
	for (size_t size = 0; size < len; size += len / 16 + 1) {
		uint8_t *exact = malloc(size + 1);
		size_t exact_len;

		must(exact != NULL);
		must(nbt_replication_encode(m, exact, size, &exact_len) == NBT_ESPACE);
		free(exact);
	}
}

static void decode(const uint8_t *data, size_t size)
{
	struct nbt_replication m;
	size_t frame_len;

	(void)!nbt_replication_frame(data, size, NBT_REPL_LENGTH_OWNERS, &frame_len);
	if (nbt_replication_decode(&m, data, size) != NBT_OK)
		return;
	check_message(&m);
	FUZZ_DUMP(nbt_dump_replication, &m);
}

static void discover(const uint8_t *data, size_t size)
{
	struct nbt_discovery d, again;
	uint8_t wire[256];
	size_t len;

	if (nbt_discovery_decode(&d, data, size) != NBT_OK)
		return;
	must(nbt_discovery_encode(&d, wire, sizeof(wire), &len) == NBT_OK);
	must(nbt_discovery_decode(&again, wire, len) == NBT_OK);
	must(d.down == again.down && d.count == again.count);
	must(memcmp(d.address, again.address, sizeof(d.address)) == 0);
	FUZZ_DUMP(nbt_dump_discovery, &d);
	again.address[0].s_addr = INADDR_ANY;
	if (again.count > 0)
		must(nbt_discovery_encode(&again, wire, sizeof(wire), &len) == NBT_EVALUE);
	again.count = NBT_DISCOVERY_ADDRESSES_MAX + 1;
	must(nbt_discovery_encode(&again, wire, sizeof(wire), &len) == NBT_EVALUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *right;

	if (size > INPUT_MAX)
		return 0;
	decode(data, size);
	discover(data, size);
	if (size < 4)
		return 0;

	right = malloc(size);
	must(right != NULL);
	memcpy(right, data, size);
	for (int i = 0; i < 4; i++)
		right[i] = (uint8_t)((size - 4) >> (24 - 8 * i));
	decode(right, size);
	free(right);
	return 0;
}
