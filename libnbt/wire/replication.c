/* Messages of WINS replication: MS-WINSRA sections 2.2.2 to 2.2.10. */
#include "libnbt/wire/replication.h"

#define LENGTH_MIN    12 /* the rest of the header */
#define TYPE_END      16
#define START_PADDING 21
#define STOP_PADDING  24

static void read_nothing(struct nbt_reader *r, struct nbt_replication *m)
{
	(void)r;
	(void)m;
}

static void write_nothing(struct nbt_writer *w, const struct nbt_replication *m)
{
	(void)w;
	(void)m;
}

static bool nothing_equal(const struct nbt_replication *a, const struct nbt_replication *b)
{
	(void)a;
	(void)b;
	return true;
}

static void write_address(struct nbt_writer *w, struct in_addr address)
{
	nbt_write_bytes(w, &address.s_addr, sizeof(address.s_addr));
}

/* Padding may be missing. */
static void read_start(struct nbt_reader *r, struct nbt_replication *m)
{
	m->handle = nbt_read_u32(r);
	m->major = nbt_read_u16(r);
	m->minor = nbt_read_u16(r);
	nbt_read_bytes(r, nbt_read_left(r));
}

static void write_start(struct nbt_writer *w, const struct nbt_replication *m)
{
	nbt_write_u32(w, m->handle);
	nbt_write_u16(w, m->major);
	nbt_write_u16(w, m->minor);
	nbt_write_zeros(w, START_PADDING);
}

static bool start_equal(const struct nbt_replication *a, const struct nbt_replication *b)
{
	return a->handle == b->handle && a->major == b->major && a->minor == b->minor;
}

/* Samba's has no padding. */
static void read_stop(struct nbt_reader *r, struct nbt_replication *m)
{
	m->reason = nbt_read_u32(r);
	nbt_read_bytes(r, nbt_read_left(r));
}

static void write_stop(struct nbt_writer *w, const struct nbt_replication *m)
{
	nbt_write_u32(w, m->reason);
	nbt_write_zeros(w, STOP_PADDING);
}

static bool stop_equal(const struct nbt_replication *a, const struct nbt_replication *b)
{
	return a->reason == b->reason;
}

static void read_versions(struct nbt_reader *r, struct nbt_owner_versions *out)
{
	out->owner.s_addr = nbt_read_in_addr(r);
	out->max = nbt_read_u64(r);
	out->min = nbt_read_u64(r);
	nbt_read_u32(r);
}

void nbt_write_versions(struct nbt_writer *w, const struct nbt_owner_versions *in, uint32_t last)
{
	write_address(w, in->owner);
	nbt_write_u64(w, in->max);
	nbt_write_u64(w, in->min);
	nbt_write_u32(w, last);
}

static bool versions_equal(const struct nbt_owner_versions *a, const struct nbt_owner_versions *b)
{
	return a->owner.s_addr == b->owner.s_addr && a->max == b->max && a->min == b->min;
}

static void read_range(struct nbt_reader *r, struct nbt_replication *m)
{
	read_versions(r, &m->range);
}

static void write_range(struct nbt_writer *w, const struct nbt_replication *m)
{
	nbt_write_versions(w, &m->range, 0);
}

static bool range_equal(const struct nbt_replication *a, const struct nbt_replication *b)
{
	return versions_equal(&a->range, &b->range);
}

/* Reads all of the list, so that nbt_replication_next_*() find no more errors in it. */
static void read_list(struct nbt_reader *r, struct nbt_replication *m,
		      void (*skip)(struct nbt_reader *))
{
	size_t start;

	m->list.count = nbt_read_u32(r);
	start = r->pos;
	for (uint32_t i = 0; i < m->list.count && r->err == NBT_OK; i++)
		skip(r);
	m->list.bytes = r->base + start;
	m->list.len = r->pos - start;
}

static void skip_owner(struct nbt_reader *r)
{
	struct nbt_owner_versions versions;

	read_versions(r, &versions);
}

static void skip_record(struct nbt_reader *r)
{
	struct nbt_replica replica;

	nbt_read_replica(r, &replica);
}

static void read_map(struct nbt_reader *r, struct nbt_replication *m)
{
	read_list(r, m, skip_owner);
	nbt_read_u32(r);
}

