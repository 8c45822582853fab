/* Messages of WINS replication, written entry by entry. */
#include "libnbt/wire/replication.h"

#define COUNT_AT 20

/* Begins to write at w->len; what is written is there only if keep() says so. */
static struct nbt_writer writer_at(const struct nbt_replication_writer *w)
{
	struct nbt_writer out = nbt_writer_of(w->buf, w->size);

	out.pos = w->len;
	return out;
}

static enum nbt_error keep(struct nbt_replication_writer *w, const struct nbt_writer *out)
{
	if (out->err == NBT_OK)
		w->len = out->pos;
	return out->err;
}

enum nbt_error nbt_replication_begin(struct nbt_replication_writer *w,
				     const struct nbt_replication *head, uint8_t *buf, size_t size)
{
	const struct nbt_replication_body *body = nbt_replication_body_of(head);
	struct nbt_writer out;

	*w = (struct nbt_replication_writer){ .head = *head, .buf = buf, .size = size };
	if (body == NULL)
		return NBT_EVALUE;
	out = writer_at(w);
	nbt_write_u32(&out, 0);
	nbt_write_u32(&out, NBT_REPL_MARK);
	nbt_write_u32(&out, head->destination);
	nbt_write_u32(&out, head->type);
	if (head->type == NBT_REPL_MESSAGE)
		nbt_write_u32(&out, head->opcode);
	body->write_head(&out, head);
	return keep(w, &out);
}

static bool holds(const struct nbt_replication_writer *w, enum nbt_replication_list_of list)
{
	const struct nbt_replication_body *body = nbt_replication_body_of(&w->head);

	return body != NULL && body->list == list && w->count < UINT32_MAX;
}

enum nbt_error nbt_replication_add_owner(struct nbt_replication_writer *w,
					 const struct nbt_owner_versions *in)
{
	struct nbt_writer out = writer_at(w);

	if (!holds(w, NBT_REPL_OWNERS))
		return NBT_EVALUE;
	nbt_write_versions(&out, in, 1);
	w->count += out.err == NBT_OK;
	return keep(w, &out);
}

enum nbt_error nbt_replication_add_record(struct nbt_replication_writer *w,
					  const struct nbt_replica *in)
{
	struct nbt_writer out = writer_at(w);

	if (!holds(w, NBT_REPL_RECORDS))
		return NBT_EVALUE;
	nbt_write_replica(&out, in);
	w->count += out.err == NBT_OK;
	return keep(w, &out);
}

enum nbt_error nbt_replication_end(struct nbt_replication_writer *w, size_t *len)
{
	const struct nbt_replication_body *body = nbt_replication_body_of(&w->head);
	struct nbt_writer out = writer_at(w);

	if (body == NULL || w->len == 0)
		return NBT_EVALUE;
	body->write_tail(&out, &w->head);
	if ((uint64_t)out.pos - NBT_REPL_LENGTH_SIZE > UINT32_MAX)
		nbt_writer_fail(&out, NBT_EVALUE);
	if (out.err == NBT_OK) {
		nbt_put_u32(w->buf, (uint32_t)(out.pos - NBT_REPL_LENGTH_SIZE));
		if (body->list != NBT_REPL_NO_LIST)
			nbt_put_u32(w->buf + COUNT_AT, w->count);
	}
	*len = out.pos;
	return keep(w, &out);
}

enum nbt_error nbt_replication_records_head(uint8_t head[NBT_REPL_RECORDS_HEAD],
					    uint32_t destination, uint32_t count,
					    uint64_t records_len)
{
	const struct nbt_replication response = { .destination = destination,
						  .type = NBT_REPL_MESSAGE,
						  .opcode = NBT_REPL_RECORDS_RESPONSE };
	struct nbt_replication_writer w;
	enum nbt_error err = nbt_replication_begin(&w, &response, head, NBT_REPL_RECORDS_HEAD);

	if (records_len > UINT32_MAX - (NBT_REPL_RECORDS_HEAD - NBT_REPL_LENGTH_SIZE))
		return NBT_EVALUE;
	nbt_put_u32(head, (uint32_t)(NBT_REPL_RECORDS_HEAD - NBT_REPL_LENGTH_SIZE + records_len));
	nbt_put_u32(head + COUNT_AT, count);
	return err;
}

static enum nbt_error copy_list(struct nbt_replication_writer *w, const struct nbt_replication *in)
{
	struct nbt_replication_list list = in->list;
	struct nbt_owner_versions versions;
	struct nbt_replica replica;
	enum nbt_error err = NBT_OK;

	while (err == NBT_OK && holds(w, NBT_REPL_OWNERS) &&
	       nbt_replication_next_owner(&list, &versions))
		err = nbt_replication_add_owner(w, &versions);
	while (err == NBT_OK && holds(w, NBT_REPL_RECORDS) &&
	       nbt_replication_next_record(&list, &replica))
		err = nbt_replication_add_record(w, &replica);
	return err;
}

enum nbt_error nbt_replication_encode(const struct nbt_replication *in, uint8_t *buf, size_t size,
				      size_t *len)
{
	struct nbt_replication_writer w;
	enum nbt_error err = nbt_replication_begin(&w, in, buf, size);

	if (err == NBT_OK)
		err = copy_list(&w, in);
	if (err == NBT_OK)
		err = nbt_replication_end(&w, len);
	return err;
}
