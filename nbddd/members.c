#include "nbddd/members.h"

#include <stdlib.h>
#include <string.h>

#include "nbddd/service_inner.h"

#define ASKERS_MAX  256
#define MEMBERS_MAX ((NBT_LOCAL_MESSAGE_MAX - NBT_ENVELOPE_LEN) / NBT_ADDRESS_LEN)

/* Somebody who waits for an answer. */
struct asker {
	members_fn *told; /* NULL: free */
	void *ctx;
	uint32_t token;
};

struct members {
	struct dgram_service *service;
	struct asker askers[ASKERS_MAX];
	struct in_addr addresses[MEMBERS_MAX];
};

struct members *members_create(struct dgram_service *service)
{
	struct members *members = calloc(1, sizeof(*members));

	if (members != NULL)
		members->service = service;
	return members;
}

void members_destroy(struct members *members)
{
	free(members);
}

static bool is_known(const struct members *members, size_t count, struct in_addr address)
{
	for (size_t i = 0; i < count; i++)
		if (members->addresses[i].s_addr == address.s_addr)
			return true;
	return false;
}

static size_t read_addresses(struct members *members, const struct nbt_record *record)
{
	size_t total = nbt_record_address_count(record), count = 0;

	for (size_t i = 0; i < total && count < MEMBERS_MAX; i++) {
		struct in_addr address = nbt_record_address(record, i).address;

		if (address.s_addr != INADDR_ANY &&
		    !dgram_is_broadcast(members->service, address) &&
		    !is_known(members, count, address))
			members->addresses[count++] = address;
	}
	return count;
}

static void answered(void *ctx, uint32_t token, const struct look_up_answer *answer,
		     const struct nbt_env *env)
{
	struct members *members = ctx;
	const struct asker asker = members->askers[token];
	struct members_list list = { .items = members->addresses };

	members->askers[token].told = NULL;
	if (answer->packet != NULL)
		list.is_known = answer->rcode == NBT_RCODE_OK || answer->rcode == NBT_RCODE_NAM_ERR;
	if (answer->packet != NULL && answer->rcode == NBT_RCODE_OK &&
	    answer->packet->answer_count > 0)
		list.count = read_addresses(members, &answer->packet->record[0]);
	list.is_whole = list.is_known && (answer->packet->flags & NBT_FLAG_TC) == 0;
	asker.told(asker.ctx, asker.token, &list, env);
}

bool members_ask(struct members *members, const struct nbt_name *name,
		 const struct nbt_scope *scope, members_fn *told, void *ctx, uint32_t token,
		 const struct nbt_env *env)
{
	const struct nbt_local_query query = { .name = *name,
					       .scope = *scope,
					       .all_members = true };
	uint32_t slot = 0;

	(void)env;
	while (slot < ASKERS_MAX && members->askers[slot].told != NULL)
		slot++;
	if (slot == ASKERS_MAX || !dgram_look_up(members->service, &query, answered, members, slot))
		return false;
	members->askers[slot] = (struct asker){ told, ctx, token };
	return true;
}
