#include "lan.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include <nbt/mailslot.h>

#include "browserd/host.h"
#include "browserd/text.h"
#include "smb/rap.h"

#define CLAIM_MS          750
#define MAILSLOT_PRIORITY 63 /* its place in the message */

enum flight_kind { FLIGHT_DATAGRAM, FLIGHT_PULL, FLIGHT_NAME, FLIGHT_LOOKUP };

/* A datagram on its way. */
struct sent {
	struct nbt_envelope envelope;
	bool from_master;     /* what a rival should notice */
	bool is_announcement; /* HostAnnouncement */
	size_t len;
	uint8_t bytes[600];
};

struct pulled {
	uint32_t token;
	struct in_addr peer;
	bool is_local, is_workgroups_only;
	char workgroup[NBT_BROWSE_NAME_SIZE];
};

struct lan_flight {
	struct lan_due due; /* first: the queue has its address */
	enum flight_kind kind;
	struct lan_host *to;
	unsigned life; /* of then */
	union {
		struct sent sent;
		struct pulled pulled;
		struct nbt_local_claim claim; /* NAME */
		struct browser_lookup lookup;
	};
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

static void free_host(struct lan_host *host)
{
	browser_destroy(host->service);
	free(host->names);
	free(host->log);
	free(host);
}

static void free_subnet(struct lan_subnet *subnet)
{
	if (subnet != NULL)
		free(subnet->hosts);
	free(subnet);
}

void lan_free(struct lan *lan)
{
	for (size_t i = 0; i < lan->host_count; i++)
		free_host(lan->hosts[i]);
	for (size_t i = 0; i < lan->by_network.space; i++)
		free_subnet(lan->by_network.items[i].thing);
	for (size_t i = 0; i < lan->flights.count; i++)
		free(lan->flights.items[i]);
	lan_queue_free(&lan->flights);
	lan_queue_free(&lan->wakes);
	lan_index_free(&lan->by_address);
	lan_index_free(&lan->by_network);
	free(lan->hosts);
	free(lan);
}

/*
 * Flights.
 */

/* How much of it there is to keep: the rest of a datagram's space would be most of the memory. */
static size_t size_of(const struct lan_flight *flight)
{
	static const size_t sizes[] = { [FLIGHT_PULL] = sizeof(struct pulled),
					[FLIGHT_NAME] = sizeof(struct nbt_local_claim),
					[FLIGHT_LOOKUP] = sizeof(struct browser_lookup) };

	return offsetof(struct lan_flight, sent) +
	       (flight->kind == FLIGHT_DATAGRAM ? offsetof(struct sent, bytes) + flight->sent.len
						: sizes[flight->kind]);
}

static void fly(struct lan *lan, const struct lan_flight *flight)
{
	struct lan_flight *copy = malloc(size_of(flight));

	assert_non_null(copy);
	memcpy(copy, flight, size_of(flight));
	copy->life = flight->to->life;
	copy->due.number = lan->flight_number++;
	lan_queue_put(&lan->flights, &copy->due);
}

/*
 * Who hears whom.
 */

static uint32_t network_of(struct in_addr address)
{
	return address.s_addr & htonl(0xFFFFFF00);
}

static struct lan_subnet *subnet_at(const struct lan *lan, struct in_addr address)
{
	return lan_index_find(&lan->by_network, network_of(address));
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

struct lan_host *lan_host_at(const struct lan *lan, struct in_addr address)
{
	return lan_index_find(&lan->by_address, address.s_addr);
}

/* Whether the host there would answer for the name. */
static bool defends(struct lan_host *asker, struct in_addr address, const struct nbt_name *name)
{
	struct lan_host *host = lan_host_at(asker->lan, address);

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

static struct lan_name *new_name(struct lan_host *host)
{
	assert_true(host->name_count < LAN_NAMES_MAX);
	if (host->name_count == host->name_space) {
		host->name_space += 4;
		host->names = realloc(host->names, host->name_space * sizeof(*host->names));
		assert_non_null(host->names);
	}
	return &host->names[host->name_count++];
}

static bool on_claim(void *ctx, const struct nbt_local_claim *claim)
{
	struct lan_host *host = ctx;
	struct lan_flight flight = { .due.at_ms = host->lan->env.now_ms + CLAIM_MS,
				     .kind = FLIGHT_NAME,
				     .to = host,
				     .claim = *claim };

	if (claim->name.bytes[0] == '*') /* nothing is claimed of anybody */
		flight.due.at_ms = host->lan->env.now_ms + 1;
	assert_null(find_name(host, &claim->name));
	*new_name(host) = (struct lan_name){ .claim = *claim, .due_ms = flight.due.at_ms };
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
	if (host->lan->keeps_no_log)
		return;
	if (host->log == NULL)
		host->log = calloc(LAN_LOG_MAX, sizeof(*host->log));
	assert_non_null(host->log);
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

/* IP and UDP have 28 bytes. */
static void note_traffic(struct lan_subnet *subnet, const struct sent *sent)
{
	subnet->traffic.frames++;
	subnet->traffic.bytes += sent->len + 28;
}

static void send_to(struct lan_host *from, struct lan_host *to, const struct sent *sent)
{
	struct lan *lan = from->lan;
	struct lan_flight flight = { .kind = FLIGHT_DATAGRAM, .to = to };

	bool is_lost = from != to && lan->loss > 0 && lan_random(lan, 1000) < lan->loss;

	if (sent->is_announcement)
		note_loss(from, to, is_lost);
	if (to->subnet != from->subnet)
		note_traffic(to->subnet, sent);
	if (is_lost)
		return;
	flight.due.at_ms =
		lan->env.now_ms + 1 + (lan->delay_ms > 1 ? lan_random(lan, lan->delay_ms) : 0);
	memcpy(&flight.sent, sent, offsetof(struct sent, bytes) + sent->len);
	flight.sent.envelope.interface = to->address;
	fly(lan, &flight);
}

static void send_to_each(struct lan_host *from, struct lan_host *const *hosts, size_t count,
			 const struct nbt_name *name, const struct sent *sent)
{
	for (size_t i = 0; i < count; i++)
		if (can_hear(from, hosts[i]) && find_name(hosts[i], name) != NULL)
			send_to(from, hosts[i], sent);
}

/* By name alone it goes to whoever has it, by broadcast to a subnet, else to one host. */
static void spread(struct lan_host *from, const struct nbt_envelope *envelope,
		   const struct nbt_name *name, const struct sent *sent)
{
	const struct lan *lan = from->lan;
	bool is_broadcast = (envelope->flags & NBT_LOCAL_BROADCAST) != 0;
	bool is_directed = (ntohl(envelope->peer.s_addr) & 255) == 255;
	const struct lan_subnet *subnet = subnet_at(lan, envelope->peer);
	struct lan_host *one = lan_host_at(lan, envelope->peer);

	if (is_broadcast)
		send_to_each(from, from->subnet->hosts, from->subnet->count, name, sent);
	else if (envelope->peer.s_addr == INADDR_ANY)
		send_to_each(from, lan->hosts, lan->host_count, name, sent);
	else if (is_directed && subnet != NULL)
		send_to_each(from, subnet->hosts, subnet->count, name, sent);
	else if (one != NULL)
		send_to_each(from, &one, 1, name, sent);
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
	struct nbt_datagram copy = *datagram;
	uint8_t data[NBT_MAILSLOT_MAX];
	struct sent sent = { .from_master = host->role == BROWSER_ROLE_MASTER };

	sent.is_announcement = note_frame(host, datagram) == NBT_BROWSE_HOST_ANNOUNCEMENT;
	if (!host->is_on)
		return;
	copy.source_address = host->address;
	copy.source_port = 138;
	sent.envelope = (struct nbt_envelope){
		.flags = NBT_LOCAL_DATAGRAM | (envelope->flags & NBT_LOCAL_BROADCAST),
		.peer = host->address,
		.peer_port = 138,
	};
	if (host->is_slow) {
		memcpy(data, copy.data, copy.data_len);
		data[MAILSLOT_PRIORITY] = 1;
		copy.data = data;
	}
	assert_error("datagram",
		     nbt_datagram_encode(&copy, sent.bytes, sizeof(sent.bytes), &sent.len), NBT_OK);
	if (is_unknown(host->lan, envelope, &copy))
		return;
	note_traffic(host->subnet, &sent);
	spread(host, envelope, &copy.destination, &sent);
}

static void on_pull(void *ctx, const struct browser_pull *pull)
{
	struct lan_host *host = ctx;
	struct lan_flight flight = { .due.at_ms = host->lan->env.now_ms + 200,
				     .kind = FLIGHT_PULL,
				     .to = host,
				     .pulled = { .token = pull->token,
						 .is_local = pull->is_local,
						 .is_workgroups_only = pull->is_workgroups_only,
						 .peer = pull->address } };

	text_copy(flight.pulled.workgroup, sizeof(flight.pulled.workgroup), pull->workgroup);
	host->pulls++;
	fly(host->lan, &flight);
}

/* An answer, or the end of waiting for one. */
static bool on_lookup(void *ctx, const struct browser_lookup *lookup)
{
	struct lan_host *host = ctx;
	struct lan_flight flight = { .due.at_ms = host->lan->env.now_ms + 20,
				     .kind = FLIGHT_LOOKUP,
				     .to = host,
				     .lookup = *lookup };

	if (lookup->type == BROWSER_LOOKUP_PROBE || lookup->type == BROWSER_LOOKUP_STATUS)
		if (!defends(host, lookup->address, &lookup->name))
			flight.due.at_ms += 1500;
	host->subnet->traffic.lookups++;
	fly(host->lan, &flight);
	return true;
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

static void add_host(struct lan_host ***hosts, size_t *count, size_t *space, struct lan_host *host)
{
	if (*count == *space) {
		*space = *space > 0 ? 2 * *space : 16;
		*hosts = realloc(*hosts, *space * sizeof(**hosts));
		assert_non_null(*hosts);
	}
	(*hosts)[(*count)++] = host;
}

static struct lan_subnet *join_subnet(struct lan_host *host)
{
	struct lan_subnet *subnet = subnet_at(host->lan, host->address);

	if (subnet == NULL) {
		subnet = calloc(1, sizeof(*subnet));
		assert_non_null(subnet);
		lan_index_add(&host->lan->by_network, network_of(host->address), subnet);
	}
	add_host(&subnet->hosts, &subnet->count, &subnet->space, host);
	return subnet;
}

struct lan_host *lan_host(struct lan *lan, const char *name, const char *workgroup,
			  const char *address)
{
	const struct browser_settings defaults = BROWSER_SETTINGS_DEFAULT;
	struct lan_host *host = calloc(1, sizeof(*host));

	assert_non_null(host);
	assert_int_equal(inet_pton(AF_INET, address, &host->address), 1);
	assert_null(lan_host_at(lan, host->address));
	host->lan = lan;
	text_copy(host->name, sizeof(host->name), name);
	host->workgroups[0] = workgroup;
	host->settings = defaults;
	host->settings.name = host->name;
	host->settings.workgroups = host->workgroups;
	host->settings.workgroup_count = 1;
	host->due = (struct lan_due){ .at_ms = NBT_NEVER, .number = lan->host_count };
	lan_queue_put(&lan->wakes, &host->due);
	host->subnet = join_subnet(host);
	lan_index_add(&lan->by_address, host->address.s_addr, host);
	add_host(&lan->hosts, &lan->host_count, &lan->host_space, host);
	return host;
}

static void touched(struct lan_host *host)
{
	host->due.at_ms = host->service != NULL ? browser_deadline(host->service) : NBT_NEVER;
	lan_queue_put(&host->lan->wakes, &host->due);
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
	host->unkept = 0;
	host->seen_ms = host->lan->env.now_ms;
	host->life++;
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
		struct lan_flight flight = { .due.at_ms = host->lan->env.now_ms + CLAIM_MS,
					     .kind = FLIGHT_NAME,
					     .to = host,
					     .claim = host->names[i].claim };

		fly(host->lan, &flight);
	}
}

/*
 * What arrives.
 */

/* Another who hears the claim has the name, or claims it too and has the lower address. */
static bool is_refused_by(struct lan_host *host, struct lan_host *other,
			  const struct nbt_name *claimed)
{
	const struct lan_name *name;

	if (other == host || !can_hear(host, other))
		return false;
	name = find_name(other, claimed);
	return name != NULL &&
	       (name->is_held || ntohl(other->address.s_addr) < ntohl(host->address.s_addr));
}

static bool is_refused(struct lan_host *host, const struct nbt_local_claim *claim)
{
	bool is_everywhere = host->settings.virtual_lan;
	struct lan_host *const *hosts = is_everywhere ? host->lan->hosts : host->subnet->hosts;
	size_t count = is_everywhere ? host->lan->host_count : host->subnet->count;

	for (size_t i = 0; !claim->is_group && i < count; i++)
		if (is_refused_by(host, hosts[i], &claim->name))
			return true;
	return false;
}

static bool is_taken(struct lan_host *host, const struct nbt_local_claim *claim)
{
	if (!claim->is_group && nbt_name_suffix(&claim->name) == NBT_SUFFIX_DMB && is_served(host))
		return !registers(host, &claim->name);
	return claim->name.bytes[0] != '*' && is_refused(host, claim);
}

static void decide(struct lan_host *host, const struct nbt_local_claim *claim)
{
	struct lan_name *name = find_name(host, &claim->name);
	struct local_event event = { .type = LOCAL_CLAIMED, .claim = claim };

	if (name == NULL)
		return;
	if (is_taken(host, claim)) {
		const struct in_addr *owner = owner_of(host->lan, &claim->name);

		event.type = LOCAL_REFUSED;
		event.who.s_addr = owner != NULL ? owner->s_addr : INADDR_ANY;
		*name = host->names[--host->name_count];
	} else {
		name->is_held = true;
	}
	browser_event(host->service, &event, &host->lan->env);
}

static void note_meeting(struct lan_host *host, const struct sent *sent)
{
	if (sent->from_master && host->role == BROWSER_ROLE_MASTER &&
	    sent->envelope.peer.s_addr != host->address.s_addr && host->met_ms == 0)
		host->met_ms = host->lan->env.now_ms;
}

static void arrive(struct lan_host *host, const struct sent *sent)
{
	struct nbt_datagram datagram;
	const struct local_event event = { .type = LOCAL_DATAGRAM,
					   .envelope = &sent->envelope,
					   .datagram = sent->bytes,
					   .datagram_len = sent->len };

	assert_error("datagram", nbt_datagram_decode(&datagram, sent->bytes, sent->len), NBT_OK);
	if (!has_name(host, &datagram.destination))
		return;
	if (nbt_name_suffix(&datagram.destination) == NBT_SUFFIX_ELECTION)
		note_meeting(host, sent);
	browser_event(host->service, &event, &host->lan->env);
}

/* RAP has 26 bytes of a server, and its comment. */
#define ENTRY_LEN 27

struct pulling {
	struct lan_host *host;
	uint32_t token;
	enum lists_kind kind;
	uint32_t types;
	uint64_t bytes;
};

static bool bring(void *ctx, const struct smb_listed *entry)
{
	struct pulling *pulling = ctx;
	struct lists_record record = { .type = entry->type & ~RAP_TYPE_LOCAL_LIST,
				       .os_major = entry->major,
				       .os_minor = entry->minor };

	if (!rap_asks_for(pulling->types, entry->type))
		return true;
	text_copy(record.name, sizeof(record.name), entry->name);
	text_copy(record.comment, sizeof(record.comment), entry->comment);
	pulling->bytes += ENTRY_LEN + strlen(entry->comment);
	browser_pull_record(pulling->host->service, pulling->token, pulling->kind, &record,
			    &pulling->host->lan->env);
	return true;
}

/* What its SMB clients are told. Its bytes. */
static uint64_t bring_lists(struct lan_host *host, const struct smb_host *peer,
			    const struct pulled *pulled)
{
	static const uint32_t types[2][LISTS_KINDS] = {
		{ NBT_SV_ALL, NBT_SV_DOMAIN_ENUM },
		{ NBT_SV_LOCAL_LIST_ONLY, NBT_SV_DOMAIN_ENUM | NBT_SV_LOCAL_LIST_ONLY }
	};
	struct pulling pulling = { .host = host, .token = pulled->token };

	if (!pulled->is_workgroups_only) {
		pulling.kind = LISTS_SERVERS;
		pulling.types = types[pulled->is_local][LISTS_SERVERS];
		peer->servers(peer->ctx, pulled->workgroup, bring, &pulling);
	}
	pulling.kind = LISTS_WORKGROUPS;
	pulling.types = types[pulled->is_local][LISTS_WORKGROUPS];
	peer->groups(peer->ctx, bring, &pulling);
	return pulling.bytes;
}

static uint64_t count_lists(struct lan_host *host, const struct lan_host *peer)
{
	uint64_t servers = lists_count(browser_lists(peer->service), LISTS_SERVERS);

	host->unkept = servers > peer->unkept ? servers : peer->unkept;
	return host->unkept * ENTRY_LEN;
}

static void note_pull(struct lan_subnet *subnet, uint64_t bytes)
{
	subnet->traffic.pulls++;
	subnet->traffic.pulled += bytes;
}

/* Whether the peer gives its lists, and then by whom. */
static bool gives_lists(struct lan_host *host, struct lan_host *peer, struct host *told)
{
	static const uint8_t guid[16];

	if (peer == NULL || !can_hear(host, peer) || peer->is_deaf_to_pulls)
		return false;
	host_init(told, browser_lists(peer->service), peer->service, &peer->settings, false, guid);
	return told->smb.is_browser(told->smb.ctx);
}

static void pull(struct lan_host *host, const struct pulled *pulled)
{
	struct lan *lan = host->lan;
	struct lan_host *peer = lan_host_at(lan, pulled->peer);
	bool is_kept = pulled->is_local || lan->keeps == NULL || lan->keeps(host);
	struct host told;
	uint64_t bytes;

	if (!gives_lists(host, peer, &told)) {
		browser_pull_end(host->service, pulled->token, false, &lan->env);
		return;
	}
	bytes = is_kept ? bring_lists(host, &told.smb, pulled) : count_lists(host, peer);
	note_pull(host->subnet, bytes);
	if (peer->subnet != host->subnet)
		note_pull(peer->subnet, bytes);
	browser_pull_end(host->service, pulled->token, true, &lan->env);
}

/* What node status says of a host, which should have the name; "*" is everybody's. */
static void describe(struct lan_host *host, const struct browser_lookup *lookup,
		     struct browser_found *found)
{
	struct lan_host *other = lan_host_at(host->lan, lookup->address);

	found->is_there = other != NULL && can_hear(host, other) &&
			  (lookup->name.bytes[0] == '*' || has_name(other, &lookup->name));
	if (!found->is_there)
		return;
	text_copy(found->server, sizeof(found->server), other->name);
	if (browser_is_domain_master(other->service, other->workgroups[0]))
		text_copy(found->mastered[found->mastered_count++], NBT_BROWSE_NAME_SIZE,
			  other->workgroups[0]);
}

static void all_masters(const struct lan *lan, struct browser_found *found)
{
	for (size_t i = 0; i < lan->registered_count; i++)
		if (nbt_name_suffix(&lan->registered[i].name) == NBT_SUFFIX_DMB &&
		    found->count < BROWSER_ADDRESSES_MAX)
			found->addresses[found->count++] = lan->registered[i].owner;
	found->is_there = found->count > 0;
}

static void look_up(struct lan_host *host, const struct browser_lookup *lookup)
{
	struct browser_found found = { .is_there = false };
	const struct in_addr *owner = owner_of(host->lan, &lookup->name);

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
		describe(host, lookup, &found);
		break;
	case BROWSER_LOOKUP_MASTERS:
		found.is_definite = is_served(host);
		if (is_served(host))
			all_masters(host->lan, &found);
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

	if (flight->life != host->life)
		return;
	switch (flight->kind) {
	case FLIGHT_DATAGRAM:
		arrive(host, &flight->sent);
		break;
	case FLIGHT_NAME:
		decide(host, &flight->claim);
		break;
	case FLIGHT_PULL:
		pull(host, &flight->pulled);
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

static void wake(struct lan *lan, struct lan_host *host)
{
	uint64_t before = host->due.at_ms;

	if (before > lan->env.now_ms)
		lan->env.now_ms = before;
	browser_wake(host->service, &lan->env);
	touched(host);
	if (host->due.at_ms <= before && host->due.at_ms <= lan->env.now_ms &&
	    before < lan->env.now_ms)
		fail_msg("%s does not do what is due", host->name);
	if (lan->each_step != NULL)
		lan->each_step(lan);
}

static void deliver_first(struct lan *lan)
{
	struct lan_flight *flight = (struct lan_flight *)lan->flights.items[0];

	lan_queue_take_first(&lan->flights);
	if (flight->due.at_ms > lan->env.now_ms)
		lan->env.now_ms = flight->due.at_ms;
	deliver(lan, flight);
	free(flight);
}

static uint64_t first_of(const struct lan_queue *queue)
{
	return queue->count > 0 ? queue->items[0]->at_ms : NBT_NEVER;
}

void lan_pass_ms(struct lan *lan, uint64_t ms)
{
	uint64_t until = lan->env.now_ms + ms;

	for (;;) {
		uint64_t flight = first_of(&lan->flights), due = first_of(&lan->wakes);

		if (nbt_earlier(flight, due) > until)
			break;
		if (flight <= due)
			deliver_first(lan);
		else
			wake(lan, lan->hosts[lan->wakes.items[0]->number]);
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

const char *lan_master_of(const struct lan_host *host, const char *workgroup)
{
	struct lists_view view;

	return lists_find(browser_lists(host->service), LISTS_WORKGROUPS, workgroup, workgroup,
			  &view)
		       ? view.record->comment
		       : NULL;
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
