/*
 * A simulated network: hosts with the real name service, subnets of /24 with their broadcasts,
 * routers between them, packets in flight through the real codec, and a clock that jumps from
 * deadline to deadline. Everything follows from a seed; a failing test prints it.
 */
#ifndef TESTS_SIM_H
#define TESTS_SIM_H

#include "support.h"

#include <stdbool.h>

#include <nbt/exchange.h>
#include <nbt/packet.h>

#include "nbnsd/node/node.h"
#include "nbnsd/service/service.h"

#define SIM_HOSTS_MAX     128
#define SIM_ADDRESSES_MAX 4
#define SIM_SEEN_MAX      256

/* What becomes of packets on their way. */
struct sim_weather {
	uint32_t loss, duplicates; /* of a thousand */
	uint32_t delay_ms;         /* 1 to so many; they overtake each other. 0: all take 1 ms */
};

struct sim_seen {
	uint64_t at_ms;
	struct sockaddr_in from;
	bool to_broadcast;
	size_t len;
	uint8_t bytes[OUTGOING_MAX];
	struct nbt_packet packet; /* its rdata is in bytes */
};

struct sim_host {
	struct sim *sim;
	char name[NBT_NAME_LEN];
	uint8_t side; /* of a split: only those of one side hear each other */
	struct served_socket sockets[SIM_ADDRESSES_MAX];
	size_t socket_count;

	/* A node, or a name server; off: NULL. A host without settings is a wire tap: it sees what
	 * it is sent, and what is broadcast. */
	bool is_tap;
	struct service_settings settings;
	struct service *service;
	struct registry *registry; /* outlives the service, as a disk does */
	uint64_t next_version;
	lease_time lease_now;

	/* A query under way. */
	bool is_asking;
	struct nbt_query query;
	struct in_addr answer; /* the first one's first address */

	struct sim_seen seen[SIM_SEEN_MAX];
	size_t seen_count;
	uint64_t sent, broadcasts; /* packets */
	uint64_t refused, lost;    /* events of the configuration's names */
};

struct sim {
	struct nbt_env env;
	uint64_t seed, state;
	struct sim_weather weather;
	struct access_list *everybody;
	struct sim_host *hosts[SIM_HOSTS_MAX];
	size_t host_count;
	struct sim_flight *flights; /* a heap, the earliest first */
	size_t flight_count, flight_space;
	uint64_t flight_number;
	struct outbox out;
};

struct sim *sim_new(uint64_t seed);
void sim_free(struct sim *sim);

/* What the host is: settings of a node as conf.c makes them. servers: "10.0.1.1 10.0.2.1", or NULL.
 * It is off. */
struct sim_host *sim_node(struct sim *sim, const char *name, enum node_type type,
			  const char *addresses, const char *servers);

/* An NBNS that is an H node for itself. */
struct sim_host *sim_server(struct sim *sim, const char *name, const char *address);
struct sim_host *sim_tap(struct sim *sim, const char *address);

void sim_on(struct sim_host *host);
void sim_crash(struct sim_host *host);
void sim_stop(struct sim_host *host); /* in order: it releases its names first */

/* Lets time pass. */
void sim_pass_ms(struct sim *sim, uint64_t ms);
void sim_pass(struct sim *sim, uint64_t seconds);

/* A packet of a tap, from port 137; to "10.0.1.255" it is a broadcast. */
void sim_send(struct sim_host *tap, const char *to, const struct nbt_packet *packet);
void sim_claim(struct sim_host *tap, const char *to, uint16_t flags, const char *name,
	       uint16_t nb_flags);
void sim_query(struct sim_host *tap, const char *to, uint16_t flags, const char *name,
	       uint16_t type);
void sim_respond(struct sim_host *tap, const struct sim_seen *to, uint16_t flags, uint32_t ttl,
		 uint16_t nb_flags, const char *address);

/* A name conflict demand. */
void sim_demand(struct sim_host *tap, const char *to, const char *name);

/* The next packet with these flags that a tap saw, from seen[*next] on; NULL: none. */
const struct sim_seen *sim_next(const struct sim_host *tap, size_t *next, uint16_t flags);

/* The same, which must be there; what came before it is passed over. */
#define sim_expect(tap, next, flags) sim_expect_at((tap), (next), (flags), __LINE__)
const struct sim_seen *sim_expect_at(const struct sim_host *tap, size_t *next, uint16_t flags,
				     int line);

/* Whether the host holds the name, "FRED<20>", anywhere. */
bool sim_holds(const struct sim_host *host, const char *name);

/* How many of all hosts hold it. */
size_t sim_holders(const struct sim *sim, const char *name);

/* A query of a host as a node sends it, with the conflict timer, to the end; whether there was an
 * answer, and in *who the first. to: a broadcast address or a name server. */
void sim_begin_query(struct sim_host *host, const struct nbt_query_request *request);
bool sim_ask(struct sim_host *host, const char *to, const char *name, struct in_addr *who);

#endif
