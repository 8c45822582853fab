/*
 * The browser: the bytes are a story of frames from the network, of what the name service says, of
 * pulls, and of time. Whatever comes, names are claimed once and released once, what is sent can be
 * read, no more is listed than there is room for, and at the end nothing is claimed.
 */
#include "fuzz.h"

#include <string.h>

#include <nbt/mailslot.h>

#include "browserd/service_inner.h"
#include "common/array.h"

#define CLAIMS 64

struct story {
	struct fuzz_input in;
	struct browser_service *service;
	struct nbt_env env;
	uint32_t lots, token, lookup;
	struct nbt_local_claim claims[CLAIMS];
	size_t claim_count;
};

static const char *const workgroups[] = { "LAB", "SHOP" };
static const char *const aliases[] = { "ALIAS" };
static const struct in_addr ours = { 0x0100000A };

static size_t find(const struct story *story, const struct nbt_local_claim *claim)
{
	size_t i = 0;

	while (i < story->claim_count &&
	       (story->claims[i].interface.s_addr != claim->interface.s_addr ||
		!nbt_name_equal(&story->claims[i].name, &claim->name)))
		i++;
	return i;
}

static bool on_claim(void *ctx, const struct nbt_local_claim *claim)
{
	struct story *story = ctx;

	must(find(story, claim) == story->claim_count && story->claim_count < CLAIMS);
	story->claims[story->claim_count++] = *claim;
	return true;
}

static void forget(struct story *story, size_t i)
{
	must(i < story->claim_count);
	story->claims[i] = story->claims[--story->claim_count];
}

static void on_release(void *ctx, const struct nbt_local_claim *claim)
{
	forget(ctx, find(ctx, claim));
}

static void on_send(void *ctx, const struct nbt_envelope *envelope,
		    const struct nbt_datagram *datagram)
{
	struct nbt_mailslot mailslot;
	struct nbt_browse frame;

	(void)ctx;
	must((envelope->flags & NBT_LOCAL_DATAGRAM) != 0 && datagram->data_len <= NBT_MAILSLOT_MAX);
	must(nbt_mailslot_decode(&mailslot, datagram->data, datagram->data_len) == NBT_OK);
	must((nbt_mailslot_is(&mailslot, NBT_MAILSLOT_LANMAN)
		      ? nbt_lanman_decode
		      : nbt_browse_decode)(&frame, mailslot.data, mailslot.data_len) == NBT_OK);
}

static void on_pull(void *ctx, const struct browser_pull *pull)
{
	struct story *story = ctx;

	must(pull->token != 0 && *pull->name != '\0');
	story->token = pull->token;
}

static bool on_lookup(void *ctx, const struct browser_lookup *lookup)
{
	struct story *story = ctx;

	must(lookup->token != 0);
	story->lookup = lookup->token;
	return true;
}

static void on_news(void *ctx, const struct browser_news *news)
{
	(void)ctx;
	must(news->type < BROWSER_NEWS_TYPES && news->role < BROWSER_ROLES);
}

static const struct browser_sinks sinks = { on_send, on_claim,  on_release,
					    on_pull, on_lookup, on_news };

/*
 * Steps.
 */

static void step_name(struct story *story)
{
	uint8_t how = fuzz_take(&story->in);
	struct nbt_local_claim claim;
	struct local_event event = { .type = LOCAL_CLAIMED, .claim = &claim };

	if (story->claim_count == 0)
		return;
	claim = story->claims[how % story->claim_count];
	if ((how & 0xC0) == 0xC0) {
		event.type = how & 0x20 ? LOCAL_LOST : LOCAL_REFUSED;
		forget(story, find(story, &claim));
	}
	browser_event(story->service, &event, &story->env);
}

static void all_held(struct story *story)
{
	for (size_t i = 0; i < story->claim_count; i++) {
		const struct nbt_local_claim claim = story->claims[i];
		const struct local_event event = { .type = LOCAL_CLAIMED, .claim = &claim };

		browser_event(story->service, &event, &story->env);
	}
}

static void step_link(struct story *story)
{
	struct local_event event = { .type = fuzz_take(&story->in) % 2 ? LOCAL_UP : LOCAL_DOWN };

	browser_event(story->service, &event, &story->env);
}

/* The longest frame that is left, in a datagram for one of our names. */
static void step_frame(struct story *story)
{
	static const char *const to[] = { "LAB<00>",  "LAB<1D>",   "LAB<1E>",
					  "SHOP<1E>", "SELF<00>",  "<01><02>__MSBROWSE__<02><01>",
					  "SHOP<1D>", "OTHER<1E>", "SELF<00>",
					  "LAB<1B>",  "SHOP<1B>",  "SELF<00>" };
	uint8_t how = fuzz_take(&story->in), len = fuzz_take(&story->in);
	uint8_t data[600], bytes[1200];
	struct nbt_mailslot mailslot = { .name = how & 0x40 ? NBT_MAILSLOT_LANMAN
							    : NBT_MAILSLOT_BROWSE,
					 .priority = len & 1 ? 1 : BROWSER_QUICK_PRIORITY,
					 .data = story->in.bytes };
	struct nbt_datagram datagram = { .type = NBT_DGM_DIRECT_GROUP,
					 .flags = NBT_DGM_FLAG_FIRST,
					 .source_address = { 0x0000000A | (uint32_t)(2 + how / 64)
										  << 24 },
					 .source_port = 138,
					 .data = data };
	const struct nbt_envelope envelope = { .flags = NBT_LOCAL_DATAGRAM,
					       .interface = ours,
					       .peer = datagram.source_address,
					       .peer_port = 138 };
	struct local_event event = { .type = LOCAL_DATAGRAM,
				     .envelope = &envelope,
				     .datagram = bytes };

	mailslot.data_len = len < story->in.left ? len : story->in.left;
	must(nbt_name_from_text(&datagram.source, how & 0x80 ? "ANNE<00>" : "BOB<20>", 0) ==
	     NBT_OK);
	must(nbt_name_from_text(&datagram.destination, to[(how & 0x3F) % ARRAY_SIZE(to)], 0) ==
	     NBT_OK);
	must(nbt_mailslot_encode(&mailslot, data, sizeof(data), &datagram.data_len) == NBT_OK);
	must(nbt_datagram_encode(&datagram, bytes, sizeof(bytes), &event.datagram_len) == NBT_OK);
	story->in.bytes += mailslot.data_len;
	story->in.left -= mailslot.data_len;
	browser_event(story->service, &event, &story->env);
}