static void read_update(struct nbt_reader *r, struct nbt_replication *m)
{
	read_list(r, m, skip_owner);
	m->initiator.s_addr = nbt_read_in_addr(r);
}

static void read_records(struct nbt_reader *r, struct nbt_replication *m)
{
	read_list(r, m, skip_record);
}

/* The count is known at the end. */
static void write_count(struct nbt_writer *w, const struct nbt_replication *m)
{
	(void)m;
	nbt_write_u32(w, 0);
}

static void write_initiator(struct nbt_writer *w, const struct nbt_replication *m)
{
	write_address(w, m->initiator);
}

static void write_reserved(struct nbt_writer *w, const struct nbt_replication *m)
{
	(void)m;
	nbt_write_u32(w, 0);
}

static bool owners_equal(const struct nbt_replication *a, const struct nbt_replication *b)
{
	struct nbt_replication_list left = a->list, right = b->list;
	struct nbt_owner_versions one, other;

	if (left.count != right.count)
		return false;
	while (nbt_replication_next_owner(&left, &one) &&
	       nbt_replication_next_owner(&right, &other))
		if (!versions_equal(&one, &other))
			return false;
	return left.count == 0 && right.count == 0;
}

static bool update_equal(const struct nbt_replication *a, const struct nbt_replication *b)
{
	return a->initiator.s_addr == b->initiator.s_addr && owners_equal(a, b);
}

static bool records_equal(const struct nbt_replication *a, const struct nbt_replication *b)
{
	struct nbt_replication_list left = a->list, right = b->list;
	struct nbt_replica one, other;

	if (left.count != right.count)
		return false;
	while (nbt_replication_next_record(&left, &one) &&
	       nbt_replication_next_record(&right, &other))
		if (!nbt_replica_equal(&one, &other))
			return false;
	return left.count == 0 && right.count == 0;
}

static const struct nbt_replication_body start = {
	NBT_REPL_LENGTH_SHORT, NBT_REPL_NO_LIST, read_start, write_start, write_nothing, start_equal
};
static const struct nbt_replication_body stop = {
	NBT_REPL_LENGTH_SHORT, NBT_REPL_NO_LIST, read_stop, write_stop, write_nothing, stop_equal
};
static const struct nbt_replication_body request = { NBT_REPL_LENGTH_SHORT, NBT_REPL_NO_LIST,
						     read_nothing,          write_nothing,
						     write_nothing,         nothing_equal };
static const struct nbt_replication_body map = {
	NBT_REPL_LENGTH_OWNERS, NBT_REPL_OWNERS, read_map, write_count, write_reserved, owners_equal
};
static const struct nbt_replication_body range = {
	NBT_REPL_LENGTH_SHORT, NBT_REPL_NO_LIST, read_range, write_range, write_nothing, range_equal
};
static const struct nbt_replication_body records = {
	NBT_REPL_LENGTH_RECORDS, NBT_REPL_RECORDS, read_records, write_count,
	write_nothing,           records_equal
};
static const struct nbt_replication_body update = {
	NBT_REPL_LENGTH_OWNERS, NBT_REPL_OWNERS, read_update, write_count,
	write_initiator,        update_equal
};

#define LOOK_UP(table, index) ((index) < sizeof(table) / sizeof((table)[0]) ? (table)[index] : NULL)

const struct nbt_replication_body *nbt_replication_body_of(const struct nbt_replication *m)
{
	static const struct nbt_replication_body *const by_type[] = {
		[NBT_REPL_START_REQUEST] = &start,
		[NBT_REPL_START_RESPONSE] = &start,
		[NBT_REPL_STOP] = &stop,
	};
	static const struct nbt_replication_body *const by_opcode[] = {
		[NBT_REPL_MAP_REQUEST] = &request,
		[NBT_REPL_MAP_RESPONSE] = &map,
		[NBT_REPL_RECORDS_REQUEST] = &range,
		[NBT_REPL_RECORDS_RESPONSE] = &records,
		[NBT_REPL_UPDATE] = &update,
		[NBT_REPL_UPDATE_PROPAGATE] = &update,
		[NBT_REPL_UPDATE_PERSISTENT] = &update,
		[NBT_REPL_UPDATE_PERSISTENT_PROPAGATE] = &update,
	};

	return m->type == NBT_REPL_MESSAGE ? LOOK_UP(by_opcode, m->opcode)
					   : LOOK_UP(by_type, m->type);
}

