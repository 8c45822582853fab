#include "nbns.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/access.h"
#include "common/stats.h"

#define START_MS     5000000
#define START_WALL_S 1700000000

const struct in_addr partner = { 0x0900000A };

/*
 * The server.
 */

/* xorshift64*: evenly enough, and the same in every run. */
static uint32_t draw(void *ctx, uint32_t below)
{
	uint64_t *seed = ctx;

	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (uint32_t)((*seed * UINT64_C(2685821657736338717) >> 32) % below);
}

void nbns_allow(struct nbns *ns, enum service_rule rule, const char *network)
{
	struct access_list *before = ns->access;
	struct access_rule rules[SERVICE_RULES] = { { NULL, 0 } };

	assert_int_equal(access_network_parse(&ns->allowed[rule], network), 0);
	ns->is_allowed[rule] = true;
	for (size_t i = 0; i < SERVICE_RULES; i++)
		rules[i] = (struct access_rule){ &ns->allowed[i], ns->is_allowed[i] };
	ns->access = access_list_create(rules, SERVICE_RULES, NULL, 0);
	assert_non_null(ns->access);
	ns->settings.access = ns->access;
	if (ns->service != NULL)
		service_set_access(ns->service, ns->access);
	access_list_destroy(before);
}

struct nbns *nbns_new(void)
{
	static const uint8_t key[16] = "unpredictable";
	struct nbns *ns = calloc(1, sizeof(*ns));

	assert_non_null(ns);
	ns->a = client_at("10.0.0.1");
	ns->b = client_at("10.0.0.2");
	ns->c = client_at("10.0.0.3");
	ns->id = 0x1000;
	ns->seed = 20021;
	ns->env = (struct nbt_env){
		.now_ms = START_MS, .wall_s = START_WALL_S, .random = draw, .random_ctx = &ns->seed
	};
	ns->registry = registry_create(key);
	nbns_allow(ns, MAY_QUERY, "0.0.0.0/0");
	nbns_allow(ns, MAY_REGISTER, "0.0.0.0/0");
	assert_non_null(ns->registry);
	ns->settings = (struct service_settings){
		.netbios_name = "OFFICE1",
		.workgroup = "WORK",
		.node_type = 3,
		.server = true,
		.renewal_s = 518400,
		.extinction_s = 345600,
		.extinction_timeout_s = 518400,
		.verify_s = 2073600,
		.scavenge_s = 259200,
		.deletion_uptime_s = 259200,
		.prepend_1b = true,
		.wildcard_1b = true,
		.challenge_retry_ms = 500,
		.challenge_tries = 3,
		.max_challenges = 100,
		.max_waiting = 1000,
		.access = ns->access,
	};
	return ns;
}

void nbns_start_at(struct nbns *ns, uint64_t next_version, lease_time lease_now)
{
	const struct served_socket socket = { .address = { inet_addr(NS_ADDRESS) },
					      .mac = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55 } };

	ns->service =
		service_create(&ns->settings, ns->registry, next_version, lease_now, &ns->env);
	assert_non_null(ns->service);
	service_set_sockets(ns->service, &socket, 1);
	nbns_pass_ms(ns, 0); /* it claims its own names */
}

void nbns_start(struct nbns *ns)
{
	nbns_start_at(ns, 1, 100000);
}

struct nbns *nbns_run(void)
{
	struct nbns *ns = nbns_new();

	nbns_start(ns);
	return ns;
}

void nbns_restart(struct nbns *ns)
{
	lease_time lease_now = service_lease_now(ns->service, &ns->env);
	uint64_t next_version = 1;
	struct record record;

	for (uint32_t id = 0; id < registry_bound(ns->registry); id++) {
		if (!registry_has(ns->registry, id))
			continue;
		registry_get(ns->registry, id, &record);
		if (record_is_owned(&record) && record.version >= next_version)
			next_version = record.version + 1;
	}
	service_destroy(ns->service);
	nbns_start_at(ns, next_version, lease_now);
}

void nbns_free(struct nbns *ns)
{
	for (size_t i = 0; i < ns->batch_count; i++)
		changes_destroy(ns->batches[i]);
	service_destroy(ns->service);
	assert_true(registry_counts_agree(ns->registry)); /* whatever has been done to them */
	registry_destroy(ns->registry);
	access_list_destroy(ns->access);
	free(ns);
}

