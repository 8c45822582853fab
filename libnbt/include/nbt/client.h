/*
 * A small blocking client: one call, one exchange with a name server, a node or a subnet, carried
 * to its end over a UDP socket of its own.
 *
 *	if (nbt_client_open(&client, NULL) == NBT_OK) {
 *		err = nbt_client_query(client, &request, &answers);
 *		nbt_client_close(client);
 *	}
 *
 * The id of a request is chosen here; the caller's is ignored.
 */
#ifndef NBT_CLIENT_H
#define NBT_CLIENT_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>
#include <nbt/exchange.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nbt_client;

/*
 * Opens the socket. local: the address and port to send from, for instance port 137 for hosts that
 * answer to no other; NULL: any. NBT_ESYSTEM: errno says why, and *out is NULL.
 */
NBT_PUBLIC enum nbt_error nbt_client_open(struct nbt_client **out,
					  const struct sockaddr_in *local) NBT_MUSTCHECK;
NBT_PUBLIC void nbt_client_close(struct nbt_client *client); /* NULL is fine */

/* As many addresses as a reader of answers can be expected to want; what is beyond is left out. */
#define NBT_ANSWERS_MAX 1024

struct nbt_answers {
	size_t count;
	struct nbt_address addresses[NBT_ANSWERS_MAX]; /* as they came, each once */
	uint16_t flags;                                /* NBT_FLAG_* of all answers together */
	uint8_t rcode;                                 /* with NBT_ENEGATIVE */
};

/*
 * Asks for a name and collects the answers. With broadcast every server of the request is a
 * broadcast address; all are asked at the same time. NBT_ETIMEOUT: nobody has the name, or nobody
 * answered; NBT_ENEGATIVE: the server says that there is no such name. *out is set in any case.
 */
NBT_PUBLIC enum nbt_error nbt_client_query(struct nbt_client *client,
					   const struct nbt_query_request *request,
					   struct nbt_answers *out) NBT_MUSTCHECK;

/* Asks a node for its names; *out is set on NBT_OK only. */
NBT_PUBLIC enum nbt_error nbt_client_status(struct nbt_client *client,
					    const struct nbt_request *request,
					    struct nbt_node_status *out) NBT_MUSTCHECK;

/* The end of a claim: what was granted, or why not. */
struct nbt_claim_answer {
	uint32_t ttl;           /* seconds; NBT_OK */
	uint8_t rcode;          /* NBT_ENEGATIVE */
	struct sockaddr_in who; /* the server that answered */
};

/* Registers, refreshes or releases a name. answer: may be NULL. */
NBT_PUBLIC enum nbt_error nbt_client_claim(struct nbt_client *client,
					   const struct nbt_claim_request *request,
					   struct nbt_claim_answer *answer) NBT_MUSTCHECK;

#ifdef __cplusplus
}
#endif
#endif
