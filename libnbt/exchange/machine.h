/* What the machines of an exchange share: servers in order, tries, deadlines, WACK, matching. */
#ifndef LIBNBT_EXCHANGE_MACHINE_H
#define LIBNBT_EXCHANGE_MACHINE_H

#include <nbt/exchange.h>

/* What a machine does its own way. */
struct nbt_exchange_kind {
	/* Makes the request; rdata lives until it is encoded. */
	void (*make)(struct nbt_exchange *x, struct nbt_packet *p, uint8_t rdata[NBT_ADDRESS_LEN]);
	/* A response that belongs to this exchange, and is no WACK, arrived. */
	unsigned (*response)(struct nbt_exchange *x, const struct nbt_packet *p,
			     const struct sockaddr_in *from, const struct nbt_env *env);
	/* All tries were in vain. */
	unsigned (*silence)(struct nbt_exchange *x, const struct nbt_env *env);
};

unsigned machine_start(struct nbt_exchange *x, const struct nbt_exchange_kind *kind,
		       const struct nbt_request *request, const struct nbt_env *env);

/* Begins anew with this server. */
unsigned machine_ask(struct nbt_exchange *x, const struct sockaddr_in *server,
		     const struct nbt_env *env);

/* Goes on to the next server; without one it ends with this result. */
unsigned machine_next_server(struct nbt_exchange *x, enum nbt_error result,
			     const struct nbt_env *env);

/* The packet to be sent now. */
unsigned machine_send(struct nbt_exchange *x, const struct nbt_packet *p,
		      const struct sockaddr_in *to);

/* An answer was there: no more transmissions, but further answers count until then. */
void machine_answered(struct nbt_exchange *x, uint64_t until);

unsigned machine_finish(struct nbt_exchange *x, enum nbt_error result);
unsigned machine_refused(struct nbt_exchange *x, uint8_t rcode);

/* The silence() of most: it ends if it was answered, or asks the next server. */
unsigned machine_silence(struct nbt_exchange *x, const struct nbt_env *env);

/* The flags of a request: B as asked for. */
uint16_t machine_flags(const struct nbt_exchange *x, uint16_t flags);

#endif