static void collect(struct nbns *ns)
{
	for (size_t i = 0; i < ns->out.count; i++) {
		assert_true(ns->arrived < INBOX_SIZE);
		ns->inbox[ns->arrived++] = ns->out.packet[i];
	}
	ns->out.count = 0;
}

static void take_changes(struct nbns *ns)
{
	struct changes *changes = service_take_changes(ns->service);

	if (changes == NULL)
		return;
	assert_true(ns->batch_count < ARRAY_SIZE(ns->batches));
	ns->batches[ns->batch_count++] = changes;
}

bool nbns_has_changes(struct nbns *ns)
{
	take_changes(ns);
	return ns->batch_count > 0;
}

void nbns_commit(struct nbns *ns)
{
	take_changes(ns);
	for (size_t i = 0; i < ns->batch_count; i++)
		service_committed(ns->service, ns->batches[i]);
	ns->batch_count = 0;
	while (service_answers(ns->service, &ns->out, &ns->env))
		collect(ns);
	collect(ns);
}

/* What the edge does after each turn of its loop. */
static void turn(struct nbns *ns)
{
	collect(ns);
	if (!ns->stalled)
		nbns_commit(ns);
}

static void wake(struct nbns *ns)
{
	while (service_deadline(ns->service) <= ns->env.now_ms) {
		while (service_wake(ns->service, &ns->out, &ns->env))
			collect(ns);
		turn(ns);
	}
}

static void set_clock(struct nbns *ns, uint64_t now_ms)
{
	ns->env.now_ms = now_ms;
	ns->env.wall_s = START_WALL_S + (int64_t)((now_ms - START_MS) / 1000);
}

void nbns_pass_ms(struct nbns *ns, uint64_t ms)
{
	uint64_t end = ns->env.now_ms + ms;

	wake(ns);
	while (service_deadline(ns->service) <= end) {
		set_clock(ns, service_deadline(ns->service));
		wake(ns);
	}
	set_clock(ns, end);
}

void nbns_pass(struct nbns *ns, uint64_t seconds)
{
	nbns_pass_ms(ns, seconds * 1000);
}

/*
 * Requests.
 */

struct client client_at(const char *address)
{
	return (struct client){ .address = { inet_addr(address) }, .port = NBT_NAME_PORT };
}

void send_bytes(struct nbns *ns, struct client *from, const uint8_t *bytes, size_t len,
		bool to_broadcast)
{
	struct incoming in = { .len = len,
			       .from = { .sin_family = AF_INET,
					 .sin_port = htons(from->port),
					 .sin_addr = from->address },
			       .to_broadcast = to_broadcast };
	uint8_t *copy = malloc(len > 0 ? len : 1); /* so that a sanitizer sees its end */

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	in.bytes = copy;
	service_receive(ns->service, &in, &ns->out, &ns->env);
	free(copy);
	turn(ns);
	wake(ns);
}

void send_hex(struct nbns *ns, struct client *from, const char *hex)
{
	uint8_t bytes[OUTGOING_MAX];
	size_t len = unhex(bytes, sizeof(bytes), hex);

	/* For the expectations, if it is a packet at all. */
	if (nbt_packet_decode(&from->sent, bytes, len) == NBT_OK &&
	    from->sent.additional_count > 0) {
		memcpy(from->rdata, from->sent.record[0].rdata, sizeof(from->rdata));
		from->sent.record[0].rdata = from->rdata;
	}
	send_bytes(ns, from, bytes, len, false);
}

void send_packet(struct nbns *ns, struct client *from, const struct nbt_packet *packet,
		 bool to_broadcast)
{
	uint8_t bytes[OUTGOING_MAX];
	size_t len;

	assert_int_equal(nbt_packet_encode(packet, bytes, sizeof(bytes), &len), NBT_OK);
	send_bytes(ns, from, bytes, len, to_broadcast);
}

void send_again(struct nbns *ns, struct client *from)
{
	send_packet(ns, from, &from->sent, false);
}

static uint8_t opcode_of(uint16_t flags)
{
	return flags >> NBT_OPCODE_SHIFT & 15;
}

