#include "lan.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include <nbt/mailslot.h>

#include "browserd/select.h"
#include "browserd/text.h"

#define CLAIM_MS          750
#define MAILSLOT_PRIORITY 63 /* its place in the message */

enum flight_kind { FLIGHT_DATAGRAM, FLIGHT_PULL, FLIGHT_NAME, FLIGHT_LOOKUP };

struct lan_flight {
	uint64_t at_ms, number;
	enum flight_kind kind;
	struct lan_host *to;
	struct browser_service *service; /* of then */
	struct nbt_envelope envelope;
	uint8_t bytes[600];
	size_t len;
	bool from_master;     /* what a rival should notice */
	bool is_announcement; /* HostAnnouncement */
	uint32_t token;       /* PULL */
	struct in_addr peer;
	bool is_local; /* PULL */
	char workgroup[NBT_BROWSE_NAME_SIZE];
	struct nbt_local_claim claim; /* NAME */
	struct browser_lookup lookup; /* LOOKUP */
};

/*
 * Chance.
 */

uint32_t lan_random(struct lan *lan, uint32_t below)
{
	lan->state ^= lan->state << 13;
	lan->state ^= lan->state >> 7;
	lan->state ^= lan->state << 17;
	return (uint32_t)((lan->state >> 20) % below);
}

static uint32_t draw(void *ctx, uint32_t below)
{
	return lan_random(ctx, below);
}

struct lan *lan_new(uint64_t seed)
{
	struct lan *lan = calloc(1, sizeof(*lan));

	assert_non_null(lan);
	lan->seed = seed;
	lan->state = seed * UINT64_C(0x9E3779B97F4A7C15) | 1;
	lan->is_told = getenv("NBT_TOLD") != NULL;
	lan->delay_ms = 1;
	lan->env = (struct nbt_env){ .now_ms = HOUR, .random = draw, .random_ctx = lan };
	return lan;
}

void lan_free(struct lan *lan)
{
	for (size_t i = 0; i < lan->host_count; i++) {
		browser_destroy(lan->hosts[i]->service);
		free(lan->hosts[i]);
	}
	free(lan->flights);
	free(lan);
}

/*
 * Flights.
 */

static bool is_before(const struct lan_flight *a, const struct lan_flight *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->number < b->number;
}

static void swap(struct lan *lan, size_t a, size_t b)
{
	struct lan_flight other = lan->flights[a];

	lan->flights[a] = lan->flights[b];
	lan->flights[b] = other;
}

static void fly(struct lan *lan, const struct lan_flight *flight)
{
	size_t i = lan->flight_count;

	if (i == lan->flight_space) {
		lan->flight_space = i > 0 ? 2 * i : 64;
		lan->flights = realloc(lan->flights, lan->flight_space * sizeof(*lan->flights));
		assert_non_null(lan->flights);
	}
	lan->flights[i] = *flight;
	lan->flights[i].number = lan->flight_number++;
	lan->flight_count++;
	for (; i > 0 && is_before(&lan->flights[i], &lan->flights[(i - 1) / 2]); i = (i - 1) / 2)
		swap(lan, i, (i - 1) / 2);
}

static struct lan_flight land(struct lan *lan)
{
	struct lan_flight first = lan->flights[0];
	size_t i = 0;

	lan->flights[0] = lan->flights[--lan->flight_count];
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < lan->flight_count &&
		    is_before(&lan->flights[child + 1], &lan->flights[child]))
			child++;
		if (child >= lan->flight_count ||
		    !is_before(&lan->flights[child], &lan->flights[i]))
			return first;
		swap(lan, i, child);
		i = child;
	}
}

/*
 * Who hears whom.
 */

static bool is_same_subnet(struct in_addr a, struct in_addr b)
{
	return ((a.s_addr ^ b.s_addr) & htonl(0xFFFFFF00)) == 0;
}

static bool can_hear(const struct lan_host *a, const struct lan_host *b)
{
	return a->is_on && b->is_on && a->side == b->side;
}

static struct lan_name *find_name(struct lan_host *host, const struct nbt_name *name)
{
	for (size_t i = 0; i < host->name_count; i++)
		if (nbt_name_equal(&host->names[i].claim.name, name))
			return &host->names[i];
	return NULL;
}

