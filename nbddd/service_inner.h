/* The insides of the datagram service: for its own files only. */
#ifndef NBDDD_SERVICE_INNER_H
#define NBDDD_SERVICE_INNER_H

#include "nbddd/service.h"
#include "nbddd/stages.h"

struct copies;
struct distributor;
struct members;
struct node;
struct ratelimit;
struct relay;
struct subscribers;

enum dgram_stat { DGRAM_STATS(STATS_ENUM) DGRAM_STAT_COUNT };

/* An answer of nbnsd; packet NULL: there was none, rcode is SRV_ERR then. */
struct look_up_answer {
	uint8_t rcode; /* enum nbt_rcode */
	const struct nbt_packet *packet;
};
typedef void look_up_fn(void *ctx, uint32_t token, const struct look_up_answer *answer,
			const struct nbt_env *env);

/* An answer DATAGRAM ERROR that waits: is the name ours at all? */
struct refusal {
	bool in_use;
	uint16_t socket;
	struct sockaddr_in to;
	uint8_t flags;
	uint16_t id;
};

#define REFUSALS_MAX 32

#define LOOK_UPS_MAX 256 /* at once */

struct look_up {
	look_up_fn *told; /* NULL: free */
	void *ctx;
	uint32_t token;
};

/* A receiver of packets that are no datagrams: DATAGRAM ERROR, queries, responses. */
struct dgram_packet {
	const struct nbt_datagram *datagram;
	const struct incoming *in;
};

struct dgram_service {
	struct dgram_settings settings;
	struct dgram_sinks sinks;
	void *ctx; /* of the sinks */
	const struct served_socket *sockets;
	size_t socket_count;
	uint16_t last_id; /* DGM_ID */

	struct reassembly *reassembly;
	struct subscribers *subscribers;
	struct node *node;
	struct members *members;
	struct distributor *distributor;
	struct copies *copies;
	struct relay *relay; /* NULL: not our role */
	struct ratelimit *errors;
	struct look_up look_ups[LOOK_UPS_MAX];
	struct refusal refusals[REFUSALS_MAX];

	struct stats stats;
	uint64_t counters[DGRAM_STAT_COUNT];
	uint8_t message[NBT_LOCAL_MESSAGE_MAX]; /* on its way to a program */
};

static inline void dgram_count(struct dgram_service *service, enum dgram_stat counter)
{
	stats_count(&service->stats, counter);
}

/*
 * Sockets. A number is an index of the table; an address of 0.0.0.0 there is of one that has gone.
 */

/* The socket on this address; false: it is not ours. */
bool dgram_find_socket(const struct dgram_service *service, struct in_addr address,
		       uint16_t *socket);

/* The socket by which packets to this address leave: the one of its subnet, else the first with a
 * subnet. false: there is none. */
bool dgram_socket_towards(const struct dgram_service *service, struct in_addr to, uint16_t *socket);

/* Whether this is the broadcast address of a subnet of ours, or 255.255.255.255. */
bool dgram_is_broadcast(const struct dgram_service *service, struct in_addr address);

/*
 * Sending. whole: a datagram as one packet; it is sent in fragments if it must.
 */

/* to: address and port. is_broadcast: it may be a broadcast address. */
void dgram_transmit(struct dgram_service *service, uint16_t socket, const struct sockaddr_in *to,
		    bool is_broadcast, const uint8_t *whole, size_t len);

/* To this address, at our port. */
struct sockaddr_in dgram_peer(const struct dgram_service *service, struct in_addr address);

/* One that is no datagram: an error, a query, a response. */
void dgram_send_packet(struct dgram_service *service, uint16_t socket, const struct sockaddr_in *to,
		       const struct nbt_datagram *packet);

/* A DGM_ID for a packet of ours. */
uint16_t dgram_next_id(struct dgram_service *service);

/* Hands a datagram to the programs that want it, without the one that sent it. How many. */
size_t dgram_deliver(struct dgram_service *service, const struct dgram_arrival *arrival);

/*
 * Look-ups at nbnsd. told() is called once, later; false: too many, and it is not called.
 */
bool dgram_look_up(struct dgram_service *service, const struct nbt_local_query *query,
		   look_up_fn *told, void *ctx, uint32_t token);

/* The same at query->peer by TCP, for an answer that does not fit into a datagram. */
bool dgram_look_up_by_tcp(struct dgram_service *service, const struct nbt_local_query *query,
			  look_up_fn *told, void *ctx, uint32_t token);

/*
 * What programs say; clients.c.
 */
void dgram_claim_event(struct dgram_service *service, const struct local_event *event);

/* What a program sent, with this id of its own, could not be delivered. who: whose DATAGRAM ERROR
 * says so; 0.0.0.0: we do. */
void dgram_tell_error(struct dgram_service *service, uint32_t client, uint16_t id, uint8_t code,
		      struct in_addr who);

/*
 * Receivers, by MSG_TYPE.
 */
void node_receive_error(struct dgram_service *service, const struct dgram_packet *packet,
			const struct nbt_env *env);
void node_receive_response(struct dgram_service *service, const struct dgram_packet *packet,
			   const struct nbt_env *env);

#endif
