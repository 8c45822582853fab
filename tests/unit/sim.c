#include "sim.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/access.h"

struct sim_flight {
	uint64_t at_ms, number; /* what leaves first arrives first, if nothing else is said */
	struct sim_host *to;
	uint16_t socket;
	bool to_broadcast;
	struct sockaddr_in from;
	size_t len;
	uint8_t bytes[OUTGOING_MAX];
};

/* xorshift64*: evenly enough, and the same for the same seed. */
static uint32_t draw(void *ctx, uint32_t below)
{
	struct sim *sim = ctx;

	sim->state ^= sim->state >> 12;
	sim->state ^= sim->state << 25;
	sim->state ^= sim->state >> 27;
	return (uint32_t)((sim->state * UINT64_C(2685821657736338717) >> 32) % below);
}

struct sim *sim_new(uint64_t seed)
{
	static const struct access_network everybody = { .bits = 0 };
	struct access_rule rules[SERVICE_RULES];
	struct sim *sim = calloc(1, sizeof(*sim));

	assert_non_null(sim);
	for (size_t i = 0; i < SERVICE_RULES; i++)
		rules[i] = (struct access_rule){ &everybody, 1 };
	sim->seed = seed;
	sim->state = seed * 2654435761U + 88172645463325252U;
	sim->env = (struct nbt_env){
		.now_ms = 1000000, .wall_s = 1700000000, .random = draw, .random_ctx = sim
	};
	sim->everybody = access_list_create(rules, SERVICE_RULES, NULL, 0);
	assert_non_null(sim->everybody);
	return sim;
}

void sim_free(struct sim *sim)
{
	for (size_t i = 0; i < sim->host_count; i++) {
		service_destroy(sim->hosts[i]->service);
		registry_destroy(sim->hosts[i]->registry);
		free((void *)sim->hosts[i]->settings.node.servers);
		free(sim->hosts[i]);
	}
	free(sim->flights);
	access_list_destroy(sim->everybody);
	free(sim);
}

/*
 * Hosts.
 */

static size_t read_addresses(const char *text, struct in_addr *out, size_t size)
{
	char address[INET_ADDRSTRLEN];
	size_t count = 0;
	int used;

	for (; sscanf(text, " %15s%n", address, &used) == 1; text += used) {
		assert_true(count < size);
		out[count++].s_addr = inet_addr(address);
	}
	return count;
}

static void set_addresses(struct sim_host *host, const char *text)
{
	struct in_addr addresses[SIM_ADDRESSES_MAX];

	host->socket_count = read_addresses(text, addresses, SIM_ADDRESSES_MAX);
	for (size_t i = 0; i < host->socket_count; i++) {
		struct served_socket *socket = &host->sockets[i];

		socket->address = addresses[i];
		socket->netmask.s_addr = htonl(0xFFFFFF00);
		socket->broadcast.s_addr = addresses[i].s_addr | htonl(0xFF);
	}
}

static struct sim_host *add_host(struct sim *sim, const char *name, const char *addresses)
{
	struct sim_host *host = calloc(1, sizeof(*host));

	assert_non_null(host);
	assert_true(sim->host_count < SIM_HOSTS_MAX);
	host->sim = sim;
	snprintf(host->name, sizeof(host->name), "%s", name);
	set_addresses(host, addresses);
	sim->hosts[sim->host_count++] = host;
	return host;
}

static void set_servers(struct sim_host *host, const char *text)
{
	struct in_addr *servers = calloc(SIM_ADDRESSES_MAX, sizeof(*servers));

	assert_non_null(servers);
	host->settings.node.servers = servers;
	host->settings.node.server_count =
		text != NULL ? read_addresses(text, servers, SIM_ADDRESSES_MAX) : 0;
}