static bool has_name(struct lan_host *host, const struct nbt_name *name)
{
	const struct lan_name *found = find_name(host, name);

	return found != NULL && found->is_held;
}

/*
 * The NBNS.
 */

static struct in_addr *owner_of(struct lan *lan, const struct nbt_name *name)
{
	for (size_t i = 0; i < lan->registered_count; i++)
		if (nbt_name_equal(&lan->registered[i].name, name))
			return &lan->registered[i].owner;
	return NULL;
}

static bool is_served(const struct lan_host *host)
{
	return host->lan->has_nbns && host->side == 0;
}

static void unregister(struct lan_host *host, const struct nbt_name *name)
{
	struct lan *lan = host->lan;

	for (size_t i = 0; i < lan->registered_count && is_served(host); i++)
		if (nbt_name_equal(&lan->registered[i].name, name) &&
		    lan->registered[i].owner.s_addr == host->address.s_addr)
			lan->registered[i] = lan->registered[--lan->registered_count];
}

static struct lan_host *host_at(const struct lan *lan, struct in_addr address)
{
	for (size_t i = 0; i < lan->host_count; i++)
		if (lan->hosts[i]->address.s_addr == address.s_addr)
			return lan->hosts[i];
	return NULL;
}

/* Whether the host there would answer for the name. */
static bool defends(struct lan_host *asker, struct in_addr address, const struct nbt_name *name)
{
	struct lan_host *host = host_at(asker->lan, address);

	return host != NULL && can_hear(asker, host) && has_name(host, name);
}

/* false: another has it, and says so. */
static bool registers(struct lan_host *host, const struct nbt_name *name)
{
	struct in_addr *owner = owner_of(host->lan, name);

	if (owner != NULL && owner->s_addr != host->address.s_addr && defends(host, *owner, name))
		return false;
	if (owner == NULL) {
		assert_true(host->lan->registered_count < LAN_NAMES_MAX);
		host->lan->registered[host->lan->registered_count].name = *name;
		owner = &host->lan->registered[host->lan->registered_count++].owner;
	}
	*owner = host->address;
	return true;
}

/*
 * Sinks.
 */

static bool on_claim(void *ctx, const struct nbt_local_claim *claim)
{
	struct lan_host *host = ctx;
	struct lan_flight flight = { .at_ms = host->lan->env.now_ms + CLAIM_MS,
				     .kind = FLIGHT_NAME,
				     .to = host,
				     .service = host->service,
				     .claim = *claim };

	if (claim->name.bytes[0] == '*') /* nothing is claimed of anybody */
		flight.at_ms = host->lan->env.now_ms + 1;
	assert_true(host->name_count < LAN_NAMES_MAX);
	assert_null(find_name(host, &claim->name));
	host->names[host->name_count++] =
		(struct lan_name){ .claim = *claim, .due_ms = flight.at_ms };
	fly(host->lan, &flight);
	return true;
}

static void on_release(void *ctx, const struct nbt_local_claim *claim)
{
	struct lan_host *host = ctx;
	struct lan_name *name = find_name(host, &claim->name);

	assert_non_null(name);
	*name = host->names[--host->name_count];
	if (!claim->broadcast_only)
		unregister(host, &claim->name);
}

static void log_frame(struct lan_host *host, const struct nbt_datagram *datagram,
		      const struct nbt_browse *frame, bool is_lanman)
{
	host->log[host->log_count++ % LAN_LOG_MAX] = (struct lan_frame){
		.frame = *frame,
		.from = datagram->source,
		.to = datagram->destination,
		.at_ms = host->lan->env.now_ms,
		.is_lanman = is_lanman,
	};
}

size_t lan_sent_since(const struct lan_host *host, size_t log_count, unsigned opcode,
		      const struct lan_frame **last)
{
	size_t first = host->log_count > LAN_LOG_MAX ? host->log_count - LAN_LOG_MAX : 0, count = 0;

	*last = NULL;
	for (size_t i = log_count > first ? log_count : first; i < host->log_count; i++)
		if (host->log[i % LAN_LOG_MAX].frame.opcode == opcode) {
			*last = &host->log[i % LAN_LOG_MAX];
			count++;
		}
	return count;
}

