/*
 * A client's side of an exchange with name servers or with a subnet: query, node status,
 * registration, refresh, release (RFC 1002 section 5.1, with the WACK rules of Windows).
 *
 * The machines do no I/O and know no clock. Each is a struct of the caller; its start and its two
 * steps (a packet arrived, the time has come) say what is to be done, as bits of enum nbt_todo:
 *
 *	todo = nbt_query_start(&query, &request, &env);
 *	... carry todo out; wait for a packet or for nbt_exchange_deadline() ...
 *	todo = nbt_exchange_packet(&query.exchange, &packet, &from, &env);
 *	todo = nbt_exchange_wake(&query.exchange, &env);
 */
#ifndef NBT_EXCHANGE_H
#define NBT_EXCHANGE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/env.h>
#include <nbt/error.h>
#include <nbt/name.h>
#include <nbt/packet.h>

#ifdef __cplusplus
extern "C" {
#endif

/* RFC 1002 section 6, but Windows' unicast timeout (MS-NBTE 3.1.2) instead of 5 s. */
#define NBT_BROADCAST_TIMEOUT_MS 250
#define NBT_UNICAST_TIMEOUT_MS   1500
#define NBT_TRIES                3
#define NBT_CONFLICT_TIMER_MS    1000

/* What a step wants done, in this order. */
enum nbt_todo {
	NBT_TODO_SEND = 1 << 0,   /* send exchange.out; if that fails: nbt_exchange_unsent() */
	NBT_TODO_ANSWER = 1 << 1, /* queries: the packet just handed in is an answer that counts */
	NBT_TODO_DONE = 1 << 2    /* it is over; exchange.result says how */
};

/* A value of 0 means the default of the above. */
struct nbt_timers {
	uint32_t timeout_ms; /* from one transmission to the next, and after the last */
	uint32_t tries;      /* transmissions to one server */
};

/* What every exchange needs to know. */
struct nbt_request {
	uint16_t id; /* one that no other exchange through the same socket has */
	struct nbt_name name;
	struct nbt_scope scope;
	/* Asked in this order until one answers; borrowed until the exchange is over. With
	 * broadcast one only, the broadcast address, and anyone may answer. */
	const struct sockaddr_in *servers;
	size_t server_count;
	bool broadcast;
	struct nbt_timers timers;
};

struct nbt_outgoing {
	struct sockaddr_in to;
	size_t len;
	uint8_t bytes[NBT_UDP_PAYLOAD_MAX];
};

struct nbt_exchange_kind;

/* What every exchange has. The caller reads out, result, rcode and asked, and writes nothing. */
struct nbt_exchange {
	const struct nbt_exchange_kind *kind;
	struct nbt_request request;
	struct nbt_outgoing out; /* on NBT_TODO_SEND */
	/* On NBT_TODO_DONE. NBT_OK; NBT_ENEGATIVE: refused, see rcode; NBT_ETIMEOUT: nobody
	 * answered; NBT_ESYSTEM: nothing could be sent; or the error of encoding the request. */
	enum nbt_error result;
	uint8_t rcode;
	struct sockaddr_in asked; /* now, or when it ended */
	size_t server;            /* its index, unless a redirect led there */
	bool answered;            /* only waiting for further answers */
	uint64_t deadline;
	uint32_t tries_left;
	uint32_t wacks;
	uint64_t wack_limit;
};

/*
 * Takes a packet that came from this address. What is no response, has another id, opcode or name,
 * or was sent by someone who was not asked (any port will do) changes nothing and gives 0. A WACK
 * stops the retransmissions for the time it tells.
 */
NBT_PUBLIC unsigned nbt_exchange_packet(struct nbt_exchange *x, const struct nbt_packet *packet,
					const struct sockaddr_in *from, const struct nbt_env *env);

/* The time has come: sends again, asks the next server, or ends. 0 when it has not. */
NBT_PUBLIC unsigned nbt_exchange_wake(struct nbt_exchange *x, const struct nbt_env *env);

/* The request could not be sent: asks the next server at once, or ends with NBT_ESYSTEM. */
NBT_PUBLIC unsigned nbt_exchange_unsent(struct nbt_exchange *x, const struct nbt_env *env);

/* When to be woken; NBT_NEVER once it is over. */
NBT_PUBLIC uint64_t nbt_exchange_deadline(const struct nbt_exchange *x);

/*
 * Query: RFC 1002 sections 5.1.1.3 and 5.1.2.3.
 *
 * By unicast the first answer ends it, a negative one too; up to three redirects are followed. By
 * broadcast the first positive answer ends the retransmissions, then further ones count until the
 * running timeout or conflict_ms is over, whichever is later; negative ones never count.
 */
struct nbt_query_request {
	struct nbt_request to;
	bool recursion;    /* RD: a name server looks into its database */
	bool until_unique; /* broadcast: the first answer with a unique name ends it */
	/* Broadcast: how long after the first answer conflicts are looked for,
	 * NBT_CONFLICT_TIMER_MS as the RFC has it; 0: not at all. An answer in conflict with the
	 * first one does not count: its sender gets a NAME CONFLICT DEMAND (RFC 1001
	 * section 15.1.3.5). */
	uint32_t conflict_ms;
};

#define NBT_QUERY_OWNER_MAX 25

struct nbt_query {
	struct nbt_exchange exchange;
	bool recursion, until_unique;
	uint32_t conflict_ms;
	uint32_t redirects;
	bool conflict; /* there was one: do not keep what was answered */
	/* The first answer, its sender and its addresses. */
	bool answer_is_unique;
	struct in_addr answered_by;
	size_t owner_count;
	struct in_addr owner[NBT_QUERY_OWNER_MAX];
};

NBT_PUBLIC unsigned nbt_query_start(struct nbt_query *q, const struct nbt_query_request *request,
				    const struct nbt_env *env);

/*
 * Registration, multihomed registration, refresh and release: RFC 1002 sections 5.1.1.1, 5.1.1.4,
 * 5.1.2.1 and 5.1.2.4, MS-NBTE 3.1.4.
 *
 * By unicast the server's answer ends it. By broadcast NBT_OK means that nobody objected; a
 * registration then ends with an overwrite demand. A refresh is not broadcast.
 */
struct nbt_claim_request {
	struct nbt_request to;
	enum nbt_opcode opcode; /* NBT_OP_REGISTRATION, _MULTIHOMED, _REFRESH, _RELEASE */
	uint32_t ttl;           /* proposed, seconds */
	struct nbt_address address;
};

struct nbt_claim {
	struct nbt_exchange exchange;
	enum nbt_opcode opcode;
	uint32_t ttl;
	struct nbt_address address;
	uint32_t granted_ttl; /* seconds, from a positive answer; 0: infinite */
};

NBT_PUBLIC unsigned nbt_claim_start(struct nbt_claim *c, const struct nbt_claim_request *request,
				    const struct nbt_env *env);

/* Node status: RFC 1002 section 4.2.17. The name "*" means whoever has the address. */
struct nbt_status {
	struct nbt_exchange exchange;
	struct nbt_node_status node; /* when it ended with NBT_OK */
};

NBT_PUBLIC unsigned nbt_status_start(struct nbt_status *s, const struct nbt_request *request,
				     const struct nbt_env *env);

#ifdef __cplusplus
}
#endif
#endif
