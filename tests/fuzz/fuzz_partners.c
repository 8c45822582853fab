/*
 * A story of partners: each byte decides what happens next: a connection comes, is made, says
 * something, breaks; time passes, the store commits. Messages are the fuzzer's own bytes, or well
 * formed ones with its numbers. Whatever happens, connections are bounded, each is closed once, and
 * at the end nothing is left.
 */
#include "fuzz.h"

#include <arpa/inet.h>
#include <string.h>

#include <nbt/replication.h>

#include "../unit/replication_fake.h"
#include "nbnsd/partners/partners.h"

#define STEPS_MAX 400
#define TURNS_MAX 10000

struct wire {
	bool is_open, is_ours, is_connected, is_stuck, is_paused;
	uint32_t handle; /* that we were told */
};

struct story {
	struct fuzz_input in;
	struct replication_settings settings;
	struct partner_settings partner[3];
	struct in_addr refused;
	struct service service;
	struct partners *all;
	struct nbt_env env;
	uint32_t lots;
	struct wire wire[PARTNERS_CONNECTIONS_MAX];
	uint32_t latest;
};

static struct in_addr address(uint8_t low)
{
	return (struct in_addr){ htonl(0x0a000000 | low) };
}

static int take_dial(void *ctx, uint32_t connection, struct in_addr to)
{
	struct story *s = ctx;

	(void)to;
	must(connection < PARTNERS_CONNECTIONS_MAX && !s->wire[connection].is_open);
	s->wire[connection] = (struct wire){ .is_open = true, .is_ours = true };
	s->latest = connection;
	return s->lots % 7 == 0 ? (s->wire[connection].is_open = false, -1) : 0;
}

/* Handles of ours are learnt from starts, so that what is said is for us. */
static bool take_bytes(void *ctx, uint32_t connection, const uint8_t *bytes, size_t len)
{
	struct story *s = ctx;
	struct wire *wire = &s->wire[connection];
	struct nbt_replication message;

	must(wire->is_open && len > 0);
	if (nbt_replication_decode(&message, bytes, len) == NBT_OK &&
	    message.type <= NBT_REPL_START_RESPONSE)
		wire->handle = message.handle;
	return !wire->is_stuck;
}

static void take_read(void *ctx, uint32_t connection, bool on)
{
	struct story *s = ctx;

	must(s->wire[connection].is_open && s->wire[connection].is_paused == on);
	s->wire[connection].is_paused = !on;
}

static void take_close(void *ctx, uint32_t connection)
{
	struct story *s = ctx;

	must(s->wire[connection].is_open);
	s->wire[connection].is_open = false;
}

static void turn(struct story *s)
{
	size_t turns = 0;

	do {
		partners_turn(s->all, &s->env);
		must(++turns < TURNS_MAX);
	} while (partners_deadline(s->all) <= s->env.now_ms);
}

static uint64_t take_number(struct story *s)
{
	static const uint64_t numbers[] = {
		0, 1, 2, 5, 100, 1000000, 1ull << 40, INT64_MAX, 1ull << 63, UINT64_MAX
	};

	return numbers[fuzz_take(&s->in) % 10];
}

static void receive(struct story *s, uint32_t number, const uint8_t *bytes, size_t len)
{
	uint8_t *exact = malloc(len + 1);

	must(exact != NULL);
	memcpy(exact, bytes, len);
	if (s->wire[number].is_open && !s->wire[number].is_paused)
		partners_received(s->all, number, exact, len, &s->env);
	free(exact);
}

/* The fuzzer's own bytes. */
static void say_bytes(struct story *s, uint32_t number)
{
	size_t len = fuzz_take(&s->in);

	if (len > s->in.left)
		len = s->in.left;
	receive(s, number, s->in.bytes, len);
	s->in.bytes += len;
	s->in.left -= len;
}

static bool add_entries(struct story *s, struct nbt_replication_writer *w, uint8_t opcode)
{
	size_t count = fuzz_take(&s->in) % 5;
	bool is_whole = true;

	for (size_t i = 0; i < count; i++) {
		const struct nbt_owner_versions row = { .owner = address(fuzz_take(&s->in) % 8),
							.max = take_number(s) };
		const struct nbt_replica replica = fake_replica("FRED", row.max);

		is_whole &= (opcode == NBT_REPL_RECORDS_RESPONSE
				     ? nbt_replication_add_record(w, &replica)
				     : nbt_replication_add_owner(w, &row)) == NBT_OK;
	}
	return is_whole;
}

static void say(struct story *s, uint32_t number)
{
	uint8_t what = fuzz_take(&s->in), buf[1024];
	struct nbt_replication message = { .destination = s->wire[number].handle,
					   .type = what & 3,
					   .opcode = what >> 4,
					   .handle = 77,
					   .major = 2,
					   .minor = what & 4 ? 1 : 5 };
	struct nbt_replication_writer w;
	size_t len = 0;

	if (what & 8)
		message.type = NBT_REPL_MESSAGE;
	message.range = (struct nbt_owner_versions){ address(what >> 5), take_number(s), 1 };
	message.initiator = address(what >> 5);
	if (message.type == NBT_REPL_MESSAGE && message.opcode != NBT_REPL_MAP_REQUEST &&
	    message.opcode != NBT_REPL_RECORDS_REQUEST) {
		if (nbt_replication_begin(&w, &message, buf, sizeof(buf)) != NBT_OK ||
		    !add_entries(s, &w, message.opcode) || nbt_replication_end(&w, &len) != NBT_OK)
			return;
	} else if (nbt_replication_encode(&message, buf, sizeof(buf), &len) != NBT_OK) {
		return;
	}
	receive(s, number, buf, len);
}