/* Its opcode. */
static unsigned note_frame(struct lan_host *host, const struct nbt_datagram *datagram)
{
	struct nbt_mailslot mailslot;
	struct nbt_browse frame;

	assert_error("mailslot", nbt_mailslot_decode(&mailslot, datagram->data, datagram->data_len),
		     NBT_OK);
	if (nbt_mailslot_is(&mailslot, NBT_MAILSLOT_LANMAN)) {
		if (nbt_lanman_decode(&frame, mailslot.data, mailslot.data_len) == NBT_OK)
			log_frame(host, datagram, &frame, true);
		return 0;
	}
	assert_error("frame", nbt_browse_decode(&frame, mailslot.data, mailslot.data_len), NBT_OK);
	log_frame(host, datagram, &frame, false);
	host->sent[frame.opcode]++;
	if (host->lan->is_told)
		printf("%10.3f %s: %s\n", (double)host->lan->env.now_ms / 1000, host->name,
		       nbt_browse_opcode_name(frame.opcode));
	return frame.opcode;
}

/* Who announces himself three times in vain is forgotten, rightly; twice is enough while intervals
 * grow, since a record lives by the one that was said last. */
static void note_loss(struct lan_host *from, const struct lan_host *to, bool is_lost)
{
	if (to->role != BROWSER_ROLE_MASTER || strcmp(from->workgroups[0], to->workgroups[0]) != 0)
		return;
	from->lost = is_lost ? from->lost + 1 : 0;
	if (from->lost >= LISTS_PERIODS - 1)
		from->lost_ms = from->lan->env.now_ms;
}

static void send_to(struct lan_host *from, struct lan_host *to, const struct lan_flight *flight)
{
	struct lan *lan = from->lan;
	struct lan_flight copy = *flight;

	bool is_lost = from != to && lan->loss > 0 && lan_random(lan, 1000) < lan->loss;

	if (flight->is_announcement)
		note_loss(from, to, is_lost);
	if (is_lost)
		return;
	copy.to = to;
	copy.service = to->service;
	copy.at_ms = lan->env.now_ms + 1 + (lan->delay_ms > 1 ? lan_random(lan, lan->delay_ms) : 0);
	copy.envelope.interface = to->address;
	fly(lan, &copy);
}

static bool is_reached(const struct lan_host *from, const struct lan_host *to,
		       const struct nbt_envelope *envelope)
{
	if (!can_hear(from, to))
		return false;
	if ((envelope->flags & NBT_LOCAL_BROADCAST) == 0 && envelope->peer.s_addr == INADDR_ANY)
		return true;
	if ((envelope->flags & NBT_LOCAL_BROADCAST) != 0)
		return is_same_subnet(from->address, to->address);
	return envelope->peer.s_addr == to->address.s_addr ||
	       (is_same_subnet(envelope->peer, to->address) &&
		(ntohl(envelope->peer.s_addr) & 255) == 255);
}

/* To a master by its name, which the name server does not keep. */
static bool is_unknown(const struct lan *lan, const struct nbt_envelope *envelope,
		       const struct nbt_datagram *datagram)
{
	return lan->no_master_names && envelope->peer.s_addr == INADDR_ANY &&
	       (envelope->flags & NBT_LOCAL_BROADCAST) == 0 &&
	       nbt_name_suffix(&datagram->destination) == NBT_SUFFIX_LMB;
}

