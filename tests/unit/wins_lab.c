#include "wins_lab.h"

#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/access.h"
#include "nbnsd/registry/owners.h"

#define PULL_S     60
#define RENEWAL_S  600
#define RESERVE    1000
#define REFRESH_MS 250000
#define ANSWER_MS  3000
#define WACK_MS    60000
#define RETRY_MS   30000

static const char *const names[LAB_NAMES] = {
	"UNIQUE0<20>", "UNIQUE1<20>", "UNIQUE2<00>", "UNIQUE3<00>", "UNIQUE4<03>", "UNIQUE5<1B>",
	"GROUP0<00>",  "GROUP1<00>",  "GROUP2<1E>",  "LIST0<1C>",   "LIST1<1C>",   "LIST2<1C>",
	"LIST3<1C>",   "MULTI0<00>",  "MULTI1<20>",  "MULTI2<20>",
};

uint8_t lab_kind(size_t name)
{
	if (name < 6)
		return RECORD_UNIQUE;
	if (name < 9)
		return RECORD_GROUP;
	return name < 13 ? RECORD_SPECIAL_GROUP : RECORD_MULTIHOMED;
}

struct nbt_name lab_name(size_t name)
{
	return name_of(names[name]);
}

static uint32_t draw(void *ctx, uint32_t below)
{
	return lots_draw(ctx, below);
}

/*
 * Events.
 */

enum event_type { AT_ACCEPT, AT_CONNECTED, AT_BYTES, AT_CLOSED, AT_DRAINED, AT_HOST, AT_SERVER };

struct lab_event {
	uint64_t at_ms, number;
	enum event_type type;
	int wire, end, error; /* AT_ACCEPT to AT_DRAINED */
	size_t to, from;      /* AT_HOST, AT_SERVER: host and server, or the other way round */
	size_t address;       /* of the host */
	uint8_t *bytes;
	size_t len;
};

struct lab_wire {
	size_t server[2];
	uint32_t number[2];
	bool is_open[2], is_paused[2], is_broken;
	uint64_t last_ms[2]; /* what leaves later arrives later */
	uint8_t *held[2];
	size_t held_len[2];
};

static bool is_earlier(const struct lab_event *a, const struct lab_event *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->number < b->number;
}

static void swap(struct lab_event *a, struct lab_event *b)
{
	struct lab_event c = *a;

	*a = *b;
	*b = c;
}

