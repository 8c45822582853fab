#include "replication_bench.h"

#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

struct in_addr ip(const char *text)
{
	struct in_addr out;

	assert_int_equal(inet_pton(AF_INET, text, &out), 1);
	return out;
}

static uint32_t draw(void *ctx, uint32_t below)
{
	uint32_t *lots = ctx;

	*lots = *lots * 1664525U + 1013904223U;
	return (*lots >> 8) % below;
}

/*
 * What the machine wants.
 */

static int open_wire(struct bench *b, uint32_t number, struct in_addr peer)
{
	int id = b->wire_count++;

	assert_true(number < PARTNERS_CONNECTIONS_MAX);
	assert_true(id < BENCH_WIRES_MAX);
	b->wire[id].is_open = true;
	b->wire[id].peer = peer;
	b->wire[id].number = number;
	b->of_number[number] = id;
	return id;
}

static struct bench_wire *wire_of(struct bench *b, uint32_t number)
{
	struct bench_wire *wire = &b->wire[b->of_number[number]];

	assert_true(wire->is_open);
	return wire;
}

static int take_dial(void *ctx, uint32_t connection, struct in_addr to)
{
	struct bench *b = ctx;

	if (b->dial_error != 0)
		return b->dial_error;
	b->wire[open_wire(b, connection, to)].is_dialed = true;
	return 0;
}

static bool take_bytes(void *ctx, uint32_t connection, const uint8_t *bytes, size_t len)
{
	struct bench_wire *wire = wire_of(ctx, connection);

	wire->out = realloc(wire->out, wire->out_len + len);
	assert_non_null(wire->out);
	memcpy(wire->out + wire->out_len, bytes, len);
	wire->out_len += len;
	return !wire->is_stuck;
}

static void take_read(void *ctx, uint32_t connection, bool on)
{
	wire_of(ctx, connection)->is_paused = !on;
}

static void take_close(void *ctx, uint32_t connection)
{
	wire_of(ctx, connection)->is_open = false;
}

/*
 * Setting up.
 */

struct bench *bench_create(void)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->settings = (struct replication_settings){
		.address = ip(BENCH_US),
		.port = 42,
		.propagate = true,
		.retry_s = 30,
		.request_timeout_s = 60,
		.start_timeout_s = 30,
		.message_timeout_s = 60,
		.idle_timeout_s = 120,
		.slice = 10000,
		.verify_period_s = 86400,
		.verify_records = 30000,
		.round_wait_s = 5,
		.partners = b->partner,
	};
	b->env = (struct nbt_env){
		.now_ms = 1000000, .wall_s = 1800000000, .random = draw, .random_ctx = &b->lots
	};
	fake_create(&b->service, ip(BENCH_US));
	return b;
}

struct partner_settings *bench_partner(struct bench *b, const char *address)
{
	struct partner_settings *out = &b->partner[b->settings.partner_count++];

	*out = (struct partner_settings){ .address = ip(address), .pull = true, .push = true };
	return out;
}

void bench_start(struct bench *b, bool is_empty)
{
	const struct partners_sinks sinks = { take_dial, take_bytes, take_read, take_close, b };

	const struct partners_start start = {
		.is_empty = is_empty,
		.lost_below = b->service.lost_below,
		.seen_version = b->seen_version > 0 || is_empty ? b->seen_version
								: b->service.next_version - 1,
		.first_version = b->service.next_version,
		.knows_versions = b->service.next_version > 1,
	};

	b->all = partners_create(&b->settings, &b->service, &sinks, &start, &b->env);
	assert_non_null(b->all);
	bench_turn(b);
}

void bench_destroy(struct bench *b)
{
	partners_destroy(b->all);
	assert_int_equal(b->service.readings, 0);
	for (int i = 0; i < b->wire_count; i++) {
		free(b->wire[i].in);
		free(b->wire[i].out);
	}
	free(b);
}

/*
 * Time.
 */

/* What we send leaves, unless it is stuck. */
void bench_drain(struct bench *b, int wire)
{
	b->wire[wire].is_stuck = false;
	partners_drained(b->all, b->wire[wire].number, &b->env);
	bench_turn(b);
}

/* What waits while nothing is read. */
static bool deliver(struct bench *b)
{
	bool is_any = false;

	for (int i = 0; i < b->wire_count; i++) {
		struct bench_wire *wire = &b->wire[i];
		size_t len = wire->in_len;

		if (!wire->is_open || wire->is_paused || len == 0)
			continue;
		wire->in_len = 0;
		is_any = true;
		partners_received(b->all, wire->number, wire->in, len, &b->env);
	}
	return is_any;
}

void bench_turn(struct bench *b)
{
	size_t turns = 0;

	do {
		(void)deliver(b);
		partners_turn(b->all, &b->env);
		assert_true(++turns < 10000);
	} while (partners_deadline(b->all) <= b->env.now_ms || deliver(b));
}

