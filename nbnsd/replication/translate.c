#include "nbnsd/replication/translate.h"

#include "nbnsd/replication/replica.h"

struct in_addr translate_owner_in(struct in_addr owner, struct in_addr self)
{
	return owner.s_addr == self.s_addr ? OWNER_SELF : owner;
}

struct in_addr translate_owner_out(struct in_addr owner, struct in_addr self)
{
	return owner.s_addr == OWNER_SELF.s_addr ? self : owner;
}

static bool has_list(uint8_t kind)
{
	return kind == RECORD_SPECIAL_GROUP || kind == RECORD_MULTIHOMED;
}

/* The codes of kinds and states are the same. What they may be is replica_check()'s to say. */
void translate_in(struct record *out, const struct nbt_replica *in, struct in_addr owner,
		  struct in_addr self)
{
	*out = (struct record){ .name = in->name,
				.scope = in->scope,
				.kind = in->type,
				.state = in->state,
				.node_type = in->node,
				.is_static = in->is_static,
				.owner = translate_owner_in(owner, self),
				.version = in->version };
	if (in->type == RECORD_GROUP) {
		if (in->member_count > 0 && in->member[0].address.s_addr != INADDR_BROADCAST)
			out->registered_by = in->member[0].address;
		return;
	}
	for (size_t i = 0; i < in->member_count; i++)
		replica_add_address(out, in->member[i].address,
				    has_list(in->type)
					    ? translate_owner_in(in->member[i].owner, self)
					    : out->owner);
}

/* It says nothing, but another server's goes on as it came. */
static struct in_addr group_address(const struct record *in)
{
	if (record_is_owned(in) || in->registered_by.s_addr == INADDR_ANY)
		return (struct in_addr){ INADDR_BROADCAST };
	return in->registered_by;
}

/* A list that has lost its members is one of nobody; every other record has its one address. */
void translate_out(struct nbt_replica *out, const struct record *in, struct in_addr self)
{
	out->name = in->name;
	out->scope = in->scope;
	out->version = in->version;
	out->type = in->kind;
	out->state = in->state;
	out->node = in->node_type;
	out->is_static = in->is_static;
	out->member_count = in->address_count;
	for (size_t i = 0; i < in->address_count; i++)
		out->member[i] = (struct nbt_replica_member){ .owner = translate_owner_out(
								      in->address[i].owner, self),
							      .address = in->address[i].address };
	if (has_list(in->kind))
		return;
	if (in->kind == RECORD_GROUP)
		out->member[0].address = group_address(in);
	else if (in->address_count == 0)
		out->member[0].address.s_addr = INADDR_ANY;
	out->member[0].owner.s_addr = INADDR_ANY;
	out->member_count = 1;
}