static void put_event(struct lab *lab, struct lab_event event)
{
	struct lab_event *e;
	size_t i = lab->event_count;

	if (lab->event_count == lab->event_space) {
		lab->event_space = 2 * lab->event_space + 64;
		lab->events = realloc(lab->events, lab->event_space * sizeof(*lab->events));
		assert_non_null(lab->events);
	}
	e = lab->events;
	event.number = lab->event_number++;
	e[lab->event_count++] = event;
	for (; i > 0 && is_earlier(&e[i], &e[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&e[i], &e[(i - 1) / 2]);
}

static struct lab_event take_event(struct lab *lab)
{
	struct lab_event *e = lab->events, first = e[0];
	size_t i = 0, child;

	e[0] = e[--lab->event_count];
	while ((child = 2 * i + 1) < lab->event_count) {
		if (child + 1 < lab->event_count && is_earlier(&e[child + 1], &e[child]))
			child++;
		if (!is_earlier(&e[child], &e[i]))
			break;
		swap(&e[i], &e[child]);
		i = child;
	}
	return first;
}

static uint8_t *copy_of(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	return copy;
}

/*
 * Connections.
 */

/* To one end of a wire, behind what is on the way to it. */
static void send_along(struct lab *lab, int wire, int end, struct lab_event event)
{
	struct lab_wire *w = &lab->wire[wire];
	uint64_t at_ms = lab->env.now_ms + 1 + lots_draw(&lab->lots, 40);

	if (at_ms < w->last_ms[end])
		at_ms = w->last_ms[end];
	w->last_ms[end] = event.at_ms = at_ms;
	event.wire = wire;
	event.end = end;
	put_event(lab, event);
}

static bool can_reach(const struct lab *lab, size_t a, size_t b)
{
	return lab->server[a].service != NULL && lab->server[b].service != NULL &&
	       lab->server[a].side == lab->server[b].side;
}

static size_t server_at(const struct lab *lab, struct in_addr address)
{
	size_t i = 0;

	while (i < LAB_SERVERS && lab->server[i].address.s_addr != address.s_addr)
		i++;
	return i;
}

static int take_dial(void *ctx, uint32_t connection, struct in_addr to)
{
	struct lab_server *server = ctx;
	struct lab *lab = server->lab;
	size_t from = (size_t)(server - lab->server), target = server_at(lab, to);
	struct lab_wire *wire;

	assert_true(target < LAB_SERVERS && server->wire_of[connection] < 0);
	if (lab->wire_count == lab->wire_space) {
		lab->wire_space = 2 * lab->wire_space + 64;
		lab->wire = realloc(lab->wire, (size_t)lab->wire_space * sizeof(*lab->wire));
		assert_non_null(lab->wire);
	}
	wire = &lab->wire[lab->wire_count];
	*wire = (struct lab_wire){ .server = { from, target }, .number = { connection, 0 } };
	wire->is_open[0] = true;
	server->wire_of[connection] = lab->wire_count;
	if (can_reach(lab, from, target))
		send_along(lab, lab->wire_count, 1, (struct lab_event){ .type = AT_ACCEPT });
	else
		send_along(lab, lab->wire_count, 0,
			   (struct lab_event){ .type = AT_CLOSED, .error = -EHOSTUNREACH });
	lab->wire_count++;
	return 0;
}

static int end_of(const struct lab_server *server, uint32_t connection, int *wire)
{
	const struct lab_wire *w;

	*wire = server->wire_of[connection];
	assert_true(*wire >= 0);
	w = &server->lab->wire[*wire];
	return w->server[0] == (size_t)(server - server->lab->server) &&
			       w->number[0] == connection && w->is_open[0]
		       ? 0
		       : 1;
}

static bool take_bytes(void *ctx, uint32_t connection, const uint8_t *bytes, size_t len)
{
	struct lab_server *server = ctx;
	struct lab *lab = server->lab;
	int wire, end = end_of(server, connection, &wire);

	send_along(
		lab, wire, 1 - end,
		(struct lab_event){ .type = AT_BYTES, .bytes = copy_of(bytes, len), .len = len });
	if (lots_draw(&lab->lots, 8) > 0)
		return true;
	send_along(lab, wire, end, (struct lab_event){ .type = AT_DRAINED });
	return false;
}

static void take_read(void *ctx, uint32_t connection, bool on)
{
	struct lab_server *server = ctx;
	int number, end = end_of(server, connection, &number);
	struct lab_wire *wire = &server->lab->wire[number];

	wire->is_paused[end] = !on;
	if (!on || wire->held_len[end] == 0)
		return;
	put_event(server->lab, (struct lab_event){ .at_ms = server->lab->env.now_ms,
						   .type = AT_BYTES,
						   .wire = number,
						   .end = end,
						   .bytes = wire->held[end],
						   .len = wire->held_len[end] });
	wire->held[end] = NULL;
	wire->held_len[end] = 0;
}

static void take_close(void *ctx, uint32_t connection)
{
	struct lab_server *server = ctx;
	int wire, end = end_of(server, connection, &wire);

	server->lab->wire[wire].is_open[end] = false;
	server->wire_of[connection] = -1;
	send_along(server->lab, wire, 1 - end, (struct lab_event){ .type = AT_CLOSED });
}

static void hold_bytes(struct lab_wire *wire, int end, const uint8_t *bytes, size_t len)
{
	wire->held[end] = realloc(wire->held[end], wire->held_len[end] + len);
	assert_non_null(wire->held[end]);
	memcpy(wire->held[end] + wire->held_len[end], bytes, len);
	wire->held_len[end] += len;
}

static void accept_wire(struct lab *lab, int number)
{
	struct lab_wire *wire = &lab->wire[number];
	struct lab_server *server = &lab->server[wire->server[1]];
	int connection = -1;

	if (wire->is_open[0] && can_reach(lab, wire->server[0], wire->server[1]))
		connection = partners_accept(server->partners, lab->server[wire->server[0]].address,
					     &lab->env);
	if (connection < 0) {
		send_along(lab, number, 0,
			   (struct lab_event){ .type = AT_CLOSED, .error = -ECONNREFUSED });
		return;
	}
	wire->number[1] = (uint32_t)connection;
	wire->is_open[1] = true;
	server->wire_of[connection] = number;
	send_along(lab, number, 0, (struct lab_event){ .type = AT_CONNECTED });
}

static void close_end(struct lab *lab, struct lab_wire *wire, int end, int error)
{
	struct lab_server *server = &lab->server[wire->server[end]];

	wire->is_open[end] = false;
	server->wire_of[wire->number[end]] = -1;
	partners_closed(server->partners, wire->number[end], error, &lab->env);
}

static void happen_on_wire(struct lab *lab, const struct lab_event *event)
{
	struct lab_wire *wire = &lab->wire[event->wire];
	struct lab_server *server = &lab->server[wire->server[event->end]];
	int end = event->end;

	if (event->type == AT_ACCEPT) {
		accept_wire(lab, event->wire);
		return;
	}
	if (!wire->is_open[end] || (wire->is_broken && event->type != AT_CLOSED))
		return;
	switch (event->type) {
	case AT_CONNECTED:
		partners_connected(server->partners, wire->number[end], &lab->env);
		break;
	case AT_BYTES:
		if (wire->is_paused[end])
			hold_bytes(wire, end, event->bytes, event->len);
		else
			partners_received(server->partners, wire->number[end], event->bytes,
					  event->len, &lab->env);
		break;
	case AT_DRAINED:
		partners_drained(server->partners, wire->number[end], &lab->env);
		break;
	default:
		close_end(lab, wire, end, event->error);
	}
}

static void break_wire(struct lab *lab, int number)
{
	lab->wire[number].is_broken = true;
	for (int end = 0; end < 2; end++)
		if (lab->wire[number].is_open[end])
			send_along(lab, number, end,
				   (struct lab_event){ .type = AT_CLOSED, .error = -ECONNRESET });
}

void lab_break_a_wire(struct lab *lab)
{
	for (int i = lab->wire_count; i > 0; i--) {
		if (!lab->wire[i - 1].is_open[0] || lab->wire[i - 1].is_broken)
			continue;
		break_wire(lab, i - 1);
		return;
	}
}

void lab_part(struct lab *lab, const uint8_t sides[LAB_SERVERS])
{
	for (size_t i = 0; i < LAB_SERVERS; i++)
		lab->server[i].side = sides[i];
	for (int i = 0; i < lab->wire_count; i++) {
		const struct lab_wire *wire = &lab->wire[i];

		if ((wire->is_open[0] || wire->is_open[1]) &&
		    lab->server[wire->server[0]].side != lab->server[wire->server[1]].side)
			break_wire(lab, i);
	}
}

/*
 * The disk.
 */
static size_t name_number(const struct nbt_name *name);

static size_t find_member(const struct lab_row *row, struct in_addr member)
{
	size_t i = 0;

	while (i < row->member_count && row->member[i].s_addr != member.s_addr)
		i++;
	return i;
}

static void write_owner(struct lab_disk *disk, const struct change *change)
{
	struct owner_row row;
	size_t i = 0;

	memcpy(&row, change->note, sizeof(row));
	if (row.owner.s_addr == OWNER_SELF.s_addr) {
		disk->lost_below = row.highest;
		return;
	}
	while (i < ARRAY_SIZE(disk->owner) && disk->owner[i].owner.s_addr != row.owner.s_addr)
		i++;
	if (i == ARRAY_SIZE(disk->owner))
		for (i = 0; i < ARRAY_SIZE(disk->owner) && disk->owner[i].owner.s_addr != 0;)
			i++;
	assert_true(i < ARRAY_SIZE(disk->owner));
	disk->owner[i] = row.highest > 0 || row.offered > 0 ? row : (struct owner_row){ 0 };
}

static void write_change(struct lab_disk *disk, const struct change *change,
			 const struct record *record)
{
	struct lab_row *row = &disk->row[change->id];
	size_t i;

	assert_true(change->id < LAB_RECORDS);
	switch (change->type) {
	case CHANGE_PUT:
		if (!row->exists || record->kind != RECORD_GROUP)
			row->member_count = 0;
		row->exists = true;
		row->record = *record;
		if (change->id >= disk->bound)
			disk->bound = change->id + 1;
		break;
	case CHANGE_DELETE:
		row->exists = false;
		row->member_count = 0;
		break;
	case CHANGE_MEMBER_PUT:
		i = find_member(row, change->member);
		assert_true(i < LAB_MEMBERS);
		row->member_count += i == row->member_count;
		row->member[i] = change->member;
		row->expiry[i] = change->member_expiry;
		break;
	case CHANGE_MEMBER_DELETE:
		i = find_member(row, change->member);
		if (i < row->member_count) {
			row->member[i] = row->member[--row->member_count];
			row->expiry[i] = row->expiry[row->member_count];
		}
		break;
	case CHANGE_OWNER:
		write_owner(disk, change);
		break;
	default:
		break;
	}
}

static void load(struct lab_server *server)
{
	static const uint8_t key[16] = "unpredictable";
	const struct lab_disk *disk = server->disk;

	server->registry = registry_create(key);
	assert_non_null(server->registry);
	for (uint32_t id = 0; id < disk->bound; id++) {
		const struct lab_row *row = &disk->row[id];

		if (!row->exists)
			continue;
		assert_int_equal(registry_load(server->registry, id, &row->record), 0);
		for (size_t i = 0; i < row->member_count; i++)
			assert_int_equal(registry_member_load(server->registry, id, row->member[i],
							      row->expiry[i]),
					 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(disk->owner); i++)
		if (disk->owner[i].owner.s_addr != 0)
			assert_true(registry_owner_load(server->registry, &disk->owner[i]));
	assert_true(registry_settle(server->registry));
}

/*
 * Turns of a server's loop.
 */

static void send_to_hosts(struct lab_server *server);

static void answer(struct lab_server *server)
{
	struct lab *lab = server->lab;

	while (service_answers(server->service, &lab->out, &lab->env))
		send_to_hosts(server);
	send_to_hosts(server);
}

static void commit_first(struct lab_server *server)
{
	struct lab_batch *batch = &server->batch[0];
	struct lab_disk *disk = server->disk;
	struct changes *changes = batch->changes;
	struct change change;
	struct record record;
	size_t cursor = 0;

	if (changes_highest_version(changes) > disk->version)
		disk->version = changes_highest_version(changes);
	if (changes_highest_version(changes) > disk->reserved)
		disk->reserved = changes_highest_version(changes) + RESERVE;
	while (changes_next(changes, &cursor, &change, &record))
		write_change(disk, &change, &record);
	disk->lease_now = batch->lease_now;
	server->batch_count--;
	memmove(batch, batch + 1, server->batch_count * sizeof(*batch));
	service_committed(server->service, changes);
}

static void take_changes(struct lab_server *server)
{
	struct lab *lab = server->lab;
	struct changes *changes;

	if (server->batch_count == LAB_BATCHES)
		return;
	changes = service_take_changes(server->service);
	if (changes != NULL)
		server->batch[server->batch_count++] = (struct lab_batch){
			.changes = changes,
			.due_ms = lab->env.now_ms + 1 + lots_draw(&lab->lots, 50),
			.lease_now = service_lease_now(server->service, &lab->env),
		};
}

static void turn(struct lab_server *server)
{
	struct lab *lab = server->lab;

	while (server->batch_count > 0 && server->batch[0].due_ms <= lab->env.now_ms)
		commit_first(server);
	answer(server);
	if (service_deadline(server->service) <= lab->env.now_ms)
		while (service_wake(server->service, &lab->out, &lab->env))
			send_to_hosts(server);
	partners_turn(server->partners, &lab->env);
	send_to_hosts(server);
	take_changes(server);
}

static uint64_t server_deadline(const struct lab_server *server)
{
	uint64_t due_ms = NBT_NEVER;

	if (server->service == NULL)
		return due_ms;
	if (server->batch_count > 0)
		due_ms = server->batch[0].due_ms;
	due_ms = nbt_earlier(due_ms, service_deadline(server->service));
	return nbt_earlier(due_ms, partners_deadline(server->partners));
}

void lab_start(struct lab_server *server)
{
	const struct partners_sinks sinks = { take_dial, take_bytes, take_read, take_close,
					      server };
	const struct served_socket socket = { .address = server->address };
	struct lab *lab = server->lab;
	uint64_t by_clock = (uint64_t)lab->env.wall_s << 20;
	uint64_t next = server->disk->reserved > 0 ? server->disk->reserved + 1 : by_clock;
	struct partners_start start = { .lost_below = server->disk->lost_below,
					.seen_version = server->disk->version,
					.first_version = next,
					.knows_versions = server->disk->reserved > 0 };

	if (server->service != NULL)
		return;
	server->life++;
	load(server);
	start.is_empty = registry_count(server->registry) == 0;
	server->service = service_create(&server->settings, server->registry, next,
					 server->disk->lease_now, &lab->env);
	assert_non_null(server->service);
	service_set_sockets(server->service, &socket, 1);
	server->partners =
		partners_create(&server->replication, server->service, &sinks, &start, &lab->env);
	assert_non_null(server->partners);
	turn(server);
}

void lab_crash(struct lab_server *server)
{
	struct lab *lab = server->lab;

	if (server->service == NULL)
		return;
	partners_destroy(server->partners);
	for (size_t i = 0; i < PARTNERS_CONNECTIONS_MAX; i++) {
		int wire, end;

		if (server->wire_of[i] < 0)
			continue;
		end = end_of(server, (uint32_t)i, &wire);
		lab->wire[wire].is_open[end] = false;
		server->wire_of[i] = -1;
		send_along(lab, wire, 1 - end,
			   (struct lab_event){ .type = AT_CLOSED, .error = -ECONNRESET });
	}
	for (; server->batch_count > 0; server->batch_count--)
		changes_destroy(server->batch[server->batch_count - 1].changes);
	service_destroy(server->service);
	assert_true(registry_counts_agree(server->registry));
	registry_destroy(server->registry);
	server->service = NULL;
}

void lab_stop(struct lab_server *server)
{
	if (server->service == NULL)
		return;
	service_save_renewals(server->service);
	take_changes(server);
	while (server->batch_count > 0)
		commit_first(server);
	server->disk->lease_now = service_lease_now(server->service, &server->lab->env);
	lab_crash(server);
}

void lab_wipe(struct lab_server *server)
{
	assert_null(server->service);
	server->lab->was_wiped = true;
	memset(server->disk, 0, sizeof(*server->disk));
	server->disk->lease_now = 100000;
}

void lab_lease(struct lab *lab, uint32_t seconds)
{
	for (size_t i = 0; i < LAB_SERVERS; i++) {
		lab->server[i].settings.renewal_s = seconds;
		assert_true(service_set_settings(lab->server[i].service, &lab->server[i].settings,
						 &lab->env));
	}
}

/*
 * Hosts.
 */

static struct lab_hold *hold_of(struct lab *lab, size_t host, size_t name, size_t address)
{
	return &lab->host[host].hold[name][address];
}

static bool find_host(const struct lab *lab, struct in_addr address, size_t *host, size_t *which)
{
	for (*host = 0; *host < LAB_HOSTS; ++*host)
		for (*which = 0; *which < LAB_ADDRESSES; ++*which)
			if (lab->host[*host].address[*which].s_addr == address.s_addr)
				return true;
	return false;
}

static void send_to_hosts(struct lab_server *server)
{
	struct lab *lab = server->lab;

	for (size_t i = 0; i < lab->out.count; i++) {
		const struct outgoing *packet = &lab->out.packet[i];
		struct lab_event event = { .type = AT_HOST,
					   .from = (size_t)(server - lab->server) };

		if (!find_host(lab, packet->to.sin_addr, &event.to, &event.address) ||
		    lots_draw(&lab->lots, 1000) < lab->loss)
			continue;
		event.at_ms = lab->env.now_ms + 1 + lots_draw(&lab->lots, 20);
		event.bytes = copy_of(packet->bytes, packet->len);
		event.len = packet->len;
		put_event(lab, event);
	}
	lab->out.count = 0;
}

static void send_to_server(struct lab *lab, size_t host, size_t address, size_t server,
			   const struct nbt_packet *packet)
{
	struct lab_event event = {
		.type = AT_SERVER, .from = host, .address = address, .to = server
	};
	uint8_t bytes[OUTGOING_MAX];

	assert_int_equal(nbt_packet_encode(packet, bytes, sizeof(bytes), &event.len), NBT_OK);
	if (lots_draw(&lab->lots, 1000) < lab->loss)
		return;
	event.at_ms = lab->env.now_ms + 1 + lots_draw(&lab->lots, 20);
	event.bytes = copy_of(bytes, event.len);
	put_event(lab, event);
}

static bool is_near(const struct lab *lab, size_t host, size_t server)
{
	return lab->server[server].side == lab->server[lab->host[host].home].side;
}

static enum nbt_opcode opcode_for(size_t name, const struct lab_hold *hold)
{
	if (hold->is_releasing)
		return NBT_OP_RELEASE;
	if (hold->is_held)
		return NBT_OP_REFRESH;
	return lab_kind(name) == RECORD_MULTIHOMED ? NBT_OP_MULTIHOMED : NBT_OP_REGISTRATION;
}

static bool is_group(size_t name)
{
	return lab_kind(name) == RECORD_GROUP || lab_kind(name) == RECORD_SPECIAL_GROUP;
}

static void say(struct lab *lab, size_t host, size_t name, size_t address)
{
	struct lab_hold *hold = hold_of(lab, host, name, address);
	const struct nbt_address entry = { (uint16_t)(NBT_NB_H |
						      (is_group(name) ? NBT_NB_GROUP : 0)),
					   lab->host[host].address[address] };
	const struct nbt_name bytes = lab_name(name);
	const struct nbt_scope scope = { 0 };
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_packet packet;

	if (hold->tries == 0)
		hold->id = ++lab->last_id;
	nbt_make_claim(&packet, opcode_for(name, hold), hold->id,
		       hold->is_releasing ? 0 : NBT_FLAG_RD, &bytes, &scope, 300000, &entry, rdata);
	send_to_server(lab, host, address, hold->server, &packet);
}

/* What a host does when it hears nothing: again, and after some time anew, perhaps elsewhere. */
static void act(struct lab *lab, size_t host, size_t name, size_t address)
{
	struct lab_hold *hold = hold_of(lab, host, name, address);

	if (lab->host[host].is_dead)
		return;
	if (!hold->is_wanted) {
		hold->due_ms = NBT_NEVER;
		return;
	}
	if (hold->tries == 3) {
		hold->tries = 0;
		hold->due_ms = lab->env.now_ms + RETRY_MS;
		if (hold->is_releasing)
			hold->is_wanted = hold->is_held = hold->is_releasing = false;
		else if (lab->wanders && !is_group(name))
			hold->server = lots_draw(&lab->lots, LAB_SERVERS);
		return;
	}
	say(lab, host, name, address);
	hold->tries++;
	hold->due_ms = lab->env.now_ms + ANSWER_MS;
}

static void hear_answer(struct lab *lab, size_t host, const struct nbt_packet *packet)
{
	for (size_t name = 0; name < LAB_NAMES; name++)
		for (size_t i = 0; i < LAB_ADDRESSES; i++) {
			struct lab_hold *hold = hold_of(lab, host, name, i);

			if (hold->id != packet->id || !hold->is_wanted || hold->tries == 0)
				continue;
			if (packet->opcode == NBT_OP_WACK) {
				hold->due_ms = lab->env.now_ms + WACK_MS;
				continue;
			}
			hold->tries = 0;
			hold->is_held = packet->rcode == NBT_RCODE_OK && !hold->is_releasing;
			hold->is_wanted = hold->is_held;
			hold->is_releasing = false;
			hold->due_ms = lab->env.now_ms + REFRESH_MS;
			lab->refusals += packet->rcode != NBT_RCODE_OK;
		}
}

static size_t name_number(const struct nbt_name *name)
{
	for (size_t i = 0; i < LAB_NAMES; i++) {
		struct nbt_name other = lab_name(i);

		if (nbt_name_equal(&other, name))
			return i;
	}
	return LAB_NAMES;
}

/* A challenge, or a demand. */
static void hear_question(struct lab *lab, const struct lab_event *event,
			  const struct nbt_packet *packet)
{
	size_t name = name_number(&packet->question[0].name), count = 0;
	struct nbt_address entries[LAB_ADDRESSES];
	uint8_t rdata[sizeof(entries)];
	struct nbt_packet response;

	assert_true(name < LAB_NAMES);
	for (size_t i = 0; i < LAB_ADDRESSES; i++) {
		const struct lab_hold *hold = hold_of(lab, event->to, name, i);

		if (hold->is_wanted && !hold->is_releasing && (hold->is_held || hold->tries > 0))
			entries[count++] =
				(struct nbt_address){ NBT_NB_H, lab->host[event->to].address[i] };
	}
	if (packet->opcode == NBT_OP_RELEASE) {
		hold_of(lab, event->to, name, event->address)->is_wanted = false;
		lab->demands++;
		return;
	}
	nbt_address_write(rdata, entries, count);
	nbt_make_response(&response, NBT_OP_QUERY, packet->id, NBT_FLAG_AA,
			  count > 0 ? NBT_RCODE_OK : NBT_RCODE_NAM_ERR, &packet->question[0].name,
			  &packet->question[0].scope, count > 0 ? NBT_TYPE_NB : NBT_TYPE_NULL, 0,
			  rdata, (uint16_t)(count * NBT_ADDRESS_LEN));
	send_to_server(lab, event->to, event->address, event->from, &response);
}

static void arrive_at_host(struct lab *lab, const struct lab_event *event)
{
	struct nbt_packet packet;

	if (lab->host[event->to].is_dead || !is_near(lab, event->to, event->from))
		return;
	assert_int_equal(nbt_packet_decode(&packet, event->bytes, event->len), NBT_OK);
	if (packet.flags & NBT_FLAG_R)
		hear_answer(lab, event->to, &packet);
	else
		hear_question(lab, event, &packet);
}

static void arrive_at_server(struct lab *lab, const struct lab_event *event)
{
	struct lab_server *server = &lab->server[event->to];
	const struct incoming in = {
		.bytes = event->bytes,
		.len = event->len,
		.from = { .sin_family = AF_INET,
			  .sin_port = htons(NBT_NAME_PORT),
			  .sin_addr = lab->host[event->from].address[event->address] }
	};

	if (server->service == NULL || !is_near(lab, event->from, event->to) ||
	    partners_is_recovering(server->partners))
		return;
	service_receive(server->service, &in, &lab->out, &lab->env);
	turn(server);
}

static void forget(struct lab *lab, size_t host, size_t name)
{
	for (size_t i = 0; i < LAB_ADDRESSES; i++)
		hold_of(lab, host, name, i)->is_wanted = hold_of(lab, host, name, i)->is_held =
			hold_of(lab, host, name, i)->is_releasing = false;
}

void lab_claim(struct lab *lab, size_t host, size_t name)
{
	size_t count = lab_kind(name) == RECORD_MULTIHOMED ? LAB_ADDRESSES : 1;

	for (size_t other = 0; other < LAB_HOSTS; other++)
		if (other != host && !is_group(name))
			forget(lab, other, name);
	for (size_t i = 0; i < count; i++) {
		struct lab_hold *hold = hold_of(lab, host, name, i);

		if (hold->is_wanted)
			continue;
		*hold = (struct lab_hold){ .is_wanted = true,
					   .due_ms = lab->env.now_ms,
					   .server = lab->host[host].home };
		if (i > 0)
			hold->server = lots_draw(&lab->lots, LAB_SERVERS);
	}
}

void lab_release(struct lab *lab, size_t host, size_t name)
{
	for (size_t i = 0; i < LAB_ADDRESSES; i++) {
		struct lab_hold *hold = hold_of(lab, host, name, i);

		if (!hold->is_wanted)
			continue;
		hold->is_releasing = true;
		hold->tries = 0;
		hold->due_ms = lab->env.now_ms;
	}
}

static uint64_t hosts_deadline(const struct lab *lab)
{
	uint64_t due_ms = NBT_NEVER;

	for (size_t i = 0; i < LAB_HOSTS && !lab->are_hosts_still; i++)
		for (size_t j = 0; j < LAB_NAMES; j++)
			for (size_t k = 0; k < LAB_ADDRESSES; k++)
				if (lab->host[i].hold[j][k].is_wanted && !lab->host[i].is_dead)
					due_ms =
						nbt_earlier(due_ms, lab->host[i].hold[j][k].due_ms);
	return due_ms;
}

static void wake_hosts(struct lab *lab)
{
	for (size_t i = 0; i < LAB_HOSTS && !lab->are_hosts_still; i++)
		for (size_t j = 0; j < LAB_NAMES; j++)
			for (size_t k = 0; k < LAB_ADDRESSES; k++)
				if (lab->host[i].hold[j][k].due_ms <= lab->env.now_ms)
					act(lab, i, j, k);
}

/*
 * Time.
 */

static void happen(struct lab *lab, const struct lab_event *event)
{
	struct lab_server *server;

	if (event->type == AT_HOST) {
		arrive_at_host(lab, event);
	} else if (event->type == AT_SERVER) {
		arrive_at_server(lab, event);
	} else {
		server = &lab->server[lab->wire[event->wire].server[event->end]];
		if (server->service == NULL && event->type != AT_ACCEPT)
			return;
		happen_on_wire(lab, event);
		if (server->service != NULL)
			turn(server);
	}
}

static uint64_t next_deadline(const struct lab *lab)
{
	uint64_t due_ms = lab->event_count > 0 ? lab->events[0].at_ms : NBT_NEVER;

	for (size_t i = 0; i < LAB_SERVERS; i++)
		due_ms = nbt_earlier(due_ms, server_deadline(&lab->server[i]));
	return nbt_earlier(due_ms, hosts_deadline(lab));
}

static void step(struct lab *lab)
{
	while (lab->event_count > 0 && lab->events[0].at_ms <= lab->env.now_ms) {
		struct lab_event event = take_event(lab);

		happen(lab, &event);
		free(event.bytes);
	}
	for (size_t i = 0; i < LAB_SERVERS; i++)
		if (server_deadline(&lab->server[i]) <= lab->env.now_ms)
			turn(&lab->server[i]);
	wake_hosts(lab);
}

static void set_clock(struct lab *lab, uint64_t now_ms)
{
	uint64_t before_s = lab->env.now_ms / 1000;

	if (now_ms < lab->env.now_ms)
		return;
	lab->env.now_ms = now_ms;
	lab->env.wall_s += (int64_t)(now_ms / 1000 - before_s);
}

void lab_pass(struct lab *lab, uint64_t seconds)
{
	uint64_t end = lab->env.now_ms + seconds * 1000, due_ms;

	while ((due_ms = next_deadline(lab)) <= end) {
		set_clock(lab, due_ms);
		step(lab);
		if (lab->watch != NULL)
			lab->watch(lab);
	}
	set_clock(lab, end);
}

/*
 * Setting up.
 */

static struct in_addr host_address(size_t host, size_t which)
{
	return (struct in_addr){ htonl(0x0A010001U + (uint32_t)(host * LAB_ADDRESSES + which)) };
}

static void set_up_server(struct lab *lab, size_t number, enum lab_shape shape)
{
	struct lab_server *server = &lab->server[number];

	server->lab = lab;
	server->address.s_addr = htonl(0x0A000001U + (uint32_t)number);
	server->settings = (struct service_settings){
		.netbios_name = "SERVER",
		.workgroup = "WORK",
		.node_type = 3,
		.server = true,
		.renewal_s = RENEWAL_S,
		.extinction_s = 400,
		.extinction_timeout_s = 1000000,
		.verify_s = 1000000,
		.scavenge_s = 300,
		.deletion_uptime_s = 1000000,
		.challenge_retry_ms = 500,
		.challenge_tries = 3,
		.max_challenges = 100,
		.max_waiting = 1000,
		.replication_address = server->address,
		.longest_pull_s = PULL_S,
		.access = lab->everybody,
	};
	server->replication = (struct replication_settings){
		.address = server->address,
		.port = 42,
		.propagate = true,
		.retry_s = 10,
		.request_timeout_s = 20,
		.start_timeout_s = 10,
		.message_timeout_s = 20,
		.idle_timeout_s = 60,
		.slice = 1000,
		.verify_period_s = 86400,
		.verify_records = 30000,
		.round_wait_s = 5,
		.partners = server->partner,
	};
	for (size_t i = 0; i < LAB_SERVERS; i++) {
		if (i == number || (shape == LAB_STAR && i != 0 && number != 0))
			continue;
		server->partner[server->replication.partner_count++] = (struct partner_settings){
			.address = { htonl(0x0A000001U + (uint32_t)i) },
			.pull = true,
			.push = true,
			.pull_interval_s = PULL_S,
			.pull_at_start = true,
			.update_count = (uint32_t)number, /* 0: not by number */
			.persistent = number == 2,
		};
	}
	server->settings.is_between_partners = server->replication.partner_count > 1;
	server->disk = calloc(1, sizeof(*server->disk));
	assert_non_null(server->disk);
	server->disk->lease_now = 100000;
	for (size_t i = 0; i < PARTNERS_CONNECTIONS_MAX; i++)
		server->wire_of[i] = -1;
}

struct lab *lab_create(uint64_t seed, enum lab_shape shape)
{
	static const struct access_network everybody = { .bits = 0 };
	struct access_rule rules[SERVICE_RULES];
	struct lab *lab = calloc(1, sizeof(*lab));

	assert_non_null(lab);
	for (size_t i = 0; i < SERVICE_RULES; i++)
		rules[i] = (struct access_rule){ &everybody, 1 };
	lab->lots.state = seed;
	lab->shape = shape;
	lab->env = (struct nbt_env){
		.now_ms = 1000000, .wall_s = 1700000000, .random = draw, .random_ctx = &lab->lots
	};
	lab->everybody = access_list_create(rules, SERVICE_RULES, NULL, 0);
	for (size_t i = 0; i < LAB_SERVERS; i++)
		set_up_server(lab, i, shape);
	for (size_t i = 0; i < LAB_HOSTS; i++) {
		lab->host[i].home = i % LAB_SERVERS;
		for (size_t j = 0; j < LAB_ADDRESSES; j++)
			lab->host[i].address[j] = host_address(i, j);
	}
	for (size_t i = 0; i < LAB_SERVERS; i++)
		lab_start(&lab->server[i]);
	return lab;
}

void lab_destroy(struct lab *lab)
{
	for (size_t i = 0; i < LAB_SERVERS; i++) {
		lab_crash(&lab->server[i]);
		free(lab->server[i].disk);
	}
	for (size_t i = 0; i < lab->event_count; i++)
		free(lab->events[i].bytes);
	for (int i = 0; i < lab->wire_count; i++)
		for (int end = 0; end < 2; end++)
			free(lab->wire[i].held[end]);
	free(lab->events);
	free(lab->wire);
	access_list_destroy(lab->everybody);
	free(lab);
}