static void accept_one(struct story *s)
{
	int number = partners_accept(s->all, address(fuzz_take(&s->in) % 8), &s->env);

	if (number < 0)
		return;
	must(number < PARTNERS_CONNECTIONS_MAX && !s->wire[number].is_open);
	s->wire[number] = (struct wire){ .is_open = true, .is_connected = true };
	s->latest = (uint32_t)number;
}

static void hang_up(struct story *s, uint32_t number)
{
	if (!s->wire[number].is_open)
		return;
	s->wire[number].is_open = false;
	partners_closed(s->all, number, fuzz_take(&s->in) % 2 ? 0 : -104, &s->env);
}

static void connect_one(struct story *s, uint32_t number)
{
	if (!s->wire[number].is_open || s->wire[number].is_connected)
		return;
	s->wire[number].is_connected = true;
	partners_connected(s->all, number, &s->env);
}

static void drain(struct story *s, uint32_t number)
{
	struct wire *wire = &s->wire[number];

	if (!wire->is_open)
		return;
	wire->is_stuck = !wire->is_stuck;
	if (!wire->is_stuck)
		partners_drained(s->all, number, &s->env);
}

static void pass(struct story *s)
{
	uint64_t due_ms = partners_deadline(s->all);

	if (due_ms != NBT_NEVER && due_ms > s->env.now_ms)
		s->env.now_ms = due_ms;
	else
		s->env.now_ms += 1000;
}

static void change_settings(struct story *s)
{
	s->settings.partner_count = fuzz_take(&s->in) % 4;
	must(partners_set_settings(s->all, &s->settings, &s->env));
}

static void administer(struct story *s)
{
	uint8_t what = fuzz_take(&s->in);
	struct in_addr whom = what & 4 ? address(what >> 4) : address(0);

	if (!(what & 4))
		whom.s_addr = INADDR_ANY;
	if (what % 4 == 0)
		(void)partners_pull(s->all, whom, &s->env);
	else if (what % 4 == 1)
		(void)partners_push(s->all, whom, what & 8);
	else if (what % 4 == 2)
		(void)partners_verify(s->all, whom, &s->env);
	else
		s->service.to_verify = address(what >> 4);
}

static void step(struct story *s)
{
	uint8_t what = fuzz_take(&s->in);
	uint32_t number = what & 0x80 ? s->latest : (what >> 4) & 7;

	switch (what & 15) {
	case 0:
		accept_one(s);
		break;
	case 1:
	case 2:
	case 3:
	case 4:
		say(s, number);
		break;
	case 5:
		say_bytes(s, number);
		break;
	case 6:
		connect_one(s, number);
		break;
	case 7:
		hang_up(s, number);
		break;
	case 8:
		drain(s, number);
		break;
	case 9:
		pass(s);
		break;
	case 10:
		s->service.is_slow = !s->service.is_slow;
		fake_commit(&s->service);
		break;
	case 11:
		administer(s);
		break;
	case 12:
		change_settings(s);
		break;
	case 13:
		s->service.news.versions += what >> 4;
		s->service.news.address_changes += what >> 7;
		break;
	case 14:
		s->service.is_in_trouble = !s->service.is_in_trouble;
		break;
	default:
		fake_commit(&s->service);
		break;
	}
	turn(s);
}

static void begin(struct story *s)
{
	const struct partners_sinks sinks = { take_dial, take_bytes, take_read, take_close, s };
	uint8_t how = fuzz_take(&s->in);

	s->env = (struct nbt_env){
		.now_ms = 1000000, .wall_s = 1800000000, .random = fuzz_draw, .random_ctx = &s->lots
	};
	fake_create(&s->service, address(1));
	s->refused = address(7);
	for (uint8_t i = 0; i < 3; i++)
		s->partner[i] = (struct partner_settings){ .address = address((uint8_t)(i + 2)),
							   .pull = i != 1 || how & 1,
							   .push = i != 2 || how & 1,
							   .pull_interval_s = 60,
							   .pull_at_start = how & 2,
							   .update_count = 3,
							   .push_on_address_change = how & 4,
							   .persistent = how & 8 };
	s->settings = (struct replication_settings){ .address = address(1),
						     .to_others = how >> 6 & 1,
						     .propagate = true,
						     .retry_s = 30,
						     .request_timeout_s = 60,
						     .start_timeout_s = 30,
						     .message_timeout_s = 60,
						     .idle_timeout_s = 120,
						     .round_wait_s = 5,
						     .slice = how & 16 ? 4 : 10000,
						     .refused_owners = &s->refused,
						     .refused_owner_count = 1,
						     .verify = how & 32,
						     .verify_period_s = 3600,
						     .verify_records = 100,
						     .partners = s->partner,
						     .partner_count = 3 };
	fake_add(&s->service, address(1), "ONE", 1);
	fake_add(&s->service, address(5), "FIVE", 5);
	s->all = partners_create(&s->settings, &s->service, &sinks,
				 &(struct partners_start){ .is_empty = how & 128 }, &s->env);
	must(s->all != NULL);
	turn(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct story story;
	struct story *s = &story;

	memset(s, 0, sizeof(*s));
	s->in = (struct fuzz_input){ data, size };
	begin(s);
	for (size_t i = 0; i < STEPS_MAX && s->in.left > 0; i++)
		step(s);
	partners_destroy(s->all);
	must(s->service.readings == 0);
	return 0;
}
