/* Which names a packet is about. */
#include "config.h"

#include <string.h>

#include "tools/nbtdump_packet.h"

#define NO_SUFFIX -1

static bool tell(const struct nbt_name *name, dump_name_fn *each, void *ctx)
{
	return each(ctx, name, nbt_name_suffix(name));
}

/* A name in a frame of the browser or of RAP, which may be longer than a name. */
static bool tell_text(const char *text, dump_name_fn *each, void *ctx)
{
	struct nbt_name name;

	return text != NULL && text[0] != '\0' &&
	       nbt_name_make_exact(&name, text, NBT_SUFFIX_WORKSTATION) == NBT_OK &&
	       each(ctx, &name, NO_SUFFIX);
}

static bool names_of_name(const struct dump_packet *p, dump_name_fn *each, void *ctx)
{
	for (size_t i = 0; i < p->name.question_count; i++)
		if (tell(&p->name.question[i].name, each, ctx))
			return true;
	for (size_t i = 0; i < nbt_packet_record_count(&p->name); i++)
		if (tell(&p->name.record[i].of.name, each, ctx))
			return true;
	if (!(p->kinds & DUMP_KIND_STATUS))
		return false;
	for (size_t i = 0; i < p->status.count; i++)
		if (tell(&p->status.names[i].name, each, ctx))
			return true;
	return false;
}

static bool names_of_frame(const struct nbt_browse *f, dump_name_fn *each, void *ctx)
{
	if (tell_text(f->name, each, ctx) ||
	    (f->opcode == NBT_BROWSE_DOMAIN_ANNOUNCEMENT && tell_text(f->comment, each, ctx)))
		return true;
	if (f->opcode != NBT_BROWSE_GET_BACKUP_LIST_RESPONSE)
		return false;
	for (size_t i = 0; i < f->count && i < NBT_BROWSE_BACKUP_MAX; i++)
		if (tell_text(f->backup[i], each, ctx))
			return true;
	return false;
}

static bool names_of_datagram(const struct dump_packet *p, dump_name_fn *each, void *ctx)
{
	const struct nbt_datagram *d = &p->datagram;
	bool has_source = d->type <= NBT_DGM_BROADCAST && !nbt_datagram_is_rest(d);

	if (has_source && tell(&d->source, each, ctx))
		return true;
	if ((has_source || d->type >= NBT_DGM_QUERY_REQUEST) && tell(&d->destination, each, ctx))
		return true;
	return (p->kinds & DUMP_KIND_BROWSE) && names_of_frame(&p->browse, each, ctx);
}

static bool names_of_session(const struct dump_packet *p, dump_name_fn *each, void *ctx)
{
	const struct rap_arguments *arguments = &p->smb.call.arguments;

	if (p->session.type == NBT_SES_REQUEST)
		return tell(&p->session.called, each, ctx) || tell(&p->session.calling, each, ctx);
	if (!(p->kinds & DUMP_KIND_RAP) || !p->smb.has_call)
		return false;
	for (unsigned i = 0; i < arguments->text_count; i++)
		if (tell_text(arguments->text[i], each, ctx))
			return true;
	return false;
}

static bool names_of_replication(const struct dump_packet *p, dump_name_fn *each, void *ctx)
{
	struct nbt_replication_list list = p->replication.list;
	static struct nbt_replica replica;

	if (p->replication.type != NBT_REPL_MESSAGE ||
	    p->replication.opcode != NBT_REPL_RECORDS_RESPONSE)
		return false;
	while (nbt_replication_next_record(&list, &replica))
		if (tell(&replica.name, each, ctx))
			return true;
	return false;
}

bool dump_packet_names(const struct dump_packet *p, dump_name_fn *each, void *ctx)
{
	if (p->kinds & DUMP_KIND_NAME)
		return names_of_name(p, each, ctx);
	if (p->kinds & DUMP_KIND_DATAGRAM)
		return names_of_datagram(p, each, ctx);
	if (p->kinds & DUMP_KIND_SESSION)
		return names_of_session(p, each, ctx);
	if (p->kinds & DUMP_KIND_REPLICATION)
		return names_of_replication(p, each, ctx);
	return false;
}