static void on_send(void *ctx, const struct nbt_envelope *envelope,
		    const struct nbt_datagram *datagram)
{
	struct lan_host *host = ctx;
	struct nbt_datagram sent = *datagram;
	uint8_t data[NBT_MAILSLOT_MAX];
	struct lan_flight flight = { .kind = FLIGHT_DATAGRAM,
				     .from_master = host->role == BROWSER_ROLE_MASTER };

	flight.is_announcement = note_frame(host, datagram) == NBT_BROWSE_HOST_ANNOUNCEMENT;
	if (!host->is_on)
		return;
	sent.source_address = host->address;
	sent.source_port = 138;
	flight.envelope = (struct nbt_envelope){
		.flags = NBT_LOCAL_DATAGRAM | (envelope->flags & NBT_LOCAL_BROADCAST),
		.peer = host->address,
		.peer_port = 138,
	};
	if (host->is_slow) {
		memcpy(data, sent.data, sent.data_len);
		data[MAILSLOT_PRIORITY] = 1;
		sent.data = data;
	}
	assert_error("datagram",
		     nbt_datagram_encode(&sent, flight.bytes, sizeof(flight.bytes), &flight.len),
		     NBT_OK);
	if (is_unknown(host->lan, envelope, &sent))
		return;
	for (size_t i = 0; i < host->lan->host_count; i++)
		if (is_reached(host, host->lan->hosts[i], envelope) &&
		    find_name(host->lan->hosts[i], &sent.destination) != NULL)
			send_to(host, host->lan->hosts[i], &flight);
}

static void on_pull(void *ctx, const struct browser_pull *pull)
{
	struct lan_host *host = ctx;
	struct lan_flight flight = { .at_ms = host->lan->env.now_ms + 200,
				     .kind = FLIGHT_PULL,
				     .to = host,
				     .service = host->service,
				     .token = pull->token,
				     .is_local = pull->is_local,
				     .peer = pull->address };

	text_copy(flight.workgroup, sizeof(flight.workgroup), pull->workgroup);
	host->pulls++;

	fly(host->lan, &flight);
}

/* An answer, or the end of waiting for one. */
static void on_lookup(void *ctx, const struct browser_lookup *lookup)
{
	struct lan_host *host = ctx;
	struct lan_flight flight = { .at_ms = host->lan->env.now_ms + 20,
				     .kind = FLIGHT_LOOKUP,
				     .to = host,
				     .service = host->service,
				     .lookup = *lookup };

	if (lookup->type == BROWSER_LOOKUP_PROBE || lookup->type == BROWSER_LOOKUP_STATUS)
		if (!defends(host, lookup->address, &lookup->name))
			flight.at_ms += 1500;
	fly(host->lan, &flight);
}

static void on_news(void *ctx, const struct browser_news *news)
{
	static const char *const texts[BROWSER_NEWS_TYPES] = { "role",
							       "election",
							       "lost",
							       "master",
							       "rival",
							       "silent",
							       "refused",
							       "pull failed",
							       "reset",
							       "domain master",
							       "not domain master",
							       "yields to",
							       "finds domain master",
							       "misses domain master",
							       "sync failed" };
	struct lan_host *host = ctx;

	if (host->lan->is_told)
		printf("%10.3f %s: %s: %s %s %s\n", (double)host->lan->env.now_ms / 1000,
		       host->name, texts[news->type], browser_role_name(news->role),
		       news->other != NULL ? news->other : "",
		       news->text != NULL ? news->text : "");
	if (news->type != BROWSER_NEWS_ROLE)
		return;
	host->role = news->role;
	host->role_ms = host->lan->env.now_ms;
	host->met_ms = 0;
}

static const struct browser_sinks sinks = { on_send, on_claim,  on_release,
					    on_pull, on_lookup, on_news };

/*
 * Hosts.
 */

struct lan_host *lan_host(struct lan *lan, const char *name, const char *workgroup,
			  const char *address)
{
	const struct browser_settings defaults = BROWSER_SETTINGS_DEFAULT;
	struct lan_host *host = calloc(1, sizeof(*host));

	assert_non_null(host);
	assert_true(lan->host_count < LAN_HOSTS_MAX);
	assert_int_equal(inet_pton(AF_INET, address, &host->address), 1);
	host->lan = lan;
	text_copy(host->name, sizeof(host->name), name);
	host->workgroups[0] = workgroup;
	host->settings = defaults;
	host->settings.name = host->name;
	host->settings.workgroups = host->workgroups;
	host->settings.workgroup_count = 1;
	host->due_ms = NBT_NEVER;
	lan->hosts[lan->host_count++] = host;
	return host;
}

static void touched(struct lan_host *host)
{
	host->due_ms = host->service != NULL ? browser_deadline(host->service) : NBT_NEVER;
}