/* All up to the body; the length word's value is returned. */
static uint32_t read_head(struct nbt_reader *r, struct nbt_replication *m)
{
	uint32_t length = nbt_read_u32(r), mark;

	if (r->err == NBT_OK && length < LENGTH_MIN)
		r->err = NBT_EVALUE;
	mark = nbt_read_u32(r);
	if (r->err == NBT_OK && (mark & NBT_REPL_MARK) != NBT_REPL_MARK)
		r->err = NBT_EVALUE;
	m->destination = nbt_read_u32(r);
	m->type = nbt_read_u32(r);
	if (m->type == NBT_REPL_MESSAGE)
		m->opcode = (uint8_t)nbt_read_u32(r);
	return length;
}

enum nbt_error nbt_replication_frame(const uint8_t *buf, size_t len, size_t limit,
				     size_t *frame_len)
{
	struct nbt_reader r = nbt_reader_of(buf, len);
	struct nbt_replication m = { 0 };
	uint32_t length = read_head(&r, &m);
	const struct nbt_replication_body *body;

	if (len >= NBT_REPL_LENGTH_SIZE && (length > limit || length > NBT_REPL_LENGTH_RECORDS))
		return NBT_EVALUE;
	if (len >= TYPE_END && m.type == NBT_REPL_MESSAGE && length < LENGTH_MIN + 4)
		return NBT_EVALUE;
	if (r.err != NBT_OK)
		return r.err;

	body = nbt_replication_body_of(&m);
	if (length > (body != NULL ? body->length_max : NBT_REPL_LENGTH_SHORT))
		return NBT_EVALUE;
	*frame_len = NBT_REPL_LENGTH_SIZE + (size_t)length;
	return NBT_OK;
}

enum nbt_error nbt_replication_decode(struct nbt_replication *out, const uint8_t *buf, size_t len)
{
	struct nbt_reader r = nbt_reader_of(buf, len);
	const struct nbt_replication_body *body;
	uint32_t length;

	memset(out, 0, sizeof(*out));
	length = read_head(&r, out);
	if (r.err != NBT_OK)
		return r.err;
	if (length != len - NBT_REPL_LENGTH_SIZE)
		return length > len - NBT_REPL_LENGTH_SIZE ? NBT_ETRUNC : NBT_ETRAILING;

	body = nbt_replication_body_of(out);
	if (body == NULL)
		return NBT_OK;
	body->read(&r, out);
	return nbt_reader_finish(&r);
}

/* A reader for what is left of the list. */
static bool begin_entry(struct nbt_reader *r, const struct nbt_replication_list *list)
{
	*r = nbt_reader_of(list->bytes, list->len);
	return list->count > 0;
}

static bool end_entry(const struct nbt_reader *r, struct nbt_replication_list *list)
{
	if (r->err != NBT_OK)
		return false;
	list->bytes += r->pos;
	list->len -= r->pos;
	list->count--;
	return true;
}

bool nbt_replication_next_owner(struct nbt_replication_list *list, struct nbt_owner_versions *out)
{
	struct nbt_reader r;

	if (!begin_entry(&r, list))
		return false;
	read_versions(&r, out);
	return end_entry(&r, list);
}

bool nbt_replication_next_record(struct nbt_replication_list *list, struct nbt_replica *out)
{
	struct nbt_reader r;

	if (!begin_entry(&r, list))
		return false;
	nbt_read_replica(&r, out);
	return end_entry(&r, list);
}

uint16_t nbt_replication_minor(const struct nbt_replication *m)
{
	if (m->major == 1)
		return 1;
	if (m->major != 2)
		return 0;
	return m->minor >= 5 ? 5 : 1;
}

bool nbt_replication_equal(const struct nbt_replication *a, const struct nbt_replication *b)
{
	const struct nbt_replication_body *body = nbt_replication_body_of(a);

	return a->destination == b->destination && a->type == b->type && a->opcode == b->opcode &&
	       body != NULL && body->equal(a, b);
}