void claim_for(struct nbns *ns, struct client *from, uint16_t flags, const char *name,
	       uint16_t nb_flags, const char *address)
{
	const struct nbt_address entry = { nb_flags, { inet_addr(address) } };
	const struct nbt_scope scope = { 0 };
	struct nbt_name bytes = name_of(name);

	nbt_make_claim(&from->sent, (enum nbt_opcode)opcode_of(flags), ns->id++,
		       flags & NBT_FLAGS_MASK, &bytes, &scope, 300000, &entry, from->rdata);
	send_packet(ns, from, &from->sent, false);
}

void claim(struct nbns *ns, struct client *from, uint16_t flags, const char *name,
	   uint16_t nb_flags)
{
	char address[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &from->address, address, sizeof(address));
	claim_for(ns, from, flags, name, nb_flags, address);
}

static void ask(struct nbns *ns, struct client *from, uint16_t flags, const struct nbt_name *name,
		uint16_t type)
{
	const struct nbt_scope scope = { 0 };

	nbt_make_query(&from->sent, ns->id++, flags, name, &scope, type);
	send_packet(ns, from, &from->sent, false);
}

void query(struct nbns *ns, struct client *from, uint16_t flags, const char *name)
{
	struct nbt_name bytes = name_of(name);

	ask(ns, from, flags, &bytes, NBT_TYPE_NB);
}

void node_status(struct nbns *ns, struct client *from, uint16_t flags, const char *name)
{
	struct nbt_name bytes = { "*" };

	if (strcmp(name, "*") != 0)
		bytes = name_of(name);
	ask(ns, from, flags, &bytes, NBT_TYPE_NBSTAT);
}

/*
 * Expectations.
 */

const struct outgoing *next_packet(struct nbns *ns, struct nbt_packet *out, int line)
{
	const struct outgoing *packet = &ns->inbox[ns->seen];

	if (ns->seen == ns->arrived)
		fail_msg("line %d: the server is silent", line);
	ns->seen++;
	if (nbt_packet_decode(out, packet->bytes, packet->len) != NBT_OK)
		fail_msg("line %d: the server sent what is no packet", line);
	return packet;
}

static void expect_word(const char *what, uint32_t got, uint32_t want, int line)
{
	if (got != want)
		fail_msg("line %d: %s is 0x%x, wanted 0x%x", line, what, got, want);
}

static void expect_bytes(const char *what, const void *got, const void *want, size_t len, int line)
{
	if (memcmp(got, want, len) != 0)
		fail_msg("line %d: %s differs", line, what);
}

static void expect_to(const struct outgoing *packet, const struct client *to, uint16_t port,
		      int line)
{
	expect_bytes("destination", &packet->to.sin_addr, &to->address, sizeof(to->address), line);
	expect_word("port", ntohs(packet->to.sin_port), port, line);
}

/* A response to what the client sent last, with one answer record. */
static void expect_response(struct nbns *ns, const struct client *to, uint16_t flags, uint16_t type,
			    uint32_t ttl, struct nbt_packet *out, int line)
{
	const struct nbt_question *question = &to->sent.question[0];

	expect_to(next_packet(ns, out, line), to, to->port, line);
	expect_word("flags", nbt_packet_flags_word(out), flags, line);
	expect_word("id", out->id, to->sent.id, line);
	expect_word("QDCOUNT", out->question_count, 0, line);
	expect_word("ANCOUNT", out->answer_count, 1, line);
	expect_word("NSCOUNT", out->authority_count, 0, line);
	expect_word("ARCOUNT", out->additional_count, 0, line);
	expect_word("type", out->record[0].of.type, type, line);
	expect_word("class", out->record[0].of.klass, NBT_CLASS_IN, line);
	expect_word("TTL", out->record[0].ttl, ttl, line);
	if (!nbt_name_equal(&out->record[0].of.name, &question->name) ||
	    !nbt_scope_equal(&out->record[0].of.scope, &question->scope))
		fail_msg("line %d: the name differs", line);
}

void expect_hex_at(struct nbns *ns, const struct client *to, const char *hex, int line)
{
	uint8_t want[OUTGOING_MAX];
	size_t len = unhex(want, sizeof(want), hex);
	struct nbt_packet packet;
	const struct outgoing *got = next_packet(ns, &packet, line);

	expect_to(got, to, to->port, line);
	expect_word("length", got->len, (uint32_t)len, line);
	expect_bytes("packet", got->bytes, want, len, line);
}