static void tell(struct lan_host *host, enum local_event_type type)
{
	const struct local_event event = { .type = type };

	browser_event(host->service, &event, &host->lan->env);
	touched(host);
}

void lan_on(struct lan_host *host)
{
	const struct browser_interface interface = { host->address, { htonl(0xFFFFFF00) } };

	assert_false(host->is_on);
	host->is_on = true;
	host->role = BROWSER_ROLE_OFF;
	host->service = browser_create(&host->settings, &sinks, host, &host->lan->env);
	assert_non_null(host->service);
	/* What was claimed meanwhile is decided for the service that there is now. */
	for (size_t i = 0; i < host->lan->flight_count; i++)
		if (host->lan->flights[i].to == host && host->lan->flights[i].service == NULL)
			host->lan->flights[i].service = host->service;
	tell(host, LOCAL_UP);
	assert_true(browser_set_interfaces(host->service, &interface, 1, &host->lan->env));
	touched(host);
}

static void off(struct lan_host *host)
{
	browser_destroy(host->service);
	host->service = NULL;
	host->is_on = false;
	host->name_count = 0;
	host->role = BROWSER_ROLE_OFF;
	host->seen_ms = host->lan->env.now_ms;
	for (size_t i = 0; i < host->lan->flight_count; i++)
		if (host->lan->flights[i].to == host)
			host->lan->flights[i].to = NULL;
	touched(host);
}

void lan_crash(struct lan_host *host)
{
	off(host);
}

void lan_stop(struct lan_host *host)
{
	browser_stop(host->service, &host->lan->env);
	assert_int_equal(host->name_count, 0);
	assert_true(browser_deadline(host->service) == NBT_NEVER);
	off(host);
}

void lan_move(struct lan_host *host, uint8_t side)
{
	host->side = side;
	host->seen_ms = host->lan->env.now_ms;
}

void lan_disconnect(struct lan_host *host)
{
	for (size_t i = 0; i < host->name_count; i++)
		host->names[i].is_held = false;
	tell(host, LOCAL_DOWN);
}

void lan_reconnect(struct lan_host *host)
{
	tell(host, LOCAL_UP);
	for (size_t i = 0; i < host->name_count; i++) {
		struct lan_flight flight = { .at_ms = host->lan->env.now_ms + CLAIM_MS,
					     .kind = FLIGHT_NAME,
					     .to = host,
					     .service = host->service,
					     .claim = host->names[i].claim };

		fly(host->lan, &flight);
	}
}

/*
 * What arrives.
 */

/* Another who hears the claim has the name, or claims it too and has the lower address. */
static bool is_refused(struct lan_host *host, const struct nbt_local_claim *claim)
{
	for (size_t i = 0; !claim->is_group && i < host->lan->host_count; i++) {
		struct lan_host *other = host->lan->hosts[i];
		const struct lan_name *name = find_name(other, &claim->name);

		if (other == host || !can_hear(host, other) || name == NULL ||
		    (!host->settings.virtual_lan && !is_same_subnet(host->address, other->address)))
			continue;
		if (name->is_held || ntohl(other->address.s_addr) < ntohl(host->address.s_addr))
			return true;
	}
	return false;
}

static bool is_taken(struct lan_host *host, const struct nbt_local_claim *claim)
{
	if (!claim->is_group && nbt_name_suffix(&claim->name) == NBT_SUFFIX_DMB && is_served(host))
		return !registers(host, &claim->name);
	return claim->name.bytes[0] != '*' && is_refused(host, claim);
}

static void decide(struct lan_host *host, const struct lan_flight *flight)
{
	struct lan_name *name = find_name(host, &flight->claim.name);
	struct local_event event = { .type = LOCAL_CLAIMED, .claim = &flight->claim };

	if (name == NULL)
		return;
	if (is_taken(host, &flight->claim)) {
		const struct in_addr *owner = owner_of(host->lan, &flight->claim.name);

		event.type = LOCAL_REFUSED;
		event.who.s_addr = owner != NULL ? owner->s_addr : INADDR_ANY;
		*name = host->names[--host->name_count];
	} else {
		name->is_held = true;
	}
	browser_event(host->service, &event, &host->lan->env);
}