struct sim_host *sim_node(struct sim *sim, const char *name, enum node_type type,
			  const char *addresses, const char *servers)
{
	static const uint8_t key[16] = "unpredictable";
	struct sim_host *host = add_host(sim, name, addresses);

	host->settings = (struct service_settings){
		.netbios_name = host->name,
		.workgroup = "WORK",
		.node_type = (uint8_t)type,
		.renewal_s = 518400,
		.extinction_s = 345600,
		.extinction_timeout_s = 518400,
		.verify_s = 2073600,
		.scavenge_s = 259200,
		.challenge_retry_ms = 500,
		.challenge_tries = 3,
		.max_challenges = 100,
		.max_waiting = 1000,
		.access = sim->everybody,
	};
	set_servers(host, servers);
	host->registry = registry_create(key);
	assert_non_null(host->registry);
	host->next_version = 1;
	host->lease_now = 100000;
	return host;
}

struct sim_host *sim_server(struct sim *sim, const char *name, const char *address)
{
	struct sim_host *host = sim_node(sim, name, NODE_H, address, NULL);

	host->settings.server = host->settings.node.is_server = true;
	return host;
}

struct sim_host *sim_tap(struct sim *sim, const char *address)
{
	struct sim_host *host = add_host(sim, "TAP", address);

	host->is_tap = true;
	return host;
}

/* Versions are not what is tested here: every start has plenty. */
void sim_on(struct sim_host *host)
{
	assert_null(host->service);
	host->service = service_create(&host->settings, host->registry, host->next_version,
				       host->lease_now, &host->sim->env);
	assert_non_null(host->service);
	service_set_sockets(host->service, host->sockets, host->socket_count);
	host->next_version += 1000000;
}

void sim_crash(struct sim_host *host)
{
	host->lease_now = service_lease_now(host->service, &host->sim->env);
	service_destroy(host->service);
	host->service = NULL;
	host->is_asking = false;
}

void sim_stop(struct sim_host *host)
{
	struct node *node = service_node(host->service);

	node_stop(node, &host->sim->env);
	for (int i = 0; i < 100 && !node_is_stopped(node); i++)
		sim_pass_ms(host->sim, 100);
	assert_true(node_is_stopped(node));
	sim_crash(host);
}

/*
 * Packets in flight.
 */

static bool is_earlier(const struct sim_flight *a, const struct sim_flight *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->number < b->number;
}

static void swap(struct sim_flight *a, struct sim_flight *b)
{
	struct sim_flight c = *a;

	*a = *b;
	*b = c;
}