void expect_claim_at(struct nbns *ns, const struct client *to, enum nbt_rcode rcode, uint32_t ttl,
		     int line)
{
	bool is_release = to->sent.opcode == NBT_OP_RELEASE;
	uint16_t flags = (uint16_t)((is_release ? 0xB400 : 0xAD80) | rcode);
	struct nbt_packet packet;

	expect_response(ns, to, flags, NBT_TYPE_NB, is_release ? 0 : ttl, &packet, line);
	expect_word("RDLENGTH", packet.record[0].rdata_len, NBT_ADDRESS_LEN, line);
	expect_bytes("entry", packet.record[0].rdata, to->rdata, NBT_ADDRESS_LEN, line);
}

void expect_wack_at(struct nbns *ns, const struct client *to, uint32_t ttl, int line)
{
	uint16_t word = nbt_packet_flags_word(&to->sent);
	const uint8_t rdata[2] = { (uint8_t)(word >> 8), (uint8_t)word };
	struct nbt_packet packet;

	expect_response(ns, to, 0xBC00, 0x0020, ttl, &packet, line);
	expect_word("RDLENGTH", packet.record[0].rdata_len, 2, line);
	expect_bytes("RDATA", packet.record[0].rdata, rdata, sizeof(rdata), line);
}

void expect_negative_at(struct nbns *ns, const struct client *to, int line)
{
	struct nbt_packet packet;

	expect_response(ns, to, 0x8583, NBT_TYPE_NULL, 0, &packet, line);
	expect_word("RDLENGTH", packet.record[0].rdata_len, 0, line);
}

/* Reads "10.0.0.1 10.0.0.2"; returns the number. */
static size_t read_addresses(const char *text, struct in_addr *out, size_t size)
{
	char address[INET_ADDRSTRLEN];
	size_t found = 0;
	int used;

	while (sscanf(text, "%15s%n", address, &used) == 1) {
		assert_true(found < size);
		assert_int_equal(inet_pton(AF_INET, address, &out[found++]), 1);
		text += used;
	}
	return found;
}

void expect_addresses_at(struct nbns *ns, const struct client *to, uint16_t nb_flags,
			 const char *addresses, int line)
{
	struct in_addr want[RECORD_MAX_ADDRESSES];
	size_t found = read_addresses(addresses, want, ARRAY_SIZE(want));
	struct nbt_packet packet;

	expect_response(ns, to, 0x8580, NBT_TYPE_NB, 0, &packet, line);
	expect_word("number of addresses", (uint32_t)nbt_record_address_count(&packet.record[0]),
		    (uint32_t)found, line);
	for (size_t i = 0; i < found; i++) {
		struct nbt_address got = nbt_record_address(&packet.record[0], i);

		expect_word("NB_FLAGS", got.flags, nb_flags, line);
		expect_word("address", ntohl(got.address.s_addr), ntohl(want[i].s_addr), line);
	}
}

void expect_silence_at(struct nbns *ns, int line)
{
	if (ns->seen != ns->arrived)
		fail_msg("line %d: the server said something", line);
	ns->seen = ns->arrived = 0;
}

uint16_t expect_question_at(struct nbns *ns, const struct client *to, int line)
{
	struct nbt_packet packet;

	expect_to(next_packet(ns, &packet, line), to, NBT_NAME_PORT, line);
	expect_word("flags", nbt_packet_flags_word(&packet), 0, line);
	expect_word("QDCOUNT", packet.question_count, 1, line);
	expect_word("records", (uint32_t)nbt_packet_record_count(&packet), 0, line);
	expect_word("type", packet.question[0].type, NBT_TYPE_NB, line);
	return packet.id;
}

static void say(struct nbns *ns, struct client *from, uint16_t id, enum nbt_rcode rcode,
		const char *name, const uint8_t *rdata, size_t len)
{
	const struct nbt_scope scope = { 0 };
	struct nbt_name bytes = name_of(name);
	struct nbt_packet packet;

	nbt_make_response(&packet, NBT_OP_QUERY, id, NBT_FLAG_AA | NBT_FLAG_RD, rcode, &bytes,
			  &scope, len > 0 ? NBT_TYPE_NB : NBT_TYPE_NULL, 0, rdata, (uint16_t)len);
	send_packet(ns, from, &packet, false);
}

