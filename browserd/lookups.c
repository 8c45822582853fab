#include "browserd/lookups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "browserd/text.h"
#include "common/local.h"
#include "common/log.h"

#define LOOKUPS_MAX 256

/* One under way. */
struct pending {
	uint32_t token; /* 0: free */
	enum browser_lookup_type type;
	struct nbt_name name;
	struct in_addr address;
	size_t server; /* the next of the name servers */
};

struct lookups {
	struct local *names;
	struct lookups_settings settings;
	lookups_end_fn *end;
	void *ctx;
	struct pending pending[LOOKUPS_MAX];
};

/*
 * Asking.
 */

static bool is_of_server(const struct pending *pending)
{
	return pending->type == BROWSER_LOOKUP_NAME || pending->type == BROWSER_LOOKUP_NBNS ||
	       pending->type == BROWSER_LOOKUP_MASTERS;
}

static bool ask(struct lookups *lookups, struct pending *pending)
{
	struct nbt_local_query query = { .name = pending->name,
					 .scope = lookups->settings.scope,
					 .peer = pending->address,
					 .is_status = pending->type == BROWSER_LOOKUP_STATUS ||
						      pending->type == BROWSER_LOOKUP_NODE };

	if (is_of_server(pending) && pending->server < lookups->settings.server_count)
		query.peer = lookups->settings.servers[pending->server++];
	return local_query(lookups->names, &query, pending->token);
}

bool lookups_ask(struct lookups *lookups, const struct browser_lookup *lookup)
{
	for (size_t i = 0; i < LOOKUPS_MAX; i++) {
		struct pending *pending = &lookups->pending[i];

		if (pending->token != 0)
			continue;
		*pending = (struct pending){ .token = lookup->token,
					     .type = lookup->type,
					     .name = lookup->name,
					     .address = lookup->address };
		if (ask(lookups, pending))
			return true;
		pending->token = 0;
		return false;
	}
	return false;
}

/*
 * Answers.
 */

static void read_addresses(const struct nbt_record *record, struct browser_found *found)
{
	size_t count = nbt_record_address_count(record);

	for (size_t i = 0; i < count && found->count < BROWSER_ADDRESSES_MAX; i++)
		found->addresses[found->count++] = nbt_record_address(record, i).address;
	found->is_there = found->count > 0;
}

static bool is_unique(const struct nbt_status_name *name, uint8_t suffix)
{
	return (name->flags & NBT_STATUS_GROUP) == 0 && nbt_name_suffix(&name->name) == suffix;
}

static void read_mastered(const struct nbt_node_status *status, struct browser_found *found)
{
	for (size_t i = 0; i < status->count; i++)
		if (is_unique(&status->names[i], NBT_SUFFIX_DMB) &&
		    found->mastered_count < BROWSER_MASTERED_MAX)
			text_of_name(found->mastered[found->mastered_count++],
				     &status->names[i].name);
}

/* As nmbd: the first name of a server; else of a workstation. */
static void read_status(const struct nbt_record *record, enum browser_lookup_type type,
			struct browser_found *found)
{
	static const uint8_t suffixes[] = { NBT_SUFFIX_SERVER, NBT_SUFFIX_WORKSTATION };
	struct nbt_node_status status;

	if (nbt_node_status_decode(&status, record->rdata, record->rdata_len) != NBT_OK)
		return;
	read_mastered(&status, found);
	for (size_t s = 0; s < sizeof(suffixes) && !found->is_there; s++)
		for (size_t i = 0; i < status.count && !found->is_there; i++) {
			const struct nbt_status_name *name = &status.names[i];

			if (type == BROWSER_LOOKUP_NODE)
				found->is_there = (name->flags & NBT_STATUS_ONT) != 0;
			else if (is_unique(name, suffixes[s])) {
				text_of_name(found->server, &name->name);
				found->is_there = true;
			}
		}
}

static void read_answer(const struct pending *pending, const struct local_event *event,
			struct browser_found *found)
{
	if (event->packet == NULL || event->packet->answer_count == 0 ||
	    event->rcode != NBT_RCODE_OK)
		found->is_definite = event->rcode == NBT_RCODE_NAM_ERR;
	else if (is_of_server(pending) || pending->type == BROWSER_LOOKUP_PROBE)
		read_addresses(&event->packet->record[0], found);
	else
		read_status(&event->packet->record[0], pending->type, found);
}

/* The next name server is asked where one says nothing. Without any our nbnsd is it, or there is
 * none: then nobody else can have a name that is ours. */
static void answer(struct lookups *lookups, struct pending *pending,
		   const struct local_event *event)
{
	struct browser_found found = { .is_there = false };
	uint32_t token = pending->token;

	read_answer(pending, event, &found);
	if (!found.is_there && !found.is_definite && is_of_server(pending) &&
	    pending->server < lookups->settings.server_count && ask(lookups, pending))
		return;
	if (pending->type == BROWSER_LOOKUP_NBNS && lookups->settings.server_count == 0)
		found = (struct browser_found){ .is_there = false };
	pending->token = 0;
	lookups->end(lookups->ctx, token, &found);
}

static void on_event(void *ctx, const struct local_event *event)
{
	struct lookups *lookups = ctx;

	if (event->type == LOCAL_DOWN)
		log_warning("no connection to nbnsd: nobody can be looked up");
	for (size_t i = 0; event->type == LOCAL_ANSWER && i < LOOKUPS_MAX; i++)
		if (lookups->pending[i].token == event->token) {
			answer(lookups, &lookups->pending[i], event);
			return;
		}
}

/*
 * All of them.
 */

int lookups_open(struct lookups **out, struct loop *loop, const char *path, lookups_end_fn *end,
		 void *ctx)
{
	const struct local_settings settings = LOCAL_SETTINGS_DEFAULT;
	struct lookups *lookups = calloc(1, sizeof(*lookups));
	int ret;

	*out = lookups;
	if (lookups == NULL)
		return -ENOMEM;
	lookups->end = end;
	lookups->ctx = ctx;
	ret = local_open(&lookups->names, loop, path, &settings, on_event, lookups);
	if (ret < 0) {
		free(lookups);
		*out = NULL;
	}
	return ret;
}

void lookups_close(struct lookups *lookups)
{
	if (lookups == NULL)
		return;
	local_close(lookups->names);
	free(lookups);
}

void lookups_set(struct lookups *lookups, const struct lookups_settings *settings)
{
	lookups->settings = *settings;
}
