/* Name records of WINS replication: MS-WINSRA section 2.2.10.1. */
#include "libnbt/wire/replication.h"

#define NAME_FIELD_MAX 255 /* name, scope and NUL */
#define SCOPE_TEXT_MAX (NBT_SCOPE_MAX - 1)

#define FLAG_STATIC    0x80
#define NODE_SHIFT     5
#define STATE_SHIFT    2
#define TWO_BITS       3
#define TRAILER        0xFFFFFFFF

static bool has_member_list(const struct nbt_replica *replica)
{
	return replica->type == NBT_REPLICA_SPECIAL || replica->type == NBT_REPLICA_MULTIHOMED;
}

/* Windows keeps <1B> names, and sends them, with the suffix in front. */
static void swap_ends(struct nbt_name *name)
{
	uint8_t first = name->bytes[0];

	name->bytes[0] = name->bytes[NBT_NAME_LEN - 1];
	name->bytes[NBT_NAME_LEN - 1] = first;
}

/* The field is never without padding: four bytes where it would need none. */
static size_t padding_of(size_t name_len)
{
	return 4 - name_len % 4;
}

/* "NETBIOS.COM" to labels. Those that packets could not have are kept as well: the text comes back
 * as it was. */
static void set_scope(struct nbt_scope *scope, const uint8_t *text, size_t len)
{
	const uint8_t *nul = len > 0 ? memchr(text, 0, len) : NULL;
	size_t label = 0;

	if (nul != NULL)
		len = (size_t)(nul - text);
	if (len > SCOPE_TEXT_MAX) /* as Windows 2008 does */
		len = SCOPE_TEXT_MAX;
	scope->len = len > 0 ? (uint8_t)(len + 1) : 0;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && text[i] != '.') {
			scope->labels[i + 1] = text[i];
			continue;
		}
		scope->labels[label] = (uint8_t)(i - label);
		label = i + 1;
	}
}

static void write_label(struct nbt_writer *w, const uint8_t *label, size_t len)
{
	if (memchr(label, '.', len) != NULL || memchr(label, 0, len) != NULL)
		nbt_writer_fail(w, NBT_ELABEL);
	nbt_write_bytes(w, label, len);
}

static void write_scope(struct nbt_writer *w, const struct nbt_scope *scope)
{
	size_t at = 0;

	while (at < scope->len) {
		size_t len = scope->labels[at++];

		if (len > scope->len - at) {
			nbt_writer_fail(w, NBT_ELABEL);
			return;
		}
		if (at > 1)
			nbt_write_u8(w, '.');
		write_label(w, scope->labels + at, len);
		at += len;
	}
}

static void read_name(struct nbt_reader *r, struct nbt_replica *out)
{
	size_t len = nbt_read_u32(r);
	const uint8_t *bytes;

	if (len < NBT_NAME_LEN || len > NAME_FIELD_MAX)
		nbt_reader_fail(r, NBT_EVALUE);
	bytes = nbt_read_bytes(r, len);
	nbt_read_bytes(r, padding_of(len));
	if (r->err != NBT_OK)
		return;

	memcpy(out->name.bytes, bytes, NBT_NAME_LEN);
	if (bytes[0] == NBT_SUFFIX_DMB)
		swap_ends(&out->name);
	set_scope(&out->scope, bytes + NBT_NAME_LEN, len - NBT_NAME_LEN);
}

static size_t name_len_of(const struct nbt_replica *replica)
{
	return NBT_NAME_LEN + nbt_scope_length(&replica->scope) + 1;
}

static void write_name(struct nbt_writer *w, const struct nbt_replica *in)
{
	struct nbt_name name = in->name;
	size_t len = name_len_of(in);

	if (in->scope.len == 1 || in->scope.len > NBT_SCOPE_MAX)
		nbt_writer_fail(w, NBT_ELABEL);
	if (nbt_name_suffix(&name) == NBT_SUFFIX_DMB)
		swap_ends(&name);
	nbt_write_u32(w, (uint32_t)len);
	nbt_write_bytes(w, name.bytes, NBT_NAME_LEN);
	write_scope(w, &in->scope);
	nbt_write_zeros(w, 1 + padding_of(len));
}