static void put_flight(struct sim *sim, const struct sim_flight *flight)
{
	size_t i = sim->flight_count;

	if (sim->flight_count == sim->flight_space) {
		sim->flight_space = 2 * sim->flight_space + 64;
		sim->flights = realloc(sim->flights, sim->flight_space * sizeof(*sim->flights));
		assert_non_null(sim->flights);
	}
	sim->flights[sim->flight_count++] = *flight;
	for (; i > 0 && is_earlier(&sim->flights[i], &sim->flights[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&sim->flights[i], &sim->flights[(i - 1) / 2]);
}

static void take_flight(struct sim *sim, struct sim_flight *out)
{
	struct sim_flight *f = sim->flights;
	size_t i = 0, child;

	*out = f[0];
	f[0] = f[--sim->flight_count];
	while ((child = 2 * i + 1) < sim->flight_count) {
		if (child + 1 < sim->flight_count && is_earlier(&f[child + 1], &f[child]))
			child++;
		if (!is_earlier(&f[child], &f[i]))
			break;
		swap(&f[i], &f[child]);
		i = child;
	}
}

static void launch(struct sim *sim, struct sim_flight *flight)
{
	const struct sim_weather *weather = &sim->weather;
	bool twice = weather->duplicates > 0 && draw(sim, 1000) < weather->duplicates;

	for (int copies = twice ? 2 : 1; copies > 0; copies--) {
		if (weather->loss > 0 && draw(sim, 1000) < weather->loss)
			continue;
		flight->at_ms = sim->env.now_ms + 1;
		if (weather->delay_ms > 0)
			flight->at_ms += draw(sim, weather->delay_ms);
		flight->number = sim->flight_number++;
		put_flight(sim, flight);
	}
}

/* To everybody on the subnet, or to the one who has the address. */
static void transmit(struct sim_host *from, const struct outgoing *packet)
{
	struct sim *sim = from->sim;
	const struct served_socket *socket = &from->sockets[packet->socket];
	bool to_subnet = packet->to.sin_addr.s_addr == socket->broadcast.s_addr;
	struct sim_flight flight = { .to_broadcast = to_subnet, .len = packet->len };

	assert_true(packet->is_broadcast == to_subnet);
	flight.from = (struct sockaddr_in){ .sin_family = AF_INET,
					    .sin_port = htons(NBT_NAME_PORT),
					    .sin_addr = socket->address };
	memcpy(flight.bytes, packet->bytes, packet->len);
	from->sent++;
	from->broadcasts += to_subnet;
	for (size_t i = 0; i < sim->host_count; i++) {
		struct sim_host *to = sim->hosts[i];

		for (size_t j = 0; j < to->socket_count; j++) {
			const struct served_socket *at = &to->sockets[j];

			if (to == from || to->side != from->side ||
			    (to_subnet ? at->broadcast.s_addr != socket->broadcast.s_addr
				       : at->address.s_addr != packet->to.sin_addr.s_addr))
				continue;
			flight.to = to;
			flight.socket = (uint16_t)j;
			launch(sim, &flight);
		}
	}
}

static void transmit_all(struct sim_host *host)
{
	struct outbox *out = &host->sim->out;

	for (size_t i = 0; i < out->count; i++)
		transmit(host, &out->packet[i]);
	out->count = 0;
}

static void post(struct sim_host *host, struct in_addr to, const uint8_t *bytes, size_t len)
{
	struct outgoing packet = { .len = (uint16_t)len, .to = { .sin_addr = to } };

	packet.is_broadcast = to.s_addr == host->sockets[0].broadcast.s_addr;
	memcpy(packet.bytes, bytes, len);
	transmit(host, &packet);
}

/*
 * What hosts do.
 */

static void carry_out_query(struct sim_host *host, unsigned todo)
{
	const struct nbt_outgoing *out = &host->query.exchange.out;

	if (todo & NBT_TODO_SEND)
		post(host, out->to.sin_addr, out->bytes, out->len);
	if (todo & NBT_TODO_DONE)
		host->is_asking = false;
}

static void look_at_events(struct sim_host *host)
{
	struct node_event event;

	while (node_next_event(service_node(host->service), &event)) {
		host->lost += event.type == NODE_LOST;
		host->refused += event.type == NODE_DECIDED && event.rcode != NBT_RCODE_OK;
	}
}

/* After each turn of its loop; its disk is quick. */
static void turn(struct sim_host *host)
{
	struct sim *sim = host->sim;
	struct changes *changes;

	transmit_all(host);
	look_at_events(host);
	while ((changes = service_take_changes(host->service)) != NULL) {
		service_committed(host->service, changes);
		while (service_answers(host->service, &sim->out, &sim->env))
			transmit_all(host);
		transmit_all(host);
	}
}

static void wake(struct sim_host *host)
{
	struct sim *sim = host->sim;

	while (service_wake(host->service, &sim->out, &sim->env))
		transmit_all(host);
	turn(host);
}

static void see(struct sim_host *tap, const struct sim_flight *flight)
{
	struct sim_seen *seen = &tap->seen[tap->seen_count];

	if (tap->seen_count == SIM_SEEN_MAX)
		return;
	seen->at_ms = tap->sim->env.now_ms;
	seen->from = flight->from;
	seen->to_broadcast = flight->to_broadcast;
	seen->len = flight->len;
	memcpy(seen->bytes, flight->bytes, flight->len);
	assert_int_equal(nbt_packet_decode(&seen->packet, seen->bytes, seen->len), NBT_OK);
	tap->seen_count++;
}

static void hear_answer(struct sim_host *host, const struct sim_flight *flight)
{
	struct nbt_packet packet;
	unsigned todo;

	assert_int_equal(nbt_packet_decode(&packet, flight->bytes, flight->len), NBT_OK);
	todo = nbt_exchange_packet(&host->query.exchange, &packet, &flight->from, &host->sim->env);
	if ((todo & NBT_TODO_ANSWER) && host->answer.s_addr == INADDR_ANY)
		host->answer = nbt_record_address(&packet.record[0], 0).address;
	carry_out_query(host, todo);
}

static void arrive(struct sim *sim, const struct sim_flight *flight)
{
	struct sim_host *host = flight->to;
	const struct incoming in = { .bytes = flight->bytes,
				     .len = flight->len,
				     .from = flight->from,
				     .socket = flight->socket,
				     .to_broadcast = flight->to_broadcast };

	if (host->is_asking)
		hear_answer(host, flight);
	if (host->is_tap)
		see(host, flight);
	if (host->service == NULL)
		return;
	service_receive(host->service, &in, &sim->out, &sim->env);
	turn(host);
}

static uint64_t host_deadline(const struct sim_host *host)
{
	uint64_t due = NBT_NEVER;

	if (host->service != NULL)
		due = service_deadline(host->service);
	if (host->is_asking)
		due = nbt_earlier(due, nbt_exchange_deadline(&host->query.exchange));
	return due;
}

static uint64_t next_deadline(const struct sim *sim)
{
	uint64_t due = sim->flight_count > 0 ? sim->flights[0].at_ms : NBT_NEVER;

	for (size_t i = 0; i < sim->host_count; i++)
		due = nbt_earlier(due, host_deadline(sim->hosts[i]));
	return due;
}

/* Everything that is due now. */
static void step(struct sim *sim)
{
	struct sim_flight flight;

	while (sim->flight_count > 0 && sim->flights[0].at_ms <= sim->env.now_ms) {
		take_flight(sim, &flight);
		arrive(sim, &flight);
	}
	for (size_t i = 0; i < sim->host_count; i++) {
		struct sim_host *host = sim->hosts[i];

		if (host_deadline(host) > sim->env.now_ms)
			continue;
		if (host->is_asking)
			carry_out_query(host, nbt_exchange_wake(&host->query.exchange, &sim->env));
		if (host->service != NULL)
			wake(host);
	}
}

void sim_pass_ms(struct sim *sim, uint64_t ms)
{
	uint64_t end = sim->env.now_ms + ms, due;

	while ((due = next_deadline(sim)) <= end) {
		if (due > sim->env.now_ms)
			sim->env.now_ms = due;
		step(sim);
	}
	sim->env.now_ms = end;
}

void sim_pass(struct sim *sim, uint64_t seconds)
{
	sim_pass_ms(sim, seconds * 1000);
}

/*
 * Taps.
 */

static struct in_addr address_of(const char *text)
{
	return (struct in_addr){ inet_addr(text) };
}

void sim_send(struct sim_host *tap, const char *to, const struct nbt_packet *packet)
{
	uint8_t bytes[NBT_UDP_PAYLOAD_MAX];
	size_t len;

	assert_int_equal(nbt_packet_encode(packet, bytes, sizeof(bytes), &len), NBT_OK);
	post(tap, address_of(to), bytes, len);
}

static uint16_t new_id(struct sim *sim)
{
	return (uint16_t)draw(sim, 65536);
}

void sim_claim(struct sim_host *tap, const char *to, uint16_t flags, const char *name,
	       uint16_t nb_flags)
{
	const struct nbt_address address = { nb_flags, tap->sockets[0].address };
	const struct nbt_name bytes = name_of(name);
	const struct nbt_scope scope = { 0 };
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_packet packet;

	nbt_make_claim(&packet, (enum nbt_opcode)(flags >> NBT_OPCODE_SHIFT & 15), new_id(tap->sim),
		       flags & NBT_FLAGS_MASK, &bytes, &scope, 300000, &address, rdata);
	sim_send(tap, to, &packet);
}

void sim_query(struct sim_host *tap, const char *to, uint16_t flags, const char *name,
	       uint16_t type)
{
	struct nbt_name bytes = { "*" };
	const struct nbt_scope scope = { 0 };
	struct nbt_packet packet;

	if (strcmp(name, "*") != 0)
		bytes = name_of(name);
	nbt_make_query(&packet, new_id(tap->sim), flags, &bytes, &scope, type);
	sim_send(tap, to, &packet);
}

void sim_respond(struct sim_host *tap, const struct sim_seen *to, uint16_t flags, uint32_t ttl,
		 uint16_t nb_flags, const char *address)
{
	const struct nbt_address entry = { nb_flags, address_of(address) };
	const struct nbt_question *question = &to->packet.question[0];
	char text[INET_ADDRSTRLEN];
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_packet packet;

	nbt_address_write(rdata, &entry, 1);
	nbt_make_response(&packet, (enum nbt_opcode)(flags >> NBT_OPCODE_SHIFT & 15), to->packet.id,
			  flags & NBT_FLAGS_MASK & ~NBT_FLAG_R, (enum nbt_rcode)(flags & 15),
			  &question->name, &question->scope, NBT_TYPE_NB, ttl, rdata,
			  sizeof(rdata));
	sim_send(tap, inet_ntop(AF_INET, &to->from.sin_addr, text, sizeof(text)), &packet);
}

void sim_demand(struct sim_host *tap, const char *to, const char *name)
{
	const struct nbt_address nobody = { NBT_NB_H, { INADDR_ANY } };
	const struct nbt_name bytes = name_of(name);
	const struct nbt_scope scope = { 0 };
	uint8_t rdata[NBT_ADDRESS_LEN];
	struct nbt_packet packet;

	nbt_address_write(rdata, &nobody, 1);
	nbt_make_response(&packet, NBT_OP_REGISTRATION, new_id(tap->sim),
			  NBT_FLAG_AA | NBT_FLAG_RD | NBT_FLAG_RA, NBT_RCODE_CFT_ERR, &bytes,
			  &scope, NBT_TYPE_NB, 0, rdata, sizeof(rdata));
	sim_send(tap, to, &packet);
}

const struct sim_seen *sim_next(const struct sim_host *tap, size_t *next, uint16_t flags)
{
	while (*next < tap->seen_count) {
		const struct sim_seen *seen = &tap->seen[(*next)++];

		if (nbt_packet_flags_word(&seen->packet) == flags)
			return seen;
	}
	return NULL;
}

const struct sim_seen *sim_expect_at(const struct sim_host *tap, size_t *next, uint16_t flags,
				     int line)
{
	const struct sim_seen *seen = sim_next(tap, next, flags);

	if (seen == NULL)
		fail_msg("line %d: no packet with flags 0x%04x", line, flags);
	return seen;
}

/*
 * Questions of the test.
 */

bool sim_holds(const struct sim_host *host, const char *name)
{
	const struct nbt_name bytes = name_of(name);
	const struct nbt_scope scope = { 0 };
	const struct in_addr any = { 0 };

	return host->service != NULL &&
	       node_holds(service_node(host->service), any, &bytes, &scope);
}

size_t sim_holders(const struct sim *sim, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < sim->host_count; i++)
		count += sim_holds(sim->hosts[i], name);
	return count;
}

void sim_begin_query(struct sim_host *host, const struct nbt_query_request *request)
{
	host->is_asking = true;
	host->answer.s_addr = INADDR_ANY;
	carry_out_query(host, nbt_query_start(&host->query, request, &host->sim->env));
}

bool sim_ask(struct sim_host *host, const char *to, const char *name, struct in_addr *who)
{
	struct sim *sim = host->sim;
	const struct sockaddr_in asked = { .sin_family = AF_INET,
					   .sin_port = htons(NBT_NAME_PORT),
					   .sin_addr = address_of(to) };
	struct nbt_query_request request = {
		.to = { .id = new_id(sim),
			.name = name_of(name),
			.servers = &asked,
			.server_count = 1,
			.broadcast = asked.sin_addr.s_addr == host->sockets[0].broadcast.s_addr },
		.recursion = true,
		.conflict_ms = NBT_CONFLICT_TIMER_MS,
	};

	sim_begin_query(host, &request);
	while (host->is_asking)
		sim_pass_ms(sim, 50);
	*who = host->answer;
	return host->query.exchange.result == NBT_OK;
}