static void note_meeting(struct lan_host *host, const struct lan_flight *flight)
{
	if (flight->from_master && host->role == BROWSER_ROLE_MASTER &&
	    flight->envelope.peer.s_addr != host->address.s_addr && host->met_ms == 0)
		host->met_ms = host->lan->env.now_ms;
}

static void arrive(struct lan_host *host, const struct lan_flight *flight)
{
	struct nbt_datagram datagram;
	const struct local_event event = { .type = LOCAL_DATAGRAM,
					   .envelope = &flight->envelope,
					   .datagram = flight->bytes,
					   .datagram_len = flight->len };

	assert_error("datagram", nbt_datagram_decode(&datagram, flight->bytes, flight->len),
		     NBT_OK);
	if (!has_name(host, &datagram.destination))
		return;
	if (nbt_name_suffix(&datagram.destination) == NBT_SUFFIX_ELECTION)
		note_meeting(host, flight);
	browser_event(host->service, &event, &host->lan->env);
}

struct pulling {
	struct lan_host *host;
	uint32_t token;
	enum lists_kind kind;
};

static bool bring(void *ctx, const struct lists_record *record)
{
	const struct pulling *pulling = ctx;

	browser_pull_record(pulling->host->service, pulling->token, pulling->kind, record,
			    &pulling->host->lan->env);
	return true;
}

static void pull(struct lan_host *host, const struct lan_flight *flight)
{
	struct lan *lan = host->lan;
	struct lan_host *peer = host_at(lan, flight->peer);

	if (peer == NULL || !can_hear(host, peer) || peer->is_deaf_to_pulls) {
		browser_pull_end(host->service, flight->token, false, &lan->env);
		return;
	}
	for (size_t kind = 0; kind < LISTS_KINDS; kind++) {
		static const uint32_t types[2][LISTS_KINDS] = {
			{ NBT_SV_ALL, NBT_SV_DOMAIN_ENUM },
			{ NBT_SV_LOCAL_LIST_ONLY, NBT_SV_DOMAIN_ENUM | NBT_SV_LOCAL_LIST_ONLY }
		};
		const struct select_question question = { types[flight->is_local][kind],
							  flight->workgroup, NULL };
		struct pulling pulling = { host, flight->token, (enum lists_kind)kind };

		select_entries(browser_lists(peer->service), peer->workgroups[0], &question, bring,
			       &pulling);
	}
	browser_pull_end(host->service, flight->token, true, &lan->env);
}

static void look_up(struct lan_host *host, const struct browser_lookup *lookup)
{
	struct browser_found found = { .is_there = false };
	const struct in_addr *owner = owner_of(host->lan, &lookup->name);
	struct lan_host *other = host_at(host->lan, lookup->address);

	switch (lookup->type) {
	case BROWSER_LOOKUP_NAME:
	case BROWSER_LOOKUP_NBNS:
		found.is_definite = is_served(host);
		found.is_there = is_served(host) && owner != NULL;
		if (found.is_there)
			found.addresses[found.count++] = *owner;
		break;
	case BROWSER_LOOKUP_PROBE:
		found.is_there = defends(host, lookup->address, &lookup->name);
		break;
	case BROWSER_LOOKUP_STATUS:
		found.is_there = defends(host, lookup->address, &lookup->name);
		if (found.is_there)
			text_copy(found.server, sizeof(found.server), other->name);
		break;
	case BROWSER_LOOKUP_NODE:
		found.is_there = host->lan->has_nbns;
		break;
	}
	browser_lookup_end(host->service, lookup->token, &found, &host->lan->env);
}

static void deliver(struct lan *lan, const struct lan_flight *flight)
{
	struct lan_host *host = flight->to;

	if (host == NULL || !host->is_on)
		return;
	switch (flight->kind) {
	case FLIGHT_DATAGRAM:
		arrive(host, flight);
		break;
	case FLIGHT_NAME:
		decide(host, flight);
		break;
	case FLIGHT_PULL:
		pull(host, flight);
		break;
	case FLIGHT_LOOKUP:
		look_up(host, &flight->lookup);
		break;
	}
	touched(host);
	if (lan->each_step != NULL)
		lan->each_step(lan);
}

