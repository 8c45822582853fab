/* Name service packets: RFC 1002 section 4.2. Runs once per packet of a server: nothing is zeroed
 * that will not be read. */
#include <nbt/packet.h>

#include <string.h>

#include "libnbt/wire/wire.h"

/* The question name stands right behind the header; this is the pointer to it. */
#define POINTER_TO_QUESTION (0xC000 | NBT_HEADER_LEN)

static void read_question(struct nbt_reader *r, struct nbt_question *q)
{
	nbt_read_name(r, &q->name, &q->scope, NBT_POINTERS_ALLOWED);
	q->type = nbt_read_u16(r);
	q->klass = nbt_read_u16(r);
}

static void read_record(struct nbt_reader *r, struct nbt_record *record)
{
	read_question(r, &record->of);
	record->ttl = nbt_read_u32(r);
	record->rdata_len = nbt_read_u16(r);
	record->rdata = nbt_read_bytes(r, record->rdata_len);
}

static void read_header(struct nbt_reader *r, struct nbt_packet *p)
{
	uint16_t flags, questions, answers, authorities, additionals;

	p->id = nbt_read_u16(r);
	flags = nbt_read_u16(r);
	p->flags = flags & NBT_FLAGS_MASK;
	p->opcode = flags >> NBT_OPCODE_SHIFT & 0x0F;
	p->rcode = flags & 0x0F;

	questions = nbt_read_u16(r);
	answers = nbt_read_u16(r);
	authorities = nbt_read_u16(r);
	additionals = nbt_read_u16(r);
	if (questions > NBT_MAX_QUESTIONS || answers + authorities + additionals > NBT_MAX_RECORDS)
		nbt_reader_fail(r, NBT_ECOUNT);
	p->question_count = (uint8_t)questions;
	p->answer_count = (uint8_t)answers;
	p->authority_count = (uint8_t)authorities;
	p->additional_count = (uint8_t)additionals;
}

enum nbt_error nbt_packet_decode(struct nbt_packet *out, const uint8_t *buf, size_t len)
{
	struct nbt_reader r = nbt_reader_of(buf, len);

	read_header(&r, out);
	for (size_t i = 0; r.err == NBT_OK && i < out->question_count; i++)
		read_question(&r, &out->question[i]);
	for (size_t i = 0; r.err == NBT_OK && i < nbt_packet_record_count(out); i++)
		read_record(&r, &out->record[i]);
	/* Windows XP leaves room for one more name behind a node status: the rest is not looked at.
	 */
	return r.err;
}

static void write_header(struct nbt_writer *w, const struct nbt_packet *p)
{
	nbt_write_u16(w, p->id);
	nbt_write_u16(w, nbt_packet_flags_word(p));
	nbt_write_u16(w, p->question_count);
	nbt_write_u16(w, p->answer_count);
	nbt_write_u16(w, p->authority_count);
	nbt_write_u16(w, p->additional_count);
}

static bool same_name(const struct nbt_question *a, const struct nbt_question *b)
{
	return nbt_name_equal(&a->name, &b->name) && nbt_scope_equal(&a->scope, &b->scope);
}

static void write_question(struct nbt_writer *w, const struct nbt_question *q, bool as_pointer)
{
	if (as_pointer)
		nbt_write_u16(w, POINTER_TO_QUESTION);
	else
		nbt_write_name(w, &q->name, &q->scope);
	nbt_write_u16(w, q->type);
	nbt_write_u16(w, q->klass);
}

static void write_record(struct nbt_writer *w, const struct nbt_record *record, bool as_pointer)
{
	write_question(w, &record->of, as_pointer);
	nbt_write_u32(w, record->ttl);
	nbt_write_u16(w, record->rdata_len);
	nbt_write_bytes(w, record->rdata, record->rdata_len);
}

enum nbt_error nbt_packet_encode(const struct nbt_packet *in, uint8_t *buf, size_t size,
				 size_t *len)
{
	struct nbt_writer w = nbt_writer_of(buf, size);
	size_t records = nbt_packet_record_count(in);

	if (in->question_count > NBT_MAX_QUESTIONS || records > NBT_MAX_RECORDS)
		return NBT_ECOUNT;
	if (in->opcode > 15 || in->rcode > 15 || (in->flags & ~NBT_FLAGS_MASK) != 0)
		return NBT_EVALUE;

	write_header(&w, in);
	for (size_t i = 0; i < in->question_count; i++)
		write_question(&w, &in->question[i], false);
	for (size_t i = 0; i < records; i++) {
		bool additional = i >= records - in->additional_count;

		write_record(&w, &in->record[i],
			     additional && in->question_count > 0 &&
				     same_name(&in->record[i].of, &in->question[0]));
	}
	*len = w.pos;
	return w.err;
}

static bool question_equal(const struct nbt_question *a, const struct nbt_question *b)
{
	return same_name(a, b) && a->type == b->type && a->klass == b->klass;
}

static bool record_equal(const struct nbt_record *a, const struct nbt_record *b)
{
	return question_equal(&a->of, &b->of) && a->ttl == b->ttl && a->rdata_len == b->rdata_len &&
	       (a->rdata_len == 0 || memcmp(a->rdata, b->rdata, a->rdata_len) == 0);
}

static bool header_equal(const struct nbt_packet *a, const struct nbt_packet *b)
{
	return a->id == b->id && nbt_packet_flags_word(a) == nbt_packet_flags_word(b) &&
	       a->question_count == b->question_count && a->answer_count == b->answer_count &&
	       a->authority_count == b->authority_count &&
	       a->additional_count == b->additional_count;
}

bool nbt_packet_equal(const struct nbt_packet *a, const struct nbt_packet *b)
{
	if (!header_equal(a, b))
		return false;
	for (size_t i = 0; i < a->question_count; i++)
		if (!question_equal(&a->question[i], &b->question[i]))
			return false;
	for (size_t i = 0; i < nbt_packet_record_count(a); i++)
		if (!record_equal(&a->record[i], &b->record[i]))
			return false;
	return true;
}

size_t nbt_record_address_count(const struct nbt_record *record)
{
	return record->rdata_len % NBT_ADDRESS_LEN == 0 ? record->rdata_len / NBT_ADDRESS_LEN : 0;
}

struct nbt_address nbt_record_address(const struct nbt_record *record, size_t index)
{
	const uint8_t *entry = record->rdata + index * NBT_ADDRESS_LEN;
	struct nbt_address address = { .flags = (uint16_t)(entry[0] << 8 | entry[1]) };

	memcpy(&address.address.s_addr, entry + 2, sizeof(address.address.s_addr));
	return address;
}

void nbt_address_write(uint8_t *buf, const struct nbt_address *addresses, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t *entry = buf + i * NBT_ADDRESS_LEN;

		nbt_put_u16(entry, addresses[i].flags);
		memcpy(entry + 2, &addresses[i].address.s_addr, 4);
	}
}