void bench_pass(struct bench *b, uint64_t ms)
{
	uint64_t end_ms = b->env.now_ms + ms;

	while (partners_deadline(b->all) <= end_ms) {
		uint64_t due_ms = partners_deadline(b->all);

		if (due_ms > b->env.now_ms)
			b->env.now_ms = due_ms;
		bench_turn(b);
	}
	b->env.now_ms = end_ms;
}

/*
 * Connections.
 */

int bench_accept(struct bench *b, const char *from)
{
	int number = partners_accept(b->all, ip(from), &b->env);

	return number < 0 ? number : open_wire(b, (uint32_t)number, ip(from));
}

static void start(struct bench *b, int wire, uint32_t type, uint16_t minor)
{
	const struct nbt_replication message = {
		.type = type,
		.destination = type == NBT_REPL_START_REQUEST ? 0 : b->wire[wire].handle,
		.handle = BENCH_HANDLE,
		.major = 2,
		.minor = minor,
	};

	bench_say(b, wire, &message);
}

int bench_associate(struct bench *b, const char *from)
{
	int wire = bench_accept(b, from);
	struct nbt_replication response;

	assert_true(wire >= 0);
	start(b, wire, NBT_REPL_START_REQUEST, 5);
	assert_true(bench_hear(b, wire, &response));
	assert_int_equal(response.type, NBT_REPL_START_RESPONSE);
	assert_int_equal(response.destination, BENCH_HANDLE);
	b->wire[wire].handle = response.handle;
	return wire;
}

int bench_dialed(struct bench *b, const char *to)
{
	for (int i = 0; i < b->wire_count; i++) {
		struct bench_wire *wire = &b->wire[i];

		if (!wire->is_open || !wire->is_dialed || wire->is_taken ||
		    wire->peer.s_addr != ip(to).s_addr)
			continue;
		wire->is_taken = true;
		return i;
	}
	return -1;
}

int bench_answer_dial(struct bench *b, const char *to, uint16_t minor)
{
	int wire = bench_dialed(b, to);
	struct nbt_replication request;

	assert_true(wire >= 0);
	partners_connected(b->all, b->wire[wire].number, &b->env);
	assert_true(bench_hear(b, wire, &request));
	assert_int_equal(request.type, NBT_REPL_START_REQUEST);
	assert_int_equal(request.destination, 0);
	b->wire[wire].handle = request.handle;
	start(b, wire, NBT_REPL_START_RESPONSE, minor);
	return wire;
}

void bench_hang_up(struct bench *b, int wire, int error)
{
	assert_true(b->wire[wire].is_open);
	b->wire[wire].is_open = false;
	partners_closed(b->all, b->wire[wire].number, error, &b->env);
	bench_turn(b);
}

/*
 * Saying.
 */

void bench_say_bytes(struct bench *b, int number, const uint8_t *bytes, size_t len)
{
	struct bench_wire *wire = &b->wire[number];

	wire->in = realloc(wire->in, wire->in_len + len + 1);
	assert_non_null(wire->in);
	memcpy(wire->in + wire->in_len, bytes, len);
	wire->in_len += len;
	bench_turn(b);
}

void bench_say(struct bench *b, int wire, const struct nbt_replication *message)
{
	uint8_t buf[128];
	size_t len;

	assert_int_equal(nbt_replication_encode(message, buf, sizeof(buf), &len), NBT_OK);
	bench_say_bytes(b, wire, buf, len);
}

static struct nbt_replication message_of(struct bench *b, int wire, uint8_t opcode)
{
	return (struct nbt_replication){ .destination = b->wire[wire].handle,
					 .type = NBT_REPL_MESSAGE,
					 .opcode = opcode };
}

void bench_ask_map(struct bench *b, int wire)
{
	const struct nbt_replication message = message_of(b, wire, NBT_REPL_MAP_REQUEST);

	bench_say(b, wire, &message);
}

void bench_ask_records(struct bench *b, int wire, const char *owner, uint64_t min, uint64_t max)
{
	struct nbt_replication message = message_of(b, wire, NBT_REPL_RECORDS_REQUEST);

	message.range = (struct nbt_owner_versions){ .owner = ip(owner), .max = max, .min = min };
	bench_say(b, wire, &message);
}

void bench_say_stop(struct bench *b, int wire)
{
	const struct nbt_replication message = { .destination = b->wire[wire].handle,
						 .type = NBT_REPL_STOP };

	bench_say(b, wire, &message);
}

static const char *next_owner(const char *text, struct nbt_owner_versions *row)
{
	char address[32];
	unsigned long long max;
	int used;

	while (*text == ' ')
		text++;
	if (*text == '\0')
		return NULL;
	assert_int_equal(sscanf(text, "%31[^=]=%llu%n", address, &max, &used), 2);
	*row = (struct nbt_owner_versions){ .owner = ip(address), .max = max };
	return text + used;
}