/*
 * Time.
 */

static struct lan_host *next_host(const struct lan *lan)
{
	struct lan_host *next = lan->hosts[0];

	for (size_t i = 1; i < lan->host_count; i++)
		if (lan->hosts[i]->due_ms < next->due_ms)
			next = lan->hosts[i];
	return next;
}

static void wake(struct lan *lan, struct lan_host *host)
{
	uint64_t before = host->due_ms;

	if (host->due_ms > lan->env.now_ms)
		lan->env.now_ms = host->due_ms;
	browser_wake(host->service, &lan->env);
	touched(host);
	if (host->due_ms <= before && host->due_ms <= lan->env.now_ms && before < lan->env.now_ms)
		fail_msg("%s does not do what is due", host->name);
	if (lan->each_step != NULL)
		lan->each_step(lan);
}

void lan_pass_ms(struct lan *lan, uint64_t ms)
{
	uint64_t until = lan->env.now_ms + ms;

	for (;;) {
		struct lan_host *host = next_host(lan);
		uint64_t flight = lan->flight_count > 0 ? lan->flights[0].at_ms : NBT_NEVER;

		if (nbt_earlier(flight, host->due_ms) > until)
			break;
		if (flight <= host->due_ms) {
			struct lan_flight landed = land(lan);

			lan->env.now_ms = flight > lan->env.now_ms ? flight : lan->env.now_ms;
			deliver(lan, &landed);
		} else {
			wake(lan, host);
		}
	}
	lan->env.now_ms = until;
}

/*
 * Looking.
 */

size_t lan_masters(const struct lan *lan, const char *workgroup, uint8_t side,
		   struct lan_host **first)
{
	size_t count = 0;

	*first = NULL;
	for (size_t i = 0; i < lan->host_count; i++) {
		struct lan_host *host = lan->hosts[i];

		if (!host->is_on || host->side != side || host->role != BROWSER_ROLE_MASTER ||
		    strcmp(host->workgroups[0], workgroup) != 0)
			continue;
		if (count++ == 0)
			*first = host;
	}
	return count;
}

struct lan_host *lan_master(struct lan *lan, const char *workgroup)
{
	struct lan_host *master;
	size_t count = lan_masters(lan, workgroup, 0, &master);

	if (count != 1)
		fail_msg("seed %llu: %zu masters of %s", (unsigned long long)lan->seed, count,
			 workgroup);
	return master;
}

bool lan_lists(const struct lan_host *host, const char *workgroup, const char *name)
{
	struct lists_view view;

	return lists_find(browser_lists(host->service), LISTS_SERVERS, workgroup, name, &view);
}

void lan_forge(struct lan_host *host, const char *to, const struct nbt_browse *frame)
{
	lan_forge_at(host, to, nbt_browse_mailslot(frame->opcode), frame);
}

void lan_forge_at(struct lan_host *host, const char *to, const char *name,
		  const struct nbt_browse *frame)
{
	uint8_t bytes[NBT_BROWSE_FRAME_MAX], data[700];
	struct nbt_mailslot mailslot = { .name = name,
					 .klass = NBT_MAILSLOT_CLASS_UNRELIABLE,
					 .data = bytes };
	struct nbt_datagram datagram = { .type = NBT_DGM_DIRECT_GROUP,
					 .flags = NBT_DGM_FLAG_FIRST,
					 .destination = name_of(to),
					 .data = data };
	const struct nbt_envelope envelope = { .flags = host->settings.virtual_lan
								? 0
								: NBT_LOCAL_BROADCAST };

	assert_error("name", nbt_name_make(&datagram.source, host->name, 0), NBT_OK);
	assert_error("frame", nbt_browse_encode(frame, bytes, sizeof(bytes), &mailslot.data_len),
		     NBT_OK);
	assert_error("mailslot",
		     nbt_mailslot_encode(&mailslot, data, sizeof(data), &datagram.data_len),
		     NBT_OK);
	on_send(host, &envelope, &datagram);
}