/* That the sender is not the owner (0x10) is of no use, and never said: Samba doesn't either. */
static void read_flags(struct nbt_reader *r, struct nbt_replica *out)
{
	uint8_t flags = (uint8_t)nbt_read_u32(r);

	out->is_static = (flags & FLAG_STATIC) != 0;
	out->node = flags >> NODE_SHIFT & TWO_BITS;
	out->state = flags >> STATE_SHIFT & TWO_BITS;
	out->type = flags & TWO_BITS;
	nbt_read_u32(r); /* whether it is a group: the type says it */
}

static void write_flags(struct nbt_writer *w, const struct nbt_replica *in)
{
	bool group = in->type == NBT_REPLICA_GROUP || in->type == NBT_REPLICA_SPECIAL;

	if (in->node > TWO_BITS || in->state > TWO_BITS || in->type > TWO_BITS)
		nbt_writer_fail(w, NBT_EVALUE);
	nbt_write_u32(w, (in->is_static ? FLAG_STATIC : 0u) | (uint32_t)in->node << NODE_SHIFT |
				 (uint32_t)in->state << STATE_SHIFT | in->type);
	nbt_write_le32(w, group);
}

static void read_members(struct nbt_reader *r, struct nbt_replica *out)
{
	if (!has_member_list(out)) {
		out->member_count = 1;
		out->member[0].owner.s_addr = INADDR_ANY;
		out->member[0].address.s_addr = nbt_read_in_addr(r);
		return;
	}
	out->member_count = nbt_read_u8(r);
	nbt_read_bytes(r, 3);
	for (size_t i = 0; i < out->member_count && r->err == NBT_OK; i++) {
		out->member[i].owner.s_addr = nbt_read_in_addr(r);
		out->member[i].address.s_addr = nbt_read_in_addr(r);
	}
}

static void write_address(struct nbt_writer *w, struct in_addr address)
{
	nbt_write_bytes(w, &address.s_addr, sizeof(address.s_addr));
}

static void write_members(struct nbt_writer *w, const struct nbt_replica *in)
{
	if (!has_member_list(in)) {
		if (in->member_count != 1)
			nbt_writer_fail(w, NBT_EVALUE);
		write_address(w, in->member[0].address);
		return;
	}
	nbt_write_le32(w, in->member_count);
	for (size_t i = 0; i < in->member_count; i++) {
		write_address(w, in->member[i].owner);
		write_address(w, in->member[i].address);
	}
}

void nbt_read_replica(struct nbt_reader *r, struct nbt_replica *out)
{
	read_name(r, out);
	read_flags(r, out);
	out->version = nbt_read_u64(r);
	read_members(r, out);
	nbt_read_u32(r);
}

void nbt_write_replica(struct nbt_writer *w, const struct nbt_replica *in)
{
	write_name(w, in);
	write_flags(w, in);
	nbt_write_u64(w, in->version);
	write_members(w, in);
	nbt_write_u32(w, TRAILER);
}

size_t nbt_replica_size(const struct nbt_replica *in)
{
	size_t name_len = name_len_of(in);
	size_t members = has_member_list(in) ? sizeof(uint32_t) * 2 * in->member_count : 0;

	return 28 + name_len + padding_of(name_len) + members;
}

enum nbt_error nbt_replica_encode(const struct nbt_replica *in, uint8_t *buf, size_t size,
				  size_t *len)
{
	struct nbt_writer w = nbt_writer_of(buf, size);

	nbt_write_replica(&w, in);
	*len = w.pos;
	return w.err;
}

static bool members_equal(const struct nbt_replica *a, const struct nbt_replica *b)
{
	if (a->member_count != b->member_count)
		return false;
	for (size_t i = 0; i < a->member_count; i++)
		if ((has_member_list(a) &&
		     a->member[i].owner.s_addr != b->member[i].owner.s_addr) ||
		    a->member[i].address.s_addr != b->member[i].address.s_addr)
			return false;
	return true;
}

bool nbt_replica_equal(const struct nbt_replica *a, const struct nbt_replica *b)
{
	return nbt_name_equal(&a->name, &b->name) && nbt_scope_equal(&a->scope, &b->scope) &&
	       a->version == b->version && a->type == b->type && a->state == b->state &&
	       a->node == b->node && a->is_static == b->is_static && members_equal(a, b);
}
