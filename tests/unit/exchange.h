/* A made-up clock, network and other side for the tests of exchanges. */
#ifndef TESTS_EXCHANGE_H
#define TESTS_EXCHANGE_H

#include <nbt/exchange.h>

#define EXCHANGE_ID   0x8001
#define EXCHANGE_NAME "FRED<20>"

/* The time of the tests; set at will. */
extern struct nbt_env now;

struct sockaddr_in host_at(const char *address);

/* Addresses of servers, "10.0.0.1 10.0.0.2"; valid until the next call. */
size_t servers_at(const struct sockaddr_in **servers, const char *addresses);

/* EXCHANGE_NAME, EXCHANGE_ID and these servers; all timers by default. */
struct nbt_request request_to(const char *addresses, bool broadcast);

/* The packet that the other side sends; it is encoded and decoded on its way. */
struct reply {
	uint16_t word;     /* the flags word */
	uint16_t type;     /* of the record; 0: no record at all */
	const char *rdata; /* in hex; NULL: none */
	uint32_t ttl;
	const char *name; /* NULL: EXCHANGE_NAME */
	uint16_t id;      /* 0: EXCHANGE_ID */
};

/* One event, and what must come of it. */
struct step {
	const char *what;
	uint64_t at;      /* ms since the start */
	const char *from; /* NULL: the time has come */
	struct reply reply;
	unsigned todo;
	const char *to; /* with NBT_TODO_SEND: where, and with what flags word */
	uint16_t word;
};

/* Hands the reply to the exchange. */
unsigned deliver(struct nbt_exchange *x, const char *from, const struct reply *reply);

/* Plays the steps; the first is the start, whose todo is given. A time that the exchange asked for
 * must not be passed over. */
void play(struct nbt_exchange *x, unsigned started, const struct step *steps, size_t count);

#endif