static void step_raw(struct story *story)
{
	const struct nbt_envelope envelope = { .flags = NBT_LOCAL_DATAGRAM, .interface = ours };
	size_t len = fuzz_take(&story->in);
	struct local_event event = { .type = LOCAL_DATAGRAM, .envelope = &envelope };
	uint8_t *exact;

	if (len > story->in.left)
		len = story->in.left;
	exact = malloc(len > 0 ? len : 1);
	must(exact != NULL);
	memcpy(exact, story->in.bytes, len);
	event.datagram = exact;
	event.datagram_len = len;
	browser_event(story->service, &event, &story->env);
	free(exact);
	story->in.bytes += len;
	story->in.left -= len;
}

static void step_pull(struct story *story)
{
	uint8_t how = fuzz_take(&story->in);
	struct lists_record record = { .name = { (char)fuzz_take(&story->in), 'X' }, .type = how };

	browser_pull_record(story->service, story->token, how % LISTS_KINDS, &record, &story->env);
	if (how & 2)
		browser_pull_end(story->service, story->token, how & 4, &story->env);
}

static void step_lookup(struct story *story)
{
	uint8_t how = fuzz_take(&story->in);
	struct browser_found found = { .is_there = how & 1, .is_definite = how & 2 };

	found.count = found.is_there ? (how >> 2) % (BROWSER_ADDRESSES_MAX + 1) : 0;
	for (size_t i = 0; i < found.count; i++)
		found.addresses[i].s_addr = 0x0000000A | (uint32_t)fuzz_take(&story->in) << 24;
	memcpy(found.server, "DMB", sizeof("DMB"));
	browser_lookup_end(story->service, story->lookup, &found, &story->env);
}

static void step_order(struct story *story)
{
	browser_order(story->service, (enum browser_order)(fuzz_take(&story->in) % 3), NULL,
		      &story->env);
}

static void pass(struct story *story, uint64_t ms)
{
	uint64_t until = story->env.now_ms + ms;

	for (unsigned turns = 0; browser_deadline(story->service) <= until; turns++) {
		must(turns < 100000);
		if (browser_deadline(story->service) > story->env.now_ms)
			story->env.now_ms = browser_deadline(story->service);
		browser_wake(story->service, &story->env);
	}
	story->env.now_ms = until;
}

static void step_time(struct story *story)
{
	uint8_t how = fuzz_take(&story->in);

	pass(story, how & 0x80 ? (uint64_t)(how & 0x7F) * 30000 : (uint64_t)how * 50);
	must(lists_count(browser_lists(story->service), LISTS_SERVERS) <= 8 + 4);
}

typedef void step_fn(struct story *story);
static step_fn *const steps[] = { step_frame, step_frame,  step_time,  step_name,  all_held,
				  step_raw,   step_pull,   step_link,  step_order, step_frame,
				  step_time,  step_lookup, step_lookup };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct browser_interface interface = { { 0x0100000A }, { 0x00FFFFFF } };
	struct browser_settings settings = BROWSER_SETTINGS_DEFAULT;
	const struct local_event up = { .type = LOCAL_UP };
	struct story story = { .in = { data, size } };
	uint8_t how = fuzz_take(&story.in);

	settings.name = "SELF";
	settings.workgroups = workgroups;
	settings.workgroup_count = ARRAY_SIZE(workgroups);
	settings.aliases = aliases;
	settings.alias_count = ARRAY_SIZE(aliases);
	settings.local_master = (how & 1) == 0;
	settings.preferred_master = how & 2;
	settings.virtual_lan = how & 0x80;
	settings.domain_master = (enum browser_domain)(how / 8 % 3);
	settings.peers = 3;
	settings.lists.servers = 8;
	settings.lists.workgroups = 4;
	story.env = (struct nbt_env){ .now_ms = 1000, .random = fuzz_draw };
	story.env.random_ctx = &story.lots;
	story.service = browser_create(&settings, &sinks, &story, &story.env);
	must(story.service != NULL);
	must(browser_set_interfaces(story.service, &interface, 1, &story.env));
	browser_event(story.service, &up, &story.env);
	if (how & 4)
		all_held(&story);
	while (story.in.left > 0)
		steps[fuzz_take(&story.in) % ARRAY_SIZE(steps)](&story);
	browser_stop(story.service, &story.env);
	must(story.claim_count == 0 && browser_deadline(story.service) == NBT_NEVER);
	browser_destroy(story.service);
	return 0;
}