void say_mine(struct nbns *ns, struct client *from, uint16_t id, const char *name,
	      const char *addresses)
{
	struct in_addr list[RECORD_MAX_ADDRESSES];
	struct nbt_address entries[RECORD_MAX_ADDRESSES];
	uint8_t rdata[sizeof(entries)];
	size_t found = read_addresses(addresses, list, ARRAY_SIZE(list));

	for (size_t i = 0; i < found; i++)
		entries[i] = (struct nbt_address){ NBT_NB_H, list[i] };
	nbt_address_write(rdata, entries, found);
	say(ns, from, id, NBT_RCODE_OK, name, rdata, found * NBT_ADDRESS_LEN);
}

void say_not_mine(struct nbns *ns, struct client *from, uint16_t id, const char *name)
{
	say(ns, from, id, NBT_RCODE_NAM_ERR, name, NULL, 0);
}

/*
 * The database.
 */

static uint32_t find(const struct nbns *ns, const char *name)
{
	const struct nbt_scope scope = { 0 };
	struct nbt_name bytes = name_of(name);

	return registry_find(ns->registry, &bytes, &scope);
}

bool has_record(const struct nbns *ns, const char *name)
{
	return find(ns, name) != REGISTRY_NONE;
}

struct record record_named(const struct nbns *ns, const char *name)
{
	uint32_t id = find(ns, name);
	struct record record;

	if (id == REGISTRY_NONE)
		fail_msg("there is no %s", name);
	registry_get(ns->registry, id, &record);
	return record;
}

uint64_t version_of(const struct nbns *ns, const char *name)
{
	return record_named(ns, name).version;
}

static bool lists(const struct record *record, struct in_addr address)
{
	for (size_t i = 0; i < record->address_count; i++)
		if (record->address[i].address.s_addr == address.s_addr)
			return true;
	return false;
}

void expect_lists_at(const struct nbns *ns, const char *name, const char *addresses, int line)
{
	struct in_addr want[RECORD_MAX_ADDRESSES];
	size_t found = read_addresses(addresses, want, ARRAY_SIZE(want));
	struct record record = record_named(ns, name);

	expect_word("number of addresses", record.address_count, (uint32_t)found, line);
	for (size_t i = 0; i < found; i++)
		if (!lists(&record, want[i]))
			fail_msg("line %d: %s lacks %s", line, name, inet_ntoa(want[i]));
}

struct record record_of(const struct nbns *ns, const char *name, enum record_kind kind,
			const char *addresses)
{
	struct in_addr list[RECORD_MAX_ADDRESSES];
	struct record record = {
		.name = name_of(name),
		.kind = (uint8_t)kind,
		.node_type = 3,
		.version = 1000,
		.expiry = service_lease_now(ns->service, &ns->env) + ns->settings.renewal_s,
		.address_count = (uint8_t)read_addresses(addresses, list, ARRAY_SIZE(list))
	};

	for (size_t i = 0; i < record.address_count; i++)
		record.address[i] =
			(struct record_address){ .address = list[i], .expiry = record.expiry };
	return record;
}

struct record replica_of(const struct nbns *ns, const char *name, enum record_kind kind,
			 const char *addresses)
{
	struct record record = record_of(ns, name, kind, addresses);

	record.owner = partner;
	for (size_t i = 0; i < record.address_count; i++)
		record.address[i].owner = partner;
	return record;
}

void plant(struct nbns *ns, const struct record *record)
{
	uint32_t id = registry_find(ns->registry, &record->name, &record->scope);

	if (id == REGISTRY_NONE)
		assert_int_not_equal(registry_add(ns->registry, record), REGISTRY_NONE);
	else
		assert_true(registry_replace(ns->registry, id, record));
}

void put_static(struct nbns *ns, const char *name, enum record_kind kind, const char *addresses)
{
	struct record record = record_of(ns, name, kind, addresses);

	record.is_static = true;
	record.expiry = LEASE_FOREVER;
	for (size_t i = 0; i < record.address_count; i++)
		record.address[i].expiry = LEASE_FOREVER;
	assert_int_equal(service_put(ns->service, &record), 0);
	turn(ns);
}

uint64_t stat_value(struct nbns *ns, const char *name)
{
	const struct stats *stats = service_stats(ns->service);

	for (size_t i = 0; i < stats->count; i++)
		if (strcmp(stats->names[i], name) == 0)
			return stats->values[i];
	fail_msg("there is no counter %s", name);
	return 0;
}