void bench_say_owners(struct bench *b, int wire, uint8_t opcode, const char *owners,
		      const char *initiator)
{
	struct nbt_replication head = message_of(b, wire, opcode);
	struct nbt_replication_writer w;
	struct nbt_owner_versions row;
	uint8_t buf[4096];
	size_t len;

	if (initiator != NULL)
		head.initiator = ip(initiator);
	assert_int_equal(nbt_replication_begin(&w, &head, buf, sizeof(buf)), NBT_OK);
	while ((owners = next_owner(owners, &row)) != NULL)
		assert_int_equal(nbt_replication_add_owner(&w, &row), NBT_OK);
	assert_int_equal(nbt_replication_end(&w, &len), NBT_OK);
	bench_say_bytes(b, wire, buf, len);
}

static const char *next_version(const char *text, uint64_t *version)
{
	char *end;

	while (*text == ' ')
		text++;
	if (*text == '\0')
		return NULL;
	*version = strtoull(text, &end, 10);
	return end;
}

void bench_say_records(struct bench *b, int wire, const char *versions)
{
	const struct nbt_replication head = message_of(b, wire, NBT_REPL_RECORDS_RESPONSE);
	struct nbt_replication_writer w;
	uint8_t buf[8192];
	uint64_t version;
	size_t len;

	assert_int_equal(nbt_replication_begin(&w, &head, buf, sizeof(buf)), NBT_OK);
	while ((versions = next_version(versions, &version)) != NULL) {
		char name[16];
		struct nbt_replica replica;

		(void)snprintf(name, sizeof(name), "N%llu", (unsigned long long)version % 1000000);
		replica = fake_replica(name, version);
		assert_int_equal(nbt_replication_add_record(&w, &replica), NBT_OK);
	}
	assert_int_equal(nbt_replication_end(&w, &len), NBT_OK);
	bench_say_bytes(b, wire, buf, len);
}

/*
 * Hearing.
 */

bool bench_hear(struct bench *b, int number, struct nbt_replication *out)
{
	struct bench_wire *wire = &b->wire[number];
	const uint8_t *bytes;
	size_t len;

	bench_turn(b);
	if (wire->out_at == wire->out_len)
		return false;
	bytes = wire->out + wire->out_at;
	assert_int_equal(
		nbt_replication_frame(bytes, wire->out_len - wire->out_at, UINT32_MAX, &len),
		NBT_OK);
	assert_true(len <= wire->out_len - wire->out_at);
	assert_true(len <= sizeof(b->message));
	memcpy(b->message, bytes, len);
	wire->out_at += len;
	assert_int_equal(nbt_replication_decode(out, b->message, len), NBT_OK);
	if (out->type != NBT_REPL_START_REQUEST)
		assert_int_equal(out->destination, BENCH_HANDLE);
	return true;
}

void bench_expect_nothing(struct bench *b, int wire)
{
	struct nbt_replication message;

	assert_false(bench_hear(b, wire, &message));
}

void bench_expect_stop(struct bench *b, int wire, uint32_t reason)
{
	struct nbt_replication message;

	assert_true(bench_hear(b, wire, &message));
	assert_int_equal(message.type, NBT_REPL_STOP);
	assert_int_equal(message.reason, reason);
	assert_false(b->wire[wire].is_open);
}

static void expect_opcode(struct bench *b, int wire, uint8_t opcode, struct nbt_replication *out)
{
	assert_true(bench_hear(b, wire, out));
	assert_int_equal(out->type, NBT_REPL_MESSAGE);
	assert_int_equal(out->opcode, opcode);
}

void bench_expect_map_request(struct bench *b, int wire)
{
	struct nbt_replication message;

	expect_opcode(b, wire, NBT_REPL_MAP_REQUEST, &message);
}

void bench_expect_request(struct bench *b, int wire, const char *owner, uint64_t min, uint64_t max)
{
	struct nbt_replication message;

	expect_opcode(b, wire, NBT_REPL_RECORDS_REQUEST, &message);
	assert_int_equal(message.range.owner.s_addr, ip(owner).s_addr);
	assert_int_equal(message.range.min, min);
	assert_int_equal(message.range.max, max);
}

void bench_expect_owners(struct bench *b, int wire, uint8_t opcode, const char *owners,
			 const char *initiator)
{
	struct nbt_replication message;
	struct nbt_owner_versions row, wanted;

	expect_opcode(b, wire, opcode, &message);
	while ((owners = next_owner(owners, &wanted)) != NULL) {
		assert_true(nbt_replication_next_owner(&message.list, &row));
		assert_int_equal(row.owner.s_addr, wanted.owner.s_addr);
		assert_int_equal(row.max, wanted.max);
	}
	assert_false(nbt_replication_next_owner(&message.list, &row));
	if (initiator != NULL)
		assert_int_equal(message.initiator.s_addr, ip(initiator).s_addr);
}

void bench_expect_records(struct bench *b, int wire, const char *versions)
{
	struct nbt_replication message;
	struct nbt_replica replica;
	uint64_t version;

	expect_opcode(b, wire, NBT_REPL_RECORDS_RESPONSE, &message);
	while ((versions = next_version(versions, &version)) != NULL) {
		assert_true(nbt_replication_next_record(&message.list, &replica));
		assert_int_equal(replica.version, version);
	}
	assert_false(nbt_replication_next_record(&message.list, &replica));
}
